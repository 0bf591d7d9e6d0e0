"""A write that is cut off, and what became of it: the log of the next start against what the venue did."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

import unifiedcopy as uc
from tests.proof.plays import PLAYS, Deed, Play
from unifiedcopy import connection, contracts
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.driven.core import Core
from unifiedcopy.request import Request
from unifiedcopy.safety.journal import Journal, State
from unifiedcopy.sandbox import Fault, Sandbox, VenueServer

VENUES = ("toobit/v2", "bitget/v2-futures", "okx/v5-copies", "zoomex/v3")
OPERATIONS = ("follow", "unfollow", "set_tpsl", "close_position", "call")
ANSWERS = ("given", "lost, done", "lost, not done")
"""What becomes of the venue's answer to the write."""
READ_LAG = 0.05
TIMEOUT = 5.0
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (made there by tempfile)
"""A killed process loses nothing of a file system in memory either, and thousands of logs are quicker there."""

Answer = Literal["given", "lost, done", "lost, not done"]
_DONE: tuple[State, ...] = ("confirmed", "applied")
_NOT_DONE: tuple[State, ...] = ("rejected", "not_sent", "not_applied")


def say(line: str) -> None:
    """A line of a proof's report."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Scenario(NamedTuple):
    """Which write, where, and how the venue answers it."""

    api: str
    operation: str
    answer: Answer = "given"

    def __str__(self) -> str:
        return f"{self.api} {self.operation} (answer {self.answer})"


def scenarios(apis: Iterable[str], operations: Iterable[str], answers: Iterable[Answer]) -> list[Scenario]:
    """All of them; one that its API does not offer is skipped when it is staged."""
    return [Scenario(api, operation, answer) for api in apis for operation in operations for answer in answers]


@dataclass
class Stage:
    """One write on a venue of its own, ready to be done by a connection with a write log."""

    play: Play
    server: VenueServer
    account: str
    deed: Deed
    folder: Path
    before: int
    """What the venue had executed before."""

    def connect(self) -> DrivenExchange:
        return self.play.connect(
            self.server, self.account, journal=self.folder, read_lag=READ_LAG, timeout=TIMEOUT, convert=True
        )

    @property
    def executed(self) -> int:
        return len(self.server.executions) - self.before


@asynccontextmanager
async def staged(scenario: Scenario) -> AsyncIterator[Stage]:
    """The venue in the state that the write needs.

    Raises:
        NotOffered: the API has no such write.
    """
    play = PLAYS[scenario.api]
    with TemporaryDirectory(prefix="aftermath-", dir=_MEMORY) as folder:
        async with Sandbox(seed=7, venues=[play.served_by]) as box:
            server = box[play.served_by]
            play.arrange(server)
            account, deed = await _prepared(play, server, scenario.operation)
            if scenario.answer != "given":
                await _lose_the_answer(play, server, account, deed, executed=scenario.answer == "lost, done")
            _forget()
            yield Stage(play, server, account, deed, Path(folder) / "state", len(server.executions))


def _forget() -> None:
    """What this process has learned of the venue: a program that starts has to ask, and can be cut off there too."""
    connection._clocks.clear()
    contracts._lists.clear()


async def _prepared(play: Play, server: VenueServer, operation: str) -> tuple[str, Deed]:
    raw = operation == "call"
    if raw:
        operation = next(one for one in ("close_position", "set_tpsl") if play.connect(server).api.serving(one))
    account = play.who(play.connect(server), operation)
    async with play.connect(server, account) as ex:
        deed = await play.prepare(operation, ex, server)
        if raw:
            request = await _request(ex, deed)
            deed = Deed("call", (request.endpoint,), request.sent)
    return account, deed


async def _lose_the_answer(play: Play, server: VenueServer, account: str, deed: Deed, *, executed: bool) -> None:
    async with play.connect(server, account) as ex:
        request = await _request(ex, deed)
    server.faults.add(Fault("disconnect", request.method, request.path, after_execution=executed))


class _Stopped(Exception):
    pass


async def _request(ex: DrivenExchange, deed: Deed) -> Request:
    """What a deed would send."""
    seen: list[Request] = []

    def guard(core: Core, request: Request, **_: Any) -> None:
        seen.append(request)
        raise _Stopped

    with patch.object(Core, "guard", guard), suppress(_Stopped):
        await deed.do(ex)
    return seen[0]


# -- afterwards -------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What a run of cuts came to."""

    points: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """The state in the log after the next start; ``nothing`` where no write was planned."""
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.points += other.points
        self.ends += other.ends
        self.violations += other.violations

    @property
    def open(self) -> int:
        return sum(count for end, count in self.ends.items() if end not in (*_DONE, *_NOT_DONE, "nothing"))

    @property
    def told(self) -> str:
        """The ends, counted."""
        return ", ".join(f"{end} {count}" for end, count in sorted(self.ends.items()))

    def summary(self, seconds: float) -> str:
        """The last line of a proof, after the violations."""
        return "\n".join(
            (
                *self.violations[:50],
                f"{self.points:,} points in {seconds:.0f} s: {len(self.violations)} violations, "
                f"{self.open} left in doubt (said so, and the same write was blocked until somebody looked)",
            )
        )

    @property
    def exit_code(self) -> int:
        return 1 if self.violations or not self.points else 0


