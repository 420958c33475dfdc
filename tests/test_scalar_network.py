"""Tests of cnn_lab.scalar_network against hand-worked numbers, matrices and finite differences."""

import math
from itertools import pairwise

import numpy as np
import pytest

from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.scalar_network import (
    Connection,
    Connections,
    ConstNode,
    Layer,
    Network,
    Node,
    gradient_check,
    sigmoid,
)

SAMPLE = [0.5, -1.25, 2.0]
LABEL = [0.9, 0.1]


def network_with_large_weights(sizes, seed=0):
    """Weights from -2 to 2 instead of -0.1 to 0.1, so that no gradient is tiny."""
    network = Network(sizes, rng=np.random.default_rng(seed))
    for connection in network.connections:
        connection.weight *= 20.0
    return network


def weights_of(network):
    return np.array([connection.weight for connection in network.connections])


def matrices_of(network, sizes):
    """The weights as one matrix (inputs + 1, outputs) a layer, the biases in its last row."""
    matrices, start, weights = [], 0, weights_of(network)
    for n_in, n_out in pairwise(sizes):
        stop = start + (n_in + 1) * n_out
        matrices.append(weights[start:stop].reshape(n_in + 1, n_out))
        start = stop
    assert start == len(weights)
    return matrices


def connected(*nodes, weight=2.0):
    """Connect nodes in a chain; return the connections."""
    chain = []
    for upstream, downstream in pairwise(nodes):
        connection = Connection(upstream, downstream, weight)
        upstream.append_downstream_connection(connection)
        downstream.append_upstream_connection(connection)
        chain.append(connection)
    return chain


# One node, one connection


def test_sigmoid_of_known_values():
    assert sigmoid(0.0) == 0.5
    assert sigmoid(math.log(3.0)) == pytest.approx(0.75, rel=1e-15)
    assert sigmoid(-math.log(3.0)) == pytest.approx(0.25, rel=1e-15)


def test_sigmoid_of_huge_numbers_does_not_overflow():
    assert sigmoid(1e4) == 1.0
    assert sigmoid(-1e4) == 0.0
    assert sigmoid(-700.0) == pytest.approx(math.exp(-700.0), rel=1e-12)


def test_calc_output_squashes_the_weighted_sum():
    first, second, node = Node(0, 0), Node(0, 1), Node(1, 0)
    first.set_output(3.0)
    second.set_output(-1.0)
    connected(first, node, weight=0.5)
    connected(second, node, weight=0.25)
    node.calc_output()
    assert node.output == pytest.approx(1 / (1 + math.exp(-1.25)), rel=1e-15)


def test_calc_output_layer_delta_is_positive_where_the_output_is_too_small():
    node = Node(1, 0)
    node.set_output(0.5)
    node.calc_output_layer_delta(0.75)
    assert node.delta == 0.0625  # 1/2 * 1/2 * 1/4


def test_calc_hidden_layer_delta_adds_up_what_lies_downstream():
    hidden, first, second = Node(1, 0), Node(2, 0), Node(2, 1)
    hidden.set_output(0.75)
    first.delta, second.delta = 0.5, -0.25
    connected(hidden, first, weight=4.0)
    connected(hidden, second, weight=2.0)
    hidden.calc_hidden_layer_delta()
    assert hidden.delta == 0.28125  # 3/4 * 1/4 * (4 * 1/2 - 2 * 1/4)


def test_const_node_stays_one_and_blameless():
    const, node = ConstNode(1, 3), Node(2, 0)
    node.delta = 0.5
    connected(const, node)
    const.calc_output()
    const.calc_hidden_layer_delta()
    assert (const.output, const.delta) == (1.0, 0.0)


def test_calc_gradient_is_minus_the_derivative():
    upstream, downstream = Node(0, 0), Node(1, 0)
    upstream.set_output(3.0)
    downstream.delta = 0.25
    (connection,) = connected(upstream, downstream)
    assert connection.get_gradient() == 0.0
    connection.calc_gradient()
    assert connection.get_gradient() == 0.75
    assert connection.derivative == -0.75


def test_update_weight_of_a_connection_adds_rate_times_gradient():
    upstream, downstream = Node(0, 0), Node(1, 0)
    upstream.set_output(3.0)
    downstream.delta = 0.25
    (connection,) = connected(upstream, downstream, weight=2.0)
    connection.update_weight(0.5)
    assert connection.weight == 2.375


def test_layer_dump_puts_the_constant_node_last():
    text = Layer(1, 2).dump()
    assert text.splitlines() == [
        "1-0: output 0.000000, delta 0.000000",
        "1-1: output 0.000000, delta 0.000000",
        "1-2: output 1.000000, delta 0.000000",
    ]


