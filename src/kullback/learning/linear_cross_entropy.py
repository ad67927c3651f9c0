"""Cross-entropy of a linear head, without ever holding the logits of all rows."""

from __future__ import annotations

from typing import Any, Literal, overload

from kullback._array import (
    Array,
    as_float_array,
    has_gradient,
    is_traced,
    namespace,
    narrow,
    widen,
)
from kullback.learning import _linear_torch
from kullback.learning._chunks import of_counted, rows_at_once
from kullback.learning._heads import head_of, logits
from kullback.learning._rows import Reduction, Rows, ratio
from kullback.learning._softmax import Options, PerRow, per_row
from kullback.learning._targets import Targets
from kullback.learning.losses import SoftmaxCrossEntropy, answer, some_allowed

__all__ = ["linear_cross_entropy"]


@overload
def linear_cross_entropy(
    x: Any,
    weight: Any,
    targets: Any,
    /,
    *,
    bias: Any = None,
    class_weights: Any = None,
    weights: Any = None,
    mask: Any = None,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: Reduction = "none",
    return_parts: Literal[False] = False,
    chunk_rows: int | None = None,
    check: bool = True,
) -> Array: ...
@overload
def linear_cross_entropy(
    x: Any,
    weight: Any,
    targets: Any,
    /,
    *,
    bias: Any = None,
    class_weights: Any = None,
    weights: Any = None,
    mask: Any = None,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: Reduction = "none",
    return_parts: Literal[True],
    chunk_rows: int | None = None,
    check: bool = True,
) -> SoftmaxCrossEntropy: ...
def linear_cross_entropy(
    x: Any,
    weight: Any,
    targets: Any,
    /,
    *,
    bias: Any = None,
    class_weights: Any = None,
    weights: Any = None,
    mask: Any = None,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: Reduction = "none",
    return_parts: bool = False,
    chunk_rows: int | None = None,
    check: bool = True,
) -> Array | SoftmaxCrossEntropy:
    r"""Cross-entropy of a softmax over a linear head, some rows at a time.

    It is `softmax_cross_entropy` of the logits

    .. math:: z = W x + c

    which are made for a chunk of the rows, used and forgotten, so that memory is that of the
    weights and their gradient. Rows that do not count are left out first, unless inside `jit`,
    `vmap` or `torch.compile`. On PyTorch "mean" and "sum" take the three matrix products that are
    needed, because the gradient is found with the loss; "none" and `return_parts` take a fourth.

    Parameters
    ----------
    x : array, shape (..., D)
        What goes into the head.
    weight : array, shape (K, D)
        The head W.
    targets : array, shape (...) of integers or shape (..., K), or TopK
        As for `softmax_cross_entropy`, like all options that are not named here.
    bias : array, shape (K,), optional
        c; -inf masks a class.
    class_weights, weights, mask, ignore_index, label_smoothing, soft_cap, z_loss :
        What counts, and how much.
    reduction : {"none", "mean", "sum"}, default "none"
        A loss per row, their mean over what counts, or their sum.
    return_parts : bool, default False
        Return log-sum-exp, entropy and accuracy too.
    chunk_rows : int, optional
        How many rows to take at a time; by default so many that the logits take some 100 MB, or
        256 where there are more than 49 000 classes.
    check : bool, default True
        False trusts labels, targets and masks, which on an accelerator spares a wait.

    Returns
    -------
    array or SoftmaxCrossEntropy
        In nats; float32 for float16 and bfloat16, of which logits are summed wide.

    Raises
    ------
    KullbackError
        As for `softmax_cross_entropy`; if the head does not fit; or, on PyTorch, if a second
        derivative is asked for, except inside transforms of `torch.func`.

    References
    ----------
    Wijmans et al. (2024), *Cut your losses in large-vocabulary language models*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import linear_cross_entropy
    >>> head = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> linear_cross_entropy([[1.0, 2.0], [0.0, 1.0]], head, [2, -100]).round(4).tolist()
    [0.4076, 0.0]
    """
    x = as_float_array(x, "x")
    weight, *shift = head_of(x, x, weight, bias, ("weight", "bias"))
    x, weight = _of_one_type(x, weight)
    head, shape = (weight, *shift), (*x.shape[:-1], weight.shape[0])
    read = Targets.of(targets, x, shape, -1, ignore_index)
    rows = Rows.of(x, shape[:-1], mask=mask, weights=weights, ignored=read.ignored)
    read = read.within(rows, x, shape, check=check)
    options = Options.of(
        read,
        x,
        shape[-1],
        class_weights=class_weights,
        label_smoothing=label_smoothing,
        soft_cap=soft_cap,
        z_loss=z_loss,
    )
    size = rows_at_once(chunk_rows, shape[-1])
    watched = check and not is_traced(x, weight)
    if not _linear_torch.takes(x, head, read, options, rows.counted):
        found = _by_chunks(x, head, read, options, rows, size, entropy=return_parts)
    elif reduction not in ("mean", "sum") or return_parts or _learned(rows):
        found = _linear_torch.per_row(
            x, head, read, options, rows, chunk_rows, entropy=return_parts
        )
    else:
        loss, whole, scores = _linear_torch.total(x, head, read, options, rows, chunk_rows)
        if watched:
            some_allowed(scores)
        return narrow(loss if reduction == "sum" else ratio(loss, whole), x)
    if watched:
        some_allowed(rows.hide(found.log_sum_exp))
    return answer(found, rows, reduction, x, return_parts=return_parts)


def _of_one_type(x: Array, weight: Array) -> tuple[Array, Array]:
    xp = namespace(x, weight)
    dtype = xp.result_type(x, weight)
    return tuple(a if a.dtype == dtype else xp.astype(a, dtype) for a in (x, weight))


def _learned(rows: Rows) -> bool:
    """Whether the weights of rows have a gradient themselves."""
    return rows.weight is not None and has_gradient(rows.weight)


def _by_chunks(
    x: Array,
    head: tuple[Array, ...],
    targets: Targets,
    options: Options,
    rows: Rows,
    size: int,
    *,
    entropy: bool,
) -> PerRow:
    """Return what is told of each row, by what every library computes."""
    xp, parts = namespace(x), targets.parts

    def of_rows(states: Array, *arrays: Array) -> Array:
        given, (matrix, *shift) = iter(arrays[: len(parts)]), arrays[len(parts) :]
        z = widen(logits(_single(xp, states), _single(xp, matrix), *shift))
        found = per_row(xp, z, targets.each(lambda _: next(given)), options)
        asked = [found.loss, found.log_sum_exp]
        asked += [] if found.mass is None else [found.mass]
        asked += [found.entropy, xp.astype(found.correct, z.dtype)] if entropy else []
        return xp.stack(asked, axis=-1)

    told = of_counted(of_rows, rows, (rows.hide(x), *parts), head, size)
    columns: list[Array] = [told[..., i] for i in range(told.shape[-1])]
    spread, correct = columns[-2:] if entropy else (None, None)
    mass = columns[2] if len(columns) in (3, 5) else None
    return PerRow(columns[0], columns[1], spread, correct, mass)


def _single(xp: Any, x: Array) -> Array:
    """Return half precision as float32, in which products keep their digits."""
    return xp.astype(x, xp.float32) if x.dtype not in (xp.float32, xp.float64) else x
