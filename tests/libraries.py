"""The array libraries that every verb is tested on."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest


def extra(module, name=None):
    """Import an optional library; skip the test, or fail under KULLBACK_NO_SKIP=1, without it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        reason = f"needs the extra '{name or module}': pip install 'kullback[{name or module}]'"
        if os.environ.get("KULLBACK_NO_SKIP") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def example(name):
    """Return the program of that name in examples/, as a module."""
    path = Path(__file__).parents[1] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where its classes look for their names
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Library:
    """How to make an array of a library, and what comes back to plain NumPy."""

    name: str
    dtypes: tuple[str, ...]
    widest: str = "float64"

    def array(self, values, dtype=None):
        """Return values as an array of this library: a float type by name, else integers."""
        values = np.asarray(values)
        if self.name == "torch":
            import torch

            return torch.tensor(values, dtype=getattr(torch, dtype) if dtype else None)
        if self.name.startswith("jax"):
            import jax.numpy as jnp

            return jnp.asarray(values, dtype=dtype)
        if self.name == "array-api-strict":
            import array_api_strict as xp

            return xp.asarray(values if dtype is None else values.astype(dtype))
        made = values.copy() if dtype is None else values.astype(dtype)
        made.flags.writeable = self.name != "read-only numpy"
        return made

    def owns(self, x):
        """Whether x is an array of this library."""
        if self.name.endswith("numpy"):
            return isinstance(x, (np.ndarray, np.generic))
        return type(x).__module__.partition(".")[0] in {self.module, f"{self.module}lib"}

    @property
    def module(self):
        """The name that the library is imported by."""
        return self.name.split()[0].replace("-", "_")


def numbers(x):
    """Return an array of any library as exact float64 NumPy numbers."""
    x = x.detach() if hasattr(x, "detach") else x
    x = x.float() if "torch.bfloat16" in str(x.dtype) else x
    return np.asarray(x).astype(np.float64)


def dtype_of(x):
    """Return the name of an array's type, without its library."""
    return str(x.dtype).rpartition(".")[2]


_HALVES = ("float16", "bfloat16")
ALL = (
    Library("numpy", ("float16", "float32", "float64")),
    Library("read-only numpy", ("float32", "float64")),
    Library("array-api-strict", ("float32", "float64")),
    Library("torch", (*_HALVES, "float32", "float64")),
    Library("jax", (*_HALVES, "float32"), widest="float32"),
    Library("jax x64", (*_HALVES, "float32", "float64")),
)


@contextlib.contextmanager
def loaded(library):
    """Have a library ready, JAX with or without 64-bit floats."""
    if library.name == "torch":
        extra("torch")
    if not library.name.startswith("jax"):
        yield library
        return
    jax = extra("jax")
    enable = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    with enable(library.name == "jax x64"):
        yield library
