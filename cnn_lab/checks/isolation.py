"""Call a function that may do anything, and come back in any case.

Where the system can fork, all calls happen in a child process: it sees everything that the
notebook defines, its changes stay its own, and whatever it does (loop for ever, swallow every
exception, end the process, fill the memory, print without end) it can be ended from outside.

Elsewhere (Windows, macOS, a browser) they happen in a thread, which is asked to stop when the time
is up and left behind if it does not; and without threads in place, under a watch that interrupts
them. There a loop that swallows every exception cannot be ended, and memory is not limited.
"""

from __future__ import annotations

import builtins
import faulthandler
import math
import os
import pickle
import select
import signal
import struct
import sys
import sysconfig
import threading
import time
import warnings
from contextlib import contextmanager, suppress

from cnn_lab.checks.outcomes import Captured, Outcome, TimeIsUp, call

SECONDS = 5.0
MEMORY = 2 << 30  # bytes that a function may ask for, where that can be limited
_TOOL = 4  # of the six that `sys.monitoring` has: debuggers and profilers take others
_LEAVING = 0.2  # seconds for what was interrupted to put things in order, before it happens again
_LEAVING = 0.2  # seconds for what was interrupted to put things in order, before it happens again
_HEAD = struct.Struct("<Q")


def run(function, cases, names, *, seconds=SECONDS, how=None):
    """Call a function with every case.

    Parameters
    ----------
    function : callable
    cases : sequence of Case
    names : sequence of str
        Names of the arguments by position.
    seconds : float
        Time limit of all calls together.
    how : {"fork", "thread", "trace", "plain"}, optional
        "plain" is for functions that can be trusted; by default the safest that there is.

    Returns
    -------
    list of Outcome
        One for each case. After an endless or ended call the rest are "not reached".
    """
    how = how or best()
    if how == "fork" and _others_at_work():
        how = "thread"
    outcomes = _RUNNERS[how](function, cases, names, seconds)
    return outcomes + [Outcome("not reached")] * (len(cases) - len(outcomes))


def best():
    """Return the safest way of calling that this system offers."""
    if hasattr(os, "fork") and sys.platform == "linux":
        return "fork"
    return "trace" if sys.platform in ("emscripten", "wasi") else "thread"


def _others_at_work():
    """Tell whether another thread is busy with more than waiting.

    A fork stops the threads of the matrix products first, and would wait for ever for one that is
    in use.
    """
    mine = threading.get_ident()
    return any(
        not _waits(frame.f_code.co_filename)
        for identity, frame in sys._current_frames().items()
        if identity != mine
    )


def _waits(filename):
    """Tell whether this is where threads wait: in Python's own modules, or a notebook's servants.

    Some systems keep installed packages in a folder of Python's own modules.
    """
    for folder in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        if filename.startswith(folder + os.sep):
            package = filename[len(folder) + 1 :].split(os.sep)[0]
            return package in ("ipykernel", "jupyter_client", "tornado", "tqdm", "zmq")
    return filename.startswith(os.path.dirname(threading.__file__) + os.sep)


# ---- in a child process ----


def _run_forked(function, cases, names, seconds):
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # From 3.12 on Python warns of threads that hold locks at a fork: the child takes none of
        # theirs, and a child that hangs is ended like any other.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            child = os.fork()
        except OSError:  # too many processes
            os.close(reading)
            os.close(writing)
            return _run_threaded(function, cases, names, seconds)
    if child == 0:
        os.close(reading)
        _be_the_child(function, cases, names, writing, seconds)
    os.close(writing)
    try:
        outcomes, in_time = _received(reading, time.monotonic() + seconds, len(cases))
    finally:
        os.close(reading)
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)
        try:
            _, status = os.waitpid(child, 0)
        except ChildProcessError:  # somebody has asked not to be told of children
            status = 0
    if len(outcomes) < len(cases):
        end = Outcome("ended", message=_ending(status)) if in_time else Outcome("endless")
        outcomes.append(end)
    return outcomes


def _be_the_child(function, cases, names, writing, seconds):
    """Run the calls, send each outcome, and end without any cleaning up."""
    try:
        os.setsid()
        faulthandler.disable()
        _limit_resources(seconds)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        with _captured(may_exit=True) as captured:
            for case in cases:
                outcome = pickle.dumps(call(function, case, names, captured))
                _write_all(writing, _HEAD.pack(len(outcome)) + outcome)
        os._exit(0)
    except BaseException:
        os._exit(70)


def _limit_resources(seconds):
    import resource

    _, hardest = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:
        limit = int(file.read().split()[0]) * resource.getpagesize() + MEMORY
        if hardest == resource.RLIM_INFINITY or limit < hardest:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hardest))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write_all(file, data):
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _received(reading, deadline, count):
    """Return the outcomes that arrive before the deadline, and whether it was kept."""
    data, outcomes, poll = bytearray(), [], select.poll()
    poll.register(reading, select.POLLIN)
    while len(outcomes) < count:
        wait = deadline - time.monotonic()
        if wait <= 0 or not poll.poll(1000 * wait):
            return outcomes, False
        part = os.read(reading, 1 << 20)
        if not part:
            break
        data += part
        try:
            outcomes += _unpacked(data)
        except Exception:  # something else was written to the pipe
            break
    return outcomes[:count], True


