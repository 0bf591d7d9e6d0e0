"""Positions, open and closed."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .values import (
    EXACT,
    Label,
    MarginMode,
    Money,
    Number,
    Ratio,
    Side,
    Size,
    SizeUnit,
    Symbol,
    Text,
    Time,
    Trigger,
    VenueSymbol,
)

Role = Literal["follower", "lead", "observed"]


class Position(Struct, frozen=True, gc=False):
    """An open position: a copy, one that others copy, or (on venues without followers) the account's own."""

    exchange: str
    """Schema id that it was read through, such as ``<venue>/<api>``."""
    account: str | None
    """The caller's own name for the account, as given to ``connect``."""
    id: Text
    """What the venue needs to name this position again; made of several keys where the venue has no id."""
    symbol: Symbol | None
    """ccxt notation, ``BTC/USDT:USDT``; None when the venue's id is not understood (never guessed)."""
    venue_symbol: VenueSymbol
    side: Annotated[Side, Meta(extra={"kind": "side"})]
    size: Size
    """Greater than zero, in ``size_unit``."""
    size_unit: Annotated[SizeUnit | None, Meta(extra={"kind": "size_unit"})]
    """``base`` coins, ``contract``s or ``quote`` currency; None for a symbol that is not understood."""
    entry_price: Money | None = None
    """Average, quote per base."""
    mark_price: Money | None = None
    leverage: Number | None = None
    """Multiple of the margin: 20 means 20x."""
    margin: Money | None = None
    """Initial margin in ``margin_asset``."""
    margin_mode: Annotated[MarginMode | None, Meta(extra={"kind": "enum"})] = None
    margin_asset: Annotated[str | None, Meta(extra={"kind": "margin_asset"})] = None
    """The coin that margin and profit are in."""
    unrealized_pnl: Money | None = None
    unrealized_roi: Ratio | None = None
    """Unrealized profit over initial margin, a fraction."""
    realized_pnl: Money | None = None
    fee: Money | None = None
    """Paid so far: positive costs, negative is a rebate."""
    liquidation_price: Money | None = None
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None
    """A ``Roi`` here is negative: what is lost when it fires."""
    leader_id: Label | None = None
    leader_name: Label | None = None
    """Untrusted text of the venue."""
    opened_at: Time | None = None
    updated_at: Time | None = None
    role: Role = "follower"
    """Whose position it is: the account's own as a ``follower`` (or without copying), the account's own as the
    ``lead`` that others copy, or one ``observed`` of another leader, which nothing can be done with.
    """

    @property
    def notional(self) -> Decimal | None:
        """Size at the mark price (entry price without one), in the quote currency; None where it can't be known."""
        if self.size_unit == "quote":
            return self.size
        price = self.mark_price or self.entry_price
        return EXACT.multiply(self.size, price) if price and self.size_unit == "base" else None

    def to_ccxt(self, *, floats: bool = False) -> dict[str, Any]:
        """ccxt's position dict; numbers stay ``Decimal`` unless ``floats``."""
        from ..ccxt import position_dict  # noqa: PLC0415 (nobody pays for it who doesn't ask)

        return position_dict(self, floats=floats)


class ClosedPosition(Struct, frozen=True, gc=False):
    """A position, or a part of one, that was closed."""

    exchange: str
    account: str | None
    id: Text | None
    """None where the venue's history rows have no id."""
    symbol: Symbol | None
    venue_symbol: VenueSymbol
    side: Annotated[Side, Meta(extra={"kind": "side"})]
    """Of the position, not of the order that closed it."""
    size: Size
    """Closed size."""
    size_unit: Annotated[SizeUnit | None, Meta(extra={"kind": "size_unit"})]
    entry_price: Money | None = None
    exit_price: Money | None = None
    leverage: Number | None = None
    margin: Money | None = None
    margin_mode: Annotated[MarginMode | None, Meta(extra={"kind": "enum"})] = None
    margin_asset: Annotated[str | None, Meta(extra={"kind": "margin_asset"})] = None
    realized_pnl: Money | None = None
    """Before fees where the venue tells both, else as the venue counts it."""
    realized_roi: Ratio | None = None
    net_pnl: Money | None = None
    """After fees (and, on the lead side, before profit shares)."""
    profit_share: Money | None = None
    """What the leader got of it."""
    open_fee: Money | None = None
    """Positive costs."""
    close_fee: Money | None = None
    extent: Annotated[Literal["partial", "full", "unknown"] | None, Meta(extra={"kind": "enum"})] = None
    """Whether the whole position is closed."""
    leader_id: Label | None = None
    leader_name: Label | None = None
    opened_at: Time | None = None
    closed_at: Time | None = None
