"""Cross-entropy of a linear head in PyTorch: the logits of some rows at a time, and no more.

Of a mean or a sum the gradient is found with the loss but for a factor, while the logits are
there. Losses per row need theirs again, when it is known what each is multiplied by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from kullback._array import Array, is_traced
from kullback.errors import KullbackError
from kullback.learning import _softmax_torch
from kullback.learning._rows import Rows
from kullback.learning._softmax import Options, PerRow
from kullback.learning._targets import Targets

__all__ = ["per_row", "takes", "total"]

# A table of so many float32 logits is held, 50 MB, or of so many rows: with fewer, more time is
# lost on the weight's gradient, which is read and written once for each table.
_LOGITS, _ROWS = 3 << 22, 256
_LOGITS_ELSEWHERE = 1 << 28
# So many outcomes are worked on while they are in the cache.
_OUTCOMES = 512


def takes(
    x: Array, head: tuple[Array, ...], targets: Targets, options: Options, counted: Array | None
) -> bool:
    """Whether these arrays are PyTorch's, and nothing but their gradient is taken of them."""
    if not _softmax_torch.takes(x, targets, options, counted):
        return False
    return not is_traced(*head) and not _softmax_torch.transformed(*head)


def per_row(
    x: Array,
    head: tuple[Array, ...],
    targets: Targets,
    options: Options,
    rows: Rows,
    size: int | None,
    *,
    entropy: bool,
) -> PerRow:
    """Return all that can be asked of the rows that count, with gradients; 0 for the others."""
    states, kept, index = _kept(x, targets, rows)
    function, head = _function(each=True), _suited(states, *head)
    with _no_autocast(x):
        found = function.apply(*head, kept, options, size, entropy)
    count = math.prod(x.shape[:-1])
    return PerRow(*(_spread(part, index, count, x.shape[:-1]) for part in found))


def total(
    x: Array,
    head: tuple[Array, ...],
    targets: Targets,
    options: Options,
    rows: Rows,
    size: int | None,
) -> tuple[Array, Array, Array]:
    """Return the sum of the losses times their weights, that of what counts, and log-sum-exps."""
    import torch

    states, kept, index = _kept(x, targets, rows)
    counts = torch.ones(len(states), dtype=torch.float64, device=x.device)
    if rows.weight is not None:
        counts = rows.weight.reshape(-1) if index is None else rows.weight.reshape(-1)[index]
    function, head = _function(each=False), _suited(states, *head)
    with _no_autocast(x):
        return function.apply(*head, kept, options, size, counts, torch.is_grad_enabled())


def _kept(x: Array, targets: Targets, rows: Rows) -> tuple[Array, Targets, Array | None]:
    """Return the rows that count, and which they are if not all."""
    lead = x.ndim - 1
    flat = x.reshape(-1, x.shape[-1])
    kept = targets.each(lambda a: a.reshape(len(flat), *a.shape[lead:]))
    counted = rows.counted
    if counted is None or bool(counted.all()):
        return flat, kept, None
    index = counted.reshape(-1).nonzero()[:, 0]
    return flat[index], kept.each(lambda a: a[index]), index


def _spread(part: Array | None, index: Array | None, count: int, shape: Any) -> Array | None:
    if part is not None and index is not None:
        part = part.new_zeros(count).index_put((index,), part)
    return None if part is None else part.reshape(shape)


def _suited(x: Array, weight: Array, bias: Array | None = None) -> tuple[Array, ...]:
    """Return both in the type of autocast, but not in half precision that is slow here."""
    import torch

    kind, dtype = x.device.type, x.dtype
    if torch.is_autocast_enabled(kind) and dtype != torch.float64:
        dtype = torch.get_autocast_dtype(kind)
    if kind == "cpu" and not _quick(dtype):
        dtype = torch.float32
    return x.to(dtype), weight.to(dtype), bias


@cache
def _quick(dtype: Any) -> bool:
    """Whether the processor multiplies matrices of a type as such."""
    import torch

    tags = {torch.bfloat16: "bf16", torch.float16: "fp16"}
    known = getattr(torch.cpu, "get_capabilities", dict)()
    return dtype not in tags or any(v is True and tags[dtype] in k for k, v in known.items())


