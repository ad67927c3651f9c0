"""Every message of the core is raised by a real mistake, and says what to do."""

from __future__ import annotations

import pickle
import re
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest
from libraries import extra
from scipy import stats

import kullback as kb
from kullback import families, strings

Z = [0.0, 1.0]
TWO = kb.Samples(x=[0, 1], y=[1, 1])
LINE = families.Cauchy(location=0, scale=1)
NORMAL = families.Normal(mean=0.0, std=1.0)
TABLE = kb.Joint([[0.5, 0.25], [0.125, 0.125]], ["x", "y"])


class Unknown(kb.AbstractDistribution):
    """A kind that no verb knows."""


def mixed():
    import array_api_strict as xp

    kb.kl_divergence(xp.asarray([0.5, 0.5]), np.array([0.5, 0.5]))


def ambiguous():
    class A(kb.AbstractFinite):
        pass

    @kb.verb(operands=2)
    def distance(p, q, /):
        return 0

    kb.rule(distance, A, kb.AbstractFinite)(lambda _p, _q: 1)
    kb.rule(distance, kb.AbstractFinite, A)(lambda _p, _q: 2)


def vector(**spread):
    """Return a normal law of two coordinates."""
    return families.MultivariateNormal(mean=[0.0, 0.0], **spread)


def traced():
    """Compare binomial laws whose trials are not there to be compared."""
    torch = extra("torch")

    def divergence(n):
        p, q = (families.Binomial(trials=k, probability=0.5 + 0.0 * n) for k in (n, n + 1))
        return kb.kl_divergence(p, q)

    torch.func.vmap(divergence)(torch.tensor([2.0, 3.0]))


def mixed_vectors():
    return families.Mixture(components=[vector(std=[1.0, 1.0])], weights=[1.0])


def far_lattices():
    """Mix laws so far apart that the second is beyond the integers that are told apart."""
    far = families.DiscreteUniform(low=2.0**51, high=2.0**51 + 5)
    return families.Mixture(components=[families.Poisson(rate=3.0), far], weights=[0.5, 0.5])


def beyond_zero(mean):
    return families.Truncated(families.Normal(mean=mean, std=1.0), low=0.0)


def unknown_place():
    """Integrate a law whose parameters are not there to look for nodes."""
    torch = extra("torch")

    def divergence(location):
        return kb.kl_divergence(families.Laplace(location=location, scale=1.0), LINE)

    torch.func.vmap(divergence)(torch.zeros(2))


def projected(p=NORMAL, family=families.Normal, **options):
    from kullback.fitting.project import project

    return project(p, family, **options)


def updated(family, x=(1.0,), **fixed):
    from kullback.fitting.bayes import posterior

    return posterior(NORMAL, family, x, fixed=fixed)


def undecided():
    """Ask for the scale of a law whose draws are far beyond what nodes reach."""
    from kullback.fitting.bayes import expected_information_gain

    prior = families.Pareto(shape=0.02, scale=1.0)
    expected_information_gain(prior, families.StudentT, fixed={"degrees": 0.02, "location": 0.0})


def once():
    return kb.entropy(kb.Counts([1, 1, 1]))


def truncated_inside_jit():
    jax = extra("jax")
    law = families.Laplace(location=0.0, scale=1.0)
    jax.jit(lambda a: families.Truncated(law, low=a).log_prob(1.0))(0.0)


def foreign_without_density():
    from scipy import stats

    kb.entropy(stats.ortho_group(3))


def numpyro_entropy(make):
    """Ask for the entropy of a distribution of NumPyro."""
    extra("numpyro")
    import numpyro.distributions as dist

    kb.entropy(make(dist))


class NoDensity(stats.rv_continuous):
    """A distribution of a user's, whose density raises."""

    def _pdf(self, _x):
        raise ZeroDivisionError("no density here")


class OnlyCdf(stats.rv_continuous):
    """One that gives its distribution function alone."""

    def _cdf(self, x):
        return np.clip(x, 0.0, 1.0)


def of_another_shape():
    """Ask a distribution of PyTorch that forgets its batch."""
    torch = extra("torch")

    class Forgetful(torch.distributions.Distribution):
        support = torch.distributions.constraints.real

        def __init__(self):
            super().__init__(torch.Size((3,)), validate_args=False)

        def sample(self, shape=()):
            return torch.zeros((*shape, 3))

        def log_prob(self, x):
            return -(x.sum() ** 2)

    kb.entropy(Forgetful())


