"""`blind_filter` of lesson 05: a filter with which a forgotten turn is never noticed."""

import numpy as np

from cnn_lab.checks.exercise import Question, Requirement


def _turned(blind):
    return np.asarray(blind)[::-1, ::-1]


def _is_blind(blind):
    return np.allclose(blind, _turned(blind))


def _no_other_symmetry(other):
    return lambda blind: np.shape(blind) != (3, 3) or _is_blind(blind) or not np.allclose(
        blind, other(np.asarray(blind))
    )


def _how_many(blind):
    return len(np.unique(np.round(np.asarray(blind, dtype=float), 9)))


def _too_few(blind):
    if not _is_blind(blind):
        return "This counts once the filter is blind."
    return (
        f"Blind indeed, but the number of different entries is {_how_many(blind)}, and there can"
        " be more. Which entries have a partner, and which pairs are free to differ?"
    )


def _unequal_pair(blind):
    row, column = np.argwhere(~np.isclose(blind, _turned(blind)))[0]
    blind = np.asarray(blind)
    return (
        f"This filter would notice. Turning brings [{2 - row}, {2 - column}] to the place of"
        f" [{row}, {column}]: they are {blind[2 - row, 2 - column]:g} and {blind[row, column]:g}."
    )


def _draw_blind(blind):
    from cnn_lab import plots

    return plots.numbers(
        [blind, _turned(blind)], titles=["blind", "turned"], roles=["filter"] * 2, between=["->"],
        title="Turned by 180 degrees your filter looks the same",
    )


MIRROR = (
    "Your filter looks the same in a mirror, but turning by 180 degrees exchanges rows and columns"
    " alike: the first row becomes the last, read backwards."
)
BLIND = Question(
    name="blind_filter",
    lesson="05",
    title="find a filter that hides a mistake",
    right=([[1, 2, 3], [4, 5, 4], [3, 2, 1]],),
    requirements=(
        Requirement(
            "3 by 3",
            lambda blind: np.shape(blind) == (3, 3) and np.isfinite(np.sum(blind)),
            lambda blind: f"`blind` should be 3 by 3 numbers, yours has shape {np.shape(blind)}.",
            ([1, 2, 3, 2, 1],),
        ),
        Requirement(
            "turned is the same",
            _no_other_symmetry(np.fliplr),
            MIRROR,
            ([[1, 2, 1], [3, 4, 3], [5, 6, 5]],),
        ),
        Requirement(
            "turned is the same",
            _no_other_symmetry(np.flipud),
            MIRROR,
            ([[1, 2, 3], [4, 5, 6], [1, 2, 3]],),
        ),
        Requirement(
            "turned is the same",
            _no_other_symmetry(np.transpose),
            "Your filter is the same on both sides of its diagonal: that is exchanging rows and"
            " columns, not turning. Follow one corner as you turn by 180 degrees.",
            ([[1, 2, 3], [2, 4, 5], [3, 5, 6]],),
        ),
        Requirement(
            "turned is the same", _is_blind, _unequal_pair, ([[1, 2, 3], [4, 5, 6], [7, 8, 9]],)
        ),
        Requirement(
            "as many numbers as possible",
            lambda blind: _how_many(blind) == 5,
            _too_few,
            ([[1, 2, 1], [2, 3, 2], [1, 2, 1]],),
        ),
    ),
    praise="A test needs a filter that looks different upside down.",
    draw=_draw_blind,
)
