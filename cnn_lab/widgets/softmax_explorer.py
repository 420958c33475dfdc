"""Softmax and cross-entropy: drag the scores, watch probabilities, loss and gradient."""

import operator

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.losses import SoftmaxCrossEntropy
from cnn_lab.losses import softmax as reference_softmax
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module

LARGEST_SCORE = 1000.0
COLDEST, HOTTEST = 0.1, 10.0


class SoftmaxExplorer(LabWidget):
    """Show how scores become probabilities, a loss and its gradient (lesson 07).

    Drag the scores (or use the arrow keys), choose the true class, change the temperature.

    Parameters
    ----------
    scores : sequence of float
        One score for each of 2 to 10 classes, between -1000 and 1000.
    label : int
        The true class, counted from 0.
    labels : sequence of str, optional
        Names of the classes; "0", "1", ... when left out.
    temperature : float
        By which the scores are divided first, 0.1 to 10; 1 changes nothing.
    softmax : callable, optional
        Your own ``softmax(scores)``, which gets scores of shape (1, classes): its probabilities are
        shown too, and marked where they are not the right ones.

    Attributes
    ----------
    probabilities, gradient : ndarray of shape (classes,)
        The probabilities, and the derivative of the loss with respect to the scores.
    loss : float
        -ln of the true class's probability, in nats.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these.

    Examples
    --------
    >>> SoftmaxExplorer()
    SoftmaxExplorer: scores −1, 0, 3, 5 give probabilities 0.002, 0.006, 0.118, 0.874; class 3 is \
the true one: loss 0.135 nats.
    """

    _esm = module("softmax_explorer.js")
    scores = traitlets.List(traitlets.Float()).tag(sync=True, echo_update=False)
    label = traitlets.Int(0).tag(sync=True, echo_update=False)
    temperature = traitlets.Float(1.0).tag(sync=True, echo_update=False)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    own = traitlets.Bool(False).tag(sync=True)
    own_probabilities = Array()
    answered = traitlets.List(traitlets.Float()).tag(sync=True)  # the scores that these are for

    def __init__(self, scores=(-1, 0, 3, 5), label=3, labels=None, *, temperature=1.0,
                 softmax=None, **options):
        scores = _check_scores(scores)
        if softmax is not None and not callable(softmax):
            raise TypeError(f"softmax must be a function, got {type(softmax).__name__}")
        self._softmax = softmax
        self._classes = len(scores)
        super().__init__(
            scores=scores, label=_check_label(label, len(scores)),
            names=_check_names(labels, len(scores)), temperature=_check_temperature(temperature),
            own=softmax is not None, **options,
        )
        self.answer()

    @traitlets.validate("scores")
    def _scores_for_the_classes(self, proposal):
        scores = _check_scores(proposal.value)
        if len(scores) != self._classes:
            raise ValueError(f"scores must be {self._classes} numbers, got {len(scores)}")
        return scores

    @traitlets.validate("label")
    def _one_of_the_classes(self, proposal):
        return _check_label(proposal.value, self._classes)

    @traitlets.validate("temperature")
    def _warm_enough(self, proposal):
        return _check_temperature(proposal.value)

    @property
    def _scaled(self):
        return np.array(self.scores) / self.temperature

    @property
    def probabilities(self):
        """Return the probabilities of the classes."""
        return reference_softmax(self._scaled)

    @property
    def loss(self):
        """Return the cross-entropy in nats."""
        return SoftmaxCrossEntropy().forward(self._scaled[np.newaxis], [self.label])

    @property
    def gradient(self):
        """Return the derivative of the loss with respect to the scores."""
        loss = SoftmaxCrossEntropy()
        loss.forward(self._scaled[np.newaxis], [self.label])
        return loss.backward()[0] / self.temperature

    def compute(self):
        """Ask the learner's softmax for the probabilities of the current scores."""
        if self._softmax is None:
            return
        self.own_probabilities = ()
        self.answered = self._scaled.tolist()
        with np.errstate(all="ignore"):  # exp(1000) is a mistake to see, not to be warned of
            answer = np.array(self._softmax(self._scaled[np.newaxis]), dtype=float)
            if answer.shape not in ((1, self._classes), (self._classes,)):
                raise ValueError(
                    f"softmax must return the shape (1, {self._classes}), got {answer.shape}"
                )
            self.own_probabilities = answer.reshape(-1)

    def describe(self):
        scores = ", ".join(_written(score, ".4g") for score in self.scores)
        shares = ", ".join(_written(p, ".3f" if p >= 0.001 else ".1e") for p in self.probabilities)
        warm = "" if self.temperature == 1 else f" at temperature {self.temperature:.3g}"
        return (
            f"scores {scores}{warm} give probabilities {shares}; class {self.names[self.label]} is"
            f" the true one: loss {self.loss:.3f} nats.{self._verdict()}"
        )

    def _verdict(self):
        """Say what became of the learner's function, if there is one."""
        if self._softmax is None:
            return ""
        if self.error:
            return f" Your softmax gave no answer: {self.error.rstrip('.')}."
        known = np.abs(self.own_probabilities - reference_softmax(np.array(self.answered))) <= 1e-5
        if known.all():
            return " Your softmax agrees."
        return f" Your softmax differs in {np.sum(~known)} of {known.size} probabilities."

    def preview(self):
        name, share = self.names[self.label], self.probabilities[self.label]
        title = f"Class {name} is the true one: probability {share:.3f}, loss {self.loss:.3f} nats"
        labels = [f"{name}\ns = {_written(s, '.4g')}"
                  for name, s in zip(self.names, self.scores, strict=True)]
        return plots.bars(
            self.probabilities, labels, highlight=self.label, ylabel="probability", decimals=3,
            title=title, alt=repr(self),
        )


def _written(number, form):
    return format(number or 0, form if number else "g").replace("-", "\N{MINUS SIGN}")


def _check_scores(scores):
    try:
        array = np.array(scores, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"scores must be numbers, got {scores!r:.60}") from None
    if array.ndim != 1 or not 2 <= len(array) <= 10:
        raise ValueError(f"scores must be 2 to 10 numbers in a row, got shape {array.shape}")
    if not (np.abs(array) <= LARGEST_SCORE).all():
        wrong = array[~(np.abs(array) <= LARGEST_SCORE)][0]
        raise ValueError(f"scores must lie between -1000 and 1000, got {wrong}")
    return array.tolist()


def _check_label(label, classes):
    if isinstance(label, bool):
        raise TypeError(f"label must be a whole number, got {label}")
    try:
        label = operator.index(label)
    except TypeError:
        raise TypeError(f"label must be a whole number, got {label!r:.60}") from None
    if not 0 <= label < classes:
        raise ValueError(f"label must lie between 0 and {classes - 1}, got {label}")
    return label


def _check_names(labels, classes):
    if isinstance(labels, str):
        raise TypeError(f"labels must be a name for each class, got {labels!r:.60}")
    names = [str(name) for name in (range(classes) if labels is None else labels)]
    if len(names) != classes:
        raise ValueError(f"labels must be {classes} names, one for each score, got {len(names)}")
    return names


def _check_temperature(temperature):
    try:
        temperature = float(temperature)
    except (TypeError, ValueError):
        raise TypeError(f"temperature must be a number, got {temperature!r:.60}") from None
    if not COLDEST <= temperature <= HOTTEST:
        raise ValueError(f"temperature must lie between 0.1 and 10, got {temperature}")
    return temperature
