"""Which line of a TOML file a key stands on; the standard parser does not tell."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from typing import NamedTuple

Key = tuple[str, ...]

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_TABLE = re.compile(rf"^\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY = re.compile(rf"^\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=(.*)$")


def key_lines(text: str) -> dict[Key, int]:
    """Key path -> line number, from 1; entries of an array of tables are counted from "0"."""
    lines: dict[Key, int] = {}
    prefix: Key = ()
    counts: dict[Key, int] = {}
    still = _CLOSED
    for number, line in enumerate(text.splitlines(), 1):
        if still.depth > 0:
            still = _after(line, still)
        elif table := _TABLE.match(line):
            prefix = _parts(table[2])
            if table[1] == "[[":
                counts[prefix] = counts.get(prefix, -1) + 1
                lines.setdefault(prefix, number)
                prefix = (*prefix, str(counts[prefix]))
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            path = (*prefix, *_parts(key[1]))
            lines.setdefault(path, number)
            for name in _inline_keys(key[2]):
                lines.setdefault((*path, name), number)
            still = _after(key[2], _CLOSED)
    return lines


def line_of(lines: dict[Key, int], path: Key) -> int:
    """The line of a key, or of the nearest table above it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _parts(text: str) -> Key:
    return tuple(_name(part) for part in re.findall(_PART, text))


def _name(part: str) -> str:
    """A key without its quotes and escapes."""
    if part.startswith('"') and "\\" in part:
        with suppress(tomllib.TOMLDecodeError):  # what looks like a key may be a line of some text
            return str(tomllib.loads(f"key = {part}")["key"])
    return part.strip("\"'")


def _inline_keys(value: str) -> list[str]:
    inner = value.strip()
    return [key.strip("\"'") for key in re.findall(rf"[{{,]\s*({_PART})\s*=", inner)] if inner.startswith("{") else []


class _State(NamedTuple):
    """Where a line ends inside of a value: how many brackets are open, and which quote."""

    depth: int
    quote: str


_CLOSED = _State(0, "")


def _after(line: str, state: _State) -> _State:
    """The state after one more line of a value."""
    depth, quote = state
    index = 0
    while index < len(line):
        char = line[index]
        if quote:
            if char == "\\" and quote == '"':
                index += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char == "#":
            break
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        index += 1
    return _State(depth, quote)
