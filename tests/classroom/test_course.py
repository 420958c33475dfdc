"""The course folder: what is made and kept there, what the teacher reads and types."""

import shlex
import subprocess
import sys

import pytest
from nbgrader.apps import NbGraderApp
from nbgrader.plugins.zipcollect import FileNameCollectorPlugin
from small_class import TINY, tiny_lesson

from cnn_lab.__main__ import _parser, main
from cnn_lab.classroom import teachers_page
from cnn_lab.classroom.assignment import source_of
from cnn_lab.classroom.course import (
    MARK,
    CourseError,
    assignments,
    assignments_meant,
    chosen,
    write_course,
)
from cnn_lab.classroom.ipynb import grading, parse, to_text
from cnn_lab.commands import assignment as command


class Lessons:
    """A folder with the tiny lesson, and a course folder made from it."""

    def __init__(self, folder):
        self.lessons, self.course = folder / "lessons", folder / "course"
        self.lessons.mkdir()
        self.publish("")
        self.path = self.course / "source" / TINY / f"{TINY}.ipynb"

    def publish(self, more, lesson=None):
        """Publish a new version of the lesson."""
        lesson = lesson or tiny_lesson()
        lesson["cells"][0]["source"] += more
        (self.lessons / f"{TINY}.ipynb").write_text(to_text(lesson), encoding="utf-8")

    def write(self, update=False):
        """Return what became of the assignment."""
        return write_course(self.course, self.lessons, ["04"], update)[0].state

    def change(self, more=" The teacher's words.", points=None):
        """Change the source as the teacher does."""
        notebook = parse(self.path.read_bytes())
        notebook["cells"][0]["source"] += more
        if points:
            grading(notebook["cells"][3])["points"] = points
        self.path.write_text(to_text(notebook), encoding="utf-8")
        return self.path.read_bytes()


@pytest.fixture
def folder(tmp_path):
    return Lessons(tmp_path)


def test_course_holds_what_nbgrader_and_the_teacher_need(folder):
    outcomes = write_course(folder.course, folder.lessons, ["all"])
    states = {outcome.name: outcome.state for outcome in outcomes}
    files = ("README.md", "nbgrader_config.py", ".gitignore")
    assert states == dict.fromkeys((TINY, *files), "written")
    assert (outcomes[0].exercises, outcomes[0].points) == (3, 7)
    assert folder.path.read_text(encoding="utf-8") == to_text(source_of(tiny_lesson()))
    assert all((folder.course / name).is_file() for name in files)
    assert assignments(folder.course) == [TINY]


def test_course_is_not_changed_by_writing_it_again(folder):
    folder.write()
    before = {path: path.stat().st_mtime_ns for path in folder.course.rglob("*") if path.is_file()}
    assert folder.write() == "unchanged"
    assert before == {p: p.stat().st_mtime_ns for p in folder.course.rglob("*") if p.is_file()}


def test_course_keeps_what_the_teacher_changed(folder):
    folder.write()
    changed = folder.change()
    assert folder.write() == "changed"
    folder.publish(" New words.")
    assert folder.write() == "outdated"
    assert folder.path.read_bytes() == changed


def test_course_keeps_points_that_the_teacher_changed(folder):
    folder.write()
    changed = folder.change(more="", points=9)
    assert folder.write() == "changed"
    assert folder.path.read_bytes() == changed


def test_course_takes_a_source_that_was_only_run_for_unchanged(folder):
    folder.write()
    notebook = parse(folder.path.read_bytes())
    notebook["cells"][1]["execution_count"] = 3
    folder.path.write_text(to_text(notebook), encoding="utf-8")
    assert folder.write() == "unchanged"
    folder.publish(" New words.")
    assert folder.write() == "replaced"


def test_course_update_keeps_the_old_file(folder):
    folder.write()
    first = folder.change()
    folder.publish(" New words.")
    outcomes = write_course(folder.course, folder.lessons, ["04"], update=True)
    assert (outcomes[0].state, outcomes[0].note) == ("updated", f"{MARK}/kept/{TINY}-1.ipynb")
    assert (folder.course / outcomes[0].note).read_bytes() == first
    assert "New words." in folder.path.read_text(encoding="utf-8")
    second = folder.change()
    assert folder.write(update=True) == "updated"
    assert (folder.course / MARK / "kept" / f"{TINY}-2.ipynb").read_bytes() == second
    assert folder.write(update=True) == "unchanged"


