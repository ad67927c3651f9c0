"""Every verb on every library and kind: value, type, shape, axis, and inputs left alone."""

from __future__ import annotations

import functools
import itertools
import math

import exact
import numpy as np
import pytest
from libraries import dtype_of, extra, numbers

import kullback as kb

# Short in binary, so that every float type holds them exactly and rows sum to exactly 1.
P = np.array([[0.5, 0.25, 0.25, 0.0], [0.125, 0.375, 0.0, 0.5], [0.0, 1.0, 0.0, 0.0]])
Q = np.array([[0.25, 0.25, 0.375, 0.125], [0.125, 0.375, 0.5, 0.0], [0.5, 0.25, 0.25, 0.0]])
NEG = -math.inf
Z = np.array([[0.5, -1.25, 3.0, NEG], [30.0, -30.0, 0.0, 0.5], [2.0, NEG, NEG, NEG]])
W = np.array([[0.5, -1.0, 3.0, 0.25], [30.0, 2.0, 1.0, NEG], [-1.0, 0.5, 2.0, 0.0]])
Y, V = np.array([0, 3, 1]), np.array([0, 1, 1])

with np.errstate(divide="ignore"):
    TABLES = {
        "probs": (P, Q),
        "log_probs": (np.log(P), np.log(Q)),
        "logits": (Z, W),
        "labels": (Y, V),
    }
MAKE = {
    "probs": kb.Probs,
    "log_probs": kb.LogProbs,
    "logits": kb.Logits,
    "labels": lambda y: kb.Labels(y, 4),
}
KINDS = tuple(TABLES)
BINARY = tuple(f.__name__ for f in exact.BINARY)

# Relative and absolute errors allowed, per type of the result.
# float64: K = 4 terms of a few ulp each, and exp(x) of |x| <= 60 carries 60 ulp: 2e-14.
# float32: computed in float64 and rounded once; Jeffreys and Jensen-Shannon's root a second
#   time, perplexity has exp(h) after the rounding of h <= 60: 60 x 6e-8.
# float32 without float64 in the backend (JAX by default): as float64, with ulps of 6e-8;
#   H, KL and JS are sums of parts up to 60, so what cancels is absolute.
TOLERANCE = {"float64": (2e-14, 1e-15), "float32": (1.3e-7, 1e-30)}
SINGLE = (1e-5, 1e-6)


def tolerance(library, dtype, name):
    if library.widest == "float32":
        return SINGLE
    rtol, atol = TOLERANCE[dtype]
    return (4e-6, 1e-7) if (name, dtype) == ("perplexity", "float32") else (rtol, atol)


def given(library, kind, side, dtype):
    """Return an array of the library, and the exact rows that it holds."""
    values = TABLES[kind][side]
    array = library.array(values, None if kind == "labels" else dtype)
    return array, values if kind == "labels" else numbers(array)


def agree(actual, wanted, rtol, atol):
    np.testing.assert_allclose(numbers(actual), np.array(wanted, float), rtol=rtol, atol=atol)
    assert not np.any(np.signbit(numbers(actual)) & (numbers(actual) == 0)), "-0.0"


def expected_dtype(library, *kinds_and_dtypes):
    floats = {dtype for kind, dtype in kinds_and_dtypes if kind != "labels"}
    if "float64" in floats or not floats:
        return library.widest
    return "float32"


@pytest.mark.parametrize("pair", [*itertools.product(KINDS, KINDS)], ids="-".join)
@pytest.mark.parametrize("name", BINARY)
def test_two_operands(library, name, pair):
    for dtype in library.dtypes:
        (p, rows_p), (q, rows_q) = (given(library, kind, i, dtype) for i, kind in enumerate(pair))
        before = numbers(p).copy(), numbers(q).copy()
        result = getattr(kb, name)(MAKE[pair[0]](p), MAKE[pair[1]](q))
        # D is defined for two tables; a label has no rounding in it, so D is its cross-entropy.
        asked = "cross_entropy" if (name, pair[0]) == ("kl_divergence", "labels") else name
        wanted = [exact.measure(asked, pair, rows, 4) for rows in zip(rows_p, rows_q, strict=True)]
        assert library.owns(result)
        out = expected_dtype(library, *((kind, dtype) for kind in pair))
        assert dtype_of(result) == out
        assert tuple(result.shape) == (3,)
        agree(result, wanted, *tolerance(library, out, name))
        np.testing.assert_array_equal(before[0], numbers(p))
        np.testing.assert_array_equal(before[1], numbers(q))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [f.__name__ for f in exact.UNARY])
