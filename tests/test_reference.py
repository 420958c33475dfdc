"""Tests of cnn_lab.reference.

Witnesses: numbers worked by hand, the printed output of document 003, one sum over all windows
(`einsum` over `sliding_window_view`), central differences of those sums, and the adjoint identity
<conv(x), dz> = <x, dx>, which every linear map and its gradient obey.
"""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from cnn_lab.geometry import padding_amounts
from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.reference import (
    conv_backward,
    conv_forward,
    conv_single_step,
    create_mask_from_window,
    distribute_value,
    pool_backward,
    pool_forward,
    zero_pad,
)

# (m, n_H_prev, n_W_prev, n_C_prev), (f_H, f_W), n_C, stride, pad, expected (n_H, n_W)
CONVOLUTIONS = {
    "plain": ((2, 6, 5, 3), (3, 2), 4, 1, 0, (4, 4)),
    "valid": ((2, 6, 5, 3), (3, 2), 4, 1, "valid", (4, 4)),
    "one ring": ((2, 6, 5, 3), (3, 2), 4, 1, 1, (6, 6)),
    "stride per axis": ((2, 7, 6, 3), (3, 2), 4, (2, 1), 0, (3, 5)),
    "stride per axis, other way": ((2, 6, 7, 3), (2, 3), 4, (1, 2), 0, (5, 3)),
    "rows and columns left over": ((2, 6, 8, 3), (3, 2), 4, (2, 4), 0, (2, 2)),
    "stride larger than the filter": ((2, 7, 9, 3), (1, 2), 4, (3, 4), 0, (3, 2)),
    "pad per axis": ((2, 4, 5, 3), (3, 2), 4, 1, (2, 1), (6, 6)),
    "pad on one side": ((2, 4, 5, 3), (3, 2), 4, 1, ((0, 2), (1, 0)), (4, 5)),
    "everything at once": ((2, 5, 6, 3), (2, 4), 5, (3, 2), ((1, 2), (0, 3)), (3, 3)),
    "same": ((2, 5, 6, 3), (2, 4), 5, 1, "same", (5, 6)),
    "same with stride": ((2, 6, 5, 3), (3, 2), 4, (2, 3), "same", (3, 2)),
    "1x1 filter": ((2, 4, 5, 3), (1, 1), 4, 1, 0, (4, 5)),
    "filter as large as the image": ((2, 4, 5, 3), (4, 5), 6, 1, 0, (1, 1)),
    "image smaller than the filter": ((2, 2, 3, 3), (4, 5), 6, 1, 2, (3, 3)),
    "batch of one, one channel, one filter": ((1, 4, 5, 1), (3, 2), 1, 1, 0, (2, 4)),
}

# (m, n_H_prev, n_W_prev, n_C), f, stride, pad, expected (n_H, n_W)
POOLS = {
    "plain": ((2, 6, 4, 3), 2, 2, 0, (3, 2)),
    "overlapping": ((2, 6, 5, 3), 2, 1, 0, (5, 4)),
    "overlapping, window per axis": ((2, 7, 6, 3), (3, 4), (2, 1), 0, (3, 3)),
    "rows and columns left over": ((2, 6, 8, 3), (3, 2), (2, 4), "valid", (2, 2)),
    "stride larger than the window": ((2, 7, 9, 3), (1, 2), (3, 4), 0, (3, 2)),
    "pad": ((2, 5, 4, 3), 2, 1, 1, (6, 5)),
    "pad on one side": ((2, 5, 6, 3), (3, 2), (2, 3), ((2, 0), (0, 1)), (3, 2)),
    "same": ((2, 8, 6, 3), (3, 4), (2, 1), "same", (4, 6)),
    "1x1 window": ((2, 4, 5, 3), 1, 1, 0, (4, 5)),
    "window as large as the image": ((2, 4, 5, 3), (4, 5), 1, 0, (1, 1)),
    "batch of one, one channel": ((1, 4, 5, 1), (3, 2), 1, 0, (2, 4)),
}


def by_case(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases.keys())


def convolution_case(case):
    shape, (f_H, f_W), n_C, stride, pad, (n_H, n_W) = case
    rng = np.random.default_rng(3)
    A_prev = rng.normal(size=shape)
    W = rng.normal(size=(f_H, f_W, shape[3], n_C))
    b = rng.normal(size=(1, 1, 1, n_C))
    dZ = rng.normal(size=(shape[0], n_H, n_W, n_C))
    return A_prev, W, b, {"stride": stride, "pad": pad}, dZ


