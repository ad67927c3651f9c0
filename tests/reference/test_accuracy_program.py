"""The accuracy study in `benchmarks/`, run short: kullback keeps every bound that it prints."""

from __future__ import annotations

import accuracy
import numpy as np
import pytest
from cases import cases
from definitions import exact

CASES = list(cases(largest=4096))  # longer rows take mpmath minutes; digits.json has them
SECTIONS = list(dict.fromkeys(case.section for case in CASES))


@pytest.fixture(scope="module")
def judged():
    """Every case with what is wrong with each answer."""
    return [(case, accuracy.verdicts(case)) for case in CASES]


def test_there_are_enough_cases():
    assert len(CASES) >= 60
    keys = [(case.section, case.measure, case.name, case.size, case.dtype) for case in CASES]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("section", SECTIONS)
def test_no_case_is_above_its_bound(judged, section):
    answers = [
        (case, column, found[column])
        for case, found in judged
        for column in accuracy.OURS
        if case.section == section and column in found
    ]
    assert answers
    wrong = [
        f"{case.measure}, {case.name}, K={case.size}, {case.dtype}: {column} is off by {verdict}"
        for case, column, verdict in answers
        if not verdict.error <= case.bound
    ]
    assert not wrong, "\n".join(wrong)


def test_every_peer_is_asked_for_the_right_thing(judged):
    """In some case each function of each peer is right, so it has its unit, order and operands."""
    best = {}
    for case, found in judged:
        for column, verdict in found.items():
            key = case.measure, column
            best[key] = min(best.get(key, 1.0), verdict.error)
    assert {key: error for key, error in best.items() if error > 1e-5} == {}


@pytest.mark.parametrize(
    ("answer", "truth", "scale", "shown"),
    [
        (1.0, 1.0, None, "0"),
        (1.0 + 2**-40, 1.0, None, "9e-13"),
        (1.02, 1.0, None, "**2e-2**"),
        (-1.0, 1.0, None, "**2e0, sign**"),
        (-1e-16, 0.0, None, "**-1e-16**"),
        (-1e-16, 1e-18, 2.0, "5e-17"),
        (float("nan"), 1.0, None, "**nan**"),
        (float("inf"), 1.0, None, "**inf**"),
        (float("inf"), float("inf"), None, "0"),
        (36.0, float("inf"), None, "**finite**"),
        ("error", 1.0, None, "**error**"),
    ],
)
def test_a_cell_says_what_is_wrong(answer, truth, scale, shown):
    exact_truth = exact(np.array([truth]))[0]
    assert str(accuracy.judge(answer, exact_truth, scale)) == shown


def test_the_report_names_what_it_ran_on(tmp_path, capsys):
    accuracy.main(["--largest", "3", "-o", str(tmp_path / "accuracy.md")])
    text = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    assert accuracy.described() in text
    header = next(line for line in text.splitlines() if line.startswith("| case "))
    assert header.split(" | ")[4] == "kullback"
