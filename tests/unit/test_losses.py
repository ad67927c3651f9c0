"""Losses of classifiers against their definitions, under every option, in every library."""

from __future__ import annotations

import functools
import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import ALL, extra, loaded, numbers

import kullback as kb
from kullback.learning import (
    TopK,
    cross_entropy_gradient,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    squared_error,
    squared_error_gradient,
)
from kullback.learning.conformance import definitions

INF = math.inf


# ------------------------------------------------------------------ softmax, by definition


@st.composite
def problems(draw):
    """Logits, labels or soft targets, and options."""
    n, k = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    z = rng.normal(0.0, draw(st.sampled_from([1e-3, 1.0, 30.0, 1e4])), (n, k))
    z = z.astype(draw(st.sampled_from(["float64", "float32", "float16"])))
    labels = rng.integers(0, k, n)
    soft = draw(st.booleans())
    targets = rng.dirichlet(np.ones(k), n) if soft else labels
    masking = draw(st.sampled_from(["none", "others", "any"]))
    if masking != "none":
        masked = rng.random((n, k)) < 0.4
        masked[np.arange(n), labels] = False
        if soft:
            targets = np.where(masked, 0.0, targets)
            targets /= targets.sum(axis=-1, keepdims=True)
        if masking == "any" and k > 1:  # also what a target allows, which costs infinity
            masked[0] = ~masked[0]
            masked[0, (labels[0] + 1) % k] = False
        z[masked] = -INF
    options = {
        "class_weights": rng.choice([0.0, 0.5, 1.0, 3.0], k),
        "weights": rng.choice([0.0, 0.25, 1.0, 2.0], n),
        "mask": rng.random(n) < 0.7,
        "label_smoothing": draw(st.sampled_from([0.1, 0.5, 1.0])),
        "soft_cap": draw(st.sampled_from([0.5, 30.0])),
        "z_loss": draw(st.sampled_from([1e-4, 1.0])),
    }
    options = {key: value for key, value in options.items() if draw(st.booleans())}
    if not soft:
        options["ignore_index"] = draw(st.sampled_from([0, -100]))
        if options["ignore_index"] == -100 and draw(st.booleans()):
            targets[0] = -100
    return z, targets, options


def close(actual, wanted, atol=1e-14):
    """Compare; a float32 result has one rounding more."""
    actual = np.asarray(actual)
    rtol = 1e-13 if actual.dtype == np.float64 else 2.0**-24
    np.testing.assert_allclose(actual, wanted, rtol=rtol, atol=atol)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@given(problem=problems())
def test_every_option_is_its_definition(reduction, problem):
    z, targets, options = problem
    wanted = definitions.softmax_cross_entropy(z, targets, reduction=reduction, **options)
    close(softmax_cross_entropy(z, targets, reduction=reduction, **options), wanted.value)


@given(problem=problems(), reduction=st.sampled_from(["none", "mean", "sum"]))
def test_labels_are_one_hot_rows(problem, reduction):
    z, targets, options = problem
    options.pop("ignore_index", None)
    labels = np.abs(targets) % z.shape[1] if targets.ndim == 1 else targets.argmax(axis=-1)
    one_hot = np.eye(z.shape[1])[labels]
    call = functools.partial(softmax_cross_entropy, z, reduction=reduction, **options)
    by_label, by_row = call(labels, return_parts=True), call(one_hot, return_parts=True)
    for a, b in zip(by_label, by_row, strict=True):
        close(a, b)


@given(problem=problems())
def test_reductions_are_what_is_done_by_hand(problem):
    z, targets, options = problem
    z = z.astype(float)  # so that losses of rows are not rounded before they are added
    weights, kept = options.get("weights"), np.ones(len(z), bool)
    call = functools.partial(softmax_cross_entropy, z, targets, **options)
    rows = call(reduction="none")
    close(call(reduction="sum"), rows.sum(), atol=1e-12)
    if "mask" in options:
        kept &= options["mask"]
    if targets.ndim == 1:
        kept &= targets != options["ignore_index"]
    heft = np.where(kept, 1.0 if weights is None else weights, 0.0)
    assert np.all(rows[heft == 0.0] == 0.0)
    if "class_weights" not in options:
        mean = rows.sum() / heft.sum() if heft.sum() else 0.0
        close(call(reduction="mean"), mean, atol=1e-12)


@given(problem=problems())
def test_parts_are_those_of_the_softmax(problem):
    z, targets, options = problem
    options = {k: v for k, v in options.items() if k in ("mask", "weights", "ignore_index")}
    parts = softmax_cross_entropy(z, targets, return_parts=True, **options)
    close(parts.loss, softmax_cross_entropy(z, targets, **options))
    heft = options.get("weights", np.ones(len(z))) * options.get("mask", np.ones(len(z), bool))
    best = targets.argmax(axis=-1) if targets.ndim > 1 else targets
    if targets.ndim == 1:
        heft = np.where(targets == options["ignore_index"], 0.0, heft)
    wanted = [mpmath.log(mpmath.fsum(mpmath.exp(x) for x in row)) for row in z]
    close(parts.log_sum_exp, heft * np.array(wanted, float))
    close(parts.entropy, heft * kb.entropy(kb.Logits(z)))
    assert np.array_equal(parts.accuracy, heft * (z.argmax(axis=-1) == best))


@given(problem=problems(), axis=st.sampled_from([0, 1, -1, -2]))
def test_classes_may_be_on_any_axis(problem, axis):
    z, targets, options = problem
    turned = np.moveaxis(z, -1, axis)
    there = np.moveaxis(targets, -1, axis) if targets.ndim > 1 else targets
    found = softmax_cross_entropy(turned, there, axis=axis, **options)
    close(found, softmax_cross_entropy(z, targets, **options))


