"""Which libraries' losses are right where losses go wrong.

Every case of `kullback.learning.conformance` is asked of every library that is installed:

    python benchmarks/losses_conformance.py -o docs/losses.md
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import machine

from kullback.learning import softmax_cross_entropy
from kullback.learning.conformance import CASES, Adapter, Verdict, check, installed
from kullback.learning.conformance import cases as decisions

os.environ.setdefault("KERAS_BACKEND", "torch")  # whose arrays its adapter makes

PACKAGES = ("jax", "optax", "keras")
OUTCOMES = ("pass", "wrong", "error", "not offered")
SIGNS = {"pass": "✓", "not offered": "-"}

HEAD = """# Losses where losses go wrong

Made by `python benchmarks/losses_conformance.py`. {machine}

Each row is a question to a library's own function, called as its documentation says, in float32
where nothing else is named; `kullback.learning.conformance` holds questions, truths and the few
lines by which each library is called, and runs them against any other loss. A case is passed where
the value and, if the library differentiates, the gradient are right.

{decided}

`✓` right · **bold** what came instead · *error* an exception instead of an answer · `-` no such
function, option or type · a refusal is right where the case says so."""


MEANS = """## The mean of class weights with smoothing

Of labels y, class weights w and smoothing e over K classes a row loses

    l = (1 - e) w[y] (-log p[y]) + e/K sum_k w[k] (-log p[k])

both here and in PyTorch. The mean here divides by the weights of the targets as they are smoothed,
the sum over the rows of (1 - e) w[y] + e/K sum_k w[k], as the mean over one-hot rows must;
PyTorch's divides by those of the labels, the sum of w[y]. They agree without smoothing, with
equal weights, and where the mean of w[y] over the rows is that of w over the classes. Otherwise
PyTorch's mean is ours times the ratio of the two sums, so that its size, and the step that is
taken with it, depends on which labels a batch happens to hold.

Of logits {logits} and weights {weights}:"""

LOGITS = [[0.0, 1.0, 2.0], [1.0, 0.0, 0.5], [-1.0, 0.0, 1.0]]
WEIGHTS = [1.0, 2.0, 6.0]
LABELS = ([0, 0, 0], [2, 2, 2], [0, 1, 2], [0, 1, 1])
SMOOTHINGS = (0.0, 0.1, 0.5)


def smoothed_means() -> list[str]:
    """Return how the mean of smoothed targets with class weights differs from PyTorch's."""
    if machine.installed("torch") is None:
        return []
    import torch

    z, w = (torch.tensor(x, dtype=torch.float64) for x in (LOGITS, WEIGHTS))
    text = MEANS.format(logits=LOGITS, weights=WEIGHTS).splitlines()
    lines = ["", *text, "", row("labels", "smoothing", "here", "PyTorch", "ratio", "of the sums")]
    lines.append(row("---", *["--:"] * 5))
    for labels in LABELS:
        y = torch.tensor(labels)
        for e in SMOOTHINGS:
            options = {"label_smoothing": e, "reduction": "mean"}
            ours = float(softmax_cross_entropy(z, y, class_weights=w, **options))
            theirs = float(torch.nn.functional.cross_entropy(z, y, weight=w, **options))
            sums = float(((1 - e) * w[y] + e * w.mean()).sum() / w[y].sum())
            numbers = (f"{x:.6f}" for x in (ours, theirs, theirs / ours, sums))
            lines.append(row(labels, e, *numbers))
    return lines


def cell(verdict: Verdict) -> str:
    """Return what is shown of a verdict."""
    came = verdict.came.replace("|", "\\|")
    return SIGNS.get(verdict.outcome) or (
        f"*{came}*" if verdict.outcome == "error" else f"**{came}**"
    )


def row(*cells: object) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def table(adapters: Sequence[Adapter]) -> list[str]:
    """Return the summary and all cases, in Markdown."""
    verdicts = [check(adapter) for adapter in adapters]
    lines = ["## Summary", "", f"{len(CASES)} cases.", "", row("library", *OUTCOMES)]
    lines.append(row("---", *["--:"] * len(OUTCOMES)))
    for adapter, found in zip(adapters, verdicts, strict=True):
        count = Counter(verdict.outcome for verdict in found)
        lines.append(row(adapter.name, *(count[outcome] for outcome in OUTCOMES)))
    lines += smoothed_means()
    group = None
    for case, *found in zip(CASES, *verdicts, strict=True):
        if case.group != group:
            group = case.group
            lines += ["", f"## {group[0].upper()}{group[1:]}", ""]
            lines += [row("case", *(x.name for x in adapters)), row(*["---"] * (len(found) + 1))]
        lines.append(row(case.name, *map(cell, found)))
    lines += ["", "## How exact", ""]
    for bound in dict.fromkeys(case.tolerance for case in CASES):
        count = sum(case.tolerance == bound for case in CASES)
        part = "each entry" if bound.each else "the largest entry"
        lines.append(
            f"- {count} cases: {bound.value:g} of the value, {bound.gradient:.2g} of {part} of "
            f"the gradient: {bound.because}."
        )
    return lines


def page(adapters: Sequence[Adapter]) -> str:
    """Return the whole page, in Markdown."""
    decided = (decisions.__doc__ or "").partition("\n\n")[2].strip()
    versions = [(name, machine.installed(name)) for name in PACKAGES]
    others = ", ".join(f"{name} {number}" for name, number in versions if number)
    head = HEAD.format(
        machine=f"{machine.described()} Also {others}." if others else machine.described(),
        decided=decided,
    )
    return "\n".join([head, "", *table(adapters), ""])


def main(arguments: list[str] | None = None) -> None:
    """Ask, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="where to write the page")
    parser.add_argument("--only", nargs="*", help="names of libraries, all by default")
    options = parser.parse_args(arguments)
    adapters = [x for x in installed() if options.only is None or x.name in options.only]
    shown = page(adapters)
    print(shown)
    if options.output:
        options.output.write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    main()