@pytest.mark.parametrize("place", ["release", "submitted/ada"])
def test_course_keeps_a_version_that_students_have(folder, place):
    folder.write()
    (folder.course / place / TINY).mkdir(parents=True)
    before = folder.path.read_bytes()
    folder.publish(" New words.")
    assert folder.write() == "handed out"
    assert folder.path.read_bytes() == before
    assert folder.write(update=True) == "updated"


def test_course_takes_a_new_version_where_nothing_was_changed(folder):
    folder.write()
    folder.publish(" New words.")
    assert folder.write() == "replaced"
    assert "New words." in folder.path.read_text(encoding="utf-8")
    folder.path.unlink()
    assert folder.write() == "restored"


def test_course_keeps_a_source_of_unknown_origin(folder):
    folder.path.parent.mkdir(parents=True)
    folder.path.write_bytes(to_text(tiny_lesson()).encode())
    before = folder.path.read_bytes()
    assert folder.write() == "unrecorded"
    assert folder.path.read_bytes() == before


def test_course_keeps_a_source_that_it_cannot_read(folder):
    folder.write()
    folder.path.write_bytes(b"{")
    assert folder.write() == "failed"
    assert folder.path.read_bytes() == b"{"
    assert folder.write(update=True) == "updated"


def test_course_that_was_interrupted_before_its_records_is_no_change_of_the_teacher(folder):
    folder.write()
    record = folder.course / MARK / "written" / "source" / TINY / f"{TINY}.ipynb"
    record.unlink()
    assert folder.write() == "unchanged"
    assert record.is_file()


def test_course_never_writes_over_the_teachers_page_or_settings(folder):
    folder.write()
    files = [folder.course / name for name in ("README.md", "nbgrader_config.py", ".gitignore")]
    for file in files:
        file.write_text("# cnn_lab: mine\n", encoding="utf-8")
    outcomes = write_course(folder.course, folder.lessons, ["04"], update=True)
    assert [outcome.state for outcome in outcomes] == ["unchanged", "changed"]
    assert {file.read_text(encoding="utf-8") for file in files} == {"# cnn_lab: mine\n"}


def test_course_renews_a_page_that_the_teacher_left_as_it_was(folder, monkeypatch):
    folder.write()
    monkeypatch.setattr(teachers_page, "_PAGE", "New advice on {name} and {number}.\n")
    states = {o.name: o.state for o in write_course(folder.course, folder.lessons, ["04"])}
    assert states["README.md"] == "replaced"
    assert "New advice on 04_tiny and 04." in (folder.course / "README.md").read_text()


def test_course_says_that_a_configuration_lacks_its_lines(folder):
    folder.course.mkdir()
    (folder.course / "nbgrader_config.py").write_text("c = get_config()\n")
    outcomes = write_course(folder.course, folder.lessons, ["04"])
    assert outcomes[-1].name == "nbgrader_config.py"
    assert outcomes[-1].state == "foreign"
    assert "settings.apply(c, __file__)" in "\n".join(command.tell(folder.course, outcomes))


def test_course_brings_the_pictures_of_a_lesson(folder):
    (folder.lessons / "window.png").write_bytes(b"png")
    folder.publish(" ![A window](window.png)")
    assert folder.write() == "written"
    (picture,) = (folder.path.parent / "images").iterdir()
    assert picture.read_bytes() == b"png"
    assert f"images/{picture.name}" in folder.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["99", "", "no.ipynb"])
def test_course_of_an_unknown_lesson_is_refused(folder, name):
    with pytest.raises(CourseError, match=f"no lesson .* begins with '{name}'; there are {TINY}"):
        chosen(folder.lessons, [name])


def test_course_takes_a_lesson_of_ones_own_by_its_path(folder, tmp_path):
    own = tmp_path / "my_lesson.ipynb"
    own.write_text(to_text(tiny_lesson()), encoding="utf-8")
    assert chosen(folder.lessons, ["04", str(own), TINY]) == [
        folder.lessons / f"{TINY}.ipynb",
        own,
    ]


def test_course_needs_a_name_that_nbgrader_takes(folder):
    (folder.lessons / f"{TINY}.ipynb").rename(folder.lessons / "04+tiny.ipynb")
    (outcome, *_) = write_course(folder.course, folder.lessons, ["04"])
    assert outcome.state == "failed"
    assert "letters, digits" in outcome.note


def test_course_needs_a_folder_of_its_own(folder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="is a file"):
        write_course(tmp_path / "file", folder.lessons, ["04"])
    with pytest.raises(CourseError, match="holds the lessons themselves"):
        write_course(folder.lessons, folder.lessons, ["04"])


# ---- what the teacher reads and types ----


