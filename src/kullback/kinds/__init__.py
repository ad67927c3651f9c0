"""Kinds: small frozen classes that say what the data are."""

from kullback._calls import explain_calls
from kullback.kinds.contingency import Contingency
from kullback.kinds.convert import as_distribution, as_joint, convert_with
from kullback.kinds.counts import Counts
from kullback.kinds.joint import Joint
from kullback.kinds.samples import Samples
from kullback.kinds.tables import (
    AbstractDistribution,
    AbstractFinite,
    Labels,
    Logits,
    LogProbs,
    Probs,
)

__all__ = [
    "AbstractDistribution",
    "AbstractFinite",
    "Contingency",
    "Counts",
    "Joint",
    "Labels",
    "LogProbs",
    "Logits",
    "Probs",
    "Samples",
    "as_distribution",
    "as_joint",
    "convert_with",
]

explain_calls(__name__, __all__)
