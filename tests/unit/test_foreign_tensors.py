"""Distributions of PyTorch and NumPyro without a family here, their batches, images and faults."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import kullback as kb
from kullback import families

torch = pytest.importorskip("torch")
td = torch.distributions


def t(x):
    return torch.tensor(x, dtype=torch.float64)


def image(base, *steps):
    return td.TransformedDistribution(base, list(steps))


NORMALS = td.Normal(t([0.5, -0.25]), t([1.5, 2.0]))
OTHERS = td.Normal(t([0.0, 0.5]), t([1.0, 1.5]))


@pytest.mark.parametrize(
    "step",
    [
        td.ExpTransform(),
        td.SigmoidTransform(),
        td.TanhTransform(),
        td.SoftplusTransform(),
        td.ComposeTransform([td.ExpTransform(), td.PowerTransform(t(-2.0))]),
        td.AffineTransform(t([1.0, 2.0]), t(-3.0)),
    ],
    ids=lambda step: type(step).__name__,
)
def test_a_map_of_both_changes_no_divergence(step):
    found = kb.kl_divergence(image(NORMALS, step), image(OTHERS, step))
    np.testing.assert_allclose(found, td.kl_divergence(NORMALS, OTHERS), rtol=1e-13)


@pytest.mark.parametrize("inverse", [False, True])
def test_densities_of_images_are_those_of_torch(inverse):
    step = td.SigmoidTransform()
    base = td.Beta(t([2.0, 3.0]), t([1.5, 2.5])) if inverse else NORMALS
    law = image(base, step.inv if inverse else step)
    x = law.sample((20,))
    np.testing.assert_allclose(kb.log_likelihood(x, law), law.log_prob(x), rtol=1e-10, atol=1e-10)
    ours = kb.as_distribution(law)
    np.testing.assert_allclose(ours.cdf(ours.quantile([0.25, 0.25])), [0.25, 0.25], rtol=1e-9)


def test_the_support_of_an_image_is_the_image_of_the_support():
    law = kb.as_distribution(image(td.Exponential(t(1.5)), td.SigmoidTransform()))
    low, high, _ = law.support
    assert (float(low), float(high)) == (0.5, 1.0)
    assert float(law.log_prob(0.25)) == -math.inf
    turned = kb.as_distribution(image(td.Exponential(t(1.5)), td.AffineTransform(0.0, -1.0)))
    assert float(turned.support.high) == 0.0


def test_an_absolute_value_is_folded():
    folded = image(td.Normal(t(0.0), t(2.0)), td.AbsTransform())
    assert abs(float(kb.kl_divergence(folded, td.HalfNormal(t(2.0))))) < 1e-12
    law = kb.as_distribution(image(td.Normal(t(0.5), t(1.5)), td.AbsTransform()))
    known = stats.foldnorm(0.5 / 1.5, scale=1.5)
    np.testing.assert_allclose(kb.entropy(law), known.entropy(), rtol=1e-8)
    np.testing.assert_allclose(law.quantile([0.1, 0.9]), known.ppf([0.1, 0.9]), rtol=1e-9)


def test_vectors_through_one_map():
    p = td.LogisticNormal(t([[0.5, 1.0], [0.0, 0.5]]), t([[1.0, 2.0], [1.0, 1.0]]))
    q = td.LogisticNormal(t([0.0, 0.0]), t([1.0, 1.5]))
    bases = p.base_dist, q.base_dist
    np.testing.assert_allclose(kb.kl_divergence(p, q), td.kl_divergence(*bases), rtol=1e-13)


def test_batches_without_a_family():
    law = td.FisherSnedecor(t([[3.0], [4.0]]), t([5.0, 6.5, 7.0]))
    ours = kb.as_distribution(law)
    h = kb.entropy(law)
    assert tuple(h.shape) == (2, 3)
    for i, a in enumerate((3.0, 4.0)):
        for j, b in enumerate((5.0, 6.5, 7.0)):
            np.testing.assert_allclose(h[i, j], stats.f(a, b).entropy(), rtol=1e-8)
    part = ours.at((slice(None), 1), (2, 3))
    np.testing.assert_allclose(part.log_prob([1.0, 2.0]), law.log_prob(t([[1.0], [2.0]]))[:, 1])
    mixed = td.MixtureSameFamily(td.Categorical(t([0.25, 0.75])), td.HalfCauchy(t([1.0, 2.0])))
    x = t([0.5, 3.0])
    np.testing.assert_allclose(kb.log_likelihood(x, mixed), mixed.log_prob(x), rtol=1e-12)
    assert tuple(kb.entropy(td.FisherSnedecor(t([]), t(5.0))).shape) == (0,)


def test_gradients_reach_a_member_of_a_batch():
    df = t([3.0, 4.0]).requires_grad_()
    kb.kl_divergence(
        td.FisherSnedecor(df, t(5.0)), td.FisherSnedecor(t(3.5), t(6.0))
    ).sum().backward()
    step = 1e-5

    def value(x):
        return float(
            kb.kl_divergence(td.FisherSnedecor(t(x), t(5.0)), td.FisherSnedecor(t(3.5), t(6.0)))
        )

    for k, x in enumerate((3.0, 4.0)):
        slope = (value(x + step) - value(x - step)) / (2.0 * step)
        np.testing.assert_allclose(float(df.grad[k]), slope, rtol=1e-6)


def test_the_lkj_law_has_closed_forms():
    p, q = td.LKJCholesky(3, t(1.5)), td.LKJCholesky(3, t([3.0, 1.5]))
    x = p.sample((5,))
    np.testing.assert_allclose(kb.log_likelihood(x, p), p.log_prob(x), rtol=1e-12)
    found = kb.kl_divergence(p, q)
    np.testing.assert_allclose(found, kb.cross_entropy(p, q) - kb.entropy(p), atol=1e-12)
    drawn = kb.as_distribution(p).sample(50_000, rng=0)
    squares = (drawn @ drawn.mT)[:, [1, 2, 2], [0, 0, 1]] ** 2
    np.testing.assert_allclose(squares.mean(axis=0), 0.2, atol=0.005)  # all correlations are alike


def test_a_generalized_pareto_law_is_ours():
    law = td.GeneralizedPareto(t(0.5), t(1.5), t(0.25))
    assert isinstance(kb.as_distribution(law), families.GeneralizedPareto)
    np.testing.assert_allclose(kb.entropy(law), stats.genpareto(0.25, 0.5, 1.5).entropy())


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (image(td.Independent(NORMALS, 1), td.SoftmaxTransform()), "does not tell its density"),
        (
            image(
                td.Independent(NORMALS, 1),
                td.StackTransform([td.ExpTransform(), td.TanhTransform()], -1),
            ),
            "answers two draws with the shape",
        ),
        (image(td.Poisson(t(2.0)), td.ExpTransform()), "has no density on the line"),
    ],
)
def test_what_has_no_density_is_refused(law, said):
    with pytest.raises(kb.KullbackError, match=said):
        kb.entropy(law, samples=10, rng=0)


def test_masses_beside_densities_are_infinitely_apart():
    counts, densities = td.Independent(td.Poisson(t([1.0, 2.0])), 1), td.Independent(NORMALS, 1)
    assert float(kb.kl_divergence(counts, densities, samples=10, rng=0).value) == math.inf


def test_no_control_variate_where_q_falls_elsewhere_too():
    """The log-normal law fills a quarter of the plane, where q/p has the mean 1/4."""
    p = image(td.Independent(td.Normal(t([0.0, 0.0]), t([0.5, 0.5])), 1), td.ExpTransform())
    q = td.Independent(td.Normal(t([0.0, 0.0]), t([1.0, 1.0])), 1)
    log_normal = stats.lognorm(0.5)
    second = math.exp(2.0 * 0.25)
    truth = 2.0 * (0.5 * math.log(2.0 * math.pi) + 0.5 * second - float(log_normal.entropy()))
    found = kb.kl_divergence(p, q, samples=20_000, rng=0)
    assert abs(float(found) - truth) <= 5.0 * float(found.std_error)


def test_one_hot_rows_are_no_outcomes():
    law = td.OneHotCategorical(t([[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]]))
    with pytest.raises(kb.KullbackError, match="batch of shape"):
        kb.log_likelihood(torch.ones(5, 2, 3, dtype=torch.int64), law)
