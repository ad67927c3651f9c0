"""The rules of the house: who may import whom, and what an import may cost."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pkgutil
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import kullback

SRC = Path(kullback.__file__).parent
FILES = sorted(SRC.rglob("*.py"))
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(SRC)], "kullback.")
    if not module.name.endswith("__main__")
)

# Left never imports right; rooms of one entry may not import each other.
ORDER = [
    {"strings", "svg", "_table"},
    {"errors"},
    {"_calls"},
    {"units"},
    {"_array"},
    {"_kernels"},
    {"estimate"},
    {"kinds"},
    {"verbs"},
    {"measures"},
    {"families"},
    {"fitting"},
    {"estimators"},
    {"learning"},
    {"scoring"},
    {"data"},
    {"report"},
    {"explorer", "cli"},
]
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
HEAVY = {
    "array_api_compat",
    "dask",
    "duckdb",
    "jax",
    "matplotlib",
    "narwhals",
    "numba",
    "pandas",
    "polars",
    "pyspark",
    "rich",
    "scipy",
    "torch",
}


def room(path):
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imported(node):
    """Return the full names that an import statement asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


ROOMS = [path for path in FILES if room(path) not in ("__init__", "__main__")]  # the doors


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: str(p.relative_to(SRC)))
def test_left_never_imports_right(path):
    here = room(path)
    assert here in LEVEL, f"{here} has no place in the house"
    for node in ast.walk(parse(path)):
        for name in imported(node):
            if not name.startswith("kullback."):
                continue
            there = name.split(".")[1]
            if there in (here, "__version__"):
                continue
            assert there in LEVEL, f"line {node.lineno}: import from {there}, which is no room"
            assert LEVEL[there] < LEVEL[here], f"line {node.lineno}: {here} imports {there}"


def run_at_import(body):
    """Yield the statements that run when a module is imported."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from run_at_import(node.orelse)
            continue
        yield node
        for block in ("body", "orelse", "finalbody"):
            yield from run_at_import(getattr(node, block, []))
        for handler in getattr(node, "handlers", []):
            yield from run_at_import(handler.body)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_heavy_libraries_are_imported_inside_functions(path):
    allowed = {"click"} if room(path) == "cli" else set()
    roots = {
        name.partition(".")[0]
        for node in run_at_import(parse(path).body)
        for name in imported(node)
    }
    assert not roots & ((HEAVY | {"click"}) - allowed)


REGISTERS = {"closed_form", "closed_form_if_equal", "entropy_of_bell", "maximum", "rule", "starts"}


def defined(path):
    """Yield the public functions and classes of a file that are not registered somewhere."""
    for node in parse(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            calls = [d.func for d in node.decorator_list if isinstance(d, ast.Call)]
            if not any(isinstance(f, ast.Name) and f.id in REGISTERS for f in calls):
                yield node.name


@pytest.mark.parametrize("name", MODULES)
def test_all_lists_what_exists(name):
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None)
    if listed is None:
        names = {x for x, value in vars(module).items() if not inspect.ismodule(value)}
        names = {x for x in names if not x.startswith("_")} - {"annotations"}
        assert names <= ({"STRINGS"} if name.startswith("kullback.strings.") else set())
        return
    assert len(set(listed)) == len(listed)
    assert not [x for x in listed if not hasattr(module, x)]
    assert set(defined(Path(module.__file__))) <= set(listed)


def test_the_door_lists_what_exists():
    assert len(set(kullback.__all__)) == len(kullback.__all__)
    for name in kullback.__all__:
        assert getattr(kullback, name) is not None
    with pytest.raises(AttributeError):
        kullback.no_such_name  # noqa: B018


# ---------------------------------------------------------------- what an import costs

IMPORT = "import kullback"
HELP = "from kullback.cli import main; main(['--help'])"
FOREIGN = HEAVY - {"array_api_compat"}


def python(code, bytecode=None):
    path = os.pathsep.join([str(SRC.parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    if bytecode:  # keep what is compiled, also where the environment says not to
        environment |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)}
    return subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout


@pytest.mark.parametrize("code", [IMPORT, HELP], ids=["import", "help"])
def test_nothing_heavy_is_loaded(code):
    tell = f"import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules)); {code}"
    loaded = python(tell).partition("LOADED ")[2].split()
    assert "kullback" in loaded
    assert not {name.partition(".")[0] for name in loaded} & FOREIGN


def cpu(code, bytecode):
    """Return the seconds of CPU that a fresh interpreter takes for some code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    python(code, bytecode)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize(("code", "budget"), [(IMPORT, 1.5), (HELP, 2.0)], ids=["import", "help"])
def test_an_import_costs_little_beyond_numpy(code, budget, tmp_path):
    """The least of several runs, taken in turns, is free of what else the machine is doing."""
    python(code, tmp_path)  # compiles to bytecode, as an installed package is
    ours, theirs = [], []
    for _ in range(12):
        ours.append(cpu(code, tmp_path))
        theirs.append(cpu("import numpy", tmp_path))
    assert min(ours) <= budget * min(theirs), f"{min(ours):.3f} s against {min(theirs):.3f} s"
