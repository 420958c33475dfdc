"""The engine: which forms it picks, and that a network computes the same with and without it."""

import copy
import pickle
import threading

import numpy as np
import pytest

from cnn_lab import models
from cnn_lab.fast import lanes, threads
from cnn_lab.fast.flat import FlatDense
from cnn_lab.fast.plain import PlainStage
from cnn_lab.fast.plan import make_plan
from cnn_lab.fast.pooled import PooledConvolution
from cnn_lab.fast.products import DenseProducts
from cnn_lab.fast.tiles import TiledConvolution
from cnn_lab.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    Sigmoid,
)
from cnn_lab.losses import SoftmaxCrossEntropy
from cnn_lab.mnist import load_mnist
from cnn_lab.network import Sequential
from cnn_lab.optimizers import SGD
from cnn_lab.training import fit


def random_images(network, count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((count, *network.input_shape)).astype(np.float32)


def gradients(network, x, labels, *, input_gradient=False):
    loss = SoftmaxCrossEntropy()
    value = loss.forward(network.forward(x, training=True), labels)
    dx = network.backward(loss.backward(), input_gradient=input_gradient)
    return value, {name: gradient.copy() for name, gradient in network.grads.items()}, dx


def fast_and_plain(network, x, labels, **how):
    """What a network computes with its engine and without, dropping the same values."""
    results = []
    for fast in (True, False):
        one = copy.deepcopy(network)
        one.fast = fast
        results.append(gradients(one, x, labels, **how))
    return results


def assert_close(ours, expected, tolerance):
    assert ours.keys() == expected.keys()
    for name, array in expected.items():
        norm = np.linalg.norm(array)
        assert np.linalg.norm(ours[name] - array) <= tolerance * norm, name


def mixed_network(rng=0):
    """Fast forms, plain stages between them, and Dropout among the image layers."""
    chain = [
        Conv2D(5, 3),
        ReLU(),
        MaxPool2D(2),
        Conv2D(9, 3, padding="same"),
        Sigmoid(),
        Conv2D(8, 3),
        ReLU(),
        MaxPool2D(2),
        Dropout(0.3),
        Conv2D(6, 2),
        ReLU(),
        Flatten(),
        Dense(10),
    ]
    return Sequential(chain, (24, 20, 2), rng)


@pytest.mark.parametrize("name", models.MODELS)
@pytest.mark.parametrize("count", [16, 100, 117])
def test_models_compute_the_same_with_and_without_engine(name, count):
    network = models.build(name, np.random.default_rng(4))
    images, labels = load_mnist("train")
    fast, plain = fast_and_plain(network, images[:count], labels[:count])
    assert fast[0] == pytest.approx(plain[0], rel=1e-5)
    # A window whose two largest sums are equal to six digits may send its gradient elsewhere.
    assert_close(fast[1], plain[1], 1e-2)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_mixed_network_computes_the_same_with_and_without_engine(number, monkeypatch):
    monkeypatch.setattr("cnn_lab.fast.engine.LEAST_PRODUCTS", 1)
    network = mixed_network()
    network.threads = number
    x, labels = random_images(network, 61), np.arange(61) % 10
    fast, plain = fast_and_plain(network, x, labels)
    assert fast[0] == pytest.approx(plain[0], rel=1e-6)
    assert_close(fast[1], plain[1], 2e-5)


def test_scores_are_the_same_with_and_without_engine():
    network = mixed_network()
    x = random_images(network, 61)
    ours = network.forward(x)
    network.fast = False
    np.testing.assert_allclose(ours, network.forward(x), rtol=0, atol=1e-5)


def test_scores_are_not_overwritten_by_the_next_batch():
    for network in (models.eight_filters(0), mixed_network(), convolution_only()):
        x = random_images(network, 40)
        first = network.forward(x)
        kept = first.copy()
        network.forward(1 - x)
        np.testing.assert_array_equal(first, kept)


def convolution_only():
    return Sequential([Conv2D(4, 3), ReLU(), MaxPool2D(2)], (12, 12, 1), 0)


def test_network_without_rows_trains_in_stages():
    network = convolution_only()
    x = random_images(network, 33)
    dy = np.random.default_rng(1).random((33, 5, 5, 4)).astype(np.float32)
    network.forward(x, training=True)
    network.backward(dy, input_gradient=False)
    ours = {name: gradient.copy() for name, gradient in network.grads.items()}
    network.fast = False
    network.forward(x, training=True)
    network.backward(dy)
    assert_close(ours, network.grads, 1e-5)


def test_input_gradient_comes_from_the_plain_layers():
    network = models.course_network(0)
    x, labels = random_images(network, 30), np.arange(30) % 10
    fast, plain = fast_and_plain(network, x, labels, input_gradient=True)
    assert fast[2].shape == x.shape
    np.testing.assert_allclose(fast[2], plain[2], rtol=0, atol=1e-6)
    assert_close(fast[1], plain[1], 1e-4)


def test_backward_after_looking_without_training_is_right():
    network = models.eight_filters(0)
    x, labels = random_images(network, 120), np.arange(120) % 10
    loss = SoftmaxCrossEntropy()
    results = []
    for fast in (True, False):
        network.fast = fast
        loss.forward(network.forward(x), labels)
        network.backward(loss.backward(), input_gradient=False)
        results.append({name: gradient.copy() for name, gradient in network.grads.items()})
    assert_close(*results, 1e-5)


def test_same_batch_gives_the_same_bits():
    network = models.course_network(0)
    network.threads = 2
    x, labels = random_images(network, 100), np.arange(100) % 10
    _, first, _ = gradients(network, x, labels)
    network.forward(random_images(network, 250, seed=1))  # as an evaluation in between
    network.forward(random_images(network, 37, seed=2), training=True)
    _, second, _ = gradients(network, x, labels)
    for name, gradient in first.items():
        np.testing.assert_array_equal(second[name], gradient)


def step_twice(network, x, labels):
    """Forward once, backward twice: the second must give what the first gave."""
    loss = SoftmaxCrossEntropy()
    loss.forward(network.forward(x, training=True), labels)
    found = []
    for _ in range(2):
        network.backward(loss.backward(), input_gradient=False)
        found.append({name: gradient.copy() for name, gradient in network.grads.items()})
    return found


def test_backward_twice_gives_the_same_gradients():
    network = models.course_network(0)
    x, labels = random_images(network, 40), np.arange(40) % 10
    assert_close(*step_twice(network, x, labels), 1e-2)


def test_one_bright_image_changes_no_gradient_of_the_others():
    network = models.course_network(0)
    x = random_images(network, 30)
    x[0] *= 1000
    dscores = np.random.default_rng(0).standard_normal((30, 10)).astype(np.float32)
    dscores[0] = 0
    results = []
    for fast in (True, False):
        network.fast = fast
        network.forward(x, training=True)
        network.backward(dscores, input_gradient=False)
        results.append({name: gradient.copy() for name, gradient in network.grads.items()})
    assert_close(*results, 1e-3)


def test_layers_that_were_added_are_run():
    network = models.course_network(0)
    x = random_images(network, 20)
    network.forward(x)
    network.layers.append(ReLU().build((10,)))
    assert network.forward(x).min() == 0


def test_scores_asked_for_by_two_threads_belong_to_their_images():
    network = models.eight_filters(0)
    batches = [random_images(network, 60, seed) for seed in (0, 1)]
    expected = [network.forward(x) for x in batches]
    wrong = []

    def ask(number):
        for _ in range(20):
            if not np.array_equal(network.forward(batches[number]), expected[number]):
                wrong.append(number)

    team = [threading.Thread(target=ask, args=(number,)) for number in (0, 1)]
    for one in team:
        one.start()
    for one in team:
        one.join()
    assert wrong == []


def test_gradients_that_are_kept_stay_as_they_were():
    network = models.course_network(0)
    x, labels = random_images(network, 30), np.arange(30) % 10
    gradients(network, x, labels)
    kept = network.grads
    copies = {name: gradient.copy() for name, gradient in kept.items()}
    gradients(network, 1 - x, labels)
    for name, gradient in kept.items():
        np.testing.assert_array_equal(gradient, copies[name])


def test_backward_refuses_a_gradient_of_another_shape():
    network = models.eight_filters(0)
    network.forward(random_images(network, 32), training=True)
    with pytest.raises(ValueError, match=r"dy must have the shape \(32, 10\) of the output, got"):
        network.backward(np.zeros((10, 32)), input_gradient=False)


def test_overflow_that_is_silenced_is_silent_on_every_thread(monkeypatch):
    monkeypatch.setattr("cnn_lab.fast.engine.LEAST_PRODUCTS", 1)
    network = models.course_network(0)
    network.threads = 3
    x = random_images(network, 60) * np.float32(1e38)
    with np.errstate(over="ignore", invalid="ignore"):
        network.forward(x, training=True)  # a warning would be an error here


def test_blank_images_that_fill_a_chunk_change_nothing(monkeypatch):
    network = models.course_network(0)
    network.threads = 1
    x, labels = random_images(network, 50), np.arange(50) % 10
    _, whole, _ = gradients(network, x, labels)
    monkeypatch.setattr(lanes, "MOST_IMAGES", 17)
    network = models.course_network(0)
    network.threads = 1
    _, cut, _ = gradients(network, x, labels)
    assert_close(cut, whole, 1e-5)


def test_weights_that_were_changed_are_used_at_once():
    network = models.course_network(0)
    x = random_images(network, 20)
    before = network.forward(x)
    other = models.course_network(1)
    network.set_weights(other.get_weights())
    assert not np.allclose(network.forward(x), before)
    np.testing.assert_array_equal(network.forward(x), other.forward(x))


def test_training_learns_the_same_with_and_without_engine():
    images, labels = load_mnist("train")
    losses = []
    for fast in (True, False):
        network = models.eight_filters(np.random.default_rng(0))
        network.fast = fast
        history = fit(
            network, images[:600], labels[:600], optimizer=SGD(0.05), epochs=1, progress=False
        )
        losses.append(history.batch_loss)
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_copies_and_pickles_leave_the_working_arrays_behind():
    network = models.course_network(0)
    network.forward(random_images(network, 20), training=True)
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert twin._engine is None
        x = random_images(network, 20, seed=5)
        np.testing.assert_array_equal(twin.forward(x), network.forward(x))


# ---- the plan ----


def forms(layers, input_shape, dtype=np.float32):
    network = Sequential(layers, input_shape, 0, dtype)
    return [part.form for part in make_plan(network.layers, network.dtype)]


def test_plan_of_the_wide_network():
    plan = make_plan(models.wide_two_layer(0).layers, np.dtype("f4"))
    expected = [PooledConvolution, TiledConvolution, None, DenseProducts, None, None, DenseProducts]
    assert [part.form for part in plan] == expected
    assert [(part.first, part.last) for part in plan][:2] == [(0, 2), (3, 5)]


def test_plan_covers_every_layer_once():
    for network in (mixed_network(), *(models.build(name, 0) for name in models.MODELS)):
        plan = make_plan(network.layers, network.dtype)
        numbers = [n for part in plan for n in range(part.first, part.last + 1)]
        assert numbers == list(range(len(network.layers)))


def test_plan_of_the_eight_filters():
    assert forms(models.eight_filters(0).layers, (28, 28, 1)) == [PooledConvolution, FlatDense]


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([Conv2D(8, 3, stride=2), MaxPool2D(2)], "its stride is not 1"),
        ([Conv2D(8, 3, dilation=2), MaxPool2D(2)], "its windows are dilated"),
        ([Conv2D(8, 3, groups=2), MaxPool2D(2)], "its channels are grouped"),
        ([Conv2D(8, 3), MaxPool2D(3)], "no 2x2 pool of stride 2 without padding follows"),
        ([Conv2D(8, 3), MaxPool2D(2, stride=1)], "no 2x2 pool of stride 2 without padding"),
        ([Conv2D(8, 4), MaxPool2D(2, padding="same")], "no 2x2 pool of stride 2 without padding"),
        ([Conv2D(8, 3), Sigmoid(), MaxPool2D(2)], "no 2x2 pool of stride 2 without padding"),
        ([Conv2D(8, 3)], "no 2x2 pool of stride 2 without padding follows"),
    ],
)
def test_plan_says_why_a_convolution_is_plain(layers, reason):
    network = Sequential(layers, (12, 12, 4), 0)
    plan = make_plan(network.layers, network.dtype)
    assert plan[0].form is None
    assert reason in plan[0].reason
    assert reason in network.explain()


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        ([Conv2D(8, 3), AveragePool2D(2)], "tiles are pooled by their maxima only"),
        ([Conv2D(8, (3, 2)), MaxPool2D(2)], "tiles are for square filters of 3 to 7 pixels"),
        ([Conv2D(8, 8, padding=4), MaxPool2D(2)], "tiles are for square filters of 3 to 7"),
        ([Conv2D(4, 3), MaxPool2D(2)], "fewer than 8 channels or filters"),
    ],
)
def test_plan_says_why_a_later_convolution_is_plain(later, reason):
    network = Sequential([Conv2D(8, 3), MaxPool2D(2), *later], (20, 20, 1), 0)
    plan = make_plan(network.layers, network.dtype)
    assert [part.form for part in plan[:2]] == [PooledConvolution, PlainStage]
    assert reason in network.explain()


