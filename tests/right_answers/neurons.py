"""Right answers to the exercises of lesson 11, in several styles, and witnesses."""

import math
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn_lab import reference, scalar_network
from cnn_lab.gradient_check import numerical_gradient
from cnn_lab.layers import Dense, Sigmoid

# ---- node_output ----


def node_of_tanh(inputs, weights, bias):
    return 0.5 * (1 + np.tanh(0.5 * (np.dot(inputs, weights) + bias)))


def node_with_branches(inputs, weights, bias):
    assert len(inputs) == len(weights)
    z = sum(x * w for x, w in zip(inputs, weights, strict=True)) + bias
    print("z is", z)
    if z < 0:
        return math.exp(z) / (1 + math.exp(z))
    return 1 / (1 + math.exp(-z))


def node_as_zero_dim(inputs, weights, bias):
    values = np.append(np.asarray(inputs, float), 1.0)
    z = np.asarray(values @ np.append(np.asarray(weights, float), bias))
    return np.exp(-np.logaddexp(0, -z))


def node_in_float32(inputs, weights, bias):
    z = np.float32(bias) + np.dot(np.float32(inputs), np.float32(weights))
    with np.errstate(over="ignore"):
        return np.float32(1) / (np.float32(1) + np.exp(-z, dtype=np.float32))


def node_backwards(inputs, weights, bias):
    z = 0.0
    for n in range(len(weights) - 1, -1, -1):
        z += float(inputs[n]) * float(weights[n])
    return scalar_network.sigmoid(z + bias)


def node_of_objects(inputs, weights, bias):
    """The witness: a network of one neuron."""
    network = scalar_network.Network([len(inputs), 1], rng=np.random.default_rng(0))
    for connection, weight in zip(network.connections, [*weights, bias], strict=True):
        connection.weight = float(weight)
    return network.predict(inputs)[0]


# ---- output_delta ----


def output_delta_plain(output, target):
    return (target - output) * output * (1.0 - output)


def output_delta_expanded(output, target):
    y, t = np.float64(output), np.float64(target)
    return t * y - t * y**2 - y**2 + y**3


def output_delta_float32(output, target):
    y = np.asarray(output, np.float32)
    return (np.float32(target) - y) * (y - y * y)


def output_delta_of_derivative(output, target):
    assert 0 < output < 1
    dE = output - target
    print("dE/dy", dE)
    dz = dE * output * (1 - output)
    return -dz


def output_delta_nudged(output, target):
    """The witness: E at the sum that gives this output, nudged."""
    z = math.log(output / (1 - output))
    slope = numerical_gradient(lambda v: 0.5 * (1 / (1 + np.exp(-v)) - target) ** 2, z)
    return -float(slope)


# ---- hidden_delta ----


def hidden_delta_dot(output, weights, deltas):
    return output * (1 - output) * (np.asarray(weights) @ np.asarray(deltas))


def hidden_delta_slope_inside(output, weights, deltas):
    total = 0.0
    for k in reversed(range(len(deltas))):
        total += weights[k] * deltas[k] * output * (1 - output)
    return total


def hidden_delta_float32(output, weights, deltas):
    y = np.float32(output)
    back = np.einsum("k,k->", np.float32(weights), np.float32(deltas))
    return np.asarray(y * (1 - y) * back)


def hidden_delta_generator(output, weights, deltas):
    assert len(weights) == len(deltas), "one delta a connection"
    print(len(weights), "connections")
    return (output - output**2) * math.fsum(w * d for w, d in zip(weights, deltas, strict=True))


def hidden_delta_of_objects(output, weights, deltas):
    """The witness: a `Node` with its connections."""
    node = scalar_network.Node(1, 0)
    node.set_output(output)
    for k, (weight, delta) in enumerate(zip(weights, deltas, strict=True)):
        behind = scalar_network.Node(2, k)
        behind.delta = float(delta)
        connection = scalar_network.Connection(node, behind, float(weight))
        node.append_downstream_connection(connection)
    node.calc_hidden_layer_delta()
    return node.delta


# ---- dense_forward ----


def dense_with_loops(x, W, b):
    y = np.zeros((len(x), W.shape[1]))
    for j in range(W.shape[1]):
        for i in range(len(x)):
            z = float(b[j])
            for n in range(W.shape[0]):
                z += x[i, n] * W[n, j]
            y[i, j] = 1 / (1 + math.exp(-z))
    return y


def dense_with_einsum(x, W, b):
    return 0.5 * (1 + np.tanh(0.5 * (np.einsum("in,nj->ij", x, W) + b)))


