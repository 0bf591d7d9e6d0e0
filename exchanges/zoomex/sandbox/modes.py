"""The leverage and the modes of a symbol, the margin of a position."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import Call, NotEnough, Position, Side, floor_to, plain, round_to, route

from .blotter import Blotter
from .desk import FEE, Instrument
from .gate import TREE, per_uid

MAX_LEVERAGE = 100
SIDES: dict[str, Side] = {"buyLeverage": "long", "sellLeverage": "short"}


class Modes(Blotter):
    """What an account sets, for a symbol or for a position."""

    @route(
        "POST",
        f"{TREE}/position/set-leverage",
        write=True,
        limits=per_uid("position/set-leverage"),
        note="up to 100 on every symbol (guess)",
    )
    def set_leverage(self, call: Call) -> object:
        """Both sides are equal in one-way mode and on a unified account [docs]."""
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        wanted = {side: self.number(body, name) for name, side in SIDES.items()}
        apart = (call.alias, instrument.symbol) in self.hedged and not self.options.unified
        if wanted["long"] != wanted["short"] and not apart:
            raise self.refuse(10001, "buy leverage and sell leverage must be equal")
        if any(not 1 <= leverage <= MAX_LEVERAGE for leverage in wanted.values()):
            raise self.refuse(110013)
        if all(self.leverage_of(call.alias, instrument.symbol, side) == wanted[side] for side in wanted):
            raise self.refuse(110043)
        self._put_leverage(call.alias, instrument, wanted)
        return {}

    @route(
        "POST",
        f"{TREE}/position/switch-isolated",
        write=True,
        note="open positions change with their symbol; another leverage with the same mode answers 110026, and 10008 "
        "for a unified account: guesses",
    )
    def switch_isolated(self, call: Call) -> object:
        if self.options.unified:
            raise self.refuse(10008)
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        isolated = self.one_of(body, "tradeMode", (0, 1)) == 1
        buy, sell = (self.number(body, name) for name in SIDES)
        if buy != sell:
            raise self.refuse(10001, "buy leverage and sell leverage must be equal")
        if not 1 <= buy <= MAX_LEVERAGE:
            raise self.refuse(110013)
        key = (call.alias, instrument.symbol)
        if isolated == (key in self.isolated):
            raise self.refuse(110026)
        self._put_leverage(call.alias, instrument, {"long": buy, "short": sell})
        self.isolated ^= {key}
        for position in self.held(*key):
            position.cross = not isolated
        return {}

    @route(
        "POST",
        f"{TREE}/position/switch-mode",
        write=True,
        note="a coin stands for all symbols that settle in it, and a symbol wins over it; not modified only when none "
        "would change: guesses",
    )
    def switch_mode(self, call: Call) -> object:
        body = call.body
        category, hedge = self.category(body), self.one_of(body, "mode", (0, 3)) == 3
        symbol, coin = body.get("symbol") or "", body.get("coin") or ""
        if symbol:
            self.instrument(category, symbol)
        found = [i.symbol for i in self.instruments().values() if i.passes(category, symbol, coin, "")]
        if not (symbol or coin) or not found:
            raise self.refuse(10001, "params error: symbol or coin is required")
        changed = {(call.alias, name) for name in found if ((call.alias, name) in self.hedged) != hedge}
        if not changed:
            raise self.refuse(110025)
        if any(self.held(*key) for key in changed):
            raise self.refuse(110024)
        if any((call.alias, order.instrument.symbol) in changed for order in self.working(call.alias)):
            raise self.refuse(110028)
        self.hedged ^= changed
        return {}

    @route(
        "POST",
        f"{TREE}/position/set-tpsl-mode",
        write=True,
        limits=per_uid("position/set-tpsl-mode"),
        note="Full at the start (guess)",
    )
    def set_tpsl_mode(self, call: Call) -> object:
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        mode = self.choice(body, "tpSlMode", ("Full", "Partial"))
        if not mode:
            raise self.refuse(10001, "params error: tpSlMode invalid")
        key = (call.alias, instrument.symbol)
        if (mode == "Partial") == (key in self.partial):
            raise self.refuse(10001, "same tp sl mode")  # [code]
        self.partial ^= {key}
        return {"tpSlMode": mode}

    # Margin

    @route(
        "POST",
        f"{TREE}/position/add-margin",
        write=True,
        note="codes: 110033 no position, 10001 cross or more than 4 decimals, 110027 zero, 110007 too much, 110044 "
        "below the initial margin; what is added does not move the liquidation price: guesses",
    )
    def add_margin(self, call: Call) -> object:
        body = call.body
        position = self._margined(call)
        amount = self.number(body, "margin")
        if position.cross:
            raise self.refuse(10001, "params error: only isolated positions take margin")
        if amount % Decimal("0.0001"):
            raise self.refuse(10001, "params error: margin has more than 4 decimals")
        if not amount:
            raise self.refuse(110027)
        if amount < 0 and position.margin + amount < floor_to(position.value(position.entry) / position.leverage):
            raise self.refuse(110044)
        try:
            self.world.ledger.move(position.wallet, position.reserve, amount, position.asset)
        except NotEnough:
            raise self.refuse(110007) from None
        position.margin += amount
        position.updated_at = self.world.clock.now_ms()
        return self._margin_row(position)

    @route(
        "POST",
        f"{TREE}/position/set-auto-add-margin",
        write=True,
        note="both spellings of the key work, 110033 without a position, nothing is added by itself: guesses",
    )
    def set_auto_add_margin(self, call: Call) -> object:
        position = self._margined(call)
        body = call.body
        name = "autoAddMargin" if "autoAddMargin" in body else "autoAddmargin"  # as in the sample [docs]
        position.extra["autoAddMargin"] = self.one_of(body, name, (0, 1))
        return {}

    @route(
        "POST",
        f"{TREE}/position/confirm-pending-mmr",
        write=True,
        note="nothing here lowers a risk limit, so there is never a mark to remove; 110034 without a position (guess)",
    )
    def confirm_pending_mmr(self, call: Call) -> object:
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        held = self.held(call.alias, instrument.symbol)
        if not held:
            raise self.refuse(110034)
        for position in held:
            position.extra["reduceOnly"] = False
        return {}

    def _put_leverage(self, alias: str, instrument: Instrument, wanted: dict[Side, Decimal]) -> None:
        """Set the leverage of both sides; positions that are open get it too, or nothing changes."""
        held = self.held(alias, instrument.symbol)
        before = [(position, position.leverage) for position in held]
        try:
            for position in held:
                self.world.book.set_leverage(position, wanted[position.side])
        except NotEnough:
            for position, leverage in before:
                if position.leverage != leverage:
                    self.world.book.set_leverage(position, leverage)
            raise self.refuse(110007) from None
        for side, leverage in wanted.items():
            self.leverage[alias, instrument.symbol, side] = leverage

    def _margined(self, call: Call) -> Position:
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        position = self.find(call.alias, instrument.symbol, self.idx(call.alias, instrument, body, default=0))
        if position is None:
            raise self.refuse(110033)
        return position

    def _margin_row(self, position: Position) -> dict[str, object]:
        """Keys in the order of the sample [docs]."""
        instrument = self.instrument_of(position)
        price = self.world.market.price(position.coin)
        fee = floor_to(position.value(price) * FEE)
        stops = {"stopLoss": position.stop_loss, "takeProfit": position.take_profit}
        return {
            "category": instrument.category,
            "symbol": instrument.symbol,
            "positionIdx": position.extra["idx"],
            "riskId": 1,
            "riskLimitValue": "200000",
            "size": plain(position.size),
            "positionValue": plain(floor_to(position.value(position.entry))),
            "avgPrice": plain(position.entry),
            "liqPrice": instrument.price(round_to(position.liquidation(), instrument.tick)),
            "bustPrice": "",
            "markPrice": instrument.price(price),
            "leverage": plain(position.leverage),
            "autoAddMargin": position.extra.get("autoAddMargin", 0),
            "positionStatus": "Normal",
            "positionIM": plain(position.margin + fee),
            "positionMM": "0",
            "unrealisedPnl": plain(floor_to(position.profit(price))),
            "cumRealisedPnl": plain(floor_to(position.realized - position.open_fee - position.close_fee)),
            **{name: instrument.price(stop.value if stop else Decimal(0)) for name, stop in stops.items()},
            "trailingStop": instrument.price(position.extra.get("trailing", Decimal(0))),
            "createdTime": str(position.opened_at),
            "updatedTime": str(position.updated_at),
        }
