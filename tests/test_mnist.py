"""IDX files are written here with `struct` and `gzip` alone: witnesses of their own."""

import gzip
import hashlib
import math
import os
import re
import struct
import subprocess
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnn_lab import mnist
from cnn_lab.mnist import IdxError, load_idx_pair, load_mnist, read_idx

# code: (letter of struct, name in NumPy, some values with both ends of the range)
TYPES = {
    0x08: ("B", "uint8", [0, 1, 200, 255]),
    0x09: ("b", "int8", [-128, -1, 5, 127]),
    0x0B: ("h", "int16", [-32768, -2, 258, 32767]),
    0x0C: ("i", "int32", [-(2**31), -3, 16909060, 2**31 - 1]),
    0x0D: ("f", "float32", [-1.5, 0.0, 2.0**-149, math.inf]),
    0x0E: ("d", "float64", [-0.1, 0.0, 5e-324, 1.7e308]),
}


def idx_bytes(shape, values, code=0x08):
    letter = TYPES[code][0]
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)
    return header + struct.pack(f">{len(values)}{letter}", *values)


GOOD = idx_bytes((2, 3, 5), range(30))


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="some-idx"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_file


def by_text(value):
    """Name a test by its text, not by the bytes of its file."""
    text = value[0] if isinstance(value, list) else value
    return text if isinstance(text, str) else "bytes"


def assert_fault(path, *parts):
    """The one error of this module, naming the file and the fault."""
    with pytest.raises(IdxError, match=re.escape(f"{path}: ")) as caught:
        read_idx(path)
    for part in parts:
        assert part in str(caught.value)


def peak_bytes(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Reading what is right


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("code", TYPES)
def test_read_idx_every_type(write, code, packed):
    _, name, values = TYPES[code]
    content = idx_bytes((1, 4), values, code)
    array = read_idx(write(gzip.compress(content), "x.gz") if packed else write(content))
    assert array.dtype == np.dtype(name)
    assert array.dtype.isnative
    assert array.flags.aligned
    assert array.tolist() == [values]


@pytest.mark.parametrize(
    "shape", [(6,), (2, 3), (2, 3, 5), (2, 3, 5, 7), (2, 1, 3, 1, 5), (1,) * 64], ids=len
)
def test_read_idx_every_rank_row_major(write, shape):
    size = math.prod(shape)
    array = read_idx(write(idx_bytes(shape, range(size), 0x0B)))
    assert array.shape == shape
    for index in np.ndindex(*shape):
        place = 0
        for i, n in zip(index, shape, strict=True):
            place = place * n + i
        assert array[index] == place


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (3, 0, 2)])
@pytest.mark.parametrize("code", [0x08, 0x0D])
def test_read_idx_no_elements(write, shape, packed, code):
    content = idx_bytes(shape, [], code)
    array = read_idx(write(gzip.compress(content), "x.gz") if packed else write(content))
    assert array.shape == shape
    assert array.dtype == TYPES[code][1]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(GOOD), "x.gz"),
        (gzip.compress(GOOD), "X.GZ"),
        (gzip.compress(GOOD), "packed-without-the-ending"),
        (gzip.compress(GOOD) + bytes(70_000), "padded-with-zeros.gz"),
        (gzip.compress(GOOD[:9]) + gzip.compress(b"") + gzip.compress(GOOD[9:]), "joined.gz"),
        (gzip.compress(GOOD, compresslevel=0), "stored.gz"),
    ],
    ids=by_text,
)
def test_read_idx_every_kind_of_gzip(write, content, name):
    assert np.array_equal(read_idx(write(content, name)), np.arange(30).reshape(2, 3, 5))


def test_read_idx_more_than_one_piece(write):
    values = np.random.default_rng(1).integers(0, 256, (3, 1000, 1001), dtype=np.uint8)
    content = struct.pack(">BBBBIII", 0, 0, 8, 3, 3, 1000, 1001) + values.tobytes()
    assert np.array_equal(read_idx(write(content)), values)
    assert np.array_equal(read_idx(write(gzip.compress(content, 1), "x.gz")), values)


@pytest.mark.parametrize("code", [0x08, 0x0B])
def test_read_idx_result_is_the_callers_own(write, code):
    path = write(idx_bytes((2, 3), range(6), code))
    first = read_idx(path)
    first += 1
    assert read_idx(path).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_read_idx_path_as_text(write):
    assert read_idx(str(write(GOOD))).shape == (2, 3, 5)


