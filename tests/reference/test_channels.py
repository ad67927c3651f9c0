"""Capacities against closed forms, and against an optimum that 60 digits prove."""

from __future__ import annotations

import itertools
import json
import math

import exact
import numpy as np
import pytest
from mpmath import exp, log, lu_solve, matrix, mpf, workdps

import kullback as kb

DIGITS = 60
GOAL = 1e-10


def random_channels():
    """Yield 20 channels of shapes from 2 x 2 to 20 x 30: flat, ordinary and sparse rows."""
    rng = np.random.default_rng(1948)
    shapes = [(2, 2), (20, 30), (2, 30), (20, 2)]
    shapes += [tuple(rng.integers([2, 2], [21, 31])) for _ in range(16)]
    for (inputs, outputs), spread in zip(shapes, itertools.cycle([1.0, 0.2, 10.0]), strict=False):
        yield rng.dirichlet(np.full(outputs, spread), inputs)


def proven(channel, law):
    """Return the capacity in 60 digits, by Newton's method on the inputs that a law uses.

    Where a law comes from does not matter: that all used inputs tell C about the output law and
    no other tells more (Kuhn and Tucker) is checked at the end, and is sufficient.
    """
    rows = [[mpf(float(x)) for x in row] for row in channel]
    used = [x for x, share in enumerate(law) if share > 0]
    share = [mpf(float(law[x])) for x in used]
    count, outputs = len(used), range(len(rows[0]))
    with workdps(DIGITS):
        for _ in range(8):
            q = [sum(r * rows[x][y] for r, x in zip(share, used, strict=True)) for y in outputs]
            told = [exact.kl_divergence(row, q) for row in rows]
            c = sum(r * told[x] for r, x in zip(share, used, strict=True)) / sum(share)
            system, wanted = matrix(count + 1), matrix(count + 1, 1)
            for i, x in enumerate(used):
                wanted[i] = c - told[x]
                system[i, count] = system[count, i] = 1
                for j, z in enumerate(used):
                    system[i, j] = sum(
                        rows[z][y] * (1 - rows[x][y] / q[y]) for y in outputs if q[y] > 0
                    )
            wanted[count] = 1 - sum(share)
            step = lu_solve(system, wanted)
            share = [r + step[i] for i, r in enumerate(share)]
        tiny = mpf(10) ** (10 - DIGITS)
        assert min(share) > 0
        assert all(abs(told[x] - c) < tiny for x in used)
        assert all(d < c + tiny for d in told)
        return c


def certified(capacity, wanted, tolerance=GOAL):
    """The true capacity is between the bounds, which keep what was promised."""
    assert capacity.lower <= wanted <= capacity.upper
    assert capacity.lower <= capacity.value <= capacity.upper
    assert capacity.upper - capacity.lower <= tolerance
    assert abs(capacity.value - wanted) <= tolerance


def entropy_of(*p):
    return exact.entropy([mpf(x) for x in p])


FLIPS = [0.5, 0.25, 0.11, 1e-3, 1e-9, 1e-300, 0.5 - 2**-30, 1 - 2**-20]


@pytest.mark.parametrize("f", FLIPS)
def test_binary_symmetric_channel(f):
    with workdps(DIGITS):
        total = mpf(1 - f) + mpf(f)  # 1 but for the rounding of 1 - f
        wanted = total * log(2 / total) - entropy_of(1 - f, f)
        c = kb.channel_capacity([[1 - f, f], [f, 1 - f]])
        certified(c, wanted, GOAL * min(1.0, float(wanted)))
    assert c.input.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("e", [0.0, 0.5, 0.25, 2**-40, 1 - 2**-40, 1.0])
def test_binary_erasure_channel(e):
    with workdps(DIGITS):
        c = kb.channel_capacity([[1 - e, e, 0], [0, e, 1 - e]], unit="bits")
        assert c.unit is kb.BITS
        certified(c, 1 - mpf(e))


