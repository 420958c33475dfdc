"""The loop: batch after batch, epoch after epoch."""

import math
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from cnn_lab.browser import IN_BROWSER
from cnn_lab.losses import SoftmaxCrossEntropy
from cnn_lab.training.divergence import check_finite, loss_error
from cnn_lab.training.evaluation import checked_data, evaluation_unless
from cnn_lab.training.history import History, Step
from cnn_lab.training.interrupts import Interrupts
from cnn_lab.training.resuming import Keeper


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
    checkpoint=None,
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
        Changes each batch before it is used, see `cnn_lab.augmentation`.
    patience : int, optional
        Early stopping: stop when this many epochs in a row brought no better validation accuracy,
        and go back to the weights of the best epoch.
    checkpoint : str or path, optional
        A file that is written after each epoch, and on an interrupt. When it is there already, the
        training in it goes on with the next step and ends with the very same weights as one that
        was never interrupted; one that has ended is not trained again, but gives its weights and
        its History back. All other arguments must be as they were. See the notes.
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
    DivergenceError
        A ValueError: the loss, a weight or what the optimizer remembers stopped being a finite
        number. The message names the layer where it began; the network stays as it was then.
    ValueError
        If images and labels do not fit together or to the network, or if patience is given without
        validation.
    CheckpointError
        A ValueError: the checkpoint is damaged, or holds another training than this one; the
        message says what differs. Network, optimizer and file are as they were.
    OSError
        If the checkpoint cannot be written before the first step. Later, training goes on with a
        warning and tries again after the next epoch: what was in the file before stays there.

    Notes
    -----
    Ctrl-C, or the stop button of a notebook, ends training after the batch under way: the weights
    are kept, and the History so far is returned with ``stopped == "interrupted"``. A second one
    raises KeyboardInterrupt at once, in the middle of a step. Outside of the main thread, which
    Python sends no signals, nothing is caught.

    A checkpoint holds the weights, the optimizer's memory, the states of all random generators (of
    ``rng`` and of the network's layers, which they get back), the History and, for early stopping,
    the best weights. It does not hold images, functions, or the state of a callback. The same
    arguments give the same bits on the same machine, with the same number of threads and the same
    version of NumPy.
    """
    run = _Run(
        network,
        *checked_data(network, images, labels),
        optimizer,
        epochs=_whole(epochs, "epochs"),
        batch_size=_whole(batch_size, "batch_size"),
        loss=SoftmaxCrossEntropy() if loss is None else loss,
        rng=np.random.default_rng(0 if rng is None else rng),
        validation=None if validation is None else checked_data(network, *validation),
        schedule=schedule,
        augment=augment,
        patience=patience,
        callback=callback,
    )
    with Interrupts() as interrupts, _restored_rate(optimizer, schedule):
        keeper = Keeper(checkpoint, run)
        with _bar(run, progress) as bar:
            while not run.ended and run.history.stopped != "interrupted":
                run.epoch(interrupts, bar)
                keeper.keep()
    return run.history


@dataclass(eq=False)
class _Run:
    """The state of one training: makes steps and writes the history.

    Where it stands follows from the history: ``len(train_loss)`` epochs are done, and of the next
    one as many steps as there are further entries in ``batch_loss``.
    """

    network: object
    images: np.ndarray
    labels: np.ndarray
    optimizer: object
    epochs: int
    batch_size: int
    loss: object
    rng: np.random.Generator
    validation: tuple | None
    schedule: object
    augment: object
    patience: int | None
    callback: object
    history: History = field(default_factory=History)
    seconds: float = 0.0  # of the epoch under way
    order_state: dict | None = None  # of rng, before the epoch under way was shuffled
    best_weights: dict | None = None
    ended: bool = False

    def __post_init__(self):
        if self.patience is not None and (self.validation is None or self.patience < 1):
            got = f"got {self.patience}"
            raise ValueError(f"patience must be at least 1 and needs validation, {got}")
        self.full_rate = self.optimizer.learning_rate
        self.steps_per_epoch = math.ceil(len(self.images) / self.batch_size)
        self.steps = self.epochs * self.steps_per_epoch

    @property
    def steps_of_epoch(self):
        """How many steps of the epoch under way are done."""
        history = self.history
        return len(history.batch_loss) - len(history.train_loss) * self.steps_per_epoch

    def epoch(self, interrupts, bar):
        """Train for one epoch, or for what is left of it, until somebody wants to stop."""
        epoch, history = len(self.history.train_loss), self.history
        started = time.perf_counter() - self.seconds
        for batch in self._batches():
            if interrupts.requested:
                break
            self.step(self._inputs(batch), self.labels[batch], epoch)
            bar.update()
            if history.stopped != "finished":
                break
        self.seconds = time.perf_counter() - started
        check_finite(self)
        whole = self.steps_of_epoch == self.steps_per_epoch or history.stopped == "callback"
        if whole and self._end_epoch(interrupts):
            bar.set_postfix_str(_summary(history))
        else:
            history.stopped = "interrupted"

    def step(self, x, labels, epoch):
        """Make one step on the batch x, and tell the callback."""
        network, done = self.network, len(self.history.batch_loss)
        if self.schedule is not None:
            self.optimizer.learning_rate = self.full_rate * self.schedule(done / self.steps)
        with np.errstate(over="ignore", invalid="ignore"):  # told below, in words
            value = self._finite_loss(network.forward(x, training=True), labels, x)
            network.backward(self.loss.backward(), input_gradient=False)
            self.optimizer.step(network.params, network.grads)
        self.history.batch_loss.append(value)
        if self.callback is not None:
            told = Step(done + 1, self.steps, epoch, value, self.history, network)
            if self.callback(told):
                self.history.stopped = "callback"

    def _batches(self):
        """Return the batches of the epoch that are still to come, as arrays of indices."""
        now = self.rng.bit_generator.state
        if self.order_state is None:
            self.order_state = now
            order = self.rng.permutation(len(self.images))
        else:  # the epoch was interrupted: shuffle once more as at its beginning
            self.rng.bit_generator.state = self.order_state
            order = self.rng.permutation(len(self.images))
            self.rng.bit_generator.state = now
        first, size = self.steps_of_epoch, self.batch_size
        return (order[start : start + size] for start in range(first * size, len(order), size))

    def _inputs(self, batch):
        """Return the images of a batch as floats, augmented; bytes are augmented where possible."""
        images, network = self.images[batch], self.network
        if self.augment is None:
            return network.as_input(images)
        if images.dtype == np.uint8 and getattr(self.augment, "takes_bytes", False):
            images = images.reshape(len(images), *network.input_shape)
            return network.as_input(self.augment(images, self.rng))
        return self.augment(network.as_input(images), self.rng)

    def _finite_loss(self, scores, labels, x):
        value = float(self.loss.forward(scores, labels)) if np.isfinite(scores).all() else math.nan
        if not math.isfinite(value):
            raise loss_error(value, self, x)
        return value

    def _end_epoch(self, interrupts):
        """Write the epoch into the history; return False if an interrupt stopped the evaluation."""
        history = self.history
        if self.validation is not None:
            result = self._validate(interrupts)
            if result is None:
                return False
            history.validation_accuracy.append(result.accuracy)
            history.validation_loss.append(result.loss)
        first = len(history.train_loss) * self.steps_per_epoch
        history.train_loss.append(float(np.mean(history.batch_loss[first:])))
        history.seconds.append(self.seconds)
        self.seconds, self.order_state = 0.0, None
        self._look_back()
        return True

    def _validate(self, interrupts):
        def stopped():
            return interrupts.requested and self.history.stopped == "finished"

        with np.errstate(over="ignore", invalid="ignore"):
            return evaluation_unless(stopped, self.network, *self.validation, self._finite_loss)

    def _look_back(self):
        """Early stopping, and the end."""
        history = self.history
        if self.patience is not None and history.stopped == "finished":
            epochs_since = len(history.train_loss) - 1 - history.best_epoch
            if epochs_since == 0:
                self.best_weights = self.network.get_weights()
            elif epochs_since >= self.patience:
                history.stopped = "no improvement"
        self.ended = history.stopped != "finished" or len(history.train_loss) == self.epochs
        if self.ended and history.stopped != "callback" and self.best_weights is not None:
            self.network.set_weights(self.best_weights)


@contextmanager
def _restored_rate(optimizer, schedule):
    """Give the optimizer its own learning rate back after a schedule has moved it."""
    rate = optimizer.learning_rate
    try:
        yield
    finally:
        if schedule is not None:
            optimizer.learning_rate = rate


def _bar(run, progress):
    from tqdm.auto import tqdm

    if IN_BROWSER:
        tqdm.monitor_interval = 0  # it would start a thread, which cannot be there, and warn
    done = len(run.history.batch_loss)
    return tqdm(total=run.steps, initial=done, disable=not progress, unit="batch")


def _summary(history):
    text = f"loss {history.train_loss[-1]:.4f}"
    if history.validation_accuracy:
        text += f", validation {history.validation_accuracy[-1]:.2%}"
    return text


def _whole(number, name):
    if not isinstance(number, (int, np.integer)) or number < 1:
        raise ValueError(f"{name} must be a positive integer, got {number!r}")
    return int(number)
