"""Estimates of a policy's divergence and entropy, value and gradient, by exact enumeration."""

from __future__ import annotations

import functools
import itertools
import math

import exact
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import ALL, dtype_of, extra, loaded, numbers
from mpmath import mp, mpf, workdps

import kullback as kb
from kullback.learning import entropy_bonus, entropy_surrogate, kl_estimate

ACTIONS = 32
RNG = np.random.default_rng(5)
POLICY, REFERENCE, BEHAVIOUR = RNG.normal(size=(3, ACTIONS))
EXACT = 1e-12  # the goal; a sum over 32 actions rounds some 1e-15
ESTIMATORS = ("k1", "k2", "k3")


def log_softmax(z):
    return kb.Logits(z).log_probs


def divergence(a, b):
    return kb.kl_divergence(kb.Logits(a), kb.Logits(b))


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("off_policy", [False, True])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_expected_value_is_what_is_documented(estimator, off_policy):
    log_p, log_q = log_softmax(POLICY), log_softmax(REFERENCE)
    log_b = log_softmax(BEHAVIOUR) if off_policy else None
    value = kl_estimate(log_p, log_q, log_behaviour=log_b, estimator=estimator)
    mean = np.sum(np.exp(log_b if off_policy else log_p) * value)
    half_square = 0.5 * np.sum(np.exp(log_p) * (log_p - log_q) ** 2)
    want = half_square if estimator == "k2" else divergence(POLICY, REFERENCE)
    assert abs(mean - want) <= EXACT
    assert abs(half_square - divergence(POLICY, REFERENCE)) > 0.1  # k2 is biased


def test_the_third_estimator_is_never_negative_and_varies_less():
    log_p, log_q = log_softmax(POLICY), log_softmax(0.9 * POLICY + 0.1 * REFERENCE)
    first, third = (kl_estimate(log_p, log_q, estimator=k) for k in ("k1", "k3"))
    assert np.all(third >= 0.0)
    p = np.exp(log_p)
    spread = [np.sum(p * (k - np.sum(p * k)) ** 2) for k in (first, third)]
    assert spread[1] < 0.1 * spread[0]


def test_a_small_estimate_keeps_its_digits():
    d = 1e-9
    value = kl_estimate([-1.0], [-1.0 - d], estimator="k3")[0]
    taken = -1.0 - (-1.0 - d)  # the difference of the floats given
    assert abs(value / (0.5 * taken**2) - 1.0) <= 1e-9  # the next term of the series


