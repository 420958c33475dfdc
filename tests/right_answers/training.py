"""Right answers to the exercises of lesson 08, in many styles."""

import struct

import numpy as np

from cnn_lab.optimizers import SGD

# ---- idx_shape ----


def idx_by_frombuffer(header):
    if len(header) < 4 or header[:2] != b"\0\0":
        raise ValueError("no IDX file")
    rank = header[3]
    if (len(header) - 4) // 4 < rank:
        raise ValueError("too short")
    return tuple(np.frombuffer(header, ">u4", count=rank, offset=4).tolist())


def idx_by_struct(header):
    print("reading", len(header), "bytes")
    try:
        zeros, kind, rank = struct.unpack_from(">HBB", header)
        lengths = struct.unpack_from(">" + "I" * rank, header, 4)
    except struct.error as error:
        raise ValueError("too short") from error
    if zeros != 0:
        raise ValueError("does not begin with zeros")
    return lengths


def idx_by_horner(header):
    def length(part):
        value = 0
        for byte in part:
            value = 256 * value + byte
        return value

    if not (len(header) >= 4 and header[0] == header[1] == 0):
        raise ValueError(header)
    parts = [header[start : start + 4] for start in range(4, 4 + 4 * header[3], 4)]
    if any(len(part) != 4 for part in parts):
        raise ValueError(header)
    return [length(part) for part in parts]


def idx_by_recursion(header):
    def lengths(rest, count):
        if count == 0:
            return ()
        if len(rest) < 4:
            raise ValueError("too few bytes")
        a, b, c, d = rest[:4]
        return ((a << 24) | (b << 16) | (c << 8) | d, *lengths(rest[4:], count - 1))

    bytes_ = list(header)
    if len(bytes_) < 4 or any(bytes_[:2]):
        raise ValueError("not IDX")
    return lengths(bytes_[4:], bytes_[3])


def idx_of_numpy_integers(header):
    numbers = np.frombuffer(header, np.uint8).astype(np.int64)
    if numbers.size < 4 or numbers[:2].any():
        raise ValueError("not IDX")
    rank = int(numbers[3])
    if numbers.size < 4 + 4 * rank:
        raise ValueError("cut off")
    lengths = numbers[4 : 4 + 4 * rank].reshape(rank, 4) @ 256 ** np.arange(3, -1, -1)
    assert lengths.shape == (rank,)
    return tuple(lengths)


# ---- descend ----


def descend_by_formula(w, slope, learning_rate, momentum, steps):
    v = 0
    for _ in range(steps):
        v = momentum * v - learning_rate * slope(w)
        w = w + v
    return w


def descend_in_place_on_a_copy(w, slope, learning_rate, momentum, steps):
    w = np.array(w, dtype=np.float64)
    v = np.zeros_like(w)
    for step in range(1, steps + 1):
        assert v.shape == w.shape
        v *= momentum
        v -= learning_rate * slope(w)
        w += v
        print("step", step, w)
    return w


def descend_with_unscaled_velocity(w, slope, learning_rate, momentum, steps):
    gathered = np.zeros(w.shape)
    while steps > 0:
        gathered = slope(w) + momentum * gathered
        w = w - learning_rate * gathered
        steps -= 1
    return w


def descend_with_two_places(w, slope, learning_rate, momentum, steps):
    """Make the velocity from the last two places (Polyak's heavy ball)."""
    before = now = w
    for _ in range(steps):
        before, now = now, now - learning_rate * slope(now) + momentum * (now - before)
    return now


def descend_in_float32(w, slope, learning_rate, momentum, steps):
    place = w.astype(np.float32)
    velocity = np.zeros_like(place)
    for _ in range(steps):
        velocity = (momentum * velocity - learning_rate * slope(place)).astype(np.float32)
        place = np.asfortranarray(place + velocity)
    return place


def descend_by_recursion(w, slope, learning_rate, momentum, steps, velocity=0.0):
    if steps == 0:
        return w.astype(float)
    velocity = momentum * velocity - learning_rate * slope(w)
    return descend_by_recursion(w + velocity, slope, learning_rate, momentum, steps - 1, velocity)


def descend_with_sums_of_slopes(w, slope, learning_rate, momentum, steps):
    slopes = []
    for _ in range(steps):
        slopes.append(slope(w))
        shares = momentum ** np.arange(len(slopes))[::-1]
        w = w - learning_rate * np.tensordot(shares, np.array(slopes), axes=1)
    return w


def descend_by_sgd(w, slope, learning_rate, momentum, steps):
    params = {"w": np.array(w, dtype=float)}
    optimizer = SGD(learning_rate, momentum=momentum)
    for _ in range(steps):
        optimizer.step(params, {"w": slope(params["w"])})
    return params["w"]


# ---- digit_accuracy ----


def accuracy_by_where(matrix):
    totals = matrix.sum(axis=1)
    shares = np.full(len(matrix), np.nan)
    np.divide(np.diag(matrix), totals, out=shares, where=totals > 0)
    return shares


def accuracy_with_a_warning(matrix):
    return matrix.diagonal() / matrix.sum(1)


def accuracy_by_loops(matrix):
    shares = []
    for true, row in enumerate(matrix):
        total = 0
        for count in row:
            total += count
        print(true, total)
        shares.append(row[true] / total if total else float("nan"))
    return np.array(shares)


def accuracy_in_float32(matrix):
    counts = np.asfortranarray(matrix, dtype=np.float32)
    assert counts.ndim == 2
    totals = np.einsum("tp->t", counts)
    totals[totals == 0] = np.nan
    return np.einsum("tt->t", counts) / totals


def accuracy_by_mask(matrix):
    there = np.any(matrix, axis=1)
    both = np.full((2, len(matrix)), np.nan)
    rows = matrix[there]
    both[0, there] = rows[np.arange(len(rows)), np.flatnonzero(there)] / rows.sum(axis=1)
    return both.T[:, 0]


RIGHT = {
    "count_steps": [
        (2345, 96),
        (2345.0, 96.0),
        (np.int64(2345), np.float64(96)),
        (np.array(2345), np.array(96)),
    ],
    "idx_shape": [
        idx_by_frombuffer,
        idx_by_struct,
        idx_by_horner,
        idx_by_recursion,
        idx_of_numpy_integers,
    ],
    "descend": [
        descend_by_formula,
        descend_in_place_on_a_copy,
        descend_with_unscaled_velocity,
        descend_with_two_places,
        descend_in_float32,
        descend_by_recursion,
        descend_with_sums_of_slopes,
    ],
    "digit_accuracy": [
        accuracy_by_where,
        accuracy_with_a_warning,
        accuracy_by_loops,
        accuracy_in_float32,
        accuracy_by_mask,
    ],
}

WITNESS = {"descend": descend_by_sgd}
