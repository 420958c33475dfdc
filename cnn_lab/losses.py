"""Losses: how wrong a batch of scores is, as one number, and the gradient of that number.

Conventions: ``loss.forward(scores, labels)`` takes scores (m, classes) and labels (m,), integers
from 0 to classes - 1, and returns the mean over the batch as a Python float; ``loss.backward()``
returns its derivative with respect to the scores, (m, classes), for the batch that forward saw
last.
"""

import numpy as np

from cnn_lab.windows import as_floats


def softmax(scores, axis=-1):
    """Turn scores into probabilities: exp(s_j) / sum over j of exp(s_j).

    Parameters
    ----------
    scores : array (..., classes)
    axis : int
        Along which axis the probabilities add up to 1.

    Returns
    -------
    array like scores

    Notes
    -----
    The largest score is subtracted first. That changes nothing in the quotient and keeps exp from
    overflowing.

    Examples
    --------
    >>> softmax([-1.0, 0.0, 3.0, 5.0]).round(3)
    array([0.002, 0.006, 0.118, 0.874])
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    scores = as_floats(scores)
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def one_hot(labels, classes, *, on=1.0, off=0.0, dtype=np.float64):
    """Return the targets (m, classes): ``on`` in the column of the label, ``off`` elsewhere.

    Examples
    --------
    >>> one_hot([1, 0], 3)
    array([[0., 1., 0.],
           [1., 0., 0.]])
    """
    labels = check_labels(labels, classes)
    targets = np.full((len(labels), classes), off, dtype)
    targets[np.arange(len(labels)), labels] = on
    return targets


def check_labels(labels, classes, count=None):
    """Return the labels as an integer array, or raise ValueError saying what is wrong with them."""
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise ValueError(f"labels must have one axis (m,), got shape {labels.shape}")
    if count is not None and len(labels) != count:
        raise ValueError(f"there are {count} rows of scores and {len(labels)} labels")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be integers, got {labels.dtype}")
    if len(labels) and (labels.min() < 0 or labels.max() >= classes):
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"labels must lie between 0 and {classes - 1}, got {wrong}")
    return labels


class SoftmaxCrossEntropy:
    """The cross-entropy of the softmax of the scores, in nats: mean of -ln p[label].

    Parameters
    ----------
    label_smoothing : float, 0 <= label_smoothing < 1
        The share of the target that is spread evenly over all classes: with s the label's target
        is ``1 - s + s / classes`` and each other one's is ``s / classes``. It keeps a network from
        growing ever surer of what it knows already.

    Notes
    -----
    Softmax and logarithm are taken together, ln p_y = s_y - ln sum exp(s), so that a tiny
    probability costs no accuracy. The gradient is (p - one_hot(y)) / m. A network that has no idea
    yet gives every one of 10 classes about 1/10, and so a loss of about ln 10 = 2.303.

    With label smoothing the loss is the mean of -sum over j of t_j ln p_j with the targets t, the
    gradient is (p - t) / m, and the loss of perfect scores is no longer 0.

    References
    ----------
    Szegedy and others, "Rethinking the Inception Architecture for Computer Vision", 2016,
    section 7, for label smoothing.

    Examples
    --------
    >>> loss = SoftmaxCrossEntropy()
    >>> round(loss.forward(np.zeros((4, 10)), [3, 1, 4, 1]), 3)
    2.303
    >>> loss.backward()[0, 3]
    np.float64(-0.225)
    """

    def __init__(self, label_smoothing=0.0):
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"label_smoothing must be at least 0 and below 1, got {label_smoothing}"
            )
        self.label_smoothing = float(label_smoothing)
        self._probabilities = None

    def forward(self, scores, labels):
        """Return the mean loss of the batch in nats."""
        scores = _check_scores(scores)
        labels = check_labels(labels, scores.shape[1], len(scores))
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_sums = np.log(np.exp(shifted).sum(axis=1))
        rows = np.arange(len(labels))
        self._rows, self._labels = rows, labels.copy()
        self._probabilities = np.exp(shifted - log_sums[:, np.newaxis])
        aimed_at = shifted[rows, labels]  # sum over j of t_j s_j
        if self.label_smoothing:
            aimed_at = aimed_at + self.label_smoothing * (shifted.mean(axis=1) - aimed_at)
        return float((log_sums - aimed_at).mean())

    def backward(self):
        """Return (p - t) / m, the derivative with respect to the scores."""
        dscores = _seen(self._probabilities).copy()
        if self.label_smoothing:
            dscores -= self.label_smoothing / dscores.shape[1]
        dscores[self._rows, self._labels] -= 1.0 - self.label_smoothing
        dscores /= len(dscores)
        return dscores

    def __repr__(self):
        return f"SoftmaxCrossEntropy(label_smoothing={self.label_smoothing})"


class SquaredError:
    """Half the squared distance to the targets, summed over the classes, mean over the batch.

    Parameters
    ----------
    on, off : float
        What the score of the right class and of the others should be: 1 and 0, or 0.9 and 0.1 for
        sigmoid outputs that never quite reach 0 and 1.

    Examples
    --------
    >>> loss = SquaredError(on=0.9, off=0.1)
    >>> round(loss.forward(np.array([[0.9, 0.3]]), [0]), 3)
    0.02
    >>> loss.backward().round(3)
    array([[0. , 0.2]])
    """

    def __init__(self, on=1.0, off=0.0):
        self.on, self.off = on, off
        self._errors = None

    def forward(self, scores, labels):
        """Return the mean over the batch of 1/2 sum of (score - target) squared."""
        scores = _check_scores(scores)
        check_labels(labels, scores.shape[1], len(scores))
        targets = one_hot(labels, scores.shape[1], on=self.on, off=self.off, dtype=scores.dtype)
        self._errors = scores - targets
        return float(0.5 * np.square(self._errors).sum(axis=1).mean())

    def backward(self):
        """Return (score - target) / m, the derivative with respect to the scores."""
        errors = _seen(self._errors)
        return errors / len(errors)

    def __repr__(self):
        return f"SquaredError(on={self.on}, off={self.off})"


def _seen(remembered):
    if remembered is None:
        raise ValueError("backward was called before forward")
    return remembered


def _check_scores(scores):
    scores = as_floats(scores)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"scores must have the shape (m, classes), got {scores.shape}")
    if not np.isfinite(scores).all():
        wrong = scores[~np.isfinite(scores)][0]
        raise ValueError(f"scores must be finite numbers, got {wrong}")
    return scores
