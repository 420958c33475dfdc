"""The padded input of a convolution, laid out images-last and made once."""

import numpy as np

from cnn_lab.geometry import padding_amounts


def padded_input(convolution, images, least=(0, 0)):
    """Return zeros with room for a chunk of images and their padding, and where the images go.

    Parameters
    ----------
    convolution : cnn_lab.layers.Conv2D, built
    images : int
    least : (height, width)
        The array is made at least so large.

    Returns
    -------
    array (n_C_prev, height, width, images)
    tuple of slices
        ``array[slices]`` is the part inside the padding. The rest stays zero.
    """
    n_H, n_W, channels = convolution.input_shape
    padding = convolution.geometry["padding"]
    (top, bottom), (left, right) = padding_amounts(
        padding, (n_H, n_W), convolution.kernel_size, 1, 1
    )
    height, width = max(top + n_H + bottom, least[0]), max(left + n_W + right, least[1])
    array = np.zeros((channels, height, width, images), convolution.params["W"].dtype)
    return array, (slice(None), slice(top, top + n_H), slice(left, left + n_W))
