"""Leaders as others see them, and as an account that follows them does."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..series import Series
from .values import Count, Flag, Label, Money, Ratio, Symbols, Text, Time


class Leader(Struct, frozen=True, gc=False):
    """An account that others can copy, with the figures as the venue gives them."""

    exchange: str
    id: Text
    name: Text | None = None
    can_follow: Flag | None = None
    followed: Flag | None = None
    """True when the asking account follows already."""
    followers: Count | None = None
    follower_limit: Count | None = None
    followers_ever: Count | None = None
    roi: Ratio | None = None
    pnl: Money | None = None
    win_rate: Ratio | None = None
    max_drawdown: Ratio | None = None
    follower_pnl: Money | None = None
    """What the followers made together, in quote currency."""
    aum: Money | None = None
    """Assets that follow, in quote currency."""
    trades: Count | None = None
    wins: Count | None = None
    losses: Count | None = None
    days: Count | None = None
    """Days since the first trade."""
    symbols: Symbols | None = None
    """What the leader trades, ccxt notation; the venue's own id where it is not understood."""
    last_trade_at: Time | None = None
    roi_series: Annotated[Series | None, Meta(extra={"kind": "ratio_series"})] = None
    """(time, fraction) points as given; decoded when looked at."""
    pnl_series: Annotated[Series | None, Meta(extra={"kind": "series"})] = None
    window_days: Count | None = None
    """How many days roi, pnl, win rate and drawdown speak of; None: since the beginning, or the venue doesn't say."""
    profit_share: Ratio | None = None
    """The share of a follower's profit that the leader takes."""
    asset: Text | None = None
    """The currency of the figures, where the venue names one."""


class FollowedLeader(Struct, frozen=True, gc=False):
    """A leader that the account copies, with the account's own result."""

    exchange: str
    account: str | None
    leader_id: Text
    leader_name: Text | None = None
    margin_balance: Money | None = None
    available_margin: Money | None = None
    invested: Money | None = None
    """Margin put into copies of this leader so far."""
    unrealized_pnl: Money | None = None
    realized_pnl: Money | None = None
    net_pnl: Money | None = None
    profit_share_pending: Money | None = None
    """Withheld for the leader, not settled."""
    profit_share_paid: Money | None = None
    followers: Count | None = None
    follower_limit: Count | None = None
    symbols: Symbols | None = None
    followed_at: Time | None = None
    budget: Money | None = None
    """The most that copies of this leader may use."""
    profit_share: Ratio | None = None
    """The leader's share of the profit."""
    asset: Text | None = None
    """The currency of the amounts, where the venue names one."""


class KeyPermissions(Struct, frozen=True, gc=False):
    """What the key may do, as the venue tells it; None where it doesn't."""

    exchange: str
    account: str | None
    read: Flag | None = None
    """See copy trading."""
    trade: Flag | None = None
    """Follow, set triggers, close: whatever copy trading changes."""
    withdraw: Flag | None = None
    """Take money out. None is no reassurance: the venue's page of API keys tells."""
    ip_bound: Flag | None = None
    """Whether only some addresses may use it."""
    expires_at: Time | None = None
    """Unix milliseconds."""


class Account(Struct, frozen=True, gc=False):
    """What the key's account is worth and may do; one entry a currency or market where the venue tells them apart."""

    exchange: str
    account: str | None
    asset: Text | None = None
    equity: Money | None = None
    available: Money | None = None
    unrealized_pnl: Money | None = None
    id: Text | None = None
    """The venue's id of the account, such as the code that others follow it by."""
    name: Text | None = None
    market: Label | None = None
    """The venue's own word for the market or wallet that the entry is about."""
    role: Annotated[Literal["leader", "follower", "both", "none", "unknown"] | None, Meta(extra={"kind": "enum"})] = (
        None
    )
