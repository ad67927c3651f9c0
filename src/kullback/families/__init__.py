"""Families of laws: each with its parameters, and whatever it knows in closed form."""

from kullback._calls import explain_calls
from kullback.families import (  # noqa: F401 (they register rules)
    _finite,
    _ladder,
    _likelihood,
)
from kullback.families.abstract import AbstractFamily
from kullback.families.affine import Affine
from kullback.families.bernoulli import Bernoulli
from kullback.families.beta import Beta
from kullback.families.binomial import Binomial
from kullback.families.cauchy import Cauchy
from kullback.families.chi_squared import ChiSquared
from kullback.families.dirichlet import Dirichlet
from kullback.families.discrete_uniform import DiscreteUniform
from kullback.families.exponential import Exponential
from kullback.families.gamma import Gamma
from kullback.families.generalized_pareto import GeneralizedPareto
from kullback.families.geometric import Geometric
from kullback.families.gumbel import Gumbel
from kullback.families.half_normal import HalfNormal
from kullback.families.inverse_gamma import InverseGamma
from kullback.families.inverse_gaussian import InverseGaussian
from kullback.families.laplace import Laplace
from kullback.families.log_normal import LogNormal
from kullback.families.logistic import Logistic
from kullback.families.mixture import Mixture
from kullback.families.multivariate_normal import MultivariateNormal
from kullback.families.multivariate_student_t import MultivariateStudentT
from kullback.families.negative_binomial import NegativeBinomial
from kullback.families.normal import Normal
from kullback.families.pareto import Pareto
from kullback.families.poisson import Poisson
from kullback.families.product import Independent, Product
from kullback.families.rayleigh import Rayleigh
from kullback.families.skew_normal import SkewNormal
from kullback.families.student_t import StudentT
from kullback.families.truncated import Truncated
from kullback.families.uniform import Uniform
from kullback.families.von_mises import VonMises
from kullback.families.weibull import Weibull
from kullback.families.zipf import Zipf

__all__ = [
    "AbstractFamily",
    "Affine",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Cauchy",
    "ChiSquared",
    "Dirichlet",
    "DiscreteUniform",
    "Exponential",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "InverseGaussian",
    "Laplace",
    "LogNormal",
    "Logistic",
    "Mixture",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NegativeBinomial",
    "Normal",
    "Pareto",
    "Poisson",
    "Product",
    "Rayleigh",
    "SkewNormal",
    "StudentT",
    "Truncated",
    "Uniform",
    "VonMises",
    "Weibull",
    "Zipf",
]

explain_calls(__name__, __all__)
