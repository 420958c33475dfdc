"""Networks by name: four historical ones from the texts that this course grew out of, and our own.

Each function takes a random generator and a dtype and returns a `cnn_lab.network.Sequential`, with
the first weights drawn as in the original. `build` finds one by its name. How each was trained is
told in its docstring, and by `cnn_lab.models.recipes`; lesson 08 trains them all.
"""

import numpy as np

from cnn_lab.initializers import glorot_uniform, normal, uniform
from cnn_lab.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    Sigmoid,
)
from cnn_lab.network import Sequential


def eight_filters(rng=None, dtype=np.float32):
    """Eight 3x3 filters, a 2x2 max pool, ten scores: the smallest network that learns MNIST.

    Maps 28x28 to 26x26x8, 13x13x8 and 10. There is no activation between; the maximum is the only
    thing in it that is not linear. Weights start at a normal distribution divided by 9 for the
    filters and by 1,352 for the scores.

    References
    ----------
    Zhou, "CNNs, Part 1: An Introduction to Convolutional Neural Networks", 2019.
    """
    layers = [
        Conv2D(8, 3, initializer=normal(1 / 9)),
        MaxPool2D(2),
        Flatten(),
        Dense(10, initializer=normal(1 / 1352)),
    ]
    return Sequential(layers, (28, 28, 1), rng, dtype)


def twenty_filters(rng=None, dtype=np.float32):
    """Twenty 9x9 filters, ReLU, a 2x2 mean pool, a hidden layer of 100, ten scores; no biases.

    Trained in the original on the first 8,000 images of t10k, three epochs in batches of 100, with
    SGD(0.01, momentum=0.95), and tested on the last 2,000.

    References
    ----------
    Kim, "MATLAB Deep Learning", 2017, chapter 6.
    """
    hidden = uniform(np.sqrt(6 / (360 + 2000)))
    layers = [
        Conv2D(20, 9, bias=False, initializer=normal(0.01)),
        ReLU(),
        AveragePool2D(2),
        Flatten(),
        Dense(100, bias=False, initializer=hidden),
        ReLU(),
        Dense(10, bias=False, initializer=glorot_uniform),
    ]
    return Sequential(layers, (28, 28, 1), rng, dtype)


def wide_two_layer(rng=None, dtype=np.float32, divide=1):
    """Two layers of 5x5 filters, 32 and 64, each with a max pool, a hidden layer of 1,024, dropout.

    ``divide=4`` gives the same network with a quarter of the filters and hidden units, which is
    about ten times as fast.

    Trained in the original in batches of 50, for 1,000 and for 3,000 steps of plain gradient
    descent at a rate of 0.001.

    References
    ----------
    Abadi and others, "TensorFlow: A System for Large-Scale Machine Learning", 2016; the network is
    that of its introductory tutorial.
    """
    layers = [
        Conv2D(32 // divide, 5, padding="same", initializer=glorot_uniform),
        ReLU(),
        MaxPool2D(2),
        Conv2D(64 // divide, 5, padding="same", initializer=glorot_uniform),
        ReLU(),
        MaxPool2D(2),
        Flatten(),
        Dense(1024 // divide, initializer=glorot_uniform),
        ReLU(),
        Dropout(0.5),
        Dense(10, initializer=glorot_uniform),
    ]
    return Sequential(layers, (28, 28, 1), rng, dtype)


def sigmoid_network(rng=None, dtype=np.float32, hidden=300):
    """Fully connected: 784 pixels, 300 sigmoid units, ten sigmoid outputs.

    Trained with the squared error to the targets 0.9 and 0.1, one image at a time, and stopped when
    the accuracy on images held out falls. Weights start evenly between -0.1 and 0.1.

    References
    ----------
    Mitchell, "Machine Learning", 1997, chapter 4.
    """
    layers = [
        Flatten(),
        Dense(hidden, initializer=uniform(0.1)),
        Sigmoid(),
        Dense(10, initializer=uniform(0.1)),
        Sigmoid(),
    ]
    return Sequential(layers, (28, 28, 1), rng, dtype)


def course_network(rng=None, dtype=np.float32):
    """Our own: 16 and 32 filters of 5x5, each with ReLU and a max pool, and a hidden layer of 128.

    The shape of LeNet-5 with the parts of today: ReLU, maxima, weights that start at He's scale.
    Trained with Adam along one cycle of the learning rate, on images shifted by up to a pixel.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition",
    1998, section II.
    """
    layers = [
        Conv2D(16, 5),
        ReLU(),
        MaxPool2D(2),
        Conv2D(32, 5),
        ReLU(),
        MaxPool2D(2),
        Flatten(),
        Dense(128),
        ReLU(),
        Dense(10),
    ]
    return Sequential(layers, (28, 28, 1), rng, dtype)


MODELS = {
    model.__name__: model
    for model in (
        eight_filters,
        twenty_filters,
        wide_two_layer,
        sigmoid_network,
        course_network,
    )
}


def build(name, rng=None, dtype=np.float32):
    """Build the network called ``name``.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.

    Examples
    --------
    >>> build("eight_filters").parameter_count
    13610
    """
    if name not in MODELS:
        raise ValueError(f"name must be one of {', '.join(MODELS)}, got {name!r}")
    return MODELS[name](rng, dtype)
