"""Cross-entropy of a linear head in PyTorch: the logits of some rows at a time, and no more.

Of a mean or a sum the gradient is found with the loss but for a factor, while the logits are
there. Losses per row need theirs again, when it is known what each is multiplied by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from kullback._array import Array, has_gradient, is_traced, is_transformed
from kullback.learning import _softmax_torch
from kullback.learning._heads import logits, no_autocast, widened
from kullback.learning._problem import Options, Problem
from kullback.learning._rows import Rows
from kullback.learning._softmax import PerRow, in_pieces
from kullback.learning._targets import Targets

__all__ = ["known_at_once", "per_row", "takes", "total"]

# A table of so many float32 logits is held, 50 MB, or of so many rows: with fewer, more time is
# lost on the weight's gradient, which is read and written once for each table.
_LOGITS, _ROWS = 3 << 22, 256
_LOGITS_ELSEWHERE = 1 << 28
# So many outcomes are worked on while they are in the cache.
_OUTCOMES = 512


def takes(x: Array, head: tuple[Array, ...], problem: Problem) -> bool:
    """Whether these arrays are PyTorch's, and only their gradient is taken."""
    if not _softmax_torch.takes(x, problem):
        return False
    return not is_traced(*head) and not is_transformed(*head)


def known_at_once(x: Array, problem: Problem) -> bool:
    """Whether the gradient of a mean or a sum is known with the loss, but for one factor."""
    import torch

    weight = problem.rows.weight
    if weight is not None and (has_gradient(weight) or is_transformed(weight)):
        return False
    if problem.z_loss and problem.options.class_weights is not None:
        return False  # a mean divides the two by different sums
    # Slopes that a gradient scaler has not yet multiplied are 0 in this type.
    return _product_type(x) != torch.float16


def per_row(
    x: Array, head: tuple[Array, ...], problem: Problem, size: int | None, *, parts: bool
) -> PerRow:
    """Return what is asked of the rows that count, with gradients; 0 for the others."""
    states, targets, index = _counted(x, problem)
    weight, bias = (*head, None)[:2]
    asked = targets, problem.options, _product_type(x), size, parts
    with no_autocast(x):
        found = _each().apply(states, weight, bias, *asked)
    count = math.prod(x.shape[:-1])
    return PerRow(*(_spread(part, index, count, x.shape[:-1]) for part in found))


def total(
    x: Array, head: tuple[Array, ...], problem: Problem, size: int | None
) -> tuple[Array, Array, Array]:
    """Return the sum of losses times their weights, that of what counts, and log-sum-exps."""
    import torch

    states, targets, index = _counted(x, problem)
    weight, bias = (*head, None)[:2]
    counts, given = states.new_ones(len(states), dtype=torch.float64), problem.rows.weight
    if given is not None:
        counts = given.reshape(-1) if index is None else given.reshape(-1)[index]
    learning = torch.is_grad_enabled()
    asked = targets, problem.options, _product_type(x), size, problem.z_loss, counts, learning
    with no_autocast(x):
        loss, whole, scores = _sum().apply(states, weight, bias, *asked)
    return loss, whole, _spread(scores, index, math.prod(x.shape[:-1]), x.shape[:-1])


def _counted(x: Array, problem: Problem) -> tuple[Array, Targets, Array | None]:
    """Return the rows that count, and which they are if not all."""
    states, targets, index = _softmax_torch.flat(x, problem)
    if index is None:
        return states, targets, None
    return states[index], targets.each(lambda a: a[index]), index


def _spread(part: Array | None, index: Array | None, count: int, shape: Any) -> Array | None:
    if part is not None and index is not None:
        part = part.new_zeros(count).index_put((index,), part)
    return None if part is None else part.reshape(shape)


def _product_type(x: Array) -> Any:
    """Return the type of autocast, but not half precision that is slow here."""
    import torch

    kind, dtype = x.device.type, x.dtype
    if torch.is_autocast_enabled(kind) and dtype != torch.float64:
        dtype = torch.get_autocast_dtype(kind)
    return torch.float32 if kind == "cpu" and not _quick(dtype) else dtype


@cache
def _quick(dtype: Any) -> bool:
    """Whether the processor multiplies matrices of a type as such."""
    import torch

    tags = {torch.bfloat16: "bf16", torch.float16: "fp16"}
    known = getattr(torch.cpu, "get_capabilities", dict)()
    return dtype not in tags or any(v is True and tags[dtype] in k for k, v in known.items())


