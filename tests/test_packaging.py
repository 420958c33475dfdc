"""The wheel holds all that the package needs, and works far from the source tree."""

import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import cnn_lab

ROOT = Path(__file__).parents[1]
INPUTS = ("LICENSE", "README.md", "pyproject.toml")


def build_wheel(source, folder):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", str(folder)]
    subprocess.run([*command, str(source)], check=True)
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel, built from a copy so that the tree stays clean."""
    source = tmp_path_factory.mktemp("source")
    for name in INPUTS:
        shutil.copy(ROOT / name, source)
    caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "cnn_lab", source / "cnn_lab", ignore=caches)
    with zipfile.ZipFile(build_wheel(source, tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


def package_files():
    paths = (ROOT / "cnn_lab").rglob("*")
    files = {path.relative_to(ROOT) for path in paths if path.is_file()}
    return {file.as_posix() for file in files if "__pycache__" not in file.parts}


def test_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    information = f"cnn_lab-{cnn_lab.__version__}.dist-info/"
    names = {name for name in wheel.namelist() if not name.startswith(information)}
    assert names == package_files()
    assert {"cnn_lab/data/LICENSE.md", "cnn_lab/data/train-images-idx3-ubyte.gz"} <= names


def test_wheel_names_version_command_and_licences(wheel):
    information = f"cnn_lab-{cnn_lab.__version__}.dist-info"
    metadata = Parser().parsestr(wheel.read(f"{information}/METADATA").decode())
    assert metadata["Version"] == cnn_lab.__version__
    assert metadata["License-Expression"] == "MIT AND CC-BY-4.0 AND CC-BY-SA-3.0"
    assert metadata.get_all("License-File") == ["LICENSE", "cnn_lab/data/LICENSE.md"]
    assert b"cnn-lab = cnn_lab.__main__:main" in wheel.read(f"{information}/entry_points.txt")


def test_wheel_works_from_another_folder(wheel, tmp_path):
    installed, elsewhere = tmp_path / "site", tmp_path / "else where"
    elsewhere.mkdir()
    wheel.extractall(installed)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import cnn_lab; from cnn_lab.mnist import load_mnist\n"
        "images, labels = load_mnist('train')\n"
        "print(cnn_lab.__file__, images.shape, images.dtype, len(labels), sep='\\n')"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(installed)],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    where, *facts = result.stdout.splitlines()
    assert Path(where) == installed / "cnn_lab" / "__init__.py"
    assert facts == ["(60000, 28, 28)", "uint8", "60000"]


def test_command_line_tells_the_version():
    command = [sys.executable, "-m", "cnn_lab", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == f"cnn-lab {cnn_lab.__version__}\n"
