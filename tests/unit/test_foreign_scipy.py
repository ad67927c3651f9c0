"""Distributions of SciPy: beside the integers, in lists and bins, in batches, and users' own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import kullback as kb
from kullback import families

MEASURES = {
    "entropy": lambda p, _: kb.entropy(p),
    "cross_entropy": kb.cross_entropy,
    "kl": kb.kl_divergence,
    "renyi": lambda p, q: kb.renyi_divergence(p, q, order=2.0),
    "largest": lambda p, q: kb.renyi_divergence(p, q, order=math.inf),
    "half": lambda p, q: kb.renyi_divergence(p, q, order=0.5),
    "renyi entropy": lambda p, _: kb.renyi_entropy(p, order=2.0),
    "js": kb.jensen_shannon_divergence,
    "tv": kb.total_variation_distance,
    "hellinger": kb.hellinger_distance,
    "chi": kb.chi_squared_divergence,
}
HERE, THERE = [0.2, 0.3, 0.5], [0.5, 0.2, 0.3]


def listed(places, probabilities):
    return stats.rv_discrete(values=(places, probabilities))


# ---------------------------------------------------------------- beside the integers


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("places", [[0, 1, 5], [0.1, 0.75, 3.2], [5, -2, 0.5]])
@pytest.mark.parametrize("location", [0.0, 0.5, -0.7, 1e6 + 0.25])
def test_a_list_of_outcomes_is_its_probabilities(name, places, location):
    p, q = (listed(places, x)(loc=location) for x in (HERE, THERE))
    known = MEASURES[name](kb.Probs(HERE), kb.Probs(THERE))
    np.testing.assert_allclose(MEASURES[name](p, q), known, rtol=1e-14)


DISCRETE = {
    "poisson": lambda x: stats.poisson(3.0, loc=x),
    "geom": lambda x: stats.geom(0.3, loc=x),
    "skellam": lambda x: stats.skellam(2.0, 3.0, loc=x),
    "hypergeom": lambda x: stats.hypergeom(20, 7, 12, loc=x),
    "boltzmann": lambda x: stats.boltzmann(1.4, 19, loc=x),
    "randint": lambda x: stats.randint(2, 7, loc=x),
    "planck": lambda x: stats.planck(0.5, loc=x),
    "poisson_binom": lambda x: stats.poisson_binom([0.1, 0.6, 0.7], loc=x),
    "listed": lambda x: listed([0, 1, 5], HERE)(loc=x),
}


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("location", [0.5, -0.7])
def test_a_fractional_location_changes_no_measure(name, location):
    make = DISCRETE[name]
    p, whole, apart = make(location), make(0), make(0.125)
    q = kb.as_distribution(p)
    np.testing.assert_allclose(kb.entropy(p), kb.entropy(whole), rtol=1e-13)
    assert float(kb.kl_divergence(p, make(location))) <= 1e-14
    for measure in (kb.jensen_shannon_divergence, kb.total_variation_distance):
        moved, plain = measure(p, make(location + 1.0)), measure(whole, make(1))
        np.testing.assert_allclose(moved, plain, rtol=1e-12)
    # Outcomes that lie unequally beside the integers never meet.
    for one, other in ((p, apart), (p, whole), (whole, p)):
        assert float(kb.kl_divergence(one, other)) == math.inf
        assert "nothing in common" in kb.method_for(kb.kl_divergence, one, other).reason
        assert float(kb.total_variation_distance(one, other)) == 1.0
        assert float(kb.jensen_shannon_divergence(one, other)) == pytest.approx(math.log(2.0))
    x = location + np.array([0.0, 1.0, 2.0, 2.5, 5.0])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(kb.log_likelihood(x, p), p.logpmf(x), rtol=1e-10, atol=1e-13)
    levels = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(q.quantile(levels), whole.ppf(levels) + location, rtol=1e-14)
    np.testing.assert_allclose(q.cdf(q.quantile(levels)), whole.cdf(whole.ppf(levels)), rtol=1e-9)
    np.testing.assert_allclose(q.mean, p.mean(), rtol=1e-10)


def test_each_of_a_batch_has_its_own_location():
    places = [0.0, 0.5, 1.0]
    for make in (DISCRETE["poisson"], DISCRETE["skellam"], DISCRETE["listed"]):
        p, q = make(places), make(0.5)
        np.testing.assert_allclose(kb.entropy(p), np.full(3, kb.entropy(make(0))), rtol=1e-13)
        found = kb.jensen_shannon_divergence(p, q)
        np.testing.assert_allclose(found, [math.log(2.0), 0.0, math.log(2.0)], atol=1e-15)


def test_our_own_families_lie_beside_the_integers_too():
    p = families.Affine(families.Poisson(rate=3.0), location=0.5)
    assert float(kb.kl_divergence(p, stats.poisson(3.0, loc=0.5))) == 0.0
    back = families.Affine(families.Geometric(probability=0.3), location=0.25, scale=-1.0)
    np.testing.assert_allclose(back.quantile(0.9), 0.25, rtol=1e-15)
    assert float(kb.cross_entropy(p, families.DiscreteUniform(low=0, high=9))) == math.inf
    with pytest.raises(kb.KullbackError, match="stretches"):
        families.Affine(families.Poisson(rate=3.0), scale=2.0)
    with pytest.raises(kb.KullbackError, match="bounds are moved to integers"):
        families.Truncated(p, low=1.0)
    with pytest.raises(kb.KullbackError, match="not all discrete"):
        families.Mixture(components=[p, families.Poisson(rate=1.0)], weights=[0.5, 0.5])


def test_a_list_beside_a_family_on_the_integers():
    p, q = listed([0, 1, 5], HERE), stats.poisson(3.0)
    masses = np.exp(q.logpmf([0, 1, 5]))
    terms = np.array(HERE) * np.log(np.array(HERE) / masses)
    np.testing.assert_allclose(kb.kl_divergence(p, q), terms.sum(), rtol=1e-14)
    assert float(kb.kl_divergence(q, p)) == math.inf
    away = 0.5 * (np.abs(np.array(HERE) - masses).sum() + 1.0 - masses.sum())
    np.testing.assert_allclose(kb.total_variation_distance(p, q), away, rtol=1e-14)
    assert float(kb.kl_divergence(listed([0.5, 1.5], [0.5, 0.5]), [0.3, 0.7])) == math.inf
    assert float(kb.kl_divergence(listed([0, 2], [0.5, 0.5]), listed([0, 1], [0.5, 0.5]))) == (
        math.inf
    )
    np.testing.assert_allclose(
        kb.kl_divergence(stats.binom(1, 0.3), listed([0, 1, 5], HERE)),
        0.7 * math.log(0.7 / 0.2) + 0.3 * math.log(0.3 / 0.3),
        rtol=1e-14,
    )


# ---------------------------------------------------------------- histograms

ONE = stats.rv_histogram(
    (np.array([3.0, 0.0, 1.0, 2.0]), np.array([0.0, 0.5, 0.75, 1.0, 2.0])), density=False
)
OTHER = stats.rv_histogram(
    (np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.25, 0.8, 3.0])), density=False
)


def merged(p, q, function):
    """Sum over the pieces between the edges of both."""
    edges = np.union1d(p._hbins, q._hbins)
    middle, width = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    return math.fsum(width * function(p.pdf(middle), q.pdf(middle)))


def test_measures_of_histograms_are_sums_over_the_edges_of_both():
    def log_ratio(a, b):
        there = a > 0.0
        return np.where(there, a * np.log(np.where(there, a, 1.0) / b), 0.0)

    found = kb.kl_divergence(ONE, OTHER)
    np.testing.assert_allclose(found, merged(ONE, OTHER, log_ratio), rtol=1e-14)
    np.testing.assert_allclose(kb.entropy(ONE), ONE.entropy(), rtol=1e-14)
    away = merged(ONE, OTHER, lambda a, b: 0.5 * np.abs(a - b))
    np.testing.assert_allclose(kb.total_variation_distance(ONE, OTHER), away, rtol=1e-14)
    square = math.log(merged(ONE, OTHER, lambda a, b: a * a / np.where(b > 0.0, b, 1.0)))
    np.testing.assert_allclose(kb.renyi_divergence(ONE, OTHER, order=2.0), square, rtol=1e-13)
    assert float(kb.kl_divergence(OTHER, ONE)) == math.inf
    number = kb.method_for(kb.kl_divergence, ONE, OTHER)
    assert (number.method, number.error < 1e-14) == ("sum", True)


def test_a_histogram_against_another_law_is_cut_at_its_edges():
    """The normal density's logarithm is a parabola, whose means over the bins are known."""
    law, masses = stats.norm(0.3, 1.5), ONE._hpdf[1:-1] * np.diff(ONE._hbins)
    a, b = (ONE._hbins[:-1] - 0.3) / 1.5, (ONE._hbins[1:] - 0.3) / 1.5
    mean = 0.5 * (a * a + a * b + b * b) / 3.0 + math.log(1.5 * math.sqrt(2.0 * math.pi))
    np.testing.assert_allclose(kb.cross_entropy(ONE, law), masses @ mean, rtol=1e-13)
    assert float(kb.kl_divergence(law, ONE)) == math.inf
    assert float(kb.kl_divergence(stats.uniform(0.0, 0.4), ONE)) == pytest.approx(
        math.log(0.5 / 0.4 / 0.5), rel=1e-13
    )