class Verdict(NamedTuple):
    """What the log said of one cut, and what was wrong with it."""

    end: str
    wrong: list[str]


async def judged(stage: Stage, told: BaseException | uc.Receipt | Any | None = None) -> Verdict:
    """Starts again on the same folder, has the log settled, and does what a caller does then: the write once more
    where it was not done.

    Args:
        told: what the first caller heard, if it heard anything.
    """
    wrong = _misled(told, stage.executed)
    async with stage.connect() as ex:
        await ex.reconcile()
        executed = stage.executed
        records = ex.writes()
        end = records[0].state if records else "nothing"
        if len(records) > 1:
            wrong.append(f"{len(records)} writes in the log")
        if executed > 1:
            wrong.append(f"doubled: executed {executed} times")
        if end in _DONE and not executed:
            wrong.append(f"lost: the log says {end}, the venue did nothing")
        if end in (*_NOT_DONE, "nothing") and executed:
            wrong.append(f"doubled by whoever believes it: the log says {end}, the venue did it")
        wrong += await _once_more(stage, ex, records[0] if records else None)
    if problem := Journal(stage.folder).problem():
        wrong.append(f"the log is broken: {problem}")
    return Verdict(end, wrong)


def _misled(told: Any, executed: int) -> list[str]:
    if told is None or (isinstance(told, BaseException) and not isinstance(told, uc.UnifiedCopyError)):
        return []
    if not isinstance(told, uc.UnifiedCopyError):
        return [] if executed else ["lost: the caller was told that it was done"]
    if told.outcome != "unknown" and executed:
        return [f"doubled by whoever believes it: the caller was told {type(told).__name__} ({told.outcome})"]
    return []


async def _once_more(stage: Stage, ex: DrivenExchange, record: uc.WriteRecord | None) -> list[str]:
    """What is wrong when the same is asked again, where it was not done: it must be done then, once."""
    stage.server.faults.clear()
    if record is not None and record.open:
        try:
            await stage.deed.do(ex)
        except uc.SafetyRefused:
            pass
        else:
            return [f"{record} is in doubt, and the same write was let through"]
        ex.resolve_write(record.id, applied=bool(stage.executed))
    if stage.executed:
        return []
    try:
        await stage.deed.do(ex)
    except uc.UnifiedCopyError as error:
        return [f"lost: the same write can't be sent any more: {type(error).__name__}: {error}"]
    return [] if stage.executed == 1 else [f"executed {stage.executed} times in the end"]
