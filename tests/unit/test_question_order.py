"""What is asked of another library's distribution before decides no answer, to the last bit."""

import copy
import itertools
import pickle
import warnings

import numpy as np
import pytest

import kullback as kb

torch = pytest.importorskip("torch")
D = torch.distributions

P = torch.tensor([0.2, 1e-9, 1.0 - 1e-6])
Z = torch.tensor([0.3, -25.0, 40.0])
ROWS = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
SCORES = torch.tensor([[0.0, -120.0, 1.0], [30.0, 0.1, -30.0]])
ROOT = torch.tensor([[0.7, 0.0], [0.4, 1e-3]])
WIDE = torch.tensor([[2.0, 0.3], [0.3, 1.0]])
ORIGIN = torch.zeros(2)


def normals():
    return D.Normal(torch.tensor([0.0, 1.0, 50.0]).expand(2, 3), torch.ones(2, 3))


def vector(**given):
    return D.MultivariateNormal(ORIGIN, **given)


def many(**given):
    return D.Multinomial(2, **given)


TORCH = {
    "Bernoulli probs": lambda: D.Bernoulli(probs=P),
    "Bernoulli logits": lambda: D.Bernoulli(logits=Z),
    "Bernoulli certain": lambda: D.Bernoulli(probs=torch.tensor([0.0, 1.0])),
    "Bernoulli number": lambda: D.Bernoulli(logits=-20.0),
    "Bernoulli unchecked": lambda: D.Bernoulli(probs=P, validate_args=False),
    "Binomial probs": lambda: D.Binomial(7, probs=P),
    "Binomial logits": lambda: D.Binomial(7, logits=Z),
    "Geometric probs": lambda: D.Geometric(probs=P),
    "Geometric logits": lambda: D.Geometric(logits=Z[:2]),
    "NegativeBinomial probs": lambda: D.NegativeBinomial(3.0, probs=P),
    "NegativeBinomial logits": lambda: D.NegativeBinomial(3.0, logits=Z),
    "ContinuousBernoulli probs": lambda: D.ContinuousBernoulli(probs=torch.tensor(0.2)),
    "ContinuousBernoulli logits": lambda: D.ContinuousBernoulli(logits=torch.tensor(3.0)),
    "Categorical probs": lambda: D.Categorical(probs=ROWS),
    "Categorical logits": lambda: D.Categorical(logits=SCORES),
    "OneHotCategorical probs": lambda: D.OneHotCategorical(probs=ROWS),
    "OneHotCategorical logits": lambda: D.OneHotCategorical(logits=SCORES),
    "MixtureSameFamily probs": lambda: D.MixtureSameFamily(D.Categorical(probs=ROWS), normals()),
    "MixtureSameFamily logits": lambda: D.MixtureSameFamily(
        D.Categorical(logits=SCORES), normals()
    ),
    "Multinomial logits": lambda: many(logits=SCORES[0]),
    "MultivariateNormal covariance": lambda: vector(covariance_matrix=WIDE),
    "MultivariateNormal precision": lambda: vector(precision_matrix=WIDE),
    "MultivariateNormal scale_tril": lambda: vector(scale_tril=ROOT),
    "LowRankMultivariateNormal": lambda: D.LowRankMultivariateNormal(
        ORIGIN, torch.tensor([[1.0], [0.3]]), torch.tensor([1e-6, 2.0])
    ),
    "Wishart covariance": lambda: D.Wishart(torch.tensor(4.0), covariance_matrix=WIDE),
    "Wishart scale_tril": lambda: D.Wishart(torch.tensor(4.0), scale_tril=ROOT),
    "VonMises": lambda: D.VonMises(torch.tensor(0.1), torch.tensor(3.0)),
    "RelaxedBernoulli logits": lambda: D.RelaxedBernoulli(
        torch.tensor(0.5), logits=torch.tensor(2.0)
    ),
    "Independent": lambda: D.Independent(D.Bernoulli(probs=P), 1),
}


def attributes(kind):
    """Return what a class computes when it is asked."""
    return {
        name
        for base in kind.__mro__
        for name, value in vars(base).items()
        if type(value).__name__ == "lazy_property"
    }


def inner(x):
    yield x
    for value in vars(x).values():
        if hasattr(value, "log_prob"):
            yield from inner(value)


def questions(make):
    """Return everything that may be asked of a distribution and its parts."""

    def asks(name):
        def ask(x):
            for part in inner(x):
                if name in attributes(type(part)):
                    getattr(part, name)

        return ask

    x = make()
    names = sorted({name for part in inner(x) for name in attributes(type(part))})
    found = {name: asks(name) for name in names}
    found |= {
        "sample": lambda x: x.sample(),
        "log_prob": lambda x: x.log_prob(x.sample()),
        "entropy": lambda x: x.entropy(),
        "mean": lambda x: (x.mean, x.variance),
    }
    return found


