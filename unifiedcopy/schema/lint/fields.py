"""Rules about one field: its source, its unit, its modifiers."""

from __future__ import annotations

from collections.abc import Iterator

from ...models import SIZINGS
from .. import kinds
from ..expressions import as_field
from ..hooks import MAKES
from ..lines import Key
from ..model import Endpoint, Field, Schema
from ..structure import Flaw, suggestion
from ..verbs import VERBS

_SOURCES = ("source", "join", "const", "product", "quotient", "request", "hook")


def field_rules(schema: Schema, endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
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
    belongs |= {"points": ("series", "ratio_series")}
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
