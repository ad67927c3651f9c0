"""What a process does from one step to the next: entropy rate and transfer entropy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from numbers import Integral
from typing import Any

from kullback._array import Array, first_failure, is_traced, namespace, narrow
from kullback._kernels import generic
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.kinds import AbstractFinite, Joint, Samples, as_joint
from kullback.kinds.joint import as_group, check_groups
from kullback.measures.dependence import Names, mutual_information
from kullback.measures.entropy import entropy
from kullback.units import NATS, Unit
from kullback.verbs import no_rule, operand, rule, verb

__all__ = ["entropy_rate", "transfer_entropy"]


@verb(operands=1)
def entropy_rate(
    transition: Any,
    /,
    *,
    initial: Any = None,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Entropy rate of a Markov chain: how uncertain each step is, when all before are known.

    .. math:: h = \lim_{t \to \infty} \frac1t H(X_1, \dots, X_t) = \sum_i \pi_i H(P_i),
       \qquad \pi P = \pi

    Parameters
    ----------
    transition : distribution or array, shape (..., K, K), or Joint
        Row i is the law of the next state after state i. What a row holds back from other states
        is taken to stay, whatever the rounding of its diagonal, so rare moves keep all digits.
        Of a `Joint` over consecutive steps, in the order of time, the rate is the entropy of the
        last given the others: that of a stationary process with as long a memory.
    initial : distribution or array, shape (..., K), optional
        The law of the first state. Needed where a chain has several recurrent classes, which it
        stays in once it is there: the rate is then its mean over the classes.
    axis : int, default -1
        Where the next states of a bare array are; -2 for a matrix whose columns sum to 1.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys", per step.

    Returns
    -------
    array, shape (...)
        Between 0 and log K. Chains may be periodic and have transient states. A move whose
        probability is exactly 0 gets gradient 0. The loop over states is unrolled by compilers.

    Raises
    ------
    KullbackError
        If the matrix is not square or its rows are no distributions, or if there are several
        recurrent classes and no `initial`. Inside `jit`, `vmap` and `torch.compile`, where
        nothing can be raised, the result is then NaN.

    References
    ----------
    Shannon (1948), *A mathematical theory of communication*, section 7. States are eliminated as
    by Grassmann, Taksar and Heyman (1985), *Regenerative analysis and steady state distributions
    for Markov chains*.

    Examples
    --------
    Weather that mostly stays as it is, and two coins of which one is picked for good:

    >>> import kullback as kb
    >>> round(float(kb.entropy_rate([[0.9, 0.1], [0.4, 0.6]], unit="bits")), 4)
    0.5694
    >>> coins = [[0.0, 0.5, 0.5, 0.0], [0, 0.5, 0.5, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1.0]]
    >>> float(kb.entropy_rate(coins, initial=[0.5, 0, 0, 0.5], unit="bits"))
    0.5
    """
    raise no_rule("entropy_rate", transition)


@rule(entropy_rate, AbstractFinite)
def chain_entropy_rate(transition: AbstractFinite, *, initial: Any = None) -> Array:
    """Average the entropies of the rows over the stationary law, without computing it."""
    table = transition.wide_probs()
    if table.ndim < 2 or table.shape[-2] != table.shape[-1]:
        raise KullbackError("transition.shape", shape=tuple(table.shape))
    xp = namespace(table)
    uncertain = generic.cross_entropy(xp, table, transition.wide_log_probs())
    table = xp.where(table == 0, 0.0, table)  # which stops the gradient there
    if initial is None:
        rates, classes = _eliminate(xp, table, uncertain)
        if is_traced(classes):
            rates = xp.where(classes == 1.0, rates, xp.nan)
        elif failure := first_failure(classes == 1.0, classes):
            place, found = failure
            name = f"transition[{place}]" if place else "transition"
            raise KullbackError("transition.classes", name=name, classes=int(found))
        return narrow(rates, transition.values)
    first = operand(initial, "initial")
    if not isinstance(first, AbstractFinite):
        raise no_rule("entropy_rate", transition, first)
    law = first.wide_probs()
    if law.shape[-1] != table.shape[-1]:
        raise KullbackError("transition.initial", states=table.shape[-1], initial=law.shape[-1])
    rates, _ = _eliminate(namespace(table, law), table, uncertain, law)
    return narrow(rates, transition.values, first.values)


