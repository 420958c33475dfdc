"""Real kernels in real sandboxes, and what they try in vain.

Where root runs these tests, some of them run a second time as an ordinary user: then the sandbox
is made in another way.
"""

import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="needs the extra classroom: pip install cnn-lab[classroom]")

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from cnn_lab.classroom.marking import limits, sandbox, sent_files, system_calls
from cnn_lab.classroom.marking.limits import Limits, Usage, Watchdog, usage_of_processes

REPOSITORY = Path(__file__).parents[2]
SMALL = Limits(
    total=60, memory=1 << 30, process_memory=3 << 30, processes=64, disk=50 << 20, files=2_000
)

needs_sandbox = pytest.mark.skipif(
    sandbox.why_not() is not None, reason=f"no sandbox here: {sandbox.why_not()}"
)


def run(*cells, limits=SMALL, files=None, room=True, seconds=20):
    """Run cells in a kernel under marking; return what each showed, and the manager."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(x) for x in cells])
    client = NotebookClient(
        notebook,
        kernel_manager_class=sandbox.kernel_manager(limits, files, room),
        allow_errors=True,
        timeout=seconds,
        interrupt_on_timeout=True,
    )
    client.widget_registry = {}
    manager = client.create_kernel_manager()
    with suppress(DeadKernelError):
        client.execute()
    return [_shown(cell) for cell in notebook.cells], manager


def _shown(cell):
    parts = []
    for output in cell.outputs:
        data = output.get("data", {})
        parts.append(output.get("text") or data.get("text/plain") or output.get("evalue", ""))
    return "".join(parts).strip()


def left_behind(mark):
    """List the processes that have a mark in their command."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (place / "cmdline").read_bytes() and place.name != str(os.getpid()):
                found.append(int(place.name))
    return found


