"""The member of a family that is closest to a law, in either direction of the divergence."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from kullback import strings
from kullback._array import Array, like, to_numpy
from kullback.errors import KullbackError
from kullback.families._infinity import reason_infinite
from kullback.families.abstract import AbstractFamily, generator
from kullback.families.composite import log_density_anywhere
from kullback.families.mixture import Mixture
from kullback.families.multivariate_normal import MultivariateNormal
from kullback.fitting._nodes import nodes_of
from kullback.fitting._search import Around, minimise, near, units
from kullback.fitting.coordinates import Coordinates
from kullback.fitting.fit import Fit, fit
from kullback.fitting.likelihood import Peak, score_norm
from kullback.fitting.model import Model, as_model, axes_of
from kullback.fitting.observations import Observations
from kullback.kinds import as_distribution
from kullback.measures.divergence import kl_divergence

__all__ = ["Optimum", "Projection", "project"]

Direction = Literal["forward", "reverse"]

# Each fit chooses the nodes of the next, until the parameters stay.
_MOST_FITS = 8
_SAME = 1e-12
# A window is 2 to 64 times as narrow as the law.
_NARROW = (1.0, 6.0)
_SHARES = (np.arange(64.0) + 0.5) / 64.0
# Nodes that carry less of a law are left out, when it is taken for data.
_NEGLIGIBLE = 1e-18
# So far from 1 the masses at all nodes may add up; else the nodes have missed something.
_AWAY = 1e-6


@final
@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """A member of a family that no nearby member is closer than.

    Attributes
    ----------
    distribution : AbstractFamily
        The member.
    divergence : float
        In nats.
    score_norm : float
        What is left of the slope, as the length s of a Newton step that would gain s^2/2 nats.
    curvature : float
        The least curvature on the line that the parameters' ranges are mapped onto: above 0 at
        a minimum, and inf at an edge, where the divergence jumps.
    reached : int
        How many of the starts ended here.
    """

    distribution: AbstractFamily
    divergence: float
    score_norm: float
    curvature: float
    reached: int


@final
@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The closest member of a family, and every other local optimum that was found.

    Attributes
    ----------
    distribution : AbstractFamily
        The closest member; its parameters are of the library of p, without gradient.
    divergence : float
        In nats: D(p || q) forward, D(q || p) in reverse.
    direction : str
        "forward" or "reverse".
    optima : tuple of Optimum
        The distinct local optima, the best first, each with its certificate.
    starts : int
        From how many starts they were sought. A start that reached none ran away.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Exponential, Gamma
    >>> found = kb.project(Gamma(shape=3.0, rate=2.0), Exponential)  # of the same mean
    >>> round(float(found.distribution.rate), 6), round(found.divergence, 6)
    (0.666667, 0.251034)
    """

    distribution: AbstractFamily
    divergence: float
    direction: Direction
    optima: tuple[Optimum, ...]
    starts: int

    def __repr__(self) -> str:
        others = "".join(f"\n  {_line(one)}" for one in self.optima[1:])
        also = f"; other optima:{others}" if others else ""
        return f"<Projection {self.direction}: {_line(self.optima[0])}{also}>"


def _line(one: Optimum) -> str:
    """Return a member and its divergence."""
    return f"{one.distribution!r} at {one.divergence:.4g} nats"


