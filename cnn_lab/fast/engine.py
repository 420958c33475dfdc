"""Run a network by its plan: stages on images in lanes, the other layers on the whole batch."""

import threading
from math import prod

from cnn_lab.fast.lanes import Lanes
from cnn_lab.fast.plan import make_plan
from cnn_lab.fast.products import DenseProducts
from cnn_lab.fast.threads import one_blas_thread
from cnn_lab.layers import Conv2D
from cnn_lab.layers.base import carry_back
from cnn_lab.windows import check_gradient

LEAST_IMAGES = 16  # a batch below this is done before the lanes are ready
LEAST_PRODUCTS = 10_000_000  # of a lane in a forward pass: waking a thread for fewer does not pay
KEPT_SIZES = 3  # of batches, with working arrays: training, its last batch, evaluation


class Engine:
    """The fast form of a network.

    Parameters
    ----------
    layers : list of layers, built
        Their weights are read at every step, and their ``grads`` filled.
    input_shape : tuple of int
        Of one image.
    dtype : float dtype
    threads : int

    Attributes
    ----------
    plan : list of `cnn_lab.fast.plan.Part`
    """

    def __init__(self, layers, input_shape, dtype, threads):
        self.layers, self.input_shape = layers, input_shape
        self.dtype, self.threads = dtype, threads
        self.plan = make_plan(layers, dtype)
        inside = [part for part in self.plan if part.form not in (None, DenseProducts)]
        self.count = inside[-1].last + 1 if inside else 0  # of layers in stages
        self.stages = [(part.form, layers[part.first : part.last + 1]) for part in inside]
        self.rest = [
            part.form(layers[part.first], threads) if part.form else layers[part.first]
            for part in self.plan[len(inside) :]
        ]
        convolutions = [q for q in layers[: self.count] if type(q) is Conv2D]
        self.products = sum(q.params["W"].size * prod(q.output_shape[:2]) for q in convolutions)
        self.lanes, self.x, self.lock = {}, None, threading.RLock()

    def applies(self, images):
        """Whether there is anything to gain for a batch of so many images."""
        shared = self.threads > 1 and any(part.form for part in self.plan)
        return images >= LEAST_IMAGES and bool(self.stages or shared)

    def forward(self, x, training):
        """Return the scores for x (m, *input_shape)."""
        with self.lock, one_blas_thread():
            self.x, self.training, self.remembered = x, training, training
            if self.stages:
                x = self._lanes(len(x)).forward(x, training)
            for layer in self.rest:
                x = layer.forward(x, training)
        self.scores_shape = x.shape
        return x

    def backward(self, gradient, input_gradient):
        """Fill the layers' ``grads``; return the gradient of the images when it is asked for.

        The stages compute none; the plain layers then do their work once more.
        """
        check_gradient(gradient, self.scores_shape)
        with self.lock, one_blas_thread():
            if not self.stages:
                return carry_back(self.rest, gradient, input_gradient)
            for layer in reversed(self.rest):
                gradient = layer.backward(gradient)
            if input_gradient or not self.remembered:
                return self._plain_backward(gradient, input_gradient)
            self.remembered = False  # what the stages remember serves once
            self._lanes(len(self.x)).backward(gradient)
        return None

    def explain(self):
        """Return the plan as text: two lines for each part of the network."""
        lines = []
        for part in self.plan:
            numbers = f"{part.first}" if part.first == part.last else f"{part.first}-{part.last}"
            names = ", ".join(map(repr, self.layers[part.first : part.last + 1]))
            title = part.form.title if part.form else "the plain layer"
            lines += [f"{numbers:<5} {names}", f"      {title} ({part.reason})"]
        if any(part.form for part in self.plan):
            least = f"batches of {LEAST_IMAGES} images and more"
            lines.append(f"{least}; smaller ones run on the plain layers")
        return "\n".join(lines)

    def _plain_backward(self, gradient, input_gradient):
        x = self.x
        for layer in self.layers[: self.count]:
            x = layer.forward(x, self.training)
        return carry_back(self.layers[: self.count], gradient, input_gradient)

    def _lanes(self, images):
        if images not in self.lanes:
            while len(self.lanes) >= KEPT_SIZES:
                del self.lanes[next(iter(self.lanes))]
            shapes = self.input_shape, self.layers[self.count - 1].output_shape
            threads = max(1, min(self.threads, images * self.products // LEAST_PRODUCTS))
            self.lanes[images] = Lanes(self.stages, *shapes, images, threads, self.dtype)
        return self.lanes[images]
