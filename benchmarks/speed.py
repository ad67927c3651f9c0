"""How long exact measures take and how much memory, beside their peers, in one process.

All calls of a table are given the same data and take turns, so that what slows the machine slows
all of them alike. Peers that are not installed are left out.

    python benchmarks/speed.py -o docs/speed.md
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import described, installed, kernels, modules

from kullback._kernels.blocks import threads

Array = np.ndarray[Any, Any]

# What is called is shown as it stands here. Tensors share the memory of the arrays.
ENTROPY = (
    "kb.entropy(P)",
    "stats.entropy(P, axis=1)",
    "special.entr(P).sum(axis=1)",
    "-(P * np.log(P)).sum(axis=1)",
    "D.Categorical(probs=t(P)).entropy()",
    "torch.special.entr(t(P)).sum(-1)",
    "dit.shannon.entropy_pmf(P)",
)
KL = (
    "kb.kl_divergence(P, Q)",
    "stats.entropy(P, Q, axis=1)",
    "special.kl_div(P, Q).sum(axis=1)",
    "special.rel_entr(P, Q).sum(axis=1)",
    "D.kl_divergence(D.Categorical(probs=t(P)), D.Categorical(probs=t(Q)))",
    "F.kl_div(t(Q).log(), t(P), reduction='none').sum(-1)",
    "regression.kl_divergence(t(P), t(Q), reduction='none')",
    "P.sum() + Q.sum()",
)
CROSS_ENTROPY = (
    "kb.cross_entropy(P, Q)",
    "-special.xlogy(P, Q).sum(axis=1)",
    "F.cross_entropy(t(Q).log(), t(P), reduction='none')",
    "P.sum() + Q.sum()",
)
JENSEN_SHANNON = (
    "kb.jensen_shannon_divergence(P, Q)",
    "distance.jensenshannon(P, Q, axis=1) ** 2",
    "regression.jensen_shannon_divergence(t(P), t(Q), reduction='none')",
    "P.sum() + Q.sum()",
)
LOGITS_ENTROPY = (
    "kb.entropy(kb.Logits(A))",
    "stats.entropy(special.softmax(A, axis=1), axis=1)",
    "D.Categorical(logits=t(A)).entropy()",
)
LOGITS_KL = (
    "kb.kl_divergence(kb.Logits(A), kb.Logits(B))",
    "stats.entropy(special.softmax(A, axis=1), special.softmax(B, axis=1), axis=1)",
    "D.kl_divergence(D.Categorical(logits=t(A)), D.Categorical(logits=t(B)))",
    "F.kl_div(*(t(X).log_softmax(-1) for X in (B, A)), log_target=True, reduction='none').sum(-1)",
)
SMALL_ENTROPY = (
    "kb.entropy(p)",
    "stats.entropy(p)",
    "special.entr(p).sum()",
    "D.Categorical(probs=t(p)).entropy()",
)
SMALL_KL = (
    "kb.kl_divergence(p, q)",
    "stats.entropy(p, q)",
    "special.kl_div(p, q).sum()",
    "D.kl_divergence(D.Categorical(probs=t(p)), D.Categorical(probs=t(q)))",
)
MUTUAL = (
    "kb.mutual_information(kb.Samples(x=x, y=y), 'x', 'y')",
    "metrics.mutual_info_score(x, y)",
    "clustering.mutual_info_score(t(x), t(y))",
    "np.bincount(x * 50 + y)",
)
VARIABLES = (
    "[kb.total_correlation(J), kb.o_information(J)]",
    "[kb.total_correlation(kb.Joint(j, names)), kb.o_information(kb.Joint(j, names))]",
    "[total_correlation(DJ), o_information(DJ)]",
    "[f(dit.Distribution.from_ndarray(j)) for f in (total_correlation, o_information)]",
)


# ---------------------------------------------------------------- the data


def random(seed: int) -> np.random.Generator:
    """Return a generator that gives the same numbers for a seed."""
    return np.random.default_rng(seed)


def laws(seed: int, rows: int, k: int) -> Array:
    """Return rows that are drawn uniformly from all laws of k outcomes."""
    weights = random(seed).standard_exponential((rows, k))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def ordinary(rows: int, k: int, dtype: str = "float64") -> dict[str, Array]:
    """Return two tables that have nothing to do with each other."""
    return {"P": laws(1, rows, k).astype(dtype), "Q": laws(2, rows, k).astype(dtype)}


def near(rows: int, k: int) -> dict[str, Array]:
    """Return p, and q = p (1 + 1e-3 z) over its sum."""
    p = laws(1, rows, k)
    q = p * (1.0 + 1e-3 * random(3).standard_normal((rows, k)))
    q /= q.sum(axis=1, keepdims=True)
    return {"P": p, "Q": q}


def sparse(rows: int, k: int) -> dict[str, Array]:
    """Return p with 70 % of zeros, and q with zeros at half of these places."""
    p, q, u = laws(1, rows, k), laws(2, rows, k), random(4).random((rows, k))
    u[:, 0] = 1.0
    p[u < 0.7] = 0.0
    q[u < 0.35] = 0.0
    return {name: x / x.sum(axis=1, keepdims=True) for name, x in (("P", p), ("Q", q))}


def logits(rows: int, k: int) -> dict[str, Array]:
    """Return what two networks might answer, in float32."""
    a, b = (2.0 * random(seed).standard_normal((rows, k)) for seed in (5, 6))
    return {"A": a.astype("float32"), "B": b.astype("float32")}


def eight() -> dict[str, Array]:
    """Return two laws of eight outcomes."""
    return {"p": laws(1, 1, 8)[0], "q": laws(2, 1, 8)[0]}


def columns(rows: int) -> dict[str, Array]:
    """Return two dependent columns of integers below 50."""
    rng = random(7)
    x = rng.integers(0, 50, rows)
    return {"x": x, "y": np.where(rng.random(rows) < 0.3, x, rng.integers(0, 50, rows))}


def variables() -> dict[str, Any]:
    """Return a joint table of 12 binary variables, as an array and as each library has it."""
    table, libraries = laws(8, 1, 4096).reshape((2,) * 12), modules()
    names = [f"x{i}" for i in range(12)]
    data = {"j": table, "names": names, "J": libraries["kb"].Joint(table, names)}
    if "dit" in libraries:
        data["DJ"] = libraries["dit"].Distribution.from_ndarray(table)
        for name in ("total_correlation", "o_information"):
            data[name] = getattr(libraries["dit"].multivariate, name)
    return data


# ---------------------------------------------------------------- the clock and the scale


def named() -> dict[str, Any]:
    """Return what calls may name: the modules that are installed, and `t`."""
    found = modules()
    tensor = {"t": found["torch"].from_numpy} if "torch" in found else {}
    return {"np": np, **tensor, **found}


def resident(key: str) -> int:
    """Return the memory that this process holds (VmRSS), or held at most (VmHWM), in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise OSError(key)


