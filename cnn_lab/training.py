"""Training: batches, augmentation, the loop, and how good the network has become.

Conventions: images are uint8 (m, 28, 28) or float (m, n_H, n_W, n_C); labels are integers (m,).
Losses are means in the loss's own unit (nats for cross-entropy), accuracies are shares from 0 to 1,
times are in seconds.
"""

import math
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cnn_lab.losses import SoftmaxCrossEntropy, check_labels


class Evaluation(NamedTuple):
    """What `evaluate` returns: accuracy (share of right answers) and mean loss."""

    accuracy: float
    loss: float


@dataclass
class History:
    """What happened during `fit`.

    Attributes
    ----------
    batch_loss : list of float
        The loss of every batch, one entry a step.
    train_loss : list of float
        The mean of the batch losses, one entry an epoch.
    validation_loss, validation_accuracy : list of float
        After each epoch; empty without validation data.
    seconds : list of float
        The length of each epoch, without its validation.
    stopped : str
        Why training ended: "finished", "no improvement" or "callback".
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


def batches(count, batch_size, rng=None):
    """Yield index arrays that together visit each of ``count`` images once.

    Parameters
    ----------
    count, batch_size : int
        The last batch is smaller when they do not divide.
    rng : numpy.random.Generator, optional
        Shuffles; without one the order is kept.

    Examples
    --------
    >>> [batch.tolist() for batch in batches(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    order = np.arange(count) if rng is None else rng.permutation(count)
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]


def random_shift(pixels):
    """Return an augmentation that moves each image by up to ``pixels``, the border filled with 0.

    Examples
    --------
    >>> shift = random_shift(1)
    >>> shift(np.ones((2, 3, 3, 1)), np.random.default_rng(0)).shape
    (2, 3, 3, 1)
    """
    if not isinstance(pixels, (int, np.integer)) or pixels < 0:
        raise ValueError(f"pixels must be an integer, 0 or more, got {pixels!r}")

    def shift(images, rng):
        m, n_H, n_W, n_C = images.shape
        padded = np.zeros((m, n_H + 2 * pixels, n_W + 2 * pixels, n_C), images.dtype)
        padded[:, pixels : pixels + n_H, pixels : pixels + n_W] = images
        views = np.lib.stride_tricks.sliding_window_view(padded, (n_H, n_W), axis=(1, 2))
        down, right = rng.integers(0, 2 * pixels + 1, (2, m))
        return np.moveaxis(views[np.arange(m), down, right], 1, -1)

    return shift


def fit(
    network,
    images,
    labels,
    *,
    optimizer,
    epochs,
    batch_size=100,
    loss=None,
    rng=None,
    validation=None,
    schedule=None,
    augment=None,
    patience=None,
    callback=None,
    progress=True,
):
    """Train a network.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
        Changed in place: that is what training is.
    images : uint8 (m, n_H, n_W) or float (m, n_H, n_W, n_C)
    labels : integers (m,)
    optimizer : SGD or Adam of `cnn_lab.optimizers`
    epochs : int
        How often every image is seen.
    batch_size : int
    loss : default `cnn_lab.losses.SoftmaxCrossEntropy()`
    rng : numpy.random.Generator, optional
        Shuffles and augments; `default_rng(0)` when none is given.
    validation : (images, labels), optional
        Never trained on; evaluated after each epoch.
    schedule : function of the part done (0 to 1), optional
        Its value multiplies the optimizer's learning rate, see `cnn_lab.optimizers.one_cycle`.
    augment : function of (images, rng), optional
        Changes each batch of floats before it is used, see `random_shift`.
    patience : int, optional
        Early stopping: stop when this many epochs in a row brought no better validation accuracy,
        and go back to the weights of the best epoch.
    callback : function of `Step`, optional
        Called after every step; training stops at once when it returns something true, and the
        weights stay as they are.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If images and labels do not fit together or to the network, if patience is given without
        validation, or if the loss stops being a finite number.
    """
    loss = SoftmaxCrossEntropy() if loss is None else loss
    rng = np.random.default_rng(0 if rng is None else rng)
    epochs, batch_size = _whole(epochs, "epochs"), _whole(batch_size, "batch_size")
    images, labels = _check_data(network, images, labels)
    if validation is not None:
        validation = _check_data(network, *validation)
    if patience is not None and (validation is None or patience < 1):
        raise ValueError(f"patience must be at least 1 and needs validation, got {patience}")
    run = _Run(network, optimizer, loss, schedule, callback)
    run.steps = epochs * math.ceil(len(images) / batch_size)
    best = _Best(patience)
    with _bar(run.steps, progress) as bar, _restored_rate(optimizer, schedule):
        for epoch in range(epochs):
            started = time.perf_counter()
            for batch in batches(len(images), batch_size, rng):
                x = network.as_input(images[batch])
                run.step(augment(x, rng) if augment else x, labels[batch], epoch)
                bar.update()
                if run.history.stopped != "finished":
                    break
            run.history.seconds.append(time.perf_counter() - started)
            run.end_epoch(epoch, validation)
            bar.set_postfix_str(_summary(run.history))
            if run.history.stopped == "finished" and best.gives_up(run):
                run.history.stopped = "no improvement"
            if run.history.stopped != "finished":
                break
    if run.history.stopped != "callback":
        best.restore(network)
    return run.history


def evaluate(network, images, labels, *, loss=None, batch_size=250):
    """Return the share of right answers and the mean loss on labelled images.

    Returns
    -------
    Evaluation
        ``accuracy, loss = evaluate(...)`` works as well.
    """
    loss = SoftmaxCrossEntropy() if loss is None else loss
    images, labels = _check_data(network, images, labels)
    right, total = 0, 0.0
    for batch in batches(len(images), batch_size):
        scores = network.forward(images[batch])
        right += int((scores.argmax(axis=1) == labels[batch]).sum())
        total += loss.forward(scores, labels[batch]) * len(batch)
    return Evaluation(right / len(images), total / len(images))


def confusion_matrix(labels, predicted, classes=10):
    """Count how often each true class (row) was taken for each class (column).

    Examples
    --------
    >>> confusion_matrix([0, 1, 1], [0, 1, 0], classes=2)
    array([[1, 0],
           [1, 1]])
    """
    if len(labels) != len(predicted):
        raise ValueError(f"there are {len(labels)} labels and {len(predicted)} predictions")
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (check_labels(labels, classes), check_labels(predicted, classes)), 1)
    return counts


