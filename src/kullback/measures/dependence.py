"""Mutual information and its relatives: what two variables tell about each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from kullback._array import Array, namespace, narrow
from kullback._kernels import dependence as kernel
from kullback._kernels.dependence import Term
from kullback.errors import KullbackError
from kullback.kinds import Joint, as_joint
from kullback.kinds.joint import as_group
from kullback.units import NATS, Unit
from kullback.verbs import no_rule, rule, verb

__all__ = [
    "NORMALIZERS",
    "Names",
    "mutual_information",
    "normalized_mutual_information",
    "normalizer_of",
    "pair_of",
    "pointwise_mutual_information",
    "sum_of_terms",
    "variation_of_information",
]

Names = Hashable | Sequence[Any]
"""A variable, or several together."""

Groups = Sequence[Sequence[Any]]

SHARED = (Term(1, (0,), (1,), (2,)),)  # I(x; y | z), of x, y and z
APART = (Term(1, (0,), (), (1, 2)), Term(1, (1,), (), (0, 2)))  # H(x | y, z) + H(y | x, z)


@verb(operands=1, convert=as_joint)
def sum_of_terms(
    joint: Any,
    what: str,
    groups: Groups,  # noqa: ARG001
    terms: tuple[Term, ...],  # noqa: ARG001
    estimator: Any,  # noqa: ARG001
    /,
) -> Any:
    """Return a signed sum of informations and entropies of groups of variables, in nats.

    A kind that has a rule for it has all measures of several variables.
    """
    raise no_rule(what, joint)


@rule(sum_of_terms, Joint)
def joint_sum(
    joint: Joint, what: str, groups: Groups, terms: tuple[Term, ...], estimator: Any
) -> Array:
    """Sum over the table."""
    if estimator is not None:
        raise KullbackError("verb.option", verb=what, option="estimator", kinds="Joint")
    table = joint.table(*groups)
    return narrow(kernel.combined(namespace(table[0]), table, terms), joint.p)


def pair_of(joint: Any, what: str, x: Any, y: Any, given: Any) -> Groups:
    """Return x, y and given as groups; without x and y they are the only two variables left."""
    known = as_group(given)
    if x is None and y is None:
        if not hasattr(joint, "names"):
            raise no_rule(what, joint)
        left = [name for name in joint.names if name not in known]
        if len(left) != 2:
            shown = ", ".join(map(str, left))
            raise KullbackError("joint.which", verb=what, count=len(left), names=shown)
        x, y = left
    groups = as_group(x), as_group(y), known
    if not groups[0] or not groups[1]:
        raise KullbackError("joint.side", verb=what)
    return groups


@verb(operands=1, convert=as_joint)
def mutual_information(
    joint: Any,
    x: Names | None = None,
    y: Names | None = None,
    /,
    *,
    given: Names | None = None,
    estimator: Any = None,
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Mutual information: how much one variable tells about another.

    .. math:: I(X; Y \mid Z) = \sum_{x y z} p(x, y, z)
              \log \frac{p(x, y, z)\, p(z)}{p(x, z)\, p(y, z)}

    It is the divergence of the table from the one with the same margins in which x and y are
    independent, so it is never negative, although the numbers of a table do not sum to exactly
    1: without `given`, p(z) is their sum. Margins are taken to twice the precision, so a
    dependence of 1e-12 keeps its digits.

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    x, y : name or tuple of names, optional
        The two sides. They may be left out where there are just two variables besides `given`.
    given : name or tuple of names, optional
        Variables that are known: I(X; Y | Z) is the mean of the information that is left.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        Between 0 and the lesser entropy of the two. An `Estimate` for data, which may be
        negative once its bias is removed. With respect to probabilities an outcome that is
        exactly 0 gets gradient 0.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, or if a bare array is given.

    References
    ----------
    Shannon (1948), *A mathematical theory of communication*, section 12; Cover and Thomas (2006),
    *Elements of information theory*, section 2.3.

    Examples
    --------
    >>> import kullback as kb
    >>> weather = kb.Joint([[0.4, 0.1], [0.2, 0.3]], ["sky", "ground"])
    >>> round(float(kb.mutual_information(weather, "sky", "ground", unit="bits")), 4)
    0.1245

    Two fair coins tell nothing about each other, until it is known whether they agree:

    >>> coins = kb.Joint([[[0, 0.25], [0.25, 0]], [[0.25, 0], [0, 0.25]]], list("abc"))
    >>> float(kb.mutual_information(coins, "a", "b"))
    0.0
    >>> float(kb.mutual_information(coins, "a", "b", given="c", unit="bits"))
    1.0

    Of data, with how far off the number may be:

    >>> data = {"smokes": [0, 0, 1, 1, 0, 1] * 20, "coughs": [0, 0, 1, 1, 1, 0] * 20}
    >>> kb.mutual_information(data, "smokes", "coughs", unit="bits")
    <Estimate 0.07569 ± 0.05153 bits (MillerMadow, n=120)>
    """
    groups = pair_of(joint, "mutual_information", x, y, given)
    return sum_of_terms(joint, "mutual_information", groups, SHARED, estimator)


