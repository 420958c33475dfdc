"""The exercise of lesson 08 on the header of an IDX file."""

import struct

from cnn_lab.checks.exercise import Case, Task
from cnn_lab.checks.mistakes import Mistake


def idx_shape(header):
    """Return the lengths of all axes."""
    if len(header) < 4 or header[0] != 0 or header[1] != 0:
        raise ValueError("not the beginning of an IDX file")
    rank = header[3]
    if len(header) < 4 + 4 * rank:
        raise ValueError("the header is too short")
    lengths = []
    for axis in range(rank):
        start = 4 + 4 * axis
        lengths.append(int.from_bytes(header[start : start + 4], "big"))
    return tuple(lengths)


def _asserting(header):
    assert len(header) >= 4 and header[0] == 0 and header[1] == 0
    assert len(header) >= 4 + 4 * header[3]
    return idx_shape(header)


def _returning_errors(header):
    try:
        return idx_shape(header)
    except ValueError as error:
        return error


def _unpacked(header):
    if len(header) < 4 or header[0] or header[1]:
        raise ValueError("not the beginning of an IDX file")
    rank = header[3]
    return struct.unpack(f">{rank}I", header[4 : 4 + 4 * rank])


def _idx_cases():
    def case(part, text):
        header = bytes.fromhex(text)
        shown = " ".join(map(str, header))
        return Case(part, (header,), says=f"the bytes {shown}" if header else "no bytes at all")

    return [
        case("one axis", "00000801 00000102"),
        case("several axes", "00000803 0000ea60 0000001c 0000001f"),
        case("several axes", "00000804 00000007 00010203 01020304 00000a0b"),
        case("pixels follow", "00000801 00000005 0705090003 01020304 0a0b0c0d"),
        case("pixels follow", "00000802 00000003 00000101 ff"),
        case("other kinds of numbers", "00000d02 00000005 00010000"),
        case("no IDX file", "01000801 00000001"),
        case("no IDX file", "00010801 00000001"),
        case("no IDX file", "01020801 00000001"),
        case("too short", "00000802 00000102"),
        case("too short", "00000803 00000102"),
        case("too short", "00000801 000001"),
        case("too short", "000008"),
        case("too short", ""),
    ]


def _other_bytes(case, rng):
    """Draw all bytes anew but those that are 0, and those of the kind of number and the rank."""
    (header,) = case.arguments
    kept = [byte if byte == 0 or n in (2, 3) else None for n, byte in enumerate(header)]
    drawn = (int(rng.integers(1, 256)) if byte is None else byte for byte in kept)
    return Case(case.part, (bytes(drawn),))


IDX_SHAPE = Task(
    name="idx_shape",
    lesson="08",
    title="write `idx_shape`",
    answer=idx_shape,
    cases=_idx_cases,
    vary=_other_bytes,
    outputs=("shape",),
    mistakes=(
        Mistake(
            "least significant byte first",
            "Your lengths are far too large: which of the four bytes counts most in this format?",
            {'"big"': '"little"'},
        ),
        Mistake(
            "last byte only",
            "Your lengths lose everything from 256 on: an axis has four bytes, and each counts.",
            {'int.from_bytes(header[start : start + 4], "big")': "header[start + 3]"},
        ),
        Mistake(
            "last two bytes only",
            "Your lengths lose everything from 65,536 on: a length has four bytes, not two.",
            {"header[start : start + 4]": "header[start + 2 : start + 4]"},
        ),
        Mistake(
            "begins at byte 0",
            "Your first length is made of the first four bytes of the file. What do those say, and "
            "where does axis 0 begin?",
            {"start = 4 + 4 * axis": "start = 4 * axis"},
        ),
        Mistake(
            "begins at byte 8",
            "You leave out the first length: axes are counted from 0.",
            {"start = 4 + 4 * axis": "start = 8 + 4 * axis"},
        ),
        Mistake(
            "one byte per axis",
            "The first axis is right, the others are not: how many bytes does each length take?",
            {"4 + 4 * axis": "4 + axis"},
        ),
        Mistake(
            "always three axes",
            "You read three lengths from every header: labels have one axis. Which byte says how "
            "many there are?",
            {"rank = header[3]": "rank = 3"},
        ),
        Mistake(
            "number of axes from the wrong byte",
            "You take the kind of numbers (8 means bytes) for the number of axes. Count the bytes "
            "from 0.",
            {"rank = header[3]": "rank = header[2]"},
        ),
        Mistake(
            "axes reversed",
            "The right lengths in the opposite order: the first in the file is the first axis.",
            {"tuple(lengths)": "tuple(lengths[::-1])"},
        ),
        Mistake(
            "bytes only",
            "The third byte tells the kind of numbers, and it may be another than 8: what must be "
            "zero are the first two.",
            {"or header[1] != 0": "or header[1] != 0 or header[2] != 8"},
        ),
        Mistake(
            "nothing tested",
            "You take any bytes for a header. What must be true before you can trust them: how "
            "does a header begin, and how long is it?",
            {
                "len(header) < 4 or header[0] != 0 or header[1] != 0": "False",
                "len(header) < 4 + 4 * rank": "False",
            },
        ),
        Mistake(
            "no length tested",
            "A header may be cut off anywhere, even within its first four bytes: you never test "
            "its length.",
            {"len(header) < 4 or ": "", "len(header) < 4 + 4 * rank": "False"},
        ),
        Mistake(
            "nothing may follow",
            "You refuse a header that is followed by more bytes. They are the pixels, and welcome.",
            {"len(header) < 4 + 4 * rank": "len(header) != 4 + 4 * rank"},
        ),
        Mistake(
            "first bytes not tested",
            "You accept a file that does not begin with two zeros.",
            {" or header[0] != 0 or header[1] != 0": ""},
        ),
        Mistake(
            "second byte not tested",
            "You accept a file whose second byte is not zero: both must be.",
            {" or header[1] != 0": ""},
        ),
        Mistake(
            "both bytes must be wrong",
            "You refuse a file only if both of its first bytes are not zero: one is enough.",
            {"or header[1]": "and header[1]"},
        ),
        Mistake(
            "only the first byte matters when it is zero",
            "You accept a file whose first byte is not zero: both must be.",
            {" or header[0] != 0": ""},
        ),
        Mistake(
            "length not tested",
            "A header that ends too early still gives you a shape: how many bytes must it have for "
            "its number of axes?",
            {"len(header) < 4 + 4 * rank": "False"},
        ),
        Mistake(
            "first four bytes not counted",
            "Your test of the length lets some short headers pass: the lengths are not the only "
            "bytes of a header.",
            {"len(header) < 4 + 4 * rank": "len(header) < 4 * rank"},
        ),
        Mistake(
            "fewer than four bytes",
            "With fewer than four bytes you look at bytes that are not there: test that first.",
            {"len(header) < 4 or ": ""},
        ),
        Mistake(
            "assert in place of raise",
            "Your function stops with an AssertionError: what is asked for is a ValueError.",
            _asserting,
        ),
        Mistake(
            "error of struct",
            "For too few bytes struct.unpack raises an error of its own: you need a ValueError.",
            _unpacked,
        ),
        Mistake(
            "error returned",
            "You return a ValueError as if it were a result. An error is raised, not returned.",
            _returning_errors,
        ),
        Mistake(
            "no error raised",
            "Returning a value lets the program run on: you are asked to raise a ValueError.",
            {
                'raise ValueError("not the beginning of an IDX file")': "return None",
                'raise ValueError("the header is too short")': "return None",
            },
        ),
    ),
)
