"""Starting and changing a following: which call says the settings, and what the venue allows."""

from __future__ import annotations

from typing import Any

from .. import checks, errors
from ..arguments import Arguments, market_arguments, settings_arguments
from ..capabilities import sizing_kinds
from ..inputs import LeaderRef, Params
from ..models import SIZING_NAMES, FollowSettings, Receipt
from .core import Core, previewing
from .limits import CopyLimits


class Following:
    """``follow`` of one account."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._limits = CopyLimits(core)

    async def follow(
        self, leader: LeaderRef, settings: FollowSettings, *, amend: bool | None, params: Params | None
    ) -> Receipt:
        """Starts or changes; what the venue's limits refuse is refused here, before anything is sent."""
        leader_id = checks.needed_leader(leader)
        name = await self._endpoint(leader_id, settings, amend)
        arguments = Arguments(self.core.api, name, {"leader_id": leader_id, **settings_arguments(settings)})
        values = values_with_rows(self.core, arguments, settings.symbols, "settings.symbols")
        if not previewing() and self.core.write_allowed:
            await self._limits.check(leader_id, settings)
        return await self.core.write(name, values, params)

    async def _endpoint(self, leader_id: str, settings: FollowSettings, amend: bool | None) -> str:
        """The call that can say the sizing, of those that start or of those that change."""
        self.core.serving("follow")
        checks.settings(settings)
        names = self.core.api.serving("follow")
        modes = {self.core.endpoint(name).mode for name in names}
        if len(modes) > 1:
            mode = "amend-only" if await self._follows(leader_id, amend) else "native"
            names = [name for name in names if self.core.endpoint(name).mode == mode]
        if settings.sizing is None:
            raise errors.ArgumentsRequired(
                f"settings.sizing is required; this venue takes {', '.join(self.core.can.sizing)}",
                exchange=self.core.id,
            )
        kind = SIZING_NAMES[type(settings.sizing)]
        for name in names:
            if kind in sizing_kinds(self.core.api, self.core.endpoint(name)):
                return name
        raise errors.NotSupported(
            f"sizing {kind} can't be said here; this venue takes {', '.join(self.core.can.sizing)}",
            exchange=self.core.id,
        )

    async def _follows(self, leader_id: str, amend: bool | None) -> bool:
        """Whether the leader is followed already, for venues that start and change by different calls."""
        if amend is not None or previewing():
            return bool(amend)
        followed = await self.core.read("following", {})
        return any(one.leader_id == leader_id for one in followed)


def values_with_rows(core: Core, arguments: Arguments, symbols: tuple[str, ...] | None, what: str) -> dict[str, Any]:
    """The wire values of a call, a row for each symbol among them where it takes a list; what it can't say is refused.

    ``what`` is the argument that names the symbols.
    """
    values, rows = arguments.values(), arguments.endpoint.rows
    if rows is not None:
        arguments.used.add(what)
        values[rows] = _symbol_rows(core, arguments, symbols, what)
    arguments.refuse_unused()
    return values


def _symbol_rows(core: Core, arguments: Arguments, symbols: tuple[str, ...] | None, what: str) -> list[dict[str, Any]]:
    """One row for each symbol, for calls that take a list of them."""
    name, endpoint = arguments.name, arguments.endpoint
    if not symbols:
        raise errors.ArgumentsRequired(
            f"{what} is required: this venue keeps settings for each symbol", exchange=core.id, endpoint=name
        )
    if endpoint.max_rows is not None and len(symbols) > endpoint.max_rows:
        raise errors.BadRequest(
            f"{what}: {len(symbols)} symbols, but one call takes {endpoint.max_rows}", exchange=core.id, endpoint=name
        )
    rows = []
    for symbol in symbols:
        facts = arguments.venue_symbol(symbol)
        row = Arguments(
            core.api, name, {**arguments.given, "symbol": symbol, **market_arguments(core.api, facts.market)}
        )
        rows.append(row.values(f"{endpoint.rows}[]."))
        arguments.used |= row.used
    return rows