def test_rows_of_more_axes():
    rng = np.random.default_rng(0)
    z, labels = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3))
    flat = softmax_cross_entropy(z.reshape(6, 4), labels.ravel())
    close(softmax_cross_entropy(z, labels).ravel(), flat)
    close(softmax_cross_entropy(np.moveaxis(z, -1, 1), labels, axis=1).ravel(), flat)
    one = softmax_cross_entropy(z[0, 0], labels[0, 0])
    close(one, flat[0])
    assert np.shape(one) == ()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_types(dtype):
    z = np.array([[1.0, 2.0]], dtype=dtype)
    wanted = "float64" if dtype == "float64" else "float32"
    assert softmax_cross_entropy(z, [0]).dtype == wanted
    assert softmax_cross_entropy(z, np.array([[0.5, 0.5]])).dtype == wanted
    assert sigmoid_cross_entropy(z, [[0, 1]]).dtype == wanted
    assert squared_error(z, z).dtype == wanted
    assert all(x.dtype == wanted for x in softmax_cross_entropy(z, [0], return_parts=True))


@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "int64"])
def test_labels_of_any_integers(kind):
    z = np.array([[1.0, 2.0], [0.5, -1.0]])
    found = softmax_cross_entropy(z, np.array([0, 1], kind), ignore_index=None)
    close(found, softmax_cross_entropy(z, [0, 1]))
    close(softmax_cross_entropy(z, np.array([0, 1], kind)), found)  # also where -100 does not fit


def test_no_negative_zeros():
    z = np.array([[INF, 0.0], [900.0, 0.0], [5.0, -INF]])
    for targets in ([0, 0, 0], [[1.0, 0.0]] * 3):
        parts = softmax_cross_entropy(z, targets, return_parts=True)
        for part in (*parts, softmax_cross_entropy(z, targets, reduction="mean")):
            assert not np.any(np.signbit(part) & (np.asarray(part) == 0.0))
    for y in ([1.0, 0.0], [1, 0]):
        assert not np.any(np.signbit(sigmoid_cross_entropy([INF, -INF], y)))


# --------------------------------------------------------------- sigmoid and squared error

NUMBERS = st.floats(-700.0, 700.0)
SHARES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))


def exactly(f):
    with mpmath.workdps(700):
        return float(f())


def sigmoid(z):
    return 1 / (1 + mpmath.exp(-mpmath.mpf(z)))


@given(z=NUMBERS, y=SHARES)
def test_sigmoid_cross_entropy_is_its_definition(z, y):
    def loss():
        s, t = sigmoid(z), mpmath.mpf(y)
        sides = ((t, s), (1 - t, 1 - s))
        return mpmath.fsum(-a * mpmath.log(b) for a, b in sides if a > 0)

    np.testing.assert_allclose(sigmoid_cross_entropy([z], [y]), [exactly(loss)], rtol=1e-14)


@given(z=NUMBERS, y=SHARES, x=st.floats(-1e3, 1e3))
def test_gradients_through_a_sigmoid_are_their_definitions(z, y, x):
    def by_cross_entropy():
        return (sigmoid(z) - mpmath.mpf(y)) * mpmath.mpf(x)

    def by_squared_error():
        return by_cross_entropy() * sigmoid(z) * sigmoid(-z)

    # s(z) - y cancels: what is left has the roundings of both, 4 x 2^-53 of 1.
    size = 5e-16 * abs(x)
    found = cross_entropy_gradient([[x]], [z], [y])
    np.testing.assert_allclose(found, [[exactly(by_cross_entropy)]], rtol=1e-13, atol=size)
    found = squared_error_gradient([[x]], [z], [y])
    slope = exactly(lambda: sigmoid(z) * sigmoid(-z))
    np.testing.assert_allclose(found, [[exactly(by_squared_error)]], rtol=1e-13, atol=size * slope)


@given(z=NUMBERS, y=st.sampled_from([0.0, 1.0]))
def test_gradients_at_labels_keep_their_digits(z, y):
    found = cross_entropy_gradient([[1.0]], [z], [y])
    np.testing.assert_allclose(found, [[exactly(lambda: sigmoid(z) - mpmath.mpf(y))]], rtol=1e-13)


def test_squared_error_vanishes_where_cross_entropy_does_not():
    for z in (-5.0, -20.0, -200.0):
        (by_entropy,), (by_square,) = (
            f([[1.0]], [z], [1.0])[0] for f in (cross_entropy_gradient, squared_error_gradient)
        )
        assert by_entropy == pytest.approx(-1.0, abs=1e-2)
        assert by_square == pytest.approx(-math.exp(z), rel=2e-2)


@pytest.mark.parametrize("gradient", [cross_entropy_gradient, squared_error_gradient])
def test_gradients_are_those_of_the_losses(gradient):
    rng = np.random.default_rng(0)
    x, w, y = rng.normal(size=(6, 3)), rng.normal(size=3), rng.integers(0, 2, 6)

    def losses(w):
        z = x @ w
        if gradient is cross_entropy_gradient:
            return sigmoid_cross_entropy(z, y)
        return squared_error(1 / (1 + np.exp(-z)), y)

    h = 1e-6
    steps = [(losses(w + h * e) - losses(w - h * e)) / (2 * h) for e in np.eye(3)]
    # A central difference is off by h^2 and by 1e-16 / h.
    np.testing.assert_allclose(gradient(x, x @ w, y), np.stack(steps, axis=-1), atol=1e-9)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=5))
def test_squared_error_is_half_the_square(pairs):
    z, y = np.array(pairs).T
    close(squared_error(z, y), (z - y) ** 2 / 2)
    close(squared_error(z, y, reduction="sum"), np.sum((z - y) ** 2) / 2)
    close(squared_error(z, y, reduction="mean"), np.mean((z - y) ** 2) / 2)


