"""Writes the translation of an endpoint as straight-line Python: one function, one expression a field.

Schema text never enters the source: wire keys are checked by pattern and become attributes of the wire struct, and
every value (an enum table, a constant, a unit's factor) is a name in the function's namespace. The source is
registered in ``linecache``, so that a traceback shows the line of the field that failed.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from .. import models
from . import kinds, runtime
from .kinds import Canonical
from .model import WIRE_PATH, Endpoint, Field, Schema
from .wire import Tree, attribute_of

HEAD = "def translate(items, account):"
CONSTRUCTED = {"symbol": "symbol", "venue_symbol": "venue_symbol", "size_unit": "size_unit", "margin_asset": "settle"}
"""Kinds that the symbol's form fills -> the local name that holds them."""


class Line(NamedTuple):
    """One canonical field: the schema's line for it and the expression that makes it."""

    canonical: Canonical
    field: Field
    paths: tuple[str, ...]
    expression: str


def as_field(line: Field | str | list[str]) -> Field:
    return line if isinstance(line, Field) else Field(source=line)


def source_paths(field: Field) -> tuple[str, ...]:
    """Every wire path that a line reads."""
    source = field.source
    paths = [source] if isinstance(source, str) else list(source.values() if isinstance(source, dict) else source or [])
    paths += [*(field.join or []), *(field.product or []), *(field.quotient or [])]
    return tuple(paths + ([field.kind] if field.kind else []))


