"""How many digits of exact measures are right: kullback and its peers against mpmath.

Every case is a few floats. The truth is the measure's definition, evaluated by mpmath at 60 digits
or more on exactly these floats; everybody is given the same floats. Peers that are not installed
are left out.

    python benchmarks/accuracy.py -o docs/accuracy.md
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import definitions as true
import mpmath
import numpy as np
from cases import Case, cases
from definitions import DIGITS, Exact, exact, softmax
from machine import described, installed, kernels, modules
from mpmath import mpf

Array = np.ndarray[Any, Any]

FAR = 0.01

# ---------------------------------------------------------------- who is asked, and how

COLUMNS = {
    "kullback": "kullback",
    "kullback fast": "numba",
    "SciPy": "scipy",
    "SciPy special": "scipy",
    "SciPy rel_entr": "scipy",
    "torch.distributions": "torch",
    "torch F": "torch",
    "torchmetrics": "torchmetrics",
    "dit": "dit",
    "scikit-learn": "scikit-learn",
}
"""The libraries as they are named here, and the package that each needs."""

OURS = ("kullback", "kullback fast")
"""Without and with compiled kernels."""

# What is called is shown as it stands here, so that the tables cannot say anything else. `t` makes
# a tensor, `d` a `dit.Distribution`, `ln2` turns bits into nats.
ENTROPY = {
    "kullback": "kb.entropy(p)",
    "SciPy": "stats.entropy(p)",
    "SciPy special": "special.entr(p).sum()",
    "torch.distributions": "D.Categorical(probs=t(p)).entropy()",
    "dit": "dit.shannon.entropy_pmf(p) * ln2",
}
CROSS_ENTROPY = {
    "kullback": "kb.cross_entropy(p, q)",
    "SciPy special": "-special.xlogy(p, q).sum()",
    "torch F": "F.cross_entropy(t(q).log()[None], t(p)[None])",
    "dit": "dit.divergences.pmf.cross_entropy(p, q) * ln2",
}
KL = {
    "kullback": "kb.kl_divergence(p, q)",
    "SciPy": "stats.entropy(p, q)",
    "SciPy special": "special.kl_div(p, q).sum()",
    "SciPy rel_entr": "special.rel_entr(p, q).sum()",
    "torch.distributions": "D.kl_divergence(D.Categorical(probs=t(p)), D.Categorical(probs=t(q)))",
    "torch F": "F.kl_div(t(q).log(), t(p), reduction='sum')",
    "torchmetrics": "regression.kl_divergence(t(p)[None], t(q)[None])",
    "dit": "dit.divergences.pmf.relative_entropy(p, q) * ln2",
}
JENSEN_SHANNON = {
    "kullback": "kb.jensen_shannon_divergence(p, q)",
    "SciPy": "distance.jensenshannon(p, q) ** 2",
    "torchmetrics": "regression.jensen_shannon_divergence(t(p)[None], t(q)[None])",
    "dit": "dit.divergences.pmf.jensen_shannon_divergence([p, q]) * ln2",
}
LOGITS_ENTROPY = {
    "kullback": "kb.entropy(kb.Logits(a))",
    "SciPy": "stats.entropy(special.softmax(a))",
    "SciPy special": "special.entr(special.softmax(a)).sum()",
    "torch.distributions": "D.Categorical(logits=t(a)).entropy()",
}
LOGITS_KL = {
    "kullback": "kb.kl_divergence(kb.Logits(a), kb.Logits(b))",
    "SciPy": "stats.entropy(special.softmax(a), special.softmax(b))",
    "SciPy special": "special.kl_div(special.softmax(a), special.softmax(b)).sum()",
    "torch.distributions": (
        "D.kl_divergence(D.Categorical(logits=t(a)), D.Categorical(logits=t(b)))"
    ),
    "torch F": (
        "F.kl_div(F.log_softmax(t(b), -1), F.log_softmax(t(a), -1), log_target=True, "
        "reduction='sum')"
    ),
    "torchmetrics": (
        "regression.kl_divergence(F.log_softmax(t(a), -1)[None], F.log_softmax(t(b), -1)[None], "
        "log_prob=True)"
    ),
}
LOGITS_JENSEN_SHANNON = {
    "kullback": "kb.jensen_shannon_divergence(kb.Logits(a), kb.Logits(b))",
    "SciPy": "distance.jensenshannon(special.softmax(a), special.softmax(b)) ** 2",
    "torchmetrics": (
        "regression.jensen_shannon_divergence(F.log_softmax(t(a), -1)[None], "
        "F.log_softmax(t(b), -1)[None], log_prob=True)"
    ),
}
LABELS = {
    "kullback": "kb.cross_entropy(kb.Labels([0], a.size), kb.Logits(a[None]))[0]",
    "SciPy special": "-special.log_softmax(a)[0]",
    "torch.distributions": "-D.Categorical(logits=t(a)).log_prob(torch.tensor(0))",
    "torch F": "F.cross_entropy(t(a)[None], torch.tensor([0]))",
    "torchmetrics": "text.perplexity(t(a)[None, None], torch.tensor([[0]])).log()",
    "scikit-learn": "metrics.log_loss([0], [special.softmax(a)], labels=range(a.size))",
}
COUNTS = {
    "kullback": "kb.mutual_information(kb.Counts(n), 0, 1, estimator=kb.estimators.PlugIn())",
    "SciPy": "stats.entropy(n.ravel(), stats.contingency.expected_freq(n).ravel())",
    "dit": "dit.shannon.mutual_information(d(n / n.sum()), [0], [1]) * ln2",
    "scikit-learn": "metrics.mutual_info_score(None, None, contingency=n)",
}
MUTUAL = {
    "kullback": "kb.mutual_information(kb.Joint(j, ['x', 'y']), 'x', 'y')",
    "SciPy": "stats.entropy(j.ravel(), np.outer(j.sum(axis=1), j.sum(axis=0)).ravel())",
    "SciPy special": "special.kl_div(j, np.outer(j.sum(axis=1), j.sum(axis=0))).sum()",
    "dit": "dit.shannon.mutual_information(d(j), [0], [1]) * ln2",
}


def of_joint(verb: str, peer: str) -> dict[str, str]:
    """Return the calls of a measure of several variables."""
    return {
        "kullback": f"kb.{verb}(kb.Joint(j, names(j)))",
        "dit": f"dit.multivariate.{peer}(d(j)) * ln2",
    }


CAPACITY = {
    "kullback": "float(kb.channel_capacity(c))",
    "dit": "dit.algorithms.channel_capacity(c)[0] * ln2",
}


@dataclass(frozen=True)
class Measure:
    """A measure: its exact definition, and how each library is asked for it."""

    name: str
    truth: Callable[..., Exact]
    calls: dict[str, str]


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("entropy", true.entropy, ENTROPY),
        Measure("cross-entropy", true.cross_entropy, CROSS_ENTROPY),
        Measure("KL divergence", true.kl_divergence, KL),
        Measure("Jensen-Shannon divergence", true.jensen_shannon_divergence, JENSEN_SHANNON),
        Measure("entropy of logits", true.entropy, LOGITS_ENTROPY),
        Measure("KL divergence of logits", true.kl_divergence, LOGITS_KL),
        Measure("Jensen-Shannon of logits", true.jensen_shannon_divergence, LOGITS_JENSEN_SHANNON),
        Measure("loss of a label", lambda p: -true.log(p[0]), LABELS),
        Measure(
            "mutual information of counts",
            lambda n: true.mutual_information(n / np.sum(n)),
            COUNTS,
        ),
        Measure("mutual information", true.mutual_information, MUTUAL),
        Measure(
            "Rényi entropy",
            true.renyi_entropy,
            {
                "kullback": "kb.renyi_entropy(p, order=order)",
                "dit": "dit.other.renyi_entropy(d(p), order) * ln2",
            },
        ),
        Measure(
            "Tsallis entropy",
            true.tsallis_entropy,
            {
                "kullback": "kb.tsallis_entropy(p, order=order)",
                "dit": "dit.other.tsallis_entropy(d(p), order)",
            },
        ),
        Measure(
            "Rényi divergence",
            true.renyi_divergence,
            {
                "kullback": "kb.renyi_divergence(p, q, order=order)",
                "dit": "dit.divergences.renyi_divergence(d(p), d(q), order) * ln2",
            },
        ),
        Measure(
            "total variation",
            true.total_variation_distance,
            {
                "kullback": "kb.total_variation_distance(p, q)",
                "SciPy": "distance.cityblock(p, q) / 2",
                "dit": "dit.divergences.pmf.variational_distance(p, q)",
            },
        ),
        Measure(
            "Hellinger",
            true.hellinger_distance,
            {
                "kullback": "kb.hellinger_distance(p, q)",
                "dit": "dit.divergences.pmf.hellinger_distance(p, q)",
            },
        ),
        Measure(
            "chi-squared",
            true.chi_squared_divergence,
            {
                "kullback": "kb.chi_squared_divergence(p, q)",
                "SciPy": "stats.chisquare(p, q).statistic",
            },
        ),
        Measure(
            "Bhattacharyya",
            true.bhattacharyya_distance,
            {
                "kullback": "kb.bhattacharyya_distance(p, q)",
                "dit": "-np.log(dit.divergences.pmf.bhattacharyya_coefficient(p, q))",
            },
        ),
        Measure(
            "variation of information",
            true.variation_of_information,
            {
                "kullback": "kb.variation_of_information(kb.Joint(j, ['x', 'y']), 'x', 'y')",
                "dit": "dit.multivariate.variation_of_information(d(j)) * ln2",
            },
        ),
        Measure(
            "total correlation",
            true.total_correlation,
            of_joint("total_correlation", "total_correlation"),
        ),
        Measure(
            "dual total correlation",
            true.dual_total_correlation,
            of_joint("dual_total_correlation", "dual_total_correlation"),
        ),
        Measure("O-information", true.o_information, of_joint("o_information", "o_information")),
        Measure("co-information", true.co_information, of_joint("co_information", "coinformation")),
        Measure("capacity, symmetric", true.symmetric_capacity, CAPACITY),
        Measure("capacity, erasure", true.erasure_capacity, CAPACITY),
        Measure("capacity, Z", true.z_capacity, CAPACITY),
    )
}

COMPILED = {
    "entropy",
    "cross-entropy",
    "KL divergence",
    "Jensen-Shannon divergence",
    "entropy of logits",
    "KL divergence of logits",
}
"""The measures for which kullback has compiled kernels."""

LOGITS = {"a", "b"}
"""The names of data that are logits; all others are tables."""


# ---------------------------------------------------------------- answers and their errors


def below_one(name: str, x: Array) -> float:
    """Return how many digits lie between 1 and the smallest probability that matters beside it.

    A softmax leaves exp(-lead) to all outcomes but one, and squares of it may be all there is.
    """
    if name not in LOGITS:
        return -math.log10(np.min(x[x > 0]))
    *_, second, first = np.sort(x)
    return 2.0 * (first - second) / math.log(10.0) if second > -math.inf else 0.0


def truths(case: Case) -> list[Exact]:
    """Return what a case's answer may be: by the definition, and with tables normalised first."""
    definition = MEASURES[case.measure].truth
    given = [x for name, x in case.data.items() if name in LOGITS]
    with mpmath.workdps(DIGITS + int(max(map(below_one, case.data, case.data.values())))):
        if given:
            return [definition(*(softmax(exact(x)) for x in given), **case.options)]
        laws = [exact(x) for x in case.data.values()]
        as_given = definition(*laws, **case.options)
        if case.measure.startswith("capacity"):
            return [as_given]
        return [as_given, definition(*(x / np.sum(x) for x in laws), **case.options)]


