"""Maximum likelihood: the law of a family under which the data are least surprising."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from kullback._array import to_numpy
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.families.abstract import AbstractFamily, generator
from kullback.fitting._fit_text import fit_text
from kullback.fitting.coordinates import Coordinates
from kullback.fitting.goodness import GoodnessOfFit, goodness_of_fit
from kullback.fitting.likelihood import LONGEST, Peak, Rise, climb, peak_at, slope_at
from kullback.fitting.model import Model, as_model, axes_of, beginnings
from kullback.fitting.observations import Observations, count, read
from kullback.fitting.statistics import Statistics, mean_log_density
from kullback.measures.divergence import kl_divergence
from kullback.units import NATS

__all__ = ["Fit", "fit"]

Data = Any
"""Observations or Statistics, of which the same is asked."""

# How many of the best beginnings are climbed from, and how far apart they are on the line.
_CLIMBS, _APART = 3, 0.3
# Longer steps lead from what EM found to where one component closes in on a single value.
_CAREFUL = 0.2
# Peaks so near each other, in squared standard errors, are one.
_ONE = 0.01
# Another peak that is no further below, in nats, is nearly as high.
_NEARLY = 2.0
# Of more rows sums are used where they do, and of twice as many a part is climbed first.
_MANY = 4096
# A parameter of this standard error on the line is not told by the data at all.
_UNTOLD = 30.0
_CONVERGED = 1e-3
# Of numbers, and of those a search still reaches from 1: cubes must not overflow, and a
# parameter that seeks a scale farther off cannot be told from one that runs away.
_LARGEST, _REACHED = 1e100, 1e25
# An end of a finite range, on the line.
_FAR = 30.0
# Of second differences on the line.
_STEP = 1e-3


@final
@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A law fitted to data, and how well it is known.

    What is not asked for is not computed.

    Attributes
    ----------
    model : Model
        What was fitted.
    data : Observations or Statistics
        To what.
    parameters : dict of str to float or array
        By name; those that were fixed too.
    free : tuple of str
        The parameters that were looked for.
    fixed : dict of str to float
        The parameters that were not.
    prior : dict of str to family
        Laws of parameters, where the posterior was maximised.
    method : str
        "closed form or Newton iteration", "Newton iteration" or "EM and Newton iteration".
    notes : tuple of str
        What a reader must know.

    Examples
    --------
    >>> from kullback.families import Gamma
    >>> from kullback.fitting import fit
    >>> f = fit(Gamma, [1.0, 2.0, 3.0, 4.0, 10.0])
    >>> {name: round(x, 3) for name, x in f.parameters.items()}
    {'shape': 1.873, 'rate': 0.468}
    >>> [round(x, 2) for x in f.interval("shape", 0.95)]
    [0.6, 5.89]
    >>> f.converged
    True
    """

    model: Model
    data: Data
    parameters: dict[str, Any]
    free: tuple[str, ...]
    fixed: dict[str, float]
    prior: dict[str, AbstractFamily]
    method: str
    notes: tuple[str, ...] = ()

    # ------------------------------------------------------------ the law and its likelihood

    @property
    def family(self) -> str:
        """The name of what was fitted."""
        return self.model.name

    @property
    def n(self) -> int | float:
        """How many observations there were: the sum of the weights."""
        return count(self.data.total)

    @cached_property
    def distribution(self) -> AbstractFamily:
        """The fitted law."""
        return self.model.make(**{k: np.asarray(x) for k, x in self.scalars.items()})

    @cached_property
    def log_likelihood(self) -> float:
        """The log-likelihood of all observations, in nats."""
        if isinstance(self.data, Statistics):
            return self.data.total * float(self.data.log_likelihood(self.distribution))
        return float(self.data.sum(self.log_likelihoods))

    @cached_property
    def log_likelihoods(self) -> np.ndarray:
        """The log-likelihood of each row, in nats."""
        if isinstance(self.data, Statistics):
            raise KullbackError("fit.rows_needed")
        return self._all.rows(self.data, self.scalars)

    @cached_property
    def cross_entropy(self) -> Estimate:
        """The mean negative log-likelihood, in nats: H(empirical law, fitted law)."""
        mean, n = -self.log_likelihood / self.data.total, self.data.total
        method = "mean negative log-likelihood"
        if isinstance(self.data, Statistics):
            notes = ("the sums of the data tell no error of the mean",)
            return Estimate(np.float64(mean), None, NATS, int(n), method, notes)
        if n <= max(len(self.free), 1):  # which may be met exactly, and so tell no error
            notes = ("no more draws than parameters",)
            return Estimate(np.float64(mean), None, NATS, int(n), method, notes)
        spread = (self.log_likelihoods + mean) ** 2
        error = math.sqrt(float(self.data.sum(spread)) / (n - 1) / n)
        return Estimate(np.float64(mean), np.float64(error), NATS, int(n), method, ())

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 k - 2 log L, with k free parameters."""
        return 2.0 * len(self.free) - 2.0 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for small samples; inf unless n > k + 1."""
        k, n = len(self.free), self.data.total
        return self.aic + 2.0 * k * (k + 1) / (n - k - 1) if n > k + 1 else math.inf

    @property
    def bic(self) -> float:
        """Schwarz's criterion, k log n - 2 log L."""
        return len(self.free) * math.log(self.data.total) - 2.0 * self.log_likelihood

    # ------------------------------------------------------------ certificate and errors

    @cached_property
    def scalars(self) -> dict[str, float]:
        """The parameters as single numbers, those of arrays by name and place."""
        return self.model.unpack(self.parameters)

    @cached_property
    def _all(self) -> Coordinates:
        """All free parameters on the line."""
        return _coordinates(self.model, self.data, self.free, self.fixed, self.prior)

    @cached_property
    def _regular(self) -> Coordinates:
        """Those among them that are neither at an edge of the data nor at one of their range."""
        edges = self.model.known.edges
        inner = [
            name
            for name in self.free
            if name not in edges and self._inside(name) and not self.model.ranges[name].whole
        ]
        fixed = {name: x for name, x in self.scalars.items() if name not in inner}
        prior = {name: law for name, law in self.prior.items() if name in inner}
        return _coordinates(self.model, self.data, tuple(inner), fixed, prior)

    def _inside(self, name: str) -> bool:
        kind, x = self.model.ranges[name], self.scalars[name]
        return kind.low < x < kind.high

    @cached_property
    def _peak(self) -> Peak:
        """Slope and curvature of the objective, on the line."""
        line, known = self._regular, self.model.known
        y = line.to_line(self.scalars)

        def rise(points: np.ndarray, at: np.ndarray) -> np.ndarray:
            return _rise(line, self.data, points, at)

        if known.kinks:
            curvature = np.diag(self._prior_curvature) - self._information_on_line()
        elif known.covariance is not None:
            slopes = line.slope(self.scalars)
            natural = known.covariance(self.parameters, self.data.total)
            curvature = -np.linalg.inv(natural / np.outer(slopes, slopes))
        else:
            return peak_at(rise, y)
        return Peak(y, slope_at(rise, y, curvature, kinks=known.kinks), curvature)

    @property
    def score_norm(self) -> float:
        """How many standard errors a further Newton step would move the parameters."""
        return self._peak.score_norm

    @property
    def curvature(self) -> float:
        """The least curvature of minus the objective on the line; above 0 at a maximum."""
        values = np.linalg.eigvalsh(-self._peak.curvature)
        return float(values.min()) if len(values) else math.inf

    @property
    def converged(self) -> bool:
        """Whether this is a maximum: no slope is left, and every direction leads down.

        A parameter that is an end of the data must be it, and one at an edge of its range must
        leave the data possible.
        """
        ends = {name: end for name, end in self.model.known.edges.items() if name in self.free}
        return (
            self.curvature > 0
            and self.score_norm < _CONVERGED
            and all(self.scalars[name] == getattr(self.data, end) for name, end in ends.items())
            and math.isfinite(self.log_likelihood)
        )

    def _information_on_line(self) -> np.ndarray:
        line, known = self._regular, self.model.known.information
        if known is None:
            one = _expected(line, self.scalars)
        else:
            places = [list(self.model.ranges).index(name) for name in line.free]
            slopes = line.slope(self.scalars)
            one = known(self.scalars)[np.ix_(places, places)] * np.outer(slopes, slopes)
        if not np.isfinite(one).all():
            raise KullbackError("fit.no_information", family=self.family)
        return self.data.total * one

    @property
    def _prior_curvature(self) -> np.ndarray:
        """Second derivatives of the log prior in the parameters, in units of the line."""
        line = self._regular
        curvatures = np.zeros(len(line.free))
        for i, (name, slope) in enumerate(zip(line.free, line.slope(self.scalars), strict=True)):
            if name in line.prior:
                around = self.scalars[name] + slope * _STEP * np.array([-1.0, 0.0, 1.0])
                below, here, above = np.asarray(line.prior[name].log_prob(around))
                curvatures[i] = ((above - here) - (here - below)) / _STEP**2
        return curvatures

    @property
    def regular(self) -> tuple[str, ...]:
        """The parameters that `covariance` has rows for, in order.

        The others are fitted at an edge of the data or of their range, where the curvature of
        the likelihood tells no error.
        """
        return self._regular.free

    @cached_property
    def observed_information(self) -> np.ndarray:
        """Minus the second derivatives of the log-likelihood (of the log posterior)."""
        slopes = self._regular.slope(self.scalars)
        return -self._peak.curvature / np.outer(slopes, slopes)

    @cached_property
    def expected_information(self) -> np.ndarray:
        """The Fisher information of n draws: the curvature of the KL divergence at its zero.

        Raises
        ------
        KullbackError
            If there is none, because the support moves with a parameter.
        """
        slopes = self._regular.slope(self.scalars)
        return self._information_on_line() / np.outer(slopes, slopes)

    @cached_property
    def covariance(self) -> np.ndarray:
        """The inverse of the observed information, of the parameters named by `regular`."""
        slopes = self._regular.slope(self.scalars)
        return self._line_covariance * np.outer(slopes, slopes)

    @cached_property
    def _line_covariance(self) -> np.ndarray:
        k = len(self.regular)
        if not self.curvature > 0:
            return np.full((k, k), np.nan)
        return np.linalg.inv(-self._peak.curvature)

    @cached_property
    def std_errors(self) -> dict[str, float | None]:
        """The standard error of each free parameter; None where the curvature tells none."""
        if not self.curvature > 0:
            return dict.fromkeys(self.free)
        errors = dict(zip(self.regular, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))
        return {name: errors.get(name) for name in self.free}

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return a confidence interval of a parameter, which stays inside its range.

        It is normal on the line that the range is mapped onto, such as that of log x.

        Raises
        ------
        KullbackError
            If there is no such free parameter, if the curvature tells no error of it, or if
            `level` is not between 0 and 1.
        """
        i = self._place(name, level)
        from statistics import NormalDist

        half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(self._line_covariance[i, i])
        ends = self._regular.one_from_line(name, self._peak.y[i] + np.array([-half, half]))
        return float(ends[0]), float(ends[1])

    def profile_interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the parameters that a likelihood ratio test does not reject.

        All others are fitted anew for each value, so it takes longer than `interval`, and its
        ends depend on no choice of scale. An end that is not reached is that of the range; so is
        one of a probability that is fitted by 0 or 1.

        Raises
        ------
        KullbackError
            As by `interval`, but for a parameter at an edge of a finite range.
        """
        from scipy.optimize import brentq
        from scipy.special import chdtri

        drop = float(chdtri(1.0, 1.0 - level)) if 0 < level < 1 else math.nan
        if 0 < level < 1 and name in self.free and self._at_a_border(name):
            return self._from_border(name, drop)
        i = self._place(name, level)
        line, top = self._regular, self._peak.y
        rest = tuple(other for other in line.free if other != name)
        others = np.array([j for j in range(len(top)) if j != i], dtype=int)
        last = top[others]

        def lacking(y: float) -> float:
            """Return how far the likelihood ratio at y is from being rejected."""
            nonlocal last
            fixed = {**line.fixed, name: float(line.one_from_line(name, y))}
            prior = {k: law for k, law in self.prior.items() if k in rest}
            inner = _coordinates(self.model, self.data, rest, fixed, prior)
            last = climb(lambda p, at: _rise(inner, self.data, p, at), last).y
            point = np.empty(len(top))
            point[i], point[others] = y, last
            return 2.0 * float(_rise(line, self.data, point[None], top)[0]) + drop

        def end(side: float) -> float:
            nonlocal last
            last = top[others]
            inside, step = top[i], math.sqrt(drop * self._line_covariance[i, i])
            for _ in range(40):
                outside = inside + side * step
                if lacking(outside) < 0:
                    y: Any = brentq(lacking, min(inside, outside), max(inside, outside), xtol=1e-8)
                    return float(line.one_from_line(name, y))
                inside, step = outside, 1.5 * step
            return line.range(name).low if side < 0 else line.range(name).high

        return end(-1.0), end(1.0)

    def _at_a_border(self, name: str) -> bool:
        kind = self.model.ranges[name]
        finite = math.isfinite(kind.low) and math.isfinite(kind.high)
        return finite and not kind.whole and not self._inside(name)

    def _from_border(self, name: str, drop: float) -> tuple[float, float]:
        """Return what a likelihood ratio test does not reject, beside an edge of the range."""
        from scipy.optimize import brentq

        kind, edge = self.model.ranges[name], self.scalars[name]
        given = {k: x for k, x in self._asked.items() if k != name}

        def lacking(y: float) -> float:
            fixed = {**given, name: float(kind.from_line(np.float64(y)))}
            prior = {k: law for k, law in self.prior.items() if k != name}
            other = fit(self.model, self.data, fixed=fixed, prior=prior or None)
            return 2.0 * (other.log_likelihood - self.log_likelihood) + drop

        y: Any = brentq(lacking, -_FAR, _FAR, xtol=1e-8)
        end = float(kind.from_line(np.float64(y)))
        return (edge, end) if edge == kind.low else (end, edge)

    def _place(self, name: str, level: float) -> int:
        if not 0 < level < 1:
            raise KullbackError("estimate.level", got=level)
        if name not in self.free:
            raise KullbackError("fit.parameter", name=name, names=", ".join(self.free))
        if name not in self.regular or not self.curvature > 0:
            raise KullbackError("fit.no_error", name=name)
        return self.regular.index(name)

    def goodness_of_fit(self, *, draws: int = 199, rng: Any = None) -> GoodnessOfFit:
        """Test whether the data look like draws of the fitted law.

        Kolmogorov's distance, with a p-value from samples of the fitted law, each of which is
        fitted anew: tables that hold for a law named beforehand would nearly never reject.

        Raises
        ------
        KullbackError
            If there is a prior, if rows are censored, if weights are no whole numbers, if only
            sums are left, or if no sample could be fitted.
        """
        return goodness_of_fit(self, draws=draws, rng=generator(rng))

    def again(self, data: Observations, *, rng: Any = None) -> Fit:
        """Return the same model fitted to other data."""
        return fit(self.model, data, fixed=self._asked, prior=self.prior or None, rng=rng)

    @property
    def _asked(self) -> dict[str, float | None]:
        freed = {k: None for k in self.model.known.defaults if k in self.free}
        return {**self.fixed, **freed}

    # ------------------------------------------------------------ how it reads

    def to_dict(self, *, unit: Any = NATS) -> dict[str, Any]:
        """Return plain numbers and strings for JSON."""
        errors = self.std_errors
        return {
            "family": self.family,
            "n": self.n,
            "method": self.method,
            "parameters": {
                name: {
                    "value": x,
                    "std_error": errors.get(name),
                    "interval": list(self.interval(name)) if errors.get(name) else None,
                    "fixed": name not in self.free,
                }
                for name, x in self.scalars.items()
            },
            "log_likelihood": self.log_likelihood,
            "cross_entropy": self.cross_entropy.to(unit).to_dict(),
            "aic": self.aic,
            "aicc": self.aicc if math.isfinite(self.aicc) else None,
            "bic": self.bic,
            "converged": self.converged,
            "notes": list(self.notes),
        }

    def text(self, lang: str = "en", *, precision: int = 4, ascii_only: bool = False) -> str:
        """Return a table of the parameters, in English or Chinese."""
        return fit_text(self, lang, precision=precision, ascii_only=ascii_only)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={x:.4g}" for name, x in self.scalars.items())
        return f"<Fit {self.family}({shown}), n={self.n}>"


