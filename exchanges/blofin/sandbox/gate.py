"""Keys, signature, nonces, limits, envelope and error codes, and how parameters are read."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeVar

from unifiedcopy.sandbox import (
    Answer,
    Call,
    Limit,
    Options,
    Refusal,
    Request,
    Route,
    SandboxAccount,
    TextParameters,
    Usage,
    VenueEmulator,
    World,
    hmac_hex,
    same,
)

Item = TypeVar("Item")

COPY = "/api/v1/copytrading"
LEADER, ORDINARY, LAPSED, DEMO = "leader", "ordinary", "lapsed", "demo"
BROKER = "broker:"
"""A key that is bound to a broker has the broker's id behind this."""
WINDOW_MS = 60_000
"""How far a timestamp may be off, and how long a nonce must not come again [docs]."""
MINUTE = Limit("minute", 500, 60, per="ip")
FIVE_MINUTES = Limit("five minutes", 1_500, 300, per="ip")
TRADING = (Limit("trading", 30, 10),)
"""All trading calls of a user together [guess]: that they are counted together is not said."""
HEADERS = ("ACCESS-KEY", "ACCESS-SIGN", "ACCESS-TIMESTAMP", "ACCESS-NONCE", "ACCESS-PASSPHRASE")
NUMBER = re.compile(r"\d{1,15}(\.\d{1,18})?")
WHOLE = "-1"
"""A size that means the whole position [docs]."""

MESSAGES = {
    "1": "All operations failed",
    "404": "not found",
    "429": "Too Many Requests",
    "152001": "Parameter {0} cannot be empty.",
    "152002": "Parameter {0} error.",
    "152004": "JSON syntax error",
    "152011": "Transaction API Key does not support brokerId",
    "152012": "BrokerId is required",
    "152013": "Unmatched brokerId, please check your API key's bound broker",
    "152014": "Instrument ID does not exist",
    "150003": "clientId already exist",
    "150004": "Insufficient balance. please adjust the amount and try again.",
    "102005": "Position had been closed",
    "102022": "Failed to place order. You don't have any positions of this contract. Turn off Reduce-only to continue.",
    "102037": "TP trigger price should be higher than the latest trading price",
    "102038": "SL trigger price should be lower than the latest trading price",
    "102039": "TP trigger price should be lower than the latest trading price",
    "102040": "SL trigger price should be higher than the latest trading price",
    "102068": "Cancel failed as the order has been filled, triggered, canceled or does not exist.",
    "102089": "Position mode mismatch",
    "103003": "Order failed. Insufficient USDT margin in account",
    "103013": "Internal error; unable to process your request. Please try again.",
    "110006": "The position mode can't be changed with open orders",
    "110019": "The position mode can't be changed with open positions",
    "152401": "Access key does not exist",
    "152402": "Access key has expired",
    "152404": "Operation not supported: no permission",
    "152405": "Timestamp expired",
    "152407": "Nonce already used",
    "152408": "Passphrase error",
    "152409": "Signature verification failed",
    "152410": "Timestamp is not in milliseconds",
}
"""Texts of the venue's error table [docs]; of 102089, 110xxx and 1524xx only the meaning, in other words."""
STATUS = {"429": 429}
"""All other errors come with HTTP 200 [docs]."""


@dataclass
class BlofinOptions(Options):
    """Switches where the documents disagree or are silent."""

    history_cursors: Literal["swapped", "usual"] = "swapped"
    """The two history lists: ``before`` earlier and ``after`` newer, as described, or as on the other lists."""
    stops_needed: Literal["both", "either"] = "both"
    """Whether TP and SL must come together, as the tables say, or one is enough."""
    history_side: Literal["orderSide", "side"] = "orderSide"
    """Name of the side in the position history: as in the example, or as in the table."""
    order_refusal: Literal["row", "envelope"] = "row"
    """Where an order's own code stands: in ``data[]`` with an outer 0, or outside too (1, all failed)."""
    block_seconds: int = 300
    """How long an IP that asked too much is shut out: five minutes or an hour [docs]."""


