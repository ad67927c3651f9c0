"""Scores of predicted probabilities, against their definitions and inside scikit-learn."""

from __future__ import annotations

import functools
import math
import warnings

import mpmath
import numpy as np
import pytest
from libraries import extra

import kullback as kb
from kullback.learning import (
    base_rate_divergence_score,
    cross_entropy_score,
    information_gain_score,
)

SCORES = (cross_entropy_score, information_gain_score, base_rate_divergence_score)
EVERY_SCORE = pytest.mark.parametrize("score", SCORES)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def forecasts(rng, n=200, classes=4):
    """Return labels that were drawn from the probabilities beside them."""
    q = rng.dirichlet(np.full(classes, 0.7), n)
    y = (rng.random((n, 1)) > np.cumsum(q, axis=-1)).sum(-1)
    return np.minimum(y, classes - 1), q


def defined(y, q, weights):
    """Return the three scores by their definitions, in 50 digits."""
    with mpmath.workdps(50):
        w = [mpmath.mpf(float(x)) for x in weights]
        q = [[mpmath.mpf(float(x)) for x in row] for row in q]
        total = mpmath.fsum(w)
        prior = [
            mpmath.fsum(x for x, label in zip(w, y, strict=True) if label == k) / total
            for k in range(len(q[0]))
        ]
        rows = list(zip(w, y, q, strict=True))
        loss = mpmath.fsum(-x * mpmath.log(row[k]) for x, k, row in rows) / total
        gain = mpmath.fsum(x * mpmath.log(row[k] / prior[k]) for x, k, row in rows) / total
        pairs = [(x, pair) for x, _, row in rows for pair in zip(row, prior, strict=True)]
        claim = mpmath.fsum(x * p * mpmath.log(p / base) for x, (p, base) in pairs)
        return float(loss), float(gain), float(claim / total)


@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_what_they_are_defined_as(weighted, rng):
    y, q = forecasts(rng)
    w = rng.random(len(y)) if weighted else np.ones(len(y))
    given = {"sample_weight": w} if weighted else {}
    wanted = defined(y, q, w)
    for score, value in zip(SCORES, wanted, strict=True):
        assert isinstance(score(y, q, **given), float)
        # Logarithms of a few hundred rows, rounded once each, against gains of about their size.
        assert score(y, q, **given) == pytest.approx(value, rel=1e-13)
        assert score(y, q, **given, unit="bits") == pytest.approx(value / math.log(2), rel=1e-13)


@EVERY_SCORE
def test_weights_repeat_rows(score, rng):
    y, q = forecasts(rng)
    w = rng.integers(0, 3, len(y))
    repeated = score(np.repeat(y, w), np.repeat(q, w, axis=0))
    assert score(y, q, sample_weight=w) == pytest.approx(repeated, rel=1e-13)


def test_cross_entropy_is_uncertainty_less_gain(rng):
    y, q = forecasts(rng)
    uncertainty = float(kb.entropy(np.bincount(y) / len(y)))
    gain = information_gain_score(y, q)
    assert cross_entropy_score(y, q) == pytest.approx(uncertainty - gain, rel=1e-14)
    skill = information_gain_score(y, q, normalized=True)
    assert skill == pytest.approx(gain / uncertainty, rel=1e-14)


def test_true_probabilities_gain_what_they_claim_and_bold_ones_less(rng):
    y, q = forecasts(rng, n=20_000)
    gain, claim = information_gain_score(y, q), base_rate_divergence_score(y, q)
    # The difference has a standard deviation of about 1 per row.
    assert gain == pytest.approx(claim, abs=4 / math.sqrt(20_000))
    bold = q**2 / (q**2).sum(-1, keepdims=True)
    claimed = base_rate_divergence_score(y, bold)
    assert claimed > claim + 0.1
    assert information_gain_score(y, bold) < gain - 0.1


def test_the_base_rate_gains_nothing_and_claims_nothing():
    y = [0, 0, 0, 1]
    q = [[0.75, 0.25]] * 4
    assert information_gain_score(y, q) == 0.0
    assert base_rate_divergence_score(y, q) == 0.0
    certain = [[1.0, 0.0]] * 3 + [[0.0, 1.0]]
    assert cross_entropy_score(y, certain) == 0.0
    assert math.copysign(1.0, cross_entropy_score(y, certain)) == 1.0
    assert information_gain_score(y, certain, normalized=True) == 1.0
    assert information_gain_score(y, certain, unit="bits") == base_rate_divergence_score(
        y, certain, unit="bits"
    )


