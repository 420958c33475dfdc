"""The form of the lessons: what can be checked without running them.

nbval runs them, and would pass a lesson that was never executed. Each rule is a function from a
notebook to its faults, and each is fed a notebook that breaks it.
"""

import ast
import re
import statistics
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cnn_lab import checks, plots
from cnn_lab.classroom.notebooks import (
    IGNORED,
    SECONDS,
    is_progress_bar,
    machine_paths,
    normalise,
    to_text,
)

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REQUIRED = [
    "00_start_here",
    "01_single_step_convolution",
    "02_padding",
    "03_convolution_forward",
    "04_pooling",
    "05_convolution_backward",
    "06_pooling_backward",
    "07_softmax_cross_entropy",
    "08_training_mnist",
    "09_looking_inside",
    "10_making_it_fast",
    "11_neurons_and_connections",
]
LARGEST = 1_500_000  # bytes; more makes a repository's page refuse to show the lesson
GRADING = {"grade", "grade_id", "locked", "schema_version", "solution", "task"}
CALL = re.compile(r"checks\.(\w+)\([\w, ]+\)")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
FORBIDDEN = {
    r"^\s*[%!]\s*pip\b": "installs packages",
    r"\bsys\.path\b": "changes sys.path",
    r"\bwarnings\.(filterwarnings|simplefilter|catch_warnings)\b": "hides warnings",
    r"^\s*(import|from)\s+matplotlib\b|^\s*%matplotlib\b": "uses matplotlib; cnn_lab.plots draws",
    r"\bnp\.random\.(seed|rand|randn|randint|normal|uniform)\b": "uses global random numbers",
}


# ---- rules ----


def numbered(notebook, kind="code"):
    return [(n, c) for n, c in enumerate(notebook.cells, start=1) if c.cell_type == kind]


def outputs(notebook):
    return [(n, cell, output) for n, cell in numbered(notebook) for output in cell.outputs]


def tags(cell):
    return cell.metadata.get("tags", [])


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def not_executed_in_order(notebook):
    return [
        f"cell {n} has execution count {cell.execution_count}, not {wanted}: run `make notebooks`"
        for wanted, (n, cell) in enumerate(numbered(notebook), start=1)
        if cell.execution_count != wanted
    ]


def stored_errors(notebook):
    return [
        f"cell {n} holds an error: {output.ename}"
        for n, cell, output in outputs(notebook)
        if output.output_type == "error" and "raises-exception" not in tags(cell)
    ]


def warnings_shown(notebook):
    return [
        f"cell {n} wrote to stderr: {output.text[:60]!r}"
        for n, _, output in outputs(notebook)
        if output.output_type == "stream" and output.name == "stderr"
    ]


def not_in_normal_form(notebook):
    normal = normalise(notebook)
    if len(normal.cells) != len(notebook.cells):
        return ["there are blank cells: run `make notebooks`"]
    faults = [
        f"cell {n} is not in its normal form: run `make notebooks`"
        for n, (cell, same) in enumerate(zip(notebook.cells, normal.cells, strict=True), start=1)
        if cell != same
    ]
    if notebook.metadata != normal.metadata or notebook.nbformat_minor != normal.nbformat_minor:
        faults.append("its metadata are not in their normal form: run `make notebooks`")
    return faults


def too_large(notebook):
    size = len(to_text(notebook).encode())
    return [f"it has {size / 1e6:.2f} MB, the limit is 1.5"] if size >= LARGEST else []


def places_on_a_machine(notebook):
    return [f"cell {n} names a place on a machine: {p}" for n, p in machine_paths(notebook)]


def addresses_shown(notebook):
    return [
        f"cell {n} shows an object's address"
        for n, _, output in outputs(notebook)
        if re.search(r"\bat 0x[0-9a-f]{6,}", output.get("text", "") + output_text(output))
    ]


def output_text(output):
    return "".join(v for k, v in output.get("data", {}).items() if k.startswith("text/"))


def progress_bars_stored(notebook):
    return [
        f"cell {n} stores a progress bar: tag it {IGNORED}, give the reason, run `make notebooks`"
        for n, _, output in outputs(notebook)
        if is_progress_bar(output)
    ]


