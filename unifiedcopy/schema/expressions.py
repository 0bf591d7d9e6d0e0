"""One canonical field as one Python expression, made of what its schema line says.

There are two ways to write a number. Where a page's amounts are text or whole numbers, as almost all are, the decoder
has refused everything else already and the expression is short. Where they may be anything (a venue that sends
fractions as JSON numbers), the decoder keeps every digit and the expression asks more. The short way has a still
shorter one for pages of many rows: what each row fills is read in one go, and the expression only picks it up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from . import kinds, runtime
from .kinds import Canonical
from .model import Endpoint, Field, Only, Schema
from .wire import Tree, attribute_of

CONSTRUCTED = {
    "symbol": "symbol",
    "venue_symbol": "venue_symbol",
    "size_unit": "size_unit",
    "margin_asset": "settle",
}
"""Kinds that the symbol's form fills -> the local name that holds them."""
FLAGS = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
"""What a flag is without an enum."""


def as_field(line: Field | str | list[str]) -> Field:
    return line if isinstance(line, Field) else Field(source=line)


def source_paths(field: Field) -> tuple[str, ...]:
    """Every wire path that a line reads."""
    source = field.source
    paths = [source] if isinstance(source, str) else list(source.values() if isinstance(source, dict) else source or [])
    paths += [*(field.join or []), *(field.product or []), *(field.quotient or [])]
    return (*paths, *(path for path in (field.kind, field.sign) if path), *field.when)