@pytest.mark.parametrize("f", [0.0, 0.5, 0.11, 5e-324, 2**-30, 0.99, 1 - 2**-30, 1 - 2**-50])
def test_z_channel(f):
    """C = log(1 + (1 - f) f^(f / (1 - f))), to the same digits however little gets through."""
    with workdps(DIGITS):
        f_ = mpf(f)
        stay = mpf(1 - f)
        wanted = log(1 + stay * f_ ** (f_ / stay))
        c = kb.channel_capacity([[1, 0], [f, 1 - f]])
        certified(c, wanted, GOAL * min(1.0, float(wanted)))


@pytest.mark.parametrize("rare", [1e-100, 1e-300, 5e-324])
def test_rare_outputs(rare):
    """Rows (1, 0) and (1, a): C = a/e for small a, whether a is a normal float or not.

    With r a for the output the inputs tell r a and (to first order) a log(1/r) - a + r a: both
    bounds are a/e at r = 1/e, where what is neglected is a^2.
    """
    c = kb.channel_capacity([[1.0, 0.0], [1.0, rare]], unit="nats")
    with workdps(DIGITS):
        wanted = mpf(rare) * exp(-1)
        # The bounds themselves are multiples of 5e-324, which the smallest capacity is below.
        assert abs(c.value - wanted) <= GOAL * wanted + mpf(5e-324)
    assert c.input[1] == pytest.approx(math.exp(-1), rel=1e-3) or rare == 5e-324


def test_symmetric_channels():
    """Rows that permute one another, and columns too: C = log K - H(row)."""
    row = [0.5, 0.25, 0.125, 0.125]
    channel = [row[-i:] + row[:-i] for i in range(4)]
    with workdps(DIGITS):
        certified(kb.channel_capacity(channel), log(4) - entropy_of(*row))
        typewriter = [
            [0.5 if y in (x, (x + 1) % 26) else 0.0 for y in range(26)] for x in range(26)
        ]
        certified(kb.channel_capacity(typewriter), log(13))
        certified(kb.channel_capacity(np.eye(7)), log(7))
        certified(kb.channel_capacity(kb.Labels([0, 2, 2, 1, 0], 5)), log(3))


@pytest.mark.parametrize("number", range(20))
def test_random_channels(number):
    channel = list(random_channels())[number]
    c = kb.channel_capacity(channel)
    wanted = proven(channel, c.input)
    certified(c, wanted)
    tight = kb.channel_capacity(channel, tolerance=1e-12)
    certified(tight, wanted, 1e-12)


def test_published_value():
    """Cover and Thomas (2006), problem 7.8: the Z-channel with f = 1/2 has log2 5 - 2 bits."""
    c = kb.channel_capacity([[1.0, 0.0], [0.5, 0.5]], unit="bits")
    with workdps(DIGITS):
        certified(c, log(5, 2) - 2)
    assert c.input.tolist() == pytest.approx([0.6, 0.4], abs=1e-5)  # C is flat at its maximum


# ---------------------------------------------------------------- what slows a search down

THREE = np.array([[0.7, 0.2, 0.1, 0.0], [0.1, 0.6, 0.2, 0.1], [0.0, 0.1, 0.1, 0.8]])


def test_duplicates_and_mixtures_change_nothing():
    wanted = proven(THREE, kb.channel_capacity(THREE).input)
    for extra in (THREE, THREE[:1], THREE.mean(0)[None], (0.25 * THREE[0] + 0.75 * THREE[2])[None]):
        c = kb.channel_capacity(np.vstack([THREE, extra]))
        # A mixture is rounded: it may be no mixture by an ulp, and tell that much more.
        certified(c, wanted)


def test_an_input_at_the_very_edge_of_use():
    """It tells exactly C and has share 0: where Blahut-Arimoto steps converge as 1/n."""
    q = kb.channel_capacity(THREE, tolerance=1e-13)
    law = q.input @ THREE
    low, high = 0.0, 1.0
    corner = np.array([0.0, 1.0, 0.0, 0.0])
    for _ in range(60):
        middle = (low + high) / 2
        told = kb.kl_divergence((1 - middle) * law + middle * corner, law)
        low, high = (middle, high) if told < q.value else (low, middle)
    edge = (1 - low) * law + low * corner
    c = kb.channel_capacity(np.vstack([THREE, edge]))
    assert c.upper - c.lower <= GOAL
    assert c.value == pytest.approx(q.value, abs=GOAL)
    assert c.iterations < 50


