"""What the tests of Bitget's emulator share: addresses, and what they look at and ask for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Position, Sandbox

Make = Callable[..., Any]
D = Decimal
FOLLOWER = "/api/v2/copy/mix-follower"
BROKER = "/api/v2/copy/mix-broker"
CURRENT, HISTORY = f"{FOLLOWER}/query-current-orders", f"{FOLLOWER}/query-history-orders"
USDT = "productType=USDT-FUTURES"


def leaders(box: Sandbox) -> list[Any]:
    """Of contracts, and nobody's account."""
    world = box["bitget"].world
    own = [lead.leader for lead in world.leads.values()]
    return [leader for leader in world.copying.leaders.values() if leader not in own]


def listed(box: Sandbox) -> list[Any]:
    """All that the directory knows."""
    return list(box["bitget"].world.copying.leaders.values())


def copies(box: Sandbox, alias: str = "main") -> list[Position]:
    return box["bitget"].world.book.open_positions(alias)


def setting(**changes: Any) -> dict[str, Any]:
    """One row of the page's own example."""
    return {
        "symbol": "BTCUSDT",
        "productType": "USDT-FUTURES",
        "marginType": "trader",
        "marginCoin": "USDT",
        "leverType": "trader",
        "traceType": "amount",
        "traceValue": "330",
        "maxHoldSize": "5000",
        **changes,
    }


def wish(leader: Any, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"traderId": leader.id, "settings": list(rows) or [setting()], **changes}
