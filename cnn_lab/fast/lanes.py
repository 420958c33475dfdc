"""The stages of a network on one batch: cut into chunks, which are shared out over threads.

A chunk is small enough for its numbers to stay in the processor's own memory from one stage to the
next, and all working arrays are made once. Each thread has a lane: stages with working arrays of
their own, on which its chunks follow one another. The lanes' gradients are added in their order, so
that the same batch on the same number of threads gives the same bits.
"""

from math import prod

import numpy as np

from cnn_lab.fast.threads import parts, share_out
from cnn_lab.layers import Conv2D

MOST_IMAGES = 50  # in a chunk: with more, calls are no cheaper and the arrays leave the caches
MOST_NUMBERS = 1_000_000  # in the maps of a chunk, for the same reason


class Lanes:
    """The stages of one network for batches of one size.

    Parameters
    ----------
    stages : list of (form, layers)
        The forms are `PooledConvolution`, `TiledConvolution`, `FlatDense` and `PlainStage`.
    input_shape, output_shape : (n_H, n_W, n_C)
        Of one image before the first and after the last stage.
    images : int
        The size of the batch.
    threads : int
    dtype : float dtype
    """

    def __init__(self, stages, input_shape, output_shape, images, threads, dtype):
        shares = parts(images, threads)
        size = _chunk_size(stages, shares[0].stop)
        self.lanes = [_Lane(stages, input_shape, size, share, dtype) for share in shares]
        self.shape, self.dtype = (images, *output_shape), dtype

    def forward(self, x, training):
        """Return the maps (m, n_H, n_W, n_C), or scores, of x (m, n_H_prev, n_W_prev, n_C_prev).

        Only after training can gradients come back.
        """
        output = np.empty(self.shape, self.dtype)
        maps = _as_maps(output)
        share_out(lambda lane: lane.forward(x, maps, training), self.lanes)
        return output

    def backward(self, dy):
        """Put the gradients of dy, of the output's shape, into the layers' ``grads``."""
        dy = _as_maps(dy)
        share_out(lambda lane: lane.backward(dy), self.lanes)
        total = self.lanes[0].gradients()
        for lane in self.lanes[1:]:
            for layer, grads in lane.gradients().items():
                for name, gradient in grads.items():
                    total[layer][name] += gradient
        for layer, grads in total.items():
            layer.grads = grads


class _Lane:
    def __init__(self, stages, input_shape, size, share, dtype):
        n_H, n_W, n_C = input_shape
        self.stages = [form(layers, size) for form, layers in stages]
        starts = range(share.start, share.stop, size)
        self.chunks = [slice(start, min(start + size, share.stop)) for start in starts]
        self.memories = []
        self.x = np.zeros((n_C, n_H, n_W, size), dtype)
        self.dy = None

    def forward(self, x, output, training):
        for stage in self.stages:
            stage.begin()
        for number, chunk in enumerate(self.chunks):
            y = _filled(self.x, x[chunk])
            memories = self._memories(number if training else 0)
            for stage, memory in zip(self.stages, memories, strict=True):
                y = stage.forward(y, memory)
            count = chunk.stop - chunk.start
            output[chunk] = y[..., :count].transpose(3, 1, 2, 0)
        if self.dy is None:
            self.dy = np.zeros(y.shape, y.dtype)

    def backward(self, dy):
        for chunk, memories in zip(self.chunks, self.memories, strict=True):
            gradient = _filled(self.dy, dy[chunk])
            for number in range(len(self.stages) - 1, -1, -1):
                stage, memory = self.stages[number], memories[number]
                gradient = stage.backward(gradient, memory, input_gradient=number > 0)

    def gradients(self):
        every = [stage.gradients() for stage in self.stages]
        return {layer: grads for stage in every for layer, grads in stage.items()}

    def _memories(self, number):
        """Return what the stages remember of chunk ``number``, made when first asked for."""
        if number == len(self.memories):
            self.memories.append([stage.memory() for stage in self.stages])
        return self.memories[number]


def _chunk_size(stages, images):
    """Return how many images are in each chunk of a lane, so that the chunks are about equal."""
    maps = [prod(q.output_shape) for _, layers in stages for q in layers if type(q) is Conv2D]
    most = max(1, min(MOST_IMAGES, MOST_NUMBERS // sum(maps)))
    chunks = -(-images // most)
    return -(-images // chunks)


def _as_maps(array):
    return array if array.ndim == 4 else array[:, np.newaxis, np.newaxis]


def _filled(array, images):
    """Put images (m, n_H, n_W, n_C) into the array (n_C, n_H, n_W, size); blank ones fill it up."""
    array[..., : len(images)] = images.transpose(3, 1, 2, 0)
    array[..., len(images) :] = 0
    return array
