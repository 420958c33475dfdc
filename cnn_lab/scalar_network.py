"""A fully connected network built from single neurons and single connections.

Every number has an object that holds it, so each formula of back-propagation can be followed by
hand and printed node by node. It is slow, and meant for looking at, not for digits. With the
sigmoid s and a label t (the targets, best 0.9 and 0.1: no sigmoid ever reaches 1 or 0)::

    net_j    = sum over the connections i -> j of weight_ij * output_i
    output_j = s(net_j) = 1 / (1 + exp(-net_j))
    E        = 1/2 * sum over the output nodes of (t_j - output_j)**2

The sign. This module keeps an older habit: what it calls *delta* is **minus** dE/dnet, what it
calls *gradient* is **minus** dE/dw, the direction in which the error falls, so the update has a
plus. Everywhere else in `cnn_lab` a gradient is the derivative and the update subtracts it. Here
the derivative is `Connection.derivative`::

    output node:   delta_j     = output_j * (1 - output_j) * (t_j - output_j)
    hidden node:   delta_j     = output_j * (1 - output_j) * sum over j -> k of weight_jk * delta_k
    connection:    gradient_ij = delta_j * output_i        (= -dE/dw_ij)
    update:        weight_ij  += rate * gradient_ij

References: D. E. Rumelhart, G. E. Hinton and R. J. Williams, Learning representations by
back-propagating errors, Nature 323, 1986; T. M. Mitchell, Machine Learning, chapter 4 (same signs).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from itertools import pairwise, product, repeat

import numpy as np
from numpy.typing import ArrayLike


def sigmoid(net: float) -> float:
    """Return 1 / (1 + exp(-net)); exp sees no positive number, so it cannot overflow."""
    e = math.exp(-abs(net))
    return (1.0 if net >= 0 else e) / (1.0 + e)


class Node:
    """One neuron: its output, its delta (minus dE/dnet), the connections that arrive and leave."""

    def __init__(self, layer_index: int, node_index: int) -> None:
        self.name = f"{layer_index}-{node_index}"
        self.output = self.delta = 0.0
        self.upstream: list[Connection] = []
        self.downstream: list[Connection] = []

    def set_output(self, output: float) -> None:
        """Give an input node its value."""
        self.output = output

    def append_downstream_connection(self, connection: Connection) -> None:
        """Remember a connection that starts here."""
        self.downstream.append(connection)

    def append_upstream_connection(self, connection: Connection) -> None:
        """Remember a connection that ends here."""
        self.upstream.append(connection)

    def calc_output(self) -> None:
        """Add up what arrives and squash the sum."""
        self.output = sigmoid(sum(c.upstream_node.output * c.weight for c in self.upstream))

    def calc_hidden_layer_delta(self) -> None:
        """Collect the deltas of the nodes downstream, each times its connection's weight."""
        downstream_delta = sum(c.downstream_node.delta * c.weight for c in self.downstream)
        self.delta = self.output * (1.0 - self.output) * downstream_delta

    def calc_output_layer_delta(self, label: float) -> None:
        """Compare the output with its target."""
        self.delta = self.output * (1.0 - self.output) * (label - self.output)

    def __str__(self) -> str:
        lines = [f"{self.name}: output {self.output:z.6f}, delta {self.delta:z.6f}"]
        for title, connections in (("upstream", self.upstream), ("downstream", self.downstream)):
            if connections:
                lines += [f"    {title}", *(f"        {c}" for c in connections)]
        return "\n".join(lines)


class ConstNode(Node):
    """A node whose output is 1 for ever: the weight of a connection from it is a bias."""

    def __init__(self, layer_index: int, node_index: int) -> None:
        super().__init__(layer_index, node_index)
        self.output = 1.0

    def calc_output(self) -> None:
        """Do nothing: the output is known."""


