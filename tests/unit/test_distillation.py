"""Distillation: every divergence by its definition, its gradient, top-k teachers, chunked heads."""

from __future__ import annotations

import functools
import math

import exact
import exact_orders
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import ALL, dtype_of, extra, loaded, numbers
from mpmath import mp, mpf, workdps

import kullback as kb
from kullback.learning import (
    TopK,
    distillation_loss,
    linear_distillation,
    softmax_cross_entropy,
)


def forward(t, s):
    return exact.kl_divergence(t, s)


def skewed(t, s, skew):
    return exact.kl_divergence(*exact.mixed(t, s, mpf(skew)))


def jensen_shannon(t, s, beta):
    mixture = [mpf(beta) * a + (1 - mpf(beta)) * b for a, b in zip(t, s, strict=True)]
    return mpf(beta) * forward(t, mixture) + (1 - mpf(beta)) * forward(s, mixture)


# divergence: (options, definition of teacher and student)
OBJECTS = {
    "forward": ({}, forward),
    "reverse": ({}, lambda t, s: forward(s, t)),
    "skewed_forward": ({"skew": 0.125}, lambda t, s: skewed(t, s, 0.125)),
    "skewed_reverse": ({"skew": 0.125}, lambda t, s: skewed(s, t, 0.125)),
    "jensen_shannon": ({"beta": 0.25}, lambda t, s: jensen_shannon(t, s, 0.25)),
    "scaled_jensen_shannon": (
        {"beta": 0.25},
        lambda t, s: jensen_shannon(t, s, 0.25) / (mpf(0.25) * (1 - mpf(0.25))),
    ),
    "renyi": ({"order": 0.5}, lambda t, s: exact_orders.renyi_divergence(t, s, mpf(0.5))),
}
EVERY = pytest.mark.parametrize("name", OBJECTS)
LIBRARY = pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)


def loss_of(name):
    return functools.partial(distillation_loss, divergence=name, **OBJECTS[name][0])


def by_definition(name, student, teacher, temperature=1.0):
    """Return an exact divergence of one row of logits, at a temperature."""
    rows = [[mpf(float(x)) / mpf(temperature) for x in row] for row in (teacher, student)]
    with workdps(max(exact.digits(teacher, student), exact_orders.DIGITS)):
        return OBJECTS[name][1](*(exact.probs("logits", row) for row in rows))


RNG = np.random.default_rng(3)
STUDENT, TEACHER = RNG.normal(size=(2, 4, 6)) * 3
STUDENT[1, 2] = TEACHER[1, 2] = -math.inf  # masked on both sides
STUDENT[2, 0] = 40.0  # a confident row
TEACHER[2, 0] = 42.0


# ---------------------------------------------------------------- values


@EVERY
@pytest.mark.parametrize("temperature", [1.0, 2.5])
@LIBRARY
def test_a_divergence_is_its_definition_in_every_library(library, name, temperature):
    with loaded(library):
        for dtype in library.dtypes:
            student, teacher = (library.array(x, dtype) for x in (STUDENT, TEACHER))
            value = loss_of(name)(student, teacher, temperature=temperature)
            assert library.owns(value)
            assert dtype_of(value) == ("float64" if dtype == "float64" else "float32")
            want = [
                float(by_definition(name, s, t, temperature))
                for s, t in zip(numbers(student), numbers(teacher), strict=True)
            ]
            # A quotient by the temperature is rounded once more, which a confident row multiplies.
            rtol = 1e-12 if dtype == "float64" else 2e-6
            np.testing.assert_allclose(numbers(value), want, rtol=rtol)


@EVERY
@LIBRARY
def test_small_divergences_keep_their_digits_in_every_library(library, name):
    """Goal G1: float32 logits whose divergence is about 1e-9 and 1e-11."""
    base = RNG.normal(size=1000)
    with loaded(library):
        for step, goal in ((1e-4, 1e-4), (1e-5, 5e-3)):
            student = library.array((base + step * RNG.normal(size=1000))[None], "float32")
            teacher = library.array(base[None], "float32")
            value = float(loss_of(name)(student, teacher)[0])
            want = float(by_definition(name, numbers(student)[0], numbers(teacher)[0]))
            assert 0.0 < want < 1e-8
            assert abs(value / want - 1.0) <= goal


@EVERY
def test_equal_logits_have_no_divergence(name):
    z = RNG.normal(size=(3, 50)).astype(np.float32)
    value = loss_of(name)(z, z)
    np.testing.assert_array_equal(value, 0.0)
    assert not np.any(np.signbit(value))


@EVERY
@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(-8, 1))
def test_no_divergence_is_negative(name, seed, size):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(4, 40)).astype(np.float32)
    near = (base + 10.0**size * rng.normal(size=base.shape)).astype(np.float32)
    assert np.all(loss_of(name)(near, base) >= 0.0)


def test_what_one_side_forbids_costs_infinity_or_does_not():
    student, teacher = [[0.0, 0.0, -math.inf]], [[0.0, 1.0, 2.0]]
    values = {name: loss_of(name)(student, teacher)[0] for name in OBJECTS}
    assert values["forward"] == math.inf
    assert all(np.isfinite(value) for name, value in values.items() if name != "forward")
    assert loss_of("reverse")(teacher, student)[0] == math.inf


