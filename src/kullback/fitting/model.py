"""What can be fitted: the parameters, where they may be, and the law they make.

A family becomes a model by itself. What is known of it, such as a closed form of its maximum or
points to begin from, is registered by `maximum` and `starts`.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np

from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, public_name
from kullback.families.parameters import Range
from kullback.fitting.observations import Observations

__all__ = [
    "KNOWN",
    "Knowledge",
    "Model",
    "as_model",
    "axes_of",
    "beginnings",
    "maker",
    "maximum",
    "starts",
]

Values = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What is known of a family beyond its density.

    Attributes
    ----------
    maximum : callable, optional
        Makes the parameters of greatest likelihood from observations.
    starts : callable, optional
        Makes parameters to begin from.
    defaults : dict
        Parameters that are fixed unless they are freed.
    required : tuple of str
        Parameters that no data can tell: they must be fixed.
    edges : dict of str to {"low", "high"}
        Parameters that are fitted by the least or the largest value, where the likelihood has a
        jump, so that its curvature tells no error.
    kinks : bool
        Whether the likelihood has a kink at its maximum, so that its expected curvature is taken.
    low, high : float, optional
        Where data may be, if the support depends on the parameters.
    search : callable, optional
        Makes parameters to begin from with the help of chance.
    covariance : callable, optional
        Makes the covariance of the numbers, of the parameters and the count of observations.
    information : callable, optional
        Makes the Fisher information of one draw, of the parameters, in their order.
    units : callable, optional
        Makes units, of data, for parameters that may be any number.
    rows : callable, optional
        Makes the log density of each row at many parameters faster than their laws do.
    reaches : callable, optional
        Tells of parameters and data whether an end of the law is pulled to the data, where the
        likelihood is unbounded; `peaked` says that it has an inner maximum.
    notes : tuple of str
        What a reader of any fit must know.
    """

    maximum: Callable[..., Values] | None = None
    starts: Callable[[Observations], list[Values]] | None = None
    defaults: Values = field(default_factory=dict)
    required: tuple[str, ...] = ()
    edges: dict[str, str] = field(default_factory=dict)
    kinks: bool = False
    low: float | None = None
    high: float | None = None
    search: Callable[[Observations, np.random.Generator], list[Values]] | None = None
    covariance: Callable[[Values, float], np.ndarray] | None = None
    information: Callable[[Values], np.ndarray] | None = None
    units: Callable[[Observations], dict[str, float]] | None = None
    rows: Callable[[Values, np.ndarray], np.ndarray] | None = None
    reaches: Callable[..., bool] | None = None
    notes: tuple[str, ...] = ()


KNOWN: dict[type, Knowledge] = {}
_NOTHING = Knowledge()


def maximum(family: type, **known: Any) -> Callable[[Callable], Callable]:
    """Register the closed form, or the Newton iteration, of a family's maximum likelihood."""

    def register(function: Callable[[Observations], Values]) -> Callable:
        KNOWN[family] = replace(KNOWN.get(family, _NOTHING), maximum=function, **known)
        return function

    return register


def starts(family: type, **known: Any) -> Callable[[Callable], Callable]:
    """Register where to begin to look for a family's maximum."""

    def register(function: Callable[[Observations], list[Values]]) -> Callable:
        KNOWN[family] = replace(KNOWN.get(family, _NOTHING), starts=function, **known)
        return function

    return register


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A law that depends on named numbers.

    Attributes
    ----------
    name : str
        What it is called.
    ranges : dict of str to Range
        The numbers, and where each may be.
    make : callable
        Makes the law of arrays of them that broadcast, as keywords, without a check.
    known : Knowledge
        What is known beyond its density.
    axes : int
        How many axes one draw has.
    pack, unpack : callable
        Make the parameters a reader sees of the numbers, and back: arrays, for several variables.
    """

    name: str
    ranges: Mapping[str, Range]
    make: Callable[..., AbstractFamily]
    known: Knowledge = field(default_factory=Knowledge)
    axes: int = 0
    pack: Callable[[Values], Values] = dict
    unpack: Callable[[Values], Values] = dict

    def __repr__(self) -> str:
        return f"<Model {self.name}: {', '.join(self.ranges)}>"

    @functools.cached_property
    def support(self) -> tuple[float, float, bool]:
        """Where data may be, and whether only at integers, if nothing is fixed."""
        return self.support_given({})

    def support_given(self, given: Mapping[str, float]) -> tuple[float, float, bool]:
        """Return the same if some parameters are known."""
        known = self.known
        if self.axes:
            return -math.inf, math.inf, False
        values = {name: np.float64(_some(kind)) for name, kind in self.ranges.items()}
        values |= {name: np.float64(x) for name, x in {**known.defaults, **given}.items()}
        support = self.make(**values).support
        ends = {known.edges[name] for name in given if name in known.edges}
        low = known.low if known.low is not None and "low" not in ends else float(support.low)
        high = known.high if known.high is not None and "high" not in ends else float(support.high)
        return low, high, bool(support.discrete)

    def check(self, data: Observations, given: Mapping[str, float]) -> None:
        """Refuse rows that no law of the model can produce."""
        low, high, discrete = self.support_given(given) if given else self.support
        if self.axes:
            return
        seen = data.censored
        bottom = data.low if seen is None else float(seen.low.min())
        top = data.high if seen is None else float(seen.low.max())
        ends = (data.x,) if seen is None else (seen.low, _closed(seen.high, seen.low))
        if seen is not None:
            top = max(top, float(ends[-1].max()))
        if not (bottom >= low and top <= high and math.isfinite(bottom) and math.isfinite(top)):
            for x in ends:
                if (bad := ~np.asarray((x >= low) & (x <= high) & np.isfinite(x))).any():
                    row, value = data.row(bad), float(x[np.argmax(bad)])
                    raise KullbackError(
                        "fit.outside_whole" if discrete else "fit.outside",
                        family=self.name,
                        row=row,
                        value=value,
                        low=f"{low:g}",
                        high=f"{high:g}",
                    )
        for x in ends if discrete and not data.nodes else ():
            if (bad := np.asarray(x != np.floor(x))).any():
                row, value = data.row(bad), float(x[np.argmax(bad)])
                raise KullbackError("fit.not_whole", family=self.name, row=row, value=value)


def as_model(family: Any, data: Observations | None = None) -> Model:
    """Return the model of a family; of several variables, for vectors as long as the data's."""
    if isinstance(family, Model):
        return family
    model = _model(family) if isinstance(family, type) else None
    if model is not None:
        return model
    if axes_of(family):
        from kullback.fitting.maxima.multivariate import multivariate_model

        return multivariate_model(family, data)
    raise _no_family(family)