def pool_case(case):
    shape, f, stride, pad, (n_H, n_W) = case
    rng = np.random.default_rng(4)
    A_prev = rng.permutation(np.prod(shape)).reshape(shape) - np.prod(shape) / 2.0  # no ties
    dA = rng.normal(size=(shape[0], n_H, n_W, shape[3]))
    return A_prev, {"f": f, "stride": stride, "pad": pad}, dA


def windows(A_prev, f, stride, pad, fill):
    """Return every window, (m, n_H, n_W, n_C_prev, f_H, f_W)."""
    f_H, f_W = f if isinstance(f, tuple) else (f, f)
    s_H, s_W = stride if isinstance(stride, tuple) else (stride, stride)
    vertical, horizontal = padding_amounts(pad, A_prev.shape[1:3], (f_H, f_W), stride)
    padded = np.pad(A_prev, [(0, 0), vertical, horizontal, (0, 0)], constant_values=fill)
    return sliding_window_view(padded, (f_H, f_W), axis=(1, 2))[:, ::s_H, ::s_W]


def convolve_at_once(A_prev, W, b, hparameters):
    seen = windows(A_prev, W.shape[:2], hparameters["stride"], hparameters["pad"], 0.0)
    return np.einsum("ihwkuv,uvkc->ihwc", seen, W) + b


def pool_at_once(A_prev, hparameters, mode):
    seen = windows(A_prev, hparameters["f"], hparameters["stride"], hparameters["pad"], np.nan)
    return (np.nanmax if mode == "max" else np.nanmean)(seen, axis=(4, 5))


def frozen(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


# The running example: the letter N through two filters, ReLU and overlapping max pooling

N = np.array([[1, 0, 0, 1], [1, 1, 0, 1], [1, 0, 1, 1], [1, 0, 0, 1]])
LEFT_MINUS_RIGHT = np.array([[1, -1], [1, -1]])
TOP_MINUS_BOTTOM = np.array([[1, 1], [-1, -1]])


def stacked(*maps):
    """Put 2-D maps side by side as the channels of one image, (1, n_H, n_W, n_C)."""
    return np.stack(maps, axis=-1)[np.newaxis]


def letter_n_convolved():
    W = np.stack([LEFT_MINUS_RIGHT, TOP_MINUS_BOTTOM], axis=-1)[:, :, np.newaxis, :]
    return conv_forward(stacked(N), W, np.zeros((1, 1, 1, 2)), {"stride": 1, "pad": 0})


def letter_n_pooled(mode="max"):
    Z, _ = letter_n_convolved()
    return pool_forward(np.maximum(Z, 0), {"f": 2, "stride": 1}, mode=mode)


def test_conv_single_step_of_the_letter_n():
    assert conv_single_step(N[:2, :2], LEFT_MINUS_RIGHT, 0) == 1.0


def test_zero_pad_of_the_letter_n():
    padded = zero_pad(stacked(N), 1)
    assert padded.shape == (1, 6, 6, 1)
    assert padded[0, :, :, 0].tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 1, 1, 0, 1, 0],
        [0, 1, 0, 1, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0],
    ]


def test_conv_forward_of_the_letter_n():
    Z, _ = letter_n_convolved()
    assert Z.shape == (1, 3, 3, 2)
    assert Z[0, :, :, 0].tolist() == [[1, 1, -2], [1, 0, -1], [2, -1, -1]]
    assert Z[0, :, :, 1].tolist() == [[-1, -1, 0], [1, 0, -1], [0, 1, 1]]


def test_pool_forward_of_the_letter_n():
    P, _ = letter_n_pooled()
    assert P[0, :, :, 0].tolist() == [[1, 1], [2, 0]]
    assert P[0, :, :, 1].tolist() == [[1, 0], [1, 1]]
    average, _ = letter_n_pooled("average")
    assert average[0, :, :, 0].tolist() == [[0.75, 0.25], [0.75, 0]]


def test_pool_backward_of_the_letter_n_to_the_first_maximum():
    _, cache = letter_n_pooled()
    dP = stacked([[-1, 2], [-1, 1]], [[2, 0], [1, -2]])
    dA = pool_backward(dP, cache, ties="first")
    assert dA[0, :, :, 0].tolist() == [[-1, 2, 0], [0, 1, 0], [-1, 0, 0]]
    assert dA[0, :, :, 1].tolist() == [[0, 0, 0], [3, 0, 0], [0, -2, 0]]


