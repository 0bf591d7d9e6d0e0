"""What the tests of BloFin's emulator share: addresses, and what they look at and ask for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Position, Sandbox

Make = Callable[..., Any]
D = Decimal
ACCOUNT, TRADE = "/copytrading/account", "/copytrading/trade"
BY_ORDER, BY_CONTRACT = f"{ACCOUNT}/positions-by-order", f"{ACCOUNT}/positions-by-contract"


def held(box: Sandbox, alias: str = "main") -> list[Position]:
    """Open positions of a copy account, whether it leads or not."""
    found: list[Position] = box["blofin"].emulator.held(alias)  # type: ignore[attr-defined]
    return found


def one(box: Sandbox, coin: str, alias: str = "main") -> Position:
    return next(position for position in held(box, alias) if position.coin == coin)


def operations(box: Sandbox) -> list[str]:
    return [execution.operation for execution in box["blofin"].executions]


def order(**changes: Any) -> dict[str, Any]:
    """A market order for ten contracts of BTC; a value of None leaves the field out."""
    body = {
        "instId": "BTC-USDT",
        "marginMode": "cross",
        "positionSide": "net",
        "side": "buy",
        "orderType": "market",
        "size": "10",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}
