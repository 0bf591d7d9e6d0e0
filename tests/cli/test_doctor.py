"""``doctor``: what is wrong around a write is found before money depends on it."""

import sqlite3

from unifiedcopy.sandbox import Fault


def findings(done):
    return {(one["about"], one["check"]): (one["state"], one["words"]) for one in done.json["findings"]}


def test_a_fresh_machine_is_healthy(run):
    done = run("doctor", "--json")

    assert done.code == 0
    assert done.json["healthy"] is True
    assert {state for state, _ in findings(done).values()} == {"ok"}


def test_an_account_is_reached_its_clock_compared_and_its_key_tried(run, served):
    done = run("doctor", "--json", venue="bitget")

    of_account = {check: state for (about, check), (state, _) in findings(done).items() if about != "this machine"}
    assert done.code == 0
    assert of_account == {"place": "ok", "clock": "ok", "credentials": "ok", "rights of the key": "warn"}


def test_a_key_that_the_venue_refuses_is_found(run, served):
    done = run("doctor", "--json", venue="toobit", account="wrong-kind")

    assert done.code == 4
    assert findings(done)["environment at toobit", "credentials"][0] == "fail"


def test_a_dead_venue_is_found_and_the_rest_is_told_all_the_same(run, served):
    served["zoomex"].faults.add(Fault("disconnect", times=None))
    done = run("doctor", "--json", venue="zoomex")

    assert done.code == 4
    assert findings(done)["environment at zoomex", "credentials"][0] == "fail"
    assert findings(done)["this machine", "write log"][0] == "ok"


def test_a_write_log_that_was_edited_is_found(run, served, tmp_path):
    run("unfollow", "123", "--write", "--yes", venue="toobit")
    log = tmp_path / "state" / "journal.db"
    with sqlite3.connect(log) as db:
        db.execute("DROP TRIGGER events_are_not_changed")
        db.execute("UPDATE events SET state = 'confirmed' WHERE state = 'rejected'")
    done = run("doctor", "--json")

    assert done.code == 4
    assert "is not what was written" in findings(done)["this machine", "write log"][1]


def test_a_folder_that_others_can_read_is_found_with_its_cure(run, served, tmp_path):
    run("kill")
    (tmp_path / "state").chmod(0o755)
    done = run("doctor", "--json")

    assert done.code == 4
    assert "chmod 700" in findings(done)["this machine", "state folder"][1]


def test_the_kill_switch_is_told(run):
    run("kill", "--reason", "holiday")

    assert findings(run("doctor", "--json"))["this machine", "kill switch"][0] == "warn"
