"""``check``: everything wrong with a schema file at once, then what it covers and can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ..capabilities import capabilities
from ..errors import ConfigError, SchemaError
from ..schema import Api
from ..schema.document import read_document
from ..schema.drift import strange
from ..schema.hooks import hook_lines
from ..schema.kinds import BY_SYMBOL, canonical_fields
from ..schema.lint import Finding, lint
from ..schema.load import load_file
from ..schema.model import Endpoint
from ..schema.structure import suggestion
from ..schema.verbs import VERBS
from .exits import Exit
from .options import command
from .output import Output
from .schemas import abilities, exchange_document


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "check")(check)


async def check(
    out: Output, files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Schema files.")]
) -> Exit:
    """Check schema files: every problem with its line, then what the schema covers and can do."""
    found = {path: _findings(path) for path in files}
    if out.as_json:
        out.document("check", files=[_checked_document(path, problems) for path, problems in found.items()])
    else:
        for path, problems in found.items():
            out.show("\n".join(_report(path, problems)))
    return Exit.CONFIG if any(found.values()) else Exit.OK


def _findings(path: Path) -> list[Finding]:
    try:
        return lint(read_document(path.absolute()), path.absolute())
    except (SchemaError, ConfigError) as error:  # not readable, not TOML, starts from what can't be used
        return [Finding(path.name, "file", error.message, "")]


def _report(path: Path, problems: list[Finding]) -> Iterator[str]:
    if problems:
        yield from map(str, problems)
        yield f"{path.name}: {len(problems)} problem{'s' * (len(problems) > 1)}"
        return
    api = load_file(path.absolute())
    yield f"{api.schema.id}: no problems"
    for line in coverage(api):
        known = f"{line['mapped']} of {line['fields']} fields" if line["fields"] else f"{line['parameters']} parameters"
        aside = f", {line['unmapped']} wire keys listed as unmapped" if line["unmapped"] else ""
        yield f"  {line['endpoint']:<22} {line['verb'] or 'raw':<20} {known}{aside}"
        for what, names in (("fields not served", "not_served"), ("wire keys not mapped", "not_mapped")):
            if line[names]:
                yield f"      {what}: {', '.join(line[names])}"
    yield from (f"  {stranger}" for stranger in strangers(api, path))
    yield from (f"  {line}" for line in (*abilities(capabilities(api)), *hook_lines(api)))


def strangers(api: Api, path: Path) -> list[str]:
    """Wire keys and values of the schema's samples that the schema doesn't know; a wrong case file is one of them."""
    from ..testing import CaseFiles, load_cases  # noqa: PLC0415 (most schemas that are checked have no samples)

    try:
        answers = load_cases(CaseFiles(path)).answer
        endpoints = api.schema.endpoints
        if lost := {case.endpoint for case in answers} - endpoints.keys():
            return [f"its cases speak of {', '.join(sorted(lost))}; {suggestion(min(lost), endpoints)}"]
        known = [case for case in answers if endpoints[case.endpoint].verb is not None]
        return [f"{case.label}: {found}" for case in known for found in strange(api.reader(case.endpoint), case.raw)]
    except (ConfigError, OSError) as error:
        return [f"its cases can't be used: {error}"]


def _checked_document(path: Path, problems: list[Finding]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "file": str(path),
        "ok": not problems,
        "findings": [problem._asdict() for problem in problems],
    }
    if not problems:
        api = load_file(path.absolute())
        document |= {"coverage": coverage(api), "capabilities": exchange_document(api), "samples": strangers(api, path)}
    return document


def coverage(api: Api) -> list[dict[str, Any]]:
    """How much of each endpoint is mapped."""
    return [_covered(name, endpoint) for name, endpoint in api.schema.endpoints.items()]


def _covered(name: str, endpoint: Endpoint) -> dict[str, Any]:
    verb = VERBS.get(endpoint.verb or "")
    known = {} if verb is None or verb.writes else canonical_fields(verb.returns)
    fields = [field.name for field in known.values() if field.kind not in BY_SYMBOL or field.kind == "venue_symbol"]
    return {
        "endpoint": name,
        "verb": endpoint.verb,
        "parameters": len(endpoint.params),
        "mapped": len(endpoint.fields),
        "fields": len(known),
        "unmapped": len(endpoint.unmapped),
        "not_served": [name for name in fields if name not in endpoint.fields],
        "not_mapped": list(endpoint.unmapped),
    }