@pytest.mark.parametrize("loss", [sigmoid_cross_entropy, squared_error])
def test_weights_and_masks_of_outcomes(loss):
    z, y = np.array([1.0, math.nan, 0.5, math.inf]), np.array([1.0, 1.0, 0.0, math.nan])
    mask, weights = [True, False, True, True], [2.0, 1.0, 3.0, 0.0]
    a, _, b, _ = loss([1.0, 0.0, 0.5, 0.0], [1.0, 1.0, 0.0, 0.0])
    close(loss(z, y, mask=mask, weights=weights), [2 * a, 0, 3 * b, 0])
    close(loss(z, y, mask=mask, weights=weights, reduction="sum"), 2 * a + 3 * b)
    close(loss(z, y, mask=mask, weights=weights, reduction="mean"), (2 * a + 3 * b) / 5)
    assert loss(z, y, mask=np.zeros(4, bool), reduction="mean") == 0.0


def test_the_sigmoid_is_a_softmax_of_two():
    z = np.linspace(-30.0, 30.0, 13)
    pairs = np.stack([np.zeros_like(z), z], axis=-1)
    for y in (0, 1):
        labels = np.full(z.shape, y)
        close(sigmoid_cross_entropy(z, labels), softmax_cross_entropy(pairs, labels), atol=0.0)


# --------------------------------------------------------------------------------- mistakes

Z = [[1.0, 2.0, 0.0], [0.0, 1.0, 0.5]]
SOFTMAX = {
    "label above": ({"targets": [3, 0]}, "labels.range"),
    "label below": ({"targets": [0, -1]}, "labels.range"),
    "-100 that counts": ({"targets": [0, -100], "ignore_index": None}, "labels.range"),
    "negative": ({"targets": [[1.5, -0.5, 0], [1, 0, 0]]}, "probs.negative"),
    "nan": ({"targets": [[math.nan, 0.5, 0], [1, 0, 0]]}, "probs.nan"),
    "short": ({"targets": [[0.5, 0.25, 0.0], [1, 0, 0]]}, "probs.sum_short"),
    "over": ({"targets": [[1, 1, 0], [1, 0, 0]]}, "probs.sum_over"),
    "a mask of some axes": (
        {"z": [Z, Z], "targets": [[0, 1], [2, 0]], "mask": [True, False]},
        "learning.shape",
    ),
    "ignoring True": ({"ignore_index": True}, "learning.ignore_index"),
    "a label that is text to ignore": ({"ignore_index": "x"}, "learning.ignore_index"),
    "labels that are floats": ({"targets": [0.0, 1.0]}, "learning.targets"),
    "labels for the wrong rows": ({"targets": [0, 1, 2]}, "learning.targets"),
    "targets of the wrong shape": ({"targets": [[1.0, 0.0], [0.0, 1.0]]}, "learning.targets"),
    "class weights of the wrong length": ({"class_weights": [1.0, 2.0]}, "learning.classes"),
    "a mask of numbers": ({"mask": [1, 0]}, "learning.mask"),
    "a mask of the wrong length": ({"mask": [True] * 3}, "learning.shape"),
    "a negative weight": ({"weights": [1.0, -1.0]}, "learning.weights"),
    "an infinite weight": ({"weights": [1.0, INF]}, "learning.weights"),
    "smoothing above 1": ({"label_smoothing": 1.5}, "learning.option"),
    "smoothing of nan": ({"label_smoothing": math.nan}, "learning.option"),
    "cap of 0": ({"soft_cap": 0.0}, "learning.option"),
    "z-loss below 0": ({"z_loss": -1.0}, "learning.option"),
    "z-loss of True": ({"z_loss": True}, "learning.option"),
    "a negative class weight": ({"class_weights": [1.0, -1.0, 1.0]}, "learning.weights"),
    "reduction": ({"reduction": "average"}, "learning.reduction"),
    "all masked": ({"z": [Z[0], [-INF] * 3]}, "logits.all_masked"),
}


@pytest.mark.parametrize("mistake", SOFTMAX)
def test_mistakes_of_a_softmax(mistake):
    options, key = SOFTMAX[mistake]
    options = {"z": Z, "targets": [0, 1], **options}
    with pytest.raises(kb.KullbackError) as caught:
        softmax_cross_entropy(options.pop("z"), options.pop("targets"), **options)
    assert caught.value.key == key
    assert caught.value.hint


def test_class_weights_are_at_least_zero():
    for wrong in (-1.0, INF, math.nan):
        with pytest.raises(kb.KullbackError):
            softmax_cross_entropy(Z, [0, 1], class_weights=[1.0, 1.0, wrong])


OTHERS = {
    "probability": (lambda: sigmoid_cross_entropy([1.0], [1.5]), "learning.probability"),
    "nan": (lambda: sigmoid_cross_entropy([1.0], [math.nan]), "learning.probability"),
    "shape": (lambda: sigmoid_cross_entropy([1.0], [1.0, 0.0]), "learning.shape"),
    "squares": (lambda: squared_error([1.0], [1.0, 0.0]), "learning.shape"),
    "gradient": (lambda: cross_entropy_gradient([[1.0]], [1.0], [2.0]), "learning.probability"),
    "x": (lambda: cross_entropy_gradient([1.0], [1.0], [1.0]), "learning.shape"),
    "x of squares": (lambda: squared_error_gradient([[1.0]] * 2, [1.0], [1]), "learning.shape"),
    "reduction": (lambda: squared_error([1.0], [1.0], reduction="all"), "learning.reduction"),
}


@pytest.mark.parametrize("mistake", OTHERS)
def test_mistakes_of_others(mistake):
    call, key = OTHERS[mistake]
    with pytest.raises(kb.KullbackError) as caught:
        call()
    assert caught.value.key == key


def test_mistakes_in_rows_that_do_not_count_are_none():
    z = [Z[0], [math.nan] * 3]
    for wrong in (7, -1):
        close(softmax_cross_entropy(z, [0, wrong], mask=[True, False])[1], 0.0)
    soft = [[0.0, 1.0, 0.0], [math.nan, -3.0, 8.0]]
    close(softmax_cross_entropy(z, soft, weights=[1.0, 0.0])[1], 0.0)


