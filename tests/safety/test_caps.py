"""Caps: what a follow may put at risk, alone and beside everything else; in doubt the answer is no."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unifiedcopy as uc
from tests.safety.conftest import wish
from unifiedcopy.limiting.shapes import Shapes
from unifiedcopy.safety.caps import Admission, ceiling, refuse_raw
from unifiedcopy.safety.journal import WriteRecord
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


@pytest.mark.parametrize("wrong", [-1, True, 1.0, "3"])
def test_a_count_that_is_no_whole_number_is_refused(wrong):
    with pytest.raises(uc.ConfigError, match=r"max_followings: .* is not a whole number of at least 0"):
        uc.Caps(max_followings=wrong)


@pytest.mark.parametrize("wrong", ["77", (" ",), ("77", ""), (77,), [None]])
def test_leaders_that_are_no_ids_are_refused(wrong):
    with pytest.raises(uc.ConfigError, match="allowed_leaders: pass a list of ids as text"):
        uc.Caps(allowed_leaders=wrong)


def test_caps_are_kept_exact_and_zero_is_one():
    caps = uc.Caps(max_total_amount="0.10", max_daily_amount=0, max_followings=0, allowed_leaders=["77"])

    assert (caps.max_total_amount, caps.max_daily_amount) == (Decimal("0.10"), Decimal(0))
    assert (caps.max_followings, caps.allowed_leaders) == (0, ("77",))


def test_caps_are_not_changed_any_more():
    with pytest.raises(AttributeError):
        uc.Caps().max_followings = 3


@pytest.mark.parametrize(
    ("caps", "counts"), [({}, False), ({"max_total_amount": 1}, True), ({"max_followings": 1}, True)]
)
def test_what_is_followed_already_matters_to_some_caps(caps, counts):
    assert uc.Caps(**caps).counts_followings is counts


@pytest.mark.parametrize(
    ("wanted", "most"),
    [
        (settings(), None),
        (settings(total_budget=0), None),
        (settings(total_budget=9), Decimal(9)),
        (settings(uc.TotalBudget(7)), Decimal(7)),
        (settings(uc.TotalBudget(7), total_budget=5), Decimal(5)),
        (settings(uc.TotalBudget(7), total_budget=9), Decimal(7)),
    ],
)
def test_a_following_uses_at_most_the_least_of_its_bounds(wanted, most):
    assert ceiling(wanted) == most


@pytest.mark.parametrize(
    ("caps", "wanted"),
    [
        ({}, settings(uc.Multiple(1))),
        ({"allowed_leaders": (LEADER,)}, settings()),
        ({"max_order_amount": 50}, settings()),
        ({"max_order_amount": 50}, settings(uc.Multiple(1), total_budget=50)),
        ({"max_leader_amount": 100}, settings(total_budget=100)),
    ],
)
def test_what_is_just_within_a_cap_is_let_through(caps, wanted):
    Admission(uc.Caps(**caps), "acme/v1", LEADER, wanted).check_alone()


def noted(number, leader, amount):
    """A follow of the write log."""
    intent = wish(leader_id=leader, amount=amount)
    return WriteRecord(id=number, state="confirmed", planned_at=0, at=0, intent=intent, process="", data={})


def admit(caps, standing, *, today=(), fresh=(), budget=100):
    admission = Admission(uc.Caps(**caps), "acme/v1", LEADER, settings(total_budget=budget))
    admission.check_with(standing)([noted(*one) for one in today], [noted(*one) for one in fresh])


@pytest.mark.parametrize(
    ("caps", "standing", "seen", "why"),
    [
        ({"max_daily_amount": 100}, None, {}, None),
        ({"max_daily_amount": 150}, None, {"today": [(1, "1", "50")]}, None),
        ({"max_daily_amount": 149}, None, {"today": [(1, "1", "50")]}, "150 is more than max_daily_amount = 149"),
        ({"max_daily_amount": 500}, None, {"today": [(1, "1", None)]}, "max_daily_amount = 500 can't be kept"),
        ({"max_daily_amount": 500}, None, {"budget": None}, "the following has no ceiling"),
        ({"max_total_amount": 150}, {"1": Decimal(50)}, {}, None),
        ({"max_total_amount": 149}, {"1": Decimal(50)}, {}, "150 is more than max_total_amount = 149"),
        ({"max_total_amount": 100}, {LEADER: Decimal(500)}, {}, None),
        ({"max_total_amount": 500}, {"1": None}, {}, "no ceiling is known for 1"),
        ({"max_total_amount": 500}, {"1": Decimal(1), "2": None}, {}, r"is known for 2 \("),
        ({"max_total_amount": 149}, {}, {"fresh": [(1, "1", "50")]}, "150 is more"),
        ({"max_total_amount": 150}, {"1": Decimal(40)}, {"fresh": [(1, "1", "50")]}, None),
        ({"max_total_amount": 150}, {"1": Decimal(60)}, {"fresh": [(1, "1", "50")]}, "160 is more"),
        ({"max_total_amount": 150}, {"1": None}, {"fresh": [(1, "1", "50")]}, "no ceiling is known for 1"),
        ({"max_total_amount": 500}, {}, {"fresh": [(1, "1", None)]}, "no ceiling is known for 1"),
        ({"max_total_amount": 150}, {}, {"fresh": [(1, None, "50"), (2, None, "50")]}, "200 is more"),
        ({"max_total_amount": "100.5"}, {}, {"fresh": [(1, "1", "0.5")]}, None),
        ({"max_total_amount": 100}, {}, {"fresh": [(1, "1", "0.5")]}, "100.5 is more"),
        ({"max_followings": 2}, {"1": None}, {}, None),
        ({"max_followings": 1}, {"1": None}, {}, "2 followings are more than max_followings = 1"),
        ({"max_followings": 1}, {LEADER: None}, {}, None),
        ({"max_followings": 1}, {}, {"fresh": [(1, None, "1")]}, "2 followings"),
    ],
)
def test_a_follow_is_held_against_all_that_stands_or_may_stand(caps, standing, seen, why):
    if why is None:
        admit(caps, standing, **seen)
        return
    with pytest.raises(uc.SafetyRefused, match=why) as caught:
        admit(caps, standing, **seen)
    assert caught.value.exchange == "acme/v1"


def test_a_raw_call_is_let_through_without_caps_and_where_it_takes_risk_away():
    refuse_raw(None, "call", "acme/v1")
    refuse_raw(uc.Caps(), "unfollow", "acme/v1")
    with pytest.raises(uc.SafetyRefused, match="raw call"):
        refuse_raw(uc.Caps(), "call", "acme/v1")


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


async def test_fifty_follows_at_once_stay_within_one_cap(box, tmp_path, monkeypatch):
    monkeypatch.setattr(Shapes, "passed", lambda self, name: ())  # they would wait for the venue's limits
    async with connected(box, tmp_path / "s", max_total_amount=1000, max_daily_amount=5000) as ex:
        ids = leaders(box)
        ends = await asyncio.gather(
            *(ex.follow(ids[n % len(ids)], WANTED, amend=False) for n in range(50)), return_exceptions=True
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