def test_pool_backward_of_the_letter_n_to_all_maxima():
    _, cache = letter_n_pooled()
    dP = stacked([[-1, 2], [-1, 1]], [[2, 0], [1, -2]])
    dA = pool_backward(dP, cache)
    assert dA[0, :, :, 0].tolist() == [[-1, 1, 0], [-1, 1, 1], [-1, 1, 1]]
    assert dA[0, :, :, 1].tolist() == [[0, 0, 0], [3, 0, 0], [0, -1, -2]]


def test_conv_backward_of_the_letter_n():
    _, cache = letter_n_convolved()
    dZ = stacked([[-1, 2, 0], [0, 0, 0], [-1, 0, 0]], [[0, 0, 0], [3, 0, 0], [0, -2, 0]])
    dX, dW, db = conv_backward(dZ, cache)
    assert dW[:, :, 0, 0].tolist() == [[-2, 0], [0, -1]]
    assert dW[:, :, 0, 1].tolist() == [[3, 1], [3, 0]]
    assert db.tolist() == [[[[0, 1]]]]
    assert dX[0, :, :, 0].tolist() == [
        [-1, 3, -2, 0],
        [2, 6, -2, 0],
        [-4, -4, -2, 0],
        [-1, 3, 2, 0],
    ]


# Document 003: a 5x5x3 image, two 3x3x3 filters, stride 2, padding 1. It puts channels first.


def document_003():
    image = """
        0 1 1 0 2  2 2 2 2 1  1 0 0 2 0  0 1 1 0 0  1 2 0 0 2
        1 0 2 2 0  0 0 0 2 0  1 2 1 2 1  1 0 0 0 0  1 2 1 1 1
        2 1 2 0 0  1 0 0 1 0  0 2 1 0 1  0 1 2 2 2  2 1 0 0 1"""
    filters = """
        -1  1  0   0 1 0   0  1  1   -1 -1 0   0 0  0   0 -1 0    0 0 -1   0 1 0   1 -1 -1
         1  1 -1  -1 -1 1  0 -1  1    0  1 0  -1 0 -1  -1  1 0   -1 0  0  -1 0 1  -1  0  0"""
    A_prev = numbers(image, (1, 3, 5, 5)).transpose(0, 2, 3, 1)
    W = numbers(filters, (2, 3, 3, 3)).transpose(2, 3, 1, 0)
    b = np.array([1.0, 0.0]).reshape(1, 1, 1, 2)
    return A_prev, W, b, {"stride": 2, "pad": 1}


def numbers(text, shape):
    return np.array(text.split(), dtype=float).reshape(shape)


# What the document hands to its backward pass: its array b, one 3x3 map for each filter.
SENSITIVITY_003 = numbers("0 1 1 2 2 2 1 0 0   1 0 2 0 0 0 1 2 1", (1, 2, 3, 3))


def test_conv_forward_prints_what_document_003_prints():
    Z, _ = conv_forward(*document_003())
    printed = "6 7 5  3 -1 -1  2 -1 4    2 -5 -8  1 -4 -4  0 -5 -5"
    np.testing.assert_array_equal(Z, numbers(printed, (1, 2, 3, 3)).transpose(0, 2, 3, 1))


