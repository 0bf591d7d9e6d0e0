"""Structs as flat columns and back: what a file, a data frame or a database holds of them.

Most fields are one column of the same name. A trigger is two, ``take_profit_price`` and ``take_profit_roi``, of which
one is filled; a sizing is its name and its value; lists are JSON text. Columns are made all rows at once, which is what
makes ten thousand positions cheap.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from .models import SIZING_NAMES, SIZINGS, Price, Roi, Sizing
from .series import Series

ColumnKind = Literal["decimal", "integer", "real", "flag", "text"]
Values = list[Any]


class Column(NamedTuple):
    """One column: its values are ``Decimal``, int, float, bool or text, by its kind, or None."""

    name: str
    kind: ColumnKind
    required: bool = False
    """Whether None never stands in it."""


class Part(NamedTuple):
    """A field of a struct, as the columns that it becomes."""

    field: str
    columns: tuple[Column, ...]
    spread: Callable[[Values], Sequence[Values]]
    """Values of the field -> values of its columns."""
    gather: Callable[..., Values] | None
    """Back again; None for what is not read back."""


@cache
def parts_of(struct: type[msgspec.Struct]) -> tuple[Part, ...]:
    """The fields of a struct that columns can hold, in its order; fields of structs and of rows are left out."""
    hints = get_type_hints(struct)
    parts = (_part(name, hints[name]) for name in struct.__struct_fields__)
    return tuple(part for part in parts if part is not None)


def columns_of(struct: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a struct."""
    return tuple(column for part in parts_of(struct) for column in part.columns)


def columnar(rows: Sequence[Any], struct: type[msgspec.Struct]) -> dict[str, Values]:
    """Rows of a struct as columns by name."""
    return {
        column.name: values
        for part in parts_of(struct)
        for column, values in zip(part.columns, part.spread(list(map(attrgetter(part.field), rows))), strict=True)
    }


def fields_of(table: Mapping[str, Values], struct: type[msgspec.Struct]) -> dict[str, Values]:
    """The way back: columns by name as values of the struct's fields, by name; columns that are missing are left
    out."""
    found = {}
    for part in parts_of(struct):
        if part.gather is not None and all(column.name in table for column in part.columns):
            found[part.field] = part.gather(*(table[column.name] for column in part.columns))
    return found


def _part(name: str, hint: Any) -> Part | None:
    kinds = set(_leaves(hint))
    required = NoneType not in kinds
    kinds -= {NoneType}
    for type_, column_kind in _PLAIN.items():
        if kinds == {type_}:
            return _plain(name, column_kind, required)
    if kinds <= {Price, Roi}:
        return _trigger(name)
    if kinds == {Series}:
        return Part(name, (Column(name, "text"),), lambda values: [list(map(_points, values))], None)
    if all(issubclass(kind, Sizing) for kind in kinds):
        return _sizing(name)
    if kinds == {tuple}:
        return _texts(name, required) if _of_text(hint) else None
    return None


_PLAIN: dict[type, ColumnKind] = {Decimal: "decimal", int: "integer", float: "real", bool: "flag", str: "text"}


def _leaves(hint: Any) -> list[type]:
    """The plain types that an annotation is made of."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _leaves(get_args(hint)[0])
    if origin is Literal:
        return [type(choice) for choice in get_args(hint)]
    if isinstance(origin, type) and issubclass(origin, tuple):
        return [tuple]
    inner = get_args(hint)
    return [leaf for part in inner for leaf in _leaves(part)] if inner else [hint]


def _of_text(hint: Any) -> bool:
    return hint == tuple[str, ...] or any(_of_text(part) for part in get_args(hint))


def _plain(name: str, kind: ColumnKind, required: bool) -> Part:
    gather = (lambda values: [None if v is None else bool(v) for v in values]) if kind == "flag" else list
    return Part(name, (Column(name, kind, required),), lambda values: [values], gather)


def _trigger(name: str) -> Part:
    def spread(values: Values) -> Sequence[Values]:
        return [[v.value if v.__class__ is kind else None for v in values] for kind in (Price, Roi)]

    def gather(prices: Values, rois: Values) -> Values:
        return [
            Price(price) if price is not None else Roi(roi) if roi is not None else None
            for price, roi in zip(prices, rois, strict=True)
        ]

    return Part(name, (Column(f"{name}_price", "decimal"), Column(f"{name}_roi", "decimal")), spread, gather)


def _sizing(name: str) -> Part:
    def spread(values: Values) -> Sequence[Values]:
        return [
            [None if v is None else SIZING_NAMES[type(v)] for v in values],
            [None if v is None else v.value for v in values],
        ]

    def gather(names: Values, values: Values) -> Values:
        made: Mapping[str, Callable[[Any], Sizing]] = SIZINGS
        return [None if kind is None else made[kind](value) for kind, value in zip(names, values, strict=True)]

    return Part(name, (Column(name, "text"), Column(f"{name}_value", "decimal")), spread, gather)


def _texts(name: str, required: bool) -> Part:
    def spread(values: Values) -> Sequence[Values]:
        return [[None if v is None else json.dumps(v, ensure_ascii=False) for v in values]]

    decode = msgspec.json.Decoder(tuple[str, ...]).decode

    def gather(texts: Values) -> Values:
        return [None if text is None else decode(text) for text in texts]

    return Part(name, (Column(name, "text", required),), spread, gather)


def _points(series: Series | None) -> str | None:
    return None if series is None else json.dumps([[point.at, f"{point.value:f}"] for point in series])