def test_what_is_not_checked_is_trusted():
    found = softmax_cross_entropy(Z, [[2.0, 0.0, 0.0]] * 2, check=False)
    close(found, 2 * softmax_cross_entropy(Z, [0, 0]))
    assert np.isfinite(sigmoid_cross_entropy([1.0], [1.5], check=False))
    spoilt = {"class_weights": [-1.0, 1.0, 1.0], "weights": [1.0, INF]}
    assert np.isfinite(softmax_cross_entropy(Z, [0, 0], check=False, **spoilt)[0])


def test_options_may_be_numbers_of_numpy():
    options = {"label_smoothing": 0.25, "soft_cap": 2.0, "z_loss": 0.5}
    wanted = softmax_cross_entropy(Z, [0, 1], **options)
    made = {name: np.float32(value) for name, value in options.items()}
    close(softmax_cross_entropy(Z, [0, 1], **made), wanted)
    close(
        softmax_cross_entropy(Z, [0, 1], z_loss=np.int8(1)),
        softmax_cross_entropy(Z, [0, 1], z_loss=1),
    )


def test_errors_name_what_was_given():
    with pytest.raises(kb.KullbackError, match="predictions"):
        squared_error({1, 2}, [1.0, 2.0])
    with pytest.raises(kb.KullbackError, match=r"class_weights\[1\]"):
        softmax_cross_entropy(Z, [0, 1], class_weights=[1.0, -1.0, 1.0])


@pytest.mark.parametrize("place", [(0, 1), (2, 0)])
def test_errors_name_places_as_they_were_given(place):
    targets = np.full((3, 2), 1 / 3)
    targets[place] = math.nan
    with pytest.raises(kb.KullbackError) as caught:
        softmax_cross_entropy(np.zeros((3, 2)), targets, axis=0)
    assert caught.value.values["place"] == f"{place[0]}, {place[1]}"


def test_torch_targets_whose_gradient_would_be_lost_are_refused():
    """Beside arrays of NumPy they would be copied, and nothing would be learned."""
    torch = extra("torch")
    soft = torch.full((2, 3), 1 / 3, requires_grad=True)
    with pytest.raises(kb.KullbackError) as caught:
        softmax_cross_entropy(np.array(Z), soft)
    assert caught.value.key == "array.mixed"
    close(
        softmax_cross_entropy(np.array(Z), soft.detach()),
        softmax_cross_entropy(Z, [[1 / 3] * 3] * 2),
        atol=1e-7,
    )


def test_the_mean_of_a_z_loss_knows_no_class_weights():
    z, labels, heft = np.array(Z), [0, 1], [0.25, 0.5, 3.0]
    squares = np.log(np.exp(z).sum(-1)) ** 2
    call = functools.partial(softmax_cross_entropy, z, labels, class_weights=heft)
    close(call(z_loss=0.5, reduction="mean"), call(reduction="mean") + 0.5 * squares.mean())


def test_smoothing_costs_infinity_where_one_score_is_infinite():
    """Smoothed, the target gives a share to classes that an infinite score rules out."""
    z = [[INF, 0.0, -INF]]
    assert softmax_cross_entropy(z, [0])[0] == 0.0
    assert softmax_cross_entropy(z, [0], label_smoothing=0.1)[0] == INF
    # Where only masked classes are left beside it, they get no share.
    assert softmax_cross_entropy([[INF, -INF, -INF]], [0], label_smoothing=0.1)[0] == 0.0
    assert (
        softmax_cross_entropy(z, [0], label_smoothing=0.1, class_weights=[1.0, 0.0, 1.0])[0] == 0.0
    )


@pytest.mark.parametrize("targets", ["labels", "soft"])
def test_numpy_makes_tables_of_some_rows_only(targets):
    import tracemalloc

    rng = np.random.default_rng(0)
    z = rng.normal(size=(2**15, 64))
    y = rng.integers(0, 64, 2**15) if targets == "labels" else rng.dirichlet(np.ones(64), 2**15)
    tracemalloc.start()
    softmax_cross_entropy(z, y)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * z.nbytes  # a dozen tables of all rows would take 12


# ----------------------------------------------------------------------------------- torch

LABELS = [2, 0, 1, 1]
SOFT = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.125, 0.375, 0.5]]
OPTIONS = {
    "plain": {},
    "class weights": {"class_weights": [1.0, 2.0, 0.5]},
    "class weight 0": {"class_weights": [1.0, 0.0, 0.5]},
    "weights": {"weights": [1.0, 0.0, 2.0, 0.5]},
    "mask": {"mask": [True, False, True, True]},
    "smoothing": {"label_smoothing": 0.1},
    "soft cap": {"soft_cap": 2.0},
    "z-loss": {"z_loss": 0.1},
    "all": {
        "class_weights": [1.0, 2.0, 0.5],
        "weights": [1.0, 3.0, 2.0, 0.5],
        "mask": [True, False, True, True],
        "label_smoothing": 0.1,
        "soft_cap": 2.0,
        "z_loss": 0.1,
    },
}
EVERY_OPTION = pytest.mark.parametrize("options", OPTIONS)
EVERY_TARGET = pytest.mark.parametrize("targets", [LABELS, SOFT], ids=["labels", "soft"])
EVERY_REDUCTION = pytest.mark.parametrize("reduction", ["none", "mean", "sum"])


@pytest.fixture
def torch():
    return extra("torch")


def tensors(torch, options, dtype=None):
    made = {k: torch.tensor(v) if isinstance(v, list) else v for k, v in options.items()}
    return {
        k: v.to(dtype or torch.float64) if torch.is_tensor(v) and v.is_floating_point() else v
        for k, v in made.items()
    }


def logits(torch, seed=0, shape=(4, 3), scale=1.0, dtype=None):
    generator = torch.Generator().manual_seed(seed)
    z = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    return z.to(dtype or torch.float64).requires_grad_()


