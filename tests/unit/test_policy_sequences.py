"""Sequences of tokens: what is summed before it is estimated. Probabilities are no logarithms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from libraries import extra

import kullback as kb
from kullback import learning
from kullback.learning import entropy_surrogate, kl_estimate

WORDS = 3
FIRST, SECOND = np.array(list(itertools.product(range(WORDS), repeat=2))).T
RNG = np.random.default_rng(8)
SETTINGS = [
    [(RNG.normal(size=WORDS), RNG.normal(size=(WORDS, WORDS))) for _ in range(3)] for _ in range(4)
]


def tokens(start, after, log_softmax):
    """Return the logarithms of both tokens of all sequences, a list of two of shape (9,)."""
    return log_softmax(start)[FIRST], log_softmax(after)[FIRST, SECOND]


@pytest.mark.parametrize("off_policy", [False, True])
@pytest.mark.parametrize("estimator", ["k1", "k3"])
@pytest.mark.parametrize("setting", range(len(SETTINGS)))
def test_summed_first_value_and_gradient_are_those_of_the_sequences(setting, estimator, off_policy):
    torch = extra("torch")
    logits = [[torch.tensor(z) for z in policy] for policy in SETTINGS[setting]]
    trained = [z.requires_grad_() for z in logits[0]]
    p, q, b = (tokens(*z, lambda z: torch.log_softmax(z, -1)) for z in logits)
    log_p, log_q, log_b = (first + second for first, second in (p, q, b))
    share = (log_b if off_policy else log_p).detach().exp()

    exact = kb.kl_divergence(kb.LogProbs(log_p), kb.LogProbs(log_q))
    options = {"estimator": estimator, "weights": share, "reduction": "sum"}
    summed = kl_estimate(log_p, log_q, log_behaviour=log_b if off_policy else None, **options)
    by_token = sum(
        kl_estimate(p[i], q[i], log_behaviour=b[i] if off_policy else None, **options)
        for i in range(2)
    )
    assert float(summed.detach()) == pytest.approx(float(exact.detach()), rel=1e-12)
    off = float((by_token - exact).detach())
    assert (abs(off) > 0.005) if off_policy else (abs(off) < 1e-12)

    want, told, wrong = (
        torch.cat([g.flatten() for g in torch.autograd.grad(x, trained, retain_graph=True)])
        for x in (exact, summed, by_token)
    )
    assert float((told - want).abs().max()) < 1e-12
    assert float((wrong - want).abs().max()) > 0.005


# ---------------------------------------------------------------- probabilities for logarithms

P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.4, 0.2])
LOG_P, LOG_Q = np.log(P), np.log(Q)


@pytest.mark.parametrize("name", ["numpy", "torch", "jax"])
def test_probabilities_are_refused(name):
    xp = np if name == "numpy" else extra("jax.numpy", "jax") if name == "jax" else extra("torch")
    p, q, log_p, log_q = (xp.asarray(x) for x in (P, Q, LOG_P, LOG_Q))
    for operands, options, wrong in (
        ((p, q), {}, "log_p"),
        ((p, log_q), {}, "log_p"),
        ((log_p, q), {}, "log_q"),
        ((log_p, log_q), {"log_behaviour": q}, "log_behaviour"),
        ((p[:1], q[:1]), {}, "log_p"),
        ((p[0], q[0]), {}, "log_p"),
        ((xp.asarray([0.5, 0.0]), xp.asarray([1.0, 0.0])), {}, "log_p"),
        ((xp.asarray([0.5, 7.0]), log_q[:2]), {"mask": [True, False]}, "log_p"),
    ):
        with pytest.raises(kb.KullbackError, match=f"all of {wrong} lies between 0 and 1"):
            kl_estimate(*operands, **options)
    with pytest.raises(kb.KullbackError, match="all of log_p lies between 0 and 1") as caught:
        entropy_surrogate(p)
    assert "densities=True" in caught.value.hint


def test_logarithms_and_densities_pass():
    x = np.linspace(-0.1, 0.1, 5)
    law, other = (kb.families.Normal(mean=mean, std=0.3) for mean in (0.0, 0.1))
    log_p, log_q = law.log_prob(x), other.log_prob(x)
    assert np.all((log_p > 0.0) & (log_p < 1.0))
    with pytest.raises(kb.KullbackError, match="densities=True"):
        kl_estimate(log_p, log_q)
    assert kl_estimate(log_p, log_q, densities=True, estimator="k1") == pytest.approx(log_p - log_q)
    assert entropy_surrogate(log_p, densities=True) == pytest.approx(-log_p)
    assert kl_estimate(log_p, log_q, check=False).shape == (5,)
    spread = np.array([0.2, -3.0])  # of densities that vary, nothing need be said
    assert kl_estimate(spread, spread).tolist() == [0.0, 0.0]
    certain = np.zeros(3)  # as is a policy that has no choice
    assert kl_estimate(certain, certain).tolist() == [0.0, 0.0, 0.0]
    assert kl_estimate([], []).shape == (0,)
    assert kl_estimate(certain, [-1.0, 0.0, -2.0]).shape == (3,)


def test_probabilities_are_not_looked_for_inside_a_compiled_function():
    jax = extra("jax")
    assert jax.jit(kl_estimate)(P, Q).shape == (3,)


@pytest.mark.parametrize(
    "function",
    [
        learning.iwae_bound,
        learning.effective_sample_size,
        learning.doubly_reparameterized_weights,
        lambda x: learning.renyi_bound(x, order=0.5),
        learning.pareto_k,
    ],
)
def test_normalised_weights_are_refused_for_their_logarithms(function):
    w = np.random.default_rng(0).dirichlet(np.ones(40), size=2)
    with pytest.raises(kb.KullbackError, match="these are weights, not their logarithms"):
        function(w)
    assert np.all(np.isfinite(function(np.log(w))))
    assert np.all(np.isfinite(function(40.0 * w)))  # known up to a constant, as logarithms are


def test_log_probs_say_what_to_do_with_probabilities():
    with pytest.raises(kb.KullbackError, match="at most 0") as caught:
        kb.LogProbs([0.5, 0.5])
    assert "Probs" in caught.value.hint
