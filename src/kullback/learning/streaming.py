"""Scores over more data than fits in memory: batches, files and processes, merged exactly.

A score of one batch and a score of all data are the same thing, and scores add up::

    seen = RunningMean()
    for x, y in batches:
        seen += running_cross_entropy(model(x), y)
    seen = all_reduce(seen)  # in several processes; between files, to_dict and from_dict
    print(seen.mean("bits"), seen.perplexity())
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import numpy as np

from kullback._array import Array, as_float_array, detached, like, namespace
from kullback.errors import KullbackError
from kullback.kinds import Logits
from kullback.kinds.tables import outcomes_last
from kullback.learning._exact_sums import on_host
from kullback.learning._options import refuse_unknown
from kullback.learning._rows import Rows
from kullback.learning._targets import Targets
from kullback.learning.calibration import RunningCalibration
from kullback.learning.losses import softmax_cross_entropy
from kullback.learning.running_mean import RunningMean
from kullback.measures.divergence import kl_divergence

__all__ = [
    "all_reduce",
    "running_calibration",
    "running_cross_entropy",
    "running_kl_divergence",
]

State = TypeVar("State", RunningMean, RunningCalibration)


def running_cross_entropy(
    logits: Any,
    targets: Any,
    /,
    *,
    axis: int = -1,
    ignore_index: int | None = -100,
    mask: Any = None,
    weights: Any = None,
    sizes: Any = None,
    clustered: bool = False,
) -> RunningMean:
    r"""Cross-entropy of one batch of logits with its targets, to be added to that of others.

    .. math:: t = -\log q_y, \qquad q = \operatorname{softmax}(z)

    Its `~RunningMean.mean` is the mean negative log-likelihood, its `~RunningMean.perplexity`
    exp of that, and with ``sizes=`` bytes ``mean("bits")`` is bits per byte.

    Parameters
    ----------
    logits : array, shape (..., K)
        Of torch, JAX or NumPy; losses are computed where they are, as by `softmax_cross_entropy`.
    targets : array, shape (...) of integers or shape (..., K)
        Labels, or probabilities, or a `TopK`.
    axis : int, default -1
        Where the classes are.
    ignore_index : int or None, default -100
        Rows with this label do not count.
    mask, weights, sizes, clustered : optional
        As for `RunningMean.of`.

    Returns
    -------
    RunningMean
        In nats.

    Raises
    ------
    KullbackError
        As by `softmax_cross_entropy` and `RunningMean.of`.

    References
    ----------
    Jelinek et al. (1977), *Perplexity: a measure of the difficulty of speech recognition tasks*.

    Examples
    --------
    Two documents of at most three tokens, of 9 and 5 bytes:

    >>> import numpy as np
    >>> from kullback.learning import running_cross_entropy
    >>> logits = np.log([[[0.5, 0.5]] * 3, [[0.25, 0.75]] * 3])
    >>> labels = [[0, 1, 1], [1, 0, -100]]
    >>> tokens = running_cross_entropy(logits, labels, clustered=True)
    >>> round(float(tokens.perplexity()), 4)
    2.1184
    >>> by_byte = running_cross_entropy(logits, labels, clustered=True, sizes=[9, 5])
    >>> round(float(by_byte.mean("bits").value), 4)
    0.3868
    """
    z, rows, _ = _counted(logits, targets, axis, ignore_index, mask, weights)
    losses = softmax_cross_entropy(
        z, targets, axis=axis, ignore_index=ignore_index, mask=rows.counted
    )
    return RunningMean.of(
        losses, mask=rows.counted, weights=weights, sizes=sizes, clustered=clustered
    )


def running_kl_divergence(
    p: Any,
    q: Any,
    /,
    *,
    axis: int = -1,
    mask: Any = None,
    weights: Any = None,
    sizes: Any = None,
    clustered: bool = False,
) -> RunningMean:
    r"""KL divergence between two models' logits for one batch, to be added to that of others.

    .. math:: t = D(\operatorname{softmax}(p) \,\|\, \operatorname{softmax}(q))

    Parameters
    ----------
    p, q : array, shape (..., K)
        Logits of the model taken as true, and of the other one, row by row. If their libraries
        differ, those of q are brought to that of p.
    axis : int, default -1
        Where the classes are.
    mask, weights, sizes, clustered : optional
        As for `RunningMean.of`.

    Returns
    -------
    RunningMean
        In nats.

    Raises
    ------
    KullbackError
        As by `kl_divergence` and `RunningMean.of`, or if p and q have different shapes.

    References
    ----------
    Kullback and Leibler (1951), *On information and sufficiency*.

    Examples
    --------
    >>> from kullback.learning import running_kl_divergence
    >>> a = running_kl_divergence([[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.5]])
    >>> b = running_kl_divergence([[0.0, 2.0]], [[0.0, 2.0]])
    >>> print(f"{(a + b).mean():.3f}")
    0.049 ± 0.036 nats
    """
    a, b = (detached(outcomes_last(as_float_array(x, n), axis)) for x, n in ((p, "p"), (q, "q")))
    if a.shape != b.shape:
        raise KullbackError("learning.models", p=tuple(a.shape), q=tuple(b.shape))
    b = like(b, a)
    rows = Rows.of(a, a.shape[:-1], mask=mask, weights=weights)
    values = kl_divergence(Logits(rows.hide(a)), Logits(rows.hide(b)))
    return RunningMean.of(
        values, mask=rows.counted, weights=weights, sizes=sizes, clustered=clustered
    )


def running_calibration(
    logits: Any,
    targets: Any,
    /,
    *,
    axis: int = -1,
    bins: int = 15,
    ignore_index: int | None = -100,
    mask: Any = None,
) -> RunningCalibration:
    r"""Accuracy and calibration of one batch of logits, to be added to those of others.

    .. math:: \hat y = \arg\max_k q_k, \qquad \text{confidence } q_{\hat y}, \qquad
        q = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array, shape (..., K)
        Scores z; of equal largest ones the first is the prediction.
    targets : array, shape (...) of integers or shape (..., K)
        Labels, or probabilities whose likeliest class is the label.
    axis : int, default -1
        Where the classes are.
    bins : int, default 15
        How many bins of confidence.
    ignore_index : int or None, default -100
        Rows with this label do not count.
    mask : boolean array, shape (...), optional
        True for rows that count.

    Returns
    -------
    RunningCalibration

    Raises
    ------
    KullbackError
        As by `softmax_cross_entropy` and `RunningCalibration.of`.

    References
    ----------
    Guo et al. (2017), *On calibration of modern neural networks*.

    Examples
    --------
    >>> from kullback.learning import running_calibration
    >>> seen = running_calibration([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]], [0, 0, -100], bins=10)
    >>> seen.n, float(seen.accuracy())
    (2, 0.5)
    """
    z, rows, read = _counted(logits, targets, axis, ignore_index, mask)
    z = rows.hide(outcomes_last(z, axis))
    xp = namespace(z)
    best = read.within(rows, z, z.shape, check=True).best(xp)
    guess = xp.argmax(z, axis=-1)
    losses = softmax_cross_entropy(z, guess)
    return RunningCalibration.of(
        np.exp(-on_host(losses)), guess == best, bins=bins, mask=rows.counted
    )


def all_reduce(state: State, /, *, group: Any = None, library: str = "torch") -> State:
    """Add up what every process has counted; each of them gets the whole.

    The few numbers of each state are gathered and added exactly, so all processes get the same,
    and the same as one process that sees all data. A process without data brings an empty state,
    and where there is one process alone, with no group to be in, the state is returned.

    Parameters
    ----------
    state : RunningMean or RunningCalibration
        What this process has counted.
    group : torch.distributed.ProcessGroup, optional
        Which processes of torch take part; all of them by default. Others keep what they have.
    library : {"torch", "jax"}, default "torch"
        Whose processes they are: those of `torch.distributed`, with any backend, or of
        `jax.distributed`.

    Returns
    -------
    RunningMean or RunningCalibration

    Raises
    ------
    KullbackError
        If the library is another one.

    Examples
    --------
    >>> from kullback.learning import RunningMean, all_reduce
    >>> state = RunningMean.of([1.0, 2.0])
    >>> all_reduce(state, library="jax") == state  # doctest: +SKIP
    True
    """
    refuse_unknown("library", library, ("torch", "jax"))
    states = _gathered_by_jax(state) if library == "jax" else _gathered_by_torch(state, group)
    first, *others = states
    return sum(others, first)


def _gathered_by_torch(state: State, group: Any) -> list[State]:
    from torch import distributed

    if group is None and not (distributed.is_available() and distributed.is_initialized()):
        return [state]
    states: list[Any] = [None] * distributed.get_world_size(group)
    distributed.all_gather_object(states, state, group=group)
    return states or [state]  # outside the group, of which torch warns


def _gathered_by_jax(state: State) -> list[State]:
    """Gather texts as rows of bytes: JAX sends nothing but arrays, of one shape."""
    from jax.experimental.multihost_utils import process_allgather

    text = np.frombuffer(json.dumps(state.to_dict()).encode(), np.uint8)
    longest = int(process_allgather(np.asarray(text.size)).max())
    padded = np.full(longest, ord(" "), np.uint8)
    padded[: text.size] = text
    rows = process_allgather(padded).reshape(-1, longest)
    return [type(state).from_dict(json.loads(row.tobytes())) for row in rows]


def _counted(
    logits: Any,
    targets: Any,
    axis: int,
    ignore_index: int | None,
    mask: Any,
    weights: Any = None,
) -> tuple[Array, Rows, Targets]:
    """Return logits without their gradient, the rows that count, and the targets."""
    z = detached(as_float_array(logits, "logits"))
    last = outcomes_last(z, axis)
    read = Targets.of(targets, last, last.shape, axis, ignore_index)
    rows = Rows.of(last, last.shape[:-1], mask=mask, weights=weights, ignored=read.ignored)
    return z, rows, read
