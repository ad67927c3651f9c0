"""Joint: one probability table over several named variables."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array, as_float_array, namespace, narrow, widen
from kullback._kernels.dependence import Pair, grouped
from kullback.errors import KullbackError
from kullback.kinds.labels import in_order
from kullback.kinds.tables import AbstractDistribution, Probs

__all__ = ["Joint", "as_group", "check_groups", "flat_group"]


def as_group(x: Any) -> tuple[Any, ...]:
    """Return the names that stand for one variable or for several together."""
    if x is None:
        return ()
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def flat_group(names: Sequence[Any]) -> tuple[Any, ...]:
    """Return each name once, of names and of groups of them."""
    return tuple(dict.fromkeys(name for group in names for name in as_group(group)))


def check_groups(
    known: Sequence[Any], *groups: Sequence[Any], unknown: str = "joint.unknown"
) -> None:
    """Refuse names that are not there, and names that come twice."""
    names = [name for group in groups for name in group]
    for i, name in enumerate(names):
        if name not in known:
            shown = ", ".join(map(str, known))
            raise KullbackError(unknown, name=name, names=shown)
        if name in names[:i]:
            raise KullbackError("joint.twice", name=name)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Joint(AbstractDistribution):
    """The joint distribution of named variables.

    Parameters
    ----------
    p : array, one axis per variable
        Probabilities of all combinations; they sum to 1 over all axes.
    names : sequence of str
        The name of each axis, in order. An array of xarray whose axes have these names is put
        into this order.

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
        names = (names,) if isinstance(names, str) else tuple(names)
        p = as_float_array(in_order(p, names))
        if p.ndim != len(names):
            raise KullbackError("joint.names", axes=p.ndim, names=", ".join(map(str, names)))
        if len(set(names)) < len(names):
            raise KullbackError("joint.repeated", names=", ".join(map(str, names)))
        Probs(p, check=False).verify(axes=p.ndim)
        object.__setattr__(self, "p", p)
        object.__setattr__(self, "names", names)

    def marginal(self, names: Collection[str]) -> Joint:
        """Return the joint distribution of some of the variables, in this table's order."""
        check_groups(self.names, tuple(names))
        summed = tuple(i for i, name in enumerate(self.names) if name not in names)
        p = self.p
        if summed:
            p = narrow(namespace(p).sum(widen(p), axis=summed), p)
        return Joint(p, [name for name in self.names if name in names])

    def flat(self) -> Probs:
        """Return the distribution of the combinations as one variable, shape (K,)."""
        return Probs(namespace(self.p).reshape(self.p, (math.prod(self.p.shape),)))

    def table(self, *groups: Sequence[Any]) -> Pair:
        """Return a wide table with one axis per group of variables, as the measures take it.

        It is a pair whose sum is meant, so that what the other variables add up to is exact. To
        a probability that is exactly 0 no gradient goes.
        """
        check_groups(self.names, *groups)
        p = widen(self.p)
        xp = namespace(p)
        p = xp.where(p == 0, 0.0, p)
        axes = [[self.names.index(name) for name in group] for group in groups]
        return grouped(xp, (p, None), *axes)