def running(number):
    """Tell whether there is a process with a number that has not ended."""
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def gone(mark, seconds=10):
    """Tell whether the processes with a mark end in time."""
    deadline = time.monotonic() + seconds
    while left_behind(mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


# ---- what is there, and what is not ----

EXPLORE = """
import json, os, socket
def tried(action):
    try:
        return repr(action())[:200]
    except BaseException as error:
        return "refused: " + type(error).__name__
def read(path):
    return open(path).read() if os.path.isfile(path) else os.listdir(path)
def write(path):
    with open(path, "w") as file:
        return file.write("x")
def connect(address):
    kind = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(kind) as one:
        one.settimeout(2)
        one.connect(address)
        return "connected"
"""


@pytest.fixture(scope="module")
def explored(tmp_path_factory):
    """What one kernel finds when it looks around."""
    folder = tmp_path_factory.mktemp("course")
    secret = folder / "source.ipynb"
    secret.write_text("the hidden tests")
    os.chmod(secret, 0o644)
    listening = {
        "internet": socket.create_server(("127.0.0.1", 0)),
        "file": socket.socket(socket.AF_UNIX),
        "abstract": socket.socket(socket.AF_UNIX),
    }
    listening["file"].bind(str(folder / "s"))
    listening["abstract"].bind(f"\0cnn-lab-{os.getpid()}")
    listening["file"].listen()
    listening["abstract"].listen()
    port = listening["internet"].getsockname()[1]
    reading = {
        "source": str(secret),
        "tests": str(REPOSITORY / "tests"),
        "notebooks": str(REPOSITORY / "notebooks"),
        "history": str(REPOSITORY / ".git"),
        "home": str(Path.home() / ".bashrc"),
        "passwords": "/etc/passwd",
        "exchange": "/usr/local/share/nbgrader",
        "host": "/proc/1/root/etc/passwd",
        "marker": f"/proc/{os.getpid()}/environ",
        "devices": "/dev/kmsg",
        "system": "/sys/kernel",
    }
    writing = {
        "own": "answer.txt",
        "temporary": "/tmp/answer",
        "shared": "/dev/shm/answer",
        "root": "/answer",
        "package": "/opt/course/cnn_lab/__init__.py",
        "devices": "/dev/answer",
        "system": "/usr/lib/answer",
        "sockets": "/run/answer",
        "python": f"{sys.prefix}/pyvenv.cfg",
        "numpy": str(Path(np_file())),
        "kernel": "/proc/sys/kernel/hostname",
    }
    code = f"""
print(json.dumps({{
    "read": {{name: tried(lambda: read(p)) for name, p in {reading!r}.items()}},
    "write": {{name: tried(lambda: write(p)) for name, p in {writing!r}.items()}},
    "connect": {{
        "internet": tried(lambda: connect(("127.0.0.1", {port}))),
        "outside": tried(lambda: connect(("192.0.2.1", 80))),
        "file": tried(lambda: connect({str(folder / "s")!r})),
        "abstract": tried(lambda: connect("\\0cnn-lab-{os.getpid()}")),
        "machine": tried(lambda: socket.socket(40, socket.SOCK_STREAM)),
    }},
    "environment": dict(os.environ),
    "first": tried(lambda: open("/proc/1/environ").read()),
    "processes": [int(x) for x in os.listdir("/proc") if x.isdigit()],
    "ids": [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()],
    "status": dict(line.split(":\\t", 1) for line in read("/proc/self/status").splitlines()),
    "course": sorted(os.listdir("/opt/course")),
    "folder": [os.getcwd(), sorted(os.listdir("."))],
}}))"""
    before = {"CNN_LAB_TOKEN": "token-of-the-teacher", "JPY_SESSION_NAME": "session"}
    os.environ.update(before)
    try:
        shown, _ = run(EXPLORE, code, files={"data/numbers.txt": b"1 2 3"})
    finally:
        for name in before:
            del os.environ[name]
        for one in listening.values():
            one.close()
    try:
        return json.loads(shown[1])
    except ValueError:
        raise AssertionError(f"the kernel said {shown}") from None


def np_file():
    import numpy as np

    return np.__file__


@needs_sandbox
def test_nothing_of_the_machine_can_be_read(explored):
    assert {name: what[:8] for name, what in explored["read"].items()} == dict.fromkeys(
        explored["read"], "refused:"
    ) | {"host": explored["read"]["host"][:8]}
    assert "refused" in explored["read"]["host"]


@needs_sandbox
def test_nothing_can_be_written_but_the_folders_in_memory(explored):
    allowed = {name for name, what in explored["write"].items() if what == "1"}
    assert allowed == {"own", "temporary", "shared"}
    assert not Path("/tmp/answer").exists()
    assert not Path("/dev/shm/answer").exists()


@needs_sandbox
def test_no_network_and_no_socket_of_the_machine_is_reached(explored):
    assert {what[:8] for what in explored["connect"].values()} == {"refused:"}


@needs_sandbox
def test_nothing_of_the_markers_environment_is_passed_on(explored):
    for text in (json.dumps(explored["environment"]), explored["first"]):
        assert "token-of-the-teacher" not in text
        assert "session" not in text
    expected = sandbox.environment(sandbox.HOME, sandbox.COURSE)
    assert expected.items() <= explored["environment"].items()
    ours = {"PWD", "MPLBACKEND", "PYDEVD_USE_FRAME_EVAL", "TERM"}  # the shell's and ipykernel's
    colours = {"CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER"}
    assert set(explored["environment"]) - set(expected) <= ours | colours


@needs_sandbox
def test_only_its_own_processes_are_seen(explored):
    assert 1 in explored["processes"]
    assert max(explored["processes"]) < 10


@needs_sandbox
def test_it_has_no_rights_and_gets_none(explored):
    status = explored["status"]
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    if system_calls.program():
        assert status["Seccomp"] == "2"


@needs_sandbox
@pytest.mark.skipif(os.geteuid() != 0, reason="run the tests as root for this one")
def test_where_root_marks_the_kernel_is_a_user_that_does_not_exist(explored):
    user, effective, group, groups = explored["ids"]
    assert user == effective == group
    assert user > 60_000
    assert set(groups) <= {group}


@needs_sandbox
def test_the_package_and_the_files_sent_are_there(explored):
    assert explored["course"] == ["cnn_lab"]
    folder, names = explored["folder"]
    assert folder == "/lesson"
    assert "data" in names


@needs_sandbox
def test_files_sent_can_be_read_and_changed_and_the_lesson_runs():
    shown, _ = run(
        "import helper, cnn_lab\nprint(helper.three(), open('data/a.txt').read())",
        "open('data/a.txt', 'a').write('more')\nprint(open('data/a.txt').read(), cnn_lab.__file__)",
        "from matplotlib import pyplot as plt\nprint(len(plt.plot([1, 2])))",
        files={
            "helper.py": b"def three():\n    return 3\n",
            "data/a.txt": b"text",
            **dict.fromkeys(["ipykernel_launcher.py", "ipykernel.py", "random.py"], b"1 / 0"),
        },
    )
    assert shown[0] == "3 text"
    assert shown[1] == "textmore /opt/course/cnn_lab/__init__.py"
    assert shown[2].startswith("1")


@needs_sandbox
def test_calls_that_nobody_needs_are_refused():
    if not system_calls.program():
        pytest.skip("no filter for this processor")
    shown, _ = run(
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def error(name, *arguments):\n"
        "    ctypes.set_errno(0)\n"
        "    assert getattr(libc, name)(*arguments) == -1, name\n"
        "    return errno.errorcode[ctypes.get_errno()]\n"
        "print(error('unshare', 0x10000000), error('memfd_create', b'x', 0),"
        " error('shmget', 0, 4096, 0o1600), error('ptrace', 16, 1, 0, 0),"
        " error('mount', b'x', b'/tmp', b'tmpfs', 0, 0), error('setns', 0, 0))",
        "import multiprocessing, subprocess, threading\n"
        "lock = multiprocessing.get_context('fork').Lock()\n"
        "thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()\n"
        "print(subprocess.run(['echo', 'program'], capture_output=True, text=True).stdout)",
    )
    assert shown[0].split() == ["EPERM"] * 6
    assert shown[1].split() == ["thread", "program"]


# ---- limits ----


@needs_sandbox
def test_a_full_disk_stays_inside():
    free = shutil.disk_usage("/tmp").free
    shown, manager = run(
        "for folder in ['.', '/tmp', '/dev/shm', '/run/kernel']:\n"
        "    try:\n"
        "        for number in range(100):\n"
        "            with open(f'{folder}/{number}', 'wb') as file:\n"
        "                file.write(bytes(10 << 20))\n"
        "    except OSError as error:\n"
        "        print(folder, error.strerror)",
        "1 + 1",
        "open('huge', 'wb').truncate(1 << 40)",
    )
    assert [line.split()[0] for line in shown[0].splitlines()] == [
        *(".", "/tmp", "/dev/shm", "/run/kernel")
    ]
    assert shown[1] == "2"
    assert "too large" in shown[2]
    assert manager.watchdog.reason is None
    assert shutil.disk_usage("/tmp").free > free - (40 << 20)


@needs_sandbox
def test_very_many_files_end_it():
    shown, manager = run("for n in range(10**7):\n    open(f'/tmp/{n}', 'w').close()", "1")
    assert manager.how_it_ended() == "It wrote more than 2000 files, and was ended."
    assert shown[1] == ""


@needs_sandbox
def test_a_fork_bomb_ends():
    began = time.monotonic()
    _, manager = run("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
    assert "more than 64 processes or threads" in manager.how_it_ended()
    assert time.monotonic() - began < 20
    assert gone(token(manager))


@needs_sandbox
def test_one_process_gets_no_more_than_its_share_of_memory_and_goes_on():
    shown, manager = run("x = bytearray(20 << 30)", "'still there'")
    assert "still there" in shown[1]
    assert manager.watchdog.reason is None


@needs_sandbox
def test_twenty_gigabytes_over_many_processes_end_it():
    _, manager = run(
        "import os, time\nfor n in range(20):\n    if not os.fork():\n"
        "        block = bytes(b'x' * (1 << 30)); time.sleep(60)\ntime.sleep(60)",
        seconds=60,
    )
    assert manager.how_it_ended() == "It took more than 1.0 GB of memory, and was ended."
    assert gone(token(manager))


@needs_sandbox
def test_memory_that_processes_share_counts_once():
    shown, manager = run(
        "import os, time\nblock = b'x' * (300 << 20)\n"
        "for n in range(5):\n    if not os.fork():\n        time.sleep(1.5); os._exit(0)\n"
        "time.sleep(1)\nprint(len(block))"
    )
    assert manager.watchdog.reason is None
    assert shown[0] == str(300 << 20)


@needs_sandbox
def test_a_loop_that_swallows_everything_ends_in_time():
    began = time.monotonic()
    _, manager = run(
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        limits=Limits(total=4),
        seconds=2,
    )
    assert manager.how_it_ended() == "It took longer than 4 seconds altogether, and was ended."
    assert time.monotonic() - began < 25
    assert gone(token(manager))


# ---- the end ----


def token(manager):
    """Return the part of a kernel's command that no other kernel has."""
    return manager.ip.split("/")[-2]


@needs_sandbox
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import os; os._exit(3)", "The kernel ended itself, with exit status 3."),
        ("import os; os.kill(os.getpid(), 9)", "The kernel was ended by the signal SIGKILL."),
        ("import ctypes; ctypes.string_at(0)", "The kernel was ended by the signal SIGSEGV."),
        # a child lives on in the kernel's place
        (
            "import os, time\nif os.fork(): os._exit(0)\nos.setsid(); time.sleep(100)",
            "The kernel ended itself, with exit status 0.",
        ),
    ],
)
def test_a_kernel_that_ends_says_how(code, sentence):
    _, manager = run(code, "1")
    assert manager.how_it_ended() == sentence
    assert gone(token(manager))


