"""What a teacher reads after marking: a page and a table of every student's work on an assignment.

Both follow from the gradebook and the records alone, so they are the same however the marking came
about. A page needs nothing but itself; a table (CSV, UTF-8) is for a spreadsheet.
"""

import csv
import html
import io
from dataclasses import dataclass

from cnn_lab.classroom.ipynb import replace_file
from cnn_lab.classroom.marking import records, scores, versions
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.titles import as_html, titles

FOLDER = "reports"
STATES = {
    "marked": "marked",
    "unreadable": "cannot be read",
    "exceeded": "took more than it may",
    "waiting": "not marked yet",
    "missing": "nothing handed in",
}
_NEED_TEACHER = ("unreadable", "exceeded")
_LEGEND = (
    "Those who need you come first: ✕ could not be read or marked, ! is worth a look. The points"
    " of an exercise stand under its title; ? waits for your grade."
)
_STYLE = """
:root { color-scheme: light dark; --line: #d0d0d0; --head: #f2f2f2; --page: #fff; --text: #1a1a1a;
  --quiet: #666; --warning: #8a5a00; --failure: #b00020; }
@media (prefers-color-scheme: dark) {
  :root { --line: #444; --head: #2a2a2a; --page: #1b1b1b; --text: #e2e2e2; --quiet: #aaa;
    --warning: #f0b95a; --failure: #ff8a9a; }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 75rem;
  padding: 0 1rem; background: var(--page); color: var(--text); }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; }
thead th { background: var(--head); vertical-align: bottom; line-height: 1.3; }
thead th.number { font-weight: 500; min-width: 4.5rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
th + td { font-weight: 600; }
td.findings { min-width: 13rem; }
code { overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.1rem; }
.quiet { color: var(--quiet); } .warning { color: var(--warning); }
.failure { color: var(--failure); font-weight: 600; }
tr:has(> .needs-failure) > th { border-left: 4px solid var(--failure); }
tr:has(> .needs-warning) > th { border-left: 4px solid var(--warning); }
tr:has(> .needs-failure) > th::before { content: "✕ "; color: var(--failure); }
tr:has(> .needs-warning) > th::before { content: "! "; color: var(--warning); }
@media (max-width: 600px) {
  th, td { padding: .25rem .35rem; }
  td.findings { min-width: 10rem; overflow-wrap: anywhere; }
  ul { padding-left: .9rem; }
}
"""


@dataclass(frozen=True)
class Row:
    """One student.

    Attributes
    ----------
    student : str
    state : str
        A key of `STATES`.
    standing : Standing or None
    findings : tuple of Finding
    seconds : float or None
        How long the work ran.
    handed_in : str or None
    earlier : int
        Submissions before this one.
    is_outdated : bool
        Whether it was marked before the points or tests were changed.
    """

    student: str
    state: str
    standing: scores.Standing | None = None
    findings: tuple[Finding, ...] = ()
    seconds: float | None = None
    handed_in: str | None = None
    earlier: int = 0
    is_outdated: bool = False


def write(course, assignment):
    """Write page and table into the course's folder ``reports``.

    Parameters
    ----------
    course : Course
    assignment : str

    Returns
    -------
    page : Path
    needs_teacher : bool
        Whether the work of somebody could not be read or run.
    """
    most, rows = collect(course, assignment)
    folder = course.folder / FOLDER
    text = page(assignment, most, rows, names(course, assignment))
    lines = table(most, rows)
    _replace(folder / f"{assignment}.html", text.encode("utf-8", "backslashreplace"))
    _replace(folder / f"{assignment}.csv", lines.encode("utf-8-sig", "backslashreplace"))
    return folder / f"{assignment}.html", any(row.state in _NEED_TEACHER for row in rows)


