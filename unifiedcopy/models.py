"""The canonical structs: one shape for every venue.

Rules that hold for every field: numbers are exact, finite ``Decimal``; ``None`` means that the venue did not say,
never zero; ratios are fractions (0.25 = 25 %); times are Unix milliseconds, UTC; ids are text; money is in
``margin_asset`` (or the quote currency) unless the field says otherwise. The annotation of a field is its *kind*: it
picks the conversion that a schema line gets (see ``schema/kinds.py``), so schema files name wire keys and rarely
more.

Structs are frozen and built positionally by generated code, which is why they are not ``kw_only``: pass keywords all
the same. ``gc=False`` is safe as nothing in them can point back, and keeps a million positions out of the collector.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from .series import Series

Side = Literal["long", "short"]
SizeUnit = Literal["base", "contract", "quote"]
MarginMode = Literal["cross", "isolated", "unknown"]

Text = Annotated[str, Meta(extra={"kind": "text"})]
Label = Annotated[str, Meta(extra={"kind": "label"})]
"""Text that many rows share, such as a leader's name."""
Symbol = Annotated[str, Meta(extra={"kind": "symbol"})]
VenueSymbol = Annotated[str, Meta(extra={"kind": "venue_symbol"})]
Symbols = Annotated[tuple[str, ...], Meta(extra={"kind": "symbols"})]
Money = Annotated[Decimal, Meta(extra={"kind": "decimal"})]
Number = Annotated[Decimal, Meta(extra={"kind": "level"})]
"""A multiple, such as leverage."""
Ratio = Annotated[Decimal, Meta(extra={"kind": "ratio"})]
Size = Annotated[Decimal, Meta(extra={"kind": "size"})]
Count = Annotated[int, Meta(extra={"kind": "count"})]
Time = Annotated[int, Meta(extra={"kind": "time"})]
Flag = Annotated[bool, Meta(extra={"kind": "flag"})]


_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", re.ASCII)


def exact(value: Decimal | int | str, what: str) -> Decimal:
    """A finite Decimal of a user's number; floats are refused because they have lost digits already."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(f"{what} takes text, int or Decimal, not {type(value).__name__} ({value!r})")
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ValueError(f"{what}: {value!r} is not a number") from None
    if (
        not number.is_finite()
        or (isinstance(value, str) and not _PLAIN.fullmatch(value))
        or not -60 < number.adjusted() < 60
    ):
        raise ValueError(f"{what}: {value!r} is not a number that money can be")
    return number


class Price(Struct, frozen=True, gc=False):
    """A trigger at a price, in quote currency per base unit."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        if type(self.value) is not Decimal or not self.value.is_finite():
            force_setattr(self, "value", exact(self.value, "Price"))

    def __str__(self) -> str:
        return f"{self.value:f}"


class Roi(Struct, frozen=True, gc=False):
    """A trigger at a return on initial margin, as a fraction: ``Roi("0.5")`` gains 50 %, ``Roi("-0.2")`` loses 20 %."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        if type(self.value) is not Decimal or not self.value.is_finite():
            force_setattr(self, "value", exact(self.value, "Roi"))

    def __str__(self) -> str:
        return f"{self.value * 100:+f}%"


class Clear(Struct, frozen=True):
    """The type of ``CLEAR``: take the trigger away. (None leaves it as it is.)"""

    def __repr__(self) -> str:
        return "CLEAR"


CLEAR = Clear()

Trigger = Annotated[Price | Roi, Meta(extra={"kind": "trigger"})]


class Position(Struct, frozen=True, gc=False):
    """An open position of a following account (on venues without followers: of the account itself)."""

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

    @property
    def notional(self) -> Decimal | None:
        """Size at the mark price (entry price without one), in the quote currency; None where it can't be known."""
        if self.size_unit == "quote":
            return self.size
        price = self.mark_price or self.entry_price
        return self.size * price if price and self.size_unit == "base" else None

    def to_ccxt(self, *, floats: bool = False) -> dict[str, Any]:
        """ccxt's position dict; numbers stay ``Decimal`` unless ``floats``."""
        from .ccxt import position_dict  # noqa: PLC0415 (nobody pays for it who doesn't ask)

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
    open_fee: Money | None = None
    """Positive costs."""
    close_fee: Money | None = None
    extent: Annotated[Literal["partial", "full", "unknown"] | None, Meta(extra={"kind": "enum"})] = None
    """Whether the whole position is closed."""
    leader_id: Label | None = None
    leader_name: Label | None = None
    opened_at: Time | None = None
    closed_at: Time | None = None


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


class Sizing(Struct, frozen=True, gc=False):
    """How big a copy is; use one of the five kinds below."""


def _positive(value: Any, kind: Sizing, *, below: int | None = None) -> Decimal:
    number = exact(value, type(kind).__name__)
    if number <= 0 or (below is not None and number > below):
        raise ValueError(f"{type(kind).__name__}: {value} is out of range (0..{below or 'any'})")
    return number


class FixedAmount(Sizing, frozen=True, gc=False):
    """The same money for every copied order, in quote currency."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


class FixedQuantity(Sizing, frozen=True, gc=False):
    """The same size for every copied order, in base coins."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


class Multiple(Sizing, frozen=True, gc=False):
    """A multiple of the leader's own order: 1 is the same, 2 is double."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


class ShareOfEquity(Sizing, frozen=True, gc=False):
    """The share of the own equity that the leader uses of his; a number only where the venue asks for one."""

    value: Decimal | None = None

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str | None = None) -> None: ...

    def __post_init__(self) -> None:
        if self.value is not None:
            force_setattr(self, "value", _positive(self.value, self, below=1))


class TotalBudget(Sizing, frozen=True, gc=False):
    """One sum for the leader, in quote currency; the venue divides it as the leader trades."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