def test_a_histogram_is_a_law_with_all_that_they_have():
    law = kb.as_distribution(ONE)
    x = np.array([-0.1, 0.0, 0.3, 0.5, 0.6, 0.75, 1.5, 2.1])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(kb.log_likelihood(x, ONE), ONE.logpdf(x), rtol=1e-14)
    np.testing.assert_allclose(law.cdf(x), ONE.cdf(x), rtol=1e-14)
    levels = np.array([0.1, 0.7, 0.95])
    np.testing.assert_allclose(law.quantile(levels), ONE.ppf(levels), rtol=1e-14)
    np.testing.assert_allclose([law.mean, law.variance], [ONE.mean(), ONE.var()], rtol=1e-13)
    batch = ONE(loc=[0.0, 1.0], scale=2.0)
    np.testing.assert_allclose(kb.entropy(batch), np.full(2, ONE.entropy() + math.log(2.0)))
    np.testing.assert_allclose(kb.log_likelihood([0.5, 1.5], batch), batch.logpdf([0.5, 1.5]))
    assert kb.as_distribution(batch).sample(3, rng=0).shape == (3, 2)


# ---------------------------------------------------------------- beyond floats


@pytest.mark.parametrize("make", [stats.logser, lambda a: stats.planck(-math.log(a))])
def test_a_mass_below_the_least_float_is_not_0(make):
    """SciPy takes the logarithm of a mass that has become 0 where p still has some."""
    k = np.arange(0.0, 3000.0)
    if make is stats.logser:
        k = k[1:]
        p, q = (k * math.log(a) - np.log(k) - math.log(-math.log1p(-a)) for a in (0.6, 0.3))
    else:
        p, q = (k * math.log(a) + math.log1p(-a) for a in (0.6, 0.3))
    truth = float(np.exp(p) @ (p - q))
    np.testing.assert_allclose(kb.kl_divergence(make(0.6), make(0.3)), truth, rtol=1e-12)


