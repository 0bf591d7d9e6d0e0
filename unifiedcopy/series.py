"""A series of (time, value) points that is decoded when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import MsgspecError, Struct

from .errors import SchemaDrift

PointKind = Literal["accumulated", "each"]


class Point(NamedTuple):
    at: int
    """Unix milliseconds."""
    value: Decimal


class Series(Struct, frozen=True, gc=False, eq=False):
    """Points as the venue gave them, oldest first or as sent; iterate, index or take ``len``."""

    encoded: bytes
    """The venue's JSON array."""
    decode: Callable[[bytes], list[Point]]
    kind: PointKind | None = None
    """``accumulated``: a point holds all before it. ``each``: its own time alone. None: the venue doesn't tell."""

    def points(self) -> list[Point]:
        """Every point, decoded now.

        Raises:
            SchemaDrift: the array has another shape than the schema says.
        """
        try:
            return self.decode(self.encoded)
        except (MsgspecError, ArithmeticError, ValueError, TypeError, RecursionError) as error:
            raise SchemaDrift(f"the series can't be read: {error}", outcome="unknown") from None

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points())

    def __len__(self) -> int:
        return len(self.points())

    def __getitem__(self, index: int) -> Point:
        return self.points()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and self.points() == other.points()

    def __hash__(self) -> int:
        return hash(self.encoded)
