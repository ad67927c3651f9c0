"""Entropy rates and transfer entropies against exact enumeration and the textbook."""

from __future__ import annotations

import itertools
import math

import exact
import numpy as np
import pytest
from mpmath import lu_solve, matrix, mpf, workdps

import kullback as kb

# Rows of K <= 9 terms, and one weighted mean per state with a few roundings each: 8 K 2^-53.
RTOL = 1e-14


def stationary(chain):
    """Solve pi P = pi in 1500 digits, with each diagonal what the rest of its row leaves."""
    size = len(chain)
    system = matrix(size)
    for i, j in itertools.permutations(range(size), 2):
        system[j, i] += mpf(float(chain[i][j]))
        system[i, i] -= mpf(float(chain[i][j]))
    for j in range(size):
        system[size - 1, j] = 1
    return lu_solve(system, matrix([0] * (size - 1) + [1]))


def exact_rate(chain):
    with workdps(1500):
        pi = stationary(chain)
        rows = [exact.entropy([mpf(float(x)) for x in row]) for row in chain]
        return sum(pi[i] * h for i, h in enumerate(rows))


def close(actual, wanted, rtol=RTOL):
    assert abs(float(actual) - wanted) <= rtol * abs(wanted)


# ---------------------------------------------------------------- one recurrent class


@pytest.mark.parametrize("spread", [0.05, 0.3, 1.0, 30.0])
def test_random_chains(spread):
    rng = np.random.default_rng(4)
    for size in (2, 3, 5, 9):
        chain = rng.dirichlet(np.full(size, spread), size)
        close(kb.entropy_rate(chain), exact_rate(chain))


@pytest.mark.parametrize("leak", [1e-3, 1e-12, 1e-100, 1e-300])
def test_nearly_decomposable_chains(leak):
    """Two weathers that hardly ever change: 1 - leak is 1, and no digit is lost all the same."""
    one, other = [[0.5, 0.5], [0.25, 0.75]], [[0.9, 0.1], [0.6, 0.4]]
    chain = np.zeros((4, 4))
    chain[:2, :2], chain[2:, 2:] = one, other
    chain[0, 3], chain[2, 1] = leak, 3 * leak
    chain[0, 0] -= leak
    chain[2, 2] -= 3 * leak
    close(kb.entropy_rate(chain), exact_rate(chain))
    for order in itertools.permutations(range(4)):
        close(kb.entropy_rate(chain[np.ix_(order, order)]), exact_rate(chain))


def test_a_drift_that_no_product_can_hold():
    """Up with 0.9 and down with 0.1 over 700 states: the stationary law spans 9^700 = 1e667."""
    size = 700
    chain = np.diag(np.full(size - 1, 0.9), 1) + np.diag(np.full(size - 1, 0.1), -1)
    chain[0, 0], chain[-1, -1] = 0.1, 0.9
    for turned in (chain, chain[::-1, ::-1]):
        close(kb.entropy_rate(turned), exact.entropy([mpf(0.9), mpf(0.1)]), 1e-13)


def test_two_states():
    """Cover and Thomas (2006), example 4.1.1 and section 4.2."""
    a, b = 0.125, 0.375
    rate = kb.entropy_rate([[1 - a, a], [b, 1 - b]], unit="bits")
    h = [float(kb.entropy([x, 1 - x], unit="bits")) for x in (a, b)]
    assert float(rate) == pytest.approx((b * h[0] + a * h[1]) / (a + b), rel=RTOL)


def test_king_on_a_chessboard():
    """Cover and Thomas (2006), section 4.3: the rate on 8 x 8 squares is 0.92 log 8.

    On a graph, with e_i edges at square i: the sum of e_i log e_i over the sum of e_i.
    """
    squares = list(itertools.product(range(8), repeat=2))
    near = np.array([[max(abs(a - c), abs(b - d)) == 1 for c, d in squares] for a, b in squares])
    edges = near.sum(axis=1)
    rate = kb.entropy_rate(near / edges[:, None], unit="bits")
    assert float(rate) == pytest.approx(edges @ np.log2(edges) / edges.sum(), rel=RTOL)
    assert float(rate) == pytest.approx(0.92 * 3, abs=0.01)


