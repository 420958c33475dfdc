"""`numerical_gradient` of lesson 05: nudge each element up and down, see how the number answers."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.numerical_gradient_mistakes import MISTAKES

STEP = 1e-5


def numerical_gradient(f, x):
    """Estimate the gradient of the number f(x) by central differences."""
    x = np.array(x, dtype=float)
    step = 1e-5
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + step
        above = f(x)
        x[index] = old - step
        below = f(x)
        x[index] = old
        gradient[index] = (above - below) / (2 * step)
    return gradient


def _cases():
    rng = np.random.default_rng(55)

    def case(part, f, x, what):
        return Case(part, (f, x), f"f adds up {what}, x of shape {x.shape}")

    def slope(x):
        return 1e6 * np.sum(np.arange(1, x.size + 1) * x)

    def squares(shape):
        factors = rng.uniform(1, 3, size=shape)
        return lambda x: np.sum(factors * x**2)

    def waves(shape):
        factors = rng.normal(size=shape)
        return lambda x: float(np.sum(factors * np.sin(x)) + np.prod(x[0]))

    def ripples(x):
        return np.sum(np.sin(60 * x))

    def large(x):
        return 5e3 + np.sum(np.cos(x))

    return [
        case("one number", lambda x: np.sum(x**2), np.array([3.0]), "x squared"),
        case("a row", squares((4,)), rng.normal(size=4), "multiples of x squared"),
        case("a table", waves((2, 3)), rng.normal(size=(2, 3)), "waves and a product"),
        case("a steep slope", slope, np.array([0.2, -0.3]), "millions of x"),
        case("a fast wave", ripples, rng.normal(size=3), "sines of 60 x"),
        case("a large loss", large, rng.normal(size=(2, 4)), "5,000 and cosines of x"),
        case("four axes", squares((2, 3, 1, 4)), rng.normal(size=(2, 3, 1, 4)), "squares"),
        case("a kink", _size, np.array([0.5, 0.0, -0.7]), "the sizes of x, with a kink at 0"),
        case("neighbours", _steps, np.array([2.0, 2.0, 2.0, 5.0, 5.0]), "steps between neighbours"),
        case("whole numbers", squares((2, 3)), np.array([[3, -2, 4], [1, 5, -6]]), "multiples"),
    ]


def _size(x):
    return np.sum(np.arange(1, x.size + 1) * np.abs(x))


def _steps(x):
    return np.sum(np.arange(1, x.size) * np.abs(np.diff(x)))


def _window(case, output, index):
    """Show the element that is nudged, and what f says."""
    f, x = case.arguments
    nudged = np.zeros(x.shape)
    nudged[index] = STEP
    above, below = float(f(x + nudged)), float(f(x - nudged))
    text = (
        f"With this element {STEP:g} higher f is {above:.8g}, with it {STEP:g} lower {below:.8g}:"
        f" a difference of {number(above - below)} over a distance of {2 * STEP:g}."
    )
    table = np.atleast_2d(x).reshape(-1, x.shape[-1])
    row, column = divmod(int(np.ravel_multi_index(index, x.shape)), x.shape[-1])
    return Window(table, (row, column, 1, 1), f"x, the element {_place(index)}", text)


def _place(index):
    return f"[{', '.join(map(str, index))}]"


def _neighbours_of_a_digit():
    return (lambda x: np.sum(np.diff(x, axis=1) ** 2) / 2), digits.digit(0) / 255


def _draw_slopes(gradient):
    from cnn_lab import plots

    return plots.feature_maps(
        gradient[:, :, np.newaxis],
        image=digits.digit(0) / 255,
        titles=["how a loss grows that counts steps between left and right neighbours"],
        title="1,568 nudges find the slopes of 784 pixels",
        alt="A handwritten seven, and the slope of half the sum of squared differences between"
        " neighbours in a row, for every pixel: 0 on flat areas, positive inside the slanted stroke"
        f" and negative along both its edges, up to {np.abs(gradient).max():.1f} in size.",
    )


NUMERICAL_GRADIENT = Task(
    name="numerical_gradient",
    lesson="05",
    title="write `numerical_gradient`",
    answer=numerical_gradient,
    cases=_cases,
    outputs=("gradient",),
    mistakes=MISTAKES,
    window=_window,
    showcase=Showcase(_neighbours_of_a_digit, _draw_slopes),
)
