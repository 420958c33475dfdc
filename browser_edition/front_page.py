"""The page that a learner meets first, and what it knows of the lessons."""

import hashlib
import html
import json
import re
import shutil
from pathlib import Path
from urllib.parse import quote

from cnn_lab.classroom.ipynb import grading, parse, to_text

FRONT = Path(__file__).parent / "front"
COMPLETE = "complete"
ASSIGNMENTS = "assignments"
LAB = "lab/index.html"
# JupyterLite's own script, which loads all of JupyterLab. Ours must have been there before.
LOADER = re.compile(r"await import\(\s*'\.\./config-utils\.js")
VISIT = "await import('../front/visit.js').then((visit) => visit.prepared, () => 0);\n        "


def stamp(contents):
    """Give every learner's copy its version; return what the front page must know.

    Parameters
    ----------
    contents : Path
        The folder with the learner's copies; they are written anew, with
        ``{"cnn_lab": {"version": ...}}`` in their metadata, which JupyterLab keeps.

    Returns
    -------
    dict
        Of JSON: ``lessons``, a list of dicts with ``name`` (of the file), ``number``, ``title``,
        ``question``, ``time``, ``version`` and ``complete`` (the path of the lesson with its
        solutions, or None); ``assignments``, a list of dicts with ``name`` (its path) and
        ``title``, which stay as they are.

    Raises
    ------
    ValueError
        If a copy is not a notebook.
    """
    lessons = []
    for path in sorted(contents.glob("*.ipynb")):
        notebook = parse(path.read_bytes())
        found = version(notebook)
        notebook["metadata"] = {**notebook.get("metadata", {}), "cnn_lab": {"version": found}}
        path.write_text(to_text(notebook), encoding="utf-8")
        complete = f"{COMPLETE}/{path.name}"
        lessons.append(
            {
                "name": path.name,
                **heading(path.name, notebook),
                "version": found,
                "complete": complete if (contents / complete).is_file() else None,
            }
        )
    handed_out = [
        {"name": path.relative_to(contents).as_posix(), "title": path.stem.replace("_", " ")}
        for path in sorted((contents / ASSIGNMENTS).glob("*/*.ipynb"))
    ]
    return {"lessons": lessons, "assignments": handed_out}


def version(notebook):
    """Return the version of a learner's copy: the same as long as a learner sees no difference."""
    told = [[cell["cell_type"], cell["source"], grading(cell)] for cell in notebook["cells"]]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def heading(name, notebook):
    """Return what the first cell of a lesson says: number, title, question, time.

    What it does not say is "", except the title, which is then made from the name of the file.
    """
    source = notebook["cells"][0]["source"] if notebook["cells"] else ""
    number = re.match(r"\d*", name)[0]
    title = re.match(r"#\s*\d*\s*(.+)", source)
    question = re.search(r"^\*([^*]+)\*$", source, re.MULTILINE)
    time = re.search(r"\*\*Time\*\*\s*([^·]+)", source)
    return {
        "number": number,
        "title": _plain(title) or name.removesuffix(".ipynb").lstrip("0123456789_ "),
        "question": _plain(question),
        "time": _plain(time),
    }


def _plain(match):
    return " ".join(match[1].split()) if match else ""


def add(site, course, title):
    """Put the front page into the built site.

    Parameters
    ----------
    site : Path
        With JupyterLite and Pyodide.
    course : dict
        From `stamp`.
    title : str
        What the site is called.

    Raises
    ------
    ValueError
        If JupyterLite's page is not as it was when this was written.
    """
    shutil.copytree(FRONT, site / "front", ignore=shutil.ignore_patterns("index.html"))
    (wheel,) = (site / "static" / "pyodide").glob("cnn_lab-*.whl")
    told = {**course, "wheel": wheel.name}
    (site / "front" / "course.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    page = (FRONT / "index.html").read_text(encoding="utf-8")
    filled = _filled(page, title, **course)
    (site / "index.html").write_text(filled, encoding="utf-8")
    _let_visit(site / LAB)


def _filled(page, title, lessons, assignments):
    """Put a course's title, lessons and assignments into the text of the page."""
    first = lessons[0] if lessons else {"name": "", "title": "", "number": ""}
    number = first["number"]
    parts = {
        "title": html.escape(title),
        "first": f"{LAB}?path={quote(first['name'])}",
        "begin": f"Begin with lesson {number}" if number else "Begin with the first lesson",
        "rows": "".join(map(_row, lessons)),
        "assignments": _assignments(assignments),
    }
    return re.sub(r"<!-- (\w+) -->|\{\{(\w+)\}\}", lambda match: parts[match[1] or match[2]], page)


def _assignments(assignments):
    if not assignments:
        return ""
    links = "".join(
        f'<li><a href="{LAB}?path={quote(each["name"])}">{html.escape(each["title"])}</a></li>'
        for each in assignments
    )
    return f"""
      <section aria-labelledby="assignments">
        <h2 id="assignments">To hand in</h2>
        <ul>{links}</ul>
      </section>"""


def _row(lesson):
    told = {key: html.escape(value or "") for key, value in lesson.items()}
    spoken = told["number"] or told["title"]
    answers = ""
    if lesson["complete"]:
        answers = (
            f'<a class="answers" href="{LAB}?path={quote(lesson["complete"])}"'
            f' aria-label="Lesson {spoken} with answers">with answers</a>'
        )
    return f"""
        <li class="lesson" id="lesson-{told["number"] or told["name"]}" data-name="{told["name"]}">
          <span class="number" aria-hidden="true">{told["number"]}</span>
          <div class="about">
            <a class="title" href="{LAB}?path={quote(lesson["name"])}">{told["title"]}</a>
            <p class="question">{told["question"]}</p>
            <p class="time">{told["time"]} {answers}</p>
          </div>
          <div class="work"><span class="state"></span></div>
        </li>"""


def _let_visit(page):
    """Have JupyterLab's page look after the learner's copies before anything else."""
    text = page.read_text(encoding="utf-8")
    text, found = LOADER.subn(lambda match: VISIT + match[0], text)
    if found != 1:
        raise ValueError(f"{page.name} of JupyterLite does not load what it used to load")
    page.write_text(text, encoding="utf-8")
