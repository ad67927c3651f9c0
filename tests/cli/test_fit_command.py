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
    assert page.count("<polyline") == 5
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
        (("--column", "wait", "--family", "gama"), "Families are: gamma"),
        (("--column", "wait", "--family", "beta"), "beta could be fitted"),
        (("--column", "wait", "-o", "none/page.html"), "could not be written"),
    ],
)
def test_what_is_wrong_is_said(run, waits, arguments, message):
    done = run("fit", waits, *arguments, check=2)
    assert message in done.stderr
    assert not done.stdout
