"""What the conformance cases ask of a library, and arrays and gradients of PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from kullback.learning.conformance.definitions import Answer

__all__ = ["Adapter", "JaxAdapter", "TorchAdapter", "offer_only"]


def offer_only(options: dict[str, Any], *offered: str) -> None:
    """Say that a library has none of the other options."""
    if set(options) - set(offered):
        raise NotImplementedError


class Adapter:
    """What is asked of a library. Override what it has; the rest is not offered.

    Every method returns values and the gradient of their sum in the model's scores or
    probabilities, or None for the gradient where the library gives none. Arrays are those that
    `array` makes. An option comes only where a case uses it: raise `NotImplementedError` for one
    that the library does not have, as `offer_only` does, and for a reduction likewise.

    Attributes
    ----------
    name : str
        The column of the library in a table.
    """

    name = "unnamed"

    def array(self, values: np.ndarray, dtype: str) -> Any:
        """Return an array of this library; NumPy's if this is not overridden.

        `dtype` is "float64", "float32", "float16", "bfloat16", "int64" or "bool".
        """
        if dtype == "bfloat16":
            raise NotImplementedError
        return np.asarray(values, dtype=dtype)

    def softmax_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """Return the loss for labels (...) or probabilities (..., K) as targets.

        Options are those of `kullback.learning.softmax_cross_entropy`: axis, class_weights,
        weights, mask, ignore_index, label_smoothing, soft_cap, z_loss.
        """
        raise NotImplementedError

    def sigmoid_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """Return the loss of independent yes-or-no outcomes; the option is mask."""
        raise NotImplementedError

    def kl_divergence(self, p: Any, q: Any, *, given: str) -> Answer:
        """Return D(p || q) of rows of "logits", "log_probs" or "probs", and its gradient in q."""
        raise NotImplementedError

    def entropy(self, logits: Any) -> Answer:
        """Return the entropy of the softmax of rows."""
        raise NotImplementedError

    def log_loss(self, probs: Any, labels: Any) -> Answer:
        """Return the cross-entropy of labels with rows of probabilities."""
        raise NotImplementedError

    def binary_log_loss(self, probs: Any, targets: Any) -> Answer:
        """Return the cross-entropy of yes-or-no outcomes with the probabilities of yes."""
        raise NotImplementedError

    def answer(self, f: Callable[[Any], Any], x: Any) -> Answer:
        """Return f(x) and its gradient, if there is one."""
        return Answer(f(x), None)


class TorchAdapter(Adapter):
    """An adapter with arrays and gradients of PyTorch."""

    def array(self, values: np.ndarray, dtype: str) -> Any:
        """Return a tensor."""
        torch = import_module("torch")
        return torch.tensor(values, dtype=getattr(torch, dtype))

    def answer(self, f: Callable[[Any], Any], x: Any) -> Answer:
        """Return f(x) and its gradient."""
        torch = import_module("torch")
        x = x.detach().requires_grad_()
        value = f(x)
        if not value.requires_grad:
            return Answer(value, torch.zeros_like(x))
        return Answer(value, torch.autograd.grad(value, x, torch.ones_like(value))[0])


class JaxAdapter(Adapter):
    """An adapter with arrays and gradients of JAX."""

    def array(self, values: np.ndarray, dtype: str) -> Any:
        """Return an array; without 64-bit floats there is no float64."""
        jax = import_module("jax")
        if dtype == "float64" and not jax.config.jax_enable_x64:
            raise NotImplementedError
        return jax.numpy.asarray(values, dtype=None if dtype == "int64" else dtype)

    def answer(self, f: Callable[[Any], Any], x: Any) -> Answer:
        """Return f(x), computed outside `jit` so that it may be refused, and its gradient."""
        jax = import_module("jax")
        value = f(x)
        return Answer(value, jax.jit(jax.grad(lambda z: f(z).sum()))(x))