def too_slow():
    """Take no patience with a density."""
    from kullback.families import _patience

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_patience, "_LIMIT", 0.0)
        patch.setattr(_patience.Watched, "slow", True)
        kb.entropy(stats.levy_stable(1.5, 0.5))


def slopes_again():
    """Differentiate twice what can be differentiated once."""
    torch = extra("torch")
    mean = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    p = families.Normal(mean=mean, std=1.0)
    value = kb.total_variation_distance(p, families.Normal(mean=0.0 * mean.detach(), std=1.0))
    (slope,) = torch.autograd.grad(value, mean, create_graph=True)
    torch.autograd.grad(slope, mean)


def slope_not_known():
    """Ask for the gradient of what is answered in another unit."""
    torch = extra("torch")
    mean = torch.tensor(1e302, dtype=torch.float64, requires_grad=True)
    p, q = families.Laplace(location=mean, scale=1e302), families.Normal(mean=0.0 * mean, std=1e302)
    kb.jensen_shannon_divergence(p, q)


def function_without_slope():
    from kullback._kernels.special import special

    torch = extra("torch")
    special("betainc", torch.tensor(0.5, requires_grad=True), 1.0, 0.5)


def image_of_normal():
    from kullback.families._image import Image

    return Image(law=NORMAL, map_name="sigmoid")


def small_wishart():
    from kullback.families._wishart import Wishart

    return Wishart(degrees=0.5, cholesky=np.eye(2))


def many_trials():
    from kullback.families._multinomial import Multinomial

    return Multinomial(trials=1e15, probabilities=np.full(1000, 1e-3))


# key: (the mistake, what the message must name)


def labelled(labels):
    """Return what has an index, as a column of pandas has."""
    index = SimpleNamespace(labels=labels, equals=lambda other: other.labels == labels)
    return SimpleNamespace(index=index)


class NoTable:
    """A table of no library."""

    columns = ("x",)