def test_the_temperature_divides_and_its_square_multiplies():
    plain = distillation_loss(STUDENT / 2.0, TEACHER / 2.0)
    np.testing.assert_array_equal(distillation_loss(STUDENT, TEACHER, temperature=2.0), plain)
    squared = distillation_loss(STUDENT, TEACHER, temperature=2.0, temperature_squared=True)
    np.testing.assert_array_equal(squared, 4.0 * plain)


def test_the_two_objects_called_jsd_beta_are_told_apart():
    student, teacher = STUDENT[:1], TEACHER[:1]
    ends = [distillation_loss(student, teacher, divergence=d)[0] for d in ("forward", "reverse")]
    plain = functools.partial(distillation_loss, student, teacher, divergence="jensen_shannon")
    scaled = functools.partial(plain, divergence="scaled_jensen_shannon")
    for beta, end in zip((0.0, 1.0), ends, strict=True):
        assert plain(beta=beta)[0] == 0.0
        assert scaled(beta=beta)[0] == end
    for size in (1e-3, 1e-6, 1e-12):
        for beta, end in zip((size, 1.0 - size), ends, strict=True):
            # Its slope at the ends is of the size of the chi-squared divergence.
            assert abs(scaled(beta=beta)[0] / end - 1.0) <= 1e3 * size + 1e-14
            assert plain(beta=beta)[0] == pytest.approx(size * end, rel=1e3 * size + 1e-4)
    assert scaled(beta=0.5)[0] == pytest.approx(4.0 * plain(beta=0.5)[0], rel=1e-15)


def test_a_skew_of_1_is_none_and_of_0_leaves_nothing():
    for name in ("forward", "reverse"):
        want = distillation_loss(STUDENT, TEACHER, divergence=name)
        skewed = functools.partial(distillation_loss, STUDENT, TEACHER, divergence=f"skewed_{name}")
        np.testing.assert_array_equal(skewed(skew=1), want)
        np.testing.assert_array_equal(skewed(skew=0), 0.0)


def test_outcomes_may_lie_on_any_axis():
    want = distillation_loss(STUDENT, TEACHER)
    np.testing.assert_array_equal(distillation_loss(STUDENT.T, TEACHER.T, axis=0), want)


def test_options_may_be_numbers_of_numpy():
    for name, (options, _) in OBJECTS.items():
        want = loss_of(name)(STUDENT, TEACHER, temperature=2.0)
        given = {key: np.float32(value) for key, value in options.items()}
        for temperature in (2, np.float32(2.0), np.int8(2)):
            found = distillation_loss(
                STUDENT, TEACHER, divergence=name, temperature=temperature, **given
            )
            np.testing.assert_array_equal(found, want)


@pytest.mark.parametrize("temperature", [1e-200, 1e200])
def test_the_square_of_a_temperature_may_leave_the_range(temperature):
    loss = functools.partial(distillation_loss, temperature=temperature, temperature_squared=True)
    student, teacher = [[0.0, 0.0], [0.0, -math.inf]], [[0.0, 0.0], [0.0, 0.0]]
    np.testing.assert_array_equal(loss(student, teacher), [0.0, math.inf])


def test_a_tiny_share_keeps_its_digits_in_float32():
    """The divergence is then too small for a float32, though what it is divided to is not."""
    student, teacher = (x.astype(np.float32) for x in (STUDENT[:1], TEACHER[:1]))
    scaled = functools.partial(distillation_loss, divergence="scaled_jensen_shannon")
    want = distillation_loss(student, teacher)
    np.testing.assert_allclose(scaled(student, teacher, beta=1e-60), want, rtol=1e-7)


@st.composite
def pairs(draw, dtype):
    """Draw student and teacher: masked, infinite, huge, confident, equal or a step apart."""
    k = draw(st.integers(1, 5))
    largest = 6e4 if dtype == "float16" else 1e30
    score = st.sampled_from((0.0, 1.0, -0.5, 3.25, -40.0, 41.0, 300.0, -math.inf)) | st.floats(
        -10, 10
    )
    student, teacher = (draw(st.lists(score, min_size=k, max_size=k)) for _ in range(2))
    if draw(st.booleans()):
        teacher = [x + 1e-4 * i for i, x in enumerate(student)]
    special = draw(st.sampled_from((None, math.inf, largest, -largest)))
    if special is not None:
        student[draw(st.integers(0, k - 1))] = special
        if special < math.inf:
            teacher[draw(st.integers(0, k - 1))] = special
    for row in (student, teacher):
        if max(row) == -math.inf:
            row[0] = 0.0
    return student, teacher


def shares(row, temperature):
    """Return probabilities by definition; scores of +inf share all, what is far has nothing."""
    if math.inf in row:
        row = [0.0 if x == math.inf else -math.inf for x in row]
    top = max(row)
    scores = [(mpf(x) - mpf(top)) / mpf(temperature) if x > -math.inf else -mp.inf for x in row]
    return exact.probs("logits", [max(x, mpf(-1500)) if x > -mp.inf else x for x in scores])


def finite(rows):
    return [x for row in rows for x in row if math.isfinite(x)] or [0.0]


