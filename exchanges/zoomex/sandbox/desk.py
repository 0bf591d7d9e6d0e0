"""What all calls look up: contracts, positions, the mode and the leverage of each symbol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Position, Side, Trigger, World, fixed, plain

from .paging import Paging

INVERSE = ("BTC", "ETH")
FEE = Decimal("0.0006")
"""Closing fee: the [docs] sample of closed-pnl computes to it."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual contract."""

    symbol: str
    coin: str
    inverse: bool
    tick: Decimal
    step: Decimal

    @property
    def category(self) -> str:
        return "inverse" if self.inverse else "linear"

    @property
    def settle(self) -> str:
        return self.coin if self.inverse else "USDT"

    def passes(self, category: str, symbol: str, settle: str, base: str) -> bool:
        """Whether it is asked for; an empty text asks for all, and a symbol wins over a settle coin [docs]."""
        return (
            self.category == category
            and symbol in ("", self.symbol)
            and (bool(symbol) or settle in ("", self.settle))
            and base in ("", self.coin)
        )

    def price(self, value: Decimal) -> str:
        exponent = self.tick.as_tuple().exponent
        return fixed(value, -exponent if isinstance(exponent, int) else 0)


class Desk(Paging):
    """Contracts, and what an account holds and has set for each."""

    def __init__(self, world: World) -> None:
        self.hedged: set[tuple[str, str]] = set()
        """Account and symbol, where positions of both sides may be held."""
        self.isolated: set[tuple[str, str]] = set()
        """Account and symbol with isolated margin; all others are cross."""
        self.partial: set[tuple[str, str]] = set()
        """Account and symbol whose TP/SL mode is Partial."""
        self.leverage: dict[tuple[str, str, Side], Decimal] = {}
        """By account, symbol and side, where it was set."""
        self._listed: dict[str, Instrument] = {}
        super().__init__(world)

    # Contracts

    def instruments(self) -> dict[str, Instrument]:
        coins = self.world.market.coins.values()
        if len(self._listed) == len(coins) + len(INVERSE):
            return self._listed
        linear = [Instrument(f"{coin.name}USDT", coin.name, False, coin.tick, coin.lot) for coin in coins]
        cent, one = Decimal("0.01"), Decimal(1)
        inverse = [Instrument(f"{name}USD", name, True, cent, one) for name in INVERSE]
        self._listed = {instrument.symbol: instrument for instrument in (*linear, *inverse)}
        return self._listed

    def instrument_of(self, position: Position) -> Instrument:
        return self.instruments()[f"{position.coin}USD{'' if position.inverse else 'T'}"]

    def instrument(self, category: str, symbol: str) -> Instrument:
        found = self.instruments().get(symbol)
        if found is None or found.category != category:
            raise self.refuse(10001, "params error: symbol invalid")  # text [code]
        return found

    # Positions

    def held(self, alias: str, symbol: str) -> list[Position]:
        held = self.world.book.open_positions(alias)
        return [position for position in held if self.instrument_of(position).symbol == symbol]

    def find(self, alias: str, symbol: str, idx: int) -> Position | None:
        return next((p for p in self.held(alias, symbol) if p.extra["idx"] == idx), None)

    def leverage_of(self, alias: str, symbol: str, side: Side = "long") -> Decimal:
        return self.leverage.get((alias, symbol, side), Decimal(10))

    def idx(self, alias: str, instrument: Instrument, body: Mapping[str, Any], default: int | None = None) -> int:
        """0 in one-way mode, 1 or 2 in hedge mode."""
        idx = body.get("positionIdx", default)
        allowed = (1, 2) if (alias, instrument.symbol) in self.hedged else (0,)
        if type(idx) is not int or idx not in allowed:
            raise self.refuse(10001, "position idx not match position mode")
        return idx

    def check_stops(self, sign: int, price: Decimal, wishes: Mapping[str, Decimal | None]) -> None:
        """A level on the wrong side of the price is refused; ``sign`` is 1 for a long, -1 for a short."""
        for name, direction in {"takeProfit": 1, "stopLoss": -1}.items():
            level = wishes.get(name)
            if level and (level - price) * sign * direction <= 0:
                raise self.refuse(10001, f"{name}:{plain(level)} is on the wrong side of {plain(price)}")

    def set_stops(self, position: Position, wishes: Mapping[str, Decimal | None]) -> None:
        """Set what is given, cancel what is 0, keep what is missing."""
        if wishes.get("takeProfit") is not None:
            position.take_profit = _price_trigger(wishes["takeProfit"])
        if wishes.get("stopLoss") is not None:
            position.stop_loss = _price_trigger(wishes["stopLoss"])
        if wishes.get("trailingStop") is not None:
            position.extra["trailing"] = wishes["trailingStop"]


def _price_trigger(level: Decimal | None) -> Trigger | None:
    return Trigger("price", level) if level else None
