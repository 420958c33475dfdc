"""HTML that may be shown although a student had a hand in it: nothing in it runs, nothing leaves.

Only elements, attributes and styles that are known to be harmless stay. Everything else is shown as
the text that it is, so that nothing disappears from a teacher's sight.
"""

import os
import re
import sys
import tempfile
from collections import Counter
from html import escape, unescape

from bleach.css_sanitizer import CSSSanitizer
from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner

_TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure"
    " h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre s samp small span strong sub summary sup"
    " table tbody td tfoot th thead tr ul var"
).split()
_STYLES = (
    "border border-bottom border-collapse border-left border-right border-top color display"
    " font-family font-size font-style font-weight height line-height margin margin-bottom"
    " margin-left margin-right margin-top max-width min-width padding padding-bottom padding-left"
    " padding-right padding-top text-align text-decoration vertical-align white-space width"
).split()
# Pygments' classes are short.
_CLASSES = re.compile(r"cnn-lab-(check|points)|dataframe|highlight|[a-z][a-z0-9]{0,2}")
_OURS = re.compile(r"cnn-lab-")  # classes that make something look like a report of the course
# Addresses, without blanks: of pictures, in the page or beside it; of links, there or on the web.
_IN_PAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[\w+/=]*")
_BESIDE = re.compile(r"(?:[\w%~-][\w.%~-]*/)*[\w%~-][\w.%~-]*\.(?:png|jpe?g|gif|svg|webp)", re.I)
_LINK = re.compile(r"(https?://|mailto:).*|[^:\\]*")
_BLANKS = re.compile(r"[\x00-\x20]")
# Lengths that could lay one thing over another: negative ones, and those that are reckoned.
_REACHING = re.compile(r"-\s*[\d.(]|(?:calc|clamp|env|max|min)\s*\(|\\|/\*", re.I)
_BASE64 = re.compile(r"[\w+/=\s]*", re.ASCII)

PROSE, FORMULAS = 20_000, 100  # characters and formulas of a cell of Markdown; longer is no prose
MOST_TAGS, DEEPEST = 10_000, 100  # parsing takes up to the product of both in steps
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NOT_NESTED = frozenset("br col dd dt hr img li p td th tr".split())  # or closed by the next one

_START = r"(^|[^\w./\\~-]|\x1b\[[\d;]*m)"  # what comes before a path: nothing that makes it a link
_PLACE = re.compile(_START + r"(~?/(?:[^\s/:'\"<>|*?\x1b]+/)+[^\s/:'\"<>|*?,;)\]}\x1b]*)", re.M)
_WINDOWS = re.compile(r"\b[A-Za-z]:\\(?:[^\s\\:'\"<>|*?]+\\)+([^\s\\:'\"<>|*?,;)\]}]*)")
_LIBRARY = re.compile(r".*/(?:site-packages|dist-packages|python3\.\d+)/")


def without_places(text, roots=()):
    """Return a text in which paths of this machine are cut down to their last parts.

    Parameters
    ----------
    text : str
        May hold the colours of a terminal.
    roots : iterable of str
        Folders of which no name may be seen, even if it holds blanks, beside the known ones.

    Returns
    -------
    str

    Examples
    --------
    >>> without_places("File /opt/py/lib/python3.11/site-packages/numpy/lib/x.py:3, in f")
    'File numpy/lib/x.py:3, in f'
    >>> without_places("open('/home/ada/data/digits.npz') and 3/4/5, https://example.org/a/b")
    "open('…/digits.npz') and 3/4/5, https://example.org/a/b"
    """
    if "/" not in text and "\\" not in text:
        return text
    known = {*roots, sys.prefix, os.path.expanduser("~"), tempfile.gettempdir()}
    for root in sorted(known, key=len, reverse=True):
        if " " in root:
            text = text.replace(root, "/.../x")
    text = _PLACE.sub(lambda match: match[1] + _last_part(match[2]), text)
    return _WINDOWS.sub(r"…\\\1", text)


def _last_part(path):
    library = _LIBRARY.match(path)
    return path[library.end() :] if library else "…/" + path.rstrip("/").rsplit("/", 1)[-1]


def clean_html(html, change_text=None, students=False):
    """Return HTML in which only harmless elements are left; the others are shown as text.

    HTML that would take too long to read, with more than `MOST_TAGS` tags or with tags nested
    deeper than `DEEPEST`, is shown as text altogether.

    Parameters
    ----------
    html : str
    change_text : function, optional
        Takes the text between tags, and of alternative texts; returns what is to stand there.
    students : bool
        Whether a student wrote it: then it has no pictures but those in itself, and cannot look
        like a report of the course.

    Returns
    -------
    str

    Examples
    --------
    >>> clean_html('<b onclick="evil()">4</b><script>evil()</script>')
    '<b>4</b>&lt;script&gt;evil()&lt;/script&gt;'
    """

    if _is_excessive(html):
        return escape(change_text(html) if change_text else html, quote=False)

    class Texts(Filter):
        def __iter__(self):
            for token in super().__iter__():
                if "Characters" in token["type"]:
                    token["data"] = change_text(token["data"])
                for name in (None, "alt"), (None, "title"):
                    if token["type"] in ("StartTag", "EmptyTag") and name in token["data"]:
                        token["data"][name] = change_text(token["data"][name])
                yield token

    cleaner = Cleaner(
        tags=_TAGS,
        attributes=_may_stay_of_students if students else _may_stay,
        protocols=["http", "https", "mailto", "data"],
        filters=[Texts] if change_text else [],
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )
    return cleaner.clean(html)


def is_excessive_markdown(source):
    """Tell whether Markdown would take very long to read; it had better be shown as it stands.

    Parameters
    ----------
    source : str
    """
    return len(source) > PROSE or source.count("\\begin") > FORMULAS


def as_preformatted(source):
    """Return HTML that shows a text as it stands."""
    return f"<pre>{escape(source)}</pre>"


def _may_stay(tag, name, value):
    """Tell whether an attribute is harmless."""
    if name == "class":
        return all(_CLASSES.fullmatch(each) for each in value.split())
    if name == "href":
        return tag == "a" and bool(_LINK.fullmatch(_address(value).lower()))
    if name == "src":
        address = _address(value)
        return tag == "img" and bool(_IN_PAGE.fullmatch(address) or _BESIDE.fullmatch(address))
    if name == "style":
        return not _REACHING.search(unescape(value))
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return value.isdecimal() and len(value) < 5
    return name in ("alt", "data-state", "lang", "open", "scope", "title")


def _may_stay_of_students(tag, name, value):
    """Tell whether an attribute is harmless though a student wrote it."""
    if name == "src" and not _IN_PAGE.fullmatch(_address(value)):
        return False
    if name == "data-state" or (name == "class" and _OURS.search(value)):
        return False
    return _may_stay(tag, name, value)


def _address(value):
    """Return an address as a browser reads it, or stricter: it drops blanks inside of names."""
    return _BLANKS.sub("", unescape(value))


def _is_excessive(html):
    """Tell whether HTML has so many tags, or so many in each other, that it is no honest output."""
    open_tags, depth, count = Counter(), 0, 0
    for closes, name in _TAG.findall(html):
        count, name = count + 1, name.lower()
        if name in _NOT_NESTED or name not in _TAGS:
            continue
        if not closes:
            open_tags[name] += 1
            depth += 1
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
        if depth > DEEPEST:
            return True
    return count > MOST_TAGS


def is_base64(data):
    """Tell whether a picture's data are nothing but base64."""
    return isinstance(data, str) and bool(_BASE64.fullmatch(data))
