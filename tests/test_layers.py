"""Every layer: gradients against finite differences, sizes, errors."""

import numpy as np
import pytest

from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.initializers import glorot_uniform, he_normal, normal, uniform
from cnn_lab.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    Sigmoid,
)

IMAGES = (2, 7, 6, 4)
ROWS = (3, 5)


def _distinct(shape, rng):
    """Values nowhere tied and nowhere near zero, so that no maximum and no kink is near."""
    size = int(np.prod(shape))
    values = rng.permutation(np.linspace(0.05, 2.0, size)) * rng.choice([-1, 1], size)
    return values.reshape(shape)


def _built(layer, shape):
    layer.build(shape[1:], np.random.default_rng(1), np.float64)
    for array in layer.params.values():
        array[...] = np.random.default_rng(2).normal(size=array.shape)
    return layer


LAYERS = [
    (Conv2D(3, (3, 2)), IMAGES),
    (Conv2D(6, (2, 3), stride=(2, 1), padding="same", groups=2), IMAGES),
    (Conv2D(3, 2, padding=((1, 0), (0, 2)), dilation=(2, 3)), IMAGES),
    (Conv2D(3, (3, 2), bias=False), IMAGES),
    (MaxPool2D(2), IMAGES),
    (MaxPool2D((3, 2), stride=1, padding=((1, 0), (0, 1))), IMAGES),
    (AveragePool2D(2), IMAGES),
    (AveragePool2D((3, 2), stride=(2, 1), padding=(1, 0)), IMAGES),
    (ReLU(), IMAGES),
    (Sigmoid(), IMAGES),
    (Flatten(), IMAGES),
    (Dense(4), ROWS),
    (Dense(4, bias=False), ROWS),
    (Dropout(0.0), ROWS),
]
NAMES = [f"{number}-{layer}" for number, (layer, _) in enumerate(LAYERS)]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=NAMES)
def test_backward_agrees_with_finite_differences(layer, shape):
    rng = np.random.default_rng(0)
    x = _distinct(shape, rng)
    y = _built(layer, shape).forward(x)
    dy = rng.normal(size=y.shape)
    dx = layer.backward(dy)
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    assert set(grads) == set(layer.params)

    def loss_of_input(values):
        return float((layer.forward(values) * dy).sum())

    assert relative_error(dx, numerical_gradient(loss_of_input, x)) < 1e-7
    for name, weights in layer.params.items():

        def loss_of_weights(values, weights=weights):
            kept = weights.copy()
            weights[...] = values
            loss = loss_of_input(x)
            weights[...] = kept
            return loss

        numerical = numerical_gradient(loss_of_weights, weights)
        assert relative_error(grads[name], numerical) < 1e-7


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=NAMES)
def test_forward_gives_the_promised_shape_and_changes_nothing(layer, shape):
    x = _distinct(shape, np.random.default_rng(0))
    kept = x.copy()
    y = _built(layer, shape).forward(x, training=True)
    dy = np.ones_like(y)
    layer.backward(dy)
    assert y.shape == (len(x), *layer.output_shape)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, np.ones_like(y))


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=NAMES)
def test_layers_take_a_batch_of_one_and_keep_float32(layer, shape):
    x = np.ones((1, *shape[1:]), np.float32)
    layer.build(shape[1:], np.random.default_rng(0))
    y = layer.forward(x, training=True)
    assert y.dtype == np.float32
    assert layer.backward(y).dtype == np.float32
    assert all(grad.dtype == np.float32 for grad in layer.grads.values())


def test_conv2d_skips_the_input_gradient_when_told():
    layer = _built(Conv2D(3, 2), IMAGES)
    y = layer.forward(np.ones(IMAGES))
    layer.input_gradient = False
    assert layer.backward(y) is None
    assert layer.grads["W"].shape == (2, 2, 4, 3)


def test_max_pool_sends_the_gradient_of_a_tie_to_the_first():
    layer = MaxPool2D(2)
    layer.forward(np.zeros((1, 2, 2, 1)))
    assert layer.backward(np.ones((1, 1, 1, 1))).ravel().tolist() == [1, 0, 0, 0]


def test_relu_has_no_gradient_at_zero():
    layer = ReLU()
    layer.forward(np.array([[-1.0, 0.0, 1.0]]))
    assert layer.backward(np.full((1, 3), 5.0)).tolist() == [[0, 0, 5]]


