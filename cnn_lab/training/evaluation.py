"""How good a network is on labelled images."""

from typing import NamedTuple

import numpy as np

from cnn_lab.losses import SoftmaxCrossEntropy, check_labels


class Evaluation(NamedTuple):
    """What `evaluate` returns: accuracy (share of right answers) and mean loss."""

    accuracy: float
    loss: float


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


def evaluate(network, images, labels, *, loss=None, batch_size=250):
    """Return the share of right answers and the mean loss on labelled images.

    Returns
    -------
    Evaluation
        ``accuracy, loss = evaluate(...)`` works as well.
    """
    loss = SoftmaxCrossEntropy() if loss is None else loss
    images, labels = checked_data(network, images, labels)

    def loss_of(scores, labels, images):
        return loss.forward(scores, labels)

    return evaluation_unless(lambda: False, network, images, labels, loss_of, batch_size)


def evaluation_unless(stopped, network, images, labels, loss_of, batch_size=250):
    """Evaluate on checked data, or return None as soon as ``stopped()`` is true between batches.

    ``loss_of(scores, labels, images)`` is the mean loss of a batch.
    """
    right, total = 0, 0.0
    for batch in batches(len(images), batch_size):
        if stopped():
            return None
        scores = network.forward(images[batch])
        right += int((scores.argmax(axis=1) == labels[batch]).sum())
        total += loss_of(scores, labels[batch], images[batch]) * len(batch)
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


def checked_data(network, images, labels):
    """Return images and labels as arrays, or raise ValueError if they do not fit the network."""
    images = np.asarray(images)
    if len(images) == 0:
        raise ValueError("there must be at least one image, got none")
    if len(images) != len(labels):
        raise ValueError(f"there are {len(images)} images and {len(labels)} labels")
    network.as_input(images[:1])
    return images, check_labels(labels, network.output_shape[-1])
