"""The evidence lower bound in its parts, the schedules of its weights, and active units."""

from __future__ import annotations

import functools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import ALL, dtype_of, extra, loaded, numbers

import kullback as kb
from kullback.families import Normal
from kullback.learning import (
    active_units,
    cosine_schedule,
    cyclical_schedule,
    elbo_terms,
    linear_schedule,
    sigmoid_schedule,
)

LIKELY = np.array([-3.0, -1.5, -2.0, -0.25])
KL = np.array(  # samples, channels, places
    [
        [[0.5, 0.25, 0.0], [2.0, 0.125, 0.0625]],
        [[0.75, 0.0, 0.0], [1.0, 0.5, 0.0]],
        [[1.25, 0.5, 0.0], [3.0, 0.25, 0.125]],
        [[0.5, 0.25, 0.0], [0.0, 0.125, 0.0625]],
    ]
)
BOTH = {"event_axes": (1, 2)}
MASK = np.array([True, False, True, True])
WEIGHTS = np.array([1.0, 3.0, 0.0, 0.5])
NAMES = ("reconstruction", "kl", "kl_per_dimension", "elbo", "loss")
SETTINGS = {
    "plain": {},
    "beta": {"beta": 2.5},
    "no beta": {"beta": 0.0},
    "free nats": {"free_nats": 0.3},
    "free nats of channels": {"free_nats": 1.1, "group_axes": -1, "beta": 0.5},
    "free nats of all": {"free_nats": 3.0, "group_axes": (1, 2)},
    "free nats for nothing": {"free_nats": 0.0},
    "below capacity": {"capacity": 5.0, "beta": 3.0},
    "above capacity": {"capacity": 2.0, "beta": 3.0},
}
EVERY_SETTING = pytest.mark.parametrize("setting", SETTINGS)
ROWS = {"all": {}, "mask": {"mask": MASK}, "weights": {"weights": WEIGHTS}}
SOME_SETTINGS = pytest.mark.parametrize(
    "setting", ["plain", "free nats of channels", "below capacity"]
)
EVERY_ROWS = pytest.mark.parametrize("rows", ROWS)
EVERY_LIBRARY = pytest.mark.parametrize("library", ALL, ids=lambda library: library.name)


def by_hand(likely, kl, weights, beta=1, free_nats=None, group_axes=(), capacity=None):
    """Return each sample's terms and the averages, in rational numbers, by the definition."""
    likely = [Fraction(x) for x in likely]
    kl = [[[Fraction(x) for x in channel] for channel in sample] for sample in kl]
    weights = [Fraction(w) for w in weights]
    channels, places = len(kl[0]), len(kl[0][0])
    grid = [(c, p) for c in range(channels) for p in range(places)]

    def mean(values):
        return sum(w * x for w, x in zip(weights, values, strict=True)) / sum(weights)

    average = {(c, p): mean([sample[c][p] for sample in kl]) for c, p in grid}
    whole = [sum(sample[c][p] for c, p in grid) for sample in kl]
    if free_nats is not None:
        groups = {
            (): [[at] for at in grid],
            -1: [[(c, p) for p in range(places)] for c in range(channels)],
            (1, 2): [grid],
        }[group_axes]
        price = sum(max(Fraction(free_nats), sum(average[at] for at in g)) for g in groups)
    elif capacity is not None:
        price = abs(mean(whole) - Fraction(capacity))
    else:
        price = mean(whole)
    return {
        "reconstruction": -mean(likely),
        "kl": mean(whole),
        "kl_per_dimension": [[average[c, p] for p in range(places)] for c in range(channels)],
        "elbo": mean(likely) - mean(whole),
        "loss": -mean(likely) + Fraction(beta) * price,
    }


@EVERY_ROWS
@EVERY_SETTING
def test_the_mean_is_the_definition(setting, rows):
    weights = {"all": np.ones(4), "mask": MASK * 1.0, "weights": WEIGHTS}[rows]
    want = by_hand(LIKELY, KL, weights, **SETTINGS[setting])
    got = elbo_terms(LIKELY, KL, **BOTH, **SETTINGS[setting], **ROWS[rows], reduction="mean")
    assert got._fields == NAMES
    for name in NAMES:
        exact = np.array(want[name], dtype=object).astype(float)
        # about a hundred additions and products of numbers below 10
        np.testing.assert_allclose(getattr(got, name), exact, rtol=1e-14, atol=1e-15)