IMPOSSIBLE = {
    # log p, log q, log b -> k1, k2, k3
    "the reference forbids it": ((-1.0, -math.inf, None), (math.inf, math.inf, math.inf)),
    "the same, drawn from another": ((-1.0, -math.inf, -2.0), (math.inf, math.inf, math.inf)),
    "the policy never does it": ((-math.inf, -1.0, -2.0), (0.0, 0.0, math.exp(1.0))),
    "nor does the reference": ((-math.inf, -math.inf, -2.0), (0.0, 0.0, 0.0)),
    "a mask that is finite": ((-1e30, -1.0, -2.0), (0.0, 0.0, math.exp(1.0))),
    "the weight is beyond floats": ((-1.0, -2.0, -2000.0), (math.inf, math.inf, math.inf)),
    "times a negative ratio": ((-1.0, -0.5, -2000.0), (-math.inf, math.inf, math.inf)),
    "times nothing": ((-1.0, -1.0, -2000.0), (0.0, 0.0, 0.0)),
    "only the product is": ((0.0, -1e300, -690.0), (math.inf, math.inf, math.inf)),
    "or the square": (
        (-1e-3, -1e6, -690.0),
        (math.exp(690 - 1e-3) * (1e6 - 1e-3), math.inf, math.exp(690 - 1e-3) * (1e6 - 1.001)),
    ),
    "what only the reference does is": ((-math.inf, -1.0, -2000.0), (0.0, 0.0, math.inf)),
    "so is the ratio": ((-2000.0, -1.0, None), (-1999.0, 0.5 * 1999.0**2, math.inf)),
    "but not times its weight": (
        (-800.0, -1.0, -750.0),
        (math.exp(-50) * -799.0, math.exp(-50) * 0.5 * 799.0**2, math.inf),
    ),
    "nor here": (
        (-800.0, -90.0, -700.0),
        (math.exp(-100) * -710.0, math.exp(-100) * 0.5 * 710.0**2, math.exp(610.0)),
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_is_impossible_costs_nothing_or_infinity(case):
    (log_p, log_q, log_b), wanted = IMPOSSIBLE[case]
    for estimator, want in zip(ESTIMATORS, wanted, strict=True):
        for gradient in ("exact", "plain"):
            value = kl_estimate(
                np.asarray(log_p),
                np.asarray(log_q),
                log_behaviour=None if log_b is None else np.asarray(log_b),
                estimator=estimator,
                gradient=gradient,
            )
            # The exponential of 610 carries the rounding of its argument, 610 times over.
            assert value == pytest.approx(want, rel=1e-12)
            assert not np.signbit(value) or value < 0.0


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_is_impossible_leaves_gradients_finite_torch(case):
    torch = extra("torch")
    logs, _ = IMPOSSIBLE[case]
    for estimator, gradient in itertools.product(ESTIMATORS, ("exact", "plain")):
        log_p, log_q, log_b = (
            None if x is None else torch.tensor([x], dtype=torch.float64, requires_grad=True)
            for x in logs
        )
        value = kl_estimate(
            log_p, log_q, log_behaviour=log_b, estimator=estimator, gradient=gradient
        )
        value.sum().backward()
        assert torch.isfinite(log_p.grad).all()
        assert torch.isfinite(log_q.grad).all()
        assert log_b is None or log_b.grad is None


FLOATS = (0.0, -1e-6, -0.5, -3.0, -40.0, -87.0, -100.0, -700.0, -745.0, -1e4, 2.0, 90.0)


def estimate_by_definition(log_p, log_q, log_b, estimator):
    """Return it in many digits; what neither can do costs nothing."""
    w = mp.exp(log_p - (log_p if log_b is None else log_b)) if log_p > -math.inf else mpf(0)
    if estimator == "k3":
        own, other = (mp.exp(x - (log_p if log_b is None else log_b)) for x in (log_p, log_q))
        logs = 0 if w == 0 or log_q == -math.inf else w * (log_p - log_q)
        return mp.inf if w > 0 and log_q == -math.inf else other - own + logs
    if w == 0:
        return mpf(0)
    if log_q == -math.inf:
        return mp.inf
    d = log_p - log_q
    return w * d if estimator == "k1" else w * d * d / 2


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from((*FLOATS, -math.inf)),
    st.sampled_from((*FLOATS, -math.inf)),
    st.sampled_from((*FLOATS, None)),
)
@pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)
def test_an_estimate_is_its_definition_however_far_in_every_library(library, p, q, b):
    if b is None and p == -math.inf:
        return  # refused
    if b is not None and q == -math.inf and p - b < -80.0:
        return  # a weight that is 0 in floats leaves nothing of infinity, though it is not quite 0
    with loaded(library):
        for dtype in {"float32", library.widest}:
            logs = [None if x is None else library.array([x], dtype) for x in (p, q, b)]
            given = [None if x is None else mpf(float(numbers(x)[0])) for x in logs]
            wide, told = np.finfo(library.widest), np.finfo(dtype)
            for k, gradient in itertools.product(ESTIMATORS, ("exact", "plain")):
                with workdps(60):
                    want = estimate_by_definition(*given, k)
                    beyond = float(told.max) / 100 < abs(want) < mp.inf
                if beyond and dtype != library.widest:
                    continue  # of which NumPy warns, and rightly, when it becomes a float32
                value = kl_estimate(
                    logs[0], logs[1], log_behaviour=logs[2], estimator=k, gradient=gradient
                )
                found = float(numbers(value)[0])
                if math.isinf(want) or (beyond and math.isinf(found)):
                    assert math.isinf(found)
                    assert (found > 0) == (want > 0)
                    continue
                with workdps(60):
                    # An exponential multiplies the rounding of its argument.
                    size = max((abs(x) for x in given if x not in (None, -mp.inf)), default=0)
                    relative = max(8 * float(wide.eps) * (2 + size), 2 * float(told.eps))
                    # A weight below the normal floats is 0, and so is the 1e4 that it weighs.
                    least = 1e5 * float(wide.tiny) + float(told.tiny)
                    assert abs(found - want) <= relative * abs(want) + least