@rule(entropy_rate, Joint)
def joint_entropy_rate(steps: Joint) -> Array:
    """Take the entropy of the last step given those before it."""
    return entropy(steps, steps.names[-1], given=steps.names[:-1])


def _eliminate(
    xp: Any, table: Array, uncertain: Array, law: Array | None = None
) -> tuple[Array, Array]:
    """Return the entropy rate of a chain, and how many recurrent classes it has.

    States are eliminated from the last to the first. Seen at the rest only, state j includes the
    time that is spent in n on excursions from j: a share P_jn / (P_jn + S_n) of it, where S_n is
    the rate at which n is left for the rest. So row j becomes the mean of the rows j and n with
    these weights, and so does the entropy that j makes per unit of time. Nothing is ever
    subtracted, so relative errors stay a few roundings per state, and no number grows.

    A state that is not left for the rest stands for a recurrent class, whose rate is then known.
    Each row also holds the rate of jumps to such classes, alone and times their entropy rates.
    The law of the first state is passed on along the jumps; without it all classes are added up.
    """
    none = xp.zeros_like(uncertain)
    rows = xp.concat([xp.stack([uncertain, none, none], axis=-1), table], axis=-1)
    total = classes = none[..., 0]
    for n in range(table.shape[-1] - 1, -1, -1):
        last = rows[..., n, :-1]  # its own column, which no longer matters, is the last
        rate, found = last[..., 0], last[..., 1]
        leaving = xp.sum(last[..., 2:], axis=-1)
        closed = leaving == 0
        leaving = xp.where(closed, 1.0, leaving)
        ahead = xp.where(closed, rate, found / leaving)
        classes = classes + xp.where(closed, xp.ones_like(rate), 0.0)
        if law is None:
            total = total + xp.where(closed, rate, 0.0)
        else:
            mass = law[..., n]
            total = total + mass * ahead
            jumps = xp.where(closed[..., None], 0.0, last[..., 3:] / leaving[..., None])
            law = law[..., :n] + mass[..., None] * jumps
        rest, into = rows[..., :n, :-1], rows[..., :n, -1:]
        leaving, closed = leaving[..., None, None], closed[..., None, None]
        stay = xp.where(closed, 1.0, leaving / (leaving + into))
        visit = xp.where(closed, 0.0, into / (leaving + into))
        entering = xp.stack([xp.zeros_like(rate), rate, xp.ones_like(rate)], axis=-1)
        entering = xp.concat([entering, xp.zeros_like(last[..., 3:])], axis=-1)
        entering = xp.where(closed, into, 0.0) * entering[..., None, :]
        rows = stay * rest + visit * last[..., None, :] + entering
    return total, classes


