"""SoftmaxExplorer: scores, probabilities, loss and gradient, in Python and in the browser."""

import math
import warnings

import numpy as np
import pytest
from javascript import printed

from cnn_lab.losses import SoftmaxCrossEntropy, softmax
from cnn_lab.widgets.base import module
from cnn_lab.widgets.softmax_explorer import SoftmaxExplorer


def naive(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def in_browser(tmp_path, script):
    """Run a script beside the widget's functions; return the JSON that it prints."""
    return printed(module("softmax_explorer.js"), f"const it = w; {{\n{script}\n}}", tmp_path)



def test_default_is_lesson_07():
    widget = SoftmaxExplorer()
    assert widget.probabilities.round(3).tolist() == [0.002, 0.006, 0.118, 0.874]
    assert widget.loss == pytest.approx(-math.log(math.exp(5) / (math.exp(-1) + 1 + math.exp(3)
                                                                 + math.exp(5))))
    assert widget.gradient.round(3).tolist() == [0.002, 0.006, 0.118, -0.126]


def test_gradient_equals_finite_differences_at_any_temperature():
    widget = SoftmaxExplorer((0.3, -1.2, 2.0), 1, temperature=2.5)
    gradient = widget.gradient
    for j in range(3):
        losses = []
        for step in (1e-5, -1e-5):
            scores = [0.3, -1.2, 2.0]
            scores[j] += step
            losses.append(SoftmaxExplorer(scores, 1, temperature=2.5).loss)
        assert gradient[j] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-8)


def test_large_scores_are_stable():
    widget = SoftmaxExplorer((1000, -1000, 1000), 1)
    assert widget.probabilities.tolist() == [0.5, 0, 0.5]
    assert widget.loss == pytest.approx(2000 + math.log(2))
    assert widget.gradient.tolist() == [0.5, -1, 0.5]


def test_own_softmax_gets_a_row_and_is_kept_beside_the_scores_it_saw():
    seen = []

    def own(scores):
        seen.append(scores.shape)
        scores -= 7  # what it does to its argument is its own affair
        return naive(scores)

    widget = SoftmaxExplorer((1, 2, 3, 4, 5), 0, temperature=2, softmax=own)
    assert seen == [(1, 5)]
    assert widget.own_probabilities == pytest.approx(widget.probabilities, abs=1e-6)
    assert widget.answered == [0.5, 1, 1.5, 2, 2.5]
    widget.scores = [0, 0, 0, 0, 0]
    widget.req = 1
    assert widget.ack == 1
    assert widget.answered == [0] * 5
    assert widget.own_probabilities == pytest.approx(np.full(5, 0.2))


def test_own_softmax_that_overflows_shows_nan_and_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        widget = SoftmaxExplorer((1000, 0), 0, softmax=naive)
    assert widget.error == ""
    assert np.isnan(widget.own_probabilities[0])


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (lambda s: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda s: s[:, :2], r"ValueError: softmax must return the shape \(1, 4\), got \(1, 2\)"),
        (lambda s: None, r"ValueError: softmax must return the shape \(1, 4\), got \(\)"),
        (lambda s: "p", "could not convert string to float"),
    ],
)
def test_own_softmax_that_fails_is_shown_as_error(own, message):
    widget = SoftmaxExplorer(softmax=own)
    assert widget.own_probabilities.size == 0
    assert widget.answered == [-1, 0, 3, 5]  # so that it is not asked for ever
    with pytest.raises(ValueError, match=message):
        raise ValueError(widget.error)
    widget.req = 1
    assert widget.ack == 1


def test_old_answer_goes_when_the_next_one_fails():
    widget = SoftmaxExplorer(softmax=lambda scores: naive(scores) if scores[0, 0] < 0 else None)
    assert widget.own_probabilities.size == 4
    widget.scores = [1, 0, 3, 5]
    widget.req = 1
    assert widget.own_probabilities.size == 0
    assert widget.error.startswith("ValueError: softmax must return the shape (1, 4)")


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"scores": "ab"}, TypeError, "scores must be numbers, got 'ab'"),
        ({"scores": [1]}, ValueError, "scores must be 2 to 10 numbers"),
        ({"scores": range(11)}, ValueError, r"scores must be 2 to 10 numbers .*\(11,\)"),
        ({"scores": [[1, 2]]}, ValueError, "in a row"),
        ({"scores": [0, np.nan]}, ValueError, "scores must lie between -1000 and 1000, got nan"),
        ({"scores": [0, 1001]}, ValueError, "got 1001"),
        ({"label": 4}, ValueError, "label must lie between 0 and 3, got 4"),
        ({"label": -1}, ValueError, "label must lie between 0 and 3"),
        ({"label": 1.5}, TypeError, "label must be a whole number, got 1.5"),
        ({"label": True}, TypeError, "label must be a whole number"),
        ({"labels": ["N", "Z"]}, ValueError, "labels must be 4 names, one for each score, got 2"),
        ({"labels": "NZNZ"}, TypeError, "labels must be a name for each class"),
        ({"temperature": 0}, ValueError, "temperature must lie between 0.1 and 10"),
        ({"temperature": "warm"}, TypeError, "temperature must be a number"),
        ({"softmax": 3}, TypeError, "softmax must be a function, got int"),
    ],
)
def test_wrong_arguments_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        SoftmaxExplorer(**arguments)


