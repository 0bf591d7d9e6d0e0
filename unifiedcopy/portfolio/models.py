"""What a portfolio answers: what every account said, how old it is, and what is missing.

The rules of ``unifiedcopy.models`` hold: exact ``Decimal``, None where a venue did not say, Unix milliseconds, text
ids. Ages are milliseconds too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from msgspec import Struct

from .. import errors
from ..errors import Outcome, UnifiedCopyError
from ..models import Account, FollowedLeader, Position
from ..tabular import Tabular

if TYPE_CHECKING:
    from .sums import Group, Grouping

T = TypeVar("T")
Status = Literal["ok", "stale", "failed"]
"""``ok``: read just now. ``stale``: could not be read now, the last good reading stands. ``failed``: never read."""
Part = Literal["positions", "balances", "following"]


class Trouble(Struct, frozen=True, kw_only=True, gc=False):
    """Why a part of an account could not be read: an error without its traceback."""

    part: Part
    kind: str
    """The error's class, such as ``RequestTimeout``."""
    message: str
    outcome: Outcome | None = None
    """None for an error that is not of this library."""
    code: str | None = None
    """The venue's own code."""
    http_status: int | None = None
    retry_after: float | None = None
    """Seconds that the venue asks to wait."""

    @classmethod
    def of(cls, part: Part, error: BaseException) -> Self:
        """The trouble that an error is."""
        if not isinstance(error, UnifiedCopyError):
            return cls(part=part, kind=type(error).__name__, message=str(error))
        return cls(
            part=part,
            kind=type(error).__name__,
            message=error.message,
            outcome=error.outcome,
            code=error.code,
            http_status=error.http_status,
            retry_after=error.retry_after,
        )

    @property
    def error_class(self) -> type[Exception]:
        """The library's class of that name; ``Exception`` for an error that is not of this library."""
        return errors.by_name(self.kind) or Exception

    @property
    def drift(self) -> bool:
        """Whether the venue answered, and the answer could not be read (whole)."""
        return issubclass(self.error_class, errors.BadResponse)

    def __str__(self) -> str:
        code = f" (code {self.code})" if self.code else ""
        return f"{self.part}: {self.kind}: {self.message}{code}"


class AccountReading(Struct, frozen=True, kw_only=True, gc=False):
    """One account, as it was read last."""

    exchange: str
    """Schema id such as ``<venue>/<api>``."""
    account: str | None
    """The caller's own name for it."""
    status: Status
    """Of its positions; ``troubles`` tells about the other parts."""
    read_at: int | None
    """When the oldest of the venue's answers that the positions stand on came; None when it never could be read."""
    age: int | None
    """Milliseconds from ``read_at`` to the snapshot."""
    tried_at: int | None = None
    """When it was asked last, whether that worked or not."""
    positions: tuple[Position, ...] = ()
    """Of an account that ``failed`` there are none *known*, which is not the same as none."""
    withheld: int = 0
    """Rows that the venue sent and that can't be read: the positions are not all."""
    balances: tuple[Account, ...] | None = None
    """One entry a currency or wallet; None: the venue has no such call, or it failed (see ``troubles``)."""
    following: tuple[FollowedLeader, ...] | None = None
    """The leaders that it copies; None as above."""
    error: Trouble | None = None
    """Why the status is not ``ok``, or why rows are withheld."""
    troubles: tuple[Trouble, ...] = ()
    """Why balances or followed leaders are missing although the venue has them."""
    drift: tuple[str, ...] = ()
    """What the answers held that the schema doesn't know."""

    @property
    def key(self) -> tuple[str, str | None]:
        """What the account is known again by."""
        return self.exchange, self.account

    @property
    def venue(self) -> str:
        return self.exchange.partition("/")[0]

    @property
    def whole(self) -> bool:
        """Whether its positions are all there, and of now."""
        return self.status == "ok" and not self.withheld

    def state(self, part: Part) -> Status | Literal["untold"]:
        """How a part was read; ``untold`` where the venue has no call for it. Only positions can be stale."""
        if part == "positions":
            return self.status
        if (self.balances if part == "balances" else self.following) is not None:
            return "ok"
        failed = self.status != "ok" or any(trouble.part == part for trouble in self.troubles)
        return "failed" if failed else "untold"


