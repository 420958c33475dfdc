"""What a network looks at, against finite differences, loops and numbers worked out by hand."""

import numpy as np
import pytest

from cnn_lab.geometry import ReceptiveField
from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.inspection import (
    exciting_patches,
    layer_windows,
    measured_field,
    occlusion,
    saliency,
    seen_by,
)
from cnn_lab.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    Sigmoid,
)
from cnn_lab.models.pretrained import trained
from cnn_lab.network import Sequential


def odd_network():
    """Two axes that differ in everything, holes, padding on one side, and layers without space."""
    layers = [
        Conv2D(3, (3, 2), stride=(2, 1), padding=((1, 0), (0, 2))),
        Sigmoid(),
        Conv2D(4, (2, 3), dilation=(2, 1), padding=1),
        AveragePool2D((1, 2), stride=(1, 3)),
        Dropout(0.5),
        Flatten(),
        Dense(5),
    ]
    return Sequential(layers, (11, 9, 2), np.random.default_rng(3), np.float64)


def odd_pictures(m=3):
    return np.random.default_rng(4).random((m, 11, 9, 2))


def linear_network(weights):
    """A network without hidden layers: weights (n_H, n_W, n_C, classes)."""
    weights = np.asarray(weights, float)
    network = Sequential([Flatten(), Dense(weights.shape[3])], weights.shape[:3])
    network.params["1.W"][...] = weights.reshape(-1, weights.shape[3])
    return network


# ---- saliency ----


def test_saliency_agrees_with_finite_differences():
    network, images, labels = odd_network(), odd_pictures(2), [4, 0]
    found = saliency(network, images, labels)
    assert found.shape == images.shape
    assert found.dtype == np.float64
    for image, label, gradient in zip(images, labels, found, strict=True):
        expected = numerical_gradient(lambda x, j=label: network.forward(x[None])[0, j], image)
        assert relative_error(gradient, expected) < 1e-7
        assert np.abs(expected).max() > 1e-3


def test_saliency_of_a_network_without_hidden_layers_is_the_weights_of_the_label():
    weights = np.random.default_rng(0).integers(-9, 9, (2, 3, 4, 5))
    found = saliency(linear_network(weights), np.ones((2, 2, 3, 4)), np.array([3, 1]))
    assert np.array_equal(found, [weights[..., 3], weights[..., 1]])


def test_saliency_without_labels_asks_for_the_predicted_ones():
    network, images = odd_network(), odd_pictures(7)
    network.params["6.b"][...] = -network.scores(images).mean(axis=0)
    predicted = network.predict(images)
    assert len(set(predicted)) > 1
    assert np.array_equal(saliency(network, images), saliency(network, images, predicted))


def test_saliency_of_many_images_is_that_of_each():
    network, images = odd_network(), odd_pictures(113)
    labels = np.random.default_rng(5).integers(0, 5, 113)
    found = saliency(network, images, labels)
    each = [saliency(network, images[i : i + 1], labels[i : i + 1])[0] for i in range(113)]
    assert np.allclose(found, each, rtol=1e-12, atol=1e-15)


def test_saliency_of_no_images_is_empty():
    assert saliency(odd_network(), odd_pictures(0)).shape == (0, 11, 9, 2)


def test_saliency_of_whole_numbers_is_that_of_their_255th_parts():
    images = np.random.default_rng(1).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    network = trained()
    expected = saliency(network, (images / np.float32(255)).astype(np.float32)[..., np.newaxis])
    assert relative_error(saliency(network, images), expected) < 1e-4


def test_saliency_is_the_first_order_change_of_the_score_of_the_trained_network():
    network = trained()
    image = np.random.default_rng(2).random((1, 28, 28, 1))
    gradient = saliency(network, image, [6])
    step = 1e-3 * np.sign(gradient)
    rise = np.diff([network.scores(x)[0, 6] for x in (image - step, image + step)])[0]
    assert abs(rise / (2e-3 * np.abs(gradient).sum()) - 1) < 0.02


