"""Cross-entropy of a linear head is that of its logits, in values, gradients and refusals."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from libraries import ALL, extra, loaded, numbers

from kullback import KullbackError
from kullback.learning import TopK, linear_cross_entropy, softmax_cross_entropy

ROWS, DIMENSION, CLASSES = 13, 5, 7
RNG = np.random.default_rng(0)
X = RNG.standard_normal((ROWS, DIMENSION))
W = RNG.standard_normal((CLASSES, DIMENSION))
B = RNG.standard_normal(CLASSES)
LABELS = RNG.integers(0, CLASSES, ROWS)
LABELS[[1, 6]] = -100
SOFT = RNG.dirichlet(np.ones(CLASSES), ROWS)
MASK = RNG.random(ROWS) < 0.6
OPTIONS = {
    "plain": {},
    "class weights": {"class_weights": RNG.random(CLASSES)},
    "weights": {"weights": RNG.random(ROWS)},
    "mask": {"mask": MASK},
    "smoothing": {"label_smoothing": 0.1},
    "smoothing and class weights": {"label_smoothing": 0.1, "class_weights": RNG.random(CLASSES)},
    "soft cap": {"soft_cap": 2.0},
    "z-loss": {"z_loss": 0.1},
    "all": {
        "class_weights": RNG.random(CLASSES),
        "weights": RNG.random(ROWS),
        "mask": MASK,
        "label_smoothing": 0.2,
        "soft_cap": 3.0,
        "z_loss": 0.01,
    },
}
REDUCTIONS = ("none", "mean", "sum")


def arrays(library, dtype="float64"):
    return [library.array(a, dtype) for a in (X, W, B)]


def options_of(library, options):
    made = {}
    for name, value in options.items():
        known = isinstance(value, np.ndarray) and value.dtype != bool
        made[name] = library.array(value, library.widest) if known else value
    return made


def compiles_little(library, name):
    """Whether a case is worth its time: JAX compiles each anew."""
    return not library.name.startswith("jax") or name in {"plain", "all"}


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize(
    ("library", "name"),
    [(x, name) for x in ALL for name in OPTIONS if compiles_little(x, name)],
    ids=lambda x: getattr(x, "name", x),
)
def test_value_is_that_of_the_logits_in_every_library(library, name, reduction):
    with loaded(library):
        x, w, b = arrays(library, library.widest)
        t = library.array(LABELS)
        options = options_of(library, OPTIONS[name]) | {"reduction": reduction}
        actual = linear_cross_entropy(x, w, t, bias=b, chunk_rows=4, **options)
        wanted = softmax_cross_entropy(X @ W.T + B, LABELS, **OPTIONS[name], reduction=reduction)
        assert library.owns(actual)
        # A few roundings of each logit in float32 and of each loss.
        tolerance = 1e-5 if library.widest == "float32" else 1e-13
        np.testing.assert_allclose(numbers(actual), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("size", [1, np.int64(4), ROWS, 100, None])
@pytest.mark.parametrize("targets", [LABELS, SOFT], ids=["labels", "soft"])
def test_chunks_do_not_matter(size, targets):
    parts = linear_cross_entropy(X, W, targets, bias=B, chunk_rows=size, return_parts=True)
    wanted = softmax_cross_entropy(X @ W.T + B, targets, return_parts=True)
    for actual, exact in zip(parts, wanted, strict=True):
        np.testing.assert_allclose(actual, exact, rtol=1e-13)


def top_k(probs):
    indices = np.argsort(-probs, axis=-1)[:, :3].copy()
    return indices, np.take_along_axis(probs, indices, axis=-1)


def test_top_k_targets():
    teacher = TopK(*top_k(SOFT))
    actual = linear_cross_entropy(X, W, teacher, chunk_rows=5)
    np.testing.assert_allclose(actual, softmax_cross_entropy(X @ W.T, teacher), rtol=1e-13)


def test_leading_shapes():
    x, t = X[:12].reshape(3, 2, 2, DIMENSION), LABELS[:12].reshape(3, 2, 2)
    actual = linear_cross_entropy(x, W, t, chunk_rows=5)
    np.testing.assert_allclose(actual, softmax_cross_entropy(x @ W.T, t), rtol=1e-13)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("head", {"head": W[:, :3]}),
        ("head", {"head": W[:0]}),
        ("head", {"bias": B[:3]}),
        ("targets", {"targets": LABELS[:4]}),
        ("chunk_rows", {"chunk_rows": 0}),
        ("chunk_rows", {"chunk_rows": True}),
        ("reduction", {"reduction": "average"}),
        ("option", {"label_smoothing": 2.0}),
        ("classes", {"class_weights": np.ones(3)}),
    ],
)
@pytest.mark.parametrize("library", ALL[:1] + ALL[3:4], ids=lambda x: x.name)
def test_mistakes_are_named_in_any_library(library, key, change):
    given = {"x": X, "head": W, "targets": LABELS} | change
    with loaded(library):
        x, w = (library.array(given.pop(n), "float64") for n in ("x", "head"))
        t = library.array(given.pop("targets"))
        with pytest.raises(KullbackError) as caught:
            linear_cross_entropy(x, w, t, **given)
        assert caught.value.key == f"learning.{key}"


def test_labels_outside_the_classes_are_refused():
    with pytest.raises(KullbackError, match="targets"):
        linear_cross_entropy(X, W, np.full(ROWS, CLASSES))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_refuses_rows_of_which_all_classes_are_masked(reduction):
    torch = extra("torch")
    x, w, b = leaves()
    with pytest.raises(KullbackError, match="logits"):
        linear_cross_entropy(x, w, torch.tensor(LABELS), bias=b - torch.inf, reduction=reduction)


# ---------------------------------------------------------------- gradients in PyTorch


def leaves(dtype="float64"):
    torch = extra("torch")
    dtype = getattr(torch, dtype)
    return [torch.tensor(a, dtype=dtype).requires_grad_() for a in (X, W, B)]


def weighed(result):
    """Return one number of all that has a gradient."""
    found = result if isinstance(result, tuple) else (result,)
    return sum((i + 1.0) * (a * a).sum() for i, a in enumerate(found) if a.requires_grad)


@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("targets", ["labels", "soft", "top-k"])
@pytest.mark.parametrize("name", OPTIONS)
def test_torch_gradients_are_those_of_the_logits(name, targets, reduction, parts):
    if targets == "top-k" and "class_weights" in OPTIONS[name]:
        pytest.skip("refused")
    torch = extra("torch")
    t = {
        "labels": torch.tensor(LABELS),
        "soft": torch.tensor(SOFT),
        "top-k": TopK(*map(torch.tensor, top_k(SOFT))),
    }[targets]
    options = OPTIONS[name] | {"reduction": reduction, "return_parts": parts}
    x, w, b = inputs = leaves()
    actual = weighed(linear_cross_entropy(x, w, t, bias=b, chunk_rows=3, **options))
    wanted = weighed(softmax_cross_entropy(x @ w.T + b, t, **options))
    pairs = zip(
        torch.autograd.grad(actual, inputs), torch.autograd.grad(wanted, inputs), strict=True
    )
    for a, e in pairs:
        np.testing.assert_allclose(a, e, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", ["z-loss", "smoothing", "all"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_gradients_of_first_and_second_order(reduction, name):
    torch = extra("torch")
    few = slice(5, 9)  # of which one is ignored
    t = torch.tensor(LABELS[few])
    options = {k: v[few] if k in ("weights", "mask") else v for k, v in OPTIONS[name].items()}

    def loss(x, w, b, *, parts):
        found = linear_cross_entropy(
            x, w, t, bias=b, reduction=reduction, chunk_rows=2, return_parts=parts, **options
        )
        return found[:3] if parts else found

    x, w, b = leaves()
    inputs = x.detach()[few].requires_grad_(), w, b
    for parts in (False, True):
        call = functools.partial(loss, parts=parts)
        assert torch.autograd.gradcheck(call, inputs)
        assert torch.autograd.gradgradcheck(call, inputs)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_states_may_be_made_of_the_head(reduction):
    """As embeddings that are tied to it are."""
    torch = extra("torch")
    t = torch.tensor(LABELS)
    mixing = torch.tensor(RNG.standard_normal((ROWS, CLASSES)))

    def slopes(of_head):
        (w,) = (a for a in leaves() if a.shape == (CLASSES, DIMENSION))
        x = torch.tanh(mixing @ w)
        if of_head:
            loss = linear_cross_entropy(x, w, t, reduction=reduction).sum()
        else:
            loss = softmax_cross_entropy(x @ w.T, t, reduction=reduction).sum()
        plain = torch.autograd.grad(loss, w, retain_graph=True)[0]
        (first,) = torch.autograd.grad(loss, w, create_graph=True)
        return plain, first.detach(), torch.autograd.grad(first.square().sum(), w)[0]

    for a, e in zip(slopes(of_head=True), slopes(of_head=False), strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_inside_a_checkpoint(reduction):
    torch = extra("torch")
    from torch.utils.checkpoint import checkpoint

    t = torch.tensor(LABELS)

    def loss(x, w, b):
        return linear_cross_entropy(x, w, t, bias=b, reduction=reduction).sum()

    x, w, b = inputs = leaves()
    found = torch.autograd.grad(checkpoint(loss, x, w, b, use_reentrant=False), inputs)
    for a, e in zip(found, torch.autograd.grad(loss(x, w, b), inputs), strict=True):
        assert torch.equal(a, e)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_autocast_keeps_no_copy_of_the_head(reduction):
    torch = extra("torch")
    x, w = (torch.randn(n, 16, requires_grad=True) for n in (8, 500))
    saved = []
    with (
        torch.autograd.graph.saved_tensors_hooks(lambda a: saved.append(a) or a, lambda a: a),
        torch.autocast("cpu", torch.bfloat16),
    ):
        linear_cross_entropy(x, w, torch.arange(8), reduction=reduction)
    assert not [a for a in saved if a.dtype == torch.bfloat16]


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_without_gradients_makes_none(reduction):
    torch = extra("torch")
    from torch.utils._python_dispatch import TorchDispatchMode

    shapes = []

    class Shapes(TorchDispatchMode):
        def __torch_dispatch__(self, f, _, args=(), kwargs=None):
            found = f(*args, **(kwargs or {}))
            if torch.is_tensor(found) and found.data_ptr() != w.data_ptr():
                shapes.append(tuple(found.shape))
            return found

    x, w = (torch.randn(n, 16, requires_grad=True) for n in (8, 500))
    with torch.no_grad(), Shapes():
        linear_cross_entropy(x, w, torch.arange(8), reduction=reduction)
    assert shapes
    assert (500, 16) not in shapes


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_heads_of_no_dimension(reduction):
    torch = extra("torch")
    x, w, t = torch.zeros(2, 0), torch.zeros(3, 0), torch.tensor([0, 1])
    found = linear_cross_entropy(x, w, t, reduction=reduction)
    np.testing.assert_allclose(
        found, softmax_cross_entropy(torch.zeros(2, 3), t, reduction=reduction)
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_batches_of_gradients(reduction):
    torch = extra("torch")
    t = torch.tensor(LABELS)
    of_head, of_logits = (
        torch.autograd.functional.jacobian(loss, tuple(leaves()), vectorize=True)
        for loss in (
            lambda x, w, b: linear_cross_entropy(x, w, t, bias=b, reduction=reduction),
            lambda x, w, b: softmax_cross_entropy(x @ w.T + b, t, reduction=reduction),
        )
    )
    for a, e in zip(of_head, of_logits, strict=True):
        np.testing.assert_allclose(a, e, atol=1e-14)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # PyTorch's own
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_transforms_have_second_derivatives(reduction):
    torch = extra("torch")
    x, w, b = (a.detach() for a in leaves())
    t = torch.tensor(LABELS)

    def ours(w):
        options = {"reduction": reduction, "chunk_rows": 4}
        return linear_cross_entropy(x, w, t, bias=b, **options).sum()

    def plain(w):
        return softmax_cross_entropy(x @ w.T + b, t, reduction=reduction).sum()

    for derivative in (torch.func.grad, torch.func.hessian):
        np.testing.assert_allclose(derivative(ours)(w), derivative(plain)(w), atol=1e-12)
    each = torch.func.vmap(lambda x: linear_cross_entropy(x, w, torch.tensor(3)))(x)
    np.testing.assert_allclose(each, linear_cross_entropy(x, w, torch.full((ROWS,), 3)), rtol=1e-13)
    from torch.autograd import forward_ad

    with forward_ad.dual_level():
        slopes = [
            forward_ad.unpack_dual(f(forward_ad.make_dual(w, w))).tangent for f in (ours, plain)
        ]
    np.testing.assert_allclose(*slopes, rtol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_gradient_can_be_asked_twice_and_of_some_inputs(reduction):
    torch = extra("torch")
    x, w, b = leaves()
    loss = linear_cross_entropy(x, w, torch.tensor(LABELS), bias=b, reduction=reduction).sum()
    both = [torch.autograd.grad(k * loss, (x, w, b), retain_graph=True) for k in (1.0, 3.0)]
    for one, three in zip(*both, strict=True):
        np.testing.assert_allclose(3.0 * one, three, rtol=1e-14)
    frozen = linear_cross_entropy(
        x, w.detach(), torch.tensor(LABELS), bias=b.detach(), reduction=reduction
    )
    np.testing.assert_allclose(*torch.autograd.grad(frozen.sum(), x), both[0][0], rtol=1e-14)


def test_torch_weights_of_rows_have_a_gradient():
    torch = extra("torch")
    x, w, _ = leaves()
    rows = torch.tensor(RNG.random(ROWS)).requires_grad_()
    t = torch.tensor(LABELS)
    found = [
        torch.autograd.grad(loss, (rows, w))
        for loss in (
            linear_cross_entropy(x, w, t, weights=rows, reduction="mean"),
            softmax_cross_entropy(x @ w.T, t, weights=rows, reduction="mean"),
        )
    ]
    for a, e in zip(*found, strict=True):
        np.testing.assert_allclose(a, e, atol=1e-13)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_rows_that_do_not_count_may_hold_nan(reduction):
    torch = extra("torch")
    x, w, b = leaves()
    t = torch.tensor(LABELS)
    spoilt = torch.where((t == -100)[:, None], torch.nan, x).detach().requires_grad_()
    losses = [
        linear_cross_entropy(a, w, t, bias=b, chunk_rows=4, reduction=reduction)
        for a in (spoilt, x)
    ]
    np.testing.assert_allclose(*(a.detach() for a in losses), rtol=1e-15)
    pairs = zip(
        torch.autograd.grad(losses[0].sum(), (spoilt, w, b)),
        torch.autograd.grad(losses[1].sum(), (x, w, b)),
        strict=True,
    )
    for a, e in pairs:
        np.testing.assert_allclose(a, e, rtol=1e-14)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_nothing_that_counts_gives_zero(reduction):
    torch = extra("torch")
    x, w, b = leaves()
    loss = linear_cross_entropy(
        x * torch.nan, w, torch.full((ROWS,), -100), bias=b, reduction=reduction
    )
    assert (loss == 0.0).all()
    for gradient in torch.autograd.grad(loss.sum(), (w, b)):
        assert (gradient == 0.0).all()


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # PyTorch's own
@pytest.mark.parametrize("frozen", [None, 0, 1])
@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_torch_compiled_agrees_with_eager(reduction, frozen):
    torch = extra("torch")
    inputs = [a.detach() if i == frozen else a for i, a in enumerate(leaves())]
    learned = [a for a in inputs if a.requires_grad]
    t = torch.tensor(LABELS)

    def loss(x, w, b):
        options = {"reduction": reduction, "z_loss": 0.1, "chunk_rows": 5}
        return linear_cross_entropy(x, w, t, bias=b, **options).sum()

    both = [f(*inputs) for f in (loss, torch.compile(loss, fullgraph=True, backend="aot_eager"))]
    np.testing.assert_allclose(*(a.detach() for a in both), rtol=1e-13)
    for a, e in zip(*(torch.autograd.grad(v, learned) for v in both), strict=True):
        np.testing.assert_allclose(a, e, atol=1e-13)


def half_head(dtype, classes):
    torch = extra("torch")
    made = torch.Generator().manual_seed(3)
    x, w = (torch.randn(n, 32, generator=made).to(getattr(torch, dtype)) for n in (48, classes))
    return x, w, torch.randint(classes, (48,), generator=made)


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_torch_half_precision_of_a_large_vocabulary(dtype, reduction):
    """Goal: within 1e-5 of float64, here of every row."""
    x, w, t = half_head(dtype, 262_144)
    loss = linear_cross_entropy(x, w, t, reduction=reduction, chunk_rows=20)
    assert str(loss.dtype) == "torch.float32"
    exact = softmax_cross_entropy(x.double() @ w.double().T, t, reduction=reduction)
    np.testing.assert_allclose(loss, exact, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_torch_gradients_in_half_precision(dtype):
    torch = extra("torch")
    x, w, t = half_head(dtype, 500)
    inputs = x.requires_grad_(), w.requires_grad_()
    loss = linear_cross_entropy(x, w, t, reduction="mean", chunk_rows=20)
    wide = [a.detach().double().requires_grad_() for a in inputs]
    exact = softmax_cross_entropy(wide[0] @ wide[1].T, t, reduction="mean")
    found = torch.autograd.grad(loss, inputs), torch.autograd.grad(exact, wide)
    for a, e in zip(*found, strict=True):
        assert a.dtype == x.dtype
        # Slopes, products and the result are each rounded to eight bits.
        assert float((a.double() - e).norm() / e.norm()) < 3 * 2.0**-8


def test_torch_autocast_takes_products_in_its_type():
    torch = extra("torch")
    x, w, b = leaves("float32")
    t = torch.tensor(LABELS)
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(x, w, t, bias=b, reduction="mean")
    rounded = [a.detach().bfloat16().double() for a in (x, w)]
    exact = softmax_cross_entropy(rounded[0] @ rounded[1].T + b.double(), t, reduction="mean")
    assert float(loss.detach()) == pytest.approx(float(exact.detach()), rel=1e-6)
    assert torch.autograd.grad(loss, w)[0].dtype == torch.float32


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_torch_half_precision_where_the_processor_has_no_products_of_it(monkeypatch, dtype):
    torch = extra("torch")
    from kullback.learning import _linear_torch

    monkeypatch.setattr(_linear_torch, "_quick", lambda x: x != getattr(torch, dtype))
    test_torch_gradients_in_half_precision(dtype)


def test_torch_float16_keeps_slopes_that_a_gradient_scaler_makes_large(monkeypatch):
    """Of 2e-9 nothing is left in float16 before it is multiplied by 65 536."""
    torch = extra("torch")
    from kullback.learning import _linear_torch

    monkeypatch.setattr(_linear_torch, "_quick", lambda _: True)
    x = torch.ones(1, 1, dtype=torch.float16, requires_grad=True)
    w = torch.tensor([[20.0], [0.0]], dtype=torch.float16, requires_grad=True)
    loss = linear_cross_entropy(x, w, torch.tensor([0]), reduction="mean")
    (slope,) = torch.autograd.grad(65_536.0 * loss, w)
    exact = 65_536.0 * np.exp(-20.0)
    np.testing.assert_allclose(slope.double()[:, 0], [-exact, exact], rtol=2.0**-10)


@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_torch_a_wide_bias_has_a_wide_gradient(reduction):
    torch = extra("torch")
    x, w, t = half_head("bfloat16", 50)
    b = torch.zeros(50, requires_grad=True)
    loss = linear_cross_entropy(x, w, t, bias=b, reduction=reduction).mean()
    exact = torch.softmax(x.double() @ w.double().T, -1)
    exact = (exact - torch.nn.functional.one_hot(t, 50)).mean(0)
    (found,) = torch.autograd.grad(loss, b)
    np.testing.assert_allclose(found, exact, atol=1e-6)


@pytest.mark.parametrize("reduction", ["none", "sum"])
def test_torch_half_precision_adds_gradients_in_float32(monkeypatch, reduction):
    """In bfloat16 a sum of halves would end at 128."""
    torch = extra("torch")
    from kullback.learning import _linear_torch

    monkeypatch.setattr(_linear_torch, "_quick", lambda _: True)
    x = torch.ones(1000, 1, dtype=torch.bfloat16)
    w = torch.zeros(2, 1, dtype=torch.bfloat16, requires_grad=True)
    t = torch.zeros(1000, dtype=torch.int64)
    loss = linear_cross_entropy(x, w, t, reduction=reduction, chunk_rows=1).sum()
    assert torch.autograd.grad(loss, w)[0].tolist() == [[-500.0], [500.0]]


@pytest.mark.parametrize("path", ["soft targets", "class weights", "torch.func", "compiled"])
def test_torch_half_precision_adds_gradients_in_float32_on_every_path(path):
    """A piece for each of 1000 rows gives half of 1/1000; in bfloat16 their sum ends at 1/8."""
    torch = extra("torch")
    x = torch.ones(1000, 1, dtype=torch.bfloat16)
    w = torch.zeros(2, 1, dtype=torch.bfloat16, requires_grad=True)
    b = torch.zeros(2, dtype=torch.bfloat16, requires_grad=True)
    t, options = torch.zeros(1000, dtype=torch.int64), {}
    if path == "soft targets":
        t = torch.eye(2)[t].requires_grad_()
    if path == "class weights":
        options["class_weights"] = torch.ones(2, requires_grad=True)

    def loss(w, b):
        return linear_cross_entropy(x, w, t, bias=b, reduction="mean", chunk_rows=10, **options)

    if path == "torch.func":
        slopes = torch.func.grad(loss, (0, 1))(w.detach(), b.detach())
    else:
        f = torch.compile(loss, fullgraph=True, backend="aot_eager") if path == "compiled" else loss
        slopes = torch.autograd.grad(f(w, b), (w, b))
    assert slopes[0].flatten().tolist() == [-0.5, 0.5]
    assert slopes[1].tolist() == [-0.5, 0.5]


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_autocast_in_the_backward_pass_rounds_nothing(reduction):
    torch = extra("torch")
    inputs = leaves("float32")
    x, w, b = inputs
    loss = linear_cross_entropy(x, w, torch.tensor(LABELS), bias=b, reduction=reduction).sum()
    wanted = torch.autograd.grad(loss, inputs, retain_graph=True)
    with torch.autocast("cpu", torch.bfloat16):
        found = torch.autograd.grad(loss, inputs)
    for a, e in zip(found, wanted, strict=True):
        assert torch.equal(a, e)


def test_torch_autocast_leaves_logits_wide_where_targets_are_learned():
    torch = extra("torch")
    x, w, b = leaves("float32")
    soft = torch.tensor(SOFT, dtype=torch.float32).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(x, w, soft, bias=b, reduction="mean")
    exact = softmax_cross_entropy(X @ W.T + B, SOFT, reduction="mean")
    assert float(loss.detach()) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("learned", [False, True])
def test_torch_holds_no_logits_of_all_rows(reduction, learned):
    torch = extra("torch")
    from torch.utils._python_dispatch import TorchDispatchMode

    rows, classes, largest = 256, 64, []

    class Sizes(TorchDispatchMode):
        def __torch_dispatch__(self, f, _, args=(), kwargs=None):
            found = f(*args, **(kwargs or {}))
            if torch.is_tensor(found):
                largest.append((found.numel(), str(f)))
            return found

    x, w = (torch.randn(n, 4, requires_grad=True) for n in (rows, classes))
    t = torch.arange(rows) % classes
    if learned:
        t = torch.eye(classes)[t].requires_grad_()
    saved = []
    with (
        torch.autograd.graph.saved_tensors_hooks(lambda a: saved.append(a) or a, lambda a: a),
        Sizes(),
    ):
        loss = linear_cross_entropy(x, w, t, reduction=reduction, chunk_rows=16)
        kept = sum(a.numel() for a in saved)
        loss.sum().backward()
    # Soft targets are of that size themselves, and so is their gradient.
    assert kept < rows * classes * (1.5 if learned else 0.5)
    if not learned:
        assert max(largest)[0] <= rows * classes / 4, max(largest)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # PyTorch's own
def test_torch_weights_of_rows_have_a_forward_derivative():
    torch = extra("torch")
    from torch.autograd import forward_ad

    x, w, _ = (a.detach() for a in leaves())
    rows, t = torch.tensor(RNG.random(ROWS)), torch.tensor(LABELS)

    def slope(loss):
        with forward_ad.dual_level():
            return forward_ad.unpack_dual(loss(forward_ad.make_dual(rows, rows**2))).tangent

    options = {"reduction": "mean"}
    np.testing.assert_allclose(
        slope(lambda v: linear_cross_entropy(x, w, t, weights=v, **options)),
        slope(lambda v: softmax_cross_entropy(x @ w.T, t, weights=v, **options)),
        rtol=1e-12,
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torch_errors_name_the_row_among_all(reduction):
    torch = extra("torch")
    x, w, t = torch.ones(4, 1), torch.zeros(2, 1), torch.tensor([-100, -100, 0, 1])
    x[3] = torch.inf
    w[:] = -1.0  # so that the last row has no class left
    with pytest.raises(KullbackError, match=r"logits\[3\]"):
        linear_cross_entropy(x, w, t, reduction=reduction)


@pytest.mark.parametrize("what", ["targets", "class weights"])
def test_torch_tells_of_what_changes_before_the_backward_pass(what):
    torch = extra("torch")
    x, w, _ = leaves()
    soft, heft = torch.tensor(SOFT), torch.ones(CLASSES, dtype=torch.float64)
    loss = linear_cross_entropy(x, w, soft, class_weights=heft).sum()
    (soft if what == "targets" else heft).zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


# ---------------------------------------------------------------- gradients in JAX


def test_jax_gradients_and_jit_agree_with_the_logits():
    jax = extra("jax")
    with loaded(ALL[5]):
        x, w, b = arrays(ALL[5])
        t = ALL[5].array(LABELS)
        options = {"reduction": "mean", "label_smoothing": 0.1}

        def ours(x, w, b):
            return linear_cross_entropy(x, w, t, bias=b, chunk_rows=4, **options)

        def plain(x, w, b):
            return softmax_cross_entropy(x @ w.T + b, t, **options)

        wanted = jax.value_and_grad(plain, (0, 1, 2))(x, w, b)
        for function in (ours, jax.jit(ours)):
            found = jax.value_and_grad(function, (0, 1, 2))(x, w, b)
            for a, e in zip(*map(jax.tree.leaves, (found, wanted)), strict=True):
                np.testing.assert_allclose(a, e, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_jax_half_precision_adds_gradients_in_float32(dtype):
    """In bfloat16 a sum of 1000 halves would end at 128."""
    jax = extra("jax")
    x, w, b = (jax.numpy.asarray(a, dtype) for a in (np.ones((1000, 1)), np.zeros((2, 1)), [0, 0]))
    t = jax.numpy.zeros(1000, int)

    def loss(w, b):
        return linear_cross_entropy(x, w, t, bias=b, reduction="sum", chunk_rows=1)

    of_head, of_bias = jax.jit(jax.grad(loss, (0, 1)))(w, b)
    assert of_head.dtype == dtype
    assert of_head.ravel().tolist() == of_bias.tolist() == [-500.0, 500.0]


def test_jax_holds_no_logits_of_all_rows():
    jax = extra("jax")
    rows, classes = 1024, 4096
    shapes = [
        jax.ShapeDtypeStruct(shape, kind)
        for shape, kind in (((rows, 8), "float32"), ((classes, 8), "float32"), ((rows,), "int32"))
    ]

    def loss(x, w, t):
        return linear_cross_entropy(x, w, t, reduction="mean", chunk_rows=32)

    compiled = jax.jit(jax.grad(loss, (0, 1))).lower(*shapes).compile()
    used = compiled.memory_analysis().temp_size_in_bytes
    assert used < 4 * rows * classes / 4  # a quarter of what the logits take
