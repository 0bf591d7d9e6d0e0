"""Zoomex for the sandbox: positions, TP/SL and closing on the own account over the V3 tree.

Written from the venue's pages alone. [seed]: the position list page; [docs]: other pages of the venue;
[code]: seen in public clients, the venue's QA suite or probes; [guess]: an assumption of this file.
There is nothing to follow here: the venue's API has no followers [docs].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice, product
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import quote

from unifiedcopy.sandbox import (
    ZERO,
    Answer,
    Call,
    Closing,
    Limit,
    NotEnough,
    Options,
    Position,
    Refusal,
    Request,
    Route,
    SandboxAccount,
    Side,
    Trigger,
    Usage,
    VenueEmulator,
    fixed,
    floor_to,
    hmac_hex,
    plain,
    round_to,
    route,
    same,
)

T = TypeVar("T")

TREE = "/cloud/trade/v3"
INVERSE = ("BTC", "ETH")
FEE = Decimal("0.0006")
"""Closing fee: the [docs] sample of closed-pnl computes to it."""
WEEK_MS = 7 * 86_400_000
MAX_LEVERAGE = 100
LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
IP = Limit("ip", 600, 5, per="ip")

MESSAGES = {
    10001: "Request parameter error",
    10002: "The request time exceeds the time window range.",
    10003: "API key is invalid.",
    10004: "Error sign, please check your signature generation algorithm.",
    10005: "Permission denied, please check your API key permissions.",
    10006: "Too many visits!",
    110007: "Available balance is insufficient",
    110013: "Cannot set leverage due to risk limit level",
    110017: "Unmatch the ReduceOnly rules.",
    110024: "Unable to switch position mode with open position",
    110025: "Position mode has not been modified.",
    110043: "Set leverage has not been modified.",
    110072: "OrderLinkedID is duplicate",
}

# fmt: off
LINEAR_ROW = (
    "symbol", "leverage", "avgPrice", "liqPrice", "riskLimitValue", "takeProfit", "positionValue",
    "tpslMode", "riskId", "trailingStop", "unrealisedPnl", "markPrice", "cumRealisedPnl", "positionMM",
    "createdTime", "positionIdx", "positionIM", "updatedTime", "side", "bustPrice", "size",
    "positionStatus", "stopLoss", "tradeMode", "adlRankIndicator",
)
"""Keys in the order of the linear sample [seed]."""
UNIFIED_ROW = (*LINEAR_ROW, "isReduceOnly", "mmrSysUpdatedTime", "leverageSysUpdatedTime")
INVERSE_ROW = (
    "positionIdx", "riskId", "riskLimitValue", "symbol", "side", "size", "avgPrice", "positionValue",
    "tradeMode", "positionStatus", "autoAddMargin", "adlRankIndicator", "leverage", "positionBalance",
    "markPrice", "liqPrice", "bustPrice", "positionMM", "positionIM", "tpslMode", "takeProfit", "stopLoss",
    "trailingStop", "unrealisedPnl", "cumRealisedPnl", "createdTime", "updatedTime",
)
"""Keys in the order of the inverse sample [docs]."""
TOTALS = (
    "accountIMRate", "accountMMRate", "totalEquity", "totalWalletBalance", "totalMarginBalance",
    "totalAvailableBalance", "totalPerpUPL", "totalInitialMargin", "totalMaintenanceMargin", "accountLTV",
)
# fmt: on


def per_uid(name: str) -> tuple[Limit, ...]:
    """10 in a rolling second for each of these calls [docs]."""
    return (Limit(name, 10, 1),)


@dataclass
class ZoomexOptions(Options):
    """Switches where the documents name two ways or none."""

    unified: bool = False
    """Account mode: classic, or upgraded to the unified ("Trading") account."""
    last_cursor: Literal["always", "more"] = "always"
    """Whether a page with rows has a cursor even when nothing follows, as in the sample [seed]."""
    key_status: int = 401
    """HTTP status for a wrong or missing key [docs]; of all other business errors 200 [guess]."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual contract."""

    symbol: str
    coin: str
    inverse: bool
    tick: Decimal
    step: Decimal

    @property
    def category(self) -> str:
        return "inverse" if self.inverse else "linear"

    @property
    def settle(self) -> str:
        return self.coin if self.inverse else "USDT"

    def price(self, value: Decimal) -> str:
        exponent = self.tick.as_tuple().exponent
        return fixed(value, -exponent if isinstance(exponent, int) else 0)


