"""Laws of SciPy, PyTorch and NumPyro as families: looked up by name, never imported.

A law whose family has no file here goes through its own density, `ForeignLaw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, cast

import numpy as np

from kullback._array import (
    Array,
    as_float_array,
    detached,
    is_array,
    is_traced,
    namespace,
    narrow,
    to_array,
    to_numpy,
    widen,
)
from kullback.errors import KullbackError
from kullback.families._atoms import Atoms
from kullback.families._categorical import Categorical
from kullback.families._constructed import as_constructed
from kullback.families._foreign_law import ForeignLaw, frozen_with
from kullback.families._foreign_tensors import law_of_tensors, parts_of, steps_of
from kullback.families._histogram import Histogram
from kullback.families._image import Folded, Image
from kullback.families._lkj_cholesky import LKJCholesky
from kullback.families._multinomial import Multinomial
from kullback.families._wishart import Wishart
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
from kullback.families.product import Independent
from kullback.families.rayleigh import Rayleigh
from kullback.families.skew_normal import SkewNormal
from kullback.families.student_t import StudentT
from kullback.families.truncated import Truncated
from kullback.families.uniform import Uniform
from kullback.families.von_mises import VonMises
from kullback.families.weibull import Weibull
from kullback.families.zipf import Zipf
from kullback.kinds import AbstractDistribution, AbstractFinite, Logits, LogProbs, Probs

__all__ = ["from_elsewhere"]


def from_elsewhere(x: Any) -> AbstractDistribution:
    """Return a distribution of SciPy, PyTorch or NumPyro as a kind of ours.

    Raises
    ------
    KullbackError
        If it is none that has a density.
    """
    origins = {kind.__module__.partition(".")[0] for kind in type(x).__mro__}
    if "scipy" not in origins:
        return _from_tensors(x)
    try:
        return _from_scipy(x)
    except KullbackError:
        raise
    except Exception as error:  # SciPy's, of parameters that are missing or do not fit
        said = f"{type(error).__name__}: {error}"
        raise KullbackError("foreign.failed", kind=type(x).__name__, error=said) from error


def _is_of(x: Any, *packages: str) -> bool:
    """Whether the class of an object stands in one of these packages."""
    return f"{type(x).__module__}.".startswith(tuple(f"{package}." for package in packages))


# ---------------------------------------------------------------- SciPy

# Laws by the name that SciPy gives them, as functions of their shapes, location and scale.
_LOCATED: dict[str, Callable[..., AbstractFamily]] = {
    "norm": lambda a, b: Normal(mean=a, std=b),
    "laplace": lambda a, b: Laplace(location=a, scale=b),
    "cauchy": lambda a, b: Cauchy(location=a, scale=b),
    "logistic": lambda a, b: Logistic(location=a, scale=b),
    "gumbel_r": lambda a, b: Gumbel(location=a, scale=b),
    "gumbel_l": lambda a, b: Affine(Gumbel(location=0.0, scale=1.0), location=a, scale=-b),
    "t": lambda df, a, b: StudentT(degrees=df, location=a, scale=b),
    "skewnorm": lambda c, a, b: SkewNormal(location=a, scale=b, shape=c),
    "uniform": lambda a, b: Uniform(low=a, high=a + b),
    "genpareto": lambda c, a, b: GeneralizedPareto(shape=c, scale=b, location=a),
    "truncnorm": lambda low, high, a, b: Truncated(
        Normal(mean=a, std=b), low=a + b * low, high=a + b * high
    ),
}
# As functions of their shapes and scale; a location shifts them.
_SCALED: dict[str, Callable[..., AbstractFamily]] = {
    "expon": lambda b: Exponential(rate=1.0 / b),
    "gamma": lambda c, b: Gamma(shape=c, rate=1.0 / b),
    "invgamma": lambda c, b: InverseGamma(shape=c, scale=b),
    "lognorm": lambda s, b: LogNormal(log_mean=np.log(b), log_std=s),
    "halfnorm": lambda b: HalfNormal(scale=b),
    "weibull_min": lambda c, b: Weibull(shape=c, scale=b),
    "rayleigh": lambda b: Rayleigh(scale=b),
    "pareto": lambda c, b: Pareto(shape=c, scale=b),
    "lomax": lambda c, b: GeneralizedPareto(shape=1.0 / c, scale=b / c),
    "invgauss": lambda c, b: InverseGaussian(mean=c * b, shape=b),
    "truncexpon": lambda c, b: Truncated(Exponential(rate=1.0 / b), high=c * b),
    "erlang": lambda c, b: Gamma(shape=c, rate=1.0 / b),
    "gibrat": lambda b: LogNormal(log_mean=np.log(b), log_std=1.0),
    "levy": lambda b: InverseGamma(shape=0.5, scale=0.5 * b),
    "wald": lambda b: InverseGaussian(mean=b, shape=b),
    "weibull_max": lambda c, b: Affine(Weibull(shape=c, scale=b), scale=-1.0),
    "levy_l": lambda b: Affine(InverseGamma(shape=0.5, scale=0.5 * b), scale=-1.0),
}
# As functions of their shapes; location and scale are applied to them.
_STANDARD: dict[str, Callable[..., AbstractFamily]] = {
    "chi2": lambda df: ChiSquared(degrees=df),
    "beta": lambda a, b: Beta(alpha=a, beta=b),
    "arcsine": lambda: Beta(alpha=0.5, beta=0.5),
    "powerlaw": lambda a: Beta(alpha=a, beta=1.0),
    "rdist": lambda c: Affine(Beta(alpha=0.5 * c, beta=0.5 * c), location=-1.0, scale=2.0),
    "semicircular": lambda: Affine(Beta(alpha=1.5, beta=1.5), location=-1.0, scale=2.0),
    # SciPy gives it the whole line as support.
    "pearson3": lambda s: Affine(
        Gamma(shape=4.0 / s**2, rate=1.0), location=-2.0 / s, scale=0.5 * s
    ),
    "bernoulli": lambda p: Bernoulli(probability=p),
    "binom": lambda n, p: Binomial(trials=n, probability=p),
    "geom": lambda p: Affine(Geometric(probability=p), location=1.0),  # SciPy's begins at 1
    "nbinom": lambda n, p: NegativeBinomial(successes=n, probability=p),
    "poisson": lambda m: Poisson(rate=m),
    "zipf": lambda a: Zipf(exponent=a),
    "randint": lambda low, high: DiscreteUniform(low=low, high=high - 1),  # without the end
}
# Of a smaller skewness, a gamma distribution is too near to a normal one for its digits.
_SKEWED = 1e-3


def _from_scipy(x: Any) -> AbstractDistribution:
    name = type(x).__name__
    own = _is_of(x, "scipy.stats")  # a user's class may bear any name
    if own and name in _SCIPY_CLASSES:
        return _SCIPY_CLASSES[name](x)
    if hasattr(x, "freeze"):  # a standard law, as `scipy.stats.norm` is
        x = x.freeze()
    if hasattr(x, "dist"):
        shapes, location, scale = x.dist._parse_args(*x.args, **x.kwds)
        location, scale = np.asarray(location, np.float64), np.asarray(scale, np.float64)
        if not _is_of(x.dist, "scipy.stats"):  # a user's law may bear any name
            return _unnamed(x, shapes, location)
        if hasattr(x.dist, "xk"):
            return _listed(x.dist, location)
        if hasattr(x.dist, "_hbins"):
            return _histogram(x.dist, location, scale)
        found = _named(x.dist.name, shapes, location, scale)
        return _unnamed(x, shapes, location) if found is None else found
    if hasattr(x, "_parameters"):
        found = _from_newer_scipy(x) if own else None
    elif hasattr(x, "rvs"):  # a law of several dimensions
        found = None
    else:
        raise KullbackError("foreign.kind", kind=f"scipy.stats {name}")
    return ForeignLaw.of(x) if found is None else found


def _unnamed(x: Any, shapes: Any, location: np.ndarray) -> AbstractFamily:
    """Return a law through its own density; a discrete one on the integers, and shifted then."""
    if not hasattr(x, "logpmf") or not location.any():
        return ForeignLaw.of(x)
    return Affine(ForeignLaw.of(frozen_with(x.dist, shapes)), location=location)


def _listed(x: Any, location: np.ndarray) -> Atoms:
    places = np.asarray(x.xk, dtype=np.float64) + location[..., None]
    return Atoms(places=places, probabilities=np.asarray(x.pk, dtype=np.float64))


def _histogram(x: Any, location: np.ndarray, scale: np.ndarray) -> Histogram:
    edges = np.asarray(x._hbins, dtype=np.float64)
    probabilities = x._hpdf[1:-1] * np.diff(edges)
    return Histogram(
        edges=location[..., None] + scale[..., None] * edges, probabilities=probabilities
    )


def _named(name: str, shapes: Any, location: Any, scale: Any) -> AbstractFamily | None:
    """Return the law that SciPy knows by a name, if it has a file here."""
    if name == "vonmises" and np.all(scale == 1.0):  # on the circle, where it is not stretched
        return VonMises(location=location, concentration=shapes[0])
    if name in _LOCATED:
        return _LOCATED[name](*shapes, location, scale)
    if name in _SCALED:
        return _moved(_SCALED[name](*shapes, scale), location, 1.0)
    if name == "pearson3" and not np.all(np.abs(shapes[0]) >= _SKEWED):
        return None
    if name in _STANDARD:
        return _moved(_STANDARD[name](*shapes), location, scale)
    return None


def _moved(law: AbstractFamily, location: Any, scale: Any) -> AbstractFamily:
    if np.all(location == 0.0) and np.all(scale == 1.0):
        return law
    return Affine(law, location=location, scale=scale)


def _from_newer_scipy(x: Any) -> AbstractFamily | None:
    """Return one of SciPy's newer distributions, if its family has a file here."""
    given = x._parameters
    match type(x).__name__:
        case "Normal":
            return Normal(mean=given["mu"], std=given["sigma"])
        case "StandardNormal":
            return Normal(mean=0.0, std=1.0)
        case "Logistic":
            return Logistic(location=0.0, scale=1.0)
        case "Uniform":
            return Uniform(low=given["a"], high=given["b"])
        case "Binomial":
            return Binomial(trials=given["n"], probability=given["p"])
        case "ShiftedScaledDistribution":
            law = _family(x._dist)
            return _moved(law, given["loc"], given["scale"])
        case "TruncatedDistribution":
            law = _family(x._dist)
            return Truncated(law, low=given["lb"], high=given["ub"])
        case "CustomDistribution":  # of `make_distribution`, which writes the name with a capital
            name = str(x).partition("(")[0].lower()
            return _if_same(_named(name, tuple(given.values()), 0.0, 1.0), x)
    return None


