"""A room that a submission cannot leave: bubblewrap around its kernel.

Inside there are the system's programs and libraries, Python's environment and this package, all of
them to read only; a few small file systems in memory to write to; no network, no other process, no
other file, and nothing of the environment in which the marker runs. Where root marks, the kernel
runs as a user that does not exist; otherwise in a user namespace of its own.

`why_not` tells why a machine cannot offer that.
"""

import functools
import json
import os
import pwd
import re
import secrets
import select
import shutil
import signal
import site
import stat
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from cnn_lab.classroom.marking import system_calls
from cnn_lab.classroom.marking.limits import usage_of_folders, usage_of_processes

PACKAGE = Path(__file__).resolve().parents[2]
COURSE = "/opt/course"  # the package inside
HOME = "/lesson"
SOCKETS = "/run/kernel"
SHARED = 64 << 20  # bytes of /dev/shm
PATIENCE = 60  # seconds for the sandbox to be there, on a machine that has much else to do

_SYSTEM = (
    *("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32"),
    *("/usr/libexec", "/usr/share", "/usr/local/bin", "/usr/local/lib", "/usr/local/share/fonts"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"),
    "/var/cache/fontconfig",
)
_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_OF_PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg", "etc/fonts", "share/fonts")
_TRIAL = "import cnn_lab, ipykernel.kernelapp, matplotlib.pyplot, numpy"


class SandboxError(RuntimeError):
    """A kernel that could not be started; the message says why. No fault of a submission."""


def first_program(course: str) -> list[str]:
    """Return the command that takes the submission in; see `cnn_lab.classroom.marking.inside`."""
    place = f"{course}/{PACKAGE.name}/classroom/marking/inside.py"
    return [sys.executable, "-I", "-S", place]


def environment(home: str, course: str) -> dict[str, str]:
    """Return all that a kernel under marking has for an environment.

    Parameters
    ----------
    home : str
        The folder that can be written to.
    course : str
        The folder in which this package lies.
    """
    return {
        "CNN_LAB_MARKING": "1",
        "HOME": home,
        "IPYTHONDIR": f"{home}/.ipython",
        "LANG": "C.UTF-8",
        "LOGNAME": "learner",
        "MKL_NUM_THREADS": "1",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "NBGRADER_EXECUTION": "autograde",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": course,
        "PYTHONUSERBASE": site.getuserbase(),
        "USER": "learner",
    }


def why_not() -> str | None:
    """Tell why this machine cannot put kernels into a sandbox; it is really tried, once.

    Returns
    -------
    str or None
        A sentence or two for the teacher. None if it can.
    """
    return _trial()


def prepare():
    """Find out how this machine makes a sandbox: once for a process and its forks."""
    _way()


def kernel_manager(limits, files=None, sandbox=True):
    """Return a class that nbclient takes for ``kernel_manager_class``.

    Parameters
    ----------
    limits : Limits
    files : path or mapping of str to bytes, optional
        What the submission has beside its notebook: a folder, or the content of each file by its
        name relative to the notebook. The kernel gets a copy.
    sandbox : bool
        Without it the kernel runs as the marker's user with all that this user may do; only the
        limits are kept. For machines that cannot do better, and submissions that are trusted.

    Returns
    -------
    type
        A subclass of ``AsyncKernelManager``. Once the kernel has been started, its ``watchdog``
        is the `Watchdog`.
    """
    from cnn_lab.classroom.marking.kernels import manager_class

    return manager_class(limits, files, sandbox)


class Sandbox:
    """The bubblewrap around one kernel.

    Attributes
    ----------
    home, sockets : str
        Folders inside.
    course : str
        The folder inside in which the package lies.
    user : int or None
        The user as which the kernel is to run, where that is not the marker's own.
    counts_alone : bool
        Whether the system counts the processes inside by themselves, so that it can limit them.
    """

    home, course = HOME, COURSE

    def __init__(self, limits):
        self.user = _spare_user() if _way() == "spare user" else None
        self.counts_alone = self.user is not None or _version() >= (5, 14)
        self.sockets = f"{SOCKETS}/{secrets.token_hex(4)}"
        self._limits = limits
        self._pid = self._handle = self._lifeline = None
        self._opened = {}

    def start(self, **keywords):
        """Start the first program inside.

        Parameters
        ----------
        **keywords
            Of ``Popen``.

        Returns
        -------
        Popen
            Of the guard around bwrap. If there is no sandbox it ends, and its standard error says
            why.
        """
        reading, writing = os.pipe()
        ending, self._lifeline = os.pipe()
        with open(reading, "rb") as info:
            try:
                with (
                    _filter() as calls,
                    _bubblewrap(_way(), self._limits.disk, calls=calls, info=writing) as room,
                ):
                    command, options = room
                    handles = (calls, options, writing, ending)
                    process = subprocess.Popen(
                        [*_guard(ending), *command, *first_program(COURSE)],
                        env=environment(HOME, COURSE),
                        pass_fds=[handle for handle in handles if handle is not None],
                        start_new_session=True,
                        **keywords,
                    )
            finally:
                os.close(writing)
                os.close(ending)
            try:
                self._pid = json.loads(_in_time(info))["child-pid"]
                self._handle = os.pidfd_open(self._pid)
            except (KeyError, OSError, ValueError):  # it ended, and says why by itself
                _kill_group(process.pid)
        return process

    def outside(self, path: str) -> str:
        """Return the name under which the marker reaches a file inside."""
        return f"/proc/{self._pid}/root{path}"

    def name_of_socket(self, path: str) -> str | None:
        """Return a name that stands for this one socket inside, whatever is put in its place.

        On the way to it no symbolic link is followed: from outside it would lead to a file of the
        machine.

        Parameters
        ----------
        path : str
            Inside.

        Returns
        -------
        str or None
            None if there is no such socket. The name is good until `close`.
        """
        if path not in self._opened:
            handle = _opened_without_links(self.outside("/"), path)
            if handle is None:
                return None
            self._opened[path] = handle
        return f"/proc/self/fd/{self._opened[path]}"

    def usage(self, exact_from):
        """Measure what the sandbox uses; see `usage_of_processes`."""
        running = usage_of_processes(Path(self.outside("/proc")), exact_from)
        if running is None or self._gone():  # then another process may have got the number
            return None
        written = usage_of_folders(
            self.outside(folder) for folder in (HOME, "/tmp", "/dev/shm", SOCKETS)
        )
        return type(running)(running.memory + written.memory, running.processes, written.files)

    def end(self):
        """Kill every process inside, and wait until the last one has gone.

        The system kills them all when the first one is killed.
        """
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            self._gone(5)

    def _gone(self, seconds=0):
        return bool(select.select([self._handle], [], [], seconds)[0])

    def close(self):
        """Let go of what is held."""
        while self._opened:
            os.close(self._opened.popitem()[1])
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)