@cache
def scope() -> dict[str, Any]:
    """Return what calls may name: the modules that are installed, and three helpers."""
    named: dict[str, Any] = {"np": np, "ln2": math.log(2.0), **modules()}
    named["names"] = lambda table: [f"x{i}" for i in range(table.ndim)]
    if "torch" in named:
        named["t"] = named["torch"].tensor
    if "dit" in named:
        named["d"] = named["dit"].Distribution.from_ndarray
    return named


def ask(column: str, case: Case) -> float | str | None:
    """Return a library's answer; None if it has no such function or is not here, else 'error'."""
    call = MEASURES[case.measure].calls.get(column.removesuffix(" fast"))
    if call is None or not installed(COLUMNS[column]):
        return None
    if column == "kullback fast" and case.measure not in COMPILED:
        return None
    names = scope() | case.data | case.options
    if column in OURS:
        with kernels(compiled=column != "kullback"):
            return float(eval(call, names))  # noqa: S307 (a constant of this file)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return float(eval(call, names))  # noqa: S307
        except Exception:  # noqa: BLE001 (whatever a peer raises is its answer)
            return "error"


def shown(x: float) -> str:
    """Return a number to one digit."""
    return f"{x:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e") if x else "0"


@dataclass(frozen=True)
class Verdict:
    """How far an answer is from the truth, and what else is wrong with it."""

    error: float
    flaw: str = ""

    def __str__(self) -> str:
        """Show it in a cell."""
        size = shown(self.error)
        if self.flaw == "wrong sign":
            return f"**{size}, sign**"
        return f"**{self.flaw}**" if self.flaw else f"**{size}**" if self.error >= FAR else size


