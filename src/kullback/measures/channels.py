"""The capacity of a channel, with bounds that certify it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np

from kullback._array import Array, like, narrow, to_numpy
from kullback._kernels import generic
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Probs
from kullback.units import NATS, Unit, as_unit
from kullback.verbs import no_rule, operand

__all__ = ["Capacity", "channel_capacity"]

_ULP = 2.0**-53
_SCALE = 2.0**256  # keeps what is computed from the smallest probabilities among the normal floats


@final
@dataclass(frozen=True, slots=True, eq=False)
class Capacity:
    """The capacity of a channel, between two bounds that hold whatever the rounding.

    ``float(c)`` gives the value.

    Attributes
    ----------
    value : float
        What the input law transmits, between the two bounds.
    lower, upper : float
        The capacity is at least the one and at most the other.
    input : array, shape (M,)
        The input law, in the caller's array library.
    unit : Unit
        Of value and bounds.
    iterations : int
        How many steps the search took.

    Examples
    --------
    >>> import kullback as kb
    >>> c = kb.channel_capacity([[0.89, 0.11], [0.11, 0.89]], unit="bits")
    >>> c.input.tolist(), c.upper - c.lower < 1e-10
    ([0.5, 0.5], True)
    """

    value: float
    lower: float
    upper: float
    input: Array
    unit: Unit
    iterations: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and strings for JSON."""
        return {
            "value": self.value,
            "lower": self.lower,
            "upper": self.upper,
            "input": to_numpy(self.input).tolist(),
            "unit": self.unit.name,
            "iterations": self.iterations,
        }

    def __float__(self) -> float:
        return self.value

    def __format__(self, spec: str) -> str:
        return f"{self.value:{spec or '.4g'}} {self.unit}"

    def __str__(self) -> str:
        return f"{self:.4g} (bounds {self.upper - self.lower:.1e} apart)"

    def __repr__(self) -> str:
        gap = self.upper - self.lower
        return f"<Capacity {self:.4g}, gap {gap:.1e}, {self.input.shape[0]} inputs>"


def channel_capacity(
    channel: Any,
    /,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 200,
    unit: Unit | str = NATS,
) -> Capacity:
    r"""Capacity of a channel: the most that one use of it can tell about its input.

    .. math:: C = \max_r \sum_x r_x D(W_x \,\|\, q) = \min_q \max_x D(W_x \,\|\, q),
       \qquad q = \sum_x r_x W_x

    Any input law r bounds it from below by the mean of these divergences and from above by the
    largest, so the two bounds are a certificate that needs no trust in the search. It takes
    Blahut-Arimoto steps while each halves the gap, and then steps of an interior-point method,
    which do not slow down where an input is of no use or nearly so.

    Parameters
    ----------
    channel : distribution or array, shape (M, K)
        The law of the K outputs for each of the M inputs, one row per input.
    tolerance : float, default 1e-10
        How far apart the bounds may be, in the unit asked for. For capacities below 1 the search
        goes on until they are as close relative to the capacity, if rounding permits.
    max_iterations : int, default 200
        How many steps the search may take; about 20 are usual.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    Capacity
        With `value`, `lower`, `upper` and the achieving `input`, of shape (M,). The search runs
        in NumPy, whatever the library of the channel: bounds are numbers in float64 without
        gradient, and only `input` is an array of that library. Where several input laws achieve
        the capacity one of them is given.

    Raises
    ------
    KullbackError
        If the channel is no table of distributions, or if the bounds are still further apart than
        the tolerance; the error names them.

    References
    ----------
    Blahut (1972), *Computation of channel capacity and rate-distortion functions*. Arimoto
    (1972), *An algorithm for computing the capacity of arbitrary discrete memoryless channels*.

    Examples
    --------
    A channel that flips every ninth bit or so, and one that garbles only ones:

    >>> import kullback as kb
    >>> print(f"{kb.channel_capacity([[0.89, 0.11], [0.11, 0.89]], unit='bits'):.4f}")
    0.5001 bits
    >>> z = kb.channel_capacity([[1.0, 0.0], [0.5, 0.5]], unit="bits")
    >>> f"{z:.8f}", z.upper - z.lower < 1e-10
    ('0.32192809 bits', True)
    >>> z.input.round(4).tolist()
    [0.6, 0.4]
    """
    unit = as_unit(unit)
    rows = operand(channel, "channel")
    if not isinstance(rows, AbstractFinite):
        raise no_rule("channel_capacity", rows)
    if not tolerance > 0.0:
        raise KullbackError("channel.tolerance", got=tolerance)
    table = to_numpy(rows.wide_probs()).astype(np.float64)
    if table.ndim != 2 or table.size == 0:
        raise KullbackError("channel.shape", shape=table.shape)
    Probs(table).verify("channel")  # also where the caller was to be trusted: this is certified
    # Half of it is left to the rounding of what is converted.
    best, iterations = _search(table, unit.to_nats(tolerance) / 2, max_iterations)
    value, lower, upper = (unit.from_nats(x) for x in (best.value, best.lower, best.upper))
    if not upper - lower <= tolerance:
        raise KullbackError(
            "channel.gap",
            lower=f"{lower:.12g}",
            upper=f"{upper:.12g}",
            gap=f"{upper - lower:.2g}",
            unit=unit.name,
            iterations=iterations,
        )
    law = narrow(like(best.law, rows.values), rows.values)
    return Capacity(value, lower, upper, law, unit, iterations)


