"""What a venue allows in follow settings, where it has a call that tells: checked before anything is written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

from .. import errors
from ..arguments import takes
from ..models import (
    FixedAmount,
    FixedQuantity,
    FollowSettings,
    Multiple,
    SymbolRule,
    TotalBudget,
)
from .core import Core

FRESH = 60.0
"""Seconds for which limits that were read are good."""


class CopyLimits:
    """The limits of one account's API, read when settings are about something that they tell."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._known: dict[tuple[str, str | None], tuple[float, list[SymbolRule]]] = {}

    async def check(self, leader_id: str, settings: FollowSettings) -> None:
        """Raises ``BadRequest`` that names the setting, its limit and the symbol."""
        wanted = [figure for figure in _figures(settings) if self._tells(figure)]
        if not wanted:
            return
        wrong = [
            said
            for symbol in settings.symbols or (None,)
            for rule in await self._rules(leader_id, symbol)
            for figure in wanted
            if (said := figure.problem(rule))
        ]
        if wrong:
            raise errors.BadRequest("; ".join(dict.fromkeys(wrong)), exchange=self.core.id)

    def _tells(self, figure: Figure) -> bool:
        """Whether the venue's limits say anything about a figure."""
        names = self.core.api.serving("copy_limits")
        fields = self.core.endpoint(names[0]).fields if names else {}
        return figure.least in fields or figure.most in fields

    async def _rules(self, leader_id: str, symbol: str | None) -> list[SymbolRule]:
        endpoint = self.core.endpoint(self.core.serving("copy_limits"))
        of = leader_id if takes(endpoint, "leader_id") else ""
        read_at, rules = self._known.get((of, symbol), (0.0, []))
        if not read_at or time.monotonic() - read_at > FRESH:
            given = {"leader_id": of or None, "symbol": symbol}
            rules = list(await self.core.read("copy_limits", given))
            self._known[of, symbol] = (time.monotonic(), rules)
        return rules


class Figure:
    """A number of the settings with the fields of a rule that bound it."""

    def __init__(self, name: str, value: Decimal, least: str | None, most: str | None) -> None:
        self.name, self.value, self.least, self.most = name, value, least, most

    def problem(self, rule: SymbolRule) -> str | None:
        """What a rule has against it."""
        least = getattr(rule, self.least) if self.least else None
        most = getattr(rule, self.most) if self.most else None
        if (least is None or self.value >= least) and (most is None or self.value <= most):
            return None
        span = f"{'…' if least is None else f'{least:f}'} to {'…' if most is None else f'{most:f}'}"
        where = f" on {rule.symbol or rule.venue_symbol}" if rule.venue_symbol else ""
        return f"{self.name} = {self.value:f} is out of the venue's range{where}: {span}"


_SIZED = {
    FixedAmount: ("min_amount", "max_amount"),
    FixedQuantity: ("min_size", "max_size"),
    Multiple: ("min_multiple", "max_multiple"),
    TotalBudget: ("min_total", "max_total"),
}


def _figures(settings: FollowSettings) -> Iterator[Figure]:
    sizing = settings.sizing
    for kind, bounds in _SIZED.items():
        if type(sizing) is kind:
            yield Figure("settings.sizing", sizing.value, *bounds)
    if settings.total_budget is not None:
        yield Figure("settings.total_budget", settings.total_budget, "min_total", "max_total")
    if settings.leverage is not None:
        yield Figure("settings.leverage", settings.leverage, None, "max_leverage")
    if settings.take_profit is not None:
        yield Figure("settings.take_profit", settings.take_profit.value, None, "max_take_profit")
    if settings.stop_loss is not None:
        yield Figure("settings.stop_loss (as a loss)", settings.stop_loss.value.copy_negate(), None, "max_stop_loss")
