"""Rows of the likeliest outcomes as they are stored: filled up, the sampled token beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from libraries import ALL, extra, loaded, numbers

import kullback as kb
from kullback.learning import TopK, distillation_loss, softmax_cross_entropy

K = 7
RNG = np.random.default_rng(3)
STUDENT = RNG.normal(size=(6, K))
TEACHER = RNG.dirichlet(np.ones(K), size=6)
ORDER = np.argsort(-TEACHER, axis=-1)
NAMED = (3, 1, 2, 3, 0, 7)  # how many outcomes each row names
SAMPLED = (2, 6, 0, 5, 3, 1)  # the place of the sampled token in the order
DIVERGENCES = ("forward", "reverse", "jensen_shannon")


def rows(*, fill=-1, weight=0.0, sampled=False):
    """Return indices and probabilities of all rows, filled up to one length."""
    width = K + sampled
    indices, probs = np.full((6, width), fill), np.full((6, width), weight)
    for i, many in enumerate(NAMED):
        names = list(ORDER[i, :many])
        if sampled:
            names = [ORDER[i, SAMPLED[i]], *names]  # as it is stored, first
        indices[i, : len(names)], probs[i, : len(names)] = names, TEACHER[i, names]
    return indices, probs


def coarse(i, table, names):
    """Return a row of a table as the distribution of the named outcomes and of all others."""
    rest = [j for j in range(K) if j not in names]
    return np.array([*table[i, names], math.fsum(table[i, rest])])


def expected(divergence, *, sampled=False):
    """Return the divergence of each row, by enumeration."""
    s = np.exp(STUDENT - np.log(np.exp(STUDENT).sum(-1, keepdims=True)))
    values = []
    for i, many in enumerate(NAMED):
        names = list(
            dict.fromkeys([*ORDER[i, :many], *([ORDER[i, SAMPLED[i]]] if sampled else [])])
        )
        p, q = coarse(i, TEACHER, names), coarse(i, s, names)
        p, q = (q, p) if divergence == "reverse" else (p, q)
        m = (p + q) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = lambda a, b: np.nansum(np.where(a > 0, a * np.log(a / b), 0.0))  # noqa: E731
            one = divergence == "jensen_shannon"
            values.append((terms(p, m) + terms(q, m)) / 2 if one else terms(p, q))
    return np.array(values)


def options(divergence):
    return {"divergence": divergence} | ({"beta": 0.5} if divergence == "jensen_shannon" else {})


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("fill", [(-1, 0.0), (-1, math.nan), (0, 0.0), (3, 0.0), (10**6, 0.0)])
@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_what_fills_up_a_row_is_nothing(divergence, fill, sampled):
    indices, probs = rows(fill=fill[0], weight=fill[1], sampled=sampled)
    value = distillation_loss(STUDENT, TopK(indices, probs), **options(divergence))
    np.testing.assert_allclose(value, expected(divergence, sampled=sampled), rtol=1e-12, atol=1e-15)
    tail = 1.0 - np.where(indices == -1, 0.0, probs).sum(-1)
    if not sampled and fill == (-1, 0.0):
        given = TopK(indices, probs, tail=np.maximum(tail, 0.0))
        np.testing.assert_allclose(
            distillation_loss(STUDENT, given, **options(divergence)), value, rtol=1e-9, atol=1e-12
        )


LIBRARIES = [lib for lib in ALL if lib.name not in ("read-only numpy", "jax x64")]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda x: x.name)
def test_rows_of_every_library(library):
    with loaded(library) as lib:
        indices, probs = rows(sampled=True)
        dtype = lib.widest
        teacher = TopK(lib.array(indices), lib.array(probs, dtype))
        value = distillation_loss(lib.array(STUDENT, dtype), teacher)
        tolerance = 1e-12 if dtype == "float64" else 2e-6
        want = expected("forward", sampled=True)
        np.testing.assert_allclose(numbers(value), want, rtol=tolerance, atol=tolerance)


def test_targets_of_a_cross_entropy():
    indices, probs = rows()
    value = softmax_cross_entropy(STUDENT, TopK(indices, probs))
    s = np.exp(kb.Logits(STUDENT).log_probs)
    for i, many in enumerate(NAMED):
        names = list(ORDER[i, :many])
        p, q = coarse(i, TEACHER, names), coarse(i, s, names)
        want = -math.fsum(a * math.log(b) for a, b in zip(p, q, strict=True) if a > 0 and b > 0)
        assert value[i] == pytest.approx(want, rel=1e-12, abs=1e-14)


def slopes(sampled):
    """Return central differences of the summed divergence in the student's logits."""
    indices, probs = rows(sampled=sampled)
    teacher, step = TopK(indices, probs), 1e-5
    made = np.empty_like(STUDENT)
    for place in np.ndindex(STUDENT.shape):
        up, down = STUDENT.copy(), STUDENT.copy()
        up[place] += step
        down[place] -= step
        ends = (distillation_loss(z, teacher, reduction="sum") for z in (up, down))
        made[place] = (next(ends) - next(ends)) / (2 * step)
    return made


@pytest.mark.parametrize("sampled", [False, True])
def test_the_gradient_of_filled_rows_torch(sampled):
    torch = extra("torch")
    indices, probs = map(torch.tensor, rows(sampled=sampled))
    probs.requires_grad_()
    z = torch.tensor(STUDENT, requires_grad=True)
    options = {"reduction": "sum", "teacher_gradient": True}
    distillation_loss(z, TopK(indices, probs), **options).backward()
    np.testing.assert_allclose(z.grad.numpy(), slopes(sampled), atol=1e-9)
    assert bool(torch.isfinite(probs.grad).all())
    assert bool((probs.grad[indices == -1] == 0).all())


def test_the_gradient_of_filled_rows_jax():
    jax = extra("jax")
    with jax.enable_x64(True):
        indices, probs = map(jax.numpy.asarray, rows(sampled=True))

        @jax.jit
        @jax.grad
        def loss(z):
            return distillation_loss(z, TopK(indices, probs), reduction="sum")

        gradient = np.asarray(loss(jax.numpy.asarray(STUDENT)))
        np.testing.assert_allclose(gradient, slopes(sampled=True), atol=1e-9)


def test_a_row_that_does_not_count_may_hold_anything():
    indices, probs = rows()
    indices[0], probs[0] = -9, math.nan
    counts = [False, True, True, True, True, True]
    value = distillation_loss(STUDENT, TopK(indices, probs), mask=counts)
    np.testing.assert_allclose(value[1:], expected("forward")[1:], rtol=1e-12, atol=1e-15)
    assert value[0] == 0.0
    given = TopK(indices, probs, tail=[math.nan, *np.maximum(1 - probs[1:].sum(-1), 0.0)])
    assert distillation_loss(STUDENT, given, mask=counts)[0] == 0.0


@pytest.mark.parametrize("gap", [1e-3, -1e-9])
def test_an_outcome_of_two_probabilities_is_refused(gap):
    teacher = TopK([[0, 1, -1], [2, 1, 2]], [[0.5, 0.25, 0.0], [0.5, 0.25, 0.5 + gap]])
    with pytest.raises(kb.KullbackError, match=r"indices\[1\] holds 2 twice, with two"):
        distillation_loss(STUDENT[:2], teacher)


@pytest.mark.parametrize("index", [-2, -100, K])
def test_an_index_of_no_outcome_is_refused(index):
    with pytest.raises(kb.KullbackError, match=r"indices\[0, 1\] is .*not an outcome"):
        distillation_loss(STUDENT[:1], TopK([[0, index]], [[0.5, 0.25]]))
