"""What the venue's state shows when a write was done: read before a follow, and after an outcome that is not known.

A goal holds plain text only, so that the journal keeps it over a crash. Its ``look`` says *done* or *undone* only where
the state proves it; a state that is neither as asked nor as before (rounded by the venue, changed by somebody else,
partly done, not told by this API) is *unclear*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import replace

from ..models import SIZING_NAMES, Clear, FollowSettings, LeadSettings, Position, Price, Roi, Sizing
from ..page import Page
from ..schema.verbs import LEAD

Facts = dict[str, str]
"""Names with values in one notation, so that equal things are equal text."""
ALL = "all"


class Reads(Protocol):
    """What a goal looks with."""

    async def read(self, verb: str, given: dict[str, Any], *, market: str | None = None) -> Page[Any]: ...
    def tells(self, verb: str) -> frozenset[str]:
        """The canonical fields that a verb's answer holds here; empty when the API lacks the verb."""


class Look(NamedTuple):
    """What one look at the state says."""

    state: Literal["done", "undone", "unclear"]
    words: str


class Goal(Struct, frozen=True, tag=True):
    """One of the kinds below."""

    @property
    def needs(self) -> str:
        """The verb without which there is nothing to look at."""
        raise NotImplementedError

    @property
    def begun_undone(self) -> bool:
        """Whether the state was read before sending and was not as asked: then a state as asked is this write's.

        Never for a goal that something is gone: a list that lacks a row proves least of all.
        """
        return False

    @property
    def where(self) -> str:
        """What a person looks at, in words."""
        raise NotImplementedError

    async def look(self, reads: Reads) -> Look:
        raise NotImplementedError


class Followed(Goal, frozen=True):
    """A leader is copied with these settings."""

    leader_id: str
    asked: Facts
    symbols: tuple[str, ...] = ()
    """Settings are asked for each of these, where the venue keeps them so."""
    before: tuple[Facts, ...] | None = None
    """The settings that were read before; empty when the leader was not followed, None when nothing was read."""

    @property
    def needs(self) -> str:
        return "following"

    @property
    def begun_undone(self) -> bool:
        return self.before is not None and self._differences(self.before) != []

    @property
    def where(self) -> str:
        return f"following() and follow_settings({self.leader_id!r})"

    async def seen(self, reads: Reads) -> tuple[tuple[Facts, ...], tuple[FollowSettings, ...]]:
        """The settings as they are, as facts and as structs: a fact list of one empty entry where followed settings
        are not told, none at all where the leader is not followed.
        """
        followed = await reads.read("following", {})
        if not any(one.leader_id == self.leader_id for one in followed):
            return (), ()
        told = reads.tells("follow_settings")
        if not told:
            return ({},), ()
        rows = tuple(await reads.read("follow_settings", {"leader_id": self.leader_id}))
        return tuple(settings_facts(row, told) for row in rows) or ({},), rows

    def as_asked(self, rows: tuple[Facts, ...]) -> bool:
        """Whether settings that were read are all that is asked, with nothing asked untold."""
        return bool(rows) and not self._differences(rows) and not self._untold(rows)

    async def look(self, reads: Reads) -> Look:
        rows, _ = await self.seen(reads)
        if not rows:
            gone = f"leader {self.leader_id} is not followed"
            # Followed before, and not any more: somebody ended it, and what was changed meanwhile is gone with it.
            return Look("unclear", f"{gone} any more") if self.before else Look("undone", gone)
        differences = self._differences(rows)
        if self.before and rows == self.before:
            # Followed before, and nothing moved: undone, unless it was as asked already as far as one can see.
            return Look("undone", "the settings are as before") if differences else self._unseen(rows)
        if differences:
            return Look("unclear", f"leader {self.leader_id} is followed, but with {', '.join(differences)}")
        if self.before is None and self._untold(rows):
            return self._unseen(rows)
        return Look("done", f"leader {self.leader_id} is followed as asked")

    def _unseen(self, rows: tuple[Facts, ...]) -> Look:
        untold = ", ".join(self._untold(rows)) or "the rest"
        return Look("unclear", f"leader {self.leader_id} is followed; the venue does not tell {untold}")

    def _of(self, rows: tuple[Facts, ...], symbol: str | None) -> list[Facts]:
        if symbol is None:
            return list(rows)
        return [row for row in rows if row.get("symbols", ALL) == ALL or symbol in row["symbols"].split(",")]

    def _differences(self, rows: tuple[Facts, ...]) -> list[str]:
        """What is told and not as asked; a symbol without settings is a difference too."""
        if not rows:
            return ["nobody followed"]
        found: dict[str, None] = {}
        for symbol in self.symbols or (None,):
            mine = self._of(rows, symbol)
            if not mine:
                found[f"no settings for {symbol}"] = None
            for row in mine:
                found.update(
                    (f"{name} = {row[name]} instead of {value}", None)
                    for name, value in self.asked.items()
                    if name in row and row[name] != value
                )
        return list(found)

    def _untold(self, rows: Iterable[Facts]) -> list[str]:
        return [name for name in self.asked if not all(name in row for row in rows)]


