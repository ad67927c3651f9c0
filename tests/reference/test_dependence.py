"""Measures of several variables against their definitions in mpmath, and against textbooks."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import exact_joint as exact
import numpy as np
import pytest
from mpmath import mpf

import kullback as kb

# What these measures promise for float64.
RELATIVE = 1e-13
# Twice the precision: what two numbers differ by below this share of them is not seen.
UNSEEN = 32 * 2.0**-104


def normalised(table):
    return table / table.sum()


def tables(shape):
    """Yield tables of two variables, ordinary and nasty."""
    rng = np.random.default_rng(math.prod(shape))
    yield "random", rng.dirichlet(np.ones(math.prod(shape))).reshape(shape)
    sparse = rng.random(shape) * (rng.random(shape) < 0.4)
    sparse[0, 0] = 1.0
    yield "sparse", normalised(sparse)
    for size in (1e-3, 1e-6, 1e-9):
        yield f"near uniform, {size}", normalised(1 + size * rng.standard_normal(shape))
    sure = 1e-12 * rng.random(shape)
    sure[0, 0] = 1.0
    yield "nearly certain", normalised(sure)
    yield "nearly a function", normalised(np.eye(*shape) + 1e-13 * rng.random(shape))
    yield "all magnitudes", normalised(rng.random(shape) * 10.0 ** rng.uniform(-300, 0, shape))
    rare = rng.random(shape)
    rare[0] *= 1e-300
    yield "a rare row", normalised(rare)
    rarest = 1e-300 * rng.random(shape)
    rarest[-1, -1] = 1.0
    yield "1e-300", normalised(rarest)
    margins = [rng.dirichlet(np.ones(k)) for k in shape]
    for eps in (0.3, 0.03, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14):
        close = np.outer(*margins) * (1 + eps * rng.uniform(-1, 1, shape))
        yield f"nearly independent, {eps}", normalised(close)


CASES = [
    pytest.param(table, id=f"{shape[0]}x{shape[1]} {name}")
    for shape in ((2, 2), (3, 5), (12, 15))
    for name, table in tables(shape)
]


def agree(actual, wanted, relative=RELATIVE, absolute=0.0):
    assert abs(mpf(float(actual)) - wanted) <= relative * abs(wanted) + absolute, float(wanted)


@pytest.mark.parametrize("table", CASES)
def test_two_variables(table):
    joint = kb.Joint(table, ["x", "y"])
    wanted = exact.mutual_information(table, (0,), (1,))
    agree(kb.mutual_information(joint, "x", "y"), wanted)
    agree(kb.mutual_information(joint, "y", "x"), wanted)
    agree(kb.variation_of_information(joint), exact.variation_of_information(table, (0,), (1,)))
    agree(kb.entropy(joint), exact.entropy(table, (0, 1)))
    agree(kb.entropy(joint, "x"), exact.entropy(table, (0,)))
    agree(kb.entropy(joint, "y", given="x"), exact.conditional_entropy(table, (1,), (0,)))


@pytest.mark.parametrize("table", CASES)
def test_pointwise(table):
    value = kb.pointwise_mutual_information(kb.Joint(table, ["x", "y"]))
    wanted = exact.pointwise(table)
    for place, actual in np.ndenumerate(value):
        if place in wanted:
            agree(actual, wanted[place], absolute=UNSEEN)
        else:
            assert actual == -math.inf


@pytest.mark.parametrize("table", CASES)
@pytest.mark.parametrize("normalizer", ["min", "max", "mean", "geometric", "joint"])
def test_normalized(table, normalizer):
    x, y, both = (exact.conditional_entropy(table, axes, ()) for axes in ((0,), (1,), (0, 1)))
    most = {
        "min": min(x, y),
        "max": max(x, y),
        "mean": (x + y) / 2,
        "geometric": (x * y) ** 0.5,
        "joint": both,
    }[normalizer]
    joint = kb.Joint(table, ["x", "y"])
    wanted = exact.mutual_information(table, (0,), (1,)) / most if most else mpf(0)
    agree(kb.normalized_mutual_information(joint, normalizer=normalizer), wanted)


def several(shape):
    """Yield tables of several variables."""
    rng = np.random.default_rng(math.prod(shape))
    cells = math.prod(shape)
    yield "random", rng.dirichlet(np.ones(cells))
    yield "sparse", normalised(rng.random(cells) * (rng.random(cells) < 0.4) + np.eye(cells)[0])
    yield "near uniform", normalised(1 + 1e-7 * rng.standard_normal(cells))
    yield "nearly certain", normalised(np.eye(cells)[1] + 1e-13 * rng.random(cells))
    yield "all magnitudes", normalised(10.0 ** rng.uniform(-300, 0, cells))


MANY = [
    pytest.param(table.reshape(shape), id=f"{'x'.join(map(str, shape))} {name}")
    for shape in ((2, 2, 2), (3, 4, 2), (2, 3, 2, 3), (2,) * 6)
    for name, table in several(shape)
]


@pytest.mark.parametrize("table", MANY)
@pytest.mark.parametrize(
    "name", ["total_correlation", "dual_total_correlation", "co_information", "o_information"]
)
def test_several_variables(name, table):
    """Within 1e-13 log K; what cannot be negative is right to its last digits as well."""
    joint = kb.Joint(table, [f"x{i}" for i in range(table.ndim)])
    actual = getattr(kb, name)(joint)
    wanted = getattr(exact, name)(table, table.ndim)
    agree(actual, wanted, 0.0, 1e-13 * math.log(table.size))
    if name in ("total_correlation", "dual_total_correlation"):
        agree(actual, wanted, 1e-12)  # where sums of entropies are used: 2 eps 2^11


@pytest.mark.parametrize("table", MANY)
def test_conditional_mutual_information(table):
    joint = kb.Joint(table, [f"x{i}" for i in range(table.ndim)])
    for x, y, given in (((0,), (1,), (2,)), ((2,), (0,), (1,)), ((0, 2), (1,), ())):
        sides = [tuple(f"x{i}" for i in group) for group in (x, y, given)]
        actual = kb.mutual_information(joint, *sides[:2], given=sides[2])
        agree(actual, exact.mutual_information(table, x, y, given))
        actual = kb.variation_of_information(joint, *sides[:2], given=sides[2])
        agree(actual, exact.variation_of_information(table, x, y, given))


# ---------------------------------------------------------------- contingency tables

BIG = [
    [[10**12, 1], [1, 10**12]],
    [[2**40, 3], [5, 7]],
    [[10**9 + 1, 10**9], [10**9, 10**9 + 1]],
    [[10**15, 10**15 - 1], [10**15 - 1, 10**15]],
    [[10**15, 1, 0], [3, 10**15, 7], [10**15, 10**15, 10**15]],
    [[0, 10**15], [1, 0]],
    [[10**15] * 30 for _ in range(29)] + [[10**15 - 1] * 29 + [10**15]],
    [[5, 0, 0], [0, 0, 0], [2, 1, 3]],
]


def of_counts(table):
    """Return the mutual information of a table of integers, from exact fractions."""
    n = sum(map(sum, table))
    rows, columns = (
        [sum(row) for row in table],
        [sum(column) for column in zip(*table, strict=True)],
    )
    with exact.workdps(80):
        total = mpf(0)
        for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
            if table[i][j]:
                ratio = Fraction(table[i][j] * n, row * column)
                total += table[i][j] * exact.log(mpf(ratio.numerator) / ratio.denominator)
        return total / n


@pytest.mark.parametrize("table", BIG, ids=lambda table: str(table)[:40])
def test_contingency_tables_of_large_counts(table):
    counts = kb.Counts(np.array(table))
    for estimator in (kb.estimators.PlugIn(), kb.estimators.MillerMadow()):
        actual = kb.mutual_information(counts, estimator=estimator)
        wanted = of_counts(table)
        if isinstance(estimator, kb.estimators.MillerMadow):
            seen = [np.count_nonzero(x) for x in (counts.n.sum(1), counts.n.sum(0), counts.n)]
            wanted += mpf(int(seen[0] + seen[1] - seen[2] - 1)) / (2 * sum(map(sum, table)))
        agree(actual.value, wanted, RELATIVE, 1e-16 * float(of_counts(table)))
        assert actual.n == sum(map(sum, table))


def test_independent_counts_share_exactly_nothing():
    plug_in = kb.estimators.PlugIn()
    rng = np.random.default_rng(3)
    for shape in ((2, 2), (3, 7), (20, 11)):
        table = np.outer(*(rng.integers(1, 10**6, k) for k in shape))
        assert kb.mutual_information(kb.Counts(table), estimator=plug_in).value == 0


# ---------------------------------------------------------------- textbooks


def test_cover_and_thomas():
    """Example 2.2.1: blood types and the risk of skin cancer."""
    table = np.array([[4, 2, 1, 1], [2, 4, 1, 1], [2, 2, 2, 2], [8, 0, 0, 0]]).T / 32
    joint = kb.Joint(table, ["x", "y"])
    bits = {"unit": "bits"}
    assert kb.entropy(joint, "x", **bits) == pytest.approx(7 / 4, rel=1e-15)
    assert kb.entropy(joint, "y", **bits) == pytest.approx(2, rel=1e-15)
    assert kb.entropy(joint, "x", given="y", **bits) == pytest.approx(11 / 8, rel=1e-15)
    assert kb.entropy(joint, "y", given="x", **bits) == pytest.approx(13 / 8, rel=1e-15)
    assert kb.entropy(joint, **bits) == pytest.approx(27 / 8, rel=1e-15)
    assert kb.mutual_information(joint, **bits) == pytest.approx(3 / 8, rel=1e-15)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_copies_and_parity(n):
    """Rosas et al. (2019), section III: n copies of a bit have O = n - 2, the parity 2 - n."""
    names = [f"x{i}" for i in range(n)]
    bits = np.indices((2,) * n).sum(axis=0)
    copies = kb.Joint(np.isin(bits, (0, n)) / 2, names)
    parity = kb.Joint((bits % 2 == 0) / 2.0 ** (n - 1), names)
    values = {
        kb.total_correlation: (n - 1, 1),
        kb.dual_total_correlation: (1, n - 1),
        kb.o_information: (n - 2, 2 - n),
        kb.co_information: (1, (-1) ** n * 2 ** (n - 2) / 2 ** (n - 2)),
    }
    for measure, wanted in values.items():
        for joint, value in zip((copies, parity), wanted, strict=True):
            assert measure(joint, unit="bits") == pytest.approx(value, rel=1e-13)
