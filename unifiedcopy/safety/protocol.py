"""The way of one write: planned, sent, told by the venue or settled by looking; nothing is lost when it is cancelled.

What the venue answered is noted before the caller hears it. When the task is cancelled while the request is out, its
answer is awaited for a moment, because it often comes; without one the log says ``unknown``, and the next write of the
account settles it first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from .. import errors
from ..writing import unknown
from .caps import Caps
from .goals import Reads
from .halt import ALLOWED, Halt
from .intent import Intent
from .journal import UNDONE, Admit, Journal, State, WriteRecord, journal_of
from .readback import Verdict, settle

GRACE = 2.0
"""Seconds that a cancelled write waits for the answer that is on its way."""

Send = Callable[[Callable[[], None]], Awaitable[Any]]
"""Sends the request; calls its argument right before anything leaves."""


class Safety(NamedTuple):
    """What the caller chose for the writes of a connection."""

    folder: Path | None = None
    """Where the write log and the kill switch are; without one the log is in memory."""
    read_lag: float | None = None
    """Seconds after which a read shows every write; None takes the schema's."""
    read_back: bool = True
    """Whether the state is read before a follow, and after a write whose end is not known."""
    caps: Caps | None = None


DEFAULTS = Safety()


class Writes:
    """The writes of one account."""

    def __init__(self, reads: Reads, safety: Safety, lag: float) -> None:
        self._reads, self._lag, self.read_back = reads, lag, safety.read_back
        self._folder, self.halt, self.caps = safety.folder, Halt(safety.folder), safety.caps
        self._journal: Journal | None = None
        self._recovered = False
        """Whether the next write need not settle first what was left open."""

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            self._journal = journal_of(self._folder)
        return self._journal

    async def carry_out(
        self, intent: Intent, send: Send, admit: Admit | None = None
    ) -> tuple[int, Any, Verdict | None]:
        """Sends a write once and finds out what became of it; ``admit`` is asked last, with the log held.

        Returns:
            Its number in the log, the venue's answer, and the verdict where the state was read instead of an answer.

        Raises:
            SafetyRefused: the kill switch is on, the same write is open, or the log can't be written; nothing was sent.
            NotApplied: the answer was lost, and the state proves that nothing was done.
            OutcomeUnknown: neither the answer nor the state tells.
        """
        self.halt.check(intent.operation, intent.exchange)
        if not self._recovered:
            await self._settle_before(intent)
        write_id = self.journal.plan(intent, admit, self._lag)
        try:
            try:
                return write_id, await self._awaited(write_id, intent, send), None
            except errors.OutcomeUnknown as error:
                return write_id, None, await self._settled(write_id, intent, error)
        except errors.UnifiedCopyError as error:
            error.journal_id = write_id
            raise
        except asyncio.CancelledError:
            self._recovered = False
            raise
        finally:
            self.journal.release(write_id)

    def quiet(self, exchange: str, origin: str, account: str) -> bool:
        """Whether a read of now shows everything that the account wrote."""
        return self.journal.quiet(exchange, origin, account, self._lag)

    async def _settle_before(self, intent: Intent) -> None:
        """What was left open comes first, but whoever wants out waits for nothing about other leaders."""
        left = self.journal.open_writes(intent.exchange, intent.origin, intent.account)
        if left and intent.operation in ALLOWED and not any(_same_matter(one.intent, intent) for one in left):
            return
        # Once, also when it fails or takes longer than the caller waits: what stays open blocks its own intent.
        self._recovered = True
        if left:
            await self.reconcile(intent.exchange, intent.origin, intent.account)

    async def reconcile(self, exchange: str, origin: str, account: str) -> list[WriteRecord]:
        """Settles what earlier writes of the account left open, all at once; the records as they are then."""
        found: list[WriteRecord] = []
        try:
            for one in self.journal.open_writes(exchange, origin, account):
                if (taken := self.journal.take_over(one.id)) is not None:
                    found.append(taken)
            ends = await asyncio.gather(*map(self._recover, found), return_exceptions=True)
        finally:
            for one in found:
                self.journal.release(one.id)
        for end in ends:
            if end is not None:
                raise end
        return [now for one in found if (now := self.journal.write(one.id)) is not None]

    async def _recover(self, record: WriteRecord) -> None:
        if record.state == "planned":  # "sent" is on disk before the first byte leaves
            self.journal.end(record.id, "not_sent", words="the process ended before it was sent")
            return
        if record.state == "sent":
            self.journal.end(record.id, "unknown", words="the process ended before the answer came")
        verdict = await self._looked_up(record.id, record.intent)
        self.journal.end(record.id, verdict.settled, words=verdict.words)

    def of_account(self, exchange: str, origin: str, account: str, limit: int | None) -> list[WriteRecord]:
        """The account's writes, newest first."""
        return self.journal.writes_of(exchange, origin, account, limit)

    def resolve(self, write_id: int, *, applied: bool) -> None:
        resolve(self.journal, write_id, applied=applied)

    async def _looked_up(self, write_id: int, intent: Intent) -> Verdict:
        """What the state says of a write, unless a later one about the same leader hides it."""
        later = self.journal.later(write_id, intent)
        if any(one.intent.leader_id == intent.leader_id is not None and one.state not in UNDONE for one in later):
            return Verdict("unresolved", "a later write about the same leader hides what became of it")
        alone = self.journal.alone(write_id, self._lag)
        return await settle(intent.goal, self._reads, self._lag, alone=alone)

    # -- sending --------------------------------------------------------------------------------------------------

    async def _awaited(self, write_id: int, intent: Intent, send: Send) -> Any:
        """The venue's answer, awaited also when this task is cancelled meanwhile."""
        out = _Out(self.journal, self.halt, write_id, intent)
        task = asyncio.ensure_future(out.carry(send))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done() and out.left:
                await _patiently(task)
            task.cancel()
            await asyncio.wait([task])
            task.cancelled() or task.exception()  # seen: what it says stands in the log
            raise

    async def _settled(self, write_id: int, intent: Intent, error: errors.OutcomeUnknown) -> Verdict:
        """What the state says of a write whose answer was lost.

        Raises:
            NotApplied: that it was not done.
            OutcomeUnknown: nothing; with the log's number, and what to look at.
        """
        verdict = Verdict("unresolved", "the state was not read back")
        if self.read_back:
            verdict = await self._looked_up(write_id, intent)
        self.journal.end(write_id, verdict.settled, words=verdict.words)
        where: dict[str, Any] = {"exchange": error.exchange, "endpoint": error.endpoint}
        where |= {"code": error.code, "http_status": error.http_status, "retry_after": error.retry_after}
        if verdict.settled == "not_applied":
            reason = error.reason or error
            raise errors.NotApplied(
                f"the answer was lost ({type(reason).__name__}: {reason.message}), and the state shows that nothing "
                f"was done: {verdict.words}; it may be sent again",
                outcome="rejected",
                **where,
            ) from error
        if verdict.settled == "unresolved":
            look = f"; look at {intent.goal.where}" if intent.goal is not None else ""
            raise errors.OutcomeUnknown(
                f"{error.message}; {verdict.words}{look} (write {write_id} of the log)", reason=error.reason, **where
            ) from error
        return verdict


