"""The fault matrix: every fault of the catalogue, on every API of the sandbox, in five operations.

    python -m tests.proof.faults                      the whole matrix
    python -m tests.proof.faults --only C --venue okx/v5
    python -m tests.proof.faults --cell "okx/v5/unfollow/A:reset/done"
    python -m tests.proof.faults --baseline           a client as it is often written, on the same cells

Of each cell it is compared what the caller was told with what the venue has carried out. *lost*: done, and reported as
not done, or the reverse. *doubled*: done more than once. *wrong*: a list that is not the true one, without an error.
*leaked*: a foreign origin received a request. *open*: the caller was told that the outcome is not known, and it is
not. *lie*: a list was believed that an honest venue could have sent. *idle*: the fault met no request, the cell proves
nothing. Ends with 1 when anything but *right*, *open*, *lie* and *not offered* was found.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.proof.catalogue import FAMILIES
from tests.proof.cells import VIOLATIONS, Cell, Client, Ours, Result, cells, run
from tests.proof.naive import Naive
from tests.proof.origins import Origins
from tests.proof.plays import PLAYS

AT_ONCE = 16
"""Cells that one process plays at the same time."""
CLIENTS: dict[str, type[Client]] = {"unifiedcopy": Ours, "naive": Naive}


def out(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="a family (C) or a part of a fault's name")
    parser.add_argument("--venue", help="a venue or one of its APIs")
    parser.add_argument("--operation")
    parser.add_argument("--cell", help="one cell, by the name that the report gives it")
    parser.add_argument("--baseline", action="store_true", help="the naive client instead of the library")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--verbose", action="store_true", help="every cell")
    options = parser.parse_args(arguments)
    chosen = [cell for cell in cells() if _wanted(cell, options)]
    if not chosen:
        parser.error("no such cell")
    began = time.monotonic()
    client = "naive" if options.baseline else "unifiedcopy"
    results = play(chosen, client, min(options.jobs, -(-len(chosen) // AT_ONCE)))
    return report(results, client, time.monotonic() - began, verbose=options.verbose or len(chosen) == 1)


def _wanted(cell: Cell, options: argparse.Namespace) -> bool:
    if options.cell:
        return str(cell) == options.cell
    family, _, name = cell.fault.partition(":")
    return (
        (not options.only or options.only == family or (len(options.only) > 1 and options.only in name))
        and (not options.venue or options.venue in (cell.api, cell.api.partition("/")[0]))
        and options.operation in (None, cell.operation)
    )


def play(chosen: Sequence[Cell], client: str, jobs: int = 1) -> list[Result]:
    """All cells, shared out among processes."""
    if jobs == 1:
        return asyncio.run(played(chosen, client))
    shares = [chosen[number::jobs] for number in range(jobs)]
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        found = [result for share in pool.map(play, shares, [client] * jobs) for result in share]
    order = {cell: number for number, cell in enumerate(chosen)}
    return sorted(found, key=lambda result: order[result.cell])


async def played(chosen: Iterable[Cell], client: str) -> list[Result]:
    """All cells in this process, some at a time."""
    places = asyncio.Semaphore(AT_ONCE)
    logging.disable(logging.CRITICAL)  # servers whose connection was torn down complain
    try:
        async with Origins() as origins:

            async def one(cell: Cell) -> Result:
                async with places:
                    return await run(cell, origins, CLIENTS[client]())

            results = await asyncio.gather(*map(one, chosen))
            # On a busy machine a request may time out before it is served; such a cell is played again, alone.
            return [await one(result.cell) if "idle" in result.found else result for result in results]
    finally:
        logging.disable(logging.NOTSET)


# -- the report -------------------------------------------------------------------------------------------------------


def report(results: Sequence[Result], client: str, seconds: float, *, verbose: bool = False) -> int:
    """Prints the table and the figures; 1 when there is a violation."""
    broken = [result for result in results if set(result.found) & set(VIOLATIONS)]
    for result in results if verbose else broken[:200]:
        out(f"{','.join(result.found):12} {result.cell}  {result.words}"[:400])
    played = [result for result in results if result.found != ("not offered",)]
    _table(played)
    totals = Counter(found for result in results for found in result.found)
    kinds = ", ".join(f"{totals[name]:,} {name}" for name in ("right", "open", "lie", "not offered"))
    out(f"{client}: {len(played):,} cells played in {seconds:.0f} s; {kinds}")
    out(", ".join(f"{totals[name]:,} {name}" for name in VIOLATIONS))
    return 1 if broken else 0


def _table(played: Sequence[Result]) -> None:
    """Families down, APIs across: violations of the cells, and how many are open."""
    apis = [api for api in PLAYS if any(result.cell.api == api for result in played)]
    out(f"{'':14}" + "".join(f"{api:>19}" for api in apis))
    for family, name in FAMILIES.items():
        row = [[one for one in played if (one.cell.fault[0], one.cell.api) == (family, api)] for api in apis]
        if any(row):
            out(f"{family + ' ' + name:14}" + "".join(f"{_summed(part):>19}" for part in row))


def _summed(part: Sequence[Result]) -> str:
    broken = sum(bool(set(result.found) & set(VIOLATIONS)) for result in part)
    left = sum("open" in result.found for result in part)
    return f"{len(part) - broken}/{len(part)}" + (f" ({left} open)" if left else "")


if __name__ == "__main__":
    sys.exit(main())