def _if_same(law: AbstractFamily | None, x: Any) -> AbstractFamily | None:
    """Return a law if it is indeed that of SciPy: anyone may give theirs the same name."""
    if law is None:
        return None
    at = x.icdf(np.reshape([0.1, 0.5, 0.9], (3, *(1 for _ in law.batch_shape))))
    ask = x.logpmf if law.support.discrete else x.logpdf
    return law if np.allclose(law.log_prob(at), ask(at), rtol=1e-6) else None


def _of_matrix(
    x: Any, family: type[AbstractFamily], second: Callable[[float], dict[str, float]]
) -> AbstractDistribution:
    """Return a law of matrices; of a single number it is one of a family."""
    if x.dim > 1:
        return ForeignLaw.of(x)
    return family(shape=0.5 * float(x.df), **second(float(np.ravel(x.scale)[0])))


_SCIPY_CLASSES: dict[str, Callable[[Any], AbstractDistribution]] = {
    "gaussian_kde": ForeignLaw.of,
    "Mixture": lambda x: Mixture(
        components=[_family(part) for part in x.components], weights=x.weights
    ),
    "multivariate_normal_frozen": lambda x: MultivariateNormal(mean=x.mean, covariance=x.cov),
    "multivariate_t_frozen": lambda x: MultivariateStudentT(
        degrees=x.df, location=x.loc, scatter=x.shape
    ),
    "dirichlet_frozen": lambda x: Dirichlet(concentration=x.alpha),
    "wishart_frozen": lambda x: _of_matrix(x, Gamma, lambda s: {"rate": 0.5 / s}),
    "invwishart_frozen": lambda x: _of_matrix(x, InverseGamma, lambda s: {"scale": 0.5 * s}),
}


