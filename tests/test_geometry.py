"""Tests of cnn_lab.geometry against counting by hand and by brute force."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnn_lab.geometry import (
    ReceptiveField,
    leftover,
    output_size,
    padding_amounts,
    pair,
    receptive_field,
)

sizes = st.integers(1, 30)
kernel_sizes = st.integers(1, 6)
strides = st.integers(1, 5)
dilations = st.integers(1, 3)
sides = st.tuples(st.integers(0, 4), st.integers(0, 4))
untimed = settings(deadline=None, derandomize=True)


def places(size, kernel_size, stride, padding, dilation):
    """List, for every place of the kernel, the padded pixels that it touches."""
    padded = range(padding[0] + size + padding[1])
    touched = (
        [start + dilation * u for u in range(kernel_size)]
        for start in range(0, len(padded), stride)
    )
    return [pixels for pixels in touched if all(pixel in padded for pixel in pixels)]


# pair


def test_pair_of_one_number_serves_both_axes():
    assert pair(3, "stride") == (3, 3)


@pytest.mark.parametrize("value", [(2, 3), [2, 3], np.array([2, 3]), (np.int64(2), np.uint8(3))])
def test_pair_keeps_height_and_width_apart(value):
    result = pair(value, "stride")
    assert result == (2, 3)
    assert [type(entry) for entry in result] == [int, int]


@pytest.mark.parametrize("value", [2.0, (2, 3.0), "2", "23", None, True, (1, True), ((1, 1), 2)])
def test_pair_refuses_what_is_no_integer(value):
    with pytest.raises(TypeError, match="stride must be an int"):
        pair(value, "stride")


@pytest.mark.parametrize("value", [(), (1,), (1, 2, 3)])
def test_pair_refuses_other_counts(value):
    with pytest.raises(ValueError, match=r"stride must be an int or a pair .* got "):
        pair(value, "stride")


@pytest.mark.parametrize("value", [0, (1, 0), (-2, 1)])
def test_pair_refuses_numbers_below_one(value):
    with pytest.raises(ValueError, match="dilation must be at least 1, got"):
        pair(value, "dilation")


# padding_amounts


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        (0, ((0, 0), (0, 0))),
        (2, ((2, 2), (2, 2))),
        ((1, 2), ((1, 1), (2, 2))),
        (((1, 2), (3, 4)), ((1, 2), (3, 4))),
        ([[1, 2], [3, 4]], ((1, 2), (3, 4))),
        (np.array([[1, 2], [3, 4]]), ((1, 2), (3, 4))),
        ("valid", ((0, 0), (0, 0))),
    ],
)
def test_padding_amounts_of_every_spelling(padding, expected):
    assert padding_amounts(padding, (9, 8), (3, 2)) == expected


def test_padding_amounts_of_same_puts_the_odd_pixel_last():
    assert padding_amounts("same", (7, 9), (3, 4)) == ((1, 1), (1, 2))
    assert padding_amounts("same", (7, 9), (2, 1)) == ((0, 1), (0, 0))


def test_padding_amounts_of_same_depends_on_stride_and_dilation():
    # 11 rows in steps of 3: 4 outputs need 3*3 + 5 = 14; 10 columns in steps of 2: 5 need 4*2 + 3
    assert padding_amounts("same", (11, 10), (5, 3), (3, 2)) == ((1, 2), (0, 1))
    # the same with kernels that span 2*4 + 1 = 9 rows and 3*2 + 1 = 7 columns
    assert padding_amounts("same", (11, 10), (5, 3), (3, 2), (2, 3)) == ((3, 4), (2, 3))


def test_padding_amounts_of_same_is_never_negative_when_the_stride_jumps_over_pixels():
    assert padding_amounts("same", (8, 9), (1, 2), 4) == ((0, 0), (0, 1))


@pytest.mark.parametrize("word", ["SAME", "full", ""])
def test_padding_amounts_refuses_unknown_words(word):
    with pytest.raises(ValueError, match=f"padding must be 'valid' or 'same'.*got '{word}'"):
        padding_amounts(word, (5, 6), (3, 2))


@pytest.mark.parametrize("padding", [-1, (0, -2), ((0, 0), (0, -3))])
def test_padding_amounts_refuses_negative_numbers(padding):
    with pytest.raises(ValueError, match="padding must be at least 0, got -"):
        padding_amounts(padding, (5, 6), (3, 2))


@pytest.mark.parametrize("padding", [1.0, None, (1, 0.5), ((1, 1), (1, 2.0)), True])
def test_padding_amounts_refuses_what_is_no_integer(padding):
    with pytest.raises(TypeError, match=r"padding.* must be an int.*got"):
        padding_amounts(padding, (5, 6), (3, 2))


@pytest.mark.parametrize("padding", [(1, 2, 3), (1,), ((1, 2, 3), (1, 1)), ((1,), (1, 1))])
def test_padding_amounts_refuses_other_counts(padding):
    with pytest.raises(ValueError, match=r"padding.* must be an int.*got"):
        padding_amounts(padding, (5, 6), (3, 2))


def test_padding_amounts_names_the_other_argument_that_is_wrong():
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        padding_amounts("same", (5, 6), (3, 2), 0)
    with pytest.raises(TypeError, match=r"kernel_size must be an int.*got 2.5"):
        padding_amounts("same", (5, 6), (3, 2.5))


@untimed
@given(sizes, kernel_sizes, strides, dilations)
def test_same_padding_gives_size_over_stride_rounded_up(size, kernel_size, stride, dilation):
    amounts = padding_amounts("same", size, kernel_size, stride, dilation)[0]
    options = {"stride": stride, "dilation": dilation}
    outputs = math.ceil(size / stride)
    assert output_size(size, kernel_size, padding=amounts, **options) == outputs
    assert output_size(size, kernel_size, padding="same", **options) == outputs


@untimed
@given(sizes, kernel_sizes, strides, dilations)
def test_same_padding_is_balanced_and_as_small_as_possible(size, kernel_size, stride, dilation):
    before, after = padding_amounts("same", size, kernel_size, stride, dilation)[1]
    assert 0 <= before <= after <= before + 1
    if after > 0:
        fewer = places(size, kernel_size, stride, (before, after - 1), dilation)
        assert len(fewer) < math.ceil(size / stride)


# output_size and leftover


@pytest.mark.parametrize(
    ("size", "kernel_size", "options", "expected"),
    [
        (4, 2, {}, 3),  # the running example
        (3, 2, {}, 2),  # and its pooling
        (4, 2, {"padding": 1}, 5),  # with one ring of zeros
        (4, 3, {}, 2),  # the 3x3 Sobel filter on a 4x4 image
        (32, 5, {}, 28),  # the torch-light
        (28, 3, {}, 26),
        (26, 2, {"stride": 2}, 13),
        (28, 5, {"padding": 2}, 28),
        (28, 9, {}, 20),
        (5, 3, {"stride": 2, "padding": 1}, 3),  # document 003
        (5, 3, {"stride": 2, "padding": (0, 1)}, 2),
        (7, 7, {}, 1),
        (7, 1, {"stride": 3}, 3),
        (1, 1, {}, 1),
        (7, 3, {"dilation": 3}, 1),
    ],
)
def test_output_size_of_known_layers(size, kernel_size, options, expected):
    assert output_size(size, kernel_size, **options) == expected


@untimed
@given(sizes, kernel_sizes, strides, sides, dilations)
def test_output_size_counts_the_places(size, kernel_size, stride, padding, dilation):
    found = places(size, kernel_size, stride, padding, dilation)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    if found:
        assert output_size(size, kernel_size, **options) == len(found)
        behind = sum(padding) + size - 1 - found[-1][-1]
        assert leftover(size, kernel_size, **options) == behind
    else:
        with pytest.raises(ValueError, match="the padded input has only"):
            output_size(size, kernel_size, **options)


@untimed
@given(sizes, kernel_sizes, strides, sides)
def test_leftover_is_smaller_than_the_stride(size, kernel_size, stride, padding):
    assume(kernel_size <= size + sum(padding))
    assert 0 <= leftover(size, kernel_size, stride=stride, padding=padding) < stride


def test_leftover_of_document_sizes():
    assert leftover(5, 3, stride=2, padding=1) == 0
    assert leftover(5, 2, stride=2) == 1
    assert leftover(9, 2, stride=4) == 3


def test_output_size_says_by_how_much_the_kernel_is_too_large():
    with pytest.raises(ValueError, match=r"kernel spans 7 pixels, the padded input has only 6 \("):
        output_size(4, 4, padding=1, dilation=2)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((0, 1), {}, ValueError, "size must be at least 1, got 0"),
        ((5, 0), {}, ValueError, "kernel_size must be at least 1, got 0"),
        ((5, 3), {"stride": 0}, ValueError, "stride must be at least 1, got 0"),
        ((5, 3), {"stride": -1}, ValueError, "stride must be at least 1, got -1"),
        ((5, 3), {"dilation": 0}, ValueError, "dilation must be at least 1, got 0"),
        ((5, 3), {"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        ((5, 3), {"padding": "all"}, ValueError, "padding must be 'valid' or 'same'"),
        ((5.0, 3), {}, TypeError, r"size must be an int, got 5\.0"),
        ((5, "3"), {}, TypeError, "kernel_size must be an int, got '3'"),
        ((5, 3), {"stride": 1.5}, TypeError, r"stride must be an int, got 1\.5"),
        ((5, 3), {"stride": (1, 1)}, TypeError, "stride must be an int, got"),
        ((5, 3), {"padding": 0.5}, TypeError, r"padding of one axis must be an int.*got 0\.5"),
    ],
)
def test_output_size_names_what_is_wrong(arguments, options, error, message):
    with pytest.raises(error, match=message):
        output_size(*arguments, **options)
    with pytest.raises(error, match=message):
        leftover(*arguments, **options)


# receptive_field


def influence(layers, size):
    """Carry the ``size`` single-pixel images through 1-D filters of ones.

    Row i of the result is positive at the pixels that unit i of the last layer depends on.
    """
    units = np.eye(size)
    for kernel_size, stride, dilation, before in layers:
        units = np.concatenate([np.zeros((before, size)), units])
        outputs = (len(units) - dilation * (kernel_size - 1) - 1) // stride + 1
        units = np.stack(
            [
                sum(units[i * stride + u * dilation] for u in range(kernel_size))
                for i in range(outputs)
            ]
        )
    return units


@untimed
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)),
        max_size=4,
    )
)
def test_receptive_field_is_where_single_pixels_show(layers):
    field = receptive_field(layers)
    unit = math.ceil(-field.start / field.jump)  # the first unit that sees no padding on its left
    first = field.start + unit * field.jump
    seen = np.flatnonzero(influence(layers, first + field.jump + field.size)[unit])
    assert (seen[0], seen[-1]) == (first, first + field.size - 1)
    following = np.flatnonzero(influence(layers, first + field.jump + field.size)[unit + 1])
    assert following[0] - seen[0] == field.jump


def test_receptive_field_start_lies_in_the_padding():
    # Two 3x3 layers with one pixel of padding: unit 0 would like to see the pixels -2 to 2.
    assert receptive_field([(3, 1, 1, 1), (3, 1, 1, 1)]) == ReceptiveField(5, 1, -2)
    # After a stride of 2 a pixel of padding is worth two pixels of the image.
    assert receptive_field([(3, 2, 1, 1), (3, 1, 1, 1)]) == ReceptiveField(7, 2, -3)


def test_receptive_field_without_layers_is_the_pixel_itself():
    assert receptive_field([]) == (1, 1, 0)


def test_receptive_field_of_three_entries_takes_the_last_for_dilation():
    assert receptive_field([(3, 1, 2)]) == ReceptiveField(size=5, jump=1, start=0)


def test_receptive_field_accepts_an_iterator():
    assert receptive_field(iter([[5, 1], [2, 2], [5, 1], [2, 2]])) == (16, 4, 0)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ([(3, 1), (3,)], ValueError, r"layer 1 must be \(kernel_size, stride\).*got \(3,\)"),
        ([(3, 1, 1, 1, 1)], ValueError, "layer 0 must be"),
        ([3], ValueError, "layer 0 must be .* got 3"),
        (["31"], ValueError, "layer 0 must be .* got '31'"),
        ([(0, 1)], ValueError, "kernel_size of layer 0 must be at least 1, got 0"),
        ([(3, 1), (3, 0)], ValueError, "stride of layer 1 must be at least 1, got 0"),
        ([(3, 1, 0)], ValueError, "dilation of layer 0 must be at least 1, got 0"),
        ([(3, 1, 1, -1)], ValueError, "padding before layer 0 must be at least 0, got -1"),
        ([(3, 1.0)], TypeError, r"stride of layer 0 must be an int, got 1\.0"),
    ],
)
def test_receptive_field_names_the_layer_that_is_wrong(layers, error, message):
    with pytest.raises(error, match=message):
        receptive_field(layers)
