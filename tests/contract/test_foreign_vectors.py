"""Counts, matrices and independent coordinates of PyTorch and NumPyro, against enumeration."""

import itertools
import math

import numpy as np
import pytest

import kullback as kb
from kullback.families import Independent, Laplace, MultivariateNormal, Normal

torch = pytest.importorskip("torch")
td = torch.distributions

ROWS = [[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]
OTHERS = [[0.3, 0.3, 0.4], [0.2, 0.2, 0.6]]


def tensor(x):
    return torch.tensor(x, dtype=torch.float64)


def enumerated(n, p, q):
    """Return entropy and KL divergence of two multinomial laws by all their outcomes."""
    entropy = divergence = 0.0
    for x in itertools.product(range(n + 1), repeat=len(p)):
        if sum(x) == n:
            ways = math.factorial(n) / math.prod(map(math.factorial, x))
            a, b = (ways * math.prod(s**k for s, k in zip(r, x, strict=True)) for r in (p, q))
            entropy -= a * math.log(a)
            divergence += a * math.log(a / b)
    return entropy, divergence


@pytest.mark.parametrize("n", [1, 2, 7])
def test_multinomial_laws_are_those_of_all_outcomes(n):
    p, q = td.Multinomial(n, tensor(ROWS)), td.Multinomial(n, tensor(OTHERS))
    truth = [enumerated(n, *pair) for pair in zip(ROWS, OTHERS, strict=True)]
    entropies, divergences = zip(*truth, strict=True)
    assert kb.entropy(p).tolist() == pytest.approx(entropies, rel=1e-13)
    assert kb.kl_divergence(p, q).tolist() == pytest.approx(divergences, rel=1e-13)
    assert kb.cross_entropy(p, q).tolist() == pytest.approx(np.add(*zip(*truth, strict=True)))
    assert kb.kl_divergence(p, p).tolist() == [0.0, 0.0]
    x = p.sample((5,))
    ours = kb.log_likelihood(x, p)
    assert ours.tolist() == pytest.approx(p.log_prob(x).numpy(), rel=1e-12, abs=1e-12)


def test_multinomial_laws_of_many_trials_and_small_chances():
    p = td.Multinomial(10**6, tensor([0.25, 0.75]))
    binomial = td.Binomial(10**6, tensor(0.25))
    assert float(kb.entropy(p)) == pytest.approx(float(kb.entropy(binomial)), rel=1e-11)
    logits = [0.0, -900.0, 1.0]
    rare = td.Multinomial(3, logits=tensor(logits))
    found = float(kb.log_likelihood(tensor([0.0, 3.0, 0.0]), rare))
    assert found == pytest.approx(3 * (-900.0 - math.log1p(math.e)), rel=1e-14)
    assert kb.kl_divergence(p, td.Multinomial(10, tensor([0.25, 0.75]))) == math.inf
    two = td.Multinomial(3, tensor([1.0, 0.0])), td.Multinomial(3, tensor([0.5, 0.5]))
    assert kb.kl_divergence(*two) == pytest.approx(3 * math.log(2.0))
    assert kb.kl_divergence(*two[::-1]) == math.inf


def test_multinomial_gradients():
    logits = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64, requires_grad=True)
    q = td.Multinomial(4, tensor(ROWS[0]))

    def value(z):
        return kb.cross_entropy(td.Multinomial(4, logits=z), q)

    assert torch.autograd.gradcheck(value, logits, atol=1e-7)


@pytest.mark.parametrize(
    "make", [td.Categorical, td.OneHotCategorical, td.OneHotCategoricalStraightThrough]
)
def test_independent_tables(make):
    p, q = make(tensor(ROWS)), make(tensor(OTHERS))
    rows = td.kl_divergence(td.Categorical(tensor(ROWS)), td.Categorical(tensor(OTHERS)))
    assert kb.kl_divergence(p, q).tolist() == pytest.approx(rows.tolist(), rel=1e-13)
    one, other = td.Independent(p, 1), td.Independent(q, 1)
    assert float(kb.kl_divergence(one, other)) == pytest.approx(float(rows.sum()), rel=1e-13)
    assert float(kb.entropy(one)) == pytest.approx(float(one.entropy()), rel=1e-13)
    assert kb.kl_divergence(one, one) == 0.0
    x = one.sample((4,))
    assert kb.log_likelihood(x, one).tolist() == pytest.approx(one.log_prob(x).numpy(), rel=1e-12)
    none = td.Independent(p, 0)
    assert kb.kl_divergence(none, td.Independent(q, 0)).tolist() == pytest.approx(rows.tolist())


def test_independent_tables_keep_small_chances():
    p, q = ([[0.0, -120.0], [0.0, -200.0]], [[0.0, -130.0], [0.0, -220.0]])
    p, q = (td.Independent(td.Categorical(logits=tensor(z)), 1) for z in (p, q))
    expected = math.exp(-120.0) * (10.0 - 1.0 + math.exp(-10.0))
    assert float(kb.kl_divergence(p, q)) == pytest.approx(expected, rel=1e-12)


def wishart_pair():
    one, other = tensor([[2.0, 0.3], [0.3, 1.0]]), tensor([[1.0, 0.1], [0.1, 3.0]])
    return td.Wishart(tensor(5.0), one), td.Wishart(tensor(6.0), other)


