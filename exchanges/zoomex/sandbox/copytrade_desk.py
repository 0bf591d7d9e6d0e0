"""Lead orders of the old copy-trade tree: each filled one is a position of its own until it is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from unifiedcopy.sandbox import ZERO, Closing, Lead, Position, Side, Trigger, World, floor_to, plain

from .copytrade_gate import CopyTradeGate
from .desk import Instrument

GROUPS = {
    "All": None,
    "Active": ("New", "OpenOrderFilled"),
    "Closed": ("OpenOrderClosedFilled", "CloseOrderFilled"),
    "Cancelled": ("Cancelled",),
    "Tpsl": ("CloseOrderFilled",),
}
"""Which statuses each ``copyTradeOrderType`` shows [guess]; Tpsl are those of TP and SL alone."""


@dataclass(slots=True, eq=False)
class LeadOrder:
    """An order that opens, with the position it became; or one that closed."""

    id: str
    instrument: Instrument
    side: Literal["Buy", "Sell"]
    qty: Decimal
    price: Decimal
    created: int
    leverage: Decimal
    link: str = ""
    limit: bool = False
    levels: dict[str, Decimal | None] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    position: Position | None = None
    closing: Closing | None = None
    cancelled_at: int = 0

    @property
    def opens(self) -> Side:
        return "long" if self.side == "Buy" else "short"

    @property
    def status(self) -> str:
        if self.closing is not None:
            return "CloseOrderFilled"
        if self.cancelled_at:
            return "Cancelled"
        if self.position is None:
            return "New"
        return "OpenOrderFilled" if self.position.size else "OpenOrderClosedFilled"

    def belongs(self, group: str) -> bool:
        if group == "Tpsl" and (self.closing is None or self.closing.reason not in ("take_profit", "stop_loss")):
            return False
        return GROUPS[group] is None or self.status in (GROUPS[group] or ())


class CopyTradeDesk(CopyTradeGate):
    """Keeps what was sent, and reads the rest out of the book."""

    def __init__(self, world: World) -> None:
        self._sent: dict[tuple[str, str], LeadOrder] = {}
        """By alias and order id."""
        self.close_links: dict[str, str] = {}
        """``orderLinkId`` by the id of the closing."""
        world.market.watchers.append(self._lead_price_moved)
        super().__init__(world)

    def lead_orders(self, lead: Lead) -> list[LeadOrder]:
        """Orders of the leader, the newest first."""
        sent = [order for (alias, _), order in self._sent.items() if alias == lead.account]
        known = {id(order.position) for order in sent}
        older = [self._order_of(p) for p in (*lead.history, *lead.positions) if id(p) not in known]
        closings = [c for c in self.world.book.closings if c.position.owner == lead.leader.owner]
        found = [*sent, *older, *(self._order_that_closed(closing) for closing in closings)]
        return sorted(found, key=lambda order: (order.created, order.id), reverse=True)

    def lead_order(self, lead: Lead, order_id: str, link: str) -> LeadOrder | None:
        """The order with this id, or with this ``orderLinkId``."""
        found = self.lead_orders(lead)
        return next((o for o in found if (o.id == order_id if order_id else link and o.link == link)), None)

    def send(self, lead: Lead, order: LeadOrder) -> bool:
        """Fill the order, or let it rest; False when there isn't money enough."""
        price = self.world.market.price(order.instrument.coin)
        if not order.limit or self._reached(order, price):
            if not self._fill(lead, order, price):
                return False
        elif self.world.ledger.balance(lead.leader.owner) < order.qty * order.price / order.leverage:
            return False
        self._sent[lead.account, order.id] = order
        return True

    # Filling

    def _fill(self, lead: Lead, order: LeadOrder, price: Decimal) -> bool:
        """Open the position, and its copies."""
        order.position = lead.copying.lead_open(
            lead.leader,
            order.instrument.coin,
            order.opens,
            size=order.qty,
            leverage=order.leverage,
            price=price,
        )
        if order.position is None:
            return False
        self.put_levels(order.position, order.levels)
        return True

    def put_levels(self, position: Position, levels: dict[str, Decimal | None]) -> None:
        """Set what is given, cancel what is 0, keep what is missing."""
        for name, level in levels.items():
            if level is None:
                continue
            trigger = Trigger("price", level) if level else None
            if name == "takeProfit":
                position.take_profit = trigger
            else:
                position.stop_loss = trigger

    def _lead_price_moved(self, coin: str) -> None:
        price = self.world.market.price(coin)
        for (alias, _), order in list(self._sent.items()):
            waits = order.status == "New" and order.instrument.coin == coin
            if (
                waits
                and self._reached(order, price)
                and not self._fill(self.world.leads[alias, False], order, order.price)
            ):
                order.cancelled_at = self.world.clock.now_ms()

    def _reached(self, order: LeadOrder, price: Decimal) -> bool:
        return price <= order.price if order.side == "Buy" else price >= order.price

    # What was not sent through this tree

    def _order_of(self, position: Position) -> LeadOrder:
        """The order behind a position that was opened before this emulator's time."""
        return LeadOrder(
            id=position.id,
            instrument=self.instrument_of(position),
            side="Buy" if position.side == "long" else "Sell",
            qty=position.max_size,
            price=position.entry,
            created=position.opened_at,
            leverage=position.leverage,
            words=position.extra.setdefault("words", {}),
            position=position,
        )

    def _order_that_closed(self, closing: Closing) -> LeadOrder:
        position = closing.position
        return LeadOrder(
            id=closing.id,
            instrument=self.instrument_of(position),
            side="Sell" if position.side == "long" else "Buy",
            qty=closing.size,
            price=closing.price,
            created=closing.at,
            leverage=position.leverage,
            link=self.close_links.get(closing.id, ""),
            closing=closing,
        )

    # Rows

    def lead_order_row(self, order: LeadOrder) -> dict[str, object]:
        """Keys in the order of the sample [docs]."""
        position, closing = order.position, order.closing
        filled = order.qty if position or closing else ZERO
        left = ZERO if filled or order.cancelled_at else order.qty
        held = closing.position if closing else position
        fee = closing.fee if closing else position.open_fee if position else ZERO
        price = closing.price if closing else position.entry if position else order.price
        return {
            "orderId": order.id,
            "symbol": order.instrument.symbol,
            "orderLinkId": order.link,
            "side": order.side,
            "copyTradeOrderStatus": order.status,
            "price": order.instrument.price(order.price),
            "qty": plain(order.qty),
            "timeInForce": "GoodTillCancel" if order.limit else "ImmediateOrCancel",
            "leavesQty": plain(left),
            "isIsolated": not held.cross if held else True,
            "leavesValue": plain(left * order.price),
            "leverage": plain(held.leverage if held else order.leverage),
            "cumExecValue": plain(floor_to(filled * price)),
            "cumExecFee": plain(fee),
            "createdTime": str(order.created),
            "updatedTime": str(order.cancelled_at or (position.updated_at if position else order.created)),
            **{name: self._level(order, name) for name in ("takeProfit", "stopLoss")},
            "tpTriggerBy": order.words.get("tpTriggerBy", ""),
            "slTriggerBy": order.words.get("slTriggerBy", ""),
        }

    def _level(self, order: LeadOrder, name: str) -> str:
        """TP or SL that is set now; empty when there is none (guess)."""
        level = order.levels.get(name)
        if order.position is not None:
            trigger = order.position.take_profit if name == "takeProfit" else order.position.stop_loss
            level = trigger.value if trigger and trigger.kind == "price" else None
        return order.instrument.price(level) if level else ""
