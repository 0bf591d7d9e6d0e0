"""Processes that do the same thing at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unifiedcopy import errors


def opened_at_once(opens: Callable[[Path], object], folder: Path, *, times: int = 10, processes: int = 3) -> list[str]:
    """What processes heard that opened something in a new folder at the same moment, again and again."""
    context, heard = multiprocessing.get_context("fork"), []
    for number in range(times):
        barrier, found = context.Barrier(processes), context.Queue()
        started = [
            context.Process(target=_opens, args=(opens, folder / str(number), barrier, found)) for _ in range(processes)
        ]
        for process in started:
            process.start()
        heard += [found.get(timeout=20) for _ in started]
        for process in started:
            process.join()
    return heard


def _opens(opens: Callable[[Path], object], folder: Path, barrier: Any, found: Any) -> None:
    barrier.wait()
    try:
        opens(folder)
        found.put("opened")
    except errors.UnifiedCopyError as error:
        found.put(error.message)