@needs_sandbox
def test_nothing_is_left_behind():
    number = f"{time.time_ns() % 10**9 + 10**6}.25"
    shown, manager = run(
        "import subprocess, time\n"
        f"subprocess.Popen(['setsid', '-f', 'sleep', '{number}'], start_new_session=True)\n"
        "time.sleep(0.5)\n"
        "print(subprocess.run(['sh', '-c', 'cat /proc/*/cmdline'], capture_output=True).stdout)"
    )
    assert number in shown[0]
    assert gone(number)
    assert gone(token(manager))


@needs_sandbox
def test_nothing_is_left_behind_by_a_marker_that_is_killed():
    code = (
        "import asyncio, time\n"
        "from cnn_lab.classroom.marking.sandbox import kernel_manager\n"
        "from cnn_lab.classroom.marking.limits import Limits\n"
        "manager = kernel_manager(Limits())()\n"
        "asyncio.run(manager.start_kernel())\n"
        "print(manager.ip, flush=True)\n"
        "time.sleep(100)"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, text=True
    ) as marker:
        place = marker.stdout.readline().split("/")[-2]
        there = left_behind(place)
        marker.send_signal(signal.SIGKILL)
    assert there
    assert gone(place)


@needs_sandbox
def test_nothing_is_left_behind_by_a_marker_that_is_killed_while_the_sandbox_is_made():
    number = f"{time.time_ns() % 10**9 + 10**6}.25"
    code = (
        "import sys, subprocess, time\n"
        "from cnn_lab.classroom.marking import sandbox\n"
        "from cnn_lab.classroom.marking.limits import Limits\n"
        f"sandbox.COURSE = '/opt/lesson-{number}'\n"  # which is in every command
        "sandbox.prepare()\n"
        "print(flush=True)\n"
        "room = sandbox.Sandbox(Limits())\n"
        "room.start(stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        "time.sleep(100)"
    )
    there = 0
    for wait in range(16):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as marker:
            marker.stdout.readline()
            time.sleep(wait * 0.006)
            there += any(each != marker.pid for each in left_behind(f"/lesson-{number}/"))
            marker.send_signal(signal.SIGKILL)
        assert gone(f"/lesson-{number}/")
    assert there > 4


