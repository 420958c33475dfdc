"""What is done to each of the ten widgets, one trusted event at a time, and how fast it has to be.

A gesture's ``act`` is called with a `View` and the number of the event; it makes one event of the
kind that counts, after which the widget must look differently.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

HOVER, EDIT, NETWORK, PICTURES = 33, 100, 120, 40  # milliseconds; pictures a second
MAIN = "canvas[role=application]"
BARS = "style:table[aria-label=probabilities] td > div"
PAD = f"pixels:{MAIN}"


@dataclass
class View:
    """The newest view of a widget in a notebook."""

    page: object
    root: object  # locator
    known: dict | None = None  # boxes, where nothing moves and there is no time to ask

    def box(self, selector, number=0):
        """Return left, top, width and height of a part of the widget, in the window."""
        if self.known and (selector, number) in self.known:
            return self.known[selector, number]
        box = self.root.locator(selector).nth(number).bounding_box()
        sides = box["x"], box["y"], box["width"], box["height"]
        if self.known is not None:
            self.known[selector, number] = sides
        return sides


@dataclass
class Gesture:
    """One thing to do and to look at; `prepare` is called before it with the view.

    A gesture with `answers` is timed to the picture of the kernel's answer.
    """

    name: str
    target: float | None
    kind: str
    watch: list
    act: Callable
    prepare: Callable = lambda view: None
    drag: bool = False
    pictures: float | None = None
    answers: bool = False
    allowed: float = HOVER  # milliseconds that the page may go on changing after a drag
    pace: float = 0.0  # seconds from one event of a drag to the next, at least


class Over:
    """Moves the pointer from cell to cell of a canvas, line by line and back again.

    The first columns may be left out, as where a chart has its axis.
    """

    def __init__(self, rows, columns, selector=MAIN, number=0, skip=0):
        self.rows, self.columns, self.selector, self.number = rows, columns, selector, number
        self.skip = skip

    def __call__(self, view, n):
        left, top, width, height = view.box(self.selector, self.number)
        row, column = self.cell(n)
        view.page.mouse.move(left + (column + 0.5) * width / self.columns,
                             top + (row + 0.5) * height / self.rows)

    @cached_property
    def path(self):
        """All cells, each beside the one before, there and back."""
        line = range(self.skip, self.columns)
        there = [(row, column) for row in range(self.rows) for column in line[:: (-1) ** row]]
        return there + there[-2:0:-1]

    def cell(self, n):
        """Return row and column for the n-th event; the pointer may have been on the first."""
        return self.path[(n + 1) % len(self.path)]


def keys(selector, *names, number=0):
    """Press keys in turn."""

    def act(view, n):
        if n == 0:
            view.root.locator(selector).nth(number).focus()
        view.page.keyboard.press(names[n % len(names)])

    return act


def clicks(*selectors):
    """Click buttons in turn; the pointer is there before."""

    def act(view, n):
        left, top, width, height = view.box(selectors[n % len(selectors)])
        view.page.mouse.click(left + width / 2, top + height / 2)

    return act


class Along:
    """Moves the pointer along a line from a part's middle and back."""

    def __init__(self, selector, step, most, *, across=True, number=0):
        self.selector, self.step, self.most, self.across = selector, step, most, across
        self.number = number

    def __call__(self, view, n):
        left, top, width, height = view.box(self.selector, self.number)
        phase = (n + 1) % (4 * self.most)
        away = self.step * (abs((phase + self.most) % (4 * self.most) - 2 * self.most) - self.most)
        x, y = (away, 0) if self.across else (0, away)
        view.page.mouse.move(left + width / 2 + x, top + height / 2 + y)


def pressed(selector, number=0, at=(0.5, 0.5)):
    """Return what presses the button of the mouse on a part of the widget."""

    def prepare(view):
        left, top, width, height = view.box(selector, number)
        view.page.mouse.move(left + at[0] * width, top + at[1] * height)
        view.page.mouse.down()

    return prepare


def blank(view):
    """Clear the pad and lower the pen in its corner."""
    view.root.locator(MAIN).press("Delete")
    pressed(MAIN, at=(0.05, 0.05))(view)


def stepper(rows, columns, pictures=PICTURES):
    """Return hover, keys and drag of a widget whose window steps."""
    over = Over(rows, columns)
    drag = Gesture("drag", None, "pointermove", ["position"], over, pressed(MAIN, at=(0.01, 0.01)),
                   drag=True, pictures=pictures)
    return [
        Gesture("hover", HOVER, "pointermove", ["position"], over),
        Gesture("arrow keys", HOVER, "keydown", ["position"], keys(MAIN, "ArrowRight", "ArrowLeft"),
                prepare=lambda view: view.root.locator(MAIN).first.press("Home")),
        drag,
    ]


def button(name):
    """Return the selector of a button by its text."""
    return f"button:text-is('{name}')"