def test_connections_dump_has_a_line_for_each():
    connections = Connections()
    for connection in connected(Node(0, 0), Node(1, 4), Node(2, 1), weight=-0.5):
        connections.add_connection(connection)
    assert connections.dump() == "(0-0) -> (1-4) = -0.500000\n(1-4) -> (2-1) = -0.500000"


# The network


@pytest.mark.parametrize("sizes", [(3, 4, 2), (5, 4, 3, 2), (3, 2), (1, 1), (1, 1, 1)])
def test_network_has_a_bias_for_every_node_after_the_first_layer(sizes):
    network = Network(sizes, rng=np.random.default_rng(0))
    assert [len(layer.nodes) for layer in network.layers] == list(sizes)
    biases = [c for c in network.connections if isinstance(c.upstream_node, ConstNode)]
    assert len(biases) == sum(sizes[1:])
    pairs = pairwise(sizes)
    assert len(network.connections) == sum((n_in + 1) * n_out for n_in, n_out in pairs)


def test_network_has_no_idle_constant_node_in_the_output_layer():
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    assert network.layers[-1].const_node is None
    for layer in network.layers[:-1]:
        assert layer.const_node.upstream == []
        assert layer.const_node.downstream != []


def test_network_draws_its_weights_from_the_generator_alone():
    weights = [weights_of(Network([30, 20, 10], rng=np.random.default_rng(s))) for s in (5, 5, 6)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.all(weights[0] != weights[2])
    assert -0.1 <= weights[0].min() < -0.09
    assert 0.09 < weights[0].max() <= 0.1


def test_predict_agrees_with_two_matrix_products():
    network = network_with_large_weights([3, 4, 2])
    first, second = matrices_of(network, [3, 4, 2])
    hidden = 1 / (1 + np.exp(-(np.append(SAMPLE, 1.0) @ first)))
    output = 1 / (1 + np.exp(-(np.append(hidden, 1.0) @ second)))
    np.testing.assert_allclose(network.predict(SAMPLE), output, rtol=1e-13)


def test_get_gradient_agrees_with_two_matrix_products():
    network = network_with_large_weights([3, 4, 2])
    first, second = matrices_of(network, [3, 4, 2])
    sample = np.append(SAMPLE, 1.0)
    hidden = np.append(1 / (1 + np.exp(-(sample @ first))), 1.0)
    output = 1 / (1 + np.exp(-(hidden @ second)))
    output_delta = output * (1 - output) * (LABEL - output)
    hidden_delta = (hidden * (1 - hidden) * (second @ output_delta))[:-1]
    expected = np.append(np.outer(sample, hidden_delta), np.outer(hidden, output_delta))

    gradient = network.get_gradient(LABEL, SAMPLE)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)
    np.testing.assert_allclose([n.delta for n in network.layers[1].nodes], hidden_delta, rtol=1e-12)
    np.testing.assert_allclose([n.delta for n in network.layers[2].nodes], output_delta, rtol=1e-12)
    assert [node.delta for node in network.layers[0].sources] == [0.0] * 4


@pytest.mark.parametrize("sizes", [(3, 4, 2), (3, 2), (3, 5, 4, 2), (3, 1, 2)])
def test_derivative_agrees_with_finite_differences(sizes):
    network = network_with_large_weights(sizes, seed=3)
    network.get_gradient(LABEL, SAMPLE)
    derivatives = [connection.derivative for connection in network.connections]

    def error(weights):
        for connection, weight in zip(network.connections, weights, strict=True):
            connection.weight = float(weight)
        return network.error(LABEL, SAMPLE)

    numeric = numerical_gradient(error, weights_of(network))
    assert relative_error(derivatives, numeric) < 1e-7
    assert np.abs(numeric).max() > 1e-3


def test_error_is_half_the_sum_of_squares():
    network = Network([3, 2], rng=np.random.default_rng(0))
    for connection in network.connections:
        connection.weight = 0.0  # both outputs are 1/2
    assert network.error([0.75, 0.0], SAMPLE) == 0.15625  # (1/16 + 1/4) / 2


def test_train_one_sample_by_hand():
    network = Network([1, 1], rng=np.random.default_rng(0))
    for connection in network.connections:
        connection.weight = 0.0
    error = network.train_one_sample([0.75], [3.0], rate=2.0)
    assert error == 0.03125  # (3/4 - 1/2)^2 / 2
    assert weights_of(network).tolist() == [0.375, 0.125]  # 2 * 1/16 * 3 and 2 * 1/16 * 1


