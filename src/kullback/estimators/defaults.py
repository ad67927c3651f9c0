"""Which estimator a verb uses when none is named, and the rules that call it."""

from __future__ import annotations

from collections.abc import Sequence

from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator
from kullback.estimators.discrete.miller_madow import MillerMadow
from kullback.kinds import Counts, Samples
from kullback.measures.entropy import entropy
from kullback.verbs import rule

__all__ = ["default_estimator"]


def default_estimator(data: Counts | Samples) -> AbstractEntropyEstimator:
    r"""Return the estimator of entropy that is used for these data when none is named.

    There is one so far, whatever the data: an entropy of counts is the plug-in
    :math:`-\sum_k \hat p_k \log \hat p_k` with the Miller-Madow correction.

    Parameters
    ----------
    data : Counts or Samples
        Counts of shape (K,), or samples of labels.

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
    """
    if not isinstance(data, Counts | Samples):
        raise KullbackError("estimator.data", kind=type(data).__name__)
    return MillerMadow()


@rule(entropy, Counts)
def counts_entropy(
    counts: Counts, *, estimator: AbstractEntropyEstimator | None = None
) -> Estimate:
    """Estimate from one row of counts."""
    return (estimator or default_estimator(counts)).entropy(counts)


@rule(entropy, Samples)
def samples_entropy(
    samples: Samples,
    *names: str,
    given: str | Sequence[str] | None = None,
    estimator: AbstractEntropyEstimator | None = None,
) -> Estimate:
    """Count the distinct rows, then estimate."""
    if given is not None:
        raise KullbackError("samples.given")
    return counts_entropy(samples.only(names or samples.names).counts(), estimator=estimator)
