"""Commands that only read: following and positions, and what others that read share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from ..models import Position
from .accounts import Ask, Read, conclude, read_all, sources
from .exits import Exit
from .options import Accounts, command
from .output import Output
from .tables import FOLLOWING, ID, POSITIONS, TOTALS, Column, nothing, show_table, totals

Symbol = Annotated[str | None, typer.Option(help="Only this one, written as BTC/USDT:USDT.")]
Market = Annotated[str | None, typer.Option(help="Only one of the venue's markets (`unifiedcopy exchanges`).")]
LeaderId = Annotated[str | None, typer.Option(metavar="ID", help="Only copies of this leader.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most, of each account.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    command(app, "following")(following)
    command(app, "positions")(positions)


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


def show_positions(out: Output, reads: list[Read], *, with_id: bool = False) -> None:
    """Positions of several accounts as one table, with sums."""
    rows: list[Position] = _rows(reads)
    sums = totals(rows)
    if out.as_json:
        accounts = [read.document() for read in reads]
        out.document("positions", positions=[position_document(row) for row in rows], totals=sums, accounts=accounts)
    elif rows or any(read.whole for read in reads):
        show_table(out, rows, (*POSITIONS, ID) if with_id else POSITIONS, empty("no open positions", reads))
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
    show_rows(out, reads, name, columns)
    return conclude(out, reads)


def show_rows(out: Output, reads: list[Read], name: str, columns: Iterable[Column]) -> None:
    """The rows of several accounts as one table, or one document."""
    rows = _rows(reads)
    if out.as_json:
        out.document(name, **{name: rows}, accounts=[read.document() for read in reads])
    elif rows or any(read.whole for read in reads):
        show_table(out, rows, columns, empty("none", reads))


def empty(words: str, reads: Sequence[Read]) -> str:
    """What stands for a table without rows."""
    return nothing(words, sum(read.whole for read in reads), len(reads))


def _rows(reads: list[Read]) -> list[Any]:
    return [row for read in reads if read.page is not None for row in read.page]
