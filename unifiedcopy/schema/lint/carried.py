"""What a request must carry: an endpoint that does not send whom or what a verb is about would act on something else,
or on nothing; a word that no caller can say is never sent; a unit that is not the argument's sends another amount.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...models import SIZINGS, FollowSettings, LeadSettings, Position
from ..kinds import UNITS, canonical_fields
from ..lines import Key
from ..model import Endpoint, Param, Schema, as_param
from ..structure import Flaw, suggestion
from ..verbs import LEAD, VERBS, argument_kind

_LEADER = ("leader_id",)
_POSITION = ("position.",)
_TRIGGER = ("take_profit.", "stop_loss.")
CARRIED: dict[str, tuple[tuple[str, ...], ...]] = {
    "leader": (_LEADER,),
    "leader_positions": (_LEADER,),
    "leader_history": (_LEADER,),
    "leader_followers": (_LEADER,),
    "follow": (_LEADER,),
    "unfollow": (_LEADER,),
    "set_tpsl": (_POSITION, _TRIGGER),
    "close_position": (_POSITION,),
    "lead.set_tpsl": (_POSITION, _TRIGGER),
    "lead.close_position": (_POSITION,),
    "lead.remove_follower": (("follower_id",),),
    "lead.set_symbols": (("symbol",),),
    "lead.set_settings": (("settings.",),),
}
"""Verb -> what it can't do without, each with the arguments (or the beginnings of arguments) that say it."""


def carried(schema: Schema, endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    """What an endpoint's parameters lack, and the words of their enums that can't be meant or sent."""
    params = {name: as_param(param) for name, param in endpoint.params.items()}
    sources = {source for spec in params.values() for source in (spec.source, spec.fallback) if source is not None}
    misspelt = any(endpoint.verb in VERBS and argument_kind(endpoint.verb, source) is None for source in sources)
    for ways in CARRIED.get(endpoint.verb or "", ()) if not misspelt else ():
        if not any(source.startswith(ways) for source in sources):
            named = " or ".join(f"{way}…" if way.endswith(".") else way for way in ways)
            example = next(name for name in VERBS[endpoint.verb or ""].arguments if name.startswith(ways))
            hint = f'under [{".".join(here)}.params], a line such as wireName = {{ from = "{example}" }}'
            yield Flaw(here, f"{endpoint.verb} sends no {named}", hint)
    for name, spec in params.items():
        if spec.enum in schema.enums and spec.source is not None:
            yield from _words(schema, endpoint, spec, (*here, "params", name))


def _words(schema: Schema, endpoint: Endpoint, spec: Param, at: Key) -> Iterator[Flaw]:
    name = spec.enum or ""
    choices = _choices(endpoint.verb or "", spec.source or "")
    for word in schema.enums[name]:
        if choices and word not in choices:
            yield Flaw(("enums", name, word), f"{spec.source} is never {word!r}", suggestion(word, choices))
    sent = [wire[0] if isinstance(wire, list) else wire for wire in schema.enums[name].values()]
    wrong = next((wire for wire in sent if not _sendable(spec, wire)), None)
    if wrong is not None:
        kind = "boolean" if isinstance(wrong, bool) else "text"
        yield Flaw(at, f"{name} holds {wrong!r}, which is no {spec.type}", f'type = "{kind}"')


def _sendable(spec: Param, wire: str | int | bool) -> bool:
    """Whether a value can be of the parameter's type."""
    if spec.type == "boolean" or isinstance(wire, bool):
        return spec.type == "boolean" and isinstance(wire, bool)
    return spec.type != "integer" or str(wire).removeprefix("-").isdecimal()


def _choices(verb: str, argument: str) -> tuple[str, ...]:
    """The words that a caller can say; none when any will do."""
    if argument == "sizing.kind":
        return tuple(SIZINGS)
    holder, _, name = argument.rpartition(".")
    settings = LeadSettings if verb.startswith(LEAD) else FollowSettings
    struct = {"settings": settings, "position": Position, "": FollowSettings}.get(holder)
    field = canonical_fields(struct).get(name) if struct is not None else None
    return field.choices if field is not None and field.kind in ("enum", "side") else ()


def unit_of_argument(endpoint: Endpoint, spec: Param, at: Key) -> Iterator[Flaw]:
    """A unit that does not belong to the argument would send another amount than the caller meant."""
    if spec.unit is None or spec.source is None or endpoint.verb not in VERBS:
        return
    kind = argument_kind(endpoint.verb, spec.source)
    ratios = UNITS["ratio"]
    allowed = {"ratio": ratios, "time": UNITS["time"], "trigger": ratios}.get(kind or "", ())
    if spec.source.endswith(".price"):
        allowed = ("price",)
    if spec.source == "position.size":
        allowed = ("contract",)
    if spec.unit not in allowed:
        yield Flaw(
            (*at, "unit"), f"{spec.unit!r} is no unit of {spec.source}", f"one of: {', '.join(allowed) or 'none'}"
        )
