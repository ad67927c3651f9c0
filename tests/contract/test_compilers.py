"""jit, vmap and grad of JAX; compile, vmap and func of PyTorch: the same numbers as without."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from libraries import ALL, extra, loaded, numbers

import kullback as kb

P = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 1.0, 0.0, 0.0], [0.125, 0.375, 0.0, 0.5]])
Q = np.array([[0.25, 0.25, 0.375, 0.125], [0.0, 1.0, 0.0, 0.0], [0.125, 0.375, 0.5, 0.0]])
Z = np.array([[1.0, -2.0, 0.5, -math.inf], [0.0, 900.0, 0.0, 1.0], [0.5, 0.25, 3.0, 1.0]])
W = np.array([[1.5, -2.0, 0.25, 0.0], [0.0, 900.0, 0.0, 1.0], [0.5, 0.0, 3.0, -math.inf]])
Y = np.array([0, 1, 1])


def of_order(verb, order):
    """Return a verb with its order, under a name that tells both."""
    call = functools.partial(verb, order=order)
    call.__name__ = f"{verb.__name__}-{order:g}"
    return call


# name: (verb, arrays); each answers one value per row
CALLS = {
    **{
        f"{verb.__name__}-{kind.__name__}": (
            lambda p, q, verb=verb, kind=kind: verb(kind(p), kind(q)),
            arrays,
        )
        for verb in (
            kb.cross_entropy,
            kb.kl_divergence,
            kb.jeffreys_divergence,
            kb.jensen_shannon_divergence,
            kb.jensen_shannon_distance,
            kb.perplexity,
            kb.chi_squared_divergence,
            kb.bhattacharyya_distance,
            of_order(kb.renyi_divergence, 0.5),
            of_order(kb.renyi_divergence, 2),
        )
        for kind, arrays in ((kb.Probs, (P, Q)), (kb.Logits, (Z, W)))
    },
    "entropy": (kb.entropy, (P,)),
    "entropy-Logits": (lambda z: kb.entropy(kb.Logits(z)), (Z,)),
    "entropy-LogProbs": (lambda z: kb.entropy(kb.LogProbs(z)), (np.log(Q + 1e-300),)),
    "kl_divergence-LogProbs": (
        lambda p, q: kb.kl_divergence(kb.LogProbs(p), kb.LogProbs(q)),
        (np.log(P + 1e-300), np.log(Q + 1e-300)),
    ),
    "total_variation_distance": (kb.total_variation_distance, (P, Q)),
    "hellinger_distance": (kb.hellinger_distance, (P, Q)),
    "renyi_divergence-inf": (of_order(kb.renyi_divergence, math.inf), (P, Q)),
    "renyi_entropy": (of_order(kb.renyi_entropy, 0.5), (P,)),
    "renyi_entropy-Logits": (lambda z: kb.renyi_entropy(kb.Logits(z), order=2), (Z,)),
    "tsallis_entropy": (of_order(kb.tsallis_entropy, 2), (P,)),
    "f_divergence": (
        lambda p, q: kb.f_divergence(p, q, lambda t: abs(t - 1) ** 3, slope_at_infinity=math.inf),
        (P, Q),
    ),
    "pinsker_bound": (lambda p: kb.pinsker_bound(p[..., 1]), (P,)),
    "bretagnolle_huber_bound": (lambda p: kb.bretagnolle_huber_bound(p[..., 1]), (P,)),
    "perplexity": (kb.perplexity, (P,)),
    "self_information": (lambda p: kb.self_information(p, unit="bits")[..., 1], (P,)),
    "loss": (lambda y, z: kb.cross_entropy(kb.Labels(y, 4), kb.Logits(z)), (Y, Z)),
    "loss-Probs": (lambda y, q: kb.cross_entropy(kb.Labels(y, 4), q), (Y, Q)),
    "entropy-Labels": (lambda y: kb.entropy(kb.Labels(y, 4)), (Y,)),
    "mixed": (lambda p, z: kb.kl_divergence(p, kb.Logits(z)), (P, W)),
    "log_likelihood": (kb.log_likelihood, (Y, P)),
    "log_likelihood_ratio": (kb.log_likelihood_ratio, (Y, P, Q)),
    "bits": (functools.partial(kb.kl_divergence, unit="bits"), (P, Q)),
}
EVERY_CALL = pytest.mark.parametrize("name", CALLS)


def agree(actual, wanted, rtol):
    """The same up to the order of sums and fused steps: some ulp, and never -0.0."""
    actual, wanted = numbers(actual), numbers(wanted)
    np.testing.assert_allclose(actual, wanted, rtol=rtol, atol=rtol)
    assert not np.any(np.signbit(actual) & (actual == 0)), f"-0.0 in {actual}"


def make(library, arrays, dtype):
    return [library.array(a, None if a is Y else dtype) for a in arrays]


@pytest.fixture(params=["jax", "jax x64"], ids=["float32", "float64"])
def jax(request):
    """JAX with a function that makes its arrays, without and with 64-bit floats."""
    with loaded(next(x for x in ALL if x.name == request.param)) as library:
        module = extra("jax")
        dtype = library.widest
        yield (
            module,
            functools.partial(make, library, dtype=dtype),
            4e-6 if dtype == "float32" else 1e-14,
        )


@EVERY_CALL
def test_jax_jit(jax, name):
    module, arrays, rtol = jax
    verb, given = CALLS[name]
    compiled = module.jit(verb)(*arrays(given))
    plain = verb(*arrays(given))
    assert compiled.dtype == plain.dtype
    agree(compiled, plain, rtol)


@EVERY_CALL
def test_jax_vmap(jax, name):
    module, arrays, rtol = jax
    verb, given = CALLS[name]
    agree(module.vmap(verb)(*arrays(given)), verb(*arrays(given)), rtol)
    agree(module.jit(module.vmap(verb))(*arrays(given)), verb(*arrays(given)), rtol)


@EVERY_CALL
def test_jax_grad(jax, name):
    """Gradients are finite, and the same with jit, with vmap and without."""
    module, arrays, rtol = jax
    verb, given = CALLS[name]
    floats = tuple(i for i, a in enumerate(given) if a is not Y)
    if not floats:
        assert name == "entropy-Labels"
        return

    def total(*x):
        value = verb(*x)
        return module.numpy.where(value == math.inf, 0.0, value).sum()

    plain = module.grad(total, floats)(*arrays(given))
    assert all(np.all(np.isfinite(g)) for g in plain)
    for other in (
        module.jit(module.grad(total, floats)),
        module.vmap(module.grad(total, floats)),
    ):
        for a, b in zip(other(*arrays(given)), plain, strict=True):
            # With Q = 1e-300 the slopes reach 700; they and their cancellation carry ulps.
            np.testing.assert_allclose(a, b, rtol=10 * rtol, atol=10 * rtol)


def test_jax_constants_inside_jit(jax):
    """A teacher, labels or data that a compiled loss closes over are no arguments of it."""
    module, arrays, rtol = jax
    p, q, z = arrays((P, Q, W))
    labels, counts = module.numpy.asarray(Y), module.numpy.asarray([2, 0, 3, 1])
    losses = [
        lambda z: kb.kl_divergence(p, kb.Logits(z)),
        lambda z: kb.kl_divergence(kb.Logits(q), kb.Logits(z)),
        lambda z: kb.cross_entropy(kb.Labels(labels, 4), kb.Logits(z)),
        lambda z: kb.log_likelihood(labels, kb.Logits(z)),
        lambda z: kb.cross_entropy(kb.Samples(labels), kb.Logits(z[0])).value,
        lambda z: kb.cross_entropy(kb.Counts(counts), kb.Logits(z[0])).value,
        lambda z: z[0, 0] + kb.entropy(kb.Joint(p / 3, ["x", "y"]), "y", given="x"),
    ]
    for loss in losses:
        agree(module.jit(loss)(z), loss(z), rtol)


def test_jax_forward_and_second_derivatives(jax):
    module, _, rtol = jax
    z = module.numpy.asarray([1.0, -2.0, 0.5])
    p = np.exp(np.array([1.0, -2.0, 0.5]))
    p /= p.sum()
    fisher = np.diag(p) - np.outer(p, p)
    hessian = module.jit(module.hessian(lambda b: kb.kl_divergence(kb.Logits(z), kb.Logits(b))))(z)
    np.testing.assert_allclose(hessian, fisher, atol=10 * rtol)
    forward = module.jit(module.jacfwd(lambda b: kb.entropy(kb.Logits(b))))(z)
    np.testing.assert_allclose(
        forward, module.grad(lambda b: kb.entropy(kb.Logits(b)))(z), atol=rtol
    )


@pytest.fixture
def torch():
    """PyTorch with its compiler's caches emptied before and after."""
    module = extra("torch")
    module._dynamo.reset()
    yield module
    module._dynamo.reset()


