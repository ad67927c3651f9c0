"""Gradients in PyTorch and JAX against the derivative of the definition, at zeros too."""

from __future__ import annotations

import math

import exact
import mpmath
import numpy as np
import pytest
from libraries import ALL, extra, loaded, numbers

import kullback as kb

INF = math.inf
MAKE = {"probs": kb.Probs, "log_probs": kb.LogProbs, "logits": kb.Logits}
BINARY = [f.__name__ for f in exact.BINARY]
UNARY = [f.__name__ for f in exact.UNARY]

POINTS = {
    "ordinary": ([0.5, 0.25, 0.125, 0.125], [0.1, 0.2, 0.3, 0.4]),
    "shared zero": ([0.5, 0.5, 0.0], [0.25, 0.75, 0.0]),
    "zero of p": ([0.0, 0.25, 0.75], [0.125, 0.25, 0.625]),
    "near": ([0.25, 0.75], [0.25 + 2.0**-30, 0.75 - 2.0**-30]),
    "nearly certain": ([1 - 2.0**-40, 2.0**-40], [2.0**-30, 1 - 2.0**-30]),
}
LOGITS = {
    "ordinary": ([1.0, -2.0, 0.5], [1.5, -2.0, 0.25]),
    "shared mask": ([1.0, -INF, 0.5], [0.0, -INF, 2.0]),
    "mask of p": ([1.0, -INF, 0.5], [0.0, 3.0, 2.0]),
    "near": ([1.0, -2.0, 0.5], [1.0, -2.0 + 2.0**-30, 0.5]),
    "far": ([30.0, -40.0, 0.0], [-50.0, 60.0, 2.0]),
    "huge": ([0.0, -800.0], [800.0, 0.0]),
}


def points(kind):
    if kind == "logits":
        return LOGITS
    if kind == "probs":
        return POINTS
    with np.errstate(divide="ignore"):
        return {name: tuple(np.log(row) for row in pair) for name, pair in POINTS.items()}


@pytest.fixture(params=["torch", "jax x64"], ids=["torch", "jax"])
def gradient(request):
    """Return a function that differentiates f at float64 rows by all of them."""
    with loaded(next(x for x in ALL if x.name == request.param)) as library:
        yield by_torch if library.name == "torch" else by_jax


def by_torch(f, *rows):
    import torch

    rows = [torch.tensor(np.array(row), requires_grad=True) for row in rows]
    f(*rows).sum().backward()
    return [numbers(row.grad) for row in rows]


def by_jax(f, *rows):
    import jax

    arrays = [jax.numpy.asarray(np.array(row)) for row in rows]
    return [numbers(g) for g in jax.grad(f, tuple(range(len(rows))))(*arrays)]


def agree(actual, wanted, value=1.0, scale=1.0, place=""):
    """Compare each derivative to 1e-12 of itself, and to the rounding of what cancels in it.

    Through a softmax the entries are p_i (log p_i/q_i - D), differences of parts as large as the
    value; both parts have a few ulp, so 8 x 2^-52 of the value, or of 1, is lost. A perplexity
    multiplies that by itself and keeps it relative to its logarithm.
    """
    wanted = np.array(wanted, float)
    assert np.all(np.isfinite(actual))
    lost = 8 * 2.0**-52 * max(1.0, float(value)) * scale
    np.testing.assert_allclose(actual, wanted, rtol=1e-12, atol=lost, err_msg=place)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("name", UNARY)
def test_one_operand(gradient, name, kind):
    for point, (row, _) in points(kind).items():
        (actual,) = gradient(lambda p: getattr(kb, name)(MAKE[kind](p)), row)
        agree(actual, exact.gradient(name, (kind,), (row,), 0), place=point)


SAME = [(kind, kind) for kind in MAKE]
MIXED = [("probs", "logits"), ("logits", "probs"), ("log_probs", "probs")]


