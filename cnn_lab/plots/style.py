"""Colours, sizes and text measures that every picture of the course shares.

One length unit is used throughout: the CSS pixel. A figure of 100 pixels is 100/72 inch wide and
drawn at 144 dots an inch, so that a font size of 16 points is 16 pixels high on the page and every
pixel of the page holds two by two dots.
"""

import re
import threading
from functools import lru_cache

import numpy as np
from matplotlib import colormaps
from matplotlib.cbook import is_math_text
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

FONT = "DejaVu Sans"
CELL_SIZE, CELL_FONT, SMALLEST_FONT = 46, 18, 13.5
TITLE_FONT, CAPTION_FONT, LABEL_FONT, TICK_FONT = 18, 15, 15, 14
PADDING, PAGE_WIDTH = 14, 820
CONTENT_WIDTH = PAGE_WIDTH - 2 * PADDING

INK, MUTED, FAINT, RULE = "#1a1a1a", "#595959", "#767676", "#bdbdbd"
ROLES = {"input": "#0072B2", "filter": "#D55E00", "output": "#009E73"}
ROLE_INKS = {"input": "#005a8c", "filter": "#a64900", "output": "#00694c", None: INK}
ROLE_TINTS = {"input": "#dcedf8", "filter": "#fbe6d9", "output": "#d9f1e8", None: "#ffffff"}
MISTAKE = "#b2182b"
SIGNED, LEVELS, GREY = "cnn_lab_signed", "cividis", "gray"
# From −1 by 0 to 1. The negative end is much darker than the positive one, so that a picture keeps
# its signs when it is printed in grey.
SIGNED_STOPS = ("#08204f", "#14539a", "#4d95c8", "#aed3e8", "#ffffff",
                "#fbd3bd", "#f2a184", "#e56a53", "#d43d37")
colormaps.register(LinearSegmentedColormap.from_list(SIGNED, SIGNED_STOPS, N=257), force=True)
SERIES = (
    # colour, line style, marker: any one of the three tells the lines apart
    ("#1a1a1a", "-", "o"),
    ("#aa3f8f", (0, (6, 2)), "s"),
    ("#7a7a1f", (0, (5, 2, 1.2, 2)), "^"),
    ("#4a7fb5", (0, (1.5, 1.5)), "D"),
    ("#b36a3c", (0, (9, 3)), "v"),
    ("#6e6e6e", (0, (3, 1.5, 1, 1.5, 1, 1.5)), "P"),
)
DRAWING = threading.RLock()  # matplotlib reads mathematics with one parser for all threads
HATCHES = ("", "///", "...", "xxx", "---", "+++")


def luminance(colour):
    """Return the relative luminance of a colour, 0 for black to 1 for white.

    Parameters
    ----------
    colour : any matplotlib colour

    Returns
    -------
    float

    References
    ----------
    Web Content Accessibility Guidelines 2.1, "relative luminance".

    Examples
    --------
    >>> luminance("white"), luminance("black")
    (1.0, 0.0)
    """
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return round(float(np.dot((0.2126, 0.7152, 0.0722), channels)), 12)


def contrast(first, second):
    """Return the contrast ratio of two colours, 1 (equal) to 21 (black on white).

    Examples
    --------
    >>> contrast("black", "white")
    21.0
    """
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(background):
    """Return black or white, whichever reads better on a background colour.

    Examples
    --------
    >>> ink_on("#440154"), ink_on("#fde725")
    ('#ffffff', '#000000')
    """
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, background))


def shades(values, cmap, limits):
    """Return one hexadecimal colour for every value, white for values that are not finite."""
    low, high = limits
    scaled = (np.asarray(values, float) - low) / ((high - low) or 1.0)
    colours = colormaps[cmap](np.clip(np.nan_to_num(scaled), 0, 1))
    colours[~np.isfinite(scaled)] = 1.0
    return np.apply_along_axis(to_hex, -1, colours)


@lru_cache(maxsize=4096)
def text_width(text, size, weight="normal"):
    """Return the width of one line of text in pixels; ``$...$`` is measured as mathematics."""
    prop = FontProperties(family=FONT, size=size, weight=weight)
    measure = TextToPath()  # a new one: the shared object is not safe between threads
    with DRAWING:
        return measure.get_text_width_height_descent(text, prop, bool(is_math_text(text)))[0]


def wrap(text, width, size, weight="normal"):
    """Break text at its spaces into lines that fit a width in pixels.

    Parameters
    ----------
    text : str
        Line breaks in it are kept. Mathematics between dollars is never broken.
    width, size : float
        Available width and font size in pixels.
    weight : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> wrap("one two three", 60, 16)
    ['one', 'two', 'three']
    """
    lines = []
    for paragraph in text.split("\n"):
        lines.append("")
        for word in re.findall(r"\$[^$]*\$\S*|\S+", paragraph):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and text_width(longer, size, weight) > width:
                lines.append(word)
            else:
                lines[-1] = longer
    return lines


def balance(text, width, size, weight="normal"):
    """Break text like `wrap`, into as few lines, but lines of similar length.

    Examples
    --------
    >>> wrap("one two three four", 120, 16), balance("one two three four", 120, 16)
    (['one two three', 'four'], ['one two', 'three four'])
    """
    return list(_balanced(text, width, size, weight))


@lru_cache(maxsize=1024)
def _balanced(text, width, size, weight):
    best = wrap(text, width, size, weight)
    for narrower in np.linspace(width, width / 2, 21):
        lines = wrap(text, float(narrower), size, weight)
        if len(lines) > len(best):
            return best
        best = lines
    return best
