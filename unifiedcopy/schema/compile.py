"""From one endpoint of a schema to a reader: bytes in, canonical structs out.

Compiled once, on first use. A page takes one pass: the envelope, the rows and the paging fields are one typed decode,
then the generated function builds the structs. Whatever is unusual (an error code, a row that doesn't fit) leaves
this path for ``diagnose.py``, which reads the same bytes slowly and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NoReturn

import msgspec

from .. import errors
from . import runtime
from .envelope import STALE_MS, Question, differs, moment, too_many
from .generate import Generator
from .keys import Keys
from .model import Endpoint, Envelope, Schema, wire_codes
from .paths import FIRST
from .pieces import LARGE, cut, list_keys
from .rows import MOST_ROWS, Rows, as_row, raw_rows
from .verbs import VERBS
from .wire import answer_echoes, answer_tree, attribute_of, item_paths, row_echoes

Sent = Mapping[str, Any]
"""A request's parameters, as they were sent."""
LEARNED = 20
"""Rows of the first page that are looked at."""
NOTHING_SENT: Sent = MappingProxyType({})
NO_RAW = msgspec.Raw()
Hooks = dict[str, Callable[[dict[str, Any]], Any]]
"""Canonical field -> the function that makes it of a row."""


class Reader:
    """Reads the answers of one endpoint of one schema."""

    def __init__(
        self,
        schema: Schema,
        name: str,
        endpoint: Endpoint,
        symbols: runtime.Symbols,
        where: Callable[..., str],
        hooks: Hooks | None = None,
    ) -> None:
        self.schema, self.name, self.endpoint, self.where = schema, name, endpoint, where
        self.hooks: Hooks = {} if hooks is None else hooks
        self.generator = Generator(schema, name, endpoint, VERBS[endpoint.verb or ""].returns, symbols)
        self._translate = self.generator.text_function()
        self.hooked = tuple(line for line in self.generator.lines if line.field.hook is not None)
        self._sends_numbers = False
        self._needed = self.generator.tree.needed()
        envelope = None if endpoint.bare else schema.envelope
        self._ok = wire_codes(envelope.ok) if envelope else frozenset()
        self._code = _getter(envelope.code) if envelope else None
        self._row_mark, self._own_marks = _row_mark(envelope)
        self._items = _rows_getter(item_paths(endpoint), single=endpoint.item is not None)
        paging = endpoint.paging
        self._next = _getter(paging.next) if paging and paging.next else None
        self._pages = _getter(paging.pages) if paging and paging.pages else None
        self._more = _getter(paging.more) if paging and paging.more else None
        self._version = _getter(paging.version) if paging and paging.version else None
        self._row_id = _getter(paging.row_id) if paging and paging.row_id else None
        self._time = _getter(envelope.time) if envelope and envelope.time else None
        self._time_unit = envelope.time_unit if envelope else "ms"
        self._echoes = [(name, _getter(path)) for path, name in answer_echoes(endpoint).items()]
        self._row_echoes = [(name, _getter(path)) for path, name in row_echoes(endpoint).items()]
        self.keys = Keys()
        self._read_text = self._page_reader(self.generator.wire(numbers=False), self._translate, learns=True)

    def answer_type(self, row: Any) -> Any:
        """The type of a whole answer with rows of a type."""
        return answer_tree(self.endpoint, self.schema.envelope, row).struct(f"Answer_{self.name}")

    def read(
        self,
        body: bytes,
        account: str | None = None,
        http_status: int = 200,
        sent: Sent = NOTHING_SENT,
        asked_at: int | None = None,
    ) -> Rows:
        """Every row of an answer; ``sent`` are the request's parameters, for what an answer doesn't repeat, and
        ``asked_at`` is the venue's time when it was sent, where that is known.

        Raises:
            ExchangeError, OperationFailed: the venue answered an error code, or nothing that can be read.
        """
        question = Question(sent, asked_at)
        # A hook needs the whole row, which the fast path never builds; a code in a row, someone who looks at it.
        coded = self._row_mark and body.count(self._row_mark) > self._own_marks
        if http_status < 300 and not self.hooked and not coded and not too_many(body):
            try:
                return (self._read_numbers if self._sends_numbers else self._read_text)(body, account, question)
            except Exception as error:
                rows = self._second_try(body, account, question, error)
            if rows is not None:
                return rows
        slow: Rows = self._slow.read(body, account, http_status, question)
        return slow

    def read_once(self, body: bytes, account: str | None, sent: Sent) -> Rows:
        """The rows of an answer that was read before and seems to hold one of them twice."""
        rows: Rows = self._slow.read(body, account, 200, Question(sent), once=True)
        return rows

    def _second_try(self, body: bytes, account: str | None, question: Question, error: Exception) -> Rows | None:
        """The page with amounts of any JSON kind, symbols and words seen for the first time; None for another wrong."""
        if self._sends_numbers:
            return None
        try:
            rows = self._read_numbers(body, account, question)
        except Exception:
            return None
        # A venue that sends fractions goes on to: from now on the first try is the right one.
        self._sends_numbers = isinstance(error, msgspec.ValidationError)
        return rows

    def _page_reader(
        self, wire: type[Any], translate: Callable[..., list[Any]], *, learns: bool = False
    ) -> Callable[[bytes, str | None, Question], Rows]:
        """Bytes to a page, with rows of a wire type."""
        row_key = self.endpoint.row_key
        unwrap = values_as_rows(row_key, wire) if row_key else None
        decode = _decoder(self.answer_type(msgspec.Raw if unwrap else wire))
        code, ok, items, paged = self._code, self._ok, self._items, self.paged

        def opened(body: bytes) -> tuple[Any, list[Any]]:
            answer = decode(body)
            if code is not None and code(answer) not in ok:
                raise LookupError("an error code")
            return answer, items(answer)

        in_pieces = self._pieces_reader(wire, translate, opened)

        def read(body: bytes, account: str | None, question: Question) -> Rows:
            if len(body) >= LARGE and not learns:
                with suppress(Exception):  # whatever it was, reading the whole tells it
                    return in_pieces(body, account, question)
            answer, wires = opened(body)
            if unwrap is not None:
                wires = unwrap(wires)
            self._refuse_odd(answer, wires, question)
            if learns and wires:
                self._learn(body)
            found = paged(answer, wires)
            found.items = translate(wires, account, question.sent)
            return found

        return read

    def _refuse_odd(self, answer: Any, wires: list[Any], question: Question) -> None:
        """Raises for what the slow pass must look at: an answer of another question, and rows that hold nothing of what
        is read, where no key is needed: they would be structs of Nones.
        """
        if len(wires) > MOST_ROWS:
            raise LookupError("too many rows")
        if not self._fits(answer, wires, question):
            raise LookupError("an answer of another question")
        if not self._needed and any(map(_is_hollow, wires)):
            raise LookupError("a row without any of the mapped keys, or all of them null")

    def _pieces_reader(
        self, wire: type[Any], translate: Callable[..., list[Any]], opened: Callable[[bytes], tuple[Any, list[Any]]]
    ) -> Callable[[bytes, str | None, Question], Rows]:
        """The same for large pages; raises where the page can't be cut."""
        keys, decode = list_keys(self.endpoint), _decoder(list[wire])  # type: ignore[valid-type]

        def read(body: bytes, account: str | None, question: Question) -> Rows:
            page = cut(body, keys)
            answer, last = opened(page.around(page.last_row()))
            if not last or opened(page.around(b""))[1]:
                raise LookupError("what was cut is not the list of rows")
            found = self.paged(answer, last)
            found.sent = 0
            for wires in map(decode, page.pieces()):
                self._refuse_odd(answer, wires, question)
                found.sent += len(wires)
                found.items += translate(wires, account, question.sent)
                if found.sent > MOST_ROWS:
                    raise LookupError("too many rows")
            return found

        return read

    def _fits(self, answer: Any, wires: list[Any], question: Question) -> bool:
        """Whether an answer is of a question, as far as it tells; ``Verdict`` says what is wrong."""
        if self._time is not None and question.at is not None:
            made = moment(self._time(answer), self._time_unit)
            if made is not None and made < question.at - STALE_MS:
                return False
        sent = question.sent
        for name, get in self._echoes:
            if (asked := sent.get(name)) is not None and differs(get(answer), asked):
                return False
        for name, get in self._row_echoes:
            if (asked := sent.get(name)) is not None and any(differs(get(wire), asked) for wire in wires):
                return False
        return True

    @cached_property
    def _read_numbers(self) -> Callable[[bytes, str | None, Question], Rows]:
        """For amounts that may be JSON fractions; the other takes text and whole numbers and refuses all else."""
        return self._page_reader(self.generator.wire(numbers=True), self.translate_numbers)

    def _learn(self, body: bytes) -> None:
        """Takes the key order of the first row seen: a decoder finds keys fastest where it expects them; and which
        amounts the first rows fill: those of a page are read fastest at once.
        """
        rows = raw_rows(self.endpoint, body)[:LEARNED]
        wire = self.generator.wire(numbers=False, order=tuple(rows[0] if rows else ()))
        self._read_text = self._page_reader(wire, self.generator.filled_function(rows, self._translate))

    @cached_property
    def translate_numbers(self) -> Callable[..., list[Any]]:
        """The translation of rows whose amounts may be any JSON value."""
        return self.generator.number_function()

    def paged(self, answer: Any, wires: list[Any]) -> Rows:
        """What the next request needs to know; the items are filled in afterwards."""
        found = Rows([], sent=len(wires))
        if self.endpoint.paging is None:
            return found
        cursor = self._next(answer) if self._next is not None else None
        if cursor is msgspec.UNSET:
            if wires and not (self._row_id or self._more):
                self._refuse_lost_cursor(self.endpoint.paging.next)
            cursor = None
        if not cursor and self._row_id is not None and wires:
            cursor = self._row_id(wires[-1]) or self._refuse_lost_cursor(self.endpoint.paging.row_id)
        found.next = str(cursor) if cursor else None
        if self._pages is not None:
            found.pages = self._pages(answer) or None
        if self._more is not None and self._more(answer) in (False, "false", 0, "0"):
            found.next, found.last = None, True
        if self._version is not None:
            found.version = str(self._version(answer) or "") or None
        return found

    def _refuse_lost_cursor(self, path: str | None) -> NoReturn:
        """Rows without what the next page is asked by: venues leave it empty at the end, but don't leave it out."""
        raise errors.SchemaDrift(
            f"rows come without {path}, which tells whether more follow "
            f"[{self.where('endpoints', self.name, 'paging')}]",
            outcome="unknown",
            exchange=self.schema.id,
            endpoint=self.name,
        )

    def row_of(
        self, body: bytes, matches: Callable[[Any], bool], account: str | None, sent: Sent = NOTHING_SENT
    ) -> dict[str, Any] | None:
        """The venue's own object behind an item of an answer."""
        row: dict[str, Any] | None = self._slow.row_of(body, matches, account, sent)
        return row

    @cached_property
    def _slow(self) -> Any:
        from .diagnose import SlowPass  # noqa: PLC0415 (most processes never need it)

        return SlowPass(self)