class Unlisted(Goal, frozen=True):
    """Nobody of this id stands in a list any more."""

    verb: str
    key: str
    id: str

    @property
    def needs(self) -> str:
        return self.verb

    @property
    def where(self) -> str:
        return f"{self.verb}(), where {self.id} must be gone"

    async def look(self, reads: Reads) -> Look:
        listed = any(getattr(row, self.key) == self.id for row in await reads.read(self.verb, {}))
        return Look("undone", f"{self.id} is still there") if listed else Look("done", f"{self.id} is gone")


class Guarded(Goal, frozen=True):
    """A position has these triggers."""

    role: str
    position_id: str
    market: str | None
    asked: Facts
    before: Facts

    @property
    def needs(self) -> str:
        return positions_of(self.role)

    @property
    def begun_undone(self) -> bool:
        return any(self.before[side] != value for side, value in self.asked.items())

    @property
    def where(self) -> str:
        return f"{self.needs}(), take profit and stop loss of {self.position_id}"

    async def look(self, reads: Reads) -> Look:
        untold = [side for side in self.asked if side not in reads.tells(self.needs)]
        if untold:
            return Look("unclear", f"this API does not tell {', '.join(untold)} of open positions")
        position = await _position(reads, self.role, self.position_id, self.market)
        if position is None:
            return Look("unclear", "the position is closed")
        now = {side: trigger_fact(getattr(position, side)) for side in self.asked}
        if now == self.asked:
            return Look("done", "the triggers stand as asked")
        if all(now[side] == self.before[side] for side in now):
            return Look("undone", "the triggers stand as before")
        return Look("unclear", "; ".join(f"{side} is {value}" for side, value in now.items()))


class Closed(Goal, frozen=True):
    """A position is closed, whole."""

    role: str
    position_id: str
    market: str | None
    size: str
    opened_at: int | None = None
    """Unix milliseconds; a venue may give an id again."""

    @property
    def needs(self) -> str:
        return positions_of(self.role)

    @property
    def where(self) -> str:
        return f"{self.needs}(), where {self.position_id} must be gone"

    async def look(self, reads: Reads) -> Look:
        position = await _position(reads, self.role, self.position_id, self.market)
        if position is None:
            return Look("done", "the position is closed")
        if position.opened_at != self.opened_at:
            return Look("unclear", "another position is open under its id")
        size = fact(position.size)
        if size == self.size:
            return Look("undone", "the position is open, in its whole size")
        return Look("unclear", f"{size} of {self.size} are open")


