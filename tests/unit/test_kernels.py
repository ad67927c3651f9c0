"""The kernels of NumPy: which one runs, blocks, threads, and the check in the same pass."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

import kullback as kb
from kullback._kernels import blocks, generic
from kullback._kernels import numpy as kernels

K = 100
# Two orders of summing at most 2^17 numbers, and logarithms of two libraries, each to an ulp.
RTOL = 4e-15


def tables(*shape, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    return p, rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])


VERBS = {
    "entropy": lambda p, q: kb.entropy(p + 0 * q),
    "cross_entropy": kb.cross_entropy,
    "kl_divergence": kb.kl_divergence,
    "jensen_shannon_divergence": kb.jensen_shannon_divergence,
}
KERNELS = {
    "entropy": lambda p, q: generic.entropy_from_probs(np, p + 0 * q),
    "cross_entropy": lambda p, q: generic.cross_entropy_from_probs(np, p, q),
    "kl_divergence": lambda p, q: generic.kl_from_probs(np, p, q),
    "jensen_shannon_divergence": lambda p, q: generic.jensen_shannon(np, p, q),
}


@pytest.fixture(autouse=True)
def numpy_only(monkeypatch):
    """Keep the compiled kernels, which have a test of their own, out of this one."""
    monkeypatch.setattr("kullback._kernels.choice._compiled", lambda: None)


SHAPES = {
    "one row": ((8,), (8,)),
    "rows": ((300, K), (300, K)),
    "several blocks": ((2000, K), (2000, K)),
    "threads": ((blocks.PARALLEL // K + 7, K), (blocks.PARALLEL // K + 7, K)),
    "short rows": ((3000, 3), (3000, 3)),
    "middling rows": ((20, 700), (20, 700)),
    "a row over a block": ((blocks.BLOCK + 1,), (blocks.BLOCK + 1,)),
    "long rows": ((3, 2 * blocks.BLOCK), (3, 2 * blocks.BLOCK)),
    "one model": ((2000, K), (K,)),
    "one truth": ((1, K), (2000, K)),
    "every pair": ((40, 1, K), (1, 30, K)),
    "no row": ((0, 4), (0, 4)),
}


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_blocks_give_what_the_whole_gives(name, shapes):
    p, q = tables(*shapes[0])[0], tables(*shapes[1])[1]
    actual, wanted = VERBS[name](p, q), KERNELS[name](p, q)
    assert actual.shape == wanted.shape
    np.testing.assert_allclose(actual, wanted, rtol=RTOL)


@pytest.mark.parametrize("name", VERBS)
def test_mixed_rows(name):
    """Equal, near, far, sparse and impossible rows in one block, each by its own formula."""
    p, q = tables(12, K)
    q[0] = p[0]
    for row, eps in ((1, 1e-12), (2, 1e-8), (3, 1e-4), (4, 0.1)):
        q[row] = p[row] * (1 + eps * np.resize([1, -1], K))
    p[5, : K // 2] = 0
    q[6, : K // 2] = 0
    p[7], q[7] = np.eye(K)[0], np.eye(K)[1]
    p[8, :3], q[8, 3:6] = 1e-300, 1e-310
    p[9], q[9] = np.eye(K)[0], np.eye(K)[0]
    p[10, 0] = q[10, 0] = 0
    p[11, :4], q[11, :4] = [5e-324, 0, 1e-200, 1e-300], [1e-300, 5e-324, 1e-320, 0]
    p, q = (x / x.sum(-1, keepdims=True) for x in (p, q))
    ones = np.zeros((6, K))
    ones[:, 0] = 1.0
    tiny = [1e-300, 2e-300, 1.1e-300, 3e-310, 5e-324, 1e-320]
    p, q = np.vstack([p, ones, ones]), np.vstack([q, ones, ones])
    p[12:18, 1], q[12:18, 1] = tiny, tiny[1:] + tiny[:1]
    p[18:, 2], q[18:, 2] = 1e-308, np.array([1, 1 + 1e-7, 0.99, 0.7, 0.5, 0]) * 1e-308
    with np.errstate(all="ignore"):
        wanted = KERNELS[name](p, q)
    actual = VERBS[name](p, q)
    np.testing.assert_array_equal(np.isinf(actual), np.isinf(wanted))
    np.testing.assert_allclose(actual, wanted, rtol=RTOL, atol=5e-324)  # or the smallest number
    assert np.all(actual >= 0)
    assert not np.any(np.signbit(actual))


@pytest.mark.parametrize("dtype", ["float32", "float16", "longdouble"])
@pytest.mark.parametrize("name", VERBS)
def test_other_precisions_are_widened_block_by_block(name, dtype):
    p, q = (x.astype(dtype) for x in tables(2000, 10))
    actual = VERBS[name](p, q)
    assert actual.dtype == (np.float64 if dtype == "longdouble" else np.float32)
    wanted = KERNELS[name](p.astype(float), q.astype(float))
    np.testing.assert_allclose(actual, wanted.astype(actual.dtype), rtol=RTOL)


@pytest.mark.parametrize("name", VERBS)
def test_any_layout(name):
    p, q = tables(2000, K)
    wanted = VERBS[name](p, q)
    verb = getattr(kb, name)

    def both(p, q, **axis):
        return verb(p, **axis) if name == "entropy" else verb(p, q, **axis)

    np.testing.assert_allclose(both(p.T, q.T, axis=0), wanted, rtol=RTOL)
    wide = np.repeat(p, 2, axis=1)[:, ::2], np.repeat(q, 2, axis=1)[:, ::2]
    np.testing.assert_allclose(both(*wide), wanted, rtol=RTOL)
    cube = [x.reshape(20, 100, K).transpose(1, 0, 2) for x in (p, q)]
    np.testing.assert_allclose(both(*cube), wanted.reshape(20, 100).T, rtol=RTOL)


def test_inputs_are_left_alone():
    p, q = tables(2000, K)
    kept = p.copy(), q.copy()
    for verb in VERBS.values():
        verb(p, q)
    np.testing.assert_array_equal(p, kept[0])
    np.testing.assert_array_equal(q, kept[1])


WRONG = {
    "negative": (-0.25, "is negative|-0.25"),
    "nan": (math.nan, "NaN"),
    "infinite": (math.inf, "inf"),
    "sum": (0.5, "sums to"),
}


@pytest.mark.parametrize("rows", [1, 20, blocks.PARALLEL // K + 7], ids=["one", "block", "many"])
@pytest.mark.parametrize(("value", "text"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("verb", [kb.kl_divergence, kb.cross_entropy])
def test_wrong_rows_are_named_as_without_the_kernel(verb, value, text, rows):
    p, q = tables(rows, K)
    q[rows - 1, 1] = value
    with pytest.raises(kb.KullbackError, match=text) as by_kernel:
        verb(p, q)
    with pytest.raises(kb.KullbackError) as by_kind:
        kb.Probs(q)
    assert by_kernel.value.text() == by_kind.value.text().replace("p[", "q[", 1)
    assert f"q[{rows - 1}" in by_kernel.value.text()


def test_both_negative_is_no_ratio():
    with pytest.raises(kb.KullbackError, match=r"p\[0\]"):
        kb.kl_divergence([-0.5, 1.5], [-0.5, 1.5])


def test_a_sum_at_the_edge_of_the_tolerance_has_one_verdict():
    """Whatever way the kernel and the kind add up, the kind's verdict holds."""
    for k in range(200):
        p = np.full(7, (1 + 1e-6 + (k - 100) * 1e-17) / 7)
        try:
            kb.Probs(p)
        except kb.KullbackError:
            with pytest.raises(kb.KullbackError, match="over"):
                kb.entropy(p)
        else:
            assert kb.entropy(p) > 1.9


