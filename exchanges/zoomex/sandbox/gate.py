"""Keys, signature, clock, limits, envelope and error codes, and how parameters are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Literal

from unifiedcopy.sandbox import (
    Answer,
    Limit,
    Options,
    Refusal,
    Request,
    Route,
    SandboxAccount,
    Usage,
    VenueEmulator,
    hmac_hex,
    same,
)

TREE = "/cloud/trade/v3"
IP = Limit("ip", 600, 5, per="ip")

MESSAGES = {
    10001: "Request parameter error",
    10002: "The request time exceeds the time window range.",
    10003: "API key is invalid.",
    10004: "Error sign, please check your signature generation algorithm.",
    10005: "Permission denied, please check your API key permissions.",
    10006: "Too many visits!",
    10008: "User has been banned, or the call does not fit the account mode.",
    110001: "Order does not exist",
    110007: "Available balance is insufficient",
    110013: "Cannot set leverage due to risk limit level",
    110017: "Unmatch the ReduceOnly rules.",
    110024: "Unable to switch position mode with open position",
    110025: "Position mode has not been modified.",
    110026: "Cross/isolated margin mode has not been modified.",
    110027: "Margin has not been modified.",
    110028: "Unable to switch position mode with open orders",
    110033: "There is no position to add margin to",
    110034: "There is no net position",
    110043: "Set leverage has not been modified.",
    110044: "Available margin is insufficient",
    110058: "TP/SL size is out of range",
    110060: "Not possible in Full TP/SL mode",
    110061: "At most 20 TP/SL in Partial mode",
    110072: "OrderLinkedID is duplicate",
}


def per_uid(name: str) -> tuple[Limit, ...]:
    """10 in a rolling second for each of these calls [docs]."""
    return (Limit(name, 10, 1),)


@dataclass
class ZoomexOptions(Options):
    """Switches where the documents name two ways or none."""

    unified: bool = True
    """Account mode: upgraded to the unified ("Trading") account, or classic."""
    last_cursor: Literal["always", "more"] = "always"
    """Whether a page with rows has a cursor even when nothing follows, as in the sample [seed]."""
    upgraded_at: int = 0
    """Unix milliseconds of the upgrade to the unified account: what was closed before has its own path [docs]."""
    moved: frozenset[str] = frozenset({"moved-leader"})
    """Accounts that moved to the new copy trading: the old tree is closed for them [docs]."""
    old_tree_closed: int = 10002
    """What the old tree answers to them and to accounts that don't lead; no code is documented."""
    empty_in_old_signature: Literal["kept", "dropped"] = "kept"
    """Whether an empty value stands in the old tree's signed text; not documented."""
    headers_in_old_tree: bool = False
    """Whether the old tree takes the headers of V3 as well; not documented."""
    key_status: int = 401
    """HTTP status for a wrong or missing key [docs]; of all other business errors 200 [guess]."""


class Gate(VenueEmulator):
    """What a request meets before its handler, and what its answer is wrapped in."""

    venue = "zoomex"
    options_type = ZoomexOptions
    options: ZoomexOptions
    ip_limits: ClassVar[tuple[Limit, ...]] = (IP,)

    # Keys, signature, clock

    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        """Headers, key, clock, signature. The order in which the venue checks them is a [guess]."""
        if request.method == "GET" and request.body:
            raise Refusal(Answer.text("Forbidden", 403))  # GET with a JSON body [docs]
        names = ("X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN")
        key, stamp, signature = (request.headers.get(name, "") for name in names)
        window = request.headers.get("X-BAPI-RECV-WINDOW", "5000")
        account = self.world.account_by_key(key)
        if account is None or not stamp or not signature:
            raise self.refuse(10003)
        if not stamp.isdigit() or not window.isdigit():
            raise self.refuse(10001)
        if not request.at - int(window) <= int(stamp) < request.at + 1_000:  # [docs]
            raise self.refuse(10002)
        if not same(signature, hmac_hex(account.secret, signed_bytes(request))):
            raise self.refuse(10004)
        return account

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        if route.write and "write" not in account.permissions:
            raise self.refuse(10005)

    # Answers

    def envelope(self, result: object) -> Answer:
        return Answer.json(
            {
                "retCode": 0,
                "retMsg": "OK",
                "result": result,
                "retExtInfo": {},
                "time": self.world.clock.now_ms(),
            }
        )

    def error(self, code: int | str, message: str | None = None) -> Answer:
        number = int(code)
        body = {
            "retCode": number,
            "retMsg": MESSAGES.get(number, "") if message is None else message,
            "result": {},
            "retExtInfo": {},
            "time": self.world.clock.now_ms(),
        }
        return Answer.json(body, self.options.key_status if number == 10003 else 200)

    def not_found(self, request: Request) -> Answer:
        return Answer.text("404 page not found", 404)  # [code]

    def limit_exceeded(self, usage: Usage) -> Answer:
        return Answer.text("access too frequent", 403) if usage.limit is IP else self.error(10006)

    def limit_headers(self, usage: Usage) -> Mapping[str, str]:
        if usage.limit is IP:
            return {}
        return {
            "X-Bapi-Limit": str(usage.allowed),
            "X-Bapi-Limit-Status": str(max(0, usage.remaining)),
            "X-Bapi-Limit-Reset-Timestamp": str(usage.reset_ms),
        }

    # Parameters

    def choice(self, body: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str = "") -> str:
        """A word out of a list; missing or empty is the default."""
        value = body.get(name) or default
        if value not in (*allowed, default):
            raise self.refuse(10001, f"params error: {name} invalid")
        return str(value)

    def flag(self, body: Mapping[str, Any], name: str) -> bool:
        """True or false; missing is false."""
        value = body.get(name, False)
        if type(value) is not bool:
            raise self.refuse(10001, f"params error: {name} invalid")
        return value

    def one_of(self, body: Mapping[str, Any], name: str, allowed: tuple[int, ...]) -> int:
        """A small number out of a list."""
        value = body.get(name)
        if type(value) is not int or value not in allowed:
            raise self.refuse(10001, f"params error: {name} invalid")
        return value

    def category(self, given: Mapping[str, Any]) -> str:
        category = given.get("category")
        if not category:
            raise Refusal(Answer.text("must input category", 400))  # [code], seen on public calls
        if category not in ("linear", "inverse"):
            raise Refusal(Answer.text("We don't support the category, plz check.", 400))
        return str(category)

    def required(self, body: Mapping[str, Any], name: str) -> str:
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise self.refuse(10001, f"params error: {name} invalid")
        return value

    def number(self, body: Mapping[str, Any], name: str) -> Decimal:
        """A number, as text [docs]."""
        try:
            number = Decimal(self.required(body, name))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise self.refuse(10001, f"params error: {name} invalid")
        return number

    def stop_level(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """A level; 0 cancels, missing or empty keeps."""
        level = self.number(body, name) if body.get(name) not in (None, "") else None
        if level is not None and level < 0:
            raise self.refuse(10001, f"params error: {name} invalid")
        return level


def signed_bytes(request: Request) -> bytes:
    """What the venue signs: timestamp, key, window, then query (GET) or body (POST) as sent [docs]."""
    headers = request.headers
    window = headers.get("X-BAPI-RECV-WINDOW", "5000")
    head = headers["X-BAPI-TIMESTAMP"] + headers["X-BAPI-API-KEY"] + window
    payload = request.body if request.method == "POST" else request.query_string.encode()
    return head.encode() + payload
