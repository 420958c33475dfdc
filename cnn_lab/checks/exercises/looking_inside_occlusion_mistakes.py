"""Known mistakes in `occlusion_map`: edits of the answer, and whole functions."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake


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


def _by_itself(probability, image, size):
    left = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for h, w in np.ndindex(left.shape):
        square = np.s_[h : h + size, w : w + size]
        kept = np.zeros(image.shape)
        kept[square] = image[square]
        left[h, w] = probability(kept)
    return left


COVERED = "covered[h : h + size, w : w + size] = 0"
FALL = "clear - probability(covered)"
FALLS = f"falls[h, w] = {FALL}"
RESULT = "return falls"
ROOM = "np.zeros((n_H - size + 1, n_W - size + 1))"
DOWN, ACROSS = "range(n_H - size + 1)", "range(n_W - size + 1)"
COPY_INSIDE = f"        for w in {ACROSS}:\n            covered = image.copy()\n"
FROM_H, FROM_W = "max(h - size // 2, 0)", "max(w - size // 2, 0)"

_FALLS = (
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
        "squares of a row pile up",
        "The squares of a row pile up: you begin anew with each row. What does each place need to "
        "begin with?",
        {COPY_INSIDE: "        covered = image.copy()\n        for w in range(n_W - size + 1):\n"},
    ),
    Mistake(
        "compared with the place before",
        "You compare with the probability at the place before. The fall counts from the clear "
        "picture, at every place.",
        {FALLS: "left = probability(covered); falls[h, w], clear = clear - left, left"},
    ),
    Mistake(
        "what each square adds to those before",
        "Your squares pile up, and you compare with the probability at the place before. Each "
        "place begins with the clear picture, and is compared with it.",
        {
            "image.copy()": "image",
            FALLS: "left = probability(covered); falls[h, w], clear = clear - left, left",
        },
    ),
    Mistake(
        "ratio",
        "You divide the probability that is left by that of the clear picture. Asked for is the "
        "difference.",
        {FALL: "probability(covered) / clear"},
    ),
    Mistake(
        "no probability asked for",
        "You add up the pixels below the square: that is the answer for `np.sum`. Which function "
        "is passed in, and on which pictures?",
        {FALL: "image[h : h + size, w : w + size].sum()"},
    ),
    Mistake(
        "cut to whole numbers",
        "Your falls are cut to whole numbers: most of them are fractions.",
        {RESULT: "return falls.astype(int)"},
    ),
    Mistake(
        "kind of number of the picture",
        "Where the picture holds whole numbers your falls are cut to whole numbers as well: of "
        "which type is the array that you fill?",
        {ROOM: f"{ROOM[:-1]}, image.dtype)"},
    ),
)

_SQUARES = (
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
        "nothing covered",
        "All your falls are 0: you ask about a picture in which nothing has been covered.",
        {COVERED: "covered[h : h + size, w : w + size]"},
    ),
    Mistake(
        "two pairs of brackets",
        "Two pairs of brackets, one after the other, both choose rows. Which pixels do you cover?",
        {COVERED: "covered[h : h + size][w : w + size] = 0"},
    ),
    Mistake(
        "square around the place",
        "Your squares lie around (h, w), cut off at the border: (h, w) is to be their upper left "
        "pixel.",
        {COVERED: f"covered[{FROM_H} : h - size // 2 + size, {FROM_W} : w - size // 2 + size] = 0"},
    ),
    Mistake(
        "odd square around the place",
        "Your squares reach equally far to both sides of (h, w), so that their size is odd. (h, "
        "w) is to be their upper left pixel.",
        {COVERED: f"covered[{FROM_H} : h + size // 2 + 1, {FROM_W} : w + size // 2 + 1] = 0"},
    ),
    Mistake(
        "square from a negative place",
        "Your squares lie around (h, w), and in the first rows and columns they begin at a "
        "negative number, which counts from the end. (h, w) is to be their upper left pixel.",
        {
            COVERED: "covered[h - size // 2 : h - size // 2 + size,"
            " w - size // 2 : w - size // 2 + size] = 0"
        },
    ),
    Mistake(
        "the square alone asked about",
        "You ask for the probability of the square alone, on black. Asked for is what is lost "
        "without it.",
        _by_itself,
    ),
)

_PLACES = (
    Mistake(
        "last places missing",
        "Your map lacks its last row and column. How many places has a square of 2 in a row of 3?",
        {ROOM: "np.zeros((n_H - size, n_W - size))",
         DOWN: "range(n_H - size)",
         ACROSS: "range(n_W - size)"},
    ),
    Mistake(
        "last places left at zero",
        "The last row and column of your map are 0: how far do your loops go?",
        {DOWN: "range(n_H - size)",
         ACROSS: "range(n_W - size)"},
    ),
    Mistake(
        "squares over the border",
        "Your map is as large as the picture: some of its squares reach over the border. Take the "
        "places only where the whole square fits.",
        {ROOM: "np.zeros((n_H, n_W))",
         DOWN: "range(n_H)",
         ACROSS: "range(n_W)"},
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
    Mistake(
        "zeros between the places",
        "Your map stays 0 between some places: move on by one pixel, not by the size of the "
        "square.",
        {DOWN: "range(0, n_H - size + 1, size)", ACROSS: "range(0, n_W - size + 1, size)"},
    ),
    Mistake(
        "as many columns as rows",
        "Your map has as many columns as rows. A picture may be wider than high.",
        {ROOM: "np.zeros((n_H - size + 1, n_H - size + 1))", ACROSS: "range(n_H - size + 1)"},
    ),
)

_RESULTS = (
    Mistake(
        "map on its side",
        "Your map lies on its side: its rows belong to the rows of the picture.",
        {RESULT: "return falls.T"},
    ),
    Mistake(
        "one long row",
        "You return the falls in one long row. The map has a row for each row of places.",
        {RESULT: "return falls.ravel()"},
    ),
    Mistake(
        "lists",
        "You return lists in a list: make an array of them at the end.",
        {RESULT: "return falls.tolist()"},
    ),
)

KNOWN = (*_FALLS, *_SQUARES, *_PLACES, *_RESULTS)
