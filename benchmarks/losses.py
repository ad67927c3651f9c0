"""How long losses and their gradients take and how much memory, beside PyTorch's, in one process.

Calls of a table are given the same tensors and take turns; time is that of the processor, so that
what else runs on the machine matters less. Memory is measured in a process of its own per call.

    python benchmarks/losses.py -o losses.md
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from machine import described
from speed import digits, extra_memory
from torch import distributions, nn
from torch.nn import functional

from kullback.learning import linear_cross_entropy, softmax_cross_entropy

Tensor = torch.Tensor

# What is called is shown as it stands here: each is a loss, of which the gradient is taken.
OURS = "linear_cross_entropy(x, w, t, reduction='mean')"
NAIVE = "F.cross_entropy(F.linear(x, w), t)"
PRODUCTS = "products(x, w)"
LINEAR = (
    OURS,
    NAIVE,
    PRODUCTS,
    "F.linear_cross_entropy(x, w, t, options=Options())",
    "F.linear_cross_entropy(x, w, t, options=Options(batch_chunk_size=512))",
)
HALF_OURS = "linear_cross_entropy(xh, wh, t, reduction='mean')"
HALF = (
    HALF_OURS,
    NAIVE,
    "F.cross_entropy(F.linear(xh, wh), t)",
    "F.linear_cross_entropy(xh, wh, t, options=Options(batch_chunk_size=512))",
)
TOGETHER_OURS = "together(softmax_cross_entropy(z, t, z_loss=1e-4, **PARTS))"
SEPARATE = (
    "F.cross_entropy(z, t) + 1e-4 * (z.logsumexp(1) ** 2).mean()"
    " + 0.01 * (z.softmax(1) * z.log_softmax(1)).sum(1).mean()"
)
BY_CATEGORICAL = (
    "F.cross_entropy(z, t) + 1e-4 * (z.logsumexp(1) ** 2).mean()"
    " - 0.01 * D.Categorical(logits=z).entropy().mean()"
)
TOGETHER = (TOGETHER_OURS, SEPARATE, BY_CATEGORICAL)
PLAIN_OURS = "softmax_cross_entropy(z, t, reduction='mean')"
PLAIN = (PLAIN_OURS, "F.cross_entropy(z, t)")

UNITS = {
    PRODUCTS: "of the products",
    NAIVE: "of the naive way",
    SEPARATE: "of separate calls",
    PLAIN[1]: "of PyTorch",
}
"""What calls are measured by, and how a table says so."""


def products(x: Tensor, w: Tensor) -> None:
    """Take the three products of matrices that no way to the gradient does without."""
    with torch.no_grad():
        z = torch.mm(x, w.t())
        torch.mm(z, w)
        torch.mm(z.t(), x)


def together(parts: Any) -> Tensor:
    """Return a loss with its z-loss, less a bonus for entropy."""
    return parts.loss - 0.01 * parts.entropy


NAMES = {
    "linear_cross_entropy": linear_cross_entropy,
    "softmax_cross_entropy": softmax_cross_entropy,
    "products": products,
    "together": together,
    "PARTS": {"return_parts": True, "reduction": "mean"},
    "F": functional,
    "D": distributions,
    "Options": getattr(nn, "LinearCrossEntropyOptions", None),
}


# ---------------------------------------------------------------- the data


def head(rows: int, dimension: int, classes: int, *, ignored: bool = False) -> dict[str, Tensor]:
    """Return what goes into a head, its weights and labels; in half precision the same numbers."""
    made = torch.Generator().manual_seed(1)
    x, w = (torch.randn(n, dimension, generator=made) for n in (rows, classes))
    t = torch.randint(classes, (rows,), generator=made)
    if ignored:
        t[torch.randperm(rows, generator=made)[: rows // 2]] = -100
    xh, wh = x.bfloat16(), (w * dimension**-0.5).bfloat16()
    named = {"xh": xh, "wh": wh, "x": xh.float(), "w": wh.float()}
    return {"t": t} | {name: a.requires_grad_() for name, a in named.items()}


def scores(rows: int, classes: int) -> dict[str, Tensor]:
    """Return logits and labels."""
    made = torch.Generator().manual_seed(2)
    z = 2.0 * torch.randn(rows, classes, generator=made)
    return {"z": z.requires_grad_(), "t": torch.randint(classes, (rows,), generator=made)}


@dataclass(frozen=True)
class Task:
    """One table: what is called, and with which tensors."""

    name: str
    title: str
    calls: tuple[str, ...]
    data: Callable[[], dict[str, Tensor]]
    unit_of: str
    """The call that the others are measured by."""


def tasks(rows: int, dimension: int, classes: int) -> list[Task]:
    """Return all tables."""
    size = f"{rows} rows of {dimension} dimensions, {classes} classes"
    whole = partial(head, rows, dimension, classes)
    few = max(1, rows // 4)
    logits = partial(scores, few, classes)
    return [
        Task("linear", f"Linear head, float32, {size}", LINEAR, whole, PRODUCTS),
        Task(
            "ignored",
            f"Linear head, float32, {size}, half of the rows ignored",
            tuple(call for call in LINEAR if call != PRODUCTS),
            partial(whole, ignored=True),
            NAIVE,
        ),
        Task("half", f"Linear head, bfloat16 (`xh`, `wh`) and float32, {size}", HALF, whole, NAIVE),
        Task(
            "together",
            f"Cross-entropy, z-loss and entropy of float32 logits, ({few}, {classes})",
            TOGETHER,
            logits,
            SEPARATE,
        ),
        Task(
            "plain",
            f"Cross-entropy of float32 logits, ({few}, {classes})",
            PLAIN,
            logits,
            PLAIN[1],
        ),
    ]


# ---------------------------------------------------------------- the clock and the scale


@dataclass(frozen=True)
class Measured:
    """What a call took, in seconds, its memory beyond the gradients in MB, and its value."""

    call: str
    seconds: list[float]
    memory: float | None
    loss: float | None

    @property
    def best(self) -> float:
        """The shortest time."""
        return min(self.seconds)


def ready(call: str, data: dict[str, Tensor]) -> Callable[[], tuple[float | None, float]]:
    """Return a function that takes a loss and its gradient, and tells value and size of these."""
    names = NAMES | data
    function = eval(f"lambda: {call}", names)  # noqa: S307 (a constant of this file)
    inputs = [data[name] for name in ("x", "w", "xh", "wh", "z") if name in data]

    def run() -> tuple[float | None, float]:
        loss = function()
        if loss is None:
            return None, 0.0
        found = torch.autograd.grad(loss, inputs, allow_unused=True)
        return float(loss.detach()), sum(g.nbytes for g in found if g is not None) / 1e6

    return run


def memory(task: Task, call: str, options: argparse.Namespace) -> float | None:
    """Return how many MB a call needs beyond its gradients, in a process that does nothing else."""
    sizes = [f"--{name}={getattr(options, name)}" for name in SIZES]
    alone = ["--alone", task.name, str(task.calls.index(call))]
    asked = [sys.executable, __file__, *sizes, *alone]
    text = subprocess.run(asked, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return float(text) if text.strip() else None


def alone(task: Task, place: int) -> float | None:
    """Return the same, measured here."""
    run = ready(task.calls[place], task.data())
    gradients = []
    extra = extra_memory(lambda: gradients.append(run()[1]))
    return None if extra is None else extra - gradients[0]


def measured(task: Task, options: argparse.Namespace) -> list[Measured]:
    """Let all calls of a task that can be made take turns."""
    data = task.data()
    possible = [c for c in task.calls if "Options" not in c or NAMES["Options"]]
    runs = [ready(call, data) for call in possible]
    losses = [run()[0] for run in runs]  # and warm up
    seconds: list[list[float]] = [[] for _ in runs]
    gc.collect()
    for _ in range(options.repeat):
        for run, times in zip(runs, seconds, strict=True):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    del data, runs
    return [
        Measured(call, times, memory(task, call, options), loss)
        for call, times, loss in zip(possible, seconds, losses, strict=True)
    ]


def exact(task: Task) -> float:
    """Return the value in float64, some rows at a time."""
    data = task.data()
    parts = []
    with torch.no_grad():
        for rows in torch.arange(len(data["t"])).split(64):
            part = {
                k: (a if k == "w" else a[rows]).detach() for k, a in data.items() if "h" not in k
            }
            wide = {k: a.double() if a.is_floating_point() else a for k, a in part.items()}
            count = int((wide["t"] >= 0).sum())
            if count:
                call = SEPARATE if task.name == "together" else NAIVE if "x" in wide else PLAIN[1]
                parts.append((count, float(eval(call, NAMES | wide))))  # noqa: S307 (as above)
    return sum(n * loss for n, loss in parts) / sum(n for n, _ in parts)


# ---------------------------------------------------------------- the goals


@dataclass(frozen=True)
class Goal:
    """A promise about one call of a table: its time in units of another's, or something else."""

    task: str
    text: str
    limit: float
    call: str
    of: Callable[[Measured, Measured, float], float | None] = lambda a, b, _: a.best / b.best


