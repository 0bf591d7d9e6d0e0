from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unifiedcopy as uc
from unifiedcopy.models import Clear, FollowedLeader, Follower, LeadSettings
from unifiedcopy.page import Page
from unifiedcopy.safety.goals import (
    AllClosed,
    AnyGoal,
    Closed,
    Followed,
    Guarded,
    Led,
    Unlisted,
    fact,
    followed,
    guarded,
    settings_facts,
    trigger_fact,
)

POSITION = uc.Position(
    exchange="acme/v1",
    account=None,
    id="p1",
    symbol="BTC/USDT:USDT",
    venue_symbol="BTCUSDT",
    side="long",
    size=Decimal("1.50"),
    size_unit="base",
    take_profit=uc.Price("70000"),
    opened_at=1_700_000_000_000,
)


class State:
    """What the venue would tell, by verb."""

    def __init__(self, **lists):
        self.lists = {name.replace("lead_", "lead."): rows for name, rows in lists.items()}
        self.asked = []
        self.told = {
            "following": {"leader_id"},
            "follow_settings": {"sizing", "stop_loss", "symbols"},
            "positions": {"id", "size", "take_profit", "stop_loss"},
            "lead.positions": {"id", "size", "take_profit", "stop_loss"},
            "lead.settings": {"profit_share", "open_to_follow"},
        }

    async def read(self, verb, given, *, market=None):
        self.asked.append((verb, given, market))
        return Page(list(self.lists.get(verb, [])), ())

    def tells(self, verb):
        return frozenset(self.told.get(verb, ()))


def changed(position=POSITION, **fields):
    return msgspec.structs.replace(position, **fields)


def settings(amount="50", loss="-0.2", **more):
    return uc.FollowSettings(sizing=uc.FixedAmount(amount), stop_loss=uc.Roi(loss), **more)


SEVEN = FollowedLeader(exchange="acme/v1", account=None, leader_id="7")


async def state_of(goal, **lists):
    return (await goal.look(State(**lists))).state


# -- followed ---------------------------------------------------------------------------------------------------------


def asked(wanted=None, before=None, **how):
    goal = followed("7", wanted or settings(), per_symbol=how.pop("per_symbol", False))
    return msgspec.structs.replace(goal, before=before)


FACTS = settings_facts(settings(), {"symbols"})


async def test_a_leader_who_is_followed_as_asked_is_followed():
    assert await state_of(asked(before=()), following=[SEVEN], follow_settings=[settings("50.00")]) == "done"


async def test_a_leader_who_is_not_in_the_list_is_not_followed():
    other = FollowedLeader(exchange="acme/v1", account=None, leader_id="8")
    assert await state_of(asked(before=()), following=[other], follow_settings=[settings()]) == "undone"


async def test_settings_that_stand_as_before_are_unchanged():
    goal = asked(settings("60"), before=(FACTS,))
    assert await state_of(goal, following=[SEVEN], follow_settings=[settings()]) == "undone"


async def test_settings_neither_as_asked_nor_as_before_prove_nothing():
    goal = asked(settings("60"), before=(FACTS,))
    assert await state_of(goal, following=[SEVEN], follow_settings=[settings("55")]) == "unclear"
    assert await state_of(asked(), following=[SEVEN], follow_settings=[settings("55")]) == "unclear"


async def test_what_the_venue_does_not_tell_proves_nothing_when_nothing_was_read_before():
    goal = asked(settings(max_loss="5"))
    assert await state_of(goal, following=[SEVEN], follow_settings=[settings()]) == "unclear"


def test_without_symbols_all_are_asked_for_unless_settings_are_kept_for_each():
    assert followed("7", settings(), per_symbol=False).asked["symbols"] == "all"
    assert followed("7", settings(symbols=("A", "B")), per_symbol=False).asked["symbols"] == "A,B"
    assert followed("7", settings(symbols=("A", "B")), per_symbol=False).symbols == ()
    each = followed("7", settings(symbols=("A", "B")), per_symbol=True)
    assert ("symbols" in each.asked, each.symbols) == (False, ("A", "B"))


async def test_what_was_as_asked_before_as_far_as_one_can_see_proves_nothing():
    goal = asked(settings(max_loss="5"), before=(FACTS,))
    assert await state_of(goal, following=[SEVEN], follow_settings=[settings()]) == "unclear"


async def test_one_who_was_not_followed_before_and_is_now_is_followed_though_not_all_is_told():
    goal = asked(settings(max_loss="5"), before=())
    assert await state_of(goal, following=[SEVEN], follow_settings=[settings()]) == "done"