@EVERY
@settings(max_examples=12, deadline=None)
@given(st.data())
@pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)
def test_extremes_are_their_definition_in_every_library(name, library, data):
    temperature = data.draw(st.sampled_from((1.0, 0.5, 30.0)))
    with loaded(library):
        dtype = data.draw(st.sampled_from(library.dtypes))
        student, teacher = data.draw(pairs(dtype))
        arrays = [library.array([x], dtype) for x in (student, teacher)]
        rows = [numbers(x)[0].tolist() for x in arrays]
        value = numbers(loss_of(name)(*arrays, temperature=temperature))[0]
        assert value >= 0.0
        assert not np.signbit(value)
        if max(map(abs, finite(rows))) > 1e4:
            # Of what is huge it is enough that it is told apart from what is impossible.
            assert not np.isnan(value)
            return
        with workdps(1500):
            s, t = (shares(row, temperature) for row in rows)
            want = float(OBJECTS[name][1](t, s))
        # The quotient by the temperature is rounded, by `step` at most, and so are exponentials
        # of differences; a divergence is half the square of a difference where that is small.
        step = float(np.finfo(library.widest).eps) * (
            1.0 + max(map(abs, finite(rows))) / temperature
        )
        rtol = 8.0 * step * (1.0 + 1.0 / math.sqrt(want)) if want else 0.0
        told = np.finfo("float64" if dtype == "float64" else "float32")
        # Below the normal floats nothing is told.
        assert value == pytest.approx(want, rel=rtol + float(told.eps), abs=10.0 * float(told.tiny))


# ---------------------------------------------------------------- NaN and what is not checked


@EVERY
def test_nan_of_the_student_is_seen_in_its_row(name):
    student = STUDENT.copy()
    student[0, 1] = math.nan
    want = loss_of(name)(STUDENT, TEACHER)
    for check in (True, False):
        found = loss_of(name)(student, TEACHER, check=check)
        assert np.isnan(found[0])
        np.testing.assert_allclose(found[1:], want[1:], rtol=1e-14)
        top = loss_of(name)(student, TopK(INDICES, TOP), check=check)
        np.testing.assert_array_equal(np.isnan(top), [True, False, False, False])
    assert np.isnan(loss_of(name)(student, TEACHER, reduction="mean"))


@EVERY
def test_nan_of_the_student_is_seen_in_its_gradient_torch(name):
    torch = extra("torch")
    student = STUDENT.copy()
    student[0, 1] = math.nan
    z = torch.tensor(student, requires_grad=True)
    loss_of(name)(z, torch.tensor(TEACHER)).sum().backward()
    assert z.grad[0].isnan().any()
    assert torch.isfinite(z.grad[1:]).all()


def test_what_is_not_checked_is_trusted():
    teacher = TEACHER.copy()
    teacher[0, 0] = math.nan
    found = distillation_loss(STUDENT, teacher, check=False)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], distillation_loss(STUDENT, TEACHER)[1:], rtol=1e-14)
    half = TopK([[0, 1]], [[0.5, 0.75]])
    assert distillation_loss(PAIR[0], half, check=False).shape == (1,)
    states = np.full_like(TEACHER_HIDDEN, math.nan)
    assert np.isnan(linear_distillation(HIDDEN, HEAD, states, TEACHER_HEAD, check=False)).all()


def test_nan_of_hidden_states_is_seen_in_their_row():
    hidden = HIDDEN.copy()
    hidden[2] = math.nan
    found = linear_distillation(hidden, HEAD, TEACHER_HIDDEN, TEACHER_HEAD, chunk_rows=1)
    np.testing.assert_array_equal(np.isnan(found), [False, False, True, False])


# ---------------------------------------------------------------- rows


@EVERY
def test_rows_that_do_not_count_hold_anything(name):
    student, teacher = STUDENT.copy(), TEACHER.copy()
    student[3], teacher[0] = math.nan, -math.inf
    counted = np.array([False, True, True, False])
    want = loss_of(name)(STUDENT, TEACHER) * counted
    for options in ({"mask": counted}, {"weights": counted.astype(float)}):
        np.testing.assert_array_equal(loss_of(name)(student, teacher, **options), want)
        mean = loss_of(name)(student, teacher, reduction="mean", **options)
        assert mean == pytest.approx(want.sum() / 2.0, rel=1e-15)
    assert loss_of(name)(student, teacher, mask=[False] * 4, reduction="mean") == 0.0


@EVERY
def test_rows_that_do_not_count_have_no_gradient_torch(name):
    torch = extra("torch")
    student = torch.tensor(STUDENT, requires_grad=True)
    with torch.no_grad():
        student[0] = math.nan
    for mask, live in (([False, True, True, True], True), ([False] * 4, False)):
        student.grad = None
        loss_of(name)(student, torch.tensor(TEACHER), mask=mask, reduction="mean").backward()
        assert torch.isfinite(student.grad).all()
        assert (student.grad[0] == 0.0).all()
        assert (student.grad[3] != 0.0).any() == live


# ---------------------------------------------------------------- derivatives and compilers


@pytest.fixture
def torch():
    module = extra("torch")
    module._dynamo.reset()
    yield module
    module._dynamo.reset()


