"""``leaders``: a venue's directory as it stands, or leaders of several venues, measured alike."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

import typer

from .. import errors
from ..analytics import LeaderAnalysis, Measure, analyse, survival
from ..capabilities import capabilities
from ..driven import DrivenExchange
from ..models import ClosedPosition, Leader
from ..page import Page
from ..registry import default_apis
from ..schema import load_schema
from .accounts import Read, Source, conclude, read_all, sources
from .exits import Exit, Usage
from .options import Accounts, Stored, command
from .output import Output
from .read import Limit, empty, listing
from .stored import existing, opened
from .tables import LEADERS, NOTHING, Column, percent, show_table, words

EVERYWHERE = "all"
SURVIVAL_DAYS = 30
SORTS: dict[str, Callable[[LeaderAnalysis], Decimal | None]] = {
    "roi": lambda row: row.roi.value,
    "drawdown": lambda row: row.max_drawdown.value,
    "sharpe": lambda row: row.sharpe.value,
    "sortino": lambda row: row.sortino.value,
    "profit-factor": lambda row: row.profit_factor.value,
    "win-rate": lambda row: row.win_rate.value,
    "days": lambda row: row.days.value,
    "followers": lambda row: None if row.leader.followers is None else Decimal(row.leader.followers),
    "aum": lambda row: row.leader.aum,
}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "leaders")(leaders)


async def leaders(
    out: Output,
    accounts: Accounts,
    place: Stored,
    sort: Annotated[
        str | None, typer.Option(help="What to rank by: the venue's own choices; with --compare: " + ", ".join(SORTS))
    ] = None,
    order: Annotated[Literal["asc", "desc"] | None, typer.Option()] = None,
    name: Annotated[str | None, typer.Option(help="Only leaders of this name, where the venue can.")] = None,
    limit: Limit = 20,
    compare: Annotated[bool, typer.Option("--compare", help="Measure them alike; --venue all does so.")] = False,
    min_days: Annotated[int | None, typer.Option(min=0, help="Compare only who leads for so long.")] = None,
    days: Annotated[int | None, typer.Option(min=2, help="Compare over the last days of the series.")] = None,
    closed: Annotated[
        int,
        typer.Option(min=0, help="Compare with so many closed positions of each: one more request for each leader."),
    ] = 0,
    store: Annotated[
        bool, typer.Option("--store", help="Also keep the listing: who is listed still, later on.")
    ] = False,
) -> Exit:
    """The venue's directory of leaders, best first; or, with --compare, leaders measured alike.

    --venue all asks every venue that has a directory, with the credentials that are there. A * marks the venue's own
    figure, whose definition is the venue's; --json has the evidence and the window of each. It shows what was: nobody
    is recommended.
    """
    if not (compare or accounts.venue == EVERYWHERE or min_days is not None or days or closed or store):
        return await listing(
            out,
            accounts,
            "leaders",
            lambda exchange: exchange.list_leaders(sort=sort, order=order, name=name, limit=limit),
            LEADERS,
        )
    if sort is not None and sort not in SORTS:
        raise Usage(f"--sort: there is no measure {sort!r}; write one of {', '.join(SORTS)}")
    copies, listings = await _stored(place)
    reads = await _read(out, accounts, _measuring(copies, limit=limit, name=name, days=days, closed=closed))
    if store:
        await _store(out, place, reads)
    rows, young = _chosen(reads, min_days)
    show(out, ranked(rows, sort or "roi", order), reads, listings)
    if young:
        out.say(f"{young} leaders lead for fewer days, or the venue doesn't tell since when")
    return conclude(out, reads)


# -- asking -----------------------------------------------------------------------------------------------------------


async def _read(out: Output, accounts: Accounts, ask: Callable[[DrivenExchange], Awaitable[Page[Any]]]) -> list[Read]:
    """What each account answers; of all venues, those without credentials are left out."""
    chosen = _everywhere(accounts) if accounts.venue == EVERYWHERE else sources(accounts)
    out.say(f"asking {', '.join(source.profile.venue for source in chosen)} …", "dim")
    reads = await read_all(out, chosen, ask)
    if accounts.venue != EVERYWHERE:
        return reads
    without = [read for read in reads if _lacks_credentials(read.error)]
    if len(without) == len(reads):
        return reads
    for read in without:
        out.say(f"{read.source.profile.venue} is left out: no credentials in the environment", "dim")
    return [read for read in reads if read not in without]


def _everywhere(accounts: Accounts) -> list[Source]:
    if accounts.base_url is not None:
        raise Usage("--base-url is one venue's; --venue all takes none")
    listed = [name for name in default_apis().values() if capabilities(load_schema(name)).list_leaders == "native"]
    return [source for name in listed for source in sources(replace(accounts, venue=name))]


def _lacks_credentials(error: BaseException | None) -> bool:
    return isinstance(error, errors.AuthenticationError) and error.outcome == "not_sent"


def _measuring(
    copies: Sequence[ClosedPosition], *, limit: int, name: str | None, days: int | None, closed: int
) -> Callable[[DrivenExchange], Awaitable[Page[Any]]]:
    async def ask(exchange: DrivenExchange) -> Page[Any]:
        page: Page[Any] = copy.copy(await exchange.list_leaders(name=name, limit=limit))
        histories = await asyncio.gather(*(_history(exchange, leader, closed) for leader in page.items))
        page.items = [
            analyse(leader, history, copies, days=days)
            for leader, history in zip(page.items, histories, strict=True)
        ]  # fmt: skip
        return page

    return ask


async def _history(exchange: DrivenExchange, leader: Leader, closed: int) -> Sequence[ClosedPosition]:
    """The leader's closed positions; none where the venue has no such call, or hides them."""
    if not closed or exchange.can.leader_history != "native":
        return ()
    try:
        return (await exchange.leader_history(leader, limit=closed)).items
    except errors.ExchangeError:
        return ()


