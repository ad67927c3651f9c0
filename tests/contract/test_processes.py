"""Entropy rates and capacities on every library, under every compiler, with their gradients."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from libraries import ALL, dtype_of, extra, loaded, numbers

import kullback as kb

# Short in binary: two classes would split but for the last entry of each row.
CHAIN = np.array([[0.5, 0.5, 0.0], [0.25, 0.0, 0.75], [0.0, 0.0, 1.0]])
LIVELY = np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5], [0.75, 0.125, 0.125]])
SPLIT = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
START = np.array([0.5, 0.5, 0.0])

CALLS = {
    "columns": (functools.partial(kb.entropy_rate, axis=-2), (LIVELY.T.copy(),)),
    "logits": (lambda z: kb.entropy_rate(kb.Logits(z)), (LIVELY,)),
    "initial": (lambda p, v: kb.entropy_rate(p, initial=v), (LIVELY, START)),
    "split": (lambda p, v: kb.entropy_rate(p, initial=v), (SPLIT, START)),
    "batch": (kb.entropy_rate, (np.stack([LIVELY, CHAIN]),)),
    "bits": (functools.partial(kb.entropy_rate, unit="bits"), (LIVELY,)),
}
EVERY_CALL = pytest.mark.parametrize("name", CALLS)
RTOL = {"float64": 1e-14, "float32": 1e-6}  # three states, a few roundings each


def rtol(library):
    return RTOL[library.widest]


@EVERY_CALL
def test_every_library(library, name):
    verb, arrays = CALLS[name]
    wanted = verb(*arrays)
    for dtype in library.dtypes:
        given = [library.array(x, dtype) for x in arrays]
        before = [numbers(x).copy() for x in given]
        result = verb(*given)
        assert library.owns(result)
        assert dtype_of(result) == ("float64" if dtype == "float64" else "float32")
        # The narrow types hold these tables exactly, and round the result once.
        tolerance = max(rtol(library), 0 if dtype == "float64" else 1.2e-7)
        np.testing.assert_allclose(numbers(result), wanted, rtol=tolerance)
        for x, y in zip(given, before, strict=True):
            np.testing.assert_array_equal(numbers(x), y)


@pytest.fixture(params=["torch", "jax", "jax x64"], ids=["torch", "jax", "jax-x64"])
def compiler(request):
    """A library that compiles, with its own words for it."""
    with loaded(next(x for x in ALL if x.name == request.param)) as ready:
        if ready.name == "torch":
            torch = extra("torch")
            whole = functools.partial(torch.compile, fullgraph=True, backend="aot_eager")
            yield ready, whole, torch.func.vmap
        else:
            jax = extra("jax")
            yield ready, jax.jit, jax.vmap


@EVERY_CALL
def test_compiled(compiler, name):
    library, whole, vmap = compiler
    verb, arrays = CALLS[name]
    given = [library.array(x, library.widest) for x in arrays]
    wanted = numbers(verb(*given))
    np.testing.assert_allclose(numbers(whole(verb)(*given)), wanted, rtol=rtol(library))
    pairs = [library.array(np.stack([x, x]), library.widest) for x in arrays]
    rows = numbers(vmap(verb)(*pairs))
    np.testing.assert_allclose(rows, np.stack([wanted, wanted]), rtol=rtol(library))


def test_several_classes_are_nan_where_nothing_can_be_raised():
    with loaded(next(x for x in ALL if x.name == "jax x64")) as library:
        jax = extra("jax")
        chain = library.array(SPLIT, "float64")
        assert math.isnan(jax.jit(kb.entropy_rate)(chain))
        with pytest.raises(kb.KullbackError, match="2 recurrent"):
            kb.entropy_rate(chain)


# ---------------------------------------------------------------- gradients


def differentiate(library, f, *arrays):
    """Return the gradients of f by each of its arrays."""
    if library == "torch":
        torch = extra("torch")
        given = [torch.tensor(x, requires_grad=True) for x in arrays]
        f(*given).sum().backward()
        return [numbers(x.grad) for x in given]
    with loaded(next(x for x in ALL if x.name == "jax x64")) as ready:
        jax = extra("jax")
        given = [ready.array(x, "float64") for x in arrays]
        grads = jax.jit(jax.grad(lambda *x: f(*x).sum(), tuple(range(len(given)))))
        return [numbers(g) for g in grads(*given)]


def slope(f, x, direction):
    """The derivative by the fourth-order central difference, good to 1e-11 with this step."""
    h = 1e-3

    def at(t):
        return float(f(x + t * h * direction))

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


@pytest.mark.parametrize("library_name", ["torch", "jax"])
def test_gradients(library_name):
    """By logits in every direction; by probabilities along those that keep the sums of rows."""
    rng = np.random.default_rng(3)
    z, v = rng.normal(size=(3, 3)), np.array([0.25, 0.5, 0.25])

    def by_logits(z):
        return kb.entropy_rate(kb.Logits(z))

    (g,) = differentiate(library_name, by_logits, z)
    for i in range(9):
        direction = np.eye(9)[i].reshape(3, 3)
        assert g.flat[i] == pytest.approx(slope(by_logits, z, direction), abs=1e-10)

    moves = rng.normal(size=(3, 3)) * (LIVELY > 0)
    moves -= (LIVELY > 0) * (moves.sum(1) / (LIVELY > 0).sum(1))[:, None]
    (g,) = differentiate(library_name, kb.entropy_rate, LIVELY)
    assert np.sum(g * moves) == pytest.approx(
        slope(kb.entropy_rate, LIVELY, moves * 0.1) * 10, abs=1e-8
    )
    assert g[1, 0] == 0

    def by_start(v):
        return kb.entropy_rate(SPLIT_LIVELY, initial=v)

    # Linear in the start: the rate of the class that each state leads to.
    g_table, g_start = differentiate(
        library_name, lambda p, v: kb.entropy_rate(p, initial=v), SPLIT_LIVELY, v
    )
    np.testing.assert_allclose(
        g_start, kb.entropy_rate(SPLIT_LIVELY, initial=np.eye(3)), rtol=1e-13
    )
    assert np.all(np.isfinite(g_table))


SPLIT_LIVELY = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.0, 0.25, 0.75]])


# ---------------------------------------------------------------- channels


def test_a_capacity_is_a_number_and_its_input_an_array(library):
    channel = np.array([[0.75, 0.25, 0.0], [0.0, 0.5, 0.5]])
    wanted = kb.channel_capacity(channel)
    for dtype in library.dtypes:
        c = kb.channel_capacity(library.array(channel, dtype))
        # These tables are the same in every type, and the search is always in float64.
        assert (c.value, c.lower, c.upper) == (wanted.value, wanted.lower, wanted.upper)
        assert isinstance(c.value, float)
        assert library.owns(c.input)
        assert dtype_of(c.input) == ("float64" if dtype == "float64" else "float32")
        np.testing.assert_allclose(numbers(c.input), wanted.input, rtol=1.2e-7)
