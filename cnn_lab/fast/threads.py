"""A team of threads that share out one batch.

NumPy lets go of the interpreter's lock while it computes on arrays, so Python threads do run at the
same time as long as each call has enough to do. The matrix products inside must then stay on one
thread each: two crowds of threads that wait for each other's cores are far slower than one.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache

_IN_BROWSER = sys.platform == "emscripten"


def available_threads():
    """Return how many threads to use: CNN_LAB_THREADS, or the cores that this process may use.

    In a browser that is always 1: Python can start no threads there.

    Raises
    ------
    ValueError
        If CNN_LAB_THREADS is set to anything but a positive integer.
    """
    wish = os.environ.get("CNN_LAB_THREADS", "")
    if wish and (not wish.isdigit() or int(wish) < 1):
        raise ValueError(f"CNN_LAB_THREADS must be a positive integer, got {wish!r}")
    if _IN_BROWSER:
        return 1
    if wish:
        return int(wish)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(task, shares):
    """Call ``task(share)`` for every share, each on a thread of its own, and return the results.

    The first share is done by the calling thread, and in a browser all of them, one after the
    other. An error in any share is raised here, once all have ended.

    Examples
    --------
    >>> share_out(sum, [range(3), range(4)])
    [3, 6]
    """
    shares = list(shares)
    if _IN_BROWSER:
        return [task(share) for share in shares]
    others = [_team(len(shares)).submit(copy_context().run, task, share) for share in shares[1:]]
    try:
        results = [task(shares[0])] if shares else []
    finally:
        errors = _errors(others)
    for error in errors:
        if error is not None:
            raise error
    return results + [other.result() for other in others]


@contextmanager
def one_blas_thread():
    """Give a context in which every matrix product runs on one thread.

    Without the library that can tell NumPy's BLAS so, nothing changes.
    """
    before = [(library, library.num_threads) for library in _blas()]
    for library, threads in before:
        if threads > 1:
            library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in before:
            if threads > 1:
                library.set_num_threads(threads)


def parts(count, number):
    """Cut ``range(count)`` into at most ``number`` slices of about the same length.

    Examples
    --------
    >>> parts(5, 2)
    [slice(0, 3, None), slice(3, 5, None)]
    """
    length = -(-count // number)
    return [slice(start, min(start + length, count)) for start in range(0, count, length)]


def _errors(others):
    """Wait for all, even through an interrupt: they work on arrays that are used again."""
    try:
        return [other.exception() for other in others]
    except BaseException:
        wait(others)
        raise


@cache
def _team(size):
    return ThreadPoolExecutor(size, thread_name_prefix="cnn-lab")


@cache
def _blas():
    if _IN_BROWSER:  # NumPy has no BLAS there, and the question makes Pyodide warn
        return []
    try:
        from threadpoolctl import ThreadpoolController
    except ModuleNotFoundError:
        return []
    return ThreadpoolController().select(user_api="blas").lib_controllers


if hasattr(os, "register_at_fork"):  # threads do not survive a fork: the child starts its own
    os.register_at_fork(after_in_child=_team.cache_clear)
