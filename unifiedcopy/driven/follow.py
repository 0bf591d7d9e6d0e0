"""Starting and changing a following: which call says the settings, what stands already, and what the venue allows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from .. import checks, errors
from ..arguments import Arguments, market_arguments, settings_arguments, takes
from ..capabilities import sizing_kinds
from ..inputs import LeaderRef, Params
from ..models import SIZING_NAMES, FollowSettings, Receipt
from ..safety.caps import Admission, Caps, ceiling
from ..safety.goals import Facts, Followed, fact, followed
from .core import Core, previewing
from .limits import CopyLimits


class Standing(NamedTuple):
    """How a leader is copied already."""

    facts: tuple[Facts, ...] | None
    """As a goal compares them: empty when the leader is not followed, None when nothing was read."""
    rows: tuple[FollowSettings, ...] = ()


class Following:
    """``follow`` of one account."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._limits = CopyLimits(core)

    async def follow(
        self, leader: LeaderRef, settings: FollowSettings, *, amend: bool | None, params: Params | None
    ) -> Receipt:
        """Starts or changes; what the venue's limits or the caller's caps refuse is refused before anything is sent."""
        leader_id = checks.needed_leader(leader)
        self.core.serving("follow")
        checks.settings(settings)
        standing = await self._standing(leader_id, settings, amend)
        names = self._endpoints(bool(standing.facts) if amend is None else amend)
        changes = all(self.core.endpoint(name).mode == "amend-only" for name in names)
        settings, notes = self._kept(settings, standing, names) if changes else (settings, [])
        name = self._saying(settings, names)
        arguments = Arguments(self.core.api, name, {"leader_id": leader_id, **settings_arguments(settings)})
        values = values_with_rows(self.core, arguments, settings.symbols, "settings.symbols")
        goal = followed(leader_id, settings, per_symbol=arguments.endpoint.rows is not None)
        goal = replace(goal, before=standing.facts)
        if standing.facts and goal.as_asked(standing.facts) and not params and self.core.quiet():
            return self._is_so(name)
        caps, admit = self.core.writes.caps, None
        admission = Admission(caps or Caps(), self.core.id, leader_id, settings)
        admission.check_alone()
        if not previewing() and self.core.write_allowed:
            with nothing_sent():
                await self._limits.check(leader_id, settings)
                admit = admission.check_with(await self._ceilings() if caps and caps.counts_followings else None)
        return await self.core.write(
            "follow",
            name,
            values,
            params,
            goal,
            notes=notes,
            leader_id=leader_id,
            amount=admission.amount,
            admit=admit,
        )

    # -- what stands already --------------------------------------------------------------------------------------

    async def _standing(self, leader_id: str, settings: FollowSettings, amend: bool | None) -> Standing:
        """How the leader is copied now; a preview looks only where a change would go on from it."""
        core = self.core
        modes = {core.endpoint(name).mode for name in core.api.serving("follow")}
        goes_on = (amend or modes == {"amend-only"}) and None in _given(settings).values()
        undecided = len(modes) > 1 and amend is None
        if previewing():
            looks = goes_on and core.writes.read_back
        else:
            looks = core.write_allowed and (undecided or core.writes.read_back)
        if not looks or not core.tells("following"):
            return Standing(None)
        with nothing_sent():
            return Standing(*await Followed(leader_id, {}).seen(core))

    def _kept(self, settings: FollowSettings, standing: Standing, names: list[str]) -> tuple[FollowSettings, list[str]]:
        """The settings with what was not given taken from those that stand: a change must not reset the rest."""
        if len(standing.rows) != 1:
            return settings, []
        sayable = {key for name in names for key in takes(self.core.endpoint(name), "settings.")}
        sayable |= {"sizing"} - ({"leverage_source"} if settings.leverage is not None else set())
        kept = {
            name: standing_value
            for name, value in _given(settings).items()
            if value is None
            and name in sayable
            and (standing_value := getattr(standing.rows[0], name)) not in (None, "unknown")
        }
        notes = [f"{name} was not given and stays {fact(value)}" for name, value in kept.items()]
        return replace(settings, **kept), notes

    def _is_so(self, name: str) -> Receipt:
        return Receipt(
            exchange=self.core.id,
            account=self.core.alias,
            endpoint=name,
            sent={},
            notes=("the leader is followed so already: nothing was sent",),
            received_at=int(time.time() * 1000),
            confirmed_by="state",
        )

    async def _ceilings(self) -> dict[str, Decimal | None]:
        """What every following of the account may use at most, as the venue tells it now."""
        found: dict[str, Decimal | None] = {}
        for leader in await self.core.read("following", {}):
            rows = [] if leader.budget else await self._settings_of(leader.leader_id)
            bounds = [bound for row in rows if (bound := ceiling(row)) is not None]
            told = len(bounds) == len(rows) and bounds  # one symbol without a ceiling leaves the leader without one
            found[leader.leader_id] = leader.budget or (max(bounds) if told else None)
        return found

    async def _settings_of(self, leader_id: str) -> list[FollowSettings]:
        if not self.core.tells("follow_settings"):
            return []
        return list(await self.core.read("follow_settings", {"leader_id": leader_id}))

    # -- which call -----------------------------------------------------------------------------------------------

    def _endpoints(self, is_followed: bool) -> list[str]:
        """The calls that start, or those that change, where a venue has both."""
        names = list(self.core.api.serving("follow"))
        if len({self.core.endpoint(name).mode for name in names}) == 1:
            return names
        mode = "amend-only" if is_followed else "native"
        return [name for name in names if self.core.endpoint(name).mode == mode]

    def _saying(self, settings: FollowSettings, names: list[str]) -> str:
        """The call that can say the sizing."""
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


def _given(settings: FollowSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__ if name != "leader_id"}


@contextmanager
def nothing_sent() -> Iterator[None]:
    """For what is read before a write: when that fails, the write was not sent."""
    try:
        yield
    except errors.UnifiedCopyError as error:
        error.outcome = "not_sent"
        raise


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
