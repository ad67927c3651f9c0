"""The study of families in `benchmarks/`, run short: kullback keeps its bounds, peers are asked."""

from __future__ import annotations

import families
import pytest
from accuracy import Verdict
from family_cases.case import Case

import kullback as kb
from kullback.families import Normal


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(families, "PATIENCE", 1)


def test_there_are_enough_cases():
    assert sum(map(len, families.groups().values())) >= 250


def test_the_report_names_what_it_ran_on(tmp_path, capsys):
    families.main(["--most", "2", "-o", str(tmp_path / "families.md")])
    text = (tmp_path / "families.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    assert families.described() in text
    for group, cases in families.groups().items():
        assert f"## {group}" in text
        assert f"| {cases[0].name} |" in text


@pytest.mark.parametrize(("truth", "wrong"), [(0.0, 0), (1.0, 2), (-1.0, 2)])
def test_a_broken_bound_is_told(monkeypatch, truth, wrong):
    p = Normal(mean=0.0, std=1.0)
    case = Case("equal", "kl_divergence", p, p, lambda *_: families.np.float64(truth))
    assert len(list(families.broken(families.judged(case)))) == wrong
    monkeypatch.setattr(families, "groups", lambda: {"One": [case]})
    if wrong:
        with pytest.raises(SystemExit, match="kl_divergence, equal, float64"):
            families.main([])
    else:
        families.main([])


@pytest.mark.parametrize("column", families.PEERS)
def test_a_peer_is_told_the_same_law(column):
    """In one case of each family at least, what it answers is right."""
    if not families.installed(families.PEERS[column].package):
        pytest.skip("not installed")
    best: dict[tuple[str, str], float] = {}
    tried: dict[tuple[str, str], int] = {}
    for cases in families.groups().values():
        for case in cases:
            key = case.measure, families.key(case.p)
            # A few tries are enough, and extreme laws take some peers long.
            if best.get(key, 1.0) <= 1e-5 or tried.get(key, 0) >= 6:
                continue
            laws = [law for law in (case.p, case.q) if law is not None]
            answer = families.ask(column, case, laws)
            if answer is not None:
                tried[key] = tried.get(key, 0) + 1
                verdict: Verdict = families.judge(answer, case.truth(laws[0], laws[-1]), None)
                best[key] = min(best.get(key, 1.0), verdict.error)
    assert best
    assert {key: error for key, error in best.items() if not error <= 1e-5} == {}


def test_a_law_that_float32_cannot_hold_is_left_out():
    tiny = Normal(mean=0.0, std=1e-60)
    with pytest.raises(kb.KullbackError):
        families.rounded(tiny, "float32")
    case = Case("tiny", "kl_divergence", tiny, tiny, lambda *_: families.np.float64(0.0))
    assert {dtype for _, dtype in families.judged(case).verdicts} == {"float64"}
