"""Distillation from hidden states, without ever holding the logits of all rows."""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array, as_float_array, detached, first_failure, like, namespace, narrow
from kullback.errors import KullbackError
from kullback.learning._chunks import of_counted, rows_at_once
from kullback.learning._divergences import Divergence, Objective
from kullback.learning._heads import head_of, logits, widened
from kullback.learning._rows import Reduction, Rows
from kullback.learning._trained import some_possible, sound
from kullback.learning.top_k import TopK

__all__ = ["linear_distillation"]


def linear_distillation(
    student: Any,
    head: Any,
    teacher: Any,
    teacher_head: Any = None,
    /,
    *,
    bias: Any = None,
    teacher_bias: Any = None,
    divergence: Divergence = "forward",
    skew: float | None = None,
    beta: float | None = None,
    order: float | None = None,
    temperature: float = 1.0,
    temperature_squared: bool = False,
    teacher_gradient: bool = False,
    chunk_rows: int | None = None,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> Array:
    r"""Distillation loss of two linear heads, from their inputs, a few rows at a time.

    It is `distillation_loss` of the logits

    .. math:: z_s = W x_s + c, \qquad z_t = W_t x_t + c_t

    which are made for a piece of the rows, used, forgotten, and made again for the gradient: with
    K outcomes many times as many as dimensions, memory is that of the weights and their gradient.
    Rows that do not count are left out first, unless inside `jit`, `vmap` or `torch.compile`.

    Parameters
    ----------
    student : array, shape (..., D)
        Hidden states x_s. NaN gives NaN.
    head : array, shape (K, D)
        The weights W of the student's linear layer, one row per class.
    teacher : array, shape (..., D_t), or TopK
        Hidden states x_t; or the k likeliest outcomes of each row, and then no head.
    teacher_head : array, shape (K, D_t)
        The teacher's head W_t.
    bias, teacher_bias : array, shape (K,), optional
        c and c_t.
    divergence, skew, beta, order, temperature, temperature_squared :
        As for `distillation_loss`.
    teacher_gradient : bool, default False
        Whether the teacher's states and head get a gradient. By default they are constants.
    chunk_rows : int, optional
        How many rows to take at a time; by default so many that their logits are about a million.
    mask : boolean array, shape (...), optional
        True for rows that count.
    weights : array, shape (...), optional
        Weights of rows, at least 0. A row of weight 0 does not count.
    reduction : {"none", "mean", "sum"}, default "none"
        A divergence per row, times its weight; their weighted mean; or their sum.
    check : bool, default True
        False trusts the teacher, masks and weights, and that no row is masked as a whole.

    Returns
    -------
    array
        In nats. The matrix products are taken in float32 of half precision, and else in the
        precision of the inputs; everything after them in float64 where there is such a type. NaN
        in rows for which the teacher's product is too large for that.

    Raises
    ------
    KullbackError
        As for `distillation_loss`, or if the teacher's states or head are not finite, but for a
        bias of -inf, which masks an outcome; or if a head does not fit its inputs.

    References
    ----------
    Hinton, Vinyals and Dean (2015), *Distilling the knowledge in a neural network*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import linear_distillation
    >>> head = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> linear_distillation([[1.0, 2.0]], head, [[2.0, 2.0]], head).round(4).tolist()
    [0.1173]
    """
    objective = Objective.of(
        divergence,
        skew=skew,
        beta=beta,
        order=order,
        temperature=temperature,
        temperature_squared=temperature_squared,
    )
    x = as_float_array(student, "student")
    lead = x.shape[:-1]
    rows = Rows.of(x, lead, mask=mask, weights=weights, check=check)
    own = head_of(x, x, head, bias, ("head", "bias"))
    if check and bias is not None:
        some_possible(own[1], "bias")
    if isinstance(teacher, TopK):
        if teacher_head is not None or teacher_bias is not None:
            raise KullbackError("learning.top_k_head")
        top = teacher.within(rows, x, lead, own[0].shape[0], check=check)
        given, other, types = top.parts(), (), (top.probs,)
    else:
        states = like(as_float_array(teacher, "teacher"), x)
        if states.shape[:-1] != lead:
            got, want = tuple(states.shape), (*lead, "D")
            raise KullbackError("learning.teacher", got=got, want=want)
        names = ("teacher_head", "teacher_bias")
        other = head_of(x, states, teacher_head, teacher_bias, names, own[0].shape[0])
        given = (rows.hide(states),)
        types = (*given, *other)
        if check:
            _check_teacher(*given, *other)
    if not teacher_gradient:
        given, other = (tuple(map(detached, arrays)) for arrays in (given, other))

    states, *wide = widened(rows.hide(x), *own)
    if other:
        told, *other = widened(*given, *other)
        given, other = (told,), tuple(other)

    def of_rows(states: Array, *arrays: Array) -> Array:
        given, heads = arrays[: -len(own + other)], arrays[-len(own + other) :]
        mine, their = heads[: len(own)], heads[len(own) :]
        target = _known(logits(*given, *their)) if their else TopK.made_of(*given)
        return objective.per_row(logits(states, *mine), target, check=False)

    size = rows_at_once(chunk_rows, own[0].shape[0])
    values = of_counted(of_rows, rows, (states, *given), (*wide, *other), size)
    return narrow(rows.reduce(values, reduction), x, *own, *types)


def _known(z: Array) -> Array:
    """Return logits that a product was too large for as NaN: nobody knows how large they are."""
    return namespace(z).where(z == math.inf, math.nan, z)


def _check_teacher(states: Array, weight: Array, bias: Array | None = None) -> None:
    """Refuse what makes logits that are none; a bias may be -inf."""
    for name, x in (("teacher", states), ("teacher_head", weight)):
        if failure := first_failure(abs(x) < math.inf, x):
            raise KullbackError("learning.finite", name=name, place=failure[0], value=failure[1])
    if bias is not None:
        sound(bias, "teacher_bias")