def asked(make, order, after=lambda x: x):
    x = make()
    for ask in order:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ask(x)
            except (NotImplementedError, ValueError, RuntimeError):
                continue
    return after(x)


def arrays(kind):
    """Return all numbers that a kind of ours was read to be made of."""
    return kind.arrays if isinstance(kind, kb.families.abstract.AbstractFamily) else [kind.values]


def answers(x, point):
    """Return the numbers that are compared; every measure of ours is a function of them."""
    kind = kb.as_distribution(x)
    found = [] if type(kind).__name__ == "ForeignLaw" else arrays(kind)
    if not isinstance(kind, kb.AbstractFinite):
        found = [*found, kb.log_likelihood(point, x)]
    return type(kind), [np.asarray(value) for value in found]


def assert_same(found, expected):
    assert found[0] is expected[0]
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(a, b)


def drawn(make):
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make().sample()


COPIES = {
    "itself": lambda x: x,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),  # noqa: S301 (our own)
}


@pytest.mark.parametrize("name", TORCH)
def test_torch_answers_as_if_nothing_had_been_asked(name):
    make = TORCH[name]
    point = drawn(make)
    expected = answers(make(), point)
    every = questions(make)
    if len(every) > 5:
        orders = [tuple(every.values()), tuple(every.values())[::-1]]
    else:
        orders = [*itertools.permutations(every.values(), 2), tuple(every.values())]
    for i, order in enumerate(orders):
        after = tuple(COPIES.values())[i % len(COPIES)]
        assert_same(answers(asked(make, order, after), point), expected)


@pytest.mark.parametrize("name", [name for name in TORCH if "Relaxed" not in name])
def test_a_copy_by_expand_answers_alike(name):
    make = TORCH[name]
    point = drawn(make)
    grown = (2, *make().batch_shape)
    expected = answers(make().expand(grown), point)
    every = questions(make)
    for order in ([], every.values(), reversed(every.values())):
        found = answers(asked(make, order, lambda x: x.expand(grown)), point)
        # Which of two forms was given can then only be told to a rounding.
        np.testing.assert_allclose(found[1][-1], expected[1][-1], rtol=2e-6, atol=1e-30)


def test_the_constructor_of_a_mixture_asks_its_weights():
    """It computes clamped logits: a component of weight 0 must stay out all the same."""
    which = D.Categorical(probs=torch.tensor([1.0, 0.0]))
    p = D.MixtureSameFamily(which, D.Normal(torch.tensor([0.0, 50.0]), torch.ones(2)))
    assert kb.log_likelihood(torch.tensor(50.0), p) == pytest.approx(-1250.9189, abs=1e-3)


def test_numpyro_answers_as_if_nothing_had_been_asked():
    numpyro = pytest.importorskip("numpyro.distributions")
    p, z = np.float32([0.2, 1e-9]), np.float32([0.3, -25.0])
    rows, scores = ROWS.numpy(), SCORES.numpy()
    wide, root = WIDE.numpy(), ROOT.numpy()
    makes = (
        lambda: numpyro.BernoulliProbs(p),
        lambda: numpyro.BernoulliLogits(z),
        lambda: numpyro.BinomialProbs(p, 7),
        lambda: numpyro.BinomialLogits(z, 7),
        lambda: numpyro.GeometricProbs(p),
        lambda: numpyro.GeometricLogits(z),
        lambda: numpyro.NegativeBinomialProbs(3.0, p),
        lambda: numpyro.NegativeBinomialLogits(3.0, z),
        lambda: numpyro.NegativeBinomial2(p, 3.0),
        lambda: numpyro.CategoricalProbs(rows),
        lambda: numpyro.CategoricalLogits(scores),
        lambda: numpyro.MultivariateNormal(np.zeros(2), covariance_matrix=wide),
        lambda: numpyro.MultivariateNormal(np.zeros(2), precision_matrix=wide),
        lambda: numpyro.MultivariateNormal(np.zeros(2), scale_tril=root),
        lambda: numpyro.MultivariateStudentT(3.0, np.zeros(2), root),
        lambda: numpyro.LeftTruncatedDistribution(numpyro.Normal(0.0, 1.0), 0.3),
        lambda: numpyro.Independent(numpyro.BernoulliProbs(p), 1),
        lambda: numpyro.BernoulliProbs(p).expand((3, 2)),
    )
    for make in makes:
        every = {
            name: ask
            for name, ask in questions(make).items()
            if name not in ("sample", "log_prob", "entropy")
        }
        point = np.ones((*make().batch_shape, *make().event_shape), np.float32)
        expected = answers(make(), point)
        assert_same(answers(asked(make, every.values()), point), expected)