def project(
    p: Any,
    family: type[AbstractFamily],
    /,
    *,
    direction: Direction = "forward",
    fixed: Mapping[str, float | None] | None = None,
    starts: int = 20,
    samples: int | None = None,
    rng: Any = 0,
) -> Projection:
    r"""Closest member of a family to a law, in Kullback-Leibler divergence.

    .. math::
        q_\text{forward} = \arg\min_{q \in F} D(p \,\|\, q), \qquad
        q_\text{reverse} = \arg\min_{q \in F} D(q \,\|\, p)

    Forward is maximum likelihood with p for data; for an exponential family it matches the means
    of the sufficient statistics, so that a normal law takes mean and variance of p. Reverse is
    variational inference: q must not be where p is not. Where the modes of p are far apart each
    has a local optimum of its own; where they are close a single one covers them all.

    Parameters
    ----------
    p : distribution
        One law on the line, of any family, mixtures included.
    family : type
        A family on the line, such as `kullback.families.Normal`; forward also
        `MultivariateNormal`, for normal laws of several variables and mixtures of them.
    direction : str, default "forward"
        "forward" or "reverse".
    fixed : mapping of str to float, optional
        Parameters of the family that are known. None frees one that is fixed by default.
    starts : int, default 20
        From how many starts the reverse optima are sought: the fit to p, and fits to what is seen
        of it through windows of random place and width.
    samples : int, optional
        From how many draws the divergence of laws of several variables is estimated, where it
        has no closed form.
    rng : numpy.random.Generator, int or JAX key, default 0
        Where windows and draws come from.

    Returns
    -------
    Projection
        The closest member with its divergence in nats, and all optima found.

    Raises
    ------
    KullbackError
        If p is no single law on the line, if no member was found at a finite divergence, or if
        none is closest because the divergence keeps falling towards the border of the family.

    References
    ----------
    Csiszár (1975), *I-divergence geometry of probability distributions and minimization
    problems*; Minka (2005), *Divergence measures and message passing*.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Mixture, Normal
    >>> modes = [Normal(mean=-2.0, std=0.6), Normal(mean=2.0, std=0.6)]
    >>> p = Mixture(components=modes, weights=[0.7, 0.3])
    >>> forward = kb.project(p, Normal)  # covers both
    >>> float(forward.distribution.mean.round(4)), float(forward.distribution.std.round(4))
    (-0.8, 1.9287)
    >>> reverse = kb.project(p, Normal, direction="reverse")  # takes one
    >>> [(float(o.distribution.mean.round(3)), round(o.divergence, 4)) for o in reverse.optima]
    [(-1.998, 0.3559), (1.995, 1.2019)]
    """
    if isinstance(p, type) and not isinstance(family, type):
        raise KullbackError("project.swapped", got=p.__name__)
    p = as_distribution(p)
    if not isinstance(p, AbstractFamily) or p.batch_shape:
        raise KullbackError("project.law", kind=type(p).__name__)
    if direction not in ("forward", "reverse"):
        raise KullbackError("project.direction", got=repr(direction))
    if starts < 1:
        raise KullbackError("project.starts", got=starts)
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # far out, densities underflow
        warnings.simplefilter("ignore")  # SciPy's, at the ends of its quantiles
        if p.event_shape or axes_of(family):
            optima = [_matched_moments(p, family, direction, samples, rng)]
        elif direction == "forward":
            optima = [_forward(p, as_model(family), fixed)]
        else:
            optima = _reverse(p, as_model(family), fixed, starts, generator(rng))
    found, optima = (
        optima,
        sorted((x for x in optima if math.isfinite(x.divergence)), key=lambda x: x.divergence),
    )
    if not optima:
        _refuse_infinite(p, found, direction)
        raise KullbackError("project.none", family=as_model(family).name)
    best = optima[0]
    return Projection(best.distribution, best.divergence, direction, tuple(optima), starts)


def _refuse_infinite(p: AbstractFamily, found: list[Optimum], direction: Direction) -> None:
    """Say why the members that are closest otherwise are at an infinite divergence."""
    for one in found:
        law, member = p.in_numpy(), one.distribution.in_numpy()
        law, member = (law, member) if direction == "forward" else (member, law)
        reason = reason_infinite(law, member)
        if reason:
            names = {"family": type(one.distribution).__name__, "law": type(p).__name__}
            raise KullbackError("project.infinite", **names, reason=strings.text(reason))


def _mass(p: AbstractFamily, q: AbstractFamily) -> tuple[np.ndarray, np.ndarray]:
    """Return p as numbers with weights, of which its means and those of log q are sums."""

    def integrand(x: np.ndarray) -> np.ndarray:
        a, b = np.exp(log_density_anywhere(np, p, x)), log_density_anywhere(np, q, x)
        return a * (1.0 - np.where(b > -np.inf, b, 0.0))

    nodes = nodes_of(integrand, p, q)
    mass = nodes.weight * np.exp(log_density_anywhere(np, p, nodes.x))
    kept = np.abs(mass) > _NEGLIGIBLE  # below 0 where sums are corrected for their ends
    total = float(np.sum(mass[kept]))
    if not abs(total - 1.0) <= _AWAY:
        raise KullbackError("project.mass", law=type(p).__name__, total=f"{total:.6g}")
    return nodes.x[kept], mass[kept]