# -- the stored history -----------------------------------------------------------------------------------------------


async def _stored(place: Stored) -> tuple[Sequence[ClosedPosition], list[tuple[int, str, list[Leader]]]]:
    """One's own copies and the listings of before, if there is a history."""
    try:
        kept = existing(place)
    except errors.HistoryError:
        return (), []
    async with kept:
        return await kept.closed(), await kept.listings()


async def _store(out: Output, place: Stored, reads: Sequence[Read]) -> None:
    async with opened(place) as kept:
        for read in reads:
            if read.page is not None and read.page.items and read.page.received_at is not None:
                listed = [row.leader for row in read.page]
                await kept.add_leaders(listed[0].exchange, listed, read.page.received_at)
    out.say("the listing is in the stored history")


# -- choosing and showing ---------------------------------------------------------------------------------------------


def _chosen(reads: Iterable[Read], min_days: int | None) -> tuple[list[LeaderAnalysis], int]:
    rows = [row for read in reads if read.page is not None for row in read.page]
    kept = [row for row in rows if min_days is None or (row.days.value is not None and row.days.value >= min_days)]
    return kept, len(rows) - len(kept)


def ranked(rows: Iterable[LeaderAnalysis], sort: str, order: Literal["asc", "desc"] | None) -> list[LeaderAnalysis]:
    """Leaders by a measure; of whom it can't be known come last."""
    value = SORTS[sort]
    least_first = order == "asc" if order is not None else sort == "drawdown"
    known = [(value(row), row) for row in rows]
    told = [(number, row) for number, row in known if number is not None]
    told.sort(key=lambda entry: entry[0], reverse=not least_first)
    return [row for _, row in told] + [row for number, row in known if number is None]


def show(
    out: Output,
    rows: Sequence[LeaderAnalysis],
    reads: Sequence[Read],
    listings: Sequence[tuple[int, str, list[Leader]]],
) -> None:
    """Leaders with their measures."""
    kept = {name: survival(listings, name, SURVIVAL_DAYS) for name in sorted({row.leader.exchange for row in rows})}
    if out.as_json:
        accounts = [read.document() for read in reads]
        out.document("leader_measures", leaders=list(rows), survival=kept, accounts=accounts)
        return
    if rows or any(read.whole for read in reads):
        show_table(out, rows, MEASURES, empty("none", reads))
    for name, measure in kept.items():
        if measure.value is not None:
            out.say(
                f"{name}: of {measure.points} leaders listed {measure.days} days ago {percent(measure.value, '-')} "
                f"are listed still ({measure.note})"
            )


def _figure(name: str, form: Callable[[Decimal], str]) -> Callable[[LeaderAnalysis], str]:
    def cell(row: LeaderAnalysis) -> str:
        measure: Measure = getattr(row, name)
        if measure.value is None:
            return NOTHING
        return form(measure.value) + ("*" if measure.evidence == "venue's figure" else "")

    return cell


def _window(row: LeaderAnalysis) -> str:
    told = row.roi.days if row.roi.days is not None else row.leader.window_days
    return NOTHING if told is None else f"{told} d"


def _plain(value: Decimal) -> str:
    return f"{value:.2f}"


def _hours(value: Decimal) -> str:
    return f"{value / 3_600_000:.1f} h"


MEASURES = (
    Column("venue", lambda row: words(row.leader.exchange.partition("/")[0]), 9),
    Column("id", lambda row: words(row.leader.id), 9),
    Column("name", lambda row: words(row.leader.name), 8),
    Column("days", lambda row: words(row.leader.days), 7, right=True),
    Column("window", _window, 7, right=True),
    Column("ROI", _figure("roi", percent), 9, right=True, signed=True),
    Column("drawdown", _figure("max_drawdown", lambda value: percent(value, "-")), 8, right=True),
    Column("Sharpe", _figure("sharpe", _plain), 7, right=True),
    Column("Sortino", _figure("sortino", _plain), 6, right=True),
    Column("win rate", _figure("win_rate", lambda value: percent(value, "-")), 6, right=True),
    Column("profit factor", _figure("profit_factor", _plain), 5, right=True),
    Column("held", _figure("holding_time", _hours), 4, right=True),
    Column("adds to losers", _figure("adds_to_losers", lambda value: percent(value, "-")), 4, right=True),
    Column("copier gap", _figure("copier_gap", percent), 4, right=True, signed=True),
    Column("followers", lambda row: words(row.leader.followers), 3, right=True),
)
