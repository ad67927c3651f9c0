"""Location families and vectors in every array library: the values, the types, the gradients."""

from __future__ import annotations

import libraries
import numpy as np
import pytest
from libraries import extra

import kullback as kb
from kullback.families import (
    Cauchy,
    Gumbel,
    HalfNormal,
    Laplace,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    SkewNormal,
    StudentT,
)

M = np.array([0.5, -1.0, 2.0])
S = np.array([0.5, 1.0, 2.0])
N = 0.75 * M
A = np.array([[1.0, 0.5, 0.25], [0.5, 2.0, 0.5], [0.25, 0.5, 1.5]])
U = np.array([[1.0, 0.5], [0.25, -1.0], [0.5, 0.75]])
GIVEN = (M, S, N, A, U)


def low_rank(m, s, u):
    return MultivariateNormal(mean=m, std=s, factor=u)


def full(m, a):
    return MultivariateNormal(mean=m, covariance=a)


# Of location and scale, of three laws or of one law of three coordinates; of another location, a
# matrix and a factor.
MEASURES = {
    "normal": lambda m, s, n, *_: kb.kl_divergence(Normal(mean=m, std=s), Normal(mean=n, std=s)),
    "normal, order 2": lambda m, s, n, *_: kb.renyi_divergence(
        Normal(mean=m, std=s), Normal(mean=n, std=s * 1.25), order=2
    ),
    "log-normal": lambda m, s, n, *_: kb.kl_divergence(
        LogNormal(log_mean=m, log_std=s), LogNormal(log_mean=n, log_std=s * s)
    ),
    "half-normal": lambda m, s, *_: kb.kl_divergence(HalfNormal(scale=s), HalfNormal(scale=m * m)),
    "Laplace": lambda m, s, n, *_: kb.kl_divergence(
        Laplace(location=m, scale=s), Laplace(location=n, scale=s * s)
    ),
    "Cauchy": lambda m, s, n, *_: kb.kl_divergence(
        Cauchy(location=m, scale=s), Cauchy(location=n, scale=s * s)
    ),
    "Gumbel": lambda m, s, n, *_: kb.kl_divergence(
        Gumbel(location=m, scale=s), Gumbel(location=n, scale=s * s)
    ),
    "Student's t": lambda m, s, *_: kb.entropy(StudentT(degrees=m * m, location=m, scale=s)),
    "Student's t, density": lambda m, s, n, *_: StudentT(
        degrees=s * s, location=m, scale=s
    ).log_prob(n),
    "skew normal, density": lambda m, s, n, *_: SkewNormal(
        location=m, scale=s, shape=4.0 * n
    ).log_prob(n),
    "vectors, full": lambda m, s, n, a, *_: kb.kl_divergence(
        full(m, s[:, None] * a * s), full(n, a)
    ),
    "vectors, low rank": lambda m, s, n, _a, u: kb.kl_divergence(
        low_rank(m, s, u * s[:, None]), low_rank(n, s + 0.5, u[:, :1])
    ),
    "vectors, order 1/2": lambda m, s, n, a, u: kb.renyi_divergence(
        low_rank(m, s, u * s[:, None]), full(n, a), order=0.5
    ),
    "vectors, density": lambda m, s, n, _a, u: low_rank(m, s, u).log_prob(n),
    "multivariate t": lambda m, s, n, a, *_: MultivariateStudentT(
        degrees=3.0, location=m, scatter=s[:, None] * a * s
    ).log_prob(n),
}
EVERY = pytest.mark.parametrize("name", MEASURES)


LINE = [name for name in MEASURES if not name.startswith(("vectors", "multivariate"))]
VECTORS = [name for name in MEASURES if name not in LINE]


def agrees_with_numpy(library, name):
    dtype = library.widest
    given = [library.array(x, dtype) for x in GIVEN]
    measure = MEASURES[name]
    if library.module == "jax":
        import jax

        measure = jax.jit(measure)
    value = measure(*given)
    assert library.owns(value)
    assert libraries.dtype_of(value) == dtype
    expected = MEASURES[name](*GIVEN)
    # A library without float64 computes in float32, and these divergences are of ordinary size.
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(libraries.numbers(value), expected, rtol=tolerance)


@pytest.mark.parametrize("name", LINE)
def test_every_library_has_the_values_of_numpy(library, name):
    agrees_with_numpy(library, name)


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("library_name", ["array-api-strict", "torch", "jax x64"])
def test_every_library_has_the_vectors_of_numpy(library_name, name):
    library = next(x for x in libraries.ALL if x.name == library_name)
    with libraries.loaded(library):
        agrees_with_numpy(library, name)