def extra_memory(function: Callable[[], Any]) -> float | None:
    """Return how many MB a call needs at most, beyond its input and output; Linux knows.

    The kernel's own high-water mark sees what every library allocates. What earlier calls have
    freed is handed back first, lest the call be given it for nothing.
    """
    mark = Path("/proc/self/clear_refs")
    if not os.access(mark, os.W_OK):
        return None
    peaks = []
    for _ in range(3):
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        mark.write_text("5", encoding="utf-8")  # forget it
        before = resident("VmRSS")
        result = function()
        peaks.append(resident("VmHWM") - before - getattr(result, "nbytes", 0))
        del result
    return max(0, *peaks) / 1e6


@dataclass(frozen=True)
class Timing:
    """How long a call took, in seconds, and its extra memory in MB."""

    call: str
    fast: bool
    seconds: list[float]
    memory: float | None

    @property
    def best(self) -> float:
        """The shortest time."""
        return min(self.seconds)

    @property
    def label(self) -> str:
        """The call, and whether its kernels were compiled."""
        return f"`{self.call}`" + (", compiled" if self.fast else "")


@dataclass(frozen=True)
class Task:
    """One table: what is asked of everybody about which data."""

    name: str
    title: str
    calls: tuple[str, ...]
    data: Callable[[], dict[str, Any]]
    number: int = 1
    """How often a call is made for one reading of the clock."""
    compiled: bool = True
    """Whether kullback has compiled kernels for it."""

    @property
    def unit(self) -> tuple[str, float]:
        """What times are shown in, and how many of it are a second."""
        return ("µs", 1e6) if self.number > 1 else ("ms", 1e3)


