"""The process that dies: it does a write, and kills itself at a point of its way.

Points are: before every statement of the write log that is not a mere look, before and after the end of the log is
noted, before and after the request, and every suspension of every task. Nothing of it needs a hook in the library.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple

import unifiedcopy as uc
from tests.proof.aftermath import READ_LAG, TIMEOUT, VENUES
from tests.proof.plays import PLAYS, Deed
from tests.proof.steps import Steps, watched
from unifiedcopy.safety.chain import Head
from unifiedcopy.transport import Transport

for _api in VENUES:
    uc.connect(_api).api.compile_all()  # type: ignore[attr-defined]  # once, in the process that all others are forked from


class Job(NamedTuple):
    """Which write, from where."""

    api: str
    account: str
    credentials: dict[str, Any]
    url: str
    folder: Path
    deed: Deed

    async def do(self) -> Any:
        play = PLAYS[self.api]
        async with uc.connect(
            self.api,
            **self.credentials,
            **({"base_url": self.url, "account": self.account, "journal": self.folder}),
            write=True,
            convert=True,
            read_lag=READ_LAG,
            timeout=TIMEOUT,
        ) as ex:
            assert play.api == self.api
            return await self.deed.do(ex)  # type: ignore[arg-type]


class Points:
    """The way of one write; at the one with the number this process dies."""

    def __init__(self, deadly: int) -> None:
        self.passed: list[str] = []
        self._deadly = deadly

    def reach(self, what: str) -> None:
        self.passed.append(what)
        if len(self.passed) == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Hooks into what writes and what sends."""
        connect = sqlite3.connect

        def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
            self.reach("before the log is opened")
            db = connect(*arguments, **options)
            db.set_trace_callback(stated)
            return db

        def stated(statement: str) -> None:
            if not statement.startswith("SELECT"):
                self.reach(f"before {' '.join(statement.split()[:3])}")

        sqlite3.connect = connected  # type: ignore[assignment]
        Head.tell = self._around(Head.tell, "the end is noted")  # type: ignore[method-assign]
        send = Transport.send

        async def sent(*arguments: Any, **options: Any) -> Any:
            self.reach("before a request")
            reply = await send(*arguments, **options)
            self.reach("after a request")
            return reply

        Transport.send = sent  # type: ignore[method-assign]

    def _around(self, work: Callable[..., Any], what: str) -> Callable[..., Any]:
        def worked(*arguments: Any) -> Any:
            self.reach(f"before {what}")
            done = work(*arguments)
            self.reach(f"after {what}")
            return done

        return worked


def perform(job: Job, deadly: int, told: Connection) -> None:
    """Does the write and tells the points that it passed; or dies."""
    points = Points(deadly)
    points.watch()
    asyncio.run(_stepping(job, points))
    told.send(points.passed)


async def _stepping(job: Job, points: Points) -> None:
    steps = Steps(lambda *_: points.reach("suspended"))
    with watched():
        await asyncio.gather(steps.start(job.do()), return_exceptions=True)


def race(job: Job, start: Barrier, told: Connection) -> None:
    """Does the write at the same moment as another process; tells what came of it."""

    async def started() -> Any:
        start.wait(30)
        return await job.do()

    try:
        asyncio.run(started())
    except uc.UnifiedCopyError as error:
        told.send(type(error).__name__)
    else:
        told.send("done")
