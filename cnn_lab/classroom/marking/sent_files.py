"""The files that came with a notebook, read without following what they lead to.

Whoever sent them may have put links to other places among them, pipes that never end, or files of
any size.
"""

import os
import stat
from pathlib import Path

DEPTH = 8


def read_folder(folder, limits) -> dict[str, bytes]:
    """Read the ordinary files in a folder.

    Parameters
    ----------
    folder : path
    limits : Limits
        Files that do not fit into ``disk`` are left out, and so is what lies deeper than `DEPTH`
        folders.

    Returns
    -------
    dict of str to bytes
        By the name relative to the folder, in the order of the names. Links, pipes, devices and
        hidden files are left out.
    """
    found, room = {}, limits.disk // 2
    base = Path(folder)
    for place, folders, names in os.walk(base, followlinks=False):
        inner = Path(place).relative_to(base)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        if len(inner.parts) >= DEPTH:
            folders.clear()
        for name in sorted(names):
            if name[0] == "." or len(found) >= 1_000:
                continue
            content = _content(Path(place, name), room)
            if content is not None:
                found[str(inner / name)] = content
                room -= len(content)
    return found


def _content(path, room):
    """Return the content of an ordinary file, None if it is something else or larger than room."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(handle, "rb") as file:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or state.st_size > room:
            return None
        content = file.read(room + 1)
    return content if len(content) <= room else None


def walk(folder, deepest, skip=lambda name: False):
    """List what lies in a folder and in its folders, some levels deep; links are not followed.

    Parameters
    ----------
    folder : path
    deepest : int
        Levels; what lies deeper is left out. (`os.walk` calls itself for each level, and fails
        where somebody has made a thousand.)
    skip : function of str
        Whether a folder of this name is left out.

    Returns
    -------
    list of Path
        Sorted; not the folders that were looked into.
    """
    found, level = [], [Path(folder)]
    for _ in range(deepest + 1):
        deeper = []
        for parent in level:
            for entry in _entries(parent):
                if not entry.is_dir(follow_symlinks=False):
                    found.append(Path(entry.path))
                elif not skip(entry.name):
                    deeper.append(Path(entry.path))
        level = deeper
    return sorted(found)


def _entries(folder):
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
