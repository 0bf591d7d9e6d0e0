"""What the tests of OKX's emulator share: addresses, and what they look at and ask for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Position, Sandbox

Make = Callable[..., Any]
D = Decimal
COPY = "/copytrading"


def leaders(box: Sandbox) -> list[Any]:
    return list(box["okx"].world.copying.leaders.values())


def copies(box: Sandbox, alias: str = "main") -> list[Position]:
    return box["okx"].world.book.open_positions(alias)


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
