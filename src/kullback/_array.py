"""The one door to array libraries: NumPy, PyTorch, JAX and every array-API library.

Nothing else in the package asks which library an array belongs to. Libraries are looked up among
the loaded modules and never imported: their arrays cannot reach us before they are.
"""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from decimal import Decimal
from functools import cache
from numbers import Real
from typing import Any

import numpy as np

from kullback.errors import KullbackError

__all__ = [
    "Array",
    "as_float_array",
    "as_index",
    "as_scalar",
    "detached",
    "device_of",
    "epsilon",
    "first_failure",
    "has_gradient",
    "holds_integers",
    "is_array",
    "is_numpy",
    "is_traced",
    "is_transformed",
    "like",
    "namespace",
    "narrow",
    "one_hot",
    "pick",
    "put",
    "safe_log",
    "sum_tolerance",
    "take",
    "to_array",
    "to_numpy",
    "widen",
]

Array = Any
"""An array of any supported library."""

_NUMPY = (np.ndarray, np.generic)  # tuples of types, which `torch.compile` can follow


def namespace(*arrays: Array) -> Any:
    """Return the array-API namespace that the arrays share."""
    if is_numpy(*arrays):
        return np
    if all(_is_torch(a) for a in arrays):
        import array_api_compat.torch  # named, because `torch.compile` cannot follow a look-up

        return array_api_compat.torch
    from array_api_compat import array_namespace

    try:
        return array_namespace(*arrays)
    except TypeError:
        raise _mixed(*arrays) from None


def _mixed(*arrays: Array) -> KullbackError:
    kinds = sorted({type(a).__module__.partition(".")[0] for a in arrays})
    return KullbackError("array.mixed", kinds=", ".join(kinds))


def is_numpy(*arrays: Array) -> bool:
    """Whether all of them are NumPy's."""
    for a in arrays:  # noqa: SIM110 (every small call comes here, and `all` takes twice as long)
        if not isinstance(a, _NUMPY):
            return False
    return True


_REFUSED = (
    ((set, frozenset), "set"),
    (dict, "dict"),
    ((str, bytes), "str"),
    (type(None), "none"),
)


def is_array(x: Any) -> bool:
    """Whether x is an array of some library, and not a list or a number."""
    return isinstance(x, _NUMPY) or hasattr(x, "__array_namespace__") or _is_torch(x)


def _is_torch(x: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def to_array(x: Any, name: str = "p") -> Array:
    """Return x as it is if it is an array, else as a NumPy array; refuse what is neither."""
    if isinstance(x, np.ma.MaskedArray):
        raise KullbackError("array.masked", name=name)
    if isinstance(x, _NUMPY):
        return _numeric(np.asarray(x), name)
    if _is_torch(x):
        return _plain_tensor(x, name)
    if (what := _storage(x)) is not None:
        raise KullbackError(f"storage.{what}", name=name)
    for refused, what in _REFUSED:
        if isinstance(x, refused):
            raise KullbackError(f"array.{what}", name=name)
    return _plain(x, name) if is_array(x) else _numeric(_read(x, name), name)


_NARROW_INTEGERS = ("int1", "int2", "int4", "uint1", "uint2", "uint4")
_NARROW_FLOATS = ("float4_", "float6_", "float8_")


def _computable(title: str) -> str | None:
    """Return the type that holds all numbers of one of few bits; None for the others."""
    if title in _NARROW_INTEGERS:
        return "int8"
    return "float32" if title.startswith(_NARROW_FLOATS) else None


def _numeric(x: np.ndarray, name: str) -> np.ndarray:
    kind, title = x.dtype.kind, x.dtype.name
    if kind == "O":
        return _from_objects(x, name)
    if wider := _computable(title):  # NumPy cannot tell what it is
        return x.astype(wider)
    if kind not in "fiub" and title != "bfloat16":
        raise KullbackError("array.not_numeric", name=name, dtype=str(x.dtype))
    # Files may hold the other order of bytes, which compares as another type.
    return x if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))


def _from_objects(x: np.ndarray, name: str) -> np.ndarray:
    """Return Python's own numbers, decimals and fractions among them, as floats."""
    if all(isinstance(v, (Real, Decimal)) for v in x.flat):
        with suppress(OverflowError, ValueError):  # beyond the largest float; a signalling NaN
            return x.astype(np.float64)
    gap = next((i for i, v in np.ndenumerate(x) if v is None), None)
    if gap is not None:
        raise KullbackError("array.missing", name=name, place=", ".join(map(str, gap)))
    raise KullbackError("array.not_numeric", name=name, dtype=str(x.dtype))


