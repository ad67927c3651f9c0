"""Logits of a model that is being trained, which may hold what training has gone wrong by."""

from __future__ import annotations

import math

from kullback._array import Array, first_failure, namespace
from kullback.errors import KullbackError
from kullback.kinds import Logits
from kullback.learning._axes import as_given

__all__ = ["one_certain", "refuse_all_masked", "some_possible", "sound", "trained"]


def trained(z: Array) -> Logits:
    """Return logits on the last axis, unchecked: NaN stays NaN, and +inf takes all probability."""
    return Logits(one_certain(z), check=False)


def one_certain(z: Array) -> Array:
    """Return the limit of logits of which some are infinite: they share all probability."""
    xp = namespace(z)
    limit = xp.where(z == math.inf, xp.zeros_like(z), -math.inf)
    return xp.where(xp.max(z, axis=-1, keepdims=True) == math.inf, limit, z)


def sound(z: Array, name: str, axis: int = -1) -> None:
    """Refuse logits that are to be constants and hold NaN, +inf or nothing that is possible.

    Places are told as they are where the outcomes, which are last here, are on this axis.
    """
    given = as_given(z, axis)
    if failure := first_failure(given < math.inf, given):
        raise KullbackError("learning.finite", name=name, place=failure[0], value=failure[1])
    some_possible(z, name, axis)


def some_possible(z: Array, name: str, axis: int = -1) -> None:
    """Refuse logits that hold all outcomes impossible; likewise."""
    refuse_all_masked(namespace(z).max(z, axis=-1), name, axis)


def refuse_all_masked(top: Array, name: str, axis: int = -1) -> None:
    """Refuse rows whose largest logit, or log-sum-exp, is -inf.

    NaN passes: it is seen in the loss, as training loops that look for it expect.
    """
    if failure := first_failure(top != -math.inf, top):
        place = failure[0].split(", ") if failure[0] else []
        if axis not in (-1, top.ndim):
            place.insert(axis % (top.ndim + 1), ":")
        row = f"[{', '.join(place)}]" if place else ""
        raise KullbackError("logits.all_masked", name=f"{name}{row}")
