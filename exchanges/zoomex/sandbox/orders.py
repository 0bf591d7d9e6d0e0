"""Placing and cancelling orders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, NotEnough, World, route

from .blotter import Blotter, Order
from .desk import Instrument
from .gate import TREE, per_uid

LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
PRICE_SORTS = ("LastPrice", "IndexPrice", "MarkPrice")
FORCES = ("GTC", "IOC", "FOK", "PostOnly")


class Orders(Blotter):
    """Opening, adding, reducing, closing, turning around, and taking it back."""

    def __init__(self, world: World) -> None:
        self._links: dict[tuple[str, str], str] = {}
        """Ids of orders by account and ``orderLinkId``."""
        super().__init__(world)

    @route(
        "POST",
        f"{TREE}/order/create",
        write=True,
        limits=per_uid("order/create"),
        note="filled at once and wholly at the mark price, or at the limit price when the market gets there; nothing "
        "is set aside for a resting order, slippage tolerance is not applied; a reduce-only quantity above the size "
        "is cut to the size, what can not be paid later is cancelled, TP/SL on the wrong side answers 10001: guesses",
    )
    def order_create(self, call: Call) -> object:
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        order = self._read_order(call.alias, instrument, body)
        try:
            self.take(order)
        except NotEnough:
            raise self.refuse(110007) from None
        if order.link:
            self._links[call.alias, order.link] = order.id
        return {"orderId": order.id, "orderLinkId": order.link}

    @route("POST", f"{TREE}/order/cancel", write=True, limits=per_uid("order/cancel"), note="orderId wins (guess)")
    def order_cancel(self, call: Call) -> object:
        body = call.body
        instrument = self.instrument(self.category(body), self.required(body, "symbol"))
        order = self._named(call.alias, body)
        if order is None or order.instrument != instrument or not order.working:
            raise self.refuse(110001)
        self.cancel(order)
        return {"orderId": order.id, "orderLinkId": order.link}

    @route(
        "POST",
        f"{TREE}/order/cancel-all",
        write=True,
        limits=per_uid("order/cancel-all"),
        note="symbol, baseCoin or settleCoin are needed, and nothing to cancel is an empty list: guesses",
    )
    def order_cancel_all(self, call: Call) -> object:
        body = call.body
        category = self.category(body)
        symbol, base, settle = (body.get(name) or "" for name in ("symbol", "baseCoin", "settleCoin"))
        if symbol:
            self.instrument(category, symbol)
        elif not base and not settle:
            raise self.refuse(10001, "params error: symbol, baseCoin or settleCoin is required")
        found = [o for o in self.working(call.alias) if o.instrument.passes(category, symbol, settle, base)]
        for order in found:
            self.cancel(order)
        return {"list": [{"orderId": order.id, "orderLinkId": order.link} for order in found]}

    def _named(self, alias: str, given: Mapping[str, Any]) -> Order | None:
        """The account's order that is named by either id."""
        order_id, link = given.get("orderId") or "", given.get("orderLinkId") or ""
        if not order_id and not link:
            raise self.refuse(10001, "params error: orderId or orderLinkId is required")
        order = self.orders.get(order_id or self._links.get((alias, link), ""))
        return order if order is not None and order.owner == alias else None

    # Reading an order

    def _read_order(self, alias: str, instrument: Instrument, body: Mapping[str, Any]) -> Order:
        side: Any = self.choice(body, "side", ("Buy", "Sell"))
        kind: Any = self.choice(body, "orderType", ("Market", "Limit"))
        if not side or not kind:
            raise self.refuse(10001, "params error: side and orderType are required")
        order = Order(
            id=self.world.new_id(),
            owner=alias,
            instrument=instrument,
            side=side,
            kind=kind,
            qty=self.number(body, "qty"),
            created=self.world.clock.now_ms(),
            price=self.number(body, "price") if kind == "Limit" else ZERO,
            force="IOC" if kind == "Market" else self.choice(body, "timeInForce", FORCES, "GTC"),
            idx=self.idx(alias, instrument, body, default=0),
            link=self._read_link(alias, body),
            reduce=self.flag(body, "reduceOnly"),
            close_on_trigger=self.flag(body, "closeOnTrigger"),
        )
        if order.qty <= 0 or order.qty % instrument.step:
            raise self.refuse(10001, "params error: qty invalid")
        if kind == "Limit" and (order.price <= 0 or order.price % instrument.tick):
            raise self.refuse(10001, "params error: price invalid")
        self._read_trigger(order, body)
        self._read_stops(order, body)
        return order

    def _read_link(self, alias: str, body: Mapping[str, Any]) -> str:
        link = body.get("orderLinkId") or ""
        if link and (not isinstance(link, str) or not LINK_ID.fullmatch(link)):
            raise self.refuse(10001, "params error: orderLinkId invalid")
        if (alias, link) in self._links:
            raise self.refuse(110072)
        return link

    def _read_trigger(self, order: Order, body: Mapping[str, Any]) -> None:
        if body.get("triggerPrice") in (None, ""):
            return
        order.trigger = self.number(body, "triggerPrice")
        order.direction = self.one_of(body, "triggerDirection", (1, 2))
        order.words["triggerBy"] = self.choice(body, "triggerBy", PRICE_SORTS, "LastPrice")
        order.stop_type = "Stop"
        if order.trigger <= 0 or order.reached(self.world.market.price(order.instrument.coin)):
            raise self.refuse(10001, "params error: triggerPrice is reached already")

    def _read_stops(self, order: Order, body: Mapping[str, Any]) -> None:
        """TP and SL for what the order opens, on the right side of its price."""
        order.levels = {name: self.stop_level(body, name) for name in ("takeProfit", "stopLoss")}
        if order.reduce and any(order.levels.values()):
            raise self.refuse(10001, "params error: reduceOnly orders take no takeProfit or stopLoss")
        order.words["tpslMode"] = self.choice(body, "tpslMode", ("Full", "Partial"))
        order.words |= self.stop_words(body, order.words["tpslMode"] == "Partial")
        price = order.price or order.trigger or self.world.market.price(order.instrument.coin)
        self.check_stops(1 if order.side == "Buy" else -1, price, order.levels)

    def stop_words(self, body: Mapping[str, Any], partial: bool) -> dict[str, str]:
        """How TP and SL are triggered and executed; Limit only with Partial [docs]."""
        words = {}
        for stop in ("tp", "sl"):
            by, kind, limit = f"{stop}TriggerBy", f"{stop}OrderType", f"{stop}LimitPrice"
            words[by] = self.choice(body, by, PRICE_SORTS)
            if self.choice(body, kind, ("Market", "Limit"), "Market") == "Limit":
                if not partial:
                    raise self.refuse(110060)
                words[limit] = str(self._positive(body, limit))
        return words

    def _positive(self, body: Mapping[str, Any], name: str) -> Decimal:
        value = self.number(body, name)
        if value <= 0:
            raise self.refuse(10001, f"params error: {name} invalid")
        return value
