"""The one exception of the library. Its texts live in `kullback.strings`, written once."""

from __future__ import annotations

from typing import Any, Literal

from kullback import strings

__all__ = ["CallError", "KullbackError", "NoRuleError"]


class KullbackError(ValueError):
    """What came, what was needed and, in `hint`, what to do next.

    Parameters
    ----------
    key : str
        The entry of `kullback.strings` that holds the text, without its ``error.`` prefix.
    **values
        What the text names: the argument, the offending value, its place.

    Examples
    --------
    >>> import kullback as kb
    >>> try:
    ...     kb.entropy([0.5, 0.45])
    ... except kb.KullbackError as error:
    ...     print(error.text())
    p sums to 0.95, not 1 (0.05 short)
    """

    def __init__(self, key: str, /, **values: Any) -> None:
        self.key = key
        self.values = values
        super().__init__(self.text())
        if self.hint:
            self.add_note(f"hint: {self.hint}")

    def text(self, lang: str = "en") -> str:
        """What is wrong, in English or Chinese."""
        return strings.text(f"error.{self.key}", lang, **self.values)

    def advice(self, lang: str = "en", surface: Literal["python", "cli"] = "python") -> str:
        """What to do about it; the command line has its own words where a call differs."""
        own = f"error.{self.key}.hint.{surface}"
        key = own if strings.has(own) else f"error.{self.key}.hint"
        return strings.text(key, lang, **self.values) if strings.has(key) else ""

    @property
    def hint(self) -> str:
        """What to do next, for a caller in Python."""
        return self.advice()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.key, self.values))


class CallError(KullbackError, TypeError):
    """A function was called with arguments that it does not take, or without one that it needs.

    Parameters
    ----------
    key : str
        As for `KullbackError`.
    **values
        Likewise.

    Examples
    --------
    >>> import kullback as kb
    >>> try:
    ...     kb.entropy([0.5, 0.5], base=2)
    ... except TypeError as error:
    ...     print(error.text())
    ...     print(error.hint)
    entropy() got an unexpected keyword argument 'base', which is unit= here
    The options are: given, estimator, samples, rng, axis, unit.
    """


class NoRuleError(KullbackError):
    """A verb was given kinds that it has no rule for.

    Parameters
    ----------
    key : str
        As for `KullbackError`.
    **values
        Likewise.

    Examples
    --------
    >>> import kullback as kb
    >>> try:
    ...     kb.jensen_shannon_divergence(kb.Counts([1, 2]), [0.5, 0.5])
    ... except kb.NoRuleError as error:
    ...     print(error.text())
    jensen_shannon_divergence has no rule for Counts, Probs
    """


def _rebuild(kind: type[KullbackError], key: str, values: dict[str, Any]) -> KullbackError:
    return kind(key, **values)
