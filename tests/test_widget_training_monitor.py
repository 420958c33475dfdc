import math
import threading
import time

import numpy as np
import pytest
from ipykernel.comm.comm import BaseComm
from javascript import evaluated
from jupyter_client.manager import start_new_kernel

from cnn_lab import models
from cnn_lab.layers import Dense, Flatten
from cnn_lab.network import Sequential
from cnn_lab.optimizers import SGD
from cnn_lab.training import History, fit
from cnn_lab.training.history import Step
from cnn_lab.widgets.base import module
from cnn_lab.widgets.training_monitor import TrainingMonitor


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (60, 28, 28), dtype=np.uint8), np.arange(60) % 10


def train(network, data, callback, epochs=2, **options):
    return fit(network, *data, optimizer=SGD(0.01), epochs=epochs, batch_size=20,
               callback=callback, progress=False, **options)


def test_monitor_tells_what_the_history_says(data):
    monitor, network = TrainingMonitor(), models.build("eight_filters")
    history = train(network, data, monitor, epochs=3, validation=data)
    monitor._finish()
    assert monitor.state == "done" and monitor.step == [9, 9, 9]
    np.testing.assert_allclose(monitor.epochs[:, 0], [3, 6, 9])
    np.testing.assert_allclose(monitor.epochs[:, 1], history.train_loss, rtol=1e-6)
    np.testing.assert_allclose(monitor.epochs[:, 3], history.validation_accuracy, rtol=1e-6)
    np.testing.assert_array_equal(monitor.filters, network.params["0.W"][:, :, 0])
    assert monitor.losses[0].tolist() == [1, np.float32(history.batch_loss[0])]
    assert monitor.losses[-1, 0] == 9


def test_stop_ends_with_the_step_under_way_and_a_second_fit_goes_on(data):
    monitor, network = TrainingMonitor(), models.build("eight_filters")

    def callback(step):
        if step.step == 4:
            monitor._on_message(monitor, {"stop": True}, [])
        return monitor(step)

    first = train(network, data, callback, epochs=5)
    assert first.stopped == "callback" and len(first.batch_loss) == 4
    assert monitor.state == "stopped"
    weights = network.get_weights()
    np.testing.assert_array_equal(monitor.filters, weights["0.W"][:, :, 0])
    monitor._on_message(monitor, {"stop": True}, [])  # too late: no training is under way
    second = train(network, data, monitor, epochs=2)
    assert second.stopped == "finished" and len(second.batch_loss) == 6
    assert monitor.starts == [1, 5] and monitor.step == [6, 6, 10]
    assert monitor.losses[-1, 0] == 10 and np.all(np.diff(monitor.losses[:, 0]) > 0)
    assert "training 2 of 2" in repr(monitor)


def test_interrupted_training_is_told_as_stopped(data):
    monitor, network = TrainingMonitor(), models.build("eight_filters")
    history = History(batch_loss=[2.0], stopped="interrupted")
    monitor(Step(1, 9, 0, 2.0, history, network))
    assert monitor.state == "training"
    monitor._finish()
    assert monitor.state == "stopped"


def test_news_are_throttled_and_rows_thinned(monkeypatch):
    monitor, history = TrainingMonitor(rate=10), History()
    network, told = Sequential([Flatten(), Dense(10)]), []
    clock = iter(np.arange(0, 10_000, 0.02))
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monitor.observe(lambda change: told.append(now[0]), "step")
    losses = np.random.default_rng(1).random(5000)
    for n, loss in enumerate(losses):
        now[0] = float(next(clock))
        history.batch_loss.append(loss)
        monitor(Step(n + 1, 5001, 0, float(loss), history, network))
    assert np.min(np.diff(told)) >= 0.0999
    assert 900 <= len(told) <= 1001
    assert 300 <= len(monitor.losses) <= 600
    assert monitor.filters.size == 0
    assert monitor.losses[:, 1].mean() == pytest.approx(losses.mean(), abs=0.02)


def test_waiting_monitor_does_not_hear_stop():
    monitor = TrainingMonitor()
    monitor.stop()
    assert not monitor._wish.is_set()
    assert repr(monitor) == (
        "TrainingMonitor: nothing has been trained yet; the curves begin with the first step."
    )
    assert monitor.preview().alt == repr(monitor)


