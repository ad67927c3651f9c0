"""Cross-entropy and squared error, on the digits that come with scikit-learn.

For labels, the mean negative log-likelihood (NLL) of a classifier, the cross-entropy of the
one-hot labels with its probabilities, and their divergence from these are one number: a one-hot
row has no entropy.

>>> nll, cross_entropy, divergence = same_number(logits=np.eye(3), labels=np.array([0, 2, 1]))
>>> round(nll, 6), round(cross_entropy, 6), round(divergence, 6)
(1.218111, 1.218111, 1.218111)

Squared error on the outputs is another loss. Its gradient through a sigmoid is
(y_hat - y) s'(z) x, that of cross-entropy (y_hat - y) x: where a unit is sure and wrong, s'(z) is
nearly 0, and with it what could correct the unit. Through a softmax it is the same, so that a
network which starts out sure and wrong does not learn.

Softmax regression and a network of one hidden layer are trained by equal steps with both losses,
from small weights and from large, unlucky ones. (A gradient can also be too large: at five times
this rate, the first steps of cross-entropy from the large weights silence the network's rectified
units for good.) With ``-o`` the losses on digits not trained with are drawn side by side:

    python examples/classifier_losses.py -o curves.svg
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

import kullback as kb
from kullback import svg
from kullback.learning import (
    cross_entropy_gradient,
    softmax_cross_entropy,
    squared_error,
    squared_error_gradient,
)

CLASSES = 10
HIDDEN = 32
EXACT = 1e-12  # what two ways of adding up the same numbers may differ by
RATE = 0.1
LOSSES = ("cross-entropy", "squared error")
STARTS = {"small": 0.1, "large": 8.0}  # the standard deviation of the first logits


@dataclass
class Model:
    """Softmax regression, or a network of one hidden layer of rectified units."""

    layers: list[np.ndarray]
    inputs: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def started(cls, sizes: list[int], spread: float) -> Model:
        """Return a model whose logits start at about this standard deviation."""
        rng = np.random.default_rng(0)
        layers = [rng.normal(0.0, np.sqrt(2.0 / a), (a, b)) for a, b in pairwise(sizes)]
        layers[-1] *= spread
        return cls(layers)

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Return the logits, and keep what each layer saw."""
        self.inputs = []
        for i, weights in enumerate(self.layers):
            self.inputs.append(x if i == 0 else np.maximum(x, 0.0))
            x = self.inputs[-1] @ weights
        return x

    def step(self, slope: np.ndarray, rate: float) -> None:
        """Descend, given the slope of the loss in the logits."""
        for i in reversed(range(len(self.layers))):
            x, weights = self.inputs[i], self.layers[i]
            below = (slope @ weights.T) * (x > 0.0)
            self.layers[i] = weights - rate * x.T @ slope
            slope = below


def softmax(z: np.ndarray) -> np.ndarray:
    """Return the probabilities of classes."""
    return kb.Logits(z).probs


