"""What changed between two readings of an account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from ..models import FollowedLeader, Position
from .models import AccountReading, Event, EventKind


class Known:
    """What is known of one account: the last good readings, against which the next is held."""

    def __init__(self, reading: AccountReading | None) -> None:
        self._readable: bool | None = None
        self._positions: dict[str, Position] = {}
        self._leaders: dict[str, FollowedLeader] | None = None
        self._positions_at: int | None = None
        self._leaders_at: int | None = None
        if reading is not None:
            self.take(reading)

    def take(self, reading: AccountReading) -> list[Event]:
        """The events that a new reading shows, and remembers it. The first tells only that an account can't be read."""
        return [*self._readability(reading), *self._position_changes(reading), *self._leader_changes(reading)]

    def _readability(self, reading: AccountReading) -> Iterator[Event]:
        readable, self._readable = self._readable, reading.whole
        if reading.whole and readable is False:
            yield _event("readable", reading, self._positions_at)
        if not reading.whole and readable is not False:
            yield _event("unreadable", reading, self._positions_at, error=reading.error)

    def _position_changes(self, reading: AccountReading) -> Iterator[Event]:
        if reading.status != "ok":
            return
        since, self._positions_at = self._positions_at, reading.read_at
        before, now = self._positions, {position.id: position for position in reading.positions}
        # A row that is withheld may be any position that is missing: those stay known until all can be read.
        self._positions = {**before, **now} if reading.withheld else now
        if since is None:
            return
        for position in now.values():
            was = before.get(position.id)
            if was is not None and not _same(was, position):
                yield _event("closed", reading, since, position=was, before=was)
                was = None
            for kind in _kinds(was, position):
                yield _event(kind, reading, since, position=position, before=was)
        if not reading.withheld:
            for was in (was for name, was in before.items() if name not in now):
                yield _event("closed", reading, since, position=was, before=was)

    def _leader_changes(self, reading: AccountReading) -> Iterator[Event]:
        if reading.following is None or reading.status != "ok":
            return
        before, now = self._leaders, {leader.leader_id: leader for leader in reading.following}
        partly = any(trouble.part == "following" for trouble in reading.troubles)
        self._leaders = {**before, **now} if partly and before is not None else now
        since, self._leaders_at = self._leaders_at, reading.read_at
        if before is None:
            return
        for leader in (leader for name, leader in now.items() if name not in before):
            yield _event("followed", reading, since, leader=leader)
        if not partly:
            for leader in (leader for name, leader in before.items() if name not in now):
                yield _event("unfollowed", reading, since, leader=leader)


def _same(before: Position, now: Position) -> bool:
    """Whether it is the same position still; some venues name the next one in a symbol like the last."""
    reopened = None not in (before.opened_at, now.opened_at) and before.opened_at != now.opened_at
    return before.side == now.side and not reopened


def _kinds(before: Position | None, now: Position) -> Iterator[EventKind]:
    if before is None:
        yield "opened"
        return
    if before.size != now.size and before.size_unit == now.size_unit:
        yield "increased" if now.size > before.size else "reduced"
    if (before.take_profit, before.stop_loss) != (now.take_profit, now.stop_loss):
        yield "tpsl_changed"


def _event(kind: EventKind, reading: AccountReading, since: int | None, **what: Any) -> Event:
    at = reading.read_at if reading.status == "ok" and reading.read_at is not None else reading.tried_at
    return Event(kind=kind, exchange=reading.exchange, account=reading.account, at=at or 0, since=since, age=0, **what)


def dated(event: Event, moment: int) -> Event:
    """The event with its age at the moment when it is told."""
    return replace(event, age=max(0, moment - event.at))
