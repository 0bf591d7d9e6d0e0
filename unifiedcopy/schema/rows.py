"""What a reader makes of one answer."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from . import runtime
from .model import Endpoint
from .paths import at
from .wire import item_paths


class Problem(NamedTuple):
    """A row that could not be read, and why."""

    row: int
    field: str | None
    """Canonical field, None when the row as a whole is wrong."""
    wire: str
    """Wire path inside the row."""
    reason: str
    where: str
    """``file:line`` of the schema line."""

    def __str__(self) -> str:
        return f"row {self.row}, {self.field or 'row'} (wire {self.wire}): {self.reason} [{self.where}]"


class Rows(msgspec.Struct, gc=False):
    """What one answer held."""

    items: list[Any]
    next: str | None = None
    """The cursor, or the id of the last row, for the next page."""
    last: bool = False
    """Whether the venue says that nothing follows."""
    pages: int | None = None
    version: str | None = None
    """The version of the list that the page is of."""
    sent: int = 0
    """Rows that the venue sent, also those that are no rows (placeholders) or can't be read."""
    withheld: tuple[Problem, ...] = ()
    said_empty: bool = False
    """Whether the venue said so by an error code."""


def raw_rows(endpoint: Endpoint, body: bytes) -> list[dict[str, Any]]:
    """The rows of an answer as plain objects, numbers exact."""
    try:
        answer = msgspec.json.Decoder(float_hook=runtime.exact).decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ArithmeticError):
        return []
    for path in item_paths(endpoint):
        rows = at(answer, path)
        if isinstance(rows, list) and endpoint.row_key:
            return [{endpoint.row_key: value} for value in rows]
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, dict)]
        if endpoint.item is not None and isinstance(rows, dict):
            return [rows]
    return []


def as_row(key: str, value: msgspec.Raw) -> bytes:
    """A bare value as an object of one key."""
    return b'{"' + key.encode() + b'":' + bytes(value) + b"}"
