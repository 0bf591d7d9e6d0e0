"""One seeded market for all venues: a price per coin in US dollars, moved step by step in exact decimals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt
from random import Random

from .amounts import round_to

Watcher = Callable[[str], None]

MILLION = 1_000_000
PARTS_PER_MINUTE = 1_400
"""A minute moves a price by at most 0.14 %, evenly spread: about 3 % a day."""


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin and the grid of its dollar contract."""

    name: str
    start: Decimal
    """First price, US dollars."""
    tick: Decimal
    """Prices are multiples of this."""
    lot: Decimal
    """Quantities are multiples of this, in coins."""


def _coin(name: str, start: str, tick: str, lot: str) -> Coin:
    return Coin(name, Decimal(start), Decimal(tick), Decimal(lot))


COINS = (
    _coin("BTC", "67512.5", "0.1", "0.001"),
    _coin("ETH", "3480.25", "0.01", "0.01"),
    _coin("SOL", "151.32", "0.01", "0.1"),
    _coin("XRP", "0.5231", "0.0001", "1"),
    _coin("DOGE", "0.12345", "0.00001", "1"),
    _coin("LTC", "84.17", "0.01", "0.1"),
    _coin("LINK", "14.263", "0.001", "0.1"),
    _coin("AVAX", "29.45", "0.001", "0.1"),
)


class Market:
    """Prices of all coins. ``watchers`` are called with the coin's name after its price has changed."""

    def __init__(self, seed: int, coins: Iterable[Coin] = COINS) -> None:
        self.seed = seed
        self.coins: dict[str, Coin] = {}
        self.watchers: list[Watcher] = []
        self._prices: dict[str, Decimal] = {}
        self._random: dict[str, Random] = {}
        for coin in coins:
            self.add(coin)

    def add(self, coin: Coin) -> None:
        """List a coin. Each has its own random numbers, so that one more coin changes no other price."""
        self.coins[coin.name] = coin
        self._prices[coin.name] = coin.start
        self._random[coin.name] = Random(f"{self.seed}/market/{coin.name}")  # noqa: S311

    def ensure(self, count: int) -> list[str]:
        """Names of ``count`` coins; lists made-up ones (``SIM9``, ``SIM10``, …) where they are too few."""
        for number in range(len(self.coins) + 1, count + 1):
            self.add(_coin(f"SIM{number}", "10.00", "0.01", "0.1"))
        return list(self.coins)[:count]

    def price(self, coin: str) -> Decimal:
        """US dollars for one coin."""
        return self._prices[coin]

    def set_price(self, coin: str, price: Decimal) -> None:
        """Put a price; triggers that it reaches fire before this returns."""
        self._put(coin, price)

    def step(self, seconds: int) -> None:
        """Move every price by what ``seconds`` may move it."""
        reach = PARTS_PER_MINUTE * max(1, isqrt(seconds // 60))
        for coin in list(self.coins):
            parts = MILLION + self._random[coin].randint(-reach, reach)
            self._put(coin, self._prices[coin] * parts / MILLION)

    def _put(self, coin: str, price: Decimal) -> None:
        tick = self.coins[coin].tick
        self._prices[coin] = max(tick, round_to(price, tick))
        for watcher in self.watchers:
            watcher(coin)