# ---- occlusion ----


@pytest.mark.parametrize(("size", "stride", "fill"), [((2, 3), 1, 0.0), (4, (3, 2), 0.6),
                                                      ((11, 1), (1, 4), 1), (1, 1, -0.5)])
def test_occlusion_agrees_with_covering_one_place_after_the_other(size, stride, fill):
    network, image = odd_network(), odd_pictures()[0]
    found = occlusion(network, image, 3, size, stride, fill)
    height, width = np.broadcast_to(size, 2)
    down, right = np.broadcast_to(stride, 2)
    expected = []
    for row in range(0, 11 - height + 1, down):
        expected.append([])
        for column in range(0, 9 - width + 1, right):
            covered = image.copy()
            for u in range(height):
                for v in range(width):
                    covered[row + u, column + v, :] = fill
            both = network.probabilities(np.stack([image, covered]))[:, 3]
            expected[-1].append(both[0] - both[1])
    assert np.allclose(found, expected, rtol=0, atol=1e-12)
    assert np.ptp(found) > 1e-4 or found.size == 1


def test_occlusion_by_hand():
    # Scores (0, 2a - b) for the pixels a, b: sigmoid(1), without a sigmoid(-1), without b s(2).
    network = linear_network(np.reshape([0, 2, 0, -1], (1, 2, 1, 2)))
    found = occlusion(network, np.ones((1, 2)), size=1)
    assert found.round(6).tolist() == [[0.462117, -0.149738]]
    assert occlusion(network, np.ones((1, 2)), 0, size=1).round(6).tolist() == [
        [-0.462117, 0.149738]
    ]


def test_occlusion_takes_a_digit_of_whole_numbers():
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 13:16] = 255
    found = occlusion(trained(), image, size=(6, 7), stride=(3, 5))
    assert found.shape == (8, 5)
    assert found[:, 0].tolist() == [0] * 8  # columns 0 to 6 are black already
    assert found.max() > 0.01


# ---- exciting patches ----


def test_exciting_patches_of_a_convolution_give_its_answers():
    network, images = odd_network(), odd_pictures(60)
    weights, b = network.params["0.W"], np.array([0.5, -0.25, 1.0])
    network.params["0.b"][...] = b
    best = exciting_patches(network, 0, 1, images, count=60)
    assert best.patches.shape == (60, 3, 2, 2)
    answers = (best.patches * weights[..., 1]).sum(axis=(1, 2, 3)) + b[1]
    assert np.allclose(answers, best.values, rtol=0, atol=1e-12)
    on_the_border = [patch for patch in best.patches if not patch.all()]
    assert 0 < len(on_the_border) < 60  # padding is among what they see


def test_exciting_patches_are_found_at_the_largest_answer_of_each_image():
    network, images = odd_network(), odd_pictures(60)
    best = exciting_patches(network, 3, 2, images, count=4)
    maps = network.activations(images)[3][..., 2]
    found = []
    for i in range(60):
        values = {(r, c): maps[i, r, c] for r, c in np.ndindex(maps.shape[1:])}
        place = max(values, key=values.get)
        found.append((values[place], (i, *place)))
    found.sort(reverse=True)
    assert best.places.tolist() == [list(place) for _, place in found[:4]]
    assert np.allclose(best.values, [value for value, _ in found[:4]], rtol=0, atol=1e-12)


def test_exciting_patches_hold_all_that_the_answer_depends_on():
    network = Sequential([Conv2D(3, (2, 3)), ReLU(), MaxPool2D((1, 2)), Conv2D(2, (3, 2)), ReLU()],
                         (12, 17, 2), np.random.default_rng(5), np.float64)
    rng = np.random.default_rng(6)
    images = rng.random((5, 12, 17, 2))
    best = exciting_patches(network, 4, 1, images, count=3)
    assert best.patches.shape == (3, 4, 6, 2)
    assert (best.values > 0).all()
    for patch, value, (_, row, column) in zip(*best, strict=True):
        other = rng.random((12, 17, 2))
        other[row : row + 4, 2 * column : 2 * column + 6] = patch
        assert np.isclose(network.activations(other[None])[4][0, row, column, 1], value)


