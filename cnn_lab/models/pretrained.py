"""Networks that come trained."""

from pathlib import Path

from cnn_lab.checkpoints import load_weights
from cnn_lab.models.networks import build

FOLDER = Path(__file__).parent.parent / "data"
TRAINED = {"course_network": "course_network", "lesson_08": "course_network"}  # weights: model


def trained(name="course_network"):
    """Return a network with the weights that come with the package.

    Parameters
    ----------
    name : str
        "course_network", 80,202 weights, trained by the recipe "best":
        ``cnn-lab train best`` makes the file again, up to the last bits of another machine.
        "lesson_08", the same network as it is at the end of lesson 08, for the browser edition;
        ``python -m browser_edition.weights`` runs the lesson's cells and makes it again.

    Returns
    -------
    cnn_lab.network.Sequential

    Raises
    ------
    ValueError
        If no weights of that name come with the package; the message lists those that do.

    Examples
    --------
    >>> from cnn_lab.mnist import load_mnist
    >>> images, labels = load_mnist("test")
    >>> trained().predict(images[:10]).tolist() == labels[:10].tolist()
    True
    """
    if name not in TRAINED:
        raise ValueError(f"name must be one of {', '.join(TRAINED)}, got {name!r}")
    network = build(TRAINED[name])
    load_weights(FOLDER / f"{name}.npz", network)
    return network
