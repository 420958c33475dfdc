"""What all tests share."""

import os

# Tiny arrays gain nothing from several threads, and one thread sums in the same order every time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis  # (NumPy, which hypothesis may load, reads the variable once)

# No test depends on how fast the machine is; in CI the examples are the same in every run.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "course")
