"""What an outcome tells about which member of an ensemble is right."""

from __future__ import annotations

import math

import exact
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import ALL, dtype_of, extra, loaded, numbers
from mpmath import mpf, workdps

import kullback as kb
from kullback.learning import ensemble_information_gain

RNG = np.random.default_rng(3)
BASE = RNG.normal(size=5)
ENSEMBLES = {  # logits, members first
    "apart": RNG.normal(size=(4, 5)) * 2.0,
    "sure": RNG.normal(size=(3, 5)) * 40.0,
    "near": BASE + 1e-3 * RNG.normal(size=(6, 5)),
    "nearer": BASE + 1e-7 * RNG.normal(size=(3, 5)),
    "all but one": np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 1e-6]]),
    "two": np.array([[3.0, 1.0, -math.inf], [3.0, -math.inf, 1.0]]),
    "one": BASE[None],
    "rare": np.array([[0.0, -600.0], [0.0, -610.0]]),
}
EVERY_ENSEMBLE = pytest.mark.parametrize("name", ENSEMBLES)
EVERY_LIBRARY = pytest.mark.parametrize("library", ALL, ids=lambda library: library.name)
KINDS = {
    "logits": kb.Logits,
    "log_probs": lambda z: kb.LogProbs(kb.Logits(z).log_probs),
    "probs": lambda z: kb.Probs(kb.Logits(z).probs),
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
WEIGHTS = {3: np.array([0.5, 0.125, 0.375]), 2: np.array([0.75, 0.25])}


def known(kind, rows, weights=None):
    """Return H(mean) - mean H on the exact floats given, each row divided by its sum."""
    with workdps(exact.digits(*rows) + 700 if kind != "probs" else 100):
        tables = [exact.probs(kind, row) for row in rows]
        tables = [[x / sum(t) for x in t] for t in tables]
        weights = [mpf(1) / len(rows)] * len(rows) if weights is None else [mpf(w) for w in weights]
        mixture = [
            sum(w * x for w, x in zip(weights, column, strict=True))
            for column in zip(*tables, strict=True)
        ]
        return exact.entropy(mixture) - sum(
            w * exact.entropy(t) for w, t in zip(weights, tables, strict=True)
        )


def rows_of(kind, made):
    return {"logits": lambda: made.z, "log_probs": lambda: made.log_p, "probs": lambda: made.p}[
        kind
    ]()


@EVERY_KIND
@EVERY_ENSEMBLE
def test_the_gain_is_its_definition(name, kind):
    made = KINDS[kind](ENSEMBLES[name])
    got = float(ensemble_information_gain(made))
    want = float(known(kind, rows_of(kind, made)))
    # A few roundings of terms that are not negative. What rows of floats lack to 1 is squared.
    assert math.isclose(got, want, rel_tol=1e-14, abs_tol=1e-300)


@pytest.mark.parametrize("name", ["sure", "nearer", "two"])
def test_members_may_weigh_differently(name):
    z = ENSEMBLES[name]
    weights = WEIGHTS[len(z)]
    got = float(ensemble_information_gain(kb.Logits(z), weights=weights))
    assert math.isclose(got, float(known("logits", z, weights)), rel_tol=1e-12)


def test_a_member_of_weight_0_is_left_out():
    z = np.array([[3.0, 1.0, -math.inf], [1.0, 1.5, -math.inf], [0.0, 0.0, 9.0]])
    want = ensemble_information_gain(kb.Logits(z[:2]))
    for order in ([0, 1, 2], [2, 0, 1]):
        weights = np.array([0.5, 0.5, 0.0])[order]
        got = ensemble_information_gain(kb.Logits(z[order]), weights=weights)
        assert math.isclose(got, want, rel_tol=1e-14)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=6), st.integers(1, 5))
def test_members_who_agree_tell_nothing(row, members):
    for make in KINDS.values():
        assert ensemble_information_gain(make(np.tile(row, (members, 1)))) == 0.0


@given(
    st.integers(1, 4).flatmap(
        lambda m: st.lists(
            st.lists(st.floats(-30, 30), min_size=3, max_size=3), min_size=m, max_size=m
        )
    )
)
def test_the_gain_is_neither_negative_nor_above_its_bound(rows):
    gain = ensemble_information_gain(kb.Logits(rows))
    assert 0.0 <= gain <= math.log(len(rows)) * (1 + 1e-14)
    p = kb.Logits(rows).probs
    plain = kb.entropy(p.mean(axis=0)) - np.mean(kb.entropy(p))
    assert math.isclose(gain, plain, rel_tol=1e-9, abs_tol=1e-14)


def test_two_members_are_the_jensen_shannon_divergence():
    z = ENSEMBLES["apart"][:2]
    want = kb.jensen_shannon_divergence(kb.Logits(z[0]), kb.Logits(z[1]), weight=0.25)
    got = ensemble_information_gain(kb.Logits(z), weights=[0.25, 0.75])
    assert math.isclose(got, want, rel_tol=1e-14)


def test_probabilities_too_small_for_a_product():
    p = np.array([[1.0, 5e-324], [1.0, 0.0]])
    assert 0.0 <= ensemble_information_gain(p) < 1e-300  # and not inf, as if the mixture forbade it
    assert math.isclose(ensemble_information_gain([[1.0, 0.0], [0.0, 1.0]]), math.log(2.0))


