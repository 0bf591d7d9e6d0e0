"""What the tests of OKX's emulator share: addresses, and what they look at and ask for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Lead, Position, Sandbox, Side

Make = Callable[..., Any]
D = Decimal
COPY = "/copytrading"


def leaders(box: Sandbox) -> list[Any]:
    return list(box["okx"].world.copying.leaders.values())


def copies(box: Sandbox, alias: str = "main") -> list[Position]:
    return box["okx"].world.book.open_positions(alias)


def lead_of(box: Sandbox) -> Lead:
    """The account that leads."""
    lead = box["okx"].world.lead("leader")
    assert lead is not None
    return lead


def trade(box: Sandbox, leader: Any, coin: str, side: Side) -> Position:
    """The leader opens a position now."""
    position = box["okx"].world.copying.lead_open(leader, coin, side)
    assert position is not None
    return position


def wish(leader: Any, **changes: Any) -> dict[str, Any]:
    """The page's own example; a value of None leaves the field out."""
    body = {
        "instType": "SWAP",
        "uniqueCode": leader.id,
        "copyMgnMode": "cross",
        "copyInstIdType": "copy",
        "copyMode": "ratio_copy",
        "copyRatio": "1",
        "copyTotalAmt": "500",
        "subPosCloseType": "copy_close",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}
