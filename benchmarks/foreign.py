"""Whether what kullback says of every distribution class of other libraries is right.

Each class is asked, as a single distribution, as a batch and in float32, for its entropy, the
divergences from itself and from a neighbour, the cross-entropy, and the likelihood of its own
draws. References are sums over the other library's own density, made without kullback.

    python benchmarks/foreign.py -o docs/foreign.md
    python benchmarks/foreign.py --library torch --short

A long study is made in parts, which may stop at any time: `--keep` writes each verdict to a file
as it is found, and goes on where such a file ends; `--join` makes the page of them.

    python benchmarks/foreign.py --library scipy --keep scipy.jsonl
    python benchmarks/foreign.py --join torch.jsonl scipy.jsonl -o docs/foreign.md
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TextIO

import numpy as np
from foreign_cases.case import Case

import kullback as kb

LIBRARIES = ("torch", "numpyro", "scipy")
# Of max(1, |value|), beside what the reference may be off by.
ALLOWED = {"float64": 1e-9, "float32": 2e-5}
_FEW = 20
_SAMPLES = 4000
_SAME = 1e-12

RIGHT, REFUSED, WRONG, FOREIGN = "right", "refused", "WRONG", "FOREIGN EXCEPTION"


class Verdict(NamedTuple):
    """What came of one question."""

    library: str
    name: str
    form: str
    measure: str
    verdict: str
    detail: str = ""

    @property
    def pair(self) -> tuple[str, str, str]:
        """The two distributions that were asked."""
        return self.library, self.name, self.form


# ---------------------------------------------------------------- questions


def modules(library: str) -> ModuleType | None:
    """Return the cases of a library; None if it is not installed."""
    if find_spec(library) is None or find_spec(f"foreign_cases.{library}_cases") is None:
        return None
    return import_module(f"foreign_cases.{library}_cases")


def rows(
    library: str,
    *,
    short: bool = False,
    only: Callable[[Case], bool] = lambda _: True,
    known: Iterable[Verdict] = (),
    kept: TextIO | None = None,
) -> list[Verdict]:
    """Return the verdicts on all questions to one library, but for the pairs that are known.

    They are also written to `kept`, a pair at a time.
    """
    module = modules(library)
    if module is None:
        return []
    found = list(known)
    done = {one.pair for one in found}
    for case in module.cases(short=short):
        if not only(case) or case[:3] in done:
            continue
        ready = getattr(module, "context", lambda _: nullcontext())(case)
        with ready, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own = list(judged(module, case))
        if kept is not None:
            kept.writelines(json.dumps(one) + "\n" for one in own)
            kept.flush()
        found += own
    return found


def told(one: Verdict) -> str:
    """Return a verdict as a line."""
    return f"{one.library} {one.name} ({one.form}) {one.measure}: {one.verdict}: {one.detail}"


def read(path: Path) -> list[Verdict]:
    """Return the verdicts that a file keeps; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        return [Verdict(*json.loads(line)) for line in lines]


def judged(module: ModuleType, case: Case) -> Iterator[Verdict]:
    """Yield the verdicts on one pair of distributions."""
    p, q = case.make()
    known = module.truth(case)
    asked: dict[str, tuple[Callable[..., Any], tuple[Any, ...], Any]] = {
        "entropy": (kb.entropy, (p,), known.get("entropy")),
        "kl_divergence from itself": (kb.kl_divergence, (p, case.make()[0]), (0.0, 0.0)),
        "kl_divergence": (kb.kl_divergence, (p, q), known.get("kl_divergence")),
        "cross_entropy": (kb.cross_entropy, (p, q), known.get("cross_entropy")),
    }
    for measure, (verb, laws, truth) in asked.items():
        yield Verdict(*case[:3], measure, *_verdict(verb, laws, truth, case))
    yield Verdict(*case[:3], "log_likelihood", *_likely(module, case, p))


def _verdict(
    verb: Callable[..., Any], laws: tuple[Any, ...], truth: Any, case: Case
) -> tuple[str, str]:
    try:
        try:
            found = verb(*laws)
        except kb.KullbackError as refused:
            if refused.key != "ladder.samples":
                raise
            found = verb(*laws, samples=_SAMPLES, rng=0)
    except kb.KullbackError as refused:
        return REFUSED, refused.text()
    except Exception as error:  # noqa: BLE001 (whatever came from elsewhere)
        return FOREIGN, f"{type(error).__name__}: {error}"
    if truth is None:
        return RIGHT, "no reference"
    spread = 0.0
    if isinstance(found, kb.Estimate):
        found, spread = found.value, 6.0 * _number(found.std_error)
    return _compared(_number(found), truth[0], np.asarray(truth[1]) + spread, case)


def _likely(module: ModuleType, case: Case, p: Any) -> tuple[str, str]:
    x, known = module.likelihood(case)
    try:
        found = kb.log_likelihood(x, p)
    except kb.KullbackError as refused:
        return REFUSED, refused.text()
    except Exception as error:  # noqa: BLE001 (likewise)
        return FOREIGN, f"{type(error).__name__}: {error}"
    if known is None:
        return RIGHT, "no reference"
    coarse = getattr(module, "coarse", lambda _: 0.0)(case)
    return _compared(_number(found), known, coarse, case)