def test_members_may_be_on_any_axis():
    z = np.random.default_rng(0).normal(size=(3, 4, 2, 5))
    want = ensemble_information_gain(kb.Logits(z))
    assert want.shape == (4, 2)
    np.testing.assert_array_equal(
        ensemble_information_gain(kb.Logits(np.moveaxis(z, 0, 2)), members=2), want
    )
    np.testing.assert_array_equal(
        ensemble_information_gain(kb.Logits(np.moveaxis(z, 0, 2)), members=-1), want
    )
    np.testing.assert_array_equal(
        ensemble_information_gain(kb.Logits(np.moveaxis(z, -1, 0), axis=0)), want
    )


def test_labels_are_members_who_are_sure():
    assert math.isclose(ensemble_information_gain(kb.Labels([0, 1, 2, 2], 3)), 1.5 * math.log(2.0))


# ---------------------------------------------------------------- libraries


@EVERY_LIBRARY
@EVERY_KIND
def test_every_library_gives_the_same_gain(library, kind):
    z = np.random.default_rng(1).normal(size=(4, 3, 5))
    with loaded(library):
        for dtype in library.dtypes:
            made = KINDS[kind](library.array(z, dtype))
            want = ensemble_information_gain(KINDS[kind](numbers(library.array(z, dtype))))
            got = ensemble_information_gain(made)
            assert library.owns(got)
            assert dtype_of(got) == ("float64" if dtype == "float64" else "float32")
            # tables of half precision are rounded before they come to us
            rtol = 1e-13 if dtype == "float64" else 3e-6
            if kind != "logits" and "16" in dtype:
                rtol = 0.05
            np.testing.assert_allclose(numbers(got), want, rtol=rtol)


def test_float32_logits_keep_a_small_gain_in_torch():
    torch = extra("torch")
    z = torch.tensor(ENSEMBLES["near"], dtype=torch.float32)
    want = float(known("logits", z.double().numpy()))
    assert math.isclose(float(ensemble_information_gain(kb.Logits(z))), want, rel_tol=1e-6)


@EVERY_KIND
def test_torch_gradients_of_the_gain(kind):
    torch = extra("torch")
    for z in (ENSEMBLES["apart"], BASE + 0.05 * ENSEMBLES["apart"]):
        x = torch.tensor(z, requires_grad=True)

        def gain(x):
            tables = {
                "logits": lambda: kb.Logits(x),
                "log_probs": lambda: kb.LogProbs(torch.log_softmax(x, -1)),
                "probs": lambda: kb.Probs(torch.softmax(x, -1)),
            }
            return ensemble_information_gain(tables[kind]())

        assert torch.autograd.gradcheck(gain, x)
        assert torch.autograd.gradgradcheck(gain, x)


@pytest.mark.parametrize("name", ["two", "sure", "rare", "nearer"])
def test_torch_gradients_are_finite_at_zeros(name):
    torch = extra("torch")
    x = torch.tensor(ENSEMBLES[name], requires_grad=True)
    ensemble_information_gain(kb.Logits(x)).backward()
    assert x.grad.isfinite().all()
    p = torch.tensor(kb.Logits(ENSEMBLES[name]).probs, requires_grad=True)
    ensemble_information_gain(kb.Probs(p)).backward()
    assert p.grad.isfinite().all()
    assert (p.grad[p == 0.0] == 0.0).all()


def test_compiled_torch_and_jitted_jax_give_the_same():
    torch, jax = extra("torch"), extra("jax")
    z = np.random.default_rng(1).normal(size=(4, 3, 5))

    def gain(z):
        return ensemble_information_gain(kb.Logits(z))

    torch.compiler.reset()
    x = torch.tensor(z, requires_grad=True)
    compiled = torch.compile(gain, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), gain(x), rtol=1e-13, atol=0.0)
    slopes = [torch.autograd.grad(f(x).sum(), x)[0] for f in (compiled, gain)]
    torch.testing.assert_close(*slopes, rtol=1e-12, atol=1e-15)
    x = jax.numpy.asarray(z)
    np.testing.assert_allclose(jax.jit(gain)(x), gain(x), rtol=2e-6)
    np.testing.assert_allclose(jax.vmap(gain, in_axes=1)(x), gain(x), rtol=2e-6)


# ---------------------------------------------------------------- mistakes

MISTAKES = {
    "learning.ensemble.kind": (lambda: ensemble_information_gain(kb.Samples([1, 2])), "Samples"),
    "learning.ensemble.weights": (
        lambda: ensemble_information_gain([[0.5, 0.5]] * 3, weights=[0.5, 0.5]),
        r"\(2,\).*3 members",
    ),
    "array.empty": (lambda: ensemble_information_gain(np.zeros((0, 2))), "no values"),
    "array.axis": (lambda: ensemble_information_gain([0.5, 0.5]), "no axis 0"),
    "probs.sum_short": (
        lambda: ensemble_information_gain([[0.5, 0.5]] * 2, weights=[0.5, 0.4]),
        "weights sums to 0.9",
    ),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_mistakes_are_told(key):
    mistake, names = MISTAKES[key]
    with pytest.raises(kb.KullbackError, match=names) as caught:
        mistake()
    assert caught.value.key == key
    assert caught.value.hint
    assert caught.value.advice("zh")
