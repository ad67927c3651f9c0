"""How a verb comes to its number."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kullback import strings
from kullback._array import to_numpy
from kullback.errors import KullbackError
from kullback.families._infinity import reason_infinite
from kullback.families._solve import solve
from kullback.families._sums import Numeric
from kullback.families.abstract import AbstractFamily
from kullback.kinds import as_distribution
from kullback.measures.divergence import jensen_shannon_divergence, kl_divergence, shares
from kullback.measures.entropy import cross_entropy, entropy, one_model
from kullback.measures.f_divergence import hellinger_distance, total_variation_distance
from kullback.measures.orders import renyi_divergence, renyi_entropy
from kullback.verbs import no_rule, rule_for

__all__ = ["method_for"]

_EPS = float(np.finfo(np.float64).eps)
_VERBS = {
    verb.__name__: (verb, operands)
    for operands, verbs in (
        (1, (entropy, renyi_entropy)),
        (2, (cross_entropy, kl_divergence, renyi_divergence, jensen_shannon_divergence)),
        (2, (total_variation_distance, hellinger_distance)),
    )
    for verb in verbs
}


def method_for(verb: Callable[..., Any] | str, p: Any, q: Any = None, /, **options: Any) -> Numeric:
    """What a verb answers for one law or a pair, its error, and how it was obtained.

    Parameters
    ----------
    verb : verb or str
        `entropy`, `renyi_entropy`, `cross_entropy`, `kl_divergence`, `renyi_divergence`,
        `jensen_shannon_divergence`, `total_variation_distance` or `hellinger_distance`, or its
        name. Other measures of laws are functions of these.
    p : distribution
        A single law of a family.
    q : distribution, optional
        Another, for verbs of two.
    **options
        Those of the verb, such as ``order=``.

    Returns
    -------
    Numeric
        With ``.value`` in nats, ``.error`` (None for a closed form), ``.method`` ("closed form",
        "sum", "quadrature", "search" or "infinite") and ``.reason``.

    Raises
    ------
    KullbackError
        If a law is a batch or of no family, if the verb is none of these, or if two laws of
        several dimensions have no closed form, so that only draws can tell.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Laplace, Normal
    >>> p, q = Normal(mean=0.0, std=1.0), Laplace(location=0.5, scale=1.0)
    >>> found = kb.method_for(kb.kl_divergence, p, q)
    >>> round(found.value, 6), found.method, found.error < 1e-13
    (0.169802, 'quadrature', True)
    >>> kb.method_for(kb.entropy, q).method
    'closed form'
    """
    name = verb if isinstance(verb, str) else getattr(verb, "__name__", repr(verb))
    if name not in _VERBS:
        raise KullbackError("method.verb", got=name, verbs=", ".join(_VERBS))
    verb, operands = _VERBS[name]
    given = [as_distribution(x) for x in ((p,) if q is None else (p, q))]
    laws = _laws(name, operands, given)
    one, other = (law.in_numpy() for law in (laws[0], laws[-1]))
    function = rule_for(verb, *map(type, laws))
    method = getattr(function, "method", "")
    if verb is jensen_shannon_divergence:
        options = shares(options.get("weight", 0.5), options.get("skew"))
    closed = (method(*laws) if callable(method) else method) == "closed form"
    try:
        value = float(to_numpy(function(*(law.in_numpy() for law in laws), **options)))
    except KullbackError as refused:
        if refused.key != "ladder.error":
            raise
        return solve(name, one, other, **options).number
    parts = getattr(function, "parts", lambda *_: [])(*laws)
    if parts:
        return _added(value, [method_for(verb, *part, **options) for part in parts])
    if closed or one.event_shape:  # what draws alone can tell was refused above
        return _closed(value, laws, float(options.get("order", 1.0)))
    inner = getattr(function, "inner", lambda *_: None)(*laws)
    if inner is not None:
        return _moved(method_for(verb, *inner, **options), value, shift=True)
    return _moved(solve(name, one, other, **options).number, value, shift=False)


def _laws(name: str, operands: int, given: list[Any]) -> list[AbstractFamily]:
    """Return the laws that a verb was given; refuse other kinds, other numbers and batches."""
    laws = [law for law in given if isinstance(law, AbstractFamily)]
    if len(laws) < len(given):
        raise no_rule(name, *given)
    if len(laws) != operands:
        raise KullbackError("verb.operands", verb=name, needed=operands, got=len(laws))
    for law in laws:
        one_model(law.batch_shape, law.batch_shape)
    return laws


def _closed(value: float, laws: list[AbstractFamily], order: float) -> Numeric:
    """Return what a closed form gives; of two laws, with the reason why it is infinite."""
    if not math.isinf(value) or len(laws) == 1:
        return Numeric(value, None, "closed form")
    p, q = (law.in_numpy() for law in laws)
    if p.event_shape:  # what their supports have in common is known on the line alone
        return Numeric(value, None, "infinite", strings.text("infinite.large"))
    reason = reason_infinite(p, q, order) or "infinite.large"
    return Numeric(value, None, "infinite", strings.text(reason))


def _added(value: float, numbers: list[Numeric]) -> Numeric:
    """Return what is told about a sum: the errors of all, and how the first inexact one came."""
    infinite = [number for number in numbers if number.method == "infinite"]
    if math.isinf(value) and infinite:
        return infinite[0]
    inexact = [number for number in numbers if number.error is not None]
    if not inexact:
        return Numeric(value, None, "closed form")
    return replace(inexact[0], value=value, error=sum(number.error or 0.0 for number in inexact))


def _moved(number: Numeric, value: float, *, shift: bool) -> Numeric:
    """Return what is told about a number for the value of the verb, which came about near it.

    What was only shifted keeps its error, but for rounding.
    """
    if number.error is None or not math.isfinite(value):
        return replace(number, value=value)
    off = 4.0 * _EPS * abs(value) if shift else abs(value - number.value)
    return replace(number, value=value, error=number.error + off)
