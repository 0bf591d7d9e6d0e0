"""Unreadable is not flat: structural mutants of every documented answer, each judged against the unchanged one.

Every answer of the case files that an endpoint with a verb is read from is changed in one to three places (a key
dropped, null, retyped, renamed, wrapped, emptied or written twice, a row twice, the bytes cut off) and read on the path
that the verbs use, with a scripted connection in the venue's place. A mutant of an answer with rows may give

* an error of the library (never another exception);
* a ``PartialResult``: each row that is delivered is one of the unchanged result, and no row is missing that is not
  counted as withheld;
* the same result: equal rows, the same cursor;
* the same rows, but with fields that are None, ``unknown`` or the schema's default, each of them optional, each read
  from a place that was changed. Unless the value became null or empty, which is how venues say nothing, ``drift`` must
  name something; but a key that the schema says rows may lack may be missing, and of several names for one field the
  next one counts.

Everything else is wrong: fewer rows, more rows, another number, side or symbol, an empty list, a walk that ends early.
A mutant of a write's answer may give an error, or a receipt with the same ids or with none.

What no reader can tell is no mutant (see ``mutations.py``), and two rows that differ and have no id are two.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.cases import cases
from tests.proof.fitting import required
from tests.proof.mutations import Change, Mutant, Path, keys, mutant, plain
from unifiedcopy import errors
from unifiedcopy.capabilities import capabilities
from unifiedcopy.connection import Connection
from unifiedcopy.driven.core import Core
from unifiedcopy.models import FollowedLeader, Follower, Position
from unifiedcopy.page import Page
from unifiedcopy.reading import Inquiry, Walk
from unifiedcopy.request import build
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.safety.protocol import Safety
from unifiedcopy.schema import Api, load_schema, pieces
from unifiedcopy.schema import compile as compiled
from unifiedcopy.schema.rows import Rows
from unifiedcopy.schema.verbs import VERBS
from unifiedcopy.schema.wire import item_paths
from unifiedcopy.secret import Credentials
from unifiedcopy.series import Series
from unifiedcopy.testing.cases import Accepted, Answer
from unifiedcopy.testing.samples import ABSENT, ACCOUNT, Sample, changed, repeating
from unifiedcopy.transport import Reply
from unifiedcopy.writing import receipt

MUTANTS, SEED, SHOWN = 10_000, 1, 20
SILENT = {"null", "empty"}
"""Ways that look as if the venue said nothing: no drift is due."""

UNREADABLE = object()


class Scripted(Connection):
    """A connection whose venue says one thing."""

    body = b""

    def __init__(self, api: Api) -> None:
        super().__init__(api, Credentials("key", "secret", "phrase"), "https://venue.invalid", Deadlines())

    async def ask(self, request: Any, parse: Any, leaving: Any = None) -> Any:
        return parse(Reply(200, self.body, None, 0))


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


class Subject:
    """One documented answer of one endpoint, read as a verb reads it."""

    def __init__(self, api: Api, case: Answer | Accepted) -> None:
        self.api, self.name, self.label = api, case.endpoint, case.label
        self.values = required(api.schema, case.endpoint, dict(getattr(case, "sent", {})))
        body = repeating(api.schema.endpoints[case.endpoint], case.raw, self.values)
        self.sample = Sample(api, case.endpoint, body, self.values)
        self.venue = Scripted(api)
        self._others: dict[str, list[Any]] = {}
        alone = Safety(read_back=False)
        self.core = Core(
            api, self.venue, capabilities(api), alias=ACCOUNT, write=True, convert=False, markets=(), safety=alone
        )
        self.rows: Path = tuple(_steps(self.sample.path)) if self.sample.path else ()
        self.lists = {tuple(_steps(path)) for path in item_paths(self.sample.spec)}
        self.whole = self.read(body)

    def read(self, body: bytes) -> Any:
        self.venue.body = body
        return done(self._read())

    async def _read(self) -> Any:
        inquiry = Inquiry(self.api, self.name, dict(self.values), None, {}, whole_pages=False)
        page = await anext(Walk(inquiry, self.venue, ACCOUNT).pages())
        return self.core.whole(page, self.name, partial=False)

    def fault(self, mutated: Mutant) -> str | None:
        """What is wrong with what a mutant is read as; None when nothing is."""
        try:
            got: Page[Any] = self.read(mutated.body)
            told = [_plain(item) for item in got]
        except errors.PartialResult as error:
            return self._fault_of_part(mutated, error.page)
        except errors.UnifiedCopyError:
            return None
        except Exception as error:
            return f"{type(error).__name__} escaped: {error}"
        if len(told) != len(self.whole):
            return None if self._doubled(mutated, got) else f"{len(told)} rows in place of {len(self.whole)}"
        if (
            found := self._fault_of_rows(mutated, got, list(zip(map(_plain, self.whole), told, strict=True)))
        ) is not None:
            return found
        if got.next is None and self.whole.next is not None and not self._silenced(mutated):
            return "the walk ends early: the cursor is gone"
        return None if got.next in (None, self.whole.next) else f"another cursor: {got.next!r}"

    @staticmethod
    def _doubled(mutated: Mutant, got: Page[Any]) -> bool:
        """Whether a row that came twice may be two: followers under masked names, or two that differ and have no id."""
        if not any(change.way == "double" for change in mutated.changes):
            return False
        differ = len(mutated.changes) > 1 and not any(isinstance(item, Position | FollowedLeader) for item in got)
        return differ or any(isinstance(item, Follower) and item.id is None for item in got)

    def _silenced(self, mutated: Mutant) -> bool:
        """Whether the cursor was made null or empty, by which venues say that nothing follows."""
        paging = self.api.schema.endpoints[self.name].paging
        told = {tuple(path.split(".")) for name in ("next", "more") if (path := getattr(paging, name, None))}
        return any(change.way in SILENT and keys(change.path) in told for change in mutated.changes)

    def _fault_of_part(self, mutated: Mutant, page: Page[Any]) -> str | None:
        before = [_plain(item) for item in self.whole]
        pairs = []
        for item in page:
            told = _plain(item)
            near = min(before, key=lambda row: sum(row[name] != told[name] for name in told), default=None)
            if near is None:
                return "a row that there is not"
            pairs.append((near, told))
        if len(page) + page.unread < len(before):
            return f"{len(page)} rows and {page.unread} withheld in place of {len(before)}"
        return self._fault_of_rows(mutated, page, pairs)

    def _fault_of_rows(self, mutated: Mutant, page: Page[Any], pairs: list[tuple[Any, Any]]) -> str | None:
        for before, after in pairs:
            for name, value in after.items():
                if value in (before[name], UNREADABLE):
                    continue
                if isinstance(value, list) and self._points_less(mutated, value, before[name]):
                    continue
                line = self.lines.get(name)
                if line is not None and value in self._other_names(name, line):
                    continue
                allowed = value in (None, "unknown", ()) or (line and value == line.field.default)
                if not allowed or line is None or line.canonical.required:
                    return f"{name} is {value!r}, not {before[name]!r}"
                ways = {change.way for change in mutated.changes if self._about(change, line.paths)}
                if not ways:
                    return f"{name} is {value!r}, not {before[name]!r}, and was not changed"
                lacking = {"drop"} if isinstance(line.field.source, list) or self._may_lack(line) else set()
                if value != () and not ways & (SILENT | lacking) and not page.drift:
                    return f"{name} is {value!r}, not {before[name]!r}, and no drift is told"
        return None

    def _other_names(self, name: str, line: Any) -> list[Any]:
        """What a field with several names is under each of them: the first that is there counts."""
        paths = line.field.source if isinstance(line.field.source, list) else []
        if name not in self._others:
            rows = self.sample.rows
            kept = [[changed(row, dict.fromkeys(set(paths) - {path}, ABSENT)) for row in rows] for path in paths]
            reads = [self.sample.read(rows) for rows in kept]
            self._others[name] = [
                getattr(item, name) for read in reads if isinstance(read, Rows) for item in read.items
            ]
        return self._others[name]

    def _may_lack(self, line: Any) -> bool:
        envelope = self.api.schema.envelope
        listed = set(self.api.schema.endpoints[self.name].may_lack)
        return (envelope is not None and envelope.omits_null) or bool(listed & set(line.paths))

    @staticmethod
    def _points_less(mutated: Mutant, after: list[Any], before: list[Any]) -> bool:
        """Whether a series lacks only points whose value became null or empty."""
        return any(change.way in SILENT for change in mutated.changes) and all(point in before for point in after)

    @property
    def lines(self) -> dict[str, Any]:
        return {line.canonical.name: line for line in self.api.reader(self.name).generator.lines}

    def _about(self, change: Change, paths: tuple[str, ...]) -> bool:
        """Whether a change is about one of a row's wire paths: inside the row, above or below the path."""
        inside = _inside(change.path, self.rows, single=self.sample.single)
        return inside is not None and any(
            inside[: len(path)] == path[: len(inside)] for path in (tuple(path.split(".")) for path in paths)
        )