class Coverage(Struct, frozen=True, kw_only=True, gc=False):
    """How much of a portfolio stands behind its totals."""

    accounts: int
    ok: int
    stale: int
    failed: int
    untold: int = 0
    """Accounts whose venue has no call for what is counted."""
    withheld: int = 0
    """Rows that were sent and can't be read."""
    oldest: int | None = None
    """Age of the oldest reading that is counted, milliseconds."""

    @property
    def complete(self) -> bool:
        """Every account read now, every row understood."""
        return self.ok == self.accounts and not self.withheld

    @classmethod
    def over(cls, readings: Iterable[AccountReading], part: Part = "positions") -> Self:
        """The coverage of a part of readings."""
        seen = list(readings)
        states = Counter(reading.state(part) for reading in seen)
        return cls(
            accounts=len(seen),
            ok=states["ok"],
            stale=states["stale"],
            failed=states["failed"],
            untold=states["untold"],
            withheld=sum(reading.withheld for reading in seen),
            oldest=max((reading.age for reading in seen if reading.age is not None), default=None),
        )

    def __str__(self) -> str:
        said = [f"{self.ok} of {self.accounts} accounts ok"]
        said += [f"{self.stale} stale"] if self.stale else []
        said += [f"{self.failed} failed"] if self.failed else []
        said += [f"{self.untold} not told by their venue"] if self.untold else []
        said += [f"{self.withheld} rows withheld"] if self.withheld else []
        return ", ".join(said)


class Snapshot(Struct, frozen=True, kw_only=True):
    """Every account of a portfolio at one moment."""

    taken_at: int
    accounts: tuple[AccountReading, ...]
    """In the order in which the portfolio was given them."""

    @property
    def positions(self) -> tuple[Position, ...]:
        """Every position that is known, also those of stale accounts."""
        return tuple(position for reading in self.accounts for position in reading.positions)

    @property
    def coverage(self) -> Coverage:
        """Of the positions."""
        return Coverage.over(self.accounts)

    def coverage_of(self, part: Part) -> Coverage:
        return Coverage.over(self.accounts, part)

    def by(self, what: Grouping) -> list[Group]:
        """The positions summed up by symbol, leader, venue or account, the largest first."""
        from .sums import grouped  # noqa: PLC0415 (it needs this module)

        return grouped(self, what)

    def total(self) -> Group:
        """All positions summed up."""
        from .sums import total  # noqa: PLC0415 (it needs this module)

        return total(self)


class Listing(Sequence[T], Tabular, Generic[T]):
    """Items of every account, with what stands behind them."""

    __slots__ = ("accounts", "coverage", "items")

    def __init__(self, items: Sequence[T], accounts: tuple[AccountReading, ...], coverage: Coverage) -> None:
        self.items, self.accounts, self.coverage = items, accounts, coverage

    def _rows(self) -> tuple[Sequence[T], type[Any] | None]:
        return self.items, type(self.items[0]) if self.items else None

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.items[index]

    def __repr__(self) -> str:
        return f"<Listing of {len(self)}: {self.coverage}>"


EventKind = Literal[
    "opened", "increased", "reduced", "closed", "tpsl_changed", "followed", "unfollowed", "unreadable", "readable"
]


class Event(Struct, frozen=True, kw_only=True):
    """Something that changed between two readings of an account."""

    kind: EventKind
    exchange: str
    account: str | None
    at: int
    """When the reading came that shows it."""
    since: int | None
    """When the reading before came that doesn't show it: it happened in between. None when there was none."""
    age: int
    """Milliseconds from ``at`` to the moment when the event was told."""
    position: Position | None = None
    """As it is now; of one that closed, as it was last."""
    before: Position | None = None
    """As it was, where it was there."""
    leader: FollowedLeader | None = None
    error: Trouble | None = None
    """Why an account is unreadable."""
