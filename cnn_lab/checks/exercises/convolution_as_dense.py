"""Lesson 11: the convolution as a fully connected layer."""

import numpy as np

from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def convolution_matrix(kernel, size):
    """Return the weights of the dense layer that does what the filter does."""
    f_H, f_W = kernel.shape
    rows, columns = size
    n_H, n_W = rows - f_H + 1, columns - f_W + 1
    matrix = np.zeros((rows * columns, n_H * n_W))
    for h, w, u, v in np.ndindex(n_H, n_W, f_H, f_W):
        pixel = (h + u) * columns + (w + v)
        place = h * n_W + w
        matrix[pixel, place] = kernel[u, v]
    return matrix


def _convolution_matrix_cases():
    rng = np.random.default_rng(15)

    def case(part, f_H, f_W, rows, columns):
        kernel = rng.normal(size=(f_H, f_W))
        return Case(part, (kernel, (rows, columns)), f"{f_H} x {f_W} filter, {rows} x {columns}"
                    " pixels")

    return [
        case("one window only", 2, 3, 2, 3),
        case("image of one row", 1, 2, 1, 5),
        case("image of one column", 3, 1, 5, 1),
        case("rows and columns", 2, 2, 4, 3),
        case("rows and columns", 3, 2, 4, 6),
        Case(
            "input of whole numbers", (np.array([[1, -2, 3], [4, -5, 6]]), (3, 5)),
            "2 x 3 filter of whole numbers, 3 x 5 pixels",
        ),
    ]


def _convolution_matrix_window(case, output, index):
    kernel, size = case.arguments
    if len(index) != 2:
        return None
    n_W = size[1] - kernel.shape[1] + 1
    (row, column), (h, w) = divmod(index[0], size[1]), divmod(index[1], n_W)
    u, v = row - h, column - w
    inside = 0 <= u < kernel.shape[0] and 0 <= v < kernel.shape[1]
    says = f"meets the weight [{u}, {v}]" if inside else "is not looked at: its weight is 0"
    pixels = np.arange(size[0] * size[1]).reshape(size)
    text = f"Input {index[0]} is the pixel ({row}, {column}). In the window of output {index[1]},"
    return Window(pixels, (h, w, *kernel.shape), "the pixels, numbered in reading order",
                  f"{text} which starts at ({h}, {w}), it {says}.")


def _transposed_kernel(kernel, size):
    """Fill each window by columns, as if the kernel were stored that way."""
    turned = np.asarray(kernel).ravel(order="F").reshape(kernel.shape)
    return convolution_matrix(turned, size)


def _columns_first(kernel, size):
    """Number pixels and places down the columns."""
    matrix = convolution_matrix(kernel, size)
    n_H, n_W = size[0] - kernel.shape[0] + 1, size[1] - kernel.shape[1] + 1
    pixels = np.arange(size[0] * size[1]).reshape(size).T.ravel()
    places = np.arange(n_H * n_W).reshape(n_H, n_W).T.ravel()
    return matrix[pixels][:, places]


def _places_by_columns(kernel, size):
    matrix = convolution_matrix(kernel, size)
    n_H, n_W = size[0] - kernel.shape[0] + 1, size[1] - kernel.shape[1] + 1
    return matrix[:, np.arange(n_H * n_W).reshape(n_H, n_W).T.ravel()]


def _one_row_of_windows(kernel, size):
    """Move the window in one row only, as a list without its second loop would."""
    matrix = convolution_matrix(kernel, size)
    n_W = size[1] - kernel.shape[1] + 1
    matrix[:, n_W:] = 0
    return matrix


def _sobel():
    return np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]), (28, 28)


