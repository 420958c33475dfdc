"""The course of a training: loss and accuracy, epoch by epoch."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from cnn_lab.plots import style, wording
from cnn_lab.plots.curve import course, draw_lines
from cnn_lab.plots.figure import Figure, quiet_axes

LOSSES = {"train_loss": "training", "validation_loss": "validation"}
HEIGHT, TOP, PLOT_HEIGHT = 300, 26, 226


def history(history, *, title=None, alt=None):
    """Show a training: the loss at the left, the accuracy at the right, epoch by epoch.

    Parameters
    ----------
    history : cnn_lab.training.History, or any object with the same lists
        `train_loss`, `validation_loss` (nats) and `validation_accuracy` (0 to 1) have one entry an
        epoch, `batch_loss` one a step; each may be empty, but not all.
    title, alt : str, optional

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to show.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> done = SimpleNamespace(train_loss=[0.5, 0.25], validation_accuracy=[0.9, 0.95])
    >>> history(done).alt
    'Training over 2 epochs. Training loss: from 0.5 to 0.25. Accuracy: from 90 % to 95 %.'
    """
    names = ("batch_loss", "train_loss", "validation_loss", "validation_accuracy")
    lists = {name: _entries(history, name) for name in names}
    if not any(values.size for values in lists.values()):
        raise ValueError("history holds no losses and no accuracies: nothing was trained yet")
    accuracy = lists["validation_accuracy"]
    epochs = max(1, *(lists[name].size for name in names[1:]))
    figure = Figure(784 if accuracy.size else 560, HEIGHT, title=title,
                    alt=alt or _describe(lists, epochs, title))
    _draw_losses(figure.box(58, TOP, 322 if accuracy.size else 500, PLOT_HEIGHT), lists, epochs)
    if accuracy.size:
        _draw_accuracy(figure.box(456, TOP, 322, PLOT_HEIGHT), accuracy)
    return figure


def _entries(history, name):
    values = getattr(history, name, None)
    values = () if values is None else values
    return np.asarray([np.nan if value is None else value for value in values], float)


def _draw_losses(axes, lists, epochs):
    quiet_axes(axes)
    steps = lists["batch_loss"]
    if steps.size:
        where = (np.arange(steps.size) + 1) / steps.size * epochs
        axes.plot(where, steps, color="#c4c4c4", linewidth=0.9, zorder=1, label="each batch")
    lines = {
        words: (np.arange(1.0, lists[name].size + 1), lists[name])
        for name, words in LOSSES.items()
        if lists[name].size
    }
    draw_lines(axes, lines)
    axes.set_ylim(0, _head([ys for _, ys in lines.values()], steps))
    _epoch_axis(axes, "loss", epochs, 0.0 if steps.size else 1.0)
    axes.legend(frameon=False, fontsize=style.TICK_FONT, handlelength=2.6, loc="upper right")


def _head(curves, steps):
    """Return the upper end of the loss axis: the first loss fits, single later peaks may not."""
    values = np.concatenate([*curves, steps[:5]])
    return 1.06 * (values[np.isfinite(values)].max(initial=0.0) or 1.0)


def _draw_accuracy(axes, accuracy):
    quiet_axes(axes)
    percents = 100 * accuracy
    draw_lines(axes, {"validation": (np.arange(1.0, accuracy.size + 1), percents)})
    _epoch_axis(axes, "validation accuracy (%)", accuracy.size, 1.0)
    if np.isfinite(percents[-1]):
        falling = percents.size > 1 and percents[-1] < percents[-2]
        axes.annotate(_percent(accuracy[-1]), (accuracy.size, percents[-1]), ha="right",
                      xytext=(4, 12 if falling else -12), textcoords="offset points",
                      va="bottom" if falling else "top", size=style.LABEL_FONT, weight="bold")
        axes.margins(y=0.18)


def _epoch_axis(axes, what, epochs, first):
    axes.set_title(what, loc="left", size=style.LABEL_FONT, pad=8)
    axes.set_xlabel("epoch", size=style.LABEL_FONT)
    axes.set_xlim(first - 0.04 * epochs, epochs + 0.04 * epochs)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    if epochs == 1:
        axes.set_xlim(first - 0.6 * first, 1.4)
        axes.set_xticks([0, 1] if first == 0 else [1])


def _percent(value):
    return f"{100 * value:.4g} %"


def _describe(lists, epochs, title):
    parts = [title or f"Training over {wording.several(epochs, 'epoch')}"]
    for name, words in LOSSES.items():
        if lists[name].size:
            parts.append(f"{words.capitalize()} loss: {course(lists[name])}")
    accuracy = lists["validation_accuracy"]
    if accuracy.size > 1:
        parts.append(f"Accuracy: from {_percent(accuracy[0])} to {_percent(accuracy[-1])}")
    elif accuracy.size:
        parts.append(f"Accuracy: {_percent(accuracy[0])}")
    return wording.sentence(*parts)
