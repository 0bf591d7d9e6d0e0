"""What ``import unifiedcopy`` costs above a bare interpreter, in processes that are started in turn."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from statistics import median
from time import perf_counter
from typing import NamedTuple

BARE = "pass"
REPORT = """
import json, resource, sys
used = resource.getrusage(resource.RUSAGE_SELF)
try:
    peak = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([used.ru_utime + used.ru_stime, peak, list(sys.modules)]))
"""
# /proc first: on Linux ru_maxrss starts with the peak of the parent.


class ImportCost(NamedTuple):
    """Medians above a bare interpreter."""

    cpu_ms: float
    """User and system time. It is what the target is for: wall time also holds what the neighbours do."""
    wall_ms: float
    megabytes: float
    unwanted: list[str]
    """Modules that the import must not load, and did."""


class Run(NamedTuple):
    cpu: float
    wall: float
    peak: int
    modules: list[str]


def import_cost(module: str, runs: int) -> ImportCost:
    """Cost of importing a module, of so many pairs of processes after one that warms the files up."""
    statements = [BARE, f"import {module}"]
    pairs = []
    for _ in range(runs + 1):
        order = random.sample(statements, 2)
        measured = {statement: _run(statement) for statement in order}
        pairs.append((measured[BARE], measured[statements[1]]))
    counted = pairs[1:]
    modules = pairs[0][1].modules
    return ImportCost(
        median(run.cpu - bare.cpu for bare, run in counted) * 1000,
        median(run.wall - bare.wall for bare, run in counted) * 1000,
        median(run.peak - bare.peak for bare, run in counted) / 2**20,
        [name for name in modules if name == "aiohttp" or name.startswith(f"{module}.exchanges.")],
    )


def _run(statement: str) -> Run:
    start = perf_counter()
    process = subprocess.run([sys.executable, "-c", statement + REPORT], capture_output=True, check=True)
    wall = perf_counter() - start
    cpu, peak, modules = json.loads(process.stdout)
    return Run(cpu, wall, peak, modules)
