"""Commands about the exchanges themselves: exchanges, show. They need no account and no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from ..capabilities import Capabilities, capabilities, core_verbs
from ..registry import resolve
from ..sandbox import known_venues
from ..schema import Api, load_schema, schema_ids
from ..schema.document import read_document, schema_folder
from ..schema.structure import suggestion
from ..schema.verbs import VERBS
from .coverage import show_coverage
from .exits import Exit, Usage
from .options import command
from .output import Output
from .tables import NOTHING, Column, markdown_table, show_table

MARKS = {"native": "yes", "amend-only": "change only", "missing": "no"}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    command(app, "exchanges")(exchanges)
    command(app, "show")(show)


# -- exchanges --------------------------------------------------------------------------------------------------------


async def exchanges(
    out: Output,
    venue: Annotated[str | None, typer.Argument(help="Only this one, with every verb and reason.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown table.")] = False,
    documented: Annotated[
        bool, typer.Option("--coverage", help="How much of what the venue documents there is.")
    ] = False,
) -> Exit:
    """Which exchanges and APIs there are, and what each can do."""
    if documented:
        return show_coverage(out, venue, markdown=markdown)
    names = schema_ids() if venue is None else [resolve(venue)]
    apis = [load_schema(name) for name in names]
    if out.as_json:
        out.document("exchanges", exchanges=[exchange_document(api) for api in apis])
        return Exit.OK
    if markdown:
        out.show("\n".join(markdown_table(apis, _columns())))
        return Exit.OK
    show_table(out, apis, _columns(), "no schemas")
    if venue is not None:
        out.show("")
        out.show("\n".join(abilities(capabilities(apis[0]))))
    else:
        out.say("`unifiedcopy exchanges VENUE` tells every verb, and why one is missing", "dim")
    return Exit.OK


def _columns() -> list[Column]:
    emulated = known_venues()
    can = {name: capabilities(load_schema(name)) for name in schema_ids()}

    def verb(name: str) -> Column:
        return Column(name, lambda api: MARKS[can[api.schema.id].verbs[name]], 7)

    return [
        Column("id", lambda api: api.schema.id, 9),
        Column("name", lambda api: api.schema.name, 4),
        Column("status", lambda api: api.schema.status + (", default" if api.schema.default else ""), 8),
        *(verb(name) for name in ("list_leaders", "following", "follow", "set_tpsl", "unfollow", "positions")),
        Column("close", lambda api: MARKS[can[api.schema.id].verbs["close_position"]], 6),
        Column("sizing", lambda api: ", ".join(can[api.schema.id].sizing) or NOTHING, 3),
        Column("TP/SL in", lambda api: ", ".join(can[api.schema.id].triggers) or NOTHING, 5),
        Column("unfollow: open copies", lambda api: can[api.schema.id].open_copies or NOTHING, 2),
        Column("sandbox", lambda api: "yes" if api.schema.id.partition("/")[0] in emulated else "no", 1),
    ]


def exchange_document(api: Api) -> dict[str, Any]:
    schema, can = api.schema, capabilities(api)
    return {
        "id": schema.id,
        "venue": schema.id.partition("/")[0],
        "name": schema.name,
        "status": schema.status,
        "default": schema.default,
        "successor": schema.successor,
        "credentials": list(schema.credentials),
        "verbs": can.verbs,
        "core": core_verbs(can),
        "sizing": can.sizing,
        "triggers": can.triggers,
        "trigger_scope": can.trigger_scope,
        "open_copies": can.open_copies,
        "markets": can.markets,
        "missing": can.missing,
        "sandbox": schema.id.partition("/")[0] in known_venues(),
    }


def abilities(can: Capabilities) -> Iterator[str]:
    """Every verb with its ability, and the reason where there is none."""
    for verb, ability in can.verbs.items():
        why = f"  {can.why_not(verb)}" if ability != "native" else ""
        yield f"{verb:<20} {MARKS[ability]:<12}{why}".rstrip()
    yield f"{'sizing':<20} {', '.join(can.sizing) or NOTHING}"
    yield f"{'TP/SL in':<20} {', '.join(can.triggers) or NOTHING}, one for each {can.trigger_scope or NOTHING}"
    yield f"{'markets':<20} {', '.join(can.markets) or NOTHING}"


# -- show -------------------------------------------------------------------------------------------------------------


async def show(
    out: Output,
    api: Annotated[str, typer.Argument(metavar="ID/API", help="A schema, or a venue for its default one.")],
    endpoint: Annotated[str | None, typer.Argument(help="One endpoint, with the code that reads its answers.")] = None,
) -> Exit:
    """Show a schema as it takes effect (with what it extends), or an endpoint and its generated code."""
    loaded = load_schema(resolve(api))
    if endpoint is None:
        keys = _effective(loaded)
        if out.as_json:
            out.document("schema", id=loaded.schema.id, keys=keys)
        else:
            out.code("\n".join(toml(keys)), "toml")
        return Exit.OK
    known = loaded.schema.endpoints
    if endpoint not in known:
        raise Usage(f"{loaded.schema.id} has no endpoint {endpoint!r}; {suggestion(endpoint, known)}")
    keys = {"endpoints": {endpoint: _effective(loaded)["endpoints"][endpoint]}}
    where, code = loaded.where("endpoints", endpoint), _generated(loaded, endpoint)
    if out.as_json:
        out.document("endpoint", id=loaded.schema.id, endpoint=endpoint, where=where, keys=keys, code=code)
        return Exit.OK
    out.code("\n".join([f"# {where}", *toml(keys)]), "toml")
    if code is not None:
        out.code(f"\n# generated: bytes to structs\n{code}", "python")
    return Exit.OK


def _effective(api: Api) -> dict[str, Any]:
    """The keys of a shipped schema over those of what it extends."""
    return read_document(schema_folder() / f"{api.schema.id}.toml").keys


def _generated(api: Api, endpoint: str) -> str | None:
    """The generated code; an endpoint that returns no structs has none."""
    verb = api.schema.endpoints[endpoint].verb
    if verb is None or VERBS[verb].writes:
        return None
    return str(api.reader(endpoint).generator.source)


def toml(keys: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Plain keys as TOML, tables after values."""
    tables = {key: value for key, value in keys.items() if _is_table(value, len(path))}
    values = [f"{_key(key)} = {_value(value)}" for key, value in keys.items() if key not in tables]
    if path and (values or not tables):
        yield f"\n[{'.'.join(map(_key, path))}]"
    yield from values
    for key, value in tables.items():
        yield from toml(value, (*path, key))


def _is_table(value: Any, depth: int) -> bool:
    """Whether a value gets a table of its own: down to the endpoint's parts, below that it stands in one line."""
    return isinstance(value, dict) and bool(value) and depth < 3


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
