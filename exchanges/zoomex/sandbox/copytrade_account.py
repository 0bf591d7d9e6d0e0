"""The old copy-trade tree's positions, wallet, leverage and contracts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import (
    ZERO,
    Call,
    Lead,
    NotEnough,
    Position,
    Side,
    SymbolRule,
    floor_to,
    plain,
    round_to,
    route,
)

from .copytrade_gate import COINS, PRIVATE, PUBLIC, per_minute
from .copytrade_orders import CopyTradeOrders
from .desk import FEE, Instrument
from .modes import MAX_LEVERAGE

DAY_MS = 86_400_000
TRANSFER_ID = re.compile(r"[0-9a-fA-F-]{32,37}")
"""A UUID; the sample's has one digit too many [docs]."""
SIDES: dict[str, Side] = {"1": "long", "2": "short"}
WALLETS = ("CONTRACT", "COPYTRADING")


class CopyTradeAccount(CopyTradeOrders):
    """What a leader holds as a whole."""

    @route("GET", f"{PUBLIC}/symbol/list", public=True, note="which contracts can be led is the emulator's choice")
    def lead_symbols(self, call: Call) -> object:
        listed = self.instruments().values()
        return {"list": [self._symbol_row(i) for i in listed if i.coin in COINS and not i.inverse]}

    # Positions

    @route(
        "GET",
        f"{PRIVATE}/position/list",
        limits=per_minute("position/list", 75),
        note="one row for all open orders of a symbol and side; only sizes above 0 (guess)",
    )
    def lead_positions(self, call: Call) -> object:
        lead = self.leading(call)
        pair = self.pair(call.query) if call.query.get("symbol") else None
        groups: dict[tuple[str, Side], list[Position]] = {}
        for position in lead.positions:
            if pair in (None, self.instrument_of(position)):
                groups.setdefault((position.coin, position.side), []).append(position)
        return {"list": [self._lead_position_row(lead, held) for held in groups.values()]}

    @route(
        "GET",
        f"{PRIVATE}/position/close",
        write=True,
        limits=per_minute("position/close", 75),
        note="the method of the page's table; the sample's POST works as well; close_type is 1 when absent as in the "
        "sample, parts are taken from the oldest order first: guesses",
    )
    @route("POST", f"{PRIVATE}/position/close", write=True, limits=per_minute("position/close", 75), note="as by GET")
    def lead_position_close(self, call: Call) -> object:
        given: Mapping[str, Any] = call.body or call.query
        instrument, lead = self.pair(given), self.leading(call)
        side = SIDES.get(str(given.get("positionIdx", "")))
        how = str(given.get("close_type", "1"))
        if side is None or how not in ("1", "2"):
            raise self.deny(10001, "params error: positionIdx or close_type invalid")
        held = [p for p in lead.positions if (p.coin, p.side) == (instrument.coin, side)]
        if not held:
            raise self.deny(30009)
        whole = sum((position.size for position in held), ZERO)
        left = self.number(given, "qty") if how == "2" else whole
        if left <= 0 or left % instrument.step:
            raise self.deny(10001, "params error: qty invalid")
        if left > whole:
            raise self.deny(30063)
        for position in held:
            part = min(left, position.size)
            if part:
                self.close_lead(position, part)
                left -= part
        return {}

    @route(
        "POST",
        f"{PRIVATE}/position/set-leverage",
        write=True,
        limits=per_minute("position/set-leverage", 75),
        note="integers from 1 to 100; 34036 when nothing changes, open positions get it too: guesses",
    )
    def lead_set_leverage(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        instrument = self.pair(body)
        buy, sell = (self.number(body, name) for name in ("buyLeverage", "sellLeverage"))
        if buy != sell or buy % 1 or not 1 <= buy <= MAX_LEVERAGE:
            raise self.deny(10001, "params error: leverage invalid")
        if lead.rules[instrument.coin].leverage == buy:
            raise self.deny(34036)
        self._put_lead_leverage(lead, instrument, buy)
        return {}

    def _put_lead_leverage(self, lead: Lead, instrument: Instrument, leverage: Decimal) -> None:
        """All open positions of the coin get it, or nothing changes."""
        held = [position for position in lead.positions if position.coin == instrument.coin]
        before = [position.leverage for position in held]
        try:
            for position in held:
                self.world.book.set_leverage(position, leverage)
        except NotEnough:
            for position, old in zip(held, before, strict=True):
                if position.leverage != old:
                    self.world.book.set_leverage(position, old)
            raise self.deny(10001, "available balance not enough") from None
        lead.set_rule(instrument.coin, SymbolRule(leverage))

    # Wallet

    @route("GET", f"{PRIVATE}/wallet/balance", limits=per_minute("wallet/balance", 120))
    def lead_wallet(self, call: Call) -> object:
        """``realisedPnl`` is today's [docs]."""
        lead = self.leading(call)
        free = self.world.ledger.balance(lead.leader.owner)
        margin = sum((position.margin for position in lead.positions), ZERO)
        closings = [c for c in self.world.book.closings if c.position.owner == lead.leader.owner]
        today = call.request.at - call.request.at % DAY_MS
        amounts = {
            "availableBalance": free,
            "usedMargin": margin,
            "orderMargin": ZERO,
            "positionMargin": margin,
            "walletBalance": free + margin,
            "realisedPnl": sum((c.profit - c.fee for c in closings if c.at >= today), ZERO),
            "unrealisedPnl": lead.equity - free - margin,
            "cumRealisedPnl": sum((c.profit - c.fee for c in closings), ZERO),
        }
        texts = {name: plain(floor_to(amount)) for name, amount in amounts.items()}
        return {**texts, "coin": "USDT", "equity": plain(floor_to(lead.equity))}

    @route(
        "POST",
        f"{PRIVATE}/wallet/transfer",
        write=True,
        limits=per_minute("wallet/transfer", 120),
        note="10001 for a transferId that was used and for lack of money (guess)",
    )
    def lead_transfer(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        transfer = self.required(body, "transferId")
        used = lead.extra.setdefault("transfers", set())
        if not TRANSFER_ID.fullmatch(transfer) or transfer in used:
            raise self.deny(10001, "params error: transferId invalid")
        source, target = (self.required(body, name) for name in ("fromAccountType", "toAccountType"))
        if {source, target} != set(WALLETS) or self.required(body, "coin") != "USDT":
            raise self.deny(10001, "params error: coin, fromAccountType or toAccountType invalid")
        amount = self.number(body, "amount")
        if amount <= 0:
            raise self.deny(10001, "params error: amount invalid")
        wallets = {"CONTRACT": call.alias, "COPYTRADING": lead.leader.owner}
        try:
            self.world.ledger.move(wallets[source], wallets[target], amount)
        except NotEnough:
            raise self.deny(10001, "balance not enough") from None
        used.add(transfer)
        return {"transferId": transfer}

    # Rows

    def _lead_position_row(self, lead: Lead, held: list[Position]) -> dict[str, object]:
        """Keys in the order of the sample; ``positionIdx`` is text here [docs]."""
        first, instrument = held[0], self.instrument_of(held[0])
        size = sum((position.size for position in held), ZERO)
        value = sum((position.value(position.entry) for position in held), ZERO)
        price = self.world.market.price(first.coin)
        entry = value / size
        liquidation = instrument.price(round_to(entry * (1 - first.sign / first.leverage), instrument.tick))
        fees = sum((p.open_fee + p.close_fee for p in held), ZERO)
        closing_fee = floor_to(size * price * FEE)
        return {
            "symbol": instrument.symbol,
            "side": "Buy" if first.side == "long" else "Sell",
            "size": plain(size),
            "positionValue": plain(floor_to(value)),
            "entryPrice": plain(floor_to(entry)),
            "liqPrice": liquidation,
            "bustPrice": liquidation,
            "markPrice": instrument.price(price),
            "leverage": plain(first.leverage),
            "isIsolated": not first.cross,
            "positionMargin": plain(sum((position.margin for position in held), ZERO) + closing_fee),
            "occClosingFee": plain(closing_fee),
            "occFundingFee": "0",
            "cumRealisedPnl": plain(floor_to(sum((p.realized for p in held), ZERO) - fees)),
            "freeQty": plain(size),
            "unrealisedPnl": plain(floor_to(sum((p.profit(price) for p in held), ZERO))),
            "positionIdx": "1" if first.side == "long" else "2",
            "createdTime": str(min(position.opened_at for position in held)),
            "updatedTime": str(max(position.updated_at for position in held)),
        }

    def _symbol_row(self, instrument: Instrument) -> dict[str, object]:
        tick, step = plain(instrument.tick), plain(instrument.step)
        return {
            "symbol": instrument.symbol,
            "baseCurrency": instrument.coin,
            "quoteCurrency": "USDT",
            "priceScale": str(len(tick.partition(".")[2])),
            "takerFee": "0.00060",
            "makerFee": "0.00020",
            "fundingInterval": "480",
            "leverageFilter": {"maxLeverage": str(MAX_LEVERAGE), "minLeverage": "1"},
            "priceFilter": {"minPrice": tick, "maxPrice": "999999.0", "tickSize": tick},
            "lotSizeFilter": {"qtyStep": step, "maxOrderQty": "100.000", "minOrderQty": step},
        }
