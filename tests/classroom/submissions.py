"""Invented submissions of every kind that a teacher may get, made from a released notebook.

`KINDS` has them by name. Each takes the notebook that students get and right answers by grade id,
so that they work for any assignment::

    KINDS["endless_loop"].made(released, answers)

What must come of it is said by `Kind.lost`: the checks that must not have full points, while all
others have. An attack happens in one exercise, the *target*: the last one that asks for a
function. `attacks` has the code of those that mean harm.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import attacks

from cnn_lab import checks
from cnn_lab.checks.exercise import Task
from cnn_lab.classroom import graded_cells

KINDS = {}
STEM = "notebook"


class Lesson:
    """A released notebook with right answers, to be spoilt.

    Parameters
    ----------
    released : dict
        What students get; stays as it is.
    answers : dict
        Right answers by grade id; a text with the markers of a solution will do.
    course : path, optional
        The course folder, for those that look for it.
    port : int, optional
        Of a server on this machine, for those that try to reach it.
    """

    def __init__(self, released, answers, course="/nowhere", port=9):
        self.notebook = json.loads(json.dumps(released))
        held = [self.grade_id(cell) for cell in self.cells]
        self.answers = {key: _unmarked(answers[key]) for key in held if key in answers}
        self.course, self.port = str(course), port
        self.stubs = {
            grade_id: cell["source"]
            for cell in self.cells
            if (grade_id := self.grade_id(cell)) in self.answers
        }
        for grade_id, text in self.answers.items():
            self.cell(grade_id)["source"] = text
        for cell in self.cells:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None

    @property
    def cells(self):
        return self.notebook["cells"]

    @staticmethod
    def grade_id(cell):
        return cell["metadata"].get("nbgrader", {}).get("grade_id")

    def cell(self, grade_id):
        return next(cell for cell in self.cells if self.grade_id(cell) == grade_id)

    @cached_property
    def exercises(self):
        """List (grade id of the answer, grade id of its check, what the check asks for)."""
        found = []
        for place, cell in enumerate(self.cells):
            asked = graded_cells.read(cell["source"]) if cell["cell_type"] == "code" else None
            if self.grade_id(cell) and asked:
                above = [self.grade_id(each) for each in self.cells[:place]]
                answer = [each for each in above if each in self.answers][-1]
                found.append((answer, self.grade_id(cell), asked))
        return found

    @cached_property
    def target(self):
        """The exercise that is attacked: the last one that asks for a function."""
        tasks = [each for each in self.exercises if _is_task(each)]
        return tasks[-1]

    @cached_property
    def arrays_target(self):
        """The last exercise that asks for a function of numbers that can vary."""
        tasks = [each for each in self.exercises if _is_task(each) and _takes_arrays(each)]
        return tasks[-1]

    @property
    def answer(self):
        """The cell of the target's answer."""
        return self.cell(self.target[0])

    @property
    def check(self):
        """The cell of the target's check."""
        return self.cell(self.target[1])

    @property
    def name(self):
        """The name of the function that the target asks for."""
        return self.target[2].answers[0]

    def instead(self, body):
        """Put another function in the place of the target's, with any arguments."""
        lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
        self.answer["source"] = f"def {self.name}(*arguments, **named):\n{lines}"

    def unanswered(self):
        """Take the target's answer away again."""
        self.answer["source"] = self.stubs[self.target[0]]

    def below(self, cell, text, kind="code", **more):
        """Add a cell below another."""
        new = {"cell_type": kind, "id": f"own-{len(self.cells)}", "metadata": {}, "source": text}
        if kind == "code":
            new |= {"execution_count": None, "outputs": []}
        new |= more
        place = next(k for k, each in enumerate(self.cells) if each is cell)
        self.cells.insert(place + 1, new)
        return new

    def to_bytes(self):
        return json.dumps(self.notebook, ensure_ascii=False, indent=1).encode()


def _unmarked(text):
    lines = text.split("\n")
    return "\n".join(x for x in lines if x.strip()[:9] not in ("### BEGIN", "### END S"))


def _is_task(exercise):
    return isinstance(checks.EXERCISES.get(exercise[2].name), Task)