class NoColumn:
    """What gives no values."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("lost")


class NoHash:
    """What cannot be told apart."""

    __hash__ = None

    def __eq__(self, other):
        return self is other


class Labelled(list):
    """A column with labels of its rows, as pandas has them."""

    __hash__ = object.__hash__

    @property
    def index(self):
        return Row(self)


class Row(list):
    """Labels of rows."""

    def equals(self, other):
        return self == other


class Named:
    """What has named axes, as an array of xarray has."""

    def __init__(self, dims):
        self.dims = tuple(dims)


Named.__module__ = "xarray.core"


def named(dims):
    """Return one of those."""
    return Named(dims)


class Unreadable:
    """What says that it is an array, and is not."""

    def __array__(self, *_, **__):
        """Refuse."""
        raise RuntimeError("no numbers here")


MISTAKES = {
    "verb.swapped": (
        lambda: kb.log_likelihood(kb.families.Normal(mean=0.0, std=1.0), [0.5]),
        "Normal came there",
    ),
    "operand.class": (lambda: kb.kl_divergence(Z, kb.families.Gamma), "q is the class Gamma"),
    "bayes.prior": (lambda: kb.posterior([0.5, 0.5], kb.families.Bernoulli, [1]), "Probs"),
    "verb.axis": (lambda: kb.entropy(kb.Probs([0.5, 0.5]), axis=0), "axis=0"),
    "pair.index": (lambda: kb.kl_divergence(labelled("ab"), labelled("ba")), "labelled"),
    "pair.axes": (lambda: kb.kl_divergence(named("rk"), named("kr")), "r, k and q has k, r"),
    "array.unreadable": (lambda: kb.entropy(Unreadable()), "no numbers here"),
    "array.masked": (lambda: kb.entropy(np.ma.array([0.5, 0.5], mask=[0, 1])), "masked"),
    "array.set": (lambda: kb.entropy({0.5, 0.25}), "set"),
    "array.dict": (lambda: kb.entropy({"a": 0.5, "b": 0.5}), "dict"),
    "array.str": (lambda: kb.entropy("0.5,0.5"), "string"),
    "array.none": (lambda: kb.entropy(None), "None"),
    "array.ragged": (lambda: kb.entropy([[0.5, 0.5], [1.0]]), "different lengths"),
    "array.mixed": (mixed, "array_api_strict, numpy"),
    "array.not_numeric": (lambda: kb.entropy([0.5 + 0j, 0.5]), "complex128"),
    "array.no_axis": (lambda: kb.entropy(1.0), "single number"),
    "array.axis": (lambda: kb.entropy(Z, axis=1), "no axis 1: the array has 1"),
    "array.empty": (lambda: kb.entropy([]), "no values"),
    "probs.sum_short": (lambda: kb.entropy([0.5, 0.45]), r"0\.95, not 1 \(0\.05 short\)"),
    "probs.sum_over": (lambda: kb.entropy([0.5, 0.55]), r"1\.05, not 1 \(0\.05 over\)"),
    "probs.negative": (lambda: kb.entropy([1.5, -0.5]), r"1.* -0\.5"),
    "probs.nan": (lambda: kb.entropy([[0.5, 0.5], [0.5, float("nan")]]), "1, 1.*NaN"),
    "event.range": (lambda: kb.self_information([0.5, 1.5]), r"1.* 1\.5"),
    "log_probs.above": (lambda: kb.LogProbs([0.5, -3.0]), r"0.* 0\.5"),
    "logits.not_finite": (lambda: kb.Logits([0.0, float("inf")]), "1.* inf"),
    "logits.all_masked": (lambda: kb.Logits([Z, [-np.inf, -np.inf]]), "1"),
    "labels.not_integers": (lambda: kb.Labels([0.5], 2), "float64"),
    "labels.range": (lambda: kb.Labels([0, 2], 2), r"1.* 2.*\(0 to 1\)"),
    "counts.not_whole": (lambda: kb.Counts([1.5, 2]), r"0.* 1\.5"),
    "counts.empty": (lambda: kb.Counts([0, 0]), "nothing was observed"),
    "counts.alphabet": (lambda: kb.Counts([1, 1, 1], num_outcomes=2), "2.* 3"),
    "counts.batch": (lambda: kb.entropy(kb.Counts([[1, 2], [3, 4]])), r"\(2, 2\)"),
    "samples.none": (kb.Samples, "no columns"),
    "samples.lengths": (lambda: kb.Samples(x=[1], y=[1, 2]), "x: 1, y: 2"),
    "samples.repeated": (lambda: kb.Samples({"x": [1]}, x=[1]), "'x' belongs"),
    "samples.index": (
        lambda: kb.Samples(x=Labelled([0, 1]), y=Labelled([1, 0])),
        "'x' and 'y' label their rows",
    ),
    "samples.frame": (lambda: kb.Samples(NoTable()), "from NoTable"),
    "samples.unreadable": (lambda: kb.Samples(x=NoColumn()), "'x' of type NoColumn .*: lost"),
    "samples.nanoseconds": (
        lambda: kb.Samples(duckdb.connect().sql("SELECT [TIMESTAMP_NS '2020-01-01'] AS x")),
        r"'x' of type TIMESTAMP_NS\[\]",
    ),
    "samples.unhashable": (
        lambda: kb.Samples([NoHash(), NoHash()]).counts(),
        "'x' holds a NoHash",
    ),
    "samples.nested": (lambda: kb.Samples([[1], [1, 2]]), "'x' is a list of sequences"),
    "array.missing": (lambda: kb.entropy([0.5, None]), r"p\[1\] is missing"),
    "samples.shape": (lambda: kb.Samples([[1, 2]]), r"'x'.*\(1, 2\)"),
    "samples.unknown": (lambda: kb.entropy(TWO, "z"), "'z'"),
    "samples.several": (lambda: kb.cross_entropy(TWO, [0.5, 0.5]), "x, y"),
    "samples.not_discrete": (lambda: kb.entropy(kb.Samples([0.5, 1.5])), "'x' holds numbers"),
    "samples.batch": (lambda: kb.cross_entropy(kb.Samples([0, 1]), [[[0.5, 0.5]]]), r"\(1, 1, 2\)"),
    "joint.names": (lambda: kb.Joint([[0.5, 0.5]], ["x"]), "2 axes.*x"),
    "joint.repeated": (lambda: kb.Joint([[0.5, 0.5]], ["x", "x"]), "x, x"),
    "joint.unknown": (lambda: kb.entropy(TABLE, "z"), "'z'"),
    "joint.twice": (lambda: kb.mutual_information(TABLE, "x", "y", given="x"), "'x'"),
    "joint.bare": (lambda: kb.mutual_information(TABLE.p), "ndarray"),
    "joint.which": (lambda: kb.mutual_information(TABLE, given="x"), "1: y"),
    "joint.side": (lambda: kb.variation_of_information(TABLE, "x"), "either side"),
    "joint.few": (lambda: kb.o_information(TABLE), "at least 3.*x, y"),
    "normalizer.unknown": (
        lambda: kb.normalized_mutual_information(TABLE, normalizer="sum"),
        "'sum'",
    ),
    "pair.length": (lambda: kb.kl_divergence([0.5, 0.5], [1.0]), "2 outcomes but q has 1"),
    "pair.batch": (lambda: kb.kl_divergence([[0.5, 0.5]] * 2, [[0.5, 0.5]] * 3), r"\(2, 2\)"),
    "channel.shape": (lambda: kb.channel_capacity([0.5, 0.5]), r"\(2,\)"),
    "channel.tolerance": (lambda: kb.channel_capacity([Z, Z], tolerance=0), "above 0, not 0"),
    "channel.gap": (lambda: kb.channel_capacity([[1, 0], [0.5, 0.5]], max_iterations=1), "1 steps"),
    "family.parameter": (lambda: families.Normal(mean=0, std=[1, -2]), r"std\[1\].*positive.*-2"),
    "family.axes": (
        lambda: families.MultivariateNormal(mean=0.0, std=[1.0]),
        "mean needs at least 1",
    ),
    "family.broadcast": (
        lambda: families.Normal(mean=[0, 1], std=[1, 1, 1]),
        r"mean: \(2,\), std: \(3,\)",
    ),
    "family.batch": (
        lambda: kb.kl_divergence(*(families.Normal(mean=np.zeros(n), std=1) for n in (2, 3))),
        r"\(2,\).*\(3,\)",
    ),
    "rng.kind": (lambda: families.Normal(mean=0, std=1).sample(rng="x"), "rng is 'x'"),
    "family.event": (lambda: vector(covariance=np.eye(2)).log_prob([1.0]), r"\(2,\).*\(1,\)"),
    "family.dimensions": (
        lambda: kb.kl_divergence(vector(std=[1, 1]), families.Normal(mean=0, std=1)),
        r"\(2,\).*\(\)",
    ),
    "family.cholesky": (lambda: vector(cholesky=[[1, 1], [0, 1]]), "no Cholesky factor"),
    "family.form": (lambda: vector(covariance=np.eye(2), std=[1, 1]), "takes one form"),
    "family.size": (lambda: vector(std=[1, 1, 1]), r"std .*\(3,\).* 2 coordinates"),
    "family.symmetric": (lambda: vector(covariance=[[1, 0.5], [0, 1]]), r"\[0, 1\] is 0\.5.* 0"),
    "family.definite": (lambda: vector(covariance=[[1, 2], [2, 1]]), "covariance .* -1"),
    "family.traced": (traced, "Binomial: .* trials"),
    "family.vector": (lambda: vector(std=[1, 1]).quantile(0.5), "MultivariateNormal"),
    "ladder.error": (lambda: kb.entropy(far_lattices()), "may be off by"),
    "ladder.tails": (
        lambda: kb.renyi_divergence(
            families.Affine(families.Weibull(shape=1.5, scale=1.0), location=1.0),
            families.Weibull(shape=1.5, scale=1.0),
            order=float("inf"),
        ),
        "first order only",
    ),
    "ladder.ratio": (
        lambda: kb.f_divergence(
            families.Normal(mean=0, std=1),
            families.Normal(mean=40, std=1),
            lambda t: t * np.log(t),
            value_at_zero=0,
            slope_at_infinity=float("inf"),
        ),
        "range of floats",
    ),
    "ladder.vast": (
        lambda: kb.kl_divergence(
            kb.families.Logistic(location=1e305, scale=5e-324),
            kb.families.Logistic(location=0.0, scale=1.0),
        ),
        "largest float",
    ),
    "ladder.traced": (unknown_place, "inside jit"),
    "ladder.samples": (lambda: kb.entropy(mixed_vectors()), "entropy of Mixture"),
    "ladder.draws": (lambda: kb.entropy(mixed_vectors(), samples=1), "at least 2, not 1"),
    "ladder.exact": (
        lambda: kb.kl_divergence(LINE, families.Laplace(location=0, scale=1), rng=1),
        "kl",
    ),
    "project.law": (lambda: projected([0.5, 0.5]), "Probs"),
    "project.direction": (lambda: projected(direction="both"), "'both'"),
    "project.starts": (lambda: projected(starts=0), "not 0"),
    "method.verb": (lambda: kb.method_for("perplexity", NORMAL), "how perplexity"),
    "family.argument_meant": (lambda: families.Gamma(a=2), "no parameter a, which is shape= here"),
    "family.argument_converted": (
        lambda: families.Normal(mean=0.0, variance=4.0),
        r"std=variance\*\*0\.5",
    ),
    "call.meant": (
        lambda: kb.entropy([1.0], base=2),
        r"entropy\(\) .* 'base', which is unit= here",
    ),
    "call.unexpected": (lambda: kb.entropy([1.0], nan_policy=0), r"entropy\(\) .* 'nan_policy'"),
    "call.no_options": (lambda: kb.estimators.PlugIn(base=2), r"PlugIn\(\) .* 'base'"),
    "call.by_position": (lambda: kb.kl_divergence(p=[1.0], q=[1.0]), r"kl_divergence\(\) .* 'p'"),
    "call.twice": (lambda: kb.Probs([1.0], p=[1.0]), r"Probs\(\) .* 'p' twice"),
    "call.many": (lambda: families.Normal(0, 1), r"Normal\(\) takes 0 and got 2"),
    "call.missing": (lambda: kb.kl_divergence([1.0]), r"kl_divergence\(\) .* 'q'"),
    "family.argument": (lambda: families.Gamma(shpae=2), "Gamma has no parameter shpae"),
    "project.infinite": (lambda: projected(LINE), "no Normal .* from Cauchy: the integral"),
    "project.swapped": (
        lambda: kb.project(families.Normal, NORMAL),
        "the class Normal stands where",
    ),
    "project.none": (lambda: projected(NORMAL, families.Gamma), "no Gamma"),
    "project.mass": (
        lambda: projected(far_lattices(), families.Poisson),
        r"Mixture .* to be 0\.",
    ),
    "project.variables": (lambda: projected(vector(std=[1, 1])), "MultivariateNormal"),
    "bayes.unknown": (lambda: updated(families.Normal), "Normal .* mean, std,"),
    "bayes.pair": (lambda: updated(families.Poisson), "Normal .* rate of Poisson"),
    "bayes.unsettled": (undecided, "StudentT"),
    "bayes.edge": (
        lambda: updated(families.LogNormal, [1.0, 0.0], log_std=1.0),
        r"data\[1\] is 0\.0.* LogNormal",
    ),
    "transition.shape": (lambda: kb.entropy_rate([[0.5, 0.5]]), r"\(1, 2\)"),
    "transition.classes": (lambda: kb.entropy_rate([[1, 0], [0, 1]]), "2 recurrent"),
    "transition.initial": (lambda: kb.entropy_rate([Z, Z], initial=[1]), "1 states.* 2"),
    "mixture.share": (lambda: kb.jensen_shannon_divergence(Z, Z, skew=1.5), r"skew.* 1\.5"),
    "lags.invalid": (lambda: kb.transfer_entropy(TWO, "x", "y", lags=[1, 1]), "lags must"),
    "lags.long": (lambda: kb.transfer_entropy(TWO, "x", "y", lags=2), "2 .*2 steps"),
    "order.range": (lambda: kb.renyi_entropy(Z, order=-0.5), r"-0\.5"),
    "f_divergence.at_zero": (
        lambda: kb.f_divergence([0.0, 1.0], [0.5, 0.5], lambda t: t * np.log(t)),
        r"f\(0\).* NaN",
    ),
    "f_divergence.slope": (
        lambda: kb.f_divergence([0.5, 0.5], [0.0, 1.0], lambda t: (t - 1) ** 2),
        "p > 0 = q",
    ),
    "bound.negative": (lambda: kb.pinsker_bound([0.5, -0.25]), r"kl\[1\] is -0\.25"),
    "family.law": (lambda: families.Product(kb.Probs([1.0])), "Probs is no law"),
    "mixture.weights": (
        lambda: families.Mixture(components=[NORMAL], weights=[0.5, 0.5]),
        "1 components and 2 weights",
    ),
    "mixture.components": (
        lambda: families.Mixture(
            components=[NORMAL, families.Poisson(rate=1.0)], weights=[0.5, 0.5]
        ),
        "Normal, Poisson",
    ),
    "truncated.empty": (lambda: families.Truncated(NORMAL, low=[0.0, 2.0], high=1.0), r"low\[1\]"),
    "truncated.far": (
        lambda: kb.entropy(
            families.Truncated(families.SkewNormal(location=0.0, scale=1.0, shape=2.0), low=1e10)
        ),
        "SkewNormal beyond 1e",
    ),
    "truncated.inexact": (
        lambda: families.Truncated(
            families.LogNormal(log_mean=20.0, log_std=1e-12), low=0.0
        ).log_prob(1.0),
        "LogNormal from 0 to inf",
    ),
    "truncated.vector": (lambda: families.Truncated(families.Product(NORMAL)), "Product"),
    "truncated.traced": (truncated_inside_jit, "truncated Laplace"),
    "affine.integers": (
        lambda: families.Affine(families.Poisson(rate=1.0), scale=2.0),
        "Poisson is a law on the integers",
    ),
    "product.empty": (families.Product, "at least one law"),
    "independent.single": (lambda: families.Independent(NORMAL), "this Normal is a single law"),
    "foreign.kind": (foreign_without_density, "ortho_group"),
    "foreign.failed": (lambda: kb.entropy(NoDensity(name="mine")()), "no density here"),
    "foreign.slope": (lambda: kb.entropy(OnlyCdf(name="mine")()), "mine"),
    "foreign.parameters": (lambda: kb.entropy(stats.exponnorm(-1.0)), "exponnorm"),
    "foreign.slow": (too_slow, "levy_stable"),
    "foreign.shape": (of_another_shape, "Forgetful"),
    "foreign.masked": (
        lambda: numpyro_entropy(lambda d: d.Normal(np.zeros(2), 1.0).mask(np.array([True, False]))),
        "MaskedDistribution",
    ),
    "foreign.improper": (
        lambda: numpyro_entropy(lambda d: d.ImproperUniform(d.constraints.real, (), ())),
        "ImproperUniform",
    ),
    "foreign.censored": (
        lambda: numpyro_entropy(lambda d: d.RightCensoredDistribution(d.Normal(0.0, 1.0), 1)),
        "censored",
    ),
    "foreign.points": (
        lambda: numpyro_entropy(lambda d: d.Delta(np.zeros(2), event_dim=1)),
        "Delta",
    ),
    "foreign.mixed": (lambda: numpyro_entropy(lambda d: d.HurdleGamma(0.3, 2.0, 1.0)), "Hurdle"),
    "image.line": (
        lambda: type(image_of_normal())(law=families.Poisson(rate=1.0), map_name="exp"),
        "Poisson",
    ),
    "image.moments": (lambda: image_of_normal().mean, "Image"),
    "labels.batch": (
        lambda: kb.log_likelihood([0, 1, 0], kb.Probs([[0.5, 0.5], [0.25, 0.75]])),
        r"\(3,\)",
    ),
    "ladder.gradient": (slope_not_known, "jensen_shannon_divergence"),
    "ladder.second": (slopes_again, "again"),
    "special.gradient": (function_without_slope, "betainc"),
    "multinomial.trials": (lambda: kb.entropy(many_trials()), "1e\\+15"),
    "truncated.integers": (
        lambda: families.Truncated(
            families.Affine(families.Poisson(rate=2.0), location=0.5, scale=1.0), low=1.0
        ),
        "Affine",
    ),
    "wishart.degrees": (
        small_wishart,
        "Wishart",
    ),
    "unit.unknown": (lambda: kb.entropy(Z, unit="bytes"), "'bytes' is not a unit"),
    "estimate.level": (lambda: kb.entropy(kb.Counts([5, 5])).interval(95), "95"),
    "estimate.no_error": (lambda: once().interval(), "many outcomes seen once"),
    "estimate.no_unit": (lambda: kb.perplexity(kb.Counts([5, 5])).to("bits"), "no unit"),
    "estimator.kind": (lambda: kb.entropy(kb.Counts([1]), estimator="plugin"), "'plugin'"),
    "estimator.data": (lambda: kb.default_estimator([1, 2]), "list"),
    "explain.names": (lambda: kb.explain(Z, outcomes=["a"]), "1 names.*2 outcomes"),
    "explain.kind": (lambda: kb.explain(kb.Counts([1, 2])), "Counts"),
    "explain.batch": (lambda: kb.explain([Z, Z]), r"\(2, 2\)"),
    "verb.none": (lambda: kb.rule_for(len, kb.Probs), "len"),
    "verb.kinds": (lambda: kb.rule(kb.entropy, kb.Probs, kb.Probs)(len), "1 operands.*2 kinds"),
    "verb.ambiguous": (ambiguous, "A, AbstractFinite"),
    "verb.option": (lambda: kb.entropy(Z, given="x"), "given="),
    "verb.operands": (lambda: kb.kernel_for(kb.kl_divergence, [1.0]), "2 operand.*1 came"),
    "verb.no_kernel": (lambda: kb.kernel_for(kb.entropy, kb.Labels([0], 2)), "entropy of Labels"),
    "verb.no_rule": (lambda: kb.kl_divergence(Unknown(), Z), "kl_divergence.*Unknown, Probs"),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_message(key):
    mistake, names = MISTAKES[key]
    with pytest.raises(kb.KullbackError, match=names) as caught:
        mistake()
    error = caught.value
    assert error.key == key
    assert isinstance(error, ValueError)
    assert error.hint
    assert f"hint: {error.hint}" in error.__notes__
    assert "{" not in error.text() + error.hint
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (type(again), again.key, str(again), again.hint) == (
        type(error),
        key,
        str(error),
        error.hint,
    )
    chinese = error.text("zh")
    assert chinese != error.text()
    assert re.search("[一-鿿]", chinese + error.advice("zh"))
    assert error.advice("zh")


ELSEWHERE = (
    "cli",
    "data",
    "compare",
    "fingerprint",
    "fit",
    "learning",
    "permutation",
    "storage",
)  # tested with their rooms


def test_every_message_of_the_core_is_tested():
    core = {
        key.removeprefix("error.")
        for key in strings._table("en")
        if key.startswith("error.") and ".hint" not in key
    }
    core = {key for key in core if key.partition(".")[0] not in ELSEWHERE}
    assert core == set(MISTAKES)


def test_no_rule_is_an_error_of_its_own():
    with pytest.raises(kb.NoRuleError):
        kb.entropy(Unknown())


def test_the_command_line_has_its_own_advice():
    with pytest.raises(kb.KullbackError) as caught:
        kb.entropy([0.5, 0.45])
    error = caught.value
    assert "--counts" in error.advice("en", "cli")
    assert "--counts" in error.advice("zh", "cli")
    assert "--counts" not in error.hint


@pytest.mark.parametrize("axis", [2, -3])
@pytest.mark.parametrize("kind", [kb.Probs, kb.LogProbs, kb.Logits, kb.Counts])
def test_an_axis_that_is_not_there(kind, axis):
    with pytest.raises(kb.KullbackError, match=f"no axis {axis}"):
        kind([[1, 0]] if kind in (kb.Probs, kb.Counts) else [[0.0, -9e9]], axis=axis)


@pytest.mark.parametrize(
    "p",
    [[np.nan, 1.0], [np.inf, 0.0], [-np.inf, 1.0], [1.0, 1e-5], [1.0 + 2e-6, 0.0], [True, True]],
)
def test_nothing_is_repaired(p):
    with pytest.raises(kb.KullbackError):
        kb.entropy(p)


@pytest.mark.parametrize("z", [[np.nan, 1.0], [np.inf, -np.inf], [-np.inf, -np.inf], []])
def test_bad_logits(z):
    with pytest.raises(kb.KullbackError):
        kb.entropy(kb.Logits(z))


@pytest.mark.parametrize("n", [[np.nan, 1], [-1, 2], [np.inf, 1], [0.5, 0.5], [], 3, ["a"]])
def test_bad_counts(n):
    with pytest.raises(kb.KullbackError):
        kb.Counts(n)


@pytest.mark.parametrize("p", [[True, False], [1, 0], (1.0, 0.0), np.array([1, 0], np.uint8)])
def test_what_is_certain_may_be_written_in_many_ways(p):
    assert float(kb.entropy(p)) == 0.0


def test_a_sum_off_by_rounding_is_taken_as_it_is():
    p = np.array([0.5, 0.5 + 5e-7])
    np.testing.assert_array_equal(kb.Probs(p).probs, p)
