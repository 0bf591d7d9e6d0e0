"""The leading side of the interface."""

from __future__ import annotations

from .. import checks, errors
from ..arguments import Arguments, Given, takes
from ..inputs import How, Params, Trigger
from ..lead import LeadRole
from ..models import (
    ClosedPosition,
    Follower,
    LeadSettings,
    LeadStatistics,
    Position,
    ProfitShare,
    Receipt,
    SymbolRule,
)
from ..page import Page
from ..safety.goals import AnyGoal, Led, Unlisted, settings_facts
from .core import Core
from .follow import values_with_rows
from .positions import PositionVerbs


class DrivenLead(LeadRole):
    """``ex.lead`` of one account."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._own = PositionVerbs(core, "lead")

    # -- positions ------------------------------------------------------------------------------------------------

    async def positions(
        self,
        *,
        symbol: str | None = None,
        market: str | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Position]:
        return await self._own.positions({"symbol": symbol}, market=market, partial=partial, params=params)

    async def closed_positions(
        self,
        *,
        symbol: str | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ClosedPosition]:
        given = {"symbol": symbol, "since": since, "until": until}
        return await self._own.closed_positions(given, market=market, limit=limit, partial=partial, params=params)

    async def set_tpsl(
        self,
        position: Position,
        *,
        take_profit: Trigger | None = None,
        stop_loss: Trigger | None = None,
        convert: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        return await self._own.set_tpsl(
            position, take_profit=take_profit, stop_loss=stop_loss, convert=convert, params=params
        )

    async def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        return await self._own.close_position(position, params=params)

    async def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        return await self._own.close_all_positions(market=market, symbol=symbol, params=params)

    # -- followers and their money --------------------------------------------------------------------------------

    async def followers(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Follower]:
        given = {"since": since, "until": until}
        return await self._core.read("lead.followers", given, limit=limit, partial=partial, params=params)

    async def remove_follower(self, follower: Follower | str, *, params: Params | None = None) -> Receipt:
        follower_id = checks.follower_id(follower)
        goal = Unlisted("lead.followers", "id", follower_id)
        return await self._write("lead.remove_follower", {"follower_id": follower_id}, params, goal)

    async def profit_share(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        day: int | None = None,
        asset: str | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ProfitShare]:
        given = {"since": since, "until": until, "day": day, "asset": asset}
        return await self._core.read("lead.profit_share", given, limit=limit, partial=partial, params=params)

    async def profit_share_pending(
        self, *, asset: str | None = None, partial: bool = False, params: Params | None = None
    ) -> Page[ProfitShare]:
        return await self._core.read("lead.profit_share_pending", {"asset": asset}, partial=partial, params=params)

    async def profit_share_totals(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ProfitShare]:
        given = {"since": since, "until": until}
        return await self._core.read("lead.profit_share_totals", given, partial=partial, params=params)

    async def statistics(self, *, days: int | None = None) -> LeadStatistics:
        given = {"days": None if days is None else str(days)}
        found: LeadStatistics = await self._core.read_one("lead.statistics", given)
        return found

    # -- how it leads ---------------------------------------------------------------------------------------------

    async def symbols(self, *, symbol: str | None = None, market: str | None = None) -> Page[SymbolRule]:
        return await self._core.read("lead.symbols", {"symbol": symbol}, market=market)

    async def set_symbols(
        self, symbols: tuple[str, ...] | list[str], *, how: How = "replace", params: Params | None = None
    ) -> Receipt:
        name = self._core.serving("lead.set_symbols")
        endpoint = self._core.endpoint(name)
        listed = checks.symbols(symbols)
        # A call that can't say how replaces the whole list.
        given: Given = {"how": how if takes(endpoint, "how") or how != "replace" else None}
        if takes(endpoint, "symbols") or endpoint.rows:
            given["symbols"] = listed
        elif len(listed) == 1:
            given["symbol"] = listed[0]
        else:
            raise errors.NotSupported(
                f"symbols: one call changes one symbol here, not {len(listed)}", exchange=self._core.id, endpoint=name
            )
        values = values_with_rows(self._core, Arguments(self._core.api, name, given), listed, "symbols")
        return await self._core.write("lead.set_symbols", name, values, params)

    async def settings(self) -> LeadSettings:
        found: LeadSettings = await self._core.read_one("lead.settings", {})
        return found

    async def set_settings(self, settings: LeadSettings, *, params: Params | None = None) -> Receipt:
        if not isinstance(settings, LeadSettings):
            raise errors.BadRequest(f"settings: pass LeadSettings, not {type(settings).__name__}")
        given = {f"settings.{name}": getattr(settings, name) for name in settings.__struct_fields__}
        return await self._write("lead.set_settings", given, params, Led(settings_facts(settings)))

    async def _write(self, verb: str, given: Given, params: Params | None, goal: AnyGoal) -> Receipt:
        name = self._core.serving(verb)
        arguments = Arguments(self._core.api, name, given)
        values = arguments.values()
        arguments.refuse_unused()
        return await self._core.write(verb, name, values, params, goal)