def test_train_one_sample_takes_all_deltas_before_any_weight_moves():
    network = network_with_large_weights([3, 4, 2], seed=1)
    before = weights_of(network)
    gradient = np.array(network.get_gradient(LABEL, SAMPLE))
    network.train_one_sample(LABEL, SAMPLE, 0.5)
    np.testing.assert_allclose(weights_of(network), before + 0.5 * gradient, rtol=1e-14)


def test_train_visits_the_samples_in_order_and_reports_each_epoch():
    samples, labels = [[0.5, 1.0], [-2.0, 0.25], [1.5, -1.0]], [[0.9], [0.1], [0.1]]
    network, twin = (Network([2, 3, 1], rng=np.random.default_rng(2)) for _ in range(2))
    means = network.train(labels, samples, 0.7, 2)
    by_hand = [
        [
            twin.train_one_sample(label, sample, 0.7)
            for label, sample in zip(labels, samples, strict=True)
        ]
        for _ in range(2)
    ]
    np.testing.assert_array_equal(weights_of(network), weights_of(twin))
    np.testing.assert_allclose(means, np.mean(by_hand, axis=1), rtol=1e-14)


def test_train_learns_exclusive_or():
    samples, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0.1], [0.9], [0.9], [0.1]]
    network = network_with_large_weights([2, 3, 1], seed=0)
    means = network.train(labels, samples, rate=2.0, epochs=1000)
    assert len(means) == 1000
    assert means[-1] < means[0] / 100
    outputs = [network.predict(sample)[0] for sample in samples]
    np.testing.assert_allclose(outputs, [0.1, 0.9, 0.9, 0.1], atol=0.05)


def test_train_accepts_arrays_and_leaves_them_alone():
    samples, labels = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.9], [0.1]])
    samples.flags.writeable = labels.flags.writeable = False
    network = Network([2, 3, 1], rng=np.random.default_rng(0))
    network.train(labels, samples, 0.5, 3)
    assert all(type(connection.weight) is float for connection in network.connections)
    assert all(type(output) is float for output in network.predict(samples[0]))


def test_train_survives_inputs_that_would_overflow_exp():
    network = network_with_large_weights([3, 4, 2])
    means = network.train([LABEL], [[1e5, -1e5, 1e6]], 0.5, 2)
    assert np.isfinite(means).all()
    assert np.isfinite(weights_of(network)).all()


# Text


def test_dump_shows_the_network_node_by_node():
    network = Network([1, 2], rng=np.random.default_rng(0))
    for weight, connection in enumerate(network.connections):
        connection.weight = weight / 4
    network.get_gradient([0.5, 0.5], [-2.0])
    assert network.dump() == (
        "0-0: output -2.000000, delta 0.000000\n"
        "    downstream\n"
        "        (0-0) -> (1-0) = 0.000000\n"
        "        (0-0) -> (1-1) = 0.250000\n"
        "0-1: output 1.000000, delta 0.000000\n"
        "    downstream\n"
        "        (0-1) -> (1-0) = 0.500000\n"
        "        (0-1) -> (1-1) = 0.750000\n"
        "1-0: output 0.622459, delta -0.028778\n"
        "    upstream\n"
        "        (0-0) -> (1-0) = 0.000000\n"
        "        (0-1) -> (1-0) = 0.500000\n"
        "1-1: output 0.562177, delta -0.015304\n"
        "    upstream\n"
        "        (0-0) -> (1-1) = 0.250000\n"
        "        (0-1) -> (1-1) = 0.750000"
    )
    assert str(network) == network.dump()


def test_dump_writes_no_minus_before_a_rounded_zero():
    (connection,) = connected(Node(0, 0), Node(1, 0), weight=-1e-9)
    assert str(connection) == "(0-0) -> (1-0) = 0.000000"
    node = Node(1, 0)
    node.output = node.delta = -1e-9
    assert str(node) == "1-0: output 0.000000, delta 0.000000"


def test_network_prints_nothing(capsys):
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    network.train([LABEL], [SAMPLE], 0.5, 1)
    network.dump()
    gradient_check(network, SAMPLE, LABEL)
    assert capsys.readouterr() == ("", "")


# The gradient check


def test_gradient_check_finds_every_connection_in_order():
    network = network_with_large_weights([3, 4, 2])
    pairs = gradient_check(network, SAMPLE, LABEL)
    expected, actual = np.array(pairs).T
    assert expected.shape == (26,)
    np.testing.assert_array_equal(actual, network.get_gradient(LABEL, SAMPLE))
    assert relative_error(expected, actual) < 1e-7


