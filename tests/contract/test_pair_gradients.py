"""Gradients of measures of pairs of families, against differences of their values.

The program benchmarks/pair_gradients.py asks every pair; here are a few of each kind.
"""

from __future__ import annotations

import itertools
import math
from itertools import pairwise

import numpy as np
import pytest
from libraries import extra
from pair_gradients import LAWS, MEASURES, outcomes

import kullback as kb
from kullback import families as f

STANDARD = f.Normal(mean=0.0, std=1.0)
PAIRS = {  # closed forms, sums and integrals, of small and of large divergence
    "closed, large": (f.Exponential(rate=1.0), f.Normal(mean=1.5, std=1.0)),
    "closed, small": (f.Laplace(location=0.1, scale=0.7), STANDARD),
    "closed, gamma": (f.InverseGamma(shape=3.0, scale=2.0), f.Gamma(shape=0.3, rate=2.0)),
    "closed, beta": (f.Beta(alpha=2.0, beta=3.0), f.LogNormal(log_mean=0.0, log_std=1.0)),
    "closed, integers": (f.Poisson(rate=20.0), f.Geometric(probability=0.3)),
    "beside an end": (f.Beta(alpha=0.5, beta=0.25), f.Cauchy(location=0.0, scale=1.0)),
    "what q alone allows": (
        f.HalfNormal(scale=1.0),
        f.SkewNormal(location=0.0, scale=1.0, shape=4.0),
    ),
    "far below": (
        f.StudentT(degrees=3.0, location=0.0, scale=1.0),
        f.SkewNormal(location=0.0, scale=1.0, shape=4.0),
    ),
    "no float left": (
        f.Gumbel(location=0.0, scale=1.0),
        f.StudentT(degrees=3.0, location=0.0, scale=1.0),
    ),
}


def directional(measure, arrays, single=False):
    """Return slope by torch and by differences along one direction of all parameters."""
    torch = extra("torch")
    rng = np.random.default_rng(0)
    steps = [rng.uniform(0.5, 1.0, np.shape(x)) * (np.abs(x) + 0.1) for x in arrays]
    dtype = torch.float32 if single else torch.float64
    given = [torch.tensor(x, dtype=dtype, requires_grad=True) for x in arrays]
    measure(*given).sum().backward()
    found = sum(
        float((x.grad.double().numpy() * s).sum()) for x, s in zip(given, steps, strict=True)
    )

    def at(t):
        return float(
            np.sum(measure(*(np.asarray(x + t * s) for x, s in zip(arrays, steps, strict=True))))
        )

    h = 1e-3
    # Off by h^4 of the fifth derivative, and by rounding over h.
    return found, (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h)


def of_pair(p, q, measure=kb.kl_divergence):
    """Return a measure as a function of all parameters, and these."""
    counts = [len(law.arrays) for law in (p, q)]

    def run(*arrays):
        left = iter(arrays)
        return measure(*(law.map(lambda _: next(left)) for law in (p, q)))

    assert sum(counts) == len([*p.arrays, *q.arrays])
    return run, [np.asarray(x, dtype=np.float64) for x in (*p.arrays, *q.arrays)]


@pytest.mark.parametrize("name", PAIRS)
def test_every_parameter_has_its_slope(name):
    run, at = of_pair(*PAIRS[name])
    found, truth = directional(run, at)
    assert found == pytest.approx(truth, rel=1e-6, abs=1e-6)
    found, _ = directional(run, at, single=True)
    assert found == pytest.approx(truth, rel=1e-4, abs=1e-4)
    both = [np.stack([x, x]) for x in at]
    found, _ = directional(run, both)
    assert math.isfinite(found)


def test_batches_of_small_and_large_divergences():
    torch = extra("torch")
    location = torch.tensor([0.5, 7.0], dtype=torch.float64, requires_grad=True)
    q = f.Normal(mean=location, std=torch.tensor([1.5, 0.5], dtype=torch.float64))
    kb.kl_divergence(f.Laplace(location=[1.0, 1.0], scale=[2.0, 2.0]), q).sum().backward()
    # (m - mu)/sigma^2
    np.testing.assert_allclose(location.grad, [-0.5 / 2.25, 24.0], rtol=1e-9)