def test_conv_backward_updates_the_filters_as_document_003_prints():
    A_prev, W, b, hparameters = document_003()
    _, cache = conv_forward(A_prev, W, b, hparameters)
    _, dW, db = conv_backward(SENSITIVITY_003.transpose(0, 2, 3, 1), cache)
    printed = """
        -1.008  0.99  -0.009   -0.005  0.994 -0.006   -0.006  0.995  0.996
        -1.004 -1.001 -0.004   -0.01  -0.009 -0.012   -0.002 -1.002 -0.002
        -0.002 -0.002 -1.003   -0.005  0.992 -0.005    0.993 -1.008 -1.007

         0.998  0.998 -1.001   -1.004 -1.007  0.997   -0.004 -1.004  0.998
         0.0    0.999  0.0     -1.009 -0.005 -1.004   -1.004  1.0    0.0
        -1.004 -0.006 -0.005   -1.002 -0.005  0.998   -1.002 -0.001  0.0"""
    expected = numbers(printed, (2, 3, 3, 3)).transpose(2, 3, 1, 0)
    np.testing.assert_allclose(W - 0.001 * dW, expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose((b - 0.001 * db).ravel(), [0.991, -0.007], rtol=0, atol=1e-15)


def test_conv_backward_agrees_with_the_route_of_document_003():
    # Spread the sensitivities by the stride, ring them with zeros, correlate with turned filters.
    A_prev, W, b, hparameters = document_003()
    _, cache = conv_forward(A_prev, W, b, hparameters)
    dZ = SENSITIVITY_003.transpose(0, 2, 3, 1)
    spread = np.zeros((1, 5, 5, 2))
    spread[:, ::2, ::2] = dZ
    turned = W[::-1, ::-1].transpose(0, 1, 3, 2)
    expected = convolve_at_once(spread, turned, 0.0, {"stride": 1, "pad": 1})
    np.testing.assert_array_equal(conv_backward(dZ, cache)[0], expected)


# zero_pad


@pytest.mark.parametrize("shape", [(2, 4, 3, 5), (4, 3, 5), (4, 3)])
def test_zero_pad_of_every_rank_pads_height_and_width_only(shape):
    X = np.random.default_rng(0).normal(size=shape)
    padded = zero_pad(X, ((1, 2), (0, 3)))
    rows = 1 if len(shape) == 4 else 0
    assert padded.shape[rows : rows + 2] == (7, 6)
    assert padded.shape[:rows] + padded.shape[rows + 2 :] == shape[:rows] + shape[rows + 2 :]
    inside = (slice(None),) * rows + (slice(1, 5), slice(0, 3))
    np.testing.assert_array_equal(padded[inside], X)
    assert np.count_nonzero(padded) == X.size


@pytest.mark.parametrize("pad", [0, (0, 0), ((0, 0), (0, 0)), "valid"])
def test_zero_pad_by_nothing_is_a_copy(pad):
    X = np.ones((2, 4, 3, 5))
    padded = zero_pad(X, pad)
    np.testing.assert_array_equal(padded, X)
    assert not np.shares_memory(padded, X)


def test_zero_pad_of_a_pair_is_height_then_width():
    assert zero_pad(np.ones((2, 4, 3, 5)), (1, 2)).shape == (2, 6, 7, 5)


@pytest.mark.parametrize(
    ("X", "pad", "error", "message"),
    [
        (np.ones(4), 1, ValueError, r"X must have shape .* got \(4,\)"),
        (np.ones((1, 2, 3, 4, 5)), 1, ValueError, r"X must have shape .* got \(1, 2, 3, 4, 5\)"),
        (np.array([["a", "b"]]), 1, TypeError, "X must hold real numbers, got <U1"),
        (np.ones((2, 2), dtype=complex), 1, TypeError, "X must hold real numbers, got complex"),
        (np.ones((2, 2)), -1, ValueError, "padding must be at least 0, got -1"),
        (np.ones((2, 2)), 1.0, TypeError, r"padding must be an int.*got 1\.0"),
        (np.ones((2, 2)), "same", ValueError, "pad 'same' depends on the filter"),
        (np.ones((2, 2)), "full", ValueError, "padding must be 'valid' or 'same'.*got 'full'"),
    ],
)
def test_zero_pad_names_what_is_wrong(X, pad, error, message):
    with pytest.raises(error, match=message):
        zero_pad(X, pad)


# conv_single_step


@pytest.mark.parametrize("b", [3, 3.0, np.float32(3), np.array(3), [3], np.full((1, 1, 1), 3.0)])
def test_conv_single_step_takes_the_bias_in_any_shape_of_size_one(b):
    window = np.arange(24).reshape(2, 3, 4)
    result = conv_single_step(window, np.full((2, 3, 4), 2), b)
    assert result == 2 * sum(range(24)) + 3
    assert type(result) is float


@pytest.mark.parametrize(
    ("window", "W", "b", "error", "message"),
    [
        ((2, 3, 4), (3, 2, 4), 0, ValueError, r"W has shape \(3, 2, 4\), a_slice_prev has \(2, 3"),
        ((2, 3, 4), (2, 3, 1), 0, ValueError, r"W has shape \(2, 3, 1\), a_slice_prev has \(2, 3"),
        ((2, 3), (2, 3), [1, 2], ValueError, r"b must be one number, got .* shape \(2,\)"),
        ((2, 3), (2, 3), [], ValueError, r"b must be one number, got .* shape \(0,\)"),
        ((2, 3), (2, 3), "1", TypeError, "b must hold real numbers"),
        ((2, 3), (2, 3), None, TypeError, "b must hold real numbers, got object"),
    ],
)
def test_conv_single_step_names_what_is_wrong(window, W, b, error, message):
    with pytest.raises(error, match=message):
        conv_single_step(np.ones(window), np.ones(W), b)


# conv_forward and conv_backward


@by_case(CONVOLUTIONS)
def test_conv_forward_agrees_with_one_sum(case):
    A_prev, W, b, hparameters, dZ = convolution_case(case)
    Z, _ = conv_forward(A_prev, W, b, hparameters)
    assert Z.shape == dZ.shape
    np.testing.assert_allclose(Z, convolve_at_once(A_prev, W, b, hparameters), rtol=0, atol=1e-12)


@by_case(CONVOLUTIONS)
def test_conv_backward_agrees_with_central_differences(case):
    A_prev, W, b, hparameters, dZ = convolution_case(case)
    dA_prev, dW, db = conv_backward(dZ, (A_prev, W, b, hparameters))

    def loss(A_prev=A_prev, W=W, b=b):
        return np.sum(convolve_at_once(A_prev, W, b, hparameters) * dZ)

    assert relative_error(dA_prev, numerical_gradient(lambda x: loss(A_prev=x), A_prev)) < 1e-7
    assert relative_error(dW, numerical_gradient(lambda x: loss(W=x), W)) < 1e-7
    assert relative_error(db, numerical_gradient(lambda x: loss(b=x), b)) < 1e-7


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_conv_backward_is_the_adjoint_of_conv_forward(data):
    few = st.integers(1, 3)
    size, kernel = data.draw(st.tuples(few, few)), data.draw(st.tuples(few, few))
    pad = data.draw(
        st.tuples(*[st.tuples(st.integers(2, 3), st.integers(0, 3))] * 2) | st.just("same")
    )
    hparameters = {"stride": data.draw(st.tuples(few, few)), "pad": pad}
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    A_prev = rng.normal(size=(2, *size, data.draw(few)))
    W = rng.normal(size=(*kernel, A_prev.shape[3], data.draw(few)))
    b = np.zeros((1, 1, 1, W.shape[3]))

    Z, cache = conv_forward(A_prev, W, b, hparameters)
    dZ = rng.normal(size=Z.shape)
    dA_prev, dW, _ = conv_backward(dZ, cache)
    np.testing.assert_allclose(np.sum(A_prev * dA_prev), np.sum(Z * dZ), rtol=0, atol=1e-11)
    np.testing.assert_allclose(np.sum(W * dW), np.sum(Z * dZ), rtol=0, atol=1e-11)


def test_conv_backward_gives_left_over_pixels_zero_gradient():
    A_prev, W, b, hparameters, dZ = convolution_case(CONVOLUTIONS["rows and columns left over"])
    dA_prev, _, _ = conv_backward(dZ, (A_prev, W, b, hparameters))
    assert np.all(dA_prev[:, 5:] == 0)
    assert np.all(dA_prev[:, :, 6:] == 0)
    assert np.all(dA_prev[:, :5, [0, 1, 4, 5]] != 0)


def test_conv_backward_sums_over_the_batch():
    A_prev, W, b, hparameters, dZ = convolution_case(CONVOLUTIONS["one ring"])
    twice, dZ_twice = np.concatenate([A_prev, A_prev]), np.concatenate([dZ, dZ])
    _, dW, db = conv_backward(dZ, (A_prev, W, b, hparameters))
    _, dW_twice, db_twice = conv_backward(dZ_twice, (twice, W, b, hparameters))
    np.testing.assert_allclose(dW_twice, 2 * dW, rtol=1e-12)
    np.testing.assert_allclose(db_twice, 2 * db, rtol=1e-12)


def test_conv_forward_of_an_empty_batch_is_empty():
    _, W, b, hparameters, _ = convolution_case(CONVOLUTIONS["plain"])
    Z, cache = conv_forward(np.zeros((0, 6, 5, 3)), W, b, hparameters)
    assert Z.shape == (0, 4, 4, 4)
    dA_prev, dW, db = conv_backward(Z, cache)
    assert dA_prev.shape == (0, 6, 5, 3)
    assert not dW.any()
    assert not db.any()


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, bool])
def test_results_are_float64_whatever_comes_in(dtype):
    A_prev, W, b = np.ones((1, 4, 3, 2), dtype), np.ones((2, 1, 2, 3), dtype), np.ones((1, 1, 1, 3))
    Z, cache = conv_forward(A_prev * dtype(200), W, b.astype(dtype), {"stride": 1, "pad": 0})
    assert np.all(Z == 4 * float(A_prev.flat[0] * dtype(200)) + 1)
    A, pool_cache = pool_forward(A_prev, {"f": 2, "stride": 1}, mode="average")
    results = [Z, *conv_backward(Z.astype(dtype), cache), A]
    results += [pool_backward(A.astype(dtype), pool_cache), zero_pad(A_prev, 1)]
    assert {result.dtype for result in results} == {np.dtype(np.float64)}


