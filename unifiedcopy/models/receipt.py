"""What a write returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct


class Receipt(Struct, frozen=True, kw_only=True):
    """A write that the venue accepted, with exactly what was sent."""

    exchange: str
    account: str | None
    endpoint: str
    sent: Mapping[str, Any]
    """The wire parameters, without credentials and signature."""
    ids: tuple[str, ...] = ()
    """Ids that the venue answered with, such as those of closing orders."""
    notes: tuple[str, ...] = ()
    """What was converted or filled in on the way, in words."""
    received_at: int
    confirmed_by: Literal["answer", "state"] = "answer"
    """``state``: the answer was lost, and the venue's state shows that it was done (or was so already)."""
    journal_id: int | None = None
    """The number of the write in the write log; None when nothing had to be sent."""
