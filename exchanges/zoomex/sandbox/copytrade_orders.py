"""The old copy-trade tree's orders: opening, closing one by one, TP and SL of each, their lists."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Lead, Position, plain, route

from .copytrade_desk import GROUPS, CopyTradeDesk, LeadOrder
from .copytrade_gate import PRIVATE, per_minute
from .desk import Instrument
from .orders import LINK_ID, PRICE_SORTS

STOPS = ("takeProfit", "stopLoss")


class CopyTradeOrders(CopyTradeDesk):
    """What a leader does order by order."""

    @route(
        "POST",
        f"{PRIVATE}/order/create",
        write=True,
        limits=per_minute("order/create", 100),
        note="filled at once at the mark price, or at the limit price when the market gets there; LIMIT as in the "
        "sample counts as Limit; 10001 for lack of money, a used orderLinkId and levels on the wrong side: guesses",
    )
    def lead_order_create(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        instrument = self.pair(body)
        limit = self.required(body, "orderType").lower() == "limit"
        side: Any = self.choice(body, "side", ("Buy", "Sell"))
        if not side or body["orderType"].lower() not in ("limit", "market"):
            raise self.deny(10001)
        order = LeadOrder(
            id=self.world.new_uuid(),
            instrument=instrument,
            side=side,
            qty=self._quantity(body, instrument),
            price=self._price(body, instrument) if limit else self.world.market.price(instrument.coin),
            created=self.world.clock.now_ms(),
            leverage=lead.rules[instrument.coin].leverage,
            link=self._link(lead, body),
            limit=limit,
            levels={name: self.stop_level(body, name) for name in STOPS},
            words=self._trigger_words(body),
        )
        self.check_stops(1 if side == "Buy" else -1, order.price, order.levels)
        if not self.send(lead, order):
            raise self.deny(10001, "available balance not enough")
        return {"orderId": order.id, "orderLinkId": order.link}

    @route(
        "POST",
        f"{PRIVATE}/order/trading-stop",
        write=True,
        note="0 cancels, missing keeps; an order that never became a position answers 30024, nothing new 34040: "
        "guesses; no limit is documented",
    )
    def lead_trading_stop(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        instrument = self.pair(body)
        order = self._parent(lead, body, instrument)
        if order is None or order.position is None or not order.position.size:
            raise self.deny(30024)
        levels = {name: self.stop_level(body, name) for name in STOPS}
        words = self._trigger_words(body)
        if all(level is None for level in levels.values()) and not any(words.values()):
            raise self.deny(10001, "params error: takeProfit, stopLoss or a trigger is required")
        position = order.position
        self.check_stops(position.sign, self.world.market.price(instrument.coin), levels)
        before = (position.take_profit, position.stop_loss, dict(order.words))
        self.put_levels(position, levels)
        order.words |= {name: word for name, word in words.items() if word}
        if before == (position.take_profit, position.stop_loss, order.words):
            raise self.deny(34040)
        return {}

    @route(
        "POST",
        f"{PRIVATE}/order/cancel",
        write=True,
        limits=per_minute("order/cancel", 100),
        note="symbol may be absent as in the sample; an order that is not there or done answers 10001 (guess)",
    )
    def lead_order_cancel(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        order = self.lead_order(lead, str(body.get("orderId") or ""), str(body.get("orderLinkId") or ""))
        if body.get("symbol") and order and order.instrument != self.pair(body):
            order = None
        if order is None or order.status != "New":
            raise self.deny(10001, "order not exists or can not be cancelled")
        order.cancelled_at = self.world.clock.now_ms()
        return {"orderId": order.id, "orderLinkId": order.link}

    @route(
        "POST",
        f"{PRIVATE}/order/close",
        write=True,
        limits=per_minute("order/close", 100),
        note="at the market; 30009 when nothing of the parent is open, 30063 for more than is open: guesses",
    )
    def lead_order_close(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        instrument = self.pair(body)
        order = self._parent(lead, body, instrument)
        link = self._link(lead, body)
        if order is None or order.position is None or not order.position.size:
            raise self.deny(30009)
        size = self._quantity(body, instrument) if body.get("qty") else order.position.size
        if size > order.position.size:
            raise self.deny(30063)
        return {"orderId": self.close_lead(order.position, size, link), "orderLinkId": link}

    # Lists

    @route(
        "GET",
        f"{PRIVATE}/order/list",
        limits=per_minute("order/list", 100),
        note="newest first, all of them; which statuses each copyTradeOrderType shows is a guess",
    )
    def lead_order_list(self, call: Call) -> object:
        return {"list": [self.lead_order_row(order) for order in self._filtered(call)]}

    @route(
        "GET",
        f"{PRIVATE}/order/page-list",
        note="the index is base64 of the last order id as in the sample, empty after the last page (guess); no limit "
        "is documented",
    )
    def lead_order_page_list(self, call: Call) -> object:
        found, query = self._filtered(call), call.query
        size, index = query.get("pageSize", "10"), query.get("preIndex", "")
        if not size.isdigit() or not 1 <= int(size) <= 50:
            raise self.deny(10001, "params error: pageSize invalid")
        start = 0
        if index:
            starts = [number + 1 for number, order in enumerate(found) if _index(order.id) == index]
            if not starts:
                raise self.deny(10001, "params error: preIndex invalid")
            start = starts[0]
        shown = found[start : start + int(size)]
        more = start + len(shown) < len(found)
        return {
            "list": [self.lead_order_row(order) for order in shown],
            "hasNext": more,
            "nextIndex": _index(shown[-1].id) if more else "",
        }

    def _filtered(self, call: Call) -> list[LeadOrder]:
        query, lead = call.query, self.leading(call)
        group = query.get("copyTradeOrderType") or "All"
        if group not in GROUPS:
            raise self.deny(10001, "params error: copyTradeOrderType invalid")
        pair = self.pair(query) if query.get("symbol") else None
        order_id, link = query.get("orderId", ""), query.get("orderLinkId", "")
        return [
            order
            for order in self.lead_orders(lead)
            if order.belongs(group)
            and pair in (None, order.instrument)
            and order_id in ("", order.id)
            and link in ("", order.link)
        ]

    # Looking up and reading

    def close_lead(self, position: Position, size: Decimal, link: str = "") -> str:
        """Close a lead position or a part of it; the copies close along. Returns the id of the closing order."""
        closing = self.world.book.close(position, size)
        if link:
            self.close_links[closing.id] = link
        return closing.id

    def _parent(self, lead: Lead, body: Mapping[str, Any], instrument: Instrument) -> LeadOrder | None:
        order_id, link = body.get("parentOrderId") or "", body.get("parentOrderLinkId") or ""
        if not order_id and not link:
            raise self.deny(10001, "params error: parentOrderId is required")
        order = self.lead_order(lead, str(order_id), str(link))
        return order if order is not None and order.instrument == instrument else None

    def _link(self, lead: Lead, body: Mapping[str, Any]) -> str:
        link = body.get("orderLinkId") or ""
        if not link:
            return ""
        if not isinstance(link, str) or not LINK_ID.fullmatch(link) or self.lead_order(lead, "", link):
            raise self.deny(10001, "params error: orderLinkId invalid")
        return link

    def _quantity(self, body: Mapping[str, Any], instrument: Instrument) -> Decimal:
        quantity = self.number(body, "qty")
        if quantity <= 0 or quantity % instrument.step:
            raise self.deny(10001, f"params error: qty {plain(quantity)} invalid")
        return quantity

    def _price(self, body: Mapping[str, Any], instrument: Instrument) -> Decimal:
        price = self.number(body, "price")
        if price <= 0 or price % instrument.tick:
            raise self.deny(10001, f"params error: price {plain(price)} invalid")
        return price

    def _trigger_words(self, body: Mapping[str, Any]) -> dict[str, str]:
        return {name: self.choice(body, name, PRICE_SORTS) for name in ("tpTriggerBy", "slTriggerBy")}


def _index(order_id: str) -> str:
    """As in the sample: base64 of compact JSON [docs]."""
    return base64.b64encode(json.dumps({"orderId": order_id}, separators=(",", ":")).encode()).decode()
