"""The questions of lesson 07: three predictions, and a temperature."""

import numpy as np

from cnn_lab import losses
from cnn_lab.checks.exercise import Question, Requirement


def _near(position, value, tolerance=0.01):
    return lambda p: abs(p[position] - value) < tolerance


def _far(position, value, tolerance=0.01):
    return lambda p: abs(p[position] - value) >= tolerance


def _instead(position, value):
    """Return a right prediction with one number replaced."""
    prediction = [4.605, 1.386, -0.9]
    prediction[position] = value
    return (prediction,)


PREDICTION = Question(
    name="predict_losses",
    lesson="07",
    title="predict two losses and a gradient",
    right=((4.606, 1.386, -0.9),),
    requirements=(
        Requirement(
            "100 classes",
            lambda p: np.shape(p) == (3,),
            "`prediction` should hold three numbers, in the order (a), (b), (c).",
            ([4.605, 1.386],),
        ),
        Requirement(
            "100 classes",
            _far(0, 0.01, 0.005),
            "(a) That is the probability which each class gets. What does it cost?",
            _instead(0, 0.01),
        ),
        Requirement(
            "100 classes",
            _far(0, -np.log(100)),
            "(a) The logarithm of a probability is below 0. And the loss?",
            _instead(0, -4.605),
        ),
        Requirement(
            "100 classes",
            _far(0, 2),
            "(a) That is a logarithm of base 10. The loss is measured in nats.",
            _instead(0, 2),
        ),
        Requirement(
            "100 classes",
            _far(0, np.log(10)),
            "(a) That is the loss with ten classes. Here there are more.",
            _instead(0, 2.303),
        ),
        Requirement(
            "100 classes",
            lambda p: abs(p[0] - 23.03) >= 0.1 and abs(p[0] - 230.3) >= 1,
            "(a) Ten times as many classes do not cost ten times as much: the logarithm of a"
            " product is a sum.",
            _instead(0, 23.03),
        ),
        Requirement(
            "100 classes",
            _near(0, np.log(100)),
            "(a) With no idea, what probability does each class get? Take minus its logarithm.",
            _instead(0, 4.5),
        ),
        Requirement(
            "from 1/8 to 1/2",
            _far(1, -np.log(4)),
            "(b) The question is how far the loss falls: the loss before, minus the loss after.",
            _instead(1, -1.386),
        ),
        Requirement(
            "from 1/8 to 1/2",
            _far(1, 0.375),
            "(b) That is how far the probability rises. Each of the two has a loss.",
            _instead(1, 0.375),
        ),
        Requirement(
            "from 1/8 to 1/2",
            _far(1, 2),
            "(b) Two doublings, yes. In nats, what is one of them worth?",
            _instead(1, 2.0),
        ),
        Requirement(
            "from 1/8 to 1/2",
            lambda p: abs(p[1] - np.log(8)) >= 0.01 and abs(p[1] - np.log(2)) >= 0.01,
            "(b) That is one of the two losses. How far is it from the one to the other?",
            _instead(1, 2.079),
        ),
        Requirement(
            "from 1/8 to 1/2",
            _near(1, np.log(4)),
            "(b) Take the loss at 1/8 and the loss at 1/2. Their difference is the logarithm of a"
            " quotient.",
            _instead(1, 1.0),
        ),
        Requirement(
            "third score",
            _far(2, 0.9),
            "(c) The sign: the third class was given too little, and its score should rise. Is the"
            " gradient y - p or p - y?",
            _instead(2, 0.9),
        ),
        Requirement(
            "third score",
            _far(2, 0.1),
            "(c) That is p alone. The third class is the true one: what is y there?",
            _instead(2, 0.1),
        ),
        Requirement(
            "third score",
            lambda p: abs(abs(p[2]) - 0.09) >= 0.005,
            "(c) That is the slope of p in its own score. The loss is the logarithm of p, and"
            " something cancels.",
            _instead(2, -0.09),
        ),
        Requirement(
            "third score",
            _far(2, -10),
            "(c) That is the slope of the loss in p. How does p depend on the score?",
            _instead(2, -10.0),
        ),
        Requirement(
            "third score",
            _near(2, -0.9),
            "(c) The gradient at a score is p minus y. What are both at the third class?",
            _instead(2, -0.3),
        ),
    ),
    praise="A hundred classes cost twice as much as ten: the logarithm turns a product into a sum.",
)

# ---- temperature ----

FOUR = np.array([-1.0, 0.0, 3.0, 5.0])


def _highest(temperature):
    return losses.softmax(FOUR / float(temperature)).max()


def _draw_temperatures(temperature):
    from cnn_lab import plots

    chosen = float(temperature)
    steps = np.geomspace(0.1, 100, 61)
    table = losses.softmax(FOUR / steps[:, np.newaxis])
    return plots.curves(
        {f"s = {score:.0f}".replace("-", "−"): p for score, p in zip(FOUR, table.T, strict=True)},
        x=steps,
        logx=True,
        xlabel="temperature",
        ylabel="probability",
        marks=[(chosen, 0.5, f"0.5 at {chosen:.2f}")],
        title="With a small T it is certain, with a large T it doubts; the order stays",
        alt="Probabilities of the scores -1, 0, 3, 5 by temperature. Up to 0.3 the highest has 1"
        f" and the others 0; at {chosen:.2f} it has 0.5; at 100 all four are near 0.25.",
    )


TEMPERATURE = Question(
    name="temperature",
    lesson="07",
    title="find the temperature at which the best class gets one half",
    right=(3.556,),
    requirements=(
        Requirement(
            "one number",
            lambda t: not isinstance(t, (str, bytes)) and np.ndim(t) == 0 and np.isfinite(float(t)),
            "`temperature` should be one number.",
            (([4.0, 5.0],), ("3.556",)),
        ),
        Requirement(
            "one number",
            lambda t: float(t) > 0,
            "A temperature of 0 cannot be divided by, and a negative one turns the order round.",
            (-3.5,),
        ),
        Requirement(
            "probability",
            lambda t: abs(losses.softmax(FOUR * float(t)).max() - 0.5) >= 0.0005,
            "With this number as a factor the best class gets 0.5. The temperature divides.",
            (0.2812,),
        ),
        Requirement(
            "probability",
            lambda t: _highest(t) < 0.5005,
            lambda t: f"The most probable class still has {_highest(t):.4f}. Larger or smaller T?",
            (1.0,),
        ),
        Requirement(
            "probability",
            lambda t: _highest(t) > 0.4995,
            lambda t: f"The most probable class has only {_highest(t):.4f}. Larger or smaller T?",
            (10,),
        ),
    ),
    praise="A large T makes it doubt, a small one makes it certain; the order never changes.",
    draw=_draw_temperatures,
)