def test_nan_of_what_is_trained_is_seen_in_the_loss():
    for name, call in NAN.items():
        for check in (True, False):
            value = call(check)
            assert np.isnan(value[0]), name
            assert np.isfinite(value[1]), name


NAN = {
    "policy": lambda check: kl_estimate([math.nan, -1.0], [-1.0, -2.0], check=check),
    "reference": lambda check: kl_estimate([-1.0, -1.0], [math.nan, -2.0], check=check),
    "off": lambda check: kl_estimate(
        [math.nan, -1.0], [-1.0, -2.0], log_behaviour=[-1.0, -1.0], check=check
    ),
    "surrogate": lambda check: entropy_surrogate([math.nan, -1.0], check=check),
    "bonus": lambda check: entropy_bonus([[math.nan, 1.0], [1.0, 2.0]], check=check),
    "masked": lambda check: entropy_bonus([[math.nan, -math.inf], [1.0, 2.0]], check=check),
    "share": lambda check: entropy_bonus(
        [[math.nan, 1.0], [1.0, 2.0]],
        allowed=[[True, False], [True, True]],
        normalized=True,
        check=check,
    ),
}


def test_nan_of_what_is_trained_is_seen_in_the_gradient_torch():
    torch = extra("torch")
    z = torch.tensor([[math.nan, 1.0, 0.0], [1.0, 2.0, 0.0]], requires_grad=True)
    log_p = torch.tensor([math.nan, -1.0], requires_grad=True)
    for x, value in (
        (z, entropy_bonus(z, normalized=True)),
        (log_p, kl_estimate(log_p, torch.tensor([-2.0, -2.0]))),
    ):
        (found,) = torch.autograd.grad(value.sum(), x)
        assert found[0].isnan().any()
        assert torch.isfinite(found[1]).all()


def test_what_is_not_checked_is_trusted():
    assert kl_estimate([-1.0], [-2.0], log_behaviour=[math.nan], check=False).shape == (1,)
    assert entropy_bonus([[-math.inf, -math.inf]], normalized=True, check=False).shape == (1,)


# ---------------------------------------------------------------- gradients


@pytest.fixture
def torch():
    return extra("torch")


@pytest.fixture
def laws(torch):
    """The logits of policy, reference and behaviour; the first two with a gradient."""
    made = [torch.tensor(z, dtype=torch.float64) for z in (POLICY, REFERENCE, BEHAVIOUR)]
    return [z.requires_grad_(i < 2) for i, z in enumerate(made)]


def gradient_of(value, z):
    import torch

    return numbers(torch.autograd.grad(value, z, retain_graph=True)[0])


def mean_of(estimate, log_p, log_b):
    """Return the mean over the actions of the law they are drawn from, which is a constant."""
    own = log_p if log_b is None else log_b
    return (own.detach().exp() * estimate).sum()


