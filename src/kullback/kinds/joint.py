"""Joint: one probability table over several named variables."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import final

from kullback._array import Array, as_float_array, namespace, narrow, widen
from kullback.errors import KullbackError
from kullback.kinds.tables import AbstractDistribution, Probs

__all__ = ["Joint"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Joint(AbstractDistribution):
    """The joint distribution of named variables.

    Parameters
    ----------
    p : array, one axis per variable
        Probabilities of all combinations; they sum to 1 over all axes.
    names : sequence of str
        The name of each axis, in order.

    Raises
    ------
    KullbackError
        If there is not one name per axis, if a name repeats, or if p is no distribution.

    Examples
    --------
    >>> import kullback as kb
    >>> weather = kb.Joint([[0.4, 0.1], [0.2, 0.3]], ["sky", "ground"])
    >>> weather.marginal(["ground"]).p.round(3).tolist()
    [0.6, 0.4]
    """

    p: Array
    names: tuple[str, ...]

    def __init__(self, p: Array, names: Sequence[str]) -> None:
        p = as_float_array(p)
        names = (names,) if isinstance(names, str) else tuple(names)
        if p.ndim != len(names):
            raise KullbackError("joint.names", axes=p.ndim, names=", ".join(names))
        if len(set(names)) < len(names):
            raise KullbackError("joint.repeated", names=", ".join(names))
        Probs(namespace(p).reshape(p, (-1,)))
        object.__setattr__(self, "p", p)
        object.__setattr__(self, "names", names)

    def marginal(self, names: Collection[str]) -> Joint:
        """Return the joint distribution of some of the variables, in this table's order."""
        for name in names:
            if name not in self.names:
                raise KullbackError("joint.unknown", name=name, names=", ".join(self.names))
        summed = tuple(i for i, name in enumerate(self.names) if name not in names)
        p = self.p
        if summed:
            p = narrow(namespace(p).sum(widen(p), axis=summed), p)
        return Joint(p, [name for name in self.names if name in names])

    def flat(self) -> Probs:
        """Return the distribution of the combinations as one variable, shape (K,)."""
        return Probs(namespace(self.p).reshape(self.p, (math.prod(self.p.shape),)))
