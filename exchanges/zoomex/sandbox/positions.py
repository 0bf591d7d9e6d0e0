"""The list of positions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Call, Position, floor_to, plain, round_to, route

from .desk import FEE, Desk, Instrument
from .gate import TREE, per_uid

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
# fmt: on


class Positions(Desk):
    """What an account holds."""

    @route(
        "GET",
        f"{TREE}/position/list",
        limits=per_uid("position/list"),
        note="codes for missing symbol/settleCoin, bad limit or cursor, and the order of rows are guesses",
    )
    def position_list(self, call: Call) -> object:
        category = self.category(call.query)
        symbol, settle = call.query.get("symbol", ""), call.query.get("settleCoin", "")
        if symbol:
            self.instrument(category, symbol)
        elif not settle and not (self.options.unified and category == "inverse"):
            raise self.refuse(10001, "params error: symbol or settleCoin is required")
        names = ("category", "symbol", "settleCoin", "baseCoin")
        filters = tuple(call.query.get(name, "") for name in names)
        held = self.world.book.open_positions(call.alias)
        held = [p for p in held if self.instrument_of(p).passes(category, symbol, settle, filters[-1])]
        shown, cursor = self.page(call, held, filters, key=lambda p: p.id, default=20, most=200)
        rows = [self._position_row(position) for position in shown]
        if symbol and not call.request.raw_query("cursor"):
            rows += self._flat_rows(call.alias, category, symbol)
            if not cursor and self.options.last_cursor == "always":
                cursor = self.remember(f"updateAt={call.request.at}", filters, "")
        if category == "inverse":  # the order of keys of each sample
            return {"list": rows, "nextPageCursor": cursor, "category": category}
        return {"nextPageCursor": cursor, "category": category, "list": rows}

    # Rows

    def _position_row(self, position: Position) -> dict[str, object]:
        instrument = self.instrument_of(position)
        price = self.world.market.price(position.coin)
        value, fee = position.value(price), floor_to(position.value(price) * FEE)
        liquidation = round_to(position.liquidation(), instrument.tick)
        realized = position.realized - position.open_fee - position.close_fee
        row = {
            **self._blank_row(position.owner, instrument, position.extra["idx"], position.leverage),
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
            "autoAddMargin": position.extra.get("autoAddMargin", 0),
            "isReduceOnly": position.extra.get("reduceOnly", False),
            "trailingStop": plain(position.extra.get("trailing", ZERO)) if not instrument.inverse else "0.00",
        }
        if position.take_profit:
            row["takeProfit"] = instrument.price(position.take_profit.value)
        if position.stop_loss:
            row["stopLoss"] = instrument.price(position.stop_loss.value)
        return self._ordered(instrument, row)

    def _flat_rows(self, alias: str, category: str, symbol: str) -> list[dict[str, object]]:
        """A symbol that is asked for is shown even without a position [docs]."""
        instrument = self.instrument(category, symbol)
        sides = (1, 2) if (alias, symbol) in self.hedged else (0,)
        blank = "" if self.options.unified and category == "linear" else "0"
        rows = []
        for idx in sides:
            if self.find(alias, symbol, idx) is None:
                leverage = self.leverage_of(alias, symbol, "short" if idx == 2 else "long")
                row = self._blank_row(alias, instrument, idx, leverage)
                numbers = ("avgPrice", "positionValue", "unrealisedPnl", "positionMM", "positionIM")
                row |= dict.fromkeys(numbers, blank)
                row["side"] = "" if self.options.unified or idx else "None"  # classic, one-way: "None" [docs]
                rows.append(self._ordered(instrument, row))
        return rows

    def _blank_row(self, alias: str, instrument: Instrument, idx: int, leverage: Decimal) -> dict[str, object]:
        """What is the same with and without a position."""
        now = str(self.world.clock.now_ms())
        unset = "0.00" if instrument.inverse else ""
        isolated = (alias, instrument.symbol) in self.isolated and not self.options.unified
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
            "tradeMode": 1 if isolated else 0,  # always 0 on a unified account [docs]
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
