"""``ex.lead``: what an account that leads does."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .inputs import How, Params, Trigger
from .models import (
    ClosedPosition,
    Follower,
    LeadSettings,
    LeadStatistics,
    Position,
    ProfitShare,
    Receipt,
    SymbolRule,
)
from .page import Page


class LeadRole(ABC):
    """The leader's verbs; reads, writes, errors and ``params`` are as on the following side."""

    # -- positions ------------------------------------------------------------------------------------------------

    @abstractmethod
    async def positions(
        self,
        *,
        symbol: str | None = None,
        market: str | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Position]:
        """Every open position that followers copy; their ``role`` is ``lead``."""

    @abstractmethod
    async def closed_positions(
        self,
        *,
        symbol: str | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ClosedPosition]:
        """Closed lead positions; times are Unix milliseconds."""

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
        """Take profit and stop loss of a lead position. None leaves a side as it is, ``CLEAR`` takes it away."""

    @abstractmethod
    async def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        """Closes a lead position at the market, and with it what copies it."""

    @abstractmethod
    async def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        """Closes every lead position of a market, or of a symbol."""

    # -- followers and their money --------------------------------------------------------------------------------

    @abstractmethod
    async def followers(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Follower]:
        """The accounts that copy this one; ``since`` and ``until`` are about when they began."""

    @abstractmethod
    async def remove_follower(self, follower: Follower | str, *, params: Params | None = None) -> Receipt:
        """Ends the copying by an account."""

    @abstractmethod
    async def profit_share(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        day: int | None = None,
        asset: str | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ProfitShare]:
        """What followers paid, payment by payment.

        Args:
            day: only this one, as any Unix milliseconds in it, where the venue asks for one.
            asset: only this currency.
        """

    @abstractmethod
    async def profit_share_pending(
        self, *, asset: str | None = None, partial: bool = False, params: Params | None = None
    ) -> Page[ProfitShare]:
        """What is withheld from followers and not paid out."""

    @abstractmethod
    async def profit_share_totals(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ProfitShare]:
        """Sums of the shares, by currency or by day as the venue counts them."""

    @abstractmethod
    async def statistics(self, *, days: int | None = None) -> LeadStatistics:
        """The account's own figures as a leader.

        Args:
            days: the window that they speak of, where the venue lets one choose.
        """

    # -- how it leads ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def symbols(self, *, symbol: str | None = None, market: str | None = None) -> Page[SymbolRule]:
        """What the account leads, or could lead (``enabled`` tells)."""

    @abstractmethod
    async def set_symbols(
        self, symbols: tuple[str, ...] | list[str], *, how: How = "replace", params: Params | None = None
    ) -> Receipt:
        """Changes what the account leads.

        Args:
            symbols: ccxt notation.
            how: ``replace`` the whole list, ``add`` these, ``remove`` these; a venue that can't raises
                ``NotSupported`` and says what it can.
        """

    @abstractmethod
    async def settings(self) -> LeadSettings:
        """How the account leads."""

    @abstractmethod
    async def set_settings(self, settings: LeadSettings, *, params: Params | None = None) -> Receipt:
        """Changes how the account leads; None leaves a thing as it is."""