class Gate(TextParameters, VenueEmulator):
    """What a request meets before its handler, and what its answer is wrapped in."""

    venue = "blofin"
    options_type = BlofinOptions
    options: BlofinOptions
    ip_limits: ClassVar[tuple[Limit, ...]] = (MINUTE, FIVE_MINUTES)

    def __init__(self, world: World) -> None:
        self._nonces: dict[tuple[str, str], int] = {}
        self._blocked_until: dict[str, int] = {}
        self._too_much = False
        super().__init__(world)

    # Limits, keys, signature, clock

    def answer(self, request: Request) -> Answer:
        """An IP that has asked too much is shut out for a while, whatever it asks [docs]."""
        if self.options.limit_factor and request.at < self._blocked_until.get(request.peer, 0):
            return self.error("429")
        found = super().answer(request)
        if self._too_much:
            self._too_much = False
            self._blocked_until[request.peer] = request.at + self.options.block_seconds * 1_000
        return found

    def limit_exceeded(self, usage: Usage) -> Answer:
        self._too_much = usage.limit.per == "ip"
        return self.error("429")

    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        """Headers, clock, key, passphrase, signature, nonce. The order of these checks is a [guess]."""
        for name in HEADERS:
            if not request.headers.get(name):
                raise self.missing(name)
        self._check_clock(request)
        account = self.world.account_by_key(request.headers["ACCESS-KEY"])
        if account is None or account.kind == DEMO:  # demo trading is another host [docs]
            raise self.refuse("152401")
        if account.kind == LAPSED:
            raise self.refuse("152402")
        if not same(request.headers["ACCESS-PASSPHRASE"], account.passphrase or ""):
            raise self.refuse("152408")
        if not same(request.headers["ACCESS-SIGN"], signature(account.secret, request)):
            raise self.refuse("152409")
        self._spend_nonce(request)
        if request.method == "POST" and not isinstance(request.json, dict):
            raise self.refuse("152004")
        return account

    def _check_clock(self, request: Request) -> None:
        stamp = request.headers["ACCESS-TIMESTAMP"]
        if not is_digits(stamp) or len(stamp) != 13:
            raise self.refuse("152410")
        if abs(request.at - int(stamp)) > WINDOW_MS:
            raise self.refuse("152405")

    def _spend_nonce(self, request: Request) -> None:
        """Only a request with a right signature uses its nonce up [guess]."""
        key = request.headers["ACCESS-KEY"], request.headers["ACCESS-NONCE"]
        self._nonces = {spent: at for spent, at in self._nonces.items() if request.at - at < WINDOW_MS}
        if key in self._nonces:
            raise self.refuse("152407")
        self._nonces[key] = request.at

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        right = "transfer" if route.operation == "transfer" else "write" if route.write else "read"
        if right not in account.permissions:
            raise self.refuse("152404")

    # Answers

    def envelope(self, result: object) -> Answer:
        """Some writes answer without ``data`` [docs]: those return None."""
        body: dict[str, object] = {"code": "0", "msg": "success"}
        return Answer.json(body if result is None else {**body, "data": result})

    def error(self, code: int | str, message: str | None = None) -> Answer:
        text = MESSAGES.get(str(code), "") if message is None else message
        return Answer.json({"code": str(code), "msg": text}, STATUS.get(str(code), 200))

    def not_found(self, request: Request) -> Answer:
        return self.error("404")

    # Parameters

    def missing(self, name: str) -> Refusal:
        return self.refuse("152001", MESSAGES["152001"].format(name))

    def wrong(self, name: str) -> Refusal:
        return self.refuse("152002", MESSAGES["152002"].format(name))

    def amount(self, given: Mapping[str, Any], name: str) -> Decimal:
        """A number above zero, as text."""
        text = self.needed(given, name)
        if not NUMBER.fullmatch(text) or not Decimal(text):
            raise self.wrong(name)
        return Decimal(text)

    def broker(self, call: Call) -> None:
        """A key that is bound to a broker must say so with each order, any other must not [docs]."""
        sent = self.text(call.body, "brokerId")
        kind = self.world.accounts[call.alias].kind
        bound = kind.removeprefix(BROKER) if kind.startswith(BROKER) else ""
        if bound and not sent:
            raise self.refuse("152012")
        if sent and not bound:
            raise self.refuse("152011")
        if sent != bound:
            raise self.refuse("152013")

    # Paging

    def by_order(
        self, rows: Mapping[str, Item], query: Mapping[str, Any], *, most: int = 20, swapped: bool = False
    ) -> list[Item]:
        """Rows by their order ids, the newest first; ``after`` one come older ones, ``before`` it newer ones.

        ``swapped``: the other way round, as the two history lists are described.
        """
        limit = self.text(query, "limit", "20")
        if not is_digits(limit) or not 1 <= int(limit) <= most:
            raise self.wrong("limit")
        below, above = (self.text(query, name) for name in (("before", "after") if swapped else ("after", "before")))
        if below and above:  # documented for the histories, taken for the others too
            raise self.wrong("before")
        if not all(is_digits(text) for text in (below, above) if text):
            raise self.wrong("after")
        found = [
            row
            for number, row in sorted(rows.items(), key=lambda item: int(item[0]), reverse=True)
            if (not below or int(number) < int(below)) and (not above or int(number) > int(above))
        ]
        return found[-int(limit) :] if above else found[: int(limit)]  # next to the cursor [guess]


def signature(secret: str, request: Request) -> str:
    """Path with query, method, timestamp, nonce, body; the hex text of the digest, and that in base64 [docs]."""
    head = request.raw_path + request.method
    head += request.headers.get("ACCESS-TIMESTAMP", "") + request.headers.get("ACCESS-NONCE", "")
    signed = head.encode("utf-8", "surrogateescape") + request.body
    return b64encode(hmac_hex(secret, signed).encode()).decode()


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 40
