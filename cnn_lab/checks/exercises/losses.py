"""Lesson 07: softmax, cross-entropy, its gradient, and a dense layer's backward."""

import numpy as np

from cnn_lab import losses
from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.losses_cross_entropy import CROSS_ENTROPY
from cnn_lab.checks.exercises.losses_cross_entropy_rows import ROWS_AND_COLUMNS
from cnn_lab.checks.exercises.losses_dense import DENSE_BACKWARD
from cnn_lab.checks.exercises.losses_gradient import GRADIENT
from cnn_lab.checks.exercises.losses_questions import PREDICTION, TEMPERATURE
from cnn_lab.checks.exercises.losses_softmax import SOFTMAX

ONE_OF_EACH = (3, 2, 1, 18, 4, 8, 11, 0, 61, 7)  # the first 0, the first 1, ... of the test images
ANOTHER_OF_EACH = (13, 14, 38, 32, 48, 23, 22, 36, 134, 16)  # the last one looks like a 4


def _of_digits(numbers):
    """Return pictures as rows (m, 784) of unit length."""
    rows = np.stack([digit(n).reshape(-1) for n in numbers])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _likeness():
    """Return scores (10, 10): how much ten other digits look like one of each."""
    return 16 * _of_digits(ANOTHER_OF_EACH) @ _of_digits(ONE_OF_EACH).T


def _one_in_frame(array, row, column, title, text):
    return Window(array, (row, column, 1, 1), title, text)


# ---- softmax ----


def softmax(scores):
    """Return the probabilities of each row of scores."""
    highest = scores.max(axis=1, keepdims=True)
    exponentials = np.exp(scores - highest)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def softmax_cases():
    rng = np.random.default_rng(71)
    near_1000 = np.array([[1000.0, 1002.0, 999.0], [1001.0, 1000.0, 1003.0]])
    far_apart = np.array([[1000.0, 998.5, 999.0], [-1000.0, -998.0, -999.5], [3.0, 1.0, 2.0]])
    whole = np.array([[2, 0, 1, 3], [-1, 2, 2, 0]])
    single = np.random.default_rng(74).normal(size=(2, 6)).astype(np.float32)
    return [
        Case("one image", (np.array([[3.0, -1.0, 5.0, 0.0]]),), "scores 3, -1, 5, 0"),
        Case("several images", (2 * rng.normal(size=(3, 5)),)),
        Case("several images", (3 * rng.normal(size=(5, 3)),)),
        Case("as many images as classes", (2 * rng.normal(size=(4, 4)),)),
        Case("scores near 1000", (near_1000,), "scores (2, 3) near 1000"),
        Case("scores near 1000", (np.array([[1000.0, -4000.0, 1000.0]]),), "1000, -4000, 1000"),
        Case("rows far apart", (far_apart,), "one row near 1000, one near -1000, one near 0"),
        Case("input of whole numbers", (whole,), "whole scores (2, 4)"),
        Case("input of float32", (single,), "float32 scores (2, 6)"),
    ]


def softmax_window(case, output, index):
    scores = np.asarray(case.arguments[0], float)
    i, j = index
    powers = np.exp(scores[i] - scores[i].max())
    text = (
        f"Row {i}, less its largest score: e to the power of"
        f" {number(scores[i, j] - scores[i].max())} is {number(powers[j])}; the row adds up to"
        f" {number(powers.sum())}."
    )
    return _one_in_frame(scores, i, j, "scores", text)


def _draw_probabilities(probabilities):
    from cnn_lab import plots

    return plots.heatmap(
        probabilities,
        xlabel="class",
        ylabel="digit in the picture",
        label="probability",
        title="Your softmax of the likeness to ten examples: the 9 is taken for a 4",
        alt="Probabilities of ten classes, one row for each digit. The highest of the row: "
        + ", ".join(f"{k} as {row.argmax()} {row.max():.2f}" for k, row in enumerate(probabilities))
        + ".",
    )


# ---- cross-entropy ----


