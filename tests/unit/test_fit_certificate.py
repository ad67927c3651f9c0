"""A fit that is moved from its maximum says so, whatever the family."""

from __future__ import annotations

import dataclasses
from contextlib import suppress

import numpy as np
import pytest

import kullback as kb
from kullback import families
from kullback.families import (
    Bernoulli,
    Beta,
    Binomial,
    Cauchy,
    ChiSquared,
    Dirichlet,
    DiscreteUniform,
    Exponential,
    Gamma,
    GeneralizedPareto,
    Geometric,
    Gumbel,
    HalfNormal,
    InverseGamma,
    InverseGaussian,
    Laplace,
    Logistic,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    Rayleigh,
    SkewNormal,
    StudentT,
    Uniform,
    VonMises,
    Weibull,
    Zipf,
)
from kullback.fitting import fit, mixture_of, shifted, truncated_to
from kullback.fitting.model import as_model, axes_of
from kullback.fitting.observations import Observations

CHANCE = np.random.default_rng(11)
POSITIVE = CHANCE.gamma(2.0, 3.0, 201)  # of an odd number the median is one value
REAL = CHANCE.normal(1.0, 2.0, 201)
HEAVY = CHANCE.standard_t(2.0, 201)
COUNTS = CHANCE.negative_binomial(3, 0.4, 201)
TWO = np.concatenate([CHANCE.normal(-3.0, 1.0, 100), CHANCE.normal(2.0, 0.5, 200)])
PLANE = CHANCE.multivariate_normal([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], 60)
# Of very different sizes, and far from 0.
UNLIKE = 1e3 + CHANCE.normal(size=(60, 2)) @ np.array([[1e-4, 1e3], [0.0, 1e3]])

# A name for each test: what is fitted, and to what.
CASES = {
    "Bernoulli": (Bernoulli, CHANCE.integers(0, 2, 201)),
    "Beta": (Beta, CHANCE.beta(2.0, 5.0, 201)),
    "Binomial": (Binomial, CHANCE.binomial(10, 0.3, 201)),
    "Cauchy": (Cauchy, HEAVY),
    "ChiSquared": (ChiSquared, POSITIVE),
    "Dirichlet": (Dirichlet, CHANCE.dirichlet([1.0, 2.0, 3.0], 60)),
    "DiscreteUniform": (DiscreteUniform, COUNTS),
    "Exponential": (Exponential, POSITIVE),
    "Gamma": (Gamma, POSITIVE),
    "GeneralizedPareto": (GeneralizedPareto, POSITIVE),
    "Geometric": (Geometric, COUNTS),
    "Gumbel": (Gumbel, REAL),
    "HalfNormal": (HalfNormal, POSITIVE),
    "InverseGamma": (InverseGamma, POSITIVE),
    "InverseGaussian": (InverseGaussian, POSITIVE),
    "Laplace": (Laplace, REAL),
    "LogNormal": (LogNormal, POSITIVE),
    "Logistic": (Logistic, REAL),
    "MultivariateNormal": (MultivariateNormal, PLANE),
    "MultivariateStudentT": (MultivariateStudentT, CHANCE.standard_t(3.0, (80, 2))),
    "NegativeBinomial": (NegativeBinomial, COUNTS),
    "Normal": (Normal, REAL),
    "Pareto": (Pareto, POSITIVE),
    "Poisson": (Poisson, COUNTS),
    "Rayleigh": (Rayleigh, POSITIVE),
    "SkewNormal": (SkewNormal, POSITIVE),
    "StudentT": (StudentT, HEAVY),
    "Uniform": (Uniform, REAL),
    "VonMises": (VonMises, CHANCE.vonmises(1.0, 2.0, 201)),
    "Weibull": (Weibull, POSITIVE),
    "Zipf": (Zipf, CHANCE.zipf(2.5, 201)),
    "a mixture": (mixture_of(Normal, 2), TWO),
    "shifted": (shifted(Exponential), POSITIVE),
    "truncated": (truncated_to(Normal, low=0.0), REAL[REAL > 0]),
    "columns of very different sizes": (MultivariateNormal, UNLIKE),
    "heavy tails of very different sizes": (
        MultivariateStudentT,
        CHANCE.standard_t(3.0, (80, 2)) @ np.array([[1e-5, 1e3], [0.0, 1e3]]),
    ),
}


def fitted(name):
    family, x = CASES[name]
    return fit(family, x, fixed={"trials": 10} if family is Binomial else None, rng=0)


def moved(found, name, by):
    """Return a fit with one number changed."""
    values = {**found.scalars, name: found.scalars[name] + by}
    return dataclasses.replace(found, parameters=found.model.pack(values))


def test_every_family_that_can_be_fitted_is_here():
    able = set()
    for name in families.__all__:
        with suppress(kb.KullbackError):
            family = getattr(families, name)
            as_model(family, Observations(PLANE if axes_of(family) else REAL))
            able.add(name)
    assert able <= CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_moved_fit_is_no_maximum(name):
    """By a hundredth of a standard error; an end of the data by a millionth of itself."""
    found = fitted(name)
    assert found.converged
    for parameter, error in found.std_errors.items():
        by = 1e-6 * (1.0 + abs(found.scalars[parameter])) if error is None else 1e-2 * error
        if found.model.ranges[parameter].whole:
            by = 1.0
        for sign in (-1.0, 1.0):
            assert not moved(found, parameter, sign * by).converged, (parameter, sign)


def test_a_fit_moved_to_the_edge_of_a_range_is_no_maximum():
    assert fit(Bernoulli, [0, 0]).converged
    found = fit(Bernoulli, [0, 1, 1])
    assert not dataclasses.replace(found, parameters={"probability": 0.0}).converged
