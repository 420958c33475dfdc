"""The page of progress as HTML in JupyterLab's colours, and as text for a terminal."""

from datetime import date
from html import escape
from urllib.parse import quote

SIGNS = {
    "right": "\N{CHECK MARK}",
    "wrong": "\N{MULTIPLICATION X}",
    "not attempted": "\N{WHITE CIRCLE}",
}
MONTHS = (
    "January February March April May June July August September October November December"
).split()

# Colours with a fallback for pages that are not JupyterLab's. The class is doubled where JupyterLab
# has rules of its own for tables.
STYLE = """\
.cnn-lab-progress { max-width: 46em; color: var(--jp-ui-font-color1, inherit); }
.cnn-lab-progress p { margin: 0.4em 0; }
.cnn-lab-progress a { color: var(--jp-content-link-color, #1565c0); }
.cnn-lab-progress details { border-top: 1px solid var(--jp-border-color2, #bdbdbd); }
.cnn-lab-progress summary { padding: 0.35em 0; cursor: pointer; }
.cnn-lab-line { display: inline-flex; width: calc(100% - 1.5em); gap: 0.8em; align-items: center;
  vertical-align: middle; }
.cnn-lab-title { flex: 1; }
.cnn-lab-bar { display: inline-block; width: 9em; height: 0.7em; overflow: hidden;
  border: 1px solid var(--jp-border-color1, #757575); border-radius: 0.35em; }
.cnn-lab-bar span { display: block; height: 100%; background: var(--jp-success-color1, #2e7d32); }
p > .cnn-lab-bar { width: 100%; box-sizing: border-box; margin: 0.4em 0; }
.cnn-lab-count { width: 4em; text-align: right; font-variant-numeric: tabular-nums; }
.cnn-lab-progress.cnn-lab-progress table { margin: 0 0 0.6em 1.1em; border: none; }
.cnn-lab-progress.cnn-lab-progress tr:nth-child(n) { background: none; }
.cnn-lab-progress.cnn-lab-progress td { text-align: left; padding: 0.15em 1.2em 0.15em 0;
  border: none; white-space: normal; vertical-align: baseline; }
.cnn-lab-progress.cnn-lab-progress .cnn-lab-right { color: var(--jp-success-color1, #2e7d32); }
.cnn-lab-progress.cnn-lab-progress .cnn-lab-wrong { color: var(--jp-error-color1, #c62828); }"""


def text(progress):
    """Return the page as lines of plain text."""
    head = f"{_sum(progress)}  [{_bar(progress.right, progress.total, 30)}]"
    lines = [head, *_next_line(progress)]
    titles = [_plain(entry.title) for lesson in progress.lessons for entry in lesson.entries]
    width = max(map(len, titles), default=0)
    for lesson in progress.lessons:
        lines += ["", f"{_name(lesson)}: {lesson.right} of {len(lesson.entries)}"]
        for entry in lesson.entries:
            sign = SIGNS[entry.note.state]
            lines.append(f"  {sign} {_plain(entry.title):{width}}  {standing(entry.note)}")
    return "\n".join(lines)


def html(progress):
    """Return the page as HTML: a bar a lesson, which unfolds to its exercises."""
    pieces = [
        f'<div class="cnn-lab-progress"><style>\n{STYLE}\n</style>',
        f"<p><strong>{_sum(progress)}</strong><br>{_html_bar(progress.right, progress.total)}</p>",
    ]
    current = progress.next[0] if progress.next else None
    if progress.next:
        lesson, entry = progress.next
        pieces.append(f"<p>Next: {_code(entry.title)} in {_link(lesson)}.</p>")
    for lesson in progress.lessons:
        line = _line(_link(lesson), lesson.right, len(lesson.entries))
        pieces.append(
            f"<details{' open' if lesson is current else ''}><summary>{line}</summary>"
            f"<table><tbody>{''.join(map(_row, lesson.entries))}</tbody></table></details>"
        )
    return "\n".join([*pieces, "</div>"])


def standing(note, today=None):
    """Say in words how an exercise stands.

    Parameters
    ----------
    note : Note
    today : datetime.date, optional
        Dates of another year are told with their year.
    """
    day = _day(note.first_right, today or date.today()) if note.first_right else ""
    if note.state == "right":
        return f"right since {day}" if day else "right"
    if day:
        now = "not right now, was" if note.state == "wrong" else "not attempted now, was right"
        return f"{now} on {day}"
    if note.state == "wrong":
        return "not right yet" + (f" ({note.wrong} tries)" if note.wrong > 1 else "")
    return "not attempted"


def _day(day, today):
    words = f"{day.day} {MONTHS[day.month - 1]}"
    return words if day.year == today.year else f"{words} {day.year}"


def _sum(progress):
    if progress.total and progress.next is None:
        return f"All {progress.total} exercises right"
    return f"{progress.right} of {progress.total} exercises right"


def _next_line(progress):
    if progress.next is None:
        return []
    lesson, entry = progress.next
    place = f"{_name(lesson)} ({lesson.link})" if lesson.link else _name(lesson)
    return [f"Next: {_plain(entry.title)}, {place}"]


def _name(lesson):
    return f"{lesson.number} {lesson.title}" if lesson.title else f"lesson {lesson.number}"


def _bar(right, total, width):
    full = width * right // max(total, 1)
    return "#" * full + "." * (width - full)


def _html_bar(right, total):
    share = 100 * right / max(total, 1)
    return (
        f'<span class="cnn-lab-bar" role="img" aria-label="{right} of {total} right">'
        f'<span style="width: {share:.0f}%"></span></span>'
    )


def _line(words, right, total):
    bar = _html_bar(right, total)
    count = f'<span class="cnn-lab-count">{right} of {total}</span>'
    title = f'<span class="cnn-lab-title">{words}</span>'
    return f'<span class="cnn-lab-line">{title}{bar}{count}</span>'


def _link(lesson):
    name = _code(_name(lesson))
    return f'<a href="{escape(quote(lesson.link))}">{name}</a>' if lesson.link else name


def _row(entry):
    state = entry.note.state
    mark = {"right": ' class="cnn-lab-right"', "wrong": ' class="cnn-lab-wrong"'}.get(state, "")
    sign = f'<td{mark} aria-hidden="true">{SIGNS[state]}</td>'
    return f"<tr>{sign}<td>{_code(entry.title)}</td><td>{standing(entry.note)}</td></tr>"


def _plain(title):
    return title.replace("`", "")


def _code(title):
    """Escape a title; what stands between backticks becomes code."""
    pieces = escape(title).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(pieces))
