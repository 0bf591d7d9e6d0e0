"""Values that a request parameter takes: what stands beside the one that a proof is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unifiedcopy.request import Checker
from unifiedcopy.schema.model import Endpoint, Param, Schema, as_param

WORDS = (
    "1", "BTCUSDT", "BTC-USDT-SWAP", "USDT", "abc123", "0.5", "2024-01-01", "BTC", "BTCUSDT_UMCBL", "BTC-USDT",
    "BTC-SWAP-USDT", "0123456789ABCDEF", "linear", "1700000000000", "12345678901", "1H", "20231129213200",
    "e1f2a3b4-0000-4000-8000-000000000000",
)  # fmt: skip
"""One of them fits whatever a venue asks for."""


def required(schema: Schema, name: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Wire values of an endpoint: what is given, and something fitting for what is required besides."""
    endpoint = schema.endpoints[name]
    values = dict(given or {})
    for key, param in endpoint.params.items():
        spec = as_param(param)
        if "[]" not in key and key not in values and spec.required and spec.const is None:
            values[key] = fitting(schema, endpoint, key)
    return values


def fitting(schema: Schema, endpoint: Endpoint, key: str) -> Any:
    """A value that a parameter takes."""
    spec = as_param(endpoint.params[key])
    if spec.type == "rows":
        rows = {row.removeprefix(f"{key}[]."): row for row in endpoint.params if row.startswith(f"{key}[].")}
        return [{name: fitting(schema, endpoint, row) for name, row in rows.items()}]
    for value in _candidates(schema, spec):
        checker = Checker(schema.id, key)
        checker.parameters({"value": spec}, {"value": value}, "")
        if not checker.wrong:
            return value
    raise LookupError(f"{schema.id} {key}: nothing known fits; add a word")


def _candidates(schema: Schema, spec: Param) -> Iterator[Any]:
    if spec.const is not None:
        yield spec.const
    yield from spec.choices
    if spec.enum is not None:
        for wires in schema.enums[spec.enum].values():
            yield from wires if isinstance(wires, list) else [wires]
    if spec.type == "boolean":
        yield True
    yield from ([word] if spec.type == "list" else word for word in WORDS)
    if spec.min is not None:
        yield spec.min
