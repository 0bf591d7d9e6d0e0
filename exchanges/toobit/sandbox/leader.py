"""The leader's calls: lead positions, figures, profit shares, settings, followers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from statistics import mean, stdev

from unifiedcopy.sandbox import ZERO, Call, Follower, Lead, Position, floor_to, plain, round_to, route

from .gate import WEIGHT, is_long
from .lead_config import ORDER, LeadConfig

LEADER = "/api/v2/copy-trading/leader"
DAY_MS = 86_400_000
WINDOWS = ("7", "30", "90", "180", "365")
LATEST = 100
"""Most profit shares that are shown [docs]."""
CENTS, PARTS = Decimal("0.01"), Decimal("0.0001")


class LeaderSide(LeadConfig):
    """What a leader sees and changes; every other account is told that it doesn't lead."""

    # Positions

    @route(
        "GET",
        f"{LEADER}/orders/current",
        limits=(WEIGHT,),
        note="profitRate as a fraction of the margin, quantity in coins (switchable), newPrice as the mark price: "
        "guesses, the sample's numbers don't fit each other",
    )
    def lead_orders_current(self, call: Call) -> object:
        return [self._lead_row(position) for position in self._lead(call).positions]

    @route(
        "GET",
        f"{LEADER}/orders/history",
        limits=(WEIGHT,),
        note="size up to 100, newest first, partly closed rows among them, profit and positionProfit both without "
        "fees: guesses",
    )
    def lead_orders_history(self, call: Call) -> object:
        lead = self._lead(call)
        partly = [position for position in lead.positions if position.closed_size]
        found = sorted([*lead.history, *partly], key=lambda p: p.updated_at, reverse=True)
        return self.numbered(call, found, self._past_row)

    # Figures

    @route(
        "GET",
        f"{LEADER}/trade-data",
        limits=(WEIGHT,),
        note="profitRate on the deposit, sharpeRatio of the days, tradingFrequency in trades a day, and what "
        "followers have earned since the beginning: guesses",
    )
    def lead_trade_data(self, call: Call) -> object:
        lead, window = self._lead(call), call.query.get("type", "7")
        if window not in WINDOWS:
            raise self.invalid("type")
        return [self._figures(lead, int(window), call.request.at)]

    @route(
        "GET",
        f"{LEADER}/profit-sharings/history",
        limits=(WEIGHT,),
        note="one row for each period that is over, dated the day after it, newest first; the recommender's part is "
        "recommendShareRate of it: guesses that fit the sample",
    )
    def lead_profit_shares(self, call: Call) -> object:
        lead = self._lead(call)
        config, today = lead.extra["config"], _day(call.request.at)
        rate = Decimal(config["recommendShareRate"]) if config.get("recommendShare") else ZERO
        shares = sorted(lead.shares, key=lambda share: share.at)
        rows = []
        for due, group in groupby(shares, key=lambda share: _due(_day(share.at), config["profitPeriod"])):
            if due > today:
                continue
            total = sum((share.amount for share in group), ZERO)
            recommender = floor_to(total * rate)
            year, week, _ = (due - timedelta(days=1)).isocalendar()
            rows.append(
                {
                    "totalProfitSharing": plain(total),
                    "weekOfYear": week,
                    "year": year,
                    "sharingDate": due.isoformat(),
                    "recommendUserShare": plain(recommender),
                    "realProfitShare": plain(total - recommender),
                }
            )
        return rows[: -LATEST - 1 : -1]

    @route("GET", f"{LEADER}/symbols", limits=(WEIGHT,), note="all contracts, those not led among them (guess)")
    def lead_symbols(self, call: Call) -> object:
        lead = self._lead(call)
        return [
            {
                "symbolId": f"{coin}-SWAP-USDT",
                "leverage": plain(lead.rules[coin].leverage if coin in lead.rules else lead.leader.leverage),
                "isLead": int(coin in lead.rules),
            }
            for coin in self.world.market.coins
        ]

    # Settings

    @route("GET", f"{LEADER}/config", limits=(WEIGHT,), note="what was never set is left out (docs: null is omitted)")
    def lead_config(self, call: Call) -> object:
        config = self._lead(call).extra["config"]
        return {name: config[name] for name in ORDER if name in config}

    @route(
        "PUT",
        f"{LEADER}/config",
        write=True,
        limits=(WEIGHT,),
        note="which fields may be missing follows the two samples; ranges, -1130 for a bad invite code, and the unit "
        "of profitRate (switchable) are guesses; pauses, limits and invitations are kept, not applied",
    )
    def set_lead_config(self, call: Call) -> object:
        lead = self._lead(call)
        self.configure_lead(lead, self.read_lead_config(call.body))
        return None

    # Followers

    @route("GET", f"{LEADER}/followers", limits=(WEIGHT,), note="size up to 100 (guess); no ids in the rows (docs)")
    def lead_followers(self, call: Call) -> object:
        lead = self._lead(call)
        return self.numbered(call, lead.followers, lambda follower: self._follower_row(lead, follower, call.request.at))

    @route(
        "DELETE",
        LEADER + "/followers/{followerUserId}",
        write=True,
        limits=(WEIGHT,),
        note="-120047 for an account that doesn't lead (guess)",
    )
    def remove_follower(self, call: Call) -> object:
        lead = self.world.lead(call.alias)
        if lead is None:
            raise self.refuse(-120047)
        uid = call.path["followerUserId"]
        if not is_long(uid) or int(uid) < 1:
            raise self.invalid("followerUserId")
        follower = next((found for found in lead.followers if found.uid == uid), None)
        if follower is None:
            raise self.refuse(-32045)
        if lead.copying.copies(follower.follow):
            raise self.refuse(-120055)
        lead.remove(follower)
        return None

    def _lead(self, call: Call) -> Lead:
        lead = self.world.lead(call.alias)
        if lead is None:
            raise self.refuse(-120041)
        return lead

    # Rows

    def _lead_row(self, position: Position) -> dict[str, object]:
        price = self.world.market.price(position.coin)
        copies = self.world.book.children(position)
        unit = self.world.market.coins[position.coin].lot if self.options.lead_quantity == "contracts" else Decimal(1)
        return {
            "symbolId": f"{position.coin}-SWAP-USDT",
            "symbolName": f"{position.coin}USDT Perpetual",
            "isLong": int(position.side == "long"),
            "positionType": int(not position.cross),
            "leverage": plain(position.leverage),
            "openTime": str(position.opened_at),
            "quantity": plain(position.size / unit),
            "newPrice": plain(price),
            "openPrice": plain(position.entry),
            "totalFollowerCount": str(len(copies)),
            "totalFollowerMargin": plain(floor_to(sum((copy.margin for copy in copies), ZERO), PARTS)),
            "profitRate": plain(floor_to(position.roi(price), PARTS)),
            "markPrice": plain(price),
        }

    def _past_row(self, position: Position) -> dict[str, object]:
        coin, profit = self.world.market.coins[position.coin], plain(floor_to(position.realized))
        return {
            "symbolId": f"{position.coin}-SWAP-USDT",
            "isLong": int(position.side == "long"),
            "positionType": int(not position.cross),
            "leverage": plain(position.leverage),
            "openPrice": plain(position.entry),
            "closePrice": plain(round_to(position.exit or ZERO, coin.tick)),
            "openTime": str(position.opened_at),
            "closeTime": str(position.updated_at),
            "profit": profit,
            "status": 1 if position.size else 2,
            "openQty": plain(position.max_size),
            "closeQty": plain(position.closed_size),
            "positionProfit": profit,
            "openFee": plain(position.open_fee),
            "closeFee": plain(position.close_fee),
        }

    def _follower_row(self, lead: Lead, follower: Follower, now: int) -> dict[str, object]:
        margin = sum((copy.margin for copy in lead.copying.copies(follower.follow)), ZERO)
        return {
            "followerNickname": f"****{follower.uid[-3:]}",
            "followAmountLimit": plain(follower.invested),
            "totalFollowMargin": plain(floor_to(margin, PARTS)),
            "totalProfit": plain(floor_to(follower.profit, PARTS)),
            "followRunningMills": str(now - follower.since),
        }

    def _figures(self, lead: Lead, days: int, now: int) -> dict[str, object]:
        leader, since = lead.leader, now - days * DAY_MS
        closed = [position for position in lead.history if position.updated_at >= since]
        profits = [position.realized for position in closed]
        total = sum(profits, ZERO)
        wins, losses = [p for p in profits if p > 0], [-p for p in profits if p <= 0]
        rates = [day.roi for day in leader.days if day.at >= since]
        spread = stdev(rates) if len(rates) > 1 else ZERO
        ratio = mean(wins) / mean(losses) if wins and losses and any(losses) else ZERO
        managed = sum((lead.equity_of(follower) for follower in lead.followers), ZERO)
        active = min(days, (now - leader.leading_since) // DAY_MS)
        return {
            "profitRate": plain(floor_to(total / leader.deposit, PARTS)),
            "accumulatedProfit": plain(floor_to(total, PARTS)),
            "orderCount": len(closed),
            "winRate": plain(floor_to(Decimal(len(wins)) / len(closed), PARTS)) if closed else "0",
            "currentFollowerCount": str(leader.followers),
            "followerTotalProfit": plain(floor_to(leader.follower_profit, PARTS)),
            "sharpeRatio": plain(floor_to(mean(rates) / spread, PARTS)) if spread else "0",
            "totalFollowerCount": str(leader.followers_ever),
            "assetManagementScale": plain(floor_to(managed, PARTS)),
            "profitLossRatio": f"{plain(round_to(ratio, CENTS))}:1",
            "tradingFrequency": plain(floor_to(Decimal(len(closed)) / days, CENTS)),
            "tradingDays": active,
        }


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1_000, UTC).date()


def _due(earned: date, period: int) -> date:
    """When the share of a day's profit is paid: the next day, or the Monday after."""
    return earned + timedelta(days=1 if period == 1 else 7 - earned.weekday())