def of(torch, targets, dtype=None):
    made = torch.tensor(targets)
    return made.to(dtype or torch.float64) if made.is_floating_point() else made


@EVERY_OPTION
@EVERY_TARGET
@EVERY_REDUCTION
def test_torch_gradients_of_first_and_second_order(torch, options, targets, reduction):
    options, targets = tensors(torch, OPTIONS[options]), of(torch, targets)

    def losses(z):
        # The parts too, with weights, so that each has a gradient of its own.
        parts = softmax_cross_entropy(z, targets, reduction=reduction, return_parts=True, **options)
        return parts.loss, parts.log_sum_exp, parts.entropy

    z = logits(torch)
    assert torch.autograd.gradcheck(losses, (z,))
    assert torch.autograd.gradgradcheck(losses, (z,))


@pytest.mark.parametrize("options", ["plain", "smoothing", "mask"])
@EVERY_TARGET
@EVERY_REDUCTION
def test_torch_batches_of_gradients_are_those_of_each(torch, options, targets, reduction):
    options, y = tensors(torch, OPTIONS[options]), of(torch, targets)

    def loss(z):
        return softmax_cross_entropy(z, y, reduction=reduction, **options)

    found, wanted = (
        torch.autograd.functional.jacobian(loss, logits(torch), vectorize=many)
        for many in (True, False)
    )
    np.testing.assert_allclose(found, wanted, atol=1e-15)


@pytest.mark.parametrize("loss", [sigmoid_cross_entropy, squared_error])
@EVERY_REDUCTION
def test_torch_gradients_of_others(torch, loss, reduction):
    y = torch.tensor([1.0, 0.0, 0.25], dtype=torch.float64)
    weights = torch.tensor([1.0, 0.0, 2.0], dtype=torch.float64)
    call = functools.partial(loss, reduction=reduction, weights=weights)
    z = logits(torch, shape=(3,))
    for f in (call, functools.partial(loss, reduction=reduction)):
        assert torch.autograd.gradcheck(lambda z, f=f: f(z, y), (z,))
        assert torch.autograd.gradgradcheck(lambda z, f=f: f(z, y), (z,))


def test_torch_gradient_functions_can_be_differentiated(torch):
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.0, 0.0, 0.25], dtype=torch.float64)
    for f in (cross_entropy_gradient, squared_error_gradient):
        z = logits(torch, shape=(3,))
        assert torch.autograd.gradcheck(lambda x, z, f=f: f(x, z, y), (x, z))


def rows_of_all_kinds(torch, dtype, classes=50):
    """Confident rows, ties, masks, large numbers and ordinary ones."""
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(12, classes, generator=generator, dtype=torch.float64)
    z[1, 3] += 12.0
    z[2, 3] += 25.0
    z[3, 3] += 60.0
    z[4] = 0.0
    z[5, :] = -INF
    z[5, 7] = 1.0
    z[6, ::2] = -INF
    z[7] *= 1e3
    z[8, 4] = z[8, 9] = 30.0  # two share nearly all
    z[9] += 1e4
    z[10, 3] = INF
    labels = torch.tensor([3, 3, 3, 3, 49, 7, 3, 3, 4, 3, 3, 3])
    return z.to(dtype).requires_grad_(), labels


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("options", ["plain", "class weights", "z-loss", "mask"])
def test_torch_narrow_rows_agree_with_the_definition(torch, dtype, options):
    """One pass in float32 against every operation in float64, on the same numbers."""
    z, labels = rows_of_all_kinds(torch, getattr(torch, dtype))
    rng = np.random.default_rng(0)
    options = {
        "plain": {},
        "class weights": {"class_weights": rng.uniform(0.5, 2.0, 50)},
        "z-loss": {"z_loss": 1e-4},
        "mask": {"mask": rng.random(12) < 0.6},
    }[options]
    given_options = {k: torch.tensor(v) if k != "z_loss" else v for k, v in options.items()}
    parts = softmax_cross_entropy(z, labels, return_parts=True, **given_options)
    wide = z.detach().double().numpy()
    wanted = softmax_cross_entropy(wide, labels.numpy(), return_parts=True, **options)
    for name, a, b in zip(parts._fields, parts, wanted, strict=True):
        assert a.dtype == torch.float32
        np.testing.assert_allclose(numbers(a), b, rtol=5e-7, atol=0, err_msg=name)
    finite = torch.tensor(np.isfinite(wanted.log_sum_exp))
    found = torch.autograd.grad(parts.loss[finite].sum(), z)[0]
    exact = definitions.softmax_cross_entropy(
        wide[finite],
        labels.numpy()[finite],
        **{k: v[finite] if k == "mask" else v for k, v in options.items()},
    ).gradient
    step = {"float32": 2e-6, "float16": 2.0**-10, "bfloat16": 2.0**-7}[dtype]
    lost = 2.0**-25 if dtype == "float16" else 1e-40
    size = np.abs(exact).max(axis=1, keepdims=True)
    assert np.all(np.abs(numbers(found)[finite] - exact) <= step * size + lost)
    if "z_loss" not in options:  # which is infinite at an infinite score, and so is its slope
        assert np.all(np.isfinite(numbers(found)))


def test_torch_blocks_agree_with_one(torch, monkeypatch):
    from kullback.learning import _blocks_torch

    z, labels = logits(torch, shape=(37, 11)), torch.arange(37) % 11
    mask = torch.arange(37) % 3 > 0
    calls = list(
        itertools.product(
            ({}, {"mask": mask}, {"label_smoothing": 0.1}, {"mask": mask, "soft_cap": 1.0}),
            (False, True),
        )
    )

    def found():
        for options, parts in calls:
            loss = softmax_cross_entropy(z, labels, return_parts=parts, **options)
            numbers_of = loss if parts else (loss,)
            total = sum((i + 1.0) * x.square().sum() for i, x in enumerate(numbers_of))
            yield from numbers_of
            yield torch.autograd.grad(total, z)[0]

    whole = [x.detach().clone() for x in found()]
    monkeypatch.setattr(_blocks_torch, "_BLOCK", 5 * 11)
    for a, b in zip(found(), whole, strict=True):
        torch.testing.assert_close(a.detach(), b, rtol=1e-13, atol=1e-15)