class _Run:
    """The state of one training: makes steps and writes the history."""

    def __init__(self, network, optimizer, loss, schedule, callback):
        self.network, self.optimizer, self.loss = network, optimizer, loss
        self.schedule, self.callback = schedule, callback
        self.full_rate = optimizer.learning_rate
        self.history = History()
        self.steps = self.steps_before_epoch = 0

    def step(self, x, labels, epoch):
        network, done = self.network, len(self.history.batch_loss)
        if self.schedule is not None:
            self.optimizer.learning_rate = self.full_rate * self.schedule(done / self.steps)
        with np.errstate(over="ignore", invalid="ignore"):  # told below, in words
            value = self._finite_loss(network.forward(x, training=True), labels, epoch)
            network.backward(self.loss.backward(), input_gradient=False)
            self.optimizer.step(network.params, network.grads)
        self.history.batch_loss.append(value)
        if self.callback is not None:
            told = Step(done + 1, self.steps, epoch, value, self.history, network)
            if self.callback(told):
                self.history.stopped = "callback"

    def _finite_loss(self, scores, labels, epoch):
        finite = np.isfinite(scores).all()
        value = self.loss.forward(scores, labels) if finite else math.nan
        if math.isfinite(value):
            return value
        raise ValueError(
            f"the loss became {value} at step {len(self.history.batch_loss) + 1} of {self.steps}, "
            f"in epoch {epoch + 1}: expected a finite number; look for images that are not finite, "
            f"or try a smaller learning rate than {self.full_rate}"
        )

    def end_epoch(self, epoch, validation):
        history = self.history
        history.train_loss.append(float(np.mean(history.batch_loss[self.steps_before_epoch :])))
        self.steps_before_epoch = len(history.batch_loss)
        if validation is not None:
            result = evaluate(self.network, *validation, loss=self.loss)
            history.validation_accuracy.append(result.accuracy)
            history.validation_loss.append(result.loss)


class _Best:
    """Early stopping: remembers the weights of the best epoch."""

    def __init__(self, patience):
        self.patience, self.weights = patience, None

    def gives_up(self, run):
        if self.patience is None:
            return False
        accuracies = run.history.validation_accuracy
        epochs_since = len(accuracies) - 1 - run.history.best_epoch
        if epochs_since == 0:
            self.weights = run.network.get_weights()
        return epochs_since >= self.patience

    def restore(self, network):
        if self.weights is not None:
            network.set_weights(self.weights)


@contextmanager
def _restored_rate(optimizer, schedule):
    """Give the optimizer its own learning rate back after a schedule has moved it."""
    rate = optimizer.learning_rate
    try:
        yield
    finally:
        if schedule is not None:
            optimizer.learning_rate = rate


def _bar(steps, progress):
    from tqdm.auto import tqdm

    return tqdm(total=steps, disable=not progress, unit="batch")


def _summary(history):
    text = f"loss {history.train_loss[-1]:.4f}"
    if history.validation_accuracy:
        text += f", validation {history.validation_accuracy[-1]:.2%}"
    return text


def _whole(number, name):
    if not isinstance(number, (int, np.integer)) or number < 1:
        raise ValueError(f"{name} must be a positive integer, got {number!r}")
    return int(number)


def _check_data(network, images, labels):
    images = np.asarray(images)
    if len(images) == 0:
        raise ValueError("there must be at least one image, got none")
    if len(images) != len(labels):
        raise ValueError(f"there are {len(images)} images and {len(labels)} labels")
    network.as_input(images[:1])
    return images, check_labels(labels, network.output_shape[-1])