def tensors(torch, arrays, dtype):
    """Return arrays as tensors; those of floats ask for a gradient."""
    return [
        torch.tensor(a) if a is Y else torch.tensor(a, dtype=dtype, requires_grad=True)
        for a in arrays
    ]


def compare_compiled(torch, name, backend, dtype):
    """Run a verb and its gradient compiled in one piece, and as it is; both must agree."""
    verb, given = CALLS[name]
    compiled, plain = (
        torch.compile(verb, fullgraph=True, backend=backend),
        verb,
    )
    results = []
    for f in (compiled, plain):
        x = tensors(torch, given, dtype)
        value = f(*x)
        if value.requires_grad:
            torch.where(torch.isfinite(value), value, 0.0).sum().backward()
        results.append((value, [a.grad for a in x if a.grad is not None]))
    (fast, fast_grads), (slow, slow_grads) = results
    assert fast.dtype == slow.dtype
    # Fused kernels contract a x b + c and sum in another order: a few ulp of the result's type.
    rtol = 1e-13 if dtype == torch.float64 else 2e-6
    agree(fast, slow, rtol)
    assert len(fast_grads) == len(slow_grads)
    for a, b in zip(fast_grads, slow_grads, strict=True):
        assert torch.all(torch.isfinite(a))
        np.testing.assert_allclose(a, b, rtol=10 * rtol, atol=10 * rtol)