def test_nothing_passed_in_is_changed():
    A_prev, W, b, hparameters, dZ = convolution_case(CONVOLUTIONS["everything at once"])
    A_prev, W, b, dZ = map(frozen, (A_prev, W, b, dZ))
    cache = (A_prev, W, b, hparameters)
    before = copy.deepcopy((*cache, dZ))
    conv_forward(*cache)
    conv_backward(dZ, cache)
    pool_forward(A_prev, {"f": 2, "stride": 1})
    for after, original in zip((*cache, dZ), before, strict=True):
        np.testing.assert_equal(after, original)


def test_caches_are_not_touched_by_later_changes():
    A_prev, W, b, _, dZ = convolution_case(CONVOLUTIONS["pad on one side"])
    hparameters = {"stride": 1, "pad": [[0, 2], [1, 0]]}
    _, cache = conv_forward(A_prev, W, b, hparameters)
    A, pool_cache = pool_forward(A_prev, {"f": 2, "stride": 1})
    before = conv_backward(dZ, cache), pool_backward(A, pool_cache)
    for array in (A_prev, W, b):
        array *= -1.0
    hparameters["pad"][0][1] = 0
    after = conv_backward(dZ, cache), pool_backward(A, pool_cache)
    np.testing.assert_equal(after, before)


