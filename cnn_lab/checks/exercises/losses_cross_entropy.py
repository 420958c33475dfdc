"""What goes wrong in the cross-entropy loss.

Many learners take a wrong turn in a version that is fragile as well: it takes the logarithm of a
probability that has become 0. So the common mistakes are listed in each of three forms.
"""

import numpy as np

from cnn_lab import losses
from cnn_lab.checks.exercises.losses_softmax import naive_softmax
from cnn_lab.checks.mistakes import Mistake, edited

THEN_INF = " After that, try the scores 0 and 1000 with label 0: your loss is not finite."
_THEN_NAN = " After that, mind a probability of 0: 0 times its logarithm is nan."


def of_probabilities(scores, labels):
    """Logarithm of 0: softmax underflows before the logarithm is taken."""
    probabilities = losses.softmax(scores)
    per_image = -np.log(probabilities[np.arange(len(scores)), labels])
    return float(np.mean(per_image))


def of_one_hot(scores, labels):
    """Logarithm of 0 times 0: the same with one-hot rows, which gives nan."""
    logarithms = np.log(losses.softmax(scores))
    per_image = -np.sum(np.eye(scores.shape[1])[labels] * logarithms, axis=1)
    return float(np.mean(per_image))


def in_all_forms(name, hint, edits):
    """Return a mistake in a safe cross-entropy and in the two that take the logarithm of 0."""
    return (
        Mistake(name, hint, edits),
        Mistake(f"{name}, and log 0", hint + THEN_INF, edited(of_probabilities, edits, name)),
        Mistake(f"{name}, and one-hot log 0", hint + _THEN_NAN, edited(of_one_hot, edits, name)),
    )


def fragile(edits):
    """Return a mistake in the cross-entropy that takes the logarithm of 0."""
    return edited(of_probabilities, edits, "of probabilities")


def _naive_probabilities(scores, labels):
    probabilities = naive_softmax(scores)
    return float(-np.mean(np.log(probabilities[np.arange(len(scores)), labels])))


def _naive_log_sums(scores, labels):
    log_sums = np.log(np.exp(scores).sum(axis=1))
    return float(np.mean(log_sums - scores[np.arange(len(scores)), labels]))


def _binary(scores, labels):
    p, y = losses.softmax(scores), np.eye(scores.shape[1])[labels]
    return float(-np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1)))


def _labels_as_numbers(scores, labels):
    return float(-np.mean(np.sum(labels[:, np.newaxis] * np.log(losses.softmax(scores)), axis=1)))


def _squared_error(scores, labels):
    errors = losses.softmax(scores) - np.eye(scores.shape[1])[labels]
    return float(0.5 * np.mean(np.sum(errors**2, axis=1)))


_MEAN, PAIRS = "np.mean(per_image)", "np.arange(len(scores)), labels"
_INDEX, _PICKED = f"probabilities[{PAIRS}]", f"scores[{PAIRS}]"
_BASE = (
    "Your logarithm has base {}: an untrained network with ten classes should start at 2.303. Which"
    " function is ln?"
)
_LOG_0 = (
    "Where the true class gets a probability of 0 your loss is not finite. It should be 1000 for"
    " the scores 0 and 1000: take logarithm and softmax together, as the log-sum-exp does."
)
_EPSILON = (
    "The {:.2g} in your logarithm caps the loss at {:.1f}: for the scores 0 and 1000 the lower one"
    " should cost 1000. The log-sum-exp needs no such number."
)
_RETURNED_AT_ONCE = "Your loss is that of the first image. Does your return stand inside the loop?"
_FIRST_SHARE = (
    "Your loss is the first image's share of the mean. Does your return stand inside the loop?"
)
_FIRST_OF_M = "per_image[0] / len(scores)"
_ALL_CLASSES = (
    "Your loss contains the logarithms of all classes. How many probabilities does the"
    " cross-entropy of one image look at?"
)
_NO_LOG = (
    "Your loss is minus the probability: it lies between -1 and 0. What stands between the"
    " probability and the mean?"
)
_TINY = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, float(np.finfo(float).eps))

