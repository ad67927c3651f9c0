"""The one door through which operands of verbs come."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from kullback._array import is_array
from kullback.errors import KullbackError
from kullback.kinds.columns import is_table
from kullback.kinds.samples import Samples
from kullback.kinds.tables import AbstractDistribution, Probs

__all__ = ["as_distribution", "as_joint", "convert_with", "is_distribution"]

Converter = Callable[[Any], AbstractDistribution]

_ELSEWHERE: dict[str, Converter] = {}


def convert_with(module: str, convert: Converter) -> None:
    """Let a function convert the objects whose class, or a base of it, is of another library."""
    _ELSEWHERE[module] = convert
    _converter.cache_clear()


@cache
def _converter(kind: type) -> Converter | None:
    """Return what converts the objects of a class: it is known by the name of its module."""
    modules = [base.__module__ for base in kind.__mro__]
    return next(
        (f for name, f in _ELSEWHERE.items() if any(m.startswith(name) for m in modules)), None
    )


def as_distribution(x: Any, *, axis: int = -1, check: bool = True) -> AbstractDistribution:
    """Return what a verb should take x for: a kind as it is, a bare array as probabilities.

    Parameters
    ----------
    x : distribution or array
        Any kind, an array or list of probabilities, or a distribution of ``scipy.stats``,
        ``torch.distributions`` or ``numpyro.distributions``.
    axis : int, default -1
        Where the outcomes of a bare array are.
    check : bool, default True
        As for `Probs`.

    Raises
    ------
    KullbackError
        If x is neither a kind nor an array of probabilities.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.as_distribution([0.5, 0.5])
    Probs(p=array([0.5, 0.5]))
    """
    if isinstance(x, AbstractDistribution):
        return x
    if isinstance(x, type):
        raise KullbackError("operand.class", name="p", got=x.__name__)
    convert = None if is_array(x) else _converter(type(x))
    return Probs(x, axis=axis, check=check) if convert is None else convert(x)


def is_distribution(x: Any) -> bool:
    """Whether x is a kind, or a distribution of another library."""
    return isinstance(x, AbstractDistribution) or (
        not is_array(x) and _converter(type(x)) is not None
    )


def as_joint(x: Any, **_: Any) -> AbstractDistribution:
    """Return what a measure of several variables should take x for: columns as samples.

    Raises
    ------
    KullbackError
        If x is a bare array, whose axes have no names.
    """
    if isinstance(x, AbstractDistribution):
        return x
    if is_table(x):
        return Samples(x)
    raise KullbackError("joint.bare", kind=type(x).__name__)