def tasks(rows: int, long: int) -> list[Task]:
    """Return all tables, for so many rows of 100 and one row of so many outcomes."""
    wide = f"({rows}, 100) float64"
    narrow = 10 * rows
    return [
        Task("H", f"Entropy, {wide}", ENTROPY, lambda: ordinary(rows, 100)),
        Task("D", f"KL divergence, {wide}", KL, lambda: ordinary(rows, 100)),
        Task(
            "D near",
            f"KL divergence, {wide}, all rows nearly equal: q = p (1 + 1e-3 z)",
            KL,
            lambda: near(rows, 100),
        ),
        Task(
            "H sparse",
            f"Entropy, {wide}, 70 % zeros",
            tuple(call for call in ENTROPY if "np.log" not in call),
            lambda: sparse(rows, 100),
        ),
        Task(
            "D sparse",
            f"KL divergence, {wide}, 70 % zeros in p and 35 % in q",
            KL,
            lambda: sparse(rows, 100),
        ),
        Task("CE", f"Cross-entropy, {wide}", CROSS_ENTROPY, lambda: ordinary(rows, 100)),
        Task(
            "JS", f"Jensen-Shannon divergence, {wide}", JENSEN_SHANNON, lambda: ordinary(rows, 100)
        ),
        Task(
            "H float32",
            f"Entropy, ({rows}, 100) float32",
            ENTROPY,
            lambda: ordinary(rows, 100, "float32"),
        ),
        Task(
            "D float32",
            f"KL divergence, ({rows}, 100) float32",
            KL,
            lambda: ordinary(rows, 100, "float32"),
        ),
        Task("H row", f"Entropy, (1, {long}) float64", ENTROPY, lambda: ordinary(1, long)),
        Task("D row", f"KL divergence, (1, {long}) float64", KL, lambda: ordinary(1, long)),
        Task("H tens", f"Entropy, ({narrow}, 10) float64", ENTROPY, lambda: ordinary(narrow, 10)),
        Task("D tens", f"KL divergence, ({narrow}, 10) float64", KL, lambda: ordinary(narrow, 10)),
        Task(
            "logits H",
            "Entropy from logits, (8, 50000) float32",
            LOGITS_ENTROPY,
            lambda: logits(8, 50_000),
        ),
        Task(
            "logits D",
            "KL divergence from logits, (8, 50000) float32",
            LOGITS_KL,
            lambda: logits(8, 50_000),
        ),
        Task("H eight", "Entropy, eight outcomes", SMALL_ENTROPY, eight, 1000, compiled=False),
        Task("D eight", "KL divergence, eight outcomes", SMALL_KL, eight, 1000, compiled=False),
        Task(
            "I",
            f"Mutual information, two columns of {narrow} integers below 50",
            MUTUAL,
            lambda: columns(narrow),
            compiled=False,
        ),
        Task(
            "TC",
            "Total correlation and O-information, 12 binary variables",
            VARIABLES,
            variables,
            compiled=False,
        ),
    ]


def timings(task: Task, repeat: int) -> list[Timing]:
    """Let all calls of a task that can be made take turns."""
    names = named() | task.data()
    ready: list[tuple[str, bool, Callable[[], Any]]] = []
    for call in task.calls:
        function = eval(f"lambda: {call}", names)  # noqa: S307 (a constant of this file)
        try:
            function()
        except NameError:  # not installed
            continue
        ready.append((call, False, function))
        if task.compiled and call.startswith("kb.") and installed("numba"):
            ready.append((call, True, function))
    seconds: list[list[float]] = [[] for _ in ready]
    gc.collect()
    for turn in range(repeat + 1):
        for (_, fast, function), times in zip(ready, seconds, strict=True):
            with kernels(compiled=fast):
                start = time.perf_counter()
                for _ in range(task.number):
                    function()
                taken = time.perf_counter() - start
            if turn:  # the first one compiles, and warms up
                times.append(taken / task.number)
    found = []
    for (call, fast, function), times in zip(ready, seconds, strict=True):
        with kernels(compiled=fast):
            memory = extra_memory(function) if task.number == 1 else None
        found.append(Timing(call, fast, times, memory))
    return found


# ---------------------------------------------------------------- the goals


SCIPY, SUMS, BINCOUNT = "stats.entropy", "P.sum()", "np.bincount"
"""How the calls begin that others are measured by."""


@dataclass(frozen=True)
class Goal:
    """A promise about one table: the best time of kullback in units of another call's, or alone."""

    task: str
    text: str
    limit: float
    unit_of: str = ""
    """How the other call begins; if empty, the limit is in the task's unit of time."""
    fast: bool = False
    memory: bool = False
    """Whether the limit is one of MB."""

    def value(self, task: Task, found: list[Timing]) -> float | None:
        """Return what was measured, or None if it was not."""
        ours = next((x for x in found if "kb." in x.call and x.fast == self.fast), None)
        if ours is None or self.memory:
            return None if ours is None else ours.memory
        if not self.unit_of:
            return ours.best * task.unit[1]
        other = next((x for x in found if x.call.startswith(self.unit_of)), None)
        return None if other is None else ours.best / other.best


