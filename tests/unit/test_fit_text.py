"""How models, data and rankings print themselves, and what names of ranges say."""

from __future__ import annotations

import numpy as np
import pytest

import kullback as kb
from kullback.families import Bernoulli, Beta, Binomial, Gamma, Normal, Poisson, parameters
from kullback.fitting import Statistics, compare_fits, fit, mixture_of, truncated_to

X = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 7.0])


def test_short_names_of_what_is_large():
    assert repr(mixture_of(Normal, 2)) == (
        "<Model mixture of 2 Normal: weight[0], mean[0], std[0], mean[1], std[1]>"
    )
    assert repr(Statistics([1.0, 2.0, 6.0])) == "<Statistics n=3, mean=3, 1 to 6>"
    ranking = compare_fits([Gamma, Beta, Normal], X)
    assert repr(ranking) == "<FitRanking Gamma, Normal; refused: Beta; n=6>"
    assert repr(compare_fits(Beta, X)) == "<FitRanking of nothing; refused: Beta; n=6>"


def test_a_refused_family_is_named_with_its_reason():
    ranking = compare_fits([Gamma, Beta, Bernoulli], X)
    assert ranking.refused["Beta"].key == "fit.outside"
    assert "Beta: data[1] is 1.0" not in str(ranking)
    assert "Beta: data[2] is 1.5" in str(ranking)
    with pytest.raises(kb.KullbackError) as caught:
        _ = compare_fits([Beta, Bernoulli], X).best
    assert "Beta: data[2] is 1.5" in str(caught.value)
    assert "Bernoulli: data[2] is 1.5" in str(caught.value)
    assert "Beta: data[2] 是 1.5" in caught.value.text("zh")


@pytest.mark.parametrize("families", ["gamma", ["gamma"], None, [Gamma(shape=1.0, rate=1.0)], 3])
def test_what_is_no_family_is_a_mistake_and_not_refused(families):
    with pytest.raises(kb.KullbackError) as caught:
        compare_fits(families, X)
    assert caught.value.key in ("fit.family", "fit.name", "fit.law")


def test_one_family_may_come_bare():
    assert compare_fits(Gamma, X).best.scalars == fit(Gamma, X).scalars
    model = truncated_to(Gamma, low=0.1)
    assert compare_fits(model, X).best.family == model.name


def test_models_of_one_name_are_not_taken_for_one():
    both = [truncated_to(Gamma, low=0.1), truncated_to(Gamma, low=0.2)]
    with pytest.raises(kb.KullbackError, match="truncated Gamma"):
        compare_fits(both, X)
    assert len(compare_fits({"a": both[0], "b": both[1]}, X).entries) == 2


def test_what_is_fixed_holds_for_the_families_that_have_it():
    n = [1, 3, 2, 2, 0, 4]
    ranking = compare_fits([Binomial, Poisson], n, fixed={"trials": 6})
    assert {entry.name for entry in ranking.entries} == {"Binomial", "Poisson"}
    assert compare_fits([Gamma], X, fixed={"shape": 1.0}).best.free == ("rate",)
    with pytest.raises(kb.KullbackError, match=r"'size'.*trials, probability, rate"):
        compare_fits([Binomial, Poisson], n, fixed={"size": 6})


def test_numbers_of_an_ordinary_size_are_written_out():
    """81850 and not 8.185e+04."""
    shown = str(fit(Normal, 1e5 * X))
    assert "241700" in shown
    assert "e+" not in shown


RANGES = [x for x in vars(parameters).values() if isinstance(x, parameters.Range)]


@pytest.mark.parametrize("kind", RANGES, ids=lambda kind: kind.name)
def test_a_range_says_what_it_holds(kind):
    english, chinese = kind.text(), kind.text("zh")
    assert not chinese.isascii()
    assert english.isascii()
    assert bool(kind.holds(np.float64(np.inf))) == (kind.infinite and np.isinf(kind.high))
    if np.isinf(kind.high) and not kind.whole and not kind.infinite:
        assert "finite" in english
        assert "有限" in chinese


def test_a_range_of_your_own_has_its_own_name():
    assert parameters.Range("below 3", high=3.0).text("zh") == "below 3"


def test_an_infinite_parameter_is_told_to_be_finite():
    with pytest.raises(kb.KullbackError) as caught:
        Gamma(shape=np.inf, rate=1.0)
    assert str(caught.value) == "Gamma: shape must be positive and finite, not inf"
    assert caught.value.text("zh") == "Gamma：shape 应当是有限的正数，得到的是 inf"
