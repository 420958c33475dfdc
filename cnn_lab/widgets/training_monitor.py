"""Watch a network learn, and stop it without losing anything."""

import math
import threading
import time

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.layers import Conv2D
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module

MOST_FILTERS, MOST_POINTS = 16, 600


class TrainingMonitor(LabWidget):
    """Show loss, accuracy and filters while a network learns; stop it at any step (lesson 08).

    It is a callback of `cnn_lab.training.fit`: show it in one cell, train in the next ::

        monitor = TrainingMonitor()
        monitor

        fit(network, images, labels, optimizer=Adam(), epochs=3, callback=monitor)

    The stop button ends the training after the step under way. Weights and optimizer stay as they
    are, ``history.stopped`` is "callback", and a second `fit` goes on from there; the monitor shows
    both, one after the other.

    Parameters
    ----------
    rate : float
        How often a second the page is told news, more than 0 and at most 10.

    Attributes
    ----------
    state : str
        "waiting", "training", "stopped" or "done".
    losses : float32 array (n, 2)
        Steps and mean losses since the step before, over all trainings; at most 600 rows.
    epochs : float32 array (n, 4)
        Step at the end of each epoch, training loss, validation loss and accuracy, nan where there
        is none.
    starts : list of int
        The step, counted over all trainings, with which each training began.
    filters : float32 array (f_H, f_W, up to 16)
        The first convolution's weights for its first input channel.

    Raises
    ------
    TypeError, ValueError
        If rate is not such a number.

    Notes
    -----
    A cell that trains keeps the kernel busy. The button is heard all the same with ipykernel 7.4,
    which reads messages on a thread of its own, and with 7.0 to 7.3 where the page sends them to a
    subshell, as JupyterLab 4.4 and later do. Elsewhere the message waits until the cell has ended,
    and is then ignored, as it was for a training that is over. *Kernel > Interrupt* stops
    everywhere between two steps and keeps the weights just as well.

    Examples
    --------
    >>> TrainingMonitor()
    TrainingMonitor: nothing has been trained yet; the curves begin with the first step.
    """

    _esm = module("training_monitor.js")
    state = traitlets.Unicode("waiting").tag(sync=True)
    step = traitlets.List(traitlets.Int(), [0, 0, 0]).tag(sync=True)
    starts = traitlets.List(traitlets.Int(), []).tag(sync=True)
    losses = Array(np.zeros((0, 2)))
    epochs = Array(np.zeros((0, 4)))
    filters = Array()

    def __init__(self, *, rate=10, **options):
        if isinstance(rate, bool) or not isinstance(rate, (int, float, np.number)):
            raise TypeError(f"rate must be a number, got {type(rate).__name__}")
        if not 0 < rate <= 10:
            raise ValueError(f"rate must be more than 0 and at most 10 a second, got {rate}")
        self._seconds = 1 / float(rate)
        self._wish = threading.Event()
        self._runs, self._ended = [], []
        self._since, self._told, self._seen = [], -math.inf, 0
        super().__init__(**options)
        self.on_msg(self._on_message)
        self._listen()

    def __call__(self, step):
        """Note a step of `fit`; return whether training is to stop.

        Parameters
        ----------
        step : cnn_lab.training.Step
        """
        if not self._runs or self._runs[-1][1] is not step.history:
            self._begin(step)
        self._step = step
        self._note_epochs(step.step - 1)
        self._since.append(step.loss)
        stop = self._wish.is_set()
        last = stop or step.step == step.steps
        if last or time.monotonic() - self._told >= self._seconds:
            self._tell("stopped" if stop else "done" if last else "training")
        return stop

    def stop(self):
        """Ask the training under way to end after its step; without one nothing happens."""
        if self.state == "training":
            self._wish.set()

    def _listen(self):
        """Hear of messages as they reach the kernel, where it lets us, and not in their turn."""
        route = getattr(self.comm, "_reply_subshell_for", None)  # ipykernel 7.4
        if route is None:
            return

        def heard(data, default):
            if isinstance(data, dict) and data.get("method") == "custom":
                self._on_message(self, data.get("content"), [])
            return route(data, default)

        self.comm._reply_subshell_for = heard

    def _on_message(self, widget, content, buffers):
        """Hear the stop button; maybe on another thread, so nothing but the wish is touched."""
        if isinstance(content, dict) and content.get("stop"):
            self.stop()

    def _begin(self, step):
        """Begin another training, after those that there were."""
        self._wish.clear()
        self._finish()
        done = self.step[2]
        self._runs.append((done - step.step + 1, step.history))
        self._seen, self._since, self._told = len(step.history.train_loss), [], -math.inf
        self.starts = [*self.starts, done + 1]
        _after_cell(self._finish)

    def _tell(self, state):
        """Tell the page all news at once."""
        step, offset = self._step, self._runs[-1][0]
        self._told = time.monotonic()
        with self.hold_sync():
            if self._since:
                row = (offset + step.step, np.mean(self._since))
                self.losses, self._since = _thinned(np.vstack([self.losses, row])), []
            self.epochs = np.reshape(self._ended, (-1, 4))
            self.step = [step.step, step.steps, offset + step.step]
            self.filters, self.state = _filters(step.network), state

    def _note_epochs(self, step):
        """Note the epochs that the history has got; the last of them ended with that step."""
        offset, history = self._runs[-1]
        for n in range(self._seen, len(history.train_loss)):
            told = (history.train_loss, history.validation_loss, history.validation_accuracy)
            values = [column[n] if n < len(column) else math.nan for column in told]
            self._ended.append([offset + step, *values])
        self._seen = len(history.train_loss)

    def _finish(self):
        """Tell the page how the training ended: what comes after its last step no step tells."""
        if not self._runs:
            return
        step, history = self._step, self._runs[-1][1]
        self._note_epochs(step.step)
        whole = history.stopped == "no improvement" or step.step == step.steps
        early = history.stopped in ("callback", "interrupted") or not whole
        self._tell("stopped" if early else "done")

    def describe(self):
        if not self.losses.size:
            return "nothing has been trained yet; the curves begin with the first step."
        step, steps, _ = self.step
        parts = [f"{self.state} at step {step:,} of {steps:,}", f"loss {self.losses[-1, 1]:.3f}"]
        if self.epochs.size and np.isfinite(self.epochs[-1, 3]):
            parts.append(f"validation accuracy {self.epochs[-1, 3]:.1%}")
        if len(self.starts) > 1:
            parts.append(f"training {len(self.starts)} of {len(self.starts)}")
        return ", ".join(parts) + "."

    def preview(self):
        if len(self.losses) < 2:
            board = {"state": self.state, "step": "0", "loss": "–", "validation accuracy": "–"}
            return plots.numbers([[[text]] for text in board.values()], titles=list(board),
                                 title="Nothing has been trained yet", alt=repr(self))
        steps, losses = self.losses.T
        return plots.curves({"loss": losses}, x=steps, xlabel="step", ylabel="loss (nats)",
                            title=f"Loss, {self.state}", alt=repr(self))


def _thinned(rows):
    """Return at most `MOST_POINTS` rows: neighbours become their mean, at the later step."""
    if len(rows) <= MOST_POINTS:
        return rows
    pairs = rows[: len(rows) // 2 * 2].reshape(-1, 2, 2)
    merged = np.column_stack([pairs[:, 1, 0], pairs[:, :, 1].mean(axis=1)])
    return np.vstack([merged, rows[len(rows) // 2 * 2 :]])


def _filters(network):
    """Return the first convolution's weights (f_H, f_W, up to 16), or none."""
    layers = getattr(network, "layers", ())
    weights = next((layer.params["W"] for layer in layers if isinstance(layer, Conv2D)), None)
    return () if weights is None else weights[:, :, 0, :MOST_FILTERS]


def _after_cell(act):
    """Run a function once when the cell under way has ended; outside of IPython never."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return

    def once(*_):
        shell.events.unregister("post_run_cell", once)
        act()

    shell.events.register("post_run_cell", once)