def beyond(ours: Measured, _: Measured, __: float) -> float | None:
    """Return memory beyond the gradients."""
    return ours.memory


def error(ours: Measured, _: Measured, truth: float) -> float | None:
    """Return the relative error of the loss."""
    return None if ours.loss is None else abs(ours.loss / truth - 1.0)


GOALS = (
    Goal("linear", "linear head: time of the three products", 1.15, OURS),
    Goal("linear", "linear head: MB beyond the gradients", 140.0, OURS, beyond),
    Goal("ignored", "half of the rows ignored: time of the naive way", 0.55, OURS),
    Goal("half", "bfloat16: time of the naive way in float32", 0.75, HALF_OURS),
    Goal("half", "bfloat16: relative error of the loss", 1e-5, HALF_OURS, error),
    Goal("together", "entropy and z-loss in one pass: time of separate calls", 0.25, TOGETHER_OURS),
)


# ---------------------------------------------------------------- the report

INTRODUCTION = """\
All calls of a table get the same tensors, in one process, and take turns; each is a loss with its
gradient. Shown is the shortest processor time of {repeat} turns after one that warms up, with
{threads}. Memory is the highest resident memory during a call beyond its gradients, in a process
of its own. The error of a loss is that relative to float64. `F` is `torch.nn.functional`,
`D` is `torch.distributions`, `Options` is `torch.nn.LinearCrossEntropyOptions`; `products` are the
three products of matrices that every way to the gradient of a linear head needs, and nothing else.
"""