def test_one_operand(library, name, kind):
    for dtype in library.dtypes:
        p, rows = given(library, kind, 0, dtype)
        result = getattr(kb, name)(MAKE[kind](p))
        out = expected_dtype(library, (kind, dtype))
        assert library.owns(result)
        assert dtype_of(result) == out
        wanted = [exact.measure(name, (kind,), (row,), 4) for row in rows]
        agree(result, wanted, *tolerance(library, out, name))


@pytest.mark.parametrize("kind", KINDS)
def test_self_information_of_every_outcome(library, kind):
    for dtype in library.dtypes:
        p, rows = given(library, kind, 0, dtype)
        result = kb.self_information(MAKE[kind](p))
        out = expected_dtype(library, (kind, dtype))
        assert library.owns(result)
        assert dtype_of(result) == out
        wanted = [[surprise(kind, row, k) for k in range(4)] for row in rows]
        agree(result, wanted, *tolerance(library, out, "self_information"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("integers", [list, None], ids=["list", "array"])
def test_log_likelihood(library, kind, integers):
    x = np.array([[0, 1, 1], [2, 3, 0]])
    for dtype in library.dtypes:
        q, rows = given(library, kind, 0, dtype)
        sample = x.tolist() if integers else library.array(x)
        result = kb.log_likelihood(sample, MAKE[kind](q))
        out = expected_dtype(library, (kind, dtype))
        assert library.owns(result)
        assert dtype_of(result) == out
        wanted = [[-surprise(kind, rows[j], x[i, j]) for j in range(3)] for i in range(2)]
        np.testing.assert_allclose(
            numbers(result), np.array(wanted, float), *tolerance(library, out, "log_likelihood")
        )
        both = kb.self_information(MAKE[kind](q), sample)
        np.testing.assert_array_equal(numbers(both), -numbers(result))


@pytest.mark.parametrize("pair", [*itertools.product(KINDS[:3], KINDS[:3])], ids="-".join)
def test_log_likelihood_ratio(library, pair):
    x = np.array([0, 1, 1])
    for dtype in library.dtypes:
        (p, rows_p), (q, rows_q) = (given(library, kind, i, dtype) for i, kind in enumerate(pair))
        result = kb.log_likelihood_ratio(library.array(x), MAKE[pair[0]](p), MAKE[pair[1]](q))
        assert library.owns(result)
        out = expected_dtype(library, *((kind, dtype) for kind in pair))
        assert dtype_of(result) == out
        wanted = [
            float(surprise(pair[1], rows_q[i], k) - surprise(pair[0], rows_p[i], k))
            for i, k in enumerate(x)
        ]
        rtol, atol = tolerance(library, out, "log_likelihood_ratio")
        # A difference of two logarithms up to 60: what cancels is absolute.
        np.testing.assert_allclose(numbers(result), wanted, rtol, max(atol, 2e-14))


def surprise(kind, row, k):
    with exact.workdps(exact.DIGITS):
        p = exact.probs(kind, row, 4)[k]
        return float(-exact.log(p)) if p > 0 else math.inf


# ---------------------------------------------------------------- shape, axis, precision

VERBS = {
    "entropy": (1, kb.entropy),
    "perplexity": (1, kb.perplexity),
    "self_information": (1, lambda p, **o: kb.self_information(p, [1], **o)),
    "log_likelihood": (1, functools.partial(kb.log_likelihood, [1])),
    "log_likelihood_ratio": (2, functools.partial(kb.log_likelihood_ratio, [1])),
    **{name: (2, getattr(kb, name)) for name in BINARY if name != "perplexity"},
    "cross-perplexity": (2, kb.perplexity),
}
EVERY_VERB = pytest.mark.parametrize("name", VERBS)


@EVERY_VERB
def test_axis_moves_the_outcomes(library, name):
    operands, verb = VERBS[name]
    p = [library.array(x, "float32") for x in (Q, P)[:operands]]
    turned = [library.array(x.T.copy(), "float32") for x in (Q, P)[:operands]]
    wanted = numbers(verb(*p))
    np.testing.assert_array_equal(numbers(verb(*turned, axis=0)), wanted)
    np.testing.assert_array_equal(numbers(verb(*turned, axis=-2)), wanted)


@EVERY_VERB
def test_batches_broadcast_and_nothing_is_averaged(library, name):
    operands, verb = VERBS[name]
    if operands == 1:
        deep = library.array(np.broadcast_to(Q, (2, 3, 4)), "float32")
        assert tuple(verb(deep).shape) == (2, 3)
        np.testing.assert_array_equal(numbers(verb(deep)[1, ...]), numbers(verb(deep[1, ...])))
        return
    left = library.array(Q[:, None, :], "float32")
    right = library.array(Q[None, ...], "float32")
    result = verb(left, right)
    assert tuple(result.shape) == (3, 3)
    for i, j in itertools.product(range(3), range(3)):
        one = verb(library.array(Q[i : i + 1], "float32"), library.array(Q[j : j + 1], "float32"))
        # The order of a sum may differ between shapes: 4 terms, 3 roundings.
        np.testing.assert_allclose(numbers(result)[i, j], numbers(one)[0], rtol=4e-7, atol=1e-7)


@EVERY_VERB
def test_precisions_mix_to_the_widest(library, name):
    operands, verb = VERBS[name]
    if operands == 1 or "float64" not in library.dtypes:
        assert dtype_of(verb(*[library.array(Q, "float32")] * operands)) == "float32"
        return
    mixed = verb(library.array(Q, "float32"), library.array(Q, "float64"))
    assert dtype_of(mixed) == "float64"


@pytest.mark.parametrize("unit", [kb.BITS, kb.HARTLEYS, "bits", "hartleys"], ids=str)
@EVERY_VERB
def test_units_divide_once(library, name, unit):
    if name in ("perplexity", "cross-perplexity", "log_likelihood"):
        with pytest.raises(TypeError, match="unit"):
            VERBS[name][1](Q, unit=unit)
        return
    operands, verb = VERBS[name]
    p = [library.array(x, "float32") for x in (Q, P)[:operands]]
    nats, other = verb(*p), verb(*p, unit=unit)
    size = math.log(2 if "bits" in str(unit) else 10)
    assert library.owns(other)
    assert dtype_of(other) == "float32"
    power = 0.5 if name == "jensen_shannon_distance" else 1
    # One more rounding, or two under the root.
    np.testing.assert_allclose(numbers(other), numbers(nats) / size**power, rtol=2.5e-7)


@EVERY_VERB
def test_integers_are_certain_events(library, name):
    operands, verb = VERBS[name]
    certain = library.array(np.array([[1, 0, 0, 0], [0, 1, 0, 0]]))
    same = library.array(np.array([[0.0, 1.0, 0.0, 0.0]] * 2), library.widest)
    result = verb(*(certain, same)[:operands])
    assert dtype_of(result) == library.widest
    assert math.isinf(numbers(result)[0]) or name in (*BINARY, "entropy", "perplexity")
    agree(numbers(result)[1:], [float("perplexity" in name)], 0, 0)


def test_device_is_kept(library):
    p = library.array(Q, "float32")
    if not hasattr(p, "device"):
        pytest.fail("the library has no devices")
    for name, (operands, verb) in VERBS.items():
        assert verb(*(p, p)[:operands]).device == p.device, name


def test_bfloat16_in_numpy():
    bfloat16 = extra("ml_dtypes", "jax").bfloat16
    p, q = P.astype(bfloat16), Q.astype(bfloat16)
    for name in BINARY:
        result = getattr(kb, name)(p, q)
        assert result.dtype == np.float32
        agree(result, numbers(getattr(kb, name)(P, Q)), 4e-7, 0)  # exp(h) rounds h first
    assert kb.entropy(kb.Logits(np.zeros(4, bfloat16))) == np.float32(math.log(4))


def test_lists_are_numpy():
    assert isinstance(kb.kl_divergence([0.5, 0.5], [0.25, 0.75]), np.float64)
    assert isinstance(kb.entropy([[0.5, 0.5]]), np.ndarray)


def test_two_libraries_are_refused(library):
    if library.name.endswith("numpy"):
        assert library.owns(kb.kl_divergence(Q, library.array(Q, "float64")))
        return
    with pytest.raises(kb.KullbackError, match="several libraries"):
        kb.kl_divergence(library.array(Q, "float32"), np.asarray(Q))


def test_checks_run_on_every_library(library):
    with pytest.raises(kb.KullbackError, match=r"sums to 0\.75, not 1"):
        kb.entropy(library.array(np.array([0.25, 0.5]), "float32"))
    with pytest.raises(kb.KullbackError, match=r"1.* is -0\.5"):
        kb.entropy(library.array(np.array([1.5, -0.5]), "float32"))
    with pytest.raises(kb.KullbackError, match="NaN"):
        kb.entropy(library.array(np.array([[0.5, 0.5], [np.nan, 0.5]]), "float32"))
    with pytest.raises(kb.KullbackError, match=r"0, 1.* is inf"):
        kb.entropy(kb.Logits(library.array(np.array([[0.5, np.inf]]), "float32")))
    with pytest.raises(kb.KullbackError, match="4, which is not an outcome"):
        kb.log_likelihood(library.array(np.array([4])), library.array(Q[0], "float32"))


def test_samples_and_counts(library):
    """An estimate keeps the caller's library in its value; float() reads it on all."""
    q = library.array(Q[0], "float32")
    samples = kb.Samples(library.array(np.array([0, 1, 1, 2, 3, 0])))
    counts = kb.Counts(library.array(np.array([2, 2, 1, 1])))
    loss = [2, 2, math.log2(8 / 3), 3]
    mean = (2 * loss[0] + 2 * loss[1] + loss[2] + loss[3]) / 6
    error = math.sqrt(
        sum(n * (x - mean) ** 2 for n, x in zip([2, 2, 1, 1], loss, strict=True)) / 30
    )
    for data in (samples, counts):
        e = kb.cross_entropy(data, q, unit="bits")
        assert library.owns(e.value)
        assert library.owns(e.std_error)
        # The mean of 6 rounded float32 losses, when that is the widest type there is.
        assert float(e) == pytest.approx(mean, rel=4e-7)
        assert float(e.std_error) == pytest.approx(error, rel=1e-6)
        assert float(kb.perplexity(data, q)) == pytest.approx(2**mean, rel=2e-6)
        h = kb.entropy(data)
        plug_in = math.log(6) - 4 * math.log(2) / 6
        assert library.owns(h.value)
        one_rounding = 1e-14 if library.widest == "float64" else 6e-8
        assert float(h) == pytest.approx(plug_in + 3 / 12, rel=2 * one_rounding)


def test_joint(library):
    table = library.array(np.array([[0.5, 0.125], [0.125, 0.25]]), "float32")
    joint = kb.Joint(table, ["x", "y"])
    total = kb.entropy(joint, unit="bits")
    given_x = kb.entropy(joint, "y", given="x", unit="bits")
    assert library.owns(total)
    assert dtype_of(total) == "float32"
    # H = 1/2 + 2 (3/8) + 2/4 = 1.75 bits, H(x) = H(5/8, 3/8); one float32 rounding each.
    h_x = -(5 / 8) * math.log2(5 / 8) - (3 / 8) * math.log2(3 / 8)
    assert float(total) == pytest.approx(1.75, rel=3e-7)
    assert float(given_x) == pytest.approx(1.75 - h_x, rel=1e-6)


def test_explain_reads_every_library(library):
    mine = kb.explain(library.array(P[0], "float32"), library.array(Q[0], "float32"))
    assert mine.p == tuple(P[0])
    assert mine.kl_pq == pytest.approx(
        float(exact.kl_divergence(*map(list, (P[0], Q[0])))), rel=1e-6
    )
    assert mine.reverse_infinite_because == ("3",)


def test_small_labels_of_any_integer_type():
    torch = extra("torch")
    q = torch.tensor([[0.2, 0.8], [0.5, 0.5]])
    for dtype in (torch.int32, torch.uint8, torch.int64):
        loss = kb.cross_entropy(kb.Labels(torch.tensor([1, 0], dtype=dtype), 2), q)
        torch.testing.assert_close(loss, -torch.log(torch.tensor([0.8, 0.5])))