@EVERY_ROWS
@EVERY_SETTING
def test_samples_make_up_the_sum_and_the_mean(setting, rows):
    options = {**BOTH, **SETTINGS[setting], **ROWS[rows]}
    each, total, mean = (
        elbo_terms(LIKELY, KL, **options, reduction=r) for r in ("none", "sum", "mean")
    )
    whole = {"all": 4.0, "mask": 3.0, "weights": WEIGHTS.sum()}[rows]
    for name in NAMES:
        parts = getattr(each, name)
        if name == "kl_per_dimension":  # an average whatever the reduction
            np.testing.assert_array_equal(parts, getattr(mean, name))
            np.testing.assert_array_equal(parts, getattr(total, name))
            continue
        assert parts.shape == (4,)
        np.testing.assert_allclose(parts.sum(), getattr(total, name), rtol=1e-14)
        np.testing.assert_allclose(getattr(total, name) / whole, getattr(mean, name), rtol=1e-14)


def test_the_bound_is_the_true_one_whatever_the_loss():
    plain = elbo_terms(LIKELY, KL, **BOTH)
    np.testing.assert_array_equal(plain.loss, -plain.elbo)
    for setting in SETTINGS.values():
        terms = elbo_terms(LIKELY, KL, **BOTH, **setting)
        for name in set(NAMES) - {"loss"}:
            np.testing.assert_array_equal(getattr(terms, name), getattr(plain, name))


@EVERY_SETTING
def test_rows_that_do_not_count_may_hold_anything(setting):
    options = {**BOTH, **SETTINGS[setting]}
    for bad in (math.nan, math.inf, -math.inf):
        likely, kl = np.where(MASK, LIKELY, bad), np.where(MASK[:, None, None], KL, bad)
        for reduction in ("none", "mean", "sum"):
            got = elbo_terms(likely, kl, **options, mask=MASK, reduction=reduction)
            kept = elbo_terms(LIKELY[MASK], KL[MASK], **options, reduction=reduction)
            for name in NAMES:
                x = getattr(got, name)
                if reduction == "none" and name != "kl_per_dimension":
                    assert x[1] == 0.0
                    x = x[MASK]
                np.testing.assert_allclose(x, getattr(kept, name), rtol=1e-15)


def test_nothing_left_is_nothing():
    terms = elbo_terms(LIKELY, KL, **BOTH, mask=np.zeros(4, bool), reduction="mean")
    for x in terms:
        assert not np.any(x)


def test_latent_axes_may_be_anywhere_and_many():
    want = elbo_terms(LIKELY, KL, **BOTH, free_nats=0.3, group_axes=2)
    moved = np.moveaxis(KL, 0, 1)  # channels, samples, places
    got = elbo_terms(LIKELY, moved, event_axes=(0, -1), free_nats=0.3, group_axes=-1)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(got, name), getattr(want, name))
    summed = elbo_terms(LIKELY, KL.sum(axis=(1, 2)), event_axes=(), free_nats=0.3)
    whole = elbo_terms(LIKELY, KL, **BOTH, free_nats=0.3, group_axes=(1, 2))
    np.testing.assert_allclose(summed.loss, whole.loss, rtol=1e-15)
    assert summed.kl_per_dimension.shape == ()
    batch = elbo_terms(LIKELY.reshape(2, 2), KL.reshape(2, 2, 6))
    np.testing.assert_array_equal(batch.elbo, elbo_terms(LIKELY, KL, **BOTH).elbo.reshape(2, 2))


def test_latents_that_all_data_share_are_borne_in_equal_parts():
    kl = np.array([1.5, 0.5, 0.25])
    terms = elbo_terms(LIKELY, kl, n_data=100)
    np.testing.assert_allclose(terms.kl, np.full(4, 0.0225), rtol=1e-15)
    np.testing.assert_allclose(terms.kl_per_dimension, kl / 100, rtol=1e-15)
    whole = elbo_terms(LIKELY, kl, n_data=4, reduction="sum")  # the batch is all there is
    assert math.isclose(whole.elbo, LIKELY.sum() - kl.sum(), rel_tol=1e-15)
    # The floor is compared with the divergence of the weights, not with a sample's part of it.
    floored = elbo_terms(LIKELY, kl, n_data=100, free_nats=1.0)
    np.testing.assert_allclose(floored.loss + LIKELY, np.full(4, 0.035), rtol=1e-14)
    masked = elbo_terms(LIKELY, kl, n_data=100, mask=MASK, reduction="mean")
    np.testing.assert_allclose(masked.kl, 0.0225, rtol=1e-15)


