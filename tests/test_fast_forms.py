"""Each fast form against the plain layers that it stands for."""

from fractions import Fraction

import numpy as np
import pytest

from cnn_lab.fast.cook_toom import POINTS, cook_toom
from cnn_lab.fast.flat import FlatDense
from cnn_lab.fast.plain import PlainStage
from cnn_lab.fast.pooled import PooledConvolution
from cnn_lab.fast.products import DenseProducts
from cnn_lab.fast.tiles import TiledConvolution, best_tiling
from cnn_lab.layers import AveragePool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU
from cnn_lab.network import Sequential


def images_last(array):
    return array.transpose(3, 1, 2, 0) if array.ndim == 4 else array.T[:, None, None]


def difference(ours, expected):
    """The largest difference, as a share of the largest expected number."""
    return np.abs(ours - expected).max() / np.abs(expected).max()


def assert_same_as_plain(form, layers, shape, *, images=5, dtype=np.float64, tolerance=1e-13):
    rng = np.random.default_rng(7)
    plain = Sequential(layers, shape, rng, dtype)
    plain.fast = False
    for array in plain.params.values():
        if array.ndim == 1:
            array[...] = rng.normal(0, 0.1, array.shape)
    stage = form(plain.layers, images)
    stage.begin()
    total = {name: 0 for name in plain.params}
    for _ in range(2):  # two chunks: gradients must add up
        x = rng.standard_normal((images, *shape)).astype(dtype)
        y = plain.forward(x, training=True)
        dy = rng.standard_normal(y.shape).astype(dtype)
        dx = plain.backward(dy)
        total = {name: total[name] + gradient for name, gradient in plain.grads.items()}
        memory = stage.memory()
        assert difference(stage.forward(images_last(x), memory), images_last(y)) < tolerance
        our_dx = stage.backward(images_last(dy), memory, input_gradient=True)
        if form is not PooledConvolution:
            assert difference(our_dx, images_last(dx)) < tolerance
    grads = {
        f"{plain.layers.index(layer)}.{name}": gradient
        for layer, found in stage.gradients().items()
        for name, gradient in found.items()
    }
    assert grads.keys() == total.keys()
    for name, gradient in total.items():
        assert grads[name].shape == gradient.shape
        assert grads[name].dtype == dtype
        assert difference(grads[name], gradient) < tolerance, name


POOLED = {
    "eight filters": ([Conv2D(8, 3), MaxPool2D(2)], (28, 28, 1)),
    "rectified": ([Conv2D(4, 5, padding="same"), ReLU(), MaxPool2D(2)], (12, 9, 1)),
    "channels, uneven": (
        [Conv2D(7, (3, 4), padding=((1, 0), (2, 1))), ReLU(), MaxPool2D(2)],
        (11, 9, 3),
    ),
    "mean": ([Conv2D(6, 9, bias=False), ReLU(), AveragePool2D(2)], (21, 18, 2)),
    "mean, not rectified": ([Conv2D(3, 2), AveragePool2D(2)], (8, 7, 1)),
    "1x1 filters": ([Conv2D(3, 1), ReLU(), MaxPool2D(2)], (4, 6, 2)),
    "one output": ([Conv2D(2, 3, bias=False), MaxPool2D(2)], (4, 4, 1)),
}


@pytest.mark.parametrize("name", POOLED)
def test_pooled_convolution_equals_plain_layers(name):
    layers, shape = POOLED[name]
    assert_same_as_plain(PooledConvolution, layers, shape)


TILED = {
    "wide": ([Conv2D(24, 5, padding="same"), ReLU(), MaxPool2D(2)], (14, 14, 16)),
    "not rectified": ([Conv2D(6, 5, padding=((1, 0), (2, 1))), MaxPool2D(2)], (17, 12, 5)),
    "3x3": ([Conv2D(6, 3, bias=False), ReLU(), MaxPool2D(2)], (17, 12, 5)),
    "4x4": ([Conv2D(6, 4), ReLU(), MaxPool2D(2)], (11, 14, 3)),
    "7x7": ([Conv2D(3, 7, padding=3), ReLU(), MaxPool2D(2)], (6, 8, 4)),
    "no padding": ([Conv2D(6, 5), ReLU(), MaxPool2D(2)], (12, 12, 5)),
    "odd, so that pixels are left over": ([Conv2D(6, 5), ReLU(), MaxPool2D(2)], (13, 14, 5)),
    "one output": ([Conv2D(2, 5), MaxPool2D(2)], (6, 6, 3)),
}


@pytest.mark.parametrize("name", TILED)
def test_tiled_convolution_equals_plain_layers(name):
    layers, shape = TILED[name]
    assert_same_as_plain(TiledConvolution, layers, shape, tolerance=1e-12)


@pytest.mark.parametrize("form", [PooledConvolution, TiledConvolution])
def test_forms_keep_float32_accuracy(form):
    layers = [Conv2D(32, 5, padding="same"), ReLU(), MaxPool2D(2)]
    tolerance = 1e-6 if form is PooledConvolution else 2e-5
    assert_same_as_plain(form, layers, (14, 14, 8), dtype=np.float32, tolerance=tolerance)


