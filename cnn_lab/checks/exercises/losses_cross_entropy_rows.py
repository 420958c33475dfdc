"""What goes wrong in the cross-entropy loss with rows and columns: whose score, whose sum?"""

import numpy as np

from cnn_lab.checks.exercises.losses_cross_entropy import PAIRS, THEN_INF, fragile
from cnn_lab.checks.mistakes import Mistake


def _of_one_image(scores, labels):
    highest = scores.max()
    return -scores[labels] + highest + np.log(np.exp(scores - highest).sum())


def _one_image_mean(scores, labels):
    return float(np.mean(_of_one_image(scores, labels)))


def _naive_sum_of_all(scores, labels):
    with np.errstate(all="ignore"):
        log_sum = np.log(np.exp(scores).sum())
    return float(np.mean(log_sum - scores[np.arange(len(scores)), labels]))


def _formula(keepdims, picked, maximum_in_a_row=False):
    """Return the lesson's formula for rows, in which something does not fit together."""

    def loss(scores, labels):
        highest = scores.max(axis=1, keepdims=True)
        inner = np.exp(scores - (highest[:, 0] if maximum_in_a_row else highest))
        log_sums = np.log(inner.sum(axis=1, keepdims=keepdims))
        highest = highest if keepdims else highest[:, 0]
        return float(np.mean(-picked(scores, labels) + highest + log_sums))

    return loss


def _whole_rows(scores, labels):
    return scores[labels]


def _in_pairs(scores, labels):
    return scores[np.arange(len(scores)), labels]


def _no_columns(scores, labels):
    exponentials = np.exp(scores - scores.max(axis=1))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(probabilities[np.arange(len(scores)), labels])))


_EVERY_COLUMN = (
    "You take the columns of all labels in every row. Image i needs the column of label i only:"
    " rows and labels must go in pairs."
)
_PICKS_ROWS = (
    "You use the labels to pick rows. A label is the number of a column, and each row needs another"
    " one: rows and labels go in pairs."
)
_LOG_SUM = " Your log-sum-exp has one number for each row already."
_OWN_MAX = " And each row has a log-sum-exp of its own."
_ONE_IMAGE = (
    "`loss_of_scores` is made for one image: with a batch its s[t] picks rows, and its maximum and"
    " its sum run over all images. What belongs to one row, and how do you go through the rows?"
)
_NO_COLUMN = (
    "Look at the shape of your maxima: with (m,), NumPy lays them along the rows instead of one"
    " beside each row. A square batch does not even raise."
)

ROWS_AND_COLUMNS = (
    Mistake("columns of all labels", _EVERY_COLUMN, {PAIRS: ":, labels"}),
    Mistake(
        "columns of all labels, and log 0",
        _EVERY_COLUMN + THEN_INF,
        fragile({PAIRS: ":, labels"}),
    ),
    Mistake("rows of the labels", _PICKS_ROWS, fragile({PAIRS: "labels"})),
    Mistake("rows of the labels, log-sum-exp", _PICKS_ROWS + _LOG_SUM, {PAIRS: "labels"}),
    Mistake(
        "rows of the labels, log-sum-exp as a column",
        _PICKS_ROWS + " Your log-sum-exp has one number per image.",
        {".sum(axis=1)": ".sum(axis=1, keepdims=True)", PAIRS: "labels"},
    ),
    Mistake(
        "rows of the labels, formula by rows",
        _PICKS_ROWS + " Maximum and log-sum-exp have one number for each row already.",
        _formula(False, _whole_rows),
    ),
    Mistake(
        "rows of the labels, formula by columns",
        _PICKS_ROWS + " Your maximum and log-sum-exp have one number per image.",
        _formula(True, _whole_rows),
    ),
    Mistake(
        "rows of the labels, summed",
        _PICKS_ROWS + " You add the rows up.",
        fragile({PAIRS: "labels", "np.mean(per_image)": "np.sum(per_image) / len(scores)"}),
    ),
    Mistake(
        "columns of all labels, summed",
        _EVERY_COLUMN + " You add them all up.",
        {
            PAIRS: ":, labels",
            "log_sums -": "log_sums[:, np.newaxis] -",
            "np.mean(per_image)": "np.sum(per_image) / len(scores)",
        },
    ),
    Mistake("rows of the labels, largest score of all", _PICKS_ROWS + _OWN_MAX, _one_image_mean),
    Mistake("code for one image", _ONE_IMAGE, _of_one_image),
    Mistake(
        "log-sum-exp over the batch",
        "Your log-sum-exp adds up the scores of all images. Every image has one of its own: which"
        " axis holds its classes?",
        {".sum(axis=1)": ".sum()"},
    ),
    Mistake(
        "log-sum-exp over the batch, largest score of all",
        "Your maximum and your log-sum-exp are those of all images together. Every image has its"
        " own: which axis holds its classes?",
        {".sum(axis=1)": ".sum()", "scores.max(axis=1, keepdims=True)": "scores.max()"},
    ),
    Mistake(
        "log-sum-exp over the batch, no maximum",
        "Your log-sum-exp adds up the scores of all images; every image has one of its own. After"
        " that, mind the scores of 1000: your exponentials overflow.",
        _naive_sum_of_all,
    ),
    Mistake(
        "maximum without keepdims in the sum",
        _NO_COLUMN + " It concerns the scores in your sum.",
        _formula(False, _in_pairs, maximum_in_a_row=True),
    ),
    Mistake("maximum without keepdims", _NO_COLUMN, {", keepdims=True": ""}),
    Mistake(
        "maximum without keepdims, and log 0",
        _NO_COLUMN + THEN_INF,
        _no_columns,
    ),
)
