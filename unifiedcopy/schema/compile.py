"""From one endpoint of a schema to a reader: bytes in, canonical structs out.

Compiled once, on first use. A page takes one pass: the envelope, the rows and the paging fields are one typed decode,
then the generated function builds the structs. Whatever is unusual (an error code, a row that doesn't fit) leaves
this path for ``diagnose.py``, which reads the same bytes slowly and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from . import runtime
from .generate import Generator
from .model import Endpoint, Schema, wire_codes
from .rows import Problem, Rows
from .verbs import VERBS
from .wire import answer_tree, attribute_of, item_paths


class Reader:
    """Reads the answers of one endpoint of one schema."""

    def __init__(
        self, schema: Schema, name: str, endpoint: Endpoint, symbols: runtime.Symbols, where: Callable[..., str]
    ) -> None:
        self.schema, self.name, self.endpoint, self.where = schema, name, endpoint, where
        self.generator = Generator(schema, name, endpoint, VERBS[endpoint.verb or ""].returns, symbols)
        self._plain, self._careful = self.generator.functions()
        self.answer = self.answer_type(self.generator.wire)
        self._decode = msgspec.json.Decoder(self.answer, strict=False, float_hook=runtime.exact).decode
        envelope = None if endpoint.bare else schema.envelope
        self._ok = wire_codes(envelope.ok) if envelope else frozenset()
        self._code = _getter(envelope.code) if envelope else None
        self._items = _rows_getter(item_paths(endpoint), single=endpoint.item is not None)
        paging = endpoint.paging
        self._next = _getter(paging.next) if paging and paging.next else None
        self._pages = _getter(paging.pages) if paging and paging.pages else None
        self._row_id = _getter(paging.row_id) if paging and paging.row_id else None

    def answer_type(self, row: Any) -> Any:
        """The type of a whole answer with rows of a type."""
        return answer_tree(self.endpoint, self.schema.envelope, row).struct(f"Answer_{self.name}")

    def read(self, body: bytes, account: str | None = None, http_status: int = 200) -> Rows:
        """Every row of an answer.

        Raises:
            ExchangeError, OperationFailed: the venue answered an error code, or nothing that can be read.
        """
        try:
            answer = self._decode(body) if http_status < 300 else None
            if answer is not None and (self._code is None or self._code(answer) in self._ok):
                wires = self._items(answer)
                # Decimal takes True and foreign digits for numbers; a page without either needs no check.
                plain = body.isascii() and b"true" not in body and b"\\" not in body
                return self.paged(answer, wires, (self._plain if plain else self._careful)(wires, account))
        except Exception:  # noqa: S110 (whatever it was, the slow pass says it with its place)
            pass
        rows: Rows = self._slow.read(body, account, http_status)
        return rows

    def paged(self, answer: Any, wires: list[Any], rows: list[Any], withheld: tuple[Problem, ...] = ()) -> Rows:
        """The rows with what the next request needs to know."""
        if self.endpoint.paging is None:
            return Rows(rows, None, None, len(wires), withheld)
        cursor = self._next(answer) if self._next else None
        if cursor in (None, "") and self._row_id and wires:
            cursor = self._row_id(wires[-1])
        pages = self._pages(answer) if self._pages else None
        return Rows(rows, str(cursor) if cursor not in (None, "") else None, pages or None, len(wires), withheld)

    @cached_property
    def _slow(self) -> Any:
        from .diagnose import SlowPass  # noqa: PLC0415 (most processes never need it)

        return SlowPass(self)


def _getter(path: str) -> Callable[[Any], Any]:
    """Attribute access by wire path; None where a parent is missing or is a bare list."""
    *parents, last = [attribute_of(part) for part in path.split(".")]

    if not parents:
        return lambda answer: getattr(answer, last)

    def get(answer: Any) -> Any:
        for parent in parents:
            answer = getattr(answer, parent, None)
        return getattr(answer, last, None)

    return get


def _rows_getter(paths: list[str], *, single: bool) -> Callable[[Any], list[Any]]:
    """The list of rows, whichever of the forms the venue chose."""
    if single:
        get = _getter(paths[0])
        return lambda answer: [get(answer)]
    getters = [_getter(path) for path in paths]
    if len(getters) == 1:
        return getters[0]

    def first(answer: Any) -> list[Any]:
        for get in getters:
            rows = get(answer)
            if isinstance(rows, list):
                return rows
        raise ValueError("the answer holds no list")

    return first
