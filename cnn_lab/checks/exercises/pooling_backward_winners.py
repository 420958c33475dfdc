"""Mistakes in the backward pass of pooling: who is paid, and how much."""

from cnn_lab.checks.mistakes import Mistake

MASKS = (
    Mistake(
        "mask over all channels",
        "You look for the maximum over all channels together. Every channel is pooled by itself: in"
        " your result most windows pay nobody.",
        {"mask = window == window.max()": "mask = window == A_prev[i, rows, columns].max()"},
    ),
    Mistake(
        "mask over the batch",
        "You look for the maximum over all images together. Every image is pooled by itself: in"
        " your result most windows pay nobody.",
        {"mask = window == window.max()": "mask = window == A_prev[:, rows, columns, c].max()"},
    ),
    Mistake(
        "mask over batch and channels",
        "You compare with one maximum for all images and all channels at once. How many winners has"
        " one place of the window?",
        {"mask = window == window.max()": "mask = window == A_prev[:, rows, columns].max()"},
    ),
    Mistake(
        "window through all channels",
        "Your windows reach through all channels, and the pixels of one channel are paid with the"
        " gradients of the others. Which axis is missing where you cut?",
        {
            "window = A_prev[i, rows, columns, c]": "window = A_prev[i, rows, columns]",
            "share = np.full((f, f), dA[i, h, w, c] / (f * f))": (
                "share = np.full(window.shape, dA[i, h, w, c] / (f * f))"
            ),
            "dA_prev[i, rows, columns, c] += share": "dA_prev[i, rows, columns] += share",
        },
    ),
    Mistake(
        "mask over all channels, written to all",
        "In max mode you cut, and pay, all channels at once, and only the largest number of all of"
        " them is a winner. Every channel is pooled by itself: which index is missing?",
        {
            "window = A_prev[i, rows, columns, c]": "window = A_prev[i, rows, columns]",
            "dA_prev[i, rows, columns, c] += share": (
                'dA_prev[(i, rows, columns) if mode == "max" else (i, rows, columns, c)] += share'
            ),
        },
    ),
    Mistake(
        "shares of one channel written to all",
        "Your shares are a window of one channel, and the place into which you write them has all"
        " channels. Which index is missing there?",
        {
            "window = A_prev[i, rows, columns, c]": "window = A_prev[i, rows, columns]",
            "dA_prev[i, rows, columns, c] += share": "dA_prev[i, rows, columns] += share",
        },
    ),
    Mistake(
        "shares of one channel written to all, average only",
        "In average mode your shares are a window of one channel, and the place into which you"
        " write them has all channels. Which index is missing there?",
        {
            "dA_prev[i, rows, columns, c] += share": (
                'dA_prev[(i, rows, columns, c) if mode == "max" else (i, rows, columns)] += share'
            ),
        },
    ),
    Mistake(
        "one share written to all channels, average only",
        "In average mode you write the share of one channel to all channels. Which index is missing"
        " there?",
        {
            "dA_prev[i, rows, columns, c] += share": (
                'dA_prev[(i, rows, columns, c) if mode == "max" else (i, rows, columns)] += ('
                'share if mode == "max" else share[0, 0])'
            ),
        },
    ),
    Mistake(
        "maximum of the whole map",
        "You compare with the largest number of the whole map, so that only the window that holds"
        " it pays anybody. Each window has a winner of its own.",
        {"mask = window == window.max()": "mask = window == A_prev[i, :, :, c].max()"},
    ),
    Mistake(
        "equal pixels elsewhere",
        "You mark every pixel of the map that equals the window's maximum, also pixels outside the"
        " window. Who takes part in a window?",
        {
            "mask = window == window.max()": "mask = A_prev[i, :, :, c] == window.max()",
            "dA_prev[i, rows, columns, c] += share": (
                'dA_prev[(i, *(slice(None),) * 2, c) if mode == "max" else (i, rows, columns, c)]'
                " += share"
            ),
        },
    ),
    Mistake(
        "no mask",
        "In max mode you pay the whole window. Who of them decided about the maximum?",
        {"mask = window == window.max()": "mask = np.ones((f, f))"},
    ),
    Mistake(
        "the smallest wins",
        "You pay the smallest number of each window.",
        {"window == window.max()": "window == window.min()"},
    ),
    Mistake(
        "largest absolute value",
        "You pay the number that is farthest from 0. A large negative number is no maximum.",
        {"window == window.max()": "abs(window) == abs(window).max()"},
    ),
    Mistake(
        "winners above 0 only",
        "A window of negative numbers pays nobody in your result. It has a maximum all the same: do"
        " you begin the search with 0?",
        {"window == window.max()": "window == max(window.max(), 0)"},
    ),
    Mistake(
        "nobody at a tie",
        "Where numbers tie for the maximum, your window pays nobody. All of them, or one: somebody"
        " has to hear the gradient.",
        {
            "mask = window == window.max()": (
                "mask = (window == window.max()) & ((window == window.max()).sum() == 1)"
            )
        },
    ),
    Mistake(
        "a winner in each row",
        "You pay one winner in each row of a window. There is one maximum for the whole window.",
        {"window == window.max()": "window == window.max(axis=1, keepdims=True)"},
    ),
    Mistake(
        "a winner in each column",
        "You pay one winner in each column of a window. There is one maximum for the whole window.",
        {"window == window.max()": "window == window.max(axis=0, keepdims=True)"},
    ),
)

