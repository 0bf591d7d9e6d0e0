"""The most that followings may put at risk. What can't be held against a cap is refused: a guard in doubt says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from .. import errors
from ..models import FixedAmount, FollowSettings, TotalBudget
from ..models.values import exact
from .halt import ALLOWED
from .journal import WriteRecord

Ceilings = Mapping[str, Decimal | None]
"""Leader -> the most that the following may use; None where it is not bounded or not told."""
_AMOUNTS = ("max_order_amount", "max_leader_amount", "max_total_amount", "max_daily_amount")


class Caps(Struct, frozen=True, kw_only=True):
    """Bounds for ``follow``; amounts in quote currency. None is no bound."""

    max_order_amount: Decimal | int | str | None = None
    """Of one copied order."""
    max_leader_amount: Decimal | int | str | None = None
    """Of one following: ``settings.total_budget``, or a ``TotalBudget``, must be given and not be more."""
    max_total_amount: Decimal | int | str | None = None
    """Of all followings of the account together, also those that were started elsewhere."""
    max_daily_amount: Decimal | int | str | None = None
    """Of all followings that were started or changed since midnight UTC, each time counted whole."""
    max_followings: int | None = None
    """How many leaders may be followed at once."""
    allowed_leaders: tuple[str, ...] | None = None
    """Ids; nobody else may be followed."""

    def __post_init__(self) -> None:
        for name in _AMOUNTS:
            if (value := getattr(self, name)) is not None:
                force_setattr(self, name, _amount(name, value))
        count = self.max_followings
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
            raise errors.ConfigError(f"max_followings: {count!r} is not a whole number of at least 0")
        leaders = self.allowed_leaders
        if leaders is not None:
            if isinstance(leaders, str) or not all(isinstance(one, str) and one.strip() for one in leaders):
                raise errors.ConfigError(f"allowed_leaders: pass a list of ids as text, not {leaders!r}")
            force_setattr(self, "allowed_leaders", tuple(leaders))

    @property
    def counts_followings(self) -> bool:
        """Whether what is followed already matters."""
        return self.max_total_amount is not None or self.max_followings is not None


def _amount(name: str, value: Any) -> Decimal:
    try:
        amount = exact(value, name)
    except (TypeError, ValueError) as error:
        raise errors.ConfigError(str(error)) from None
    if amount < 0:
        raise errors.ConfigError(f"{name}: {amount:f} is less than 0")
    return amount


def ceiling(settings: FollowSettings) -> Decimal | None:
    """The most that a following with these settings may use; None when nothing bounds it."""
    bounds = [settings.total_budget] if settings.total_budget else []  # 0 is "no limit" at some venues
    bounds += [settings.sizing.value] if isinstance(settings.sizing, TotalBudget) else []
    return min(bounds, default=None)


class Admission:
    """Whether one follow stays within the caps; asked last by the write log, while nobody else can add to it."""

    def __init__(self, caps: Caps, exchange: str, leader_id: str, settings: FollowSettings) -> None:
        self.caps, self._exchange, self._leader = caps, exchange, leader_id
        self._settings, self.amount = settings, ceiling(settings)

    def check_alone(self) -> None:
        """What the settings themselves exceed.

        Raises:
            SafetyRefused: which cap, and by how much.
        """
        allowed = self.caps.allowed_leaders
        if allowed is not None and self._leader not in allowed:
            raise self._refusal(f"leader {self._leader} is none of allowed_leaders")
        sizing = self._settings.sizing
        order = sizing.value if isinstance(sizing, FixedAmount) else self.amount
        self._within("max_order_amount", order, "an order of this sizing has no bound; use FixedAmount")
        self._within("max_leader_amount", self.amount, _NO_CEILING)

    def check_with(self, standing: Ceilings | None) -> Callable[[Sequence[WriteRecord], Sequence[WriteRecord]], None]:
        """The check against everything else.

        Args:
            standing: what is followed now, as the venue tells it; None where no cap asks for it.
        """

        def admit(today: Sequence[WriteRecord], fresh: Sequence[WriteRecord]) -> None:
            """
            Args:
                today: follows since midnight UTC that were done, or may have been.
                fresh: those that the venue's reads may not show yet.
            """
            spent = [_written(record) for record in today]
            self._within("max_daily_amount", _sum([*spent, self.amount]), _NO_CEILING)
            if standing is None:
                return
            ceilings = dict(standing) | {self._leader: self.amount}
            for record in fresh:
                leader = record.intent.leader_id or f"write {record.id}"
                ceilings[leader] = _larger(ceilings.get(leader, Decimal(0)), _written(record))
            most = self.caps.max_followings
            if most is not None and len(ceilings) > most:
                raise self._refusal(f"{len(ceilings)} followings are more than max_followings = {most}")
            unbound = ", ".join(leader for leader, bound in ceilings.items() if bound is None)
            self._within("max_total_amount", _sum(list(ceilings.values())), f"no ceiling is known for {unbound}")

        return admit

    def _within(self, name: str, amount: Decimal | None, unbound: str) -> None:
        most = getattr(self.caps, name)
        if most is None:
            return
        if amount is None:
            raise self._refusal(f"{name} = {most:f} can't be kept: {unbound}")
        if amount > most:
            raise self._refusal(f"{amount:f} is more than {name} = {most:f}")

    def _refusal(self, why: str) -> errors.SafetyRefused:
        return errors.SafetyRefused(f"caps: {why}", exchange=self._exchange)


_NO_CEILING = "the following has no ceiling; give settings.total_budget or a TotalBudget"


def refuse_raw(caps: Caps | None, operation: str, exchange: str) -> None:
    """A raw call that may add risk goes past the caps.

    Raises:
        SafetyRefused: there are caps.
    """
    if caps is not None and operation not in ALLOWED:
        raise errors.SafetyRefused("caps can't look into a raw call; use the verb", exchange=exchange)


def _written(record: WriteRecord) -> Decimal | None:
    return None if record.intent.amount is None else Decimal(record.intent.amount)


def _larger(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else max(one, other)


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
