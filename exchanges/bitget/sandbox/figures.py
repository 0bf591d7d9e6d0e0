"""How both versions of the API print orders and leaders: ids, sizes, fees, rates."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Leader, Position, fixed, floor_to


def open_order_id(position: Position) -> str:
    """A little below the tracking number, as in the samples."""
    return str(int(position.id) - 6_785_716_224)


def close_order_id(position: Position) -> str:
    return str(position.extra.get("closeOrderId", ""))


def margin_mode(position: Position) -> str:
    return "cross" if position.cross else "isolated"


def size_of(position: Position) -> Decimal:
    """What was opened, however much of it is closed."""
    return position.size + position.closed_size


def margin_of(position: Position) -> Decimal:
    """What was put up at opening."""
    return floor_to(position.value(position.entry, size_of(position)) / position.leverage)


def exit_of(position: Position) -> Decimal:
    return floor_to(position.exit or ZERO)


def charged(fee: Decimal) -> str:
    """Fees are negative, with 8 decimals in the samples."""
    return fixed(-fee, 8)


def profit_rate(position: Position) -> str:
    """Percent of the margin: that is what the sample computes to."""
    return fixed(position.realized / margin_of(position) * 100, 2)


def net_profit(position: Position, leader: Leader) -> Decimal:
    """Without the leader's share; not without fees, if the sample is right [guess]."""
    return position.realized - floor_to(max(position.realized, ZERO) * leader.share)


def percent(fraction: Decimal, decimals: int = 2) -> str:
    return fixed(fraction * 100, decimals)


def daily(leader: Leader) -> list[tuple[int, Decimal, Decimal]]:
    """Time, return in percent and profit of each of the last 30 days, as sums since the beginning.

    That they are sums is read off the sample's values.
    """
    profit, points = ZERO, []
    for day in leader.days:
        profit += day.profit
        points.append((day.at, profit / leader.deposit * 100, profit))
    return points[-30:]


def hourly(leader: Leader, now_ms: int) -> list[tuple[int, Decimal, Decimal]]:
    """The last 24 hours; a flat line, for the engine counts by days."""
    last = daily(leader)[-1]
    hour = now_ms - now_ms % 3_600_000
    return [(hour - ago * 3_600_000, *last[1:]) for ago in range(23, -1, -1)]


def columns(leader: Leader, language: str) -> list[dict[str, str]]:
    """Display texts; labels in the wished language, the Chinese ones are a [guess]."""
    money = "${:,.2f}".format
    chinese = ("收益率", "总收益", "跟随者总收益", "资产管理规模", "最大回撤", "近3周胜率")
    english = ("ROI", "Total PnL", "Total followers PnL", "AUM", "Max drawdown", "Last 3W win rate")
    values = (
        percent(leader.roi),
        money(leader.profit),
        money(leader.follower_profit),
        money(leader.deposit),
        percent(leader.drawdown),
        percent(leader.win_rate),
    )
    labels = chinese if language == "zh-CN" else english
    return [{"describe": label, "value": value} for label, value in zip(labels, values, strict=True)]
