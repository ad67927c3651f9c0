"""Schedules: how a weight, such as beta of `elbo_terms`, goes from 0 to 1 while training goes on.

Each is a pure function of the step, which may be a number, an array, or traced.
"""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array, as_float_array, namespace, narrow, widen
from kullback.learning._options import number_in

__all__ = ["cosine_schedule", "cyclical_schedule", "linear_schedule", "sigmoid_schedule"]


def linear_schedule(step: Any, /, *, steps: float) -> Array:
    r"""Weight that rises evenly from 0 to 1.

    .. math:: w(t) = t = \text{step} / \text{steps}, \qquad 0 \le t \le 1

    Parameters
    ----------
    step : number or array, shape (...)
        How many steps are done; before 0 the weight is 0, after `steps` it is 1.
    steps : number
        How many steps the rise takes.

    Returns
    -------
    array, shape (...)
        Between 0 and 1. Times another weight, it is a schedule of that weight.

    Raises
    ------
    KullbackError
        If `steps` is not positive.

    References
    ----------
    Bowman, Vilnis, Vinyals, Dai, Jozefowicz and Bengio (2016), *Generating sentences from a
    continuous space*.

    Examples
    --------
    >>> from kullback.learning import linear_schedule
    >>> [float(linear_schedule(step, steps=4)) for step in (0, 1, 2, 4, 9)]
    [0.0, 0.25, 0.5, 1.0, 1.0]
    """
    step = as_float_array(step, "step")
    return narrow(_elapsed(step, steps), step)


def cosine_schedule(step: Any, /, *, steps: float) -> Array:
    r"""Weight that rises from 0 to 1 along half a wave, slowly at both ends.

    .. math:: w(t) = \frac{1 - \cos \pi t}{2} = \sin^2 \frac{\pi t}{2},
       \qquad t = \text{step} / \text{steps}

    Parameters
    ----------
    step : number or array, shape (...)
        How many steps are done; before 0 the weight is 0, after `steps` it is 1.
    steps : number
        How many steps the rise takes.

    Returns
    -------
    array, shape (...)
        Between 0 and 1.

    Raises
    ------
    KullbackError
        If `steps` is not positive.

    References
    ----------
    Loshchilov and Hutter (2017), *SGDR: stochastic gradient descent with warm restarts*.

    Examples
    --------
    >>> from kullback.learning import cosine_schedule
    >>> [round(float(cosine_schedule(step, steps=4)), 4) for step in (0, 1, 2, 4, 9)]
    [0.0, 0.1464, 0.5, 1.0, 1.0]
    """
    step = as_float_array(step, "step")
    wave = namespace(step).sin(0.5 * math.pi * _elapsed(step, steps))
    return narrow(wave * wave, step)


def sigmoid_schedule(step: Any, /, *, steps: float, steepness: float = 10.0) -> Array:
    r"""Weight that rises from 0 to 1 along a sigmoid, stretched so that it reaches both.

    .. math:: w(t) = \frac{1}{2} + \frac{\tanh\bigl(k (t - \frac12)/2\bigr)}{2 \tanh(k/4)},
       \qquad t = \text{step} / \text{steps}

    Parameters
    ----------
    step : number or array, shape (...)
        How many steps are done; before 0 the weight is 0, after `steps` it is 1.
    steps : number
        How many steps the rise takes.
    steepness : float, default 10.0
        k: the larger, the shorter the time in which most of the rise happens.

    Returns
    -------
    array, shape (...)
        Between 0 and 1.

    Raises
    ------
    KullbackError
        If `steps` or `steepness` is not positive.

    References
    ----------
    Bowman, Vilnis, Vinyals, Dai, Jozefowicz and Bengio (2016), *Generating sentences from a
    continuous space*.

    Examples
    --------
    >>> from kullback.learning import sigmoid_schedule
    >>> [round(float(sigmoid_schedule(step, steps=4)), 4) for step in (0, 1, 2, 4, 9)]
    [0.0, 0.0701, 0.5, 1.0, 1.0]
    """
    # Beyond these the rise is even, or a step, to the last digit.
    k = min(max(number_in("(0, inf)", "steepness", steepness), 1e-8), 1e30)
    step = as_float_array(step, "step")
    xp, t = namespace(step), _elapsed(step, steps)
    rise = 0.5 + xp.tanh(0.5 * k * (t - 0.5)) / (2.0 * math.tanh(0.25 * k))
    inside = (t > 0.0) & (t < 1.0)  # rounding may miss the ends, or pass them
    return narrow(xp.where(inside, xp.clip(rise, 0.0, 1.0), t), step)


def cyclical_schedule(step: Any, /, *, steps: float, cycles: int = 4, rise: float = 0.5) -> Array:
    r"""Weight that rises from 0 to 1 again and again, and rests at 1 after each rise.

    .. math:: w(t) = \min\left(\frac{c t - \lfloor c t \rfloor}{r}, 1\right),
       \qquad t = \text{step} / \text{steps} < 1

    Parameters
    ----------
    step : number or array, shape (...)
        How many steps are done; before 0 the weight is 0, from `steps` on it is 1.
    steps : number
        How many steps all cycles take.
    cycles : int, default 4
        c, how often it starts from 0.
    rise : float, default 0.5
        r, the share of a cycle that the rise takes, above 0 and at most 1.

    Returns
    -------
    array, shape (...)
        Between 0 and 1.

    Raises
    ------
    KullbackError
        If `steps` is not positive, if `cycles` is no whole number of at least 1, or if `rise` is
        not a share above 0.

    References
    ----------
    Fu, Li, Liu, Gao, Celikyilmaz and Carin (2019), *Cyclical annealing schedule: a simple approach
    to mitigating KL vanishing*.

    Examples
    --------
    >>> from kullback.learning import cyclical_schedule
    >>> [float(cyclical_schedule(step, steps=8, cycles=2)) for step in range(9)]
    [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 1.0]
    """
    times, share = number_in("{1, 2, ...}", "cycles", cycles), number_in("(0, 1]", "rise", rise)
    step = as_float_array(step, "step")
    xp, done = namespace(step), _elapsed(step, steps, times)
    part = (done - xp.floor(done)) / share
    return narrow(xp.where((part > 1.0) | (done == times), 1.0, part), step)


def _elapsed(step: Array, steps: float, cycles: float = 1.0) -> Array:
    """Return how much of the cycles is done: exactly a whole number at a step that begins one."""
    done = cycles * widen(step) / number_in("(0, inf)", "steps", steps)
    return namespace(step).clip(done, 0.0, cycles) + 0.0  # which is never -0
