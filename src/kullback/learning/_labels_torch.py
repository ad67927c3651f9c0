"""Cross-entropy of rows with labels in PyTorch, and its gradient, from a few numbers per row.

Torch's own calls make each intermediate table anew, in memory that the system must first provide;
here a block of rows is read while it is in the cache. Six numbers per row are kept, of which the
gradient is made with one more pass: nothing as large as the logits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from kullback._array import Array, namespace, widen
from kullback.learning._blocks_torch import blocks, spread, workspace
from kullback.learning._problem import Options
from kullback.learning._rows import weighted
from kullback.learning._softmax import PerRow
from kullback.learning._targets import Targets, are_classes

__all__ = ["read", "suits", "write_gradient"]

# So far below the top a class has no share, and products with the distance stay finite.
_HUGE = 1e30
# Where the rest of a row is less likely than this, float32 has lost digits of its exponentials.
_SURE = 1e-4


class _Summary(NamedTuple):
    """What is known of rows of logits, one wide number each."""

    top: Array
    best: Array  # the class that has more than half of the probability, or -1
    rest: Array  # the sum of exp(z - top), but for one of the largest
    entropy: Array | None  # None where it was not asked for


def suits(targets: Targets, options: Options) -> bool:
    """Whether a row is done with when its label's log-probability and log-sum-exp are known."""
    return targets.labels is not None and not options.smoothing and options.soft_cap is None


def read(
    z: Array, targets: Targets, options: Options, index: Array | None, *, parts: bool
) -> tuple[PerRow, tuple]:
    """Return what is asked of rows, 0 in those that do not count, and what their gradient needs."""
    labels, known = _known(z, targets)
    work, told = workspace(z, 2), []
    for rows in blocks(z, index):
        block = z[rows]
        summary = _summary(block, work, entropy=parts)
        surprise = 0.0 - _label_log_prob(block, summary, labels[rows])
        correct = _is_likeliest(block, summary, labels[rows]) if parts else None
        told.append((*summary, surprise, correct))
    numbers: Any = spread(told, index, z.shape[0])
    *numbers, surprise, correct = numbers
    summary = _Summary(*numbers)
    surprise = surprise.masked_fill(~known, math.nan)
    weights = options.class_weights
    heft = None if weights is None else weights[labels]
    loss = surprise if heft is None else weighted(namespace(z), heft, surprise)
    log_sum_exp = summary.top + summary.rest.log1p()
    return PerRow(loss, log_sum_exp, heft, summary.entropy, correct), (heft, *summary)


def write_gradient(
    z: Array,
    targets: Targets,
    index: Array | None,
    kept: Sequence[Any],
    grads: Sequence[Array | None],
    gradient: Array,
) -> None:
    """Write the gradient in z, given those in loss, log-sum-exp and entropy; it may be z itself."""
    labels, known = _known(z, targets)
    heft, *numbers = kept
    of_loss, of_sum, _, of_entropy, _ = grads
    zero = numbers[0].new_zeros(())
    of_loss = zero.expand_as(numbers[0]) if of_loss is None else of_loss.masked_fill(~known, 0.0)
    of_loss = of_loss if heft is None else of_loss * heft
    of_sum = zero.expand_as(of_loss) if of_sum is None else of_sum
    work = workspace(z, 2)
    for rows in blocks(z, index):
        summary = _Summary(*(None if x is None else x[rows] for x in numbers))
        bend = None if of_entropy is None else of_entropy[rows]
        block = z[rows]
        direct = index is None and z.dtype == work.dtype
        out = gradient[rows] if direct else work[1, : len(block)]
        _write_slopes(block, summary, labels[rows], of_loss[rows], of_sum[rows], bend, work[0], out)
        if not direct:
            gradient[rows] = out.to(z.dtype)


def _known(z: Array, targets: Targets) -> tuple[Array, Array]:
    """Return labels that are classes, and whether they were given: nobody may have looked."""
    labels: Any = targets.labels
    known = are_classes(labels, z.shape[1])
    return labels.masked_fill(~known, 0), known


def _summary(z: Array, work: Array, *, entropy: bool) -> _Summary:
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
    return _Summary(widen(top), best, rest, found)


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


def _label_log_prob(z: Array, summary: _Summary, labels: Array) -> Array:
    import torch

    score = widen(z.gather(1, labels[:, None])[:, 0])
    # Of no class at all NaN is left.
    first = (score == summary.top) & (summary.top > -torch.inf)
    relative = torch.where(first, 0.0, score - summary.top)
    return relative - torch.log1p(summary.rest)


def _is_likeliest(z: Array, summary: _Summary, labels: Array) -> Array:
    """Return whether no class is likelier than the label's, nor as likely and before it."""
    hit = z.gather(1, labels[:, None])[:, 0] == summary.top.to(z.dtype)
    tied = (hit & (summary.best < 0)).nonzero()[:, 0]
    if len(tied):
        hit[tied] = z[tied].argmax(1) == labels[tied]
    return hit


def _write_slopes(
    z: Array,
    summary: _Summary,
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

    log_share = _label_log_prob(z, summary, labels)
    surprise = surprise.masked_fill(log_share == -torch.inf, 0.0)  # of a constant, infinity
    factor = surprise + log_sum_exp
    share = torch.exp(log_share)
    # The label's own entry from its numbers, because p - 1 loses the digits of a small rest.
    sure = labels == summary.best
    error = torch.where(sure, -summary.rest / (1.0 + summary.rest), share - 1.0)
    entry = surprise * error + share * log_sum_exp
    scores = _relative(z, summary.top, work[: len(z)])
    torch.softmax(scores, 1, scores.dtype, out=out)
    if entropy is None:
        out.mul_(factor[:, None].to(out.dtype))
    else:
        whole: Any = summary.entropy
        bend = factor - entropy * (whole - torch.log1p(summary.rest))
        out.mul_(scores.mul_(-entropy[:, None].to(out.dtype)).add_(bend[:, None].to(out.dtype)))
        entry = entry - entropy * share * (torch.where(share > 0.0, log_share, 0.0) + whole)
    out.scatter_(1, labels[:, None], entry[:, None].to(out.dtype))
