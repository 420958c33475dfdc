"""Kill a training again and again, let it go on each time, and compare with one left in peace.

``python tests/killed_training.py --kills 30`` is the long form of what tests/test_checkpoints.py
does with a few; ``--signal INT`` interrupts instead of killing, so that most stops lie within an
epoch; ``--writing`` waits until the file, a larger one, is being written, and then kills.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cnn_lab import checkpoints
from cnn_lab.augmentation import random_shift
from cnn_lab.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from cnn_lab.losses import SoftmaxCrossEntropy
from cnn_lab.network import Sequential
from cnn_lab.optimizers import Adam, one_cycle
from cnn_lab.training import fit

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the latter


def train(path, large=False):
    """Train a network with all that is random; the same whenever it is called."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 10, 1000)
    images = rng.integers(0, 100, (1000, 28, 28), dtype=np.uint8)
    images[np.arange(1000), 2 * labels + 3] += 100
    hidden = 256 if large else 16
    layers = [Conv2D(4, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(hidden), ReLU(), Dropout(0.5)]
    network = Sequential([*layers, Dense(10)], rng=np.random.default_rng(1))
    print("begins", flush=True)
    return fit(
        network,
        images,
        labels,
        optimizer=Adam(0.002),
        epochs=6 if large else 15,
        batch_size=100,
        loss=SoftmaxCrossEntropy(label_smoothing=0.1),
        rng=np.random.default_rng(2),
        validation=(images[:100], labels[:100]),
        schedule=one_cycle(),
        augment=random_shift(1),
        patience=30,
        checkpoint=path,
        progress=False,
    )


def run(path, *, delay=None, number=KILL, writing=False, threads=1):
    """Train in a process of its own, hit by a signal after a delay; return whether it ended."""
    command = [sys.executable, __file__, "--train", str(path), *["--writing"] * writing]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "CNN_LAB_THREADS": str(threads)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    with process:
        assert process.stdout.readline() == "begins\n"
        if delay is not None:
            time.sleep(delay)
            if writing:
                hold_while_writing(process, path)
            process.send_signal(number)
        said = process.stdout.read()
    ended = said == "finished\n"
    assert ended or process.returncode == (-number if number == KILL else 0), said
    return ended


def hold_while_writing(process, path):
    """Stop a process, as Ctrl-Z does, at a moment when half of its file is there, or let it end."""
    left_before = halves(path)
    while process.poll() is None:
        time.sleep(0.0005)
        if halves(path) - left_before:
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.01)  # until it stands still
            if halves(path) - left_before:
                return
            process.send_signal(signal.SIGCONT)


def halves(path):
    """Return the files that are, or were when a process ended, on their way to be a checkpoint."""
    return {name for name in os.listdir(path.parent) if name.startswith(f".{path.name}.")}


def hit(folder, kills, *, numbers=(KILL,), seed=None, **how):
    """Train with ``kills`` signals at random moments and without any, and count what was hit.

    The signals have the numbers in turn.

    Returns
    -------
    dict
        ``kills`` that came before the end; those of them that left ``half`` a file behind, and
        those after which some ``epochs`` were kept; ``trainings`` that went to their end in spite
        of them, and how many of these ended with ``equal`` bits.
    """
    chance = random.Random(seed)
    undisturbed, path = Path(folder, "undisturbed.npz"), Path(folder, "hit.npz")
    started = time.perf_counter()
    run(undisturbed, **how)
    longest = 0.5 * (time.perf_counter() - started)
    counts = dict.fromkeys(("kills", "half", "epochs", "trainings", "equal"), 0)
    while counts["kills"] < kills or path.exists():
        number = numbers[counts["kills"] % len(numbers)]
        earliest = 0.0 if number == KILL else 0.05  # before, nobody listens yet
        delay = chance.uniform(earliest, longest) if counts["kills"] < kills else None
        left_before = halves(path)
        if not run(path, delay=delay, number=number, **how):
            counts["kills"] += 1
            counts["half"] += bool(halves(path) - left_before)
            kept = checkpoints.load(path).about["history"] if path.exists() else {}
            counts["epochs"] += bool(kept.get("train_loss"))
            continue
        if delay is not None:
            longest *= 0.8  # it came too late
        counts["trainings"] += 1
        counts["equal"] += content(path) == content(undisturbed)
        assert not halves(path)
        path.unlink()
    return counts


def content(path):
    """Return everything in a checkpoint that does not depend on the time it took."""
    arrays, about = checkpoints.load(path)
    about["history"].pop("seconds")
    return about, {name: array.tobytes() for name, array in arrays.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--signal", choices=["KILL", "INT"], default="KILL")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--writing", action="store_true")
    parser.add_argument("--train", metavar="PATH", help="be the one that is hit")
    options = parser.parse_args()
    if options.train:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
        print(train(options.train, options.writing).stopped, flush=True)
        return
    numbers = [getattr(signal, f"SIG{options.signal}")]
    how = {"writing": options.writing, "threads": options.threads}
    with tempfile.TemporaryDirectory() as folder:
        print(hit(folder, options.kills, numbers=numbers, seed=options.seed, **how))


if __name__ == "__main__":
    main()
