"""The page of results, in Markdown."""

from measure.turns import ratio

# At least so many times as fast as PyTorch, eager, by network and threads.
TARGETS = {
    ("eight_filters", 1): 2.0,
    ("eight_filters", 2): 1.6,
    ("twenty_filters", 1): 1.4,
    ("twenty_filters", 2): 1.4,
    ("wide_two_layer", 1): 1.0,
    ("wide_two_layer", 2): 1.0,
}
BATCH = 100
QUIET = 0.05  # of the machine that others may use
GIB = 2**30


def page(results, command, seconds):
    """Render everything that was measured.

    Parameters
    ----------
    results : dict
        - "machine": dict of words; "quick": bool
        - "races": list of dicts with "network", "threads", "times" (contender to
          `measure.turns.Times`), "agreement" (contender to relative differences of gradients and
          losses), "compile" (why it failed, or "") and "about" (text)
        - "peaks": threads to operations a second; "products": network to multiply-adds an image
        - "loops": network to seconds an image; "memory": network to bytes; both may be missing
    command : str
    seconds : float
        How long it took.
    """
    parts = [
        "# Speed of training, measured",
        f"Made by `{command}` in {seconds:.0f} s; do not edit."
        + (" A quick run: expect other numbers from a whole one." if results["quick"] else ""),
        *([DISTURBED] if company(results["races"]) > QUIET else []),
        table(("", ""), results["machine"].items()),
        "## Against PyTorch",
        METHOD,
        races(results),
        *remarks(results["races"]),
        "## The peak of the machine",
        PEAK,
        shares(results),
    ]
    if "loops" in results:
        parts += ["## Against the loops", LOOPS, loops(results)]
    if "memory" in results:
        parts += ["## Memory", MEMORY, memory(results["memory"])]
    parts += ["## What ran in a fast form", *abouts(results["races"])]
    return "\n\n".join(parts) + "\n"


DISTURBED = """\
**Do not trust these numbers: something else kept this machine busy.** Let nothing run beside it and
measure again."""
METHOD = """\
A step is forward while training, loss, backward and SGD(0.01, momentum=0.9), on batches of 100 that
lie ready as float32. Each side has a process of its own; they take turns in blocks of 0.2 s, while
whoever waits is asleep. Times are medians over all steps; the ratio is that of the medians, above 1
where NumPy is the faster, and in brackets are the quartiles of the ratios round by round. PyTorch
may choose between NCHW and channels last; the faster is shown. Its optimizer is the fused one.
torch.compile takes the model with its loss, in the layout that suits the eager one."""
PEAK = """\
The peak is the best of square float32 products by NumPy's own BLAS. A network's rate counts the
products of the direct algorithm, forward and backward without the gradient of the pixels, a product
and a sum as two operations. Winograd's algorithm needs fewer products than are counted."""
LOOPS = """\
`cnn_lab.reference`, loops in Python over images, places and filters, in float64; the median of
single images. NumPy is the engine above, with the most threads."""
MEMORY = """\
The peak resident size of a process that trains with `fit` on all 60,000 images, for 300 steps, and
evaluates 5,000."""


def table(head, rows):
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def best(times, kind):
    """Return the contender of a kind, "eager" or "compiled", with the least median, or None."""
    names = [name for name in times if name.startswith(kind)]
    return min(names, key=lambda name: times[name].median, default=None)


def races(results):
    """Return the table of the races."""
    head = ("network", "threads", "NumPy", "PyTorch eager", "ratio", "target", "met")
    head += ("torch.compile", "ratio")
    return table(head, [race_row(race) for race in results["races"]])


def race_row(race):
    """Return one line of the table: medians, ratios, and whether the target is met."""
    times = race["times"]
    cells = [race["network"], race["threads"], speed(times["NumPy"])]
    target = TARGETS.get((race["network"], race["threads"]))
    cells += [*against(times, "eager"), *verdict(times, target), *against(times, "compiled")]
    return cells


def speed(times):
    """Return milliseconds a step and images a second as words."""
    return f"{1e3 * times.median:.2f} ms, {BATCH / times.median:,.0f} images/s"


def against(times, kind):
    """Return two cells: how fast the best of a kind is, and the ratio to it."""
    name = best(times, kind)
    if name is None:
        return "–", "–"
    value, low, high = ratio(times[name], times["NumPy"])
    layout = name.split(", ")[1]
    return f"{speed(times[name])}, {layout}", f"**{value:.2f}** ({low:.2f} to {high:.2f})"


def verdict(times, target):
    """Return two cells: the target, and whether the ratio reaches it."""
    name = best(times, "eager")
    if name is None or target is None:
        return target or "–", "–"
    met = ratio(times[name], times["NumPy"])[0] >= target
    return target, "met" if met else "**not met**"


def remarks(seen):
    """Return sentences about what makes the comparison fair, or does not."""
    said = []
    pairs = [pair for race in seen for pair in race["agreement"].values()]
    if pairs:
        gradients, losses = (max(column) for column in zip(*pairs, strict=True))
        said.append(
            "NumPy and PyTorch eager compute the same: from the same weights and without dropout "
            f"the gradients of a batch differ by {gradients:.0e} of their norm at most, the losses "
            f"of five steps by {losses:.0e}. (Rounding decides which of two nearly equal values of "
            "a window is its maximum.)"
        )
    times = [t for race in seen for t in race["times"].values()]
    strayed = max((t.strayed / t.waited for t in times if t.waited), default=0.0)
    said.append(
        f"Out of its turns, no contender used more than {strayed:.1%} of a core. In the pauses, "
        f"when all of them sleep, the cores were busy for {company(seen):.1%} of the time."
    )
    for reason in sorted({race["compile"] for race in seen} - {""}):
        said.append(f"torch.compile does not work on this machine: `{reason}`")
    return said


def company(seen):
    """Return the share of the machine that others used during the races."""
    times = [t for race in seen for t in race["times"].values()]
    return sum(t.busy for t in times) / max(1, sum(t.listened for t in times))


def shares(results):
    """Return the table of the rates beside the peak."""
    rows = []
    for race in results["races"]:
        peak = results["peaks"][race["threads"]]
        count = results["products"][race["network"]]
        rate = 2 * count * BATCH / race["times"]["NumPy"].median
        cells = (f"{count:,}", f"{rate / 1e9:.1f}", f"{peak / 1e9:.1f}", f"{rate / peak:.0%}")
        rows.append((race["network"], race["threads"], *cells))
    head = ("network", "threads", "products an image", "GFLOP/s", "peak GFLOP/s", "share")
    return table(head, rows)


def loops(results):
    """Return the table of the loops."""
    rows = []
    for network, seconds in results["loops"].items():
        runs = [race for race in results["races"] if race["network"] == network]
        engine = max(runs, key=lambda race: race["threads"])["times"]["NumPy"].median / BATCH
        cells = (f"{seconds:.3f} s", f"{1e3 * engine:.3f} ms", f"**{seconds / engine:,.0f}**")
        rows.append((network, *cells))
    return table(("network", "loops, an image", "NumPy, an image", "times as fast"), rows)


def memory(sizes):
    """Return the table of the memory."""
    rows = [
        (name, f"{size / 2**20:,.0f} MiB", "met" if size < GIB else "**not met**")
        for name, size in sizes.items()
    ]
    return table(("network", "peak", "below 1 GiB"), rows)


def abouts(seen):
    """Return what every network says about how it runs, once each."""
    texts = {race["network"]: race["about"] for race in seen}
    return [f"{name}:\n\n```\n{text}\n```" for name, text in texts.items()]
