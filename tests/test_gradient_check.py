"""Tests of cnn_lab.gradient_check against derivatives known in closed form."""

import math

import numpy as np
import pytest

from cnn_lab.gradient_check import numerical_gradient, relative_error


def test_numerical_gradient_of_a_smooth_function_agrees_with_calculus():
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    numeric = numerical_gradient(lambda v: np.sum(np.sin(v) * np.exp(-v)), x)
    exact = np.exp(-x) * (np.cos(x) - np.sin(x))
    assert numeric.shape == (2, 3, 4)
    assert numeric.dtype == np.float64
    assert relative_error(numeric, exact) < 1e-9


def test_numerical_gradient_of_a_bilinear_form_keeps_the_order_of_elements():
    weights = np.arange(1.0, 7.0).reshape(2, 3)
    numeric = numerical_gradient(lambda v: np.sum(weights * v), np.zeros((2, 3)))
    np.testing.assert_allclose(numeric, weights, rtol=1e-9)


def test_numerical_gradient_of_a_cube_is_off_by_step_squared():
    # ((x + h)^3 - (x - h)^3) / (2 h) = 3 x^2 + h^2, exactly
    errors = [
        numerical_gradient(lambda v: v**3, 2.0, step=step) - 12.0 for step in (1e-1, 1e-2, 1e-3)
    ]
    np.testing.assert_allclose(errors, [1e-2, 1e-4, 1e-6], rtol=1e-3)


def test_numerical_gradient_with_a_tiny_step_drowns_in_rounding():
    def error(step):
        return abs(float(numerical_gradient(np.exp, 1.0, step=step)) - math.e)

    assert error(1e-5) < 1e-9
    assert error(1e-12) > 1e-6


def test_numerical_gradient_divides_by_the_distance_really_travelled():
    # Beside 1e6 a step of 1e-9 is rounded by several percent; x itself is still exactly linear.
    numeric = numerical_gradient(lambda v: v, 1e6, step=1e-9)
    assert float(numeric) == 1.0


@pytest.mark.parametrize(
    "returned",
    [lambda v: float(v.sum()), lambda v: v.sum(), lambda v: np.array(v.sum())],
    ids=["float", "numpy scalar", "0-d array"],
)
def test_numerical_gradient_accepts_every_kind_of_scalar(returned):
    numeric = numerical_gradient(returned, np.ones((2, 3)))
    np.testing.assert_allclose(numeric, np.ones((2, 3)), rtol=1e-9)


def test_numerical_gradient_accepts_a_function_that_returns_an_integer():
    assert numerical_gradient(lambda v: 7, np.ones(2)).tolist() == [0.0, 0.0]


def test_numerical_gradient_of_integers_and_float32_computes_in_float64():
    for x in ([3, -2], np.array([3, -2], dtype=np.float32), np.array([3, -2], dtype=np.int8)):
        numeric = numerical_gradient(lambda v: np.sum(v**2), x)
        assert numeric.dtype == np.float64
        np.testing.assert_allclose(numeric, [6.0, -4.0], rtol=1e-9)


def test_numerical_gradient_leaves_x_alone_even_if_the_function_does_not():
    x = np.array([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]])
    before = x.tobytes()

    def vandal(v):
        result = np.sum(v**2)
        v[...] = 99.0
        return result

    numeric = numerical_gradient(vandal, x)
    assert x.tobytes() == before
    np.testing.assert_allclose(numeric, 2 * x, rtol=1e-8)


def test_numerical_gradient_takes_a_read_only_and_strided_x():
    x = np.arange(24.0).reshape(4, 6)[::2, ::3]
    x.flags.writeable = False
    numeric = numerical_gradient(lambda v: np.sum(v**2), x)
    np.testing.assert_allclose(numeric, [[0, 6], [24, 30]], rtol=1e-8, atol=1e-8)


def test_numerical_gradient_at_indices_leaves_nan_elsewhere():
    calls = []

    def f(v):
        calls.append(v)
        return np.sum(v**2)

    numeric = numerical_gradient(f, np.arange(6.0).reshape(2, 3), indices=[(0, 2), (1, -1)])
    assert len(calls) == 4
    np.testing.assert_allclose(numeric, [[np.nan, np.nan, 4], [np.nan, np.nan, 10]], rtol=1e-8)


def test_numerical_gradient_at_indices_takes_plain_integers_in_one_dimension():
    numeric = numerical_gradient(lambda v: np.sum(v**2), [1.0, 2.0, 3.0], indices=iter([0, 2]))
    np.testing.assert_allclose(numeric, [2, np.nan, 6], rtol=1e-8)