def test_jax_too():
    jax = extra("jax")
    enable = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64

    def measure(m):
        return kb.kl_divergence(f.Exponential(rate=1.0), f.Normal(mean=m, std=1.0))

    for x64, precision in ((True, 1e-12), (False, 1e-5)):
        with enable(x64):
            assert float(jax.grad(measure)(1.5)) == pytest.approx(0.5, rel=precision)
            value, slope = jax.jit(jax.value_and_grad(measure))(1.5)
            assert float(value) == pytest.approx(float(measure(1.5)), rel=precision)
            assert float(slope) == pytest.approx(0.5, rel=precision)


def test_a_divergence_inside_jit_is_not_negative_and_nan_where_digits_are_lost():
    jax = extra("jax")

    def measure(mean):
        return kb.kl_divergence(
            f.Beta(alpha=1.0 + 0.0 * mean, beta=1.0), f.LogNormal(log_mean=mean, log_std=1.0)
        )

    assert float(jax.jit(measure)(-1.0)) >= 0.0
    far = jax.jit(
        lambda m: kb.kl_divergence(f.Laplace(location=m, scale=1e-3), f.Normal(mean=m, std=1e-3))
    )
    assert math.isnan(float(far(1e4)))


def test_what_is_called_a_closed_form_answers_inside_jit():
    jax = extra("jax")
    laws = [several[0] for several in LAWS.values()][::3]
    asked = 0
    for p in laws:
        for q in laws:
            if kb.method_for(kb.kl_divergence, p, q).method != "closed form":
                continue
            run, at = of_pair(p, q)
            jax.eval_shape(run, *at)
            asked += 1
    assert asked > 8


def test_the_program_finds_nothing_wrong():
    extra("torch")
    found = list(outcomes(["hellinger_distance"], ["torch"], 0.002, 5))
    bad = [row for row in found if row.verdict not in ("right", "refused", "unknown")]
    assert len(found) >= 4
    assert not bad


# ---------------------------------------------------------------- places that move

MOVED = {
    "an end within a mixture": lambda a: kb.entropy(
        f.Mixture(components=[STANDARD, f.Uniform(low=-0.5, high=a)], weights=[0.4, 0.6])
    ),
    "an end of q within p": lambda a: kb.kl_divergence(
        STANDARD,
        f.Mixture(components=[STANDARD, f.Uniform(low=a - 1.0, high=a)], weights=[0.4, 0.6]),
    ),
    "two ends that overlap": lambda a: kb.jensen_shannon_divergence(
        f.Uniform(low=0.0, high=a), f.Uniform(low=1.0, high=2.0)
    ),
    "a location": lambda a: kb.cross_entropy(
        f.Affine(f.Exponential(rate=1.0), location=a), f.Cauchy(location=0.0, scale=1.0)
    ),
    "a bound": lambda a: kb.entropy(f.Truncated(f.Gamma(shape=2.0, rate=a), low=a)),
    "an end between bounds": lambda a: kb.entropy(
        f.Truncated(
            f.Mixture(components=[STANDARD, f.Uniform(low=-0.5, high=a)], weights=[0.4, 0.6]),
            low=-1.0,
        )
    ),
    "a singular end between bounds": lambda a: kb.kl_divergence(
        f.Truncated(f.Beta(alpha=0.5, beta=a / 4.0), low=0.3), STANDARD
    ),
    "a kink": lambda a: kb.cross_entropy(STANDARD, f.Laplace(location=a, scale=1.0)),
}


