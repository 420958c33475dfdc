"""A report as HTML for notebooks and as text for terminals."""

import base64
import textwrap
from html import escape

SIGNS = {
    "right": "\N{CHECK MARK}",
    "wrong": "\N{MULTIPLICATION X}",
    "not reached": "\N{MIDDLE DOT}",
}
WORDS = {"right": "right", "wrong": "not right yet", "not attempted": "not attempted yet"}
COLOURS = {
    "right": "var(--jp-success-color1, #2e7d32)",
    "wrong": "var(--jp-error-color1, #c62828)",
    "not attempted": "var(--jp-border-color1, #757575)",
}


def text(report):
    """Return the report as lines of plain text."""
    lines = [f"{report.name}: {_verdict(report)}"]
    if report.state == "wrong":
        lines += _wrapped(report.hint, "  > ")
        for state, names in _rows(report.parts):
            lines += _wrapped(f"{state + ':':12} {names}", f"  {SIGNS[state]} ", 17)
        for sentence in _details(report):
            lines += _wrapped(sentence, "    ")
    for note, printed in report.notes:
        lines.append(f"  {note}" + (":" if printed else ""))
        lines += [f"    | {line}" for line in _short_lines(printed)]
    return "\n".join(lines)


def html(report):
    """Return the report as a piece of HTML in JupyterLab's colours."""
    border = f"4px solid {COLOURS[report.state]}"
    style = f"border-left: {border}; padding: 2px 0 2px 12px; max-width: 860px;"
    pieces = [
        f'<div class="cnn-lab-check" data-state="{report.state}" style="{style}">',
        f"<div><strong>{escape(report.name)}: {escape(_verdict(report))}</strong></div>",
    ]
    if report.state == "wrong":
        large = "margin: 6px 0; font-size: 110%; font-weight: 600;"
        pieces += [
            f'<p style="{large}">{_code(report.hint)}</p>',
            _table(report.parts),
            *(f'<p style="margin: 6px 0;">{_code(each)}</p>' for each in _details(report)),
        ]
    if report.state != "not attempted" and report.picture is not None:
        pieces.append(_image(report.picture))
    for note, printed in report.notes:
        pieces.append(f'<p style="margin: 6px 0;">{escape(note)}{":" if printed else ""}</p>')
        if printed:
            lines = "\n".join(_short_lines(printed))
            pieces.append(f'<pre style="margin: 0; padding: 4px 8px;">{escape(lines)}</pre>')
    return "\n".join([*pieces, "</div>"])


def _short_lines(printed):
    return [line if len(line) <= 120 else line[:119] + "…" for line in printed.splitlines()[:20]]


def _verdict(report):
    verdict = WORDS[report.state]
    if report.state == "right":
        names = ", ".join(part.name for part in report.parts)
        verdict += f" ({names})" if len(report.parts) > 1 else ""
        verdict += f". {report.praise}" if report.praise else ""
    elif report.state == "wrong" and len(report.parts) > 1:
        right = sum(part.state == "right" for part in report.parts)
        verdict += f" ({right} of {len(report.parts)} parts are)"
    return verdict


def _wrapped(sentence, sign, indent=4):
    return textwrap.wrap(sentence, 96, initial_indent=sign, subsequent_indent=" " * indent)


def _rows(parts):
    """Gather the names of the parts by what came of them: at most three short rows."""
    found = {}
    for part in parts if len(parts) > 1 else ():
        found.setdefault(part.state, []).append(part.name)
    return [(state, ", ".join(found[state])) for state in SIGNS if state in found]


def _details(report):
    sentences = (report.detail, report.window.text if report.window else "")
    return [sentence for sentence in sentences if sentence]


def _table(parts):
    rows = _rows(parts)
    cell = "text-align: left; vertical-align: top; padding: 1px 10px 1px 0; background: none;"
    lines = [
        f'<tr style="background: none;"><th scope="row" style="{cell} white-space: nowrap;">'
        f'{SIGNS[state]} {state}</th><td style="{cell}">{escape(names)}</td></tr>'
        for state, names in rows
    ]
    table = '<table style="margin: 4px 0; border: none;">' + "".join(lines) + "</table>"
    return table if rows else ""


def _code(sentence):
    """Escape a sentence; what stands between backticks becomes code."""
    pieces = escape(sentence).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(pieces))


def _image(figure):
    width, height = figure.pixels
    source = base64.b64encode(figure.png()).decode("ascii")
    return (
        f'<img alt="{escape(figure.alt)}" width="{width}" height="{height}" '
        f'src="data:image/png;base64,{source}">'
    )
