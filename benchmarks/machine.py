"""What a benchmark ran on: processor, Python and the versions of what it compares."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import kullback
from kullback._kernels import choice

__all__ = ["described", "installed", "kernels", "modules"]

MODULES = {
    "kb": ("kullback", "kullback"),
    "stats": ("scipy.stats", "scipy"),
    "special": ("scipy.special", "scipy"),
    "distance": ("scipy.spatial.distance", "scipy"),
    "torch": ("torch", "torch"),
    "D": ("torch.distributions", "torch"),
    "F": ("torch.nn.functional", "torch"),
    "regression": ("torchmetrics.functional.regression", "torchmetrics"),
    "clustering": ("torchmetrics.functional.clustering", "torchmetrics"),
    "text": ("torchmetrics.functional.text", "torchmetrics"),
    "dit": ("dit", "dit"),
    "metrics": ("sklearn.metrics", "scikit-learn"),
}
"""The modules that calls name, and the packages that they come with."""

PEERS = ("numpy", "scipy", "torch", "torchmetrics", "dit", "scikit-learn", "numba", "mpmath")


def cores() -> int:
    """Return how many processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # only Linux has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def installed(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def modules() -> dict[str, Any]:
    """Return the modules that calls name, as far as they are installed."""
    return {
        name: import_module(module)
        for name, (module, package) in MODULES.items()
        if installed(package)
    }


def processor() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def described() -> str:
    """Return a sentence of Markdown that names processor, Python and versions."""
    found = [("kullback", kullback.__version__), *((name, installed(name)) for name in PEERS)]
    shown = ", ".join(f"{name} {number}" for name, number in found if number)
    missing = [name for name, number in found if not number]
    without = f" Not installed: {', '.join(missing)}." if missing else ""
    return (
        f"On {processor()}, {cores()} cores, {platform.system()}, Python "
        f"{platform.python_version()}; {shown}.{without}"
    )


@contextmanager
def kernels(*, compiled: bool) -> Iterator[None]:
    """Let kullback use the kernels of the extra `fast`, whatever the size, or never."""
    with patch.object(choice, "_COMPILED", 0 if compiled else math.inf):
        yield
