"""Contracts: their names, what one is worth in coins, and how a position reads in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Position, floor_to, plain

from .gate import Gate

CONTRACT_VALUES = {
    "BTC": Decimal("0.01"),
    "ETH": Decimal("0.1"),
    "XRP": Decimal(100),
    "DOGE": Decimal(1_000),
}
"""Coins in one USDT contract, as traded in 2026 [code]; of other coins one."""
INVERSE_VALUES = {"BTC": Decimal(100), "ETH": Decimal(10)}
"""Dollars in one coin-margined contract [code]; of other coins there is none here."""
MARGIN_MODES = {True: "cross", False: "isolated"}


@dataclass(frozen=True, slots=True)
class Contract:
    """A perpetual. The engine counts in coins (inverse: dollars), the wire in contracts."""

    coin: str
    inverse: bool = False

    @property
    def id(self) -> str:
        return f"{self.coin}-{'USD' if self.inverse else 'USDT'}-SWAP"

    @property
    def value(self) -> Decimal:
        """Coins (inverse: dollars) in one contract."""
        return INVERSE_VALUES[self.coin] if self.inverse else CONTRACT_VALUES.get(self.coin, Decimal(1))

    @property
    def currency(self) -> str:
        """What profit and margin are in."""
        return self.coin if self.inverse else "USDT"

    def contracts(self, size: Decimal) -> str:
        return plain(size / self.value)


class Contracts(Gate):
    """What leaders, followers and the account call share about positions."""

    def contract_of(self, position: Position) -> Contract:
        return Contract(position.coin, position.inverse)

    def listed(self) -> list[Contract]:
        """Every contract: linear ones of all coins, then the inverse ones."""
        coins = self.world.market.coins
        return [*map(Contract, coins), *(Contract(coin, inverse=True) for coin in INVERSE_VALUES)]

    def coin_of(self, inst_id: str) -> str | None:
        """The coin of a USDT contract, None where there is no such contract."""
        return next((c.coin for c in self.listed() if not c.inverse and c.id == inst_id), None)

    def price(self, position: Position) -> Decimal:
        return self.world.market.price(position.coin)

    def side_and_size(self, position: Position, size: Decimal, *, net: bool) -> dict[str, str]:
        """Only ``net`` carries a sign: a short of its own side is positive [docs]."""
        contracts = self.contract_of(position).contracts(size)
        if net:
            return {"posSide": "net", "subPos": f"-{contracts}" if position.side == "short" else contracts}
        return {"posSide": position.side, "subPos": contracts}

    def face(self, position: Position) -> dict[str, str]:
        """What every row of a position has, open or closed, public or private."""
        contract = self.contract_of(position)
        return {
            "ccy": contract.currency,
            "instId": contract.id,
            "instType": "SWAP",
            "lever": plain(position.leverage),
            "mgnMode": MARGIN_MODES[position.cross],
            "openAvgPx": plain(position.entry),
            "openTime": str(position.opened_at),
            "subPosId": position.id,
        }

    def floating(self, position: Position) -> dict[str, str]:
        """What an open position is worth now."""
        price = self.price(position)
        return {
            "margin": plain(position.margin),
            "markPx": plain(price),
            "upl": plain(floor_to(position.profit(price))),
            "uplRatio": plain(floor_to(position.roi(price))),
        }

    def outcome(self, position: Position) -> dict[str, str]:
        """What came of a position that is closed, wholly or in part."""
        margin = put_up(position)
        return {
            "closeAvgPx": plain(floor_to(position.exit or ZERO)),
            "closeTime": str(position.updated_at),
            "margin": plain(margin),
            "pnl": plain(position.realized),
            "pnlRatio": plain(floor_to(position.realized / margin)) if margin else "",
        }


def opened(position: Position) -> Decimal:
    """What was opened, however much of it is closed."""
    return position.size + position.closed_size


def put_up(position: Position) -> Decimal:
    """The margin at opening."""
    return floor_to(position.value(position.entry, opened(position)) / position.leverage)


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