def test_the_floor_is_under_the_average_and_not_under_each_sample():
    kl = np.array([[0.0], [2.0]])
    loss = elbo_terms(np.zeros(2), kl, free_nats=0.5, reduction="mean").loss
    assert loss == 1.0  # sample by sample it would be (0.5 + 2)/2
    assert elbo_terms(np.zeros(2), kl, free_nats=1.5, reduction="mean").loss == 1.5


def test_axes_may_be_numbers_of_numpy():
    want = elbo_terms(LIKELY, KL[:, 0], free_nats=0.3, group_axes=1).loss
    got = elbo_terms(LIKELY, KL[:, 0], event_axes=np.int64(1), free_nats=0.3, group_axes=np.int8(1))
    np.testing.assert_array_equal(got.loss, want)


@EVERY_LIBRARY
def test_nothing_is_never_minus_0(library):
    with loaded(library):
        nothing, none = library.array(np.array([-0.0])), library.array(np.array([[-0.0]]))
        for terms in (elbo_terms(nothing, none), elbo_terms(nothing, nothing, event_axes=())):
            for x in terms:
                assert not np.signbit(numbers(x)).any()


def test_an_infinite_divergence_is_told():
    terms = elbo_terms([-1.0, -2.0], [[0.5, math.inf], [0.25, 0.0]])
    assert terms.elbo.tolist() == [-math.inf, -2.25]
    assert terms.loss.tolist() == [math.inf, 2.25]
    assert terms.kl_per_dimension.tolist() == [0.375, math.inf]
    assert elbo_terms([-1.0], [[math.inf]], beta=0.0).loss.tolist() == [1.0]
    assert elbo_terms([-math.inf], [[1.0]]).loss.tolist() == [math.inf]


def test_estimated_divergences_may_be_negative():
    terms = elbo_terms([-1.0], [[-0.5, 1.0]], estimated=True)
    assert terms.elbo.tolist() == [-1.5]
    near = elbo_terms(np.float32([-1.0]), np.float32([[-3e-8, 1.0]]))  # as rounding leaves it
    assert near.kl_per_dimension[0] == np.float32(-3e-8)
    for kl in ([-3e-6], np.float32([-1e-3])):
        with pytest.raises(kb.KullbackError, match=r"kl\[0\]"):
            elbo_terms(-1.0, kl)


def test_a_single_sample_is_a_batch():
    terms = elbo_terms(-1.0, [0.25, 0.5], free_nats=0.3)
    assert [float(x) for x in (terms.elbo, terms.loss)] == [-1.75, 1.8]


def test_the_gaussian_elbo_is_below_the_evidence_by_the_divergence_from_the_posterior():
    """z ~ N(0, 1), x | z ~ N(z, 1): the posterior is N(x/2, 1/2) and the evidence N(x; 0, 2)."""
    x, q = np.array([0.3, -2.0]), Normal(mean=[0.4, -0.5], std=[0.6, 1.5])
    expected = -0.5 * ((x - q.mean) ** 2 + q.variance) - 0.5 * math.log(2 * math.pi)
    kl = kb.kl_divergence(q, Normal(mean=0.0, std=1.0))
    gap = kb.kl_divergence(q, Normal(mean=x / 2, std=math.sqrt(0.5)))
    evidence = Normal(mean=0.0, std=math.sqrt(2.0)).log_prob(x)
    np.testing.assert_allclose(elbo_terms(expected, kl[:, None]).elbo, evidence - gap, rtol=1e-14)


# ---------------------------------------------------------------- libraries


@EVERY_LIBRARY
def test_every_library_bears_shared_latents_in_equal_parts(library):
    for options in ({}, {"free_nats": 0.3, "group_axes": 1}, {"capacity": 2.0}):
        options |= {"n_data": np.int64(100), **BOTH}
        want = elbo_terms(LIKELY, KL, **{**options, "event_axes": (0, 1, 2)})
        with loaded(library):
            likely, kl = library.array(LIKELY), library.array(KL)
            got = elbo_terms(likely, kl, **{**options, "event_axes": (0, 1, 2)})
            for name in NAMES:
                assert library.owns(getattr(got, name))
                np.testing.assert_allclose(
                    numbers(getattr(got, name)), getattr(want, name), rtol=1e-6
                )


