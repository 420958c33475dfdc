"""The three lists of packages agree, and a set-up that fails says what to do."""

import itertools
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
# Where conda-forge has another name, or a package of the same name that brings far more.
CONDA_NAMES = {
    "matplotlib-base": "matplotlib",
    "nbconvert-core": "nbconvert",
    "playwright-python": "playwright",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def parsed(lines):
    """Turn lines of requirements into pairs of normal name and requirement, without comments."""
    texts = (line.split("#")[0].strip() for line in lines)
    requirements = [Requirement(text) for text in texts if text]
    return [(canonicalize_name(requirement.name), requirement) for requirement in requirements]


def everything_required():
    return parsed([*PROJECT["dependencies"], *itertools.chain(*EXTRAS.values())])


def conda_differences(environment, project):
    """Say where an environment file differs from the project with its extras `lab` and `test`."""
    extras = project["optional-dependencies"]
    wanted = parsed([*project["dependencies"], *extras["lab"], *extras["test"]])
    wanted = {name: requirement.specifier for name, requirement in wanted}
    wanted["python"] = SpecifierSet(project["requires-python"])
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    lines += environment["dependencies"][-1]["pip"][:-1]
    there = {CONDA_NAMES.get(name, name): item.specifier for name, item in parsed(lines)}
    there.pop("pip", None)
    return [
        f"{name}: pyproject.toml has {wanted.get(name)}, environment.yml {there.get(name)}"
        for name in sorted(wanted.keys() | there.keys())
        if wanted.get(name) != there.get(name)
    ]


def pin_faults(required, pins):
    """Say which requirements have no single pin, or one out of range, under which Python."""
    faults = []
    for python in PYTHONS:
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        for name, requirement in required:
            fitting = [
                str(pin.specifier)
                for pinned, pin in pins
                if pinned == name and (pin.marker is None or pin.marker.evaluate(environment))
            ]
            versions = [text.removeprefix("==") for text in fitting]
            if len(versions) != 1 or versions[0] not in requirement.specifier:
                faults.append(f"{requirement} on Python {python}: {fitting}")
    return faults


def test_environment_file_has_the_packages_of_the_project():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda_differences(environment, PROJECT) == []
    assert environment["dependencies"][-1]["pip"][-1] == "-e ."


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda lines: lines.remove("tqdm>=4.66"), "tqdm: pyproject.toml has >=4.66"),
        (lambda lines: lines.insert(-1, "scipy"), "scipy: pyproject.toml has None"),
        (lambda lines: lines.insert(-1, "numpy>=1.26"), "numpy: pyproject.toml has >=2.0"),
        (lambda lines: lines.insert(-1, "python>=3.10"), "python: pyproject.toml has >=3.11"),
        (lambda lines: lines[-1]["pip"].insert(0, "pip-only"), "pip-only: pyproject.toml has None"),
    ],
)
def test_environment_file_that_drifted_is_noticed(change, complaint):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    change(environment["dependencies"])
    (found,) = conda_differences(environment, PROJECT)
    assert complaint in found


def test_constraints_pin_every_requirement_on_every_python():
    pins = parsed((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    assert pin_faults(everything_required(), pins) == []
    assert [str(pin) for _, pin in pins if not str(pin.specifier).startswith("==")] == []


@pytest.mark.parametrize(
    ("pins", "complaint"),
    [
        ([], r"numpy>=2.0 on Python 3.11: []"),
        (["numpy==1.26.4"], r"numpy>=2.0 on Python 3.11: ['==1.26.4']"),
        (["numpy==2.5.5; python_version >= '3.12'"], r"numpy>=2.0 on Python 3.11: []"),
        (["numpy==2.4.6", "numpy==2.5.5"], r"numpy>=2.0 on Python 3.11: ['==2.4.6', '==2.5.5']"),
    ],
)
def test_constraints_that_miss_a_requirement_are_noticed(pins, complaint):
    assert pin_faults(parsed(["numpy>=2.0"]), parsed(pins))[0] == complaint


def test_a_package_in_two_extras_has_one_range():
    ranges = {}
    for name, requirement in everything_required():
        ranges.setdefault(name, set()).add(str(requirement.specifier))
    assert {name: found for name, found in ranges.items() if len(found) > 1} == {}


# ---- what `make` says when the set-up fails ----

TOOLS = ("sh", "make", "awk", "cat", "cp", "echo", "id", "mkdir", "printf", "pwd", "rm")
FAKE_PYTHON = """\
#!/bin/sh
# Makes an environment that holds this program; its pip cannot install anything.
case "$*" in
    -c*) echo "$PROBE" ;;
    --version) echo Python 3.12.99 ;;
    "-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip --version") ;;
    *) echo "no network" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def course(tmp_path):
    """A folder with the Makefile on a machine without Python; call it to run make there."""
    if not all(shutil.which(tool) for tool in TOOLS):
        pytest.skip("needs make and a POSIX shell")
    folder, tools = tmp_path / "my course", tmp_path / "bin"
    folder.mkdir()
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)

    def make(*arguments, pythons=(), probe="ok"):
        for python in pythons:
            (tools / python).write_text(FAKE_PYTHON)
            (tools / python).chmod(0o755)
        return subprocess.run(
            ["make", *arguments],
            cwd=folder,
            env={"PATH": str(tools), "PROBE": probe},
            capture_output=True,
            text=True,
        )

    make.folder = folder
    return make


def test_make_without_python_names_what_was_tried(course):
    result = course("test")
    assert result.returncode != 0
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        assert f"  {name} is not there\n" in result.stderr
    assert "make lab PYTHON=/path/to/python3.12" in result.stderr


def test_make_with_unsuitable_pythons_says_why(course):
    result = course("test", pythons=["python3"], probe="is Python 3.9, older than 3.11")
    assert result.returncode != 0
    assert "  python3 is Python 3.9, older than 3.11\n" in result.stderr


def test_make_with_a_python_that_does_not_run_says_so(course):
    broken = course.folder / "broken python"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    result = course("test", f"PYTHON={broken}")
    assert result.returncode != 0
    assert f"  {broken} does not run as Python 3\n" in result.stderr


def test_make_after_a_failed_installation_begins_again(course):
    first = course("test", pythons=["python3.12"])
    assert first.returncode != 0
    assert "with python3.12 (Python 3.12.99)" in first.stdout
    assert "no network" in first.stderr and "HTTPS_PROXY" in first.stderr
    assert not (course.folder / ".venv" / ".installed").exists()
    assert "pip could not install" in course("test").stderr


def test_make_with_a_broken_environment_says_make_clean(course):
    binaries = course.folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to("/nowhere/python3")
    result = course("lab")
    assert result.returncode != 0
    assert '"make clean"' in result.stderr


def test_make_clean_leaves_a_folder_that_is_no_environment(course):
    work = course.folder / "work"
    work.mkdir()
    result = course("clean", "VENV=work")
    assert result.returncode != 0
    assert "remove it yourself" in result.stderr
    assert work.is_dir()


def test_make_alone_lists_the_targets(course):
    listed = course().stdout
    for target in ("lab", "test", "notebooks", "wheel", "clean"):
        assert f"\nmake {target} " in listed