def tensors(torch, *arrays):
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays]


@EVERY
def test_first_and_second_derivatives_check_torch(torch, name):
    student, teacher = tensors(torch, STUDENT[[0, 3], :3], TEACHER[[0, 3], :3])
    f = functools.partial(
        loss_of(name), temperature=1.5, teacher_gradient=True, weights=[0.5, 2.0], reduction="mean"
    )
    assert torch.autograd.gradcheck(f, (student, teacher))
    assert torch.autograd.gradgradcheck(f, (student, teacher))


@EVERY
def test_the_teacher_is_a_constant_unless_asked_torch(torch, name):
    student, teacher = tensors(torch, STUDENT, TEACHER)
    loss_of(name)(student, teacher).sum().backward()
    assert teacher.grad is None
    assert torch.isfinite(student.grad).all()
    assert student.grad[1, 2] == 0.0  # masked on both sides
    loss_of(name)(student, teacher, teacher_gradient=True).sum().backward()
    assert torch.isfinite(teacher.grad).all()
    assert (teacher.grad != 0.0).any()


@EVERY
def test_gradients_are_finite_where_a_side_forbids_torch(torch, name):
    student, teacher = tensors(torch, [[0.0, 0.0, -math.inf]], [[0.0, 1.0, 2.0]])
    for sides in ((student, teacher), (teacher, student)):
        student.grad = teacher.grad = None
        loss_of(name)(*sides, teacher_gradient=True).sum().backward()
        assert torch.isfinite(student.grad).all()
        assert torch.isfinite(teacher.grad).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_at_a_large_vocabulary_torch(torch, dtype):
    rng = np.random.default_rng(0)
    student, teacher = (
        torch.tensor(rng.normal(size=(1, 262_144)), dtype=getattr(torch, dtype)) for _ in range(2)
    )
    student.requires_grad_()
    value = distillation_loss(student, teacher, reduction="mean")
    value.backward()
    assert value.dtype == torch.float32
    want = kb.kl_divergence(kb.Logits(numbers(teacher)[0]), kb.Logits(numbers(student)[0]))
    assert float(value.detach()) == pytest.approx(want, rel=1e-6)
    assert torch.isfinite(student.grad).all()
    assert (student.grad != 0.0).any()


def options_with(name):
    return {"divergence": name, **OBJECTS[name][0], "temperature": 2.0, "teacher_gradient": True}


INDICES = np.array([[0, 3], [5, 1], [0, 2], [4, 1]])
TOP = np.array([[0.5, 0.25], [0.75, 0.125], [0.5, 0.5], [0.25, 0.125]])
HEAD, TEACHER_HEAD = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 2))
HIDDEN, TEACHER_HIDDEN = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2))
MASK = np.array([False, True, True, True])


def calls(asarray, name):
    """Return losses of three kinds as functions of floats, with those; the rest are constants."""
    indices, mask = asarray(INDICES), asarray(MASK)
    options = {**options_with(name), "mask": mask, "reduction": "mean"}
    return [
        (functools.partial(distillation_loss, **options), (STUDENT, TEACHER)),
        (
            lambda z, top: distillation_loss(z, TopK(indices, top), **options),
            (STUDENT[:, [0, 1, 3, 4, 5, 0]], TOP),
        ),
        (
            functools.partial(linear_distillation, chunk_rows=2, **options),
            (HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD),
        ),
    ]


# The measures themselves are compiled in tests/contract; here it is what is made around them.


def test_compiled_and_mapped_are_the_same_torch(torch):
    for loss, arrays in calls(torch.tensor, "forward"):
        sides = tensors(torch, *arrays)
        compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
        found, want = (f(*sides) for f in (compiled, loss))
        np.testing.assert_allclose(numbers(found), numbers(want), rtol=1e-13)
        plain = torch.autograd.grad(want, sides)
        every = tuple(range(len(sides)))
        mapped = torch.func.vmap(torch.func.grad(loss, every))(*(x.detach()[None] for x in sides))
        for a, b, c in zip(torch.autograd.grad(found, sides), plain, mapped, strict=True):
            np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-13, atol=1e-15)
            np.testing.assert_allclose(numbers(c[0]), numbers(b), rtol=1e-13, atol=1e-15)


def test_jit_and_vmap_are_the_same_jax():
    """One divergence, as compiling takes long; the others are made of the same kernels."""
    name = "forward"
    with loaded(next(x for x in ALL if x.name == "jax")) as library:
        jax = extra("jax")
        rtol = 1e-12 if library.widest == "float64" else 2e-5
        for loss, arrays in calls(jax.numpy.asarray, name):
            sides = [library.array(x, library.widest) for x in arrays]
            grad = jax.value_and_grad(loss, tuple(range(len(sides))))
            fast = jax.jit(grad)(*sides)
            mapped = jax.jit(jax.vmap(grad))(*(x[None] for x in sides))
            np.testing.assert_allclose(fast[0], loss(*sides), rtol=rtol)
            np.testing.assert_allclose(mapped[0][0], fast[0], rtol=rtol)
            for a, b in zip(fast[1], mapped[1], strict=True):
                np.testing.assert_allclose(b[0], a, rtol=rtol, atol=rtol)


# ---------------------------------------------------------------- teachers known by their top


