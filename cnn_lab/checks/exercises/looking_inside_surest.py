"""`surest_mistakes` of lesson 09: the wrong answers of which a network is surest."""

from functools import cache

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.looking_inside_surest_mistakes import KNOWN

SHOWN = 2000


def surest_mistakes(probabilities, labels, count):
    """Return the numbers of the wrongly read pictures, the surest first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    sureness = probabilities[wrong, predicted[wrong]]
    order = np.argsort(-sureness, kind="stable")
    return wrong[order][:count]


def _answers(rng, pictures, classes, mistakes):
    """Draw probabilities, and labels of which so many are not the class that is predicted."""
    scores = rng.normal(size=(pictures, classes)) * 1.5
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = probabilities.argmax(axis=1)
    places = rng.choice(np.arange(1, pictures), size=mistakes, replace=False)
    labels[places] = (labels[places] + rng.integers(1, classes, size=mistakes)) % classes
    return probabilities, labels


def _alike(rng):
    """Draw probabilities in quarters: so many are equal that only a stable sort keeps the order."""
    kinds = np.array([[4, 0, 0], [3, 1, 0], [2, 1, 1]]) / 4
    probabilities = rng.permuted(kinds[rng.integers(0, 3, size=60)], axis=1)
    labels = probabilities.argmax(axis=1)
    labels[rng.choice(60, size=45, replace=False)] += 1
    return probabilities, labels % 3


def _cases():
    rng = np.random.default_rng(93)

    def case(part, pictures, classes, mistakes, count, labels_of=np.int64, floats=np.float64):
        probabilities, labels = _answers(rng, pictures, classes, mistakes)
        wrong = "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"
        says = f"{pictures} pictures, {classes} classes, {wrong}, count {count}"
        return Case(part, (probabilities.astype(floats), labels.astype(labels_of), count), says)

    by_hand = np.array(
        [[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8], [0.2, 0.5, 0.3], [0.05, 0.05, 0.9]]
    )
    alike = np.array(
        [[3, 0, 1], [1, 1, 2], [0, 3, 1], [0, 3, 1], [2, 1, 1], [0, 1, 3]], dtype=float
    ) / 4
    return [
        Case("by hand", (by_hand, np.array([0, 0, 2, 0, 1]), 2),
             "5 pictures, 3 classes, labels 0, 0, 2, 0, 1, count 2"),
        case("one mistake", 4, 3, 1, 1),
        case("two mistakes", 5, 4, 2, 2),
        case("many mistakes", 12, 4, 7, 3),
        case("many mistakes", 20, 6, 11, 5),
        case("all wrong", 7, 5, 6, 6),
        case("fewer mistakes than asked for", 9, 4, 3, 5),
        case("labels in bytes", 30, 10, 9, 4, np.uint8, np.float32),
        Case("equally sure", (alike, np.array([1, 1, 0, 2, 1, 0]), 4),
             "6 pictures, 3 classes, probabilities in quarters, count 4"),
        Case("equally sure", (*_alike(rng), 30),
             "60 pictures, 3 classes, 45 mistakes, probabilities in quarters, count 30"),
    ]


def _row(case, output, index):
    """Show the row of the picture that belongs to this place."""
    probabilities, labels, _ = case.arguments
    numbers = surest_mistakes(probabilities, labels, len(labels))
    picture, sureness = numbers[index], probabilities[numbers].max(axis=1)
    predicted = int(probabilities[picture].argmax())
    text = (
        f"Here picture {picture} is due: it shows class {labels[picture]}, and is read as "
        f"{predicted} with a probability of {number(probabilities[picture, predicted])}."
    )
    if np.count_nonzero(sureness == sureness[index]) > 1:
        text += " Of equally sure mistakes the earlier one comes first."
    frame = (int(picture), 0, 1, probabilities.shape[1])
    return Window(probabilities, frame, "probabilities, a row for each picture", text)


@cache
def _judged_digits():
    """Return the first test images, their labels, and what the trained network says."""
    from cnn_lab.mnist import load_mnist
    from cnn_lab.models import trained

    images, labels = load_mnist("test")
    images, labels = images[:SHOWN], labels[:SHOWN].astype(np.int64)
    return images, labels, trained().probabilities(images)


def _digits_to_choose_from():
    _, labels, probabilities = _judged_digits()
    return probabilities, labels, 6


def _draw_surest(numbers):
    from cnn_lab import plots

    images, labels, probabilities = _judged_digits()
    predicted = probabilities[numbers].argmax(axis=1)
    shares = np.round(100 * probabilities[numbers].max(axis=1)).astype(int)
    each = "; ".join(
        f"{label} read as {guess}, {share} per cent sure"
        for label, guess, share in zip(labels[numbers], predicted, shares, strict=True)
    )
    return plots.predictions(
        images[numbers],
        labels[numbers],
        predicted,
        columns=6,
        title=f"All mistakes among the first {SHOWN:,} test digits, from {shares[0]} down to "
        f"{shares[-1]} per cent sure",
        alt=f"Six handwritten digits: {each}.",
    )


SUREST_MISTAKES = Task(
    name="surest_mistakes",
    lesson="09",
    title="write `surest_mistakes`",
    answer=surest_mistakes,
    cases=_cases,
    outputs=("numbers",),
    mistakes=KNOWN,
    window=_row,
    lists=True,
    showcase=Showcase(_digits_to_choose_from, _draw_surest),
)
