"""Seeded random histories: accounts that do, a venue and a network that go wrong, somebody at the app meanwhile.

    python -m tests.proof.histories --seeds 10000
    python -m tests.proof.histories --seed 4711        one of them, with everything that happened

A seed draws an API, how far its reads lag, and for each account a few deeds and reads. Requests are lost before or
after the venue has acted, answered with nonsense, acted on late; tasks are cancelled, processes killed and started
again on the same write log; a hand closes positions and ends followings in between. In the end the faults stop, and
what is left open is reconciled. Time is virtual and nothing goes over a network, so a seed is its own reproduction.

*doubled*: a deed was done more than once. *lost*: it was reported as not done and was, or the reverse, at once or in
the log in the end. *wrong*: a list, read without an error, that was never true in the time that it may speak of.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import unifiedcopy as uc
from tests.proof import virtual
from tests.proof.faults import out
from tests.proof.plays import PLAYS, Deed, NotOffered, Play, triggers, verb_of
from tests.proof.wire import Wire
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.safety import journal as journals
from unifiedcopy.sandbox import Fault, Market, VenueServer, World, load_emulator
from unifiedcopy.sandbox.clock import Clock
from unifiedcopy.sandbox.wire import Request

STAGES = {
    "toobit/v2": ("main",),
    "bitget/v2-futures": ("main", "empty"),
    "okx/v5-copies": ("main", "empty"),
    "zoomex/v3": ("main",),
    "blofin/v1": ("main",),
}
"""APIs, and the accounts that act; of several the log is one."""
BEGINNING = 1_790_000_000_000
ORIGIN, ASIDE = "http://127.0.0.1:1", "http://localhost:1"
"""The venue, and the venue as it is looked at from aside: what is learned of a clock is learned by address."""
TIMEOUT = 5.0
HTML = b"<html>Bad Gateway</html>"
EXECUTED_OR_NOT = (
    Fault("disconnect"),
    Fault("hang"),
    Fault("reset"),
    Fault("status", status=500),
    Fault("status", status=502, body=HTML),
    Fault("status", status=504),
    Fault("status", status=408),
    Fault("status", status=429),
    Fault("empty"),
    Fault("garbage"),
    Fault("cut"),
    Fault("replace", body=b"null"),
    Fault("error", code="99999"),
)
UNREADABLE = (*EXECUTED_OR_NOT, Fault("nested"), Fault("trailing"), Fault("invalid_utf8"), Fault("box"))


class Killed(BaseException):
    """The process is gone: nothing that it would have done afterwards counts."""


@dataclass
class Done:
    """One deed: what was tried, what the caller heard, which requests it sent."""

    alias: str
    deed: Deed
    told: str = "nothing"
    words: str = ""
    write_id: int | None = None
    sent_at: list[int] = field(default_factory=list)
    as_asked: bool = False
    """Whether the state was as asked then, by whoever made it so."""


class Ending(NamedTuple):
    """What a history came to."""

    seed: int
    violations: list[str]
    deeds: Counter[str]
    story: list[str]


class History:
    """One seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed, self.folder = seed, folder
        self.random = Random(seed)
        self.play: Play = PLAYS[self.random.choice(list(STAGES))]
        emulator = load_emulator(self.play.served_by)(
            World(self.play.served_by, Market(seed), Clock(BEGINNING, _virtual_ms), self.random.randrange(50))
        )
        self.server = VenueServer(emulator, _stand_still)
        self.server.url = ORIGIN
        self.play.arrange(self.server)
        self.lag = self.random.choice((0, 0, 0.5, 2.0))
        self.late = self.random.choice((0.0, 0.3, 1.0))
        self.server.acting.lag = self.lag
        self.violations: list[str] = []
        self.story: list[str] = []
        self.done: list[Done] = []
        self.calm = False
        self.hands = 0
        """What somebody did at the app."""
        self.stages = {alias: Stage(self, alias) for alias in STAGES[self.play.api]}

    def say(self, words: str) -> None:
        self.story.append(f"{time.monotonic():8.3f}  {words}")

    async def told(self) -> Ending:
        await asyncio.gather(*(stage.act() for stage in self.stages.values()), self._hand())
        self.calm = True
        await self.server.acting.done()
        await asyncio.sleep(self.lag + self.late)
        for stage in self.stages.values():
            await stage.ended()
        for done in self.done:
            self._judge(done)
        told = Counter(f"{done.deed.verb} {done.told}" for done in self.done)
        return Ending(self.seed, self.violations, told, self.story)

    def executed(self, done: Done) -> int:
        return sum(one.account == done.alias and one.at in done.sent_at for one in self.server.executions)

    async def _hand(self) -> None:
        """Somebody at the venue's own app."""
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(self.random.uniform(0, 4))
            alias = self.random.choice(list(self.stages))
            world = self.server.world
            held, followed = world.book.open_positions(alias), world.copying.following(alias)
            begun = [stage.now.deed.arguments[0] for stage in self.stages.values() if stage.now is not None]
            begun += [done.deed.arguments[0] for done in self.done if done.told not in ("done", "not done")]
            # Undone by hand before it was looked at: a following that was started in vain looks the same.
            followed = [one for one in followed if self.play.amend or one.leader.id not in begun]
            if followed and self.random.random() < 0.2:
                self.say(f"hand: {alias} ends a following")
                world.copying.unfollow(self.random.choice(followed))
            elif held:
                self.say(f"hand: {alias} closes a position")
                world.book.close(self.random.choice(held))
            self.hands += 1
            await self.note()

    async def note(self) -> None:
        """Keep every account's lists: what one does shows in the other's rows too, such as a leader's followers."""
        for stage in self.stages.values():
            await stage.note()

    def _judge(self, done: Done) -> None:
        executed = self.executed(done)
        where = f"{done.alias} {done.deed.verb}: told {done.told}, executed {executed}, write {done.write_id}"
        if executed > 1:
            self.violations.append(f"doubled: {where}: {done.words}")
        if done.told == "done" and not executed and not done.as_asked:
            self.violations.append(f"lost: {where}: {done.words}")
        if done.told == "not done" and executed:
            self.violations.append(f"lost: {where}: {done.words}")