class Emulator(VenueEmulator):
    """Accounts: ``main`` with positions of every kind, ``readonly``, ``empty``."""

    venue = "zoomex"
    options_type = ZoomexOptions
    options: ZoomexOptions
    ip_limits: ClassVar[tuple[Limit, ...]] = (IP,)

    def populate(self) -> None:
        self._hedged: set[tuple[str, str]] = set()
        self._leverage: dict[tuple[str, str], Decimal] = {}
        self._cursors: dict[str, tuple[tuple[str, ...], str]] = {}
        self._links: set[tuple[str, str]] = set()
        self._listed: dict[str, Instrument] = {}
        for alias, rights in (
            ("main", {"read", "write"}),
            ("readonly", {"read"}),
            ("empty", {"read", "write"}),
        ):
            self.world.open_account(
                alias, kind="CONTRACT", permissions=frozenset(rights), deposit=Decimal(10_000), key_length=18
            )
        for alias in ("main", "readonly"):
            self.world.deposit(alias, Decimal(1), "BTC")
            self._open_some(alias)
        self.seed_history(30)

    def _open_some(self, alias: str) -> None:
        """One-way and hedge, with and without TP/SL, linear and inverse."""
        self._hedged.add((alias, "XRPUSDT"))
        guarded = self._open(alias, "BTCUSDT", "long", Decimal("0.05"))
        guarded.take_profit = Trigger("price", round_to(guarded.entry * 2, Decimal(1)))
        guarded.stop_loss = Trigger("price", round_to(guarded.entry / 2, Decimal(1)))
        self._open(alias, "ETHUSDT", "short", Decimal("0.7"))
        self._open(alias, "XRPUSDT", "long", Decimal(900))
        self._open(alias, "XRPUSDT", "short", Decimal(400))
        self._open(alias, "BTCUSD", "short", Decimal(299))

    def _open(self, alias: str, symbol: str, side: Side, size: Decimal) -> Position:
        """A position opened earlier, at a price within 1 % of today's."""
        instrument = self._instruments()[symbol]
        random = self.world.random
        price = self.world.market.price(instrument.coin) * (1 + Decimal(random.randint(-100, 100)).scaleb(-4))
        idx = 0 if (alias, symbol) not in self._hedged else 1 if side == "long" else 2
        return self.world.book.open(
            alias,
            instrument.coin,
            side,
            size,
            leverage=self._leverage_of(alias, symbol),
            price=round_to(price, instrument.tick),
            at=self.world.clock.now_ms() - random.randint(60, 3_000) * 60_000,
            inverse=instrument.inverse,
            cross=True,
            extra={"idx": idx},
        )

    def seed_positions(self, count: int, account: str = "main") -> None:
        """Open hedge positions, two per symbol, until there are ``count``; lists coins as needed."""
        held = self.world.book.open_positions(account)
        taken = {position.coin for position in held}
        coins = self.world.market.ensure(len(taken) + max(0, count))
        sides: tuple[Side, Side] = ("long", "short")
        free = product([coin for coin in coins if coin not in taken], sides)
        for coin, side in islice(free, max(0, count - len(held))):
            self._hedged.add((account, f"{coin}USDT"))
            self.world.deposit(account, Decimal(1_000))
            self._open(account, f"{coin}USDT", side, self.world.market.coins[coin].lot * 2)

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

    # Public

    @route("GET", f"{TREE}/market/time", public=True)
    def time(self, call: Call) -> object:
        now = call.request.at
        return {"timeSecond": str(now // 1_000), "timeNano": f"{now}000000"}

    @route(
        "GET", f"{TREE}/market/instruments-info", public=True, note="an unknown symbol answers 10001 (guess)"
    )
    def instruments_info(self, call: Call) -> object:
        category = self._category(call.query)
        rows = [
            instrument
            for instrument in self._instruments().values()
            if ("baseCoin" in call.query or instrument.category == category)
            and call.query.get("baseCoin") in (None, instrument.coin)
            and call.query.get("symbol") in (None, instrument.symbol)
            and call.query.get("status") in (None, "Trading")
        ]
        if call.query.get("symbol", "BTCUSDT") not in self._instruments():
            raise self.refuse(10001, "params error: symbol invalid")
        names = ("category", "symbol", "baseCoin", "status")
        filters = tuple(call.query.get(name, "") for name in names)
        shown, cursor = self._page(call, rows, filters, key=lambda row: row.symbol, default=500, most=1_000)
        # Past the last page the cursor is empty in the sample of this page [docs].
        more = bool(shown) and shown[-1] is not rows[-1]
        return {
            "category": category,
            "list": [self._instrument_row(instrument) for instrument in shown],
            "nextPageCursor": cursor if more else "",
        }

    @route(
        "GET", f"{TREE}/market/tickers", public=True, note="only prices live; bulk inverse is empty (code)"
    )
    def tickers(self, call: Call) -> object:
        category = self._category(call.query)
        symbol = call.query.get("symbol")
        known = [i for i in self._instruments().values() if i.category == category]
        shown = [i for i in known if symbol == i.symbol or (symbol is None and category == "linear")]
        if symbol and not shown:
            raise Refusal(Answer.text("we don't support this symbol, plz check.", 400))  # [code]
        return {"category": category, "list": [self._ticker_row(instrument) for instrument in shown]}

    # Reading

    @route(
        "GET",
        f"{TREE}/position/list",
        limits=per_uid("position/list"),
        note="codes for missing symbol/settleCoin, bad limit or cursor, and the order of rows are guesses",
    )
    def position_list(self, call: Call) -> object:
        category = self._category(call.query)
        symbol, settle = call.query.get("symbol", ""), call.query.get("settleCoin", "")
        if symbol:
            self._instrument(category, symbol)
        elif not settle and not (self.options.unified and category == "inverse"):
            raise self.refuse(10001, "params error: symbol or settleCoin is required")
        names = ("category", "symbol", "settleCoin", "baseCoin")
        filters = tuple(call.query.get(name, "") for name in names)
        held = [p for p in self.world.book.open_positions(call.alias) if self._passes(p, filters)]
        shown, cursor = self._page(call, held, filters, key=lambda p: p.id, default=20, most=200)
        rows = [self._position_row(position) for position in shown]
        if symbol and not call.request.raw_query("cursor"):
            rows += self._flat_rows(call.alias, category, symbol)
            if not cursor and self.options.last_cursor == "always":
                cursor = self._remember(f"updateAt={call.request.at}", filters, "")
        if category == "inverse":  # the order of keys of each sample
            return {"list": rows, "nextPageCursor": cursor, "category": category}
        return {"nextPageCursor": cursor, "category": category, "list": rows}

    @route(
        "GET",
        f"{TREE}/position/closed-pnl",
        limits=per_uid("position/closed-pnl"),
        note="createdTime has 19 digits as in the sample; codes for bad parameters are guesses",
    )
    def closed_pnl(self, call: Call) -> object:
        category = self._category(call.query)
        symbol = call.query.get("symbol", "")
        if symbol:
            self._instrument(category, symbol)
        start, end = self._span(call)
        filters = (category, symbol, call.query.get("startTime", ""), call.query.get("endTime", ""))
        found = [
            closing
            for closing in self.world.book.closings
            if closing.position.owner == call.alias
            and self._passes(closing.position, (category, symbol, "", ""))
            and start <= closing.at <= end
        ]
        found.sort(key=lambda closing: (closing.at, closing.id), reverse=True)
        shown, cursor = self._page(call, found, filters, key=_closing_key, default=50, most=100)
        return {
            "nextPageCursor": cursor,
            "category": category,
            "list": [self._closing_row(closing) for closing in shown],
        }

    @route(
        "GET",
        f"{TREE}/account/wallet-balance",
        limits=per_uid("account/wallet-balance"),
        note="10001 for an accountType that doesn't fit the account is a guess",
    )
    def wallet_balance(self, call: Call) -> object:
        kind = call.query.get("accountType", "")
        if kind != ("UNIFIED" if self.options.unified else "CONTRACT"):
            raise self.refuse(10001, "params error: accountType invalid")
        wanted = call.query.get("coin", "")
        coins = wanted.split(",") if wanted else self.world.ledger.assets(call.alias)
        rows = [self._coin_row(call.alias, coin) for coin in coins]
        totals = dict.fromkeys(TOTALS, "")
        if self.options.unified:
            equity = sum((self._dollars(row["coin"], row["equity"]) for row in rows), ZERO)
            totals["totalEquity"] = plain(floor_to(equity))
        return {"list": [{"accountType": kind, **totals, "coin": rows}]}

    # Writing

    @route(
        "POST",
        f"{TREE}/position/trading-stop",
        write=True,
        limits=per_uid("position/trading-stop"),
        note="error codes are guesses; Partial mode is refused, a trailing stop is shown but doesn't close; "
        "every trigger looks at one price",
    )
    def trading_stop(self, call: Call) -> object:
        body = call.body
        instrument = self._instrument(self._category(body), self._required(body, "symbol"))
        if body.get("tpslMode", "Full") != "Full":
            raise self.refuse(10001, "the sandbox has no Partial mode")
        position = self._find(call.alias, instrument.symbol, self._idx(call.alias, instrument, body))
        if position is None:
            raise self.refuse(10001, "can not set tp/sl/ts for zero position")
        wishes = {name: self._stop(body, name) for name in ("takeProfit", "stopLoss", "trailingStop")}
        if all(value is None for value in wishes.values()):
            raise self.refuse(10001, "params error: takeProfit, stopLoss or trailingStop is required")
        self._set_stops(position, wishes)
        return {}

    @route(
        "POST",
        f"{TREE}/position/set-leverage",
        write=True,
        limits=per_uid("position/set-leverage"),
        note="one leverage for both sides, up to 100 on every symbol (guess)",
    )
    def set_leverage(self, call: Call) -> object:
        body = call.body
        instrument = self._instrument(self._category(body), self._required(body, "symbol"))
        buy, sell = (self._number(body, name) for name in ("buyLeverage", "sellLeverage"))
        if buy != sell:
            raise self.refuse(10001, "buy leverage and sell leverage must be equal")
        if not 1 <= buy <= MAX_LEVERAGE:
            raise self.refuse(110013)
        if buy == self._leverage_of(call.alias, instrument.symbol):
            raise self.refuse(110043)
        try:
            for position in self._held(call.alias, instrument.symbol):
                self.world.book.set_leverage(position, buy)
        except NotEnough:
            raise self.refuse(110007) from None
        self._leverage[call.alias, instrument.symbol] = buy
        return {}

    @route("POST", f"{TREE}/position/switch-mode", write=True, note="by symbol only; by coin answers 10001")
    def switch_mode(self, call: Call) -> object:
        body = call.body
        instrument = self._instrument(self._category(body), self._required(body, "symbol"))
        if body.get("mode") not in (0, 3):
            raise self.refuse(10001)
        key = (call.alias, instrument.symbol)
        if (body["mode"] == 3) == (key in self._hedged):
            raise self.refuse(110025)
        if self._held(*key):
            raise self.refuse(110024)
        self._hedged ^= {key}
        return {}

    @route(
        "POST",
        f"{TREE}/order/create",
        write=True,
        limits=per_uid("order/create"),
        note="market orders only, filled at once, wholly, at the mark price; a reduce-only quantity above "
        "the size is cut to the size (guess)",
    )
    def order_create(self, call: Call) -> object:
        body = call.body
        instrument = self._instrument(self._category(body), self._required(body, "symbol"))
        order = self._read_order(call.alias, instrument, body)
        try:
            order_id = self._execute(call.alias, instrument, order)
        except NotEnough:
            raise self.refuse(110007) from None
        if order["link"]:
            self._links.add((call.alias, order["link"]))
        return {"orderId": order_id, "orderLinkId": order["link"]}

    # Orders

    def _read_order(self, alias: str, instrument: Instrument, body: Mapping[str, Any]) -> dict[str, Any]:
        side, qty, link = (
            self._required(body, "side"),
            self._number(body, "qty"),
            body.get("orderLinkId") or "",
        )
        if self._required(body, "orderType") != "Market":
            raise self.refuse(10001, "the sandbox has market orders only")
        if side not in ("Buy", "Sell") or qty <= 0 or qty % instrument.step:
            raise self.refuse(10001)
        if link and (not isinstance(link, str) or not LINK_ID.fullmatch(link)):
            raise self.refuse(10001, "params error: orderLinkId invalid")
        if (alias, link) in self._links:
            raise self.refuse(110072)
        if type(body.get("reduceOnly", False)) is not bool:
            raise self.refuse(10001, "params error: reduceOnly invalid")
        order = {
            "side": side,
            "qty": qty,
            "link": link,
            "idx": self._idx(alias, instrument, body, default=0),
            "reduce": body.get("reduceOnly", False),
            "stops": {name: self._stop(body, name) for name in ("takeProfit", "stopLoss")},
        }
        if order["reduce"] and any(value for value in order["stops"].values()):
            raise self.refuse(10001, "params error: reduceOnly orders take no takeProfit or stopLoss")
        return order

    def _execute(self, alias: str, instrument: Instrument, order: Mapping[str, Any]) -> str:
        """Fill an order; returns its id."""
        position = self._find(alias, instrument.symbol, order["idx"])
        wanted: Side = "long" if order["side"] == "Buy" else "short"
        reduces = position is not None and position.side != wanted
        if order["reduce"] and not reduces:
            raise self.refuse(110017)
        if position is not None and reduces:
            closing = self.world.book.close(position, order["qty"])
            left = order["qty"] - closing.size
            if not left or order["reduce"]:
                return closing.id
            return self._add(alias, instrument, order, wanted, left)
        return self._add(alias, instrument, order, wanted, order["qty"])

    def _add(
        self, alias: str, instrument: Instrument, order: Mapping[str, Any], side: Side, size: Decimal
    ) -> str:
        if order["idx"] == (2 if side == "long" else 1):
            raise self.refuse(10001, "position idx not match side")
        position = self._find(alias, instrument.symbol, order["idx"])
        if position is not None:
            self.world.book.increase(position, size)
        else:
            position = self.world.book.open(
                alias,
                instrument.coin,
                side,
                size,
                leverage=self._leverage_of(alias, instrument.symbol),
                inverse=instrument.inverse,
                cross=True,
                extra={"idx": order["idx"]},
            )
        self._set_stops(position, order["stops"])
        return self.world.new_id()

    def _set_stops(self, position: Position, wishes: Mapping[str, Decimal | None]) -> None:
        """Set what is given, cancel what is 0, keep what is missing; a level on the wrong side is refused."""
        price = self.world.market.price(position.coin)
        levels = {"takeProfit": 1, "stopLoss": -1}
        for name, direction in levels.items():
            level = wishes.get(name)
            if level and (level - price) * position.sign * direction <= 0:
                raise self.refuse(10001, f"{name}:{plain(level)} is on the wrong side of {plain(price)}")
        if wishes.get("takeProfit") is not None:
            position.take_profit = _price_trigger(wishes["takeProfit"])
        if wishes.get("stopLoss") is not None:
            position.stop_loss = _price_trigger(wishes["stopLoss"])
        if wishes.get("trailingStop") is not None:
            position.extra["trailing"] = wishes["trailingStop"]

    # Rows

    def _position_row(self, position: Position) -> dict[str, object]:
        instrument = self._instrument_of(position)
        price = self.world.market.price(position.coin)
        value, fee = position.value(price), floor_to(position.value(price) * FEE)
        liquidation = round_to(position.liquidation(), instrument.tick)
        realized = position.realized - position.open_fee - position.close_fee
        row = {
            **self._blank_row(instrument, position.extra["idx"], position.leverage),
            "side": "Buy" if position.side == "long" else "Sell",
            "size": plain(position.size),
            "avgPrice": plain(position.entry),
            "positionValue": plain(floor_to(position.value(position.entry))),
            "liqPrice": instrument.price(liquidation) if liquidation > instrument.tick else "",
            "unrealisedPnl": plain(floor_to(position.profit(price))),
            "cumRealisedPnl": plain(floor_to(realized)),
            "positionMM": plain(floor_to(value * Decimal("0.005")) + fee),
            "positionIM": plain(position.margin + fee),
            "positionBalance": plain(position.margin + fee),
            "createdTime": str(position.opened_at),
            "updatedTime": str(position.updated_at),
            "adlRankIndicator": 2,
            "trailingStop": plain(position.extra.get("trailing", ZERO)) if not instrument.inverse else "0.00",
        }
        if position.take_profit:
            row["takeProfit"] = instrument.price(position.take_profit.value)
        if position.stop_loss:
            row["stopLoss"] = instrument.price(position.stop_loss.value)
        return self._ordered(instrument, row)

    def _flat_rows(self, alias: str, category: str, symbol: str) -> list[dict[str, object]]:
        """A symbol that is asked for is shown even without a position [docs]."""
        instrument = self._instrument(category, symbol)
        sides = (1, 2) if (alias, symbol) in self._hedged else (0,)
        blank = "" if self.options.unified and category == "linear" else "0"
        rows = []
        for idx in sides:
            if self._find(alias, symbol, idx) is None:
                row = self._blank_row(instrument, idx, self._leverage_of(alias, symbol))
                numbers = ("avgPrice", "positionValue", "unrealisedPnl", "positionMM", "positionIM")
                row |= dict.fromkeys(numbers, blank)
                row["side"] = "" if self.options.unified or idx else "None"  # classic, one-way: "None" [docs]
                rows.append(self._ordered(instrument, row))
        return rows

    def _blank_row(self, instrument: Instrument, idx: int, leverage: Decimal) -> dict[str, object]:
        """What is the same with and without a position."""
        now = str(self.world.clock.now_ms())
        unset = "0.00" if instrument.inverse else ""
        return {
            "symbol": instrument.symbol,
            "leverage": plain(leverage),
            "riskId": 1,
            "riskLimitValue": "200000",
            "positionIdx": idx,
            "markPrice": instrument.price(self.world.market.price(instrument.coin)),
            "liqPrice": "",
            "bustPrice": "",
            "size": "0",
            "takeProfit": unset,
            "stopLoss": unset,
            "trailingStop": unset or "0",
            "tpslMode": "Full",
            "positionStatus": "Normal",
            "tradeMode": 0,
            "autoAddMargin": 0,
            "adlRankIndicator": 0,
            "positionBalance": "0",
            "cumRealisedPnl": "0",
            "createdTime": now,
            "updatedTime": now,
            "isReduceOnly": False,
            "mmrSysUpdatedTime": "",
            "leverageSysUpdatedTime": "",
        }

    def _ordered(self, instrument: Instrument, row: Mapping[str, object]) -> dict[str, object]:
        linear = UNIFIED_ROW if self.options.unified else LINEAR_ROW
        return {name: row[name] for name in (INVERSE_ROW if instrument.inverse else linear)}

    def _closing_row(self, closing: Closing) -> dict[str, str]:
        position, instrument = closing.position, self._instrument_of(closing.position)
        entry_value = floor_to(position.value(closing.entry, closing.size))
        exit_value = floor_to(position.value(closing.price, closing.size))
        return {
            "symbol": instrument.symbol,
            "orderType": "Market",
            "leverage": plain(position.leverage),
            "updatedTime": str(closing.at),
            "side": "Sell" if position.side == "long" else "Buy",  # of the closing order [docs, computed]
            "orderId": closing.id,
            "closedPnl": plain(floor_to(closing.profit - floor_to(entry_value * FEE) - closing.fee)),
            "avgEntryPrice": plain(closing.entry),
            "qty": plain(closing.size),
            "cumEntryValue": plain(entry_value),
            "createdTime": _nanoseconds(closing),
            "orderPrice": plain(closing.price),
            "closedSize": plain(closing.size),
            "avgExitPrice": plain(closing.price),
            "execType": "Trade",
            "fillCount": "1",
            "cumExitValue": plain(exit_value),
        }

    def _coin_row(self, alias: str, coin: str) -> dict[str, str]:
        held = [p for p in self.world.book.open_positions(alias) if p.asset == coin]
        free = self.world.ledger.balance(alias, coin)
        margin = sum((p.margin for p in held), ZERO)
        floating = sum((p.profit(self.world.market.price(p.coin)) for p in held), ZERO)
        return {
            "coin": coin,
            "equity": plain(free + margin + floating),
            "usdValue": "",
            "walletBalance": plain(free + margin),
            "borrowAmount": "",
            "availableToBorrow": "",
            "availableToWithdraw": plain(free),
            "accruedInterest": "",
            "totalOrderIM": "0",
            "totalPositionIM": plain(margin),
            "totalPositionMM": "",
            "unrealisedPnl": plain(floating),
            "cumRealisedPnl": plain(self._realized(alias, coin)),
        }

    def _realized(self, alias: str, coin: str) -> Decimal:
        found = self.world.book.closings
        return sum(
            (c.profit - c.fee for c in found if (c.position.owner, c.position.asset) == (alias, coin)), ZERO
        )

    def _dollars(self, coin: str, amount: str) -> Decimal:
        return Decimal(amount) * (1 if coin == "USDT" else self.world.market.price(coin))

    def _instrument_row(self, instrument: Instrument) -> dict[str, object]:
        step, tick = plain(instrument.step), plain(instrument.tick)
        return {
            "symbol": instrument.symbol,
            "contractType": "InversePerpetual" if instrument.inverse else "LinearPerpetual",
            "status": "Trading",
            "baseCoin": instrument.coin,
            "quoteCoin": "USD" if instrument.inverse else "USDT",
            "launchTime": "1585526400000",
            "deliveryTime": "0",
            "deliveryFeeRate": "",
            "priceScale": str(len(tick.partition(".")[2])),
            "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
            "priceFilter": {"minPrice": tick, "maxPrice": "999999.00", "tickSize": tick},
            "lotSizeFilter": {
                "maxOrderQty": "1000000",
                "minOrderQty": step,
                "qtyStep": step,
                "postOnlyMaxOrderQty": "1000000",
                "maxMktOrderQty": "1000000",
            },
            "unifiedMarginTrade": True,
            "fundingInterval": 480,
            "settleCoin": instrument.settle,
            "offlineTime": "0",
            "tags": [],
        }

    def _ticker_row(self, instrument: Instrument) -> dict[str, str]:
        price = instrument.price(self.world.market.price(instrument.coin))
        prices = ("lastPrice", "indexPrice", "markPrice", "bid1Price", "ask1Price")
        return {"symbol": instrument.symbol, **dict.fromkeys(prices, price)}

    # Looking up

    def _instruments(self) -> dict[str, Instrument]:
        coins = self.world.market.coins.values()
        if len(self._listed) == len(coins) + len(INVERSE):
            return self._listed
        linear = [Instrument(f"{coin.name}USDT", coin.name, False, coin.tick, coin.lot) for coin in coins]
        cent, one = Decimal("0.01"), Decimal(1)
        inverse = [Instrument(f"{name}USD", name, True, cent, one) for name in INVERSE]
        self._listed = {instrument.symbol: instrument for instrument in (*linear, *inverse)}
        return self._listed

    def _instrument_of(self, position: Position) -> Instrument:
        return self._instruments()[f"{position.coin}USD{'' if position.inverse else 'T'}"]

    def _instrument(self, category: str, symbol: str) -> Instrument:
        found = self._instruments().get(symbol)
        if found is None or found.category != category:
            raise self.refuse(10001, "params error: symbol invalid")  # text [code]
        return found

    def _held(self, alias: str, symbol: str) -> list[Position]:
        held = self.world.book.open_positions(alias)
        return [position for position in held if self._instrument_of(position).symbol == symbol]

    def _find(self, alias: str, symbol: str, idx: int) -> Position | None:
        return next((p for p in self._held(alias, symbol) if p.extra["idx"] == idx), None)

    def _leverage_of(self, alias: str, symbol: str) -> Decimal:
        return self._leverage.get((alias, symbol), Decimal(10))

    def _passes(self, position: Position, filters: tuple[str, ...]) -> bool:
        category, symbol, settle, base = filters
        instrument = self._instrument_of(position)
        return (
            instrument.category == category
            and symbol in ("", instrument.symbol)
            and (bool(symbol) or settle in ("", position.asset))  # symbol wins over settleCoin [docs]
            and base in ("", position.coin)
        )

    # Parameters

    def _category(self, given: Mapping[str, Any]) -> str:
        category = given.get("category")
        if not category:
            raise Refusal(Answer.text("must input category", 400))  # [code], seen on public calls
        if category not in ("linear", "inverse"):
            raise Refusal(Answer.text("We don't support the category, plz check.", 400))
        return str(category)

    def _required(self, body: Mapping[str, Any], name: str) -> str:
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise self.refuse(10001, f"params error: {name} invalid")
        return value

    def _number(self, body: Mapping[str, Any], name: str) -> Decimal:
        """A number, as text [docs]."""
        try:
            number = Decimal(self._required(body, name))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise self.refuse(10001, f"params error: {name} invalid")
        return number

    def _stop(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """A level; 0 cancels, missing or empty keeps."""
        level = self._number(body, name) if body.get(name) not in (None, "") else None
        if level is not None and level < 0:
            raise self.refuse(10001, f"params error: {name} invalid")
        return level

    def _idx(
        self, alias: str, instrument: Instrument, body: Mapping[str, Any], default: int | None = None
    ) -> int:
        """0 in one-way mode, 1 or 2 in hedge mode."""
        idx = body.get("positionIdx", default)
        allowed = (1, 2) if (alias, instrument.symbol) in self._hedged else (0,)
        if type(idx) is not int or idx not in allowed:
            raise self.refuse(10001, "position idx not match position mode")
        return idx

    def _span(self, call: Call) -> tuple[int, int]:
        """Both ends of the time asked for: 7 days at most, 7 days where an end is missing [docs]."""
        given = [call.query.get(name, "") for name in ("startTime", "endTime")]
        if any(text and not text.isdigit() for text in given):
            raise self.refuse(10001)
        start, end = (int(text) if text else None for text in given)
        if end is None:
            end = call.request.at if start is None else start + WEEK_MS
        start = end - WEEK_MS if start is None else start
        if not 0 <= end - start <= WEEK_MS:
            raise self.refuse(10001, "params error: startTime and endTime are more than 7 days apart")
        return start, end

    def _page(
        self, call: Call, rows: list[T], filters: tuple[str, ...], *, key: Any, default: int, most: int
    ) -> tuple[list[T], str]:
        """One page and the cursor to the next, percent-encoded already [seed].

        The text that comes back must be the very same bytes: decoded or encoded again, it is unknown.
        """
        limit = call.query.get("limit", str(default))
        if not limit.isdigit() or not 1 <= int(limit) <= most:
            raise self.refuse(10001, "params error: limit invalid")
        start, sent = 0, call.request.raw_query("cursor")
        if sent:
            known = self._cursors.get(sent)
            if known is None or known[0] != filters:
                raise self.refuse(10001, "params error: cursor invalid")
            keys = [key(row) for row in rows]
            start = keys.index(known[1]) + 1 if known[1] in keys else len(rows)
        shown = rows[start : start + int(limit)]
        if not shown or (self.options.last_cursor == "more" and start + len(shown) == len(rows)):
            return shown, ""
        last = str(key(shown[-1]))
        text = last if ":" in last else f"updateAt={call.request.at}&last={last}"
        return shown, self._remember(text, filters, last)

    def _remember(self, text: str, filters: tuple[str, ...], last: str) -> str:
        """The cursor for a text; it knows the filters and the key of the last row."""
        cursor = quote(text, safe="")
        self._cursors[cursor] = (filters, last)
        return cursor


def signed_bytes(request: Request) -> bytes:
    """What the venue signs: timestamp, key, window, then query (GET) or body (POST) as sent [docs]."""
    headers = request.headers
    window = headers.get("X-BAPI-RECV-WINDOW", "5000")
    head = headers["X-BAPI-TIMESTAMP"] + headers["X-BAPI-API-KEY"] + window
    payload = request.body if request.method == "POST" else request.query_string.encode()
    return head.encode() + payload


def _price_trigger(level: Decimal | None) -> Trigger | None:
    return Trigger("price", level) if level else None


def _nanoseconds(closing: Closing) -> str:
    return f"{closing.at}{int(closing.id) % 1_000_000:06}"


def _closing_key(closing: Closing) -> str:
    """The sample's cursor holds order id and nanoseconds, twice [docs]."""
    mark = f"{closing.id}:{_nanoseconds(closing)}"
    return f"{mark},{mark}"
