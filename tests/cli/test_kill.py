"""The kill switch and the write log, by command."""

import json

import pytest

from unifiedcopy.sandbox import Fault

FOLLOW = ("follow", "--fixed-amount", "50", "--symbols", "BTC/USDT:USDT", "--write", "--yes")


def leader_of(served):
    """A Bitget leader whom the account does not follow."""
    world = served["bitget"].world
    followed = {follow.leader.id for follow in world.copying.following("main")}
    return next(one for one in world.copying.leaders if one not in followed)


def test_after_kill_nothing_is_followed_by_anybody_until_it_is_released(run, served):
    leader = leader_of(served)

    assert run("kill", "--reason", "I am asleep").code == 0
    stopped = run(FOLLOW[0], leader, *FOLLOW[1:], venue="bitget")
    assert (stopped.code, served["bitget"].executions) == (9, [])
    assert "stopped by the kill switch" in stopped.stderr
    assert "I am asleep" in stopped.stderr

    assert run("kill", "--release").code == 0
    assert run(FOLLOW[0], leader, *FOLLOW[1:], venue="bitget").code == 0


def test_ending_goes_on_working_after_kill(run, served):
    run("kill")
    followed = next(iter(served["bitget"].world.copying.following("main"))).leader.id

    assert run("unfollow", followed, "--write", "--yes", venue="bitget").code == 0


def test_every_following_of_every_reachable_account_is_ended_and_the_others_are_listed(run, served, profiles):
    profiles(
        a=("bitget", "main", 'write = "sandbox"'),
        b=("okx", "main", 'write = "sandbox"'),
        dead=("toobit", "main", 'write = "sandbox"'),
        reads=("zoomex", "main", ""),
    )
    served["toobit"].faults.add(Fault("disconnect", times=None))
    done = run("kill", "--unfollow-all", "--open-copies", "venue", "--all", "--yes", "--json")

    left = {account["account"]: account for account in done.json["accounts"]}
    assert done.code == 3
    assert left["a"]["ended"] != []
    assert left["b"]["ended"] != []
    assert served["bitget"].world.copying.following("main") == []
    assert served["okx"].world.copying.following("main") == []
    assert [failure["leader"] for failure in left["dead"]["failed"]] == ["-"]
    assert "dead at toobit: NOT ended" in done.stderr


def test_how_open_copies_end_is_chosen_beforehand(run, served):
    done = run("kill", "--unfollow-all", "--yes", venue="okx")

    assert done.code == 2
    assert "--open-copies" in done.stderr


@pytest.mark.parametrize("wrong", [["--unfollow-all"], ["--unfollow-all", "--open-copies", "close"]])
def test_new_followings_stop_also_when_the_rest_of_the_command_is_wrong(run, served, wrong):
    assert run("kill", *wrong).code == 2

    assert run(FOLLOW[0], leader_of(served), *FOLLOW[1:], venue="bitget").code == 9


def test_the_write_log_shows_every_write_with_its_end_and_no_secret(run, served):
    leader = leader_of(served)
    run(FOLLOW[0], leader, *FOLLOW[1:], venue="bitget")
    run("unfollow", "123", "--write", "--yes", venue="bitget")
    shown = run("history", "--writes", "--json")

    assert [(one["intent"]["operation"], one["state"]) for one in shown.json["writes"]] == [
        ("unfollow", "rejected"),
        ("follow", "confirmed"),
    ]
    assert leader in run("history", "--writes").stdout
    assert [key for key in served.secrets if key in json.dumps(shown.json)] == []


@pytest.mark.parametrize(("said", "state"), [("done", "applied"), ("not-done", "not_applied")])
def test_what_a_person_found_out_about_a_write_in_doubt_is_noted(run, served, said, state):
    leader = leader_of(served)
    served["bitget"].faults.add(Fault("disconnect", method="POST", times=1, after_execution=False))
    served["bitget"].faults.add(Fault("disconnect", path="query-traders", skip=2, times=None))
    lost = run(FOLLOW[0], leader, *FOLLOW[1:], "--read-lag", "0.1", venue="bitget")
    assert lost.code == 6
    assert "1 of them in doubt" in run("history", "--writes").stderr

    assert run("history", "--writes", "--resolve", f"1={said}").code == 0
    assert run("history", "--writes", "--json").json["writes"][0]["state"] == state


@pytest.mark.parametrize("wrong", ["1", "x=done", "1=maybe", "9=done"])
def test_a_resolution_that_names_no_write_in_doubt_is_refused(run, served, wrong):
    run("unfollow", "123", "--write", "--yes", venue="bitget")

    assert run("history", "--writes", "--resolve", wrong).code == 2
