"""The slow pass: reads a page again, row by row, and says which field of which row is wrong.

It runs when the fast path met an exception or an error code, and for endpoints with hooks. One bad row does not take
the others with it, and does not vanish: it is withheld, with row, field, wire path, value and the line of the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from .. import errors
from ..models import FollowedLeader, Position
from . import runtime
from .envelope import Question, Verdict, clean
from .hooks import hooked
from .kinds import WIRE_TYPES
from .paths import at
from .rows import DIAGNOSED, MOST_ROWS, Problem, Rows, as_row, identity
from .wire import Tree, item_paths

if TYPE_CHECKING:
    from .compile import Reader, Sent


class SlowPass:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.verdict = Verdict(reader.schema)
        self._rows = msgspec.json.Decoder(reader.answer_type(msgspec.Raw), strict=False)
        self._row = msgspec.json.Decoder(reader.generator.wire(numbers=True), strict=False, float_hook=runtime.exact)
        self._any = msgspec.json.Decoder(float_hook=runtime.exact)

    def read(
        self, body: bytes, account: str | None, http_status: int, question: Question, *, once: bool = False
    ) -> Rows:
        """Every row that can be read; ``once`` takes a row that stands there twice for one."""
        reader, endpoint = self.reader, self.reader.endpoint
        try:
            self.verdict.check(reader.name, endpoint, body, http_status, question)
        except errors.UnifiedCopyError as error:
            if error.code is not None and error.code in endpoint.empty_codes and http_status < 500:
                return Rows([], said_empty=True)
            raise
        answer, raws = self._split(body, http_status)
        if len(raws) > MOST_ROWS:
            raise errors.BadResponse(
                f"the answer holds {len(raws):,} rows; more than {MOST_ROWS:,} are not read",
                outcome="unknown", exchange=reader.schema.id, endpoint=reader.name, http_status=http_status,
            )  # fmt: skip
        items, wires, withheld = self._sorted(raws, account, question.sent, once=once)
        found = reader.paged(answer, wires)
        found.items, found.withheld, found.sent = items, tuple(withheld), len(raws)
        found.unread = len({problem.row for problem in withheld})
        return found

    def _sorted(
        self, raws: list[Any], account: str | None, sent: Sent, *, once: bool
    ) -> tuple[list[Any], list[Any], list[Problem]]:
        """The items and wire rows of what can be read, and the problems of the rest."""
        items: list[Any] = []
        wires: list[Any] = []
        withheld: list[Problem] = []
        seen: set[Any] = set()
        for index, raw in enumerate(map(bytes, raws)):
            if once and raw in seen:
                continue
            try:
                wire = self._row.decode(raw)
                self._refuse_hollow(raw)
                made = self._made(wire, raw, account, sent)
            except Exception:
                told = len(withheld) < DIAGNOSED
                withheld += self._problems(index, raw, account, sent) if told else [self._untold(index)]
                continue
            seen.add(raw)
            wires.append(wire)
            if once and made and isinstance(made[0], Position | FollowedLeader):
                if (known := identity(made[0])) in seen:
                    withheld.append(self._second(index, known))
                    continue
                seen.add(known)
            items += made
        return items, wires, withheld

    def _untold(self, index: int) -> Problem:
        """One more row that can't be read, after enough of them."""
        return Problem(index, None, "", "can't be read either", self.reader.where("endpoints", self.reader.name))

    def _second(self, index: int, known: str) -> Problem:
        """A row under an id that another row has: which of them is true is not told."""
        field = "leader_id" if self.reader.generator.struct is FollowedLeader else "id"
        line = next(line for line in self.reader.generator.lines if line.canonical.name == field)
        where = self.reader.where("endpoints", self.reader.name, "fields", field)
        return Problem(index, field, ", ".join(line.paths), f"{clean(known)!r} stands there twice, and differs", where)

    def row_of(
        self, body: bytes, matches: Callable[[Any], bool], account: str | None, sent: Sent
    ) -> dict[str, Any] | None:
        """The venue's own object behind an item, numbers exact; None when it is of another answer."""
        for raw in self._split(body, 200)[1]:
            try:
                made = self._made(self._row.decode(raw), raw, account, sent)
            except Exception:  # noqa: S112 (a row that can't be read is nobody's)
                continue
            if made and matches(made[0]):
                row: dict[str, Any] = self._any.decode(raw)
                return row
        return None

    def _refuse_hollow(self, raw: Any) -> None:
        """A row with none of the keys that are read would be a struct of Nones."""
        tree = self.reader.generator.tree
        if tree.children and not tree.needed() and not tree.children.keys() & self._any.decode(raw).keys():
            raise LookupError("none of the mapped keys is there")

    def _made(self, wire: Any, raw: Any, account: str | None, sent: Sent) -> list[Any]:
        """The item of a row, hooked fields included; none for a placeholder."""
        items = self.reader.translate_numbers([wire], account, sent)
        if not self.reader.hooked or not items:
            return items
        row = self._any.decode(raw)
        values = {line.canonical.name: hooked(self.reader.hooks, line, row) for line in self.reader.hooked}
        return [msgspec.structs.replace(item, **values) for item in items]

    def _split(self, body: bytes, http_status: int) -> tuple[Any, list[Any]]:
        """The answer with its rows as raw slices."""
        reader = self.reader
        try:
            answer = self._rows.decode(body)
            raws = reader._items(answer)
            if any(bytes(raw).startswith(b"[") for raw in raws):
                raise ValueError("rows are lists")
            return answer, [as_row(key, raw) for raw in raws] if (key := reader.endpoint.row_key) else raws
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            paths = " or ".join(item or "the answer" for item in _paths(reader))
            null = all(at(self._any.decode(body), path) is None for path in _paths(reader))
            kind = errors.NullResponse if null else errors.SchemaDrift
            what = "nothing stands" if null else f"something else stands ({error})"
            raise kind(
                f"{what} at {paths}, where the schema says rows [{reader.where('endpoints', reader.name)}]",
                outcome="unknown", exchange=reader.schema.id, endpoint=reader.name, http_status=http_status,
            ) from None  # fmt: skip

    def _problems(self, index: int, raw: bytes, account: str | None, sent: Sent) -> list[Problem]:
        """What is wrong with a row: wire types first, then each field's own conversion."""
        row = self._any.decode(raw)
        here = self.reader.where("endpoints", self.reader.name)
        if not isinstance(row, dict):
            return [Problem(index, None, "", f"{clean(repr(row))} is not an object", here)]
        found = [*self._wire_problems(index, row), *self._field_problems(index, raw, account, sent)]
        if not found and (only := self.reader.endpoint.only) is not None:
            reason = f"{clean(repr(at(row, only.source)))} is not in the table {only.enum!r}"
            line = self.reader.where("endpoints", self.reader.name, "only")
            return [Problem(index, None, only.source, reason, line)]
        none = not self.reader.generator.tree.children.keys() & row.keys()
        why = "none of the mapped keys is there" if none else "the row can't be read"
        return found or [Problem(index, None, "", why, here)]

    def _wire_problems(self, index: int, row: dict[str, Any]) -> Iterator[Problem]:
        for path, leaf in leaves(self.reader.generator.tree):
            value = at(row, path)
            if value is None and not _present(row, path) and leaf.presence:
                yield Problem(index, self._field_of(path), path, "is missing", self._line_of(path))
                continue
            if value is None and not leaf.presence:
                continue
            typ = WIRE_TYPES[leaf.group or "amount", leaf.presence]
            if leaf.group == "amount" or typ is msgspec.Raw:
                continue
            try:
                msgspec.convert(value, typ, strict=False)
            except msgspec.ValidationError as error:
                yield Problem(index, self._field_of(path), path, f"{clean(repr(value))}: {error}", self._line_of(path))

    def _field_problems(self, index: int, raw: bytes, account: str | None, sent: Sent) -> Iterator[Problem]:
        try:
            wire = self._row.decode(raw)
        except msgspec.MsgspecError:
            return
        for line in self.reader.generator.lines:
            name, path = line.canonical.name, ", ".join(line.paths)
            try:
                if line.field.hook is not None:
                    hooked(self.reader.hooks, line, self._any.decode(raw))
                else:
                    self.reader.generator.field_function(line)(wire, account, sent)
            except Exception as error:
                reason = clean(str(error)) or type(error).__name__
                yield Problem(
                    index, name, path, reason, self.reader.where("endpoints", self.reader.name, "fields", name)
                )

    def _field_of(self, path: str) -> str | None:
        return next((line.canonical.name for line in self.reader.generator.lines if path in line.paths), None)

    def _line_of(self, path: str) -> str:
        name = self._field_of(path)
        tail = ("fields", name) if name else ("skip_zero",)
        return self.reader.where("endpoints", self.reader.name, *tail)


def leaves(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Tree]]:
    """Every wire path of a tree."""
    for key, child in tree.children.items():
        path = f"{prefix}.{key}" if prefix else key
        if child.children:
            yield from leaves(child, path)
        else:
            yield path, child


def _present(row: dict[str, Any], path: str) -> bool:
    *parents, last = path.split(".")
    parent = at(row, ".".join(parents)) if parents else row
    return isinstance(parent, dict) and last in parent


def _paths(reader: Reader) -> list[str]:
    return item_paths(reader.endpoint)