def test_exciting_patches_of_equal_answers_come_in_the_order_of_the_places():
    network = Sequential([Conv2D(1, (2, 1))], (3, 5, 1))
    network.params["0.W"][...] = 1
    images = np.zeros((70, 3, 5, 1))
    images[[1, 33], 2, 4] = 1
    images[33, 0, 2] = 1
    best = exciting_patches(network, 0, 0, images, count=4)
    assert best.places.tolist() == [[1, 1, 4], [33, 0, 2], [0, 0, 0], [2, 0, 0]]
    assert best.values.tolist() == [1, 1, 0, 0]


def test_exciting_patches_beyond_every_border_are_zero():
    network = Sequential([Conv2D(1, 2, padding=(0, 3))], (3, 4, 1))
    network.params["0.W"][...] = -1
    best = exciting_patches(network, 0, 0, np.ones((1, 3, 4, 1)), count=1)
    assert best.places.tolist() == [[0, 0, 0]]  # the window lies in the padding
    assert best.patches.tolist() == np.zeros((1, 2, 2, 1)).tolist()


def test_exciting_patches_of_digits_are_cut_out_of_them():
    images = np.random.default_rng(7).integers(0, 256, (12, 28, 28)).astype(np.uint8)
    best = exciting_patches(trained(), 3, 5, images, count=2)
    for patch, (i, row, column) in zip(best.patches, best.places, strict=True):
        expected = images[i, 2 * row : 2 * row + 14, 2 * column : 2 * column + 14] / 255
        assert np.allclose(patch[..., 0], expected, rtol=0, atol=1e-6)


# ---- fields ----


@pytest.mark.parametrize(("layer", "unit", "channel"), [(0, (2, 3), None), (2, (4, 0), 1),
                                                        (3, (1, 1), None), (6, 2, None)])
def test_measured_field_agrees_with_finite_differences(layer, unit, channel):
    network, image = odd_network(), odd_pictures()[1]

    def value(x):
        given = network.activations(x[np.newaxis])[layer][0]
        if given.ndim == 1:
            return given[unit]
        return given[unit].sum() if channel is None else given[unit][channel]

    expected = numerical_gradient(value, image).sum(axis=-1)
    found = measured_field(network, image, layer, unit, channel)
    assert found.shape == (11, 9)
    assert relative_error(found, expected) < 1e-7
    assert np.abs(expected).max() > 0


def test_measured_field_of_all_units_is_the_sum_of_each():
    network, image = odd_network(), odd_pictures()[2]
    each = [measured_field(network, image, 6, unit) for unit in range(5)]
    assert np.allclose(measured_field(network, image, 6, None), np.sum(each, axis=0))
    each = [measured_field(network, image, 2, [3, 1], channel) for channel in range(4)]
    assert np.allclose(measured_field(network, image, 2, [3, 1]), np.sum(each, axis=0))


def test_measured_field_lies_within_what_is_seen():
    network = trained()
    image = np.random.default_rng(8).random((28, 28))
    for layer, unit in [(0, (3, 20)), (2, (11, 0)), (3, (7, 2)), (5, (0, 3))]:
        rows, columns = seen_by(network, layer)
        found = measured_field(network, image, layer, unit)
        used = np.argwhere(found)
        assert len(used) > 0.3 * rows.size * columns.size
        for axis, field in enumerate((rows, columns)):
            first = field.start + unit[axis] * field.jump
            assert used[:, axis].min() >= first
            assert used[:, axis].max() < first + field.size
        assert used[:, 0].max() - used[:, 0].min() + 1 == rows.size


def test_seen_by_the_trained_network_is_what_lesson_09_works_out():
    found = [seen_by(trained(), layer) for layer in range(6)]
    assert all(rows == columns for rows, columns in found)
    assert [rows.size for rows, _ in found] == [5, 5, 6, 14, 14, 16]
    assert [rows.jump for rows, _ in found] == [1, 1, 2, 2, 2, 4]


