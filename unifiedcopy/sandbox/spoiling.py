"""Other bytes than the venue's: what a fault makes of an answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import msgspec

from .faults import EDITS, Fault
from .wire import Answer

GARBAGE = b"\x00\xff<!-- not JSON"
BOMB_BYTES = 100 * 1024 * 1024
DEPTH = 100_000
AGAIN = "\N{LOCK}again"
"""Behind a name that is to stand in an object twice, which no dict can say."""
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
Json = Any


def spoiled(
    fault: Fault, answer: Answer, error: Callable[[int | str], Answer], limited: Callable[[], Answer]
) -> Answer:
    """What is sent instead of ``answer``; ``error`` and ``limited`` make a venue's own refusals."""
    match fault.kind:
        case "status":
            return Answer(fault.status, fault.content(), fault.headers or {}, fault.content_type)
        case "redirect":
            status = fault.status if 300 <= fault.status < 400 else 307
            return Answer(status, b"", {"Location": fault.to})
        case "error":
            return error(fault.code)
        case "limited":
            return limited().with_headers(fault.headers or {})
        case "garbage" | "empty":
            answer = replace(answer, status=200)
    if fault.kind in EDITS:
        return replace(answer, body=edited(fault, answer.body))
    if fault.kind in ("bomb", "mislabelled"):
        answer = answer.with_headers({"Content-Encoding": fault.to or "gzip"})
    make = _BODIES.get(fault.kind)
    return replace(answer, body=make(fault, answer.body)) if make else answer


@cache
def bomb(encoding: str) -> bytes:
    """Blanks, packed: `BOMB_BYTES` when unpacked."""
    packer = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    block = b" " * (1024 * 1024)
    return b"".join(packer.compress(block) for _ in range(BOMB_BYTES // len(block))) + packer.flush()


_BODIES: dict[str, Callable[[Fault, bytes], bytes]] = {
    "garbage": lambda fault, body: fault.content() or GARBAGE,
    "empty": lambda fault, body: b"",
    "replace": lambda fault, body: fault.content(),
    "bom": lambda fault, body: b"\xef\xbb\xbf" + body,
    "utf16": lambda fault, body: body.decode().encode("utf-16"),
    "invalid_utf8": lambda fault, body: body[:-1] + b',"\xff":0' + body[-1:],
    "cut": lambda fault, body: body[: len(body) // 2],
    "trailing": lambda fault, body: body + (fault.content() or b"{}"),
    "nested": lambda fault, body: b"[" * DEPTH + b"]" * DEPTH,
    "bomb": lambda fault, body: bomb(fault.to or "gzip"),
}


# -- edits of JSON ----------------------------------------------------------------------------------------------------


def edited(fault: Fault, body: bytes) -> bytes:
    """The answer with its JSON changed, numbers exact; what is no JSON stays as it is."""
    try:
        value = _decoder.decode(body)
    except msgspec.DecodeError:
        return body
    if fault.kind in _ROWS:
        _change_rows(fault, value)
    else:
        value = {"value": value} if fault.kind == "box" and not fault.field else _walked(fault, value)
    return _encoder.encode(value).replace(AGAIN.encode(), b"")


def _walked(fault: Fault, value: Json) -> Json:
    if isinstance(value, list):
        return [_walked(fault, item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: _walked(fault, item) for name, item in value.items()}
    return _FIELDS[fault.kind](fault, made, made[fault.field]) if fault.field in made else made


_FIELDS: dict[str, Callable[[Fault, dict[str, Json], Json], dict[str, Json]]] = {
    "drop": lambda fault, row, value: {key: item for key, item in row.items() if key != fault.field},
    "rename": lambda fault, row, value: {fault.to if key == fault.field else key: row[key] for key in row},
    "put": lambda fault, row, value: {**row, fault.field: fault.value},
    "add": lambda fault, row, value: {**row, fault.to: fault.value},
    "double": lambda fault, row, value: {**row, fault.field + AGAIN: fault.value},
    "retype": lambda fault, row, value: {**row, fault.field: _retyped(value)},
    "scale": lambda fault, row, value: {**row, fault.field: _scaled(value, fault.value)},
    "box": lambda fault, row, value: {**row, fault.field: {"value": value}},
}
"""What becomes of an object that has the field."""


def _retyped(value: Json) -> Json:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    try:
        return Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return value


def _scaled(value: Json, factor: Json) -> Json:
    """A number, or a text that is one, times a factor; in the type it had."""
    try:
        product = Decimal(value) * Decimal(str(factor))
    except (InvalidOperation, TypeError, ValueError):
        return value
    whole = product == product.to_integral_value()
    if isinstance(value, str):
        return format(product, "f")
    return int(product) if isinstance(value, int) and whole else product


_ROWS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "lose_row": lambda rows: rows[1:],
    "repeat_row": lambda rows: rows[:1] + rows,
    "reorder": lambda rows: rows[::-1],
}


def _change_rows(fault: Fault, value: Json) -> None:
    rows = _list_in(value, fault.field)
    if rows is not None:
        rows[:] = _ROWS[fault.kind](rows)


def _list_in(value: Json, name: str) -> list[Json] | None:
    """The list under a name; without one the first that holds objects."""
    if isinstance(value, list):
        if not name and value and all(isinstance(item, dict) for item in value):
            return value
        found = (_list_in(item, name) for item in value)
    elif isinstance(value, dict):
        if name and isinstance(value.get(name), list):
            rows: list[Json] = value[name]
            return rows
        found = (_list_in(item, name) for item in value.values())
    else:
        return None
    return next((rows for rows in found if rows is not None), None)
