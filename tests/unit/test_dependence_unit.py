"""Measures of several variables: what they take, what they refuse, and how data are counted."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from libraries import extra

import kullback as kb

TABLE = kb.Joint([[0.5, 0.25], [0.125, 0.125]], ["x", "y"])
CUBE = kb.Joint(np.arange(1, 13).reshape(2, 3, 2) / 78, ["x", "y", "z"])
OF_PAIRS = (kb.mutual_information, kb.pointwise_mutual_information, kb.variation_of_information)
OF_MANY = (
    kb.total_correlation,
    kb.dual_total_correlation,
    kb.co_information,
    kb.o_information,
)

# ---------------------------------------------------------------- names


@pytest.mark.parametrize("measure", OF_PAIRS)
def test_two_variables_need_no_names(measure):
    np.testing.assert_array_equal(measure(TABLE), measure(TABLE, "x", "y"))
    np.testing.assert_array_equal(measure(CUBE, given="z"), measure(CUBE, "x", "y", given="z"))
    np.testing.assert_array_equal(measure(TABLE, ["x"], ("y",)), measure(TABLE, "x", "y"))
    with pytest.raises(kb.KullbackError, match="there are 3: x, y, z"):
        measure(CUBE)
    with pytest.raises(kb.KullbackError, match="either side"):
        measure(CUBE, "x")
    with pytest.raises(kb.KullbackError, match="either side"):
        measure(CUBE, "x", ())


@pytest.mark.parametrize("measure", OF_PAIRS)
@pytest.mark.parametrize(
    ("names", "given"),
    [(("x", "x"), None), (("x", ("y", "x")), None), (("x", "y"), "x"), (("x", "y"), ("z", "z"))],
)
def test_a_variable_has_one_place(measure, names, given):
    with pytest.raises(kb.KullbackError, match="named twice"):
        measure(CUBE, *names, given=given)


@pytest.mark.parametrize("measure", OF_MANY)
def test_several_variables(measure):
    assert measure(CUBE) == measure(CUBE, "x", "y", "z") == measure(CUBE, *"xyz", given=())
    with pytest.raises(kb.KullbackError, match="named twice"):
        measure(CUBE, "x", "y", "x")
    with pytest.raises(kb.KullbackError, match="no variable 'w'"):
        measure(CUBE, "x", "y", "w")
    with pytest.raises(kb.KullbackError, match=r"at least \d variables, and got: x"):
        measure(CUBE, "x")
    with pytest.raises(kb.KullbackError, match="have no names"):
        measure(CUBE.p)


@pytest.mark.parametrize("bare", [TABLE.p, TABLE.p.tolist(), None, 0.5])
@pytest.mark.parametrize("measure", OF_PAIRS)
def test_a_bare_array_has_no_names(measure, bare):
    with pytest.raises(kb.KullbackError, match="have no names") as caught:
        measure(bare)
    assert "Joint(p, names)" in caught.value.hint


def test_kinds_without_variables():
    for kind in (kb.Probs([0.5, 0.5]), kb.Labels([0], 2)):
        for measure in (*OF_PAIRS, *OF_MANY):
            with pytest.raises(kb.NoRuleError):
                measure(kind)
        with pytest.raises(kb.NoRuleError):
            kb.normalized_mutual_information(kind, normalizer="min")


def test_options_that_have_no_use():
    with pytest.raises(kb.KullbackError, match="no use for estimator="):
        kb.mutual_information(TABLE, estimator=kb.estimators.PlugIn())
    with pytest.raises(kb.KullbackError, match="no use for estimator="):
        kb.normalized_mutual_information(TABLE, normalizer="min", estimator=kb.estimators.PlugIn())
    with pytest.raises(TypeError, match="normalizer"):
        kb.normalized_mutual_information(TABLE)
    with pytest.raises(TypeError):
        kb.mutual_information(TABLE, "x", "y", "z")


def test_a_kind_of_ones_own():
    class Gaussian(kb.AbstractDistribution):
        pass

    @kb.rule(kb.mutual_information, Gaussian)
    def _(pair, x=None, y=None, *, given=None):
        return 0.5 * math.log(4 / 3)

    assert kb.mutual_information(Gaussian(), unit="bits") == pytest.approx(0.2075, abs=1e-4)


# ---------------------------------------------------------------- values by hand


def test_units():
    nats = kb.mutual_information(TABLE)
    assert kb.mutual_information(TABLE, unit="bits") == pytest.approx(nats / math.log(2), rel=1e-15)
    assert kb.o_information(CUBE, unit="hartleys") == pytest.approx(
        kb.o_information(CUBE) / math.log(10), rel=1e-15
    )


def test_pointwise_has_an_axis_per_variable():
    value = kb.pointwise_mutual_information(CUBE, ("z", "x"), "y")
    assert value.shape == (2, 2, 3)
    p = CUBE.p
    for i, j, k in np.ndindex(value.shape):
        ratio = p[j, k, i] / (p[j, :, i].sum() * p[:, k].sum())
        assert value[i, j, k] == pytest.approx(math.log(ratio), rel=1e-13)
    value = kb.pointwise_mutual_information(CUBE, "y", "x", given="z")
    assert value.shape == (3, 2, 2)
    ratio = p[1, 2, 0] * p[..., 0].sum() / (p[1, :, 0].sum() * p[:, 2, 0].sum())
    assert value[2, 1, 0] == pytest.approx(math.log(ratio), rel=1e-13)


def test_what_never_meets():
    joint = kb.Joint([[0.5, 0.0, 0.0], [0.25, 0.25, 0.0]], ["x", "y"])
    value = kb.pointwise_mutual_information(joint)
    np.testing.assert_array_equal(value == -math.inf, [[False, True, True], [False, False, True]])


@pytest.mark.parametrize("normalizer", ["min", "mean", "geometric", "max", "joint"])
def test_a_constant_shares_nothing(normalizer):
    constant, other = [[0.25, 0.75], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]
    for table in (constant, other):
        joint = kb.Joint(table, ["x", "y"])
        assert kb.normalized_mutual_information(joint, normalizer=normalizer) == 0
    e = kb.normalized_mutual_information(kb.Counts([[7, 0], [0, 0]]), normalizer=normalizer)
    assert float(e) == 0
    assert e.std_error is None
    assert e.notes == ("a variable is constant",)


def test_margins_of_float32_are_not_rounded():
    """Summed in float64 and kept there: float32 margins would make up a dependence."""
    rng = np.random.default_rng(0)
    a, b, c = (rng.dirichlet(np.ones(5)) for _ in range(3))
    table = np.einsum("i,j,k->ijk", a, b, c).astype(np.float32)
    joint = kb.Joint(table, ["x", "y", "z"])
    wide = kb.Joint(table.astype(np.float64), ["x", "y", "z"])
    value = kb.mutual_information(joint, "x", "y")
    assert value.dtype == np.float32
    assert value == np.float32(kb.mutual_information(wide, "x", "y"))
    assert kb.entropy(joint, "x") == np.float32(kb.entropy(wide, "x"))


# ---------------------------------------------------------------- data of every form


def counted(*columns):
    """Return the information of two columns by counting in Python."""
    n = len(columns[0])
    both, x, y = Counter(zip(*columns, strict=True)), *map(Counter, columns)
    return sum(c / n * math.log(c * n / (x[a] * y[b])) for (a, b), c in both.items())


def information(x, y, **options):
    samples = kb.Samples(x=x, y=y, **options)
    return float(kb.mutual_information(samples, "x", "y", estimator=kb.estimators.PlugIn()))


RNG = np.random.default_rng(5)
N = 20_000
X = RNG.integers(0, 7, N)
NOISY = (X + RNG.integers(0, 3, N)) % 7


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x.astype(np.uint8) * 36,  # beyond an int8
        lambda x: x.astype(np.int8) - 3,
        lambda x: x.astype(np.uint64) + np.uint64(2**64 - 8),
        lambda x: x.astype(np.uint64),
        lambda x: x - 2**62,
        lambda x: x * 2**59,
        lambda x: x + 1_000_000,
        lambda x: x.astype(">i4"),
        lambda x: np.repeat(x, 2)[::2],
        lambda x: np.array(list("abcdefg"))[x],
        lambda x: np.array(["a", None, 2.5, ("b",), True, "c", 7], dtype=object)[x],
        lambda x: x.tolist(),
        lambda x: np.where(np.arange(N) < 5000, 0, x),  # whose first values tell too little
        lambda x: np.where(np.arange(N) == N - 1, -1, x),
        lambda x: np.where(np.arange(N) == N - 1, 10**15, x),
    ],
)
def test_integers_and_labels_of_every_form(form):
    x = form(X)
    wanted = counted(np.asarray(x).tolist(), NOISY.tolist())
    assert information(x, NOISY) == pytest.approx(wanted, rel=1e-11)
    assert information(NOISY, x, discrete=True) == pytest.approx(wanted, rel=1e-11)


def test_booleans():
    assert information(X > 3, NOISY > 2) == pytest.approx(
        counted((X > 3).tolist(), (NOISY > 2).tolist()), rel=1e-11
    )


def test_more_combinations_than_fit_a_table():
    """Few rows of many values: only what was seen is kept, and the answer is the same."""
    x = RNG.integers(0, 3000, N)
    y = (x * 7919 + RNG.integers(0, 2, N)) % 3001
    samples = kb.Samples(x=x, y=y, discrete=True)
    assert samples.contingency(("x",), ("y",)).places is not None
    wanted = counted(x.tolist(), y.tolist())
    assert information(x, y, discrete=True) == pytest.approx(wanted, rel=1e-12)
    three = kb.Samples(x=x, y=y, z=X, discrete=True)
    plug_in = kb.estimators.PlugIn()
    whole = kb.mutual_information(three, ("x", "z"), "y", estimator=plug_in)
    parts = (
        kb.mutual_information(three, "z", "y", estimator=plug_in),
        kb.mutual_information(three, "x", "y", given="z", estimator=plug_in),
    )
    assert float(whole) == pytest.approx(sum(map(float, parts)), rel=1e-12)


def test_whether_columns_hold_labels_is_decided_once_asked():
    samples = kb.Samples(x=X, y=RNG.integers(0, 10**6, N))
    assert samples.discrete == {"x"}
    with pytest.raises(kb.KullbackError, match="'y' holds numbers"):
        kb.mutual_information(kb.Samples(x=X, y=RNG.integers(0, 10**6, N)))
    with pytest.raises(kb.KullbackError, match="'y' holds numbers"):
        kb.mutual_information(kb.Samples(x=X, y=X * 0.5))
    with pytest.raises(kb.KullbackError, match="no column 'w'"):
        kb.mutual_information(samples, "x", "w")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_dataframes_and_mappings(library):
    columns = {"sky": ["sun", "rain", "sun"] * 30, "ground": ["dry", "wet", "wet"] * 30}
    frame = extra(library).DataFrame(columns)
    wanted = kb.mutual_information(kb.Samples(columns), "sky", "ground")
    for data in (columns, frame):
        for e in (kb.mutual_information(data), kb.mutual_information(data, "ground", "sky")):
            assert float(e) == pytest.approx(float(wanted), rel=1e-14)
        assert float(kb.total_correlation(data)) == pytest.approx(float(wanted), rel=1e-14)
        share = kb.normalized_mutual_information(data, normalizer="min")
        assert 0 < float(share) < 1


def test_a_contingency_table_has_numbered_variables():
    n = RNG.integers(1, 50, (3, 4, 2))
    counts = kb.Counts(n)
    assert counts.names == (0, 1, 2)
    plug_in = kb.estimators.PlugIn()
    joint = kb.Joint(n / n.sum(), ["0", "1", "2"])
    for given in (None, 1):
        value = kb.mutual_information(counts, 0, 2, given=given, estimator=plug_in)
        wanted = kb.mutual_information(joint, "0", "2", given=given and str(given))
        assert float(value) == pytest.approx(float(wanted), rel=1e-12)
    for measure in OF_MANY:
        value = measure(counts, estimator=plug_in)
        assert float(value) == pytest.approx(float(measure(joint)), rel=1e-11)
    with pytest.raises(kb.KullbackError, match="no variable 3"):
        kb.mutual_information(counts, 0, 3)
    with pytest.raises(kb.NoRuleError):
        kb.pointwise_mutual_information(counts, 0, 1)


def test_a_contingency_table_may_have_empty_rows():
    full = kb.mutual_information(kb.Counts([[30, 10], [20, 40]]))
    for table in ([[30, 10], [0, 0], [20, 40]], [[30, 0, 10], [20, 0, 40]]):
        e = kb.mutual_information(kb.Counts(table))
        assert (float(e), float(e.std_error)) == pytest.approx((float(full), float(full.std_error)))
    with pytest.raises(kb.KullbackError, match="nothing was observed"):
        kb.Counts([[0, 0], [0, 0]])
    with pytest.raises(kb.KullbackError, match="nothing was observed"):
        _ = kb.Counts([[1, 0], [0, 0]]).proportions


# ---------------------------------------------------------------- estimates


def test_the_default_can_be_asked():
    for measure in (kb.mutual_information, kb.entropy, kb.o_information):
        assert kb.default_estimator(measure, kb.Samples) == kb.estimators.MillerMadow()
        assert kb.default_estimator(measure, kb.Counts([1])) == kb.estimators.MillerMadow()
    with pytest.raises(kb.KullbackError, match="no estimator for Joint"):
        kb.default_estimator(kb.mutual_information, kb.Joint)


def test_miller_madow_by_hand():
    """I + (K_x + K_y - K_xy - 1) / 2n, and the delta method to second order."""
    n = np.array([[30, 10], [12, 48]])
    p = n / 100
    ratio = np.log(p / np.outer(p.sum(1), p.sum(0)))
    plain = (p * ratio).sum()
    error = math.sqrt((p * (ratio - plain) ** 2).sum() / 100) + math.sqrt(1 / 2) / 100
    plug_in = kb.mutual_information(kb.Counts(n), estimator=kb.estimators.PlugIn())
    corrected = kb.mutual_information(kb.Counts(n))
    assert float(plug_in) == pytest.approx(plain, rel=1e-13)
    assert float(corrected) == pytest.approx(plain - 1 / 200, rel=1e-13)
    for e in (plug_in, corrected):
        assert float(e.std_error) == pytest.approx(error, rel=1e-12)
        assert e.n == 100
    assert plug_in.notes == ("biased high",)
    assert corrected.notes == ()


def test_three_variables_by_hand():
    """At exact independence only the second order is left: a_T^2 d_T over all sets T."""
    n = np.full((2, 3, 4), 1000)
    counts, total = kb.Counts(n), n.sum()
    d = {"x": 1, "y": 2, "z": 3}
    pairs = d["x"] * d["y"] + d["x"] * d["z"] + d["y"] * d["z"]
    triple = d["x"] * d["y"] * d["z"]
    wanted = {
        kb.total_correlation: pairs + triple,
        kb.dual_total_correlation: pairs + 4 * triple,
        kb.co_information: triple,
        kb.o_information: triple,
    }
    for measure, spread in wanted.items():
        e = measure(counts)
        assert float(e.std_error) == pytest.approx(math.sqrt(spread / 2) / total, rel=1e-12)
    e = kb.mutual_information(counts, 0, 1, given=2)
    assert float(e.std_error) == pytest.approx(math.sqrt(2 * 4 / 2) / total, rel=1e-12)


def test_near_independence_is_said():
    table = np.array([[500, 510], [490, 505]])
    e = kb.mutual_information(kb.Counts(table))
    assert e.notes == ("independence is not ruled out",)
    low, high = e.interval()
    assert low < 0 < high
    clear = kb.mutual_information(kb.Counts(table * np.array([[1, 2], [2, 1]])))
    assert clear.notes == ()


def test_no_error_is_invented():
    few = kb.Counts(np.eye(5, dtype=int) + 1)
    assert kb.mutual_information(few).notes == ("many outcomes seen once",)
    assert kb.mutual_information(few).std_error is None
    one = kb.mutual_information(kb.Counts([[7, 0], [0, 0]]))
    assert (float(one), one.std_error) == (0, None)
    large = kb.Counts(np.full((10, 10), 10))  # I = 0, and a bias of 81/2000
    plug_in = kb.mutual_information(large, estimator=kb.estimators.PlugIn())
    assert plug_in.std_error is None
    assert plug_in.notes[:2] == ("biased high", "by more than half its standard error")


def test_an_estimator_of_ones_own():
    """Whoever estimates an entropy estimates what is made of entropies, without an error."""

    class Laplace(kb.estimators.AbstractEntropyEstimator):
        def entropy(self, counts):
            p = (counts.n + 1) / (counts.n + 1).sum()
            return kb.Estimate(float(kb.entropy(p)), 0.1, kb.NATS, int(counts.n.sum()), "Laplace")

    n = np.array([[30, 10], [12, 48]])
    parts = [float(Laplace().entropy(kb.Counts(x))) for x in (n.sum(1), n.sum(0), n.ravel())]
    e = kb.mutual_information(kb.Counts(n), estimator=Laplace())
    assert float(e) == pytest.approx(parts[0] + parts[1] - parts[2], rel=1e-12)
    assert e.std_error is None
    assert e.method == "Laplace"
    assert (
        kb.normalized_mutual_information(
            kb.Counts(n), normalizer="max", estimator=Laplace()
        ).std_error
        is None
    )


@pytest.mark.parametrize("normalizer", ["min", "mean", "geometric", "max", "joint"])
def test_error_of_a_share(normalizer):
    """The delta method of the ratio, against a small change of each count."""
    n = np.array([[300.0, 120.0, 40.0], [130.0, 450.0, 60.0]]) * 100
    p, total = n / n.sum(), n.sum()

    def share(p):
        joint = kb.Joint(p / p.sum(), ["x", "y"])
        return float(kb.normalized_mutual_information(joint, normalizer=normalizer))

    slope = np.zeros(n.shape)
    for place in np.ndindex(n.shape):
        step = np.zeros(n.shape)
        step[place] = 1e-6
        slope[place] = (share(p + step) - share(p - step)) / 2e-6
    first = math.sqrt((p * slope**2).sum() - (p * slope).sum() ** 2) / math.sqrt(total)
    e = kb.normalized_mutual_information(
        kb.Counts(n), normalizer=normalizer, estimator=kb.estimators.PlugIn()
    )
    # Differences are good to 1e-9; the second order adds less than 1 % here.
    assert first * (1 - 1e-6) <= float(e.std_error) <= 1.01 * first


def test_conditional_entropy_of_samples():
    x, y = X[:2000], NOISY[:2000]
    samples = kb.Samples(x=x, y=y)
    plug_in = kb.estimators.PlugIn()
    e = kb.entropy(samples, "x", given="y", estimator=plug_in)
    both, alone = (kb.entropy(samples, *names, estimator=plug_in) for names in ("xy", "y"))
    assert float(e) == pytest.approx(float(both) - float(alone), rel=1e-12)
    assert float(kb.entropy(samples, "x", given="x")) == 0
    # What is told about x by y is what y takes from its uncertainty.
    i = kb.mutual_information(samples, estimator=plug_in)
    assert float(e) == pytest.approx(
        float(kb.entropy(samples, "x", estimator=plug_in)) - float(i), rel=1e-11
    )
