"""One small array as a grid of numbered cells."""

from dataclasses import dataclass, field

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import plain_axes

INDEX_ROOM = 24
HIGHLIGHT_STYLES = ("-", (0, (3, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)))
SHADES = {None: None, "grey": style.GREY, "signed": style.SIGNED, "levels": style.LEVELS}


@dataclass
class Grid:
    """One array on its way to the page: its cells as text, its looks, its size in pixels."""

    values: np.ndarray
    cells: list
    role: str | None = None
    title: str | None = None
    highlight: list = field(default_factory=list)
    shade: str | None = None
    limits: tuple = (0.0, 1.0)
    indices: bool = False
    cell: float = style.CELL_SIZE
    font: float = style.CELL_FONT

    @property
    def shape(self):
        """Rows and columns."""
        return len(self.cells), len(self.cells[0])

    @property
    def margin(self):
        """Pixels left for row and column numbers."""
        return INDEX_ROOM if self.indices else 0

    @property
    def body_width(self):
        """Pixels that the cells and their row numbers take."""
        return self.shape[1] * self.cell + self.margin

    @property
    def body_height(self):
        """Pixels that the cells take."""
        return self.shape[0] * self.cell

    @property
    def caption(self):
        """Lines of the caption."""
        if not self.title:
            return []
        return style.balance(str(self.title), max(self.body_width, 130), style.CAPTION_FONT, "bold")

    @property
    def head(self):
        """Pixels above the cells."""
        lines = len(self.caption)
        return self.margin + (1.25 * style.CAPTION_FONT * lines + 8 if lines else 0)

    @property
    def width(self):
        """Pixels from the left edge to the right one, the caption included."""
        lines = (style.text_width(line, style.CAPTION_FONT, "bold") for line in self.caption)
        return max(self.body_width, *lines, 0)


def grid_of(values, *, decimals=None, name="array", highlight=None, **options):
    """Build a Grid from a scalar, a row or a matrix of numbers, bools or strings.

    Raises
    ------
    ValueError
        If the array has more than two axes, is empty, or holds something else; if a highlighted
        box lies outside of it.
    """
    try:
        values = np.ma.asarray(values) if np.ma.isMaskedArray(values) else np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be rectangular, its rows differ in length") from None
    if values.ndim > 2 or values.size == 0:
        raise ValueError(f"{name} must be a non-empty 2-D array, got shape {values.shape}")
    if values.dtype.kind not in "biufUO":
        raise ValueError(f"{name} must hold real numbers or strings, got dtype {values.dtype}")
    values = values.reshape(1, -1) if values.ndim < 2 else values
    boxes = [_box(box, values.shape, name) for box in _boxes(highlight)]
    return Grid(values, wording.cells(values, decimals, name), highlight=boxes, **options)


def _boxes(highlight):
    if highlight is None:
        return []
    boxes = list(highlight)
    return [tuple(boxes)] if len(boxes) == 4 and np.isscalar(boxes[0]) else boxes


def _box(box, shape, name):
    try:
        row, column, height, width = (int(n) for n in box)
    except (TypeError, ValueError):
        raise ValueError(f"highlight needs (row, column, height, width), got {box!r}") from None
    inside = min(row, column) >= 0 and min(height, width) > 0
    if not inside or row + height > shape[0] or column + width > shape[1]:
        where = f"{name} of {wording.by(shape)} cells"
        raise ValueError(f"highlight {(row, column, height, width)} does not fit into {where}")
    return row, column, height, width


def as_floats(grid):
    """Return the values of a grid as floats, NaN where an element is masked."""
    return np.ma.filled(np.ma.asarray(grid.values, dtype=float), np.nan)


def share_shades(grids):
    """Give grids with the same kind of shade the same scale."""
    for shade in {grid.shade for grid in grids} - {None}:
        alike = [grid for grid in grids if grid.shade == shade]
        for grid in alike:
            if grid.values.dtype.kind in "UO":
                raise ValueError(f"shade needs numbers, {grid.title or 'an array'} holds strings")
        values = np.concatenate([as_floats(grid).ravel() for grid in alike])
        values = values[np.isfinite(values)]
        for grid in alike:
            grid.limits = _shade_limits(shade, values)