def _no_family(got: Any) -> KullbackError:
    """Return the error for what is neither a family nor a model."""
    from kullback import families

    if isinstance(got, AbstractFamily):
        return KullbackError("fit.law", family=type(got).__name__)
    # Classes of other libraries have names, and so have SciPy's laws.
    called = str(getattr(got, "__name__", getattr(got, "name", got)))
    plain = re.sub("[^a-z]", "", called.lower())
    ours = (name for name in families.__all__ if _is_family(getattr(families, name)))
    near = next((name for name in ours if name.lower() == plain), None)
    if near is not None and isinstance(got, str):
        return KullbackError("fit.name", got=got, family=near)
    if near is not None:
        where = getattr(got, "__module__", type(got).__module__)
        return KullbackError("fit.foreign", got=f"{where}.{called}", family=near)
    return KullbackError("fit.family", got=getattr(got, "__name__", repr(got)))


def beginnings(model: Model, data: Observations, **required: float) -> list[Values]:
    """Return parameters to begin from: the maximum without what else is fixed, or by moments."""
    known, found = model.known, []
    if known.maximum is not None:
        with suppress(KullbackError):
            found.append(model.unpack(known.maximum(data, **required)))
    return found + (known.starts(data) if known.starts is not None else [])


def axes_of(family: Any) -> int:
    """Return how many axes one draw of a family has."""
    if isinstance(family, Model):
        return family.axes
    if not isinstance(family, type):
        raise _no_family(family)
    return 0 if _model(family) else int(_is_family(family))


def _is_family(family: type) -> bool:
    return (
        issubclass(family, AbstractFamily)
        and is_dataclass(family)
        and all("range" in f.metadata for f in _fields(family))
    )


def _fields(family: Any) -> tuple[Field, ...]:
    return fields(family)


def _model(family: type) -> Model | None:
    """Return the model of a family of one variable, with what is known of it by now."""
    import kullback.fitting.maxima  # noqa: F401 (it registers what it knows)

    return _model_with(family, KNOWN.get(family, _NOTHING))


@functools.cache
def _model_with(family: type, known: Knowledge) -> Model | None:
    if not _is_family(family) or any(f.metadata["axes"] for f in _fields(family)):
        return None
    ranges = {name: kind for name, (kind, _) in family._declared.items()}
    if family._forms:
        ranges = {name: ranges[name] for name in family._forms[0]}
    return Model(family.__name__, ranges, maker(family), known)


def maker(family: type) -> Callable[..., AbstractFamily]:
    """Return what makes a law of a family without checking its parameters."""
    places = {public_name(f): f.name for f in _fields(family)}
    empty = [f.name for f in _fields(family) if f.metadata.get("optional")]

    def make(**values: Any) -> AbstractFamily:
        law = object.__new__(family)
        for place in empty:
            object.__setattr__(law, place, None)
        for name, x in values.items():
            object.__setattr__(law, places[name], x)
        return law

    return make


def _closed(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Return upper ends; of rows that are only known to be above one, that end."""
    return np.where(np.isposinf(high), low, high)


def _some(kind: Range) -> float:
    """Return a number in a range."""
    if kind.whole:
        return kind.low + 1.0
    return float(kind.from_line(np.float64(0.0)))