def test_seen_by_differs_along_rows_and_columns():
    network = odd_network()
    # rows: 3, then 2 * (2 - 1) * 2 more; columns: 2, then 1 * (3 - 1) * 1 more
    assert seen_by(network, 2) == (ReceptiveField(7, 2, -3), ReceptiveField(4, 1, -1))
    assert seen_by(network, 4) == (ReceptiveField(7, 2, -3), ReceptiveField(5, 3, -1))


def test_layer_windows_are_none_without_rows_and_columns():
    found = layer_windows(odd_network())
    assert [window and window.kernel for window in found] == [
        (3, 2), (1, 1), (2, 3), (1, 2), (1, 1), None, None
    ]
    assert found[0] == ((3, 2), (2, 1), (1, 1), (1, 0))
    assert found[2] == ((2, 3), (1, 1), (2, 1), (1, 1))


# ---- nothing changes; wrong arguments ----


LOOKS = {
    "saliency": lambda network, images: saliency(network, images, [0, 1, 2, 0, 1]),
    "occlusion": lambda network, images: occlusion(network, images[0], size=3, stride=4),
    "exciting_patches": lambda network, images: exciting_patches(network, 2, 1, images, count=2),
    "measured_field": lambda network, images: measured_field(network, images[0], 3, (2, 1)),
    "seen_by": lambda network, images: seen_by(network, 2),
}


@pytest.mark.parametrize("look", LOOKS)
def test_looking_leaves_network_and_images_as_they_were(look):
    network = Sequential([Conv2D(2, 3), ReLU(), MaxPool2D(2), Dropout(0.5), Flatten(), Dense(3)],
                         (8, 9, 1))
    images = np.random.default_rng(0).random((5, 8, 9, 1))
    network.forward(images)
    network.backward(np.ones((5, 3)))
    weights, gradients = network.get_weights(), {k: v.copy() for k, v in network.grads.items()}
    remembered, before = [layer._x for layer in network.layers], images.copy()
    state, training = network.layers[3].rng.bit_generator.state, network._used
    LOOKS[look](network, images)
    assert np.array_equal(images, before)
    assert all(np.array_equal(network.params[name], weights[name]) for name in weights)
    assert all(np.array_equal(network.grads[name], gradients[name]) for name in gradients)
    assert all(layer._x is x for layer, x in zip(network.layers, remembered, strict=True))
    assert network.layers[3].rng.bit_generator.state == state
    assert network._used is training


