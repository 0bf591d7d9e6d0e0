"""Wire paths: keys joined by dots, ``data[0]`` for the only entry of a list."""

from __future__ import annotations

from typing import Any

FIRST = "[0]"
"""After a key: the first entry of the list there."""


def at(value: Any, path: str) -> Any:
    """The value at a wire path of a decoded answer; None when something on the way is missing."""
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part.removesuffix(FIRST))
        if part.endswith(FIRST):
            value = value[0] if isinstance(value, list) and value else None
    return value


EACH = "[]"
"""After a key: every entry of the list there."""


def all_at(value: Any, path: str) -> list[Any]:
    """The values at a path that may go through lists, without those that say nothing."""
    head, each, rest = path.partition(EACH)
    found = at(value, head)
    if each:
        entries = found if isinstance(found, list) else []
        return [told for entry in entries for told in (all_at(entry, rest[1:]) if rest else [entry])]
    return [] if found in (None, "") else [found]


def stands(value: Any, path: str) -> bool:
    """Whether the key at a wire path is there, whatever its value; inside of nothing, nothing is missing."""
    for part in path.split("."):
        if not isinstance(value, dict):
            return True
        if part not in value:
            return False
        value = value[part]
    return True
