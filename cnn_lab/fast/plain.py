"""A plain layer among the fast ones: nothing saved but the team's threads."""

import copy

import numpy as np


class PlainStage:
    """Run one layer as it is on chunks of images.

    Each chunk has its own copy of the layer, which shares the weights and remembers the chunk's
    input.

    Parameters
    ----------
    layers : [layer]
    images : int
        How many images a chunk holds; a plain layer does not mind.
    """

    title = "the plain layer, in chunks"

    def __init__(self, layers, images):
        (self.layer,) = layers

    def memory(self):
        """Return the copy of the layer that will remember one chunk."""
        return copy.copy(self.layer)

    def begin(self):
        """Forget the gradients of the last step."""
        self.grads = {name: np.zeros_like(p) for name, p in self.layer.params.items()}

    def forward(self, x, memory):
        """Return what the layer gives for x, both (n_C, n_H, n_W, m)."""
        memory.__dict__.update(self.layer.__dict__)  # weights and settings as they are now
        return _images_last(memory.forward(_channels_last(x), training=True))

    def backward(self, dy, memory, input_gradient=True):
        """Add to the gradients, and return dx (n_C_prev, n_H_prev, n_W_prev, m)."""
        memory.input_gradient = input_gradient
        dx = memory.backward(_channels_last(dy))
        for name, gradient in memory.grads.items():
            self.grads[name] += gradient
        return None if dx is None else _images_last(dx)

    def gradients(self):
        """Return the gradients of the chunks since `begin`, by layer."""
        return {self.layer: self.grads} if self.grads else {}


def _channels_last(array):
    return np.ascontiguousarray(array.transpose(3, 1, 2, 0))


def _images_last(array):
    return array.transpose(3, 1, 2, 0)
