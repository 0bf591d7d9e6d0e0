"""What an answer holds that its schema doesn't know: the early warning before something breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .envelope import clean
from .expressions import as_field, reading_table
from .paths import at
from .rows import raw_rows

if TYPE_CHECKING:
    from .compile import Reader


def drift(reader: Reader, body: bytes) -> list[str]:
    """New keys, new enum values and symbols that are not understood, each once."""
    rows = raw_rows(reader.endpoint, body)
    known = known_keys(reader)
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(f"{reader.name}: new field {clean(key)!r}" for key in row if key not in known))
        found.update(dict.fromkeys(_values(reader, row)))
    return list(found)


def known_keys(reader: Reader) -> frozenset[str]:
    """The top-level keys of a row that the schema maps or lists as unmapped."""
    mapped = set(reader.generator.tree.children)
    return frozenset(mapped | {path.partition(".")[0] for path in reader.endpoint.unmapped})


def _values(reader: Reader, row: dict[str, Any]) -> list[str]:
    found = []
    for name, line in reader.endpoint.fields.items():
        field, canonical = as_field(line), reader.generator.known[name]
        value = at(row, field.source) if isinstance(field.source, str) else None
        if value is None or value == "" or isinstance(value, dict | list):
            continue
        if canonical.kind == "enum" and value not in reading_table(reader.schema, field.enum or name):
            found.append(f"{reader.name}: new value {clean(str(value))!r} of {name} (wire {field.source})")
        if canonical.kind == "venue_symbol" and reader.generator.symbols.facts(value).symbol is None:
            found.append(f"{reader.name}: symbol {clean(str(value))!r} is not understood")
    return found
