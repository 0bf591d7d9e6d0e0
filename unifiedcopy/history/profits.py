"""Profit of closed positions by leader, day, venue, account or symbol. Coins are never added to dollars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, get_args

from msgspec.structs import replace

from ..models import ClosedPosition, utc
from ..portfolio.amounts import EXACT
from .models import Profit

Group = Literal["leader", "day", "venue", "account", "symbol"]
GROUPS: tuple[Group, ...] = get_args(Group)


def result(position: ClosedPosition) -> Decimal | None:
    """What a closed position brought: after fees where that is told."""
    return position.net_pnl if position.net_pnl is not None else position.realized_pnl


def profits(positions: Iterable[ClosedPosition], by: Sequence[Group]) -> list[Profit]:
    """Sums of the groups, each in its currency; sorted by currency and group."""
    found: dict[Profit, Profit] = {}
    for position in positions:
        group = _group(position, by)
        found[group] = _added(found.get(group, group), position)
    return sorted(found.values(), key=_order)


def _group(position: ClosedPosition, by: Sequence[Group]) -> Profit:
    """An empty sum of the group that a position belongs to. A leader is an id at a venue: names change."""
    leader, day = "leader" in by, "day" in by and position.closed_at is not None
    return Profit(
        asset=position.margin_asset or "?",
        venue=position.exchange.partition("/")[0] if leader or "account" in by or "venue" in by else None,
        account=position.account if "account" in by else None,
        leader_id=position.leader_id if leader else None,
        symbol=(position.symbol or position.venue_symbol) if "symbol" in by else None,
        day=f"{utc(position.closed_at or 0):%Y-%m-%d}" if day else None,
    )


def _added(total: Profit, position: ClosedPosition) -> Profit:
    brought = result(position)
    named = {"leader_name": position.leader_name or total.leader_name} if total.leader_id is not None else {}
    if brought is None:
        return replace(total, positions=total.positions + 1, untold=total.untold + 1, **named)
    return replace(
        total,
        positions=total.positions + 1,
        pnl=EXACT.add(total.pnl, brought),
        before_fees=total.before_fees + (position.net_pnl is None),
        profit_share=EXACT.add(total.profit_share, position.profit_share or 0),
        wins=total.wins + (brought > 0),
        losses=total.losses + (brought < 0),
        **named,
    )


def _order(profit: Profit) -> tuple[str, ...]:
    keys = (profit.asset, profit.venue, profit.account, profit.leader_id, profit.symbol, profit.day)
    return tuple(key or "" for key in keys)