class Stage:
    """One account: its client, its deeds, and what was true when."""

    def __init__(self, history: History, alias: str) -> None:
        self.history, self.alias = history, alias
        self.random = Random(f"{history.seed}/{alias}")
        self.clean = history.play.connect(history.server, alias, base_url=ASIDE)
        _put(self.clean, Wire(history.server, TIMEOUT, self.random))
        self.lists = history.play.lists(self.clean)
        self.truths: list[tuple[float, dict[str, list[Any]]]] = []
        self.noted: tuple[int, ...] = ()
        self.now: Done | None = None
        self.ex = self._connected()

    async def act(self) -> None:
        await self.note()
        for _ in range(self.random.randint(4, 8)):
            await asyncio.sleep(self.random.uniform(0, 1))
            match self.random.randrange(8):
                case 0 | 1 | 2:
                    await self._read()
                case 3:
                    self.history.say(f"{self.alias} restarts")
                    await self.ex.aclose()
                    self.ex = self._connected()
                case _:
                    await self._do(self.random.choice(("follow", "unfollow", "set_tpsl", "close_position")))

    async def ended(self) -> None:
        """What the log says in the end, when nothing goes wrong any more."""
        await self.ex.aclose()
        self.ex = self._connected()
        await self.ex.reconcile()
        records = {record.id: record for record in self.ex.writes(limit=None)}
        for done in self.history.done:
            record = records.get(done.write_id) if done.alias == self.alias else None
            if record is None:
                continue
            executed, words = self.history.executed(done), f"{record}, executed: {record.data}"
            so = executed or done.as_asked or await self._as_asked(done.deed)
            if record.state in ("confirmed", "applied") and not so:
                self.history.violations.append(f"lost: the log says {words}")
            if record.state in ("rejected", "not_sent", "not_applied") and executed:
                self.history.violations.append(f"lost: the log says {words}")
            self.history.say(f"in the end: {words} {executed}")
        await self.ex.aclose()

    # -- what is true ---------------------------------------------------------------------------------------------

    async def note(self) -> None:
        """Keep the lists as they are, when something has changed."""
        server = self.history.server
        version = (len(server.executions), self.history.hands, len(server.world.book.closings))
        if version != self.noted:
            self.noted = version
            self.truths.append(
                (time.monotonic(), {verb: list(await verb_of(self.clean, verb)()) for verb in self.lists})
            )

    async def _read(self) -> None:
        verb, began = self.random.choice(self.lists), time.monotonic()
        try:
            page = await verb_of(self.ex, verb)()
        except uc.UnifiedCopyError as error:
            self.history.say(f"{self.alias} {verb}: {type(error).__name__}")
            return
        await self.history.note()
        since = began - self.history.lag
        first = max((number for number, (at, _) in enumerate(self.truths) if at <= since), default=0)
        if not possible(page, [truth[verb] for _, truth in self.truths[first:]]):
            self.history.violations.append(f"wrong: {self.alias} {verb} has {len(page)} rows that were never true")
        self.history.say(f"{self.alias} {verb}: {len(page)} rows")

    async def _as_asked(self, deed: Deed) -> bool:
        """Whether the state is as asked."""
        about = deed.arguments[0]
        if deed.verb == "unfollow":
            return all(one.leader_id != about for one in await self.clean.following())
        if deed.verb == "follow":
            followed = any(one.leader_id == about for one in await self.clean.following())
            told = await self.clean.follow_settings(about) if followed else ()
            return followed and all(_tells(row, deed.arguments[1]) for row in told)
        (standing,) = [one for one in await verb_of(self.clean, self.lists[0])() if one.id == about.id] or [None]
        if deed.verb.endswith("close_position"):
            return standing is None
        return standing is not None and all(getattr(standing, side) == asked for side, asked in deed.options.items())

    # -- what is done ---------------------------------------------------------------------------------------------

    async def _do(self, operation: str) -> None:
        try:
            deed = await self.history.play.prepare(operation, self.clean, self.history.server)
        except (NotOffered, IndexError, StopIteration, RuntimeError):  # not here, or nothing left to do it with
            return
        if operation == "set_tpsl":
            up, down = (Decimal(self.random.randint(*reach)).scaleb(-1) for reach in ((13, 19), (3, 7)))
            deed = deed._replace(options=triggers(deed.arguments[0], up, down))
        await self.history.note()
        self.now = done = Done(self.alias, deed)
        self.history.done.append(done)
        known = {record.id for record in self.ex.writes(limit=None)}
        await self._tried(done)
        self.now = None
        done.write_id = max({record.id for record in self.ex.writes(limit=None)} - known, default=None)
        done.as_asked = await self._as_asked(deed)
        self.history.say(f"{self.alias} {deed.verb}: {done.told} ({done.words[:300]})")

    async def _tried(self, done: Done) -> None:
        fate = self.random.random()
        self.wire.dies = "leaving" if fate < 0.06 else "answered" if fate < 0.12 else ""
        work = done.deed.do(self.ex)
        try:
            if fate > 0.9:
                await asyncio.wait_for(work, self.random.uniform(0, 0.3))
            else:
                done.words = f"by {(await work).confirmed_by}"
            done.told = "done"
        except Killed:
            done.words = "killed"
            for stage in self.history.stages.values():
                stage.ex = stage._connected()
        except uc.UnifiedCopyError as error:
            done.told = "unknown" if error.outcome == "unknown" else "not done"
            done.words = f"{type(error).__name__}: {error}"
        except TimeoutError:
            done.words = "cancelled"

    def _connected(self) -> DrivenExchange:
        history = self.history
        ex = history.play.connect(
            history.server,
            self.alias,
            base_url=ORIGIN,
            journal=history.folder,
            read_lag=history.lag + history.late + 0.05,
        )
        self.wire = _Watched(self)
        _put(ex, self.wire)
        return ex

    def die(self) -> None:
        """Leave the log as a killed process leaves it, unless another account's request is out: it would live on."""
        others = [stage for stage in self.history.stages.values() if stage is not self]
        if any(stage.now is not None for stage in others):
            return
        self.ex._core.writes.journal._db.close()
        journals._open.clear()
        raise Killed

    def fault(self, request: Request, writes: bool) -> Fault | None:
        """What goes wrong with a request."""
        if self.history.calm or self.random.random() > (0.6 if writes else 0.12):
            return None
        if not writes:
            return _copy(self.random.choice(UNREADABLE))
        if self.random.random() < 0.1:
            return Fault("pass", code="refused")
        fault = _copy(self.random.choice(EXECUTED_OR_NOT))
        fault.after_execution = self.random.random() < 0.6
        if fault.after_execution and self.random.random() < 0.3:
            fault.late = self.random.uniform(0, self.history.late)
        return fault