def _opened_without_links(root, path):
    """Return a handle of a socket, None where there is none or links lead to it."""
    handle = os.open(root, os.O_PATH | os.O_DIRECTORY)
    try:
        for part in Path(path).parts[1:]:
            inner = os.open(part, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
            os.close(handle)
            handle = inner
        if stat.S_ISSOCK(os.fstat(handle).st_mode):
            found, handle = handle, None
            return found
    except OSError:
        pass
    finally:
        if handle is not None:
            os.close(handle)
    return None


@contextmanager
def _filter():
    """Hand out a file descriptor of the filter for system calls, None where there is none."""
    program = system_calls.program()
    if program is None:
        yield None
        return
    handle = os.memfd_create("filter")
    try:
        os.write(handle, program)
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)


def _guard(lifeline):
    """Return what comes before bubblewrap; see `cnn_lab.classroom.marking.guard`."""
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")), str(lifeline)]


@contextmanager
def _bubblewrap(way, disk, *, calls=None, info=None):
    """Hand out bubblewrap's command and the file descriptor from which it reads its options.

    The command can be read inside; the options name folders of the machine.
    """
    options = os.memfd_create("options")
    try:
        with open(options, "wb", closefd=False) as file:
            for option in _options(way, disk, calls, info):
                file.write(os.fsencode(option) + b"\0")
        os.lseek(options, 0, os.SEEK_SET)
        yield [_program(), "--args", str(options), "--"], options
    finally:
        os.close(options)