@EVERY_LIBRARY
@SOME_SETTINGS
def test_every_library_gives_the_same_bound(library, setting):
    want = elbo_terms(LIKELY, KL, **BOTH, **SETTINGS[setting], mask=MASK, reduction="mean")
    with loaded(library):
        for dtype in library.dtypes:
            likely, kl = library.array(LIKELY, dtype), library.array(KL, dtype)
            options = {**SETTINGS[setting], "mask": library.array(MASK), "reduction": "mean"}
            got = elbo_terms(likely, kl, **BOTH, **options)
            for name in NAMES:
                x = getattr(got, name)
                assert library.owns(x)
                assert dtype_of(x) == ("float64" if dtype == "float64" else "float32")
                # the inputs are exact in every type; settings are rounded once at most
                rtol = 1e-14 if dtype == "float64" else 1e-6
                np.testing.assert_allclose(numbers(x), getattr(want, name), rtol=rtol)


def test_half_precision_is_summed_wide_in_torch():
    torch = extra("torch")
    kl = torch.full((4096, 8), 0.1, dtype=torch.bfloat16)
    likely = torch.full((4096,), -700.0, dtype=torch.bfloat16)
    terms = elbo_terms(likely, kl, reduction="sum")
    exact = 4096 * (700.0 if float(likely[0]) == -700.0 else -float(likely[0]))
    assert terms.loss.dtype == torch.float32
    assert math.isclose(float(terms.reconstruction), exact, rel_tol=1e-7)
    assert math.isclose(float(terms.kl), 32768 * float(kl[0, 0]), rel_tol=1e-7)


def inputs(torch):
    likely = torch.tensor(LIKELY, requires_grad=True)
    kl = torch.tensor(KL + 0.01, requires_grad=True)
    return likely, kl


@EVERY_ROWS
@EVERY_SETTING
def test_torch_gradients_of_the_loss(setting, rows):
    torch = extra("torch")
    chosen = {key: torch.tensor(value) for key, value in ROWS[rows].items()}
    for reduction in ("none", "mean"):
        options = {**BOTH, **SETTINGS[setting], **chosen, "reduction": reduction}
        loss = functools.partial(lambda o, a, b: elbo_terms(a, b, **o).loss, options)
        assert torch.autograd.gradcheck(loss, inputs(torch))
        # The loss is linear but for kinks: its second derivatives are 0, and must not be NaN.
        weighed = functools.partial(
            lambda o, a, b: (elbo_terms(a, b, **o).loss ** 2).sum(), options
        )
        assert torch.autograd.gradgradcheck(weighed, inputs(torch))


@EVERY_SETTING
def test_torch_gradients_of_rows_that_do_not_count_are_zero(setting):
    torch = extra("torch")
    likely, kl = np.where(MASK, LIKELY, math.nan), np.where(MASK[:, None, None], KL, math.nan)
    likely, kl = (torch.tensor(x, requires_grad=True) for x in (likely, kl))
    options = {**BOTH, **SETTINGS[setting], "mask": torch.tensor(MASK), "reduction": "mean"}
    elbo_terms(likely, kl, **options).loss.backward()
    assert likely.grad.isfinite().all()
    assert kl.grad.isfinite().all()
    assert likely.grad[1] == 0.0
    assert not kl.grad[1].any()
    none = elbo_terms(likely, kl, **BOTH, mask=torch.zeros(4, dtype=torch.bool), reduction="mean")
    (gradient,) = torch.autograd.grad(none.loss, kl)
    assert not gradient.any()


def test_torch_gradients_at_a_floor_and_at_a_capacity_are_zero():
    """The middle of the slopes on both sides of a capacity, and that below a floor."""
    torch = extra("torch")
    for options in ({"free_nats": 1.5}, {"capacity": 1.5}):
        kl = torch.tensor([[1.0], [2.0]], requires_grad=True)
        loss = elbo_terms(torch.zeros(2), kl, **options, reduction="mean").loss
        loss.backward()
        assert loss.tolist() == options.get("free_nats", 0.0)
        assert not kl.grad.any()


