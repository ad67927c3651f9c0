"""Calls that Python cannot bind say which function, what came, and what was meant."""

from __future__ import annotations

import inspect
import pickle
import timeit

import pytest
from libraries import extra

import kullback as kb
from kullback import _calls, errors, estimators, families, fitting, kinds, learning

ROOMS = (kb, kinds, families, fitting, estimators, learning)


def public():
    """Yield the public functions and classes, each with a name."""
    for room in ROOMS:
        for name in room.__all__:
            x = getattr(room, name)
            error = inspect.isclass(x) and issubclass(x, BaseException)
            if callable(x) and not error and not inspect.isabstract(x):
                yield f"{room.__name__}.{name}", x


PUBLIC = dict(public())
# Names of SciPy, PyTorch, scikit-learn, NumPyro and Optax that are nobody's here.
NOBODYS = ["dtype", "eps", "keepdims", "nan_policy", "out", "pk", "qk", "validate_args"]
FOREIGN = sorted({*_calls._MEANT, *NOBODYS})
PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def takes_anything(x):
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(x).parameters.values())


# All but what takes every name, and classes without a constructor of their own.
CHECKED = {
    name: x
    for name, x in PUBLIC.items()
    if not takes_anything(x) and not (inspect.isclass(x) and x.__init__ is object.__init__)
}


def test_the_sweep_covers_what_is_public():
    assert len(CHECKED) > 120
    assert set(PUBLIC) - set(CHECKED) <= {
        "kullback.AbstractDistribution",
        "kullback.Samples",
        "kullback.kinds.AbstractDistribution",
        "kullback.kinds.Samples",
        "kullback.method_for",
        "kullback.kinds.as_joint",
        "kullback.learning.CrossEntropyParts",
        "kullback.learning.ElboTerms",
        "kullback.families.AbstractFamily",
        "kullback.estimators.AbstractEntropyEstimator",
    }


def refused(x, *args, **given):
    """Return the error of a call, which is Python's kind of error and ours."""
    with pytest.raises(TypeError) as caught:
        x(*args, **given)
    error = caught.value
    assert isinstance(error, kb.CallError)
    assert isinstance(error, kb.KullbackError)
    assert x.__name__ in error.text()
    assert error.hint
    return error


@pytest.mark.parametrize("name", CHECKED)
def test_a_name_of_another_library_is_refused_with_the_one_that_was_meant(name):
    x = CHECKED[name]
    parameters = inspect.signature(x).parameters
    needed = [k for k, p in parameters.items() if p.default is p.empty and p.kind in PLACES]
    options = [k for k, p in parameters.items() if p.kind is p.KEYWORD_ONLY or p.kind is PLACES[1]]
    for foreign in FOREIGN:
        if foreign in parameters:
            continue
        error = refused(x, **{foreign: 1})
        assert foreign in error.text()
        meant = [k for k in _calls._MEANT.get(foreign, "").split() if k in options]
        if meant:
            assert f"{meant[0]}= here" in error.text()
        elif options and "meant" not in error.key and error.key != "call.by_position":
            assert options[0] in error.hint
        assert f"{foreign}=" not in error.text().removesuffix(f"{foreign}= here")
    if needed:
        assert needed[0] in refused(x).text()


@pytest.mark.parametrize("name", CHECKED)
def test_too_much_by_position_is_refused(name):
    x = CHECKED[name]
    parameters = inspect.signature(x).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return
    many = sum(p.kind in PLACES for p in parameters) + 1
    error = refused(x, *[1] * many)
    assert "too many positional arguments" in error.text()
    assert x.__name__ in error.hint


MEANT = [
    (lambda: kb.entropy([1.0], base=2), "unit"),
    (lambda: kb.entropy([[1.0]], dim=0), "axis"),
    (lambda: kb.renyi_entropy([1.0], alpha=2), "order"),
    (lambda: kb.families.Normal(loc=0, scale=1), "mean"),
    (lambda: kb.families.Normal(mean=0, scale=1), "std"),
    (lambda: kb.families.Normal(mean=0, sigma=1), "std"),
    (lambda: kb.families.Laplace(loc=0, scale=1), "location"),
    (lambda: kb.families.Poisson(mu=1), "rate"),
    (lambda: kb.families.Poisson(lam=1), "rate"),
    (lambda: kb.families.StudentT(df=3), "degrees"),
    (lambda: kb.families.Beta(a=1, b=2), "alpha"),
    (lambda: kb.families.Beta(concentration1=1, concentration0=2), "alpha"),
    (lambda: kb.families.Gamma(concentration=1, rate=2), "shape"),
    (lambda: kb.families.Binomial(n=1, p=0.5), "trials"),
    (lambda: kb.families.Bernoulli(probs=0.5), "probability"),
    (lambda: kb.families.MultivariateNormal(loc=[0], covariance_matrix=[[1]]), "mean"),
    (lambda: kb.families.LogNormal(s=1), "log_std"),
    (lambda: kb.families.VonMises(loc=0, kappa=1), "location"),
    (lambda: learning.softmax_cross_entropy([[1.0]], [0], weight=[1.0]), "class_weights"),
    (lambda: learning.softmax_cross_entropy([[1.0]], [0], sample_weight=[1.0]), "weights"),
    (lambda: learning.softmax_cross_entropy([[1.0]], [0], smoothing=0.1), "label_smoothing"),
    (lambda: learning.distillation_loss([[1.0]], [[1.0]], T=2.0), "temperature"),
    (lambda: kb.mutual_information({}, condition="z"), "given"),
    (lambda: kb.normalized_mutual_information({}, average_method="min"), "normalizer"),
    (lambda: kb.channel_capacity([[1.0]], tol=1e-9), "tolerance"),
    (lambda: kb.Labels([0], num_classes=2), "num_outcomes"),
    (lambda: kb.entropy([1.0], units="bits"), "unit"),
    (lambda: kb.project(1, 2, random_state=0), "rng"),
]


