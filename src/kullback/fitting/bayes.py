"""What data teach about a parameter: conjugate posteriors, and how much a design will teach."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

import numpy as np

from kullback._array import Array, as_scalar, like, namespace, narrow, to_numpy, widen
from kullback.errors import KullbackError
from kullback.families import (
    Bernoulli,
    Beta,
    Binomial,
    Dirichlet,
    Exponential,
    Gamma,
    Geometric,
    InverseGamma,
    LogNormal,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
)
from kullback.families._quadrature import Nodes
from kullback.families.abstract import AbstractFamily, aligned, public_name
from kullback.families.composite import log_density_anywhere
from kullback.fitting._nodes import nodes_between
from kullback.fitting.model import maker
from kullback.fitting.observations import Observations, read
from kullback.kinds import Probs
from kullback.measures.divergence import kl_divergence
from kullback.units import NATS, Unit, as_unit
from kullback.verbs import operand

__all__ = ["Conjugacy", "expected_information_gain", "posterior"]

# What the probabilities of the draws may miss of 1.
_MISSED = 1e-9
# The values of the parameter that a prior is replaced by, until the answer has settled.
_POINTS = (161, 321, 641, 1281, 2561)
_SETTLED = 1e-9
# Log odds of shares of the prior that no digit sees.
_FAR = 40.0
# Where the draws of a law are cut into pieces.
_LEVELS = (1e-6, 0.01, 0.1, 0.5, 0.9, 0.99, 1 - 1e-6)
# A value that every parameter of the pairs below may have.
_ANY = 0.5


class Conjugacy(NamedTuple):
    """How draws of a family with one unknown parameter move its conjugate prior.

    Attributes
    ----------
    unknown : str
        The parameter.
    statistic : callable
        Of draws x and the family f: what of a draw tells about it.
    gain : callable
        Of f, the number n of draws and the sum s of their statistic: what is added to the
        parameters of the prior, or to mean/variance and 1/variance of a normal one.
    """

    unknown: str
    statistic: Callable[[np.ndarray, Any], np.ndarray]
    gain: Callable[[Any, Any, Any], tuple[Any, Any]]


_PAIRS: dict[tuple[type, type], Conjugacy] = {
    (Beta, Bernoulli): Conjugacy("probability", lambda x, _: x, lambda _, n, s: (s, n - s)),
    (Beta, Binomial): Conjugacy(
        "probability", lambda x, _: x, lambda f, n, s: (s, n * f.trials - s)
    ),
    (Beta, Geometric): Conjugacy("probability", lambda x, _: x, lambda _, n, s: (n, s)),
    (Beta, NegativeBinomial): Conjugacy(
        "probability", lambda x, _: x, lambda f, n, s: (n * f.successes, s)
    ),
    (Gamma, Poisson): Conjugacy("rate", lambda x, _: x, lambda _, n, s: (s, n)),
    (Gamma, Exponential): Conjugacy("rate", lambda x, _: x, lambda _, n, s: (n, s)),
    (Gamma, Gamma): Conjugacy("rate", lambda x, _: x, lambda f, n, s: (n * f.shape, s)),
    (Gamma, InverseGamma): Conjugacy("scale", lambda x, _: 1 / x, lambda f, n, s: (n * f.shape, s)),
    (Gamma, Pareto): Conjugacy("shape", lambda x, f: np.log(x / f.scale), lambda _, n, s: (n, s)),
    (Normal, Normal): Conjugacy(
        "mean", lambda x, _: x, lambda f, n, s: (s / f.std**2, n / f.std**2)
    ),
    (Normal, LogNormal): Conjugacy(
        "log_mean", lambda x, _: np.log(x), lambda f, n, s: (s / f.log_std**2, n / f.log_std**2)
    ),
}


def posterior(
    prior: Any,
    family: type,
    data: Any,
    /,
    *,
    fixed: Mapping[str, Any] | None = None,
    weights: Any = None,
) -> AbstractFamily:
    r"""Law of an unknown parameter after data, where the prior is conjugate to the family.

    .. math:: \pi(\theta \mid x) \propto \pi(\theta) \prod_i f(x_i \mid \theta)

    How much the data taught is ``kl_divergence(posterior, prior)``, the information gained.

    =============  ==========================================================================
    prior          family and its unknown parameter; the other parameters are fixed
    =============  ==========================================================================
    Beta           probability of Bernoulli, Binomial, Geometric, NegativeBinomial
    Gamma          rate of Poisson, Exponential, Gamma; scale of InverseGamma; shape of Pareto
    Normal         mean of Normal, log_mean of LogNormal
    Dirichlet      probabilities of outcomes numbered from 0: the kind Probs
    =============  ==========================================================================

    Parameters
    ----------
    prior : AbstractFamily, batch shape (...), or a law of SciPy, PyTorch or NumPyro
        What is believed before; a batch of priors gives one of posteriors.
    family : type
        The family that the data are drawn from, or `Probs`.
    data : array, shape (n,), Samples or Counts
        The draws; for `Probs` outcomes from 0, or how often each was seen.
    fixed : mapping of str to array, optional
        The parameters of the family that are known, by name.
    weights : array, shape (n,), optional
        How many times each draw counts; once by default.

    Returns
    -------
    AbstractFamily
        Of the prior's family, in its library and differentiable in its parameters.

    Raises
    ------
    KullbackError
        If the prior is no law or not conjugate to the family, if a parameter is missing from
        `fixed`, if the family cannot produce a draw, or if draws are censored.

    References
    ----------
    Lindley (1956), *On a measure of the information provided by an experiment*; Diaconis and
    Ylvisaker (1979), *Conjugate priors for exponential families*.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Bernoulli, Beta
    >>> prior = Beta(alpha=1.0, beta=1.0)
    >>> after = kb.posterior(prior, Bernoulli, [1, 1, 0, 1])
    >>> float(after.alpha), float(after.beta)
    (4.0, 2.0)
    >>> round(float(kb.kl_divergence(after, prior, unit="bits")), 4)
    0.5228
    """
    prior = _law(prior)
    if isinstance(prior, Dirichlet) and family is Probs:
        return _dirichlet(prior, data, weights)
    unknown = _unknown(family, fixed or {})
    pair = _PAIRS.get((type(prior), family))
    if pair is None or pair.unknown != unknown:
        given = type(prior).__name__
        raise KullbackError("bayes.pair", prior=given, family=family.__name__, unknown=unknown)
    prior, law = aligned(prior, family(**{unknown: _ANY, **(fixed or {})}))
    seen = _rows(data, weights)
    _check(family, law, seen)
    x = seen.x.reshape(-1, *(1,) * len(law.batch_shape))
    with np.errstate(divide="ignore", over="ignore"):
        told = pair.statistic(x, law.in_numpy())
    bad = np.asarray(~np.isfinite(told.reshape(seen.rows, -1)).all(axis=1))
    if bad.any():
        value = float(seen.x[np.argmax(bad)])
        raise KullbackError("bayes.edge", family=family.__name__, row=seen.row(bad), value=value)
    total = np.asarray(seen.sum(told))
    n, s = (like(np.asarray(a, np.float64), prior.arrays[0]) for a in (seen.total, total))
    moved = _moved(prior.wide(), pair.gain(law.wide(), n, s))
    return type(prior)(**{name: prior.narrow(value) for name, value in moved.items()})


def expected_information_gain(
    prior: Any,
    family: type,
    /,
    *,
    fixed: Mapping[str, Any] | None = None,
    unit: Unit | str = NATS,
) -> Array:
    r"""Information that one draw is expected to give about a parameter: the worth of a design.

    .. math::
        I(\theta; X) = \int m(x)\, D(\pi(\cdot \mid x) \,\|\, \pi)\, dx, \qquad
        m(x) = \int \pi(\theta) f(x \mid \theta)\, d\theta

    It is the mutual information of parameter and draw. A design is what `fixed` says, such as the
    number of trials of a `Binomial` or the error of an instrument; arrays there compare designs.

    Parameters
    ----------
    prior : AbstractFamily, batch shape (...), or a law of SciPy, PyTorch or NumPyro
        What is believed before, of any family on the line, or a `Dirichlet` with `Probs`.
    family : type
        The family that the draw will come from.
    fixed : mapping of str to array, optional
        All parameters of the family but the unknown one, by name; shapes broadcast with the
        batch of priors.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        At least 0. Summed over the draws where these are finitely many, and integrated otherwise;
        without gradient, but for normal laws with a normal prior, which have a closed form.

    Raises
    ------
    KullbackError
        If no single parameter is left unknown, if the prior gives probability to values that it
        cannot have, or if the integrals do not settle.

    References
    ----------
    Lindley (1956), *On a measure of the information provided by an experiment*.

    Examples
    --------
    How much will 1, 10 and 100 tosses of an unknown coin tell about it?

    >>> import kullback as kb
    >>> from kullback.families import Beta, Binomial
    >>> coin = Beta(alpha=1.0, beta=1.0)
    >>> gain = kb.expected_information_gain(
    ...     coin, Binomial, fixed={"trials": [1, 10, 100]}, unit="bits"
    ... )
    >>> gain.round(3).tolist()
    [0.279, 1.232, 2.742]
    """
    unit = as_unit(unit)
    prior = _law(prior)
    if isinstance(prior, Dirichlet) and family is Probs:
        return unit.from_nats(_dirichlet_gain(prior))
    if prior.event_shape:
        raise KullbackError("bayes.prior", got=type(prior).__name__)
    unknown = _unknown(family, fixed or {})
    pair = _PAIRS.get((type(prior), family))
    pair = pair if pair and pair.unknown == unknown else None
    if pair and family is Pareto:  # whose logarithm is exponential, and has a tail to integrate
        family, unknown, fixed = Exponential, "rate", {}
        pair = _PAIRS[Gamma, Exponential]
    some = to_numpy(prior.quantile(0.5))
    prior, law = aligned(prior, family(**{unknown: some, **(fixed or {})}))
    if pair and isinstance(prior, Normal):
        (error,) = (x for name, x in law.parameters.items() if name != unknown)
        return unit.from_nats(_normal_gain(prior.std, error))
    shape = np.broadcast_shapes(prior.batch_shape, law.batch_shape)
    gains = np.empty(shape)
    for index in np.ndindex(*shape):
        one, other = (x.at(index, shape).in_numpy() for x in (prior, law))
        known = {name: x for name, x in other.parameters.items() if name != unknown}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # SciPy's, at the ends of its quantiles
            if pair:
                gains[index] = _conjugate_gain(one, family, known, pair)
            else:
                gains[index] = _gain(one, family, known, unknown)
    return unit.from_nats(prior.narrow(like(gains, prior.arrays[0])))


# ---------------------------------------------------------------- posteriors


def _law(prior: Any) -> AbstractFamily:
    """Return a prior as a law of the library."""
    law = operand(prior, "prior")
    if not isinstance(law, AbstractFamily):
        raise KullbackError("bayes.prior", got=type(law).__name__)
    return law


def _unknown(family: Any, fixed: Mapping[str, Any]) -> str:
    """Return the one parameter that is not fixed; those with defaults are, if others are left."""
    is_family = isinstance(family, type) and issubclass(family, AbstractFamily)
    if not is_family:
        raise KullbackError("fit.family", got=getattr(family, "__name__", repr(family)))
    known: Any = family  # for type checkers: every family is a dataclass
    every = {public_name(f): f for f in fields(known)}
    names = list(family._forms[0]) if family._forms else list(every)
    left = [name for name in names if name not in fixed]
    if len(left) > 1:
        left = [name for name in left if every[name].default_factory is MISSING]
    if len(left) != 1 or not fixed.keys() <= set(names):
        shown, given = ", ".join(names), ", ".join(fixed) or "-"
        raise KullbackError("bayes.unknown", family=family.__name__, names=shown, given=given)
    return left[0]


def _rows(data: Any, weights: Any) -> Observations:
    """Read draws; of censored ones the posterior is not of the prior's family."""
    seen = read(data, weights, axes=0)
    if seen.censored is not None:
        raise KullbackError("fit.rows_needed")
    return seen


