"""What all tests share."""

import os

# Tiny arrays gain nothing from several threads, and one thread sums in the same order every time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis  # (NumPy, which hypothesis may load, reads the variable once)

# Answers for the checks, run by test_checks_catalogue; and what `make test-browser`,
# `make test-site` and `make test-classroom` run.
collect_ignore = ["right_answers", "browser", "browser_edition", "classroom"]

# No test depends on how fast the machine is; in CI the examples are the same in every run.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "course")


def pytest_terminal_summary(terminalreporter):
    """Print the scores of the checks: what `record_property("score", (kind, count))` collected."""
    found, seconds = {}, {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for key, value in getattr(report, "user_properties", ()):
                if key == "score" and report.when == "call":
                    kind, count = value
                    right, total = found.get(kind, (0, 0))
                    found[kind] = (right + count * (outcome == "passed"), total + count)
                elif key == "seconds" and report.when == "call":
                    seconds[value[0]] = value[1]
    titles = {
        "mistakes": "known mistakes that get their own hint",
        "right": "right answers that are met with silence",
        "pairs": "pairs of mistakes that are reported as wrong",
    }
    if not found:
        return
    terminalreporter.section("scores of the checks")
    for kind in (kind for kind in titles if kind in found):
        right, total = found[kind]
        terminalreporter.line(f"{titles[kind]:48} {right} of {total}")
    if seconds:
        quick, slowest = sum(s < 1 for s in seconds.values()), max(seconds, key=seconds.get)
        title = "checks of a right answer in less than a second"
        terminalreporter.line(f"{title:48} {quick} of {len(seconds)}")
        terminalreporter.line(f"    the slowest: {slowest}, {seconds[slowest]:.2f} s")
