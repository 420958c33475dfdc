"""Results as JSON and back, for a reader who trusts nobody.

What `outcomes.plain` makes of a result is written so that it comes back the same: numbers with
their types, arrays as bytes in base64 with dtype and shape. Reading takes no more memory than a
small multiple of the text, calls nothing that the text names, and meets everything that could not
have been written here with `ValueError`.
"""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import dataclass

import numpy as np

from cnn_lab.checks.outcomes import LARGEST_INTEGER, Strange, printable

LARGEST = 20_000_000  # bytes of all arrays in one text
PIECES = 200_000  # values in one text, at whatever depth
LONGEST = 10_000  # characters of a string that is a result, or part of one
DEEPEST = 24
_DTYPES = {name: np.dtype(name) for name in {np.dtype(c).name for c in "?bhilqBHILQefdgFDG"}}
_HEXADECIMAL = re.compile(rf"-?[0-9a-f]{{1,{LARGEST_INTEGER // 4 + 1}}}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


@dataclass
class Budget:
    """What may still be written, or read."""

    size: int = LARGEST
    pieces: int = PIECES

    def spend(self, size):
        """Tell whether one more piece of so many bytes fits; take it off if so."""
        if self.pieces < 1 or size > self.size:
            return False
        self.pieces -= 1
        self.size -= size
        return True


def loads(text, largest):
    """Read JSON of a stranger: no NaN, no key twice, not too large, not too deep.

    Parameters
    ----------
    text : str
    largest : int
        Characters.

    Raises
    ------
    ValueError
    """
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("this is no text in ASCII")
    if len(text) > largest:
        raise ValueError(f"the text has {len(text):,} characters, more than {largest:,}")
    if sum(map(text.count, "[{,")) > 5 * PIECES:
        raise ValueError("the text has too many pieces")
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_without_repeats)
    except RecursionError:
        raise ValueError("the text is nested too deeply") from None


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


