"""How the losses of libraries are called, of this one and of others."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from kullback.families import Bernoulli
from kullback.kinds import Labels, Logits, LogProbs, Probs
from kullback.learning.conformance.adapters import (
    Adapter,
    JaxAdapter,
    TorchAdapter,
    offer_only,
)
from kullback.learning.conformance.definitions import Answer
from kullback.learning.losses import sigmoid_cross_entropy, softmax_cross_entropy
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy

__all__ = [
    "PEERS",
    "Keras",
    "Kullback",
    "KullbackInJax",
    "KullbackInTorch",
    "Optax",
    "ScikitLearn",
    "Torch",
    "installed",
]


class Kullback(Adapter):
    """The losses of kullback, on NumPy's arrays."""

    name = "kullback, NumPy"

    def softmax_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `kullback.learning.softmax_cross_entropy`."""
        options["reduction"] = reduction
        return self.answer(lambda z: softmax_cross_entropy(z, targets, **options), logits)

    def sigmoid_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `kullback.learning.sigmoid_cross_entropy`."""
        options["reduction"] = reduction
        return self.answer(lambda z: sigmoid_cross_entropy(z, targets, **options), logits)

    def kl_divergence(self, p: Any, q: Any, *, given: str) -> Answer:
        """See `kullback.kl_divergence`."""
        kind = {"logits": Logits, "log_probs": LogProbs, "probs": Probs}[given]
        return self.answer(lambda x: kl_divergence(kind(p), kind(x)), q)

    def entropy(self, logits: Any) -> Answer:
        """See `kullback.entropy`."""
        return self.answer(lambda z: entropy(Logits(z)), logits)

    def log_loss(self, probs: Any, labels: Any) -> Answer:
        """See `kullback.cross_entropy`."""
        truth = Labels(labels, probs.shape[-1])
        return self.answer(lambda q: cross_entropy(truth, Probs(q)), probs)

    def binary_log_loss(self, probs: Any, targets: Any) -> Answer:
        """See `kullback.families.Bernoulli`."""
        truth = Bernoulli(probability=targets)
        return self.answer(lambda p: cross_entropy(truth, Bernoulli(probability=p)), probs)


class KullbackInTorch(TorchAdapter, Kullback):
    """The losses of kullback, on PyTorch's arrays."""

    name = "kullback, torch"


class KullbackInJax(JaxAdapter, Kullback):
    """The losses of kullback, on JAX's arrays."""

    name = "kullback, JAX"


class Torch(TorchAdapter):
    """PyTorch: torch.nn.functional, and torch.distributions for the entropy."""

    name = "torch"

    def softmax_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `torch.nn.functional.cross_entropy`, which has the classes on axis 1."""
        functional = import_module("torch.nn.functional")
        offer_only(options, "axis", "class_weights", "ignore_index", "label_smoothing")
        axis = options.pop("axis", -1)
        options["weight"] = options.pop("class_weights", None)

        def loss(z: Any) -> Any:
            soft = targets.is_floating_point()
            place = 1 if z.ndim > 1 else 0
            t = targets.movedim(axis, place) if soft else targets
            z = z.movedim(axis, place)
            return functional.cross_entropy(z, t, reduction=reduction, **options)

        return self.answer(loss, logits)

    def sigmoid_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `torch.nn.functional.binary_cross_entropy_with_logits`."""
        functional = import_module("torch.nn.functional")
        offer_only(options)
        call = functional.binary_cross_entropy_with_logits
        return self.answer(lambda z: call(z, targets, reduction=reduction), logits)

    def kl_divergence(self, p: Any, q: Any, *, given: str) -> Answer:
        """See `torch.nn.functional.kl_div`."""
        functional = import_module("torch.nn.functional")

        def divergence(x: Any) -> Any:
            if given == "probs":
                return functional.kl_div(x.log(), p, reduction="none").sum(-1)
            pair = (x, p) if given == "log_probs" else (x.log_softmax(-1), p.log_softmax(-1))
            return functional.kl_div(*pair, reduction="none", log_target=True).sum(-1)

        return self.answer(divergence, q)

    def entropy(self, logits: Any) -> Answer:
        """See `torch.distributions.Categorical`."""
        distributions = import_module("torch.distributions")
        return self.answer(lambda z: distributions.Categorical(logits=z).entropy(), logits)

    def binary_log_loss(self, probs: Any, targets: Any) -> Answer:
        """See `torch.nn.functional.binary_cross_entropy`."""
        functional = import_module("torch.nn.functional")
        call = functional.binary_cross_entropy
        return self.answer(lambda p: call(p, targets, reduction="none"), probs)


