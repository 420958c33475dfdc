"""The comparison of speeds: fair turns, the same computation, right ratios, a readable page."""

import argparse
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from cnn_lab import models
from cnn_lab.layers import AveragePool2D, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from cnn_lab.network import Sequential

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import speed
from measure import machine, numpy_side, report, turns
from measure.loops import Loops, forward
from measure.memory import Training
from measure.numpy_side import NumpySide, NumpyStep
from measure.peak import Multiplication, multiply_adds
from measure.torch_side import TorchSide, torch_order
from measure.turns import Times, Turns, ratio
from measure.workers import Worker, threads_in_environment

ROOT = Path(__file__).parents[1]
MIB = 2**20


def run(*options):
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "speed.py", *options],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


# ---- the whole script ----


def test_script_without_torch_writes_the_page_that_it_prints(tmp_path):
    options = "--quick --no-torch --networks eight_filters --threads 1 --seconds 0.1 --rounds 2"
    result = run(*options.split(), "--output", tmp_path / "page.md")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == result.stdout
    assert f"`python benchmarks/speed.py {options} --output" in result.stdout
    assert "A quick run" in result.stdout
    assert "| eight_filters | 1 | " in result.stdout
    assert "eight_filters, 1 thread: NumPy " in result.stderr


@pytest.mark.parametrize("threads", ["0", "-1", "two"])
def test_script_refuses_a_number_of_threads_that_is_none(threads):
    result = run("--threads", threads)
    assert result.returncode == 2
    assert f"invalid positive value: '{threads}'" in result.stderr


def test_main_without_pytorch_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(speed, "find_spec", lambda name: None)
    assert speed.main(["--quick"]) == 2
    assert "`make bench` installs it, or add --no-torch" in capsys.readouterr().err


PYTHON = """\
#!/bin/sh
echo "$*" >> calls
case "$*" in
    "-c import torch") exit $TORCH ;;
    "-m pip install"*) exit $PIP ;;
esac
"""


@pytest.fixture
def make_bench(tmp_path):
    """Run `make bench` where Python only writes down what it is told; return result and calls."""
    if not shutil.which("make") or not shutil.which("sh"):
        pytest.skip("needs make and a POSIX shell")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    (tmp_path / ".venv" / ".installed").write_text(f"{tmp_path.resolve()}\n")

    def make(*arguments, torch=True, pip=True):
        environment = os.environ | {"TORCH": str(int(not torch)), "PIP": str(int(not pip))}
        environment.pop("MAKEFLAGS", None)
        command = ["make", "bench", *arguments]
        result = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        return result, (tmp_path / "calls").read_text().splitlines()[1:]  # without "does it run?"

    return make


def test_make_bench_installs_pytorch_once_and_stores_the_page(make_bench):
    result, calls = make_bench(torch=False)
    assert result.returncode == 0, result.stderr
    asked, installed, ran = calls
    assert asked == "-c import torch"
    assert installed.endswith("--constraint constraints.txt --editable .[bench]")
    assert ran == "benchmarks/speed.py --output benchmarks/results.md"


def test_make_bench_with_settings_stores_nothing(make_bench):
    _, calls = make_bench("BENCH_ARGS=--quick --threads 2")
    assert calls == ["-c import torch", "benchmarks/speed.py --quick --threads 2"]


def test_make_bench_without_torch_installs_nothing(make_bench):
    _, calls = make_bench("BENCH_ARGS=--quick --no-torch", torch=False)
    assert calls == ["benchmarks/speed.py --quick --no-torch"]


def test_make_bench_that_cannot_install_says_how_to_do_without(make_bench):
    result, calls = make_bench(torch=False, pip=False)
    assert result.returncode != 0 and len(calls) == 2
    assert "make bench BENCH_ARGS=--no-torch" in result.stderr


# ---- processes ----


