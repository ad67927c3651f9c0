"""The evidence lower bound in its parts, and the loss that a model is trained with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from kullback._array import (
    Array,
    as_float_array,
    detached,
    device_of,
    first_failure,
    is_array,
    is_traced,
    like,
    namespace,
    narrow,
    sum_tolerance,
    widen,
)
from kullback.errors import KullbackError
from kullback.learning._options import number_in
from kullback.learning._rows import Reduction, Rows, weighted

__all__ = ["ElboTerms", "elbo_terms"]


class ElboTerms(NamedTuple):
    """What a variational bound is made of, in nats; see `elbo_terms`.

    Attributes
    ----------
    reconstruction : array, shape (...) or ()
        -log p(x | z).
    kl : array, shape (...) or ()
        The divergence from the prior, summed over the latent dimensions.
    kl_per_dimension : array, shape of the latent axes
        The same by dimension, averaged over the samples that count.
    elbo : array, shape (...) or ()
        The bound itself, -reconstruction - kl, whatever beta, free nats or capacity.
    loss : array, shape (...) or ()
        What to minimise: reconstruction + beta times the divergence, or what takes its place.

    Examples
    --------
    >>> from kullback.learning import elbo_terms
    >>> terms = elbo_terms([-2.0], [[0.5, 0.25]], beta=4.0)
    >>> terms.elbo.tolist(), terms.loss.tolist()
    ([-2.75], [5.0])
    """

    reconstruction: Array
    kl: Array
    kl_per_dimension: Array
    elbo: Array
    loss: Array


def elbo_terms(
    log_likelihood: Any,
    kl: Any,
    /,
    *,
    event_axes: int | tuple[int, ...] = -1,
    n_data: float | None = None,
    beta: Any = 1.0,
    free_nats: Any = None,
    group_axes: int | tuple[int, ...] = (),
    capacity: Any = None,
    estimated: bool = False,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> ElboTerms:
    r"""Parts of the evidence lower bound, with the loss of beta-VAE, free bits or capacity.

    .. math:: \text{ELBO} = \log p(x \mid z) - \sum_d \text{KL}_d, \qquad
       \text{loss} = -\log p(x \mid z) + \beta \sum_d \text{KL}_d

    Latent dimensions are summed and never averaged. With means over the samples of a batch,
    :math:`\overline{\text{KL}}`, the sum in the loss can be replaced by one of

    .. math:: \sum_g \max(\lambda, \overline{\text{KL}}_g) \quad\text{(free nats)}, \qquad
       |\overline{\text{KL}} - C| \quad\text{(capacity)}

    Free nats, which are called free bits as well, leave a group of dimensions alone as long as
    its divergence, averaged over the batch and not sample by sample, is below the floor. A
    capacity, compared with the whole divergence averaged over the batch, is approached from
    both sides; beta is then the paper's gamma. Both are compared with `kl` as it is given, before
    beta and n_data.

    Parameters
    ----------
    log_likelihood : array, shape (...)
        log p(x | z) of each sample, summed over the parts of x.
    kl : array, shape (..., latent axes)
        The divergence of each latent dimension from its prior, such as
        ``kl_divergence(Normal(mean=m, std=s), Normal(mean=0.0, std=1.0))``.
    event_axes : int or tuple of int, default -1
        The latent axes of `kl`; () if they are summed already.
    n_data : number, optional
        Says that `kl` belongs to latents that all so many data have in common, such as the
        weights of a network, and has latent axes alone. Every sample then bears 1/n_data of it,
        and n_data times the mean ELBO of a batch estimates that of the data.
    beta : number or array of shape (), default 1.0
        The weight of the divergence in the loss, such as a schedule gives. In compiled code an
        array, so that a new value does not compile it anew; likewise the next ones.
    free_nats : number or array of shape (), optional
        lambda, the floor of each group.
    group_axes : int or tuple of int, default ()
        Those of the latent axes that share one floor: by default each dimension is a group of
        its own, and with all latent axes there is one floor under their sum.
    capacity : number or array of shape (), optional
        C.
    estimated : bool, default False
        Says that `kl` is an average over draws, whose terms may be negative.
    mask : boolean array, shape (...), optional
        Which samples count. The others touch neither value nor gradient, whatever they hold.
    weights : array, shape (...), optional
        How much each sample counts, in the averages over the batch as well.
    reduction : {"none", "mean", "sum"}, default "none"
        Of everything but `kl_per_dimension`. "mean" is over what counts.
    check : bool, default True
        False trusts the numbers, weights and settings, which on an accelerator spares a wait.

    Returns
    -------
    ElboTerms
        reconstruction, kl, kl_per_dimension, elbo and loss, in nats per sample. Single samples'
        losses share what is said of averages: with a floor that holds it is lambda for each, and
        below a capacity it falls with the divergence. Inside `vmap` each batch is one sample.
        NaN of a log-likelihood or a divergence gives NaN.

    Raises
    ------
    KullbackError
        If shapes do not fit, if a log-likelihood is inf, if an exact divergence is negative by
        more than rounding, if a setting is negative or no number, or if both free nats and
        a capacity are given.

    References
    ----------
    Higgins et al. (2017), *beta-VAE: learning basic visual concepts with a constrained variational
    framework*. Kingma et al. (2016), *Improving variational inference with inverse autoregressive
    flow*. Burgess et al. (2018), *Understanding disentangling in beta-VAE*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import elbo_terms
    >>> kl = np.array([[0.75, 0.0], [1.25, 0.5]])
    >>> terms = elbo_terms([-3.0, -2.0], kl, free_nats=0.5, reduction="mean")
    >>> [float(x) for x in (terms.reconstruction, terms.kl, terms.elbo)]
    [2.5, 1.25, -3.75]
    >>> terms.kl_per_dimension.tolist()  # the second is below the floor
    [1.0, 0.25]
    >>> float(terms.loss)  # 2.5 + 1.0 + 0.5
    4.0
    """
    log_p, divergence = as_float_array(log_likelihood, "log_likelihood"), as_float_array(kl, "kl")
    xp = namespace(log_p, divergence)
    events, batch = _axes(event_axes, divergence.ndim)
    groups, _ = _axes(group_axes, divergence.ndim)
    if not set(groups) <= set(events):
        raise KullbackError("learning.elbo.groups", got=groups, events=events)
    if free_nats is not None and capacity is not None:
        raise KullbackError("learning.elbo.both")
    if n_data is not None:
        n_data = number_in("(0, inf)", "n_data", n_data)
    shape = tuple(divergence.shape[i] for i in batch)
    want = tuple(log_p.shape) if n_data is None else ()
    if shape != want:
        raise KullbackError("learning.elbo.shape", got=shape, want=want)

    rows = Rows.of(log_p, tuple(log_p.shape), mask=mask, weights=weights, check=check)
    columns = rows if n_data is None else Rows(None, None)
    order = (*batch, *events)
    likely = rows.hide(log_p)
    table = columns.hide(xp.permute_dims(divergence, order))
    if check:
        _check(likely, table, order, exact=not estimated)
    likely, table = widen(likely), widen(table)

    whole = xp.sum(table, axis=tuple(range(len(batch), table.ndim)))
    price = whole
    if free_nats is not None:
        shared = xp.sum(table, axis=tuple(order.index(i) for i in groups))
        floor = _setting("free_nats", free_nats, table, check=check)
        price = _floored(xp, _flat(xp, shared, len(batch)), floor, columns)
    if capacity is not None:
        price = _steered(xp, whole, _setting("capacity", capacity, table, check=check), columns)
    weight = _setting("beta", beta, table, check=check)
    price = weighted(xp, weight, price)
    average = columns.average(_flat(xp, table, len(batch)))
    average = xp.reshape(average, tuple(table.shape[len(batch) :]))
    if n_data is not None:
        average, *parts = (x / n_data for x in (average, whole, price))
        whole, price = (xp.broadcast_to(x, log_p.shape) for x in parts)

    def told(x: Array) -> Array:
        return narrow(rows.reduce(x, reduction) + 0.0, log_p, divergence)  # which is never -0

    return ElboTerms(
        reconstruction=told(0.0 - likely),
        kl=told(whole),
        kl_per_dimension=narrow(average + 0.0, log_p, divergence),
        elbo=told(likely - whole),
        loss=told(price - likely),
    )


def _floored(xp: Any, table: Array, floor: Array, rows: Rows) -> Array:
    """Return the price of each sample, whose average counts no column below the floor."""
    held = rows.average(table) <= floor
    return xp.sum(xp.where(held, floor, table), axis=-1)


def _steered(xp: Any, whole: Array, capacity: Array, rows: Rows) -> Array:
    """Return the price of each sample, whose average is the distance from the capacity."""
    beyond = rows.average(whole[..., None])[0] - capacity
    over = xp.where(beyond == 0.0, 0.0, whole - capacity)  # at the capacity itself, gradient 0
    return xp.where(beyond < 0.0, capacity - whole, over)


def _flat(xp: Any, table: Array, rows: int) -> Array:
    """Return a table with all axes after those of its rows as one."""
    shape = tuple(table.shape)
    return xp.reshape(table, (*shape[:rows], math.prod(shape[rows:])))


def _axes(axes: int | tuple[int, ...], ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return axes that are meant, counted from 0 and in order, and the others."""
    named = tuple(axes) if isinstance(axes, Iterable) else (axes,)
    for axis in named:
        if not -ndim <= axis < ndim:
            raise KullbackError("array.axis", axis=axis, ndim=ndim)
    chosen = tuple(sorted({axis % ndim for axis in named}))
    return chosen, tuple(i for i in range(ndim) if i not in chosen)