def test_plan_of_float64_is_plain():
    layers = [Conv2D(8, 3), MaxPool2D(2), Flatten(), Dense(10)]
    assert forms(layers, (28, 28, 1), np.float64) == [None] * 4


def test_layer_of_ones_own_is_run_as_it_is():
    class Doubled(ReLU):
        def forward(self, x, training=False):
            return 2 * super().forward(x, training)

        def backward(self, dy):
            return 2 * super().backward(dy)

    network = Sequential([Conv2D(3, 3), Doubled(), MaxPool2D(2), Flatten(), Dense(4)], rng=0)
    assert all(part.form is not PooledConvolution for part in make_plan(network.layers, "f4"))
    x, labels = random_images(network, 20), np.arange(20) % 4
    fast, plain = fast_and_plain(network, x, labels)
    assert_close(fast[1], plain[1], 1e-6)


def test_explain_says_when_the_engine_is_off():
    network = models.eight_filters(0)
    network.fast = False
    assert network.explain() == "plain layers: network.fast is False"


# ---- the threads ----


def test_share_out_uses_other_threads_and_keeps_the_order():
    seen = threads.share_out(lambda number: (number, threading.get_ident()), [1, 2, 3])
    assert [number for number, _ in seen] == [1, 2, 3]
    assert seen[0][1] == threading.get_ident()
    assert threading.get_ident() not in {ident for _, ident in seen[1:]}


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_share_out_raises_the_error_of_any_share(bad):
    def task(number):
        if number == bad:
            raise ArithmeticError(f"share {number}")

    with pytest.raises(ArithmeticError, match=f"share {bad}"):
        threads.share_out(task, range(3))


