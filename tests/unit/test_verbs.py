"""Verbs and rules: the nearest rule answers, and anyone may add a verb, a rule or a kind."""

from __future__ import annotations

import math

import numpy as np
import pytest

import kullback as kb


class Geometric(kb.AbstractDistribution):
    """A user's kind without a table."""

    def __init__(self, p):
        self.p = p


class Softer(kb.AbstractFinite):
    """A user's kind with a table."""

    __slots__ = ("z",)

    def __init__(self, z):
        self.z = np.asarray(z, float)

    @property
    def values(self):
        return self.z

    def wide_probs(self):
        return kb.Logits(self.z / 2).wide_probs()

    def wide_log_probs(self):
        return kb.Logits(self.z / 2).wide_log_probs()


def test_a_users_kind_with_a_table_works_with_every_verb():
    z, w = np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 1.0])
    ours, p, q = [kb.Logits(x / 2) for x in (z, w)], Softer(z), Softer(w)
    for verb in (
        kb.cross_entropy,
        kb.kl_divergence,
        kb.jensen_shannon_divergence,
        kb.jensen_shannon_distance,
        kb.jeffreys_divergence,
        kb.perplexity,
    ):
        assert verb(p, q) == pytest.approx(verb(*ours), rel=1e-14)
        assert verb(p, q, **({} if verb is kb.perplexity else {"unit": "bits"})) > 0
    assert kb.entropy(p) == pytest.approx(kb.entropy(ours[0]), rel=1e-15)
    assert kb.log_likelihood([0], p) == pytest.approx(kb.log_likelihood([0], ours[0]))
    assert kb.self_information(p).shape == (3,)
    assert kb.cross_entropy(kb.Labels(2, 3), p) == pytest.approx(-ours[0].log_probs[2])
    assert float(kb.cross_entropy(kb.Samples([0, 2]), p)) > 0
    assert kb.explain(p, q).kl_pq == kb.kl_divergence(p, q)


def test_a_users_rule_without_a_table():
    @kb.rule(kb.entropy, Geometric)
    def _(g):
        return (-g.p * math.log(g.p) - (1 - g.p) * math.log(1 - g.p)) / g.p

    assert kb.entropy(Geometric(0.5), unit="bits") == pytest.approx(2.0, rel=1e-15)
    assert kb.rule_for(kb.entropy, Geometric).__name__ == "_"
    with pytest.raises(kb.NoRuleError, match=r"kl_divergence has no rule for Geometric, Geometric"):
        kb.kl_divergence(Geometric(0.5), Geometric(0.25))


def test_a_users_verb_has_axis_and_unit_like_ours():
    @kb.verb(operands=2)
    def overlap(p, q, /, *, power=1, axis=-1, unit=kb.NATS):
        """Rule of last resort."""
        return (np.minimum(p.probs, q.probs) ** power).sum(-1)

    p, q = np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.25, 0.75], [0.0, 1.0]])
    assert overlap(p, q).tolist() == [0.75, 0.0]
    assert overlap(p.T, q.T, axis=0).tolist() == [0.75, 0.0]
    assert overlap(p, q, power=2).tolist() == [0.3125, 0.0]
    assert overlap(p, q, unit="bits")[0] == 0.75 / math.log(2)
    assert overlap.__doc__ == "Rule of last resort."
    kb.rule(overlap, kb.Labels, kb.Labels)(lambda p, q: float(p.y == q.y))
    assert overlap(kb.Labels(1, 2), kb.Labels(1, 2)) == 1.0


def test_the_nearest_rule_wins_whatever_the_order():
    class Near(kb.AbstractFinite):
        pass

    class Nearer(Near):
        values = property(lambda _: None)
        wide_probs = wide_log_probs = None

    @kb.verb(operands=1)
    def which(p, /):
        return "none"

    kb.rule(which, Near)(lambda _: "near")
    kb.rule(which, kb.AbstractDistribution)(lambda _: "any")
    assert which(Nearer()) == "near"
    assert which([1.0]) == "any"
    kb.rule(which, Nearer)(lambda _: "nearer")  # after an answer was given
    assert which(Nearer()) == "nearer"
    assert kb.rule_for(which, Near)(None) == "near"


def test_two_operands_need_no_tie():
    @kb.verb(operands=2)
    def which(p, q, /):
        return "none"

    kb.rule(which, kb.Probs, kb.AbstractFinite)(lambda _p, _q: "left")
    with pytest.raises(kb.KullbackError, match="match the same operands"):
        kb.rule(which, kb.AbstractFinite, kb.Probs)(lambda _p, _q: "right")
    kb.rule(which, kb.Probs, kb.Probs)(lambda _p, _q: "both")
    kb.rule(which, kb.AbstractFinite, kb.Probs)(lambda _p, _q: "right")
    z = kb.Logits([0.0, 1.0])
    assert [which(p, q) for p in ([1.0], z) for q in ([1.0], z)] == [
        "both",
        "left",
        "right",
        "none",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (kb.entropy, "missing a required argument: 'p'"),
        (lambda: kb.kl_divergence([1.0]), "missing a required argument: 'q'"),
        (lambda: kb.log_likelihood([0]), "missing a required argument: 'q'"),
        (lambda: kb.entropy([1.0], units="bits"), "unexpected keyword argument 'units'"),
        (lambda: kb.kl_divergence(p=[1.0], q=[1.0]), "positional"),
        (lambda: kb.kl_divergence([1.0], [1.0], [1.0]), "too many positional arguments"),
    ],
)
def test_a_wrong_call_is_pythons_own_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "option"),
    [
        (lambda: kb.entropy([1.0], given="x"), "given"),
        (lambda: kb.entropy([1.0], estimator=kb.estimators.PlugIn()), "estimator"),
        (lambda: kb.entropy(kb.Counts([1, 2]), given="x"), "given"),
    ],
)
def test_an_option_of_other_kinds_is_refused(call, option):
    with pytest.raises(kb.KullbackError, match=f"no use for {option}="):
        call()


def test_names_of_other_kinds_are_refused():
    with pytest.raises(kb.KullbackError, match="entropy of Probs has no use for names"):
        kb.entropy([1.0], "x")


def test_kinds_are_frozen():
    for kind in (kb.Probs([1.0]), kb.Logits([0.0]), kb.LogProbs([0.0]), kb.Labels([0], 1)):
        with pytest.raises((AttributeError, TypeError)):  # TypeError: a quirk of frozen slots
            kind.other = 1
        with pytest.raises(AttributeError):
            setattr(kind, next(iter(type(kind).__dataclass_fields__)), 1)


def test_probs_and_log_probs_of_every_kind():
    half = np.array([0.5, 0.5])
    for kind in (kb.Probs(half), kb.LogProbs(np.log(half)), kb.Logits([3.0, 3.0])):
        np.testing.assert_allclose(kind.probs, half, rtol=1e-15)
        np.testing.assert_allclose(kind.log_probs, np.log(half), rtol=1e-15)
    np.testing.assert_array_equal(kb.Labels([1], 2).log_probs, [[-math.inf, 0.0]])
    np.testing.assert_array_equal(kb.Probs([0.0, 1.0]).log_probs, [-math.inf, 0.0])
