"""A convolution with many channels, and the 2x2 pool after it, tile by tile with fewer products.

The images are cut into overlapping tiles of 8x8 values. Each tile is turned into 64 other numbers
(`cnn_lab.fast.cook_toom`), in which a 5x5 convolution is a mere multiplication, number by number;
over all channels and filters that makes 64 small matrix products. Turned back, every tile gives 4x4
outputs, that is 2x2 pooled ones. 64 multiplications do what takes 400 in the plain layer.

Arrays are laid out images-last here, (n_C, n_H, n_W, m).
"""

from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn_lab.fast.cook_toom import cook_toom
from cnn_lab.fast.padded import padded_input

LARGEST_TILE = 8  # values a side: larger tiles save more and round worse
# Sums that are equal in the plain layer differ here by their rounding. Below this share of the
# largest they count as tied, so that the gradient goes to the first of them as it does there.
ROUNDING = 2e-6


class TiledConvolution:
    """Conv2D, perhaps ReLU, and a 2x2 max pool, on chunks of images.

    Parameters
    ----------
    layers : [Conv2D, MaxPool2D] or [Conv2D, ReLU, MaxPool2D]
        Built, and such as `cnn_lab.fast.plan` chooses.
    images : int
        How many images a chunk holds.

    Notes
    -----
    With the turned tiles ``V = B.T x B`` and filters ``U = G w G.T``, the products are
    ``M[p] = U[p] @ V[p]`` for each of the 64 numbers p, and the outputs ``A.T M A``. Backward, the
    same matrices are used transposed.
    """

    title = "tiles, with fewer multiplications"

    def __init__(self, layers, images):
        self.convolution, self.rectified = layers[0], len(layers) == 3
        weights = self.convolution.params["W"]
        taps, _, C, F = weights.shape
        n_H, n_W, _ = layers[-1].output_shape
        sums, T_H, T_W = best_tiling(taps, n_H, n_W)
        size, pooled = sums + taps - 1, sums // 2
        self.A, self.B, self.G = (q.astype(weights.dtype) for q in cook_toom(sums, taps))

        def empty(*shape):
            return np.empty(shape, weights.dtype)

        N = T_H * T_W * images
        self.tile_shape = (size, size, C, T_H, T_W, images)
        self.tiles, self.V_shape = empty(*self.tile_shape), (size * size, C, N)
        self.M, self.dU = empty(size * size, F, N), empty(size * size, F, C)
        self.half_turned = empty(size * max(size * C, sums * F) * N)
        self.four = empty(pooled, 2, pooled, 2, F * N)
        self.two, self.best = empty(pooled, 2, pooled, F * N), empty(pooled, pooled, F * N)
        self.best_by_place = self.best.reshape(pooled, pooled, F, T_H, T_W, images)
        self.zero = np.zeros((F, n_H, n_W, images), weights.dtype)  # faster than the number 0
        self._cut(images, sums)
        self._mend(pooled, (F, T_H, T_W, images), (n_H, n_W))

    def _cut(self, images, sums):
        """Make the padded input and its view as tiles, and the same for its gradient."""
        size, _, C, T_H, T_W, _ = self.tile_shape
        least = (T_H - 1) * sums + size, (T_W - 1) * sums + size
        self.x_pad, self.inside = padded_input(self.convolution, images, least)
        views = sliding_window_view(self.x_pad, (size, size), axis=(1, 2))
        views = views[:, ::sums, ::sums][:, :T_H, :T_W]
        self.tile_views = views.transpose(4, 5, 0, 1, 2, 3)
        # A tile is `reach` blocks of sums x sums high and wide; neighbours share blocks.
        reach = -(-size // sums)
        blocks = [-(-n // sums) for n in self.x_pad.shape[1:3]]
        self.blocks = np.empty((sums, sums, C, *blocks, images), self.A.dtype)
        self.dx = np.empty((C, blocks[0], sums, blocks[1], sums, images), self.A.dtype)
        self.block_places = [
            (
                (slice(u * sums, u * sums + sums), slice(v * sums, v * sums + sums)),
                (slice(None), slice(u, u + T_H), slice(v, v + T_W)),
            )
            for u, v in product(range(reach), repeat=2)
        ]

    def _mend(self, pooled, tiles, size):
        """Make the pooled maps and their gradient, whole and seen tile by tile."""
        F, T_H, T_W, images = tiles
        whole = (F, T_H * pooled, T_W * pooled, images)
        self.y_whole, self.dy_whole = np.zeros(whole, self.A.dtype), np.zeros(whole, self.A.dtype)
        by_tile = (F, T_H, pooled, T_W, pooled, images)
        self.y_by_place, self.dy_by_place = (
            array.reshape(by_tile).transpose(2, 4, 0, 1, 3, 5)
            for array in (self.y_whole, self.dy_whole)
        )
        self.y, self.dy = (
            array[:, : size[0], : size[1]] for array in (self.y_whole, self.dy_whole)
        )

    def memory(self):
        """Return arrays for what the backward pass will need of one chunk."""
        return {
            "V": np.empty(self.V_shape, self.y.dtype),
            "right": np.empty(self.two.shape, bool),
            "below": np.empty(self.best.shape, bool),
            "alive": np.empty(self.y.shape, bool),
        }

    def begin(self):
        """Take over the current weights and forget the gradients of the last step."""
        weights = self.convolution.params["W"]
        turned = _turned(self.G, weights).reshape(len(self.dU), *weights.shape[2:])
        self.U = np.ascontiguousarray(turned.transpose(0, 2, 1))
        self.UT = np.ascontiguousarray(self.U.transpose(0, 2, 1))
        self.U_gradient = np.zeros_like(self.U)
        bias = self.convolution.params.get("b")
        self.bias = None if bias is None else bias[:, None, None, None]
        self.db = np.zeros(weights.shape[3], weights.dtype)

    def forward(self, x, memory):
        """Return the pooled maps (n_C, n_H, n_W, m) of x (n_C_prev, n_H_prev, n_W_prev, m)."""
        self.x_pad[self.inside] = x
        np.copyto(self.tiles, self.tile_views)
        self._turn(self.B.T, self.tiles, out=memory["V"])
        np.matmul(self.U, memory["V"], out=self.M)
        self._turn(self.A.T, self.M, out=self.four)
        return self._pool(memory)

    def backward(self, dy, memory, input_gradient=True):
        """Add to the gradients, and return dx (n_C_prev, n_H_prev, n_W_prev, m)."""
        self._pool_backward(dy, memory)
        self._turn(self.A, self.four, out=self.M)
        np.matmul(self.M, memory["V"].transpose(0, 2, 1), out=self.dU)
        self.U_gradient += self.dU
        if not input_gradient:
            return None
        dV = self.tiles.reshape(self.V_shape)
        np.matmul(self.UT, self.M, out=dV)
        self._turn(self.B, dV, out=memory["V"])  # whose numbers have done their service
        dtiles, blocks = memory["V"].reshape(self.tile_shape), self.blocks
        blocks[...] = 0
        for values, place in self.block_places:
            part = dtiles[values]
            blocks[: len(part), : part.shape[1]][(slice(None), slice(None), *place)] += part
        np.copyto(self.dx, blocks.transpose(2, 3, 0, 4, 1, 5))
        C, down, n, across, _, images = self.dx.shape
        return self.dx.reshape(C, down * n, across * n, images)[self.inside]

    def gradients(self):
        """Return the gradients of the chunks since `begin`, by layer."""
        gradient = _turned(self.G.T, self.U_gradient)
        gradient = gradient.reshape(*gradient.shape[:2], *self.U_gradient.shape[1:])
        grads = {"W": np.ascontiguousarray(gradient.transpose(0, 1, 3, 2))}
        if self.bias is not None:
            grads["b"] = self.db
        return {self.convolution: grads}

    def _turn(self, matrix, values, out):
        """Multiply square pieces by ``matrix`` from the left and by its transpose from the right.

        ``values`` and ``out`` hold n * n and k * k numbers of each piece along their first axes,
        where ``matrix`` is (k, n).
        """
        k, n = matrix.shape
        half = self.half_turned[: k * values.size // n]
        np.matmul(matrix, values.reshape(n, -1), out=half.reshape(k, -1))
        np.matmul(matrix, half.reshape(k, n, -1), out=out.reshape(k, k, -1))

    def _pool(self, memory):
        four, two, best, y = self.four, self.two, self.best, self.y
        left, right, upper, lower = four[:, :, :, 0], four[:, :, :, 1], two[:, 0], two[:, 1]
        np.maximum(left, right, out=two)
        np.maximum(upper, lower, out=best)
        F, T_H, T_W, images = self.best_by_place.shape[2:]
        maps = (F, T_H * T_W, images)
        whole = best.reshape(-1, *maps)
        close = np.maximum(whole.max(axis=(0, 2)), -whole.min(axis=(0, 2)))[:, np.newaxis]
        close *= two.dtype.type(ROUNDING)  # of each filter on each image
        for greater, less, winner in ((right, left, "right"), (lower, upper, "below")):
            np.subtract(greater, less, out=greater)
            shape = (*greater.shape[:-1], *maps)
            won = memory[winner].reshape(shape)
            np.greater(greater.reshape(shape), close, out=won)  # nearly tied: to the first
        np.copyto(self.y_by_place, self.best_by_place)
        if self.bias is not None:
            y += self.bias
        if self.rectified:
            np.greater(y, close[:, np.newaxis], out=memory["alive"])
            np.maximum(y, self.zero, out=y)
        return y

    def _pool_backward(self, dy, memory):
        four, two, dbest = self.four, self.two, self.best
        if self.rectified:
            np.multiply(dy, memory["alive"], out=self.dy)
        else:
            self.dy[...] = dy
        self.db += self.dy.sum(axis=(1, 2, 3))
        np.copyto(self.best_by_place, self.dy_by_place)
        np.multiply(dbest, memory["below"], out=two[:, 1])
        np.subtract(dbest, two[:, 1], out=two[:, 0])
        np.multiply(two, memory["right"], out=four[:, :, :, 1])
        np.subtract(two, four[:, :, :, 1], out=four[:, :, :, 0])


def _turned(matrix, values):
    """Return what `TiledConvolution._turn` would put into ``out``, (k, k, rest)."""
    k, n = matrix.shape
    half = np.matmul(matrix, values.reshape(n, -1))
    return np.matmul(matrix, half.reshape(k, n, -1))


def best_tiling(taps, n_H, n_W):
    """Return how many sums a side one tile gives, and the numbers of tiles down and across.

    Parameters
    ----------
    taps : int
        The filter's height and width.
    n_H, n_W : int
        The size of the pooled maps.

    Examples
    --------
    >>> best_tiling(5, 7, 7)
    (4, 4, 4)
    """
    choices = []
    for sums in range(2, LARGEST_TILE - taps + 2, 2):
        T_H, T_W = -(-2 * n_H // sums), -(-2 * n_W // sums)
        choices.append((T_H * T_W * (sums + taps - 1) ** 2, (sums, T_H, T_W)))
    if not choices:
        raise ValueError(f"taps must be at most {LARGEST_TILE - 1}, got {taps}")
    return min(choices)[1]
