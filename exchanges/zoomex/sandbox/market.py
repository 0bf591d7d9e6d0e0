"""Public calls: the clock, the contracts, their prices."""

from __future__ import annotations

from unifiedcopy.sandbox import Answer, Call, Refusal, fixed, plain, route

from .desk import Desk, Instrument
from .gate import TREE

FUNDING_MS = 8 * 3_600_000


class Market(Desk):
    """What needs no key."""

    @route("GET", f"{TREE}/market/time", public=True)
    def time(self, call: Call) -> object:
        now = call.request.at
        return {"timeSecond": str(now // 1_000), "timeNano": f"{now}000000"}

    @route(
        "GET",
        f"{TREE}/market/instruments-info",
        public=True,
        note="an unknown symbol answers 10001 (guess); spot is listed, not traded",
    )
    def instruments_info(self, call: Call) -> object:
        if call.query.get("category") == "spot":
            return self._spot(call.query.get("symbol"))
        category = self.category(call.query)
        rows = [
            instrument
            for instrument in self.instruments().values()
            if ("baseCoin" in call.query or instrument.category == category)
            and call.query.get("baseCoin") in (None, instrument.coin)
            and call.query.get("symbol") in (None, instrument.symbol)
            and call.query.get("status") in (None, "Trading")
        ]
        if call.query.get("symbol", "BTCUSDT") not in self.instruments():
            raise self.refuse(10001, "params error: symbol invalid")
        names = ("category", "symbol", "baseCoin", "status")
        filters = tuple(call.query.get(name, "") for name in names)
        shown, cursor = self.page(call, rows, filters, key=lambda row: row.symbol, default=500, most=1_000)
        # Past the last page the cursor is empty in the sample of this page [docs].
        more = bool(shown) and shown[-1] is not rows[-1]
        return {
            "category": category,
            "list": [self._instrument_row(instrument) for instrument in shown],
            "nextPageCursor": cursor if more else "",
        }

    @route(
        "GET",
        f"{TREE}/market/tickers",
        public=True,
        note="only prices live, volumes and funding stand still; bulk inverse is empty (code)",
    )
    def tickers(self, call: Call) -> object:
        category = self.category(call.query)
        symbol = call.query.get("symbol")
        known = [i for i in self.instruments().values() if i.category == category]
        shown = [i for i in known if symbol == i.symbol or (symbol is None and category == "linear")]
        if symbol and not shown:
            raise Refusal(Answer.text("we don't support this symbol, plz check.", 400))  # [code]
        return {"category": category, "list": [self._ticker_row(instrument) for instrument in shown]}

    # Rows

    def _spot(self, symbol: str | None) -> object:
        """Spot is not paged [docs]."""
        coins = self.world.market.coins.values()
        rows = [
            {
                "symbol": f"{coin.name}USDT",
                "baseCoin": coin.name,
                "quoteCoin": "USDT",
                "status": "Trading",
                "lotSizeFilter": {
                    "basePrecision": plain(coin.lot),
                    "quotePrecision": "0.00000001",
                    "minOrderQty": plain(coin.lot),
                    "maxOrderQty": "1000000",
                    "minOrderAmt": "1",
                    "maxOrderAmt": "2000000",
                },
                "priceFilter": {"tickSize": plain(coin.tick)},
                "riskParameters": {"limitParameter": "0.05", "marketParameter": "0.05"},
                "offlineTime": "0",
                "tags": [],
            }
            for coin in coins
            if symbol in (None, f"{coin.name}USDT")
        ]
        if not rows:
            raise self.refuse(10001, "params error: symbol invalid")
        return {"category": "spot", "list": rows}

    def _instrument_row(self, instrument: Instrument) -> dict[str, object]:
        step, tick = plain(instrument.step), plain(instrument.tick)
        return {
            "symbol": instrument.symbol,
            "contractType": "InversePerpetual" if instrument.inverse else "LinearPerpetual",
            "status": "Trading",
            "baseCoin": instrument.coin,
            "quoteCoin": "USD" if instrument.inverse else "USDT",
            "launchTime": "1585526400000",
            "deliveryTime": "0",
            "deliveryFeeRate": "",
            "priceScale": str(len(tick.partition(".")[2])),
            "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
            "priceFilter": {"minPrice": tick, "maxPrice": "999999.00", "tickSize": tick},
            "lotSizeFilter": {
                "maxOrderQty": "1000000",
                "minOrderQty": step,
                "qtyStep": step,
                "postOnlyMaxOrderQty": "1000000",
                "maxMktOrderQty": "1000000",
            },
            "unifiedMarginTrade": True,
            "fundingInterval": 480,
            "settleCoin": instrument.settle,
            "offlineTime": "0",
            "tags": [],
        }

    def _ticker_row(self, instrument: Instrument) -> dict[str, str]:
        market = self.world.market
        now, start = market.price(instrument.coin), market.coins[instrument.coin].start
        price, before = instrument.price(now), instrument.price(start)
        return {
            "symbol": instrument.symbol,
            "lastPrice": price,
            "indexPrice": price,
            "markPrice": price,
            "prevPrice24h": before,
            "price24hPcnt": fixed(now / start - 1, 6),
            "highPrice24h": instrument.price(max(now, start)),
            "lowPrice24h": instrument.price(min(now, start)),
            "prevPrice1h": price,
            "openInterest": "373504107",
            "openInterestValue": "22505.67",
            "turnover24h": "2352.94950046",
            "volume24h": "49337318",
            "fundingRate": "0.0001",
            "nextFundingTime": str(self.world.clock.now_ms() // FUNDING_MS * FUNDING_MS + FUNDING_MS),
            "fundingIntervalHour": "8",
            "fundingCap": "0.002025",
            "predictedDeliveryPrice": "",
            "basisRate": "",
            "deliveryFeeRate": "",
            "deliveryTime": "0",
            "ask1Size": "1",
            "bid1Price": price,
            "ask1Price": price,
            "bid1Size": "1",
            "basis": "",
        }
