"""Take pictures of the README out of the lessons: `python images/from_lessons.py` writes them."""

import base64
from pathlib import Path

import nbformat

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


if __name__ == "__main__":
    for name, (lesson, title) in WANTED.items():
        content, alt = figure(lesson, title)
        Path(__file__).with_name(name).write_bytes(content)
        print(f"{name}: {alt}")
