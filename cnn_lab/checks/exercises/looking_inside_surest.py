"""`surest_mistakes` of lesson 09: the wrong answers of which a network is surest."""

from functools import cache

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake

SHOWN = 2000


def surest_mistakes(probabilities, labels, count):
    """Return the numbers of the wrongly read pictures, the surest first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    sureness = probabilities[wrong, predicted[wrong]]
    order = np.argsort(-sureness, kind="stable")
    return wrong[order][:count]


def _surest_of_all(probabilities, labels, count):
    return np.argsort(-probabilities.max(axis=1), kind="stable")[:count]


def _surest_of_all_if_wrong(probabilities, labels, count):
    first = _surest_of_all(probabilities, labels, count)
    return first[probabilities.argmax(axis=1)[first] != labels[first]]


def _by_lead(probabilities, labels, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    second, first = np.sort(probabilities[wrong], axis=1)[:, -2:].T
    return wrong[np.argsort(second - first, kind="stable")][:count]


def _by_the_gap_to_the_label(probabilities, labels, count):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    gaps = probabilities[wrong, labels[wrong]] - probabilities[wrong].max(axis=1)
    return wrong[np.argsort(gaps, kind="stable")][:count]


def _mask(probabilities, labels, count):
    return probabilities.argmax(axis=1) != labels


SURENESS = "sureness = probabilities[wrong, predicted[wrong]]"

MISTAKES = (
    Mistake(
        "least sure first",
        "Yours begin with the least sure mistakes. In which direction does the sorting go?",
        {"np.argsort(-sureness": "np.argsort(sureness"},
    ),
    Mistake(
        "surest last",
        "You have the right pictures in the wrong order: the surest comes first.",
        {"[:count]": "[:count][::-1]"},
    ),
    Mistake(
        "equal ones turned round",
        "Of two equally sure mistakes the earlier one comes first. Sorting upwards and turning the "
        "result round turns these round, too.",
        {'np.argsort(-sureness, kind="stable")': 'np.argsort(sureness, kind="stable")[::-1]'},
    ),
    Mistake(
        "places among the mistakes",
        "Your numbers count among the mistakes only: 0 is the first mistake, not the first "
        "picture. Which pictures are they?",
        {"wrong[order]": "order"},
    ),
    Mistake(
        "not sorted",
        "Those are mistakes, but in the order of the pictures. Which one is the network surest of?",
        {"wrong[order][:count]": "wrong[:count]"},
    ),
    Mistake(
        "cut before sorting",
        "You sort the first mistakes only: a surer one may come later. What comes first, sorting "
        "or cutting?",
        {"np.flatnonzero(predicted != labels)": "np.flatnonzero(predicted != labels)[:count]"},
    ),
    Mistake(
        "right ones",
        "Those pictures are read rightly. Which comparison tells the mistakes?",
        {"predicted != labels": "predicted == labels"},
    ),
    Mistake(
        "mistakes not asked for",
        "Rightly read pictures are among yours: you have the surest of all answers.",
        _surest_of_all,
    ),
    Mistake(
        "mistakes chosen too late",
        "You take the surest of all answers, and of these the mistakes: too few are left. What "
        "comes first?",
        _surest_of_all_if_wrong,
    ),
    Mistake(
        "probability of the label",
        "You sort by the probability of the right class. How sure is the network of what it "
        "answers?",
        {SURENESS: "sureness = probabilities[wrong, labels[wrong]]"},
    ),
    Mistake(
        "label least probable first",
        "You sort by how little the network thinks of the right class. Asked for is how sure it is "
        "of the class it answers.",
        {SURENESS: "sureness = -probabilities[wrong, labels[wrong]]"},
    ),
    Mistake(
        "lead over the second",
        "You sort by the lead over the second class. Sure is meant simply: the probability of the "
        "predicted class.",
        _by_lead,
    ),
    Mistake(
        "lead over the label",
        "You sort by the lead over the right class. Sure is meant simply: the probability of the "
        "predicted class.",
        _by_the_gap_to_the_label,
    ),
    Mistake(
        "sureness of other pictures",
        "You take the wrong rows of `probabilities`: the sureness of your first mistake is that of "
        "picture 0.",
        {SURENESS: "sureness = probabilities.max(axis=1)[: len(wrong)]"},
    ),
    Mistake(
        "true and false",
        "You return True or False for every picture. Asked for are numbers: which pictures are "
        "True?",
        _mask,
    ),
    Mistake(
        "all mistakes",
        "You return all mistakes. `count` says how many are asked for.",
        {"[:count]": ""},
    ),
    Mistake(
        "one too few",
        "One is missing at the end: a slice ends before its second number.",
        {"[:count]": "[: count - 1]"},
    ),
    Mistake(
        "probabilities returned",
        "You return how sure the network is. Asked for are the numbers of the pictures.",
        {"wrong[order][:count]": "sureness[order][:count]"},
    ),
    Mistake(
        "predicted classes returned",
        "You return what the network answers. Asked for are the numbers of the pictures.",
        {"wrong[order][:count]": "predicted[wrong[order]][:count]"},
    ),
    Mistake(
        "labels returned",
        "You return the labels. Asked for are the numbers of the pictures.",
        {"wrong[order][:count]": "labels[wrong[order]][:count]"},
    ),
)


def _answers(rng, pictures, classes, mistakes):
    """Draw probabilities, and labels of which so many are not the class that is predicted."""
    scores = rng.normal(size=(pictures, classes)) * 1.5
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = probabilities.argmax(axis=1)
    places = rng.choice(np.arange(1, pictures), size=mistakes, replace=False)
    labels[places] = (labels[places] + rng.integers(1, classes, size=mistakes)) % classes
    return probabilities, labels


def _cases():
    rng = np.random.default_rng(93)

    def case(part, pictures, classes, mistakes, count, labels_of=np.int64, floats=np.float64):
        probabilities, labels = _answers(rng, pictures, classes, mistakes)
        says = f"{pictures} pictures, {classes} classes, {mistakes} mistakes, count {count}"
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
    ]


def _row(case, output, index):
    """Show the row of the picture that belongs to this place."""
    probabilities, labels, count = case.arguments
    picture = surest_mistakes(*case.arguments)[index]
    predicted = int(probabilities[picture].argmax())
    text = (
        f"Here picture {picture} is due: it shows class {labels[picture]}, and is read as "
        f"{predicted} with a probability of {number(probabilities[picture, predicted])}."
    )
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
        title=f"All that the network reads wrongly among {SHOWN:,} digits, the surest first",
        alt=f"Six handwritten digits: {each}.",
    )


SUREST_MISTAKES = Task(
    name="surest_mistakes",
    lesson="09",
    title="write `surest_mistakes(probabilities, labels, count)`",
    answer=surest_mistakes,
    cases=_cases,
    outputs=("numbers",),
    mistakes=MISTAKES,
    window=_row,
    showcase=Showcase(_digits_to_choose_from, _draw_surest),
)
