"""Take profit and stop loss, by order and by contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from unifiedcopy.sandbox import Call, Side, Trigger, World, plain, route

from .desk import SIDES, Exposure, inst_id, margin_mode, order_id_of, total
from .gate import COPY, TRADING, WHOLE
from .positions import Positions

MARKET = "-1"
"""A trigger's order price that means the market [docs]."""


@dataclass(frozen=True, slots=True)
class ContractStop:
    """A TP/SL for all orders of one contract."""

    id: str
    alias: str
    exposure: Exposure
    take: Decimal | None
    stop: Decimal | None
    created: int


class Stops(Positions):
    """Prices at which positions close; every trigger looks at one price."""

    def __init__(self, world: World) -> None:
        self._stops: dict[str, ContractStop] = {}
        super().__init__(world)
        world.market.watchers.append(self._reached)

    # By order

    @route(
        "POST",
        f"{COPY}/trade/place-tpsl-by-order",
        write=True,
        limits=TRADING,
        note="for the whole position alone: any other size than -1 is refused (152002); setting again replaces (guess)",
    )
    def set_tpsl_by_order(self, call: Call) -> None:
        position = self.position(call.alias, self.needed(call.body, "orderId"))
        self.broker(call)
        take, stop = self._prices(call.body, position.coin, position.side)
        position.take_profit = Trigger("price", take) if take else None
        position.stop_loss = Trigger("price", stop) if stop else None
        position.extra["stopped_at"] = call.request.at

    @route(
        "GET",
        f"{COPY}/trade/pending-tpsl-by-order",
        note="size in coins, as the example's number is; positionSide in upper case",
    )
    def tpsl_by_order(self, call: Call) -> object:
        wanted = self.needed(call.query, "orderId")
        return [
            {
                "orderId": wanted,
                "instId": inst_id(position.coin),
                "marginMode": margin_mode(position.cross),
                "positionSide": self.shown_side(call.alias, position.side).upper(),
                **prices_row(at_price(position.take_profit), at_price(position.stop_loss)),
                "size": plain(position.size),
                "state": "effective",
                "leverage": plain(position.leverage),
                "createTime": str(position.extra.get("stopped_at", position.opened_at)),
            }
            for position in self.held(call.alias)
            if order_id_of(position) == wanted and (position.take_profit or position.stop_loss)
        ]

    @route("POST", f"{COPY}/trade/cancel-tpsl-by-order", write=True, limits=TRADING)
    def cancel_tpsl_by_order(self, call: Call) -> None:
        position = self.position(call.alias, self.needed(call.body, "orderId"))
        if not (position.take_profit or position.stop_loss):
            raise self.refuse("102068")
        position.take_profit = position.stop_loss = None

    # By contract

    @route(
        "POST",
        f"{COPY}/trade/place-tpsl-by-contract",
        write=True,
        limits=TRADING,
        note="for the whole position alone: any other size than -1 is refused (152002), so type makes no difference",
    )
    def set_tpsl_by_contract(self, call: Call) -> object:
        body = call.body
        coin = self.coin(self.needed(body, "instId"))
        cross = self.choice(body, "marginMode", ("cross", "isolated")) == "cross"
        side = self.choice(body, "positionSide", ("net", *SIDES))
        self.choice(body, "type", ("pnl", "fixedRatio"), "pnl")
        self.broker(call)
        exposure = self.asked_exposure(call.alias, coin, cross=cross, side=side)
        take, stop = self._prices(body, coin, exposure.side)
        number = self.world.new_id()
        self._stops[number] = ContractStop(number, call.alias, exposure, take, stop, call.request.at)
        return {"algoId": number}

    @route("GET", f"{COPY}/trade/pending-tpsl-by-contract", note="size -1 as it was set, actualSize in coins")
    def tpsl_by_contract(self, call: Call) -> object:
        coin = self.wanted_coin(self.text(call.query, "instId"))
        wanted = self.text(call.query, "algoId")
        return [
            self._stop_row(stop)
            for stop in self._stops.values()
            if stop.alias == call.alias and coin in ("", stop.exposure.coin) and wanted in ("", stop.id)
        ]

    def _stop_row(self, stop: ContractStop) -> dict[str, str]:
        held = self.exposures(stop.alias).get(stop.exposure, [])
        return {
            "algoId": stop.id,
            "instId": inst_id(stop.exposure.coin),
            "marginMode": margin_mode(stop.exposure.cross),
            "positionSide": self.shown_side(stop.alias, stop.exposure.side).upper(),
            **prices_row(stop.take, stop.stop),
            "size": WHOLE,
            "state": "effective",
            "leverage": plain(held[0].leverage if held else self.leverage_of(stop.alias, stop.exposure)),
            "actualSize": plain(total(p.size for p in held)),
            "createTime": str(stop.created),
        }

    @route("POST", f"{COPY}/trade/cancel-tpsl-by-contract", write=True, limits=TRADING)
    def cancel_tpsl_by_contract(self, call: Call) -> None:
        stop = self._stops.get(self.needed(call.body, "algoId"))
        if stop is None or stop.alias != call.alias:
            raise self.refuse("102068")
        del self._stops[stop.id]

    # What happens

    def _reached(self, coin: str) -> None:
        """A price has moved: close what a contract's TP or SL says; one without a position is gone."""
        price = self.price(coin)
        for stop in [stop for stop in self._stops.values() if stop.exposure.coin == coin]:
            held = self.exposures(stop.alias).get(stop.exposure, [])
            sign = 1 if stop.exposure.side == "long" else -1
            reason: Literal["take_profit", "stop_loss"] | None = None
            if stop.take and (price - stop.take) * sign >= 0:
                reason = "take_profit"
            elif stop.stop and (price - stop.stop) * sign <= 0:
                reason = "stop_loss"
            if reason or not held:
                del self._stops[stop.id]
            for position in held if reason else []:
                self.world.book.close(position, reason=reason or "user")

    # Parameters

    def _prices(self, body: Mapping[str, Any], coin: str, side: Side) -> tuple[Decimal | None, Decimal | None]:
        """TP and SL, on their sides of the price, for the whole position."""
        names = ("tpTriggerPrice", "slTriggerPrice")
        given = [name for name in names if self.text(body, name)]
        if self.options.stops_needed == "both" or not given:
            for name in names:
                self.needed(body, name)
        take, stop = (self.amount(body, name) if name in given else None for name in names)
        if self.needed(body, "size") != WHOLE:
            raise self.wrong("size")
        price, long = self.price(coin), side == "long"
        if take and (take > price) is not long:
            raise self.refuse("102037" if long else "102039")
        if stop and (stop < price) is not long:
            raise self.refuse("102038" if long else "102040")
        return take, stop


def at_price(trigger: Trigger | None) -> Decimal | None:
    return trigger.value if trigger and trigger.kind == "price" else None


def prices_row(take: Decimal | None, stop: Decimal | None) -> dict[str, str]:
    return {
        "tpTriggerPrice": plain(take) if take else "",
        "tpOrderPrice": MARKET if take else "",
        "slTriggerPrice": plain(stop) if stop else "",
        "slOrderPrice": MARKET if stop else "",
    }
