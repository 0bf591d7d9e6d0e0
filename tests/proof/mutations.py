"""Answers with their structure broken: the ways in which a venue, a cache or a change of version breaks one.

What is changed is the structure, never a value: a number that is another number is another answer, and so are a list
with a row less and a list without rows, as ``[]`` is how a venue says that there are none. No reader can tell those.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import msgspec

Path = tuple[str | int, ...]
"""Keys and list positions from the answer's root."""
WAYS = (
    "drop", "null", "text", "number", "object", "list", "flag", "rename", "wrap", "wrap in a list", "empty", "double",
    "again", "truncate",
)  # fmt: skip
MOVES = ("rename", "double", "again")
_TWIN = "\x1atwin\x1a"
"""Marks a key that is written twice: no dict holds that."""
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Change(NamedTuple):
    way: str
    path: Path

    def __str__(self) -> str:
        return f"{self.way} {'.'.join(map(str, self.path)) or 'the answer'}"


class Mutant(NamedTuple):
    body: bytes
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.changes))


def mutant(answer: Any, rows: Path, lists: set[Path], random: Random) -> Mutant:
    """The answer with one to three changes, none inside of another.

    ``rows`` is where its list of rows stands, ``lists`` wherever the schema says that one may.
    """
    changed = deepcopy(answer)
    changes: list[Change] = []
    wanted = random.choice((1, 1, 2, 3))
    while len(changes) < wanted:
        way = random.choice(WAYS)
        if way == "truncate":
            body = encoded(changed)
            return Mutant(body[: random.randrange(len(body))], (*changes, Change(way, ())))
        free = [path for path in places(changed) if not any(path[: len(c.path)] == c.path for c in changes)]
        if not free:
            break
        path = random.choice(free)
        new = _changed(at(changed, path), way, doubled=bool(path) and path[:-1] == rows and isinstance(path[-1], int))
        if new is not _SAME and not (new == [] and path in lists):
            changed = _put(changed, path, way, new)
            changes.append(Change(way, path))
            if way in MOVES:
                break  # what stood at one place stands at another now, and would be changed twice
    return Mutant(encoded(changed), tuple(changes))


def encoded(answer: Any) -> bytes:
    """An answer as bytes, twins under one name."""
    return _encode(answer).replace(_encode(_TWIN)[1:-1], b"")


def keys(path: Path) -> tuple[str, ...]:
    """A path without positions in lists."""
    return tuple(step for step in plain(path) if isinstance(step, str))


def plain(path: Path) -> Path:
    """A path as a reader sees it: a key that is written twice has one name."""
    return tuple(step.replace(_TWIN, "") if isinstance(step, str) else step for step in path)


def places(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place of an answer, the root first."""
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*here, key))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


class _Mark:
    pass


_SAME, _DROP, _RENAME, _DOUBLE, _AGAIN = _Mark(), _Mark(), _Mark(), _Mark(), _Mark()


def _changed(value: Any, way: str, *, doubled: bool) -> Any:  # noqa: PLR0911 (one line a way)
    """The value changed in a way; ``_SAME`` where the way does not apply."""
    match way:
        case "drop":
            return _DROP
        case "null":
            return None if value is not None else _SAME
        case "text":
            return _text(value)
        case "number":
            return _number(value)
        case "object":
            return {} if not isinstance(value, dict) else _SAME
        case "list":
            return [] if not isinstance(value, list) else _SAME
        case "flag":
            return _SAME if isinstance(value, bool) else value not in ("0", "false", "", 0, None, [], {})
        case "rename":
            return _RENAME
        case "wrap":
            return {"value": value}
        case "wrap in a list":
            return [value]
        case "empty":
            return {} if isinstance(value, dict) and value else "" if value != "" else _SAME
        case "double":
            return _DOUBLE if doubled else _SAME
    return _AGAIN


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return _SAME if isinstance(value, str) or value is None else _encode(value).decode()


def _number(value: Any) -> Any:
    """The number that a text is, where nothing of it is lost."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return _SAME
    try:
        number = _decode(value) if value else _SAME
    except (msgspec.DecodeError, ValueError):
        return _SAME
    plain = isinstance(number, int | Decimal) and not isinstance(number, bool)
    return number if plain and _encode(number).decode() == value else _SAME


def _put(answer: Any, path: Path, way: str, new: Any) -> Any:
    """The answer with the change at a place."""
    if not path:
        return {"answer": answer} if isinstance(new, _Mark) else new
    parent, last = at(answer, path[:-1]), path[-1]
    if not isinstance(new, _Mark):
        parent[last] = new
    elif isinstance(parent, list):
        # A list with an entry less is a true list; what can be told is an entry that is none, or there twice.
        if new is _DOUBLE:
            parent.insert(int(last), deepcopy(parent[last]))
        else:
            parent[last] = None
    elif new is _AGAIN:
        parent[f"{_TWIN}{last}"] = deepcopy(parent[last])
    else:
        value = parent.pop(last)
        if new is _RENAME:
            parent[f"{last}Renamed"] = value
    return answer
