r"""The entropy of counting laws that are wide bells, by their cumulants.

Beside that of the normal law of the same variance :math:`\sigma^2` it is what the skewness
:math:`\gamma_1` and the excess kurtosis :math:`\gamma_2` take away,

.. math:: H = \tfrac12 \log(2 \pi e \sigma^2) - \frac{\gamma_1^2}{12} - \frac{\gamma_2^2}{48}
   - \frac{7 \gamma_1^4}{48} + \frac{\gamma_1^2 \gamma_2}{8} + O(\sigma^{-6})

as for a density: of the sum over the integers no more is seen than :math:`\exp(-2 \pi^2 \sigma^2)`.
(Comon 1994, *Independent component analysis, a new concept?*, equation 3.17.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback._array import Array, detached, is_traced, namespace, narrow, to_numpy, widen
from kullback.families._ladder import family_entropy
from kullback.families.abstract import AbstractFamily
from kullback.measures.entropy import entropy
from kullback.verbs import rule

__all__ = ["entropy_of_bell"]

# Where neither the squared skewness nor the kurtosis is more, the next terms are below 1e-15.
_LARGEST = 1e-5
_HALF_LOG_2PI_E = 0.5 * math.log(2.0 * math.pi * math.e)

Cumulants = Callable[[Any, Any], tuple[Array, Array, Array]]
"""A function of (xp, law): variance, squared skewness and excess kurtosis, times the variance."""


def entropy_of_bell(kind: type[AbstractFamily], **usual: float) -> Callable[[Cumulants], Cumulants]:
    """Register the series for the wide laws of a family; the others are summed.

    `usual` are parameters of a law that is soon summed, in the place of those that are not.
    """

    def register(cumulants: Cumulants) -> Cumulants:
        def series(p: AbstractFamily) -> tuple[Array, Array]:
            """Return where a law is wide, and its entropy."""
            xp = namespace(*p.arrays)
            variance, skewness, kurtosis = cumulants(xp, p.wide())
            wide = variance * _LARGEST >= xp.maximum(skewness, xp.abs(kurtosis))
            wide = wide & (variance >= 1.0 / _LARGEST)
            v = xp.where(wide, variance, 1.0)
            s, k = (xp.where(wide, x, 0.0) / v for x in (skewness, kurtosis))
            lost = s / 12.0 + k * k / 48.0 + s * (7.0 * s / 48.0 - k / 8.0)
            return wide, 0.5 * xp.log(v) + _HALF_LOG_2PI_E - lost

        def run(p: AbstractFamily) -> Array:
            if is_traced(*map(detached, p.arrays)):
                return family_entropy(p)
            xp = namespace(*p.arrays)
            wide, value = series(p)
            some = to_numpy(detached(wide))
            if not some.any():
                return family_entropy(p)
            if not some.all():
                other = {k: xp.where(wide, usual[k], x) for k, x in p.parameters.items()}
                value = xp.where(wide, value, widen(family_entropy(type(p)(**other))))
            return narrow(value, *p.arrays)

        run.method = lambda p: "closed form" if np.all(series(p)[0]) else ""  # type: ignore[attr-defined]
        rule(entropy, kind)(run)
        return cumulants

    return register
