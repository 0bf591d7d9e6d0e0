"""V1, spot: orders, one's own as a leader and copies alike. Every call is POST, reads included [seed]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Answer, Call, Position, Trigger, fixed, floor_to, plain, route

from ..desk import coin_of, symbol_of
from ..figures import exit_of, size_of
from ..gate import is_digits
from ..spot import spot_cost, spot_net_profit, spot_profit
from .words import SPOT, Words, spot_limits

MOST_LISTED = 30


class SpotOrders(Words):
    """What is held and what is sold. That followers may call all of it is read off ``FOLLOW_ORDER`` [guess]."""

    # Reading

    @route(
        "POST",
        f"{SPOT}/order/orderCurrentList",
        **spot_limits("orderCurrentList"),
        note="newest first, an empty minId for an empty list, profit before fees, and that followers may ask are "
        "guesses",
    )
    def v1_spot_current(self, call: Call) -> object:
        return self._spot_listed(call, self.spot_held(call.alias), self._held_row)

    @route(
        "POST",
        f"{SPOT}/order/orderHistoryList",
        **spot_limits("orderHistoryList"),
        note="newest first, an empty minId for an empty list, and that followers may ask are guesses; what is sold "
        "in parts is listed when the last part is sold",
    )
    def v1_spot_history(self, call: Call) -> object:
        return self._spot_listed(call, self.spot_sold(call.alias), self._sold_row)

    # Writing

    @route(
        "POST",
        f"{SPOT}/order/closeTrackingOrder",
        write=True,
        **spot_limits("closeTrackingOrder"),
        note="31007 for a symbol that is not the orders' is a guess, and 31038 for more than fifty",
    )
    def v1_spot_close(self, call: Call) -> object:
        coin = coin_of(self.needed(call.body, "symbol"))
        numbers = self.numbers(call.body, "trackingOrderNos")
        held = [position for position in self.spot_held(call.alias) if position.coin == coin]
        for position in self.spot_orders(held, numbers):
            self.world.book.close(position)
        return self.in_spot(True)

    @route(
        "POST",
        f"{SPOT}/order/updateTpsl",
        write=True,
        **spot_limits("updateTpsl"),
        note="empty removes [seed], null too; what an absent price does is not said, see the switch; that one must "
        "be sent, and that followers may set them, are guesses",
    )
    def v1_spot_update_tpsl(self, call: Call) -> object:
        number = self.needed(call.body, "trackingNo")
        (position,) = self.spot_orders(self.spot_held(call.alias), [number])
        take, stop = (self._spot_price(call.body, name) for name in ("takeProfitPrice", "stopLossPrice"))
        if take is stop is None:
            raise self.invalid()
        self.set_spot_stops(position, take, stop)
        return self.in_spot(True)

    @route(
        "POST",
        f"{SPOT}/order/followerEndOrder",
        write=True,
        **spot_limits("followerEndOrder"),
        note="that the coins stay with the account, out of these lists, is a guess",
    )
    def v1_spot_end_order(self, call: Call) -> object:
        numbers = self.numbers(call.body, "trackingOrderNos")
        copies = [position for position in self.spot_held(call.alias) if position.leader]
        self.detach(self.spot_orders(copies, numbers))
        return self.in_spot(True)

    # Parameters

    def _spot_listed(
        self, call: Call, orders: Sequence[Position], row: Callable[[Position], Mapping[str, str]]
    ) -> Answer:
        """A page of orders below ``minId``, and the ``minId`` that the next one begins below [seed]."""
        body = call.body
        number, below = self.text(body, "trackingNo"), self.text(body, "minId")
        if below and not is_digits(below):
            raise self.invalid()
        size = self.whole(body, "pageSize", MOST_LISTED, MOST_LISTED)
        found = [p for p in orders if number in ("", p.id) and (not below or int(p.id) < int(below))]
        shown = found[:size]
        return self.in_spot(
            {"minId": shown[-1].id if shown else "", "resultList": [row(position) for position in shown]}
        )

    def _spot_price(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        if name not in body and self.options.absent_spot_price == "leave":
            return None
        return self.amount(body, name)

    # Rows

    def _held_row(self, position: Position) -> dict[str, str]:
        size = size_of(position)
        return {
            "buyDelegateCount": fixed(size + floor_to(position.open_fee / position.entry), 16),
            "buyPrice": plain(position.entry),
            "buyTime": str(position.opened_at),
            "dealCount": plain(size),
            "holdCount": plain(position.size),
            "profit": plain(floor_to(position.profit(self.world.market.price(position.coin)))),
            "stopLossPrice": self._spot_trigger(position, position.stop_loss),
            "takeProfitPrice": self._spot_trigger(position, position.take_profit),
            "symbol": symbol_of(position.coin),
            "trackingNo": position.id,
            "trackingType": "FOLLOW_ORDER" if position.leader else "LEAD_ORDER",
        }

    def _spot_trigger(self, position: Position, trigger: Trigger | None) -> str:
        """Zero where none is set [seed]; of a ratio the price that it comes to."""
        if trigger is None:
            return "0"
        price = trigger.value if trigger.kind == "price" else position.level(trigger.value)
        return plain(floor_to(price, self.world.market.coins[position.coin].tick))

    def _sold_row(self, position: Position) -> dict[str, str]:
        return {
            "buyLeftTokenId": position.coin,
            "buyPrice": plain(position.entry),
            "buyRightTokenId": "USDT",
            "buyTime": str(position.opened_at),
            "dealCount": plain(size_of(position)),
            "netProfit": fixed(spot_net_profit(position), 6),
            "profit": fixed(spot_profit(position), 6),
            "profitRate": plain(floor_to(spot_profit(position) / spot_cost(position) * 100, Decimal("0.01"))),
            "sellPrice": plain(exit_of(position)),
            "sellTime": str(position.updated_at),
            "symbol": symbol_of(position.coin),
            "trackingNo": position.id,
            "traderUserId": position.leader or position.owner.removeprefix("leader:"),
        }
