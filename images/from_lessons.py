"""Take pictures of the README out of lessons and a check: `python images/from_lessons.py`."""

import base64
import re
from html import unescape
from pathlib import Path

import nbformat

from cnn_lab import checks, reference

ROOT = Path(__file__).parents[1]
# File -> the lesson, and how the title of the figure begins.
WANTED = {
    "turned.png": ("05_convolution_backward", "From window to window"),
    "decides.png": ("09_looking_inside", "A few pixels decide"),
}


def figure(lesson, title):
    """Return the stored picture, the bytes of a PNG, and its alternative text."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and f'title="{title}' in cell.source:
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    alt = output.metadata["image/png"]["alt"]
                    return base64.b64decode(output.data["image/png"]), alt
    raise ValueError(f"{lesson} has no figure whose title begins with {title!r}")


def without_stride(A_prev, W, b, hparameters):
    """Compute a convolution whose windows move by one pixel whatever the stride: a mistake."""
    right, cache = reference.conv_forward(A_prev, W, b, hparameters)
    Z, _ = reference.conv_forward(A_prev, W, b, hparameters | {"stride": 1})
    return Z[:, : right.shape[1], : right.shape[2]].copy(), cache


def told():
    """Return the picture with which a check answers that mistake, and its alternative text."""
    html = checks.conv_forward(without_stride)._repr_mimebundle_()["text/html"]
    found = re.search(r'alt="([^"]*)"[^>]*src="data:image/png;base64,([^"]+)"', html)
    return base64.b64decode(found[2]), unescape(found[1])


if __name__ == "__main__":
    for name, (lesson, title) in WANTED.items():
        content, alt = figure(lesson, title)
        Path(__file__).with_name(name).write_bytes(content)
        print(f"{name}: {alt}")
    content, alt = told()
    Path(__file__).with_name("told.png").write_bytes(content)
    print(f"told.png: {alt}")
