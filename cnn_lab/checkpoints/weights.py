"""The weights of a network in a file, and networks compared in words."""

from itertools import zip_longest

import numpy as np

from cnn_lab.checkpoints.files import CheckpointError, load, save

SIZES = {"params", "grads", "input_shape", "output_shape", "input_gradient"}  # no settings


def save_weights(path, network):
    """Write the weights of a network as float32: a small file to hand on.

    Parameters
    ----------
    path : str or path
        An existing file is replaced, see `save`.
    network : cnn_lab.network.Sequential

    Raises
    ------
    ValueError
        If a weight is not a finite number.

    Examples
    --------
    >>> import tempfile
    >>> from cnn_lab.models import build
    >>> trained, other = build("eight_filters", 1), build("eight_filters", 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_weights(f"{folder}/eight.npz", trained)
    ...     load_weights(f"{folder}/eight.npz", other)
    >>> np.array_equal(trained.params["0.W"], other.params["0.W"])
    True
    """
    weights = {f"weights/{k}": value.astype(np.float32) for k, value in network.params.items()}
    for name, value in weights.items():
        if not np.isfinite(value).all():
            raise ValueError(f"{name} holds numbers that are not finite: it is not worth keeping")
    save(path, weights, {"network": architecture(network)}, kind="weights", compressed=True)


def load_weights(path, network):
    """Put the weights of a file of `save_weights`, or of a training's checkpoint, into a network.

    Parameters
    ----------
    path : str or path
    network : cnn_lab.network.Sequential
        Changed in place, and only if everything fits.

    Raises
    ------
    CheckpointError
        If the file cannot be used, or its weights belong to another network.
    """
    checkpoint = load(path, kinds=("weights", "training"), largest=largest_for(network))
    try:
        network.set_weights(weights_for(network, checkpoint.arrays, "weights/"))
    except CheckpointError as error:
        there = checkpoint.about.get("network", [])
        changes = differences({"network": there}, {"network": architecture(network)})
        raise CheckpointError(f"{path} {'; '.join([str(error), *changes])}") from None


def largest_for(network):
    """Return how many bytes a file of this network may have: its weights eight times, and more."""
    return 8 * sum(weights.nbytes for weights in network.params.values()) + 2**26


def weights_for(network, arrays, prefix):
    """Return the arrays whose names begin with ``prefix``, if they are weights of the network.

    Raises
    ------
    CheckpointError
        If a name is missing or unknown, a shape differs, or a number is not finite.
    """
    found = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
    wanted = {name: value.shape for name, value in network.params.items()}
    if set(found) != set(wanted):
        odd = ", ".join(sorted(set(found) ^ set(wanted)))
        raise CheckpointError(f"holds the weights of another network: they differ in {odd}")
    for name, value in found.items():
        if value.shape != wanted[name] or value.dtype.kind != "f":
            there = f"{value.shape}, {value.dtype}"
            raise CheckpointError(f"holds {name} of shape {there}, expected {wanted[name]}")
        if not np.isfinite(value).all():
            raise CheckpointError(f"holds {name} with numbers that are not finite")
    return found


def architecture(network):
    """Describe a network line by line, so that two can be compared.

    Examples
    --------
    >>> from cnn_lab.models import build
    >>> for line in architecture(build("eight_filters"))[:2]:
    ...     print(line)
    input: (28, 28, 1), float32
    layer 0: Conv2D(bias=True, filters=8, geometry={'stride': 1, 'padding': 'valid', \
'dilation': 1}, groups=1, kernel_size=(3, 3)), W (3, 3, 1, 8), b (8,)
    """
    lines = [f"input: {network.input_shape}, {network.dtype}"]
    for number, layer in enumerate(network.layers):
        plain = (bool, int, float, str, tuple, list, dict)
        settings = ", ".join(
            f"{name}={value!r}"
            for name, value in sorted(vars(layer).items())
            if isinstance(value, plain) and name not in SIZES and name[0] != "_"
        )
        weights = "".join(f", {name} {value.shape}" for name, value in layer.params.items())
        lines.append(f"layer {number}: {type(layer).__name__}({settings}){weights}")
    return lines


def differences(there, here):
    """Say in words where two descriptions, dicts of text or lists of lines, differ.

    Examples
    --------
    >>> differences({"epochs": 3, "net": ["a", "b"]}, {"epochs": 4, "net": ["a", "c", "d"]})
    ['epochs: 3 in the file, 4 here', 'net: b in the file, c here']
    """
    found = []
    for name in {**here, **there}:
        old, new = there.get(name), here.get(name)
        if isinstance(old, list) and isinstance(new, list) and old != new:
            pairs = zip_longest(old, new, fillvalue="nothing more")
            old, new = next(pair for pair in pairs if pair[0] != pair[1])
        if old != new:
            found.append(f"{name}: {old} in the file, {new} here")
    return found