def test_sigmoid_does_not_overflow():
    layer = Sigmoid()
    with np.errstate(all="raise"):
        y = layer.forward(np.array([[-1e4, 1e4]]))
    np.testing.assert_allclose(y, [[0, 1]])


def test_dropout_keeps_the_mean_and_uses_one_mask_for_both_passes():
    layer = Dropout(0.25).build((4000,), np.random.default_rng(0))
    x = np.ones((5, 4000))
    y = layer.forward(x, training=True)
    assert np.isclose(y.mean(), 1.0, atol=0.02)
    assert np.isclose((y == 0).mean(), 0.25, atol=0.02)
    np.testing.assert_array_equal(layer.backward(x), y)


def test_dropout_does_nothing_when_not_training():
    layer = Dropout(0.5).build((6,), np.random.default_rng(0))
    x = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


@pytest.mark.parametrize(
    ("initializer", "spread"),
    [
        (he_normal, np.sqrt(2 / 50)),
        (glorot_uniform, np.sqrt(6 / 80) / np.sqrt(3)),
        (normal(0.3), 0.3),
        (uniform(0.6), 0.6 / np.sqrt(3)),
    ],
)
def test_initializers_have_the_promised_spread(initializer, spread):
    values = initializer((200, 300), 50, 30, np.random.default_rng(0))
    assert values.shape == (200, 300)
    assert np.isclose(values.std(), spread, rtol=0.02)
    assert abs(values.mean()) < 0.02 * spread


def test_a_layer_by_itself_builds_itself_in_the_dtype_of_its_input():
    for layer, shape in ((Conv2D(3, 2), (2, 5, 6, 4)), (Dense(3), (2, 5))):
        y = layer.forward(np.ones(shape))
        assert y.shape[-1] == 3 and layer.params["W"].dtype == y.dtype == np.float64
        assert layer.backward(y).shape == shape


@pytest.mark.parametrize("layer", [ReLU(), Sigmoid(), Flatten(), Dense(3), Dropout(0.1)])
def test_layers_name_a_gradient_of_another_shape(layer):
    layer.forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"shape \(2, 3\) of the output, got \(2, 1\)"):
        layer.backward(np.ones((2, 1)))


def test_flatten_takes_a_batch_of_none():
    assert Flatten().forward(np.ones((0, 3, 4, 1))).shape == (0, 12)


def test_conv2d_he_weights_keep_the_spread_of_the_signal():
    rng = np.random.default_rng(0)
    x = np.maximum(rng.normal(size=(20, 12, 12, 30)), 0)
    y = Conv2D(40, 3).build(x.shape[1:], rng).forward(x)
    assert np.isclose(np.square(y).mean(), 2 * np.square(x).mean(), rtol=0.1)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Conv2D(0, 3), "filters must be a positive integer, got 0"),
        (lambda: Conv2D(4, 3, groups=0), "groups must be a positive integer, got 0"),
        (lambda: Dense(2.5), r"units must be a positive integer, got 2\.5"),
        (lambda: Dropout(1.0), r"rate must be at least 0 and below 1, got 1\.0"),
        (lambda: Conv2D(4, 3).build((7, 6)), r"\(n_H, n_W, n_C\), got \(7, 6\)"),
        (lambda: Conv2D(4, 3).build((7, 6, 2)), "pass rng"),
        (lambda: Conv2D(4, 9).build((7, 6, 2), np.random.default_rng(0)), "spans 9 pixels"),
        (lambda: Conv2D(4, 3, padding="full"), "'full'"),
        (
            lambda: Conv2D(4, 3, groups=3).build((7, 6, 2)),
            "divide the 2 input channels",
        ),
        (lambda: Dense(4).build((7, 6, 2)), "put Flatten before"),
        (lambda: MaxPool2D(2).build((7,)), r"\(n_H, n_W, n_C\), got \(7,\)"),
        (lambda: Conv2D(4, 3, stride=0), "stride"),
        (lambda: MaxPool2D(2, padding="full"), "'full'"),
        (lambda: ReLU().backward(np.zeros((1, 2))), "backward was called before forward"),
        (
            lambda: ReLU().build((3,)).forward(np.zeros((1, 2))),
            r"\(m, 3\), got shape \(1, 2\)",
        ),
    ],
)
def test_layers_name_what_is_wrong(make, match):
    with pytest.raises(ValueError, match=match):
        make()