def _shade_limits(shade, values):
    low, high = values.min(initial=0.0), values.max(initial=0.0)
    if shade == "signed":  # half as far again as the largest value, so that cells stay light
        reach = 1.5 * max(-low, high) or 1.0
        return -reach, reach
    if shade == "grey":
        return 0.0, 255.0 if high > 1 else 1.0
    return low, high


def draw_grid(figure, grid, x, y):
    """Draw one grid, its caption's upper left corner at content pixels (x, y); return its axes."""
    rows, columns = grid.shape
    left, top = x + (grid.width - grid.body_width) / 2 + grid.margin, y + grid.head
    axes = plain_axes(figure.box(left, top, columns * grid.cell, rows * grid.cell))
    axes.set(xlim=(0, columns), ylim=(rows, 0), label=str(grid.title or ""))
    _draw_cells(axes, grid)
    _draw_frames(axes, grid)
    if grid.indices:
        _draw_indices(axes, grid)
    if grid.caption:
        figure.write(left + columns * grid.cell / 2, y, "\n".join(grid.caption), ha="center",
                     va="top", weight="bold", size=style.CAPTION_FONT, linespacing=1.2,
                     color=style.ROLE_INKS[grid.role])
    return axes


def cell_backgrounds(grid):
    """Return the colour behind every cell: its role's tint, or a shade of its value."""
    if grid.shade is None:
        return np.full(grid.shape, style.ROLE_TINTS[grid.role])
    return style.shades(as_floats(grid), SHADES[grid.shade], grid.limits)


def _draw_cells(axes, grid):
    """Draw all backgrounds as one picture, the lines between them, and the texts."""
    rows, columns = grid.shape
    backgrounds = cell_backgrounds(grid)
    axes.imshow([[to_rgb(str(colour)) for colour in row] for row in backgrounds], aspect="auto",
                extent=(0, columns, rows, 0), interpolation="nearest")
    axes.hlines(range(1, rows), 0, columns, color=style.RULE, linewidth=1)
    axes.vlines(range(1, columns), 0, rows, color=style.RULE, linewidth=1)
    for (row, column), background in np.ndenumerate(backgrounds):
        text = grid.cells[row][column]
        if text:
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center_baseline",
                      size=grid.font, color=_ink(grid, text, str(background)))


def _ink(grid, text, background):
    if grid.shade:
        return style.ink_on(background)
    off = text == wording.DOT or (grid.values.dtype.kind == "b" and text == "0")
    return style.MUTED if off else style.INK


def _draw_frames(axes, grid):
    rows, columns = grid.shape
    colour = style.ROLES.get(grid.role, style.FAINT)
    axes.add_patch(Rectangle((0, 0), columns, rows, fill=False, edgecolor=colour, clip_on=False,
                             linewidth=3 if grid.role else 1.5, zorder=3, label="frame"))
    for n, (row, column, height, width) in enumerate(grid.highlight):
        axes.add_patch(Rectangle((column, row), width, height, fill=False, edgecolor="black",
                                 linewidth=4.5, linestyle=HIGHLIGHT_STYLES[n % 4], clip_on=False,
                                 zorder=4 + n, joinstyle="miter", label="highlight",
                                 path_effects=_halo(grid)))


def _halo(grid):
    """Return a white rim for black frames where cells may be black themselves."""
    return [withStroke(linewidth=7.5, foreground="white")] if grid.shade else None


def _draw_indices(axes, grid):
    options = {"size": style.TICK_FONT, "color": style.MUTED}
    for row in range(grid.shape[0]):
        axes.text(-7 / grid.cell, row + 0.5, str(row), ha="right", va="center", **options)
    for column in range(grid.shape[1]):
        axes.text(column + 0.5, -6 / grid.cell, str(column), ha="center", va="bottom", **options)
