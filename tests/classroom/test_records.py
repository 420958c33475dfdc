"""Records of marking: kept whole, with their history, by whatever they are interrupted."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnn_lab.classroom.marking import records
from cnn_lab.classroom.marking.records import Records

FIRST = {"sent": "a", "scores": {"04": {"relu": 1.0}}}
SECOND = {"sent": "b", "scores": {"04": {"relu": 2.0}}}


@pytest.fixture
def ada(tmp_path):
    return Records(tmp_path, "04", "ada")


def test_load_returns_what_was_stored(ada):
    assert ada.load() is None
    ada.store(FIRST)
    assert ada.load() == FIRST | {"version": records.VERSION}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 0}', "\xff"])
def test_a_damaged_record_counts_as_none(ada, text):
    ada.store(FIRST)
    (ada.folder / "record.json").write_bytes(text.encode("latin-1"))
    assert ada.load() is None
    assert ada.remember() is None


def test_result_is_found_by_its_key_only(ada):
    text = json.dumps({"key": "k1", "notebook": {}})
    assert ada.result("04", "k1") is None
    ada.store_result("04", text)
    assert ada.result("04", "k1") == text
    assert ada.result("04", "k2") is None
    (ada.folder / "04.result.json").write_text(text[:-3])
    assert ada.result("04", "k1") is None


def test_remember_keeps_the_record_with_what_was_sent_once(ada):
    ada.store(FIRST, {"04.ipynb": b"one", "timestamp.txt": b"Monday"})
    kept = ada.remember()
    assert ada.remember() == kept  # as after a kill
    ada.store(SECOND, {"04.ipynb": b"two"})
    ada.remember()
    assert [record["sent"] for record in ada.history()] == ["a", "b"]
    assert (kept / "04.ipynb").read_bytes() == b"one"
    assert (kept / "timestamp.txt").read_bytes() == b"Monday"
    assert [path.name for path in (ada.folder / "sent").iterdir()] == ["04.ipynb"]
    assert kept.name == "001"


def test_history_leaves_out_what_a_kill_left_half_done(ada):
    ada.store(FIRST, {"04.ipynb": b"one"})
    ada.remember()
    part = ada.folder / "history" / ".part-1"
    part.mkdir()
    (part / "record.json").write_text("{")
    assert [record["sent"] for record in ada.history()] == ["a"]
    assert not part.exists()


def test_without_a_record_there_is_nothing_to_remember(ada):
    ada.store(FIRST)
    ada.withdraw()
    ada.withdraw()
    assert ada.load() is None
    assert ada.remember() is None
    assert ada.history() == []


def test_the_secret_stays_and_is_for_its_owner_only(tmp_path):
    first = records.secret(tmp_path)
    assert len(first) == 64
    assert records.secret(tmp_path) == first
    [path] = (tmp_path / "marking").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert records.secret(tmp_path / "other") != first


def test_all_who_need_the_secret_first_get_the_same(tmp_path):
    with ThreadPoolExecutor(16) as executor:
        found = set(executor.map(lambda _: records.secret(tmp_path), range(64)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "marking").iterdir()] == ["secret"]


def test_seed_depends_on_the_secret_and_on_the_work():
    seeds = {records.seed(s, k) for s in (b"s", b"t") for k in ("k", "l")}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert records.seed(b"s", "k") in seeds


def test_records_differ_in_submission_or_scores():
    assert not records.differ(FIRST, {**FIRST, "marked": "now"})
    assert records.differ(FIRST, {**FIRST, "sent": "c"})
    assert records.differ(FIRST, {**FIRST, "scores": {}})
