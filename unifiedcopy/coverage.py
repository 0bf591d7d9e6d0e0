"""How much of what a venue documents is declared, mapped to a verb, tested by a documented example, and emulated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from .sandbox import known_venues, load_emulator
from .schema import Api, load_schema, schema_ids
from .schema.catalogue import Catalogue, Listed, catalogue_ids, endpoint_key, load_catalogue
from .schema.model import Schema
from .schema.places import schema_folder

MADE_UP = (".edge.", ".synthetic.")
"""In the name of an answer that no page of the venue prints."""


class Covered(NamedTuple):
    """One endpoint of a catalogue, and what there is of it."""

    listed: Listed
    names: tuple[str, ...]
    """The schema's endpoints with its method and path; more than one where it serves several verbs."""
    verbs: tuple[str, ...]
    tested: bool | None
    """Whether a case has an example of the venue's page. None where the cases are not: they are not installed."""
    emulated: bool


class Coverage(NamedTuple):
    """One API: what its catalogue lists, and what is declared beyond it."""

    id: str
    endpoints: tuple[Covered, ...]
    beyond: tuple[str, ...]
    """Endpoints of the schema that no catalogue lists."""

    @property
    def documented(self) -> tuple[Covered, ...]:
        """What the counts are about: all that the venue's pages list, what stands aside left out."""
        return tuple(row for row in self.endpoints if row.listed.documented)

    @property
    def undocumented(self) -> tuple[Covered, ...]:
        """What only clients know."""
        return tuple(row for row in self.endpoints if not row.listed.documented)

    @property
    def missing(self) -> tuple[Listed, ...]:
        """What the schema must declare and doesn't."""
        return tuple(row.listed for row in self.endpoints if not row.names)


def covered_ids() -> list[str]:
    """Every API with a schema or a catalogue."""
    return sorted({*schema_ids(), *catalogue_ids()})


def coverage(schema_id: str) -> Coverage:
    """What there is of an API's catalogue; nothing, while the API has no schema.

    Raises:
        SchemaError: the schema or the catalogue is wrong.
    """
    catalogue = load_catalogue(schema_id) or Catalogue(schema_id, "", (), {})
    api = load_schema(schema_id) if schema_id in schema_ids() else None
    declared = _declared(api)
    tested, emulated = _tested(api), _emulated(schema_id.partition("/")[0])
    rows = tuple(_covered(entry, api, declared, tested, emulated) for entry in catalogue.expected)
    known = {entry.key for entry in catalogue.endpoints}
    beyond = tuple(name for key, names in declared.items() if key not in known for name in names)
    return Coverage(schema_id, rows, beyond)


def _covered(
    entry: Listed, api: Api | None, declared: dict[str, list[str]], tested: set[str] | None, emulated: frozenset[str]
) -> Covered:
    names = declared.get(entry.key, [])
    verbs = [] if api is None else [api.schema.endpoints[name].verb for name in names]
    return Covered(
        entry,
        tuple(names),
        tuple(verb for verb in verbs if verb is not None),
        None if tested is None else entry.key in tested,
        entry.key in emulated,
    )


def _declared(api: Api | None) -> dict[str, list[str]]:
    """Method and path -> the endpoints of the schema."""
    found: dict[str, list[str]] = {}
    for name, endpoint in api.schema.endpoints.items() if api else ():
        found.setdefault(endpoint_key(endpoint.method, endpoint.path), []).append(name)
    return found


def _tested(api: Api | None) -> set[str] | None:
    """The endpoints of which a case reads a documented answer or builds a documented request.

    The cases are part of the checkout and not of the installed package.
    """
    folder = schema_folder().parent / "tests" / "cases"
    if not folder.is_dir():
        return None
    path = folder / f"{api.schema.id}.toml" if api else None
    if api is None or path is None or not path.is_file():
        return set()
    cases = tomllib.loads(path.read_text("utf-8"))
    return {*_documented_answers(api.schema, cases), *_documented_requests(api.schema, cases)}


def _documented_answers(schema: Schema, cases: dict[str, Any]) -> Iterator[str]:
    clock = schema.clock.endpoint if schema.clock else None
    for case in (case for kind in ("answer", "accepted", "time") for case in cases.get(kind, ())):
        endpoint = schema.endpoints.get(case.get("endpoint", clock))
        if endpoint and "file" in case and not any(mark in case["file"] for mark in MADE_UP):
            yield endpoint_key(endpoint.method, endpoint.path)


def _documented_requests(schema: Schema, cases: dict[str, Any]) -> Iterator[str]:
    sent = [case["expect"] for case in cases.get("request", ()) if case.get("documented")]
    for endpoint in schema.endpoints.values():
        key = endpoint_key(endpoint.method, endpoint.path)
        form = re.escape(key).replace(r"\{\}", "[^/]+")
        if any(re.fullmatch(form, f"{expect['method']} {expect['path']}") for expect in sent):
            yield key


@cache
def _emulated(venue: str) -> frozenset[str]:
    """The routes of a venue's emulator. No server is started for it."""
    if venue not in known_venues():
        return frozenset()
    return frozenset(endpoint_key(served.method, served.path) for served in load_emulator(venue).declared())
