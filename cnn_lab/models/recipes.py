"""Recipes by name: a network, the images that it learns from, and everything that `fit` is told.

A recipe trains in a few lines, the last of which looks at the test images, once::

    how = recipe("quick")
    network, data = how.build(rng), how.data()
    fit(network, *data.training, validation=data.validation, rng=rng, **how.settings())
    evaluate(network, *data.test)

``cnn-lab train quick`` does the same with a progress bar, a log, a checkpoint and a plot.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from cnn_lab.augmentation import random_affine, random_shift
from cnn_lab.losses import SoftmaxCrossEntropy, SquaredError
from cnn_lab.mnist import load_mnist
from cnn_lab.models.networks import build
from cnn_lab.optimizers import SGD, Adam, one_cycle


class Data(NamedTuple):
    """Three pairs (images, labels); ``validation`` is None when no images are held out."""

    training: tuple
    validation: tuple | None
    test: tuple


@dataclass(frozen=True)
class Recipe:
    """One way to train one network.

    Attributes
    ----------
    name, description : str
        The description is one line.
    model : str
        The network's name among `cnn_lab.models.MODELS`.
    optimizer, loss : function without arguments
        Makes a new one for each training.
    epochs, batch_size : int
    schedule, augment, patience : as `cnn_lab.training.fit` takes them
    training, test : (split, count)
        A split of `cnn_lab.mnist.load_mnist`, of which the first ``count`` images are used, or all
        if it is None.
    held_out : int
        So many of the training images, the last ones, are not learned from but watched.
    accuracy : float
        The share of the test images that was right when we measured, the mean of three seeds.
    seconds : float
        The time that training took us, on two cores.
    """

    name: str
    description: str
    model: str
    optimizer: Callable
    epochs: int
    accuracy: float
    seconds: float
    batch_size: int = 100
    schedule: Callable | None = None
    augment: Callable | None = None
    loss: Callable = SoftmaxCrossEntropy
    patience: int | None = None
    training: tuple = ("train", None)
    held_out: int = 0
    test: tuple = ("test", None)

    def build(self, rng=None):
        """Return the untrained network, its first weights drawn from ``rng``."""
        return build(self.model, rng)

    def data(self):
        """Read the images and labels to learn from, to watch and to be tested on.

        Returns
        -------
        Data
        """
        images, labels = _part(*self.training)
        end = len(images) - self.held_out
        validation = (images[end:], labels[end:]) if self.held_out else None
        return Data((images[:end], labels[:end]), validation, _part(*self.test))

    def settings(self):
        """Return what `cnn_lab.training.fit` is told besides network, images, labels and rng."""
        return {
            "optimizer": self.optimizer(),
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "loss": self.loss(),
            "schedule": self.schedule,
            "augment": self.augment,
            "patience": self.patience,
        }


def _part(split, count):
    images, labels = load_mnist(split)
    return images[:count], labels[:count]


def _ours(name, description, **changes):
    """Return a recipe that has in common with all of ours what has helped all of them."""
    common = {
        "model": "course_network",
        "optimizer": partial(Adam, 0.004),
        "schedule": one_cycle(),
        "augment": random_shift(1),
        "loss": partial(SoftmaxCrossEntropy, label_smoothing=0.05),
        "held_out": 5000,
    }
    return Recipe(name, f"ours: {description}", **{**common, **changes})


_ALL = [
    Recipe(
        "eight_filters",
        "Zhou's 8 filters of 3x3 and a max pool: the smallest network that learns",
        "eight_filters",
        partial(SGD, 0.05, momentum=0.9),
        epochs=1,
        accuracy=0.958,
        seconds=3,
    ),
    Recipe(
        "twenty_filters",
        "Kim's 20 filters of 9x9, on 8,000 of the t10k images, tested on the other 2,000",
        "twenty_filters",
        partial(SGD, 0.01, momentum=0.95),
        epochs=3,
        accuracy=0.949,
        seconds=3,
        training=("t10k-8000", None),
        test=("t10k-2000", None),
    ),
    Recipe(
        "wide_two_layer",
        "TensorFlow's 32 and 64 filters of 5x5, 3,000 steps of plain descent, a far too small rate",
        "wide_two_layer",
        partial(SGD, 0.001),
        epochs=3,
        batch_size=50,
        accuracy=0.868,
        seconds=120,
        training=("train", 50_000),
        test=("test", 3000),
    ),
    Recipe(
        "sigmoid_network",
        "Mitchell's 300 sigmoid units, squared error, stopped when held-out accuracy falls",
        "sigmoid_network",
        partial(SGD, 0.5),
        epochs=20,
        batch_size=10,
        loss=partial(SquaredError, on=0.9, off=0.1),
        patience=2,
        held_out=5000,
        accuracy=0.975,
        seconds=120,
    ),
    _ours(
        "quick",
        "course_network, a look at what twenty seconds can do",
        epochs=2,
        accuracy=0.9927,
        seconds=13,
    ),
    _ours(
        "minute",
        "course_network, as far as it gets in a minute",
        epochs=6,
        accuracy=0.9949,
        seconds=41,
    ),
    _ours(
        "best",
        "course_network, twenty passes over digits turned, slanted, scaled and shifted",
        epochs=20,
        held_out=0,
        augment=random_affine(rotation=10, zoom=0.1, shear=0.1, shift=1),
        accuracy=0.9962,
        seconds=220,
    ),
]
RECIPES = {how.name: how for how in _ALL}


def recipe(name):
    """Return the recipe called ``name``.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.

    Examples
    --------
    >>> recipe("twenty_filters").epochs
    3
    """
    if name not in RECIPES:
        raise ValueError(f"name must be one of {', '.join(RECIPES)}, got {name!r}")
    return RECIPES[name]