def judge(answer: float | str, truth: Exact, scale: float | None) -> Verdict:
    """Return the error of an answer, relative to the scale or else to the truth."""
    if isinstance(answer, str):
        return Verdict(math.inf, "error")
    if math.isnan(answer):
        return Verdict(math.inf, "nan")
    if answer == truth:
        return Verdict(0.0)
    if math.isinf(answer):
        return Verdict(math.inf, "inf")
    if mpmath.isinf(truth):
        return Verdict(math.inf, "finite")
    off = abs(mpf(answer) - truth)
    if truth == 0 and not scale:
        return Verdict(math.inf, shown(answer))
    error = float(off / (scale or abs(truth)))
    # Where the error is relative to a scale, the sign of what is below it means nothing.
    sign = not scale and answer * truth < 0
    return Verdict(error, "wrong sign" if sign else "")


def verdicts(case: Case) -> dict[str, Verdict]:
    """Return the verdict for each library that answers a case.

    kullback is held to its definition. Peers differ in whether they normalise, which matters
    where tables do not sum to exactly 1: each is judged by the truth that it is nearer to.
    """
    accepted = truths(case)
    found = {}
    for column in COLUMNS:
        answer = ask(column, case)
        if answer is not None:
            held = accepted[:1] if column in OURS else accepted
            found[column] = min(
                (judge(answer, truth, case.scale) for truth in held), key=lambda v: v.error
            )
    return found


