"""Processes that do the work on what students sent, each piece in a process of its own.

What reads a submission or judges it may be hit by whatever is in it: an hour of parsing, all of the
memory, a crash. So a `Worker` has a server, a process with all imports done, that forks a child for
every call, with a limit of time and of memory, and ends the child with all that it has started. A
server whose caller is gone ends its child and itself.

Calls are functions of a module with arguments that can be pickled. `Local` spreads them over the
cores of this machine, `Dask` over the workers of a cluster; each of those has servers, too.
"""

import contextlib
import ctypes
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib import import_module
from itertools import islice

import psutil

PRELOADED = (
    "cnn_lab.classroom.marking.submission",
    "cnn_lab.classroom.marking.execution",
    "cnn_lab.plots",  # reports have pictures
)
MEMORY = 4 << 30  # bytes of a child alone; the kernel that it starts has limits of its own
LARGEST = 1 << 30  # bytes of an answer
_HEAD = struct.Struct("!dQQ")  # seconds, bytes of memory, bytes of the request
_LENGTH = struct.Struct("!Q")
# nbformat validates without the checks for which jsonschema spends two seconds on this package.
_START = f"""\
import os, sys
sys.modules["rfc3987_syntax"] = None
sys.path[:] = sys.argv[1].split(os.pathsep)
from {__name__} import serve
serve(sys.argv[2:])"""


class WorkerError(Exception):
    """A call that came to no result; the message is a sentence."""


class Exceeded(WorkerError):
    """A call that took more time or memory than it may."""


@dataclass(frozen=True)
class Call:
    """Something to do.

    Attributes
    ----------
    function : str
        "module:name".
    arguments : tuple
        They, and the result, can be pickled.
    seconds : float
    memory : int
        Bytes.
    """

    function: str
    arguments: tuple
    seconds: float
    memory: int = MEMORY


class Worker:
    """Does calls one after the other, each in a fresh child of one server."""

    def __init__(self, preloaded=PRELOADED):
        self._preloaded = preloaded
        self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def do(self, call):
        """Do one call.

        Parameters
        ----------
        call : Call

        Returns
        -------
        object
            What the function returned.

        Raises
        ------
        Exceeded
            If it took too much time or memory.
        WorkerError
            If it raised, or its process ended in another way.
        """
        request = pickle.dumps((call.function, call.arguments))
        try:
            server = self._server()
            server.stdin.write(_HEAD.pack(call.seconds, call.memory, len(request)) + request)
            server.stdin.flush()
            kind, answer = _read_answer(server.stdout)
        except (OSError, EOFError) as error:
            self.close()
            raise WorkerError("The process that did it was ended from outside.") from error
        if kind == b"r":
            return pickle.loads(answer)
        raise (Exceeded if kind == b"x" else WorkerError)(answer.decode())

    def close(self):
        """End the server, and with it what it is doing."""
        server, self._process = self._process, None
        if server is None:
            return
        with contextlib.suppress(OSError):
            server.stdin.close()  # which the server notices
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()

    def _server(self):
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, os.pathsep.join(sys.path), *self._preloaded],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"OPENBLAS_NUM_THREADS": "1", **os.environ},
            )
        return self._process


class Local:
    """Does calls on this machine, several at a time.

    Parameters
    ----------
    jobs : int
        How many at a time.
    preloaded : sequence of str
        Modules that the functions need.
    """

    def __init__(self, jobs, preloaded=PRELOADED):
        self.jobs, self._preloaded = jobs, preloaded
        self._executor = ThreadPoolExecutor(jobs)
        self._own, self._workers = threading.local(), []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._executor.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()
        self._executor.shutdown()

    def each(self, calls):
        """Do calls, and yield their outcomes as they come.

        Parameters
        ----------
        calls : iterable of (object, Call)
            A name for each; taken from the iterable only when it is soon to be done.

        Yields
        ------
        object, object
            The name; what the function returned, or a `WorkerError`.
        """
        calls, names = iter(calls), {}
        while True:
            for name, call in islice(calls, 2 * self.jobs - len(names)):
                names[self._executor.submit(self._outcome, call)] = name
            if not names:
                return
            for future in wait(names, return_when=FIRST_COMPLETED).done:
                yield names.pop(future), future.result()

    def _outcome(self, call):
        if not hasattr(self._own, "worker"):
            self._own.worker = Worker(self._preloaded)
            self._workers.append(self._own.worker)
        try:
            return self._own.worker.do(call)
        except WorkerError as error:
            return error


