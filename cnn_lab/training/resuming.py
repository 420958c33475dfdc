"""A training in a file: what goes in, what must agree, and how it goes on from there."""

import os
import re
import warnings
import zlib
from copy import copy
from types import FunctionType

import numpy as np

from cnn_lab import checkpoints
from cnn_lab.checkpoints import CheckpointError
from cnn_lab.training import random_states
from cnn_lab.training.history import History

ADVICE = "Give the same arguments, or begin anew by naming another file or removing this one"


class Keeper:
    """Keep a training in a file, or do nothing if there is no path.

    A file that is there already puts the training where it was; otherwise the first state is
    written, so that a folder in which nothing can be written is found before the first step.
    """

    def __init__(self, path, run):
        self.path, self.run = path, run
        if path is None:
            return
        if not hasattr(run.optimizer, "get_state"):
            got = type(run.optimizer).__name__
            needs = "get_state, set_state and settings, as SGD has"
            raise TypeError(f"a checkpoint needs an optimizer with {needs}, got {got}")
        self.arguments = arguments(run)
        if os.path.exists(path):
            self._resume()
        if not run.ended:
            self._write()
        else:
            checkpoints.sweep(path)

    def keep(self):
        """Write the state between two steps, or warn that it could not be written."""
        if self.path is None:
            return
        try:
            self._write()
        except OSError as error:
            words = f"after step {len(self.run.history.batch_loss)}: {error}; what was there before"
            words += " is intact; training goes on, and the end of every epoch tries again"
            warnings.warn(words, RuntimeWarning, stacklevel=3)

    def _write(self):
        arrays, about = snapshot(self.run)
        checkpoints.save(self.path, arrays, {"arguments": self.arguments, **about})

    def _resume(self):
        run = self.run
        arrays, about = checkpoints.load(self.path, largest=checkpoints.largest_for(run.network))
        try:
            if run.schedule is None and run.full_rate == about["learning_rate"]:
                run.full_rate = about["full_rate"]  # a callback had changed it
            self.arguments["optimizer"] = _optimizer(run)
            changes = checkpoints.differences(about["arguments"], self.arguments)
            if changes:
                raise CheckpointError(f"holds another training: {'; '.join(changes)}. {ADVICE}")
            state = _checked(run, arrays, about)
        except CheckpointError as error:
            raise CheckpointError(f"{self.path} {error}") from None
        except Exception as error:  # a file with a right checksum and strange content
            raise CheckpointError(f"{self.path} holds no such training: {error!r}") from error
        _put_back(run, **state)


def snapshot(run):
    """Return the arrays and the rest that a training needs to go on, between two steps."""
    arrays = {f"weights/{name}": value for name, value in run.network.params.items()}
    arrays |= {f"best/{name}": value for name, value in (run.best_weights or {}).items()}
    arrays |= {f"optimizer/{name}": value for name, value in run.optimizer.get_state().items()}
    order = None if run.order_state is None else random_states.encoded(run.order_state)
    return arrays, {
        "network": checkpoints.architecture(run.network),
        "history": vars(run.history),
        "random": random_states.capture(run.network, run.rng),
        "order": order,
        "seconds": run.seconds,
        "learning_rate": float(run.optimizer.learning_rate),
        "full_rate": float(run.full_rate),
        "ended": run.ended,
    }


def arguments(run):
    """Describe in words all that must be the same when a training goes on."""
    held_out = run.validation
    return {
        "network": checkpoints.architecture(run.network),
        "optimizer": _optimizer(run),
        "loss": described(run.loss),
        "epochs": run.epochs,
        "batch_size": run.batch_size,
        "patience": run.patience and int(run.patience),
        "images": fingerprint(run.images),
        "labels": fingerprint(run.labels),
        "validation": None if held_out is None else [fingerprint(part) for part in held_out],
        "schedule": run.schedule and f"{described(run.schedule)}: {_course(run.schedule)}",
        "augment": run.augment and described(run.augment),
        "random generator": type(run.rng.bit_generator).__name__,
    }