PAYMENTS = (
    Mistake(
        "maximum in place of dA",
        "You hand the winner its own value. What it is to hear is the gradient from above.",
        {"mask * dA[i, h, w, c]": "mask * window.max()"},
    ),
    Mistake(
        "pooled values in place of dA",
        "You put maxima and means, the results of the forward pass, where gradients belong. Does dA"
        " occur in your shares?",
        {
            "mask * dA[i, h, w, c]": "mask * window.max()",
            "dA[i, h, w, c] / (f * f)": "window.mean()",
        },
    ),
    Mistake(
        "mask times value times dA",
        "Your gradient of the maximum is multiplied by the maximum itself. The winner's slope is 1,"
        " however large it is.",
        {"mask * dA[i, h, w, c]": "mask * window * dA[i, h, w, c]"},
    ),
    Mistake(
        "mask only",
        "Your result counts how often a pixel wins. By what is each of these wins to be"
        " multiplied?",
        {"mask * dA[i, h, w, c]": "mask"},
    ),
    Mistake(
        "maximum divided too",
        "In max mode you divide by the number of pixels. The winner hears the whole gradient; only"
        " an average is shared out.",
        {"mask * dA[i, h, w, c]": "mask * dA[i, h, w, c] / (f * f)"},
    ),
    Mistake(
        "divided by the size of the map",
        "In average mode you divide by the number of pixels of the whole map. Among how many pixels"
        " does one window share?",
        {"(f * f)": "(A_prev.shape[1] * A_prev.shape[2])"},
    ),
    Mistake(
        "average weighted with the pixels",
        "In average mode you multiply the share by the pixel. The slope of a mean is the same for"
        " every number in it, large or small.",
        {"np.full((f, f), dA[i, h, w, c] / (f * f))": "window * dA[i, h, w, c] / (f * f)"},
    ),
    Mistake(
        "average to the winner only",
        "In average mode only the largest pixel is paid. Everybody took part in the mean.",
        {
            "np.full((f, f), dA[i, h, w, c] / (f * f))": (
                "(window == window.max()) * dA[i, h, w, c] / (f * f)"
            )
        },
    ),
    Mistake(
        "overlaps averaged",
        "Where windows overlap, you take the mean of what they pay. Every window is a road to the"
        " loss: what do roads do?",
        {
            "dA_prev = np.zeros(A_prev.shape)": (
                "dA_prev, seen = np.zeros(A_prev.shape), np.zeros(A_prev.shape)"
            ),
            "dA_prev[i, rows, columns, c] += share": (
                "dA_prev[i, rows, columns, c] += share; seen[i, rows, columns, c] += 1"
            ),
            "return dA_prev": "return dA_prev / np.maximum(seen, 1)",
        },
    ),
    Mistake(
        "divided by the batch",
        "Your gradient is too small by the number of images. Who takes a mean over the batch, if"
        " anybody, is the loss; dA knows it already.",
        {"return dA_prev": "return dA_prev / len(dA)"},
    ),
)