class WriteSubject(Subject):
    """The documented answer of a write that worked."""

    async def _read(self) -> Any:
        request = build(self.api.schema.id, self.name, self.api.schema.endpoints[self.name], self.values)
        answer = await self.core.answer(request, lambda: None)
        return receipt(self.api, request, answer, ACCOUNT, (), journal_id="").ids

    def fault(self, mutated: Mutant) -> str | None:
        try:
            ids = self.read(mutated.body)
        except errors.OutcomeUnknown:
            return None
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return None if ids in ((), self.whole) else f"ids {ids}, not {self.whole}"


def _steps(path: str) -> Iterator[str | int]:
    for part in path.split("."):
        yield part.removesuffix("[0]")
        if part.endswith("[0]"):
            yield 0


def _inside(path: Path, rows: Path, *, single: bool) -> tuple[str, ...] | None:
    """A path from its row on; None when it is not inside of one."""
    depth = len(rows) + (0 if single else 1)
    if len(path) <= depth or plain(path)[: len(rows)] != rows:
        return None
    return keys(path[depth:])


def _plain(item: Any) -> dict[str, Any]:
    """A struct's fields, series decoded."""
    return {name: _points(getattr(item, name)) for name in item.__struct_fields__}


def _points(value: Any) -> Any:
    """The points of a series, which is decoded when somebody looks at it; one that can't be is an error then."""
    try:
        return value.points() if isinstance(value, Series) else value
    except errors.SchemaDrift:
        return UNREADABLE


