"""The report: its figures are the history's, names are text, it needs nothing else, and a browser draws it."""

import html
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.history.made import DAY, NEW_YEAR, closed, position, reading, snapshot
from tests.report.browser import browser, installed
from unifiedcopy import History
from unifiedcopy.errors import ConfigError, HistoryError
from unifiedcopy.portfolio.amounts import EXACT
from unifiedcopy.report import content, page
from unifiedcopy.report.content import EXPOSURES, POINTS

NAMES = [
    "Ann",
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    '<a href="javascript:window.hacked=1">click</a>',
    "a very long name of a leader who likes to be seen by everybody " * 3,
    "line\u2028break \u202eturned",
]
ODD_COIN = "</script><img src=x onerror='window.hacked = 1'>"
WIDTHS = (360, 1280)


async def filled(path: Path, hours: int = 48) -> Path:
    """Two days of three accounts, one of which can't be read for a while, and closed positions of odd leaders."""
    async with History(path) as history:
        for hour in range(hours):
            first = reading("a", f"{1000 + hour % 7}.10", positions=(position(1), position(2, side="short")))
            second = reading("b", None if 20 < hour < 24 else "500.000000001", exchange="other/v1")
            coins = reading("c", "0.5", asset="BTC"), reading("d", "1", asset=ODD_COIN)
            await history.add(snapshot(NEW_YEAR + hour * DAY // 24, first, second, *coins))
        rows = [
            closed(NEW_YEAR + number * DAY, id=str(number), leader_id=f"id-{number}", leader_name=name)
            for number, name in enumerate(NAMES)
        ]
        rows += [closed(id="loss", realized_pnl=Decimal("-12.345678901234567890"), leader_id="id-0", leader_name="Ann")]
        await history.add_closed(rows)
    return path


@pytest.fixture
async def stored(tmp_path: Path) -> Path:
    return await filled(tmp_path / "history" / "history.db")


def plotted(document: str) -> dict[str, list[dict]]:
    """The traces of each plot by its title, as they stand in the file."""
    found = re.search(r'<script type="application/json" id="plots">(.*?)</script>', document, re.S)
    return {plot["title"]: plot["data"] for plot in json.loads(found[1])}


async def made(path: Path, **span: int) -> str:
    async with History(path) as history:
        return page(await content(history, **span))


def numbers(values: list[str | None]) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


# -- what it says -----------------------------------------------------------------------------------------------------


async def test_without_plotly_the_extra_is_named(stored, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(ConfigError, match=r"pip install 'unifiedcopy\[report\]'"):
        await made(stored)


async def test_an_empty_history_makes_no_report(tmp_path):
    async with History(tmp_path / "h" / "h.db") as history:
        with pytest.raises(HistoryError, match="holds nothing of this time; `unifiedcopy portfolio --store`"):
            await content(history)


async def test_a_long_history_is_thinned_with_its_last_snapshot_kept(tmp_path):
    path = tmp_path / "h" / "h.db"
    async with History(path) as history:
        for day in range(EXPOSURES * 2 + 1):
            await history.add(snapshot(NEW_YEAR + day * DAY, reading()))
        found = await content(history)

    assert len(found.equity[0].points) <= POINTS
    assert len(found.exposure) <= EXPOSURES
    assert found.exposure[-1][0] == found.snapshots[-1].taken_at


@pytest.fixture
def plotly() -> None:
    pytest.importorskip("plotly", reason="plotly is not installed (extra [report])")


@pytest.mark.usefixtures("plotly")
async def test_the_plots_hold_the_figures_of_the_history_exactly(stored):
    plots = plotted(await made(stored))
    async with History(stored) as history:
        [_, _, dollars] = await history.equity(every=15 * 60_000)
        leaders = await history.profits(("leader",))
        days = await history.profits(("day",))

    whole = plots["Equity, USDT"][0]
    assert numbers(whole["y"]) == [point.value for point in dollars.points]
    assert whole["y"].count(None) == 3
    assert [trace["name"] for trace in plots["Equity, USDT"]] == ["all", "other", "plain"]
    assert min(filter(None, numbers(plots["Drawdown, USDT"][0]["y"]))) == EXACT.multiply(dollars.drawdown.depth, -100)
    assert sorted(numbers(plots["PnL by leader, USDT"][0]["x"])) == sorted(row.pnl for row in leaders)
    assert numbers(plots["PnL by day, USDT"][0]["y"]) == [row.pnl for row in days]
    assert plots["PnL by day, USDT"][0]["x"] == [row.day for row in days]
    assert set(numbers(plots["Exposure, USDT"][0]["y"])) == {Decimal(30500)}
    assert numbers(plots["Open by symbol, USDT"][1]["x"]) == [Decimal(-30500)]


@pytest.mark.usefixtures("plotly")
async def test_a_span_of_time_is_a_report_of_its_own(stored):
    plots = plotted(await made(stored, since=NEW_YEAR + DAY, until=NEW_YEAR + 2 * DAY))

    assert len(plots["Equity, BTC"][0]["x"]) == 24
    assert plots["PnL by day, USDT"][0]["x"] == ["2026-01-02"]


@pytest.mark.usefixtures("plotly")
async def test_names_are_text_wherever_they_stand(stored):
    document = await made(stored)
    own = re.sub(r"<script>.*?</script>", "", document, flags=re.S)  # without plotly.js

    assert "<img" not in own
    assert "<a " not in own
    assert "\u202e" not in own
    assert document.count("<script") - document.count("<script>") == 1
    labels = plotted(document)["PnL by leader, USDT"][0]["y"]
    assert not any("<" in label for label in labels)
    assert any(html.unescape(label).startswith("</script>") for label in labels)


@pytest.mark.usefixtures("plotly")
async def test_it_asks_nobody_for_anything(stored):
    document = await made(stored)
    own = re.sub(r"<script.*?</script>", "", document, flags=re.S)

    assert re.findall(r"<[^>]*\b(?:src|href)=([^ >]*)", own) == ['"data:,"']
    assert "default-src 'none'" in document


# -- in a browser -----------------------------------------------------------------------------------------------------

DRAWN = """[...document.querySelectorAll('.plot')].map(place => ({
    title: place.closest('section').querySelector('h2').textContent,
    traces: place.data.map(trace => ({x: trace.x, y: trace.y})),
    bars: place.querySelectorAll('.bars .point').length,
    lines: place.querySelectorAll('.scatterlayer .js-line').length,
    right: Math.round(place.querySelector('.main-svg').getBoundingClientRect().right),
}))"""


@pytest.mark.usefixtures("plotly")
async def test_a_browser_draws_every_figure_at_both_widths_without_a_complaint(stored, tmp_path):
    program = installed()
    if program is None:
        pytest.skip(f"no browser is installed (looked for {', '.join(('chromium', 'google-chrome'))})")
    path = tmp_path / "report.html"
    path.write_text(await made(stored))
    expected = plotted(path.read_text())
    async with browser(program, tmp_path / "profile") as tab:
        for width in WIDTHS:
            await tab.open(path, width)
            drawn = {plot["title"]: plot for plot in await tab.value(DRAWN)}

            assert drawn.keys() == expected.keys()
            for title, traces in expected.items():
                assert drawn[title]["traces"] == [{"x": trace["x"], "y": trace["y"]} for trace in traces]
                assert drawn[title]["bars" if traces[0]["type"] == "bar" else "lines"] > 0
                assert drawn[title]["right"] <= width
            assert await tab.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert drawn["Equity, USDT"]["lines"] == 5  # a gap makes two of one, in the whole and in its venue
            assert await tab.value("typeof window.hacked") == "undefined"
            (tmp_path / f"{width}.png").write_bytes(await tab.shot())
        requests, complaints = tab.requests, tab.complaints

    assert complaints == []
    assert {url.partition(":")[0] for url in requests} <= {"file", "data", "about"}
