"""Closed profit and loss."""

from __future__ import annotations

from unifiedcopy.sandbox import Call, Closing, floor_to, plain, route

from .blotter import Blotter
from .desk import FEE
from .gate import TREE, per_uid


class Closings(Blotter):
    """What was closed, wholly or in part."""

    @route(
        "GET",
        f"{TREE}/position/closed-pnl",
        limits=per_uid("position/closed-pnl"),
        note="createdTime has 19 digits as in the sample; codes for bad parameters are guesses",
    )
    def closed_pnl(self, call: Call) -> object:
        upgraded = self.options.upgraded_at if self.options.unified else 0
        return self._closed_page(call, [c for c in self.world.book.closings if c.at >= upgraded])

    @route(
        "GET",
        f"{TREE}/pre-upgrade/position/closed-pnl",
        limits=per_uid("position/closed-pnl"),
        fidelity="guessed",
        note="same parameters, rows and limit as closed-pnl; a classic account answers 10008",
    )
    def closed_pnl_before_the_upgrade(self, call: Call) -> object:
        if not self.options.unified:
            raise self.refuse(10008)
        return self._closed_page(call, [c for c in self.world.book.closings if c.at < self.options.upgraded_at])

    def _closed_page(self, call: Call, closings: list[Closing]) -> object:
        category = self.category(call.query)
        symbol = call.query.get("symbol", "")
        if symbol:
            self.instrument(category, symbol)
        start, end = self.span(call)
        filters = (category, symbol, call.query.get("startTime", ""), call.query.get("endTime", ""))
        found = [
            closing
            for closing in closings
            if closing.position.owner == call.alias
            and self.instrument_of(closing.position).passes(category, symbol, "", "")
            and start <= closing.at <= end
        ]
        found.sort(key=lambda closing: (closing.at, closing.id), reverse=True)
        shown, cursor = self.page(call, found, filters, key=_closing_key, default=50, most=100, text=str)
        return {
            "nextPageCursor": cursor,
            "category": category,
            "list": [self._closing_row(closing) for closing in shown],
        }

    def _closing_row(self, closing: Closing) -> dict[str, str]:
        position, instrument = closing.position, self.instrument_of(closing.position)
        order = self.closer(closing)
        entry_value = floor_to(position.value(closing.entry, closing.size))
        exit_value = floor_to(position.value(closing.price, closing.size))
        return {
            "symbol": instrument.symbol,
            "orderType": order.kind,
            "leverage": plain(position.leverage),
            "updatedTime": str(closing.at),
            "side": "Sell" if position.side == "long" else "Buy",  # of the closing order [docs, computed]
            "orderId": order.id,
            "closedPnl": plain(floor_to(closing.profit - floor_to(entry_value * FEE) - closing.fee)),
            "avgEntryPrice": plain(closing.entry),
            "qty": plain(order.qty),
            "cumEntryValue": plain(entry_value),
            "createdTime": _nanoseconds(closing),
            "orderPrice": plain(order.price or closing.price),
            "closedSize": plain(closing.size),
            "avgExitPrice": plain(closing.price),
            "execType": "BustTrade" if closing.reason == "liquidation" else "Trade",
            "fillCount": "1",
            "cumExitValue": plain(exit_value),
        }


def _nanoseconds(closing: Closing) -> str:
    return f"{closing.at}{int(closing.id) % 1_000_000:06}"


def _closing_key(closing: Closing) -> str:
    """The sample's cursor holds order id and nanoseconds, twice [docs]."""
    mark = f"{closing.id}:{_nanoseconds(closing)}"
    return f"{mark},{mark}"
