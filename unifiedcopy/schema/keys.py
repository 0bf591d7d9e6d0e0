"""Notices an object that has a key twice. Decoders take the last one and say nothing, and a size could be another."""

from __future__ import annotations

import json
from typing import Any

_MOST = 10_000
"""Counts that are remembered."""


class Keys:
    """The keys of one endpoint's answers.

    They are counted, which costs next to nothing; only a count that was not seen with so many rows is looked into.
    """

    def __init__(self) -> None:
        self._right: set[tuple[int, int]] = set()

    def twice(self, body: bytes, rows: int) -> str | None:
        """A key that stands twice in an object of an answer with so many rows."""
        count = body.count(b'":')
        if (rows, count) in self._right:
            return None
        found = _twice(body)
        if found is None and count:  # a venue that writes blanks before its colons is looked into each time
            if len(self._right) >= _MOST:
                self._right.clear()
            self._right.add((rows, count))
        return found


class _Twice(Exception):
    pass


def _twice(body: bytes) -> str | None:
    try:
        json.loads(body, object_pairs_hook=_refuse_doubles, parse_float=str, parse_int=str)
    except _Twice as found:
        return str(found)
    except (ValueError, RecursionError):  # what could be read all the same is not judged here
        return None
    return None


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise _Twice(next(name for name in names if names.count(name) > 1))
