"""``unifiedcopy demo``: one strategy on every venue of the sandbox, over HTTP, through the ordinary client."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import typer

from .. import errors
from ..capabilities import Capabilities, capabilities, core_verbs
from ..driven import DrivenExchange
from ..models import FollowedLeader, Leader, Position, Receipt
from ..page import Page
from ..portfolio import Portfolio, Snapshot
from ..registry import default_apis
from ..sandbox import Sandbox, VenueServer, known_venues
from ..schema import load_schema
from ..schema.verbs import CORE, LEAD
from .accounts import Source
from .exits import Exit, exit_code
from .groups import group_document
from .options import command
from .output import Output, error_document
from .portfolio import conclude, show_snapshot
from .profiles import Profile
from .read import position_document
from .strategy import copy_and_guard
from .tables import POSITIONS, show_table, totals, words

T = TypeVar("T")
ACCOUNT = "main"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "demo")(demo)


async def demo(
    out: Output, seed: Annotated[int, typer.Option(help="Another seed: other prices, leaders and positions.")] = 7
) -> Exit:
    """One strategy on every venue, in a sandbox on this machine: no key, no account, no network.

    Serves the venues on loopback, connects to each through the ordinary client over HTTP, and runs the same function
    on all of them (unifiedcopy/cli/strategy.py): list leaders, follow one, set take profit and stop loss, unfollow.
    Then it shows all positions of all venues in one table, and what they add up to.
    """
    diaries = []
    async with Sandbox(seed, _venues()) as box:

        async def hours_pass(hours: int) -> None:
            out.say(f"  … {hours} hours pass", "dim")
            await box.advance(seconds=hours * 3_600)

        accounts = {venue: _account(venue, box[venue]) for venue in box}
        for venue, source in accounts.items():
            async with source.connect(out, write=True) as exchange:
                out.say(f"{exchange.name} ({exchange.id}) at {box[venue].url}", "bold")
                diary = Diary(out, venue, exchange)
                await copy_and_guard(exchange, diary, hours_pass)
                diaries.append(diary)
        async with Portfolio(source.connect(out) for source in accounts.values()) as portfolio:
            snapshot = await portfolio.snapshot()
    return _conclusion(out, seed, diaries, snapshot)


def _venues() -> list[str]:
    """Those of which the strategy finds more than one step: an API that only reads has nothing to show."""
    apis = {venue: load_schema(schema_id) for venue, schema_id in default_apis().items() if venue in known_venues()}
    abilities = {venue: core_verbs(capabilities(api)).values() for venue, api in apis.items()}
    return [venue for venue, able in abilities.items() if sum(ability != "missing" for ability in able) > 1]


def _account(venue: str, server: VenueServer) -> Source:
    credentials = server.accounts[ACCOUNT].credentials
    return Source(Profile(venue, venue, ACCOUNT, server.url, write="sandbox", credentials=credentials), passing=True)


# -- what happened ----------------------------------------------------------------------------------------------------


class Entry(msgspec.Struct, kw_only=True):
    """One step of the strategy on one venue."""

    venue: str
    step: str
    outcome: Literal["done", "cannot", "refused", "failed"]
    """``cannot``: the venue's API has no such thing; ``refused``: it said no, and nothing was done."""
    words: str
    error: dict[str, Any] | None = None


class Diary:
    """Runs the steps of one venue and keeps what came of them."""

    def __init__(self, out: Output, venue: str, exchange: DrivenExchange) -> None:
        self.entries: list[Entry] = []
        self.exit = Exit.OK
        self.can, self.id = exchange.can, exchange.id
        self._out, self._venue = out, venue

    async def __call__(self, what: str, call: Awaitable[T]) -> T | None:
        """One step; an error is told and ends the step, not the strategy."""
        try:
            result = await call
        except errors.NotSupported as error:
            self.cannot(what, error.message)
        except errors.OperationRejected as error:
            code = f" (code {error.code})" if error.code else ""
            self._note(what, "refused", f"refused, nothing was done: {error.message}{code}", error)
        except errors.UnifiedCopyError as error:
            self.exit = self.exit or exit_code(error)
            self._note(what, "failed", f"FAILED: {error}", error)
        else:
            self._note(what, "done", "; ".join(_ended(result)))
            return result
        return None

    def cannot(self, what: str, why: str) -> None:
        """Something that the venue's API has no call for."""
        self._note(what, "cannot", f"not here: {why}")

    def _note(
        self,
        what: str,
        outcome: Literal["done", "cannot", "refused", "failed"],
        text: str,
        error: errors.UnifiedCopyError | None = None,
    ) -> None:
        document = None if error is None else error_document(error, ACCOUNT)
        self.entries.append(Entry(venue=self._venue, step=what, outcome=outcome, words=text, error=document))
        style = {"done": "", "cannot": "dim", "refused": "yellow", "failed": "bold red"}[outcome]
        self._out.say(f"  {self._venue}: {what} → {text}", style)


