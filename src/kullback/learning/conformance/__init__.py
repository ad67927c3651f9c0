"""Whether a library's losses are right where losses go wrong: cases, and a way to ask them.

Write an `Adapter` with the losses that a library has, or a `TorchAdapter` or `JaxAdapter`, and
`check` it. Every case says what is asked, what is right and how exact an answer must be. The cases
and the decisions behind them are in `kullback.learning.conformance.cases`.
"""

from kullback.learning.conformance.adapters import (
    Adapter,
    JaxAdapter,
    TorchAdapter,
    offer_only,
)
from kullback.learning.conformance.cases import CASES, Case, Tolerance
from kullback.learning.conformance.definitions import Answer
from kullback.learning.conformance.libraries import installed
from kullback.learning.conformance.run import Verdict, check

__all__ = [
    "CASES",
    "Adapter",
    "Answer",
    "Case",
    "JaxAdapter",
    "Tolerance",
    "TorchAdapter",
    "Verdict",
    "check",
    "installed",
    "offer_only",
]