class Dask:
    """Does calls on the workers of a Dask scheduler, which may be on other machines.

    They need this package in the same version. A call whose worker is lost is given to another one.

    Parameters
    ----------
    address : str
        The scheduler's, such as tcp://host:8786.
    """

    def __init__(self, address):
        from distributed import Client

        self._client = Client(address, timeout=10, set_as_default=False)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._client.close()

    def each(self, calls):
        """Do calls, and yield their outcomes as they come; see `Local.each`."""
        from distributed import as_completed

        calls, names = iter(calls), {}
        running = as_completed(loop=self._client.loop)
        while True:
            wanted = max(4, 2 * sum(self._client.nthreads().values()))
            for name, call in islice(calls, max(0, wanted - len(names))):
                future = self._client.submit(do_here, call, pure=False)
                names[future.key] = name
                running.add(future)
            if not names:
                return
            future = next(running)
            yield names.pop(future.key), _outcome_of(future)


def _outcome_of(future):
    try:
        return future.result()
    except Exception as error:
        return WorkerError(f"Dask could not do it: {type(error).__name__}: {error}")


_here = threading.local()


def do_here(call):
    """Do a call in a process of its own; the server stays with the calling thread.

    Parameters
    ----------
    call : Call

    Returns
    -------
    object
        What the function returned, or a `WorkerError`.
    """
    if not hasattr(_here, "worker"):
        _here.worker = Worker()
    try:
        return _here.worker.do(call)
    except WorkerError as error:
        return error


def _read_answer(stream):
    kind, length = _exactly(stream, 1), _LENGTH.unpack(_exactly(stream, _LENGTH.size))[0]
    return kind, _exactly(stream, length)


def _exactly(stream, length):
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


# The server


def serve(preloaded):
    """Answer requests from the standard input until it ends.

    Parameters
    ----------
    preloaded : sequence of str
        Modules to import before; if there is a function ``prepare`` in one, it is called.
    """
    requests, answers = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller, who then goes
    _redirect(0, 1)  # what anybody prints must not come between the answers
    _adopt_orphans()
    for name in preloaded:
        getattr(import_module(name), "prepare", lambda: None)()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            seconds, memory, length = _HEAD.unpack(_all(requests, _HEAD.size))
            kind, answer = _in_a_child(_all(requests, length), seconds, memory, requests)
            answers.write(kind + _LENGTH.pack(len(answer)) + answer)
            answers.flush()


def _all(stream, length):
    """Read from a stream without a buffer, on which `select` can wait."""
    parts = []
    while length:
        part = stream.read(min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _in_a_child(request, seconds, memory, requests):
    """Do one request in a fork; return its kind of answer and the answer, both bytes."""
    reading, writing = os.pipe()
    server = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_child(request, writing, server)
    os.close(writing)
    try:
        received, fault = _receive(reading, child, time.monotonic() + seconds, memory, requests)
    finally:
        os.close(reading)
        status = _end(child)
    if fault:
        return b"x", fault.format(seconds=seconds, memory=memory / 2**30).encode()
    if len(received) >= _LENGTH.size:
        (length,), answer = _LENGTH.unpack(received[: _LENGTH.size]), received[_LENGTH.size :]
        if len(answer) == length:
            return answer[:1], answer[1:]
    code = os.waitstatus_to_exitcode(status)
    reason = signal.Signals(-code).name if code < 0 else f"exit status {code}"
    return b"e", f"The process that did it ended by itself ({reason}).".encode()


def _be_the_child(request, writing, server):
    try:
        os.setsid()
        _die_with_parent(server)
        _redirect(1, 2)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            function, arguments = pickle.loads(request)
            module, name = function.split(":")
            answer = b"r" + pickle.dumps(getattr(import_module(module), name)(*arguments))
        except BaseException as error:
            answer = b"e" + f"{type(error).__name__}: {error}".encode("utf-8", "replace")
        with os.fdopen(writing, "wb") as stream:
            stream.write(_LENGTH.pack(len(answer)) + answer)
    finally:
        os._exit(0)


def _redirect(*numbers):
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in numbers:
        os.dup2(nothing, number)
    os.close(nothing)


def _receive(reading, child, deadline, memory, requests):
    """Return what the child writes, and what limit it has exceeded, if any."""
    parts, size = [], 0
    watched = psutil.Process(child)
    while True:
        ready, _, _ = select.select([reading, requests], [], [], 0.1)
        if requests in ready:  # there is never a second request: the caller is gone
            _end(child)
            os._exit(1)
        if reading in ready:
            part = os.read(reading, 1 << 20)
            if not part:
                return b"".join(parts), None
            parts.append(part)
            size += len(part)
        if time.monotonic() > deadline:
            return b"", "It took longer than {seconds:.0f} seconds."
        with contextlib.suppress(psutil.Error):
            if watched.memory_info().rss > memory or size > LARGEST:
                return b"", "It took more memory than {memory:.1f} GiB."


def _end(child):
    """End a child with everything that it has started; return its status."""
    status, ours = 0, psutil.Process()
    while left := ours.children(recursive=True):
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                status = ended[1] if ended[0] == child else status
        time.sleep(0.005)
    return status


def _adopt_orphans():
    """Become the parent of what a child leaves behind (Linux)."""
    _prctl(36)  # PR_SET_CHILD_SUBREAPER


def _die_with_parent(parent):
    _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option, value=1):
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)