@dataclass
class Figures:
    """What a run found."""

    mutants: int = 0
    faults: list[str] = field(default_factory=list)
    endpoints: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        bound = f"; 95 % upper bound {3 / self.mutants:.1e} of mutants" if self.mutants and not self.faults else ""
        return (
            f"{self.mutants:,} mutants of the answers of {len(self.endpoints)} endpoints: "
            f"{len(self.faults)} read as something else{bound}"
        )


def subjects() -> dict[str, list[Subject]]:
    """The documented answers that can be read, by ``<schema> <endpoint>``."""
    found: dict[str, list[Subject]] = {}
    for schema_id, file in cases().items():
        api = load_schema(schema_id)
        for case in file.answer:
            if case.status < 300 and api.schema.endpoints[case.endpoint].verb in VERBS:
                found.setdefault(f"{schema_id} {case.endpoint}", []).append(Subject(api, case))
        for accepted in file.accepted:
            if api.schema.endpoints[accepted.endpoint].verb in VERBS:
                found.setdefault(f"{schema_id} {accepted.endpoint}", []).append(WriteSubject(api, accepted))
    return found


def run(count: int, seed: int, only: str = "") -> Figures:
    """So many mutants of every endpoint."""
    figures = Figures()
    for name, known in subjects().items():
        if only not in name:
            continue
        random = Random(f"{seed} {name}")
        telling = [one for one in known if isinstance(one, WriteSubject) or len(one.whole)] or known
        for number in range(count):
            subject = telling[number % len(telling)]
            mutated = mutant(subject.sample.answer, subject.rows, subject.lists, random)
            fault = subject.fault(mutated)
            if fault is not None:
                figures.faults.append(f"{name}, {subject.label} [{mutated}]: {fault}")
        figures.mutants += count
        figures.endpoints[name] += count
    return figures


def main(arguments: list[str] | None = None) -> int:
    """0 when no mutant is read as something else."""
    parser = argparse.ArgumentParser("python -m tests.proof.answers", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=MUTANTS, metavar="N", help=f"of each endpoint ({MUTANTS:,})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"the same seed, the same mutants ({SEED})")
    parser.add_argument("--large", action="store_true", help="read every page as a large one is read, in pieces")
    parser.add_argument("--only", default="", metavar="TEXT", help="only endpoints whose name holds this")
    parser.add_argument("--shown", type=int, default=SHOWN, metavar="N", help="faults to print")
    asked = parser.parse_args(arguments)
    if asked.large:
        compiled.LARGE, pieces.PIECE = 0, 1
    began = time.monotonic()
    figures = run(asked.mutants, asked.seed, asked.only)
    for fault in figures.faults[: asked.shown]:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{figures} (seed {asked.seed}, {time.monotonic() - began:.0f} s)\n")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