@EVERY_OPTION
@EVERY_TARGET
def test_torch_logits_in_any_layout(torch, options, targets):
    options, y = tensors(torch, OPTIONS[options]), of(torch, targets)
    z = logits(torch)
    wanted = softmax_cross_entropy(z, y, **options)
    (slope,) = torch.autograd.grad(wanted.sum(), z)
    turned = z.detach().T.contiguous().requires_grad_()
    strided = z.detach().repeat_interleave(2, 1).requires_grad_()
    views = {
        "transposed": (turned, turned.T, lambda g: g.T),
        "strided": (strided, strided[:, ::2], lambda g: g[:, ::2]),
    }
    for leaf, view, back in views.values():
        found = softmax_cross_entropy(view, y, **options)
        torch.testing.assert_close(found, wanted)
        torch.testing.assert_close(back(torch.autograd.grad(found.sum(), leaf)[0]), slope)
    found = softmax_cross_entropy(turned, y if y.ndim == 1 else y.T, axis=0, **options)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(torch.autograd.grad(found.sum(), turned)[0].T, slope)


@pytest.mark.parametrize("soft", [False, True])
def test_torch_a_single_row_without_batch(torch, soft):
    z = logits(torch, shape=(3,))
    y = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64) if soft else torch.tensor(1)
    for reduction in ("none", "mean", "sum"):
        parts = softmax_cross_entropy(z, y, reduction=reduction, return_parts=True)
        assert all(x.shape == () for x in parts)
        torch.testing.assert_close(parts.loss, torch.logsumexp(z, 0) - z[1])
    (g,) = torch.autograd.grad(parts.loss, z)
    torch.testing.assert_close(g, torch.softmax(z, 0) - torch.tensor([0.0, 1.0, 0.0]).double())


@EVERY_OPTION
@EVERY_REDUCTION
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 3)])
def test_torch_no_rows(torch, options, reduction, soft, shape):
    options = {k: v for k, v in OPTIONS[options].items() if k not in ("weights", "mask")}
    z = torch.zeros(shape, requires_grad=True)
    y = torch.zeros(shape) if soft else torch.zeros(shape[:-1], dtype=torch.int64)
    options = tensors(torch, options, torch.float32)
    parts = softmax_cross_entropy(z, y, reduction=reduction, return_parts=True, **options)
    for part in parts:
        assert part.shape == (shape[:-1] if reduction == "none" else ())
        assert not part.isnan().any()
        assert part.sum() == 0.0
    (g,) = torch.autograd.grad(parts.loss.sum(), z)
    assert g.shape == shape


@pytest.mark.parametrize("what", ["ignored", "masked"])
@EVERY_REDUCTION
@EVERY_OPTION
def test_torch_no_row_that_counts(torch, what, reduction, options):
    options = tensors(torch, {k: v for k, v in OPTIONS[options].items() if k != "mask"})
    z = torch.full((4, 3), math.nan, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([-100] * 4 if what == "ignored" else [0, 7, -3, 1])
    if what == "masked":
        options["mask"] = torch.zeros(4, dtype=torch.bool)
    parts = softmax_cross_entropy(z, labels, reduction=reduction, return_parts=True, **options)
    for part in parts:
        assert not part.any()
    (g,) = torch.autograd.grad(sum(x.sum() for x in parts[:3]), z)
    assert not g.any()


def test_torch_weights_and_targets_may_be_learned(torch):
    z, labels = logits(torch), torch.tensor(LABELS)
    heft = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([1.0, 3.0, 2.0, 0.5], dtype=torch.float64, requires_grad=True)
    for reduction in ("none", "mean"):

        def loss(z, heft, weights, reduction=reduction):
            return softmax_cross_entropy(
                z, labels, class_weights=heft, weights=weights, reduction=reduction
            )

        assert torch.autograd.gradcheck(loss, (z, heft, weights))
        assert torch.autograd.gradgradcheck(loss, (z, heft, weights))
    scores = logits(torch, seed=1)

    def soft(z, scores):
        return softmax_cross_entropy(z, scores.softmax(-1), class_weights=heft.detach())

    assert torch.autograd.gradcheck(soft, (z, scores))
    assert torch.autograd.gradgradcheck(soft, (z, scores))


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own call
@EVERY_OPTION
@EVERY_TARGET
def test_torch_transforms_agree(torch, options, targets):
    options, y = tensors(torch, OPTIONS[options]), of(torch, targets)
    z = logits(torch)

    def total(z):
        return softmax_cross_entropy(z, y, reduction="sum", **options)

    (wanted,) = torch.autograd.grad(total(z), z)
    torch.testing.assert_close(torch.func.grad(total)(z.detach()), wanted)
    curved = torch.autograd.functional.hessian(total, z.detach())
    torch.testing.assert_close(torch.func.hessian(total)(z.detach()), curved)
    stacked = torch.stack([z.detach(), z.detach() + torch.arange(3.0)])
    by_hand = torch.stack([softmax_cross_entropy(x, y, **options) for x in stacked])
    mapped = torch.func.vmap(lambda x: softmax_cross_entropy(x, y, **options))(stacked)
    torch.testing.assert_close(mapped, by_hand)
    slopes = torch.func.vmap(torch.func.grad(total))(stacked)
    torch.testing.assert_close(slopes[0], wanted)


@pytest.mark.parametrize("options", ["plain", "mask", "all"])
@EVERY_TARGET
def test_torch_compile_agrees(torch, options, targets):
    options = tensors(torch, OPTIONS[options], torch.float32)
    y = of(torch, targets, torch.float32)
    z = logits(torch, dtype=torch.float32)

    def loss(z):
        return softmax_cross_entropy(z, y, reduction="mean", **options)

    torch._dynamo.reset()
    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")(z)
    torch.testing.assert_close(compiled, loss(z), rtol=1e-6, atol=0)
    found, wanted = (torch.autograd.grad(x, z)[0] for x in (compiled, loss(z)))
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-8)


