"""Public calls: the clock and the contracts."""

from __future__ import annotations

from unifiedcopy.sandbox import Answer, Call, Limit, plain, route

from .gate import Gate

PUBLIC_WEIGHT = Limit("public", 3000, 60, per="ip", rolling=False)
"""Public calls count per IP [guess]."""
# fmt: off
TRADING_FILTERS = (
    {"minAmount": "5", "maxAmount": "6600000", "minBuyPrice": "0.01", "filterType": "TRADE_AMOUNT"},
    {
        "maxSellPrice": "999999999", "buyPriceUpRate": "0.1", "sellPriceDownRate": "0.1", "maxEntrustNum": "100000",
        "maxConditionNum": "100000", "filterType": "LIMIT_TRADING",
    },
    {"buyPriceUpRate": "0.1", "sellPriceDownRate": "0.1", "filterType": "MARKET_TRADING"},
    {
        "noAllowMarketStartTime": "0", "noAllowMarketEndTime": "0", "limitOrderStartTime": "0",
        "limitOrderEndTime": "0", "limitMinPrice": "0", "limitMaxPrice": "0", "filterType": "OPEN_QUOTE",
    },
)
"""Filters that are the same for every contract, as in the sample of 2023 [docs]."""
# fmt: on


class Market(Gate):
    """What needs no key."""

    @route("GET", "/api/v1/ping", public=True, limits=(PUBLIC_WEIGHT,), note="body {} is a guess")
    def ping(self, call: Call) -> object:
        return Answer.json({})

    @route("GET", "/api/v1/time", public=True, limits=(PUBLIC_WEIGHT,))
    def time(self, call: Call) -> object:
        return Answer.json({"serverTime": call.request.at})

    @route(
        "GET",
        "/api/v1/exchangeInfo",
        public=True,
        limits=(PUBLIC_WEIGHT,),
        note="one contract as in the sample of 2023; spot symbols and coins are left empty",
    )
    def exchange_info(self, call: Call) -> object:
        return Answer.json(
            {
                "timezone": "UTC",
                "serverTime": str(call.request.at),
                "brokerFilters": [],
                "symbols": [],
                "options": [],
                "contracts": [self._contract(coin) for coin in self.world.market.coins],
                "coins": [],
            }
        )

    @route(
        "GET",
        "/quote/v1/markPrice",
        public=True,
        limits=(PUBLIC_WEIGHT,),
        note="price and time as text, and an array when no symbol is named: guesses; an unknown symbol gets an empty "
        "body (code)",
    )
    def mark_price(self, call: Call) -> object:
        symbol = call.query.get("symbol")
        if symbol is None:
            return Answer.json([self._mark(coin, call.request.at) for coin in self.world.market.coins])
        coin = symbol.removesuffix("-SWAP-USDT")
        if coin == symbol or coin not in self.world.market.coins:
            return Answer(200, b"")  # [code]
        return Answer.json(self._mark(coin, call.request.at))

    def _mark(self, coin: str, at: int) -> dict[str, str]:
        price = plain(self.world.market.price(coin))
        return {"exchangeId": "301", "symbolId": f"{coin}-SWAP-USDT", "price": price, "time": str(at)}

    def _contract(self, name: str) -> dict[str, object]:
        coin = self.world.market.coins[name]
        symbol = f"{name}-SWAP-USDT"
        tick, lot = plain(coin.tick), plain(coin.lot)
        return {
            "filters": [
                {"minPrice": tick, "maxPrice": "1000000", "tickSize": tick, "filterType": "PRICE_FILTER"},
                {"minQty": lot, "maxQty": "1000000", "stepSize": lot, "filterType": "LOT_SIZE"},
                {"minNotional": "5", "filterType": "MIN_NOTIONAL"},
                *TRADING_FILTERS,
            ],
            "exchangeId": "301",
            "symbol": symbol,
            "symbolName": f"{symbol}USDT",
            "status": "TRADING",
            "baseAsset": symbol,
            "baseAssetPrecision": lot,
            "quoteAsset": "USDT",
            "quoteAssetPrecision": tick,
            "icebergAllowed": False,
            "inverse": False,
            "index": f"{name}USDT",
            "marginToken": "USDT",
            "marginPrecision": "0.0001",
            "contractMultiplier": lot,
            "underlying": name,
            "riskLimits": [
                {"riskLimitId": "200000133", "quantity": "1000000.0", "initialMargin": "0.01", "maintMargin": "0.005"},
            ],
        }
