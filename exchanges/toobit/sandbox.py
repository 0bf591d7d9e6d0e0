"""Toobit for the sandbox: the follower side of copy trading over OpenAPI V2.

Written from the venue's pages alone. [seed]: the Follower Endpoints page; [docs]: other pages of the venue;
[code]: seen in public clients or probes; [guess]: not said anywhere, an assumption of this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from unifiedcopy.sandbox import (
    NAMES,
    ZERO,
    Answer,
    Call,
    CopySettings,
    Follow,
    Limit,
    NotEnough,
    Options,
    Position,
    Request,
    Route,
    SandboxAccount,
    Trigger,
    Usage,
    VenueEmulator,
    floor_to,
    hmac_hex,
    plain,
    round_to,
    route,
    same,
)

FOLLOWER = "/api/v2/copy-trading/follower"
LEADER = "/api/v2/copy-trading/leader"
KIND = "COPY_TRADING"
"""The account type that a key must have [seed]."""

WEIGHT = Limit("weight", 3000, 60, rolling=False)
"""Per key; that it is a fixed window is a [guess] from the reset header [docs]."""
PUBLIC_WEIGHT = Limit("public", 3000, 60, per="ip", rolling=False)
"""Public calls count per IP [guess]."""

WINDOW_MAX = 60_000
SYSTEM_LEVERAGE = 100
"""[guess]: "<= system maximum" [seed], no number given."""
LEAST = Decimal(5)
"""Smallest amount per order and investment, USDT [guess]: the leader's minimum [seed], no number given."""
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
    -1131: "Balance insufficient",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -32045: "Copy trading follower not found.",
    -120041: "Copy trading leader is not available.",
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


DECIMALS = (
    "investAmount",
    "singlePlaceAmount",
    "dailyMaxInvestAmount",
    "leverage",
    "maxInvestRate",
    "stopProfitRate",
    "stopLossRate",
    "realInvestAmount",
)
"""Fields of ``PUT config`` in the order of the page, up to the modes [seed]."""
CONFIG = (
    "leaderUserId",
    *DECIMALS,
    "followAmountMode",
    "stopLossDelay",
    "isolatedReservedAmount",
    "followMarginType",
    "followSymbolIds",
    "zeroSlippageSwitch",
)
"""All 15, all required [seed]."""


