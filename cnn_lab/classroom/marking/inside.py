"""The first program in the sandbox: it takes the submission in, and becomes its kernel.

It runs as a file of its own and without any package (``python -I -S inside.py``), reads everything
from its standard input, and lays down what rights it has before any code of the submission runs.

The input is one line of JSON and then the content of the files, one after the other. If the marker
dies before all has arrived, this process ends as well.
"""

import json
import os
import resource
import sys


def main():
    """Do what the input orders."""
    entrance = sys.stdin.buffer
    order = json.loads(entrance.readline() or "{}")
    if not order:
        sys.exit("the marker has gone")
    _expendable()
    if order["user"]:
        os.setgroups([])
        os.setresgid(*[order["user"]] * 3)
        os.setresuid(*[order["user"]] * 3)
    os.umask(0o077)
    os.chdir(order["home"])
    for name, size in order.get("files", ()):
        content = entrance.read(size)
        if len(content) < size:
            sys.exit("the marker has gone")
        _write(name, content)
    for name, limit in order.get("limits", {}).items():
        _limit(getattr(resource, name), limit)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.execv(order["command"][0], order["command"])


def _write(name, content):
    if os.path.dirname(name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as file:
        file.write(content)


def _limit(kind, limit):
    _, hardest = resource.getrlimit(kind)
    if hardest == resource.RLIM_INFINITY or limit < hardest:
        resource.setrlimit(kind, (limit, limit))


def _expendable():
    """Let the system end this process first when the machine runs out of memory."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        pass  # systems without it choose for themselves


if __name__ == "__main__":
    main()
