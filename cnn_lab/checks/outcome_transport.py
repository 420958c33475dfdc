"""Outcomes as JSON and back: each word of them has its kind and its limits.

As in `transport`, everything that could not have been written here meets `ValueError`.
"""

from __future__ import annotations

from dataclasses import fields

from cnn_lab.checks import transport
from cnn_lab.checks.outcomes import SHOWN, Outcome, printable

STATES = ("returned", "raised", "endless", "ended", "not reached")
_LONGEST = {"error": 100, "message": 500, "line": 500, "changed": 100, "text": SHOWN, "warned": 200}


def outcome_data(outcome, budget):
    """Return an outcome as what the json module can write.

    Parameters
    ----------
    outcome : Outcome
    budget : transport.Budget

    Returns
    -------
    dict
    """
    return {
        "state": outcome.state,
        "value": transport.encoded(outcome.value, budget),
        "error": outcome.error[: _LONGEST["error"]],
        "message": outcome.message[: _LONGEST["message"]],
        "lines": [[number, line[: _LONGEST["line"]]] for number, line in outcome.lines],
        "changed": [name[: _LONGEST["changed"]] for name in outcome.changed],
        "shares": bool(outcome.shares),
        "printed": min(outcome.printed, 1 << 52),
        "text": outcome.text[: _LONGEST["text"]],
        "warned": [text[: _LONGEST["warned"]] for text in outcome.warned],
    }


def read_outcome(data, budget):
    """Return the outcome that `outcome_data` wrote.

    Raises
    ------
    ValueError
        If it did not.
    """
    data = only_keys(data, names_of(Outcome))
    value = transport.decoded(data["value"], budget)
    if data["state"] not in STATES or type(data["shares"]) is not bool:
        raise ValueError("an outcome is of no kind that is known")
    if data["state"] != "returned" and value is not None:
        raise ValueError("an outcome has a value although nothing was returned")
    lines = [a_list(line, 2) for line in a_list(data["lines"], 3)]
    if not all(len(line) == 2 for line in lines):
        raise ValueError("a line is no pair of number and text")
    texts = {name: a_text(data[name], _LONGEST[name]) for name in ("error", "message", "text")}
    return Outcome(
        data["state"], value, texts["error"], texts["message"],
        lines=tuple((a_count(n), a_text(line, _LONGEST["line"])) for n, line in lines),
        changed=tuple(a_text(t, _LONGEST["changed"]) for t in a_list(data["changed"], 20)),
        shares=data["shares"],
        printed=a_count(data["printed"]),
        text=texts["text"],
        warned=tuple(a_text(t, _LONGEST["warned"]) for t in a_list(data["warned"], 5)),
    )


def names_of(kind):
    """Return the names of a dataclass's fields."""
    return {field.name for field in fields(kind)}


def only_keys(data, names):
    """Return a dict that has to have exactly these keys."""
    if not isinstance(data, dict) or data.keys() != names:
        raise ValueError(f"not exactly these are named: {', '.join(sorted(names))}")
    return data


def a_list(data, longest):
    """Return a list that may not be longer."""
    if not isinstance(data, list) or len(data) > longest:
        raise ValueError(f"there is no list of at most {longest}")
    return data


def a_text(data, longest):
    """Return a text without what no page can show; a part of one that is too long."""
    if not isinstance(data, str):
        raise ValueError("there is no text")
    return printable(data[:longest])[:longest]


def a_count(data):
    """Return a whole number that counts something."""
    if type(data) is not int or not 0 <= data <= 1 << 52:
        raise ValueError("there is no count")
    return data


def a_time_limit(data):
    """Return a number of seconds."""
    if type(data) not in (int, float) or not 0 < data < 1e6:
        raise ValueError("there is no time limit")
    return float(data)
