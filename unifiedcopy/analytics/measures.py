"""What a measure is: a figure with its evidence, so that two of them are compared for what they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Self

from msgspec import Struct

Evidence = Literal["roi series", "closed positions", "own copies", "venue's figure", "listings"]


class Measure(Struct, frozen=True, kw_only=True, gc=False):
    """A figure, what it is computed from, and over which time. Without a value, ``note`` says why it can't be known."""

    value: Decimal | None
    evidence: Evidence
    points: int = 0
    """How many points, positions or listings stand behind it; 0 for a figure that the venue tells."""
    since: int | None = None
    until: int | None = None
    """The window: first and last moment of the evidence. None where the venue doesn't tell."""
    note: str = ""

    @classmethod
    def unknown(cls, evidence: Evidence, note: str, points: int = 0) -> Self:
        """What can't be known, and why."""
        return cls(value=None, evidence=evidence, points=points, note=note)

    @property
    def days(self) -> int | None:
        """The window in whole days."""
        return None if self.since is None or self.until is None else (self.until - self.since) // 86_400_000
