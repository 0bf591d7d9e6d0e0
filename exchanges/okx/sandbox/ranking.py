"""The ranking of leaders: made anew every ten minutes, and paged by the version of the first page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Leader, World, floor_to, plain, route

from .contracts import Contract, Contracts
from .figures import DAY_MS, QUARTER, accumulated, daily, share, won_and_lost
from .gate import COPY, per_ip

EVERY_MS = 600_000
VERSIONS_KEPT = 5
SORTS = ("overview", "pnl", "aum", "win_ratio", "pnl_ratio", "current_copy_trader_pnl")
MIN_DAYS = {"1": 7, "2": 30, "3": 90, "4": 180}
"""``minLeadDays``: its 4 is not that of ``lastDays`` [docs]."""
PER_COPIER = Decimal(1_250)
"""What a copier puts in, for the sum of a leader's copiers; made up."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A leader as a version of the ranking has it."""

    row: Mapping[str, Any]
    by: Mapping[str, Decimal]
    """What each way to sort goes by."""
    days: int
    assets: Decimal
    aum: Decimal
    has_room: bool


class Ranking(Contracts):
    """The directory of leaders."""

    def __init__(self, world: World) -> None:
        self._versions: dict[str, list[Ranked]] = {}
        super().__init__(world)

    @route(
        "GET",
        f"{COPY}/public-lead-traders",
        public=True,
        limits=per_ip("public-lead-traders"),
        note="a version is made when it is first asked for; overview sorting, aum and copiers' pnl are made up; "
        "of spot leaders there is none",
    )
    def list_leaders(self, call: Call) -> object:
        query = call.query
        size = self.whole(query, "limit", 10, 20)
        page = self.whole(query, "page", 1, 10**6)
        sort = self.choice(query, "sortType", SORTS, "overview")
        version, everybody = self._version(self.text(query, "dataVer"))
        wanted = self._wanted(query, everybody) if self.swap(query) else []
        found = sorted(wanted, key=lambda ranked: ranked.by[sort], reverse=True)
        shown = [ranked.row for ranked in found[(page - 1) * size : page * size]]
        return [{"dataVer": version, "ranks": shown, "totalPage": str(-(-len(found) // size))}]

    def _wanted(self, query: Mapping[str, Any], everybody: list[Ranked]) -> list[Ranked]:
        room = self.choice(query, "state", ("0", "1"), "0") == "1"
        days = MIN_DAYS[self.choice(query, "minLeadDays", tuple(MIN_DAYS))] if query.get("minLeadDays") else 0
        bounds = {name: self.amount(query, name) for name in ("minAssets", "maxAssets", "minAum", "maxAum")}
        return [
            ranked
            for ranked in everybody
            if (ranked.has_room or not room)
            and ranked.days >= days
            and within(ranked.assets, bounds["minAssets"], bounds["maxAssets"])
            and within(ranked.aum, bounds["minAum"], bounds["maxAum"])
        ]

    def _version(self, wish: str) -> tuple[str, list[Ranked]]:
        """The version asked for; an unknown or forgotten one is the newest, without a word [docs]."""
        now = self.world.clock.now_ms()
        newest = version_at(now)
        if newest not in self._versions:
            self._versions[newest] = [self._ranked(leader) for leader in self.world.copying.leaders.values()]
        kept = {version_at(now - ago * EVERY_MS) for ago in range(VERSIONS_KEPT)}
        self._versions = {name: rows for name, rows in self._versions.items() if name in kept}
        name = wish if wish in self._versions else newest
        return name, self._versions[name]

    def _ranked(self, leader: Leader) -> Ranked:
        now = self.world.clock.now_ms()
        aum = leader.followers * PER_COPIER
        days = (now - leader.leading_since) // DAY_MS
        results = accumulated(leader, now, QUARTER)
        profit, ratio = (results[0].profit, results[0].ratio) if results else (Decimal(0), Decimal(0))
        won, lost = won_and_lost(daily(leader, now, QUARTER))
        by = {
            "overview": profit * (won + 1),
            "pnl": profit,
            "aum": aum,
            "win_ratio": Decimal(won) / max(1, won + lost),
            "pnl_ratio": ratio,
            "current_copy_trader_pnl": leader.follower_profit,
        }
        row = {
            "accCopyTraderNum": str(leader.followers_ever),
            "aum": plain(aum),
            "ccy": "USDT",
            "copyState": "0",  # nobody is known here [docs]
            "copyTraderNum": str(leader.followers),
            "leadDays": str(days),
            "maxCopyTraderNum": str(leader.follower_limit),
            "nickName": leader.name,
            "pnl": plain(profit),
            "pnlRatio": plain(ratio),
            "pnlRatios": [{"beginTs": str(r.at), "pnlRatio": plain(r.ratio)} for r in results],
            "portLink": leader.avatar,
            "traderInsts": [Contract(coin).id for coin in leader.coins],
            "uniqueCode": leader.id,
            "winRatio": share(won, won + lost),
        }
        assets = floor_to(self.world.ledger.balance(leader.owner))
        return Ranked(row, by, days, assets, aum, has_room=leader.followers < leader.follower_limit)


def version_at(now_ms: int) -> str:
    """``yyyymmddHHMMSS`` of the last full ten minutes; that it is in UTC is a [guess]."""
    return datetime.fromtimestamp((now_ms - now_ms % EVERY_MS) / 1_000, UTC).strftime("%Y%m%d%H%M%S")


def within(value: Decimal, least: Decimal | None, most: Decimal | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
