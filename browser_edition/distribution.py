"""Pyodide with everything that the course imports, as one folder with one lock.

The lock tells the browser's kernel which wheel holds a module, and the SHA-256 under which it is
believed. Entries of Pyodide's own packages are Pyodide's, word for word; those of the other wheels
are made from the wheels.
"""

import email
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

from browser_edition.files import normal

KERNEL_WHEELS = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi/"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"  # the name of its settings
STALE = "widgetsnbextension-3."  # the kernel brings a stand-in for each of two generations
# What wheels ask for but nothing in a browser uses.
NOT_NEEDED = {"jupyterlab", "pexpect", "psutil"}
BROWSER = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.0",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


class DistributionError(Exception):
    """Why the packages do not make a whole."""


def lay_down(folder, files, wheels=(), testing=False):
    """Write Pyodide, its packages and their lock into a folder.

    Parameters
    ----------
    folder : path
        Made anew.
    files : Files
        Where the pinned files come from.
    wheels : iterable of path
        More wheels, such as the course's own.
    testing : bool
        Whether to add pytest and what else only tests need.

    Returns
    -------
    dict
        The lock.

    Raises
    ------
    SourceError
        If a pinned file cannot be had.
    DistributionError
        If a package needs another one that is not there.
    """
    pins, folder = files.pins, Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    official = pins["pyodide"]["packages"]
    names = [*pins["pyodide"]["core"], *(entry["file_name"] for entry in official.values())]
    for name, path in files.pyodide(names).items():
        shutil.copyfile(path, folder / name)
    packages = dict(official)
    parts = [pins["python"], pins["testing"]] if testing else [pins["python"]]
    paths = [path for part in parts for path in files.wheels(part).values()]
    for path in [*paths, *_kernel_wheels(files, folder), *wheels]:
        if Path(path).parent != folder:
            shutil.copyfile(path, folder / Path(path).name)
        entry = _entry(folder / Path(path).name)
        packages[entry["name"]] = entry
    for name, entry in packages.items():
        lacking = [other for other in entry["depends"] if normal(other) not in packages]
        if lacking:
            raise DistributionError(f"{name} needs {', '.join(lacking)}, which is not pinned")
    lock = {
        "info": pins["pyodide"]["info"],
        "packages": dict(sorted(packages.items())),
    }
    (folder / "pyodide-lock.json").write_text(json.dumps(lock, indent=1) + "\n", encoding="utf-8")
    return lock


def _kernel_wheels(files, folder):
    """Take the wheels of the kernel itself out of the extension that brings it."""
    extension = files.wheels(files.pins["building"])["jupyterlite-pyodide-kernel"]
    with zipfile.ZipFile(extension) as archive:
        for member in archive.namelist():
            name = member.rpartition("/")[2]
            if KERNEL_WHEELS in member and name.endswith(".whl") and not name.startswith(STALE):
                (folder / name).write_bytes(archive.read(member))
                yield folder / name


def _entry(path):
    """Return the entry of the lock for a wheel of pure Python."""
    with zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        about = next(name for name in members if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(about))
    needed = map(Requirement, metadata.get_all("Requires-Dist") or [])
    depends = {
        normal(requirement.name)
        for requirement in needed
        if requirement.marker is None or requirement.marker.evaluate(BROWSER)
    }
    return {
        "name": normal(metadata["Name"]),
        "version": metadata["Version"],
        "file_name": path.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": _modules(members),
        "depends": sorted(depends - NOT_NEEDED),
        "unvendored_tests": False,
    }


def _modules(members):
    """Return the names that a wheel lets a program import."""
    found = set()
    for member in members:
        first, _, rest = member.partition("/")
        if rest == "__init__.py":
            found.add(first)
        elif not rest and first.endswith(".py"):
            found.add(first.removesuffix(".py"))
    return sorted(found)
