"""The picture beside a wrong result: where the number comes from, what was expected, what came."""

import numpy as np

from cnn_lab.checks.outcomes import plain

MOST = 16  # rows and columns that are still drawn


def attempted(draw):
    """Return what `draw` draws, or None: a picture that fails must not hide a verdict."""
    try:
        return draw()
    except Exception:
        return None


def at_work(task, outcome):
    """Draw what a function makes of the showcase, or return None where it makes nothing of it.

    Parameters
    ----------
    task : Task
    outcome : Outcome or None

    Returns
    -------
    Figure or None
    """
    if outcome is None or outcome.state != "returned":
        return None
    return task.showcase.draw(outcome.value)


def has_right_shapes(task, outcome):
    """Tell whether what came of the showcase has the shapes that the right answer makes.

    What a stranger says may else be so large that drawing it never ends.
    """
    if outcome is None:
        return False
    return _alike(outcome.value, plain(task.answer(*task.showcase.arguments())))


def _alike(got, expected):
    """Tell whether two results are made the same way, whatever the numbers."""
    if isinstance(expected, (tuple, list)):
        alike = isinstance(got, (tuple, list)) and len(got) == len(expected)
        return alike and all(map(_alike, got, expected))
    if isinstance(expected, dict):
        alike = isinstance(got, dict) and got.keys() == expected.keys()
        return alike and all(_alike(got[key], expected[key]) for key in expected)
    if isinstance(expected, (str, bytes)) or not _is_numbers(got):
        return type(got) is type(expected) and got == expected
    return _is_numbers(expected) and np.shape(got) == np.shape(expected)


def _is_numbers(value):
    return isinstance(value, (np.ndarray, np.number, int, float)) and not np.iscomplexobj(value)


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