def test_a_given_base_rate():
    q = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]
    base = [0.25, 0.25, 0.5]
    given = {"labels": [0, 1, 2], "base_rate": base}
    assert information_gain_score([0, 1], q, **given, unit="bits") == 1.0
    wanted = np.mean(kb.kl_divergence(q, base))
    assert base_rate_divergence_score([0, 1], q, **given) == pytest.approx(wanted, rel=1e-15)
    never = {"labels": ["a", "b"], "base_rate": [1.0, 0.0]}
    assert information_gain_score(["a"], [[0.5, 0.5]], **never, unit="bits") == -1.0
    # A class that never occurs has frequency 0, and whoever allows it claims too much.
    assert base_rate_divergence_score([0, 1], q, labels=[0, 1, 2]) == math.inf


def test_small_probabilities_are_not_clipped():
    for p, dtype in ((1e-10, np.float32), (1e-20, np.float64), (1e-300, np.float64)):
        q = np.array([[p, 1.0]], dtype=dtype)
        wanted = -math.log(float(q[0, 0]))
        assert cross_entropy_score([0], q, labels=[0, 1]) == pytest.approx(wanted, rel=1e-15)
    impossible = [[0.0, 1.0], [0.5, 0.5]]
    assert cross_entropy_score([0, 1], impossible) == math.inf
    assert information_gain_score([0, 1], impossible) == -math.inf
    assert information_gain_score([0, 1], impossible, normalized=True) == -math.inf
    assert cross_entropy_score([1, 0], impossible) == pytest.approx(math.log(2) / 2)


def test_where_one_label_is_certain_there_is_nothing_to_gain():
    given = {"labels": ["a", "b"], "normalized": True}
    assert information_gain_score(["a", "a"], [[1.0, 0.0]] * 2, **given) == 0.0
    assert information_gain_score(["a", "a"], [[0.5, 0.5]] * 2, **given) == -math.inf


@EVERY_SCORE
def test_columns_are_in_the_order_of_the_labels(score, rng):
    y, q = forecasts(rng)
    names = np.array(["pear", "apple", "fig", "date"])
    wanted = score(y, q)
    assert score(names[y], q, labels=names) == pytest.approx(wanted, rel=1e-14)
    assert score(names[y].astype(object), q, labels=list(names)) == score(names[y], q, labels=names)
    order = np.argsort(names)
    assert score(names[y], q[:, order]) == pytest.approx(wanted, rel=1e-14)


@EVERY_SCORE
def test_of_two_labels_one_probability_is_enough(score, rng):
    p = rng.random(50).astype(np.float32)
    y = rng.random(50) < p
    both = np.stack([1.0 - p.astype(float), p.astype(float)], -1)
    assert score(y, p) == score(y, both)


