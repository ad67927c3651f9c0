"""Measures of several variables on every library: values, types, gradients, compilers."""

from __future__ import annotations

import functools
import math

import exact_joint as exact
import numpy as np
import pytest
from libraries import ALL, dtype_of, extra, loaded, numbers

import kullback as kb

# Exact in every float type, with an impossible outcome, and a law of the same support.
TABLE = np.array([[[4, 1], [2, 0]], [[3, 2], [1, 3]]]) / 16
OTHER = np.array([[[1, 5], [2, 0]], [[2, 1], [4, 1]]]) / 16
XYZ = ("x", "y", "z")


def normalized(joint, normalizer):
    return kb.normalized_mutual_information(joint, "x", "y", normalizer=normalizer)


def share(table, most):
    x, y, both = (exact.conditional_entropy(table, axes, ()) for axes in ((0,), (1,), (0, 1)))
    most = {"min": min(x, y), "mean": (x + y) / 2, "geometric": (x * y) ** 0.5, "joint": both}[most]
    return exact.mutual_information(table, (0,), (1,)) / most


# name: (of a Joint, of the table by its definition)
MEASURES = {
    "entropy": (kb.entropy, lambda p: exact.entropy(p, (0, 1, 2))),
    "marginal entropy": (lambda j: kb.entropy(j, "y"), lambda p: exact.entropy(p, (1,))),
    "conditional entropy": (
        lambda j: kb.entropy(j, "x", given=("y", "z")),
        lambda p: exact.conditional_entropy(p, (0,), (1, 2)),
    ),
    "mutual": (
        lambda j: kb.mutual_information(j, "x", "y"),
        lambda p: exact.mutual_information(p, (0,), (1,)),
    ),
    "conditional": (
        lambda j: kb.mutual_information(j, "x", "y", given="z"),
        lambda p: exact.mutual_information(p, (0,), (1,), (2,)),
    ),
    "of groups": (
        lambda j: kb.mutual_information(j, ("z", "x"), "y"),
        lambda p: exact.mutual_information(p, (2, 0), (1,)),
    ),
    "pointwise": (
        lambda j: kb.pointwise_mutual_information(j, "x", "z")[1, 0],
        lambda p: exact.pointwise(p.sum(axis=1))[1, 0],
    ),
    "variation": (
        lambda j: kb.variation_of_information(j, "x", "z"),
        lambda p: exact.variation_of_information(p, (0,), (2,)),
    ),
    **{
        normalizer: (
            functools.partial(normalized, normalizer=normalizer),
            functools.partial(share, most=normalizer),
        )
        for normalizer in ("min", "mean", "geometric", "joint")
    },
    "total": (kb.total_correlation, lambda p: exact.total_correlation(p, 3)),
    "dual": (kb.dual_total_correlation, lambda p: exact.dual_total_correlation(p, 3)),
    "co": (kb.co_information, lambda p: exact.co_information(p, 3)),
    "o": (kb.o_information, lambda p: exact.o_information(p, 3)),
}
EVERY = pytest.mark.parametrize("name", MEASURES)
# Compilers take seconds for each: one for each kernel, and sums of several.
COMPILED = ("marginal entropy", "conditional entropy", "conditional", "pointwise", "geometric")


def of_table(name):
    """Return a measure as a function of an array alone."""
    measure, _ = MEASURES[name]
    return lambda p: measure(kb.Joint(p, XYZ))


# Eight terms of a few ulp each; float32 is computed wide and rounded once, except in JAX without
# 64 bits, where what cancels in differences of terms up to 1 is absolute.
TOLERANCE = {"float64": (1e-14, 1e-15), "float32": (1.3e-7, 0.0)}
SINGLE = (2e-6, 2e-7)


@EVERY
def test_values(library, name):
    wanted = float(MEASURES[name][1](TABLE))
    for dtype in library.dtypes:
        table = library.array(TABLE, dtype)
        value = of_table(name)(table)
        assert library.owns(value)
        out = library.widest if dtype == "float64" else "float32"
        assert dtype_of(value) == out
        assert tuple(value.shape) == ()
        rtol, atol = SINGLE if library.widest == "float32" else TOLERANCE[out]
        np.testing.assert_allclose(numbers(value), wanted, rtol=rtol, atol=atol)
        np.testing.assert_array_equal(numbers(table), TABLE)


def test_independent_variables_share_plain_zero(library):
    table = library.array(np.einsum("i,j,k->ijk", *[[0.25, 0.75]] * 3), "float32")
    joint = kb.Joint(table, XYZ)
    for value in (
        kb.mutual_information(joint, "x", "y", given="z"),
        kb.pointwise_mutual_information(joint, "x", "y")[0, 1],
        kb.o_information(joint),
        normalized(joint, "geometric"),
    ):
        assert numbers(value) == 0
        assert not np.signbit(numbers(value))


@pytest.mark.parametrize("eps", [0.25, 2.0**-6, 2.0**-9])
def test_near_independence_keeps_its_digits(library, eps):
    """In float32 alone too: margins are pairs, and so is what they differ by."""
    sign = np.array([[1, -1], [-1, 1]])
    table = np.outer([0.25, 0.75], [0.5, 0.5]) * (1 + eps * sign)
    for dtype in library.dtypes[-2:]:
        if "16" in dtype:
            continue
        array = library.array(table, dtype)
        value = kb.mutual_information(kb.Joint(array, ["x", "y"]))
        wanted = float(exact.mutual_information(numbers(array), (0,), (1,)))
        rtol = 1e-13 if dtype_of(value) == "float64" else 4e-7
        np.testing.assert_allclose(numbers(value), wanted, rtol=rtol)


