"""Known mistakes in gradient descent with momentum: edits of `descent.descend`."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake

_RULE = "momentum * velocity - learning_rate * slope(w)"


def _first_step_only(w, slope, learning_rate, momentum, steps):
    velocity = np.zeros(np.shape(w))
    for _ in range(steps):
        velocity = momentum * velocity - learning_rate * slope(w)
        w = w + velocity
        return w


def _old_velocity(w, slope, learning_rate, momentum, steps):
    velocity = np.zeros(np.shape(w))
    for _ in range(steps):
        old, velocity = velocity, momentum * velocity - learning_rate * slope(w)
        w = w + old
    return w


def _last_slope_only(w, slope, learning_rate, momentum, steps):
    before = np.zeros(np.shape(w))
    for _ in range(steps):
        gradient = slope(w)
        w = w - learning_rate * (gradient + momentum * before)
        before = gradient
    return w


def _one_slope(w, slope, learning_rate, momentum, steps):
    velocity, gradient = np.zeros(np.shape(w)), slope(w)
    for _ in range(steps):
        velocity = momentum * velocity - learning_rate * gradient
        w = w + velocity
    return w


def _rate_twice(w, slope, learning_rate, momentum, steps):
    velocity = np.zeros(np.shape(w))
    for _ in range(steps):
        velocity = momentum * velocity - learning_rate * slope(w)
        w = w + learning_rate * velocity
    return w


def _slope_of_the_new_place(w, slope, learning_rate, momentum, steps):
    velocity = np.zeros(np.shape(w))
    for _ in range(steps):
        w = w + momentum * velocity - learning_rate * slope(w)
        velocity = momentum * velocity - learning_rate * slope(w)
    return w


MISTAKES = (
    Mistake(
        "uphill",
        "You walk uphill: a sign is turned. The slope points to where the loss is larger.",
        {"velocity - learning_rate": "velocity + learning_rate"},
    ),
    Mistake(
        "no momentum",
        "Each of your steps is a plain one. The velocity must live on from step to step: is it "
        "stored, does it begin at 0 only once, and where does the momentum multiply it?",
        {"momentum * velocity - ": "-"},
    ),
    Mistake(
        "velocity against the last one",
        "Your second step turns back: the share of the last step comes with the wrong sign.",
        {"= momentum * velocity": "= -momentum * velocity"},
    ),
    Mistake(
        "old velocity",
        "You move by the velocity of the step before: which comes first, the new velocity or the "
        "move?",
        _old_velocity,
    ),
    Mistake(
        "one step too many",
        "You take one step more than asked for. With steps = 0 nothing should move.",
        {"range(steps)": "range(steps + 1)"},
    ),
    Mistake(
        "one step early",
        "You arrive one step early: your loop is one too short, or it moves before it has made the "
        "first velocity.",
        {"range(steps)": "range(1, steps)"},
    ),
    Mistake(
        "one step only",
        "You come back after the first step: how far is your return indented?",
        _first_step_only,
    ),
    Mistake(
        "slope of the start",
        "You always use the slope of the place where you began: each step needs the slope of "
        "where it stands.",
        _one_slope,
    ),
    Mistake(
        "last slope only",
        "Two steps are right, the third is too short: you repeat a share of the last slope, but "
        "the last step also held a share of those before it.",
        _last_slope_only,
    ),
    Mistake(
        "rate forgotten",
        "Your steps are far too long: the learning rate is missing.",
        {"learning_rate * slope(w)": "slope(w)"},
    ),
    Mistake(
        "rate twice",
        "Your steps are far too short: the learning rate counts twice, in the velocity and in "
        "the move.",
        _rate_twice,
    ),
    Mistake(
        "rate on the velocity too",
        "The learning rate shortens your old velocity, too. In the formula it stands with the "
        "slope only.",
        {_RULE: "learning_rate * (momentum * velocity - slope(w))"},
    ),
    Mistake(
        "momentum on the slope too",
        "Already your first step is too short: the momentum shortens the slope as well as the "
        "old velocity.",
        {_RULE: "momentum * (velocity - learning_rate * slope(w))"},
    ),
    Mistake(
        "momentum on the slope only",
        "Your old velocity is kept whole, and the slope is multiplied by the momentum: to which of "
        "the two does it belong?",
        {_RULE: "velocity - momentum * learning_rate * slope(w)"},
    ),
    Mistake(
        "velocity never shrinks",
        "Your old velocity is kept whole: which share of it should go on?",
        {"momentum * velocity": "velocity"},
    ),
    Mistake(
        "rate and momentum exchanged",
        "Learning rate and momentum have changed places: which one belongs to the slope?",
        {_RULE: "learning_rate * velocity - momentum * slope(w)"},
    ),
    Mistake(
        "running mean",
        "Your slope is multiplied by 1 - momentum, as in a running mean (and in Adam). In the "
        "formula of this lesson the new slope counts in full.",
        {"- learning_rate": "- (1 - momentum) * learning_rate"},
    ),
    Mistake(
        "1 - momentum twice",
        "The new slope counts with 1 - momentum, and the move once more: neither stands in the "
        "formula.",
        {
            "- learning_rate": "- (1 - momentum) * learning_rate",
            "w + velocity": "w + (1 - momentum) * velocity",
        },
    ),
    Mistake(
        "slope looked up ahead",
        "You take the slope where the old velocity would lead. That is Nesterov's method; here "
        "the slope is taken where you stand.",
        {"slope(w)": "slope(w + momentum * velocity)"},
    ),
    Mistake(
        "velocity and slope in the move",
        "Your first step is already longer than a plain one: the new velocity holds the slope, "
        "and you add it once more in the move.",
        {"w = w + velocity": "w = w + momentum * velocity - learning_rate * slope(w)"},
    ),
    Mistake(
        "velocity uphill, slope downhill",
        "Your velocity grows uphill while the slope in your move leads downhill: they pull "
        "against each other.",
        {
            "velocity - learning_rate": "velocity + learning_rate",
            "w = w + velocity": "w = w + momentum * velocity - learning_rate * slope(w)",
        },
    ),
    Mistake(
        "slope of the new place",
        "You ask for the slope twice in each step, the second time after the move. The velocity is "
        "made once, from the slope where the step begins.",
        _slope_of_the_new_place,
    ),
    Mistake(
        "velocity for place",
        "You put the velocity in the place's stead: a velocity says how far to move from where you "
        "stand.",
        {"w = w + velocity": "w = velocity"},
    ),
    Mistake(
        "velocity starts at w",
        "Without momentum you are right; with it, already your first step goes wrong. You begin "
        "with the place as velocity, not with 0.",
        {"np.zeros(np.shape(w))": "w"},
    ),
    Mistake(
        "velocity of two numbers",
        "It works for a w of two numbers only: your velocity always has two. Which shape must it "
        "have?",
        {"np.zeros(np.shape(w))": "np.zeros(2)"},
    ),
    Mistake(
        "velocity along one axis",
        "It works while w has one axis. len(w) is the length of the first one only: which shape "
        "must the velocity have?",
        {"np.zeros(np.shape(w))": "np.zeros(len(w))"},
    ),
    Mistake(
        "velocity starts with a slope",
        "Your very first step is longer than a plain one: with which velocity do you begin?",
        {"np.zeros(np.shape(w))": "-learning_rate * slope(w)"},
    ),
    Mistake(
        "velocity starts with the whole slope",
        "Your first step is far too long: you begin with a slope as velocity, not with 0.",
        {"np.zeros(np.shape(w))": "-slope(w)"},
    ),
    Mistake(
        "velocity starts at one",
        "Your first step is not a plain one: with which velocity do you begin?",
        {"np.zeros(np.shape(w))": "np.ones(np.shape(w))"},
    ),
    Mistake(
        "the velocity comes back",
        "You return the velocity. Asked for is the place.",
        {"return w": "return velocity"},
    ),
)
