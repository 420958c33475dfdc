"""Make ``cnn_lab/data/lesson_08.npz``: the weights that lesson 08 loads in the browser.

``python -m browser_edition.weights`` runs the lesson's own cells, those before its training and the
training itself, and keeps the network that comes out. It takes a minute on two cores.
"""

import json
from pathlib import Path

from cnn_lab.checkpoints import save_weights
from cnn_lab.models.pretrained import FOLDER

LESSON = Path(__file__).resolve().parents[1] / "notebooks" / "08_training_mnist.ipynb"
NEEDED = (
    "import gzip",
    "train_images, train_labels =",
    "ours = models.course_network",
    "history = fit(",
)


def cells(lesson=LESSON):
    """Return the sources of the cells that are needed, in the order of the lesson.

    Parameters
    ----------
    lesson : path

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If the lesson does not hold each of them once.
    """
    notebook = json.loads(Path(lesson).read_text(encoding="utf-8"))
    sources = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    found = []
    for start in NEEDED:
        matching = [s for s in sources if start in s]
        if len(matching) != 1:
            raise ValueError(f"{lesson}: {len(matching)} cells with {start!r}, expected 1")
        found += matching
    if found != [s for s in sources if s in found]:
        raise ValueError(f"{lesson}: the cells come in another order than {', '.join(NEEDED)}")
    return found


def main():
    """Train as the lesson does, and write the weights."""
    names = {}
    for source in cells():
        exec(compile(source, LESSON.name, "exec"), names)
    path = FOLDER / "lesson_08.npz"
    save_weights(path, names["ours"])
    print(f"The weights are in {path}.")


if __name__ == "__main__":
    main()