# ---------------------------------------------------------------- PyTorch and NumPyro


# What is no distribution, or none that this library can take over, and why.
_NOT_TAKEN = {
    "MaskedDistribution": "masked",
    "ImproperUniform": "improper",
    "Unit": "improper",
    "LeftCensoredDistribution": "censored",
    "RightCensoredDistribution": "censored",
    "IntervalCensoredDistribution": "censored",
}


def _from_tensors(x: Any) -> AbstractDistribution:
    x = as_constructed(x) if hasattr(x, "log_prob") and not isinstance(x, type) else x
    name = type(x).__name__
    for part in parts_of(x):
        if type(part).__name__ in _NOT_TAKEN:
            kind = type(part).__name__
            raise KullbackError(f"foreign.{_NOT_TAKEN[kind]}", kind=kind)
        if type(part).__name__.startswith("Hurdle") and not part.support.is_discrete:
            raise KullbackError("foreign.mixed", kind=type(part).__name__)
    for ending in ("Probs", "Logits"):  # NumPyro has a class for each
        name = name.removesuffix(ending)
    if name in _TENSORS and _is_of(x, "torch.distributions", "numpyro.distributions"):
        return _TENSORS[name](x)
    if not hasattr(x, "log_prob"):
        raise KullbackError("foreign.kind", kind=f"{type(x).__module__} {type(x).__name__}")
    return law_of_tensors(x)


