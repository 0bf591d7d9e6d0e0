"""Pages of positions: each venue's documented item, varied.

Every page has the documented wrapper, key order and types; keys that are empty in the documented item stay
empty. There are 20 symbols, 6 leverages and 257 leaders; other values are as distinct as their digits allow.
The seed is fixed, so two runs read the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

COINS = [
    "BTC", "ETH", "XRP", "SOL", "DOGE", "ADA", "LTC", "BNB", "TRX", "DOT",
    "LINK", "AVAX", "UNI", "ATOM", "XLM", "NEAR", "APT", "ARB", "OP", "SUI",
]  # fmt: skip
LEVERAGES = ("5", "10", "20", "25", "50", "100")
LEADERS = 257
OPENED = 1_672_121_182_216
SEED = 20

Item = dict[str, Any]


class Numbers:
    """Distinct values of the magnitude and the digits of the documented ones."""

    def __init__(self, seed: int = SEED) -> None:
        self._random = Random(seed)

    def text(self, low: float, high: float, digits: int) -> str:
        return f"{self._random.uniform(low, high):.{digits}f}"

    def whole(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


def _toobit(index: int, number: Numbers) -> Item:
    leader = index % LEADERS
    return {
        "leaderUserId": str(123_456_789 + leader),
        "leaderNickname": f"S{leader}",
        "leaderAvatar": "https://static.example.com/avatar.png",
        "symbolId": f"{COINS[index % 20]}-SWAP-USDT",
        "isLong": number.whole(0, 1),
        "positionType": number.whole(0, 1),
        "leverage": LEVERAGES[index % 6],
        "openAvgPrice": number.text(1000, 9999, 2),
        "markPrice": number.text(1000, 9999, 2),
        "currentPrice": number.text(1000, 9999, 2),
        "quantity": number.text(0.01, 9, 4),
        "margin": number.text(1, 999, 4),
        "liquidationPrice": "",
        "unrealizedProfit": number.text(-99, 99, 2),
        "unrealizedProfitRate": number.text(-1, 1, 4),
        "stopProfitRate": "",
        "stopLossRate": "",
    }


def _bitget(index: int, number: Numbers) -> Item:
    leader = index % LEADERS
    return {
        "trackingNo": str(1_100_000_000_000_000_000 + number.whole(0, 10**17)),
        "traderName": f"xxxx{leader}",
        "openOrderId": str(1_100_000_000_000_000_000 + number.whole(0, 10**17)),
        "closeOrderId": "",
        "traderId": f"b0b0c0c0{leader}",
        "symbol": f"{COINS[index % 20]}USDT",
        "posSide": ("long", "short")[number.whole(0, 1)],
        "openLeverage": LEVERAGES[index % 6],
        "openAvgPrice": number.text(10_000, 99_999, 1),
        "openTime": str(OPENED + number.whole(0, 10**10)),
        "openSize": number.text(0.001, 9, 4) + "0" * 12,
        "closeAvgPrice": "0",
        "closeSize": "0.0000000000000000",
        "openMarginSz": number.text(1, 999, 4),
        "closeTime": "0",
    }


def _zoomex(index: int, number: Numbers) -> Item:
    return {
        "symbol": f"{COINS[index % 20]}USDT",
        "leverage": LEVERAGES[index % 6],
        "avgPrice": number.text(0.1, 9, 4),
        "liqPrice": number.text(0.1, 9, 4),
        "riskLimitValue": "200000",
        "takeProfit": "",
        "positionValue": number.text(10, 99, 2),
        "tpslMode": "Full",
        "riskId": 41,
        "trailingStop": "0",
        "unrealisedPnl": number.text(-99, 99, 2),
        "markPrice": number.text(0.1, 9, 4),
        "cumRealisedPnl": number.text(-9, 9, 8),
        "positionMM": number.text(0.1, 9, 6),
        "createdTime": str(OPENED + number.whole(0, 10**9)),
        "positionIdx": 0,
        "positionIM": number.text(1, 99, 6),
        "updatedTime": str(OPENED + 10**9 + number.whole(0, 10**9)),
        "side": ("Buy", "Sell")[number.whole(0, 1)],
        "bustPrice": "",
        "size": str(100 + index),
        "positionStatus": "Normal",
        "stopLoss": "",
        "tradeMode": 0,
        "adlRankIndicator": 2,
    }


def _ccxt_toobit(index: int, number: Numbers) -> Item:
    """ccxt's documented position of a Toobit futures account."""
    return {
        "symbol": f"{COINS[index % 20]}-SWAP-USDT",
        "side": ("LONG", "SHORT")[number.whole(0, 1)],
        "avgPrice": number.text(0.1, 9, 5),
        "position": str(63 + index),
        "available": str(63 + index),
        "leverage": LEVERAGES[index % 6],
        "lastPrice": number.text(0.1, 9, 5),
        "positionValue": number.text(10, 99, 4),
        "flp": number.text(0.01, 1, 5),
        "margin": number.text(0.1, 9, 4),
        "marginRate": "",
        "unrealizedPnL": number.text(-9, 9, 4),
        "profitRate": number.text(-1, 1, 4),
        "realizedPnL": number.text(-1, 1, 3),
        "minMargin": "0",
        "maxNotionalValue": "10000000",
        "markPrice": number.text(0.1, 9, 5),
    }


