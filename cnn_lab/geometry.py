"""Sizes, padding amounts and receptive fields: the arithmetic of windows, integers only.

A kernel of ``kernel_size`` pixels slides along an axis of ``size`` pixels, padded with ``before``
and ``after`` more, in steps of ``stride`` pixels. Its own pixels lie ``dilation`` pixels apart. The
number of places where it fits is the one formula of this module::

    span = dilation * (kernel_size - 1) + 1
    output = floor((size + before + after - span) / stride) + 1

Pairs are (height, width). Both axes follow the same formula, one at a time.

References
----------
V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016,
arXiv:1603.07285.
"""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import NamedTuple

__all__ = [
    "ReceptiveField",
    "leftover",
    "output_size",
    "padding_amounts",
    "pair",
    "receptive_field",
]

PADDING_WORDS = ("valid", "same")


class ReceptiveField(NamedTuple):
    """The pixels of the input, along one axis, that the units of some layer can see.

    Unit number ``i`` sees the pixels ``start + i * jump`` up to ``start + i * jump + size - 1``.

    Attributes
    ----------
    size : int
        Pixels from the first to the last one seen, both included.
    jump : int
        Pixels between the fields of two neighbouring units.
    start : int
        First pixel that unit 0 sees; negative when it lies in the padding.
    """

    size: int
    jump: int
    start: int


def pair(value, name: str) -> tuple[int, int]:
    """Return one positive integer per axis, (height, width).

    Parameters
    ----------
    value : int or pair of int
        One number for both axes, or (height, width); each at least 1.
    name : str
        What the value is called in the error message.

    Returns
    -------
    tuple of int
        (height, width).

    Raises
    ------
    TypeError
        If ``value`` is neither an integer nor made of integers.
    ValueError
        If there are not exactly two numbers, or one of them is below 1.

    Examples
    --------
    >>> pair(2, "stride"), pair((2, 3), "stride")
    ((2, 2), (2, 3))
    """
    if _is_integer(value):
        value = (value, value)
    entries = _two(value, f"{name} must be an int or a pair (height, width) of ints, got {value!r}")
    height, width = (_integer(entry, name, minimum=1) for entry in entries)
    return height, width


