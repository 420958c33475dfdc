"""The matrix products of a dense layer, large ones shared out over the threads.

A large layer's weights are far more numbers than a batch's, so each thread takes a part of the
weights and the whole batch: in the forward pass some of the outputs, in the backward pass some of
the inputs. No thread ever reads another's part.
"""

import numpy as np

from cnn_lab.fast.threads import parts, share_out

LEAST_WEIGHTS = 100_000  # with fewer, waking the threads takes longer than they save


class DenseProducts:
    """A Dense layer on rows.

    Parameters
    ----------
    layer : cnn_lab.layers.Dense, built
    threads : int
    """

    title = "matrix products"

    def __init__(self, layer, threads):
        self.layer = layer
        weights = layer.params["W"]
        threads = threads if weights.size >= LEAST_WEIGHTS else 1
        self.inputs, self.outputs = (parts(count, threads) for count in weights.shape)

    def forward(self, x, training=False):
        """Return x @ W + b, (m, units)."""
        weights, bias = self.layer.params["W"], self.layer.params.get("b")
        y = np.empty((len(x), weights.shape[1]), weights.dtype)

        def multiply(units):
            np.matmul(x, weights[:, units], out=y[:, units])
            if bias is not None:
                y[:, units] += bias[units]

        share_out(multiply, self.outputs)
        self.x = x
        return y

    def backward(self, dy):
        """Fill the layer's grads, and return dx = dy @ W.T."""
        weights, x = self.layer.params["W"], self.x
        dw, dx = np.empty_like(weights), np.empty((len(x), len(weights)), weights.dtype)

        def multiply(inputs):
            np.matmul(x[:, inputs].T, dy, out=dw[inputs])
            np.matmul(dy, weights[inputs].T, out=dx[:, inputs])

        share_out(multiply, self.inputs)
        self.layer.grads = {"W": dw}
        if "b" in self.layer.params:
            self.layer.grads["b"] = dy.sum(axis=0)
        return dx
