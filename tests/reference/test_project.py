"""Projections against closed forms, definitions at high precision, and a fine grid search."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from libraries import extra

import kullback as kb
from kullback.families import (
    Bernoulli,
    Cauchy,
    DiscreteUniform,
    Exponential,
    Gamma,
    Geometric,
    Laplace,
    LogNormal,
    Mixture,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    StudentT,
    Uniform,
)
from kullback.fitting.project import project


def modes(*means, std=0.6, weights=None):
    laws = [Normal(mean=m, std=std) for m in means]
    return Mixture(components=laws, weights=weights or [1 / len(means)] * len(means))


def parameters(law):
    return {name: float(x) for name, x in law.parameters.items()}


def optima(p, family=Normal, **options):
    found = project(p, family, direction="reverse", **options)
    assert found.divergence == found.optima[0].divergence
    assert [o.divergence for o in found.optima] == sorted(o.divergence for o in found.optima)
    assert all(o.score_norm < 1e-6 < o.curvature for o in found.optima)
    assert 0 < sum(o.reached for o in found.optima) <= found.starts
    return found.optima


# ---------------------------------------------------------------- two modes, and one normal law


@pytest.mark.parametrize(
    ("p", "forward", "reverse"),
    [
        (modes(-2, 2), (0.0, 2.0881, 0.5552), [(1.997, 0.605, 0.6918), (-1.997, 0.605, 0.6918)]),
        (
            modes(-2, 2, weights=[0.7, 0.3]),
            (-0.8, 1.9287, 0.5580),
            [(-1.998, 0.603, 0.3559), (1.995, 0.607, 1.2019)],
        ),
        (modes(-1, 1, std=1), (0.0, 1.4142, 0.0097), [(0.0, 1.3937, 0.0109)]),
    ],
)
def test_two_modes_and_one_normal_law(p, forward, reverse):
    """Half a unit of the digits given."""
    found = project(p, Normal)
    answer = (*parameters(found.distribution).values(), found.divergence)
    assert answer == pytest.approx(forward, abs=6e-5)
    every = [(o.distribution.mean, o.distribution.std, o.divergence) for o in optima(p)]
    for mean, std, divergence in reverse:
        near = [o for o in every if abs(o[0] - mean) < 6e-4]
        assert len(near) == 1
        assert near[0][1] == pytest.approx(std, abs=6e-4)
        assert near[0][2] == pytest.approx(divergence, abs=6e-5)
    assert min(o[2] for o in every) == pytest.approx(reverse[0][2], abs=6e-5)


@pytest.mark.parametrize(
    ("distance", "count", "central"),
    [(2.4, 1, True), (2.6, 3, True), (2.75, 3, True), (2.9, 3, False)],
)
def test_reverse_seeks_modes_only_if_they_are_far_apart(distance, count, central):
    found = optima(modes(-distance, distance, std=1))
    assert len(found) == count
    assert (abs(float(found[0].distribution.mean)) < 1e-6) == central


def grid_minima(means, std, weights):
    """Return the local minima of D(q || p) over a fine grid, by the trapezoidal rule."""
    node = np.linspace(-9, 9, 361)  # poles are .2 or more off the line: exact to 1e-10
    weight = np.exp(-0.5 * node**2)
    weight = weight / weight.sum()
    mu, log_sigma = np.linspace(-3, 3, 121), np.linspace(-1.2, 1.2, 97)
    x = mu[:, None, None] + np.exp(log_sigma)[:, None] * node
    density = sum(
        w * np.exp(-0.5 * ((x - m) / std) ** 2) / (std * math.sqrt(2 * math.pi))
        for m, w in zip(means, weights, strict=True)
    )
    with np.errstate(divide="ignore"):
        values = -log_sigma - 0.5 * math.log(2 * math.pi * math.e) - np.log(density) @ weight
    inner = values[1:-1, 1:-1]
    around = [
        values[1 + i : 120 + i, 1 + j : 96 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    least = np.argwhere(np.all([inner < other for other in around], axis=0)) + 1
    return [(mu[i], math.exp(log_sigma[j]), values[i, j]) for i, j in least]


@pytest.mark.parametrize(
    ("means", "std", "weights"),
    [
        ((-2, 2), 0.6, (0.7, 0.3)),
        ((-1, 1), 1.0, (0.5, 0.5)),
        ((-1.5, 0.3, 2.1), 0.35, (0.3, 0.3, 0.4)),
    ],
)
def test_reverse_optima_agree_with_a_fine_grid_search(means, std, weights):
    """Each is near one found there, along a ridge two steps of the grid, and none is missed."""
    grid = grid_minima(means, std, weights)
    found = optima(modes(*means, std=std, weights=list(weights)), starts=40)
    assert len(found) == len(grid)
    for mean, sigma, value in grid:
        near = [o for o in found if abs(float(o.distribution.mean) - mean) < 0.101]
        near = [o for o in near if abs(math.log(float(o.distribution.std) / sigma)) < 0.051]
        assert len(near) == 1
        # The grid's least value is above the true one, by the curvature times a step squared.
        assert -1e-9 < value - near[0].divergence < 0.01


def test_a_reverse_optimum_is_one_at_high_precision():
    """The definition, integrated: the value to 1e-10, and no neighbour is below it."""
    (best, *_) = optima(modes(-2, 2, weights=[0.7, 0.3]))
    mean, std = float(best.distribution.mean), float(best.distribution.std)

    def density(x, m, s):
        return mp.exp(-(((x - m) / s) ** 2) / 2) / (s * mp.sqrt(2 * mp.pi))

    def divergence(m, s):
        def term(x):
            p = mp.mpf(0.7) * density(x, -2, 0.6) + mp.mpf(0.3) * density(x, 2, 0.6)
            q = density(x, m, s)
            return q * mp.log(q / p)

        return mp.quad(term, [m - 12 * s, m - 3 * s, m, m + 2 * s, m + 5 * s, m + 12 * s])

    with mp.workdps(25):
        value = divergence(mean, std)
        assert abs(float(value) - best.divergence) < 1e-10
        h = mp.mpf("1e-7")  # a gradient of 1e-6 would show
        assert abs(divergence(mean + h, std) - divergence(mean - h, std)) / (2 * h) < 1e-7
        assert abs(divergence(mean, std + h) - divergence(mean, std - h)) / (2 * h) < 1e-7


# ---------------------------------------------------------------- forward


def test_forward_matches_moments():
    """To rounding of sums over some thousand nodes."""
    p = modes(-1.0, 0.5, 4.0, std=0.3, weights=[0.2, 0.5, 0.3])
    mean = -0.2 + 0.25 + 1.2
    variance = 0.09 + 0.2 + 0.5 * 0.25 + 0.3 * 16 - mean**2
    found = parameters(project(p, Normal).distribution)
    assert found == pytest.approx({"mean": mean, "std": math.sqrt(variance)}, rel=1e-12)
    p = LogNormal(log_mean=0.3, log_std=0.7)
    first = math.exp(0.3 + 0.5 * 0.49)
    found = parameters(project(p, Exponential).distribution)
    assert found["rate"] == pytest.approx(1 / first, rel=1e-12)
    shape = float(mp.findroot(lambda k: mp.log(k) - mp.digamma(k) - mp.mpf(0.49) / 2, 2))
    found = parameters(project(p, Gamma).distribution)
    assert found == pytest.approx({"shape": shape, "rate": shape / first}, rel=1e-10)


def test_forward_of_discrete_laws():
    p = NegativeBinomial(successes=3.0, probability=0.4)
    assert float(project(p, Poisson).distribution.rate) == pytest.approx(4.5, rel=1e-12)
    found = float(project(p, Geometric).distribution.probability)
    assert found == pytest.approx(1 / 5.5, rel=1e-12)


def test_forward_where_an_edge_or_a_kink_is():
    p = modes(-2, 2, weights=[0.7, 0.3])
    median = float(p.quantile(0.5))
    found = parameters(project(p, Laplace).distribution)
    assert found["location"] == pytest.approx(median, abs=1e-9)
    p = Uniform(low=-1.0, high=3.0)
    assert parameters(project(p, Uniform).distribution) == {"low": -1.0, "high": 3.0}
    p = Pareto(shape=3.0, scale=2.0)
    found = project(p, Pareto)
    assert parameters(found.distribution) == pytest.approx({"shape": 3.0, "scale": 2.0}, rel=1e-9)
    assert found.divergence == pytest.approx(0.0, abs=1e-15)


def test_forward_without_a_closed_form_is_no_worse_than_what_is_near():
    p = Laplace(location=1.0, scale=2.0)
    found = project(p, StudentT)
    best = parameters(found.distribution)
    for name in best:
        for factor in (0.99, 1.01):
            near = StudentT(**{**best, name: best[name] * factor})
            assert float(kb.kl_divergence(p, near)) > found.divergence


def test_what_is_fixed_stays():
    found = project(modes(-2, 2), Normal, fixed={"mean": 1.0})
    second = 1.0 + 4.36  # of the distance from 1
    expected = {"mean": 1.0, "std": math.sqrt(second)}
    assert parameters(found.distribution) == pytest.approx(expected, rel=1e-7)


def test_forward_of_several_variables():
    rho = np.array([[1.0, 0.5], [0.5, 2.0]])
    laws = [MultivariateNormal(mean=m, covariance=rho) for m in ([0.0, 0.0], [2.0, -2.0])]
    p = Mixture(components=laws, weights=[0.5, 0.5])
    found = project(laws[0], MultivariateNormal)
    assert found.divergence == pytest.approx(0.0, abs=1e-14)
    q = project(p, MultivariateNormal, samples=20_000).distribution
    np.testing.assert_allclose(q.mean, [1.0, -1.0], rtol=1e-12)
    np.testing.assert_allclose(q.covariance, rho + np.outer([1.0, -1.0], [1.0, -1.0]), rtol=1e-12)


# ---------------------------------------------------------------- reverse, in closed form


@pytest.mark.parametrize(
    ("p", "family", "expected"),
    [
        (Gamma(shape=3.0, rate=2.0), Exponential, {"rate": 2 / 3}),
        (Normal(mean=0.0, std=1.0), Uniform, {"low": -math.sqrt(3), "high": math.sqrt(3)}),
        (Normal(mean=1.0, std=2.0), Laplace, {"location": 1.0, "scale": math.sqrt(2)}),
        (Normal(mean=1e4, std=1e-3), Normal, {"mean": 1e4, "std": 1e-3}),
        (Poisson(rate=4.0), Poisson, {"rate": 4.0}),
    ],
)
def test_reverse_where_the_answer_is_known(p, family, expected):
    (best,) = optima(p, family, starts=6)
    # Slopes are known to about 1e-10, in steps that change log q by one.
    assert parameters(best.distribution) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_reverse_of_a_discrete_mixture_against_a_grid():
    p = Mixture(components=[Poisson(rate=2.0), Poisson(rate=30.0)], weights=[0.5, 0.5])
    rates = np.linspace(0.5, 45.0, 4001)
    k = np.arange(200.0)
    log_q = Poisson(rate=rates[:, None]).log_prob(k)
    values = np.sum(np.exp(log_q) * (log_q - p.log_prob(k)), axis=-1)
    least = rates[1:-1][(values[1:-1] < values[:-2]) & (values[1:-1] < values[2:])]
    found = sorted(float(o.distribution.rate) for o in optima(p, Poisson))
    np.testing.assert_allclose(found, least, atol=rates[1] - rates[0])


# ---------------------------------------------------------------- what comes in and out


def test_the_same_starts_give_the_same_answer():
    p = modes(-2, 2)
    first, again = (project(p, Normal, direction="reverse", rng=3, starts=5) for _ in range(2))
    assert first.divergence == again.divergence
    assert [o.reached for o in first.optima] == [o.reached for o in again.optima]


def test_parameters_are_of_the_library_of_p():
    torch = extra("torch")
    p = Laplace(location=torch.tensor(1.0), scale=torch.tensor(1.0))
    q = project(p, Normal).distribution
    assert isinstance(q.std, torch.Tensor)
    assert q.std.dtype == torch.float32
    assert float(q.std) == pytest.approx(math.sqrt(2), rel=1e-6)


@pytest.mark.parametrize(
    ("p", "family", "options", "key"),
    [
        ([0.5, 0.5], Normal, {}, "project.law"),
        (Normal(mean=[0.0, 1.0], std=1.0), Normal, {}, "project.law"),
        (Normal(mean=0.0, std=1.0), Normal, {"direction": "both"}, "project.direction"),
        (Normal(mean=0.0, std=1.0), Normal, {"starts": 0}, "project.starts"),
        (Normal(mean=0.0, std=1.0), Gamma, {}, "project.none"),
        (Cauchy(location=0.0, scale=1.0), Normal, {}, "project.infinite"),
        (Gamma(shape=2.0, rate=1.0), Normal, {"direction": "reverse"}, "project.none"),
        (Normal(mean=0.0, std=1.0), MultivariateNormal, {}, "project.variables"),
        (Normal(mean=0.0, std=1.0), int, {}, "fit.family"),
    ],
)
def test_what_cannot_be_projected_is_refused(p, family, options, key):
    with pytest.raises(kb.KullbackError) as caught:
        project(p, family, **options)
    assert caught.value.key == key
    assert caught.value.hint


def test_a_projection_reads_in_a_line_or_two():
    found = project(Gamma(shape=3.0, rate=2.0), Exponential)
    assert repr(found).startswith("<Projection forward: Exponential(rate=0.66666")
    assert repr(found).endswith(" at 0.251 nats>")
    parts = [Normal(mean=-3.0, std=0.5), Normal(mean=3.0, std=0.5)]
    both = project(Mixture(components=parts, weights=[0.7, 0.3]), Normal, direction="reverse")
    assert len(repr(both).splitlines()) == len(both.optima) == 2
    assert "other optima:" in repr(both)


def test_no_member_is_closest_where_the_divergence_keeps_falling():
    """Student's t laws come ever closer to a normal law as their degrees grow."""
    with pytest.raises(kb.KullbackError, match="degrees"):
        project(Normal(mean=0.0, std=1.0), StudentT)


@pytest.mark.parametrize(
    ("laws", "weights", "mean"),
    [
        ([Bernoulli(probability=0.5), Poisson(rate=2e5)], [0.9, 0.1], 20000.45),
        ([Bernoulli(probability=0.5), Poisson(rate=1e9)], [0.9, 0.1], 100000000.45),
        ([DiscreteUniform(low=x, high=x) for x in (0.0, 1e6)], [0.5, 0.5], 5e5),
    ],
    ids=["a lump far out", "one that is wide", "two points"],
)
def test_integers_far_apart_keep_their_mean(laws, weights, mean):
    """Poisson's law is matched by the mean; nodes are chosen to 1e-12 of the mass."""
    found = project(Mixture(components=laws, weights=weights), Poisson)
    assert float(found.distribution.rate) == pytest.approx(mean, rel=1e-9)