def _draw_sobel(result):
    from cnn_lab import plots
    from cnn_lab.checks.digits import digit

    seven = digit(0) / 255
    maps = (seven.reshape(-1) @ result).reshape(26, 26, 1)
    return plots.feature_maps(
        maps, image=seven, titles=["x @ matrix, as 26 × 26"], signed=True,
        title="One dense layer, 529,984 weights, finds the edges of a seven",
        alt="A handwritten seven, and what one product with the 784 by 676 matrix of the vertical "
        "Sobel filter makes of it: red where its strokes end to the right, blue where they begin.",
    )


CONVOLUTION_MATRIX = Task(
    "convolution_matrix",
    "11",
    "write a convolution as a dense layer",
    convolution_matrix,
    _convolution_matrix_cases,
    ("matrix",),
    (
        Mistake(
            "kernel turned",
            "Your filter is turned by 180 degrees: which weight meets the first pixel of a window?",
            {"kernel[u, v]": "kernel[::-1, ::-1][u, v]"},
        ),
        Mistake(
            "window does not move",
            "Every column of your matrix looks at the upper left window: the window moves with the"
            " output.",
            {"(h + u) * columns + (w + v)": "u * columns + v"},
        ),
        Mistake(
            "window moves down only",
            "Your window never moves to the right: which numbers make the column of a pixel?",
            {"(w + v)": "v"},
        ),
        Mistake(
            "window moves right only",
            "Your window never moves down: which numbers make the row of a pixel?",
            {"(h + u)": "u"},
        ),
        Mistake(
            "rows as long as the output",
            "You count pixels as if the image had as many columns as the output: how long is a row"
            " of the IMAGE?",
            {"(h + u) * columns": "(h + u) * n_W"},
        ),
        Mistake(
            "outputs counted in rows of the image",
            "Your outputs are numbered as if each row of them were as long as a row of the image,"
            " and run out of the matrix: how many windows stand side by side?",
            {"h * n_W + w": "h * columns + w"},
        ),
        Mistake(
            "pixels counted by the height",
            "To pass a row of pixels you count the image's height: how many pixels does one row"
            " hold?",
            {"(h + u) * columns": "(h + u) * rows"},
        ),
        Mistake(
            "outputs counted by the height",
            "To pass a row of outputs you count how many rows there are: how many outputs does one"
            " row hold?",
            {"h * n_W + w": "h * n_H + w"},
        ),
        Mistake(
            "transposed",
            "Your matrix lies on its side, one row an output, as in the figure: asked for is one"
            " row for each pixel.",
            {"return matrix": "return matrix.T"},
        ),
        Mistake(
            "last places missing",
            "Your matrix has too few columns: a filter as large as the image has one place, not"
            " none.",
            {"rows - f_H + 1": "rows - f_H", "columns - f_W + 1": "columns - f_W"},
        ),
        Mistake(
            "outputs by columns",
            "Your outputs are numbered down the columns. Reading order: row by row.",
            _places_by_columns,
        ),
        Mistake(
            "everything by columns",
            "Pixels and outputs are numbered down the columns in your matrix. Reading order: row by"
            " row.",
            _columns_first,
        ),
        Mistake(
            "kernel read by columns",
            "Within a window, your weights stand in the wrong places: the filter is read row by row"
            " too.",
            _transposed_kernel,
        ),
        Mistake(
            "only the first row of windows",
            "Only the first row of outputs has its weights; all others are 0. How many places does"
            " the filter take, downwards too?",
            _one_row_of_windows,
        ),
        Mistake(
            "only the first weight",
            "One weight in every column: a window has as many as the filter.",
            {"n_H, n_W, f_H, f_W)": "n_H, n_W, 1, 1)"},
        ),
        Mistake(
            "ones for zeros",
            "Where no weight belongs there must be 0: your matrix starts with other numbers.",
            {"np.zeros(": "np.ones("},
        ),
        Mistake(
            "fractions cut off",
            "Your weights lost the digits after the point: what dtype did the matrix start with?",
            {"kernel[u, v]": "int(kernel[u, v])"},
        ),
    ),
    window=_convolution_matrix_window,
    showcase=Showcase(_sobel, _draw_sobel),
)
