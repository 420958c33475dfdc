"""Ctrl-C, and the stop button of a notebook, as a wish that is granted between two batches."""

import signal
import threading


class Interrupts:
    """Note the first interrupt instead of raising it, so that no step is torn apart.

    Within its ``with`` block the first SIGINT only makes ``requested`` true; the second raises
    KeyboardInterrupt at once. Python tells signals to the main thread alone, so elsewhere nothing
    is changed, nor where interrupts are ignored (as under ``nohup``). The handler that was there
    before comes back at the end.

    Examples
    --------
    >>> with Interrupts() as interrupts:
    ...     interrupts.requested
    False
    """

    def __init__(self):
        self.requested = False
        self._before = None

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if before not in (None, signal.SIG_IGN):
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error):
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number, frame):
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