def _law(p: AbstractFamily, model: Model, parameters: Mapping[str, Any]) -> AbstractFamily:
    """Return a member with parameters of p's library."""
    anchor = p.arrays[0]
    values = {name: like(np.asarray(x, np.float64), anchor) for name, x in parameters.items()}
    return model.make(**{name: p.narrow(x) for name, x in values.items()})


# ---------------------------------------------------------------- forward


def _forward(p: AbstractFamily, model: Model, fixed: Mapping[str, float | None] | None) -> Optimum:
    """Fit p itself."""
    truth = p.in_numpy()
    _allowed(truth, model)
    found = _fitted(*_mass(truth, truth), truth, model, fixed)
    for _ in range(_MOST_FITS):
        last = found
        found = _fitted(*_mass(truth, last.distribution), truth, model, fixed)
        if all(
            abs(x - last.parameters[name]) <= _SAME * abs(x) for name, x in found.parameters.items()
        ):
            break
    q = _law(p, model, found.parameters)
    divergence = float(to_numpy(kl_divergence(p, q)))
    return Optimum(q, divergence, found.score_norm, found.curvature, 1)


def _fitted(
    x: np.ndarray,
    mass: np.ndarray,
    p: AbstractFamily,
    model: Model,
    fixed: Mapping[str, float | None] | None,
) -> Fit:
    """Return the fit to numbers with weights; the ends of p count where the fit reaches them."""
    if model.known.edges:
        ends = [a for a in map(float, (p.support.low, p.support.high)) if math.isfinite(a)]
        x, mass = np.append(x, ends), np.append(mass, [1e-300] * len(ends))
    return fit(model, Observations(x, mass, nodes=True), fixed=fixed)


def _allowed(p: AbstractFamily, model: Model) -> None:
    """Refuse a law that may fall where no member can."""
    low, high, discrete = model.support
    if discrete != p.support.discrete or p.support.low < low or p.support.high > high:
        raise KullbackError("project.none", family=model.name)


def _matched_moments(
    p: AbstractFamily, family: type, direction: str, samples: int | None, rng: Any
) -> Optimum:
    """Return the normal law with the means and covariances of p."""
    covariance = _covariance(p) if family is MultivariateNormal and p.event_shape else None
    if covariance is None or direction != "forward":
        raise KullbackError("project.variables")
    q = MultivariateNormal(mean=p.mean, covariance=p.narrow(covariance))
    chance = {} if samples is None else {"samples": samples, "rng": rng}
    return Optimum(q, float(kl_divergence(p, q, **chance)), 0.0, math.inf, 1)


def _covariance(p: AbstractFamily) -> Array | None:
    """Return the covariances of a normal law or of a mixture of such, if it is one."""
    p = p.wide()
    if isinstance(p, MultivariateNormal):
        return p.spread.dense()
    if not isinstance(p, Mixture):
        return None
    within = [_covariance(law) for law in p.components]
    if any(part is None for part in within):
        return None
    means = [law.mean - p.mean for law in p.components]
    parts = [c + m[:, None] * m for c, m in zip(within, means, strict=True)]
    return sum(p.weights[k] * part for k, part in enumerate(parts))


# ---------------------------------------------------------------- reverse


def _reverse(
    p: AbstractFamily,
    model: Model,
    fixed: Mapping[str, float | None] | None,
    starts: int,
    rng: np.random.Generator,
) -> list[Optimum]:
    """Return the distinct minima that lie below the starts."""
    truth = p.in_numpy()
    found: list[tuple[Coordinates, Peak, int]] = []
    for start, x in _starts(truth, model, fixed, starts, rng):
        line = Coordinates(model, start.free, start.fixed, {}, 0.0, 1.0)
        y = line.to_line(start.parameters)
        if reason_infinite(line.law(line.from_line(y)), truth):
            continue
        moving = model.known.edges or model.known.kinks
        around = _transported(truth, line) if moving else _near(truth, line)
        peak = minimise(around, y, units(line, y, x), [old for _, old, _ in found])
        if peak is None:
            continue
        same = next((i for i, (_, old, _) in enumerate(found) if near(old, peak.y)), None)
        if same is None:
            found.append((line, peak, 1))
        else:
            found[same] = (line, found[same][1], found[same][2] + 1)
    return [_optimum(p, line, peak, reached) for line, peak, reached in found]


