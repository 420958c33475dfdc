"""What the page about publishing and its examples say is so."""

import json
import re
from pathlib import Path

import pytest
import yaml

from browser_edition.__main__ import main
from browser_edition.contents import ASSIGNMENTS, COMPLETE, ContentsError, write_contents
from browser_edition.files import cache_folder
from browser_edition.promises import LARGEST_FILE
from cnn_lab.classroom.ipynb import parse

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "browser_edition"
PAGE = (FOLDER / "PUBLISHING.md").read_text(encoding="utf-8")
EXAMPLES = sorted((FOLDER / "examples").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!https?:)[^)]+)\)", PAGE))
def test_links_of_the_page_lead_somewhere(target):
    assert (FOLDER / target).is_file()


@pytest.mark.parametrize("text", [PAGE, *(path.read_text(encoding="utf-8") for path in EXAMPLES)])
def test_make_targets_exist(text):
    named = set(re.findall(r"\bmake ([a-z-]+)", text))
    assert named and named <= TARGETS


def test_options_of_the_page_exist(capsys):
    with pytest.raises(SystemExit):
        main(["build", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    table = set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.M))
    assert table == known


def test_the_largest_file_is_the_one_that_the_build_allows():
    assert re.search(r"more than (\d+) MB", PAGE)[1] == str(LARGEST_FILE >> 20)


def test_the_example_for_github_builds_and_uploads_the_site():
    text = (FOLDER / "examples" / "github-pages.yml").read_text(encoding="utf-8")
    flow = yaml.safe_load(text)
    build, deploy = flow["jobs"]["build"]["steps"], flow["jobs"]["deploy"]["steps"]
    assert [step["run"] for step in build if "run" in step] == ["make site"]
    uses = {step["uses"].split("@")[0]: step for step in build + deploy if "uses" in step}
    assert uses["actions/upload-pages-artifact"]["with"]["path"] == "site"
    assert "actions/deploy-pages" in uses
    assert {"pages": "write", "id-token": "write"}.items() <= flow["permissions"].items()
    cached = uses["actions/cache"]["with"]
    pinned = re.search(r"hashFiles\('(.+?)'\)", cached["key"])[1]
    assert (ROOT / pinned).is_file()


def test_the_cache_of_the_examples_is_the_builds(monkeypatch):
    for name in ("CNN_LAB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    flow = yaml.safe_load((FOLDER / "examples" / "github-pages.yml").read_text(encoding="utf-8"))
    (cache,) = (s for s in flow["jobs"]["build"]["steps"] if "cache" in s.get("uses", ""))
    assert cache_folder().is_relative_to(Path(cache["with"]["path"]).expanduser())
    flow = yaml.safe_load((FOLDER / "examples" / "gitlab-pages.yml").read_text(encoding="utf-8"))
    monkeypatch.setenv("CNN_LAB_CACHE", flow["pages"]["variables"]["CNN_LAB_CACHE"])
    assert cache_folder().name == flow["pages"]["cache"]["paths"][0]


def test_the_example_for_gitlab_publishes_the_folder_that_it_needs():
    flow = yaml.safe_load((FOLDER / "examples" / "gitlab-pages.yml").read_text(encoding="utf-8"))
    assert flow["pages"]["script"] == ["make site", "mv site public"]
    assert flow["pages"]["artifacts"]["paths"] == ["public"]


def test_the_example_for_nginx_has_the_types_that_python_needs():
    text = (FOLDER / "examples" / "nginx.conf").read_text(encoding="utf-8")
    assert re.search(r"application/wasm\s+wasm;", text)
    assert re.search(r"text/javascript\s+.*\bmjs\b", text)
    assert text.count("{") == text.count("}")


# ---- a class's own version ----


def test_contents_are_the_learners_copies_with_the_complete_lessons_beside_them(tmp_path):
    write_contents(tmp_path / "out", ROOT / "notebooks")
    names = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (tmp_path / "out").glob("*.ipynb")} == names
    for name in names:
        complete = (tmp_path / "out" / COMPLETE / name).read_bytes()
        assert complete == (ROOT / "notebooks" / name).read_bytes()
        assert b"BEGIN SOLUTION" not in (tmp_path / "out" / name).read_bytes()
    assert (tmp_path / "out" / "glossary.md").is_file()


def test_contents_are_the_workbooks_to_the_letter(tmp_path):
    from cnn_lab.classroom.workbook import write_workbook

    write_workbook(tmp_path / "workbook", ROOT / "notebooks")
    write_contents(tmp_path / "out", ROOT / "notebooks", answers=False)
    for path in (tmp_path / "out").iterdir():
        assert path.read_bytes() == (tmp_path / "workbook" / path.name).read_bytes()