def fit(
    family: Any,
    data: Any,
    /,
    *,
    weights: Any = None,
    fixed: Mapping[str, float | None] | None = None,
    prior: Mapping[str, AbstractFamily] | None = None,
    rng: Any = None,
) -> Fit:
    r"""Fit a family to data by maximum likelihood.

    .. math:: \hat\theta = \arg\max_\theta \sum_i w_i \log f_\theta(x_i)
        = \arg\min_\theta H(\hat p, f_\theta) = \arg\min_\theta D(\hat p \,\|\, f_\theta)

    with the empirical law :math:`\hat p`: the three differ by a sign, a factor n and the entropy
    of the data, which no parameter changes.

    Parameters
    ----------
    family : type or Model
        A family such as `Gamma`, or a model such as `mixture_of(Normal, 2)`.
    data : array, shape (n,) or (n, d), Samples, Counts, Censored or Statistics
        Draws; of `Counts` the value k was seen n[k] times.
    weights : array, shape (n,), optional
        How many times each row counts, at least 0.
    fixed : dict of str to float, optional
        Parameters that are known. None frees one that is fixed by default, such as a location.
    prior : dict of str to family, optional
        Laws of parameters: then the posterior density is maximised.
    rng : numpy.random.Generator, int or JAX key, optional
        Where the restarts of mixtures come from.

    Returns
    -------
    Fit
        The law, its parameters with standard errors and intervals, the log-likelihood in nats
        and a certificate that it is a maximum.

    Raises
    ------
    KullbackError
        If data or weights cannot be of this family, with the row and the reason, or if the
        likelihood has no maximum.

    References
    ----------
    Fisher (1922), *On the mathematical foundations of theoretical statistics*.

    Examples
    --------
    >>> from kullback.families import Poisson
    >>> from kullback.fitting import fit
    >>> goals = fit(Poisson, [0, 2, 1, 3, 1, 0, 2, 4, 1, 2])
    >>> goals.parameters["rate"], round(goals.std_errors["rate"], 2)
    (1.6, 0.4)
    """
    _check_kinds(data, fixed, prior)
    if isinstance(data, Statistics):
        if weights is not None:
            raise KullbackError("fit.weights_twice")
        data = data.observations or data
    else:
        data = read(data, weights, axes=axes_of(family))
    model = as_model(family, data)
    given = _fixed(model, fixed)
    if isinstance(data, Observations):
        model.check(data, given)
    _check_size(data, _LARGEST)
    free = tuple(name for name in model.ranges if name not in given)
    if model.axes and (fixed or prior):
        raise KullbackError("fit.whole_law", family=model.name)
    prior = dict(prior or {})
    _check_free(model, data, free, prior)
    if data.rows < len(free):
        raise KullbackError("fit.few", family=model.name, rows=data.rows, free=len(free))
    parameters, method, notes = _maximise(model, data, free, given, prior, fixed, rng)
    if not data.nodes and data.total < min(data.rows, len(free) + 1):
        notes = (*notes, "weights")
    if prior:
        notes = (*notes, "prior")
    found = Fit(model, data, parameters, free, given, prior, method, notes)
    if isinstance(data, Statistics):
        _ = found.log_likelihood  # an error now, not later, where sums are not enough for it
    return found