def test_gradient_check_sees_a_wrong_gradient(monkeypatch):
    def forgets_the_slope(node, label):
        node.delta = label - node.output

    monkeypatch.setattr(Node, "calc_output_layer_delta", forgets_the_slope)
    pairs = gradient_check(network_with_large_weights([3, 4, 2]), SAMPLE, LABEL)
    assert relative_error(*np.array(pairs).T) > 0.1


def test_gradient_check_leaves_the_network_as_it_was():
    # A check that adds a step, takes two away and stops there leaves every weight a step too low,
    # and adding the step once more still loses the last bits.
    network = network_with_large_weights([3, 4, 2])
    network.get_gradient(LABEL, SAMPLE)
    weights, text = weights_of(network).tobytes(), network.dump()
    outputs = [node.output for layer in network.layers for node in layer.nodes]
    gradient_check(network, SAMPLE, LABEL, step=0.1)
    assert weights_of(network).tobytes() == weights
    assert [node.output for layer in network.layers for node in layer.nodes] == outputs
    assert network.dump() == text


def test_gradient_check_restores_the_weight_when_interrupted(monkeypatch):
    network = network_with_large_weights([3, 4, 2])
    before = weights_of(network)
    monkeypatch.setattr(network, "error", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        gradient_check(network, SAMPLE, LABEL)
    np.testing.assert_array_equal(weights_of(network), before)


# Wrong input


@pytest.mark.parametrize("sizes", [[], [3], [3, 0], [3, -1, 2]])
def test_network_rejects_sizes_that_make_no_network(sizes):
    with pytest.raises(ValueError, match=r"two or more sizes of at least 1 node, got \["):
        Network(sizes, rng=np.random.default_rng(0))


def test_network_rejects_a_seed_instead_of_a_generator():
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, got int"):
        Network([3, 2], rng=0)


@pytest.mark.parametrize(
    ("sample", "got"), [([1, 2], r"\(2,\)"), ([1, 2, 3, 4], r"\(4,\)"), ([[1, 2, 3]], r"\(1, 3\)")]
)
def test_predict_rejects_a_sample_of_the_wrong_length(sample, got):
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=rf"sample must have shape \(3,\).*, got {got}"):
        network.predict(sample)


@pytest.mark.parametrize("label", [[0.9], [0.9, 0.1, 0.1], 0.9])
def test_a_label_of_the_wrong_length_is_rejected_and_changes_no_weight(label):
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    before = weights_of(network)
    calls = [
        lambda: network.calc_delta(label),
        lambda: network.error(label, SAMPLE),
        lambda: network.get_gradient(label, SAMPLE),
        lambda: network.train_one_sample(label, SAMPLE, 0.5),
        lambda: gradient_check(network, SAMPLE, label),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"label must have shape \(2,\), one number a node"):
            call()
    np.testing.assert_array_equal(weights_of(network), before)


def test_get_gradient_notices_label_and_sample_swapped():
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"sample must have shape \(3,\).*, got \(2,\)"):
        network.get_gradient(SAMPLE, LABEL)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_predict_rejects_a_sample_that_is_not_finite(bad):
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="sample must be finite"):
        network.predict([1.0, bad, 2.0])


@pytest.mark.parametrize(
    ("labels", "samples", "message"),
    [
        ([LABEL], [SAMPLE, SAMPLE], "one label for each, got 2 samples and 1 labels"),
        ([], [], "one label for each, got 0 samples and 0 labels"),
        ([LABEL, [0.9]], [SAMPLE, SAMPLE], r"labels\[1\] must have shape \(2,\).*, got \(1,\)"),
        ([LABEL, LABEL], [SAMPLE, [1.0]], r"data_set\[1\] must have shape \(3,\).*, got \(1,\)"),
    ],
)
def test_train_rejects_wrong_data_before_the_first_step(labels, samples, message):
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    before = weights_of(network)
    with pytest.raises(ValueError, match=message):
        network.train(labels, samples, 0.5, 1)
    np.testing.assert_array_equal(weights_of(network), before)


@pytest.mark.parametrize("rate", [0.0, -0.5, math.nan, math.inf])
def test_train_rejects_a_rate_that_is_not_positive(rate):
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="rate must be a finite number greater than 0, got"):
        network.train([LABEL], [SAMPLE], rate, 1)


def test_train_rejects_no_epochs():
    network = Network([3, 4, 2], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="epochs must be at least 1, got 0"):
        network.train([LABEL], [SAMPLE], 0.5, 0)
