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
from itertools import starmap
from typing import Any, NamedTuple

from .. import models
from . import kinds, runtime
from .expressions import CONSTRUCTED, Expressions, as_field, reading_table, said_alike, source_paths
from .kinds import Canonical
from .model import WIRE_PATH, Endpoint, Field, Schema
from .paths import at
from .verbs import VERBS
from .wire import Tree, row_echoes

Translation = Callable[..., list[Any]]
HEAD = "def translate(items, account, sent):"
FEW = 8
"""Rows for which reading all numbers at once doesn't pay."""


class Line(NamedTuple):
    """One canonical field: the schema's line for it and the wire paths that it reads."""

    canonical: Canonical
    field: Field
    paths: tuple[str, ...]


class Generator:
    """The rows of one endpoint: wire tree, sources, and the functions made of them."""

    def __init__(
        self, schema: Schema, name: str, endpoint: Endpoint, struct: type[Any], symbols: runtime.Symbols
    ) -> None:
        self.schema, self.name, self.endpoint, self.struct, self.symbols = schema, name, endpoint, struct, symbols
        self.fields = {key: as_field(line) for key, line in endpoint.fields.items()}
        self.tree = Tree()
        levels = runtime.Levels()
        self.names: dict[str, Any] = {
            **{key: getattr(runtime, key) for key in runtime.CALLED},
            "EARLIEST": kinds.EARLIEST,
            "LATEST": kinds.LATEST,
            "ZERO": Decimal(0),
            "KNOWN_LEVELS": levels.known.get,
            "level": levels,
            "KNOWN_SYMBOLS": symbols.known,
            "SYMBOLS": symbols,
            "EXCHANGE": schema.id,
            "Build": struct,
            "Price": models.Price,
            "Roi": models.Roi,
            "ROLE": VERBS[endpoint.verb or ""].role,
        }
        self.known = kinds.canonical_fields(struct)
        self.lines = [self._line(canonical) for key, canonical in self.known.items() if key in self.fields]
        if endpoint.skip_zero:
            self.tree.leaf(endpoint.skip_zero, kinds.WIRE_GROUP["size"], kinds.PRESENT)
        if endpoint.only:
            self.tree.leaf(endpoint.only.source, kinds.WIRE_GROUP["enum"], kinds.PRESENT)
        for path in row_echoes(endpoint):
            self.tree.leaf(path, kinds.WIRE_GROUP["text"], kinds.OPTIONAL)
        if endpoint.paging is not None and endpoint.paging.row_id:
            self.tree.leaf(endpoint.paging.row_id, kinds.WIRE_GROUP["text"], kinds.OPTIONAL)
        self.source = self._source(self._expressions())

    def wire(self, *, numbers: bool, order: tuple[str, ...] = ()) -> type[Any]:
        """The wire struct of a row; keys in the order in which the venue sends them are found fastest."""
        return self.tree.struct(f"Wire_{self.name}", order, numbers=numbers)

    def _line(self, canonical: Canonical) -> Line:
        """Enters what a schema line reads into the wire tree."""
        field = self.fields[canonical.name]
        required = canonical.required and field.default is None
        for path in source_paths(field):
            if not re.fullmatch(WIRE_PATH, path, re.ASCII):
                raise ValueError(f"{path!r} is not a wire path")
            if path in field.when:
                self.tree.leaf(path, "key", kinds.OPTIONAL)
                continue
            # A sizing's kind and the keys of a joined id are keys whatever the field is.
            keyed = field.join is not None or path == field.kind
            group = "key" if keyed else "amount" if path == field.sign else kinds.WIRE_GROUP[canonical.kind]
            group = self._special_group(canonical, field) or group
            leaf = self.tree.leaf(path, group, _presence(canonical, field, required=required))
            leaf.word = leaf.word or (canonical.kind in kinds.WORDS and not keyed)
            leaf.moment = leaf.moment or (canonical.kind == "time" and field.unit == "ms")
            leaf.side = leaf.side or said_alike(self.schema, canonical, field)
        return Line(canonical, field, source_paths(field))

    def _special_group(self, canonical: Canonical, field: Field) -> str | None:
        """Where a line reads another kind of value than its canonical field has."""
        if canonical.kind == "symbols" and field.value:
            return "series"
        if canonical.kind == "time" and field.unit == "date":
            return "key"
        if canonical.kind == "enum" and field.const is None:
            table = reading_table(self.schema, field.enum or canonical.name)
            return "flag" if any(isinstance(wire, bool) for wire in table) else None
        return None

    # -- the source -----------------------------------------------------------------------------------------------

    def _expressions(self, *, numbers: bool = False, filled: frozenset[str] = frozenset()) -> Expressions:
        return Expressions(self.schema, self.endpoint, self.tree, self.names, numbers=numbers, filled=filled)

    def _source(self, write: Expressions) -> str:
        return "\n".join(self._function(write)) + "\n"

    def _function(self, write: Expressions) -> Iterator[str]:
        arguments = self._arguments(write)
        yield HEAD
        if write.at_once:
            yield from self._at_once(write.at_once)
        yield "    built = []"
        yield _loop(list(write.at_once))
        if self.endpoint.skip_zero or self.endpoint.only:
            yield from self._skipped(write)
        if "venue_symbol" in self.fields:
            yield f"        symbol, venue_symbol, size_unit, settle = {self._symbol_facts(write)}"
        yield "        built.append(Build("
        for argument, comment in arguments:
            yield f"            {argument},  # {comment}"
        yield "        ))"
        yield "    return built"

    def _at_once(self, numbers: dict[str, str]) -> Iterator[str]:
        """Reads the numbers of all rows before the rows.

        ``starmap`` hands over the tuple that ``zip`` uses again and again; a call for each number makes one each time.
        """
        yield "    if len(items) < FEW:"
        yield "        return one_by_one(items, account, sent)"
        yield "    values = []"
        yield "    for w in items:"
        yield f"        values += ({', '.join(numbers.values())},)"
        yield "    if not all(values):"
        yield "        return one_by_one(items, account, sent)"
        yield "    numbers = list(starmap(exact, zip(values)))"
        yield "    if not all(map(is_finite, numbers)):"
        yield "        raise ValueError('a number is not finite')"
        yield "    number = iter(numbers)"

    def _skipped(self, write: Expressions) -> Iterator[str]:
        """Rows that are none, or that are not what the verb asks for."""
        if self.endpoint.only:
            yield f"        if not {write.counts(self.endpoint.only)}:"
            yield "            continue"
        if self.endpoint.skip_zero:
            yield f"        counted = {write.counted(self.endpoint.skip_zero)}"
            yield "        if not counted:"
            yield "            continue"

    def _symbol_facts(self, write: Expressions) -> str:
        table = "SYMBOLS" if write.numbers else "KNOWN_SYMBOLS"
        return f"{table}[{write.path(source_paths(self.fields['venue_symbol'])[0])}]"

    def _arguments(self, write: Expressions) -> list[tuple[str, str]]:
        """(expression, what it is): positional in the struct's order, or keywords where it takes nothing else."""
        made = {line.canonical.name: line for line in self.lines}
        arguments = []
        for name, parameter in inspect.signature(self.struct).parameters.items():
            expression = self._argument(write, name, made.get(name))
            comment = f"{name} <- {_origin(made[name])}" if name in made else name
            keyword_only = parameter.kind is parameter.KEYWORD_ONLY
            if not keyword_only or expression != "None":
                arguments.append((f"{name}={expression}" if keyword_only else expression, comment))
        while arguments and arguments[-1][0] == "None":
            arguments.pop()
        return arguments

    def _argument(self, write: Expressions, name: str, line: Line | None) -> str:
        if line is not None:
            return write.of(line.canonical, line.field)
        if name in kinds.AUTOMATIC:
            return {"exchange": "EXCHANGE"}.get(name, name)
        if name == "role":
            return (
                "None" if self.names["ROLE"] == "follower" else "ROLE"
            )  # the last field: left out, it has its default
        canonical = self.known.get(name)
        if canonical is not None and canonical.kind == "size_unit":
            return self._size_unit()
        if canonical is not None and canonical.kind in CONSTRUCTED and "venue_symbol" in self.fields:
            return CONSTRUCTED[canonical.kind]
        return "None"

    def _size_unit(self) -> str:
        units = {line.field.unit for line in self.lines if line.canonical.kind == "size"}
        if units == {"by_symbol"}:
            return "size_unit"
        self.names["SIZE_UNIT"] = next(iter(units), None)
        return "SIZE_UNIT"

    # -- the functions --------------------------------------------------------------------------------------------

    def text_function(self) -> Translation:
        """For rows whose amounts are text or whole numbers."""
        return self._compiled(self.source, self.names)

    def filled_function(self, rows: list[dict[str, Any]], one_by_one: Translation) -> Translation:
        """For pages that fill the amounts which these rows fill; ``one_by_one`` reads those that do not."""
        filled = frozenset(
            line.canonical.name
            for line in self.lines
            if rows and all(any(at(row, path) for path in line.paths) for row in rows)
        )
        write = self._expressions(filled=filled)
        source = self._source(write)  # tells what is read at once
        names = {"FEW": FEW, "is_finite": Decimal.is_finite, "one_by_one": one_by_one, "starmap": starmap}
        return self._compiled(source, {**self.names, **names}, " (filled)") if write.at_once else one_by_one

    def number_function(self) -> Translation:
        """For rows whose amounts may be any JSON value."""
        source = self._source(self._expressions(numbers=True))
        return self._compiled(source, {**self.names, "exact": runtime.exact_number}, " (numbers)")

    def field_function(self, line: Line) -> Callable[..., Any]:
        """One field alone, for the slow pass that says which one failed."""
        write = self._expressions(numbers=True)
        expression = write.of(line.canonical, line.field)
        setup = "None"
        if "venue_symbol" in self.fields and line.canonical.kind in CONSTRUCTED:
            expression = self._symbol_facts(write)
        elif "counted" in expression and self.endpoint.skip_zero:
            setup = write.counted(self.endpoint.skip_zero)
        source = f"def translate(w, account, sent):\n    counted = {setup}\n    return {expression}\n"
        return _run(source, f"{self._file}.{line.canonical.name}", {**self.names, "exact": runtime.exact_number})

    @property
    def _file(self) -> str:
        return f"<schema {self.schema.id} {self.name}>"

    def _compiled(self, source: str, names: dict[str, Any], suffix: str = "") -> Translation:
        """The function, with every name it uses as a default argument: a local is read faster than a global."""
        used = sorted({name for name in names if re.search(rf"\b{name}\b", source)})
        head = f"def translate(items, account, sent, {', '.join(f'{name}={name}' for name in used)}):"
        return _run(source.replace(HEAD, head, 1), self._file + suffix, names)


def _run(source: str, filename: str, names: dict[str, Any]) -> Callable[..., Any]:
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = dict(names)
    exec(compile(source, filename, "exec"), namespace)  # noqa: S102 (our own text, see the module docstring)
    function: Callable[..., Any] = namespace["translate"]
    return function


def _loop(numbers: list[str]) -> str:
    """The head of the loop over the rows; each takes its numbers from those that were read before."""
    if not numbers:
        return "    for w in items:"
    return f"    for w, {', '.join(numbers)} in zip(items{', number' * len(numbers)}):"


def _origin(line: Line) -> str:
    """Where a field comes from, in words."""
    return ", ".join(line.paths) or ("hook" if line.field.hook else "constant")


def _presence(canonical: Canonical, field: Field, *, required: bool) -> int:
    """How much the keys of a line must be there."""
    if field.join is not None:
        return kinds.FILLED
    if not required or (isinstance(field.source, list) and len(field.source) > 1):
        return kinds.OPTIONAL
    # The tables of sides and symbols refuse an empty key themselves; placeholder rows may have one.
    return kinds.PRESENT if canonical.kind in ("side", "venue_symbol") else kinds.FILLED
