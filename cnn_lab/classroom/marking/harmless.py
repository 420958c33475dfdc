"""Make what a student's code shows harmless: no scripts, no floods, no places on a machine.

An output leaves here as plain text, PNG or JPEG, and HTML of which only what lays out text, tables
and pictures is left. Everything else that a page could show is code in somebody's browser, or
needs a kernel. The course's own reports do not come this way: their texts are escaped where they
are made.
"""

import re

from cnn_lab.classroom.marking.clean_html import clean_html, without_places

HTML = 40_000  # characters of HTML, pictures aside, that are still looked at
PICTURE = 4_000_000  # characters of one picture

_PICTURES = {"image/png": "iVBOR", "image/jpeg": "/9j/"}  # how the base64 of such a file begins
_DATA = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
_CODE = re.compile(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)")
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")


def text(value):
    """Return a text that can be written to a file and names no place on this machine.

    Parameters
    ----------
    value : object
        A string; lists of strings are joined, and anything else becomes empty.

    Returns
    -------
    str
        Without control characters, but for those that a terminal's colours and progress bars use.

    Examples
    --------
    >>> text(["2 + 2", " = 4", "\\x00"])
    '2 + 2 = 4�'
    """
    value = _joined(value) or ""
    value = value.encode("utf-8", "replace").decode("utf-8")
    return without_places(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", value))


def data(bundle):
    """Return of an output's MIME bundle what is harmless.

    Parameters
    ----------
    bundle : object
        A dict of MIME type to content, if the kernel is honest.

    Returns
    -------
    dict
        With a ``text/plain`` in any case. Markdown and LaTeX become plain text: they may hold HTML.
    """
    if not isinstance(bundle, dict):
        return {"text/plain": ""}
    plain = text(bundle.get("text/plain"))
    for kind in ("text/markdown", "text/latex"):
        plain = text(bundle.get(kind)) or plain
    kept = {"text/plain": plain}
    found = html(bundle.get("text/html"))
    if found:
        kept["text/html"] = found
    for kind, beginning in _PICTURES.items():
        picture = bundle.get(kind)
        if isinstance(picture, str) and len(picture) <= PICTURE:
            picture = picture.strip()
            if picture.startswith(beginning) and _BASE64.fullmatch(picture):
                kept[kind] = picture
    return kept


def metadata(given):
    """Return of an output's metadata the sizes and alternative texts of its pictures."""
    kept = {}
    for kind in _PICTURES:
        facts = given.get(kind) if isinstance(given, dict) else None
        if isinstance(facts, dict):
            sizes = {name: facts.get(name) for name in ("height", "width")}
            kept[kind] = {k: v for k, v in sizes.items() if type(v) is int and 0 < v < 10_000}
            alt = re.sub(r"[<>&\"']", " ", text(facts.get("alt")))[:1000]
            kept[kind] |= {"alt": alt} if alt else {}
    return {kind: facts for kind, facts in kept.items() if facts}


def count(value):
    """Return the number of an execution as a notebook may hold it, or None."""
    return value if type(value) is int and 0 <= value < 1 << 31 else None


def html(value):
    """Return HTML without anything that runs, loads or hides, or None where nothing is left.

    Parameters
    ----------
    value : object

    Returns
    -------
    str or None
        None also for what is too long, or cannot be read.
    """
    value = _joined(value)
    if value is None or len(value) > PICTURE:
        return None
    value = _CODE.sub("", value)  # nothing to read
    if len(_DATA.sub("", value)) > HTML:
        return None
    try:
        value = clean_html(_CONTROL.sub(" ", value), without_places, students=True).strip()
    except Exception:  # a page can do without what nobody can read
        return None
    return value.encode("utf-8", "replace").decode("utf-8") or None


def _joined(value):
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else None
