"""What a stored history costs: ``python -m tests.bench.history``.

A snapshot of 10,000 positions (1,000 accounts) is committed to a SQLite file again and again, and a year of 100
accounts, one snapshot an hour, is read back and summed. Ends non-zero when a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from unifiedcopy import Account, History, Position, Price, Roi
from unifiedcopy.history.tables import ACCOUNTS, BALANCES, READINGS, SNAPSHOTS
from unifiedcopy.portfolio import AccountReading, Snapshot

HOUR = 3_600_000
BEGIN = 1_735_689_600_000
COMMIT_MS, READ_S = 100, 1
"""The targets."""


def money(number: random.Random, digits: int = 6) -> Decimal:
    """An amount as venues write it."""
    return Decimal(number.randrange(10**11)).scaleb(-digits)


def snapshot(number: random.Random, taken_at: int, accounts: int, positions: int) -> Snapshot:
    """Accounts with so many positions each, every field filled that venues fill."""
    return Snapshot(
        taken_at=taken_at,
        accounts=tuple(
            AccountReading(
                exchange="bench/v1",
                account=f"account-{account}",
                status="ok",
                read_at=taken_at - 5,
                age=5,
                positions=tuple(_position(number, account, place) for place in range(positions)),
                balances=(Account("bench/v1", f"account-{account}", "USDT", money(number), money(number)),),
            )
            for account in range(accounts)
        ),
    )


def _position(number: random.Random, account: int, place: int) -> Position:
    return Position(
        exchange="bench/v1",
        account=f"account-{account}",
        id=f"{number.randrange(10**18)}:{place}",
        symbol="BTC/USDT:USDT",
        venue_symbol="BTC-SWAP-USDT",
        side="long",
        size=money(number),
        size_unit="base",
        entry_price=money(number, 2),
        mark_price=money(number, 2),
        leverage=Decimal(20),
        margin=money(number),
        margin_mode="cross",
        margin_asset="USDT",
        unrealized_pnl=money(number),
        unrealized_roi=money(number, 10),
        realized_pnl=money(number),
        fee=money(number, 8),
        liquidation_price=money(number, 2),
        take_profit=Price(money(number, 2)),
        stop_loss=Roi(-money(number, 10)),
        leader_id="9007199254740993123",
        leader_name="A leader with a name",
        opened_at=BEGIN,
        updated_at=BEGIN,
    )


class Taken(NamedTuple):
    """Milliseconds of one commit: by the clock, and of the processor, which says what busy neighbours cost."""

    wall: float
    cpu: float


async def commit(folder: Path, runs: int, accounts: int) -> list[Taken]:
    """What each commit took."""
    taken = []
    async with History(folder / "commit.db") as history:
        for run in range(runs + 1):
            # A new seed each, as a database that sees the same bytes again would be too lucky.
            made = snapshot(random.Random(run), BEGIN + run, accounts, 10)
            begin, busy = perf_counter(), process_time()
            await history.add(made)
            taken.append(Taken((perf_counter() - begin) * 1_000, (process_time() - busy) * 1_000))
    return taken[1:]  # the first makes the accounts


async def fill(history: History, hours: int, accounts: int) -> Decimal:
    """A year of balances, written below ``add`` to be quick; the sum of all equity."""
    number = random.Random(0)
    total = Decimal(0)
    async with history.store.work(writes=True) as work:
        await work.insert(ACCOUNTS, [["bench/v1"] * accounts, [f"account-{account}" for account in range(accounts)]])
        await work.insert(
            SNAPSHOTS, [range(BEGIN, BEGIN + hours * HOUR, HOUR), list(map(str, range(hours))), [None] * hours]
        )
        for hour in range(1, hours + 1):
            equity = [money(number) for _ in range(accounts)]
            total += sum(equity)
            who = range(1, accounts + 1)
            told = {"snapshot": hour, "status": "ok", "withheld": 0, "drift": "[]", "balances_state": "ok"}
            told |= {"following_state": "untold", "asset": "USDT"}
            for table, own in ((READINGS, {"place": who}), (BALANCES, {"place": who, "equity": equity})):
                own |= {"account": who}
                columns = [own.get(name) or [told.get(name)] * accounts for name in table.names]
                await work.insert(table, columns)
    return total


async def read_back(folder: Path, hours: int, accounts: int, runs: int) -> list[float]:
    """Seconds to read and sum the year; every sum is checked."""
    async with History(folder / "year.db") as history:
        total = await fill(history, hours, accounts)
        taken = []
        for _ in range(runs):
            begin = perf_counter()
            [curve] = await history.equity()
            taken.append(perf_counter() - begin)
            assert len(curve.points) == hours, "a point is missing"
            assert sum(point.value or 0 for point in curve.points) == total, "the sum differs"
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="snapshots that are committed")
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts of a snapshot, ten positions each")
    parser.add_argument("--hours", type=int, default=8_760, help="snapshots of the year")
    parser.add_argument("--year-accounts", type=int, default=100, help="accounts of the year")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "history"
        commits = asyncio.run(commit(folder, options.runs, options.accounts))
        size = (folder / "commit.db").stat().st_size / (options.runs + 1) / (options.accounts * 10)
        reads = asyncio.run(read_back(folder, options.hours, options.year_accounts, 3))
    positions, points = options.accounts * 10, options.hours * options.year_accounts
    checks = [
        (
            f"ms to commit a snapshot of {positions:,} positions, median of {len(commits)}",
            median(run.wall for run in commits),
            COMMIT_MS,
        ),
        (f"s to read back and sum {points:,} balances, median of {len(reads)}", median(reads), READ_S),
    ]
    for what, value, limit in checks:
        print(f"{'PASS' if value <= limit else 'FAIL'}  {what}: {value:,.2f} (target <= {limit})")  # noqa: T201
    cpu, slowest = median(run.cpu for run in commits), max(run.wall for run in commits)
    print(f"slowest commit {slowest:,.1f} ms, {cpu:,.1f} ms of the processor; {size:,.0f} bytes a position")  # noqa: T201
    return int(any(value > limit for _, value, limit in checks))


if __name__ == "__main__":
    sys.exit(main())
