"""Writing a file in one go.

A file is written beside its final place and then put there, so that at every moment the old file
or the new one is there, whole, even if the power fails. What a killed process leaves behind,
``.name.<process>-<chance>.part``, is never read, and is removed when the file is written next.
"""

import os
import re
import secrets
from contextlib import contextmanager, suppress


def sweep(path):
    """Remove what killed processes left behind while they wrote this file."""
    folder, name = os.path.split(os.path.realpath(path))
    leftover = re.compile(rf"\.{re.escape(name)}\.\d+-[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for found in os.listdir(folder):
            if leftover.fullmatch(found):
                os.unlink(os.path.join(folder, found))


@contextmanager
def replacing(path):
    """Open a file that takes the place of ``path`` when it is whole, and vanishes otherwise."""
    final = os.path.realpath(path)  # through links, so that the file is replaced and not the link
    folder, name = os.path.split(final)
    part = os.path.join(folder, f".{name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    sweep(final)
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, final)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(part)
        if isinstance(error, OSError):
            words = f"{error.strerror or error}: the checkpoint could not be written"
            raise OSError(error.errno, words, str(path)) from error
        raise
    with suppress(OSError):  # not every system can do it
        _sync_folder(folder)


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
