"""What `benchmarks/speed.py` measures, one concept a module."""