@EVERY_CALL
def test_torch_compile(torch, name):
    compare_compiled(torch, name, "aot_eager", torch.float64)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method:DeprecationWarning")  # its own
@pytest.mark.parametrize("name", ["loss", "kl_divergence-Logits"])
def test_torch_compile_to_machine_code(torch, name):
    compare_compiled(torch, name, "inductor", torch.float32)


@EVERY_CALL
def test_torch_vmap(torch, name):
    verb, given = CALLS[name]
    x = [a.detach() for a in tensors(torch, given, torch.float64)]
    agree(torch.func.vmap(verb)(*x), verb(*x), 1e-14)
    floats = tuple(i for i, a in enumerate(given) if a is not Y)
    if floats:

        def finite(*x):
            value = verb(*x)
            return torch.where(torch.isfinite(value), value, 0.0).sum()

        by_row = torch.func.vmap(torch.func.grad(finite, floats))(*x)
        at_once = torch.func.grad(finite, floats)(*x)
        for a, b in zip(by_row, at_once, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


# ---------------------------------------------------------------- -0.0

ZEROS = {
    "entropy": kb.entropy,
    "entropy-Logits": lambda one: kb.entropy(kb.Logits(1000.0 * one)),
    "kl": lambda one: kb.kl_divergence(one, one),
    "kl-Logits": lambda one: kb.kl_divergence(kb.Logits(one), kb.Logits(one)),
    "js": lambda one: kb.jensen_shannon_divergence(one, one),
    "distance": lambda one: kb.jensen_shannon_distance(one, one),
    "total_variation": lambda one: kb.total_variation_distance(one, one),
    "hellinger": lambda one: kb.hellinger_distance(one, one),
    "chi_squared": lambda one: kb.chi_squared_divergence(one, one),
    "bhattacharyya": lambda one: kb.bhattacharyya_distance(one, one),
    "renyi-0.5": lambda one: kb.renyi_divergence(one, one, order=0.5),
    "renyi-2": lambda one: kb.renyi_divergence(kb.Logits(one), kb.Logits(one), order=2),
    "renyi_entropy-0.5": lambda one: kb.renyi_entropy(one, order=0.5),
    "renyi_entropy-2": lambda one: kb.renyi_entropy(one, order=2),
    "tsallis-2": lambda one: kb.tsallis_entropy(one, order=2),
    "tsallis-0.5": lambda one: kb.tsallis_entropy(one, order=0.5),
    "jeffreys": lambda one: kb.jeffreys_divergence(one, one),
    "cross_entropy": lambda one: kb.cross_entropy(one, one),
    "self_information": lambda one: kb.self_information(one)[1],
    "loss": lambda one: kb.cross_entropy(kb.Labels(one.argmax(), 3), kb.Logits(1000.0 * one)),
    "loss-Probs": lambda one: kb.cross_entropy(kb.Labels(one.argmax(), 3), one),
    "log_likelihood": lambda one: kb.log_likelihood(one.argmax(), one),
    "ratio": lambda one: kb.log_likelihood_ratio(one.argmax(), one, one),
    "bits": lambda one: kb.entropy(one, unit="bits"),
    "event": lambda one: kb.self_information(one.max(), unit="bits"),
}
ONE = np.array([0.0, 1.0, 0.0])


def is_plain_zero(x):
    assert numbers(x) == 0.0
    assert not np.signbit(numbers(x))


@pytest.mark.parametrize("name", ZEROS)
def test_zero_is_never_minus_zero_in_numpy(name):
    is_plain_zero(ZEROS[name](ONE))
    is_plain_zero(ZEROS[name](ONE.astype(np.float32)))


@pytest.mark.parametrize("name", ZEROS)
def test_zero_is_never_minus_zero_in_jax(jax, name):
    module, arrays, _ = jax
    (one,) = arrays((ONE,))
    is_plain_zero(ZEROS[name](one))
    is_plain_zero(module.jit(ZEROS[name])(one))
    is_plain_zero(module.vmap(ZEROS[name])(one[None])[0])


@pytest.mark.parametrize("name", ZEROS)
def test_zero_is_never_minus_zero_in_torch(torch, name):
    is_plain_zero(ZEROS[name](torch.tensor(ONE)))
    compiled = torch.compile(ZEROS[name], fullgraph=True, backend="aot_eager")
    is_plain_zero(compiled(torch.tensor(ONE)))


def test_minus_zero_given_is_no_minus_zero_back():
    p = np.array([-0.0, 1.0])
    for f in (kb.entropy, kb.self_information):
        assert not np.any(np.signbit(f(p)) & (f(p) == 0))
    for f in (kb.kl_divergence, kb.cross_entropy, kb.jensen_shannon_divergence):
        is_plain_zero(f(p, p))
        is_plain_zero(f(p, [0.0, 1.0]))
