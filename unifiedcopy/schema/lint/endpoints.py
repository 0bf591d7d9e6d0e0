"""Rules about one endpoint: its verb, its parameters, its paging."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from ..expressions import as_field, source_paths
from ..lines import Key
from ..model import NULL, Endpoint, Paging, Param, Schema, as_param
from ..structure import Flaw, suggestion
from ..verbs import VERBS, argument_kind
from ..wire import answer_echoes, item_paths
from .carried import carried, unit_of_argument
from .fields import field_rules


def endpoint_rules(schema: Schema) -> Iterator[Flaw]:
    for name, endpoint in schema.endpoints.items():
        here: Key = ("endpoints", name)
        for limit in endpoint.limits:
            if limit not in schema.limits:
                yield Flaw((*here, "limits"), f"there is no limit {limit!r}", suggestion(limit, schema.limits))
            elif schema.limits[limit].requests < endpoint.weight:
                yield Flaw((*here, "weight"), f"{endpoint.weight} is more than the limit {limit!r} ever has")
        if any(not part.strip(".") for part in endpoint.path.split("/")[1:]):
            yield Flaw((*here, "path"), "has a part of dots")
        proved = {code for codes in schema.errors.rejected.values() for code in codes}
        for role, codes in (("empty_codes", endpoint.empty_codes), ("ok_codes", endpoint.ok_codes)):
            for code in codes:
                if code not in proved:
                    yield Flaw(
                        (*here, role), f"{code} is not in [errors.rejected]", "only a code that proves something"
                    )
        if endpoint.sign != "none" and endpoint.sign not in schema.signing:
            yield Flaw(
                (*here, "sign"),
                f"there is no signing {endpoint.sign!r}",
                suggestion(endpoint.sign, [*schema.signing, "none"]),
            )
        if not endpoint.bare and schema.envelope is None:
            yield Flaw((*here, "bare"), "without an [envelope] every endpoint is bare")
        yield from _verb(endpoint, here)
        yield from _only(schema, endpoint, here)
        yield from _may_lack(endpoint, here)
        yield from _echo(endpoint, here)
        yield from _params(schema, endpoint, here)
        yield from carried(schema, endpoint, here)
        yield from field_rules(schema, endpoint, here)


def _verb(endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    verb = VERBS.get(endpoint.verb) if endpoint.verb is not None else None
    if endpoint.verb is not None and verb is None:
        yield Flaw((*here, "verb"), f"there is no verb {endpoint.verb!r}", suggestion(endpoint.verb, VERBS))
    reads = verb is not None and not verb.writes
    if endpoint.confirm is not None and reads:
        yield Flaw((*here, "confirm"), "only a write is confirmed")
    if endpoint.denied and endpoint.confirm is None:
        yield Flaw((*here, "denied"), "says nothing without a path", "confirm = where the word stands")
    if endpoint.only is not None and not (reads and endpoint.items):
        yield Flaw((*here, "only"), "belongs to a list of rows")
    if endpoint.row_key is not None and not (reads and endpoint.items):
        yield Flaw((*here, "row_key"), "belongs to items that are bare values")
    if reads and endpoint.writes is None and endpoint.method != "GET":
        yield Flaw((*here, "verb"), f"{endpoint.verb} reads, but {endpoint.method} writes by default", "writes = false")
    if reads and bool(endpoint.items) == bool(endpoint.item):
        yield Flaw(here, "needs exactly one of items (a list) and item (one object)")
    if verb is not None and verb.writes and (endpoint.method == "GET" or endpoint.writes is False):
        yield Flaw((*here, "verb"), f"{endpoint.verb} writes, but the endpoint says that it only reads")
    if verb is not None and verb.writes and (endpoint.items or endpoint.item or endpoint.fields):
        yield Flaw(
            here,
            "a write returns a receipt and has neither rows nor fields",
            "ids = … for the ids that it answers with",
        )
    if endpoint.verb == "unfollow" and endpoint.open_copies is None:
        yield Flaw(
            here,
            "must say what happens to open copies",
            'open_copies = "refused" | "kept" | "closed" | "chosen" | "unknown"',
        )


def _only(schema: Schema, endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    """Both kinds of rows are known, so that a third one is noticed."""
    if endpoint.only is None:
        return
    table = schema.enums.get(endpoint.only.enum)
    if table is None:
        hint = suggestion(endpoint.only.enum, schema.enums)
        yield Flaw((*here, "only", "enum"), f"there is no enum {endpoint.only.enum!r}", hint)
    elif set(table) != {"true", "false"}:
        yield Flaw(("enums", endpoint.only.enum), "must list true and false, and nothing else")


def _may_lack(endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    """Only of a key that is read it matters that it is missing."""
    mapped = {path for line in endpoint.fields.values() for path in source_paths(as_field(line))}
    for path in endpoint.may_lack:
        if path not in mapped:
            yield Flaw((*here, "may_lack"), f"{path!r} is not mapped", suggestion(path, mapped))


def _echo(endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    """What is repeated was sent, and inside of lists only the rows are looked at."""
    listed = () if endpoint.verb not in VERBS or VERBS[endpoint.verb].writes else answer_echoes(endpoint)
    for path, parameter in endpoint.echo.items():
        if parameter not in endpoint.params:
            yield Flaw((*here, "echo", path), f"{parameter!r} is no parameter", suggestion(parameter, endpoint.params))
        if path in listed and "[]" in path:
            rows = " or ".join(f"{items}[]" for items in item_paths(endpoint))
            yield Flaw((*here, "echo", path), f"is in a list, but not in {rows}, where the rows stand")


def _params(schema: Schema, endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    placed = set(re.findall(r"\{(\w+)\}", endpoint.path))
    for missing in placed - set(endpoint.params):
        yield Flaw((*here, "path"), f"{{{missing}}} is no parameter", suggestion(missing, endpoint.params))
    if endpoint.paging:
        yield from _paging(endpoint, endpoint.paging, (*here, "paging"))
    for name, param in endpoint.params.items():
        spec = as_param(param)
        at = (*here, "params", name)
        if name in placed and spec.pattern is None and spec.type != "integer":
            yield Flaw(at, "a part of the path needs a pattern or the type integer")
        if spec.enum is not None and spec.enum not in schema.enums:
            yield Flaw((*at, "enum"), f"there is no enum {spec.enum!r}", suggestion(spec.enum, schema.enums))
        if spec.clear == NULL and (spec.place or ("body" if endpoint.method in ("POST", "PUT") else "query")) != "body":
            yield Flaw((*at, "clear"), "only a body can hold null")
        if spec.const is not None and spec.source is not None:
            yield Flaw(at, "has two sources: from and const")
        if name.partition("[]")[0] != name and name.partition("[]")[0] != endpoint.rows:
            yield Flaw(at, f"is a row of {name.partition('[]')[0]!r}", f'rows = "{name.partition("[]")[0]}"')
        for source in (spec.source, spec.fallback):
            yield from _argument(schema, endpoint, source, at)
        yield from _numbers(spec, at)
        yield from unit_of_argument(endpoint, spec, at)


def _paging(endpoint: Endpoint, paging: Paging, at: Key) -> Iterator[Flaw]:
    if (paging.version is None) != (paging.version_param is None):
        yield Flaw(at, "a version needs both keys: version (read) and version_param (sent)")
    for role in ("param", "size", "version_param"):
        name = getattr(paging, role)
        if name is not None and name not in endpoint.params:
            hint = f"list it under [{'.'.join(at[:-1])}.params]: {name} = {{ type = … }}"
            close = difflib.get_close_matches(name, endpoint.params, 1, 0.6)
            yield Flaw((*at, role), f"{name!r} is no parameter", f"did you mean {close[0]!r}?" if close else hint)


def _numbers(spec: Param, at: Key) -> Iterator[Flaw]:
    for name in ("min", "max"):
        bound = getattr(spec, name)
        if bound is not None and not re.fullmatch(r"-?\d+(\.\d+)?", bound):
            yield Flaw((*at, name), f"{bound!r} is not a number")


def _argument(schema: Schema, endpoint: Endpoint, source: str | None, at: Key) -> Iterator[Flaw]:
    if source is None:
        return
    if endpoint.verb not in VERBS:
        yield Flaw(
            (*at, "from"), f"{source!r}: the endpoint serves no verb, so its arguments come from the caller alone"
        )
        return
    if argument_kind(endpoint.verb, source) is None:
        yield Flaw(
            (*at, "from"),
            f"{endpoint.verb} has no argument {source!r}",
            suggestion(source, VERBS[endpoint.verb].arguments),
        )
    elif source.startswith("market.") and not any(source[7:] in market for market in schema.markets.values()):
        yield Flaw(
            (*at, "from"),
            f"no market has {source[7:]!r}",
            suggestion(source[7:], {key for market in schema.markets.values() for key in market}),
        )