def test_flat_dense_equals_plain_layers():
    assert_same_as_plain(FlatDense, [Flatten(), Dense(10)], (3, 4, 6))
    assert_same_as_plain(FlatDense, [Flatten(), Dense(3, bias=False)], (2, 5, 1))


def test_plain_stage_equals_its_layer():
    assert_same_as_plain(PlainStage, [Conv2D(4, 3, stride=2)], (7, 9, 2))
    assert_same_as_plain(PlainStage, [MaxPool2D(3, stride=1)], (5, 6, 2))


@pytest.mark.parametrize("threads", [1, 3])
def test_dense_products_equal_plain_layer(threads):
    rng = np.random.default_rng(3)
    layer = Dense(301).build((402,), rng, np.float64)
    shared = DenseProducts(layer, threads)
    for images in (6, 9):  # a batch of another size in between
        x, dy = rng.standard_normal((images, 402)), rng.standard_normal((images, 301))
        y, dx = layer.forward(x), layer.backward(dy)
        grads = {name: gradient.copy() for name, gradient in layer.grads.items()}
        assert difference(shared.forward(x), y) < 1e-13
        assert difference(shared.backward(dy), dx) < 1e-13
        for name, gradient in grads.items():
            assert difference(layer.grads[name], gradient) < 1e-13


@pytest.mark.parametrize("form", [PooledConvolution, TiledConvolution])
def test_ties_send_the_gradient_to_the_first(form):
    """In flat regions all four sums are the same number, or would be without rounding."""
    layers = [Conv2D(3, 5, padding="same"), ReLU(), MaxPool2D(2)]
    network = Sequential(layers, (12, 12, 2), np.random.default_rng(0))
    network.layers[0].params["b"][...] = 0.3
    x = np.full((4, 12, 12, 2), 0.7, np.float32)
    x[:, 4:6, 3:9] = np.linspace(0, 1, 12, dtype=np.float32).reshape(1, 2, 6, 1)
    network.fast = False
    dy = np.ones_like(network.forward(x))
    network.backward(dy)
    stage = form(network.layers, 4)
    stage.begin()
    memory = stage.memory()
    stage.forward(images_last(x), memory)
    stage.backward(images_last(dy), memory)
    (grads,) = stage.gradients().values()
    assert difference(grads["W"], network.grads["0.W"]) < 1e-5


def test_rectified_zeros_receive_no_gradient_from_tiles():
    """Sums that are exactly zero in the plain layer are tiny numbers of either sign here."""
    layers = [Conv2D(4, 5, padding="same", bias=False), ReLU(), MaxPool2D(2)]
    network = Sequential(layers, (16, 16, 3), np.random.default_rng(1))
    x = np.zeros((2, 16, 16, 3), np.float32)
    x[:, 2, 2] = 1
    stage = TiledConvolution(network.layers, 2)
    stage.begin()
    memory = stage.memory()
    y = stage.forward(images_last(x), memory)
    np.testing.assert_array_equal(memory["alive"], y > 1e-4)


@pytest.mark.parametrize(("sums", "taps"), [(1, 1), (2, 3), (4, 3), (4, 5), (6, 3), (2, 7), (3, 4)])
def test_cook_toom_equals_the_sliding_sums(sums, taps):
    rng = np.random.default_rng(2)
    A, B, G = cook_toom(sums, taps)
    piece, taps_ = rng.standard_normal(sums + taps - 1), rng.standard_normal(taps)
    expected = [piece[i : i + taps] @ taps_ for i in range(sums)]
    np.testing.assert_allclose(A.T @ ((G @ taps_) * (B.T @ piece)), expected, rtol=0, atol=1e-13)


def test_cook_toom_known_matrices():
    """F(2, 3) as printed in Lavin and Gray, section 4.1, up to the order and scale of the rows."""
    A, _, G = cook_toom(2, 3)
    np.testing.assert_array_equal(A.T, [[1, 1, 1, 0], [0, 1, -1, 1]])
    directions = [row / np.abs(row).max() for row in G]
    expected = [[1, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 1]]
    for row, wanted in zip(directions, expected, strict=True):
        np.testing.assert_allclose(np.abs(row @ wanted), np.linalg.norm(wanted) ** 2, rtol=1e-15)


def test_cook_toom_refuses_more_points_than_there_are():
    with pytest.raises(ValueError, match=r"F\(7, 5\) needs 10 points, there are 7"):
        cook_toom(7, 5)


def test_points_are_different():
    assert len(set(POINTS)) == len(POINTS)
    assert all(isinstance(point, Fraction) for point in POINTS)


def test_best_tiling_takes_what_needs_the_fewest_products():
    assert best_tiling(5, 7, 7) == (4, 4, 4)
    assert best_tiling(5, 1, 1) == (2, 1, 1)
    assert best_tiling(3, 2, 5) == (4, 1, 3)


def test_best_tiling_refuses_large_filters():
    with pytest.raises(ValueError, match="taps must be at most 7, got 8"):
        best_tiling(8, 4, 4)
