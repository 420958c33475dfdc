"""NumPy's side of the race: a training step through the public interface of the course.

Both sides make the same step: forward while training, loss, backward, one step of the optimizer, on
a batch of float32 images that lies ready. They take the same batches in the same order.
"""

import numpy as np

from cnn_lab import models
from cnn_lab.layers import Dropout
from cnn_lab.losses import SoftmaxCrossEntropy
from cnn_lab.mnist import load_mnist
from cnn_lab.optimizers import SGD
from measure.turns import Turns

BATCH_SIZE = 100
LEARNING_RATE, MOMENTUM = 0.01, 0.9


def batches(count=10):
    """Return the first batches of the training set: pairs of float32 (m, 28, 28, 1) and (m,)."""
    images, labels = load_mnist("train")
    images, labels = images[: count * BATCH_SIZE], labels[: count * BATCH_SIZE]
    floats = images[..., np.newaxis] * np.float32(1 / 255)
    return list(zip(np.split(floats, count), np.split(labels, count), strict=True))


def network_for(name, threads=1):
    """Build one of `cnn_lab.models`, always with the same weights, with so many threads."""
    network = models.build(name, np.random.default_rng(0))
    if hasattr(network, "threads"):
        network.threads = threads
    return network


def network_for_trial(name, threads=1):
    """Build the same network as all of its numbers can be compared.

    Without dropout; and with biases that are not zero, or else ReLU would stand exactly at its kink
    in every corner that is black, where rounding decides.
    """
    network, rng = network_for(name, threads), np.random.default_rng(1)
    for layer in network.layers:
        if isinstance(layer, Dropout):
            layer.rate = 0.0
        if "b" in layer.params:
            layer.params["b"] += rng.normal(0.0, 0.02, layer.params["b"].shape)
    return network


class NumpyStep:
    """A training step as `cnn_lab.training.fit` makes it."""

    def __init__(self, network):
        self.network = network
        self.loss = SoftmaxCrossEntropy()
        self.optimizer = SGD(LEARNING_RATE, momentum=MOMENTUM)

    def __call__(self, x, labels):
        """Make the step and return the loss before it."""
        value = self.loss.forward(self.network.forward(x, training=True), labels)
        self.network.backward(self.loss.backward(), input_gradient=False)
        self.optimizer.step(self.network.params, self.network.grads)
        return value


class NumpySide(Turns):
    """The engine of the course, as one contender, "NumPy"."""

    def __init__(self, name, threads):
        super().__init__()
        self.name, self.threads = name, threads
        self.batches = batches()
        self.step = NumpyStep(network_for(name, threads))

    def ready(self, contender):
        """Return the step of the contender, and its batches."""
        return self.step, self.batches

    def trial(self, contender, steps):
        """Train another network, see `network_for_trial`.

        Returns
        -------
        gradients : dict of name to array
            Those of the first step.
        losses : list of float
            One a step.
        """
        network = network_for_trial(self.name, self.threads)
        step, losses = NumpyStep(network), []
        for x, labels in self.batches[:steps]:
            losses.append(step(x, labels))
            if len(losses) == 1:
                gradients = {name: gradient.copy() for name, gradient in network.grads.items()}
        return gradients, losses

    def about(self):
        """Return which layers run in a fast form, if the network can tell."""
        network = self.step.network
        return network.explain() if hasattr(network, "explain") else "plain layers"
