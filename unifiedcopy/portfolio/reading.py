"""One account being read: what came so far is kept, so that a deadline takes away only what did not come."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from .. import errors
from ..exchange import CopyTradingExchange
from ..page import Page
from .models import AccountReading, Part, Trouble

PARTS: tuple[Part, ...] = ("positions", "balances", "following")
VERBS = {"positions": "positions", "balances": "account", "following": "following"}
_HOPELESS = (errors.NetworkError, errors.AuthenticationError)
"""After these the other parts of an account are not asked for: the venue or the key is out."""


def now() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


def told(exchange: CopyTradingExchange, part: Part) -> bool:
    """Whether a venue has a call for a part; positions are asked for in any case, and then it says why not."""
    return part == "positions" or exchange.can.verbs.get(VERBS[part], "missing") != "missing"


class Attempt:
    """One try to read an account."""

    __slots__ = ("_drift", "asked_at", "drift", "exchange", "items", "parts", "read_at", "troubles", "withheld")

    def __init__(self, exchange: CopyTradingExchange, parts: tuple[Part, ...], *, drift: bool) -> None:
        self.exchange = exchange
        self.parts = [part for part in parts if told(exchange, part)]
        self.asked_at: int | None = None
        self.items: dict[Part, tuple[Any, ...]] = {}
        self.troubles: dict[Part, BaseException] = {}
        self.read_at: int | None = None
        self.withheld = 0
        self.drift: dict[str, None] = {}
        self._drift = drift

    async def run(self) -> None:
        """Asks for every part, one after the other. What goes wrong is kept, never raised."""
        self.asked_at = now()
        for part in self.parts:
            try:
                self._keep(part, await self._ask(part))
            except errors.PartialResult as error:
                self._keep(part, error.page)
                self.withheld += error.page.unread if part == "positions" else 0
                self.troubles[part] = error
            except _HOPELESS as error:
                self.troubles.update((left, error) for left in self.parts if left not in self.items)
                return
            except Exception as error:  # a plugin's mistake is one account's trouble, not everybody's
                self.troubles[part] = error

    def _ask(self, part: Part) -> Awaitable[Page[Any]]:
        call: Callable[[], Awaitable[Page[Any]]] = getattr(self.exchange, VERBS[part])
        return call()

    def _keep(self, part: Part, page: Page[Any]) -> None:
        # The items alone: the bytes behind them would outweigh them.
        self.items[part] = tuple(page.items)
        if part == "positions":
            self.read_at = page.received_at or now()
        if self._drift:
            self.drift.update(dict.fromkeys(page.drift))

    def reading(self, before: AccountReading | None, late: str) -> AccountReading:
        """What is known of the account now; ``late`` says why a part that neither came nor failed is missing."""
        for part in self.parts:
            if part not in self.items and part not in self.troubles:
                outcome: errors.Outcome = "not_sent" if self.asked_at is None else "unknown"
                self.troubles[part] = errors.RequestTimeout(late, exchange=self.exchange.id, outcome=outcome)
        troubles = {part: Trouble.of(part, error) for part, error in self.troubles.items()}
        error = troubles.pop("positions", None)
        fresh: dict[str, Any] = {
            "balances": self.items.get("balances"),
            "following": self.items.get("following"),
            "troubles": tuple(troubles.values()),
            "drift": tuple(self.drift),
            "error": error,
            "tried_at": self.asked_at,
        }
        if "positions" not in self.items and before is not None and before.read_at is not None:
            return replace(before, status="stale", **fresh)
        return AccountReading(
            exchange=self.exchange.id,
            account=self.exchange.alias,
            status="ok" if "positions" in self.items else "failed",
            read_at=self.read_at,
            age=None,
            positions=self.items.get("positions", ()),
            withheld=self.withheld,
            **fresh,
        )


def aged(reading: AccountReading, moment: int) -> AccountReading:
    """The reading with its age at a moment."""
    return reading if reading.read_at is None else replace(reading, age=max(0, moment - reading.read_at))
