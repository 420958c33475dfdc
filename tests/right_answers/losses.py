"""Right answers to the exercises of lesson 07, in the styles in which people write them."""

import math

import numpy as np

from cnn_lab import losses
from cnn_lab.gradient_check import numerical_gradient

# ---- softmax ----


def _row_of_probabilities(row):
    highest = max(row)
    powers = [math.exp(score - highest) for score in row]
    total = sum(powers)
    return [power / total for power in powers]


def softmax_in_plain_python(scores):
    return np.array([_row_of_probabilities(row) for row in scores.tolist()])


def softmax_column_by_column(scores):
    highest = np.amax(scores, 1)
    result, total = np.zeros(scores.shape), np.zeros(scores.shape[0])
    for j in reversed(range(scores.shape[1])):
        result[:, j] = np.exp(scores[:, j] - highest)
        total += result[:, j]
    for j in range(scores.shape[1]):
        result[:, j] /= total
    return result


def softmax_transposed_and_loud(scores):
    assert scores.ndim == 2, "a batch of rows"
    print("scores", scores.shape, scores.dtype)
    columns = scores.T - scores.T.max(axis=0)
    powers = np.e**columns
    probabilities = (powers / powers.sum(axis=0)).T
    assert np.allclose(probabilities.sum(axis=1), 1)
    return probabilities


def softmax_in_float32(scores):
    s = np.float32(scores)
    powers = np.exp(s - np.max(s, axis=-1)[:, None], dtype=np.float32)
    return powers / np.einsum("ij->i", powers).reshape(-1, 1)


def softmax_by_log_sum_exp(scores):
    log_sums = np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return np.asfortranarray(np.exp(scores - log_sums))


def softmax_by_differences(scores):
    """One over the sum of e to the power of every difference within the row."""
    with np.errstate(over="ignore"):
        powers = np.exp((scores[:, np.newaxis, :] - scores[:, :, np.newaxis]).astype(float))
    return 1 / powers.sum(axis=2)


def softmax_with_a_tiny_number(scores):
    powers = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return powers / (np.sum(powers, axis=1, keepdims=True) + 1e-9)


def softmax_in_float32_with_pythons_max(scores):
    rows = [np.exp(row - max(row)) for row in scores.astype(np.float32)]
    return np.array([row / sum(row) for row in rows])


# ---- cross-entropy ----


def loss_in_plain_python(scores, labels):
    total = 0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        highest = max(row)
        total += highest - row[label] + math.log(sum(math.exp(s - highest) for s in row))
    return total / len(scores)


def loss_by_logaddexp(scores, labels):
    log_p = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    return -log_p[range(len(labels)), labels].mean()


def loss_with_one_hot_and_einsum(scores, labels):
    m, classes = scores.shape
    one_hot = np.zeros((m, classes))
    one_hot[np.arange(m), labels] = 1
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return np.einsum("ij,ij->", one_hot, -log_p) / m


def loss_as_an_array_without_axes(scores, labels):
    s = np.asfortranarray(scores, dtype=np.float64)
    s = s - s.max(axis=1)[:, np.newaxis]
    picked = np.take_along_axis(s, labels.astype(int)[:, None], axis=1)
    each = np.log(np.exp(s).sum(axis=1, keepdims=True)) - picked
    return np.array(each.sum() / each.size)


def loss_in_float32_with_asserts_and_prints(scores, labels):
    assert len(scores) == len(labels)
    print("labels", labels)
    s = scores.astype(np.float32)
    loss = np.float32(0)
    for i in range(len(s)):
        row = s[i] - s[i].max()
        loss += np.log(np.exp(row).sum()) - row[labels[i]]
        print("image", i, "loss so far", loss)
    return loss / np.float32(len(s))


def loss_of_differences(scores, labels):
    """Softplus for many: the logarithm of 1 plus e to the power of every lead over the label."""
    leads = scores - scores[np.arange(len(scores)), labels][:, None]
    return float(np.mean(np.logaddexp.reduce(leads, axis=1)))


def loss_of_the_package(scores, labels):
    return losses.SoftmaxCrossEntropy().forward(scores, labels)


# ---- its gradient ----


def gradient_with_one_hot(scores, labels):
    y = np.eye(scores.shape[1])[labels]
    return (losses.softmax(scores) - y) / scores.shape[0]


def gradient_image_by_image(scores, labels):
    dscores = np.zeros(scores.shape)
    for i in range(len(scores)):
        p = softmax_in_plain_python(scores[i : i + 1])[0]
        for j in range(scores.shape[1]):
            dscores[i][j] = p[j] - (1 if j == labels[i] else 0)
    return dscores / len(scores)


def gradient_class_by_class(scores, labels):
    assert labels.shape == (len(scores),)
    print("m =", len(scores))
    p = softmax_by_log_sum_exp(scores)
    columns = [(p[:, j] - (labels == j)) / len(labels) for j in range(p.shape[1])]
    return np.stack(columns).T


def gradient_in_float32(scores, labels):
    p = softmax_in_float32(scores)
    np.subtract.at(p, (np.arange(len(p)), labels), np.float32(1))
    p *= np.float32(1 / len(p))
    return p


