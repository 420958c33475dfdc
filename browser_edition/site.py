"""Build the site: JupyterLite, Pyodide with the course's package, and the lessons."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from browser_edition import front_page
from browser_edition.contents import write_contents
from browser_edition.distribution import lay_down
from browser_edition.files import Files, read_pins

ROOT = Path(__file__).resolve().parents[1]
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# Loaded when the kernel starts; everything else at the first import.
AT_START = ["cnn-lab"]
EXTENSIONS = {
    "building": ["jupyterlite-pyodide-kernel"],
    "python": ["anywidget", "jupyterlab-widgets"],
}
# Too large to be fetched by everybody: they lie beside the package, and come when they are read.
APART = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")


def build(output, lessons=None, say=print):
    """Build the site.

    Parameters
    ----------
    output : path
        The folder of the site; what an earlier build left there is removed.
    lessons : path, optional
        The folder with the complete lessons.
    say : callable
        Called with a line at each step.
    """
    output, lessons = Path(output), Path(lessons or ROOT / "notebooks")
    files = Files(read_pins(), say=say)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        say("Making the course's package.")
        wheel = own_wheel(scratch / "wheel")
        say("Writing the lessons.")
        contents = scratch / "contents"
        write_contents(contents, lessons)
        course = front_page.stamp(contents)
        say("Building JupyterLite.")
        settings(scratch / "lite")
        site = scratch / "site"
        run_jupyterlite(scratch / "lite", contents, site, files, scratch)
        say("Laying down Pyodide.")
        lay_down(site / "static" / "pyodide", files, [wheel])
        (site / "static" / "data").mkdir()
        for name in APART:
            shutil.copyfile(ROOT / "cnn_lab" / "data" / name, site / "static" / "data" / name)
        front_page.add(site, course)
        shutil.rmtree(output, ignore_errors=True)
        shutil.move(site, output)


def own_wheel(folder):
    """Make the wheel of the package, without the data that lie apart; return its path."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    shutil.copytree(
        ROOT / "cnn_lab", source / "cnn_lab", ignore=shutil.ignore_patterns("__pycache__", *APART)
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)),
        ],
        check=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def settings(lite):
    """Write the site's settings into the folder from which JupyterLite builds."""
    lite.mkdir()
    config = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "CNN Lab",
            "exposeAppInBrowser": True,
            "litePluginSettings": {
                KERNEL: {
                    "pyodideUrl": "./static/pyodide/pyodide.mjs",
                    "disablePyPIFallback": True,
                    "pipliteUrls": [],
                    "loadPyodideOptions": {"packages": AT_START},
                }
            },
        },
    }
    (lite / "jupyter-lite.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    overrides = {
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
    }
    (lite / "overrides.json").write_text(json.dumps(overrides, indent=1), encoding="utf-8")


def run_jupyterlite(lite, contents, output, files, scratch):
    """Let JupyterLite build its site."""
    tools = scratch / "tools"
    for path in files.wheels(files.pins["building"]).values():
        if "kernel" not in path.name:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(tools)
    extensions = [
        str(path)
        for part, names in EXTENSIONS.items()
        for path in files.wheels({name: files.pins[part][name] for name in names}).values()
    ]
    config = {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": [str(contents)],
            "federated_extensions": extensions,
            "ignore_sys_prefix": True,
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": str(output),
        }
    }
    (lite / "jupyter_lite_config.json").write_text(json.dumps(config), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tools)}
    subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(lite)],
        check=True,
        env=environment,
        cwd=lite,
    )