@EVERY_SCORE
def test_rows_of_weight_0_never_matter(score):
    """Not even with a label that then has frequency 0 and that was held impossible."""
    q = [[0.75, 0.25, 0.0], [0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [math.nan, 0.0, 0.0]]
    wanted = score([0, 1], q[:2], labels=[0, 1, 2])
    assert score([0, 1, 2, 0], q, sample_weight=[1, 1, 0, 0]) == wanted
    single = [0.25, 0.5, math.nan]
    assert score([0, 1, 1], single, sample_weight=[1, 1, 0]) == score([0, 1], single[:2])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@EVERY_SCORE
def test_sums_that_are_rounded_to_few_digits_are_no_mistake(score, dtype, rng):
    y, q = forecasts(rng)
    rounded = (q + 2e-5 / 4).astype(dtype)
    assert np.max(np.abs(rounded.astype(float).sum(-1) - 1)) > 1e-5  # too far for float64
    rate = np.full(4, 0.25, dtype)
    given = {} if score is cross_entropy_score else {"base_rate": rate}
    # float16 has three digits, and fewer where probabilities are small.
    assert score(y, rounded, **given) == pytest.approx(score(y, q, **given), rel=1e-2)


def test_labels_of_any_type():
    q = [[0.5, 0.5], [0.25, 0.75]]
    wanted = cross_entropy_score([1, 0], q)
    for yes, no in ((True, False), (b"y", b"n"), ("yes", "n"), ("a", None), (1, "a"), ((1,), 2.5)):
        y = np.empty(2, object)
        y[:] = [yes, no]
        names = np.empty(2, object)
        names[:] = [no, yes]
        assert cross_entropy_score(y, q, labels=names) == wanted


def test_a_message_names_no_more_than_ten_labels():
    with pytest.raises(kb.KullbackError) as caught:
        cross_entropy_score([1000], np.full((1, 1000), 1e-3), labels=range(1000))
    assert caught.value.text().endswith("8, 9, ...")


MISTAKES = {
    "probs.sum_short": ([0, 1], [[0.4, 0.5], [0.5, 0.5]], {}),
    "probs.negative": ([0, 1], [[-0.5, 1.5], [0.5, 0.5]], {}),
    "learning.confidence": ([0, 1], [0.5, 1.5], {}),
    "learning.shape": ([0, 1, 1], [[0.5, 0.5], [0.5, 0.5]], {}),
    "learning.labels_columns": ([0, 0], [[0.5, 0.5], [0.5, 0.5]], {}),
    "learning.labels_twice": ([0, 0], [[0.5, 0.5], [0.5, 0.5]], {"labels": [0, 0]}),
    "learning.label": ([0, 2], [[0.5, 0.5], [0.5, 0.5]], {"labels": [0, 1]}),
    "learning.weights": ([0, 1], [[0.5, 0.5], [0.5, 0.5]], {"sample_weight": [1, -1]}),
    "learning.nothing": ([0, 1], [[0.5, 0.5], [0.5, 0.5]], {"sample_weight": [0, 0]}),
}


@EVERY_SCORE
@pytest.mark.parametrize("key", MISTAKES)
def test_mistakes_are_told(key, score):
    y, q, given = MISTAKES[key]
    with pytest.raises(kb.KullbackError) as caught:
        score(y, q, **given)
    assert caught.value.key == key
    assert caught.value.hint
    assert "{" not in caught.value.text() + caught.value.text("zh") + caught.value.hint


@EVERY_SCORE
def test_messages_say_what_is_wrong(score):
    def said(*given, **more):
        with pytest.raises(kb.KullbackError) as caught:
            score(*given, **more)
        return caught.value.text() + " " + caught.value.hint

    for nan in (math.nan, np.float32(math.nan)):
        text = said([0.0, nan], [[0.5, 0.5]] * 2)
        assert "y_true[1] is nan, which is no label" in text
    named = said(np.array(["a", math.nan], object), [[0.5, 0.5]] * 2, labels=["a", "b"])
    assert "name what is missing" in named
    for empty in (
        said([], np.zeros((0, 2))),
        said([0, 1], [[0.5, 0.5]] * 2, sample_weight=[0, 0]),
        said([0, 0], [[0.5, 0.5]] * 2, sample_weight=0.0),
    ):
        assert "nothing counts" in empty
        assert "whether there are data" in empty
    columns = said([0, 0], [[0.5, 0.5]] * 2)
    assert "y_prob has 2 columns, but the number of labels is 1: 0" in columns
    assert "Pass labels=" in columns


OTHER_MISTAKES = {
    "probabilities of one row": ("learning.shape", 0, 0.5, {}),
    "labels of two dimensions": (
        "learning.labels_columns",
        [0, 1],
        [[0.5, 0.5]] * 2,
        {"labels": [[0, 1], [2, 3]]},
    ),
    "labels of two types": ("learning.labels_order", [0, "a"], [[0.5, 0.5]] * 2, {}),
    "texts for numbers": ("learning.label", ["1", "0"], [[0.5, 0.5]] * 2, {"labels": [0, 1]}),
    "one that is no label": (
        "learning.label",
        [None, "a"],
        [[0.5, 0.5]] * 2,
        {"labels": ["a", "b"]},
    ),
}


@EVERY_SCORE
@pytest.mark.parametrize("what", OTHER_MISTAKES)
def test_more_mistakes_are_told(what, score):
    key, y, q, given = OTHER_MISTAKES[what]
    y = np.array(y, dtype=object) if what == "labels of two types" else y
    with pytest.raises(kb.KullbackError) as caught:
        score(y, q, **given)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("key", "base_rate"),
    [
        ("learning.base_rate", [0.0, 1.0]),
        ("learning.shape", [1.0]),
        ("probs.sum_short", [0.1, 0.1]),
    ],
)
@pytest.mark.parametrize("score", SCORES[1:])
def test_a_wrong_base_rate_is_told(score, key, base_rate):
    with pytest.raises(kb.KullbackError) as caught:
        score([0, 1], [[0.5, 0.5], [0.5, 0.5]], base_rate=base_rate)
    assert caught.value.key == key


# ---------------------------------------------------------------- inside scikit-learn

LOSS = {"greater_is_better": False, "response_method": "predict_proba"}
GAIN = {"response_method": "predict_proba"}