def figures_without_description(notebook):
    faults = []
    for n, _, output in outputs(notebook):
        for kind in output.get("data", {}):
            alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
            if kind.startswith("image/") and len(alt.strip()) < 20:
                faults.append(f"cell {n}: the alt text of its picture is too short: {alt!r}")
    return faults


def images_without_description(notebook):
    return [
        f"cell {n} has an image without alt text: {match.group()}"
        for n, cell in numbered(notebook, "markdown")
        for match in re.finditer(r"!\[\s*\]|<img(?![^>]*\balt=[\"'][^\"'>]{5})[^>]*>", cell.source)
    ]


def too_much_ignored(notebook):
    cells = [cell for _, cell in numbered(notebook)]
    ignored = sum(IGNORED in tags(cell) for cell in cells)
    if 4 * ignored <= len(cells):
        return []
    return [f"{ignored} of {len(cells)} code cells are not compared, more than a quarter"]


def ignored_without_reason(notebook):
    return [
        f'cell {n} is not compared, and its metadata have no {{"cnn_lab": {{"reason": "..."}}}}'
        for n, cell in numbered(notebook)
        if IGNORED in tags(cell) and not cell.metadata.get("cnn_lab", {}).get("reason", "").strip()
    ]


def hidden_from_nbval(notebook):
    """Find nbval's other ways of looking away, which need no reason."""
    return [
        f"cell {n} is hidden from nbval: {match.group()}"
        for n, cell in numbered(notebook)
        for match in re.finditer(r"NBVAL_\w+|nbval-skip", f"{cell.source} {tags(cell)}")
    ]


def forbidden_code(notebook):
    return [
        f"cell {n} {fault}: {match.group().strip()}"
        for n, cell in numbered(notebook)
        for pattern, fault in FORBIDDEN.items()
        for match in re.finditer(pattern, cell.source, re.MULTILINE)
    ]