def collect(course, assignment):
    """Return what can be reached (see `scores.most`) and a list of `Row`, sorted by student."""
    with course.gradebook() as gradebook:
        most = scores.most(gradebook, assignment)
        standings = scores.standings(gradebook, assignment)
    sent, tests = course.students(assignment), versions.tests_of(course.sources(assignment))
    rows = []
    for student in sorted({*standings, *sent}):
        record = _record(course, assignment, student)
        if record is None:
            rows.append(Row(student, "waiting" if student in sent else "missing"))
            continue
        found, earlier = record
        rows.append(
            Row(
                student,
                found["state"],
                standings.get(student),
                tuple(map(Finding.from_dict, found["findings"])),
                sum(notebook["seconds"] for notebook in found["notebooks"].values()),
                found["timestamp"],
                earlier,
                versions.is_outdated(found, tests),
            )
        )
    return most, rows


def names(course, assignment):
    """Return the exercises' titles, as the source has them now: notebook -> cell -> title."""
    return {name: titles(source) for name, source in course.sources(assignment).items()}


def _record(course, assignment, student):
    stored = records.Records(course.folder, assignment, student)
    found = stored.load()
    if found is None:
        return None
    return found, sum(before["sent"] != found["sent"] for before in stored.history())


def _replace(path, content):
    if not path.exists() or path.read_bytes() != content:
        replace_file(path, content)


# ---- the table ----


def table(most, rows):
    """Return the text of the CSV file: a line for each student."""
    names = _exercises(most)
    said = io.StringIO()
    writer = csv.writer(said, lineterminator="\r\n")
    writer.writerow([
        *("student", "state", "points", "of"),
        *[title for _, _, title in names],
        *("late penalty", "hours late", "seconds", "handed in", "earlier submissions", "findings"),
    ])
    total = sum(points for cells in most.values() for points in cells.values())
    for row in rows:
        standing = row.standing
        points = [_score(standing, name, cell) for name, cell, _ in names]
        writer.writerow(
            _harmless(value)
            for value in (
                row.student,
                STATES[row.state],
                _number(standing.total) if standing else "",
                _number(total),
                *["" if score is None else _number(score.points) for score in points],
                _number(standing.penalty) if standing else "",
                f"{standing.late / 3600:.1f}" if standing else "",
                "" if row.seconds is None else f"{row.seconds:.1f}",
                row.handed_in or "",
                str(row.earlier),
                " ".join(_sentence(finding) for finding in row.findings),
            )
        )
    return said.getvalue()


def _harmless(value):
    """Keep a spreadsheet from taking what a student wrote for a formula."""
    value = " ".join(value.split())
    return f"'{value}" if value[:1] in tuple("=+-@") and not _is_number(value) else value


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


# ---- the page ----


def page(assignment, most, rows, known=None):
    """Return the text of the page.

    Parameters
    ----------
    assignment : str
    most : dict
        See `scores.most`.
    rows : list of Row
    known : dict, optional
        The exercises' titles (see `names`); cells without one are named by their ids.

    Returns
    -------
    str
    """
    exercises = _exercises(most)
    total = sum(points for cells in most.values() for points in cells.values())
    head = "".join([
        '<th scope="col">Student</th>',
        f'<th scope="col" class="number">Points<br>{_of(total)}</th>',
        '<th scope="col">Findings</th>',
        *[_head(most, exercise, known or {}) for exercise in exercises],
        '<th scope="col" class="number">Seconds</th>',
    ])
    ordered = sorted(rows, key=lambda row: _ORDER.index(_need(row)))  # stable
    body = "\n".join(_row(row, exercises) for row in ordered)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{html.escape(assignment)}: marks</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{html.escape(assignment)}</h1>
<p>{_summary(rows)}</p>
<p class="quiet">{_LEGEND}</p>
<div class="wide">
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>
</body>
</html>
"""


def _head(most, exercise, known):
    """Return the head of an exercise's column: its title, and its id for those who point at it."""
    notebook, cell, name = exercise
    title = as_html(known.get(notebook, {}).get(cell, cell)).replace("_", "_<wbr>")
    where = f"{html.escape(notebook)}: ".replace("_", "_<wbr>") if len(most) > 1 else ""
    return (
        f'<th scope="col" class="number" title="{html.escape(name)}">{where}{title}'
        f"<br>{_of(most[notebook][cell])}</th>"
    )