@pytest.mark.parametrize("off_policy", [False, True])
@pytest.mark.parametrize("gradient", ["exact", "plain"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_expected_gradient_is_what_is_documented_torch(laws, estimator, gradient, off_policy):
    policy, reference, behaviour = laws
    log_p, log_q = log_softmax(policy), log_softmax(reference)
    log_b = log_softmax(behaviour) if off_policy else None
    value = kl_estimate(log_p, log_q, log_behaviour=log_b, estimator=estimator, gradient=gradient)
    found = gradient_of(mean_of(value, log_p, log_b), policy)
    right = gradient_of(divergence(policy, reference), policy)
    other = gradient_of(divergence(reference, policy), policy)
    own = gradient_of(0.5 * (log_p.exp() * (log_p - log_q) ** 2).sum(), policy)
    documented = {
        ("k1", "plain", False): 0.0 * right,
        ("k3", "plain", False): other,
        ("k2", "plain", True): own,
    }
    want = documented.get((estimator, gradient, off_policy), right)
    np.testing.assert_allclose(found, want, rtol=0.0, atol=EXACT)
    for wrong in (0.0 * right, right, other, own):  # what is documented tells them apart
        assert wrong is want or np.allclose(wrong, want) or not np.allclose(found, wrong, atol=1e-3)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_gradient_reaches_the_reference_too_torch(laws, estimator):
    policy, reference, behaviour = laws
    log_p, log_q = log_softmax(policy), log_softmax(reference)
    want = gradient_of(divergence(policy, reference), reference)
    for log_b in (None, log_softmax(behaviour)):
        value = kl_estimate(log_p, log_q, log_behaviour=log_b, estimator=estimator)
        found = gradient_of(mean_of(value, log_p, log_b), reference)
        np.testing.assert_allclose(found, want, rtol=0.0, atol=EXACT)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_swapped_call_is_the_other_direction_torch(laws, estimator):
    """D(q || p), from actions of the reference and from actions of the policy itself."""
    policy, reference, _ = laws
    log_p, log_q = log_softmax(policy), log_softmax(reference)
    want = divergence(reference, policy)
    for log_b in (None, log_p):
        value = mean_of(
            kl_estimate(log_q, log_p, log_behaviour=log_b, estimator=estimator), log_q, log_b
        )
        if estimator != "k2":
            assert abs(float(value.detach() - want.detach())) <= EXACT
        found, right = gradient_of(value, policy), gradient_of(want, policy)
        np.testing.assert_allclose(found, right, rtol=0.0, atol=EXACT)


@pytest.mark.parametrize("off_policy", [False, True])
def test_an_exact_gradient_is_that_of_one_action_torch(laws, off_policy):
    """w d grad log p - w grad log q, whatever the estimator."""
    torch = extra("torch")
    log_p, log_q, log_b = (log_softmax(z).detach() for z in laws)
    log_p, log_q = log_p.requires_grad_(), log_q.requires_grad_()
    for estimator in ESTIMATORS:
        value = kl_estimate(
            log_p, log_q, log_behaviour=log_b if off_policy else None, estimator=estimator
        )
        by_p, by_q = torch.autograd.grad(value.sum(), (log_p, log_q))
        d = numbers(log_p) - numbers(log_q)
        w = np.exp(numbers(log_p) - numbers(log_b)) if off_policy else np.ones(ACTIONS)
        np.testing.assert_allclose(numbers(by_p), w * d, rtol=EXACT, atol=EXACT)
        np.testing.assert_allclose(numbers(by_q), -w, rtol=EXACT)


@pytest.mark.parametrize("off_policy", [False, True])
def test_second_derivatives_are_those_of_the_divergence_torch(laws, off_policy):
    torch = extra("torch")
    policy, reference, behaviour = (z.detach() for z in laws)
    log_b = log_softmax(behaviour) if off_policy else None

    def estimated(z):
        log_p = log_softmax(z)
        return mean_of(
            kl_estimate(log_p, log_softmax(reference), log_behaviour=log_b), log_p, log_b
        )

    found, want = (
        torch.autograd.functional.hessian(f, policy)
        for f in (estimated, lambda z: divergence(z, reference))
    )
    np.testing.assert_allclose(numbers(found), numbers(want), rtol=0.0, atol=EXACT)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_jax_expects_the_same_gradients(estimator):
    with loaded(next(x for x in ALL if x.name == "jax x64")):
        jax = extra("jax")
        jnp = jax.numpy
        reference, behaviour = jnp.asarray(REFERENCE), jnp.asarray(BEHAVIOUR)

        def loss(z, gradient, off_policy):
            log_p = log_softmax(z)
            log_b = log_softmax(behaviour) if off_policy else None
            drawn = jnp.exp(jax.lax.stop_gradient(log_b if off_policy else log_p))
            value = kl_estimate(
                log_p,
                log_softmax(reference),
                log_behaviour=log_b,
                estimator=estimator,
                gradient=gradient,
            )
            return (drawn * value).sum()

        z = jnp.asarray(POLICY)
        gradient = jax.jit(jax.grad(loss), static_argnums=(1, 2))
        right = jax.jit(jax.grad(lambda z: divergence(z, reference)))(z)
        other = jax.jit(jax.grad(lambda z: divergence(reference, z)))(z)
        plain = {"k1": 0.0 * right, "k2": right, "k3": other}[estimator]
        for off_policy in (False, True):
            found = gradient(z, "exact", off_policy)
            np.testing.assert_allclose(found, right, rtol=0.0, atol=EXACT)
        found = gradient(z, "plain", False)
        np.testing.assert_allclose(found, plain, rtol=0.0, atol=EXACT)


# ---------------------------------------------------------------- the surrogate of the entropy


@pytest.mark.parametrize("off_policy", [False, True])
def test_the_surrogate_has_the_entropy_and_its_gradient_torch(laws, off_policy):
    policy, _, behaviour = laws
    log_p = log_softmax(policy)
    log_b = log_softmax(behaviour) if off_policy else None
    value = mean_of(entropy_surrogate(log_p, log_behaviour=log_b), log_p, log_b)
    want = kb.entropy(kb.Logits(policy))
    assert abs(float(value.detach() - want.detach())) <= EXACT
    found, right = gradient_of(value, policy), gradient_of(want, policy)
    np.testing.assert_allclose(found, right, rtol=0.0, atol=EXACT)


def test_the_plain_mean_trains_nothing_torch(laws):
    policy = laws[0]
    log_p = log_softmax(policy)
    found = gradient_of(mean_of(-log_p, log_p, None), policy)
    np.testing.assert_allclose(found, 0.0, atol=EXACT)
    assert np.max(np.abs(gradient_of(kb.entropy(kb.Logits(policy)), policy))) > 0.1


def test_the_surrogate_is_minus_the_logarithm():
    log_p = np.log([0.5, 0.25, 1.0])
    value = entropy_surrogate(log_p)
    np.testing.assert_array_equal(value, [-log_p[0], -log_p[1], 0.0])
    assert not np.any(np.signbit(value))


# ---------------------------------------------------------------- the bonus

Z = np.array([[1.0, -2.0, 0.5, 7.0], [0.0, 60.0, 0.0, 1.0], [0.25, 0.25, math.nan, math.inf]])
ALLOWED = np.array([[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0, 0]], dtype=bool)
COUNT = ALLOWED.sum(axis=-1)


def bonus_by_definition(z, allowed):
    return float(exact.measure("entropy", ["logits"], [z[allowed]]))


BONUS = np.array([bonus_by_definition(z, a) for z, a in zip(Z, ALLOWED, strict=True)])


@pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)
def test_the_bonus_counts_allowed_actions_only_in_every_library(library):
    with loaded(library):
        for dtype in library.dtypes:
            z, allowed = library.array(Z, dtype), library.array(ALLOWED)
            # -inf masks as well.
            masked = library.array(np.where(ALLOWED, Z, -math.inf), dtype)
            value = entropy_bonus(z, allowed=allowed)
            share = entropy_bonus(z, allowed=allowed, normalized=True)
            assert library.owns(value)
            wide = dtype == "float64"
            assert dtype_of(value) == ("float64" if wide else "float32")
            tolerance = 1e-14 if wide else 1e-6
            np.testing.assert_allclose(numbers(value), BONUS, rtol=tolerance)
            np.testing.assert_allclose(numbers(share), BONUS / np.log(COUNT), rtol=tolerance)
            np.testing.assert_array_equal(numbers(entropy_bonus(masked)), numbers(value))


def test_a_single_action_has_no_entropy():
    z = [[3.0, math.nan], [0.0, 0.0]]
    allowed = [[True, False], [True, True]]
    for normalized in (False, True):
        value = entropy_bonus(z, allowed=allowed, normalized=normalized)
        np.testing.assert_allclose(value, [0.0, 1.0 if normalized else math.log(2)], rtol=1e-15)
        assert not np.signbit(value[0])
    assert entropy_bonus([[7.0]], normalized=True).tolist() == [0.0]


@pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)
def test_an_action_of_infinite_score_takes_all_in_every_library(library):
    z = [[math.inf, 1.0, -math.inf], [math.inf, math.inf, -2.0], [1e30, -1e30, 1e30]]
    with loaded(library):
        for dtype in {"float32", library.widest}:
            value = entropy_bonus(library.array(z, dtype))
            np.testing.assert_allclose(numbers(value), [0.0, np.log(2.0), np.log(2.0)], rtol=1e-7)
            share = entropy_bonus(library.array(z, dtype), normalized=True)
            want = [0.0, np.log(2.0) / np.log(3.0), np.log(2.0) / np.log(3.0)]
            np.testing.assert_allclose(numbers(share), want, rtol=2e-7)


