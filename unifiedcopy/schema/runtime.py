"""What generated code calls: exact numbers, symbols, enums, times. Nothing in here knows a venue.

The common case of every function is inlined by ``generate.py``; these take what is left: empty values, values that are
refused, and tables that remember.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Any, NamedTuple, NoReturn

import msgspec

from ..models import SIZINGS, Sizing
from ..series import Point, PointKind, Series
from . import kinds
from .model import SymbolForm

CONTEXT = Context(prec=80, Emax=99, Emin=-99, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
"""Enough digits for any money, and an exception instead of a rounded one."""

exact = CONTEXT.create_decimal
times = CONTEXT.multiply
minus = CONTEXT.minus
_ratio_context = Context(prec=34, Emax=99, Emin=-99, traps=[InvalidOperation, Overflow, DivisionByZero])
CALLED = (
    "amount", "bad_time", "count", "day_start", "empty", "exact", "make_series", "minus", "no_time", "product",
    "quotient", "refuse", "side_of_sign", "sizing", "text", "times", "zero",
)  # fmt: skip
"""What generated code may name."""
REMEMBERED = 10_000
"""Entries a memo keeps before it starts anew."""
LONGEST_SYMBOL = 100
"""What is longer is not taken for a symbol."""


def refuse(value: Any) -> NoReturn:
    raise ValueError(f"{value!r} is not a finite number")


def exact_number(value: Any) -> Decimal:
    """``exact`` where a boolean can stand: Decimal takes True for 1."""
    return refuse(value) if value.__class__ is bool else exact(value)


def empty(value: Any) -> Decimal | None:
    """What a falsy amount is: nothing, or zero."""
    if value is None or value == "":
        return None
    return zero(value)


def zero(value: Any) -> Decimal:
    """A falsy amount that must be a number."""
    if value is None or value == "":
        raise ValueError("is empty, but a number is needed")
    if value.__class__ is bool or not isinstance(value, int | Decimal):
        refuse(value)
    return exact(value)


def amount(value: Any) -> Decimal | None:
    """An optional amount, checked in full; for lines that are not on a hot path."""
    if not value:
        return empty(value)
    number = exact_number(value)
    return number if number.is_finite() else refuse(value)


def quotient(value: Decimal | None, by: Decimal | None) -> Decimal | None:
    return None if value is None or not by else _ratio_context.divide(value, by)


def product(value: Decimal | None, by: Decimal | None) -> Decimal | None:
    return None if value is None or by is None else times(value, by)


def no_time(value: Any) -> int | None:
    """What a falsy time is: nothing; zero only where the schema says so."""
    if value is None or value == "":
        return None
    raise ValueError(f"{value!r} is not a time")


def bad_time(value: Any) -> NoReturn:
    raise ValueError(f"{value!r} is not a time between 2015 and 2100 in the unit that the schema says")


def count(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if value < 0:
        raise ValueError(f"{value!r} is not a count")
    return int(value)


def text(value: Any) -> str | None:
    """Text of an id that came as a number; nothing for an empty one."""
    return str(value) if value is not None and value != "" else None


class Levels:
    """Numbers that repeat (leverage), kept once. Only text is remembered: 1, 1.0 and True are one key."""

    def __init__(self) -> None:
        self.known: dict[Any, Decimal] = {}

    def __call__(self, value: Any) -> Decimal | None:
        level = amount(value)
        if level is not None and value.__class__ is str and len(self.known) < REMEMBERED:
            self.known[value] = level
        return level


class Choice(dict[Any, Any]):
    """Wire value -> canonical value where a wrong one would change a state: what is not listed is an error."""

    def __missing__(self, value: Any) -> NoReturn:
        raise ValueError(f"{value!r} is none of {', '.join(sorted({str(key) for key in self}))}")


class Description(dict[Any, Any]):
    """Wire value -> canonical value where it only describes: what is not listed is ``unknown``.

    ``known`` is the same as a plain dict, which is read faster; it learns what was asked for here.
    """

    def __init__(self, known: Mapping[Any, Any], unknown: Any) -> None:
        super().__init__(known)
        self.known = dict(known)
        self.unknown = unknown

    def __missing__(self, value: Any) -> Any:
        meaning = None if value is None or value == "" else self.unknown
        if len(self.known) < REMEMBERED:
            self.known[value] = meaning
        return meaning


def day_start(value: Any) -> int | None:
    """The beginning of a day that is written as a date."""
    if value is None or value == "":
        return None
    moment = int(datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000
    return moment if kinds.EARLIEST <= moment < kinds.LATEST else bad_time(value)


def side_of_sign(value: Any) -> str:
    """The side of a position whose number tells it."""
    number = amount(value)
    if not number:
        raise ValueError(f"{value!r} has no sign that tells a side")
    return "long" if number > 0 else "short"


def names_decoder(value: str, where: str | None) -> Callable[[Any], list[str] | None]:
    """Reads ``[{value: "…", where: true}, …]`` to the texts where the flag is set (all of them without a flag)."""

    def read(raw: msgspec.Raw) -> list[str] | None:
        entries = msgspec.json.decode(raw) if bytes(raw) else None
        if entries is None or entries == "":
            return None
        return [entry[value] for entry in entries if where is None or entry[where] in (True, 1, "1", "true")]

    return read


class SymbolFacts(NamedTuple):
    symbol: str | None
    venue_symbol: str
    size_unit: str | None
    settle: str | None
    market: str | None


class Symbols(dict[Any, tuple[Any, ...]]):
    """Venue symbol -> what the schema's forms say about it, worked out once a symbol.

    The entries are (symbol, venue symbol, size unit, settling coin), plain tuples for generated code to unpack;
    ``known`` holds them in a plain dict, which is read faster.
    """

    def __init__(self, forms: list[SymbolForm]) -> None:
        super().__init__()
        self.known: dict[Any, tuple[Any, ...]] = {}
        self._forms = [(_pattern(form.venue, form.quote), form) for form in forms]

    def __missing__(self, value: Any) -> tuple[Any, ...]:
        facts = self.facts(value)
        if len(self) >= REMEMBERED:
            self.clear()
            self.known.clear()
        entry = self[facts.venue_symbol] = self.known[facts.venue_symbol] = tuple(facts[:4])
        return entry

    def facts(self, venue_symbol: Any) -> SymbolFacts:
        """What is known about a venue symbol; its ``symbol`` is None when no form fits."""
        name = text(venue_symbol)
        if name is None:
            raise ValueError("the symbol is empty")
        for pattern, form in self._forms if len(name) <= LONGEST_SYMBOL else ():
            if match := pattern.fullmatch(name):
                symbol = _filled(form.symbol, match)
                return SymbolFacts(symbol, name, form.size_unit, settling(symbol), form.market)
        return SymbolFacts(None, name, None, None, None)

    def venue_symbol(self, symbol: str) -> SymbolFacts | None:
        """The facts of a symbol in ccxt notation; None when no form makes it."""
        for _, form in self._forms if len(symbol) <= LONGEST_SYMBOL else ():
            if not form.read_only and (match := _pattern(form.symbol, form.quote).fullmatch(symbol)):
                return self.facts(_filled(form.venue, match))
        return None

    def unified(self, value: Any, nothing: frozenset[str] = frozenset()) -> tuple[str, ...] | None:
        """Symbols of a list or of comma text, ccxt notation; what is not understood stays as the venue writes it."""
        joined = value if value is None or isinstance(value, str) else ",".join(value)
        if joined is None or value == "" or joined in nothing:
            return None
        names = joined.split(",") if value else []
        if any(name.startswith(("[", "{")) for name in names):
            raise ValueError(f"{value!r} is no list of symbols")
        return tuple([self[name][0] or name for name in names])


def settling(symbol: str) -> str:
    """The coin that profit comes in: behind the colon, for spot the quote currency."""
    return symbol.rpartition(":" if ":" in symbol else "/")[2]


def _filled(template: str, match: re.Match[str]) -> str:
    """A symbol's template filled by name; never formatted, as a schema's text could ask for more than a name."""
    for name, value in match.groupdict().items():
        template = template.replace(f"{{{name}}}", value)
    return template


def _pattern(template: str, quotes: list[str]) -> re.Pattern[str]:
    named = re.escape(template).replace(r"\{base\}", "(?P<base>[A-Z0-9]+)", 1).replace(r"\{base\}", "(?P=base)")
    alternatives = "|".join(re.escape(quote) for quote in quotes)
    named = named.replace(r"\{quote\}", f"(?P<quote>{alternatives})", 1).replace(r"\{quote\}", "(?P=quote)")
    return re.compile(named, re.ASCII)


def sizing(kind: str | None, values: Mapping[str, Any]) -> Sizing | None:
    """The sizing of a kind with the value that the schema names for it."""
    if kind is None or kind == "unknown":
        return None
    value = amount(values.get(kind, values.get("any")))
    maker: Callable[..., Sizing] = SIZINGS[kind]
    return maker() if value is None and kind == "share_of_equity" else maker(value)


def series_decoder(time: str, value: str, factor: Decimal | None) -> Callable[[bytes], list[Point]]:
    """Reads ``[{time: …, value: …}, …]``."""
    point: Any = msgspec.defstruct("WirePoint", [("at", int), ("value", Any)], rename={"at": time, "value": value})
    decode = msgspec.json.Decoder(list[point], strict=False, float_hook=exact).decode

    def read(encoded: bytes) -> list[Point]:
        points = []
        for wire in decode(encoded):
            number = amount(wire.value)
            if number is not None:
                points.append(Point(wire.at, times(number, factor) if factor is not None else number))
        return points

    return read


def make_series(
    raw: msgspec.Raw | None, decode: Callable[[bytes], list[Point]], points: PointKind | None
) -> Series | None:
    """A copy, so that one series doesn't hold its whole page in memory."""
    encoded = bytes(raw) if raw is not None else b""
    return None if encoded in (b"", b"null", b'""', b"[]") else Series(encoded, decode, points)