def test_parts_cover_the_range():
    assert threads.parts(5, 2) == [slice(0, 3), slice(3, 5)]
    assert threads.parts(2, 3) == [slice(0, 1), slice(1, 2)]
    assert threads.parts(6, 1) == [slice(0, 6)]


def test_one_blas_thread_restores_what_was_set():
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def count():
        pools = threadpoolctl.threadpool_info()
        return [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]

    with threadpoolctl.threadpool_limits(2, "blas"):
        before = count()
        with threads.one_blas_thread():
            assert set(count()) <= {1}
        assert count() == before


def test_available_threads_follows_the_environment(monkeypatch):
    monkeypatch.setenv("CNN_LAB_THREADS", "3")
    assert threads.available_threads() == 3
    assert models.eight_filters(0).threads == 3
    monkeypatch.delenv("CNN_LAB_THREADS")
    assert threads.available_threads() >= 1


@pytest.mark.parametrize("wish", ["0", "-1", "two", "1.5"])
def test_available_threads_refuses_what_is_no_number_of_threads(monkeypatch, wish):
    monkeypatch.setenv("CNN_LAB_THREADS", wish)
    with pytest.raises(
        ValueError, match=f"CNN_LAB_THREADS must be a positive integer, got '{wish}'"
    ):
        threads.available_threads()


@pytest.mark.parametrize("wish", [0, -1, 1.5, "2"])
def test_network_refuses_what_is_no_number_of_threads(wish):
    network = models.eight_filters(0)
    with pytest.raises(ValueError, match="threads must be a positive integer, got"):
        network.threads = wish
