"""``cnn-lab train``: train a recipe and keep all that belongs to the training in one folder."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnn_lab.checkpoints import save_weights
from cnn_lab.models import RECIPES, recipe
from cnn_lab.training import evaluate, fit

FILES = """\
weights.npz     what the network learned; cnn_lab.checkpoints.load_weights reads it
history.png     loss and accuracy, epoch by epoch
log.txt         these lines
checkpoint.npz  from which the same command goes on
recipe.json     which training this is"""


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "train",
        help="train a network by a recipe",
        description="Train a network by a recipe and keep log, plot, checkpoint and weights in one"
        " folder. Stopped with Ctrl-C, or by force, it goes on where it was when you give the same"
        " command again.",
    )
    command.add_argument("recipe", nargs="?", metavar="RECIPE", help="its name, see --list")
    command.add_argument("--list", action="store_true", help="list the recipes there are")
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder (default: runs/RECIPE-seedN)"
    )
    command.add_argument(
        "--seed", type=_whole(0), default=0, metavar="N", help="of all chance (default: 0)"
    )
    command.add_argument(
        "--epochs", type=_whole(1), metavar="N", help="other than the recipe's number"
    )
    command.add_argument(
        "--threads", type=_whole(1), metavar="N", help="default: as many as there are cores"
    )
    command.add_argument(
        "--fresh", action="store_true", help="begin anew, even if there is a checkpoint"
    )
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status: 0 done, 1 an error, 2 no recipe, 130 interrupted."""
    if options.list:
        print(table())
        return 0
    if options.recipe is None:
        print("cnn-lab train: which recipe? --list shows them", file=sys.stderr)
        return 2
    try:
        how = recipe(options.recipe)
        if options.epochs:
            how = replace(how, epochs=options.epochs)
        folder = options.out or Path("runs") / f"{how.name}-seed{options.seed}"
        return train(how, folder, options.seed, threads=options.threads, fresh=options.fresh)
    except KeyboardInterrupt:
        print("cnn-lab train: interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"cnn-lab train: {error.filename}: {error.strerror}", file=sys.stderr)
    except ValueError as error:
        print(f"cnn-lab train: {error}", file=sys.stderr)
    return 1


def table():
    """Return what recipes there are, one a line, with the accuracy and time that we measured."""
    lines = [f"{'recipe':<16}{'accuracy':>9}{'seconds':>9}   what"]
    for how in RECIPES.values():
        lines.append(
            f"{how.name:<16}{how.accuracy:>9.2%}{how.seconds:>9.0f}   {how.description}"
        )
    return "\n".join(lines)


def train(how, folder, seed=0, *, threads=None, fresh=False, progress=True):
    """Train a recipe in a folder; go on if the folder holds the same training, half done.

    Parameters
    ----------
    how : cnn_lab.models.Recipe
    folder : Path
        Made if need be.
    seed, threads : int
    fresh : bool
        Whether to begin anew.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    int
        The exit status: 0 when training came to its end, 130 when it was interrupted.

    Raises
    ------
    ValueError
        If the folder holds another training, or training fails.
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    resumed = _claim(folder, {"recipe": how.name, "seed": seed, "epochs": how.epochs}, fresh)
    log = Log(folder / "log.txt", fresh=not resumed)
    network, data, settings = how.build(np.random.default_rng(seed)), how.data(), how.settings()
    if threads is not None:
        network.threads = threads
    log.write(_opening(how, seed, network, data, resumed))
    epochs = _Epochs(log, settings["optimizer"], how.epochs)
    try:
        history = fit(
            network,
            *data.training,
            validation=data.validation,
            rng=np.random.default_rng(seed),
            callback=epochs,
            checkpoint=folder / "checkpoint.npz",
            progress=progress,
            **settings,
        )
    except ValueError as error:
        log.write(f"Stopped: {error}")
        raise
    epochs.catch_up(history)
    save_weights(folder / "weights.npz", network)
    _save_plot(folder / "history.png", history)
    if history.stopped == "interrupted":
        log.write(
            "Interrupted. What was learned so far is kept; the same command goes on from there."
            " The test images have not been looked at."
        )
        return 130
    log.write(_closing(how, network, data, history))
    log.write(f"In {folder} there are now\n{FILES}")
    return 0


class Log:
    """Lines of text, each with the minutes and seconds since the start, on screen and in a file."""

    def __init__(self, path, *, fresh):
        self.path, self.started = path, time.perf_counter()
        with path.open("w" if fresh else "a", encoding="utf-8"):
            pass

    def write(self, text):
        """Write a text; its further lines are indented."""
        from tqdm.auto import tqdm

        minutes, seconds = divmod(time.perf_counter() - self.started, 60)
        line = f"{minutes:3.0f}:{seconds:04.1f}  {text}".replace("\n", "\n        ")
        tqdm.write(line)  # which keeps clear of the progress bar
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class _Epochs:
    """Called after every step; writes a line for each epoch that has come to its end."""

    def __init__(self, log, optimizer, epochs):
        self.log, self.optimizer, self.epochs = log, optimizer, epochs
        self.written, self.rate = None, optimizer.learning_rate

    def __call__(self, step):
        if self.written is None:  # the epochs of an earlier sitting stand in the log already
            self.written = len(step.history.train_loss)
        self.catch_up(step.history)
        self.rate = self.optimizer.learning_rate

    def catch_up(self, history):
        """Write the lines that are still missing."""
        if self.written is None:
            self.log.write("Nothing was left to do: this training had come to its end before.")
            self.written = len(history.train_loss)
        for epoch in range(self.written, len(history.train_loss)):
            self.log.write(self._line(history, epoch))
        self.written = len(history.train_loss)

    def _line(self, history, epoch):
        parts = [
            f"epoch {epoch + 1:2} of {self.epochs}",
            f"rate {self.rate:.2g}",
            f"loss {history.train_loss[epoch]:.4f}",
            f"{history.seconds[epoch]:.1f} s",
        ]
        if history.validation_accuracy:
            parts.insert(3, f"held-out {history.validation_accuracy[epoch]:.2%}")
        return "   ".join(parts)


def _claim(folder, training, fresh):
    """Make the folder this training's own; return whether there is something to go on from."""
    card, checkpoint = folder / "recipe.json", folder / "checkpoint.npz"
    if fresh:
        checkpoint.unlink(missing_ok=True)
    resumed = checkpoint.exists()
    found = json.loads(card.read_text(encoding="utf-8")) if resumed and card.exists() else training
    if found != training:
        raise ValueError(
            f"{folder} holds another training, {_listed(found)}, not {_listed(training)}: name"
            " another folder with --out, or begin anew with --fresh"
        )
    if not resumed:
        card.write_text(json.dumps(training), encoding="utf-8")
    return resumed


def _listed(training):
    return ", ".join(f"{name} {value}" for name, value in training.items())


def _opening(how, seed, network, data, resumed):
    held_out = len(data.validation[1]) if data.validation else 0
    return (
        f"{'Going on with' if resumed else 'Training'} {how.name} ({how.description}):"
        f" {network.parameter_count:,} weights, seed {seed}, {how.epochs} epochs of"
        f" {len(data.training[1]):,} images in batches of {how.batch_size}, {held_out:,} held out."
        f" It took us {how.seconds:.0f} seconds.\n{network.summary()}\n{network.explain()}"
    )


def _closing(how, network, data, history):
    images, labels = data.test
    accuracy = evaluate(network, images, labels).accuracy
    ended = "" if history.stopped == "finished" else f" ({history.stopped})"
    return (
        f"Trained for {len(history.train_loss)} epochs{ended} in {sum(history.seconds):.1f}"
        f" seconds. Of {len(labels):,} test images, never looked at while training,"
        f" {accuracy:.2%} were read right, {round(len(labels) * (1 - accuracy))} wrong."
        f" Our measurement of this recipe: {how.accuracy:.2%} in {how.seconds:.0f} seconds."
    )


def _save_plot(path, history):
    from cnn_lab import plots

    if history.batch_loss:
        path.write_bytes(plots.history(history).png())


def _whole(least):
    def number(text):
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more, got {value}")
        return value

    number.__name__ = "whole number"  # argparse says "invalid whole number value: 'x'"
    return number
