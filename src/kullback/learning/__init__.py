"""Learning: losses and bounds that models are trained with, exactly specified."""

from kullback._calls import explain_calls
from kullback.learning.calibration import RunningCalibration
from kullback.learning.distillation import distillation_loss
from kullback.learning.elbo import ElboTerms, elbo_terms
from kullback.learning.ensembles import ensemble_information_gain
from kullback.learning.entropy_bonus import entropy_bonus
from kullback.learning.importance import (
    doubly_reparameterized_weights,
    effective_sample_size,
    iwae_bound,
    renyi_bound,
)
from kullback.learning.latent_units import active_units
from kullback.learning.linear_cross_entropy import linear_cross_entropy
from kullback.learning.linear_distillation import linear_distillation
from kullback.learning.losses import (
    CrossEntropyParts,
    cross_entropy_gradient,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    squared_error,
    squared_error_gradient,
)
from kullback.learning.pareto import pareto_k
from kullback.learning.policy import entropy_surrogate, kl_estimate
from kullback.learning.running_mean import RunningMean
from kullback.learning.schedules import (
    cosine_schedule,
    cyclical_schedule,
    linear_schedule,
    sigmoid_schedule,
)
from kullback.learning.scorers import (
    base_rate_divergence_score,
    cross_entropy_score,
    information_gain_score,
)
from kullback.learning.streaming import (
    all_reduce,
    running_calibration,
    running_cross_entropy,
    running_kl_divergence,
)
from kullback.learning.top_k import TopK

__all__ = [
    "CrossEntropyParts",
    "ElboTerms",
    "RunningCalibration",
    "RunningMean",
    "TopK",
    "active_units",
    "all_reduce",
    "base_rate_divergence_score",
    "cosine_schedule",
    "cross_entropy_gradient",
    "cross_entropy_score",
    "cyclical_schedule",
    "distillation_loss",
    "doubly_reparameterized_weights",
    "effective_sample_size",
    "elbo_terms",
    "ensemble_information_gain",
    "entropy_bonus",
    "entropy_surrogate",
    "information_gain_score",
    "iwae_bound",
    "kl_estimate",
    "linear_cross_entropy",
    "linear_distillation",
    "linear_schedule",
    "pareto_k",
    "renyi_bound",
    "running_calibration",
    "running_cross_entropy",
    "running_kl_divergence",
    "sigmoid_cross_entropy",
    "sigmoid_schedule",
    "softmax_cross_entropy",
    "squared_error",
    "squared_error_gradient",
]

explain_calls(__name__, __all__)