def _storage(x: Any) -> str | None:
    """Return what is wrong with how an object keeps its numbers, if it is known to be no array."""
    module = type(x).__module__
    if module.startswith(("scipy.sparse", "jax.experimental.sparse", "sparse.")):
        return "sparse"
    return None


def _read(x: Any, name: str) -> np.ndarray:
    """Return as NumPy's array what is not yet an array."""
    if _holds_masked(x):
        raise KullbackError("array.masked", name=name)
    try:
        return np.asarray(x)
    except Exception as error:  # it may come from any library, in any class
        if isinstance(error, ValueError) and "inhomogeneous" in str(error):
            raise KullbackError("array.ragged", name=name) from None
        reason = str(error).partition("\n")[0] or type(error).__name__
        kind = type(x).__name__
        raise KullbackError("array.unreadable", name=name, kind=kind, reason=reason) from error


def _holds_masked(x: Any) -> bool:
    """Whether a list has masked values in it, which NumPy would take for ordinary ones."""
    if isinstance(x, (list, tuple)):
        return any(_holds_masked(part) for part in x)
    return isinstance(x, np.ma.MaskedArray) or type(x).__name__ == "MaskedTensor"


def _plain_tensor(x: Array, name: str) -> Array:
    """Return a tensor that the measures can compute with; refuse what has no values of its own."""
    torch = sys.modules["torch"]
    if torch.compiler.is_compiling():
        return x
    title = type(x).__name__
    if title == "MaskedTensor":
        raise KullbackError("storage.masked_tensor", name=name)
    if x.is_nested:
        raise KullbackError("storage.jagged", name=name)
    if x.layout is not torch.strided:
        raise KullbackError("storage.sparse", name=name)
    if x.is_quantized:
        raise KullbackError("storage.quantized", name=name)
    if x.device.type == "meta" or title == "FakeTensor":
        raise KullbackError("storage.no_values", name=name)
    if x.is_complex():
        raise KullbackError("array.not_numeric", name=name, dtype=str(x.dtype))
    if x.is_neg():  # a view that other libraries cannot read
        x = x.resolve_neg()
    if x.dtype in _common_types(torch):
        return x
    return _common_type(torch, x, name)


@cache
def _common_types(torch: Any) -> frozenset[Any]:
    """Return the types that PyTorch can compare and add up."""
    names = ("float64", "float32", "float16", "bfloat16", "bool")
    whole = ("int8", "int16", "int32", "int64", "uint8")
    return frozenset(getattr(torch, name) for name in (*names, *whole))


def _common_type(torch: Any, x: Array, name: str) -> Array:
    """Return a tensor of a type for storage in one that can be computed with; the same numbers."""
    try:
        if x.dtype.is_floating_point:  # of 8 bits
            return x.to(torch.float32)
        whole = x.to(torch.int64)
        if x.dtype != torch.uint64 or is_traced(x) or bool((whole >= 0).all()):
            return whole
    except (RuntimeError, NotImplementedError, TypeError):
        pass
    raise KullbackError("array.not_numeric", name=name, dtype=str(x.dtype))


def _plain(x: Array, name: str) -> Array:
    """Return an array of JAX or of another library in a type that can be computed with."""
    xp = namespace(x)
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(x, jax.Array):
        title = str(x.dtype)
        if not isinstance(x, jax.core.Tracer) and x.is_deleted():
            raise KullbackError("storage.no_values", name=name)
        if wider := _computable(title):
            return x.astype(wider)
        if jax.dtypes.issubdtype(x.dtype, jax.dtypes.extended):  # such as keys
            raise KullbackError("array.not_numeric", name=name, dtype=title)
    try:
        known = "bfloat16" in str(x.dtype) or xp.isdtype(x.dtype, _KINDS)
    except TypeError:
        known = False
    if not known:
        raise KullbackError("array.not_numeric", name=name, dtype=str(x.dtype))
    return x


_KINDS = ("bool", "integral", "real floating")


def holds_integers(x: Array, *, or_booleans: bool = False) -> bool:
    """Whether an array's type is one of integers."""
    if "bfloat16" in str(x.dtype):  # which NumPy knows nothing of
        return False
    return namespace(x).isdtype(x.dtype, ("integral", "bool") if or_booleans else "integral")


