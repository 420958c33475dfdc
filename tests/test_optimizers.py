"""Optimizers against hand-worked steps, the published algorithm and, where installed, PyTorch."""

import numpy as np
import pytest

from cnn_lab.optimizers import SGD, Adam, one_cycle, step_decay


def _walk(optimizer, gradients, start=1.0, dtype=np.float64):
    params = {"w": np.array([start, -start], dtype)}
    for gradient in gradients:
        optimizer.step(params, {"w": np.array([gradient, 0.0], dtype)})
    return params["w"]


def test_sgd_takes_the_plain_step():
    np.testing.assert_allclose(_walk(SGD(0.1), [2.0, 1.0]), [0.7, -1.0])


def test_sgd_momentum_takes_part_of_the_last_step_again():
    # v = -0.2, then 0.5 * -0.2 - 0.1 = -0.2
    np.testing.assert_allclose(_walk(SGD(0.1, momentum=0.5), [2.0, 1.0]), [0.6, -1.0])


def test_sgd_momentum_is_the_documents_update_with_the_sign_turned():
    alpha, beta, gradients = 0.01, 0.95, [0.3, -0.7, 1.1, 0.2]
    w, momentum = 1.0, 0.0
    for gradient in gradients:
        momentum = alpha * -gradient + beta * momentum
        w += momentum
    assert np.isclose(_walk(SGD(alpha, momentum=beta), gradients)[0], w)


def test_adam_follows_algorithm_1():
    gradients = [0.3, -0.7, 1.1]
    w, m, v = 1.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(_walk(Adam(0.01), gradients), [w, -1.0], rtol=1e-12)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_optimizers_agree_with_pytorch(name):
    torch = pytest.importorskip("torch")
    gradients = np.random.default_rng(0).normal(size=20)
    more = {"momentum": 0.9} if name == "SGD" else {}
    ours = {"SGD": SGD, "Adam": Adam}[name](0.05, **more)
    tensor = torch.tensor([1.0, -1.0], dtype=torch.float64, requires_grad=True)
    theirs = getattr(torch.optim, name)([tensor], lr=0.05, **more)
    for gradient in gradients:
        tensor.grad = torch.tensor([gradient, 0.0], dtype=torch.float64)
        theirs.step()
    np.testing.assert_allclose(_walk(ours, gradients), tensor.detach().numpy(), rtol=1e-9)


@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.1)])
def test_optimizers_keep_float32_and_leave_gradients_alone(optimizer):
    params, grads = {"w": np.ones(3, np.float32)}, {"w": np.full(3, 0.5, np.float32)}
    array = params["w"]
    optimizer.step(params, grads)
    assert params["w"] is array and array.dtype == np.float32
    assert grads["w"].tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("optimizer", "steps"), [(SGD(0.1), 200), (SGD(0.05, momentum=0.9), 400), (Adam(0.05), 2000)]
)
def test_optimizers_find_the_bottom_of_a_bowl(optimizer, steps):
    params = {"w": np.array([3.0, -2.0])}
    for _ in range(steps):
        optimizer.step(params, {"w": params["w"] * [1.0, 4.0]})
    np.testing.assert_allclose(params["w"], 0, atol=1e-3)


@pytest.mark.parametrize(
    "make", [lambda: SGD(0.1, momentum=0.5), lambda: Adam(0.1), lambda: SGD(1)]
)
def test_optimizers_go_on_from_their_state(make):
    first, second, undisturbed = make(), make(), make()
    expected = _walk(undisturbed, [2.0, 1.0, -0.3])
    params = {"w": np.array([1.0, -1.0])}
    first.step(params, {"w": np.array([2.0, 0.0])})
    second.set_state(first.get_state())
    first.step({"w": np.zeros(2)}, {"w": np.ones(2)})  # must not reach the second
    for gradient in (1.0, -0.3):
        second.step(params, {"w": np.array([gradient, 0.0])})
    np.testing.assert_array_equal(params["w"], expected)


def test_optimizers_tell_their_settings():
    assert SGD(0.1, momentum=0.5).settings() == {"learning_rate": 0.1, "momentum": 0.5}
    settings = {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-7}
    assert Adam(**settings).settings() == settings


def test_one_cycle_climbs_and_falls():
    factors = [one_cycle(0.3)(done) for done in np.linspace(0, 1, 101)]
    assert np.argmax(factors) == 30 and max(factors) == 1.0
    assert np.all(np.diff(factors[:31]) > 0) and np.all(np.diff(factors[30:]) < 0)
    assert np.isclose(factors[0], 0.1) and np.isclose(factors[-1], 0.01)


def test_step_decay_falls_in_steps():
    factors = [step_decay(0.1, 0.5)(done) for done in (0, 0.49, 0.5, 0.99)]
    np.testing.assert_allclose(factors, [1, 1, 0.1, 0.1])
    assert step_decay(0.5, 0.1)(0.3) == 0.125


def _use_twice():
    optimizer = SGD(0.1, momentum=0.9)
    for size in (2, 3):
        optimizer.step({"w": np.ones(size)}, {"w": np.ones(size)})


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: SGD(0.0), r"learning_rate must be positive, got 0\.0"),
        (lambda: Adam(float("nan")), "learning_rate must be positive, got nan"),
        (lambda: SGD(0.1, momentum=1.0), r"momentum must be at least 0 and below 1, got 1\.0"),
        (lambda: one_cycle(warm_up=1), "warm_up must lie between 0 and 1, got 1"),
        (lambda: step_decay(0.5, 0), "every must be above 0 and at most 1, got 0"),
        (_use_twice, r"belongs to another network: w had shape \(2,\), not \(3,\)"),
        (lambda: SGD(0.1).step({"w": np.ones(2)}, {}), r"they differ in \['w'\]"),
        (lambda: SGD(0.1).step({"w": np.ones(2)}, {"w": np.ones(3)}), r"shapes \(2,\) and \(3,\)"),
    ],
)
def test_optimizers_name_what_is_wrong(make, match):
    with pytest.raises(ValueError, match=match):
        make()
