"""Changes outside of the endpoints: hosts, envelope, error codes, limits, signing, clock, markets, symbols, enums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ... import errors
from ...schema.lines import Key
from ...schema.model import Clock, Schema, Signing, SymbolForm
from .change import (
    Mutant,
    Table,
    after,
    changed,
    dropped,
    fewer,
    fewer_keys,
    flipped,
    longer,
    nearby,
    others,
    renamed,
    swapped,
    words,
)

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def of_the_file(keys: Table) -> Iterator[Mutant]:
    """Every change of what all endpoints share."""
    for rule in (
        _hosts,
        _headers,
        _envelope,
        _errors,
        _limits,
        _clock,
        _markets,
        _symbols,
        _enums,
        _contracts,
        _status,
    ):
        yield from rule(keys)
    for name, signing in keys.get("signing", {}).items():
        yield from _signing(("signing", name), signing)


def _hosts(keys: Table) -> Iterator[Mutant]:
    hosts = keys.get("hosts", {})
    for group in ("rest", "test"):
        for index, host in enumerate(hosts.get(group, [])):
            yield changed(("hosts", group, str(index)), host, host.replace("//", "//x-", 1))
    yield from _named(("hosts", "test_headers"), hosts.get("test_headers", {}))


def _headers(keys: Table) -> Iterator[Mutant]:
    yield from _named(("headers",), keys.get("headers", {}))


def _named(path: Key, table: Table) -> Iterator[Mutant]:
    """Texts by name: another name, another value, one less."""
    for name, value in table.items():
        yield renamed(path, table, name, f"{name}X")
        yield changed((*path, name), value, f"{value}1")
        yield dropped((*path, name))


def _envelope(keys: Table) -> Iterator[Mutant]:
    envelope = keys.get("envelope", {})
    for name, value in envelope.items():
        if name == "ok":
            yield from fewer(("envelope", name), value)
            yield changed(("envelope", "ok", "0"), value[0], f"{value[0]}1")
        elif name != "time":  # tells readers of the schema, and nothing else
            yield longer(("envelope", name), value)
            yield dropped(("envelope", name))


def _errors(keys: Table) -> Iterator[Mutant]:
    tables = keys.get("errors", {})
    classes = [name for name in vars(errors) if errors.by_name(name)]
    for outcome, other in (("rejected", "unknown"), ("unknown", "rejected")):
        table = tables.get(outcome, {})
        for name, codes in table.items():
            here = ("errors", outcome, name)
            for code in codes:
                rest = [entry for entry in codes if entry != code]
                target = after(name, [*table] if len(table) > 1 else classes)
                aside = tables.get(other, {}).get(name, [])
                yield Mutant(f"errors.{outcome}.{name}: without {code}", ((here, rest),))
                moved = ((here, rest), (("errors", outcome, target), [*table.get(target, []), code]))
                yield Mutant(f"errors.{outcome}.{name}: {code} -> {target}", moved)
                turned = ((here, rest), (("errors", other, name), [*aside, code]))
                yield Mutant(f"errors.{outcome}.{name}: {code} -> {other}", turned)
    for status, name in tables.get("http", {}).items():
        yield dropped(("errors", "http", status))
        yield changed(("errors", "http", status), name, after(name, classes))


def _limits(keys: Table) -> Iterator[Mutant]:
    for name, limit in keys.get("limits", {}).items():
        here = ("limits", name)
        yield from nearby((*here, "requests"), limit["requests"])
        yield from nearby((*here, "seconds"), limit["seconds"])
        yield from others((*here, "scope"), limit["scope"], ("ip", "uid"))
        yield flipped((*here, "per_endpoint"), limit.get("per_endpoint", False))


def _signing(here: Key, signing: Table) -> Iterator[Mutant]:
    if "prehash" in signing:
        yield from _prehash((*here, "prehash"), signing["prehash"])
    if "encoding" in signing:
        yield from others((*here, "encoding"), signing["encoding"], words(Signing, "encoding"))
    if "recv_window" in signing:
        yield from nearby((*here, "recv_window"), signing["recv_window"])
    for flag, usual in (("sort_query", False), ("in_body", False), ("sign_body", True)):
        yield flipped((*here, flag), signing.get(flag, usual))
    yield from fewer((*here, "algorithms"), signing.get("algorithms", []))
    yield from _named((*here, "headers"), signing.get("headers", {}))
    yield from _named((*here, "query"), signing.get("query", {}))
    order = list(signing.get("query", {}))
    for one, two in pairwise(order):
        names = [{one: two, two: one}.get(name, name) for name in order]
        turned = {name: signing["query"][name] for name in names}
        yield Mutant(f"{'.'.join(here)}.query: {two} before {one}", (((*here, "query"), turned),))


def _prehash(path: Key, template: str) -> Iterator[Mutant]:
    """A placeholder less, or two neighbours in the other order."""
    parts = [match.span() for match in _PLACEHOLDER.finditer(template)]
    for start, end in parts:
        yield changed(path, template, template[:start] + template[end:])
    for (start, end), (begin, stop) in pairwise(parts):
        turned = template[:start] + template[begin:stop] + template[end:begin] + template[start:end] + template[stop:]
        yield changed(path, template, turned)


def _clock(keys: Table) -> Iterator[Mutant]:
    clock = keys.get("clock")
    if not clock:
        return
    yield longer(("clock", "time"), clock["time"])
    yield from others(("clock", "unit"), clock.get("unit", "ms"), words(Clock, "unit"))
    yield from others(("clock", "endpoint"), clock["endpoint"], list(keys.get("endpoints", {}))[:1])


def _markets(keys: Table) -> Iterator[Mutant]:
    for name, market in keys.get("markets", {}).items():
        yield dropped(("markets", name))
        for key, value in market.items():
            yield longer(("markets", name, key), value)
            yield dropped(("markets", name, key))
    yield from fewer(("default_markets",), keys.get("default_markets", []))


def _symbols(keys: Table) -> Iterator[Mutant]:
    sizes = words(SymbolForm, "size_unit")
    for index, form in enumerate(keys.get("symbols", [])):
        here = ("symbols", str(index))
        yield changed((*here, "venue"), form["venue"], form["venue"].replace("{base}", "{base}+"))
        yield changed((*here, "symbol"), form["symbol"], _settled_otherwise(form["symbol"]))
        yield from fewer((*here, "quote"), form["quote"])
        yield from others((*here, "size_unit"), form.get("size_unit", "base"), sizes)
        yield flipped((*here, "read_only"), form.get("read_only", False))
        if "market" in form:
            yield from others((*here, "market"), form["market"], list(keys.get("markets", {}))[:2])
            yield dropped((*here, "market"))


def _settled_otherwise(symbol: str) -> str:
    """The same pair, settled in the other coin; a spot symbol as a contract."""
    pair, colon, coin = symbol.partition(":")
    if not colon:
        return f"{pair}:{{quote}}"
    return f"{pair}:{'{base}' if coin == '{quote}' else '{quote}'}"


def _enums(keys: Table) -> Iterator[Mutant]:
    for name, table in keys.get("enums", {}).items():
        yield from swapped(("enums", name), table)
        yield from fewer_keys(("enums", name), table)
        for value, wire in table.items():
            if isinstance(wire, list) and len(wire) > 1:
                yield from fewer(("enums", name, value), wire)


def _contracts(keys: Table) -> Iterator[Mutant]:
    contracts = keys.get("contracts", {})
    for key, value in contracts.items():
        if key == "endpoint":
            yield from others(("contracts", key), value, list(keys.get("endpoints", {}))[:1])
        else:
            yield longer(("contracts", key), value)
    if contracts:
        yield dropped(("contracts",))


def _status(keys: Table) -> Iterator[Mutant]:
    choices = words(Schema, "status")
    yield from others(("status",), keys.get("status", "live"), choices)
    if "successor" in keys:
        yield dropped(("successor",))
        yield longer(("successor",), keys["successor"])
    yield flipped(("default",), keys.get("default", False))
    credentials: list[Any] = keys.get("credentials", [])
    yield from fewer(("credentials",), credentials)