Results = dict[str, tuple[Task, list[Measured], float]]


def table(task: Task, found: list[Measured], truth: float) -> Iterator[str]:
    """Yield what a task took as a Markdown table."""
    units = [x for x in found if x.call in {task.unit_of, NAIVE}]
    shares = [UNITS[x.call] for x in units]
    heads = ["CPU ms", *shares, "MB beyond gradients", "error of loss"]
    yield f"| call | {' | '.join(heads)} |"
    yield "| --- |" + " --: |" * len(heads)
    for x in found:
        wrong = error(x, x, truth)
        cells = [digits(x.best * 1e3), *(digits(x.best / unit.best) for unit in units)]
        cells.append("-" if x.memory is None else f"{x.memory:.0f}")
        cells.append("-" if wrong is None else f"{wrong:.1e}")
        yield f"| `{x.call}` | {' | '.join(cells)} |"


def goals(results: Results) -> Iterator[str]:
    """Yield what was promised and what was measured, as a Markdown table."""
    yield "| goal | at most | measured | |"
    yield "| --- | --: | --: | --- |"
    for goal in GOALS:
        if goal.task not in results:
            continue
        task, found, truth = results[goal.task]
        calls = {x.call: x for x in found}
        value = goal.of(calls[goal.call], calls[task.unit_of], truth)
        if value is not None:
            verdict = "met" if value <= goal.limit else "**missed**"
            shown = digits(value) if value > 1e-3 or goal.of is not error else f"{value:.1e}"
            yield f"| {goal.text} | {goal.limit:g} | {shown} | {verdict} |"


def report(options: argparse.Namespace) -> Iterator[str]:
    """Yield the study as Markdown."""
    results: Results = {}
    for task in tasks(options.rows, options.dimension, options.classes):
        if not options.only or task.name in options.only:
            print(task.title, file=sys.stderr)
            results[task.name] = task, measured(task, options), exact(task)
    yield "# Speed and memory of losses\n"
    asked = " ".join(f"--{name} {getattr(options, name)}" for name in (*SIZES, "repeat"))
    yield f"Made by `python benchmarks/losses.py {asked}`. {described()}\n"
    threads = "one thread" if options.threads == 1 else f"{options.threads} threads"
    yield INTRODUCTION.format(repeat=options.repeat, threads=threads)
    yield "## Goals\n"
    yield from goals(results)
    for task, found, truth in results.values():
        yield f"\n## {task.title}\n"
        yield from table(task, found, truth)


SIZES = ("rows", "dimension", "classes", "threads")


def main(arguments: list[str] | None = None) -> None:
    """Run the study and print Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--classes", type=int, default=50_257)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", action="append", help="a table by its short name, such as half")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", type=Path, help="also write the tables here")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    if options.alone:
        name, place = options.alone
        chosen = {t.name: t for t in tasks(options.rows, options.dimension, options.classes)}
        extra = alone(chosen[name], int(place))
        print("" if extra is None else extra)
        return
    text = "\n".join(report(options)) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