@pytest.mark.parametrize(("rate", "error", "words"), [
    (0, ValueError, "rate must be more than 0"), (11, ValueError, "at most 10"),
    (math.nan, ValueError, "rate must be"), ("fast", TypeError, "rate must be a number, got str"),
    (True, TypeError, "rate must be a number"),
])
def test_wrong_rate_is_named(rate, error, words):
    with pytest.raises(error, match=words):
        TrainingMonitor(rate=rate)


def test_page_carries_the_numbers(data, tmp_path):
    monitor = TrainingMonitor(rate=1e-6)
    train(models.build("eight_filters"), data, monitor, epochs=2)
    text = monitor.to_html(tmp_path / "page.html").read_text("utf-8")
    assert "done at step 6 of 6, loss" in text
    assert monitor.preview().alt == repr(monitor)


def test_words_and_ticks_in_node(tmp_path):
    before = """const { ticks, points, nearest, status } = w;
      const table = { shape: [3, 2], data: [1, 0.5, 2, NaN, 9, 0.25] };"""
    expression = """[ticks(0, 2.3), ticks(0.9, 1), points(table, 0, 1), nearest([[1], [5], [9]], 6),
      status("stopped", [1200, 3000], [[1, 0.5]], [[1, 0.975]], 2),
      status("waiting", [0, 0], [], [], 0)]"""
    found = evaluated(module("training_monitor.js"), expression, tmp_path, before)
    ticks, fine, points, nearest, stopped, waiting = found
    assert ticks == [0, 1, 2] and fine == [0.9, 0.95, 1]
    assert points == [[1, 0.5], [9, 0.25]] and nearest == 1
    assert stopped == (
        "Stopped: step 1,200 of 3,000, loss 0.500, validation accuracy 97.5 %, training number 2."
        " Weights are kept: another fit goes on from here."
    )
    assert waiting.startswith("Nothing has been trained yet")


KERNEL = """
import numpy as np
from cnn_lab import models
from cnn_lab.optimizers import SGD
from cnn_lab.training import fit
from cnn_lab.widgets.training_monitor import TrainingMonitor
x, y = np.zeros((100, 28, 28), np.uint8), np.arange(100) % 10
monitor, network = TrainingMonitor(), models.build("eight_filters")
def train(epochs):
    history = fit(network, x, y, optimizer=SGD(0.001), epochs=epochs, batch_size=10,
                  callback=monitor, progress=False)
    print(history.stopped, len(history.batch_loss), monitor.starts, monitor.comm.comm_id)
"""


@pytest.mark.parametrize("subshell", [True, False])
def test_stop_is_heard_while_the_kernel_trains(subshell):
    """The button's message in a real kernel, sent as JupyterLab does and as older pages do."""
    if not hasattr(BaseComm, "_reply_subshell_for"):
        pytest.skip("before ipykernel 7.4 it depends on the page whether the button is heard")
    manager, client = start_new_kernel()
    try:
        client.execute_interactive(KERNEL, timeout=40)
        header = {}
        if subshell:
            client.control_channel.send(client.session.msg("create_subshell_request", {}))
            header["subshell_id"] = client.get_control_msg(timeout=20)["content"]["subshell_id"]
        printed, sent = [], threading.Event()

        def hook(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            training = content.get("data", {}).get("state", {}).get("state") == "training"
            if message["msg_type"] == "comm_msg" and training and not sent.is_set():
                data = {"method": "custom", "content": {"stop": True}}
                stop = client.session.msg("comm_msg", {"comm_id": content["comm_id"], "data": data})
                stop["header"].update(header)
                client.shell_channel.send(stop)
                sent.set()

        client.execute_interactive("train(100_000)", timeout=40, output_hook=hook)
        client.execute_interactive("train(2)", timeout=40, output_hook=hook)
        stopped, count, *_ = printed[0].split()
        assert stopped == "callback" and 1 <= int(count) < 20_000
        assert printed[1].startswith(f"finished 20 [1, {int(count) + 1}]")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