def cross_entropy(scores, labels):
    """Return the mean loss in nats."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    per_image = log_sums - shifted[np.arange(len(scores)), labels]
    return float(np.mean(per_image))


def loss_cases():
    rng = np.random.default_rng(72)
    near_1000 = np.array([[1000.0, 1002.0, 999.0], [1001.0, 1000.0, 1003.0]])
    far_apart = np.array([[800.0, 801.0, 799.0, 799.5], [-3.0, -5.0, -4.0, -4.5]])
    whole = np.array([[2, 0, 1, 3], [-1, 2, 2, 0], [1, 0, 0, 4]])
    return [
        Case(
            "one image",
            (np.array([[-1.0, 0.0, 3.0, 5.0]]), np.array([2])),
            "scores -1, 0, 3, 5 and label 2",
        ),
        Case("several images", (2 * rng.normal(size=(3, 5)), np.array([4, 0, 1]))),
        Case("several images", (2 * rng.normal(size=(5, 3)), np.array([2, 2, 0, 1, 2]))),
        Case("as many images as classes", (2 * rng.normal(size=(4, 4)), np.array([3, 0, 3, 1]))),
        Case("scores near 1000", (near_1000, np.array([0, 1])), "scores (2, 3) near 1000"),
        Case("rows far apart", (far_apart, np.array([2, 1])), "a row near 800, a row near -4"),
        Case(
            "sure and wrong",
            (np.array([[0.0, 1000.0]]), np.array([0])),
            "scores 0, 1000 and label 0",
        ),
        Case(
            "sure and wrong",
            (np.array([[0.0, 1000.0], [-1000.0, -3000.0]]), np.array([0, 0])),
            "rows 0, 1000 and -1000, -3000, both with label 0",
        ),
        Case("input of whole numbers", (whole, np.array([0, 3, 1])), "whole scores (3, 4)"),
        Case(
            "input of float32",
            (rng.normal(size=(2, 6)).astype(np.float32), np.array([5, 2], np.uint8)),
            "float32 scores (2, 6), uint8 labels",
        ),
    ]


def loss_window(case, output, index):
    scores, labels = case.arguments
    shifted = scores - scores.max(axis=1, keepdims=True)
    each = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(scores)), labels]
    text = (
        f"Image by image, with {'label' if len(labels) == 1 else 'labels'}"
        f" {', '.join(map(str, labels))}, the loss is {', '.join(map(number, each))}."
    )
    return _one_in_frame(np.asarray(scores, float), 0, int(labels[0]), "scores", text)


# ---- its gradient ----


def cross_entropy_gradient(scores, labels):
    """Return the gradient of the mean loss with respect to the scores."""
    dscores = losses.softmax(scores)
    dscores[np.arange(len(scores)), labels] -= 1
    return dscores / len(scores)


def gradient_window(case, output, index):
    scores, labels = case.arguments
    i, j = index
    p, y = losses.softmax(scores)[i, j], int(labels[i] == j)
    text = (
        f"Image {i} has the label {labels[i]}. Here p is {number(p)} and y is {y}; there"
        f" {'is one image' if len(scores) == 1 else f'are {len(scores)} images'} in the mean."
    )
    return _one_in_frame(np.asarray(scores, float), i, j, "scores", text)


def _draw_dscores(dscores):
    from cnn_lab import plots

    return plots.heatmap(
        10 * dscores,
        signed=True,
        label="10 times the gradient",
        xlabel="class",
        ylabel="digit in the picture",
        title="Your gradient, times 10: the 9 that is taken for a 4 is corrected most",
        alt="Gradient at ten scores, times 10, one row for each digit. At the true class: "
        + ", ".join(f"{value:.2f}" for value in 10 * np.diag(dscores))
        + f". The 9, taken for a 4, has {10 * dscores[9, 4]:.2f} at 4. Every row adds up to 0.",
    )


EXERCISES = (
    PREDICTION,
    Task(
        name="softmax",
        lesson="07",
        title="write `softmax` for a batch",
        answer=softmax,
        cases=softmax_cases,
        outputs=("probabilities",),
        tolerance=1e-5,
        mistakes=SOFTMAX,
        window=softmax_window,
        showcase=Showcase(lambda: (_likeness(),), _draw_probabilities),
    ),
    Task(
        name="cross_entropy",
        lesson="07",
        title="write the loss, `cross_entropy`",
        answer=cross_entropy,
        cases=loss_cases,
        outputs=("loss",),
        mistakes=(*CROSS_ENTROPY, *ROWS_AND_COLUMNS),
        window=loss_window,
    ),
    Task(
        name="cross_entropy_gradient",
        lesson="07",
        title="write its gradient, `cross_entropy_gradient`",
        answer=cross_entropy_gradient,
        cases=loss_cases,
        outputs=("dscores",),
        tolerance=1e-5,
        mistakes=GRADIENT,
        window=gradient_window,
        showcase=Showcase(lambda: (_likeness(), np.arange(10)), _draw_dscores),
    ),
    DENSE_BACKWARD,
    TEMPERATURE,
)
