"""``cnn-lab train`` on a recipe of a second, with a data set of three hundred small pictures."""

import json
import re
import signal
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cnn_lab import models
from cnn_lab.__main__ import main
from cnn_lab.checkpoints import load_weights
from cnn_lab.commands import train
from cnn_lab.models import Recipe, recipes
from cnn_lab.optimizers import SGD, Adam, one_cycle
from cnn_lab.training import evaluate, fit

SAVE_PLOT = train._save_plot
INTERRUPTS = []  # for each batch to come: does Ctrl-C come with it?


def _interrupted(images, rng):
    if INTERRUPTS and INTERRUPTS.pop(0):
        signal.raise_signal(signal.SIGINT)
    return images


TINY = Recipe(
    "tiny",
    "a bright quarter",
    "eight_filters",
    partial(Adam, 0.01),
    epochs=3,
    batch_size=40,
    schedule=one_cycle(),
    augment=_interrupted,
    held_out=60,
    accuracy=0.9,
    seconds=1,
)


def _pictures(split):
    rng = np.random.default_rng(["train", "test"].index(split))
    labels = rng.integers(0, 4, 300)
    images = rng.integers(0, 120, (300, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[14 * (label // 2) :][:14, 14 * (label % 2) :][:, :14] += 60
    return images, labels


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """Work in an empty folder, with the tiny recipe and its pictures, and without the slow plot."""
    monkeypatch.setattr(recipes, "load_mnist", _pictures)
    monkeypatch.setitem(models.RECIPES, "tiny", TINY)
    monkeypatch.setattr(train, "_save_plot", lambda path, history: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _train(*words):
    return main(["train", "tiny", *map(str, words)])


def _weights(folder):
    network = TINY.build(0)
    load_weights(folder / "weights.npz", network)
    return network.get_weights()


def test_train_leaves_everything_in_the_folder(folder, monkeypatch, capsys):
    monkeypatch.setattr(train, "_save_plot", SAVE_PLOT)
    assert _train("--seed", 3) == 0
    out = folder / "runs" / "tiny-seed3"
    names = {"checkpoint.npz", "history.png", "log.txt", "recipe.json", "weights.npz"}
    assert {path.name for path in out.iterdir()} == names
    assert (out / "history.png").read_bytes().startswith(b"\x89PNG")
    network = TINY.build(0)
    load_weights(out / "weights.npz", network)
    accuracy = evaluate(network, *_pictures("test")).accuracy
    assert accuracy > 0.8
    log = (out / "log.txt").read_text(encoding="utf-8")
    assert f"Of 300 test images, never looked at while training, {accuracy:.2%} were" in log
    assert capsys.readouterr().out == log


def test_train_does_what_the_three_lines_do(folder):
    _train("--out", folder, "--seed", 5)
    network, data = TINY.build(np.random.default_rng(5)), TINY.data()
    rng = np.random.default_rng(5)
    fit(network, *data.training, rng=rng, progress=False, **TINY.settings())
    for name, weights in _weights(folder).items():
        np.testing.assert_array_equal(weights, network.params[name])


def test_train_logs_every_epoch(folder):
    _train("--out", folder, "--epochs", 2)
    log = (folder / "log.txt").read_text(encoding="utf-8")
    assert "2 epochs of 240 images in batches of 40, 60 held out" in log
    line = (
        r" +\d+:\d\d\.\d  epoch +(\d) of 2   rate (\S+)   loss \d\.\d{4}"
        r"   held-out \d+\.\d\d%   \d+\.\d s"
    )
    found = re.findall(line, log)
    # Of 12 steps the last one of each epoch, 6 and 12, by the one-cycle schedule.
    rates = [0.01 * TINY.schedule(done / 12) for done in (5, 11)]
    assert found == [(str(n), f"{rate:.2g}") for n, rate in enumerate(rates, 1)]


def test_train_looks_at_the_test_images_once_and_at_the_end(folder, monkeypatch):
    seen = []

    def watched(network, images, labels):
        seen.append((len(images), network.get_weights()))
        return evaluate(network, images, labels)

    monkeypatch.setattr(train, "evaluate", watched)
    _train("--out", folder)
    ((count, weights),) = seen
    assert count == 300
    for name, value in _weights(folder).items():
        np.testing.assert_array_equal(value, weights[name])


@pytest.mark.parametrize("batches", [0, 8])
def test_train_goes_on_after_an_interrupt_with_the_same_bits(folder, monkeypatch, batches):
    assert _train("--out", folder / "whole") == 0
    out = folder / "parts"
    INTERRUPTS.extend([False] * batches + [True])
    with monkeypatch.context() as patch:
        patch.setattr(train, "evaluate", None)  # the test images are not to be looked at
        assert _train("--out", out) == 130
    assert "Interrupted." in (out / "log.txt").read_text(encoding="utf-8")
    assert (out / "weights.npz").exists()
    assert _train("--out", out) == 0
    for name, weights in _weights(folder / "whole").items():
        np.testing.assert_array_equal(weights, _weights(out)[name])
    log = (out / "log.txt").read_text(encoding="utf-8")
    assert re.findall(r"epoch +(\d) of 3", log) == ["1", "2", "3"]
    assert "Nothing was left to do" not in log
    assert log.index("Interrupted.") < log.index("Going on with tiny")


def test_train_of_what_is_done_says_so_and_changes_nothing(folder, capsys):
    _train("--out", folder)
    before = _weights(folder)
    capsys.readouterr()
    assert _train("--out", folder) == 0
    assert "Nothing was left to do" in capsys.readouterr().out
    for name, weights in _weights(folder).items():
        np.testing.assert_array_equal(weights, before[name])


def test_train_fresh_begins_anew(folder):
    _train("--out", folder, "--seed", 1)
    before = _weights(folder)
    assert _train("--out", folder, "--seed", 2, "--fresh") == 0
    assert not np.array_equal(_weights(folder)["0.W"], before["0.W"])
    assert (folder / "log.txt").read_text(encoding="utf-8").count("Training tiny") == 1


@pytest.mark.parametrize("words", [("--seed", 2), ("--epochs", 4)])
def test_train_leaves_another_training_alone(folder, capsys, words):
    _train("--out", folder, "--seed", 1)
    before = (folder / "checkpoint.npz").read_bytes()
    assert _train("--out", folder, *words) == 1
    error = capsys.readouterr().err
    assert "holds another training, recipe tiny, seed 1, epochs 3, not recipe tiny, seed" in error
    assert (folder / "checkpoint.npz").read_bytes() == before
    assert json.loads((folder / "recipe.json").read_text(encoding="utf-8"))["seed"] == 1


def test_train_hands_on_the_number_of_threads(folder, monkeypatch):
    threads = []

    def fit_and_note(network, *arguments, **settings):
        threads.append(network.threads)
        return fit(network, *arguments, **settings)

    monkeypatch.setattr(train, "fit", fit_and_note)
    _train("--out", folder, "--threads", 1)
    assert threads == [1]


def test_train_lists_the_recipes(capsys):
    assert main(["train", "--list"]) == 0
    listed = capsys.readouterr().out
    for how in models.RECIPES.values():
        (line,) = (line for line in listed.splitlines() if line.split()[0] == how.name)
        assert how.description in line and f"{how.accuracy:.2%}" in line


def test_train_without_a_recipe_says_where_they_are(capsys):
    assert main(["train"]) == 2
    assert "which recipe? --list shows them" in capsys.readouterr().err


def test_train_with_an_unknown_recipe_names_those_there_are(capsys):
    assert main(["train", "lenet"]) == 1
    assert re.search("one of eight_filters, .*, got 'lenet'", capsys.readouterr().err)


def test_train_into_a_file_says_so(folder, capsys):
    (folder / "taken").write_text("mine")
    assert _train("--out", folder / "taken") == 1
    assert capsys.readouterr().err == f"cnn-lab train: {folder / 'taken'}: File exists\n"
    assert (folder / "taken").read_text() == "mine"


def test_train_of_a_damaged_checkpoint_says_so(folder, capsys):
    _train("--out", folder)
    checkpoint = folder / "checkpoint.npz"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1000])
    assert _train("--out", folder) == 1
    assert "checkpoint.npz is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--epochs", "0"), "argument --epochs: must be 1 or more, got 0"),
        (("--seed", "-1"), "argument --seed: must be 0 or more, got -1"),
        (("--threads", "two"), "argument --threads: invalid whole number value: 'two'"),
    ],
)
def test_train_with_strange_options_says_so(capsys, words, complaint):
    with pytest.raises(SystemExit, match="2"):
        _train(*words)
    assert complaint in capsys.readouterr().err


def test_train_that_diverges_says_so_in_log_and_on_screen(folder, monkeypatch, capsys):
    too_fast = replace(TINY, optimizer=partial(SGD, 1e9), schedule=None)
    monkeypatch.setitem(models.RECIPES, "tiny", too_fast)
    assert _train("--out", folder) == 1
    error = capsys.readouterr().err
    log = (folder / "log.txt").read_text(encoding="utf-8")
    assert "cnn-lab train: " in error and "step" in error
    assert f"Stopped: {error.partition('cnn-lab train: ')[2].strip()}" in log
