"""The kinds of canonical fields: each picks the wire type that is accepted and the conversion that a schema line gets.

| kind | accepts | becomes | unit is one of |
| --- | --- | --- | --- |
| text, label | text, integer | text; empty is None | |
| symbol, venue_symbol, size_unit, margin_asset | (made from the venue's symbol; an asset may be mapped) | | |
| symbols | list of text, or comma text | ccxt symbols | |
| side | what its enum lists, nothing else | long, short | |
| enum | what its enum lists; else ``unknown`` | | |
| flag | true, false, 0, 1, or what its enum lists | bool | |
| decimal | text or number | Decimal | paid, charged (fees) |
| level | text or number | Decimal (leverage) | |
| ratio | text or number | fraction | ratio, percent, bps, loss_ratio, loss_percent |
| size | text or number, greater than zero | Decimal | base, quote, contract, by_symbol |
| trigger | text or number | Price or Roi | price, ratio, percent, loss_ratio, loss_percent |
| count | integer or its text | int | |
| time | integer or its text; a day | milliseconds | s, ms, us, ns, ms_or_ns, date |
| series, ratio_series | list of objects | Series | (ratio_series) ratio, percent |
| sizing | a kind key and values | one of the sizings | |
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

UNITS: dict[str, tuple[str, ...]] = {
    "ratio": ("ratio", "percent", "bps", "loss_ratio", "loss_percent"),
    "ratio_series": ("ratio", "percent"),
    "size": ("base", "quote", "contract", "by_symbol"),
    "trigger": ("price", "ratio", "percent", "loss_ratio", "loss_percent"),
    "time": ("s", "ms", "us", "ns", "ms_or_ns", "date"),
}
"""Kinds whose unit must be said."""

OPTIONAL_UNITS = {"decimal": ("paid", "charged")}

FACTORS: dict[str | None, Decimal] = {
    "percent": Decimal("0.01"),
    "loss_percent": Decimal("0.01"),
    "bps": Decimal("0.0001"),
}
NEGATED = ("loss_ratio", "loss_percent", "charged")
"""Units whose sign is turned."""

BY_SYMBOL = ("symbol", "venue_symbol", "size_unit", "margin_asset")
"""Kinds that the symbol's form fills."""

AUTOMATIC = ("exchange", "account")
"""Fields that no schema line fills."""

EARLIEST, LATEST = 1_420_070_400_000, 4_102_444_800_000
"""2015 and 2100 in milliseconds: a time outside was sent in another unit."""

TIME_SCALES = {"s": (1000, 1), "ms": (1, 1), "us": (1, 1000), "ns": (1, 1_000_000)}
"""Unit of a time on the wire -> what makes it milliseconds: a factor and a divisor."""

_KEY, _AMOUNT, _WHOLE, _FLAG, _NAMES, _RAW = "key", "amount", "whole number", "flag", "list", "series"
WIRE_GROUP: dict[str, str] = {
    **dict.fromkeys(("text", "label", "venue_symbol", "symbol", "margin_asset", "side", "enum"), _KEY),
    **dict.fromkeys(("decimal", "level", "ratio", "size", "trigger", "sizing"), _AMOUNT),
    **dict.fromkeys(("count", "time"), _WHOLE),
    "flag": _FLAG,
    "symbols": _NAMES,
    "series": _RAW,
    "ratio_series": _RAW,
}

_NOT_EMPTY = Annotated[str, msgspec.Meta(min_length=1)]
_WHOLE_TYPE = int | Literal[""] | None
OPTIONAL, PRESENT, FILLED = range(3)
"""How much a wire key must be there: not at all, with some value (a table refuses the empty one), with text in it."""
WIRE_TYPES: dict[tuple[str, int], Any] = {
    (_KEY, OPTIONAL): str | int | None,
    (_KEY, PRESENT): str | int,
    (_KEY, FILLED): _NOT_EMPTY | int,
    (_AMOUNT, OPTIONAL): str | int | None,
    **dict.fromkeys(((_AMOUNT, level) for level in (PRESENT, FILLED)), str | int),
    **dict.fromkeys(((_WHOLE, level) for level in range(3)), _WHOLE_TYPE),
    (_FLAG, OPTIONAL): bool | str | int | None,
    (_FLAG, PRESENT): bool | str | int,
    (_FLAG, FILLED): bool | _NOT_EMPTY | int,
    (_NAMES, OPTIONAL): list[str] | str | None,
    **dict.fromkeys(((_NAMES, level) for level in (PRESENT, FILLED)), list[str] | str),
    **dict.fromkeys(((_RAW, level) for level in range(3)), msgspec.Raw),
}
"""(group, presence) -> the type that the decoder enforces."""
WORDS = ("text", "label", "margin_asset")
WORD_TYPES = {OPTIONAL: str | None, PRESENT: str, FILLED: _NOT_EMPTY}
"""Keys that become text as they are: on the fast path they must be text."""
SIDE_TYPE = Literal["long", "short"]
MOMENT_TYPE = Annotated[int, msgspec.Meta(ge=EARLIEST, lt=LATEST)] | Literal[""] | None
"""Milliseconds, in a range that no other unit falls into."""
NUMBER_TYPE: Any = Any
"""An amount that may be a JSON fraction: untyped, as then the decoder hands over every digit."""


class Canonical(NamedTuple):
    """A field of a canonical struct, as the generator sees it."""

    name: str
    kind: str
    required: bool
    choices: tuple[str, ...]


_known: dict[type[Any], dict[str, Canonical]] = {}


def canonical_fields(struct: type[Any]) -> dict[str, Canonical]:
    """The fields that schema lines may fill, in the order of the struct."""
    if struct not in _known:
        _known[struct] = _fields_of(struct)
    return _known[struct]


def _fields_of(struct: type[Any]) -> dict[str, Canonical]:
    hints = get_type_hints(struct, include_extras=True)
    fields = {}
    for info in msgspec.structs.fields(struct):
        annotation = hints[info.name]
        kind, choices, optional = _describe(annotation)
        if kind is not None:
            fields[info.name] = Canonical(info.name, kind, info.required and not optional, choices)
    return fields


def _describe(annotation: Any) -> tuple[str | None, tuple[str, ...], bool]:
    kind: str | None = None
    choices: tuple[str, ...] = ()
    optional = False
    if get_origin(annotation) is Annotated:
        inner, *metas = get_args(annotation)
        _, choices, optional = _describe(inner)
        return (
            next((meta.extra["kind"] for meta in metas if isinstance(meta, msgspec.Meta) and meta.extra), kind),
            choices,
            optional,
        )
    if get_origin(annotation) is Literal:
        return None, get_args(annotation), False
    for part in get_args(annotation):
        if part is type(None):
            optional = True
            continue
        part_kind, part_choices, _ = _describe(part)
        kind, choices = part_kind or kind, part_choices or choices
    return kind, choices, optional
