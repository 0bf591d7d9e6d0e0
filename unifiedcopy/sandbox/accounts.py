"""Accounts with their keys, and the ledger that holds every amount twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from .amounts import ZERO, exact_sum

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class NotEnough(Exception):
    """An account would owe money."""


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """One API key of a venue. Worth nothing outside the sandbox, and left out of what is printed all the same."""

    alias: str
    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str | None = field(repr=False)
    permissions: frozenset[str]
    """What the key may do; ``read`` and ``write`` are common, a venue may know more."""
    kind: str
    """What kind of account the key belongs to, in the venue's own word."""
    uid: str

    @property
    def credentials(self) -> dict[str, str]:
        """Ready for ``connect(**credentials)``."""
        found = {"api_key": self.api_key, "secret": self.secret}
        return found if self.passphrase is None else {**found, "passphrase": self.passphrase}


def new_account(
    alias: str,
    random: Random,
    *,
    permissions: frozenset[str],
    kind: str,
    key_length: int = 64,
    passphrase: bool = False,
) -> SandboxAccount:
    """An account with keys drawn from ``random``."""

    def text(length: int) -> str:
        return "".join(random.choices(_LETTERS, k=length))

    return SandboxAccount(
        alias=alias,
        api_key=text(key_length),
        secret=text(key_length),
        passphrase=text(12) if passphrase else None,
        permissions=permissions,
        kind=kind,
        uid=str(random.randrange(10**8, 10**9)),
    )


class Ledger:
    """Double entry: an amount only moves from one owner to another, so the sum over all owners stays zero.

    Owners are plain text. ``outside`` pays deposits, ``market`` is the other side of every trade, ``venue``
    takes fees: these three may owe, nobody else may.
    """

    OUTSIDE, MARKET, VENUE = "outside", "market", "venue"
    _may_owe = frozenset({OUTSIDE, MARKET, VENUE})

    def __init__(self) -> None:
        self._balances: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)

    def balance(self, owner: str, asset: str = "USDT") -> Decimal:
        return self._balances.get((owner, asset), ZERO)

    def assets(self, owner: str) -> list[str]:
        """Assets that the owner has ever held."""
        return [asset for who, asset in self._balances if who == owner]

    def total(self, asset: str = "USDT") -> Decimal:
        """The sum over all owners: zero, always."""
        amounts = [amount for (_, held), amount in self._balances.items() if held == asset]
        total = ZERO
        for amount in amounts:
            total = exact_sum(total, amount)
        return total

    def move(self, source: str, target: str, amount: Decimal, asset: str = "USDT") -> None:
        """Move an amount; a negative one moves the other way. Raises `NotEnough` and moves nothing."""
        if amount < 0:
            source, target, amount = target, source, -amount
        if source not in self._may_owe and self.balance(source, asset) < amount:
            raise NotEnough(f"{source} holds {self.balance(source, asset)} {asset}, not {amount}")
        self._balances[source, asset] = exact_sum(self._balances[source, asset], -amount)
        self._balances[target, asset] = exact_sum(self._balances[target, asset], amount)

    def move_all(self, source: str, target: str, asset: str = "USDT") -> None:
        self.move(source, target, self.balance(source, asset), asset)
