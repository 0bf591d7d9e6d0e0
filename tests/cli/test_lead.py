"""``unifiedcopy lead``: what an account that leads sees and changes, against the sandbox."""

import pytest

LEADER = {"account": "leader"}


@pytest.mark.parametrize(
    ("command", "venue", "document", "shown"),
    [
        ("positions", "toobit", "positions", "/USDT:USDT"),
        ("history", "toobit", "history", "/USDT:USDT"),
        ("followers", "toobit", "followers", "***"),
        ("shares --kind totals", "toobit", "shares", "settled"),
        ("symbols", "toobit", "symbols", "yes"),
        ("statistics --days 30", "toobit", "statistics", "win rate"),
        ("settings", "toobit", "settings", "invite only"),
        ("positions", "okx", "positions", "/USDT:USDT"),
        ("shares", "okx", "shares", "settled"),
        ("symbols", "okx", "symbols", "/USDT:USDT"),
    ],
)
def test_what_a_leader_reads_is_a_table_and_a_document(run, served, command, venue, document, shown):
    table = run("lead", *command.split(), venue=venue, **LEADER)
    machine = run("lead", *command.split(), "--json", venue=venue, **LEADER)

    assert (table.code, machine.code) == (0, 0), table
    assert shown in table.stdout
    assert machine.json["schema"] == f"unifiedcopy.{document}/1"
    assert machine.json[document]


def test_an_account_that_does_not_lead_is_refused_in_the_venues_words(run, served):
    done = run("lead", "positions", venue="toobit")

    assert done.code == 5
    assert "-120041" in done.stderr


def test_what_a_venue_lacks_for_leaders_is_said_without_a_request(run, served):
    done = run("lead", "followers", venue="zoomex", **LEADER)

    assert done.code == 5
    assert "the leader's side is zoomex/v3-leader" in done.stderr
    assert served["zoomex"].requests == []


def test_a_lead_position_is_closed_and_its_id_is_looked_for_among_those(run, served):
    (position, *_) = run("lead", "positions", "--json", venue="okx", **LEADER).json["positions"]

    dry = run("lead", "close", position["id"], "--dry-run", venue="okx", **LEADER)
    wrong = run("lead", "close", "1", "--yes", "--write", venue="okx", **LEADER)
    done = run("lead", "close", position["id"], "--yes", "--write", venue="okx", **LEADER)

    assert "/api/v5/copytrading/close-subposition" in dry.stdout
    assert wrong.code == 5
    assert "no open position has the id '1'" in wrong.stderr
    assert done.code == 0, done
    assert [write.operation for write in served["okx"].executions] == ["close_subposition"]
    left = run("lead", "positions", "--json", venue="okx", **LEADER).json["positions"]
    assert position["id"] not in {row["id"] for row in left}


def test_symbols_are_replaced_where_the_venue_takes_the_whole_list(run, served):
    refused = run("lead", "set-symbols", "BTC/USDT:USDT", "--how", "add", "--yes", "--write", venue="okx", **LEADER)
    done = run("lead", "set-symbols", "BTC/USDT:USDT,ETH/USDT:USDT", "--yes", "--write", venue="okx", **LEADER)

    assert refused.code == 5
    assert "can't express how" in refused.stderr
    assert done.code == 0, done
    led = run("lead", "symbols", "--json", venue="okx", **LEADER).json["symbols"]
    assert {row["symbol"] for row in led if row["enabled"]} == {"BTC/USDT:USDT", "ETH/USDT:USDT"}