def conv_arguments(**changes):
    arguments = {
        "A_prev": np.ones((2, 6, 5, 3)),
        "W": np.ones((3, 2, 3, 4)),
        "b": np.ones((1, 1, 1, 4)),
        "hparameters": {"stride": 1, "pad": 0},
    }
    return tuple({**arguments, **changes}.values())


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"A_prev": np.ones((6, 5, 3))},
            ValueError,
            r"A_prev must have shape \(m, n_H_prev.*\(6, ",
        ),
        ({"W": np.ones((3, 2, 3))}, ValueError, r"W must have shape \(f_H, f_W.* got \(3, 2, 3\)"),
        ({"W": np.ones((3, 2, 1, 4))}, ValueError, "W has 1 input channels, A_prev has 3"),
        ({"b": np.ones(4)}, ValueError, r"b must have shape \(1, 1, 1, n_C\), got \(4,\)"),
        ({"b": np.ones((1, 1, 4, 1))}, ValueError, r"b must have shape \(1, 1, 1, 4\), got \(1, 1"),
        ({"b": np.ones((1, 1, 1, 3))}, ValueError, r"b must have shape \(1, 1, 1, 4\), got \(1, 1"),
        ({"A_prev": "picture"}, TypeError, "A_prev must hold real numbers, got <U7"),
        ({"hparameters": 1}, TypeError, "hparameters must be a dict, got int"),
        ({"hparameters": {"stride": 1}}, ValueError, r"lacks \['pad'\], got the keys \['stride'\]"),
        ({"hparameters": {"padding": 1}}, ValueError, r"lacks \['stride', 'pad'\].*\['padding'\]"),
        ({"hparameters": {"stride": 0, "pad": 0}}, ValueError, "stride must be at least 1, got 0"),
        ({"hparameters": {"stride": 1.0, "pad": 0}}, TypeError, r"stride must be .*int.* got 1\.0"),
        (
            {"hparameters": {"stride": 1, "pad": -1}},
            ValueError,
            "padding must be at least 0, got -1",
        ),
        (
            {"hparameters": {"stride": 1, "pad": "full"}},
            ValueError,
            "'valid' or 'same'.*got 'full'",
        ),
        (
            {"W": np.ones((7, 2, 3, 4))},
            ValueError,
            "kernel spans 7 pixels, the padded input has .* 6",
        ),
        (
            {"W": np.ones((3, 6, 3, 4))},
            ValueError,
            "kernel spans 6 pixels, the padded input has .* 5",
        ),
    ],
)
def test_convolution_names_what_is_wrong(changes, error, message):
    with pytest.raises(error, match=message):
        conv_forward(*conv_arguments(**changes))
    with pytest.raises(error, match=message):
        conv_backward(np.ones((2, 4, 4, 4)), conv_arguments(**changes))


@pytest.mark.parametrize("shape", [(2, 4, 4, 1), (1, 4, 4, 4), (2, 6, 5, 4), (4, 4, 4)])
def test_conv_backward_names_the_shape_of_dz(shape):
    _, cache = conv_forward(*conv_arguments())
    with pytest.raises(ValueError, match=r"dZ must have shape \(2, 4, 4, 4\), got \("):
        conv_backward(np.ones(shape), cache)


