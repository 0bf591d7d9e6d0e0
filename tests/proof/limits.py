"""``python -m tests.proof.limits``: many processes on one budget, counted where it counts: at the venue.

Real processes ask a venue over real sockets as fast as the limits let them, reads and writes mixed; the ways there and
back take a random time. Beside it, on the same budget: a library's limiter (with the extra ``proof``), and each process
for itself. Then a simulation of many more requests, in virtual time. Ends with 1 on any violation of ours.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import heapq
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import deque
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from tests.proof.counting import CountingVenue, Seen, fixed_above, rolling_above, share_used
from tests.proof.peer import NAME, Peer, installed
from unifiedcopy import errors
from unifiedcopy.connection import Connection
from unifiedcopy.limiting import memory
from unifiedcopy.limiting.shared import Where
from unifiedcopy.limiting.store import Claim, Taken
from unifiedcopy.request import build
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.schema import load_file
from unifiedcopy.secret import Credentials

PROCESSES, TASKS = 4, 12
SCHEMA = """
schema = 1
id     = "counted/v1"
name   = "Counted"
source = "invented for the proof"
[hosts]
rest = ["https://api.counted.example"]
[envelope]
code = "code"
ok = [0]
[limits]
window = {{ requests = {requests}, seconds = {seconds}, scope = "uid" }}
[missing]
list_leaders = "-"
follow = "-"
positions = "-"
set_tpsl = "-"
unfollow = "-"
[endpoints.look]
method = "GET"
path = "/look"
source = "invented"
sign = "none"
limits = ["window"]
[endpoints.act]
method = "POST"
path = "/act"
source = "invented"
sign = "none"
limits = ["window"]
"""


class Budget(NamedTuple):
    """What is asked of the venue, and for how long."""

    requests: int
    seconds: int
    jitter: float
    lasts: float
    least: float | None = 0.9
    """The share of the budget that must be used; None where the ways are long beside the window: a place grows old only
    from the answer on, so no more than window / (window + time to answer) can be had without going above the limit."""
    ban: tuple[float, float] | None = None

    def __str__(self) -> str:
        return f"{f'{self.requests}/{self.seconds} s, ways of 0-{self.jitter * 1000:.0f} ms':<30}"


class Result(NamedTuple):
    name: str
    budget: Budget
    seen: Seen

    @property
    def above(self) -> tuple[int, int]:
        """Rolling and fixed windows above the limit."""
        limit, seconds = self.budget.requests, self.budget.seconds
        return rolling_above(self.seen.arrivals, limit, seconds), fixed_above(self.seen.arrivals, limit, seconds)

    @property
    def share(self) -> float:
        return share_used(self.seen.arrivals, self.budget.requests, self.budget.seconds)

    @property
    def banned(self) -> int:
        """Requests that came although the ban was known."""
        told, until = self.seen.banned
        return sum(told <= at < until for at in self.seen.arrivals)

    def __str__(self) -> str:
        requests, (rolling, fixed) = len(self.seen.arrivals), self.above
        said = f"{self.name:<32}{self.budget}{requests:>8} requests, above: {rolling} rolling, {fixed} fixed"
        if self.budget.ban is not None:
            return f"{said}; {self.banned} in a ban of {self.budget.ban[1]:g} s"
        return f"{said}; {self.share:.1%} of the budget"


# -- real processes ---------------------------------------------------------------------------------------------------


def ran(name: str, budget: Budget, where: Where, processes: int = PROCESSES, peer: Path | None = None) -> Result:
    """What a venue saw of several processes that share a place for their limits, or of each for itself.

    Args:
        peer: the file that they share by another limiter than ours.
    """
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder, "counted", "v1.toml")
        schema.parent.mkdir()
        schema.write_text(SCHEMA.format(requests=budget.requests, seconds=budget.seconds))
        here, there = context.Pipe()
        ready = context.Barrier(processes)
        venue = context.Process(target=_venue, args=(budget, there))
        venue.start()
        url = here.recv()
        users = [
            context.Process(target=_user, args=(schema, url, where, budget, ready, peer)) for _ in range(processes)
        ]
        for user in users:
            user.start()
        for user in users:
            user.join()
        here.send("done")
        seen = here.recv()
        venue.join()
        if any(user.exitcode for user in users):
            raise RuntimeError(f"{name}: a process failed")
    return Result(name, budget, seen)


def _venue(budget: Budget, pipe: Pipe) -> None:
    async def serve() -> None:
        async with CountingVenue(budget.jitter, budget.ban) as venue:
            pipe.send(venue.url)
            await asyncio.to_thread(pipe.recv)
            pipe.send(venue.seen)

    asyncio.run(serve())


def _user(schema: Path, url: str, where: Where, budget: Budget, ready: object, peer: Path | None) -> None:
    api = load_file(schema)

    async def use() -> None:
        connection = Connection(api, Credentials("k", "s"), url, Deadlines(), limits=where)
        if peer is not None:
            connection._limits = Peer(peer, budget.requests, budget.seconds)  # type: ignore[assignment]
        ready.wait()  # type: ignore[attr-defined]
        until = time.monotonic() + budget.lasts
        await asyncio.gather(*(_ask(connection, number % 4 == 0, until) for number in range(TASKS)))
        await connection.close()

    asyncio.run(use())


async def _ask(connection: Connection, writes: bool, until: float) -> None:
    """One request after the other, until the time is over."""
    name = "act" if writes else "look"
    endpoint = connection.api.schema.endpoints[name]
    request = build("counted/v1", name, endpoint, {})
    while (left := until - time.monotonic()) > 0:
        with contextlib.suppress(errors.RateLimitExceeded, TimeoutError):
            await asyncio.wait_for(
                connection.ask(
                    request,
                    lambda reply: connection.api.verdict.check(name, endpoint, reply.body, reply.status),
                    (lambda: None) if writes else None,
                ),
                left,
            )


# -- virtual time -----------------------------------------------------------------------------------------------------


class Simulation:
    """Many tasks at one window: bursts and pauses, ways of random length, first come, first served."""

    def __init__(self, limit: int, seconds: int, jitter: float, seed: int) -> None:
        self._chance, self._jitter, self._seconds = random.Random(seed), jitter, seconds
        self._store, self._now = memory.MemoryStore(), 1000.0
        self._todo: list[tuple[float, int, bool, Taken | None]] = []
        self._queues: dict[bool, deque[int]] = {True: deque(), False: deque()}
        self._claims = {
            writes: (Claim("w", most, seconds * 1.001 + 0.002, 1),)
            for writes, most in ((True, limit), (False, max(1, limit * 9 // 10)))
        }
        self.arrivals: list[float] = []

    def run(self, requests: int, tasks: int) -> list[float]:
        """When so many requests arrive."""
        for number in range(tasks):
            self._later(0.0, number, number % 2 == 0)
        with mock.patch.object(memory, "monotonic", self._time):
            while len(self.arrivals) < requests:
                self._now, number, writes, taken = heapq.heappop(self._todo)
                if taken is not None:
                    _run(self._store.land(taken))
                    rests = self._chance.random() < 0.02
                    self._later(self._chance.expovariate(1 / self._seconds) if rests else 0.0, number, writes)
                elif number in self._queues[writes] or not self._queues[writes]:
                    self._ask(number, writes)
                else:
                    self._queues[writes].append(number)
        return self.arrivals

    def _time(self) -> float:
        return self._now

    def _ask(self, number: int, writes: bool) -> None:
        queue = self._queues[writes]
        found = _run(self._store.take(self._claims[writes], ()))
        if not isinstance(found, Taken):
            if number not in queue:
                queue.append(number)
            self._later(found.seconds, number, writes)
            return
        if number in queue:
            queue.popleft()
        if queue:
            self._later(0.0, queue[0], writes)
        there, back = (self._chance.uniform(0, self._jitter) for _ in range(2))
        self.arrivals.append(self._now + there)
        self._later(there + back, number, writes, found)

    def _later(self, seconds: float, number: int, writes: bool, taken: Taken | None = None) -> None:
        heapq.heappush(self._todo, (self._now + seconds, number, writes, taken))


def _run(coroutine):  # type: ignore[no-untyped-def]
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


# -- the command ------------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.limits", description=__doc__)
    parser.add_argument("--redis", metavar="URL", help="share over this Redis instead of a file")
    parser.add_argument("--seconds", type=float, default=12.0, help="how long the processes ask in each run")
    parser.add_argument("--simulated", type=int, default=1_000_000, help="requests in virtual time")
    given = parser.parse_args(arguments)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        runs = (
            ("a near venue", Budget(40, 1, 0.0, given.seconds)),
            ("a wild network", Budget(100, 5, 0.2, 2 * given.seconds)),
            ("a wild network, a short window", Budget(40, 1, 0.2, given.seconds, least=None)),
            ("a ban", Budget(40, 1, 0.05, given.seconds, None, ban=(given.seconds / 4, given.seconds / 3))),
        )
        for number, (name, budget) in enumerate(runs):
            result = ran(name, budget, given.redis or place / f"state-{number}")
            failures += _told(result)
        if installed():
            _say(str(ran(NAME, Budget(100, 5, 0.2, 2 * given.seconds), None, peer=place / "peer.sqlite")))
        alone = ran("baseline: each for itself", Budget(40, 1, 0.0, given.seconds / 2), None)
        _say(str(alone))
        if not alone.above[0]:
            failures += 1
            _say("  FAILED: the baseline keeps to the limit, so this proof could not fail")
    if given.simulated:
        failures += _simulations(given.simulated)
    _say("all promises kept" if not failures else f"{failures} promises broken")
    return 1 if failures else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _told(result: Result) -> int:
    _say(str(result))
    broken = [f"{above} windows above the limit" for above in result.above if above]
    broken += [f"{result.banned} requests during a ban"] if result.banned else []
    if result.budget.least is not None and result.share < result.budget.least:
        broken.append(f"only {result.share:.1%} of the budget used")
    for fault in broken:
        _say(f"  FAILED: {fault}")
    return len(broken)


def _simulations(requests: int) -> int:
    broken = 0
    for seed, (limit, seconds, jitter) in enumerate([(10, 1, 0.2), (20, 2, 0.9), (600, 5, 0.2), (6000, 60, 0.2)]):
        arrivals = Simulation(limit, seconds, jitter, seed).run(requests // 4, tasks=60)
        rolling, fixed = rolling_above(arrivals, limit, seconds), fixed_above(arrivals, limit, seconds)
        budget = Budget(limit, seconds, jitter, 0.0)
        _say(f"{'virtual time':<32}{budget}{len(arrivals):>8} requests, above: {rolling} rolling, {fixed} fixed")
        broken += rolling + fixed
    return broken


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "error")
    sys.exit(main(sys.argv[1:]))
