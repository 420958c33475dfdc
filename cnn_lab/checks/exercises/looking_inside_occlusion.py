"""`occlusion_map` of lesson 09: cover a picture square by square, and ask again."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.looking_inside_occlusion_mistakes import KNOWN

MIDDLE = np.s_[4:26, 5:23]  # the rows and columns of a digit that the showcase covers


def occlusion_map(probability, image, size):
    """Return by how much the probability falls when the square at each place is set to 0."""
    n_H, n_W = image.shape
    clear = probability(image)
    falls = np.zeros((n_H - size + 1, n_W - size + 1))
    for h in range(n_H - size + 1):
        for w in range(n_W - size + 1):
            covered = image.copy()
            covered[h : h + size, w : w + size] = 0
            falls[h, w] = clear - probability(covered)
    return falls


def _judge(rng, shape):
    """Return a function that finds a probability for pictures of one shape."""
    weights, bias = rng.normal(size=shape), rng.normal()

    def probability(picture):
        return float(1 / (1 + np.exp(-np.sum(weights * picture) - bias)))

    return probability


def _weigher(rng, shape):
    """Return a function of which a square may take away more than 1, as no probability does."""
    weights = rng.uniform(-5, 9, size=shape)
    return lambda picture: float(np.sum(weights * picture))


def _cases():
    rng = np.random.default_rng(92)

    def case(part, shape, size, image=None, judge=_judge):
        image = rng.uniform(0.2, 1, size=shape) if image is None else image
        return Case(part, (judge(rng, shape), image, size),
                    f"image {shape}, size {size}")

    dim = np.round(rng.uniform(0.1, 1, size=(5, 4)), 1)
    dim[1:3, 2:] = 0
    return [
        case("one pixel", (2, 3), 1),
        case("a square", (3, 4), 2),
        case("a square", (6, 5), 2),
        case("a larger square", (5, 7), 3),
        case("a larger square", (8, 5), 4),
        case("as high as the picture", (3, 6), 3),
        case("black pixels", (5, 4), 2, dim),
        case("whole numbers", (4, 6), 3, rng.integers(0, 3, (4, 6))),
        case("any function", (4, 5), 2, judge=_weigher),
    ]


def _square(case, output, index):
    """Show the square, and the two probabilities."""
    probability, image, size = case.arguments
    h, w = index
    covered = image.copy()
    covered[h : h + size, w : w + size] = 0
    before, after = probability(image), probability(covered)
    verb = "falls" if before >= after else "rises"
    text = (
        f"With this square black the probability is {number(after)}, with nothing covered "
        f"{number(before)}: it {verb} by {number(abs(before - after))}."
    )
    return Window(image, (h, w, size, size), "image", text)


def _a_digit():
    """Return a judge of the middle of a picture, and the middle of a test digit."""
    from cnn_lab.models import trained

    network, whole = trained(), digits.digit(4) / 255

    def probability(middle):
        picture = whole.copy()
        picture[MIDDLE] = middle
        scores = network.forward(picture[np.newaxis])[0]
        exponentials = np.exp(scores - scores.max())
        return float(exponentials[4] / exponentials.sum())

    return probability, whole[MIDDLE], 5


def _draw_falls(falls):
    from cnn_lab import plots

    h, w = np.unravel_index(np.argmax(falls), falls.shape)
    rows, columns = MIDDLE
    hidden = digits.digit(4)[MIDDLE] / 255
    hidden[h : h + 5, w : w + 5] = 0
    return plots.feature_maps(
        falls[:, :, np.newaxis],
        image=hidden,
        signed=True,
        titles=["fall of the probability of 4"],
        title="The middle of a four: without this one square the network sees no four",
        alt="The middle of a handwritten four, its rows 4 to 25 and columns 5 to 22, with the one "
        "square black that matters most; its upper left pixel is in row "
        f"{h + rows.start} and column {w + columns.start} of the whole picture. Beside it a map "
        "of how much the probability of a 4 falls for a square at every place: up to "
        f"{falls.max():.2f} there, almost 0 at most others.",
    )


OCCLUSION = Task(
    name="occlusion",
    lesson="09",
    title="write `occlusion_map`",
    answer=occlusion_map,
    cases=_cases,
    outputs=("falls",),
    mistakes=KNOWN,
    window=_square,
    showcase=Showcase(_a_digit, _draw_falls),
)
