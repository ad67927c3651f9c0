"""Information measures for machine learning: exact, estimated and learned."""

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
from kullback.measures.explain import Explanation, explain
from kullback.measures.likelihood import log_likelihood, log_likelihood_ratio
from kullback.units import BITS, HARTLEYS, NATS, Unit
from kullback.verbs import rule, rule_for, verb

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
    # results and errors
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