class _Point(NamedTuple):
    """An input law and what follows from it, in nats."""

    law: np.ndarray
    change: np.ndarray  # of each row of the channel to the output law q, over the root of q
    divergence: np.ndarray  # of q from each row
    value: float  # their mean under the input law
    lower: float
    upper: float
    exhausted: bool  # nothing but rounding is left between the bounds


def _search(channel: np.ndarray, tolerance: float, most: int) -> tuple[_Point, int]:
    """Return the input law that transmits most, with the closest bounds met on the way."""
    channel = _SCALE * channel
    point = best = _evaluate(channel, np.ones(len(channel)))
    gap, slack = math.inf, None
    iterations = 0
    while not (_close(best, tolerance) or point.exhausted) and iterations < most:
        iterations += 1
        if slack is None and point.upper - point.lower <= gap / 2:
            gap = point.upper - point.lower
            law = point.law * np.exp(point.divergence - np.max(point.divergence))
        else:
            if slack is None:
                slack = 1.1 * np.max(point.divergence) - point.divergence
            law, slack = _interior_step(point, slack)
        point = _evaluate(channel, law)
        best = _best(best, point)
    if slack is None:
        return best, iterations
    # Of an input's share and what it falls short of, one is 0 in the limit. Dropping it must leave
    # the bounds as they are, and every output possible.
    used = np.where(point.law * best.upper > slack, point.law, 0.0)
    sparse = _evaluate(channel, used)
    kept = sparse._replace(upper=min(best.upper, sparse.upper))
    return kept if _close(kept, tolerance) and sparse.upper < math.inf else best, iterations


def _close(point: _Point, tolerance: float) -> bool:
    return point.upper - point.lower <= tolerance * min(1.0, point.upper)


def _evaluate(channel: np.ndarray, weights: np.ndarray) -> _Point:
    """Return the law proportional to the weights, and the bounds that it proves.

    The channel is given times _SCALE, to which divergences are proportional.

    Both bounds hold for the output law as it is computed: the largest divergence from any law is
    at least the capacity, and the mean divergence exceeds what the input transmits by the
    divergence of the exact output law from the computed one. Outputs are measured from their
    smallest probability, so that rows which are nearly equal keep their differences.
    """
    law = weights / np.sum(weights)
    least = np.min(channel, axis=0)
    rest = channel - least
    mean = law @ rest
    output, change = least + mean, mean - rest
    divergence = np.sum(generic.excess(np, channel, output, change), axis=-1) / _SCALE
    used = law > 0
    value = float(law[used] @ divergence[used])

    # An outcome's term is good to 60 roundings (half as many, where its series ends), a sum of K
    # terms to 16 + log2 K and one of M to M; `rest` is rounded once, which moves the divergence
    # by the derivative (q - p)/q, and the output law differs from the exact one by M + 4.
    inputs = len(law)
    safe = np.where(output > 0, output, 1.0)
    shaken = np.sum(rest * np.abs(change) / safe, axis=-1) / _SCALE
    margin = _ULP * ((128 + inputs) * divergence + shaken)
    slip = (_ULP * (inputs + 4)) ** 2 * float(np.sum(mean**2 / safe)) / _SCALE
    lower = max(0.0, value - float(law[used] @ margin[used]) - slip)
    upper = float(np.max(divergence + margin))
    largest = float(np.max(divergence))
    exhausted = largest - value <= max(value - lower, upper - largest)
    change /= np.sqrt(_SCALE * safe)
    return _Point(law, change, divergence, value, lower, upper, exhausted)


def _best(old: _Point, new: _Point) -> _Point:
    """Return the law with the better lower bound, and the better upper bound of both."""
    law = new if new.lower >= old.lower else old
    return law._replace(upper=min(old.upper, new.upper))


def _interior_step(point: _Point, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return law and slack after one Newton step towards law * slack = a 20th of its mean.

    At the optimum every input's divergence D falls short of the capacity by a slack >= 0 that is
    0 for the inputs in use. Solved are, to first order, D(law) + slack = const with the sum of
    the law kept; the Hessian has the law's own direction added, which that sum rules out.
    """
    law = point.law
    target = 0.05 * np.mean(law * slack)
    root = np.sqrt(law)
    scaled = root[:, None] * point.change
    hessian = scaled @ scaled.T
    hessian += np.max(np.diag(hessian)) * root[:, None] * root
    system = hessian + np.diag(slack)
    excess = point.divergence - point.value  # a constant is free, and would drown what differs
    wanted = np.stack([root * excess + target / root, root], axis=-1)
    step, shift = np.linalg.solve(system, wanted).T
    law_step = root * (step - (root @ step) / (root @ shift) * shift)
    slack_step = (target - slack * law_step) / law - slack
    share = min(1.0, 0.99 * min(_room(law, law_step), _room(slack, slack_step)))
    return law + share * law_step, slack + share * slack_step


def _room(x: np.ndarray, step: np.ndarray) -> float:
    """Return how much of a step can be taken before a coordinate is 0."""
    down = step < 0
    return float(np.min(x[down] / -step[down], initial=math.inf))
