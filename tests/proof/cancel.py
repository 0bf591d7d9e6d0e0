"""Cancels five writes at every await, and compares the log of the next start with what the venue did.

    python -m tests.proof.cancel                     # all of it, some minutes
    python -m tests.proof.cancel --api zoomex/v3 --way once

A point is one suspension of one of the tasks that a write is made of. The cut comes in one of four ways: the caller's
task is cancelled there (once), when what it waits for has just come (late), there and at every step after it (again),
or every task of the write at once, as when the program ends (all). Then a new connection on the same folder settles
the log, and the same write is asked again where it was not done.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable
from typing import Any

import stamina

from tests.proof.aftermath import ANSWERS, OPERATIONS, VENUES, Scenario, Tally, judged, say, scenarios, staged
from tests.proof.plays import NotOffered
from tests.proof.steps import Steps, watched

WAYS = ("once", "late", "again", "all")


class Cut:
    """Cancels at a point, in one of the ways."""

    def __init__(self, point: int, way: str) -> None:
        self.point, self.way = point, way
        self.struck = False
        self.steps = Steps(self._reached)

    def _reached(self, number: int, awaited: Any) -> None:
        if number == self.point:
            self.struck = True
            if self.way == "late" and isinstance(awaited, asyncio.Future):
                awaited.add_done_callback(lambda _: self.steps.tasks[0].cancel())  # runs before the task goes on
                return
            for task in self.steps.tasks if self.way == "all" else self.steps.tasks[:1]:
                task.cancel()
        elif self.struck and self.way == "again":
            self.steps.tasks[0].cancel()


async def cut(scenario: Scenario, point: int, way: str) -> tuple[bool, str, list[str]]:
    """Whether there is such a point, the end in the log, and what is wrong."""
    struck = Cut(point, way)
    async with staged(scenario) as stage:
        ex = stage.connect()
        task = struck.steps.start(stage.deed.do(ex))
        [told] = await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*struck.steps.tasks, return_exceptions=True)
        end, wrong = await judged(stage, told)
        await ex.aclose()
    place = f"{scenario}, {way} at {point}"
    return struck.struck, end, [f"{place}: {one}" for one in wrong]


async def every_point(scenario: Scenario, way: str, step: int = 1) -> Tally:
    """All points of one write; every ``step``-th of them.

    Raises:
        NotOffered: the API has no such write.
    """
    tally, point = Tally(), 1
    with watched(), stamina.set_testing(True, attempts=3):
        while True:
            there, end, wrong = await cut(scenario, point, way)
            tally.violations += wrong
            if not there:
                return tally
            tally.points += 1
            tally.ends[end] += 1
            point += step


def run(chosen: Iterable[Scenario], ways: Iterable[str], step: int = 1) -> Tally:
    """Plays them, one line each."""
    whole = Tally()
    for scenario in chosen:
        for way in ways:
            try:
                tally = asyncio.run(every_point(scenario, way, step))
            except NotOffered:
                continue
            say(f"{scenario}, {way}: {tally.points} points, {len(tally.violations)} violations; the log: {tally.told}")
            whole.add(tally)
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", action="append", choices=VENUES, help="one API, repeatable; all without it")
    parser.add_argument("--operation", action="append", choices=OPERATIONS)
    parser.add_argument("--answer", action="append", choices=ANSWERS, help="what becomes of the venue's answer")
    parser.add_argument("--way", action="append", choices=WAYS)
    parser.add_argument("--step", type=int, default=1, help="only every n-th point")
    options = parser.parse_args()
    began = time.perf_counter()
    chosen = scenarios(options.api or VENUES, options.operation or OPERATIONS, options.answer or ANSWERS)
    whole = run(chosen, options.way or WAYS, options.step)
    say(whole.summary(time.perf_counter() - began))
    return whole.exit_code


if __name__ == "__main__":
    sys.exit(main())
