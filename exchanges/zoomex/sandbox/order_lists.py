"""Open orders, past orders, executions."""

from __future__ import annotations

from unifiedcopy.sandbox import ZERO, Call, plain, route

from .blotter import CANCELLED, Fill, Order
from .gate import TREE, per_uid
from .orders import Orders


class OrderLists(Orders):
    """What was ordered, and what came of it."""

    @route(
        "GET",
        f"{TREE}/order/realtime",
        limits=per_uid("order/realtime"),
        note="open orders only, newest first; which parameters it takes besides category is a guess",
    )
    def order_realtime(self, call: Call) -> object:
        """Keys begin with a capital here, and only here [docs]."""
        found = [order for order in self._asked(call) if order.working]
        return self._order_page(call, found, "page_args={}&symbol=6&", capitals=True)

    @route(
        "GET",
        f"{TREE}/order/history",
        limits=per_uid("order/history"),
        note="newest first; ended orders only, cancelType CancelByUser: guesses",
    )
    def order_history(self, call: Call) -> object:
        start, end = self.span(call, together=True)
        found = [order for order in self._asked(call) if not order.working and start <= order.created <= end]
        return self._order_page(call, found, "page_token={}&")

    @route(
        "GET",
        f"{TREE}/execution/list",
        limits=per_uid("execution/list"),
        note="fills of linear and inverse; the page's sample is of spot and mostly empty, values are as on the stream; "
        "positions held at the start have no opening fill",
    )
    def execution_list(self, call: Call) -> object:
        query, filters = call.query, self._filters(call)
        order_id, kind = query.get("orderId", ""), query.get("execType", "")
        if kind not in ("", "Trade", "AdlTrade", "Funding", "BustTrade", "BlockTrade"):
            raise self.refuse(10001, "params error: execType invalid")
        start, end = self.span(call)
        found = [
            fill
            for fill in reversed(self.fills(call.alias))
            if (fill.order.id == order_id if order_id else fill.order.instrument.passes(*filters))
            and kind in ("", fill.kind)
            and start <= fill.at <= end
        ]
        asked = (*filters, order_id, kind, query.get("startTime", ""), query.get("endTime", ""))
        shown, cursor = self.page(call, found, asked, key=lambda f: f.id, default=50, most=100, text=str)
        return {
            "list": [self._fill_row(fill) for fill in shown],
            "nextPageCursor": cursor,
            "category": filters[0],
        }

    # Choosing

    def _filters(self, call: Call) -> tuple[str, str, str, str]:
        """Category, symbol, settle and base coin."""
        category, symbol = self.category(call.query), call.query.get("symbol", "")
        if symbol:
            self.instrument(category, symbol)
        return category, symbol, call.query.get("settleCoin", ""), call.query.get("baseCoin", "")

    def _asked(self, call: Call) -> list[Order]:
        """Orders that pass the filters, newest first."""
        filters = self._filters(call)
        order_id, link = call.query.get("orderId", ""), call.query.get("orderLinkId", "")
        return [
            order
            for order in reversed(self.all_orders(call.alias))
            if order.instrument.passes(*filters) and order_id in ("", order.id) and link in ("", order.link)
        ]

    def _order_page(self, call: Call, found: list[Order], mark: str, *, capitals: bool = False) -> object:
        names = ("orderId", "orderLinkId", "startTime", "endTime", "orderFilter")
        asked = (*self._filters(call), *(call.query.get(name, "") for name in names))
        shown, cursor = self.page(call, found, asked, key=lambda o: o.id, default=20, most=50, text=mark.format)
        rows = [self._order_row(order) for order in shown]
        if capitals:
            rows = [{name[0].upper() + name[1:]: value for name, value in row.items()} for row in rows]
        return {"list": rows, "nextPageCursor": cursor, "category": asked[0]}

    # Rows

    def _order_row(self, order: Order) -> dict[str, object]:
        price, words = order.instrument.price, order.words
        left = order.qty - order.filled if order.working else ZERO
        levels = {name: price(order.levels.get(name) or ZERO) for name in ("takeProfit", "stopLoss")}
        return {
            "orderId": order.id,
            "orderLinkId": order.link,
            "symbol": order.instrument.symbol,
            "price": price(order.price),
            "qty": plain(order.qty),
            "side": order.side,
            "isLeverage": "",
            "positionIdx": order.idx,
            "orderStatus": order.status,
            "cancelType": "CancelByUser" if order.reason == CANCELLED else "UNKNOWN",
            "rejectReason": order.reason,
            "avgPrice": plain(order.average),
            "leavesQty": plain(left),
            "leavesValue": plain(left if order.instrument.inverse else left * order.price),
            "cumExecQty": plain(order.filled),
            "cumExecValue": plain(order.value),
            "cumExecFee": plain(order.fee),
            "timeInForce": order.force,
            "orderType": order.kind,
            "stopOrderType": order.stop_type or "UNKNOWN",
            "orderIv": "",
            "triggerPrice": price(order.trigger or ZERO),
            **levels,
            "tpTriggerBy": words.get("tpTriggerBy") or "UNKNOWN",
            "slTriggerBy": words.get("slTriggerBy") or "UNKNOWN",
            "triggerDirection": order.direction,
            "triggerBy": words.get("triggerBy") or "UNKNOWN",
            "lastPriceOnCreated": "",
            "reduceOnly": order.reduce,
            "closeOnTrigger": order.close_on_trigger,
            "tpslMode": words.get("tpslMode", ""),
            "tpLimitPrice": words.get("tpLimitPrice", ""),
            "slLimitPrice": words.get("slLimitPrice", ""),
            "placeType": "",
            "createdTime": str(order.created),
            "updatedTime": str(order.updated or order.created),
        }

    def _fill_row(self, fill: Fill) -> dict[str, object]:
        order = fill.order
        return {
            "symbol": order.instrument.symbol,
            "orderId": order.id,
            "side": order.side,
            "orderPrice": order.instrument.price(order.price or fill.price),
            "orderQty": plain(order.qty),
            "leavesQty": "0",
            "createType": "",
            "orderType": order.kind,
            "stopOrderType": order.stop_type or "UNKNOWN",
            "execFee": plain(fill.fee),
            "execId": fill.id,
            "execPrice": plain(fill.price),
            "execQty": plain(fill.qty),
            "execType": fill.kind,
            "execValue": plain(fill.value),
            "execTime": str(fill.at),
            "isMaker": order.kind == "Limit" and order.force in ("GTC", "PostOnly") and fill.price == order.price,
            "feeRate": "0.0006",
            "markPrice": plain(fill.price),
            "closedSize": plain(fill.closed) if fill.closed else 0,  # the number 0 in the sample [docs]
            "seq": "",
        }
