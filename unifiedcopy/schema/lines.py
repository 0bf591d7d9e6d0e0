"""Which line of a TOML file a key stands on; the standard parser does not tell."""

from __future__ import annotations

import re

Key = tuple[str, ...]

_TABLE = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_PART = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"^\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=(.*)$")


def key_lines(text: str) -> dict[Key, int]:
    """Key path -> line number, from 1; entries of an array of tables are counted from "0"."""
    lines: dict[Key, int] = {}
    prefix: Key = ()
    counts: dict[Key, int] = {}
    open_value = ""
    for number, line in enumerate(text.splitlines(), 1):
        if open_value:
            open_value = _still_open(open_value + "\n" + line)
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
            open_value = _still_open(key[2])
    return lines


def line_of(lines: dict[Key, int], path: Key) -> int:
    """The line of a key, or of the nearest table above it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _parts(text: str) -> Key:
    return tuple(part.strip("\"'") for part in re.findall(_PART, text))


def _inline_keys(value: str) -> list[str]:
    inner = value.strip()
    return [key.strip("\"'") for key in re.findall(rf"[{{,]\s*({_PART})\s*=", inner)] if inner.startswith("{") else []


def _still_open(value: str) -> str:
    """The value when its brackets are not closed yet, else nothing."""
    depth, quote = 0, ""
    index = 0
    while index < len(value):
        char = value[index]
        if quote:
            if char == "\\" and quote == '"':
                index += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char == "#":
            index = value.find("\n", index)
            if index < 0:
                break
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        index += 1
    return value if depth > 0 else ""
