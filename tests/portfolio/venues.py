"""Invented venues on loopback whose accounts behave as their key says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import unifiedcopy as uc
from tests.schemas import PLAIN, api_of
from tests.venue import Received, Say, ScriptedVenue
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.portfolio import AccountReading
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.schema import Api
from unifiedcopy.secret import Credentials

OK = {"code": 0, "data": [{"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5", "entry": "60000"}]}
EMPTY: dict[str, Any] = {"code": 0, "data": []}
SAYINGS: dict[str, Callable[[], Say]] = {
    "ok": lambda: Say(OK),
    "empty": lambda: Say(EMPTY),
    "refuses": lambda: Say({"code": 7, "msg": "no such right"}),
    "hangs": lambda: Say(hang=True),
}


class Moody(ScriptedVenue):
    """Answers each account as its key says: one of ``SAYINGS``, or what ``answers`` has for the key."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Any] = {}
        self.script = [self._answer]

    def _answer(self, received: Received) -> Say:
        key = received.headers["x-key"]
        if key in self.answers:
            return Say(self.answers[key])
        return SAYINGS[key.partition("-")[0]]()


def venue_api(folder: Any, name: str) -> Api:
    """The invented API under another venue's name."""
    return api_of(folder, PLAIN.replace("plain", name).replace("Plain", name), name)


def account(
    venue: ScriptedVenue, api: Api, key: str, *, alias: str | None = "me", total: float = 5.0
) -> DrivenExchange:
    """An account whose key tells how the venue treats it."""
    connection = Connection(api, Credentials(key, "the-secret"), venue.url, Deadlines(total, total, total))
    return DrivenExchange(api, connection, alias=alias, write=False, convert=False)


def position(**given: Any) -> uc.Position:
    """A long of half a coin, unless said otherwise."""
    known: dict[str, Any] = {
        "exchange": "plain/v1",
        "account": "me",
        "id": "1",
        "symbol": "BTC/USDT:USDT",
        "venue_symbol": "BTCUSDT",
        "side": "long",
        "size": Decimal("0.5"),
        "size_unit": "base",
        "mark_price": Decimal(60000),
        "margin": Decimal(3000),
        "margin_asset": "USDT",
        "unrealized_pnl": Decimal(10),
        "leader_id": "L1",
    }
    return uc.Position(**(known | given))


def reading(*positions: uc.Position, **given: Any) -> AccountReading:
    """An account that was read at 1,000, unless said otherwise."""
    known: dict[str, Any] = {
        "exchange": "plain/v1",
        "account": "me",
        "status": "ok",
        "read_at": 1_000,
        "age": 0,
        "tried_at": 1_000,
        "positions": positions,
    }
    return AccountReading(**(known | given))
