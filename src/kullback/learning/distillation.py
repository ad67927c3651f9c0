"""What a student's logits lack of a teacher's."""

from __future__ import annotations

from typing import Any

from kullback._array import Array, as_float_array, detached, like, narrow
from kullback.errors import KullbackError
from kullback.kinds.tables import outcomes_last
from kullback.learning._divergences import Divergence, Objective
from kullback.learning._rows import Reduction, Rows
from kullback.learning.top_k import TopK

__all__ = ["distillation_loss"]


def distillation_loss(
    student: Any,
    teacher: Any,
    /,
    *,
    divergence: Divergence = "forward",
    skew: float | None = None,
    beta: float | None = None,
    order: float | None = None,
    temperature: float = 1.0,
    temperature_squared: bool = False,
    teacher_gradient: bool = False,
    axis: int = -1,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> Array:
    r"""Divergence between the softmaxes of a teacher's and a student's logits.

    With :math:`t = \operatorname{softmax}(z_t / \tau)` and
    :math:`s = \operatorname{softmax}(z_s / \tau)`,

    .. math::
       \begin{aligned}
       \text{forward} &: D(t \,\|\, s) \\
       \text{reverse} &: D(s \,\|\, t) \\
       \text{skewed forward} &: D(t \,\|\, (1-a)\,t + a\,s) \\
       \text{skewed reverse} &: D(s \,\|\, (1-a)\,s + a\,t) \\
       \text{Jensen-Shannon} &: J_b = b\,D(t \,\|\, m) + (1-b)\,D(s \,\|\, m),
          \quad m = b\,t + (1-b)\,s \\
       \text{scaled Jensen-Shannon} &: J_b / (b\,(1-b)) \\
       \text{Rényi} &: D_\alpha(t \,\|\, s)
       \end{aligned}

    Two objects go by the name of JSD-beta. ``"jensen_shannon"`` is the one that the paper
    defines; it vanishes at b = 0 and b = 1, and near them hardly trains.
    ``"scaled_jensen_shannon"`` is its limit-scaled form, continuous in b from the forward
    divergence at 0 to the reverse one at 1; at 1/2 it is four times the other.

    Parameters
    ----------
    student : array, shape (..., K)
        Logits z_s; -inf masks an outcome. A score of +inf takes all probability; NaN gives NaN.
    teacher : array, shape (..., K), or TopK
        Logits z_t, or the k likeliest outcomes of each row, whose probabilities are those at the
        temperature asked for.
    divergence : str, default "forward"
        "forward", "reverse", "skewed_forward", "skewed_reverse", "jensen_shannon",
        "scaled_jensen_shannon" or "renyi".
    skew : float, optional
        a, the share of the other side in the mixture, from 0 to 1; needed by the skewed ones. 1
        is the divergence without skew.
    beta : float, optional
        b, the weight of the teacher, from 0 to 1; needed by both of Jensen and Shannon.
    order : float, optional
        The order of Rényi's, at least 0.
    temperature : float, default 1
        What both logits are divided by.
    temperature_squared : bool, default False
        Whether the loss is multiplied by the square of the temperature, by which a temperature
        makes the gradient smaller.
    teacher_gradient : bool, default False
        Whether the teacher gets a gradient. By default it is a constant.
    axis : int, default -1
        Where the outcomes of logits are; those of `TopK` are on its last axis.
    mask : boolean array, shape (...), optional
        True for rows that count.
    weights : array, shape (...), optional
        Weights of rows, at least 0. A row of weight 0 does not count.
    reduction : {"none", "mean", "sum"}, default "none"
        A divergence per row, times its weight; their weighted mean; or their sum. The mean of
        nothing is 0, with gradient 0.
    check : bool, default True
        False trusts the teacher, masks and weights, which on an accelerator spares a wait.

    Returns
    -------
    array
        In nats, at least 0 and 0 for equal softmaxes, however close they are; inf where an
        outcome that one side needs is impossible for the other. float32 for float16 and bfloat16.

    Raises
    ------
    KullbackError
        If in a row that counts a logit of the teacher is NaN or +inf, or all outcomes of a side
        are masked; if shapes do not fit; or if an option is missing, not that of the divergence,
        or out of range.

    References
    ----------
    Hinton, Vinyals and Dean (2015), *Distilling the knowledge in a neural network*; Agarwal et
    al. (2024), *On-policy distillation of language models* (Jensen-Shannon); Ko et al. (2024),
    *DistiLLM: towards streamlined distillation for large language models* (skewed).

    Examples
    --------
    >>> from kullback.learning import distillation_loss
    >>> student, teacher = [[0.0, 1.0, 2.0]], [[0.0, 2.0, 2.0]]
    >>> distillation_loss(student, teacher).round(4).tolist()
    [0.1173]
    >>> distillation_loss(student, teacher, divergence="reverse").round(4).tolist()
    [0.1063]

    The limits of the scaled Jensen-Shannon divergence, of which the other has none:

    >>> for beta in (0.0, 0.001, 0.999, 1.0):
    ...     options = {"beta": beta, "reduction": "mean"}
    ...     scaled = distillation_loss(
    ...         student, teacher, divergence="scaled_jensen_shannon", **options
    ...     )
    ...     plain = distillation_loss(student, teacher, divergence="jensen_shannon", **options)
    ...     print(f"{scaled:.4f} {plain:.4f}")
    0.1173 0.0000
    0.1173 0.0001
    0.1063 0.0001
    0.1063 0.0000
    """
    objective = Objective.of(
        divergence,
        skew=skew,
        beta=beta,
        order=order,
        temperature=temperature,
        temperature_squared=temperature_squared,
    )
    z = outcomes_last(as_float_array(student, "student"), axis)
    rows = Rows.of(z, z.shape[:-1], mask=mask, weights=weights, check=check)
    if isinstance(teacher, TopK):
        target = teacher.within(rows, z, z.shape[:-1], z.shape[-1], check=check)
        target = target if teacher_gradient else target.constant()
        types = target.probs
    else:
        target = outcomes_last(like(as_float_array(teacher, "teacher"), z), axis)
        if target.shape != z.shape:
            got, want = tuple(target.shape), tuple(z.shape)
            raise KullbackError("learning.teacher", got=got, want=want)
        target = rows.hide(target if teacher_gradient else detached(target))
        types = target
    values = objective.per_row(rows.hide(z), target, check=check, axis=axis)
    return narrow(rows.reduce(values, reduction), z, types)