def _check(family: type, law: AbstractFamily, seen: Observations) -> None:
    """Refuse draws that the family cannot produce."""
    support = law.in_numpy().support
    low, high = float(np.max(support.low)), float(np.min(support.high))
    x = seen.x
    for key, bad in (
        ("fit.outside_whole" if support.discrete else "fit.outside", (x < low) | (x > high)),
        ("fit.not_whole", (x != np.floor(x)) & support.discrete),
    ):
        if bad.any():
            row, value = seen.row(bad), float(x[np.argmax(bad)])
            ends = {"low": f"{low:g}", "high": f"{high:g}"}
            raise KullbackError(key, family=family.__name__, row=row, value=value, **ends)


def _moved(prior: AbstractFamily, gain: tuple[Any, Any]) -> dict[str, Any]:
    """Return the parameters of the posterior."""
    first, second = gain
    if isinstance(prior, Normal):
        before = 1.0 / prior.std**2
        after = before + second
        return {"mean": (prior.mean * before + first) / after, "std": after**-0.5}
    (a, x), (b, y) = prior.parameters.items()
    return {a: x + first, b: y + second}


def _dirichlet(prior: Dirichlet, data: Any, weights: Any) -> Dirichlet:
    """Return the posterior of probabilities: the prior's counts and those of the data."""
    seen = _rows(data, weights)
    last = prior.concentration.shape[-1] - 1
    x = seen.x
    bad = ~((x >= 0) & (x <= last) & (x == np.floor(x)))
    if bad.any():
        row, value = seen.row(bad), float(x[np.argmax(bad)])
        raise KullbackError("labels.range", name="data", place=row, value=value, last=last)
    counts = np.bincount(x.astype(np.intp), seen.weights, last + 1).astype(np.float64)
    a = prior.concentration
    return Dirichlet(concentration=prior.narrow(widen(a) + like(counts, a)))


