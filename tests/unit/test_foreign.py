"""Distributions of SciPy, PyTorch and NumPyro stand for the same laws here as there."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import special, stats

import kullback as kb
from kullback import families
from kullback.families._foreign_law import ForeignLaw

torch = pytest.importorskip("torch")
td = torch.distributions

# ---------------------------------------------------------------- SciPy

FROZEN = [
    stats.norm(1.0, 2.0),
    stats.laplace(1.0, 2.0),
    stats.cauchy(1.0, 2.0),
    stats.logistic(1.0, 2.0),
    stats.gumbel_r(1.0, 2.0),
    stats.gumbel_l(1.0, 2.0),
    stats.t(3.0, 1.0, 2.0),
    stats.skewnorm(2.0, 1.0, 2.0),
    stats.uniform(1.0, 2.0),
    stats.genpareto(0.2, 1.0, 2.0),
    stats.genpareto(-0.2, loc=1.0, scale=2.0),
    stats.truncnorm(-1.0, 2.0, 1.0, 2.0),
    stats.expon(1.0, 2.0),
    stats.gamma(3.0, 1.0, 2.0),
    stats.gamma(3.0, scale=0.5),
    stats.invgamma(3.0, 1.0, 2.0),
    stats.lognorm(0.5, 1.0, 2.0),
    stats.lognorm(s=0.5, scale=3.0),
    stats.halfnorm(1.0, 2.0),
    stats.weibull_min(1.5, 1.0, 2.0),
    stats.rayleigh(1.0, 2.0),
    stats.pareto(3.0, 1.0, 2.0),
    stats.lomax(3.0, 1.0, 2.0),
    stats.invgauss(0.5, 1.0, 2.0),
    stats.truncexpon(3.0, 1.0, 2.0),
    stats.chi2(3.0, 1.0, 2.0),
    stats.beta(2.0, 3.0, 1.0, 2.0),
    stats.vonmises(2.0, 0.5),
    stats.bernoulli(0.3),
    stats.binom(5, 0.3),
    stats.geom(0.3),
    stats.geom(0.3, loc=2),
    stats.nbinom(3.5, 0.3),
    stats.poisson(3.0, loc=2),
    stats.randint(2, 7),
    stats.zipf(2.5),
    stats.rv_histogram(np.histogram([0.1, 0.4, 0.5, 0.9, 1.4], bins=3)),
]
UNKNOWN = [
    stats.genextreme(0.1),
    stats.gennorm(1.5, 1.0, 2.0),
    stats.kappa3(1.0),
    stats.hypergeom(20, 7, 12),
    stats.skellam(2.0, 3.0),
]


def draws(law, chance):
    return law.rvs(size=20, random_state=chance)


@pytest.mark.parametrize("law", [*FROZEN, *UNKNOWN], ids=lambda x: getattr(x, "dist", x).name)
def test_laws_of_scipy(law):
    ours = kb.as_distribution(law)
    assert isinstance(ours, ForeignLaw) == (law in UNKNOWN)
    x = draws(law, np.random.default_rng(0))
    known = law.logpmf(x) if ours.support.discrete else law.logpdf(x)
    np.testing.assert_allclose(kb.log_likelihood(x, law), known, rtol=1e-9, atol=1e-11)
    if getattr(law, "dist", law).name != "vonmises":  # on the circle ours begins at -pi
        np.testing.assert_allclose(ours.cdf(x), law.cdf(x), rtol=1e-9)
    if getattr(law, "dist", law).name != "zipf":  # of whose sum SciPy leaves out a part
        np.testing.assert_allclose(kb.entropy(law), law.entropy(), rtol=1e-8)
    assert float(kb.kl_divergence(law, law)) <= 1e-14


def test_batches_of_scipy():
    law = stats.norm(np.zeros((2, 1)), [1.0, 2.0, 3.0])
    assert kb.entropy(law).shape == (2, 3)
    many = stats.gennorm([[1.0], [2.0]], scale=[1.0, 2.0, 3.0])  # which has no file here
    np.testing.assert_allclose(kb.entropy(many), many.entropy(), rtol=1e-9)
    assert kb.as_distribution(many).sample(4, rng=0).shape == (4, 2, 3)
    normal = families.Normal(mean=0.0, std=math.sqrt(0.5))  # that of the second row, first column
    assert abs(kb.kl_divergence(normal, many)[1, 0]) < 1e-14


def test_a_law_without_parameters_is_the_standard_one():
    assert float(kb.kl_divergence(stats.norm, families.Normal(mean=1.0, std=1.0))) == 0.5


NEWER = {
    "normal": (lambda: stats.Normal(mu=1.0, sigma=2.0), stats.norm(1.0, 2.0)),
    "standard": (stats.Normal, stats.norm()),
    "uniform": (lambda: stats.Uniform(a=1.0, b=3.0), stats.uniform(1.0, 2.0)),
    "made": (lambda: stats.make_distribution(stats.gamma)(a=3.0), stats.gamma(3.0)),
    "made, without file": (
        lambda: stats.make_distribution(stats.gennorm)(beta=1.5),
        stats.gennorm(1.5),
    ),
    "image": (
        lambda: 1.0 - 2.0 * stats.make_distribution(stats.gumbel_r)(),
        stats.gumbel_l(1.0, 2.0),
    ),
    "truncated": (
        lambda: stats.truncate(stats.Normal(mu=0.0, sigma=1.0), lb=-1.0, ub=2.0),
        stats.truncnorm(-1.0, 2.0),
    ),
    "counts": (lambda: stats.Binomial(n=5, p=0.3), stats.binom(5, 0.3)),
    "exponential": (lambda: stats.exp(stats.Normal(mu=0.0, sigma=0.5)), stats.lognorm(0.5)),
}


@pytest.mark.skipif(not hasattr(stats, "Binomial"), reason="SciPy is older")
@pytest.mark.parametrize("name", NEWER)
def test_newer_laws_of_scipy(name):
    make, known = NEWER[name]
    law = make()
    assert float(kb.kl_divergence(law, known)) <= 1e-13
    np.testing.assert_allclose(kb.entropy(law), kb.entropy(known), rtol=1e-12)
    x = draws(known, np.random.default_rng(0))
    np.testing.assert_allclose(kb.log_likelihood(x, law), kb.log_likelihood(x, known), rtol=1e-10)
    assert kb.as_distribution(law).sample(3, rng=0).shape == (3,)


@pytest.mark.skipif(not hasattr(stats, "Mixture"), reason="SciPy is older")
def test_mixtures_of_scipy():
    parts = [stats.Normal(mu=0.0, sigma=1.0), stats.Normal(mu=3.0, sigma=0.5)]
    law = stats.Mixture(parts, weights=[0.25, 0.75])
    np.testing.assert_allclose(kb.log_likelihood(1.0, law), law.logpdf(1.0), rtol=1e-13)
    np.testing.assert_allclose(kb.entropy(law), law.entropy(), rtol=1e-7)


def test_vectors_of_scipy():
    p = stats.multivariate_normal([0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]])
    np.testing.assert_allclose(kb.entropy(p), p.entropy(), rtol=1e-13)
    q = stats.dirichlet([1.0, 2.0, 3.0])
    np.testing.assert_allclose(kb.entropy(q), q.entropy(), rtol=1e-12)
    t = stats.multivariate_t([0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]], df=3.0)
    np.testing.assert_allclose(kb.entropy(t), t.entropy(), rtol=1e-10)


# ---------------------------------------------------------------- PyTorch


def t(*x):
    return torch.tensor(x[0] if len(x) == 1 else x, dtype=torch.float64)


TORCH = [
    lambda: td.Normal(t(1.0), t(2.0)),
    lambda: td.LogNormal(t(1.0), t(0.5)),
    lambda: td.HalfNormal(t(2.0)),
    lambda: td.Laplace(t(1.0), t(2.0)),
    lambda: td.Cauchy(t(1.0), t(2.0)),
    lambda: td.StudentT(t(3.0), t(1.0), t(2.0)),
    lambda: td.Gumbel(t(1.0), t(2.0)),
    lambda: td.Exponential(t(2.0)),
    lambda: td.Gamma(t(2.0), t(3.0)),
    lambda: td.InverseGamma(t(2.0), t(3.0)),
    lambda: td.Chi2(t(3.0)),
    lambda: td.Beta(t(2.0), t(3.0)),
    lambda: td.Weibull(t(1.5), t(2.0)),
    lambda: td.Pareto(t(1.5), t(2.0)),
    lambda: td.Uniform(t(1.0), t(3.0)),
    lambda: td.VonMises(t(0.5), t(2.0)),
    lambda: td.Bernoulli(t(0.3)),
    lambda: td.Bernoulli(logits=t(0.3)),
    lambda: td.Binomial(5, t(0.3)),
    lambda: td.Geometric(t(0.3)),
    lambda: td.NegativeBinomial(t(3.0), t(0.3)),
    lambda: td.Poisson(t(2.0)),
    lambda: td.MultivariateNormal(t(0.0, 1.0), t([1.0, 0.5], [0.5, 2.0])),
    lambda: td.LowRankMultivariateNormal(t(0.0, 1.0), t([1.0], [2.0]), t(1.0, 2.0)),
    lambda: td.Dirichlet(t(1.0, 2.0, 3.0)),
    lambda: td.Independent(td.Normal(t(0.0, 1.0), t(1.0, 2.0)), 1),
    lambda: td.Independent(td.Gamma(t([2.0, 3.0], [4.0, 5.0]), t(1.0)), 2),
    lambda: td.MixtureSameFamily(
        td.Categorical(t(0.25, 0.75)), td.Normal(t(0.0, 1.0), t(1.0, 2.0))
    ),
    lambda: td.TransformedDistribution(
        td.Normal(t(0.0), t(1.0)), [td.AffineTransform(1.0, 2.0), td.AffineTransform(0.0, -1.0)]
    ),
    lambda: td.TransformedDistribution(td.Normal(t(0.0), t(1.0)), [td.ExpTransform()]),
    lambda: td.Normal(t(0.0), t(1.0)).expand((3,)),
    # These have no file here.
    lambda: td.HalfCauchy(t(2.0)),
    lambda: td.Kumaraswamy(t(2.0), t(3.0)),
    lambda: td.FisherSnedecor(t(3.0), t(5.0)),
    lambda: td.ContinuousBernoulli(t(0.3)),
    lambda: td.TransformedDistribution(td.Normal(t(0.0), t(1.0)), [td.SigmoidTransform()]),
]


# What the other library's own approximations are good to, where that is less than its floats.
COARSE = {"VonMises": 1e-8, "NegativeBinomial2": 1e-6}


def agrees(law, x, known, entropy):
    """Compare density and entropy, and the shapes of batch and event."""
    close = COARSE.get(type(law).__name__, 1e-9)
    ours = kb.as_distribution(law)
    assert tuple(ours.batch_shape) == tuple(law.batch_shape)
    assert tuple(ours.event_shape) == tuple(law.event_shape)
    np.testing.assert_allclose(kb.log_likelihood(x, law), known, rtol=close, atol=close)
    if entropy is not None:
        np.testing.assert_allclose(kb.entropy(law), entropy, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("make", TORCH, ids=lambda make: type(make()).__name__)
def test_laws_of_torch(make):
    law = make()
    torch.manual_seed(0)
    x = law.sample((20,))
    try:
        entropy = law.entropy()
    except NotImplementedError:
        entropy = None
    agrees(law, x, law.log_prob(x), entropy)


def test_outcomes_of_torch():
    p, z = t(0.25, 0.75), t(0.0, math.log(3.0))
    assert isinstance(kb.as_distribution(td.Categorical(p)), kb.Probs)
    assert isinstance(kb.as_distribution(td.Categorical(logits=z)), kb.Logits)
    assert float(kb.kl_divergence(td.Categorical(p), td.OneHotCategorical(logits=z))) < 1e-16


def test_gradients_reach_the_parameters_of_torch():
    mean, shape = t(0.5).requires_grad_(), t(1.5).requires_grad_()
    kb.kl_divergence(td.Normal(mean, t(1.0)), td.Laplace(t(0.0), t(1.0))).backward()
    kb.kl_divergence(td.Kumaraswamy(shape, t(2.0)), td.Beta(t(2.0), t(2.0))).backward()
    h = 1e-5
    for x, f in (
        (mean, lambda a: kb.kl_divergence(stats.norm(a, 1.0), stats.laplace())),
        (shape, lambda a: kb.kl_divergence(td.Kumaraswamy(t(a), t(2.0)), td.Beta(t(2.0), t(2.0)))),
    ):
        at = float(x.detach())
        slope = float(f(at + h) - f(at - h)) / (2 * h)
        np.testing.assert_allclose(float(x.grad), slope, rtol=1e-6)


def test_precision_of_torch_survives():
    law = td.Independent(td.Normal(torch.zeros(4, 3), 1.0), 1)
    found = kb.kl_divergence(law, td.Independent(td.Normal(torch.ones(3), 1.0), 1))
    assert (found.dtype, tuple(found.shape)) == (torch.float32, (4,))
    assert kb.entropy(td.HalfCauchy(torch.tensor(1.0))).dtype == torch.float32


def test_the_generator_of_torch_is_left_as_it_was():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    kb.entropy(td.Kumaraswamy(t(2.0), t(3.0)))
    assert torch.equal(before, torch.get_rng_state())


def test_tails_that_are_too_heavy_are_seen():
    assert float(kb.kl_divergence(td.HalfCauchy(torch.tensor(1.0)), td.HalfNormal(1.0))) == np.inf
    assert float(kb.kl_divergence(stats.kappa3(1.0), stats.norm())) == np.inf
    assert np.isfinite(kb.kl_divergence(stats.kappa3(1.0), stats.cauchy()))


# ---------------------------------------------------------------- NumPyro

NUMPYRO = {
    "Normal": lambda d: d.Normal(1.0, 2.0),
    "Gamma": lambda d: d.Gamma(2.0, 3.0),
    "InverseGamma": lambda d: d.InverseGamma(2.0, 3.0),
    "Beta": lambda d: d.Beta(2.0, 3.0),
    "Chi2": lambda d: d.Chi2(3.0),
    "Pareto": lambda d: d.Pareto(1.5, 2.0),
    "Weibull": lambda d: d.Weibull(1.5, 2.0),
    "StudentT": lambda d: d.StudentT(3.0, 1.0, 2.0),
    "Logistic": lambda d: d.Logistic(1.0, 2.0),
    "Bernoulli": lambda d: d.Bernoulli(logits=0.3),
    "Binomial": lambda d: d.Binomial(5, 0.3),
    "Geometric": lambda d: d.Geometric(0.3),
    "NegativeBinomial": lambda d: d.NegativeBinomialProbs(3, 0.3),
    "NegativeBinomial2": lambda d: d.NegativeBinomial2(3.0, 2.0),
    "DiscreteUniform": lambda d: d.DiscreteUniform(1, 4),
    "LogNormal": lambda d: d.LogNormal(0.5, 1.0),
    "left": lambda d: d.TruncatedNormal(0.5, 1.0, low=1.0),
    "right": lambda d: d.TruncatedNormal(0.5, 1.0, high=1.0),
    "both": lambda d: d.TruncatedNormal(0.5, 1.0, low=-1.0, high=1.0),
    "MultivariateStudentT": lambda d: d.MultivariateStudentT(
        3.0, np.zeros(2), np.array([[1.0, 0.0], [0.5, 2.0]])
    ),
    "mixture": lambda d: d.MixtureSameFamily(
        d.Categorical(np.array([0.25, 0.75])), d.Normal(np.array([0.0, 1.0]), 1.0)
    ),
    "several": lambda d: d.Mixture(
        d.Categorical(logits=np.array([0.25, 0.75])), [d.Normal(0.0, 1.0), d.Normal(1.0, 2.0)]
    ),
    "event": lambda d: d.Exponential(np.ones(3)).to_event(1),
    "expanded": lambda d: d.Normal(0.0, 1.0).expand((3,)),
    "image": lambda d: d.TransformedDistribution(
        d.Normal(0.0, 1.0), d.transforms.AffineTransform(1.0, 2.0)
    ),
    "without file": lambda d: d.AsymmetricLaplace(0.0, 1.0, 2.0),
    "counts without file": lambda d: d.ZeroInflatedPoisson(0.1, 2.0),
}


@pytest.fixture(scope="module")
def numpyro():
    jax = pytest.importorskip("jax")
    library = pytest.importorskip("numpyro.distributions")
    with jax.enable_x64(True):
        yield library


@pytest.mark.parametrize("name", NUMPYRO)
def test_laws_of_numpyro(numpyro, name):
    import jax

    law = NUMPYRO[name](numpyro)
    x = jax.numpy.asarray(kb.as_distribution(law).sample(10, rng=0))
    try:
        entropy = law.entropy()
    except NotImplementedError:
        entropy = None
    agrees(law, x, law.log_prob(x), entropy)


def test_gradients_and_compilers_of_jax(numpyro):
    import jax

    def gain(m):
        return kb.kl_divergence(numpyro.Normal(m, 1.0), numpyro.Normal(0.0, 2.0))

    np.testing.assert_allclose(jax.jit(jax.grad(gain))(0.5), 0.125, rtol=1e-12)

    def other(d, m):
        return kb.kl_divergence(d.Kumaraswamy(m, 0 * m + 2.0), d.Uniform(0 * m, 0 * m + 1.0))

    shape = t(2.5).requires_grad_()
    other(td, shape).backward()
    found = jax.grad(lambda m: other(numpyro, m))(2.5)
    np.testing.assert_allclose(found, float(shape.grad), rtol=1e-9)


# ---------------------------------------------------------------- the door


def test_nothing_is_imported_for_what_is_not_there():
    code = "import sys, kullback; kullback.entropy([0.5, 0.5]); print('scipy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_subclasses_of_others_are_laws_too():
    class Own(td.Exponential):
        pass

    assert isinstance(kb.as_distribution(Own(t(2.0))), ForeignLaw)
    np.testing.assert_allclose(kb.entropy(Own(t(2.0))), 1 - math.log(2.0), rtol=1e-12)


def test_a_name_alone_makes_no_family():
    """A user's law of density 2x has the entropy 1/2 - log 2, whatever it is called."""

    class Rising(stats.rv_continuous):
        def _pdf(self, x):
            return 2.0 * x

    class Normal(td.Beta):
        """Beta(2, 1), which has the same density."""

    for law in (Rising(a=0.0, b=1.0, name="norm")(), Normal(2.0, 1.0, validate_args=False)):
        assert isinstance(kb.as_distribution(law), ForeignLaw)
        assert float(kb.entropy(law)) == pytest.approx(0.5 - math.log(2.0), abs=1e-6)


