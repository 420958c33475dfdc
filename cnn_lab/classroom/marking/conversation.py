"""Talk with one kernel that may be hostile: run code, take what it shows, ask for a value.

This speaks Jupyter's messages by itself. Compared with nbclient, it keeps an eye on sizes while
messages arrive, waits for no message for ever, tells a kernel that was interrupted from one that
has to be killed, and loads in half a second.
"""

import asyncio
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field

import zmq
import zmq.asyncio

STARTING = 60.0  # seconds that a kernel may take until it answers
GRACE = 3.0  # seconds for what should follow at once: the end of the outputs
PATIENCE = 8.0  # seconds until a kernel that was interrupted has to answer: its C code may go on
LOOK = 0.25  # seconds between two looks at whether the kernel lives
FRAME = {"iopub": 8 << 20, "shell": 80 << 20}  # bytes of one part of a message that is still read
QUEUE = {"iopub": 50, "shell": 4}  # messages that may wait to be read
GROWTH = 1 << 30  # bytes by which unread messages may fill the memory of this process


class KernelEnded(Exception):
    """The kernel is no more; the message says why, in a sentence."""


class KernelNotStarted(RuntimeError):
    """No kernel could be started: the fault of this machine, not of a submission."""


class MachineFull(RuntimeError):
    """The kernel was ended because the machine has no memory left: no judgement of its code."""


@dataclass
class Reply:
    """How a request ended.

    Attributes
    ----------
    state : {"ok", "error", "interrupted"}
        The last one if the time was up.
    content : dict
        That of the kernel's reply.
    """

    state: str
    content: dict = field(default_factory=dict)


