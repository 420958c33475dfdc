"""When numbers grow beyond all bounds: in which layer it began, and what to try."""

import numpy as np


class DivergenceError(ValueError):
    """Training reached numbers that are not finite, and stopped: going on would be in vain.

    The network keeps its numbers as they were at that moment, so that they can be looked at. The
    checkpoint, if there is one, holds the last state in which everything was finite.
    """


def loss_error(value, run, x):
    """Return the error for a loss that is not finite, on the batch x (m, n_H, n_W, n_C).

    When all steps of the epoch are done, it is the loss of images held out.
    """
    done, held_out = len(run.history.batch_loss), _is_held_out(run)
    when = f"after step {done}" if held_out else f"at step {done + 1}"
    what = f"the {'validation ' * held_out}loss became {value} {when} {_of(run)}"
    if not np.isfinite(x).all():
        where, advice = "the images of the batch", "Look for such pixels, and at what augments them"
    else:
        broken = _broken_weights(run.network)
        where = f"{broken}, which broke in the step before" if broken else _broken_output(run, x)
        advice = _advice(run)
    return DivergenceError(f"{what}: expected a finite number. It began in {where}. {advice}")


def check_finite(run):
    """Raise DivergenceError if a weight, or what the optimizer remembers of it, is not finite."""
    broken = _broken_weights(run.network) or _broken_memory(run.network, run.optimizer)
    if broken:
        what = f"numbers broke at step {len(run.history.batch_loss)} {_of(run)}"
        raise DivergenceError(f"{what}: expected finite ones. It began in {broken}. {_advice(run)}")


def _is_held_out(run):
    return run.steps_of_epoch == run.steps_per_epoch or run.history.stopped == "callback"


def _of(run):
    return f"of {run.steps}, in epoch {len(run.history.train_loss) + 1}"


def _advice(run):
    rate = run.full_rate
    return (
        f"Try a smaller learning rate than {rate}, such as {rate / 10:.3g}, a schedule that warms "
        "up (cnn_lab.optimizers.one_cycle), or smaller first weights"
    )


def _broken_weights(network):
    """Name the weights that broke first: gradients flow backward, so those of the last layer."""
    for name, weights in reversed(network.params.items()):
        if not np.isfinite(weights).all():
            return _in_words(network, name)
    return None


def _broken_memory(network, optimizer):
    for name, memory in reversed(getattr(optimizer, "state", {}).items()):
        if isinstance(memory, np.ndarray) and not np.isfinite(memory).all():
            return f"what {type(optimizer).__name__} remembers of {_in_words(network, name)}"
    return None


def _in_words(network, name):
    number, name = name.split(".")[:2]
    return f"the weights {name} of layer {number}, {network.layers[int(number)]}"


def _broken_output(run, x):
    """Name the first layer whose outputs are not finite, with the plain layers, one by one."""
    outputs = run.network.activations(x)
    for number, (layer, output) in enumerate(zip(run.network.layers, outputs, strict=True)):
        if not np.isfinite(output).all():
            return f"the outputs of layer {number}, {layer}, which are too large for {output.dtype}"
    last, most = f"layer {len(outputs) - 1}, {run.network.layers[-1]}", np.abs(outputs[-1]).max()
    return f"the loss itself: the scores of {last}, which reach {most:.1e}, are too large for it"
