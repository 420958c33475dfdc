"""Training: batches, the loop, checkpoints, and how good the network has become.

Conventions: images are uint8 (m, 28, 28) or float (m, n_H, n_W, n_C); labels are integers (m,).
Losses are means in the loss's own unit (nats for cross-entropy), accuracies are shares from 0 to 1,
times are in seconds.
"""

from cnn_lab.augmentation import random_shift
from cnn_lab.training.divergence import DivergenceError
from cnn_lab.training.evaluation import Evaluation, batches, confusion_matrix, evaluate
from cnn_lab.training.history import History, Step
from cnn_lab.training.loop import fit

__all__ = [
    "DivergenceError",
    "Evaluation",
    "History",
    "Step",
    "batches",
    "confusion_matrix",
    "evaluate",
    "fit",
    "random_shift",
]
