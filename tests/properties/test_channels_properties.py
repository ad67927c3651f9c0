"""What holds for every channel and every chain, on examples that hypothesis looks for."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import kullback as kb

GAP = 1e-10  # the tolerance that is asked for: two capacities may differ by two of it
EPS = 2.0**-52
# Products of the smallest are still normal floats.
weights = st.one_of(st.just(0.0), st.floats(1e-3, 1.0), st.floats(1e-150, 1e-3))
some = settings(max_examples=100)


@st.composite
def channels(draw, inputs=None, outputs=None, largest=6):
    """Draw a channel; rows may be sparse, nearly certain or repeated."""
    inputs = draw(st.integers(1, largest)) if inputs is None else inputs
    outputs = draw(st.integers(1, largest)) if outputs is None else outputs
    table = [
        draw(st.lists(weights, min_size=outputs, max_size=outputs).filter(lambda r: sum(r) >= 1e-3))
        for _ in range(inputs)
    ]
    rows = draw(st.lists(st.sampled_from(range(inputs)), min_size=inputs, max_size=inputs))
    table = np.array(table)[rows if draw(st.booleans()) else slice(None)]
    return table / table.sum(axis=1, keepdims=True)


@st.composite
def chains(draw, largest=5):
    size = draw(st.integers(1, largest))
    return draw(channels(size, size))


def capacity(channel):
    return kb.channel_capacity(channel).value


def transmitted(law, channel):
    """The mutual information of input and output, as a mean divergence from the output law."""
    used = law > 0
    return float(law[used] @ kb.kl_divergence(channel[used], law @ channel))


@some
@given(channels())
def test_the_certificate(channel):
    c = kb.channel_capacity(channel)
    assert 0 <= c.lower <= c.value <= c.upper <= c.lower + GAP
    assert c.upper - c.lower <= GAP * c.upper or c.upper > 1
    assert c.lower <= math.log(min(channel.shape)) * (1 + 8 * EPS)
    assert np.all(c.input >= 0)
    assert abs(c.input.sum() - 1) <= 8 * EPS
    # What the input law transmits, from its definition: K <= 6 terms of a few roundings.
    assert abs(transmitted(c.input, channel) - c.value) <= 64 * EPS * max(c.value, EPS)


@some
@given(channels(), st.data())
def test_no_input_law_transmits_more(channel, data):
    law = data.draw(channels(1, len(channel)))[0]
    told = transmitted(law, channel)
    assert told <= kb.channel_capacity(channel).upper * (1 + 64 * EPS) + 64 * EPS**2


@some
@given(channels(), st.data())
def test_processing_tells_nothing_new(channel, data):
    after = data.draw(channels(inputs=channel.shape[1]))
    before = data.draw(channels(outputs=channel.shape[0]))
    c = capacity(channel)
    # Rows of a product are rounded; by that alone they may tell EPS more about each other.
    assert capacity(channel @ after) <= c + 2 * GAP
    assert capacity(before @ channel) <= c + 2 * GAP


@some
@given(channels(), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(channel, random):
    rows, columns = (random.sample(range(n), n) for n in channel.shape)
    c = capacity(channel)
    assert abs(capacity(channel[rows][:, columns]) - c) <= 2 * GAP
    assert abs(capacity(np.concatenate([channel, channel[rows]])) - c) <= 2 * GAP


@some
@given(channels(largest=4), channels(largest=4))
def test_two_channels_side_by_side_add_up(one, other):
    assert abs(capacity(np.kron(one, other)) - capacity(one) - capacity(other)) <= 3 * GAP


# ---------------------------------------------------------------- chains


@some
@given(chains(), st.data())
def test_a_rate_is_a_mean_of_the_rows_entropies(chain, data):
    law = data.draw(channels(1, len(chain)))[0]
    rate = float(kb.entropy_rate(chain, initial=law))
    rows = kb.entropy(chain)
    assert rows.min() - 64 * EPS <= rate <= rows.max() + 64 * EPS


@some
@given(chains(), st.data())
def test_the_names_of_states_do_not_matter(chain, data):
    law = data.draw(channels(1, len(chain)))[0]
    order = data.draw(st.permutations(range(len(chain))))
    rate = float(kb.entropy_rate(chain, initial=law))
    again = float(kb.entropy_rate(chain[order][:, order], initial=law[order]))
    assert abs(again - rate) <= 64 * EPS * max(rate, EPS)


@some
@given(channels(1))
def test_independent_draws(rows):
    """A chain that forgets where it is has the entropy of its row."""
    row = rows[0]
    rate = float(kb.entropy_rate(np.tile(row, (len(row), 1))))
    wanted = float(kb.entropy(row))
    assert abs(rate - wanted) <= 64 * EPS * max(wanted, EPS)


@some
@given(chains())
def test_one_class_forgets_its_start(chain):
    try:
        rate = float(kb.entropy_rate(chain))
    except kb.KullbackError as error:
        assert error.key == "transition.classes"  # noqa: PT017 (a chain may have several)
        return
    for start in np.eye(len(chain)):
        assert abs(float(kb.entropy_rate(chain, initial=start)) - rate) <= 64 * EPS * rate


@some
@given(chains())
def test_joint_of_two_steps(chain):
    """The same rate from the joint law of two consecutive steps of a stationary chain."""
    lively = 0.5 * chain + 0.5 / len(chain)  # far from decomposable
    pi = np.full(len(chain), 1 / len(chain))
    for _ in range(80):  # the distance falls by half or more each time
        pi = pi @ lively
    joint = kb.Joint(pi[:, None] * lively, ["past", "now"])
    assert abs(float(kb.entropy_rate(joint)) - float(kb.entropy_rate(lively))) <= 256 * EPS