@pytest.mark.parametrize("kinds", SAME, ids="-".join)
@pytest.mark.parametrize("name", BINARY)
def test_two_operands(gradient, name, kinds):
    for point, rows in points(kinds[0]).items():
        wanted = exact.measure(name, kinds, rows)
        if math.isinf(wanted):
            continue
        actual = gradient(
            lambda p, q: getattr(kb, name)(*(MAKE[kinds[0]](x) for x in (p, q))), *rows
        )
        for side in (0, 1):
            scale = math.log(wanted) if name == "perplexity" and wanted > 9 else 1.0
            agree(actual[side], exact.gradient(name, kinds, rows, side), wanted, scale, point)


@pytest.mark.parametrize("kinds", MIXED, ids="-".join)
@pytest.mark.parametrize("name", BINARY)
def test_mixed_kinds(gradient, name, kinds):
    row = {"probs": [0.5, 0.2, 0.3], "log_probs": np.log([0.25, 0.25, 0.5]), "logits": [1.0, 0, -2]}
    rows = [row[kind] for kind in kinds]
    actual = gradient(lambda p, q: getattr(kb, name)(MAKE[kinds[0]](p), MAKE[kinds[1]](q)), *rows)
    for side in (0, 1):
        agree(actual[side], exact.gradient(name, kinds, rows, side))


@pytest.mark.parametrize("name", [*BINARY, *UNARY])
def test_infinite_values_have_finite_gradients(gradient, name):
    """Where q misses an outcome the value is inf; what reaches a network is still no NaN."""
    rows = [1.0, 2.0, 0.5], [1.0, -INF, 0.5]
    tables = [0.5, 0.25, 0.25], [0.5, 0.5, 0.0]
    verb = getattr(kb, name)
    for kind, pair in (("logits", rows), ("probs", tables)):
        operands = pair if name in BINARY else pair[1:]
        for ordered in (operands, operands[::-1]):
            parts = gradient(lambda *x, make=MAKE[kind]: verb(*map(make, x)), *ordered)
            assert all(np.all(np.isfinite(part)) for part in parts)


def test_classification_loss(gradient):
    """The textbook's softmax minus one-hot, for one row and masked classes too."""
    z = [[2.0, -1.0, 0.5, -INF], [0.0, 0.0, 100.0, -100.0]]
    (actual,) = gradient(lambda z: kb.cross_entropy(kb.Labels([2, 0], 4), kb.Logits(z)).sum(), z)
    for row, y, g in zip(z, (2, 0), actual, strict=True):
        p = exact.probs("logits", row)
        agree(g, [float(p[k] - (k == y)) for k in range(4)])


def test_likelihoods(gradient):
    x, row, other = [0, 2, 2], [0.5, 0.25, 0.25], [0.125, 0.25, 0.625]
    (g,) = gradient(lambda q: kb.log_likelihood(x, q).sum(), row)
    agree(g, [1 / 0.5, 0, 2 / 0.25])
    g, h = gradient(lambda p, q: kb.log_likelihood_ratio(x, p, q).sum(), row, other)
    agree(g, [1 / 0.5, 0, 2 / 0.25])
    agree(h, [-1 / 0.125, 0, -2 / 0.625])
    (g,) = gradient(lambda p: kb.self_information(p)[:2].sum(), row)
    agree(g, [-2, -4, 0])
    (g,) = gradient(lambda p: kb.self_information(p)[0], [0.5, 0.0, 0.5])
    agree(g, [-2, 0, 0])


def test_estimates_keep_the_gradient(gradient):
    """Maximum likelihood: the gradient of the mean loss is softmax minus proportions."""
    z = [0.5, -1.0, 2.0]
    p = [float(x) for x in exact.probs("logits", z)]
    for data in (kb.Samples([0, 1, 1, 2]), kb.Counts([1, 2, 1])):
        (g,) = gradient(lambda z, data=data: kb.cross_entropy(data, kb.Logits(z)).value, z)
        agree(g, np.array(p) - [0.25, 0.5, 0.25])


