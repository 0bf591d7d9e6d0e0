"""Snapshots made for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from unifiedcopy import Account, ClosedPosition, FollowedLeader, Position, Price, Roi
from unifiedcopy.portfolio import AccountReading, Snapshot, Trouble

DAY = 86_400_000
NEW_YEAR = 1_767_225_600_000
"""2026-01-01, UTC."""


def position(number: int = 1, **more: Any) -> Position:
    """An open position of 0.5 BTC."""
    given: dict[str, Any] = {
        "exchange": "plain/v1",
        "account": "main",
        "id": str(number),
        "symbol": "BTC/USDT:USDT",
        "venue_symbol": "BTCUSDT",
        "side": "long",
        "size": Decimal("0.500"),
        "size_unit": "base",
        "entry_price": Decimal("60000.10"),
        "mark_price": Decimal("61000"),
        "margin_asset": "USDT",
        "leader_id": "9007199254740993123",
        "leader_name": "Ann",
    }
    return Position(**{**given, **more})


def closed(at: int = NEW_YEAR, **more: Any) -> ClosedPosition:
    """A closed position of 1 BTC that brought 5 USDT."""
    given: dict[str, Any] = {
        "exchange": "plain/v1",
        "account": "main",
        "id": None,
        "symbol": "BTC/USDT:USDT",
        "venue_symbol": "BTCUSDT",
        "side": "long",
        "size": Decimal(1),
        "size_unit": "base",
        "margin_asset": "USDT",
        "realized_pnl": Decimal(5),
        "leader_id": "1",
        "leader_name": "Ann",
        "closed_at": at,
    }
    return ClosedPosition(**{**given, **more})


def reading(account: str = "main", equity: str | None = "100", **more: Any) -> AccountReading:
    """An account with so many dollars; None: it could not be read."""
    exchange = more.pop("exchange", "plain/v1")
    asset = more.pop("asset", "USDT")
    if equity is None:
        trouble = Trouble(part="positions", kind="RequestTimeout", message="no answer", outcome="unknown")
        given: dict[str, Any] = {"status": "failed", "read_at": None, "age": None, "error": trouble}
    else:
        balance = Account(exchange, account, asset, Decimal(equity))
        given = {"status": "ok", "read_at": NEW_YEAR, "age": 0, "balances": (balance,)}
    return AccountReading(exchange=exchange, account=account, **{**given, **more})


def snapshot(at: int, *readings: AccountReading) -> Snapshot:
    return Snapshot(taken_at=at, accounts=readings)


_money = st.decimals(allow_nan=False, allow_infinity=False, places=None, min_value=-(10**30), max_value=10**30)
_sizes = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("1e-30"), max_value=10**30)
_words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_times = st.integers(NEW_YEAR, NEW_YEAR + 400 * DAY)
_triggers = st.one_of(st.none(), st.builds(Price, _money), st.builds(Roi, _money))


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def readings(draw: st.DrawFn, account: str | None) -> AccountReading:
    """Whatever an account may answer."""
    exchange = "plain/v1"
    whose: dict[str, Any] = {"exchange": st.just(exchange), "account": st.just(account)}
    positions = st.builds(
        Position,
        **whose,
        id=_words,
        symbol=_maybe(_words),
        venue_symbol=_words,
        side=st.sampled_from(["long", "short"]),
        size=_sizes,
        size_unit=st.sampled_from(["base", "contract", "quote", None]),
        entry_price=_maybe(_money),
        leverage=_maybe(_money),
        unrealized_pnl=_maybe(_money),
        take_profit=_triggers,
        stop_loss=_triggers,
        leader_name=_maybe(_words),
        opened_at=_maybe(_times),
        role=st.sampled_from(["follower", "lead", "observed"]),
    )
    balances = st.builds(Account, **whose, asset=_maybe(_words), equity=_maybe(_money), market=_maybe(_words))
    leaders = st.builds(
        FollowedLeader, **whose, leader_id=_words, symbols=_maybe(st.lists(_words).map(tuple)), net_pnl=_maybe(_money)
    )
    troubles = st.builds(
        Trouble,
        part=st.just("balances"),
        kind=_words,
        message=_words,
        outcome=st.sampled_from(["rejected", "unknown", "not_sent", None]),
        http_status=_maybe(st.integers(100, 599)),
        retry_after=_maybe(st.floats(0, 3600)),
    )
    status = draw(st.sampled_from(["ok", "stale", "failed"]))
    read_at = None if status == "failed" else NEW_YEAR
    listed = lambda values: st.lists(values, max_size=3).map(tuple)  # noqa: E731
    return AccountReading(
        exchange=exchange,
        account=account,
        status=status,
        read_at=read_at,
        tried_at=draw(_maybe(_times)),
        age=None if read_at is None else DAY,
        positions=draw(listed(positions)),
        withheld=draw(st.integers(0, 5)),
        balances=draw(_maybe(listed(balances))),
        following=draw(_maybe(listed(leaders))),
        error=draw(_maybe(troubles)),
        troubles=draw(listed(troubles)),
        drift=draw(listed(_words)),
    )


snapshots = st.builds(
    Snapshot,
    taken_at=st.just(NEW_YEAR + DAY),
    accounts=st.tuples(readings("main"), readings(None)) | st.tuples(readings("main")) | st.just(()),
)
