"""A variational autoencoder of handwritten digits, and what its bound is made of.

An encoder and a decoder of one hidden layer each learn scikit-learn's 8x8 digits, black and
white, by minimising `loss` of `kullback.learning.elbo_terms`. On digits that were held out:

- the evidence lower bound (ELBO) is the log-likelihood of the pixels less the divergence of the
  code from its prior, and it beats pixels that know nothing of each other;
- that divergence, latent dimension by dimension, tells which of them the code uses;
- the mean of log weights estimates the ELBO as well, and with the same draws the bound rises on
  every single image as the Rényi order falls: ELBO, order 1/2, IWAE;
- so does the IWAE bound as more draws share a logarithm.

Run it to have this checked, and with ``-o`` to have pictures of reconstructions, samples and the
latent plane:

    python examples/vae_digits.py -o pictures
"""

from __future__ import annotations

import argparse
import math
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import kullback as kb
from kullback import svg
from kullback.families import Normal
from kullback.learning import (
    ElboTerms,
    active_units,
    effective_sample_size,
    elbo_terms,
    iwae_bound,
    linear_schedule,
    pareto_k,
    renyi_bound,
)

LATENTS = 16
HIDDEN = 128
BATCH = 128
HELD_OUT = 297
DRAWS = 50
ORDERS = (1.0, 0.5, 0.0)
ROUNDING = 1e-4  # nats, of sums of float32 numbers near 20
BAND = 4.0  # standard errors that a mean may be off by
PRIOR = Normal(mean=torch.tensor(0.0), std=torch.tensor(1.0))


class Data(NamedTuple):
    """Images to learn from and images held out, as rows of 64 pixels, with their digits."""

    train: Tensor
    test: Tensor
    digits: np.ndarray


def data() -> Data:
    """Return the digits in black and white, in an order of chance."""
    pixels, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(pixels))
    images = torch.tensor(pixels[order] > 7.5, dtype=torch.float32)
    return Data(images[HELD_OUT:], images[:HELD_OUT], digits[order][:HELD_OUT])


class Model(nn.Module):
    """q(z | x), a normal law for each latent dimension, and the logits of p(x | z)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, 2 * LATENTS)
        )
        self.decoder = nn.Sequential(nn.Linear(LATENTS, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, 64))

    def code(self, x: Tensor) -> Normal:
        """Return q(z | x)."""
        mean, log_std = self.encoder(x - 0.5).chunk(2, dim=-1)
        return Normal(mean=mean, std=log_std.exp())

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return log p(x | z), summed over the pixels."""
        return pixel_log_likelihood(x, self.decoder(z))

    def terms(self, x: Tensor, beta: float | Tensor = 1.0, reduction: str = "mean") -> ElboTerms:
        """Return the bound for some images, with one draw for each."""
        q = self.code(x)
        z = q.mean + q.std * torch.randn_like(q.mean)
        kl = kb.kl_divergence(q, PRIOR)
        return elbo_terms(self.log_likelihood(x, z), kl, beta=beta, reduction=reduction)

    def log_weights(self, x: Tensor, draws: int) -> Tensor:
        """Return log p(x, z) - log q(z | x) for draws of z, shape (images, draws)."""
        q = self.code(x)
        z = q.mean + q.std * torch.randn(draws, *q.mean.shape)
        log_ratio = (PRIOR.log_prob(z) - q.log_prob(z)).sum(dim=-1)
        return (self.log_likelihood(x, z) + log_ratio).T


def pixel_log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """Return the log-likelihood of black and white pixels, summed over an image."""
    sign = 2.0 * x - 1.0
    return nn.functional.logsigmoid(sign * logits).sum(dim=-1)


