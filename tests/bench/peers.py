"""What others do with the same pages: pydantic models, and ccxt's own parsers.

ccxt has no parsers for the positions of followers. For Zoomex its Bybit parser reads identical bytes; for
Toobit and Bitget it reads the futures account's positions as ccxt documents them, items of like size (see
``payloads.ccxt_page``). ccxt gives floats, keeps the raw dict and derives some fields: part of its cost.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import ccxt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .payloads import COINS

# -- pydantic ------------------------------------------------------------------------------------------------

Amount = Annotated[Decimal | None, BeforeValidator(lambda value: None if value == "" else value)]


def from_wire(name: str) -> Any:
    return Field(validation_alias=name)


class Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ToobitPosition(Model):
    leader_id: str = from_wire("leaderUserId")
    leader_name: str = from_wire("leaderNickname")
    venue_symbol: str = from_wire("symbolId")
    side: int = from_wire("isLong")
    margin_mode: int = from_wire("positionType")
    leverage: Amount
    entry_price: Amount = from_wire("openAvgPrice")
    mark_price: Amount = from_wire("markPrice")
    size: Decimal = from_wire("quantity")
    margin: Amount
    liquidation_price: Amount = from_wire("liquidationPrice")
    unrealized_pnl: Amount = from_wire("unrealizedProfit")
    unrealized_roi: Amount = from_wire("unrealizedProfitRate")
    take_profit: Amount = from_wire("stopProfitRate")
    stop_loss: Amount = from_wire("stopLossRate")


class BitgetPosition(Model):
    id: str = from_wire("trackingNo")
    leader_name: str = from_wire("traderName")
    leader_id: str = from_wire("traderId")
    venue_symbol: str = from_wire("symbol")
    side: Literal["long", "short"] = from_wire("posSide")
    leverage: Amount = from_wire("openLeverage")
    entry_price: Amount = from_wire("openAvgPrice")
    opened_at: int = from_wire("openTime")
    size: Decimal = from_wire("openSize")
    margin: Amount = from_wire("openMarginSz")


class ZoomexPosition(Model):
    venue_symbol: str = from_wire("symbol")
    leverage: Amount
    entry_price: Amount = from_wire("avgPrice")
    liquidation_price: Amount = from_wire("liqPrice")
    take_profit: Amount = from_wire("takeProfit")
    unrealized_pnl: Amount = from_wire("unrealisedPnl")
    mark_price: Amount = from_wire("markPrice")
    opened_at: int = from_wire("createdTime")
    index: int = from_wire("positionIdx")
    margin: Amount = from_wire("positionIM")
    updated_at: int = from_wire("updatedTime")
    side: Literal["Buy", "Sell"]
    size: Decimal
    stop_loss: Amount = from_wire("stopLoss")
    margin_mode: int = from_wire("tradeMode")


class ToobitModel(Model):
    code: int
    rows: list[ToobitPosition] = from_wire("data")


class BitgetModel(Model):
    code: str
    rows: list[BitgetPosition] = from_wire("data")


class ZoomexResult(Model):
    rows: list[ZoomexPosition] = from_wire("list")


class ZoomexModel(Model):
    code: int = from_wire("retCode")
    result: ZoomexResult


PYDANTIC: dict[str, Callable[[bytes], list[Any]]] = {
    "toobit": lambda body: ToobitModel.model_validate_json(body).rows,
    "bitget": lambda body: BitgetModel.model_validate_json(body).rows,
    "zoomex": lambda body: ZoomexModel.model_validate_json(body).result.rows,
}
EXACT = ("size", "entry_price", "leverage", "margin", "mark_price", "unrealized_pnl")
"""Amounts that every pydantic model which has them must read as the library does."""

# -- ccxt ----------------------------------------------------------------------------------------------------


def ccxt_parser(venue: str) -> Callable[[bytes], list[Any]]:
    """ccxt's ``parse_positions`` on an answer, with the markets given instead of loaded."""
    exchange = getattr(ccxt, {"zoomex": "bybit"}.get(venue, venue))({"enableRateLimit": False})
    exchange.set_markets([exchange.safe_market_structure(_market(venue, coin)) for coin in COINS])
    rows: Callable[[Any], list[Any]] = {
        "toobit": lambda answer: answer,
        "bitget": lambda answer: answer["data"],
        "zoomex": lambda answer: answer["result"]["list"],
    }[venue]
    return lambda body: exchange.parse_positions(rows(json.loads(body)))


def _market(venue: str, coin: str) -> dict[str, Any]:
    return {
        "id": f"{coin}-SWAP-USDT" if venue == "toobit" else f"{coin}USDT",
        "symbol": f"{coin}/USDT:USDT",
        "base": coin, "quote": "USDT", "settle": "USDT",
        "baseId": coin, "quoteId": "USDT", "settleId": "USDT",
        "type": "swap", "spot": False, "margin": False, "swap": True, "future": False, "option": False,
        "active": True, "contract": True, "linear": True, "inverse": False,
        "contractSize": 1.0, "taker": 0.0006, "maker": 0.0002,
        "precision": {"amount": 0.001, "price": 0.0001},
    }  # fmt: skip
