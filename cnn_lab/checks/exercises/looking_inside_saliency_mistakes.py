"""Known mistakes in `saliency`: edits of the answer, and whole functions."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake

BACK = "network.backward(dscores)[0]"
RESULT = f"    return {BACK}"
FORWARD = (
    "    scores = network.forward(image[np.newaxis])\n    dscores = np.zeros(scores.shape)"
)


def _probabilities(network, image):
    scores = network.forward(image[np.newaxis])
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def _of_the_probability(network, image, label):
    p = _probabilities(network, image)
    return network.backward(p[0, label] * (np.eye(p.size)[[label]] - p))[0]


def _of_the_loss(network, image, label):
    p = _probabilities(network, image)
    return network.backward(p - np.eye(p.size)[[label]])[0]


_SCORES = (
    Mistake(
        "gradient of the loss",
        "That is the gradient of the cross-entropy: it mixes in all scores. Asked for is how this "
        "one score answers to each pixel.",
        _of_the_loss,
    ),
    Mistake(
        "gradient of the probability",
        "That is the gradient of the probability, which depends on all scores. Stop before the "
        "softmax: what is the derivative of one score with respect to each score?",
        _of_the_probability,
    ),
    Mistake(
        "all scores",
        "You send a gradient in at every score, so you get that of their sum. Which one is asked "
        "for?",
        {"dscores[0, label] = 1": "dscores[:] = 1"},
    ),
    Mistake(
        "the score itself sent back",
        "The numbers are too large or too small by one factor: the score. By how much does a score "
        "change per unit of itself?",
        {"dscores[0, label] = 1": "dscores[0, label] = scores[0, label]"},
    ),
    Mistake(
        "all scores sent back",
        "You send the scores back. What goes in is a gradient: how much does the score of `label` "
        "change with each of the scores?",
        {"dscores[0, label] = 1": "dscores[:] = scores"},
    ),
    Mistake(
        "predicted class",
        "You take the score that the network finds highest. The argument `label` may be another "
        "class.",
        {"dscores[0, label]": "dscores[0, scores.argmax()]"},
    ),
    Mistake(
        "label as row",
        "The scores have the shape (1, classes). Which axis does your index `label` go along?",
        {"dscores[0, label]": "dscores[label]"},
    ),
    Mistake(
        "minus 1 at the others",
        "You send a minus 1 back at every other score. How much does the score of `label` change "
        "when one of the others is raised?",
        {"np.zeros(scores.shape)": "-np.ones(scores.shape)"},
    ),
    Mistake(
        "class before",
        "You have the gradient of the class before: classes count from 0, and so do the scores.",
        {"dscores[0, label]": "dscores[0, label - 1]"},
    ),
    Mistake(
        "not the shape of the scores",
        "What goes backward needs the shape of the scores, (1, classes): take it from them. The "
        "networks here have 3 to 6 classes.",
        {"np.zeros(scores.shape)": "np.zeros((1, 10))"},
    ),
)

_NUMBERS = (
    Mistake(
        "sign turned",
        "All signs are turned: where a brighter pixel raises the score the gradient is positive.",
        {"dscores[0, label] = 1": "dscores[0, label] = -1"},
    ),
    Mistake(
        "sizes only",
        "Your gradient is nowhere negative. A pixel may also lower the score: keep the signs.",
        {BACK: f"np.abs({BACK})"},
    ),
    Mistake(
        "negative part cut off",
        "Your gradient is 0 wherever it should be negative. A pixel may also lower the score.",
        {BACK: f"np.maximum({BACK}, 0)"},
    ),
    Mistake(
        "times the picture",
        "You multiply by the pixels. That asks what each pixel has added; asked for is the "
        "gradient, which need not be 0 where the picture is black.",
        {BACK: f"{BACK} * image"},
    ),
    Mistake(
        "scaled for display",
        "You divide by the largest value. The picture's colours need that, the numbers do not.",
        {RESULT: f"    gradient = {BACK}\n    return gradient / np.abs(gradient).max()"},
    ),
    Mistake(
        "squeezed between 0 and 1",
        "Your numbers run from 0 to 1: they are stretched as for a grey picture. Keep the gradient "
        "as it is.",
        {
            RESULT: f"    gradient = {BACK}\n"
            "    return (gradient - gradient.min()) / np.ptp(gradient)"
        },
    ),
    Mistake(
        "gradient divided by 255",
        "Your numbers are 255 times too small. The pixels are floats from 0 to 1 here, and the "
        "gradient is with respect to those.",
        {BACK: f"{BACK} / 255"},
    ),
)

_SHAPES = (
    Mistake(
        "batch axis kept",
        "You put the image into a batch of one, and what comes back is a batch too. Take the image "
        "out of it.",
        {BACK: "network.backward(dscores)"},
    ),
    Mistake(
        "every axis of length 1 dropped",
        "Besides the batch you drop the last axis of a grey picture, as `squeeze` does: an axis "
        "of length 1 belongs to the shape of the image too.",
        {BACK: "network.backward(dscores).squeeze()"},
    ),
    Mistake(
        "channels added up",
        "You add the channels of the picture up. Each has a gradient of its own: the result has "
        "the shape of the image.",
        {BACK: f"{BACK}.sum(axis=-1)"},
    ),
    Mistake(
        "first channel only",
        "The last axis is missing: return the gradient of all channels, in the shape of the image.",
        {BACK: "network.backward(dscores)[0, :, :, 0]"},
    ),
    Mistake(
        "strongest channel",
        "You keep the largest size among the channels. That is for the picture: return the "
        "gradient of every channel, with its sign.",
        {BACK: f"np.abs({BACK}).max(axis=-1)"},
    ),
    Mistake(
        "strongest channel in the shape of one",
        "You keep one channel, the strongest, and no signs. Return the gradient of every channel.",
        {BACK: f"np.abs({BACK}).max(axis=-1, keepdims=True)"},
    ),
    Mistake(
        "mean of the channels",
        "You take the mean over the channels. Each has a gradient of its own: the result has the "
        "shape of the image.",
        {BACK: f"{BACK}.mean(axis=-1, keepdims=True)"},
    ),
    Mistake(
        "rows and columns exchanged",
        "Your gradient lies on its side: its rows are the columns of the image.",
        {BACK: f"{BACK}.transpose(1, 0, 2)"},
    ),
    Mistake(
        "one long row",
        "You return all numbers in one row: the result has the shape of the image.",
        {BACK: f"{BACK}.ravel()"},
    ),
)

_PICTURES = (
    Mistake(
        "pixels divided by 255",
        "Your gradient belongs to another picture: are the pixels divided by 255 once more? They "
        "are floats from 0 to 1 here.",
        {"image[np.newaxis]": "image[np.newaxis] / 255"},
    ),
    Mistake(
        "nothing sent forward",
        "You go backward before anything has gone forward: the layers cannot know yet where their "
        "ReLUs and maxima were.",
        {FORWARD: "    dscores = np.zeros((1, *network.output_shape))"},
    ),
    Mistake(
        "black picture",
        "Your gradient is that of a black picture. Does the image go forward last, and as floats? "
        "Bytes know no 0.5.",
        {"image[np.newaxis]": "image[np.newaxis].astype(np.uint8)"},
    ),
)

KNOWN = (*_SCORES, *_NUMBERS, *_SHAPES, *_PICTURES)
