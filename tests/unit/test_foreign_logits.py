"""Distributions of PyTorch and NumPyro that are given by logits keep every digit of them."""

import math

import numpy as np
import pytest

import kullback as kb

# Of a fair trial from one of log-odds 30: value, and gradient with respect to the first's log-odds.
FAR = {"Bernoulli": (14.306853, -7.5), "Geometric": (28.613706, -29.306853)}
FAR |= {"Binomial": (143.06853, -75.0), "NegativeBinomial": (85.841117, -2.0794415)}
LOG_2PI = math.log(2 * math.pi)


def torch_trials():
    D = pytest.importorskip("torch").distributions
    return {
        "Bernoulli": lambda z: D.Bernoulli(logits=z),
        "Geometric": lambda z: D.Geometric(logits=z),
        "Binomial": lambda z: D.Binomial(10, logits=z),
        "NegativeBinomial": lambda z: D.NegativeBinomial(3.0, logits=z),
    }


@pytest.mark.parametrize("name", FAR)
def test_torch_trials(name):
    torch = pytest.importorskip("torch")
    make = torch_trials()[name]
    z = torch.tensor(0.0, requires_grad=True)
    value = kb.kl_divergence(make(z), make(torch.tensor(30.0)))
    value.backward()
    assert value.dtype == torch.float32
    assert (float(value.detach()), float(z.grad)) == pytest.approx(FAR[name], rel=3e-7)


@pytest.mark.parametrize("name", FAR)
def test_numpyro_trials(name):
    numpyro = pytest.importorskip("numpyro.distributions")
    jax = pytest.importorskip("jax")
    make = {
        "Bernoulli": numpyro.BernoulliLogits,
        "Geometric": numpyro.GeometricLogits,
        "Binomial": lambda z: numpyro.BinomialLogits(z, 10),
        "NegativeBinomial": lambda z: numpyro.NegativeBinomialLogits(3.0, z),
    }[name]

    def away(z):
        return kb.kl_divergence(make(z), make(jax.numpy.float32(30.0)))

    found = jax.value_and_grad(away)(jax.numpy.float32(0.0))
    np.testing.assert_allclose(found, FAR[name], rtol=3e-7)


@pytest.mark.parametrize("unchecked", [False, True])
def test_entropy_of_nearly_certain_trials(unchecked):
    torch = pytest.importorskip("torch")
    options = {"validate_args": False} if unchecked else {}
    p = torch.distributions.Bernoulli(logits=torch.tensor([12.0, -12.0, 120.0]), **options)
    expected = [7.98742887e-05, 7.98742887e-05, 0.0]  # the last is below single precision
    np.testing.assert_allclose(kb.entropy(p), expected, rtol=1e-6, atol=1e-45)


def test_mixtures_keep_an_unlikely_component():
    torch = pytest.importorskip("torch")
    D = torch.distributions
    scores = torch.tensor([0.0, -120.0], requires_grad=True)
    parts = D.Normal(torch.tensor([0.0, 50.0]), torch.ones(2))
    p = D.MixtureSameFamily(D.Categorical(logits=scores), parts)
    value = kb.log_likelihood(torch.tensor(50.0), p)
    value.backward()
    assert float(value.detach()) == pytest.approx(-120.0 - 0.5 * LOG_2PI, rel=1e-7)
    np.testing.assert_allclose(scores.grad, [-1.0, 1.0], rtol=1e-6)
    numpyro = pytest.importorskip("numpyro.distributions")
    which = numpyro.CategoricalLogits(np.array([0.0, -120.0]))
    q = numpyro.MixtureSameFamily(which, numpyro.Normal(np.array([0.0, 50.0]), np.ones(2)))
    assert kb.log_likelihood(50.0, q) == pytest.approx(-120.0 - 0.5 * LOG_2PI, rel=1e-7)


def test_categorical_scores():
    torch = pytest.importorskip("torch")
    D = torch.distributions
    for kind in (D.Categorical, D.OneHotCategorical):
        p = kind(logits=torch.tensor([0.0, 0.0]))
        q = kind(logits=torch.tensor([0.0, -120.0]))
        assert float(kb.kl_divergence(p, q)) == pytest.approx(60.0 - math.log(2.0), rel=1e-7)
        sure, even = kind(torch.tensor([1.0, 0.0, 0.0])), kind(torch.tensor([0.5, 0.5, 0.0]))
        assert float(kb.kl_divergence(even, sure)) == math.inf
        assert float(kb.kl_divergence(sure, even)) == pytest.approx(math.log(2.0))


