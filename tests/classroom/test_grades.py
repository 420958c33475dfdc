"""Grades as CSV: the points of the gradebook, in the form that each platform reads."""

import csv
import datetime
import io
from types import SimpleNamespace

import pytest

from cnn_lab.classroom import grades
from cnn_lab.classroom.grades import Grade, Grades, GradesError, Student
from cnn_lab.commands import grades as command

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:nbgrader"),
]

CLASS = Grades(
    students=(
        Student("ada", "Lovelace", "Ada", "ada@example.org"),
        Student("jörg", 'O\'Hara, "Jo"', "Jörg", ""),
        Student("zoe"),
    ),
    most={"03": 10.0, "04": 7.5},
    found={
        ("03", "ada"): Grade(10.0, submitted="2026-11-20T12:00:00Z"),
        ("03", "jörg"): Grade(8.333333, 2.0),
        ("04", "ada"): Grade(1.0, 3.0),
        ("04", "zoe"): Grade(7.5, by_hand=True),
    },
)


def rows(platform, found=CLASS, **options):
    """Return the table as a spreadsheet reads it, and the bytes."""
    table = grades.to_csv(found, platform, **options)
    text = table.decode("utf-8-sig")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_plain_has_a_row_for_each_student_and_assignment():
    head, *table = rows("plain")
    assert head[:3] == ["assignment", "timestamp", "student_id"] and len(table) == 6
    found = {(row["assignment"], row["student_id"]): row for row in dicts(head, table)}
    ada = found["03", "ada"]
    assert ada["timestamp"] == "2026-11-20T12:00:00Z" and ada["email"] == "ada@example.org"
    late = found["03", "jörg"]
    assert late["last_name"] == 'O\'Hara, "Jo"'
    assert [late[name] for name in ("raw_score", "late_submission_penalty", "score")] == [
        "8.33", "2", "6.33",
    ]  # fmt: skip
    assert found["04", "ada"]["score"] == "0", "a penalty takes away no more than there is"
    assert found["03", "zoe"]["score"] == "" and found["03", "zoe"]["max_score"] == "10"
    assert found["04", "zoe"]["needs_manual_grade"] == "yes"


def dicts(head, table):
    return [dict(zip(head, row, strict=True)) for row in table]


def test_missing_grades_are_empty_or_zero():
    assert [row[-1] for row in rows("moodle")] == ["04", "0", "", "7.5"]
    assert [row[-1] for row in rows("moodle", missing="0")] == ["04", "0", "0", "7.5"]


@pytest.mark.parametrize(
    ("platform", "head", "ada"),
    [
        (
            "spreadsheet",
            ["Student", "Last name", "First name", "E-mail", "03 (of 10)", "04 (of 7.5)"],
            ["ada", "Lovelace", "Ada", "ada@example.org", "10", "0"],
        ),
        (
            "moodle",
            ["Username", "Email address", "03", "04"],
            ["ada", "ada@example.org", "10", "0"],
        ),
        (
            "blackboard",
            ["Last Name", "First Name", "Username", "03", "04"],
            ["Lovelace", "Ada", "ada", "10", "0"],
        ),
        (
            "brightspace",
            [
                "Username",
                "03 Points Grade <Numeric MaxPoints:10>",
                "04 Points Grade <Numeric MaxPoints:7.5>",
                "End-of-Line Indicator",
            ],
            ["ada", "10", "0", "#"],
        ),
    ],
)
def test_platforms_have_a_row_for_each_student(platform, head, ada):
    table = rows(platform)
    assert table[:2] == [head, ada] and len(table) == 4


def test_canvas_has_its_five_columns_and_the_points_possible():
    head, possible, ada, _, zoe = rows("canvas")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "03", "04"]
    assert possible == ["    Points Possible", "", "", "", "", "10", "7.5"]
    assert ada == ["Lovelace, Ada", "", "", "ada", "", "10", "0"]
    assert zoe == ["zoe", "", "", "zoe", "", "", "7.5"]


def test_titles_of_the_platform_replace_the_names():
    assert rows("canvas", titles={"03": "Backprop (4711)"})[0][-2:] == ["Backprop (4711)", "04"]


@pytest.mark.parametrize("platform", grades.PLATFORMS)
@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1"])
def test_nothing_that_students_choose_is_a_formula(platform, evil):
    student = Student(evil, evil, evil, evil)
    found = Grades((student,), {"=03": 1.0}, {("=03", evil): Grade(0.5)})
    table = rows(platform, found, titles={"=03": evil})
    cells = [cell for row in table for cell in row]
    assert not [cell for cell in cells if cell.strip(" ").startswith(grades._FORMULA)]
    assert f"'{evil}" in cells and "0.5" in cells