# ---------------------------------------------------------------- the report

Judged = list[tuple[Case, dict[str, Verdict]]]

INTRODUCTION = """\
The truth is the definition of each measure, evaluated by mpmath at 60 digits or more on exactly the
floats that everybody is given. Errors are relative to it; for measures that are differences of
entropies they are relative to log K, for capacities they are absolute. The bound is what kullback
promises, and a test holds it to. `kullback fast` is the same call with compiled kernels, the extra
`fast`, which without being asked for run from four million numbers on.

`-` no such function · **bold** off by 1 % or more · **sign** the answer has the wrong sign ·
**nan**, **inf**, **finite** where the truth is not · **error** an exception · a negative or tiny
number in bold is the answer itself where the truth is exactly 0.

The divergence of two tables is defined as sum p log(p/q) - p + q, which is meaningful for floats
that do not sum to exactly 1. Peers that normalise first, or leave the last two terms out, are
judged by the nearer of two truths: of the tables as given and of the tables normalised. Whoever
has no function for logits is given a softmax.

Below each table stands what was called: `t` makes a tensor, `d` a `dit.Distribution`, `ln2` turns
bits into nats, `F` is `torch.nn.functional` and `D` is `torch.distributions`.
"""


def calls(measures: list[str]) -> Iterator[str]:
    """Yield what was called, as a Markdown list."""
    for measure in measures:
        asked = MEASURES[measure].calls.items()
        yield f"* {measure}: " + " · ".join(f"{column} `{call}`" for column, call in asked)


def table(judged: Judged) -> Iterator[str]:
    """Yield the errors of the cases of one section as a Markdown table."""
    columns = answering(judged)
    mixed = len({case.measure for case, _ in judged}) > 1
    yield f"| case | K | type | bound | {' | '.join(columns)} |"
    yield f"| --- | --: | --- | --: |{' --: |' * len(columns)}"
    for case, found in judged:
        name = f"{case.measure}: {case.name}" if mixed else case.name
        cells = [str(found.get(column, "-")) for column in columns]
        kind = case.dtype.replace("float", "f").replace("int", "i")
        yield f"| {name} | {case.size} | {kind} | {shown(case.bound)} | {' | '.join(cells)} |"


def summary(judged: Judged) -> Iterator[str]:
    """Yield what each library got right and wrong, as a Markdown table."""
    yield (
        "| library | cases | within the bound | float64 within 1e-13 | off by 1 % or more "
        "| wrong sign | nan, wrong infinity, error |"
    )
    yield "| --- |" + " --: |" * 6
    for column in answering(judged):
        answers = [(case, found[column]) for case, found in judged if column in found]
        wide = [v for case, v in answers if case.dtype != "float32"]
        counts = (
            len(answers),
            sum(v.error <= case.bound for case, v in answers),
            f"{sum(v.error <= 1e-13 for v in wide)} of {len(wide)}",
            sum(v.error >= FAR for _, v in answers),
            sum(v.flaw == "wrong sign" for _, v in answers),
            sum(v.flaw in ("nan", "inf", "finite", "error") for _, v in answers),
        )
        yield f"| {column} | {' | '.join(map(str, counts))} |"


def answering(judged: Judged) -> list[str]:
    """Return the libraries that answer any of the cases."""
    return [column for column in COLUMNS if any(column in found for _, found in judged)]


def report(judged: Judged) -> Iterator[str]:
    """Yield the study as Markdown."""
    yield "# Accuracy of exact measures\n"
    yield f"Made by `python benchmarks/accuracy.py`. {described()}\n"
    yield INTRODUCTION
    yield f"## Summary\n\n{len(judged)} cases.\n"
    yield from summary(judged)
    for section in dict.fromkeys(case.section for case, _ in judged):
        inside = [(case, found) for case, found in judged if case.section == section]
        yield f"\n## {section}\n"
        yield from table(inside)
        yield ""
        yield from calls(list(dict.fromkeys(case.measure for case, _ in inside)))


def main(arguments: list[str] | None = None) -> None:
    """Run the study and print Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--largest", type=int, default=100_000, help="leave out more outcomes")
    parser.add_argument("-o", "--output", type=Path, help="also write the tables here")
    options = parser.parse_args(arguments)
    judged = [(case, verdicts(case)) for case in cases(options.largest)]
    text = "\n".join(report(judged)) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
