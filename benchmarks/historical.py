"""Train the historical networks of `cnn_lab.models` in full, each by its own recipe.

    python benchmarks/historical.py             all of them, about half an hour on two cores
    python benchmarks/historical.py wide_two_layer

Prints one line a network: how many images and steps, seconds of training, accuracy on the images
that its text tests on. The quick networks are trained three times, from three seeds, so that chance
can be told from skill.
"""

import sys
import time

import numpy as np

from cnn_lab import models
from cnn_lab.losses import SquaredError
from cnn_lab.mnist import load_mnist
from cnn_lab.optimizers import SGD, Adam, one_cycle
from cnn_lab.training import evaluate, fit, random_shift


def part(split, count=None):
    """The first ``count`` images and labels of a split."""
    images, labels = load_mnist(split)
    return images[:count], labels[:count]


# name: (model, images to train on, images to test on, what `fit` is told)
RECIPES = {
    "eight_filters": (
        "eight_filters",
        ("train", None),
        ("test", None),
        lambda: {"optimizer": SGD(0.05, momentum=0.9), "epochs": 1},
    ),
    "twenty_filters": (
        "twenty_filters",
        ("t10k-8000", None),
        ("t10k-2000", None),
        lambda: {"optimizer": SGD(0.01, momentum=0.95), "epochs": 3},
    ),
    "wide_two_layer, 1,000 steps": (
        "wide_two_layer",
        ("train", 50_000),
        ("test", 3000),
        lambda: {"optimizer": SGD(0.001), "epochs": 1, "batch_size": 50},
    ),
    "wide_two_layer, 3,000 steps": (
        "wide_two_layer",
        ("train", 50_000),
        ("test", 3000),
        lambda: {"optimizer": SGD(0.001), "epochs": 3, "batch_size": 50},
    ),
    "wide_two_layer, 1,000 steps of Adam": (
        "wide_two_layer",
        ("train", 50_000),
        ("test", 3000),
        lambda: {"optimizer": Adam(0.001), "epochs": 1, "batch_size": 50},
    ),
    "sigmoid_network": (
        "sigmoid_network",
        ("train", None),
        ("test", None),
        lambda: {
            "optimizer": SGD(0.5),
            "loss": SquaredError(on=0.9, off=0.1),
            "epochs": 10,
            "batch_size": 10,
        },
    ),
    "course_network": (
        "course_network",
        ("train", None),
        ("test", None),
        lambda: {
            "optimizer": Adam(0.004),
            "epochs": 2,
            "schedule": one_cycle(),
            "augment": random_shift(1),
        },
    ),
}


def train(name, seed):
    """Return accuracy and seconds of one training."""
    model, training, test, recipe = RECIPES[name]
    network = models.build(model, np.random.default_rng(seed))
    images, labels = part(*training)
    started = time.perf_counter()
    fit(network, images, labels, rng=np.random.default_rng(seed), progress=False, **recipe())
    seconds = time.perf_counter() - started
    return evaluate(network, *part(*test)).accuracy, seconds


def main(wanted):
    """Train every recipe whose name begins with one of the wanted words, and print the table."""
    print(f"{'network':<38}{'seconds':>9}   accuracy, seed by seed")
    for name in RECIPES:
        if wanted and not name.startswith(tuple(wanted)):
            continue
        seeds = (0,) if name.startswith("wide") else (0, 1, 2)
        runs = [train(name, seed) for seed in seeds]
        accuracies = "  ".join(f"{accuracy:.2%}" for accuracy, _ in runs)
        seconds = np.median([seconds for _, seconds in runs])
        print(f"{name:<38}{seconds:>9.1f}   {accuracies}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
