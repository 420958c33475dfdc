"""Lesson 03, the exercises that ask for values: two predicted rows, and a bank of four filters."""

import numpy as np

from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Question, Requirement

# ---- predict two rows ----

FIRST_ROWS = np.array([[0, -1, 1], [2, 1, 1]])
ROWS_OF_THE_N = np.array([[1, 1, -2], [-1, -1, 0]])


def _shape(values):
    """Return the shape, () for lists that are no array."""
    try:
        return np.shape(values)
    except ValueError:
        return ()


def _row(prediction, n):
    return np.asarray(prediction[n], dtype=float)


def _stops_to_mend(n, name):
    """Return a hint that counts the wrong numbers of row `n`."""

    def hint(prediction):
        stops = np.flatnonzero(_row(prediction, n) != FIRST_ROWS[n]) + 1
        places = " and ".join(map(str, stops))
        return f"{name}: add up once more what the filter sees at stop {places} of the top row."

    return hint


predict_feature_maps = Question(
    "predict_feature_maps",
    lesson="03",
    title="predict two rows",
    right=([[0, -1, 1], [2, 1, 1]],),
    requirements=(
        Requirement(
            "two rows of three",
            lambda p: _shape(p) != (2, 3, 3),
            "These are whole feature maps. Only the first row of each is asked for.",
            wrong=([[[0, -1, 1], [-1, 0, 1], [-1, 1, 0]], [[2, 1, 1], [-1, 0, 0], [-1, -1, -2]]],),
        ),
        Requirement(
            "two rows of three",
            lambda p: _shape(p) == (2, 3),
            "Two lists of three numbers are wanted: a list for each filter, a number for each place"
            " at which a window of two columns fits into four.",
            wrong=(([[0, -1, 1, 1], [2, 1, 1, 2]],), ([0, -1, 1],), ([[0, -1], [2, 1, 1]],), (5,)),
        ),
        Requirement(
            "order and letter",
            lambda p: not any(np.array_equal(_row(p, n), ROWS_OF_THE_N[n]) for n in (0, 1)),
            "This is what the filters answer to the letter N. Now the letter Z comes in.",
            wrong=([[1, 1, -2], [-1, -1, 0]],),
        ),
        Requirement(
            "order and letter",
            lambda p: not np.array_equal(np.asarray(p, float), FIRST_ROWS[::-1]),
            "You have found both rows. But which filter comes first?",
            wrong=([[2, 1, 1], [0, -1, 1]],),
        ),
        Requirement(
            "left minus right",
            lambda p: not np.array_equal(_row(p, 0), -FIRST_ROWS[0]),
            "Left minus right: all signs are turned. Which column of the window is subtracted?",
            wrong=(([[0, 1, -1], [2, 1, 1]],), ([[0, 1, -1], [-2, -1, -1]],)),
        ),
        Requirement(
            "left minus right",
            lambda p: np.array_equal(_row(p, 0), FIRST_ROWS[0]),
            _stops_to_mend(0, "Left minus right"),
            wrong=(([[0, -1, 2], [2, 1, 1]],), ([[0, 0, 0], [0, 0, 0]],)),
        ),
        Requirement(
            "top minus bottom",
            lambda p: not np.array_equal(_row(p, 1), -FIRST_ROWS[1]),
            "Top minus bottom: all signs are turned. Which row of the window is subtracted?",
            wrong=([[0, -1, 1], [-2, -1, -1]],),
        ),
        Requirement(
            "top minus bottom",
            lambda p: np.array_equal(_row(p, 1), FIRST_ROWS[1]),
            _stops_to_mend(1, "Top minus bottom"),
            wrong=(([[0, -1, 1], [2, 2, 1]],), ([[0, -1, 1], [0, -1, 1]],)),
        ),
    ),
    praise="Top minus bottom answers 2 to the bar of the Z, and never more than 1 to the N.",
)

# ---- my_filters ----

PATTERNS = ["001 001 001", "111 000 000", "011 001 000", "110 100 000"]
FOUND = np.array([[list(row) for row in text.split()] for text in PATTERNS], dtype=float)
RING = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]  # clockwise


def _bank(*turns):
    """Return Sobel filters of shape (3, 3, 1, n), turned by so many places of the ring."""
    filters = np.zeros((3, 3, 1, len(turns)))
    for c, turn in enumerate(turns):
        for place, weight in zip(RING, np.roll([-1, 0, 1, 2, 1, 0, -1, -2], turn), strict=True):
            filters[(*place, 0, c)] = weight
    return filters


def _stacked_first(bank):
    """Return the bank as `np.stack` without an axis, then `reshape`, shuffles it."""
    return np.moveaxis(bank, 3, 0).reshape(3, 3, 1, 4)


def _level(bank):
    """Return the bank with weights of -1, 0 and 1 only in its first two filters."""
    return np.concatenate([np.sign(bank[..., :2]), bank[..., 2:]], axis=-1)


def _answers(bank):
    """Return what filter c says to pattern p, sign ignored, at [p, c]."""
    return np.abs(np.einsum("puv,uvc->pc", FOUND, np.asarray(bank, dtype=float)[:, :, 0, :]))


def _flat_sums(bank):
    return np.sum(np.asarray(bank, dtype=float), axis=(0, 1, 2))


def _mixed(bank):
    """Tell whether the bank was stacked along its first axes, and its weights shuffled so."""
    bank = np.asarray(bank, dtype=float)
    if np.allclose(_flat_sums(bank), 0) and all(_wins(c)(bank) for c in range(4)):
        return False
    stacked = [np.moveaxis(bank.reshape(4, 3, 3), 0, -1), bank.reshape(3, 4, 3).swapaxes(1, 2)]
    banks = [each[:, :, np.newaxis] for each in stacked if bank.any()]
    return any(np.allclose(_flat_sums(each), 0) for each in banks)


