"""Taking turns: two sides at one time of the day on one machine, and never at once.

In one process the sides would share caches and memory, and threads that one of them keeps spinning
for a while after its work would take time from the other. Measured one after the other, they would
not meet the same machine. So each side has a process of its own, and they take turns in blocks of a
fraction of a second, round after round; whoever has no turn is blocked on a pipe. Before a turn
there is a pause, long enough for the other's threads to fall asleep, and a few steps without the
clock that bring caches and threads to where a training has them. The processor time that a side
uses outside its turns is measured too, and should be nothing; and so is, in the pauses, what others
do on the machine. PyTorch's threads, which wait for each other at every operation, suffer far more
from company than ours: on a busy machine the comparison is worthless.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from measure import machine

SETTLE = 0.1  # seconds; so long OpenBLAS lets its idle threads spin, about
LISTEN = 0.1  # seconds in which nobody here does anything
WARM_UP, BLOCK = 0.05, 0.2  # seconds of steps in a turn without and with the clock, about


@dataclass
class Times:
    """What a contender needed.

    Attributes
    ----------
    rounds : list of lists of float
        For each of its turns the seconds of every step.
    strayed, waited : float
        Processor time and time, in seconds, of its process between the turns.
    busy, listened : int
        What others did on the machine just before its turns: busy ticks of all ticks.
    """

    rounds: list = field(default_factory=list)
    strayed: float = 0.0
    waited: float = 0.0
    busy: int = 0
    listened: int = 0

    @property
    def median(self):
        """The median of all steps, in seconds."""
        return float(np.median(np.concatenate(self.rounds)))


class Turns:
    """A side of the race, in the process where it lives: what gets turns.

    Subclasses have a method ``ready(contender)`` that returns a function of (x, labels) which makes
    a step, and a list of batches for it.
    """

    def __init__(self):
        self._position = 0
        self._stop()

    def turn(self, contender, warm_up, steps):
        """Make steps; return the seconds of each, and how much strayed and waited before them."""
        strayed, waited = time.process_time() - self._used, time.perf_counter() - self._since
        step, batches = self.ready(contender)
        taken = []
        for number in range(warm_up + steps):
            x, labels = batches[self._position % len(batches)]
            self._position += 1
            begun = time.perf_counter()
            step(x, labels)
            if number >= warm_up:
                taken.append(time.perf_counter() - begun)
        self._stop()
        return taken, strayed, waited

    def _stop(self):
        self._used, self._since = time.process_time(), time.perf_counter()


def race(workers, *, rounds, seconds):
    """Let contenders take turns.

    Parameters
    ----------
    workers : dict of contender to `measure.workers.Worker`
        Several contenders may live in one worker.
    rounds : int
        At least so many, and then as many as fit into ``seconds``.
    seconds : float

    Returns
    -------
    dict of contender to Times
    """
    blocks = {contender: _block(worker, contender) for contender, worker in workers.items()}
    times = {contender: Times() for contender in workers}
    order, begun, done = list(workers), time.perf_counter(), 0
    while done < rounds or time.perf_counter() - begun < seconds:
        for contender in order:
            _pause(times[contender])
            taken, strayed, waited = workers[contender].call("turn", contender, *blocks[contender])
            times[contender].rounds.append(taken)
            times[contender].strayed += strayed
            times[contender].waited += waited
        order.append(order.pop(0))  # nobody always comes first
        done += 1
    return times


def ratio(times, ours):
    """Compare two contenders.

    Parameters
    ----------
    times, ours : Times
        The ratio is above 1 where ``ours`` is the faster.

    Returns
    -------
    ratio, low, high : float
        The ratio of the medians, and the quartiles of the ratios round by round.
    """
    pairs = zip(times.rounds, ours.rounds, strict=True)
    each = [np.median(theirs) / np.median(mine) for theirs, mine in pairs]
    low, high = np.percentile(each, [25, 75])
    return times.median / ours.median, float(low), float(high)


def _pause(times):
    time.sleep(SETTLE)
    busy, ticks = machine.busy()
    time.sleep(LISTEN)
    later = machine.busy()
    times.busy += later[0] - busy
    times.listened += later[1] - ticks


def _block(worker, contender):
    """Return how many steps a turn has before the clock and with it."""
    worker.call("turn", contender, 2, 1)
    step = float(np.median(worker.call("turn", contender, 2, 5)[0]))
    return max(1, round(WARM_UP / step)), max(3, round(BLOCK / step))