def test_joint(gradient):
    table = np.array([[0.5, 0.125], [0.125, 0.25]])

    def conditional(p):
        return kb.entropy(kb.Joint(p, ["x", "y"]), "y", given="x")

    (g,) = gradient(conditional, table)
    agree(g, -np.log(table / table.sum(1, keepdims=True)))  # d/dp of -p log(p / p(x))


def test_distance_of_equals_has_gradient_zero(gradient):
    for kind, make in MAKE.items():
        row, _ = points(kind)["ordinary"]

        def distance(p, q, make=make):
            return kb.jensen_shannon_distance(make(p), make(q))

        p, q = gradient(distance, row, row)
        np.testing.assert_array_equal(p, 0)
        np.testing.assert_array_equal(q, 0)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("name", [*BINARY, "entropy"])
def test_finite_differences(name, kind):
    """The value and its gradient belong together, by PyTorch's own check."""
    torch = extra("torch")
    operands = 1 if name == "entropy" else 2
    rows = [torch.tensor(np.array(row), requires_grad=True) for row in points(kind)["ordinary"]]
    assert torch.autograd.gradcheck(
        lambda *x: getattr(kb, name)(*map(MAKE[kind], x)),
        rows[:operands],
        eps=1e-7,  # within the tolerance of Probs for a sum
        atol=1e-6,  # rounding 1e-16/1e-7, and eps^2 f'''
        rtol=1e-6,
    )


def test_curvature_at_equality_is_the_fisher_information():
    """The Hessian of D(p || softmax b) in b at equality is diag(p) - p p', from 0 exactly."""
    torch = extra("torch")
    z = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    p = np.array([float(x) for x in exact.probs("logits", z.tolist())])
    for by in range(2):

        def divergence(x, by=by):
            pair = (kb.Logits(x), kb.Logits(z))
            return kb.kl_divergence(*(pair if by == 0 else pair[::-1]))

        hessian = torch.autograd.functional.hessian(divergence, z)
        np.testing.assert_allclose(hessian, np.diag(p) - np.outer(p, p), atol=1e-15)


@pytest.mark.parametrize("name", [*BINARY, *UNARY])
def test_float32_gradients(name):
    """Taken in float64 and rounded to float32 once on the way out."""
    torch = extra("torch")
    kinds = ("logits",) * (2 if name in BINARY and name != "perplexity" else 1)
    rows = LOGITS["ordinary"][: len(kinds)]
    arrays = [torch.tensor(row, requires_grad=True) for row in rows]
    getattr(kb, name)(*map(kb.Logits, arrays)).backward()
    for side, array in enumerate(arrays):
        assert array.grad.dtype == torch.float32
        wanted = np.array(exact.gradient(name, kinds, rows, side), float)
        # exp and the root hand float32 back to float64: two more roundings.
        np.testing.assert_allclose(numbers(array.grad), wanted, rtol=3e-7, atol=1e-8)


FAR_AND_TINY = [
    ([1e-300, 1.0], [1.0, 1e-100]),
    ([1e-200, 1.0], [0.75, 0.25]),
    ([1.0], [1e-300]),
    ([1e-250, 1.0], [1.25e-250, 1.0]),  # at 1e-300 the rule of JAX keeps 9 digits
    ([1e-290, 1.0], [1e-300, 1.0]),
]


@pytest.mark.parametrize(("p", "q"), FAR_AND_TINY)
def test_no_step_of_a_derivative_leaves_the_range(gradient, p, q):
    """The derivatives are log(p/q) and 1 - p/q, which are moderate or at least finite."""

    def divergence(p, q):
        return kb.kl_divergence(kb.Probs(p, check=False), kb.Probs(q, check=False))

    by_p, by_q = gradient(divergence, p, q)
    pairs = [(mpmath.mpf(a), mpmath.mpf(b)) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(by_p, [float(mpmath.log(a / b)) for a, b in pairs], rtol=1e-13)
    np.testing.assert_allclose(by_q, [float(1 - a / b) for a, b in pairs], rtol=1e-13)
