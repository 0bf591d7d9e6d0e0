"""Positions by order and by contract: read, closed, and looked back on."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Call, Closing, Position, floor_to, plain, round_to, route

from .account import Account
from .desk import (
    CLOSE_TYPES,
    SIDES,
    Exposure,
    inst_id,
    margin_mode,
    opened,
    order_id_of,
    order_side,
    put_up,
    total,
)
from .gate import COPY, TRADING, WHOLE


class Positions(Account):
    """The same exposure in two forms: each order for itself, and all of one contract together."""

    # By order

    @route(
        "GET",
        f"{COPY}/account/positions-by-order",
        note="that a follower sees copies in it, without their leader, is a guess",
    )
    def positions_by_order(self, call: Call) -> object:
        coin = self.wanted_coin(self.text(call.query, "instId"))
        wanted = self.text(call.query, "orderId")
        found = {
            order_id_of(position): position
            for position in self.held(call.alias)
            if coin in ("", position.coin) and wanted in ("", order_id_of(position))
        }
        return [self._row(call.alias, position) for position in self.by_order(found, call.query)]

    def _row(self, alias: str, position: Position) -> dict[str, str]:
        price = self.price(position.coin)
        return {
            "orderId": order_id_of(position),
            "instId": inst_id(position.coin),
            "instType": "SWAP",
            "marginMode": margin_mode(position.cross),
            "positionSide": self.shown_side(alias, position.side),
            "leverage": plain(position.leverage),
            "positions": self.signed(alias, position.side, self.contracts(position.coin, opened(position))),
            "availablePositions": self.signed(alias, position.side, self.contracts(position.coin, position.size)),
            "averagePrice": plain(position.entry),
            "markPrice": plain(price),
            "realizedPnl": plain(position.realized),
            "unrealizedPnl": plain(position.profit(price)),
            "unrealizedPnlRatio": plain(floor_to(position.roi(price))),
            "createTime": str(position.opened_at),
            "updateTime": str(position.updated_at),
        }

    @route(
        "GET",
        f"{COPY}/account/positions-details-by-order",
        note="filledAmount in coins, as the example's numbers are; an unknown order has an empty list (guess)",
    )
    def position_closes(self, call: Call) -> object:
        wanted = self.needed(call.query, "orderId")
        owner = self.owner(call.alias)
        found = [
            closing
            for closing in self.world.book.closings
            if closing.position.owner == owner and order_id_of(closing.position) == wanted
        ]
        return {"orderList": [self._closing_row(call.alias, closing) for closing in found]}

    def _closing_row(self, alias: str, closing: Closing) -> dict[str, str]:
        position = closing.position
        margin = closing.entry * closing.size / position.leverage
        return {
            "closeOrderId": self.closed_by.get(closing.id, closing.id),
            "instId": inst_id(position.coin),
            "positionSide": self.shown_side(alias, position.side),
            "closeType": CLOSE_TYPES.get(closing.reason, "close"),
            "side": order_side(position.side, closing=True),
            "orderTime": str(closing.at),
            "size": self.contracts(position.coin, closing.size),
            "price": "market",
            "filledAmount": plain(closing.size),
            "averagePrice": plain(closing.price),
            "fee": plain(closing.fee),
            "realizedPnl": plain(closing.profit),
            "realizedPnlRatio": plain(floor_to(closing.profit / margin)),
        }

    @route(
        "POST",
        f"{COPY}/trade/close-position-by-order",
        write=True,
        limits=TRADING,
        note="at the market; -1 for the whole, and 152002 for more than there is, are guesses",
    )
    def close_by_order(self, call: Call) -> None:
        position = self.position(call.alias, self.needed(call.body, "orderId"))
        self.broker(call)
        size = self._size(call, position.coin, position.size)
        self.world.book.close(position, size)

    def _size(self, call: Call, coin: str, available: Decimal) -> Decimal:
        """Coins, from ``size`` in contracts."""
        if self.needed(call.body, "size") == WHOLE:
            return available
        size = self.coins(coin, self.amount(call.body, "size"))
        if size > available:
            raise self.wrong("size")
        return size

    # By contract

    @route(
        "GET",
        f"{COPY}/account/positions-by-contract",
        note="id is that of the oldest order; adl, marginRatio and maintenanceMargin are made up",
    )
    def positions_by_contract(self, call: Call) -> object:
        coin = self.wanted_coin(self.text(call.query, "instId"))
        return [
            self._contract_row(call.alias, exposure, positions)
            for exposure, positions in self.exposures(call.alias).items()
            if coin in ("", exposure.coin)
        ]

    def _contract_row(self, alias: str, exposure: Exposure, positions: list[Position]) -> dict[str, str]:
        first, size = positions[0], total(p.size for p in positions)
        price = self.price(exposure.coin)
        margin, profit = total(p.margin for p in positions), total(p.profit(price) for p in positions)
        contracts = self.signed(alias, exposure.side, self.contracts(exposure.coin, size))
        liquidation = round_to(first.liquidation(), self.world.market.coins[exposure.coin].tick)
        return {
            "positionId": first.id,
            "instId": inst_id(exposure.coin),
            "instType": "SWAP",
            "marginMode": margin_mode(exposure.cross),
            "positionSide": self.shown_side(alias, exposure.side),
            "adl": "1",
            "positions": contracts,
            "availablePositions": contracts,
            "averagePrice": plain(floor_to(total(p.size * p.entry for p in positions) / size)),
            "markPrice": plain(price),
            "marginRatio": "100",
            "liquidationPrice": "" if exposure.cross else plain(liquidation),
            "unrealizedPnl": plain(floor_to(profit)),
            "unrealizedPnlRatio": plain(floor_to(profit / margin)),
            "initialMargin": plain(margin) if exposure.cross else "",
            "maintenanceMargin": plain(floor_to(margin / 100)),
            "createTime": str(first.opened_at),
            "updateTime": str(max(p.updated_at for p in positions)),
            "leverage": plain(first.leverage),
        }

    @route(
        "POST",
        f"{COPY}/trade/close-position-by-contract",
        write=True,
        limits=TRADING,
        note="pnl closes contracts, the most profitable orders first (guess); fixedRatio the same share of every order",
    )
    def close_by_contract(self, call: Call) -> object:
        body = call.body
        coin = self.coin(self.needed(body, "instId"))
        cross = self.choice(body, "marginMode", ("cross", "isolated")) == "cross"
        side = self.choice(body, "positionSide", ("net", *SIDES))
        kind = self.choice(body, "closeType", ("pnl", "fixedRatio"))
        self.broker(call)
        exposure = self.asked_exposure(call.alias, coin, cross=cross, side=side)
        positions = self.exposures(call.alias)[exposure]
        parts = self._by_profit(call, positions) if kind == "pnl" else self._by_share(call, positions)
        return {"orderIds": [self.world.book.close(position, size).id for position, size in parts]}

    def _by_profit(self, call: Call, positions: list[Position]) -> list[tuple[Position, Decimal]]:
        price = self.price(positions[0].coin)
        left = self._size(call, positions[0].coin, total(p.size for p in positions))
        parts = []
        for position in sorted(positions, key=lambda p: p.profit(price), reverse=True):
            size = min(left, position.size)
            left -= size
            parts += [(position, size)] if size else []
        return parts

    def _by_share(self, call: Call, positions: list[Position]) -> list[tuple[Position, Decimal]]:
        share = self.amount(call.body, "size")
        if share > 1:
            raise self.wrong("size")
        lot = self.world.market.coins[positions[0].coin].lot
        parts = [(p, p.size if share == 1 else floor_to(p.size * share, lot)) for p in positions]
        found = [(position, size) for position, size in parts if size]
        if not found:  # less than a lot of each
            raise self.wrong("size")
        return found

    # History

    @route(
        "GET",
        f"{COPY}/trade/position-history-by-order",
        note="leverage is a number, where the example has a margin mode; before and after as described, see the "
        "switches; preSharing is the leader's part of the copies' profits",
    )
    def position_history(self, call: Call) -> object:
        coin = self.wanted_coin(self.text(call.query, "instId"))
        found = {order_id_of(p): p for p in self.closed(call.alias) if coin in ("", p.coin)}
        swapped = self.options.history_cursors == "swapped"
        return [
            self._history_row(call.alias, position) for position in self.by_order(found, call.query, swapped=swapped)
        ]

    def _history_row(self, alias: str, position: Position) -> dict[str, str]:
        lead = self.world.lead(alias)
        copied = total(max(p.realized, ZERO) for p in self.world.book.history if p.parent == position.id)
        return {
            "orderId": order_id_of(position),
            "instId": inst_id(position.coin),
            "leverage": plain(position.leverage),
            "positionSide": self.shown_side(alias, position.side),
            self.options.history_side: order_side(position.side),
            "positions": self.contracts(position.coin, opened(position)),
            "createTime": str(position.opened_at),
            "openAveragePrice": plain(position.entry),
            "closeTime": str(position.updated_at),
            "closeAveragePrice": plain(floor_to(position.exit or ZERO)),
            "pnl": plain(position.realized),
            "pnlRatio": plain(floor_to(position.realized / put_up(position))),
            "copiers": str(position.copies),
            "closeType": self.close_types(position),
            "preSharing": plain(floor_to(copied * lead.leader.share)) if lead else "0",
            "size": self.contracts(position.coin, position.closed_size),
        }
