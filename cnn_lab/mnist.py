"""Read IDX files, and the MNIST handwritten digits that ship with the package.

An IDX file is a short header and then the numbers of one array, in row-major order (the last
axis runs fastest). All numbers are big-endian: the most significant byte comes first.

============  ========  ====================================================================
offset        type      content
============  ========  ====================================================================
0             2 bytes   00 00, the same in every IDX file
2             uint8     type of the numbers: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32,
                        0x0D float32, 0x0E float64
3             uint8     rank: the number of axes
4, 8, ...     uint32    length of each axis, ``rank`` of them
4 + 4 * rank  as above  the numbers, as many as the product of the lengths
============  ========  ====================================================================

The header thus fixes the size of the file, and a damaged file can be told from a good one.
Memory grows with the bytes found in a file, never with the bytes that its header promises.

References
----------
.. [1] Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits",
   http://yann.lecun.com/exdb/mnist/ (the data; at its end the IDX file format).
.. [2] P. Deutsch, "DEFLATE" and "GZIP file format specification", RFC 1951 and 1952, 1996.
"""

import hashlib
import math
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np

from cnn_lab.browser import bring

__all__ = ["IdxError", "data_file", "load_idx_pair", "load_mnist", "read_idx"]

DATA = Path(__file__).resolve().with_name("data")

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_TYPES = {code: np.dtype(name) for code, name in _TYPES.items()}
_MAX_RANK = 64  # NumPy's own limit
_PIECE, _PACKED_PIECE = 1 << 20, 1 << 14  # bytes taken at a time, unpacked and packed
# Deflate spends at least 2 bits on a repeat of at most 258 bytes: 258 * 8 / 2 bytes from one.
_MOST_FROM_ONE_BYTE = 1032