def padding_amounts(
    padding, size, kernel_size, stride=1, dilation=1
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many pixels are added on each of the four sides.

    Parameters
    ----------
    padding : int, pair, pair of pairs, "valid" or "same"
        One number for all sides; (height, width); ((top, bottom), (left, right)); "valid" for none;
        "same" for as many as give ceil(size / stride) outputs. In pixels, never negative.
    size : int or pair of int
        Height and width of the input, in pixels. Only "same" depends on it.
    kernel_size, stride, dilation : int or pair of int
        As in `output_size`. Only "same" depends on them.

    Returns
    -------
    tuple of tuple of int
        ((top, bottom), (left, right)). With "same", an odd pixel goes to the bottom or the right.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a number is negative, there are too many of them, or the word is unknown.

    Examples
    --------
    >>> padding_amounts(1, (28, 28), (3, 3))
    ((1, 1), (1, 1))
    >>> padding_amounts("same", (28, 28), (5, 4))
    ((2, 2), (1, 2))
    """
    axes = (padding, padding)
    if not isinstance(padding, str) and not _is_integer(padding):
        axes = _two(
            padding,
            "padding must be an int, (height, width), ((top, bottom), (left, right)), "
            f"'valid' or 'same', got {padding!r}",
        )
    sizes, kernel_sizes = pair(size, "size"), pair(kernel_size, "kernel_size")
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    vertical, horizontal = map(_axis_padding, axes, sizes, kernel_sizes, strides, dilations)
    return vertical, horizontal


def output_size(size: int, kernel_size: int, *, stride=1, padding=0, dilation=1) -> int:
    """Count the places where a kernel fits on one axis.

    Parameters
    ----------
    size : int
        Pixels of the input along this axis, at least 1.
    kernel_size : int
        Pixels of the kernel along this axis, at least 1.
    stride : int
        Pixels from one place to the next, at least 1.
    padding : int, pair of int, "valid" or "same"
        Pixels added on both sides, or (before, after), or a word as in `padding_amounts`.
    dilation : int
        Distance of neighbouring kernel pixels on the input, at least 1.

    Returns
    -------
    int
        The size of the output, at least 1.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a number is out of range, or the kernel is larger than the padded input.

    Notes
    -----
    Pixels after the last place where the kernel fits are not looked at: `leftover` counts them.

    Examples
    --------
    >>> output_size(28, 3)
    26
    >>> output_size(28, 5, padding=2), output_size(5, 3, stride=2, padding=1)
    (28, 3)
    """
    return _steps(size, kernel_size, stride, padding, dilation)[0] + 1


def leftover(size: int, kernel_size: int, *, stride=1, padding=0, dilation=1) -> int:
    """Count the pixels of the padded axis that lie after the last place of the kernel.

    They are dropped: they change no output, and their gradient is zero. Parameters and errors are
    those of `output_size`.

    Returns
    -------
    int
        A number of pixels from 0 to stride - 1.

    Examples
    --------
    >>> leftover(6, 3, stride=2), leftover(7, 3, stride=2)
    (1, 0)
    """
    return _steps(size, kernel_size, stride, padding, dilation)[1]


def receptive_field(layers: Iterable[Sequence[int]]) -> ReceptiveField:
    """Find which pixels of the input a unit above a stack of layers depends on, along one axis.

    Parameters
    ----------
    layers : iterable of tuple of int
        From the input upwards, one tuple for each convolution or pooling: (kernel_size, stride),
        (kernel_size, stride, dilation) or (kernel_size, stride, dilation, before), where ``before``
        counts the padding pixels in front of the axis. Dilation defaults to 1, before to 0.

    Returns
    -------
    ReceptiveField
        ``size``, ``jump`` and ``start`` in pixels of the input.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a layer has the wrong number of entries, or one is out of range.

    Notes
    -----
    Every layer makes the field wider by its span minus one, counted in steps of the layer below::

        start <- start - before * jump
        size  <- size + dilation * (kernel_size - 1) * jump
        jump  <- jump * stride

    A stride or a dilation that jumps over pixels leaves holes in the field; ``size`` is its extent,
    holes included.

    Examples
    --------
    Two 3x3 convolutions see 5 pixels; with a 2x2 pool of stride 2 on top, 6:

    >>> receptive_field([(3, 1), (3, 1)])
    ReceptiveField(size=5, jump=1, start=0)
    >>> receptive_field([(3, 1), (3, 1), (2, 2)])
    ReceptiveField(size=6, jump=2, start=0)
    """
    size, jump, start = 1, 1, 0
    for number, layer in enumerate(layers):
        kernel_size, stride, dilation, before = _layer(layer, number)
        start -= before * jump
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return ReceptiveField(size, jump, start)


def _steps(size, kernel_size, stride, padding, dilation) -> tuple[int, int]:
    """Return how many strides a kernel can take along an axis, and the pixels then left over."""
    size = _integer(size, "size", minimum=1)
    kernel_size = _integer(kernel_size, "kernel_size", minimum=1)
    stride = _integer(stride, "stride", minimum=1)
    dilation = _integer(dilation, "dilation", minimum=1)
    before, after = _axis_padding(padding, size, kernel_size, stride, dilation)
    span = dilation * (kernel_size - 1) + 1
    room = size + before + after - span
    if room < 0:
        raise ValueError(
            f"the kernel spans {span} pixels, the padded input has only {size + before + after} "
            f"(size {size}, padding {before} and {after}, kernel_size {kernel_size}, "
            f"dilation {dilation})"
        )
    return divmod(room, stride)


def _axis_padding(padding, size, kernel_size, stride, dilation) -> tuple[int, int]:
    """Return the pixels added (before, after) one axis."""
    if isinstance(padding, str):
        return _word_padding(padding, size, dilation * (kernel_size - 1) + 1, stride)
    if _is_integer(padding):
        padding = (padding, padding)
    message = f"padding of one axis must be an int or (before, after), got {padding!r}"
    entries = _two(padding, message)
    before, after = (_integer(entry, "padding", minimum=0) for entry in entries)
    return before, after


def _word_padding(word: str, size: int, span: int, stride: int) -> tuple[int, int]:
    if word not in PADDING_WORDS:
        raise ValueError(f"padding must be 'valid' or 'same' when it is a word, got {word!r}")
    if word == "valid":
        return 0, 0
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def _layer(layer, number: int) -> tuple[int, int, int, int]:
    """Fill in the defaults of one layer of a receptive field and check it."""
    if isinstance(layer, str) or not isinstance(layer, Sequence) or not 2 <= len(layer) <= 4:
        raise ValueError(
            f"layer {number} must be (kernel_size, stride), (kernel_size, stride, dilation) or "
            f"(kernel_size, stride, dilation, before), got {layer!r}"
        )
    kernel_size, stride, dilation, before = (*layer, *(1, 0)[len(layer) - 2 :])
    return (
        _integer(kernel_size, f"kernel_size of layer {number}", minimum=1),
        _integer(stride, f"stride of layer {number}", minimum=1),
        _integer(dilation, f"dilation of layer {number}", minimum=1),
        _integer(before, f"padding before layer {number}", minimum=0),
    )


def _is_integer(value) -> bool:
    """Tell integers (NumPy's too) from everything else; True and False are not numbers here."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _integer(value, name: str, *, minimum: int) -> int:
    if not _is_integer(value):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")
    return int(value)


def _two(value, message: str) -> tuple:
    """Return ``value`` as a tuple of two entries."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(message)
    entries = tuple(value)
    if len(entries) != 2:
        raise ValueError(message)
    return entries
