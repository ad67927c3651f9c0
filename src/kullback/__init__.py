"""Information measures for machine learning: exact, estimated and learned."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kullback import estimators
from kullback.errors import KullbackError, NoRuleError
from kullback.estimate import Estimate
from kullback.estimators.defaults import default_estimator
from kullback.kinds import (
    AbstractDistribution,
    AbstractFinite,
    Counts,
    Joint,
    Labels,
    Logits,
    LogProbs,
    Probs,
    Samples,
    as_distribution,
)
from kullback.measures.divergence import (
    jeffreys_divergence,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    kl_divergence,
)
from kullback.measures.entropy import cross_entropy, entropy, perplexity, self_information
from kullback.measures.likelihood import log_likelihood, log_likelihood_ratio
from kullback.units import BITS, HARTLEYS, NATS, Unit
from kullback.verbs import rule, rule_for, verb

if TYPE_CHECKING:
    from kullback.data.compare import Comparison, compare
    from kullback.measures.explain import Explanation, explain

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 (grouped by theme)
    # units
    "BITS",
    "HARTLEYS",
    "NATS",
    "Unit",
    # kinds
    "AbstractDistribution",
    "AbstractFinite",
    "Counts",
    "Joint",
    "Labels",
    "LogProbs",
    "Logits",
    "Probs",
    "Samples",
    "as_distribution",
    # verbs for one distribution
    "entropy",
    "perplexity",
    "self_information",
    # verbs for two
    "cross_entropy",
    "explain",
    "jeffreys_divergence",
    "jensen_shannon_distance",
    "jensen_shannon_divergence",
    "kl_divergence",
    # verbs for samples under models
    "log_likelihood",
    "log_likelihood_ratio",
    # verbs for files
    "compare",
    # results and errors
    "Comparison",
    "Estimate",
    "Explanation",
    "KullbackError",
    "NoRuleError",
    # estimators
    "default_estimator",
    "estimators",
    # how a verb knows its kinds
    "rule",
    "rule_for",
    "verb",
]

# What reads files or draws is loaded when it is first used, so that losses need not wait for it.
_LATER = {
    "Comparison": "kullback.data.compare",
    "Explanation": "kullback.measures.explain",
    "compare": "kullback.data.compare",
    "explain": "kullback.measures.explain",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
