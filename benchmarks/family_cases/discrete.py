"""Laws on the integers.

The truth is the textbook's formula with more digits than cancel in it. Where there is none it is
the sum over all integers that matter, of the masses as they are defined. A bell much wider than 1
is summed over every tenth of its width: by Poisson's formula that changes nothing before the
hundredth digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
from mpmath import mpf

from family_cases.case import Case
from kullback.families import (
    Bernoulli,
    Binomial,
    DiscreteUniform,
    Geometric,
    NegativeBinomial,
    Poisson,
    Zipf,
)

__all__ = ["CASES"]

Law = Any
DIGITS = 150
# Enough for masses of 1e15 trials, whose factorials have a logarithm of 1e17.
SUM_DIGITS = 50
FEW_DIGITS = 35
NOTHING = mpf(10) ** -30


def numbers(law: Law) -> list[Any]:
    """Return the parameters as exact numbers."""
    return [mpf(float(x)) for x in law.parameters.values()]


def log_or_zero(x: Any) -> Any:
    """Return log x, and -inf at 0."""
    return mp.log(x) if x > 0 else -mp.inf


def times_log(x: Any, y: Any) -> Any:
    """Return x log y, and 0 where x is 0."""
    return x * log_or_zero(y) if x else mpf(0)


# ---------------------------------------------------------------- sums


def log_ways(n: Any, k: Any) -> Any:
    """Return the logarithm of the binomial coefficient."""
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def log_mass(law: Law, x: int) -> Any:
    """Return the logarithm of P(x), and -inf where it is 0."""
    if isinstance(law, Poisson):
        (r,) = numbers(law)
        return x * mp.log(r) - r - mp.loggamma(x + 1)
    if isinstance(law, Binomial):
        n, p = numbers(law)
        return log_ways(n, x) + times_log(x, p) + times_log(n - x, 1 - p) if x <= n else -mp.inf
    r, p = numbers(law)
    return log_ways(x + r - 1, x) + r * mp.log(p) + times_log(x, 1 - p)


def ratios(law: Law) -> Callable[[int], Any]:
    """Return the function of x that is P(x + 1)/P(x)."""
    if isinstance(law, Poisson):
        (r,) = numbers(law)
        return lambda x: r / (x + 1)
    n, p = numbers(law)
    if isinstance(law, Binomial):
        odds = p / (1 - p)
        return lambda x: (n - x) / (x + 1) * odds
    return lambda x: (x + n) / (x + 1) * (1 - p)


def shape(law: Law) -> tuple[Any, Any, Any]:
    """Return mean, standard deviation, and the last integer that is possible."""
    if isinstance(law, Poisson):
        (r,) = numbers(law)
        return r, mp.sqrt(r), mp.inf
    n, p = numbers(law)
    if isinstance(law, Binomial):
        return n * p, mp.sqrt(n * p * (1 - p)), n
    return n * (1 - p) / p, mp.sqrt(n * (1 - p)) / p, mp.inf


def summed(law: Law, term: Callable[[int, Any], Any]) -> Any:
    """Return the sum of P(x) term(x, log P(x)) over all integers that matter."""
    mean, std, last = shape(law)
    if 20 * std < min(mean, last - mean):
        step = max(1, int(std / 10))
        places = range(int(mean - 14 * std), int(mean + 14 * std), step)
        masses = ((x, log_mass(law, x)) for x in places)
        return step * sum(mp.exp(log_p) * term(x, log_p) for x, log_p in masses)
    x = max(0, int(mean - 40 * std - 100))
    log_p = log_mass(law, x)
    with mp.workdps(FEW_DIGITS):
        ratio = ratios(law)
        mass = mp.exp(log_p)
        total = before = mpf(0)
        while mass >= NOTHING * before:
            total += mass * term(x, log_p)
            if x >= last:
                break
            before = max(before, mass)
            step = ratio(x)
            log_p += mp.log(step)
            mass *= step
            x += 1
    return total


def sum_entropy(p: Law, _: Law) -> Any:
    """Return the mean of -log P."""
    if 1 in numbers(p)[1:] or (isinstance(p, Binomial) and 0 in numbers(p)):
        return mpf(0)
    with mp.workdps(SUM_DIGITS):
        return summed(p, lambda _, log_p: -log_p)


def sum_kl(p: Law, q: Law) -> Any:
    """Return the mean of log P/Q."""
    with mp.workdps(SUM_DIGITS):
        return summed(p, lambda x, log_p: log_p - log_mass(q, x))


# ---------------------------------------------------------------- textbook formulas


def trial_entropy(p: Any) -> Any:
    """Return that of a coin."""
    return -times_log(p, p) - times_log(1 - p, 1 - p)


def trial_kl(p: Any, q: Any) -> Any:
    """Return that of two coins."""
    return times_log(p, p) - times_log(p, q) + times_log(1 - p, 1 - p) - times_log(1 - p, 1 - q)


def log_trial_powers(p: Any, q: Any, order: Any) -> Any:
    """Return the logarithm of the sum of p^order q^(1 - order)."""
    pairs = [(a, b) for a, b in ((p, q), (1 - p, 1 - q)) if a > 0 and (b > 0 or order > 1)]
    if any(b == 0 for _, b in pairs):
        return mp.inf
    return log_or_zero(sum(a**order * b ** (1 - order) for a, b in pairs))


def log_zeta_slope(s: Any) -> Any:
    """Return the derivative of log zeta."""
    return mp.zeta(s, derivative=1) / mp.zeta(s)


def closed_entropy(p: Law, _: Law) -> Any:
    """Return the entropy by its formula."""
    values = numbers(p)
    if isinstance(p, Bernoulli):
        return trial_entropy(*values)
    if isinstance(p, Geometric):
        return trial_entropy(*values) / values[0]
    if isinstance(p, DiscreteUniform):
        return mp.log(values[1] - values[0] + 1)
    (s,) = values
    return mp.log(mp.zeta(s)) - s * log_zeta_slope(s)


def closed_kl(p: Law, q: Law) -> Any:
    """Return the divergence by its formula; of equal trials, and of equal successes."""
    a, b = numbers(p), numbers(q)
    if isinstance(p, Bernoulli):
        return trial_kl(a[0], b[-1])
    if isinstance(p, Binomial):
        return a[0] * trial_kl(a[1], b[-1])
    if isinstance(p, Geometric):
        return trial_kl(a[0], b[-1]) / a[0]
    if isinstance(p, NegativeBinomial):
        return a[0] * trial_kl(a[1], b[-1]) / a[1]
    if isinstance(p, Poisson):
        return a[0] * mp.log(a[0] / b[0]) - a[0] + b[0]
    if isinstance(p, DiscreteUniform):
        inside = b[0] <= a[0] and a[1] <= b[1]
        return mp.log((b[1] - b[0] + 1) / (a[1] - a[0] + 1)) if inside else mp.inf
    return mp.log(mp.zeta(b[0])) - mp.log(mp.zeta(a[0])) - (b[0] - a[0]) * log_zeta_slope(a[0])


def closed_renyi(p: Law, q: Law, order: float) -> Any:
    """Return the logarithm of the sum of powers, over order - 1."""
    a, b = numbers(p), numbers(q)
    if math.isinf(order):
        return largest_ratio(p, q)
    t = mpf(order)
    rest = 1 - t
    if isinstance(p, Bernoulli):
        log_sum = log_trial_powers(a[0], b[0], t)
    elif isinstance(p, Binomial):
        log_sum = a[0] * log_trial_powers(a[1], b[1], t)
    elif isinstance(p, (Geometric, NegativeBinomial)):
        x, y = a[-1], b[-1]
        fails = (1 - x) ** t * (1 - y) ** rest if x < 1 else mpf(0)
        if fails >= 1:
            return mp.inf
        count = a[0] if isinstance(p, NegativeBinomial) else 1
        log_sum = count * mp.log(x**t * y**rest / (1 - fails))
    elif isinstance(p, Poisson):
        log_sum = a[0] ** t * b[0] ** rest - t * a[0] - rest * b[0]
    elif isinstance(p, DiscreteUniform):
        overlap = min(a[1], b[1]) - max(a[0], b[0]) + 1
        if overlap <= 0 or (t > 1 and overlap < a[1] - a[0] + 1):
            return mp.inf
        sizes = (x[1] - x[0] + 1 for x in (a, b))
        log_sum = mp.log(overlap) - sum(
            w * mp.log(n) for w, n in zip((t, rest), sizes, strict=True)
        )
    else:
        mixed = t * a[0] + rest * b[0]
        if mixed <= 1:
            return mp.inf
        log_zetas = [mp.log(mp.zeta(x)) for x in (mixed, a[0], b[0])]
        log_sum = log_zetas[0] - t * log_zetas[1] - rest * log_zetas[2]
    return log_sum / (t - 1)


def largest_ratio(p: Law, q: Law) -> Any:
    """Return the logarithm of the largest P/Q."""
    a, b = numbers(p), numbers(q)
    if isinstance(p, Bernoulli):
        pairs = ((a[0], b[0]), (1 - a[0], 1 - b[0]))
        return max(log_or_zero(x) - log_or_zero(y) for x, y in pairs if x > 0)
    if isinstance(p, Geometric):
        return mp.log(a[0] / b[0]) if a[0] >= b[0] else mp.inf
    if isinstance(p, Poisson):
        return b[0] - a[0] if a[0] <= b[0] else mp.inf
    return mp.log(mp.zeta(b[0]) / mp.zeta(a[0])) if a[0] >= b[0] else mp.inf


# ---------------------------------------------------------------- cases


def with_digits(truth: Callable[..., Any], **options: Any) -> Callable[[Law, Law], Any]:
    """Evaluate a definition with many digits."""

    def run(p: Law, q: Law) -> Any:
        with mp.workdps(DIGITS):
            value = truth(p, q, **options)
            return value if abs(value) > mpf(10) ** (20 - DIGITS) else mpf(0)

    return run


def described(law: Law) -> str:
    """Return the law with its parameters, as in Poisson(30000)."""
    shown = ", ".join(f"{float(x):.15g}" for x in law.parameters.values())
    return f"{type(law).__name__}({shown})"


def entropies(truth: Callable[..., Any], laws: list[Law]) -> list[Case]:
    """Return a case for each law."""
    return [Case(described(p), "entropy", p, None, with_digits(truth)) for p in laws]


def divergences(truth: Callable[..., Any], pairs: list[tuple[Law, Law]]) -> list[Case]:
    """Return a case for each pair."""
    return [
        Case(f"{described(p)} || {described(q)}", "kl_divergence", p, q, with_digits(truth))
        for p, q in pairs
    ]


def orders(pairs: list[tuple[Law, Law, float]]) -> list[Case]:
    """Return a case for each pair and order."""
    return [
        Case(
            f"{described(p)} || {described(q)}, order {order:.10g}",
            "renyi_divergence",
            p,
            q,
            with_digits(closed_renyi, order=order),
            {"order": order},
        )
        for p, q, order in pairs
    ]


def coin(p: float) -> Bernoulli:
    """Return a law of Bernoulli's."""
    return Bernoulli(probability=p)


