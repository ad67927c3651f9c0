r"""A mixture: a law drawn first, then a number drawn from it.

.. math:: f(x) = \sum_k w_k f_k(x)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace, narrow, safe_log, widen
from kullback._kernels.generic import log_softmax, softmax
from kullback.errors import KullbackError
from kullback.families._atoms import Atoms
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails
from kullback.families.composite import AbstractComposite, AbstractFrozen, log_density_anywhere
from kullback.families.parameters import LOG_ODDS, PROBABILITY, parameter
from kullback.kinds import AbstractFinite, Logits, LogProbs, Probs

__all__ = ["Mixture"]

# Under which name weights of a kind are kept.
_FORM_OF: dict[type, str] = {LogProbs: "log_weights", Logits: "logits"}
_FORMS = ("weights", *_FORM_OF.values())


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Mixture(AbstractComposite):
    """A mixture of laws, all continuous or all discrete.

    Its measures have no closed form; on the line they are summed or integrated.

    Parameters
    ----------
    components : sequence of K laws
        Families, also of different kinds; their batches broadcast.
    weights : array, shape (..., K), Probs, LogProbs or Logits
        Their probabilities, checked as those of `Probs` are; `Logits` and `LogProbs` keep the
        digits of a component that is as good as impossible.

    Raises
    ------
    KullbackError
        If the weights are no probabilities, one for each component, or if some components are
        discrete and others are not.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Mixture, Normal
    >>> halves = [Normal(mean=-30.0, std=1.0), Normal(mean=30.0, std=1.0)]
    >>> p = Mixture(components=halves, weights=[0.5, 0.5])
    >>> round(float(kb.entropy(p) - kb.entropy(halves[0])), 6)  # which one: one bit more
    0.693147
    """

    components: Sequence[AbstractFamily]
    _weights: Array | None = parameter(PROBABILITY, axes=1, form=True)
    _log_weights: Array | None = parameter(LOG_ODDS, axes=1, form=True)
    _logits: Array | None = parameter(LOG_ODDS, axes=1, form=True)

    def __init__(
        self, *, components: Sequence[AbstractFamily], weights: Array | AbstractFinite
    ) -> None:
        forms: dict[str, Any] = dict.fromkeys(_FORMS)
        if isinstance(weights, (LogProbs, Logits)):
            forms[_FORM_OF[type(weights)]] = weights.values
        else:
            forms["weights"] = weights.probs if isinstance(weights, AbstractFinite) else weights
        self._keep(components=components, **forms)

    def __post_init__(self) -> None:
        super(Mixture, self).__post_init__()
        (given,) = self.parameters.values()
        count = given.shape[-1]
        if count != len(self.components):
            raise KullbackError("mixture.weights", weights=count, components=len(self.components))
        if len({_sort(law) for law in self.components}) > 1 or not _meet(self.components):
            shown = ", ".join(type(law).__name__ for law in self.components)
            raise KullbackError("mixture.components", components=shown)
        if self._weights is not None:
            Probs(self._weights, check=False).verify("weights")

    def __repr__(self) -> str:
        ((form, x),) = self.parameters.items()
        kinds = {name: kind.__name__ for kind, name in _FORM_OF.items()}
        shown = f"{kinds[form]}({x!r})" if form in kinds else repr(x)
        return f"Mixture(components={self.components!r}, weights={shown})"

    @property
    def weights(self) -> Array:
        """The probabilities of the components, in every form."""
        if self._weights is not None:
            return self._weights
        given = self._log_weights if self._logits is None else self._logits
        wide = widen(given)
        xp = namespace(wide)
        return narrow(xp.exp(wide) if self._logits is None else softmax(xp, wide), given)

    @property
    def _log_shares(self) -> Array:
        """The logarithms of the weights; -inf for a component that is left out."""
        if self._logits is not None:
            return log_softmax(namespace(self._logits), self._logits)
        if self._log_weights is not None:
            return self._log_weights
        return safe_log(namespace(self._weights), self._weights)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw; () on the line."""
        return self.components[0].event_shape

    @property
    def support(self) -> Support:
        """The least interval that holds all components of positive weight."""
        xp = namespace(*self.arrays)
        lows, highs, logs = [], [], self._log_shares
        for k, law in enumerate(self.components):
            there, support = self._weight(k, logs) > -math.inf, law.support
            lows.append(xp.where(there, support.low, math.inf))
            highs.append(xp.where(there, support.high, -math.inf))
        low, high = reduce(xp.minimum, lows), reduce(xp.maximum, highs)
        return Support(low, high, self.components[0].support.discrete)

    @property
    def _whole(self) -> bool:
        return all(law._whole for law in self.components)

    def _holds(self, x: Array) -> Array:
        if self._whole or self.event_shape:
            return self.support.holds(x)
        return reduce(operator.or_, [law._holds(x) for law in self.components])

    def _guessed(self, x: np.ndarray) -> np.ndarray:
        return reduce(operator.or_, [law._guessed(x) for law in self._there()])

    def _listed(self) -> np.ndarray | None:
        lists = [law._listed() for law in self._there()] if not self.event_shape else [None]
        known = [x for x in lists if x is not None]
        if len(known) < len(lists):
            return None
        return np.unique(np.concatenate(known))

    def _weight(self, k: int, weights: Array) -> Array:
        """Return the weights of a component, beside what has the shape of its draws."""
        weight = weights[..., k]
        return weight[(..., *(None for _ in self.event_shape))]

    def _log_density(self, xp: Any, x: Array) -> Array:
        return self._log_density_from(xp, None, x)

    @property
    def _digits(self) -> bool:
        return any(law._digits for law in self.components)

    def _log_density_from(self, xp: Any, origin: Array | None, x: Array) -> Array:
        log_weights = self._log_shares
        terms = []
        for k, law in enumerate(self.components):
            log = log_density_anywhere(xp, law, x, origin)
            own = log_weights[..., k]
            terms.append(xp.where(own > -math.inf, log + own, -math.inf))
        top = reduce(xp.maximum, terms)
        possible = top > -math.inf
        finite = possible & (top < math.inf)
        peak = xp.where(finite, top, 0.0)
        terms = [xp.where(finite, term, 0.0) - peak for term in terms]
        total = reduce(operator.add, [xp.exp(term) for term in terms])
        return xp.where(finite, peak + xp.log(total), top)

    def _scipy(self) -> Any:
        return _Frozen([law._scipy() for law in self.components], self.weights, self.support)

    def _tails(self) -> Tails:
        here = self._there()
        low, high = self.support.low, self.support.high
        left = [law._tails()[0] for law in here if law.support.low == low]
        right = [law._tails()[1] for law in here if law.support.high == high]
        return (
            max(left, key=lambda tail: _heaviness(tail, far=math.isinf(low))),
            max(right, key=lambda tail: _heaviness(tail, far=math.isinf(high))),
        )

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        parts = [law._expectation(xp, statistic) for law in self.components]
        return None if any(part is None for part in parts) else self._average(xp, parts)

    def _average(self, xp: Any, parts: list[Any]) -> Array:
        """Return the weighted mean; what has weight 0 may be infinite."""
        every = self.weights
        weights = [self._weight(k, every) for k in range(len(parts))]
        terms = [w * xp.where(w > 0, x, 0.0) for w, x in zip(weights, parts, strict=True)]
        return reduce(operator.add, terms)

    def _landmarks(self) -> list[float]:
        return self._landmarks_from(0.0)

    def _landmarks_from(self, origin: float) -> list[float]:
        marks = []
        for law in self._there():
            marks += law._landmarks_from(origin)
            marks += [float(end) - origin for end in (law.support.low, law.support.high)]
        return sorted({x for x in marks if math.isfinite(x)})

    def _parts(self) -> list[AbstractFamily]:
        return [part for law in self._there() for part in law._parts()]

    def _there(self) -> list[AbstractFamily]:
        """Return the components of positive weight, of a single mixture of NumPy."""
        logs = self._log_shares
        return [law for k, law in enumerate(self.components) if logs[k] > -math.inf]

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, *event_shape)."""
        law = self.wide()
        xp = namespace(*law.arrays)
        return self.narrow(law._average(xp, [part.mean for part in law.components]))

    @property
    def variance(self) -> Array:
        """The variance, shape (*batch_shape, *event_shape)."""
        law = self.wide()
        xp = namespace(*law.arrays)
        means = [part.mean for part in law.components]
        mean = law._average(xp, means)
        within = [part.variance for part in law.components]
        spread = [v + (m - mean) ** 2 for v, m in zip(within, means, strict=True)]
        return self.narrow(law._average(xp, spread))

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        steps = np.cumsum(self.weights, axis=-1)[..., :-1]
        which = (chance.random(shape)[..., None] >= steps).sum(axis=-1)
        which = which[(..., *(None for _ in self.event_shape))]
        draws = np.zeros((*shape, *self.event_shape))
        for k, law in enumerate(self.components):
            draws = np.where(which == k, law._draw(chance, shape), draws)
        return draws


class _Frozen(AbstractFrozen):
    """Distribution function, quantiles and draws of a mixture."""

    def __init__(self, laws: list[Any], weights: np.ndarray, support: Support) -> None:
        self.laws, self.weights, self.discrete = laws, weights, support.discrete

    def cdf(self, x: Any) -> np.ndarray:
        return self._average([law.cdf(x) for law in self.laws])

    def sf(self, x: Any) -> np.ndarray:
        return self._average([law.sf(x) for law in self.laws])

    def _average(self, parts: list[np.ndarray]) -> np.ndarray:
        return reduce(operator.add, [self.weights[..., k] * x for k, x in enumerate(parts)])

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        ends = [(law.isf if upper else law.ppf)(u) for law in self.laws]
        there = [self.weights[..., k] > 0 for k in range(len(ends))]
        lows = [np.where(w, x, math.inf) for w, x in zip(there, ends, strict=True)]
        highs = [np.where(w, x, -math.inf) for w, x in zip(there, ends, strict=True)]
        return reduce(np.minimum, lows), reduce(np.maximum, highs)


def _sort(law: AbstractFamily) -> tuple[bool, tuple[int, ...]]:
    """Return what components must share: whether they are discrete, and the shape of a draw."""
    return bool(not law.event_shape and law.support.discrete), law.event_shape


def _meet(laws: Sequence[AbstractFamily]) -> bool:
    """Whether discrete components are all on the integers, or their outcomes all listed."""
    if laws[0].event_shape or not laws[0].support.discrete or all(law._whole for law in laws):
        return True
    return all(isinstance(law, Atoms) for law in laws)


def _heaviness(tail: Tail, *, far: bool) -> tuple[float, ...]:
    """Return a key that is larger for a density that falls more slowly."""
    if tail.kind == "none" or tail.c == 0.0:
        return 0.0, 0.0, 0.0, -tail.a if far else tail.a
    next_ = -math.inf if math.isnan(tail.b) else tail.b  # what is not known may be the slowest
    return -tail.rank, -abs(tail.k), -tail.c, -next_, -tail.a if far else tail.a