def test_actions_may_lie_on_any_axis():
    value = entropy_bonus(Z.T, axis=0, allowed=ALLOWED.T)
    np.testing.assert_array_equal(value, entropy_bonus(Z, allowed=ALLOWED))
    repeated = entropy_bonus(Z.T[:2], axis=0, allowed=[[True], [False]])
    np.testing.assert_array_equal(repeated, 0.0)


def test_rows_that_do_not_count_may_allow_nothing():
    z = np.array([[1.0, 2.0], [math.nan, 0.0], [-math.inf, -math.inf]])
    mask = [True, False, False]
    one = entropy_bonus(z[0])
    np.testing.assert_array_equal(entropy_bonus(z, mask=mask), [one, 0.0, 0.0])
    assert entropy_bonus(z, mask=mask, reduction="mean") == one
    assert entropy_bonus(z, weights=[2.0, 0.0, 0.0], reduction="sum") == 2.0 * one
    assert entropy_bonus(z, mask=[False] * 3, reduction="mean") == 0.0


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_gradients_of_the_bonus_are_finite_torch(torch, dtype, normalized):
    z = torch.tensor(Z, dtype=getattr(torch, dtype), requires_grad=True)
    value = entropy_bonus(z, allowed=ALLOWED, normalized=normalized, reduction="mean")
    value.backward()
    assert torch.isfinite(z.grad).all()
    assert (z.grad[torch.tensor(~ALLOWED)] == 0.0).all()
    assert (z.grad[0][:3] != 0.0).all()