def fingerprint(array):
    """Describe an array by its shape, type and checksum.

    Examples
    --------
    >>> fingerprint(np.zeros((5, 2), np.uint8))
    '5 x 2 of uint8, checksum e38a6876'
    """
    checksum = 0
    for start in range(0, len(array), 1000):
        checksum = zlib.crc32(np.ascontiguousarray(array[start : start + 1000]), checksum)
    return f"{' x '.join(map(str, array.shape))} of {array.dtype}, checksum {checksum:08x}"


def described(thing):
    """Describe a function by its name and the values that it was made with; others by their repr.

    Examples
    --------
    >>> from cnn_lab.augmentation import random_shift
    >>> described(random_shift(2))
    'random_shift(pixels=2)'
    """
    if isinstance(thing, (tuple, list)):
        return f"({', '.join(map(described, thing))})"
    if not isinstance(thing, FunctionType):
        return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing))
    made_with = zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True)
    values = [f"{name}={described(cell.cell_contents)}" for name, cell in made_with]
    return thing.__qualname__.split(".<locals>")[0] + (f"({', '.join(values)})" if values else "")


def _course(schedule):
    return ", ".join(f"{schedule(tenths / 10):.6g}" for tenths in range(11))


def _optimizer(run):
    settings = {**run.optimizer.settings(), "learning_rate": run.full_rate}
    words = ", ".join(f"{name}={float(value)}" for name, value in settings.items())
    return f"{type(run.optimizer).__name__}({words})"


def _checked(run, arrays, about):
    """Return what `_put_back` takes, or raise if anything in the file is not as it should be."""
    best = any(name.startswith("best/") for name in arrays)
    state = {
        "weights": checkpoints.weights_for(run.network, arrays, "weights/"),
        "best": checkpoints.weights_for(run.network, arrays, "best/") if best else None,
        "memory": _memory(run, arrays),
        "history": _history(about["history"]),
        "random": random_states.decode_all(about["random"], run.network, run.rng),
        "order": about["order"] and random_states.decoded_state(about["order"]),
        "seconds": float(about["seconds"]),
        "learning_rate": float(about["learning_rate"]),
        "ended": bool(about["ended"]),
    }
    if not 0 < state["learning_rate"] < np.inf:
        raise CheckpointError(f"holds a learning rate of {state['learning_rate']}")
    epochs, steps = (len(getattr(state["history"], name)) for name in ("train_loss", "batch_loss"))
    begun = steps - epochs * run.steps_per_epoch
    if not state["ended"] and not (
        0 <= epochs < run.epochs
        and 0 <= begun <= run.steps_per_epoch
        and (state["order"] is not None or begun == 0)
    ):
        raise CheckpointError(
            f"holds a training that stands nowhere: {epochs} epochs and {begun} steps"
        )
    return state


def _memory(run, arrays):
    """Return what the optimizer remembered, if it belongs to the network's weights."""
    start, params = "optimizer/", run.network.params
    memory = {k.removeprefix(start): a for k, a in arrays.items() if k.startswith(start)}
    for name, array in memory.items():
        owner = params.get(".".join(name.split(".")[:2]))
        same = owner is not None and (array.shape, array.dtype) == (owner.shape, owner.dtype)
        same = same or (name == "steps" and array.shape == ())
        if not same or not np.isfinite(array).all():
            raise CheckpointError(f"holds an optimizer's {name} that does not fit the weights")
    copy(run.optimizer).set_state(memory)  # raises if anything is missing
    return memory


def _history(about):
    history = History(**about)
    lists = [value for name, value in vars(history).items() if name != "stopped"]
    numbers = [number for values in lists for number in values]
    if not all(isinstance(values, list) for values in lists) or not np.isfinite(numbers).all():
        raise CheckpointError("holds a history that is none")
    history.stopped = str(history.stopped)
    return history


def _put_back(run, weights, best, memory, history, random, order, seconds, learning_rate, ended):
    run.network.set_weights(weights)
    run.optimizer.set_state(memory)
    run.optimizer.learning_rate = learning_rate
    random_states.restore(random, run.network, run.rng)
    run.history, run.best_weights, run.ended = history, best, ended
    run.order_state, run.seconds = order, seconds
    if not ended:
        history.stopped = "finished"
