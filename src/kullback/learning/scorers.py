r"""Scores of probabilities that scikit-learn can search with.

They take ``(y_true, y_prob)``, as `sklearn.metrics.make_scorer` wants it::

    make_scorer(cross_entropy_score, response_method="predict_proba", greater_is_better=False)
    make_scorer(information_gain_score, response_method="predict_proba")

Folds may lack a class, and of two classes `make_scorer` hands over one probability, which leaves
few digits to the other where it is nearly 0. A function of the model has neither trouble::

    def scorer(model, X, y):
        return -cross_entropy_score(y, model.predict_proba(X), labels=model.classes_)

Unlike `sklearn.metrics.log_loss` nothing is clipped: what is held impossible and happens costs
infinity. Columns are in the order of `labels`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from kullback._array import as_float_array, first_failure, safe_log, to_numpy
from kullback._kernels.generic import kl_from_probs
from kullback.errors import KullbackError
from kullback.kinds import Probs
from kullback.learning._rows import Rows
from kullback.learning.running_mean import RunningMean
from kullback.measures.tables import by_blocks
from kullback.units import NATS, Unit

__all__ = ["base_rate_divergence_score", "cross_entropy_score", "information_gain_score"]

_SHOWN = 10  # labels in a message


def cross_entropy_score(
    y_true: Any,
    y_prob: Any,
    /,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    unit: Unit | str = NATS,
) -> float:
    r"""Mean surprise of the true labels under predicted probabilities: less is better.

    .. math:: \frac{\sum_i w_i (-\log q_i(y_i))}{\sum_i w_i}
        = H(\pi) - \text{information gain}

    Parameters
    ----------
    y_true : array, shape (n,)
        True labels, of any type.
    y_prob : array, shape (n, K) or (n,)
        Predicted probabilities; of one dimension, those of the second of two labels.
    labels : sequence of length K, optional
        The classes in the order of the columns; by default those of y_true, sorted.
    sample_weight : array, shape (n,), optional
        Weights of rows, at least 0. A row of weight 0 does not count.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    float
        Infinite where a label that occurs has probability 0.

    Raises
    ------
    KullbackError
        If rows are no probabilities or do not sum to 1, or if labels and columns do not match.

    References
    ----------
    Good (1952), *Rational decisions*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import cross_entropy_score
    >>> q = [[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]
    >>> cross_entropy_score(["ham", "eggs"], q, labels=["ham", "spam", "eggs"], unit="bits")
    0.7075187496394219
    >>> single = np.array([[1e-10, 1.0]], dtype=np.float32)
    >>> round(cross_entropy_score([0], single, labels=[0, 1]), 4)
    23.0259
    """
    read = _Read.of(y_true, y_prob, labels, sample_weight)
    return read.mean(read.losses(), unit)


def information_gain_score(
    y_true: Any,
    y_prob: Any,
    /,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    base_rate: Any = None,
    normalized: bool = False,
    unit: Unit | str = NATS,
) -> float:
    r"""How much better predictions are than the base rate of each label: more is better.

    .. math:: \frac{\sum_i w_i \log (q_i(y_i) / \pi(y_i))}{\sum_i w_i}
        = H(\pi) - \text{cross-entropy}

    0 for the base rate itself, below 0 for what does worse, and at most H(π), the uncertainty of
    the labels, for perfect predictions.

    Parameters
    ----------
    y_true, y_prob, labels, sample_weight : array
        As for `cross_entropy_score`.
    base_rate : array, shape (K,), optional
        π; by default the frequencies of the labels in y_true, with their weights. Pass those of
        the training set to compare with a forecast that could have been made.
    normalized : bool, default False
        Divide by the cross-entropy of the base rate, which gives the skill score: 1 is perfect.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys"; a skill score has none.

    Returns
    -------
    float
        -inf where a label that occurs has probability 0.

    Raises
    ------
    KullbackError
        As by `cross_entropy_score`; or if a base rate of 0 is given to a label that occurs.

    References
    ----------
    Kelly (1956), *A new interpretation of information rate*; Roulston and Smith (2002),
    *Evaluating probabilistic forecasts using information theory*.

    Examples
    --------
    >>> from kullback.learning import information_gain_score
    >>> q = [[0.5, 0.5], [0.25, 0.75], [0.5, 0.5], [0.75, 0.25]]
    >>> round(information_gain_score([0, 1, 1, 0], q, unit="bits"), 4)
    0.2925
    """
    read = _Read.of(y_true, y_prob, labels, sample_weight)
    before = _surprise(read.prior(base_rate))[read.classes]
    gain = 0.0 - read.mean(read.losses() - before, NATS if normalized else unit)
    if not normalized:
        return gain
    surprise = read.mean(before, NATS)
    if surprise == 0.0:  # nothing was left to learn
        return 0.0 if gain == 0.0 else -np.inf
    return gain / surprise


def base_rate_divergence_score(
    y_true: Any,
    y_prob: Any,
    /,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    base_rate: Any = None,
    unit: Unit | str = NATS,
) -> float:
    r"""How far predictions go from the base rate: the information that they claim to have.

    .. math:: \frac{\sum_i w_i D(q_i \,\|\, \pi)}{\sum_i w_i}

    It is what `information_gain_score` would be if labels came with the probabilities predicted.
    More claimed than gained is overconfidence, less is caution.

    Parameters
    ----------
    y_true, y_prob, labels, sample_weight, base_rate, unit : array
        As for `information_gain_score`.

    Returns
    -------
    float
        At least 0; 0 where all predictions are the base rate, and infinite where one allows a
        label of base rate 0, such as by default one that does not occur.

    Raises
    ------
    KullbackError
        As by `information_gain_score`.

    References
    ----------
    Weijs, Schoups and van de Giesen (2010), *Why hydrological predictions should be evaluated
    using information theory*.

    Examples
    --------
    >>> from kullback.learning import base_rate_divergence_score
    >>> q = [[0.5, 0.5], [0.25, 0.75], [0.5, 0.5], [0.75, 0.25]]
    >>> round(base_rate_divergence_score([0, 1, 1, 0], q, unit="bits"), 4)
    0.0944
    """
    read = _Read.of(y_true, y_prob, labels, sample_weight)
    # The kernel, as both were checked: sums that float32 allows are too far from 1 in float64.
    return read.mean(by_blocks(kl_from_probs, read.probs, read.prior(base_rate)), unit)


class _Read(NamedTuple):
    """What was predicted, the column of each true label, and how much each row counts."""

    classes: np.ndarray
    probs: np.ndarray
    labels: np.ndarray
    rows: Rows

    @classmethod
    def of(cls, y_true: Any, y_prob: Any, labels: Any, sample_weight: Any) -> _Read:
        probs = to_numpy(as_float_array(y_prob, "y_prob"))
        true = np.asarray(y_true)
        if probs.ndim not in (1, 2):
            raise KullbackError("learning.shape", name="y_prob", got=probs.shape, want=true.shape)
        if true.shape != probs.shape[:1]:
            raise KullbackError(
                "learning.shape", name="y_true", got=true.shape, want=probs.shape[:1]
            )
        rows = Rows.of(probs, true.shape, weights=sample_weight)
        if not (true.size if rows.counted is None else rows.counted.any()):
            raise KullbackError("learning.nothing")
        if probs.ndim == 1:
            second = rows.hide(probs).astype(np.float64)
            if failure := first_failure((second >= 0) & (second <= 1), second):
                raise KullbackError(
                    "learning.confidence", name="y_prob", place=failure[0], value=failure[1]
                )
            probs = np.stack([1.0 - second, second], axis=-1)
        probs = rows.hide(probs, 1.0 / max(probs.shape[-1], 1))
        Probs(probs, check=False).verify("y_prob")
        names = _sorted(true) if labels is None else np.asarray(labels)
        if names.shape != probs.shape[-1:]:
            raise KullbackError(
                "learning.labels_columns",
                columns=probs.shape[-1],
                classes=names.size,
                labels=_listed(names),
            )
        return cls(_numbered(true, names), probs.astype(np.float64), names, rows)

    def losses(self) -> np.ndarray:
        """Return -log of the probability of each true label."""
        return _surprise(self.probs[np.arange(len(self.classes)), self.classes])

    def prior(self, base_rate: Any) -> np.ndarray:
        """Return the base rate of each class."""
        seen = np.bincount(self.classes, self.rows.weight, minlength=len(self.labels))
        if base_rate is None:
            return seen / seen.sum()
        prior = to_numpy(as_float_array(base_rate, "base_rate"))
        if prior.shape != self.labels.shape:
            raise KullbackError(
                "learning.shape", name="base_rate", got=prior.shape, want=self.labels.shape
            )
        Probs(prior, check=False).verify("base_rate")
        impossible = (prior == 0) & (seen > 0)
        if impossible.any():
            raise KullbackError("learning.base_rate", value=repr(self.labels[impossible].item(0)))
        return prior.astype(np.float64)

    def mean(self, values: np.ndarray, unit: Unit | str) -> float:
        """Return the mean over what counts."""
        return float(RunningMean.of(values, weights=self.rows.weight).mean(unit))


def _surprise(probs: np.ndarray) -> np.ndarray:
    return 0.0 - safe_log(np, probs)


def _sorted(true: np.ndarray) -> np.ndarray:
    try:
        return np.unique(true)
    except TypeError:
        raise KullbackError("learning.labels_order") from None


def _numbered(true: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Return the place of each label among the names."""
    place: dict[Any, int] = {}
    for k, name in enumerate(names.tolist()):
        if place.setdefault(name, k) != k:
            raise KullbackError("learning.labels_twice", value=repr(name))
    for row, label in enumerate(given := true.tolist()):
        if label not in place:
            if isinstance(label, float) and math.isnan(label):  # which is not even itself
                raise KullbackError("learning.label_nan", place=row)
            raise KullbackError(
                "learning.label", place=row, value=repr(label), labels=_listed(names)
            )
    return np.array([place[label] for label in given], dtype=np.intp)


def _listed(names: np.ndarray) -> str:
    first = ", ".join(map(repr, names.ravel()[:_SHOWN].tolist()))
    return first if names.size <= _SHOWN else f"{first}, ..."
