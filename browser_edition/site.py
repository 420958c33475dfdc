"""Build the site: JupyterLite, Pyodide with the course's package, and the lessons."""

import hashlib
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
from browser_edition.distribution import KERNEL, lay_down
from browser_edition.files import Files, read_pins
from browser_edition.licences import write_licences
from browser_edition.promises import broken_promises

ROOT = Path(__file__).resolve().parents[1]
TITLE = "CNN Lab"
# Loaded when the kernel starts; everything else at the first import.
AT_START = ["cnn-lab"]
EXTENSIONS = {
    "building": ["jupyterlite-pyodide-kernel"],
    "python": ["anywidget", "jupyterlab-widgets"],
}
# Too large to be fetched by everybody: they lie beside the package, and come when they are read.
APART = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
# JupyterLite's own building tools, and fonts in formats for browsers that cannot run the site.
DROPPED = ("rspack.config*.js", "package.json", "jupyterlite.schema.v0.json", "build/fa-*.eot")
DROPPED += ("build/fa-*.svg", "build/fa-*.ttf", "build/fa-*.woff")


class SiteError(Exception):
    """Why the site was not built; what lay in its place before is still there."""


def build(output, lessons=None, *, title=TITLE, say=print, **contents):
    """Build the site.

    Parameters
    ----------
    output : path
        The folder of the site; what an earlier build left there is removed.
    lessons : path, optional
        The folder with the complete lessons.
    title : str
        What the site is called.
    say : callable
        Called with a line at each step.
    **contents
        Which lessons, and what beside them: see `browser_edition.contents.write_contents`.

    Raises
    ------
    SourceError, DistributionError, ContentsError, SiteError
        With a message for whoever builds. An earlier site is then left as it was.
    """
    output, lessons = Path(output), Path(lessons or ROOT / "notebooks")
    if output.exists() and not (output / "jupyter-lite.json").is_file():
        if not output.is_dir() or any(output.iterdir()):
            raise SiteError(f"{output} is there already and is no site: name another folder")
    files = Files(read_pins(), say=say)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        say("Making the course's package.")
        wheel = own_wheel(scratch / "wheel")
        say("Writing the lessons.")
        shown = scratch / "contents"
        write_contents(shown, lessons, **contents)
        course = front_page.stamp(shown)
        say("Building JupyterLite.")
        settings(scratch / "lite", title)
        site = scratch / "site"
        run_jupyterlite(scratch / "lite", shown, site, files, scratch)
        say("Laying down Pyodide.")
        lay_down(site / "static" / "pyodide", files, [wheel])
        (site / "static" / "data").mkdir()
        for name in APART:
            shutil.copyfile(ROOT / "cnn_lab" / "data" / name, site / "static" / "data" / name)
        front_page.add(site, course, title)
        lacking = write_licences(site, files)
        drop_what_nobody_asks_for(site)
        wanted = [f"static/data/{name}" for name in APART]
        written = [path.relative_to(shown) for path in shown.rglob("*") if path.is_file()]
        wanted += [f"files/{path.as_posix()}" for path in written]
        broken = broken_promises(site, files.pins, wanted)
        broken += [f"no licence was found for {name}" for name in lacking]
        if broken:
            raise SiteError("\n".join(["What was built does not keep to the rules:", *broken]))
        put_in_place(site, output)
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    say(f"The site is in {output}: {size / 1e6:.0f} MB. To try it: make site-serve")


def own_wheel(folder):
    """Make the wheel of the package, without the data that lie apart; return its path."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    shutil.copytree(
        ROOT / "cnn_lab", source / "cnn_lab", ignore=shutil.ignore_patterns("__pycache__", *APART)
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)),
        ],
        # The same files make the same wheel, whenever and wherever it is built.
        env={**os.environ, "SOURCE_DATE_EPOCH": "1577836800"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise SiteError(f"pip could not make the course's package; its own words:\n{done.stdout}")
    (path,) = folder.glob("*.whl")
    # Another content has another name, so that no browser pairs a kept wheel with a new lock.
    name, version, tags = path.name.split("-", 2)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return path.rename(path.with_name(f"{name}-{version}-0{digest}-{tags}"))


def settings(lite, title):
    """Write the site's settings into the folder from which JupyterLite builds."""
    lite.mkdir()
    config = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": title,
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
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(lite)],
        env=environment,
        cwd=lite,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise SiteError(f"JupyterLite could not build its part; its own words:\n{done.stdout}")


def drop_what_nobody_asks_for(site):
    """Remove files that no page of the site loads."""
    for pattern in DROPPED:
        for path in site.glob(pattern):
            path.unlink()


def put_in_place(site, output):
    """Put a finished site where it belongs; until the last moment the old one is there."""
    # Files out of archives are dated years back, and browsers keep files the longer the older.
    for path in site.rglob("*"):
        os.utime(path)
    output.parent.mkdir(parents=True, exist_ok=True)
    new, old = (output.with_name(f".{output.name}.{kind}") for kind in ("new", "old"))
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)
    shutil.move(site, new)
    if output.exists():
        output.rename(old)
    new.rename(output)
    shutil.rmtree(old, ignore_errors=True)
