"""The recipes by name: whole, told to `fit` in its own words, and careful what they test on."""

import inspect
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from cnn_lab import models
from cnn_lab.models import recipes
from cnn_lab.training import fit

SPLITS = {  # image k of a file is filled with the number k of a row, see `numbered`
    "train": ("train", range(60_000)),
    "test": ("t10k", range(10_000)),
    "t10k-8000": ("t10k", range(8000)),
    "t10k-2000": ("t10k", range(8000, 10_000)),
}
OURS = ("quick", "minute", "best")
TEXTS = ("eight_filters", "twenty_filters", "wide_two_layer", "sigmoid_network")


@pytest.fixture
def numbered(monkeypatch):
    """Give `data` the numbers of the images instead of images, and the file's name as label."""

    def load(split):
        file, numbers = SPLITS[split]
        return np.array(numbers), np.full(len(numbers), file)

    monkeypatch.setattr(recipes, "load_mnist", load)


def _told_apart(part):
    return {(file, number) for number, file in zip(*(a.tolist() for a in part), strict=True)}


def test_recipes_are_those_of_the_texts_and_ours():
    assert tuple(models.RECIPES) == (*TEXTS, *OURS)
    assert all(name == how.name for name, how in models.RECIPES.items())


@pytest.mark.parametrize("how", models.RECIPES.values(), ids=lambda how: how.name)
def test_recipes_never_test_on_what_they_learn_from_or_watch(how, numbered):
    data = how.data()
    learned, tested = _told_apart(data.training), _told_apart(data.test)
    watched = _told_apart(data.validation) if data.validation else set()
    assert learned and tested
    assert not learned & tested and not watched & tested and not learned & watched
    assert len(watched) == how.held_out


@pytest.mark.parametrize("name", OURS)
def test_recipes_of_ours_use_all_of_train_and_are_tested_on_all_of_t10k(name, numbered):
    data = models.recipe(name).data()
    used = _told_apart(data.training) | (_told_apart(data.validation) if data.validation else set())
    assert used == {("train", number) for number in range(60_000)}
    assert _told_apart(data.test) == {("t10k", number) for number in range(10_000)}


def test_recipes_hold_out_the_last_training_images(numbered):
    data = replace(models.recipe("quick"), training=("train", 700), held_out=200).data()
    assert (data.training[0][0], data.training[0][-1]) == (0, 499)
    assert (data.validation[0][0], data.validation[0][-1]) == (500, 699)


@pytest.mark.parametrize("how", models.RECIPES.values(), ids=lambda how: how.name)
def test_recipes_build_what_fit_takes(how):
    network = how.build(np.random.default_rng(0))
    assert network.output_shape == (10,)
    expected = models.build(how.model, np.random.default_rng(0)).get_weights()
    for name, weights in network.get_weights().items():
        np.testing.assert_array_equal(weights, expected[name])
    assert set(how.settings()) <= set(inspect.signature(fit).parameters)


@pytest.mark.parametrize("how", models.RECIPES.values(), ids=lambda how: how.name)
def test_recipes_take_a_step_that_lowers_the_loss(how):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    settings = replace(how, epochs=12, batch_size=20, patience=None, schedule=None).settings()
    network, labels = how.build(rng), rng.integers(0, 10, 20)
    history = fit(network, images, labels, rng=rng, progress=False, **settings)
    assert min(history.train_loss) < history.train_loss[0]


def test_recipes_share_nothing_between_two_trainings():
    first, second = (models.recipe("quick").settings() for _ in range(2))
    assert first["optimizer"] is not second["optimizer"] and first["loss"] is not second["loss"]


@pytest.mark.parametrize("how", models.RECIPES.values(), ids=lambda how: how.name)
def test_recipes_say_what_to_expect(how):
    assert 0.8 < how.accuracy < 1 and how.seconds > 0
    assert how.description and "\n" not in how.description


def test_recipes_cannot_be_changed():
    with pytest.raises(FrozenInstanceError, match="epochs"):
        models.recipe("quick").epochs = 100


def test_recipe_names_the_recipes_there_are():
    with pytest.raises(ValueError, match=r"one of eight_filters, .*, got 'lenet'"):
        models.recipe("lenet")
