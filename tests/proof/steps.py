"""Every suspension of a piece of work, in all of its tasks, counted; at one of them something happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_counting: ContextVar[Steps | None] = ContextVar("counting", default=None)


class Steps:
    """The suspensions of one work; ``reached`` is called after each, with its number and what is awaited there."""

    def __init__(self, reached: Callable[[int, Any], None]) -> None:
        self.count = 0
        self.tasks: list[asyncio.Task[Any]] = []
        """All that the work has started, its own first."""
        self._reached = reached

    def suspended(self, awaited: Any) -> None:
        self.count += 1
        self._reached(self.count, awaited)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """The work as a task; what it starts is counted too. Needs a loop that ``watched`` has prepared."""
        token = _counting.set(self)
        try:
            return asyncio.ensure_future(work)
        finally:
            _counting.reset(token)


@contextmanager
def watched() -> Iterator[None]:
    """The running loop counts the steps of what is started by ``Steps.start``."""
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_task)
    try:
        yield
    finally:
        loop.set_task_factory(None)


def _task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    steps = _counting.get()
    if steps is None:
        return asyncio.Task(work, loop=loop, **options)
    task = asyncio.Task(_Stepped(work, steps), loop=loop, **options)
    steps.tasks.append(task)
    return task


class _Stepped(Coroutine[Any, Any, Any]):
    """A coroutine that tells when it is suspended."""

    def __init__(self, inner: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self._inner, self._steps = inner, steps

    def send(self, value: Any) -> Any:
        awaited = self._inner.send(value)
        self._steps.suspended(awaited)
        return awaited

    def throw(self, *raised: Any) -> Any:
        awaited = self._inner.throw(*raised)
        self._steps.suspended(awaited)
        return awaited

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Any:
        return self._inner.__await__()