def _compared(found: np.ndarray, truth: Any, error: Any, case: Case) -> tuple[str, str]:
    if isinstance(truth, str):
        return WRONG, f"{np.round(found, 9).tolist()} for {truth}"
    truth = np.asarray(truth)
    if found.shape != truth.shape:
        try:
            truth = np.broadcast_to(truth, found.shape)
        except ValueError:
            return WRONG, f"shape {found.shape} for {truth.shape}"
    allowed = ALLOWED["float32" if "float32" in case.form else "float64"]
    with np.errstate(invalid="ignore"):
        near = np.abs(found - truth) <= error + allowed * np.maximum(1.0, np.abs(truth))
    if np.all(near | (found == truth)):
        return RIGHT, ""
    return WRONG, f"{np.round(found, 9).tolist()} for {np.round(truth, 9).tolist()}"


def _number(x: Any) -> np.ndarray:
    x = x.detach() if hasattr(x, "detach") else x
    return np.asarray(x, dtype=np.float64)


# ---------------------------------------------------------------- the report

MEASURES = (
    "entropy",
    "kl_divergence from itself",
    "kl_divergence",
    "cross_entropy",
    "log_likelihood",
)
INTRODUCTION = """\
Each class of a library is made with two sets of parameters, as single distributions, as a batch
of two and in float32 (of SciPy, which has no float32, single and as a batch), and asked for its
entropy, its divergence from itself and from the other, the cross-entropy, and the likelihood of
its own draws. References are sums over the library's own density, or means over its draws within
five standard errors; nothing of kullback is in them.

*right* all answers agree, those of `samples=` within six standard errors · *refused* an error
says why, for one form at least · *out of reach* nothing to ask for
"""


def worst(found: list[Verdict]) -> Verdict:
    """Return the verdict that stands for several."""
    order = (FOREIGN, WRONG, REFUSED, RIGHT)
    return min(found, key=lambda one: order.index(one.verdict))


def table(library: str, found: list[Verdict]) -> Iterator[str]:
    """Yield what was found of one library as a Markdown table."""
    module = modules(library)
    if module is None:
        return
    yield "| class | " + " | ".join(name.replace("_", " ") for name in MEASURES) + " | reason |"
    yield "| --- |" + " --- |" * (len(MEASURES) + 1)
    for name in module.names():
        own = [one for one in found if one.name == name]
        if not own:
            reason = module.OUT_OF_REACH.get(name)
            said = "not asked in this run" if reason is None else f"out of reach: {reason}"
            yield f"| {name} |" + " - |" * len(MEASURES) + f" {said} |"
            continue
        cells, reasons = [], []
        for measure in MEASURES:
            one = worst([one for one in own if one.measure == measure])
            cells.append(one.verdict)
            if one.verdict != RIGHT and one.detail not in reasons:
                reasons.append(one.detail.replace("|", "/"))
        yield f"| {name} | {' | '.join(cells)} | {'; '.join(reasons)} |"


def _unasked(library: str, found: list[Verdict]) -> str:
    """Say of how many pairs each form was asked, and what was left out."""
    asked = {one.pair for one in found}
    module = modules(library)
    every = {case[:3] for case in module.cases()} if module else asked

    def counted(pairs: set[tuple[str, str, str]]) -> str:
        forms = Counter(form.partition(" ")[0] for _, _, form in pairs)
        return ", ".join(f"{number} {form}" for form, number in sorted(forms.items()))

    left = every - asked
    said = f"Forms: {counted(asked)}; not asked: {counted(left) or 'none'}"
    names = sorted({name for _, name, _ in left})
    few = f" ({', '.join(names)})" if 0 < len(names) <= _FEW else ""
    return f"{said}{few}."


def report(sections: dict[str, list[Verdict]]) -> Iterator[str]:
    """Yield the study as Markdown."""
    yield "# Distributions of other libraries\n"
    yield "Made by `python benchmarks/foreign.py`; each section says what ran.\n"
    yield INTRODUCTION
    for library, found in sections.items():
        version = getattr(import_module(library), "__version__", "")
        yield f"## {library} {version}\n"
        counts = {
            verdict: sum(one.verdict == verdict for one in found)
            for verdict in (RIGHT, REFUSED, WRONG, FOREIGN)
        }
        shown = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
        yield f"{len(found)} answers to {len({one.pair for one in found})} pairs: {shown}.\n"
        yield f"{_unasked(library, found)}\n"
        yield from table(library, found)
        yield ""


def main(arguments: list[str] | None = None) -> None:
    """Run the study and print Markdown; exit with 1 if an answer is wrong or not our own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--library", action="append", choices=LIBRARIES, help="only this one")
    parser.add_argument("--short", action="store_true", help="each class once, in float64")
    parser.add_argument("--only", help="only the class of this name")
    parser.add_argument("--form", help="only this form, as scalar, batch or float32")
    parser.add_argument("--keep", type=Path, help="write verdicts here, and go on where it ends")
    parser.add_argument("--join", type=Path, nargs="+", help="ask nothing: tell what these keep")
    parser.add_argument("-o", "--output", type=Path, help="also write the tables here")
    options = parser.parse_args(arguments)

    def wanted(case: Case) -> bool:
        named = options.only is None or case.name == options.only
        return named and (options.form is None or case.form.startswith(options.form))

    sections: dict[str, list[Verdict]] = {}
    known = [one for path in options.join or [options.keep] if path for one in read(path)]
    with options.keep.open("a", encoding="utf-8") if options.keep else nullcontext() as kept:
        for library in options.library or LIBRARIES:
            own = [one for one in known if one.library == library]
            if options.join:
                sections |= {library: own} if own else {}
            elif modules(library) is not None:
                sections[library] = rows(
                    library, short=options.short, only=wanted, known=own, kept=kept
                )
    text = "\n".join(report(sections)) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    bad = [one for found in sections.values() for one in found if one.verdict in (WRONG, FOREIGN)]
    if bad:
        sys.exit("\n".join(map(told, bad)))


if __name__ == "__main__":
    main()