def _options(way, disk, calls, info):
    own = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [
        *("--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"),
        *("--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "marking"),
        *("--cap-drop", "ALL"),
        *(own if way == "spare user" else ["--unshare-user"]),
        *("--proc", "/proc", "--dev", "/dev"),
        *_writable("/dev/shm", SHARED),
        *("--remount-ro", "/dev"),
        *_writable("/tmp", disk),  # before what Python needs, which may lie there
        *_readable(),
        *_writable(HOME, disk),
        *_writable(SOCKETS, 1 << 20),
        *("--remount-ro", "/", "--chdir", "/"),
        *(() if calls is None else ("--seccomp", str(calls))),
        *(() if info is None else ("--info-fd", str(info))),
    ]


def _kill_group(group):
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _in_time(stream):
    """Return the first line of what bubblewrap writes about itself, if it comes in time."""
    content, deadline = b"", time.monotonic() + PATIENCE
    while b"}" not in content:
        if not select.select([stream], [], [], max(0, deadline - time.monotonic()))[0]:
            break
        part = os.read(stream.fileno(), 4096)
        if not part:
            break
        content += part
    return content


def _writable(folder, size):
    return ["--perms", "1777", "--size", str(size), "--tmpfs", folder]


def _readable():
    arguments = []
    for path in _LINKS:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            arguments += ["--ro-bind", path, path]
    readable = [(path, path) for path in _folders_of_python()]
    readable.append((str(PACKAGE), f"{COURSE}/{PACKAGE.name}"))
    parents = {str(parent) for _, inside in readable for parent in Path(inside).parents} - {"/"}
    for folder in sorted(parents):
        arguments += ["--dir", folder]  # a folder that bubblewrap makes by itself is root's alone
    for path, inside in readable:
        arguments += ["--ro-bind", path, inside]
    return arguments


def _folders_of_python():
    """List what Python needs, and what the system needs, without what lies in another of them."""
    wanted = list(_SYSTEM)
    for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix):
        wanted += [os.path.join(prefix, part) for part in _OF_PYTHON]
    program = sys.executable
    while os.path.islink(program):
        program = os.path.join(os.path.dirname(program), os.readlink(program))
        wanted.append(program)
    wanted += [os.path.realpath(path) for path in wanted if not path.startswith("/usr")]
    if site.ENABLE_USER_SITE:
        wanted.append(site.getusersitepackages())
    chosen = []
    for path in sorted(set(wanted), key=lambda path: (path.count("/"), path)):
        if os.path.exists(path) and not any(path.startswith(f"{other}/") for other in chosen):
            chosen.append(path)
    return chosen


def _program():
    return shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin")


def _spare_user():
    """Return the number of a user that nobody is; None where the system has no number to spare."""
    highest = 2_100_000_000
    for kind in ("uid_map", "gid_map"):
        with open(f"/proc/self/{kind}", encoding="ascii") as file:
            ranges = [line.split() for line in file]
        highest = min(highest, max(int(first) + int(count) for first, _, count in ranges))
    if highest < 61_000:
        return None
    lowest = 2_000_000_000 if highest > 2_000_000_000 else highest - 1_000
    while True:
        number = lowest + secrets.randbelow(highest - lowest)
        try:
            pwd.getpwuid(number)
        except KeyError:
            return number


def _version():
    """Return the version of Linux, as two numbers."""
    numbers = re.findall(r"\d+", os.uname().release)
    return tuple(map(int, numbers[:2]))


@functools.cache
def _way():
    """Return the way in which this machine makes a sandbox, or None."""
    if sys.platform != "linux" or not _program():
        return None
    root = os.geteuid() == 0 and _spare_user() is not None
    for way in ["spare user"] * root + ["user namespace"]:
        if not _tried(way, "import zmq"):
            return way
    return None


@functools.cache
def _trial():
    if sys.platform != "linux":
        return "The sandbox, bubblewrap, runs on Linux only."
    if not _program():
        return "The program bwrap is missing; it comes with the package bubblewrap."
    said = _tried(_way() or "user namespace", _TRIAL)
    if said.startswith("bwrap: "):
        return (
            "This machine does not let bubblewrap make a sandbox; in a container it may not be "
            f"allowed to, and some systems forbid user namespaces. It says: {said}"
        )
    return f"Python does not run in the sandbox. It says: {said}" if said else None


def _tried(way, code):
    """Run Python in a sandbox; return what went wrong, or an empty text."""
    order = {
        "user": _spare_user() if way == "spare user" else None,
        "home": HOME,
        "command": [sys.executable, "-c", code],
    }
    ending, lifeline = os.pipe()
    try:
        with _filter() as calls, _bubblewrap(way, 1 << 24, calls=calls) as (command, options):
            handles = (calls, options, ending)
            run = subprocess.run(
                [*_guard(ending), *command, *first_program(COURSE)],
                env=environment(HOME, COURSE),
                input=json.dumps(order).encode(),
                pass_fds=[handle for handle in handles if handle is not None],
                capture_output=True,
                timeout=PATIENCE,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        os.close(lifeline)
        os.close(ending)
    said = run.stderr.decode(errors="replace").strip().split("\n")[-1]
    return (said or f"exit status {run.returncode}") if run.returncode else ""
