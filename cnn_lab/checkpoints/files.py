"""The file format: written whole or not at all, and read without trust.

Conventions: a file is an ``.npz`` archive of plain arrays of numbers, which `numpy.load` opens as
well. One of them, ``about``, is a JSON text with format, version and everything that is no array;
another, ``sha256``, is the checksum of all others. Nothing in a file is ever run: there is no
pickle, every size is looked at before it is believed, and a file that is not what it should be
raises `CheckpointError` before anything is changed.
"""

import hashlib
import io
import itertools
import json
import math
import os
import re
import stat
import zipfile
from typing import NamedTuple

import numpy as np

from cnn_lab.checkpoints.writing import replacing

FORMAT, VERSION = "CNN Lab", 1
LARGEST = 2**31  # bytes, of a file and of what is packed in it
NUMBERS = "biuf"  # the kinds of arrays that a file may hold: bool, integer, unsigned, float
DEEPEST = 100  # brackets within brackets


class CheckpointError(ValueError):
    """A file that is damaged, is something else, or belongs to another network or training."""


class Checkpoint(NamedTuple):
    """What `load` returns: arrays by name, and a dict of everything else."""

    arrays: dict
    about: dict


def save(path, arrays, about, *, kind="training", compressed=False):
    """Write arrays and a dict into one file, whole or not at all.

    Parameters
    ----------
    path : str or path
        An existing file is replaced. Its folder must be there.
    arrays : dict of str to array of numbers
    about : dict
        Anything that JSON can hold; infinity and NaN are refused.
    kind : str
        What the file is for; `load` asks for it.
    compressed : bool
        Whether to pack the arrays: about a tenth smaller for trained weights, and much slower.

    Raises
    ------
    OSError
        If the file cannot be written. What was there before is intact, and nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/a.npz", {"x": np.arange(3)}, {"epoch": 2})
    ...     load(f"{folder}/a.npz")
    Checkpoint(arrays={'x': array([0, 1, 2])}, about={'epoch': 2})
    """
    content = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in content.items():
        if array.dtype.kind not in NUMBERS or name in ("about", "sha256"):
            raise ValueError(f"{name!r} cannot be an array of {array.dtype} in a checkpoint")
    text = {"format": FORMAT, "kind": kind, "version": VERSION, "about": about}
    content["about"] = np.frombuffer(json.dumps(text, allow_nan=False).encode(), np.uint8)
    content["sha256"] = _digest(content)
    with replacing(path) as file:
        (np.savez_compressed if compressed else np.savez)(file, **content)


def load(path, *, kinds=("training",), largest=LARGEST):
    """Read a file that `save` wrote.

    Parameters
    ----------
    path : str or path
    kinds : tuple of str
        What the file may be for.
    largest : int
        How many bytes the file may have, packed and unpacked.

    Returns
    -------
    Checkpoint
        The arrays cannot be written to.

    Raises
    ------
    CheckpointError
        If the file is damaged, cut short, too large, something else or for something else.
    OSError
        If there is no such file, or it may not be read.
    """
    data = _bytes(path, largest)
    try:
        arrays = _unpacked(data, largest)
        text = _parsed(arrays["about"].tobytes().decode())
        _check_kind(text, kinds)
        if not np.array_equal(arrays.pop("sha256"), _digest(arrays)):
            raise CheckpointError("is damaged: its content does not fit its checksum")
        del arrays["about"]
        return Checkpoint(arrays, dict(text["about"]))
    except CheckpointError as error:
        raise CheckpointError(f"{path} {error}") from None
    except Exception as error:  # whatever strange bytes can do to zipfile, NumPy and json
        raise CheckpointError(f"{path} {_suspicion(data)} ({error})") from error


def _parsed(text):
    """Return what JSON says, unless it is nested deeper than any checkpoint is.

    In a browser brackets within brackets use up a stack that Python does not watch, and end it.
    """
    brackets = re.findall(r"[][{}]", re.sub(r'"(?:[^"\\]|\\.)*"?', "", text, flags=re.DOTALL))
    depths = itertools.accumulate(1 if each in "[{" else -1 for each in brackets)
    if max(depths, default=0) > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST} brackets")
    return json.loads(text)


def _digest(content):
    """Return the SHA-256 of names, types, shapes and bytes of arrays, as an array of 32 bytes."""
    hashed = hashlib.sha256()
    for name in sorted(content):
        array = content[name]
        hashed.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        hashed.update(np.ascontiguousarray(array))
    return np.frombuffer(hashed.digest(), np.uint8)


def _bytes(path, largest):
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
        raise CheckpointError(f"{path} is no file of at most {largest:,} bytes")
    with open(path, "rb") as file:
        return file.read()


def _unpacked(data, largest):
    """Return the arrays of an archive, after a look at all that it says about itself."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if not {"about.npy", "sha256.npy"} <= set(names) or len(set(names)) < len(names):
            raise CheckpointError("is an archive of something else than CNN Lab")
        if sum(member.file_size for member in members) > largest:
            raise CheckpointError(f"would unpack to more than {largest:,} bytes")
        if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
            raise CheckpointError("is packed in a way that CNN Lab never uses")
        return {m.filename.removesuffix(".npy"): _array(archive.read(m)) for m in members}


def _array(data):
    """Return the array in the bytes of an ``.npy`` file, without a step that could run code."""
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise CheckpointError("holds an array in a format that CNN Lab never uses")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.kind not in NUMBERS:
        raise CheckpointError(f"holds an array of {dtype}: only numbers are read, never objects")
    body = data[stream.tell() :]
    if min(shape, default=0) < 0 or dtype.itemsize * math.prod(shape) != len(body):
        raise CheckpointError(f"is damaged: an array of shape {shape} has {len(body)} bytes")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if by_columns else "C")


def _check_kind(text, kinds):
    if text["format"] != FORMAT:
        raise CheckpointError("is an archive of something else than CNN Lab")
    if text["version"] != VERSION:
        version = f"version {text['version']}, this CNN Lab reads version {VERSION}"
        raise CheckpointError(f"was written in another format: {version}")
    if text["kind"] not in kinds:
        raise CheckpointError(f"is for {text['kind']}, expected {' or '.join(kinds)}")


def _suspicion(data):
    if not data:
        return "is empty"
    if data.startswith(b"\x80"):
        return "is a pickle, which could run code and is never opened"
    return "is damaged or cut short" if data.startswith(b"PK") else "is no file of CNN Lab"