@needs_sandbox
def test_a_marker_that_is_killed_before_the_kernel_has_its_orders_leaves_none():
    code = (
        "import os, subprocess, time\n"
        "from cnn_lab.classroom.marking.sandbox import Sandbox\n"
        "from cnn_lab.classroom.marking.limits import Limits\n"
        "room = Sandbox(Limits())\n"
        "process = room.start(stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        "process.stdin.write(b'{\"user\"'); process.stdin.flush()\n"
        "def there():\n"
        "    try: return [x for x in os.listdir(room.outside('/proc')) if x.isdigit()]\n"
        "    except OSError: return []\n"  # not yet
        "while len(there()) != 2:\n"
        "    time.sleep(0.01)\n"
        "print(process.pid, room.outside('').split('/')[2], flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=60)
    assert run.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while any(running(int(number)) for number in run.stdout.split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@needs_sandbox
def test_the_marker_connects_to_nothing_that_takes_the_place_of_the_sockets(tmp_path):
    os.chmod(tmp_path, 0o755)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        listening.settimeout(1)
        run(
            "import glob, os, time\n"
            "for name in glob.glob('/run/kernel/*/k-*'):\n"
            f"    os.unlink(name); os.symlink({str(tmp_path / 's')!r}, name)\n"
            "os.closerange(3, 512)\ntime.sleep(2)",
            limits=Limits(total=4),
            seconds=3,
        )
        with pytest.raises(TimeoutError):
            listening.accept()


@needs_sandbox
def test_a_socket_is_reached_by_no_link_and_stays_the_same():
    room = sandbox.Sandbox(SMALL)
    process = room.start(stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    code = (
        "import os, socket, time\n"
        "os.chdir('/tmp'); os.mkdir('there'); os.symlink('/tmp/there', 'linked')\n"
        "kept = [socket.socket(socket.AF_UNIX) for _ in range(2)]\n"
        "kept[0].bind('there/s'); kept[0].listen(); os.symlink('s', 'there/t')\n"
        "open('there/file', 'w').close(); open('done', 'w').close()\n"
        "while not os.path.exists('go'): time.sleep(0.01)\n"
        "os.unlink('there/s'); kept[1].bind('there/s'); kept[1].listen(); os.unlink('go')\n"
        "print(kept[0].accept()[0].recv(9), file=open('heard', 'w'), flush=True)\n"
        "os.rename('heard', 'said')\n"
        "time.sleep(100)"
    )
    order = {"user": None, "home": "/tmp", "command": [sys.executable, "-c", code]}
    tmp = Path(room.outside("/tmp"))
    try:
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        wait_until((tmp / "done").exists)
        for wrong in ("there", "there/file", "there/t", "linked/s", "there/none"):
            assert room.name_of_socket(f"/tmp/{wrong}") is None
        name = room.name_of_socket("/tmp/there/s")
        (tmp / "go").touch()
        wait_until(lambda: not (tmp / "go").exists())
        with socket.socket(socket.AF_UNIX) as speaking:
            speaking.connect(name)
            speaking.send(b"hello")
        wait_until((tmp / "said").exists)
        assert "hello" in (tmp / "said").read_text()
    finally:
        room.end()
        room.close()
        process.communicate()


def wait_until(happens, seconds=20):
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@needs_sandbox
def test_no_command_inside_names_a_folder_of_the_machine():
    shown, _ = run(
        "import glob\n"
        "for name in sorted(glob.glob('/proc/[0-9]*/cmdline')):\n"
        "    print(open(name).read().split(chr(0)))"
    )
    assert "bwrap" in shown[0] and "ipykernel" in shown[0]
    assert str(sandbox.PACKAGE) not in shown[0]
    assert "bind" not in shown[0]


# ---- an ordinary user, and no sandbox ----


@needs_sandbox
@pytest.mark.skipif(os.geteuid() != 0, reason="run the tests as root to repeat them as a user")
def test_the_same_holds_for_an_ordinary_user():
    chosen = "explored or test_nothing_ or no_ or only or rights or bomb or gigabytes or killed"
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:nbval"),
        *("--rootdir", str(REPOSITORY), "-c", str(REPOSITORY / "pyproject.toml"), __file__),
        *("-k", f"({chosen}) and not ordinary and not watchdog"),
    ]
    folder = tempfile.mkdtemp()  # tmp_path lies in a folder that is root's alone
    try:
        os.chmod(folder, 0o777)
        run = subprocess.run(
            as_user([*command, "--basetemp", f"{folder}/t"]),
            env={**os.environ, "HOME": folder},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
    finally:
        shutil.rmtree(folder)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert re.search(r"\n1?\d passed, \d+ deselected in", run.stdout), run.stdout


def as_user(command):
    """Return a command that runs another one as nobody, to whom Python is readable."""
    arguments = ["bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL"]
    closed = set()
    for place in map(Path, (sys.prefix, sys.base_prefix, REPOSITORY)):
        barred = [x for x in [*reversed(place.parents), place] if not x.stat().st_mode & 0o001]
        if barred:
            closed.add((barred[0], place))
    for folder in sorted({folder for folder, _ in closed}):
        arguments += ["--tmpfs", str(folder)]
    for _, place in sorted(closed):
        for parent in reversed(place.parents):
            arguments += ["--dir", str(parent)] if str(parent) != "/" else []
        arguments += ["--bind", str(place), str(place)]
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return [*arguments, "--", *user, "--inh-caps=-all", "--bounding-set=-all", *command]


def test_without_a_sandbox_the_limits_hold():
    shown, manager = run(
        "import os; print(os.environ['CNN_LAB_MARKING'], os.path.exists('numbers.txt'))",
        "import cnn_lab; x = bytearray(20 << 30)",
        "import os, time\nfor n in range(6):\n    if not os.fork():\n"
        "        block = b'x' * (1 << 30); time.sleep(60)\ntime.sleep(60)",
        files={"numbers.txt": b"1"},
        room=False,
    )
    assert shown[0] == "1 True"
    assert shown[1] == ""  # MemoryError has no text
    assert manager.how_it_ended() == "It took more than 1.0 GB of memory, and was ended."
    home = manager.ip.removesuffix("/.kernel/k")
    assert gone(home)
    assert not Path(home).exists()


def test_a_machine_without_bubblewrap_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda *_, **__: None)
    why_not = fresh(monkeypatch)
    assert "bubblewrap" in why_not()


def test_a_machine_that_forbids_it_says_so(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    said = "bwrap: No permissions to create new namespace"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1")
    program.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda *_, **__: str(program))
    why_not = fresh(monkeypatch)
    assert "No permissions to create new namespace" in why_not()


def fresh(monkeypatch):
    """Return `why_not` as in a process that has not asked yet."""
    for name in ("_way", "_trial"):
        function = getattr(sandbox, name).__wrapped__
        monkeypatch.setattr(sandbox, name, function)
    return sandbox.why_not


# ---- the parts ----


def test_read_folder_takes_ordinary_files_only(tmp_path):
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "deep" / "a.txt").write_bytes(b"a")
    (tmp_path / "helper.py").write_bytes(b"x = 1")
    (tmp_path / ".hidden").write_bytes(b"h")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 40)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))
        found = sent_files.read_folder(tmp_path, SMALL)
    assert found == {"data/deep/a.txt": b"a", "helper.py": b"x = 1"}


