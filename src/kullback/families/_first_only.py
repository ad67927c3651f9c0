"""Arrays that can be differentiated once: a second derivative is refused, not silently wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

from kullback._array import Array, has_gradient
from kullback.errors import KullbackError

__all__ = ["first_only"]


def first_only(x: Array) -> Array:
    """Return an array as it is, whose second derivative is an error."""
    if not has_gradient(x):
        return x
    if type(x).__module__.startswith("torch"):
        return _of_torch().apply(x)
    return _of_jax()(x)


def _refused(*_: Any) -> Any:
    raise KullbackError("ladder.second")


@cache
def _of_torch() -> Any:
    import torch

    class Refused(torch.autograd.Function):
        """The gradient, which depends on the array in a way that is not known."""

        generate_vmap_rule = True

        @staticmethod
        def forward(gradient: Any, x: Any) -> Any:  # noqa: ARG004
            return gradient.clone()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            """Keep nothing."""

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Any) -> Any:
            return _refused(ctx, *grad_outputs)

    class Once(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any) -> Any:
            return x.clone()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:  # noqa: ARG004
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Any) -> Any:
            return Refused.apply(grad_outputs[0], *ctx.saved_tensors)

    return Once


@cache
def _of_jax() -> Any:
    import jax

    @jax.custom_jvp
    def once(x: Any) -> Any:
        return x

    @jax.custom_jvp
    def one(x: Any) -> Any:
        return jax.numpy.ones_like(x)

    one.defjvp(_refused)

    @once.defjvp
    def slope(primals: Any, tangents: Any) -> Any:
        return primals[0], tangents[0] * one(primals[0])

    return once