class Connection:
    """One weight between two nodes, and its gradient (minus dE/dw; 0.0 until calculated)."""

    def __init__(self, upstream_node: Node, downstream_node: Node, weight: float) -> None:
        self.upstream_node, self.downstream_node = upstream_node, downstream_node
        self.weight = weight
        self.gradient = 0.0

    def calc_gradient(self) -> None:
        """Multiply the delta at the far end by the output at the near end."""
        self.gradient = self.downstream_node.delta * self.upstream_node.output

    def get_gradient(self) -> float:
        """Return the gradient last calculated: minus dE/dw."""
        return self.gradient

    @property
    def derivative(self) -> float:
        """The true derivative dE/dw, as last calculated."""
        return -self.gradient

    def update_weight(self, rate: float) -> None:
        """Calculate the gradient and move the weight along it, with a plus."""
        self.calc_gradient()
        self.weight += rate * self.gradient

    def __str__(self) -> str:
        return f"({self.upstream_node.name}) -> ({self.downstream_node.name}) = {self.weight:z.6f}"


class Connections(list[Connection]):
    """A list of all connections of a network, in the order in which they were added."""

    def add_connection(self, connection: Connection) -> None:
        """Append one connection."""
        self.append(connection)

    def dump(self) -> str:
        """Return a text with one line for every connection."""
        return "\n".join(str(connection) for connection in self)


class Layer:
    """The nodes of one layer; with the `const_node` they are the `sources` of the next layer."""

    def __init__(self, layer_index: int, node_count: int, *, const: bool = True) -> None:
        self.nodes = [Node(layer_index, i) for i in range(node_count)]
        self.const_node = ConstNode(layer_index, node_count) if const else None
        self.sources = [*self.nodes, self.const_node] if const else self.nodes

    def set_output(self, data: ArrayLike) -> None:
        """Give every node of an input layer its value."""
        for node, value in zip(self.nodes, _numbers("sample", data, self), strict=True):
            node.set_output(value)

    def calc_output(self) -> None:
        """Let every node compute its output from the layer before."""
        for node in self.nodes:
            node.calc_output()

    def dump(self) -> str:
        """Return the text of all nodes, the constant one last."""
        return "\n".join(str(node) for node in self.sources)


