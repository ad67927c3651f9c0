"""Texts: complete in both languages, used, spelled one way; docstrings that keep the form."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import string
from pathlib import Path

import pytest

import kullback
from kullback import strings
from kullback.strings import glossary

SRC = Path(kullback.__file__).parent
EN, ZH = (strings._table(lang) for lang in ("en", "zh"))
CODE = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(SRC.rglob("*.py"))
    if path.parent.name != "strings"
}


def placeholders(text):
    """Return the names that a text is filled with, and how they are shown."""
    return {
        (name, conversion)
        for _, name, _, conversion in string.Formatter().parse(text)
        if name is not None
    }


def test_no_text_is_missing_in_a_language():
    assert set(EN) == set(ZH)


@pytest.mark.parametrize("key", sorted(EN))
def test_both_languages_are_filled_with_the_same(key):
    assert placeholders(EN[key]) == placeholders(ZH[key])
    assert EN[key].strip() == EN[key] != ""
    assert ZH[key].strip() == ZH[key] != ""


def literals(tree):
    """Return the strings that stand in a piece of code."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def raised():
    """Yield place and node of the key of each KullbackError in the source."""
    for path, tree in CODE.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "KullbackError",
                "NoRuleError",
            ):
                yield f"{path.name}:{node.lineno}", node.args[0]


def test_every_error_that_is_raised_has_a_text_and_a_hint():
    seen = 0
    for place, node in raised():
        for key in literals(node) if not isinstance(node, ast.JoinedStr) else ():
            seen += 1
            assert f"error.{key}" in EN, f"{place}: no text for {key!r}"
            hints = [f"error.{key}.hint", f"error.{key}.hint.python", f"error.{key}.hint.cli"]
            assert any(hint in EN for hint in hints), f"{place}: no hint for {key!r}"
    assert seen > 40


def test_every_text_is_used():
    said = set().union(*(literals(tree) for tree in CODE.values()))
    starts = tuple(part for part in said if part.endswith("."))
    unused = []
    for key in EN:
        name = re.sub(r"\.hint(\.(cli|python))?$", "", key).removeprefix("error.")
        if name not in said and not name.startswith(starts):
            unused.append(key)
    assert not unused


WRONG = re.compile(
    r"Kullback[^-\w,\s.]Leibler|Kullback Leibler|Jensen[^-\w]Shannon|Miller[^-\w]Madow"
    r"|Jeffrey's|\bJeffrey\b|Benjamini[^-\w]Hochberg|Shannon-Jensen|Leibler-Kullback"
)


def test_people_are_spelled_one_way():
    texts = {**EN, **{f"zh {key}": text for key, text in ZH.items()}}
    for path, tree in CODE.items():
        texts |= {f"{path.name}: {text[:40]}": text for text in literals(tree)}
    texts |= {name: f"{term['en']} {term['zh']}" for name, term in glossary.GLOSSARY.items()}
    assert not [place for place, text in texts.items() if WRONG.search(text)]
    for person in glossary.PEOPLE:
        assert any(person in text for text in texts.values()), person


def test_the_glossary_has_the_public_names():
    assert set(glossary.GLOSSARY) == set(PUBLIC)
    for name, term in glossary.GLOSSARY.items():
        assert set(term) == {"en", "zh", "means"}, name
        assert all(term.values()), name
        assert re.search("[一-鿿]", term["zh"]), name
        assert "\n" not in term["means"], name
    terms = {term["en"] for term in glossary.GLOSSARY.values()}
    assert len(terms) == len(glossary.GLOSSARY), "one term, one name"


# ---------------------------------------------------------------- docstrings

PUBLIC = {
    name: getattr(room, name) for room in (kullback, kullback.learning) for name in room.__all__
}
FUNCTIONS = {name: x for name, x in PUBLIC.items() if inspect.isfunction(x)}
CLASSES = {name: x for name, x in PUBLIC.items() if inspect.isclass(x)}
MEASURES = [name for name, x in FUNCTIONS.items() if x.__module__.startswith("kullback.measures")]
FORM = pytest.mark.parametrize("name", sorted(FUNCTIONS | CLASSES))


def section(name, title):
    """Return one section of a docstring, or nothing."""
    doc = inspect.getdoc(PUBLIC[name]) + "\n\nEnd\n---\n"
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n---)", doc, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


@FORM
def test_a_docstring_begins_with_its_meaning_and_ends_with_an_example(name):
    first = inspect.getdoc(PUBLIC[name]).partition("\n")[0]
    assert first.endswith(".")
    assert len(first) <= 100
    assert ">>>" in section(name, "Examples")


@FORM
def test_the_examples_run(name):
    x = inspect.unwrap(PUBLIC[name])
    tests = doctest.DocTestFinder(recurse=False).find(x, name, globs={})
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    for test in tests:
        runner.run(test)
    results = runner.summarize(verbose=False)
    assert results.attempted > 0
    assert results.failed == 0


@FORM
def test_every_parameter_is_described(name):
    x = PUBLIC[name]
    if inspect.isclass(x) and ("Attributes\n" in inspect.getdoc(x) or inspect.isabstract(x)):
        assert section(name, "Attributes") or not section(name, "Parameters")
        return
    text = section(name, "Parameters")
    described = re.findall(r"^([\w*, ]+?) :|^(\*\*?\w+)$", text, re.MULTILINE)
    described = {part.strip(" *") for pair in described for part in (pair[0] or pair[1]).split(",")}
    taken = {
        p.name for p in inspect.signature(x).parameters.values() if p.name not in ("self", "_")
    }
    assert taken <= described, taken - described


KINDS = {"Probs", "LogProbs", "Logits", "Labels", "Counts", "Samples", "Joint"}


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *KINDS}))
def test_errors_are_announced(name):
    assert re.search(r"^(KullbackError|NoRuleError)\n    ", section(name, "Raises"), re.MULTILINE)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_has_formula_shapes_unit_and_reference(name):
    doc = inspect.getdoc(PUBLIC[name])
    assert ".. math::" in doc
    assert "shape (" in section(name, "Parameters")
    assert section(name, "Returns")
    assert re.search(r"\((18|19|20)\d\d\), \*.+\*", section(name, "References"), re.DOTALL)
    unit = "nats" in section(name, "Parameters") + section(name, "Returns")
    assert unit or "no unit" in section(name, "Returns")


def test_all_measures_are_seen():
    assert len(MEASURES) >= 11