def _check_kinds(data: Any, fixed: Any, prior: Any) -> None:
    """Refuse arguments in the wrong order or of the wrong kind."""
    if isinstance(data, (type, Model)):
        raise KullbackError("fit.swapped", family=getattr(data, "__name__", "model"))
    for name, given in (("fixed", fixed), ("prior", prior)):
        if given is not None and not isinstance(given, Mapping):
            raise KullbackError("fit.mapping", name=name, got=type(given).__name__)


def _check_size(data: Data, largest: float) -> None:
    """Refuse numbers whose size is above a bound, or below one over it."""
    size = max(abs(data.low), abs(data.high))
    if size and not data.nodes and not 1.0 / largest < size < largest:
        raise KullbackError("fit.scale", size=size)


def _check_free(
    model: Model, data: Data, free: tuple[str, ...], prior: Mapping[str, AbstractFamily]
) -> None:
    """Refuse priors of what is not looked for, and ends of data that no row shows."""
    edges = [name for name in model.known.edges if name in free]
    for name, law in prior.items():
        if name not in free:
            raise KullbackError("fit.parameter", name=name, names=", ".join(free))
        if name in edges:
            raise KullbackError("fit.prior_edge", family=model.name, name=name)
        if not isinstance(law, AbstractFamily):
            raise KullbackError("fit.prior_law", name=name, got=repr(law))
    if edges and data.censored is not None:
        raise KullbackError("fit.censored_edge", family=model.name, name=edges[0])


