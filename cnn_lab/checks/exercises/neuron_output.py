"""Lesson 11: what one neuron says."""

import math

import numpy as np

from cnn_lab.checks.exercise import Case, Task
from cnn_lab.checks.mistakes import Mistake


def node_output(inputs, weights, bias):
    """Return the sigmoid of the weighted sum."""
    z = bias
    for value, weight in zip(inputs, weights, strict=True):
        z = z + weight * value
    e = math.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


def _node_output_cases():
    rng = np.random.default_rng(11)
    return [
        Case("one input", (np.array([2.0]), np.array([0.5]), 0.0), "input 2, weight 0.5, bias 0"),
        Case("one input", (np.array([1.5]), np.array([-0.8]), 0.0), "input 1.5, weight −0.8"),
        Case("several inputs", (rng.normal(size=3), rng.normal(size=3), 0.0), "3 inputs, bias 0"),
        Case("several inputs", (rng.normal(size=7), rng.normal(size=7), 0.0), "7 inputs, bias 0"),
        Case("bias", (rng.normal(size=2), rng.normal(size=2), 1.3), "2 inputs, bias 1.3"),
        Case("bias", (rng.normal(size=4), rng.normal(size=4), -0.9), "4 inputs, bias −0.9"),
        Case("bias", (np.zeros(5), rng.normal(size=5), 0.7), "5 inputs that are 0, bias 0.7"),
        Case(
            "input of whole numbers", (np.array([1, 0, 2]), np.array([1, 3, -1]), 2),
            "inputs 1, 0, 2, weights 1, 3, −1, bias 2",
        ),
        Case("large sums", (np.array([30.0, 20.0]), np.array([40.0, 5.0]), -1.0), "a sum of 1299"),
        Case("large sums", (np.array([30.0, 20.0]), np.array([-40.0, 5.0]), 1.0), "a sum of −1099"),
    ]


def _each_squashed(inputs, weights, bias):
    products = np.asarray(inputs) * np.asarray(weights)
    return float(np.sum(0.5 * (1 + np.tanh(0.5 * products)))) + bias


NODE_OUTPUT = Task(
    "node_output",
    "11",
    "write node_output",
    node_output,
    _node_output_cases,
    ("output",),
    (
        Mistake(
            "sigmoid forgotten",
            "Your result is the weighted sum itself: a neuron squeezes it between 0 and 1 before it"
            " passes it on.",
            {"return 1 / (1 + e) if z >= 0 else e / (1 + e)": "return z"},
        ),
        Mistake(
            "bias forgotten",
            "Your neuron has no bias: with all inputs 0 it can only answer one half.",
            {"z = bias": "z = 0.0"},
        ),
        Mistake(
            "bias added after the sigmoid",
            "Your bias comes too late: it is a term of the sum, and the sigmoid comes last. Outputs"
            " stay between 0 and 1.",
            {
                "z = bias": "z = 0.0",
                "return 1 / (1 + e) if z >= 0 else e / (1 + e)": "return bias + (1 / (1 + e) if z"
                " >= 0 else e / (1 + e))",
            },
        ),
        Mistake(
            "sign in the exponent",
            "Your sigmoid falls where it should rise: look at the sign in its exponent.",
            {"if z >= 0": "if z < 0"},
        ),
        Mistake(
            "exponential overflows",
            "For a sum of −1099 your exponential is too large a number for a float. Which form of"
            " the sigmoid only meets exponents below 0?",
            {
                "math.exp(-abs(z))": "math.exp(-z)",
                "return 1 / (1 + e) if z >= 0 else e / (1 + e)": "return 1 / (1 + e)",
            },
        ),
        Mistake(
            "forms exchanged",
            "Your two forms of the sigmoid have changed places: each meets the large exponents that"
            " it cannot bear. Whose exponent is negative when the sum is positive?",
            {"math.exp(-abs(z))": "math.exp(abs(z))", "if z >= 0": "if z < 0"},
        ),
        Mistake(
            "second form for all sums",
            "For a sum of 1299 your exponential is too large a number for a float. This form of the"
            " sigmoid is for sums below 0.",
            {
                "math.exp(-abs(z))": "math.exp(z)",
                "return 1 / (1 + e) if z >= 0 else e / (1 + e)": "return e / (1 + e)",
            },
        ),
        Mistake(
            "infinity by infinity",
            "For a sum of 1299 you divide infinity by infinity, which is nan: a form of the sigmoid"
            " meets an exponent above 0. Which form belongs to which sign?",
            {"math.exp(-abs(z))": "np.exp(abs(z))", "if z >= 0": "if z < 0"},
        ),
        Mistake(
            "both signs treated alike",
            "Your output is never below one half: the form for positive sums is not the one for"
            " negative sums.",
            {"if z >= 0 else e / (1 + e)": ""},
        ),
        Mistake(
            "only the last product kept",
            "Only the last input counts in your sum: do the products add up, or does each replace"
            " the one before?",
            {"z = z + weight * value": "z = bias + weight * value"},
        ),
        Mistake(
            "mean instead of sum",
            "You took the mean of the products. A neuron adds them up, however many there are.",
            {"z + weight * value": "z + (weight * value) / len(inputs)"},
        ),
        Mistake(
            "weights added to inputs",
            "You add weights and inputs. A weight says how many times an input counts.",
            {"weight * value": "weight + value"},
        ),
        Mistake(
            "bias subtracted",
            "Your bias works the wrong way round: a larger bias must give a larger output. The"
            " threshold of some old books is minus a bias.",
            {"z = bias": "z = -bias"},
        ),
        Mistake(
            "bias once for each input",
            "Your bias enters the sum once for each input. It is a connection of its own, from one"
            " constant node.",
            {"z = bias": "z = 0.0", "weight * value": "weight * value + bias"},
        ),
        Mistake(
            "step instead of sigmoid",
            "Your neuron answers 0 or 1 and nothing between. A step has slope 0, so it could never"
            " learn.",
            {"1 / (1 + e) if z >= 0 else e / (1 + e)": "1.0 if z > 0 else 0.0"},
        ),
        Mistake(
            "ReLU instead of sigmoid",
            "Your neuron is a ReLU, as our convolutions use it. Here a sigmoid is asked for.",
            {"1 / (1 + e) if z >= 0 else e / (1 + e)": "max(z, 0.0)"},
        ),
        Mistake(
            "tanh instead of sigmoid",
            "Your outputs lie between −1 and 1: that is the sigmoid's sister, tanh.",
            {"1 / (1 + e) if z >= 0 else e / (1 + e)": "math.tanh(z)"},
        ),
        Mistake(
            "each product squashed",
            "You squeeze every product by itself and then add. The neuron adds first and squeezes"
            " once.",
            _each_squashed,
        ),
    ),
)
