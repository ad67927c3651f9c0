"""Every distribution and every transform of `torch.distributions`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from typing import Any

import numpy as np
import torch
import torch.distributions as td
from scipy import stats

from foreign_cases.case import Spec, Study, by_terms, of_lkj

__all__ = ["LIBRARY", "OUT_OF_REACH", "cases", "coarse", "context", "likelihood", "names", "truth"]

LIBRARY = "torch"
OUT_OF_REACH = {
    "Distribution": "an abstract class",
    "ExponentialFamily": "an abstract class",
    "Transform": "an abstract class",
}
_FUNCTIONS = {"biject_to", "kl_divergence", "register_kl", "transform_to"}

# ---------------------------------------------------------------- specifications

_LS = {"loc": 0.5, "scale": 1.5}, {"loc": -0.25, "scale": 2.0}
_VECTORS = (
    {"loc": [0.5, -0.25, 1.0], "scale": [1.0, 0.5, 2.0]},
    {"loc": [0.0, 0.25, 0.5], "scale": [1.5, 1.0, 1.0]},
)
_PROBS = {"probs": [0.25, 0.25, 0.5]}, {"probs": [0.5, 0.125, 0.375]}
_POSITIVE: dict[str, Any] = {"low": 0.0}
_UNIT: dict[str, Any] = {"low": 0.0, "high": 1.0}
_MATRIX = [[1.5, 0.5], [0.5, 1.0]], [[1.0, -0.25], [-0.25, 2.0]]


def _of(name: str, *parameters: str, **options: Any) -> Callable[[dict, dict], Spec]:
    """Return how a class is specified that takes its parameters by their names."""
    kind = getattr(td, name)

    def build(**t: Any) -> Any:
        return kind(**{given: t[given] for given in parameters})

    return lambda p, q: Spec(name, build, p, q, **options)


def _transformed(
    name: str,
    *steps: Any,
    base: Callable[..., Any] = td.Normal,
    p: dict[str, Any] = _LS[0],
    q: dict[str, Any] = _LS[1],
    **options: Any,
) -> Spec:
    return Spec(
        name, lambda **t: td.TransformedDistribution(base(**t), list(steps)), p, q, **options
    )


def _vectors(**t: Any) -> Any:
    return td.Independent(td.Normal(**t), 1)


def _double(x: float) -> Any:
    return torch.tensor(x, dtype=torch.float64)


def _specs() -> Iterator[Spec]:
    counts: dict[str, Any] = {"sort": "counts"}
    yield _of("Bernoulli", "probs", high=1.0, **counts)({"probs": 0.25}, {"probs": 0.5})
    yield _of("Bernoulli", "logits", high=1.0, **counts)({"logits": 2.5}, {"logits": -1.5})
    yield _of("Beta", "concentration1", "concentration0", **_UNIT)(
        {"concentration1": 2.0, "concentration0": 3.0},
        {"concentration1": 1.5, "concentration0": 2.5},
    )
    for given in ("probs", "logits"):
        yield Spec(
            "Binomial",
            lambda **t: td.Binomial(6, **t),
            {given: 0.25},
            {given: 0.5},
            sort="counts",
            high=6.0,
        )
        yield Spec(
            "NegativeBinomial",
            lambda **t: td.NegativeBinomial(3.0, **t),
            {given: 0.25 if given == "probs" else -1.0},
            {given: 0.5 if given == "probs" else -0.5},
            sort="counts",
        )
        yield _of("Geometric", given, **counts)({given: 0.25}, {given: 0.5})
        yield _of("ContinuousBernoulli", given, **_UNIT)({given: 0.25}, {given: 0.75})
        yield Spec(
            "RelaxedBernoulli",
            lambda **t: td.RelaxedBernoulli(torch.ones_like(next(iter(t.values()))) * 1.5, **t),
            {given: 0.25},
            {given: 0.5},
            **_UNIT,
        )
    for name in ("Categorical", "OneHotCategorical", "OneHotCategoricalStraightThrough"):
        yield _of(name, "probs", sort="outcomes")(*_PROBS)
        yield _of(name, "logits", sort="outcomes")(
            {"logits": [0.5, -1.0, 2.0]}, {"logits": [1.0, 0, 0]}
        )
    yield _of("Cauchy", "loc", "scale")(*_LS)
    yield _of("Chi2", "df", **_POSITIVE)({"df": 3.0}, {"df": 4.5})
    yield from _more()
    yield from _transforms()


def _more() -> Iterator[Spec]:
    yield _of("Dirichlet", "concentration", sort="vector")(
        {"concentration": [2.0, 3.0, 1.5]}, {"concentration": [1.0, 2.5, 4.0]}
    )
    yield _of("Exponential", "rate", **_POSITIVE)({"rate": 0.5}, {"rate": 2.0})
    yield _of("FisherSnedecor", "df1", "df2", **_POSITIVE)(
        {"df1": 3.0, "df2": 5.0}, {"df1": 4.0, "df2": 6.5}
    )
    yield _of("Gamma", "concentration", "rate", **_POSITIVE)(
        {"concentration": 2.5, "rate": 0.5}, {"concentration": 1.5, "rate": 2.0}
    )
    yield Spec(
        "GeneralizedPareto",
        lambda **t: td.GeneralizedPareto(t["loc"], t["scale"], t["concentration"]),
        {"loc": 0.0, "scale": 1.5, "concentration": 0.25},
        {"loc": 0.0, "scale": 2.0, "concentration": 0.5},
        low=0.0,
        log_density=_pareto,
    )
    yield _of("Gumbel", "loc", "scale")(*_LS)
    yield _of("HalfCauchy", "scale", **_POSITIVE)({"scale": 0.5}, {"scale": 2.0})
    yield _of("HalfNormal", "scale", **_POSITIVE)({"scale": 0.5}, {"scale": 2.0})
    yield Spec("Independent", _vectors, *_VECTORS, sort="vector")
    yield Spec(
        "Independent",
        lambda **t: td.Independent(td.HalfCauchy(**t), 1),
        {"scale": [0.5, 2.0]},
        {"scale": [1.0, 1.5]},
        sort="vector",
    )
    yield Spec(
        "Independent",
        lambda **t: td.Independent(td.Laplace(**t), 0),
        *_LS,
        breaks=(0.5, -0.25),
    )
    yield Spec(
        "Independent",
        lambda **t: td.Independent(td.Kumaraswamy(**t), 2),
        {"concentration1": [[2.0, 1.5]], "concentration0": [[3.0, 2.0]]},
        {"concentration1": [[1.5, 2.0]], "concentration0": [[2.5, 2.0]]},
        sort="vector",
    )
    yield Spec(
        "Independent",
        lambda **t: td.Independent(td.Categorical(**t), 1),
        {"probs": [[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]]},
        {"probs": [[0.5, 0.125, 0.375], [0.25, 0.25, 0.5]]},
        sort="vector",
    )
    yield _of("InverseGamma", "concentration", "rate", **_POSITIVE)(
        {"concentration": 2.5, "rate": 0.5}, {"concentration": 1.5, "rate": 2.0}
    )
    yield _of("Kumaraswamy", "concentration1", "concentration0", **_UNIT)(
        {"concentration1": 2.0, "concentration0": 3.0},
        {"concentration1": 1.5, "concentration0": 2.5},
    )
    yield Spec(
        "LKJCholesky",
        lambda **t: td.LKJCholesky(3, **t),
        {"concentration": 1.5},
        {"concentration": 3.0},
        sort="vector",
    )
    yield _of("Laplace", "loc", "scale", breaks=(0.5, -0.25))(*_LS)
    yield _of("LogNormal", "loc", "scale", **_POSITIVE)(*_LS)
    yield _of("LogisticNormal", "loc", "scale", sort="vector")(*_VECTORS)
    yield Spec(
        "LowRankMultivariateNormal",
        lambda **t: td.LowRankMultivariateNormal(t["loc"], t["factor"], t["diagonal"]),
        {"loc": [0.5, 0.0], "factor": [[1.0], [0.5]], "diagonal": [1.0, 2.0]},
        {"loc": [0.0, 0.25], "factor": [[0.5], [-1.0]], "diagonal": [1.5, 1.0]},
        sort="vector",
    )
    yield Spec(
        "MixtureSameFamily",
        lambda **t: td.MixtureSameFamily(td.Categorical(t["w"]), td.Normal(t["loc"], t["scale"])),
        {"w": [0.25, 0.75], "loc": [0.0, 1.0], "scale": [1.0, 0.5]},
        {"w": [0.5, 0.5], "loc": [0.5, -1.0], "scale": [1.0, 2.0]},
    )
    yield Spec(
        "MixtureSameFamily",
        lambda **t: td.MixtureSameFamily(td.Categorical(t["w"]), td.HalfCauchy(t["scale"])),
        {"w": [0.25, 0.75], "scale": [1.0, 0.5]},
        {"w": [0.5, 0.5], "scale": [1.0, 2.0]},
        low=0.0,
    )
    yield Spec(
        "MixtureSameFamily",
        lambda **t: td.MixtureSameFamily(td.Categorical(logits=t["w"]), td.Poisson(t["rate"])),
        {"w": [0.25, 0.75], "rate": [1.0, 0.5]},
        {"w": [0.5, -0.5], "rate": [1.0, 2.0]},
        sort="counts",
    )
    yield Spec(
        "MixtureSameFamily",
        lambda **t: td.MixtureSameFamily(
            td.Categorical(t["w"]), td.Independent(td.Normal(t["loc"], t["scale"]), 1)
        ),
        {"w": [0.25, 0.75], "loc": [[0.0, 1.0], [1.0, 0.0]], "scale": [[1.0, 0.5], [0.5, 1.0]]},
        {"w": [0.5, 0.5], "loc": [[0.5, 1.0], [1.0, -1.0]], "scale": [[1.0, 0.5], [0.5, 2.0]]},
        sort="vector",
    )
    for given in ("probs", "logits"):
        yield Spec(
            "Multinomial",
            lambda **t: td.Multinomial(4, **t),
            {given: [0.25, 0.25, 0.5]},
            {given: [0.5, 0.125, 0.375]},
            sort="vector",
        )
    for given, (p, q) in {
        "covariance_matrix": _MATRIX,
        "precision_matrix": _MATRIX,
        "scale_tril": ([[1.5, 0.0], [0.5, 1.0]], [[1.0, 0.0], [-0.25, 2.0]]),
    }.items():
        yield _of("MultivariateNormal", "loc", given, sort="vector")(
            {"loc": [0.5, -0.25], given: p}, {"loc": [0.0, 0.25], given: q}
        )
    yield _of("Normal", "loc", "scale")(*_LS)
    yield Spec(
        "Normal",
        td.Normal,
        *_LS,
        forms=("expanded",),
    )
    yield Spec(
        "Kumaraswamy",
        td.Kumaraswamy,
        {"concentration1": 2.0, "concentration0": 3.0},
        {"concentration1": 1.5, "concentration0": 2.5},
        **_UNIT,
        forms=("expanded",),
    )
    yield _of("Pareto", "scale", "alpha", low=1.0)(
        {"scale": 1.0, "alpha": 3.0}, {"scale": 1.0, "alpha": 1.5}
    )
    yield _of("Poisson", "rate", sort="counts")({"rate": 3.5}, {"rate": 2.0})
    for given in ("probs", "logits"):
        yield Spec(
            "RelaxedOneHotCategorical",
            lambda given=given, **t: td.RelaxedOneHotCategorical(
                torch.asarray(1.5, dtype=t[given].dtype), **t
            ),
            {given: [0.25, 0.25, 0.5]},
            {given: [0.5, 0.125, 0.375]},
            sort="vector",
        )
    yield _of("StudentT", "df", "loc", "scale")({"df": 3.0, **_LS[0]}, {"df": 2.5, **_LS[1]})
    yield _of("Uniform", "low", "high", low=-0.5, high=2.0, breaks=(0.0, 1.0))(
        {"low": 0.0, "high": 1.0}, {"low": -0.5, "high": 2.0}
    )
    yield _of("VonMises", "loc", "concentration", low=-math.pi, high=math.pi, coarse=1e-7)(
        {"loc": 0.5, "concentration": 1.5}, {"loc": -0.25, "concentration": 3.0}
    )
    yield _of("Weibull", "scale", "concentration", **_POSITIVE)(
        {"scale": 0.5, "concentration": 1.5}, {"scale": 2.0, "concentration": 1.25}
    )
    yield Spec(
        "Wishart",
        lambda **t: td.Wishart(t["df"], t["matrix"]),
        {"df": 4.5, "matrix": _MATRIX[0]},
        {"df": 3.0, "matrix": _MATRIX[1]},
        sort="vector",
    )


def _transforms() -> Iterator[Spec]:
    affine, sigmoid = td.AffineTransform(1.0, -2.0), td.SigmoidTransform()
    yield _transformed("TransformedDistribution", affine, td.ExpTransform(), low=0.0)
    yield _transformed(
        "TransformedDistribution",
        sigmoid,
        td.AffineTransform(1.0, 2.0),
        low=1.0,
        high=3.0,
    )
    folded: dict[str, Any] = {"low": 0.0, "log_density": _folded}
    yield _transformed("AbsTransform", td.AbsTransform(), **folded)
    yield _transformed("AbsTransform", td.AbsTransform(), td.PowerTransform(_double(0.5)), **folded)
    yield _transformed("AffineTransform", affine)
    yield _transformed(
        "AffineTransform",
        affine,
        base=td.Exponential,
        p={"rate": 0.5},
        q={"rate": 2.0},
        high=1.0,
    )
    yield _transformed("ComposeTransform", td.ComposeTransform([affine, sigmoid]), **_UNIT)
    yield _transformed(
        "CumulativeDistributionTransform",
        td.CumulativeDistributionTransform(td.Normal(_double(0.0), _double(2.0))),
        **_UNIT,
    )
    yield _transformed("ExpTransform", td.ExpTransform(), low=0.0)
    yield _transformed(
        "ExpTransform",
        td.ExpTransform(),
        base=td.Exponential,
        p={"rate": 1.5},
        q={"rate": 2.0},
        low=1.0,
    )
    yield _transformed(
        "ExpTransform",
        td.ExpTransform().inv,
        base=td.Gamma,
        p={"concentration": 2.5, "rate": 0.5},
        q={"concentration": 1.5, "rate": 2.0},
    )
    yield _transformed(
        "PowerTransform", td.ExpTransform(), td.PowerTransform(_double(2.0)), low=0.0
    )
    yield _transformed(
        "PowerTransform",
        td.PowerTransform(_double(-1.0)),
        base=td.Gamma,
        p={"concentration": 2.5, "rate": 0.5},
        q={"concentration": 1.5, "rate": 2.0},
        low=0.0,
    )
    yield _transformed("SigmoidTransform", sigmoid, **_UNIT)
    yield _transformed(
        "SigmoidTransform",
        sigmoid,
        base=td.Exponential,
        p={"rate": 1.5},
        q={"rate": 2.0},
        low=0.5,
        high=1.0,
    )
    yield _transformed(
        "SigmoidTransform",
        sigmoid.inv,
        base=td.Beta,
        p={"concentration1": 2.0, "concentration0": 3.0},
        q={"concentration1": 1.5, "concentration0": 2.5},
    )
    yield _transformed("SoftplusTransform", td.SoftplusTransform(), low=0.0)
    yield _transformed("TanhTransform", td.TanhTransform(), low=-1.0, high=1.0)
    yield _transformed("identity_transform", td.identity_transform)
    p, q = _VECTORS
    vectors: dict[str, Any] = {"base": _vectors, "p": p, "q": q, "sort": "vector"}
    yield _transformed(
        "IndependentTransform", td.IndependentTransform(td.ExpTransform(), 1), **vectors
    )
    yield _transformed("StickBreakingTransform", td.StickBreakingTransform(), **vectors)
    yield _transformed("SoftmaxTransform", td.SoftmaxTransform(), **vectors)
    yield _transformed("CorrCholeskyTransform", td.CorrCholeskyTransform(), **vectors)
    yield _transformed(
        "CatTransform",
        td.CatTransform([td.ExpTransform(), td.AffineTransform(1.0, 2.0)], -1, [1, 2]),
        **vectors,
    )
    yield _transformed(
        "StackTransform",
        td.StackTransform([td.ExpTransform(), td.SigmoidTransform(), td.TanhTransform()], -1),
        **vectors,
    )
    yield _transformed(
        "ReshapeTransform", td.ReshapeTransform(torch.Size((3,)), torch.Size((3, 1))), **vectors
    )
    matrices: dict[str, Any] = {
        "base": lambda **t: td.Independent(td.Normal(**t), 2),
        "p": {"loc": [[0.5, 0.0], [0.25, 1.0]], "scale": [[1.0, 0.5], [0.5, 1.5]]},
        "q": {"loc": [[0.0, 0.0], [0.5, 0.5]], "scale": [[1.0, 1.0], [1.0, 1.0]]},
        "sort": "vector",
    }
    yield _transformed("LowerCholeskyTransform", td.LowerCholeskyTransform(), **matrices)
    yield _transformed("PositiveDefiniteTransform", td.PositiveDefiniteTransform(), **matrices)


# ---------------------------------------------------------------- the library


class _Torch:
    name = LIBRARY

    def array(self, x: Any, *, single: bool) -> Any:
        return torch.tensor(x, dtype=torch.float32 if single else torch.float64)

    def expanded(self, d: Any) -> Any:
        return d.expand((2, 3))

    def sample(self, d: Any, count: int) -> np.ndarray:
        torch.manual_seed(1)
        return d.sample((count,)).numpy().astype(np.float64)

    def log_prob(self, d: Any, x: np.ndarray) -> np.ndarray:
        d._validate_args = False  # noqa: SLF001 (nodes may lie on an end)
        return d.log_prob(torch.as_tensor(x)).numpy()

    def probabilities(self, d: Any) -> np.ndarray:
        return d.probs.numpy()

    def context(self, *, single: bool) -> nullcontext:  # noqa: ARG002
        return nullcontext()

    def native(self, x: np.ndarray, *, single: bool) -> Any:
        return torch.as_tensor(x, dtype=torch.float32 if single else torch.float64)

    def outcomes(self, x: np.ndarray) -> Any:
        return torch.as_tensor(x)

    def known(self, name: str, p: Any, q: Any) -> dict[str, tuple[Any, Any]]:
        """Return what torch itself has; a bijection leaves a divergence as it is."""
        if name == "LKJCholesky":  # whose draws do not follow its density
            return of_lkj(3, p.concentration.item(), q.concentration.item())
        if name == "Multinomial":  # whose entropy has seven digits
            own, other = (stats.multinomial(d.total_count, d.probs.numpy()) for d in (p, q))
            counts = np.indices((p.total_count + 1,) * len(p.probs)).reshape(len(p.probs), -1).T
            x = counts[counts.sum(axis=-1) == p.total_count]
            return by_terms(own.logpmf(x), other.logpmf(x))
        found: dict[str, tuple[Any, Any]] = {}
        moved = hasattr(p, "transforms")
        if moved and not all(step.bijective for step in p.transforms):
            return found
        with suppress(NotImplementedError):
            found["entropy"] = float(p.entropy()), 0.0
        while hasattr(p, "transforms"):
            p, q = p.base_dist, q.base_dist
        with suppress(NotImplementedError, AttributeError):
            found["kl_divergence"] = float(td.kl_divergence(p, q)), 0.0
        return found


def _pareto(d: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the logarithm of a density that torch has in float32 alone."""
    shape, loc, scale = (x.numpy() for x in (d.concentration, d.loc, d.scale))
    return lambda x: stats.genpareto.logpdf(x, shape, loc, scale)


def _folded(d: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the logarithm of the density of an absolute value, for which torch has none."""
    rest = td.ComposeTransform(d.transforms[1:])

    def log_prob(y: np.ndarray) -> np.ndarray:
        x = torch.as_tensor(y)
        inner = rest.inv(x) if d.transforms[1:] else x
        moved = rest.log_abs_det_jacobian(inner, x) if d.transforms[1:] else 0.0
        both = torch.logaddexp(d.base_dist.log_prob(inner), d.base_dist.log_prob(-inner))
        return (both - moved).numpy()

    return log_prob


_STUDY = Study(_Torch(), _specs())
cases, truth, likelihood = _STUDY.cases, _STUDY.truth, _STUDY.likelihood
coarse, context = _STUDY.coarse, _STUDY.context


def names() -> list[str]:
    """Return the name of every distribution and transform."""
    return [name for name in td.__all__ if name not in _FUNCTIONS]