@verb(operands=1, convert=as_joint)
def transfer_entropy(
    series: Any,
    source: Names,  # noqa: ARG001
    target: Names,  # noqa: ARG001
    /,
    *,
    lags: int | Iterable[int] = 1,  # noqa: ARG001
    target_lags: int | Iterable[int] | None = None,  # noqa: ARG001
    estimator: Any = None,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Transfer entropy: what the past of one process tells about the next step of another.

    .. math:: T_{X \to Y} = I(X_{t-1}, \dots, X_{t-l};\ Y_t \mid Y_{t-1}, \dots, Y_{t-k})

    Told is what the target's own past has not told already. That is a matter of prediction and
    not of cause: a third process that drives both, with different delays, shows as transfer.

    Parameters
    ----------
    series : Samples, mapping of columns or dataframe, of shape (n,) each, or Joint
        Columns of labels, one row per step, in the order of time. In a `Joint` every variable
        that is neither source nor target is the target's past.
    source : name or tuple of names
        The column that may tell something; of a `Joint`, the source's past.
    target : name or tuple of names
        The column that it may tell about; of a `Joint`, the target's next step.
    lags : int or ints, default 1
        Of series: how many steps back the source's past reaches, or the very steps.
    target_lags : int or ints, optional
        The same of the target's past; by default it reaches as far back as the source's.
    estimator : estimator, optional
        Of series; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        At least 0 for a `Joint`. For series an `Estimate` from their windows, of which there are
        n less the longest lag. They overlap, while correction and standard error are those for
        independent draws; a note says so.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, if a column does not hold labels, or if a lag is no
        positive integer or leaves no window.

    References
    ----------
    Schreiber (2000), *Measuring information transfer*.

    Examples
    --------
    A coin that repeats, one step later, what another has shown:

    >>> import kullback as kb
    >>> import numpy as np
    >>> coin = np.random.default_rng(0).integers(0, 2, 1000)
    >>> steps = {"leader": coin, "follower": np.roll(coin, 1)}
    >>> told = kb.transfer_entropy(steps, "leader", "follower", unit="bits")
    >>> print(f"{told:.3f}")
    0.997 ± 0.005 bits
    >>> told.notes
    ('leader[-1] given follower[-1]', 'overlapping windows taken for independent draws')
    >>> print(f"{kb.transfer_entropy(steps, 'follower', 'leader', unit='bits'):.3f}")
    -0.001 ± 0.002 bits

    The same as a law, of the two pasts and the follower's next step:

    >>> law = np.zeros((2, 2, 2))
    >>> law[[0, 1], :, [0, 1]] = 0.25
    >>> law = kb.Joint(law, ["leader", "before", "now"])
    >>> float(kb.transfer_entropy(law, "leader", "now", unit="bits"))
    1.0
    """
    raise no_rule("transfer_entropy", series)


@rule(transfer_entropy, Joint)
def joint_transfer_entropy(law: Joint, source: Names, target: Names) -> Array:
    """Take the variables that are left for the target's past."""
    named = (*as_group(source), *as_group(target))
    past = tuple(name for name in law.names if name not in named)
    return mutual_information(law, source, target, given=past)


@rule(transfer_entropy, Samples)
def series_transfer_entropy(
    series: Samples,
    source: Names,
    target: Names,
    *,
    lags: int | Iterable[int] = 1,
    target_lags: int | Iterable[int] | None = None,
    estimator: Any = None,
) -> Estimate:
    """Cut the series into windows, and take each for a draw."""
    sources, targets = as_group(source), as_group(target)
    check_groups(series.names, sources, targets)
    back = _steps("lags", lags)
    own = _steps("target_lags", max(back) if target_lags is None else target_lags)
    longest = max(*back, *own)
    if series.n <= longest:
        raise KullbackError("lags.long", longest=longest, steps=series.n)
    past, known = _shifts(sources, back), _shifts(targets, own)
    now = {str(name): (name, 0) for name in targets}
    shifts = {**past, **known, **now}
    windows = Samples(
        {
            window: series.columns[name][longest - step : series.n - step]
            for window, (name, step) in shifts.items()
        },
        discrete=[window for window, (name, _) in shifts.items() if name in series.discrete],
    )
    told = mutual_information(
        windows, tuple(past), tuple(now), given=tuple(known), estimator=estimator
    )
    notes = (
        f"{', '.join(past)} given {', '.join(known)}",
        "overlapping windows taken for independent draws",
    )
    return replace(told, notes=(*told.notes, *notes))


def _shifts(names: Iterable[Any], steps: Iterable[int]) -> dict[str, tuple[Any, int]]:
    """Return which column, and how many steps back, the past of some variables consists of."""
    return {f"{name}[-{step}]": (name, step) for name in names for step in steps}


def _steps(name: str, lags: int | Iterable[int]) -> tuple[int, ...]:
    """Return lags as they are counted: those given, or 1 to the number given."""
    if isinstance(lags, Integral):
        lags = range(1, int(lags) + 1)
    steps = tuple(lags) if isinstance(lags, Iterable) else ()
    whole = all(isinstance(step, Integral) and step > 0 for step in steps)
    if not steps or not whole or len(set(steps)) < len(steps):
        raise KullbackError("lags.invalid", name=name)
    return steps