def test_torch_refuses_as_numpy_does(torch):
    for wrong, key in SOFTMAX.values():
        options = {"z": Z, "targets": [0, 1], **wrong}
        made = {k: torch.tensor(v) if isinstance(v, list) else v for k, v in options.items()}
        with pytest.raises(kb.KullbackError) as caught:
            softmax_cross_entropy(made.pop("z"), made.pop("targets"), **made)
        assert caught.value.key == key


def test_torch_keeps_nothing_as_large_as_the_logits(torch):
    z = logits(torch, shape=(64, 1000), dtype=torch.float32)
    saved = []

    def pack(x):
        if x.data_ptr() != z.data_ptr():
            saved.append(x.numel())
        return x

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        softmax_cross_entropy(z, torch.zeros(64, dtype=torch.int64), reduction="mean")
    assert max(saved) <= 1000


def test_torch_learned_targets_make_tables_of_some_rows_only(torch):
    from torch.utils._python_dispatch import TorchDispatchMode

    sizes = []

    class Sizes(TorchDispatchMode):
        def __torch_dispatch__(self, f, _, args=(), kwargs=None):
            found = f(*args, **(kwargs or {}))
            if torch.is_tensor(found) and found.dtype == torch.float64:
                sizes.append(found.numel())
            return found

    z, scores = (torch.zeros(4096, 256, requires_grad=True) for _ in range(2))
    targets = scores.softmax(-1)
    with Sizes():
        softmax_cross_entropy(z, targets, reduction="mean").backward()
    assert max(sizes) < z.numel() / 4


def test_torch_labels_may_change_before_the_backward_pass(torch):
    z, labels = logits(torch), of(torch, LABELS)
    loss = softmax_cross_entropy(z, labels, reduction="sum")
    wanted = torch.autograd.grad(loss, z, retain_graph=True)[0]
    labels.zero_()
    assert torch.equal(torch.autograd.grad(loss, z)[0], wanted)


def test_torch_keeps_the_top_k_that_it_was_given(torch):
    """They are read into a table of their own, which a change of theirs does not reach."""
    z = logits(torch)
    top = TopK(torch.tensor([[0, 1]] * 4), torch.full((4, 2), 0.25, dtype=torch.float64))
    loss = softmax_cross_entropy(z, top, reduction="mean")
    wanted = torch.autograd.grad(loss, z, retain_graph=True)[0]
    top.probs.zero_()
    assert torch.equal(torch.autograd.grad(loss, z)[0], wanted)


@pytest.mark.parametrize("what", ["soft", "class weights"])
def test_torch_tells_of_targets_that_change_before_the_backward_pass(torch, what):
    z = logits(torch)
    labels, soft, heft = of(torch, LABELS), of(torch, SOFT), torch.ones(3, dtype=torch.float64)
    target = soft if what == "soft" else labels
    options = {"class_weights": heft} if what == "class weights" else {}
    changed = soft if what == "soft" else heft
    loss = softmax_cross_entropy(z, target, reduction="mean", **options)
    changed.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


# ------------------------------------------------------------------------------------- JAX


@pytest.fixture(params=["jax", "jax x64"], ids=["float32", "float64"])
def jax_library(request):
    with loaded(next(x for x in ALL if x.name == request.param)) as library:
        yield library


@pytest.mark.parametrize("options", ["plain", "class weights", "mask", "all"])
@EVERY_TARGET
def test_jax_transforms_agree(jax_library, options, targets):
    import jax

    dtype = jax_library.widest
    made = {
        k: jax_library.array(v, None if k == "mask" else dtype) if isinstance(v, list) else v
        for k, v in OPTIONS[options].items()
    }
    soft = isinstance(targets[0], list)
    y = jax_library.array(targets, dtype if soft else None)
    table = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(dtype)
    z = jax_library.array(table, dtype)

    def loss(z):
        return softmax_cross_entropy(z, y, **made)

    wanted = [
        definitions.softmax_cross_entropy(
            row,
            np.array(targets),
            **{k: np.asarray(v) if isinstance(v, list) else v for k, v in OPTIONS[options].items()},
        )
        for row in table
    ]
    near = functools.partial(
        np.testing.assert_allclose,
        rtol=2e-6 if dtype == "float32" else 1e-13,
        atol=1e-6 if dtype == "float32" else 1e-14,
    )
    near(numbers(loss(z[0])), wanted[0].value)
    near(numbers(jax.jit(loss)(z[0])), wanted[0].value)
    near(numbers(jax.vmap(loss)(z)), [x.value for x in wanted])
    slope = jax.jit(jax.vmap(jax.grad(lambda z: loss(z).sum())))(z)
    near(numbers(slope), [x.gradient for x in wanted])


def test_jax_refuses_outside_transforms(jax_library):
    for wrong, key in SOFTMAX.values():
        options = {"z": Z, "targets": [0, 1], **wrong}
        made = {
            k: jax_library.array(np.array(v)) if isinstance(v, list) else v
            for k, v in options.items()
        }
        with pytest.raises(kb.KullbackError) as caught:
            softmax_cross_entropy(made.pop("z"), made.pop("targets"), **made)
        assert caught.value.key == key


# ---------------------------------------------------------------- numbers at the edge of their type


