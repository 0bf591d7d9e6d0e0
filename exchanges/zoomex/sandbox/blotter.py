"""Orders and their fills: what is filled at once, what rests, what the price sets off, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from unifiedcopy.sandbox import ZERO, Closing, NotEnough, Position, Refusal, Side, World, floor_to

from .desk import FEE, Desk, Instrument

OrderSide = Literal["Buy", "Sell"]
MOST_STOPS = 20
"""Partial TP/SL of one position [docs]."""
CANCELLED = "EC_PerCancelRequest"
"""Why an order ended that its owner has cancelled [guess]."""
STOP_TYPES = {"take_profit": "TakeProfit", "stop_loss": "StopLoss"}


@dataclass(slots=True)
class Order:
    """One order, from its creation to its end."""

    id: str
    owner: str
    instrument: Instrument
    side: OrderSide
    kind: Literal["Market", "Limit"]
    qty: Decimal
    created: int
    price: Decimal = ZERO
    force: str = "IOC"
    idx: int = 0
    link: str = ""
    reduce: bool = False
    close_on_trigger: bool = False
    trigger: Decimal | None = None
    direction: int = 0
    """1: set off when the price rises to the trigger, 2: when it falls to it."""
    stop_type: str = ""
    levels: dict[str, Decimal | None] = field(default_factory=dict)
    """TP and SL of what it opens."""
    words: dict[str, str] = field(default_factory=dict)
    """What is kept and shown as it was sent: ``triggerBy``, ``tpslMode``, ..."""
    status: str = "New"
    reason: str = "EC_NoError"
    updated: int = 0
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO

    @property
    def working(self) -> bool:
        return self.status in ("New", "Untriggered")

    @property
    def opens(self) -> Side:
        """The side of a position that it opens or adds to."""
        return "long" if self.side == "Buy" else "short"

    @property
    def closes(self) -> bool:
        """Whether it can only close: it says so, or it is on the other side of a hedge position."""
        return self.reduce or self.idx == (2 if self.side == "Buy" else 1)

    @property
    def average(self) -> Decimal:
        if not self.filled:
            return ZERO
        return floor_to(self.filled / self.value if self.instrument.inverse else self.value / self.filled)

    def finish(self, status: str, at: int, reason: str = "EC_NoError") -> None:
        self.status, self.updated, self.reason = status, at, reason

    def reached(self, price: Decimal) -> bool:
        """Whether the price has set it off."""
        if self.trigger is None:
            return True
        return price >= self.trigger if self.direction == 1 else price <= self.trigger

    def crosses(self, price: Decimal) -> bool:
        """Whether it can be filled at the price."""
        if self.kind == "Market":
            return True
        return price <= self.price if self.side == "Buy" else price >= self.price


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution."""

    id: str
    order: Order
    price: Decimal
    qty: Decimal
    closed: Decimal
    value: Decimal
    fee: Decimal
    at: int
    kind: Literal["Trade", "BustTrade"] = "Trade"