class Conversation:
    """A kernel from its start to its end; to be used in an ``async with`` statement.

    Parameters
    ----------
    manager : AsyncKernelManager
        Not started.
    begin : str
        Code that the kernel runs first, silently.

    Raises
    ------
    KernelNotStarted
        On entering.
    """

    def __init__(self, manager, begin="pass"):
        self._manager, self._begin = manager, begin
        self._sockets, self._memory, self._looked = {}, 0, 0.0

    async def __aenter__(self):
        try:
            await asyncio.wait_for(self._manager.start_kernel(), STARTING)
            for name in ("shell", "iopub"):
                self._sockets[name] = self._connected(name)
            self._memory = _memory()
            await self._become_ready()
        except KernelNotStarted:
            await self._end()
            raise
        except Exception as error:
            await self._end()
            raise KernelNotStarted(_told(error)) from error
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *error):
        await self._end()

    async def run(self, code, seconds, shown):
        """Run the code of a cell.

        Parameters
        ----------
        code : str
        seconds : float
            After them the kernel is interrupted.
        shown : Shown
            Takes what the cell shows.

        Returns
        -------
        Reply

        Raises
        ------
        KernelEnded
            If it died, or had to be killed.
        """
        code = code.encode("utf-8", "replace").decode("utf-8")  # no halves of characters
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        return await self._request(content, seconds, shown)

    async def ask(self, expression, seconds):
        """Let the kernel evaluate an expression, silently.

        Parameters
        ----------
        expression : str
        seconds : float

        Returns
        -------
        dict or None
            ``{"status": "ok", "data": ...}``, ``{"status": "error", "ename": ..., "evalue": ...}``,
            or whatever else the kernel says; None if it says nothing, or not in time.

        Raises
        ------
        KernelEnded
        """
        content = {**_silently(""), "user_expressions": {"answer": expression}}
        reply = await self._request(content, seconds, None)
        said = reply.content.get("user_expressions") if reply.state != "interrupted" else None
        answer = said.get("answer") if isinstance(said, dict) else None
        return answer if isinstance(answer, dict) else None

    # ---- requests ----

    async def _become_ready(self):
        """Begin, and wait until the kernel's outputs arrive."""
        reply, heard = await self._exchange(
            _silently(self._begin), time.monotonic() + STARTING, None, 0.5
        )
        if reply is None:
            raise KernelNotStarted(f"the kernel did not answer within {STARTING:g} seconds")
        if reply.get("status") != "ok":
            raise KernelNotStarted(f"the kernel cannot begin: {_brief(reply)}")
        if not heard:
            await self._listen()

    async def _listen(self):
        """Wait until outputs arrive: it takes a moment until a new socket gets them."""
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            _, heard = await self._exchange(_silently("pass"), until, None, 0.5)
            if heard:
                return

    async def _request(self, content, seconds, shown):
        start = time.monotonic()
        reply, heard = await self._exchange(content, start + seconds, shown, GRACE)
        if reply is not None:
            if not heard:
                await self._renew(shown)
            return Reply("ok" if reply.get("status") == "ok" else "error", reply)
        with suppress(Exception):
            await asyncio.wait_for(self._manager.interrupt_kernel(), GRACE)
        late, _ = await self._exchange(None, time.monotonic() + PATIENCE, shown, GRACE)
        # Where there was too much of something the time may be up before the watchdog has seen it.
        exceeded = getattr(self._manager, "limit_exceeded", lambda: None)()
        if late is None or exceeded:
            await self._end()
            raise self._ended(exceeded or "It could not be interrupted, and was ended.")
        return Reply("interrupted", late)

    async def _renew(self, shown):
        """Take the outputs by a new socket: one that was sent too much at once stays closed."""
        if shown is not None:
            shown.dropped = True
        self._sockets.pop("iopub").close(linger=0)
        self._sockets["iopub"] = self._connected("iopub")
        await self._listen()

    async def _exchange(self, content, until, shown, grace):
        """Send a request, or go on waiting for the last one.

        Returns
        -------
        (dict or None, bool)
            The reply's content, None if there was none in time; and whether the end of the outputs
            was heard of.
        """
        if content is not None:
            content = {**content, "allow_stdin": False, "stop_on_error": False}
            message = self._manager.session.msg("execute_request", content)
            self._manager.session.send(self._sockets["shell"], message)
            self._parent = message["header"]["msg_id"]
        reply, idle = None, False
        while reply is None or not idle:
            wait = until - time.monotonic()
            if wait <= 0:
                return reply, idle
            for channel, kind, body in await self._messages(min(wait, LOOK)):
                if channel == "shell" and kind == "execute_reply" and reply is None:
                    reply, until = body(), time.monotonic() + grace
                elif channel == "iopub" and kind == "status":
                    idle = idle or body().get("execution_state") == "idle"
                elif channel == "iopub" and shown is not None and shown.wants(kind):
                    with suppress(Exception):  # a message of no form that is known
                        shown.take(kind, body())
            if reply is None:
                await self._look()
        return reply, idle

    async def _messages(self, seconds):
        """Return what has come of the last request: channel, type, and a function for the content.

        A message of which nobody wants the content is never parsed.
        """
        ready = dict(await self._poller.poll(1000 * seconds))
        found = []
        for channel, socket in self._sockets.items():
            if socket not in ready:
                continue
            parts = await socket.recv_multipart()
            with suppress(Exception):  # it is no message, or not signed
                session = self._manager.session
                _, parts = session.feed_identities(parts)
                message = session.deserialize(parts, content=False)
                if message["parent_header"].get("msg_id") == self._parent:
                    found.append((channel, message["msg_type"], self._reader(message["content"])))
        return found

    def _reader(self, packed):
        def content():
            with suppress(Exception):
                found = self._manager.session.unpack(packed)
                return found if isinstance(found, dict) else {}
            return {}

        return content

    # ---- the kernel's life ----

    async def _look(self):
        """See whether the kernel lives, and whether this process can bear what it sends.

        Raises
        ------
        KernelEnded
        """
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        if _memory() - self._memory > GROWTH:
            await self._end()
            raise KernelEnded("It sent more than can be read, and was ended.")
        if not await self._manager.is_alive():
            raise self._ended(self._why())

    def _ended(self, reason):
        """Return the error for a kernel that ended for a reason."""
        full = getattr(self._manager, "machine_full", lambda: None)()
        return MachineFull(full) if full else KernelEnded(reason)

    def _why(self):
        """Return why the kernel died."""
        told = getattr(self._manager, "how_it_ended", lambda: None)()
        return told or "Its process ended."

    def _connected(self, name):
        """Return a socket that is connected, and reads no more than it should."""
        context = self._manager.context
        context.maxmsgsize, context.rcvhwm = FRAME[name], QUEUE[name]  # for sockets to come
        socket = getattr(self._manager, f"connect_{name}")()
        socket.linger = 0
        return socket

    @property
    def _poller(self):
        poller = zmq.asyncio.Poller()
        for socket in self._sockets.values():
            poller.register(socket, zmq.POLLIN)
        return poller

    async def _end(self):
        """Kill the kernel; whatever happens, nothing of it is left."""
        sockets, self._sockets = self._sockets, {}
        for socket in sockets.values():
            socket.close(linger=0)
        manager = self._manager
        with suppress(Exception):
            await asyncio.wait_for(manager.shutdown_kernel(now=True), 20)
        with suppress(Exception):
            await asyncio.wait_for(manager.cleanup_resources(), 5)


def _memory():
    """Return the bytes of this process in memory; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError), open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    return 0


def _told(error):
    """Return the last line of what an error says, which names the cause."""
    lines = str(error).strip().split("\n")
    return f"the kernel did not start ({type(error).__name__}): {lines[-1][:200]}"


def _silently(code):
    """Return a request that leaves no trace in the notebook's history."""
    return {"code": code, "silent": True, "store_history": False, "user_expressions": {}}


def _brief(reply):
    return f"{reply.get('ename')}: {reply.get('evalue')}"[:500]
