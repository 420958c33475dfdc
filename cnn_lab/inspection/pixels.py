"""Which pixels speak for a class: by the gradient, and by covering them up."""

from numbers import Real

import numpy as np

from cnn_lab.geometry import output_size, pair
from cnn_lab.inspection.passes import BATCH, batches, checked, fresh, index, through
from cnn_lab.layers.base import carry_back
from cnn_lab.losses import check_labels, one_hot, softmax


def saliency(network, images, labels=None):
    """Return the gradient of the score of each image's label with respect to its pixels.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
        Gives scores (m, classes), the numbers before the softmax.
    images : array (m, n_H, n_W, n_C)
    labels : int array (m,), optional
        The class whose score is asked for; the predicted one when left out.

    Returns
    -------
    float64 array (m, n_H, n_W, n_C)
        By how much the score rises per unit of each pixel, where black is 0 and white is 1.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit; the message names it.

    Notes
    -----
    One forward and one backward pass: the gradient that goes in is 1 at the label's score and 0 at
    the others. It holds for small changes of this picture. The score is taken, and not the
    probability, because the probability also rises when the other scores fall.

    References
    ----------
    Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image
    Classification Models and Saliency Maps", 2014, section 3.

    Examples
    --------
    Without hidden layers the gradient is the column of weights of the label:

    >>> from cnn_lab.layers import Dense, Flatten
    >>> from cnn_lab.network import Sequential
    >>> network = Sequential([Flatten(), Dense(2)], (2, 3, 1))
    >>> network.params["1.W"][...] = np.arange(12).reshape(6, 2)
    >>> saliency(network, np.zeros((1, 2, 3, 1)), [1])[0, :, :, 0]
    array([[ 1.,  3.,  5.],
           [ 7.,  9., 11.]])
    """
    layers, classes = classifier(network)
    if labels is not None:
        labels = check_labels(labels, classes, len(images))
    gradients = [np.empty((0, *network.input_shape))]
    for start, x in batches(network, images):
        scores = through(layers, x)
        chosen = scores.argmax(axis=1) if labels is None else labels[start : start + len(x)]
        gradients.append(carry_back(layers, one_hot(chosen, classes)))
    return np.concatenate(gradients)


def occlusion(network, image, label=None, size=5, stride=1, fill=0.0):
    """Return by how much the label's probability falls when a square of the picture is covered.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
    image : array (n_H, n_W) or (n_H, n_W, n_C)
    label : int, optional
        The predicted class when left out.
    size : int or (height, width) in pixels
        Of what covers the picture.
    stride : int or (height, width) in pixels
        From one place to the next.
    fill : float
        The value of the covered pixels, where black is 0 and white is 1.

    Returns
    -------
    float64 array (n_rows, n_columns)
        Entry (r, q) belongs to the square whose upper left pixel is ``(r, q) * stride``. Negative
        where the probability rises.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit; the message names it.

    Notes
    -----
    A forward pass for every place: 576 of them for 28x28 pixels and a square of 5x5.

    References
    ----------
    Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.2.

    Examples
    --------
    >>> from cnn_lab.layers import Dense, Flatten
    >>> from cnn_lab.network import Sequential
    >>> network = Sequential([Flatten(), Dense(2)], (2, 3, 1))
    >>> network.params["1.W"][...] = [[0, 0], [0, 5], [0, 0], [0, 0], [0, 0], [0, 0]]
    >>> occlusion(network, np.ones((2, 3)), size=1).round(2)
    array([[0.  , 0.49, 0.  ],
           [0.  , 0.  , 0.  ]])
    """
    layers, classes = classifier(network)
    ((_, x),) = batches(network, np.asarray(image)[np.newaxis], "image")
    size, stride = pair(size, "size"), pair(stride, "stride")
    if not isinstance(fill, Real) or not np.isfinite(fill):
        raise ValueError(f"fill must be a finite number, got {fill!r}")
    clear = softmax(through(layers, x))[0]
    label = int(clear.argmax()) if label is None else index(label, classes, "label")
    counts = [output_size(x.shape[1 + a], size[a], stride=stride[a]) for a in (0, 1)]
    corners = np.indices(counts).reshape(2, -1).T * stride
    falls = []
    for start in range(0, len(corners), BATCH):
        covered = _covered(x, corners[start : start + BATCH], size, fill)
        falls.append(clear[label] - softmax(through(layers, covered))[:, label])
    return np.concatenate(falls).reshape(counts)


def _covered(x, corners, size, fill):
    """Return one picture (1, n_H, n_W, n_C) as many times as there are corners, each covered."""
    x = np.repeat(x, len(corners), axis=0)
    for each, (row, column) in zip(x, corners, strict=True):
        each[row : row + size[0], column : column + size[1]] = fill
    return x


def classifier(network):
    """Return copies of the layers of a network that gives scores, and how many scores."""
    if len(checked(network).output_shape) != 1:
        raise ValueError(
            f"network must end in scores (classes,), it ends in {network.output_shape}"
        )
    return fresh(network.layers), network.output_shape[0]