def _independent(x: Any) -> AbstractDistribution:
    base, count = x.base_dist, x.reinterpreted_batch_ndims
    law = _from_tensors(base)
    if isinstance(law, AbstractFinite):
        if count == 0:
            return law
        one_hot = len(base.event_shape) == 1
        law = Multinomial.of(law, trials=1.0) if one_hot else Categorical.of(law)
    if not isinstance(law, AbstractFamily):
        raise KullbackError("foreign.kind", kind=f"Independent {type(base).__name__}")
    law = law.at((), tuple(base.batch_shape))
    if count == 1 and isinstance(law, Normal):
        return MultivariateNormal(mean=law.mean, std=law.std)
    for _ in range(count):
        law = Independent(law)
    return law


def _mixture(x: Any) -> Mixture:
    """Return a mixture whose components are the last axis of a batch."""
    numpyro = hasattr(x, "mixing_distribution")
    which = x.mixing_distribution if numpyro else x.mixture_distribution
    law = _family(x.component_distribution)
    shape = law.batch_shape
    everything: tuple[Any, ...] = (slice(None),) * (len(shape) - 1)
    parts = [law.at((*everything, k), shape) for k in range(shape[-1])]
    return Mixture(components=parts, weights=_weights(which))


def _weights(which: Any) -> AbstractDistribution:
    return _from_tensors(which)


def _trial(x: Any) -> dict[str, Array]:
    """Return the parameter that a distribution of trials was given."""
    return {"log_odds": x.logits} if "logits" in vars(x) else {"probability": x.probs}


def _negative_binomial(x: Any) -> NegativeBinomial:
    """Turn round what is counted: theirs is the probability of that, ours of what ends it."""
    if "logits" in vars(x):
        return NegativeBinomial(successes=x.total_count, log_odds=-x.logits)
    # One less a small probability would lose its digits, which a mean keeps.
    count, p = to_array(x.total_count), to_array(x.probs)
    if not is_traced(detached(count)) and np.any(to_numpy(count) == 0):  # of no dispersion
        xp = namespace(p)
        return NegativeBinomial(successes=count, log_odds=xp.log1p(-p) - xp.log(p))
    return NegativeBinomial(mean=count * (p / (1.0 - p)), dispersion=1.0 / count)


def _table(x: Any) -> Probs | Logits:
    """Return the table that a distribution was given."""
    x = getattr(x, "_categorical", x)
    return Logits(x.logits) if "logits" in vars(x) else Probs(x.probs)