def _unpacked(data):
    """Take the outcomes that are complete off the front of the data."""
    outcomes = []
    while len(data) >= _HEAD.size:
        end = _HEAD.size + _HEAD.unpack_from(data)[0]
        if len(data) < end:
            break
        outcome = pickle.loads(data[_HEAD.size : end])
        if not isinstance(outcome, Outcome):
            raise TypeError("no outcome")
        outcomes.append(outcome)
        del data[:end]
    return outcomes


def _ending(status):
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.WEXITSTATUS(status)}"


# ---- in this process ----


def _run_threaded(function, cases, names, seconds):
    import ctypes

    outcomes, over = [], threading.Event()

    def work():
        with suppress(TimeIsUp):
            for case in cases:
                outcome = call(function, case, names, captured)
                if over.is_set():
                    return
                outcomes.append(outcome)

    worker = threading.Thread(target=work, daemon=True, name="check")
    with _captured() as captured:
        worker.start()
        worker.join(seconds)
        over.set()
        patience = time.monotonic() + 1
        while worker.is_alive() and time.monotonic() < patience:
            identity, error = ctypes.c_ulong(worker.ident), ctypes.py_object(TimeIsUp)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, error)
            worker.join(0.05)
    outcomes = outcomes[: len(cases)]
    return outcomes if len(outcomes) == len(cases) else [*outcomes, Outcome("endless")]


def _run_traced(function, cases, names, seconds):
    watch, outcomes = _Watch(seconds), []
    with _captured() as captured:
        watch.begin()
        try:
            for case in cases:
                outcomes.append(call(function, case, names, captured))
        except TimeIsUp:
            if len(outcomes) < len(cases):
                outcomes.append(Outcome("endless"))
        finally:
            watch.deadline = math.inf  # first of all: what follows must not be interrupted
            watch.end()
    return outcomes


class _Watch:
    """Raises `TimeIsUp` in whatever runs in this thread when the time is up.

    From Python 3.12 on it is told of every jump and of the start of every function: an endless loop
    has to jump, and everything else runs at full speed. A trace function, which is called at every
    line and operation, makes loops ten times slower: a right answer could seem endless.
    """

    def __init__(self, seconds):
        self.deadline = time.monotonic() + seconds
        self._thread, self._monitoring, self._before = threading.get_ident(), None, None

    def begin(self):
        """Watch from now on."""
        monitoring = getattr(sys, "monitoring", None)
        # A check inside a check finds the tool in use.
        if monitoring is None or monitoring.get_tool(_TOOL) is not None:
            self._before = sys.gettrace()
            sys.settrace(self._trace)
            return
        self._monitoring = monitoring
        monitoring.use_tool_id(_TOOL, "cnn_lab.checks")
        events = monitoring.events
        for event in (events.JUMP, events.PY_START):
            monitoring.register_callback(_TOOL, event, self._look)
        monitoring.set_events(_TOOL, events.JUMP | events.PY_START)

    def end(self):
        """Watch no longer."""
        if self._monitoring is None:
            sys.settrace(self._before)
        else:
            self._monitoring.set_events(_TOOL, 0)
            self._monitoring.free_tool_id(_TOOL)

    def _look(self, code, *where):
        now = time.monotonic()
        if now > self.deadline and threading.get_ident() == self._thread:
            self.deadline = now + _LEAVING
            raise TimeIsUp

    def _trace(self, frame, event, argument):
        frame.f_trace_opcodes = True  # a loop on a single line has no other events
        if time.monotonic() > self.deadline:
            raise TimeIsUp  # (which ends the tracing)
        return self._trace


def _run_plain(function, cases, names, seconds):
    with _captured(warn=False) as captured:
        return [call(function, case, names, captured) for case in cases]


@contextmanager
def _captured(*, may_exit=False, warn=True):
    """Catch what is printed, refuse to read from the keyboard, and keep the process alive."""
    captured = Captured()
    if not may_exit:
        _TURN.acquire()
    before = sys.stdout, sys.stderr, builtins.input, os._exit
    filters = warnings.catch_warnings()
    try:
        filters.__enter__()
        warnings.simplefilter("default" if warn else "ignore")
        warnings.showwarning = captured.warn
        sys.stdout = sys.stderr = captured
        builtins.input = _no_input
        if not may_exit:
            os._exit = _no_exit
        yield captured
    finally:
        sys.stdout, sys.stderr, builtins.input, os._exit = before
        filters.__exit__(None, None, None)
        if not may_exit:
            _TURN.release()


def _no_input(prompt=""):
    raise RuntimeError("a check cannot answer input()")


def _no_exit(status):
    raise SystemExit(status)


_TURN = threading.RLock()  # one check at a time may put its own in place of what all share
_RUNNERS = {
    "fork": _run_forked,
    "thread": _run_threaded,
    "trace": _run_traced,
    "plain": _run_plain,
}
