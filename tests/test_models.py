"""The networks by name: sizes as in the texts that they come from, and each of them learns."""

import math
from pathlib import Path

import numpy as np
import pytest

from browser_edition.weights import cells
from cnn_lab import mnist, models
from cnn_lab.losses import SoftmaxCrossEntropy, SquaredError
from cnn_lab.mnist import load_mnist
from cnn_lab.optimizers import SGD, Adam
from cnn_lab.training import evaluate, fit

SHAPES = {
    "eight_filters": [(26, 26, 8), (13, 13, 8), (1352,), (10,)],
    "twenty_filters": [
        (20, 20, 20), (20, 20, 20), (10, 10, 20), (2000,), (100,), (100,), (10,),
    ],
    "wide_two_layer": [
        (28, 28, 32), (28, 28, 32), (14, 14, 32), (14, 14, 64), (14, 14, 64), (7, 7, 64), (3136,),
        (1024,), (1024,), (1024,), (10,),
    ],
    "sigmoid_network": [(784,), (300,), (300,), (10,), (10,)],
    "course_network": [
        (24, 24, 16), (24, 24, 16), (12, 12, 16), (8, 8, 32), (8, 8, 32), (4, 4, 32), (512,),
        (128,), (128,), (10,),
    ],
}  # fmt: skip
# Counted by hand from the sizes in the texts.
PARAMETERS = {
    "eight_filters": 72 + 8 + 1352 * 10 + 10,
    "twenty_filters": 81 * 20 + 2000 * 100 + 100 * 10,
    "wide_two_layer": 832 + 51_264 + 3136 * 1024 + 1024 + 10_250,
    "sigmoid_network": 784 * 300 + 300 + 300 * 10 + 10,
    "course_network": 416 + 12_832 + 65_664 + 1_290,
}
TRAINING = {
    "eight_filters": (SGD(0.1), SoftmaxCrossEntropy()),
    "twenty_filters": (SGD(0.01, momentum=0.95), SoftmaxCrossEntropy()),
    "wide_two_layer": (Adam(0.001), SoftmaxCrossEntropy()),
    "sigmoid_network": (SGD(0.5), SquaredError(0.9, 0.1)),
    "course_network": (Adam(0.003), SoftmaxCrossEntropy()),
}


@pytest.mark.parametrize("name", models.MODELS)
def test_models_have_the_sizes_of_the_texts(name):
    network = models.build(name, np.random.default_rng(0))
    assert [layer.output_shape for layer in network.layers] == SHAPES[name]
    assert network.parameter_count == PARAMETERS[name]


@pytest.mark.parametrize("name", models.MODELS)
def test_models_learn_sixty_digits_by_heart(name):
    images, labels = load_mnist("t10k-2000")
    network = models.build(name, np.random.default_rng(0))
    optimizer, loss = TRAINING[name]
    history = fit(
        network, images[:60], labels[:60], optimizer=optimizer, loss=loss, epochs=8, batch_size=10,
        progress=False,
    )  # fmt: skip
    assert history.train_loss[-1] < 0.75 * history.train_loss[0]


@pytest.mark.parametrize("name", ["eight_filters", "twenty_filters"])
def test_models_have_no_idea_before_training(name):
    images, labels = load_mnist("t10k-2000")
    scores = models.build(name, np.random.default_rng(0)).forward(images[:200])
    assert abs(SoftmaxCrossEntropy().forward(scores, labels[:200]) - math.log(10)) < 0.05


def test_models_follow_the_generator():
    first, second = (models.course_network(np.random.default_rng(seed)) for seed in (1, 2))
    assert not np.array_equal(first.params["0.W"], second.params["0.W"])


def test_build_names_the_models_there_are():
    with pytest.raises(ValueError, match=r"one of eight_filters, .*, got 'lenet'"):
        models.build("lenet")


def test_trained_network_reads_the_test_images():
    network = models.trained("course_network")
    assert evaluate(network, *load_mnist("test")).accuracy >= 0.994
    assert network.parameter_count == models.course_network().parameter_count


def test_weights_of_lesson_08_are_those_of_its_stored_outputs():
    path = Path(__file__).parents[1] / "notebooks" / "08_training_mnist.ipynb"
    lesson = path.read_text(encoding="utf-8")
    images, labels = load_mnist("test")
    predicted = models.trained("lesson_08").predict(images)
    wrong = predicted != labels
    assert f"{np.mean(~wrong):.2%} of the 10,000 test pictures are right" in lesson
    told = zip(labels[wrong][:20], predicted[wrong][:20], strict=True)
    assert "Misread: " + ", ".join(f"{t} as {j}" for t, j in told) in lesson


def test_weights_of_lesson_08_are_made_by_its_cells():
    assert [source.splitlines()[-1] for source in cells()][2] == "monitor"
    assert "augment=random_shift(1)" in cells()[-1]


def test_trained_weights_are_small():
    for name in models.TRAINED:
        assert (mnist.DATA / f"{name}.npz").stat().st_size < 1_500_000


def test_trained_refuses_names_without_weights():
    with pytest.raises(ValueError, match=r"one of course_network, lesson_08, got 'eight"):
        models.trained("eight_filters")
