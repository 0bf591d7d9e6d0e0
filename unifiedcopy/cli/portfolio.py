"""``portfolio``: every account of every venue as one, once or for as long as somebody watches."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import typer
from rich.console import Group as Stacked
from rich.console import RenderableType
from rich.live import Live

from ..errors import ConfigError, UnifiedCopyError
from ..models import utc
from ..portfolio import AccountReading, Event, Portfolio, Snapshot, Trouble
from ..untrusted import clean
from .accounts import Source, named_sources
from .exits import Exit, Usage, advice_for, exit_code_for
from .groups import TOTAL, age, as_csv, columns, group_document, lines, remarks
from .options import Accounts, Stored, command
from .output import Output, in_a_commands_words, plain
from .read import position_document
from .stored import opened
from .tables import fitted, nothing, show_table, size

By = Literal["symbol", "leader", "venue", "account"]
SHOWN_EVENTS = 12


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "portfolio")(portfolio)


async def portfolio(
    out: Output,
    accounts: Accounts,
    place: Stored,
    by: Annotated[By, typer.Option(help="What to sum up by.")] = "symbol",
    csv: Annotated[bool, typer.Option("--csv", help="The sums as CSV, a row for each group and currency.")] = False,
    deadline: Annotated[float, typer.Option(help="Seconds to wait for each venue.", min=0.1)] = 20.0,
    watch: Annotated[bool, typer.Option("--watch", help="A live view, and what changes; Ctrl-C ends it.")] = False,
    interval: Annotated[
        float, typer.Option("--every", help="With --watch: seconds in which each account is asked once.")
    ] = 60.0,
    seconds: Annotated[float | None, typer.Option(help="With --watch: end after so many.")] = None,
    store: Annotated[bool, typer.Option("--store", help="Also keep the snapshot in the stored history.")] = False,
) -> Exit:
    """All accounts as one: exposure, margin and profit, by symbol, leader, venue or account.

    An account that can't be read doesn't keep the others: it is named, the sums say of how many accounts they are, and
    the exit code is 3 (or 8, when answers came that can't be read whole). Coins are never added to dollars, and what a
    venue does not tell is counted as not known: "(18 of 20)".
    """
    if csv and (out.as_json or watch):
        raise Usage("--csv goes neither with --json nor with --watch")
    if store and watch:
        raise Usage("--store goes with one look; run it again and again (cron) to keep a history")
    if seconds is not None and not watch:
        raise Usage("--seconds goes with --watch")
    async with Portfolio(connected(out, accounts), deadline=deadline, drift=True) as held:
        for names in held.counted_twice:
            out.warn(f"{' and '.join(names)} have one API key: what it holds is counted for each")
        if len(held) == len(held.absent):
            return conclude(out, held.known())
        out.say(f"reading {len(held)} accounts at {len(held.venues())} venues …", "dim")
        snapshot = await held.snapshot()
        if watch:
            await follow_changes(out, held, by, interval, seconds)
            return conclude(out, held.known())
        show_snapshot(out, snapshot, by, csv=csv)
    if store:
        await keep(out, place, snapshot)
    return conclude(out, snapshot)


async def keep(out: Output, place: Stored, snapshot: Snapshot) -> None:
    """Adds a snapshot to the stored history."""
    async with opened(place) as history:
        number = await history.add(snapshot)
    out.say(f"stored as snapshot {number}")


def connected(out: Output, accounts: Accounts) -> list[Any]:
    """Every account that the options name; one that can't be connected stands as its failed reading.

    Raises:
        ConfigError: not one can be.
    """
    found: list[Any] = []
    troubles: list[UnifiedCopyError] = []
    seen: set[tuple[str, str | None]] = set()
    for name, source in named_sources(accounts):
        try:
            if not isinstance(source, Source):
                raise source
            exchange = source.connect(out)
            if (exchange.id, exchange.alias) in seen:
                raise ConfigError(f"another profile is account {exchange.alias!r} of {exchange.id} already; rename one")
        except UnifiedCopyError as error:
            troubles.append(error)
            venue = source.profile.venue if isinstance(source, Source) else "?"
            found.append(_absent(venue, f"profile {name}", error))
        else:
            seen.add((exchange.id, exchange.alias))
            found.append(exchange)
    if not seen:
        raise troubles[0]
    return found


def _absent(venue: str, name: str, error: UnifiedCopyError) -> AccountReading:
    trouble = Trouble.of("positions", error)
    return AccountReading(exchange=venue, account=name, status="failed", read_at=None, age=None, error=trouble)


# -- once -------------------------------------------------------------------------------------------------------------


def show_snapshot(out: Output, snapshot: Snapshot, by: By, *, csv: bool = False) -> None:
    """The sums, as they were asked for."""
    groups, total = snapshot.by(by), snapshot.total()
    if csv:
        out.show(as_csv(groups).rstrip("\n"))
    elif out.as_json:
        out.document(
            "portfolio",
            taken_at=snapshot.taken_at,
            by=by,
            coverage=coverage_document(snapshot),
            groups=[group_document(group) for group in groups],
            total=group_document(total),
            accounts=[account_document(reading) for reading in snapshot.accounts],
            positions=[position_document(position) for position in snapshot.positions],
        )
    else:
        show_table(out, groups, columns(by), nothing("no open positions", snapshot.coverage.ok, len(snapshot.accounts)))
        out.show("")
        if groups:
            show_table(out, lines(total), TOTAL, "")
        for remark in remarks(total, groups):
            out.show(remark)
        oldest = snapshot.coverage.oldest
        out.show(f"{snapshot.coverage}{f'; the oldest answer is {age(oldest)} old' if oldest is not None else ''}")


def coverage_document(snapshot: Snapshot) -> dict[str, Any]:
    """For machines: of the positions, and of what not every venue tells."""
    coverage = snapshot.coverage
    parts = {part: plain(snapshot.coverage_of(part)) for part in ("balances", "following")}
    return {**plain(coverage), "complete": coverage.complete, **parts}


def account_document(reading: AccountReading) -> dict[str, Any]:
    """For machines: an account without its positions, which stand by themselves."""
    return {name: getattr(reading, name) for name in reading.__struct_fields__ if name != "positions"}


def conclude(out: Output, snapshot: Snapshot) -> Exit:
    """Says which accounts are not there, and what the command ends with."""
    troubled = [(reading, trouble) for reading in snapshot.accounts for trouble in _troubles(reading)]
    for reading, trouble in troubled:
        out.tell(_told(reading, trouble), "red")
    for reading in snapshot.accounts:
        for found in reading.drift:
            out.warn(f"{_where(reading)}: not in the schema: {found}")
    if not troubled:
        return Exit.OK
    if all(trouble.drift for _, trouble in troubled):
        return Exit.DRIFT
    first = troubled[0][1]
    return Exit.PARTIAL if snapshot.coverage.ok else exit_code_for(first.error_class, first.outcome)


def _troubles(reading: AccountReading) -> list[Trouble]:
    return [*([reading.error] if reading.error else []), *reading.troubles]


def _where(reading: AccountReading) -> str:
    return f"{reading.account or 'account'} at {reading.exchange}"


def _told(reading: AccountReading, trouble: Trouble) -> str:
    state = f"stale, read {age(reading.age)} ago" if reading.status == "stale" else reading.status
    what = state if trouble.part == "positions" else f"{trouble.part} not read"
    if trouble.part == "positions" and reading.withheld:
        what = f"{reading.withheld} rows withheld"
    code = f", code {trouble.code}" if trouble.code else ""
    message = clean(in_a_commands_words(trouble.message))
    line = f"{_where(reading)}: {what}: {message} ({trouble.kind}{code})"
    next_step = advice_for(trouble.error_class)
    return f"{line}\n  next     {next_step}" if next_step else line


# -- live -------------------------------------------------------------------------------------------------------------


async def follow_changes(out: Output, held: Portfolio, by: By, every: float, seconds: float | None) -> None:
    """What changes, until the time is over: drawn anew on a terminal, else a line for each event."""
    happened: deque[str] = deque(maxlen=SHOWN_EVENTS)
    drawn = out.stdout.is_terminal and not out.as_json
    with Live(console=out.stdout, auto_refresh=False, transient=False) if drawn else _Silent() as live:

        def draw() -> None:
            live.update(_view(out, held.known(), by, happened), refresh=True)

        async def redraw() -> None:
            while True:
                draw()
                await asyncio.sleep(1)

        async def tell() -> None:
            async for event in _events(held, every):
                happened.append(_event_line(event))
                if not drawn:
                    out.show(json.dumps(plain(event)) if out.as_json else happened[-1])

        tasks = [asyncio.ensure_future(redraw()), asyncio.ensure_future(tell())]
        try:
            done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()  # it only ends by an error
        draw()


def _events(held: Portfolio, every: float) -> AsyncIterator[Event]:
    try:
        return held.watch(every)
    except ConfigError as error:
        raise Usage(f"--{error.message}") from None


class _Silent:
    """In place of the live view where nothing can be drawn."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *error: object) -> None: ...

    def update(self, renderable: RenderableType, *, refresh: bool) -> None: ...


def _view(out: Output, snapshot: Snapshot, by: By, happened: deque[str]) -> Stacked:
    groups, total = snapshot.by(by), snapshot.total()
    shown: list[RenderableType] = [f"{utc(snapshot.taken_at):%H:%M:%S} UTC · {snapshot.coverage}", ""]
    for rows, wanted in ((groups, columns(by)), (lines(total), list(TOTAL))):
        if rows:
            shown += [fitted(out, rows, wanted)[0], ""]
    down = [_told(reading, trouble) for reading in snapshot.accounts for trouble in _troubles(reading)]
    return Stacked(*shown, *down, *reversed(happened))


def _event_line(event: Event) -> str:
    """An event in words."""
    what = ""
    if event.position is not None:
        position = event.position
        what = f" {position.side} {position.symbol or position.venue_symbol}"
        was = f"{size(event.before)} → " if event.before is not None and event.kind in ("increased", "reduced") else ""
        what += f" {was}{size(position)}"
    if event.leader is not None:
        what = f" {event.leader.leader_name or event.leader.leader_id}"
    if event.error is not None:
        what = f": {in_a_commands_words(event.error.message)}"
    late = f" ({age(event.age)} ago)" if event.age >= 1_000 else ""
    words = event.kind.replace("_", " ")
    return clean(f"{utc(event.at):%H:%M:%S} {event.account or ''} at {event.exchange}: {words}{what}{late}", 300)
