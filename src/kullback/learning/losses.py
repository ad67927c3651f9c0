"""Losses of classifiers: cross-entropy of a softmax and of a sigmoid, and squared error."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    is_traced,
    like,
    namespace,
    narrow,
    to_array,
    widen,
)
from kullback.errors import KullbackError
from kullback.kinds.tables import outcomes_last
from kullback.learning._problem import Problem
from kullback.learning._rows import Reduction, Rows, weighted
from kullback.learning._softmax import PerRow, in_pieces, per_row
from kullback.learning._trained import refuse_all_masked

__all__ = [
    "CrossEntropyParts",
    "cross_entropy_gradient",
    "reduced",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "squared_error",
    "squared_error_gradient",
]

# So many logits are taken at a time where each operation makes a table: 1 MB of float64.
_PIECE = 1 << 17


class CrossEntropyParts(NamedTuple):
    """What one pass over logits tells, each part reduced over the same rows as the loss.

    Class weights are the loss's alone: the mean of the other parts is weighted by row only.

    Attributes
    ----------
    loss : array
        With its z-loss, where one was asked for.
    log_sum_exp : array
        log sum exp z, which the z-loss keeps near 0.
    entropy : array
        Of softmax(z), in nats.
    accuracy : array
        Of a row its weight, or 1, where the likeliest class is that of the target, else 0.

    Examples
    --------
    >>> from kullback.learning import softmax_cross_entropy
    >>> seen = softmax_cross_entropy([[2.0, 1.0, 0.0]], [1], return_parts=True)
    >>> [float(part[0].round(4)) for part in seen]
    [1.4076, 2.4076, 0.8324, 0.0]
    """

    loss: Array
    log_sum_exp: Array
    entropy: Array
    accuracy: Array


@overload
def softmax_cross_entropy(
    logits: Any,
    targets: Any,
    /,
    *,
    axis: int = -1,
    class_weights: Any = None,
    weights: Any = None,
    mask: Any = None,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: Reduction = "none",
    return_parts: Literal[False] = False,
    check: bool = True,
) -> Array: ...
@overload
def softmax_cross_entropy(
    logits: Any,
    targets: Any,
    /,
    *,
    axis: int = -1,
    class_weights: Any = None,
    weights: Any = None,
    mask: Any = None,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: Reduction = "none",
    return_parts: Literal[True],
    check: bool = True,
) -> CrossEntropyParts: ...
def softmax_cross_entropy(
    logits: Any,
    targets: Any,
    /,
    *,
    axis: int = -1,
    class_weights: Any = None,
    weights: Any = None,
    mask: Any = None,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: Reduction = "none",
    return_parts: bool = False,
    check: bool = True,
) -> Array | CrossEntropyParts:
    r"""Cross-entropy of a softmax with its targets: the loss of classifiers and language models.

    .. math:: \ell = -\sum_k w_k\, t_k \log q_k + \lambda \left(\log\sum_k e^{z_k}\right)^2,
        \qquad q = \operatorname{softmax}(z)

    For a label y it is -log q_y, the negative log-likelihood. Its gradient in z is q - t, and 0
    where the loss is infinite because the class is masked.

    Parameters
    ----------
    logits : array, shape (..., K)
        Scores z; -inf masks a class, whose probability is then 0. A score of +inf takes all
        probability; NaN gives NaN.
    targets : array, shape (...) of integers or shape (..., K), or TopK
        Labels from 0 to K - 1, or probabilities t, such as one-hot rows, or the likeliest classes
        of a teacher with one tail for all others.
    axis : int, default -1
        Where the classes of logits, and of targets that have them, are.
    class_weights : array, shape (K,), optional
        Weights w of the classes, at least 0.
    weights : array, shape (...), optional
        Weights of rows, at least 0. A row of weight 0 does not count.
    mask : boolean array, shape (...), optional
        True for rows that count.
    ignore_index : int or None, default -100
        Rows with this label do not count.
    label_smoothing : float, default 0
        A share of each target that is spread evenly over the classes that are not masked.
    soft_cap : float, optional
        Logits are first squeezed to cap tanh(z / cap).
    z_loss : float, default 0
        The factor of the squared log-sum-exp.
    reduction : {"none", "mean", "sum"}, default "none"
        A loss per row, times its weight; their sum; or their mean: cross-entropy over the sum of
        weights times the class weights of targets, z-loss over that of weights alone. Nothing
        left to average gives 0, with gradient 0.
    return_parts : bool, default False
        Return log-sum-exp, entropy and accuracy too, from the same pass.
    check : bool, default True
        False trusts targets, weights and class weights, and that no row is masked as a whole.
        What is wrong then gives a wrong number, and a label that is no class NaN.

    Returns
    -------
    array or CrossEntropyParts
        In nats, at least 0 without z-loss; float32 for float16 and bfloat16. A target that is
        possible where its class is masked costs infinity. Rows that do not count give 0 and touch
        neither value nor gradient, whatever they hold.

    Raises
    ------
    KullbackError
        If a label is no class, if targets are negative or do not sum to 1, if all classes of a
        row that counts are masked, or if shapes do not fit.

    References
    ----------
    Bridle (1990), *Probabilistic interpretation of feedforward classification network outputs*;
    Szegedy et al. (2016), *Rethinking the Inception architecture* (label smoothing).

    Examples
    --------
    >>> from kullback.learning import softmax_cross_entropy
    >>> z = [[2.0, 1.0, 0.0], [0.0, 3.0, 0.0]]
    >>> softmax_cross_entropy(z, [0, 2]).round(4).tolist()
    [0.4076, 3.0949]
    >>> softmax_cross_entropy(z, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).round(4).tolist()
    [0.4076, 3.0949]
    >>> float(softmax_cross_entropy(z, [0, -100], reduction="mean").round(4))  # one row counts
    0.4076
    """
    z = outcomes_last(as_float_array(logits, "logits"), axis)
    problem = Problem.of(
        targets,
        z,
        tuple(z.shape),
        axis,
        class_weights=class_weights,
        weights=weights,
        mask=mask,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
        soft_cap=soft_cap,
        z_loss=z_loss,
        check=check,
    )
    found = _per_row(z, problem, parts=return_parts)
    if check:
        refuse_all_masked(problem.rows.hide(found.log_sum_exp), "logits")
    return reduced(found, problem, reduction, z, parts=return_parts)


def _per_row(z: Array, problem: Problem, *, parts: bool) -> PerRow:
    """Return what is asked of each row, by the way that suits these arrays."""
    from kullback.learning import _softmax_torch

    if _softmax_torch.takes(z, problem):
        return _softmax_torch.per_row(z, problem, parts=parts)
    xp = namespace(z)
    if xp.__name__ == "jax.numpy" or is_traced(z, *problem.targets.parts):  # compilers fuse
        z = widen(problem.rows.hide(z))
        return per_row(xp, z, problem.targets, problem.options, parts=parts)
    size = max(1, _PIECE // z.shape[-1])
    return in_pieces(lambda z: z, z, (), problem, size, parts=parts)


def reduced(
    found: PerRow, problem: Problem, reduction: Reduction, *inputs: Array, parts: bool
) -> Array | CrossEntropyParts:
    """Return what was told of each row, reduced and in the inputs' precision."""
    rows = problem.rows
    loss = rows.reduce(found.loss, reduction, found.heft)
    if problem.z_loss:
        loss = loss + problem.z_loss * rows.reduce(found.log_sum_exp**2, reduction)
    loss = narrow(loss, *inputs)
    if not parts:
        return loss
    correct = namespace(loss).astype(found.correct, found.loss.dtype)
    others = (found.log_sum_exp, found.entropy, correct)
    return CrossEntropyParts(loss, *(narrow(rows.reduce(x, reduction), *inputs) for x in others))


