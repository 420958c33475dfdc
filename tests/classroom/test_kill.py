"""Marking that is killed at random moments comes to the same end as one left in peace."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 20


@pytest.mark.skipif(sys.platform != "linux", reason="marking needs bubblewrap, and so Linux")
def test_marking_killed_at_random_moments_comes_to_the_same_end():
    program = Path(__file__).with_name("killed_marking.py")
    command = [sys.executable, str(program), "--kills", str(KILLS)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert process.returncode == 0, process.stderr
    counts = json.loads(process.stdout.splitlines()[-1])
    assert counts["kills"] == KILLS
    assert counts["classes"] >= 1
    assert counts["equal"] == counts["classes"], process.stderr