def dense_in_float32(x, W, b):
    z = np.matmul(x.astype(np.float32), W.astype(np.float32)) + b.astype(np.float32)
    return 1 / (1 + np.exp(-z))


def dense_as_columns(x, W, b):
    """Samples in columns, as the old books write it; the result is a transposed view."""
    z = W.T @ x.T + np.reshape(b, (-1, 1))
    return (1 / (1 + np.exp(-z))).T


def dense_with_constant_column(x, W, b):
    assert x.shape[1] == W.shape[0]
    ones = np.ones((len(x), 1))
    z = np.hstack([x, ones]) @ np.vstack([W, b])
    print(z.shape)
    return np.asfortranarray(np.exp(-np.logaddexp(0, -z)))


def dense_of_layers(x, W, b):
    """The witness: the package's layers."""
    dense = Dense(W.shape[1]).build((W.shape[0],), np.random.default_rng(0), np.float64)
    dense.params["W"], dense.params["b"] = W.astype(float), b.astype(float)
    return Sigmoid().forward(dense.forward(x.astype(float)))


# ---- network_gradient ----


def gradient_with_loops(x, t, W1, b1, W2, b2):
    totals = [np.zeros(np.shape(array)) for array in (W1, b1, W2, b2)]
    for sample, target in zip(x, t, strict=True):
        a = [node_of_tanh(sample, W1[:, j], b1[j]) for j in range(len(b1))]
        y = [node_of_tanh(a, W2[:, k], b2[k]) for k in range(len(b2))]
        delta2 = [output_delta_plain(y[k], target[k]) for k in range(len(b2))]
        delta1 = [hidden_delta_dot(a[j], W2[j], delta2) for j in range(len(b1))]
        deltas = [np.outer(sample, delta1), delta1, np.outer(a, delta2), delta2]
        for total, part in zip(totals, deltas, strict=True):
            total -= np.asarray(part) / len(x)
    return totals


def gradient_of_layers(x, t, W1, b1, W2, b2):
    layers = []
    for W, b in ((W1, b1), (W2, b2)):
        dense = Dense(W.shape[1]).build((W.shape[0],), np.random.default_rng(0), np.float64)
        dense.params["W"], dense.params["b"] = W.astype(float), b.astype(float)
        layers += [dense, Sigmoid()]
    y = x.astype(float)
    for layer in layers:
        y = layer.forward(y)
    gradient = (y - t) / len(x)
    for layer in reversed(layers):
        gradient = layer.backward(gradient)
    return tuple(layers[n].grads[name] for n in (0, 2) for name in ("W", "b"))


def gradient_in_float32(x, t, W1, b1, W2, b2):
    x, t, W1, b1, W2, b2 = (array.astype(np.float32) for array in (x, t, W1, b1, W2, b2))
    a = dense_in_float32(x, W1, b1)
    y = dense_in_float32(a, W2, b2)
    dz2 = (y - t) * y * (1 - y)
    dz1 = np.einsum("ik,jk->ij", dz2, W2) * a * (1 - a)
    return [np.einsum("in,ij->nj", x, dz1) / len(x), dz1.mean(0),
            np.einsum("ij,ik->jk", a, dz2) / len(x), dz2.mean(0)]


def gradient_with_ones(x, t, W1, b1, W2, b2):
    """Biases as the last rows of the weights; results are views, in Fortran order."""
    assert len(x) == len(t)
    ones = np.ones((len(x), 1))
    before = np.hstack([x, ones])
    hidden = np.hstack([dense_with_einsum(x, W1, b1), ones])
    y = dense_with_einsum(hidden[:, :-1], W2, b2)
    print("E", 0.5 * np.sum((y - t) ** 2) / len(x))
    delta2 = (t - y) * (y - y**2)
    delta1 = (delta2 @ np.vstack([W2, b2]).T * (hidden - hidden**2))[:, :-1]
    G1, G2 = (np.asfortranarray(-g / len(x)) for g in (before.T @ delta1, hidden.T @ delta2))
    return G1[:-1], G1[-1], G2[:-1], G2[-1]


def gradient_by_nudging(x, t, W1, b1, W2, b2):
    """The witness: central differences."""
    start = [array.astype(float) for array in (W1, b1, W2, b2)]

    def error(k, array):
        weights = [*start[:k], array, *start[k + 1 :]]
        y = dense_with_einsum(dense_with_einsum(x, *weights[:2]), *weights[2:])
        return 0.5 * np.sum((y - t) ** 2) / len(x)

    return tuple(
        numerical_gradient(lambda array, k=k: error(k, array), start[k]) for k in range(4)
    )


# ---- convolution_matrix ----


