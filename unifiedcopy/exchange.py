"""The interface: the same verbs on every venue.

Reads return structs of ``models``; writes return a ``Receipt`` or raise an error whose ``outcome`` says whether
the venue acted. A verb that a venue's API lacks raises ``NotSupported`` before any request and says what the venue
offers instead; ``can`` tells beforehand. Where a method takes a leader, it takes a ``Leader``, a ``FollowedLeader``
or the id as text; ``params`` adds request parameters under the venue's own names, checked against the schema.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .capabilities import Capabilities
from .inputs import LeaderRef, Order, Params, Trigger
from .lead import LeadRole
from .models import (
    Account,
    ClosedPosition,
    FollowedLeader,
    Follower,
    FollowSettings,
    KeyPermissions,
    Leader,
    OpenCopies,
    Position,
    Receipt,
    SymbolRule,
)
from .page import Page
from .signing import Preview

if TYPE_CHECKING:
    from .safety.journal import WriteRecord


class CopyTradingExchange(ABC):
    """One account on one venue API. Use it as ``async with``, or call ``aclose()``."""

    id: str
    """Schema id such as ``<venue>/<api>``."""
    name: str
    """The venue's name."""
    alias: str | None
    """The caller's name for the account; every struct carries it."""
    can: Capabilities
    lead: LeadRole

    @property
    def key_mark(self) -> str | None:
        """The same for all connections with one API key at one address, and tells nothing of it; None without a key."""
        return None

    # -- leaders --------------------------------------------------------------------------------------------------

    @abstractmethod
    async def list_leaders(
        self,
        *,
        sort: str | None = None,
        order: Order | None = None,
        name: str | None = None,
        limit: int = 20,
        params: Params | None = None,
    ) -> Page[Leader]:
        """The venue's directory of leaders, best first.

        Args:
            sort: what to rank by; the venue's choices are in its schema's ``sort`` enum (often ``roi``, ``pnl``,
            ``aum``). name: only leaders whose name matches, where the venue can. limit: how many at most; pages are
            walked for it.
        """

    @abstractmethod
    def leaders(
        self, *, sort: str | None = None, order: Order | None = None, name: str | None = None
    ) -> AsyncIterator[Leader]:
        """Every leader of the directory, page by page as they are asked for."""

    @abstractmethod
    async def leader(self, leader: LeaderRef, *, days: int | None = None) -> Leader:
        """One leader's figures. Raises ``LeaderUnavailable`` when the venue shows none of that id.

        Args:
            days: the window that they speak of, where the venue lets one choose.
        """

    @abstractmethod
    async def leader_positions(
        self, leader: LeaderRef, *, symbol: str | None = None, market: str | None = None, partial: bool = False
    ) -> Page[Position]:
        """What a leader holds now."""

    @abstractmethod
    async def leader_history(
        self,
        leader: LeaderRef,
        *,
        symbol: str | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
    ) -> Page[ClosedPosition]:
        """What a leader closed; ``since`` and ``until`` are Unix milliseconds."""

    @abstractmethod
    async def leader_followers(self, leader: LeaderRef, *, limit: int = 100) -> Page[Follower]:
        """Who copies a leader, as far as the venue shows it."""

    # -- following ------------------------------------------------------------------------------------------------

    @abstractmethod
    async def following(self) -> Page[FollowedLeader]:
        """The leaders that this account copies, with its own result on each."""

    @abstractmethod
    async def follow_settings(self, leader: LeaderRef) -> Page[FollowSettings]:
        """How a leader is copied: one entry, or one per symbol where the venue keeps them so."""

    @abstractmethod
    async def follow(
        self,
        leader: LeaderRef,
        settings: FollowSettings,
        *,
        amend: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        """Starts copying a leader, or changes how (``can.follow == "amend-only"``: only that).

        Args:
            amend: where the venue starts and changes by different calls, whether the leader is followed already; by
            default that is looked up.

        Raises:
            NotSupported: the venue can't express a setting; the message names it.
            ArgumentsRequired: the venue needs a setting that is not given.
            BadRequest: a setting is outside of what the venue allows, where it has a call that tells.
            OutcomeUnknown: sent, and nobody knows whether it was done.
        """

    @abstractmethod
    async def unfollow(
        self, leader: LeaderRef, *, open_copies: OpenCopies | None = None, params: Params | None = None
    ) -> Receipt:
        """Ends copying a leader. ``can.open_copies`` tells what happens to open copies; where it is ``chosen``,
        ``open_copies`` says.
        """

    # -- positions ------------------------------------------------------------------------------------------------

    @abstractmethod
    async def positions(
        self,
        *,
        symbol: str | None = None,
        leader: LeaderRef | None = None,
        market: str | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Position]:
        """Every open position of the account, all pages, all markets.

        Args:
            symbol: only this one, ccxt notation.
            market: only one of ``can.markets``.
            partial: return what could be read, the rest in ``Page.withheld``; by default that is an error.

        Raises:
            PartialResult: a row could not be read; ``.page`` holds the others. An unreadable position is not "no
            position".
        """

    @abstractmethod
    async def closed_positions(
        self,
        *,
        symbol: str | None = None,
        leader: LeaderRef | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ClosedPosition]:
        """The account's closed positions, newest first as the venue sends them; times are Unix milliseconds."""

    @abstractmethod
    async def set_tpsl(
        self,
        position: Position,
        *,
        take_profit: Trigger | None = None,
        stop_loss: Trigger | None = None,
        convert: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        """Sets take profit and stop loss. None leaves a side as it is, ``CLEAR`` takes it away.

        Args:
            convert: turn a ``Price`` into a ``Roi`` or back when the venue takes only the other (default: as in
            ``connect``);
                the receipt says what was sent.
        """

    @abstractmethod
    async def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        """Closes the whole position at the market."""

    @abstractmethod
    async def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        """Closes every copied position of a market, or of a symbol."""

    @abstractmethod
    async def copy_limits(
        self, *, leader: LeaderRef | None = None, symbol: str | None = None, market: str | None = None
    ) -> Page[SymbolRule]:
        """How small and how large copies and settings may be; of one leader where the venue asks for one."""

    @abstractmethod
    async def account(self, *, params: Params | None = None) -> Page[Account]:
        """What the account is worth."""

    @abstractmethod
    async def key_permissions(self) -> KeyPermissions:
        """What the key may do, as far as the venue tells. Raises ``NotSupported`` where it tells nothing."""

    # -- the write log --------------------------------------------------------------------------------------------

    @abstractmethod
    def writes(self, *, limit: int | None = 100) -> list[WriteRecord]:
        """What was sent through this account, newest first: every write with its state and what it wanted."""

    @abstractmethod
    async def reconcile(self) -> list[WriteRecord]:
        """Settles writes whose end is not known, by reading the venue's state; nothing is sent again.

        Done by itself before the first write of a connection. Returns the writes that were in doubt, as they are now.
        """

    @abstractmethod
    def resolve_write(self, write_id: int, *, applied: bool) -> None:
        """Notes what you found out yourself about a write that stayed ``unresolved``: it blocks its repetition no more.

        Raises:
            BadRequest: there is no such write, or its end is known.
        """

    # -- the raw side ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def call(self, endpoint: str, **wire: Any) -> Any:
        """Any endpoint of the schema, by its name there and under the venue's own parameter names.

        Signed, limited, checked for errors; the answer comes decoded, numbers exact (whole ones as int, others as
        Decimal).
        """

    @abstractmethod
    async def preview(self, verb: str, *arguments: Any, **options: Any) -> Preview:
        """The exact request that a write verb (or ``"call"``) would send; sends nothing, secrets are masked."""

    @abstractmethod
    async def aclose(self) -> None:
        """Closes the connections."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # ccxt's names for two of the verbs.

    async def fetch_leaders(self, **options: Any) -> Page[Leader]:
        """``list_leaders``."""
        return await self.list_leaders(**options)

    async def fetch_positions(self, **options: Any) -> Page[Position]:
        """``positions``."""
        return await self.positions(**options)
