"""What the key is, and the ordinary futures account beside the copying one."""

from __future__ import annotations

from unifiedcopy.sandbox import ZERO, Answer, Call, Position, floor_to, plain, round_to, route

from .gate import KIND, WEIGHT, Gate


class Account(Gate):
    """V1 calls: bare answers, without the wrapper of V2 [docs]."""

    @route(
        "GET",
        "/api/v1/account/checkApiKey",
        limits=(WEIGHT,),
        note="master, spot and contract are documented; the word for a COPY_TRADING key is a guess (switchable)",
    )
    def check_api_key(self, call: Call) -> object:
        copying = call.account is not None and call.account.kind == KIND
        return Answer.json({"accountType": self.options.copy_account_type if copying else "master"})

    @route(
        "GET",
        "/api/v1/futures/balance",
        limits=(WEIGHT,),
        note="named asset in the sample of 2023, coin since 2026-04 (switchable); refuses COPY_TRADING keys, while "
        "futures_for_copy_keys is off (guess)",
    )
    def futures_balance(self, call: Call) -> object:
        free, held = self.world.ledger.balance(call.alias), self._held(call)
        margin = sum((position.margin for position in held), ZERO)
        floating = sum((p.profit(self.world.market.price(p.coin)) for p in held if p.cross), ZERO)
        amounts = {
            "balance": free + margin,
            "availableBalance": free,
            "positionMargin": margin,
            "orderMargin": ZERO,
            "crossUnRealizedPnl": floating,
        }
        texts = {name: plain(floor_to(amount)) for name, amount in amounts.items()}
        return Answer.json([{self.options.balance_asset_name: "USDT", **texts}])

    @route(
        "GET",
        "/api/v1/futures/positions",
        limits=(WEIGHT,),
        note="of the ordinary account, never copies; refuses COPY_TRADING keys like balance (guess)",
    )
    def futures_positions(self, call: Call) -> object:
        symbol = call.query.get("symbol", "")
        if symbol and symbol.removesuffix("-SWAP-USDT") not in self.world.market.coins:
            raise self.refuse(-1121)
        rows = [self._future_row(position) for position in self._held(call)]
        return Answer.json([row for row in rows if symbol in ("", row["symbol"])])

    def _held(self, call: Call) -> list[Position]:
        """Positions that copy nobody."""
        if call.account and call.account.kind == KIND and not self.options.futures_for_copy_keys:
            raise self.refuse(self.options.wrong_kind_code)
        return [position for position in self.world.book.open_positions(call.alias) if position.leader is None]

    def _future_row(self, position: Position) -> dict[str, str]:
        """``position`` counts contracts [docs]."""
        coin = self.world.market.coins[position.coin]
        price = self.world.market.price(position.coin)
        contracts = plain(position.size / coin.lot)
        return {
            "symbol": f"{position.coin}-SWAP-USDT",
            "side": position.side.upper(),
            "avgPrice": plain(position.entry),
            "position": contracts,
            "available": contracts,
            "leverage": plain(position.leverage),
            "lastPrice": plain(price),
            "positionValue": plain(floor_to(position.value(position.entry))),
            "flp": plain(round_to(position.liquidation(), coin.tick)),
            "margin": plain(position.margin),
            "marginRate": "",  # as seen [code]
            "unrealizedPnL": plain(floor_to(position.profit(price))),
            "profitRate": plain(floor_to(position.roi(price))),
            "realizedPnL": plain(floor_to(position.realized - position.open_fee - position.close_fee)),
        }
