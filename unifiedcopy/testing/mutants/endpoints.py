"""Changes of one endpoint: its route, limits, rows, paging, parameters and fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...models import SIZINGS
from ...schema import kinds
from ...schema.lines import Key
from ...schema.model import Endpoint, Paging
from ...schema.verbs import VERBS, argument_kind
from .change import (
    Mutant,
    Table,
    after,
    changed,
    dropped,
    fewer,
    flipped,
    longer,
    nearby,
    others,
    renamed,
    words,
)

PATHS = ("item", "row_key", "skip_zero", "confirm", "ids")
"""Keys that name something in an answer."""
PLAIN = ("ratio", "price", "ms")
"""Units of parameters that are sent as the library counts."""
CURSORS = ("next", "row_id", "pages", "more", "version")


def of_an_endpoint(name: str, own: Table, keys: Table) -> Iterator[Mutant]:
    """Every change of what a file says of an endpoint; ``keys`` are the whole schema's."""
    here: Key = ("endpoints", name)
    whole = keys["endpoints"][name]
    yield from _route(here, own, keys)
    yield from _rows(here, own)
    if "paging" in own:
        yield from _paging((*here, "paging"), own["paging"], list(whole.get("params", {})))
    for key, line in own.get("params", {}).items():
        yield renamed((*here, "params"), own["params"], key, f"{key}X")
        yield dropped((*here, "params", key))
        yield from _param((*here, "params", key), line, whole.get("verb"), keys)
    for key, line in own.get("fields", {}).items():
        yield dropped((*here, "fields", key))
        yield from _field((*here, "fields", key), key, line, whole, keys)


def _route(here: Key, own: Table, keys: Table) -> Iterator[Mutant]:
    if "method" in own:
        yield changed((*here, "method"), own["method"], "GET" if own["method"] != "GET" else "POST")
        yield flipped((*here, "writes"), own.get("writes", own["method"] != "GET"))
        yield flipped((*here, "bare"), own.get("bare", False))
        if keys["endpoints"][here[1]].get("writes", own["method"] != "GET"):
            yield flipped((*here, "batch"), own.get("batch", False))
    if "path" in own:
        yield longer((*here, "path"), own["path"])
    if own.get("verb") == "follow":
        yield from others((*here, "mode"), own.get("mode", "native"), ("native", "amend-only"))
    yield from others((*here, "sign"), own.get("sign", "default"), ["none", *keys.get("signing", {})])
    if "sign_body" in own:
        yield flipped((*here, "sign_body"), own["sign_body"])
    yield from fewer((*here, "limits"), own.get("limits", []))
    yield from nearby((*here, "weight"), own.get("weight", 1))
    yield from others((*here, "status"), own.get("status", "live"), words(Endpoint, "status"))
    if "open_copies" in own:
        yield from others((*here, "open_copies"), own["open_copies"], words(Endpoint, "open_copies"))
    for key in ("window_days", "max_rows"):
        if key in own:
            yield from nearby((*here, key), own[key])
            yield dropped((*here, key))


def _rows(here: Key, own: Table) -> Iterator[Mutant]:
    for key in PATHS:
        if key in own:
            yield longer((*here, key), own[key])
            yield dropped((*here, key))
    items = own.get("items")
    if isinstance(items, list):
        yield from fewer((*here, "items"), items)
    elif items is not None:
        yield longer((*here, "items"), items)
    for key in ("empty_codes", "ok_codes", "denied"):
        yield from fewer((*here, key), own.get(key, []))


def _paging(here: Key, paging: Table, params: list[str]) -> Iterator[Mutant]:
    yield dropped(here)
    yield from others((*here, "style"), paging.get("style"), words(Paging, "style"))
    for key in ("param", "size", "version_param"):
        if key in paging and (other := after(paging[key], params)) is not None:
            yield changed((*here, key), paging[key], other)
    if "size" in paging:
        yield dropped((*here, "size"))
    if "max_size" in paging:
        yield from nearby((*here, "max_size"), paging["max_size"])
        yield dropped((*here, "max_size"))
    if paging.get("style") == "number":
        yield from nearby((*here, "first"), paging.get("first", 1))
    for key in CURSORS:
        if key in paging:
            yield longer((*here, key), paging[key])
            yield dropped((*here, key))
    if paging.get("style") != "number":
        yield flipped((*here, "encoded"), paging.get("encoded", False))


