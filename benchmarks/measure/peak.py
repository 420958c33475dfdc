"""How fast this machine multiplies matrices, and how many products a network asks for."""

import time

import numpy as np

from cnn_lab.layers import Conv2D, Dense

SIZES = (512, 1024, 2048)


class Multiplication:
    """Square products of float32 matrices by NumPy's BLAS."""

    def __init__(self, name=None, threads=1):
        pass  # BLAS has read the number of threads in the environment

    def best(self, seconds, sizes=SIZES):
        """Return the best rate in operations a second; a product and a sum are two."""
        rng, best = np.random.default_rng(0), 0.0
        for size in sizes:
            a, b = rng.random((2, size, size), dtype=np.float32)
            product = np.empty_like(a)
            end = time.perf_counter() + seconds / len(sizes)
            while (begun := time.perf_counter()) < end:
                np.matmul(a, b, out=product)
                best = max(best, 2 * size**3 / (time.perf_counter() - begun))
        return best


def multiply_adds(network):
    """Count the products of one training step for one image.

    Notes
    -----
    A convolution or a dense layer takes part three times: in its output, in the gradient of its
    weights and in that of its input, which the first layer does without. Counted as the formula is
    written; an algorithm that needs fewer products, such as Winograd's, is faster than its count.
    """
    products = [_products(layer) for layer in network.layers]
    first = next(number for number, count in enumerate(products) if count)
    return sum(count * (2 if number == first else 3) for number, count in enumerate(products))


def _products(layer):
    """Return the products in one output of a layer."""
    if not isinstance(layer, Conv2D | Dense):
        return 0
    weights = layer.params["W"].size
    places = np.prod(layer.output_shape[:2]) if isinstance(layer, Conv2D) else 1
    return int(weights * places)