def as_float_array(x: Any, name: str = "p") -> Array:
    """Return x as an array of real floating-point numbers; integers become the widest float."""
    x = to_array(x, name)
    xp = namespace(x)
    if _is_real_floating(xp, x):
        return x
    return xp.astype(x, _widest(xp, x))


def _is_real_floating(xp: Any, x: Array) -> bool:
    if x.dtype in (xp.float64, xp.float32):  # as nearly always, and soon told
        return True
    return "bfloat16" in str(x.dtype) or xp.isdtype(x.dtype, "real floating")


def _widest(xp: Any, x: Array) -> Any:
    """float64, or float32 where library or device has no more."""
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(x, jax.Array):
        return jax.dtypes.canonicalize_dtype(np.float64)
    if getattr(getattr(x, "device", None), "type", "") == "mps":
        return xp.float32
    return xp.float64


def sum_tolerance(x: Array) -> float:
    """Return how far a sum may be from 1: tables often come from a lower precision."""
    if x.dtype == namespace(x).float64:  # as nearly always, and soon told
        return 1e-6
    return max(1e-6, math.sqrt(epsilon(x)))


def epsilon(x: Array) -> float:
    """Return the step of an array's type: the distance from 1 to the next number."""
    if "bfloat16" in str(x.dtype):  # which NumPy knows nothing of
        return 2.0**-7
    return float(namespace(x).finfo(x.dtype).eps)


def widen(x: Array) -> Array:
    """Return x in the precision that sums are taken in: float64 wherever it exists."""
    xp = namespace(x)
    widest = _widest(xp, x)
    return x if x.dtype == widest else xp.astype(x, widest)


def narrow(value: Array, *inputs: Array) -> Array:
    """Return a widened result in the inputs' precision: float64 for float64, else float32.

    Inputs that hold integers have no say in it.
    """
    if any(x.dtype == value.dtype for x in inputs):
        return as_scalar(value)
    xp = namespace(value)
    dtypes = [x.dtype for x in inputs if _is_real_floating(xp, x)]
    wide = (xp.float64, getattr(xp, "longdouble", xp.float64))
    if dtypes and not any(d in wide for d in dtypes) and value.dtype != xp.float32:
        if not is_numpy(value):  # `torch.compile` cannot follow the next
            return as_scalar(xp.astype(value, xp.float32))
        with np.errstate(over="ignore", under="ignore"):  # what is too large for the type is inf
            value = value.astype(np.float32)
    return as_scalar(value)


