"""The interface: the same verbs on every venue.

Reads return structs of ``models.py``; writes return a ``Receipt`` or raise an error whose ``outcome`` says whether
the venue acted. A verb that a venue's API lacks raises ``NotSupported`` before any request and says what the venue
offers instead; ``can`` tells beforehand. Where a method takes a leader, it takes a ``Leader``, a ``FollowedLeader``
or the id as text; ``params`` adds request parameters under the venue's own names, checked against the schema.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Literal, NoReturn, Self

from .capabilities import Capabilities
from .errors import NotSupported
from .models import (
    Account,
    Clear,
    ClosedPosition,
    FollowedLeader,
    FollowSettings,
    Leader,
    Position,
    Price,
    Receipt,
    Roi,
    SymbolRule,
)
from .page import Page
from .signing import Preview

LeaderRef = Leader | FollowedLeader | str
Trigger = Price | Roi | Clear
Params = Mapping[str, Any]
Order = Literal["asc", "desc"]


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
    async def leader(self, leader: LeaderRef) -> Leader:
        """One leader's figures. Raises ``LeaderUnavailable`` when the venue shows none of that id."""

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

    # -- following ------------------------------------------------------------------------------------------------

    @abstractmethod
    async def following(self) -> Page[FollowedLeader]:
        """The leaders that this account copies, with its own result on each."""

    @abstractmethod
    async def follow_settings(self, leader: LeaderRef) -> Page[FollowSettings]:
        """How a leader is copied: one entry, or one per symbol where the venue keeps them so."""

    @abstractmethod
    async def follow(self, leader: LeaderRef, settings: FollowSettings, *, params: Params | None = None) -> Receipt:
        """Starts copying a leader, or changes how (``can.follow == "amend-only"``: only that).

        Raises:
            NotSupported: the venue can't express a setting; the message names it.
            ArgumentsRequired: the venue needs a setting that is not given.
            OutcomeUnknown: sent, and nobody knows whether it was done.
        """

    @abstractmethod
    async def unfollow(self, leader: LeaderRef, *, params: Params | None = None) -> Receipt:
        """Ends copying a leader. ``can.open_copies`` tells what happens to open copies."""

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
    async def copy_limits(self, *, symbol: str | None = None, market: str | None = None) -> Page[SymbolRule]:
        """How small and how large a copied order may be."""

    @abstractmethod
    async def account(self) -> Page[Account]:
        """What the account is worth."""

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


class LeadRole:
    """``ex.lead``: what an account that *leads* does. No schema maps these verbs yet, so each says so."""

    def __init__(self, exchange: CopyTradingExchange) -> None:
        self._exchange = exchange

    def _missing(self, verb: str) -> NoReturn:
        raise NotSupported(self._exchange.can.why_not(f"lead.{verb}"), exchange=self._exchange.id)

    async def positions(self) -> NoReturn:
        """The positions that followers copy."""
        self._missing("positions")

    async def closed_positions(self) -> NoReturn:
        """Closed lead positions."""
        self._missing("closed_positions")

    async def set_tpsl(
        self, position: Position, *, take_profit: Trigger | None = None, stop_loss: Trigger | None = None
    ) -> NoReturn:
        """Take profit and stop loss of a lead position."""
        self._missing("set_tpsl")

    async def close_position(self, position: Position) -> NoReturn:
        """Closes a lead position."""
        self._missing("close_position")

    async def followers(self) -> NoReturn:
        """The accounts that copy this one."""
        self._missing("followers")

    async def remove_follower(self, follower: str) -> NoReturn:
        """Ends the copying by an account."""
        self._missing("remove_follower")

    async def profit_share(self) -> NoReturn:
        """What followers paid."""
        self._missing("profit_share")

    async def statistics(self) -> NoReturn:
        """The account's own figures as a leader."""
        self._missing("statistics")

    async def symbols(self) -> NoReturn:
        """The symbols that it leads."""
        self._missing("symbols")

    async def set_symbols(self, symbols: tuple[str, ...]) -> NoReturn:
        """Changes the symbols that it leads."""
        self._missing("set_symbols")

    async def settings(self) -> NoReturn:
        """How it leads."""
        self._missing("settings")
