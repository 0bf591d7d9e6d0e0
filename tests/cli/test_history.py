"""Commands of the stored history: kept from venues, read back, reported, archived; and leaders measured alike."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tests.history.made import DAY, NEW_YEAR, closed, position, reading, snapshot
from unifiedcopy import History
from unifiedcopy.errors import AuthenticationError, ExchangeNotAvailable


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Where the history of these tests is."""
    return str(tmp_path / "history" / "history.db")


@pytest.fixture
def filled(file: str) -> str:
    """Two days of an account, and a closed position on each."""

    async def fill() -> None:
        async with History(file) as history:
            for day, equity in enumerate(("100", "80")):
                await history.add(snapshot(NEW_YEAR + day * DAY, reading(equity=equity, positions=(position(),))))
            rows = [closed(NEW_YEAR, id="1"), closed(NEW_YEAR + DAY, id="2", realized_pnl=Decimal(-2))]
            await history.add_closed(rows)

    asyncio.run(fill())
    return file


# -- snapshots --------------------------------------------------------------------------------------------------------


def test_a_portfolio_is_kept_with_what_could_not_be_read(run, served, profiles, file):
    profiles(first=("toobit", "main", ""), second=("toobit", "wrong-kind", ""))
    done = run("portfolio", "--all", "--store", "--json", "--history", file)

    async def kept():
        async with History(file) as history:
            [entry] = await history.snapshots()
            return entry, await history.snapshot(entry.id)

    entry, taken = asyncio.run(kept())
    assert done.code == 3
    assert (entry.accounts, entry.ok) == (2, 1)
    assert len(taken.positions) == len(done.json["positions"]) > 0
    assert "stored as snapshot 1" in done.stderr


def test_watching_is_not_keeping(run, file):
    done = run("portfolio", "--venue", "toobit", "--store", "--watch", "--history", file)

    assert done.code == 2
    assert not Path(file).exists()


# -- closed positions, kept and read back -----------------------------------------------------------------------------


def test_closed_positions_are_kept_once_and_read_back_without_the_venue(run, served, file):
    first = run("history", "--store", "--json", "--history", file, venue="toobit")
    again = run("history", "--store", "--history", file, venue="toobit")
    served["toobit"].requests.clear()
    stored = run("history", "--stored", "--json", "--history", file)

    count = len(first.json["history"])
    assert (first.code, again.code, stored.code) == (0, 0, 0)
    assert f"{count} of {count} closed positions are new" in first.stderr
    assert f"0 of {count} closed positions are new" in again.stderr
    assert sorted(map(str, stored.json["history"])) == sorted(map(str, first.json["history"]))
    assert served["toobit"].requests == []


def test_sums_are_by_what_was_asked_for(run, filled):
    document = run("history", "--stored", "--by", "leader,day", "--json", "--history", filled).json
    table = run("history", "--stored", "--by", "day", "--history", filled).stdout

    assert document["schema"] == "unifiedcopy.profits/1"
    assert [(row["leader_id"], row["day"], row["pnl"]) for row in document["profits"]] == [
        ("1", "2026-01-01", "5"),
        ("1", "2026-01-02", "-2"),
    ]
    assert "-2.00 USDT (1 before fees)" in table


def test_equity_comes_with_its_drawdown(run, filled):
    document = run("history", "--stored", "--equity", "account", "--json", "--history", filled).json
    table = run("history", "--stored", "--equity", "all", "--history", filled).stdout

    [curve] = document["equity"]
    assert [point["value"] for point in curve["points"]] == ["100", "80"]
    assert (curve["account"], curve["drawdown"]["depth"]) == ("main", "0.2")
    assert "20.00%" in table


def test_the_variable_names_the_history_too(run, filled):
    assert run("history", "--stored", "--json", UNIFIEDCOPY_HISTORY=filled).code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stored", "--venue", "toobit"], "--venue: means nothing with --stored"),
        (["--stored", "--symbol", "BTC/USDT:USDT"], "--symbol: means nothing with --stored"),
        (["--venue", "toobit", "--by", "leader"], "--by and --equity go with --stored"),
        (["--stored", "--by", "month"], "there is no 'month'; write some of leader, day"),
        (["--stored", "--history", "mysql://x"], "mysql:// is no history"),
        (["--stored", "--history", "postgresql://me:s3cr3t-pass@x/y"], "put the URL into UNIFIEDCOPY_HISTORY"),
    ],
)
def test_what_does_not_go_together_is_usage(run, arguments, told):
    done = run("history", *arguments)

    assert (done.code, done.stdout) == (2, "")
    assert told in done.stderr
    assert "s3cr3t-pass" not in done.stderr


def test_a_history_that_is_not_there_is_told_with_what_makes_one(run, file):
    done = run("history", "--stored", "--history", file)

    assert done.code == 4
    assert "`unifiedcopy portfolio --store`" in done.stderr
    assert not Path(file).exists()


def test_another_programs_file_is_refused(run, tmp_path):
    tmp_path.chmod(0o700)
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to be looked at as if it were one" * 9)
    path.chmod(0o600)
    done = run("history", "--stored", "--history", str(path))

    assert done.code == 4
    assert "not a history, nor any SQLite file" in done.stderr


# -- report and archive -----------------------------------------------------------------------------------------------


def test_a_report_is_written_and_named(run, filled, tmp_path):
    pytest.importorskip("plotly", reason="plotly is not installed (extra [report])")
    path = tmp_path / "out.html"
    done = run("report", str(path), "--history", filled)

    assert (done.code, done.stdout.strip()) == (0, str(path))
    assert "Copy trading report" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_report_of_nothing_is_not_written(run, filled, tmp_path):
    done = run("report", str(tmp_path / "out.html"), "--history", filled, "--until", "2020-01-01")

    assert done.code == 4
    assert "holds nothing of this time" in done.stderr
    assert not (tmp_path / "out.html").exists()