# ---------------------------------------------------------------- designs


def _dirichlet_gain(prior: Dirichlet) -> Array:
    a = prior.concentration
    xp = namespace(a)
    one_more = like(np.eye(a.shape[-1], dtype=to_numpy(a).dtype), a)
    before = Dirichlet(concentration=a[..., None, :])
    after = Dirichlet(concentration=a[..., None, :] + one_more)
    mean = a / xp.sum(a, axis=-1, keepdims=True)
    return as_scalar(xp.sum(mean * kl_divergence(after, before), axis=-1))


def _normal_gain(std: Array, error: Array) -> Array:
    """Return log(1 + (std/error)^2)/2."""
    ratio = widen(std) / widen(error)
    return narrow(0.5 * namespace(ratio).log1p(ratio**2), std, error)


def _conjugate_gain(
    prior: AbstractFamily, family: type[AbstractFamily], known: dict[str, Any], pair: Conjugacy
) -> float:
    """Sum over the draws their probability times the information they give."""
    make = maker(family)

    def outcomes(x: np.ndarray) -> tuple[np.ndarray, AbstractFamily]:
        law = make(**known, **{pair.unknown: x})  # for what is known of it
        after = maker(type(prior))(**_moved(prior, pair.gain(law, 1.0, pair.statistic(x, law))))
        # Bayes' rule holds at every value; near the posterior's mean nothing cancels.
        at = np.asarray(after.mean)
        draw = log_density_anywhere(np, make(**known, **{pair.unknown: at}), x)
        return np.exp(draw + prior.log_prob(at) - after.log_prob(at)), after

    def term(x: np.ndarray) -> np.ndarray:
        mass, after = outcomes(x)
        return np.where(mass > 0, mass * kl_divergence(after, prior), 0.0)

    nodes = _draws(term, prior, make, known, pair.unknown)
    _complete(nodes, outcomes(nodes.x)[0], family)
    return math.fsum(nodes.weight * term(nodes.x))