def matrix_with_four_loops(kernel, size):
    f_H, f_W = kernel.shape
    n_H, n_W = size[0] - f_H + 1, size[1] - f_W + 1
    cube = np.zeros((*size, n_H, n_W))
    for u in range(f_H):
        for v in range(f_W):
            for w in range(n_W):
                for h in range(n_H):
                    cube[h + u, w + v, h, w] = kernel[u, v]
    return cube.reshape(size[0] * size[1], n_H * n_W)


def matrix_by_windows(kernel, size):
    """Write the kernel into the windows of every column, through a view."""
    f_H, f_W = kernel.shape
    places = [size[0] - f_H + 1, size[1] - f_W + 1]
    columns = np.zeros((places[0] * places[1], *size))
    for n, (h, w) in enumerate(product(*map(range, places))):
        sliding_window_view(columns[n], kernel.shape, writeable=True)[h, w] = kernel
    return columns.reshape(len(columns), -1).T


def matrix_by_comparing(kernel, size):
    """Ask every pair of pixel and place how far apart they are; float32."""
    f_H, f_W = kernel.shape
    n_H, n_W = size[0] - f_H + 1, size[1] - f_W + 1
    assert n_H > 0 and n_W > 0
    matrix = np.zeros((size[0] * size[1], n_H * n_W), np.float32)
    for pixel in range(matrix.shape[0]):
        for place in range(matrix.shape[1]):
            u, v = pixel // size[1] - place // n_W, pixel % size[1] - place % n_W
            if 0 <= u < f_H and 0 <= v < f_W:
                matrix[pixel, place] = kernel[u, v]
    print(matrix.shape)
    return matrix


def matrix_by_padding(kernel, size):
    """Pad the kernel to the image's size at each place; columns joined, Fortran order."""
    f_H, f_W = kernel.shape
    columns = [
        np.pad(
            kernel.astype(float), ((h, size[0] - f_H - h), (w, size[1] - f_W - w))
        ).ravel()
        for h in range(size[0] - f_H + 1)
        for w in range(size[1] - f_W + 1)
    ]
    return np.asfortranarray(np.stack(columns, axis=1))


def matrix_of_single_pixels(kernel, size):
    """The witness: what the convolution answers to images with one pixel lit."""
    images = np.eye(size[0] * size[1]).reshape(-1, *size, 1)
    W = kernel[:, :, np.newaxis, np.newaxis]
    no_bias, plain = np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0}
    maps, _ = reference.conv_forward(images, W, no_bias, plain)
    return maps.reshape(len(images), -1)


FIVE = [0.5, 0.1, -0.2, 0.6, 0.032]
NINE = [[20, -20, -10], [-20, 20, -10], [20, 20, -10]]  # one of the two, and not the other
RIGHT = {
    "predict_neuron": [
        (FIVE,),
        (tuple(FIVE),),
        (np.array(FIVE),),
        ([np.float64(0.5), 1 / 10, -1 / 5, 0.6, 0.032],),
        (np.array(FIVE, np.float32),),
    ],
    "node_output": [
        node_of_tanh, node_with_branches, node_as_zero_dim, node_in_float32, node_backwards
    ],
    "output_delta": [
        output_delta_plain,
        output_delta_expanded,
        output_delta_float32,
        output_delta_of_derivative,
    ],
    "hidden_delta": [
        hidden_delta_dot,
        hidden_delta_slope_inside,
        hidden_delta_float32,
        hidden_delta_generator,
    ],
    "dense_forward": [
        dense_with_loops,
        dense_with_einsum,
        dense_in_float32,
        dense_as_columns,
        dense_with_constant_column,
    ],
    "network_gradient": [
        gradient_with_loops, gradient_of_layers, gradient_in_float32, gradient_with_ones
    ],
    "convolution_matrix": [
        matrix_with_four_loops, matrix_by_windows, matrix_by_comparing, matrix_by_padding
    ],
    "xor_weights": [
        (np.ravel(NINE).tolist(),),
        (tuple(np.ravel(NINE)),),
        (np.array(NINE),),
        ([8.0, 8.0, -4.0, 8.0, 8.0, -12.0, 8.0, -8.0, -4.0],),
        ([-9, -9, 13, 9, 9, -4, 9, 9, -13.5],),  # not both, and at least one
    ],
}
WITNESS = {
    "node_output": node_of_objects,
    "output_delta": output_delta_nudged,
    "hidden_delta": hidden_delta_of_objects,
    "dense_forward": dense_of_layers,
    "network_gradient": gradient_by_nudging,
    "convolution_matrix": matrix_of_single_pixels,
}
