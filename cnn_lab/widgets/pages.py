"""A widget as a page of its own: one file, no kernel, no server, no network."""

import base64
import json
import re
from html import escape

_EXPORT = re.compile(r"^export (?=const|let|function|async function|class)", re.MULTILINE)
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OWN_TO_JUPYTER = {"comm", "keys", "layout", "log", "tabbable", "tooltip"}

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 12px; color: CanvasText; background: Canvas; }}
h1 {{ margin: 0 4px 8px; font: 600 18px system-ui, sans-serif; }}
{css}
</style>
</head>
<body>
<main><h1>{title}</h1><div id="widget"></div></main>
<noscript>{description}</noscript>
<script type="application/json" id="state">{state}</script>
<script type="module">
{esm}
const state = JSON.parse(document.getElementById("state").textContent, (key, value) =>
  value && value.base64 !== undefined
    ? new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer)
    : value);
const listeners = new Map();
const model = {{
  alone: true,
  get: (key) => state[key],
  set(key, value) {{
    if (state[key] === value) return;
    state[key] = value;
    for (const listener of listeners.get("change:" + key) ?? []) listener();
  }},
  save_changes() {{}},
  send() {{}},
  on(name, listener) {{ listeners.set(name, [...(listeners.get(name) ?? []), listener]); }},
  off(name, listener) {{
    listeners.set(name, (listeners.get(name) ?? []).filter((other) => other !== listener));
  }},
}};
widget.render({{ model, el: document.getElementById("widget") }});
</script>
</body>
</html>
"""


def joined(shared, own):
    """Join shared modules, in the order in which they build on each other, and a widget's own."""
    parts = [_EXPORT.sub("", _IMPORT.sub("", each)) for each in shared]
    return "\n".join([*parts, _IMPORT.sub("", own)])


def page(widget):
    """Return the text of a page that shows a widget.

    Parameters
    ----------
    widget : LabWidget

    Returns
    -------
    str
    """
    state = {
        name: _plain(value)
        for name, value in widget.get_state().items()
        if not name.startswith("_") and name not in _OWN_TO_JUPYTER
    }
    esm = _DEFAULT.sub("const widget = ", _EXPORT.sub("", str(widget._esm)))
    return _PAGE.format(
        title=escape(_WORDS.sub(" ", type(widget).__name__)),
        css=widget._css,
        description=escape(repr(widget)),
        state=json.dumps(state).replace("<", "\\u003c"),
        esm=esm.replace("</script", "<\\/script"),
    )


def _plain(value):
    if isinstance(value, (bytes, memoryview)):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value
