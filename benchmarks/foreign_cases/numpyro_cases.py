"""Every distribution of `numpyro.distributions`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as nd
from numpyro.distributions import transforms
from scipy import stats

from foreign_cases.case import Spec, Study, of_lkj

__all__ = ["LIBRARY", "OUT_OF_REACH", "cases", "coarse", "context", "likelihood", "names", "truth"]

LIBRARY = "numpyro"
OUT_OF_REACH = {"Distribution": "an abstract class"}
_FUNCTIONS = {"biject_to", "constraints", "kl_divergence", "transforms"}

# ---------------------------------------------------------------- specifications

_LS = {"loc": 0.5, "scale": 1.5}, {"loc": -0.25, "scale": 2.0}
_CC = (
    {"concentration1": 2.0, "concentration0": 3.0},
    {"concentration1": 1.5, "concentration0": 2.5},
)
_CR = {"concentration": 2.5, "rate": 0.5}, {"concentration": 1.5, "rate": 2.0}
_SHARES = [0.25, 0.25, 0.5], [0.5, 0.125, 0.375]
_MATRICES = [[1.5, 0.5], [0.5, 1.0]], [[1.0, -0.25], [-0.25, 2.0]]
_FACTORS = [[1.5, 0.0], [0.5, 1.0]], [[1.0, 0.0], [-0.25, 2.0]]
_CORRELATIONS = [[1.0, 0.5], [0.5, 1.0]], [[1.0, -0.25], [-0.25, 1.0]]
_ADJACENT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
_POSITIVE: dict[str, Any] = {"low": 0.0}
_UNIT: dict[str, Any] = {"low": 0.0, "high": 1.0}
_COUNTS: dict[str, Any] = {"sort": "counts"}
_VECTOR: dict[str, Any] = {"sort": "vector"}
_NONE: dict[str, Any] = {"sort": "none", "forms": ("scalar",)}
_CIRCLE: dict[str, Any] = {"low": -math.pi, "high": math.pi}


def _of(name: str, p: dict[str, Any], q: dict[str, Any], **options: Any) -> Spec:
    """Return how a class is specified that takes its parameters by their names."""
    return Spec(name, getattr(nd, name), p, q, **options)


def _one(name: str, parameter: str, p: Any, q: Any, **options: Any) -> Spec:
    return _of(name, {parameter: p}, {parameter: q}, **options)


def _line() -> Iterator[Spec]:
    yield _of(
        "AsymmetricLaplace",
        {**_LS[0], "asymmetry": 2.0},
        {**_LS[1], "asymmetry": 0.5},
        breaks=(0.5, -0.25),
    )
    yield _of(
        "AsymmetricLaplaceQuantile",
        {**_LS[0], "quantile": 0.25},
        {**_LS[1], "quantile": 0.5},
        breaks=(0.5, -0.25),
    )
    yield _of("Beta", *_CC, **_UNIT)
    yield _of(
        "BetaProportion",
        {"mean": 0.25, "concentration": 4.0},
        {"mean": 0.5, "concentration": 3.0},
        **_UNIT,
    )
    yield _of("Cauchy", *_LS)
    yield _one("Chi2", "df", 3.0, 4.5, **_POSITIVE)
    yield _of(
        "Dagum",
        {"concentration": 2.0, "sharpness": 3.0, "scale": 1.5},
        {"concentration": 1.5, "sharpness": 2.5, "scale": 1.0},
        **_POSITIVE,
    )
    yield _of(
        "DoublyTruncatedPowerLaw",
        {"alpha": -1.5, "low": 1.0, "high": 4.0},
        {"alpha": 2.0, "low": 1.0, "high": 4.0},
        low=1.0,
        high=4.0,
    )
    yield _one("Exponential", "rate", 0.5, 2.0, **_POSITIVE)
    yield Spec(
        "FoldedDistribution", lambda **t: nd.FoldedDistribution(nd.Normal(**t)), *_LS, low=0.0
    )
    yield _of("Gamma", *_CR, **_POSITIVE)
    yield _of("Gompertz", *_CR, **_POSITIVE)
    yield _of("Gumbel", *_LS)
    yield _one("HalfCauchy", "scale", 0.5, 2.0, **_POSITIVE)
    yield _one("HalfNormal", "scale", 0.5, 2.0, **_POSITIVE)
    yield _of("InverseGamma", *_CR, **_POSITIVE)
    yield _of("Kumaraswamy", *_CC, **_UNIT)
    yield _of("Laplace", *_LS, breaks=(0.5, -0.25))
    yield _of("Levy", {"loc": 0.0, "scale": 1.5}, {"loc": 0.0, "scale": 2.0}, **_POSITIVE)
    yield _of("LogNormal", *_LS, **_POSITIVE)
    yield _of(
        "LogUniform",
        {"low": 1.0, "high": 2.0},
        {"low": 1.0, "high": 4.0},
        low=1.0,
        high=4.0,
        breaks=(2.0,),
    )
    yield _of("Logistic", *_LS)
    yield _of(
        "LowerTruncatedPowerLaw", {"alpha": -2.5, "low": 1.0}, {"alpha": -2.0, "low": 1.0}, low=1.0
    )
    yield _of("Normal", *_LS)
    yield _of("Normal", *_LS, forms=("expanded",))
    yield _of("Pareto", {"scale": 1.0, "alpha": 3.0}, {"scale": 1.0, "alpha": 1.5}, low=1.0)
    yield _of("SoftLaplace", *_LS)
    yield _of("StudentT", {"df": 3.0, **_LS[0]}, {"df": 2.5, **_LS[1]})
    yield _of(
        "Uniform",
        {"low": 0.0, "high": 1.0},
        {"low": -0.5, "high": 2.0},
        low=-0.5,
        high=2.0,
        breaks=(0.0, 1.0),
    )
    yield _of(
        "VonMises",
        {"loc": 0.5, "concentration": 1.5},
        {"loc": -0.25, "concentration": 3.0},
        coarse=1e-7,
        **_CIRCLE,
    )
    yield _of(
        "Weibull",
        {"scale": 0.5, "concentration": 1.5},
        {"scale": 2.0, "concentration": 1.25},
        **_POSITIVE,
    )
    yield Spec(
        "RelaxedBernoulli",
        lambda probs: nd.RelaxedBernoulli(1.5, probs=probs),
        {"probs": 0.25},
        {"probs": 0.5},
        **_UNIT,
    )
    yield Spec(
        "RelaxedBernoulliLogits",
        lambda logits: nd.RelaxedBernoulliLogits(1.5, logits),
        {"logits": 0.25},
        {"logits": -0.5},
        **_UNIT,
    )
    yield Spec(
        "TransformedDistribution",
        lambda **t: nd.TransformedDistribution(
            nd.Normal(**t), [transforms.SigmoidTransform(), transforms.AffineTransform(1.0, 2.0)]
        ),
        *_LS,
        low=1.0,
        high=3.0,
    )
    yield Spec(
        "TransformedDistribution",
        lambda **t: nd.TransformedDistribution(nd.Normal(**t), [transforms.SoftplusTransform()]),
        *_LS,
        low=0.0,
    )
    yield Spec(
        "TransformedDistribution",
        lambda **t: nd.TransformedDistribution(nd.Gamma(**t), [transforms.ExpTransform().inv]),
        *_CR,
    )
    yield Spec(
        "Independent", lambda **t: nd.Independent(nd.Laplace(**t), 0), *_LS, breaks=(0.5, -0.25)
    )


def _mixtures() -> Iterator[Spec]:
    p = {"w": [0.25, 0.75], "loc": [0.0, 1.0], "scale": [1.0, 0.5]}
    q = {"w": [0.5, 0.5], "loc": [0.5, -1.0], "scale": [1.0, 2.0]}
    for name in ("Mixture", "MixtureSameFamily"):
        yield Spec(
            name,
            lambda name=name, **t: getattr(nd, name)(
                nd.Categorical(t["w"]), nd.Normal(t["loc"], t["scale"])
            ),
            p,
            q,
        )
    yield Spec(
        "MixtureSameFamily",
        lambda **t: nd.MixtureSameFamily(
            nd.Categorical(t["w"]), nd.SoftLaplace(t["loc"], t["scale"])
        ),
        p,
        q,
    )
    yield Spec(
        "MixtureGeneral",
        lambda **t: nd.MixtureGeneral(
            nd.Categorical(t["w"]), [nd.Normal(t["loc"], 1.0), nd.Gumbel(t["loc"], t["scale"])]
        ),
        {"w": [0.25, 0.75], **_LS[0]},
        {"w": [0.5, 0.5], **_LS[1]},
    )
    for low, high, ends in (
        (0.25, None, {"low": 0.25}),
        (None, 1.5, {"high": 1.5}),
        (0.25, 1.5, {"low": 0.25, "high": 1.5}),
    ):
        side = "Left" if high is None else "Right" if low is None else "TwoSided"
        given = {end: x for end, x in (("low", low), ("high", high)) if x is not None}
        for base in (nd.Normal, nd.Cauchy, nd.Laplace, nd.Logistic, nd.SoftLaplace):
            yield Spec(
                f"{side}TruncatedDistribution",
                lambda base=base, given=given, **t: nd.TruncatedDistribution(base(**t), **given),
                *_LS,
                breaks=(0.5,) if base is nd.Laplace else (),
                **ends,
            )
        for name in ("TruncatedNormal", "TruncatedCauchy"):
            yield Spec(
                name,
                lambda name=name, given=given, **t: getattr(nd, name)(**t, **given),
                *_LS,
                **ends,
            )
        yield Spec(
            f"{side}TruncatedGamma",
            lambda given=given, **t: nd.TruncatedGamma(**t, **given),
            *_CR,
            **({"low": 0.0} | ends),
        )
    yield Spec(
        "TruncatedDistribution",
        lambda **t: nd.TruncatedDistribution(nd.StudentT(3.0, **t), low=0.25),
        *_LS,
        low=0.25,
    )
    yield Spec("TruncatedGamma", lambda **t: nd.TruncatedGamma(**t, low=0.5), *_CR, low=0.5)
    yield Spec(
        "TruncatedPolyaGamma",
        lambda x: nd.TruncatedPolyaGamma(jnp.shape(x)),
        {"x": 0.0},
        {"x": 0.0},
        low=0.0,
        high=2.5,
        coarse=1e-4,
    )


def _integers() -> Iterator[Spec]:
    for given, p, q in (("probs", 0.25, 0.5), ("logits", 2.5, -1.5)):
        ending = given.capitalize()
        for name in ("Bernoulli", f"Bernoulli{ending}"):
            yield _one(name, given, p, q, high=1.0, **_COUNTS)
        for name in ("Geometric", f"Geometric{ending}"):
            yield _one(name, given, p / 2.0, q / 2.0, **_COUNTS)
        for name in ("Binomial", f"Binomial{ending}"):
            yield Spec(
                name,
                lambda name=name, **t: getattr(nd, name)(total_count=6, **t),
                {given: p},
                {given: q},
                high=6.0,
                **_COUNTS,
            )
        for name in ("Categorical", f"Categorical{ending}"):
            yield _one(name, given, *_SHARES, sort="outcomes")
        for name in ("Multinomial", f"Multinomial{ending}"):
            yield Spec(
                name,
                lambda name=name, **t: getattr(nd, name)(total_count=4, **t),
                {given: _SHARES[0]},
                {given: _SHARES[1]},
                **_VECTOR,
            )
        for name in ("NegativeBinomial", f"NegativeBinomial{ending}"):
            yield Spec(
                name,
                lambda name=name, **t: getattr(nd, name)(total_count=3.0, **t),
                {given: p / 2.0 if given == "probs" else -1.0},
                {given: q / 2.0 if given == "probs" else -0.5},
                **_COUNTS,
            )
    yield Spec(
        "BetaBinomial",
        lambda **t: nd.BetaBinomial(**t, total_count=6),
        *_CC,
        high=6.0,
        **_COUNTS,
    )
    yield Spec(
        "BetaNegativeBinomial",
        lambda **t: nd.BetaNegativeBinomial(**t, n=3.0),
        {"concentration1": 12.0, "concentration0": 3.0},
        {"concentration1": 10.0, "concentration0": 2.5},
        high=60_000.0,
        **_COUNTS,
    )
    yield Spec(
        "DirichletMultinomial",
        lambda **t: nd.DirichletMultinomial(**t, total_count=4),
        {"concentration": [2.0, 3.0, 1.5]},
        {"concentration": [1.0, 2.5, 4.0]},
        **_VECTOR,
    )
    yield from _more_integers()


def _more_integers() -> Iterator[Spec]:
    yield _of("DiscreteUniform", {"low": 1, "high": 4}, {"low": 0, "high": 6}, high=6.0, **_COUNTS)
    scipys: dict[str, Any] = {"log_density": _negative_binomial, **_COUNTS}
    yield _of("GammaPoisson", *_CR, **scipys)
    two = {"mean": 2.5, "concentration": 3.0}, {"mean": 1.5, "concentration": 2.0}
    yield _of("NegativeBinomial2", *two, **scipys)
    yield _of(
        "NegativeBinomial2",
        {"mean": 2.0**-20, "concentration": 3.0},
        {"mean": 2.0**-19, "concentration": 3.0},
        **scipys,
    )
    yield _of(
        "OrderedLogistic",
        {"predictor": 0.5, "cutpoints": [-1.0, 0.5]},
        {"predictor": -0.25, "cutpoints": [-0.5, 1.0]},
        sort="outcomes",
    )
    yield _one("Poisson", "rate", 3.5, 2.0, **_COUNTS)
    gates = {"gate": 0.25, "rate": 3.5}, {"gate": 0.5, "rate": 2.0}
    yield _of("HurdlePoisson", *gates, **_COUNTS)
    yield _of("ZeroInflatedPoisson", *gates, **_COUNTS)
    twos = tuple({"gate": gate, **one} for gate, one in zip((0.25, 0.5), two, strict=True))
    yield _of("HurdleNegativeBinomial2", *twos, **_COUNTS)
    yield _of("ZeroInflatedNegativeBinomial2", *twos, **_COUNTS)
    for kind in ("Hurdle", "ZeroInflated"):
        for given in ("gate", "gate_logits"):
            ending = "Probs" if given == "gate" else "Logits"
            for name in (f"{kind}Distribution", f"{kind}{ending}"):
                yield Spec(
                    name,
                    lambda name=name, given=given, **t: getattr(nd, name)(
                        nd.Poisson(t["rate"]), **{given: t["gate"]}
                    ),
                    *gates,
                    **_COUNTS,
                )
    yield _of("HurdleGamma", {"gate": 0.25, **_CR[0]}, {"gate": 0.5, **_CR[1]}, **_NONE)
    yield _of("HurdleLogNormal", {"gate": 0.25, **_LS[0]}, {"gate": 0.5, **_LS[1]}, **_NONE)


def _several() -> Iterator[Spec]:
    locs = {"loc": [0.5, -0.25]}, {"loc": [0.0, 0.25]}
    three = {"loc": [0.5, -0.25, 0.0]}, {"loc": [0.0, 0.25, 1.0]}
    yield Spec(
        "CAR",
        lambda **t: nd.CAR(**t, adj_matrix=_ADJACENT),
        {**three[0], "correlation": 0.5, "conditional_precision": 1.5},
        {**three[1], "correlation": 0.25, "conditional_precision": 2.0},
        **_VECTOR,
    )
    yield Spec(
        "CirculantNormal",
        lambda **t: nd.CirculantNormal(t["loc"], covariance_row=t["row"]),
        {**three[0], "row": [2.0, 0.5, 0.5]},
        {**three[1], "row": [1.0, 0.25, 0.25]},
        **_VECTOR,
    )
    yield _one("Dirichlet", "concentration", [2.0, 3.0, 1.5], [1.0, 2.5, 4.0], **_VECTOR)
    yield Spec(
        "EulerMaruyama",
        lambda scale: nd.EulerMaruyama(
            jnp.asarray([0.0, 0.5, 1.0]), lambda x, _: (-x, 0 * x + 0.5), nd.Normal(0.0, scale)
        ),
        {"scale": 1.5},
        {"scale": 2.0},
        sort="vector",
        forms=("scalar", "float32"),
    )
    yield Spec(
        "ExpandedDistribution",
        lambda **t: nd.Normal(**t).expand((3,)).to_event(1),
        *_LS,
        sort="vector",
        forms=("scalar", "float32"),
    )
    yield Spec(
        "GaussianCopula",
        lambda **t: nd.GaussianCopula(
            nd.Gamma(t["concentration"], t["rate"]), correlation_matrix=t["matrix"]
        ),
        {"concentration": 2.5, "rate": 0.5, "matrix": _CORRELATIONS[0]},
        {"concentration": 1.5, "rate": 2.0, "matrix": _CORRELATIONS[1]},
        **_VECTOR,
    )
    yield _of(
        "GaussianCopulaBeta",
        {**_CC[0], "correlation_matrix": _CORRELATIONS[0]},
        {**_CC[1], "correlation_matrix": _CORRELATIONS[1]},
        **_VECTOR,
    )
    yield Spec(
        "GaussianRandomWalk",
        lambda scale: nd.GaussianRandomWalk(scale, num_steps=3),
        {"scale": 0.5},
        {"scale": 1.0},
        **_VECTOR,
    )
    yield Spec(
        "GaussianStateSpace",
        lambda **t: nd.GaussianStateSpace(3, t["matrix"], scale_tril=t["factor"]),
        {"matrix": [[0.5, 0.25], [0.0, 0.5]], "factor": _FACTORS[0]},
        {"matrix": [[0.25, 0.25], [0.0, 0.5]], "factor": _FACTORS[1]},
        sort="vector",
        forms=("scalar", "float32"),
    )
    yield Spec(
        "Independent",
        lambda **t: nd.Normal(**t).to_event(1),
        {**locs[0], "scale": [1.0, 0.5]},
        {**locs[1], "scale": [1.5, 1.0]},
        **_VECTOR,
    )
    yield Spec(
        "Independent",
        lambda **t: nd.SoftLaplace(**t).to_event(1),
        {**locs[0], "scale": [1.0, 0.5]},
        {**locs[1], "scale": [1.5, 1.0]},
        **_VECTOR,
    )
    matrices = (
        {"concentration": 4.5, "scale_tril": _FACTORS[0]},
        {
            "concentration": 3.0,
            "scale_tril": _FACTORS[1],
        },
    )
    for name in ("Wishart", "WishartCholesky"):
        yield _of(name, *matrices, **_VECTOR)
    for name in ("InverseWishart", "InverseWishartCholesky"):
        yield Spec(name, lambda name=name, **t: getattr(nd, name)(**t), *matrices, **_VECTOR)
    for name in ("LKJ", "LKJCholesky"):
        yield Spec(
            name,
            lambda name=name, **t: getattr(nd, name)(3, **t),
            {"concentration": 1.5},
            {"concentration": 3.0},
            **_VECTOR,
        )
    yield _of(
        "LowRankMultivariateNormal",
        {**locs[0], "cov_factor": [[1.0], [0.5]], "cov_diag": [1.0, 2.0]},
        {**locs[1], "cov_factor": [[0.5], [-1.0]], "cov_diag": [1.5, 1.0]},
        **_VECTOR,
    )
    yield _of(
        "MatrixNormal",
        {
            "loc": [[0.5, 0.0], [0.25, 1.0]],
            "scale_tril_row": _FACTORS[0],
            "scale_tril_column": _FACTORS[1],
        },
        {
            "loc": [[0.0, 0.0], [0.5, 0.5]],
            "scale_tril_row": _FACTORS[1],
            "scale_tril_column": _FACTORS[0],
        },
        **_VECTOR,
    )
    for given, both in (
        ("covariance_matrix", _MATRICES),
        ("precision_matrix", _MATRICES),
        ("scale_tril", _FACTORS),
    ):
        yield _of(
            "MultivariateNormal",
            {**locs[0], given: both[0]},
            {**locs[1], given: both[1]},
            **_VECTOR,
        )
    yield Spec(
        "MultivariateNormal",
        lambda matrix: nd.MultivariateNormal(0.0, matrix),
        {"matrix": _MATRICES[0]},
        {"matrix": _MATRICES[1]},
        **_VECTOR,
    )
    yield _of(
        "MultivariateStudentT",
        {"df": 3.0, **locs[0], "scale_tril": _FACTORS[0]},
        {"df": 4.0, **locs[1], "scale_tril": _FACTORS[1]},
        **_VECTOR,
    )
    yield _one("ProjectedNormal", "concentration", [0.5, -0.25], [1.0, 0.5], **_VECTOR)
    yield _of(
        "SineBivariateVonMises",
        {
            "phi_loc": 0.5,
            "psi_loc": -0.25,
            "phi_concentration": 2.0,
            "psi_concentration": 1.5,
            "correlation": 0.5,
        },
        {
            "phi_loc": 0.0,
            "psi_loc": 0.25,
            "phi_concentration": 1.5,
            "psi_concentration": 1.0,
            "correlation": -0.25,
        },
        **_VECTOR,
    )
    yield Spec(
        "SineSkewed",
        lambda **t: nd.SineSkewed(
            nd.VonMises(t["loc"], t["concentration"]).to_event(1), t["skewness"]
        ),
        {"loc": [0.5], "concentration": [2.0], "skewness": [0.5]},
        {"loc": [0.0], "concentration": [1.5], "skewness": [-0.25]},
        **_VECTOR,
    )
    yield Spec(
        "ZeroSumNormal",
        lambda scale: nd.ZeroSumNormal(scale, event_shape=(3,)),
        {"scale": 0.5},
        {"scale": 1.5},
        **_VECTOR,
    )
    yield from _maps()


def _maps() -> Iterator[Spec]:
    """Yield transforms of vectors."""
    p, q = (
        {"loc": [0.5, -0.25, 1.0], "scale": [1.0, 0.5, 2.0]},
        {"loc": [0.0, 0.25, 0.5], "scale": [1.5, 1.0, 1.0]},
    )
    for step in (
        transforms.StickBreakingTransform(),
        transforms.OrderedTransform(),
        transforms.CorrCholeskyTransform(),
        transforms.LowerCholeskyTransform(),
        transforms.PermuteTransform(jnp.asarray([2, 0, 1])),
        transforms.ReshapeTransform((3, 1), (3,)),
        transforms.IndependentTransform(transforms.ExpTransform(), 1)
        if hasattr(transforms, "IndependentTransform")
        else transforms.ExpTransform(),
        transforms.DiscreteCosineTransform(),
        transforms.SoftplusLowerCholeskyTransform(),
        transforms.ScaledUnitLowerCholeskyTransform(),
        transforms.L1BallTransform(),
        transforms.ZeroSumTransform(),
    ):
        yield Spec(
            "TransformedDistribution",
            lambda step=step, **t: nd.TransformedDistribution(nd.Normal(**t).to_event(1), step),
            p,
            q,
            **_VECTOR,
        )


def _not_distributions() -> Iterator[Spec]:
    yield Spec("MaskedDistribution", lambda **t: nd.Normal(**t).mask(mask=False), *_LS, **_NONE)
    yield Spec(
        "ImproperUniform",
        lambda **_: nd.ImproperUniform(nd.constraints.positive, (), ()),
        *_LS,
        **_NONE,
    )
    yield _one("Unit", "log_factor", 0.5, 1.5, **_NONE)
    for name in ("LeftCensoredDistribution", "RightCensoredDistribution"):
        yield Spec(name, lambda name=name, **t: getattr(nd, name)(nd.Normal(**t)), *_LS, **_NONE)
    yield Spec(
        "IntervalCensoredDistribution",
        lambda **t: nd.IntervalCensoredDistribution(nd.Normal(**t), False, False),
        *_LS,
        **_NONE,
    )
    yield _one("Delta", "v", 0.5, 1.5, sort="atom")


def _specs() -> Iterator[Spec]:
    for part in (_line, _mixtures, _integers, _several, _not_distributions):
        yield from part()


# ---------------------------------------------------------------- the library


def _negative_binomial(d: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the logarithm of a mass that NumPyro has to six digits."""
    count, rate = np.asarray(d.concentration), np.asarray(d.rate)
    return stats.nbinom(count, rate / (1.0 + rate)).logpmf