def test_torch_floors_stop_the_gradient_and_nothing_else():
    torch = extra("torch")
    kl = torch.tensor([[0.0, 3.0], [0.5, 1.0]], requires_grad=True)
    elbo_terms(torch.zeros(2), kl, free_nats=1.0, reduction="mean").loss.backward()
    assert kl.grad.tolist() == [[0.0, 0.5], [0.0, 0.5]]


def test_torch_gradient_of_a_weight_that_is_learned():
    """The loss is linear in beta, and so it is where beta is 0 or a divergence infinite."""
    torch = extra("torch")
    likely, kl = inputs(torch)
    for value in (0.0, 0.7):
        beta = torch.tensor(value, dtype=torch.float64, requires_grad=True)
        elbo_terms(likely, kl, **BOTH, beta=beta, reduction="mean").loss.backward()
        torch.testing.assert_close(beta.grad, kl.detach().sum() / 4)
    for beta in (0.0, torch.tensor(0.0, requires_grad=True)):
        kl = torch.tensor([[math.inf]], requires_grad=True)
        loss = elbo_terms(torch.tensor([-1.0]), kl, beta=beta).loss
        assert loss.tolist() == [1.0]
        assert torch.autograd.grad(loss.sum(), kl)[0].isfinite().all()


@SOME_SETTINGS
def test_compiled_torch_gives_the_same(setting):
    torch = extra("torch")
    torch.compiler.reset()
    options = {**BOTH, **SETTINGS[setting], "mask": torch.tensor(MASK), "reduction": "mean"}

    def terms(likely, kl, beta):
        return elbo_terms(likely, kl, **{**options, "beta": beta})

    compiled = torch.compile(terms, fullgraph=True, backend="aot_eager")
    args = (*inputs(torch), torch.tensor(0.7))
    for a, b in zip(compiled(*args), terms(*args), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=0.0)
    gradients = [torch.autograd.grad(f(*args).loss, args[:2]) for f in (compiled, terms)]
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=0.0)


@SOME_SETTINGS
def test_jitted_jax_gives_the_same(setting):
    jax = extra("jax")
    options = {**BOTH, **SETTINGS[setting], "mask": MASK, "reduction": "mean"}
    beta = options.pop("beta", 1.0)
    with (jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64)(True):

        def terms(likely, kl, beta):
            return elbo_terms(likely, kl, beta=beta, **options)

        args = (jax.numpy.asarray(LIKELY), jax.numpy.asarray(KL))
        for a, b in zip(jax.jit(terms)(*args, beta), terms(*args, beta), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)

        def loss(likely, kl):
            return terms(likely, kl, beta).loss

        for a, b in zip(
            jax.jit(jax.grad(loss, (0, 1)))(*args), jax.grad(loss, (0, 1))(*args), strict=True
        ):
            np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-16)
            assert np.isfinite(a).all()


@EVERY_SETTING
def test_jitted_jax_and_torch_inside_vmap_do_not_hide_nan(setting):
    torch, jax = extra("torch"), extra("jax")
    kl = np.where(np.arange(4)[:, None, None] == 2, math.nan, KL)

    def loss(likely, kl):
        return elbo_terms(likely, kl, **BOTH, **SETTINGS[setting]).loss

    assert np.isnan(jax.jit(loss)(LIKELY, kl)[2])
    batch = torch.func.vmap(loss)(torch.tensor(LIKELY)[None], torch.tensor(kl)[None])
    assert batch[0, 2].isnan()


# ---------------------------------------------------------------- what is checked


@EVERY_SETTING
def test_nan_of_what_is_trained_is_seen(setting):
    likely, kl = LIKELY.copy(), KL.copy()
    likely[0], kl[2, 1, 0] = math.nan, math.nan
    for check in (True, False):
        options = {**BOTH, **SETTINGS[setting], "check": check}
        each = elbo_terms(likely, kl, **options)
        assert np.isnan(each.loss[[0, 2]]).all()
        np.testing.assert_array_equal(np.isnan(each.reconstruction), [True, False, False, False])
        np.testing.assert_array_equal(np.isnan(each.kl), [False, False, True, False])
        np.testing.assert_array_equal(np.isnan(each.elbo), [True, False, True, False])
        assert np.argwhere(np.isnan(each.kl_per_dimension)).tolist() == [[1, 0]]
        estimated = elbo_terms(likely, kl, **options, estimated=True)
        np.testing.assert_array_equal(estimated.elbo, each.elbo)
        assert math.isnan(elbo_terms(likely, kl, **options, reduction="mean").loss)


