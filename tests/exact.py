"""The measures by their definitions, in mpmath at 50 digits or more, on the exact floats given.

Nothing here knows how the library computes: no series, no rearrangement, no special case but
0 log 0 = 0 and the infinity of a missing outcome.
"""

from __future__ import annotations

import math

from mpmath import exp, inf, log, mpf, sqrt, workdps

DIGITS = 50


def probs(kind, values, num_outcomes=None):
    """Return one row of a kind as exact probabilities."""
    if kind == "labels":
        return [mpf(int(k == values)) for k in range(num_outcomes)]
    values = [x if isinstance(x, mpf) else mpf(float(x)) for x in values]
    if kind == "probs":
        return values
    weights = [exp(x) for x in values]
    total = sum(weights) if kind == "logits" else 1
    return [w / total for w in weights]


def digits(*rows):
    """Return the digits that are needed to see 1 - exp(-range) in rows of logarithms."""
    finite = [abs(x) for row in rows for x in row if math.isfinite(x)]
    return DIGITS + int(2 * max(finite, default=0) / math.log(10))


def entropy(p):
    return cross_entropy(p, p)


def cross_entropy(p, q):
    terms = [(a, b) for a, b in zip(p, q, strict=True) if a > 0]
    return inf if any(b == 0 for _, b in terms) else -sum(a * log(b) for a, b in terms)


def kl_divergence(p, q):
    total = mpf(0)
    for a, b in zip(p, q, strict=True):
        if a > 0 and b == 0:
            return inf
        total += (a * log(a / b) if a > 0 else 0) - a + b
    return total


def jeffreys_divergence(p, q):
    return kl_divergence(p, q) + kl_divergence(q, p)


def jensen_shannon_divergence(p, q, weight=0.5, skew=None):
    w = mpf(weight)
    shares = (1 - w, w) if skew is None else (mpf(skew), mpf(skew))  # of the other side
    sides = zip((w, 1 - w), ((p, q), (q, p)), shares, strict=True)
    return sum(part * kl_divergence(*mixed(*pair, s)) for part, pair, s in sides if part)


def mixed(p, q, share):
    """Return p, and p with a share of q in it."""
    return p, [(1 - share) * a + share * b for a, b in zip(p, q, strict=True)]


def jensen_shannon_distance(p, q):
    return sqrt(jensen_shannon_divergence(p, q))


def perplexity(p, q=None):
    return exp(entropy(p) if q is None else cross_entropy(p, q))


UNARY = (entropy, perplexity)
BINARY = (
    cross_entropy,
    kl_divergence,
    jeffreys_divergence,
    jensen_shannon_divergence,
    jensen_shannon_distance,
    perplexity,
)


def measure(name, kinds, rows, num_outcomes=None, **options):
    """Return a measure of one or two rows, each of its kind, as an exact number."""
    logs = [row for kind, row in zip(kinds, rows, strict=True) if kind in ("logits", "log_probs")]
    with workdps(digits(*logs)):
        tables = [probs(kind, row, num_outcomes) for kind, row in zip(kinds, rows, strict=True)]
        return globals()[name](*tables, **options)


def gradient(name, kinds, rows, side, **options):
    """Return the derivative of a measure by each number of one row, by central differences.

    With steps of 1e-25 at 90 digits they are right to 25 digits and more. At an exact zero of a
    table, and at a logarithm of -inf, the design defines the derivative as 0.
    """
    step = mpf(10) ** -25

    def moved(k, by):
        row = [mpf(float(x)) for x in rows[side]]
        row[k] += by
        changed = [row if i == side else rows[i] for i in range(len(rows))]
        tables = [probs(kind, row, None) for kind, row in zip(kinds, changed, strict=True)]
        return globals()[name](*tables, **options)

    nothing = 0 if kinds[side] == "probs" else -math.inf
    with workdps(90):
        return [
            mpf(0) if x == nothing else (moved(k, step) - moved(k, -step)) / (2 * step)
            for k, x in enumerate(rows[side])
        ]
