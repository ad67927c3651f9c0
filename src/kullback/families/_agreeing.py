"""Closed forms that hold only where two laws of a family agree in a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kullback._array import Array, detached, is_traced, to_numpy
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, aligned, closed_form
from kullback.verbs import rule, rule_for

__all__ = ["closed_form_if_equal"]


def closed_form_if_equal(
    verb: Callable[..., Any], kind: type[AbstractFamily], name: str
) -> Callable[[Callable], Callable]:
    """Register a formula for laws that have one parameter in common; others climb the ladder."""

    def register(formula: Callable[..., Array]) -> Callable[..., Array]:
        closed_form(verb, kind, kind)(formula)
        closed = rule_for(verb, kind, kind)

        def agree(p: AbstractFamily, q: AbstractFamily) -> bool:
            a, b = (getattr(law, name) for law in aligned(p, q))
            if a is b:
                return True
            a, b = detached(a), detached(b)
            if is_traced(a, b):
                raise KullbackError("family.traced", family=kind.__name__, name=name)
            return bool(np.all(to_numpy(a) == to_numpy(b)))

        def run(p: AbstractFamily, q: AbstractFamily, **options: Any) -> Array:
            answer = closed if agree(p, q) else rule_for(verb, AbstractFamily, AbstractFamily)
            return answer(p, q, **options)

        run.method = lambda p, q: "closed form" if agree(p, q) else ""  # type: ignore[attr-defined]
        run.__doc__ = formula.__doc__
        run.__wrapped__ = formula  # type: ignore[attr-defined] (its options are the rule's)
        rule(verb, kind, kind)(run)
        return formula

    return register
