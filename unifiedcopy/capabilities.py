"""What a venue can do, derived from its schema and finer than a yes per verb."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import msgspec

from .arguments import takes
from .schema import Api
from .schema.model import Endpoint, as_param
from .schema.verbs import CORE, LEAD, LEAD_VERBS, ROLE, VERBS

Ability = Literal["native", "amend-only", "missing"]


class Capabilities(msgspec.Struct, frozen=True):
    """``ex.can``: each verb as an attribute (``ex.can.follow == "amend-only"``) and what is behind the yes."""

    verbs: dict[str, Ability]
    sizing: tuple[str, ...]
    """Sizing kinds that ``follow`` takes."""
    settings: tuple[str, ...]
    """Follow settings that ``follow`` can express, besides the sizing."""
    triggers: tuple[str, ...]
    """Kinds of take profit and stop loss: ``price``, ``roi``."""
    trigger_scope: str | None
    """What one ``set_tpsl`` is about: ``position``, or the keys that name it."""
    open_copies: str | None
    """What ``unfollow`` does with open copies: refused, kept, closed, chosen (by the caller), unknown."""
    markets: tuple[str, ...]
    missing: dict[str, str]
    """Verb -> why it is missing and what the venue offers instead."""

    def __getattr__(self, verb: str) -> Ability:
        if verb in VERBS:
            return self.verbs[verb]
        raise AttributeError(f"there is no verb {verb!r}")

    @property
    def lead(self) -> LeadAbilities:
        """The leader's verbs: ``can.lead.followers``."""
        return LeadAbilities(self)

    def why_not(self, verb: str) -> str:
        """The sentence of a ``NotSupported``."""
        if self.verbs.get(verb) == "amend-only":
            return f"this API's {verb} only changes what exists; the venue's app starts it"
        whole_role = self.missing.get(ROLE) if verb.startswith(LEAD) else None
        return self.missing.get(verb) or whole_role or f"this API has no endpoint for {verb}"


class LeadAbilities(msgspec.Struct, frozen=True):
    """``ex.can.lead``: the verbs of ``ex.lead`` as attributes."""

    can: Capabilities

    def __getattr__(self, verb: str) -> Ability:
        if verb in LEAD_VERBS:
            return self.can.verbs[LEAD + verb]
        raise AttributeError(f"there is no verb 'lead.{verb}'")


@lru_cache(maxsize=100)
def capabilities(api: Api) -> Capabilities:
    """What the endpoints of a schema serve; one for all accounts of an API."""
    schema = api.schema
    follow = [schema.endpoints[name] for name in api.serving("follow")]
    tpsl = [schema.endpoints[name] for name in api.serving("set_tpsl")]
    unfollow = [schema.endpoints[name] for name in api.serving("unfollow")]
    verbs: dict[str, Ability] = {verb: _ability(api, verb) for verb in VERBS}
    return Capabilities(
        verbs=verbs,
        sizing=tuple(dict.fromkeys(kind for endpoint in follow for kind in sizing_kinds(api, endpoint))),
        settings=tuple(sorted({name for endpoint in follow for name in _settings(endpoint)})),
        triggers=tuple(
            sorted(
                {kind for endpoint in tpsl for kind in takes(endpoint, "take_profit.") | takes(endpoint, "stop_loss.")}
            )
        ),
        trigger_scope=_trigger_scope(tpsl[0]) if tpsl else None,
        open_copies=unfollow[0].open_copies if unfollow else None,
        markets=tuple(schema.markets),
        missing=dict(schema.missing),
    )


def sizing_kinds(api: Api, endpoint: Endpoint) -> tuple[str, ...]:
    """The sizing kinds that an endpoint can say, from its enum or from the values that it takes."""
    for param in endpoint.params.values():
        spec = as_param(param)
        if spec.source == "sizing.kind" and spec.enum:
            return tuple(api.schema.enums[spec.enum])
    return tuple(sorted(takes(endpoint, "sizing.") - {"kind", "value"}))


def _settings(endpoint: Endpoint) -> Iterator[str]:
    """The settings that an endpoint's parameters come from; of calls with a row a symbol, also the symbols."""
    yield from takes(endpoint, "settings.")
    if endpoint.rows is not None:
        yield "symbols"


def _ability(api: Api, verb: str) -> Ability:
    serving = api.serving(verb)
    if not serving:
        return "missing"
    return "native" if any(api.schema.endpoints[name].mode == "native" for name in serving) else "amend-only"


def _trigger_scope(endpoint: Endpoint) -> str:
    keys = takes(endpoint, "position.")
    if "id" in keys:
        return "position"
    named = {"leader_id": "leader", "venue_symbol": "symbol", "side": "side"}
    return ", ".join(
        word
        for key, word in named.items()
        if key in keys or (key == "side" and any(key.startswith("key.") for key in keys))
    )


def core_verbs(can: Capabilities) -> dict[str, Ability]:
    """The five verbs."""
    return {verb: can.verbs[verb] for verb in CORE}
