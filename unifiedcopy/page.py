"""What a list call returns: a sequence of structs that also knows the bytes it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, overload

import msgspec

from .tabular import Tabular

if TYPE_CHECKING:
    from .schema.rows import Problem

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True):
    """One HTTP answer behind a page."""

    body: bytes
    received_at: int
    """Unix milliseconds of this machine."""
    count: int
    """How many of the page's items are from it."""


class Origin(Protocol):
    """What a page asks about the answers that it was read from."""

    def drift(self, body: bytes) -> list[str]: ...
    def row(self, body: bytes, item: Any) -> dict[str, Any] | None: ...


class _Afar(NamedTuple):
    """What is left of an origin in another process."""

    told: list[str]

    def drift(self, body: bytes) -> list[str]:
        return self.told

    def row(self, body: bytes, item: Any) -> dict[str, Any] | None:
        return None


class Page(Sequence[T], Tabular, Generic[T]):
    """Items of one kind, complete unless ``withheld`` says otherwise.

    Several answers make one page when a venue sends a list in pieces or one market at a time.
    """

    __slots__ = ("_origin", "answers", "covers", "items", "next", "unread", "withheld")

    def __init__(
        self,
        items: list[T],
        answers: tuple[Answer, ...],
        withheld: tuple[Problem, ...] = (),
        origin: Origin | None = None,
        following: str | None = None,
        unread: int | None = None,
    ) -> None:
        self.items = items
        self.answers = answers
        self.withheld = withheld
        """Why rows could not be read, a line for each field; empty unless the caller asked for partial pages."""
        self.unread = len(withheld) if unread is None else unread
        """How many rows that are."""
        self.next = following
        """The cursor of the rest when a limit ended the page early."""
        self.covers: tuple[int, int] | None = None
        """The span in Unix milliseconds that a history is about, where the venue tells one span at a time: what was
        closed before it is not in the page."""
        self._origin = origin

    @property
    def raw(self) -> tuple[bytes, ...]:
        """The bytes of every answer, as received."""
        return tuple(answer.body for answer in self.answers)

    @property
    def received_at(self) -> int | None:
        """When the oldest of the answers came, Unix milliseconds: the page is at least as old."""
        return min((answer.received_at for answer in self.answers), default=None)

    @property
    def drift(self) -> list[str]:
        """What the answers hold that the schema doesn't know: new fields, new enum values, symbols that are not
        understood.
        """
        found: dict[str, None] = {}
        for answer in self.answers:
            found.update(dict.fromkeys(self._origin.drift(answer.body) if self._origin else ()))
        return list(found)

    def info(self, index: int) -> dict[str, Any]:
        """The venue's own object behind an item, found and decoded when asked for; numbers stay exact.

        Raises:
            LookupError: the page was not read from a venue.
        """
        item = self.items[index]
        for answer in self.answers:
            row = self._origin.row(answer.body, item) if self._origin else None
            if row is not None:
                return row
        raise LookupError("this item is of no answer of the page")

    def _rows(self) -> tuple[Sequence[Any], type[Any] | None]:
        return self.items, type(self.items[0]) if self.items else None

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self.items[index]

    def __eq__(self, other: object) -> bool:
        return self.items == other.items if isinstance(other, Page) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Without the way back to the venue's rows: another process knows the drift, but no ``info``."""
        state = (None, {"covers": self.covers})
        return Page, (self.items, self.answers, self.withheld, _Afar(self.drift), self.next), state

    def __repr__(self) -> str:
        missing = f", {self.unread} withheld" if self.withheld else ""
        return f"<Page of {len(self.items)}{missing}>"


def only(page: Page[Any]) -> Any:
    """The item of a page of one, else None."""
    return page.items[0] if len(page.items) == 1 else None