def _gain(
    prior: AbstractFamily, family: type[AbstractFamily], known: dict[str, Any], unknown: str
) -> float:
    """Average the divergence of the family from its mixture under the prior."""
    from scipy.special import logsumexp

    make = maker(family)
    last = math.nan
    for points in _POINTS:
        theta, share = _values(prior, points)

        def term(x: np.ndarray, theta: np.ndarray = theta, share: np.ndarray = share) -> np.ndarray:
            log = log_density_anywhere(np, make(**known, **{unknown: theta}), x[..., None])
            mixture = logsumexp(log, b=share, axis=-1, keepdims=True)
            ratio = np.where(log > -np.inf, log - mixture, 0.0)
            return (np.exp(log) * ratio) @ share

        nodes = _draws(term, prior, make, known, unknown)
        log = log_density_anywhere(np, make(**known, **{unknown: theta}), nodes.x[:, None])
        _complete(nodes, np.exp(log) @ share, family)
        gain = math.fsum(nodes.weight * term(nodes.x))
        if abs(gain - last) <= _SETTLED * abs(gain):
            return gain
        last = gain
    raise KullbackError("bayes.unsettled", family=family.__name__)


def _complete(nodes: Nodes, mass: np.ndarray, family: type) -> None:
    """Refuse nodes that miss some of the probability of the draws."""
    if not abs(math.fsum(nodes.weight * mass) - 1.0) < _MISSED:
        raise KullbackError("bayes.unsettled", family=family.__name__)


def _values(prior: AbstractFamily, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values of the parameter, and weights: the trapezoidal rule in the log odds."""
    law = prior._scipy()
    if prior.support.discrete:
        theta = np.arange(law.ppf(1e-18), law.isf(1e-18) + 1.0)
        return theta, np.exp(prior.log_prob(theta))
    s = np.linspace(-_FAR, _FAR, points)
    u, v = 1.0 / (1.0 + np.exp(-s)), 1.0 / (1.0 + np.exp(s))
    theta = np.where(s < 0, law.ppf(u), law.isf(v))
    return theta, u * v * (2 * _FAR / (points - 1))


def _draws(
    term: Callable[[np.ndarray], np.ndarray],
    prior: AbstractFamily,
    make: Callable[..., AbstractFamily],
    known: dict[str, Any],
    unknown: str,
) -> Nodes:
    """Return nodes over the draws that sum or integrate a term."""
    likely = np.quantile(_values(prior, _POINTS[0])[0], [0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7])
    laws = [make(**known, **{unknown: x}) for x in likely]
    low = min(float(law.support.low) for law in laws)
    high = max(float(law.support.high) for law in laws)
    marks = [law.quantile(u) for law in laws for u in _LEVELS]
    return nodes_between(term, low, high, marks, discrete=laws[0].support.discrete)
