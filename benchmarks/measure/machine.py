"""What a measurement was made on."""

import datetime
import os
import platform
from importlib import metadata
from pathlib import Path

import numpy as np


def facts():
    """Return machine and versions, a dict of words; "unknown" where the system does not tell."""
    return {
        "processor": processor(),
        "cores": str(cores()),
        "memory": f"{memory() / 2**30:.1f} GiB" if memory() else "unknown",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "NumPy": f"{np.__version__}, with {blas()}",
        "PyTorch": version("torch"),
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "load before": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
    }


def processor():
    """Return the processor's name and, where Linux tells it, its family and model."""
    told = _table("/proc/cpuinfo")
    if "model name" not in told:
        return platform.processor() or platform.machine() or "unknown"
    numbers = [f"{key} {told[key]}" for key in ("cpu family", "model") if key in told]
    return ", ".join([told["model name"], *numbers])


def cores():
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory():
    """Return the machine's memory in bytes, or None."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def busy(path="/proc/stat"):
    """Return the time that all cores together were busy, and all of their time, in ticks.

    Only differences mean something. Both are 0 where the system does not tell.
    """
    try:
        first = Path(path).read_text(encoding="utf-8").splitlines()[0].split()
    except OSError:
        return 0, 0
    # user, nice, system, idle, waiting for a disk, interrupts (2), taken by the host of this one
    ticks = [int(word) for word in first[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def blas():
    """Return the name and version of NumPy's BLAS."""
    told = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{told.get('name', 'unknown')} {told.get('version', '')}".strip()


def version(package):
    """Return the version of an installed package, or "not installed"."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _table(path):
    """Return the lines "key : value" of a file as a dict, the first of each key; {} without one."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in reversed(lines) if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
