"""What a good programmer writes by hand: a wire struct of the documented types and a straight converter.

Fast because it trusts the documentation: amounts are text or "", and nothing else is expected. The results
must be equal to the library's own; ``run.py`` asserts it before anything is timed.
"""

from __future__ import annotations

import re
from decimal import Context, Inexact, InvalidOperation
from typing import Literal

import msgspec
from msgspec import field

from unifiedcopy.models import Position, Price, Roi

ACCOUNT = "main"

_context = Context(prec=80, traps=[Inexact, InvalidOperation])
exact, negative = _context.create_decimal, _context.minus


class Symbols(dict[str, tuple[str, str]]):
    """Venue symbol -> ccxt notation and settling coin, worked out once a symbol."""

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self._pattern = re.compile(pattern)

    def __missing__(self, venue_symbol: str) -> tuple[str, str]:
        match = self._pattern.fullmatch(venue_symbol)
        assert match is not None, venue_symbol
        facts = self[venue_symbol] = (f"{match[1]}/{match[2]}:{match[2]}", match[2])
        return facts


# -- Toobit --------------------------------------------------------------------------------------------------


class ToobitRow(msgspec.Struct, rename="camel", gc=False):
    leader_user_id: str
    leader_nickname: str
    symbol_id: str
    is_long: int
    position_type: int
    leverage: str
    open_avg_price: str
    mark_price: str
    quantity: str
    margin: str
    liquidation_price: str
    unrealized_profit: str
    unrealized_profit_rate: str
    stop_profit_rate: str
    stop_loss_rate: str


class ToobitAnswer(msgspec.Struct, gc=False):
    code: int
    data: list[ToobitRow]


TOOBIT_SYMBOLS = Symbols("([A-Z0-9]+)-SWAP-(USDT|USDC)")
TOOBIT_SIDES: dict[int, Literal["long", "short"]] = {1: "long", 0: "short"}
TOOBIT_MODES: dict[int, Literal["cross", "isolated"]] = {0: "cross", 1: "isolated"}
toobit_decode = msgspec.json.Decoder(ToobitAnswer).decode


def toobit(body: bytes) -> list[Position]:
    answer = toobit_decode(body)
    assert answer.code == 200
    return [
        Position(
            "toobit/v2",
            ACCOUNT,
            f"{row.leader_user_id}:{row.symbol_id}:{row.is_long}",
            (facts := TOOBIT_SYMBOLS[row.symbol_id])[0],
            row.symbol_id,
            TOOBIT_SIDES[row.is_long],
            exact(row.quantity),
            "base",
            exact(text) if (text := row.open_avg_price) else None,
            exact(text) if (text := row.mark_price) else None,
            exact(text) if (text := row.leverage) else None,
            exact(text) if (text := row.margin) else None,
            TOOBIT_MODES[row.position_type],
            facts[1],
            exact(text) if (text := row.unrealized_profit) else None,
            exact(text) if (text := row.unrealized_profit_rate) else None,
            None,
            None,
            exact(text) if (text := row.liquidation_price) else None,
            Roi(exact(text)) if (text := row.stop_profit_rate) else None,
            Roi(negative(exact(text))) if (text := row.stop_loss_rate) else None,
            row.leader_user_id,
            row.leader_nickname,
        )
        for row in answer.data
    ]


# -- Bitget --------------------------------------------------------------------------------------------------


class BitgetRow(msgspec.Struct, rename="camel", gc=False):
    tracking_no: str
    trader_name: str
    trader_id: str
    symbol: str
    pos_side: Literal["long", "short"]
    open_leverage: str
    open_avg_price: str
    open_time: int
    open_size: str
    open_margin_sz: str
    open_fee: str | None = None


class BitgetAnswer(msgspec.Struct, gc=False):
    code: str
    data: list[BitgetRow]


BITGET_SYMBOLS = Symbols("([A-Z0-9]+)(USDT)")
bitget_decode = msgspec.json.Decoder(BitgetAnswer, strict=False).decode


def bitget(body: bytes) -> list[Position]:
    answer = bitget_decode(body)
    assert answer.code == "00000"
    return [
        Position(
            "bitget/v2-futures",
            ACCOUNT,
            row.tracking_no,
            (facts := BITGET_SYMBOLS[row.symbol])[0],
            row.symbol,
            row.pos_side,
            exact(row.open_size),
            "base",
            exact(text) if (text := row.open_avg_price) else None,
            None,
            exact(text) if (text := row.open_leverage) else None,
            exact(text) if (text := row.open_margin_sz) else None,
            None,
            facts[1],
            None,
            None,
            None,
            negative(exact(row.open_fee)) if row.open_fee else None,
            None,
            None,
            None,
            row.trader_id,
            row.trader_name,
            row.open_time,
        )
        for row in answer.data
    ]


# -- Zoomex --------------------------------------------------------------------------------------------------


class ZoomexRow(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    leverage: str
    avg_price: str
    liq_price: str
    take_profit: str
    unrealised_pnl: str
    mark_price: str
    created_time: int
    position_idx: int
    position_im: str = field(name="positionIM")
    updated_time: int
    side: str
    size: str
    stop_loss: str
    trade_mode: int
    position_balance: str = ""


class ZoomexResult(msgspec.Struct, gc=False):
    next_page: str = field(name="nextPageCursor")
    rows: list[ZoomexRow] = field(name="list")


class ZoomexAnswer(msgspec.Struct, gc=False):
    result: ZoomexResult
    code: int = field(name="retCode")


ZOOMEX_SYMBOLS = Symbols("([A-Z0-9]+)(USDT)")
ZOOMEX_SIDES: dict[str, Literal["long", "short"]] = {"Buy": "long", "Sell": "short"}
ZOOMEX_MODES: dict[int, Literal["unknown", "isolated"]] = {0: "unknown", 1: "isolated"}
NO_TRIGGER = frozenset(("", "0", "0.00"))
zoomex_decode = msgspec.json.Decoder(ZoomexAnswer, strict=False).decode


def zoomex(body: bytes) -> list[Position]:
    answer = zoomex_decode(body)
    assert answer.code == 0
    return [
        Position(
            "zoomex/v3",
            ACCOUNT,
            f"{row.symbol}:{row.position_idx}",
            (facts := ZOOMEX_SYMBOLS[row.symbol])[0],
            row.symbol,
            ZOOMEX_SIDES[row.side],
            exact(row.size),
            "base",
            exact(text) if (text := row.avg_price) else None,
            exact(text) if (text := row.mark_price) else None,
            exact(text) if (text := row.leverage) else None,
            (exact(text) or None) if (text := row.position_balance or row.position_im) else None,
            ZOOMEX_MODES[row.trade_mode],
            facts[1],
            exact(text) if (text := row.unrealised_pnl) else None,
            None,
            None,
            None,
            exact(text) if (text := row.liq_price) else None,
            None if (text := row.take_profit) in NO_TRIGGER else Price(exact(text)),
            None if (text := row.stop_loss) in NO_TRIGGER else Price(exact(text)),
            None,
            None,
            row.created_time or None,
            row.updated_time or None,
        )
        for row in answer.result.rows
    ]
