"""Distributions of PyTorch and NumPyro as their constructors left them.

Both libraries compute some attributes when they are first asked for and keep them on the object,
beside what the constructor was given: PyTorch's logits of probabilities are clamped, and a copy made
by `expand` takes them for its parameters. Nothing that was asked before may decide an answer.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

import numpy as np

from kullback._array import Array, detached, is_traced, to_numpy

__all__ = ["as_constructed"]


def as_constructed(x: Any) -> Any:
    """Return a distribution without what it keeps of earlier questions; a copy if it kept any."""
    kept = vars(x)
    change: dict[str, Any] = {}
    for name, value in kept.items():
        if _is_distribution(value):
            change[name] = as_constructed(value)
        elif isinstance(value, (list, tuple)) and any(map(_is_distribution, value)):
            parts = (as_constructed(part) if _is_distribution(part) else part for part in value)
            change[name] = type(value)(parts)
    caches = _caches(x)
    if not caches and all(kept[name] is value for name, value in change.items()):
        return x
    made = copy.copy(x)
    vars(made).update(change)
    for name in caches:
        del vars(made)[name]
    given = next((name for name in ("probs", "logits") if name in vars(made)), None)
    if given is not None and "_param" in kept:
        vars(made)["_param"] = vars(made)[given]
    return made


def _is_distribution(x: Any) -> bool:
    return hasattr(x, "log_prob") and hasattr(x, "__dict__") and not isinstance(x, type)


def _caches(x: Any) -> list[str]:
    """Return the attributes that were computed when they were asked for."""
    names = list(vars(x))
    lazy = {
        name
        for kind in type(x).__mro__
        for name, value in vars(kind).items()
        if type(value).__name__ == "lazy_property"
    }
    if "_batch_shape" not in names:
        return []
    # The constructors of the base classes come last, and questions after them.
    asked = names[names.index("_batch_shape") :]
    return [name for name in names if name in lazy and (name in asked or _is_copied(x, name))]


def _is_copied(x: Any, name: str) -> bool:
    """Whether `expand` has copied an attribute that it could compute from another one."""
    kept = vars(x)
    if {"probs", "logits"} <= kept.keys():
        return (name == "logits") == _logits_are_computed(x) and name in ("probs", "logits")
    names = list(kept)
    root = "_unbroadcasted_scale_tril"
    if root in names and names.index(root) < names.index("_batch_shape"):
        return name in _ROOTS and (name == "scale_tril" or _same(kept[name], _ROOTS[name](x)))
    return False


def _logits_are_computed(x: Any) -> bool:
    """Whether logits are what PyTorch makes of the probabilities beside them."""
    from torch.distributions.utils import probs_to_logits

    probs, logits = vars(x)["probs"], vars(x)["logits"]
    binary = not any(kind.__name__ == "Categorical" for kind in type(x).__mro__)
    return _same(logits, probs_to_logits(probs, is_binary=binary))


def _covariance(x: Any) -> Array:
    root = x._unbroadcasted_scale_tril
    return root @ root.mT


def _precision(x: Any) -> Array:
    return sys.modules["torch"].cholesky_inverse(x._unbroadcasted_scale_tril)


# What PyTorch computes from the Cholesky factor; the factor itself is kept under another name.
_ROOTS = {"covariance_matrix": _covariance, "precision_matrix": _precision, "scale_tril": None}


def _same(a: Array, b: Array) -> bool:
    """Whether two arrays hold the same numbers; inside `vmap` there are none to compare."""
    a, b = detached(a), detached(b)
    if is_traced(a, b):
        return True
    a, b = np.broadcast_arrays(to_numpy(a), to_numpy(b))
    return bool(np.array_equal(a, b, equal_nan=True))
