"""The one door through which operands of verbs come."""

from __future__ import annotations

from typing import Any

from kullback.kinds.tables import AbstractDistribution, Probs

__all__ = ["as_distribution"]


def as_distribution(x: Any, *, axis: int = -1) -> AbstractDistribution:
    """Return what a verb should take x for: a kind as it is, a bare array as probabilities.

    Parameters
    ----------
    x : distribution or array
        Any kind, or an array or list of probabilities.
    axis : int, default -1
        Where the outcomes of a bare array are.

    Raises
    ------
    KullbackError
        If x is neither a kind nor an array of probabilities.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.as_distribution([0.5, 0.5])
    Probs(p=array([0.5, 0.5]))
    """
    return x if isinstance(x, AbstractDistribution) else Probs(x, axis=axis)
