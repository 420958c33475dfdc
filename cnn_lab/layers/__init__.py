"""The layers of a network: each knows its forward pass and its backward pass.

Conventions, for every layer:

- ``layer.build(input_shape, rng)`` draws the weights for inputs of that shape, one image, without
  the batch axis: (n_H, n_W, n_C) or (n,). `cnn_lab.network.Sequential` calls it; a layer that is
  used by itself builds itself at its first forward pass, from `default_rng(0)`, in x's dtype.
- ``layer.forward(x, training=False)`` takes a batch (m, ...) and remembers what the backward pass
  needs, by reference: do not change ``x`` between the two.
- ``layer.backward(dy)`` takes the gradient of the loss with respect to the output, fills
  ``layer.grads`` and returns the gradient with respect to the input.
- ``layer.params`` and ``layer.grads`` are dicts of name to array; both are empty for layers that
  have nothing to learn. Weights are float32 unless ``build`` is told otherwise; activations keep
  the dtype that comes in.
"""

from cnn_lab.layers.activations import ReLU, Sigmoid
from cnn_lab.layers.base import Layer
from cnn_lab.layers.dense import Dense, Flatten
from cnn_lab.layers.dropout import Dropout
from cnn_lab.layers.spatial import AveragePool2D, Conv2D, MaxPool2D

__all__ = [
    "AveragePool2D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool2D",
    "ReLU",
    "Sigmoid",
]