def _no_autocast(x: Array) -> Any:
    import torch

    return torch.autocast(x.device.type, enabled=False)


class _Pieces:
    """The logits of a head, some rows at a time, in a table that is used again."""

    def __init__(self, x: Array, weight: Array, bias: Array | None, size: int | None) -> None:
        import torch

        self.x, self.weight, self.bias = x, weight, bias
        if size is None:
            host = x.device.type == "cpu"
            size = max(_ROWS, (_LOGITS if host else _LOGITS_ELSEWHERE) // len(weight))
        pieces = max(1, math.ceil(len(x) / size))
        self.size = max(1, math.ceil(len(x) / pieces))  # of about the same size
        wide = torch.promote_types(x.dtype, torch.float32)
        self.table = torch.empty((self.size, len(weight)), dtype=wide, device=x.device)

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        for start in range(0, max(1, len(self.x)), self.size):
            rows = slice(start, start + self.size)
            z = self._logits(self.x[rows])
            yield rows, z if self.bias is None else z.add_(self.bias)

    def _logits(self, x: Array) -> Array:
        """Return wide logits: those of half precision would round a confident row's loss."""
        import torch

        z, weight = self.table[: len(x)], self.weight
        if x.device.type == "cpu":
            states = x.to(z.dtype).t()
            for part in _outcomes(weight):  # W x' put across is faster there than x W'
                z[:, part] = torch.mm(weight[part].to(z.dtype), states).t()
            return z
        if x.dtype == z.dtype:
            return torch.mm(x, weight.t(), out=z)
        if x.device.type == "cuda" and torch.__version__ >= "2.8":
            return torch.mm(x, weight.t(), out_dtype=z.dtype)
        return z.copy_(torch.mm(x, weight.t()))


class _Gradients:
    """Wide gradients in those of a head and its states that are wanted, a piece at a time."""

    def __init__(self, *inputs: Any, wanted: Any) -> None:
        import torch

        self.inputs = inputs
        wide = torch.promote_types(inputs[0].dtype, torch.float32)
        self.sums = tuple(
            torch.empty_like(a, dtype=wide) if want else None
            for a, want in zip(inputs, wanted, strict=True)
        )

    def add(self, rows: slice, slopes: Array) -> None:
        """Add what rows of logits give, by the gradient in the logits."""
        import torch

        (x, weight, _), (of_states, of_weight, of_bias) = self.inputs, self.sums
        x, fresh = x[rows], rows.start == 0
        by = slopes.to(x.dtype)
        if of_states is not None:
            of_states[rows] = torch.mm(by, weight)
        if of_weight is not None and by is slopes:
            of_weight.addmm_(by.t(), x, beta=0 if fresh else 1)
        elif of_weight is not None:
            for part in _outcomes(weight):
                _put(of_weight[part], torch.mm(by[:, part].t(), x), fresh=fresh)
        if of_bias is not None:
            _put(of_bias, slopes.sum(0), fresh=fresh)


def _outcomes(weight: Array) -> Iterator[slice]:
    """Yield which outcomes are worked on together; all of them on an accelerator."""
    step = _OUTCOMES if weight.device.type == "cpu" else len(weight)
    for start in range(0, len(weight), step):
        yield slice(start, start + step)


def _put(into: Array, part: Array, *, fresh: bool) -> None:
    """Add to a sum, or begin it."""
    if fresh:
        into.copy_(part)
    else:
        into.add_(part)


class _Notes:
    """What a pass over logits keeps for their gradient."""

    def save_for_backward(self, z: Array, index: Array | None, *kept: Any) -> None:  # noqa: ARG002
        self.kept = kept

    def mark_non_differentiable(self, *_: Array) -> None: ...
    def set_materialize_grads(self, _: bool, /) -> None: ...


def _passes(
    pieces: _Pieces, targets: Targets, options: Options, *, entropy: bool
) -> Iterator[tuple[slice, PerRow, Callable[..., Array]]]:
    """Yield rows, what they tell, and how their table of logits is turned into a gradient."""
    of_labels = _softmax_torch.only_labels(targets, options)
    see = _softmax_torch.see if of_labels else _softmax_torch.see_any
    slope = _softmax_torch.slope if of_labels else _softmax_torch.slope_any
    for rows, z in pieces:
        notes: Any = _Notes()
        part = targets.each(lambda a, rows=rows: a[rows])
        found = PerRow(*see(notes, z, part, options, None, entropy))

        def slopes(grads: Any, z: Array = z, notes: Any = notes) -> Array:
            slope(notes, z, None, notes.kept, grads, z)
            return z

        yield rows, found, slopes


def _once(ctx: Any, *grads: Any, gradient: Callable[..., tuple]) -> tuple:
    """Return gradients, and refuse to make them differentiable."""
    import torch

    if torch.is_grad_enabled():
        raise KullbackError("learning.second_derivative")
    if all(g is None for g in grads):
        return (None,) * len(ctx.needs_input_grad)
    with _no_autocast(next(g for g in grads if g is not None)):
        return gradient(ctx, *grads)


@cache
def _function(*, each: bool) -> Any:
    """Return the function for losses per row, or that for their sum, with its gradient."""
    import torch

    see: Any = _see_each if each else _see_total
    slope = _slope_each if each else _slope_total

    class Function(torch.autograd.Function):
        forward = staticmethod(see)
        backward = staticmethod(partial(_once, gradient=slope))

    return Function


def _see_each(
    ctx: Any,
    x: Array,
    weight: Array,
    bias: Array | None,
    targets: Targets,
    options: Options,
    size: int | None,
    entropy: bool,
) -> tuple:
    import torch

    pieces = _Pieces(x, weight, bias, size)
    parts = [found for _, found, _ in _passes(pieces, targets, options, entropy=entropy)]
    found = [None if a[0] is None else torch.cat(a) for a in zip(*parts, strict=True)]
    ctx.save_for_backward(x, weight, bias)
    ctx.asked = targets, options, pieces.size
    ctx.mark_non_differentiable(*(a for a in found[3:] if a is not None))
    ctx.set_materialize_grads(False)
    return tuple(found)


def _slope_each(ctx: Any, *grads: Any) -> tuple:
    (x, weight, bias), (targets, options, size) = ctx.saved_tensors, ctx.asked
    gradients = _Gradients(x, weight, bias, wanted=ctx.needs_input_grad[:3])
    pieces = _Pieces(x, weight, bias, size)
    for rows, _, slopes in _passes(pieces, targets, options, entropy=grads[2] is not None):
        gradients.add(rows, slopes([None if g is None else g[rows] for g in grads]))
    sums = (a if a is None else a.to(x.dtype) for a in gradients.sums)
    return (*sums, *(None,) * 4)


def _see_total(
    ctx: Any,
    x: Array,
    weight: Array,
    bias: Array | None,
    targets: Targets,
    options: Options,
    size: int | None,
    counts: Array,
    learning: bool,
) -> tuple[Array, Array, Array]:
    import torch

    wanted = [learning and w for w in ctx.needs_input_grad[:3]]
    gradients = _Gradients(x, weight, bias, wanted=wanted)
    loss, whole, scores = counts.new_zeros(()), counts.new_zeros(()), []
    pieces = _Pieces(x, weight, bias, size)
    for rows, found, slopes in _passes(pieces, targets, options, entropy=False):
        count = counts[rows]
        loss += (count * found.loss).sum()
        whole += (count if found.mass is None else count * found.mass).sum()
        scores.append(found.log_sum_exp)
        if any(wanted):
            gradients.add(rows, slopes((count, *(None,) * 4)))
    ctx.save_for_backward(*gradients.sums)
    ctx.dtypes = [a if a is None else a.dtype for a in (x, weight, bias)]
    log_sum_exp = torch.cat(scores)
    ctx.mark_non_differentiable(whole, log_sum_exp)
    ctx.set_materialize_grads(False)
    return loss, whole, log_sum_exp


def _slope_total(ctx: Any, factor: Array, *_: Any) -> tuple:
    import torch

    scaled = (
        # Not in place: a graph that is kept is asked again.
        a if a is None else torch.mul(a, factor, out=torch.empty_like(a, dtype=dtype))
        for a, dtype in zip(ctx.saved_tensors, ctx.dtypes, strict=True)
    )
    return (*scaled, *(None,) * 5)