def _fixed(model: Model, fixed: Mapping[str, float | None] | None) -> dict[str, float]:
    """Return what is fixed: by default, or by the caller, who may also free it."""
    known = model.known
    if not fixed:
        if known.required:
            raise KullbackError("fit.required", family=model.name, name=known.required[0])
        return dict(known.defaults)
    given = {**known.defaults, **fixed}
    for name, x in given.items():
        if name == "location" and name not in model.ranges and _shiftable(model):
            raise KullbackError("fit.no_location", family=model.name)
        if name not in model.ranges:
            raise KullbackError("fit.parameter", name=name, names=", ".join(model.ranges))
        kind = model.ranges[name]
        number = isinstance(x, (int, float, np.number, np.ndarray)) and np.ndim(x) == 0
        if x is not None and not (number and bool(kind.holds(np.float64(x)))):
            raise KullbackError(
                "family.parameter",
                family=model.name,
                name=name,
                needed=kind,
                got=f"{x:g}" if number else repr(x),
            )
    missing = [name for name in known.required if given.get(name) is None]
    if missing:
        raise KullbackError("fit.required", family=model.name, name=missing[0])
    return {name: float(x) for name, x in given.items() if x is not None}


def _shiftable(model: Model) -> bool:
    low, _, discrete = model.support
    return low == 0 and not discrete