class Expressions:
    """Writes the expressions of one endpoint; what they name goes into ``names``."""

    def __init__(
        self,
        schema: Schema,
        endpoint: Endpoint,
        tree: Tree,
        names: dict[str, Any],
        *,
        numbers: bool = False,
        filled: frozenset[str] = frozenset(),
    ) -> None:
        self.schema, self.endpoint, self.tree, self.names = schema, endpoint, tree, names
        self.numbers = numbers
        """Whether amounts may be JSON fractions."""
        self.filled = filled
        """Canonical fields whose amounts are rarely missing: they are read before the rows, all at once."""
        self.at_once: dict[str, str] = {}
        """What is read so: the local name of the finished number -> the expression of its wire value."""

    def of(self, canonical: Canonical, field: Field) -> str:
        """The expression of a field."""
        required = canonical.required and field.default is None
        if field.const is not None:
            return self._bind(f"CONST_{canonical.name}", field.const)
        if field.request is not None:
            return self._requested(canonical, field)
        if field.hook is not None:
            return self._bind("HOOKED", None)  # filled in row by row, see hooks.py
        if field.join is not None:
            return 'f"' + ":".join(f"{{{self._key_text(path)}}}" for path in field.join) + '"'
        made = getattr(self, f"_{canonical.kind}", self._text)(canonical, field, required)
        if field.when:
            told = ", ".join(f"text({self.path(path)})" for path in field.when)
            needed = self._bind(f"WHEN_{canonical.name}", tuple(field.when.values()))
            made = f"({made} if ({told},) == {needed} else None)"
        if field.default is not None:
            default = self._bind(f"DEFAULT_{canonical.name}", _default(canonical, field.default))
            return f"({default} if (x := {made}) is None else x)"
        return str(made)

    def _requested(self, canonical: Canonical, field: Field) -> str:
        """What the answer is about, as the request said it."""
        value = f"sent[{self._bind(f'SENT_{canonical.name}', field.request)}]"
        if field.enum is None:
            return f"text({value})"
        table = {wire: int(name) for wire, name in reading_table(self.schema, field.enum).items()}
        return f"{self._bind(f'ENUM_{canonical.name}', table)}[{value}]"

    def _key_text(self, path: str) -> str:
        """A part of a joined id; the side's wire values are few, and writing a number as text is slow."""
        side = as_field(self.endpoint.fields.get("side", ""))
        if self.numbers or side.source != path:
            return self.path(path)
        table = reading_table(self.schema, side.enum or "side")
        return f"{self._bind('SIDE_TEXTS', {wire: str(wire) for wire in table})}[{self.path(path)}]"

    def _value(self, field: Field) -> str:
        """The wire value: a path, or the first of several that is there."""
        paths = source_paths(Field(source=field.source))
        value = self.path(paths[-1])
        for path in reversed(paths[:-1]):
            value = f"(a if (a := {self.path(path)}) is not None and a != '' else {value})"
        return value

    def path(self, path: str) -> str:
        """Attribute access; a parent that may be missing is asked first."""
        node, code = self.tree, "w"
        parts = path.split(".")
        for depth, part in enumerate(parts):
            code = f"{code}.{attribute_of(part)}"
            node = node.children[part] if part in node.children else node.add(part)
            if depth < len(parts) - 1 and not node.needed():
                rest = ".".join(attribute_of(part) for part in parts[depth + 1 :])
                return f"(p.{rest} if (p := {code}) is not None else None)"
        return code

    def _bind(self, name: str, value: Any) -> str:
        key = name.upper()
        self.names[key] = value
        return key

    def _made(self, canonical: Canonical, field: Field, made: str = "exact(v)") -> str:
        """A number (of ``v``) in the canonical unit."""
        if (factor := kinds.FACTORS.get(field.unit)) is not None:
            made = f"times({made}, {self._bind(f'FACTOR_{canonical.name}', factor)})"
        return f"minus({made})" if field.unit in kinds.NEGATED else made

    def _number(self, canonical: Canonical, field: Field, required: bool) -> str:
        """The hot expression: one creation, one check, and everything falsy out of the way."""
        if field.product or field.quotient:
            operation, paths = ("product", field.product) if field.product else ("quotient", field.quotient)
            return f"{operation}({', '.join(f'amount({self.path(path)})' for path in paths or [])})"
        number = f"(d if (d := {self._made(canonical, field)}).is_finite() else refuse(v))"
        texts, drop_zero = _nothing(field)
        if canonical.name in self.filled and not texts:
            name = f"n{len(self.at_once)}"
            self.at_once[name] = self._value(field)
            number = self._made(canonical, field, name)
            return f"({number} or None)" if drop_zero else number
        if drop_zero:
            number = f"({number} or None)"
        if texts:
            number = f"(None if v in {self._bind(f'NOTHING_{canonical.name}', texts)} else {number})"
        return f"({number} if (v := {self._value(field)}) else {self._falsy(required=required, drop_zero=drop_zero)})"

    def _falsy(self, *, required: bool, drop_zero: bool) -> str:
        """What an amount is that Python takes for false: nothing, zero, or no number at all."""
        if required:
            return "zero(v)"
        if self.numbers:
            return "(empty(v) or None)" if drop_zero else "empty(v)"
        return "None" if drop_zero else '(None if v is None or v == "" else ZERO)'

    _decimal = _ratio = _number

    def _level(self, canonical: Canonical, field: Field, required: bool) -> str:
        if field.unit is not None or field.null_if is not None:
            return self._number(canonical, field, required)
        return f"(KNOWN_LEVELS(v := {self._value(field)}) or level(v))"

    def counted(self, path: str) -> str:
        """The number that is zero in a row that is none; anything but a number fails the row."""
        return f"((d if (d := exact(v)).is_finite() else refuse(v)) if (v := {self.path(path)}) else zero(v))"

    def counts(self, only: Only) -> str:
        """Whether a row is one of those that the endpoint is about; what the table doesn't know fails the row."""
        return f"{self._bind('ONLY', runtime.Choice(reading_table(self.schema, only.enum)))}[{self.path(only.source)}]"

    def _size(self, canonical: Canonical, field: Field, required: bool) -> str:
        if not required:
            return self._number(canonical, field, required)
        if field.source == self.endpoint.skip_zero and field.null_if is None:
            return (
                "counted.copy_abs()" if field.absolute else "(counted if not counted.is_signed() else refuse(counted))"
            )
        if field.absolute:
            return f"(n.copy_abs() if (n := {self._number(canonical, field, required)}) else refuse(n))"
        return f"(n if (n := {self._number(canonical, field, required)}) > ZERO else refuse(n))"

    def _trigger(self, canonical: Canonical, field: Field, required: bool) -> str:
        maker = "Price" if field.unit == "price" else "Roi"
        texts, drop_zero = _nothing(field)
        if drop_zero and not texts and not self.numbers:  # zero and empty mean the same, so truth tells
            finite = f"((d := {self._made(canonical, field)}).is_finite() or refuse(v))"
            return f"({maker}(d) if (v := {self._value(field)}) and {finite} and d else None)"
        return f"({maker}(t) if (t := {self._number(canonical, field, False)}) is not None else None)"

    def _text(self, canonical: Canonical, field: Field, required: bool) -> str:
        texts, _ = _nothing(field)
        if texts:
            nothing = self._bind(f"NOTHING_{canonical.name}", texts)
            return f"(None if (v := {self._value(field)}) in {nothing} else text(v))"
        if self.numbers:
            return f"text({self._value(field)})"
        return self._value(field) if required and isinstance(field.source, str) else f"({self._value(field)} or None)"

    _label = _margin_asset = _text

    def _symbol(self, canonical: Canonical, field: Field, required: bool) -> str:
        return CONSTRUCTED[canonical.kind]

    _venue_symbol = _symbol

    def _side(self, canonical: Canonical, field: Field, required: bool) -> str:
        if not self.numbers and said_alike(self.schema, canonical, field):
            return self._value(field)
        table = self._table(canonical, field)
        if field.sign is not None:
            texts, _ = _nothing(field)
            words = self._bind("UNSAID", texts)
            choice = self._bind("CHOICE_side", runtime.Choice(table))
            value = self.path(str(field.source))
            return f"(side_of_sign({self.path(field.sign)}) if (v := {value}) in {words} else {choice}[v])"
        choice = self._bind("CHOICE_side", runtime.Choice(table)) if self.numbers else self._bind("SIDES", table)
        return f"{choice}[{self._value(field)}]"

    def _enum(self, canonical: Canonical, field: Field, required: bool) -> str:
        name = f"ENUM_{canonical.name}".upper()
        table = self.names.get(name)
        if table is None:
            table = runtime.Description({None: None, "": None, **self._table(canonical, field)}, "unknown")
            self.names |= {name: table, f"KNOWN_{name}": table.known}
        # What the plain dict does not hold is read again with the other, which tells it.
        return f"{name if self.numbers else f'KNOWN_{name}'}[{self._value(field)}]"

    def _flag(self, canonical: Canonical, field: Field, required: bool) -> str:
        known = self._table(canonical, field) if field.enum else FLAGS
        return f"{self._bind(f'ENUM_{canonical.name}', runtime.Description(known, None))}[{self._value(field)}]"

    def _count(self, canonical: Canonical, field: Field, required: bool) -> str:
        return f"count({self._value(field)})"

    def _time(self, canonical: Canonical, field: Field, required: bool) -> str:
        scale = {
            "ms": "v",
            "s": "v * 1000",
            "us": "v // 1000",
            "ns": "v // 1000000",
            "ms_or_ns": "(v if v < 100000000000000 else v // 1000000)",
        }
        if field.unit == "date":
            return f"day_start({self._value(field)})"
        if not self.numbers and field.unit == "ms":  # the decoder has checked the range
            return f"({self._value(field)} or None)"
        made = scale[field.unit or "ms"]
        nothing = "None" if _nothing(field)[1] else "no_time(v)"
        time = f"(d if EARLIEST <= (d := {made}) < LATEST else bad_time(v))"
        return f"({time} if (v := {self._value(field)}) else {nothing})"

    def _symbols(self, canonical: Canonical, field: Field, required: bool) -> str:
        texts, _ = _nothing(field)
        nothing = self._bind(f"NOTHING_{canonical.name}", texts)
        self.names["UNIFIED"] = self.names["SYMBOLS"].unified
        if field.value is not None:
            names = self._bind(f"NAMES_{canonical.name}", runtime.names_decoder(field.value, field.where))
            return f"UNIFIED({names}({self._value(field)}))"
        return f"UNIFIED({self._value(field)}, {nothing})"

    def _sizing(self, canonical: Canonical, field: Field, required: bool) -> str:
        table = self._bind("ENUM_sizing", runtime.Description(self._table(canonical, field), "unknown"))
        source = field.source if isinstance(field.source, dict) else {"any": field.source}
        values = ", ".join(f"{kind!r}: {self.path(path)}" for kind, path in source.items() if isinstance(path, str))
        return f"sizing({table}[{self.path(field.kind or '')}], {{{values}}})"

    def _series(self, canonical: Canonical, field: Field, required: bool) -> str:
        decode = runtime.series_decoder(field.time or "", field.value or "", kinds.FACTORS.get(field.unit))
        made = self._bind(f"DECODE_{canonical.name}", decode)
        return f"make_series({self._value(field)}, {made}, {field.points!r})"

    _ratio_series = _series

    def _table(self, canonical: Canonical, field: Field) -> dict[Any, Any]:
        return reading_table(self.schema, field.enum or canonical.name)