def test_read_folder_stops_at_what_fits(tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(bytes(10 << 20))
    found = sent_files.read_folder(tmp_path, Limits(disk=50 << 20))
    assert list(found) == ["a", "b"]


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (Usage(memory=5 << 30), "more than 4.0 GB of memory"),
        (Usage(processes=129), "more than 128 processes or threads"),
        (Usage(files=20_001), "more than 20000 files"),
    ],
)
def test_watchdog_says_what_was_too_much(usage, words):
    ended = []
    watchdog = Watchdog(Limits(), lambda exact_from: usage, lambda: ended.append(1))
    watchdog.start()
    watchdog._thread.join(10)
    assert words in watchdog.reason
    assert ended == [1]


def test_watchdog_of_a_machine_without_memory_is_no_fault_of_the_submission(monkeypatch):
    manager = sandbox.kernel_manager(Limits())()
    assert manager.machine_full() is None
    manager.watchdog = Watchdog(Limits(), lambda exact_from: Usage(), lambda: None)
    assert manager.limit_exceeded() is None
    monkeypatch.setattr(limits, "_free_memory", lambda: 0)
    assert manager.limit_exceeded() == manager.machine_full() is not None
    manager.watchdog = Watchdog(Limits(), lambda exact_from: Usage(processes=129), lambda: None)
    assert manager.limit_exceeded()
    assert manager.machine_full() is None


