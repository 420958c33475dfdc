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
    done, epoch = len(run.history.batch_loss), len(run.history.train_loss) + 1
    held_out = run.steps_of_epoch == run.steps_per_epoch or run.history.stopped == "callback"
    when = f"after step {done}" if held_out else f"at step {done + 1}"
    what = f"the {'validation ' * held_out}loss became {value} {when} of {run.steps}"
    what += f", in epoch {epoch}: expected a finite number"
    if not np.isfinite(x).all():
        advice = "look for pixels that are not finite, and at what augments them"
        return DivergenceError(f"{what}; the images of the batch are not finite: {advice}")
    broken = _broken_weights(run.network)
    where = f"{broken} broke in the step before" if broken else _broken_output(run, x)
    return DivergenceError(f"{what}; {where}; {_advice(run)}")


def check_finite(run):
    """Raise DivergenceError if a weight, or what the optimizer remembers of it, is not finite."""
    broken = _broken_weights(run.network) or _broken_memory(run.network, run.optimizer)
    if broken:
        step = f"step {len(run.history.batch_loss)} of {run.steps}"
        raise DivergenceError(f"{step} broke {broken}; {_advice(run)}")


def _advice(run):
    rate = run.full_rate
    return (
        f"that came first: try a smaller learning rate than {rate}, such as {rate / 10:.3g}, "
        "a schedule that warms up (one_cycle), or smaller first weights"
    )


def _broken_weights(network):
    """Name the weights that broke first: gradients flow backward, so those of the last layer."""
    for name, weights in reversed(network.params.items()):
        if not np.isfinite(weights).all():
            return _in_words(network, name)
    return None


def _broken_memory(network, optimizer):
    for name, memory in reversed(getattr(optimizer, "state", {}).items()):
        if not np.isfinite(memory).all():
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
            return f"the outputs of layer {number}, {layer}, are too large for {output.dtype}"
    scores = f"scores of up to {np.abs(outputs[-1]).max():.1e}"
    return f"it is too large for the {scores} of layer {len(outputs) - 1}, {run.network.layers[-1]}"
