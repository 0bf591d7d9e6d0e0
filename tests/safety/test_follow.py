"""Starting and changing a following on the venues of the sandbox: what is read before, kept, and not sent."""

import asyncio

import pytest
import stamina

import unifiedcopy as uc
from unifiedcopy.sandbox import Fault, Sandbox


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
async def box():
    async with Sandbox(seed=7, venues=["toobit", "bitget", "okx"]) as running:
        for venue in running:
            running[venue].options.limit_factor = 0
        yield running


def connected(box, schema_id, account="main", **options):
    server = box[schema_id.partition("/")[0]]
    keys = server.accounts[account].credentials
    return uc.connect(schema_id, **keys, base_url=server.url, write=True, read_lag=0.05, **options)


def writes_of(server):
    return [request for request in server.requests if request.method != "GET"]


async def a_leader(ex):
    return next(one for one in await ex.list_leaders() if one.can_follow)


def fixed(amount, leader, **more):
    return uc.FollowSettings(sizing=uc.FixedAmount(amount), symbols=leader.symbols[:2], **more)


@pytest.mark.parametrize("notation", ["50", "50.00"])
async def test_a_leader_who_is_followed_so_already_is_not_followed_again(box, tmp_path, notation):
    async with connected(box, "bitget/v2-futures", account="empty", journal=tmp_path / "state") as ex:
        leader = await a_leader(ex)
        await ex.follow(leader, fixed("50", leader, stop_loss=uc.Roi("-0.2")))
        sent = len(writes_of(box["bitget"]))
        await asyncio.sleep(0.1)  # a read of before the lag is over may not show it
        receipt = await ex.follow(leader, fixed(notation, leader, stop_loss=uc.Roi("-0.20")))

        assert receipt.notes == ("the leader is followed so already: nothing was sent",)
        assert (receipt.confirmed_by, receipt.sent) == ("state", {})
        assert len(writes_of(box["bitget"])) == sent
        assert len(ex.writes()) == 1


async def test_what_a_read_may_not_show_yet_is_not_taken_for_done(box):
    """A following that this account ended just now may still be told."""
    async with connected(box, "bitget/v2-futures", account="empty") as ex:
        leader = await a_leader(ex)
        await ex.follow(leader, fixed("50", leader))

        assert (await ex.follow(leader, fixed("50", leader))).sent != {}


async def test_other_settings_for_a_followed_leader_are_sent(box):
    async with connected(box, "bitget/v2-futures", account="empty") as ex:
        leader = await a_leader(ex)
        await ex.follow(leader, fixed("50", leader))
        receipt = await ex.follow(leader, fixed("60", leader))
        settings = await ex.follow_settings(leader)

    assert receipt.confirmed_by == "answer"
    assert {one.sizing for one in settings} == {uc.FixedAmount("60")}


async def test_the_callers_own_params_are_always_sent(box):
    async with connected(box, "toobit") as ex:
        leader = (await ex.following())[0].leader_id
        (settings,) = await ex.follow_settings(leader)
        receipt = await ex.follow(leader, settings, params={"realInvestAmount": "100"})

    assert receipt.sent["realInvestAmount"] == "100"
    assert len(box["toobit"].executions) == 1


async def test_a_change_keeps_what_was_not_given_and_says_so(box):
    async with connected(box, "toobit") as ex:
        leader = (await ex.following())[0].leader_id
        (before,) = await ex.follow_settings(leader)
        receipt = await ex.follow(
            leader, uc.FollowSettings(stop_loss=uc.Roi("-0.33")), params={"realInvestAmount": "100"}
        )
        (after,) = await ex.follow_settings(leader)

    changed = {name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)}
    assert changed == {"stop_loss"}
    assert after.stop_loss == uc.Roi("-0.33")
    kept = {note.partition(" ")[0] for note in receipt.notes if "was not given and stays" in note}
    assert {"sizing", "leverage", "total_budget", "max_equity_share"} <= kept
    assert "stop_loss" not in kept


async def test_a_preview_of_a_change_tells_what_would_be_kept_and_sends_nothing(box):
    async with connected(box, "toobit") as ex:
        leader = (await ex.following())[0].leader_id
        preview = await ex.preview(
            "follow", leader, uc.FollowSettings(stop_loss=uc.Roi("-0.33")), params={"realInvestAmount": "100"}
        )

    assert any("was not given and stays" in note for note in preview.notes)
    assert writes_of(box["toobit"]) == []


@pytest.mark.parametrize("path", ["/follower/leaders", "/follower/config"])
@pytest.mark.parametrize("kind", ["disconnect", "garbage", "status"])
async def test_a_change_whose_reading_before_fails_is_not_sent(box, tmp_path, path, kind):
    async with connected(box, "toobit", journal=tmp_path / "state") as ex:
        leader = (await ex.following())[0].leader_id
        box["toobit"].faults.add(Fault(kind, "GET", path, times=None))
        with pytest.raises(uc.UnifiedCopyError) as caught:
            await ex.follow(leader, uc.FollowSettings(stop_loss=uc.Roi("-0.33")), params={"realInvestAmount": "100"})

        assert caught.value.outcome == "not_sent"
        assert not isinstance(caught.value, uc.OutcomeUnknown)
        assert ex.writes() == []
    assert writes_of(box["toobit"]) == []


async def test_a_start_whose_reading_before_fails_is_not_sent(box):
    async with connected(box, "bitget/v2-futures", account="empty") as ex:
        leader = await a_leader(ex)
        box["bitget"].faults.add(Fault("garbage", "GET", times=None))
        with pytest.raises(uc.UnifiedCopyError) as caught:
            await ex.follow(leader, fixed("50", leader))

    assert caught.value.outcome == "not_sent"
    assert writes_of(box["bitget"]) == []


async def test_the_call_that_starts_or_changes_is_chosen_by_what_stands(box):
    async with connected(box, "okx/v5", account="empty") as ex:
        leader = next(one for one in box["okx"].world.copying.leaders.values() if one.open_to_follow).id
        settings = {"total_budget": 500, "max_loss": 100, "open_copies": "keep", "margin_mode": "isolated"}
        settings |= {"symbols": ("BTC/USDT:USDT",)}
        first = await ex.follow(leader, uc.FollowSettings(sizing=uc.FixedAmount(50), **settings))
        second = await ex.follow(leader, uc.FollowSettings(sizing=uc.FixedAmount(60), **settings))

    assert first.endpoint != second.endpoint
    assert [one.operation for one in box["okx"].executions] == ["follow", "amend_follow"]


async def test_a_start_whose_answer_is_lost_is_found_by_what_is_followed(box, tmp_path):
    async with connected(box, "bitget/v2-futures", account="empty", journal=tmp_path / "state") as ex:
        leader = await a_leader(ex)
        box["bitget"].faults.add(Fault("disconnect", "POST", after_execution=True))
        receipt = await ex.follow(leader, fixed("50", leader))

        assert receipt.confirmed_by == "state"
        assert [one.state for one in ex.writes()] == ["applied"]
    assert len(box["bitget"].executions) == 1
