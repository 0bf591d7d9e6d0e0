"""Keys, signature, clock, limits, envelope and error codes, and how parameters are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from unifiedcopy.sandbox import (
    Answer,
    Call,
    Limit,
    Options,
    Position,
    ProfitShare,
    Refusal,
    Request,
    Route,
    SandboxAccount,
    TextParameters,
    Usage,
    VenueEmulator,
    hmac_base64,
    same,
)

Numbered = TypeVar("Numbered", Position, ProfitShare)

COPY = "/api/v5/copytrading"
LIVE, DEMO, LAPSED = "live", "demo", "lapsed"
"""Kinds of keys: of the real thing, of demo trading, and one that is no more."""
WINDOW_MS = 30_000
"""How far a timestamp may be from the venue's clock [docs]."""
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NUMBER = re.compile(r"\d{1,15}(\.\d{1,12})?")
TAG = re.compile(r"[A-Za-z0-9]{1,16}")
QUARTER_MS = 92 * 86_400_000
"""How far histories reach back [docs]."""

MESSAGES = {
    "50002": "JSON syntax error",
    "50006": "Invalid Content-Type. Please use the 'application/json' format",
    "50011": "Rate limit reached. Please refer to API documentation and throttle requests accordingly",
    "50014": "Parameter {0} cannot be empty.",
    "50026": "System error. Try again later",
    "50038": "This feature is unavailable in demo trading",
    "50101": "APIKey does not match current environment.",
    "50102": "Timestamp request expired.",
    "50103": 'Request header "OK-ACCESS-KEY" cannot be empty.',
    "50104": 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.',
    "50105": 'Request header "OK-ACCESS-PASSPHRASE" incorrect.',
    "50106": 'Request header "OK-ACCESS-SIGN" cannot be empty.',
    "50107": 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.',
    "50111": "Invalid OK-ACCESS-KEY.",
    "50112": "Invalid OK-ACCESS-TIMESTAMP.",
    "50113": "Invalid signature.",
    "50119": "API key doesn't exist",
    "50120": "This API key doesn't have permission to use this function",
    "51000": "Parameter {0} error",
    "51001": "Instrument ID, Instrument ID code or Spread ID doesn't exist.",
    "51277": "TP trigger price cannot be higher than the last price",
    "51278": "SL trigger price cannot be lower than the last price",
    "51279": "TP trigger price cannot be lower than the last price",
    "51280": "SL trigger price cannot be higher than the last price",
    "59130": "The highest take profit level is {0}%. Enter a smaller number and try again.",
    "59216": "The position doesn't exist. Please try again",
    "59258": "Action not supported for lead traders",
    "59259": "Enter a multiplier value that's within the valid range",
    "59262": "You aren't a contract lead trader yet. Complete the application first.",
    "59264": "Spot copy trading isn't supported",
    "59267": "Cancellation failed as you aren't copying this trader",
    "59268": "You can't copy trades with instId that hasn't been selected by the lead trader",
    "59269": "This contract lead trader doesn't exist",
    "59270": "Maximum total amount (copyTotalAmt) can't be lower than amount per order (copyAmt) "
    "when using fixed amount",
    "59273": "You aren't a contract copy trader yet. Start by coping a contract trader.",
    "59274": "Copying your own trade isn't allowed",
    "59276": "You can't copy this lead trader as they've applied to stop leading trades",
    "59277": "You can't copy this lead trader as they don't have any copy trader vacancies",
    "59278": "Your request to stop copy trading is being processed. Try again later.",
    "59279": "You've already copied this trader",
    "59280": "You can't modify copy trade settings as you aren't copying this trader",
    "59284": "You've reached the monthly limit of {0} ratio edits",
    "59287": "Profit sharing ratio should be between {0} and {1}",
    "59292": "This lead trader only supports smart sync mode.",
}
"""Texts of the venue's error table, its misspellings included [docs]; of 51277 to 51280 [guess]."""
STATUS = {"50002": 400, "50006": 400, "50014": 400, "51000": 400, "50026": 500, "50119": 200, "50120": 200}
"""HTTP status of an error [docs]; 401 for the other 501xx, 200 for all the rest."""


@dataclass
class OkxOptions(Options):
    """Switches where the documents disagree or are silent."""

    copied_positions: Literal["hidden", "listed"] = "hidden"
    """What ``subPosType=copy`` lists. ``hidden``: it is ignored, lead positions alone, as the pages say today;
    ``listed``: the caller's copies, as until about August 2025 [code]."""
    nobody_copied: Literal["list", "error"] = "list"
    """What a list of one's leaders is to who copies nobody: empty, or 59273 [guess]."""
    unfollow_says_how: Literal["always", "with-copies"] = "always"
    """When ``subPosCloseType`` must be there: always (English page), or with open copies (Chinese page)."""
    stop_seconds: int = 0
    """How long a stop is worked off; meanwhile that leader answers 59278. The time is not documented."""
    net_mode: bool = False
    """Position mode of the accounts: ``net`` with a sign, or ``long`` and ``short``."""
    limit_status: Literal[429, 200] = 429
    """HTTP status of 50011; both occur."""
    copying_in_demo: bool = True
    """Whether copy trading answers to demo keys, or 50038; not documented."""