def _ccxt_bitget(index: int, number: Numbers) -> Item:
    """ccxt's documented position of a Bitget futures account."""
    size = number.text(0.001, 9, 3)
    return {
        "marginCoin": "USDT",
        "symbol": f"{COINS[index % 20]}USDT",
        "holdSide": ("long", "short")[number.whole(0, 1)],
        "openDelegateSize": "0",
        "marginSize": number.text(1, 999, 5),
        "available": size,
        "locked": "0",
        "total": size,
        "leverage": LEVERAGES[index % 6],
        "achievedProfits": "0",
        "openPriceAvg": number.text(10_000, 99_999, 1),
        "marginMode": "crossed",
        "posMode": "hedge_mode",
        "unrealizedPL": number.text(-9, 9, 3),
        "liquidationPrice": number.text(10_000, 99_999, 9),
        "keepMarginRate": "0.004",
        "markPrice": number.text(10_000, 99_999, 1),
        "marginRatio": number.text(0.01, 0.1, 12),
        "cTime": str(OPENED + number.whole(0, 10**10)),
    }


WRAPPERS: dict[str, Callable[[list[Item]], Any]] = {
    "toobit": lambda rows: {"code": 200, "msg": "success", "data": rows},
    "bitget": lambda rows: {"code": "00000", "data": rows, "msg": "success", "requestTime": 1634107646972},
    "zoomex": lambda rows: {
        "retCode": 0,
        "retMsg": "OK",
        "result": {"nextPageCursor": "updateAt%3D1672279322668", "category": "linear", "list": rows},
        "retExtInfo": {},
        "time": 1672280219169,
    },
}
ITEMS = {"toobit": _toobit, "bitget": _bitget, "zoomex": _zoomex}
CCXT_ITEMS = {"toobit": _ccxt_toobit, "bitget": _ccxt_bitget, "zoomex": _zoomex}
CCXT_WRAPPERS = {**WRAPPERS, "toobit": lambda rows: rows}


def page(venue: str, count: int) -> bytes:
    """An answer with so many positions, as the venue's copy-trading API sends it."""
    return _encode(WRAPPERS[venue](list(_rows(ITEMS[venue], count))))


def ccxt_page(venue: str, count: int) -> bytes:
    """What ccxt has a parser for: the same bytes for Zoomex, the futures account's positions elsewhere."""
    return _encode(CCXT_WRAPPERS[venue](list(_rows(CCXT_ITEMS[venue], count))))


def _rows(item: Callable[[int, Numbers], Item], count: int) -> Iterator[Item]:
    numbers = Numbers()
    return (item(index, numbers) for index in range(count))


def _encode(answer: Any) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()