# -- parameters -------------------------------------------------------------------------------------------------------


def _param(here: Key, line: Table | str, verb: str | None, keys: Table) -> Iterator[Mutant]:
    if isinstance(line, str):
        if (other := _partner(verb, line)) is not None:
            yield changed(here, line, other)
        return
    yield from _argument(here, line, verb)
    yield from _form(here, line)
    if "enum" in line:
        yield from _enum((*here, "enum"), line["enum"], keys)
        yield dropped((*here, "enum"))
    if "unit" in line and "from" in line:  # without an argument it tells readers what the caller gives
        kind = argument_kind(verb, line["from"]) if verb in VERBS else None
        yield from others((*here, "unit"), line["unit"], _units(line["unit"], kind))
        if line["unit"] not in PLAIN:
            yield dropped((*here, "unit"))


def _argument(here: Key, line: Table, verb: str | None) -> Iterator[Mutant]:
    """Where a value comes from, and what is sent when there is none."""
    for key in ("from", "fallback"):
        if key in line:
            if (other := _partner(verb, line[key])) is not None:
                yield changed((*here, key), line[key], other)
            yield dropped((*here, key))
    for key in ("const", "default", "clear", "given"):
        if key in line:
            yield from _value((*here, key), line[key], line)
            yield dropped((*here, key))


def _form(here: Key, line: Table) -> Iterator[Mutant]:
    """What a value must look like, and where it goes."""
    if line.get("required"):
        yield dropped((*here, "required"))
    if "const" not in line:
        yield from fewer((*here, "choices"), line.get("choices", []))
    for key in ("min", "max", "decimals", "max_length"):
        if key in line:
            yield from nearby((*here, key), line[key])
            yield dropped((*here, key))
    if "pattern" in line:
        yield changed((*here, "pattern"), line["pattern"], ".+")
        yield dropped((*here, "pattern"))
    if "type" in line:
        yield changed((*here, "type"), line["type"], "text" if line["type"] != "text" else "integer")
    if "place" in line:
        yield from others((*here, "place"), line["place"], ("query", "body"))


def _partner(verb: str | None, argument: str) -> str | None:
    """Another argument of the verb that would fit as well."""
    if verb not in VERBS:
        return None
    arguments = VERBS[verb].arguments
    kind = argument_kind(verb, argument)
    alike = [name for name, other in arguments.items() if other == kind and "*" not in name]
    found: str | None = after(argument, alike)
    return found


def _value(path: Key, value: Any, line: Table) -> Iterator[Mutant]:
    """Another value of the same kind, one that the venue takes if its values are listed."""
    if line.get("choices") and (other := after(value, line["choices"])) is not None:
        yield changed(path, value, other)
    elif isinstance(value, bool):
        yield flipped(path, value)
    elif isinstance(value, int):
        yield from nearby(path, value)
    else:
        yield changed(path, value, str(int(value) + 1) if value.lstrip("-").isdigit() else f"{value}X")


def _enum(path: Key, name: str | None, keys: Table) -> Iterator[Mutant]:
    if (other := after(name, list(keys.get("enums", {})))) is not None:
        yield changed(path, name, other)


# -- fields -----------------------------------------------------------------------------------------------------------