CONVERTED = [
    (lambda: kb.families.Normal(mean=0, variance=4), "std=variance**0.5"),
    (lambda: kb.families.Exponential(scale=1), "rate=1/scale"),
    (lambda: kb.families.Weibull(shape=1, rate=2), "scale=1/rate"),
    (lambda: kb.families.Laplace(location=0, std=1), "which is no standard deviation"),
]


@pytest.mark.parametrize("place", range(len(CONVERTED)))
def test_what_is_another_number_is_not_called_another_name(place):
    call, how = CONVERTED[place]
    with pytest.raises(TypeError) as caught:
        call()
    assert how in str(caught.value)
    assert "= here" not in str(caught.value)


@pytest.mark.parametrize("place", range(len(MEANT)))
def test_the_option_that_was_meant_is_named(place):
    call, meant = MEANT[place]
    with pytest.raises(TypeError, match=f"{meant}= here") as caught:
        call()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 (our own bytes)
    assert again.text("zh") == caught.value.text("zh") != caught.value.text()


def test_operands_come_by_position():
    with pytest.raises(kb.CallError, match=r"kl_divergence\(\) got 'p' by name") as caught:
        kb.kl_divergence(p=[1.0], q=[1.0])
    assert "kl_divergence(p, q)" in caught.value.hint
    with pytest.raises(kb.CallError, match="'input' by name") as caught:
        learning.softmax_cross_entropy(input=[[1.0]], target=[0])
    assert "softmax_cross_entropy(logits, targets)" in caught.value.hint
    with pytest.raises(kb.CallError, match="'p' twice"):
        kb.Probs([1.0], p=[1.0])


def test_an_error_inside_a_function_stays_as_it_is():
    def failing(t):
        raise TypeError("of the user")

    with pytest.raises(TypeError, match="of the user") as caught:
        kb.f_divergence([0.5, 0.5], [0.25, 0.75], failing, value_at_zero=0, slope_at_infinity=1)
    assert not isinstance(caught.value, kb.KullbackError)

    def inner(step):
        return failing(1, 2)

    with pytest.raises(TypeError, match=r"failing\(\) takes 1"):
        _calls._explained(inner, "inner", bound=False)(1)


@pytest.mark.parametrize("name", PUBLIC)
def test_names_signatures_and_pickles_stay(name):
    x = PUBLIC[name]
    assert x.__doc__
    assert inspect.signature(x)
    assert pickle.loads(pickle.dumps(x)) is x  # noqa: S301 (our own bytes)


def test_a_call_costs_next_to_nothing():
    def plain(step, /, *, steps):
        return step

    explained = _calls._explained(plain, "plain", bound=False)
    seconds = [
        min(timeit.repeat("f(1, steps=2)", globals={"f": f}, number=2000))
        for f in (plain, explained)
    ]
    assert (seconds[1] - seconds[0]) / 2000 < 2e-6  # some 1e-7 on a quiet machine


def test_compiled_calls_are_not_changed():
    torch = extra("torch")
    z = torch.zeros(2, 3)
    labels = torch.tensor([0, 1])
    compiled = torch.compile(learning.softmax_cross_entropy, backend="eager", fullgraph=True)
    assert torch.allclose(compiled(z, labels), learning.softmax_cross_entropy(z, labels))

    @torch.compile(backend="eager", fullgraph=True)
    def divergence(mean, std):
        p, q = (families.Normal(mean=x, std=std) for x in (mean, mean + 1.0))
        return kb.kl_divergence(p, q)

    assert float(divergence(torch.tensor(1.0), torch.tensor(1.0))) == pytest.approx(0.5)


def test_the_error_is_exported():
    assert kb.CallError is errors.CallError
