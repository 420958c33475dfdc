"""From the bytes of a file to its JSON, whatever an editor or a download made of them."""

import codecs
import json
import math
import re

from cnn_lab.classroom.marking.findings import Finding

LARGEST = 300_000_000  # bytes of a file
# More of these than any notebook has would take gigabytes as objects of Python.
_MOST = {b"[": 10_000_000, b"{": 10_000_000, b'"': 40_000_000, b",": 100_000_000}
_BOMS = {  # the longer ones first
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BLANKS = b"\x00 \t\r\n"
_OTHERS = {
    "<": "a web page",
    "PK": "a ZIP archive or an office file",
    "%PDF": "a PDF",
    "{\\rtf": "a text of a word processor",
}


class Unreadable(ValueError):
    """Nothing that could be marked; the message is a sentence for the teacher."""


def decoded(content):
    """Return the JSON object in the bytes of a file.

    Parameters
    ----------
    content : bytes
        In UTF-8, UTF-16 or UTF-32, with or without a byte-order mark; text in any other encoding
        loses its special characters.

    Returns
    -------
    data : dict
        Numbers that JSON does not know (NaN) are None.
    findings : list of Finding

    Raises
    ------
    Unreadable
        If it is no JSON object, or too large.
    """
    if len(content) > LARGEST:
        size = f"{len(content) / 1e6:.0f} MB"
        raise Unreadable(f"The file has {size}; more than {LARGEST / 1e6:.0f} MB are not read.")
    if any(content.count(sign) > most for sign, most in _MOST.items()):
        raise Unreadable("The file has too many parts for a notebook.")
    text, findings = _text(content)
    try:
        data = json.loads(
            text, parse_constant=lambda name: None, parse_int=_number, parse_float=_number
        )
    except RecursionError as error:
        raise Unreadable("The file is nested too deeply for a notebook.") from error
    except ValueError as error:
        raise Unreadable(_why_not(text, error)) from error
    if not isinstance(data, dict):
        raise Unreadable("The file holds JSON, but no notebook.")
    return data, findings


def _text(content):
    """Return the text without marks and blanks around it."""
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = content.decode(encoding, errors="replace")
    text = text.strip("\x00\ufeff \t\r\n")
    if not text:
        raise Unreadable("The file is empty.")
    if encoding == "utf-8":
        return text, []
    name = {"utf-8-sig": "UTF-8 with a byte-order mark", "cp1252": "Windows-1252"}
    told = f"The file is not in plain UTF-8; it was read as {name.get(encoding, encoding.upper())}."
    return text, [Finding("encoding", told)]


def _encoding(content):
    for mark, encoding in _BOMS.items():
        if content.startswith(mark):
            return encoding
    if content[:1].strip(_BLANKS) and content[1:2] == b"\x00":
        return "utf-16-le"
    if content[:1] == b"\x00" and content[1:2].strip(_BLANKS):
        return "utf-16-be"
    return "utf-8"


def _number(text):
    """Return a number; one that nobody needs, longer than any count or points, is 0."""
    if len(text) > 12:
        return 0
    number = float(text)
    if not math.isfinite(number):
        return 0
    return int(number) if text.lstrip("-").isdigit() else number


def _why_not(text, error):
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return "The file holds the marks of a merge that was not finished (<<<<<<<)."
    for beginning, kind in _OTHERS.items():
        if text.startswith(beginning):
            return f"The file is {kind}, not a notebook."
    if not text.startswith("{"):
        return "The file is not a notebook."
    if getattr(error, "pos", 0) >= len(text) - 1:
        return "The file ends in the middle: it is only a part of a notebook."
    return f"The file is a damaged notebook: {error}."