class Gate(TextParameters, VenueEmulator):
    """What a request meets before its handler, and what its answer is wrapped in."""

    venue = "okx"
    options_type = OkxOptions
    options: OkxOptions

    # Keys, signature, clock

    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        """Headers, clock, key, environment, signature. The order in which the venue checks them is a [guess]."""
        for name, code in (("KEY", "50103"), ("SIGN", "50106"), ("TIMESTAMP", "50107"), ("PASSPHRASE", "50104")):
            if not request.headers.get(f"OK-ACCESS-{name}"):
                raise self.refuse(code)
        self._check_clock(request)
        account = self.world.account_by_key(request.headers["OK-ACCESS-KEY"])
        if account is None:
            raise self.refuse("50111")
        if account.kind == LAPSED:  # which of the two codes a key that is no more gets is a [guess]
            raise self.refuse("50119")
        demo = request.headers.get("x-simulated-trading", "0") == "1"
        if demo != (account.kind == DEMO):
            raise self.refuse("50101")
        if not same(request.headers["OK-ACCESS-PASSPHRASE"], account.passphrase or ""):
            raise self.refuse("50105")
        if not same(request.headers["OK-ACCESS-SIGN"], hmac_base64(account.secret, signed_bytes(request))):
            raise self.refuse("50113")
        self._check_body(request)
        return account

    def _check_clock(self, request: Request) -> None:
        stamp = request.headers["OK-ACCESS-TIMESTAMP"]
        at = stamp_ms(stamp)
        if at is None:
            raise self.refuse("50112")
        if abs(request.at - at) > WINDOW_MS:
            raise self.refuse("50102")

    def _check_body(self, request: Request) -> None:
        if request.method != "POST":
            return
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            raise self.refuse("50006")
        if not isinstance(request.json, dict):
            raise self.refuse("50002")

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        if route.write and "write" not in account.permissions:
            raise self.refuse("50120")
        if account.kind == DEMO and route.path.startswith(COPY) and not self.options.copying_in_demo:
            raise self.refuse("50038")

    # Answers

    def envelope(self, result: object) -> Answer:
        """``data`` is always a list [docs]."""
        return Answer.json({"code": "0", "data": result, "msg": ""})

    def error(self, code: int | str, message: str | None = None) -> Answer:
        text = MESSAGES.get(str(code), "") if message is None else message
        status = STATUS.get(str(code), 401 if str(code).startswith("501") else 200)
        if str(code) == "50011":
            status = self.options.limit_status
        return Answer.json({"code": str(code), "data": [], "msg": text}, status)

    def not_found(self, request: Request) -> Answer:
        return Answer.json({"code": "404", "data": {}, "msg": "Invalid request path"}, 404)  # [guess]

    def limit_exceeded(self, usage: Usage) -> Answer:
        return self.error("50011")  # no header tells of limits [docs]

    # Parameters

    def fill(self, code: str, *values: object) -> Refusal:
        """A refusal whose text has places to fill."""
        return self.refuse(code, MESSAGES[code].format(*values))

    def missing(self, name: str) -> Refusal:
        return self.fill("50014", name)

    def wrong(self, name: str) -> Refusal:
        return self.fill("51000", name)

    def amount(self, given: Mapping[str, Any], name: str) -> Decimal | None:
        """A number as text, not negative, or None where it is absent."""
        text = self.text(given, name)
        if text and not NUMBER.fullmatch(text):
            raise self.wrong(name)
        return Decimal(text) if text else None

    def whole(self, given: Mapping[str, Any], name: str, default: int, most: int) -> int:
        """A positive whole number; above the ceiling it is refused [guess]."""
        text = self.text(given, name, str(default))
        if not is_digits(text) or not 1 <= int(text) <= most:
            raise self.wrong(name)
        return int(text)

    def swap(self, given: Mapping[str, Any]) -> bool:
        """Whether perpetuals are meant; of spot there is nothing here."""
        return self.choice(given, "instType", ("SWAP", "SPOT"), "SWAP") == "SWAP"

    def tag(self, call: Call) -> str:
        text = self.text(call.body, "tag")
        if text and not TAG.fullmatch(text):
            raise self.wrong("tag")
        return text

    # Paging

    def by_id(self, rows: Sequence[Numbered], query: Mapping[str, Any], *, most: int = 100) -> list[Numbered]:
        """The newest first; ``after`` an id come older ones, ``before`` it newer ones [docs]."""
        size = self.whole(query, "limit", most, most)
        after, before = (self.text(query, name) for name in ("after", "before"))
        for name, text in (("after", after), ("before", before)):
            if text and not is_digits(text):
                raise self.wrong(name)
        found = [
            row
            for row in sorted(rows, key=lambda row: int(row.id), reverse=True)
            if (not after or int(row.id) < int(after)) and (not before or int(row.id) > int(before))
        ]
        return found[-size:] if before and not after else found[:size]  # next to the cursor [guess]


def per_user(path: str, count: int = 5) -> tuple[Limit, ...]:
    """So many calls of this endpoint in two seconds for each account [docs]; that the window rolls is a [guess]."""
    return (Limit(path, count, 2),)


def per_ip(path: str, count: int = 5) -> tuple[Limit, ...]:
    return (Limit(path, count, 2, per="ip"),)


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 40


def stamp_ms(stamp: str) -> int | None:
    """Unix milliseconds of an ISO 8601 time in UTC with milliseconds; None where it is none."""
    if not STAMP.fullmatch(stamp):
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return round(moment.timestamp() * 1_000)


def signed_bytes(request: Request) -> bytes:
    """Timestamp, method, path with query, body: the very bytes that came [docs]."""
    head = request.headers.get("OK-ACCESS-TIMESTAMP", "") + request.method + request.raw_path
    return head.encode("utf-8", "surrogateescape") + request.body