class Optax(JaxAdapter):
    """Optax, whose losses are per row: a mean or a sum is the user's."""

    name = "optax"

    def softmax_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `optax.softmax_cross_entropy_with_integer_labels` and the safe one for others."""
        optax, jax = import_module("optax"), import_module("jax")
        self.per_row(reduction)
        offer_only(options, "axis", "label_smoothing", "mask")
        axis, smoothing = options.get("axis", -1), options.get("label_smoothing", 0.0)
        where = options.get("mask")
        labelled = jax.numpy.issubdtype(targets.dtype, jax.numpy.integer)
        if labelled and not smoothing:
            call = optax.softmax_cross_entropy_with_integer_labels
            return self.answer(lambda z: call(z, targets, axis=axis, where=where), logits)
        if labelled:
            targets = jax.nn.one_hot(targets, logits.shape[axis], axis=axis, dtype=logits.dtype)
        if smoothing:
            targets = optax.smooth_labels(targets, smoothing)
        if where is None and axis in (-1, logits.ndim - 1):
            call = optax.safe_softmax_cross_entropy
            return self.answer(lambda z: call(z, targets), logits)
        call = optax.softmax_cross_entropy
        where = None if where is None else jax.numpy.expand_dims(where, axis)
        return self.answer(lambda z: call(z, targets, axis=axis, where=where), logits)

    def sigmoid_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `optax.sigmoid_binary_cross_entropy`."""
        self.per_row(reduction)
        offer_only(options)
        call = import_module("optax").sigmoid_binary_cross_entropy
        return self.answer(lambda z: call(z, targets), logits)

    def per_row(self, reduction: str) -> None:
        """Say that there is no reduction."""
        if reduction != "none":
            raise NotImplementedError

    def kl_divergence(self, p: Any, q: Any, *, given: str) -> Answer:
        """See `optax.kl_divergence` and its form for logarithms of both."""
        optax, jax = import_module("optax"), import_module("jax")

        def divergence(x: Any) -> Any:
            if given == "probs":
                return optax.kl_divergence(jax.numpy.log(x), p)
            make = jax.nn.log_softmax if given == "logits" else (lambda v: v)
            return optax.losses.kl_divergence_with_log_targets(make(x), make(p))

        return self.answer(divergence, q)


class Keras(TorchAdapter):
    """Keras, on its torch backend: set KERAS_BACKEND=torch before it is imported."""

    name = "keras"

    def loss(
        self, loss: Any, y: Any, x: Any, reduction: str, weights: Any = None, **options: Any
    ) -> Answer:
        """Return what an instance of a loss gives."""
        mean = "sum_over_batch_size" if weights is None else "mean_with_sample_weight"
        made = loss(reduction=mean if reduction == "mean" else reduction, **options)
        return self.answer(lambda z: made(y, z, sample_weight=weights), x)

    def softmax_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `keras.losses.CategoricalCrossentropy` and the sparse one."""
        losses = import_module("keras").losses
        shared = {"axis": options.pop("axis", -1), "weights": options.pop("weights", None)}
        if targets.is_floating_point():
            offer_only(options, "label_smoothing")
            call = losses.CategoricalCrossentropy
        else:
            offer_only(options, "ignore_index")
            options = {"ignore_class": options.get("ignore_index")}
            call = losses.SparseCategoricalCrossentropy
        return self.loss(call, targets, logits, reduction, from_logits=True, **shared, **options)

    def sigmoid_cross_entropy(
        self, logits: Any, targets: Any, *, reduction: str, **options: Any
    ) -> Answer:
        """See `keras.losses.BinaryCrossentropy`, which averages over the last axis."""
        offer_only(options)
        call = import_module("keras").losses.BinaryCrossentropy
        y, z = targets[..., None], logits
        made = call(from_logits=True, reduction=reduction)
        return self.answer(lambda x: made(y, x[..., None]), z)

    def kl_divergence(self, p: Any, q: Any, *, given: str) -> Answer:
        """See `keras.losses.kl_divergence`."""
        if given != "probs":
            raise NotImplementedError
        call = import_module("keras").losses.kl_divergence
        return self.answer(lambda x: call(p, x), q)

    def log_loss(self, probs: Any, labels: Any) -> Answer:
        """See `keras.losses.sparse_categorical_crossentropy`."""
        call = import_module("keras").losses.sparse_categorical_crossentropy
        return self.answer(lambda x: call(labels, x), probs)

    def binary_log_loss(self, probs: Any, targets: Any) -> Answer:
        """See `keras.losses.binary_crossentropy`."""
        call = import_module("keras").losses.binary_crossentropy
        return self.answer(lambda x: call(targets[..., None], x[..., None]), probs)


class ScikitLearn(Adapter):
    """scikit-learn, whose log_loss is a mean; a loss per row is that of one row."""

    name = "scikit-learn"

    def log_loss(self, probs: Any, labels: Any) -> Answer:
        """See `sklearn.metrics.log_loss`."""
        call = import_module("sklearn.metrics").log_loss
        classes = range(probs.shape[-1])
        pairs = zip(probs, labels, strict=True)
        return Answer(np.array([call([y], p[None], labels=classes) for p, y in pairs]), None)

    def binary_log_loss(self, probs: Any, targets: Any) -> Answer:
        """See `sklearn.metrics.log_loss`."""
        if not set(targets.tolist()) <= {0.0, 1.0}:
            raise NotImplementedError
        call = import_module("sklearn.metrics").log_loss
        pairs = zip(probs, targets, strict=True)
        values = [call([int(y)], p[None], labels=[0, 1]) for p, y in pairs]
        return Answer(np.array(values), None)


PEERS = {"torch": Torch, "optax": Optax, "keras": Keras, "sklearn": ScikitLearn}
"""Adapters of other libraries, by the module that must be there."""


def installed() -> list[Adapter]:
    """Return the adapters of this library and of all others that are installed."""
    named = (("numpy", Kullback), ("torch", KullbackInTorch), ("jax", KullbackInJax))
    return [make() for module, make in (*named, *PEERS.items()) if find_spec(module)]
