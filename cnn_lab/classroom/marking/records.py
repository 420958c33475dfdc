"""What is known about each student's work: the present mark, its results, and all earlier ones.

A student's folder in ``marking/<assignment>/`` of a course holds::

    record.json             what was marked, when, with what result; written last of all
    <notebook>.result.json  the notebook as it was run and judged
    sent/                   the notebooks as they were sent, and when
    history/<n>/            the same of each earlier submission: its record, what was sent

A submission counts as marked only if its record says so, and everything is written in one step. So
marking that is killed leaves nothing half done: what has no record is marked again, and what ran
already is not run again, as its result is there.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import shutil
from pathlib import Path

from cnn_lab.classroom.ipynb import replace_file

FOLDER = "marking"
VERSION = 1


class Records:
    """The records of one student's work on one assignment.

    Parameters
    ----------
    course : path
        The course folder.
    assignment, student : str
    """

    def __init__(self, course, assignment, student):
        self.student = student
        self.folder = Path(course, FOLDER, assignment, student)

    def load(self):
        """Return the record, a dict; None if there is none that can be read."""
        return _load(self.folder / "record.json")

    def store(self, record, sent=None):
        """Write a record; what it replaces is kept if another submission or score is recorded.

        Parameters
        ----------
        record : dict
        sent : dict, optional
            File name -> bytes: the notebooks as they were sent and their time.
        """
        if sent is not None:
            self._store_sent(sent)
        replace_file(self.folder / "record.json", _text({"version": VERSION, **record}))

    def withdraw(self):
        """Take the record away, as long as its submission is marked once more."""
        (self.folder / "record.json").unlink(missing_ok=True)

    def result(self, notebook, key):
        """Return the stored text of the result that has this key; None if there is none."""
        try:
            text = self._result_path(notebook).read_text(encoding="utf-8")
            found = json.loads(text)["key"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return text if found == key else None

    def store_result(self, notebook, text):
        """Store the text of a result."""
        replace_file(self._result_path(notebook), text.encode())

    def remember(self):
        """Keep the record and what was sent in the history, once.

        Nothing happens without a record. Called again after a kill, it finds it done.

        Returns
        -------
        Path or None
            Where it is kept.
        """
        record = self.load()
        if record is None:
            return None
        content = (self.folder / "record.json").read_bytes()
        history = self.folder / "history"
        numbers = [0]
        for kept in history.glob("*/record.json"):
            if kept.read_bytes() == content:
                return kept.parent
            if kept.parent.name.isdecimal():
                numbers.append(int(kept.parent.name))
        history.mkdir(exist_ok=True)
        part = history / f".part-{secrets.token_hex(4)}"
        if (self.folder / "sent").is_dir():
            shutil.copytree(self.folder / "sent", part)
        else:
            part.mkdir()
        replace_file(part / "record.json", content)
        target = history / f"{max(numbers) + 1:03d}"
        os.replace(part, target)
        return target

    def history(self):
        """Return the earlier records, the oldest first, and tidy up what a kill left."""
        for part in self.folder.glob("history/.part-*"):
            shutil.rmtree(part, ignore_errors=True)
        found = sorted(self.folder.glob("history/*/record.json"))
        return [record for record in map(_load, found) if record is not None]

    def _store_sent(self, sent):
        folder = self.folder / "sent"
        for path in folder.glob("*"):
            if path.name not in sent:
                path.unlink()
        for name, content in sent.items():
            path = folder / name
            if not path.exists() or path.read_bytes() != content:
                replace_file(path, content)

    def _result_path(self, notebook):
        return self.folder / f"{notebook}.result.json"


def load(course, assignment, student):
    """Return a student's record, a dict; None if there is none (see `Records`)."""
    return Records(course, assignment, student).load()


def differ(record, other):
    """Tell whether two records are of different submissions or have different scores."""
    return any(record.get(key) != other.get(key) for key in ("sent", "scores"))


def secret(course):
    """Return the secret of a course, from which the numbers of the hidden tests follow.

    It is made when it is first needed; nobody but the owner may read it.

    Parameters
    ----------
    course : path

    Returns
    -------
    bytes
    """
    path = Path(course, FOLDER, "secret")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_name(f".secret-{secrets.token_hex(4)}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first
            os.link(part, path)
        part.unlink()
    return path.read_bytes()


def seed(secret, key):
    """Return the seed of the hidden tests of one piece of work.

    Equal work gets equal tests, and nobody can foresee them.

    Parameters
    ----------
    secret : bytes
    key : str
        That of the job.

    Returns
    -------
    int
        Below 2**63.
    """
    return int.from_bytes(hmac.digest(secret, key.encode(), hashlib.sha256)[:8], "big") >> 1


def _load(path):
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("version") == VERSION else None


def _text(data):
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return text.encode("utf-8", "backslashreplace")
