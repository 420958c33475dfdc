"""Checkpoints: what a training needs to go on, or trained weights, in one file.

`save` and `load` handle arrays and a description; `save_weights` and `load_weights` the weights of
a network, small, to hand on. `cnn_lab.training.fit` keeps a whole training with its argument
``checkpoint``. The format is told in `cnn_lab.checkpoints.files`.
"""

from cnn_lab.checkpoints.files import Checkpoint, CheckpointError, load, save
from cnn_lab.checkpoints.weights import (
    architecture,
    differences,
    largest_for,
    load_weights,
    save_weights,
    weights_for,
)
from cnn_lab.checkpoints.writing import sweep

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "architecture",
    "differences",
    "largest_for",
    "load",
    "load_weights",
    "save",
    "save_weights",
    "sweep",
    "weights_for",
]
