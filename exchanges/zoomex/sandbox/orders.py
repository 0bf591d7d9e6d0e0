"""Market orders, filled at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, NotEnough, Side, World, route

from .desk import Desk, Instrument
from .gate import TREE, per_uid

LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")


class Orders(Desk):
    """Opening, adding, reducing, closing, turning around."""

    def __init__(self, world: World) -> None:
        self._links: set[tuple[str, str]] = set()
        super().__init__(world)

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
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        order = self._read_order(call.alias, instrument, body)
        try:
            order_id = self._execute(call.alias, instrument, order)
        except NotEnough:
            raise self.refuse(110007) from None
        if order["link"]:
            self._links.add((call.alias, order["link"]))
        return {"orderId": order_id, "orderLinkId": order["link"]}

    def _read_order(self, alias: str, instrument: Instrument, body: Mapping[str, Any]) -> dict[str, Any]:
        side, qty, link = (
            self.required(body, "side"),
            self.number(body, "qty"),
            body.get("orderLinkId") or "",
        )
        if self.required(body, "orderType") != "Market":
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
            "idx": self.idx(alias, instrument, body, default=0),
            "reduce": body.get("reduceOnly", False),
            "stops": {name: self.stop_level(body, name) for name in ("takeProfit", "stopLoss")},
        }
        if order["reduce"] and any(value for value in order["stops"].values()):
            raise self.refuse(10001, "params error: reduceOnly orders take no takeProfit or stopLoss")
        return order

    def _execute(self, alias: str, instrument: Instrument, order: Mapping[str, Any]) -> str:
        """Fill an order; returns its id."""
        position = self.find(alias, instrument.symbol, order["idx"])
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

    def _add(self, alias: str, instrument: Instrument, order: Mapping[str, Any], side: Side, size: Decimal) -> str:
        if order["idx"] == (2 if side == "long" else 1):
            raise self.refuse(10001, "position idx not match side")
        position = self.find(alias, instrument.symbol, order["idx"])
        if position is not None:
            self.world.book.increase(position, size)
        else:
            position = self.world.book.open(
                alias,
                instrument.coin,
                side,
                size,
                leverage=self.leverage_of(alias, instrument.symbol),
                inverse=instrument.inverse,
                cross=True,
                extra={"idx": order["idx"]},
            )
        self.set_stops(position, order["stops"])
        return self.world.new_id()