class _Watched(Wire):
    """A wire that keeps which requests a deed has sent, and what was true before each."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.history.server, TIMEOUT, stage.random, stage.fault)
        self._stage = stage
        self.dies: Literal["", "leaving", "answered"] = ""
        """When the next write kills the process."""

    def leaving(self, writes: bool) -> None:
        if writes and self.dies == "leaving":
            self._stage.die()

    def answered(self, writes: bool) -> None:
        if writes and self.dies == "answered":
            self._stage.die()

    async def arriving(self, request: Request, writes: bool) -> None:
        await self._stage.history.note()
        if writes and self._stage.now is not None:
            self._stage.now.sent_at.append(request.at)


def possible(page: Sequence[Any], truths: list[list[Any]]) -> bool:
    """Whether a list may have been read while it changed from one truth to the next: each row was true some time, and
    no row is missing that was true all the time.
    """
    ever = [row for truth in truths for row in truth]
    always = [row for row in truths[0] if all(row in truth for truth in truths)]
    return all(row in ever for row in page) and all(row in page for row in always)


def _tells(row: uc.FollowSettings, asked: uc.FollowSettings) -> bool:
    """Whether settings are as asked, as far as both speak."""
    for name in ("sizing", "take_profit", "stop_loss"):
        told, wish = getattr(row, name), getattr(asked, name)
        if told is not None and wish is not None and told != wish:
            return False
    return True


def _put(ex: DrivenExchange, wire: Wire) -> None:
    """Let a client speak over a wire; limits wait on a clock of their own, and are proved elsewhere."""
    ex._core.connection.transport = wire  # type: ignore[assignment]
    ex._core.connection._limits = _NoLimits()  # type: ignore[assignment]


class _NoLimits:
    """Every request may go at once."""

    async def enter(self, name: str, *, writes: bool) -> None: ...

    async def leave(self, taken: None) -> None: ...

    async def told(self, *said: Any) -> None: ...

    async def refused(self, *said: Any) -> None: ...

    async def close(self) -> None: ...


async def _stand_still(seconds: int) -> None:
    """Prices don't move."""