def test_numerical_gradient_of_an_empty_array_is_empty():
    assert numerical_gradient(np.sum, np.ones((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("shape", [(1,), (1, 1), (2, 3)])
def test_numerical_gradient_rejects_a_function_of_many_values(shape):
    with pytest.raises(ValueError, match=r"one number, got an array of shape \(" + str(shape[0])):
        numerical_gradient(lambda v: np.ones(shape), np.ones((2, 3)))


@pytest.mark.parametrize(("value", "name"), [(None, "NoneType"), (1j, "complex"), ("1", "str")])
def test_numerical_gradient_rejects_a_function_without_a_real_value(value, name):
    with pytest.raises(TypeError, match=f"real number, got {name}"):
        numerical_gradient(lambda v: value, np.ones(2))


@pytest.mark.parametrize("step", [0.0, -1e-5, math.nan, math.inf])
def test_numerical_gradient_rejects_a_step_that_is_not_positive(step):
    with pytest.raises(ValueError, match="step must be a finite number greater than 0, got"):
        numerical_gradient(np.sum, np.ones(2), step=step)


def test_numerical_gradient_rejects_a_step_that_rounding_swallows():
    with pytest.raises(ValueError, match=r"step 1e-05 is lost in rounding beside x\[\(1,\)\]"):
        numerical_gradient(np.sum, [1.0, 1e12])


def test_numerical_gradient_rejects_an_x_that_is_not_finite():
    with pytest.raises(ValueError, match="x must be finite"):
        numerical_gradient(np.sum, [1.0, math.nan])


def test_numerical_gradient_rejects_an_x_that_is_not_real():
    with pytest.raises(TypeError, match="real numbers, got dtype complex128"):
        numerical_gradient(np.sum, np.array([1j]))


@pytest.mark.parametrize("index", [(0,), (0, 3), (-3, 0), (0, 0, 0), 1])
def test_numerical_gradient_rejects_an_index_that_names_no_element(index):
    with pytest.raises(ValueError, match=r"names no element of an array of shape \(2, 3\)"):
        numerical_gradient(np.sum, np.ones((2, 3)), indices=[index])


def test_relative_error_is_the_largest_difference_by_the_largest_element():
    a = np.array([[1.0, -4.0, 2.0], [0.0, 3.0, 1.0]])
    b = np.array([[1.0, -4.0, 2.5], [1.0, 3.0, 1.0]])
    assert relative_error(a, b) == 1.0 / 4.0
    assert relative_error(b, a) == 1.0 / 4.0


def test_relative_error_sees_a_larger_second_array():
    assert relative_error([1.0], [-5.0]) == 6.0 / 5.0


def test_relative_error_of_landmarks():
    a = np.array([1.0, -2.0])
    assert relative_error(a, a.copy()) == 0.0
    assert relative_error(a, np.zeros(2)) == 1.0
    assert relative_error(a, -a) == 2.0
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0
    assert type(relative_error(a, a)) is float


def test_relative_error_does_not_depend_on_the_scale():
    a, b = np.array([3.0, 4.0]), np.array([3.0, 5.0])
    for scale in (1e-300, 1e-20, 1e300):
        assert relative_error(a * scale, b * scale) == pytest.approx(0.2)


def test_relative_error_of_unsigned_integers_does_not_wrap_around():
    assert relative_error(np.array([1], np.uint8), np.array([2], np.uint8)) == 0.5


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_relative_error_is_infinite_where_a_value_is_not_finite(bad):
    good = np.ones(3)
    spoilt = np.array([1.0, bad, 1.0])
    assert relative_error(spoilt, good) == math.inf
    assert relative_error(good, spoilt) == math.inf
    assert relative_error(spoilt, spoilt) == math.inf


def test_relative_error_of_huge_opposites_is_infinite_without_a_warning():
    assert relative_error([1.7e308], [-1.7e308]) == math.inf


def test_relative_error_rejects_different_shapes():
    with pytest.raises(ValueError, match=r"same shape, got \(3, 1\) and \(3,\)"):
        relative_error(np.ones((3, 1)), np.ones(3))


def test_relative_error_rejects_a_comparison_of_nothing():
    with pytest.raises(ValueError, match=r"nothing to compare: .* shape \(0, 2\)"):
        relative_error(np.ones((0, 2)), np.ones((0, 2)))
