"""From a verb's arguments to wire values: what the schema's parameter lines say about where a value comes from.

An argument that is given and that no parameter takes is refused by its name, so that nothing the caller asked for is
lost on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from . import errors, triggers
from .models import CLEAR, SIZING_NAMES, Clear, FollowSettings, Position, Price, Roi
from .schema import Api
from .schema.expressions import writing_value
from .schema.kinds import FACTORS, NEGATED, TIME_SCALES
from .schema.model import NULL, Endpoint, Param, as_param
from .schema.runtime import CONTEXT, SymbolFacts
from .schema.verbs import LEAD, argument_kind

Given = dict[str, Any]
"""Argument name -> canonical value, as ``verbs.py`` names them; None and missing are the same."""


class Arguments:
    """Fills the parameters of one endpoint."""

    def __init__(self, api: Api, name: str, given: Given, position: Position | None = None) -> None:
        self.api, self.name, self.given, self.position = api, name, given, position
        self.endpoint: Endpoint = api.schema.endpoints[name]
        self.used: set[str] = set()

    def values(self, prefix: str = "") -> dict[str, Any]:
        """Wire values by parameter name; for the keys of a row, ``prefix`` is ``<list>[].``."""
        values = {}
        for key, param in self.endpoint.params.items():
            if not key.startswith(prefix) or "[]" in key.removeprefix(prefix):
                continue
            value = self._value(as_param(param))
            if value is not None:
                values[key.removeprefix(prefix)] = value
        return values

    def refuse_unused(self, tolerated: tuple[str, ...] = ()) -> None:
        """Raises when the caller gave something that this endpoint can't express."""
        computed = ("position.", "market.", "settings.leverage_source", "sizing.", *tolerated)
        unused = [
            name
            for name, value in self.given.items()
            if value is not None and name not in self.used and not name.startswith(computed)
        ]
        kind = self.given.get("sizing.kind")
        if self.given.get("sizing.value") is not None and not {"sizing.value", f"sizing.{kind}"} & self.used:
            unused.append(f"the number of {kind}")
        if unused:
            raise errors.NotSupported(
                f"this endpoint can't express {', '.join(sorted(unused))}",
                exchange=self.api.schema.id,
                endpoint=self.name,
            )

    def _value(self, spec: Param) -> Any:
        for source in (spec.source, spec.fallback):
            if source is None:
                continue
            value = self._lookup(source)
            if value is not None:
                self.used.add(source)
                return self._wire(spec, source, value)
        return None

    def _lookup(self, source: str) -> Any:
        if source.startswith("position.key."):
            return self._key_part(source.removeprefix("position.key."))
        return self.given.get(source)

    def _key_part(self, wire: str) -> str:
        """A part of a position's joined id, by the wire key that the schema joins it of."""
        positions = self.api.serving(f"{LEAD if (self.endpoint.verb or '').startswith(LEAD) else ''}positions")
        field = self.api.schema.endpoints[positions[0]].fields.get("id") if positions else None
        join = getattr(field, "join", None) or []
        parts = self.position.id.split(":") if self.position else []
        if len(parts) != len(join) or wire not in join:
            raise errors.BadRequest(
                "the position's id is not one of this API", exchange=self.api.schema.id, endpoint=self.name
            )
        return parts[join.index(wire)]

    def _wire(self, spec: Param, source: str, value: Any) -> Any:
        if spec.given is not None:
            return spec.given
        kind = argument_kind(self.endpoint.verb or "", source)
        if isinstance(value, Clear):
            return self._cleared(spec, source)
        if isinstance(value, Price | Roi):
            value = value.value
        if spec.enum is not None:
            return self._enum(spec, source, value)
        if kind == "symbols" and isinstance(value, tuple):
            names = [self.venue_symbol(symbol).venue_symbol for symbol in value]
            return names if spec.type == "list" else ",".join(names)
        if kind == "symbol":
            return self.venue_symbol(value).venue_symbol
        if kind == "time":
            times, by = TIME_SCALES[spec.unit or "ms"]
            return int(value) * by // times
        if isinstance(value, Decimal):
            return self._scaled(spec, source, value)
        return [value] if spec.type == "list" and isinstance(value, str) else value

    def _scaled(self, spec: Param, source: str, value: Decimal) -> Decimal:
        """A number in the venue's unit; never the one that the venue takes for 'none'."""
        factor = FACTORS.get(spec.unit)
        scaled = CONTEXT.divide(value, factor) if factor is not None else value
        scaled = CONTEXT.minus(scaled) if spec.unit in NEGATED else scaled
        if spec.clear not in (None, "", NULL) and scaled == Decimal(str(spec.clear)):
            raise errors.BadRequest(
                f"{source} comes to {spec.clear}, which takes it away here; CLEAR says that",
                exchange=self.api.schema.id,
                endpoint=self.name,
            )
        return scaled

    def _cleared(self, spec: Param, source: str) -> Any:
        if spec.clear is None:
            raise errors.NotSupported(
                f"how {source} is taken away is not documented", exchange=self.api.schema.id, endpoint=self.name
            )
        return spec.clear

    def _enum(self, spec: Param, source: str, value: Any) -> Any:
        table = spec.enum or ""
        wire = writing_value(self.api.schema, table, value)
        if wire is None:
            takes = ", ".join(self.api.schema.enums[table])
            kind = errors.NotSupported if source.startswith(("settings.", "sizing.", "how")) else errors.BadRequest
            raise kind(
                f"{source} = {value!r} can't be said here; it takes {takes}",
                exchange=self.api.schema.id,
                endpoint=self.name,
            )
        return wire

    def venue_symbol(self, symbol: str) -> SymbolFacts:
        """The venue's id of a symbol in ccxt notation.

        Raises:
            BadSymbol: no form of the schema makes it.
        """
        facts = self.api.symbols.venue_symbol(symbol)
        if facts is None:
            example = (
                self.api.schema.symbols[0]
                .symbol.replace("{base}", "BTC")
                .replace("{quote}", self.api.schema.symbols[0].quote[0])
                if self.api.schema.symbols
                else "BTC/USDT:USDT"
            )
            raise errors.BadSymbol(
                f"{symbol!r} is no symbol of this API; write it as {example!r}",
                exchange=self.api.schema.id,
                endpoint=self.name,
            )
        return facts