def _takes_arrays(exercise):
    arguments = checks.EXERCISES[exercise[2].name].cases()[0].arguments
    return any(getattr(getattr(each, "dtype", None), "kind", "") == "f" for each in arguments)


@dataclass(frozen=True)
class Kind:
    """One kind of submission.

    Attributes
    ----------
    name : str
    change : function
        Takes a `Lesson` and changes it; returns None, or the bytes of the file, or a dict of file
        name -> bytes.
    lost : str
        Which checks must not have full points: "none", "target", "arrays" (that of
        `arrays_target`), "all" or "unreadable" (the file is no notebook); "target or all" where
        the kernel's end may cost the other answers, too. All others have full points, and those
        of "target" and "all" have none.
    finds : tuple of str
        Kinds of findings that the teacher must be told.
    """

    name: str
    change: Callable
    lost: str
    finds: tuple = field(default=())

    def made(self, released, answers, **where):
        """Return the files that are handed in.

        Returns
        -------
        bytes or dict
            Of the notebook; or file name -> bytes, where "" stands for the notebook's own name.
        """
        lesson = Lesson(released, answers, **where)
        made = self.change(lesson)
        return lesson.to_bytes() if made is None else made

    def lost_checks(self, released, answers):
        """Return the grade ids of the checks that must not have full points."""
        lesson = Lesson(released, answers)
        everything = {check for _, check, _ in lesson.exercises}
        lost = {"none": set(), "target": {lesson.target[1]}, "target or all": {lesson.target[1]}}
        if self.lost == "arrays":
            return {lesson.arrays_target[1]}
        return lost.get(self.lost, everything)


def kind(lost="none", finds=()):
    """Register a function as a kind of submission."""

    def register(change):
        KINDS[change.__name__] = Kind(change.__name__, change, lost, tuple(finds))
        return change

    return register


# ---- ordinary ones ----


@kind()
def right(lesson):
    """All answers are right."""


@kind("all")
def untouched(lesson):
    """Handed in as it was given out."""
    for grade_id, stub in lesson.stubs.items():
        lesson.cell(grade_id)["source"] = stub


@kind("target")
def wrong(lesson):
    lesson.instead("return 'no idea'")


@kind("target")
def syntax_error(lesson):
    lesson.answer["source"] = lesson.answer["source"].replace(":\n", "\n", 1) + "\n    return x +"


@kind("target")
def exception(lesson):
    lesson.instead("return 1 / 0")


@kind()
def raises_in_a_cell(lesson):
    lesson.below(lesson.answer, "raise ValueError('an experiment that failed')")


@kind("none", ["answer elsewhere"])
def answer_in_a_cell_of_its_own(lesson):
    text = lesson.answer["source"]
    lesson.unanswered()
    lesson.below(lesson.answer, text)


@kind("none", ["answer elsewhere"])
def answer_below_the_check(lesson):
    text = lesson.answer["source"]
    lesson.unanswered()
    lesson.below(lesson.check, text)


@kind()
def own_module(lesson):
    """The answer is imported from a file that is handed in, too."""
    text = lesson.answer["source"]
    lesson.answer["source"] = f"from my_answers import {lesson.name}"
    return {"": lesson.to_bytes(), "my_answers.py": f"import numpy as np\n\n\n{text}\n".encode()}


# ---- what editors and students do to cells ----


@kind("target", ["cell edited"])
def check_edited(lesson):
    lesson.instead("return None")
    lesson.check["source"] = "100"


@kind("target", ["points changed"])
def points_changed(lesson):
    lesson.instead("return None")
    lesson.check["metadata"]["nbgrader"]["points"] = 100


@kind("target", ["cell deleted"])
def check_deleted(lesson):
    lesson.instead("return None")
    lesson.cells.remove(lesson.check)


@kind("none", ["cell deleted"])
def check_deleted_although_right(lesson):
    lesson.cells.remove(lesson.check)


@kind("none", ["cells copied"])
def check_copied(lesson):
    for place, name in ((0, "copy-1"), (len(lesson.cells), "copy-2")):
        lesson.cells.insert(place, {**copy.deepcopy(lesson.check), "id": name})


