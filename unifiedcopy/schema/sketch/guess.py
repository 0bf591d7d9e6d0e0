"""Guesses from values: units by magnitude, enums by words, symbols by form, envelopes by shape. Each says how sure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ..kinds import EARLIEST, LATEST, TIME_SCALES, Canonical

SAFE_INTEGER = 2**53
NOTHING = (None, "")
DASHES = ("--", "-", "None", "null", "N/A")
"""Words for nothing that a number can't be."""
CODE_KEYS = ("code", "retcode", "errcode", "errorcode", "errno", "resultcode", "returncode", "scode", "status")
MESSAGE_KEYS = ("msg", "message", "retmsg", "errmsg", "errormessage", "info", "error")
TIME_KEYS = ("requesttime", "time", "ts", "timestamp", "servertime")
CURSOR_KEYS = ("nextpagecursor", "nextcursor", "cursor", "next", "nextid", "endid")
PAGES_KEYS = ("pages", "totalpage", "totalpages", "pagecount")
CROSS, ISOLATED = ("cross", "crossed", "crossmargin", "cross_margin"), ("isolated", "fixed", "isolatedmargin")
PAIRS = (("long", "short"), ("buy", "sell"), ("openlong", "openshort"), ("open_long", "open_short"), ("bid", "ask"))
NUMBER_PAIRS: tuple[tuple[Any, Any], ...] = ((1, 2), (1, -1), (1, 0))
SYMBOL_FORMS = (
    ("{base}-SWAP-{quote}", "{base}/{quote}:{quote}"),
    ("{base}-{quote}-SWAP", "{base}/{quote}:{quote}"),
    ("{base}-{quote}-PERP", "{base}/{quote}:{quote}"),
    ("{base}-{quote}", "{base}/{quote}:{quote}"),
    ("{base}_{quote}", "{base}/{quote}:{quote}"),
    ("{base}/{quote}", "{base}/{quote}:{quote}"),
    ("{base}{quote}", "{base}/{quote}:{quote}"),
)
QUOTES = ("USDT", "USDC", "USD", "BTC", "EUR")


class Guess(NamedTuple):
    """A line's modifiers and the remark that the author should check."""

    keys: dict[str, Any]
    check: str = ""


def number(value: Any) -> Decimal | None:
    """A value as a number; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        made = Decimal(value)
    except InvalidOperation:
        return None
    return made if made.is_finite() else None


def modifiers(canonical: Canonical, key: str, values: list[Any]) -> Guess | None:
    """What a line of a field needs beside its path; None when the values can't be of its kind."""
    said = [value for value in values if value not in NOTHING]
    dashes = sorted({value for value in said if value in DASHES})
    said = [value for value in said if value not in DASHES]
    guess = _BY_KIND[canonical.kind](canonical, key, said) if canonical.kind in _BY_KIND else None
    if guess is None:
        return None
    keys, check = guess
    if dashes:
        keys = {**keys, "null_if": dashes[0] if len(dashes) == 1 else dashes}
    if not said:
        check = "no value in the sample" + (f"; {check}" if check else "")
    return Guess(keys, check)


