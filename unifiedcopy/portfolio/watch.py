"""Events as they are noticed: every account polled in its turn, within the limits of its venue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from itertools import cycle

from ..exchange import CopyTradingExchange
from .changes import Known, dated
from .models import Event, Part
from .pace import interval
from .portfolio import Portfolio
from .reading import now

WATCHED: tuple[Part, ...] = ("positions", "following")
_log = logging.getLogger("unifiedcopy")


class Watch:
    """One watching of a portfolio."""

    def __init__(self, portfolio: Portfolio, every: float) -> None:
        self._portfolio, self._every = portfolio, every
        self._noticed: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self._polls: dict[CopyTradingExchange, asyncio.Task[None]] = {}
        self._known: dict[CopyTradingExchange, Known] = {}

    async def events(self) -> AsyncGenerator[Event, None]:
        """Every event, until the caller stops asking."""
        accounts = self._portfolio.accounts
        self._known = {account: Known(self._portfolio.last(account)) for account in accounts}
        rounds = [asyncio.ensure_future(self._rounds(*venue)) for venue in self._portfolio.venues().items()]
        try:
            while True:
                noticed = await self._noticed.get()
                if isinstance(noticed, Exception):
                    raise noticed
                yield dated(noticed, now())
        finally:
            running = [*rounds, *self._polls.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _rounds(self, venue: str, accounts: list[CopyTradingExchange]) -> None:
        """Polls the accounts of a venue one after the other, spread over the interval, for ever."""
        seconds = interval(accounts, WATCHED, self._every)
        if seconds > self._every:
            _log.warning("%s: its limits let %d accounts be read every %.0f s", venue, len(accounts), seconds)
        places = asyncio.Semaphore(self._portfolio.in_flight)
        clock = asyncio.get_running_loop().time
        due = clock()
        for account in cycle(accounts):
            await asyncio.sleep(due - clock())
            # After a pause of the whole machine the turns go on as ever, they don't make up for it.
            due = max(due + seconds / len(accounts), clock())
            running = self._polls.get(account)
            if running is None or running.done():
                self._polls[account] = asyncio.ensure_future(self._poll(account, places))

    async def _poll(self, account: CopyTradingExchange, places: asyncio.Semaphore) -> None:
        try:
            async with places:
                reading = await self._portfolio.read(account, WATCHED)
            for event in self._known[account].take(reading):
                self._noticed.put_nowait(event)
        except Exception as error:  # a mistake in here: told to whoever watches, not lost with the task
            self._noticed.put_nowait(error)
