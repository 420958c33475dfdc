"""Right answers to the exercises of lesson 09, in many styles."""

import heapq
import math

import numpy as np

from cnn_lab import inspection
from cnn_lab.gradient_check import numerical_gradient

# ---- saliency ----


def one_hot_row(network, image, label):
    scores = network.forward(image[None, ...])
    print("scores", scores.round(3))
    return network.backward(np.eye(scores.shape[1])[[label]])[0]


def layer_by_layer(network, image, label):
    x = image.reshape(1, *image.shape)
    for layer in network.layers:
        x = layer.forward(x)
    gradient = np.zeros_like(x)
    gradient[:, label] = 1.0
    for layer in reversed(network.layers):
        gradient = layer.backward(gradient)
    assert gradient.shape[1:] == image.shape
    return np.squeeze(gradient, axis=0)


def in_a_batch_of_three(network, image, label):
    scores = network.forward(np.stack([image, np.zeros_like(image), image]))
    dscores = np.zeros(scores.shape, np.float32)
    dscores[2, label] = 1
    return np.asfortranarray(network.backward(dscores, input_gradient=True)[2])


def score_by_score(network, image, label):
    """Know of each score how it answers, and choose among them at the end."""
    jacobian = []
    for j in range(network.output_shape[0]):
        scores = network.forward(np.expand_dims(image, 0))
        jacobian.append(network.backward((np.arange(scores.size) == j).astype(int)[None])[0].copy())
    return np.array(jacobian)[label]


def saliency_of_the_package(network, image, label):
    return inspection.saliency(network, image[np.newaxis], np.array([label]))[0]


def saliency_in_float32(network, image, label):
    return one_hot_row(network, image, label).astype(np.float32)


def saliency_by_nudging(network, image, label):
    return numerical_gradient(lambda x: network.forward(x[np.newaxis])[0, label], image, step=1e-6)


# ---- occlusion_map ----


def masks_multiplied(probability, image, size):
    height, width = (n - size + 1 for n in image.shape)
    rows, columns = np.indices(image.shape)
    falls = np.empty((height, width), dtype=np.float32)
    before = probability(image)
    for place in np.ndindex(height, width):
        h, w = place
        inside = (rows >= h) & (rows < h + size) & (columns >= w) & (columns < w + size)
        falls[place] = before - probability(image * ~inside)
    return falls


def put_back_after_each(probability, image, size):
    """Work on one copy, and put back what was covered."""
    picture = np.array(image, dtype=float, order="F")
    clear, falls = probability(picture), []
    for h in range(picture.shape[0] - size + 1):
        row = []
        for w in range(picture.shape[1] - size + 1):
            square = np.s_[h : h + size, w : w + size]
            kept = picture[square].copy()
            picture[square] = 0.0
            row.append(clear - probability(picture))
            picture[square] = kept
        falls.append(row)
    return np.array(falls)


def column_after_column(probability, image, size):
    n_H, n_W = np.subtract(image.shape, size) + 1
    falls = np.zeros((n_W, n_H))
    for w in range(n_W):
        for h in range(n_H):
            covered = np.copy(image)
            for u in range(size):
                for v in range(size):
                    covered[h + u, w + v] = 0
            falls[w, h] = probability(image) - probability(covered)
    print("largest fall", falls.max())
    return falls.T


def where_and_list(probability, image, size):
    def covered(h, w):
        square = np.zeros_like(image)
        square[h : h + size, w : w + size] = 1
        return np.where(square, 0, image)

    shape = (image.shape[0] - size + 1, image.shape[1] - size + 1)
    left = np.array([probability(covered(*place)) for place in np.ndindex(shape)])
    return (np.float64(probability(image)) - left).reshape(shape)


# ---- surest_mistakes ----


def sorted_by_key(probabilities, labels, count):
    predicted = [int(row.argmax()) for row in probabilities]
    wrong = [i for i, label in enumerate(labels) if predicted[i] != label]
    wrong.sort(key=lambda i: probabilities[i, predicted[i]], reverse=True)
    return np.array(wrong[:count])


def right_ones_sunk(probabilities, labels, count):
    sureness = probabilities.max(axis=1)
    wrong = probabilities.argmax(axis=-1) != labels
    order = np.argsort(np.where(wrong, -sureness, np.inf), kind="stable")
    return order[: min(count, np.count_nonzero(wrong))]


def all_sorted_then_chosen(probabilities, labels, count):
    order = np.argsort(probabilities[::-1].max(axis=1), kind="mergesort")[::-1]
    order = len(labels) - 1 - order
    print(order)
    return order[(np.argmax(probabilities, axis=1) != labels)[order]][:count]


def largest_taken_out(probabilities, labels, count):
    sureness = probabilities.max(axis=1).astype(float)
    sureness[probabilities.argmax(axis=1) == labels] = -1
    found = []
    while len(found) < count and sureness.max() >= 0:
        found.append(sureness.argmax())
        sureness[found[-1]] = -1
    return np.array(found, dtype=np.int32)


def by_lexsort(probabilities, labels, count):
    predicted = np.argmax(probabilities, axis=1)
    (wrong,) = np.nonzero(predicted != labels)
    assert len(wrong)
    sure = np.take_along_axis(probabilities, predicted[:, np.newaxis], axis=1)[wrong, 0]
    return wrong[np.lexsort((wrong, -sure))[:count]]


def as_a_list(probabilities, labels, count):
    return by_lexsort(probabilities, labels, count).tolist()


def list_of_numpy_integers(probabilities, labels, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return sorted(wrong, key=lambda i: -probabilities[i].max())[:count]


def tuple_from_a_heap(probabilities, labels, count):
    queue = [
        (-row.max(), number)
        for number, (row, label) in enumerate(zip(probabilities, labels, strict=True))
        if row.argmax() != label
    ]
    heapq.heapify(queue)
    return tuple(heapq.heappop(queue)[1] for _ in range(min(count, len(queue))))


# ---- predict_field ----


def fields_by_marking():
    """Follow a unit down to the pixels."""
    sizes, layers = [], [(5, 1), (2, 2), (5, 1), (2, 2)]
    for count in range(1, 5):
        seen = {0}
        for f, s in reversed(layers[:count]):
            seen = {i * s + u for i in seen for u in range(f)}
        sizes.append(len(seen))
    return sizes


def fields_by_jumps():
    jumps = [1, 1, 2, 2]
    steps = [jump * (f - 1) for jump, f in zip(jumps, (5, 2, 5, 2), strict=True)]
    return tuple(1 + math.fsum(steps[: n + 1]) for n in range(4))


RIGHT = {
    "predict_field": [
        ((5, 6, 14, 16),),
        ([5, 6, 14, 16],),
        (np.array([5.0, 6.0, 14.0, 16.0]),),
        (fields_by_marking(),),
        (fields_by_jumps(),),
    ],
    "saliency": [
        one_hot_row,
        layer_by_layer,
        in_a_batch_of_three,
        score_by_score,
        saliency_of_the_package,
        saliency_in_float32,
    ],
    "occlusion": [masks_multiplied, put_back_after_each, column_after_column, where_and_list],
    "surest_mistakes": [
        sorted_by_key,
        right_ones_sunk,
        all_sorted_then_chosen,
        largest_taken_out,
        by_lexsort,
        as_a_list,
        list_of_numpy_integers,
        tuple_from_a_heap,
    ],
}
WITNESS = {"saliency": saliency_by_nudging}