def merged(row, indices):
    """Return the k outcomes and the sum of all others, by definition."""
    return [*(row[i] for i in indices), sum(x for i, x in enumerate(row) if i not in indices)]


@EVERY
@LIBRARY
def test_a_top_k_teacher_is_compared_outcome_by_outcome_and_tail_by_tail_library(library, name):
    with loaded(library):
        for dtype in library.dtypes:
            student = library.array(STUDENT, dtype)
            teacher = TopK(library.array(INDICES), library.array(TOP, dtype))
            value = loss_of(name)(student, teacher)
            assert library.owns(value)
            for i, row in enumerate(numbers(student)):
                with workdps(80):
                    own = merged(exact.probs("logits", row), INDICES[i])
                    top = [mpf(float(x)) for x in TOP[i]]
                    want = float(OBJECTS[name][1]([*top, 1 - sum(top)], own))
                # Tables differ by what logarithms and probabilities round to.
                assert float(value[i]) == pytest.approx(
                    want, rel=1e-12 if dtype == "float64" else 3e-6
                )


@EVERY
@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_the_top_k_give_a_lower_bound(name, seed, k):
    rng = np.random.default_rng(seed)
    student, teacher = 2.0 * rng.normal(size=(2, 3, 6))
    t = kb.Logits(teacher).probs
    indices = np.argsort(-t, axis=-1)[:, :k]
    tail = 1.0 - np.sum(np.take_along_axis(t, indices, -1), -1) if k < 6 else np.zeros(3)
    top = TopK(indices, np.take_along_axis(t, indices, -1), tail=tail)
    bound, whole = loss_of(name)(student, top), loss_of(name)(student, teacher)
    assert np.all(bound <= whole * (1.0 + 1e-12))
    if k == 6:
        np.testing.assert_allclose(bound, whole, rtol=1e-12)
    # Where both spread the tail alike, nothing is lost.
    outside = np.ones((3, 6), dtype=bool)
    np.put_along_axis(outside, indices, values=False, axis=-1)
    alike = np.where(outside, teacher + 1.0, student)
    np.testing.assert_allclose(loss_of(name)(alike, top), loss_of(name)(alike, teacher), rtol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_tail_is_made_of_rounding(dtype):
    """The k are all there are: the others are masked, and anything left for them cost infinity."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(1000, 5)).astype(dtype)
    probs = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    assert np.any(probs.sum(-1, dtype=float) < 1.0)
    teacher = TopK(np.tile(np.arange(5), (1000, 1)), probs)
    student = np.concatenate([rng.normal(size=(1000, 5)), np.full((1000, 3), -np.inf)], -1)
    wanted = softmax_cross_entropy(student[:, :5], probs)
    np.testing.assert_allclose(softmax_cross_entropy(student, teacher), wanted, rtol=1e-6)
    assert np.all(np.isfinite(distillation_loss(student, teacher)))


def test_a_tail_beyond_rounding_is_kept():
    rest = 1e-5
    teacher = TopK([[0, 1]], np.array([[0.5, 0.5 - rest]], np.float32))
    found = softmax_cross_entropy([[0.0, 0.0, 0.0, 0.0]], teacher)
    exact = np.log(4.0) * (1.0 - rest) + np.log(2.0) * rest
    np.testing.assert_allclose(found, [exact], rtol=1e-7)


def test_heads_in_half_precision_add_gradients_in_float32_torch(torch):
    """A sum of 1000 halves would end at 128 in bfloat16."""
    x = torch.ones(1000, 1, dtype=torch.bfloat16)
    w = torch.zeros(2, 1, dtype=torch.bfloat16, requires_grad=True)
    far = torch.tensor([[200.0], [-200.0]], dtype=torch.bfloat16)  # sure of the first outcome
    loss = linear_distillation(x, w, x, far, reduction="sum", chunk_rows=1)
    assert torch.autograd.grad(loss, w)[0].flatten().tolist() == [-500.0, 500.0]


def test_a_tail_that_is_given_keeps_its_digits():
    student = np.array([[0.0, -40.0, -41.0]])
    weights = [mpf(1), exact.exp(mpf(-40)), exact.exp(mpf(-41))]
    with workdps(60):
        total = sum(weights)
        own = [w / total for w in weights]
        teacher = [1 - mpf(2e-18), mpf(2e-18)]
        want = float(exact.kl_divergence(teacher, [own[0], own[1] + own[2]]))
    value = distillation_loss(student, TopK([[0]], [[1.0]], tail=[2e-18]))
    assert value[0] == pytest.approx(want, rel=1e-9)  # the first share is rounded to 1
    assert distillation_loss(student, TopK([[0]], [[1.0]]))[0] < value[0] * 10


def test_halves_and_sums_above_1_are_read_as_they_are():
    probs = np.array([[0.7, 0.2, 0.1]], dtype=np.float16)
    assert probs.astype(float).sum() > 1.0
    value = distillation_loss([[1.0, 0.0, 0.0, -2.0]], TopK([[0, 1, 2]], probs))
    assert np.isfinite(value).all()


def test_top_k_rows_that_do_not_count_hold_anything():
    indices, top = INDICES.copy(), TOP.copy()
    indices[0], top[0] = [-100, 77], math.nan
    options = {"mask": MASK, "reduction": "mean"}
    want = distillation_loss(STUDENT, TopK(INDICES, TOP), **options)
    assert distillation_loss(STUDENT, TopK(indices, top), **options) == want
    tail = np.array([math.nan, 0.125, 0.0, 0.625])
    assert distillation_loss(STUDENT, TopK(indices, top, tail=tail), **options) == want


@EVERY
def test_derivatives_for_a_top_k_teacher_check_torch(torch, name):
    student, top = tensors(torch, STUDENT[[0, 3], :4], [[0.5, 0.25], [0.25, 0.125]])

    def f(z, top):
        teacher = TopK(torch.tensor([[0, 3], [2, 1]]), top)
        return loss_of(name)(z, teacher, teacher_gradient=True)

    # Steps of 1e-6 leave a sum within 1 of its tolerance.
    assert torch.autograd.gradcheck(f, (student, top))
    assert torch.autograd.gradgradcheck(f, (student, top))
    loss_of(name)(student, TopK(torch.tensor([[0, 3], [2, 1]]), top)).sum().backward()
    assert top.grad is None


# ---------------------------------------------------------------- chunked heads


@EVERY
@pytest.mark.parametrize("chunk_rows", [None, 1, 3])
def test_chunks_change_nothing(name, chunk_rows):
    options = {"divergence": name, **OBJECTS[name][0], "temperature": 2.0, "weights": [1, 0, 2, 3]}
    bias = np.linspace(-1, 1, 6)
    logits = HIDDEN @ HEAD.T + bias, TEACHER_HIDDEN @ TEACHER_HEAD.T
    for reduction in ("none", "mean", "sum"):
        value = linear_distillation(
            HIDDEN,
            HEAD,
            TEACHER_HIDDEN,
            TEACHER_HEAD,
            bias=bias,
            chunk_rows=chunk_rows,
            reduction=reduction,
            **options,
        )
        want = distillation_loss(*logits, reduction=reduction, **options)
        # Products of pieces may be added in another order.
        np.testing.assert_allclose(value, want, rtol=1e-12)


@LIBRARY
def test_chunks_change_nothing_in_any_library(library):
    with loaded(library):
        for dtype in {"float32", library.widest}:
            arrays = [library.array(x, dtype) for x in (HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD)]
            mask = library.array(MASK)
            value = linear_distillation(*arrays, chunk_rows=2, mask=mask)
            assert library.owns(value)
            want = distillation_loss(arrays[0] @ arrays[1].T, arrays[2] @ arrays[3].T, mask=mask)
            rtol = 1e-12 if dtype == "float64" else 1e-5
            np.testing.assert_allclose(numbers(value), numbers(want), rtol=rtol)
            top = TopK(library.array(INDICES), library.array(TOP, dtype))
            value = linear_distillation(*arrays[:2], top, chunk_rows=2, mask=mask)
            want = distillation_loss(arrays[0] @ arrays[1].T, top, mask=mask)
            np.testing.assert_allclose(numbers(value), numbers(want), rtol=rtol)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_heads_in_half_precision_are_multiplied_in_more_torch(torch, dtype):
    half = [torch.tensor(x).to(getattr(torch, dtype)) for x in (HIDDEN, HEAD)]
    other = [torch.tensor(x).to(getattr(torch, dtype)) for x in (TEACHER_HIDDEN, TEACHER_HEAD)]
    found = linear_distillation(*half, *other)
    want = linear_distillation(*(x.double() for x in (*half, *other)))
    assert found.dtype == torch.float32
    # Products of float32 round logits by some 1e-7; of halves it would be 1e-3 or 1e-2.
    np.testing.assert_allclose(numbers(found), numbers(want), rtol=1e-5)


@EVERY
def test_gradients_of_chunks_are_those_of_the_whole_torch(torch, name):
    bias = np.linspace(-1, 1, 6)
    sides = tensors(torch, HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD, bias)
    options = {**options_with(name), "mask": MASK, "reduction": "mean"}

    def chunked(x, w, y, v, c):
        return linear_distillation(x, w, y, v, bias=c, chunk_rows=2, **options)

    def whole(x, w, y, v, c):
        return distillation_loss(x @ w.T + c, y @ v.T, **options)

    found, want = (torch.autograd.grad(f(*sides), sides) for f in (chunked, whole))
    for a, b in zip(found, want, strict=True):
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-12, atol=1e-15)


def test_derivatives_of_chunks_check_torch(torch):
    small = [x[:2] for x in (HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD)]
    f = functools.partial(linear_distillation, chunk_rows=1, teacher_gradient=True)
    assert torch.autograd.gradcheck(f, tensors(torch, *small))
    assert torch.autograd.gradgradcheck(f, tensors(torch, *small))


def test_the_teacher_head_is_a_constant_unless_asked_torch(torch):
    sides = tensors(torch, HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD)
    linear_distillation(*sides, reduction="mean").backward()
    assert all((side.grad is None) == (i > 1) for i, side in enumerate(sides))


def test_the_logits_of_all_rows_are_never_held_torch(torch):
    """No array of the forward or backward pass is as large as they are."""
    from torch.utils._python_dispatch import TorchDispatchMode

    n, k, rows = 64, 50, 4
    largest = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, f, types, args=(), kwargs=None):
            out = f(*args, **(kwargs or {}))
            largest.extend(
                x.numel()
                for x in (out if isinstance(out, tuple) else (out,))
                if isinstance(x, torch.Tensor)
            )
            return out

    rng = np.random.default_rng(0)
    x, w, y, v = tensors(torch, *(rng.normal(size=(m, 3)) for m in (n, k, n, k)))
    for run, bound in (
        (lambda: linear_distillation(x, w, y, v, chunk_rows=rows, reduction="mean"), rows * k),
        (lambda: distillation_loss(x @ w.T, y @ v.T, reduction="mean"), n * k),
    ):
        largest.clear()
        with Watch():
            run().backward()
        assert max(largest) == bound


def test_rows_that_do_not_count_are_not_computed():
    hidden = HIDDEN.copy()
    hidden[0] = math.nan
    want = linear_distillation(HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD, mask=MASK)
    found = linear_distillation(hidden, HEAD, TEACHER_HIDDEN, TEACHER_HEAD, mask=MASK)
    np.testing.assert_array_equal(found, want)
    assert found[0] == 0.0
    nothing = linear_distillation(
        hidden, HEAD, TEACHER_HIDDEN, TEACHER_HEAD, mask=[False] * 4, reduction="mean"
    )
    assert nothing == 0.0


def test_a_gradient_of_nothing_is_nothing_torch(torch):
    x, w, y, v = tensors(torch, HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD)
    linear_distillation(x, w, y, v, mask=[False] * 4, reduction="mean").backward()
    assert not x.grad.any()
    assert not w.grad.any()


def test_the_square_of_the_temperature_multiplies_heads_too():
    arrays = (HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD)
    heated = functools.partial(linear_distillation, *arrays, temperature=3.0)
    np.testing.assert_array_equal(heated(temperature_squared=True), 9.0 * heated())


def test_a_teacher_whose_product_overflows_is_nan():
    """Its logits are too large to be told apart, though states and head are finite."""
    student, head = np.float32([[1.0], [2.0]]), np.float32([[0.0], [1.0], [2.0]])
    states = np.float32([[1e19, 1.0], [1e-19, 1.0]])
    other = np.float32([[1e20, 0.0], [0.0, 1.0], [0.0, 2.0]])
    with np.errstate(over="ignore"):
        found = linear_distillation(student, head, states, other)
        logits = states @ other.T
    with pytest.raises(kb.KullbackError, match=r"teacher\[0, 0\] is inf"):
        distillation_loss(student @ head.T, logits)
    want = distillation_loss(student @ head.T, logits, mask=[False, True])
    np.testing.assert_array_equal(np.isnan(found), [True, False])
    np.testing.assert_allclose(found[1], want[1], rtol=1e-6)
    with np.errstate(over="ignore"):
        masked = linear_distillation(student, head, states, other, mask=[False, True])
    np.testing.assert_allclose(masked, want, rtol=1e-6)


def types(library):
    """Return pairs of types: of what is trained, and of the teacher."""
    return [(a, b) for a in library.dtypes for b in library.dtypes]


@LIBRARY
def test_results_of_heads_have_the_types_of_those_of_logits(library):
    with loaded(library):
        bias, tail = np.zeros(6), 1.0 - TOP.sum(axis=-1)
        for own, other in types(library):
            x, w, c = (library.array(a, own) for a in (HIDDEN, HEAD, bias))
            y, v, d = (library.array(a, other) for a in (TEACHER_HIDDEN, TEACHER_HEAD, bias))
            z = library.array(HIDDEN @ HEAD.T, own)
            logits = library.array(TEACHER_HIDDEN @ TEACHER_HEAD.T, other)
            indices, probs = library.array(INDICES), library.array(TOP, other)
            got = [linear_distillation(x, w, y, v), linear_distillation(x, w, y, v, bias=c)]
            got.append(linear_distillation(x, w, y, v, teacher_bias=d))
            want = 3 * [distillation_loss(z, logits)]
            for rest in (None, library.array(tail, own)):
                top = TopK(indices, probs, tail=rest)
                got.append(linear_distillation(x, w, top))
                want.append(distillation_loss(z, top))
            assert [dtype_of(a) for a in got] == [dtype_of(a) for a in want], (own, other)


@pytest.mark.parametrize("wide", range(6))
def test_one_wide_array_of_a_head_makes_a_wide_result(wide):
    """As it makes wide logits."""
    given = [HIDDEN, HEAD, TEACHER_HIDDEN, TEACHER_HEAD, np.ones(6), np.ones(6)]
    arrays = [a.astype(np.float64 if i == wide else np.float32) for i, a in enumerate(given)]
    x, w, y, v, c, d = arrays
    found = linear_distillation(x, w, y, v, bias=c, teacher_bias=d)
    assert found.dtype == distillation_loss(x @ w.T + c, y @ v.T + d).dtype == np.float64


# ---------------------------------------------------------------- mistakes

X, W = [[1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
PAIR = ([[0.0, 1.0, 2.0]], [[0.0, 2.0, 2.0]])
MISTAKES = {
    "learning.choice": lambda: distillation_loss(*PAIR, divergence="kl"),
    "learning.no_such_option": lambda: distillation_loss(*PAIR, beta=0.5),
    "learning.option_missing": lambda: distillation_loss(*PAIR, divergence="jensen_shannon"),
    "order.range": lambda: distillation_loss(*PAIR, divergence="renyi", order=-1),
    "learning.option": lambda: distillation_loss(*PAIR, temperature=0.0),
    "learning.teacher": lambda: distillation_loss(PAIR[0], [[0.0, 1.0]]),
    "logits.all_masked": lambda: distillation_loss(PAIR[0], [[-math.inf] * 3]),
    "learning.top_k_shape": lambda: TopK([[0, 1]], [[0.5]]),
    "learning.shape": lambda: TopK([[0, 1]], [[0.5, 0.25]], tail=[[0.25]]),
    "labels.not_integers": lambda: TopK([[0.0, 1.0]], [[0.5, 0.25]]),
    "labels.range": lambda: distillation_loss(PAIR[0], TopK([[0, 3]], [[0.5, 0.25]])),
    "learning.top_k_twice": lambda: distillation_loss(PAIR[0], TopK([[1, 1]], [[0.5, 0.25]])),
    "learning.top_k_rows": lambda: distillation_loss(PAIR[0], TopK([0, 1], [0.5, 0.25])),
    "probs.sum_over": lambda: distillation_loss(PAIR[0], TopK([[0, 1]], [[0.75, 0.5]])),
    "probs.negative": lambda: distillation_loss(PAIR[0], TopK([[0, 1]], [[0.75, -0.5]])),
    "learning.top_k_head": lambda: linear_distillation(X, W, TopK([[0]], [[0.5]]), W),
    "learning.head": lambda: linear_distillation(X, W, X, [[1.0, 0.0]]),
    "learning.finite": lambda: linear_distillation(X, W, [[math.nan, 0.0]], W),
    "learning.chunk_rows": lambda: linear_distillation(X, W, X, W, chunk_rows=0),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_mistakes_are_told(key):
    with pytest.raises(kb.KullbackError) as caught:
        MISTAKES[key]()
    assert caught.value.key == key
    assert caught.value.hint
    assert caught.value.text("zh")


def test_a_wrong_teacher_is_told_by_its_name_and_place():
    student, teacher = np.zeros((2, 3, 4)), np.zeros((2, 3, 4))
    for bad in (math.nan, math.inf):
        teacher[1, 2, 0] = bad
        for axis in range(-3, 3):
            with pytest.raises(kb.KullbackError, match=rf"teacher\[1, 2, 0\] is {bad}") as caught:
                distillation_loss(student, teacher, axis=axis)
            assert caught.value.key == "learning.finite"


def test_a_row_without_outcomes_is_told_by_its_place():
    some, none = np.zeros((3, 4, 2)), np.zeros((3, 4, 2))
    none[1, :, 0] = -math.inf
    for sides, name in (((some, none), "teacher"), ((none, some), "student")):
        with pytest.raises(kb.KullbackError, match=rf"{name}\[1, :, 0\]") as caught:
            distillation_loss(*sides, axis=1)
        assert caught.value.key == "logits.all_masked"
        moved = (np.moveaxis(x, 1, -1) for x in sides)
        with pytest.raises(kb.KullbackError, match=rf"{name}\[1, 0\]"):
            distillation_loss(*moved)
    with pytest.raises(kb.KullbackError, match=r"teacher\b[^\[]*$") as caught:
        distillation_loss([0.0, 0.0], [-math.inf, -math.inf])


def test_other_mistakes_are_told_by_the_same_words():
    for call in (
        *(
            functools.partial(distillation_loss, *PAIR, temperature=t)
            for t in ("2", True, None, math.nan, math.inf, np.array([2.0]))
        ),
        *(
            functools.partial(distillation_loss, *PAIR, divergence=d, **{name: value})
            for d, name, most in (
                ("skewed_reverse", "skew", 1.5),
                ("jensen_shannon", "beta", -0.5),
                ("renyi", "order", -1.0),
            )
            for value in ("1", True, math.nan, most)
        ),
        lambda: distillation_loss(PAIR[0], [[0.0, 1.0, math.inf]]),
        lambda: distillation_loss([[-math.inf] * 3], PAIR[1]),
        lambda: distillation_loss([[-math.inf] * 3], TopK([[0, 1]], [[0.5, 0.25]])),
        lambda: linear_distillation(X, W, X, [[math.inf, 0.0]] * 3),
        lambda: linear_distillation(X, W, X, W, teacher_bias=[0.0, math.nan, 0.0]),
        lambda: linear_distillation(X, W, X, W, teacher_bias=[-math.inf] * 3),
        lambda: linear_distillation(X, W, X, W, bias=[-math.inf] * 3),
        lambda: linear_distillation(X, W, [[1.0, 2.0], [3.0, 4.0]], W),
        lambda: linear_distillation(X, W, X, W, bias=[0.0]),
        lambda: linear_distillation(X, [1.0, 2.0], X, W),
        lambda: linear_distillation(X, W, X),
    ):
        with pytest.raises(kb.KullbackError):
            call()
