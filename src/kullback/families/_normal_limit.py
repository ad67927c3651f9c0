"""Measures of two laws of which some become normal at infinite degrees of freedom."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from kullback._array import Array, detached, is_traced, to_numpy
from kullback.families.abstract import AbstractFamily
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule, rule_for

__all__ = ["closed_form_if_normal"]

_VERBS = (kl_divergence, cross_entropy, renyi_divergence)


def closed_form_if_normal(
    kind: type[AbstractFamily],
    normal: type[AbstractFamily],
    limit: Callable[[Any], AbstractFamily],
) -> None:
    """Answer for laws of both kinds as for normal ones, where all degrees are infinite."""

    def seen(law: AbstractFamily) -> AbstractFamily | None:
        if isinstance(law, normal):
            return law
        degrees = detached(law.parameters["degrees"])
        certain = not is_traced(degrees) and np.all(to_numpy(degrees) == np.inf)
        return limit(law) if certain else None

    def register(verb: Callable[..., Any], pair: tuple[type, ...]) -> None:
        def run(p: AbstractFamily, q: AbstractFamily, **options: Any) -> Array:
            one, other = seen(p), seen(q)
            if one is None or other is None:
                return rule_for(verb, AbstractFamily, AbstractFamily)(p, q, **options)
            return rule_for(verb, normal, normal)(one, other, **options)

        def method(p: AbstractFamily, q: AbstractFamily) -> str:
            return "" if seen(p) is None or seen(q) is None else "closed form"

        run.method = method  # type: ignore[attr-defined]
        run.__doc__ = "Compare the normal laws, if both are."
        # Its options are the rule's that answers for all other laws.
        run.__wrapped__ = rule_for(verb, AbstractFamily, AbstractFamily)  # type: ignore[attr-defined]
        rule(verb, *pair)(run)

    for verb in _VERBS:
        for pair in product((kind, normal), repeat=2):
            if pair != (normal, normal):
                register(verb, pair)
