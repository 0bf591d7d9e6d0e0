"""The copy account itself: role, balance, position mode, leverage, transfers; and the contracts."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import Answer, Call, NotEnough, World, floor_to, plain, route

from .desk import HEDGE, NET, SIDES, Desk, Exposure, contract_value, inst_id, margin_mode, total
from .gate import COPY, TRADING

MAX_LEVERAGE = 150
KEY_LASTS_MS = 90 * 86_400_000
ACCOUNTS = ("funding", "futures", "copy_trading", "earn", "spot", "inverse_contract")


class Account(Desk):
    """Everything but orders and positions."""

    def __init__(self, world: World) -> None:
        self._bills: dict[str, dict[str, str]] = {}
        super().__init__(world)

    @route(
        "GET",
        "/api/v1/market/instruments",
        public=True,
        note="fields as answered live; contract values but that of BTC, and lot sizes, are the sandbox's",
    )
    def instruments(self, call: Call) -> object:
        wanted = self.wanted_coin(self.text(call.query, "instId"))
        return [self._instrument(coin) for coin in self.world.market.coins if wanted in ("", coin)]

    @route("GET", "/api/v1/market/mark-price", public=True, note="the index is the mark here")
    def mark_price(self, call: Call) -> object:
        wanted = self.wanted_coin(self.text(call.query, "instId"))
        now, market = str(self.world.clock.now_ms()), self.world.market
        prices = {coin: plain(market.price(coin)) for coin in market.coins if wanted in ("", coin)}
        return [
            {"instId": inst_id(coin), "indexPrice": price, "markPrice": price, "ts": now}
            for coin, price in prices.items()
        ]

    def _instrument(self, name: str) -> dict[str, str]:
        coin = self.world.market.coins[name]
        lot = self.contracts(name, coin.lot)
        return {
            "instId": inst_id(name),
            "baseCurrency": name,
            "quoteCurrency": "USDT",
            "contractValue": plain(contract_value(name)),
            "listTime": "1673517600000",
            "expireTime": "4918462709025",
            "maxLeverage": str(MAX_LEVERAGE),
            "minSize": lot,
            "lotSize": lot,
            "tickSize": plain(coin.tick),
            "instType": "SWAP",
            "contractType": "linear",
            "maxLimitSize": "100000000",
            "maxMarketSize": "1000000",
            "state": "live",
            "settleCurrency": "USDT",
        }

    @route("GET", f"{COPY}/instruments", note="the outer code is a number here, as in the example")
    def lead_instruments(self, call: Call) -> object:
        names = [inst_id(coin) for coin in self.world.market.coins]
        return Answer.json({"code": 0, "msg": "success", "data": {"instIdList": names}})

    @route("GET", f"{COPY}/config", note="a follower is an ordinary user, for no other role is documented")
    def account_role(self, call: Call) -> object:
        lead = self.world.lead(call.alias)
        name = lead.leader.name if lead else f"BloFin_{int(self.world.accounts[call.alias].uid):09x}"
        return {"nickName": name, "roleType": "1" if lead else "0"}

    @route("GET", f"{COPY}/account/balance", note="frozen and orderFrozen are 0: pending orders reserve nothing here")
    def balance(self, call: Call) -> object:
        held = self.held(call.alias)
        free = self.world.ledger.balance(self.owner(call.alias))
        margin = {cross: total(p.margin for p in held if p.cross is cross) for cross in (True, False)}
        floating = {c: total(p.profit(self.price(p.coin)) for p in held if p.cross is c) for c in (True, False)}
        isolated = plain(floor_to(margin[False] + floating[False]))
        equity = plain(floor_to(free + total(margin.values()) + total(floating.values())))
        now = str(call.request.at)
        row = {
            "currency": "USDT",
            "equity": equity,
            "balance": plain(floor_to(free + total(margin.values()))),
            "ts": now,
            "isolatedEquity": isolated,
            "available": plain(free),
            "availableEquity": plain(free),
            "frozen": "0",
            "orderFrozen": "0",
            "equityUsd": equity,
            "isolatedUnrealizedPnl": plain(floor_to(floating[False])),
            "bonus": "0",
        }
        return {"ts": now, "totalEquity": equity, "isolatedEquity": isolated, "details": [row]}

    # Position mode and leverage

    @route("GET", f"{COPY}/account/position-mode")
    def position_mode(self, call: Call) -> object:
        return {"positionMode": HEDGE if call.alias in self.hedged else NET}

    @route(
        "POST",
        f"{COPY}/account/set-position-mode",
        write=True,
        limits=TRADING,
        note="which of 110006 and 110019 is for orders and which for positions is a guess",
    )
    def set_position_mode(self, call: Call) -> object:
        mode = self.choice(call.body, "positionMode", (NET, HEDGE))
        if any(order.alias == call.alias and order.waits for order in self.orders.values()):
            raise self.refuse("110006")
        if self.held(call.alias):
            raise self.refuse("110019")
        (self.hedged.add if mode == HEDGE else self.hedged.discard)(call.alias)
        return {"positionMode": mode}

    @route(
        "GET",
        f"{COPY}/account/leverage-info",
        note="several contracts by comma, as the example answers; in hedge mode a row per side (guess)",
    )
    def leverage(self, call: Call) -> object:
        coins = [self.coin(name) for name in self.needed(call.query, "instId").split(",")]
        mode = self.choice(call.query, "marginMode", ("cross", "isolated"))
        sides = SIDES if call.alias in self.hedged else SIDES[:1]
        return [
            {
                "leverage": plain(self.leverage_of(call.alias, Exposure(coin, mode == "cross", side))),
                "marginMode": mode,
                "instId": inst_id(coin),
                "positionSide": self.shown_side(call.alias, side),
            }
            for coin in coins
            for side in sides
        ]

    @route(
        "POST",
        f"{COPY}/account/set-leverage",
        write=True,
        limits=TRADING,
        note="open positions change with it (guess); up to 150 on every contract",
    )
    def set_leverage(self, call: Call) -> object:
        coin = self.coin(self.needed(call.body, "instId"))
        mode = self.choice(call.body, "marginMode", ("cross", "isolated"))
        leverage = self.amount(call.body, "leverage")
        side = self.choice(call.body, "positionSide", ("net", *SIDES), "net")
        if not 1 <= leverage <= MAX_LEVERAGE:
            raise self.wrong("leverage")
        if side != "net" and call.alias not in self.hedged:
            raise self.refuse("102089")
        chosen = [Exposure(coin, mode == "cross", found) for found in SIDES if side in ("net", found)]
        try:
            for exposure in chosen:
                for position in self.exposures(call.alias).get(exposure, []):
                    self.world.book.set_leverage(position, leverage)
        except NotEnough:
            raise self.refuse("103003") from None
        self.leverages |= {(call.alias, exposure): leverage for exposure in chosen}
        return {
            "leverage": plain(leverage),
            "marginMode": margin_mode(mode == "cross"),
            "instId": inst_id(coin),
            "positionSide": side,
        }

    # Transfers

    @route(
        "POST",
        "/api/v1/asset/transfer",
        write=True,
        note="the answer's fields are known from clients; of the accounts only copy_trading trades here",
    )
    def transfer(self, call: Call) -> object:
        body = call.body
        amount = self.amount(body, "amount")
        currency = self.choice(body, "currency", ("USDT",))
        source, target = (self.choice(body, name, ACCOUNTS) for name in ("fromAccount", "toAccount"))
        client_id = self.text(body, "clientId")
        mine = [bill for bill in self._bills.values() if bill["alias"] == call.alias]
        if source == target:
            raise self.wrong("toAccount")
        if client_id and client_id in {bill["clientId"] for bill in mine}:
            raise self.refuse("150003")
        try:
            self.world.ledger.move(self.purse(call.alias, source), self.purse(call.alias, target), amount, currency)
        except NotEnough:
            raise self.refuse("150004") from None
        number = self.world.new_id()
        self._bills[number] = {
            "alias": call.alias,
            "transferId": number,
            "currency": currency,
            "fromAccount": source,
            "toAccount": target,
            "amount": plain(Decimal(amount)),
            "ts": str(call.request.at),
            "clientId": client_id,
        }
        return {"transferId": number, "clientTransferId": client_id}

    @route(
        "GET",
        "/api/v1/user/query-apikey",
        note="the key ends ninety days after now, and is bound to no address",
    )
    def key_info(self, call: Call) -> object:
        account, now = self.world.accounts[call.alias], self.world.clock.now_ms()
        return {
            "uid": account.uid,
            "apiName": account.alias,
            "apiKey": account.api_key,
            "readOnly": int("write" not in account.permissions),
            "ips": [],
            "type": 1,
            "expireTime": str(now + KEY_LASTS_MS),
            "createTime": str(now),
            "referralCode": "",
            "parentUid": "0",
        }

    @route("GET", "/api/v1/asset/bills", fidelity="guessed", note="documented by name; fields and paging are guesses")
    def bills(self, call: Call) -> object:
        mine = {number: bill for number, bill in self._bills.items() if bill["alias"] == call.alias}
        shown = self.by_order(mine, call.query, most=100)
        return [{name: value for name, value in bill.items() if name != "alias"} for bill in shown]

    def purse(self, alias: str, account: str) -> str:
        """Owner in the ledger of one of the accounts under a login."""
        return self.owner(alias) if account == "copy_trading" else f"{account}:{alias}"
