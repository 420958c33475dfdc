"""fit and evaluate on a task learned in a second: which quarter of the picture is bright."""

import contextlib
import signal
import threading

import numpy as np
import pytest

from cnn_lab.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from cnn_lab.losses import SquaredError
from cnn_lab.network import Sequential
from cnn_lab.optimizers import SGD, Adam, one_cycle, step_decay
from cnn_lab.training import (
    DivergenceError,
    batches,
    confusion_matrix,
    evaluate,
    fit,
    random_shift,
)


@pytest.fixture(autouse=True)
def _interrupts_are_heard():
    """Undo what a shell does to programs that it starts in the background: they ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _pictures(count, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    images = rng.integers(0, 60, (count, 8, 6), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 * (label // 2) :][:4, 3 * (label % 2) :][:, :3] += 90
    return images, labels


def _network(seed=0):
    layers = [Conv2D(4, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(4)]
    return Sequential(layers, (8, 6, 1), np.random.default_rng(seed))


def _fit(network, count=400, **changes):
    arguments = {"optimizer": Adam(0.01), "epochs": 3, "batch_size": 30, "progress": False}
    return fit(network, *_pictures(count), **{**arguments, **changes})


def test_fit_learns():
    network = _network()
    before = evaluate(network, *_pictures(300, seed=1))
    history = _fit(network, validation=_pictures(300, seed=1))
    after = evaluate(network, *_pictures(300, seed=1))
    assert before.accuracy < 0.6 and after.accuracy > 0.97
    assert after == (history.validation_accuracy[-1], history.validation_loss[-1])
    assert history.train_loss[-1] < history.train_loss[0]


def test_fit_writes_one_entry_a_step_and_an_epoch():
    history = _fit(_network(), validation=_pictures(50, seed=1))
    assert len(history.batch_loss) == 3 * 14  # 400 images in batches of 30, the last one smaller
    lists = history.train_loss, history.validation_loss, history.validation_accuracy
    assert [len(entries) for entries in (*lists, history.seconds)] == [3, 3, 3, 3]
    assert np.isclose(history.train_loss[1], np.mean(history.batch_loss[14:28]))
    assert history.stopped == "finished"


def test_fit_is_repeatable_and_follows_its_generator():
    def run(seed):
        network = _network()
        _fit(network, rng=np.random.default_rng(seed))
        return network.params["0.W"]

    np.testing.assert_array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))


def test_fit_with_the_same_arguments_gives_the_same_bits():
    def run():
        layers = [Conv2D(4, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(9), Dropout(0.3), Dense(4)]
        network = Sequential(layers, (8, 6, 1), np.random.default_rng(3))
        history = _fit(network, augment=random_shift(1), schedule=one_cycle(), patience=2,
                       validation=_pictures(50, seed=1), rng=np.random.default_rng(4))  # fmt: skip
        return network.get_weights(), history.batch_loss, history.validation_loss

    (weights, *losses), (again, *losses_again) = run(), run()
    assert losses == losses_again
    for name, value in weights.items():
        np.testing.assert_array_equal(value, again[name])


def test_fit_takes_another_loss():
    network = _network()
    _fit(network, loss=SquaredError(), epochs=5)
    assert evaluate(network, *_pictures(300, seed=1), loss=SquaredError()).accuracy > 0.9


def test_fit_follows_the_schedule_and_gives_the_rate_back():
    rates, optimizer = [], SGD(0.1)
    _fit(
        _network(),
        optimizer=optimizer,
        schedule=step_decay(0.1, 0.5),
        callback=lambda step: rates.append(optimizer.learning_rate),
    )
    np.testing.assert_allclose(rates, [0.1] * 21 + [0.01] * 21)
    assert optimizer.learning_rate == 0.1


def test_fit_augments_training_images_only():
    seen = []

    def augment(images, rng):
        seen.append(images.shape)
        return images * 0

    network = _network()
    _fit(network, augment=augment, validation=_pictures(50, seed=1))
    assert len(seen) == 42 and seen[0] == (30, 8, 6, 1)
    assert np.all(network.layers[0].grads["W"] == 0)


def test_fit_stops_when_the_callback_says_so():
    steps = []

    def callback(step):
        steps.append(step)
        return step.step == 17

    history = _fit(_network(), callback=callback, validation=_pictures(50, seed=1))
    assert len(steps) == len(history.batch_loss) == 17
    assert history.stopped == "callback"
    assert len(history.train_loss) == len(history.validation_loss) == 2
    last = steps[-1]
    assert (last.steps, last.epoch, last.loss) == (42, 1, history.batch_loss[-1])


def test_fit_keeps_the_weights_when_the_callback_stops_it():
    network, weights = _network(), []

    def spoil_and_stop(step):
        if step.epoch == 1:
            network.params["4.W"][...] = 0.0
        weights.append(network.get_weights())
        return np.bool_(step.step == 28)

    _fit(network, patience=2, callback=spoil_and_stop, validation=_pictures(300, seed=1))
    assert len(weights) == 28
    np.testing.assert_array_equal(network.params["4.W"], weights[-1]["4.W"])


def test_fit_stops_early_and_goes_back_to_the_best_weights():
    network, weights = _network(), []

    def spoil(step):
        if step.step % 14 == 0:
            if step.epoch >= 2:
                network.params["4.W"][...] = 0.0
            weights.append(network.get_weights())

    history = _fit(network, epochs=9, patience=2, callback=spoil, validation=_pictures(300, seed=1))
    assert history.stopped == "no improvement"
    best = history.best_epoch
    assert best <= 1 and len(history.train_loss) == best + 1 + 2
    np.testing.assert_array_equal(network.params["4.W"], weights[best]["4.W"])


@pytest.mark.parametrize("optimizer", [SGD(100.0), SGD(1e30), Adam(1e30)])
def test_fit_stops_with_an_explanation_when_the_loss_is_no_number(optimizer):
    network = Sequential([Flatten(), Dense(4)], (8, 6, 1))
    match = (
        r"the loss became (nan|inf) at step \d+ of 70, in epoch \d: expected a finite number\. It "
        r"began in .*layer 1, Dense\(4\), .*\. Try a smaller learning rate than 1\S+, such as 1"
    )
    with pytest.raises(DivergenceError, match=match):
        _fit(network, optimizer=optimizer, loss=SquaredError(), epochs=5)


ALL = slice(None)


def _spoil(change, at=20):
    def callback(step):
        if step.step == at:
            change(step.network)

    return callback


def _fill(name, value, places=1):
    def change(network):
        network.params[name].flat[places] = value

    return change


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_fill("0.b", np.nan), r"nan at step 21 of 42, in epoch 2.*the weights b of layer 0, Conv"),
        (
            _fill("4.W", np.inf),
            r"nan at step 21 of 42, in epoch 2.*the weights W of layer 4, Dense",
        ),
        (
            _fill("0.W", 1e39),
            r"the weights W of layer 0, Conv2D\(4, 3x3\), which broke in the step",
        ),
        (
            _fill("0.W", 3e38, ALL),
            r"the outputs of layer 0, Conv2D\(4, 3x3\), which are too large for float",
        ),
        (
            _fill("4.W", -3e38, ALL),
            r"the outputs of layer 4, Dense\(4\), which are too large for float",
        ),
        (
            _fill("4.b", 3e37),
            r"the loss itself: the scores of layer 4, Dense\(4\), which reach 3\.0e\+37",
        ),
    ],
)
def test_fit_names_the_layer_where_numbers_that_are_not_finite_arise(change, match):
    with np.errstate(over="ignore"), pytest.raises(DivergenceError, match=match):
        _fit(_network(), callback=_spoil(change), loss=SquaredError())


def test_fit_names_the_weights_nearest_to_the_scores_when_several_broke():
    def change(network):  # as a gradient does on its way back, from the last layer to the first
        for name in ("0.W", "4.W"):
            network.params[name][...] = np.nan

    with pytest.raises(DivergenceError, match="It began in the weights W of layer 4, Dense"):
        _fit(_network(), callback=_spoil(change))


def test_fit_names_weights_that_the_last_step_broke():
    network = _network()
    match = (
        r"broke at step 42 of 42, in epoch 3: .* in the weights W of layer 0, Conv2D\(4, 3x3\)\."
    )
    with pytest.raises(DivergenceError, match=match):
        _fit(network, callback=_spoil(_fill("0.W", np.nan), at=42))
    assert np.isnan(network.params["0.W"]).sum() == 1


def test_fit_names_what_the_optimizer_can_no_longer_remember():
    optimizer = Adam(0.01)

    def callback(step):
        optimizer.state["4.W.square"][0, 0] = np.inf

    with pytest.raises(DivergenceError, match="what Adam remembers of the weights W of layer 4"):
        _fit(_network(), optimizer=optimizer, callback=callback, epochs=1)


def test_fit_names_the_layer_when_the_validation_loss_is_no_number():
    match = r"validation loss became nan after step 14 of 42, in epoch 1: .* the outputs of layer 0"
    with pytest.raises(DivergenceError, match=match):
        _fit(
            _network(),
            callback=_spoil(_fill("0.W", 3e38, ALL), 14),
            validation=_pictures(50, seed=1),
        )


def test_fit_refuses_images_that_are_no_numbers():
    images = np.full((30, 8, 6, 1), np.nan)
    match = "loss became nan at step 1 of 1, in epoch 1.*It began in the images of the batch"
    with pytest.raises(ValueError, match=match):
        fit(_network(), images, np.zeros(30, int), optimizer=SGD(0.1), epochs=1, progress=False)


def _interrupt(step):
    if step.step == 17:
        signal.raise_signal(signal.SIGINT)


def test_fit_interrupted_ends_after_the_batch_and_keeps_the_weights():
    network, undisturbed = _network(), _network()
    before = signal.getsignal(signal.SIGINT)
    history = _fit(network, callback=_interrupt, validation=_pictures(50, seed=1), patience=2)
    assert signal.getsignal(signal.SIGINT) is before
    assert (history.stopped, len(history.batch_loss)) == ("interrupted", 17)
    lists = history.train_loss, history.validation_loss, history.seconds
    assert [len(entries) for entries in lists] == [1, 1, 1]
    _fit(undisturbed, callback=lambda step: step.step == 17)
    np.testing.assert_array_equal(network.params["0.W"], undisturbed.params["0.W"])


def test_fit_interrupted_before_its_first_epoch_has_ended_returns_its_history(capsys):
    stop = _spoil(lambda network: signal.raise_signal(signal.SIGINT), at=3)
    history = _fit(_network(), callback=stop, progress=True)
    assert (history.stopped, len(history.batch_loss), history.train_loss) == ("interrupted", 3, [])


def test_fit_interrupted_in_its_last_step_has_finished():
    stop = _spoil(lambda network: signal.raise_signal(signal.SIGINT), at=42)
    assert _fit(_network(), callback=stop).stopped == "finished"


def test_fit_interrupted_twice_raises_at_once():
    def callback(step):
        steps.append(step.step)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        steps.append("too late")

    steps, before, optimizer = [], signal.getsignal(signal.SIGINT), SGD(0.1)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        _fit(_network(), callback=callback, optimizer=optimizer, schedule=step_decay())
    assert steps == [1] and signal.getsignal(signal.SIGINT) is before
    assert optimizer.learning_rate == 0.1


def test_fit_in_another_thread_leaves_the_handler_alone():
    handlers, result = set(), []

    def callback(step):
        handlers.add(signal.getsignal(signal.SIGINT))
        if step.step == 5:
            raise KeyboardInterrupt

    def run():
        with contextlib.suppress(KeyboardInterrupt):
            _fit(_network(), callback=callback)
        result.append("raised")

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == {before} and result == ["raised"]


def test_fit_leaves_interrupts_ignored_where_they_are():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert _fit(_network(), callback=_interrupt).stopped == "finished"
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_fit_in_a_notebook_ends_when_the_kernel_is_interrupted():
    manager = pytest.importorskip("jupyter_client").KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        code = "\n".join([
            "import numpy as np",
            "from cnn_lab.layers import Dense, Flatten",
            "from cnn_lab.network import Sequential",
            "from cnn_lab.optimizers import SGD",
            "from cnn_lab.training import fit",
            "network = Sequential([Flatten(), Dense(4)], (8, 6, 1))",
            "images, labels = np.zeros((4, 8, 6)), np.zeros(4, int)",
            "def callback(step):",
            "    if step.step == 3: print('begins', flush=True)",
            "history = fit(network, images, labels, optimizer=SGD(0.1), epochs=10**9,",
            "              callback=callback, progress=False)",
            "print(history.stopped, len(history.batch_loss) >= 3)",
        ])  # fmt: skip
        said = []

        def hook(message):
            said.append(message["content"].get("text", message["content"].get("evalue", "")))
            if "begins" in said[-1]:
                manager.interrupt_kernel()

        reply = client.execute_interactive(code, timeout=60, output_hook=hook)
        assert "".join(said) == "begins\ninterrupted True\n"
        assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_fit_changes_neither_images_nor_labels():
    images, labels = _pictures(60)
    copies = images.copy(), labels.copy()
    fit(_network(), images, labels, optimizer=SGD(0.1), epochs=1, augment=random_shift(1),
        progress=False)  # fmt: skip
    np.testing.assert_array_equal(images, copies[0])
    np.testing.assert_array_equal(labels, copies[1])


def test_fit_shows_a_progress_bar_only_when_asked(capsys):
    _fit(_network(), count=60, epochs=1)
    assert capsys.readouterr() == ("", "")
    _fit(_network(), count=60, epochs=1, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and "2/2" in err and "loss" in err


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"count": 0}, "at least one image, got none"),
        ({"epochs": 0}, "epochs must be a positive integer, got 0"),
        ({"batch_size": 2.5}, r"batch_size must be a positive integer, got 2\.5"),
        ({"epochs": 2.0}, r"epochs must be a positive integer, got 2\.0"),
        ({"validation": (np.zeros((3, 6, 8)), [0, 1, 2])}, r"8 x 6 x 1, got shape \(1, 6, 8\)"),
        ({"patience": 2}, "needs validation"),
        ({"patience": 0, "validation": _pictures(5)}, "patience must be at least 1"),
    ],
)
def test_fit_names_what_is_wrong(changes, match):
    with pytest.raises(ValueError, match=match):
        _fit(_network(), **changes)


def test_fit_keeps_a_rate_that_the_callback_sets():
    optimizer = SGD(0.1)

    def slow_down(step):
        optimizer.learning_rate = 0.05

    _fit(_network(), optimizer=optimizer, callback=slow_down)
    assert optimizer.learning_rate == 0.05


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: random_shift(-1), "pixels must be an integer, 0 or more, got -1"),
        (lambda: confusion_matrix([0, 1], [0]), "2 labels and 1 predictions"),
    ],
)
def test_training_names_what_is_wrong(make, match):
    with pytest.raises(ValueError, match=match):
        make()


@pytest.mark.parametrize(
    ("images", "labels", "match"),
    [
        (np.zeros((3, 8, 6)), [0, 1], "3 images and 2 labels"),
        (np.zeros((3, 8, 6)), [0, 1, 4], "between 0 and 3, got 4"),
        (np.zeros((3, 6, 8)), [0, 1, 2], r"8 x 6 x 1, got shape \(1, 6, 8\)"),
    ],
)
def test_evaluate_names_what_is_wrong(images, labels, match):
    with pytest.raises(ValueError, match=match):
        evaluate(_network(), images, labels)


def test_evaluate_does_not_depend_on_the_batch_size():
    network = _network()
    whole = evaluate(network, *_pictures(100), batch_size=100)
    np.testing.assert_allclose(whole, evaluate(network, *_pictures(100), batch_size=7), rtol=1e-6)


def test_batches_visit_every_index_once():
    visited = np.concatenate(list(batches(53, 10, np.random.default_rng(0))))
    assert sorted(visited) == list(range(53)) and visited.tolist() != list(range(53))


def test_random_shift_moves_whole_images_by_at_most_the_pixels():
    images = np.zeros((200, 7, 9, 2))
    images[:, 3, 4] = [1.0, 2.0]
    moved = random_shift(2)(images, np.random.default_rng(0))
    _, rows, columns, channels = np.nonzero(moved)
    assert (moved.sum(axis=(1, 2)) == [1.0, 2.0]).all() and set(channels) == {0, 1}
    assert set(rows) == {1, 2, 3, 4, 5} and set(columns) == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("pixels", [0, 1, 2, 8])
def test_random_shift_is_a_window_of_the_padded_image(pixels, dtype):
    images = np.random.default_rng(0).integers(1, 256, (5, 7, 9, 2)).astype(dtype)
    kept = images.copy()
    moved = random_shift(pixels)(images[:, ::-1], np.random.default_rng(1))
    down, right = np.random.default_rng(1).integers(0, 2 * pixels + 1, (2, 5))
    ring = np.pad(images[:, ::-1], ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)))
    for i, (row, column) in enumerate(zip(down, right, strict=True)):
        np.testing.assert_array_equal(moved[i], ring[i, row : row + 7, column : column + 9])
    assert moved.dtype == dtype and moved.flags.c_contiguous
    np.testing.assert_array_equal(images, kept)


def test_fit_shifts_bytes_and_floats_alike():
    def run(augment):
        seen, network = [], _network()
        forward = network.forward
        network.forward = lambda x, training: [seen.append(x), forward(x, training)][1]
        _fit(network, augment=augment, epochs=1)
        return seen

    shift = random_shift(2)
    as_bytes, as_floats = run(shift), run(lambda images, rng: shift(images, rng))
    assert as_bytes[0].dtype == as_floats[0].dtype == np.float32
    for x, y in zip(as_bytes, as_floats, strict=True):
        np.testing.assert_array_equal(x, y)


def test_confusion_matrix_counts_true_rows_and_predicted_columns():
    matrix = confusion_matrix([0, 2, 2, 1], [0, 1, 2, 1], classes=3)
    assert matrix.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
