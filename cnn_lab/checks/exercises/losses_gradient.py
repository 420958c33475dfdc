"""What goes wrong in the gradient of the cross-entropy at the scores."""

import numpy as np

from cnn_lab import losses
from cnn_lab.checks.exercises.losses_softmax import naive_softmax
from cnn_lab.checks.mistakes import Mistake


def _p_and_y(scores, labels):
    return losses.softmax(scores), np.eye(scores.shape[1])[labels]


def _slopes_of_p_again(scores, labels):
    p, y = _p_and_y(scores, labels)
    return (p - y) * p * (1 - p) / len(scores)


def _softmax_backward_again(scores, labels):
    p, y = _p_and_y(scores, labels)
    ds = p - y
    return p * (ds - np.sum(ds * p, axis=1, keepdims=True)) / len(scores)


def _slopes_of_the_logarithm(scores, labels):
    p, y = _p_and_y(scores, labels)
    return -y / np.maximum(p, 1e-300) / len(scores)


def _diagonal_only(scores, labels):
    p, y = _p_and_y(scores, labels)
    return (p - 1) * y / len(scores)


def _into_zeros_like(scores, labels):
    dscores = np.zeros_like(scores)
    p, y = _p_and_y(scores, labels)
    for i in range(len(scores)):
        dscores[i] = (p[i] - y[i]) / len(scores)
    return dscores


def _naive(scores, labels):
    return (naive_softmax(scores) - np.eye(scores.shape[1])[labels]) / len(scores)


def _most_probable(scores, labels):
    p, _ = _p_and_y(scores, labels)
    return (p - np.eye(scores.shape[1])[p.argmax(axis=1)]) / len(scores)


_OTHER_COUNT = (
    "Your gradient is too small by a factor, the number of classes. Over what is the mean of the"
    " loss taken?"
)
_SUBTRACT, _DIVIDE = "dscores[np.arange(len(scores)), labels] -= 1", "dscores / len(scores)"

_PAIRS = "np.arange(len(scores)), labels"


def _with_and_without_m(name, hint, edits):
    """Return a mistake in a gradient of the mean loss, and in one of the sum."""
    return (
        Mistake(name, hint, edits),
        Mistake(
            f"{name}, not divided by m",
            hint + " And the loss is a mean.",
            {**edits, _DIVIDE: "dscores"},
        ),
    )


