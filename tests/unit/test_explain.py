"""The whole comparison: as text, as HTML, as numbers; and the textbook's own numbers."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser

import numpy as np
import pytest

import kullback as kb

P, Q = [0.5, 0.3, 0.2], [0.6, 0.3, 0.1]


class Tags(HTMLParser):
    """Collect tags, and see that they close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.open.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_every_measure_is_the_verbs_own():
    e = kb.explain(P, Q, unit="bits")
    assert (e.entropy_p, e.entropy_q) == (kb.entropy(P, unit="bits"), kb.entropy(Q, unit="bits"))
    assert e.kl_pq == kb.kl_divergence(P, Q, unit="bits")
    assert e.kl_qp == kb.kl_divergence(Q, P, unit="bits")
    assert e.cross_entropy_pq == kb.cross_entropy(P, Q, unit="bits")
    assert e.cross_entropy_qp == kb.cross_entropy(Q, P, unit="bits")
    assert e.jensen_shannon == kb.jensen_shannon_divergence(P, Q, unit="bits")
    assert e.shares == pytest.approx([0.5 * math.log2(5 / 6), 0.0, 0.2], abs=1e-15)
    assert e.max_entropy == pytest.approx(math.log2(3), rel=1e-15)
    assert e.outcomes == ("0", "1", "2")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_text_and_html_in_both_languages(lang):
    e = kb.explain(P, Q, outcomes=["rain", "sun", "snow"], unit="bits")
    for shown in (e.text(lang), e._repr_html_(lang)):
        for part in ("0.0685", "0.0578", "0.0155", "1.4855", "rain", "bits"):
            assert part in shown
    html = e._repr_html_(lang)
    assert Tags(html).open == []
    assert "script" not in Tags(html).seen
    assert "http" not in html
    alone = kb.explain(P, outcomes=["rain", "sun", "snow"])
    assert "snow" in alone.text(lang)
    assert Tags(alone._repr_html_(lang)).open == []


def test_ascii_only():
    shown = kb.explain([0.5, 0.5, 0.0], [1.0, 0.0, 0.0]).text(ascii_only=True)
    assert shown.isascii()
    assert "inf" in shown


def test_html_escapes_names():
    bad = "<script>alert('x')</script>&\""
    html = kb.explain([0.5, 0.5], [1.0, 0.0], outcomes=[bad, bad])._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert Tags(html).open == []


@pytest.mark.parametrize("q", [None, Q, [1.0, 0.0, 0.0]])
@pytest.mark.parametrize("p", [P, [0.0, 0.0, 1.0]])
def test_a_dict_is_ready_for_json(p, q):
    e = kb.explain(p, q) if q else kb.explain(p)
    again = json.loads(json.dumps(e.to_dict(), allow_nan=False))
    assert again == e.to_dict()
    assert again["p"] == p
    assert again["q"] == q
    assert ("kl_pq" in again["values"]) == (q is not None)


def test_the_infinite_case_names_its_outcomes():
    e = kb.explain([0.5, 0.5, 0.0], [1.0, 0.0, 0.0], outcomes=["a", "b", "c"], unit="bits")
    assert (e.kl_pq, e.infinite_because, e.kl_qp) == (math.inf, ("b",), 1.0)
    assert e.reverse_infinite_because == ()
    assert "q gives probability 0 to what p allows: b" in e.text()
    assert "∞" in e.text()
    assert e.to_dict()["values"]["kl_pq"] == "inf"
    assert e.to_dict()["terms"]["kl_pq"] == [-0.5, "inf", 0.0]
    back = kb.explain([1.0, 0.0], [0.5, 0.5])
    assert back.reverse_infinite_because == ("1",)
    assert len(kb.explain(np.eye(9)[0], np.eye(9)[1]).text()) > 100


def test_a_certain_outcome_has_no_surprise_and_an_impossible_one_has_all():
    e = kb.explain([1.0, 0.0])
    assert e.shares == (0.0, math.inf)
    assert not math.copysign(1, e.shares[0]) < 0
    assert not math.copysign(1, e.entropy_p) < 0
    assert "-0" not in e.text()


def test_of_many_outcomes_the_largest_shares_are_shown():
    p = np.full(100, 0.01)
    q = p.copy()
    q[40], q[60] = 0.005, 0.015
    e = kb.explain(p, q)
    assert len(e.to_dict()["p"]) == len(e.shares) == 100
    lines = e.text().splitlines()
    for shown in ("40", "60"):
        assert any(line.startswith(f"{shown} ") for line in lines)
    assert "80" in lines[-1]  # so many more
    assert sum(line.split()[:1] == [str(k)] for k in range(100) for line in lines) == 20
    assert Tags(e._repr_html_()).open == []


def test_repr_is_one_line():
    assert "\n" not in repr(kb.explain(P, Q))
    assert repr(kb.explain(P)) == "<Explanation H(p)=1.03 nats, 3 outcomes>"
    assert str(kb.explain(P, Q)) == kb.explain(P, Q).text()


def test_kinds_and_libraries():
    z = np.array([1.0, 2.0])
    e = kb.explain(kb.Logits(z), kb.Probs([0.5, 0.5]))
    assert e.p == tuple(kb.Logits(z).probs)
    with pytest.raises(kb.KullbackError, match="3 outcomes but q has 2"):
        kb.explain(P, [0.5, 0.5])


# ---------------------------------------------------------------- the textbook's numbers

DIGIT = [0.02, 0.03, 0.75, 0.05, 0.0, 0.05, 0.05, 0.0, 0.05, 0.0]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (lambda: kb.self_information(0.99, unit="bits"), 0.0145),
        (lambda: kb.self_information(0.01, unit="bits"), 6.6439),
        (lambda: kb.entropy([0.99, 0.01], unit="bits"), 0.0808),
        (lambda: kb.entropy([0.5, 0.5], unit="bits"), 1.0),
        (lambda: kb.entropy([1 / 6] * 6, unit="bits"), 2.5850),
        (lambda: kb.perplexity([1 / 6] * 6), 6.0),
        (lambda: kb.entropy(np.eye(5)[2]), 0.0),
        (lambda: kb.entropy([0.9, 0.05, 0.025, 0.025], unit="bits"), 0.6190),
        (lambda: kb.entropy([0.3, 0.2, 0.25, 0.25], unit="bits"), 1.9855),
        (lambda: kb.cross_entropy(kb.Labels(2, 10), DIGIT), 0.2877),
        (lambda: kb.cross_entropy(np.eye(10)[2], DIGIT), 0.2877),
        (lambda: kb.kl_divergence([0.9, 0.1], [0.1, 0.9], unit="bits"), 2.5359),
        (lambda: kb.entropy([0.9, 0.1]) - kb.entropy([0.1, 0.9]), 0.0),
        (lambda: kb.jensen_shannon_divergence([1.0, 0.0], [0.0, 1.0], unit="bits"), 1.0),
    ],
)
def test_textbook(value, wanted):
    assert round(float(value()), 4) == wanted
    assert math.copysign(1, float(value())) == 1
