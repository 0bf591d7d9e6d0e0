"""Large answers in pieces: the wire rows of one are freed before those of the next are made.

Thousands of wire rows at once are megabytes that no core's cache holds and that the system has to find first, which
costs more than reading them. Where to cut is guessed by bytes, and each guess is proved by decoding: a piece must be a
whole JSON list of rows, so no cut is inside a text or a row, and nothing but rows is between the first and the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .model import Endpoint
from .paths import FIRST
from .wire import item_paths

LARGE = 1 << 17
"""Bytes of an answer that is worth cutting."""
PIECE = 1 << 16
"""Bytes of a piece: its wire rows stay in a core's own cache."""
_BETWEEN = b"},{"


class Cut(NamedTuple):
    """An answer with the place of its rows."""

    body: bytes
    start: int
    """Of the first row."""
    last: int
    """Of the last row."""
    end: int
    """Behind the last row."""

    def around(self, rows: bytes) -> bytes:
        """The answer with other rows."""
        return self.body[: self.start] + rows + self.body[self.end :]

    def last_row(self) -> bytes:
        return self.body[self.last : self.end]

    def pieces(self) -> Iterator[bytes]:
        """All rows, as JSON lists."""
        start = self.start
        while start < self.end:
            between = self.body.find(_BETWEEN, start + PIECE, self.end)
            end = self.end if between < 0 else between + 1
            yield b"[%b]" % self.body[start:end]
            start = end + 1


def list_keys(endpoint: Endpoint) -> list[bytes]:
    """The keys under which an endpoint's list of rows can stand; none where its rows are no objects of a list."""
    if endpoint.item is not None or endpoint.row_key is not None:
        return []
    return [path.rpartition(".")[2].encode() for path in item_paths(endpoint) if not path.endswith(FIRST)]


def cut(body: bytes, keys: list[bytes]) -> Cut:
    """Where the rows seem to stand: under one of these keys, written without spaces.

    Behind a key and its colon no text is open: one of the quotes around the key has ended it.

    Raises:
        ValueError: there is no such list, or one row alone.
    """
    end = body.rfind(b"}]")
    for key in keys:
        start = body.find(b'"%b":[{' % key)
        last = body.rfind(_BETWEEN, start, end) if start >= 0 else -1
        if last >= 0:
            return Cut(body, start + len(key) + 4, last + 2, end + 1)
    raise ValueError("the rows are not where they were looked for")