@pytest.mark.parametrize("library", ALL, ids=lambda x: x.name)
def test_labels_of_few_bits_in_every_library(library):
    """In eight bits 156 is -100, the label that is ignored, and 256 classes would be none."""
    with loaded(library):
        for classes in (200, 256):
            labels = library.array(np.array([1, 156], dtype=np.uint8))
            if library.name == "torch":
                labels = labels.to(extra("torch").uint8)
            loss = softmax_cross_entropy(library.array(np.zeros((2, classes)), "float32"), labels)
            np.testing.assert_allclose(numbers(loss), np.log([classes, classes]), rtol=1e-6)


@pytest.mark.parametrize(
    ("scores", "loss", "slope"),
    [
        ([3e38, 1e38], 0.0, [0.0, 0.0]),
        ([float(np.finfo(np.float32).min), -math.inf], 0.0, [0.0, 0.0]),
        ([math.inf, 0.0], 0.0, [0.0, 0.0]),
    ],
)
def test_torch_scores_that_nearly_leave_their_type(scores, loss, slope):
    torch = extra("torch")
    z = torch.tensor([scores], requires_grad=True)
    value = softmax_cross_entropy(z, torch.tensor([0]))
    assert value.item() == loss
    assert torch.autograd.grad(value.sum(), z)[0].tolist() == [slope]


def test_torch_rows_of_which_all_is_masked_are_no_number_where_nothing_is_checked():
    torch = extra("torch")
    z = torch.full((1, 4), -math.inf)
    assert torch.isnan(softmax_cross_entropy(z, torch.tensor([0]), check=False)).all()


@pytest.mark.parametrize("label", [-1, 3])
def test_what_cannot_be_looked_at_is_no_number(label):
    """Neither class costs anything like a loss that looks right."""
    found = softmax_cross_entropy(Z, [label, 0], check=False)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


@pytest.mark.parametrize("label", [-1, 3])
def test_torch_labels_that_are_not_looked_at_are_no_number(torch, label):
    z = torch.tensor(Z, requires_grad=True)
    for options in ({}, {"label_smoothing": 0.1}, {"class_weights": torch.ones(3)}):
        found = softmax_cross_entropy(z, torch.tensor([label, 0]), check=False, **options)
        assert found.isnan().tolist() == [True, False]
        assert torch.autograd.grad(found[1], z)[0].isfinite().all()


def test_accuracy_of_a_row_that_is_no_number_is_zero():
    z = [[1.0, math.nan, 1.0], [0.0, 1.0, 0.0]]
    assert softmax_cross_entropy(z, [1, 1], return_parts=True).accuracy.tolist() == [0.0, 1.0]


def test_torch_and_jax_gradients_of_an_infinite_loss_are_zero_everywhere(torch):
    """As a constant's; labels and one-hot rows, and however the gradient is taken."""
    jax = extra("jax")
    row, label = [[0.0, -INF, 1.0]], [1]
    for target in (torch.tensor(label), torch.tensor([[0.0, 1.0, 0.0]])):
        for again in (False, True):
            z = torch.tensor(row, requires_grad=True)
            loss = softmax_cross_entropy(z, target)
            assert loss.item() == INF
            (slope,) = torch.autograd.grad(loss.sum(), z, create_graph=again)
            assert slope.tolist() == [[0.0, 0.0, 0.0]]
        mine = jax.numpy.array(target.tolist())

        def total(z, mine=mine):
            return softmax_cross_entropy(z, mine).sum()

        assert jax.grad(total)(jax.numpy.array(row)).tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own call
@pytest.mark.parametrize("label", [-1, 3])
def test_torch_and_jax_labels_outside_are_no_number_where_they_are_not_seen(label):
    torch, jax = extra("torch"), extra("jax")
    z, t = torch.tensor(Z), torch.tensor([label, 0])
    compiled = torch.compile(softmax_cross_entropy, fullgraph=True, backend="aot_eager")
    found = [compiled(z, t), torch.func.vmap(softmax_cross_entropy)(z, t)]
    found.append(jax.jit(softmax_cross_entropy)(jax.numpy.array(Z), jax.numpy.array([label, 0])))
    for losses in found:
        assert np.isnan(numbers(losses)).tolist() == [True, False]


def test_labels_of_many_bits_are_not_the_one_that_is_ignored():
    labels = np.array([2**64 - 100, 0], dtype=np.uint64)
    with pytest.raises(kb.KullbackError) as caught:
        softmax_cross_entropy(Z, labels)
    assert caught.value.key == "labels.range"


def test_an_empty_batch_may_be_a_list():
    assert softmax_cross_entropy(np.zeros((0, 3)), []).shape == (0,)
    assert softmax_cross_entropy(np.zeros((0, 3)), [], reduction="mean") == 0.0


def test_torch_gradients_in_targets_that_are_sure():
    """The loss is linear in them: its slope is -z everywhere."""
    torch = extra("torch")
    y = torch.tensor([0.0, 0.5, 1.0], requires_grad=True)
    loss = sigmoid_cross_entropy(torch.full((3,), 2.0), y)
    np.testing.assert_allclose(torch.autograd.grad(loss.sum(), y)[0], [-2.0] * 3, rtol=1e-6)


@pytest.mark.parametrize("what", ["targets", "weights", "mask"])
def test_torch_vmap_over_what_stands_beside_the_scores(what):
    torch = extra("torch")
    z, y = torch.randn(3, 4, dtype=torch.float64), torch.tensor([0, 1, 2])
    beside = {
        "targets": torch.tensor([[0, 1, 2], [1, 1, 1]]),
        "weights": torch.tensor([[1.0, 0.0, 2.0]], dtype=torch.float64),
        "mask": torch.tensor([[True, False, True]]),
    }[what]

    def loss(x):
        if what == "targets":
            return softmax_cross_entropy(z, x)
        return softmax_cross_entropy(z, y, **{what: x})

    want = torch.stack([loss(x) for x in beside])
    np.testing.assert_allclose(torch.func.vmap(loss)(beside), want, rtol=1e-12)
