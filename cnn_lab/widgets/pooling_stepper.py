"""Pooling window by window: the winner or the mean, and the gradient that comes back."""

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.geometry import output_size, pair
from cnn_lab.reference import pool_backward, pool_forward
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module
from cnn_lab.widgets.inputs import rows_in_words, small_matrix

# A clear winner, a tie, a window without a positive number; and rows unlike columns.
SOME_MAP = (
    (1, 3, 2, 0, -1, -2),
    (5, 2, 1, 2, -3, -1),
    (3, -4, 4, 1, 2, 6),
    (1, 0, 0, 3, 7, 1),
)
SOME_GRADIENT = (1, -2, 3, 2, -1, 4)
LARGEST_MAP, LARGEST_WINDOW, MOST_WRITTEN, MOST_SPOKEN = 32, 7, 48, 64
MODES = ("max", "average")


class PoolingStepper(LabWidget):
    """Show what pooling keeps of every window, and where its gradient goes (lessons 04 and 06).

    Point at a number, step with the arrow keys, Home and End, play with the space bar, and change
    between maximum and average: the window lights up in the map and, below, in the gradient.

    Parameters
    ----------
    feature_map : array_like of shape (n_H_prev, n_W_prev), optional
        Up to 32 by 32 numbers; a small map with a tie when left out.
    f : int or pair of int
        Height and width of the window, up to 7 each.
    stride : int or pair of int
    mode : {"max", "average"}
        What is shown first.
    gradient : array_like of shape (n_H, n_W), optional
        Gradient of the loss with respect to the pooled map; some small numbers when left out.
    backward : bool
        Whether the gradient is shown at all.
    pool : callable, optional
        Your own function of one window, an array of shape (f_H, f_W), that returns a number: its
        answers are shown, and marked where the reference has another one.

    Attributes
    ----------
    position : list of int
        Row and column of the pooled number that is looked at.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or the window does not fit into the map.

    Notes
    -----
    Where several numbers share the maximum, the first in reading order is the winner and gets the
    gradient, as in `cnn_lab.layers`.

    Examples
    --------
    >>> PoolingStepper(position=[0, 1])
    PoolingStepper: pooled[0, 1] is 2, the largest (2 are as large: the first wins) of rows 0 to 1
    and columns 2 to 3 of the map; its gradient is −2. Back at the map: 0, 0, −2, 0, 3, 0;
    1, 0, 0, 0, 0, 0; 2, 0, −1, 0, 0, 0; 0, 0, 0, 0, 4, 0.
    """

    _esm = module("pooling_stepper.js")
    feature_map = Array()
    gradient = Array()
    f = traitlets.List(traitlets.Int(), [2, 2]).tag(sync=True)
    stride = traitlets.List(traitlets.Int(), [2, 2]).tag(sync=True)
    mode = traitlets.Enum(MODES, "max").tag(sync=True)
    position = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)
    backward = traitlets.Bool(True).tag(sync=True)
    pooled = Array()  # (2, n_H, n_W), in the order of MODES
    returned = Array()  # (2, n_H_prev, n_W_prev): the gradient with respect to the map
    own = Array()  # what the learner's function answers; empty without one

    def __init__(self, feature_map=None, f=2, stride=2, mode="max", gradient=None, pool=None,
                 **options):
        given = SOME_MAP if feature_map is None else feature_map
        feature_map = small_matrix(given, "feature_map", LARGEST_MAP)
        f, stride = pair(f, "f"), pair(stride, "stride")
        if max(f) > LARGEST_WINDOW:
            raise ValueError(f"f may be up to {LARGEST_WINDOW}, got {f}")
        if not isinstance(mode, str) or mode not in MODES:
            raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
        if pool is not None and not callable(pool):
            raise TypeError(f"pool must be a function, got {type(pool).__name__}")
        sides = zip(feature_map.shape, f, stride, strict=True)
        self._shape = tuple(output_size(n, side, stride=step) for n, side, step in sides)
        if gradient is None:
            gradient = np.resize(SOME_GRADIENT, self._shape)
        gradient = small_matrix(gradient, "gradient", LARGEST_MAP)
        if gradient.shape != self._shape:
            raise ValueError(f"gradient must have the pooled map's shape {self._shape}, "
                             f"got {gradient.shape}")
        self._pool = pool
        super().__init__(feature_map=feature_map, f=list(f), stride=list(stride), mode=mode,
                         gradient=gradient, **options)
        self.answer()

    @traitlets.validate("position")
    def _within(self, proposal):
        return [max(0, min(n - 1, i)) for i, n in zip(proposal.value, self._shape, strict=True)]

    def compute(self):
        """Pool both ways and send the gradient back; ask the learner's function."""
        A_prev = self.feature_map[np.newaxis, :, :, np.newaxis]
        dA = self.gradient[np.newaxis, :, :, np.newaxis]
        hparameters = {"f": tuple(self.f), "stride": tuple(self.stride)}
        pooled, returned = [], []
        for mode in MODES:
            A, cache = pool_forward(A_prev, hparameters, mode)
            pooled.append(A[0, :, :, 0])
            returned.append(pool_backward(dA, cache, mode, ties="first")[0, :, :, 0])
        self.pooled, self.returned = pooled, returned
        if self._pool is not None:
            self.own = np.full(self._shape, np.nan)
            self.own = self._own_answers()

    def _own_answers(self):
        answers = np.zeros(self._shape)
        for h, w in np.ndindex(*self._shape):
            answers[h, w] = self._pool(np.array(self._window(h, w), dtype=float))
        return answers

    def _window(self, h, w):
        (f_H, f_W), (s_H, s_W) = self.f, self.stride
        return self.feature_map[h * s_H : h * s_H + f_H, w * s_W : w * s_W + f_W]

    def _wrong(self):
        """Return how many answers of the learner's function the page marks."""
        if not self.own.size:
            return 0
        right = self.pooled[MODES.index(self.mode)]
        return np.sum(~(np.abs(self.own - right) <= 1e-4 * np.maximum(1, np.abs(right))))

    def describe(self):
        (h, w), (f_H, f_W), (s_H, s_W) = self.position, self.f, self.stride
        n, what = MODES.index(self.mode), "largest" if self.mode == "max" else "mean"
        window = self._window(h, w)
        ties = np.sum(window == window.max()) if self.mode == "max" else 1
        if ties > 1:
            what += f" ({ties} are as large: the first wins)"
        text = (
            f"pooled[{h}, {w}] is {self.pooled[n][h, w]:.4g}, the {what} of"
            f" rows {h * s_H} to {h * s_H + f_H - 1} and columns {w * s_W} to {w * s_W + f_W - 1}"
            f" of the map"
        )
        text += f"; its gradient is {self.gradient[h, w]:.4g}." if self.backward else "."
        if self.backward and self.feature_map.size <= MOST_SPOKEN:
            text += f" Back at the map: {rows_in_words(self.returned[n])}."
        wrong = self._wrong()
        if wrong:
            text += f" {wrong} of {self.own.size} answers are not the reference's."
        return text.replace("-", "\N{MINUS SIGN}")

    def preview(self):
        n, (h, w), (s_H, s_W) = MODES.index(self.mode), self.position, self.stride
        if self.feature_map.size > MOST_WRITTEN:  # too many numbers to be read
            title = f"pooled map ({self.mode})"
            return plots.heatmap(self.pooled[n], signed=True, title=title, alt=repr(self))
        window, cell = [(h * s_H, w * s_W, *self.f)], [(h, w, 1, 1)]
        arrays = [self.feature_map, self.pooled[n], self.gradient, self.returned[n]]
        titles = ["map", f"pooled ({self.mode})", "gradient of pooled", "gradient of map"]
        shown = 4 if self.backward else 2
        return plots.numbers(
            arrays[:shown], titles=titles[:shown], between=["->", "", "->"][: shown - 1],
            highlight=[window, cell, cell, window][:shown], shade=["signed"] * shown,
            alt=repr(self),
        )
