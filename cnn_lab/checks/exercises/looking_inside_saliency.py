"""`saliency` of lesson 09: the gradient of one score with respect to the pixels."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake

STEP = 1e-5


def saliency(network, image, label):
    """Return the gradient of a label's score with respect to the pixels of one image."""
    scores = network.forward(image[np.newaxis])
    dscores = np.zeros(scores.shape)
    dscores[0, label] = 1
    return network.backward(dscores)[0]


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


def _of_the_predicted(network, image, label):
    scores = network.forward(image[np.newaxis])
    return saliency(network, image, scores.argmax())


def _scaled(network, image, label):
    gradient = saliency(network, image, label)
    return gradient / np.abs(gradient).max()


def _squeezed(network, image, label):
    gradient = saliency(network, image, label)
    return (gradient - gradient.min()) / np.ptp(gradient)


def _strongest_channel(network, image, label):
    return np.abs(saliency(network, image, label)).max(axis=-1)


def _strongest_channel_kept(network, image, label):
    return _strongest_channel(network, image, label)[..., np.newaxis]


MISTAKES = (
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
        _of_the_predicted,
    ),
    Mistake(
        "label as row",
        "The scores have the shape (1, classes). Which axis does your index `label` go along?",
        {"dscores[0, label]": "dscores[label]"},
    ),
    Mistake(
        "sign turned",
        "All signs are turned: where a brighter pixel raises the score the gradient is positive.",
        {"dscores[0, label] = 1": "dscores[0, label] = -1"},
    ),
    Mistake(
        "sizes only",
        "Your gradient is nowhere negative. A pixel may also lower the score: keep the signs.",
        {"network.backward(dscores)[0]": "np.abs(network.backward(dscores)[0])"},
    ),
    Mistake(
        "negative part cut off",
        "Your gradient is 0 wherever it should be negative. A pixel may also lower the score.",
        {"network.backward(dscores)[0]": "np.maximum(network.backward(dscores)[0], 0)"},
    ),
    Mistake(
        "times the picture",
        "You multiply by the pixels. That asks what each pixel has added; asked for is the "
        "gradient, which need not be 0 where the picture is black.",
        {"network.backward(dscores)[0]": "network.backward(dscores)[0] * image"},
    ),
    Mistake(
        "scaled for display",
        "You divide by the largest value. The picture's colours need that, the numbers do not.",
        _scaled,
    ),
    Mistake(
        "squeezed between 0 and 1",
        "Your numbers run from 0 to 1: they are stretched as for a grey picture. Keep the gradient "
        "as it is.",
        _squeezed,
    ),
    Mistake(
        "batch axis kept",
        "You put the image into a batch of one, and what comes back is a batch too. Take the image "
        "out of it.",
        {"network.backward(dscores)[0]": "network.backward(dscores)"},
    ),
    Mistake(
        "channels added up",
        "You add the channels of the picture up. Each has a gradient of its own: the result has "
        "the shape of the image.",
        {"network.backward(dscores)[0]": "network.backward(dscores)[0].sum(axis=-1)"},
    ),
    Mistake(
        "first channel only",
        "The last axis is missing: return the gradient of all channels, in the shape of the image.",
        {"network.backward(dscores)[0]": "network.backward(dscores)[0, :, :, 0]"},
    ),
    Mistake(
        "strongest channel",
        "You keep the largest size among the channels. That is for the picture: return the "
        "gradient of every channel, with its sign.",
        _strongest_channel,
    ),
    Mistake(
        "strongest channel in the shape of one",
        "You keep one channel, the strongest, and no signs. Return the gradient of every channel.",
        _strongest_channel_kept,
    ),
    Mistake(
        "pixels divided by 255",
        "Your gradient belongs to another picture: are the pixels divided by 255 once more? They "
        "are floats from 0 to 1 here.",
        {"image[np.newaxis]": "image[np.newaxis] / 255"},
    ),
)


def _networks():
    """Return small networks, without hidden layers, with one, and with filters."""
    from cnn_lab.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
    from cnn_lab.network import Sequential

    chains = {
        "scores only": ([Flatten(), Dense(4)], (2, 3, 1)),
        "a hidden layer": ([Flatten(), Dense(7), ReLU(), Dense(3)], (3, 4, 1)),
        "filters": ([Conv2D(2, (2, 3)), ReLU(), MaxPool2D((2, 1)), Flatten(), Dense(5)], (5, 7, 1)),
        "colours": ([Conv2D(4, (3, 2)), ReLU(), Flatten(), Dense(6)], (4, 5, 3)),
    }
    rng = np.random.default_rng(90)
    networks = {}
    for name, (layers, shape) in chains.items():
        networks[name] = Sequential(layers, shape, rng, np.float64)
        networks[name].fast = False
        for weight in networks[name].params.values():
            weight[...] += rng.normal(size=weight.shape) * 0.2  # biases too
    return networks


def _cases():
    rng, networks = np.random.default_rng(91), _networks()

    def case(name, label):
        network = networks[name]
        image = rng.uniform(0.1, 1, size=network.input_shape)
        chain = ", ".join(map(repr, network.layers))
        return Case(name, (network, image, label),
                    f"a network {chain}; image {image.shape}, label {label}")

    return [
        case("scores only", 2),
        case("scores only", 0),
        case("a hidden layer", 1),
        case("a hidden layer", 1),
        case("a hidden layer", 0),
        case("filters", 3),
        case("filters", 0),
        case("colours", 4),
        case("colours", 5),
    ]


def _nudged(case, output, index):
    """Show the pixel, and what the score says when it is nudged."""
    network, image, label = case.arguments
    h, w, k = index
    scores = []
    for step in (-STEP, STEP):
        nudged = image.copy()
        nudged[index] += step
        scores.append(float(network.forward(nudged[np.newaxis])[0, label]))
    below, above = scores
    text = (
        f"With this pixel {STEP:g} brighter the score of label {label} is {above:.8g}, with it "
        f"{STEP:g} darker {below:.8g}: a slope of {number((above - below) / (2 * STEP))}."
    )
    return Window(image[:, :, k], (h, w, 1, 1), f"image, channel {k}", text)


def _a_seven():
    from cnn_lab.models import trained

    return trained(), (digits.digit(0)[..., np.newaxis] / 255).astype(np.float32), 7


def _draw_saliency(gradient):
    from cnn_lab import plots

    most = f"{np.abs(gradient).max():.1f}"
    return plots.feature_maps(
        gradient,
        image=digits.digit(0) / 255,
        signed=True,
        titles=["gradient of the score for 7"],
        title="The slope of the score for 7, pixel by pixel",
        alt="A handwritten seven, and the gradient of its score for 7 with respect to every pixel:"
        f" up to {most} in size, reddest to the left of the stem, bluest to the right of its foot,"
        " and almost 0 along the border of the picture.",
    )


SALIENCY = Task(
    name="saliency",
    lesson="09",
    title="write `saliency(network, image, label)`",
    answer=saliency,
    cases=_cases,
    outputs=("gradient",),
    mistakes=MISTAKES,
    window=_nudged,
    showcase=Showcase(_a_seven, _draw_saliency),
)
