"""Files that are whole or not there and run no code, and trainings that go on to the same bits."""

import io
import json
import os
import pickle
import signal
import struct
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path

import killed_training
import numpy as np
import pytest

from cnn_lab import checkpoints
from cnn_lab.augmentation import chain, random_affine, random_shift
from cnn_lab.checkpoints import (
    CheckpointError,
    architecture,
    differences,
    load,
    load_weights,
    save,
    save_weights,
)
from cnn_lab.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from cnn_lab.losses import SoftmaxCrossEntropy, SquaredError
from cnn_lab.network import Sequential
from cnn_lab.optimizers import SGD, Adam, one_cycle, step_decay
from cnn_lab.training import DivergenceError, fit
from cnn_lab.training.random_states import capture, decode_all, restore
from cnn_lab.training.resuming import described, fingerprint

ARRAYS = {
    "whole": np.arange(6, dtype=np.int16).reshape(2, 3),
    "by columns": np.asfortranarray(np.random.default_rng(0).random((3, 4))),
    "no axis": np.array(7, np.uint8),
    "nothing": np.zeros((0, 5), np.float32),
    "yes/no": np.array([True, False]),
}


@pytest.fixture(autouse=True)
def _interrupts_are_heard():
    """Undo what a shell does to programs that it starts in the background: they ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _network(seed=0, units=6):
    layers = [Conv2D(3, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(units), Dropout(0.4), Dense(4)]
    return Sequential(layers, (8, 6, 1), np.random.default_rng(seed))


def _data(count=90, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    images = rng.integers(0, 60, (count, 8, 6), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 * (label // 2) :][:4, 3 * (label % 2) :][:, :3] += 90
    return images, labels


def _fit(path, network=None, *, data=None, **changes):
    arguments = {
        "optimizer": Adam(0.01),
        "epochs": 3,
        "batch_size": 20,
        "rng": np.random.default_rng(7),
        "validation": _data(30, seed=1),
        "schedule": one_cycle(),
        "augment": random_shift(1),
        "checkpoint": path,
        "progress": False,
    }
    network = _network() if network is None else network
    return fit(network, *(data or _data()), **{**arguments, **changes})


def _interrupt_at(*steps):
    def callback(step):
        if step.step in steps:
            signal.raise_signal(signal.SIGINT)

    return callback


def _same_weights(a, b):
    return all(np.array_equal(value, b.params[name]) for name, value in a.params.items())


# ---- the file ----


def test_load_returns_what_save_was_given(tmp_path):
    about = {"text": "Grüße", "number": 0.1, "list": [1, None, {"big": 2**100}]}
    save(tmp_path / "a.npz", ARRAYS, about)
    arrays, about_read = load(tmp_path / "a.npz")
    assert about_read == about and list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)


def test_load_counts_no_brackets_within_text(tmp_path):
    about = {"brackets": '"\\[' * 200 + "[{" * 200, "list": [[[]]] * 200}
    save(tmp_path / "file", {}, about)
    assert load(tmp_path / "file").about == about


def test_save_writes_the_same_bytes_every_time_and_numpy_reads_them(tmp_path):
    for name in ("a.npz", "b.npz"):
        save(tmp_path / name, ARRAYS, {"x": 1})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["by columns"], ARRAYS["by columns"])


@pytest.mark.parametrize(
    ("arrays", "about", "match"),
    [
        ({"x": np.array([{}])}, {}, "'x' cannot be an array of object"),
        ({"x": np.array(["text"])}, {}, "'x' cannot be an array of <U4"),
        ({"about": np.zeros(2)}, {}, "'about' cannot be an array of float64"),
        ({}, {"loss": float("nan")}, "not JSON compliant"),
    ],
)
def test_save_refuses_what_load_would(tmp_path, arrays, about, match):
    with pytest.raises(ValueError, match=match):
        save(tmp_path / "a.npz", arrays, about)
    assert os.listdir(tmp_path) == []


def test_save_follows_a_link_and_replaces_the_file(tmp_path):
    (tmp_path / "link.npz").symlink_to(tmp_path / "file.npz")
    save(tmp_path / "link.npz", {}, {"x": 1})
    assert (tmp_path / "link.npz").is_symlink()
    assert load(tmp_path / "file.npz").about == {"x": 1}


def test_save_sweeps_up_after_killed_processes_and_touches_nothing_else(tmp_path):
    mine, others = ".a.npz.17-0123abcd.part", [".b.npz.17-0123abcd.part", ".a.npz.part", "a.npz~"]
    for name in (mine, *others):
        (tmp_path / name).write_bytes(b"half")
    save(tmp_path / "a.npz", ARRAYS, {})
    assert sorted(os.listdir(tmp_path)) == sorted(["a.npz", *others])


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt("stop")]
)
def test_save_that_fails_leaves_the_old_file_and_no_half_one(tmp_path, monkeypatch, failing, error):
    save(tmp_path / "a.npz", ARRAYS, {"x": 1})

    def fail(*arguments, **more):
        raise error

    places = {"write": (np.lib.format, "write_array"), "fsync": (os, "fsync")}
    monkeypatch.setattr(*places.get(failing, (os, failing)), fail)
    if failing == "write":
        monkeypatch.setattr(np, "savez", fail)
    match = "No space left on device: the checkpoint could not be written: .*a.npz"
    with pytest.raises(type(error), match=match if isinstance(error, OSError) else "stop"):
        save(tmp_path / "a.npz", ARRAYS, {"x": 2})
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["a.npz"] and load(tmp_path / "a.npz").about == {"x": 1}


def _limited(size):
    """Let no file of this process grow beyond ``size`` bytes, as a full disk would."""
    resource = pytest.importorskip("resource")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if size is None else size, most))


def test_save_where_nothing_more_fits_leaves_the_old_file(tmp_path):
    save(tmp_path / "a.npz", ARRAYS, {"x": 1})
    _limited(5000)
    try:
        with pytest.raises(OSError, match="File too large: the checkpoint could not be written"):
            save(tmp_path / "a.npz", {"x": np.zeros(10000)}, {"x": 2})
    finally:
        _limited(None)
    assert os.listdir(tmp_path) == ["a.npz"] and load(tmp_path / "a.npz").about == {"x": 1}


def test_save_says_when_the_folder_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="the checkpoint could not be written"):
        save(tmp_path / "nowhere" / "a.npz", {}, {})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_save_says_when_the_folder_is_read_only(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="the checkpoint could not be written"):
            save(tmp_path / "a.npz", {}, {})
    finally:
        tmp_path.chmod(0o700)


# ---- files that cannot be trusted ----


class _Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


def _npy(array, **more):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **more)
    return stream.getvalue()


def _archive(members=(), method=zipfile.ZIP_STORED, about=None, **texts):
    """Return the bytes of an archive with a right checksum and whatever else."""
    text = {"format": "CNN Lab", "kind": "training", "version": 1, "about": {}, **texts}
    text = json.dumps(text).encode() if about is None else about
    arrays = {"about": np.frombuffer(text, np.uint8)}
    arrays["sha256"] = checkpoints.files._digest(arrays)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method, compresslevel=1) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", _npy(array))
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def _header(shape, dtype="<f8"):
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def _foreign_archive():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Evil()))
    return stream.getvalue()


def _savez(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


STRANGE = {
    "empty": (lambda: b"", "is empty"),
    "a pickle": (
        lambda: pickle.dumps(_Evil()),
        "is a pickle, which could run code and is never opened",
    ),
    "text": (lambda: b"weights: none", "is no file of CNN Lab"),
    "an array": (lambda: _npy(np.zeros(3)), "is no file of CNN Lab"),
    "a torch file": (lambda: _foreign_archive(), "is an archive of something else"),
    "an npz file": (lambda: _savez(x=np.zeros(3)), "is an archive of something else"),
    "an npz file with our names": (
        lambda: _savez(about=np.zeros(3, np.uint8), sha256=np.zeros(3)),
        "is damaged or cut short",
    ),
    "objects": (
        lambda: _archive([("x.npy", _npy(np.array([_Evil()]), allow_pickle=True))]),
        "holds an array of object: only numbers are read, never objects",
    ),
    "text in arrays": (
        lambda: _archive([("x.npy", _npy(np.array(["a"])))]),
        "holds an array of <U1",
    ),
    "another npy": (lambda: _archive([("x.npy", _npy(np.zeros(2), version=(2, 0)))]), "never uses"),
    "one name twice": (lambda: _archive([("x.npy", b"1"), ("x.npy", b"2")]), "something else"),
    "no array": (lambda: _archive([("x.npy", b"1")]), "is damaged or cut short"),
    "an array that is not there": (
        lambda: _archive([("x.npy", _header((10**12,)))]),
        "has 0 bytes",
    ),
    "a negative size": (lambda: _archive([("x.npy", _header((-1, -1)) + bytes(8))]), "has 8 bytes"),
    "code in a header": (
        lambda: _archive([("x.npy", _header("__import__('os').mkdir('evil')"))]),
        "is damaged or cut short",
    ),
    "one array too many": (
        lambda: _archive([("x.npy", _npy(np.zeros(2)))]),
        "does not fit its checksum",
    ),
    "a bomb": (
        lambda: _archive(
            [("x.npy", _header((2**31,), "|u1") + bytes(2**27))], zipfile.ZIP_DEFLATED
        ),
        "would unpack to more than",
    ),
    "another packing": (
        lambda: _archive([("x.npy", b"1")], zipfile.ZIP_BZIP2),
        "is packed in a way",
    ),
    "no JSON": (lambda: _archive(about=b"{"), "is damaged or cut short"),
    "deep JSON": (lambda: _archive(about=b"[" * 10**5), "is damaged or cut short"),
    "other JSON": (lambda: _archive(about=b"[1]"), "is damaged or cut short"),
    "another format": (lambda: _archive(format="other"), "something else than CNN Lab"),
    "a newer version": (lambda: _archive(version=2), "version 2, this CNN Lab reads version 1"),
    "weights only": (lambda: _archive(kind="weights"), "is for weights, expected training"),
    "nothing of a training": (lambda: _archive(), "holds no such training: KeyError"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", STRANGE)
def test_fit_refuses_a_strange_file_and_leaves_everything_as_it_was(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    make, match = STRANGE[name]
    data = make()
    path, network, rng = Path("a.npz"), _network(), np.random.default_rng(7)
    path.write_bytes(data)
    before, state = network.get_weights(), rng.bit_generator.state
    with pytest.raises(CheckpointError, match=f"a.npz .*{match}"):
        _fit(path, network, rng=rng)
    assert os.listdir() == ["a.npz"] and path.read_bytes() == data
    assert _same_weights(network, _network()) and before.keys() == network.params.keys()
    assert rng.bit_generator.state == state


def test_load_notices_every_damaged_byte(tmp_path):
    path = tmp_path / "a.npz"
    save(path, ARRAYS, {"x": 1})
    whole, original = path.read_bytes(), load(path)
    chance = np.random.default_rng(0)
    for place in chance.choice(len(whole), 400, replace=False):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.integers(8)
        path.write_bytes(damaged)
        try:
            arrays, about = load(path)
        except CheckpointError:
            continue
        # Bytes that only file managers look at, such as a date, are left: the content is the same.
        assert about == original.about and arrays.keys() == original.arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, original.arrays[name])


def test_load_notices_where_a_file_was_cut(tmp_path):
    path = tmp_path / "a.npz"
    save(path, ARRAYS, {"x": 1})
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(CheckpointError, match=r"a\.npz is (empty|no file|damaged)"):
            load(path)


def test_load_refuses_a_file_that_is_too_large_without_reading_it(tmp_path):
    with open(tmp_path / "a.npz", "wb") as file:
        file.truncate(2**32)  # takes no room on the disk
    with pytest.raises(CheckpointError, match="is no file of at most 2,147,483,648 bytes"):
        load(tmp_path / "a.npz")


def test_load_names_a_file_that_is_missing_or_is_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="is no file of at most"):
        load(tmp_path)


# ---- weights ----


def test_load_weights_returns_what_save_weights_was_given(tmp_path):
    network, other = _network(1), _network(2)
    save_weights(tmp_path / "w.npz", network)
    load_weights(tmp_path / "w.npz", other)
    assert _same_weights(network, other)
    assert (tmp_path / "w.npz").stat().st_size < 4 * network.parameter_count + 4000


def test_load_weights_reads_the_checkpoint_of_a_training(tmp_path):
    network, other = _network(), _network(2)
    _fit(tmp_path / "a.npz", network)
    load_weights(tmp_path / "a.npz", other)
    assert _same_weights(network, other)


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (_network(units=7), r"holds 4\.W of shape \(18, 6\), float32, expected \(18, 7\).*units=6"),
        (Sequential([Flatten(), Dense(4)], (8, 6, 1)), r"they differ in 0\.W, 0\.b, 1\.W, 1\.b"),
    ],
)
def test_load_weights_names_what_differs_and_changes_nothing(tmp_path, other, match):
    save_weights(tmp_path / "w.npz", _network())
    before = other.get_weights()
    with pytest.raises(CheckpointError, match=match):
        load_weights(tmp_path / "w.npz", other)
    assert all(np.array_equal(before[name], value) for name, value in other.params.items())


def test_weights_that_are_not_finite_are_neither_written_nor_read(tmp_path):
    network = _network()
    arrays = {f"weights/{name}": value for name, value in network.params.items()}
    network.params["4.W"][1, 2] = np.nan
    save(tmp_path / "w.npz", arrays, {}, kind="weights")
    with pytest.raises(CheckpointError, match=r"4\.W with numbers that are not finite"):
        load_weights(tmp_path / "w.npz", _network())
    with pytest.raises(ValueError, match=r"4\.W holds numbers that are not finite"):
        save_weights(tmp_path / "v.npz", network)
    assert os.listdir(tmp_path) == ["w.npz"]


def test_load_weights_refuses_more_than_the_network_needs(tmp_path):
    (tmp_path / "w.npz").write_bytes(
        _archive([("x.npy", bytes(2**27))], zipfile.ZIP_DEFLATED, kind="weights")
    )
    with pytest.raises(CheckpointError, match="would unpack to more than 67"):
        load_weights(tmp_path / "w.npz", _network())


def test_differences_names_the_first_line_that_is_not_the_same():
    there, here = architecture(_network()), architecture(_network(units=7))
    (words,) = differences({"network": there}, {"network": here})
    assert "units=6), W (18, 6), b (6,) in the file, layer 4: Dense(bias=True, units=7)" in words
    (words,) = differences({"network": there[:-1]}, {"network": there})
    assert "nothing more in the file, layer 6" in words


# ---- trainings that go on ----


@pytest.mark.parametrize("steps", [(1,), (5,), (3, 4, 11), (6, 10), (15,)])
def test_fit_interrupted_anywhere_goes_on_to_the_same_bits(tmp_path, steps):
    network, undisturbed = _network(), _network()
    expected = _fit(tmp_path / "b.npz", undisturbed, patience=2)
    for count, step in enumerate(steps):
        network = _network(seed=count)  # as in a new process, but for other numbers to begin with
        history = _fit(tmp_path / "a.npz", network, patience=2, callback=_interrupt_at(*steps),
                       rng=np.random.default_rng(7 + count))  # fmt: skip
        assert len(history.batch_loss) == step
        assert history.stopped == "interrupted"
    network = _network(seed=9)
    history = _fit(tmp_path / "a.npz", network, patience=2)
    assert _same_weights(network, undisturbed)
    assert {**asdict(history), "seconds": 0} == {**asdict(expected), "seconds": 0}
    a, b = (killed_training.content(tmp_path / name) for name in ("a.npz", "b.npz"))
    a[0]["network"] = b[0]["network"]
    assert a == b


def test_fit_interrupted_while_it_evaluates_goes_on_with_that(tmp_path, monkeypatch):
    undisturbed, network = _network(), _network()
    expected = _fit(None, undisturbed)
    forward = Sequential.forward

    def interrupted(self, x, training=False):
        if not training:
            signal.raise_signal(signal.SIGINT)
        return forward(self, x, training)

    with monkeypatch.context() as patch:
        patch.setattr(Sequential, "forward", interrupted)
        history = _fit(tmp_path / "a.npz", network, validation=_data(260, seed=1))
    assert (history.stopped, len(history.batch_loss), history.train_loss) == ("interrupted", 5, [])
    network = _network()
    history = _fit(tmp_path / "a.npz", network, validation=_data(260, seed=1))
    assert _same_weights(network, undisturbed) and history.train_loss == expected.train_loss


@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.01, beta2=0.99)])
@pytest.mark.parametrize("kind", ["MT19937", "PCG64DXSM", "Philox", "SFC64"])
def test_fit_goes_on_with_every_optimizer_and_generator(tmp_path, optimizer, kind):
    def run(path, **more):
        rng = np.random.Generator(getattr(np.random, kind)(5))
        network = _network()
        network.layers[5].rng = np.random.Generator(getattr(np.random, kind)(6))
        optimizer.state, optimizer.steps = {}, 0
        _fit(path, network, optimizer=optimizer, rng=rng, schedule=None, **more)
        return network, rng.random()

    undisturbed, expected = run(None)
    run(tmp_path / "a.npz", callback=_interrupt_at(8))
    network, drawn = run(tmp_path / "a.npz")
    assert _same_weights(network, undisturbed) and drawn == expected


def test_fit_goes_on_when_it_shares_its_generator_with_the_network(tmp_path):
    def run(path, seed=0, **more):
        rng = np.random.default_rng(seed)
        _fit(path, network := _network(rng), rng=rng, **more)
        assert network.layers[5].rng is rng
        return network, rng.random()

    undisturbed, expected = run(None)
    run(tmp_path / "a.npz", callback=_interrupt_at(8))
    network, drawn = run(tmp_path / "a.npz", seed=1)
    assert _same_weights(network, undisturbed) and drawn == expected


def test_fit_that_has_ended_is_not_trained_again(tmp_path):
    network, rng, optimizer = _network(), np.random.default_rng(7), Adam(0.01)
    history = _fit(tmp_path / "a.npz", network, rng=rng, optimizer=optimizer)
    drawn = rng.random()
    data = (tmp_path / "a.npz").read_bytes()
    (tmp_path / ".a.npz.17-0123abcd.part").write_bytes(b"half")

    other, rng, again = _network(3), np.random.default_rng(7), Adam(0.01)
    steps = []
    assert (
        _fit(tmp_path / "a.npz", other, rng=rng, optimizer=again, callback=steps.append) == history
    )
    assert steps == [] and _same_weights(other, network) and rng.random() == drawn
    assert again.steps == optimizer.steps == 15 and again.state.keys() == optimizer.state.keys()
    np.testing.assert_array_equal(again.state["4.W.mean"], optimizer.state["4.W.mean"])
    assert os.listdir(tmp_path) == ["a.npz"] and (tmp_path / "a.npz").read_bytes() == data


def test_fit_that_stopped_early_gives_the_best_weights_back(tmp_path):
    def spoil(step):
        if step.epoch >= 2:
            step.network.params["4.W"][...] = 0.0

    network, other = _network(), _network(3)
    how = {"patience": 2, "epochs": 9, "validation": _data(200, seed=1)}
    history = _fit(tmp_path / "a.npz", network, callback=spoil, **how)
    assert history.stopped == "no improvement" and network.params["4.W"].any()
    assert _fit(tmp_path / "a.npz", other, **how) == history
    assert _same_weights(network, other)


def test_fit_remembers_the_best_weights_across_an_interrupt(tmp_path):
    def spoil(interrupted):
        def callback(step):
            if step.epoch >= 1:
                step.network.params["4.W"][...] = 0.0
            if interrupted and step.step == 8:
                signal.raise_signal(signal.SIGINT)

        return callback

    how = {"patience": 2, "epochs": 9, "validation": _data(200, seed=1), "schedule": None}
    network, undisturbed = _network(), _network()
    expected = _fit(None, undisturbed, callback=spoil(False), **how)
    assert _fit(tmp_path / "a.npz", network, callback=spoil(True), **how).stopped == "interrupted"
    network = _network(3)
    history = _fit(tmp_path / "a.npz", network, callback=spoil(False), **how)
    assert history.stopped == expected.stopped == "no improvement"
    assert network.params["4.W"].any() and _same_weights(network, undisturbed)


def test_fit_that_a_callback_stopped_has_ended(tmp_path):
    network, other = _network(), _network(3)
    history = _fit(tmp_path / "a.npz", network, callback=lambda step: step.step == 7)
    assert _fit(tmp_path / "a.npz", other) == history and len(history.batch_loss) == 7
    assert _same_weights(other, network)


@pytest.mark.parametrize("rate", [0.1, 0.05], ids=["new process", "same process"])
def test_fit_keeps_a_rate_that_a_callback_sets_across_an_interrupt(tmp_path, rate):
    def run(path, network, rate, interrupted=False):
        def callback(step):
            if step.step == 4:
                optimizer.learning_rate = 0.05
            if step.step == 6 and interrupted:
                signal.raise_signal(signal.SIGINT)

        optimizer = SGD(rate)
        _fit(path, network, optimizer=optimizer, schedule=None, callback=callback)
        return optimizer.learning_rate

    network, undisturbed = _network(), _network()
    run(None, undisturbed, 0.1)
    assert run(tmp_path / "a.npz", _network(), 0.1, interrupted=True) == 0.05
    assert run(tmp_path / "a.npz", network, rate) == 0.05
    assert _same_weights(network, undisturbed)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"network": _network(units=7)}, r"network: layer 4: .*units=6\).* in the file, .*units=7"),
        ({"network": Sequential([Flatten(), Dense(4)], (8, 6, 1))}, "network: layer 0: Conv2D"),
        ({"epochs": 4}, "epochs: 3 in the file, 4 here"),
        ({"batch_size": 30}, "batch_size: 20 in the file, 30 here"),
        ({"patience": 3}, "patience: None in the file, 3 here"),
        ({"optimizer": Adam(0.02)}, r"Adam\(learning_rate=0.01, .* in the file, .*=0.02, "),
        ({"optimizer": Adam(0.01, beta2=0.9)}, r"beta2=0\.999.* in the file, .*beta2=0\.9,"),
        ({"optimizer": SGD(0.01)}, "epsilon=1e-08.* in the file, SGD"),
        ({"data": _data(100)}, "images: 90 x 8 x 6 of uint8.* in the file, 100 x 8 x 6 of"),
        ({"data": (_data()[0] + 1, _data()[1])}, "images: 90 x.* in the file, 90 x"),
        ({"data": (_data()[0], _data()[1][::-1])}, "labels: 90 of int64.* in the file, 90"),
        ({"validation": None}, r"validation: \['30 x.* in the file, None here"),
        ({"loss": SquaredError()}, "loss: SoftmaxCrossEntropy.* in the file, SquaredError"),
        ({"loss": SoftmaxCrossEntropy(0.1)}, "label_smoothing=0.0.* in the file, .*=0.1"),
        ({"schedule": None}, "schedule: one_cycle.* in the file, None here"),
        ({"schedule": step_decay()}, r"schedule: one_cycle.* in the file, step_decay\(every=0.5, "),
        ({"schedule": one_cycle(0.3)}, r"warm_up=0\.25\).* in the file, .*warm_up=0\.3"),
        ({"augment": random_shift(2)}, r"random_shift\(pixels=1\) in the file, .*pixels=2"),
        ({"rng": np.random.Generator(np.random.MT19937(1))}, "PCG64 in the file, MT19937 here"),
    ],
)
def test_fit_names_what_differs_from_the_file_and_changes_nothing(tmp_path, changes, match):
    _fit(tmp_path / "a.npz", callback=_interrupt_at(7))
    data = (tmp_path / "a.npz").read_bytes()
    network = changes.pop("network", _network(3))
    before = network.get_weights()
    with pytest.raises(CheckpointError, match=f"a.npz holds another training: .*{match}"):
        _fit(tmp_path / "a.npz", network, **changes)
    assert all(np.array_equal(before[name], value) for name, value in network.params.items())
    assert (tmp_path / "a.npz").read_bytes() == data


def _changed(path, change):
    arrays, about = load(path)
    arrays = dict(arrays)
    change(arrays, about)
    save(path, arrays, about)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda arrays, about: arrays.pop("weights/0.W"), r"they differ in 0\.W"),
        (lambda arrays, about: arrays.update({"best/0.W": np.zeros(3)}), "they differ in 0"),
        (lambda arrays, about: arrays.update({"optimizer/4.W.mean": np.zeros(3)}), r"4\.W\.mean"),
        (lambda arrays, about: arrays.update({"optimizer/9.W.mean": np.zeros(3)}), r"9\.W\.mean"),
        (lambda arrays, about: arrays.pop("optimizer/steps"), "steps"),
        (
            lambda arrays, about: about["history"].update(batch_loss=[1, "a"]),
            "holds no such training",
        ),
        (lambda arrays, about: about["history"].update(batch_loss=[]), "stands nowhere: 1 epochs"),
        (lambda arrays, about: about["history"].update(more=1), "more"),
        (lambda arrays, about: about["random"].pop(), "random states are for"),
        (lambda arrays, about: about["random"][0]["state"].update(bit_generator="os"), "'os'"),
        (lambda arrays, about: about["random"][1]["state"]["state"].pop("inc"), "inc"),
        (lambda arrays, about: about.update(order=None), "stands nowhere"),
        (lambda arrays, about: about.update(learning_rate="fast"), "holds no such training"),
        (lambda arrays, about: about.update(learning_rate=-1), r"rate of -1\.0"),
        (lambda arrays, about: about.pop("ended"), "ended"),
    ],
)
def test_fit_refuses_a_file_with_a_right_checksum_and_wrong_content(tmp_path, change, match):
    path = tmp_path / "a.npz"
    _fit(path, callback=_interrupt_at(7))
    _changed(path, change)
    network, optimizer, rng = _network(3), Adam(0.01), np.random.default_rng(7)
    with pytest.raises(CheckpointError, match=rf"a\.npz (?=holds).*{match}"):
        _fit(path, network, optimizer=optimizer, rng=rng)
    assert _same_weights(network, _network(3)) and optimizer.state == {} and optimizer.steps == 0
    assert rng.bit_generator.state == np.random.default_rng(7).bit_generator.state


def test_fit_refuses_a_generator_state_that_numpy_would_believe(tmp_path):
    def spoil(arrays, about):
        about["random"][0]["state"]["state"]["pos"] = 10**6

    path = tmp_path / "a.npz"
    rng = np.random.Generator(np.random.MT19937(1))
    _fit(path, rng=rng, callback=_interrupt_at(7))
    _changed(path, spoil)
    with pytest.raises(CheckpointError, match="pos of a random generator must be at most 624"):
        _fit(path, rng=rng)


def test_fit_takes_numbers_of_numpy_with_a_checkpoint(tmp_path):
    class Loss(SquaredError):
        def forward(self, scores, labels):
            return np.float32(super().forward(scores, labels))

    for rate in (0.125, np.float32(0.125)):
        history = _fit(tmp_path / "a.npz", optimizer=SGD(rate), patience=np.int64(3),
                       epochs=np.int32(2), loss=Loss(), schedule=None)  # fmt: skip
        assert history.stopped == "finished" and len(history.batch_loss) == 10


def test_fit_names_an_optimizer_that_cannot_be_kept(tmp_path):
    class Plain:
        learning_rate = 0.1

    with pytest.raises(TypeError, match=r"needs an optimizer with get_state.*got Plain"):
        _fit(tmp_path / "a.npz", optimizer=Plain())


# ---- where nothing can be written ----


def test_fit_finds_out_before_the_first_step_that_nothing_can_be_written(tmp_path):
    steps = []
    with pytest.raises(FileNotFoundError, match="the checkpoint could not be written"):
        _fit(tmp_path / "nowhere" / "a.npz", callback=steps.append)
    assert steps == []


def test_fit_goes_on_with_a_warning_when_the_disk_is_full_for_a_while(tmp_path):
    def callback(step):
        kept.append(load(path).about["history"]["train_loss"])
        _limited(100 if 6 <= step.step < 11 else None)

    path, network, undisturbed, kept = tmp_path / "a.npz", _network(), _network(), []
    _fit(None, undisturbed)
    try:
        with pytest.warns(RuntimeWarning, match="after step 10: .*File too large.* is intact; tr"):
            history = _fit(path, network, callback=callback)
    finally:
        _limited(None)
    assert history.stopped == "finished" and _same_weights(network, undisturbed)
    assert [len(losses) for losses in kept] == [0] * 5 + [1] * 10
    assert _fit(path, _network()) == history


# ---- parts ----


def test_generators_that_are_shared_come_back_shared():
    network, rng = _network(), np.random.default_rng(7)
    shared = Sequential([Flatten(), Dropout(0.5), Dropout(0.5), Dense(4)], (3, 2, 1), rng)
    groups = json.loads(json.dumps(capture(shared, rng)))
    assert [group["places"] for group in groups] == [["fit", "1.rng", "2.rng"]]
    apart = Sequential([Flatten(), Dropout(0.5), Dropout(0.5), Dense(4)], (3, 2, 1), 1)
    other = np.random.default_rng(8)
    apart.layers[1].rng = np.random.Generator(np.random.MT19937(2))
    restore(decode_all(groups, apart, other), apart, other)
    assert apart.layers[1].rng is apart.layers[2].rng is other
    assert other.random() == rng.random() and network.layers[5].rng is not rng


def test_generators_that_are_apart_come_back_apart():
    rng = np.random.default_rng(7)
    apart = Sequential([Flatten(), Dropout(0.5), Dropout(0.5), Dense(4)], (3, 2, 1), 1)
    apart.layers[2].rng = np.random.Generator(np.random.Philox(5))
    groups = json.loads(json.dumps(capture(apart, rng)))
    expected = [apart.layers[1].rng.random(), apart.layers[2].rng.random()]
    other = np.random.default_rng(8)
    shared = Sequential([Flatten(), Dropout(0.5), Dropout(0.5), Dense(4)], (3, 2, 1), other)
    restore(decode_all(groups, shared, other), shared, other)
    assert [shared.layers[1].rng.random(), shared.layers[2].rng.random()] == expected
    assert other.random() == rng.random()


@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_capture_holds_every_kind_of_generator_in_the_middle_of_its_buffer(kind):
    network = Sequential([Flatten(), Dense(4)], (3, 2, 1))
    rng, other = (np.random.Generator(getattr(np.random, kind)(seed)) for seed in (1, 2))
    rng.integers(0, 5, 7, dtype=np.uint8)
    rng.random(3, np.float32)
    restore(
        decode_all(json.loads(json.dumps(capture(network, rng))), network, other), network, other
    )
    np.testing.assert_array_equal(rng.random(9, np.float32), other.random(9, np.float32))


def test_described_tells_functions_apart_by_what_they_were_made_with():
    assert described(None) == "None" and described(_fit) == "_fit"
    affine = described(random_affine(rotation=10))
    assert affine.startswith("random_affine(") and affine != described(random_affine(rotation=11))
    both = described(chain(random_shift(1), random_affine()))
    assert both.startswith("chain(augmentations=(random_shift(pixels=1), random_affine(")
    assert " at 0x" not in described(random_shift.__get__(3)) + described(object())


def test_fingerprint_tells_arrays_apart():
    images = np.random.default_rng(0).integers(0, 256, (2500, 2, 3), dtype=np.uint8)
    other = images.copy()
    other[2400, 1, 2] ^= 1
    assert fingerprint(images) == fingerprint(images.copy(order="F")) != fingerprint(other)


# ---- processes that are hit by real signals ----


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(
    ("kills", "how"),
    [
        (3, {"numbers": (killed_training.KILL, signal.SIGINT, killed_training.KILL)}),
        (1, {"writing": True}),
    ],
    ids=["anywhere", "while writing"],
)
def test_fit_killed_at_random_moments_goes_on_to_the_same_bits(tmp_path, kills, how):
    counts = killed_training.hit(tmp_path, kills, **how)
    assert counts["kills"] == kills and counts["equal"] == counts["trainings"] >= 1
    assert counts["half"] == (kills if "writing" in how else counts["half"])


def test_fit_leaves_the_checkpoint_alone_when_it_diverges(tmp_path):
    path, network = tmp_path / "a.npz", _network()
    kept = []

    def callback(step):
        if step.step == 10:  # the last step of an epoch: nothing computes with the weights again
            kept.append(path.read_bytes())
            network.params["4.W"][0, 0] = np.inf

    with pytest.raises(DivergenceError, match=r"broke at step 10 of 15.* the weights W of layer 4"):
        _fit(path, network, callback=callback, validation=None)
    assert path.read_bytes() == kept[0]
    assert len(load(path).about["history"]["train_loss"]) == 1
