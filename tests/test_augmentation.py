"""Augmentation: every change by itself against a hand-made picture, and that chance is repeatable.

`_Limits` stands in for a generator: it draws the largest (or smallest) amount every time, so that
what an augmentation must do is known in advance.
"""

import numpy as np
import pytest

from cnn_lab.augmentation import chain, random_affine, random_shift


class _Limits:
    def __init__(self, *signs):
        self.signs = signs  # of rotation, zoom, shear, shift down, shift right

    def uniform(self, low, high, shape):
        return np.where(np.array(self.signs) > 0, high, low) * np.ones(shape)


UP = _Limits(1, 1, 1, 1, 1)


def _images(m=3, n_H=6, n_W=9, n_C=2, dtype=np.float64):
    return np.random.default_rng(0).random((m, n_H, n_W, n_C)).astype(dtype)


def test_random_affine_without_amounts_changes_nothing():
    images = _images()
    moved = random_affine()(images, np.random.default_rng(0))
    np.testing.assert_allclose(moved, images, atol=1e-12)
    assert moved is not images


def test_random_affine_shifts_down_and_to_the_right():
    images = _images()
    moved = random_affine(shift=2)(images, _Limits(1, 1, 1, 1, -1))
    expected = np.zeros_like(images)
    expected[:, 2:, :-2] = images[:, :-2, 2:]
    np.testing.assert_allclose(moved, expected, atol=1e-12)


def test_random_affine_shifts_by_parts_of_a_pixel():
    images = _images()
    moved = random_affine(shift=0.25)(images, UP)
    # Rows first, then columns: a quarter of the neighbour above, a quarter of the one at the left.
    ring = np.pad(images, ((0, 0), (1, 0), (1, 0), (0, 0)))
    down = 0.75 * ring[:, 1:] + 0.25 * ring[:, :-1]
    np.testing.assert_allclose(moved, 0.75 * down[:, :, 1:] + 0.25 * down[:, :, :-1], atol=1e-12)


@pytest.mark.parametrize(("sign", "turns"), [(1, 1), (-1, -1)])
def test_random_affine_turns_about_the_centre(sign, turns):
    images = _images(n_H=7, n_W=7)
    moved = random_affine(rotation=90)(images, _Limits(sign, 1, 1, 1, 1))
    np.testing.assert_allclose(moved, np.rot90(images, turns, axes=(1, 2)), atol=1e-12)


def test_random_affine_zooms_in_and_out():
    images = _images(n_H=9, n_W=5)
    larger = random_affine(zoom=1)(images, UP)  # twice as large: every second pixel is an old one
    np.testing.assert_allclose(larger[:, ::2, ::2], images[:, 2:7, 1:4], atol=1e-12)
    smaller = random_affine(zoom=1)(images, _Limits(1, -1, 1, 1, 1))
    np.testing.assert_allclose(smaller[:, 2:7, 1:4], images[:, ::2, ::2], atol=1e-12)
    assert not smaller[:, [0, 1, 7, 8]].any() and not smaller[:, :, [0, 4]].any()


def test_random_affine_slants_rows_sideways():
    images = _images(n_H=5, n_W=9)
    slanted = random_affine(shear=1)(images, UP)
    expected = np.zeros_like(images)
    for row, moved in enumerate((2, 1, 0, -1, -2)):
        here = slice(max(moved, 0), 9 + min(moved, 0))
        there = slice(max(-moved, 0), 9 + min(-moved, 0))
        expected[:, row, here] = images[:, row, there]
    np.testing.assert_allclose(slanted, expected, atol=1e-12)


def test_random_affine_stays_within_its_limits_and_uses_them():
    dot = np.zeros((500, 21, 21, 1), np.float32)
    dot[:, 10, 10] = 1
    moved = random_affine(shift=3)(dot, np.random.default_rng(0))
    reach = np.argwhere(moved.max(axis=(0, 3)) > 0)
    assert reach.min() == 7 and reach.max() == 13
    centres = np.einsum("mhwc,h->m", moved, np.arange(21)) - 10
    assert abs(centres.mean()) < 0.3 and abs(centres.std() - 3 / np.sqrt(3)) < 0.2


def test_random_affine_gives_every_image_its_own_change():
    images = np.repeat(_images(m=1), 4, axis=0)
    moved = random_affine(5, 0.1, 0.1, 1)(images, np.random.default_rng(0))
    assert len(np.unique(moved[:, 3, 4, 0])) == 4


def test_random_affine_is_repeatable_and_keeps_dtype_and_input():
    images = _images(dtype=np.float32)
    before, affine = images.copy(), random_affine(10, 0.2, 0.1, 2)
    first, again = (affine(images, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, affine(images, np.random.default_rng(4)))
    assert first.dtype == np.float32 and first.shape == images.shape
    np.testing.assert_array_equal(images, before)


def test_random_affine_makes_nothing_brighter_even_far_outside():
    images = np.ones((50, 6, 9, 1), np.float32)
    moved = random_affine(180, 3, 2, 40)(images, np.random.default_rng(0))
    assert moved.min() >= 0 and moved.max() <= 1 + 1e-6
    assert (moved.reshape(50, -1).max(axis=1) == 0).any()


@pytest.mark.parametrize("name", ["rotation", "zoom", "shear", "shift"])
@pytest.mark.parametrize("amount", [-0.1, np.nan, np.inf])
def test_random_affine_rejects_amounts(name, amount):
    with pytest.raises(ValueError, match=f"{name} must be a finite number, 0 or more, got"):
        random_affine(**{name: amount})


def test_random_affine_rejects_bytes():
    with pytest.raises(TypeError, match="images must be floats, got uint8"):
        random_affine(shift=1)(np.zeros((1, 4, 5, 1), np.uint8), np.random.default_rng(0))


def test_chain_applies_in_order_with_one_generator():
    images, shift = _images(), random_shift(1)
    rng = np.random.default_rng(0)
    expected = shift(shift(images, rng) + 1, rng)
    chained = chain(shift, lambda x, rng: x + 1, shift)(images, np.random.default_rng(0))
    np.testing.assert_array_equal(chained, expected)


def test_chain_of_nothing_changes_nothing():
    images = _images()
    assert chain()(images, np.random.default_rng(0)) is images
