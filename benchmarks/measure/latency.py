"""From what `events.js` noted to milliseconds, pictures a second, and rows of a table."""

from dataclasses import dataclass, field
from math import ceil

FRAME = 1000 / 60  # milliseconds


@dataclass
class Row:
    """One line of the table: what was done, the times it took, and what is wanted.

    Attributes
    ----------
    widget, gesture : str
    target : float or None
        Milliseconds, or pictures a second if `rate` is set.
    times : list of float
        Milliseconds from each event's first listener to the frame after the one that shows it.
    stamped : list of float
        The same from the event's own time stamp.
    rate : float or None
        Pictures a second.
    lost : int
        Events after which nothing new was shown within three seconds.
    """

    widget: str
    gesture: str
    target: float | None = None
    times: list = field(default_factory=list)
    stamped: list = field(default_factory=list)
    rate: float | None = None
    lost: int = 0

    @property
    def met(self):
        """Whether the 95th percentile, or the rate, is as wanted; None without a target."""
        if self.target is None:
            return None
        if self.rate is not None:
            return self.rate >= self.target
        enough = bool(self.times) and not self.lost
        return enough and quantile(self.times, 0.95) <= self.target


def quantile(values, share):
    """Return the smallest value that at least a share of all values does not exceed.

    Examples
    --------
    >>> quantile([4, 1, 3, 2], 0.5), quantile([4, 1, 3, 2], 0.95)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def sample(log, kind):
    """Return milliseconds from the listener and from the time stamp of an event, or None.

    Parameters
    ----------
    log : dict
        As `events.js` keeps it, since before the event.
    kind : str
        The type of event that counts; the first of it.
    """
    event = next((event for event in log["events"] if event["type"] == kind), None)
    if event is None:
        return None
    later = (f for f in log["frames"] if f["next"] and f["painted"] >= event["stamp"])
    frame = next(later, None)
    if frame is None:
        return None
    return frame["next"] - event["heard"], frame["next"] - event["stamp"]


def pictures_a_second(log, kind):
    """Return how many frames a second showed something new from the first event to the last."""
    times = [event["stamp"] for event in log["events"] if event["type"] == kind]
    if len(times) < 2 or times[-1] <= times[0]:
        return 0.0
    shown = [f for f in log["frames"] if times[0] < f["painted"] <= times[-1] + FRAME]
    return 1000 * len(shown) / (times[-1] - times[0])


def answer_times(log, kind):
    """Return for each event after how many milliseconds the kernel's answer was shown.

    Each is a pair like that of `sample`.

    An event is answered by the first request that was sent after it was heard, and that answer is
    shown by the first new picture after it; there may be none where it brings nothing new.
    """
    times = []
    answers = {answer["number"]: answer["at"] for answer in log["answered"]}
    for event in log["events"]:
        if event["type"] != kind:
            continue
        asked = (ask["number"] for ask in log["asked"] if ask["at"] >= event["heard"])
        answered = next((answers[number] for number in asked if number in answers), None)
        if answered is None:
            continue
        frame = next((f for f in log["frames"] if f["next"] and f["painted"] >= answered), None)
        if frame:
            times.append((frame["next"] - event["heard"], frame["next"] - event["stamp"]))
    return times


@dataclass
class Rest:
    """What a drag left behind: how long page and kernel went on, and what was never answered."""

    widget: str
    gesture: str
    page: float
    kernel: float
    open: int
    allowed: float

    @property
    def met(self):
        """Whether the page was still after the time of one answer, and nothing is unanswered."""
        return self.page <= self.allowed and not self.open


def rest(widget, gesture, log, allowed):
    """Return the `Rest` of a log that was kept until nothing happened any more."""
    end = max((event["stamp"] for event in log["events"]), default=0)
    page, kernel = (max(0.0, log[name] - end) for name in ("mutation", "message"))
    return Rest(widget, gesture, page, kernel, len(log["open"]), allowed)


def word(met):
    """Return the word for the column."""
    return {True: "met", False: "**missed**", None: "–"}[met]


def latency_table(rows):
    """Return the lines of the table of latencies."""
    lines = [
        "| widget | what | target | median | 95 % | from the time stamp | events | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        wanted = f"{row.target:.0f} ms" if row.target else "–"
        cells = ["–"] * 3
        if row.times:
            cells = [f"{quantile(row.times, share):.0f} ms" for share in (0.5, 0.95)]
            cells.append(", ".join(f"{quantile(row.stamped, s):.0f} ms" for s in (0.5, 0.95)))
        count = f"{len(row.times)}" + (f", {row.lost} lost" if row.lost else "")
        lines.append("| " + " | ".join([row.widget, row.gesture, wanted, *cells, count,
                                        word(row.met)]) + " |")
    return lines


def view_table(views, target):
    """Return the lines of the table of first views: of each kind median and slowest."""
    kinds = list(next(iter(views.values()), {}))
    head = " | ".join(f"{kind}: median, slowest | " for kind in kinds)
    lines = [f"| widget | target | {head} |", "| --- " * (2 + 2 * len(kinds)) + "|"]
    for widget, times in views.items():
        cells = []
        for kind in kinds:
            ends = quantile(times[kind], 0.5), max(times[kind])
            cells += [f"{ends[0]:.0f} ms, {ends[1]:.0f} ms", word(ends[1] <= target)]
        lines.append("| " + " | ".join([widget, f"{target} ms", *cells]) + " |")
    return lines


def rate_table(rows):
    """Return the lines of the table of pictures a second."""
    lines = ["| widget | what | target | pictures a second | |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        wanted = f"{row.target:.0f}" if row.target else "–"
        lines.append(f"| {row.widget} | {row.gesture} | {wanted} | {row.rate:.0f} "
                     f"| {word(row.met)} |")
    return lines


def rest_table(rests):
    """Return the lines of the table of what drags left behind."""
    lines = [
        "| widget | what | page changes for | allowed | messages for | unanswered | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in rests:
        times = " | ".join(f"{ms:.0f} ms" for ms in (each.page, each.allowed, each.kernel))
        lines.append(f"| {each.widget} | {each.gesture} | {times} | {each.open} "
                     f"| {word(each.met)} |")
    return lines
