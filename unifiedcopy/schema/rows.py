"""What a reader makes of one answer."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..models import ClosedPosition, FollowedLeader, Follower, Position
from . import runtime
from .model import Endpoint
from .paths import at
from .wire import item_paths

MOST_ROWS = 20_000
"""Rows of one answer at most; venues send some hundreds."""
DIAGNOSED = 100
"""Rows of one answer whose problems are told in full; the others are counted."""


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
    unread: int = 0
    """Rows that are withheld, each of which may have several problems."""
    said_empty: bool = False
    """Whether the venue said so by an error code."""


def identity(item: Any) -> Any:
    """What an item is known again by: a position by its id (its price moves on), a closed part, which has none of its
    own, by all of it; None when nothing tells.
    """
    if isinstance(item, ClosedPosition):
        return item
    return item.leader_id if isinstance(item, FollowedLeader) else getattr(item, "id", item)


def repeats(items: list[Any]) -> bool:
    """Whether two items may be one row that was sent twice. Masked followers may well be several that look alike."""
    if len(items) < 2:
        return False
    if items[0].__class__ is Position:  # the usual page, by what identity() says of it
        return len({item.id for item in items}) < len(items)
    keys = [key for item in items if (key := _whole(item)) is not None]
    return len(set(keys)) < len(keys)


def _whole(item: Any) -> Any:
    known = identity(item)
    return item if known is None and not isinstance(item, Follower) else known


def raw_rows(endpoint: Endpoint, body: bytes) -> list[dict[str, Any]]:
    """The rows of an answer as plain objects, numbers exact."""
    return placed_rows(endpoint, body)[1]


def placed_rows(endpoint: Endpoint, body: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Where the rows of an answer stand, as a prefix of their keys (``data.list[].``), and the rows."""
    try:
        answer = msgspec.json.Decoder(float_hook=runtime.exact).decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ArithmeticError):
        return "", []
    for path in item_paths(endpoint):
        rows = at(answer, path)
        if isinstance(rows, list) and endpoint.row_key:
            return f"{path}[].", [{endpoint.row_key: value} for value in rows]
        if isinstance(rows, list):
            return f"{path}[].", [row for row in rows if isinstance(row, dict)]
        if endpoint.item is not None and isinstance(rows, dict):
            return f"{path}.", [rows]
    return "", []


def as_row(key: str, value: msgspec.Raw) -> bytes:
    """A bare value as an object of one key."""
    return b'{"' + key.encode() + b'":' + bytes(value) + b"}"
