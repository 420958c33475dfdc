"""Lesson 01: the place where a filter answers most."""

import numpy as np

from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.bend import fair_filter, nought
from cnn_lab.checks.mistakes import Mistake


def best_place(image, W):
    """Return the top left corner of the window that answers most."""
    f_H, f_W = W.shape
    best, place = -np.inf, None
    for h in range(image.shape[0] - f_H + 1):
        for w in range(image.shape[1] - f_W + 1):
            answer = np.sum(image[h : h + f_H, w : w + f_W] * W)
            if answer > best:
                best, place = answer, (h, w)
    return place


def _one_step(window, W):
    """Refuse another shape, as ``reference.conv_single_step`` does."""
    if window.shape != W.shape:
        raise ValueError("the shapes differ")
    return np.sum(window * W)


def _place_as_array(image, W):
    return np.array(best_place(image, W))


def _column_after_column(image, W):
    h, w = best_place(image.T, W.T)
    return w, h


def _number_of_the_place(image, W):
    h, w = best_place(image, W)
    return h * (image.shape[1] - W.shape[1] + 1) + w


def _best_place_cases():
    rng = np.random.default_rng(103)
    letter = np.array([[1, 0, 0, 1], [1, 1, 0, 1], [1, 0, 1, 1], [1, 0, 0, 1]])
    left_minus_right, top_minus_bottom = np.array([[1, -1], [1, -1]]), np.array([[1, 1], [-1, -1]])
    wide, tall = rng.normal(size=(5, 8)), rng.normal(size=(9, 6))
    bright, dark = rng.integers(1, 9, size=(6, 7)), np.full((4, 6), -9.0)
    bright[1:3, 4:7] = 9
    dark[2:, 3:] = -1.0
    corner = np.zeros((5, 7))
    corner[3:, 4:] = [[1, 4, 2], [3, 5, 6]]
    low, uneven = np.zeros((4, 6)), np.array([[1, 2], [3, 1]])
    low[3, 3:5] = 5, 4
    return [
        Case("the N", (letter, left_minus_right), "the N and filter 1"),
        Case("picture not square", (low, uneven), "4 by 6 pixels, 2 of them bright"),
        Case("filter not square", (wide, rng.normal(size=(2, 3)))),
        Case("filter not square", (tall, rng.normal(size=(4, 2)))),
        Case("filter not square", (bright, rng.integers(-4, 3, size=(2, 3)))),
        Case("as large as the picture", (wide[:3, :4], rng.normal(size=(3, 4)))),
        Case("last row and column", (corner, corner[3:, 4:]), "the filter itself at the end"),
        Case("negative answers", (dark, np.ones((2, 3))), "a picture of −9, with −1 at the end"),
        Case("equal answers", (letter, top_minus_bottom), "the N and filter 2"),
        Case("equal answers", (np.array([[0, 1], [1, 0]]), np.ones((1, 1))), "[[0, 1], [1, 0]]"),
    ]


def _best_place_window(case, output, index):
    image, W = case.arguments
    h, w = best_place(image, W)
    f_H, f_W = W.shape
    answer = np.sum(image[h : h + f_H, w : w + f_W] * W)
    return Window(
        picture=image,
        frame=(h, w, f_H, f_W),
        title="image",
        text=f"the largest answer is {answer:.4g}; its window begins at row {h}, column {w}",
    )