_WIPED = (
    " mode your last window wipes out what a pixel was paid before. Windows may overlap: what"
    " happens to gradients that meet in one number?"
)
_AT_THE_WINNER = (
    "You write the gradient at the winner with `=`. When a pixel wins two windows that overlap,"
    " what has become of the first payment?"
)
_PAID = "dA_prev[i, rows, columns, c] += share"
_ADDED, _WRITTEN = "dA_prev[i, rows, columns, c] + share", "share"
_TO_ONE = "np.where(mask, share, dA_prev[i, rows, columns, c])"
_STRIDE = {"h * stride, h * stride + f": "h, h + f", "w * stride, w * stride + f": "w, w + f"}
_STRIDE_FIRST = (
    "Your windows advance by one pixel, whatever the stride: where does window (h, w) begin?"
)


def _paid(in_max, in_average):
    """Return the edit that pays in one way in max mode and in another one in average mode."""
    place = "dA_prev[i, rows, columns, c]"
    return {_PAID: f'{place} = {in_max} if mode == "max" else {in_average}'}


OVERWRITTEN = (
    Mistake("= for += in max mode", "In max" + _WIPED, _paid(_WRITTEN, _ADDED)),
    Mistake("= for += in average mode", "In average" + _WIPED, _paid(_ADDED, _WRITTEN)),
    Mistake("= for += at the winner", _AT_THE_WINNER, _paid(_TO_ONE, _ADDED)),
    Mistake(
        "= for += at the winner, and in average mode",
        _AT_THE_WINNER + " In average mode it is the same.",
        _paid(_TO_ONE, _WRITTEN),
    ),
    Mistake(
        "= for +=, and stride missing",
        _STRIDE_FIRST + " After that, mind your `=`: windows may overlap, and then gradients meet.",
        _STRIDE | _paid(_WRITTEN, _WRITTEN),
    ),
    Mistake(
        "= for += at the winner, and stride missing",
        _STRIDE_FIRST + " After that, mind your `=`: a pixel may win in two windows.",
        _STRIDE | _paid(_TO_ONE, _ADDED),
    ),
)

_SLICES = {
    "rows = slice(h * stride, h * stride + f)": "rows = slice(w * stride, w * stride + f)",
    "columns = slice(w * stride, w * stride + f)": "columns = slice(h * stride, h * stride + f)",
}
_SWAPPED = {
    "h * stride, h * stride + f": "h * f, h * f + stride",
    "w * stride, w * stride + f": "w * f, w * f + stride",
}
_MISREAD = {'hparameters["f"], hparameters["stride"]': 'hparameters["stride"], hparameters["f"]'}
_ONE_SHARE = {"np.full((f, f), dA[i, h, w, c] / (f * f))": "dA[i, h, w, c] / (f * f)"}
_FOLLOW = (
    "Your rows follow w and your columns follow h, and the windows run out of the picture. Which"
    " axis of dA counts the windows down?"
)
_PLACES = "f and stride have changed places: "
_STEP = _PLACES + "your windows advance by f and reach as far as the stride. Which is the step?"
_READ = _PLACES + "look at the line in which you read them from hparameters."
_BOTH_MODES = " It concerns both modes."
SLICES_EXCHANGED = (
    Mistake("slices exchanged", _FOLLOW, _SLICES),
    Mistake("slices exchanged, one share", _FOLLOW + _BOTH_MODES, _SLICES | _ONE_SHARE),
)
F_AND_STRIDE = (
    Mistake("f and stride exchanged", _STEP, _SWAPPED),
    Mistake("f and stride exchanged, one share", _STEP + _BOTH_MODES, _SWAPPED | _ONE_SHARE),
    Mistake("f and stride misread", _READ, _MISREAD),
    Mistake("f and stride misread, one share", _READ + _BOTH_MODES, _MISREAD | _ONE_SHARE),
)
