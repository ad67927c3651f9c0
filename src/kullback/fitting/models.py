"""Models made of families: mixtures of one family, and families moved or cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily
from kullback.families.affine import Affine
from kullback.families.exponential import Exponential
from kullback.families.half_normal import HalfNormal
from kullback.families.mixture import Mixture
from kullback.families.parameters import PROBABILITY, REAL
from kullback.families.truncated import Truncated
from kullback.fitting.em import expect_and_maximise
from kullback.fitting.model import Knowledge, Model, Values, as_model, beginnings, maker
from kullback.fitting.observations import Observations

__all__ = ["mixture_of", "shifted", "truncated_to"]

# So many rows at a time stay near the processor.
_COLUMNS = 128


def mixture_of(family: Any, components: int, /, *, restarts: int = 10) -> Model:
    """A mixture of laws of one family, as something to fit.

    It is fitted by EM from several random beginnings, and the best is refined by Newton's
    iteration. The likelihood of a mixture may be unbounded where one component closes in on a
    single value, unless the family is one of whole numbers; such beginnings are left.

    Parameters
    ----------
    family : type or Model
        The family of all components.
    components : int
        How many. Of one it is the family, under the names below.
    restarts : int, default 10
        How many beginnings.

    Returns
    -------
    Model
        With the parameters ``weight[0]``, ... but the last weight, and those of each component,
        such as ``mean[0]``; components are in the order of their first parameter.

    Raises
    ------
    KullbackError
        If `components` is below 1, or if `restarts` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.families import Normal
    >>> from kullback.fitting import fit, mixture_of
    >>> chance = np.random.default_rng(0)
    >>> x = np.concatenate([chance.normal(-3, 1, 300), chance.normal(2, 0.5, 700)])
    >>> f = fit(mixture_of(Normal, 2), x, rng=0)
    >>> round(f.parameters["weight[0]"], 2), round(f.parameters["mean[1]"], 1)
    (0.3, 2.0)
    """
    if components < 1 or restarts < 1:
        raise KullbackError("fit.components", components=components, restarts=restarts)
    inner = as_model(family)
    weights = {f"weight[{i}]": PROBABILITY for i in range(components - 1)}
    parts = {f"{name}[{i}]": r for i in range(components) for name, r in inner.ranges.items()}

    def laws(values: Values) -> list[AbstractFamily]:
        return [
            inner.make(**{name: values[f"{name}[{i}]"] for name in inner.ranges})
            for i in range(components)
        ]

    def make(**values: Any) -> AbstractFamily:
        known = [values[name] for name in weights]
        every = np.stack(np.broadcast_arrays(*known, 1.0 - sum(known)), axis=-1)
        return maker(Mixture)(components=tuple(laws(values)), weights=every)

    def rows(values: Values, x: np.ndarray) -> np.ndarray:
        """Return log densities at parameters of shape (m, 1).

        Differences move one or two parameters, so each part is evaluated once for all points
        that have it alike.
        """
        known = [values[name] for name in weights]
        shares = np.broadcast_arrays(*known, 1.0 - sum(known))
        parts = []
        for i in range(components):
            own = np.broadcast_arrays(*(values[f"{name}[{i}]"] for name in inner.ranges))
            distinct, place = np.unique(np.hstack(own), axis=0, return_inverse=True)
            law = inner.make(**dict(zip(inner.ranges, distinct.T[..., None], strict=True)))
            parts.append((np.asarray(law.log_prob(x)), place.reshape(-1)))
        mixed = _mixed(shares, parts)
        if np.isfinite(mixed).all():
            return mixed
        return np.asarray(make(**values).log_prob(x))  # so far apart that some underflow

    def search(data: Observations, rng: np.random.Generator) -> list[Values]:
        found = expect_and_maximise(inner, data, components, restarts, rng)
        starts = []
        for shares, values in found:
            one = {f"weight[{i}]": float(shares[i]) for i in range(components - 1)}
            for i, part in enumerate(values):
                one |= {f"{name}[{i}]": x for name, x in part.items()}
            starts.append(one)
        return starts

    defaults = {
        f"{name}[{i}]": x for i in range(components) for name, x in inner.known.defaults.items()
    }
    low, high, discrete = inner.support
    note = "found" if discrete else "mixture"
    known = Knowledge(
        search=search,
        rows=rows if components > 1 else None,
        defaults=defaults,
        low=low,
        high=high,
        notes=(note,) if components > 1 else (),
    )
    name = f"mixture of {components} {inner.name}"
    return Model(name, {**weights, **parts}, make, known)


def _mixed(shares: Sequence[np.ndarray], parts: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the log of a sum of shares times densities: their logs, and where each point is."""
    top = np.max([logs.max(axis=0) for logs, _ in parts], axis=0)
    parts = [(np.exp(logs - top), place) for logs, place in parts]
    found = np.empty((len(shares[0]), len(top)))
    for i in range(0, len(top), _COLUMNS):
        cut = slice(i, i + _COLUMNS)
        densities = zip(shares, parts, strict=True)
        found[:, cut] = sum(share * part[place, cut] for share, (part, place) in densities)
    return top + np.log(found)


