"""Write ``pins.json``: which files the site is made of, each with its version and SHA-256.

For maintainers who go to another version. The names, versions, hashes and dependencies of
Pyodide's own packages are taken word for word from the lock that Pyodide publishes; what Pyodide
does not carry (pure Python from the package index, JupyterLite itself) is downloaded once by pip,
and its hash is kept.

    python -m browser_edition pin pyodide-lock.json

where ``pyodide-lock.json`` comes with Pyodide's distribution (and with the npm package ``pyodide``)
of the version that stands below.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from browser_edition.files import DISTRIBUTION, MIRROR_FOLDER, PINS, normal, wheel_of

PYODIDE = "314.0.3"
MIRROR = "open-webui==0.12.4"
CORE = ("pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "python_stdlib.zip")
# With all that they depend on.
WANTED = ("matplotlib", "micropip", "numpy", "pillow", "threadpoolctl", "typing-extensions")
PYTHON = (
    "anywidget==0.11.0",
    "asttokens==3.0.1",
    "comm==0.2.3",
    "decorator==5.2.1",
    "executing==2.2.1",
    "ipython==9.12.0",
    "ipython-pygments-lexers==1.1.1",
    "ipywidgets==8.1.9",
    "jedi==0.19.2",
    "jupyterlab-widgets==3.0.17",
    "matplotlib-inline==0.2.1",
    "parso==0.8.6",
    "prompt-toolkit==3.0.52",
    "psygnal==0.16.1",
    "pure-eval==0.2.3",
    "pygments==2.20.0",
    "stack-data==0.6.3",
    "tqdm==4.70.1",
    "traitlets==5.14.3",
    "wcwidth==0.6.0",
)
TESTING = (
    "hypothesis==6.151.9",
    "iniconfig==2.3.0",
    "pluggy==1.6.0",
    "pytest==9.0.2",
    "sortedcontainers==2.4.0",
)
BUILDING = ("doit==0.37.0", "jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6")


def pin(lock_path):
    """Download everything once, and write ``pins.json``.

    Parameters
    ----------
    lock_path : path
        The lock that Pyodide publishes, unchanged.
    """
    content = Path(lock_path).read_bytes()
    official = json.loads(content)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        mirror = download([MIRROR], folder / "mirror")[0]
        pins = {
            "pyodide": {
                "version": PYODIDE,
                "lock_sha256": sha256(content),
                "info": official["info"],
                "distribution": DISTRIBUTION.format(version=PYODIDE),
                "mirror": {**wheel(MIRROR, mirror), "folder": MIRROR_FOLDER},
                "core": core(mirror),
                "packages": closure(official["packages"], WANTED),
            },
            "python": {},
            "testing": {},
            "building": {},
        }
        parts = {"python": PYTHON, "testing": TESTING, "building": BUILDING}
        for part, requirements in parts.items():
            paths = download(requirements, folder / part)
            for requirement, path in zip(requirements, paths, strict=True):
                pins[part][requirement.split("==")[0]] = wheel(requirement, path)
    PINS.write_text(json.dumps(pins, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def download(requirements, folder):
    """Let pip download requirements as wheels for any machine; return their paths, in order."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--ignore-requires-python"),
            *("--platform", "any", "--dest", str(folder), *requirements),
        ],
        check=True,
    )
    by_name = {normal(path.name.split("-")[0]): path for path in folder.iterdir()}
    return [by_name[normal(requirement.split("==")[0])] for requirement in requirements]


def wheel(requirement, path):
    """Return the pin of a wheel."""
    name, version = requirement.split("==")
    assert wheel_of(path.name) == (normal(name), version), (requirement, path.name)
    return {"version": version, "file_name": path.name, "sha256": sha256(path.read_bytes())}


def core(mirror):
    """Return the hashes of the files that make up Pyodide itself; the lock does not have them."""
    import zipfile

    with zipfile.ZipFile(mirror) as archive:
        return {name: sha256(archive.read(MIRROR_FOLDER + name)) for name in CORE}


def closure(packages, wanted):
    """Return the entries of the lock that packages need, themselves among them."""
    by_name = {normal(name): entry for name, entry in packages.items()}
    found, waiting = {}, list(wanted)
    while waiting:
        name = normal(waiting.pop())
        if name not in found:
            found[name] = by_name[name]
            waiting += by_name[name]["depends"]
    return found


def sha256(content):
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
