"""Measures of more than two variables at once: how much they share, and in what way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from kullback._kernels.dependence import Term
from kullback.errors import KullbackError
from kullback.kinds import as_joint
from kullback.kinds.joint import as_group
from kullback.measures.dependence import Groups, Names, sum_of_terms
from kullback.units import NATS, Unit
from kullback.verbs import no_rule, verb

__all__ = ["co_information", "dual_total_correlation", "o_information", "total_correlation"]

Axes = tuple[int, ...]


def _asked(joint: Any, what: str, names: tuple[Names, ...], given: Any, least: int) -> Groups:
    """Return the variables asked about, by default all that are not given, and those given."""
    if not hasattr(joint, "names"):
        raise no_rule(what, joint)
    known = as_group(given)
    asked = names or [name for name in joint.names if name not in known]
    if len(asked) < least:
        shown = ", ".join(map(str, asked))
        raise KullbackError("joint.few", verb=what, least=least, names=shown)
    return [*map(as_group, asked), known]


def _together(x: Axes, known: Axes) -> Iterator[Term]:
    """Split variables in halves: what these share, then what the parts of each share."""
    if len(x) > 1:
        a, b = x[: len(x) // 2], x[len(x) // 2 :]
        yield Term(1, a, b, known)
        yield from _together(a, known)
        yield from _together(b, known)


def _bound(x: Axes, known: Axes) -> Iterator[Term]:
    """Split variables in halves: what these share, then what each binds given the other."""
    if len(x) > 1:
        a, b = x[: len(x) // 2], x[len(x) // 2 :]
        yield Term(1, a, b, known)
        yield from _bound(a, (*known, *b))
        yield from _bound(b, (*known, *a))


@verb(operands=1, convert=as_joint)
def total_correlation(
    joint: Any,
    /,
    *names: Names,
    given: Names | None = None,
    estimator: Any = None,
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Total correlation: how far variables are from being independent of each other.

    .. math:: TC(X_1, \dots, X_n) = \sum_i H(X_i) - H(X_1, \dots, X_n)
              = D\Bigl(p \,\Big\|\, \prod_i p_i\Bigr)

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    *names : name or tuple of names
        The variables, at least two; a tuple counts as one. All by default.
    given : name or tuple of names, optional
        Variables that are known, in all of the entropies.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        0 where the variables are independent; of two variables their mutual information.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, if there are fewer than two variables, or if a bare
        array is given.

    References
    ----------
    Watanabe (1960), *Information theoretical analysis of multivariate correlation*.

    Examples
    --------
    Three copies of a coin, and three coins of which one says whether the others agree:

    >>> import kullback as kb
    >>> copies = kb.Joint([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]], list("abc"))
    >>> agree = kb.Joint([[[0, 0.25], [0.25, 0]], [[0.25, 0], [0, 0.25]]], list("abc"))
    >>> [round(float(kb.total_correlation(x, unit="bits")), 4) for x in (copies, agree)]
    [2.0, 1.0]
    """
    groups = _asked(joint, "total_correlation", names, given, 2)
    *x, known = range(len(groups))
    terms = tuple(_together(tuple(x), (known,)))
    return sum_of_terms(joint, "total_correlation", groups, terms, estimator)


