"""`kullback fit`: the table, the page, JSON, and what is wrong with a file."""

from __future__ import annotations

import re

import numpy as np
import pytest


@pytest.fixture
def waits(tmp_path):
    """A file with a column of waiting times, one of counts and one of texts."""
    chance = np.random.default_rng(0)
    rows = zip(chance.gamma(2.2, 1.8, 400), chance.negative_binomial(3, 0.4, 400), strict=True)
    lines = [f"{wait:.4f},{n},a" for wait, n in rows]
    (tmp_path / "waits.csv").write_text("wait,n,kind\n" + "\n".join(lines) + "\n,3,b\n")
    return "waits.csv"


def test_the_best_law_comes_first(run, waits):
    done = run("fit", waits, "--column", "wait", "--family", "normal,gamma", check=0)
    best = next(line for line in done.stdout.splitlines() if line.startswith("▶"))
    assert "gamma" in best
    assert "left out: 1" in done.stderr


def test_json(run, waits):
    found = run("fit", waits, "--column=wait", "--family=gamma,beta", "--json", check=0).json()
    assert found["schema"] == "kullback.fit/1"
    assert found["unit"] == "nats"
    assert found["n"] == 400
    (gamma,) = found["fits"]
    low, high = gamma["parameters"]["shape"]["interval"]
    assert low < 2.2 < high
    assert gamma["converged"] is True
    assert "beta" in found["refused"]


def test_counts_get_laws_of_counts(run, waits):
    done = run("fit", waits, "--column", "n", check=0)
    assert "negativebinomial" in done.stdout
    assert "unit of measurement" not in done.stdout


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page(run, waits, tmp_path, lang):
    run("fit", waits, "--column", "wait", "-o", "page.html", "--lang", lang, check=0)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f'<html lang="{lang}">' in page
    assert page.count("<polyline") == page.count('class="kb-key"') == 5
    assert page.count('class="kb-data"') >= 8
    assert "nan" not in page.lower().replace("nanos", "")
    assert not re.search(r"(src|href)=", page)  # nothing is fetched


def test_ascii(run, waits):
    assert run("fit", waits, "--column", "wait", "--ascii", check=0).stdout.isascii()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--column", "kind"), "row 1: column \"kind\" holds 'a'"),
        (("--column", "what"), "columns are: wait, n, kind"),
        (("--column", "wait", "--family", "gama"), "Did you mean gamma?"),
        (("--column", "wait", "--family", "student"), "Did you mean studentt?"),
        (("--column", "wait", "--family", "zzz"), "  Families are: bernoulli"),
        (("--column", "wait", "--family", "beta"), "Beta is a law of finite numbers from 0 to 1"),
        (("--column", "wait", "--family", "beta,poisson"), "could be fitted: beta: row 1 of"),
        (("--column", "wait", "--family", "beta,poisson"), "poisson: row 1 of the file holds"),
        (("--column", "wait", "-o", "none/page.html"), "none/page.html could not be written"),
        (("--column", "wait", "-o", "none/page.html"), "a folder that exists"),
        (("--column", "n", "--family", "binomial"), "--fixed trials="),
        (("--column", "n", "--family", "poisson", "--fixed", "rate"), "--fixed rate does not"),
        (("--column", "n", "--family", "poisson", "--fixed", "size=2"), "'size'; there are rate"),
        (("--column", "n", "--family", ""), "--family is empty"),
        (("--column", "n", "--fixed", "a=1,a=2"), "--fixed gives a twice"),
        (("--column", "n", "--fixed", "rate=nan"), "--fixed rate=nan does not"),
        (("--column", "n", "-o", "./waits.csv"), "would be overwritten"),
        (("--column", "n", "-o", "link.html"), "would be overwritten"),
    ],
)
def test_what_is_wrong_is_said(run, waits, tmp_path, arguments, message):
    (tmp_path / "link.html").symlink_to(tmp_path / waits)
    before = (tmp_path / waits).read_text()
    done = run("fit", waits, *arguments, check=2)
    assert message in done.stderr
    assert not done.stdout
    assert (tmp_path / waits).read_text() == before


