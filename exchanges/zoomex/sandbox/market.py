"""Public calls: the clock, the contracts, their prices."""

from __future__ import annotations

from unifiedcopy.sandbox import Answer, Call, Refusal, plain, route

from .desk import Desk, Instrument
from .gate import TREE


class Market(Desk):
    """What needs no key."""

    @route("GET", f"{TREE}/market/time", public=True)
    def time(self, call: Call) -> object:
        now = call.request.at
        return {"timeSecond": str(now // 1_000), "timeNano": f"{now}000000"}

    @route("GET", f"{TREE}/market/instruments-info", public=True, note="an unknown symbol answers 10001 (guess)")
    def instruments_info(self, call: Call) -> object:
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

    @route("GET", f"{TREE}/market/tickers", public=True, note="only prices live; bulk inverse is empty (code)")
    def tickers(self, call: Call) -> object:
        category = self.category(call.query)
        symbol = call.query.get("symbol")
        known = [i for i in self.instruments().values() if i.category == category]
        shown = [i for i in known if symbol == i.symbol or (symbol is None and category == "linear")]
        if symbol and not shown:
            raise Refusal(Answer.text("we don't support this symbol, plz check.", 400))  # [code]
        return {"category": category, "list": [self._ticker_row(instrument) for instrument in shown]}

    # Rows

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
        price = instrument.price(self.world.market.price(instrument.coin))
        prices = ("lastPrice", "indexPrice", "markPrice", "bid1Price", "ask1Price")
        return {"symbol": instrument.symbol, **dict.fromkeys(prices, price)}