@kind("none", ["cells copied"])
def answer_copied(lesson):
    """The stub was copied for safety; the answer stands in the copy below."""
    worked = {**copy.deepcopy(lesson.answer), "id": "copy"}
    lesson.unanswered()
    lesson.cells.insert(lesson.cells.index(lesson.answer) + 1, worked)


@kind("target", ["cell deleted"])
def answer_deleted(lesson):
    lesson.cells.remove(lesson.answer)


@kind("none", ["answer elsewhere"])
def answers_in_one_cell(lesson):
    first, *others = (lesson.cell(grade_id) for grade_id in lesson.answers)
    for cell in others:
        first["source"] += "\n\n\n" + cell["source"]
        lesson.cells.remove(cell)


@kind()
def answer_split(lesson):
    """An editor's command has split the answer's cell, and given both halves its metadata."""
    half = {**copy.deepcopy(lesson.answer), "id": "half", "source": "limit = 100"}
    lesson.cells.insert(lesson.cells.index(lesson.answer), half)


@kind("none", ["cell deleted"])
def answer_and_check_merged(lesson):
    answer, check = lesson.answer, lesson.check
    answer["source"] += "\n\n" + check["source"]
    lesson.cells.remove(check)


@kind("none", ["answer elsewhere", "cell edited"])
def check_and_answer_merged(lesson):
    answer, check = lesson.answer, lesson.check
    check["source"] = answer["source"] + "\n\n" + check["source"]
    lesson.cells.remove(answer)


@kind("none", ["cell type changed"])
def types_changed(lesson):
    for cell in (lesson.answer, lesson.check):
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]


@kind("none", ["cells moved"])
def order_changed(lesson):
    cells = lesson.cells
    cells.insert(0, cells.pop(cells.index(lesson.check)))


@kind("none", ["cell deleted"])
def imports_deleted(lesson):
    cells = lesson.cells
    cells[:] = [cell for cell in cells if "from cnn_lab import checks" not in cell["source"]]


@kind("none", ["metadata lost"])
def metadata_lost(lesson):
    for cell in lesson.cells:
        cell["metadata"] = {}


@kind()
def ids_lost(lesson):
    lesson.notebook["nbformat_minor"] = 4
    for cell in lesson.cells:
        del cell["id"]


@kind("none", ["metadata lost"])
def ids_and_metadata_lost(lesson):
    metadata_lost(lesson)
    ids_lost(lesson)


# ---- files ----


@kind("unreadable")
def not_json(lesson):
    return lesson.to_bytes()[:-200]


@kind("unreadable")
def empty_file(lesson):
    return b""


@kind("unreadable")
def a_web_page(lesson):
    return b"<!DOCTYPE html>\n<html><body>Jupyter</body></html>"


@kind("unreadable")
def nested_deeply(lesson):
    return b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@kind("none", ["file renamed"])
def renamed(lesson):
    return {"solution of Ada (1).ipynb": lesson.to_bytes()}


@kind("none", ["file renamed", "several files"])
def renamed_beside_the_untouched(lesson):
    work = lesson.to_bytes()
    untouched(lesson)
    return {"": lesson.to_bytes(), "mine-Copy1.ipynb": work}


@kind("none")
def foreign_kernelspec(lesson):
    spec = {"display_name": "foo", "language": "python", "name": "conda-env-foo"}
    lesson.notebook["metadata"]["kernelspec"] = spec


@kind()
def from_colab(lesson):
    """As Google Colab saves it."""
    notebook = lesson.notebook
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True, "collapsed_sections": ["a1B2c3"]},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
        "widgets": {"application/vnd.jupyter.widget-state+json": {"a": {"model_name": 1}}},
    }
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"] |= {"id": f"aB3_{number}", "outputId": "0c1", "colab": {"height": 34}}
        cell["metadata"]["executionInfo"] = {"status": "ok", "elapsed": 12, "timestamp": 1.7e12}
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            html = {"text/html": ["<div id='df-1'>", "</div>"], "text/plain": ["right"]}
            html["application/vnd.google.colaboratory.intrinsic+json"] = {"type": "dataframe"}
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": html}]
        cell["source"] = cell["source"].splitlines(keepends=True)