def _maximise(
    model: Model,
    data: Data,
    free: tuple[str, ...],
    given: dict[str, float],
    prior: dict[str, AbstractFamily],
    fixed: Mapping[str, float | None] | None,
    rng: Any,
) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """Return parameters, method and notes."""
    known = model.known
    plain = not prior and data.censored is None and not _freed(fixed)
    if known.maximum is not None and plain and given.keys() == {*known.defaults, *known.required}:
        required = {name: given[name] for name in known.required}
        parameters = known.maximum(data, **required)
        return parameters, "closed form or Newton iteration", ()
    # Where the likelihood jumps at the least or the largest value, it is highest there.
    edges = {name: getattr(data, end) for name, end in known.edges.items() if name in free}
    given = {**given, **edges}
    free = tuple(name for name in free if name not in edges)
    beginnings = _beginnings(model, data, given, rng)
    line = _coordinates(model, data, free, given, prior)
    points = np.array([line.to_line({**one, **given}) for one in beginnings])
    points = points[np.isfinite(points).all(axis=1)] if free else points[:1]

    if not len(points):
        raise KullbackError("fit.no_start", family=model.name)
    best, *others = _peaks(line, data, points)
    if best.away is not None or not best.score_norm < math.inf or _untold(best) is not None:
        _check_size(data, _REACHED)
        raise _no_maximum(model, line, data, best)
    values = {name: float(x) for name, x in line.from_line(best.y).items()}
    if known.reaches is not None and known.reaches(values, data, peaked=True):
        raise KullbackError("fit.unbounded", family=model.name)
    method = "EM and Newton iteration" if known.search else "Newton iteration"
    notes = known.notes
    if any(
        other.score_norm < math.inf and _rise(line, data, other.y[None], best.y)[0] > -_NEARLY
        for other in others
    ):
        notes = (*notes, "peaks")
    return model.pack(values), method, notes


