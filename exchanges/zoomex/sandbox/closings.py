"""Closed profit and loss."""

from __future__ import annotations

from unifiedcopy.sandbox import Call, Closing, floor_to, plain, route, span

from .desk import FEE, Desk
from .gate import TREE, per_uid

WEEK_MS = 7 * 86_400_000


class Closings(Desk):
    """What was closed, wholly or in part."""

    @route(
        "GET",
        f"{TREE}/position/closed-pnl",
        limits=per_uid("position/closed-pnl"),
        note="createdTime has 19 digits as in the sample; codes for bad parameters are guesses",
    )
    def closed_pnl(self, call: Call) -> object:
        category = self.category(call.query)
        symbol = call.query.get("symbol", "")
        if symbol:
            self.instrument(category, symbol)
        start, end = self._span(call)
        filters = (category, symbol, call.query.get("startTime", ""), call.query.get("endTime", ""))
        found = [
            closing
            for closing in self.world.book.closings
            if closing.position.owner == call.alias
            and self.passes(closing.position, (category, symbol, "", ""))
            and start <= closing.at <= end
        ]
        found.sort(key=lambda closing: (closing.at, closing.id), reverse=True)
        shown, cursor = self.page(call, found, filters, key=_closing_key, default=50, most=100)
        return {
            "nextPageCursor": cursor,
            "category": category,
            "list": [self._closing_row(closing) for closing in shown],
        }

    def _span(self, call: Call) -> tuple[int, int]:
        """Both ends of the time asked for: 7 days at most, 7 days where an end is missing [docs]."""
        given = [call.query.get(name, "") for name in ("startTime", "endTime")]
        if any(text and not text.isdigit() for text in given):
            raise self.refuse(10001)
        start, end = (int(text) if text else None for text in given)
        found = span(start, end, now=call.request.at, most=WEEK_MS)
        if found is None:
            raise self.refuse(10001, "params error: startTime and endTime are more than 7 days apart")
        return found

    def _closing_row(self, closing: Closing) -> dict[str, str]:
        position, instrument = closing.position, self.instrument_of(closing.position)
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


def _nanoseconds(closing: Closing) -> str:
    return f"{closing.at}{int(closing.id) % 1_000_000:06}"


def _closing_key(closing: Closing) -> str:
    """The sample's cursor holds order id and nanoseconds, twice [docs]."""
    mark = f"{closing.id}:{_nanoseconds(closing)}"
    return f"{mark},{mark}"
