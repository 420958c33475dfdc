"""What is written down while a network learns."""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass
class History:
    """What happened during `fit`.

    Attributes
    ----------
    batch_loss : list of float
        The loss of every batch, one entry a step.
    train_loss : list of float
        The mean of the batch losses, one entry an epoch. An epoch that was interrupted has none
        yet, here and below.
    validation_loss, validation_accuracy : list of float
        After each epoch; empty without validation data.
    seconds : list of float
        The length of each epoch, without its validation.
    stopped : str
        Why training ended: "finished", "no improvement", "callback" or "interrupted".
    """

    batch_loss: list = field(default_factory=list)
    train_loss: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    stopped: str = "finished"

    @property
    def best_epoch(self):
        """The epoch, counted from 0, with the highest validation accuracy, or None."""
        scores = self.validation_accuracy
        return scores.index(max(scores)) if scores else None


class Step(NamedTuple):
    """What a callback is told after every step: where training stands."""

    step: int
    steps: int
    epoch: int
    loss: float
    history: History
    network: object