@pytest.mark.parametrize("data", [[0.0, 1.0, 2.5, 50.0], stats.norm.rvs(size=80, random_state=1)])
def test_a_density_estimate_is_a_mixture_of_normal_laws(data):
    kernels = stats.gaussian_kde(data)
    law, width = kb.as_distribution(kernels), math.sqrt(kernels.covariance[0, 0])
    parts = [families.Normal(mean=x, std=width) for x in data]
    same = families.Mixture(components=parts, weights=np.full(len(data), 1 / len(data)))
    other = families.Logistic(location=1.0, scale=3.0)
    for measure in (
        kb.entropy,
        lambda p: kb.kl_divergence(p, other),
        lambda p: kb.kl_divergence(other, p),
        lambda p: kb.jensen_shannon_divergence(p, other),
    ):
        np.testing.assert_allclose(measure(kernels), measure(same), rtol=1e-11)
    x = np.array([-1.0, 0.5, 49.0])
    for one, known in (
        (law.log_prob(x), same.log_prob(x)),
        (law.cdf(x), same.cdf(x)),
        (law.quantile([0.1, 0.9]), same.quantile([0.1, 0.9])),
        (law.mean, same.mean),
        (law.variance, same.variance),
    ):
        np.testing.assert_allclose(one, known, rtol=1e-9)
    assert law.sample((2, 3), rng=0).shape == (2, 3)
    with pytest.raises(kb.KullbackError, match="entropy of gaussian_kde has no closed form"):
        kb.entropy(stats.gaussian_kde(np.arange(10.0).reshape(2, 5) ** 2))


