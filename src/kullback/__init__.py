"""Information measures for machine learning: exact, estimated and learned."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kullback import estimators
from kullback._calls import explain_calls
from kullback.errors import CallError, KullbackError, NoRuleError
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
    convert_with,
)
from kullback.measures.bounds import bretagnolle_huber_bound, pinsker_bound
from kullback.measures.dependence import (
    mutual_information,
    normalized_mutual_information,
    pointwise_mutual_information,
    variation_of_information,
)
from kullback.measures.divergence import (
    jeffreys_divergence,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    kl_divergence,
)
from kullback.measures.dynamics import entropy_rate, transfer_entropy
from kullback.measures.entropy import cross_entropy, entropy, perplexity, self_information
from kullback.measures.f_divergence import (
    bhattacharyya_distance,
    chi_squared_divergence,
    f_divergence,
    hellinger_distance,
    total_variation_distance,
)
from kullback.measures.likelihood import log_likelihood, log_likelihood_ratio
from kullback.measures.multivariate import (
    co_information,
    dual_total_correlation,
    o_information,
    total_correlation,
)
from kullback.measures.orders import renyi_divergence, renyi_entropy, tsallis_entropy
from kullback.units import BITS, HARTLEYS, NATS, Unit
from kullback.verbs import kernel_for, rule, rule_for, verb

if TYPE_CHECKING:
    from kullback import families, fitting, learning
    from kullback.data.compare import Comparison, compare
    from kullback.families.method import method_for
    from kullback.fitting import (
        Fit,
        FitRanking,
        Projection,
        compare_fits,
        expected_information_gain,
        fit,
        posterior,
        project,
    )
    from kullback.measures.channels import Capacity, channel_capacity
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
    "renyi_entropy",
    "self_information",
    "tsallis_entropy",
    # verbs for two
    "bhattacharyya_distance",
    "chi_squared_divergence",
    "cross_entropy",
    "explain",
    "f_divergence",
    "hellinger_distance",
    "jeffreys_divergence",
    "jensen_shannon_distance",
    "jensen_shannon_divergence",
    "kl_divergence",
    "renyi_divergence",
    "total_variation_distance",
    # verbs for several variables
    "co_information",
    "dual_total_correlation",
    "mutual_information",
    "normalized_mutual_information",
    "o_information",
    "pointwise_mutual_information",
    "total_correlation",
    "variation_of_information",
    # bounds
    "bretagnolle_huber_bound",
    "pinsker_bound",
    # verbs for samples under models
    "log_likelihood",
    "log_likelihood_ratio",
    # verbs for processes and channels
    "channel_capacity",
    "entropy_rate",
    "transfer_entropy",
    # verbs for files
    "compare",
    # laws, and what brings them to data and to other laws
    "compare_fits",
    "expected_information_gain",
    "families",
    "fit",
    "fitting",
    "posterior",
    "project",
    # what models are trained with
    "learning",
    # results and errors
    "CallError",
    "Capacity",
    "Comparison",
    "Estimate",
    "Explanation",
    "Fit",
    "FitRanking",
    "KullbackError",
    "NoRuleError",
    "Projection",
    # estimators
    "default_estimator",
    "estimators",
    # how a verb knows its kinds
    "kernel_for",
    "method_for",
    "rule",
    "rule_for",
    "verb",
]

# What reads files or draws is loaded when it is first used, so that losses need not wait for it.
_LATER = {
    "Capacity": "kullback.measures.channels",
    "Comparison": "kullback.data.compare",
    "Explanation": "kullback.measures.explain",
    "channel_capacity": "kullback.measures.channels",
    "compare": "kullback.data.compare",
    "explain": "kullback.measures.explain",
    "method_for": "kullback.families.method",
    **dict.fromkeys(
        (
            "Fit",
            "FitRanking",
            "Projection",
            "compare_fits",
            "expected_information_gain",
            "fit",
            "posterior",
            "project",
        ),
        "kullback.fitting",
    ),
}
_ROOMS = ("families", "fitting", "learning")


def _from_elsewhere(x: Any) -> AbstractDistribution:
    return import_module("kullback.families.foreign").from_elsewhere(x)


for _library in ("scipy.stats", "torch.distributions", "numpyro.distributions"):
    convert_with(_library, _from_elsewhere)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _LATER[name]
    import_module(module)
    explain_calls(module, [name])
    return getattr(sys.modules[module], name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *_ROOMS})


explain_calls(__name__, __all__)