def scikit_learn():
    """Return what is needed of the library."""
    extra("sklearn", "test")
    from sklearn import datasets, linear_model, metrics, model_selection

    return datasets, linear_model, metrics, model_selection


@pytest.mark.parametrize("data", ["iris", "breast_cancer"])
def test_the_scikit_learn_library_validates_with_scores(data):
    datasets, linear_model, metrics, model_selection = scikit_learn()
    x, y = getattr(datasets, f"load_{data}")(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    model = linear_model.LogisticRegression(C=0.1)
    run = functools.partial(model_selection.cross_val_score, model, x, y, cv=4)
    ours = run(scoring=metrics.make_scorer(cross_entropy_score, **LOSS))
    # Nothing is near enough to 0 or 1 to be clipped, or lost between two columns and one.
    np.testing.assert_allclose(ours, run(scoring="neg_log_loss"), rtol=1e-10)
    skill = run(scoring=metrics.make_scorer(information_gain_score, normalized=True, **GAIN))
    np.testing.assert_allclose(skill, run(scoring="d2_log_loss_score"), rtol=1e-10)
    claim = run(scoring=metrics.make_scorer(base_rate_divergence_score, **GAIN))
    assert np.all(claim > 0)

    def scorer(model, x, y):
        return -cross_entropy_score(y, model.predict_proba(x), labels=model.classes_)

    np.testing.assert_allclose(run(scoring=scorer), ours, rtol=1e-10)


def test_the_scikit_learn_library_routes_weights_to_scores(rng):
    datasets, linear_model, metrics, model_selection = scikit_learn()
    from sklearn import config_context

    x, y = datasets.load_iris(return_X_y=True)
    w = rng.random(len(y))
    model = linear_model.LogisticRegression(max_iter=5000)
    with config_context(enable_metadata_routing=True):
        model = model.set_fit_request(sample_weight=True)
        scoring = metrics.make_scorer(cross_entropy_score, **LOSS)
        scoring = scoring.set_score_request(sample_weight=True)
        found = model_selection.cross_validate(
            model, x, y, cv=3, scoring=scoring, params={"sample_weight": w}, return_estimator=True,
            return_indices=True,
        )  # fmt: skip
    folds = zip(found["test_score"], found["estimator"], found["indices"]["test"], strict=True)
    for score, fitted, test in folds:
        q = fitted.predict_proba(x[test])
        assert score == -cross_entropy_score(y[test], q, sample_weight=w[test])
        assert score != -cross_entropy_score(y[test], q)


def test_the_scikit_learn_library_scores_folds_that_lack_a_class():
    datasets, linear_model, metrics, model_selection = scikit_learn()
    x, y = datasets.load_iris(return_X_y=True)
    given = {"labels": [0, 1, 2], **LOSS}
    scoring = metrics.make_scorer(cross_entropy_score, **given)
    model = linear_model.LogisticRegression(max_iter=5000)
    cut = [(np.arange(0, 150, 2), np.arange(1, 99, 2))]  # tested on two of three species
    (ours,) = model_selection.cross_val_score(model, x, y, cv=cut, scoring=scoring)
    fitted = model.fit(x[::2], y[::2])
    theirs = metrics.log_loss(y[1:99:2], fitted.predict_proba(x[1:99:2]), labels=[0, 1, 2])
    assert ours == pytest.approx(-theirs, rel=1e-10)


def test_the_scikit_learn_library_searches_with_scores():
    datasets, linear_model, metrics, model_selection = scikit_learn()
    x, y = datasets.load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    scoring = {
        "ours": metrics.make_scorer(cross_entropy_score, unit="bits", **LOSS),
        "theirs": "neg_log_loss",
    }
    search = model_selection.GridSearchCV(
        linear_model.LogisticRegression(max_iter=5000),
        {"C": [0.001, 0.1, 10.0]},
        scoring=scoring,
        refit="ours",
        cv=3,
    ).fit(x, names)
    ours, theirs = (search.cv_results_[f"mean_test_{name}"] for name in scoring)
    np.testing.assert_allclose(ours * math.log(2), theirs, rtol=1e-10)
    assert search.best_index_ == np.argmax(theirs)


def test_what_the_scikit_learn_library_clips_is_kept():
    _, _, metrics, _ = scikit_learn()
    single = np.array([[1e-10, 1.0]], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a sum that is not 1 to its last digit
        clipped = metrics.log_loss([0], single, labels=[0, 1])
    assert cross_entropy_score([0], single, labels=[0, 1]) == pytest.approx(23.02585, abs=1e-5)
    assert clipped < 17
