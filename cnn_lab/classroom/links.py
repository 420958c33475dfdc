"""Links that keep working when a lesson moves to another folder.

A link to another lesson stays. A picture is copied, under a name that follows from its content, so
that a picture which changed never takes the place of one that a begun lesson still shows. A page of
text beside the lessons, such as the glossary, is copied under its own name. Whatever else a
relative link leads to is not there any more, so the link becomes plain text.
"""

import hashlib
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

FOLDER = "images"
PICTURES = {".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"}

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|$", re.IGNORECASE)  # or a place in the same page
_CODE = re.compile(r"^(```|~~~).*?^\1|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
_MARKDOWN = re.compile(
    r"(?P<kind>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]"
    r"\(\s*<?(?P<target>[^()\s<>]*)>?(?P<title>\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_HTML = re.compile(
    r"(?P<before><(?:a|img)\b[^>]*?)(?P<name>\s(?:href|src)=)(?P<quote>[\"'])(?P<target>.*?)(?P=quote)"
)
_DEFINITION = re.compile(r"^(?P<before> {0,3}\[[^\]]+\]:\s*)(?P<target>\S+)", re.MULTILINE)


class Links:
    """Rewrites the links of lessons, and remembers which pictures they need.

    Parameters
    ----------
    folder : path
        Where the lessons lie.
    lessons : iterable of str
        The names of the files that will lie beside the copy.

    Attributes
    ----------
    pictures : dict
        Path within the new folder -> content, of every picture met so far.
    pages : dict
        The same of every page of text, whose own links are rewritten, too.
    """

    def __init__(self, folder, lessons):
        self.folder, self.lessons, self.pictures, self.pages = Path(folder), set(lessons), {}, {}

    def rewrite(self, text):
        """Return the Markdown text with links that work in the new folder."""
        code = [match.span() for match in _CODE.finditer(text)]

        def outside_code(change):
            def replacement(match):
                inside = any(start <= match.start() < end for start, end in code)
                return match.group() if inside else change(match)

            return replacement

        for pattern, change in (
            (_MARKDOWN, self._markdown),
            (_HTML, self._html),
            (_DEFINITION, self._definition),
        ):
            text = pattern.sub(outside_code(change), text)
            code = [match.span() for match in _CODE.finditer(text)]
        return text

    def _markdown(self, match):
        words = _MARKDOWN.sub(self._markdown, match["text"])
        target = self._moved(match["target"])
        if target is None:
            return words
        return f"{match['kind']}[{words}]({target}{match['title'] or ''})"

    def _html(self, match):
        target = self._moved(unescape(match["target"]))
        if target is None:
            return match["before"]
        if target == unescape(match["target"]):
            return match.group()
        return f"{match['before']}{match['name']}{match['quote']}{target}{match['quote']}"

    def _definition(self, match):
        target = self._moved(match["target"])
        return match.group() if target is None else match["before"] + target

    def _moved(self, target):
        """Return where a link leads from the new folder, or None if it would lead nowhere."""
        if _ADDRESS.match(target):
            return target
        path = unquote(re.split(r"[#?]", target)[0])
        if path.removeprefix("./") in self.lessons:
            return target
        file = self.folder / path
        if file.suffix == ".md" and file.parent == self.folder and file.is_file():
            if file.name not in self.pages:
                self.pages[file.name] = b""  # a page may link itself
                self.pages[file.name] = self.rewrite(file.read_text(encoding="utf-8")).encode()
            return target
        if file.suffix.lower() not in PICTURES or not file.is_file():
            return None
        content = file.read_bytes()
        stem = re.sub(r"[^\w-]", "-", file.stem, flags=re.ASCII)
        digest = hashlib.sha256(content).hexdigest()[:8]
        name = f"{FOLDER}/{stem}-{digest}{file.suffix.lower()}"
        self.pictures[name] = content
        return name