def sigmoid_cross_entropy(
    logits: Any,
    targets: Any,
    /,
    *,
    weights: Any = None,
    mask: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> Array:
    r"""Cross-entropy of independent yes-or-no outcomes with their logits.

    .. math:: \ell = -y \log s(z) - (1 - y) \log(1 - s(z)), \qquad s(z) = \frac{1}{1 + e^{-z}}

    Parameters
    ----------
    logits : array, shape (...)
        z, also infinite.
    targets : array, shape (...)
        y, 0 or 1 or the probability of 1.
    weights : array, shape (...), optional
        Weights of outcomes, at least 0; one of weight 0 does not count.
    mask : boolean array, shape (...), optional
        True for outcomes that count.
    reduction : {"none", "mean", "sum"}, default "none"
        A loss per outcome, their weighted mean, or their sum.
    check : bool, default True
        False trusts targets and weights.

    Returns
    -------
    array
        In nats, at least 0.

    Raises
    ------
    KullbackError
        If a target is not between 0 and 1, or if shapes do not fit.

    References
    ----------
    Cox (1958), *The regression analysis of binary sequences*.

    Examples
    --------
    >>> from kullback.learning import sigmoid_cross_entropy
    >>> [f"{x:.3g}" for x in sigmoid_cross_entropy([0.0, 40.0, -2.0], [1, 1, 0])]
    ['0.693', '4.25e-18', '0.127']
    """
    z, y, rows = _paired(logits, targets, weights, mask, check=check)
    return narrow(rows.reduce(_sigmoid_terms(namespace(z), widen(z), y), reduction), z)


def _sigmoid_terms(xp: Any, z: Array, y: Array) -> Array:
    """Return y log(1 + e^-z) + (1 - y) log(1 + e^z), each side 0 where it has no share."""
    no, yes = _softplus(xp, z), _softplus(xp, 0.0 - z)
    return weighted(xp, y, yes) + weighted(xp, 1.0 - y, no)


def _softplus(xp: Any, x: Array) -> Array:
    """Return log(1 + e^x) = max(x, 0) + log1p(e^-|x|)."""
    size = xp.where(x < 0.0, x, 0.0 - x)  # -|x|, whose slope at 0 is that of one side
    return xp.where(x < 0.0, 0.0, x) + xp.log1p(xp.exp(size))


def squared_error(
    predictions: Any,
    targets: Any,
    /,
    *,
    weights: Any = None,
    mask: Any = None,
    reduction: Reduction = "none",
) -> Array:
    r"""Half the squared error: the cross-entropy of a normal law of variance 1, but a constant.

    .. math:: \ell = \tfrac12 (\hat y - y)^2

    For a classifier it is the wrong loss: see `squared_error_gradient`.

    Parameters
    ----------
    predictions, targets : array, shape (...)
        Numbers.
    weights : array, shape (...), optional
        Weights, at least 0; what has weight 0 does not count.
    mask : boolean array, shape (...), optional
        True where it counts.
    reduction : {"none", "mean", "sum"}, default "none"
        A loss per number, their weighted mean, or their sum.

    Returns
    -------
    array

    Raises
    ------
    KullbackError
        If shapes do not fit.

    References
    ----------
    Gauss (1809), *Theoria motus*.

    Examples
    --------
    >>> from kullback.learning import squared_error
    >>> squared_error([0.5, 2.0], [1.0, 2.0]).tolist()
    [0.125, 0.0]
    """
    z, y, rows = _paired(
        predictions, targets, weights, mask, name="predictions", probabilities=False
    )
    return narrow(rows.reduce(0.5 * (widen(z) - y) ** 2, reduction), z)


def cross_entropy_gradient(x: Any, logits: Any, targets: Any, /) -> Array:
    r"""Gradient of sigmoid cross-entropy with respect to the weights of z = w x.

    .. math:: \frac{\partial \ell}{\partial w} = (\hat y - y)\, x, \qquad \hat y = s(z)

    It is as large as the error: where the answer is wrong it does not vanish.

    Parameters
    ----------
    x : array, shape (..., D)
        Inputs.
    logits : array, shape (...)
        z.
    targets : array, shape (...)
        y, from 0 to 1.

    Returns
    -------
    array, shape (..., D)

    Raises
    ------
    KullbackError
        If a target is not between 0 and 1, or if shapes do not fit.

    References
    ----------
    Nielsen (2015), *Neural networks and deep learning*, chapter 3.

    Examples
    --------
    >>> from kullback.learning import cross_entropy_gradient
    >>> cross_entropy_gradient([[1.0, 2.0]], [-10.0], [1.0]).round(4).tolist()
    [[-1.0, -1.9999]]
    """
    z, y, _ = _paired(logits, targets)
    return _outer(x, _error(namespace(z), widen(z), y), z)


def squared_error_gradient(x: Any, logits: Any, targets: Any, /) -> Array:
    r"""Gradient of half the squared error of a sigmoid with respect to the weights of z = w x.

    .. math:: \frac{\partial \ell}{\partial w} = (\hat y - y)\, s'(z)\, x,
        \qquad s'(z) = \hat y (1 - \hat y)

    The slope of the sigmoid vanishes where it is saturated, and with it the gradient, however
    wrong the answer is.

    Parameters
    ----------
    x : array, shape (..., D)
        Inputs.
    logits : array, shape (...)
        z.
    targets : array, shape (...)
        y, from 0 to 1.

    Returns
    -------
    array, shape (..., D)

    Raises
    ------
    KullbackError
        If a target is not between 0 and 1, or if shapes do not fit.

    References
    ----------
    Nielsen (2015), *Neural networks and deep learning*, chapter 3.

    Examples
    --------
    >>> from kullback.learning import squared_error_gradient
    >>> [[f"{g:.1e}" for g in row] for row in squared_error_gradient([[1.0, 2.0]], [-10.0], [1.0])]
    [['-4.5e-05', '-9.1e-05']]
    """
    z, y, _ = _paired(logits, targets)
    xp, wide = namespace(z), widen(z)
    slope = _sigmoid(xp, wide) * _sigmoid(xp, 0.0 - wide)
    return _outer(x, _error(xp, wide, y) * slope, z)


def _sigmoid(xp: Any, z: Array) -> Array:
    return xp.exp(0.0 - _softplus(xp, 0.0 - z))


def _error(xp: Any, z: Array, y: Array) -> Array:
    """Return s(z) - y = (1 - y) s(z) - y s(-z), which keeps the digits of a small error."""
    return (1.0 - y) * _sigmoid(xp, z) - y * _sigmoid(xp, 0.0 - z)


def _outer(x: Any, factor: Array, z: Array) -> Array:
    x = like(as_float_array(x, "x"), z)
    if x.ndim != factor.ndim + 1 or x.shape[:-1] != factor.shape:
        want = (*factor.shape, "D")
        raise KullbackError("learning.shape", name="x", got=tuple(x.shape), want=want)
    return narrow(factor[..., None] * widen(x), z, x)


def _paired(
    predictions: Any,
    targets: Any,
    weights: Any = None,
    mask: Any = None,
    *,
    name: str = "logits",
    probabilities: bool = True,
    check: bool = True,
) -> tuple[Array, Array, Rows]:
    """Return predictions, wide targets, and which of them count; the others are hidden."""
    z = as_float_array(predictions, name)
    y = like(as_float_array(to_array(targets, "targets"), "targets"), z)
    if y.shape != z.shape:
        raise KullbackError(
            "learning.shape", name="targets", got=tuple(y.shape), want=tuple(z.shape)
        )
    rows = Rows.of(z, z.shape, mask=mask, weights=weights, check=check)
    z, y = rows.hide(z), rows.hide(y)
    within = (y >= 0) & (y <= 1)
    if check and probabilities and (failure := first_failure(within, y)):
        raise KullbackError("learning.probability", place=failure[0], value=failure[1])
    return z, widen(y), rows