def test_check_false_trusts_probabilities():
    p = kb.Probs([0.5, 0.75], check=False)
    assert p.probs.tolist() == [0.5, 0.75]
    assert kb.entropy(p) == pytest.approx(-0.5 * np.log(0.5) - 0.75 * np.log(0.75), rel=1e-15)


def test_check_false_trusts_logits():
    """A row that is no number is seen in the result, and leaves the others alone."""
    z = kb.Logits([[0.0, 0.0], [np.nan, 0.0]], check=False)
    found = kb.entropy(z)
    assert found[0] == pytest.approx(np.log(2.0), rel=1e-15)
    assert np.isnan(found[1])


@pytest.mark.parametrize("name", ["entropy", "cross_entropy", "kl_divergence"])
@pytest.mark.parametrize("near", [False, True], ids=["ordinary", "near"])
def test_nothing_of_the_inputs_size_is_made(name, near):
    """At most 8 MB for 16 MB of numbers and more: buffers of two threads."""
    p, q = tables(20_000, K)
    if near:
        q = p * (1 + 1e-3 * (q - q.mean()))
        q /= q.sum(-1, keepdims=True)
    operands = (p,) if name == "entropy" else (p, q)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "threads", lambda size: 2 if size > blocks.PARALLEL else 1)
        tracemalloc.start()
        getattr(kb, name)(*operands)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8e6


