"""conv2d and its gradients against the loops, finite differences and, where installed, PyTorch."""

import itertools

import numpy as np
import pytest

from cnn_lab import reference
from cnn_lab.convolution import conv2d, conv2d_backward
from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.windows import col2im, im2col, output_shape, windows

# (x shape, w shape, stride, padding): all axes unequal, then the edges.
CASES = {
    "plain": ((2, 5, 7, 3), (3, 2, 3, 4), 1, "valid"),
    "strides differ": ((3, 9, 8, 2), (3, 4, 2, 5), (2, 3), 1),
    "pads differ on all sides": ((2, 6, 5, 3), (2, 3, 3, 4), (1, 2), ((0, 1), (2, 3))),
    "pad per axis": ((2, 6, 5, 3), (5, 3, 3, 4), 2, (2, 1)),
    "same, even kernel": ((2, 7, 6, 3), (4, 2, 3, 5), (3, 2), "same"),
    "stride leaves pixels over": ((2, 8, 10, 1), (3, 3, 1, 2), 4, 0),
    "stride larger than kernel": ((2, 9, 11, 2), (2, 1, 2, 3), (3, 4), "valid"),
    "1x1 kernel": ((2, 3, 4, 5), (1, 1, 5, 6), 1, "valid"),
    "kernel as large as the image": ((2, 5, 4, 3), (5, 4, 3, 2), 1, "valid"),
    "one image, one channel, one filter": ((1, 4, 5, 1), (2, 3, 1, 1), 1, 1),
}