def test_periodic_and_transient_states():
    assert float(kb.entropy_rate([[0.0, 1.0], [1.0, 0.0]])) == 0.0
    assert float(kb.entropy_rate(np.eye(5)[[1, 2, 3, 4, 0]])) == 0.0
    assert float(kb.entropy_rate([[1.0]])) == 0.0
    # Of period 2: every second step is a fair coin.
    period = [[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]]
    assert float(kb.entropy_rate(period, unit="bits")) == pytest.approx(0.5, rel=RTOL)
    # What is left for good does not count, wherever its states stand.
    core = np.array([[0.5, 0.5], [0.125, 0.875]])
    chain = np.zeros((4, 4))
    chain[0] = chain[3] = 0.25
    chain[1:3, 1:3] = core
    for order in itertools.permutations(range(4)):
        close(kb.entropy_rate(chain[np.ix_(order, order)]), exact_rate(core))
    assert not math.copysign(1, kb.entropy_rate([[1.0, 0.0], [0.5, 0.5]])) < 0


# ---------------------------------------------------------------- several classes

SPLIT = np.array(
    [
        [0.25, 0.25, 0.25, 0.25, 0.0],
        [0.0, 0.5, 0.5, 0.0, 0.0],
        [0.0, 0.25, 0.75, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 0.125, 0.875],
    ]
)


def test_where_it_starts_decides_which_class():
    first, second = exact_rate(SPLIT[1:3, 1:3]), exact_rate(SPLIT[3:, 3:])
    for order in itertools.permutations(range(5)):
        chain = SPLIT[np.ix_(order, order)]
        with pytest.raises(kb.KullbackError, match="2 recurrent classes"):
            kb.entropy_rate(chain)
        starts = kb.entropy_rate(chain, initial=np.eye(5))
        # From state 0 the chain moves on to the first class twice as often as to the second.
        wanted = [2 / 3 * first + second / 3, first, first, second, second]
        for start, state in zip(starts, order, strict=True):
            close(start, wanted[state])


