"""The loops of the source documents, `cnn_lab.reference`, put together to a training step."""

import time

import numpy as np

from cnn_lab.layers import AveragePool2D, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from cnn_lab.losses import SoftmaxCrossEntropy
from cnn_lab.reference import conv_backward, conv_forward, pool_backward, pool_forward
from measure.numpy_side import batches, network_for


class Loops:
    """A network whose convolutions and pools are loops in Python, in float64.

    What the documents themselves leave to NumPy, products with dense weights and activations, is
    NumPy here. Dropout and the optimizer, which cost nothing beside the loops, are left out.
    """

    def __init__(self, name, threads=1):
        self.network = network_for(name)

    def step(self, x, labels):
        """Return the loss of a batch and the gradients of all weights, by name."""
        loss, backs = SoftmaxCrossEntropy(), []
        for layer in self.network.layers:
            x, back = forward(layer, np.asarray(x, np.float64))
            backs.append(back)
        value, gradient, named = loss.forward(x, labels), loss.backward(), {}
        for number in reversed(range(len(backs))):
            gradient, grads = backs[number](gradient)
            named.update({f"{number}.{name}": array for name, array in grads.items()})
        return value, named

    def seconds_per_image(self, seconds, least=3):
        """Return the median over single images, as many as fit into ``seconds``."""
        (images, labels), *_ = batches(1)
        taken = []
        while len(taken) < least or sum(taken) < seconds:
            n = len(taken) % len(images)
            begun = time.perf_counter()
            self.step(images[n : n + 1], labels[n : n + 1])
            taken.append(time.perf_counter() - begun)
        return float(np.median(taken))


def forward(layer, x):
    """Return the output of a layer, and a function from the gradient of it to that of the input.

    The function returns a pair: the gradient, and a dict of the gradients of the weights.
    """
    match layer:
        case Conv2D():
            return _conv(layer, x)
        case MaxPool2D() | AveragePool2D():
            mode = "max" if isinstance(layer, MaxPool2D) else "average"
            sizes = {"f": layer.pool_size, "stride": layer.stride, "pad": layer.padding}
            y, cache = pool_forward(x, sizes, mode=mode)
            return y, lambda dy: (pool_backward(dy, cache, mode=mode, ties="first"), {})
        case Dense():
            return _dense(layer, x)
        case ReLU():
            return np.maximum(x, 0), lambda dy: (dy * (x > 0), {})
        case Flatten():
            return x.reshape(len(x), -1), lambda dy: (dy.reshape(x.shape), {})
        case Dropout():
            return x, lambda dy: (dy, {})
    raise ValueError(f"there are no loops for {layer}")


def _conv(layer, x):
    how = {"stride": layer.geometry["stride"], "pad": layer.geometry["padding"]}
    b = layer.params.get("b", np.zeros(layer.filters)).reshape(1, 1, 1, -1)
    y, cache = conv_forward(x, layer.params["W"], b, how)

    def back(dy):
        dx, dW, db = conv_backward(dy, cache)
        return dx, {"W": dW, "b": db.ravel()} if layer.bias else {"W": dW}

    return y, back


def _dense(layer, x):
    W = layer.params["W"].astype(np.float64)

    def back(dy):
        return dy @ W.T, {"W": x.T @ dy, "b": dy.sum(axis=0)} if layer.bias else {"W": x.T @ dy}

    return x @ W + layer.params.get("b", 0.0), back