def position_arguments(position: Position) -> Given:
    """What a parameter may take from a position."""
    return {
        "position.id": position.id,
        "position.venue_symbol": position.venue_symbol,
        "position.side": position.side,
        "position.size": position.size,
        "position.leader_id": position.leader_id,
        "position.margin_mode": position.margin_mode,
    }


def settings_arguments(settings: FollowSettings) -> Given:
    """What a parameter may take from follow settings."""
    given: Given = {
        f"settings.{name}": getattr(settings, name)
        for name in settings.__struct_fields__
        if name not in ("sizing", "leader_id")
    }
    source = settings.leverage_source or ("leader" if settings.leverage is None else "own")
    given["settings.leverage_source"] = source
    if source != "own":  # the venue told the leverage along; it is not what the caller asks for
        given["settings.leverage"] = given["settings.short_leverage"] = None
    if settings.sizing is not None:
        kind = SIZING_NAMES[type(settings.sizing)]
        given |= {"sizing.kind": kind, "sizing.value": settings.sizing.value, f"sizing.{kind}": settings.sizing.value}
    return given


def market_arguments(api: Api, market: str | None) -> Given:
    """What a parameter may take from a market's entry."""
    return {f"market.{key}": value for key, value in api.schema.markets.get(market or "", {}).items()}


def tpsl_arguments(trigger: Price | Roi | Clear | None, name: str) -> Given:
    """The arguments of one side: by price, by return, or taken away."""
    if trigger is None:
        return {}
    if isinstance(trigger, Clear):
        return {f"{name}.price": CLEAR, f"{name}.roi": CLEAR}
    return {f"{name}.{triggers.kind(trigger)}": trigger}


def takes(endpoint: Endpoint, prefix: str) -> frozenset[str]:
    """The arguments with a prefix that an endpoint's parameters come from."""
    sources = (
        source for param in endpoint.params.values() for source in (as_param(param).source, as_param(param).fallback)
    )
    return frozenset(
        source.removeprefix(prefix) for source in sources if source is not None and source.startswith(prefix)
    )


def merged(values: dict[str, Any], params: Mapping[str, Any] | None, exchange: str, endpoint: str) -> dict[str, Any]:
    """The wire values with those that the caller passes under the venue's own names."""
    for name in params or {}:
        if name in values:
            raise errors.BadRequest(
                f"{name} is set twice: by an argument and in params", exchange=exchange, endpoint=endpoint
            )
    return {**values, **(params or {})}