def train(model: Model, images: Tensor, steps: int) -> None:
    """Minimise the loss; beta rises to 1 over the first quarter of the steps."""
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    print("     step   beta   reconstruction       KL     ELBO")
    for step in range(1, steps + 1):
        x = images[torch.randint(len(images), (BATCH,))]
        beta = linear_schedule(step, steps=steps / 4)
        terms = model.terms(x, beta=float(beta))
        optimiser.zero_grad()
        terms.loss.backward()
        optimiser.step()
        if step % max(steps // 5, 1) == 0:
            print(
                f"{step:9d} {beta:6.2f} {terms.reconstruction:16.2f} {terms.kl:8.2f} "
                f"{terms.elbo:8.2f}"
            )


def claim(holds: bool, failure: str) -> None:
    """Stop where a claim does not hold."""
    if not holds:
        raise SystemExit(failure)


def check_parts(model: Model, given: Data) -> ElboTerms:
    """Check what the bound is made of, on the images held out, and print it."""
    terms = model.terms(given.test, reduction="none")
    elbo, reconstruction, kl = (
        float(x.mean()) for x in (terms.elbo, terms.reconstruction, terms.kl)
    )
    print(f"\nheld out, nats per image: ELBO {elbo:.2f} = -{reconstruction:.2f} - {kl:.2f}")

    share = given.train.mean(dim=0).clamp(1e-3, 1 - 1e-3)
    alone = float(pixel_log_likelihood(given.test, torch.logit(share)).mean())
    print(f"pixels that know nothing of each other: {alone:.2f}")
    claim(elbo > alone, f"the ELBO is {elbo}, but pixels alone reach {alone}")

    per_dimension = terms.kl_per_dimension.numpy()
    used = active_units(model.code(given.test).mean).numpy()
    rest = per_dimension[~used].sum()
    print("KL per latent dimension:", " ".join(f"{x:.2f}" for x in sorted(per_dimension)[::-1]))
    print(f"active units: {used.sum()} of {LATENTS}; the others hold {rest:.3f} nats")
    claim(abs(per_dimension.sum() - kl) <= ROUNDING, "the dimensions do not add up to the KL")
    claim(rest <= 0.02 * kl, "units that are not active hold information")
    return terms


def check_weights(model: Model, x: Tensor, elbo: Tensor) -> None:
    """Check the bounds that many draws give for each image, and print their means."""
    log_w = model.log_weights(x, DRAWS)
    bounds = {order: renyi_bound(log_w, order=order) for order in ORDERS}
    print(f"with the same {DRAWS} draws: ", end="")
    print(", ".join(f"order {order:g} {bound.mean():.2f}" for order, bound in bounds.items()))
    gap = bounds[1.0] - elbo  # two estimates of one number
    off = float(gap.mean() / gap.std()) * math.sqrt(len(gap))
    claim(abs(off) <= BAND, f"the two ELBOs are {off} standard errors apart")
    for low, high in pairwise(ORDERS):
        least = float((bounds[high] - bounds[low]).min())
        claim(least >= -ROUNDING, f"from order {low} to {high} a bound falls by {-least}")

    last = bounds[1.0]
    for draws in (2, 10, DRAWS):  # of which each divides the next
        bound = iwae_bound(log_w.reshape(len(x), -1, draws)).mean(dim=-1)
        print(f"IWAE bound of {draws:2d} draws: {bound.mean():.2f}")
        least = float((bound - last).min())
        claim(least >= -ROUNDING, f"with {draws} draws the IWAE bound falls by {-least}")
        last = bound
    size, heavy = effective_sample_size(log_w), pareto_k(log_w) > 0.7
    print(f"effective sample size: {size.mean():.1f} of {DRAWS} draws")
    print(f"Pareto k above 0.7: on {float(heavy.float().mean()):.0%} of the images")


def draw(model: Model, given: Data, kl_per_dimension: Tensor, folder: Path) -> None:
    """Write pictures of reconstructions, of samples and of the plane of the two fullest latents."""
    columns = 12

    def grid(*rows: Tensor) -> list[list[list[float]]]:
        return torch.cat(rows).reshape(-1, 8, 8).tolist()

    def decoded(z: Tensor) -> Tensor:
        return model.decoder(z).sigmoid()

    x, q = given.test[:columns], model.code(given.test)
    first, second = (int(d) for d in kl_per_dimension.argsort(descending=True)[:2])
    along = torch.linspace(-2.0, 2.0, columns)
    plane = torch.zeros(columns, columns, LATENTS)
    plane[..., first], plane[..., second] = along[None, :], along.flip(0)[:, None]
    charts = {
        "reconstructions": svg.pictures(
            grid(x, decoded(q.mean[:columns])), columns, "Held-out digits over reconstructions"
        ),
        "samples": svg.pictures(
            grid(decoded(torch.randn(4 * columns, LATENTS))),
            columns,
            "Draws from the prior, decoded",
        ),
        "plane": svg.pictures(
            grid(decoded(plane.reshape(-1, LATENTS))), columns, "What two latent dimensions mean"
        ),
        "codes": svg.labelled_points(
            q.mean[:, [first, second]].tolist(),
            given.digits.tolist(),
            "Where held-out digits lie in two latent dimensions",
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        (folder / f"{name}.svg").write_text(svg.standalone(chart), encoding="utf-8")
        print(f"wrote {folder / name}.svg")


def main(arguments: list[str] | None = None) -> None:
    """Train, print and check the claims; draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000, help="how many steps to train for")
    parser.add_argument("-o", "--output", type=Path, help="a folder for the pictures, as SVG")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        given, model = data(), Model()
        train(model, given.train, options.steps)
        print(f"trained for {time.perf_counter() - start:.1f} s")
        with torch.no_grad():
            terms = check_parts(model, given)
            check_weights(model, given.test, terms.elbo)
            if options.output:
                draw(model, given, terms.kl_per_dimension, options.output)


if __name__ == "__main__":
    main()
