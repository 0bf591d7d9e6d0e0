"""A wish to change something, before it is sent."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
from msgspec import Struct

from ..request import Request
from .goals import AnyGoal


class Intent(Struct, frozen=True, kw_only=True):
    """Who wants what, where; and what the venue's state shows when it was done."""

    exchange: str
    """Schema id."""
    origin: str
    account: str
    """A fingerprint of the account's key at this origin."""
    alias: str | None
    """The caller's own name for the account."""
    operation: str
    """The verb, such as ``follow`` or ``lead.set_tpsl``; ``call`` for a raw call."""
    endpoint: str
    sent: dict[str, Any]
    """The wire parameters, without credentials and signature."""
    request: str
    """SHA-256 of method, path, query and body."""
    amount: str | None = None
    """What it puts at risk at most, quote currency, where caps ask for it."""
    leader_id: str | None = None
    goal: AnyGoal | None = None

    @property
    def key(self) -> str:
        """The same for the same wish: venue, account, operation and what is asked, not when."""
        sent = _in_one_notation(self.sent)
        parts = [self.exchange, self.origin, self.account, self.operation, self.endpoint, sent]
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


_FRACTION = re.compile(r"-?[0-9]+\.[0-9]+")


def _in_one_notation(value: Any) -> Any:
    """Wire values with 50.0 and 50.00 as 50: the same wish, however it is written."""
    if isinstance(value, dict):
        return {name: _in_one_notation(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_one_notation(inner) for inner in value]
    is_fraction = isinstance(value, str) and _FRACTION.fullmatch(value)
    return value.rstrip("0").rstrip(".") if is_fraction else value


def digest(request: Request) -> str:
    """The request's fingerprint, for comparing a journal with a venue's own records."""
    parts = [request.method, request.path, request.query, request.body.decode(errors="replace")]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def fingerprint(origin: str, api_key: str) -> str:
    """Names an account without telling its key."""
    return hashlib.sha256(f"{origin}\n{api_key}".encode()).hexdigest()[:16]
