"""Keys, signature, clock, limits, envelope and error codes, and how parameters are read."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import parse_qsl

from unifiedcopy.sandbox import (
    Answer,
    Call,
    Limit,
    Options,
    Request,
    Route,
    SandboxAccount,
    Usage,
    VenueEmulator,
    World,
    hmac_hex,
    same,
)

T = TypeVar("T")
KIND = "COPY_TRADING"
"""The account type that a key must have [seed]."""
COPYING = "/api/v2/copy-trading/"
WEIGHT = Limit("weight", 3000, 60, rolling=False)
"""Per key; that it is a fixed window is a [guess] from the reset header [docs]."""
WINDOW_MAX = 60_000
LEAST_RATE = Decimal("0.01")

MESSAGES = {
    -1000: "unknown",
    -1002: "You are not authorized to execute this request.",
    -1003: "Too many requests queued.",
    -1005: "No Permission",
    -1020: "This operation is not supported.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1107: "The accessKey is missing from the request header or parameters, or is not in the correct format.",
    -1121: "Invalid symbol.",
    -1131: "Balance insufficient",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -32045: "Copy trading follower not found.",
    -32090: "Trading pair change is not allowed.",
    -32093: "Copy trading position type cannot be changed.",
    -120041: "Copy trading leader is not available.",
    -120047: "Leader does not exist.",
    -120055: "The follower currently has copy position, cannot be removed.",
}
STATUS = {-1003: 429, -1015: 429, -2015: 401}
"""429 [docs], 401 [code]; for all other codes the HTTP status is not documented, see `ToobitOptions`."""


@dataclass
class ToobitOptions(Options):
    """Switches where the documents disagree or are silent."""

    json_signing: Literal["body", "query", "either"] = "body"
    """What a JSON request signs: query and body (Basic Information), or the query only (Examples page)."""
    nobody_followed: Literal["error", "list"] = "error"
    """What lists answer to an account that follows nobody: -32045 or an empty list; both are documented."""
    error_status: int = 400
    """HTTP status of errors whose status is not documented."""
    wrong_kind_code: int = -1005
    """Answer to a key of another account type; -1002 and -2015 are as likely."""
    omitted_rate: Literal["keep", "clear"] = "keep"
    """What a missing rate does to a position's TP or SL."""
    profit_rate: Literal["fraction", "percent", "either"] = "either"
    """Unit of a leader's ``profitRate``: the pages have "0.1" and "10"; either takes up to 1 as a fraction."""
    lead_quantity: Literal["coins", "contracts"] = "coins"
    """What ``quantity`` of a lead position counts; one public client takes it for contracts."""
    copy_account_type: str = "copy_trading"
    """What checkApiKey calls a COPY_TRADING key; not documented."""
    futures_for_copy_keys: bool = False
    """Whether a COPY_TRADING key may read the ordinary futures account; not documented."""
    balance_asset_name: Literal["coin", "asset"] = "coin"
    """Name of the coin in the futures balance, today and in 2023."""


