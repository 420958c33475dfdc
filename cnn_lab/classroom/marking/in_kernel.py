"""The marker's side of things within a student's kernel: how it begins, and how it is asked.

Nothing here is secret, and nothing that it says is believed: a submission may replace all of it.
It is there so that an ordinary submission runs well: printing is limited where it begins, and the
course's modules are loaded before a student's file of the same name can take a module's place.
"""

import os
import sys

KIND = "application/vnd.cnn-lab.evidence"
LARGEST = 60_000_000  # characters of evidence


class Said:
    """Carries a text through IPython's display."""

    def __init__(self, text):
        self._text = text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {KIND: self._text, "text/plain": ""}


def prepare(shell, most):
    """Make the kernel ready for a submission.

    Parameters
    ----------
    shell : InteractiveShell
    most : int
        Characters that one cell may print to each stream; what follows is not sent.
    """
    os.environ["CNN_LAB_MARKING"] = "1"  # figures of the course are not drawn for nobody
    path = sys.path[:]
    sys.path[:] = [folder for folder in path if folder and folder != os.getcwd()]
    try:
        import cnn_lab.checks.evidence  # noqa: F401
    finally:
        sys.path[:] = path
    streams = (sys.stdout, sys.stderr)

    def begin():
        # IPython gives the streams a `write` of its own for each cell, and takes it away again.
        for stream in streams:
            stream.write = _limited(stream.write, most)

    def end():
        if not (_can_be_flushed(sys.stdout) and _can_be_flushed(sys.stderr)):
            sys.stdout, sys.stderr = streams  # the kernel would send no reply any more
        _open_standard_files()

    shell.events.register("pre_execute", begin)
    shell.events.register("post_execute", end)


def evidence(name, *answer, seed, seconds):
    """Gather the evidence of an answer.

    Parameters
    ----------
    name : str
        The name of the check.
    *answer
        What the check is given.
    seed : int
        For the further cases.
    seconds : float
        Time limit for the cases of the check, and again for the further ones.

    Returns
    -------
    Said

    Raises
    ------
    ValueError
        If the evidence is too large to be sent.
    """
    from cnn_lab.checks.evidence import gather

    text = gather(name, answer, seed=seed, seconds=seconds).to_json()
    if len(text) > LARGEST:
        raise ValueError("the evidence is too large")
    return Said(text)


def _can_be_flushed(stream):
    try:
        stream.flush()
    except Exception:
        return False
    return True


def _open_standard_files():
    """Put something in the place of those that were closed: no pipe must get their numbers."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _limited(write, most):
    """Return a function that writes as another one does, until some characters are written."""
    left = most

    def limited(text, *more):
        nonlocal left
        if not isinstance(text, str):
            return write(text, *more)  # which says that this is wrong
        if left > 0:
            write(text[:left], *more)
        left -= len(text)
        return len(text)

    return limited