def test_half_precision_holds_the_entropy_of_a_large_vocabulary_torch(torch):
    for dtype in (torch.float16, torch.bfloat16):
        z = torch.zeros(1, 262_144, dtype=dtype, requires_grad=True)
        value = entropy_bonus(z, reduction="mean")
        value.backward()
        assert value.dtype == torch.float32
        assert float(value.detach()) == pytest.approx(math.log(262_144), rel=1e-7)
        assert torch.isfinite(z.grad).all()


# ---------------------------------------------------------------- derivatives and compilers


def test_first_and_second_derivatives_check_torch(torch):
    """Of what is its own derivative: the bonus, and the estimators as they are written."""
    check = functools.partial(torch.tensor, dtype=torch.float64, requires_grad=True)
    z = check([[0.3, -0.2, 1.0], [2.0, 0.1, -1.0]])
    allowed = torch.tensor([[True, True, False], [True, True, True]])
    for normalized in (False, True):
        f = functools.partial(
            entropy_bonus, allowed=allowed, normalized=normalized, weights=[0.5, 2.0]
        )
        assert torch.autograd.gradcheck(f, (z,))
        assert torch.autograd.gradgradcheck(f, (z,))
    logs = check([-1.0, -0.5, -3.0]), check([-1.5, -0.4, -0.1])
    for estimator in ESTIMATORS:
        for log_b in (None, torch.tensor([-0.7, -2.0, -1.0], dtype=torch.float64)):
            f = functools.partial(
                kl_estimate, log_behaviour=log_b, estimator=estimator, gradient="plain"
            )
            assert torch.autograd.gradcheck(f, logs)
            assert torch.autograd.gradgradcheck(f, logs)


def losses(namespace):
    """Return functions of log p, log q and log b, or of logits, that are to be compiled."""
    mask = namespace.asarray([True] * 31 + [False])
    return [
        lambda p, q, b, k=k, g=g, off=off: kl_estimate(
            log_softmax(p),
            log_softmax(q),
            log_behaviour=log_softmax(b) if off else None,
            estimator=k,
            gradient=g,
            mask=mask,
            reduction="mean",
        )
        for k, g, off in (("k1", "exact", False), ("k2", "exact", True), ("k3", "plain", True))
    ] + [
        lambda p, q, b: (
            entropy_surrogate(log_softmax(p), log_behaviour=log_softmax(b)).sum() + q[0]
        ),
        lambda p, q, b: entropy_bonus(p + q + b, allowed=mask, normalized=True),
    ]


def test_compiled_is_the_same_torch(torch, laws):
    for loss in losses(torch):
        torch._dynamo.reset()
        compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
        for plain, fast in zip(
            with_gradient(loss, laws), with_gradient(compiled, laws), strict=True
        ):
            np.testing.assert_allclose(fast, plain, rtol=EXACT, atol=1e-15)
    torch._dynamo.reset()


def with_gradient(loss, laws):
    value = loss(*laws)
    return numbers(value), gradient_of(value, laws[0])