def test_data_keep_their_library(library):
    x, y = np.array([0, 0, 1, 1, 2, 2, 0, 1]), np.array([0, 0, 1, 1, 0, 1, 0, 1])
    table = np.zeros((3, 2), int)
    np.add.at(table, (x, y), 1)
    samples = kb.Samples(x=library.array(x), y=library.array(y))
    counts = kb.Counts(library.array(table))
    for measure in (kb.mutual_information, kb.variation_of_information, kb.total_correlation):
        a, b = measure(samples), measure(counts)
        assert library.owns(a.value)
        assert library.owns(b.value)
        assert float(a) == float(b)
    e = kb.normalized_mutual_information(samples, normalizer="joint")
    assert library.owns(e.value)
    assert e.unit is None


# ---------------------------------------------------------------- gradients and compilers


@functools.cache
def slopes(name):
    return exact.gradient(MEASURES[name][1], TABLE)


@pytest.mark.parametrize("name", [*COMPILED, "variation", "co", "dual"])
def test_torch_gradient_compile_and_vmap(name):
    """Both parts of a gradient are sums of logarithms up to 3: 64 roundings of those."""
    torch = extra("torch")
    torch._dynamo.reset()
    f, close = of_table(name), {"rtol": 1e-13, "atol": 3e-14}
    tables = torch.tensor(np.stack([TABLE, OTHER]))
    values, gradients = [], []
    for g in (f, torch.compile(f, fullgraph=True, backend="aot_eager")):
        table = tables[0].clone().requires_grad_()
        value = g(table)
        value.backward()
        values.append(value.detach())
        gradients.append(table.grad)
        np.testing.assert_allclose(table.grad, slopes(name), **close)
    torch.testing.assert_close(*values, rtol=1e-14, atol=1e-15)
    torch._dynamo.reset()
    np.testing.assert_allclose(
        torch.func.vmap(f)(tables), [f(t) for t in tables], rtol=1e-14, atol=1e-15
    )
    rows = torch.func.vmap(torch.func.grad(f))(tables)
    np.testing.assert_allclose(rows[0], slopes(name), **close)


@pytest.mark.parametrize(
    ("name", "kind"), [("conditional", "jax"), *((name, "jax x64") for name in COMPILED)]
)
def test_jax_jit_grad_and_vmap(name, kind):
    with loaded(next(x for x in ALL if x.name == kind)) as library:
        jax = extra("jax")
        double = library.widest == "float64"
        close = {"rtol": 1e-13, "atol": 3e-14} if double else {"rtol": 2e-5, "atol": 5e-6}
        same = {"rtol": 1e-14, "atol": 5e-15} if double else {"rtol": 4e-6, "atol": 4e-7}
        f = of_table(name)
        tables = jax.numpy.asarray(np.stack([TABLE, OTHER]), dtype=library.widest)
        plain = np.array([f(t) for t in tables])
        np.testing.assert_allclose(jax.jit(f)(tables[0]), plain[0], **same)
        np.testing.assert_allclose(jax.jit(jax.vmap(f))(tables), plain, **same)
        np.testing.assert_allclose(jax.jit(jax.grad(f))(tables[0]), slopes(name), **close)
        rows = jax.jit(jax.vmap(jax.grad(f)))(tables)
        np.testing.assert_allclose(rows[0], slopes(name), **close)


@pytest.mark.parametrize(
    "table",
    [
        [[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.5]]],
        [[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]],
        [[[0.125, 0.125], [0.125, 0.125]], [[0.125, 0.125], [0.125, 0.125]]],
    ],
    ids=["copies", "certain", "uniform"],
)
@EVERY
def test_gradients_are_finite_where_logarithms_are_not(name, table):
    torch = extra("torch")
    array = torch.tensor(table, dtype=torch.float64, requires_grad=True)
    value = of_table(name)(array)
    if torch.isfinite(value):
        value.backward()
        assert torch.all(torch.isfinite(array.grad))
        assert torch.all(array.grad[array == 0] == 0)


def test_curvature_at_independence():
    """The Hessian of I at an independent table: delta/p - delta/p(x) - delta/p(y) + 1."""
    torch = extra("torch")
    a, b = np.array([0.25, 0.75]), np.array([0.5, 0.125, 0.375])
    table = np.outer(a, b)

    def information(p):
        return kb.mutual_information(kb.Joint(p, ["x", "y"]))

    hessian = torch.autograd.functional.hessian(information, torch.tensor(table))
    rows, columns = np.eye(2)[:, None, :, None], np.eye(3)[None, :, None, :]
    wanted = rows * columns / table[..., None, None] + 1
    wanted = wanted - rows / a[:, None, None, None] - columns / b[None, :, None, None]
    assert math.isclose(float(information(torch.tensor(table))), 0.0, abs_tol=0.0)
    np.testing.assert_allclose(hessian, wanted, rtol=1e-13, atol=1e-13)