class _NumPyro:
    name = LIBRARY

    def array(self, x: Any, *, single: bool) -> Any:
        whole = all(isinstance(one, int) for one in np.ravel(np.array(x, dtype=object)))
        return jnp.asarray(x, dtype=None if whole else jnp.float32 if single else jnp.float64)

    def expanded(self, d: Any) -> Any:
        return d.expand((2, 3))

    def sample(self, d: Any, count: int) -> np.ndarray:
        return np.asarray(d.sample(jax.random.PRNGKey(1), (count,)), dtype=np.float64)

    def log_prob(self, d: Any, x: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(d.log_prob(jnp.asarray(x)), dtype=np.float64)

    def probabilities(self, d: Any) -> np.ndarray:
        return np.asarray(d.probs)

    def context(self, *, single: bool) -> AbstractContextManager[Any]:
        return jax.enable_x64(not single)

    def native(self, x: np.ndarray, *, single: bool) -> Any:
        return jnp.asarray(x, dtype=jnp.float32 if single else jnp.float64)

    def outcomes(self, x: np.ndarray) -> Any:
        return jnp.asarray(x)

    def known(self, name: str, p: Any, q: Any) -> dict[str, tuple[Any, Any]]:
        """Return what NumPyro itself has."""
        if name == "LKJCholesky":
            return of_lkj(3, float(p.concentration), float(q.concentration))
        found: dict[str, tuple[Any, Any]] = {}
        with suppress(NotImplementedError, AttributeError):
            found["entropy"] = float(p.entropy()), 0.0
        if type(p) is nd.TransformedDistribution:
            p, q = p.base_dist, q.base_dist
        with suppress(NotImplementedError, AttributeError):
            found["kl_divergence"] = float(nd.kl_divergence(p, q)), 0.0
        return found


_STUDY = Study(_NumPyro(), _specs())
cases, truth, likelihood = _STUDY.cases, _STUDY.truth, _STUDY.likelihood
coarse, context = _STUDY.coarse, _STUDY.context


def names() -> list[str]:
    """Return the name of every distribution."""
    return [name for name in nd.__all__ if name not in _FUNCTIONS]
