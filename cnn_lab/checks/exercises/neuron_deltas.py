"""Lesson 11: what comes back to one neuron, at the output and in a hidden layer."""

import numpy as np

from cnn_lab.checks.exercise import Case, Task
from cnn_lab.checks.mistakes import Mistake

# ---- output_delta ----


def output_delta(output, target):
    """Return minus dL/dz."""
    slope = output * (1 - output)
    return slope * (target - output)


def _output_delta_cases():
    pairs = [
        ("too low", 0.6, 0.9),
        ("too low", 0.05, 0.9),
        ("too high", 0.7, 0.1),
        ("too high", 0.35, 0.1),
        ("on target", 0.9, 0.9),
        ("sure and wrong", 0.96, 0.1),
        ("other targets", 0.8, 1.0),
        ("other targets", 0.3, 0.0),
    ]
    return [Case(part, (y, t), f"output {y}, target {t}") for part, y, t in pairs]


OUTPUT_DELTA = Task(
    "output_delta",
    "11",
    "write output_delta",
    output_delta,
    _output_delta_cases,
    ("delta",),
    (
        Mistake(
            "sign of the derivative",
            "Your numbers are right, their sign is not: you return the slope dL/dz. Delta is minus"
            " that, positive where the output should rise.",
            {"(target - output)": "(output - target)"},
        ),
        Mistake(
            "slope of the sigmoid forgotten",
            "You return target minus output. That is how L changes with the output; delta is about"
            " the sum BEFORE the sigmoid.",
            {"return slope * (target": "return (target"},
        ),
        Mistake(
            "squashed twice",
            "The slope of the sigmoid is written with the output, and the output has been through"
            " the sigmoid already: yours goes through it twice.",
            {
                "slope = output * (1 - output)": "slope = np.exp(-output) / (1 + np.exp(-output"
                ")) ** 2"
            },
        ),
        Mistake(
            "slope at the target",
            "You measure the sigmoid's slope at the target. Where does the neuron stand now?",
            {"output * (1 - output)": "target * (1 - target)"},
        ),
        Mistake(
            "half of the slope",
            "The slope of the sigmoid has two factors, and one of them is missing in yours.",
            {"output * (1 - output)": "1 - output"},
        ),
        Mistake(
            "target in the slope",
            "The target has got into the sigmoid's slope: both of its factors belong to the"
            " output.",
            {"output * (1 - output)": "output * (1 - target)"},
        ),
        Mistake(
            "other half of the slope",
            "The slope of the sigmoid has two factors; yours has only the output itself.",
            {"output * (1 - output)": "output"},
        ),
        Mistake(
            "slope of tanh",
            "That is the slope of tanh, 1 minus the square. Which function does our neuron use?",
            {"output * (1 - output)": "1 - output**2"},
        ),
        Mistake(
            "factor 2",
            "Twice what it should be: L has a factor one half. What does it do to the 2 of the"
            " square?",
            {"slope * (target": "2 * slope * (target"},
        ),
        Mistake(
            "difference squared",
            "You use the squared difference, and so lose its sign. L itself is squared; its"
            " derivative is not.",
            {"(target - output)": "(target - output) ** 2"},
        ),
        Mistake(
            "multiplied by L",
            "You multiply by L itself, half of the square. Its slope at the output is wanted.",
            {"(target - output)": "0.5 * (target - output) ** 2"},
        ),
        Mistake(
            "difference without its sign",
            "Your delta is never negative: an output that is too high must be told to fall.",
            {"(target - output)": "abs(target - output)"},
        ),
        Mistake(
            "only the slope",
            "Your delta does not ask for the target at all: how far off is the output?",
            {"return slope * (target - output)": "return slope"},
        ),
    ),
)


# ---- hidden_delta ----


def hidden_delta(output, weights, deltas):
    """Return minus dL/dz for a neuron that feeds others."""
    back = 0.0
    for weight, delta in zip(weights, deltas, strict=True):
        back = back + weight * delta
    return output * (1 - output) * back


