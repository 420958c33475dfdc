"""Compare the speed of training with PyTorch's, with the loops' and with the machine's.

    python benchmarks/speed.py                                    everything, printed
    python benchmarks/speed.py --output benchmarks/results.md     and written (`make bench`)
    python benchmarks/speed.py --quick --networks eight_filters   the race alone, half a minute

Prints a page of Markdown, and on the standard error how far it is. Let nothing else run meanwhile.
`benchmarks/measure` has the parts, one thing that is measured a module.
"""

import argparse
import os
import re
import shlex
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from measure import machine
from measure.loops import Loops
from measure.memory import Training
from measure.numpy_side import NumpySide, network_for
from measure.peak import Multiplication, multiply_adds
from measure.report import best, page
from measure.torch_side import LAYOUTS, TorchSide, torch_order
from measure.turns import race
from measure.workers import Worker

NETWORKS = ("eight_filters", "twenty_filters", "wide_two_layer")
OURS = "NumPy"


def measure(options, say):
    """Measure everything that the options ask for.

    Parameters
    ----------
    options : argparse.Namespace
        See `parser`.
    say : function of a text
        Is told how far the measurement is.

    Returns
    -------
    dict
        As `measure.report.page` takes it.
    """
    networks, threads = options.networks, options.threads
    results = {"machine": machine.facts(), "quick": options.quick}
    results["products"] = {name: multiply_adds(network_for(name)) for name in networks}
    before = {n: peak_of(n, options, say) for n in threads}
    results["races"] = [race_of(name, n, options, say) for name in networks for n in threads]
    after = {n: peak_of(n, options, say) for n in threads}
    results["peaks"] = {n: max(before[n], after[n]) for n in threads}
    if not options.quick:
        results["loops"] = {name: loops_of(name, options, say) for name in networks}
        results["memory"] = {name: memory_of(name, options, say) for name in networks}
    return results


def peak_of(threads, options, say):
    """Return operations a second."""
    say(f"matrix products, {count(threads)}")
    with Worker(Multiplication, "", threads) as worker:
        return worker.call("best", options.seconds / 10)


def race_of(name, threads, options, say):
    """Let NumPy and PyTorch train one network in turns; return a dict of what was seen."""
    seen = {"network": name, "threads": threads, "agreement": {}, "compile": ""}
    label = f"{name}, {count(threads)}"
    with ExitStack() as stack:
        ours = stack.enter_context(Worker(NumpySide, name, threads))
        seen["about"] = ours.call("about")
        workers = {OURS: ours}
        if options.torch:
            theirs = stack.enter_context(Worker(TorchSide, name, threads))
            eager = {f"eager, {layout}": theirs for layout in LAYOUTS}
            for contender in eager:
                seen["agreement"][contender] = agreement(name, ours, theirs, contender)
            workers |= eager
            if options.compile:
                say(f"{label}: torch.compile")
                first = best(race(eager, rounds=2, seconds=0.0), "eager")
                compiled = first.replace("eager", "compiled")
                seen["compile"] = compile_in(theirs, compiled)
                workers |= {} if seen["compile"] else {compiled: theirs}
        say(f"{label}: {len(workers)} contenders take turns")
        times = race(workers, rounds=options.rounds, seconds=options.seconds)
    say(f"{label}: " + "; ".join(f"{who} {1e3 * t.median:.2f} ms" for who, t in times.items()))
    return seen | {"times": times}


def compile_in(worker, contender):
    """Let a contender compile itself; return why that failed, or ""."""
    try:
        worker.call("turn", contender, 1, 1)
    except RuntimeError as error:
        return reason(str(error))
    return ""


def reason(traceback):
    """Return the line of a traceback that says what went wrong."""
    lines = [line.strip() for line in traceback.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Failed)\b", line)]
    return (named or lines)[-1]


def agreement(name, ours, theirs, contender, steps=5):
    """Compare what the two sides compute.

    Returns
    -------
    gradients, losses : float
        The largest relative differences, that of the gradients in the norm of each array: rounding
        decides which of two nearly equal values is the maximum of a window, and so a few entries
        may differ by more than rounding.

    Raises
    ------
    RuntimeError
        If the sides do not compute the same, as then there is nothing to compare.
    """
    gradients, losses = ours.call("trial", OURS, steps)
    gradients = torch_order(network_for(name), gradients)
    expected, their_losses = theirs.call("trial", contender, steps)
    if gradients.keys() != expected.keys():
        odd = sorted(gradients.keys() ^ expected.keys())
        raise RuntimeError(f"{name}: NumPy and PyTorch do not have the same weights, see {odd}")
    worst = max(
        np.linalg.norm(gradients[key] - array) / np.linalg.norm(array)
        for key, array in expected.items()
    )
    drift = max(abs(a - b) / b for a, b in zip(losses, their_losses, strict=True))
    if not (worst < 1e-2 and drift < 1e-4):
        raise RuntimeError(
            f"{name}: NumPy and PyTorch ({contender}) do not compute the same: the gradients "
            f"differ by {worst:.1e}, the losses of {steps} steps by {drift:.1e}"
        )
    return float(worst), float(drift)


def loops_of(name, options, say):
    """Return seconds for one image."""
    say(f"{name}: the loops")
    with Worker(Loops, name, 1) as worker:
        return worker.call("seconds_per_image", options.seconds / 3)


def memory_of(name, options, say):
    """Return bytes."""
    say(f"{name}: memory of a training")
    with Worker(Training, name, max(options.threads)) as worker:
        return worker.call("peak_after", 300)


def count(threads):
    """Return a number of threads in words."""
    return "1 thread" if threads == 1 else f"{threads} threads"


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    made.add_argument("--threads", nargs="+", type=positive, default=(1, 2))
    made.add_argument("--quick", action="store_true", help="only the race, short, not compiled")
    made.add_argument("--no-torch", dest="torch", action="store_false")
    made.add_argument("--no-compile", dest="compile", action="store_false")
    made.add_argument("--seconds", type=float, help="of each race, at least")
    made.add_argument("--rounds", type=int, help="of each race, at least")
    made.add_argument("--output", type=Path, help="a file to write the page to")
    return made


def positive(text):
    """Return a number of threads, or raise ValueError, which argparse puts into words."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def settled(options):
    """Fill in what was not said."""
    options.compile = options.compile and not options.quick
    options.seconds = options.seconds or (6.0 if options.quick else 25.0)
    options.rounds = options.rounds or (3 if options.quick else 8)
    return options


def main(arguments=None):
    """Measure, print, and write if asked to; return the exit code."""
    options = settled(parser().parse_args(arguments))
    if options.torch and not find_spec("torch"):
        advice = "`make bench` installs it, or add --no-torch"
        print(f"PyTorch is not installed: {advice}.", file=sys.stderr)
        return 2
    begun = time.perf_counter()

    def say(text):
        print(f"[{time.perf_counter() - begun:4.0f} s] {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", folder)
        results = measure(options, say)
    command = shlex.join(["python", "benchmarks/speed.py", *(arguments or sys.argv[1:])])
    text = page(results, command, time.perf_counter() - begun)
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
