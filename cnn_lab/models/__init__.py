"""Networks by name, and recipes by name: how each of them is trained.

`networks` holds four networks from the texts that this course grew out of, and our own; `build`
finds one by its name, and `trained` one that has learned already. `recipes` says for each with
which images, optimizer and changes of the images it is trained and how far it gets; `recipe` finds
one by its name.
"""

from cnn_lab.models.networks import (
    MODELS,
    build,
    course_network,
    eight_filters,
    sigmoid_network,
    twenty_filters,
    wide_two_layer,
)
from cnn_lab.models.pretrained import TRAINED, trained
from cnn_lab.models.recipes import RECIPES, Recipe, recipe

__all__ = [
    "MODELS",
    "RECIPES",
    "TRAINED",
    "Recipe",
    "build",
    "course_network",
    "eight_filters",
    "recipe",
    "sigmoid_network",
    "trained",
    "twenty_filters",
    "wide_two_layer",
]
