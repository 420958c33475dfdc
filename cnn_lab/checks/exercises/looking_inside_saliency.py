"""`saliency` of lesson 09: the gradient of one score with respect to the pixels."""

from copy import deepcopy

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.looking_inside_saliency_mistakes import KNOWN

STEP = 1e-5


def saliency(network, image, label):
    """Return the gradient of a label's score with respect to the pixels of one image."""
    scores = network.forward(image[np.newaxis])
    dscores = np.zeros(scores.shape)
    dscores[0, label] = 1
    return network.backward(dscores)[0]


def _networks():
    """Return small networks, without hidden layers, with one, and with filters."""
    from cnn_lab.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
    from cnn_lab.network import Sequential

    class Unused(Sequential):
        """A network of which every call gets a copy that has seen no picture yet."""

        for_one_call = deepcopy
        __hash__ = None

        def __eq__(self, other):
            pairs = zip(self.params.values(), other.params.values(), strict=True)
            return all(np.array_equal(mine, its) for mine, its in pairs)

    chains = {
        "scores only": ([Flatten(), Dense(4)], (2, 3, 1)),
        "a hidden layer": ([Flatten(), Dense(7), ReLU(), Dense(3)], (3, 4, 1)),
        "filters": ([Conv2D(2, (2, 3)), ReLU(), MaxPool2D((2, 1)), Flatten(), Dense(5)], (5, 7, 1)),
        "colours": ([Conv2D(4, (3, 2)), ReLU(), Flatten(), Dense(6)], (4, 5, 3)),
    }
    rng = np.random.default_rng(90)
    networks = {}
    for name, (layers, shape) in chains.items():
        networks[name] = Unused(layers, shape, rng, np.float64)
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
    network, (h, w, k), scores = network.for_one_call(), index, []
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
        title="The slope of the score for 7, pixel by pixel: on black do not trust it",
        alt="A handwritten seven, and the gradient of its score for 7 with respect to every pixel:"
        f" up to {most} in size, reddest to the left of the stem, bluest to the right of its foot,"
        " both on black pixels, and almost 0 along the border of the picture.",
    )


SALIENCY = Task(
    name="saliency",
    lesson="09",
    title="write `saliency`",
    answer=saliency,
    cases=_cases,
    outputs=("gradient",),
    mistakes=KNOWN,
    window=_nudged,
    showcase=Showcase(_a_seven, _draw_saliency),
)