class Emulator(VenueEmulator):
    """Accounts: ``main`` follows two leaders, ``empty`` none; ``readonly`` and ``wrong-kind`` are refused."""

    venue = "toobit"
    options_type = ToobitOptions
    options: ToobitOptions
    ip_limits: ClassVar[tuple[Limit, ...]] = ()

    def populate(self) -> None:
        self._trace = count(1)
        world = self.world
        for alias, kind in (("main", KIND), ("empty", KIND), ("wrong-kind", "MAIN")):
            world.open_account(alias, kind=kind, deposit=Decimal(5_000))
        world.open_account("readonly", kind=KIND, permissions=frozenset({"read"}), deposit=Decimal(5_000))
        ids = [str(world.random.randrange(10**8, 10**9)) for _ in NAMES[:-1]]
        for leader_id, name in zip([*ids, "9007199254740993123"], NAMES, strict=True):
            world.add_leader(leader_id, name)
        self._let_main_copy()

    def _let_main_copy(self) -> None:
        """Following can't be started by API, so it was started before. One leader's id is above 2^53."""
        leaders = list(self.world.copying.leaders.values())
        leaders[1].cross, leaders[-1].cross = True, False
        for leader, mode in ((leaders[1], 0), (leaders[-1], 1)):
            for alias in ("main", "readonly"):
                follow = self.world.copying.follow(alias, leader, CopySettings(), invest=Decimal(1_000))
                self._configure(follow, _first_config(leader.id, mode))
        for leader, coin, side in (
            (leaders[1], "BTC", "long"),
            (leaders[1], "ETH", "short"),
            (leaders[1], "SOL", "long"),
            (leaders[-1], "BTC", "long"),
            (leaders[-1], "BTC", "short"),
        ):
            self.world.lead_earlier(leader, coin, "long" if side == "long" else "short")
        guarded = self.world.book.open_positions("main")[0]
        guarded.take_profit = Trigger("roi", Decimal("0.9"))
        guarded.stop_loss = Trigger("roi", Decimal("-0.7"))
        self.seed_history(25)

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
            raise self._missing("signature")
        if not self._signed(account.secret, request, sent["signature"]):
            raise self.refuse(-1022)
        return account

    def _check_clock(self, request: Request, sent: Mapping[str, str]) -> None:
        if not sent.get("timestamp"):
            raise self._missing("timestamp")
        stamp, window = sent["timestamp"], sent.get("recvWindow", "5000")
        if not _is_long(stamp):
            raise self._invalid("timestamp")
        if not _is_long(window) or not 0 < int(window) <= WINDOW_MAX:
            raise self._invalid("recvWindow")
        late = request.at - int(stamp)
        if late <= -1_000 or late > int(
            window
        ):  # timestamp < serverTime + 1000 and late <= recvWindow [docs]
            raise self.refuse(-1021)

    def _signed(self, secret: str, request: Request, signature: str) -> bool:
        """Lower-case hex, compared as is [docs]."""
        is_json = request.headers.get("Content-Type", "").startswith("application/json") and request.body
        modes = {"either": ("body", "query")}.get(self.options.json_signing, (self.options.json_signing,))
        texts = [signed_text(request, with_body=mode == "body" or not is_json) for mode in modes]
        return any(same(signature, hmac_hex(secret, text)) for text in texts)

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        if account.kind != KIND:
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

    def _missing(self, name: str) -> Exception:
        return self.refuse(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")

    def _invalid(self, name: str) -> Exception:
        return self.refuse(-1130, f"Data sent for paramter '{name}' is not valid.")

    # Public

    @route("GET", "/api/v1/ping", public=True, limits=(PUBLIC_WEIGHT,), note="body {} is a guess")
    def ping(self, call: Call) -> object:
        return Answer.json({})

    @route("GET", "/api/v1/time", public=True, limits=(PUBLIC_WEIGHT,))
    def time(self, call: Call) -> object:
        return Answer.json({"serverTime": call.request.at})

    @route(
        "GET",
        "/api/v1/exchangeInfo",
        public=True,
        limits=(PUBLIC_WEIGHT,),
        note="one contract as in the sample of 2023; spot symbols and risk limits are left empty",
    )
    def exchange_info(self, call: Call) -> object:
        return Answer.json(
            {
                "timezone": "UTC",
                "serverTime": str(call.request.at),
                "brokerFilters": [],
                "symbols": [],
                "options": [],
                "contracts": [self._contract(coin) for coin in self.world.market.coins],
                "coins": [],
            }
        )

    def _contract(self, name: str) -> dict[str, object]:
        coin = self.world.market.coins[name]
        symbol = f"{name}-SWAP-USDT"
        tick, lot = plain(coin.tick), plain(coin.lot)
        return {
            "filters": [
                {"minPrice": tick, "maxPrice": "1000000", "tickSize": tick, "filterType": "PRICE_FILTER"},
                {"minQty": lot, "maxQty": "1000000", "stepSize": lot, "filterType": "LOT_SIZE"},
                {"minNotional": "5", "filterType": "MIN_NOTIONAL"},
            ],
            "exchangeId": "301",
            "symbol": symbol,
            "symbolName": f"{symbol}USDT",
            "status": "TRADING",
            "baseAsset": symbol,
            "baseAssetPrecision": lot,
            "quoteAsset": "USDT",
            "quoteAssetPrecision": tick,
            "icebergAllowed": False,
            "inverse": False,
            "index": f"{name}USDT",
            "marginToken": "USDT",
            "marginPrecision": "0.0001",
            "contractMultiplier": lot,
            "underlying": name,
            "riskLimits": [],
        }

    # Reading

    @route(
        "GET",
        f"{FOLLOWER}/orders/current",
        limits=(WEIGHT,),
        note='liquidationPrice is "" for cross; currentPrice repeats the open price as in the sample (guess)',
    )
    def orders_current(self, call: Call) -> object:
        if self._nobody(call.alias):
            return []
        return [self._open_row(p) for p in self.world.book.open_positions(call.alias) if p.leader]

    @route(
        "GET",
        f"{FOLLOWER}/orders/history",
        limits=(WEIGHT,),
        note="newest first, and partly closed rows among them, is a guess",
    )
    def orders_history(self, call: Call) -> object:
        page = self._paging(call, "page", default=1, most=2**62)
        size = self._paging(call, "size", default=10, most=100)
        rows = [] if self._nobody(call.alias) else self._touched(call.alias)
        shown = rows[(page - 1) * size : page * size]
        return {
            "pages": str(-(-len(rows) // size)),
            "total": str(len(rows)),
            "list": [self._closed_row(position) for position in shown],
        }

    @route("GET", f"{FOLLOWER}/leaders", limits=(WEIGHT,), note="the arithmetic between the sums is a guess")
    def leaders(self, call: Call) -> object:
        self._nobody(call.alias)
        return [self._leader_row(follow) for follow in self.world.copying.following(call.alias)]

    @route("GET", f"{FOLLOWER}/config", limits=(WEIGHT,), note="a missing leaderUserId answers -1130 (guess)")
    def config(self, call: Call) -> object:
        leader_id = call.query.get("leaderUserId", "")
        if not _is_long(leader_id):
            raise self._invalid("leaderUserId")
        config = self._following(call.alias, leader_id).extra["config"]
        return {name: config[name] for name in CONFIG if name != "realInvestAmount"}  # 14 of 15 [seed]

    # Writing

    @route(
        "PUT",
        f"{FOLLOWER}/positions/stop-profit-loss",
        write=True,
        limits=(WEIGHT,),
        note='a missing rate keeps the old one, "0" clears, least rate 0.01, base is margin ROI: guesses',
    )
    def set_stop_profit_loss(self, call: Call) -> object:
        body = call.body
        leader_id = self._long(body, "leaderUserId")
        symbol = self._text(body, "symbolId")
        is_long = self._int(body, "isLong", range(2))
        profit = self._rate(body, "stopProfitRate")
        loss = self._rate(body, "stopLossRate")
        delay = self._int(body, "stopLossDelay") if "stopLossDelay" in body else None
        position = self._copy_of(self._following(call.alias, leader_id), symbol, is_long)
        if profit is not None or self.options.omitted_rate == "clear":
            position.take_profit = Trigger("roi", profit) if profit else None
        if loss is not None or self.options.omitted_rate == "clear":
            position.stop_loss = Trigger("roi", -loss) if loss else None
        if delay is not None:
            position.extra["stopLossDelay"] = delay
        return None

    @route(
        "PUT",
        f"{FOLLOWER}/config",
        write=True,
        limits=(WEIGHT,),
        note="minimum amounts, the error for a changed leverage, and how a fixed rate sizes are guesses; "
        "dailyMaxInvestAmount and maxInvestRate are kept, not applied",
    )
    def set_config(self, call: Call) -> object:
        config = self._read_config(call.body)
        follow = self._following(call.alias, config["leaderUserId"])
        old = follow.extra["config"]
        if Decimal(config["leverage"]) != Decimal(old["leverage"]) and self.world.copying.copies(follow):
            raise self._invalid("leverage")
        try:
            difference = Decimal(config["investAmount"]) - Decimal(old["investAmount"])
            self.world.copying.invest(follow, difference)
        except NotEnough:
            raise self.refuse(-1131) from None
        self._configure(follow, config)
        return None

    @route("DELETE", FOLLOWER + "/leaders/{leaderUserId}", write=True, limits=(WEIGHT,))
    def unfollow(self, call: Call) -> object:
        leader_id = call.path["leaderUserId"]
        if not _is_long(leader_id) or int(leader_id) < 1:
            raise self._invalid("leaderUserId")
        follow = self._following(call.alias, leader_id)
        if self.world.copying.copies(follow):
            raise self.refuse(-120055)
        self.world.copying.unfollow(follow)
        return None

    # The leader's side: none of the accounts leads

    @route("GET", f"{LEADER}/orders/current", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/orders/history", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/trade-data", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/profit-sharings/history", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/symbols", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/config", limits=(WEIGHT,))
    @route("PUT", f"{LEADER}/config", write=True, limits=(WEIGHT,))
    @route("GET", f"{LEADER}/followers", limits=(WEIGHT,))
    @route("DELETE", LEADER + "/followers/{followerUserId}", write=True, limits=(WEIGHT,))
    def leader_side(self, call: Call) -> object:
        raise self.refuse(-120041)

    # Rows

    def _open_row(self, position: Position) -> dict[str, object]:
        price = self.world.market.price(position.coin)
        entry = plain(position.entry)
        return {
            "leaderUserId": position.leader,
            **self._face(position),
            **_kind_of(position),
            "openAvgPrice": entry,
            "markPrice": plain(price),
            "currentPrice": entry,
            "quantity": plain(position.size),
            "margin": plain(floor_to(position.margin, Decimal("0.0001"))),
            "liquidationPrice": "" if position.cross else self._price(position, position.liquidation()),
            "unrealizedProfit": plain(round_to(position.profit(price), Decimal("0.01"))),
            "unrealizedProfitRate": plain(floor_to(position.roi(price), Decimal("0.0001"))),
            "stopProfitRate": plain(position.take_profit.value) if position.take_profit else "",
            "stopLossRate": plain(-position.stop_loss.value) if position.stop_loss else "",
        }

    def _closed_row(self, position: Position) -> dict[str, object]:
        kind = _kind_of(position)
        return {
            "symbolId": kind["symbolId"],
            "positionType": kind["positionType"],
            "leverage": kind["leverage"],
            "isLong": kind["isLong"],
            **self._face(position),
            "openTimeMs": str(position.opened_at),
            "lastCloseTimeMs": str(position.updated_at),
            "openAvgPrice": plain(position.entry),
            "closeAvgPrice": self._price(position, position.exit or ZERO),
            "maxPositionQuantity": plain(position.max_size),
            "closedQuantity": plain(position.closed_size),
            "realizedProfit": plain(position.realized),
            "closeStatus": 1 if position.size else 2,
        }

    def _face(self, position: Position) -> dict[str, object]:
        leader = self.world.copying.leaders[position.leader or ""]
        return {"leaderNickname": leader.name, "leaderAvatar": leader.avatar}

    def _leader_row(self, follow: Follow) -> dict[str, object]:
        copies = self.world.copying.copies(follow)
        free = self.world.ledger.balance(follow.wallet)
        floating = sum((p.profit(self.world.market.price(p.coin)) for p in copies), ZERO)
        amounts = {
            "marginBalance": free + sum((p.margin for p in copies), ZERO) + floating,
            "availableMargin": free,
            "unrealisedPnl": floating,
            "realisedProfit": follow.realized,
            "holdingProfitSharing": follow.withheld,
            "settledProfitSharing": follow.settled,
            "netProfit": follow.realized - follow.withheld - follow.settled,
        }
        return {
            "leaderUserId": follow.leader.id,
            "leaderNickname": follow.leader.name,
            "leaderAvatar": follow.leader.avatar,
            **{name: plain(floor_to(amount)) for name, amount in amounts.items()},
        }

    def _touched(self, alias: str) -> list[Position]:
        """Copies that are closed, wholly or in part."""
        book = self.world.book
        closed = [p for p in book.history if p.owner == alias and p.leader]
        partly = [p for p in book.open_positions(alias) if p.leader and p.closed_size]
        return sorted(closed + partly, key=lambda p: p.updated_at, reverse=True)

    def _price(self, position: Position, price: Decimal) -> str:
        return plain(round_to(price, self.world.market.coins[position.coin].tick))

    # Looking up

    def _nobody(self, alias: str) -> bool:
        """True when an empty list is to be shown; raises the error that means the same."""
        if self.world.copying.following(alias):
            return False
        if self.options.nobody_followed == "error":
            raise self.refuse(-32045)
        return True

    def _following(self, alias: str, leader_id: str) -> Follow:
        follow = self.world.copying.follows.get((alias, str(int(leader_id))))
        if follow is None:
            raise self.refuse(-32045)
        return follow

    def _copy_of(self, follow: Follow, symbol: str, is_long: int) -> Position:
        for position in self.world.copying.copies(follow):
            kind = _kind_of(position)
            if (kind["symbolId"], kind["isLong"]) == (symbol, is_long):
                return position
        raise self._invalid("symbolId")  # [guess]: no code for "no such position" is documented

    # Parameters

    def _paging(self, call: Call, name: str, *, default: int, most: int) -> int:
        value = call.query.get(name, str(default))
        if not _is_long(value) or not 1 <= int(value) <= most:
            raise self._invalid(name)
        return int(value)

    def _present(self, body: Mapping[str, Any], name: str) -> Any:
        if body.get(name) in (None, ""):
            raise self._missing(name)
        return body[name]

    def _long(self, body: Mapping[str, Any], name: str) -> str:
        """A positive JSON integer, as text."""
        value = self._present(body, name)
        if type(value) is not int or value < 1:
            raise self._invalid(name)
        return str(value)

    def _text(self, body: Mapping[str, Any], name: str) -> str:
        value = self._present(body, name)
        if not isinstance(value, str):
            raise self._invalid(name)
        return value

    def _int(self, body: Mapping[str, Any], name: str, allowed: range = range(2**31)) -> int:
        value = self._present(body, name)
        if type(value) is not int or value not in allowed:
            raise self._invalid(name)
        return value

    def _decimal(self, body: Mapping[str, Any], name: str, most: Decimal | None = None) -> Decimal:
        """A decimal as text: not negative, at most 8 decimals [seed]."""
        value = self._present(body, name)
        try:
            number = Decimal(value) if isinstance(value, str) else Decimal("NaN")
        except InvalidOperation:
            raise self._invalid(name) from None
        exponent = number.as_tuple().exponent
        if (
            not isinstance(exponent, int)
            or exponent < -8
            or number < 0
            or (most is not None and number > most)
        ):
            raise self._invalid(name)
        return number

    def _rate(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """A rate that may be missing: 0, or 0.01 and more."""
        if body.get(name) in (None, ""):
            return None
        rate = self._decimal(body, name)
        if 0 < rate < LEAST_RATE:
            raise self._invalid(name)
        return rate

    def _read_config(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The 15 fields, checked, as they are read back."""
        config: dict[str, Any] = {"leaderUserId": self._long(body, "leaderUserId")}
        for name in (*DECIMALS, "isolatedReservedAmount"):
            config[name] = plain(self._decimal(body, name, Decimal(1) if name == "maxInvestRate" else None))
        config["followAmountMode"] = self._int(body, "followAmountMode", range(2))
        config["stopLossDelay"] = self._int(body, "stopLossDelay")
        config["followMarginType"] = self._int(body, "followMarginType", range(3))
        config["followSymbolIds"] = self._symbols(self._text(body, "followSymbolIds"))
        if type(self._present(body, "zeroSlippageSwitch")) is not bool:
            raise self._invalid("zeroSlippageSwitch")
        config["zeroSlippageSwitch"] = body["zeroSlippageSwitch"]
        self._check_amounts(config)
        return config

    def _check_amounts(self, config: Mapping[str, Any]) -> None:
        """The rules between the amounts [seed]; the minimum itself is a [guess]."""
        amount = {name: Decimal(config[name]) for name in (*DECIMALS, "isolatedReservedAmount")}
        fixed_amount = config["followAmountMode"] == 0
        order = amount["singlePlaceAmount"] if fixed_amount else LEAST
        faults = {
            "investAmount": amount["investAmount"] < LEAST,
            "singlePlaceAmount": fixed_amount and amount["singlePlaceAmount"] < LEAST,
            "dailyMaxInvestAmount": 0 < amount["dailyMaxInvestAmount"] < LEAST,
            "leverage": not 1 <= amount["leverage"] <= SYSTEM_LEVERAGE,
            "stopProfitRate": 0 < amount["stopProfitRate"] < LEAST_RATE,
            "stopLossRate": 0 < amount["stopLossRate"] < LEAST_RATE,
            "realInvestAmount": amount["realInvestAmount"] < amount["isolatedReservedAmount"] + order,
        }
        for name, wrong in faults.items():
            if wrong:
                raise self._invalid(name)

    def _symbols(self, text: str) -> str:
        known = {f"{coin}-SWAP-USDT" for coin in self.world.market.coins}
        if text != "all" and not set(text.split(",")) <= known:
            raise self._invalid("followSymbolIds")
        return text

    def _configure(self, follow: Follow, config: dict[str, Any]) -> None:
        profit, loss = Decimal(config["stopProfitRate"]), Decimal(config["stopLossRate"])
        symbols = config["followSymbolIds"]
        follow.extra["config"] = config
        follow.settings = CopySettings(
            mode="ratio" if config["followAmountMode"] else "amount",
            value=Decimal(1) if config["followAmountMode"] else Decimal(config["singlePlaceAmount"]),
            leverage=Decimal(config["leverage"]),
            coins=None if symbols == "all" else frozenset(s.split("-")[0] for s in symbols.split(",")),
            only=(None, "cross", "isolated")[config["followMarginType"]],
            take_profit=Trigger("roi", profit) if profit else None,
            stop_loss=Trigger("roi", -loss) if loss else None,
        )


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


def _is_long(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < 2**63


def _kind_of(position: Position) -> dict[str, object]:
    return {
        "symbolId": f"{position.coin}-SWAP-USDT",
        "isLong": 1 if position.side == "long" else 0,
        "positionType": 0 if position.cross else 1,
        "leverage": plain(position.leverage),
    }


def _first_config(leader_id: str, mode: int) -> dict[str, Any]:
    return {
        "leaderUserId": leader_id,
        "investAmount": "1000",
        "singlePlaceAmount": "20",
        "dailyMaxInvestAmount": "0",
        "leverage": "20",
        "maxInvestRate": "0.5",
        "stopProfitRate": "0",
        "stopLossRate": "0",
        "realInvestAmount": "1000",
        "followAmountMode": mode,
        "stopLossDelay": 30,
        "isolatedReservedAmount": "5",
        "followMarginType": 0,
        "followSymbolIds": "all",
        "zeroSlippageSwitch": False,
    }