def test_nothing_gets_through():
    for row in ([1.0], [0.5, 0.5], [0.1, 0.2, 0.7], [0.0, 1.0]):
        for inputs in (1, 2, 5):
            c = kb.channel_capacity([row] * inputs)
            assert (c.value, c.lower, c.upper) == (0.0, 0.0, 0.0)
            assert not math.copysign(1, c.value) < 0


@pytest.mark.parametrize("size", [1e-4, 1e-8, 1e-12, 1e-15])
def test_nearly_useless_channels_keep_their_digits(size):
    """Rows that differ by 1e-8 have a capacity of 1e-17, and ten digits of it are found."""
    rng = np.random.default_rng(7)
    z = rng.normal(size=(4, 6))
    channel = 1 / 6 + size * (z - z.mean(axis=1, keepdims=True))
    c = kb.channel_capacity(channel)
    wanted = proven(channel, c.input)
    assert 0 < wanted < 10 * size**2
    certified(c, wanted, GOAL * float(wanted))


def test_exponentially_small_shares():
    """A row that alone has some output must be used, and here a share of exp(-30) is enough.

    Without it the channel is binary symmetric, f = 0.1, with C = 0.368. With the output law
    (1 - e)(1/2, 1/2, 0) + (0, 0, e) that row tells 0.01 log(0.01 / e) + 0.99 log 0.99 and a bit,
    less than C for e = exp(-35), and the others e more than before.
    """
    c = kb.channel_capacity([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.5, 0.49, 0.01]])
    with workdps(DIGITS):
        two = log(2) - entropy_of(0.9, 0.1)
        assert c.lower <= two + mpf(2) ** -50
        assert two <= c.upper
        assert abs(c.value - two) < GOAL
    assert 0 < c.input[2] < 1e-9


# ---------------------------------------------------------------- the result


def test_a_search_that_is_cut_short_tells_its_bounds():
    with pytest.raises(kb.KullbackError, match=r"between 0\.2\d+ and 0\.2\d+ nats; after 2") as e:
        kb.channel_capacity([[1.0, 0.0], [0.5, 0.5]], max_iterations=2)
    assert "max_iterations" in e.value.hint
    assert float(e.value.values["lower"]) < math.log(1.25) < float(e.value.values["upper"])
    loose = kb.channel_capacity([[1.0, 0.0], [0.5, 0.5]], max_iterations=2, tolerance=0.1)
    assert loose.lower < math.log(1.25) < loose.upper


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan, 1e-18])
def test_no_rounding_fakes_a_certificate(tolerance):
    with pytest.raises(kb.KullbackError, match="tolerance"):
        kb.channel_capacity([[1.0, 0.0], [0.5, 0.5]], tolerance=tolerance)


def test_units_and_forms():
    channel = [[0.75, 0.25], [0.5, 0.5]]
    nats = kb.channel_capacity(channel)
    bits = kb.channel_capacity(channel, unit="bits")
    assert float(bits) == pytest.approx(float(nats) / math.log(2), abs=2e-10)
    assert str(bits) == f"{bits.value:.4g} bits (bounds {bits.upper - bits.lower:.1e} apart)"
    assert f"{bits:.2f}" == "0.05 bits"
    assert repr(bits).startswith("<Capacity 0.04882 bits, gap ")
    again = json.loads(json.dumps(bits.to_dict()))
    assert again["input"] == bits.input.tolist()
    assert (again["value"], again["unit"]) == (bits.value, "bits")


def test_kinds_and_mistakes():
    rows = np.log([[0.5, 0.5], [0.25, 0.75]])
    wanted = kb.channel_capacity(np.exp(rows)).value
    for kind in (kb.Logits, kb.LogProbs):
        assert kb.channel_capacity(kind(rows)).value == pytest.approx(wanted, abs=GOAL)
    with pytest.raises(kb.KullbackError, match=r"channel\[1\] sums to 0\.9"):
        kb.channel_capacity([[0.5, 0.5], [0.5, 0.4]])
    with pytest.raises(kb.NoRuleError, match="channel_capacity has no rule for Counts"):
        kb.channel_capacity(kb.Counts([[1, 2], [2, 1]]))