SIZINGS: Mapping[str, type[Sizing]] = {
    "fixed_amount": FixedAmount,
    "fixed_quantity": FixedQuantity,
    "multiple": Multiple,
    "share_of_equity": ShareOfEquity,
    "total_budget": TotalBudget,
}
SIZING_NAMES = {kind: name for name, kind in SIZINGS.items()}


class FollowSettings(Struct, frozen=True, kw_only=True, gc=False):
    """How an account copies a leader. None leaves a thing to the venue's default."""

    sizing: Annotated[
        FixedAmount | FixedQuantity | Multiple | ShareOfEquity | TotalBudget | None, Meta(extra={"kind": "sizing"})
    ] = None
    symbols: Symbols | None = None
    """ccxt notation; None means all that the leader trades."""
    leverage_source: Annotated[Literal["leader", "own", "position", "unknown"] | None, Meta(extra={"kind": "enum"})] = (
        None
    )
    """Whose leverage counts; None means ``own`` when ``leverage`` is set, else ``leader``."""
    leverage: Number | None = None
    """Own leverage; counts when ``leverage_source`` is ``own``."""
    short_leverage: Number | None = None
    """Only when it differs from ``leverage``."""
    margin_mode: Annotated[
        Literal["leader", "own", "cross", "isolated", "unknown"] | None, Meta(extra={"kind": "enum"})
    ] = None
    copied_margin_modes: Annotated[
        Literal["all", "cross", "isolated", "unknown"] | None, Meta(extra={"kind": "enum"})
    ] = None
    """Which of the leader's orders are copied, by their margin mode."""
    take_profit: Annotated[Roi | None, Meta(extra={"kind": "trigger"})] = None
    stop_loss: Annotated[Roi | None, Meta(extra={"kind": "trigger"})] = None
    """Negative: ``Roi("-0.2")`` stops at 20 % loss."""
    stop_loss_delay: Count | None = None
    """Seconds."""
    total_budget: Money | None = None
    """Ceiling for this leader, quote currency."""
    daily_budget: Money | None = None
    """Ceiling per day, quote currency; zero means none."""
    max_position: Money | None = None
    """Ceiling of what one copied symbol may hold, in the venue's unit."""
    max_equity_share: Ratio | None = None
    isolated_reserve: Money | None = None
    """Margin kept back for isolated positions, quote currency."""
    zero_slippage: Flag | None = None
    copy_open_positions: Flag | None = None
    """Take over what the leader holds already."""
    copy_new_symbols: Flag | None = None
    leader_id: Text | None = None
    """Set on settings that were read."""

    def __post_init__(self) -> None:
        for name in _SETTINGS_NUMBERS:
            value = getattr(self, name)
            if value is not None and type(value) is not Decimal:
                force_setattr(self, name, exact(value, name))
        for name in ("take_profit", "stop_loss"):
            if not isinstance(getattr(self, name), Roi | None):
                raise TypeError(f"{name} takes a Roi: settings hold for positions that have no price yet")
        if not isinstance(self.sizing, Sizing | None):
            raise TypeError(f"sizing takes FixedAmount, Multiple or another sizing, not {self.sizing!r}")
        if self.symbols is not None:
            force_setattr(self, "symbols", _distinct(self.symbols))


def _distinct(symbols: Any) -> tuple[str, ...]:
    if isinstance(symbols, str) or not all(isinstance(symbol, str) for symbol in symbols):
        raise TypeError(f"symbols takes a tuple of text such as ('BTC/USDT:USDT',), not {symbols!r}")
    if len(set(symbols)) != len(symbols):
        raise ValueError(f"symbols: one stands twice in {', '.join(symbols)}")
    return tuple(symbols)


_SETTINGS_NUMBERS = (
    "leverage",
    "short_leverage",
    "total_budget",
    "daily_budget",
    "max_position",
    "max_equity_share",
    "isolated_reserve",
)


class SymbolRule(Struct, frozen=True, gc=False):
    """How big a copied order of a symbol may be."""

    exchange: str
    symbol: Symbol | None
    venue_symbol: VenueSymbol
    size_unit: Annotated[SizeUnit | None, Meta(extra={"kind": "size_unit"})] = None
    min_size: Size | None = None
    max_size: Size | None = None


class Account(Struct, frozen=True, gc=False):
    """What the key's account is worth and may do."""

    exchange: str
    account: str | None
    asset: Text | None = None
    equity: Money | None = None
    available: Money | None = None
    unrealized_pnl: Money | None = None


class Follower(Struct, frozen=True, gc=False):
    """An account that copies the key's own account."""

    exchange: str
    account: str | None
    id: Text | None
    name: Text | None = None
    invested: Money | None = None
    pnl: Money | None = None
    since: Time | None = None


class ProfitShare(Struct, frozen=True, gc=False):
    """What a leader earned from its followers."""

    exchange: str
    account: str | None
    amount: Money
    asset: Text | None = None
    settled_at: Time | None = None


class Receipt(Struct, frozen=True, kw_only=True):
    """A write that the venue accepted, with exactly what was sent."""

    exchange: str
    account: str | None
    endpoint: str
    sent: Mapping[str, Any]
    """The wire parameters, without credentials and signature."""
    ids: tuple[str, ...] = ()
    """Ids that the venue answered with, such as those of closing orders."""
    notes: tuple[str, ...] = ()
    """What was converted or filled in on the way, in words."""
    received_at: int


def utc(milliseconds: int) -> datetime:
    """An aware datetime of a canonical time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def text_of(value: Any) -> str:
    """The plain notation of a canonical value, for tables: no exponent, empty for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return ", ".join(text_of(part) for part in value)
    return str(value)
