"""Caps: what a follow may put at risk, alone and beside everything else; in doubt the answer is no."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unifiedcopy as uc
from unifiedcopy.safety.caps import Admission, ceiling
from unifiedcopy.sandbox import Sandbox

LEADER = "77"
AMOUNTS = st.decimals("0.01", 1000, places=2)
SIZINGS = st.one_of(
    AMOUNTS.map(uc.FixedAmount), AMOUNTS.map(uc.TotalBudget), AMOUNTS.map(uc.Multiple), st.just(uc.ShareOfEquity())
)


def settings(sizing=None, **more):
    return uc.FollowSettings(sizing=sizing or uc.FixedAmount(50), **more)


@pytest.mark.parametrize("wrong", [{"max_leader_amount": "NaN"}, {"max_total_amount": -1}, {"max_daily_amount": 2.5}])
def test_a_cap_that_is_no_amount_is_refused_by_name(wrong):
    with pytest.raises(uc.ConfigError, match=next(iter(wrong))):
        uc.Caps(**wrong)


@pytest.mark.parametrize(
    ("caps", "wanted", "why"),
    [
        ({"allowed_leaders": ("78",)}, settings(), "none of allowed_leaders"),
        ({"max_order_amount": 49}, settings(), "50 is more than max_order_amount = 49"),
        ({"max_order_amount": 49}, settings(uc.Multiple(1)), "max_order_amount = 49 can't be kept"),
        ({"max_leader_amount": 100}, settings(), "has no ceiling"),
        ({"max_leader_amount": 100}, settings(total_budget=0), "has no ceiling"),
        ({"max_leader_amount": 100}, settings(total_budget="100.01"), "100.01 is more than max_leader_amount"),
    ],
)
def test_settings_that_exceed_a_cap_or_bound_nothing_are_refused(caps, wanted, why):
    with pytest.raises(uc.SafetyRefused, match=why) as caught:
        Admission(uc.Caps(**caps), "acme/v1", LEADER, wanted).check_alone()
    assert caught.value.outcome == "not_sent"


@given(AMOUNTS, SIZINGS, st.none() | AMOUNTS)
def test_whatever_passes_is_bounded_by_the_cap(cap, sizing, budget):
    admission = Admission(uc.Caps(max_leader_amount=cap), "acme/v1", LEADER, settings(sizing, total_budget=budget))
    try:
        admission.check_alone()
    except uc.SafetyRefused:
        return
    bound = ceiling(settings(sizing, total_budget=budget))
    assert bound is not None
    assert bound <= cap


@given(st.dictionaries(st.sampled_from("abcd"), st.none() | AMOUNTS), AMOUNTS, st.integers(0, 4))
def test_all_followings_together_stay_within_the_caps(standing, total, count):
    caps = uc.Caps(max_total_amount=total, max_followings=count)
    admit = Admission(caps, "acme/v1", LEADER, settings(total_budget=50)).check_with(standing)
    try:
        admit([], [])
    except uc.SafetyRefused:
        return
    assert None not in standing.values()
    assert sum(standing.values(), Decimal(50)) <= total
    assert len(standing) + 1 <= count


# -- against the sandbox ----------------------------------------------------------------------------------------------


@pytest.fixture
async def box():
    async with Sandbox(seed=7) as running:
        running["okx"].options.limit_factor = 0
        yield running


def connected(box, folder, **caps):
    server = box["okx"]
    keys = server.accounts["empty"].credentials
    caps = uc.Caps(**caps)
    return uc.connect("okx/v5", **keys, base_url=server.url, write=True, journal=folder, caps=caps, read_lag=0.1)


def leaders(box):
    """Those who can be copied with settings of one's own."""
    everybody = box["okx"].world.copying.leaders.values()
    return [one.id for one in everybody if one.open_to_follow and not one.extra.get("smart sync")]


RAW = {"uniqueCode": "1", "copyTotalAmt": 500, "copyAmt": 50, "copyMode": "fixed_amount"}
RAW |= {"subPosCloseType": "copy_close", "copyMgnMode": "copy", "copyInstIdType": "copy"}
WANTED = uc.FollowSettings(sizing=uc.FixedAmount(50), total_budget=500)


async def test_ten_follows_at_once_stay_within_one_cap(box, tmp_path):
    async with connected(box, tmp_path / "s", max_total_amount=1000, max_daily_amount=5000) as ex:
        ids = leaders(box)
        ends = await asyncio.gather(
            *(ex.follow(ids[n % len(ids)], WANTED, amend=False) for n in range(10)), return_exceptions=True
        )

    done = [end for end in ends if isinstance(end, uc.Receipt)]
    assert len([run for run in box["okx"].executions if run.operation == "follow"]) == len(done) == 2
    assert {type(end) for end in ends} <= {uc.Receipt, uc.SafetyRefused, uc.AlreadyFollowing}


async def test_what_was_followed_elsewhere_and_what_was_spent_today_counts(box, tmp_path):
    async with connected(box, tmp_path / "elsewhere") as ex:
        first, second, third = leaders(box)[:3]
        await ex.follow(first, WANTED, amend=False)
    async with connected(box, tmp_path / "s", max_followings=1) as ex:
        with pytest.raises(uc.SafetyRefused, match="2 followings are more than max_followings = 1"):
            await ex.follow(second, WANTED, amend=False)
    async with connected(box, tmp_path / "s", max_daily_amount=700) as ex:
        await ex.follow(second, WANTED, amend=False)
        await ex.unfollow(second, open_copies="close")
        with pytest.raises(uc.SafetyRefused, match="1000 is more than max_daily_amount = 700"):
            await ex.follow(third, WANTED, amend=False)


async def test_caps_are_not_gone_past_by_a_raw_call(box, tmp_path):
    async with connected(box, tmp_path / "s", max_followings=9) as ex:
        with pytest.raises(uc.SafetyRefused, match="raw call"):
            await ex.call(
                "follow",
                uniqueCode="1",
                copyTotalAmt=500,
                copyAmt=50,
                copyMode="fixed_amount",
                subPosCloseType="copy_close",
                copyMgnMode="copy",
                copyInstIdType="copy",
            )
    assert box["okx"].executions == []


def test_caps_without_a_log_are_refused():
    with pytest.raises(uc.ConfigError, match="journal="):
        uc.connect("okx", write=True, caps=uc.Caps())