class Told:
    """Lives in a worker and tells what it sees there."""

    def __init__(self, name, threads):
        self.name = name

    def threads(self):
        return os.environ["OPENBLAS_NUM_THREADS"], os.environ["OMP_NUM_THREADS"]

    def fail(self):
        raise ValueError(f"no {self.name}")

    def die(self):
        os._exit(7)


def test_worker_has_its_threads_and_answers_after_an_error():
    with Worker(Told, "luck", 3) as worker:
        assert worker.call("threads") == ("3", "3")
        with pytest.raises(RuntimeError, match="ValueError: no luck"):
            worker.call("fail")
        assert worker.call("threads") == ("3", "3")
        with pytest.raises(RuntimeError, match="ended with code 7"):
            worker.call("die")


def test_worker_that_cannot_begin_says_why():
    with pytest.raises(RuntimeError, match="name must be one of eight_filters"):
        Worker(NumpySide, "lenet", 1)


def test_threads_in_environment_is_as_before_afterwards(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with threads_in_environment(2):
        assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["OMP_NUM_THREADS"] == "2"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "5"
    assert "OMP_NUM_THREADS" not in os.environ


# ---- turns ----


class Clock:
    """Time that passes only when somebody says so."""

    def __init__(self):
        self.now = self.used = 0.0

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.used

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(turns, "time", clock)
    return clock


class Side(Turns):
    """Takes as long for a step as the label says."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.seen = clock, []

    def ready(self, contender):
        return self.step, [("a", 0.5), ("b", 0.25), ("c", 2.0)]

    def step(self, x, seconds):
        self.seen.append(x)
        self.clock.now += seconds
        self.clock.used += seconds


def test_turn_times_the_steps_after_the_warm_up_and_goes_on_with_the_batches(clock):
    side = Side(clock)
    assert side.turn("it", 1, 3)[0] == [0.25, 2.0, 0.5]
    assert side.turn("it", 0, 1)[0] == [0.25]
    assert "".join(side.seen) == "abcab"


def test_turn_tells_what_was_used_outside_of_it(clock):
    side = Side(clock)
    side.turn("it", 0, 2)
    clock.now, clock.used = clock.now + 8.0, clock.used + 1.0
    assert side.turn("it", 0, 1)[1:] == (1.0, 8.0)


class Remembering:
    """A worker that needs a constant time for a step and writes down who was called."""

    def __init__(self, clock, step, calls):
        self.clock, self.step, self.calls = clock, step, calls

    def call(self, method, contender, warm_up, steps):
        self.calls.append((contender, warm_up, steps))
        self.clock.now += self.step * (warm_up + steps)
        return [self.step] * steps, 0.01, 0.5


def test_race_gives_everybody_turns_of_equal_time_and_moves_the_first_place(clock):
    calls = []
    workers = {"slow": Remembering(clock, 0.1, calls), "quick": Remembering(clock, 0.002, calls)}
    times = turns.race(workers, rounds=3, seconds=0.0)
    slow, quick = ("slow", 1, 3), ("quick", 25, 100)
    assert calls[-6:] == [slow, quick, quick, slow, slow, quick]
    assert [len(taken) for taken in times["quick"].rounds] == [100, 100, 100]
    assert times["slow"].median == 0.1
    assert (times["slow"].strayed, times["slow"].waited) == (pytest.approx(0.03), 1.5)


def test_race_goes_on_until_the_time_is_over(clock):
    times = turns.race({"it": Remembering(clock, 0.05, [])}, rounds=1, seconds=4.0)
    assert len(times["it"].rounds) == 9  # 0.2 of pause, one and four steps of 0.05: 0.45 a round


def test_race_listens_in_the_pauses_to_what_others_do(clock, monkeypatch):
    def busy():  # one of two cores, from the second 1 on
        return int(100 * max(0, clock.now - 1)), int(200 * clock.now)

    monkeypatch.setattr(machine, "busy", busy)
    times = turns.race({"it": Remembering(clock, 0.05, [])}, rounds=1, seconds=4.0)
    assert times["it"].listened == pytest.approx(9 * 20, abs=9)
    assert times["it"].busy == pytest.approx(8 * 10, abs=9)


def test_busy_counts_all_but_idling_and_waiting(tmp_path):
    (tmp_path / "stat").write_text("cpu  10 20 30 4000 500 6 7 8 90 100\ncpu0 1 1\n")
    assert machine.busy(tmp_path / "stat") == (81, 4581)
    assert machine.busy(tmp_path / "none") == (0, 0)


def test_ratio_of_medians_with_quartiles_of_rounds():
    theirs = Times(rounds=[[4.0, 6.0, 90.0], [8.0, 8.0, 8.0], [9.0, 9.0, 9.0]])
    ours = Times(rounds=[[2.0, 3.0, 2.0], [2.0, 2.0, 2.0], [1.0, 2.0, 1.0]])
    # Medians 8 and 2; round by round 6/2, 8/2, 9/1.
    assert ratio(theirs, ours) == (4.0, 3.5, 6.5)


# ---- the same computation ----


def test_network_for_trial_has_biases_and_drops_nothing():
    x, _ = numpy_side.batches(1)[0]
    network = numpy_side.network_for_trial("wide_two_layer")
    assert all(network.params[name].all() for name in ("0.b", "3.b", "7.b", "10.b"))
    first, second = (network.forward(x[:3], training=True) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    with_dropout = numpy_side.network_for("wide_two_layer")
    first, second = (with_dropout.forward(x[:3], training=True) for _ in range(2))
    assert not np.array_equal(first, second)


def test_batches_are_the_first_images_of_the_training_set():
    (x, labels), (_, more) = numpy_side.batches(2)
    assert (x.shape, x.dtype, x.max()) == ((100, 28, 28, 1), np.float32, 1.0)
    assert [*labels[:4], more[0]] == [5, 0, 4, 1, numpy_side.load_mnist("train")[1][100]]


def test_numpy_step_is_the_step_of_fit():
    from cnn_lab.optimizers import SGD
    from cnn_lab.training import fit

    x, labels = numpy_side.batches(1)[0]
    by_step, by_fit = (models.eight_filters(np.random.default_rng(0)) for _ in range(2))
    rng = np.random.default_rng(1)
    order = np.random.default_rng(1).permutation(100)
    step = NumpyStep(by_step)
    losses = [step(x[rows], labels[rows]) for rows in np.split(order, 4)]
    history = fit(
        by_fit, x, labels, optimizer=SGD(0.01, momentum=0.9), epochs=1, batch_size=25, rng=rng,
        progress=False,
    )  # fmt: skip
    assert losses == pytest.approx(history.batch_loss, rel=1e-6)
    for name, weights in by_fit.params.items():
        np.testing.assert_allclose(by_step.params[name], weights, atol=1e-6)


def test_torch_order_turns_filters_and_sorts_the_rows_behind_maps():
    layers = [Conv2D(4, (2, 3)), Flatten(), Dense(5), ReLU(), Dense(6, bias=False)]
    network = Sequential(layers, (4, 5, 2))
    ordered = torch_order(network, network.params)
    assert list(ordered) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight"]
    u, v, k, c = 1, 2, 0, 3
    assert ordered["0.weight"].shape == (4, 2, 2, 3)
    assert ordered["0.weight"][c, k, u, v] == network.params["0.W"][u, v, k, c]
    maps = np.random.default_rng(0).normal(size=(7, 3, 3, 4)).astype(np.float32)
    channels_first = maps.transpose(0, 3, 1, 2).reshape(7, -1)
    np.testing.assert_allclose(
        channels_first @ ordered["2.weight"].T, layers[2].forward(maps.reshape(7, -1)), atol=1e-5
    )
    np.testing.assert_array_equal(ordered["4.weight"], network.params["4.W"].T)


class Trial:
    """Answers like a worker whose contender has these gradients and losses."""

    def __init__(self, gradients, losses):
        self.answer = gradients, losses

    def call(self, method, contender, steps):
        return self.answer


SAME = {"3.b": np.full(10, 2.0, np.float32)}


def test_agreement_gives_the_largest_relative_differences():
    theirs = {"3.bias": np.array([2.0, 2.0008, *[2.0] * 8])}
    ours, theirs = Trial(SAME, [2.0, 1.0]), Trial(theirs, [2.0, 1.00005])
    gradients, losses = speed.agreement("eight_filters", ours, theirs, "eager, NCHW")
    assert gradients == pytest.approx(0.0008 / 40**0.5, rel=1e-3)
    assert losses == pytest.approx(0.00005, rel=1e-3)


@pytest.mark.parametrize(
    ("gradients", "losses", "complaint"),
    [
        ({"3.bias": np.full(10, 2.04)}, [2.0, 1.0], r"the gradients differ by 2\.0e-02"),
        ({"3.bias": np.full(10, np.nan)}, [2.0, 1.0], "the gradients differ by nan"),
        ({"3.bias": np.full(10, 2.0)}, [2.0, 1.1], r"the losses of 2 steps by 9\.1e-02"),
        ({"3.bias": np.full(10, 2.0), "3.weight": np.zeros(1)}, [2.0, 1.0], r"see \['3.weight'\]"),
    ],
)
def test_agreement_refuses_sides_that_differ(gradients, losses, complaint):
    with pytest.raises(RuntimeError, match=complaint):
        speed.agreement(
            "eight_filters", Trial(SAME, [2.0, 1.0]), Trial(gradients, losses), "eager, NCHW", 2
        )


@pytest.mark.skipif(not find_spec("torch"), reason="needs PyTorch")
@pytest.mark.parametrize("name", speed.NETWORKS)
def test_agreement_of_numpy_and_pytorch(name):
    with Worker(NumpySide, name, 1) as ours, Worker(TorchSide, name, 1) as theirs:
        for layout in ("NCHW", "channels last"):
            worst, drift = speed.agreement(name, ours, theirs, f"eager, {layout}", steps=2)
            assert worst < 5e-3 and drift < 1e-5


# ---- loops, peak, memory, machine ----


def test_loops_have_the_gradients_of_the_engine():
    layers = [
        Conv2D(3, (3, 2), padding="same"),
        ReLU(),
        MaxPool2D((2, 3)),
        Conv2D(4, 2, bias=False),
        AveragePool2D((1, 2)),
        Flatten(),
        Dense(6),
        Dropout(0.0),
        Dense(5, bias=False),
    ]
    network = Sequential(layers, (9, 10, 2), dtype=np.float64)
    x, labels = np.random.default_rng(1).random((2, 9, 10, 2)), np.array([4, 0])
    loops = Loops("eight_filters")
    loops.network = network
    value, gradients = loops.step(x, labels)
    assert NumpyStep(network)(x, labels) == pytest.approx(value, rel=1e-12)
    assert gradients.keys() == network.grads.keys()
    for key, array in gradients.items():
        np.testing.assert_allclose(network.grads[key], array, atol=1e-12)


@pytest.mark.parametrize("name", speed.NETWORKS)
def test_loops_know_all_layers_of_the_networks(name):
    for layer in numpy_side.network_for(name).layers:
        if not isinstance(layer, Conv2D):  # slow, and known
            y, back = forward(layer, np.zeros((1, *layer.input_shape)))
            assert y.shape == (1, *layer.output_shape)
            assert back(y)[0].shape == (1, *layer.input_shape)


def test_seconds_per_image_takes_as_many_images_as_asked():
    loops, seen = Loops("eight_filters"), []
    loops.step = lambda x, labels: seen.append((len(x), int(labels[0])))
    assert 0 < loops.seconds_per_image(0.0, least=3) < 1
    assert seen == [(1, 5), (1, 0), (1, 4)]


def test_multiply_adds_counts_forward_and_both_ways_back():
    layers = [Conv2D(4, (2, 3)), AveragePool2D((1, 2)), Conv2D(5, 2), Flatten(), Dense(6)]
    network = Sequential(layers, (4, 7, 2))
    # Outputs (3, 5, 4), pooled (3, 2, 4), (2, 1, 5), 6; the first layer has no input gradient.
    first, second, third = 3 * 5 * 4 * (2 * 3 * 2), 2 * 1 * 5 * (2 * 2 * 4), 10 * 6
    assert multiply_adds(network) == 2 * first + 3 * second + 3 * third


def test_multiply_adds_finds_the_first_layer_that_multiplies():
    network = Sequential([MaxPool2D(2), Flatten(), Dense(3)], (4, 6, 1))
    assert multiply_adds(network) == 2 * 6 * 3


def test_best_product_is_faster_than_a_loop_and_slower_than_dreams():
    assert 1e7 < Multiplication().best(0.02, sizes=(64, 128)) < 1e15


def test_peak_of_a_training_is_its_own():
    ballast = np.ones(600 * MIB // 8)
    with Worker(Training, "eight_filters", 1) as worker:
        size = worker.call("peak_after", 2)
    assert len(ballast) and 60 * MIB < size < 600 * MIB


def test_machine_facts_hold_what_a_reader_needs():
    facts = machine.facts()
    assert facts["NumPy"].startswith(f"{np.__version__}, with ")
    assert facts["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert int(facts["cores"]) >= 1


def test_processor_is_read_from_the_system_where_it_tells(monkeypatch, tmp_path):
    text = "processor\t: 0\nmodel name\t: Fast 9\ncpu family\t: 6\nmodel\t\t: 85\n\n"
    (tmp_path / "cpuinfo").write_text(text + text.replace("85", "86"), encoding="utf-8")
    table = machine._table(tmp_path / "cpuinfo")
    monkeypatch.setattr(machine, "_table", lambda path: table)
    assert machine.processor() == "Fast 9, cpu family 6, model 85"
    monkeypatch.setattr(machine, "_table", lambda path: {})
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "riscv")
    assert machine.processor() == "riscv"


def test_version_of_a_package_that_is_not_there():
    assert machine.version("no-such-package-at-all") == "not installed"


# ---- the page ----


def seen(network="eight_filters", threads=2, **milliseconds):
    """A race in which the contenders took so many milliseconds, in two rounds of one step."""
    names = {
        "numpy": "NumPy",
        "nchw": "eager, NCHW",
        "last": "eager, channels last",
        "compiled": "compiled, NCHW",
    }
    times = {
        names[key]: Times([[value / 1e3]] * 2, strayed=0.02, waited=4.0, busy=1, listened=25)
        for key, value in milliseconds.items()
    }
    agreement = {"eager, NCHW": (3e-6, 2e-7), "eager, channels last": (1e-6, 5e-7)}
    race = {"network": network, "threads": threads, "times": times, "agreement": agreement}
    return race | {"compile": "", "about": "all of it"}


def test_race_row_shows_the_faster_layout_and_both_ratios():
    assert report.race_row(seen(numpy=4.0, nchw=8.0, last=7.0, compiled=5.0)) == [
        "eight_filters",
        2,
        "4.00 ms, 25,000 images/s",
        "7.00 ms, 14,286 images/s, channels last",
        "**1.75** (1.75 to 1.75)",
        1.6,
        "met",
        "5.00 ms, 20,000 images/s, NCHW",
        "**1.25** (1.25 to 1.25)",
    ]


def test_race_row_flags_a_target_that_is_missed_by_the_faster_layout():
    assert report.race_row(seen(numpy=4.0, nchw=8.0, last=6.3))[5:] == [
        1.6,
        "**not met**",
        "–",
        "–",
    ]


def test_race_row_without_pytorch_and_without_target():
    assert report.race_row(seen(numpy=4.0))[3:] == ["–", "–", 1.6, "–", "–", "–"]
    assert report.race_row(seen(threads=3, numpy=4.0, nchw=4.0))[5:7] == ["–", "–"]


def test_targets_name_networks_that_are_measured():
    assert {name for name, _ in report.TARGETS} == set(speed.NETWORKS)


def test_remarks_tell_agreement_and_strays_and_why_nothing_was_compiled():
    races = [seen(numpy=1.0), seen(numpy=1.0) | {"compile": "InvalidCxxCompiler: No C++"}]
    agreement, strays, compiled = report.remarks(races)
    assert "differ by 3e-06" in agreement and "by 5e-07" in agreement
    assert "more than 0.5% of a core" in strays and "busy for 4.0% of the time" in strays
    assert "`InvalidCxxCompiler: No C++`" in compiled


def test_reason_finds_the_line_that_names_the_error():
    text = (
        "Traceback:\n  File x\ntorch._inductor.exc.InductorError: InvalidCxxCompiler: No\n\nSet Y\n"
    )
    assert speed.reason(text) == "torch._inductor.exc.InductorError: InvalidCxxCompiler: No"
    assert speed.reason("it ended\n") == "it ended"


def whole():
    return {
        "machine": {"cores": "2"},
        "quick": False,
        "races": [seen(threads=1, numpy=5.0, nchw=10.0), seen(numpy=4.0, nchw=8.0)],
        "peaks": {1: 80e9, 2: 150e9},
        "products": {"eight_filters": 137_904},
        "loops": {"eight_filters": 0.1},
        "memory": {"eight_filters": 200 * MIB, "wide_two_layer": 1024 * MIB},
    }


def test_page_has_the_tables_with_the_numbers():
    text = report.page(whole(), "python benchmarks/speed.py", 12.3)
    for line in (
        "Made by `python benchmarks/speed.py` in 12 s; do not edit.",
        "| cores | 2 |",
        # 2 * 137,904 * 100 operations in 5 ms are 5.516 G a second, of 80.
        "| eight_filters | 1 | 137,904 | 5.5 | 80.0 | 7% |",
        "| eight_filters | 2 | 137,904 | 6.9 | 150.0 | 5% |",
        "| eight_filters | 0.100 s | 0.040 ms | **2,500** |",
        "| eight_filters | 200 MiB | met |",
        "| wide_two_layer | 1,024 MiB | **not met** |",
        "eight_filters:\n\n```\nall of it\n```",
    ):
        assert f"\n{line}\n" in text, line


def test_page_of_a_machine_that_was_not_quiet_says_so_at_the_top():
    results = whole()
    assert "Do not trust" not in report.page(results, "x", 1.0)
    results["races"][0]["times"]["NumPy"].busy = 20
    assert "Do not trust" in report.page(results, "x", 1.0).split("| cores |")[0]


def test_page_has_tables_of_equal_columns():
    lines = report.page(whole(), "x", 1.0).splitlines()
    tables = [line.count(" | ") for line in lines if line.startswith("|")]
    heads = [number for number, line in enumerate(lines) if line.startswith("| ---")]
    assert len(heads) == 5
    for number in heads:
        width = lines[number].count("|")
        assert lines[number - 1].count("|") == lines[number + 1].count("|") == width
    assert len(tables) > 10


def test_page_of_a_quick_run_leaves_out_what_was_not_measured():
    results = {key: value for key, value in whole().items() if key not in ("loops", "memory")}
    text = report.page(results | {"quick": True}, "x", 1.0)
    assert "A quick run" in text
    assert "## Memory" not in text and "## Against the loops" not in text


def test_settled_options_of_a_quick_run_leave_the_compiler_out():
    def options(*words):
        return speed.settled(speed.parser().parse_args(words))

    assert isinstance(options(), argparse.Namespace)
    assert options().compile and not options("--quick").compile
    assert options("--quick", "--seconds", "2").seconds == 2.0
    assert options("--quick").seconds < options().seconds
