"""One cell of the matrix: a fault, an API, an operation; what the caller was told against what the venue did."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, Protocol

import unifiedcopy as uc
from tests.proof.catalogue import CATALOGUE, LAG, Entry
from tests.proof.origins import Origins
from tests.proof.plays import OPERATIONS, PLAYS, Deed, NotOffered, Play, verb_of
from tests.proof.scene import NotApplicable, Scene
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.sandbox import Request, Sandbox, VenueServer

TIMEOUT = 4.0
"""Seconds for one request."""
READ_LAG = 2 * LAG

Found = Literal[
    "right", "open", "lie", "lost", "doubled", "wrong", "leaked", "hang", "traceback", "idle", "not offered"
]
VIOLATIONS: tuple[Found, ...] = ("lost", "doubled", "wrong", "leaked", "hang", "traceback", "idle", "broken")
Told = Literal["done", "not done", "unknown"]


class Cell(NamedTuple):
    """Where in the matrix."""

    api: str
    operation: str
    fault: str
    executed: bool | None

    def __str__(self) -> str:
        acted = {True: "/done", False: "/not-done", None: ""}[self.executed]
        return f"{self.api}/{self.operation}/{self.fault}{acted}"


class Result(NamedTuple):
    """What a cell came to, and in which words."""

    cell: Cell
    found: tuple[Found, ...]
    words: str
    seconds: float


class Client(Protocol):
    """Whoever calls: the library, or what it is compared with."""

    name: str
    deadline: float
    """Seconds after which a call hangs."""

    def connect(
        self, play: Play, server: VenueServer, account: str, folder: Path, base_url: str, markets: list[str] | None
    ) -> DrivenExchange: ...
    def told(self, error: BaseException) -> Told | None:
        """What an error says of the deed; None when no caller should see such an error."""


class Ours:
    """The library as it is."""

    name = "unifiedcopy"
    deadline = 45.0  # the retries of a read, and the looks of a verdict

    def connect(
        self, play: Play, server: VenueServer, account: str, folder: Path, base_url: str, markets: list[str] | None
    ) -> DrivenExchange:
        return play.connect(
            server, account, journal=folder, read_lag=READ_LAG, timeout=TIMEOUT, base_url=base_url, markets=markets
        )

    def told(self, error: BaseException) -> Told | None:
        if not isinstance(error, uc.UnifiedCopyError):
            return None
        return "unknown" if error.outcome == "unknown" else "not done"


def cells() -> Iterator[Cell]:
    """The whole matrix, in a fixed order."""
    for api in PLAYS:
        for operation in OPERATIONS:
            for entry in CATALOGUE.values():
                for executed in (None,) if operation == "reads" else entry.executed:
                    yield Cell(api, operation, entry.id, executed)


async def run(cell: Cell, origins: Origins, client: Client) -> Result:
    """Plays one cell on a venue of its own."""
    play, entry = PLAYS[cell.api], CATALOGUE[cell.fault]
    began = time.monotonic()
    with TemporaryDirectory(prefix="cell-") as folder:
        async with Sandbox(seed=7, venues=[play.served_by], skew=entry.skew) as box:
            server = box[play.served_by]
            play.arrange(server)
            try:
                found, words = await _Played(cell, play, entry, server, origins, client, Path(folder)).judged()
            except (NotApplicable, NotOffered) as reason:
                found, words = {"not offered"}, str(reason)
            except Exception as error:  # the cell itself is wrong; the others go on
                found, words = {"broken"}, f"{type(error).__name__}: {error}"
    return Result(cell, tuple(sorted(found)), words, time.monotonic() - began)


class _Played:
    """A cell while it is played."""

    def __init__(
        self,
        cell: Cell,
        play: Play,
        entry: Entry,
        server: VenueServer,
        origins: Origins,
        client: Client,
        folder: Path,
    ) -> None:
        self.cell, self.play, self.entry, self.server = cell, play, entry, server
        self.origins, self.client, self.folder = origins, client, folder
        with_api = play.connect(server)
        self.account = play.who(with_api, cell.operation)
        self.lists = play.lists(with_api)

    async def judged(self) -> tuple[set[Found], str]:
        deed, method, path = await self._prepared()
        truth = await self._truth()
        ex = self.client.connect(self.play, self.server, self.account, self.folder, self._base_url(), self._markets())
        scene = Scene(self.play, self.server, ex, self.origins, self.lists, deed, method, path, self.cell.executed)
        scene.token = str(self.cell).replace("/", "-").replace(" ", "_") + f"-{id(self)}"
        struck, received = self.server.faults.struck, len(self.server.requests)
        try:
            self.entry.strike(scene)
            if self.entry.refused:
                await self.server.refuse()
            found, words = await (self._read(ex, truth) if deed is None else self._done(ex, deed))
        finally:
            await ex.aclose()
        met = self.server.faults.struck - struck
        if len(self.server.faults) and met <= bool(scene.looks):
            self._refuse_no_place(scene, met, found, words, self.server.requests[received:])
            found, words = found | {"idle"}, f"{words}; the fault met no request"
        if self._leaked(scene.token):
            found.discard("right")
            found.add("leaked")
        return found, words

    def _refuse_no_place(self, scene: Scene, met: int, found: set[Found], words: str, requests: list[Request]) -> None:
        """The deed's answer was lost, and what its outcome was looked up in has no place for the fault."""
        if not scene.looks or met != 1:
            return
        if found == {"open"}:
            raise NotApplicable(f"the outcome is not looked up here: {words}")
        read = {(one.method, one.path) for one in requests} - {(scene.method, scene.path)}
        if found == {"right"} and read and not read & scene.looks:
            raise NotApplicable(f"the outcome is looked up in other lists: {', '.join(path for _, path in read)}")

    # -- before ---------------------------------------------------------------------------------------------------

    def _base_url(self) -> str:
        if self.entry.tls:
            return self.origins.tls[self.entry.tls].url
        # The venue's time is known by its address: under another name it is asked for anew.
        return self.server.url.replace("127.0.0.1", "localhost" if self.entry.first == "unsynced" else "127.0.0.1")

    def _markets(self) -> list[str] | None:
        """Lists in pages are read of one market, so that the pages that a fault counts are of one list."""
        known = self.play.connect(self.server).can.markets
        return list(known[:1]) if self.entry.first == "many" and known else None

    async def _prepared(self) -> tuple[Deed | None, str, str]:
        async with self.play.connect(self.server, self.account) as ex:
            if self.entry.first == "many":
                self._fill(self._scene(ex).most_rows())
            deed = None
            if self.cell.operation != "reads":
                deed = await self.play.prepare(self.cell.operation, ex, self.server)
            if self.entry.first in ("read", "change"):
                await self._lists_of(ex)
            if self.entry.first == "change" and deed is None:
                self._change()
            return (deed, *(await deed.wire(ex) if deed else ("", "")))

    def _scene(self, ex: DrivenExchange) -> Scene:
        return Scene(self.play, self.server, ex, self.origins, self.lists, None)

    def _fill(self, rows: int) -> None:
        try:
            self.server.seed_positions(rows, self.account)
        except ValueError as reason:  # whom to copy is for the engine alone to choose
            raise NotApplicable(f"the sandbox can't fill the list: {reason}") from None

    def _change(self) -> None:
        """Somebody closes a position."""
        held = self.server.world.book.open_positions(self.account)
        if len(held) > 1:
            self.server.world.book.close(held[-1])

    async def _truth(self) -> dict[str, list[Any]]:
        """The lists as they are, read without a fault."""
        if self.cell.operation != "reads":
            return {}
        async with self.play.connect(self.server, self.account, markets=self._markets()) as ex:
            return {verb: list(page) for verb, page in (await self._lists_of(ex)).items()}

    async def _lists_of(self, ex: DrivenExchange) -> dict[str, Any]:
        return {verb: await verb_of(ex, verb)() for verb in self.lists}

    # -- after ----------------------------------------------------------------------------------------------------

    async def _done(self, ex: DrivenExchange, deed: Deed) -> tuple[set[Found], str]:
        before = len(self.server.executions)
        told, words = await self._told(deed.do(ex))
        await self.server.acting.done()
        executed = len(self.server.executions) - before
        words = f"told {told}, executed {executed} times: {words}"
        if told in ("hang", "traceback"):
            return {told}, words
        found: set[Found] = set()
        if executed > (2 if self.entry.name == "done twice" else 1):
            found.add("doubled")
        if (told == "done" and not executed) or (told == "not done" and executed):
            found.add("lost")
        return found or {"open" if told == "unknown" else "right"}, words

    async def _read(self, ex: DrivenExchange, truth: dict[str, list[Any]]) -> tuple[set[Found], str]:
        read = await asyncio.gather(*(self._read_one(ex, verb, true) for verb, true in truth.items()))
        found = {one for one, _ in read if one != "right"}
        return found or {"right"}, "; ".join(words for _, words in read)

    async def _read_one(self, ex: DrivenExchange, verb: str, true: list[Any]) -> tuple[Found, str]:
        pages: list[Any] = []
        told, words = await self._told(verb_of(ex, verb)(), pages)
        if told in ("hang", "traceback"):
            return told, f"{verb}: {words}"
        if pages and not same(pages[0], true, without=("leader_name",)):
            words = f"{len(pages[0])} rows instead of {len(true)}, or other ones"
            return "lie" if self.entry.lie else "wrong", f"{verb}: {words}"
        return "right", f"{verb}: {words}"

    async def _told(self, work: Any, results: list[Any] | None = None) -> tuple[Any, str]:
        try:
            result = await asyncio.wait_for(work, self.client.deadline)
        except Exception as error:
            if isinstance(error, TimeoutError) and not isinstance(error, uc.UnifiedCopyError):
                return "hang", f"no end after {self.client.deadline:.0f} s"
            told = self.client.told(error)
            return told or "traceback", f"{type(error).__name__}: {error}"
        if results is not None:
            results.append(result)
        return "done", inspect.cleandoc(repr(result))[:200]

    def _leaked(self, token: str) -> bool:
        if self.entry.tls:
            return bool(self.origins.tls[self.entry.tls].received)
        return self.origins.evil.received[token] > 0


def same(page: Any, truth: list[Any], without: tuple[str, ...] = ()) -> bool:
    """Whether a page holds the true rows, in any order; a word that is not known may be missing when it is reported."""
    rows, true = ({_key(row): row for row in part} for part in (page, truth))
    if len(rows) != len(page) or rows.keys() != true.keys():
        return False
    others = [(row, true[key]) for key, row in rows.items() if not _equal(row, true[key], without)]
    return not others or (bool(page.drift) and all(_equal(*pair, without, reported=True) for pair in others))


def _key(row: Any) -> Any:
    return getattr(row, "id", None) or row.leader_id


def _equal(row: Any, true: Any, without: tuple[str, ...], *, reported: bool = False) -> bool:
    for name in row.__struct_fields__:
        got, is_ = getattr(row, name), getattr(true, name)
        if name not in without and got != is_ and not (reported and got in (None, "unknown")):
            return False
    return True
