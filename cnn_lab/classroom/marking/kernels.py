"""Kernels for marking, as Jupyter wants them: a manager, and a provisioner that starts one.

The kernel's sockets lie in a file system that only the sandbox has; the marker connects to them by
way of /proc, so no folder of the machine has to be shared.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

import psutil
import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Type, default

from cnn_lab.classroom.marking.limits import Usage, Watchdog
from cnn_lab.classroom.marking.sandbox import (
    PACKAGE,
    PATIENCE,
    Sandbox,
    SandboxError,
    environment,
    first_program,
)
from cnn_lab.classroom.marking.sent_files import read_folder

LARGEST_MESSAGE = 256 << 20  # bytes; a kernel that sends a larger one is heard no more
# Milliseconds. With ZeroMQ's own -1 for never, it aborts the marker when a kernel dies speaking.
NEVER = 10**9
# With ``-m ipykernel_launcher`` a file of that name among those sent would be started.
_LAUNCH = (
    "import sys; del sys.path[0]; from ipykernel.kernelapp import launch_new_instance as launch;"
    " sys.exit(launch())"
)
_MACHINE_FULL = "The machine had hardly any memory left"  # as the watchdog begins to say it
_CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
_KEPT = 16_000  # bytes of what bubblewrap or a kernel writes about itself


def manager_class(limits, files, sandbox):
    """Return the manager of one kernel; see `cnn_lab.classroom.marking.sandbox.kernel_manager`."""

    class Manager(_Manager):
        pass

    if files is not None and not isinstance(files, Mapping):
        files = read_folder(files, limits)
    Manager.limits, Manager.files, Manager.room = limits, dict(files or {}), sandbox
    return Manager


class _Client(AsyncKernelClient):
    """Connects once, and takes no message beyond any measure.

    What runs inside could put something else in the place of its sockets.
    """

    def _context_default(self):
        self._created_context = True
        return _context()

    def _make_url(self, channel):
        return self.parent._make_url(channel)

    def start_channels(self, shell=True, iopub=True, stdin=True, hb=False, control=True):
        """Open the channels, but no heartbeat: the manager sees whether the kernel is there."""
        super().start_channels(shell=shell, iopub=iopub, stdin=stdin, hb=hb, control=control)


def _context():
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.RECONNECT_IVL, NEVER)
    context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
    return context


class _Manager(AsyncKernelManager):
    """Starts one kernel in a room of its own; what Jupyter has registered plays no part."""

    limits = files = room = watchdog = names_of_sockets = None
    client_factory = Type(_Client)

    @property
    def kernel_spec(self):
        return KernelSpec(
            argv=[sys.executable, "-c", _LAUNCH],
            display_name="marking",
            language="python",
            interrupt_mode="message",
        )

    @default("context")
    def _one_connection(self):
        self._created_context = True
        return _context()

    async def _async_pre_start_kernel(self, **keywords):
        self.transport = "ipc"
        self.provisioner = _Provisioner(
            kernel_id=self.kernel_id or "marking", kernel_spec=self.kernel_spec, parent=self
        )
        return await super()._async_pre_start_kernel(**keywords)

    pre_start_kernel = _async_pre_start_kernel

    def _make_url(self, channel):
        """Return where to connect: to the socket of the beginning, not to what has its name now."""
        return f"ipc://{self.names_of_sockets[channel]}"

    def write_connection_file(self, **keywords):
        """Write none: the kernel is told inside where to listen."""

    async def _async_shutdown_kernel(self, now=True, restart=False):
        """End the kernel at once: there is nothing in it to be saved."""
        if self.has_kernel:
            await self._async_kill_kernel(restart=restart)
        await self._async_cleanup_resources(restart=restart)

    shutdown_kernel = _async_shutdown_kernel

    def how_it_ended(self):
        """Say in a sentence why the kernel is no longer there; None while it is."""
        return self.provisioner.how_it_ended() if self.provisioner else None

    def limit_exceeded(self):
        """Say in a sentence which limit the kernel exceeds, now or when it was ended, or None."""
        return self.watchdog.look() if self.watchdog else None

    def machine_full(self):
        """Return the sentence for that if the kernel was ended for want of the machine's memory."""
        reason = self.watchdog.reason if self.watchdog else None
        return reason if reason and reason.startswith(_MACHINE_FULL) else None


