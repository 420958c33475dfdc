"""`occlusion_map` of lesson 09: cover a picture square by square, and ask again."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


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


def _centred(probability, image, size):
    """Cover the square around each pixel, cut off at the border."""
    n_H, n_W = image.shape
    falls = np.zeros((n_H, n_W))
    before = size // 2
    for h in range(n_H):
        for w in range(n_W):
            covered = image.copy()
            rows = slice(max(h - before, 0), h - before + size)
            covered[rows, max(w - before, 0) : w - before + size] = 0
            falls[h, w] = probability(image) - probability(covered)
    return falls


def _one_by_one(probability, image, size):
    """Cover each square beside the one before, without overlap."""
    n_H, n_W = image.shape
    falls = np.zeros((n_H // size, n_W // size))
    for h, w in np.ndindex(falls.shape):
        covered = image.copy()
        covered[h * size : (h + 1) * size, w * size : (w + 1) * size] = 0
        falls[h, w] = probability(image) - probability(covered)
    return falls


def _only_the_square(probability, image, size):
    falls = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for h, w in np.ndindex(falls.shape):
        kept = np.zeros(image.shape)
        kept[h : h + size, w : w + size] = image[h : h + size, w : w + size]
        falls[h, w] = probability(image) - probability(kept)
    return falls


COVERED = "covered[h : h + size, w : w + size] = 0"
FALL = "clear - probability(covered)"

MISTAKES = (
    Mistake(
        "squares pile up",
        "The squares of earlier places are still there when you come to the next one. What does "
        "each place need to begin with?",
        {"image.copy()": "image"},
    ),
    Mistake(
        "sign turned",
        "All signs are turned: where the probability falls, the fall is positive.",
        {FALL: "probability(covered) - clear"},
    ),
    Mistake(
        "probability instead of fall",
        "You return the probability that is left. Asked for is by how much it has fallen.",
        {FALL: "probability(covered)"},
    ),
    Mistake(
        "size of the fall only",
        "Your falls are never negative. Covering something up may also make the judge surer.",
        {FALL: f"abs({FALL})"},
    ),
    Mistake(
        "rises cut off",
        "Where the probability rises your fall is 0. It may well be negative.",
        {FALL: f"max({FALL}, 0)"},
    ),
    Mistake(
        "relative fall",
        "You divide by the probability of the clear picture. Asked for is the difference.",
        {FALL: f"({FALL}) / clear"},
    ),
    Mistake(
        "one pixel covered",
        "You cover a single pixel, whatever `size` says. How many rows and columns has the square?",
        {COVERED: "covered[h, w] = 0"},
    ),
    Mistake(
        "square too large",
        "Your square has a row and a column too many: a slice ends before its second number.",
        {COVERED: "covered[h : h + size + 1, w : w + size + 1] = 0"},
    ),
    Mistake(
        "square too small",
        "Your square lacks a row and a column: a slice ends before its second number.",
        {COVERED: "covered[h : h + size - 1, w : w + size - 1] = 0"},
    ),
    Mistake(
        "slice without beginning added",
        "Your square ends at `size`, wherever it begins. Where does a square end that begins at "
        "row h?",
        {COVERED: "covered[h:size, w:size] = 0"},
    ),
    Mistake(
        "whole rows covered",
        "You cover whole rows: your numbers do not depend on the column.",
        {COVERED: "covered[h : h + size] = 0"},
    ),
    Mistake(
        "rows and columns exchanged",
        "Your square lies at the mirrored place: which of h and w counts the rows?",
        {COVERED: "covered[w : w + size, h : h + size] = 0"},
    ),
    Mistake(
        "painted white",
        "You paint the square with 1. Which value has a black pixel?",
        {COVERED: "covered[h : h + size, w : w + size] = 1"},
    ),
    Mistake(
        "painted half bright",
        "You paint the square with 0.5. That is grey: which value has a black pixel?",
        {COVERED: "covered[h : h + size, w : w + size] = 1 / 2"},
    ),
    Mistake(
        "painted with the mean",
        "You paint the square with the mean of the picture. Here it is to be black.",
        {COVERED: "covered[h : h + size, w : w + size] = image.mean()"},
    ),
    Mistake(
        "everything else covered",
        "You cover everything but the square. What is to be left is the rest of the picture.",
        _only_the_square,
    ),
    Mistake(
        "last places missing",
        "Your map lacks its last row and column. How many places has a square of 2 in a row of 3?",
        {"np.zeros((n_H - size + 1, n_W - size + 1))": "np.zeros((n_H - size, n_W - size))",
         "range(n_H - size + 1)": "range(n_H - size)",
         "range(n_W - size + 1)": "range(n_W - size)"},
    ),
    Mistake(
        "last places left at zero",
        "The last row and column of your map are 0: how far do your loops go?",
        {"range(n_H - size + 1)": "range(n_H - size)",
         "range(n_W - size + 1)": "range(n_W - size)"},
    ),
    Mistake(
        "squares over the border",
        "Your map is as large as the picture: some of its squares reach over the border. Take the "
        "places only where the whole square fits.",
        {"np.zeros((n_H - size + 1, n_W - size + 1))": "np.zeros((n_H, n_W))",
         "range(n_H - size + 1)": "range(n_H)",
         "range(n_W - size + 1)": "range(n_W)"},
    ),
    Mistake(
        "squares centred",
        "Your squares lie around each pixel and are cut off at the border. Entry (h, w) belongs to "
        "the square whose upper left pixel is (h, w), where it fits.",
        _centred,
    ),
    Mistake(
        "squares side by side",
        "Your squares do not overlap. Move on by one pixel from place to place.",
        _one_by_one,
    ),
)


def _judge(rng, shape):
    """Return a function that finds a probability for pictures of one shape."""
    weights, bias = rng.normal(size=shape), rng.normal()

    def probability(picture):
        return float(1 / (1 + np.exp(-np.sum(weights * picture) - bias)))

    return probability


def _cases():
    rng = np.random.default_rng(92)

    def case(part, shape, size, image=None):
        image = rng.uniform(0.2, 1, size=shape) if image is None else image
        return Case(part, (_judge(rng, shape), image, size),
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
    rows, columns = slice(4, 26), slice(5, 23)

    def probability(middle):
        picture = whole.copy()
        picture[rows, columns] = middle
        scores = network.forward(picture[np.newaxis])[0]
        exponentials = np.exp(scores - scores.max())
        return float(exponentials[4] / exponentials.sum())

    return probability, whole[rows, columns], 5


def _draw_falls(falls):
    from cnn_lab import plots

    h, w = np.unravel_index(np.argmax(falls), falls.shape)
    middle = (digits.digit(4) / 255)[4:26, 5:23]
    hidden = middle.copy()
    hidden[h : h + 5, w : w + 5] = 0
    return plots.feature_maps(
        falls[:, :, np.newaxis],
        image=hidden,
        signed=True,
        titles=["fall of the probability of 4"],
        title="Without this one square the network sees no four",
        alt="A handwritten four with the one square black that matters most, with its upper left "
        f"pixel in row {h} and column {w}, and a map of how much the probability of a 4 falls for "
        f"a square at every place: up to {falls.max():.2f} there, almost 0 at most others.",
    )


OCCLUSION = Task(
    name="occlusion",
    lesson="09",
    title="write `occlusion_map(probability, image, size)`",
    answer=occlusion_map,
    cases=_cases,
    outputs=("falls",),
    mistakes=MISTAKES,
    window=_square,
    showcase=Showcase(_a_digit, _draw_falls),
)
