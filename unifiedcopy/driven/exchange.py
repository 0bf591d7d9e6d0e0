"""A venue API as its schema describes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .. import checks, errors
from ..arguments import Arguments, takes
from ..capabilities import capabilities
from ..connection import Connection
from ..exchange import CopyTradingExchange
from ..inputs import LeaderRef, Order, Params, Trigger
from ..models import (
    Account,
    ClosedPosition,
    FollowedLeader,
    Follower,
    FollowSettings,
    KeyPermissions,
    Leader,
    OpenCopies,
    Position,
    Receipt,
    SymbolRule,
)
from ..page import Page, only
from ..permissions import permissions_told
from ..request import build
from ..safety.goals import Unlisted
from ..safety.protocol import DEFAULTS, Safety
from ..schema import Api
from ..schema.structure import suggestion
from ..schema.verbs import LEAD, VERBS
from ..signing import Preview
from .core import Core
from .follow import Following
from .lead import DrivenLead
from .positions import PositionVerbs

if TYPE_CHECKING:
    from ..safety.journal import WriteRecord


class DrivenExchange(CopyTradingExchange):
    """One account on one API. Made by ``connect``."""

    def __init__(
        self,
        api: Api,
        connection: Connection,
        *,
        alias: str | None,
        write: bool,
        convert: bool,
        markets: tuple[str, ...] = (),
        safety: Safety = DEFAULTS,
    ) -> None:
        self.api = api
        self.id, self.name, self.alias = api.schema.id, api.schema.name, alias
        self.can = capabilities(api)
        self._core = Core(
            api,
            connection,
            self.can,
            alias=alias,
            write=write,
            convert=convert,
            markets=markets,
            safety=safety,
        )

    # A portfolio holds tens of thousands of accounts: what they don't use is not kept.

    @property
    def _own(self) -> PositionVerbs:
        return PositionVerbs(self._core, "follower")

    @cached_property
    def _following(self) -> Following:
        return Following(self._core)

    @cached_property
    def lead(self) -> DrivenLead:  # type: ignore[override]
        return DrivenLead(self._core)

    def __repr__(self) -> str:
        return f"<{self.id}{f' {self.alias}' if self.alias else ''} at {self._core.connection.origin}>"

    async def clock_skew(self) -> int | None:
        """Milliseconds that this machine's clock is ahead of the venue's; None where the venue tells no time.

        Raises:
            OperationFailed: the venue's time can't be read.
        """
        return await self._core.connection.skew()

    @property
    def key_mark(self) -> str | None:
        return self._core.account if self._core.connection.credentials.api_key is not None else None

    @property
    def origin(self) -> str:
        """Scheme, host and port that every request of this connection goes to."""
        return self._core.connection.origin

    @property
    def test_network(self) -> bool:
        """Whether requests are marked for the venue's own test network."""
        return self._core.connection.test_network

    async def aclose(self) -> None:
        await self._core.connection.close()

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
        return await self._core.read(
            "list_leaders", {"sort": sort, "order": order, "name": name}, limit=limit, params=params
        )

    async def leaders(
        self, *, sort: str | None = None, order: Order | None = None, name: str | None = None
    ) -> AsyncIterator[Leader]:
        endpoint = self._core.serving("list_leaders")
        walk = self._core.walk(endpoint, {"sort": sort, "order": order, "name": name})
        async for page in walk.pages():
            self._core.whole(page, endpoint, partial=False)
            for leader in page.items:
                yield leader

    async def leader(self, leader: LeaderRef, *, days: int | None = None) -> Leader:
        given = {"leader_id": checks.needed_leader(leader), "days": None if days is None else str(days)}
        page = await self._core.read("leader", given)
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
        return await self._core.read(
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
        return await self._core.read("leader_history", given, market=market, limit=limit, partial=partial)

    async def leader_followers(self, leader: LeaderRef, *, limit: int = 100) -> Page[Follower]:
        return await self._core.read("leader_followers", {"leader_id": checks.needed_leader(leader)}, limit=limit)

    # -- following ------------------------------------------------------------------------------------------------

    async def following(self) -> Page[FollowedLeader]:
        return await self._core.read("following", {})

    async def follow_settings(self, leader: LeaderRef) -> Page[FollowSettings]:
        return await self._core.read("follow_settings", {"leader_id": checks.needed_leader(leader)})

    async def follow(
        self,
        leader: LeaderRef,
        settings: FollowSettings,
        *,
        amend: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        return await self._following.follow(leader, settings, amend=amend, params=params)

    async def unfollow(
        self, leader: LeaderRef, *, open_copies: OpenCopies | None = None, params: Params | None = None
    ) -> Receipt:
        name = self._core.serving("unfollow")
        leader_id = checks.needed_leader(leader)
        given = {"leader_id": leader_id, "open_copies": self._open_copies(name, open_copies)}
        goal = Unlisted("following", "leader_id", leader_id)
        values = Arguments(self.api, name, given).values()
        return await self._core.write("unfollow", name, values, params, goal, leader_id=leader_id)

    def _open_copies(self, name: str, wanted: OpenCopies | None) -> OpenCopies | None:
        """What to ask for; refused where the venue does something else with open copies."""
        done = self._core.endpoint(name).open_copies
        if wanted is None or done == "chosen":
            return wanted
        if wanted != {"kept": "keep", "closed": "close"}.get(done or ""):
            raise errors.NotSupported(
                f"open_copies = {wanted!r} can't be said here: ending the following leaves them {done}",
                exchange=self.id,
                endpoint=name,
            )
        return None

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
        return await self._own.positions(given, market=market, partial=partial, params=params)

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

    async def copy_limits(
        self, *, leader: LeaderRef | None = None, symbol: str | None = None, market: str | None = None
    ) -> Page[SymbolRule]:
        per_leader = takes(self._core.endpoint(self._core.serving("copy_limits")), "leader_id")
        given = {"leader_id": checks.leader_id(leader) if per_leader else None, "symbol": symbol}
        return await self._core.read("copy_limits", given, market=market)

    async def account(self, *, params: Params | None = None) -> Page[Account]:
        return await self._core.read("account", {}, params=params)

    async def key_permissions(self) -> KeyPermissions:
        told = self.api.schema.permissions
        if told is None:
            raise errors.NotSupported("this API does not tell what its key may do", exchange=self.id)
        request = build(self.id, told.endpoint, self._core.endpoint(told.endpoint), {})
        return permissions_told(self.api, await self._core.answer(request), self.alias)

    # -- the write log --------------------------------------------------------------------------------------------

    def writes(self, *, limit: int | None = 100) -> list[WriteRecord]:
        return self._core.writes.of_account(self.id, self._core.connection.origin, self._core.account, limit)

    async def reconcile(self) -> list[WriteRecord]:
        return await self._core.writes.reconcile(self.id, self._core.connection.origin, self._core.account)

    def resolve_write(self, write_id: int, *, applied: bool) -> None:
        self._core.writes.resolve(write_id, applied=applied)

    # -- the raw side ---------------------------------------------------------------------------------------------

    async def call(self, endpoint: str, **wire: Any) -> Any:
        spec = self.api.schema.endpoints.get(endpoint)
        if spec is None:
            raise errors.BadRequest(
                f"there is no endpoint {endpoint!r}; {suggestion(endpoint, self.api.schema.endpoints)}",
                exchange=self.id,
            )
        return await self._core.call(build(self.id, endpoint, spec, wire))

    async def preview(self, verb: str, *arguments: Any, **options: Any) -> Preview:
        if verb != "call" and not (verb in VERBS and VERBS[verb].writes):
            writing = ", ".join(name for name, known in VERBS.items() if known.writes)
            raise errors.BadRequest(f"preview shows what a write would send: {writing}, call; not {verb!r}")
        side, name = (self.lead, verb.removeprefix(LEAD)) if verb.startswith(LEAD) else (self, verb)
        return await self._core.preview(lambda: getattr(side, name)(*arguments, **options), verb)
