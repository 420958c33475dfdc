"""What a submission may use while it is marked, and the watchdog that sees to it.

Memory is in bytes, time in seconds.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.1  # seconds between two looks of the watchdog
RESERVE = 256 << 20  # bytes of memory that the machine keeps for everything else


@dataclass(frozen=True)
class Limits:
    """How much one submission may use.

    Attributes
    ----------
    cell : float
        Seconds for a cell of the learner's.
    lesson_cell : float
        Seconds for a cell that the lesson brings.
    total : float
        Seconds for the whole notebook, the start of the kernel included.
    memory : int
        Bytes of memory for all processes together.
    process_memory : int
        Bytes of address space for each process; the kernel alone takes about 1 GB of it.
    processes : int
        Processes and threads together; the kernel alone has about 12.
    disk : int
        Bytes of files written; they lie in memory, and count there too.
    files : int
        Number of files written.
    output : int
        Characters kept of the output of a cell.
    """

    cell: float = 10.0
    lesson_cell: float = 60.0
    total: float = 600.0
    memory: int = 4 << 30
    process_memory: int = 4 << 30
    processes: int = 128
    disk: int = 200 << 20
    files: int = 20_000
    output: int = 200_000


@dataclass(frozen=True)
class Usage:
    """What a submission uses at one moment: bytes of memory, processes and threads, files."""

    memory: int = 0
    processes: int = 0
    files: int = 0


class Watchdog:
    """Ends a kernel, with all that it has started, as soon as it uses more than it may.

    Parameters
    ----------
    limits : Limits
    measure : callable
        Returns the `Usage` of the moment, or None once nothing is left to watch. It is given the
        bytes of memory from which on it has to be exact.
    end : callable
        Ends all processes at once.

    Attributes
    ----------
    reason : str or None
        Why the kernel was ended: a sentence for the report. None if the watchdog did not end it.
    """

    def __init__(
        self,
        limits: Limits,
        measure: Callable[[int], Usage | None],
        end: Callable[[], None],
    ):
        self.reason: str | None = None
        self._limits, self._measure, self._end = limits, measure, end
        self._deadline = time.monotonic() + limits.total
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="watchdog")

    def start(self):
        """Begin to watch, in a thread of its own."""
        self._thread.start()

    def stop(self):
        """Watch no longer; the kernel is left as it is."""
        self._over.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(10)

    def end(self, reason: str):
        """End the kernel now.

        Parameters
        ----------
        reason : str
            A sentence for the report. The first one given is kept.
        """
        with self._lock:
            self.reason = self.reason or reason
        self._over.set()
        self._end()

    def look(self) -> str | None:
        """Look now, on a machine that may be too busy for the next look to come in time.

        Returns
        -------
        str or None
            The reason, if the kernel has been ended by this watchdog.
        """
        if not self._over.is_set():
            usage = self._measure(self._limits.memory)
            reason = usage and self._too_much(usage)
            if reason and not self._over.is_set():
                self.end(reason)
        return self.reason

    def _watch(self):
        while not self._over.wait(PAUSE):
            usage = self._measure(self._limits.memory)
            if usage is None:
                return
            reason = self._too_much(usage)
            if reason and not self._over.is_set():
                self.end(reason)

    def _too_much(self, usage):
        limits = self._limits
        if time.monotonic() > self._deadline:
            return f"It took longer than {limits.total:g} seconds altogether, and was ended."
        if usage.memory > limits.memory:
            return f"It took more than {limits.memory / 2**30:.1f} GB of memory, and was ended."
        if usage.processes > limits.processes:
            return f"It started more than {limits.processes} processes or threads, and was ended."
        if usage.files > limits.files:
            return f"It wrote more than {limits.files} files, and was ended."
        if _free_memory() < RESERVE:
            return (
                "The machine had hardly any memory left, so this submission was ended before it "
                "reached its own limit. Mark it again with fewer at a time."
            )
        return None


def usage_of_processes(processes: Path, exact_from: int) -> Usage | None:
    """Add up what the processes in a folder of the form of /proc use.

    Parameters
    ----------
    processes : Path
        The /proc of a sandbox, which shows the processes in it and no others.
    exact_from : int
        Pages that several processes share are counted for each of them, which is quick and too
        much. From this sum on, in bytes, they are shared out.

    Returns
    -------
    Usage or None
        None if there are no processes any more.
    """
    try:
        numbers = [name for name in os.listdir(processes) if name.isdigit()]
    except OSError:
        return None
    memory = threads = 0
    for number in numbers:
        fields = _fields(processes / number / "status")
        memory += fields.get("VmRSS", 0) + fields.get("VmSwap", 0)
        threads += fields.get("Threads", 0)
    if 1024 * memory > exact_from:
        shares = [_fields(processes / number / "smaps_rollup") for number in numbers]
        memory = sum(share.get("Pss", 0) + share.get("SwapPss", 0) for share in shares)
    return Usage(1024 * memory, threads) if threads else None


def usage_of_folders(folders) -> Usage:
    """Add up what is written in folders that are file systems of their own, in memory."""
    memory = files = 0
    for folder in folders:
        with suppress(OSError):
            state = os.statvfs(folder)
            memory += (state.f_blocks - state.f_bfree) * state.f_frsize
            files += state.f_files - state.f_ffree
    return Usage(memory, 0, files)


def _fields(path):
    """Return the numbers in a file of lines such as ``VmRSS:  1200 kB``."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # the process has ended
        return {}
    pairs = (line.partition(":") for line in lines)
    words = ((name, value.split()) for name, _, value in pairs)
    return {name: int(value[0]) for name, value in words if value and value[0].isdigit()}


def _free_memory():
    """Return the bytes of memory that the machine can still give; plenty where it does not say."""
    return 1024 * _fields(Path("/proc/meminfo")).get("MemAvailable", 1 << 40)
