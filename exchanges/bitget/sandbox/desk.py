"""What both versions of the API do with leaders and copies; each version says it in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Literal, Protocol, TypeVar

from unifiedcopy.sandbox import (
    Call,
    Closing,
    CopySettings,
    Follow,
    Leader,
    Position,
    SandboxAccount,
    Trigger,
    plain,
    span,
)

from .gate import MESSAGES, OLD, Gate, fill, is_digits

T = TypeVar("T")
Row = dict[str, str]
"""Settings for one symbol, in the words of V2."""

USDT = "USDT-FUTURES"
PRODUCTS = (USDT, "COIN-FUTURES", "USDC-FUTURES")
"""Only USDT futures are copied here; of the other two all lists are empty."""
QUARTER_MS = 92 * 86_400_000
MOST_SETTINGS = 10
MAX_LEVERAGE = 125
COOL_DOWN_MINUTES = 10
"""How long a removed follower has to wait [guess]."""
POSITION_LEVERAGE = Decimal(10)
"""Leverage that an account's own positions have [guess]."""
MAX_FOLLOW_SIZE = Decimal(20_000)
"""As in the example of query-quantity-limit [docs]."""
MAX_HOLD_SIZE = "50000"
"""Read back where none was set, as in the example of query-settings; kept, not applied."""
SETTING = (
    "symbol",
    "productType",
    "marginType",
    "marginCoin",
    "leverType",
    "longLeverage",
    "shortLeverage",
    "traceType",
    "traceValue",
    "maxHoldSize",
    "stopSurplusRatio",
    "stopLossRatio",
)
"""In the order of the example of query-settings [docs]."""
SIZING: Final[Mapping[str, Literal["quantity", "amount", "size"]]] = {
    "percent": "quantity",
    "amount": "amount",
    "count": "size",
}
"""Percent 1 is the leader's own size [seed]; that an amount is margin and not value is a [guess]."""


class Numbered(Protocol):
    """What a cursor can page: orders, profit shares."""

    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Numbered)


