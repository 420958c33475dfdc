"""Passes through copies of layers, and what may be passed through them."""

import copy

import numpy as np

from cnn_lab.network import Sequential

BATCH = 50  # images at a time


def fresh(layers):
    """Return copies of layers in float64 that share nothing with them, and remember nothing."""
    twins = []
    for layer in layers:
        twin = copy.copy(layer)
        twin._x, twin._y, twin.grads = None, None, {}  # what the last batch left may be large
        twin = copy.deepcopy(twin)
        twin.params = {name: np.asarray(p, np.float64) for name, p in twin.params.items()}
        twin.input_gradient = True
        twins.append(twin)
    return twins


def through(layers, x):
    """Return what the last of the layers gives for x."""
    for layer in layers:
        x = layer.forward(x)
    return x


def batches(network, images, name="images", batch=BATCH):
    """Yield the number of the first image and the images as floats, a batch at a time."""
    for start in range(0, len(images), batch):
        try:
            x = network.as_input(images[start : start + batch]).astype(np.float64)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if not np.isfinite(x).all():
            raise ValueError(f"{name} must be finite, and holds nan or inf")
        yield start, x


def checked(network):
    """Return the network, or raise if it is none or takes no pictures."""
    if not isinstance(network, Sequential):
        raise TypeError(f"network must be a Sequential, got {type(network).__name__}")
    if len(network.input_shape) != 3:
        raise ValueError(
            f"network must take pictures (n_H, n_W, n_C), it takes {network.input_shape}"
        )
    return network


def index(value, count, name, least=0):
    """Return a whole number as an int, or raise, naming it, unless least <= value < count."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not least <= value < count:
        raise ValueError(f"{name} must be from {least} to {count - 1}, got {value}")
    return int(value)
