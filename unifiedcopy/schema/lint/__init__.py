"""Every problem of a schema at once, each with file, line, key and cure.

The shape (``structure.py``), what the keys mean together, and once both are right the compiler itself. A schema that
passes can't name code, choose a host at run time, or leave a unit to the reader.

``file``, ``endpoints`` and ``fields`` are the rules, outside in; ``carried``: what a verb must send; ``guards`` and
``patterns``: what a stranger's file may not say; ``openpoints``: what a sketch left to decide; ``repair``: lets one
wrong part hide no other.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .. import kinds
from ..api import Api
from ..document import Document
from ..model import Schema
from ..structure import Flaw, flaws
from ..verbs import VERBS
from .endpoints import endpoint_rules
from .file import FILE_RULES
from .guards import GUARDS
from .openpoints import open_points
from .repair import repaired, touches

MOST_FLAWS = 200
"""A file of more is no schema; the rest is not looked for."""


class Finding(NamedTuple):
    """A problem as ``check`` prints it."""

    where: str
    """``file:line``."""
    key: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.where} {self.key}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def lint(document: Document, path: Path | None = None) -> list[Finding]:
    """Every problem of a schema file, in the order of its lines."""
    found = [_of_its_kind(flaw, document.keys) for flaw in islice(flaws(document.keys, Schema), MOST_FLAWS)]
    keys, mended = repaired(document.keys, found) if 0 < len(found) < MOST_FLAWS else (document.keys, [])
    if len(found) < MOST_FLAWS and keys is not None:
        schema = msgspec.convert(keys, Schema)
        found += [
            flaw
            for rule in (*GUARDS, *FILE_RULES, endpoint_rules)
            for flaw in rule(schema)
            if not touches(flaw.path, mended)
        ]
        if path is not None and ("id",) not in mended and schema.id != f"{path.parent.name}/{path.stem}":
            found.append(
                Flaw(
                    ("id",),
                    f"{schema.id!r} does not fit the file's place",
                    f"it stands at {path.parent.name}/{path.stem}",
                )
            )
        found += [] if found else _compiled(schema, document)
    found += open_points(document.keys)
    findings = [
        Finding(document.where(*flaw.path), *map(_one_line, (".".join(flaw.path) or "file", flaw.message, flaw.hint)))
        for flaw in found
    ]
    return sorted(
        findings,
        key=lambda finding: (finding.where.rpartition(":")[0], int(finding.where.rpartition(":")[2]), finding.key),
    )


def _of_its_kind(flaw: Flaw, keys: dict[str, Any]) -> Flaw:
    """The same flaw; an unknown unit of a field with the units of the field's kind, not with all there are."""
    if len(flaw.path) != 5 or (flaw.path[2], flaw.path[4]) != ("fields", "unit"):
        return flaw
    verb = VERBS.get(str(keys["endpoints"][flaw.path[1]].get("verb")))
    field = kinds.canonical_fields(verb.returns).get(flaw.path[3]) if verb is not None else None
    units = kinds.UNITS.get(field.kind) or kinds.OPTIONAL_UNITS.get(field.kind) if field is not None else None
    return flaw._replace(hint=f"one of: {', '.join(units)}") if units else flaw


def _one_line(text: str) -> str:
    """A text with a file's own words in it, fit for a terminal and a log."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _compiled(schema: Schema, document: Document) -> list[Flaw]:
    """What only the compiler sees, such as one wire key used as two kinds."""
    api = Api(schema, document)
    found = []
    for name, endpoint in schema.endpoints.items():
        if endpoint.verb is None or VERBS[endpoint.verb].writes:
            continue
        try:
            api.reader(name)
        except (ValueError, TypeError, KeyError) as error:
            found.append(Flaw(("endpoints", name), str(error)))
        except Exception as error:  # a stranger's file may find what no rule here thought of
            found.append(Flaw(("endpoints", name), f"can't be compiled ({type(error).__name__}: {error})"))
    return found
