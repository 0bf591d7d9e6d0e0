"""The verbs about positions, which a following account and a leading one have alike."""

from __future__ import annotations

from collections.abc import Awaitable

from .. import checks, errors, triggers
from ..arguments import Arguments, Given, market_arguments, position_arguments, takes, tpsl_arguments
from ..inputs import Params, Trigger
from ..models import ClosedPosition, Position, Price, Receipt, Roi, Role
from ..page import Page
from ..safety.goals import AllClosed, Closed, fact, guarded, positions_of
from ..schema.verbs import LEAD
from .core import Core


class PositionVerbs:
    """Positions of one role."""

    __slots__ = ("_prefix", "core", "role")

    def __init__(self, core: Core, role: Role) -> None:
        self.core, self.role = core, role
        self._prefix = LEAD if role == "lead" else ""

    def positions(
        self, given: Given, *, market: str | None, partial: bool, params: Params | None
    ) -> Awaitable[Page[Position]]:
        """What is open."""
        return self.core.read(f"{self._prefix}positions", given, market=market, partial=partial, params=params)

    def closed_positions(
        self, given: Given, *, market: str | None, limit: int, partial: bool, params: Params | None
    ) -> Awaitable[Page[ClosedPosition]]:
        """What was closed."""
        return self.core.read(
            f"{self._prefix}closed_positions", given, market=market, limit=limit, partial=partial, params=params
        )

    async def set_tpsl(
        self,
        position: Position,
        *,
        take_profit: Trigger | None = None,
        stop_loss: Trigger | None = None,
        convert: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        name = self.core.serving(f"{self._prefix}set_tpsl")
        self._own(position)
        checks.trigger("take_profit", take_profit)
        checks.trigger("stop_loss", stop_loss)
        if take_profit is None and stop_loss is None:
            raise errors.ArgumentsRequired("pass take_profit, stop_loss or both", exchange=self.core.id, endpoint=name)
        allowed = self.core.convert if convert is None else convert
        notes: list[str] = []
        given = await self._position_given(name, position)
        asked: dict[str, Trigger] = {}
        for side, trigger in (("take_profit", take_profit), ("stop_loss", stop_loss)):
            sent = self._venue_trigger(name, side, trigger, position, allowed, notes)
            asked |= {side: sent} if sent is not None else {}
            given |= tpsl_arguments(sent, side)
            if trigger is None:
                given[f"position.{side}"] = self._kept(name, side, position)
        values = Arguments(self.core.api, name, given, position).values()
        goal = guarded(position, asked, self._asked_market(position))
        return await self.core.write(
            f"{self._prefix}set_tpsl", name, values, params, goal, notes=notes, leader_id=position.leader_id
        )

    def _kept(self, name: str, side: str, position: Position) -> Price | Roi | None:
        """The trigger that stands already, for venues that are told both sides each time."""
        standing: Price | Roi | None = getattr(position, side)
        kinds = takes(self.core.endpoint(name), f"{side}.")
        return standing if standing is not None and triggers.kind(standing) in kinds else None

    def _venue_trigger(
        self, name: str, side: str, trigger: Trigger | None, position: Position, convert: bool, notes: list[str]
    ) -> Trigger | None:
        """The trigger in a kind that the venue takes."""
        if not isinstance(trigger, Price | Roi):
            return trigger
        kinds = takes(self.core.endpoint(name), f"{side}.")
        if triggers.kind(trigger) in kinds:
            return trigger
        if not convert:
            other = "Roi" if isinstance(trigger, Price) else "Price"
            raise errors.NotSupported(
                f"{side}: this venue takes {other}; pass one, or convert=True to have it computed from the position",
                exchange=self.core.id,
                endpoint=name,
            )
        made = triggers.converted(trigger, position)
        notes.append(f"{side} {trigger} sent as {made}")
        return made

    async def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        name = self.core.serving(f"{self._prefix}close_position")
        self._own(position)
        values = Arguments(self.core.api, name, await self._position_given(name, position), position).values()
        goal = Closed(self.role, position.id, self._asked_market(position), fact(position.size), position.opened_at)
        return await self.core.write(
            f"{self._prefix}close_position", name, values, params, goal, leader_id=position.leader_id
        )

    async def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        name = self.core.serving(f"{self._prefix}close_all_positions")
        if symbol is not None:
            market = self.core.market_of(symbol, name)
        elif market is None and takes(self.core.endpoint(name), "market."):
            raise errors.ArgumentsRequired(
                f"say which market to close: {', '.join(self.core.can.markets)}", exchange=self.core.id, endpoint=name
            )
        given = {"symbol": symbol, **market_arguments(self.core.api, self.core.known_market(market, name))}
        goal = AllClosed(self.role, market, symbol)
        return await self.core.write(
            f"{self._prefix}close_all_positions", name, Arguments(self.core.api, name, given).values(), params, goal
        )

    def _asked_market(self, position: Position) -> str | None:
        """The market to ask for this position again, where they are asked one at a time."""
        names = self.core.api.serving(positions_of(self.role))
        by_market = any(takes(self.core.endpoint(name), "market.") for name in names)
        return self.core.api.symbols.facts(position.venue_symbol).market if by_market else None

    def _own(self, position: Position) -> None:
        """A position of another API, account or role would name another one here."""
        checks.position(position)
        if position.role != self.role:
            cure = {"lead": "ex.lead has its verbs", "follower": "ex has its verbs", "observed": "it is another's"}
            raise errors.BadRequest(
                f"this position is {position.role}, not {self.role}: {cure[position.role]}", exchange=self.core.id
            )
        if (position.exchange, position.account) != (self.core.id, self.core.alias):
            whose = f"{position.exchange} {position.account or ''}".strip()
            raise errors.BadRequest(
                f"this position is of {whose}, not of {self.core.id} {self.core.alias or ''}".rstrip(),
                exchange=self.core.id,
            )

    async def _position_given(self, name: str, position: Position) -> Given:
        """What an endpoint may take from a position, its size as the venue counts it."""
        market = self.core.api.symbols.facts(position.venue_symbol).market
        given = {**position_arguments(position), **market_arguments(self.core.api, market)}
        if "size" in takes(self.core.endpoint(name), "position."):
            given["position.size"] = await self.core.contracts.in_contracts(position)
        return given