class Gate(VenueEmulator):
    """What a request meets before its handler, and what its answer is wrapped in."""

    venue = "toobit"
    options_type = ToobitOptions
    options: ToobitOptions
    ip_limits: ClassVar[tuple[Limit, ...]] = ()

    def __init__(self, world: World) -> None:
        self._trace = count(1)
        super().__init__(world)

    # Keys, signature, clock

    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        """Header, clock, signature. The order in which the venue checks them is a [guess]."""
        key = request.headers.get("X-BB-APIKEY", "")
        if not key:
            raise self.refuse(-1107)
        account = self.world.account_by_key(key)
        if account is None:
            raise self.refuse(-2015)
        sent = {**request.query, **_form(request)}
        self._check_clock(request, sent)
        if "signature" not in sent:
            raise self.missing("signature")
        if not self._signed(account.secret, request, sent["signature"]):
            raise self.refuse(-1022)
        return account

    def _check_clock(self, request: Request, sent: Mapping[str, str]) -> None:
        if not sent.get("timestamp"):
            raise self.missing("timestamp")
        stamp, window = sent["timestamp"], sent.get("recvWindow", "5000")
        if not is_long(stamp):
            raise self.invalid("timestamp")
        if not is_long(window) or not 0 < int(window) <= WINDOW_MAX:
            raise self.invalid("recvWindow")
        late = request.at - int(stamp)
        if late <= -1_000 or late > int(window):  # timestamp < serverTime + 1000 and late <= recvWindow [docs]
            raise self.refuse(-1021)

    def _signed(self, secret: str, request: Request, signature: str) -> bool:
        """Lower-case hex, compared as is [docs]."""
        is_json = request.headers.get("Content-Type", "").startswith("application/json") and request.body
        modes = {"either": ("body", "query")}.get(self.options.json_signing, (self.options.json_signing,))
        texts = [signed_text(request, with_body=mode == "body" or not is_json) for mode in modes]
        return any(same(signature, hmac_hex(secret, text)) for text in texts)

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        if account.kind != KIND and route.path.startswith(COPYING):
            raise self.refuse(self.options.wrong_kind_code)
        if route.write and "write" not in account.permissions:
            raise self.refuse(-1020)  # [seed]

    # Answers

    def answer(self, request: Request) -> Answer:
        """Every answer has a ``traceId`` for the venue's support [docs]."""
        return super().answer(request).with_headers({"traceId": f"{next(self._trace):032x}"})

    def envelope(self, result: object) -> Answer:
        return Answer.json({"code": 200, "msg": "success", "data": result})

    def error(self, code: int | str, message: str | None = None) -> Answer:
        number = int(code)
        text = MESSAGES.get(number, "unknown") if message is None else message
        return Answer.json({"code": number, "msg": text}, STATUS.get(number, self.options.error_status))

    def not_found(self, request: Request) -> Answer:
        return Answer.text("<html><body><h2>404 Not found</h2></body></html>", 404, "text/html")  # [code]

    def limit_exceeded(self, usage: Usage) -> Answer:
        return self.error(-1003)

    def limit_headers(self, usage: Usage) -> Mapping[str, str]:
        return {
            "X-Api-Limit-Status": str(max(0, usage.remaining)),
            "X-Api-Limit": str(usage.allowed),
            "X-Api-Limit-Reset-Timestamp": str(usage.reset_ms),
        }

    def missing(self, name: str) -> Exception:
        return self.refuse(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")

    def invalid(self, name: str) -> Exception:
        return self.refuse(-1130, f"Data sent for paramter '{name}' is not valid.")

    # Parameters

    def numbered(self, call: Call, found: list[T], row: Callable[[T], dict[str, object]]) -> dict[str, object]:
        """One page by its number, with both totals as text [docs]."""
        page = self.paging(call, "page", default=1, most=2**62)
        size = self.paging(call, "size", default=10, most=100)
        return {
            "pages": str(-(-len(found) // size)),
            "total": str(len(found)),
            "list": [row(one) for one in found[(page - 1) * size : page * size]],
        }

    def paging(self, call: Call, name: str, *, default: int, most: int) -> int:
        value = call.query.get(name, str(default))
        if not is_long(value) or not 1 <= int(value) <= most:
            raise self.invalid(name)
        return int(value)

    def present(self, body: Mapping[str, Any], name: str) -> Any:
        if body.get(name) in (None, ""):
            raise self.missing(name)
        return body[name]

    def long(self, body: Mapping[str, Any], name: str) -> str:
        """A positive JSON integer, as text."""
        value = self.present(body, name)
        if type(value) is not int or value < 1:
            raise self.invalid(name)
        return str(value)

    def text(self, body: Mapping[str, Any], name: str) -> str:
        value = self.present(body, name)
        if not isinstance(value, str):
            raise self.invalid(name)
        return value

    def integer(self, body: Mapping[str, Any], name: str, allowed: Container[int] = range(2**31)) -> int:
        value = self.present(body, name)
        if type(value) is not int or value not in allowed:
            raise self.invalid(name)
        return value

    def decimal(self, body: Mapping[str, Any], name: str, most: Decimal | None = None) -> Decimal:
        """A decimal as text: not negative, at most 8 decimals [seed]."""
        value = self.present(body, name)
        try:
            number = Decimal(value) if isinstance(value, str) else Decimal("NaN")
        except InvalidOperation:
            raise self.invalid(name) from None
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -8 or number < 0 or (most is not None and number > most):
            raise self.invalid(name)
        return number

    def rate(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """A rate that may be missing: 0, or 0.01 and more."""
        if body.get(name) in (None, ""):
            return None
        rate = self.decimal(body, name)
        if 0 < rate < LEAST_RATE:
            raise self.invalid(name)
        return rate


def signed_text(request: Request, *, with_body: bool = True) -> str:
    """What the venue signs: the query without ``signature``, then the body without line ends [docs]."""
    query = _without_signature(request.query_string)
    if not with_body:
        return query
    body = request.body.decode(errors="replace").replace("\r", "").replace("\n", "")
    return query + (body if body[:1] in ("{", "[") else _without_signature(body))


def _without_signature(pairs: str) -> str:
    return "&".join(pair for pair in pairs.split("&") if not pair.startswith("signature="))


def _form(request: Request) -> dict[str, str]:
    """Parameters in a form body; JSON bodies hold business fields only."""
    text = request.body.decode(errors="replace")
    return {} if text[:1] in ("{", "[") else dict(parse_qsl(text, keep_blank_values=True))


def is_long(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 2**63