GOALS = (
    Goal("H", "entropy: time of `scipy.stats.entropy`", 0.12, SCIPY),
    Goal("H", "the same, compiled", 0.12, SCIPY, fast=True),
    Goal("H", "entropy: extra MB", 8.0, memory=True),
    Goal("H", "the same, compiled", 8.0, fast=True, memory=True),
    Goal("D", "KL divergence, ordinary rows: time of `scipy.stats.entropy`", 0.08, SCIPY),
    Goal("D", "the same, compiled", 0.08, SCIPY, fast=True),
    Goal("D", "KL divergence, ordinary rows: extra MB", 8.0, memory=True),
    Goal("D", "the same, compiled", 8.0, fast=True, memory=True),
    Goal("D", "compiled KL divergence: time of `P.sum() + Q.sum()`", 3.0, SUMS, fast=True),
    Goal("D near", "KL divergence, nearly equal rows: time of `scipy.stats.entropy`", 0.2, SCIPY),
    Goal("D near", "the same, compiled", 0.2, SCIPY, fast=True),
    Goal("D near", "KL divergence, nearly equal rows: extra MB", 8.0, memory=True),
    Goal("D near", "compiled, time of `P.sum() + Q.sum()`", 3.0, SUMS, fast=True),
    Goal("H eight", "entropy of eight outcomes, µs", 20.0),
    Goal("I", "mutual information: time of `np.bincount`", 1.5, BINCOUNT),
    Goal("TC", "total correlation and O-information, ms", 5.0),
)


# ---------------------------------------------------------------- the report

INTRODUCTION = """\
All calls of a table get the same data, in one process, and take turns; shown are the shortest and
the median time of {repeat} turns after one that warms up. `of SciPy` is the share of the time of
`scipy.stats.entropy`. kullback checks what it is given, and so does `torch.distributions`; most
others do not. Extra memory is the highest resident memory during a call, beyond its input and its
output, as Linux counts it for all libraries alike.

kullback uses {ours} threads, torch {torch}, the others one. `compiled` is kullback with the extra
`fast`, the row above it without; left alone, compiled kernels run from four million numbers on. `t`
makes a tensor that shares the memory of an array, `F` is `torch.nn.functional` and `D` is
`torch.distributions`. dit answers in bits.
"""


def digits(x: float) -> str:
    """Return a number to three digits, never as a power of ten."""
    return f"{x:.3g}" if x < 100 else f"{x:.0f}"


def table(task: Task, found: list[Timing]) -> Iterator[str]:
    """Yield the timings of a task as a Markdown table."""
    name, per_second = task.unit
    units = [x for x in found if x.call.startswith((SCIPY, SUMS, BINCOUNT))]
    heads = [f"best, {name}", f"median, {name}"]
    heads += ["of SciPy" if x.call.startswith(SCIPY) else f"of `{x.call}`" for x in units]
    if task.number == 1:
        heads.append("extra MB")
    yield f"| call | {' | '.join(heads)} |"
    yield "| --- |" + " --: |" * len(heads)
    for x in found:
        cells = [digits(x.best * per_second), digits(statistics.median(x.seconds) * per_second)]
        cells += [digits(x.best / unit.best) for unit in units]
        if task.number == 1:
            cells.append("-" if x.memory is None else f"{x.memory:.1f}")
        yield f"| {x.label} | {' | '.join(cells)} |"


def goals(results: dict[str, tuple[Task, list[Timing]]]) -> Iterator[str]:
    """Yield what was promised and what was measured, as a Markdown table."""
    yield "| goal | at most | measured | |"
    yield "| --- | --: | --: | --- |"
    for goal in GOALS:
        value = goal.value(*results[goal.task]) if goal.task in results else None
        if value is not None:
            verdict = "met" if value <= goal.limit else "**missed**"
            yield f"| {goal.text} | {goal.limit:g} | {digits(value)} | {verdict} |"


def report(options: argparse.Namespace) -> Iterator[str]:
    """Yield the study as Markdown."""
    results = {}
    if (load := os.getloadavg()[0]) > 0.5:
        print(f"The machine is not idle (load {load:.1f}): times mean little.", file=sys.stderr)
    for task in tasks(options.rows, options.long):
        if not options.only or task.name in options.only:
            print(task.title, file=sys.stderr)
            results[task.name] = task, timings(task, options.repeat)
    torch = modules().get("torch")
    yield "# Speed of exact measures\n"
    asked = f"--repeat {options.repeat} --rows {options.rows} --long {options.long}"
    yield f"Made by `python benchmarks/speed.py {asked}`. {described()}\n"
    used = {"ours": threads(100 * options.rows), "torch": torch.get_num_threads() if torch else 0}
    yield INTRODUCTION.format(repeat=options.repeat, **used)
    yield "## Goals\n"
    yield from goals(results)
    for task, found in results.values():
        yield f"\n## {task.title}\n"
        yield from table(task, found)


def main(arguments: list[str] | None = None) -> None:
    """Run the study and print Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--long", type=int, default=10_000_000)
    parser.add_argument("--only", action="append", help="a table by its short name, such as D")
    parser.add_argument("-o", "--output", type=Path, help="also write the tables here")
    options = parser.parse_args(arguments)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        text = "\n".join(report(options)) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
