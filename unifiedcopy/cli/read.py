"""Commands that only read: leaders, following, positions, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import typer

from ..models import Position
from .accounts import Ask, Read, conclude, read_all, sources
from .exits import Exit, Usage
from .log import show_writes
from .options import Accounts, command
from .output import Output
from .tables import FOLLOWING, HISTORY, ID, LEADERS, POSITIONS, TOTALS, Column, show_table, totals
from .values import moment

Symbol = Annotated[str | None, typer.Option(help="Only this one, written as BTC/USDT:USDT.")]
Market = Annotated[str | None, typer.Option(help="Only one of the venue's markets (`unifiedcopy exchanges`).")]
LeaderId = Annotated[str | None, typer.Option(metavar="ID", help="Only copies of this leader.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most, of each account.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    command(app, "leaders")(leaders)
    command(app, "following")(following)
    command(app, "positions")(positions)
    command(app, "history")(history)


async def leaders(
    out: Output,
    accounts: Accounts,
    sort: Annotated[str | None, typer.Option(help="What to rank by: the venue's own choices, such as roi.")] = None,
    order: Annotated[Literal["asc", "desc"] | None, typer.Option()] = None,
    name: Annotated[str | None, typer.Option(help="Only leaders of this name, where the venue can.")] = None,
    limit: Limit = 20,
) -> Exit:
    """The venue's directory of leaders, best first."""
    return await listing(
        out,
        accounts,
        "leaders",
        lambda exchange: exchange.list_leaders(sort=sort, order=order, name=name, limit=limit),
        LEADERS,
    )


async def following(out: Output, accounts: Accounts) -> Exit:
    """The leaders that the account copies, with its result on each."""
    return await listing(out, accounts, "following", lambda exchange: exchange.following(), FOLLOWING)


async def positions(
    out: Output, accounts: Accounts, symbol: Symbol = None, leader: LeaderId = None, market: Market = None
) -> Exit:
    """Every open position, in one notation, with sums in each currency."""
    reads = await ask_all(
        out, accounts, lambda exchange: exchange.positions(symbol=symbol, leader=leader, market=market)
    )
    show_positions(out, reads, with_id=True)
    return conclude(out, reads)


async def history(
    out: Output,
    accounts: Accounts,
    symbol: Symbol = None,
    leader: LeaderId = None,
    market: Market = None,
    since: Annotated[str | None, typer.Option(help="7d ago, 2026-01-31 (UTC), or Unix milliseconds.")] = None,
    until: Annotated[str | None, typer.Option(help="As --since.")] = None,
    limit: Limit = 100,
    writes: Annotated[
        bool, typer.Option("--writes", help="What was sent from this machine, of all accounts: the write log.")
    ] = False,
    resolve: Annotated[
        str | None,
        typer.Option(metavar="ID=done|not-done", help="With --writes: what you found out about one."),
    ] = None,
) -> Exit:
    """Closed positions, newest first; or, with --writes, the log of what was sent."""
    if writes:
        return show_writes(out, limit, resolve)
    if resolve is not None:
        raise Usage("--resolve goes with --writes")
    window: dict[str, Any] = {"since": moment(since, "--since"), "until": moment(until, "--until")}
    return await listing(
        out,
        accounts,
        "history",
        lambda exchange: exchange.closed_positions(symbol=symbol, leader=leader, market=market, limit=limit, **window),
        HISTORY,
    )


def show_positions(out: Output, reads: list[Read], *, with_id: bool = False) -> None:
    """Positions of several accounts as one table, with sums."""
    rows: list[Position] = _rows(reads)
    sums = totals(rows)
    if out.as_json:
        accounts = [read.document() for read in reads]
        out.document("positions", positions=[position_document(row) for row in rows], totals=sums, accounts=accounts)
    elif rows or any(read.whole for read in reads):
        show_table(out, rows, (*POSITIONS, ID) if with_id else POSITIONS, "no open positions")
        if rows:
            out.show("")
            show_table(out, sums, TOTALS, "")


def position_document(position: Position) -> dict[str, Any]:
    """A position for machines, with what is computed of it."""
    fields = {name: getattr(position, name) for name in position.__struct_fields__}
    return {**fields, "notional": position.notional}


async def ask_all(out: Output, accounts: Accounts, ask: Ask) -> list[Read]:
    """The same question to every account that the options name."""
    chosen = sources(accounts)
    out.say(f"asking {', '.join(f'{source.label} ({source.profile.venue})' for source in chosen)} …", "dim")
    return await read_all(out, chosen, ask)


async def listing(out: Output, accounts: Accounts, name: str, ask: Ask, columns: Iterable[Column]) -> Exit:
    """The rows of a question as one table, or one document."""
    reads = await ask_all(out, accounts, ask)
    rows = _rows(reads)
    if out.as_json:
        out.document(name, **{name: rows}, accounts=[read.document() for read in reads])
    elif rows or any(read.whole for read in reads):
        show_table(out, rows, columns, "none")
    return conclude(out, reads)


def _rows(reads: list[Read]) -> list[Any]:
    return [row for read in reads if read.page is not None for row in read.page]
