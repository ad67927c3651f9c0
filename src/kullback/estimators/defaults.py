"""Which estimator a verb uses when none is named, and the rules that call it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kullback._array import Array
from kullback._kernels.dependence import Term
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator, beside
from kullback.estimators.discrete.miller_madow import MillerMadow
from kullback.kinds import Counts, Samples
from kullback.kinds.joint import as_group, flat_group
from kullback.measures.dependence import (
    SHARED,
    SIDES,
    Groups,
    Names,
    normalized_mutual_information,
    normalizer_of,
    pair_of,
    sum_of_terms,
)
from kullback.measures.entropy import entropy
from kullback.verbs import rule

__all__ = ["data_normalized", "data_sum", "default_estimator"]


def default_estimator(measure: Any, data: Any = None, /) -> AbstractEntropyEstimator:
    r"""Return the estimator that a measure uses for these data when none is named.

    There is one so far, whatever the measure and the data: entropies of counts are the plug-in
    :math:`-\sum_k \hat p_k \log \hat p_k` with the Miller-Madow correction, and mutual
    information and its relatives are sums of such entropies.

    Parameters
    ----------
    measure : verb
        The measure; it may be left out for entropy.
    data : Counts or Samples
        Counts, or samples of labels; or the class alone.

    Returns
    -------
    estimator
        Its result is in nats; the verb converts it.

    Raises
    ------
    KullbackError
        If the data are neither.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.default_estimator(kb.Counts([6, 3, 1]))
    MillerMadow()
    >>> kb.default_estimator(kb.mutual_information, kb.Samples)
    MillerMadow()
    """
    data = measure if data is None else data
    kind = data if isinstance(data, type) else type(data)
    if not issubclass(kind, Counts | Samples):
        raise KullbackError("estimator.data", kind=kind.__name__)
    return MillerMadow()


def _chosen(estimator: Any, measure: Any, data: Counts | Samples) -> AbstractEntropyEstimator:
    """Return the estimator that was asked for, or the default."""
    if estimator is None:
        return default_estimator(measure, data)
    if not isinstance(estimator, AbstractEntropyEstimator):
        raise KullbackError("estimator.kind", got=repr(estimator))
    return estimator


@rule(entropy, Counts)
def counts_entropy(
    counts: Counts, *, estimator: AbstractEntropyEstimator | None = None
) -> Estimate:
    """Estimate from one row of counts."""
    return _chosen(estimator, entropy, counts).entropy(counts)


@rule(entropy, Samples)
def samples_entropy(
    samples: Samples,
    *names: str | Sequence[str],
    given: str | Sequence[str] | None = None,
    estimator: AbstractEntropyEstimator | None = None,
) -> Estimate:
    """Count the distinct rows, then estimate."""
    known = as_group(given)
    asked = [name for name in flat_group(names) or samples.names if name not in known]
    terms = (Term(1, (0,), (), (1,)),)
    return data_sum(samples, "entropy", (asked, known), terms, estimator)


def data_sum(
    data: Samples | Counts,
    what: str,  # noqa: ARG001
    groups: Groups,
    terms: tuple[Term, ...],
    estimator: AbstractEntropyEstimator | None,
) -> Estimate:
    """Count what was seen together, then estimate a sum of informations and entropies."""
    estimator = _chosen(estimator, sum_of_terms, data)
    return beside(_values(data), estimator.combination(data.contingency(*groups), terms))


rule(sum_of_terms, Samples)(data_sum)
rule(sum_of_terms, Counts)(data_sum)


def _values(data: Samples | Counts) -> Array:
    """Return an array of the library that the data came in."""
    return data.n if isinstance(data, Counts) else next(iter(data.columns.values()))


# The derivatives of the normalizers by H(X), H(Y) and H(X, Y).
_SLOPES: dict[str, Callable[[float, float], tuple[float, float, float]]] = {
    "min": lambda x, y: (float(x <= y), float(x > y), 0.0),
    "max": lambda x, y: (float(x >= y), float(x < y), 0.0),
    "mean": lambda _x, _y: (0.5, 0.5, 0.0),
    "geometric": lambda x, y: (0.5 * math.sqrt(y / x), 0.5 * math.sqrt(x / y), 0.0),
    "joint": lambda _x, _y: (0.0, 0.0, 1.0),
}


def data_normalized(
    data: Samples | Counts,
    x: Names | None = None,
    y: Names | None = None,
    *,
    normalizer: str,
    given: Names | None = None,
    estimator: AbstractEntropyEstimator | None = None,
) -> Estimate:
    """Divide estimates; the error is that of the ratio to first order."""
    by = normalizer_of(normalizer)
    estimator = _chosen(estimator, normalized_mutual_information, data)
    groups = pair_of(data, "normalized_mutual_information", x, y, given)
    table = data.contingency(*groups)
    shared = estimator.combination(table, SHARED)
    parts = [np.float64(estimator.combination(table, (side,)).value) for side in SIDES]
    most = float(by(np, *parts))
    if most == 0:
        e = replace(shared, value=0.0, std_error=None, notes=("a variable is constant",))
    else:
        share = float(shared.value) / most
        slopes = _SLOPES[normalizer](*parts[:2])
        ratio = (
            SHARED[0]._replace(sign=1.0 / most),
            *(
                side._replace(sign=-share * slope / most)
                for side, slope in zip(SIDES, slopes, strict=True)
            ),
        )
        error = estimator.combination(table, ratio).std_error
        e = replace(shared, value=share, std_error=None if shared.std_error is None else error)
    return replace(beside(_values(data), e), unit=None)


rule(normalized_mutual_information, Samples)(data_normalized)
rule(normalized_mutual_information, Counts)(data_normalized)