BEST_PLACE_MISTAKES = (
    Mistake(
        "last places forgotten",
        "The last row of places, or the last column, or both are never tried. How many places are "
        "there along an axis: n − f, or one more?",
        {"- f_H + 1": "- f_H", "- f_W + 1": "- f_W"},
    ),
    Mistake(
        "last row of places forgotten",
        "You never try the last row of places: your loop over the rows stops one place too early.",
        {"- f_H + 1": "- f_H"},
    ),
    Mistake(
        "last column of places forgotten",
        "You never try the last column of places: your loop over the columns stops one place too "
        "early.",
        {"- f_W + 1": "- f_W"},
    ),
    Mistake(
        "windows over the edge",
        "Your windows run over the edge of the picture, where they are smaller than the filter. "
        "Where may the last one begin?",
        {"[0] - f_H + 1": "[0]", "[1] - f_W + 1": "[1]"},
    ),
    Mistake(
        "windows over the edge refused",
        "Your last windows run over the edge of the picture: they are smaller than the filter, and "
        "that is refused. Where may the last one begin?",
        {
            "[0] - f_H + 1": "[0]",
            "[1] - f_W + 1": "[1]",
            "np.sum(image[h : h + f_H, w : w + f_W] * W)":
                "_one_step(image[h : h + f_H, w : w + f_W], W)",
        },
    ),
    Mistake(
        "column before row",
        "Row and column are the wrong way round in what you return.",
        {"(h, w)": "(w, h)"},
    ),
    Mistake(
        "start from 0",
        "You find no place where all answers are negative. With what do you compare the first "
        "answer?",
        {"-np.inf, None": "0, None"},
    ),
    Mistake(
        "start from 0 at the corner",
        "You stay in the corner where all answers are negative. With what do you compare the "
        "first answer?",
        {"-np.inf, None": "0, (0, 0)"},
    ),
    Mistake(
        "last of equal answers",
        "Of several equal answers you return the last one. Should an equal answer replace the "
        "best so far?",
        {"answer > best": "answer >= best"},
    ),
    Mistake(
        "column after column",
        "Of several equal answers you take the first column by column. Reading order finishes a "
        "row first: which loop is the outer one?",
        _column_after_column,
    ),
    Mistake(
        "best answer not kept",
        "You always end up at the last place: do you remember the best answer, not only its place?",
        {"best, place = answer, (h, w)": "place = (h, w)"},
    ),
    Mistake(
        "smallest answer",
        "You return the place of the smallest answer. Which way round is the comparison?",
        {"answer = np.sum": "answer = -np.sum"},
    ),
    Mistake(
        "sign dropped",
        "You compare sizes without their signs. A large negative answer means the opposite "
        "pattern, not this one.",
        {"if answer > best:": "answer = abs(answer)\n            if answer > best:"},
    ),
    Mistake(
        "brightest window",
        "You return the brightest window. Where do the weights come in?",
        {" * W)": ")"},
    ),
    Mistake(
        "filter turned",
        "Your filter is turned by half a turn: which weight meets the pixel at the upper left of "
        "a window?",
        {" * W)": " * W[::-1, ::-1])"},
    ),
    Mistake(
        "columns counted with the filter's rows",
        "The range of your columns is wrong where the filter is not square: which of f_H and f_W "
        "belongs there?",
        {"image.shape[1] - f_W": "image.shape[1] - f_H"},
    ),
    Mistake(
        "picture taken for a square",
        "Both your loops count as if the picture were square. How many rows and how many columns "
        "has it?",
        {"image.shape[1] - f_W": "image.shape[0] - f_W"},
    ),
    Mistake(
        "filter taken for a square",
        "You take one number for the filter's rows and columns, as if it were square. W and image "
        "have two sizes each.",
        {"f_H, f_W = W.shape": "f_H = f_W = W.shape[0]"},
    ),
    Mistake(
        "rows and columns of the picture exchanged",
        "Your loops go wrong where the picture is not square: which of its axes holds the rows?",
        {"[0] - f_H": "[1] - f_H", "[1] - f_W": "[0] - f_W"},
    ),
    Mistake(
        "steps of a whole filter",
        "You jump by a whole filter from window to window and miss the places in between.",
        {"- f_H + 1)": "- f_H + 1)[::f_H]", "- f_W + 1)": "- f_W + 1)[::f_W]"},
    ),
    Mistake(
        "middle of the window",
        "You return the middle of the window. The exercise asks for its top left corner.",
        {"(h, w)": "(h + f_H // 2, w + f_W // 2)"},
    ),
    Mistake(
        "counted from 1",
        "You count rows and columns from 1. The first row is row 0.",
        {"(h, w)": "(h + 1, w + 1)"},
    ),
    Mistake(
        "number of the place",
        "You return how many places come before the best one, a single number. Which row and "
        "which column is that?",
        _number_of_the_place,
    ),
    Mistake(
        "answer in place of its place",
        "You return the largest answer itself. Asked for is where its window lies.",
        {"return place": "return best"},
    ),
)


def _draw_best_place(place):
    from cnn_lab import plots

    row, column = (int(number) for number in place)
    spot = np.full((28, 28), 0.25)
    spot[row : row + 7, column : column + 7] = 1
    return plots.images(
        [nought(), nought() * spot],
        titles=["handwritten 0", "window found"],
        limits=(0, 255),
        title=f"Your function finds the bend at row {row}, column {column}",
        alt="A handwritten 0, and the same 0 darkened outside of the 7 by 7 window that "
        f"begins at row {row}, column {column}: its lower left bend stays bright.",
    )


best_place_task = Task(
    name="best_place",
    lesson="01",
    title="find the best place of a filter",
    answer=best_place,
    cases=_best_place_cases,
    outputs=("place",),
    mistakes=BEST_PLACE_MISTAKES,
    alternatives=(_place_as_array,),
    window=_best_place_window,
    showcase=Showcase(lambda: (nought(), fair_filter()), _draw_best_place),
)
