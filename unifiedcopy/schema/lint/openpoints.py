"""What an author has left open: a sketch says so in the file, and ``check`` until it is decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..lines import Key
from ..structure import Flaw

OPEN = "TODO"
_OPEN = re.compile(rf"\b{OPEN}\b")
_PLACEHOLDER_HOST = re.compile(r"https?://[^/]*\.invalid\b")
CURES = {
    "unmapped": "map it under fields, or say why it is not mapped",
    "missing": "map an endpoint that serves it, or say why the API has none",
    "path": "the path as the venue documents it",
    "source": "the address of the page that documents it",
    "rest": "the venue's origin, such as https://api.example.com",
    "fields": "the wire key that says it",
    "enums": "the venue's word for it",
}


def open_points(keys: dict[str, Any]) -> Iterator[Flaw]:
    """Every text that still says TODO, and hosts that can't be one."""
    yield from _walk(keys, ())


def _walk(value: Any, path: Key) -> Iterator[Flaw]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, str(index)))
    elif isinstance(value, str) and (_OPEN.search(value) or _PLACEHOLDER_HOST.match(value)):
        cure = next((CURES[part] for part in reversed(path) if part in CURES), "decide it")
        yield Flaw(path, f"is open: {value!r}", cure)