# Reading what is wrong


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ["empty"]),
        (b"\0", ["cut short", "expected 4 more bytes of header, found 1"]),
        (GOOD[:4], ["cut short", "expected 12 more bytes of header, found 0"]),
        (GOOD[:15], ["cut short", "expected 12 more bytes of header, found 11"]),
        (GOOD[:16], ["cut short", "promises 30 bytes (2 x 3 x 5 uint8), found 0"]),
        (GOOD[:-1], ["cut short", "promises 30 bytes (2 x 3 x 5 uint8), found 29"]),
        (GOOD + b"\0", ["too long", "promises 30 bytes (2 x 3 x 5 uint8), found 31"]),
        (GOOD + bytes(5), ["too long", "promises 30 bytes (2 x 3 x 5 uint8), found 35"]),
        (idx_bytes((0, 28), [7]), ["too long", "promises 0 bytes (0 x 28 uint8), found 1"]),
        (b"\x00\x01" + GOOD[2:], ["wrong magic", "begins with 00 01, expected 00 00"]),
        (b"\x89PNG\r\n", ["wrong magic", "begins with 89 50, expected 00 00"]),
        (b"\0\0\x0a" + GOOD[3:], ["wrong type byte", "0x0A, expected one of 0x08 uint8, 0x09"]),
        (b"\0\0\x08\0\0", ["wrong rank", "0, expected 1 to 64"]),
        (idx_bytes((1,) * 65, [7]), ["wrong rank", "65, expected 1 to 64"]),
    ],
    ids=by_text,
)
def test_read_idx_damaged(write, content, parts):
    assert_fault(write(content), *parts)


PACKED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ["empty"]),
        (GOOD, ["not gzip", "begins with 00 00, expected 1f 8b", "take .gz off its name"]),
        (b"<html>", ["not gzip", "begins with 3c 68, expected 1f 8b"]),
        (PACKED[:5], ["cut short", "expected 4 more bytes of header, found 0"]),
        (PACKED[:-8], ["cut short", "ends before its checksum"]),
        (PACKED[:-1], ["cut short", "ends before its checksum"]),
        (PACKED + PACKED[:9], ["cut short", "ends before its checksum"]),
        (PACKED[:2] + b"\x07" + PACKED[3:], ["damaged gzip stream", "compression method"]),
        (PACKED[:-8] + bytes(4) + PACKED[-4:], ["damaged gzip stream", "data check"]),
        (PACKED[:-4] + bytes(4), ["damaged gzip stream", "length check"]),
        (PACKED + b"rubbish", ["damaged gzip stream", "header check"]),
        (PACKED + bytes(70_000) + b"rubbish", ["damaged gzip stream", "header check"]),
        (gzip.compress(GOOD[:-1]), ["cut short", "promises 30 bytes", "found 29"]),
        (gzip.compress(GOOD + b"\0"), ["too long", "promises 30 bytes", "found at least 31"]),
        (PACKED + PACKED, ["too long", "promises 30 bytes", "found at least 31"]),
        (gzip.compress(b""), ["cut short", "expected 4 more bytes of header, found 0"]),
        (gzip.compress(b"\0\0\x08\0"), ["wrong rank"]),
    ],
    ids=by_text,
)
def test_read_idx_damaged_gzip(write, content, parts):
    assert_fault(write(content, "x.gz"), *parts)


def test_read_idx_gzip_stream_cut_in_its_data(write):
    values = np.random.default_rng(1).integers(0, 256, 5000).tolist()
    packed = gzip.compress(idx_bytes((5000,), values))
    with pytest.raises(IdxError, match=r"cut short: header promises 5,000 bytes .*, found \d") as e:
        read_idx(write(packed[:3000], "x.gz"))
    assert 2000 < int(str(e.value).rpartition(" ")[2].replace(",", "")) < 3000


def test_read_idx_name_in_capitals_must_be_gzip_too(write):
    assert_fault(write(GOOD, "X.GZ"), "not gzip")


def test_idx_error_is_a_value_error(tmp_path):
    with pytest.raises(ValueError, match="expected a file"):
        read_idx(tmp_path)