def test_nan_of_what_is_trained_is_seen_in_the_gradient_torch():
    torch = extra("torch")
    scale = torch.tensor([math.nan, 1.0], requires_grad=True)
    elbo_terms(torch.tensor([-1.0, -1.0]), scale[:, None] ** 2).loss.sum().backward()
    assert scale.grad.isnan().tolist() == [True, False]


def test_what_is_not_checked_is_trusted():
    assert elbo_terms([-1.0], [[-0.5]], check=False).elbo.tolist() == [-0.5]
    assert elbo_terms([math.inf], [[0.5]], check=False).elbo.tolist() == [math.inf]
    assert elbo_terms([-1.0], [[0.5]], beta=np.array(-1.0), check=False).loss.tolist() == [0.5]
    for name in ("free_nats", "capacity"):
        below = {name: np.array(-1.0)}
        assert elbo_terms([-1.0], [[0.5]], **below, check=False).loss.shape == (1,)
        with pytest.raises(kb.KullbackError, match=f"{name} is -1.0"):
            elbo_terms([-1.0], [[0.5]], **below)
    weights = {"weights": [-1.0]}
    assert elbo_terms([-1.0], [[0.5]], **weights, check=False).loss.tolist() == [0.0]
    with pytest.raises(kb.KullbackError, match=r"weights\[0\] is -1.0"):
        elbo_terms([-1.0], [[0.5]], **weights)


# ---------------------------------------------------------------- schedules

SCHEDULES = {
    "linear": (linear_schedule, lambda t: t),
    "cosine": (cosine_schedule, lambda t: 0.5 - 0.5 * math.cos(math.pi * t)),
    "sigmoid": (
        sigmoid_schedule,
        lambda t: (s(10 * t - 5) - s(-5)) / (s(5) - s(-5)),
    ),
    "cyclical": (cyclical_schedule, lambda t: min(2 * math.modf(4 * t)[0], 1) if t < 1 else 1.0),
}
EVERY_SCHEDULE = pytest.mark.parametrize("name", SCHEDULES)


def s(x):
    return 1.0 / (1.0 + math.exp(-x))


@EVERY_SCHEDULE
def test_a_schedule_is_its_formula_and_stays_between_0_and_1(name):
    schedule, formula = SCHEDULES[name]
    steps = np.arange(-40, 200)
    got = schedule(steps, steps=128)
    want = [formula(min(max(step / 128, 0.0), 1.0)) for step in steps]
    np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15)
    assert got.min() == 0.0
    assert got.max() == 1.0
    assert math.isnan(schedule(math.nan, steps=7))
    assert schedule(math.inf, steps=7) == 1.0
    assert not np.signbit(schedule([-0.0, -1.0, -math.inf], steps=7)).any()
    assert schedule(0, steps=7) == 0.0
    assert schedule(7, steps=7) == schedule(10**9, steps=7) == 1.0


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_schedule_never_leaves_the_range(step, steps):
    for schedule, _ in SCHEDULES.values():
        assert 0.0 <= schedule(step, steps=steps) <= 1.0


@EVERY_SCHEDULE
@EVERY_LIBRARY
def test_a_schedule_in_every_library(library, name):
    schedule, _ = SCHEDULES[name]
    steps = np.arange(-2, 12)
    want = schedule(steps, steps=8)
    with loaded(library):
        got = schedule(library.array(steps), steps=8)
        assert library.owns(got)
        np.testing.assert_allclose(numbers(got), want, rtol=1e-6, atol=1e-7)


@EVERY_SCHEDULE
def test_a_schedule_inside_jit_of_jax_and_compiled_torch(name):
    schedule, _ = SCHEDULES[name]
    torch, jax = extra("torch"), extra("jax")
    want = float(schedule(5, steps=8))
    call = functools.partial(schedule, steps=8)
    assert math.isclose(float(jax.jit(call)(5)), want, rel_tol=1e-6)
    compiled = torch.compile(call, fullgraph=True, backend="eager")
    assert math.isclose(float(compiled(torch.tensor(5))), want, rel_tol=1e-14)