def _text(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    if any(isinstance(value, bool | list | dict | Decimal) for value in said):
        return None
    big = any(isinstance(value, int) and abs(value) > SAFE_INTEGER for value in said)
    return Guess({}, "beyond 2^53: read whole here, and lost by readers that make floats of it" if big else "")


def _symbol(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    return Guess({}) if all(isinstance(value, str | int) and not isinstance(value, bool) for value in said) else None


def _amount(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    numbers = [number(value) for value in said]
    if None in numbers:
        return None
    if canonical.name in ("fee", "open_fee", "close_fee"):
        negative = any(value is not None and value < 0 for value in numbers)
        return Guess({"unit": "charged" if negative else "paid"}, "charged: negative is a cost; paid: positive is one")
    if canonical.name.endswith("_price") and 0 in numbers:
        return Guess({"null_if": 0}, "zero looks like 'none'")
    return Guess({})


def _size(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    if any(number(value) is None for value in said):
        return None
    signed = any((number(value) or 0) < 0 for value in said)
    return Guess({"unit": "base"}, f"base, quote or contract?{' Its sign may tell the side.' if signed else ''}")


def _ratio(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    numbers = [found for value in said if (found := number(value)) is not None]
    if len(numbers) != len(said):
        return None
    named = re.search(r"percent|pct", key, re.IGNORECASE)
    large = any(abs(value) > Decimal("1.5") for value in numbers)
    unit = "percent" if named or large else "ratio"
    return Guess({"unit": unit}, "ratio: 0.25 is a quarter; percent: 25 is")


def _trigger(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    ratio = _ratio(canonical, key, said)
    if ratio is None:
        return None
    keys: dict[str, Any] = {"unit": "price"}
    check = "a price, or a return on margin?"
    if re.search(r"rate|ratio|roi|percent|pct", key, re.IGNORECASE):
        unit = ratio.keys["unit"]
        keys, check = {"unit": f"loss_{unit}" if canonical.name == "stop_loss" else unit}, "of the margin?"
    if any(number(value) == 0 for value in said):
        keys["null_if"] = 0
    return Guess(keys, check)


def _count(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    whole = all((found := number(value)) is not None and found == int(found) and found >= 0 for value in said)
    return Guess({}) if whole and not any(isinstance(value, Decimal) for value in said) else None


def _time(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    numbers = [number(value) for value in said]
    if any(value is None or value != int(value) for value in numbers):
        return None
    moments = [int(value) for value in numbers if value]
    keys: dict[str, Any] = {"unit": "ms"}
    if moments:
        fits = [unit for unit in TIME_SCALES if all(is_moment(moment, unit) for moment in moments)]
        if not fits:
            return None
        keys = {"unit": fits[0]}
    if 0 in numbers:
        keys["null_if"] = 0
    return Guess(keys)


def is_moment(moment: int, unit: str) -> bool:
    times, by = TIME_SCALES[unit]
    return EARLIEST <= moment * times // by < LATEST


def _flag(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    return Guess({}) if all(value in (True, False, 0, 1, "true", "false") for value in said) else None


def _symbols(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    listed = [value if isinstance(value, list) else str(value).split(",") for value in said]
    return Guess({}) if all(isinstance(name, str) for names in listed for name in names) else None


def _series(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    points = [point for value in said if isinstance(value, list) for point in value]
    if not points or not all(isinstance(point, dict) for point in points):
        return None
    time = next((name for name in points[0] if re.search(r"time|date|ts$", name, re.IGNORECASE)), None)
    value = next((name for name in points[0] if name != time and number(points[0][name]) is not None), None)
    if time is None or value is None:
        return None
    unit = _ratio(canonical, key, [point[value] for point in points if value in point])
    keys = {"time": time, "value": value}
    return Guess(keys | (unit.keys if unit and canonical.kind == "ratio_series" else {}), "times must be milliseconds")


def _enumerated(canonical: Canonical, key: str, said: list[Any]) -> Guess | None:
    return Guess({})


_BY_KIND: dict[str, Any] = {
    "text": _text,
    "label": _text,
    "venue_symbol": _symbol,
    "symbols": _symbols,
    "side": _enumerated,
    "enum": _enumerated,
    "flag": _flag,
    "decimal": _amount,
    "level": _amount,
    "ratio": _ratio,
    "size": _size,
    "trigger": _trigger,
    "count": _count,
    "time": _time,
    "series": _series,
    "ratio_series": _series,
}


# -- enums ------------------------------------------------------------------------------------------------------------


def sides(values: list[Any]) -> tuple[dict[str, Any], str] | None:
    """The table of sides that values belong to, and a remark; None when they are no sides."""
    said = list(dict.fromkeys(value for value in values if value not in NOTHING))
    if not said:
        return None
    if all(isinstance(value, bool) for value in said):
        return {"long": True, "short": False}, "does true mean long?"
    for pair in PAIRS:
        if all(isinstance(value, str) and value.lower() in pair for value in said):
            table = {side: _styled(word, str(said[0])) for side, word in zip(("long", "short"), pair, strict=True)}
            seen = len(said) == 2
            return table, "" if seen else f"only {said[0]!r} was seen"
    for numbers in NUMBER_PAIRS:
        if {number(value) for value in said} <= {Decimal(one) for one in numbers} and len(said) <= 2:
            as_text = isinstance(said[0], str)
            long, short = (str(one) if as_text else one for one in numbers)
            if numbers == NUMBER_PAIRS[-1] or len(said) == 2:
                return {"long": long, "short": short}, f"does {long} mean long?"
    return None


def _styled(word: str, like: str) -> str:
    """A word in the letters of another one."""
    return word.upper() if like.isupper() else word.capitalize() if like[:1].isupper() else word


def choices(canonical: Canonical, values: list[Any]) -> tuple[dict[str, Any], str] | None:
    """The table of an enum that describes; None when no value says which choice it is."""
    said = list(dict.fromkeys(value for value in values if value not in NOTHING))
    table: dict[str, Any] = {}
    for value in said:
        word = str(value).lower()
        words = {"cross": CROSS, "isolated": ISOLATED}
        meant = next((name for name in canonical.choices if word == name or word in words.get(name, ())), None)
        if meant is None or meant == "unknown":
            break
        table[meant] = value
    else:
        return (table, "other values?") if table else None
    if canonical.name == "margin_mode" and {number(value) for value in said} <= {Decimal(0), Decimal(1)}:
        as_text = isinstance(said[0], str)
        cross, isolated = ("0", "1") if as_text else (0, 1)
        return {"cross": cross, "isolated": isolated}, f"does {cross} mean cross?"
    return None


# -- symbols ----------------------------------------------------------------------------------------------------------


def symbol_forms(names: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Forms that the names have, each with the quote currencies seen, and the names that have none."""
    found: dict[str, dict[str, Any]] = {}
    strangers = []
    for name in dict.fromkeys(names):
        for venue, symbol in SYMBOL_FORMS:
            quote = next((quote for quote in QUOTES if _form(venue, quote).fullmatch(name)), None)
            if quote is not None:
                form = found.setdefault(venue, {"venue": venue, "symbol": symbol, "quote": []})
                form["quote"] += [quote] if quote not in form["quote"] else []
                break
        else:
            strangers.append(name)
    return list(found.values()), strangers


def _form(venue: str, quote: str) -> re.Pattern[str]:
    return re.compile(re.escape(venue).replace(r"\{base\}", "[A-Z0-9]+").replace(r"\{quote\}", quote), re.ASCII)
