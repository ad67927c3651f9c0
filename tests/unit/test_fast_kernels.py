"""The compiled kernels of the extra `fast` against those of NumPy, and against mpmath."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from exact import cross_entropy, entropy, jensen_shannon_divergence, kl_divergence
from libraries import extra
from mpmath import exp, expm1, log, mpf, workdps

from kullback._kernels import numba as fast
from kullback._kernels import numpy as blocked

PAIRS = {
    "cross_entropy_from_probs": cross_entropy,
    "jensen_shannon": jensen_shannon_divergence,
    "kl_from_probs": kl_divergence,
}
# Both add terms that are right to 10 eps at most; where NumPy's is as written, few eps of p + q
# are compared with a quarter at least.
ULPS = 5e-15
SHAPES = [(3, 1), (7, 2), (40, 8), (5, 31), (200, 100), (2, 3, 33), (3, 1025), (1, 65536), (70001,)]
SHAPES += [(6000, 100), (2, 300_000)]  # on several threads, and in pieces


@pytest.fixture(autouse=True, scope="module")
def compiler():
    extra("numba", "fast")


def normalised(p):
    return p / p.sum(axis=-1, keepdims=True)


def table(rng, shape):
    return normalised(rng.exponential(size=shape))


def thinned(rng, p, share=0.6):
    """Return a table with exact zeros."""
    kept = np.where(rng.random(p.shape) < share, 0.0, p)
    kept[..., 0] += 1e-3
    return normalised(kept)


def near(eps):
    def pair(rng, shape):
        p = table(rng, shape)
        return p, normalised(p * (1 + eps * rng.uniform(-1, 1, shape)))

    return pair


def sparse(rng, shape):
    p = thinned(rng, table(rng, shape))
    return p, normalised(0.9 * p + 0.1 * thinned(rng, table(rng, shape)))


def tiny(rng, shape):
    """Probabilities that are often below the smallest normal number."""
    return tuple(
        normalised(np.where(rng.random(shape) < 0.7, 2.0 ** rng.uniform(-1074, 0, shape), 0.5))
        for _ in range(2)
    )


TABLES = {
    "unrelated": lambda rng, shape: (table(rng, shape), table(rng, shape)),
    "far": lambda rng, shape: (table(rng, shape), normalised(rng.exponential(size=shape) ** 9)),
    "sparse": sparse,
    "impossible": lambda rng, shape: (table(rng, shape), thinned(rng, table(rng, shape), 0.1)),
    "tiny": tiny,
    "one certain": lambda rng, shape: (
        normalised(1e-200 * table(rng, shape) + (np.arange(shape[-1]) == 0)),
        table(rng, shape),
    ),
    **{f"{eps:g} apart": near(eps) for eps in (0.3, 1e-2, 1e-5, 1e-8, 1e-12)},
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("how", TABLES)
def test_both_agree_on_tables(how, shape):
    p, q = TABLES[how](np.random.default_rng(5), shape)
    for a, b in ((p, q), (q, p)):
        for name in PAIRS:
            expected = getattr(blocked, name)(np, a, b)
            got = getattr(fast, name)(np, a, b)
            np.testing.assert_allclose(got, expected, rtol=ULPS, atol=1e-320, err_msg=name)
        expected = blocked.entropy_from_probs(np, a)
        np.testing.assert_allclose(fast.entropy_from_probs(np, a), expected, rtol=ULPS)


@pytest.mark.parametrize("how", TABLES)
@pytest.mark.parametrize("name", PAIRS)
def test_tables_against_the_definition(how, name):
    rng = np.random.default_rng(6)
    for k in (2, 13, 200):
        p, q = TABLES[how](rng, (4, k))
        got = getattr(fast, name)(np, p, q)
        with workdps(50):
            for value, a, b in zip(got, p, q, strict=True):
                exact = PAIRS[name]([mpf(float(x)) for x in a], [mpf(float(x)) for x in b])
                # The goal for values from such tables is 1e-14.
                assert value == exact or abs(value - exact) <= 1e-14 * exact
        with workdps(50):
            exact = [float(entropy([mpf(float(x)) for x in row])) for row in p]
        np.testing.assert_allclose(fast.entropy_from_probs(np, p), exact, rtol=1e-14)


def single(term, p, q):
    """Return a term of every pair of numbers by itself."""
    value = np.empty((3, len(p)))
    fast._adding_up(term)(fast._flat(p), fast._flat(q), np.empty(max(len(p), 1024)), *value)
    return value[0]


def all_sizes(rng, n):
    """Numbers from the smallest to 2, many next to 1, and those where a branch changes."""
    edges = [5e-324, 2.0**-1022, 2 / 3, 4 / 3, 0.5**0.5, 1.0, 1.5, 2.0]
    return np.concatenate(
        [
            np.maximum(2.0 ** rng.uniform(-1074, 1, n), 5e-324),
            rng.uniform(0.0, 2.0, n),
            1.0 - 2.0 ** rng.uniform(-53, -1, n),
            1.0 + 2.0 ** rng.uniform(-52, -1, n),
            *([x, np.nextafter(x, 2.5), np.nextafter(x, 1.0)] for x in edges),
        ]
    )


def test_the_logarithm_is_right_to_the_last_digit():
    x = all_sizes(np.random.default_rng(7), 1000)
    got = single(fast._surprise, np.ones_like(x), x)
    with workdps(40):
        exact = [log(mpf(float(value))) for value in x]
        off = [abs(value - e) for value, e in zip(got, exact, strict=True)]
    ulp = np.spacing(np.abs([float(e) for e in exact]))
    # Of 1 ulp, half is the last rounding, and what is added there is right to few of its own ulps.
    assert max(float(o) / u for o, u in zip(off, ulp, strict=True)) < 1.0


@pytest.mark.parametrize(
    "ratio", [(-0.3, 0.3), (-1.7, 1.7), (-40, 40), (-1e-8, 1e-8)], ids="by 2^{0[1]:g}".format
)
def test_a_term_is_right_wherever_it_is(ratio):
    rng = np.random.default_rng(8)
    p = all_sizes(rng, 400)
    q = np.maximum(p * 2.0 ** rng.uniform(*ratio, p.size), 5e-324)
    got, mixed = single(fast._divergence, p, q), single(fast._mixed, p, q)
    with workdps(60):
        for a, b, value, other in zip(p, q, got, mixed, strict=True):
            pair = [mpf(float(a))], [mpf(float(b))]
            pairs = (value, kl_divergence(*pair)), (other, jensen_shannon_divergence(*pair))
            for x, exact in pairs:
                # Cancellation is at its worst for q = 3/4 p: 4 roundings of 0.3 against 0.04. And
                # no result is better than half of the smallest number.
                assert abs(x - exact) <= 2.5e-15 * exact + mpf(2) ** -1075


def test_never_negative_and_nothing_for_equals():
    rng = np.random.default_rng(9)
    p = table(rng, (50_000, 5))
    for q in (table(rng, p.shape), p[:, ::-1].copy(), p * (1 + 1e-16), np.nextafter(p, 1)):
        assert (fast.kl_from_probs(np, p, q) >= 0).all()
        assert (fast.jensen_shannon(np, p, q) >= 0).all()
    for same in (p, thinned(rng, p), p.astype(np.float32)):
        for name in ("kl_from_probs", "jensen_shannon", "kl_from_logits"):
            value = getattr(fast, name)(np, same, same)
            assert not value.any()
            assert not np.signbit(value).any()


# ---------------------------------------------------------------- what comes in


def strided(p):
    wide = np.zeros((*p.shape[:-1], 2 * p.shape[-1]))
    wide[..., ::2] = p
    return wide[..., ::2]


def read_only(p):
    p = p.copy()
    p.flags.writeable = False
    return p


FORMS = {
    "float32": lambda p: p.astype(np.float32),
    "float16": lambda p: p.astype(np.float16),
    "long double": lambda p: p.astype(np.longdouble),
    "big-endian": lambda p: p.astype(">f8"),
    "read-only": read_only,
    "strided": strided,
    "backwards": lambda p: p[::-1, ::-1],
    "transposed": lambda p: p.T.copy().T,
    "broadcast": lambda p: np.broadcast_to(p[0], p.shape),
    "one row": lambda p: p[0],
    "none": lambda p: p[:0],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other", ["float64", "alike"])
def test_every_form_of_array(form, other):
    rng = np.random.default_rng(10)
    p, q = FORMS[form](table(rng, (40, 30))), table(rng, (40, 30))
    q = FORMS[form](q) if other == "alike" else q[:0] if form == "none" else q
    for name in (*PAIRS, "kl_from_logits", "kl_from_log_probs"):
        a, b = (np.log(p), np.log(q)) if name == "kl_from_log_probs" else (p, q)
        expected = getattr(blocked, name)(np, a, b)
        got = getattr(fast, name)(np, a, b)
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=ULPS)
    for name in ("entropy_from_probs", "entropy_from_logits"):
        expected = getattr(blocked, name)(np, p)
        np.testing.assert_allclose(getattr(fast, name)(np, p), expected, rtol=ULPS)


def test_one_compilation_serves_every_form():
    rng = np.random.default_rng(11)
    p = table(rng, (40, 30))
    for form in FORMS.values():
        fast.kl_from_probs(np, form(p), form(p))
    assert len(fast._adding_up(fast._divergence).signatures) == 2  # float64 and float32


@pytest.mark.parametrize("value", [-1e-300, -5e-324, -0.5, np.nan, np.inf, -np.inf, 0.5, 1e300])
@pytest.mark.parametrize("place", [(0, 0), (17, 50), (299, 100)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_no_probability_is_refused(value, place, dtype):
    rng = np.random.default_rng(12)
    good = table(rng, (300, 101))
    good[place] = 0.0  # so that a tiny number leaves the sum as it is
    good = normalised(good).astype(dtype)
    bad = good.copy()
    with np.errstate(over="ignore"):
        bad[place] = value
    if bad[place] == 0:  # too small for the type
        return
    for name in PAIRS:
        for pair in ((good, bad), (bad, good)):
            with pytest.raises(blocked.NotProbabilitiesError):
                getattr(fast, name)(np, *pair)
    with pytest.raises(blocked.NotProbabilitiesError):
        fast.entropy_from_probs(np, bad)


def test_a_negative_zero_is_a_zero():
    p = np.array([[0.5, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    q = np.array([[0.4, 0.4, 0.2, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    for name in PAIRS:
        expected = getattr(fast, name)(np, p, q)
        for a in (p, np.where(p == 0, -0.0, p)):
            got = getattr(fast, name)(np, a, np.where(q == 0, -0.0, q))
            np.testing.assert_array_equal(got, expected)
            assert not np.signbit(got).any()


# ---------------------------------------------------------------- logarithms and logits


def logits(rng, shape, *, apart, size=3.0, shift=0.0):
    a = size * rng.normal(size=shape)
    return a, a + apart * rng.normal(size=shape) + shift


def masked(rng, shape):
    a, b = logits(rng, shape, apart=1.0)
    either = rng.random(shape)
    either[..., :2] = 1.0
    a[either < 0.3] = b[either < 0.3] = -np.inf  # by both
    rows = rng.random(shape[:-1]) < 0.3
    b[(either > 0.3) & (either < 0.4) & rows[..., None]] = -np.inf
    a[(either > 0.9) & (either < 0.95) & ~rows[..., None]] = -np.inf
    return a, b


LOGITS = {
    "near": lambda rng, shape: logits(rng, shape, apart=1e-7),
    "shifted": lambda rng, shape: logits(rng, shape, apart=1e-4, shift=1e4),
    "apart": lambda rng, shape: logits(rng, shape, apart=2.0),
    "far apart": lambda rng, shape: logits(rng, shape, apart=300.0, size=300.0),
    "huge": lambda rng, shape: logits(rng, shape, apart=1e4, size=1e4),
    "beyond range": lambda rng, shape: logits(rng, shape, apart=1e307, size=1e307),
    "masked": masked,
}


@pytest.mark.parametrize("shape", [(3, 1), (50, 2), (60, 10), (30, 100), (4, 1025), (7000, 100)])
@pytest.mark.parametrize("how", LOGITS)
def test_both_agree_on_logits(how, shape):
    a, b = LOGITS[how](np.random.default_rng(13), shape)
    for x, y in ((a, b), (b, a)):
        expected, got = blocked.kl_from_logits(np, x, y), fast.kl_from_logits(np, x, y)
        np.testing.assert_allclose(got, expected, rtol=ULPS, atol=1e-300)
        expected, got = blocked.entropy_from_logits(np, x), fast.entropy_from_logits(np, x)
        np.testing.assert_allclose(got, expected, rtol=ULPS, atol=1e-300)
        assert not np.signbit(got).any()


@pytest.mark.parametrize("how", ["near", "shifted", "apart"])
def test_ordinary_logits_are_not_done_twice(how, monkeypatch):
    monkeypatch.delattr("kullback._kernels.generic.kl_from_logits")
    a, b = LOGITS[how](np.random.default_rng(14), (500, 20))
    a[:, 3] = b[:, 3] = -np.inf
    assert np.isfinite(fast.kl_from_logits(np, a, b)).all()


@pytest.mark.parametrize("how", [name for name in LOGITS if name != "beyond range"])
def test_both_agree_on_logarithms(how):
    a, b = LOGITS[how](np.random.default_rng(14), (500, 20))
    a, b = (x - x.max(axis=-1, keepdims=True) for x in (a, b))
    a, b = (x - np.log(np.exp(x).sum(axis=-1, keepdims=True)) for x in (a, b))
    expected, got = blocked.kl_from_log_probs(np, a, b), fast.kl_from_log_probs(np, a, b)
    np.testing.assert_allclose(got, expected, rtol=ULPS, atol=1e-300)


def test_the_exponentials_are_right_to_few_last_digits():
    rng = np.random.default_rng(15)
    d = np.concatenate([rng.uniform(-50, 1, 2000), rng.uniform(-1, 1, 2000)])
    d = np.concatenate([d, 2.0 ** rng.uniform(-60, 0, 1000), -(2.0 ** rng.uniform(-60, 0, 1000))])
    value = single(fast._log_divergence, np.zeros_like(d), d)  # is psi(d)
    alone = single(fast._log_divergence, np.full_like(d, -np.inf), d)  # is exp(d)
    with workdps(60):
        for x, psi, power in zip(d, value, alone, strict=True):
            x = mpf(float(x))  # noqa: PLW2901
            exact = expm1(x) - x
            # Beyond |d| = log(2)/2, psi is 0.05 of what cancels: 3 roundings of that.
            assert abs(psi - exact) <= 4e-15 * exact
            assert abs(power - exp(x)) <= 3e-16 * exp(x)


# ---------------------------------------------------------------- the compiler

AGAIN = """
import numpy as np
from kullback._kernels import numba as fast
p = np.full((2, 4), 0.25)
fast.kl_from_probs(np, p, p)
fast.entropy_from_logits(np, p)
used = (fast._adding_up(fast._divergence), fast._compiled(fast._entropies))
print(*(sum(getattr(f.stats, which).values()) for f in used for which in HITS))
"""


def test_what_is_compiled_is_found_again(tmp_path):
    code = f"HITS = ('cache_hits', 'cache_misses'){AGAIN}"
    path = os.pathsep.join([str(Path(fast.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": path}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout.split()
        for _ in range(2)
    ]
    assert runs == [["0", "1", "0", "1"], ["1", "0", "1", "0"]]


def test_a_function_that_no_folder_can_keep_is_compiled_all_the_same():
    nowhere = eval("lambda x: 2.0 * x")  # noqa: S307 (it belongs to no file)
    assert fast._compiled(nowhere)(1.5) == 3.0


def test_names_are_those_of_numpy():
    assert set(fast.__all__) <= set(blocked.__all__)