def gradient_by_comparing(scores, labels):
    p = softmax_in_float32_with_pythons_max(scores)
    return (p - (np.arange(p.shape[1]) == labels[:, None])) / np.float32(len(p))


def gradient_by_the_chain_rule(scores, labels):
    """The whole matrix of softmax's slopes, times -1/p at the label; the derivation in code."""
    p = losses.softmax(scores)
    rows = np.arange(len(p))
    slopes = p[:, :, None] * (np.eye(p.shape[1]) - p[:, None, :])
    with np.errstate(all="ignore"):
        by_chain = -slopes[rows, labels] / p[rows, labels][:, None]
    safe = np.where(np.isfinite(by_chain), by_chain, p - (np.arange(p.shape[1]) == labels[:, None]))
    return np.asfortranarray(safe / len(p))


def gradient_of_the_package(scores, labels):
    loss = losses.SoftmaxCrossEntropy()
    loss.forward(scores, labels)
    return loss.backward()


# ---- a dense layer ----


def dense_by_loops(dy, x, W):
    m, inputs = x.shape
    dx, dW, db = np.zeros((m, inputs)), np.zeros(W.shape), np.zeros(W.shape[1])
    for j in range(W.shape[1]):
        for n in range(inputs):
            for i in range(m):
                dx[i, n] += W[n, j] * dy[i, j]
                dW[n, j] += x[i, n] * dy[i, j]
        db[j] = sum(dy[:, j])
    return dx, dW, db


def dense_by_einsum(dy, x, W):
    return [
        np.einsum("ij,nj->in", dy, W),
        np.einsum("in,ij->nj", x, dy),
        np.einsum("ij->j", dy),
    ]


def dense_image_by_image(dy, x, W):
    assert dy.shape == (len(x), W.shape[1]), "dy has the shape of y"
    print("dy", dy.shape, "x", x.shape, "W", W.shape)
    dx, dW, db = [], 0, 0
    for slope, image in zip(dy, x, strict=True):
        dx.append(W @ slope)
        dW = dW + np.outer(image, slope)
        db = db + slope
    return np.array(dx), dW, db


def dense_transposed_views(dy, x, W):
    dx = (W @ dy.T).T
    dW = (dy.T @ x).T
    db = np.ones(len(dy)) @ dy
    return dx, dW, db


def dense_in_float32(dy, x, W):
    dy, x, W = (np.asarray(array, np.float32, order="F") for array in (dy, x, W))
    return np.dot(dy, W.T), np.tensordot(x, dy, axes=(0, 0)), np.add.reduce(dy, axis=0)


def dense_with_a_column_of_ones(dy, x, W):
    """The bias as the weight of an input that is always 1."""
    both = np.hstack([x, np.ones((len(x), 1))]).T @ dy
    return np.matmul(dy, np.swapaxes(W, 0, 1)), both[:-1], both[-1]


def dense_by_finite_differences(dy, x, W):
    def weighted(y):
        return float(np.sum(y * dy))

    b = np.zeros(W.shape[1])
    dx = numerical_gradient(lambda a: weighted(a @ W), np.asarray(x, float))
    dW = numerical_gradient(lambda a: weighted(x @ a), W.astype(float))
    return dx, dW, numerical_gradient(lambda a: weighted(x @ W + a), b)


RIGHT = {
    "predict_losses": [
        ((2 * 2.303, 2 * 0.693, 0.1 - 1),),
        [4.606, 1.386, -0.9],
        np.array([math.log(100), math.log(4), -0.9]),
        ((np.float64(4.61), np.float32(1.39), -9 / 10),),
        [np.array(4.605), np.log(8) - np.log(2), -0.9],
    ],
    "softmax": [
        softmax_in_plain_python,
        softmax_column_by_column,
        softmax_transposed_and_loud,
        softmax_in_float32,
        softmax_by_log_sum_exp,
        softmax_by_differences,
        softmax_with_a_tiny_number,
        softmax_in_float32_with_pythons_max,
        losses.softmax,
    ],
    "cross_entropy": [
        loss_in_plain_python,
        loss_by_logaddexp,
        loss_with_one_hot_and_einsum,
        loss_as_an_array_without_axes,
        loss_in_float32_with_asserts_and_prints,
        loss_of_differences,
        loss_of_the_package,
    ],
    "cross_entropy_gradient": [
        gradient_with_one_hot,
        gradient_image_by_image,
        gradient_class_by_class,
        gradient_in_float32,
        gradient_by_comparing,
        gradient_by_the_chain_rule,
        gradient_of_the_package,
    ],
    "dense_backward": [
        dense_by_loops,
        dense_by_einsum,
        dense_image_by_image,
        dense_transposed_views,
        dense_in_float32,
        dense_with_a_column_of_ones,
    ],
    "temperature": [3.556, np.float64(3.5562), np.array(3.5558), np.float32(3.557), 32 / 9],
}

WITNESS = {
    "softmax": losses.softmax,
    "cross_entropy": loss_of_the_package,
    "cross_entropy_gradient": gradient_of_the_package,
    "dense_backward": dense_by_finite_differences,
}