def test_read_idx_directory(tmp_path):
    assert_fault(tmp_path, "expected a file, found a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_read_idx_pipe_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert_fault(tmp_path / "pipe", "expected a file")


@pytest.mark.parametrize(
    ("asked", "there"), [("digits", "digits.gz"), ("digits.gz", "digits"), ("digits", None)]
)
def test_read_idx_missing_file(tmp_path, write, asked, there):
    hint = f", but there is {there}" if there else ""
    if there:
        write(GOOD, there)
    message = re.escape(f"{tmp_path / asked}: no such file{hint}") + "$"
    with pytest.raises(FileNotFoundError, match=message):
        read_idx(tmp_path / asked)


def test_read_idx_no_path():
    with pytest.raises(TypeError, match="PathLike"):
        read_idx(None)


# Headers that lie about sizes: the memory taken must be that of the bytes that are there


def sizes_only(code, *shape):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (
            sizes_only(0x0E, 2**20, 2**18) + bytes(100),
            ["cut short", "promises 2,199,023,255,552 bytes (1048576 x 262144 float64), found"],
        ),
        (sizes_only(0x08, *[2**32 - 1] * 4), ["overflow", f"promises {(2**32 - 1) ** 4:,} bytes"]),
        # nothing at all, if counted in 64 bits
        (sizes_only(0x08, *[2**16] * 4), ["overflow", "promises 18,446,744,073,709,551,616 bytes"]),
        # nothing at all, but no array can have this shape
        (sizes_only(0x08, 0, *[2**32 - 1] * 3), ["overflow", "promises 0 bytes (0 x 4294967295 x"]),
    ],
    ids=by_text,
)
def test_read_idx_header_claims_terabytes(write, content, parts, packed):
    path = write(gzip.compress(content), "x.gz") if packed else write(content)
    assert peak_bytes(lambda: assert_fault(path, *parts)) < 500_000


def deflated_zeros(megabytes, start):
    squeeze = zlib.compressobj(wbits=31)
    zeros = (squeeze.compress(bytes(10**6)) for _ in range(megabytes))
    return squeeze.compress(start) + b"".join(zeros) + squeeze.flush()


@pytest.mark.parametrize("promised", [0, 10, 70_000, 1_500_000])
def test_read_idx_gzip_bomb_behind_a_small_header(write, monkeypatch, promised):
    header = sizes_only(0x08, promised)
    path = write(deflated_zeros(20, header), "bomb.gz")
    peak = peak_bytes(lambda: assert_fault(path, "too long", f"promises {promised:,} bytes"))
    assert peak < 500_000 + 4 * promised

    unpacked = []

    class Counting:
        def __init__(self, wbits):
            self._inner = real(wbits=wbits)

        def decompress(self, packed, size):
            unpacked.append(len(piece := self._inner.decompress(packed, size)))
            return piece

        def __getattr__(self, name):
            return getattr(self._inner, name)

    real = zlib.decompressobj
    monkeypatch.setattr(mnist.zlib, "decompressobj", Counting)
    assert_fault(path, "too long")
    assert sum(unpacked) == len(header) + promised + 1


def test_read_idx_gzip_that_could_hold_the_claim_but_does_not(write):
    noise = np.random.default_rng(1).bytes(10**6)
    path = write(gzip.compress(sizes_only(0x08, 900, 10**6) + noise), "x.gz")
    found = "promises 900,000,000 bytes (900 x 1000000 uint8), found 1,000,000"
    assert peak_bytes(lambda: assert_fault(path, found)) < 5_000_000


LIMITED = """
import resource, sys
from cnn_lab.mnist import IdxError, read_idx
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in sys.argv[1:]:
    try:
        read_idx(path)
    except IdxError as fault:
        print(fault)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's limit on address space")
def test_read_idx_claims_within_a_memory_limit(write):
    claim = sizes_only(0x0C, 900, 10**6)
    paths = [
        write(claim + bytes(1000), "plain"),
        write(gzip.compress(claim + bytes(1000)), "small.gz"),
        write(gzip.compress(claim + np.random.default_rng(1).bytes(4 * 10**6)), "large.gz"),
        write(deflated_zeros(150, sizes_only(0x08, 10)), "bomb.gz"),
    ]
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, paths)], capture_output=True, text=True
    )
    assert run.stderr == ""
    faults = run.stdout.splitlines()
    for path, fault, word in zip(paths, faults, ["cut short"] * 3 + ["too long"], strict=True):
        assert fault.startswith(f"{path}: {word}: header promises")


# Mutated files


def by_the_book(content):
    """What a file holds, read in the plainest way: (type, shape, bytes), None if damaged."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        return None
    letter, name, _ = TYPES[content[2]]
    start = 4 + 4 * content[3]
    if not 1 <= content[3] <= 64 or len(content) < start:
        return None
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    addressed = struct.calcsize(letter) * math.prod(n or 1 for n in shape)
    if len(content) - start != struct.calcsize(letter) * math.prod(shape) or addressed >= 2**63:
        return None
    return name, shape, content[start:]


