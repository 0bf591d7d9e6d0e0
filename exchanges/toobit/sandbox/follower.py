"""The follower's calls: what is copied, from whom, and how."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Call, Follow, NotEnough, Position, Trigger, floor_to, plain, round_to, route

from .config import CONFIG, Config
from .gate import WEIGHT, is_long

FOLLOWER = "/api/v2/copy-trading/follower"


class Follower(Config):
    """Reading and changing what the account copies."""

    # Reading

    @route(
        "GET",
        f"{FOLLOWER}/orders/current",
        limits=(WEIGHT,),
        note='liquidationPrice is "" for cross; currentPrice repeats the open price as in the sample (guess)',
    )
    def orders_current(self, call: Call) -> object:
        if self._nobody(call.alias):
            return []
        return [self._open_row(p) for p in self.world.book.open_positions(call.alias) if p.leader]

    @route(
        "GET",
        f"{FOLLOWER}/orders/history",
        limits=(WEIGHT,),
        note="newest first, and partly closed rows among them, is a guess",
    )
    def orders_history(self, call: Call) -> object:
        rows = [] if self._nobody(call.alias) else self._touched(call.alias)
        return self.numbered(call, rows, self._closed_row)

    @route("GET", f"{FOLLOWER}/leaders", limits=(WEIGHT,), note="the arithmetic between the sums is a guess")
    def leaders(self, call: Call) -> object:
        self._nobody(call.alias)
        return [self._leader_row(follow) for follow in self.world.copying.following(call.alias)]

    @route("GET", f"{FOLLOWER}/config", limits=(WEIGHT,), note="a missing leaderUserId answers -1130 (guess)")
    def config(self, call: Call) -> object:
        leader_id = call.query.get("leaderUserId", "")
        if not is_long(leader_id):
            raise self.invalid("leaderUserId")
        config = self._following(call.alias, leader_id).extra["config"]
        return {name: config[name] for name in CONFIG if name != "realInvestAmount"}  # 14 of 15 [seed]

    # Writing

    @route(
        "PUT",
        f"{FOLLOWER}/positions/stop-profit-loss",
        write=True,
        limits=(WEIGHT,),
        note='a missing rate keeps the old one, "0" clears, least rate 0.01, base is margin ROI: guesses',
    )
    def set_stop_profit_loss(self, call: Call) -> object:
        body = call.body
        leader_id = self.long(body, "leaderUserId")
        symbol = self.text(body, "symbolId")
        is_long = self.integer(body, "isLong", range(2))
        profit = self.rate(body, "stopProfitRate")
        loss = self.rate(body, "stopLossRate")
        delay = self.integer(body, "stopLossDelay") if "stopLossDelay" in body else None
        position = self._copy_of(self._following(call.alias, leader_id), symbol, is_long)
        if profit is not None or self.options.omitted_rate == "clear":
            position.take_profit = Trigger("roi", profit) if profit else None
        if loss is not None or self.options.omitted_rate == "clear":
            position.stop_loss = Trigger("roi", -loss) if loss else None
        if delay is not None:
            position.extra["stopLossDelay"] = delay
        return None

    @route(
        "PUT",
        f"{FOLLOWER}/config",
        write=True,
        limits=(WEIGHT,),
        note="minimum amounts, the error for a changed leverage, and how a fixed rate sizes are guesses; "
        "dailyMaxInvestAmount and maxInvestRate are kept, not applied",
    )
    def set_config(self, call: Call) -> object:
        config = self.read_config(call.body)
        follow = self._following(call.alias, config["leaderUserId"])
        old = follow.extra["config"]
        if Decimal(config["leverage"]) != Decimal(old["leverage"]) and self.world.copying.copies(follow):
            raise self.invalid("leverage")
        try:
            difference = Decimal(config["investAmount"]) - Decimal(old["investAmount"])
            self.world.copying.invest(follow, difference)
        except NotEnough:
            raise self.refuse(-1131) from None
        self.configure(follow, config)
        return None

    @route("DELETE", FOLLOWER + "/leaders/{leaderUserId}", write=True, limits=(WEIGHT,))
    def unfollow(self, call: Call) -> object:
        leader_id = call.path["leaderUserId"]
        if not is_long(leader_id) or int(leader_id) < 1:
            raise self.invalid("leaderUserId")
        follow = self._following(call.alias, leader_id)
        if self.world.copying.copies(follow):
            raise self.refuse(-120055)
        self.world.copying.unfollow(follow)
        return None

    # Rows

    def _open_row(self, position: Position) -> dict[str, object]:
        price = self.world.market.price(position.coin)
        entry = plain(position.entry)
        return {
            "leaderUserId": position.leader,
            **self._face(position),
            **_kind_of(position),
            "openAvgPrice": entry,
            "markPrice": plain(price),
            "currentPrice": entry,
            "quantity": plain(position.size),
            "margin": plain(floor_to(position.margin, Decimal("0.0001"))),
            "liquidationPrice": "" if position.cross else self._price(position, position.liquidation()),
            "unrealizedProfit": plain(round_to(position.profit(price), Decimal("0.01"))),
            "unrealizedProfitRate": plain(floor_to(position.roi(price), Decimal("0.0001"))),
            "stopProfitRate": plain(position.take_profit.value) if position.take_profit else "",
            "stopLossRate": plain(-position.stop_loss.value) if position.stop_loss else "",
        }

    def _closed_row(self, position: Position) -> dict[str, object]:
        kind = _kind_of(position)
        return {
            "symbolId": kind["symbolId"],
            "positionType": kind["positionType"],
            "leverage": kind["leverage"],
            "isLong": kind["isLong"],
            **self._face(position),
            "openTimeMs": str(position.opened_at),
            "lastCloseTimeMs": str(position.updated_at),
            "openAvgPrice": plain(position.entry),
            "closeAvgPrice": self._price(position, position.exit or ZERO),
            "maxPositionQuantity": plain(position.max_size),
            "closedQuantity": plain(position.closed_size),
            "realizedProfit": plain(position.realized),
            "closeStatus": 1 if position.size else 2,
        }

    def _face(self, position: Position) -> dict[str, object]:
        leader = self.world.copying.leaders[position.leader or ""]
        return {"leaderNickname": leader.name, "leaderAvatar": leader.avatar}

    def _leader_row(self, follow: Follow) -> dict[str, object]:
        copies = self.world.copying.copies(follow)
        free = self.world.ledger.balance(follow.wallet)
        floating = sum((p.profit(self.world.market.price(p.coin)) for p in copies), ZERO)
        amounts = {
            "marginBalance": free + sum((p.margin for p in copies), ZERO) + floating,
            "availableMargin": free,
            "unrealisedPnl": floating,
            "realisedProfit": follow.realized,
            "holdingProfitSharing": follow.withheld,
            "settledProfitSharing": follow.settled,
            "netProfit": follow.realized - follow.withheld - follow.settled,
        }
        return {
            "leaderUserId": follow.leader.id,
            "leaderNickname": follow.leader.name,
            "leaderAvatar": follow.leader.avatar,
            **{name: plain(floor_to(amount)) for name, amount in amounts.items()},
        }

    def _touched(self, alias: str) -> list[Position]:
        """Copies that are closed, wholly or in part."""
        book = self.world.book
        closed = [p for p in book.history if p.owner == alias and p.leader]
        partly = [p for p in book.open_positions(alias) if p.leader and p.closed_size]
        return sorted(closed + partly, key=lambda p: p.updated_at, reverse=True)

    def _price(self, position: Position, price: Decimal) -> str:
        return plain(round_to(price, self.world.market.coins[position.coin].tick))

    # Looking up

    def _nobody(self, alias: str) -> bool:
        """True when an empty list is to be shown; raises the error that means the same."""
        if self.world.copying.following(alias):
            return False
        if self.options.nobody_followed == "error":
            raise self.refuse(-32045)
        return True

    def _following(self, alias: str, leader_id: str) -> Follow:
        follow = self.world.copying.follows.get((alias, str(int(leader_id))))
        if follow is None:
            raise self.refuse(-32045)
        return follow

    def _copy_of(self, follow: Follow, symbol: str, is_long: int) -> Position:
        for position in self.world.copying.copies(follow):
            kind = _kind_of(position)
            if (kind["symbolId"], kind["isLong"]) == (symbol, is_long):
                return position
        raise self.invalid("symbolId")  # [guess]: no code for "no such position" is documented


def _kind_of(position: Position) -> dict[str, object]:
    return {
        "symbolId": f"{position.coin}-SWAP-USDT",
        "isLong": 1 if position.side == "long" else 0,
        "positionType": 0 if position.cross else 1,
        "leverage": plain(position.leverage),
    }