def said_alike(schema: Schema, canonical: Canonical, field: Field) -> bool:
    """Whether the venue's words for the sides are the canonical ones: then the decoder itself checks them."""
    if canonical.kind != "side" or not isinstance(field.source, str) or field.sign is not None:
        return False
    return all(wire == side for wire, side in reading_table(schema, field.enum or canonical.name).items())


def _nothing(field: Field) -> tuple[frozenset[Any], bool]:
    """The texts that mean nothing, and whether zero does."""
    values = field.null_if if isinstance(field.null_if, list) else [] if field.null_if is None else [field.null_if]
    return frozenset(value for value in values if isinstance(value, str)), any(
        value == 0 for value in values if isinstance(value, int)
    )


def _default(canonical: Canonical, value: Any) -> Any:
    return Decimal(str(value)) if kinds.WIRE_GROUP.get(canonical.kind) == "amount" else value


def reading_table(schema: Schema, name: str) -> dict[Any, Any]:
    """An enum of the schema from wire to canonical value."""
    table: dict[Any, Any] = {}
    for canonical, wires in schema.enums[name].items():
        value: Any = {"true": True, "false": False}.get(canonical, canonical)
        for wire in wires if isinstance(wires, list) else [wires]:
            table[wire] = value
            if isinstance(wire, int) and not isinstance(wire, bool):
                table[str(wire)] = value
            elif isinstance(wire, str) and wire.isascii() and wire.isdigit() and str(int(wire)) == wire:
                table[int(wire)] = value
    return table


def writing_value(schema: Schema, name: str, canonical: Any) -> Any:
    """What an enum of the schema sends for a canonical value; None when it has none."""
    key = str(canonical).lower() if isinstance(canonical, bool) else canonical
    wires = schema.enums[name].get(key)
    return wires[0] if isinstance(wires, list) else wires