def _wins(c):
    return lambda bank: _answers(bank)[c, c] > np.max(np.delete(_answers(bank)[c], c))


def _rival(c):
    """Return a hint that names the filter that answers more strongly than `c` to its pattern."""

    def hint(bank):
        answers = _answers(bank)[c]
        rival = int(np.argmax(np.where(np.arange(4) == c, -1, answers)))
        pattern = PATTERNS[c].replace(" ", "/")
        if np.isclose(answers[rival], answers[c]):
            return (
                f"A tie: to pattern {c}, {pattern}, filter {c} and filter {rival} both answer"
                f" {answers[c]:.4g}, and filter {c} should answer more strongly. The weights that"
                f" meet the ones of the pattern add up to this: how large are those of filter {c}?"
            )
        return (
            f"To its pattern {pattern} filter {c} answers {answers[c]:.4g}, filter {rival}"
            f" {answers[rival]:.4g}: do the positive weights of filter {c} lie where its pattern is"
            f" bright, and are they as large as those of filter {rival}?"
        )

    return hint


def _loudest(bank):
    return np.sum(np.abs(np.asarray(bank, dtype=float)), axis=(0, 1, 2))


def _equally_large(bank):
    size = _loudest(bank)
    return np.max(size) < 2 * np.min(size) or np.all([_wins(c)(bank) for c in range(4)])


def _given(bank):
    """Return a function that returns the bank, as `my_filters` does."""
    return lambda: bank


def _draw_bank(bank):
    from cnn_lab import plots
    from cnn_lab.convolution import conv2d

    bank = np.asarray(bank, dtype=float)
    maps = conv2d(digit(4).reshape(1, 28, 28, 1), bank)[0]
    strongest = np.abs(maps).max(axis=(0, 1)).round().astype(int).tolist()
    return plots.feature_maps(
        maps,
        image=digit(4),
        titles=["0, vertical", "1, horizontal", "2, upper right", "3, upper left"],
        signed=True,
        title="Four filters, four questions to the same 4",
        alt="A handwritten 4 and four signed maps of 26 by 26. Their strongest answers, sign"
        f" ignored: {strongest}.",
    )


my_filters = Question(
    "my_filters",
    lesson="03",
    title="explore four filters of your own",
    right=(_given(_bank(0, -2, -1, -3)),),
    requirements=(
        Requirement(
            "shape",
            lambda bank: _shape(bank) != (4, 3, 3, 1),
            "Your filters are counted by the first axis. Which axis of W counts them?",
            wrong=(_given(np.moveaxis(_bank(0, -2, -1, -3), 3, 0)),),
        ),
        Requirement(
            "shape",
            lambda bank: _shape(bank) not in [(4, 3, 3), (3, 3, 4)],
            "Your array has three axes only: where is the one for the input channel?",
            wrong=(_given(_bank(0, -2, -1, -3)[:, :, 0]),),
        ),
        Requirement(
            "shape",
            lambda bank: _shape(bank) == (3, 3, 1, 4),
            lambda bank: f"The shape should be (3, 3, 1, 4), yours is {_shape(bank)}.",
            wrong=(_given(_bank(0, -2)),),
        ),
        Requirement(
            "shape",
            lambda bank: not _mixed(bank),
            "Your four filters look shuffled: the shape is right, but the weights of one filter are"
            " spread over all four. np.stack puts the axis that counts the filters first, unless"
            " you tell it which place it should take: W has it last.",
            wrong=((_given(_stacked_first(_bank(0, -2, -1, -3))),),),
        ),
        Requirement(
            "flat areas",
            lambda bank: np.allclose(_flat_sums(bank), 0, atol=1e-6),
            lambda bank: (
                "The nine weights of each filter must add up to 0, so that it answers 0 to a flat"
                f" area; yours add up to {np.round(_flat_sums(bank), 4).tolist()}."
            ),
            wrong=(_given(_bank(0, -2, -1, -3) + 0.1),),
        ),
        Requirement(
            "equally large",
            lambda bank: np.min(_loudest(bank)) > 0,
            "One of your filters holds nothing but zeros: it answers 0 to every pattern.",
            wrong=(_given(_bank(0, -2, -1, -3) * [1.0, 1.0, 0.0, 1.0]),),
        ),
        Requirement(
            "equally large",
            _equally_large,
            lambda bank: (
                f"The sizes of your weights add up to {np.round(_loudest(bank), 2).tolist()}: the"
                " loudest filter wins everywhere. Bring the four to about the same."
            ),
            wrong=(_given(_bank(0, -2, -1, -3) * [10.0, 1.0, 1.0, 1.0]),),
        ),
        Requirement(
            "vertical edge",
            _wins(0),
            _rival(0),
            wrong=((_given(_bank(-2, 0, -1, -3)),), (_given(_level(_bank(0, -2, -1, -3))),)),
        ),
        Requirement("horizontal edge", _wins(1), _rival(1), wrong=(_given(_bank(0, -1, -2, -3)),)),
        Requirement(
            "upper right corner",
            _wins(2),
            _rival(2),
            wrong=(_given(_bank(0, -2, -3, -1)),),
        ),
        Requirement(
            "upper left corner",
            _wins(3),
            _rival(3),
            wrong=(_given(_bank(0, -2, -1, -3) * [1.0, 1.0, 1.0, 0.7]),),
        ),
    ),
    call=True,
    praise="Each of the four patterns is answered most strongly by its own filter.",
    draw=_draw_bank,
)
