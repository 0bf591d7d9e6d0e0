"""Time that passes only when nobody has anything to do: waiting costs nothing, and a seed is a reproduction."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class _Jump(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """A selector that does not wait: it moves the time on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits for something that never comes")
            self.now += max(timeout, 0)
        return ready


@contextmanager
def _instead_of_the_clock(selector: _Jump) -> Iterator[None]:
    """The monotonic clock of this process: library, sandbox and event loop all read it."""
    real = time.monotonic
    time.monotonic = lambda: selector.now  # type: ignore[assignment]
    try:
        yield
    finally:
        time.monotonic = real  # type: ignore[assignment]


def run(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, in virtual time that starts at zero."""
    selector = _Jump()
    with _instead_of_the_clock(selector), asyncio.Runner(loop_factory=lambda: _loop(selector)) as runner:
        return runner.run(work)


def _loop(selector: _Jump) -> asyncio.AbstractEventLoop:
    loop = asyncio.SelectorEventLoop(selector)
    loop._clock_resolution = 1e-6  # type: ignore[attr-defined]  # else timers that are due together are rounded apart
    return loop