@st.composite
def idx_files(draw):
    code = draw(st.sampled_from(list(TYPES)))
    shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    size = math.prod(shape) * struct.calcsize(TYPES[code][0])
    return sizes_only(code, *shape) + draw(st.binary(min_size=size, max_size=size))


@st.composite
def damaged(draw, content):
    """Cut, extend, flip in the first bytes, flip anywhere, take out or put in."""
    content = bytearray(content)
    kinds = st.sampled_from(["cut", "extend", "head", "flip", "flip", "out", "in"])
    for kind in draw(st.lists(kinds, max_size=3)):
        reach = min(len(content), 12) if kind == "head" else len(content)
        at = draw(st.integers(0, max(reach - 1, 0)))
        some = draw(st.one_of(st.binary(min_size=1, max_size=9), st.just(b"\0"), st.just(b"\1")))
        if kind == "cut":
            del content[at:]
        elif kind == "extend":
            content += some
        elif kind == "out":
            del content[at : at + len(some)]
        elif kind == "in":
            content[at:at] = some
        else:
            content[at : at + 1] = some[:1]
    return bytes(content)


@st.composite
def mutated_files(draw):
    content = draw(damaged(draw(idx_files())))
    kind = draw(st.sampled_from(["plain", "packed", "random"]))
    if kind == "packed":
        content = draw(damaged(gzip.compress(content, mtime=0)))
    if kind == "random":
        starts = [b"", b"\0\0", b"\x1f\x8b\x08\0", b"\0\0\x08\1\0\0\0", b"\0\0\x0d\2\0\0\0\1\0\0\0"]
        content = draw(st.sampled_from(starts)) + draw(st.binary(max_size=40))
    return content


@settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=mutated_files())
def test_read_idx_mutated_file_is_read_by_the_book_or_refused(tmp_path, content):
    path = tmp_path / "mutated"
    path.write_bytes(content)
    book = by_the_book(content)
    try:
        array = read_idx(path)
    except IdxError as fault:
        assert str(path) in str(fault)
        # zlib looks at the flags of a gzip header more closely than the gzip module does
        assert book is None or (content[:2] == b"\x1f\x8b" and content[3] & 0b11100010)
        return
    assert book is not None
    assert (array.dtype.name, array.shape) == book[:2]
    assert array.astype(array.dtype.newbyteorder(">")).tobytes() == book[2]


# Pairs of images and labels

IMAGES = idx_bytes((3, 2, 5), range(30))
LABELS = idx_bytes((3,), [7, 0, 9])


def test_load_idx_pair_plain_and_packed(write):
    images, labels = load_idx_pair(write(IMAGES, "i"), str(write(gzip.compress(LABELS), "l.gz")))
    assert images.tolist() == np.arange(30).reshape(3, 2, 5).tolist()
    assert labels.tolist() == [7, 0, 9]


def test_load_idx_pair_colour_images_and_wide_labels(write):
    images = write(idx_bytes((3, 2, 5, 1), range(30)), "i")
    labels = write(idx_bytes((3,), [-1, 0, 70000], 0x0C), "l")
    images, labels = load_idx_pair(images, labels)
    assert images.shape == (3, 2, 5, 1)
    assert labels.tolist() == [-1, 0, 70000]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, idx_bytes((4,), [7, 0, 9, 1]), "{i}: 3 images, {l}: 4 labels"),
        (idx_bytes((0, 2, 5), []), LABELS, "{i}: 0 images, {l}: 3 labels"),
        (LABELS, IMAGES, "{i}: expected images of rank 3 or 4, found shape (3,)"),
        (IMAGES, IMAGES, "{l}: expected 1-D integers, found uint8 (3, 2, 5)"),
        (IMAGES, idx_bytes((3, 1), [7, 0, 9]), "{l}: expected 1-D integers, found uint8 (3, 1)"),
        (IMAGES, idx_bytes((3,), [7, 0, 9], 0x0D), "{l}: expected 1-D integers, found float32 (3,"),
        (IMAGES[:-1], LABELS, "{i}: cut short"),
        (IMAGES, LABELS + b"\0", "{l}: too long"),
    ],
    ids=by_text,
)
def test_load_idx_pair_wrong(write, images, labels, message):
    i, l = write(images, "i"), write(labels, "l")
    with pytest.raises(IdxError, match=re.escape(message.format(i=i, l=l))):
        load_idx_pair(i, l)


