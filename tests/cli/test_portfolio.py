"""Many accounts as one: sums, gaps that are told, and exit codes that scripts can rely on."""

import csv
import io
import json
from decimal import Decimal

import pytest

from unifiedcopy.cli.groups import as_csv
from unifiedcopy.portfolio import Snapshot
from unifiedcopy.sandbox import Fault

from ..portfolio.venues import position, reading

THREE = {
    "one": ("toobit", "main", 'account = "main"'),
    "two": ("bitget", "main", 'account = "main"'),
    "three": ("zoomex", "main", 'account = "main"'),
}


def test_all_accounts_are_one_document_with_sums_and_coverage(run, profiles):
    profiles(**THREE)
    done = run("portfolio", "--all", "--json")

    assert done.code == 0, done
    document = done.json
    assert document["schema"] == "unifiedcopy.portfolio/1"
    assert (document["coverage"]["accounts"], document["coverage"]["complete"]) == (3, True)
    assert {group["key"] for group in document["groups"]} == {row["symbol"] for row in document["positions"]}
    margins = [row["margin"] for row in document["positions"] if row["margin_asset"] == "USDT" and row["margin"]]
    assert Decimal(document["total"]["margin"]["amounts"]["USDT"]) == sum(map(Decimal, margins))
    assert [account["status"] for account in document["accounts"]] == ["ok", "ok", "ok"]
    assert "positions" not in document["accounts"][0]


def test_profiles_of_one_key_are_told_because_their_positions_count_twice(run, profiles):
    profiles(one=("toobit", "main", 'account = "one"'), two=("toobit", "main", 'account = "two"'))
    done = run("portfolio", "--all")

    assert done.code == 0, done
    told = "toobit/v2 one and toobit/v2 two have one API key: what it holds is counted for each"
    assert told in done.stderr


@pytest.mark.parametrize("by", ["symbol", "leader", "venue", "account"])
def test_the_sums_are_tables_too(run, profiles, by):
    profiles(**THREE)
    done = run("portfolio", "--all", "--by", by)

    assert done.code == 0, done
    first = done.stdout.splitlines()[0]
    assert by in first
    assert "uPnL" in first
    assert "total in" in done.stdout
    assert "3 of 3 accounts ok; the oldest answer is" in done.stdout
    assert "reading 3 accounts at 3 venues" in done.stderr


def test_what_a_venue_does_not_tell_is_counted_and_not_zero(run, profiles):
    profiles(**THREE)
    stdout = run("portfolio", "--all", "--by", "venue").stdout
    [bitget] = [line for line in stdout.splitlines() if line.startswith("bitget")]

    assert " 0.00" not in bitget
    assert " of " in stdout


def test_an_account_that_fails_is_named_and_the_others_stand(run, profiles, served):
    profiles(**THREE)
    served["bitget"].faults.add(Fault("status", status=403, body=b"<html>denied</html>", times=None))
    done = run("portfolio", "--all", "--json", "--deadline", "10")

    assert done.code == 3, done
    assert (done.json["coverage"]["ok"], done.json["coverage"]["failed"]) == (2, 1)
    assert "main at bitget/v2-futures: failed:" in done.stderr
    assert {row["exchange"] for row in done.json["positions"]} == {"toobit/v2", "zoomex/v3"}


def test_accounts_that_could_not_be_read_are_never_said_to_hold_nothing(run, profiles, served):
    profiles(**THREE)
    for venue in ("toobit", "bitget", "zoomex"):
        served[venue].faults.add(Fault("status", status=403, body=b"<html>denied</html>", times=None))
    done = run("portfolio", "--all", "--deadline", "10")

    assert done.code == 7, done
    assert done.stdout == "not known: no account was read\n\n0 of 3 accounts ok, 3 failed\n"


@pytest.mark.parametrize("command", ["positions", "portfolio"])
def test_of_several_accounts_an_empty_table_says_how_many_were_read(run, profiles, served, command):
    profiles(empty=("bitget", "empty", ""), dead=("zoomex", "main", ""))
    served["zoomex"].faults.add(Fault("status", status=403, body=b"<html>denied</html>", times=None))
    done = run(command, "--all")

    assert done.stdout.startswith("no open positions in the 1 of 2 accounts that could be read\n")


def test_a_venue_that_hangs_costs_its_deadline_and_nobody_else_anything(run, profiles, served):
    profiles(**THREE)
    served["zoomex"].faults.add(Fault("delay", seconds=20, times=None))
    done = run("portfolio", "--all", "--by", "account", "--deadline", "3")

    assert done.code == 3, done
    assert "no answer within 3 s" in done.stderr
    assert "failed" in done.stdout
    assert "2 of 3 accounts ok, 1 failed" in done.stdout


