"""A process between marker and sandbox, so that nothing stays when the marker is killed.

bubblewrap ends with its parent, but not yet while it makes the sandbox: killed in that moment, its
first process inside would wait for it for ever. So this process is the parent, of all that is left
behind, too. As soon as the marker is gone it kills what there is until nothing is.

It runs as a file of its own and without any package: ``python -I -S guard.py NUMBER COMMAND...``.
The number is that of a pipe to which only the marker could write; the pipe ends with the marker.
"""

import ctypes
import os
import select
import signal
import sys

_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in Linux's prctl(2)
_LOOK = 1000  # milliseconds; a look that nothing has asked for, in case of a lost signal


def main():
    """Run a command; end with it, or with the marker."""
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(lifeline, False)
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # The handles that bubblewrap needs are those that this process was given.
    child = os.posix_spawn(command[0], command, os.environ)
    waiting = select.poll()
    waiting.register(lifeline, 0)  # nothing but its end
    waiting.register(reading, select.POLLIN)
    while True:
        ready = dict(waiting.poll(_LOOK))
        if reading in ready:
            os.read(reading, 4096)
        status = _collected(child)
        if status is not None or lifeline in ready:
            _kill_all()
            sys.exit(_exit_status(status))


def _collected(child):
    """Return the status of the child if it has ended, None otherwise; orphans are let go."""
    found = None
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found = ended[1] if ended[0] == child else found
    except ChildProcessError:
        pass
    return found


def _kill_all():
    """Kill all children, and what they leave behind, until there are none."""
    while True:
        for process in _children():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children():
    """List the processes whose parent is this one."""
    own = str(os.getpid())
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    parent = file.read().rpartition(")")[2].split()[1]
            except (OSError, IndexError):
                continue
            if parent == own:
                found.append(int(name))
    return found


def _exit_status(status):
    if status is None:
        return 128 + signal.SIGKILL
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    main()