def _wishart(x: Any) -> AbstractDistribution:
    """Read the matrix that was given, which NumPyro's keeps in the law of the factor."""
    x = getattr(x, "base_dist", x)
    given, degrees = vars(x), x.concentration if hasattr(x, "concentration") else x.df
    for name in ("covariance_matrix", "scale_matrix"):
        if name in given:
            return Wishart(degrees=degrees, scale=given[name])
    if "rate_matrix" in given:
        return Wishart(degrees=degrees, cholesky=_root_of_inverse(given["rate_matrix"]))
    # PyTorch keeps a factor always, and a precision matrix also where it was only asked for.
    return Wishart(degrees=degrees, cholesky=x.scale_tril)


def _gamma_poisson(x: Any) -> NegativeBinomial:
    return NegativeBinomial(mean=x.concentration / x.rate, dispersion=1.0 / x.concentration)


def _multivariate_normal(x: Any) -> MultivariateNormal:
    """Read the matrix that was given; of precisions the factor of their inverse."""
    given = vars(x)
    if "covariance_matrix" in given:
        form, matrix = "covariance", x.covariance_matrix
    elif "precision_matrix" in given:
        form, matrix = "cholesky", _root_of_inverse(x.precision_matrix)
    else:
        form, matrix = "cholesky", x.scale_tril
    xp, mean = namespace(matrix), x.loc
    mean = xp.broadcast_to(mean, (*mean.shape[:-1], matrix.shape[-1]))
    return MultivariateNormal(mean=mean, **{form: matrix})


def _root_of_inverse(matrix: Array) -> Array:
    """Return the Cholesky factor of the inverse."""
    xp, wide = namespace(matrix), widen(matrix)
    axes = (-2, -1)
    turned = xp.flip(xp.linalg.cholesky(xp.flip(wide, axis=axes)), axis=axes)
    return narrow(xp.tril(xp.linalg.inv(xp.matrix_transpose(turned))), matrix)


def _expanded(x: Any) -> AbstractDistribution:
    law, shape = from_elsewhere(x.base_dist), tuple(x.batch_shape)
    if isinstance(law, AbstractFamily):
        return law.at((), shape)
    (form,) = (f for f in fields(cast("Any", law)) if is_array(getattr(law, f.name)))
    table = getattr(law, form.name)
    whole = namespace(table).broadcast_to(table, (*shape, table.shape[-1]))
    return cast("Any", type(law))(whole, check=False)


def _transformed(x: Any) -> AbstractDistribution:
    """Return an affine image, or the exponential of a normal law; others keep their density."""
    law, steps = _family(x.base_dist), steps_of(x)
    if law.event_shape:
        affine = all(type(step).__name__ == "AffineTransform" for step in steps)
        if not affine or tuple(x.event_shape) != law.event_shape:
            return law_of_tensors(x)
    law = law.at((), tuple(x.batch_shape))
    for step in steps:
        moved = _through(law, step)
        if moved is None:
            return law_of_tensors(x)
        law = moved
    return law


# Transforms of the line, by the names that both libraries give them.
_MAPS = {
    "ExpTransform": "exp",
    "SigmoidTransform": "sigmoid",
    "TanhTransform": "tanh",
    "SoftplusTransform": "softplus",
    "PowerTransform": "power",
}


def _through(law: AbstractFamily, step: Any) -> AbstractFamily | None:
    """Return what a transform makes of a law; None if it is not known here."""
    if not _is_of(step, "torch.distributions", "numpyro.distributions"):
        return None
    name = type(step).__name__
    if name == "IdentityTransform":
        return law
    if name == "AffineTransform":
        return Affine(law, location=step.loc, scale=step.scale)
    if law.support.discrete:
        raise KullbackError("image.line", law=law._title)
    if name == "AbsTransform":
        return Folded(law)
    turned = name == "_InverseTransform"
    inner = step.inv if turned else step
    name = type(inner).__name__
    if turned and name == "AffineTransform":
        return Affine(law, location=-inner.loc / inner.scale, scale=1.0 / inner.scale)
    if name not in _MAPS:
        return None
    if name == "ExpTransform" and not turned and isinstance(law, Normal):
        return LogNormal(log_mean=law.mean, log_std=law.std)
    if name == "ExpTransform" and turned and isinstance(law, LogNormal):
        return Normal(mean=law.log_mean, std=law.log_std)
    exponent = inner.exponent if name == "PowerTransform" else 1.0
    kind = f"inverse {_MAPS[name]}" if turned else _MAPS[name]
    return Image(law=law, map_name=kind, exponent=exponent)