@pytest.mark.parametrize("name", MOVED)
def test_two_derivatives_follow_what_moves(name):
    torch = extra("torch")
    a = torch.tensor(1.4, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(MOVED[name](a), a, create_graph=True)
    (second,) = torch.autograd.grad(first, a)
    h = 2e-3
    v = [float(MOVED[name](np.float64(1.4 + k * h))) for k in (-2, -1, 0, 1, 2)]
    slope = (v[0] - 8 * v[1] + 8 * v[3] - v[4]) / (12 * h)
    curve = (-v[0] + 16 * v[1] - 30 * v[2] + 16 * v[3] - v[4]) / (12 * h * h)
    assert first.item() == pytest.approx(slope, rel=1e-6, abs=1e-6)
    assert second.item() == pytest.approx(curve, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize(
    "measure",
    [kb.total_variation_distance, lambda p, q: kb.renyi_divergence(p, q, order=math.inf)],
)
def test_a_second_derivative_that_is_not_known_is_refused(library, measure):
    module = extra(library)
    grad = module.func.grad if library == "torch" else module.grad
    asarray = module.tensor if library == "torch" else module.numpy.asarray

    def run(a):
        return measure(f.Normal(mean=a, std=1.0), f.Logistic(location=0.5, scale=1.0))

    assert math.isfinite(float(grad(run)(asarray(1.4))))
    with pytest.raises(kb.KullbackError, match="again"):
        grad(grad(run))(asarray(1.4))
    if library == "torch":
        a = asarray(1.4, dtype=module.float64, requires_grad=True)
        (first,) = module.autograd.grad(run(a), a, create_graph=True)
        with pytest.raises(kb.KullbackError, match="again"):
            module.autograd.grad(first, a)


def test_densities_of_scipy_follow_ends_that_move():
    torch = extra("torch")
    from scipy import stats

    def measure(a):
        return kb.kl_divergence(stats.exponnorm(1.5), f.Laplace(location=a, scale=1.0))

    a = torch.tensor(1.4, dtype=torch.float64, requires_grad=True)
    measure(a).backward()
    h = 1e-3
    v = [float(measure(1.4 + k * h)) for k in (-2, -1, 1, 2)]
    truth = (v[0] - 8 * v[1] + 8 * v[2] - v[3]) / (12 * h)
    assert a.grad.item() == pytest.approx(truth, rel=1e-6, abs=1e-6)


# ---------------------------------------------------------------- ends at one place

SHIFTED = {
    "jump": lambda a: f.GeneralizedPareto(shape=0.3, scale=1.0, location=a),
    "vanishing": lambda a: f.Affine(f.InverseGaussian(mean=3.0, shape=0.5), location=a),
    "power": lambda a: f.Affine(f.Gamma(shape=3.0, rate=1.0), location=a),
    "bounded": lambda a: f.Truncated(STANDARD, low=a),
    "uniform": lambda a: f.Uniform(low=a, high=2.0),
}
MEETING = {
    "js": kb.jensen_shannon_divergence,
    "tv": kb.total_variation_distance,
    "hellinger": kb.hellinger_distance,
    "half": lambda p, q: kb.renyi_divergence(p, q, order=0.5),
}


def gradient_of(run, at):
    """Return the gradient of a function of a number in PyTorch."""
    torch = extra("torch")
    a = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(run(a), a)
    return slope.item()


def slope_to(run, at, step):
    """Return the derivative to one side, without the first power of the step."""
    value = float(run(at))
    one, two = ((float(run(at + t)) - value) / t for t in (step, 2.0 * step))
    return 2.0 * one - two


@pytest.mark.parametrize("measure", MEETING)
@pytest.mark.parametrize(
    ("still", "moving"),
    [("jump", "vanishing"), ("vanishing", "jump"), ("uniform", "power"), ("power", "bounded")],
)
def test_one_of_two_supports_that_end_at_one_place_moves(measure, still, moving):
    def run(a):
        return MEETING[measure](SHIFTED[still](0.0), SHIFTED[moving](a))

    found = gradient_of(run, 0.0)
    for step in (-(2.0**-9), 2.0**-9):
        assert found == pytest.approx(slope_to(run, 0.0, step), abs=1e-3)


@pytest.mark.parametrize("measure", MEETING)
def test_two_densities_that_jump_at_one_place_have_two_derivatives(measure):
    with pytest.raises(kb.KullbackError, match="gradient"):
        gradient_of(lambda a: MEETING[measure](SHIFTED["jump"](0.0), SHIFTED["bounded"](a)), 0.0)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("p", "q"), [("vanishing", "jump"), ("power", "power")])
def test_a_divergence_that_is_infinite_to_one_side_has_the_derivative_to_the_other(p, q, side):
    def run(a):
        ends = (0.0, a) if side else (a, 0.0)
        return kb.kl_divergence(SHIFTED[p](ends[0]), SHIFTED[q](ends[1]))

    truth = slope_to(run, 0.0, -(2.0**-12) if side else 2.0**-12)
    assert gradient_of(run, 0.0) == pytest.approx(truth, abs=1e-3)


def test_two_intervals_that_end_at_one_place():
    def run(a):
        return kb.kl_divergence(f.Uniform(low=0.0, high=1.0), f.Uniform(low=a, high=2.0))

    assert gradient_of(run, 0.0) == pytest.approx(-0.5)


def test_two_images_by_one_map_of_which_one_moves():
    def run(a):
        return kb.kl_divergence(
            f.Affine(f.Gumbel(location=0.0, scale=1.0), location=a),
            f.Affine(f.SkewNormal(location=0.0, scale=1.0, shape=2.0), location=0.5),
        )

    assert gradient_of(run, 0.5) == pytest.approx(slope_to(run, 0.5, 1e-4), abs=1e-5)


# ---------------------------------------------------------------- outcomes that are certain

TRIALS = {
    "bernoulli": lambda x: f.Bernoulli(probability=x),
    "binomial": lambda x: f.Binomial(trials=3.0, probability=x),
    "geometric": lambda x: f.Geometric(probability=x),
    "negative binomial": lambda x: f.NegativeBinomial(successes=2.5, probability=x),
}
CERTAIN = {
    "entropy": lambda p, q: kb.entropy(p),  # noqa: ARG005
    "cross_entropy": kb.cross_entropy,
    "kl": kb.kl_divergence,
    "order 0.5": lambda p, q: kb.renyi_divergence(p, q, order=0.5),
    "order 2": lambda p, q: kb.renyi_divergence(p, q, order=2.0),
    "entropy of order 2": lambda p, q: kb.renyi_entropy(p, order=2.0),  # noqa: ARG005
    "js": kb.jensen_shannon_divergence,
    "tv": kb.total_variation_distance,
    "hellinger": kb.hellinger_distance,
}


def certain_cases(family):
    """Yield functions of one probability beside another, and where it is certain."""
    made = TRIALS[family]
    ends = (0.0, 1.0) if family.startswith("b") else (1.0,)
    for (name, measure), end, side in itertools.product(CERTAIN.items(), ends, (0, 1)):
        if side and name.startswith("entropy"):
            continue
        for other in (0.3, end):

            def run(x, other=other, side=side, measure=measure):
                laws = made(x), made(0.0 * x + other)
                return measure(*(laws[::-1] if side else laws))

            if math.isfinite(float(run(np.float64(end)))):
                yield f"{name} {end} {side} {other}", run, np.float64(end)


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize("family", TRIALS)
def test_certain_outcomes_have_the_one_sided_derivative_where_it_is_finite(library, family):
    module = extra(library)
    grad = module.func.grad if library == "torch" else module.grad
    asarray = module.tensor if library == "torch" else module.numpy.asarray
    asked = 0
    every = 1 if library == "torch" else 4  # which is slow without being compiled
    for name, run, end in itertools.islice(certain_cases(family), 0, None, every):
        step = -1.0 if end else 1.0
        near, far = (slope_to(run, end, step * h) for h in (2.0**-17, 2.0**-11))
        finite = math.isfinite(far) and abs(near - far) < 0.02 * max(1.0, abs(far))
        found = float(grad(run)(asarray(float(end))))
        assert found == pytest.approx(far if finite else 0.0, rel=1e-3, abs=1e-3), name
        asked += 1
    assert asked > (12 if library == "torch" else 2)


# ---------------------------------------------------------------- weights that are 0

WIDE = f.StudentT(degrees=3.0, location=0.3, scale=1.0)
NARROW = f.Normal(mean=-1.0, std=0.5)
UNUSED = f.Normal(mean=0.5, std=0.7)
OTHER = f.Logistic(location=0.0, scale=1.2)


def mixed(weights):
    """Return a mixture whose last component may have weight 0."""
    return f.Mixture(components=[WIDE, NARROW, UNUSED], weights=weights)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(
    "name",
    [
        "entropy",
        "renyi_entropy",
        "cross_entropy",
        "kl_divergence",
        "renyi_half",
        "jensen_shannon_divergence",
        "hellinger_distance",
        "f_divergence",
    ],
)
def test_weights_of_0_have_the_one_sided_derivative(name, side):
    torch = extra("torch")
    operands, measure = MEASURES[name]
    if operands == 1 and side:
        pytest.skip("of one law")

    def run(p):
        pair = ((p,), (p, OTHER), (OTHER, p))[operands - 1 + side]
        return measure(*pair)

    def at(t):
        return float(run(mixed(np.array([0.6 - t, 0.4, t]))))

    weights = torch.tensor([0.6, 0.4, 0.0], dtype=torch.float64, requires_grad=True)
    run(mixed(weights)).backward()
    h = [2.0**-8 * 2.0**-k for k in range(4)]
    slopes = [(at(t) - at(0.0)) / t for t in h]
    for j in range(1, 4):  # each round takes away one power of the step
        slopes = [(2**j * b - a) / (2**j - 1) for a, b in pairwise(slopes)]
    found = float(weights.grad[2] - weights.grad[0])
    assert found == pytest.approx(slopes[0], rel=1e-6, abs=1e-6)


def weight_slopes(measure, components):
    """Return the gradient by the weights 1 and 0 of two components."""
    torch = extra("torch")
    weights = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    value = measure(f.Mixture(components=components, weights=weights))
    (value + 0.0 * weights.sum()).backward()
    return weights.grad.numpy()


def test_weights_of_0_of_what_falls_elsewhere():
    far = f.Normal(mean=20.0, std=1.0)
    slopes = weight_slopes(kb.entropy, [STANDARD, far])
    assert slopes[1] - slopes[0] == pytest.approx(200.0, rel=1e-9)  # 20^2/2
    parts = [f.Uniform(low=0.0, high=1.0), f.Uniform(low=5.0, high=6.0)]
    slopes = weight_slopes(lambda p: kb.cross_entropy(p, STANDARD), parts)
    assert slopes[1] - slopes[0] == pytest.approx(15.0, rel=1e-9)  # (91/3 - 1/3)/2
    slopes = weight_slopes(lambda p: kb.total_variation_distance(p, STANDARD), parts)
    assert slopes[1] - slopes[0] == pytest.approx(-1.0, abs=1e-9)  # below q, and above
    # Far out, where p is nothing beside q, a unit of p takes away half of it.
    narrow, heavy = f.Normal(mean=0.0, std=0.1), f.Cauchy(location=0.0, scale=1.0)
    slopes = weight_slopes(lambda p: kb.total_variation_distance(p, heavy), [narrow, far])
    assert slopes[1] == pytest.approx(-0.5, abs=1e-9)


@pytest.mark.parametrize(
    ("measure", "components"),
    [
        (kb.entropy, [STANDARD, f.Cauchy(location=0.0, scale=1.0)]),
        (kb.entropy, [f.Uniform(low=0.0, high=1.0), f.Uniform(low=5.0, high=6.0)]),
        (
            lambda q: kb.kl_divergence(STANDARD, q),
            [f.Normal(mean=0.0, std=0.5), f.Normal(mean=0.0, std=2.0)],
        ),
        (
            lambda q: kb.kl_divergence(f.Poisson(rate=3.0), q),
            [f.Poisson(rate=2.0), f.Geometric(probability=0.3)],
        ),
    ],
)
def test_an_infinite_derivative_counts_as_outside_the_support(measure, components):
    assert weight_slopes(measure, components)[1] == 0.0


def test_weights_of_0_within_other_laws_and_of_likelihoods():
    torch = extra("torch")
    parts = [STANDARD, f.Normal(mean=2.0, std=1.0)]
    scaled = weight_slopes(lambda p: kb.entropy(f.Affine(p, scale=2.0)), parts)
    assert scaled[1] - scaled[0] == pytest.approx(2.0, rel=1e-9)
    x = torch.tensor(0.5, dtype=torch.float64)
    found = weight_slopes(lambda p: p.log_prob(x), parts)
    assert found[1] == pytest.approx(math.exp(-1.0), rel=1e-12)
    with pytest.raises(kb.KullbackError, match="gradient"):
        weight_slopes(lambda p: kb.entropy(f.Truncated(p, low=0.0)), parts)


def test_a_function_without_a_derivative_is_refused_only_where_one_is_asked_for():
    torch = extra("torch")
    from kullback._kernels.special import special

    x = torch.tensor(0.5, dtype=torch.float64)
    assert float(special("exp1", x)) == pytest.approx(0.5597735947761608)
    with pytest.raises(kb.KullbackError, match="no derivative"):
        special("exp1", x.requires_grad_())