def binomial(n: float, p: float) -> Binomial:
    """Return a binomial law."""
    return Binomial(trials=float(n), probability=p)


def geometric(p: float) -> Geometric:
    """Return a geometric law."""
    return Geometric(probability=p)


def poisson(rate: float) -> Poisson:
    """Return a law of Poisson's."""
    return Poisson(rate=rate)


def negative(r: float, p: float) -> NegativeBinomial:
    """Return a negative binomial law."""
    return NegativeBinomial(successes=r, probability=p)


def zipf(s: float) -> Zipf:
    """Return a law of Zipf's."""
    return Zipf(exponent=s)


def uniform(low: float, high: float) -> DiscreteUniform:
    """Return a discrete uniform law."""
    return DiscreteUniform(low=float(low), high=float(high))


CLOSED_ENTROPIES = [
    *(coin(p) for p in (0.0, 1e-100, 1e-20, 0.3, 0.5, 1.0 - 2.0**-33, 1.0)),
    *(geometric(p) for p in (1e-30, 1e-10, 0.5, 1.0 - 2.0**-40, 1.0)),
    *(zipf(s) for s in (1.0 + 2.0**-20, 1.0001, 1.05, 1.5, 2.0, 5.0, 30.0, 100.0)),
    *(uniform(*ends) for ends in ((1, 6), (0, 0), (-5, 2**40))),
]
SUM_ENTROPIES = [
    *(poisson(r) for r in (1e-10, 0.5, 3.0, 20.0, 1000.0, 30_000.0, 1e5, 1.001e5, 1e6, 1e12, 1e15)),
    *(binomial(n, 0.3) for n in (0, 1, 10, 1000, 1e9, 1e15)),
    binomial(1, 1e-20),
    binomial(50, 0.01),
    binomial(6e5, 0.7887),
    binomial(1e5, 1e-4),
    binomial(1e5, 0.9999),
    binomial(7, 1.0),
    negative(2.0, 0.001),
    negative(0.5, 0.1),
    negative(1e-6, 0.2),
    negative(3.0, 0.9999),
    negative(3.0, 1.0),
    negative(4e5, 0.1),
    negative(4.01e5, 0.1),
    negative(1e6, 0.5),
    negative(1e12, 0.001),
]
PAIRS = [
    (coin(0.5), coin(0.25)),
    (coin(0.3), coin(0.3 + 1e-9)),
    (coin(1e-20), coin(1.0000001e-20)),
    (coin(1e-20), coin(0.5)),
    (coin(0.5), coin(1e-300)),
    (coin(0.0), coin(0.3)),
    (coin(0.0), coin(1e-10)),
    (coin(1.0), coin(0.3)),
    (coin(0.3), coin(0.0)),
    (coin(1.0 - 2.0**-33), coin(1.0 - 2.0**-32)),
    (coin(1e-10), coin(1.0 - 2.0**-33)),
    (binomial(10, 0.5), binomial(10, 0.25)),
    (binomial(1e9, 0.3), binomial(1e9, 0.3000001)),
    (binomial(1e15, 1e-10), binomial(1e15, 1.001e-10)),
    (binomial(0, 0.3), binomial(0, 0.0)),
    (coin(0.3), binomial(1, 0.4)),
    (geometric(0.5), geometric(0.25)),
    (geometric(1e-10), geometric(1.00001e-10)),
    (geometric(1.0), geometric(0.3)),
    (geometric(1e-20), geometric(0.5)),
    (geometric(0.5), geometric(1e-20)),
    (geometric(1.0 - 2.0**-33), geometric(0.5)),
    (geometric(0.3), negative(1.0, 0.2)),
    (poisson(3.0), poisson(4.0)),
    (poisson(1e12), poisson(1e12 + 1e3)),
    (poisson(30_000.0), poisson(30_001.0)),
    (poisson(1e15), poisson(1.0000001e15)),
    (poisson(1e-10), poisson(5.0)),
    (poisson(5.0), poisson(1e-10)),
    (poisson(1e-20), poisson(1.000001e-20)),
    (negative(2.0, 0.5), negative(2.0, 0.25)),
    (negative(2.0, 0.001), negative(2.0, 0.001001)),
    (negative(1e6, 0.5), negative(1e6, 0.5000001)),
    (negative(0.1, 1e-10), negative(0.1, 2e-10)),
    (zipf(2.0), zipf(3.0)),
    (zipf(2.0), zipf(2.00000001)),
    (zipf(1.05), zipf(1.0500001)),
    (zipf(1.0001), zipf(1.00015)),
    (zipf(1.0001), zipf(5.0)),
    (zipf(5.0), zipf(1.0001)),
    (zipf(40.0), zipf(40.5)),
    (zipf(2.0), zipf(100.0)),
    (uniform(1, 2), uniform(1, 6)),
    (uniform(1, 6), uniform(1, 2)),
    (uniform(0, 2**40), uniform(-1, 2**40)),
]
SUM_PAIRS = [
    (binomial(10, 0.3), binomial(20, 0.2)),
    (binomial(20, 0.2), binomial(10, 0.3)),
    (binomial(1000, 0.3), binomial(1001, 0.3)),
    (negative(2.0, 0.3), negative(3.0, 0.4)),
    (negative(2.0, 0.3), negative(2.001, 0.3)),
]
ORDERS = [
    (coin(0.5), coin(0.25), 0.5),
    (coin(0.3), coin(0.3 + 1e-9), 2.0),
    (coin(0.5), coin(0.25), math.inf),
    (binomial(1e9, 0.3), binomial(1e9, 0.3000001), 0.5),
    (geometric(0.5), geometric(0.25), 0.5),
    (geometric(0.5), geometric(0.25), 2.0),
    (geometric(0.25), geometric(0.5), 2.0),
    (geometric(0.25), geometric(0.5), 1.25),
    (geometric(1e-10), geometric(1.00001e-10), 0.5),
    (geometric(1e-10), geometric(1.00001e-10), 3.0),
    (geometric(1e-10), geometric(1e-3), 0.5),
    (geometric(1e-3), geometric(1e-10), 20.0),
    (geometric(1.0), geometric(0.3), 0.5),
    (geometric(1.0), geometric(0.3), 3.0),
    (geometric(0.3), geometric(1.0), 0.5),
    (geometric(0.5), geometric(0.25), math.inf),
    (poisson(3.0), poisson(4.0), 0.5),
    (poisson(3.0), poisson(4.0), 2.0),
    (poisson(4.0), poisson(3.0), math.inf),
    (poisson(1e12), poisson(1e12 + 1e3), 0.5),
    (poisson(1e12), poisson(1e12 + 1e3), 1.0 + 2.0**-20),
    (poisson(1e-10), poisson(5.0), 0.25),
    (negative(2.0, 0.001), negative(2.0, 0.001001), 0.5),
    (zipf(2.0), zipf(3.0), 0.5),
    (zipf(2.0), zipf(3.0), 1.5),
    (zipf(2.0), zipf(3.0), 2.0),
    (zipf(1.05), zipf(1.0500001), 0.5),
    (zipf(3.0), zipf(2.0), math.inf),
    (uniform(1, 6), uniform(2, 9), 0.5),
]
CASES = [
    *entropies(closed_entropy, CLOSED_ENTROPIES),
    *entropies(sum_entropy, SUM_ENTROPIES),
    *divergences(closed_kl, PAIRS),
    *divergences(sum_kl, SUM_PAIRS),
    *orders(ORDERS),
]
