"""The wallet."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Call, floor_to, plain, route

from .desk import Desk
from .gate import TREE, per_uid

# fmt: off
TOTALS = (
    "accountIMRate", "accountMMRate", "totalEquity", "totalWalletBalance", "totalMarginBalance",
    "totalAvailableBalance", "totalPerpUPL", "totalInitialMargin", "totalMaintenanceMargin", "accountLTV",
)
# fmt: on


class Account(Desk):
    """What an account owns, coin by coin."""

    @route(
        "GET",
        f"{TREE}/account/wallet-balance",
        limits=per_uid("account/wallet-balance"),
        note="10001 for an accountType that doesn't fit the account is a guess",
    )
    def wallet_balance(self, call: Call) -> object:
        kind = call.query.get("accountType", "")
        if kind != ("UNIFIED" if self.options.unified else "CONTRACT"):
            raise self.refuse(10001, "params error: accountType invalid")
        wanted = call.query.get("coin", "")
        coins = wanted.split(",") if wanted else self.world.ledger.assets(call.alias)
        rows = [self._coin_row(call.alias, coin) for coin in coins]
        totals = dict.fromkeys(TOTALS, "")
        if self.options.unified:
            equity = sum((self._dollars(row["coin"], row["equity"]) for row in rows), ZERO)
            totals["totalEquity"] = plain(floor_to(equity))
        return {"list": [{"accountType": kind, **totals, "coin": rows}]}

    def _coin_row(self, alias: str, coin: str) -> dict[str, str]:
        held = [p for p in self.world.book.open_positions(alias) if p.asset == coin]
        free = self.world.ledger.balance(alias, coin)
        margin = sum((p.margin for p in held), ZERO)
        floating = sum((p.profit(self.world.market.price(p.coin)) for p in held), ZERO)
        return {
            "coin": coin,
            "equity": plain(free + margin + floating),
            "usdValue": "",
            "walletBalance": plain(free + margin),
            "borrowAmount": "",
            "availableToBorrow": "",
            "availableToWithdraw": plain(free),
            "accruedInterest": "",
            "totalOrderIM": "0",
            "totalPositionIM": plain(margin),
            "totalPositionMM": "",
            "unrealisedPnl": plain(floating),
            "cumRealisedPnl": plain(self._realized(alias, coin)),
        }

    def _realized(self, alias: str, coin: str) -> Decimal:
        found = self.world.book.closings
        return sum((c.profit - c.fee for c in found if (c.position.owner, c.position.asset) == (alias, coin)), ZERO)

    def _dollars(self, coin: str, amount: str) -> Decimal:
        return Decimal(amount) * (1 if coin == "USDT" else self.world.market.price(coin))
