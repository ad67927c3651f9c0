from __future__ import annotations

import math

import pytest

import kullback as kb


def test_the_comparison_is_printed_with_its_unit(run):
    shown = run("measure", "--p", "0.5,0.3,0.2", "--q", "0.6,0.3,0.1", check=0).stdout
    assert "bits" in shown
    assert "KL(p‖q)   0.0685" in shown
    assert "H(p)      1.4855  of at most 1.5850" in shown


@pytest.mark.parametrize("unit", ["bits", "nats", "hartleys"])
def test_json_holds_what_python_says(run, unit):
    p, q = [0.5, 0.3, 0.2], [0.6, 0.3, 0.1]
    said = run(
        "measure", "--p", "0.5,0.3,0.2", "--q", "0.6,0.3,0.1", "--json", "--unit", unit, check=0
    ).json()
    assert said["schema"] == "kullback.measure/1"
    assert said["version"] == kb.__version__
    assert said["unit"] == unit
    assert said["p"] == p
    assert said["values"]["kl_pq"] == float(kb.kl_divergence(p, q, unit=unit))
    assert said["values"]["js"] == float(kb.jensen_shannon_divergence(p, q, unit=unit))
    assert math.fsum(said["terms"]["kl_pq"]) == pytest.approx(said["values"]["kl_pq"], rel=1e-14)


def test_infinity_is_a_result_with_its_reason(run):
    said = run("measure", "--p", "0.5,0.5,0", "--q", "1,0,0", "--labels", "a,b,c")
    assert said.returncode == 0
    assert "∞" in said.stdout
    assert "q gives probability 0 to what p allows: b" in said.stdout
    as_json = run("measure", "--p", "0.5,0.5,0", "--q", "1,0,0", "--labels", "a,b,c", "--json")
    assert as_json.json()["values"]["kl_pq"] == "inf"
    assert as_json.json()["infinite_because"] == ["b"]


def test_values_come_from_a_file_or_from_standard_input(run, tmp_path):
    (tmp_path / "p.txt").write_text("0.5\n0.25\n0.25\n")
    typed = run("measure", "--p", "0.5,0.25,0.25", check=0).stdout
    assert run("measure", "--p", "p.txt", check=0).stdout == typed
    assert run("measure", "--p", "-", stdin="0.5 0.25\n0.25", check=0).stdout == typed


def test_counts_are_measured_by_their_shares_and_it_is_said(run):
    said = run("measure", "--p", "3,1", "--counts", check=0).stdout
    assert "0.8113" in said
    assert "not estimated beyond them" in said
    as_json = run("measure", "--p", "3,1", "--counts", "--json", check=0).json()
    assert as_json["p"] == [0.75, 0.25]
    assert as_json["counts"]["p"] == [3, 1]


def test_precision_ascii_and_language(run):
    arguments = ("measure", "--p", "0.5,0.5", "--q", "0.25,0.75")
    assert "0.207519" in run(*arguments, "--precision", "6", check=0).stdout
    assert run(*arguments, "--ascii", check=0).stdout.isascii()
    assert (
        "比特" in run(*arguments, "--lang", "zh", check=0).stdout
        or "结果" in run(*arguments, LC_ALL="zh_CN.UTF-8", check=0).stdout
    )
    assert "结果" in run(*arguments, LC_ALL="zh_CN.UTF-8", check=0).stdout


BAD = {
    "sums to 0.95": (["--p", "0.4,0.35,0.2"], "--p sums to 0.95, not 1 (0.05 short)", "--counts"),
    "sums to 1.05": (["--p", "0.5,0.55"], "--p sums to 1.05, not 1 (0.05 over)", "--counts"),
    "negative": (["--p", "0.5,-0.1,0.6"], "--p[1] is -0.1; a probability cannot", "Correct"),
    "not a number": (["--p", "0.5,nan,0.5"], "--p[1] is NaN", "NaN"),
    "wrong length": (
        ["--p", "0.2,0.3,0.5", "--q", "0.1,0.2,0.3,0.4"],
        "--p has 3 values but --q has 4",
        "same order",
    ),
    "decimal comma": (["--p", "0,5"], "has the values 0, 5, which sum to 5", "decimal comma"),
    "q is the wrong one": (["--p", "0.5,0.5", "--q", "0.5,0.4"], "--q sums to 0.9", "--counts"),
    "neither numbers nor file": (["--p", "half"], "neither numbers nor a file", "standard input"),
    "nothing": (["--p", ""], "holds no numbers", "Separate"),
    "too few labels": (["--p", "0.5,0.5", "--labels", "a"], "1 names for 2 values", "Name every"),
    "half a count": (["--p", "1.5,2", "--counts"], "--p[0] is 1.5; a count is", "--counts"),
    "no counts": (["--p", "0,0", "--counts"], "all 0", "at least one"),
    "standard input twice": (["--p", "-", "--q", "-"], "cannot both be standard input", "file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_one_line_and_what_to_do_in_another(run, case):
    arguments, message, advice = BAD[case]
    said = run("measure", *arguments, check=2)
    assert not said.stdout
    first, second = said.stderr.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert advice in second


def test_usage_errors_exit_with_2_and_help_with_0(run):
    assert "--p" in run("measure", check=2).stderr
    assert "No such option" in run("measure", "--nope", check=2).stderr
    assert "measure" in run("--help", check=0).stdout
    assert run("--version", check=0).stdout.strip().endswith(kb.__version__)


def test_python_says_the_same_with_its_own_advice():
    with pytest.raises(kb.KullbackError, match=r"p sums to 0.95, not 1 \(0.05 short\)") as caught:
        kb.entropy([0.4, 0.35, 0.2])
    assert "Counts" in caught.value.hint
    assert "--counts" in caught.value.advice("en", "cli")