def _arrays(x_shape, w_shape, stride, padding, seed=0, **more):
    rng = np.random.default_rng(seed)
    x, w, b = (rng.normal(size=shape) for shape in (x_shape, w_shape, w_shape[3:]))
    dilation = more.get("dilation", 1)
    size = output_shape(x_shape, w_shape[:2], stride=stride, padding=padding, dilation=dilation)
    dy = rng.normal(size=(x_shape[0], *size, w_shape[3]))
    return x, w, b, dy


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_conv2d_agrees_with_the_loops(case):
    x, w, b, _ = _arrays(*case)
    stride, padding = case[2:]
    Z, _ = reference.conv_forward(x, w, b.reshape(1, 1, 1, -1), {"stride": stride, "pad": padding})
    y = conv2d(x, w, b, stride=stride, padding=padding)
    assert y.shape == Z.shape
    np.testing.assert_allclose(y, Z, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_conv2d_backward_agrees_with_the_loops(case):
    x, w, b, dy = _arrays(*case)
    stride, padding = case[2:]
    hparameters = {"stride": stride, "pad": padding}
    _, cache = reference.conv_forward(x, w, b.reshape(1, 1, 1, -1), hparameters)
    expected = reference.conv_backward(dy, cache)
    got = conv2d_backward(dy, x, w, stride=stride, padding=padding)
    for ours, theirs in zip(got, (*expected[:2], expected[2].ravel()), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)


GENERAL = [
    {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    for stride, padding, dilation, groups in itertools.product(
        [1, (2, 3)], ["valid", "same", ((1, 0), (2, 1))], [1, (2, 3)], [1, 2]
    )
]


@pytest.mark.parametrize("how", GENERAL, ids=str)
def test_conv2d_backward_agrees_with_finite_differences(how):
    x, w, b, dy = _arrays(
        (2, 7, 9, 4), (2, 3, 4 // how["groups"], 6), how["stride"], how["padding"],
        dilation=how["dilation"],
    )  # fmt: skip
    dx, dw, db = conv2d_backward(dy, x, w, **how)
    pairs = [
        (dx, numerical_gradient(lambda v: float((conv2d(v, w, b, **how) * dy).sum()), x)),
        (dw, numerical_gradient(lambda v: float((conv2d(x, v, b, **how) * dy).sum()), w)),
        (db, numerical_gradient(lambda v: float((conv2d(x, w, v, **how) * dy).sum()), b)),
    ]
    assert max(relative_error(*pair) for pair in pairs) < 1e-7


@pytest.mark.parametrize("how", GENERAL, ids=str)
def test_conv2d_agrees_with_pytorch(how):
    torch = pytest.importorskip("torch")
    x, w, b, dy = _arrays(
        (2, 7, 9, 4), (2, 3, 4 // how["groups"], 6), how["stride"], how["padding"],
        dilation=how["dilation"],
    )  # fmt: skip
    from cnn_lab.geometry import padding_amounts

    (top, bottom), (left, right) = padding_amounts(
        how["padding"], (7, 9), (2, 3), how["stride"], how["dilation"]
    )
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]
    images = torch.nn.functional.pad(tensors[0].permute(0, 3, 1, 2), (left, right, top, bottom))
    y = torch.nn.functional.conv2d(
        images, tensors[1].permute(3, 2, 0, 1), tensors[2],
        stride=how["stride"], dilation=how["dilation"], groups=how["groups"],
    ).permute(0, 2, 3, 1)  # fmt: skip
    np.testing.assert_allclose(conv2d(x, w, b, **how), y.detach().numpy(), rtol=1e-10, atol=1e-10)
    y.backward(torch.tensor(dy))
    for ours, tensor in zip(conv2d_backward(dy, x, w, **how), tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), rtol=1e-10, atol=1e-10)


def test_conv2d_dilation_equals_a_filter_with_holes():
    x, w, _, _ = _arrays((2, 9, 8, 3), (3, 2, 3, 4), 1, "valid", dilation=(2, 3))
    with_holes = np.zeros((5, 4, 3, 4))
    with_holes[::2, ::3] = w
    np.testing.assert_allclose(conv2d(x, w, dilation=(2, 3)), conv2d(x, with_holes), atol=1e-12)


def test_conv2d_groups_never_mix_channels():
    x, w, _, _ = _arrays((2, 5, 6, 4), (3, 2, 2, 6), 1, "valid")
    changed = x.copy()
    changed[..., 2:] += 1.0
    before, after = conv2d(x, w, groups=2), conv2d(changed, w, groups=2)
    np.testing.assert_array_equal(before[..., :3], after[..., :3])
    assert np.all(before[..., 3:] != after[..., 3:])


def test_conv2d_keeps_float32():
    x, w, b, dy = (a.astype(np.float32) for a in _arrays(*CASES["plain"]))
    assert conv2d(x, w, b).dtype == np.float32
    assert {g.dtype for g in conv2d_backward(dy, x, w)} == {np.dtype(np.float32)}


def test_conv2d_takes_integers_as_numbers():
    x = np.arange(12).reshape(1, 3, 4, 1)
    w = np.array([[1, -1]]).reshape(1, 2, 1, 1)
    np.testing.assert_array_equal(conv2d(x, w, [0.5]), np.full((1, 3, 3, 1), -0.5))


def test_conv2d_reads_arrays_that_are_not_contiguous():
    x, w, b, dy = _arrays((2, 5, 7, 3), (3, 2, 3, 4), 1, 1)
    turned = np.asfortranarray(x), np.asfortranarray(w)
    np.testing.assert_allclose(conv2d(*turned, b, padding=1), conv2d(x, w, b, padding=1))
    got = conv2d_backward(np.asfortranarray(dy), *turned, padding=1)
    for ours, expected in zip(got, conv2d_backward(dy, x, w, padding=1), strict=True):
        np.testing.assert_allclose(ours, expected)


def test_conv2d_changes_nothing_that_is_passed_in():
    arrays = _arrays((2, 5, 7, 3), (3, 2, 3, 4), 1, "same")
    copies = [a.copy() for a in arrays]
    x, w, b, dy = arrays
    conv2d(x, w, b, padding="same")
    conv2d_backward(dy, x, w, padding="same")
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_conv2d_backward_gives_left_over_pixels_no_gradient():
    x, w, _, dy = _arrays((2, 8, 9, 2), (3, 3, 2, 4), 4, "valid")
    dx, _, _ = conv2d_backward(dy, x, w, stride=4)
    assert np.all(dx[:, 7:] == 0) and np.all(dx[:, :, 7:] == 0)
    assert np.all(dx[:, 4:7, 4:7] != 0)


def test_conv2d_backward_leaves_out_the_input_gradient_when_told():
    x, w, _, dy = _arrays(*CASES["plain"])
    full, lean = conv2d_backward(dy, x, w), conv2d_backward(dy, x, w, input_gradient=False)
    assert lean[0] is None
    np.testing.assert_array_equal(lean[1], full[1])


def test_col2im_is_the_transpose_of_im2col():
    rng = np.random.default_rng(0)
    how = {"stride": (2, 3), "padding": ((1, 0), (2, 1)), "dilation": (2, 1)}
    x = rng.normal(size=(2, 7, 8, 3))
    columns = im2col(x, (2, 3), **how)
    other = rng.normal(size=columns.shape)
    back = col2im(other, x.shape, (2, 3), **how)
    assert np.isclose((columns * other).sum(), (x * back).sum())


def test_windows_cannot_be_written():
    view = windows(np.zeros((1, 4, 5, 2)), (2, 3))
    with pytest.raises(ValueError, match="read-only"):
        view[...] = 1


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "how", "match"),
    [
        ((5, 7, 3), (3, 2, 3, 4), {}, r"x must have 4 axes .* got shape \(5, 7, 3\)"),
        ((2, 5, 7, 3), (3, 2, 3), {}, r"w must have 4 axes .* got shape \(3, 2, 3\)"),
        ((2, 5, 7, 1), (3, 2, 3, 4), {}, "w has 3 input channels, x has 1"),
        (
            (2, 5, 7, 4),
            (3, 2, 4, 4),
            {"groups": 2},
            "4 input channels times 2 groups, x has 4",
        ),
        ((2, 5, 7, 3), (3, 2, 3, 4), {"groups": 2}, "groups must divide the 3 input channels"),
        ((2, 5, 7, 3), (6, 2, 3, 4), {}, "spans 6 pixels, .* only 5"),
        ((2, 5, 7, 3), (3, 2, 3, 4), {"stride": 0}, "stride"),
        ((2, 5, 7, 3), (3, 2, 3, 4), {"padding": "full"}, "'full'"),
        ((2, 5, 7, 3), (3, 2, 3, 4), {"padding": -1}, "padding"),
        ((2, 5, 7, 3), (3, 2, 3, 4), {"dilation": (3, 1)}, "spans 7 pixels, .* only 5"),
    ],
)
def test_conv2d_names_what_is_wrong(x_shape, w_shape, how, match):
    with pytest.raises(ValueError, match=match):
        conv2d(np.zeros(x_shape), np.zeros(w_shape), **how)


def test_conv2d_names_a_wrong_bias():
    with pytest.raises(ValueError, match=r"one value for each of the 4 filters, got \(3,\)"):
        conv2d(np.zeros((2, 5, 7, 3)), np.zeros((3, 2, 3, 4)), np.zeros(3))


def test_conv2d_backward_names_a_wrong_gradient():
    with pytest.raises(ValueError, match=r"shape \(2, 3, 6, 4\) of the output, got \(2, 3, 5, 4\)"):
        conv2d_backward(np.zeros((2, 3, 5, 4)), np.zeros((2, 5, 7, 3)), np.zeros((3, 2, 3, 4)))