class Doubling(Layer):
    """Keeps lists and gradients of its own, changed in place."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x, training=False):
        self.seen.append(x.shape)
        return 2 * self._remember(x)

    def backward(self, dy):
        self.grads["calls"] = self.grads.get("calls", 0) + 1
        return 2 * dy


@pytest.mark.parametrize("look", ["saliency", "measured_field"])
def test_looking_leaves_layers_of_other_kinds_as_they_were(look):
    layers = [Conv2D(2, 3), Doubling(), Conv2D(1, 2), ReLU(), Flatten(), Dense(3)]
    network = Sequential(layers, (8, 9, 1))
    images = np.random.default_rng(0).random((5, 8, 9, 1))
    expected = LOOKS[look](network, images)
    assert (layers[1].seen, layers[1].grads) == ([], {})
    layers[0].input_gradient = False  # as while it is trained
    assert np.array_equal(LOOKS[look](network, images), expected)
    assert layers[0].input_gradient is False


class Odd(Layer):
    def _build(self, rng, dtype):
        return (2, 2, 1)


ROWS = Sequential([Dense(2)], (5,))
MAPS = Sequential([Conv2D(2, 3)], (11, 9, 2))
ODD = Sequential([Odd()], (5, 6, 1))
NET, PICTURES = odd_network(), odd_pictures()
NANS = np.full((3, 11, 9, 2), np.nan)


@pytest.mark.parametrize(("call", "kind", "message"), [
    (lambda: saliency([1], PICTURES), TypeError, "network must be a Sequential, got list"),
    (lambda: saliency(ROWS, PICTURES), ValueError, "network must take pictures"),
    (lambda: saliency(MAPS, PICTURES), ValueError, "network must end in scores"),
    (lambda: saliency(NET, PICTURES[..., 0]), ValueError, "images: the network takes .*11 x 9 x 2"),
    (lambda: saliency(NET, PICTURES.astype(int)), ValueError, "images: .*must be uint8"),
    (lambda: saliency(NET, NANS), ValueError, "images must be finite"),
    (lambda: saliency(NET, PICTURES, [0, 1]), ValueError, "3 rows of scores and 2 labels"),
    (lambda: saliency(NET, PICTURES, [0, 1, 5]), ValueError, "labels must lie between 0 and 4"),
    (lambda: saliency(NET, PICTURES, 1), ValueError, "labels must have one axis"),
    (lambda: occlusion(NET, PICTURES), ValueError, "image: the network takes images of 11 x 9"),
    (lambda: occlusion(NET, NANS[0]), ValueError, "image must be finite"),
    (lambda: occlusion(NET, PICTURES[0], 5), ValueError, "label must be from 0 to 4, got 5"),
    (lambda: occlusion(NET, PICTURES[0], "5"), TypeError, "label must be a whole number"),
    (lambda: occlusion(NET, PICTURES[0], size=0), ValueError, "size must be at least 1"),
    (lambda: occlusion(NET, PICTURES[0], size=10), ValueError, "spans 10 pixels.*only 9"),
    (lambda: occlusion(NET, PICTURES[0], stride=1.5), TypeError, "stride must be"),
    (lambda: occlusion(NET, PICTURES[0], fill=np.inf), ValueError, "fill must be a finite"),
    (lambda: occlusion(NET, PICTURES[0], fill="0"), ValueError, "fill must be a finite"),
    (lambda: exciting_patches(NET, 6, 0, PICTURES, 1), ValueError, "layer must have rows"),
    (lambda: exciting_patches(NET, 2, 4, PICTURES, 1), ValueError, "channel must be from 0 to 3"),
    (lambda: exciting_patches(NET, 2, 0, PICTURES, 4), ValueError, "count must be from 1 to 3"),
    (lambda: exciting_patches(NET, 2, 0, PICTURES, 0), ValueError, "count must be from 1 to 3"),
    (lambda: exciting_patches(NET, 2, 0, NANS, 1), ValueError, "images must be finite"),
    (lambda: measured_field(NET, PICTURES[0], 7, 0), ValueError, "layer must be from 0 to 6"),
    (lambda: measured_field(NET, PICTURES[0], 2, 3), TypeError, "unit must be a pair"),
    (lambda: measured_field(NET, PICTURES[0], 2, (6, 0)), ValueError, "row of unit must be"),
    (lambda: measured_field(NET, PICTURES[0], 2, (0, -1)), ValueError, "column of unit must be"),
    (lambda: measured_field(NET, PICTURES[0], 2, (0, 1), 4), ValueError, "channel must be from 0"),
    (lambda: measured_field(NET, PICTURES[0], 6, (0, 1)), TypeError, "unit must be a whole number"),
    (lambda: measured_field(NET, PICTURES[0], 6, 1, 0), ValueError, "channel must be None"),
    (lambda: measured_field(NET, PICTURES, 2, (0, 1)), ValueError, "image: the network takes"),
    (lambda: seen_by(NET, 5), ValueError, r"rows and columns, layer 5, Flatten\(\)"),
    (lambda: seen_by(NET, True), TypeError, "layer must be a whole number"),
    (lambda: seen_by(ODD, 0), ValueError, "layer 0, Odd.*unknown size"),
    (lambda: layer_windows("net"), TypeError, "network must be a Sequential, got str"),
])
def test_wrong_arguments_are_named(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
