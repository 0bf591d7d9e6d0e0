"""What is not about copying: the clock, the contracts, and all positions of an account."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from unifiedcopy.sandbox import Call, Position, floor_to, plain, round_to, route

from .contracts import MARGIN_MODES, Contract, Contracts, total
from .gate import is_digits, per_ip, per_user

LISTED_AT = "1611916828000"
LARGEST = "100000000"
RIGHTS = {"read": "read_only", "write": "trade", "withdraw": "withdraw"}
"""What a key may do, in the venue's words [docs]."""
UNUSED = ("alias", "expTime", "optType", "stk", "baseCcy", "quoteCcy", "openType")
"""Fields of an instrument that a perpetual leaves empty."""
OF_OPTIONS = ("optVal", "deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS", "vegaPA")
OF_MARGIN = ("posCcy", "liab", "liabCcy", "baseBal", "quoteBal")
Key = tuple[Contract, bool, str]
"""One position of an account: contract, cross, side."""


class Market(Contracts):
    """Public data and the account call that followers fall back to."""

    @route("GET", "/api/v5/public/time", public=True, limits=per_ip("public/time", 10))
    def time(self, call: Call) -> object:
        return [{"ts": str(call.request.at)}]

    @route(
        "GET",
        "/api/v5/public/instruments",
        public=True,
        limits=per_ip("public/instruments", 20),
        note="perpetuals alone: other types are empty; USDC contracts are left out; lot sizes are the engine's",
    )
    def instruments(self, call: Call) -> object:
        kind = self.choice(call.query, "instType", ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"))
        wanted = self.text(call.query, "instId")
        family = self.text(call.query, "instFamily", self.text(call.query, "uly"))
        found = [
            contract
            for contract in self.listed()
            if kind == "SWAP" and wanted in ("", contract.id) and family in ("", contract.id.removesuffix("-SWAP"))
        ]
        if wanted and kind == "SWAP" and not found:
            raise self.refuse("51001")
        return [self._instrument(contract) for contract in found]

    def _instrument(self, contract: Contract) -> dict[str, str]:
        coin = self.world.market.coins[contract.coin]
        lot = "1" if contract.inverse else plain(coin.lot / contract.value)
        family = contract.id.removesuffix("-SWAP")
        return {
            **dict.fromkeys(UNUSED, ""),
            "instType": "SWAP",
            "instId": contract.id,
            "uly": family,
            "instFamily": family,
            "category": "1",
            "settleCcy": contract.currency,
            "ctVal": plain(contract.value),
            "ctMult": "1",
            "ctValCcy": "USD" if contract.inverse else contract.coin,
            "ctType": "inverse" if contract.inverse else "linear",
            "listTime": LISTED_AT,
            "lever": "100",
            "tickSz": plain(coin.tick),
            "lotSz": lot,
            "minSz": lot,
            "state": "live",
            "ruleType": "normal",
            **dict.fromkeys(("maxLmtSz", "maxMktSz", "maxTwapSz", "maxIcebergSz"), LARGEST),
            **dict.fromkeys(("maxTriggerSz", "maxStopSz"), LARGEST),
        }

    @route(
        "GET",
        "/api/v5/account/config",
        limits=per_user("account/config", 5),
        note="uid, perm, ip, label and posMode alone; a key here is bound to no address",
    )
    def account_config(self, call: Call) -> object:
        account = self.world.accounts[call.alias]
        held = ",".join(word for name, word in RIGHTS.items() if name in account.permissions)
        own = {"uid": account.uid, "mainUid": account.uid, "label": account.alias}
        return [{**own, "perm": held, "ip": "", "posMode": "long_short_mode"}]

    @route(
        "GET",
        "/api/v5/account/positions",
        limits=per_user("account/positions", 10),
        note="all positions of a contract, margin mode and side as one, whoever was copied; mgnRatio and mmr are made "
        "up; posId is the oldest of the orders (guess)",
    )
    def account_positions(self, call: Call) -> object:
        kind = self.text(call.query, "instType", "SWAP")
        wanted = [name for name in self.text(call.query, "instId").split(",") if name]
        ids = [number for number in self.text(call.query, "posId").split(",") if number]
        if not all(map(is_digits, ids)):
            raise self.wrong("posId")
        held: defaultdict[Key, list[Position]] = defaultdict(list)
        for position in self._everything(call.alias):
            held[self.contract_of(position), position.cross, position.side].append(position)
        return [
            self._account_row(contract, cross, positions)
            for (contract, cross, _), positions in held.items()
            if kind == "SWAP" and (not wanted or contract.id in wanted) and (not ids or positions[0].id in ids)
        ]

    def _everything(self, alias: str) -> list[Position]:
        """Copies, lead positions and the account's own."""
        lead = self.world.lead(alias)
        return [*self.world.book.open_positions(alias), *(lead.positions if lead else [])]

    def _account_row(self, contract: Contract, cross: bool, positions: list[Position]) -> dict[str, str]:
        first, size = positions[0], total(p.size for p in positions)
        price = self.price(first)
        margin = total(p.margin for p in positions)
        profit = total(p.profit(price) for p in positions)
        contracts = contract.contracts(size)
        signed = f"-{contracts}" if self.options.net_mode and first.side == "short" else contracts
        dollars = size if contract.inverse else size * price
        return {
            **dict.fromkeys((*OF_OPTIONS, *OF_MARGIN), ""),
            "adl": "1",
            "availPos": contracts,
            "avgPx": plain(average_entry(positions)),
            "cTime": str(min(p.opened_at for p in positions)),
            "ccy": contract.currency,
            "imr": plain(margin) if cross else "",
            "instId": contract.id,
            "instType": "SWAP",
            "interest": "",
            "last": plain(price),
            "lever": plain(first.leverage),
            "liqPx": "" if cross else plain(round_to(first.liquidation(), self.world.market.coins[first.coin].tick)),
            "margin": "" if cross else plain(margin),
            "markPx": plain(price),
            "mgnMode": MARGIN_MODES[cross],
            "mgnRatio": "10",
            "mmr": plain(floor_to(margin / 100)),
            "notionalUsd": plain(floor_to(dollars)),
            "pos": signed,
            "posId": first.id,
            "posSide": "net" if self.options.net_mode else first.side,
            "tradeId": "",
            "uTime": str(max(p.updated_at for p in positions)),
            "upl": plain(floor_to(profit)),
            "uplRatio": plain(floor_to(profit / margin)),
            "usdPx": "1",
        }


def average_entry(positions: list[Position]) -> Decimal:
    """By size; of inverse contracts the harmonic one."""
    size = total(p.size for p in positions)
    if positions[0].inverse:
        return floor_to(size / total(p.size / p.entry for p in positions))
    return floor_to(total(p.size * p.entry for p in positions) / size)
