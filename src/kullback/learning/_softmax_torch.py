"""Cross-entropy of a softmax in PyTorch: one pass over the logits, and one for the gradient.

Torch's own calls make each intermediate table anew, in memory that the system must first provide;
here a block of rows stays in the cache until all is known of it. What the backward pass needs is
three numbers per row, so nothing as large as the logits is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from kullback._array import Array, has_gradient, is_traced, is_wrapped, namespace, widen
from kullback.learning._softmax import Options, PerRow
from kullback.learning._softmax import per_row as generic_per_row
from kullback.learning._targets import Targets

__all__ = [
    "Seen",
    "blocks",
    "look",
    "only_labels",
    "own",
    "per_row",
    "right",
    "rows_together",
    "see",
    "see_any",
    "slope",
    "slope_any",
    "slopes",
    "takes",
    "transformed",
    "workspace",
]

# Numbers in a block: 1 MB of float32 stays in the cache, and calls cost little beside it. An
# accelerator wants larger ones.
_BLOCK = 1 << 18
_BLOCK_ELSEWHERE = 1 << 26
# So far below the top a class has no share, and products with the distance stay finite.
_HUGE = 1e30
# Where the rest of a row is less likely than this, float32 has lost digits of its exponentials.
_SURE = 1e-4


def takes(z: Array, targets: Targets, options: Options, counted: Array | None) -> bool:
    """Whether these arrays are PyTorch's, and nothing but its gradient is taken of them."""
    if not type(z).__module__.startswith("torch"):
        return False
    weights = () if options.class_weights is None else (options.class_weights,)
    arrays = (z, *targets.parts, *weights, *(() if counted is None else (counted,)))
    if is_traced(*arrays) or transformed(*arrays):
        return False
    return not has_gradient(*targets.differentiable, *weights)


def transformed(*arrays: Array) -> bool:
    """Whether something else than a backward pass is taken of some of them."""
    from torch.autograd.forward_ad import unpack_dual

    return any(is_wrapped(a) or unpack_dual(a).tangent is not None for a in arrays)


def only_labels(targets: Targets, options: Options) -> bool:
    """Whether a row is done with when its label's log-probability and log-sum-exp are known."""
    return targets.labels is not None and not options.smoothing and options.soft_cap is None


class Seen(NamedTuple):
    """What is known of rows of logits, one wide number each."""

    top: Array
    best: Array  # the class that has more than half of the probability, or -1
    rest: Array  # the sum of exp(z - top), but for one of the largest
    entropy: Any  # None where it was not asked for


def per_row(
    z: Array, targets: Targets, options: Options, counted: Array | None, *, entropy: bool
) -> PerRow:
    """Return all that can be asked of the rows that count, with gradients; 0 for the others."""
    flat = z.reshape(-1, z.shape[-1])
    flat_targets = targets.each(lambda x: x.reshape(len(flat), *x.shape[z.ndim - 1 :]))
    index = None if counted is None or bool(counted.all()) else counted.reshape(-1).nonzero()[:, 0]
    function = _pass(labels=only_labels(targets, options))
    found = function.apply(flat, flat_targets, options, index, entropy)
    parts = [None if x is None else x.reshape(z.shape[:-1]) for x in found]
    return PerRow(*parts)


def blocks(z: Array, index: Array | None) -> Iterator[Any]:
    """Yield which rows are worked on together: slices, or parts of an index."""
    step = rows_together(z)
    for start in range(0, z.shape[0] if index is None else len(index), step):
        rows = slice(start, start + step)
        yield rows if index is None else index[rows]


