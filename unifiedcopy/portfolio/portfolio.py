"""Reading every account of every venue at once, so that none can take another with it."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Iterable, Mapping
from types import TracebackType
from typing import Self

from ..errors import ConfigError
from ..exchange import CopyTradingExchange
from ..models import FollowedLeader, Position
from .models import AccountReading, Event, Listing, Part, Snapshot
from .reading import PARTS, Attempt, aged, now

_log = logging.getLogger("unifiedcopy")
DEADLINE = 20.0
EVERY = 60.0
IN_FLIGHT = 100
"""Accounts of one venue that are read at once: more sockets only cost."""
GRACE = 0.02
"""Seconds that what a deadline cancels has to end."""
Key = tuple[str, str | None]


class Portfolio:
    """Many accounts as one. Use it as ``async with`` to close them all in the end, or close each yourself.

    Args:
        accounts: connected exchanges, each API and alias once. An account that could not even be connected is passed
            as its failed ``AccountReading``, and counted.
        deadline: seconds that a reading waits for each venue, or seconds by venue; what did not come by then is stale
            or failed. Venues don't wait for each other, but a large portfolio waits for the limits of each.
        in_flight: accounts of one venue that are read at once.
        drift: tell what the answers hold that the schemas don't know; every answer is looked through for it.

    Raises:
        ConfigError: two accounts that could not be told apart, or a number that is none.
    """

    def __init__(
        self,
        accounts: Iterable[CopyTradingExchange | AccountReading],
        *,
        deadline: float | Mapping[str, float] = DEADLINE,
        in_flight: int = IN_FLIGHT,
        drift: bool = False,
    ) -> None:
        self._last: dict[Key, AccountReading | None] = {}
        self._deadlines: dict[str, float] = {}  # both first: an error's traceback may want to show this
        given = list(accounts)
        keys = [_key(account) for account in given]
        _refuse_doubles(keys)
        self.accounts = tuple(one for one in given if isinstance(one, CopyTradingExchange))
        self.counted_twice = _of_one_key(self.accounts)
        """Names of accounts of one API that have one API key: what it holds is counted for each."""
        for names in self.counted_twice:
            _log.warning("%s have one API key: what it holds is counted for each", " and ".join(names))
        self.absent = tuple(one for one in given if isinstance(one, AccountReading))
        """Those that could not be connected."""
        if isinstance(in_flight, bool) or not isinstance(in_flight, int) or in_flight < 1:
            raise ConfigError(f"in_flight: {in_flight!r} is not a whole number of at least 1")
        self.in_flight, self._drift = in_flight, drift
        self._deadlines = {venue: _seconds("deadline", _of(deadline, venue)) for venue in self.venues()}
        self._last = {
            key: one if isinstance(one, AccountReading) else None for key, one in zip(keys, given, strict=True)
        }

    def venues(self) -> dict[str, list[CopyTradingExchange]]:
        """The accounts by venue."""
        found: dict[str, list[CopyTradingExchange]] = {}
        for account in self.accounts:
            found.setdefault(account.id.partition("/")[0], []).append(account)
        return found

    def __len__(self) -> int:
        return len(self._last)

    def __repr__(self) -> str:
        return f"<Portfolio of {len(self._last)} accounts at {len(self._deadlines)} venues>"

    # -- reading --------------------------------------------------------------------------------------------------

    async def snapshot(self, parts: Iterable[Part] = PARTS) -> Snapshot:
        """Every account now: positions, and where the venue tells them balances and followed leaders.

        It ends by the latest deadline, and says of each account whether it was read. Nothing of one account is
        raised as an error.
        """
        asked = tuple(parts)
        await asyncio.gather(*(self._venue(venue, accounts, asked) for venue, accounts in self.venues().items()))
        return self.known()

    async def positions(self) -> Listing[Position]:
        """Every open position of every account, with what is missing."""
        snapshot = await self.snapshot(["positions"])
        return Listing(snapshot.positions, snapshot.accounts, snapshot.coverage)

    async def leaders(self) -> Listing[FollowedLeader]:
        """Every leader that an account copies, with the account's result on each, and what is missing."""
        snapshot = await self.snapshot(["positions", "following"])
        leaders = tuple(leader for reading in snapshot.accounts for leader in reading.following or ())
        return Listing(leaders, snapshot.accounts, snapshot.coverage_of("following"))

    def watch(self, every: float = EVERY) -> AsyncGenerator[Event, None]:
        """What changes since the last snapshot, or since the first event is waited for; it never ends by itself.

        Each account is asked once in ``every`` seconds, spread over them, or as often as half of its venue's limits
        allows when that is less. Events of one account come in order; those of one that can't be read wait until it
        can, and nothing of it counts as closed meanwhile.
        """
        from .watch import Watch  # noqa: PLC0415 (it needs this module)

        return Watch(self, _seconds("every", every)).events()

    async def read(self, account: CopyTradingExchange, parts: tuple[Part, ...]) -> AccountReading:
        """One account now, within its venue's deadline."""
        deadline = self._deadlines[account.id.partition("/")[0]]
        attempt = Attempt(account, parts, drift=self._drift)
        await _by(deadline, [asyncio.ensure_future(attempt.run())])
        return aged(self._settle(attempt, deadline), now())

    def last(self, account: CopyTradingExchange) -> AccountReading | None:
        """The account as it was read last."""
        return self._last.get(_key(account))

    def known(self) -> Snapshot:
        """What is known by now, of accounts that were read once; nothing is asked."""
        moment = now()
        for key, reading in self._last.items():
            self._last[key] = aged(reading, moment) if reading is not None else None
        return Snapshot(taken_at=moment, accounts=tuple(filter(None, self._last.values())))

    def _tried_at(self, account: CopyTradingExchange) -> int:
        last = self._last.get(_key(account))
        return last.tried_at or 0 if last is not None else 0

    async def _venue(self, venue: str, accounts: list[CopyTradingExchange], parts: tuple[Part, ...]) -> None:
        """Every account of a venue, as many at once as may be, until the deadline."""
        # Those first that were not asked the longest: a deadline must not always hit the same.
        waiting = iter(sorted(accounts, key=self._tried_at))
        deadline, begun = self._deadlines[venue], set[Attempt]()

        async def work() -> None:
            for account in waiting:
                attempt = Attempt(account, parts, drift=self._drift)
                begun.add(attempt)
                await attempt.run()
                begun.remove(attempt)
                self._settle(attempt, deadline)  # at once: the reading of before need not be held beside it

        workers = [asyncio.ensure_future(work()) for _ in range(min(self.in_flight, len(accounts)))]
        await _by(deadline, workers)
        for attempt in [*begun, *(Attempt(account, parts, drift=self._drift) for account in waiting)]:
            self._settle(attempt, deadline)

    def _settle(self, attempt: Attempt, deadline: float) -> AccountReading:
        key = _key(attempt.exchange)
        late = (
            f"no answer within {deadline:g} s" if attempt.asked_at else f"its turn did not come within {deadline:g} s"
        )
        reading = self._last[key] = attempt.reading(self._last.get(key), f"{late}, the portfolio's deadline")
        return reading

    # -- the end --------------------------------------------------------------------------------------------------

    async def aclose(self) -> None:
        """Closes every account."""
        await asyncio.gather(*(account.aclose() for account in self.accounts), return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


async def _by(deadline: float, tasks: list[asyncio.Task[None]]) -> None:
    """Waits for tasks until a deadline; what is late, or when this is cancelled all, is cancelled."""
    try:
        await asyncio.wait(tasks, timeout=deadline)
    finally:
        late = [task for task in tasks if not task.done()]
        for task in late:
            task.cancel()
    if late:
        await asyncio.wait(late, timeout=GRACE)


def _key(account: CopyTradingExchange | AccountReading) -> Key:
    if isinstance(account, AccountReading):
        return account.key
    if isinstance(account, CopyTradingExchange):
        return account.id, account.alias
    raise ConfigError(f"accounts: pass connected exchanges, not {account!r}")


def _refuse_doubles(keys: list[Key]) -> None:
    seen: set[Key] = set()
    for exchange, alias in keys:
        if (exchange, alias) in seen:
            named = f"named {alias!r}" if alias is not None else "without a name"
            raise ConfigError(
                f"two accounts at {exchange} are {named}: their positions could not be told apart; "
                "give each its own, connect(…, account=…)"
            )
        seen.add((exchange, alias))


def _of_one_key(accounts: Iterable[CopyTradingExchange]) -> list[tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for account in accounts:
        if (mark := account.key_mark) is not None:
            found.setdefault((account.id, mark), []).append(f"{account.id} {account.alias or ''}".rstrip())
    return [tuple(names) for names in found.values() if len(names) > 1]


def _of(deadline: float | Mapping[str, float], venue: str) -> float:
    return deadline.get(venue, DEADLINE) if isinstance(deadline, Mapping) else deadline


def _seconds(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigError(f"{name}: {value!r} is not a number of seconds above 0")
    return value