def test_a_name_makes_no_family_of_newer_laws_either():
    """A law of density 2x that calls itself the exponential law of SciPy."""
    if not hasattr(stats, "make_distribution"):
        pytest.skip("an older SciPy")

    class Expon(stats.rv_continuous):
        def _shape_info(self):
            return []

        def _pdf(self, x):
            return 2.0 * x

    law = stats.make_distribution(Expon(a=0.0, b=1.0, name="expon"))()
    assert isinstance(kb.as_distribution(law), ForeignLaw)
    assert float(kb.entropy(law)) == pytest.approx(0.5 - math.log(2.0), abs=1e-6)


def test_single_numbers_are_shown_plainly():
    assert repr(families.Normal(mean=0.0, std=np.float32(0.1))) == "Normal(mean=0.0, std=0.1)"
    assert repr(kb.as_distribution(td.Normal(0.0, 1.0))) == "Normal(mean=0.0, std=1.0)"
    batch = families.Normal(mean=[0.0, 1.0], std=1.0)
    assert repr(batch) == "Normal(mean=array([0., 1.]), std=1.0)"
    cut = families.Truncated(families.Exponential(rate=2.0), high=1.0)
    assert repr(cut).startswith("Truncated(law=Exponential(rate=2.0), ")


# ---------------------------------------------------------------- SciPy's laws of many dimensions