def _virtual_ms() -> int:
    return int(time.monotonic() * 1_000)


def _copy(fault: Fault) -> Fault:
    return Fault(**{name: getattr(fault, name) for name in Fault.__dataclass_fields__})


# -- the command ------------------------------------------------------------------------------------------------------


def one(seed: int) -> Ending:
    """Plays a seed."""
    random.seed(seed)  # the jitter of retries
    with TemporaryDirectory(prefix="history-", dir=_memory()) as folder:
        try:
            return virtual.run(_played(seed, Path(folder)))
        except Exception:
            return Ending(seed, [f"traceback: {traceback.format_exc()}"], Counter(), [])
        finally:
            journals._open.clear()


async def _played(seed: int, folder: Path) -> Ending:
    return await History(seed, folder).told()


def _memory() -> str | None:
    """Where a log costs no disk: what is proved here is not that it is on one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone, with its story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        ending = one(options.seed)
        for line in (*ending.story, *ending.violations):
            out(line)
        return 1 if ending.violations else 0
    began = time.monotonic()
    seeds = range(options.first, options.first + options.seeds)
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        return report(list(pool.map(one, seeds, chunksize=20)), time.monotonic() - began)


def report(endings: Sequence[Ending], seconds: float) -> int:
    """Prints the figures; 1 when there is a violation."""
    broken = [ending for ending in endings if ending.violations]
    for ending in broken[:50]:
        out(f"seed {ending.seed}: {ending.violations[0]}"[:600])
    told = sum((ending.deeds for ending in endings), Counter[str]())
    for name, count in sorted(told.items()):
        out(f"{name:32}{count:>9,}")
    kinds = Counter(violation.partition(":")[0] for ending in endings for violation in ending.violations)
    figures = ", ".join(f"{kinds[name]:,} {name}" for name in ("lost", "doubled", "wrong", "traceback"))
    out(f"{len(endings):,} histories, {sum(told.values()):,} deeds in {seconds:.0f} s: {figures}")
    if not broken:
        out(f"upper 95 % bound of a history that goes wrong: {3 / len(endings):.1e}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