def _family(x: Any) -> AbstractFamily:
    law = from_elsewhere(x)
    if not isinstance(law, AbstractFamily):
        raise KullbackError("family.law", got=type(x).__name__)
    return law


def _continuous_bernoulli(x: Any) -> AbstractFamily:
    """Return an exponential law cut at 1, or its mirror image, where it is steep.

    The density of the library loses its constant there, which it takes from probabilities.
    """
    z = Bernoulli(**_trial(x)).log_odds
    values = None if is_traced(detached(z)) else to_numpy(z)
    if values is None or not (np.all(values > 1.0) or np.all(values < -1.0)):
        return law_of_tensors(x)
    if np.all(values < 0.0):
        return Truncated(Exponential(rate=-z), high=1.0)
    return Affine(Truncated(Exponential(rate=z), high=1.0), location=1.0, scale=-1.0)


def _root(x: Any) -> Array:
    x = to_array(x)
    return namespace(x).sqrt(x)


def _lkj_cholesky(x: Any) -> LKJCholesky:
    """Return the law with draws of its own: those of PyTorch 2.13 do not follow its density."""
    concentration = as_float_array(x.concentration, "concentration")
    dimension = x.dimension if hasattr(x, "dimension") else x.dim
    return LKJCholesky.of(int(dimension), concentration).at((), tuple(x.batch_shape))


def _kumaraswamy(x: Any) -> Image:
    """Return the law of Y^(1/a), where Y follows Beta(1, b)."""
    a, b = (as_float_array(c, "concentration") for c in (x.concentration1, x.concentration0))
    law = Image(law=Beta(alpha=1.0, beta=b), map_name="power", exponent=1.0 / a)
    return law.at((), tuple(x.batch_shape))


def _ordered_logistic(x: Any) -> LogProbs:
    """Return the logarithms of differences of logistic functions, which keep their digits."""
    cuts = x.cutpoints - x.predictor[..., None]
    xp = namespace(cuts)
    end = xp.zeros_like(cuts[..., :1]) + xp.inf
    below, above = (xp.concat(parts, axis=-1) for parts in ((-end, cuts), (cuts, end)))

    def log_logistic(z: Array) -> Array:
        return xp.minimum(z, 0.0) - xp.log1p(xp.exp(-xp.abs(z)))

    gap = xp.log(-xp.expm1(below - above))
    return LogProbs(log_logistic(above) + log_logistic(-below) + gap)


def _point(x: Any) -> Atoms:
    """Return a law that is sure of one number."""
    if x.event_shape:
        raise KullbackError("foreign.points", kind="Delta")
    scaled = to_array(x.log_density)
    if not is_traced(scaled) and bool(namespace(scaled).any(scaled != 0.0)):
        raise KullbackError("foreign.improper", kind="Delta")
    places = as_float_array(x.v, "v")[..., None]
    return Atoms(places=places, probabilities=namespace(places).ones_like(places))


def _random_walk(x: Any) -> MultivariateNormal:
    scale = as_float_array(x.scale, "scale")
    xp, shape = namespace(scale), tuple(x.event_shape)
    ones = xp.tril(xp.ones((*shape, *shape), dtype=scale.dtype))
    zero = xp.zeros((*tuple(x.batch_shape), *shape), dtype=scale.dtype)
    return MultivariateNormal(mean=zero, cholesky=scale[..., None, None] * ones)