def slopes(loss: str, z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient in the logits: q - y, or what the softmax's slopes make of it."""
    q = softmax(z)
    error = q - y
    if loss == "cross-entropy":
        return error / len(z)
    return q * (error - np.sum(q * error, axis=-1, keepdims=True)) / len(z)


def mean_loss(loss: str, z: np.ndarray, labels: np.ndarray) -> float:
    """Return the loss that is trained with."""
    if loss == "cross-entropy":
        return float(softmax_cross_entropy(z, labels, reduction="mean"))
    y = np.eye(CLASSES)[labels]
    return float(squared_error(softmax(z), y, reduction="sum")) / len(z)


def same_number(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return mean NLL, cross-entropy of one-hot labels and divergence from them."""
    q, one_hot = softmax(logits), np.eye(logits.shape[-1])[labels]
    nll = -np.mean(np.log(q[np.arange(len(labels)), labels]))
    cross_entropy = softmax_cross_entropy(logits, one_hot, reduction="mean")
    divergence = np.mean(kb.kl_divergence(kb.Probs(one_hot), kb.Logits(logits)))
    return float(nll), float(cross_entropy), float(divergence)


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return digits to train with, their labels, and others to test with; 1 is for the bias."""
    from sklearn.datasets import load_digits

    x, labels = map(np.asarray, load_digits(return_X_y=True))
    order = np.random.default_rng(0).permutation(len(x))
    x = np.column_stack([x / 16.0, np.ones(len(x))])[order]
    half = len(x) // 2
    return x[:half], labels[order][:half], x[half:], labels[order][half:]


def trained(sizes: list[int], loss: str, spread: float, steps: int) -> tuple[list, float, float]:
    """Return the NLL of other digits after each ten steps; in the end, accuracy and NLL."""
    x, labels, others, truth = digits()
    model, y = Model.started(sizes, spread), np.eye(CLASSES)[labels]
    curve = []
    for step in range(steps):
        if step % 10 == 0:
            nll = softmax_cross_entropy(model.logits(others), truth, reduction="mean")
            curve.append((float(step), float(nll)))
        model.step(slopes(loss, model.logits(x), y), RATE)
    parts = softmax_cross_entropy(model.logits(others), truth, reduction="mean", return_parts=True)
    curve.append((float(steps), float(parts.loss)))
    return curve, float(parts.accuracy), float(parts.loss)


def claim(holds: bool, failure: str) -> None:
    """Stop where a claim does not hold."""
    if not holds:
        raise SystemExit(failure)


def check_numbers() -> None:
    """Mean NLL, cross-entropy and divergence of a model of the digits are one number."""
    x, labels, _, _ = digits()
    numbers = same_number(Model.started([x.shape[1], CLASSES], 1.0).logits(x), labels)
    nll, cross_entropy, divergence = numbers
    print(f"mean NLL {nll:.12f} = cross-entropy {cross_entropy:.12f} = KL {divergence:.12f}")
    claim(max(numbers) - min(numbers) <= EXACT, f"they differ: {numbers}")


def check_gradients() -> None:
    """A wrong unit's gradient vanishes with squared error, and not with cross-entropy."""
    print("      z    y_hat - y    by cross-entropy    by squared error    (for x = 1, y = 1)")
    for z in (0.0, -2.0, -5.0, -10.0, -20.0):
        unit = [[1.0]], [z], [1.0]
        by_entropy = float(cross_entropy_gradient(*unit)[0, 0])
        by_square = float(squared_error_gradient(*unit)[0, 0])
        share = 1.0 / (1.0 + np.exp(-z))
        print(f"{z:7.0f}   {share - 1.0:10.6f}   {by_entropy:17.3e}   {by_square:17.3e}")
        claim(abs(by_entropy - (share - 1.0)) <= EXACT, "not (y_hat - y) x")
        wanted = (share - 1.0) * share * (1.0 - share)
        claim(abs(by_square - wanted) <= EXACT * abs(wanted), "not (y_hat - y) s'(z) x")
    claim(by_entropy < -0.99 and abs(by_square) < 1e-8, "the gradient did not vanish")


def check_descent() -> None:
    """The slopes that are trained with are those of the losses."""
    x, labels, _, _ = digits()
    z, y = Model.started([x.shape[1], CLASSES], 1.0).logits(x[:5]), np.eye(CLASSES)[labels[:5]]
    way, h = np.random.default_rng(1).normal(size=z.shape), 1e-5
    for loss in LOSSES:
        ahead, behind = (mean_loss(loss, z + s * way, labels[:5]) for s in (h, -h))
        off = abs((ahead - behind) / (2 * h) - np.sum(slopes(loss, z, y) * way))
        claim(off <= 1e-8, f"the slope of {loss} is off by {off}")  # the square of h, and more


def chart(curves: dict[str, list[tuple[float, float]]], steps: int) -> str:
    """Return the curves, cut off at the height of a guess at random, which the bar shows."""
    title = "NLL of other digits, in nats, by steps; the bar is as high as that of a blind guess"
    drawn = svg.curves_over_bars(
        [0.0, float(steps)], [np.log(CLASSES)], list(curves.items()), title
    )
    return svg.standalone(drawn)


def main(arguments: list[str] | None = None) -> None:
    """Print and check the claims; draw the curves of the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000, help="steps of each training")
    parser.add_argument("-o", "--output", type=Path, help="where to write the curves, as SVG")
    options = parser.parse_args(arguments)
    check_numbers()
    check_gradients()
    check_descent()
    inputs = digits()[0].shape[1]
    models = {"softmax regression": [inputs, CLASSES], "network": [inputs, HIDDEN, CLASSES]}
    curves = {}
    print(f"after {options.steps} steps, on digits not trained with:   accuracy   NLL in nats")
    for name, sizes in models.items():
        for start, spread in STARTS.items():
            ends = {}
            for loss in LOSSES:
                curve, accuracy, nll = trained(sizes, loss, spread, options.steps)
                ends[loss] = nll
                if name == "network":
                    curves[f"{loss}, {start} first weights"] = curve
                print(f"{name:18} {start} weights, {loss:13}   {accuracy:10.3f}   {nll:11.4f}")
            failure = f"{name}, {start}: cross-entropy did not end at the lower NLL: {ends}"
            claim(ends["cross-entropy"] < ends["squared error"], failure)
    if options.output:
        options.output.write_text(chart(curves, options.steps), encoding="utf-8")
        print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