def test_watchdog_keeps_the_first_reason():
    watchdog = Watchdog(Limits(), lambda exact_from: Usage(), lambda: None)
    watchdog.end("The first.")
    watchdog.end("The second.")
    assert watchdog.reason == "The first."


def test_watchdog_looks_when_it_is_asked():
    ended = []
    usages = iter([Usage(1, 1, 1), None, Usage(processes=129)])
    watchdog = Watchdog(Limits(), lambda exact_from: next(usages), lambda: ended.append(1))
    assert [watchdog.look(), watchdog.look(), ended] == [None, None, []]
    assert "more than 128 processes" in watchdog.look()
    assert "more than 128 processes" in watchdog.look()
    assert ended == [1]


def test_watchdog_leaves_alone_what_keeps_its_limits():
    looks = iter([Usage(1, 1, 1)] * 3 + [None])
    watchdog = Watchdog(Limits(), lambda exact_from: next(looks), lambda: pytest.fail("ended"))
    watchdog.start()
    watchdog._thread.join(10)
    assert watchdog.reason is None


def test_usage_of_processes_counts_this_one():
    own = usage_of_processes(Path("/proc"), 1 << 60)
    exact = usage_of_processes(Path("/proc"), 0)
    assert own.processes > 0
    assert 0 < exact.memory <= own.memory