def _setting(name: str, value: Any, table: Array, *, check: bool) -> Array:
    """Return a number, perhaps a traced one, as an array beside a table."""
    if not is_array(value) or isinstance(value, np.generic):
        given = number_in("[0, inf)", name, value)
        return namespace(table).asarray(given, dtype=table.dtype, device=device_of(table))
    x = widen(like(as_float_array(value, name), table))
    checked = check and not is_traced(x)
    if x.ndim or (checked and not 0.0 <= float(detached(x)) < math.inf):
        raise KullbackError("learning.setting", name=name, got=value)
    return x


def _check(log_p: Array, table: Array, order: tuple[int, ...], *, exact: bool) -> None:
    """Refuse what is no log-likelihood or, its axes having been put in this order, no KL.

    NaN passes: it is seen in the loss, as training loops that look for it expect.
    """
    if failure := first_failure(log_p != math.inf, log_p):
        raise KullbackError(
            "learning.logarithm", name="log_likelihood", place=failure[0], value=failure[1]
        )
    if not exact:
        return
    least = -sum_tolerance(table)  # the usual formulas are a little off
    kl = namespace(table).permute_dims(table, tuple(order.index(i) for i in range(len(order))))
    if failure := first_failure(~(kl < least), kl):
        raise KullbackError("learning.elbo.kl", place=failure[0], value=failure[1])