def _without_repeats(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


# ---- writing ----


def encoded(value, budget, depth=DEEPEST):
    """Return a value, by `outcomes.plain`, as what the json module can write.

    What does not fit into the budget is replaced by a word on what it was.
    """
    large = value.nbytes if isinstance(value, (np.ndarray, np.generic)) else 0
    large = len(value) if isinstance(value, (str, bytes)) else large
    if not depth or not budget.spend(large):
        return ["strange", _brief(value)]
    if isinstance(value, (np.ndarray, np.generic)):
        return _array(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > LARGEST_INTEGER:
            return ["strange", "a whole number with very many digits"]
        return value if abs(value) < 1 << 63 else ["int", f"{value:x}"]
    if isinstance(value, float):
        return value if math.isfinite(value) else ["float", repr(value)]
    if isinstance(value, complex):
        return ["complex", repr(value.real), repr(value.imag)]
    if isinstance(value, str):
        return value if len(value) <= LONGEST else ["strange", _brief(value)]
    if isinstance(value, bytes):
        return ["bytes", _base64(value)]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, [encoded(part, budget, depth - 1) for part in value]]
    if isinstance(value, dict):
        pairs = [[key[:LONGEST], encoded(part, budget, depth - 1)] for key, part in value.items()]
        return ["dict", pairs]
    return ["strange", printable(value.what)[:200]]


def _array(value):
    """Write an array, or one number with a type of NumPy's."""
    dtype = value.dtype.newbyteorder("=")
    if dtype.name not in _DTYPES:
        return ["strange", _brief(value)]
    data = np.asarray(value).astype(dtype.newbyteorder("<"), order="C").tobytes()
    if isinstance(value, np.generic):
        return ["number", dtype.name, _base64(data)]
    return ["array", dtype.name, list(value.shape), _base64(data)]


def _base64(data):
    return base64.b64encode(data).decode("ascii")


def _brief(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list, dict, str, bytes)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


# ---- reading ----


def decoded(data, budget, depth=DEEPEST):
    """Return the value that `encoded` wrote.

    Raises
    ------
    ValueError
        If it did not.
    """
    if not depth:
        raise ValueError("a value is nested too deeply")
    if not budget.spend(len(data) if isinstance(data, str) else 0):
        raise ValueError("there are too many values, or too large ones")
    if data is None or isinstance(data, (bool, float)):
        return data
    if isinstance(data, int) and data.bit_length() <= 64:
        return data
    if isinstance(data, str) and len(data) <= LONGEST:
        return data
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise ValueError("a value is of no kind that is known")
    kind, *parts = data
    if kind in ("tuple", "list", "dict"):
        return _collection(kind, _only(parts, list), budget, depth)
    if kind in ("array", "number"):
        return _read_array(kind, parts, budget)
    return _read_scalar(kind, parts, budget)


def _collection(kind, parts, budget, depth):
    if kind != "dict":
        values = [decoded(part, budget, depth - 1) for part in parts]
        return tuple(values) if kind == "tuple" else values
    found = {}
    for pair in parts:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ValueError("a dict holds something else than pairs")
        if pair[0] in found or len(pair[0]) > LONGEST:
            raise ValueError("a dict has a key twice, or one that is too long")
        found[pair[0]] = decoded(pair[1], budget, depth - 1)
    return found


def _read_scalar(kind, parts, budget):
    if not all(isinstance(part, str) for part in parts):
        raise ValueError(f"{kind!r:.40} is not written in strings")
    if kind == "int" and len(parts) == 1 and _HEXADECIMAL.fullmatch(parts[0]):
        return int(parts[0], 16)
    if kind == "float" and parts in (["nan"], ["inf"], ["-inf"]):
        return float(parts[0])
    if kind == "complex" and len(parts) == 2 and all(len(part) < 40 for part in parts):
        return complex(*map(float, parts))
    if kind == "bytes" and len(parts) == 1:
        return _from_base64(parts[0], budget)
    if kind == "strange" and len(parts) == 1:
        return Strange(printable(parts[0][:200]))
    raise ValueError(f"{kind!r:.40} is no kind of value, or is badly written")


def _read_array(kind, parts, budget):
    """Read an array; its shape is held against the bytes that are there before any is made."""
    name, *shape, text = parts if len(parts) == 2 + (kind == "array") else ("", "")
    dtype = _DTYPES.get(name) if isinstance(name, str) else None
    shape = _shape(shape[0]) if shape else ()
    if dtype is None or not isinstance(text, str):
        raise ValueError("an array without a dtype that is known, or without its numbers")
    size = math.prod(shape) * dtype.itemsize
    if (size + 2) // 3 * 4 != len(text):
        raise ValueError("an array has another size than its shape says")
    data = _from_base64(text, budget)
    if len(data) != size:
        raise ValueError("an array has another size than its shape says")
    if dtype.kind == "b" and data.strip(b"\0\1"):
        raise ValueError("an array of True and False holds something else")
    array = np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
    return array if kind == "array" else array[()]


def _shape(data):
    if not isinstance(data, list) or len(data) > 32:
        raise ValueError("an array without a shape")
    if any(type(size) is not int or not 0 <= size < 1 << 31 for size in data):
        raise ValueError("a shape holds something else than sizes")
    if math.prod(size or 1 for size in data) >= 1 << 40:
        raise ValueError("a shape is too large")
    return tuple(data)


def _from_base64(text, budget):
    if not _BASE64.fullmatch(text) or len(text) % 4:
        raise ValueError("bytes are not written in base64")
    if not budget.spend(len(text) // 4 * 3):
        raise ValueError("there are too many values, or too large ones")
    return base64.b64decode(text)


def _only(parts, kind):
    if len(parts) != 1 or not isinstance(parts[0], kind):
        raise ValueError("a collection without its parts")
    return parts[0]