def resolve(journal: Journal, write_id: int, *, applied: bool) -> None:
    """Notes what a person found out about a write in doubt.

    Raises:
        BadRequest: there is none of that number, or its end is known.
        SafetyRefused: it is on its way still.
    """
    record = journal.write(write_id)
    if record is None or not record.open:
        known = "there is no such write" if record is None else f"{record} is not in doubt"
        raise errors.BadRequest(f"write {write_id}: {known}")
    if journal.take_over(write_id) is None:
        raise errors.SafetyRefused(f"{record} is on its way; wait for its end")
    try:
        journal.end(write_id, "applied" if applied else "not_applied", words="said by a person")
    finally:
        journal.release(write_id)


def _same_matter(one: Intent, other: Intent) -> bool:
    """Whether what becomes of one write changes what the state says of the other."""
    return one.key == other.key or (one.leader_id is not None and one.leader_id == other.leader_id)


class _Out:
    """One request on its way, and what the log says of it."""

    def __init__(self, journal: Journal, halt: Halt, write_id: int, intent: Intent) -> None:
        self.journal, self.halt, self.write_id, self.intent = journal, halt, write_id, intent
        self.left = False
        """Whether bytes may have left."""

    async def carry(self, send: Send) -> Any:
        try:
            answer = await send(self._leaving)
        except errors.UnifiedCopyError as error:
            if self.left and error.outcome == "not_sent" and not isinstance(error, errors.NetworkError):
                error = unknown(error)  # only the transport can know that nothing left after all
            self._end(_STATES[error.outcome], error)
            raise error
        except BaseException as error:  # cancelled, or a bug: after the first byte nobody knows
            self._end("unknown" if self.left else "not_sent", error)
            raise
        self.journal.end(self.write_id, "confirmed")
        return answer

    def _leaving(self) -> None:
        self.halt.check(self.intent.operation, self.intent.exchange)  # it may have been turned on meanwhile
        self.journal.sending(self.write_id)
        self.left = True

    def _end(self, state: State, error: BaseException) -> None:
        known: dict[str, Any] = {"error": type(error).__name__}
        if isinstance(error, errors.UnifiedCopyError):
            known |= {"code": error.code, "message": error.message, "http_status": error.http_status}
        self.journal.end(self.write_id, state, **known)


_STATES: dict[errors.Outcome, State] = {"not_sent": "not_sent", "rejected": "rejected", "unknown": "unknown"}


async def _patiently(task: asyncio.Future[Any]) -> None:
    """Waits a moment for an answer; a second cancellation ends that too."""
    try:
        await asyncio.wait([task], timeout=GRACE)
    except asyncio.CancelledError:
        return