@kind()
def from_vs_code(lesson):
    """As VS Code saves it: other ids, its own metadata, no display names."""
    lesson.notebook["metadata"] = {
        "kernelspec": {"display_name": ".venv", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.1"},
        "orig_nbformat": 4,
    }
    lesson.notebook["nbformat_minor"] = 2
    for number, cell in enumerate(lesson.cells):
        cell["id"] = f"{number:08x}"
        cell["metadata"]["vscode"] = {"languageId": "python"}


@kind("none", ["format"])
def format_3(lesson):
    cells = []
    for cell in lesson.cells:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            old |= {"input": cell["source"].splitlines(keepends=True), "language": "python"}
            old |= {"outputs": [], "prompt_number": 1, "collapsed": False}
        elif cell["source"].startswith("# ") and "\n" not in cell["source"]:
            old |= {"cell_type": "heading", "level": 1, "source": cell["source"][2:]}
        else:
            old["source"] = cell["source"]
        cells.append(old)
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    return json.dumps({**old, "worksheets": [{"cells": cells, "metadata": {}}]}).encode()


@kind()
def format_4_0(lesson):
    ids_lost(lesson)
    lesson.notebook["nbformat_minor"] = 0
    lesson.notebook["metadata"]["signature"] = "sha256:0"


@kind("none", ["encoding"])
def windows_line_ends_and_mark(lesson):
    for cell in lesson.cells:
        cell["source"] = cell["source"].replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + lesson.to_bytes().replace(b"\n", b"\r\n")


@kind("none", ["encoding"])
def utf_16(lesson):
    return lesson.to_bytes().decode().encode("utf-16")


@kind()
def strange_values(lesson):
    """NaN, halves of characters, numbers of many digits, entries of the wrong type."""
    for cell in lesson.cells:
        cell["metadata"] |= {"nan": float("nan"), "half": "\ud800", "tags": 7, "many": 10**400}
    lesson.cells[0]["source"] += "\ud83d \x00"
    lesson.cells.append({"cell_type": "widget", "source": None, "metadata": []})
    lesson.notebook |= {"nbformat_minor": "five"}
    return json.dumps(lesson.notebook).encode()


@kind()
def output_of_100_mb_in_the_file(lesson):
    block = "0123456789" * 1_000_000
    flood = [{"output_type": "stream", "name": "stdout", "text": block} for _ in range(10)]
    lesson.answer["outputs"] = flood


@kind()
def script_in_prose_and_outputs(lesson):
    page = "<script>document.title = 'pwned'</script><img src=x onerror='document.title = `pwned`'>"
    lesson.below(lesson.answer, f"# My notes\n\n{page}\n\n[here](javascript:alert(1))", "markdown")
    shows = [
        "from IPython.display import HTML, Javascript, display",
        f"display(HTML({page!r}))",
        "display(Javascript('document.title = `pwned`'))",
        f"print('</pre>' + {page!r})",
    ]
    data = {"text/html": page, "application/javascript": "document.title = 'pwned'"}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    lesson.below(lesson.answer, "\n".join(shows), outputs=[output])


# ---- what code does ----


def _attack(name, lost="target", finds=(), text=None):
    """Register an attack whose code is added to the target's cell, or replaces the function."""

    def change(lesson):
        code = attacks.CODE[name]
        for word, value in (("NAME", lesson.name), ("COURSE", lesson.course)):
            code = code.replace(f"<{word}>", value)
        code = code.replace("<PORT>", str(lesson.port)).replace("<CHECK>", lesson.target[2].name)
        if text == "below the answer":
            lesson.answer["source"] += "\n\n" + code
        elif text == "a cell of its own":
            lesson.below(lesson.answer, code)
        else:
            lesson.answer["source"] = code

    change.__name__ = name
    change.__doc__ = attacks.CODE[name].split("\n", 1)[0].lstrip("# ")
    kind(lost, finds)(change)


for _name, (_lost, _text, *_finds) in attacks.EXPECTED.items():
    _attack(_name, _lost, _finds, _text)


@kind("arrays")
def memorises_the_cases(lesson):
    """The function knows the results of the check's cases, and nothing else."""
    answer, _, asked = lesson.arrays_target
    lesson.cell(answer)["source"] = attacks.memorised(asked.name, asked.answers[0])