def _ended(result: Any) -> Iterator[str]:
    """What a call gave, in a few words."""
    if isinstance(result, Receipt):
        yield f"accepted ({result.exchange} {result.endpoint})"
        yield from result.notes
    elif isinstance(result, Page):
        names = [name for name in map(_name, result) if name]
        yield f"{len(result)} found" + (f": {', '.join(names[:4])}{' …' * (len(names) > 4)}" if names else "")


def _name(item: Any) -> str | None:
    if isinstance(item, Leader):
        return words(item.name or item.id)
    if isinstance(item, FollowedLeader):
        return words(item.leader_name or item.leader_id)
    return f"{item.side} {item.symbol or item.venue_symbol}" if isinstance(item, Position) else None


# -- the end ----------------------------------------------------------------------------------------------------------


def _conclusion(out: Output, seed: int, diaries: list[Diary], snapshot: Snapshot) -> Exit:
    """All positions as one table, what they add up to, and what each venue can't do."""
    rows = list(snapshot.positions)
    if out.as_json:
        out.document(
            "demo",
            seed=seed,
            steps=[entry for diary in diaries for entry in diary.entries],
            positions=[position_document(row) for row in rows],
            totals=totals(rows),
            portfolio=[group_document(group) for group in snapshot.by("symbol")],
            missing={diary.id: _missing(diary.can) for diary in diaries},
            not_told={diary.id: _untold(diary.id, rows) for diary in diaries},
        )
    else:
        out.say("\nall positions of all venues, read over HTTP, in one notation", "bold")
        show_table(out, rows, POSITIONS, "no open positions")
        out.say("\nand as one portfolio", "bold")
        show_snapshot(out, snapshot, "symbol")
        out.show("")
        for diary in diaries:
            out.show(f"{diary.id}: {'; '.join(_limits(diary.id, diary.can, rows))}")
    ended = conclude(out, snapshot)
    return next((diary.exit for diary in diaries if diary.exit), ended)


def _limits(exchange: str, can: Capabilities, rows: list[Position]) -> Iterator[str]:
    """What a venue can't do or doesn't tell, core verbs first."""
    lacking = [verb for verb, ability in can.verbs.items() if ability == "missing" and not verb.startswith(LEAD)]
    core = [verb for verb in CORE if verb in lacking]
    if can.follow == "amend-only":
        yield "follow only changes how a leader is copied"
    for verb in core:
        yield can.why_not(verb)
    if others := [verb for verb in lacking if verb not in core]:
        yield f"{'also ' if core else ''}no {', '.join(others)}"
    if untold := _untold(exchange, rows):
        yield f"positions don't tell {', '.join(untold)}"
    if not lacking and not untold:
        yield "every verb"


def _untold(exchange: str, rows: list[Position]) -> list[str]:
    """What the venue told of none of its positions."""
    own = [row for row in rows if row.exchange == exchange]
    shown = ("mark_price", "unrealized_pnl", "unrealized_roi", "take_profit", "stop_loss", "leader_id")
    return [name for name in shown if own and all(getattr(row, name) is None for row in own)]


def _missing(can: Capabilities) -> dict[str, str]:
    """Verb -> why the venue has none; those of leading accounts are left out."""
    return {
        verb: can.why_not(verb)
        for verb, ability in can.verbs.items()
        if ability != "native" and not verb.startswith(LEAD)
    }