def _of(points):
    return f'<span class="quiet">of {_number(points)}</span>'


_ORDER = ("failure", "warning", "")


def _need(row):
    """Tell how much a student's work needs the teacher: one of `_ORDER`."""
    weights = {finding.weight for finding in row.findings}
    if row.state in _NEED_TEACHER or "failure" in weights:
        return "failure"
    return "warning" if "warning" in weights or _is_open(row) or row.is_outdated else ""


def _summary(rows):
    counts = {state: sum(row.state == state for row in rows) for state in STATES}
    said = [f"{STATES[state]}: {count}" for state, count in counts.items() if count]
    is_open = sum(_is_open(row) for row in rows)
    if is_open:
        said.append(f"to be looked at in Formgrader: {is_open}")
    outdated = sum(row.is_outdated for row in rows)
    if outdated:
        said.append(f"marked before the points or tests were changed: {outdated}")
    said = "; ".join(said) + "." if said else "nobody has handed anything in."
    return html.escape(said[0].upper() + said[1:])


def _row(row, exercises):
    need = _need(row)
    kind = f"findings needs-{need}" if need else "findings"
    cells = [
        f'<th scope="row">{html.escape(row.student)}</th>',
        _numeric(_number(row.standing.total) if row.standing else ""),
        f'<td class="{kind}">{_remarks(row)}</td>',
    ]
    for name, cell, _ in exercises:
        score = _score(row.standing, name, cell)
        cells.append(_numeric("" if score is None else _points(score)))
    cells.append(_numeric("" if row.seconds is None else f"{row.seconds:.1f}"))
    return f"<tr>{''.join(cells)}</tr>"


def _remarks(row):
    said = []
    if row.state != "marked":
        kind = "failure" if row.state in _NEED_TEACHER else "quiet"
        said.append((kind, STATES[row.state].capitalize() + "."))
    if row.standing and row.standing.late > 0:
        penalty = row.standing.penalty
        taken = f", {_number(penalty)} points taken off" if penalty else ""
        said.append(("quiet", f"{_duration(row.standing.late)} late{taken}."))
    if row.is_outdated:
        said.append(("warning", "Marked before the points or tests were changed: mark it again."))
    if row.earlier:
        times = "once" if row.earlier == 1 else f"{row.earlier} times"
        said.append(("quiet", f"Handed in {times} before; that is kept in the history."))
    if _is_open(row):
        said.append(("warning", "Something is to be looked at in Formgrader."))
    said += [(finding.weight, _sentence(finding)) for finding in row.findings]
    lines = "".join(f'<li class="{kind}">{html.escape(text)}</li>' for kind, text in said)
    return f"<ul>{lines}</ul>" if lines else ""


def _sentence(finding):
    where = f"{finding.cell}: " if finding.cell and finding.cell not in finding.text else ""
    return f"{where}{finding.text}"


def _is_open(row):
    found = row.standing.scores.values() if row.standing else ()
    return any(score.is_open for cells in found for score in cells.values())


def _score(standing, notebook, cell):
    return standing.scores.get(notebook, {}).get(cell) if standing else None


def _points(score):
    if score.manual is None and score.automatic is None:
        return "?"
    return _number(score.points)


def _numeric(text):
    return f'<td class="number">{html.escape(text)}</td>'


def _number(value):
    return f"{round(value, 2):g}"


def _duration(seconds):
    minutes = max(1, round(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    said = [f"{count} {unit}{'s' * (count > 1)}" for count, unit in parts if count]
    return " and ".join(said[:2])


def _exercises(most):
    """List notebook, cell and title of each column."""
    several = len(most) > 1
    return [
        (notebook, cell, f"{notebook}: {cell}" if several else cell)
        for notebook, cells in most.items()
        for cell in cells
    ]
