"""The book of a copy account: which position is which order, on which side, and how many contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Position, Side, World, floor_to, plain

from .gate import Gate

CONTRACT_VALUES = {"BTC": Decimal("0.001"), "ETH": Decimal("0.01"), "XRP": Decimal(10), "DOGE": Decimal(100)}
"""Coins in one contract, of BTC as answered live [code], the others in its manner; of other coins one."""
NET, HEDGE = "net_mode", "long_short_mode"
LEVERAGE = Decimal(20)
"""What nobody has set [guess]."""
SIDES: tuple[Side, Side] = ("long", "short")
CLOSE_TYPES = {"take_profit": "tp", "stop_loss": "sl", "liquidation": "liquidation"}
"""What closed a position; everything else is somebody's wish."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a position by contract is: everything of one contract, margin mode and side."""

    coin: str
    cross: bool
    side: Side


@dataclass(slots=True)
class Order:
    """An order that was placed here; sizes in coins."""

    id: str
    alias: str
    coin: str
    cross: bool
    position_side: str
    side: str
    kind: str
    price: Decimal | None
    size: Decimal
    leverage: Decimal
    created: int
    updated: int
    state: str = "live"
    filled: Decimal = ZERO
    worth: Decimal = ZERO
    """Sum of fill price times filled size."""
    fee: Decimal = ZERO
    profit: Decimal = ZERO
    broker: str = ""

    @property
    def waits(self) -> bool:
        return self.state in ("live", "partially_filled")

    @property
    def opens(self) -> Side:
        """The side of a position that it opens."""
        return "long" if self.side == "buy" else "short"


class Desk(Gate):
    """What every call about positions shares. A position of the engine is one by order."""

    def __init__(self, world: World) -> None:
        self.hedged: set[str] = set()
        """Aliases in hedge mode; all others are in net mode."""
        self.leverages: dict[tuple[str, Exposure], Decimal] = {}
        self.orders: dict[str, Order] = {}
        """By id, in the order of placing."""
        self.closed_by: dict[str, str] = {}
        """Orders that were placed, by the closings that they led to."""
        super().__init__(world)

    # Accounts

    def owner(self, alias: str) -> str:
        """Who holds the positions of the copy account: the one as a leader, else the account itself."""
        lead = self.world.lead(alias)
        return lead.leader.owner if lead else alias

    def held(self, alias: str) -> list[Position]:
        return self.world.book.open_positions(self.owner(alias))

    def closed(self, alias: str) -> list[Position]:
        owner = self.owner(alias)
        return [position for position in self.world.book.history if position.owner == owner]

    def exposures(self, alias: str) -> dict[Exposure, list[Position]]:
        """Open positions by contract, in the order of opening."""
        found: defaultdict[Exposure, list[Position]] = defaultdict(list)
        for position in self.held(alias):
            found[exposure_of(position)].append(position)
        return dict(found)

    def leverage_of(self, alias: str, exposure: Exposure) -> Decimal:
        return self.leverages.get((alias, exposure), LEVERAGE)

    # Contracts

    def coin(self, inst_id: str) -> str:
        coin = inst_id.removesuffix("-USDT")
        if coin == inst_id or coin not in self.world.market.coins:
            raise self.refuse("152014")
        return coin

    def wanted_coin(self, inst_id: str) -> str:
        """The coin of a filter; empty where nothing is filtered."""
        return self.coin(inst_id) if inst_id else ""

    def contracts(self, coin: str, size: Decimal) -> str:
        return plain(size / contract_value(coin))

    def coins(self, coin: str, contracts: Decimal, name: str = "size") -> Decimal:
        """How many coins so many contracts are; off the lot size it is refused [guess]."""
        size = contracts * contract_value(coin)
        if size % self.world.market.coins[coin].lot:
            raise self.wrong(name)
        return size

    def price(self, coin: str) -> Decimal:
        return self.world.market.price(coin)

    # Sides

    def shown_side(self, alias: str, side: Side) -> str:
        return side if alias in self.hedged else "net"

    def signed(self, alias: str, side: Side, contracts: str) -> str:
        """In net mode the sign tells the side [docs]."""
        return f"-{contracts}" if side == "short" and alias not in self.hedged else contracts

    def asked_exposure(self, alias: str, coin: str, *, cross: bool, side: str) -> Exposure:
        """The open position by contract that a call is about."""
        hedged = alias in self.hedged
        if (side == "net") is hedged:
            raise self.refuse("102089")
        for exposure in self.exposures(alias):
            if (exposure.coin, exposure.cross) == (coin, cross) and side in ("net", exposure.side):
                return exposure
        raise self.refuse("102022")

    # By order

    def position(self, alias: str, order_id: str) -> Position:
        for position in self.held(alias):
            if order_id_of(position) == order_id:
                return position
        raise self.refuse("102005")

    def close_types(self, position: Position) -> str:
        """``mannual`` is the venue's spelling [docs]."""
        reasons = {c.reason for c in self.world.book.closings if c.position is position}
        if len(reasons) > 1:
            return "multiple"
        return CLOSE_TYPES.get(next(iter(reasons), ""), "mannual")


def contract_value(coin: str) -> Decimal:
    return CONTRACT_VALUES.get(coin, Decimal(1))


def exposure_of(position: Position) -> Exposure:
    return Exposure(position.coin, position.cross, position.side)


def order_id_of(position: Position) -> str:
    """The order that opened it: a limit order has its id before there is a position."""
    return str(position.extra.get("orderId", position.id))


def inst_id(coin: str) -> str:
    return f"{coin}-USDT"


def margin_mode(cross: bool) -> str:
    return "cross" if cross else "isolated"


def opened(position: Position) -> Decimal:
    """What was opened: by order it does not shrink [docs]."""
    return position.size + position.closed_size


def put_up(position: Position) -> Decimal:
    return floor_to(position.value(position.entry, opened(position)) / position.leverage)


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def order_side(side: Side, *, closing: bool = False) -> str:
    return "buy" if (side == "long") is not closing else "sell"