@pytest.mark.parametrize(
    ("wanted", "before", "begun_undone"),
    [
        (settings(), None, False),
        (settings(), (), True),
        (settings(), (FACTS,), False),
        (settings("60"), (FACTS,), True),
        (settings(max_loss="5"), (FACTS,), False),
    ],
)
def test_a_following_was_undone_before_only_when_that_was_read(wanted, before, begun_undone):
    assert asked(wanted, before).begun_undone is begun_undone


async def test_settings_are_asked_for_each_symbol_where_they_are_kept_so():
    goal = asked(settings(symbols=("BTC/USDT:USDT", "ETH/USDT:USDT")), before=(), per_symbol=True)
    btc, eth = settings(symbols=("BTC/USDT:USDT",)), settings(symbols=("ETH/USDT:USDT",))

    assert await state_of(goal, following=[SEVEN], follow_settings=[btc, eth]) == "done"
    assert await state_of(goal, following=[SEVEN], follow_settings=[btc]) == "unclear"
    other = settings("60", symbols=("ETH/USDT:USDT",))
    assert await state_of(goal, following=[SEVEN], follow_settings=[btc, other]) == "unclear"


async def test_a_venue_that_tells_no_settings_shows_that_a_leader_is_followed_and_no_more():
    state = State(following=[SEVEN])
    state.told["follow_settings"] = set()

    assert (await asked(before=()).look(state)).state == "done"
    assert (await asked(before=({},)).look(state)).state == "unclear"
    assert (await asked().look(state)).state == "unclear"


async def test_settings_are_not_asked_for_when_the_leader_is_not_followed():
    state = State()
    await asked().look(state)

    assert [verb for verb, _, _ in state.asked] == ["following"]


def test_following_so_already_takes_all_that_is_asked_told_and_equal():
    assert asked().as_asked((FACTS,))
    assert not asked(settings("60")).as_asked((FACTS,))
    assert not asked(settings(max_loss="5")).as_asked((FACTS,))
    assert not asked().as_asked(())
    assert not asked(settings(symbols=("BTC/USDT:USDT",))).as_asked((FACTS,))


# -- the others -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "row"),
    [
        (Unlisted("following", "leader_id", "7"), SEVEN),
        (Unlisted("lead.followers", "id", "f"), Follower(exchange="acme/v1", account=None, id="f")),
    ],
)
async def test_one_is_ended_when_the_list_lacks_it(goal, row):
    assert await state_of(goal, **{goal.needs.replace(".", "_"): [row]}) == "undone"
    assert await state_of(goal) == "done"
    assert not goal.begun_undone


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ({"take_profit": uc.Price("75000.0"), "stop_loss": None}, "done"),
        ({}, "undone"),
        ({"take_profit": uc.Price("75001")}, "unclear"),
        ({"take_profit": uc.Price("75000"), "stop_loss": uc.Price("1")}, "unclear"),
        ({"take_profit": uc.Roi("75000"), "stop_loss": None}, "unclear"),
        ({"id": "p2"}, "unclear"),
    ],
)
async def test_a_position_is_guarded_when_its_triggers_stand_as_asked(now, state):
    position = changed(stop_loss=uc.Price("60000"))
    goal = guarded(position, {"take_profit": uc.Price("75000"), "stop_loss": Clear()}, None)

    assert goal.begun_undone
    assert await state_of(goal, positions=[changed(position, **now)]) == state


async def test_triggers_that_stood_so_before_are_done_but_not_by_this_write():
    goal = guarded(POSITION, {"take_profit": uc.Price("70000.00")}, None)

    assert not goal.begun_undone
    assert await state_of(goal, positions=[POSITION]) == "done"


async def test_triggers_that_are_not_told_prove_nothing():
    state = State(positions=[POSITION])
    state.told["positions"] = {"id", "size"}
    look = await guarded(POSITION, {"take_profit": uc.Price("75000")}, None).look(state)

    assert look == ("unclear", "this API does not tell take_profit of open positions")


async def test_a_position_is_looked_for_in_its_market_and_role():
    state = State(lead_positions=[changed(role="lead")])
    goal = guarded(changed(role="lead"), {"take_profit": uc.Price("75000")}, "usdt")

    assert (await goal.look(state)).state == "undone"
    assert state.asked == [("lead.positions", {}, "usdt")]


@pytest.mark.parametrize(
    ("open_now", "state"),
    [
        ([], "done"),
        ([changed(size=Decimal("1.5"))], "undone"),
        ([changed(size=Decimal("0.7"))], "unclear"),
        ([changed(opened_at=1_700_000_000_001)], "unclear"),
    ],
)
async def test_a_position_is_closed_when_it_is_gone_and_open_in_its_whole_size(open_now, state):
    goal = Closed("follower", "p1", None, fact(POSITION.size), POSITION.opened_at)

    assert await state_of(goal, positions=open_now) == state
    assert not goal.begun_undone


