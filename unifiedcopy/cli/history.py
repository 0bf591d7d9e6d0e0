"""``history``, ``report``, ``archive`` and ``prune``: what was, at the venue or as it was stored here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from ..history import EquityCurve, Profit
from ..history.curves import Scope
from ..history.profits import GROUPS, Group
from ..models import utc
from ..safety.files import whole_file
from .accounts import conclude
from .exits import Exit, Usage
from .log import show_writes
from .options import Accounts, Stored, command
from .output import Output
from .read import LeaderId, Limit, Market, Symbol, ask_all, show_rows
from .stored import existing, opened
from .tables import HISTORY, NOTHING, Column, moment, money, percent, show_table, words
from .values import moment as moment_of

Since = Annotated[str | None, typer.Option(help="7d ago, 2026-01-31 (UTC), or Unix milliseconds.")]
Until = Annotated[str | None, typer.Option(help="As --since.")]
By = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT", help="With --stored: sums of closed positions by leader, day, venue, account, symbol."
    ),
]
Equity = Annotated[Scope | None, typer.Option(help="With --stored: equity and drawdown, by currency.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    command(app, "history")(history)
    command(app, "report")(report)
    command(app, "archive")(archive)
    command(app, "prune")(prune)


async def history(
    out: Output,
    accounts: Accounts,
    place: Stored,
    symbol: Symbol = None,
    leader: LeaderId = None,
    market: Market = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    store: Annotated[
        bool, typer.Option("--store", help="Also keep what the venue answers, each position once.")
    ] = False,
    stored: Annotated[bool, typer.Option("--stored", help="What is stored here; no venue is asked.")] = False,
    by: By = None,
    equity: Equity = None,
    writes: Annotated[
        bool, typer.Option("--writes", help="What was sent from this machine, of all accounts: the write log.")
    ] = False,
    resolve: Annotated[
        str | None,
        typer.Option(metavar="ID=done|not-done", help="With --writes: what you found out about one."),
    ] = None,
) -> Exit:
    """Closed positions, newest first; or, with --writes, the log of what was sent.

    With --stored what is kept here: closed positions (--by sums them up), or the equity that snapshots tell of
    (--equity), with its drawdown.
    """
    if writes:
        return show_writes(out, limit, resolve)
    if resolve is not None:
        raise Usage("--resolve goes with --writes")
    window: dict[str, Any] = {"since": moment_of(since, "--since"), "until": moment_of(until, "--until")}
    if stored:
        _only_stored(accounts, store=store, symbol=symbol, leader=leader, market=market)
        return await _show_stored(out, place, window, _groups(by), equity, limit)
    if by or equity:
        raise Usage("--by and --equity go with --stored")
    reads = await ask_all(
        out,
        accounts,
        lambda exchange: exchange.closed_positions(symbol=symbol, leader=leader, market=market, limit=limit, **window),
    )
    show_rows(out, reads, "history", HISTORY)
    if store:
        rows = [row for read in reads if read.page is not None for row in read.page]
        async with opened(place) as kept:
            new = await kept.add_closed(rows)
        out.say(f"{new} of {len(rows)} closed positions are new in the stored history")
    return conclude(out, reads)


def _only_stored(accounts: Accounts, **options: Any) -> None:
    named = [f"--{name}" for name, value in options.items() if value]
    named += ["--profile, --all or --venue"] if accounts.profile or accounts.every or accounts.venue else []
    if named:
        raise Usage(f"{', '.join(named)}: means nothing with --stored, which asks no venue")


def _groups(by: str | None) -> tuple[Group, ...]:
    """``leader,day`` as groups."""
    named = [part.strip() for part in by.split(",")] if by is not None else []
    for name in named:
        if name not in GROUPS:
            raise Usage(f"--by: there is no {name!r}; write some of {', '.join(GROUPS)}, such as leader,day")
    return tuple(group for group in GROUPS if group in named)


async def _show_stored(
    out: Output, place: Stored, window: dict[str, Any], by: Sequence[Group], equity: Scope | None, limit: int
) -> Exit:
    async with existing(place) as kept:
        if equity is not None:
            _show(out, "equity", await kept.equity(equity, **window), CURVES)
        elif by:
            _show(out, "profits", await kept.profits(by, **window), (*_group_columns(by), *PROFITS))
        else:
            _show(out, "history", (await kept.closed(**window))[::-1][:limit], HISTORY)
    return Exit.OK


def _show(out: Output, name: str, rows: Sequence[Any], columns: Sequence[Column]) -> None:
    if out.as_json:
        out.document(name, **{name: [_document(row) for row in rows]})
    else:
        show_table(out, rows, columns, "none")


def _document(row: Any) -> Any:
    if not isinstance(row, EquityCurve):
        return row
    return {**{name: getattr(row, name) for name in row.__struct_fields__}, "drawdown": row.drawdown}


async def report(
    out: Output,
    place: Stored,
    file: Annotated[Path, typer.Argument(help="The HTML file to write.")] = Path("report.html"),
    since: Since = None,
    until: Until = None,
) -> Exit:
    """One HTML file with plots of the stored history: equity, drawdown, exposure, PnL by leader and by day.

    It needs nothing else to be looked at, and asks nobody for anything. (Extra: pip install 'unifiedcopy[report]'.)
    """
    from ..report import content, page  # noqa: PLC0415 (the extra)

    async with existing(place) as kept:
        found = await content(kept, since=moment_of(since, "--since"), until=moment_of(until, "--until"))
    document = page(found).encode()
    with whole_file(file) as written:
        written.write(document)
    if out.as_json:
        out.document("report", path=str(file), snapshots=len(found.snapshots), bytes=len(document))
    else:
        out.show(str(file))
    return Exit.OK


async def archive(
    out: Output,
    place: Stored,
    folder: Annotated[Path, typer.Argument(help="Where the Parquet files go; made if there is none.")],
    before: Annotated[str, typer.Option(help="Days that ended before this: 90d ago, 2026-01-31 (UTC).")] = "90d",
) -> Exit:
    """Moves positions of old days from the stored history to Parquet files, venue=…/date=…; balances stay.

    (Extra: pip install 'unifiedcopy[data]'.)
    """
    async with existing(place) as kept:
        files = await kept.archive(folder, moment_of(before, "--before") or 0)
    if out.as_json:
        out.document("archive", files=[str(path) for path in files])
    else:
        await asyncio.to_thread(out.show, "\n".join(map(str, files)) or "no whole day is that old")
    return Exit.OK


async def prune(
    out: Output,
    place: Stored,
    before: Annotated[str, typer.Option(help="What was taken before this: 365d ago, 2026-01-31 (UTC).")],
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
) -> Exit:
    """Removes old snapshots and listings of leaders from the stored history; closed positions stay."""
    moment = moment_of(before, "--before") or 0
    async with existing(place) as kept:
        old = len(await kept.snapshots(until=moment))
        out.tell(f"{old} snapshots from before {utc(moment):%Y-%m-%d %H:%M} UTC, and listings of leaders, go for good")
        out.confirm("remove them?", yes=yes)
        removed = await kept.prune(moment)
    if out.as_json:
        out.document("prune", snapshots=removed, before=moment)
    else:
        out.show(f"{removed} snapshots removed")
    return Exit.OK


# -- tables -----------------------------------------------------------------------------------------------------------


def _group_columns(by: Sequence[Group]) -> list[Column]:
    cells = {
        "leader": Column("leader", lambda row: words(row.leader_name or row.leader_id), 9),
        "day": Column("day", lambda row: words(row.day), 9),
        "venue": Column("venue", lambda row: words(row.venue), 9),
        "account": Column("account", lambda row: words(row.account), 9),
        "symbol": Column("symbol", lambda row: words(row.symbol), 9),
    }
    wanted = {"venue", *by} if "leader" in by else set(by)
    return [cells[name] for name in GROUPS if name in wanted]


def _pnl(row: Profit) -> str:
    notes = [f"{row.before_fees} before fees"] if row.before_fees else []
    notes += [f"{row.untold} not told"] if row.untold else []
    return money(row.pnl, row.asset) + (f" ({', '.join(notes)})" if notes else "")


PROFITS = (
    Column("PnL", _pnl, 9, right=True, signed=True),
    Column("positions", lambda row: str(row.positions), 8, right=True),
    Column("won", lambda row: str(row.wins), 7, right=True),
    Column("lost", lambda row: str(row.losses), 7, right=True),
    Column("profit share", lambda row: money(row.profit_share or None, row.asset), 5, right=True),
)


def _last(curve: EquityCurve) -> str:
    told = [point for point in curve.points if point.value is not None]
    return money(told[-1].value, curve.asset) if told else NOTHING


def _gaps(curve: EquityCurve) -> str:
    return f"{sum(point.value is None for point in curve.points)} of {len(curve.points)}"


def _depth(curve: EquityCurve) -> str:
    depth: Decimal | None = curve.drawdown.depth
    return percent(depth, "-")


CURVES = (
    Column("venue", lambda row: words(row.venue or "all"), 9),
    Column("account", lambda row: words(row.account), 8),
    Column("equity", _last, 9, right=True),
    Column("drawdown", _depth, 9, right=True),
    Column("longest", lambda row: f"{row.drawdown.longest / 86_400_000:.1f} days", 7, right=True),
    Column("from", lambda row: moment(row.points[0].at), 6),
    Column("to", lambda row: moment(row.points[-1].at), 6),
    Column("gaps", _gaps, 8, right=True),
)
