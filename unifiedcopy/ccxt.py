"""A ``Position`` as ccxt writes one, for code that has it already."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .models import Position, Price, utc


def position_dict(position: Position, *, floats: bool) -> dict[str, Any]:
    """ccxt's unified position structure; what ccxt derives and the venue doesn't tell stays None.

    ``contracts`` is the size and ``contractSize`` one unit of it, except on venues whose size is in contracts, where
    the size of one is not known here.
    """

    def number(value: Decimal | None) -> Any:
        return float(value) if floats and value is not None else value

    def price(trigger: Any) -> Any:
        return number(trigger.value) if isinstance(trigger, Price) else None

    roi = position.unrealized_roi
    opened = position.opened_at
    return {
        "info": {},
        "id": position.id,
        "symbol": position.symbol,
        "timestamp": opened,
        "datetime": utc(opened).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if opened is not None
        else None,
        "lastUpdateTimestamp": position.updated_at,
        "contracts": number(position.size),
        "contractSize": None if position.size_unit == "contract" else number(Decimal(1)),
        "side": position.side,
        "notional": number(position.notional),
        "leverage": number(position.leverage),
        "unrealizedPnl": number(position.unrealized_pnl),
        "realizedPnl": number(position.realized_pnl),
        "collateral": number(position.margin),
        "entryPrice": number(position.entry_price),
        "markPrice": number(position.mark_price),
        "lastPrice": None,
        "liquidationPrice": number(position.liquidation_price),
        "marginMode": position.margin_mode if position.margin_mode in ("cross", "isolated") else None,
        "marginRatio": None,
        "hedged": None,
        "initialMargin": number(position.margin),
        "positionMargin": None,
        "initialMarginPercentage": None,
        "maintenanceMargin": None,
        "maintenanceMarginPercentage": None,
        "percentage": number(roi * 100) if roi is not None else None,
        "stopLossPrice": price(position.stop_loss),
        "takeProfitPrice": price(position.take_profit),
    }