FIELD = "input[type=text]"
THERE_AND_BACK = ["ArrowRight"] * 9 + ["ArrowLeft"] * 9  # ten digits, ten layers
CHART = "canvas[tabindex='0']"
TEACH = """\
from cnn_lab import models
from cnn_lab.mnist import load_mnist
from cnn_lab.optimizers import Adam
from cnn_lab.training import fit
images, labels = (part[:1000] for part in load_mnist("test"))
fit(models.build("eight_filters"), images, labels, optimizer=Adam(), epochs=60, batch_size=20,
    callback=widget)"""

# Name in the table: arguments, code of a cell that is run after, gestures.
WIDGETS = {
    "ConvolutionStepper": ("", "", stepper(3, 3)),
    "ConvolutionStepper, 28 × 28": ("DIGIT", "", stepper(27, 27)),
    "PaddingExplorer": ("", "", [
        *stepper(5, 6),
        Gesture("another kernel size", None, "keydown", ["output"],
                keys("input[type=number]", "ArrowUp", "ArrowDown", number=2)),
    ]),
    "FilterDesigner": ("", "", [
        Gesture("weight by key", EDIT, "keydown", ["text:.says"],
                keys(FIELD, "ArrowUp", "ArrowUp", "ArrowDown", number=3)),
        Gesture("filter by name", EDIT, "click", ["text:.says"],
                clicks(button("blur"), button("sharpen"), button("Sobel vertical"))),
        Gesture("hover", HOVER, "pointermove", ["position"], Over(26, 26)),
        Gesture("weight by drag", EDIT, "pointermove", ["text:.says"],
                Along(FIELD, 5, 12, across=False, number=4),
                pressed(FIELD, 4), drag=True, answers=True),
    ]),
    "PoolingStepper": ("", "", [
        *stepper(2, 3),
        Gesture("maximum or average", None, "click", ["mode"],
                clicks(button("Average"), button("Maximum"))),
    ]),
    "GradientFlow": ("", "", stepper(3, 3)),
    "SoftmaxExplorer": ("", "", [
        Gesture("score by key", HOVER, "keydown", ["scores"],
                keys("input[type=range]", "ArrowRight", "ArrowRight", "ArrowLeft")),
        Gesture("score by drag", None, "pointermove", ["scores"],
                Along("input[type=range]", 4, 8),
                pressed("input[type=range]"), drag=True, pictures=PICTURES),
    ]),
    "TrainingMonitor": ("", TEACH, [
        Gesture("hover", HOVER, "pointermove", [f"pixels:{CHART}"], Over(1, 12, CHART, skip=3)),
        Gesture("arrow keys", HOVER, "keydown", [f"pixels:{CHART}"],
                keys(CHART, "ArrowRight", "ArrowRight", "ArrowLeft"),
                prepare=lambda view: view.root.locator(CHART).first.press("Home")),
        Gesture("sweep", None, "pointermove", [f"pixels:{CHART}"], Over(1, 12, CHART, skip=3),
                drag=True),
    ]),
    "FeatureMapExplorer": ("", "", [
        Gesture("another digit by key", EDIT, "keydown", ["index"],
                keys(MAIN, *THERE_AND_BACK),
                prepare=lambda view: view.root.locator(MAIN).first.press("Home")),
        Gesture("another layer by key", EDIT, "keydown", ["layer"],
                keys("[role=tab][tabindex='0']", *THERE_AND_BACK),
                prepare=lambda view: view.root.locator("[role=tab]").first.click()),
        Gesture("another map by click", EDIT, "click", ["channel"],
                clicks("[role=group] button >> nth=3", "[role=group] button >> nth=5"),
                prepare=lambda view: view.root.locator("[role=tab]").first.click()),
        Gesture("hover", HOVER, "pointermove", ["cell"], Over(24, 24, number=1)),
        Gesture("digits in a row", EDIT, "keydown", ["index"],
                keys(MAIN, *THERE_AND_BACK), drag=True, answers=True,
                prepare=lambda view: view.root.locator(MAIN).first.press("Home"), pace=1 / 30),
    ]),
    "ReceptiveFieldExplorer": ("", "", [
        Gesture("hover", HOVER, "pointermove", ["unit"], Over(24, 24)),
        Gesture("arrow keys", HOVER, "keydown", ["unit"], keys(MAIN, "ArrowRight", "ArrowLeft")),
        Gesture("measured gradient by key", None, "keydown", ["measured"],
                keys(MAIN, "ArrowRight", "ArrowLeft"), answers=True),
        Gesture("drag", None, "pointermove", ["unit"], Over(24, 24), pressed(MAIN), drag=True,
                pictures=PICTURES, allowed=EDIT),
    ]),
    "DigitPad": ("", "", [
        Gesture("pen", HOVER, "pointermove", [PAD], Over(10, 10), blank),
        Gesture("answer of the network", NETWORK, "pointermove", [BARS], Over(10, 10), blank,
                answers=True),
        Gesture("stroke: pen", None, "pointermove", [PAD], Over(20, 20), blank, drag=True,
                allowed=NETWORK),
        Gesture("stroke: answer", NETWORK, "pointermove", [BARS], Over(20, 20), blank, drag=True,
                answers=True),
    ]),
}
