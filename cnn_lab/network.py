"""A network as a chain of layers.

Conventions: images are float arrays (m, n_H, n_W, n_C) with values from 0 to 1, or uint8 arrays
(m, n_H, n_W) with values from 0 to 255, which are divided by 255.
"""

import numpy as np

from cnn_lab.fast.engine import Engine
from cnn_lab.fast.threads import available_threads
from cnn_lab.layers.base import carry_back
from cnn_lab.losses import softmax


class Sequential:
    """Run layers one after the other, forward, and their gradients back.

    Parameters
    ----------
    layers : list of layers of `cnn_lab.layers`
    input_shape : tuple of int
        The shape of one image, (n_H, n_W, n_C), or (n,) for rows.
    rng : numpy.random.Generator, optional
        Draws the first weights and what Dropout drops; `default_rng(0)` when none is given. Layers
        that have weights already keep them, so that `Sequential(trained.layers[:3])` is the lower
        part of a trained network.
    dtype : float dtype
        Of the weights and of the images that go in: float32 to train, float64 to check gradients.

    Attributes
    ----------
    fast : bool
        Whether `cnn_lab.fast` may compute in its own way what it can (`explain` tells what): the
        same numbers to float32's accuracy. When false, the plain layers do everything.
    threads : int
        How many threads a batch is shared out over; at first the cores this process may use, or
        what the environment variable CNN_LAB_THREADS says.

    Raises
    ------
    ValueError
        If a layer cannot take what the layer before it gives, or stands in the chain twice; the
        message names the layer.

    Examples
    --------
    >>> from cnn_lab.layers import Conv2D, Dense, Flatten, MaxPool2D
    >>> network = Sequential([Conv2D(8, 3), MaxPool2D(2), Flatten(), Dense(10)])
    >>> network.forward(np.zeros((5, 28, 28, 1))).shape
    (5, 10)
    >>> network.parameter_count
    13610
    """

    def __init__(self, layers, input_shape=(28, 28, 1), rng=None, dtype=np.float32):
        self.layers = list(layers)
        self.input_shape = tuple(input_shape)
        self.dtype = np.dtype(dtype)
        rng = np.random.default_rng(0 if rng is None else rng)
        shape = self.input_shape
        if not self.layers:
            raise ValueError("a network needs at least one layer, got none")
        for number, layer in enumerate(self.layers):
            if any(layer is other for other in self.layers[:number]):
                raise ValueError(f"layer {number}: {layer} stands in the chain already; make two")
            try:
                shape = self._placed(layer, shape, rng)
            except (TypeError, ValueError) as error:
                raise ValueError(f"layer {number}: {error}") from error
        self.output_shape = shape
        self.fast, self.threads = True, available_threads()
        self._engine, self._used = None, None

    def _placed(self, layer, shape, rng):
        """Build a layer, unless it has weights, and return its output shape."""
        if not layer.params:
            layer.build(shape, rng, self.dtype)
        elif layer.input_shape != shape:
            raise ValueError(f"{layer} has weights for inputs {layer.input_shape}, gets {shape}")
        return layer.output_shape

    @property
    def threads(self):
        """How many threads a batch is shared out over."""
        return self._threads

    @threads.setter
    def threads(self, number):
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise ValueError(f"threads must be a positive integer, got {number!r}")
        self._threads = int(number)

    @property
    def params(self):
        """All weights by name, such as "0.W": the layers' own arrays, not copies."""
        return self._named("params")

    @property
    def grads(self):
        """The gradients of the last backward pass, by the same names."""
        return self._named("grads")

    @property
    def parameter_count(self):
        """How many numbers the network learns."""
        return sum(p.size for p in self.params.values())

    def forward(self, x, training=False):
        """Return the scores (m, classes) for images or rows x (m, *input_shape).

        Several threads may ask for scores at once, but not between the forward and the backward of
        a training step: backward belongs to the last forward.
        """
        x = self.as_input(x)
        self._used = used = self._fast_form(len(x))
        if used is not None:
            return used.forward(x, training)
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dscores, input_gradient=True):
        """Carry the gradient of the loss back through all layers and fill their ``grads``.

        Parameters
        ----------
        dscores : array (m, classes)
        input_gradient : bool
            Whether the gradient of the input is wanted. Training has no use for it, and in a first
            convolution it costs a third of the work.

        Returns
        -------
        array like the input, or None when a first convolution left it out
        """
        gradient = np.asarray(dscores, self.dtype)
        if self._used is not None:
            return self._used.backward(gradient, input_gradient)
        return carry_back(self.layers, gradient, input_gradient)

    def activations(self, x):
        """Return what every layer gives for x: a list of arrays (m, ...), one for each layer."""
        x, self._used = self.as_input(x), None
        outputs = []
        for layer in self.layers:
            x = layer.forward(x)
            outputs.append(x)
        return outputs

    def scores(self, images, batch_size=250):
        """Return the scores (m, classes) of any number of images, a batch at a time."""
        starts = range(0, len(images), batch_size)
        parts = [self.forward(images[start : start + batch_size]) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, *self.output_shape), self.dtype)

    def probabilities(self, images):
        """Return the softmax of the scores, (m, classes)."""
        return softmax(self.scores(images))

    def predict(self, images):
        """Return the class with the highest score for each image, (m,)."""
        return self.scores(images).argmax(axis=1)

    def as_input(self, images):
        """Return images as floats (m, *input_shape), with pixels of 0 to 255 divided by 255.

        Raises
        ------
        ValueError
            If the images do not have the network's input shape, or hold neither floats nor uint8.
        """
        images = np.asarray(images)
        shape = images.shape
        if images.dtype.kind != "f" and images.dtype != np.uint8:
            raise ValueError(f"images must be uint8 (0 to 255) or floats, got {images.dtype}")
        if shape[1:] != self.input_shape and (*shape[1:], 1) != self.input_shape:
            expected = " x ".join(map(str, self.input_shape))
            raise ValueError(f"the network takes images of {expected}, got shape {shape}")
        images = images.reshape(len(images), *self.input_shape)
        if images.dtype == np.uint8:
            return np.multiply(images, self.dtype.type(1 / 255), dtype=self.dtype)
        return images.astype(self.dtype, copy=False)

    def get_weights(self):
        """Return a copy of all weights, by name."""
        return {name: value.copy() for name, value in self.params.items()}

    def set_weights(self, weights):
        """Put weights back in place, as `get_weights` returned them.

        Raises
        ------
        ValueError
            If a name is missing or unknown, or a shape differs.
        """
        params = self.params
        if set(weights) != set(params):
            odd = sorted(set(weights) ^ set(params))
            raise ValueError(f"the weights do not belong to this network: they differ in {odd}")
        for name, value in weights.items():
            if np.shape(value) != params[name].shape:
                wanted = params[name].shape
                raise ValueError(f"{name} must have the shape {wanted}, got {np.shape(value)}")
        for name, value in weights.items():
            params[name][...] = value

    def summary(self):
        """Return a table of the layers, their output shapes and their numbers of weights.

        Examples
        --------
        >>> from cnn_lab.layers import Dense, Flatten
        >>> print(Sequential([Flatten(), Dense(10)]).summary())
        layer                 output shape         weights
        input                 28 x 28 x 1                0
        Flatten()             784                        0
        Dense(10)             10                     7,850
        total                                        7,850
        """
        rows = [("layer", "output shape", "weights"), ("input", _text(self.input_shape), "0")]
        for layer in self.layers:
            weights = sum(p.size for p in layer.params.values())
            rows.append((repr(layer), _text(layer.output_shape), f"{weights:,}"))
        rows.append(("total", "", f"{self.parameter_count:,}"))
        return "\n".join(f"{name:<22}{shape:<18}{weights:>10}" for name, shape, weights in rows)

    def explain(self):
        """Return as text in which form each layer is computed, and why.

        Examples
        --------
        >>> from cnn_lab.layers import Conv2D, Dense, Flatten, MaxPool2D
        >>> print(Sequential([Conv2D(8, 3), MaxPool2D(2), Flatten(), Dense(10)]).explain())
        0-1   Conv2D(8, 3x3), MaxPool2D(2x2)
              convolution and pool at once (few channels: compare planes, not windows)
        2-3   Flatten(), Dense(10)
              dense, without unrolling the maps (at most 32 units: rearrange weights, not maps)
        batches of 16 images and more; smaller ones run on the plain layers
        """
        if not self.fast:
            return "plain layers: network.fast is False"
        return self._made_engine().explain()

    def _fast_form(self, images):
        """Return the engine for a batch of so many images, or None where plain layers do better."""
        if not self.fast:
            return None
        engine = self._made_engine()
        return engine if engine.applies(images) else None

    def _made_engine(self):
        engine = self._engine
        if engine is None or (engine.threads, engine.layers) != (self.threads, self.layers):
            engine = Engine(list(self.layers), self.input_shape, self.dtype, self.threads)
            self._engine = engine
        return engine

    def __getstate__(self):
        return {**self.__dict__, "_engine": None, "_used": None}

    def _named(self, kind):
        return {
            f"{number}.{name}": array
            for number, layer in enumerate(self.layers)
            for name, array in getattr(layer, kind).items()
        }

    def __repr__(self):
        chain = ", ".join(map(repr, self.layers))
        return f"Sequential([{chain}], input_shape={self.input_shape})"


def _text(shape):
    return " x ".join(map(str, shape))
