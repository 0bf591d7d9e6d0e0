"""A request from wire values: every value checked against the schema, path and query built once with every value
quoted.

All that is wrong with a call is said at once, each line with the parameter's name and what it takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from . import errors
from .models import exact
from .schema.model import NULL, Endpoint, Param, as_param
from .schema.runtime import CONTEXT
from .schema.structure import suggestion

MAX_LENGTH = 1000
CLEARED: dict[str, Any] = {"": "", NULL: None}
"""What takes a trigger away and is no number -> what is sent for it."""
_ENCODED = re.compile(r"[A-Za-z0-9%._~-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")


class Request(NamedTuple):
    """What goes to the venue, before it is signed."""

    endpoint: str
    method: str
    path: str
    """Quoted."""
    query: list[tuple[str, str]]
    """Quoted names and values, in the schema's order."""
    body: bytes
    content_type: str
    sent: dict[str, Any]
    """The wire parameters as they were built, for receipts and previews."""


def build(exchange: str, name: str, endpoint: Endpoint, values: Mapping[str, Any]) -> Request:
    """A request of an endpoint from wire values by name.

    Raises:
        ArgumentsRequired: parameters are missing.
        BadRequest: a parameter is unknown or its value does not fit.
    """
    specs = {key: as_param(spec) for key, spec in endpoint.params.items()}
    checker = Checker(exchange, name)
    checked = checker.parameters(specs, values, prefix="")
    checker.finish()
    path = endpoint.path
    query: list[tuple[str, str]] = []
    body: dict[str, Any] = {}
    in_body = endpoint.method in ("POST", "PUT")
    for key, value in checked.items():
        spec = specs[key]
        if f"{{{key}}}" in path:
            path = path.replace(f"{{{key}}}", _path_part(exchange, name, key, value))
        elif (spec.place or ("body" if in_body else "query")) == "body":
            body[key] = value
        else:
            raw = endpoint.paging is not None and endpoint.paging.encoded and key == endpoint.paging.param
            query.append((_quoted(key), _already_encoded(value) if raw else _quoted(_query_text(value))))
    sends_body = in_body and (body or endpoint.method == "POST")
    return Request(
        name,
        endpoint.method,
        path,
        query,
        msgspec.json.encode(body) if sends_body else b"",
        "application/json",
        checked,
    )


@lru_cache(maxsize=4_096)
def _quoted(text: str) -> str:
    return quote(text, safe="")


class Checker:
    """Collects what is wrong with a call."""

    def __init__(self, exchange: str, endpoint: str) -> None:
        self.exchange, self.endpoint = exchange, endpoint
        self.missing: list[str] = []
        self.wrong: list[str] = []

    def finish(self) -> None:
        """Raises when anything was wrong."""
        where: dict[str, Any] = {"exchange": self.exchange, "endpoint": self.endpoint}
        if self.wrong:
            raise errors.BadRequest("; ".join(self.wrong + self.missing), **where)
        if self.missing:
            raise errors.ArgumentsRequired("; ".join(self.missing), **where)

    def parameters(self, specs: Mapping[str, Param], values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        """The values that are sent, in the schema's order; ``prefix`` picks the keys of a row."""
        known = {
            key.removeprefix(prefix): spec
            for key, spec in specs.items()
            if key.startswith(prefix) and "[]" not in key.removeprefix(prefix)
        }
        for key in values:
            if key not in known:
                self.wrong.append(f"there is no parameter {prefix}{key} ({suggestion(key, known) or 'it takes none'})")
        sent: dict[str, Any] = {}
        for key, spec in known.items():
            value = spec.const if spec.const is not None else values.get(key)
            if spec.const is not None and values.get(key, spec.const) != spec.const:
                self.wrong.append(f"{prefix}{key} is always {spec.const}, not {values[key]!r}")
            if value is None:
                value = spec.default
            if value is None:
                if spec.required:
                    self.missing.append(f"{prefix}{key} is required{_tell(spec)}")
            elif value == spec.clear and value in CLEARED:
                sent[key] = CLEARED[value]
            elif spec.type == "rows":
                sent[key] = self._rows(specs, key, value)
            else:
                checked = self._checked(prefix + key, spec, value)
                if checked is not None:
                    sent[key] = checked
        return sent

    def _rows(self, specs: Mapping[str, Param], key: str, rows: Any) -> list[dict[str, Any]]:
        if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
            self.wrong.append(f"{key} is a list of objects, not {type(rows).__name__}")
            return []
        return [self.parameters(specs, row, f"{key}[].") for row in rows]

    def _checked(self, name: str, spec: Param, value: Any) -> Any:
        try:
            return _TYPES[spec.type](spec, value)
        except (ValueError, TypeError) as error:
            self.wrong.append(f"{name}: {error}{_tell(spec)}")
            return None


def _text(spec: Param, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(f"takes text, not {type(value).__name__}")
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if _CONTROL.search(text):
        raise ValueError("holds control characters")
    if len(text) > (spec.max_length or MAX_LENGTH):
        raise ValueError(f"is longer than {spec.max_length or MAX_LENGTH} characters")
    if spec.pattern is not None and not re.fullmatch(spec.pattern, text, re.ASCII):
        raise ValueError(f"{text!r} does not fit the venue's form {spec.pattern}")
    return str(_chosen(spec, text))


def _integer(spec: Param, value: Any) -> int:
    number = exact(value, "the value")
    if number != int(number):
        raise ValueError(f"{value} is not a whole number")
    _in_range(spec, number)
    return int(_chosen(spec, int(number)))


def _decimal(spec: Param, value: Any) -> str:
    number = exact(value, "the value")
    _in_range(spec, number)
    exponent = number.normalize(CONTEXT).as_tuple().exponent
    if spec.decimals is not None and isinstance(exponent, int) and -exponent > spec.decimals:
        raise ValueError(f"{number:f} has more than {spec.decimals} digits after the point")
    return str(_chosen(spec, f"{number:f}"))


def _boolean(spec: Param, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"takes True or False, not {value!r}")
    return value


def _list(spec: Param, value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise TypeError(f"takes a list, not {type(value).__name__}")
    return [_text(spec, entry) for entry in value]


_TYPES: dict[str, Any] = {"text": _text, "integer": _integer, "decimal": _decimal, "boolean": _boolean, "list": _list}


def _in_range(spec: Param, number: Decimal) -> None:
    if (spec.min is not None and number < Decimal(spec.min)) or (spec.max is not None and number > Decimal(spec.max)):
        raise ValueError(f"{number:f} is out of range")


def _chosen(spec: Param, value: Any) -> Any:
    if spec.choices and value not in spec.choices:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, spec.choices))}")
    return value


def _tell(spec: Param) -> str:
    """What a parameter takes, in brackets."""
    parts = [f"from {spec.source}" if spec.source else "pass it in params={…}"]
    if spec.min is not None or spec.max is not None:
        parts.append(f"{spec.min or '…'} to {spec.max or '…'}")
    if spec.note:
        parts.append(spec.note)
    return f" ({', '.join(parts)})"


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def _path_part(exchange: str, endpoint: str, key: str, value: Any) -> str:
    text = str(value)
    if not text.strip("."):
        raise errors.BadRequest(f"{key}: {text!r} can't stand in a path", exchange=exchange, endpoint=endpoint)
    return _quoted(text)


def _already_encoded(value: Any) -> str:
    """A cursor that arrived percent-encoded: unchanged, but nothing else than that."""
    text = str(value)
    return text if _ENCODED.fullmatch(text) else _quoted(text)
