"""The picture beside a wrong result: where the number comes from, what was expected, what came."""

import numpy as np

MOST = 16  # rows and columns that are still drawn


def attempted(draw):
    """Return what `draw` draws, or None: a picture that fails must not hide a verdict."""
    try:
        return draw()
    except Exception:
        return None


def side_by_side(exercise, found, window):
    """Draw the plane of the output in which the first wrong number lies.

    Parameters
    ----------
    exercise : Task
    found : Difference
        With an index.
    window : Window or None
        Where the number comes from; drawn at the left.

    Returns
    -------
    Figure or None
        None where there is nothing to see: single numbers, or planes that are too large.
    """
    from cnn_lab import plots

    expected, got = np.asarray(found.expected), np.asarray(found.got)
    if expected.ndim == 0:
        return None
    rows, columns = _plane(exercise, found.output, expected.ndim)
    cut = tuple(slice(None) if axis in (rows, columns) else i for axis, i in enumerate(found.index))
    planes = [_flat(array[cut]) for array in (expected, got)]
    if max(planes[0].shape) > MOST:
        return None
    row = found.index[rows] if rows is not None else 0
    place = (row, found.index[columns], 1, 1)
    where = "".join(", :" if part == slice(None) else f", {part}" for part in cut)[2:]
    label = f"{found.output}[{where}]" if expected.ndim > 2 else found.output
    arrays, titles = planes, [f"{label} expected", "yours"]
    roles, frames = ["output", "output"], [place, place]
    if window is not None and max(np.shape(window.picture)) <= MOST:
        arrays, titles = [window.picture, *arrays], [window.title, *titles]
        roles, frames = ["input", *roles], [window.frame, *frames]
    return plots.numbers(
        arrays, titles=titles, roles=roles, highlight=frames, decimals=_decimals(arrays),
        title=f"The first number that differs: {found.output}[{', '.join(map(str, found.index))}]",
    )


def _plane(exercise, name, dimensions):
    """Return the axes of rows (None for a single row) and columns."""
    if name in exercise.planes:
        return exercise.planes[name]
    if dimensions == 1:
        return None, 0
    return (1, 2) if dimensions == 4 else (0, 1)


def _flat(plane):
    return np.atleast_2d(plane)


def _decimals(arrays):
    largest = []
    for array in arrays:
        values = np.asarray(array, dtype=float)
        values = values[np.isfinite(values)]
        if not np.array_equal(values, np.round(values)):
            largest.append(np.max(np.abs(values)))
    if not largest:
        return 0
    return 1 if min(largest) >= 10 else 2 if min(largest) >= 0.1 else 3
