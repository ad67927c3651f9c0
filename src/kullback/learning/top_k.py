"""The likeliest outcomes of a distribution, and what is left for all others together."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, final

from kullback._array import (
    Array,
    as_float_array,
    as_index,
    detached,
    device_of,
    epsilon,
    first_failure,
    holds_integers,
    is_traced,
    like,
    namespace,
    put,
    take,
    to_array,
    widen,
)
from kullback._kernels.powers import log_sum_exp
from kullback.errors import KullbackError
from kullback.kinds import Probs
from kullback.learning._rows import Rows

__all__ = ["TopK"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class TopK:
    """The k likeliest outcomes of each row, as a teacher's answers are stored; the rest is a tail.

    A divergence from it is taken between the k outcomes and the tail as one more. By the data
    processing inequality that is at most the divergence over all outcomes, and equal to it where
    student and teacher spread the tail alike.

    It is made where it is used: loaders and `jit` pass on its arrays.

    Parameters
    ----------
    indices : integer array, shape (..., k)
        The outcomes, from 0, each at most once per row; in any order.
    probs : array, shape (..., k)
        Their probabilities, in the type they were rounded to, by which their sum is judged.
    tail : array, shape (...), optional
        The probability of all other outcomes together. By default what is left of 1, and 0 where
        that is no more than rounding, or less than nothing; a small tail is better given, because
        the difference has lost its digits.

    Raises
    ------
    KullbackError
        If the indices are no integers, or if shapes do not fit. What the rows hold is checked
        where they are used, because rows that do not count may hold anything.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import TopK, distillation_loss
    >>> teacher = TopK([[3, 0]], [[0.75, 0.125]])
    >>> distillation_loss(np.log([[0.25, 0.25, 0.25, 0.25]]), teacher).round(4).tolist()
    [0.564]
    """

    indices: Array
    probs: Array
    _: KW_ONLY
    tail: Array | None = None

    def __post_init__(self) -> None:
        indices = to_array(self.indices, "indices")
        if not holds_integers(indices):
            raise KullbackError("labels.not_integers", name="indices", dtype=str(indices.dtype))
        probs = like(as_float_array(self.probs, "probs"), indices)
        shape = tuple(indices.shape)
        if tuple(probs.shape) != shape or not shape:
            raise KullbackError("learning.top_k_shape", indices=shape, probs=tuple(probs.shape))
        object.__setattr__(self, "indices", indices)
        object.__setattr__(self, "probs", probs)
        if self.tail is None:
            return
        tail = like(as_float_array(self.tail, "tail"), indices)
        if tuple(tail.shape) != shape[:-1]:
            raise KullbackError(
                "learning.shape", name="tail", got=tuple(tail.shape), want=shape[:-1]
            )
        object.__setattr__(self, "tail", tail)

    def parts(self) -> tuple[Array, ...]:
        """Return the arrays it is made of."""
        return (self.indices, self.probs, *(() if self.tail is None else (self.tail,)))

    @classmethod
    def made_of(cls, indices: Array, probs: Array, tail: Array | None = None) -> TopK:
        """Return it from its arrays."""
        return cls(indices, probs, tail=tail)

    def constant(self) -> TopK:
        """Return it without its gradient."""
        return TopK.made_of(*(detached(x) for x in self.parts()))

    def within(
        self,
        rows: Rows,
        other: Array,
        shape: tuple[int, ...],
        num_outcomes: int,
        *,
        check: bool = True,
    ) -> TopK:
        """Return it beside another array's rows, harmless where none counts; refuse wrong ones."""
        if tuple(self.indices.shape[:-1]) != tuple(shape):
            got = tuple(self.indices.shape[:-1])
            raise KullbackError("learning.top_k_rows", got=got, want=tuple(shape))
        indices, probs, *tail = (like(x, other) for x in self.parts())
        indices = as_index(indices)
        xp, k = namespace(other), indices.shape[-1]
        if rows.counted is not None:
            first = xp.arange(k, dtype=indices.dtype, device=device_of(indices))
            indices = xp.where(rows.counted[..., None], indices, first)
            probs = rows.hide(probs, 1.0 / k)
            tail = [rows.hide(x) for x in tail]
        if check and not is_traced(indices):
            _check_indices(xp, indices, num_outcomes)
        made = TopK.made_of(indices, probs, *tail)
        if check and not is_traced(probs):  # in the type given, by which the sum is judged
            whole = xp.astype(made.table(num_outcomes), probs.dtype)
            Probs(whole, check=False).verify("teacher")
        return made

    def gathered(self, scores: Array) -> Array:
        """Return wide logits or log-probabilities of the k outcomes, and of the tail."""
        xp, own = namespace(scores), take(scores, self.indices)
        if self.indices.shape[-1] == scores.shape[-1]:
            return own
        rest = log_sum_exp(xp, put(scores, self.indices, -xp.inf))
        return xp.concat([own, rest[..., None]], axis=-1)

    def table(self, num_outcomes: int) -> Array:
        """Return wide probabilities, with the tail last where there can be one."""
        probs = widen(self.probs)
        if probs.shape[-1] == num_outcomes:
            return probs
        xp = namespace(probs)
        if self.tail is None:
            tail = 1.0 - xp.sum(probs, axis=-1)
            tail = xp.where(tail > _rounding(self.probs), tail, 0.0)
        else:
            tail = widen(self.tail)
        return xp.concat([probs, tail[..., None]], axis=-1)


def _rounding(probs: Array) -> float:
    """Return by how much a sum of 1 may have become less.

    A softmax in float32 or float64 is off by some of its own steps; half precision stores one that
    was rounded once.
    """
    step = epsilon(probs)
    return step if step > 1e-6 else 4.0 * step


def _check_indices(xp: Any, indices: Array, num_outcomes: int) -> None:
    if failure := first_failure((indices >= 0) & (indices < num_outcomes), indices):
        place, value = failure
        raise KullbackError(
            "labels.range", name="indices", place=place, value=value, last=num_outcomes - 1
        )
    ordered = xp.sort(indices, axis=-1)
    if failure := first_failure(ordered[..., 1:] != ordered[..., :-1], ordered[..., 1:]):
        place, value = failure
        row = place.rpartition(", ")[0]
        name = f"indices[{row}]" if row else "indices"
        raise KullbackError("learning.top_k_twice", name=name, value=value)
