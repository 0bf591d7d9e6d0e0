"""What a sample answer holds: the envelope around it, its rows, and every wire key with its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ... import errors
from ..model import WIRE_PATH
from ..runtime import exact
from .guess import CODE_KEYS, MESSAGE_KEYS
from .synonyms import normal

DEPTH = 4
_decode = msgspec.json.Decoder(float_hook=exact).decode


class SampleError(errors.ConfigError):
    """A file is no answer that a schema can be sketched from."""


class Key(NamedTuple):
    """A wire key of the rows."""

    path: str
    values: list[Any]
    """Of the rows that have it."""


class Sample(NamedTuple):
    """One answer of the venue."""

    given: str | None
    """The endpoint or verb that the author names."""
    file: Path
    body: bytes
    answer: dict[str, Any]
    code: str | None
    message: str | None
    path: str | None
    """Where the rows, or the one row, stand; None for an answer without any."""
    is_list: bool
    rows: list[dict[str, Any]]

    def row_keys(self) -> list[Key]:
        """Every key of the rows, down to what is no object."""
        found: dict[str, list[Any]] = {}
        for row in self.rows:
            for path, value in _leaves(row):
                found.setdefault(path, []).append(value)
        return [Key(path, values) for path, values in found.items()]

    def aside(self) -> list[str]:
        """The keys beside the rows, inside of what wraps them."""
        envelope = {self.code, self.message}
        return [
            path
            for path, value in _leaves(self.answer, self.path)
            if path not in envelope and not (self.path and path.startswith(f"{self.path}.")) and "." in path
        ]


def read_sample(given: str | None, file: Path) -> Sample:
    """A sample from its file.

    Raises:
        SampleError: it can't be read, is not JSON, is no object, or holds an empty list.
    """
    try:
        body = file.read_bytes()
    except OSError as error:
        raise SampleError(f"{file.name}: can't be read ({error.strerror or error})") from None
    try:
        answer = _decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ArithmeticError) as error:
        raise SampleError(
            f"{file.name}: is not JSON ({error}); save the answer's body alone, without headers"
        ) from None
    if not isinstance(answer, dict):
        what = "a list" if isinstance(answer, list) else f"{answer!r:.40}"
        raise SampleError(f"{file.name}: is {what}, where schemas know answers that are one JSON object")
    if not answer:
        raise SampleError(f"{file.name}: is an empty object; take an answer that holds something")
    code, message = _key(answer, CODE_KEYS), _key(answer, MESSAGE_KEYS)
    path, rows = _rows(answer, {code, message})
    if isinstance(rows, list) and not rows:
        raise SampleError(f"{file.name}: the list at {path} is empty; take an answer with at least one row")
    listed = rows if isinstance(rows, list) else [rows] if rows else []
    return Sample(given, file, body, answer, code, message, path, isinstance(rows, list), listed)


def _key(answer: dict[str, Any], known: tuple[str, ...]) -> str | None:
    """The key of the envelope with one of the known names that holds no object."""
    names = {normal(key): key for key, value in answer.items() if not isinstance(value, dict | list)}
    return next((names[name] for name in known if name in names), None)


def _rows(answer: dict[str, Any], envelope: set[str | None]) -> tuple[str | None, Any]:
    """The nearest list of objects; else the nearest empty list; else the object that wraps the answer's data."""
    empty: str | None = None
    level: list[tuple[str, Any]] = [(key, value) for key, value in answer.items() if key not in envelope]
    objects = [(key, value) for key, value in level if isinstance(value, dict) and value]
    for _ in range(DEPTH):
        for path, value in level:
            if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
                return path, value
            if value == [] and empty is None:
                empty = path
        level = [
            (f"{path}.{key}", inner) for path, value in level if isinstance(value, dict) for key, inner in value.items()
        ]
    if empty is not None and not any(_figures(value) for _, value in objects):
        return empty, []
    if objects:
        return max(objects, key=lambda entry: len(entry[1]))
    return None, None


def _figures(value: dict[str, Any]) -> bool:
    """Whether an object says more than how many rows a list has."""
    return sum(not isinstance(inner, dict | list) for inner in value.values()) > 3


def _leaves(value: dict[str, Any], stop: str | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        path = f"{prefix}{key}"
        if path == stop:
            continue
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, stop, f"{path}.")
        else:
            yield path, inner


def can_be_named(path: str) -> bool:
    """Whether the language can name a key."""
    return re.fullmatch(WIRE_PATH, path, re.ASCII) is not None