@verb(operands=1, convert=as_joint)
def dual_total_correlation(
    joint: Any,
    /,
    *names: Names,
    given: Names | None = None,
    estimator: Any = None,
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Dual total correlation: how much of the joint uncertainty is shared.

    .. math:: DTC(X_1, \dots, X_n) = H(X_1, \dots, X_n) - \sum_i H(X_i \mid X_{-i})

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    *names : name or tuple of names
        The variables, at least two; a tuple counts as one. All by default.
    given : name or tuple of names, optional
        Variables that are known, in all of the entropies.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        0 where the variables are independent; of two variables their mutual information.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, if there are fewer than two variables, or if a bare
        array is given.

    References
    ----------
    Han (1978), *Nonnegative entropy measures of multivariate symmetric correlations*.

    Examples
    --------
    Three copies of a coin, and three coins of which one says whether the others agree:

    >>> import kullback as kb
    >>> copies = kb.Joint([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]], list("abc"))
    >>> agree = kb.Joint([[[0, 0.25], [0.25, 0]], [[0.25, 0], [0, 0.25]]], list("abc"))
    >>> [round(float(kb.dual_total_correlation(x, unit="bits")), 4) for x in (copies, agree)]
    [1.0, 2.0]
    """
    groups = _asked(joint, "dual_total_correlation", names, given, 2)
    *x, known = range(len(groups))
    terms = tuple(_bound(tuple(x), (known,)))
    return sum_of_terms(joint, "dual_total_correlation", groups, terms, estimator)


@verb(operands=1, convert=as_joint)
def co_information(
    joint: Any,
    /,
    *names: Names,
    given: Names | None = None,
    estimator: Any = None,
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Co-information: what all variables share, less what only shows when others are known.

    .. math:: I(X; Y; Z) = I(X; Y) - I(X; Y \mid Z), \qquad
              I(X_1; \dots; X_n) = -\sum_{S \ne \emptyset} (-1)^{|S|} H(X_S)

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    *names : name or tuple of names
        The variables, at least two; a tuple counts as one. All by default. The work doubles with
        each.
    given : name or tuple of names, optional
        Variables that are known, in all of the entropies.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        Of three variables positive where they are redundant, negative where they are synergistic.
        The interaction information of some authors is this times -1 for an odd number of
        variables. Of two variables it is their mutual information.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, if there are fewer than two variables, or if a bare
        array is given.

    References
    ----------
    McGill (1954), *Multivariate information transmission*; Bell (2003), *The co-information
    lattice*.

    Examples
    --------
    Three copies of a coin, and three coins of which one says whether the others agree:

    >>> import kullback as kb
    >>> copies = kb.Joint([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]], list("abc"))
    >>> agree = kb.Joint([[[0, 0.25], [0.25, 0]], [[0.25, 0], [0, 0.25]]], list("abc"))
    >>> [round(float(kb.co_information(x, unit="bits")), 4) for x in (copies, agree)]
    [1.0, -1.0]
    """
    groups = _asked(joint, "co_information", names, given, 2)
    first, second, *others, known = range(len(groups))
    terms = tuple(
        Term((-1) ** many, (first,), (second,), (*some, known))
        for many in range(len(others) + 1)
        for some in itertools.combinations(others, many)
    )
    return sum_of_terms(joint, "co_information", groups, terms, estimator)


@verb(operands=1, convert=as_joint)
def o_information(
    joint: Any,
    /,
    *names: Names,
    given: Names | None = None,
    estimator: Any = None,
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""O-information: whether redundancy or synergy prevails among variables.

    .. math:: \Omega(X_1, \dots, X_n) = TC(X_1, \dots, X_n) - DTC(X_1, \dots, X_n)

    Parameters
    ----------
    joint : Joint, Samples, Counts, mapping of columns or dataframe
        A table of named variables, shape (K_1, K_2, ...), or data. The axes of `Counts` are the
        variables 0, 1, ...
    *names : name or tuple of names
        The variables, at least three; a tuple counts as one. All by default.
    given : name or tuple of names, optional
        Variables that are known, in all of the entropies.
    estimator : estimator, optional
        For data; `default_estimator` tells which is used otherwise.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array of shape (), or Estimate
        Positive where redundancy prevails, negative where synergy does. Of three variables it is
        their co-information; of two it would always be 0.

    Raises
    ------
    KullbackError
        If a name is unknown or comes twice, if there are fewer than three variables, or if a bare
        array is given.

    References
    ----------
    Rosas et al. (2019), *Quantifying high-order interdependencies via multivariate extensions of
    the mutual information*.

    Examples
    --------
    Three copies of a coin, and three coins of which one says whether the others agree:

    >>> import kullback as kb
    >>> copies = kb.Joint([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]], list("abc"))
    >>> agree = kb.Joint([[[0, 0.25], [0.25, 0]], [[0.25, 0], [0, 0.25]]], list("abc"))
    >>> [round(float(kb.o_information(x, unit="bits")), 4) for x in (copies, agree)]
    [1.0, -1.0]
    """
    groups = _asked(joint, "o_information", names, given, 3)
    *x, known = range(len(groups))
    terms = (
        *_together(tuple(x), (known,)),
        *(term._replace(sign=-1) for term in _bound(tuple(x), (known,))),
    )
    return sum_of_terms(joint, "o_information", groups, terms, estimator)