class Network:
    """A fully connected network of sigmoid neurons.

    Parameters
    ----------
    layers : sequence of int
        Nodes in each layer, input first, at least two layers; constant nodes are not counted.
    rng : numpy.random.Generator
        Draws the weights, biases too, evenly from -0.1 to 0.1.

    Examples
    --------
    >>> network = Network([1, 1], rng=np.random.default_rng(0))
    >>> for connection in network.connections:
    ...     connection.weight = 0.0
    >>> network.get_gradient([0.75], [3.0])  # 1/2 * (1 - 1/2) * (3/4 - 1/2), times 3 and times 1
    [0.1875, 0.0625]
    """

    def __init__(self, layers: Sequence[int], *, rng: np.random.Generator) -> None:
        sizes = [operator.index(size) for size in layers]
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"layers must be two or more sizes of at least 1 node, got {sizes}")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy.random.Generator, got {type(rng).__name__}")
        self.layers = [Layer(i, size, const=i + 1 < len(sizes)) for i, size in enumerate(sizes)]
        self.connections = Connections()
        for before, after in pairwise(self.layers):
            for upstream_node, downstream_node in product(before.sources, after.nodes):
                connection = Connection(upstream_node, downstream_node, rng.uniform(-0.1, 0.1))
                self.connections.add_connection(connection)
                upstream_node.append_downstream_connection(connection)
                downstream_node.append_upstream_connection(connection)

    def predict(self, sample: ArrayLike) -> list[float]:
        """Send a sample, one number for each input node, through the network."""
        self.layers[0].set_output(sample)
        for layer in self.layers[1:]:
            layer.calc_output()
        return [node.output for node in self.layers[-1].nodes]

    def error(self, label: ArrayLike, sample: ArrayLike) -> float:
        """Return 1/2 sum (t - y)**2 of the output y for this sample."""
        targets = _numbers("label", label, self.layers[-1])
        return 0.5 * sum((t - y) ** 2 for t, y in zip(targets, self.predict(sample), strict=True))

    def calc_delta(self, label: ArrayLike) -> None:
        """Give every node its delta, last layer first; inputs, having no sigmoid, get none."""
        targets = _numbers("label", label, self.layers[-1])
        for node, target in zip(self.layers[-1].nodes, targets, strict=True):
            node.calc_output_layer_delta(target)
        for layer in self.layers[-2:0:-1]:
            for node in layer.nodes:
                node.calc_hidden_layer_delta()

    def calc_gradient(self) -> None:
        """Give every connection its gradient, minus dE/dw; after `calc_delta`."""
        for connection in self.connections:
            connection.calc_gradient()

    def get_gradient(self, label: ArrayLike, sample: ArrayLike) -> list[float]:
        """Return minus dE/dw for this sample, in the order of `connections`."""
        self.predict(sample)
        self.calc_delta(label)
        self.calc_gradient()
        return [connection.get_gradient() for connection in self.connections]

    def update_weight(self, rate: float) -> None:
        """Move every weight by rate * gradient; after `calc_delta`."""
        if not 0 < rate < math.inf:
            raise ValueError(f"rate must be a finite number greater than 0, got {rate}")
        for connection in self.connections:
            connection.update_weight(rate)

    def train_one_sample(self, label: ArrayLike, sample: ArrayLike, rate: float) -> float:
        """Take one step of gradient descent; return the error before it."""
        error = self.error(label, sample)
        self.calc_delta(label)
        self.update_weight(rate)
        return error

    def train(self, labels: Sequence, data_set: Sequence, rate: float, epochs: int) -> list[float]:
        """Train on each sample in turn, `epochs` times; return the mean error of each epoch.

        Each error is taken just before its own step. Wrong input is found before the first step.
        """
        if not len(labels) == len(data_set) > 0:
            counts = f"{len(data_set)} samples and {len(labels)} labels"
            raise ValueError(f"expected samples and one label for each, got {counts}")
        targets = [_numbers(f"labels[{i}]", t, self.layers[-1]) for i, t in enumerate(labels)]
        samples = [_numbers(f"data_set[{i}]", s, self.layers[0]) for i, s in enumerate(data_set)]
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {epochs}")
        means = []
        for _ in range(epochs):
            errors = map(self.train_one_sample, targets, samples, repeat(rate))
            means.append(sum(errors) / len(samples))
        return means

    def dump(self) -> str:
        """Return the whole network as text, node by node; also ``str(network)``."""
        return "\n".join(layer.dump() for layer in self.layers)

    __str__ = dump


def gradient_check(network: Network, sample: ArrayLike, label: ArrayLike, step=1e-5) -> list[tuple]:
    """Compare the gradient of every connection with central differences of the error.

    Returns pairs (expected, actual) in the order of ``network.connections``, both minus dE/dw, with
    ``expected = (E(w - step) - E(w + step)) / (2 * step)``. Each weight is then put back bit for
    bit; undoing the additions by another one would leave their rounding behind. Two forward passes
    for each connection: the cost is the square of their number.
    """
    actual = network.get_gradient(label, sample)
    expected = []
    for connection in network.connections:
        weight = connection.weight
        try:
            connection.weight = weight + step
            error_above = network.error(label, sample)
            connection.weight = weight - step
            error_below = network.error(label, sample)
        finally:
            connection.weight = weight
        expected.append((error_below - error_above) / (2 * step))
    network.predict(sample)  # the outputs again belong to the weights
    return list(zip(expected, actual, strict=True))


def _numbers(name: str, values: ArrayLike, layer: Layer) -> list[float]:
    """Return the values as floats, one for each node of the layer, or say why not."""
    array = np.asarray(values, dtype=np.float64)
    expected = (len(layer.nodes),)
    if array.shape != expected:
        raise ValueError(f"{name} must have shape {expected}, one number a node, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {values}")
    return array.tolist()
