"""Orders: placed, waiting, cancelled, and all that have been."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Answer, Call, Closing, Position, Refusal, World, floor_to, plain, route

from .desk import CLOSE_TYPES, SIDES, Exposure, Order, inst_id, margin_mode, opened, order_id_of, order_side
from .gate import COPY, MESSAGES, TRADING
from .stops import Stops, prices_row

KINDS = ("market", "limit", "fok", "ioc")
"""What can be placed; post_only occurs in lists alone [docs]."""


class Orders(Stops):
    """Opening and closing by orders. In net mode an order first closes what stands against it [guess]."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.market.watchers.append(self._fill_waiting)

    # Placing

    @route(
        "POST",
        f"{COPY}/trade/place-order",
        write=True,
        limits=TRADING,
        note="clientOrderId is in the answer though it can't be sent; leaders alone (guess); where the code of a "
        "refused order stands is a switch; a waiting order reserves no margin",
    )
    def place_order(self, call: Call) -> object:
        order = self._read_order(call)
        self.broker(call)
        if self.world.lead(call.alias) is None:
            raise self.refuse("152404")
        hedged = call.alias in self.hedged
        if (order.position_side == "net") is hedged:
            raise self._rejected("102089")
        if hedged and order.position_side != order.opens and not self._against(order):
            raise self._rejected("102022")
        if self._marketable(order):
            self._fill(order, self.price(order.coin))
            if not order.filled:
                raise self._rejected("103003")
        elif order.kind != "limit":
            order.state = "canceled"
        self.orders[order.id] = order
        return [{"orderId": order.id, "clientOrderId": "", "msg": "", "code": "0"}]

    def _read_order(self, call: Call) -> Order:
        body = call.body
        coin = self.coin(self.needed(body, "instId"))
        cross = self.choice(body, "marginMode", ("cross", "isolated")) == "cross"
        position_side = self.choice(body, "positionSide", ("net", *SIDES))
        side = self.choice(body, "side", ("buy", "sell"))
        kind = self.choice(body, "orderType", KINDS)
        price = None if kind == "market" else self.amount(body, "price")
        exposure = Exposure(coin, cross, "long" if side == "buy" else "short")
        return Order(
            id=self.world.new_id(),
            alias=call.alias,
            coin=coin,
            cross=cross,
            position_side=position_side,
            side=side,
            kind=kind,
            price=price,
            size=self.coins(coin, self.amount(body, "size")),
            leverage=self.leverage_of(call.alias, exposure),
            created=call.request.at,
            updated=call.request.at,
            broker=self.text(body, "brokerId"),
        )

    def _rejected(self, code: str) -> Refusal:
        """An order of its own code, in the row or outside too [docs: both must be looked at]."""
        inside = self.options.order_refusal == "row"
        row = {"orderId": None, "clientOrderId": "", "msg": MESSAGES[code], "code": code}
        outer = {"code": "0", "msg": ""} if inside else {"code": "1", "msg": MESSAGES["1"]}
        return Refusal(Answer.json({**outer, "data": [row]}))

    # Filling

    def _marketable(self, order: Order) -> bool:
        price = self.price(order.coin)
        if order.price is None:
            return True
        return price <= order.price if order.side == "buy" else price >= order.price

    def _against(self, order: Order) -> list[Position]:
        """What the order closes, the oldest first."""
        return [
            position
            for position in self.held(order.alias)
            if (position.coin, position.cross) == (order.coin, order.cross) and position.side != order.opens
        ]

    def _fill(self, order: Order, price: Decimal) -> None:
        """Close what stands against it, open with the rest; in hedge mode it is one or the other."""
        closes = order.position_side in ("net", *({"long", "short"} - {order.opens}))
        for position in self._against(order) if closes else []:
            self._close_for(order, position, price)
        rest = order.size - order.filled
        if rest and order.position_side in ("net", order.opens):
            self._open_for(order, rest, price)
        done = order.filled == order.size
        order.state = "filled" if done else "partially_canceled" if order.filled else "canceled"
        order.updated = self.world.clock.now_ms()

    def _close_for(self, order: Order, position: Position, price: Decimal) -> None:
        size = min(order.size - order.filled, position.size)
        if not size:
            return
        closing = self.world.book.close(position, size, price=price)
        self.closed_by[closing.id] = order.id
        order.filled += size
        order.worth += size * price
        order.fee += closing.fee
        order.profit += closing.profit

    def _open_for(self, order: Order, size: Decimal, price: Decimal) -> None:
        lead = self.world.lead(order.alias)
        if lead is None:
            return
        lead.leader.cross = order.cross
        position = self.world.copying.lead_open(
            lead.leader, order.coin, order.opens, size=size, leverage=order.leverage, price=price
        )
        if position is None:  # not enough money
            return
        position.extra["orderId"] = order.id
        order.filled += size
        order.worth += size * price
        order.fee += position.open_fee

    def _fill_waiting(self, coin: str) -> None:
        """A price has moved: fill the limit orders that it reaches, at their own prices."""
        for order in list(self.orders.values()):
            if order.coin == coin and order.waits and self._marketable(order):
                self._fill(order, order.price or self.price(coin))

    # Waiting

    @route(
        "GET",
        f"{COPY}/trade/orders-pending",
        note="the contract is called instId as in the table, the example says symbol; live as in the table, too",
    )
    def orders_pending(self, call: Call) -> object:
        coin = self.wanted_coin(self.text(call.query, "instId"))
        kind = self.text(call.query, "orderType")
        state = self.text(call.query, "state")
        found = {
            order.id: order
            for order in self.orders.values()
            if order.alias == call.alias
            and order.waits
            and coin in ("", order.coin)
            and kind in ("", order.kind)
            and state in ("", order.state)
        }
        return [
            {**self._order_row(order), "reduceOnly": "false", **prices_row(None, None)}
            for order in self.by_order(found, call.query, most=100)
        ]

    @route("POST", f"{COPY}/trade/cancel-order", write=True, limits=TRADING)
    def cancel_order(self, call: Call) -> object:
        order = self.orders.get(self.needed(call.body, "orderId"))
        if order is None or order.alias != call.alias or not order.waits:
            raise self.refuse("102068")
        order.state, order.updated = "canceled", call.request.at
        return {"code": "0", "msg": None}

    # History

    @route(
        "GET",
        f"{COPY}/trade/orders-history",
        note="before and after as described, see the switch; closings and what was opened before the sandbox began "
        "count as market orders",
    )
    def orders_history(self, call: Call) -> object:
        coin = self.wanted_coin(self.text(call.query, "instId"))
        found: dict[str, Mapping[str, Any]] = {
            order.id: self._order_row(order) | {"fee": plain(order.fee), "orderCategory": "normal"}
            for order in self.orders.values()
            if order.alias == call.alias and not order.waits and coin in ("", order.coin)
        }
        owner = self.owner(call.alias)
        for position in (*self.closed(call.alias), *self.held(call.alias)):
            if "orderId" not in position.extra and coin in ("", position.coin):
                found[order_id_of(position)] = self._opening_row(call.alias, position)
        for closing in self.world.book.closings:
            mine = closing.position.owner == owner and closing.id not in self.closed_by
            if mine and coin in ("", closing.position.coin):
                found[closing.id] = self._closing_order_row(call.alias, closing)
        return self.by_order(found, call.query, swapped=self.options.history_cursors == "swapped")

    def _order_row(self, order: Order) -> dict[str, str]:
        average = floor_to(order.worth / order.filled) if order.filled else ZERO
        return {
            "orderId": order.id,
            "instId": inst_id(order.coin),
            "marginMode": margin_mode(order.cross),
            "positionSide": order.position_side,
            "side": order.side,
            "orderType": order.kind,
            "price": plain(order.price if order.price is not None else average),
            "size": self.contracts(order.coin, order.size),
            "leverage": plain(order.leverage),
            "state": order.state,
            "filledSize": self.contracts(order.coin, order.filled),
            "averagePrice": plain(average),
            "pnl": plain(order.profit),
            "createTime": str(order.created),
            "updateTime": str(order.updated),
        }

    def _opening_row(self, alias: str, position: Position) -> dict[str, str]:
        return {
            **self._market_row(alias, position, opened(position), position.entry),
            "orderId": order_id_of(position),
            "side": order_side(position.side),
            "fee": plain(position.open_fee),
            "pnl": "0",
            "orderCategory": "normal",
            **dict.fromkeys(("createTime", "updateTime"), str(position.opened_at)),
        }

    def _closing_order_row(self, alias: str, closing: Closing) -> dict[str, str]:
        return {
            **self._market_row(alias, closing.position, closing.size, closing.price),
            "orderId": closing.id,
            "side": order_side(closing.position.side, closing=True),
            "fee": plain(closing.fee),
            "pnl": plain(closing.profit),
            "orderCategory": CLOSE_TYPES.get(closing.reason, "normal"),
            **dict.fromkeys(("createTime", "updateTime"), str(closing.at)),
        }

    def _market_row(self, alias: str, position: Position, size: Decimal, price: Decimal) -> dict[str, str]:
        contracts = self.contracts(position.coin, size)
        return {
            "instId": inst_id(position.coin),
            "leverage": plain(position.leverage),
            "marginMode": margin_mode(position.cross),
            "positionSide": self.shown_side(alias, position.side),
            "orderType": "market",
            "price": plain(price),
            "size": contracts,
            "filledSize": contracts,
            "averagePrice": plain(price),
            "state": "filled",
        }
