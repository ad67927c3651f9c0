"""Cross-entropy of a linear head, without ever holding the logits of all rows."""

from __future__ import annotations

from typing import Any, Literal, overload

from kullback._array import Array, as_float_array, namespace, narrow
from kullback.learning import _linear_torch
from kullback.learning._chunks import rows_at_once
from kullback.learning._heads import head_of, logits, widened
from kullback.learning._problem import Problem
from kullback.learning._rows import Reduction, ratio
from kullback.learning._softmax import in_pieces
from kullback.learning._trained import refuse_all_masked
from kullback.learning.losses import CrossEntropyParts, reduced

__all__ = ["linear_cross_entropy"]


@overload
def linear_cross_entropy(
    x: Any,
    head: Any,
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
    head: Any,
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
) -> CrossEntropyParts: ...
def linear_cross_entropy(
    x: Any,
    head: Any,
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
) -> Array | CrossEntropyParts:
    r"""Cross-entropy of a softmax over a linear head, some rows at a time.

    It is `softmax_cross_entropy` of the logits

    .. math:: z = W x + c

    which are made for some rows at a time, used and forgotten, so that memory is that of the head
    and its gradient, and twice that of a mean or a sum on PyTorch, where it is there before it is
    scaled; only transforms of `torch.func` keep the logits. Rows that do not count are left
    out first, unless inside `jit`, `vmap` or `torch.compile`. On PyTorch "mean" and "sum" take the
    three matrix products that are needed, because the gradient is found with the loss; "none" and
    `return_parts` take a fourth, and so do float16, learned weights of rows, and z-loss beside
    class weights. Second derivatives make all anew.

    Parameters
    ----------
    x : array, shape (..., D)
        What goes into the head.
    head : array, shape (K, D)
        The weights W of a linear layer, one row per class.
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
        How many rows to take at a time. By default their logits take 50 MB on PyTorch, but 256
        rows at least, 1 GB on an accelerator, and 8 MB in other libraries.
    check : bool, default True
        As for `softmax_cross_entropy`.

    Returns
    -------
    array or CrossEntropyParts
        In nats; float32 for float16 and bfloat16, of which logits are summed wide.

    Raises
    ------
    KullbackError
        As for `softmax_cross_entropy`, or if the head does not fit.

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
    head = head_of(x, x, head, bias, ("head", "bias"))
    x, matrix = _of_one_type(x, head[0])
    head, shape = (matrix, *head[1:]), (*x.shape[:-1], matrix.shape[0])
    problem = Problem.of(
        targets,
        x,
        shape,
        -1,
        class_weights=class_weights,
        weights=weights,
        mask=mask,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
        soft_cap=soft_cap,
        z_loss=z_loss,
        check=check,
    )
    size = rows_at_once(chunk_rows, shape[-1])
    if _linear_torch.takes(x, head, problem):
        whole = reduction in ("mean", "sum") and not return_parts
        size = None if chunk_rows is None else size
        if whole and _linear_torch.known_at_once(x, problem):
            loss, count, scores = _linear_torch.total(x, head, problem, size)
            if check:
                refuse_all_masked(problem.rows.hide(scores), "logits")
            return narrow(loss if reduction == "sum" else ratio(loss, count), x)
        found = _linear_torch.per_row(x, head, problem, size, parts=return_parts)
    else:
        states, *wide = widened(x, *head)
        found = in_pieces(logits, states, tuple(wide), problem, size, parts=return_parts)
    if check:
        refuse_all_masked(problem.rows.hide(found.log_sum_exp), "logits")
    return reduced(found, problem, reduction, x, parts=return_parts)


def _of_one_type(x: Array, matrix: Array) -> tuple[Array, Array]:
    xp = namespace(x, matrix)
    if x.dtype == matrix.dtype:  # which `torch.compile` cannot ask `result_type` of all
        return x, matrix
    dtype = xp.result_type(x, matrix)
    return xp.astype(x, dtype, copy=False), xp.astype(matrix, dtype, copy=False)