def _freed(fixed: Mapping[str, float | None] | None) -> bool:
    return bool(fixed) and any(x is None for x in (fixed or {}).values())


def _beginnings(
    model: Model, data: Data, given: dict[str, float], rng: Any
) -> list[dict[str, float]]:
    """Return parameters to begin from: the maximum without what is fixed, or by moments."""
    known = model.known
    if known.search is not None:
        return known.search(data, generator(rng))
    location = given.get("location", 0.0)
    moved = Observations(data.x - location, data.weights) if location else data
    found = beginnings(model, moved, **{name: given[name] for name in known.required})
    if location:
        found = [{**one, "location": location} for one in found]
    if not found:
        middle = {name: _middle(model, name, data) for name in model.ranges}
        found = [middle | {name: c * x} for name, x in middle.items() for c in (1.0, 3.0, 0.3)]
    return found


def _middle(model: Model, name: str, data: Data) -> float:
    """Return a first guess for a parameter that nothing is known of but its range and name."""
    kind = model.ranges[name]
    if "scale" in name:
        return math.sqrt(data.variance) or 1.0
    if math.isinf(kind.low) and "location" in name:
        return data.mean()
    return float(kind.from_line(np.float64(0.1)))


def _peaks(line: Coordinates, data: Data, points: np.ndarray) -> list[Peak]:
    """Return the distinct peaks that the best beginnings lead to, the highest first."""

    def rise(p: np.ndarray, at: np.ndarray) -> np.ndarray:
        return _rise(line, data, p, at)

    if len(points) > 1 and isinstance(data, Observations) and data.rows > 2 * _MANY:
        # A part of the rows tells which beginnings are best.
        points = np.array([peak.y for peak in _peaks(line, data.thinned(_MANY), points)])
    searched = line.model.known.search is not None
    peaks: list[Peak] = []
    for point in _best_apart(rise, points):
        peak = climb(rise, point, longest=_CAREFUL if searched else LONGEST)
        if not peaks or (peak.away is None and not any(_one(peak, other) for other in peaks)):
            peaks.append(peak)
        if searched and peaks[-1].score_norm < math.inf:
            break  # EM has told already which is the highest
    heights = _heights(rise, np.array([peak.y for peak in peaks]))
    order = sorted(range(len(peaks)), key=lambda i: (peaks[i].score_norm == math.inf, -heights[i]))
    return [peaks[i] for i in order]