def broken_exercises(notebook):
    faults = []
    for n, cell in enumerate(notebook.cells, start=1):
        lines = [line.strip() for line in cell.source.splitlines()]
        marks = [line for line in lines if line in (BEGIN, END)]
        if marks != [BEGIN, END] * (len(marks) // 2):
            faults.append(f"cell {n}: every {BEGIN} needs its {END}")
        if bool(marks) != bool(grading(cell).get("solution")):
            faults.append(f"cell {n}: markers and nbgrader's `solution` go together")
    return faults


def broken_grading(notebook):
    faults = []
    for n, cell in enumerate(notebook.cells, start=1):
        data = grading(cell)
        if not data:
            continue
        missing = GRADING - data.keys()
        if missing:
            faults.append(f"cell {n}: its nbgrader metadata lack {', '.join(sorted(missing))}")
        if data.get("grade") and not data.get("points", 0) > 0:
            faults.append(f"cell {n}: a check needs points")
        if not data.get("grade") and "points" in data:
            faults.append(f"cell {n}: has points but is no check")
        if data.get("locked") == data.get("solution"):
            faults.append(f"cell {n}: a check is locked, an exercise is not")
    return faults


def exercises_without_check(notebook):
    faults, waiting = [], None
    for n, cell in enumerate(notebook.cells, start=1):
        if grading(cell).get("grade"):
            waiting = None
        elif grading(cell).get("solution"):
            waiting = n if waiting is None else waiting
    if waiting is not None:
        faults.append(f"cell {waiting}: no check follows this exercise")
    return faults


def answers_that_exist_already(notebook):
    """Find exercises whose name an earlier cell binds: an empty answer would count as right."""
    faults, bound = [], {}
    for n, cell in numbered(notebook):
        names = set() if cell.source.startswith("%") else names_bound(cell.source)
        if grading(cell).get("solution"):
            faults += [
                f"cell {n}: {name!r} is bound by cell {bound[name]} already"
                for name in sorted(names & bound.keys())
                if not grading(notebook.cells[bound[name] - 1]).get("solution")
            ]
        bound |= dict.fromkeys(names, n)
    return faults


def names_bound(source):
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def checks_that_are_no_check(notebook):
    return [
        f"cell {n} is graded, and more or other than one call of a check"
        for n, cell in numbered(notebook)
        if grading(cell).get("grade") and not CALL.fullmatch(cell.source)
    ]


def exercises_without_two_hints(notebook):
    faults, graded = [], False
    for n, cell in reversed([*enumerate(notebook.cells, start=1)]):
        graded = graded or bool(grading(cell).get("grade"))
        if cell.cell_type == "markdown" and "### Exercise" in cell.source:
            text = cell.source.partition("### Exercise")[2]
            hints = re.findall(r"<details><summary>Hint (\d): [^<]+</summary>\n\n", text)
            if graded and hints != ["1", "2"]:
                faults.append(f"cell {n}: its hints are {hints}, not two folds Hint 1 and Hint 2")
            graded = False
    return faults


def too_few_recall_questions(notebook):
    if not any(grading(cell).get("grade") for cell in notebook.cells):
        return []
    text = "".join(cell.source for _, cell in numbered(notebook, "markdown"))
    found = text.count("<summary>Answer</summary>")
    return [f"it has {found} questions with folded answers, fewer than 5"] if found < 5 else []


def repeated_grade_ids(notebook):
    ids = [grading(cell).get("grade_id") for cell in notebook.cells if grading(cell)]
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    return [f"grade_id {i!r} occurs {ids.count(i)} times" for i in repeated]


def lines_of(cell):
    return sum(line.strip() not in (BEGIN, END) for line in cell.source.splitlines())


def long_cells(notebook):
    lengths = [(n, lines_of(cell)) for n, cell in numbered(notebook)]
    faults = [f"cell {n} has {lines} lines, over 20" for n, lines in lengths if lines > 20]
    median = statistics.median([lines for _, lines in lengths] or [0])
    if median > 6:
        faults.append(f"code cells have a median of {median:g} lines, over 6")
    return faults


def long_runs_of_code(notebook):
    """Find more than two code cells in a row; an exercise and its check count as one."""
    faults, run, after_exercise = [], 0, False
    for n, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            run, after_exercise = 0, False
            continue
        if not (after_exercise and grading(cell).get("grade")):
            run += 1
        after_exercise = bool(grading(cell).get("solution"))
        if run == 3:
            faults.append(f"cell {n} is the third code cell in a row: a sentence is missing")
    return faults


RULES = [
    not_executed_in_order,
    stored_errors,
    warnings_shown,
    not_in_normal_form,
    too_large,
    places_on_a_machine,
    addresses_shown,
    progress_bars_stored,
    figures_without_description,
    images_without_description,
    too_much_ignored,
    ignored_without_reason,
    hidden_from_nbval,
    forbidden_code,
    broken_exercises,
    broken_grading,
    exercises_without_check,
    answers_that_exist_already,
    checks_that_are_no_check,
    exercises_without_two_hints,
    too_few_recall_questions,
    repeated_grade_ids,
    long_cells,
    long_runs_of_code,
]


# ---- the lessons ----


@pytest.mark.parametrize("name", REQUIRED)
def test_lesson_is_there(name):
    assert name in [path.stem for path in LESSONS]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_keeps_the_rule(path, rule):
    faults = rule(nbformat.v4.reads(path.read_text(encoding="utf-8")))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_asks_for_its_exercises_in_their_order(path):
    notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
    graded = [cell.source for _, cell in numbered(notebook) if grading(cell).get("grade")]
    asked = [name for source in graded for name in CALL.findall(source)]
    lesson = path.name[:2]
    assert asked == [name for name, each in checks.EXERCISES.items() if each.lesson == lesson]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_is_stored_as_make_notebooks_writes_it(path):
    text = path.read_bytes().decode()
    assert text == to_text(nbformat.v4.reads(text))


def sanitizing_rules():
    configuration = (ROOT / "tests" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    return re.findall(r"^regex: (.*)$", configuration, re.MULTILINE)


def test_sanitizing_rule_for_times_is_that_of_make_notebooks():
    assert sanitizing_rules()[0] == SECONDS.pattern


def test_sanitizing_rules_leave_the_description_of_a_picture():
    html = plots.numbers([[[7]]], alt="a lonely seven")._repr_mimebundle_()[0]["text/html"]
    for rule in sanitizing_rules():
        html = re.sub(rule, "", html)
    assert html.split() == ["<img", 'alt="a', "lonely", 'seven"', ">"]


# ---- every rule finds what it is for ----


def code(source="1 + 1", outputs=(), count=1, **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def prose(source="Some words.", **metadata):
    return new_markdown_cell(source, metadata=metadata)


def graded(**changes):
    data = {"grade": False, "grade_id": "pad", "locked": False, "schema_version": 3}
    return data | {"solution": False, "task": False} | changes


def picture(**metadata):
    return new_output("display_data", data={"image/png": "QUJD"}, metadata={"image/png": metadata})


SOLUTION = f"def pad(x):\n    {BEGIN}\n    return x\n    {END}"
EXERCISE = graded(solution=True)
HINTS = [f"<details><summary>Hint {n}: look</summary>\n\nHere.\n\n</details>" for n in (1, 2)]
TEXT = "### Exercise 1: pad\n\n" + "\n\n".join(HINTS)
CHECK = graded(grade=True, grade_id="check_pad", locked=True, points=2)
BAR = {
    "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
    "text/plain": "  0%|          | 0/600 [00:00<?, ?it/s]",
}


def good():
    """A lesson without a fault, into which the tests put one each."""
    alt = "Three grey pictures of the digit seven"
    cells = [
        prose('# Lesson\n\n![a digit](x.png) <img src="y.png" alt="a digit">'),
        code("print('one')", [new_output("stream", text="one\n")]),
        code("draw()", [picture(alt=alt)]),
        prose(TEXT),
        code(SOLUTION, nbgrader=EXERCISE),
        code("checks.pad(pad)", nbgrader=CHECK),
        prose("What is it?\n\n<details><summary>Answer</summary>\n\nThat.\n\n</details>" * 5),
        code("fit()", tags=[IGNORED], cnn_lab={"reason": "training differs in the last digit"}),
    ]
    return normalise(new_notebook(cells=cells))


def spoilt(*cells, at=1, remove=0, **metadata):
    """The good lesson with cells put in or replaced; in normal form, so that one fault is left."""
    notebook = good()
    notebook.cells[at : at + remove] = list(cells)
    notebook.metadata.update(metadata)
    return normalise(notebook)


def unexecuted():
    notebook = good()
    notebook.cells[2].execution_count = None
    return notebook


def out_of_order():
    notebook = good()
    notebook.cells[-1].execution_count = 9
    return notebook


def with_random_ids():
    notebook = good()
    notebook.cells[0].id = "0a1b2c3d"
    return notebook


def with_version():
    notebook = good()
    notebook.metadata.language_info.version = "3.11.7"
    return notebook


def with_blank_cell():
    notebook = good()
    notebook.cells.append(code(""))
    return notebook


ERROR = new_output("error", ename="ValueError", evalue="", traceback=[])
WARNING = new_output("stream", name="stderr", text="RuntimeWarning: overflow")
ADDRESS = new_output("execute_result", data={"text/plain": "<f at 0x7f3aa94aaca0>"})
BAD = [
    (not_executed_in_order, unexecuted(), "cell 3 has execution count None, not 2"),
    (not_executed_in_order, out_of_order(), "cell 8 has execution count 9, not 5"),
    (stored_errors, spoilt(code("f()", [ERROR])), "cell 2 holds an error: ValueError"),
    (warnings_shown, spoilt(code("f()", [WARNING])), "cell 2 wrote to stderr"),
    (not_in_normal_form, with_random_ids(), "cell 1 is not in its normal form"),
    (not_in_normal_form, with_version(), "its metadata are not in their normal form"),
    (not_in_normal_form, with_blank_cell(), "there are blank cells"),
    (too_large, spoilt(prose("x" * 1_500_000)), "it has 1.50 MB"),
    (places_on_a_machine, spoilt(prose("see /home/ana/x")), "cell 2 names a place on a machine"),
    (addresses_shown, spoilt(code("f", [ADDRESS])), "cell 2 shows an object's address"),
    (
        progress_bars_stored,
        spoilt(code("fit()", [new_output("display_data", data=BAR)])),
        "cell 2 stores a progress bar",
    ),
    (figures_without_description, spoilt(code("f", [picture()])), "is too short: ''"),
    (figures_without_description, spoilt(code("f", [picture(alt="figure")])), "short: 'figure'"),
    (images_without_description, spoilt(prose("![ ](x.png)")), "cell 2 has an image without"),
    (images_without_description, spoilt(prose("<img src='x.png'>")), "cell 2 has an image without"),
    (images_without_description, spoilt(prose('<img alt="" src="x">')), "an image without alt"),
    (
        too_much_ignored,
        spoilt(code(tags=[IGNORED], cnn_lab={"reason": "random"})),
        "2 of 6 code cells are not compared",
    ),
    (ignored_without_reason, spoilt(code(tags=[IGNORED])), "cell 2 is not compared"),
    (
        ignored_without_reason,
        spoilt(code(tags=[IGNORED], cnn_lab={"reason": " "})),
        "cell 2 is not compared",
    ),
    (hidden_from_nbval, spoilt(code("# NBVAL_SKIP\nf()")), "cell 2 is hidden from nbval"),
    (hidden_from_nbval, spoilt(code(tags=["nbval-skip"])), "cell 2 is hidden from nbval"),
    (forbidden_code, spoilt(code("%pip install numpy")), "cell 2 installs packages"),
    (forbidden_code, spoilt(code("import sys\nsys.path.append('..')")), "changes sys.path"),
    (forbidden_code, spoilt(code("warnings.simplefilter('ignore')")), "cell 2 hides warnings"),
    (forbidden_code, spoilt(code("import matplotlib.pyplot as plt")), "cell 2 uses matplotlib"),
    (forbidden_code, spoilt(code("np.random.seed(0)")), "cell 2 uses global random numbers"),
    (broken_exercises, spoilt(code(BEGIN, nbgrader=graded(solution=True))), "needs its"),
    (broken_exercises, spoilt(code(SOLUTION)), "cell 2: markers and nbgrader's `solution`"),
    (broken_exercises, spoilt(code(nbgrader=EXERCISE)), "cell 2: markers and nbgrader's"),
    (broken_grading, spoilt(code(nbgrader={"grade_id": "a", "locked": True})), "lack grade, sch"),
    (
        broken_grading,
        spoilt(code(nbgrader=graded(grade=True, locked=True, points=0))),
        "cell 2: a check needs points",
    ),
    (broken_grading, spoilt(code(nbgrader=CHECK | {"grade": False})), "has points but is no check"),
    (broken_grading, spoilt(code(nbgrader=CHECK | {"locked": False})), "a check is locked"),
    (exercises_without_check, spoilt(at=5, remove=1), "cell 5: no check follows this exercise"),
    (
        answers_that_exist_already,
        spoilt(code("from course import pad"), at=1, remove=1),
        "cell 5: 'pad' is bound by cell 2 already",
    ),
    (
        checks_that_are_no_check,
        spoilt(code("assert pad(1) == 1", nbgrader=CHECK), at=5, remove=1),
        "cell 6 is graded, and more or other than one call",
    ),
    (
        exercises_without_two_hints,
        spoilt(prose("### Exercise 1: pad\n\n" + HINTS[1]), at=3, remove=1),
        "cell 4: its hints are ['2'], not two folds",
    ),
    (too_few_recall_questions, spoilt(prose(), at=6, remove=1), "it has 0 questions with folded"),
    (repeated_grade_ids, spoilt(code(SOLUTION, nbgrader=EXERCISE)), "'pad' occurs 2 times"),
    (long_cells, spoilt(code("f()\n" * 20 + "f()")), "cell 2 has 21 lines"),
    (long_cells, spoilt(*[code("f()\n" * 6 + "f()")] * 9), "a median of 7 lines"),
    (long_runs_of_code, spoilt(code("f()")), "cell 4 is the third code cell in a row"),
    (long_runs_of_code, spoilt(*[code()] * 3, at=7), "cell 10 is the third code cell in a row"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_finds_no_fault_in_a_good_lesson(rule):
    assert rule(good()) == []


@pytest.mark.parametrize(("rule", "notebook", "complaint"), BAD)
def test_rule_finds_its_fault(rule, notebook, complaint):
    faults = rule(notebook)
    assert len(faults) == 1
    assert complaint in faults[0]


def test_every_rule_is_shown_to_fail():
    assert {rule for rule, _, _ in BAD} == set(RULES)
