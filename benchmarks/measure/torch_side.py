"""PyTorch's side of the race: the same networks and the same step, as a careful user writes them.

Four contenders: eager and compiled, with the images stored channels first (NCHW, PyTorch's own
order) and channels last. Nothing here imports torch before a side is made.
"""

import numpy as np

from cnn_lab.layers import AveragePool2D, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from measure.numpy_side import LEARNING_RATE, MOMENTUM, batches, network_for, network_for_trial
from measure.turns import Turns

LAYOUTS = ("NCHW", "channels last")


class TorchStep:
    """A training step; what is compiled is model, loss and their gradients."""

    def __init__(self, model, compiled):
        import torch

        self.optimizer = torch.optim.SGD(
            model.parameters(), LEARNING_RATE, momentum=MOMENTUM, fused=True
        )

        def loss_of(x, labels):
            return torch.nn.functional.cross_entropy(model(x), labels)

        self.loss_of = torch.compile(loss_of) if compiled else loss_of

    def __call__(self, x, labels):
        """Make the step and return the loss before it."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(x, labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class TorchSide(Turns):
    """PyTorch on the processor, with contenders such as "eager, NCHW"."""

    def __init__(self, name, threads):
        import torch

        super().__init__()
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.name = name
        self.batches = {layout: as_tensors(batches(), layout) for layout in LAYOUTS}
        self.steps = {}

    def ready(self, contender):
        """Return the step of a contender, made when it is first asked for, and its batches."""
        if contender not in self.steps:
            self.steps[contender] = self._step(contender, torch_model(network_for(self.name)))
        return self.steps[contender], self.batches[contender.split(", ")[1]]

    def trial(self, contender, steps):
        """Train another model; see `NumpySide.trial`."""
        model = torch_model(network_for_trial(self.name))
        step, losses = self._step(contender, model), []
        for x, labels in self.batches[contender.split(", ")[1]][:steps]:
            losses.append(step(x, labels))
            if len(losses) == 1:
                gradients = {name: p.grad.numpy().copy() for name, p in model.named_parameters()}
        return gradients, losses

    def about(self):
        """Return how PyTorch was built to compute in parallel."""
        import torch

        return torch.__config__.parallel_info()

    def _step(self, contender, model):
        kind, layout = contender.split(", ")
        return TorchStep(model.to(memory_format=memory_format(layout)), kind == "compiled")


def memory_format(layout):
    """Return PyTorch's own name of a layout."""
    import torch

    return torch.channels_last if layout == "channels last" else torch.contiguous_format


def as_tensors(pairs, layout):
    """Turn batches (m, n_H, n_W, n_C) into tensors (m, n_C, n_H, n_W), stored in the layout."""
    import torch

    stored = memory_format(layout)
    return [
        (
            torch.from_numpy(x.transpose(0, 3, 1, 2).copy()).contiguous(memory_format=stored),
            torch.from_numpy(labels.astype(np.int64)),
        )
        for x, labels in pairs
    ]


def torch_model(network):
    """Build the same network in PyTorch, with the same weights."""
    import torch

    model = torch.nn.Sequential(*(torch_layer(layer) for layer in network.layers))
    weights = torch_order(network, network.params)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return model.train()


def torch_layer(layer):
    """Return PyTorch's layer for one of ours, or raise ValueError if there is none."""
    from torch import nn

    match layer:
        case Conv2D(geometry={"stride": 1, "dilation": 1, "padding": padding}, groups=1):
            channels, size = layer.input_shape[2], layer.kernel_size
            frame = {"valid": (0, 0), "same": (size[0] // 2, size[1] // 2)}[padding]
            if padding == "valid" or all(f % 2 for f in size):
                return nn.Conv2d(channels, layer.filters, size, padding=frame, bias=layer.bias)
        case MaxPool2D(padding="valid"):
            return nn.MaxPool2d(layer.pool_size, layer.stride)
        case AveragePool2D(padding="valid"):
            return nn.AvgPool2d(layer.pool_size, layer.stride)
        case Dense():
            return nn.Linear(layer.input_shape[0], layer.units, bias=layer.bias)
        case ReLU():
            return nn.ReLU()
        case Flatten():
            return nn.Flatten()
        case Dropout():
            return nn.Dropout(layer.rate)
    raise ValueError(f"there is no translation of {layer} into PyTorch")


def torch_order(network, arrays):
    """Return weights or gradients of a network under PyTorch's names and in its order of axes.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
    arrays : dict of name, such as "0.W", to array

    Notes
    -----
    Filters go from (f_H, f_W, n_C_prev, n_C) to (n_C, n_C_prev, f_H, f_W), dense weights from
    (n, units) to (units, n). The rows of a dense layer behind maps are also sorted anew: we flatten
    channels last, PyTorch channels first.
    """
    ordered = {}
    for name, array in arrays.items():
        number, kind = name.split(".")
        layer = network.layers[int(number)]
        if kind == "b":
            ordered[f"{number}.bias"] = array.copy()
            continue
        if isinstance(layer, Dense):
            array = array.reshape(*maps_before(network, int(number)), layer.units)
        turned = array.transpose(3, 2, 0, 1)
        if isinstance(layer, Dense):
            turned = turned.reshape(layer.units, -1)
        ordered[f"{number}.weight"] = np.ascontiguousarray(turned)
    return ordered


def maps_before(network, number):
    """Return the shape (n_H, n_W, n_C) of what a dense layer takes; (1, 1, n) if it is no map."""
    before = network.layers[number - 1] if number else None
    if isinstance(before, Flatten):
        return before.input_shape
    return (1, 1, network.layers[number].input_shape[0])