async def test_all_are_closed_when_none_is_open_and_one_that_is_proves_nothing():
    goal = AllClosed("follower", "usdt", None)

    assert await state_of(goal) == "done"
    assert await state_of(goal, positions=[POSITION]) == "unclear"
    assert not goal.begun_undone


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([LeadSettings(profit_share=Decimal("0.10"))], "done"),
        ([LeadSettings(profit_share=Decimal("0.2"))], "unclear"),
        ([LeadSettings()], "unclear"),
        ([], "unclear"),
        ([LeadSettings(profit_share=Decimal("0.1"))] * 2, "unclear"),
    ],
)
async def test_leading_is_as_asked_when_the_one_entry_says_so(told, state):
    goal = Led(settings_facts(LeadSettings(profit_share=Decimal("0.1"))))

    assert await state_of(goal, lead_settings=told) == state


GOALS = [
    asked(before=(FACTS,)),
    Unlisted("following", "leader_id", "7"),
    guarded(POSITION, {"take_profit": uc.Price("1")}, "m"),
    Closed("follower", "p1", None, "1.5"),
    AllClosed("lead", "m", None),
    Led({"profit_share": "0.1"}),
]


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: type(goal).__name__)
def test_a_goal_survives_the_log_and_tells_where_to_look(goal):
    assert msgspec.json.decode(msgspec.json.encode(goal), type=AnyGoal) == goal
    assert goal.needs.removeprefix("lead.") in goal.where


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: type(goal).__name__)
def test_a_goal_is_not_changed_any_more(goal):
    with pytest.raises(AttributeError, match="immutable"):
        setattr(goal, goal.__struct_fields__[0], "another")


# -- facts ------------------------------------------------------------------------------------------------------------

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=8)


@given(NUMBERS, st.integers(0, 30))
def test_equal_numbers_are_equal_facts_in_whatever_notation(number, zeros):
    assert fact(number) == fact(Decimal(f"{number:f}" + "0" * zeros)) == fact(Decimal(f"{number:e}"))


@given(st.integers(), st.integers(), st.integers(0, 40))
def test_other_numbers_are_other_facts_to_the_last_digit(one, other, places):
    first, second = Decimal(f"{one}e-{places}"), Decimal(f"{other}e-{places}")

    assert (fact(first) == fact(second)) is (one == other)


def test_nothing_is_nothing_with_either_sign():
    assert fact(Decimal("-0.00")) == fact(Decimal(0)) == "0"


POSITIVE = st.decimals("0.00000001", 10**9, places=8)
SYMBOLS = st.lists(st.sampled_from(["BTC/USDT:USDT", "ETH/USDT:USDT", "ADA/USDT:USDT"]), min_size=1, unique=True)


@given(POSITIVE, POSITIVE, POSITIVE, SYMBOLS, st.randoms(use_true_random=False))
def test_equal_settings_in_another_notation_are_equal_facts(amount, gain, lever, symbols, random):
    def made(number, order):
        return uc.FollowSettings(
            sizing=uc.FixedAmount(number(amount)),
            take_profit=uc.Roi(number(gain)),
            leverage=number(lever),
            symbols=tuple(order),
        )

    shuffled = random.sample(symbols, len(symbols))
    one, other = made(str, symbols), made(lambda number: Decimal(f"{number:f}0000"), shuffled)
    assert settings_facts(one) == settings_facts(other)


@given(POSITIVE, POSITIVE)
def test_settings_that_differ_in_one_number_are_other_facts(one, other):
    same = settings_facts(uc.FollowSettings(max_loss=one)) == settings_facts(uc.FollowSettings(max_loss=other))
    assert same is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (uc.FixedAmount(5), uc.FixedQuantity(5)),
        (uc.FixedAmount(5), uc.TotalBudget(5)),
        (uc.Multiple(1), uc.ShareOfEquity(1)),
        (uc.Price(5), uc.Roi(5)),
    ],
)
def test_another_kind_of_the_same_number_is_another_fact(one, other):
    assert fact(one) != fact(other)


def test_a_trigger_that_is_taken_away_is_none_at_all():
    assert trigger_fact(Clear()) == trigger_fact(None) == "off"


def test_no_symbols_mean_all_only_where_they_are_told():
    assert settings_facts(uc.FollowSettings(), {"symbols"}) == {"symbols": "all"}
    assert settings_facts(uc.FollowSettings()) == {}


def test_flags_are_facts_too():
    assert settings_facts(uc.FollowSettings(zero_slippage=False)) == {"zero_slippage": "false"}


def test_guarded_keeps_what_stood():
    goal = guarded(POSITION, {"take_profit": uc.Price("1"), "stop_loss": uc.Price("2")}, None)

    assert isinstance(goal, Guarded)
    assert goal.before == {"take_profit": "price 70000", "stop_loss": "off"}
    assert isinstance(asked(), Followed)