def rows_together(z: Array) -> int:
    """Return how many rows make a block."""
    size = _BLOCK if z.device.type == "cpu" else _BLOCK_ELSEWHERE
    return max(1, size // z.shape[1])


def _spread(parts: Sequence[tuple], index: Array | None, count: int) -> list[Array | None]:
    """Return the blocks' numbers one after the other, and 0 in rows that do not count."""
    import torch

    whole = [None if x[0] is None else torch.cat(x) for x in zip(*parts, strict=True)]
    if index is None:
        return whole
    return [None if x is None else x.new_zeros(count).index_put_((index,), x) for x in whole]


def workspace(z: Array, count: int) -> Array:
    """Return tables for a block of rows, in the type to compute in."""
    import torch

    dtype = torch.promote_types(z.dtype, torch.float32)
    shape = (count, min(z.shape[0], rows_together(z)), z.shape[1])
    return torch.empty(shape, dtype=dtype, device=z.device)


def look(z: Array, work: Array, *, entropy: bool) -> Seen:
    """Read a block of rows of logits."""
    import torch

    top, share = z.amax(1), work[1, : len(z)]
    scores = _relative(z, top, work[0, : len(z)])
    torch.softmax(scores, 1, scores.dtype, out=share)
    most = widen(share.amax(1))
    whole = widen(share.sum(1))  # 1, but for what softmax lost of a long row
    rest = whole / most - 1.0
    found = None
    best = torch.full_like(top, -1, dtype=torch.int64)
    sure = (most > 0.5).nonzero()[:, 0]
    if len(sure):  # their rest in itself, because a difference loses its digits
        likeliest = scores[sure].argmax(1)
        best[sure] = likeliest
        others = share[sure].scatter_(1, likeliest[:, None], 0.0)
        rest[sure] = widen(others.sum(1)) / most[sure]
        if scores.dtype == torch.float32:
            _refine(scores, best, rest)
    if entropy:
        scores.mul_(share)
        found = torch.log1p(rest) - widen(scores.sum(1)) / whole
    return Seen(widen(top), best, rest, found)


def _relative(z: Array, top: Array, out: Array) -> Array:
    """Return z - top, written into `out`; of an infinite top, its limit."""
    import torch

    most = torch.finfo(out.dtype).max
    top = top[:, None].to(out.dtype).clamp(-most, most)
    return out.copy_(z).clamp_(max=most).sub_(top).clamp_(min=-_HUGE)


def _refine(scores: Array, best: Array, rest: Array) -> None:
    """Sum the rest of nearly certain rows anew, from exponentials in full precision."""
    sure = (rest < _SURE).nonzero()[:, 0]
    if not len(sure) or rest.dtype == scores.dtype:
        return
    exact, place = widen(scores[sure]), best[sure, None]
    exact.sub_(exact.gather(1, place)).exp_()
    rest[sure] = exact.scatter_(1, place, 0.0).sum(1)


def own(z: Array, seen: Seen, labels: Array) -> Array:
    """Return the label's log-probability."""
    import torch

    score = widen(z.gather(1, labels[:, None])[:, 0])
    best = (score == seen.top) & (seen.top > -torch.inf)  # of no class at all, NaN is left
    relative = torch.where(best, 0.0, score - seen.top)
    return relative - torch.log1p(seen.rest)


def right(z: Array, seen: Seen, labels: Array) -> Array:
    """Return whether no class is likelier than the label's, nor as likely and before it."""
    hit = z.gather(1, labels[:, None])[:, 0] == seen.top.to(z.dtype)
    tied = (hit & (seen.best < 0)).nonzero()[:, 0]
    if len(tied):
        hit[tied] = z[tied].argmax(1) == labels[tied]
    return hit


def slopes(
    z: Array,
    seen: Seen,
    labels: Array,
    surprise: Array,
    log_sum_exp: Array,
    entropy: Array | None,
    work: Array,
    out: Array,
) -> None:
    """Write into `out` the gradient in z of rows, given those in what is told of them.

    With weights g of the surprise, l of log-sum-exp and h of the entropy H it is
    p (g + l - h (log p + H)), less g at the label.
    """
    import torch

    factor = surprise + log_sum_exp
    log_share = own(z, seen, labels)
    share = torch.exp(log_share)
    # The label's own entry from its numbers, because p - 1 loses the digits of a small rest.
    error = torch.where(labels == seen.best, -seen.rest / (1.0 + seen.rest), share - 1.0)
    entry = surprise * error + share * log_sum_exp
    scores = _relative(z, seen.top, work[0, : len(z)])
    torch.softmax(scores, 1, scores.dtype, out=out)
    if entropy is None:
        out.mul_(factor[:, None].to(out.dtype))
    else:
        bend = factor - entropy * (seen.entropy - torch.log1p(seen.rest))
        out.mul_(scores.mul_(-entropy[:, None].to(out.dtype)).add_(bend[:, None].to(out.dtype)))
        entry = entry - entropy * share * (torch.where(share > 0.0, log_share, 0.0) + seen.entropy)
    out.scatter_(1, labels[:, None], entry[:, None].to(out.dtype))


@cache
def _pass(*, labels: bool) -> Any:
    """Return the pass for labels, or that for all else, with its gradient."""
    import torch

    class Pass(torch.autograd.Function):
        forward = staticmethod(see if labels else see_any)
        backward = staticmethod(partial(_back, once=slope if labels else slope_any))

    return Pass


def _back(ctx: Any, *grads: Any, once: Callable[..., Array]) -> tuple:
    """Return the gradient in z, by the fast way if it is not differentiated again."""
    import torch

    gradient = None
    if any(g is not None for g in grads):
        z, index, *kept = ctx.saved_tensors
        if torch.is_grad_enabled():
            gradient = _twice(z, ctx.targets, ctx.options, index, grads)
        else:
            gradient = torch.empty_like(z) if index is None else torch.zeros_like(z)
            once(ctx, z, index, kept, grads, gradient)
    return gradient, None, None, None, None


def see(
    ctx: Any, z: Array, targets: Targets, options: Options, index: Array | None, entropy: bool
) -> tuple:
    """Read the rows for labels, with weights of classes and a z-loss."""
    import torch

    labels: Any = targets.labels
    work, parts = workspace(z, 2), []
    for rows in blocks(z, index):
        block = z[rows]
        seen = look(block, work, entropy=entropy)
        hit = right(block, seen, labels[rows]) if entropy else None
        parts.append((*seen, 0.0 - own(block, seen, labels[rows]), hit))
    *numbers, surprise, correct = _spread(parts or [_nothing(z, entropy)], index, z.shape[0])
    seen = Seen(*numbers)
    weights = options.class_weights
    mass = None if weights is None else weights[labels]
    loss = surprise if mass is None else torch.where(mass == 0.0, 0.0, mass * surprise)
    log_sum_exp = seen.top + torch.log1p(seen.rest)
    if options.z_loss:
        loss = loss + options.z_loss * log_sum_exp**2
    ctx.save_for_backward(z, index, labels, mass, log_sum_exp, *seen)
    ctx.targets, ctx.options = targets, options
    ctx.mark_non_differentiable(*(x for x in (correct, mass) if x is not None))
    ctx.set_materialize_grads(False)
    return loss, log_sum_exp, seen.entropy, correct, mass


def slope(
    ctx: Any, z: Array, index: Array | None, kept: Sequence, grads: Sequence, gradient: Array
) -> None:
    """Write the gradient in z of rows with labels."""
    import torch

    labels, mass, log_sum_exp, *numbers = kept
    of_loss, of_sum, of_entropy = grads[:3]
    zero = torch.zeros_like(log_sum_exp)
    of_loss = zero if of_loss is None else of_loss
    surprise = of_loss if mass is None else of_loss * mass
    total = zero if of_sum is None else of_sum
    if ctx.options.z_loss:
        total = total + 2.0 * ctx.options.z_loss * of_loss * log_sum_exp
    work = workspace(z, 2)
    for rows in blocks(z, index):
        part = Seen(*(None if x is None else x[rows] for x in numbers))
        bend = None if of_entropy is None else of_entropy[rows]
        block = z[rows]
        direct = index is None and z.dtype == work.dtype
        out = gradient[rows] if direct else work[1, : len(block)]
        slopes(block, part, labels[rows], surprise[rows], total[rows], bend, work, out)
        if not direct:
            gradient[rows] = out.to(z.dtype)


def see_any(
    ctx: Any,
    z: Array,
    targets: Targets,
    options: Options,
    index: Array | None,
    entropy: bool,  # noqa: ARG001 (it is there anyway)
) -> tuple:
    """Read the rows for all other targets and options, by what every library computes."""
    parts = [tuple(_of_rows(z, targets, rows, options)) for rows in blocks(z, index)]
    parts = parts or [tuple(_of_rows(z, targets, slice(0), options))]
    found = _spread(parts, index, z.shape[0])
    ctx.save_for_backward(z, index)
    ctx.targets, ctx.options = targets, options
    ctx.mark_non_differentiable(*(x for x in found[3:] if x is not None))
    ctx.set_materialize_grads(False)
    return tuple(found)


def slope_any(
    ctx: Any,
    z: Array,
    index: Array | None,
    kept: Sequence,  # noqa: ARG001 (nothing but z)
    grads: Sequence,
    gradient: Array,
) -> None:
    """Write the gradient in z of the same, a block at a time."""
    import torch

    for rows in blocks(z, index):
        part = [None if g is None else g[rows] for g in grads]
        with torch.enable_grad():
            block = z[rows].detach().requires_grad_()
            targets = ctx.targets.each(lambda x, rows=rows: x[rows])
            found = _of_rows(block, targets, slice(None), ctx.options)
            gradient[rows] = _vector_product(found, block, part)


def _nothing(z: Array, entropy: bool) -> tuple:
    """Return the numbers of no rows."""
    import torch

    none = widen(z[:0, 0])
    asked = none if entropy else None
    return none, none.to(torch.int64), none, asked, none, none > 0.0 if entropy else None


def _of_rows(z: Array, targets: Targets, rows: Any, options: Options) -> PerRow:
    return generic_per_row(namespace(z), widen(z[rows]), targets.each(lambda x: x[rows]), options)


def _vector_product(found: PerRow, z: Array, grads: Any, **options: Any) -> Array:
    """Return the gradient in z by way of every operation."""
    import torch

    pairs = [(x, g) for x, g in zip(found, grads, strict=True) if g is not None]
    outputs, weights = zip(*pairs, strict=True)
    return torch.autograd.grad(outputs, z, weights, **options)[0]


def _twice(z: Array, targets: Targets, options: Options, index: Array | None, grads: Any) -> Array:
    """Return the gradient in z in a form that can be differentiated again."""
    rows = slice(None) if index is None else index
    found = _of_rows(z, targets, rows, options)
    part = [None if g is None else g[rows] for g in grads]
    return _vector_product(found, z, part, create_graph=True)
