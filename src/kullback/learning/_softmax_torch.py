"""Cross-entropy of a softmax in PyTorch: one pass over the logits, and one for the gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from kullback._array import (
    Array,
    has_gradient,
    is_traced,
    is_transformed,
    namespace,
    widen,
)
from kullback.learning import _labels_torch
from kullback.learning._blocks_torch import blocks, spread
from kullback.learning._problem import Options, Problem
from kullback.learning._softmax import PerRow
from kullback.learning._softmax import per_row as generic_per_row
from kullback.learning._targets import Targets

__all__ = ["flat", "per_row", "read", "saved", "takes", "unsaved", "write_gradient"]


def takes(z: Array, problem: Problem) -> bool:
    """Whether these arrays are PyTorch's, and only their gradient in z is taken."""
    if not type(z).__module__.startswith("torch"):
        return False
    targets, options = problem.targets, problem.options
    weights = () if options.class_weights is None else (options.class_weights,)
    counted = () if problem.rows.counted is None else (problem.rows.counted,)
    arrays = (z, *targets.parts, *weights, *counted)
    if is_traced(*arrays) or is_transformed(*arrays):
        return False
    return not has_gradient(*targets.differentiable, *weights)


def per_row(z: Array, problem: Problem, *, parts: bool) -> PerRow:
    """Return what is asked of the rows that count, with gradients; 0 for the others."""
    rows, targets, index = flat(z, problem)
    found = _function().apply(rows, targets, problem.options, index, parts)
    return PerRow(*(None if x is None else x.reshape(z.shape[:-1]) for x in found))


def flat(x: Array, problem: Problem) -> tuple[Array, Targets, Array | None]:
    """Return rows and targets on one axis, and which count if not all do."""
    axes, count = x.ndim - 1, math.prod(x.shape[:-1])
    rows = x.reshape(count, x.shape[-1])
    targets = problem.targets.each(lambda a: a.reshape(count, *a.shape[axes:]))
    if problem.rows.counted is None:
        return rows, targets, None
    index = problem.rows.counted.reshape(-1).nonzero()[:, 0]
    return rows, targets, None if len(index) == count else index


@cache
def _function() -> Any:
    """Return the pass, with its gradient."""
    import torch

    class Pass(torch.autograd.Function):
        @staticmethod
        def forward(
            ctx: Any,
            z: Array,
            targets: Targets,
            options: Options,
            index: Array | None,
            parts: bool,
        ) -> tuple:
            found, kept = read(z, targets, options, index, parts=parts)
            arrays, ctx.recipe = saved(targets, options)
            ctx.save_for_backward(z, index, *arrays, *kept)
            ctx.mark_non_differentiable(*(x for x in (found.heft, found.correct) if x is not None))
            ctx.set_materialize_grads(False)
            return tuple(found)

        @staticmethod
        def backward(ctx: Any, *grads: Array | None) -> tuple:
            z, index, *arrays = ctx.saved_tensors
            targets, options, kept = unsaved(ctx.recipe, arrays)
            if all(g is None for g in grads):
                gradient = None
            elif torch.is_grad_enabled():
                gradient = _by_operations(z, targets, options, index, grads, create_graph=True)
            elif is_transformed(*(g for g in grads if g is not None)):  # several at once
                leaf = z.detach().requires_grad_()
                gradient = _by_operations(leaf, targets, options, index, grads)
            else:
                gradient = torch.empty_like(z) if index is None else torch.zeros_like(z)
                write_gradient(z, targets, options, index, kept, grads, gradient)
            return gradient, None, None, None, None

    return Pass


def saved(targets: Targets, options: Options) -> tuple[tuple, Any]:
    """Return the tensors of a problem, for PyTorch to watch, and how it is made of them again."""
    recipe = targets.kind, len(targets.parts), replace(options, class_weights=None)
    return (*targets.parts, options.class_weights), recipe


def unsaved(recipe: Any, arrays: Sequence[Any]) -> tuple[Targets, Options, Sequence[Any]]:
    """Return targets and options, and the tensors that come after theirs."""
    kind, count, options = recipe
    targets = Targets.made_of(kind, *arrays[:count])
    return targets, replace(options, class_weights=arrays[count]), arrays[count + 1 :]


def read(
    z: Array, targets: Targets, options: Options, index: Array | None, *, parts: bool
) -> tuple[PerRow, Sequence[Any]]:
    """Return what is asked of rows, 0 in those that do not count, and what their gradient needs."""
    if _labels_torch.suits(targets, options):
        return _labels_torch.read(z, targets, options, index, parts=parts)
    told = [tuple(_of_rows(z, targets, options, rows, parts=parts)) for rows in blocks(z, index)]
    return PerRow(*spread(told, index, z.shape[0])), ()


def write_gradient(
    z: Array,
    targets: Targets,
    options: Options,
    index: Array | None,
    kept: Sequence[Any],
    grads: Sequence[Any],
    gradient: Array,
) -> None:
    """Write the gradient in z, given those in what was read; it may be z itself."""
    import torch

    if _labels_torch.suits(targets, options):
        _labels_torch.write_gradient(z, targets, index, kept, grads, gradient)
        return
    for rows in blocks(z, index):
        with torch.enable_grad():
            block = z[rows].detach().requires_grad_()
            part = targets.each(lambda x, rows=rows: x[rows])
            found = _of_rows(block, part, options, slice(None), parts=grads[3] is not None)
            gradient[rows] = _vector_product(found, block, _of(grads, rows))


def _by_operations(
    z: Array,
    targets: Targets,
    options: Options,
    index: Array | None,
    grads: Sequence[Any],
    **how: Any,
) -> Array:
    """Return the gradient in z by operations that know their own derivatives and batches."""
    import torch

    rows = slice(None) if index is None else index
    with torch.enable_grad():
        found = _of_rows(z, targets, options, rows, parts=grads[3] is not None)
        return _vector_product(found, z, _of(grads, rows), **how)


def _of_rows(z: Array, targets: Targets, options: Options, rows: Any, *, parts: bool) -> PerRow:
    part = targets.each(lambda x: x[rows])
    return generic_per_row(namespace(z), widen(z[rows]), part, options, parts=parts)


def _of(grads: Sequence[Any], rows: Any) -> list[Array | None]:
    return [None if g is None else g[rows] for g in grads]


def _vector_product(found: PerRow, z: Array, grads: Sequence[Any], **options: Any) -> Array:
    """Return the gradient in z by way of every operation."""
    import torch

    pairs = [(x, g) for x, g in zip(found, grads, strict=True) if g is not None]
    outputs, weights = zip(*pairs, strict=True)
    return torch.autograd.grad(outputs, z, weights, **options)[0]
