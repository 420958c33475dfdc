"""Processes that measure: each holds one object, with as many threads as it is told to use.

BLAS and OpenMP read how many threads they may use once, when they are loaded; and what one
measurement leaves in memory and caches must not meet the next. So everything that is measured lives
in a process of its own, started afresh, which is asleep unless it is called.
"""

import multiprocessing
import os
import signal
import traceback
from contextlib import contextmanager

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Worker:
    """A process with an object in it.

    Parameters
    ----------
    kind : class
        Is called there with name and threads.
    name : str
        Of a network of `cnn_lab.models`.
    threads : int
        That BLAS, OpenMP and the network may use.

    Raises
    ------
    RuntimeError
        Here and in `call`, if something fails over there; holds the traceback.
    """

    def __init__(self, kind, name, threads):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, kind, name, threads), daemon=True
        )
        with threads_in_environment(threads):
            self._process.start()
        theirs.close()
        try:
            self._answer()
        except BaseException:
            self.close()
            raise

    def call(self, method, *arguments):
        """Call a method of the object and return what it returns."""
        self._pipe.send((method, arguments))
        return self._answer()

    def close(self):
        """End the process."""
        self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _answer(self):
        try:
            done, answer = self._pipe.recv()
        except EOFError:
            self._process.join(5)
            code = self._process.exitcode
            raise RuntimeError(f"the process that measures ended with code {code}") from None
        if not done:
            raise RuntimeError(answer)
        return answer


def _serve(pipe, kind, name, threads):
    """Answer calls until the other end hangs up: the main function of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who called hears it, and hangs up
    answer = _attempt(kind, name, threads)
    pipe.send((answer[0], None) if answer[0] else answer)
    while answer[0]:
        try:
            method, arguments = pipe.recv()
        except EOFError:
            return
        pipe.send(_attempt(getattr(answer[1], method), *arguments))


def _attempt(function, *arguments):
    try:
        return True, function(*arguments)
    except Exception:
        return False, traceback.format_exc()


@contextmanager
def threads_in_environment(threads):
    """Say in the environment how many threads a new process may use."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value
