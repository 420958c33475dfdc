"""Pooling against the loops, finite differences and, where installed, PyTorch."""

import numpy as np
import pytest

from cnn_lab import reference
from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.pooling import (
    average_pool2d,
    average_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

# (x shape, pool size, stride, padding)
CASES = {
    "plain": ((2, 6, 8, 3), (2, 2), None, "valid"),
    "window and stride per axis": ((3, 7, 9, 2), (3, 2), (2, 3), "valid"),
    "overlapping": ((2, 5, 6, 3), (3, 2), 1, "valid"),
    "pixels left over": ((2, 7, 8, 1), (3, 3), None, "valid"),
    "gaps between windows": ((1, 9, 8, 2), (2, 2), (3, 4), "valid"),
    "padded": ((2, 6, 5, 3), (3, 2), 2, ((1, 2), (0, 1))),
    "same": ((2, 7, 5, 3), (3, 2), 2, "same"),
    "window as large as the image": ((2, 4, 5, 3), (4, 5), None, "valid"),
}


def _arrays(x_shape, f, stride, padding):
    rng = np.random.default_rng(0)
    x = rng.permutation(np.prod(x_shape)).reshape(x_shape) * 0.1
    y = max_pool2d(x, f, stride=stride, padding=padding)
    return x, y, rng.normal(size=y.shape)


def _hparameters(f, stride, padding):
    return {"f": f, "stride": f if stride is None else stride, "pad": padding}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_max_pool2d_agrees_with_the_loops(case):
    x, y, dy = _arrays(*case)
    f, stride, padding = case[1:]
    expected, cache = reference.pool_forward(x, _hparameters(f, stride, padding), mode="max")
    np.testing.assert_array_equal(y, expected)
    dx = max_pool2d_backward(dy, x, y, f, stride=stride, padding=padding)
    np.testing.assert_allclose(dx, reference.pool_backward(dy, cache, mode="max", ties="first"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_average_pool2d_agrees_with_the_loops(case):
    x, _, dy = _arrays(*case)
    f, stride, padding = case[1:]
    expected, cache = reference.pool_forward(x, _hparameters(f, stride, padding), mode="average")
    y = average_pool2d(x, f, stride=stride, padding=padding)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    dx = average_pool2d_backward(dy, x.shape, f, stride=stride, padding=padding)
    np.testing.assert_allclose(dx, reference.pool_backward(dy, cache, mode="average"), atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_pooling_gradients_agree_with_finite_differences(case):
    x, y, dy = _arrays(*case)
    f, stride, padding = case[1:]
    how = {"stride": stride, "padding": padding}
    largest = numerical_gradient(lambda v: float((max_pool2d(v, f, **how) * dy).sum()), x)
    assert relative_error(max_pool2d_backward(dy, x, y, f, **how), largest) < 1e-7
    mean = numerical_gradient(lambda v: float((average_pool2d(v, f, **how) * dy).sum()), x)
    assert relative_error(average_pool2d_backward(dy, x.shape, f, **how), mean) < 1e-7


def test_max_pool2d_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    x, y, dy = _arrays((2, 7, 9, 3), (3, 2), (2, 3), (1, 1))
    tensor = torch.tensor(x, requires_grad=True)
    channels_first = tensor.permute(0, 3, 1, 2)
    out = torch.nn.functional.max_pool2d(channels_first, (3, 2), (2, 3), (1, 1))
    np.testing.assert_array_equal(y, out.permute(0, 2, 3, 1).detach().numpy())
    out.permute(0, 2, 3, 1).backward(torch.tensor(dy))
    dx = max_pool2d_backward(dy, x, y, (3, 2), stride=(2, 3), padding=1)
    np.testing.assert_allclose(dx, tensor.grad.numpy())


def test_max_pool2d_backward_gives_tied_maxima_to_the_first():
    x = np.array([[0.0, 5.0, 5.0], [5.0, 1.0, 5.0]]).reshape(1, 2, 3, 1)
    dx = max_pool2d_backward(np.array([7.0]).reshape(1, 1, 1, 1), x, max_pool2d(x, (2, 3)), (2, 3))
    assert dx[0, :, :, 0].tolist() == [[0, 7, 0], [0, 0, 0]]


def test_max_pool2d_backward_adds_where_windows_overlap():
    x = np.array([1.0, 9.0, 2.0]).reshape(1, 1, 3, 1)
    how = {"pool_size": (1, 2), "stride": 1}
    dx = max_pool2d_backward(
        np.array([3.0, 4.0]).reshape(1, 1, 2, 1), x, max_pool2d(x, **how), **how
    )
    assert dx.ravel().tolist() == [0, 7, 0]


def test_max_pool2d_padding_never_wins():
    x = -np.ones((1, 3, 3, 1))
    assert max_pool2d(x, 2, stride=1, padding=1).max() == -1


def test_average_pool2d_counts_real_pixels_only():
    y = average_pool2d(np.ones((1, 3, 4, 2)), 3, stride=1, padding=1)
    np.testing.assert_array_equal(y, np.ones((1, 3, 4, 2)))


def test_average_pool2d_backward_is_a_kronecker_product_without_overlap():
    dy = np.random.default_rng(0).normal(size=(1, 3, 4, 1))
    dx = average_pool2d_backward(dy, (1, 6, 12, 1), (2, 3))
    np.testing.assert_allclose(dx[0, :, :, 0], np.kron(dy[0, :, :, 0], np.full((2, 3), 1 / 6)))


def test_pooling_changes_nothing_that_is_passed_in():
    x, y, dy = _arrays(*CASES["overlapping"])
    copies = [a.copy() for a in (x, y, dy)]
    max_pool2d_backward(dy, x, y, (3, 2), stride=1)
    average_pool2d_backward(dy, x.shape, (3, 2), stride=1)
    for array, copy in zip((x, y, dy), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_pooling_keeps_float32():
    x = np.ones((1, 4, 4, 1), np.float32)
    assert max_pool2d(x).dtype == average_pool2d(x).dtype == np.float32


@pytest.mark.parametrize(
    ("x_shape", "f", "how", "match"),
    [
        ((4, 4, 1), 2, {}, r"x must have 4 axes .* got shape \(4, 4, 1\)"),
        ((1, 4, 5, 1), (5, 2), {}, "spans 5 pixels, .* only 4"),
        ((1, 4, 4, 1), 2, {"padding": 2}, r"must be smaller than the window \(2, 2\)"),
        ((1, 4, 4, 1), 2, {"stride": 0}, "stride"),
        ((1, 4, 4, 1), 0, {}, "pool_size"),
        ((1, 4, 4, 1), 2, {"padding": "full"}, "'full'"),
    ],
)
def test_max_pool2d_names_what_is_wrong(x_shape, f, how, match):
    with pytest.raises(ValueError, match=match):
        max_pool2d(np.zeros(x_shape), f, **how)


def test_max_pool2d_backward_names_a_wrong_gradient():
    x = np.zeros((1, 4, 6, 2))
    with pytest.raises(ValueError, match=r"shape \(1, 2, 3, 2\) of the output, got \(1, 3, 2, 2\)"):
        max_pool2d_backward(np.zeros((1, 3, 2, 2)), x, max_pool2d(x))