def _heights(rise: Rise, points: np.ndarray) -> np.ndarray:
    """Return how far points are above the first, against which all may be infinitely high."""
    if len(points) == 1:
        return np.zeros(1)
    with np.errstate(all="ignore"):
        heights = rise(points, points[0])
    return np.where(np.isnan(heights), -math.inf, heights)


def _best_apart(rise: Rise, points: np.ndarray) -> list[np.ndarray]:
    """Return the highest of some points that are not close to each other."""
    chosen: list[np.ndarray] = []
    for i in np.argsort(-_heights(rise, points)):
        if all(np.abs(points[i] - other).max() > _APART for other in chosen):
            chosen.append(points[i])
    return chosen[:_CLIMBS]


def _one(peak: Peak, other: Peak) -> bool:
    """Whether two peaks are the same."""
    d = peak.y - other.y
    return bool(-(d @ other.curvature @ d) < _ONE)


def _untold(peak: Peak) -> int | None:
    """Return the coordinate that the objective hardly depends on, if there is one."""
    if not len(peak.y):
        return None
    errors = np.sqrt(np.abs(np.diag(np.linalg.inv(-peak.curvature))))
    worst = int(np.argmax(errors / (1.0 + np.abs(peak.y))))
    return worst if errors[worst] > _UNTOLD * (1.0 + abs(peak.y[worst])) else None