def _field(here: Key, name: str, line: Any, endpoint: Table, keys: Table) -> Iterator[Mutant]:
    row = _row_keys(endpoint)
    if not isinstance(line, dict):
        yield from _source(here, line, row)
        enums = keys.get("enums", {})
        if name in enums and isinstance(line, str) and (other := after(name, list(enums))):
            yield Mutant(f"{'.'.join(here)}: enum {other}", ((here, {"from": line, "enum": other}),))
        return
    yield from _wires(here, line, row)
    for key in ("const", "default"):
        if key in line:
            yield from _constant((*here, key), name, line[key], endpoint)
    for key in ("null_if", "default", "sign", "where", "unit", "absolute"):
        if key in line:
            yield dropped((*here, key))
    for path, value in line.get("when", {}).items():
        yield longer((*here, "when", path), value)
        yield dropped((*here, "when", path))
    if "enum" in line:
        yield from _enum((*here, "enum"), line["enum"], keys)
        yield dropped((*here, "enum"))
    if "unit" in line:
        units = _units(line["unit"], _kind(name, endpoint))
        yield from others(
            (*here, "unit"), line["unit"], (unit for unit in units if not _same(line["unit"], unit, keys))
        )


def _wires(here: Key, line: Table, row: list[str]) -> Iterator[Mutant]:
    """Other wire keys in the place of those that a line names."""
    if "from" in line:
        yield from _source((*here, "from"), line["from"], row)
    for key in ("join", "product", "quotient"):
        yield from _pair((*here, key), line.get(key), row)
    for key in ("kind", "sign", "where"):
        if key in line and (other := after(line[key], row)) is not None:
            yield changed((*here, key), line[key], other)
    for key in ("time", "value", "request"):
        if key in line:
            yield longer((*here, key), line[key])


def _same(unit: str, other: str, keys: Table) -> bool:
    """Whether two units read the same numbers alike, whatever the venue sends."""
    if {unit, other} == {"ms", "ms_or_ns"}:
        return unit == "ms"  # what is in milliseconds both take for that
    sizes = {form.get("size_unit", "base") for form in keys.get("symbols", [])}
    return {unit, other} == {"by_symbol", *sizes}


def _source(path: Key, source: Any, row: list[str]) -> Iterator[Mutant]:
    """Another wire key of the same row; a list without one of its ways."""
    if isinstance(source, str):
        for other in dict.fromkeys((after(source, row), after(source, row[::-1]))):
            if other is not None:
                yield changed(path, source, other)
    elif isinstance(source, list):
        yield from fewer(path, source)  # which name counts where both stand is no page's fact: no mutant of the order
    else:
        for kind, inner in source.items():
            yield from _source((*path, kind), inner, row)
            yield dropped((*path, kind))
            if (other := after(kind, list(SIZINGS))) is not None:
                yield renamed(path, source, kind, other)


def _pair(path: Key, wires: list[str] | None, row: list[str]) -> Iterator[Mutant]:
    if wires:
        yield changed(path, wires, wires[::-1])
        for index, wire in enumerate(wires):
            if (other := after(wire, row)) is not None:
                yield changed((*path, str(index)), wire, other)


def _constant(path: Key, name: str, value: Any, endpoint: Table) -> Iterator[Mutant]:
    known = _canonical(name, endpoint)
    if known is not None and known.choices and (other := after(value, known.choices)) is not None:
        yield changed(path, value, other)
    else:
        yield from _value(path, value, {})


def _row_keys(endpoint: Table) -> list[str]:
    """The wire keys that are known to stand in a row."""
    found: list[str] = []
    for line in endpoint.get("fields", {}).values():
        source = line.get("from") if isinstance(line, dict) else line
        found += [source] if isinstance(source, str) else source if isinstance(source, list) else []
    found += [key for key in endpoint.get("unmapped", {}) if "." not in key]
    return list(dict.fromkeys(found))


def _canonical(name: str, endpoint: Table) -> kinds.Canonical | None:
    verb = VERBS.get(endpoint.get("verb", ""))
    return kinds.canonical_fields(verb.returns).get(name) if verb else None


def _kind(name: str, endpoint: Table) -> str | None:
    known = _canonical(name, endpoint)
    return known.kind if known else None


def _units(unit: str, kind: str | None) -> tuple[str, ...]:
    """The units that might stand there instead."""
    if kind in kinds.UNITS or kind in kinds.OPTIONAL_UNITS:
        return kinds.UNITS.get(kind or "") or kinds.OPTIONAL_UNITS[kind or ""]
    return next((units for units in kinds.UNITS.values() if unit in units), ())