@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
def test_system_calls_program(processor):
    known = {"x86_64": (0xC000003E, 41, 56, 319, 1), "aarch64": (0xC00000B7, 198, 220, 279, 64)}
    identity, socket_call, clone, memfd, write_call = known[processor]
    code = system_calls.program(processor)
    allowed, refused = 0x7FFF0000, 0x50001

    def verdict(number, argument=0, identity=identity):
        return interpreted(code, struct.pack("=IIQQ", number, identity, 0, argument))

    assert verdict(write_call) == allowed
    assert verdict(write_call, identity=0x40000003) == 0x50026  # another kind of program
    assert verdict(write_call | 0x40000000) == 0x50026
    assert verdict(memfd) == refused
    assert verdict(435) == 0x50026
    assert verdict(clone, 0x11) == allowed
    assert verdict(clone, 0x10000011) == refused
    assert [verdict(socket_call, family) for family in (1, 2, 10, 16)] == [allowed] * 4
    assert [verdict(socket_call, family) for family in (0, 3, 17, 38, 40)] == [0x50061] * 5


def test_system_calls_program_for_an_unknown_processor():
    assert system_calls.program("pdp11") is None


def interpreted(code, data):
    """Run a filter as Linux would."""
    steps = list(struct.iter_unpack("=HBBI", code))
    place = value = 0
    while True:
        kind, then, other, number = steps[place]
        place += 1
        if kind == 0x06:
            return number
        if kind == 0x20:
            (value,) = struct.unpack_from("=I", data, number)
        else:
            holds = {0x15: value == number, 0x35: value >= number, 0x45: bool(value & number)}
            place += then if holds[kind] else other


def test_python_may_lie_where_the_sandbox_has_a_folder_of_its_own():
    """A file system mounted over ``/tmp`` afterwards would hide an environment that lies there."""
    options = sandbox._options("spare user", 1 << 20, None, None)
    own = options.index("/tmp")
    assert options[own - 1] == "--tmpfs"
    bound = [place for place, option in enumerate(options) if option == "--ro-bind"]
    assert own < min(bound)
