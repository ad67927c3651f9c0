"""How far apart two distributions can be, given their Kullback-Leibler divergence."""

from __future__ import annotations

from typing import Any

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    is_traced,
    namespace,
    narrow,
    widen,
)
from kullback._kernels.powers import root
from kullback.errors import KullbackError
from kullback.units import NATS, Unit, as_unit

__all__ = ["bretagnolle_huber_bound", "pinsker_bound"]


def pinsker_bound(kl: Any, /, *, unit: Unit | str = NATS) -> Any:
    r"""Pinsker's upper bound on the total variation distance, by the divergence.

    .. math:: TV(p, q) \le \sqrt{\tfrac12 D(p \,\|\, q)} \qquad (D \text{ in nats})

    It holds for any two distributions, on any space, and for either order of p and q, so the
    smaller of the two divergences may be taken. For small divergences it is the best of its kind:
    there are p and q whose ratio of the two sides comes as near to 1 as one likes. It is tighter
    than `bretagnolle_huber_bound` up to D = 1.5936 nats, and says nothing from 2 nats on, where
    it exceeds 1.

    Parameters
    ----------
    kl : array, shape (...)
        Kullback-Leibler divergences of p and q.
    unit : Unit or str, default "nats"
        The unit that they are in: "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        At least 0; it has no unit. At 0 it has a kink and is given gradient 0.

    Raises
    ------
    KullbackError
        If a divergence is negative or NaN.

    References
    ----------
    Pinsker (1964), *Information and information stability of random variables and processes*;
    Csiszár (1967), *Information-type measures of difference of probability distributions and
    indirect observations*.

    Examples
    --------
    >>> import kullback as kb
    >>> p, q = [0.5, 0.5], [0.6, 0.4]
    >>> round(float(kb.pinsker_bound(kb.kl_divergence(p, q))), 4)
    0.101
    >>> round(float(kb.total_variation_distance(p, q)), 4)
    0.1
    """
    given, nats = _nats(kl, unit)
    return narrow(root(namespace(nats), 0.5 * nats), given)


def bretagnolle_huber_bound(kl: Any, /, *, unit: Unit | str = NATS) -> Any:
    r"""Bretagnolle and Huber's upper bound on the total variation distance, by the divergence.

    .. math:: TV(p, q) \le \sqrt{1 - e^{-D(p \,\|\, q)}} \qquad (D \text{ in nats})

    It holds for any two distributions, on any space, and for either order of p and q. It is below
    1 for every finite divergence, and tighter than `pinsker_bound` from D = 1.5936 nats on; for
    small divergences it is larger than that by a factor of the root of 2.

    Parameters
    ----------
    kl : array, shape (...)
        Kullback-Leibler divergences of p and q.
    unit : Unit or str, default "nats"
        The unit that they are in: "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        Between 0 and 1, which is for an infinite divergence; it has no unit. At 0 it has a kink
        and is given gradient 0.

    Raises
    ------
    KullbackError
        If a divergence is negative or NaN.

    References
    ----------
    Bretagnolle and Huber (1979), *Estimation des densités: risque minimax*.

    Examples
    --------
    >>> import kullback as kb
    >>> [round(float(kb.bretagnolle_huber_bound(d)), 4) for d in (0.0, 1.0, 10.0, float("inf"))]
    [0.0, 0.7951, 1.0, 1.0]
    """
    given, nats = _nats(kl, unit)
    xp = namespace(nats)
    return narrow(root(xp, -xp.expm1(-nats)), given)


def _nats(kl: Any, unit: Unit | str) -> tuple[Array, Array]:
    """Return divergences as they came, and in nats in the precision of results."""
    given = as_float_array(kl, "kl")
    if not is_traced(given) and (failure := first_failure(given >= 0, given)):
        name = f"kl[{failure[0]}]" if failure[0] else "kl"
        raise KullbackError("bound.negative", name=name, value=failure[1])
    return given, as_unit(unit).to_nats(widen(given))
