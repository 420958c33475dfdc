"""Checks that name the mistake.

A check takes the learner's function (for a prediction: the values) and answers with a `Report`::

    checks.conv_forward(conv_forward)

The answer's state is "not attempted", "wrong" or "right". A wrong answer is compared with a
catalogue of known mistakes, each a small wrong implementation with one hint; where none fits, the
report says what differs first, and where that number comes from. `EXERCISES` has all of them by
name, and every check lists its `mistakes` and takes more by `add_mistake`.

An assignment counts points: ``checks.relu(relu).worth(4)``, and ``checks.relu.further(relu)`` tries
the function with other numbers too. `evidence` parts the trying from the judging, for a judge that
trusts nothing in the learner's process.
"""

from cnn_lab.checks.check import Check
from cnn_lab.checks.exercises import (
    convolution_backward,
    convolution_forward,
    looking_inside,
    losses,
    neurons,
    padding,
    pooling,
    pooling_backward,
    single_step,
    speed,
    training,
)
from cnn_lab.checks.progress import progress
from cnn_lab.checks.report import CheckFailed, Report

_GROUPS = (
    single_step,
    padding,
    convolution_forward,
    pooling,
    convolution_backward,
    pooling_backward,
    losses,
    training,
    looking_inside,
    speed,
    neurons,
)
EXERCISES = {exercise.name: exercise for group in _GROUPS for exercise in group.EXERCISES}
globals().update({name: Check(exercise) for name, exercise in EXERCISES.items()})

__all__ = ["EXERCISES", "CheckFailed", "Report", "progress", *EXERCISES]
