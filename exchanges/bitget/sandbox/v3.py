"""V3: the nine calls for leaders with a unified account. Known from client code alone; there are no examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar

from unifiedcopy.sandbox import (
    ZERO,
    Call,
    Follower,
    Lead,
    NotEnough,
    Position,
    ProfitShare,
    fixed,
    floor_to,
    plain,
    route,
)

from .desk import MAX_FOLLOW_SIZE, symbol_of
from .figures import percent
from .gate import fill, per_uid
from .leading import DAY_MS
from .trader_desk import TraderDesk

COPY = "/api/v3/copy/futures"
ACCOUNTS = ("funding", "uta", "otc")
Row = TypeVar("Row")
FIELDS = "fields, types and paging are known from client code only"


def guessed(name: str, count: int, note: str = "") -> dict[str, Any]:
    fidelity: Literal["guessed"] = "guessed"
    text = f"{FIELDS}; {note}" if note else FIELDS
    return {"limits": per_uid(f"v3/{name}", count), "fidelity": fidelity, "note": text}


class VersionThree(TraderDesk):
    """The leader's side alone: no follower has a call here. Classic accounts get 40084."""

    # Positions

    @route(
        "GET",
        f"{COPY}/trading-pairs",
        **guessed("trading-pairs", 5, "the largest sizes are one number for all symbols"),
    )
    def v3_trading_pairs(self, call: Call) -> object:
        lead = self.leading(call)
        return [
            {
                "symbol": symbol_of(coin),
                "leverage": plain(rule.leverage),
                "marginDetails": [room(coin, lead.positions)],
            }
            for coin, rule in lead.rules.items()
        ]

    @route(
        "GET",
        f"{COPY}/position-summary",
        **guessed("position-summary", 5, "one row for each symbol and side; roi is in percent"),
    )
    def v3_position_summary(self, call: Call) -> object:
        positions = self.leading(call).positions
        groups = dict.fromkeys((position.coin, position.side) for position in positions)
        return [self._v3_summary([p for p in positions if (p.coin, p.side) == group]) for group in groups]

    # Money

    @route(
        "GET", f"{COPY}/max-transferable", **guessed("max-transferable", 1, "what leads and is not margin can go out")
    )
    def v3_max_transferable(self, call: Call) -> object:
        lead = self.leading(call)
        free = self.world.ledger.balance(lead.leader.owner, self.needed(call.query, "coin").upper())
        return {"maxTransferable": fixed(free, 8), "available": fixed(free, 8)}

    @route(
        "POST",
        f"{COPY}/transfer",
        write=True,
        **guessed("transfer", 1, "in is towards the copy account; the three other accounts are one here"),
    )
    def v3_transfer(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        inwards = self.choice(body, "type", ("in", "out")) == "in"
        coin, amount = self.needed(body, "coin").upper(), self.amount(body, "amount")
        other = self.choice(body, "inAccountType", ACCOUNTS, "uta")
        if not self.text(body, "amount"):
            raise self.refuse("40019", fill("40019", "amount"))
        if not amount:
            raise self.invalid()
        ends, names = (call.alias, lead.leader.owner), (other, "copy")
        source, target = ends if inwards else ends[::-1]
        try:
            self.world.ledger.move(source, target, amount, coin)
        except NotEnough:
            raise self.refuse("43012") from None
        record = {
            "transferId": self.world.new_id(),
            "fromType": names[0 if inwards else 1],
            "toType": names[1 if inwards else 0],
            "coin": coin,
            "amount": plain(amount),
            "status": "successful",
            "createdTime": str(call.request.at),
        }
        lead.extra.setdefault("transfers", []).append(record)
        return {"transferId": record["transferId"]}

    @route("GET", f"{COPY}/transfer-record", **guessed("transfer-record", 1, "newest first"))
    def v3_transfer_record(self, call: Call) -> object:
        since, until = self.window(call.query)
        kept: list[dict[str, str]] = self.leading(call).extra.get("transfers", [])[::-1]
        found = [record for record in kept if since <= int(record["createdTime"]) <= until]
        shown, _ = self._v3_page(found, call.query, lambda record: record["transferId"])
        return {"list": shown}

    # Followers

    @route(
        "GET",
        f"{COPY}/current-follower",
        **guessed(
            "current-follower", 1, "estimateAssets is the equity, totalAssets the invested money and its results"
        ),
    )
    def v3_current_followers(self, call: Call) -> object:
        lead = self.leading(call)
        shown, end_id = self._v3_page(lead.followers, call.query, lambda follower: follower.uid)
        return {"list": [self._v3_follower(lead, follower) for follower in shown], "endId": end_id}

    @route("GET", f"{COPY}/history-follower", **guessed("history-follower", 1, "the last to leave comes first"))
    def v3_former_followers(self, call: Call) -> object:
        former = self.leading(call).former[::-1]
        shown, end_id = self._v3_page(former, call.query, lambda follower: follower.uid)
        rows = [{**of_follower(follower), "endTime": str(follower.left_at)} for follower in shown]
        return {"list": rows, "endId": end_id}

    # Profit shares

    @route("GET", f"{COPY}/profit-summary", **guessed("profit-summary", 1, "totalProfit is what is paid and to come"))
    def v3_profit_summary(self, call: Call) -> object:
        lead = self.leading(call)
        paid, waiting = self.in_usdt(lead.shares), self.in_usdt(lead.pending)
        return {
            "totalProfit": fixed(paid + waiting, 8),
            "totalAllocatedProfit": fixed(paid, 8),
            "totalPendingProfit": fixed(waiting, 8),
        }

    @route(
        "GET",
        f"{COPY}/profit-details",
        **guessed("profit-details", 1, "paid shares, newest first; profit is what the share was taken from; reason"),
    )
    def v3_profit_details(self, call: Call) -> object:
        lead = self.leading(call)
        since, until = self.window(call.query)
        found = [share for share in lead.shares[::-1] if since <= share.at <= until]
        shown, cursor = self._v3_page(found, call.query, lambda share: share.id)
        return {"list": [of_share(lead, share) for share in shown], "nextCursor": cursor}

    # Parameters and rows

    def _v3_page(
        self, rows: Sequence[Row], query: Mapping[str, Any], key: Callable[[Row], str]
    ) -> tuple[list[Row], str]:
        """What comes behind the row that ``cursor`` names, and the next cursor; empty at the end."""
        size, cursor = self.whole(query, "limit", 20, 100), self.text(query, "cursor")
        keys = [key(row) for row in rows]
        if cursor and cursor not in keys:
            raise self.invalid()
        start = keys.index(cursor) + 1 if cursor else 0
        shown = list(rows[start : start + size])
        return shown, key(shown[-1]) if len(rows) > start + size else ""

    def _v3_summary(self, group: Sequence[Position]) -> dict[str, str]:
        first, price = group[0], self.world.market.price(group[0].coin)
        size, margin = sum((p.size for p in group), ZERO), sum((p.margin for p in group), ZERO)
        profit = sum((p.profit(price) for p in group), ZERO)
        tick = self.world.market.coins[first.coin].tick
        return {
            "symbol": symbol_of(first.coin),
            "holdSide": first.side,
            "holdSize": plain(size),
            "avgPrice": plain(floor_to(sum((p.entry * p.size for p in group), ZERO) / size)),
            "markPrice": plain(price),
            "liqPrice": plain(max(ZERO, floor_to(first.liquidation(), tick))),
            "leverage": plain(first.leverage),
            "marginMode": "crossed" if first.cross else "isolated",
            "margin": plain(margin),
            "positionValue": plain(size * price),
            "unrealizedPnl": fixed(profit, 8),
            "realizedPnl": fixed(sum((p.realized for p in group), ZERO), 8),
            "roi": percent(profit / margin),
        }

    def _v3_follower(self, lead: Lead, follower: Follower) -> dict[str, str]:
        days = (self.world.clock.now_ms() - follower.since) // DAY_MS
        results = follower.invested + follower.profit - follower.follow.settled - follower.follow.withheld
        assets = {"estimateAssets": fixed(lead.equity_of(follower), 8), "totalAssets": fixed(results, 8)}
        known = of_follower(follower)
        return {
            "followerName": known.pop("followerName"),
            **assets,
            **{name: known[name] for name in ("totalProfit", "totalShareProfit", "totalInvestment")},
            "canRemove": "yes" if self.removable(lead, follower) else "no",
            "followDays": str(days),
            "startTime": known["startTime"],
        }


def room(coin: str, positions: Sequence[Position]) -> dict[str, str]:
    held: dict[str, Decimal] = {"long": ZERO, "short": ZERO}
    for position in positions:
        if position.coin == coin:
            held[position.side] += position.size
    return {
        "marginCoin": "USDT",
        "maxLongCount": plain(MAX_FOLLOW_SIZE),
        "remainingLongCount": plain(MAX_FOLLOW_SIZE - held["long"]),
        "maxShortCount": plain(MAX_FOLLOW_SIZE),
        "remainingShortCount": plain(MAX_FOLLOW_SIZE - held["short"]),
    }


def of_follower(follower: Follower) -> dict[str, str]:
    return {
        "followerName": follower.name,
        "totalProfit": fixed(follower.profit, 8),
        "totalShareProfit": fixed(follower.follow.settled, 8),
        "totalInvestment": fixed(follower.invested, 8),
        "startTime": str(follower.since),
    }


def of_share(lead: Lead, share: ProfitShare) -> dict[str, str]:
    return {
        "followerName": share.follower.name,
        "profit": fixed(share.amount / lead.leader.share, 8),
        "allocatedPnl": fixed(share.amount / lead.leader.share, 8),
        "pendingPnl": "0",
        "shareRatio": percent(lead.leader.share),
        "shareProfit": fixed(share.amount, 8),
        "reason": "settle",
        "settleTime": str(share.at),
    }