GRADIENT = (
    Mistake(
        "not divided by m",
        "Your gradient is m times too large: it belongs to the sum of the losses. The loss is"
        " their mean.",
        {_DIVIDE: "dscores"},
    ),
    Mistake(
        "y minus p",
        "All your signs are turned: a step against this gradient would lower the score of the true"
        " class. Which way round is it, p and y?",
        {_DIVIDE: "-dscores / len(scores)"},
    ),
    Mistake(
        "y minus p, not divided by m",
        "All your signs are turned, and the mean over the images is missing. Which way round is it,"
        " p and y?",
        {_DIVIDE: "-dscores"},
    ),
    Mistake(
        "divided by m twice",
        "Your gradient is too small by a factor, the number of images: is it divided by m twice?",
        {_DIVIDE: "dscores / len(scores) ** 2"},
    ),
    Mistake("divided by m and classes", _OTHER_COUNT, {_DIVIDE: "dscores / dscores.size"}),
    Mistake(
        "divided by classes",
        "You divide by the number of classes; the loss is a mean over something else.",
        {_DIVIDE: "dscores / scores.shape[1]"},
    ),
    Mistake(
        "divided by m too early",
        "You divide by m before you take y away: y belongs in the mean too.",
        {"losses.softmax(scores)": "losses.softmax(scores) / len(scores)", _DIVIDE: "dscores"},
    ),
    *_with_and_without_m(
        "1 taken from whole columns",
        "You take 1 from the columns of all labels, in every row. Image i has only its own label:"
        " rows and labels must go in pairs.",
        {"np.arange(len(scores)), labels": ":, labels"},
    ),
    *_with_and_without_m(
        "1 taken from whole rows",
        "You use the labels to pick rows. A label is the number of a column, and each row has its"
        " own: rows and labels must go in pairs.",
        {"np.arange(len(scores)), labels": "labels"},
    ),
    *_with_and_without_m(
        "labels along the row",
        "You compare the numbers of the classes with all labels side by side. Each row has one"
        " label of its own: which shape must the labels have to stand one beside each row?",
        {_SUBTRACT: "dscores -= np.arange(scores.shape[1]) == labels"},
    ),
    Mistake(
        "1 taken everywhere",
        "You take 1 from every probability. In a one-hot row, how many ones are there?",
        {_SUBTRACT: "dscores -= 1"},
    ),
    Mistake(
        "true class set to -1",
        "At the true class you have -1 / m however probable it is. There the probability should"
        " be lowered by 1, not replaced.",
        {"-= 1": "= -1"},
    ),
    Mistake(
        "1 added",
        "Your rows add up to 2 / m instead of 0: at the true class, is the 1 added or taken away?",
        {"-= 1": "+= 1"},
    ),
    *_with_and_without_m(
        "no y",
        "Your gradient is p alone: all scores would be pushed down. Where does the label come in?",
        {f"    {_SUBTRACT}\n": ""},
    ),
    Mistake(
        "slopes of p",
        "p (1 - p) is the slope of a probability in its own score. The loss is the logarithm of"
        " one probability: what cancels?",
        {f"    {_SUBTRACT}\n": "", _DIVIDE: "dscores * (1 - dscores) / len(scores)"},
    ),
    Mistake(
        "-1/p everywhere",
        "-1/p is the slope of the loss in the true class's probability alone. How does p[t] depend"
        " on each of the scores?",
        {f"    {_SUBTRACT}\n": "", _DIVIDE: "-1 / dscores / len(scores)"},
    ),
    Mistake(
        "-1/p, one for each image",
        "You have one slope for each image, that of the loss in p[t]. Every score of an image has"
        " one: how does p[t] depend on them?",
        {f"    {_SUBTRACT}\n": "", _DIVIDE: f"-1 / dscores[{_PAIRS}] / len(scores)"},
    ),
    Mistake(
        "only the true class",
        "You have a gradient at the true class only. A row should add up to 0: the other scores"
        " move the loss too, through the sum below the line.",
        _diagonal_only,
    ),
    Mistake(
        "only the true class, one for each image",
        "You return one slope for each image, that of its true class's score. The other scores move"
        " the loss too, through the sum below the line.",
        {
            f"    {_SUBTRACT}\n": "",
            _DIVIDE: f"(dscores[{_PAIRS}] - 1) / len(scores)",
        },
    ),
    Mistake(
        "slopes of p again",
        "You multiply p - y by p (1 - p). Softmax's slopes are in p - y already: in the derivation,"
        " what cancelled p[t]?",
        _slopes_of_p_again,
    ),
    Mistake(
        "softmax backward again",
        "You send p - y back through softmax once more. It is the gradient at the scores already,"
        " not at the probabilities.",
        _softmax_backward_again,
    ),
    Mistake(
        "gradient at the probabilities",
        "Your numbers are the slopes of the loss in the probabilities, -1/p. How does p[t] depend"
        " on each of the scores?",
        _slopes_of_the_logarithm,
    ),
    Mistake(
        "softmax forgotten",
        "You take y from the scores themselves. From what should it be taken?",
        {"dscores = losses.softmax(scores)": "dscores = scores.astype(float)"},
    ),
    Mistake(
        "softmax and mean forgotten",
        "You take y from the scores themselves. From what should it be taken? And the loss is a"
        " mean.",
        {"dscores = losses.softmax(scores)": "dscores = scores.astype(float)", _DIVIDE: "dscores"},
    ),
    Mistake(
        "softmax over columns",
        "Your probabilities add up to 1 over the images. One image is one row: which axis holds its"
        " classes?",
        {"softmax(scores)": "softmax(scores, axis=0)"},
    ),
    Mistake(
        "softmax twice",
        "Your probabilities are all much alike: softmax seems to be applied twice.",
        {"softmax(scores)": "softmax(losses.softmax(scores))"},
    ),
    Mistake(
        "labels as numbers",
        "You take the label itself from every probability of its row. A label says which column,"
        " not how much.",
        {_SUBTRACT: "dscores -= labels[:, np.newaxis]"},
    ),
    Mistake(
        "labels as numbers along the row",
        "You take the labels themselves from the probabilities, laid along the rows. In the formula"
        " y is a one-hot row: how does a label become one?",
        {_SUBTRACT: "dscores -= labels"},
    ),
    Mistake(
        "labels from 1",
        "Your 1 is taken one column to the left of the label. The first class has the number 0.",
        {"labels] -= 1": "labels - 1] -= 1"},
    ),
    Mistake(
        "most probable class",
        "You take 1 from the most probable class, right or wrong. Which class does the loss ask"
        " about?",
        _most_probable,
    ),
    Mistake(
        "mean over the images",
        "You return one row for the whole batch. Each image has scores of its own, and each score"
        " its own slope.",
        {f"return {_DIVIDE}": "return dscores.mean(axis=0)"},
    ),
    Mistake(
        "overflow",
        "Scores of 1000 come out as nan: e^1000 is too large for a float64. How did the stable"
        " softmax avoid it?",
        _naive,
    ),
    *(
        Mistake(
            f"rounded to {decimals}",
            f"Your gradient is rounded to {decimals} decimals. Return all digits; round when you"
            " print.",
            {f"return {_DIVIDE}": f"return np.round({_DIVIDE}, {decimals})"},
        )
        for decimals in (2, 3, 4, 5)
    ),
    Mistake(
        "result of whole numbers",
        "With whole scores your gradient is all 0: zeros_like of an array of whole numbers holds"
        " whole numbers, and cuts the fractions off.",
        _into_zeros_like,
    ),
)
