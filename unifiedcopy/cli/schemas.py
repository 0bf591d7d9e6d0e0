"""Commands about the exchanges themselves: exchanges, show. They need no account and no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, Self

import typer

from ..capabilities import Capabilities, capabilities, core_verbs
from ..errors import ConfigError, SchemaError
from ..registry import find
from ..sandbox import known_venues
from ..schema import Api, load_place, schema_ids
from ..schema.hooks import hook_lines, hooks_of
from ..schema.places import BUILT_IN, Place, built_in, found
from ..schema.structure import suggestion
from ..schema.verbs import LEAD, ROLE, VERBS
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
    """Which exchanges and APIs there are, where each was found, and what each can do."""
    if documented:
        return show_coverage(out, venue, markdown=markdown)
    listed = _all(out) if venue is None else [Listed.at(find(venue))]
    if out.as_json:
        entries = [{**exchange_document(entry.api), "source": entry.place.source} for entry in listed]
        out.document("exchanges", exchanges=entries)
        return Exit.OK
    if markdown:
        out.show("\n".join(markdown_table(listed, _columns(listed))))
        return Exit.OK
    show_table(out, listed, _columns(listed), "no schemas")
    if venue is not None:
        out.show("")
        out.show("\n".join([*abilities(listed[0].can), *hook_lines(listed[0].api)]))
    else:
        out.say("`unifiedcopy exchanges VENUE` tells every verb, and why one is missing", "dim")
    return Exit.OK


class Listed(NamedTuple):
    """One line of the list."""

    place: Place
    api: Api
    can: Capabilities

    @classmethod
    def at(cls, place: Place) -> Self:
        api = load_place(place)
        return cls(place, api, capabilities(api))


def _all(out: Output) -> list[Listed]:
    """Built-ins, then what was found. What can't be used is told in a line, and takes nothing with it."""
    others = found(anew=True)
    listed = [Listed.at(built_in(schema_id)) for schema_id in schema_ids()]
    for trouble in others.troubles:
        out.warn(trouble.message)
    for place in others.places.values():
        try:
            listed.append(Listed.at(place))
        except (SchemaError, ConfigError) as error:
            out.warn(f"{place} can't be used: {error.message.partition(chr(10))[0]} (unifiedcopy check {place.path})")
    return listed


def _columns(listed: list[Listed]) -> list[Column]:
    emulated = known_venues()

    def verb(name: str) -> Column:
        return Column(name, lambda entry: MARKS[entry.can.verbs[name]], 7)

    foreign = any(entry.place.source != BUILT_IN for entry in listed)
    return [
        Column("id", lambda entry: entry.api.schema.id, 9),
        *([Column("from", lambda entry: entry.place.source, 9)] if foreign else []),
        Column("name", lambda entry: entry.api.schema.name, 4),
        Column("status", lambda entry: entry.api.schema.status + (", default" if entry.api.schema.default else ""), 8),
        *(verb(name) for name in ("list_leaders", "following", "follow", "set_tpsl", "unfollow", "positions")),
        Column("close", lambda entry: MARKS[entry.can.verbs["close_position"]], 6),
        Column("leads", lambda entry: MARKS[entry.can.verbs["lead.positions"]], 4),
        Column("sizing", lambda entry: ", ".join(entry.can.sizing) or NOTHING, 3),
        Column("TP/SL in", lambda entry: ", ".join(entry.can.triggers) or NOTHING, 5),
        Column("unfollow: open copies", lambda entry: entry.can.open_copies or NOTHING, 2),
        Column("sandbox", lambda entry: "yes" if entry.place.venue in emulated else "no", 1),
    ]


def exchange_document(api: Api) -> dict[str, Any]:
    schema, can = api.schema, capabilities(api)
    return {
        "id": schema.id,
        "venue": schema.id.partition("/")[0],
        "hooks": [str(hook) for hook in hooks_of(api)],
        "name": schema.name,
        "status": schema.status,
        "default": schema.default,
        "successor": schema.successor,
        "credentials": list(schema.credentials),
        "verbs": can.verbs,
        "core": core_verbs(can),
        "sizing": can.sizing,
        "settings": can.settings,
        "triggers": can.triggers,
        "trigger_scope": can.trigger_scope,
        "open_copies": can.open_copies,
        "markets": can.markets,
        "missing": can.missing,
        "sandbox": schema.id.partition("/")[0] in known_venues(),
    }


def abilities(can: Capabilities) -> Iterator[str]:
    """Every verb with its ability, and why one is missing; those that [missing] does not explain share a line."""
    whole_role = ROLE in can.missing
    unsaid = [verb for verb, ability in can.verbs.items() if ability == "missing" and verb not in can.missing]
    for verb, ability in can.verbs.items():
        if verb in unsaid:
            continue
        why = f"  {can.why_not(verb)}" if ability != "native" else ""
        yield f"{verb:<26} {MARKS[ability]:<12}{why}".rstrip()
    if whole_role:
        yield f"{f'{LEAD}*':<26} {MARKS['missing']:<12}  {can.missing[ROLE]}"
    if left := [verb for verb in unsaid if not (verb.startswith(LEAD) and whole_role)]:
        yield f"{'no endpoint for':<26} {', '.join(left)}"
    yield f"{'sizing':<26} {', '.join(can.sizing) or NOTHING}"
    yield f"{'follow settings':<26} {', '.join(can.settings) or NOTHING}"
    yield f"{'TP/SL in':<26} {', '.join(can.triggers) or NOTHING}, one for each {can.trigger_scope or NOTHING}"
    yield f"{'markets':<26} {', '.join(can.markets) or NOTHING}"


# -- show -------------------------------------------------------------------------------------------------------------


async def show(
    out: Output,
    api: Annotated[str, typer.Argument(metavar="ID/API", help="A schema or its file, or a venue for its default one.")],
    endpoint: Annotated[str | None, typer.Argument(help="One endpoint, with the code that reads its answers.")] = None,
) -> Exit:
    """Show a schema as it takes effect (with what it extends), or an endpoint and its generated code."""
    loaded = load_place(find(api))
    if endpoint is None:
        keys = _effective(loaded)
        if out.as_json:
            out.document("schema", id=loaded.schema.id, keys=keys)
        else:
            out.code("\n".join([*(f"# {line}" for line in hook_lines(loaded)), *toml(keys)]), "toml")
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
    """The keys of a schema over those of what it extends."""
    return api.document.keys


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