class AllClosed(Goal, frozen=True):
    """No position is open any more, of a market or a symbol."""

    role: str
    market: str | None
    symbol: str | None

    @property
    def needs(self) -> str:
        return positions_of(self.role)

    @property
    def where(self) -> str:
        return f"{self.needs}()"

    async def look(self, reads: Reads) -> Look:
        page = await reads.read(self.needs, {"symbol": self.symbol}, market=self.market)
        if len(page):
            return Look("unclear", f"{len(page)} positions are open")
        return Look("done", "no position is open")


class Led(Goal, frozen=True):
    """The account leads with these settings."""

    asked: Facts

    @property
    def needs(self) -> str:
        return f"{LEAD}settings"

    @property
    def where(self) -> str:
        return "lead.settings()"

    async def look(self, reads: Reads) -> Look:
        page = await reads.read(self.needs, {})
        if len(page) != 1:
            return Look("unclear", f"the venue sent {len(page)} entries where there is one")
        told = settings_facts(page[0], reads.tells(self.needs))
        untold = [name for name in self.asked if name not in told]
        if untold:
            return Look("unclear", f"the venue does not tell {', '.join(untold)}")
        wrong = [name for name, value in self.asked.items() if told[name] != value]
        # What it was before is not known: another value is no proof that this one was never set.
        return Look("unclear", f"{', '.join(wrong)} differ") if wrong else Look("done", "the settings are as asked")


AnyGoal = Followed | Unlisted | Guarded | Closed | AllClosed | Led


# -- facts ------------------------------------------------------------------------------------------------------------


def positions_of(role: str) -> str:
    """The verb that lists the open positions of a role."""
    return f"{LEAD}positions" if role == "lead" else "positions"


def fact(value: Any) -> str:
    """One notation for a canonical value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, Sizing):
        amount = getattr(value, "value", None)
        return SIZING_NAMES[type(value)] + (f" {fact(amount)}" if amount is not None else "")
    if isinstance(value, tuple | list):
        return ",".join(sorted(set(value)))
    return trigger_fact(value) if isinstance(value, Price | Roi | Clear) else str(value)


def _plain(number: Decimal) -> str:
    """All of its digits, which ``normalize`` would round, and no zeros after them."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def trigger_fact(trigger: Price | Roi | Clear | None) -> str:
    """A take profit or stop loss; ``off`` when there is none."""
    if trigger is None or isinstance(trigger, Clear):
        return "off"
    return f"{'price' if isinstance(trigger, Price) else 'roi'} {fact(trigger.value)}"


_NOT_SETTINGS = ("leader_id",)


def settings_facts(settings: FollowSettings | LeadSettings, told: Iterable[str] | None = None) -> Facts:
    """What settings say. ``told`` are the fields that were read: of these, symbols that are None mean all of them."""
    names = [name for name in settings.__struct_fields__ if name not in _NOT_SETTINGS]
    facts = {name: fact(value) for name in names if (value := getattr(settings, name)) is not None}
    if told is not None and "symbols" in told and "symbols" not in facts:
        facts["symbols"] = ALL
    return facts


def followed(leader_id: str, settings: FollowSettings, *, per_symbol: bool) -> Followed:
    """The goal of ``follow``; ``per_symbol``: the venue keeps settings for each symbol."""
    asked = settings_facts(replace(settings, symbols=None) if per_symbol else settings)
    if not per_symbol:
        asked.setdefault("symbols", ALL)
    return Followed(leader_id, asked, (settings.symbols or ()) if per_symbol else ())


def guarded(position: Position, asked: Mapping[str, Any], market: str | None) -> Guarded:
    """The goal of ``set_tpsl``."""
    return Guarded(
        position.role,
        position.id,
        market,
        {side: trigger_fact(trigger) for side, trigger in asked.items()},
        {side: trigger_fact(getattr(position, side)) for side in asked},
    )


async def _position(reads: Reads, role: str, position_id: str, market: str | None) -> Position | None:
    page = await reads.read(positions_of(role), {}, market=market)
    return next((one for one in page if one.id == position_id), None)
