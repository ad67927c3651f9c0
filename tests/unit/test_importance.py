"""Bounds from importance weights, and how much the weights can be trusted."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import ALL, dtype_of, extra, loaded, numbers
from mpmath import exp as mexp
from mpmath import inf, log, mpf, workdps
from scipy import integrate

import kullback as kb
from kullback.learning import (
    doubly_reparameterized_weights,
    effective_sample_size,
    iwae_bound,
    pareto_k,
    renyi_bound,
)

ORDERS = (-math.inf, -3.0, 0.0, 0.5, 0.999, 1.0 - 1e-9, 1.0, 1.0 + 1e-15, 1.5, 4.0, math.inf)
EVERY_ORDER = pytest.mark.parametrize("order", ORDERS)
EVERY_LIBRARY = pytest.mark.parametrize("library", ALL, ids=lambda library: library.name)
ROWS = {
    "usual": np.random.default_rng(0).normal(size=12),
    "far down": np.random.default_rng(1).normal(size=12) - 9000.0,
    "close": np.random.default_rng(2).normal(size=12) * 1e-7,
    "wide": np.random.default_rng(3).normal(size=12) * 300.0,
    "a weight of 0": np.array([0.5, -math.inf, 1.5, -0.25]),
    "far down beside a weight of 0": np.array([-9000.0, -math.inf, -8990.0]),
    "all 0": np.full(4, -math.inf),
    "one draw": np.array([-2.5]),
    "alike": np.full(5, 0.75),
}
EVERY_ROW = pytest.mark.parametrize("row", ROWS)


def exact(row, order):
    """Return the Rényi bound by its definition, at a thousand digits."""
    with workdps(1000):  # exp(1e-15 x) - 1 of 1e-7, squared, within exponentials of 4 * 900
        x = [mpf(float(v)) for v in row]
        if order == 1:
            return sum(x) / len(x)
        if math.isinf(order):
            return max(x) if order < 0 else min(x)
        s = 1 - mpf(order)
        if s < 0 and -inf in x:
            return -inf
        total = sum(mexp(s * v) for v in x if v > -inf)
        return log(total / len(x)) / s if total else -inf


@EVERY_ORDER
@EVERY_ROW
def test_a_bound_is_its_definition(row, order):
    want = float(exact(ROWS[row], order))
    got = float(renyi_bound(ROWS[row], order=order))
    finite = ROWS[row][np.isfinite(ROWS[row])]
    # Rounding of the mean of x, of differences from it, and of their exponentials.
    atol = 8e-16 * max(np.abs(finite), default=0.0) + 1e-15 * np.ptp(finite if finite.size else 0)
    assert got == want if math.isinf(want) else abs(got - want) <= atol + 2e-15 * abs(want)


@pytest.mark.parametrize("row", ["usual", "close", "one draw", "alike"])
def test_the_digits_of_the_step_from_elbo_to_bound(row):
    """Near order 1 the distance from the ELBO is half a variance, which must not drown."""
    x = ROWS[row] - np.mean(ROWS[row])
    for order in (0.5, 0.999, 1.0 - 1e-6, 1.0 + 1e-6):
        want = float(exact(x, order) - exact(x, 1.0))
        got = float(renyi_bound(x, order=order) - renyi_bound(x, order=1.0))
        # Beside the distance itself only the rounding of two means of centred numbers counts.
        assert abs(got - want) <= 1e-14 * abs(want) + 4e-16 * np.max(np.abs(x))


def test_named_orders():
    x = ROWS["usual"]
    np.testing.assert_allclose(iwae_bound(x), np.log(np.mean(np.exp(x))), rtol=1e-14)
    assert iwae_bound(x) == renyi_bound(x, order=0.0)
    np.testing.assert_allclose(renyi_bound(x, order=1), x.mean(), rtol=1e-15)
    assert renyi_bound(x, order=-math.inf) == x.max()
    assert renyi_bound(x, order=math.inf) == x.min()


@given(
    st.lists(st.floats(-40, 40), min_size=1, max_size=8),
    st.lists(st.floats(-5, 5), min_size=2, max_size=6),
)
def test_a_bound_falls_with_the_order(x, orders):
    bounds = [float(renyi_bound(x, order=a)) for a in sorted([*orders, 0.0, 1.0])]
    assert all(a >= b - 1e-13 for a, b in itertools.pairwise(bounds))
    assert min(x) - 1e-13 <= min(bounds)
    assert max(bounds) <= max(x) + 1e-13


def test_orders_without_end():
    x = ROWS["usual"]
    for order in (1e6, -1e9):
        want = float(exact(ROWS["close"], order))
        assert math.isclose(renyi_bound(ROWS["close"], order=order), want, rel_tol=1e-14)
    for huge in (1e31, 1e299, 1.7e308):  # whose products with logarithms may be no floats
        assert renyi_bound(1e10 * x, order=huge) == 1e10 * x.min()
        assert renyi_bound(1e10 * x, order=-huge) == 1e10 * x.max()
        assert renyi_bound(ROWS["a weight of 0"], order=huge) == -math.inf
        assert renyi_bound(ROWS["a weight of 0"], order=-huge) == 1.5


@EVERY_ORDER
@EVERY_LIBRARY
def test_a_bound_is_never_minus_0(library, order):
    with loaded(library):
        assert not np.signbit(numbers(renyi_bound(library.array(np.array([-0.0])), order=order)))


def test_an_order_may_be_a_number_of_numpy():
    for order in (np.float32(0.5), np.float64(0.5), np.int64(2), np.uint8(0)):
        assert renyi_bound(ROWS["usual"], order=order) == renyi_bound(
            ROWS["usual"], order=order.item()
        )
    for wrong in (True, np.True_, "1", None):
        with pytest.raises(kb.KullbackError, match="order is ") as caught:
            renyi_bound(ROWS["usual"], order=wrong)
        assert caught.value.key == "learning.option"


def test_the_mean_bound_by_enumeration():
    """Three codes: E L_K is a sum over K-tuples of them, and L_1 is below by D(q || posterior)."""
    joint, q = np.array([0.05, 0.2, 0.01]), np.array([0.5, 0.25, 0.25])
    evidence, last = math.log(joint.sum()), -math.inf
    for draws in range(1, 7):
        codes = np.array(list(itertools.product(range(3), repeat=draws)))
        chance, log_w = q[codes].prod(axis=-1), np.log(joint / q)[codes]
        bound = iwae_bound(log_w, weights=chance, reduction="sum")
        assert last < bound < evidence
        if draws == 1:
            below = kb.kl_divergence(q, joint / joint.sum())
            assert math.isclose(bound, evidence - below, rel_tol=1e-14)
        if draws == 2:
            want = sum(
                q[a] * q[b] * math.log(0.5 * (joint[a] / q[a] + joint[b] / q[b]))
                for a in range(3)
                for b in range(3)
            )
            assert math.isclose(bound, want, rel_tol=1e-14)
        for order in ORDERS:  # where q is the posterior, every order has the evidence
            same = renyi_bound(np.log(joint / (joint / joint.sum()))[codes], order=order)
            np.testing.assert_allclose(same, evidence, rtol=1e-14)
        last = bound


def gap(draws, std):
    """Return log p(x) - E L_K for q = N(0, std^2) and the posterior N(0, 1), by quadrature.

    log m is the integral of (exp(-t) - exp(-t m))/t over t > 0, and the mean of exp(-t m) over
    independent weights is a power. Gauss-Hermite nodes give the mean for one weight.
    """
    nodes, share = np.polynomial.hermite_e.hermegauss(150)
    share = share / share.sum()
    z = std * nodes
    weight = std * np.exp(-0.5 * z * z + 0.5 * nodes * nodes)

    def integrand(log_t):
        t = math.exp(log_t)
        one = np.sum(share * np.expm1(-t * weight / draws))
        return math.exp(-t) - math.exp(draws * math.log1p(one))

    value, error = integrate.quad(integrand, -40.0, 80.0, epsabs=1e-12, limit=400)
    assert error < 1e-9
    return -value


STD = 1.3946  # a posterior that is so much wider than it should be loses 0.14 nats


@pytest.mark.parametrize(
    ("draws", "repeats", "known"), [(1, 40000, 0.140), (5, 20000, 0.0150), (50, 8000, 0.0015)]
)
def test_the_known_gap_of_a_gaussian(draws, repeats, known):
    want = gap(draws, STD)
    assert abs(want - known) < 0.05 * known + 1e-4
    if draws == 1:
        assert abs(want - (0.5 * (STD**2 - 1) - math.log(STD))) < 1e-9
    z = STD * np.random.default_rng(draws).normal(size=(repeats, draws))
    log_w = -0.5 * z * z + 0.5 * (z / STD) ** 2 + math.log(STD)
    # The mean weight is 1, which takes most of the noise away.
    noisy = iwae_bound(log_w) - (np.exp(log_w).mean(axis=-1) - 1.0)
    error = noisy.std() / math.sqrt(repeats)
    assert error < 0.05 * want
    assert abs(-noisy.mean() - want) < 4.0 * error


def test_many_draws_leave_half_the_variance_of_a_weight():
    variance = STD**2 / math.sqrt(2 * STD**2 - 1) - 1  # chi-squared of the posterior from q
    assert math.isclose(gap(500, STD), 0.5 * variance / 500, rel_tol=0.01)


# ---------------------------------------------------------------- rows


def test_rows_that_do_not_count_may_hold_anything():
    x = np.array([[0.5, 1.0], [math.nan, math.inf], [-1.0, -math.inf]])
    mask = np.array([True, False, True])
    for order in ORDERS:
        each = renyi_bound(x, order=order, mask=mask)
        kept = renyi_bound(x[mask], order=order)
        np.testing.assert_array_equal(each, [kept[0], 0.0, kept[1]])
        mean = renyi_bound(x, order=order, mask=mask, reduction="mean")
        assert mean == kept.mean()
    weighed = iwae_bound(x, weights=[3.0, 0.0, 1.0], reduction="mean")
    assert math.isclose(weighed, (3 * iwae_bound(x[0]) + iwae_bound(x[2])) / 4, rel_tol=1e-15)
    assert iwae_bound(x, mask=np.zeros(3, bool), reduction="mean") == 0.0


def test_the_draws_may_be_on_any_axis():
    x = np.random.default_rng(0).normal(size=(25, 3))
    for call in (iwae_bound, effective_sample_size, pareto_k):
        np.testing.assert_array_equal(call(x, axis=0), call(x.T))


def test_doubly_reparameterized_weights_lie_as_they_were_given():
    x = np.random.default_rng(0).normal(size=(2, 5, 3))
    for axis in range(-3, 3):
        squares = doubly_reparameterized_weights(x, axis=axis)
        shares = np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)
        np.testing.assert_allclose(squares, shares**2, rtol=1e-14)


# ---------------------------------------------------------------- what is checked


TRAINED = {
    **{f"order {a}": functools.partial(renyi_bound, order=a) for a in ORDERS},
    "iwae": iwae_bound,
    "doubly": doubly_reparameterized_weights,
}


@pytest.mark.parametrize("name", TRAINED)
def test_nan_of_what_is_trained_is_seen_in_its_row(name):
    x = np.array([[0.5, 1.0, -1.0], [0.5, math.nan, -math.inf], [1.0, 2.0, 3.0]])
    sound = TRAINED[name](x[[0, 2]])
    for check in (True, False):
        found = TRAINED[name](x, check=check)
        assert np.isnan(found[1]).all()
        np.testing.assert_array_equal(found[[0, 2]], sound)
    if name != "doubly":
        assert np.isnan(TRAINED[name](x, reduction="mean"))


@pytest.mark.parametrize("name", ["iwae", "order 0.5", "order 1.0", "doubly"])
def test_what_is_not_checked_is_trusted(name):
    x = [[0.0, math.inf], [0.0, 1.0]]
    with pytest.raises(kb.KullbackError, match=r"log_weights\[0, 1\] is inf"):
        TRAINED[name](x)
    with np.errstate(invalid="ignore"):  # inf - inf
        found = TRAINED[name](x, check=False)
    np.testing.assert_array_equal(found[1], TRAINED[name](x[1]))
    if name != "doubly":
        with pytest.raises(kb.KullbackError, match=r"weights\[1\] is -1.0"):
            TRAINED[name](x, mask=[False, True], weights=[1.0, -1.0])
        wrong = TRAINED[name](x, mask=[False, True], weights=[1.0, -1.0], check=False)
        assert wrong.shape == (2,)


def test_a_place_is_told_as_it_was_given():
    x = np.zeros((30, 2))
    x[21, 0] = math.inf
    calls = (*TRAINED.values(), effective_sample_size, pareto_k)
    for call in calls:
        with pytest.raises(kb.KullbackError, match=r"log_weights\[21, 0\] is inf"):
            call(x, axis=0)


# ---------------------------------------------------------------- weights


def test_the_effective_sample_size_is_its_definition():
    for w in ([1.0, 1.0, 1.0], [3.0, 1.0, 0.0], [1.0, 0.0, 0.0], [2.0, 5.0, 7.0, 0.5]):
        with np.errstate(divide="ignore"):
            x = np.log(w) - 5000.0
        want = sum(w) ** 2 / sum(v * v for v in w)
        # logarithms near 5000 hold 13 digits of what they are apart
        assert math.isclose(effective_sample_size(x), want, rel_tol=1e-11)
    assert effective_sample_size(np.zeros(7)) == 7.0
    assert effective_sample_size(np.full(3, -math.inf)) == 0.0


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=30))
def test_the_effective_sample_size_is_between_1_and_all(x):
    assert 1.0 - 1e-15 <= effective_sample_size(x) <= len(x) * (1.0 + 1e-15)


def test_doubly_reparameterized_weights_are_squared_shares():
    w = np.array([2.0, 5.0, 0.0, 1.0])
    with np.errstate(divide="ignore"):
        got = doubly_reparameterized_weights(np.log(w))
    np.testing.assert_allclose(got, (w / 8.0) ** 2, rtol=1e-14)
    assert not doubly_reparameterized_weights(np.full(3, -math.inf)).any()


def test_doubly_reparameterized_gradients_are_right_and_quiet():
    """The gradient of the bound by the mean of q = N(m, 1), when the posterior is N(0, 1).

    log w = (z - m)^2/2 - z^2/2 with z = m + e: by m it falls by z, and through the draw alone,
    where m in the first term stands still, by m.
    """
    m, draws = 0.4, np.random.default_rng(5).normal(size=(40000, 8))
    z = m + draws
    squares = doubly_reparameterized_weights(0.5 * draws * draws - 0.5 * z * z)
    plain = np.sum(np.sqrt(squares) * -z, axis=-1)
    double = np.sum(squares * -m, axis=-1)
    error = math.hypot(plain.std(), double.std()) / math.sqrt(len(z))
    assert abs(plain.mean() - double.mean()) < 4.0 * error
    assert error < 0.1 * abs(double.mean())
    assert double.std() < 0.2 * plain.std()


# ---------------------------------------------------------------- Pareto k

CHANCE = np.random.default_rng(7)
X_EXPONENTIAL = CHANCE.exponential(size=2000)
X_NORMAL = CHANCE.normal(size=2000)
PSIS = {  # logarithms of weights, and their k by arviz 0.23.4, whose method is the same
    "0.3": (0.3 * X_EXPONENTIAL, 0.3064605094870515),
    "0.7": (0.7 * X_EXPONENTIAL, 0.6780568384132586),
    "1.2": (1.2 * X_EXPONENTIAL, 1.1298734235345753),
    "log-normal": (2.0 * X_NORMAL, 0.5101767759545972),
    "bounded": (np.log(CHANCE.uniform(size=2000)), -0.8517753741793975),
    "25 draws": (0.7 * X_EXPONENTIAL[:25], 0.18346565201472942),
    "200 draws": (2.0 * X_NORMAL[:200], 0.5563522952687934),
}


@pytest.mark.parametrize("name", PSIS)
def test_pareto_k_is_that_of_another_implementation(name):
    log_w, known = PSIS[name]
    # Both average over a grid whose terms are rounded; the tail has at most 135 numbers.
    assert abs(pareto_k(log_w) - known) < 1e-12
    assert abs(pareto_k(log_w + 8000.0) - known) < 1e-8  # logarithms with 12 digits after the point


def published_pareto_k(log_w):
    """Return k by the steps of the papers, on the weights themselves, at 50 digits."""
    with workdps(50):
        draws, order = len(log_w), np.sort(log_w)
        size = math.ceil(min(draws / 5, 3 * math.sqrt(draws)))
        least, *tail = (mexp(mpf(float(v)) - mpf(float(order[-1]))) for v in order[-size - 1 :])
        y = [w - least for w in tail]
        quartile, points = y[int(size / 4 + 0.5) - 1], 30 + math.isqrt(size)
        theta = [
            1 / y[-1] + (1 - (mpf(points) / (j - mpf(0.5))) ** 0.5) / (3 * quartile)
            for j in range(1, points + 1)
        ]

        def shape(t):
            return sum(log(1 - t * v) for v in y) / size

        heights = [size * (log(-t / shape(t)) - shape(t) - 1) for t in theta]
        shares = [1 / sum(mexp(other - height) for other in heights) for height in heights]
        k = shape(sum(a * t for a, t in zip(shares, theta, strict=True)))
        return float((size * k + 5) / (size + 10))


@pytest.mark.parametrize("draws", [21, 24, 26, 99, 225, 400])
def test_pareto_k_is_that_of_the_papers(draws):
    x = np.random.default_rng(draws).normal(size=draws)
    at_top = np.r_[x, np.full(draws // 10, 4.0)]  # a bounded law, with k far below 0
    for log_w in (0.1 * x, 3.0 * x, 500.0 * x, 1e-9 * x, np.round(x, 1), at_top):
        assert math.isclose(pareto_k(log_w), published_pareto_k(log_w), rel_tol=1e-12)


def test_pareto_k_where_a_point_of_the_grid_is_0():
    """With a largest exceedance of 3 quartiles and 34 points, theta is 0 up to rounding."""
    log_w = np.log(np.r_[np.ones(80), np.full(10, 2.0), np.full(5, 3.0), np.full(5, 4.0)])
    shifts = np.random.default_rng(0).normal(size=(2000, 1))
    np.testing.assert_allclose(pareto_k(log_w + shifts), published_pareto_k(log_w), rtol=1e-12)


@pytest.mark.parametrize("k", [0.2, 0.7, 1.0, 1.5])
def test_pareto_k_finds_the_shape_of_a_pareto_law(k):
    """Over 400 data sets of 4000 weights, whose tails hold 190, each with its known shrinkage."""
    log_w = k * np.random.default_rng(11).exponential(size=(400, 4000))
    found = pareto_k(log_w)
    raw = (found * 200 - 5) / 190
    error = found.std() / 20
    # The fit has a bias of order 1/190; the spread is (1 + k)/sqrt(190) for a fit to the tail.
    assert abs(raw.mean() - k) < 4 * error + 0.02 * (1 + k)
    assert 0.8 < raw.std() / ((1 + k) / math.sqrt(190)) < 1.2


def test_pareto_k_knows_no_bounds():
    assert pareto_k(5e4 * X_EXPONENTIAL) > 1e4  # exp(4e5) is no float
    assert pareto_k(1e-9 * X_EXPONENTIAL[:100]) < 0.7


def test_pareto_k_without_a_tail():
    assert pareto_k(np.full(40, -3.0)) == -math.inf
    assert pareto_k(np.full(40, -math.inf)) == math.inf
    assert pareto_k(np.r_[np.full(39, -math.inf), 0.0]) == math.inf
    assert pareto_k(np.r_[np.zeros(38), 1.0, 2.0]) == math.inf
    some = np.r_[np.full(60, -math.inf), 0.5 * X_EXPONENTIAL[:40]]
    assert 0.0 < pareto_k(some) < 1.0
    rows = np.stack([np.zeros(40), np.linspace(0, 3, 40)])
    assert pareto_k(rows)[0] == -math.inf
    assert pareto_k(rows)[1] == pareto_k(rows[1])


# ---------------------------------------------------------------- libraries

CALLS = {
    **{f"order {a}": functools.partial(renyi_bound, order=a) for a in ORDERS},
    "size": effective_sample_size,
    "doubly": doubly_reparameterized_weights,
    "pareto": pareto_k,
}
X = np.random.default_rng(4).normal(size=(3, 30)).round(3)
X[2, 4] = -math.inf


@EVERY_LIBRARY
@pytest.mark.parametrize(
    "name", ["order 0.0", "order 1.0", "order 4.0", "size", "doubly", "pareto"]
)
def test_every_library_gives_the_same(library, name):
    with loaded(library):
        for dtype in library.dtypes:
            x = library.array(X, dtype)
            want = CALLS[name](numbers(x))
            got = CALLS[name](x)
            assert library.owns(got)
            assert dtype_of(got) == ("float64" if dtype == "float64" else "float32")
            # The tail of float32 alone, in JAX, is a difference of exponentials.
            rtol = 1e-12 if dtype == "float64" else 1e-3 if name == "pareto" else 2e-6
            np.testing.assert_allclose(numbers(got), want, rtol=rtol, atol=1e-7)


DIFFERENTIABLE = [name for name in CALLS if name not in ("doubly", "pareto")]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_torch_gradients_of_bounds(name):
    torch = extra("torch")
    for scale in (0.05, 1.0, 40.0):  # on both sides of where the formula changes
        x = torch.tensor(scale * X[:2, :6], requires_grad=True)
        assert torch.autograd.gradcheck(CALLS[name], x)
        # finite differences are all that is known of the second, and cannot see below 1e-9
        assert torch.autograd.gradgradcheck(lambda v: (CALLS[name](v) ** 2).sum(), x, atol=1e-4)


@pytest.mark.parametrize("order", [a for a in ORDERS if math.isfinite(a)])
@pytest.mark.parametrize("row", [name for name in ROWS if name != "all 0"])
def test_torch_gradients_are_the_shares(row, order):
    """The slope of a bound in log w_k is the share of w_k ** (1 - order) in their sum."""
    torch = extra("torch")
    x = torch.tensor(ROWS[row], requires_grad=True)
    renyi_bound(x, order=order).backward()
    with workdps(60):
        powers = [mexp((1 - mpf(order)) * mpf(float(v))) if v > -inf else 0 for v in ROWS[row]]
        shares = [float(v / sum(powers)) for v in powers]
    if -math.inf in ROWS[row] and order >= 1.0:
        shares = [0.0] * len(shares)  # the bound is -inf, which stands still
        if order == 1.0:
            return
    # an exponent near 9000 or 900 is rounded to about 1e-13 of what it gives
    np.testing.assert_allclose(x.grad, shares, rtol=2e-12, atol=1e-300)


def test_pareto_k_has_no_gradient_in_torch():
    torch = extra("torch")
    assert not pareto_k(torch.tensor(X, requires_grad=True)).requires_grad


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_torch_gradients_are_finite_where_weights_are_0(name):
    torch = extra("torch")
    x = torch.tensor([[0.5, -math.inf, 1.0], [-math.inf] * 3], dtype=torch.float64)
    x.requires_grad_()
    CALLS[name](x).sum().backward()
    assert x.grad.isfinite().all()
    masked = torch.tensor([[0.5, 1.0], [math.nan, math.inf]], requires_grad=True)
    mask = torch.tensor([True, False])
    iwae_bound(masked, mask=mask, reduction="mean").backward()
    assert masked.grad[1].tolist() == [0.0, 0.0]
    assert math.isclose(float(masked.grad[0].sum()), 1.0, rel_tol=1e-6)


def test_doubly_reparameterized_weights_have_no_gradient_in_torch():
    torch = extra("torch")
    x = torch.tensor(X, requires_grad=True)
    assert not doubly_reparameterized_weights(x).requires_grad


@pytest.mark.parametrize("name", ["order 0.0", "order 1.5", "size", "doubly", "pareto"])
def test_compiled_torch_gives_the_same(name):
    torch = extra("torch")
    torch.compiler.reset()
    x = torch.tensor(X[:2])
    compiled = torch.compile(CALLS[name], fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), CALLS[name](x), rtol=1e-13, atol=0.0)
    torch.testing.assert_close(
        torch.func.vmap(CALLS[name])(x), CALLS[name](x), rtol=1e-13, atol=0.0
    )


@pytest.mark.parametrize("name", ["order 0.0", "order 1.5", "size", "doubly", "pareto"])
def test_jitted_jax_gives_the_same(name):
    jax = extra("jax")
    x = jax.numpy.asarray(X[:2])
    call = CALLS[name]
    for other in (jax.jit(call), jax.vmap(call)):
        np.testing.assert_allclose(other(x), call(x), rtol=2e-5, atol=1e-6)
    if name in DIFFERENTIABLE:
        slope = jax.grad(lambda v: call(v).sum())
        np.testing.assert_allclose(jax.jit(slope)(x), slope(x), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", CALLS)
def test_jitted_jax_and_torch_inside_vmap_do_not_hide_nan(name):
    torch, jax = extra("torch"), extra("jax")
    x = np.where(np.arange(30) == 7, math.nan, X)
    assert np.isnan(jax.jit(CALLS[name])(x)).all()
    assert torch.func.vmap(CALLS[name])(torch.tensor(x)).isnan().all()


# ---------------------------------------------------------------- mistakes

MISTAKES = {
    "learning.logarithm": (lambda: iwae_bound([0.0, math.inf]), r"log_weights\[1\] is inf"),
    "learning.option": (lambda: renyi_bound([0.0], order=math.nan), "order is nan"),
    "learning.draws": (lambda: pareto_k(np.zeros(20)), "20 draws.*21"),
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
    for call in (effective_sample_size, pareto_k):
        with pytest.raises(kb.KullbackError, match="is nan") as caught:
            call([math.nan] * 30)
        assert caught.value.key == "learning.logarithm"
    for call in (iwae_bound, effective_sample_size, doubly_reparameterized_weights, pareto_k):
        for bad, key in (
            ([math.inf] * 30, "learning.logarithm"),
            (1.0, "learning.draws"),
            ([], "array.empty"),
        ):
            with pytest.raises(kb.KullbackError) as caught:
                call(bad)
            assert caught.value.key == key
