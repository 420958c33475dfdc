"""Marking what students sent: reading, repairing, running in a sandbox, judging, recording."""
