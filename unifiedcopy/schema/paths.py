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


def stands(value: Any, path: str) -> bool:
    """Whether the key at a wire path is there, whatever its value; inside of nothing, nothing is missing."""
    for part in path.split("."):
        if not isinstance(value, dict):
            return True
        if part not in value:
            return False
        value = value[part]
    return True