def test_some_lessons_without_answers(tmp_path):
    write_contents(tmp_path / "out", ROOT / "notebooks", only=["01", "03"], answers=False)
    names = [path.name[:2] for path in sorted((tmp_path / "out").glob("*.ipynb"))]
    assert names == ["01", "03"]
    assert not (tmp_path / "out" / COMPLETE).exists()
    (third,) = (tmp_path / "out").glob("03*")
    text = "\n".join(cell["source"] for cell in parse(third.read_bytes())["cells"])
    assert "](04_pooling.ipynb)" not in text and "04 Pooling" in text


def test_complete_lessons_link_only_to_what_lies_beside_them(tmp_path):
    write_contents(tmp_path / "out", ROOT / "notebooks", only=["03"])
    (third,) = (tmp_path / "out" / COMPLETE).glob("*.ipynb")
    text = "\n".join(cell["source"] for cell in parse(third.read_bytes())["cells"])
    assert "### BEGIN SOLUTION" in text and "04 Pooling" in text
    linked = {*re.findall(r"\]\(([^)#:]+)\)", text)}
    assert "glossary.md" in linked
    assert all((third.parent / name).is_file() for name in linked)


def test_pictures_of_own_lessons_come_along(tmp_path):
    lessons = tmp_path / "lessons"
    (lessons / "drawn").mkdir(parents=True)
    (lessons / "drawn" / "a.png").write_bytes(b"picture")
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "![so](drawn/a.png)"}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (lessons / "01_own.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    write_contents(tmp_path / "out", lessons)
    for folder in (tmp_path / "out", tmp_path / "out" / COMPLETE):
        text = parse((folder / "01_own.ipynb").read_bytes())["cells"][0]["source"]
        target = re.search(r"\]\((.+)\)", text)[1]
        assert (folder / target).read_bytes() == b"picture"


def test_assignments_lie_in_a_folder_of_their_own(tmp_path):
    released = tmp_path / "release" / "03" / "03.ipynb"
    released.parent.mkdir(parents=True)
    released.write_text('{"cells": []}', encoding="utf-8")
    write_contents(
        tmp_path / "out", ROOT / "notebooks", only=["01"], assignments=tmp_path / "release"
    )
    assert (tmp_path / "out" / ASSIGNMENTS / "03" / "03.ipynb").is_file()


@pytest.mark.parametrize("mark", ["### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS"])
def test_the_source_of_an_assignment_is_refused(tmp_path, mark):
    path = tmp_path / "source" / "03" / "03.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(f'"{mark}"', encoding="utf-8")
    with pytest.raises(ContentsError, match="shows its solutions"):
        write_contents(tmp_path / "out", ROOT / "notebooks", assignments=tmp_path / "source")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"only": ["99"]}, "No lesson begins with '99'"),
        ({"assignments": Path("nowhere")}, "There are no assignments in nowhere"),
    ],
)
def test_what_is_not_there_is_told(tmp_path, how, message):
    with pytest.raises(ContentsError, match=message):
        write_contents(tmp_path / "out", ROOT / "notebooks", **how)


def test_a_folder_without_lessons_is_told(tmp_path):
    with pytest.raises(ContentsError, match="There are no lessons"):
        write_contents(tmp_path / "out", tmp_path)


def test_sizes_of_the_page_are_those_that_the_build_tells():
    source = (FOLDER / "files.py").read_text(encoding="utf-8")
    told = re.search(r"which carries them: (\d+) MB", source)[1]
    assert f"which is {told} MB itself" in " ".join(PAGE.split())


def test_the_example_for_nginx_keeps_only_files_whose_names_tell_their_content():
    text = (FOLDER / "examples" / "nginx.conf").read_text(encoding="utf-8")
    kept = re.compile(re.search(r'location ~ "(.+)"', text)[1])
    assert kept.search("/build/1053.85a86ee.js") and kept.search("/course/build/1.a8fa7b2.js")
    for name in ("cnn_lab-0.1.0-py3-none-any.whl", "pyodide.asm.wasm", "pyodide-lock.json"):
        assert not kept.search(f"/static/pyodide/{name}")
    for name in ("service-worker.js", "lab/bundle.js", "fa-brands-400.woff2"):
        assert not kept.search(f"/build/{name}")


def test_readme_tells_how_to_build_and_where_to_read_on():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## In the browser, with nothing to install")[1].split("\n## ")[0]
    assert {"make site", "make site-serve"} <= {*re.findall(r"^make site[-a-z]*", section, re.M)}
    links = re.findall(r"\]\(((?!https?:)[^)]+)\)", section)
    assert "browser_edition/PUBLISHING.md" in links
    assert all((ROOT / link).is_file() for link in links)