def _optimum(p: AbstractFamily, line: Coordinates, peak: Peak, reached: int) -> Optimum:
    q = _law(p, line.model, line.from_line(peak.y))
    divergence = float(to_numpy(kl_divergence(q, p)))
    least = float(np.linalg.eigvalsh(-peak.curvature)[0])
    return Optimum(q, divergence, score_norm(peak.slope, peak.curvature), least, reached)


def _starts(
    p: AbstractFamily,
    model: Model,
    fixed: Mapping[str, float | None] | None,
    count: int,
    rng: np.random.Generator,
) -> Iterator[tuple[Fit, np.ndarray]]:
    """Yield fits to p and to what is seen of it through windows, with numbers typical of that."""
    x, mass = _mass(p, p)
    allowed = (x >= model.support[0]) & (x <= model.support[1])
    x, mass = x[allowed], mass[allowed]
    if not len(x):
        return
    order = np.argsort(x)
    x, mass = x[order], mass[order]
    share = np.cumsum(mass) / np.sum(mass)
    low, high = (float(x[np.searchsorted(share, u)]) for u in (0.05, 0.95))
    step = 1.0 if p.support.discrete else 0.0
    for k in range(count):
        seen = mass
        if k > 0:
            centre = x[np.searchsorted(share, rng.uniform(0.0, share[-1]))]
            width = max((high - low) * 2.0 ** -rng.uniform(*_NARROW), step)
            seen = mass * np.exp(-0.5 * ((x - centre) / width) ** 2)
        kept = seen > _NEGLIGIBLE * np.sum(seen)
        parts = np.cumsum(seen) / np.sum(seen)
        typical = x[np.searchsorted(parts, _SHARES)]
        with suppress(KullbackError):  # a window may show too little
            yield fit(model, Observations(x[kept], seen[kept], nodes=True), fixed=fixed), typical


def _near(p: AbstractFamily, line: Coordinates) -> Around:
    """Return D(q || p) near a point, over nodes that are chosen there."""

    def around(y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        def integrand(x: np.ndarray) -> np.ndarray:
            return _terms(*(log_density_anywhere(np, law, x) for law in (here, p)))

        here = line.law(line.from_line(y))
        nodes = nodes_of(integrand, here, p)
        there = nodes.log_weight + log_density_anywhere(np, here, nodes.x)
        nodes = nodes.only(there > math.log(_NEGLIGIBLE))
        log_p = log_density_anywhere(np, p, nodes.x)[:, None]

        def values(ys: np.ndarray) -> np.ndarray:
            log_q = log_density_anywhere(np, line.law(line.from_line(ys)), nodes.x[:, None])
            return nodes.weight @ _terms(log_q, log_p)

        return values

    return around


def _terms(log_q: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Return q log(q/p), and 0 where q is 0."""
    q = np.exp(log_q)
    return np.where(q > 0.0, q * (log_q - log_p), 0.0)


def _transported(p: AbstractFamily, line: Coordinates) -> Around:
    """Return D(q || p) over nodes that move with the quantiles of q, as its ends and kinks do."""

    def around(y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        here = line.law(line.from_line(y))
        x, mass = _mass(here, p)
        law = here._scipy()
        below, above = law.cdf(x)[:, None], law.sf(x)[:, None]

        def values(ys: np.ndarray) -> np.ndarray:
            q = line.law(line.from_line(ys))
            law = q._scipy()
            left, right = law.ppf(np.minimum(below, 0.5)), law.isf(np.minimum(above, 0.5))
            moved = np.clip(np.where(below < 0.5, left, right), q.support.low, q.support.high)
            return mass @ (q.log_prob(moved) - log_density_anywhere(np, p, moved))

        return values

    return around