def near(found, truth):
    """Whether an estimate is within five of its standard errors of the truth."""
    return abs(float(found) - truth) <= 5.0 * float(found.std_error)


def test_a_multinomial_is_as_many_draws_of_one():
    p, q = [0.2, 0.3, 0.5], [0.3, 0.3, 0.4]
    found = kb.kl_divergence(stats.multinomial(5, p), stats.multinomial(5, q), samples=4000, rng=0)
    assert near(found, 5.0 * float(kb.kl_divergence(p, q)))


def test_laws_of_matrices():
    scale = np.eye(2)
    direct = kb.entropy(stats.wishart(df=5, scale=scale), samples=4000, rng=0)
    assert near(direct, float(stats.wishart(df=5, scale=scale).entropy()))
    # Inverting a p by p matrix W changes volumes by |W|^-(p + 1), and E log|W| is known.
    log_det = 2.0 * math.log(2.0) + special.digamma(2.5) + special.digamma(2.0)
    truth = float(stats.wishart(df=5, scale=scale).entropy()) - 3.0 * log_det
    assert near(kb.entropy(stats.invwishart(df=5, scale=scale), samples=20_000, rng=0), truth)
    flat = stats.matrix_normal(np.zeros((2, 3)))
    assert near(kb.entropy(flat, samples=4000, rng=0), 3.0 * math.log(2.0 * math.pi * math.e))


def test_a_kernel_estimate_of_two_variables():
    """Its kernels, far apart beside their width, are as many normal laws that share nothing."""
    data = np.array([[0.0, 100.0, 0.0], [0.0, 0.0, 100.0]])
    law = stats.gaussian_kde(data, bw_method=1e-2)
    kernel = float(kb.entropy(stats.multivariate_normal([0.0, 0.0], law.covariance)))
    assert near(kb.entropy(law, samples=4000, rng=0), kernel + math.log(3.0))


def test_laws_without_a_density_or_in_pieces_are_refused():
    for law in (stats.ortho_group(3), stats.normal_inverse_gamma()):
        with pytest.raises(kb.KullbackError, match="can be taken over"):
            kb.entropy(law, samples=100, rng=0)