@pytest.mark.parametrize(
    ("cache", "got"),
    [(None, "NoneType"), ((1, 2, 3), "tuple of 3"), (np.ones(4), "ndarray")],
)
def test_backward_functions_refuse_what_is_no_cache(cache, got):
    with pytest.raises(ValueError, match=rf"tuple \(A_prev, W, b, hparameters\) .* got {got}"):
        conv_backward(np.ones((2, 4, 4, 4)), cache)
    with pytest.raises(ValueError, match=rf"tuple \(A_prev, hparameters\) .* got {got}"):
        pool_backward(np.ones((2, 4, 4, 4)), cache)


# create_mask_from_window and distribute_value


def test_create_mask_from_window_marks_every_maximum():
    mask = create_mask_from_window([[-3, -1, -2], [-1, -5, -4]])
    assert mask.dtype == bool
    assert mask.tolist() == [[False, True, False], [True, False, False]]


def test_create_mask_from_window_refuses_an_empty_window():
    with pytest.raises(ValueError, match=r"x must hold at least one number, got shape \(0, 2\)"):
        create_mask_from_window(np.ones((0, 2)))


@pytest.mark.parametrize("dz", [3, np.float32(3), np.array([[3.0]])])
def test_distribute_value_adds_up_to_what_was_shared_out(dz):
    shares = distribute_value(dz, (2, 3))
    assert shares.tolist() == [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]


@pytest.mark.parametrize(
    ("dz", "shape", "error", "message"),
    [
        ([1, 2], (2, 3), ValueError, r"dz must be one number, got an array of shape \(2,\)"),
        (1, (2, 0), ValueError, "shape must be at least 1, got 0"),
        (1, (1, 2, 3), ValueError, r"shape must be .* pair .* got \(1, 2, 3\)"),
        (1, (2.0, 3), TypeError, r"shape must be an int, got 2\.0"),
    ],
)
def test_distribute_value_names_what_is_wrong(dz, shape, error, message):
    with pytest.raises(error, match=message):
        distribute_value(dz, shape)


# pool_forward and pool_backward


@pytest.mark.parametrize("mode", ["max", "average"])
@by_case(POOLS)
def test_pool_forward_agrees_with_all_windows_at_once(case, mode):
    A_prev, hparameters, dA = pool_case(case)
    A, _ = pool_forward(A_prev, hparameters, mode=mode)
    assert A.shape == dA.shape
    np.testing.assert_allclose(A, pool_at_once(A_prev, hparameters, mode), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("mode", "ties"), [("max", "all"), ("max", "first"), ("average", "all"), ("average", "first")]
)
@by_case(POOLS)
def test_pool_backward_agrees_with_central_differences(case, mode, ties):
    A_prev, hparameters, dA = pool_case(case)
    dA_prev = pool_backward(dA, (A_prev, hparameters), mode=mode, ties=ties)
    numerical = numerical_gradient(
        lambda x: np.sum(pool_at_once(x, hparameters, mode) * dA), A_prev, step=1e-3
    )
    assert relative_error(dA_prev, numerical) < 1e-7


def test_pool_forward_by_default_has_no_pad_and_keeps_the_maximum():
    A_prev, hparameters, _ = pool_case(POOLS["overlapping, window per axis"])
    A, (_, cached) = pool_forward(A_prev, {"f": (3, 4), "stride": (2, 1)})
    assert cached == {"f": (3, 4), "stride": (2, 1)}
    np.testing.assert_array_equal(A, pool_at_once(A_prev, hparameters, "max"))


def test_pool_forward_never_lets_padding_win():
    A_prev = -stacked([[4, 8], [2, 6]])
    A, _ = pool_forward(A_prev, {"f": 2, "stride": 1, "pad": 1})
    assert A[0, :, :, 0].tolist() == [[-4, -4, -8], [-2, -2, -6], [-2, -2, -6]]


def test_pool_forward_averages_real_pixels_only():
    A_prev = stacked([[4, 8], [2, 6]])
    A, cache = pool_forward(A_prev, {"f": 2, "stride": 1, "pad": 1}, mode="average")
    assert A[0, :, :, 0].tolist() == [[4, 6, 8], [3, 5, 7], [2, 4, 6]]
    # A corner pixel is alone in one window, one of two in two, one of four in one.
    dA_prev = pool_backward(np.ones((1, 3, 3, 1)), cache, mode="average")
    assert dA_prev[0, :, :, 0].tolist() == [[2.25, 2.25], [2.25, 2.25]]


