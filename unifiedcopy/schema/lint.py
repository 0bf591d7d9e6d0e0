"""Every problem of a schema at once, each with file, line, key and cure.

First the shape (``structure.py``), then what the keys mean together, then the compiler itself. A schema that passes
can't name code, choose a host at run time, or leave a unit to the reader.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .. import errors
from ..models import SIZINGS
from . import kinds
from .api import Api
from .carried import carried, unit_of_argument
from .document import Document
from .expressions import as_field
from .guards import GUARDS
from .hooks import MAKES
from .lines import Key
from .model import NULL, Endpoint, Field, Paging, Param, Schema, as_param
from .openpoints import open_points
from .repair import repaired, touches
from .structure import Flaw, flaws, suggestion
from .verbs import CORE, LEAD, ROLE, VERBS, argument_kind

PLACEHOLDERS = (
    "timestamp",
    "timestamp_iso",
    "nonce",
    "api_key",
    "passphrase",
    "recv_window",
    "method",
    "path",
    "query",
    "?query",
    "params",
    "body",
    "signature",
)
_SOURCES = ("source", "join", "const", "product", "quotient", "request", "hook")
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
        found += [flaw for rule in (*GUARDS, *_RULES) for flaw in rule(schema) if not touches(flaw.path, mended)]
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


# -- the whole file ---------------------------------------------------------------------------------------------------


def _status(schema: Schema) -> Iterator[Flaw]:
    if schema.status == "retired" and not schema.successor:
        yield Flaw(("status",), "a retired API must name its successor", 'successor = "<id>/<api>"')
    for verb in schema.missing:
        if verb not in VERBS and verb != ROLE:
            yield Flaw(("missing", verb), f"there is no verb {verb!r}", suggestion(verb, [*VERBS, ROLE]))
    served = {endpoint.verb for endpoint in schema.endpoints.values()}
    for verb in CORE:
        if verb not in served and verb not in schema.missing:
            yield Flaw(
                ("endpoints",), f"no endpoint serves {verb!r}", f"map one, or say why not under [missing] {verb}"
            )
    for verb in schema.missing:
        if verb in served or (verb == ROLE and any(name and name.startswith(LEAD) for name in served)):
            yield Flaw(("missing", verb), f"an endpoint serves {verb!r}")


def _errors(schema: Schema) -> Iterator[Flaw]:
    seen: Counter[str] = Counter()
    for group in ("rejected", "unknown"):
        for name, codes in getattr(schema.errors, group).items():
            if errors.by_name(name) is None:
                yield Flaw(
                    ("errors", group, name), f"there is no error class {name!r}", suggestion(name, _error_names())
                )
            seen.update(codes)
    for status, name in schema.errors.http.items():
        if errors.by_name(name) is None:
            yield Flaw(
                ("errors", "http", status), f"there is no error class {name!r}", suggestion(name, _error_names())
            )
        if not re.fullmatch(r"[1-5]\d\d", status):
            yield Flaw(("errors", "http", status), f"{status!r} is not an HTTP status")
    for code, times in seen.items():
        if times > 1:
            yield Flaw(("errors",), f"the code {code} stands in {times} lists", "a code has one class")
        if schema.envelope and code in {str(ok) for ok in schema.envelope.ok}:
            yield Flaw(("errors",), f"the code {code} means success in [envelope]")


def _error_names() -> list[str]:
    return [name for name in vars(errors) if errors.by_name(name)]


def _signing(schema: Schema) -> Iterator[Flaw]:
    for name, signing in schema.signing.items():
        here: Key = ("signing", name)
        templates: dict[Key, str] = {("prehash",): signing.prehash}
        templates |= {("query", key): template for key, template in signing.query.items()}
        templates |= {("headers", key): template for key, template in signing.headers.items()}
        for key, template in templates.items():
            for placeholder in re.findall(r"\{([^{}]*)\}", template):
                if placeholder not in PLACEHOLDERS:
                    yield Flaw(
                        (*here, *key),
                        f"there is no placeholder {{{placeholder}}}",
                        suggestion(placeholder, PLACEHOLDERS),
                    )
        if "{signature}" in signing.prehash:
            yield Flaw((*here, "prehash"), "the signature can't sign itself")
        holders = [key for key, template in signing.query.items() if "{signature}" in template]
        if holders and holders != [list(signing.query)[-1]]:
            yield Flaw((*here, "query"), "the parameter with {signature} must come last")
        if "{recv_window}" in "".join(templates.values()) and signing.recv_window is None:
            yield Flaw(here, "the key 'recv_window' is missing", "milliseconds")
        if "{" not in signing.prehash:
            yield Flaw((*here, "prehash"), "signs the same text for every request", "such as {timestamp}{query}{body}")


def _clock(schema: Schema) -> Iterator[Flaw]:
    if schema.clock and schema.clock.endpoint not in schema.endpoints:
        yield Flaw(
            ("clock", "endpoint"),
            f"there is no endpoint {schema.clock.endpoint!r}",
            suggestion(schema.clock.endpoint, schema.endpoints),
        )


def _symbols(schema: Schema) -> Iterator[Flaw]:
    for market in schema.default_markets:
        if market not in schema.markets:
            yield Flaw(("default_markets",), f"there is no market {market!r}", suggestion(market, schema.markets))
    for index, form in enumerate(schema.symbols):
        here: Key = ("symbols", str(index))
        if form.market is not None and form.market not in schema.markets:
            yield Flaw(
                (*here, "market"), f"there is no market {form.market!r}", suggestion(form.market, schema.markets)
            )


def _contracts(schema: Schema) -> Iterator[Flaw]:
    contracts = schema.contracts
    if contracts is None:
        return
    endpoint = schema.endpoints.get(contracts.endpoint)
    if endpoint is None:
        hint = suggestion(contracts.endpoint, schema.endpoints)
        yield Flaw(("contracts", "endpoint"), f"there is no endpoint {contracts.endpoint!r}", hint)
    elif endpoint.changes:
        yield Flaw(("contracts", "endpoint"), f"{contracts.endpoint!r} writes")


def _enums(schema: Schema) -> Iterator[Flaw]:
    for name, table in schema.enums.items():
        wires = [str(wire) for value in table.values() for wire in (value if isinstance(value, list) else [value])]
        for wire, times in Counter(wires).items():
            if times > 1:
                yield Flaw(("enums", name), f"the wire value {wire!r} stands for {times} values")


# -- one endpoint -----------------------------------------------------------------------------------------------------


def _endpoints(schema: Schema) -> Iterator[Flaw]:
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
        yield from _params(schema, endpoint, here)
        yield from carried(schema, endpoint, here)
        yield from _fields(schema, endpoint, here)


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


# -- one field --------------------------------------------------------------------------------------------------------


def _fields(schema: Schema, endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    if endpoint.verb not in VERBS or VERBS[endpoint.verb].writes:
        if endpoint.fields and endpoint.verb is None:
            yield Flaw((*here, "fields"), "fields need a verb that says which struct they are of")
        return
    known = kinds.canonical_fields(VERBS[endpoint.verb].returns)
    for name, line in endpoint.fields.items():
        at = (*here, "fields", name)
        if name not in known:
            hint = suggestion(name, known, endpoint.fields)
            yield Flaw(at, f"{VERBS[endpoint.verb].returns.__name__} has no field {name!r}", hint)
            continue
        yield from _field(schema, as_field(line), known[name], at)
    for name, canonical in known.items():
        if canonical.required and name not in endpoint.fields and canonical.kind not in ("size_unit", "symbol"):
            yield Flaw((*here, "fields"), f"the required field {name!r} is not mapped")


def _field(schema: Schema, field: Field, canonical: kinds.Canonical, at: Key) -> Iterator[Flaw]:
    sources = [name for name in _SOURCES if getattr(field, name) is not None]
    only_kind = canonical.kind == "sizing" and not sources and field.kind
    if len(sources) != 1 and not only_kind:
        hint = "from, join, const, product, quotient, request or hook"
        yield Flaw(at, f"needs exactly one source, has {len(sources)}", hint)
    if field.const is not None and canonical.choices and field.const not in canonical.choices:
        hint = suggestion(str(field.const), canonical.choices)
        yield Flaw((*at, "const"), f"{canonical.name} is never {field.const!r}", hint)
    if field.default is not None and canonical.required:
        yield Flaw((*at, "default"), "a required field has no default: what is missing would look like it")
    yield from _modifiers(field, canonical, at)
    needed = kinds.UNITS.get(canonical.kind, ())
    allowed = needed or kinds.OPTIONAL_UNITS.get(canonical.kind, ())
    if field.hook is not None:
        yield from _hook(field, canonical, at)
        return
    if needed and field.unit is None and field.const is None:
        yield Flaw(at, "must say its unit", f"unit = one of: {', '.join(needed)}")
    if field.unit is not None and field.unit not in allowed:
        yield Flaw(
            (*at, "unit"),
            f"{field.unit!r} is no unit of a {canonical.kind}",
            f"one of: {', '.join(allowed)}" if allowed else "it has none",
        )
    if canonical.kind in ("series", "ratio_series") and not (field.time and field.value):
        yield Flaw(at, "a series needs the keys time and value of its points")
    if canonical.kind == "sizing" and isinstance(field.source, dict):
        for kind in field.source.keys() - SIZINGS.keys():
            yield Flaw((*at, "from"), f"there is no sizing {kind!r}", suggestion(kind, SIZINGS))
    if canonical.kind in ("side", "enum", "sizing") and field.const is None:
        yield from _field_enum(schema, field, canonical, at)


def _modifiers(field: Field, canonical: kinds.Canonical, at: Key) -> Iterator[Flaw]:
    """Keys that mean something for some kinds only."""
    belongs: dict[str, tuple[str, ...]] = {
        "sign": ("side",),
        "absolute": ("size",),
        "where": ("symbols",),
        "kind": ("sizing",),
    }
    belongs |= {"value": ("symbols", "series", "ratio_series"), "time": ("series", "ratio_series")}
    for key, owners in belongs.items():
        if getattr(field, key) and canonical.kind not in owners:
            yield Flaw((*at, key), f"means nothing for a {canonical.kind}", f"it belongs to {', '.join(owners)}")
    if field.request is not None and not (
        canonical.kind in ("text", "label") or (canonical.kind == "count" and field.enum)
    ):
        yield Flaw((*at, "request"), "gives text, or a count through an enum")
    if field.when and (canonical.required or field.const is not None or field.request is not None):
        yield Flaw((*at, "when"), "belongs to optional fields that the row tells")
    if field.sign is not None and field.null_if is None:
        yield Flaw((*at, "sign"), "needs null_if: the words after which the sign tells the side")


def _field_enum(schema: Schema, field: Field, canonical: kinds.Canonical, at: Key) -> Iterator[Flaw]:
    name = field.enum or canonical.name
    if name not in schema.enums:
        yield Flaw((*at, "enum"), f"there is no enum {name!r}", suggestion(name, schema.enums))
        return
    choices = tuple(SIZINGS) if canonical.kind == "sizing" else canonical.choices
    for value in schema.enums[name]:
        if value not in choices:
            yield Flaw(("enums", name, value), f"{canonical.name} is never {value!r}", suggestion(value, choices))
    if canonical.kind == "side" and set(schema.enums[name]) != {"long", "short"}:
        yield Flaw(("enums", name), "must list long and short, and nothing else")


def _hook(field: Field, canonical: kinds.Canonical, at: Key) -> Iterator[Flaw]:
    """A hook returns the canonical value itself; only what unit a size has is said beside it."""
    if canonical.kind not in MAKES:
        yield Flaw((*at, "hook"), f"a {canonical.kind} can't come from a hook")
    if not str(field.hook).isidentifier():
        yield Flaw((*at, "hook"), f"{field.hook!r} is no name of a function")
    if canonical.kind == "size" and field.unit not in kinds.UNITS["size"]:
        yield Flaw(at, "must say its unit", f"unit = one of: {', '.join(kinds.UNITS['size'])}")
    for key in ("null_if", "enum", "unit", "default"):
        if getattr(field, key) is not None and (key, canonical.kind) != ("unit", "size"):
            yield Flaw((*at, key), "has no effect on a hook, which returns the canonical value")


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


_RULES: tuple[Any, ...] = (_status, _errors, _signing, _clock, _contracts, _symbols, _enums, _endpoints)
