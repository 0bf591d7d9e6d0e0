"""The interface, driven by a schema: every verb is an endpoint, its parameters and its reader.

Nothing in here knows a venue. What a verb needs beyond its schema (which endpoint a sizing belongs to, converting a
trigger, one row per symbol) is the same on all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from copy import copy
from typing import Any, TypeVar

from . import checks, errors, triggers
from .arguments import (
    Arguments,
    Given,
    market_arguments,
    merged,
    position_arguments,
    settings_arguments,
    takes,
    tpsl_arguments,
)
from .capabilities import capabilities, sizing_kinds
from .connection import Connection
from .exchange import CopyTradingExchange, LeaderRef, LeadRole, Order, Params, Trigger
from .models import (
    SIZING_NAMES,
    Account,
    ClosedPosition,
    FollowedLeader,
    FollowSettings,
    Leader,
    Position,
    Price,
    Receipt,
    Roi,
    SymbolRule,
)
from .page import Page, only
from .reading import CHOOSABLE, Walk, joined
from .request import Request, build
from .schema import Api
from .schema.structure import suggestion
from .schema.verbs import VERBS
from .signing import Preview
from .transport import Reply
from .writing import filled_in, receipt, refused_in_part, told, unknown

T = TypeVar("T")


class DrivenExchange(CopyTradingExchange):
    """A venue API as its schema describes it. Made by ``connect``."""

    def __init__(
        self,
        api: Api,
        connection: Connection,
        *,
        alias: str | None,
        write: bool,
        convert: bool,
        markets: tuple[str, ...] = (),
    ) -> None:
        self.api = api
        self.id, self.name, self.alias = api.schema.id, api.schema.name, alias
        self.can = capabilities(api)
        self.lead = LeadRole(self)
        self._connection = connection
        self._write_allowed, self._convert = write, convert
        self._markets_whole = markets or tuple(api.schema.default_markets or api.schema.markets)
        self._previewing = False

    def __repr__(self) -> str:
        return f"<{self.id}{f' {self.alias}' if self.alias else ''} at {self._connection.origin}>"

    async def aclose(self) -> None:
        await self._connection.close()

    # -- leaders --------------------------------------------------------------------------------------------------

    async def list_leaders(
        self,
        *,
        sort: str | None = None,
        order: Order | None = None,
        name: str | None = None,
        limit: int = 20,
        params: Params | None = None,
    ) -> Page[Leader]:
        return await self._read(
            "list_leaders", {"sort": sort, "order": order, "name": name}, limit=limit, params=params
        )

    async def leaders(
        self, *, sort: str | None = None, order: Order | None = None, name: str | None = None
    ) -> AsyncIterator[Leader]:
        endpoint = self._serving("list_leaders")
        walk = self._walk(endpoint, {"sort": sort, "order": order, "name": name})
        async for page in walk.pages():
            self._whole(page, endpoint, partial=False)
            for leader in page.items:
                yield leader

    async def leader(self, leader: LeaderRef) -> Leader:
        page = await self._read("leader", {"leader_id": checks.needed_leader(leader)})
        # A venue may answer with another notation of the id, but then with this one leader alone.
        found: Leader | None = next((one for one in page if one.id == checks.leader_id(leader)), only(page))
        if found is None:
            raise errors.LeaderUnavailable(
                f"the venue shows no leader {checks.leader_id(leader)!r}", outcome="rejected", exchange=self.id
            )
        return found

    async def leader_positions(
        self, leader: LeaderRef, *, symbol: str | None = None, market: str | None = None, partial: bool = False
    ) -> Page[Position]:
        return await self._read(
            "leader_positions",
            {"leader_id": checks.needed_leader(leader), "symbol": symbol},
            market=market,
            partial=partial,
        )

    async def leader_history(
        self,
        leader: LeaderRef,
        *,
        symbol: str | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
    ) -> Page[ClosedPosition]:
        given = {"leader_id": checks.needed_leader(leader), "symbol": symbol} | {"since": since, "until": until}
        return await self._read("leader_history", given, market=market, limit=limit, partial=partial)

    # -- following ------------------------------------------------------------------------------------------------

    async def following(self) -> Page[FollowedLeader]:
        return await self._read("following", {})

    async def follow_settings(self, leader: LeaderRef) -> Page[FollowSettings]:
        return await self._read("follow_settings", {"leader_id": checks.needed_leader(leader)})

    async def follow(self, leader: LeaderRef, settings: FollowSettings, *, params: Params | None = None) -> Receipt:
        name = self._follow_endpoint(settings)
        endpoint = self.api.schema.endpoints[name]
        arguments = Arguments(
            self.api, name, {"leader_id": checks.needed_leader(leader), **settings_arguments(settings)}
        )
        values = arguments.values()
        if endpoint.rows is not None:
            values[endpoint.rows] = self._rows(name, arguments, settings)
        arguments.refuse_unused()
        return await self._write(name, merged(values, params, self.id, name))

    async def unfollow(self, leader: LeaderRef, *, params: Params | None = None) -> Receipt:
        name = self._serving("unfollow")
        values = Arguments(self.api, name, {"leader_id": checks.needed_leader(leader)}).values()
        return await self._write(name, merged(values, params, self.id, name))

    def _follow_endpoint(self, settings: FollowSettings) -> str:
        """The follow call that can say the sizing: some venues have one for each model."""
        self._serving("follow")
        checks.settings(settings)
        if settings.sizing is None:
            raise errors.ArgumentsRequired(
                f"settings.sizing is required; this venue takes {', '.join(self.can.sizing)}", exchange=self.id
            )
        kind = SIZING_NAMES[type(settings.sizing)]
        for name in self.api.serving("follow"):
            if kind in sizing_kinds(self.api, self.api.schema.endpoints[name]):
                return name
        raise errors.NotSupported(
            f"sizing {kind} can't be said here; this venue takes {', '.join(self.can.sizing)}", exchange=self.id
        )

    def _rows(self, name: str, arguments: Arguments, settings: FollowSettings) -> list[dict[str, Any]]:
        """One row of settings for each symbol."""
        endpoint = self.api.schema.endpoints[name]
        arguments.used.add("settings.symbols")
        if not settings.symbols:
            raise errors.ArgumentsRequired(
                "settings.symbols is required: this venue keeps settings for each symbol",
                exchange=self.id,
                endpoint=name,
            )
        if endpoint.max_rows is not None and len(settings.symbols) > endpoint.max_rows:
            raise errors.BadRequest(
                f"settings.symbols: {len(settings.symbols)} symbols, but one call takes {endpoint.max_rows}",
                exchange=self.id,
                endpoint=name,
            )
        rows = []
        for symbol in settings.symbols:
            facts = arguments.venue_symbol(symbol)
            row = Arguments(
                self.api, name, {**arguments.given, "symbol": symbol, **market_arguments(self.api, facts.market)}
            )
            rows.append(row.values(f"{endpoint.rows}[]."))
            arguments.used |= row.used
        return rows

    # -- positions ------------------------------------------------------------------------------------------------

    async def positions(
        self,
        *,
        symbol: str | None = None,
        leader: LeaderRef | None = None,
        market: str | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Position]:
        given = {"symbol": symbol, "leader_id": checks.leader_id(leader)}
        return await self._read("positions", given, market=market, partial=partial, params=params)

    async def closed_positions(
        self,
        *,
        symbol: str | None = None,
        leader: LeaderRef | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ClosedPosition]:
        given = {"symbol": symbol, "leader_id": checks.leader_id(leader), "since": since, "until": until}
        return await self._read("closed_positions", given, market=market, limit=limit, partial=partial, params=params)

    async def set_tpsl(
        self,
        position: Position,
        *,
        take_profit: Trigger | None = None,
        stop_loss: Trigger | None = None,
        convert: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        name = self._serving("set_tpsl")
        self._own(position)
        checks.trigger("take_profit", take_profit)
        checks.trigger("stop_loss", stop_loss)
        if take_profit is None and stop_loss is None:
            raise errors.ArgumentsRequired("pass take_profit, stop_loss or both", exchange=self.id, endpoint=name)
        allowed = self._convert if convert is None else convert
        notes: list[str] = []
        given = self._position_given(position)
        for side, trigger in (("take_profit", take_profit), ("stop_loss", stop_loss)):
            sent = self._venue_trigger(name, side, trigger, position, allowed, notes)
            given |= tpsl_arguments(sent, side)
            if trigger is None:
                given[f"position.{side}"] = self._kept(name, side, position)
        values = Arguments(self.api, name, given, position).values()
        return await self._write(name, merged(values, params, self.id, name), notes)

    def _kept(self, name: str, side: str, position: Position) -> Price | Roi | None:
        """The trigger that stands already, for venues that are told both sides each time."""
        standing: Price | Roi | None = getattr(position, side)
        kinds = takes(self.api.schema.endpoints[name], f"{side}.")
        return standing if standing is not None and triggers.kind(standing) in kinds else None

    def _venue_trigger(
        self, name: str, side: str, trigger: Trigger | None, position: Position, convert: bool, notes: list[str]
    ) -> Trigger | None:
        """The trigger in a kind that the venue takes."""
        if not isinstance(trigger, Price | Roi):
            return trigger
        kinds = takes(self.api.schema.endpoints[name], f"{side}.")
        if triggers.kind(trigger) in kinds:
            return trigger
        if not convert:
            other = "Roi" if isinstance(trigger, Price) else "Price"
            raise errors.NotSupported(
                f"{side}: this venue takes {other}; pass one, or convert=True to have it computed from the position",
                exchange=self.id,
                endpoint=name,
            )
        made = triggers.converted(trigger, position)
        notes.append(f"{side} {trigger} sent as {made}")
        return made

    async def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        name = self._serving("close_position")
        self._own(position)
        values = Arguments(self.api, name, self._position_given(position), position).values()
        return await self._write(name, merged(values, params, self.id, name))

    async def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        name = self._serving("close_all_positions")
        if symbol is not None:
            market = self._market_of(symbol, name)
        elif market is None:
            raise errors.ArgumentsRequired(
                f"say which market to close: {', '.join(self.can.markets)}", exchange=self.id, endpoint=name
            )
        given = {"symbol": symbol, **market_arguments(self.api, self._known_market(market, name))}
        return await self._write(name, merged(Arguments(self.api, name, given).values(), params, self.id, name))

    async def copy_limits(self, *, symbol: str | None = None, market: str | None = None) -> Page[SymbolRule]:
        return await self._read("copy_limits", {"symbol": symbol}, market=market)

    async def account(self) -> Page[Account]:
        return await self._read("account", {})

    def _own(self, position: Position) -> None:
        """A position of another API or account would name another one here."""
        checks.position(position)
        if (position.exchange, position.account) != (self.id, self.alias):
            whose = f"{position.exchange} {position.account or ''}".strip()
            raise errors.BadRequest(
                f"this position is of {whose}, not of {self.id} {self.alias or ''}".rstrip(), exchange=self.id
            )

    def _position_given(self, position: Position) -> Given:
        market = self.api.symbols.facts(position.venue_symbol).market
        return {**position_arguments(position), **market_arguments(self.api, market)}

    # -- the raw side ---------------------------------------------------------------------------------------------

    async def call(self, endpoint: str, **wire: Any) -> Any:
        spec = self.api.schema.endpoints.get(endpoint)
        if spec is None:
            raise errors.BadRequest(
                f"there is no endpoint {endpoint!r}; {suggestion(endpoint, self.api.schema.endpoints)}",
                exchange=self.id,
            )
        request = build(self.id, endpoint, spec, wire)
        self._guard(request, writes=spec.changes)
        return await self._answer(request, writes=spec.changes)

    async def preview(self, verb: str, *arguments: Any, **options: Any) -> Preview:
        if verb != "call" and not (verb in VERBS and VERBS[verb].writes):
            writing = ", ".join(name for name, known in VERBS.items() if known.writes)
            raise errors.BadRequest(f"preview shows what a write would send: {writing}, call; not {verb!r}")
        twin = copy(self)  # a write that goes on meanwhile is not previewed
        twin._previewing = True
        try:
            await getattr(twin, verb)(*arguments, **options)
        except _PreviewReached as reached:
            return self._connection.sign(reached.request).preview(self._connection.origin, reached.notes)
        raise errors.NotSupported(f"{verb} is not previewed: it sends nothing or only reads", exchange=self.id)

    async def _answer(self, request: Request, *, writes: bool) -> Any:
        endpoint = self.api.schema.endpoints[request.endpoint]

        def parse(reply: Reply) -> Any:
            with told(reply):
                return self.api.verdict.check(request.endpoint, endpoint, reply.body, reply.status)

        try:
            return await self._connection.ask(request, parse, writes=writes)
        except errors.UnifiedCopyError as error:
            if writes and (error.outcome == "unknown" or refused_in_part(endpoint, request, error)):
                raise unknown(error) from error
            raise

    # -- one read, one write --------------------------------------------------------------------------------------

    def _serving(self, verb: str) -> str:
        """The first endpoint of a verb.

        Raises:
            NotSupported: there is none; nothing was sent.
        """
        names = self.api.serving(verb)
        if not names:
            raise errors.NotSupported(self.can.why_not(verb), exchange=self.id)
        return names[0]

    async def _read(
        self,
        verb: str,
        given: Given,
        *,
        market: str | None = None,
        limit: int | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Any]:
        """A list, whole: every market that the venue asks for one at a time, every page of each."""
        name = self._serving(verb)
        endpoint = self.api.schema.endpoints[name]
        since, until = given.get("since"), given.get("until")
        checks.limit(limit)
        checks.window(since, until, endpoint.window_days)
        checks.text("market", market)
        if given.get("symbol") is not None:
            checks.text("symbol", given["symbol"])
            self._market_of(given["symbol"], name)  # a symbol that is none finds nothing: not the same as no position
        markets = self._markets(name, market, given.get("symbol"))
        walks = [self._walk(name, {**given, **market_arguments(self.api, one)}, limit, params) for one in markets]
        page = joined(await _together(walks), limit)
        page.covers = checks.covered(since, until, endpoint.window_days)
        return self._whole(page, name, partial=partial)

    def _whole(self, page: Page[Any], name: str, *, partial: bool) -> Page[Any]:
        """The page, or an error that holds it when rows could not be read and the caller wants all."""
        if page.withheld and not partial:
            listed = "; ".join(str(problem) for problem in page.withheld[:5])
            raise errors.PartialResult(
                f"{len(page.withheld)} rows can't be read, {len(page)} can (they are in .page): {listed}",
                page=page,
                outcome="unknown",
                exchange=self.id,
                endpoint=name,
            )
        return page

    def _walk(self, name: str, given: Given, limit: int | None = None, params: Params | None = None) -> Walk:
        arguments = Arguments(self.api, name, given)
        paging = self.api.schema.endpoints[name].paging
        if paging is not None and paging.param in (params or {}):
            raise errors.BadRequest(f"params: {paging.param} is set by walking the pages; use limit", exchange=self.id)
        values = merged(arguments.values(), params, self.id, name)
        arguments.refuse_unused(tolerated=CHOOSABLE)
        wanted = {name: value for name, value in given.items() if name in CHOOSABLE and value is not None}
        # Times are chosen by once more: a venue may mean when a position was opened.
        left = {
            name: value for name, value in wanted.items() if name in ("since", "until") or name not in arguments.used
        }
        whole = any(name not in arguments.used for name in wanted)
        return Walk(self.api, name, self._connection, values, self.alias, limit, left, whole_pages=whole)

    def _markets(self, name: str, market: str | None, symbol: str | None) -> list[str | None]:
        """The markets to ask: all, unless one is named or the symbol is of one."""
        if not takes(self.api.schema.endpoints[name], "market."):
            if market is not None:
                raise errors.NotSupported("this API has no markets to choose from", exchange=self.id, endpoint=name)
            return [None]
        if market is not None:
            return [self._known_market(market, name)]
        if symbol is not None:
            return [self._market_of(symbol, name)]
        return list(self._markets_whole)

    def _known_market(self, market: str | None, name: str) -> str | None:
        if market is not None and market not in self.api.schema.markets:
            raise errors.BadRequest(
                f"there is no market {market!r}; {suggestion(market, self.api.schema.markets)}",
                exchange=self.id,
                endpoint=name,
            )
        return market

    def _market_of(self, symbol: str, name: str) -> str | None:
        return Arguments(self.api, name, {}).venue_symbol(symbol).market

    def _guard(self, request: Request, *, writes: bool, notes: tuple[str, ...] = ()) -> None:
        if self._previewing:
            raise _PreviewReached(request, notes)
        if writes and not self._write_allowed:
            raise errors.SafetyRefused(
                "this connection only reads; connect(…, write=True) allows writes",
                exchange=self.id,
                endpoint=request.endpoint,
            )

    async def _write(self, name: str, values: dict[str, Any], notes: list[str] | None = None) -> Receipt:
        endpoint = self.api.schema.endpoints[name]
        request = build(self.id, name, endpoint, values)
        said = (*(notes or ()), *filled_in(endpoint, values))
        self._guard(request, writes=True, notes=said)
        answer = await self._answer(request, writes=True)
        return receipt(self.api, request, answer, self.alias, said)


class _PreviewReached(Exception):
    def __init__(self, request: Request, notes: tuple[str, ...]) -> None:
        self.request, self.notes = request, notes


async def _together(walks: list[Walk]) -> list[Page[Any]]:
    """Every walk to its end, also when one of them fails: then its error is raised."""
    ends = await asyncio.gather(*(walk.whole() for walk in walks), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if isinstance(end, Page)]
