"""A class on a JupyterHub of its own: release, fetch, submit, collect, mark, give back."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest
from bs4 import BeautifulSoup
from small_class import RIGHT, TINY, solved

from cnn_lab.classroom.hub.example import FILES, HubError, write_hub
from cnn_lab.classroom.ipynb import parse

needs_hub = pytest.mark.skipif(
    os.environ.get("CI") is None
    and not (find_spec("jupyterhub") and find_spec("configurable_http_proxy")),
    reason="needs a JupyterHub: pip install jupyterhub configurable-http-proxy",
)
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

COURSE = "course"  # nbgrader takes the name of the folder
STUDENTS = ("ada", "bob")
WORK = {
    "ada": RIGHT,
    "bob": {"tiny_relu": "def relu(x):\n    return x"},
}


@pytest.fixture
def folder(course, tmp_path):
    """An example hub for the tiny course."""
    write_hub(tmp_path / "hub", course.path, COURSE, students=STUDENTS)
    return tmp_path / "hub"


# ---- the files ----


def test_files_are_written_once_and_are_then_the_teachers(course, tmp_path):
    written = write_hub(tmp_path / "hub", course.path, COURSE)
    assert set(written) == set(FILES) and all(written.values())
    assert (tmp_path / "hub" / "exchange").stat().st_mode & 0o777 == 0o777
    assert (tmp_path / "hub" / "state").stat().st_mode & 0o077 == 0
    students = tmp_path / "hub" / "students.txt"
    students.write_text("zoe\n")
    (tmp_path / "hub" / "README.md").unlink()
    written = write_hub(tmp_path / "hub", course.path, COURSE)
    assert [name for name, new in written.items() if new] == ["README.md"]
    assert students.read_text() == "zoe\n"


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".py")))
def test_configurations_are_python(folder, name):
    text = (folder / name).read_text()
    compile(text, name, "exec")
    assert "{{" not in text and "{course" not in text


@pytest.mark.parametrize("name", ["", "Ada", "a/b", "a+b", " ada", "ada\nbob"])
def test_names_that_no_account_has_are_refused(course, tmp_path, name):
    with pytest.raises(HubError, match="no name of an account"):
        write_hub(tmp_path / "hub", course.path, COURSE, students=[name])


@pytest.mark.parametrize("place", [".", "hub"])
def test_hub_inside_the_course_is_refused(course, place):
    with pytest.raises(HubError, match="outside of the course"):
        write_hub(course.path / place, course.path, COURSE)


def test_command_tells_what_it_wrote_and_how_to_go_on(course, tmp_path, capsys):
    import argparse

    from cnn_lab.commands import hub

    parser = argparse.ArgumentParser()
    hub.add(parser.add_subparsers())
    arguments = ["hub", tmp_path / "hub", "--course", course.path, "--student", "zoe"]
    options = parser.parse_args([str(argument) for argument in arguments])
    assert options.run(options) == 0
    said = capsys.readouterr().out
    assert "jupyterhub_config.py" in said and "trial_config.py" in said
    assert (tmp_path / "hub" / "students.txt").read_text().endswith("\nzoe\n")
    everyone = (tmp_path / "hub" / "for_everyone" / "nbgrader_config.py").read_text()
    assert "course_id = 'course'" in everyone

    options.course = tmp_path
    assert options.run(options) == 1
    assert "no course folder" in capsys.readouterr().err


# ---- the hub ----


@needs_hub
def test_class_gets_works_on_hands_in_and_gets_back_an_assignment(folder, course):
    from local_hub import User, running

    password = (folder / "state" / "password").read_text().strip()
    with running(folder) as address, ThreadPoolExecutor() as threads:
        assert not User(address, "ada", "guessed").is_in
        assert not User(address, "mallory", password).is_in

        def come(name):
            return User(address, name, password).start()

        teacher, *students = threads.map(come, ("teacher", *STUDENTS))

        # Roles: a student has no Formgrader, and no way to another's server.
        ada = students[0]
        assert teacher.get("formgrader/manage_assignments").ok
        assert ada.get("formgrader/manage_assignments").status_code == 404
        assert ada.get("api/contents", user="bob").status_code in (403, 404)
        assert ada.get("api/contents", user="teacher").status_code in (403, 404)

        # Out to the students.
        assert teacher.send(f"formgrader/api/assignment/{TINY}/release")["success"]
        asked = {"course_id": COURSE, "assignment_id": TINY}
        for student in students:
            listed = student.get("assignments", params={"course_id": COURSE}).json()
            assert listed["success"], listed
            assert [entry["status"] for entry in listed["value"]] == ["released"]
            student.send("assignments/fetch", **asked)

        # Worked on and handed in, by bob twice.
        for student in students:
            path = f"api/contents/{TINY}/{TINY}.ipynb"
            notebook = student.get(path).json()["content"]
            assert "BEGIN HIDDEN" not in str(notebook) and "BEGIN SOLUTION" not in str(notebook)
            if student.name == "bob":
                assert student.send("assignments/submit", **asked)["success"]
            answered = solved(notebook, WORK[student.name])
            student.send(path, "PUT", type="notebook", format="json", content=answered)
            listed = student.send("assignments/submit", **asked)
            assert listed["success"], listed

        # Collected, and marked by the command.
        assert teacher.send(f"formgrader/api/assignment/{TINY}/collect")["success"]
        for name in STUDENTS:
            sent = parse(course.submitted_path(name).read_bytes())
            assert WORK[name]["tiny_relu"] in [cell["source"] for cell in sent["cells"]]
        mark(course)
        with course.gradebook() as book:
            relu = {name: grades(book, name)["tiny_check_relu"] for name in STUDENTS}
            predict = {name: grades(book, name)["tiny_check_predict"] for name in STUDENTS}
        assert relu["ada"] == 2 and relu["bob"] < 1
        assert predict == {"ada": 1, "bob": 0}

        # Given back: to each their own.
        for step in ("generate_feedback", "release_feedback"):
            assert teacher.send(f"formgrader/api/assignment/{TINY}/{step}")["success"]
        for student in students:
            listed = student.send("assignments/fetch_feedback", **asked)
            submissions = [
                submission
                for entry in listed["value"]
                for submission in entry.get("submissions", ())
            ]
            assert len(submissions) == (2 if student.name == "bob" else 1)
            (path,) = [s["local_feedback_path"] for s in submissions if s["local_feedback_path"]]
            (page,) = student.get(f"api/contents/{path}").json()["content"]
            page = student.get(f"api/contents/{page['path']}").json()["content"]
            reports = BeautifulSoup(page, "html.parser").select(".cnn-lab-check")
            states = [report["data-state"] for report in reports][:2]
            wanted = {"ada": ["right", "right"], "bob": ["not attempted", "wrong"]}
            assert states == wanted[student.name]
            assert "HIDDEN" not in page and str(course.path) not in page


def mark(course):
    """Mark with the command, in a process of its own, as in a terminal of the hub."""
    command = [sys.executable, "-m", "cnn_lab", "mark", TINY, "--course", course.path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=80)
    assert done.returncode == 0, done.stdout + done.stderr


def grades(book, student):
    """Return the points of a student by the names of the graded cells."""
    notebook = book.find_submission_notebook(TINY, TINY, student)
    return {grade.name: grade.score for grade in notebook.grades}