class _Pieces:
    """The logits of a head, some rows at a time, in a table that is used again."""

    def __init__(
        self, x: Array, weight: Array, bias: Array | None, dtype: Any, size: int | None
    ) -> None:
        import torch

        x, weight = x.to(dtype), weight.to(dtype)
        self.x, self.weight, self.bias = x, weight, bias
        if size is None:
            host = x.device.type == "cpu"
            size = max(_ROWS, (_LOGITS if host else _LOGITS_ELSEWHERE) // len(weight))
        pieces = max(1, math.ceil(len(x) / size))
        self.size = max(1, math.ceil(len(x) / pieces))  # of about the same size
        wide = torch.promote_types(x.dtype, torch.float32)
        self.wide = wide
        # A product that is wider than what it is of brings its own table.
        self.brings = x.device.type == "cuda" and x.dtype != wide and torch.__version__ >= "2.8"
        rows = 0 if self.brings else self.size
        self.table = torch.empty((rows, len(weight)), dtype=wide, device=x.device)

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        for start in range(0, max(1, len(self.x)), self.size):
            rows = slice(start, start + self.size)
            z = self._logits(self.x[rows])
            yield rows, z if self.bias is None else z.add_(self.bias)

    def _logits(self, x: Array) -> Array:
        """Return wide logits: those of half precision would round a confident row's loss."""
        import torch

        z, weight = self.table[: len(x)], self.weight
        if self.brings:
            return torch.mm(x, weight.t(), out_dtype=self.wide)
        if x.device.type == "cpu":
            states = x.to(z.dtype).t()
            for part in _outcomes(weight):  # W x' put across is faster there than x W'
                z[:, part] = torch.mm(weight[part].to(z.dtype), states).t()
            return z
        return torch.mm(x.to(z.dtype), weight.to(z.dtype).t(), out=z)


class _Gradients:
    """Wide gradients in those of a head and its states that are wanted, a piece at a time."""

    def __init__(self, pieces: _Pieces, *, wanted: Sequence[bool]) -> None:
        import torch

        self.inputs: tuple = pieces.x, pieces.weight, pieces.bias
        self.sums = tuple(
            torch.empty_like(a, dtype=pieces.wide) if want else None
            for a, want in zip(self.inputs, wanted, strict=True)
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


def _read(
    pieces: _Pieces, targets: Targets, options: Options, *, parts: bool
) -> Iterator[tuple[slice, PerRow, Callable[..., Array]]]:
    """Yield rows, what they tell, and how their table of logits is turned into a gradient."""
    for rows, z in pieces:
        part = targets.each(lambda a, rows=rows: a[rows])
        found, kept = _softmax_torch.read(z, part, options, None, parts=parts)
        yield rows, found, partial(_into_gradient, z, part, options, kept)


def _into_gradient(
    z: Array, targets: Targets, options: Options, kept: Sequence[Any], grads: Sequence[Any]
) -> Array:
    _softmax_torch.write_gradient(z, targets, options, None, kept, grads, z)
    return z


def _by_operations(
    inputs: Sequence[Any],
    targets: Targets,
    options: Options,
    how: tuple[Any, int],
    losses: Callable[[PerRow], tuple[Array | None, ...]],
    grads: Sequence[Any],
) -> list[Array | None]:
    """Return gradients of what is made of each row, by operations that know their own.

    They are asked for where a gradient is differentiated again, or many are taken at once.
    """
    import torch

    (dtype, size), again = how, torch.is_grad_enabled()
    leaves = [
        # Views, past which no gradient goes: the states may be made of the head.
        a if a is None else a.view_as(a) if again else a.detach().requires_grad_(a.requires_grad)
        for a in inputs
    ]
    x, weight, *bias = (a for a in leaves if a is not None)
    with torch.enable_grad():
        problem = Problem(targets, Rows(None, None), options, 0.0)
        parts = len(grads) > 1 and grads[3] is not None
        states, *head = widened(x.to(dtype), weight.to(dtype), *bias)
        told = losses(in_pieces(logits, states, tuple(head), problem, size, parts=parts))
        pairs = [(a, g) for a, g in zip(told, grads, strict=True) if g is not None]
        wanted = [a for a in leaves if a is not None and a.requires_grad]
        outputs, weights = zip(*pairs, strict=True)
        found = iter(torch.autograd.grad(outputs, wanted, weights, create_graph=again))
    return [next(found) if a is not None and a.requires_grad else None for a in leaves]


@cache
def _each() -> Any:
    """Return the function for losses per row, with its gradient."""
    import torch

    class Each(torch.autograd.Function):
        @staticmethod
        def forward(
            ctx: Any,
            x: Array,
            weight: Array,
            bias: Array | None,
            targets: Targets,
            options: Options,
            dtype: Any,
            size: int | None,
            parts: bool,
        ) -> tuple:
            pieces = _Pieces(x, weight, bias, dtype, size)
            told = [found for _, found, _ in _read(pieces, targets, options, parts=parts)]
            whole = [None if a[0] is None else torch.cat(a) for a in zip(*told, strict=True)]
            found = PerRow(*whole)
            arrays, ctx.recipe = _softmax_torch.saved(targets, options)
            ctx.how = dtype, pieces.size
            ctx.save_for_backward(x, weight, bias, *arrays)
            ctx.mark_non_differentiable(*(a for a in (found.heft, found.correct) if a is not None))
            ctx.set_materialize_grads(False)
            return tuple(found)

        @staticmethod
        def backward(ctx: Any, *grads: Array | None) -> tuple:
            given = [g for g in grads if g is not None]
            if not given:
                return (None,) * 8
            x, weight, bias, *arrays = ctx.saved_tensors  # once: a checkpoint unpacks it once
            targets, options, _ = _softmax_torch.unsaved(ctx.recipe, arrays)
            if torch.is_grad_enabled() or is_transformed(*given):
                inputs = x, weight, bias
                found = _by_operations(inputs, targets, options, ctx.how, tuple, grads)
                return *found, *(None,) * 5
            with no_autocast(x):
                pieces = _Pieces(x, weight, bias, *ctx.how)
                sums = _Gradients(pieces, wanted=ctx.needs_input_grad[:3])
                bend = grads[3] is not None
                for rows, _, gradient in _read(pieces, targets, options, parts=bend):
                    sums.add(rows, gradient([None if g is None else g[rows] for g in grads]))
            return *sums.sums, *(None,) * 5

    return Each


@cache
def _sum() -> Any:
    """Return the function for the sum of losses, with its gradient."""
    import torch

    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(
            ctx: Any,
            x: Array,
            weight: Array,
            bias: Array | None,
            targets: Targets,
            options: Options,
            dtype: Any,
            size: int | None,
            z_loss: float,
            counts: Array,
            learning: bool,
        ) -> tuple[Array, Array, Array]:
            wanted = [learning and w for w in ctx.needs_input_grad[:3]]
            pieces = _Pieces(x, weight, bias, dtype, size)
            sums = _Gradients(pieces, wanted=wanted)
            loss, whole, scores = counts.new_zeros(()), counts.new_zeros(()), []
            for rows, found, gradient in _read(pieces, targets, options, parts=False):
                count, of_sum = counts[rows], None
                loss += (count * _with_z_loss(found, z_loss)).sum()
                whole += (count if found.heft is None else count * found.heft).sum()
                scores.append(found.log_sum_exp)
                if z_loss:
                    of_sum = 2.0 * z_loss * count * found.log_sum_exp
                if any(wanted):
                    sums.add(rows, gradient((count, of_sum, None, None, None)))
            arrays, ctx.recipe = _softmax_torch.saved(targets, options)
            ctx.save_for_backward(*sums.sums, x, weight, bias, counts, *arrays)
            ctx.how, ctx.z_loss = (dtype, pieces.size), z_loss
            log_sum_exp = torch.cat(scores)
            ctx.mark_non_differentiable(whole, log_sum_exp)
            ctx.set_materialize_grads(False)
            return loss, whole, log_sum_exp

        @staticmethod
        def backward(ctx: Any, *grads: Array | None) -> tuple:
            factor = grads[0]
            if factor is None:
                return (None,) * 10
            kept = ctx.saved_tensors  # once: a checkpoint unpacks it once
            sums, inputs, counts = kept[:3], kept[3:6], kept[6]
            if torch.is_grad_enabled() or is_transformed(factor):
                targets, options, _ = _softmax_torch.unsaved(ctx.recipe, kept[7:])

                def losses(found: PerRow) -> tuple[Array]:
                    return ((counts * _with_z_loss(found, ctx.z_loss)).sum(),)

                found = _by_operations(inputs, targets, options, ctx.how, losses, (factor,))
                return *found, *(None,) * 7
            scaled = (
                # Not in place: a graph that is kept is asked again.
                a if a is None else torch.mul(a, factor, out=torch.empty_like(a, dtype=of.dtype))
                for a, of in zip(sums, inputs, strict=True)
            )
            return *scaled, *(None,) * 7

    return Sum


def _with_z_loss(found: PerRow, z_loss: float) -> Array:
    return found.loss + z_loss * found.log_sum_exp**2 if z_loss else found.loss
