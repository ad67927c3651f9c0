"""Verbs and rules: how a function named by the textbook knows what to do with a kind.

A verb is an ordinary function. Its rules hang on it, one for each kind or pair of kinds that
needs its own; the nearest types win, as in `functools.singledispatch`, for one or two operands.
Anyone may add a verb or a rule: those of the library have no other rights.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

from kullback._array import is_numpy
from kullback._kernels.choice import choose
from kullback.errors import KullbackError, NoRuleError
from kullback.estimate import Estimate
from kullback.kinds import AbstractDistribution, AbstractFinite, Probs, as_distribution
from kullback.kinds.convert import is_distribution
from kullback.kinds.labels import refuse_misaligned
from kullback.units import as_unit

__all__ = ["kernel_for", "no_rule", "operand", "rule", "rule_for", "verb"]

F = TypeVar("F", bound=Callable[..., Any])
Rule = Callable[..., Any]


class _Rules:
    """The rules of one verb, and which of them each tuple of types was given."""

    def __init__(self, generic: Rule, operands: int) -> None:
        self.name = generic.__name__
        self.operands = operands
        self.signature = inspect.signature(generic)
        self.rules: dict[tuple[type, ...], Rule] = {(object,) * operands: generic}
        self.chosen: dict[tuple[type, ...], Rule] = {}

    def add(self, kinds: tuple[type, ...], function: Rule) -> None:
        if len(kinds) != self.operands:
            raise KullbackError("verb.kinds", verb=self.name, needed=self.operands, got=len(kinds))
        for other in self.rules:
            meet = _meet(kinds, other)
            if meet not in (None, kinds, other) and meet not in self.rules:
                raise KullbackError(
                    "verb.ambiguous", verb=self.name, new=_names(kinds), old=_names(other)
                )
        self.rules[kinds] = function
        self.chosen.clear()

    def choose(self, kinds: tuple[type, ...]) -> Rule:
        function = self.chosen.get(kinds)
        if function is None:
            lines = (kind.__mro__ for kind in kinds)
            # Sorted by the sum of steps up; `add` has refused whatever could tie.
            paths = sorted(
                itertools.product(*(enumerate(line) for line in lines)),
                key=lambda path: sum(step for step, _ in path),
            )
            found = (tuple(kind for _, kind in path) for path in paths)
            function = next(self.rules[kinds] for kinds in found if kinds in self.rules)
            self.chosen[kinds] = function
        return function


def _meet(a: tuple[type, ...], b: tuple[type, ...]) -> tuple[type, ...] | None:
    """Return the kinds that both rules match most closely, or None if they never meet."""
    nearest = []
    for x, y in zip(a, b, strict=True):
        if not (issubclass(x, y) or issubclass(y, x)):
            return None
        nearest.append(x if issubclass(x, y) else y)
    return tuple(nearest)


def _names(kinds: tuple[type, ...]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


def verb(
    operands: int, *, after: int = 0, convert: Callable[..., AbstractDistribution] = as_distribution
) -> Callable[[F], F]:
    """Turn a function into a verb: it answers by the rule for the kinds of its operands.

    Parameters
    ----------
    operands : int
        How many operands choose the rule, 1 or 2.
    after : int, default 0
        How many ordinary arguments stand before them, such as the samples x of `log_likelihood`.
    convert : callable, default as_distribution
        What makes an operand a distribution.

    Returns
    -------
    callable
        A decorator. The function under it is the rule of last resort. It must take its operands
        by position; where it has the options ``axis`` and ``unit`` the verb serves them: bare
        arrays become `Probs` with their outcomes on that axis, and what a rule answers in nats
        is converted once.

    Raises
    ------
    NoRuleError
        By the verb, where no rule fits and the function under it is not defined for the kinds.

    Examples
    --------
    >>> import kullback as kb
    >>> @kb.verb(operands=1)
    ... def support_size(p, /, *, axis=-1):
    ...     return (p.probs > 0).sum()
    >>> int(support_size([0.5, 0.5, 0.0]))
    2
    """

    def decorate(generic: F) -> F:
        rules = _Rules(generic, operands)
        options = {
            name: parameter.default
            for name, parameter in rules.signature.parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }
        required = {name for name, default in options.items() if default is inspect.Parameter.empty}
        arity = operands + after
        parameters = rules.signature.parameters.values()
        named = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
        places = len(parameters) - len(options) - named
        least = sum(p.default is p.empty for p in list(parameters)[:places])
        most = math.inf if named else places
        names = tuple(rules.signature.parameters)[after:arity]

        @functools.wraps(generic)
        def call(*args: Any, **given: Any) -> Any:
            told = required <= given.keys() <= options.keys()
            if not (told and least <= len(args) <= most):
                rules.signature.bind(*args, **given)  # raises Python's own TypeError
            unit = as_unit(given.pop("unit", options["unit"])) if "unit" in options else None
            bare = args[after:arity]
            _refuse_swapped(rules, args[:after])
            axis = given.pop("axis", -1)
            if operands == 2:
                refuse_misaligned(names, bare, axis)
            if axis != -1 and all(isinstance(a, AbstractDistribution) for a in bare):
                raise KullbackError("verb.axis", axis=axis)
            kinds = tuple(
                operand(x, name, axis, check=False, convert=convert)
                for x, name in zip(bare, names, strict=True)
            )
            function = rules.choose(tuple(map(type, kinds)))
            fused = getattr(function, "checks", False)
            _verify(names, bare, kinds, later=fused)
            asked = {k: value for k, value in given.items() if value is not None or k in required}
            if asked:
                _refuse_unknown(rules.name, function, asked, kinds)
            if named and len(args) > arity:
                _refuse_names(rules.name, function, kinds)
            result = function(*args[:after], *kinds, *args[arity:], **asked)
            if unit is None:
                return result
            return result.to(unit) if isinstance(result, Estimate) else unit.from_nats(result)

        call.rules = rules  # type: ignore[attr-defined]
        return cast("F", call)

    return decorate


def operand(
    x: Any,
    name: str,
    axis: int = -1,
    *,
    check: bool = True,
    convert: Callable[..., AbstractDistribution] = as_distribution,
) -> AbstractDistribution:
    """Convert one operand, and call it by its own name if something is wrong with it."""
    try:
        return convert(x, axis=axis, check=check)
    except KullbackError as error:
        values = dict(error.values)
        called = str(values.get("name", ""))
        if called == "p" or called.startswith("p["):  # not a parameter such as "probability"
            values["name"] = name + called.removeprefix("p")
        raise KullbackError(error.key, **values) from None


def _verify(
    names: tuple[str, ...], bare: tuple[Any, ...], kinds: tuple[Any, ...], *, later: bool
) -> None:
    """Check the probabilities that came as bare arrays; kernels of NumPy do it themselves."""
    later = later and is_numpy(*bare)
    for name, x, kind in zip(names, bare, kinds, strict=True):
        if kind is x or not isinstance(kind, Probs):
            continue
        if later:
            object.__setattr__(kind, "pending", True)
        else:
            kind.verify(name)


def _refuse_swapped(rules: _Rules, samples: tuple[Any, ...]) -> None:
    """Say so if a distribution stands where samples are needed."""
    for x in samples:
        if is_distribution(x):
            names = ", ".join(list(rules.signature.parameters)[: rules.operands + len(samples)])
            got = type(x).__name__
            raise KullbackError("verb.swapped", verb=rules.name, got=got, names=names)


def _refuse_unknown(name: str, function: Rule, asked: dict[str, Any], kinds: tuple) -> None:
    """Say so if a rule has no use for an option, such as an estimator for exact probabilities."""
    for option in asked:
        if option not in inspect.signature(function).parameters:
            shown = _names(tuple(map(type, kinds)))
            raise KullbackError("verb.option", verb=name, option=option, kinds=shown)


def _refuse_names(name: str, function: Rule, kinds: tuple) -> None:
    """Say so if a rule has no use for what stands after the operands: names of variables."""
    parameters = inspect.signature(function).parameters.values()
    if all(p.kind is not inspect.Parameter.VAR_POSITIONAL for p in parameters):
        shown = _names(tuple(map(type, kinds)))
        raise KullbackError("verb.option", verb=name, option="names", kinds=shown)


def rule(
    function: Callable[..., Any], *kinds: type, kernel: str | None = None, checks: bool = False
) -> Callable[[F], F]:
    """Register what a verb does for these kinds of operands.

    Parameters
    ----------
    function : verb
        What to extend.
    *kinds : type
        One class for each operand; subclasses are included unless they have a nearer rule.
    kernel : str, optional
        The name of the kernel that does the work, for `kernel_for`.
    checks : bool, default False
        Whether the rule itself refuses NumPy's arrays that are no probabilities: then a verb
        leaves that to it.

    Returns
    -------
    callable
        A decorator that registers the function under it and returns it. A rule answers in nats.

    Raises
    ------
    KullbackError
        If the number of kinds is wrong, or if some operands would match this rule and an older
        one equally well.

    Examples
    --------
    >>> import kullback as kb
    >>> class Coin(kb.AbstractDistribution):
    ...     pass
    >>> @kb.rule(kb.entropy, Coin)
    ... def _(coin):
    ...     return 0.6931471805599453
    >>> kb.entropy(Coin(), unit="bits")
    1.0
    """

    def register(implementation: F) -> F:
        _rules_of(function).add(kinds, implementation)
        if kernel is not None:
            implementation.kernel = kernel  # type: ignore[attr-defined]
        if checks:
            implementation.checks = checks  # type: ignore[attr-defined]
        return implementation

    return register


def rule_for(function: Callable[..., Any], *kinds: type) -> Callable[..., Any]:
    """Return the function that a verb would run for these kinds.

    Parameters
    ----------
    function : verb
        Any verb.
    *kinds : type
        One class for each operand.

    Returns
    -------
    callable
        The registered rule, or the function of last resort.

    Raises
    ------
    KullbackError
        If `function` is no verb.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.rule_for(kb.kl_divergence, kb.Logits, kb.Logits).__name__
    'logits_from_logits'
    """
    return _rules_of(function).choose(kinds)


def kernel_for(function: Callable[..., Any], /, *operands: Any, axis: int = -1) -> Rule:
    """Return the kernel that a verb would run for these operands.

    Parameters
    ----------
    function : verb
        Any verb whose rule for these kinds is a sum over their tables.
    *operands : distribution or array
        What the verb would be called with: library and size decide.
    axis : int, default -1
        Where the outcomes of bare arrays are.

    Returns
    -------
    callable
        A function of `kullback._kernels.generic`, which runs on every array library, or of
        ``numpy``, for NumPy's arrays, or of ``numba``, for large ones under the extra ``fast``.

    Raises
    ------
    KullbackError
        If `function` is no verb, or if its rule has no kernel.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.kernel_for(kb.kl_divergence, [0.5, 0.5], [0.25, 0.75]).__module__
    'kullback._kernels.numpy'
    """
    rules = _rules_of(function)
    if len(operands) != rules.operands:
        got = len(operands)
        raise KullbackError("verb.operands", verb=rules.name, needed=rules.operands, got=got)
    kinds = tuple(as_distribution(x, axis=axis) for x in operands)
    kernel = getattr(rule_for(function, *map(type, kinds)), "kernel", None)
    if kernel is None:
        shown = _names(tuple(map(type, kinds)))
        raise KullbackError("verb.no_kernel", verb=rules.name, kinds=shown)
    return choose(kernel, *(kind.values for kind in kinds if isinstance(kind, AbstractFinite)))


def _rules_of(function: Callable[..., Any]) -> _Rules:
    rules = getattr(function, "rules", None)
    if not isinstance(rules, _Rules):
        raise KullbackError("verb.none", got=getattr(function, "__name__", repr(function)))
    return rules


def no_rule(function: str, *operands: Any) -> NoRuleError:
    """Return the error for kinds that a verb cannot answer for."""
    return NoRuleError("verb.no_rule", verb=function, kinds=_names(tuple(map(type, operands))))