@EVERY
def test_float32_is_answered_in_float32(name):
    torch = extra("torch")
    rounded = [x.astype(np.float32) for x in GIVEN]
    expected = MEASURES[name](*(x.astype(np.float64) for x in rounded)).astype(np.float32)
    for value in (MEASURES[name](*rounded), MEASURES[name](*map(torch.tensor, rounded))):
        assert libraries.dtype_of(value) == "float32"
        np.testing.assert_array_max_ulp(np.asarray(value), expected, maxulp=1)


def differences(measure, step=1e-6):
    """Return the derivatives of a sum by location and scale, by central differences."""
    found = []
    for side in range(2):
        for i in range(3):
            up, down = ([x.copy() for x in GIVEN] for _ in range(2))
            up[side][i] += step
            down[side][i] -= step
            found.append((np.sum(measure(*up)) - np.sum(measure(*down))) / (2.0 * step))
    return np.reshape(found, (2, 3))


@EVERY
def test_gradients_are_those_of_finite_differences(name):
    expected = differences(MEASURES[name])
    torch = extra("torch")
    given = [torch.tensor(x, requires_grad=i < 2) for i, x in enumerate(GIVEN)]
    MEASURES[name](*given).sum().backward()
    found = [torch.zeros(3) if x.grad is None else x.grad for x in given[:2]]
    # Rounding costs the differences 1e-16/1e-6, their third derivatives 1e-12.
    np.testing.assert_allclose([x.numpy() for x in found], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["normal", "Student's t", "vectors, full"])
def test_gradients_of_jax(name):
    expected = differences(MEASURES[name])
    with libraries.loaded(libraries.ALL[-1]):
        import jax

        run = jax.jit(jax.grad(lambda *x: MEASURES[name](*x).sum(), argnums=(0, 1)))
        found = run(*map(jax.numpy.asarray, GIVEN))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


EQUAL = {
    "normal": lambda m, s: Normal(mean=m, std=s),
    "log-normal": lambda m, s: LogNormal(log_mean=m, log_std=s),
    "half-normal": lambda m, s: HalfNormal(scale=s + 0.0 * m),
    "Laplace": lambda m, s: Laplace(location=m, scale=s),
    "Cauchy": lambda m, s: Cauchy(location=m, scale=s),
    "Gumbel": lambda m, s: Gumbel(location=m, scale=s),
    "vectors, diagonal": lambda m, s: MultivariateNormal(mean=m, std=s),
    "vectors, low rank": lambda m, s: low_rank(m, s, s[:, None]),
    "vectors, full": lambda m, s: full(m, low_rank(m, s, s[:, None]).spread.dense()),
}


@pytest.mark.parametrize("name", EQUAL)
def test_gradients_vanish_for_equal_laws(name):
    torch = extra("torch")
    m, s = (torch.tensor(x, requires_grad=True) for x in (M, S))
    value = kb.kl_divergence(EQUAL[name](m, s), EQUAL[name](M, S)).sum()
    value.backward()
    assert value == 0.0
    assert m.grad is None or torch.all(m.grad == 0.0)
    assert torch.all(s.grad == 0.0)


@pytest.mark.parametrize("name", EQUAL)
def test_vmap_is_a_batch(name):
    torch = extra("torch")
    rows, scales = np.stack([M, M + 1.0, N]), torch.tensor(S)

    def divergence(m):
        return kb.kl_divergence(EQUAL[name](m, scales), EQUAL[name](M, S))

    expected = np.stack([divergence(torch.tensor(m)).numpy() for m in rows])
    found = torch.func.vmap(divergence)(torch.tensor(rows))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("name", ["normal", "vectors, low rank"])
def test_vmap_of_jax_is_a_batch(name):
    rows = np.stack([M, M + 1.0, N])
    expected = [kb.kl_divergence(EQUAL[name](m, S), EQUAL[name](M, S)) for m in rows]
    with libraries.loaded(libraries.ALL[-1]):
        import jax

        def divergence(m):
            return kb.kl_divergence(EQUAL[name](m, jax.numpy.asarray(S)), EQUAL[name](M, S))

        found = jax.jit(jax.vmap(divergence))(jax.numpy.asarray(rows))
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("name", ["normal", "Student's t", "vectors, low rank"])
def test_compiling(name):
    torch = extra("torch")
    given = [torch.tensor(x) for x in GIVEN]
    compiled = torch.compile(MEASURES[name], fullgraph=True, backend="eager")
    np.testing.assert_allclose(compiled(*given), MEASURES[name](*given), rtol=1e-14)


def test_a_plain_number_takes_the_precision_of_the_others():
    torch = extra("torch")
    for degrees in (np.float32(3.0), torch.tensor(3.0)):
        p = StudentT(degrees=degrees, scale=2)
        assert libraries.dtype_of(kb.entropy(p)) == "float32"
        assert libraries.dtype_of(p.location) == "float32"
    assert Normal(mean=0, std=1).std.dtype == np.float64