@verb(operands=1, convert=as_joint)
def pointwise_mutual_information(
    joint: Any,
    x: Names | None = None,  # noqa: ARG001
    y: Names | None = None,  # noqa: ARG001
    /,
    *,
    given: Names | None = None,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Pointwise mutual information: how much oftener two outcomes meet than if independent.

    .. math:: i(x; y \mid z) = \log \frac{p(x, y \mid z)}{p(x \mid z)\, p(y \mid z)}

    Parameters
    ----------
    joint : Joint
        A table of named variables, shape (K_1, K_2, ...).
    x, y : name or tuple of names, optional
        The two sides. They may be left out where there are just two variables besides `given`.
    given : name or tuple of names, optional
        Variables that are known.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, one axis per variable: those of x, those of y, those given
        Its mean under p is the mutual information. It is -inf for outcomes that never meet, also
        where one of them cannot happen at all.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, or if `joint` is no table of probabilities: of data
        take ``Joint(counts / counts.sum(), names)``, and know that rare outcomes are guesswork.

    References
    ----------
    Fano (1961), *Transmission of information*, section 2.2; Church and Hanks (1990), *Word
    association norms, mutual information, and lexicography*.

    Examples
    --------
    >>> import kullback as kb
    >>> weather = kb.Joint([[0.4, 0.1], [0.2, 0.3]], ["sky", "ground"])
    >>> kb.pointwise_mutual_information(weather, unit="bits").round(4).tolist()
    [[0.415, -1.0], [-0.585, 0.585]]
    """
    raise no_rule("pointwise_mutual_information", joint)


@rule(pointwise_mutual_information, Joint)
def joint_pointwise(
    joint: Joint, x: Any = None, y: Any = None, *, given: Names | None = None
) -> Array:
    """Compare each outcome with the product of its margins."""
    x, y, known = pair_of(joint, "pointwise_mutual_information", x, y, given)
    table = joint.table(known, x, y)
    xp = namespace(table[0])
    sizes = dict(zip(joint.names, joint.p.shape, strict=True))
    value = xp.permute_dims(kernel.pointwise(xp, table), (1, 2, 0))
    value = xp.reshape(value, tuple(sizes[name] for name in (*x, *y, *known)))
    return narrow(value, joint.p)


@verb(operands=1, convert=as_joint)
def variation_of_information(
    joint: Any,
    x: Names | None = None,
    y: Names | None = None,
    /,
    *,
    given: Names | None = None,
    estimator: Any = None,
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Variation of information: what two variables do not share; a metric.

    .. math:: VI(X, Y) = H(X \mid Y) + H(Y \mid X) = H(X, Y) - I(X; Y)

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    x, y : name or tuple of names, optional
        The two sides. They may be left out where there are just two variables besides `given`.
    given : name or tuple of names, optional
        Variables that are known.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        0 where each variable is a function of the other, at most H(X, Y). An `Estimate` for data.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, or if a bare array is given.

    References
    ----------
    Meila (2007), *Comparing clusterings: an information based distance*.

    Examples
    --------
    >>> import kullback as kb
    >>> weather = kb.Joint([[0.4, 0.1], [0.2, 0.3]], ["sky", "ground"])
    >>> round(float(kb.variation_of_information(weather, "sky", "ground", unit="bits")), 4)
    1.7219
    """
    groups = pair_of(joint, "variation_of_information", x, y, given)
    return sum_of_terms(joint, "variation_of_information", groups, APART, estimator)


def _geometric(xp: Any, x: Array, y: Array) -> Array:
    none = (x == 0) | (y == 0)  # where a root has no slope
    return xp.where(none, 0.0, xp.sqrt(xp.where(none, 1.0, x)) * xp.sqrt(xp.where(none, 1.0, y)))


NORMALIZERS = {
    "min": lambda xp, x, y, both: xp.where(x <= y, x, y),  # noqa: ARG005
    "max": lambda xp, x, y, both: xp.where(x >= y, x, y),  # noqa: ARG005
    "mean": lambda xp, x, y, both: 0.5 * (x + y),  # noqa: ARG005
    "geometric": lambda xp, x, y, both: _geometric(xp, x, y),  # noqa: ARG005
    "joint": lambda xp, x, y, both: both,  # noqa: ARG005
}
"""What is divided by, of H(X), H(Y) and H(X, Y)."""


@verb(operands=1, convert=as_joint)
def normalized_mutual_information(
    joint: Any,
    x: Names | None = None,  # noqa: ARG001
    y: Names | None = None,  # noqa: ARG001
    /,
    *,
    normalizer: str,  # noqa: ARG001
    given: Names | None = None,  # noqa: ARG001
    estimator: Any = None,  # noqa: ARG001
) -> Any:
    r"""Mutual information as a share of the most it could be, or of what is called so.

    .. math:: \frac{I(X; Y)}{N}, \qquad N = \min(H(X), H(Y)),\ \max,\ \tfrac{H(X) + H(Y)}{2},\
              \sqrt{H(X) H(Y)} \ \text{or}\ H(X, Y)

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    x, y : name or tuple of names, optional
        The two sides. They may be left out where there are just two variables besides `given`.
    normalizer : "min", "max", "mean", "geometric" or "joint"
        What to divide by. The literature knows them all by the same name, so none is the default.
    given : name or tuple of names, optional
        Variables that are known, in all of the entropies.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.

    Returns
    -------
    array of shape (), or Estimate
        From 0 for independent variables to 1; it has no unit. Only "min" is 1 wherever one
        variable is a function of the other, the others where each is. Where N is 0 a variable is
        constant, and the share of nothing is defined as 0, because a constant is independent of
        everything. scikit-learn says 1 where both are constant.

    Raises
    ------
    KullbackError
        If the normalizer or a name is unknown, if a name comes twice, or if a bare array is given.

    References
    ----------
    Vinh, Epps and Bailey (2010), *Information theoretic measures for clusterings comparison*.

    Examples
    --------
    >>> import kullback as kb
    >>> weather = kb.Joint([[0.4, 0.1], [0.2, 0.3]], ["sky", "ground"])
    >>> for normalizer in ("min", "mean", "joint"):
    ...     print(round(float(kb.normalized_mutual_information(weather, normalizer=normalizer)), 4))
    0.1282
    0.1263
    0.0674
    """
    raise no_rule("normalized_mutual_information", joint)


@rule(normalized_mutual_information, Joint)
def joint_normalized(
    joint: Joint, x: Any = None, y: Any = None, *, normalizer: str, given: Names | None = None
) -> Array:
    """Divide, unless there is nothing to divide by."""
    groups = pair_of(joint, "normalized_mutual_information", x, y, given)
    by = normalizer_of(normalizer)
    table = joint.table(*groups)
    xp = namespace(table[0])
    parts = [kernel.combined(xp, table, (term,)) for term in SIDES]
    most = by(xp, *parts)
    constant = most == 0
    share = kernel.combined(xp, table, SHARED) / xp.where(constant, 1.0, most)
    return narrow(xp.where(constant, 0.0, share), joint.p)


SIDES = (Term(1, (0,), (), (2,)), Term(1, (1,), (), (2,)), Term(1, (0, 1), (), (2,)))


def normalizer_of(name: str) -> Any:
    """Return what a normalizer makes of H(X), H(Y) and H(X, Y)."""
    if name not in NORMALIZERS:
        raise KullbackError("normalizer.unknown", got=repr(name), known=", ".join(NORMALIZERS))
    return NORMALIZERS[name]