def test_every_steepness_reaches_both_ends():
    for steepness in np.r_[np.linspace(0.01, 40.0, 500), 1e-9, 1e9]:
        ends = [sigmoid_schedule(step, steps=7, steepness=steepness) for step in (0, 7)]
        assert ends == [0.0, 1.0]
        nearly = sigmoid_schedule([1e-300, np.nextafter(7, 0)], steps=7, steepness=steepness)
        assert (nearly >= 0.0).all()
        assert (nearly <= 1.0).all()


@EVERY_LIBRARY
def test_the_least_and_the_most_steepness_are_a_line_and_a_step(library):
    steps = np.array([0.0, 1.0, 3.0, 4.0, 5.0, 8.0])
    with loaded(library):
        given = library.array(steps, library.widest)
        even, steep = (
            numbers(sigmoid_schedule(given, steps=8, steepness=k)) for k in (5e-324, 1.7e308)
        )
        # the sum with 1/2 rounds once, and so does its quotient
        np.testing.assert_allclose(even, steps / 8, atol=4 * np.finfo(library.widest).eps)
        assert steep.tolist() == [0.0, 0.0, 0.0, 0.5, 1.0, 1.0]


def test_every_cycle_begins_at_0():
    for cycles in range(1, 60):
        for length in (1, 7, 10, 49):
            starts = length * np.arange(cycles)
            assert not cyclical_schedule(starts, steps=cycles * length, cycles=cycles).any()


def test_cycles_may_be_counted_by_any_type():
    want = cyclical_schedule(5, steps=8, cycles=3)
    for cycles in (3.0, np.int64(3), np.uint8(3), np.float16(3.0)):
        assert cyclical_schedule(5, steps=8, cycles=cycles) == want


def test_cycles_begin_anew_and_rest():
    got = cyclical_schedule(np.arange(13), steps=12, cycles=3, rise=0.25)
    assert got.tolist() == [0.0, 1.0, 1.0, 1.0] * 3 + [1.0]
    saw = cyclical_schedule(np.arange(9), steps=8, cycles=2, rise=1.0)
    assert saw.tolist() == [0.0, 0.25, 0.5, 0.75, 0.0, 0.25, 0.5, 0.75, 1.0]


# ---------------------------------------------------------------- active units


def test_active_units_are_those_whose_mean_varies():
    means = np.array([[0.0, 5.0, 0.3], [0.1, 5.0, -0.3], [0.0, 5.0, 0.3], [0.1, 5.0, -0.3]])
    assert active_units(means).tolist() == [False, False, True]  # 0.0025, 0 and 0.09
    assert active_units(means, threshold=0.0).tolist() == [True, False, True]
    assert active_units(means.T, axis=1).tolist() == [False, False, True]


def test_the_variance_of_active_units_is_summed_wide():
    means = np.float32([[1e8], [1e8 + 8]])  # whose mean is no float32
    assert not active_units(means, threshold=20.0)


@EVERY_LIBRARY
def test_active_units_in_every_library(library):
    means = np.random.default_rng(0).normal(size=(50, 3, 2)) * [[1.0, 0.01], [0.2, 0.0], [3, 0.05]]
    with loaded(library):
        got = active_units(library.array(means, library.dtypes[-1]))
        assert library.owns(got)
        assert np.asarray(got).tolist() == [[True, False], [True, False], [True, False]]


# ---------------------------------------------------------------- mistakes

