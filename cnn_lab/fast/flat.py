"""A dense layer of few units on maps that stay as they lie.

Flatten wants every image in a row of its own, channels last; the stages have their numbers in
another order. There are fewer weights than numbers in the batch when the units are few, so here the
weights are put into the order of the numbers, once a step, and not the numbers into that of the
weights.
"""

import numpy as np

MOST_UNITS = 32  # with more, there is more to rearrange in the weights than in the maps


class FlatDense:
    """Flatten and Dense on chunks of images, laid out (n_C, n_H, n_W, m).

    Parameters
    ----------
    layers : [Flatten, Dense]
        Built.
    images : int
        How many images a chunk holds.
    """

    title = "dense, without unrolling the maps"

    def __init__(self, layers, images):
        self.dense = layers[1]
        self.shape = layers[0].input_shape
        inputs, units = self.dense.params["W"].shape
        dtype = self.dense.params["W"].dtype
        self.y = np.empty((units, 1, 1, images), dtype)
        self.dx = np.empty((inputs, images), dtype)
        self.dw = np.empty((units, inputs), dtype)

    def memory(self):
        """Return the array for what the backward pass will need of one chunk."""
        return np.empty_like(self.dx)

    def begin(self):
        """Take over the current weights and forget the gradients of the last step."""
        weights = self.dense.params["W"].reshape(*self.shape, -1)
        self.weights = weights.transpose(3, 2, 0, 1).reshape(self.dw.shape)
        self.total = np.zeros_like(self.dw)
        bias = self.dense.params.get("b")
        self.bias = None if bias is None else bias[:, np.newaxis]
        self.db = np.zeros(len(self.dw), self.dw.dtype)

    def forward(self, x, memory):
        """Return the scores (units, 1, 1, m) of x (n_C, n_H, n_W, m)."""
        memory[...] = x.reshape(memory.shape)
        y = self.y.reshape(len(self.y), -1)
        np.matmul(self.weights, memory, out=y)
        if self.bias is not None:
            y += self.bias
        return self.y

    def backward(self, dy, memory, input_gradient=True):
        """Add to the gradients, and return dx (n_C, n_H, n_W, m)."""
        dy = dy.reshape(len(self.y), -1)
        self.total += np.matmul(dy, memory.T, out=self.dw)
        self.db += dy.sum(axis=1)
        n_H, n_W, n_C = self.shape
        return np.matmul(self.weights.T, dy, out=self.dx).reshape(n_C, n_H, n_W, -1)

    def gradients(self):
        """Return the gradients of the chunks since `begin`, by layer."""
        n_H, n_W, n_C = self.shape
        total = self.total.reshape(-1, n_C, n_H, n_W).transpose(2, 3, 1, 0)
        grads = {"W": total.reshape(self.dense.params["W"].shape)}
        if self.bias is not None:
            grads["b"] = self.db
        return {self.dense: grads}