def test_vmap_is_the_same_torch(torch, laws):
    z = torch.stack([z.detach() for z in laws])
    for loss in losses(torch):
        by_row = torch.func.vmap(torch.func.grad(loss))(z, z.flip(0), z)
        for i, row in enumerate(by_row):
            want = torch.func.grad(loss)(z[i], z.flip(0)[i], z[i])
            np.testing.assert_allclose(numbers(row), numbers(want), rtol=EXACT, atol=1e-15)


def test_jit_and_vmap_are_the_same_jax():
    with loaded(next(x for x in ALL if x.name == "jax x64")) as library:
        jax = extra("jax")
        z = library.array(np.stack([POLICY, REFERENCE, BEHAVIOUR]), library.widest)
        rtol = 1e-12 if library.widest == "float64" else 2e-5
        for loss in losses(jax.numpy):
            grad = jax.value_and_grad(loss)
            mapped = jax.jit(jax.vmap(grad))(*(x[None] for x in z))
            for plain, fast, row in zip(grad(*z), jax.jit(grad)(*z), mapped, strict=True):
                np.testing.assert_allclose(fast, plain, rtol=rtol, atol=rtol)
                np.testing.assert_allclose(row[0], plain, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)
def test_estimates_keep_the_library_and_widen_halves(library):
    p, q, b = (np.log([0.5, 0.25, 0.125]), np.log([0.25, 0.5, 0.125]), np.log([0.5, 0.5, 0.5]))
    with loaded(library):
        for dtype in library.dtypes:
            arrays = [library.array(x, dtype) for x in (p, q, b)]
            value = kl_estimate(arrays[0], arrays[1], log_behaviour=arrays[2])
            assert library.owns(value)
            assert dtype_of(value) == ("float64" if dtype == "float64" else "float32")
            given = [numbers(x) for x in arrays]
            d, w = given[0] - given[1], np.exp(given[0] - given[2])
            want = w * (np.exp(-d) - 1.0 + d)
            # A float32 exponential, or the rounding of the result to float32.
            np.testing.assert_allclose(
                numbers(value), want, rtol=1e-6 if dtype != "float64" else 1e-14, atol=1e-7
            )


# ---------------------------------------------------------------- rows and mistakes


def test_rows_that_do_not_count_hold_anything():
    log_p, log_q = [-1.0, math.nan, -math.inf], [-2.0, 0.0, math.inf]
    first = kl_estimate([-1.0], [-2.0])[0]
    for options in ({"mask": [True, False, False]}, {"weights": [1.0, 0.0, 0.0]}):
        np.testing.assert_array_equal(kl_estimate(log_p, log_q, **options), [first, 0.0, 0.0])
        assert kl_estimate(log_p, log_q, reduction="mean", **options) == first
    assert kl_estimate(log_p, log_q, mask=[False] * 3, reduction="mean") == 0.0


def test_the_surrogate_of_rows_that_do_not_count_is_0():
    log_p, log_b = [-1.0, math.nan, -3.0], [-2.0, math.inf, -1.5]
    for options, each in (
        ({}, [1.0, 3.0]),
        ({"log_behaviour": log_b}, [math.exp(1.0), 3.0 * math.exp(-1.5)]),
    ):
        surrogate = functools.partial(entropy_surrogate, log_p, **options)
        want = [each[0], 0.0, each[1]]
        np.testing.assert_allclose(surrogate(mask=[True, False, True]), want, rtol=1e-15)
        mean = surrogate(mask=[True, False, True], reduction="mean")
        assert mean == pytest.approx(sum(each) / 2.0, rel=1e-15)
        weighed = [0.5 * each[0], 0.0, 4.0 * each[1]]
        weights = [0.5, 0.0, 4.0]
        np.testing.assert_allclose(surrogate(weights=weights), weighed, rtol=1e-15)
        total = surrogate(weights=weights, reduction="sum")
        assert total == pytest.approx(sum(weighed), rel=1e-15)
        mean = surrogate(weights=weights, reduction="mean")
        assert mean == pytest.approx(sum(weighed) / 4.5, rel=1e-15)
        both = surrogate(weights=[0.5, 1.0, 0.0], mask=[True, False, True], reduction="mean")
        assert both == pytest.approx(each[0], rel=1e-15)
        assert surrogate(mask=[False] * 3, reduction="mean") == 0.0
    with pytest.raises(kb.KullbackError, match=r"weights\[0\] is -1.0"):
        entropy_surrogate([-1.0], weights=[-1.0])
    assert entropy_surrogate([-1.0], weights=[-1.0], check=False).tolist() == [0.0]


