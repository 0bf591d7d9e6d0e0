"""The wallet."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Call, Limit, floor_to, plain, route

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
        note="10001 for an accountType that doesn't fit the account is a guess; maintenance margin stays empty",
    )
    def wallet_balance(self, call: Call) -> object:
        kind = call.query.get("accountType", "")
        if kind != ("UNIFIED" if self.options.unified else "CONTRACT"):
            raise self.refuse(10001, "params error: accountType invalid")
        wanted = call.query.get("coin", "")
        owned = self.world.ledger.assets(call.alias)
        rows = [self._coin_row(call.alias, coin) for coin in (wanted.split(",") if wanted else owned)]
        if not wanted:
            rows = [row for row in rows if Decimal(row["equity"])]  # non-zero coins [docs]
        return {"list": [{"accountType": kind, **self._totals(rows), "coin": rows}]}

    @route(
        "GET",
        f"{TREE}/apilimit/query",
        limits=(Limit("apilimit/query", 50, 1),),
        note="the rates of the sample; another account's uid answers 10005 (guess)",
    )
    def api_limits(self, call: Call) -> object:
        uid = call.account.uid if call.account else ""
        if any(asked != uid for asked in self.required(call.query, "uids").split(",")):
            raise self.refuse(10005)
        rates = {"SPOT": 600, "DERIVATIVES": 400}
        return {"list": [{"uids": uid, "bizType": kind, "rate": rate} for kind, rate in rates.items()]}

    def _totals(self, rows: list[dict[str, str]]) -> dict[str, str]:
        """Sums in dollars over all coins; a classic account has none [docs]."""
        totals = dict.fromkeys(TOTALS, "")
        if not self.options.unified:
            return totals

        def total(name: str) -> Decimal:
            return floor_to(sum((self._dollars(row["coin"], row[name]) for row in rows), ZERO))

        equity, margin = total("equity"), total("totalPositionIM")
        sums = {
            "totalEquity": equity,
            "totalMarginBalance": equity,
            "totalWalletBalance": total("walletBalance"),
            "totalAvailableBalance": total("availableToWithdraw"),
            "totalPerpUPL": total("unrealisedPnl"),
            "totalInitialMargin": margin,
            "accountIMRate": floor_to(margin / equity, Decimal("0.0001")) if equity else ZERO,
        }
        return totals | {name: plain(value) for name, value in sums.items()}

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