class Desk(Gate):
    """Leaders, follow relations and copied orders. A copied order is one position of the engine."""

    def watch_closings(self) -> None:
        """Keep with each order what closed it last."""

        def remember(closing: Closing) -> None:
            closing.position.extra.update(closeOrderId=closing.id, closedBy=closing.reason)

        self.world.book.on_close.append(remember)

    def seed_positions(self, count: int, account: str = "main") -> None:
        """As the engine does it, whatever symbols the account has chosen to copy."""
        follows = self.world.copying.following(account)
        kept = [(follow.settings, follow.by_coin) for follow in follows]
        for follow in follows:
            follow.settings, follow.by_coin = CopySettings(), {}
        super().seed_positions(count, account)
        for follow, (settings, by_coin) in zip(follows, kept, strict=True):
            follow.settings, follow.by_coin = settings, by_coin

    # Leaders

    def leader(self, trader_id: str, code: str = "40860") -> Leader:
        """By the encrypted id or by the plain UID; answers carry the encrypted one [seed]."""
        for leader in self.world.copying.leaders.values():
            if trader_id in (leader.id, leader.extra["uid"]):
                return leader
        raise self.refuse(code)

    def asked(self, given: Mapping[str, Any]) -> Leader:
        """The leader that a question is about."""
        return self.leader(self.needed(given, "traderId"), "43046")

    def ranked(self, given: Mapping[str, Any], trader_id: str, name: str, *, prefix: bool = False) -> list[Leader]:
        """The directory, filtered and sorted. Which number ``composite`` goes by is a [guess]."""
        full = self.choice(given, "fullStatus", ("all", "full"), "all") == "full"
        rule = self.choice(given, "sortRule", ("composite", "roi", "totalPL", "aum"), "composite")
        flag = self.choice(given, "sortFlag", ("desc", "asc"), "desc")
        found = [
            leader
            for leader in self.world.copying.leaders.values()
            if trader_id in ("", leader.id, leader.extra["uid"])
            and (leader.name.lower().startswith(name.lower()) if prefix else name.lower() in leader.name.lower())
            and (is_full(leader) or not full)
        ]
        order = {"roi": lambda x: x.roi, "totalPL": lambda x: x.profit, "aum": lambda x: x.deposit}
        return sorted(found, key=order.get(rule, lambda x: x.profit * x.win_rate), reverse=flag == "desc")

    # Following

    def old_model(self, account: SandboxAccount | None) -> None:
        self.model(account, OLD)

    def model(self, account: SandboxAccount | None, kind: str) -> None:
        """Each way to follow serves one kind of account [docs]; how the other is refused is a [guess]."""
        if account and account.kind != kind:
            code = self.options.wrong_model
            raise self.refuse(code, MESSAGES[code].format("copy trading version does not match"))

    def relation(self, alias: str, trader_id: str) -> Follow:
        for follow in self.world.copying.following(alias):
            if trader_id in (follow.leader.id, follow.leader.extra["uid"]):
                return follow
        raise self.refuse("43062")

    def followable(self, alias: str, trader_id: str) -> tuple[Leader, Follow | None]:
        """The leader, and the relation when there is one already."""
        leader = self.leader(trader_id)
        follow = self.world.copying.follows.get((alias, leader.id))
        if follow and self.options.already_following == "refuse":
            raise self.refuse("40849")
        lead = self.world.lead(alias)
        if lead and lead.leader is leader:
            raise self.refuse("43063")
        if not follow and self.removed_lately(alias, leader):
            raise self.refuse("43047")
        if not follow and not leader.open_to_follow:
            raise self.refuse("40861")
        if not follow and is_full(leader):
            raise self.refuse("43045")
        return leader, follow

    def removed_lately(self, alias: str, leader: Leader) -> bool:
        """Whether the leader has removed the account some minutes ago."""
        since = self.world.clock.now_ms() - COOL_DOWN_MINUTES * 60_000
        return any(
            follower.removed and follower.follow.account == alias and (follower.left_at or 0) > since
            for lead in self.world.leads.values()
            if lead.leader is leader
            for follower in lead.former
        )

    def copy_by_symbol(
        self, alias: str, trader_id: str, rows: Iterable[Mapping[str, Any]], *, basic: bool, auto: bool
    ) -> None:
        """Follow, or change how: the old model's settings, one row per symbol."""
        leader, follow = self.followable(alias, trader_id)
        read = [self.read_row(leader, row) for row in rows]
        if follow is None:
            follow = self.world.copying.follow(alias, leader, CopySettings())
        kept = follow.extra.get("rows", {}) if self.options.resent_settings == "merge" else {}
        follow.extra["rows"] = {**kept, **{row["symbol"]: row for row in read}}
        follow.by_coin = {
            coin_of(symbol): settings_of(row, basic=basic) for symbol, row in follow.extra["rows"].items()
        }
        first = settings_of(read[0], basic=basic)
        # In basic mode new symbols of the leader may join by themselves [docs], as the first row says [guess].
        follow.settings = first if basic and auto else replace(first, coins=frozenset())

    def unfollow(self, alias: str, trader_id: str) -> None:
        follow = self.relation(alias, trader_id)
        way = self.options.unfollow_with_copies
        if way == "refuse" and self.world.copying.copies(follow):
            raise self.refuse("40864")
        self.world.copying.unfollow(follow, close=way == "close")

    # Settings

    def settings_kept(self, call: Call) -> tuple[Leader, Follow | None, list[Row]]:
        """The leader asked about, the relation if there is one, and its settings by symbol."""
        leader = self.asked(call.query)
        follow = self.world.copying.follows.get((call.alias, leader.id))
        return leader, follow, list(follow.extra.get("rows", {}).values()) if follow else []

    def setting_rows(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The ``settings`` of a body: one to ten objects."""
        rows = body.get("settings")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
            raise self.invalid()
        if len(rows) > MOST_SETTINGS:
            raise self.refuse("43051")
        return rows

    def read_row(self, leader: Leader, given: Mapping[str, Any]) -> Row:
        """Check the settings for one symbol, and keep them as text."""
        row = {name: self.text(given, name) for name in SETTING}
        row["symbol"] = self.needed(given, "symbol")
        row["productType"] = self.choice(given, "productType", PRODUCTS)
        row["marginType"] = self.choice(given, "marginType", ("trader", "specify"))
        row["leverType"] = self.choice(given, "leverType", ("position", "specify", "trader"))
        row["traceType"] = self.choice(given, "traceType", tuple(SIZING))
        row["marginCoin"] = row["marginCoin"] or "USDT"
        row["maxHoldSize"] = plain(self.amount(given, "maxHoldSize", MAX_HOLD_SIZE))
        row["traceValue"] = plain(self._trace_value(given, row))
        if row["productType"] != USDT or coin_of(row["symbol"]) not in leader.coins:
            raise self.refuse("40854")
        self._check_leverage(given, row["leverType"] == "specify")
        self._check_ratio(row["stopSurplusRatio"], "43056")
        self._check_ratio(row["stopLossRatio"], "43055")
        return row

    def _trace_value(self, given: Mapping[str, Any], row: Row) -> Decimal:
        self.needed(given, "traceValue")
        value = self.amount(given, "traceValue")
        coin = self.world.market.coins.get(coin_of(row["symbol"]))
        if row["traceType"] == "count" and coin and value < coin.lot:
            raise self.refuse("43052", fill("43052", plain(coin.lot)))
        if not value:
            raise self.refuse("43054", fill("43054", "0"))
        return value

    def _check_leverage(self, given: Mapping[str, Any], needed: bool) -> None:
        for name in ("longLeverage", "shortLeverage"):
            text = self.needed(given, name) if needed else self.text(given, name)
            if text and not (is_digits(text) and 1 <= int(text) <= MAX_LEVERAGE):
                raise self.refuse("43050")

    def _check_ratio(self, text: str, code: str) -> None:
        """Whole percents from 1 to 400 [docs]."""
        if text and not (is_digits(text) and 1 <= int(text) <= 400):
            raise self.refuse(code, fill(code, 1, 400))

    # Orders

    def copies(self, alias: str) -> list[Position]:
        """In contracts alone."""
        return newest([p for p in self.world.book.open_positions(alias) if p.leader in self.world.copying.leaders])

    def closed(self, owner: str) -> list[Position]:
        """Closed orders of an account that were copies in contracts, or of a leader."""
        leaders = self.world.copying.leaders
        history = self.world.book.history
        return newest([p for p in history if p.owner == owner and (p.leader in leaders or owner.startswith("leader:"))])

    def orders_of(self, follow: Follow) -> list[Position]:
        """All that was ever copied from the leader."""
        orders = (*self.copies(follow.account), *self.closed(follow.account))
        return [position for position in orders if position.leader == follow.leader.id]

    def copy_by_number(self, alias: str, number: str) -> Position:
        for position in self.copies(alias):
            if position.id == number:
                return position
        raise self.refuse("43065")

    def stops_shown(self, position: Position) -> tuple[str, str]:
        """What others see of a leader's take profit and stop loss: empty where none is set or it is hidden."""
        leads = self.world.leads.values()
        hidden = any(lead.leader.owner == position.owner and "stops" not in lead.shown for lead in leads)
        take, stop = (
            "" if hidden or not found else plain(found.value) for found in (position.take_profit, position.stop_loss)
        )
        return take, stop

    def set_stops(self, position: Position, take: Decimal | None, stop: Decimal | None) -> None:
        """New prices; zero cancels [docs], None leaves as it is."""
        price, sign = self.world.market.price(position.coin), position.sign
        if take and (take - price) * sign <= 0:
            raise self.refuse("43013" if sign > 0 else "43014")
        if stop and (price - stop) * sign <= 0:
            raise self.refuse("43015" if sign > 0 else "43016")
        if take is not None:
            position.take_profit = Trigger("price", take) if take else None
        if stop is not None:
            position.stop_loss = Trigger("price", stop) if stop else None

    def close(self, positions: Sequence[Position]) -> list[str]:
        """Ids of the closing orders."""
        if not positions:
            raise self.refuse(self.options.nothing_to_close)
        return [self.world.book.close(position).id for position in positions]

    # Parameters

    def amount(self, given: Mapping[str, Any], name: str, default: str = "0") -> Decimal:
        """A decimal as text, not negative, without exponent."""
        text = self.text(given, name, default)
        if not is_digits(text.replace(".", "", 1)) or text.startswith(".") or text.endswith("."):
            raise self.invalid()
        return Decimal(text)

    def both_stops(self, body: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
        """New take profit and stop loss, of which one must be sent; None leaves, zero cancels [docs]."""
        take, stop = (
            self.amount(body, name) if self.text(body, name) else None for name in ("stopSurplusPrice", "stopLossPrice")
        )
        if take is stop is None:
            raise self.invalid()
        return take, stop

    def window(self, given: Mapping[str, Any]) -> tuple[int, int]:
        """``startTime`` and ``endTime``: at most three months, and three months when one is missing [docs]."""
        texts = [self.text(given, name) for name in ("startTime", "endTime")]
        if not all(is_digits(text) for text in texts if text):
            raise self.invalid()
        start, end = (int(text) if text else None for text in texts)
        found = span(start, end, now=self.world.clock.now_ms(), most=QUARTER_MS)
        if found is None:
            raise self.invalid()
        return found

    def cursor_page(
        self, positions: Sequence[Position], query: Mapping[str, Any], default: int = 20
    ) -> tuple[list[Position], str]:
        """A page of orders by the time of their opening."""
        return self.cursor(positions, query, self.whole(query, "limit", default, 100), lambda p: p.opened_at)

    def cursor(
        self,
        rows: Sequence[N],
        query: Mapping[str, Any],
        size: int,
        created: Callable[[N], int],
        *,
        ascending: bool = False,
    ) -> tuple[list[N], str]:
        """A page of what was created in the window, and the id that leads on; empty at the end [docs].

        ``rows`` have the newest first, or the oldest when ``ascending``. A page is what lies nearest to the id
        that it starts from [guess].
        """
        since, until = self.window(query)
        ids = [self.text(query, name, "0") for name in ("idLessThan", "idGreaterThan")]
        if not all(map(is_digits, ids)):
            raise self.invalid()
        below, above = map(int, ids)
        found = [
            row
            for row in rows
            if since <= created(row) <= until and above < int(row.id) and (not below or int(row.id) < below)
        ]
        backwards = below and not above if ascending else above and not below
        shown = found[-size:] if backwards else found[:size]
        return shown, shown[-1].id if len(found) > size else ""

    def numbered_page(self, rows: Sequence[T], given: Mapping[str, Any], *, default: int, most: int) -> Sequence[T]:
        size = self.whole(given, "pageSize", default, most)
        start = (self.whole(given, "pageNo", 1) - 1) * size
        return rows[start : start + size]


def newest(positions: Iterable[Position]) -> list[Position]:
    """By tracking number, the newest first [guess]."""
    return sorted(positions, key=lambda position: int(position.id), reverse=True)


def is_full(leader: Leader) -> bool:
    return leader.followers >= leader.follower_limit


def symbol_of(coin: str) -> str:
    return f"{coin}USDT"


def coin_of(symbol: str) -> str:
    """The coin of a USDT contract; empty when it is none."""
    return symbol.removesuffix("USDT") if symbol.endswith("USDT") else ""


def settings_of(row: Row, *, basic: bool) -> CopySettings:
    """In basic mode margin, leverage and way of sizing have no effect [docs]; a fixed amount is a [guess]."""
    ratios = [Decimal(row[name]) / 100 if row[name] else None for name in ("stopSurplusRatio", "stopLossRatio")]
    take, stop = ratios
    settings = CopySettings(
        mode="amount" if basic else SIZING[row["traceType"]],
        value=Decimal(row["traceValue"]),
        take_profit=Trigger("roi", take) if take else None,
        stop_loss=Trigger("roi", -stop) if stop else None,
    )
    if basic:
        return settings
    long, short = leverages(row, None)
    cross = None if row["marginType"] == "trader" else False  # which own mode it means is not documented
    return replace(settings, leverage=long, short_leverage=short, cross=cross)


def leverages(row: Row, of_leader: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Leverage of longs and of shorts."""
    match row["leverType"]:
        case "specify":
            return Decimal(row["longLeverage"]), Decimal(row["shortLeverage"])
        case "position":
            return POSITION_LEVERAGE, POSITION_LEVERAGE
    return of_leader, of_leader