def test_a_density_below_the_least_float_is_not_0():
    p, q = stats.hypsecant(), stats.hypsecant(scale=0.1)
    truth = 7.99966223512317  # mpmath
    np.testing.assert_allclose(kb.kl_divergence(p, q), truth, rtol=1e-11)
    for order in (2.0, 3.0):  # it diverges, which cannot be seen
        with pytest.raises(kb.KullbackError, match="did not settle"):
            kb.renyi_divergence(p, q, order=order)


def test_what_hangs_on_a_continued_density_is_refused():
    """Nearly all of p is where q is below the least float: the divergence is finite."""
    p, q = stats.invweibull(10.58), stats.invweibull(10.58, scale=2.5)
    with pytest.raises(kb.KullbackError, match="did not settle"):
        kb.kl_divergence(p, q)


def test_measured_powers_are_told_apart_by_more_than_rounding():
    shapes = 2.8923945291034436, 1.9505288745913174
    p, q = (stats.exponweib(*shapes, loc=-3.7, scale=s) for s in (1e-3, 1.1e-3))
    known = kb.renyi_divergence(
        stats.exponweib(*shapes), stats.exponweib(*shapes, scale=1.1), order=2.0
    )
    np.testing.assert_allclose(kb.renyi_divergence(p, q, order=2.0), known, rtol=1e-6)


def test_a_turned_law_far_from_0():
    p, q = (stats.gumbel_l(-3.7, scale) for scale in (1e-3, 1.1e-3))
    known = kb.kl_divergence(stats.gumbel_l(), stats.gumbel_l(0.0, 1.1))
    np.testing.assert_allclose(kb.kl_divergence(p, q), known, rtol=1e-6)


# ---------------------------------------------------------------- batches


@pytest.mark.parametrize("name", ["gennorm", "exponnorm", "hypsecant", "betabinom", "logser"])
def test_batches_are_their_laws(name):
    shapes = {"gennorm": (1.5,), "exponnorm": (1.4,), "betabinom": (5, 2.3, 0.63), "logser": (0.6,)}
    make, given = getattr(stats, name), shapes.get(name, ())
    more = {} if isinstance(make, stats.rv_discrete) else {"scale": [1.0, 2.0, 3.0]}
    p = make(*given, loc=np.array([[0.0], [1.0]]), **more)
    q = make(*given, loc=0.0, **({"scale": 2.0} if more else {}))
    for verb in (kb.kl_divergence, kb.jensen_shannon_divergence):
        found = verb(p, q)
        assert found.shape == ((2, 3) if more else (2, 1))
        one = make(*given, loc=1.0, **({"scale": 3.0} if more else {}))
        np.testing.assert_allclose(found[-1, -1], verb(one, q), rtol=1e-12)
    x = p.ppf(0.3)
    ask = p.logpdf if more else p.logpmf
    np.testing.assert_allclose(kb.log_likelihood(x, p), ask(x), rtol=1e-10)


