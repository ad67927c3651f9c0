"""Variational Bayes for a linear model, beside the exact posterior and Monte Carlo, with the costs.

The weights w of y = X w + noise, with a normal prior, have a normal posterior that is known
exactly. That makes it a yardstick: each method below answers with a normal law, and the
Kullback-Leibler divergence of that law from the posterior says how good it is.

- Mean-field variational Bayes takes the weights for independent. Its means are right. Its
  variances are 1 / precision, never above the true ones, and far below them where columns of X
  are alike. What it loses is known: the evidence lower bound (ELBO) and the divergence from the
  posterior add up to the log evidence.
- n independent draws of the posterior itself, the best that Monte Carlo can hope for, are off by
  about d (d + 3) / (4 n) nats on average. So they overtake mean-field after a known number of
  draws, and never become exact.
- A Gibbs sampler needs no posterior to draw from, but its draws depend on each other, so it needs
  more of them.
- Importance sampling from the mean-field law corrects it, unless that is too narrow: the Pareto k
  of the weights tells, and is found to be what it is known to be, 1 less the smallest eigenvalue
  of the precision scaled to a unit diagonal. The logarithm of the mean weight approaches the log
  evidence from below.

>>> exact, _ = solve_exactly(problem())
>>> law, _, _ = mean_field(problem())
>>> bool(np.all(law.variance < exact.variance))
True

Run it to have this checked:

    python examples/variational_linear_model.py
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any, NamedTuple

import numpy as np

import kullback as kb
from kullback.families import MultivariateNormal, Normal
from kullback.learning import effective_sample_size, elbo_terms, iwae_bound, pareto_k

SIZE = 4  # weights
ROWS = 40
NOISE = 1.0
ALIKE = 0.5  # the correlation of neighbouring columns
PRIOR = Normal(mean=0.0, std=1.0)
EXACT = 1e-9  # nats, by which two ways to one number may differ
BAND = 4.0  # standard errors that a mean may be off by


class Problem(NamedTuple):
    """The data, and what the posterior is made of."""

    x: np.ndarray
    y: np.ndarray
    precision: np.ndarray
    pull: np.ndarray  # precision times mean


def problem() -> Problem:
    """Return data whose columns resemble their neighbours."""
    rng = np.random.default_rng(0)
    place = np.arange(SIZE)
    mixing = np.linalg.cholesky(ALIKE ** np.abs(place[:, None] - place))
    x = rng.normal(size=(ROWS, SIZE)) @ mixing.T
    y = x @ rng.normal(size=SIZE) + NOISE * rng.normal(size=ROWS)
    return Problem(x, y, x.T @ x / NOISE**2 + np.eye(SIZE), x.T @ y / NOISE**2)


def solve_exactly(given: Problem) -> tuple[MultivariateNormal, float]:
    """Return the posterior, and the log evidence."""
    covariance = np.linalg.inv(given.precision)
    posterior = MultivariateNormal(
        mean=covariance @ given.pull, covariance=0.5 * (covariance + covariance.T)
    )
    data = MultivariateNormal(mean=np.zeros(ROWS), std=np.full(ROWS, NOISE), factor=given.x)
    return posterior, float(data.log_prob(given.y))


def mean_field(given: Problem) -> tuple[MultivariateNormal, float, int]:
    """Return the best law of independent weights, its ELBO, and the sweeps that it took.

    A sweep sets the law of each weight to the optimum given the others, which never lowers the
    ELBO. The variances are right at once, and the means settle.
    """
    precision = np.diag(given.precision)
    mean, sweeps, step = np.zeros(SIZE), 0, math.inf
    while step > 1e-13:
        before = mean.copy()
        for j in range(SIZE):
            mean[j] += (given.pull[j] - given.precision[j] @ mean) / precision[j]
        step, sweeps = float(np.max(np.abs(mean - before))), sweeps + 1
    law = Normal(mean=mean, std=1.0 / np.sqrt(precision))
    spread = given.x**2 @ law.variance  # of each prediction
    fitted = Normal(mean=given.x @ mean, std=NOISE).log_prob(given.y) - 0.5 * spread / NOISE**2
    terms = elbo_terms(fitted, kb.kl_divergence(law, PRIOR), n_data=ROWS, reduction="sum")
    return MultivariateNormal(mean=mean, std=law.std), float(terms.elbo), sweeps


def gibbs(given: Problem, draws: int, rng: np.random.Generator, chains: int = 50) -> np.ndarray:
    """Return draws of the posterior from several chains, each weight drawn given the others."""
    std = 1.0 / np.sqrt(np.diag(given.precision))
    w, kept, idle = rng.normal(size=(chains, SIZE)), [], 50
    for sweep in range(idle + -(-draws // chains)):
        for j in range(SIZE):
            w[:, j] += (given.pull[j] - w @ given.precision[j]) * std[j] ** 2
            w[:, j] += std[j] * rng.normal(size=chains)
        if sweep >= idle:
            kept.append(w.copy())
    return np.concatenate(kept)


def log_weights(given: Problem, law: MultivariateNormal, w: np.ndarray) -> np.ndarray:
    """Return log p(y, w) - log q(w) for draws of q."""
    fitted = Normal(mean=w @ given.x.T, std=NOISE).log_prob(given.y).sum(axis=-1)
    return fitted + PRIOR.log_prob(w).sum(axis=-1) - law.log_prob(w)


def summary(w: np.ndarray, share: np.ndarray | None = None) -> MultivariateNormal:
    """Return the normal law with the mean and the covariance of draws."""
    mean = np.average(w, axis=0, weights=share)
    return MultivariateNormal(mean=mean, covariance=np.cov(w, rowvar=False, aweights=share))


def claim(holds: bool, failure: str) -> None:
    """Stop where a claim does not hold."""
    if not holds:
        raise SystemExit(failure)


def timed(method: Any, *args: Any) -> tuple[Any, float]:
    """Return what a function answers, and the milliseconds that it took."""
    start = time.perf_counter()
    answer = method(*args)
    return answer, 1e3 * (time.perf_counter() - start)


def report(
    name: str, work: str, took: float, law: MultivariateNormal, posterior: MultivariateNormal
) -> float:
    """Print a row of the table, and return the divergence from the posterior."""
    off = np.max(np.abs(law.mean - posterior.mean) / np.sqrt(posterior.variance))
    narrow = np.min(np.sqrt(law.variance / posterior.variance))
    kl = float(kb.kl_divergence(law, posterior))
    print(f"{name:<22}{work:>14}{took:>9.2f}{off:>13.1e}{narrow:>16.3f}{kl:>12.2e}")
    return kl


def check_mean_field(given: Problem, posterior: MultivariateNormal, evidence: float) -> float:
    """Check what is known of mean-field, and return its divergence from the posterior."""
    (law, elbo, sweeps), took = timed(mean_field, given)
    kl = report("mean-field", f"{sweeps} sweeps", took, law, posterior)
    claim(abs(elbo + kl - evidence) <= EXACT, f"ELBO {elbo} + KL {kl} is not {evidence}")
    precision = given.precision
    known = 0.5 * (np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision)[1])
    claim(abs(kl - known) <= EXACT, f"the divergence is {kl}, not {known}")
    claim(bool(np.allclose(law.mean, posterior.mean, atol=1e-9)), "a mean is off")
    claim(bool(np.all(law.variance <= posterior.variance)), "a variance is too large")
    return kl


def check_draws(given: Problem, posterior: MultivariateNormal, kl: float, most: int) -> None:
    """Check how far draws are from the posterior, and when they overtake mean-field."""
    rng = np.random.default_rng(1)
    parameters = SIZE * (SIZE + 3) / 4
    even = math.ceil(parameters / kl)
    for n in (even, most):
        w, took = timed(lambda n: posterior.sample(n, rng=rng), n)
        report("independent draws", f"{n} draws", took, summary(w), posterior)
    for n in (most // 10, most):
        w, took = timed(gibbs, given, n, rng)
        last = report("Gibbs sampler", f"{len(w)} draws", took, summary(w), posterior)
    claim(last < kl, f"after {most} draws Gibbs is still {last} away")

    n, repeats = 100 * SIZE, 200
    w = posterior.sample(repeats * n, rng=rng).reshape(repeats, n, SIZE)
    found = np.array([float(kb.kl_divergence(summary(part), posterior)) for part in w])
    error = found.std() / math.sqrt(repeats)
    off = found.mean() - parameters / n
    print(
        f"\n{n} independent draws: {found.mean():.5f} ± {error:.5f} nats away, "
        f"d (d + 3) / (4 n) = {parameters / n:.5f}; as good as mean-field after about {even}"
    )
    # The next term of the mean is smaller by about d / n.
    claim(abs(off) <= BAND * error + parameters / n * SIZE / n, f"off by {off} ± {error}")


def check_weights(given: Problem, posterior: MultivariateNormal, evidence: float, n: int) -> None:
    """Check importance sampling from the mean-field law, and its bounds on the evidence."""
    law, elbo, _ = mean_field(given)
    w = law.sample(n, rng=2)
    log_w, took = timed(log_weights, given, law, w)
    share = np.exp(log_w - log_w.max())
    report("importance sampling", f"{n} draws", took, summary(w, share), posterior)
    scale = np.sqrt(np.diag(given.precision))
    tail = 1.0 - np.linalg.eigvalsh(given.precision / np.outer(scale, scale))[0]
    k, error = float(pareto_k(log_w)), (1.0 + tail) / math.sqrt(3.0 * math.sqrt(n))
    print(
        f"effective sample size {effective_sample_size(log_w):.0f} of {n} draws; "
        f"Pareto k {k:.2f}, which of all weights is {tail:.2f}"
    )
    claim(abs(k - tail) <= BAND * error, f"Pareto k is {k}, not {tail}")
    print(f"ELBO {elbo:.4f}", end="")
    last = elbo
    for draws in (1, 10, 100):
        bounds = iwae_bound(log_w.reshape(-1, draws))
        mean, error = float(bounds.mean()), float(bounds.std()) / math.sqrt(len(bounds))
        print(f", IWAE of {draws} {mean:.4f} ± {error:.4f}", end="")
        claim(last - BAND * error <= mean, f"with {draws} draws the bound falls to {mean}")
        claim(mean <= evidence + BAND * error, f"{draws} draws pass the evidence {evidence}")
        last = mean
    print(f", log evidence {evidence:.4f}")


def main(arguments: list[str] | None = None) -> None:
    """Print and check the claims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="the most draws")
    options = parser.parse_args(arguments)
    given = problem()
    print(
        "method                          work       ms   mean off, sd   narrowest sd     KL, nats"
    )
    (posterior, evidence), took = timed(solve_exactly, given)
    report("exact", "1 solution", took, posterior, posterior)
    kl = check_mean_field(given, posterior, evidence)
    check_draws(given, posterior, kl, options.most)
    check_weights(given, posterior, evidence, options.most)


if __name__ == "__main__":
    main()