def test_wishart_of_one_dimension_is_gamma():
    p, q = (td.Wishart(tensor(nu), tensor([[v]])) for nu, v in ((3.0, 2.0), (4.5, 1.0)))
    a, b = td.Gamma(tensor(1.5), tensor(0.25)), td.Gamma(tensor(2.25), tensor(0.5))
    assert float(kb.entropy(p)) == pytest.approx(float(kb.entropy(a)), rel=1e-13)
    assert float(kb.kl_divergence(p, q)) == pytest.approx(float(kb.kl_divergence(a, b)), rel=1e-13)


def test_wishart():
    p, q = wishart_pair()
    assert float(kb.entropy(p)) == pytest.approx(float(p.entropy()), rel=1e-12)
    x = kb.as_distribution(p).sample(20_000, rng=0)
    ratios = (p.log_prob(x) - q.log_prob(x)).numpy()
    found, error = float(kb.kl_divergence(p, q)), ratios.std() / math.sqrt(len(ratios))
    assert abs(found - ratios.mean()) < 5.0 * error
    assert kb.log_likelihood(x[:9], p).tolist() == pytest.approx(p.log_prob(x[:9]).numpy())
    negative = tensor([[-1.0, 0.0], [0.0, -1.0]])
    assert kb.log_likelihood(negative, p) == -math.inf
    root = td.Wishart(tensor(6.0), scale_tril=torch.linalg.cholesky(q.covariance_matrix))
    inverse = td.Wishart(tensor(6.0), precision_matrix=torch.linalg.inv(q.covariance_matrix))
    for same in (root, inverse):
        assert float(kb.kl_divergence(p, same)) == pytest.approx(found, rel=1e-12)
    assert x.mean(axis=0).numpy() == pytest.approx(5.0 * p.covariance_matrix.numpy(), rel=0.05)


def test_wishart_gradients():
    p, q = wishart_pair()
    degrees = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)

    def value(nu):
        return kb.cross_entropy(td.Wishart(nu, p.covariance_matrix), q)

    assert torch.autograd.gradcheck(value, degrees, atol=1e-7)


def test_independent_normal_coordinates_beside_others():
    mean, std = np.array([0.5, -1.0]), np.array([1.0, 2.0])
    normal = MultivariateNormal(mean=mean, std=std)
    laplace = Independent(Laplace(location=[0.0, 1.0], scale=1.5))
    for p, q in ((laplace, normal), (normal, laplace)):
        single = Normal(mean=mean, std=std), laplace.law
        pair = single if p is normal else single[::-1]
        expected = float(np.sum(kb.kl_divergence(*pair)))
        assert kb.kl_divergence(p, q) == pytest.approx(expected, rel=1e-12)
    zero = torch.zeros((2, 3), dtype=torch.float64)
    nested = td.Independent(td.Independent(td.Normal(zero, tensor(1.0)), 1), 1)
    flat = td.Independent(td.Normal(zero + 1.0, tensor(2.0)), 2)
    each = math.log(2.0) + 2.0 / 8.0 - 0.5
    assert float(kb.kl_divergence(nested, flat)) == pytest.approx(6 * each, rel=1e-13)


def test_numpyro_has_the_same_answers():
    numpyro = pytest.importorskip("numpyro.distributions")
    jnp = pytest.importorskip("jax.numpy")
    p, q = wishart_pair()
    ours = [numpyro.Wishart(float(x.df), jnp.asarray(x.covariance_matrix.numpy())) for x in (p, q)]
    expected = float(kb.kl_divergence(p, q))
    assert float(kb.kl_divergence(*ours)) == pytest.approx(expected, rel=1e-5)
    assert float(kb.entropy(ours[0])) == pytest.approx(float(p.entropy()), rel=1e-5)
    a, b = (numpyro.Multinomial(4, jnp.asarray(rows)) for rows in (ROWS, OTHERS))
    theirs = td.Multinomial(4, tensor(ROWS)), td.Multinomial(4, tensor(OTHERS))
    expected = kb.kl_divergence(*theirs).tolist()
    assert np.asarray(kb.kl_divergence(a, b)).tolist() == pytest.approx(expected, rel=1e-5)
    tables = (numpyro.Categorical(jnp.asarray(rows)).to_event(1) for rows in (ROWS, OTHERS))
    assert float(kb.kl_divergence(*tables)) == pytest.approx(sum(expected) / 4, rel=1e-5)


@pytest.mark.parametrize(
    ("law", "other", "expected"),
    [
        (td.Poisson(tensor(0.0)), td.Poisson(tensor(2.0)), 2.0),
        (td.StudentT(tensor(math.inf)), td.Normal(tensor(1.0), tensor(1.0)), 0.5),
        (td.NegativeBinomial(tensor(0.0), tensor(0.2)), td.Poisson(tensor(2.0)), 2.0),
        (td.NegativeBinomial(tensor(3.0), tensor(0.0)), td.Poisson(tensor(2.0)), 2.0),
        (td.Binomial(0, tensor(0.2)), td.Poisson(tensor(2.0)), 2.0),
    ],
)
def test_limits_of_other_libraries(law, other, expected):
    assert float(kb.kl_divergence(law, other)) == pytest.approx(expected, rel=1e-12)
    assert float(kb.kl_divergence(law, law)) == 0.0
