"""Sub-positions: each order that leads or copies is a position of its own, to be read, guarded and closed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Position, Trigger, plain, route

from .contracts import opened
from .follower import Follower
from .gate import COPY, QUARTER_MS, is_digits, per_user

TRIGGER_TYPES = ("last", "index", "mark")


class SubPositions(Follower):
    """Positions of accounts that lead and, as far as the venue lets them, of accounts that copy."""

    @route(
        "GET",
        f"{COPY}/current-subpositions",
        limits=per_user("current-subpositions", 20),
        note="documented for lead positions alone; whether subPosType=copy lists copies is a switch (guess)",
    )
    def current_subpositions(self, call: Call) -> object:
        found = self.world.book.open_positions(self._owner_listed(call)) if self._listed(call) else []
        return [
            {
                **self._row(position),
                **self.side_and_size(position, opened(position), net=self.options.net_mode),
                **self.floating(position),
                **stops(position),
                "availSubPos": self.contract_of(position).contracts(position.size),
            }
            for position in self.by_id(self._chosen(call, found), call.query, most=500)
        ]

    @route(
        "GET",
        f"{COPY}/subpositions-history",
        limits=per_user("subpositions-history", 20),
        note="documented for lead positions alone, see current-subpositions; profitSharingAmt is that of the leader",
    )
    def subpositions_history(self, call: Call) -> object:
        since = self.world.clock.now_ms() - QUARTER_MS
        owner = self._owner_listed(call)
        book = self.world.book
        closed = [p for p in book.history if p.owner == owner and p.updated_at >= since]
        partly = [p for p in book.open_positions(owner) if p.closed_size]
        found = [*closed, *partly] if self._listed(call) else []
        return [self._closed_row(position) for position in self.by_id(self._chosen(call, found), call.query)]

    @route(
        "POST",
        f"{COPY}/algo-order",
        write=True,
        limits=per_user("algo-order", 20),
        note="subPosType=copy stands on the Chinese page alone; every trigger looks at one price; the codes for a "
        "price on the wrong side come from the general error table (guess)",
    )
    def algo_order(self, call: Call) -> object:
        body = call.body
        position = self._named(call)
        prices = {name: self.amount(body, f"{name}TriggerPx") for name in ("tp", "sl")}
        for name in prices:
            self.choice(body, f"{name}TriggerPxType", TRIGGER_TYPES, "last")
            if self.text(body, f"{name}OrdPx", "-1") != "-1":  # only for spot leaders [docs]
                raise self.wrong(f"{name}OrdPx")
        if prices["tp"] is prices["sl"] is None:
            raise self.missing("tpTriggerPx")
        tag = self.tag(call)
        self._check_side(position, prices["tp"], prices["sl"])
        if prices["tp"] is not None:
            position.take_profit = Trigger("price", prices["tp"]) if prices["tp"] else None
        if prices["sl"] is not None:
            position.stop_loss = Trigger("price", prices["sl"]) if prices["sl"] else None
        position.extra["algoId"] = self.world.new_id()
        return [{"subPosId": position.id, "tag": tag}]

    def _check_side(self, position: Position, take: Decimal | None, stop: Decimal | None) -> None:
        price, long = self.price(position), position.side == "long"
        if take and (take - price) * position.sign <= 0:
            raise self.refuse("51279" if long else "51277")
        if stop and (price - stop) * position.sign <= 0:
            raise self.refuse("51280" if long else "51278")

    @route(
        "POST",
        f"{COPY}/close-subposition",
        write=True,
        limits=per_user("close-subposition", 20),
        note="subPosType=copy is known from clients alone",
    )
    def close_subposition(self, call: Call) -> object:
        position = self._named(call)
        tag = self.tag(call)
        if self.choice(call.body, "ordType", ("market", "limit"), "market") == "limit":  # spot leaders alone [docs]
            raise self.wrong("ordType")
        self.world.book.close(position)
        return [{"subPosId": position.id, "tag": tag}]

    # Which positions

    def _owner(self, alias: str, *, copies: bool) -> str:
        lead = self.world.lead(alias)
        return alias if copies else lead.leader.owner if lead else ""

    def _owner_listed(self, call: Call) -> str:
        wish = self.choice(call.query, "subPosType", ("lead", "copy"), "lead")
        return self._owner(call.alias, copies=wish == "copy" and self.options.copied_positions == "listed")

    def _listed(self, call: Call) -> bool:
        """Of spot there is nothing; without a type it is all types [docs]."""
        return self.swap(call.query)

    def _chosen(self, call: Call, found: list[Position]) -> list[Position]:
        """Of one contract, of one leader; an account's own positions are no sub-positions."""
        inst_id, code = self.text(call.query, "instId"), self.text(call.query, "uniqueCode")
        if self.options.copied_positions == "hidden":
            code = ""
        return [
            position
            for position in found
            if inst_id in ("", self.contract_of(position).id)
            and code in ("", self._code_of(position))
            and self._code_of(position)
        ]

    def _named(self, call: Call) -> Position:
        """The open position that a write is about."""
        body: Mapping[str, Any] = call.body
        number = self.needed(body, "subPosId")
        if not is_digits(number):
            raise self.wrong("subPosId")
        copies = self.choice(body, "subPosType", ("lead", "copy"), "lead") == "copy"
        if self.swap(body):
            for position in self.world.book.open_positions(self._owner(call.alias, copies=copies)):
                if position.id == number and self._code_of(position):
                    return position
        raise self.refuse("59216")

    def _code_of(self, position: Position) -> str:
        """Of the leader whose position it is or copies; empty for an account's own."""
        return position.leader or position.owner.partition("leader:")[2]

    # Rows

    def _row(self, position: Position) -> dict[str, str]:
        return {
            **self.face(position),
            "openOrdId": "" if position.leader else position.id,  # of lead positions alone [docs]
            "uniqueCode": self._code_of(position),
        }

    def _closed_row(self, position: Position) -> dict[str, str]:
        share = self.world.copying.leaders[self._code_of(position)].share if position.leader else Decimal(0)
        return {
            **self._row(position),
            **self.side_and_size(position, opened(position), net=self.options.net_mode),
            **self.outcome(position),
            "closeSubPos": self.contract_of(position).contracts(position.closed_size),
            "markPx": plain(self.price(position)),
            "profitSharingAmt": plain(max(position.realized, Decimal(0)) * share),
            "type": "1" if position.size else "2",
        }


def stops(position: Position) -> dict[str, str]:
    """Triggers as prices; one that is a return on margin is the price at which it is reached."""
    found: dict[str, str] = {}
    for name, trigger in (("tp", position.take_profit), ("sl", position.stop_loss)):
        price = "" if trigger is None else plain(trigger_price(position, trigger))
        found |= {f"{name}TriggerPx": price, f"{name}OrdPx": "-1" if trigger else ""}
    found["algoId"] = str(position.extra.get("algoId", "")) if position.take_profit or position.stop_loss else ""
    return found


def trigger_price(position: Position, trigger: Trigger) -> Decimal:
    if trigger.kind == "price":
        return trigger.value
    return round(position.entry * (1 + position.sign * trigger.value / position.leverage), 8)
