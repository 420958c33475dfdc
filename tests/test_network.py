"""Sequential: the chain of layers, its gradients, its inputs."""

import numpy as np
import pytest

from cnn_lab import reference
from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.layers import AveragePool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sigmoid
from cnn_lab.losses import SoftmaxCrossEntropy, SquaredError
from cnn_lab.network import Sequential


def _small_network(dtype=np.float64):
    layers = [
        Conv2D(3, (3, 2), stride=(1, 2), padding="same"),
        ReLU(),
        MaxPool2D((2, 3)),
        Conv2D(4, 2),
        Sigmoid(),
        AveragePool2D((1, 2)),
        Flatten(),
        Dense(5),
    ]
    return Sequential(layers, (8, 19, 2), np.random.default_rng(3), dtype)


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), SquaredError(0.9, 0.1)])
def test_backward_agrees_with_finite_differences_for_every_weight_and_pixel(loss):
    network = _small_network()
    x = np.random.default_rng(0).normal(size=(3, 8, 19, 2))
    labels = np.array([4, 0, 2])

    def loss_of(images):
        return loss.forward(network.forward(images), labels)

    loss_of(x)
    dx = network.backward(loss.backward(), input_gradient=True)
    grads = {name: grad.copy() for name, grad in network.grads.items()}
    assert relative_error(dx, numerical_gradient(loss_of, x)) < 1e-7
    for name, weights in network.params.items():
        start = network.get_weights()

        def loss_of_weights(values, name=name, start=start):
            network.set_weights({**start, name: values})
            return loss_of(x)

        numerical = numerical_gradient(loss_of_weights, weights)
        network.set_weights(start)
        assert relative_error(grads[name], numerical) < 1e-7, name


def test_forward_agrees_with_the_loops():
    network = Sequential([Conv2D(3, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(4)], (9, 8, 2))
    x = np.random.default_rng(0).normal(size=(2, 9, 8, 2))
    W, b = network.params["0.W"], network.params["0.b"]
    Z, _ = reference.conv_forward(x, W, b.reshape(1, 1, 1, -1), {"stride": 1, "pad": 0})
    A, _ = reference.pool_forward(np.maximum(Z, 0), {"f": 2, "stride": 2})
    expected = A.reshape(2, -1) @ network.params["4.W"] + network.params["4.b"]
    np.testing.assert_allclose(network.forward(x), expected, rtol=1e-5, atol=1e-5)


def test_backward_leaves_the_pixels_out_when_told():
    network = _small_network()
    scores = network.forward(np.ones((1, 8, 19, 2)))
    assert network.backward(scores, input_gradient=False) is None
    assert network.backward(scores).shape == (1, 8, 19, 2)
    assert network.layers[0].input_gradient


def test_the_same_generator_gives_the_same_weights():
    first, second = _small_network(), _small_network()
    for name, weights in first.params.items():
        np.testing.assert_array_equal(weights, second.params[name])


def test_as_input_scales_bytes_and_adds_the_channel():
    network = Sequential([Flatten(), Dense(2)], (3, 4, 1))
    x = network.as_input(np.full((5, 3, 4), 255, np.uint8))
    assert x.shape == (5, 3, 4, 1) and x.dtype == np.float32
    np.testing.assert_allclose(x, 1.0)
    np.testing.assert_array_equal(network.as_input(np.full((5, 3, 4, 1), 2.5)), 2.5)


def test_scores_do_not_depend_on_the_batch_size():
    network = _small_network()
    x = np.random.default_rng(0).normal(size=(7, 8, 19, 2))
    np.testing.assert_allclose(network.scores(x, batch_size=3), network.forward(x), rtol=1e-12)
    assert network.scores(x[:0]).shape == (0, 5)
    np.testing.assert_allclose(network.probabilities(x).sum(axis=1), 1.0)
    np.testing.assert_array_equal(network.predict(x), network.forward(x).argmax(axis=1))


def test_activations_holds_the_output_of_every_layer():
    network = _small_network()
    outputs = network.activations(np.ones((2, 8, 19, 2)))
    assert [a.shape[1:] for a in outputs] == [layer.output_shape for layer in network.layers]


def test_set_weights_puts_back_what_get_weights_took():
    network = _small_network()
    x = np.ones((1, 8, 19, 2))
    before, weights = network.forward(x), network.get_weights()
    for array in network.params.values():
        array += 1
    assert not np.allclose(network.forward(x), before)
    network.set_weights(weights)
    np.testing.assert_array_equal(network.forward(x), before)


def test_set_weights_names_what_is_wrong_and_changes_nothing():
    network = _small_network()
    weights = network.get_weights()
    with pytest.raises(ValueError, match=r"differ in \['0.b'\]"):
        network.set_weights({name: w for name, w in weights.items() if name != "0.b"})
    wrong = {name: w + 1 for name, w in weights.items()}
    with pytest.raises(ValueError, match=r"7.b must have the shape \(5,\), got \(4,\)"):
        network.set_weights({**wrong, "7.b": np.zeros(4)})
    np.testing.assert_array_equal(network.params["0.W"], weights["0.W"])


def test_layers_with_weights_keep_them_in_another_network():
    network = _small_network()
    x = np.ones((2, 8, 19, 2))
    lower = Sequential(network.layers[:4], (8, 19, 2), dtype=np.float64)
    np.testing.assert_array_equal(lower.forward(x), network.activations(x)[3])


def test_a_network_of_rows():
    network = Sequential([Dense(3)], (4,))
    assert network.forward(np.ones((2, 4))).shape == (2, 3)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Sequential([]), "at least one layer, got none"),
        (lambda: Sequential([Flatten(), *[ReLU()] * 2]), r"layer 2: ReLU\(\) stands in the chain"),
        (lambda: Sequential(_small_network().layers, (9, 19, 2)), "layer 0: .* gets"),
        (lambda: _small_network().forward(np.ones((1, 8, 19, 2), int)), "uint8 .* got int64"),
        (lambda: Sequential([Conv2D(2, 3), Dense(4)]), "layer 1: .* put Flatten before"),
        (lambda: Sequential([MaxPool2D(2), Conv2D(2, 30)]), "layer 1: .* spans 30 pixels"),
        (
            lambda: _small_network().forward(np.ones((8, 19, 2))),
            r"8 x 19 x 2, got shape \(8",
        ),
        (lambda: _small_network().forward(np.ones((1, 8, 19, 3))), r"got shape \(1, 8, 19, 3\)"),
    ],
)
def test_sequential_names_what_is_wrong(make, match):
    with pytest.raises(ValueError, match=match):
        make()