def test_entropy_of_long_words():
    """The definition: H(X_1..X_t) grows by the rate per step, enumerated for t to t + 2.

    The third state is transient; once left, growth is that of the classes weighted by their
    chances, as the entropy of which class it is does not grow.
    """
    chain = [[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [0.125, 0.125, 0.75]]
    law = [0.25, 0.25, 0.5]
    growth = []
    for _ in range(400):
        growth.append(sum(p * float(kb.entropy(row)) for p, row in zip(law, chain, strict=True)))
        law = np.array(law) @ chain
    assert float(kb.entropy_rate(chain)) == pytest.approx(growth[-1], rel=1e-13)
    words = [word_entropy(chain, [0.25, 0.25, 0.5], t) for t in (6, 7)]
    assert words[1] - words[0] == pytest.approx(growth[5], rel=1e-12)


def word_entropy(chain, law, length):
    words = [
        law[word[0]] * math.prod(chain[a][b] for a, b in itertools.pairwise(word))
        for word in itertools.product(range(len(law)), repeat=length)
    ]
    return float(exact.entropy([mpf(p) for p in words]))


# ---------------------------------------------------------------- forms of the question


def test_kinds_axis_unit_and_batches():
    rng = np.random.default_rng(5)
    z = rng.normal(size=(3, 4, 4))
    chains = np.exp(kb.Logits(z).log_probs)
    rates = kb.entropy_rate(chains)
    assert rates.shape == (3,)
    for chain, rate in zip(chains, rates, strict=True):
        close(rate, exact_rate(chain))
    np.testing.assert_allclose(kb.entropy_rate(kb.Logits(z)), rates, rtol=RTOL)
    np.testing.assert_allclose(kb.entropy_rate(kb.LogProbs(np.log(chains))), rates, rtol=RTOL)
    np.testing.assert_array_equal(kb.entropy_rate(np.swapaxes(chains, -1, -2), axis=-2), rates)
    bits = kb.entropy_rate(chains, unit="bits")
    np.testing.assert_allclose(bits, rates / math.log(2), rtol=RTOL)
    starts = kb.entropy_rate(chains[:, None], initial=np.eye(4))
    np.testing.assert_allclose(starts, np.broadcast_to(rates[:, None], (3, 4)), rtol=RTOL)
    assert float(kb.entropy_rate(kb.Labels([1, 0], 2))) == 0.0
    with pytest.raises(kb.KullbackError, match=r"transition\[1, 0\] sums to"):
        kb.entropy_rate([np.eye(2), [[0.5, 0.4], [0.5, 0.5]]])
    with pytest.raises(kb.KullbackError, match=r"transition\[1\] has 2 recurrent"):
        kb.entropy_rate([[[0.5, 0.5], [0.5, 0.5]], np.eye(2)])
    with pytest.raises(kb.KullbackError, match="initial sums to"):
        kb.entropy_rate(np.eye(2), initial=[0.5, 0.4])


def test_joint_of_steps():
    """Of a second-order chain: the entropy of the third step given the two before."""
    rng = np.random.default_rng(6)
    joint = rng.dirichlet(np.ones(27)).reshape(3, 3, 3)
    rate = kb.entropy_rate(kb.Joint(joint, ["before", "last", "now"]))
    with workdps(50):
        total = exact.entropy([mpf(x) for x in joint.flat])
        past = [sum(mpf(x) for x in row) for row in joint.reshape(9, 3)]
        # -p log(p / margin): margins of floats that do not sum to 1 exactly still belong to them
        close(rate, total - exact.entropy(past))
    one = kb.Joint([0.25, 0.75], ["now"])
    assert float(kb.entropy_rate(one)) == float(kb.entropy(one))
    chain = np.array([[0.5, 0.5], [0.25, 0.75]])
    pi = np.array([1 / 3, 2 / 3])
    pair = kb.Joint(pi[:, None] * chain, ["past", "now"])
    close(kb.entropy_rate(pair), exact_rate(chain))
    with pytest.raises(kb.KullbackError, match="no use for initial"):
        kb.entropy_rate(pair, initial=pi)


# ---------------------------------------------------------------- transfer entropy


def counted(rows, source, target, known):
    """The plug-in of I(source; target | known), by counting tuples: entropies of what is seen."""

    def h(*columns):
        seen = list(zip(*(column for group in columns for column in group), strict=True))
        with workdps(50):
            share = [mpf(seen.count(x)) / len(seen) for x in sorted(set(seen))]
            return exact.entropy(share)

    x, y, z = (rows[name] for name in (source, target, known))
    return float(h(x, z) + h(y, z) - h(x, y, z) - h(z))


def noisy_copy(n, f, seed):
    """A fair coin, and another process that shows it a step later, flipped with chance f."""
    rng = np.random.default_rng(seed)
    leader = rng.integers(0, 2, n)
    follower = np.roll(leader, 1) ^ (rng.random(n) < f)
    return {"leader": leader, "follower": follower.astype(np.int64)}


@pytest.mark.parametrize("f", [0.0, 0.125, 0.5])
def test_transfer_of_a_law(f):
    """A coin that is copied through a binary symmetric channel: log 2 - H(f), none back."""
    p = np.zeros((2, 2, 2))  # leader before, follower before, follower now
    for a, b, c in itertools.product(range(2), repeat=3):
        p[a, b, c] = 0.25 * (f if a != c else 1 - f)
    law = kb.Joint(p, ["leader", "before", "now"])
    there = kb.transfer_entropy(law, "leader", "now", unit="bits")
    assert float(there) == pytest.approx(1 - float(kb.entropy([f, 1 - f], unit="bits")), abs=1e-15)
    assert float(kb.transfer_entropy(law, "before", "now")) == 0.0
    several = kb.transfer_entropy(law, ("leader", "before"), "now", unit="bits")
    assert float(several) == pytest.approx(float(there), abs=1e-15)
    for option in ({"lags": 2}, {"target_lags": 2}, {"estimator": kb.estimators.PlugIn()}):
        with pytest.raises((kb.KullbackError, TypeError), match=r"lags|estimator"):
            kb.transfer_entropy(law, "leader", "now", **option)
    with pytest.raises(kb.KullbackError, match="'nobody'"):
        kb.transfer_entropy(law, "nobody", "now")


CUTS = {
    "1": ({}, (1,), (1,)),
    "2": ({"lags": 2}, (1, 2), (1, 2)),
    "2, 1": ({"lags": 2, "target_lags": 1}, (1, 2), (1,)),
    "of 3": ({"lags": [3]}, (3,), (1, 2, 3)),
    "1, 3": ({"lags": (1, 3), "target_lags": (2,)}, (1, 3), (2,)),
}


@pytest.mark.parametrize("cut", CUTS)
def test_windows_of_series(cut):
    """The same windows, cut and counted one by one."""
    options, back, own = CUTS[cut]
    series = noisy_copy(200, 0.125, 1)
    first = max(*back, *own)
    rows = {
        "source": [[series["leader"][t - lag] for t in range(first, 200)] for lag in back],
        "known": [[series["follower"][t - lag] for t in range(first, 200)] for lag in own],
        "now": [series["follower"][first:].tolist()],
    }
    options = {"estimator": kb.estimators.PlugIn(), **options}
    told = kb.transfer_entropy(series, "leader", "follower", **options)
    assert float(told) == pytest.approx(counted(rows, "source", "now", "known"), rel=1e-12)
    assert told.n == 200 - first
    named = [f"leader[-{lag}]" for lag in back], [f"follower[-{lag}]" for lag in own]
    assert f"{', '.join(named[0])} given {', '.join(named[1])}" in told.notes
    assert "overlapping windows taken for independent draws" in told.notes
    samples = kb.Samples(series)
    bits = kb.transfer_entropy(samples, "leader", "follower", unit="bits", **options)
    assert float(bits) == pytest.approx(float(told) / math.log(2), rel=1e-14)


def test_the_estimate_finds_the_direction():
    """40 series of 500 steps: within the noise of their mean of log2 2 - H(1/8), and of 0."""
    there, back = [], []
    for seed in range(40):
        series = noisy_copy(500, 0.125, seed)
        there.append(float(kb.transfer_entropy(series, "leader", "follower", unit="bits")))
        back.append(float(kb.transfer_entropy(series, "follower", "leader", unit="bits")))
    for found, truth in ((there, 1 - float(kb.entropy([0.125, 0.875], unit="bits"))), (back, 0.0)):
        assert abs(np.mean(found) - truth) < 4 * np.std(found) / math.sqrt(40)


def test_series_of_any_labels():
    series = {"a": ["x", "y", "x", "x", "y"] * 20, "b": [True, False, True, True, False] * 20}
    told = kb.transfer_entropy(series, "a", "b")
    assert told.n == 99
    assert float(told) >= 0
    for source, target in (("a", "a"), (("a", "b"), "b"), ("a", "c")):
        with pytest.raises(kb.KullbackError, match=r"twice|no variable"):
            kb.transfer_entropy(series, source, target)
    for lags in (0, -1, 1.5, [], [0], [1, 1], [1.5], "2"):
        with pytest.raises(kb.KullbackError, match="lags must be positive"):
            kb.transfer_entropy(series, "a", "b", lags=lags)
    assert kb.transfer_entropy(series, "a", "b", lags=np.int64(2)).n == 98
    with pytest.raises(kb.KullbackError, match="holds numbers"):
        kb.transfer_entropy({"a": [0.5, 1.5, 2.5], "b": [1, 0, 1]}, "a", "b")
