"""Sums and integrals in every array library: values, precision, and gradients through the nodes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from libraries import dtype_of, extra, numbers

import kullback as kb
from kullback import families as f

# Each is a function of one parameter; its nodes must move where the support does.
MEASURES = {
    "location": lambda a: kb.kl_divergence(
        f.Normal(mean=a, std=1.0), f.Laplace(location=0.5, scale=1.0)
    ),
    "scale of q": lambda a: kb.kl_divergence(
        f.Laplace(location=0.5, scale=1.0), f.Logistic(location=0.0, scale=a)
    ),
    "entropy": lambda a: kb.entropy(
        f.Mixture(
            components=[f.Normal(mean=a, std=1.0), f.Normal(mean=-1.0, std=0.5)],
            weights=[0.5, 0.5],
        )
    ),
    "both ends": lambda a: kb.cross_entropy(
        f.Uniform(low=-a, high=2 * a), f.Logistic(location=0.0, scale=1.0)
    ),
    "one end": lambda a: kb.cross_entropy(
        f.Pareto(shape=2.5, scale=a), f.Cauchy(location=0.0, scale=1.0)
    ),
    "singular end": lambda a: kb.kl_divergence(
        f.Gamma(shape=a / 4, rate=1.0), f.StudentT(degrees=3.0)
    ),
    "overlap": lambda a: kb.total_variation_distance(
        f.Exponential(rate=1.0), f.Uniform(low=0.1, high=a)
    ),
    "order 1/2": lambda a: kb.hellinger_distance(
        f.Exponential(rate=1.0), f.Uniform(low=0.1, high=a)
    ),
    "order 0.3": lambda a: kb.renyi_divergence(
        f.Exponential(rate=1.0), f.Uniform(low=0.1, high=a), order=0.3
    ),
    "order 0": lambda a: kb.renyi_divergence(
        f.Uniform(low=0.1, high=a), f.Exponential(rate=1.0), order=0
    ),
    "order 2": lambda a: kb.renyi_divergence(
        f.Normal(mean=a, std=1.0), f.Laplace(location=0.5, scale=1.0), order=2
    ),
    "order inf": lambda a: kb.renyi_divergence(
        f.Normal(mean=a, std=1.0), f.Laplace(location=0.5, scale=1.0), order=math.inf
    ),
    "mixture": lambda a: kb.jensen_shannon_divergence(
        f.Exponential(rate=1.0), f.Uniform(low=0.1, high=a)
    ),
    "sum": lambda a: kb.kl_divergence(
        f.Poisson(rate=a), f.NegativeBinomial(successes=2.0, probability=0.5)
    ),
    "table": lambda a: kb.kl_divergence([0.25, 0.25, 0.5], f.Poisson(rate=a)),
    "of a table": lambda a: kb.kl_divergence(
        f.Binomial(trials=2.0, probability=a / 3), [0.25, 0.25, 0.5]
    ),
}
AT = 1.4


def slope(measure):
    """Return the derivative by differences, right to 1e-7: h^2 of the third, eps/h of the value."""
    h = 1e-4
    return float(measure(np.float64(AT + h)) - measure(np.float64(AT - h))) / (2 * h)


@pytest.mark.parametrize("name", MEASURES)
def test_torch(name):
    torch = extra("torch")
    measure = MEASURES[name]
    for dtype, precision in ((torch.float64, 1e-12), (torch.float32, 1e-6)):
        a = torch.tensor(AT, dtype=dtype, requires_grad=True)
        value = measure(a)
        value.backward()
        assert value.dtype == dtype
        truth = float(measure(np.float64(a.item())))
        assert value.item() == pytest.approx(truth, rel=precision, abs=precision)
        assert a.grad.item() == pytest.approx(slope(measure), rel=1e-6, abs=1e-6)
    functional = torch.func.grad(measure)(torch.tensor(AT, dtype=torch.float64))
    assert functional.item() == pytest.approx(slope(measure), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", ["location", "one end", "sum"])
def test_jax(name):
    jax = extra("jax")
    measure = MEASURES[name]
    enable = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    for x64, precision in ((True, 1e-6), (False, 1e-4)):
        with enable(x64):
            a = jax.numpy.asarray(AT)
            value, gradient = jax.value_and_grad(measure)(a)
            assert dtype_of(value) == ("float64" if x64 else "float32")
            truth = float(measure(np.float64(float(a))))
            assert float(value) == pytest.approx(truth, rel=1e-6)
            # Without 64 bits the terms are rounded to 6e-8 each, some of size 10.
            assert float(gradient) == pytest.approx(slope(measure), rel=precision, abs=precision)


def test_array_api_strict():
    xp = extra("array_api_strict", "test")
    p = f.Normal(mean=xp.asarray([0.0, 1.0]), std=xp.asarray(1.0))
    value = kb.kl_divergence(p, f.Laplace(location=0.5, scale=1.0))
    plain = kb.kl_divergence(f.Normal(mean=[0.0, 1.0], std=1.0), f.Laplace(location=0.5, scale=1.0))
    assert isinstance(value, type(xp.asarray(1.0)))
    np.testing.assert_array_equal(numbers(value), plain)


def test_expectations_answer_inside_jit():
    jax = extra("jax")

    def measure(b):
        return kb.cross_entropy(f.Laplace(location=b, scale=1.0), f.Normal(mean=0.0, std=1.0))

    plain = float(measure(0.5))
    assert float(jax.jit(measure)(0.5)) == pytest.approx(plain, rel=1e-6)

    with pytest.raises(kb.KullbackError, match="inside jit"):
        jax.jit(MEASURES["location"])(0.5)


def test_second_derivatives_go_through_nodes():
    torch = extra("torch")
    a = torch.tensor(AT, dtype=torch.float64)
    found = torch.func.grad(torch.func.grad(MEASURES["location"]))(a)
    h = 1e-3
    values = [float(MEASURES["location"](np.float64(AT + k * h))) for k in (-1, 0, 1)]
    # The error of the second difference is h^2 of the fourth derivative.
    truth = (values[0] - 2 * values[1] + values[2]) / h**2
    assert found.item() == pytest.approx(truth, rel=1e-5)


def test_draws_have_the_gradient_of_the_score():
    torch = extra("torch")

    def law(mean):
        normal = f.MultivariateNormal(
            mean=torch.stack([mean, 0.0 * mean]), std=torch.ones(2, dtype=mean.dtype)
        )
        return f.Mixture(components=[normal], weights=[1.0])

    q = f.MultivariateNormal(mean=[0.0, 0.0], std=[1.0, 1.0])
    a = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    found = kb.kl_divergence(law(a), q, samples=50_000, rng=3)
    found.value.backward()
    # D = a^2/2; five standard errors of a mean of 50 000 terms of about unit variance.
    assert a.grad.item() == pytest.approx(0.5, abs=0.05)
    assert found.value.item() == pytest.approx(0.125, abs=5 * float(found.std_error))