def test_command_tells_what_it_did_and_what_comes_next(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder.lessons.parent)
    arguments = ["assignment", "04", "--lessons", "lessons"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert f"{TINY}             written, 3 graded cells, 7 points" in told
    assert f"cd course && nbgrader generate_assignment {TINY}" in told
    folder.change()
    folder.publish(" New words.")
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "kept as you have changed it; there is a new version" in told
    assert f"cnn-lab assignment {TINY} --update" in told
    (folder.course / "release" / TINY).mkdir(parents=True)
    assert main([*arguments, "--update"]) == 0
    assert f"nbgrader generate_assignment {TINY} --force\n" in capsys.readouterr().out


def test_assignments_are_meant_by_their_beginnings(folder):
    folder.write()
    assert assignments_meant(folder.course, ["04", TINY]) == [TINY]
    (folder.course / "source" / "04_other").mkdir()
    (folder.course / "source" / "04_other" / "own.ipynb").touch()
    there = f"there are 04_other, {TINY}"
    for name, problem in {"5": "no assignment begins", "04": "several assignments begin"}.items():
        with pytest.raises(CourseError, match=f"{problem} with '{name}'; {there}"):
            assignments_meant(folder.course, [name])
    with pytest.raises(CourseError, match="is no course folder"):
        assignments_meant(folder.lessons, [TINY])
    with open(folder.course / "nbgrader_config.py", "a") as file:
        file.write('c.CourseDirectory.source_directory = "elsewhere"\n')
    assert assignments_meant(folder.course, ["5"]) == ["5"]


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["--jobs", "0"], "a whole number from 1"),
        (["--jobs", "two"], "a whole number from 1"),
        (["--seconds", "0"], "a number of seconds above 0"),
        (["--seconds", "nan"], "a number of seconds above 0"),
    ],
)
def test_mark_says_which_numbers_it_takes(words, needed, capsys):
    with pytest.raises(SystemExit):
        main(["mark", TINY, *words])
    assert f"argument {words[0]}: {needed} is needed" in capsys.readouterr().err


def test_mark_finds_what_is_not_there_before_it_loads_nbgrader(folder):
    folder.write()
    script = "import sys; from cnn_lab.__main__ import main; assert main(sys.argv[1:]) == 1;"
    script += "assert 'nbgrader' not in sys.modules"
    command = [sys.executable, "-c", script, "mark", "77", "--course", str(folder.course)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"no assignment begins with '77'; there are {TINY}" in done.stderr


def test_command_fails_where_there_is_nothing_to_mark(tmp_path, capsys):
    assert main(["assignment", "00", "--course", str(tmp_path / "course")]) == 1
    assert "it has no exercises, so there is nothing to mark" in capsys.readouterr().out
    assert main(["assignment", "77", "--course", str(tmp_path / "course")]) == 1
    assert "no lesson" in capsys.readouterr().err


def commands_of(page):
    lines = [line.strip() for line in page.split("\n") if line.startswith("    ")]
    return [shlex.split(line) for line in lines if line.split()[0] in ("cnn-lab", "nbgrader")]


def test_teachers_page_names_commands_that_there_are():
    commands = commands_of(teachers_page.text([TINY]))
    assert len(commands) >= 6
    for program, *words in commands:
        if program == "cnn-lab":
            _parser().parse_args(words)
        else:
            assert words[0] in NbGraderApp.subcommands or words[0] == "db"


def uncommented(config):
    """Return a configuration with its commented examples at work."""
    head, examples = config.split("# Lines of your own")
    lines = [line.removeprefix("#").removeprefix(" ") for line in examples.split("\n")[1:]]
    code = [line for line in lines if line.startswith(("c.", "from ", "class ", "    ", ")"))]
    return head + "\n".join(code)


def test_examples_in_the_configuration_work(course):
    config = uncommented(teachers_page.CONFIG)
    assert config.count("\nc.") >= 7
    (course.path / "nbgrader_config.py").write_text(config, encoding="utf-8")
    c = course.config()
    assert c.CourseDirectory.db_url.startswith("postgresql+psycopg2://")
    assert c.LateSubmissionPlugin.penalty_method == "zero"
    penalty = c.AssignLatePenalties.plugin_class().late_submission_penalty
    assert [penalty("ada", 10, hours * 3600) for hours in (1, 25, 480)] == [1, 2, 10]
    collect = FileNameCollectorPlugin(config=c).collect
    for place in ("_assignsubmission_file_/x y.ipynb", "_assignsubmission_file_x y.ipynb"):
        found = collect(f"downloaded/04/extracted/all/Ada Abel_4711{place}")
        assert found == {"first_name": "Ada Abel", "student_id": "4711", "file_id": "x y.ipynb"}