def test_wrong_numbers_set_later_are_named():
    widget = SoftmaxExplorer()
    with pytest.raises(ValueError, match="scores must be 4 numbers, got 3"):
        widget.scores = [1, 2, 3]
    with pytest.raises(ValueError, match="label must lie between 0 and 3, got 9"):
        widget.label = 9
    assert widget.scores == [-1, 0, 3, 5] and widget.label == 3


def test_arguments_are_not_changed():
    scores, labels = np.array([1.0, 2.0]), ["N", "Z"]
    widget = SoftmaxExplorer(scores, 0, labels)
    widget.scores = [5, 5]
    assert scores.tolist() == [1, 2] and labels == ["N", "Z"]


def test_repr_says_the_numbers():
    widget = SoftmaxExplorer((0, 0), 0, labels=["N-like", "Z"], temperature=2)
    assert repr(widget) == (
        "SoftmaxExplorer: scores 0, 0 at temperature 2 give probabilities 0.500, 0.500; class"
        " N-like is the true one: loss 0.693 nats."
    )


def test_preview_shows_probabilities():
    figure = SoftmaxExplorer().preview()
    assert "0.874" in [text.get_text() for text in figure.axes[0].texts]
    assert figure.alt == repr(SoftmaxExplorer())


def test_page_holds_numbers_and_functions(tmp_path):
    path = SoftmaxExplorer((1000, 0), 0, softmax=naive).to_html(tmp_path / "a.html")
    text = path.read_text(encoding="utf-8")
    assert '"scores": [1000.0, 0.0]' in text and "function softmaxLoss" in text
    assert "NaN}" not in text and "NaN," not in text  # JSON has no such number


@pytest.mark.parametrize(
    ("scores", "label", "temperature"),
    [
        ([-1, 0, 3, 5], 3, 1), ([0.5, -2.25], 0, 1), ([1000, -1000, 999.5], 1, 1),
        ([-1000, -1000, -999], 0, 1), (list(range(10)), 4, 0.1), ([3, 1, 2], 2, 10),
    ],
)
def test_browser_numbers_equal_the_losses(tmp_path, scores, label, temperature):
    found = in_browser(tmp_path, f"""
        const now = it.softmaxLoss({scores}, {label}, {temperature});
        console.log(JSON.stringify(now));""")
    row = np.array([scores], dtype=float) / temperature
    loss = SoftmaxCrossEntropy()
    assert found["loss"] == pytest.approx(loss.forward(row, [label]), rel=1e-12, abs=1e-12)
    assert found["p"] == pytest.approx(softmax(row)[0].tolist(), rel=1e-12, abs=1e-15)
    assert found["gradient"] == pytest.approx(
        (loss.backward()[0] / temperature).tolist(), rel=1e-9, abs=1e-12
    )
    assert found["scaled"] == row[0].tolist()  # to the last bit: they are compared


def test_browser_writes_the_quotient(tmp_path):
    found = in_browser(tmp_path, """
        const small = it.softmaxLoss([-1, 0, 3, 5], 3), large = it.softmaxLoss([1000, 999], 1);
        console.log(JSON.stringify([it.quotient(small, 3), it.quotient(large, 1)]));""")
    assert found[0] == {"shift": 0, "top": "5", "terms": ["−1", "0", "3", "5"],
                        "result": "148.413 / 169.867 = 0.874"}
    assert found[1] == {"shift": 1000, "top": "−1", "terms": ["0", "−1"],
                        "result": "0.368 / 1.368 = 0.269"}


def test_browser_writes_numbers_and_marks_disagreement(tmp_path):
    found = in_browser(tmp_path, """
        console.log(JSON.stringify([
          [0, 0.5, 0.00061, -0.00061, 2000.3133, -0].map((x) => it.precise(x)),
          [-0.5, 2, -0, 1000].map(it.short),
          [it.reach([1, 5]), it.reach([55.2, 0]), it.reach([-1000, 998])],
          it.unlike([0.5, 0.25, 0.25], [0.5, 0.25, 0.25]),
          it.unlike([NaN, 0.5, 0.2], [0.5, 0.5, 0]),
        ]));""")
    assert found[0] == ["0", "0.500", "6.1e−4", "−6.1e−4", "2000.313", "0"]
    assert found[1] == ["−0.5", "2", "0", "1000"]
    assert found[2] == [{"most": 10, "step": 0.1}, {"most": 56, "step": 0.1},
                        {"most": 1000, "step": 1}]
    assert found[3:] == [[], [0, 2]]


def test_repr_says_what_became_of_the_learners_softmax():
    assert repr(SoftmaxExplorer(softmax=naive)).endswith("Your softmax agrees.")
    assert repr(SoftmaxExplorer((1000, 998), 0, softmax=naive)).endswith("in 2 of 2 probabilities.")
    assert "gave no answer: TypeError" in repr(SoftmaxExplorer(softmax=lambda: 1))