COMMON = (
    *in_all_forms(
        "sign",
        "Your loss has the wrong sign. The logarithm of a probability is below 0, and a loss should"
        " not be.",
        {_MEAN: "-np.mean(per_image)"},
    ),
    *in_all_forms(
        "sum instead of mean",
        "Your loss grows with the number of images: it is their sum. The same images twice should"
        " give the same loss.",
        {_MEAN: "np.sum(per_image)"},
    ),
    *in_all_forms(
        "one loss per image",
        "You return one loss for each image. The batch as a whole gets one number: how are they put"
        " together?",
        {f"float({_MEAN})": "per_image"},
    ),
    *in_all_forms(
        "divided by the classes too",
        "Your loss is too small by a factor, the number of classes. Is the mean taken over images"
        " and classes?",
        {_MEAN: "np.mean(per_image) / scores.shape[1]"},
    ),
    *in_all_forms(
        "sum divided by the classes",
        "You divide the sum of the losses by the number of classes. Over what is the mean taken?",
        {_MEAN: "np.sum(per_image) / scores.shape[1]"},
    ),
    *in_all_forms(
        "divided by the images twice",
        "Your loss is too small by a factor, the number of images. A mean has divided by it"
        " already.",
        {_MEAN: "np.sum(per_image) / len(scores) ** 2"},
    ),
    Mistake("first image only, divided by m", _FIRST_SHARE, {_MEAN: _FIRST_OF_M}),
    Mistake(
        "first image only, divided by m, and log 0",
        _FIRST_SHARE + THEN_INF,
        fragile({_MEAN: _FIRST_OF_M}),
    ),
    Mistake("first image only", _RETURNED_AT_ONCE, {_MEAN: "per_image[0]"}),
    Mistake(
        "first image only, and log 0",
        _RETURNED_AT_ONCE + THEN_INF,
        fragile({_MEAN: "per_image[0]"}),
    ),
    *in_all_forms(
        "last image only",
        "Only the last image counts in your loss: does every turn of the loop add to it, or replace"
        " it?",
        {_MEAN: "per_image[-1] / len(scores)"},
    ),
    *in_all_forms(
        "labels from 1",
        "You look one column to the left of the label. The first class has the number 0.",
        {"labels]": "labels - 1]"},
    ),
    *in_all_forms("logarithm of base 2", _BASE.format(2), {"np.log(": "np.log2("}),
    *in_all_forms("logarithm of base 10", _BASE.format(10), {"np.log(": "np.log10("}),
)
CROSS_ENTROPY = (
    Mistake("logarithm of 0", _LOG_0, of_probabilities),
    Mistake(
        "logarithm of 0, one-hot",
        "Where a probability underflows to 0 your loss is inf or nan: its logarithm is -inf, and 0"
        " times that is nan. Take logarithm and softmax together, as the log-sum-exp does.",
        of_one_hot,
    ),
    Mistake(
        "overflow",
        "Scores of 1000 give nan: e^1000 is too large for a float64. What did the stable softmax"
        " take away first?",
        _naive_probabilities,
    ),
    Mistake(
        "overflow in the log-sum-exp",
        "Your log-sum-exp overflows: e^1000 is too large for a float64. What does the lesson take"
        " out of every term of the sum?",
        _naive_log_sums,
    ),
    *COMMON,
    Mistake(
        "most probable class",
        "You take the most probable class of each image, right or wrong. Which class does the loss"
        " ask about?",
        fragile({_INDEX: "probabilities.max(axis=1)"}),
    ),
    Mistake(
        "logarithms of all classes",
        _ALL_CLASSES,
        fragile({_INDEX: "probabilities"}),
    ),
    Mistake(
        "logarithms of all classes summed",
        _ALL_CLASSES + " You add them all up.",
        fragile({_INDEX: "probabilities", _MEAN: "np.mean(per_image.sum(axis=1))"}),
    ),
    Mistake(
        "softmax forgotten",
        "You take the logarithm of the scores. They are no probabilities yet, and some are"
        " negative.",
        fragile({"losses.softmax(scores)": "scores"}),
    ),
    Mistake(
        "softmax twice",
        "Your loss is near ln of the number of classes, however good the scores: softmax seems to"
        " be applied twice.",
        fragile({"softmax(scores)": "softmax(losses.softmax(scores))"}),
    ),
    Mistake(
        "softmax over columns",
        "Your probabilities add up to 1 over the images. One image is one row: which axis holds its"
        " classes?",
        fragile({"softmax(scores)": "softmax(scores, axis=0)"}),
    ),
    Mistake(
        "minus the score",
        "You use the score of the true class alone. A loss should not change when all scores of an"
        " image grow by 7.",
        fragile({f"-np.log({_INDEX})": f"-{_PICKED}"}),
    ),
    Mistake(
        "maximum not added back",
        "Your log-sum-exp has lost its maximum: what you take away from every score inside must"
        " come back outside, or go from the true score too.",
        {"- shifted[np": "- scores[np"},
    ),
    Mistake(
        "maximum of the whole batch",
        "A row far below the largest score of the batch gives the logarithm of 0. Whose maximum"
        " should be taken away?",
        {"scores.max(axis=1, keepdims=True)": "scores.max()"},
    ),
    Mistake(
        "logarithm forgotten",
        _NO_LOG,
        fragile({f"-np.log({_INDEX})": f"-{_INDEX}"}),
    ),
    Mistake(
        "1 minus the probability",
        "Your loss is 1 minus the probability, and never gets above 1. Sure and wrong should cost"
        " without limit: which function does that?",
        fragile({f"-np.log({_INDEX})": f"1 - {_INDEX}"}),
    ),
    Mistake(
        "logarithm of the mean",
        "You take the mean of the probabilities and then its logarithm. In which order does the"
        " formula say it?",
        fragile({f"-np.log({_INDEX})": _INDEX, _MEAN: f"-np.log({_MEAN})"}),
    ),
    Mistake(
        "two classes each",
        "Your loss adds ln(1 - p) for the other classes: that is the form for yes-or-no answers."
        " Softmax has tied the classes together already.",
        _binary,
    ),
    Mistake(
        "labels as numbers",
        "You multiply by the label itself, so that class 2 counts twice and class 0 not at all. A"
        " label says which column, not how much.",
        _labels_as_numbers,
    ),
    Mistake(
        "squared error",
        "That is the squared distance between p and y, the older way. Here the loss is to be the"
        " cross-entropy.",
        _squared_error,
    ),
    *(
        Mistake(
            f"{tiny:.3g} in the logarithm",
            _EPSILON.format(tiny, -np.log(tiny)),
            fragile({_INDEX: f"{_INDEX} + {tiny}"}),
        )
        for tiny in _TINY
    ),
)
