"""Notices an object that has a key twice. Decoders take the last one and say nothing, and a size could be another."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import orjson

_MOST = 10_000
"""Counts that are remembered."""

Shape = tuple[str, ...]


class Keys:
    """The keys of one endpoint's answers.

    They are counted, which costs next to nothing; only a count that was not seen with so many rows is looked into.
    Counts are remembered of answers whose rows are all alike: a new key in one row must not hide a double in another.
    One row alone has no other to be like: its answer is read and written again, and one that comes out as it went in
    has every key once.
    """

    def __init__(self) -> None:
        self._rows_alike: frozenset[Shape] = frozenset()
        self._right: set[tuple[int, int]] = set()

    def twice(self, body: bytes, rows: int) -> str | None:
        """A key that stands twice in an object of an answer with so many rows."""
        if rows <= 1:
            return None if _comes_out_alike(body) else _twice(body, Counter())
        count = body.count(b'":')
        if (rows, count) in self._right:
            return None
        shapes: Counter[Shape] = Counter()
        found = _twice(body, shapes)
        if found is None and count:  # blanks before colons are not counted
            self._learn(frozenset(shape for shape, times in shapes.items() if times >= rows), (rows, count))
        return found

    def _learn(self, alike: frozenset[Shape], right: tuple[int, int]) -> None:
        if not alike:
            return
        if alike != self._rows_alike or len(self._right) >= _MOST:
            self._rows_alike = alike
            self._right.clear()
        self._right.add(right)


def _comes_out_alike(body: bytes) -> bool:
    """Whether an answer is written as shortly as can be, without a second of any key: nearly all are."""
    try:
        return orjson.dumps(orjson.loads(body)) == body
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


class _Twice(Exception):
    pass


def _twice(body: bytes, shapes: Counter[Shape]) -> str | None:
    def looked_at(pairs: list[tuple[str, Any]]) -> None:
        names = tuple(name for name, _ in pairs)
        if len(set(names)) < len(names):
            raise _Twice(next(name for name in names if names.count(name) > 1))
        shapes[names] += 1

    try:
        json.loads(body, object_pairs_hook=looked_at, parse_float=str, parse_int=str)
    except _Twice as found:
        return str(found)
    except (ValueError, RecursionError):  # what could be read all the same is not judged here
        return None
    return None