class Generator:
    """The rows of one endpoint: wire tree, expressions, source, and the functions made of it."""

    def __init__(
        self, schema: Schema, name: str, endpoint: Endpoint, struct: type[Any], symbols: runtime.Symbols
    ) -> None:
        self.schema, self.name, self.endpoint, self.struct = schema, name, endpoint, struct
        self.symbols = symbols
        self.fields = {key: as_field(line) for key, line in endpoint.fields.items()}
        self.tree = Tree()
        self.names: dict[str, Any] = {
            **{key: getattr(runtime, key) for key in ("refuse", "empty", "zero", "times", "minus", "amount")},
            **{key: getattr(runtime, key) for key in ("quotient", "product")},
            **{key: getattr(runtime, key) for key in ("no_time", "bad_time", "count", "text", "sizing", "make_series")},
            "exact": runtime.exact, "EARLIEST": runtime.EARLIEST, "LATEST": runtime.LATEST,
            "Build": struct, "EXCHANGE": schema.id, "SYMBOLS": symbols, "Price": models.Price, "Roi": models.Roi,
            "LABELS": runtime.Labels(), "LEVELS": runtime.Levels(),
        }  # fmt: skip
        self.known = kinds.canonical_fields(struct)
        self.lines = [self._line(canonical) for key, canonical in self.known.items() if key in self.fields]
        if endpoint.skip_zero:
            self.tree.leaf(endpoint.skip_zero, kinds.WIRE_GROUP["size"], kinds.PRESENT)
        if endpoint.paging is not None and endpoint.paging.row_id:
            self.tree.leaf(endpoint.paging.row_id, kinds.WIRE_GROUP["text"], kinds.OPTIONAL)
        self.wire = self.tree.struct(f"Wire_{name}")
        self.source = "\n".join(self._function()) + "\n"

    # -- the source -----------------------------------------------------------------------------------------------

    def _function(self) -> Iterator[str]:
        yield HEAD
        yield "    rows = []"
        yield "    add = rows.append"
        yield "    for w in items:"
        if self.endpoint.skip_zero:
            yield f"        counted = {self._counted(self.endpoint.skip_zero)}"
            yield "        if not counted:"
            yield "            continue"
        if "venue_symbol" in self.fields:
            path = source_paths(self.fields["venue_symbol"])[0]
            yield f"        symbol, venue_symbol, size_unit, settle, market = SYMBOLS[{self._path(path)}]"
        yield "        add(Build("
        for argument, comment in self._arguments():
            yield f"            {argument},  # {comment}"
        yield "        ))"
        yield "    return rows"

    def _arguments(self) -> list[tuple[str, str]]:
        """(expression, what it is): positional in the struct's order, or keywords where the struct takes nothing
        else.
        """
        made = {line.canonical.name: line for line in self.lines}
        arguments = []
        for name, parameter in inspect.signature(self.struct).parameters.items():
            expression = self._argument(name, made)
            comment = f"{name} <- {', '.join(made[name].paths) or 'constant'}" if name in made else name
            keyword_only = parameter.kind is parameter.KEYWORD_ONLY
            if not keyword_only or expression != "None":
                arguments.append((f"{name}={expression}" if keyword_only else expression, comment))
        while arguments and arguments[-1][0] == "None":
            arguments.pop()
        return arguments

    def _argument(self, name: str, made: dict[str, Line]) -> str:
        if name in made:
            return made[name].expression
        if name == "exchange":
            return "EXCHANGE"
        if name == "account":
            return "account"
        canonical = self.known.get(name)
        if canonical is None:
            return "None"
        if canonical.kind == "size_unit":
            return self._size_unit()
        if canonical.kind in CONSTRUCTED and "venue_symbol" in self.fields:
            return CONSTRUCTED[canonical.kind]
        return "None"

    def _size_unit(self) -> str:
        units = {self.fields[line.canonical.name].unit for line in self.lines if line.canonical.kind == "size"}
        if units == {"by_symbol"}:
            return "size_unit"
        return self._bind("SIZE_UNIT", next(iter(units))) if units else "None"

    # -- one field ------------------------------------------------------------------------------------------------

    def _line(self, canonical: Canonical) -> Line:
        field = self.fields[canonical.name]
        group = kinds.WIRE_GROUP[canonical.kind]
        required = canonical.required and field.default is None
        alternatives = field.source if isinstance(field.source, list) else []
        for path in source_paths(field):
            if not re.fullmatch(WIRE_PATH, path, re.ASCII):
                raise ValueError(f"{path!r} is not a wire path")
            # A sizing's kind and the keys of a joined id are keys whatever the field is.
            keyed = field.join is not None or path == field.kind
            presence = kinds.OPTIONAL
            if field.join is not None:
                presence = kinds.FILLED
            elif required and len(alternatives) < 2:
                # The tables of sides and symbols refuse an empty key themselves; placeholder rows may have one.
                presence = kinds.PRESENT if canonical.kind in ("side", "venue_symbol") else kinds.FILLED
            self.tree.leaf(path, "key" if keyed else group, presence)
        return Line(canonical, field, source_paths(field), self._expression(canonical, field, required))

    def _expression(self, canonical: Canonical, field: Field, required: bool) -> str:
        if field.const is not None:
            return self._bind(f"CONST_{canonical.name}", field.const)
        if field.join is not None:
            return 'f"' + ":".join(f"{{{self._path(path)}}}" for path in field.join) + '"'
        made = getattr(self, f"_{canonical.kind}", self._text)(canonical, field, required)
        if field.default is not None:
            default = self._bind(f"DEFAULT_{canonical.name}", _default(canonical, field.default))
            return f"({default} if (x := {made}) is None else x)"
        return str(made)

    def _value(self, field: Field) -> str:
        """The wire value: a path, or the first of several that is there."""
        paths = source_paths(Field(source=field.source))
        value = self._path(paths[-1])
        for path in reversed(paths[:-1]):
            value = f"(a if (a := {self._path(path)}) is not None else {value})"
        return value

    def _path(self, path: str) -> str:
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

    def _number(self, canonical: Canonical, field: Field, required: bool) -> str:
        """The hot expression: one creation, one check, and everything falsy out of the way."""
        made = "exact(v)"
        if (factor := kinds.FACTORS.get(field.unit)) is not None:
            made = f"times({made}, {self._bind(f'FACTOR_{canonical.name}', factor)})"
        if field.unit in kinds.NEGATED:
            made = f"minus({made})"
        if field.product or field.quotient:
            operation, paths = ("product", field.product) if field.product else ("quotient", field.quotient)
            return f"{operation}({', '.join(f'amount({self._path(path)})' for path in paths or [])})"
        number = f"(d if (d := {made}).is_finite() else refuse(v))"
        texts, drop_zero = _nothing(field)
        if drop_zero:
            number = f"({number} or None)"
        if texts:
            number = f"(None if v in {self._bind(f'NOTHING_{canonical.name}', texts)} else {number})"
        falsy = "zero" if required else "empty"
        otherwise = f"({falsy}(v) or None)" if drop_zero and not required else f"{falsy}(v)"
        return f"({number} if (v := {self._value(field)}) else {otherwise})"

    _decimal = _ratio = _number

    def _counted(self, path: str) -> str:
        """The number that is zero in a row that is none; anything but a number fails the row."""
        return f"((d if (d := exact(v)).is_finite() else refuse(v)) if (v := {self._path(path)}) else zero(v))"

    def _size(self, canonical: Canonical, field: Field, required: bool) -> str:
        if not required:
            return self._number(canonical, field, required)
        if field.source == self.endpoint.skip_zero and field.null_if is None:
            return "(counted if counted > 0 else refuse(counted))"
        return f"(n if (n := {self._number(canonical, field, required)}) > 0 else refuse(n))"

    def _level(self, canonical: Canonical, field: Field, required: bool) -> str:
        plain = field.unit is None and field.null_if is None
        return f"LEVELS[{self._value(field)}]" if plain else self._number(canonical, field, required)

    def _trigger(self, canonical: Canonical, field: Field, required: bool) -> str:
        maker = "Price" if field.unit == "price" else "Roi"
        return f"({maker}(t) if (t := {self._number(canonical, field, False)}) is not None else None)"

    def _text(self, canonical: Canonical, field: Field, required: bool) -> str:
        texts, _ = _nothing(field)
        if texts:
            nothing = self._bind(f"NOTHING_{canonical.name}", texts)
            return f"(None if (v := {self._value(field)}) in {nothing} else text(v))"
        return f"(v if (v := {self._value(field)}).__class__ is str and v else text(v))"

    def _label(self, canonical: Canonical, field: Field, required: bool) -> str:
        return f"LABELS[{self._value(field)}]" if field.null_if is None else self._text(canonical, field, required)

    def _symbol(self, canonical: Canonical, field: Field, required: bool) -> str:
        return CONSTRUCTED[canonical.kind]

    _venue_symbol = _symbol

    def _margin_asset(self, canonical: Canonical, field: Field, required: bool) -> str:
        return self._label(canonical, field, required)

    def _side(self, canonical: Canonical, field: Field, required: bool) -> str:
        return f"{self._bind('ENUM_side', runtime.Choice(self._table(canonical, field)))}[{self._value(field)}]"

    def _enum(self, canonical: Canonical, field: Field, required: bool) -> str:
        table = runtime.Description(self._table(canonical, field), "unknown")
        return f"{self._bind(f'ENUM_{canonical.name}', table)}[{self._value(field)}]"

    def _flag(self, canonical: Canonical, field: Field, required: bool) -> str:
        known = (
            self._table(canonical, field)
            if field.enum
            else {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
        )
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
        made = scale[field.unit or "ms"]
        nothing = "None" if _nothing(field)[1] else "no_time(v)"
        time = f"(d if EARLIEST <= (d := {made}) < LATEST else bad_time(v))"
        return f"({time} if (v := {self._value(field)}) else {nothing})"

    def _symbols(self, canonical: Canonical, field: Field, required: bool) -> str:
        texts, _ = _nothing(field)
        nothing = self._bind(f"NOTHING_{canonical.name}", texts)
        self._bind("UNIFIED", self.symbols.unified)
        return f"(None if (v := {self._value(field)}).__class__ is str and v in {nothing} else UNIFIED(v))"

    def _sizing(self, canonical: Canonical, field: Field, required: bool) -> str:
        table = self._bind("ENUM_sizing", runtime.Description(self._table(canonical, field), "unknown"))
        source = field.source if isinstance(field.source, dict) else {"any": field.source}
        values = ", ".join(f"{kind!r}: {self._path(path)}" for kind, path in source.items() if isinstance(path, str))
        return f"sizing({table}[{self._path(field.kind or '')}], {{{values}}})"

    def _series(self, canonical: Canonical, field: Field, required: bool) -> str:
        decode = runtime.series_decoder(field.time or "", field.value or "", kinds.FACTORS.get(field.unit))
        return f"make_series({self._value(field)}, {self._bind(f'DECODE_{canonical.name}', decode)})"

    _ratio_series = _series

    def _table(self, canonical: Canonical, field: Field) -> dict[Any, Any]:
        return reading_table(self.schema, field.enum or canonical.name)

    # -- the functions --------------------------------------------------------------------------------------------

    def functions(self) -> tuple[Callable[..., list[Any]], Callable[..., list[Any]]]:
        """The translation for plain pages, and the one for pages that hold a boolean or other than ASCII."""
        return self._run(self.names), self._run({**self.names, "exact": runtime.exact_strict})

    def field_function(self, line: Line) -> Callable[..., Any]:
        """One field alone, for the slow pass that says which one failed."""
        setup = "None"
        expression = line.expression
        if "venue_symbol" in self.fields and line.canonical.kind in CONSTRUCTED:
            setup = expression = f"SYMBOLS[{self._path(source_paths(self.fields['venue_symbol'])[0])}]"
        elif "counted" in expression and self.endpoint.skip_zero:
            setup = self._counted(self.endpoint.skip_zero)
        namespace = {**self.names, "exact": runtime.exact_strict}
        source = f"def one(w, account):\n    counted = {setup}\n    return {expression}\n"
        exec(compile(source, f"<schema {self.schema.id} {self.name}.{line.canonical.name}>", "exec"), namespace)  # noqa: S102
        function: Callable[..., Any] = namespace["one"]
        return function

    def _run(self, names: dict[str, Any]) -> Callable[..., list[Any]]:
        """The function, with every name it uses as a default argument: a local is read faster than a global."""
        filename = f"<schema {self.schema.id} {self.name}>"
        used = sorted({name for name in names if re.search(rf"\b{name}\b", self.source)})
        head = f"def translate(items, account, {', '.join(f'{name}={name}' for name in used)}):"
        source = self.source.replace(HEAD, head, 1)
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        namespace = dict(names)
        exec(compile(source, filename, "exec"), namespace)  # noqa: S102 (our own text, see the module docstring)
        function: Callable[..., list[Any]] = namespace["translate"]
        return function


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
            elif isinstance(wire, str) and wire.isdigit() and str(int(wire)) == wire:
                table[int(wire)] = value
    return table


def writing_value(schema: Schema, name: str, canonical: Any) -> Any:
    """What an enum of the schema sends for a canonical value; None when it has none."""
    key = str(canonical).lower() if isinstance(canonical, bool) else canonical
    wires = schema.enums[name].get(key)
    return wires[0] if isinstance(wires, list) else wires
