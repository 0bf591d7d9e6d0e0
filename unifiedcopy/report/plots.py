"""The plots of a report, as plotly.js takes them. Numbers go in as exact text, names as text and never as markup."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from ..history import EquityCurve, Profit
from ..models import text_of, utc
from ..portfolio.amounts import EXACT, RATIO, ZERO
from ..untrusted import clean
from .content import Content

BARS = 25
"""So many bars at most; the tables have all."""
UP, DOWN, LINE = "#0a7f5a", "#c0392b", "#1f4e9e"
Plot = dict[str, Any]


def plots(content: Content) -> list[Plot]:
    """Every plot: id, title, traces, layout."""
    found = []
    for curve in content.equity:
        found += [_equity(curve, content.venues), _underwater(curve)]
    found += [_exposure(content, currency) for currency in _currencies(content)]
    found += [_symbols(content, currency) for currency in _held(content)]
    found += [_leaders(asset, rows) for asset, rows in _by_asset(content.leaders).items()]
    found += [_days(asset, rows) for asset, rows in _by_asset(content.days).items()]
    return found


def label(text: str, longest: int = 18) -> str:
    """Untrusted text for plotly, which takes tags in labels for markup."""
    return html.escape(clean(text, longest), quote=False)


def leader_name(row: Profit) -> str:
    """What to call a leader: the name, else the id."""
    return row.leader_name or row.leader_id or "no leader"


def _plot(name: str, title: str, traces: Iterable[Plot], **layout: Any) -> Plot:
    return {"id": name, "title": title, "data": list(traces), "layout": layout}


def _times(moments: Iterable[int]) -> list[str]:
    return [f"{utc(moment):%Y-%m-%d %H:%M:%S}" for moment in moments]


def _amounts(values: Iterable[Decimal | None]) -> list[str | None]:
    return [None if value is None else text_of(value) for value in values]


def _axis(unit: str) -> Plot:
    return {"title": {"text": label(unit)}, "type": "linear"}


def _equity(curve: EquityCurve, venues: Sequence[EquityCurve]) -> Plot:
    """The whole, and its venues where there are several. A gap stays a gap."""
    parts = [part for part in venues if part.asset == curve.asset]
    lines = [("all", curve, LINE)] + ([(part.venue or "?", part, None) for part in parts] if len(parts) > 1 else [])
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(line.points) < 3 else "lines",
            "name": label(name),
            "x": _times(point.at for point in line.points),
            "y": _amounts(point.value for point in line.points),
            "connectgaps": False,
            "line": {"color": color, "width": 2 if color else 1},
        }
        for name, line, color in lines
    ]
    return _plot(f"equity-{curve.asset}", f"Equity, {curve.asset}", traces, yaxis=_axis(curve.asset))


def _underwater(curve: EquityCurve) -> Plot:
    """How far below its highest point before the whole stands, in percent."""
    below: dict[int, Decimal] = {}
    for stretch in curve.stretches():
        peak = ZERO
        for point in stretch:
            peak = max(peak, point.value)
            if peak > 0:
                below[point.at] = RATIO.divide(EXACT.multiply(EXACT.subtract(point.value, peak), 100), peak)
    trace = {
        "type": "scatter",
        "mode": "lines",
        "fill": "tozeroy",
        "name": "drawdown",
        "x": _times(point.at for point in curve.points),
        "y": _amounts(below.get(point.at) for point in curve.points),
        "line": {"color": DOWN, "width": 1},
    }
    return _plot(f"drawdown-{curve.asset}", f"Drawdown, {curve.asset}", [trace], yaxis=_axis("%"))


def _currencies(content: Content) -> list[str]:
    return sorted({currency for _, exposure in content.exposure for currency in exposure.gross})


def _exposure(content: Content, currency: str) -> Plot:
    """Long above, short below, and the difference."""
    at = _times(moment for moment, _ in content.exposure)
    sides = {
        "long": [exposure.long.get(currency, ZERO) for _, exposure in content.exposure],
        "short": [-exposure.short.get(currency, ZERO) for _, exposure in content.exposure],
        "net": [exposure.net.get(currency, ZERO) for _, exposure in content.exposure],
    }
    colors = {"long": UP, "short": DOWN, "net": LINE}
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(at) < 3 else "lines",
            "name": side,
            "x": at,
            "y": _amounts(values),
            "line": {"color": colors[side]},
        }
        for side, values in sides.items()
    ]
    return _plot(f"exposure-{currency}", f"Exposure, {currency}", traces, yaxis=_axis(currency))


def _held(content: Content) -> list[str]:
    return sorted({currency for group in content.symbols for currency in group.settle.gross})


def _symbols(content: Content, currency: str) -> Plot:
    rows = [group for group in content.symbols if currency in group.settle.gross][:BARS][::-1]
    names = [label(group.key or "?", 60) for group in rows]
    sides = [("long", UP, [group.settle.long.get(currency, ZERO) for group in rows])]
    sides += [("short", DOWN, [-group.settle.short.get(currency, ZERO) for group in rows])]
    traces = [_bars(names, values, color, side) for side, color, values in sides]
    return _plot(
        f"symbols-{currency}", f"Open by symbol, {currency}", traces, xaxis=_axis(currency), barmode="relative",
        rows=len(rows),
    )  # fmt: skip


def _leaders(asset: str, profits: Sequence[Profit]) -> Plot:
    rows = sorted(profits, key=lambda row: row.pnl)
    rows = rows if len(rows) <= BARS else [*rows[: BARS // 2], *rows[-(BARS - BARS // 2) :]]
    names = _distinct([label(leader_name(row)) for row in rows], [label(row.leader_id or "?") for row in rows])
    values = [row.pnl for row in rows]
    trace = _bars(names, values, [UP if value >= 0 else DOWN for value in values], "PnL")
    return _plot(f"leaders-{asset}", f"PnL by leader, {asset}", [trace], xaxis=_axis(asset), rows=len(rows))


def _days(asset: str, profits: Sequence[Profit]) -> Plot:
    rows = [row for row in profits if row.day is not None]
    trace = {
        "type": "bar",
        "name": "PnL",
        "x": [row.day for row in rows],
        "y": _amounts(row.pnl for row in rows),
        "marker": {"color": [UP if row.pnl >= 0 else DOWN for row in rows]},
    }
    return _plot(f"days-{asset}", f"PnL by day, {asset}", [trace], yaxis=_axis(asset))


def _bars(names: Sequence[str], values: Sequence[Decimal], color: Any, name: str) -> Plot:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": list(names),
        "x": _amounts(values),
        "marker": {"color": color},
    }


def _distinct(names: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Names, with the id where several have the same: two of one name would be one bar."""
    return [name if names.count(name) == 1 else f"{name} {id_}" for name, id_ in zip(names, ids, strict=True)]


def _by_asset(profits: Iterable[Profit]) -> dict[str, list[Profit]]:
    found: dict[str, list[Profit]] = {}
    for row in profits:
        found.setdefault(row.asset, []).append(row)
    return found