def test_a_parameter_that_is_known(run, waits):
    more = ("--column", "n", "--family", "binomial,poisson", "--fixed", "trials=60")
    found = run("fit", waits, *more, "--json", check=0).json()
    (binomial,) = [one for one in found["fits"] if one["name"] == "binomial"]
    assert binomial["parameters"]["trials"]["fixed"] is True
    assert binomial["parameters"]["trials"]["value"] == 60
    assert not found["refused"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_single_law_is_told_with_its_errors(run, waits, lang):
    """One table more than in a ranking, with all that JSON has."""
    more = ("--column", "wait", "--family", "gamma", "--lang", lang)
    shown = run("fit", waits, *more, check=0).stdout
    (gamma,) = run("fit", waits, *more, "--json", check=0).json()["fits"]
    for parameter in gamma["parameters"].values():
        for x in (parameter["value"], parameter["std_error"], *parameter["interval"]):
            assert f"{x:.4g}" in shown


def test_whole_numbers_from_0_are_counts_however_many(run, tmp_path):
    """A continuous family has no maximum at 0, or is not even positive."""
    chance = np.random.default_rng(1)
    many = chance.negative_binomial(2, 0.01, 500)
    assert len(set(many.tolist())) > 200
    (tmp_path / "n.csv").write_text("\n".join(["n", "0", *map(str, many)]))
    found = run("fit", "n.csv", "--column", "n", "--json", check=0).json()
    assert found["fits"][0]["name"] == "negativebinomial"
    coins = "\n".join(["n", *map(str, chance.integers(0, 2, 50))])
    found = run("fit", "-", "--column", "n", "--json", stdin=coins, check=0).json()
    assert found["fits"][0]["name"] == "bernoulli"


@pytest.mark.parametrize(
    ("values", "family", "message"),
    [
        ("1.5 - -2", "gamma", "row 3 of the file holds -2.0"),
        ("1.5 - nan", "gamma", "row 3 of the file holds NaN"),
        ("1 - -2", "poisson", "row 3 of the file holds -2.0, and Poisson is a law of whole"),
        ("1 - 2.5", "poisson", "row 3 of the file holds 2.5"),
        ("1.5 - 0 3", "gamma", "row 3 of the file holds 0.0"),
        ("1.5 - inf", "normal,gamma", "error: row 3 of the file holds inf, which"),
    ],
)
def test_the_row_at_fault_is_that_of_the_file(run, values, family, message):
    """Rows without a value are left out, but counted: the second is one."""
    file = "\n".join(["x,y", *(f"{'' if x == '-' else x},1" for x in values.split())])
    done = run("fit", "-", "--column=x", "--family", family, stdin=file, check=2)
    assert message in done.stderr
    assert "data[" not in done.stderr


def test_a_reason_is_told_in_the_language_asked_for(run, waits):
    more = ("--column", "n", "--family", "binomial", "--fixed", "trials=1.5", "--lang", "zh")
    assert "trials 应当是不小于 0 的整数，得到的是 1.5" in run("fit", waits, *more, check=2).stderr


def labels(page):
    """Return the numbers beside the axes: across, and up with where they end."""
    across = re.findall(r'text-anchor="middle">([^<]*)<', page)
    up = re.findall(r'<text x="(\d+)" y="[^"]*" text-anchor="end">([^<]*)<', page)
    return across, [(float(x), label) for x, label in up]


@pytest.mark.parametrize("size", [1e-5, 1.0, 1e6])
def test_no_number_of_the_page_is_cut_off(run, tmp_path, size):
    """At 14 pixels a digit is less than 9 wide, and the picture begins at 0."""
    x = size * np.random.default_rng(2).weibull(0.7, 300)
    (tmp_path / "x.csv").write_text("\n".join(["x", *(f"{v:.6g}" for v in x)]))
    run("fit", "x.csv", "--column", "x", "-o", "page.html", check=0)
    across, up = labels((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len(across) == len(set(across)) > 2
    assert len(up) > 2
    assert across[0] == up[0][1] == "0"
    assert all(8 * len(label) <= end for end, label in up)


def test_a_long_tail_does_not_flatten_the_picture(run, tmp_path):
    x = [*np.linspace(-1, 1, 200), 1e9]
    (tmp_path / "x.csv").write_text("\n".join(["x", *map(str, x)]))
    run("fit", "x.csv", "--column", "x", "--family", "cauchy,normal", "-o", "page.html", check=0)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "not in the picture: 1." in page
    assert page.count('class="kb-data"') >= 8


def test_the_picture_of_counts_has_whole_numbers_and_marks(run, waits, tmp_path):
    (tmp_path / "n.csv").write_text("n\n" + "0\n1\n1\n0\n1\n" * 20)
    run("fit", "n.csv", "--column", "n", "-o", "page.html", check=0)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    across, _ = labels(page)
    assert across == ["0", "1"]
    assert page.count('kb-dots"') == page.count("<polyline") == 3


def test_true_and_false_are_1_and_0(run):
    coins = "\n".join(["x", *["True", "false", "false"] * 20])
    found = run("fit", "-", "--column=x", "--json", stdin=coins, check=0).json()
    assert found["fits"][0]["name"] == "bernoulli"
    assert found["fits"][0]["parameters"]["probability"]["value"] == pytest.approx(1 / 3)


def test_numbers_of_an_interval_get_laws_of_one(run):
    chance = np.random.default_rng(3)

    def best(x):
        file = "\n".join(["x", *map(str, x)])
        found = run("fit", "-", "--column=x", "--json", stdin=file, check=0).json()
        return found["fits"][0]["name"]

    assert best(chance.beta(0.5, 0.5, 200)) == "beta"
    assert best(chance.uniform(3.0, 9.0, 200)) == "uniform"
    assert best(chance.uniform(-3.0, 9.0, 200)) == "uniform"


def test_what_is_not_told_apart_from_the_best_is_marked(run, tmp_path):
    x = np.random.default_rng(0).exponential(2.0, 300)
    (tmp_path / "x.csv").write_text("\n".join(["x", *map(str, x)]))
    done = run("fit", "x.csv", "--column=x", "-o", "page.html", check=0)
    lines = done.stdout.splitlines()
    assert any(line.startswith("▶  exponential") for line in lines)
    assert any(line.startswith("≈  gamma") for line in lines)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for shown in (done.stdout, page):
        assert "≈ is not told apart from the best" in shown
        assert "AIC/2n" in shown
