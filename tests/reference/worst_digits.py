"""Compare every library with digits.json; as a program, print the worst relative errors.

Run as ``PYTHONPATH=tests python tests/reference/worst_digits.py``: docs/digits.md shows the table.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import warnings

import libraries
import make_digits
import numpy as np
from mpmath import mpf, workdps

import kullback as kb

LABEL = np.array(0)
# Below this a result of float64 has lost digits to the smallest number there is.
TINY = 1e-290
CALLS = {
    "weighted": functools.partial(kb.jensen_shannon_divergence, weight=make_digits.WEIGHT),
    "skewed": functools.partial(kb.jensen_shannon_divergence, skew=make_digits.SKEW),
    "entropy": lambda p, _: kb.entropy(p),
}


@functools.cache
def stored():
    """Return all cases with their exact values."""
    values = json.loads(make_digits.VALUES.read_text(encoding="utf-8"))
    return [
        (*case[:4], values[" ".join((case[1], case[2], case[0]))]) for case in make_digits.cases()
    ]


def answers(library, kind, dtype):
    """Yield the name of a case, its measure, what it should be and what a library says."""
    for name, of_kind, of_type, rows, values in stored():
        if (of_kind, of_type) != (kind, dtype):
            continue
        given = [library.array(row, dtype) for row in rows]
        if kind == "loss":
            given = [kb.Labels(library.array(LABEL), len(rows[0])), kb.Logits(given[0])]
            calls = {"loss": kb.cross_entropy}
        else:
            given = [kb.Logits(x) for x in given] if kind == "logits" else given
            calls = {m: CALLS.get(m) or getattr(kb, m) for m in values}
        for measure, wanted in values.items():
            with workdps(30):
                yield name, measure, mpf(wanted), mpf(float(calls[measure](*given)))


def relative_error(wanted, actual):
    """Return a relative error; of two infinities none."""
    with workdps(30):
        return 0.0 if wanted == actual else float(abs(actual - wanted) / wanted)


def table():
    """Return the worst error of each measure, by library, as Markdown."""
    asked = [library for library in libraries.ALL if library.name != "read-only numpy"]
    worst = {}
    for library, case in itertools.product(asked, sorted({case[1:3] for case in stored()})):
        if case[1] not in library.dtypes:
            continue
        with libraries.loaded(library):
            for _, measure, wanted, actual in answers(library, *case):
                if TINY < wanted < math.inf:
                    row = worst.setdefault((*case, measure), dict.fromkeys(asked, 0.0))
                    row[library] = max(row[library], relative_error(wanted, actual))
    lines = [["input", "type", "measure", *(library.name for library in asked)]]
    lines.append(["---"] * len(lines[0]))
    for key, row in worst.items():
        lines.append([*key, *(f"{error:.1e}" if error else "" for error in row.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(table())  # noqa: T201
