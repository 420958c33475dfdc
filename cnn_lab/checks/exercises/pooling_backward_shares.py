"""Lesson 06: average pooling shares a gradient out."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake
from cnn_lab.checks.varying import varied


def distribute_value(dz, shape):
    """Return a window in which everybody has an equal share of dz."""
    n_H, n_W = shape
    return np.full((n_H, n_W), dz / (n_H * n_W))


def _distribute_cases():
    return [
        Case("one window", (5.2, (2, 4))),
        Case("one window", (-3.7, (3, 2))),
        Case("one pixel", (2.3, (1, 1))),
        Case("one row", (0.9, (1, 5))),
        Case("input of whole numbers", (7, (2, 3))),
        Case("NumPy number", (np.float64(-1.3), (4, 3))),
    ]


def _other_values(case, rng):
    """Also change a dz that is a whole number."""
    dz, shape = varied(case, rng).arguments
    return Case(case.part, (dz + int(rng.integers(1, 6)) if isinstance(dz, int) else dz, shape))


_ROWS = "Right for square windows only: you take a window to be as wide as it is high."
_COLUMNS = "Right for square windows only: you take a window to be as high as it is wide."

DISTRIBUTE_VALUE = Task(
    name="distribute_value",
    lesson="",
    title="share one number out over a window",
    answer=distribute_value,
    cases=_distribute_cases,
    vary=_other_values,
    outputs=("shares",),
    mistakes=(
        Mistake(
            "not divided",
            "Every pixel of your window gets all of dz. What do your shares add up to?",
            {"dz / (n_H * n_W)": "dz"},
        ),
        Mistake(
            "divided by the rows",
            "You divide by the number of rows only. How many pixels share?",
            {"(n_H * n_W))": "n_H)"},
        ),
        Mistake(
            "divided by the columns",
            "You divide by the number of columns only. How many pixels share?",
            {"(n_H * n_W))": "n_W)"},
        ),
        Mistake("rows squared", _ROWS, {"(n_H * n_W))": "n_H**2)"}),
        Mistake("columns squared", _COLUMNS, {"(n_H * n_W))": "n_W**2)"}),
        Mistake(
            "rows plus columns",
            "You divide by rows plus columns. That is half of the way round the window, not the"
            " number of its pixels.",
            {"n_H * n_W": "n_H + n_W"},
        ),
        Mistake(
            "multiplied",
            "Your shares are larger than dz itself. What must they add up to?",
            {"dz / ": "dz * "},
        ),
        Mistake(
            "rows and columns exchanged",
            "Your window lies on its side: `shape` is (rows, columns).",
            {"np.full((n_H, n_W)": "np.full((n_W, n_H)"},
        ),
        Mistake(
            "whole shares",
            "Your shares are rounded down to whole numbers. Which division keeps the fraction?",
            {"dz / ": "dz // "},
        ),
        Mistake(
            "dz lost",
            "Your shares add up to 1, whatever dz is.",
            {"dz / ": "1 / "},
        ),
        Mistake(
            "all to the first",
            "Only one place of your window gets something. An average pays everybody the same.",
            {"np.full((n_H, n_W), dz / (n_H * n_W))": "np.eye(1, n_H * n_W).reshape(shape) * dz"},
        ),
    ),
)


def average_backward_kron(dP, f, size):
    """Return the gradient before average pooling, for windows that do not overlap."""
    f_H, f_W = f
    shares = np.kron(dP, np.full((1, f_H, f_W, 1), 1 / (f_H * f_W)))
    dA = np.zeros((dP.shape[0], *size, dP.shape[3]))
    dA[:, : shares.shape[1], : shares.shape[2]] = shares
    return dA


def _kron_cases():
    rng = np.random.default_rng(64)

    def case(part, shape, f, size):
        dP = rng.normal(size=shape).round(2)
        return Case(part, (dP, f, size), f"dP {shape}, f {f}, size {size}")

    whole = rng.integers(-9, 9, size=(1, 2, 3, 2))
    return [
        case("square windows", (1, 2, 3, 1), (2, 2), (4, 6)),
        case("windows 2 by 3", (1, 3, 2, 1), (2, 3), (6, 6)),
        case("windows 3 by 1", (1, 2, 4, 1), (3, 1), (6, 4)),
        case("channels", (1, 2, 3, 3), (2, 2), (4, 6)),
        case("images", (3, 2, 1, 2), (3, 2), (6, 2)),
        case("left-over rows", (1, 2, 3, 2), (3, 2), (8, 6)),
        case("left-over columns", (2, 3, 2, 2), (2, 3), (6, 8)),
        case("left-over corner", (2, 3, 2, 4), (2, 3), (7, 8)),
        Case("input of whole numbers", (whole, (2, 2), (5, 6)), "dP of whole numbers, f (2, 2)"),
    ]


def _kron_window(case, output, index):
    dP, (f_H, f_W), _ = case.arguments
    i, row, column, c = index
    h, w = row // f_H, column // f_W
    if h >= dP.shape[1] or w >= dP.shape[2]:
        return None
    value = dP[i, h, w, c]
    text = (
        f"Pixel ({row}, {column}) lies in window ({h}, {w}) of {f_H} by {f_W} pixels:"
        f" {number(value)} / {f_H * f_W} = {number(value / (f_H * f_W))}."
    )
    return Window(dP[i, :, :, c], (h, w, 1, 1), f"dP, image {i}, channel {c}", text)


def _apart():
    return np.array([[6.0, 12.0], [-6.0, 18.0]]).reshape(1, 2, 2, 1), (2, 3), (5, 7)


def _draw_apart(dA):
    from cnn_lab import plots

    dP, _, _ = _apart()
    got = dA[0, :, :, 0]
    rows = "; ".join(" ".join(number(value) for value in row) for row in got)
    return plots.numbers(
        [dP[0, :, :, 0], got],
        titles=["dP", "dA"],
        roles=["output", "input"],
        between=["->"],
        highlight=[[(0, 1, 1, 1)], [(0, 3, 2, 3)]],
        title="Each gradient becomes a tile of six equal shares; the rest stays 0",
        alt=f"dP = 6 12; −6 18 becomes, with windows of 2 by 3 pixels in a map of 5 by 7, "
        f"dA = {rows}. Framed: the 12 and its tile.",
    )


def _tile_on_the_last_axes(dP, f, size):
    return np.kron(dP, np.full(f, 1 / (f[0] * f[1])))


AVERAGE_BACKWARD_KRON = Task(
    name="average_backward_kron",
    lesson="06",
    title="average pooling backward without a loop",
    answer=average_backward_kron,
    cases=_kron_cases,
    outputs=("dA",),
    mistakes=(
        Mistake(
            "not divided",
            "Every pixel of your window gets the whole gradient. What do the shares of one window"
            " add up to?",
            {"1 / (f_H * f_W)": "1.0"},
        ),
        Mistake(
            "arguments exchanged",
            "Your shares are right, but dP as a whole is repeated side by side. np.kron(a, b) puts"
            " a copy of b in place of every number of a: which is a, which is b?",
            {
                "np.kron(dP, np.full((1, f_H, f_W, 1), 1 / (f_H * f_W)))": (
                    "np.kron(np.full((1, f_H, f_W, 1), 1 / (f_H * f_W)), dP)"
                )
            },
        ),
        Mistake(
            "rest cut off",
            "Your result ends where the last tile ends. Which shape did the map have before"
            " pooling, and what do pixels get that no window saw?",
            {"return dA": "return shares"},
        ),
        Mistake(
            "rest at the top",
            "Your tiles lie at the lower right. The windows of the forward pass began at the upper"
            " left: where are the pixels that were left over?",
            {": shares.shape[1], : shares.shape[2]": "-shares.shape[1] :, -shares.shape[2] :"},
        ),
        Mistake(
            "tile on the wrong axes",
            "Your tile has two axes, and np.kron puts them at the end: columns and channels grow."
            " Which axes of dP are to grow?",
            {"(1, f_H, f_W, 1)": "(f_H, f_W)"},
        ),
        Mistake(
            "tile on the wrong axes, rest cut off",
            "Your tile has two axes, and np.kron puts them at the end: columns and channels grow."
            " Which axes should? And the result has the size before pooling.",
            _tile_on_the_last_axes,
        ),
        Mistake(
            "tile fills the whole map",
            "Where rows or columns are left over, your tiles are smaller than the array into which"
            " you write them. Which part of it do they fill?",
            {"dA[:, : shares.shape[1], : shares.shape[2]]": "dA[:]"},
        ),
        Mistake(
            "window turned",
            "Your tiles lie on their side: f is (rows, columns).",
            {"(1, f_H, f_W, 1)": "(1, f_W, f_H, 1)"},
        ),
        Mistake(
            "divided by the rows",
            "You divide by the number of rows of a window only. How many pixels share?",
            {"1 / (f_H * f_W)": "1 / f_H"},
        ),
        Mistake(
            "divided by the columns",
            "You divide by the number of columns of a window only. How many pixels share?",
            {"1 / (f_H * f_W)": "1 / f_W"},
        ),
        Mistake("square windows assumed", _ROWS, {"(f_H * f_W))": "f_H**2)"}),
        Mistake(
            "divided by the number of windows",
            "You divide by the number of windows. Among how many pixels does one window share?",
            {"(f_H * f_W))": "dP[0, :, :, 0].size)"},
        ),
        Mistake(
            "divided by the size of the map",
            "You divide by the number of pixels of the map. Among how many does one window share?",
            {"(f_H * f_W))": "(size[0] * size[1]))"},
        ),
        Mistake(
            "whole numbers cut",
            "When dP holds whole numbers, your shares lose their fractions. Which type does your"
            " array of zeros have?",
            {"*size, dP.shape[3])": "*size, dP.shape[3]), dP.dtype"},
        ),
        Mistake(
            "rest filled with the edge",
            "Left-over pixels get a share in your result. No window saw them: can they change the"
            " loss?",
            {
                "return dA": (
                    "return np.pad(shares, [(0, 0), (0, size[0] - shares.shape[1]),"
                    " (0, size[1] - shares.shape[2]), (0, 0)], mode='edge')"
                )
            },
        ),
    ),
    window=_kron_window,
    showcase=Showcase(_apart, _draw_apart),
)