def test_a_report_that_can_not_be_written_says_so(run, filled, tmp_path):
    pytest.importorskip("plotly", reason="plotly is not installed (extra [report])")
    done = run("report", str(tmp_path / "none" / "out.html"), "--history", filled)

    assert done.code == 4
    assert "can't be written (No such file or directory)" in done.stderr


def test_old_days_are_archived(run, filled, tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra [data])")
    done = run("archive", str(tmp_path / "old"), "--before", "2026-01-02", "--history", filled)

    assert done.code == 0
    assert [Path(line).is_file() for line in done.stdout.splitlines()] == [True]


def test_old_snapshots_are_removed_when_somebody_says_so(run, filled):
    refused = run("prune", "--before", "2026-01-02", "--history", filled)
    asked = run("prune", "--before", "2026-01-02", "--history", filled, "--yes", "--json")
    again = run("prune", "--before", "2026-01-02", "--history", filled, "--yes")

    assert (refused.code, asked.code, again.code) == (9, 0, 0)
    assert "1 snapshots from before 2026-01-02 00:00 UTC" in refused.stderr
    assert "--yes asks nobody" in refused.stderr
    assert (asked.json["snapshots"], again.stdout.strip()) == (1, "0 snapshots removed")
    assert len(run("history", "--stored", "--json", "--history", filled).json["history"]) == 2


def test_pruning_needs_a_time_and_a_history(run, tmp_path):
    assert run("prune", "--history", str(tmp_path / "x.db")).code == 2
    assert run("prune", "--before", "soon", "--history", str(tmp_path / "x.db")).code == 2
    nothing = run("prune", "--before", "90d", "--yes", "--history", str(tmp_path / "x.db"))

    assert nothing.code == 4
    assert "there is no stored history at" in nothing.stderr


# -- leaders, measured alike ------------------------------------------------------------------------------------------


def test_leaders_are_ranked_by_a_measure_with_its_evidence(run, served, file):
    done = run("leaders", "--compare", "--sort", "sharpe", "--json", "--history", file, venue="okx")
    rows = done.json["leaders"]
    ratios = [Decimal(row["sharpe"]["value"]) for row in rows if row["sharpe"]["value"] is not None]

    assert done.code == 0
    assert done.json["schema"] == "unifiedcopy.leader_measures/1"
    assert len(ratios) > 3
    assert ratios == sorted(ratios, reverse=True)
    assert {row["roi"]["evidence"] for row in rows} == {"roi series"}
    assert all(row["sharpe"]["points"] > 10 and row["sharpe"]["since"] for row in rows)


def test_a_venue_that_does_not_say_what_its_series_is_has_no_ratio_of_it(run, served, file):
    rows = run("leaders", "--compare", "--json", "--history", file, venue="bitget").json["leaders"]

    assert {row["sharpe"]["value"] for row in rows} == {None}
    assert {row["max_drawdown"]["evidence"] for row in rows} == {"venue's figure"}


def test_leaders_of_fewer_days_are_left_out_and_counted(run, served, file):
    done = run("leaders", "--min-days", "300", "--json", "--history", file, venue="okx")

    assert done.json["leaders"]
    assert all(row["leader"]["days"] >= 300 for row in done.json["leaders"])
    assert "leaders lead for fewer days" in done.stderr


def test_closed_positions_of_leaders_are_read_when_asked_for(run, served, file):
    row = run("leaders", "--closed", "50", "--limit", "1", "--json", "--history", file, venue="okx").json["leaders"][0]

    assert row["holding_time"]["value"] is not None
    assert row["win_rate"]["evidence"] == "closed positions"


def test_a_listing_is_kept(run, served, file):
    assert run("leaders", "--store", "--history", file, venue="okx").code == 0

    async def listings():
        async with History(file) as history:
            return await history.listings()

    [(_, exchange, leaders)] = asyncio.run(listings())
    assert (exchange, len(leaders) > 3) == ("okx/v5", True)


def test_a_wrong_measure_is_usage(run):
    done = run("leaders", "--venue", "all", "--sort", "luck")

    assert done.code == 2
    assert "write one of roi, drawdown, sharpe" in done.stderr


def test_all_venues_are_asked_and_those_without_credentials_left_out(run, served, file, monkeypatch):
    """Each venue answers from the sandbox; one has no key, one is away."""
    from unifiedcopy.cli import leaders as module

    real = module.read_all

    async def read_all(out, chosen, ask):
        reads = await real(out, [source for source in chosen if source.profile.venue == "okx/v5"], ask)
        away = {"bitget/v2-futures": AuthenticationError("no key"), "cointr/v2-futures": ExchangeNotAvailable("away")}
        others = [source for source in chosen if source.profile.venue in away]
        return [*reads, *(module.Read(source, error=away[source.profile.venue]) for source in others)]

    address = served["okx"].url
    everywhere = module._everywhere
    monkeypatch.setattr(module, "read_all", read_all)
    monkeypatch.setattr(
        module, "_everywhere", lambda accounts: [_at(source, address) for source in everywhere(accounts)]
    )
    done = run("leaders", "--venue", "all", "--history", file, **served.environment("okx"))

    assert done.code == 3
    assert "okx" in done.stdout
    assert "bitget/v2-futures is left out: no credentials" in done.stderr
    assert "failed: environment at cointr/v2-futures" in done.stderr


def _at(source, address):
    from dataclasses import replace

    if source.profile.venue != "okx/v5":
        return source
    return replace(source, profile=replace(source.profile, base_url=address))