def test_the_surrogate_of_rows_that_do_not_count_has_no_gradient_torch(torch):
    for chosen in ({"mask": [True, False, True]}, {"weights": [1.0, 0.0, 1.0]}):
        log_p = torch.tensor([-1.0, math.nan, -3.0], requires_grad=True)
        entropy_surrogate(log_p, **chosen, reduction="mean").backward()
        assert log_p.grad.tolist() == [0.5, 0.0, 1.5]  # half of -log p each


def test_weights_with_a_gradient_are_no_constants_torch(torch):
    """As the docstring says; those that are constants give the gradient of the divergence."""
    z, q = torch.tensor(POLICY, requires_grad=True), torch.tensor(log_softmax(REFERENCE))
    log_p = log_softmax(z)
    want = gradient_of(divergence(z, torch.tensor(REFERENCE)), z)
    for weights, right in ((log_p.exp().detach(), True), (log_p.exp(), False)):
        found = gradient_of(kl_estimate(log_p, q, weights=weights, reduction="sum"), z)
        assert np.allclose(found, want, rtol=0.0, atol=EXACT) == right


def test_rows_that_do_not_count_have_no_gradient_torch(torch):
    log_p = torch.tensor([-1.0, math.nan, -math.inf], requires_grad=True)
    log_q = torch.tensor([-2.0, 0.0, math.inf])
    kl_estimate(log_p, log_q, mask=[True, False, False], reduction="mean").backward()
    assert log_p.grad.tolist() == [1.0, 0.0, 0.0]
    log_p.grad = None
    kl_estimate(log_p, log_q, mask=[False] * 3, reduction="mean").backward()
    assert log_p.grad.tolist() == [0.0, 0.0, 0.0]


MISTAKES = {
    "learning.choice": lambda: kl_estimate([-1.0], [-1.0], estimator="k4"),
    "learning.log_prob": lambda: kl_estimate([-1.0], [math.inf]),
    "learning.impossible": lambda: kl_estimate([-math.inf], [-1.0]),
    "learning.shape": lambda: kl_estimate([-1.0, -1.0], [-1.0]),
    "learning.allowed": lambda: entropy_bonus([1.0, 2.0], allowed=[1, 0]),
    "learning.allowed_shape": lambda: entropy_bonus([1.0, 2.0], allowed=[True] * 3),
    "logits.all_masked": lambda: entropy_bonus([1.0, 2.0], allowed=[False, False]),
    "learning.mask": lambda: kl_estimate([-1.0], [-1.0], mask=[1]),
    "learning.reduction": lambda: entropy_surrogate([-1.0], reduction="batchmean"),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_mistakes_are_told(key):
    with pytest.raises(kb.KullbackError) as caught:
        MISTAKES[key]()
    assert caught.value.key == key
    assert caught.value.hint
    assert caught.value.text("zh")


def test_the_place_of_a_row_without_actions_is_the_callers():
    allowed = np.ones((3, 4), dtype=bool)
    allowed[:, 2] = False
    with pytest.raises(kb.KullbackError, match=r"logits\[:, 2\]"):
        entropy_bonus(np.zeros((3, 4)), allowed=allowed, axis=0)
    with pytest.raises(kb.KullbackError, match=r"logits\[2\]"):
        entropy_bonus(np.zeros((4, 3)), allowed=allowed.T)


def test_other_mistakes_are_told_by_the_same_words():
    for call in (
        lambda: kl_estimate([-1.0], [-1.0], gradient="detached"),
        lambda: kl_estimate([math.inf], [-1.0]),
        lambda: kl_estimate([-1.0], [-1.0], log_behaviour=[math.nan]),
        lambda: entropy_bonus([[-math.inf, -math.inf]]),
        lambda: kl_estimate([-1.0], [-1.0], log_behaviour=[-math.inf]),
        lambda: kl_estimate([-1.0], [-1.0], log_behaviour=[-1.0, -1.0]),
        lambda: entropy_surrogate([-math.inf]),
    ):
        with pytest.raises(kb.KullbackError):
            call()
