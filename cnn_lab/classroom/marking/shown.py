"""What one cell shows, as the kernel's messages bring it: limited on arrival, and harmless."""

from cnn_lab.classroom.marking import harmless

OUTPUTS = 100  # pieces of output that are kept of one cell
TOOK = frozenset(
    "stream display_data execute_result error clear_output update_display_data".split()
)


class Shown:
    """Collects the outputs of a cell.

    Parameters
    ----------
    most : int
        Characters of text that are kept; pictures have a limit of their own, ten times as high.

    Attributes
    ----------
    outputs : list of dict
        As a notebook of format 4 holds them.
    dropped : bool
        Whether there was more than is kept.
    """

    def __init__(self, most):
        self.outputs, self.dropped = [], False
        self._left, self._pictures = most, 10 * most
        self._clear, self._displays = False, {}

    def wants(self, kind):
        """Tell whether a message of this kind still makes a difference."""
        return kind in TOOK and (not self.dropped or kind in ("error", "clear_output"))

    def take(self, kind, content):
        """Take the content of a message.

        Parameters
        ----------
        kind : str
            The type of the message.
        content : dict
            Anything may be in it, or missing.
        """
        if kind == "clear_output":
            self._clear = True
            if not content.get("wait"):
                self._cleared()
            return
        name = (content.get("transient") or {}).get("display_id")
        if kind == "update_display_data":
            self._update(name, content)
            return
        if self._clear:
            self._cleared()
        output = getattr(self, f"_{kind}")(content)
        if output is None:
            return
        if len(self.outputs) >= OUTPUTS:
            self.dropped = True
            return
        self.outputs.append(output)
        if isinstance(name, str):
            self._displays.setdefault(name, []).append(output)

    def _cleared(self):
        self.outputs.clear()
        self._displays.clear()
        self._clear = False

    def _update(self, name, content):
        if isinstance(name, str):
            for output in self._displays.get(name, []):
                output["data"] = self._bundle(content)
                output["metadata"] = harmless.metadata(content.get("metadata"))

    def _stream(self, content):
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        text = self._limited(harmless.text(content.get("text")))
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == name:
            last["text"] += text
            return None
        return {"output_type": "stream", "name": name, "text": text} if text else None

    def _display_data(self, content):
        return {
            "output_type": "display_data",
            "data": self._bundle(content),
            "metadata": harmless.metadata(content.get("metadata")),
        }

    def _execute_result(self, content):
        count = harmless.count(content.get("execution_count"))
        result = {"output_type": "execute_result", "execution_count": count}
        return {**self._display_data(content), **result}

    def _error(self, content):
        lines = content.get("traceback")
        lines = lines[-100:] if isinstance(lines, list) else []
        self._left = max(self._left, 20_000)  # what went wrong is worth its place
        return error(
            harmless.text(content.get("ename"))[:200],
            harmless.text(content.get("evalue"))[:2000],
            [self._limited(harmless.text(line)) for line in lines],
        )

    def _bundle(self, content):
        kept = {}
        for kind, value in harmless.data(content.get("data")).items():
            if kind == "text/plain":
                kept[kind] = self._limited(value)
            elif kind.startswith("image/"):
                self._pictures -= len(value)
                kept |= {kind: value} if self._pictures >= 0 else {}
            else:
                self._left -= len(value) if "data:image/" not in value else 0
                self._pictures -= len(value) if "data:image/" in value else 0
                kept |= {kind: value} if min(self._left, self._pictures) >= 0 else {}
        self.dropped |= self._pictures < 0
        return kept

    def _limited(self, text):
        """Return as much of a text as may still be kept."""
        kept = text[: max(self._left, 0)]
        self._left -= len(text)
        self.dropped |= len(kept) < len(text)
        return kept


def error(name, message, traceback=None):
    """Return the output of an error.

    Parameters
    ----------
    name, message : str
    traceback : list of str, optional
        The message by itself when left out.
    """
    lines = [message] if traceback is None else traceback
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": lines}
