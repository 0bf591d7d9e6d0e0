"""Benchmarks of the hot path: ``python -m tests.bench`` (needs ``pip install unifiedcopy[bench]``)."""
