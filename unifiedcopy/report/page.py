"""The HTML of a report. It loads nothing, runs the two scripts that it names by their digests, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ..export import needed
from ..history import EquityCurve, Profit
from ..models import text_of, utc
from ..portfolio.amounts import EXACT
from ..untrusted import clean
from .content import Content
from .plots import leader_name, plots

_HERE = Path(__file__).parent


class Cell(NamedTuple):
    """A cell of a table; ``number`` stands to the right."""

    text: str
    kind: str = ""


def page(content: Content) -> str:
    """The report as one HTML document.

    Raises:
        ConfigError: plotly is not installed (extra ``[report]``).
    """
    library = needed("plotly.offline", "report").get_plotlyjs()
    own = (_HERE / "page.js").read_text("utf-8")
    style = (_HERE / "page.css").read_text("utf-8")
    drawn = [{**plot, "place": f"plot-{number}"} for number, plot in enumerate(plots(content))]
    policy = (
        f"default-src 'none'; script-src {_digest(library)} {_digest(own)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Copy trading report</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<header>{_head(content)}</header>
<main>
{_section("Overview", _table(_OVERVIEW, _overview(content)), wide=True)}
{"".join(_section(plot["title"], f'<div class="plot" id="{plot["place"]}"></div>') for plot in drawn)}
{_section("Leaders", _table(_LEADERS, _leaders(content.leaders)), wide=True) if content.leaders else ""}
</main>
<script type="application/json" id="plots">{_embedded(drawn)}</script>
<script>{library}</script>
<script>{own}</script>
</body>
</html>
"""


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _embedded(data: Any) -> str:
    """JSON that can't end the element that it stands in."""
    return json.dumps(data).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _section(title: str, inside: str, *, wide: bool = False) -> str:
    return f"<section{' class=wide' if wide else ''}><h2>{_text(title)}</h2>{inside}</section>\n"


def _table(titles: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> str:
    head = "".join(f'<th class="{title.kind}">{_text(title.text)}</th>' for title in titles)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    return f'<td class="{cell.kind}">{_text(cell.text)}</td>'


def _text(value: str) -> str:
    return html.escape(clean(value))


def _head(content: Content) -> str:
    lines = [f"Made {_moment(content.made_at)}. Times are UTC; each currency stands by itself."]
    if content.snapshots:
        first, last = content.snapshots[0], content.snapshots[-1]
        lines.insert(
            0,
            f"{len(content.snapshots)} snapshots from {_moment(first.taken_at)} to {_moment(last.taken_at)}; "
            f"in the last one {last.ok} of {last.accounts} accounts could be read.",
        )
    lines.append("Equity holds what was paid in and out, which venues' balances don't tell from profit and loss.")
    gaps = sum(point.value is None for curve in content.equity for point in curve.points)
    warning = f'<p class="warning">{gaps} points lack an account and are left out of the curves.</p>' if gaps else ""
    return "<h1>Copy trading report</h1>" + "".join(f"<p>{_text(line)}</p>" for line in lines) + warning


_NUMBER = "number"
_OVERVIEW = (
    Cell("currency"),
    *(Cell(title, _NUMBER) for title in ("equity", "largest drawdown", "longest drawdown", "closed PnL", "positions")),
)
_LEADERS = (
    Cell("leader", "name"),
    Cell("PnL", _NUMBER),
    Cell("currency"),
    *(Cell(title, _NUMBER) for title in ("positions", "won", "lost", "before fees", "not told", "profit share")),
    Cell("venue"),
    Cell("id", "name"),
)


def _overview(content: Content) -> list[list[Cell]]:
    curves = {curve.asset: curve for curve in content.equity}
    assets = sorted({*curves, *(row.asset for row in content.leaders)})
    return [_currency(asset, curves.get(asset), [r for r in content.leaders if r.asset == asset]) for asset in assets]


def _currency(asset: str, curve: EquityCurve | None, leaders: Sequence[Profit]) -> list[Cell]:
    pnl = Decimal(0)
    for row in leaders:
        pnl = EXACT.add(pnl, row.pnl)
    equity = next((point for point in reversed(curve.points) if point.value is not None), None) if curve else None
    fall = curve.drawdown if curve else None
    return [
        Cell(asset),
        Cell("–" if equity is None else text_of(equity.value), _NUMBER),
        Cell("–" if fall is None or fall.depth is None else f"{fall.depth * 100:.2f} %", _NUMBER),
        Cell("–" if fall is None or not fall.longest else f"{fall.longest / 86_400_000:.1f} days", _NUMBER),
        Cell(text_of(pnl) if leaders else "–", _NUMBER),
        Cell(str(sum(row.positions for row in leaders)), _NUMBER),
    ]


def _leaders(profits: Sequence[Profit]) -> list[list[Cell]]:
    counts = ("positions", "wins", "losses", "before_fees", "untold")
    return [
        [
            Cell(clean(leader_name(row), 80), "name"),
            Cell(text_of(row.pnl), _NUMBER),
            Cell(row.asset),
            *(Cell(str(getattr(row, name)), _NUMBER) for name in counts),
            Cell(text_of(row.profit_share), _NUMBER),
            Cell(row.venue or "?"),
            Cell(row.leader_id or "–", "name"),
        ]
        for row in sorted(profits, key=lambda row: (row.asset, -row.pnl))
    ]


def _moment(at: int) -> str:
    return f"{utc(at):%Y-%m-%d %H:%M}"