class Blotter(Desk):
    """Takes orders, fills them, and remembers."""

    def __init__(self, world: World) -> None:
        self.orders: dict[str, Order] = {}
        self._working: dict[str, Order] = {}
        self._openings: list[Fill] = []
        self._closers: dict[str, Order] = {}
        """By the id of the closing."""
        world.market.watchers.append(self._price_moved)
        world.book.on_close.append(self._closed)
        super().__init__(world)

    # What there is

    def working(self, owner: str) -> list[Order]:
        return [order for order in self._working.values() if order.owner == owner]

    def closer(self, closing: Closing) -> Order:
        """The order that closed; TP, SL and liquidation have one that nobody has sent."""
        return self._closers.get(closing.id) or self._order_behind(closing)

    def all_orders(self, owner: str) -> list[Order]:
        """Every order in the order of creation, those behind TP, SL and liquidations among them."""
        sent = [order for order in self.orders.values() if order.owner == owner]
        behind = [self._order_behind(c) for c in self._closings(owner) if c.id not in self._closers]
        return sorted(sent + behind, key=lambda order: (order.created, order.id))

    def fills(self, owner: str) -> list[Fill]:
        """Every execution, oldest first."""
        opened = [fill for fill in self._openings if fill.order.owner == owner]
        closed = [self._fill_of(closing) for closing in self._closings(owner)]
        return sorted(opened + closed, key=lambda fill: (fill.at, fill.id))

    def _closings(self, owner: str) -> list[Closing]:
        return [closing for closing in self.world.book.closings if closing.position.owner == owner]

    # Taking orders

    def take(self, order: Order) -> None:
        """Fill a new order, let it rest or cancel it; one that can't be paid or has nothing to close is refused."""
        price = self.world.market.price(order.instrument.coin)
        if order.trigger is not None:
            order.status = "Untriggered"
        elif order.crosses(price) and order.force == "PostOnly":
            order.finish("Cancelled", order.created, "EC_PostOnlyWillTakeLiquidity")  # [docs]
        elif order.crosses(price):
            self._execute(order, price, order.created)
        elif order.force in ("IOC", "FOK"):
            order.finish("Cancelled", order.created, "EC_NoImmediateQtyToFill")  # [docs]
        else:
            self._check_funds(order)
        self.orders[order.id] = order
        if order.working:
            self._working[order.id] = order

    def cancel(self, order: Order, reason: str = CANCELLED) -> None:
        order.finish("Cancelled", self.world.clock.now_ms(), reason)
        self._working.pop(order.id, None)

    def add_stop(self, position: Position, name: str, level: Decimal, size: Decimal, limit: Decimal | None) -> Order:
        """A TP or SL of a part of a position: an order that waits for its price."""
        profit = name == "takeProfit"
        order = Order(
            id=self.world.new_id(),
            owner=position.owner,
            instrument=self.instrument_of(position),
            side="Sell" if position.side == "long" else "Buy",
            kind="Limit" if limit else "Market",
            qty=size,
            created=self.world.clock.now_ms(),
            price=limit or ZERO,
            force="GTC" if limit else "IOC",
            idx=position.extra["idx"],
            reduce=True,
            close_on_trigger=True,
            trigger=level,
            direction=1 if profit == (position.side == "long") else 2,
            stop_type="PartialTakeProfit" if profit else "PartialStopLoss",
            words={"tpslMode": "Partial"},
        )
        self.take(order)
        return order

    def stops_of(self, position: Position) -> list[Order]:
        """TP and SL orders of parts of the position."""
        mark = (self.instrument_of(position), position.extra["idx"])
        found = self.working(position.owner)
        return [o for o in found if o.stop_type.startswith("Partial") and (o.instrument, o.idx) == mark]

    # Filling

    def _price_moved(self, coin: str) -> None:
        price = self.world.market.price(coin)
        for order in [o for o in self._working.values() if o.instrument.coin == coin]:
            if not order.working or not order.reached(price):
                continue
            if order.status == "Untriggered":
                order.status, order.updated = "New", self.world.clock.now_ms()
                order.trigger = None if order.kind == "Limit" else order.trigger
            if order.crosses(price):
                self._fill_resting(order, order.price if order.kind == "Limit" else price)

    def _fill_resting(self, order: Order, price: Decimal) -> None:
        """Fill an order that has waited; what can't be filled any more is cancelled."""
        try:
            self._execute(order, price, self.world.clock.now_ms())
        except NotEnough:
            self.cancel(order, "EC_NoEnoughQtyToFill")
        except Refusal:
            self.cancel(order, "EC_CancelByReduceOnly")
        self._working.pop(order.id, None)

    def _execute(self, order: Order, price: Decimal, at: int) -> None:
        """Fill an order: what stands on the other side is closed, the rest opens."""
        position = self.find(order.owner, order.instrument.symbol, order.idx)
        reduces = position is not None and position.side != order.opens
        if order.closes and not reduces:
            raise self.refuse(110017)
        if position is not None and reduces:
            closing = self.world.book.close(position, order.qty, price=price)
            self._closers[closing.id] = order
            self._credit(order, position, closing.size, price)
            if order.closes:
                order.qty = closing.size
        if order.filled < order.qty:
            self._open_rest(order, price, at)
        order.finish("Filled" if order.filled == order.qty else "Cancelled", at, order.reason)

    def _open_rest(self, order: Order, price: Decimal, at: int) -> None:
        """Open or add what is left of an order; only an order that has done nothing yet may fail."""
        size = order.qty - order.filled
        try:
            position = self._add(order, size, price)
        except NotEnough:
            if not order.filled:
                raise
            order.reason = "EC_NoEnoughQtyToFill"
            return
        value, fee = self._credit(order, position, size, price)
        self._openings.append(Fill(self.world.new_id(), order, price, size, ZERO, value, fee, at))
        if order.words.get("tpslMode") == "Partial":
            for name, level in order.levels.items():
                if level:
                    limit = order.words.get({"takeProfit": "tpLimitPrice", "stopLoss": "slLimitPrice"}[name])
                    self.add_stop(position, name, level, size, Decimal(limit) if limit else None)
        else:
            self.set_stops(position, order.levels)

    def _add(self, order: Order, size: Decimal, price: Decimal) -> Position:
        instrument, side = order.instrument, order.opens
        position = self.find(order.owner, instrument.symbol, order.idx)
        if position is not None:
            self.world.book.increase(position, size, price=price)
            return position
        return self.world.book.open(
            order.owner,
            instrument.coin,
            side,
            size,
            price=price,
            leverage=self.leverage_of(order.owner, instrument.symbol, side),
            inverse=instrument.inverse,
            cross=(order.owner, instrument.symbol) not in self.isolated,
            extra={"idx": order.idx},
        )

    def _credit(self, order: Order, position: Position, size: Decimal, price: Decimal) -> tuple[Decimal, Decimal]:
        """Add one fill to the order's sums; returns its value and fee."""
        value = floor_to(position.value(price, size))
        fee = floor_to(value * FEE)
        order.filled += size
        order.value += value
        order.fee += fee
        return value, fee

    def _check_funds(self, order: Order) -> None:
        """A resting order must be payable when it is placed; nothing is set aside for it."""
        if order.closes:
            if self.find(order.owner, order.instrument.symbol, order.idx) is None:
                raise self.refuse(110017)
            return
        value = order.qty / order.price if order.instrument.inverse else order.qty * order.price
        margin = value / self.leverage_of(order.owner, order.instrument.symbol, order.opens)
        if self.world.ledger.balance(order.owner, order.instrument.settle) < margin:
            raise NotEnough(order.owner)

    # What the book does by itself

    def _closed(self, closing: Closing) -> None:
        """A position that is gone takes the stops of its parts along."""
        position = closing.position
        if position.size or position.owner not in self.world.accounts or "idx" not in position.extra:
            return
        for order in self.stops_of(position):
            if order.status == "Untriggered":
                self.cancel(order, "EC_CancelByReduceOnly")

    def _order_behind(self, closing: Closing) -> Order:
        """The order of the venue that stands behind TP, SL, a liquidation, or a close before this emulator's time."""
        position = closing.position
        order = Order(
            id=closing.id,
            owner=position.owner,
            instrument=self.instrument_of(position),
            side="Sell" if position.side == "long" else "Buy",
            kind="Market",
            qty=closing.size,
            created=closing.at,
            price=closing.price,
            idx=position.extra.get("idx", 0),
            reduce=True,
            stop_type=STOP_TYPES.get(closing.reason, ""),
        )
        self._credit(order, position, closing.size, closing.price)
        order.finish("Filled", closing.at)
        return order

    def _fill_of(self, closing: Closing) -> Fill:
        value = floor_to(closing.position.value(closing.price, closing.size))
        kind: Any = "BustTrade" if closing.reason == "liquidation" else "Trade"
        order = self.closer(closing)
        return Fill(closing.id, order, closing.price, closing.size, closing.size, value, closing.fee, closing.at, kind)
