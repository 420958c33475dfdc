"""How much memory a training takes: the peak of a process that does nothing else."""

import sys
from pathlib import Path

import numpy as np

from cnn_lab.mnist import load_mnist
from cnn_lab.optimizers import SGD
from cnn_lab.training import fit
from measure.numpy_side import BATCH_SIZE, LEARNING_RATE, MOMENTUM, network_for


class Training:
    """A training with `cnn_lab.training.fit` on all 60,000 images."""

    def __init__(self, name, threads):
        self.network = network_for(name, threads)

    def peak_after(self, steps):
        """Train so many steps, evaluate on 5,000 images, and return the peak so far in bytes."""
        images, labels = load_mnist("train")
        test_images, test_labels = load_mnist("test")
        fit(
            self.network,
            images,
            labels,
            optimizer=SGD(LEARNING_RATE, momentum=MOMENTUM),
            epochs=1,
            batch_size=BATCH_SIZE,
            rng=np.random.default_rng(0),
            validation=(test_images[:5000], test_labels[:5000]),
            callback=lambda told: told.step >= steps,
            progress=False,
        )
        return peak()


def peak():
    """Return the largest resident size of this process so far, in bytes.

    Linux hands the figure of ``getrusage`` on from the process that starts another one, so there it
    is read from the process's own status.
    """
    import resource  # (not there on Windows)

    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        if "VmHWM" in lines:
            return int(lines["VmHWM"].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
