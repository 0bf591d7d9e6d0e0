"""What an account that leads sees: its followers, what they pay, its figures and settings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ..series import Series
from .following import distinct
from .values import Count, Flag, Money, Ratio, Symbols, Text, Time, make_exact


class Follower(Struct, frozen=True, gc=False):
    """An account that copies a leader."""

    exchange: str
    account: str | None
    id: Text | None = None
    """None where the venue hides it; then nothing can be done about this follower."""
    name: Text | None = None
    """Untrusted text of the venue, often masked."""
    equity: Money | None = None
    """What the follower has for copying, in quote currency."""
    invested: Money | None = None
    pnl: Money | None = None
    profit_share: Money | None = None
    """What the follower has paid to the leader."""
    removable: Flag | None = None
    followed_at: Time | None = None


class ProfitShare(Struct, frozen=True, gc=False):
    """A share of followers' profit: one payment, or the sum of a day or a currency."""

    exchange: str
    account: str | None
    amount: Money
    asset: Text | None = None
    status: Annotated[Literal["settled", "pending", "unknown"] | None, Meta(extra={"kind": "enum"})] = None
    """``pending`` is withheld and not paid out."""
    id: Text | None = None
    follower_id: Text | None = None
    """None on sums, and where the venue hides it."""
    follower_name: Text | None = None
    at: Time | None = None
    """When it was settled, or the day that it belongs to."""


class LeadStatistics(Struct, frozen=True, gc=False):
    """The account's own figures as a leader, as the venue counts them."""

    exchange: str
    account: str | None
    id: Text | None = None
    name: Text | None = None
    roi: Ratio | None = None
    pnl: Money | None = None
    win_rate: Ratio | None = None
    max_drawdown: Ratio | None = None
    sharpe_ratio: Money | None = None
    trades: Count | None = None
    wins: Count | None = None
    losses: Count | None = None
    days: Count | None = None
    followers: Count | None = None
    follower_limit: Count | None = None
    followers_ever: Count | None = None
    follower_pnl: Money | None = None
    aum: Money | None = None
    """Assets that follow, in quote currency."""
    equity: Money | None = None
    """The leader's own."""
    profit_share: Ratio | None = None
    """The share of a follower's profit that the leader takes."""
    profit_share_paid: Money | None = None
    profit_share_pending: Money | None = None
    profit_share_yesterday: Money | None = None
    symbols: Symbols | None = None
    window_days: Count | None = None
    """How many days the figures speak of; None: since the beginning, or the venue doesn't say."""
    roi_series: Annotated[Series | None, Meta(extra={"kind": "ratio_series"})] = None
    pnl_series: Annotated[Series | None, Meta(extra={"kind": "series"})] = None


class LeadSettings(Struct, frozen=True, kw_only=True, gc=False):
    """How an account leads. None leaves a thing as it is, or means that the venue did not say."""

    open_to_follow: Flag | None = None
    """Whether others can follow."""
    profit_share: Ratio | None = None
    profit_share_days: Count | None = None
    """Days between two settlements."""
    min_follower_equity: Money | None = None
    """Smallest equity of a follower, quote currency."""
    min_fixed_amount: Money | None = None
    """Smallest order of followers that copy by a fixed amount, quote currency."""
    min_share_amount: Money | None = None
    """Smallest investment of followers that copy by a share of their equity, quote currency."""
    margin_mode: Annotated[Literal["all", "cross", "isolated", "unknown"] | None, Meta(extra={"kind": "enum"})] = None
    """Which of the account's orders are led."""
    symbols: Symbols | None = None
    """ccxt notation; what the account leads, the whole list."""
    invite_only: Flag | None = None
    invite_code: Text | None = None
    protect_trades: Flag | None = None
    """Hide what is open from those who don't follow."""
    show_equity: Flag | None = None
    show_assets: Flag | None = None
    show_triggers: Flag | None = None
    """Whether take profit and stop loss are shown to others."""
    leave_from: Time | None = None
    """Start of a time without leading."""
    leave_until: Time | None = None
    referral_share: Ratio | None = None
    """The part of the profit share that goes to who recommended the leader."""

    def __post_init__(self) -> None:
        make_exact(self, _NUMBERS)
        if self.symbols is not None:
            force_setattr(self, "symbols", distinct(self.symbols))


_NUMBERS = ("profit_share", "min_follower_equity", "min_fixed_amount", "min_share_amount", "referral_share")