def test_pool_backward_adds_up_where_windows_overlap():
    A_prev = stacked([[0, 0, 0], [0, 9, 0], [0, 0, 0]])
    _, cache = pool_forward(A_prev, {"f": 2, "stride": 1})
    dA_prev = pool_backward(stacked([[1, 2], [4, 8]]), cache)
    assert dA_prev[0, :, :, 0].tolist() == [[0, 0, 0], [0, 15, 0], [0, 0, 0]]
    dA_prev = pool_backward(stacked([[1, 2], [4, 8]]), cache, mode="average")
    assert dA_prev[0, :, :, 0].tolist() == [[0.25, 0.75, 0.5], [1.25, 3.75, 2.5], [1, 3, 2]]


@pytest.mark.parametrize("mode", ["max", "average"])
def test_pool_backward_gives_left_over_pixels_zero_gradient(mode):
    A_prev, hparameters, dA = pool_case(POOLS["rows and columns left over"])
    dA_prev = pool_backward(dA, (A_prev, hparameters), mode=mode)
    assert np.all(dA_prev[:, 5:] == 0)
    assert np.all(dA_prev[:, :, 6:] == 0)
    assert np.any(dA_prev[:, :5, :6] != 0)


@pytest.mark.parametrize(
    ("ties", "expected"),
    [("all", [[0, 7, 7], [0, 7, 0]]), ("first", [[0, 7, 0], [0, 0, 0]])],
)
def test_pool_backward_treats_ties_as_told(ties, expected):
    A_prev = stacked([[1, 5, 5], [0, 5, 2]])
    _, cache = pool_forward(A_prev, {"f": (2, 3), "stride": 1})
    dA_prev = pool_backward(np.full((1, 1, 1, 1), 7), cache, ties=ties)
    assert dA_prev[0, :, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("A_prev_shape", "hparameters", "mode", "error", "message"),
    [
        (
            (6, 5, 3),
            {"f": 2, "stride": 1},
            "max",
            ValueError,
            r"A_prev must have shape .*\(6, 5, 3",
        ),
        ((2, 6, 5, 3), {"f": 2, "stride": 1}, "mean", ValueError, r"mode must be one of .*'mean'"),
        ((2, 6, 5, 3), {"f": 2, "stride": 1}, None, ValueError, r"mode must be one of .* got None"),
        ((2, 6, 5, 3), {"stride": 1}, "max", ValueError, r"hparameters lacks \['f'\]"),
        ((2, 6, 5, 3), {"f": 2}, "max", ValueError, r"hparameters lacks \['stride'\].*\['f'\]"),
        ((2, 6, 5, 3), None, "max", TypeError, "hparameters must be a dict, got NoneType"),
        ((2, 6, 5, 3), {"f": 0, "stride": 1}, "max", ValueError, "f must be at least 1, got 0"),
        ((2, 6, 5, 3), {"f": 2.0, "stride": 1}, "max", TypeError, r"f must be an int.* got 2\.0"),
        (
            (2, 6, 5, 3),
            {"f": 2, "stride": 0},
            "max",
            ValueError,
            "stride must be at least 1, got 0",
        ),
        ((2, 6, 5, 3), {"f": (2, 6), "stride": 1}, "max", ValueError, "spans 6 .* has only 5"),
        (
            (2, 6, 5, 3),
            {"f": (3, 2), "stride": 1, "pad": ((0, 0), (0, 2))},
            "max",
            ValueError,
            r"pad must be smaller than the window.*\(3, 2\), got pad \(\(0, 0\), \(0, 2\)\)",
        ),
    ],
)
def test_pooling_names_what_is_wrong(A_prev_shape, hparameters, mode, error, message):
    with pytest.raises(error, match=message):
        pool_forward(np.ones(A_prev_shape), hparameters, mode=mode)
    with pytest.raises(error, match=message):
        pool_backward(np.ones((2, 5, 4, 3)), (np.ones(A_prev_shape), hparameters), mode=mode)


def test_pool_backward_names_the_shape_of_da_and_the_word_for_ties():
    _, cache = pool_forward(np.ones((2, 6, 5, 3)), {"f": 2, "stride": 1})
    with pytest.raises(ValueError, match=r"dA must have shape \(2, 5, 4, 3\), got \(2, 6, 5, 3\)"):
        pool_backward(np.ones((2, 6, 5, 3)), cache)
    with pytest.raises(ValueError, match=r"ties must be one of .*'first'.* got 'last'"):
        pool_backward(np.ones((2, 5, 4, 3)), cache, ties="last")