class _Provisioner(LocalProvisioner):
    """Starts the kernel, and ends it with all that it has started."""

    room = watchdog = status = None

    async def pre_launch(self, **keywords):
        manager = self.parent
        for number, channel in enumerate(_CHANNELS, start=1):
            setattr(manager, f"{channel}_port", number)
        self.connection_info = manager.get_connection_info()
        extra = keywords.get("extra_arguments", [])
        return {"cmd": [*self.kernel_spec.argv, *extra]}

    async def launch_kernel(self, cmd, **keywords):
        manager = self.parent
        self.room = room = (Sandbox if manager.room else _Outside)(manager.limits)
        self.watchdog = manager.watchdog = Watchdog(manager.limits, room.usage, room.end)
        try:
            self._start(room, self._order(room, cmd))
            await self._wait_for_sockets(room)
        except BaseException:
            await self.kill()
            await self.wait()
            await self.cleanup()
            raise
        self.watchdog.start()
        self.connection_info["ip"] = room.outside(f"{room.sockets}/k")
        return self.connection_info

    def _order(self, room, command):
        """Return all that the first program inside has to know."""
        limits, files = self.parent.limits, self.parent.files
        connection = {**self.connection_info, "ip": f"{room.sockets}/k"}
        connection["key"] = connection["key"].decode()
        connection_file = f"{room.sockets}/connection.json"
        files = {connection_file: json.dumps(connection).encode(), **files}
        order = {
            "user": room.user,
            "home": room.home,
            "command": [*command, "-f", connection_file],
            "files": [[name, len(content)] for name, content in files.items()],
            "limits": {
                "RLIMIT_AS": limits.process_memory,
                "RLIMIT_CORE": 0,
                "RLIMIT_FSIZE": limits.disk,
                "RLIMIT_MSGQUEUE": 0,
                "RLIMIT_NOFILE": 512,
                **({"RLIMIT_NPROC": limits.processes + 64} if room.counts_alone else {}),
            },
        }
        return b"\n".join([json.dumps(order).encode(), b"".join(files.values())])

    def _start(self, room, order):
        self.process = room.start(
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.pid = self.pgid = self.process.pid
        self.said = bytearray()
        for work, *arguments in (
            (_collect, self.process.stderr, self.said),
            (_send, self.process.stdin, order),
        ):
            threading.Thread(target=work, args=arguments, daemon=True, name="kernel").start()

    async def _wait_for_sockets(self, room):
        deadline = time.monotonic() + PATIENCE
        wanted = {channel: f"{room.sockets}/k-{n}" for n, channel in enumerate(_CHANNELS, 1)}
        names = {}
        while not all(names.get(channel) for channel in wanted):
            for channel in wanted.keys() - names.keys():
                name = room.name_of_socket(wanted[channel])
                names |= {channel: name} if name and _listens(name) else {}
            self.parent.names_of_sockets = names
            if self.process.poll() is not None:
                raise SandboxError(f"the kernel did not start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise SandboxError(f"the kernel was not there after {PATIENCE} seconds")
            await asyncio.sleep(0.02)

    def _last_words(self):
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
        said = self.said.decode(errors="replace").strip()
        return said or f"exit status {self.process.returncode}"

    async def poll(self):
        if self.process is None:
            return 0
        status = self.process.poll()
        self.status = status if status is not None else self.status
        return status

    async def send_signal(self, signum):
        """Send nothing but the last signal: a kernel is interrupted by a message."""
        if signum in (signal.SIGKILL, signal.SIGTERM):
            await self.kill()

    async def kill(self, restart=False):
        if self.room:
            self.room.end()
        if self.process and self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)  # bwrap goes once everything inside has gone
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def terminate(self, restart=False):
        await self.kill()

    async def cleanup(self, restart=False):
        if self.watchdog:
            self.watchdog.stop()
        if self.room:
            self.room.end()
            self.room.close()
            self.room = None
        if self.process:
            await self.kill()
            await self.wait()

    def how_it_ended(self):
        if self.watchdog and self.watchdog.reason:
            return self.watchdog.reason
        if self.process and self.process.poll() is not None:
            self.status = self.process.returncode
        if self.status is None:
            return None
        number = self.status - 128 if self.status > 128 else -self.status
        if number > 0:
            with suppress(ValueError):
                return f"The kernel was ended by the signal {signal.Signals(number).name}."
        return f"The kernel ended itself, with exit status {self.status}."


class _Outside:
    """No room at all: a kernel among the other programs of the marker's user."""

    user, counts_alone = None, False

    def __init__(self, limits):
        self.home = tempfile.mkdtemp(prefix="marking-")
        self.sockets = f"{self.home}/.kernel"
        self.course = f"{self.home}/.course"
        os.mkdir(self.course)
        os.symlink(PACKAGE, f"{self.course}/{PACKAGE.name}")
        self._first = None

    def start(self, **keywords):
        process = subprocess.Popen(
            first_program(self.course),
            env={**environment(self.home, self.course), "JPY_PARENT_PID": str(os.getpid())},
            start_new_session=True,
            **keywords,
        )
        with suppress(psutil.Error):
            self._first = psutil.Process(process.pid)
        return process

    def outside(self, path):
        return path

    def name_of_socket(self, path):
        return path if os.path.exists(path) else None

    def usage(self, exact_from):
        memory = threads = 0
        for process in self._processes():
            with suppress(psutil.Error):
                memory += process.memory_info().rss
                threads += process.num_threads()
        return Usage(memory, threads) if threads else None

    def end(self):
        for process in self._processes():
            with suppress(psutil.Error):
                process.kill()

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def _processes(self):
        with suppress(psutil.Error):
            return [self._first, *self._first.children(recursive=True)] if self._first else []
        return []


def _listens(name):
    with socket.socket(socket.AF_UNIX) as trial, suppress(OSError):
        trial.settimeout(1)
        trial.connect(name)
        return True
    return False


def _collect(stream, kept):
    with suppress(OSError, ValueError):
        while part := os.read(stream.fileno(), 1 << 16):
            kept += part[: max(_KEPT - len(kept), 0)]


def _send(stream, order):
    with suppress(OSError, ValueError):
        stream.write(order)
        stream.flush()
