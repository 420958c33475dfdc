"""Draw the picture of the README: `python images/draw.py` writes images/filters.png in a minute.

Trains the network with twenty 9x9 filters (lesson 08) on the 60,000 training images, picks six of
its filters, and shows where they answer on three test digits.
"""

from pathlib import Path

import numpy as np

from cnn_lab import models
from cnn_lab.mnist import load_mnist
from cnn_lab.optimizers import Adam, one_cycle
from cnn_lab.plots import Figure, style
from cnn_lab.training import fit

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
TILE, GAP, LEFT, TOP = 96, 14, 118, 138
DIGITS = (0, 1, 18)  # of the test images: a 7, a 2, a 3
ALT = (
    "A grid. On top six learned filters of 9 by 9 weights, each a bright bar or arc at its own "
    "angle. At the left a handwritten 7, 2 and 3. Where a row and a column meet, the feature map: "
    "bright where strokes of the digit run as the filter's bar does, dark elsewhere."
)


def trained():
    """Return the trained network."""
    network = models.twenty_filters(np.random.default_rng(4))
    images, labels = load_mnist("train")
    fit(network, images, labels, optimizer=Adam(0.002), epochs=2, schedule=one_cycle())
    return network


def choose(network, images, count=6):
    """Pick filters that answer strongly and differ most from one another."""
    weights = network.params["0.W"][:, :, 0]
    flat = weights.reshape(81, -1)
    flat = flat / np.linalg.norm(flat, axis=0)
    answers = network.activations(images)[1].mean(axis=(0, 1, 2))
    usable = np.argsort(answers)[::-1][:14]
    chosen = [usable[0]]
    while len(chosen) < count:
        likeness = np.abs(flat[:, usable].T @ flat[:, chosen]).max(axis=1)
        chosen.append(usable[np.argmin(likeness)])
    return chosen


def tile(figure, values, column, row, cmap, limits, colour):
    """Draw one array in its place, framed."""
    x = LEFT + column * (TILE + GAP) if column >= 0 else 0
    y = TOP + row * (TILE + GAP) if row >= 0 else 0
    axes = figure.box(x, y, TILE, TILE, xticks=[], yticks=[])
    axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=2.5)


def draw(network, images):
    """Return the figure."""
    chosen = choose(network, images[:500])
    weights = network.params["0.W"][:, :, 0, chosen]
    digits = images[list(DIGITS)]
    maps = network.activations(digits)[1][..., chosen]
    width, height = LEFT + len(chosen) * (TILE + GAP) - GAP, TOP + len(DIGITS) * (TILE + GAP) - GAP
    figure = Figure(width, height, alt=ALT)
    bold = {"size": 15, "weight": "bold"}
    figure.write(0, TILE * 0.45, "filters that", color=VERMILLION, **bold)
    figure.write(0, TILE * 0.65, "it learned", color=VERMILLION, **bold)
    figure.write(0, TOP - 10, "digits", color=BLUE, **bold)
    figure.write(LEFT, TOP - 10, "where each filter finds its stroke", color=GREEN, **bold)
    for column in range(len(chosen)):
        largest = np.abs(weights[..., column]).max()
        limits = (-largest, largest)
        tile(figure, weights[..., column], column, -1, style.SIGNED, limits, VERMILLION)
        top = maps[..., column].max()
        for row in range(len(DIGITS)):
            tile(figure, maps[row, ..., column], column, row, "cividis", (0, top), GREEN)
    for row, digit in enumerate(digits):
        tile(figure, digit, -1, row, "gray", (0, 255), BLUE)
    return figure


if __name__ == "__main__":
    picture = draw(trained(), load_mnist("test")[0])
    picture.savefig(Path(__file__).with_name("filters.png"), dpi=144)  # in all its colours
    print(ALT)