def as_scalar(value: Array) -> Array:
    """Return NumPy's scalar for its arrays of no dimension, and all others as they are."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def is_traced(*arrays: Array) -> bool:
    """Whether values are not there to be checked: inside `jit`, `vmap` or `torch.compile`."""
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(a, jax.core.Tracer) for a in arrays):
        return True
    torch = sys.modules.get("torch")
    if torch is None or not any(_is_torch(a) for a in arrays):
        return False
    if torch.compiler.is_compiling():
        return True
    return any(_is_batched(torch, a) for a in arrays)


def _is_batched(torch: Any, x: Array) -> bool:
    """Whether x is inside `torch.func.vmap`, perhaps under `grad` as well."""
    inside = torch._C._functorch  # noqa: SLF001 (there is no public test)
    while inside.is_functorch_wrapped_tensor(x):
        if inside.is_batchedtensor(x):
            return True
        x = inside.get_unwrapped(x)
    return False


def first_failure(condition: Array, x: Array) -> tuple[str, Any] | None:
    """Return where in x a condition first fails, as an index, and the value there.

    Comparisons with NaN are false, so they fail. None if the condition holds everywhere, and for
    constants inside `jit`, where comparing them is traced although they are not.
    """
    if is_traced(condition) or bool(namespace(condition).all(condition)):
        return None
    holds = to_numpy(condition)
    place = np.unravel_index(np.argmin(holds), holds.shape)
    return ", ".join(str(i) for i in place), to_numpy(x)[place].item()


def detached(x: Array) -> Array:
    """Return x without its gradient: its value, where it has one inside `grad`."""
    if isinstance(x, _NUMPY):
        return x
    if _is_torch(x):
        return x.detach()
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(x, jax.core.Tracer):
        return jax.lax.stop_gradient(x)
    return x


def has_gradient(*arrays: Array) -> bool:
    """Whether what is made of some of these arrays may be differentiated."""
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(a, jax.core.Tracer) for a in arrays):
        return True
    return any(_is_torch(a) and (a.requires_grad or _is_wrapped(a)) for a in arrays)


def is_transformed(*tensors: Array) -> bool:
    """Whether a backward pass written by hand is not enough for tensors.

    They are inside `torch.func`, have a forward derivative, or are a batch of gradients.
    """
    from torch.autograd.forward_ad import unpack_dual

    inside = sys.modules["torch"]._C._functorch  # noqa: SLF001
    return any(
        _is_wrapped(x) or inside.is_legacy_batchedtensor(x) or unpack_dual(x).tangent is not None
        for x in tensors
    )


def _is_wrapped(x: Array) -> bool:
    """Whether a tensor is inside a transform of `torch.func`, such as `grad`."""
    torch = sys.modules["torch"]
    if torch.compiler.is_compiling():  # which cannot follow the question
        return False
    return torch._C._functorch.is_functorch_wrapped_tensor(x)  # noqa: SLF001


def to_numpy(x: Array) -> np.ndarray:
    """Copy an array of any library and device to NumPy, without its gradient."""
    if isinstance(x, _NUMPY):
        return np.asarray(x)
    if _is_torch(x):
        return _from_torch(x)
    return np.asarray(detached(x))


def _from_torch(x: Array) -> np.ndarray:
    inside = sys.modules["torch"]._C  # noqa: SLF001
    while _is_wrapped(x):
        x = inside._functorch.get_unwrapped(x)  # noqa: SLF001
    with inside._DisableFuncTorch():  # noqa: SLF001
        x = x.detach().cpu()
        if "bfloat16" in str(x.dtype):  # NumPy has no such type
            x = x.float()
        return x.numpy()


def like(x: Array, other: Array) -> Array:
    """Return x in the library of another array; refuse one whose gradient would be lost."""
    xp = namespace(other)
    if namespace(x) is xp:
        return x
    if has_gradient(x):
        raise _mixed(x, other)
    return xp.asarray(to_numpy(x), device=device_of(other))


def device_of(x: Array) -> Any:
    """Return where an array is kept, or None where its library does not tell."""
    return getattr(x, "device", None)  # inside `vmap` an array of JAX has none


def as_index(x: Array) -> Array:
    """Return integers in the library's own type, which compares with any number of classes."""
    xp = namespace(x)
    return xp.astype(x, xp.asarray(0).dtype)


def one_hot(xp: Any, index: Array, num_outcomes: int) -> Array:
    """Return a boolean mask over a new last axis, true at `index`."""
    outcomes = xp.arange(num_outcomes, dtype=index.dtype, device=device_of(index))
    return index[..., None] == outcomes


def pick(values: Array, index: Array) -> Array:
    """Return ``values[..., index]``, one value per row; leading shapes broadcast."""
    xp = namespace(values)
    try:
        shape = np.broadcast_shapes(values.shape[:-1], index.shape)
    except ValueError:
        shapes = f"x: {tuple(index.shape)}, p: {tuple(values.shape[:-1])}"
        raise KullbackError("family.broadcast", shapes=shapes) from None
    values = xp.broadcast_to(values, (*shape, values.shape[-1]))
    return take(values, xp.broadcast_to(index, shape)[..., None])[..., 0]


def take(values: Array, indices: Array) -> Array:
    """Return ``values[..., i]`` for each of the indices on the last axis; same leading shape."""
    xp = namespace(values)
    if _is_torch(indices):
        indices = xp.astype(indices, xp.int64)  # it takes no other
    return xp.take_along_axis(values, indices, axis=-1)


def put(values: Array, indices: Array, value: float) -> Array:
    """Return a copy with one value at each of the indices on the last axis; likewise."""
    if _is_torch(values):
        return values.scatter(-1, indices.long(), value)
    xp = namespace(values)
    if is_numpy(values):
        values = values.copy()
        np.put_along_axis(values, indices, value, axis=-1)
        return values
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(values, jax.Array):
        filled = xp.asarray(value, dtype=values.dtype)
        return xp.put_along_axis(values, indices, filled, axis=-1, inplace=False)
    named = xp.any(one_hot(xp, indices, values.shape[-1]), axis=-2)
    return xp.where(named, value, values)


def safe_log(xp: Any, x: Array) -> Array:
    """Return log x, and -inf with gradient 0 where x is 0."""
    zero = x == 0
    return xp.where(zero, -xp.inf, xp.log(xp.where(zero, xp.ones_like(x), x)))
