"""What an answer holds that its schema doesn't know, or lacks that the schema reads: the early warning before something
breaks. Every line names the place in the answer, ``data.list[].price``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING, Any

from .envelope import clean
from .expressions import FLAGS, as_field, reading_table
from .generate import Line
from .model import Field
from .paths import at, stands
from .rows import placed_rows
from .wire import Tree

if TYPE_CHECKING:
    from .compile import Reader


def drift(reader: Reader, body: bytes) -> list[str]:
    """All of it, each once: what is new, and keys that are missing."""
    return [*strange(reader, body), *_once(reader, body, _missing)]


def strange(reader: Reader, body: bytes) -> list[str]:
    """New keys, new enum values and symbols that are not understood, each once."""
    return _once(reader, body, _strange)


def _once(reader: Reader, body: bytes, look: Callable[[Reader, dict[str, Any], str], Iterator[str]]) -> list[str]:
    place, rows = placed_rows(reader.endpoint, body)
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(f"{reader.name}: {line}" for line in look(reader, row, place)))
    return list(found)


def _strange(reader: Reader, row: dict[str, Any], place: str) -> Iterator[str]:
    unmapped = frozenset(reader.endpoint.unmapped)
    yield from (f"new field {clean(place + path)!r}" for path in _new_keys(row, reader.generator.tree, unmapped))
    for name, line in reader.endpoint.fields.items():
        field, canonical = as_field(line), reader.generator.known[name]
        path, value = _said(row, field)
        if value is None or isinstance(value, dict | list):
            continue
        if canonical.kind in ("enum", "flag") and value not in _known_values(reader, canonical.kind, field.enum, name):
            yield f"new value {clean(str(value))!r} of {name} (wire {place}{path})"
        if canonical.kind == "venue_symbol" and reader.generator.symbols.facts(value).symbol is None:
            yield f"symbol {clean(str(value))!r} is not understood (wire {place}{path})"


def _said(row: dict[str, Any], field: Field) -> tuple[str, Any]:
    """The first of a field's keys that says something, and what it says."""
    source = field.source
    paths = [source] if isinstance(source, str) else source if isinstance(source, list) else []
    return next(((path, value) for path in paths if (value := at(row, path)) not in (None, "")), ("", None))


def _known_values(reader: Reader, kind: str, enum: str | None, name: str) -> Container[Any]:
    return FLAGS if kind == "flag" and enum is None else reading_table(reader.schema, enum or name)


def _new_keys(row: dict[str, Any], tree: Tree, unmapped: frozenset[str], prefix: str = "") -> Iterator[str]:
    """Keys that are neither mapped nor listed, also inside of objects of which something is mapped."""
    known = {path.removeprefix(prefix).partition(".")[0] for path in unmapped if path.startswith(prefix)}
    for key, value in row.items():
        child = tree.children.get(key)
        if child is None and key not in known:
            yield prefix + key
        elif child is not None and child.children and isinstance(value, dict) and prefix + key not in unmapped:
            yield from _new_keys(value, child, unmapped, f"{prefix}{key}.")


def _missing(reader: Reader, row: dict[str, Any], place: str) -> Iterator[str]:
    """Mapped keys that are not there at all, where the schema doesn't say that they may be left out."""
    if reader.schema.envelope is not None and reader.schema.envelope.omits_null:
        return
    for line in reader.generator.lines:
        for path in _lost(row, line):
            if path not in reader.endpoint.may_lack:
                yield f"missing field {clean(place + path)!r} ({line.canonical.name})"


def _lost(row: dict[str, Any], line: Line) -> Iterator[str]:
    """The keys of a line that a row lacks; of several names for one thing, one is enough."""
    source = line.field.source
    names = list(source.values() if isinstance(source, dict) else source if isinstance(source, list) else ())
    yield from (path for path in line.paths if path not in names and not stands(row, path))
    if names and not any(stands(row, path) for path in names):
        yield names[0]