def _no_maximum(model: Model, line: Coordinates, data: Data, peak: Peak) -> KullbackError:
    """Return the error that names the parameter which ran away, and where it went."""
    known = model.known
    if known.reaches is not None and known.reaches(line.from_line(peak.y), data, peaked=False):
        return KullbackError("fit.unbounded", family=model.name)
    i = peak.away
    if i is None:
        values, vectors = np.linalg.eigh(np.nan_to_num(peak.curvature))
        i = int(np.argmax(np.abs(vectors[:, int(np.argmax(values))])))
    name = line.free[i]
    kind = line.range(name)
    up = peak.y[i] > 0
    limit = kind.high if up else kind.low
    return KullbackError("fit.runs_away", family=model.name, name=name, limit=f"{limit:g}")


def _coordinates(
    model: Model,
    data: Data,
    free: tuple[str, ...],
    fixed: Mapping[str, float],
    prior: Mapping[str, AbstractFamily],
) -> Coordinates:
    if model.axes:
        units = model.known.units(data) if model.known.units is not None else {}
        return Coordinates(model, free, fixed, prior, 0.0, 1.0, units)
    return Coordinates(model, free, fixed, prior, data.middle, data.spread)


def _rise(line: Coordinates, data: Data, points: np.ndarray, at: np.ndarray) -> np.ndarray:
    if isinstance(data, Observations) and (data.rows <= _MANY or data.censored is not None):
        return line.rise(data, points, at)
    values = line.from_line(np.concatenate([points, at[None]]))
    with np.errstate(all="ignore"):
        mean = mean_log_density(data, line.law(values))
        if mean is None:
            return line.rise(data.tabled if line.model.support[2] else data, points, at)
        total = data.total * mean + line.log_prior(values)
    return total[:-1] - total[-1]


def _expected(line: Coordinates, values: Mapping[str, float]) -> np.ndarray:
    """Return the Fisher information of one draw on the line.

    D(theta || theta + h) is h I h/2 to second order; odd orders cancel between h and -h, and
    two lengths of h cancel the next even one.
    """
    y = line.to_line(values)
    k = len(y)
    p = line.law(line.from_line(y))

    def twice_kl(d: np.ndarray) -> float:
        total = 0.0
        for h, weight in ((1e-3, -1.0 / 3.0), (5e-4, 4.0 / 3.0)):
            both = (line.law(line.from_line(y + s * h * d)) for s in (1.0, -1.0))
            total += weight * sum(float(to_numpy(kl_divergence(p, q))) for q in both) / h**2
        return total

    information = np.empty((k, k))
    for i in range(k):
        information[i, i] = twice_kl(np.eye(k)[i])
    for i in range(k):
        for j in range(i):
            both = twice_kl(np.eye(k)[i] + np.eye(k)[j])
            cross = 0.5 * (both - information[i, i] - information[j, j])
            information[i, j] = information[j, i] = cross
    return information
