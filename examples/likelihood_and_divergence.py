"""Maximum likelihood is minimum divergence, as numbers.

Draws of any law p are fitted by a law q. For every number of draws, the mean negative
log-likelihood (NLL) of q and the divergence of q from the empirical law of the draws differ by
the entropy of the empirical law, whatever q is: so both are least for the same q. As the draws
become more, the mean NLL settles on the cross-entropy H(p, q), at the pace of its standard error.

Here p is a mixture of two binomial laws, and q a single one, which p is not:

>>> x = draws(1000)
>>> round(float(nll(x, 0.4) - divergence(x, 0.4)), 12) == round(float(empirical_entropy(x)), 12)
True

Run it to have the claims checked for 1 to 100 000 draws, and with ``-o`` to draw the curves:

    python examples/likelihood_and_divergence.py -o curves.svg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import kullback as kb
from kullback import svg
from kullback.families import Binomial, Mixture
from kullback.fitting import fit

TRIALS = 8
OUTCOMES = np.arange(TRIALS + 1)
GRID = np.linspace(0.02, 0.98, 97)
EXACT = 1e-12  # what two ways of adding up the same numbers may differ by
BAND = 4.0  # standard errors that a mean may be off by


def binomial(probability: float | np.ndarray) -> Binomial:
    """Return the model q."""
    return Binomial(trials=TRIALS, probability=probability)


TRUTH = Mixture(components=[binomial(0.2), binomial(0.7)], weights=[0.6, 0.4])


def draws(n: int) -> np.ndarray:
    """Return the first draws of p."""
    return TRUTH.sample(n, rng=1).astype(int)


def empirical(x: np.ndarray) -> np.ndarray:
    """Return the share of each outcome among the draws."""
    return kb.Counts(np.bincount(x, minlength=len(OUTCOMES))).proportions


def empirical_entropy(x: np.ndarray) -> np.ndarray:
    """Return the entropy of the empirical law."""
    return kb.entropy(empirical(x))


def nll(x: np.ndarray, probability: float | np.ndarray) -> np.ndarray:
    """Return the mean negative log-likelihood of models, draw by draw."""
    if np.ndim(probability):
        return np.array([nll(x, a) for a in probability])
    return -np.mean(kb.log_likelihood(x, binomial(probability)))


def divergence(x: np.ndarray, probability: float | np.ndarray) -> np.ndarray:
    """Return the divergence of models from the empirical law."""
    q = binomial(np.asarray(probability)[..., None])
    return kb.kl_divergence(kb.Probs(empirical(x)), kb.LogProbs(q.log_prob(OUTCOMES)))


def check(n: int) -> tuple[float, float, float, float]:
    """Check the claims for n draws: the gap, both minimisers, and the distance in errors."""
    x = draws(n)
    losses, divergences = nll(x, GRID), divergence(x, GRID)
    gap = float(np.max(np.abs(losses - divergences - empirical_entropy(x))))
    claim(gap <= EXACT, f"{n} draws: NLL less KL differs from H by {gap}")
    best, closest = float(GRID[np.argmin(losses)]), float(GRID[np.argmin(divergences)])
    claim(best == closest, f"{n} draws: NLL is least at {best}, KL at {closest}")
    model = binomial(0.4)
    found = kb.cross_entropy(kb.Samples(x), kb.LogProbs(model.log_prob(OUTCOMES)))
    if found.std_error is None or n < 10:  # too few to tell their error
        return gap, best, closest, float("nan")
    off = float(found.value - kb.cross_entropy(TRUTH, model)) / float(found.std_error)
    claim(abs(off) <= BAND, f"{n} draws: the mean NLL is {off} standard errors off")
    return gap, best, closest, off


def claim(holds: bool, failure: str) -> None:
    """Stop where a claim does not hold."""
    if not holds:
        raise SystemExit(failure)


def chart(x: np.ndarray, fitted: float) -> str:
    """Return both curves, over a bar as high as the constant between them."""
    curves = [
        ("mean NLL", list(zip(GRID, nll(x, GRID), strict=True))),
        ("KL to the data", list(zip(GRID, divergence(x, GRID), strict=True))),
        (f"both are least at {fitted:.3f}", [(fitted, 0.0), (fitted, float(nll(x, fitted)))]),
    ]
    height = float(empirical_entropy(x))
    title = "The bar is the entropy of the data, by which the two curves differ everywhere"
    drawn = svg.curves_over_bars([GRID[0], GRID[-1]], [height], curves, title)
    return svg.standalone(drawn)


def main(arguments: list[str] | None = None) -> None:
    """Print and check the claims; draw the curves for 100 draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="the most draws")
    parser.add_argument("-o", "--output", type=Path, help="where to write the curves, as SVG")
    options = parser.parse_args(arguments)
    print("     draws   max |NLL - KL - H|   least NLL at   least KL at   NLL - H(p, q) in errors")
    n = 1
    while n <= options.most:
        gap, best, closest, off = check(n)
        print(f"{n:10d}   {gap:18.1e}   {best:12.2f}   {closest:11.2f}   {off:23.2f}")
        n *= 10
    x = draws(100)
    fitted = fit(Binomial, x, fixed={"trials": TRIALS}).parameters["probability"]
    print(f"fitted to 100 draws by maximum likelihood: {fitted:.4f}, their mean / {TRIALS}")
    if options.output:
        options.output.write_text(chart(x, fitted), encoding="utf-8")
        print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