def test_an_answer_that_can_not_be_read_whole_ends_with_its_own_code(run, profiles, served):
    profiles(one=THREE["one"], three=THREE["three"])
    served["toobit"].faults.add(Fault("status", status=200, body=b'{"code": 200, "data": {}}', path="orders/current"))
    done = run("portfolio", "--all", "--json")

    assert done.code == 8, done
    assert done.json["coverage"]["failed"] == 1


def test_a_profile_that_does_not_exist_is_told_and_the_rest_goes_on(run, profiles):
    profiles(**THREE)
    done = run("portfolio", "--profile", "one", "--profile", "onne", "--json")

    assert done.code == 3, done
    assert "there is no profile 'onne'" in done.stderr
    assert "did you mean 'one'" in done.stderr
    assert done.json["coverage"]["ok"] == 1


def test_two_profiles_of_one_name_at_one_api_are_told_apart_or_told(run, profiles):
    profiles(one=THREE["one"], again=THREE["one"])
    done = run("portfolio", "--all", "--json")

    assert done.code == 3, done
    assert "another profile is account 'main' of toobit/v2 already" in done.stderr
    assert done.json["coverage"]["ok"] == 1


def test_a_venue_that_is_none_is_told_and_the_rest_goes_on(run, profiles, tmp_path):
    path = profiles(one=THREE["one"])
    path.write_text(path.read_text() + '\n[profiles.lost]\nvenue = "bitgte"\n')
    done = run("portfolio", "--all")

    assert done.code == 3, done
    assert "there is no venue 'bitgte'" in done.stderr


def test_with_no_account_at_all_the_first_trouble_is_the_error(run, profiles):
    profiles(**THREE)

    assert run("portfolio", "--profile", "onne").code == 4
    assert run("portfolio").code == 2


def test_a_wrong_key_ends_with_the_code_of_the_configuration(run, profiles, served):
    path = profiles(one=THREE["one"])
    path.write_text(path.read_text().replace('secret = "', 'secret = "not-'))
    done = run("portfolio", "--all")

    assert done.code == 4, done
    assert "next     check key, secret, passphrase" in done.stderr


def test_csv_has_every_digit_and_a_row_for_each_currency(run, profiles):
    profiles(**THREE)
    done = run("portfolio", "--all", "--by", "venue", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    whole = run("portfolio", "--all", "--by", "venue", "--json").json

    assert done.code == 0, done
    assert {row["key"] for row in rows} == {"toobit", "bitget", "zoomex"}
    assert {row["currency"] for row in rows if row["key"] == "zoomex"} >= {"USDT", "BTC"}
    margins = {group["key"]: group["margin"]["amounts"].get("USDT") for group in whole["groups"]}
    assert {row["key"]: row["margin"] for row in rows if row["currency"] == "USDT"} == margins


def test_text_of_a_venue_is_no_formula_in_a_spreadsheet():
    sneaky = position(leader_name="=HYPERLINK(1)", symbol=None, venue_symbol="@SUM(1)", margin_asset="-1")
    snapshot = Snapshot(taken_at=1, accounts=(reading(sneaky),))
    cells = [cell for row in csv.reader(io.StringIO(as_csv(snapshot.by("leader")))) for cell in row]

    assert "'=HYPERLINK(1)" in cells
    assert "'-1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]


def test_options_that_don_t_go_together_are_refused(run, profiles):
    profiles(**THREE)

    assert run("portfolio", "--all", "--csv", "--json").code == 2
    assert run("portfolio", "--all", "--csv", "--watch").code == 2
    assert run("portfolio", "--all", "--seconds", "1").code == 2
    assert "--every: 0.0 is not a number of seconds" in run("portfolio", "--all", "--watch", "--every", "0").stderr


def test_watching_tells_what_changes(run, profiles, served):
    profiles(one=THREE["one"])
    served["toobit"].faults.add(Fault("status", status=200, body=b"{}", path="orders/current", skip=1, times=2))
    done = run("portfolio", "--all", "--watch", "--every", "0.2", "--seconds", "5", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert [event["kind"] for event in events] == ["unreadable", "readable"]
    assert events[0]["error"]["kind"] == "BadResponse"
    assert events[1]["since"] < events[1]["at"]
    assert done.code == 0, done


def test_a_live_view_is_drawn_on_a_terminal(run, profiles, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    profiles(one=THREE["one"])
    done = run("portfolio", "--all", "--watch", "--every", "5", "--seconds", "1.5", NO_COLOR="", TERM="xterm")

    assert done.code == 0, done
    assert "total in" in done.stdout
    assert "UTC · 1 of 1 accounts ok" in done.stdout
    assert "\x1b[" in done.stdout
