"""Supporting calls that are not about copying: time, contracts, announcements, what a key may do."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import Call, plain, route

from .desk import MAX_LEVERAGE, PRODUCTS, USDT, Desk, symbol_of
from .gate import per_ip, per_uid

RIGHTS = {"read": "ttor", "write": "ttow", "withdraw": "wwow"}
"""Permissions of a key for copy trading [docs], and for withdrawing [guess]."""
RETIREMENT = ("12560603838361", 1_756_371_600_000)
"""The announcement that V1 ends, the only one of which the number is known; its time is made up."""


class Public(Desk):
    """What clients ask before they trade."""

    @route("GET", "/api/v2/public/time", public=True, limits=per_ip("public/time", 20))
    def time(self, call: Call) -> object:
        return {"serverTime": str(call.request.at)}

    @route(
        "GET",
        "/api/v2/public/annoucements",
        public=True,
        limits=per_ip("public/annoucements", 20),
        fidelity="guessed",
        note="the path is misspelled by the venue; fields are known from client code, the one row is made up",
    )
    def announcements(self, call: Call) -> object:
        number, at = RETIREMENT
        return [
            {
                "annId": number,
                "annTitle": "V1 API will be taken offline",
                "annDesc": "",
                "cTime": str(at),
                "language": self.text(call.query, "language", "en_US"),
                "annUrl": f"https://www.example.com/support/articles/{number}",
            }
        ]

    @route(
        "GET",
        "/api/v2/mix/market/contracts",
        public=True,
        limits=per_ip("mix/contracts", 20),
        note="grid and largest leverage are the sandbox's, all other values those of the page's example",
    )
    def contracts(self, call: Call) -> object:
        product = self.choice(call.query, "productType", PRODUCTS)
        symbol = self.text(call.query, "symbol").upper()
        coins = self.world.market.coins if product == USDT else ()
        return [self._contract(coin) for coin in coins if symbol in ("", symbol_of(coin))]

    @route(
        "GET",
        "/api/v2/spot/account/info",
        limits=per_uid("spot/account/info", 1),
        note="only userId, authorities and traderType mean something; a leader in spot alone is a trader too: a guess",
    )
    def account_info(self, call: Call) -> object:
        account = self.world.accounts[call.alias]
        leads = any(alias == call.alias for alias, _ in self.world.leads)
        return {
            "userId": account.uid,
            "inviterId": "",
            "ips": "",
            "authorities": [right for name, right in RIGHTS.items() if name in account.permissions],
            "parentId": int(account.uid),
            "traderType": "trader" if leads else "not_trader",
            "channelCode": "",
            "channel": "",
            "regisTime": str(min(leader.leading_since for leader in self.world.copying.leaders.values())),
        }

    def _contract(self, name: str) -> dict[str, object]:
        coin = self.world.market.coins[name]
        return {
            "symbol": symbol_of(name),
            "baseCoin": name,
            "quoteCoin": "USDT",
            "buyLimitPriceRatio": "0.9",
            "sellLimitPriceRatio": "0.9",
            "feeRateUpRatio": "0.1",
            "makerFeeRate": "0.0004",
            "takerFeeRate": "0.0006",
            "openCostUpRatio": "0.1",
            "supportMarginCoins": ["USDT"],
            "minTradeNum": plain(coin.lot),
            "priceEndStep": "1",
            "volumePlace": str(places(coin.lot)),
            "pricePlace": str(places(coin.tick)),
            "sizeMultiplier": plain(coin.lot),
            "symbolType": "perpetual",
            "minTradeUSDT": "5",
            "maxSymbolOrderNum": "999999",
            "maxProductOrderNum": "999999",
            "maxPositionNum": "150",
            "symbolStatus": "normal",
            "offTime": "-1",
            "limitOpenTime": "-1",
            "deliveryTime": "",
            "deliveryStartTime": "",
            "launchTime": "",
            "fundInterval": "8",
            "minLever": "1",
            "maxLever": str(MAX_LEVERAGE),
            "posLimit": "0.05",
            "maintainTime": "1680165535278",
        }


def places(step: Decimal) -> int:
    """Decimals of a grid."""
    return max(0, -int(step.normalize().as_tuple().exponent))