def test_small_probabilities_of_what_is_counted():
    torch = pytest.importorskip("torch")
    D = torch.distributions
    p, q = (D.NegativeBinomial(3.0, probs=torch.tensor(x)) for x in (1e-9, 2e-9))
    assert float(kb.kl_divergence(p, q)) == pytest.approx(3e-9 * (1 - math.log(2.0)), rel=1e-6)
    numpyro = pytest.importorskip("numpyro.distributions")
    p, q = (numpyro.NegativeBinomial2(x, 3.0) for x in (1e-6, 2e-6))
    assert float(kb.kl_divergence(p, q)) == pytest.approx(3.06852653e-07, rel=1e-6)
    p, q = (numpyro.GammaPoisson(3.0, x) for x in (3e6, 1.5e6))
    assert float(kb.kl_divergence(p, q)) == pytest.approx(3.06852653e-07, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-3, 1e-5, 1e-12])
def test_narrow_normal_laws_by_their_factor(scale):
    torch = pytest.importorskip("torch")
    root = torch.tensor([[1.0, 0.0], [1.0, scale]])
    p = torch.distributions.MultivariateNormal(torch.zeros(2), scale_tril=root)
    expected = math.log(float(root[1, 1])) + 1.0 + LOG_2PI
    assert float(kb.entropy(p)) == pytest.approx(expected, rel=1e-6)
    numpyro = pytest.importorskip("numpyro.distributions")
    q = numpyro.MultivariateNormal(0.0, scale_tril=root.numpy())
    assert float(kb.entropy(q)) == pytest.approx(expected, rel=1e-6)
    assert float(kb.entropy(numpyro.MultivariateStudentT(1e7, np.zeros(2), root.numpy()))) == (
        pytest.approx(expected, rel=1e-5)
    )


def test_the_inverse_of_precisions():
    torch = pytest.importorskip("torch")
    matrix = torch.tensor([[2.0, 0.3], [0.3, 1.0]], dtype=torch.float64, requires_grad=True)
    p = torch.distributions.MultivariateNormal(torch.zeros(2).double(), precision_matrix=matrix)
    value = kb.entropy(p)
    value.backward()
    expected = 1.0 + LOG_2PI - 0.5 * math.log(1.91)
    assert float(value.detach()) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(matrix.grad, -0.5 * torch.linalg.inv(matrix.detach()), rtol=1e-12)


@pytest.mark.parametrize("z", [-120.0, -3.0, 3.0, 30.0, 120.0])
def test_steep_continuous_trials(z):
    torch = pytest.importorskip("torch")
    score = torch.tensor(z, requires_grad=True)
    value = kb.entropy(torch.distributions.ContinuousBernoulli(logits=score))
    value.backward()
    size = abs(z)
    constant = size + math.log1p(-math.exp(-size)) - math.log(size)
    mean = 1.0 / -math.expm1(-size) - 1.0 / size
    variance = 1.0 / size**2 - math.exp(-size) / math.expm1(-size) ** 2
    assert float(value.detach()) == pytest.approx(constant - size * mean, rel=1e-6)
    assert float(score.grad) == pytest.approx(-z * variance, rel=1e-5)


def test_parts_of_other_distributions():
    torch = pytest.importorskip("torch")
    D = torch.distributions
    z = torch.tensor([0.0, 0.0])
    p = D.Independent(D.Bernoulli(logits=z), 1)
    q = D.Independent(D.Bernoulli(logits=z + 30.0), 1)
    q.base_dist.probs, q.base_dist.mean  # noqa: B018 (asked, so that it is kept)
    assert float(kb.kl_divergence(p, q)) == pytest.approx(2 * FAR["Bernoulli"][0], rel=1e-7)
    expanded = D.Bernoulli(logits=torch.tensor(30.0))
    expanded.log_prob(torch.tensor(1.0)), expanded.probs
    value = kb.kl_divergence(D.Bernoulli(logits=torch.tensor(0.0)), expanded.expand((2,)))
    np.testing.assert_allclose(value, FAR["Bernoulli"][0], rtol=1e-7)
