"""Which process has a write on its way, and whether it still lives."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

_GONE = "gone"
"""For a process that ended, and only its parent has not looked yet."""


def this_process() -> str:
    """Host, number and start: a number alone is given again."""
    return _named(os.getpid())


@cache
def _named(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_started(pid) or ''}"


def alive(name: str) -> bool:
    """Whether a process of that name runs; one on another host counts as running, as nobody here can tell."""
    host, pid, started = name.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, as another user's
        pass
    now = _started(int(pid))
    return now != _GONE and (not started or now is None or now == started)


def _started(pid: int) -> str | None:
    """When a process began, in ticks since the boot; None where the system doesn't tell."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()  # a name may hold anything, also brackets
    return _GONE if fields[0] in "ZX" else fields[19]
