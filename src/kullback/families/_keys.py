"""Answers kept by the values of the laws they are of, without keeping what the laws are made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields
from functools import wraps
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import ref

import numpy as np

from kullback.families.abstract import AbstractFamily

__all__ = ["kept_by_value"]

F = TypeVar("F", bound=Callable[..., Any])


def kept_by_value(size: int) -> Callable[[F], F]:
    """Keep the last answers of a function of single laws of NumPy and of numbers.

    Two laws are the same if their parameters are, so that copies share an answer. What is no
    array, as another library's law, is known weakly: an answer keeps no user's data alive.
    """

    def keep(function: F) -> F:
        answers: OrderedDict[Hashable, Any] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def run(*given: Any) -> Any:
            key = tuple(map(_key, given))
            with lock:
                if key in answers:
                    answers.move_to_end(key)
                    return answers[key]
            answer = function(*given)
            with lock:
                answers[key] = answer
                while len(answers) > size:
                    answers.popitem(last=False)
            return answer

        return cast("F", run)

    return keep


def _key(x: Any) -> Hashable:
    if isinstance(x, AbstractFamily):
        return type(x), *(_key(getattr(x, f.name)) for f in fields(cast("Any", x)))
    if isinstance(x, (tuple, list)):
        return tuple(map(_key, x))
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.str, x.shape, x.tobytes()
    return x if x is None or isinstance(x, (int, float, str)) else ref(x)