def test_kernel_for_tells_which_one_runs():
    p = np.full(4, 0.25)
    assert kb.kernel_for(kb.entropy, p) is kernels.entropy_from_probs
    assert kb.kernel_for(kb.kl_divergence, kb.Logits(p), kb.Logits(p)) is kernels.kl_from_logits
    strict = pytest.importorskip("array_api_strict")
    assert kb.kernel_for(kb.entropy, strict.asarray(p)) is generic.entropy_from_probs
    with pytest.raises(kb.KullbackError, match="runs no kernel"):
        kb.kernel_for(kb.entropy, kb.Labels([1], 2))
    with pytest.raises(kb.KullbackError, match="is not a verb"):
        kb.kernel_for(np.sum, p)


LOGITS = {
    "near": lambda a, r: a + 1e-6 * r,
    "shifted": lambda a, r: a + 1e-6 * r + 1e4,
    "partly near": lambda a, r: a + 0.3 * r,
    "apart": lambda a, r: 0.1 * a + 10.0 * r,
    "far apart": lambda a, r: 0.1 * a + 300.0 * r,
    "equal": lambda a, r: a + 0.0 * r,
    "equal but for a shift": lambda a, r: a + 0.0 * r + 2.0,
}


@pytest.mark.parametrize("shape", [(7,), (3000, 40), (2, blocks.BLOCK + 3)], ids=str)
@pytest.mark.parametrize("name", LOGITS)
def test_logits(name, shape):
    rng = np.random.default_rng(0)
    a = 3.0 * rng.standard_normal(shape)
    b = LOGITS[name](a, rng.standard_normal(shape))
    actual = kb.kl_divergence(kb.Logits(a), kb.Logits(b))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(actual, generic.kl_from_logits(np, a, b), rtol=RTOL)
        np.testing.assert_allclose(
            kb.entropy(kb.Logits(b)), generic.entropy_from_logits(np, b), rtol=RTOL
        )
    assert np.all(actual == 0) if name == "equal" else np.all(actual >= 0)


def test_masked_logits():
    """Masks on both sides, on either side, on all but one outcome; and next to certain rows."""
    rng = np.random.default_rng(1)
    a = rng.standard_normal((60, 20))
    b = a + 0.01 * rng.standard_normal((60, 20))
    a[:50, :5] = b[:50, :5] = -math.inf
    a[:10, 7] = -math.inf
    b[5:15, 9] = -math.inf
    a[15, 1:] = b[15, 1:] = -math.inf
    a[15, 0] = b[15, 0] = 2.0
    a[16:20, 10] = 800.0
    b[18:22, 10] = 800.0
    with np.errstate(all="ignore"):
        wanted = generic.kl_from_logits(np, a, b), generic.entropy_from_logits(np, a)
    np.testing.assert_allclose(kb.kl_divergence(kb.Logits(a), kb.Logits(b)), wanted[0], rtol=RTOL)
    np.testing.assert_allclose(kb.entropy(kb.Logits(a)), wanted[1], rtol=RTOL)
