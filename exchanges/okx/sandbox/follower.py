"""Copying somebody: start, change, stop, and what was set."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, CopySettings, Follow, Leader, Position, Trigger, floor_to, plain, route

from .contracts import Contract, total
from .gate import COPY, per_user
from .leaders import (
    MAX_COPY,
    MAX_RATIO,
    MAX_STOP_LOSS,
    MAX_TAKE_PROFIT,
    MAX_TOTAL,
    MIN_COPY,
    MIN_RATIO,
    Leaders,
)

CLOSE_TYPES = ("market_close", "copy_close", "manual_close")
SETTINGS = (
    "copyAmt",
    "copyInstIdType",
    "copyMgnMode",
    "copyMode",
    "copyRatio",
    "copyTotalAmt",
    "slRatio",
    "slTotalAmt",
    "subPosCloseType",
    "tag",
    "tpRatio",
)
"""What is kept of the settings as it was sent, and read back."""
CROSS = {"cross": True, "isolated": False, "copy": None}
SETTINGS_NOTE = (
    "copyAmt is margin and not value, tpRatio and slRatio are returns on margin, the codes of amounts out of range, "
    "and numbers instead of text refused: guesses; copyTotalAmt and slTotalAmt are kept, not applied"
)


class Follower(Leaders):
    """The relations of an account to the leaders whom it copies."""

    # Writing

    @route(
        "POST",
        f"{COPY}/first-copy-settings",
        write=True,
        limits=per_user("first-copy-settings"),
        note=SETTINGS_NOTE,
    )
    def follow(self, call: Call) -> object:
        leader = self._copyable(call)
        if (call.alias, leader.id) in self.world.copying.follows:
            raise self.refuse("59279")
        if not leader.open_to_follow:
            raise self.refuse("59276")
        if leader.extra.get("smart sync"):
            raise self.refuse("59292")
        kept, settings = self._settings(call.body, leader)
        if leader.followers >= leader.follower_limit:
            raise self.refuse("59277")
        relation = self.world.copying.follow(call.alias, leader, settings)
        relation.extra["settings"] = kept
        return [{"result": True}]

    @route(
        "POST",
        f"{COPY}/amend-copy-settings",
        write=True,
        limits=per_user("amend-copy-settings"),
        note=f"{SETTINGS_NOTE}; open copies stay as they are (guess)",
    )
    def amend_follow(self, call: Call) -> object:
        leader = self._copyable(call)
        relation = self.world.copying.follows.get((call.alias, leader.id))
        if relation is None:
            raise self.refuse("59280")
        relation.extra["settings"], relation.settings = self._settings(call.body, leader)
        return [{"result": True}]

    @route(
        "POST",
        f"{COPY}/stop-copy-trading",
        write=True,
        limits=per_user("stop-copy-trading"),
        note="done at once unless the switch stop_seconds says otherwise; whether subPosCloseType must be there is a "
        "switch too",
    )
    def unfollow(self, call: Call) -> object:
        leader = self._copyable(call)
        relation = self.world.copying.follows.get((call.alias, leader.id))
        if relation is None:
            raise self.refuse("59267")
        copies = self.world.copying.copies(relation)
        must = self.options.unfollow_says_how == "always" or copies
        way = self.choice(call.body, "subPosCloseType", CLOSE_TYPES, "" if must else "copy_close")
        self._stop(relation, copies, way)
        return [{"result": True}]

    def _stop(self, relation: Follow, copies: list[Position], way: str) -> None:
        """``copy_close``: copies close when the leader's position does, ``manual_close``: when the account says so."""
        parents = {position.id: position.parent for position in copies}
        self.world.copying.unfollow(relation, close=way == "market_close")
        if way == "copy_close":
            for position in copies:
                position.parent = parents[position.id]
        done = self.world.clock.now_ms() + self.options.stop_seconds * 1_000
        relation.leader.extra.setdefault("stopping", {})[relation.account] = done

    def _copyable(self, call: Call) -> Leader:
        """The leader of a write; whoever leads copies nobody [docs]."""
        if not self.swap(call.body):
            raise self.refuse("59264")
        leader = self.asked(call.body)
        lead = self.world.lead(call.alias)
        if lead:
            raise self.refuse("59274" if lead.leader is leader else "59258")
        if self.world.clock.now_ms() < leader.extra.get("stopping", {}).get(call.alias, 0):
            raise self.refuse("59278")
        return leader

    # Settings

    def _settings(self, body: Mapping[str, Any], leader: Leader) -> tuple[dict[str, str], CopySettings]:
        """The whole object, as text to read back and as the engine wants it."""
        cross = CROSS[self.choice(body, "copyMgnMode", tuple(CROSS))]
        self.choice(body, "subPosCloseType", CLOSE_TYPES)
        sizing = self.choice(body, "copyMode", ("fixed_amount", "ratio_copy"), "fixed_amount")
        value = self._fixed_amount(body) if sizing == "fixed_amount" else self._multiple(body)
        coins = self._coins(body, leader)
        take = self._bounded(body, "tpRatio", MAX_TAKE_PROFIT)
        stop = self._bounded(body, "slRatio", MAX_STOP_LOSS)
        self.amount(body, "slTotalAmt")
        kept = {name: self.text(body, name) for name in SETTINGS} | {"copyMode": sizing}
        kept["copyRatio" if sizing == "fixed_amount" else "copyAmt"] = ""
        return kept, CopySettings(
            mode="amount" if sizing == "fixed_amount" else "quantity",
            value=value,
            cross=cross,
            coins=coins,
            take_profit=Trigger("roi", take) if take else None,
            stop_loss=Trigger("roi", -stop) if stop else None,
        )

    def _fixed_amount(self, body: Mapping[str, Any]) -> Decimal:
        self.needed(body, "copyAmt")
        amount, ceiling = self.amount(body, "copyAmt"), self._ceiling(body)
        if amount is None or not MIN_COPY <= amount <= MAX_COPY:
            raise self.wrong("copyAmt")
        if ceiling < amount:
            raise self.refuse("59270")
        return amount

    def _multiple(self, body: Mapping[str, Any]) -> Decimal:
        self.needed(body, "copyRatio")
        self._ceiling(body)
        multiple = self.amount(body, "copyRatio")
        if multiple is None or not MIN_RATIO <= multiple <= MAX_RATIO:
            raise self.refuse("59259")
        return multiple

    def _ceiling(self, body: Mapping[str, Any]) -> Decimal:
        """Its lower limit is that of ``copyAmt`` [docs]."""
        self.needed(body, "copyTotalAmt")
        ceiling = self.amount(body, "copyTotalAmt")
        if ceiling is None or not MIN_COPY <= ceiling <= MAX_TOTAL:
            raise self.wrong("copyTotalAmt")
        return ceiling

    def _bounded(self, body: Mapping[str, Any], name: str, most: Decimal) -> Decimal:
        value = self.amount(body, name) or ZERO
        if value > most and name == "tpRatio":
            raise self.fill("59130", plain(most * 100))
        if value > most:
            raise self.wrong(name)
        return value

    def _coins(self, body: Mapping[str, Any], leader: Leader) -> frozenset[str] | None:
        """None = whatever the leader leads, now and later."""
        if self.choice(body, "copyInstIdType", ("custom", "copy")) == "copy":
            return None
        coins = {self.coin_of(inst_id) for inst_id in self.needed(body, "instId").split(",")}
        if not coins <= set(leader.coins):
            raise self.refuse("59268")
        return frozenset(coin for coin in coins if coin)

    # Reading

    @route(
        "GET",
        f"{COPY}/copy-settings",
        limits=per_user("copy-settings"),
        note="of a leader who is not copied: copyState 0 and empty texts (guess)",
    )
    def get_follow(self, call: Call) -> object:
        leader = self.asked(call.query)
        relation = self.world.copying.follows.get((call.alias, leader.id))
        kept = relation.extra["settings"] if relation else dict.fromkeys(SETTINGS, "")
        chosen = relation.settings.coins if relation else frozenset()
        return [
            {
                "ccy": "USDT",
                **kept,
                "copyState": "1" if relation else "0",
                "instIds": [
                    {"enabled": "1" if chosen is None or coin in chosen else "0", "instId": Contract(coin).id}
                    for coin in leader.coins
                ],
            }
        ]

    @route(
        "GET",
        f"{COPY}/current-lead-traders",
        limits=per_user("current-lead-traders"),
        note="empty where nobody is copied, or 59273: a switch; todayPnl is of the UTC day (guess)",
    )
    def my_leaders(self, call: Call) -> object:
        relations = self.world.copying.following(call.alias) if self.swap(call.query) else []
        if not relations and self.options.nobody_copied == "error":
            raise self.refuse("59273")
        return [self._my_leader(relation) for relation in relations]

    def _my_leader(self, relation: Follow) -> dict[str, str]:
        copies = self.world.copying.copies(relation)
        midnight = self.world.clock.now_ms() // 86_400_000 * 86_400_000
        today = [
            closing.profit
            for closing in self.world.book.closings
            if (closing.position.owner, closing.position.leader) == (relation.account, relation.leader.id)
            and closing.at >= midnight
        ]
        return {
            "beginCopyTime": str(relation.since),
            "ccy": "USDT",
            "copyTotalAmt": relation.extra["settings"]["copyTotalAmt"],
            "copyTotalPnl": plain(floor_to(relation.realized)),
            "leadMode": "public",
            "margin": plain(total(p.margin for p in copies)),
            "nickName": relation.leader.name,
            "portLink": relation.leader.avatar,
            "profitSharingRatio": plain(relation.leader.share),
            "todayPnl": plain(floor_to(total(today))),
            "uniqueCode": relation.leader.id,
            "upl": plain(floor_to(total(p.profit(self.price(p)) for p in copies))),
        }

    @route("GET", f"{COPY}/config", limits=per_user("config"), note="uniqueCode of who doesn't lead is made up")
    def account_role(self, call: Call) -> object:
        lead = self.world.lead(call.alias)
        uid = self.world.accounts[call.alias].uid
        follows = bool(self.world.copying.following(call.alias))
        swap = {
            "copyTraderNum": str(lead.leader.followers) if lead else "",
            "instType": "SWAP",
            "maxCopyTraderNum": str(lead.leader.follower_limit) if lead else "",
            "profitSharingRatio": plain(lead.leader.share) if lead else "",
            "roleType": "1" if lead else "2" if follows else "0",
        }
        spot = dict.fromkeys(swap, "") | {"instType": "SPOT", "roleType": "0"}
        return [
            {
                "details": [swap, spot],
                "nickName": lead.leader.name if lead else f"{uid[:3]}***{uid[-4:]}",
                "portLink": lead.leader.avatar if lead else "",
                "uniqueCode": lead.leader.id if lead else f"{int(uid):016X}",
            }
        ]