def _row_mark(envelope: Envelope | None) -> tuple[bytes, int]:
    """The bytes by which an answer shows that a row may have a code of its own, which the slow pass looks at, and how
    often the envelope itself has them.
    """
    if envelope is None or envelope.rows is None or envelope.row_code is None:
        return b"", 0
    key = envelope.row_code.rpartition(".")[2]
    return f'"{key}"'.encode(), int(key in envelope.code.split("."))


def _decoder(typ: Any) -> Callable[[bytes], Any]:
    """Lenient about text for a number, exact about every digit."""
    return msgspec.json.Decoder(typ, strict=False, float_hook=runtime.exact).decode


def _getter(path: str) -> Callable[[Any], Any]:
    """Attribute access by path; None where the parent is missing, is a bare list, or wraps nothing."""
    if FIRST in path:
        return _careful_getter(path)
    *parents, last = [attribute_of(part) for part in path.split(".")]
    if not parents:
        return attrgetter(last)
    parent_of = attrgetter(".".join(parents))

    def get(answer: Any) -> Any:
        parent = parent_of(answer)
        return None if parent.__class__ is list or parent is None else getattr(parent, last)

    return get


def _careful_getter(path: str) -> Callable[[Any], Any]:
    """Through lists of one; None where one of them is empty."""
    steps = [(attribute_of(part.removesuffix(FIRST)), part.endswith(FIRST)) for part in path.split(".")]

    def get(answer: Any) -> Any:
        for name, wrapped in steps:
            answer = getattr(answer, name)
            if wrapped:
                answer = answer[0] if answer else None
            if answer is None:
                return None
        return answer

    return get


def _rows_getter(paths: list[str], *, single: bool) -> Callable[[Any], list[Any]]:
    """The list of rows, whichever of the forms the venue chose."""
    getters = [_getter(path) for path in paths]
    first, *others = getters
    if single:
        return lambda answer: [] if (row := first(answer)) is None else [row]
    if not others and FIRST in paths[0]:
        return lambda answer: first(answer) or []
    if not others:
        return attrgetter(".".join(attribute_of(part) for part in paths[0].split(".")))

    def present(answer: Any) -> list[Any]:
        for get in getters:
            rows = get(answer)
            if rows.__class__ is list:
                return rows
        raise ValueError("the answer holds no list")

    return present


def _is_hollow(wire: Any) -> bool:
    return all(getattr(wire, name) in (None, NO_RAW) for name in wire.__struct_fields__)


def values_as_rows(key: str, wire: type[Any]) -> Callable[[list[msgspec.Raw]], list[Any]]:
    """Bare values as rows of one key."""
    decode = _decoder(wire)
    return lambda values: [decode(as_row(key, value)) for value in values]