# The digits of the package


@pytest.fixture(scope="module")
def train():
    return load_mnist("train")


@pytest.fixture(scope="module")
def t10k():
    return load_mnist("test")


def as_published(name, header_size):
    """The bytes behind a header whose size is known, by the gzip module and NumPy alone."""
    content = gzip.decompress((mnist.DATA / f"{name}.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=header_size), hashlib.sha256(content).hexdigest()


def test_load_mnist_train(train):
    images, labels = train
    assert images.shape == (60000, 28, 28)
    assert labels.shape == (60000,)
    assert images.dtype == labels.dtype == np.uint8
    assert labels[:5].tolist() == [5, 0, 4, 1, 9]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(labels).tolist() == counts
    pixels, digest = as_published("train-images-idx3-ubyte", 16)
    assert np.array_equal(images.ravel(), pixels)
    assert digest == "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"


def test_load_mnist_test(t10k):
    images, labels = t10k
    assert images.shape == (10000, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    published, digest = as_published("t10k-labels-idx1-ubyte", 8)
    assert np.array_equal(labels, published)
    assert digest == "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"


@pytest.mark.parametrize(
    ("split", "first", "stop"), [("t10k-8000", 0, 8000), ("t10k-2000", 8000, 10000)]
)
def test_load_mnist_parts_of_t10k(t10k, split, first, stop):
    images, labels = load_mnist(split)
    assert len(images) == len(labels) == stop - first
    assert np.array_equal(images, t10k[0][first:stop])
    assert np.array_equal(labels, t10k[1][first:stop])


def test_load_mnist_without_a_name_is_train(train):
    assert np.array_equal(load_mnist()[1], train[1])


@pytest.mark.parametrize("split", ["test", "t10k-2000"])
def test_load_mnist_changed_arrays_stay_with_the_caller(split):
    images, labels = load_mnist(split)
    kept = images.copy(), labels.copy()
    images[:] = 1
    labels += 1
    again = load_mnist(split)
    assert np.array_equal(again[0], kept[0])
    assert np.array_equal(again[1], kept[1])


def test_load_mnist_from_another_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load_mnist("t10k-2000")[0].shape == (2000, 28, 28)


@pytest.mark.parametrize("split", ["val", "Train", "", 0, None, ["train"]])
def test_load_mnist_unknown_split(split):
    message = f"split is {split!r}, expected one of 'train', 'test', 't10k-8000', 't10k-2000'"
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        load_mnist(split)
    assert not isinstance(caught.value, IdxError)


@pytest.fixture
def own_data(monkeypatch, tmp_path):
    """A data folder of the test's own, with t10k in it."""
    for path in mnist.DATA.glob("t10k*.gz"):
        content = gzip.decompress(path.read_bytes())
        (tmp_path / path.name).write_bytes(gzip.compress(content, 1))
    monkeypatch.setattr(mnist, "DATA", tmp_path)
    return tmp_path


def test_load_mnist_packed_by_another_program(own_data, t10k):
    assert np.array_equal(load_mnist("test")[1], t10k[1])


@pytest.mark.parametrize(
    ("name", "place", "new"),
    [
        ("t10k-images-idx3-ubyte", 5_000_000, 77),  # a pixel
        ("t10k-images-idx3-ubyte", 2, 0x09),  # the type
        ("t10k-labels-idx1-ubyte", 10_007, 0),  # the last label
        ("t10k-labels-idx1-ubyte", 2, 0x09),
    ],
)
def test_load_mnist_changed_file(own_data, name, place, new):
    path = own_data / f"{name}.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    assert content[place] != new
    content[place] = new
    path.write_bytes(gzip.compress(content, 1))
    found = hashlib.sha256(content).hexdigest()
    expected = re.escape(f"{path}: not the published MNIST file: expected SHA-256 ")
    with pytest.raises(IdxError, match=f"{expected}[0-9a-f]{{64}}, found {found}"):
        load_mnist("t10k-8000")


def test_load_mnist_missing_file(own_data):
    (own_data / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"t10k-labels-idx1-ubyte\.gz: no such file"):
        load_mnist("test")