def _hidden_delta_cases():
    rng = np.random.default_rng(12)
    cases = [
        Case("one connection", (0.6, np.array([0.5]), np.array([0.8])), "weight 0.5, delta 0.8"),
        Case("one connection", (0.2, np.array([-1.5]), np.array([0.3])), "weight −1.5, delta 0.3"),
    ]
    for count, output in [(2, 0.7), (3, 0.15), (5, 0.9)]:
        arguments = (output, rng.normal(size=count), rng.normal(size=count))
        cases.append(Case("several connections", arguments, f"{count} connections"))
    zeros = (0.4, np.array([0.0, 2.0, -1.0]), np.array([0.9, 0.0, 0.5]))
    cases.append(Case("weights and deltas of 0", zeros, "weights 0, 2, −1, deltas 0.9, 0, 0.5"))
    whole = (0.25, np.array([2, -1, 3]), np.array([1, 2, 1]))
    return [*cases, Case("input of whole numbers", whole, "weights 2, −1, 3, deltas 1, 2, 1")]


HIDDEN_DELTA = Task(
    "hidden_delta",
    "11",
    "write hidden_delta",
    hidden_delta,
    _hidden_delta_cases,
    ("delta",),
    (
        Mistake(
            "own slope forgotten",
            "You return what comes back over the connections. On its way through this neuron it"
            " still meets the neuron's own sigmoid.",
            {"return output * (1 - output) * back": "return back"},
        ),
        Mistake(
            "weights forgotten",
            "You add up the deltas as they are. A nudge of this neuron reaches each neuron behind"
            " it through a weight.",
            {"weight * delta": "delta"},
        ),
        Mistake(
            "minus sign",
            "Your sign is turned round. The minus is inside the deltas already; a second one would"
            " send the hidden weights uphill.",
            {"return output": "return -output"},
        ),
        Mistake(
            "squashed twice",
            "The output has been through the sigmoid already: your slope sends it through again.",
            {
                "return output * (1 - output) * back": "return np.exp(-output) / (1 + np.exp("
                "-output)) ** 2 * back"
            },
        ),
        Mistake(
            "only the last connection",
            "Only the last connection counts in your result: what arrives over all roads adds up.",
            {"back = back + weight": "back = weight"},
        ),
        Mistake(
            "sum forgotten",
            "You return one number for each connection. A neuron has one delta: roads add up.",
            lambda output, weights, deltas: output * (1 - output) * weights * deltas,
        ),
        Mistake(
            "mean over the connections",
            "You took the mean over the connections. Roads add up, however many there are.",
            {"weight * delta": "weight * delta / len(weights)"},
        ),
        Mistake(
            "sums multiplied",
            "You add the weights, add the deltas, and multiply the two sums. Each delta goes with"
            " the weight of its own connection.",
            lambda output, weights, deltas: float(
                output * (1 - output) * np.sum(weights) * np.sum(deltas)
            ),
        ),
        Mistake(
            "only the weights",
            "Your result does not use the deltas: the sum of the weights alone says nothing about"
            " the error.",
            {"weight * delta": "weight"},
        ),
        Mistake(
            "half of the slope",
            "The slope of the sigmoid has two factors, and one of them is missing in yours.",
            {"output * (1 - output) * back": "(1 - output) * back"},
        ),
        Mistake(
            "other half of the slope",
            "The slope of the sigmoid has two factors; yours has only the output itself.",
            {"output * (1 - output) * back": "output * back"},
        ),
        Mistake(
            "slope of tanh",
            "That is the slope of tanh, 1 minus the square. Which function does our neuron use?",
            {"output * (1 - output)": "(1 - output**2)"},
        ),
        Mistake(
            "cut to whole numbers",
            "You lose the digits after the point: is something rounded, or divided with //?",
            lambda output, weights, deltas: output * (1 - output) * int(np.dot(weights, deltas)),
        ),
    ),
)
