"""The network of the course, step by step, with the part that a lesson is about."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure, plain_axes

# Each step of the network that lesson 08 trains, and the shape that leaves it.
STEPS = (
    ("picture", "28×28×1"),
    ("convolution", "24×24×16"),
    ("ReLU,\npool", "12×12×16"),
    ("convolution", "8×8×32"),
    ("ReLU,\npool", "4×4×32"),
    ("dense,\ntwice", "128, 10"),
    ("softmax,\nloss", "1 number"),
)
EVERY, CONVOLUTIONS, POOLS = tuple(range(7)), (1, 3), (2, 4)
# For each lesson: what it is about, its steps, and the ways on which it goes.
LESSONS = {
    "00": ("what all of it does", EVERY, ("forward",)),
    "01": ("one number of a convolution", CONVOLUTIONS, ("forward",)),
    "02": ("the edge of a convolution", CONVOLUTIONS, ("forward",)),
    "03": ("the convolutions", CONVOLUTIONS, ("forward",)),
    "04": ("between the convolutions", POOLS, ("forward",)),
    "05": ("back through the convolutions", CONVOLUTIONS, ("backward",)),
    "06": ("back through ReLU and pooling", POOLS, ("backward",)),
    "07": ("the end, where the way back begins", (5, 6), ("forward", "backward")),
    "08": ("all of it, thousands of times", EVERY, ("forward", "backward")),
    "09": ("what all of it has learned", EVERY, ("forward", "backward")),
    "10": ("the slow part, made fast", (1, 2, 3, 4), ("forward", "backward")),
    "11": ("the dense layers, one number at a time", (5,), ("forward", "backward")),
}
WIDE, TALL, GAP, ROW, HEIGHT = 100, 46, 15.3, 34, 134


def course_map(lesson, *, title=None, alt=None):
    """Show the network of the course with the steps that a lesson is about.

    Parameters
    ----------
    lesson : str
        Its number, such as ``"05"``.
    title, alt : str, optional

    Returns
    -------
    Figure
        The steps of the lesson are dark; arrows above and below say which way it goes.

    Raises
    ------
    ValueError
        If there is no such lesson.

    Examples
    --------
    >>> course_map("05").alt.partition(". ")[0]
    'Lesson 05: back through the convolutions'
    """
    if lesson not in LESSONS:
        raise ValueError(f"lesson must be one of {', '.join(LESSONS)}; got {lesson!r}")
    about, steps, ways = LESSONS[lesson]
    title = title or f"Lesson {lesson}: {about}"
    alt = alt or _describe(title, steps, ways)
    figure = Figure(style.CONTENT_WIDTH, HEIGHT, title=title, alt=alt)
    axes = plain_axes(figure.box(0, 0, style.CONTENT_WIDTH, HEIGHT))
    axes.set(xlim=(0, style.CONTENT_WIDTH), ylim=(HEIGHT, 0))
    for n, (name, shape) in enumerate(STEPS):
        _draw_step(axes, n * (WIDE + GAP), name, shape, n in steps)
    _draw_way(axes, 14, "forward", "forward" in ways)
    _draw_way(axes, HEIGHT - 14, "backward", "backward" in ways)
    return figure


def _draw_step(axes, left, name, shape, chosen):
    fill, ink = (style.INK, "#ffffff") if chosen else ("#ffffff", style.MUTED)
    axes.add_patch(FancyBboxPatch(
        (left + 3, ROW + 3), WIDE - 6, TALL - 6, boxstyle="round,pad=3", facecolor=fill,
        edgecolor=style.INK if chosen else style.RULE, linewidth=1.4,
    ))
    axes.text(left + WIDE / 2, ROW + TALL / 2, name, ha="center", va="center", color=ink,
              linespacing=1.15, size=style.SMALLEST_FONT, weight="bold" if chosen else "normal")
    axes.text(left + WIDE / 2, ROW + TALL + 12, shape, ha="center", va="center",
              size=style.SMALLEST_FONT, color=style.INK if chosen else style.MUTED)


def _draw_way(axes, y, name, gone):
    """Draw a long arrow with its name, dark when the lesson goes this way."""
    ink, (start, end) = style.INK if gone else style.RULE, (90, style.CONTENT_WIDTH - 4)
    if name == "backward":
        start, end = end, start
    axes.add_patch(FancyArrowPatch((start, y), (end, y), arrowstyle="-|>", mutation_scale=13,
                                   color=ink, linewidth=2.2 if gone else 1.2, shrinkA=0, shrinkB=0))
    axes.text(4, y, name, va="center", size=style.SMALLEST_FONT,
              color=style.INK if gone else style.MUTED, weight="bold" if gone else "normal")


def _describe(title, steps, ways):
    names = [name.replace("\n", " ") for name, _ in STEPS]
    chain = "; ".join(f"{names[n]}, {shape}" for n, (_, shape) in enumerate(STEPS))
    chosen = [f"({names[n]})" for n in steps]
    each = [name + " twice" * (chosen.count(name) - 1) for name in dict.fromkeys(chosen)]
    marked = "all steps" if steps == EVERY else " and ".join(each)
    way = " and ".join(ways)
    return wording.sentence(title, f"The network of the course: {chain}. Dark: {marked}, {way}")
