"""What a user writes, as canonical values. A wrong one is named with its cure."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..models import CLEAR, Clear, Price, Roi, exact
from ..schema.model import Endpoint
from ..schema.structure import suggestion
from .exits import Usage

_AGO = re.compile(r"(\d+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def number(text: str, option: str) -> Decimal:
    """An exact number.

    Raises:
        Usage: it is none.
    """
    try:
        return exact(text, option)
    except ValueError as error:
        raise Usage(str(error)) from None


def trigger(text: str | None, option: str) -> Price | Roi | Clear | None:
    """``72000`` is a price, ``20%`` a return on margin, ``off`` takes the trigger away.

    Without a sign a percentage means what such a trigger is for: a stop loss of ``10%`` fires at a loss of 10 %.
    """
    if text is None:
        return None
    if text == "off":
        return CLEAR
    if text.endswith("%"):
        return _roi(text, option)
    value = number(text, option)
    if value <= 0:
        raise Usage(f"{option}: {text} is no price; write a percentage as +20% or -10%, or 'off'")
    return Price(value)


def roi(text: str | None, option: str) -> Roi | None:
    """A percentage of the margin: gain for a take profit, loss for a stop loss."""
    if text is None:
        return None
    if not text.endswith("%"):
        raise Usage(f"{option}: write a percentage of the margin, such as 20%")
    found = _roi(text, option)
    if (found.value > 0) != (option != "--stop-loss"):
        cure = "a loss, 10% or -10%" if option == "--stop-loss" else "a gain, 20%"
        raise Usage(f"{option}: {text} has the wrong sign; write {cure}")
    return found


def _roi(text: str, option: str) -> Roi:
    value = number(text.removesuffix("%"), option) / 100
    if option == "--stop-loss" and text[0] not in "+-":
        value = -value
    if not value:
        raise Usage(f"{option}: 0% is no trigger; 'off' takes it away")
    return Roi(value)


def fraction(text: str | None, option: str) -> Decimal | None:
    """``50%`` as 0.5."""
    if text is None:
        return None
    if not text.endswith("%"):
        raise Usage(f"{option}: write a percentage, such as 50%")
    return number(text.removesuffix("%"), option) / 100


def moment(text: str | None, option: str) -> int | None:
    """``7d`` ago, an ISO date or time (UTC unless it says otherwise), or Unix milliseconds."""
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return int(time.time() * 1_000) - int(ago[1]) * _SECONDS[ago[2]] * 1_000
    if text.isdigit() and len(text) == 13:
        return int(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(f"{option}: {text!r} is no time; write 7d, 2026-01-31T12:00 or Unix milliseconds") from None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1_000)


def symbols(text: str | None) -> tuple[str, ...] | None:
    """Symbols in ccxt notation, separated by commas."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """``name=value`` words."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Usage(f"{option}: {text!r} is not name=value")
        if name in found:
            raise Usage(f"{option}: {name} is given twice")
        found[name] = value
    return found


def wire(endpoint: Endpoint, values: dict[str, str]) -> dict[str, Any]:
    """Words as the types that an endpoint's parameters have; the library checks everything else."""
    return {name: _typed(endpoint, name, value) for name, value in values.items()}


def _typed(endpoint: Endpoint, name: str, text: str) -> Any:
    param = endpoint.params.get(name)
    if param is None:
        raise Usage(f"there is no parameter {name}; {suggestion(name, endpoint.params) or 'this endpoint takes none'}")
    kind = "text" if isinstance(param, str) else param.type
    if kind == "boolean":
        if text not in ("true", "false"):
            raise Usage(f"{name}: write true or false")
        return text == "true"
    if kind == "list":
        return [part for part in text.split(",") if part]
    if kind == "rows":
        try:
            return json.loads(text, parse_float=Decimal)
        except ValueError:
            raise Usage(f'{name}: write a JSON list of objects, such as [{{"name": "value"}}]') from None
    return text