_SPLITS = {
    "train": ("train", slice(None)),
    "test": ("t10k", slice(None)),
    "t10k-8000": ("t10k", slice(None, 8000)),
    "t10k-2000": ("t10k", slice(8000, None)),
}
_SHA256 = {  # of the files before compression
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class IdxError(ValueError):
    """A file is not the IDX file that it should be; the message names the file and the fault."""


def load_mnist(split="train"):
    """Load one split of the MNIST handwritten digits [1]_ from the files in the package.

    Parameters
    ----------
    split : {"train", "test", "t10k-8000", "t10k-2000"}
        The 60,000 training images; the 10,000 test images (the files named t10k); the first
        8,000 or the last 2,000 of those test images, to train and test on t10k alone.

    Returns
    -------
    images : ndarray of uint8, shape (m, 28, 28)
        0 is the black background, 255 the brightest stroke.
    labels : ndarray of uint8, shape (m,)
        The digits, 0 to 9. They are unsigned: convert them before you subtract.

    Raises
    ------
    ValueError
        If there is no such split; `IdxError` if a file does not have its published SHA-256.

    Notes
    -----
    Every call reads the files anew, and returns arrays that nobody else holds.

    Examples
    --------
    >>> images, labels = load_mnist("t10k-2000")
    >>> images.shape, images.dtype.name, labels.shape, labels.dtype.name
    ((2000, 28, 28), 'uint8', (2000,), 'uint8')
    """
    if not isinstance(split, str) or split not in _SPLITS:
        raise ValueError(f"split is {split!r}, expected one of {', '.join(map(repr, _SPLITS))}")
    stem, part = _SPLITS[split]
    paths = [data_file(f"{stem}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1")]
    arrays = load_idx_pair(*paths)
    for path, array in zip(paths, arrays, strict=True):
        _check_sha256(path, array)
    return arrays[0][part], arrays[1][part]


def data_file(name):
    """Return the path of one of the four files of the MNIST database [1]_ in the package.

    Parameters
    ----------
    name : str
        "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", or the same with "t10k".

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If the data set has no file of that name.
    OSError
        In a browser, where the training files are fetched when they are first asked for, if the
        site does not answer.

    Examples
    --------
    >>> data_file("t10k-labels-idx1-ubyte.gz").name
    't10k-labels-idx1-ubyte.gz'
    """
    path = DATA / name
    if path.suffix != ".gz" or path.stem not in _SHA256:
        names = ", ".join(f"{stem}.gz" for stem in _SHA256)
        raise ValueError(f"name is {name!r}, expected one of {names}")
    bring(path)
    return path


def load_idx_pair(images_path, labels_path):
    """Load images and their labels from two IDX files, such as Fashion-MNIST's or EMNIST's.

    Parameters
    ----------
    images_path, labels_path : str or path-like
        The two files, gzip-compressed or not.

    Returns
    -------
    images : ndarray, shape (m, n_H, n_W) or (m, n_H, n_W, n_C)
    labels : ndarray of integers, shape (m,)
        Both in the type that the file holds, as a rule uint8.

    Raises
    ------
    IdxError
        If a file cannot be read (see `read_idx`), a rank or type is wrong or the counts disagree.

    Examples
    --------
    >>> images, labels = load_idx_pair(DATA / "t10k-images-idx3-ubyte.gz",
    ...                                DATA / "t10k-labels-idx1-ubyte.gz")
    >>> images.shape, labels.shape
    ((10000, 28, 28), (10000,))
    """
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim not in (3, 4):
        raise IdxError(f"{images_path}: expected images of rank 3 or 4, found shape {images.shape}")
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise IdxError(f"{labels_path}: expected 1-D integers, found {labels.dtype} {labels.shape}")
    if len(images) != len(labels):
        raise IdxError(f"{images_path}: {len(images)} images, {labels_path}: {len(labels)} labels")
    return images, labels


def read_idx(path):
    """Read one IDX file [1]_ of any type and rank into an array.

    Parameters
    ----------
    path : str or path-like
        The file. A name in ``.gz`` must be a gzip file; under other names either kind is read.

    Returns
    -------
    array : ndarray
        Shape and type as in the header, in this machine's byte order; yours to write into.

    Raises
    ------
    IdxError
        If the file is empty, cut short, too long, not gzip, damaged in its gzip stream, does
        not begin with 00 00, has an unknown type byte, rank 0 or more than 64, or is a directory.
    FileNotFoundError
        If there is no such file.

    Notes
    -----
    A gzip file is unpacked to the promised size and one byte more, in one pass, and not at all
    if it could never hold the promise: deflate makes at most 1,032 bytes from one [2]_.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two-numbers"
    ...     _ = path.write_bytes(bytes([0, 0, 0x0B, 1, 0, 0, 0, 2, 1, 0, 255, 254]))
    ...     read_idx(path)
    array([256,  -2], dtype=int16)
    """
    path = Path(path)
    _check_is_file(path)
    try:
        with path.open("rb", buffering=0) as file:
            return _read_array(file, named_gz=path.suffix.lower() == ".gz")
    except IdxError as fault:
        raise IdxError(f"{path}: {fault}") from None
    except zlib.error as fault:
        raise IdxError(f"{path}: damaged gzip stream ({fault})") from None


def _check_is_file(path):
    if not path.exists():
        other = path.with_suffix("") if path.suffix == ".gz" else Path(f"{path}.gz")
        hint = f", but there is {other.name}" if other.is_file() else ""
        raise FileNotFoundError(f"{path}: no such file{hint}")
    if not path.is_file():
        raise IdxError(f"{path}: expected a file, found a directory or device")


def _read_array(file, *, named_gz):
    source, held = _unpacked(file, named_gz), os.fstat(file.fileno()).st_size
    dtype, shape = _read_header(source)
    header, size = 4 + 4 * len(shape), dtype.itemsize * math.prod(shape)
    most = held * (1 if source is file else _MOST_FROM_ONE_BYTE) - header
    if size > most:
        found = f"{most:,}" if source is file else f"a gzip file that holds at most {most:,}"
        raise _size_error("cut short", dtype, shape, found)
    data = _take(source, size)
    if len(data) < size:
        raise _size_error("cut short", dtype, shape, f"{len(data):,}")
    if source.read(1):  # this also brings a gzip stream to its checksum
        found = f"{most:,}" if source is file else f"at least {size + 1:,}"
        raise _size_error("too long", dtype, shape, found)
    if source is not file and not source.member.eof:
        raise IdxError("cut short: the gzip stream ends before its checksum")
    return np.ndarray(shape, dtype, data).astype(dtype.newbyteorder("="), copy=False)


def _unpacked(file, named_gz):
    start = _take(file, 2)
    file.seek(0)
    if not start:
        raise IdxError("the file is empty, expected at least 8 bytes")
    if start == b"\x1f\x8b":
        return _Gunzip(file)
    if named_gz:
        hint = " (unpacked already? Then take .gz off its name)" if start == b"\0\0" else ""
        raise IdxError(f"not gzip: begins with {start.hex(' ')}, expected 1f 8b{hint}")
    return file


def _read_header(source):
    start = _take_header(source, 4)
    if start[:2] != b"\0\0":
        raise IdxError(f"wrong magic: begins with {start[:2].hex(' ')}, expected 00 00")
    code, rank = start[2:]
    if code not in _TYPES:
        known = ", ".join(f"0x{key:02X} {dtype.name}" for key, dtype in _TYPES.items())
        raise IdxError(f"wrong type byte: 0x{code:02X}, expected one of {known}")
    if not 1 <= rank <= _MAX_RANK:
        raise IdxError(f"wrong rank: {rank}, expected 1 to {_MAX_RANK}")
    dtype, shape = _TYPES[code], struct.unpack(f">{rank}I", _take_header(source, 4 * rank))
    if dtype.itemsize * math.prod(filter(None, shape)) > sys.maxsize:  # NumPy leaves zeros out too
        raise _size_error("overflow", dtype, shape, f"no address beyond {sys.maxsize:,}")
    return dtype, shape


def _take_header(source, size):
    if len(taken := _take(source, size)) == size:
        return taken
    raise IdxError(f"cut short: expected {size} more bytes of header, found {len(taken)}")


def _take(source, size):
    """Read `size` bytes, or as many as there are: a bytearray that grows as they come."""
    taken = bytearray()
    while len(taken) < size and (piece := source.read(min(size - len(taken), _PIECE))):
        taken += piece
    return taken


def _size_error(fault, dtype, shape, found):
    size, axes = dtype.itemsize * math.prod(shape), " x ".join(map(str, shape))
    return IdxError(f"{fault}: header promises {size:,} bytes ({axes} {dtype.name}), found {found}")


class _Gunzip:
    """Unpack a gzip file by never more bytes than asked for (the gzip module reads ahead)."""

    def __init__(self, file):
        self._file, self._packed, self.member = file, b"", zlib.decompressobj(wbits=31)

    def read(self, size):
        """Return 1 to `size` bytes, or none at the end; `member.eof` tells if it was cut short."""
        while not self.member.eof or self._next_member():
            self._packed = self._packed or self._file.read(_PACKED_PIECE)
            file_ended = not self._packed
            piece = self.member.decompress(self._packed, size)
            self._packed = self.member.unconsumed_tail
            if piece or (file_ended and not self.member.eof):
                return piece
        return b""

    def _next_member(self):
        """Go on to the next of several joined gzip streams, over any padding with zeros."""
        self._packed = self.member.unused_data.lstrip(b"\0")
        while not self._packed and (piece := self._file.read(_PACKED_PIECE)):
            self._packed = piece.lstrip(b"\0")
        if self._packed:
            self.member = zlib.decompressobj(wbits=31)
        return bool(self._packed)


def _check_sha256(path, array):
    """Compare with the pinned hash; an array fixes every byte of its IDX file."""
    code = {dtype.name: code for code, dtype in _TYPES.items()}[array.dtype.name]
    digest = hashlib.sha256(struct.pack(f">4B{array.ndim}I", 0, 0, code, array.ndim, *array.shape))
    digest.update(array)
    if digest.hexdigest() != _SHA256[path.stem]:
        hashes = f"expected SHA-256 {_SHA256[path.stem]}, found {digest.hexdigest()}"
        raise IdxError(f"{path}: not the published MNIST file: {hashes}. Install the package again")