def shifted(family: Any, /) -> Model:
    """A family whose left end is moved by a further parameter, ``location``.

    The likelihood of most such laws is unbounded: it has no maximum where the density may be
    infinite at its left end, as that of a `Gamma` with shape below 1. What is returned is the
    highest inner maximum, if there is one; it is the one that is near the truth.

    Parameters
    ----------
    family : type or Model
        A family on the positive numbers.

    Returns
    -------
    Model
        With the parameter ``location`` beside those of the family.

    Raises
    ------
    KullbackError
        If the family has a location already.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.families import Gamma
    >>> from kullback.fitting import fit, shifted
    >>> x = 10 + np.random.default_rng(0).gamma(5.0, 1.0, 2000)
    >>> abs(fit(shifted(Gamma), x).parameters["location"] - 10) < 0.5
    True
    """
    inner = as_model(family)
    if "location" in inner.ranges:
        raise KullbackError("fit.has_location", family=inner.name)

    def make(*, location: Any, **values: Any) -> AbstractFamily:
        return maker(Affine)(law=inner.make(**values), location=location, scale=np.float64(1.0))

    def starts(data: Observations) -> list[Values]:
        found = []
        for distance in (0.05, 0.2, 1.0, 4.0):
            location = data.low - distance * data.spread
            moved = Observations(data.x - location, data.weights)
            found += [{"location": location, **one} for one in beginnings(inner, moved)[:1]]
        return found

    def reaches(values: Values, data: Observations, *, peaked: bool) -> bool:
        return not peaked and data.low - float(values["location"]) < 1e-2 * data.spread

    # Where the density is highest at its end, and finite, the end is at the least value.
    jumps = family in (Exponential, HalfNormal)
    known = Knowledge(
        starts=starts,
        low=-math.inf,
        high=math.inf,
        edges={"location": "low"} if jumps else {},
        reaches=None if jumps else reaches,
        notes=() if jumps else ("shifted",),
    )
    return Model(f"shifted {inner.name}", {"location": REAL, **inner.ranges}, make, known)


def truncated_to(family: Any, /, *, low: float = -math.inf, high: float = math.inf) -> Model:
    """A family that is only seen between two bounds, which are known.

    Parameters
    ----------
    family : type or Model
        What is cut off.
    low, high : float
        The bounds.

    Returns
    -------
    Model
        With the parameters of the family.

    Raises
    ------
    KullbackError
        If `low` is not below `high`.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.families import Normal
    >>> from kullback.fitting import fit, truncated_to
    >>> x = np.random.default_rng(0).normal(1.0, 1.0, 1000)
    >>> abs(fit(truncated_to(Normal, low=0.0), x[x > 0]).parameters["mean"] - 1) < 0.5
    True
    """
    inner = as_model(family)
    if not low < high:
        raise KullbackError("fit.bounds", low=low, high=high)
    bounds = {"low": np.float64(low), "high": np.float64(high)}

    def make(**values: Any) -> AbstractFamily:
        return maker(Truncated)(law=inner.make(**values), **bounds)

    def starts(data: Observations) -> list[Values]:
        return beginnings(inner, data)

    known = Knowledge(
        starts=starts,
        defaults=inner.known.defaults,
        low=max(low, inner.support[0]),
        high=min(high, inner.support[1]),
    )
    return Model(f"truncated {inner.name}", inner.ranges, make, known)
