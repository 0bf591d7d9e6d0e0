"""TP and SL of an open position: one of each for the whole, or up to twenty for parts of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Position, route

from .blotter import MOST_STOPS
from .gate import TREE, per_uid
from .orders import Orders

SIZES = {"takeProfit": "tpSize", "stopLoss": "slSize"}
LIMITS = {"takeProfit": "tpLimitPrice", "stopLoss": "slLimitPrice"}


class Stops(Orders):
    """Setting what closes a position."""

    @route(
        "POST",
        f"{TREE}/position/trading-stop",
        write=True,
        limits=per_uid("position/trading-stop"),
        note="takes effect at once; which of 10001, 110058, 110060 and 110061 is answered, and 10001 for a level on "
        "the wrong side, are guesses; a trailing stop is shown but doesn't close; every trigger looks at one price",
    )
    def trading_stop(self, call: Call) -> object:
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        position = self.find(call.alias, instrument.symbol, self.idx(call.alias, instrument, body))
        if position is None:
            raise self.refuse(10001, "can not set tp/sl/ts for zero position")
        current = "Partial" if (call.alias, instrument.symbol) in self.partial else "Full"
        partial = self.choice(body, "tpslMode", ("Full", "Partial"), current) == "Partial"
        wishes = {name: self.stop_level(body, name) for name in ("takeProfit", "stopLoss", "trailingStop")}
        if all(value is None for value in wishes.values()):
            raise self.refuse(10001, "params error: takeProfit, stopLoss or trailingStop is required")
        self.stop_level(body, "activePrice")
        words = self.stop_words(body, partial)
        self.check_stops(position.sign, self.world.market.price(position.coin), wishes)
        if partial:
            self._add_partial(position, body, wishes, words)
            wishes = {"trailingStop": wishes["trailingStop"]}
        elif any(body.get(name) for name in SIZES.values()):
            raise self.refuse(110060)
        self.set_stops(position, wishes)
        return {}

    def _add_partial(
        self,
        position: Position,
        body: Mapping[str, Any],
        wishes: Mapping[str, Decimal | None],
        words: Mapping[str, str],
    ) -> None:
        """Partial mode only adds, and both sizes are equal [docs]."""
        wanted = [name for name in SIZES if wishes[name]]
        sizes = {name: self._size(position, body, SIZES[name]) for name in wanted}
        if len(set(sizes.values())) > 1:
            raise self.refuse(10001, "params error: tpSize and slSize must be equal")
        if any(wishes[name] == 0 for name in SIZES):
            raise self.refuse(10001, "params error: Partial mode only adds")
        if len(self.stops_of(position)) + len(wanted) > MOST_STOPS:
            raise self.refuse(110061)
        for name in wanted:
            limit = words.get(LIMITS[name])
            self.add_stop(position, name, wishes[name] or Decimal(0), sizes[name], Decimal(limit) if limit else None)

    def _size(self, position: Position, body: Mapping[str, Any], name: str) -> Decimal:
        size = self.number(body, name)
        if not 0 < size <= position.size or size % self.instrument_of(position).step:
            raise self.refuse(110058)
        return size
