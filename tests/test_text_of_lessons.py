"""The text of the lessons: what makes twelve notebooks one book, as far as a program can tell.

Sizes, the order of the parts, times, links, alt texts, the terms of the glossary and the symbols.
Each rule is a function from a lesson to its faults; each is fed a lesson that breaks it.
"""

import re
import statistics
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cnn_lab.classroom.notebooks import find_lessons

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "notebooks" / "glossary.md"
LAST = "11"
END_PARTS = ["Exercises", "What you know now", "Do you remember?", "Where the ideas come from"]
SYMBOL_HEAD = ["symbol", "in code", "shape", "meaning"]
LABELS = {"Time", "You need", "You will be able to", "Predict", "Next"}
# Words of the course itself, made bold where they are introduced in lesson 00.
COURSE_WORDS = {"exercise", "check", "workbook", "progress page", "Shift+Enter", "notebook"}
BELITTLING = ("simply", "obviously", "of course", "trivial", "trivially", "needless to say")

FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)
DISPLAY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
FORMULA = re.compile(r"(?<!\\)\$[^$]+\$")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`]+`")
LINK = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\(([^()\s]+)\)")
BOLD = re.compile(r"(?<!\*)\*\*([^*]+)\*\*(?!\*)")
EXERCISE = re.compile(r"^### Exercise (\d+): (.+?) \((\d+) minutes?\)$", re.MULTILINE)
EXPLORE = re.compile(r"^### Explore: .+$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
TIME = re.compile(
    r"\*\*Time\*\* (\d+) min to read, (?:[^·]*?)(\d+) with the exercises[^·]*"
    r"· \*\*You need\*\* [^·]+· \*\*You will be able to\*\* .+",
    re.DOTALL,
)
WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?")


# ---- reading ----


def table_rows(text, head):
    """Return the rows below the first table with this head, each a list of cells."""
    lines = text.splitlines()
    for n, line in enumerate(lines):
        if cells_of(line) == head:
            rows = []
            for row in lines[n + 2 :]:
                if not row.startswith("|"):
                    break
                rows.append(cells_of(row))
            return rows
    return []


def cells_of(line):
    line = line.strip()
    if not line.startswith("|"):
        return []
    return [cell.strip() for cell in line.strip("|").split("|")]


def without_tables(text):
    return "\n".join(line for line in text.splitlines() if not line.startswith("|"))


def plain(text):
    """Return the words that a reader reads: no folds, displayed formulas, tables or addresses."""
    text = without_tables(FENCE.sub(" ", DISPLAY.sub(" ", FOLD.sub(" ", text))))
    text = LINK.sub(r"\1", FORMULA.sub(" x ", text))
    return re.sub(r"</?[a-z][^>]*>", " ", text)


def count_words(text):
    return len(WORD.findall(CODE.sub(" x ", plain(text))))


def joined(text):
    return " ".join(text.split())


def singular(term):
    term = term.lower().strip(" .,:;")
    return term[:-1] if term.endswith("s") and not term.endswith("ss") else term


@dataclass
class Lesson:
    """One lesson's text, taken apart."""

    name: str
    notebook: object

    @property
    def number(self):
        return self.name[:2]

    @cached_property
    def prose(self):
        return [(n, c) for n, c in enumerate(self.notebook.cells, start=1) if is_prose(c)]

    @cached_property
    def text(self):
        return "\n\n".join(cell.source for _, cell in self.prose)

    @cached_property
    def head(self):
        return self.notebook.cells[0].source

    @cached_property
    def title(self):
        return self.head.splitlines()[0].removeprefix("# ").strip()

    @cached_property
    def question(self):
        found = re.search(r"^\*(?!\*)(.+?\?)\*$", self.head, re.MULTILINE | re.DOTALL)
        return joined(found[1]) if found else ""

    @cached_property
    def minutes(self):
        found = TIME.search(self.head)
        return (int(found[1]), int(found[2])) if found else None

    @cached_property
    def code_cells(self):
        return [c for c in self.notebook.cells if c.cell_type == "code"]

    @cached_property
    def words(self):
        return count_words(self.text)

    def part(self, heading):
        """Return the text from ``## heading`` to the next heading of this level."""
        found = re.search(
            rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL
        )
        return found[1].strip() if found else ""

    @cached_property
    def alts(self):
        return [
            (n, output.metadata["image/png"].get("alt", ""))
            for n, cell in enumerate(self.notebook.cells, start=1)
            if cell.cell_type == "code"
            for output in cell.outputs
            if "image/png" in output.get("data", {}) and "image/png" in output.metadata
        ]

    @cached_property
    def body(self):
        """Return the numbered prose cells of the lesson itself, without exercises and end."""
        ended, exercise, cells = False, False, []
        for n, cell in self.prose[1:]:
            ended = ended or bool(re.search(r"^## Exercises$", cell.source, re.MULTILINE))
            exercise = "### Exercise" in cell.source
            if not (ended or exercise):
                cells.append((n, cell))
        return cells


def is_prose(cell):
    return cell.cell_type == "markdown"


def with_exercises(lesson):
    return lesson.number != "00"


# ---- the skeleton ----


def head_without_its_parts(lesson):
    faults = []
    if not re.match(rf"# {lesson.number}  \S", lesson.head):
        faults.append(f"its first line is not '# {lesson.number}  Title'")
    if not lesson.question:
        faults.append("no question in italics stands below its title")
    if with_exercises(lesson) and lesson.minutes is None:
        faults.append("no line says Time, You need, You will be able to")
    return faults


def parts_out_of_order(lesson):
    if not with_exercises(lesson):
        return []
    headings = re.findall(r"^## (.+)$", lesson.text, re.MULTILINE)
    found = [heading for heading in headings if heading in END_PARTS]
    return [] if found == END_PARTS else [f"its last parts are {found}, not {END_PARTS}"]


def exercises_out_of_order(lesson):
    numbers = [int(match[1]) for match in EXERCISE.finditer(lesson.text)]
    headings = len(re.findall(r"^### Exercise", lesson.text, re.MULTILINE))
    faults = []
    if numbers != list(range(1, headings + 1)):
        faults.append(f"its {headings} exercises are numbered {numbers}, or lack their minutes")
    if with_exercises(lesson) and not 3 <= headings <= 6:
        faults.append(f"it has {headings} exercises, not 3 to 6")
    return faults


def nothing_to_explore(lesson):
    if not with_exercises(lesson):
        return []
    text = lesson.part("Exercises")
    found = EXPLORE.findall(text)
    last = (re.findall(r"^### .+$", text, re.MULTILINE) or [""])[-1]
    if len(found) != 1 or found[0] != last:
        return ["its exercises do not end with one '### Explore: ...'"]
    faults, explore = [], text[text.index(found[0]) :]
    if "<summary>What we found</summary>" not in explore:
        faults.append("its open question has no fold 'What we found'")
    if count_words(explore) > 90:
        faults.append(f"its open question has {count_words(explore)} words, over 90")
    return faults


def question_not_answered(lesson):
    if not with_exercises(lesson):
        return []
    text = lesson.part("What you know now")
    first, _, rest = text.partition("\n\n")
    faults = []
    if joined(first) != f"*{lesson.question}*":
        faults.append("'What you know now' does not begin with the lesson's question")
    sentences = len(re.findall(r"[.!?](?=\s|$)", plain(rest.partition("\n|")[0])))
    if not 3 <= sentences <= 8:
        faults.append(f"its answer has {sentences} sentences, not 3 to 8")
    if "(glossary.md" not in lesson.text:
        faults.append("it does not link the glossary")
    return faults


def times_that_do_not_add_up(lesson):
    if not with_exercises(lesson) or lesson.minutes is None:
        return []
    read, total = lesson.minutes
    exercises = sum(int(match[3]) for match in EXERCISE.finditer(lesson.text))
    faults = []
    if abs(read + exercises - total) > 3:
        faults.append(f"{read} min to read and {exercises} for exercises are not {total}")
    if not lesson.words / 90 <= read <= lesson.words / 40:
        faults.append(f"{lesson.words} words do not take {read} min to read")
    return faults


def recall_out_of_form(lesson):
    if not with_exercises(lesson):
        return []
    questions = re.findall(
        r"^\d\. .+\? <details><summary>Answer</summary>.+</details>$",
        lesson.part("Do you remember?"),
        re.MULTILINE,
    )
    if 5 <= len(questions) <= 8:
        return []
    return [f"it has {len(questions)} questions with answers, each in one line; not 5 to 8"]


def next_lesson_not_named(lesson, lessons):
    later = [other for other in lessons if other.number > lesson.number]
    if not later:
        return []
    title, file = re.escape(joined(later[0].title)), re.escape(later[0].name)
    link = rf"\*\*Next:\*\* \[{title}\]\({file}\.ipynb\)\. .+\?"
    if re.search(link, joined(lesson.text)):
        return []
    return [f"it does not end with '**Next:** [{joined(later[0].title)}](...). ...?'"]


# ---- sizes ----


def too_long_or_short(lesson):
    faults = []
    if not 1500 <= lesson.words <= 2500:
        faults.append(f"it has {lesson.words} words outside folds and tables, not 1,500 to 2,500")
    if not 20 <= len(lesson.code_cells) <= 35:
        faults.append(f"it has {len(lesson.code_cells)} code cells, not 20 to 35")
    return faults


def prose_cells_too_long(lesson):
    lengths = [(n, count_words(cell.source)) for n, cell in lesson.body]
    faults = [f"cell {n} has {words} words, over 100" for n, words in lengths if words > 100]
    median = statistics.median([words for _, words in lengths] or [0])
    if not 30 <= median <= 80:
        faults.append(f"its prose cells have a median of {median:g} words, not 30 to 80")
    return faults


def figures_too_few_or_many(lesson):
    count = len(lesson.alts)
    return [] if 4 <= count <= 16 else [f"it has {count} figures and widgets, not 4 to 16"]


# ---- words ----


def alt_texts_that_say_too_little_or_much(lesson):
    faults = []
    for n, alt in lesson.alts:
        words = len(alt.split())
        if not 8 <= words <= 70:
            faults.append(f"cell {n}: its alt text has {words} words, not 8 to 70")
        if re.match(r"(an? |the )?(picture|figure|image|plot|diagram) (of|that|show)", alt, re.I):
            faults.append(f"cell {n}: its alt text begins with {' '.join(alt.split()[:3])!r}")
    return faults


def figures_without_title(lesson):
    drawn = r"plots\.(?!predictions\b|course_map\b)\w+\("
    return [
        f"cell {n} draws a figure without a title"
        for n, cell in enumerate(lesson.notebook.cells, start=1)
        if cell.cell_type == "code"
        and len(re.findall(drawn, cell.source)) > cell.source.count("title=")
    ]


def belittling_words(lesson):
    text = plain(lesson.text)
    return [
        f"it says {word!r}"
        for word in BELITTLING
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
    ]


def links_that_lead_nowhere(lesson, folder=ROOT / "notebooks"):
    faults = []
    for _, target in LINK.findall(CODE.sub("", FENCE.sub("", lesson.text))):
        if re.match(r"[a-z]+:", target) or target.startswith("attachment:"):
            continue
        file, _, place = target.partition("#")
        if file and not (folder / file).is_file():
            faults.append(f"a link leads to {target!r}, which is not there")
        elif place and place not in anchors(folder / file if file else None, lesson):
            faults.append(f"a link leads to {target!r}, and there is no such heading")
    return faults


def anchors(file, lesson):
    if file is None:
        text = lesson.text
    elif file.suffix == ".ipynb":
        cells = nbformat.read(file, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if is_prose(cell))
    else:
        text = file.read_text(encoding="utf-8")
    return {heading.replace(" ", "-") for heading in HEADING.findall(text)}


# ---- the glossary ----


@dataclass(frozen=True)
class Term:
    """One row of the glossary."""

    names: tuple  # the term and, in brackets behind it, its other names
    chinese: str
    meaning: str
    lesson: str  # the number of the lesson that defines it


def read_terms(text):
    terms = []
    for row in table_rows(text, ["term", "中文", "meaning", "lesson"]):
        names = [part.strip() for part in re.split(r"[(),]", row[0]) if part.strip()]
        number = re.match(r"\[(\d\d)\]", row[3])
        terms.append(Term(tuple(names), row[1], row[2], number[1] if number else ""))
    return terms


def bold_terms(lesson):
    """Return the numbered terms that a lesson defines, those in its folds left out."""
    return [
        (n, joined(term))
        for n, cell in lesson.prose
        for term in BOLD.findall(plain(cell.source))
        if joined(term).rstrip(":") not in LABELS and not re.fullmatch(r"[\d.]+", term)
    ]


def terms_not_in_the_glossary(lesson, terms):
    known = {singular(name): term for term in terms for name in term.names}
    faults = []
    for n, bold in bold_terms(lesson):
        if bold in COURSE_WORDS or bold.lower() in COURSE_WORDS:
            continue
        term = known.get(singular(bold))
        if term is None:
            faults.append(f"cell {n}: {bold!r} is bold, and not in the glossary")
        elif term.lesson != lesson.number:
            faults.append(f"cell {n}: {bold!r} is bold; the glossary says lesson {term.lesson}")
    return faults


def terms_not_defined_once(lesson, terms):
    found = [singular(bold) for _, bold in bold_terms(lesson)]
    faults = []
    for term in terms:
        if term.lesson == lesson.number:
            times = sum(found.count(singular(name)) for name in term.names)
            if times != 1:
                faults.append(f"{term.names[0]!r} of the glossary is bold here {times} times")
    return faults


def terms_used_too_early(lesson, terms):
    """Find terms of later lessons; what a link says is the title of that lesson."""
    text = LINK.sub(" ", FOLD.sub(" ", FENCE.sub(" ", lesson.text)))
    text = CODE.sub(" ", FORMULA.sub(" ", DISPLAY.sub(" ", without_tables(text))))
    text = re.split(r"^## Where the ideas come from$|\*\*Next:\*\*", text, flags=re.MULTILINE)[0]
    return [
        f"{term.names[0]!r} is used; lesson {term.lesson} defines it"
        for term in terms
        if term.lesson > lesson.number
        and re.search(rf"\b{re.escape(term.names[0])}s?\b", text, re.IGNORECASE)
    ]


# ---- the symbols ----


def symbols_that_differ(lesson, symbols):
    if not with_exercises(lesson):
        return []
    rows = table_rows(lesson.part("What you know now"), SYMBOL_HEAD)
    faults = [] if 3 <= len(rows) <= 10 else [f"its table has {len(rows)} symbols, not 3 to 10"]
    for row in rows:
        if row not in symbols:
            near = [other for other in symbols if other[0] == row[0]]
            faults.append(f"the row of {row[0]} is not in the glossary, which has {near}")
    return faults


def subscripts_for_indices(lesson):
    """Find indices written below the line; in this course they stand in brackets, as in code."""
    pattern = r"\b[A-Za-z]+_\{(?:\\?[a-z0-9]\s*,\s*)+[^}]*\}"
    formulas = DISPLAY.findall(lesson.text) + FORMULA.findall(DISPLAY.sub("", lesson.text))
    found = [match for formula in formulas for match in re.findall(pattern, formula)]
    return [f"an index stands below the line: {match}" for match in found if "prev" not in match]


RULES = [
    head_without_its_parts,
    parts_out_of_order,
    exercises_out_of_order,
    nothing_to_explore,
    question_not_answered,
    times_that_do_not_add_up,
    recall_out_of_form,
    too_long_or_short,
    prose_cells_too_long,
    figures_too_few_or_many,
    alt_texts_that_say_too_little_or_much,
    figures_without_title,
    belittling_words,
    links_that_lead_nowhere,
    subscripts_for_indices,
]
RULES_OF_TERMS = [terms_not_in_the_glossary, terms_not_defined_once, terms_used_too_early]


# ---- the lessons ----


PATHS = find_lessons(ROOT / "notebooks")
BOOK = [Lesson(path.stem, nbformat.read(path, as_version=4)) for path in PATHS]
BY_NAME = pytest.mark.parametrize("lesson", BOOK, ids=lambda lesson: lesson.name)


@BY_NAME
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_lesson_keeps_the_rule(lesson, rule):
    assert not rule(lesson)


@BY_NAME
@pytest.mark.parametrize("rule", RULES_OF_TERMS, ids=lambda rule: rule.__name__)
def test_lesson_keeps_to_the_glossary(lesson, rule):
    assert not rule(lesson, read_terms(GLOSSARY.read_text(encoding="utf-8")))


@BY_NAME
def test_lesson_names_the_next_one(lesson):
    assert not next_lesson_not_named(lesson, BOOK)


@BY_NAME
def test_lesson_uses_the_symbols_of_the_course(lesson):
    symbols = table_rows(GLOSSARY.read_text(encoding="utf-8"), SYMBOL_HEAD)
    assert not symbols_that_differ(lesson, symbols)


@pytest.mark.parametrize("page", ["README.md", "notebooks/00_start_here.ipynb"])
def test_page_tells_each_lesson_its_time_and_its_title(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    if page.endswith(".ipynb"):
        text = BOOK[0].text
    for lesson in BOOK[1:]:
        row = next(line for line in text.splitlines() if line.startswith(f"| {lesson.number} "))
        cells = cells_of(row)
        assert LINK.search(cells[1])[1] == lesson.title[4:], row
        assert int(re.search(r"\d+", cells[3])[0]) == lesson.minutes[1], row


def test_first_lesson_adds_up_the_hours():
    read = int(re.search(r"\*\*Time\*\* (\d+) min", BOOK[0].head)[1])
    minutes = read + sum(lesson.minutes[1] for lesson in BOOK[1:])
    assert f"about {minutes / 60:.0f} hours" in joined(BOOK[0].text)


def test_glossary_has_each_term_once_and_in_order():
    terms = read_terms(GLOSSARY.read_text(encoding="utf-8"))
    names = [singular(name) for term in terms for name in term.names]
    assert len(terms) > 60
    assert len(names) == len(set(names))
    firsts = [term.names[0].lower() for term in terms]
    assert firsts == sorted(firsts)


def test_glossary_has_for_each_term_chinese_a_meaning_and_a_lesson():
    for term in read_terms(GLOSSARY.read_text(encoding="utf-8")):
        assert re.search(r"[\u4e00-\u9fff]", term.chinese), term
        assert count_words(term.meaning) >= 4, term
        assert term.lesson in [lesson.number for lesson in BOOK], term


def test_glossary_has_each_symbol_once():
    rows = table_rows(GLOSSARY.read_text(encoding="utf-8"), SYMBOL_HEAD)
    symbols = [row[0] for row in rows]
    assert len(rows) > 30
    assert len(symbols) == len(set(symbols))


def test_glossary_links_lead_to_the_lessons():
    for text, target in LINK.findall(GLOSSARY.read_text(encoding="utf-8")):
        assert (GLOSSARY.parent / target).is_file(), target
        assert not re.fullmatch(r"\d\d", text) or target.startswith(text)


# ---- every rule finds what it is for ----


TITLE = "# 03  Edges\n\n*Where is an edge?*\n\n"
TIMES = (
    "**Time** 20 min to read, 45 with the exercises · **You need** lesson 02 · "
    "**You will be able to** find edges."
)
ONE_MORE = "### Exercise 2: draw an edge (7 minutes)"
EXPLORE_TEXT = (
    "### Explore: what else?\n\nTry.\n\n"
    "<details><summary>What we found</summary>\n\nMuch.\n\n</details>"
)
ANSWER = (
    "## What you know now\n\n*Where is an edge?*\n\nAn edge is where neighbours differ. "
    "A filter finds it. Its sign says which way. The terms: [glossary](glossary.md)."
)
ROW = "| $h$ | `h` | | row |"
TABLE = "\n\n| symbol | in code | shape | meaning |\n|---|---|---|---|\n"
RECALL = "## Do you remember?\n\n" + "\n".join(
    f"{n}. Why? <details><summary>Answer</summary>So.</details>" for n in range(1, 6)
)
NEXT = "**Next:** [04  Pools](04_pools.ipynb). What is a pool?"


def written(*texts, name="03_edges", code=()):
    cells = [new_markdown_cell(text) for text in texts]
    cells += [new_code_cell(source, outputs=list(outputs)) for source, *outputs in code]
    return Lesson(name, new_notebook(cells=cells))


def drawn(alt):
    return new_output(
        "display_data", data={"image/png": "QUJD"}, metadata={"image/png": {"alt": alt}}
    )


def exercises(*parts):
    return written(TITLE + TIMES, "## Exercises\n\n" + "\n\n".join(parts))


BAD = [
    (head_without_its_parts, written("# Edges"), "first line is not '# 03  Title'"),
    (head_without_its_parts, written("# 03  Edges\n\n*An edge.*"), "no question in italics"),
    (head_without_its_parts, written(TITLE + "20 minutes"), "no line says Time"),
    (parts_out_of_order, written(TITLE, RECALL, ANSWER), "its last parts are ['Do you remember?'"),
    (exercises_out_of_order, exercises(ONE_MORE), "1 exercises are numbered [2]"),
    (exercises_out_of_order, exercises("### Exercise 1: guess"), "are numbered []"),
    (exercises_out_of_order, exercises(), "it has 0 exercises, not 3 to 6"),
    (nothing_to_explore, exercises(EXPLORE_TEXT, ONE_MORE), "do not end with one '### Explore"),
    (nothing_to_explore, exercises("### Explore: what else?"), "no fold 'What we found'"),
    (nothing_to_explore, exercises(EXPLORE_TEXT + " more" * 90), "words, over 90"),
    (
        question_not_answered,
        written(TITLE, ANSWER.replace("*Where is an edge?*", "So:")),
        "does not begin with the lesson's question",
    ),
    (
        question_not_answered,
        written(TITLE, ANSWER.replace("A filter finds it. Its sign says which way. ", "")),
        "its answer has 2 sentences",
    ),
    (
        question_not_answered,
        written(TITLE, ANSWER.replace("(glossary.md)", "(x.md)")),
        "it does not link the glossary",
    ),
    (times_that_do_not_add_up, exercises(ONE_MORE), "read and 7 for exercises are not 45"),
    (times_that_do_not_add_up, exercises(ONE_MORE), "words do not take 20 min to read"),
    (recall_out_of_form, written(RECALL.replace("5. Why? ", "5. Why?\n")), "it has 4 questions"),
    (too_long_or_short, written("word " * 1499), "it has 1499 words"),
    (too_long_or_short, written("word " * 2501), "it has 2501 words"),
    (too_long_or_short, written(code=[("1",)] * 36), "it has 36 code cells"),
    (too_long_or_short, written(code=[("1",)] * 19), "it has 19 code cells"),
    (prose_cells_too_long, written(TITLE, "word " * 101), "cell 2 has 101 words"),
    (prose_cells_too_long, written(TITLE, "word " * 29), "a median of 29 words"),
    (figures_too_few_or_many, written(code=[("f", drawn("x"))] * 3), "it has 3 figures"),
    (
        alt_texts_that_say_too_little_or_much,
        written(code=[("f", drawn("a digit"))]),
        "cell 1: its alt text has 2 words",
    ),
    (
        alt_texts_that_say_too_little_or_much,
        written(code=[("f", drawn("word " * 71))]),
        "cell 1: its alt text has 71 words",
    ),
    (
        alt_texts_that_say_too_little_or_much,
        written(code=[("f", drawn("A picture of a four, with two strokes and a bar"))]),
        "begins with 'A picture of'",
    ),
    (figures_without_title, written(code=[("plots.heatmap(x, alt='y')",)]), "without a title"),
    (belittling_words, written("It is obviously right."), "it says 'obviously'"),
    (links_that_lead_nowhere, written("[x](04_gone.ipynb)"), "which is not there"),
    (links_that_lead_nowhere, written("# A\n\n[x](#B)"), "leads to '#B', and there is no such"),
    (
        links_that_lead_nowhere,
        written("[x](glossary.md#nothing)"),
        "leads to 'glossary.md#nothing', and there is no such",
    ),
    (subscripts_for_indices, written("$Z_{i,h}$"), "stands below the line: Z_{i,h}"),
]
BAD_TERMS = [
    (terms_not_in_the_glossary, "An **eddy** is", "cell 1: 'eddy' is bold, and not in the gloss"),
    (terms_not_in_the_glossary, "A **pool** is", "'pool' is bold; the glossary says lesson 04"),
    (terms_not_defined_once, "An edge is", "'edge' of the glossary is bold here 0 times"),
    (terms_not_defined_once, "An **edge**, **edges**", "is bold here 2 times"),
    (terms_not_defined_once, "An **edge** or **rim**", "is bold here 2 times"),
    (terms_used_too_early, "Two pools are", "'pool' is used; lesson 04 defines it"),
]
TERMS = [Term(("edge", "rim"), "边缘", "x", "03"), Term(("pool",), "池化", "x", "04")]


@pytest.mark.parametrize(("rule", "lesson", "fault"), BAD)
def test_rule_finds_its_fault(rule, lesson, fault):
    assert any(fault in found for found in rule(lesson)), rule(lesson)


@pytest.mark.parametrize(("rule", "text", "fault"), BAD_TERMS)
def test_rule_of_terms_finds_its_fault(rule, text, fault):
    assert any(fault in found for found in rule(written(text), TERMS))


@pytest.mark.parametrize(
    "text",
    ["An **edge** and [pools](04_pools.ipynb).\n\n**Next:** pools.", "**Predict:** **Edges**"],
)
def test_rules_of_terms_pass_over_labels_links_and_what_comes_next(text):
    assert not [fault for rule in RULES_OF_TERMS for fault in rule(written(text), TERMS)]


def test_every_rule_was_fed_a_lesson_that_breaks_it():
    fed = {rule for rule, *_ in BAD} | {rule for rule, *_ in BAD_TERMS}
    assert fed == set(RULES + RULES_OF_TERMS)


def test_next_lesson_must_be_named_by_its_title():
    here, there = written(TITLE, NEXT), written("# 04  Pools", name="04_pools")
    assert not next_lesson_not_named(here, [here, there])
    other = written("# 04  Ponds", name="04_pools")
    assert "it does not end with" in next_lesson_not_named(here, [here, other])[0]
    assert next_lesson_not_named(written(TITLE, NEXT.rstrip("?")), [here, there])


def test_symbols_must_be_those_of_the_glossary():
    rows = [["$h$", "`h`", "", "row"], *([f"${n}$", "", "", ""] for n in range(3))]
    many = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    assert not symbols_that_differ(written(ANSWER + TABLE + many), rows)
    assert "row of $h$ is not" in symbols_that_differ(written(ANSWER + TABLE + many), rows[1:])[0]
    assert "its table has 1 symbols" in symbols_that_differ(written(ANSWER + TABLE + ROW), rows)[0]


def test_words_are_counted_as_a_reader_reads_them():
    text = (
        "Two *words*, `f(x)` $a < b$ [a link](x.md).\n\n$$x$$\n\n| a | b |\n\n"
        "<details>no</details>\n\n```\ncode\n```"
    )
    assert count_words(text) == 6
