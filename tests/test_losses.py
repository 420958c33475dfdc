"""Losses against hand-worked numbers and finite differences."""

import math

import numpy as np
import pytest

from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.losses import SoftmaxCrossEntropy, SquaredError, one_hot, softmax

LOSSES = [
    SoftmaxCrossEntropy(),
    SoftmaxCrossEntropy(label_smoothing=0.1),
    SquaredError(),
    SquaredError(on=0.9, off=0.1),
]


def test_softmax_of_the_worked_example():
    # e**-1 + e**0 + e**3 + e**5 = 0.36788 + 1 + 20.08554 + 148.41316 = 169.86658
    by_hand = [0.36788 / 169.86658, 1 / 169.86658, 20.08554 / 169.86658, 148.41316 / 169.86658]
    np.testing.assert_allclose(softmax([-1.0, 0.0, 3.0, 5.0]), by_hand, atol=5e-7)


def test_softmax_takes_large_scores_and_any_axis():
    with np.errstate(all="raise"):
        p = softmax(np.array([[1e4, 1e4 - math.log(3)], [0.0, 5.0]]))
    np.testing.assert_allclose(p[0], [0.75, 0.25])
    np.testing.assert_allclose(softmax(np.eye(3, 4), axis=0).sum(axis=0), np.ones(4))


def test_softmax_does_not_notice_a_shift():
    scores = np.random.default_rng(0).normal(size=(3, 5))
    np.testing.assert_allclose(softmax(scores + 7.0), softmax(scores))


@pytest.mark.parametrize("loss", LOSSES)
def test_backward_agrees_with_finite_differences(loss):
    scores = np.random.default_rng(0).normal(size=(4, 7))
    labels = np.array([6, 0, 3, 3])
    loss.forward(scores, labels)
    got = loss.backward()
    numerical = numerical_gradient(lambda s: loss.forward(s, labels), scores)
    assert relative_error(got, numerical) < 1e-7


def test_cross_entropy_of_no_idea_is_the_logarithm_of_the_number_of_classes():
    loss = SoftmaxCrossEntropy()
    assert math.isclose(loss.forward(np.zeros((3, 10)), [1, 2, 3]), math.log(10))


def test_cross_entropy_is_exact_for_hopeless_scores():
    loss = SoftmaxCrossEntropy()
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        assert loss.forward(np.array([[1000.0, 0.0]]), [1]) == 1000.0
    np.testing.assert_allclose(loss.backward(), [[1, -1]])


def test_label_smoothing_of_a_hand_worked_case():
    # Four classes, s = 0.2: targets 0.05, 0.85, 0.05, 0.05; p = e**s / (1 + e + 1 + 1)
    loss = SoftmaxCrossEntropy(label_smoothing=0.2)
    total = 3 + math.e
    by_hand = math.log(total) - 0.85
    assert math.isclose(loss.forward(np.array([[0.0, 1.0, 0.0, 0.0]]), [1]), by_hand)
    by_hand = [1 / total - 0.05, math.e / total - 0.85, 1 / total - 0.05, 1 / total - 0.05]
    np.testing.assert_allclose(loss.backward(), [by_hand])


def test_label_smoothing_is_the_cross_entropy_with_the_smoothed_targets():
    scores, labels = np.random.default_rng(0).normal(size=(4, 7)), [6, 0, 3, 3]
    targets = one_hot(labels, 7, on=0.7 + 0.3 / 7, off=0.3 / 7)
    expected = -(targets * np.log(softmax(scores))).sum(axis=1).mean()
    assert math.isclose(SoftmaxCrossEntropy(label_smoothing=0.3).forward(scores, labels), expected)


def test_label_smoothing_is_exact_for_hopeless_scores():
    loss = SoftmaxCrossEntropy(label_smoothing=0.5)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        assert loss.forward(np.array([[1000.0, 0.0]]), [1]) == 750.0


def test_label_smoothing_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    scores, labels = np.random.default_rng(0).normal(size=(4, 7)), np.array([6, 0, 3, 3])
    tensor = torch.tensor(scores, requires_grad=True)
    theirs = torch.nn.CrossEntropyLoss(label_smoothing=0.1)(tensor, torch.tensor(labels))
    theirs.backward()
    ours = SoftmaxCrossEntropy(label_smoothing=0.1)
    assert math.isclose(ours.forward(scores, labels), theirs.item())
    np.testing.assert_allclose(ours.backward(), tensor.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("wrong", [-0.1, 1.0, math.nan])
def test_label_smoothing_names_what_is_wrong(wrong):
    with pytest.raises(ValueError, match=f"at least 0 and below 1, got {wrong}"):
        SoftmaxCrossEntropy(label_smoothing=wrong)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_gradient_rows_add_up_to_zero(smoothing):
    loss = SoftmaxCrossEntropy(label_smoothing=smoothing)
    loss.forward(np.random.default_rng(0).normal(size=(4, 7)), [0, 1, 2, 3])
    np.testing.assert_allclose(loss.backward().sum(axis=1), 0, atol=1e-15)


def test_squared_error_of_a_hand_worked_case():
    loss = SquaredError()
    # (0.5 * (0.25 + 0.25) + 0.5 * (1 + 0)) / 2
    assert math.isclose(loss.forward(np.array([[0.5, 0.5], [0.0, 0.0]]), [0, 1]), 0.375)
    np.testing.assert_allclose(loss.backward(), [[-0.25, 0.25], [0, -0.5]])


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_keep_float32_and_change_nothing(loss):
    scores = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    kept = scores.copy()
    labels = np.array([6, 0, 3, 3], np.uint8)
    loss.forward(scores, labels)
    assert loss.backward().dtype == np.float32
    np.testing.assert_array_equal(loss.backward(), loss.backward())
    np.testing.assert_array_equal(scores, kept)


def test_one_hot_with_other_targets():
    assert one_hot([1], 3, on=0.9, off=0.1).tolist() == [[0.1, 0.9, 0.1]]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("shape", "labels", "match"),
    [
        ((4, 7), [0, 1, 2, 7], "between 0 and 6, got 7"),
        ((4, 7), [0, -1, 2, 3], "between 0 and 6, got -1"),
        ((4, 7), [0, 1, 2], "4 rows of scores and 3 labels"),
        ((4, 7), [[0], [1], [2], [3]], r"one axis \(m,\), got shape \(4, 1\)"),
        ((4, 7), [0.0, 1.0, 2.0, 3.0], "must be integers, got float64"),
        ((7,), [0], r"shape \(m, classes\), got \(7,\)"),
        ((4, 0), [0, 0, 0, 0], r"shape \(m, classes\), got \(4, 0\)"),
        ((0, 7), np.zeros(0, int), r"shape \(m, classes\), got \(0, 7\)"),
    ],
)
def test_losses_name_what_is_wrong(loss, shape, labels, match):
    with pytest.raises(ValueError, match=match):
        loss.forward(np.zeros(shape), labels)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_losses_refuse_scores_that_are_not_finite(loss, wrong):
    scores = np.zeros((4, 7))
    scores[2, 3] = wrong
    with pytest.raises(ValueError, match=f"finite numbers, got {wrong}"):
        loss.forward(scores, [0, 1, 2, 3])


def test_losses_refuse_scores_that_are_not_real():
    with pytest.raises(TypeError, match="real numbers, got complex128"):
        SoftmaxCrossEntropy().forward(np.zeros((1, 2), complex), [0])


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), SquaredError()])
def test_losses_name_a_backward_without_forward(loss):
    with pytest.raises(ValueError, match="backward was called before forward"):
        loss.backward()
