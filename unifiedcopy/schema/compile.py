"""From one endpoint of a schema to a reader: bytes in, canonical structs out.

Compiled once, on first use. A page takes one pass: the envelope, the rows and the paging fields are one typed decode,
then the generated function builds the structs. Whatever is unusual (an error code, a row that doesn't fit) leaves
this path for ``diagnose.py``, which reads the same bytes slowly and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec

from . import runtime
from .generate import Generator
from .model import Endpoint, Schema, wire_codes
from .rows import Rows, raw_rows
from .verbs import VERBS
from .wire import answer_tree, attribute_of, item_paths


class Reader:
    """Reads the answers of one endpoint of one schema."""

    def __init__(
        self, schema: Schema, name: str, endpoint: Endpoint, symbols: runtime.Symbols, where: Callable[..., str]
    ) -> None:
        self.schema, self.name, self.endpoint, self.where = schema, name, endpoint, where
        self.generator = Generator(schema, name, endpoint, VERBS[endpoint.verb or ""].returns, symbols)
        self._translate = self.generator.text_function()
        self._sends_numbers = False
        envelope = None if endpoint.bare else schema.envelope
        self._ok = wire_codes(envelope.ok) if envelope else frozenset()
        self._code = _getter(envelope.code) if envelope else None
        self._items = _rows_getter(item_paths(endpoint), single=endpoint.item is not None)
        paging = endpoint.paging
        self._next = _getter(paging.next) if paging and paging.next else None
        self._pages = _getter(paging.pages) if paging and paging.pages else None
        self._row_id = _getter(paging.row_id) if paging and paging.row_id else None
        self._read_text = self._page_reader(self.generator.wire(numbers=False), self._translate, learns=True)

    def answer_type(self, row: Any) -> Any:
        """The type of a whole answer with rows of a type."""
        return answer_tree(self.endpoint, self.schema.envelope, row).struct(f"Answer_{self.name}")

    def read(self, body: bytes, account: str | None = None, http_status: int = 200) -> Rows:
        """Every row of an answer.

        Raises:
            ExchangeError, OperationFailed: the venue answered an error code, or nothing that can be read.
        """
        if http_status < 300:
            try:
                return (self._read_numbers if self._sends_numbers else self._read_text)(body, account)
            except Exception as error:
                rows = self._second_try(body, account, error)
            if rows is not None:
                return rows
        slow: Rows = self._slow.read(body, account, http_status)
        return slow

    def _second_try(self, body: bytes, account: str | None, error: Exception) -> Rows | None:
        """The page with amounts of any JSON kind, symbols and words seen for the first time; None for another wrong."""
        if self._sends_numbers:
            return None
        try:
            rows = self._read_numbers(body, account)
        except Exception:
            return None
        # A venue that sends fractions goes on to: from now on the first try is the right one.
        self._sends_numbers = isinstance(error, msgspec.ValidationError)
        return rows

    def _page_reader(
        self, wire: type[Any], translate: Callable[..., list[Any]], *, learns: bool = False
    ) -> Callable[[bytes, str | None], Rows]:
        """Bytes to a page, with rows of a wire type."""
        decoder = msgspec.json.Decoder(self.answer_type(wire), strict=False, float_hook=runtime.exact)
        decode, code, ok, items, paged = decoder.decode, self._code, self._ok, self._items, self.paged

        def read(body: bytes, account: str | None) -> Rows:
            answer = decode(body)
            if code is not None and code(answer) not in ok:
                raise LookupError("an error code")
            wires = items(answer)
            if learns and wires:
                self._learn(body)
            found = paged(answer, wires)
            found.items = translate(wires, account)
            return found

        return read

    @cached_property
    def _read_numbers(self) -> Callable[[bytes, str | None], Rows]:
        """For amounts that may be JSON fractions; the other takes text and whole numbers and refuses all else."""
        return self._page_reader(self.generator.wire(numbers=True), self.translate_numbers)

    def _learn(self, body: bytes) -> None:
        """Takes the key order of the first row seen: a decoder finds keys fastest where it expects them."""
        order = tuple(next(iter(raw_rows(self.endpoint, body)), {}))
        self._read_text = self._page_reader(self.generator.wire(numbers=False, order=order), self._translate)

    @cached_property
    def translate_numbers(self) -> Callable[..., list[Any]]:
        """The translation of rows whose amounts may be any JSON value."""
        return self.generator.number_function()

    def paged(self, answer: Any, wires: list[Any]) -> Rows:
        """What the next request needs to know; the items are filled in afterwards (translating consumes the rows)."""
        found = Rows([], None, None, len(wires))
        if self.endpoint.paging is None:
            return found
        cursor = self._next(answer) if self._next is not None else None
        if not cursor and self._row_id is not None and wires:
            cursor = self._row_id(wires[-1])
        found.next = str(cursor) if cursor else None
        if self._pages is not None:
            found.pages = self._pages(answer) or None
        return found

    def row_of(self, body: bytes, item: Any, account: str | None) -> dict[str, Any] | None:
        """The venue's own object behind an item of an answer."""
        row: dict[str, Any] | None = self._slow.row_of(body, item, account)
        return row

    @cached_property
    def _slow(self) -> Any:
        from .diagnose import SlowPass  # noqa: PLC0415 (most processes never need it)

        return SlowPass(self)


def _getter(path: str) -> Callable[[Any], Any]:
    """Attribute access by wire path; None where the parent is missing or is a bare list."""
    *parents, last = [attribute_of(part) for part in path.split(".")]
    if not parents:
        return attrgetter(last)
    parent_of = attrgetter(".".join(parents))

    def get(answer: Any) -> Any:
        parent = parent_of(answer)
        return None if parent.__class__ is list or parent is None else getattr(parent, last)

    return get


def _rows_getter(paths: list[str], *, single: bool) -> Callable[[Any], list[Any]]:
    """The list of rows, whichever of the forms the venue chose."""
    if single:
        get = _getter(paths[0])
        return lambda answer: [get(answer)]
    if len(paths) == 1:
        return attrgetter(".".join(attribute_of(part) for part in paths[0].split(".")))
    first, *others = [_getter(path) for path in paths]

    def present(answer: Any) -> list[Any]:
        rows = first(answer)
        if rows.__class__ is list:
            return rows
        for get in others:
            rows = get(answer)
            if rows.__class__ is list:
                return rows
        raise ValueError("the answer holds no list")

    return present