# Both give their laws the same names, and their parameters too but for a few.
_TENSORS: dict[str, Callable[[Any], AbstractDistribution]] = {
    "Bernoulli": lambda x: Bernoulli(**_trial(x)),
    "Binomial": lambda x: Binomial(trials=x.total_count, **_trial(x)),
    "Geometric": lambda x: Geometric(**_trial(x)),
    "NegativeBinomial": _negative_binomial,
    "ContinuousBernoulli": _continuous_bernoulli,
    "NegativeBinomial2": _gamma_poisson,
    "GammaPoisson": _gamma_poisson,
    "Poisson": lambda x: Poisson(rate=x.rate),
    "DiscreteUniform": lambda x: DiscreteUniform(low=x.low, high=x.high),
    "Normal": lambda x: Normal(mean=x.loc, std=x.scale),
    "LogNormal": lambda x: LogNormal(log_mean=x.loc, log_std=x.scale),
    "HalfNormal": lambda x: HalfNormal(scale=x.scale),
    "Laplace": lambda x: Laplace(location=x.loc, scale=x.scale),
    "Cauchy": lambda x: Cauchy(location=x.loc, scale=x.scale),
    "StudentT": lambda x: StudentT(degrees=x.df, location=x.loc, scale=x.scale),
    "Logistic": lambda x: Logistic(location=x.loc, scale=x.scale),
    "Gumbel": lambda x: Gumbel(location=x.loc, scale=x.scale),
    "Exponential": lambda x: Exponential(rate=x.rate),
    "Gamma": lambda x: Gamma(shape=x.concentration, rate=x.rate),
    "InverseGamma": lambda x: InverseGamma(shape=x.concentration, scale=x.rate),
    "Chi2": lambda x: ChiSquared(degrees=x.df),
    "Beta": lambda x: Beta(alpha=x.concentration1, beta=x.concentration0),
    "Weibull": lambda x: Weibull(shape=x.concentration, scale=x.scale),
    "Pareto": lambda x: Pareto(shape=x.alpha, scale=x.scale),
    "GeneralizedPareto": lambda x: GeneralizedPareto(
        shape=x.concentration, scale=x.scale, location=x.loc
    ),
    "Uniform": lambda x: Uniform(low=x.low, high=x.high),
    "VonMises": lambda x: VonMises(location=x.loc, concentration=x.concentration),
    "MultivariateNormal": _multivariate_normal,
    "LowRankMultivariateNormal": lambda x: MultivariateNormal(
        mean=x.loc, std=_root(x.cov_diag), factor=x.cov_factor
    ),
    "MultivariateStudentT": lambda x: MultivariateStudentT(
        degrees=x.df, location=x.loc, cholesky=x.scale_tril
    ),
    "Dirichlet": lambda x: Dirichlet(concentration=x.concentration),
    "LKJCholesky": _lkj_cholesky,
    "Kumaraswamy": _kumaraswamy,
    "BetaProportion": lambda x: Beta(alpha=x.concentration1, beta=x.concentration0),
    "Delta": _point,
    "OrderedLogistic": _ordered_logistic,
    "GaussianRandomWalk": _random_walk,
    "CAR": lambda x: MultivariateNormal(
        mean=x.loc, covariance=namespace(x.precision_matrix).linalg.inv(x.precision_matrix)
    ),
    "CirculantNormal": lambda x: MultivariateNormal(mean=x.loc, covariance=x.covariance_matrix),
    "Categorical": _table,
    "OneHotCategorical": _table,
    "OneHotCategoricalStraightThrough": _table,
    "Multinomial": lambda x: Multinomial.of(_table(x), trials=x.total_count),
    "Wishart": _wishart,
    "Independent": _independent,
    "MixtureSameFamily": _mixture,
    "MixtureGeneral": lambda x: Mixture(
        components=[_family(part) for part in x.component_distributions],
        weights=_weights(x.mixing_distribution),
    ),
    "LeftTruncatedDistribution": lambda x: Truncated(_family(x.base_dist), low=x.low),
    "RightTruncatedDistribution": lambda x: Truncated(_family(x.base_dist), high=x.high),
    "TwoSidedTruncatedDistribution": lambda x: Truncated(
        _family(x.base_dist), low=x.low, high=x.high
    ),
    "LeftTruncatedGamma": lambda x: Truncated(_family(x.base_dist), low=x.low),
    "RightTruncatedGamma": lambda x: Truncated(_family(x.base_dist), high=x.high),
    "TwoSidedTruncatedGamma": lambda x: Truncated(_family(x.base_dist), low=x.low, high=x.high),
    "ExpandedDistribution": _expanded,
    "TransformedDistribution": _transformed,
    "FoldedDistribution": _transformed,
    "LogUniform": _transformed,
    "RelaxedBernoulli": _transformed,
}