def test_text_is_utf8_and_only_a_spreadsheet_gets_a_mark():
    assert "Jörg".encode() in grades.to_csv(CLASS, "plain")
    assert not grades.to_csv(CLASS, "plain").startswith(b"\xef\xbb\xbf")
    assert grades.to_csv(CLASS, "spreadsheet").startswith(b"\xef\xbb\xbf")


def test_commands_know_the_platforms():
    assert list(command.PLATFORMS) == list(grades.PLATFORMS)


# ---- from the gradebook ----


@pytest.fixture
def marked(course):
    """A course whose gradebook has three students, one of them corrected and late."""
    with course.gradebook() as book:
        book.add_student("ada", last_name="Lovelace", first_name="Ada")
        book.add_student("bob", email="bob@example.org")
        book.add_student("eve")
        time = datetime.datetime(2026, 11, 20, 12)
        book.add_submission("04_tiny", "ada", timestamp=time)
        book.add_submission("04_tiny", "bob")
        for student, scores in {"ada": (1, 2, 4), "bob": (0, 0, None)}.items():
            notebook = book.find_submission_notebook("04_tiny", "04_tiny", student)
            for grade, score in zip(sorted(notebook.grades, key=points), scores, strict=True):
                grade.auto_score, grade.needs_manual_grade = score, score is None
            if student == "ada":
                notebook.late_submission_penalty = 2.5
                notebook.grades[0].extra_credit = 0.75
        book.db.commit()
    return course


def points(grade):
    return grade.max_score


def test_gradebook_gives_points_penalties_and_what_waits(marked):
    with marked.gradebook() as book:
        found = grades.from_gradebook(book)
    assert [student.id for student in found.students] == ["ada", "bob", "eve"]
    assert found.students[0].name == "Lovelace, Ada" and found.students[2].name == "eve"
    assert found.most == {"04_tiny": 7.0}
    ada, bob = found.found["04_tiny", "ada"], found.found["04_tiny", "bob"]
    assert ada == Grade(7.75, 2.5, "2026-11-20T12:00:00Z") and ada.final == 5.25
    assert bob == Grade(0.0, by_hand=True)
    assert len(found.found) == 2


def test_assignments_are_named_by_their_beginnings(marked):
    with marked.gradebook() as book:
        assert list(grades.from_gradebook(book, ["04"]).most) == ["04_tiny"]
        assert list(grades.from_gradebook(book, ["04", "04_tiny"]).most) == ["04_tiny"]
        with pytest.raises(GradesError, match=r"begins with '05'; there are 04_tiny"):
            grades.from_gradebook(book, ["05"])


def test_empty_gradebook_says_so():
    with pytest.raises(GradesError, match="no assignment"):
        grades.from_gradebook(SimpleNamespace(assignments=[], students=[]))


# ---- the command ----


def run(*arguments):
    """Run the command as `cnn-lab grades` does."""
    import argparse

    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    options = parser.parse_args(["grades", *map(str, arguments)])
    return options.run(options)


def test_command_writes_a_file_and_warns(marked, submit, tmp_path, capsys):
    submit(marked, "eve")
    output = tmp_path / "grades.csv"
    title = "--title=04=Tiny (12)"
    assert run("04", "--course", marked.path, "--for=canvas", "--output", output, title) == 0
    said = capsys.readouterr()
    assert "3 students, 1 assignment:" in said.out
    assert "04_tiny: handed in, but not marked: eve" in said.err
    assert "04_tiny: answers wait for your points: bob" in said.err
    assert b"Section,Tiny (12)\r\n" in output.read_bytes()
    assert b'"Lovelace, Ada",,,ada,,5.25\r\n' in output.read_bytes()


def test_command_prints_without_a_file(marked, capsys):
    assert run("--course", marked.path, "--for", "moodle", "--missing", "zero") == 0
    said = capsys.readouterr().out
    assert said == "Username,Email address,04_tiny\nada,,5.25\nbob,bob@example.org,0\neve,,0\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["07"], "no assignment begins with '07'"),
        (["--title", "05=x"], "'05=x' fits none of 04_tiny"),
        (["--title", "nothing"], "'nothing' fits none"),
    ],
)
def test_command_says_what_is_wrong(marked, arguments, reason, capsys):
    assert run(*arguments, "--course", marked.path) == 1
    assert reason in capsys.readouterr().err


def test_command_says_where_it_cannot_write(marked, capsys):
    blocked = marked.path / "nbgrader_config.py" / "grades.csv"
    assert run("--course", marked.path, "--output", blocked) == 1
    assert f"cannot write {blocked}" in capsys.readouterr().err


def test_command_needs_a_course(tmp_path, capsys):
    assert run("--course", tmp_path) == 1
    assert "no course folder" in capsys.readouterr().err