MISTAKES = {
    "learning.elbo.shape": (lambda: elbo_terms(LIKELY[:, None], KL, **BOTH), r"\(4,\).*\(4, 1\)"),
    "learning.elbo.groups": (lambda: elbo_terms(LIKELY, KL, **BOTH, group_axes=0), r"\(0,\)"),
    "learning.elbo.both": (
        lambda: elbo_terms(LIKELY, KL, **BOTH, free_nats=1.0, capacity=1.0),
        "capacity",
    ),
    "learning.elbo.kl": (lambda: elbo_terms([-1.0], [[0.5, -0.1]]), r"kl\[0, 1\] is -0.1"),
    "learning.option": (lambda: elbo_terms(LIKELY, [1.0], n_data=0), r"n_data is 0.*\(0, inf\)"),
    "learning.setting": (
        lambda: elbo_terms(LIKELY, KL, **BOTH, beta=np.array(-1.0)),
        "beta is -1.0",
    ),
    "learning.logarithm": (
        lambda: elbo_terms([math.inf], [[0.5]]),
        r"log_likelihood\[0\] is inf",
    ),
    "learning.finite": (
        lambda: active_units([[0.0], [math.nan]]),
        r"posterior_means\[1, 0\] is nan",
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


def test_more_mistakes():
    for mistake, key in (
        (lambda: elbo_terms(LIKELY, KL[:, 0, 0], n_data=10, event_axes=()), "learning.elbo.shape"),
        (lambda: elbo_terms(LIKELY, KL, event_axes=3), "array.axis"),
        (lambda: elbo_terms([-1.0], [[-math.inf]]), "learning.elbo.kl"),
        (lambda: elbo_terms(LIKELY, KL, **BOTH, beta=np.ones(2)), "learning.setting"),
        (lambda: elbo_terms(LIKELY, KL, **BOTH, beta=[1.0, 2.0]), "learning.option"),
        (lambda: elbo_terms(LIKELY, KL, **BOTH, beta=-1.0), "learning.option"),
        (lambda: elbo_terms(LIKELY, KL, **BOTH, free_nats=math.nan), "learning.option"),
        (lambda: elbo_terms(LIKELY, KL, **BOTH, capacity=math.inf), "learning.option"),
        (lambda: elbo_terms(LIKELY, KL, **BOTH, reduction="avg"), "learning.reduction"),
        (lambda: linear_schedule(1, steps=0), "learning.option"),
        (lambda: sigmoid_schedule(1, steps=2, steepness=-1.0), "learning.option"),
        *(
            (functools.partial(cyclical_schedule, 1, steps=2, cycles=wrong), "learning.option")
            for wrong in (0, -1, 1.25, 0.5, math.nan, math.inf, True, np.True_, "1", None)
        ),
        (lambda: cyclical_schedule(1, steps=2, rise=1.5), "learning.option"),
        (lambda: cyclical_schedule(1, steps=2, rise=0.0), "learning.option"),
        (lambda: active_units([[1.0]], threshold=math.nan), "learning.option"),
        (lambda: active_units([[1.0]], threshold=-0.1), "learning.option"),
    ):
        with pytest.raises(kb.KullbackError) as caught:
            mistake()
        assert caught.value.key == key


NUMBERS = {
    "n_data": lambda x: elbo_terms(LIKELY, KL[0, 0], n_data=x).loss,
    "beta": lambda x: elbo_terms(LIKELY, KL, **BOTH, beta=x).loss,
    "free_nats": lambda x: elbo_terms(LIKELY, KL, **BOTH, free_nats=x).loss,
    "capacity": lambda x: elbo_terms(LIKELY, KL, **BOTH, capacity=x).loss,
    "steps": lambda x: linear_schedule(0.25, steps=x),
    "steepness": lambda x: sigmoid_schedule(1, steps=4, steepness=x),
    "rise": lambda x: cyclical_schedule(1, steps=16, rise=x),
    "threshold": lambda x: active_units(KL[:, 0], threshold=x),
}
EVERY_NUMBER = pytest.mark.parametrize("name", NUMBERS)


@EVERY_NUMBER
def test_numbers_of_numpy_are_numbers(name):
    for number in (np.float16(0.5), np.float32(0.5), np.float64(0.5), np.int64(1), np.uint8(1)):
        np.testing.assert_array_equal(NUMBERS[name](number), NUMBERS[name](number.item()))


@EVERY_NUMBER
def test_what_is_no_number_is_refused(name):
    for wrong in (True, np.True_, "1", math.nan, -1.0):
        with pytest.raises(kb.KullbackError, match=f"{name} is ") as caught:
            NUMBERS[name](wrong)
        assert caught.value.key == "learning.option"


def test_the_place_of_a_negative_divergence_is_the_callers():
    kl = np.ones((2, 3, 4))
    kl[1, 2, 0] = -1.0
    with pytest.raises(kb.KullbackError, match=r"kl\[1, 2, 0\] is -1"):
        elbo_terms(np.zeros(4), kl, event_axes=(0, 1))