@pytest.mark.parametrize("name", ["expon", "lognorm", "halfnorm"])
def test_a_batch_of_locations_that_do_not_count_keeps_its_shape(name):
    shapes = (0.5,) if name == "lognorm" else ()
    where = np.array([[0.0], [-2.0]])
    p = getattr(stats, name)(*shapes, loc=where, scale=[1.0, 2.0])
    found = kb.kl_divergence(p, getattr(stats, name)(*shapes, loc=where, scale=2.5))
    assert found.shape == (2, 2)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-14)


BETA = 2.30984964515337, 0.62687954300963677


@pytest.mark.parametrize("location", [-1.0, -2.0, 5.0])
def test_a_singular_end_that_was_moved(location):
    """Where it was moved to 0, floats are nearer to it than the law can tell."""
    p, q = (stats.beta(*BETA, loc=location, scale=scale) for scale in (1.0, 2.5))
    for verb in (kb.kl_divergence, kb.jensen_shannon_divergence, kb.total_variation_distance):
        known = verb(stats.beta(*BETA), stats.beta(*BETA, scale=2.5))
        np.testing.assert_allclose(verb(p, q), known, rtol=1e-11)


# ---------------------------------------------------------------- users' own


class Half(stats.rv_continuous):
    """The density 2x on the unit interval; its support is said to be wider."""

    def _pdf(self, x):
        return np.where((x > 0.0) & (x < 1.0), 2.0 * x, 0.0)


class Five(stats.rv_discrete):
    """One of the integers below 5; its support is said to have no end."""

    def _pmf(self, k):
        return np.where(k < 5, 0.2, 0.0)


class Log(stats.rv_continuous):
    """A normal law of which only the logarithm is known, and not its quantiles."""

    def _logpdf(self, x):
        return -0.5 * x * x - 0.5 * math.log(2.0 * math.pi)


class Slope(stats.rv_continuous):
    """A law of which only the distribution function is known."""

    def _cdf(self, x):
        return -np.expm1(-x)


class Heavy(stats.rv_continuous):
    """A density whose integral is 3/2."""

    def _pdf(self, x):
        return 3.0 * x


class Broken(stats.rv_continuous):
    """A density that nobody can ask."""

    def _pdf(self, x):  # noqa: ARG002
        raise RuntimeError("no")


def test_supports_that_are_wider_than_the_density():
    assert float(kb.entropy(Half()())) == pytest.approx(0.5 - math.log(2.0), abs=1e-9)
    assert float(kb.entropy(Five()())) == pytest.approx(math.log(5.0), abs=1e-14)
    assert float(kb.kl_divergence(Five()(), Five(b=4)())) == pytest.approx(0.0, abs=1e-14)
    assert float(kb.kl_divergence(Five()(), Five(b=3)())) == math.inf
    assert float(kb.entropy(Five()(loc=0.5))) == pytest.approx(math.log(5.0), abs=1e-14)


def test_a_law_without_quantiles():
    assert float(kb.entropy(Log()())) == pytest.approx(0.5 * math.log(2.0 * math.pi * math.e))


REFUSED = {
    "slope": Slope(a=0.0),
    "not 1": Heavy(a=0.0, b=1.0),
    "broken": Broken(),
    "no parameters": lambda: stats.gamma,
    "vectors without": lambda: stats.dirichlet,
    "outside": lambda: stats.gennorm(-1.0),
    "one of a batch": lambda: stats.gennorm([1.0, -1.0]),
    "no width": lambda: stats.gennorm(1.0, scale=0.0),
    "too many": lambda: stats.hypergeom(5, 7, 12),
    "no density": lambda: stats.uniform_direction(3),
    "pieces": lambda: stats.normal_inverse_gamma(0.0, 1.0, 2.0, 3.0),
    "singular": lambda: stats.multivariate_normal([0, 0], [[1, 1], [1, 1]], allow_singular=True),
    "distribution function": lambda: stats.ecdf([1.0, 2.0, 3.0]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused(name):
    law = REFUSED[name]()
    for measure in (kb.entropy, lambda p: kb.kl_divergence(p, p)):
        with pytest.raises(kb.KullbackError):
            measure(law)


def test_a_density_that_takes_too_long_is_refused(monkeypatch):
    from kullback.families import _patience

    monkeypatch.setattr(_patience, "_LIMIT", 0.2)
    with pytest.raises(kb.KullbackError, match="for one point of its density"):
        kb.kl_divergence(stats.levy_stable(1.8, -0.5), stats.levy_stable(1.8, -0.5, scale=2.0))


def test_covariances_of_one_number_are_families():
    p, q = stats.wishart(5, 1.0), stats.invwishart(5, 2.0)
    np.testing.assert_allclose(kb.entropy(p), p.entropy(), rtol=1e-13)
    np.testing.assert_allclose(kb.entropy(q), stats.invgamma(2.5, scale=1.0).entropy(), rtol=1e-13)
