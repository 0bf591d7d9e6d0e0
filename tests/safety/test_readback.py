"""Looks that follow a script, in time that passes only by waiting."""

import asyncio
import time
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unifiedcopy import errors
from unifiedcopy.safety.goals import Goal, Look
from unifiedcopy.safety.readback import PATIENCE, settle

LAG = 10.0
BROKEN = errors.NetworkError("no answer", outcome="unknown")


class Time:
    """Of this test."""

    now = 1000.0

    async def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    passing = Time()
    monkeypatch.setattr(time, "monotonic", lambda: passing.now)
    monkeypatch.setattr(asyncio, "sleep", passing.sleep)
    return passing


class Played(Goal, frozen=True):
    """What is seen, by the seconds since the first look."""

    clock: Time
    script: dict[float, str | Exception]
    first_undone: bool = False
    each_takes: float = 0.0
    began: float = 1000.0
    looks: list[float] = []  # noqa: RUF012 (msgspec copies it)

    @property
    def needs(self):
        return "positions"

    @property
    def begun_undone(self):
        return self.first_undone

    async def look(self, reads):
        passed = self.clock.now - self.began
        self.looks.append(passed)
        self.clock.now += self.each_takes
        seen = self.script[max(at for at in self.script if at <= passed)]
        if isinstance(seen, Exception):
            raise seen
        return Look(seen, f"it is {seen}")


class Reads:
    def tells(self, verb):
        return frozenset({"id"}) if verb == "positions" else frozenset()


async def settled(goal, lag=LAG):
    return (await settle(goal, Reads(), lag)).settled


@pytest.mark.parametrize(("seen", "verdict"), [("done", "applied"), ("undone", "not_applied")])
async def test_a_verdict_takes_two_looks_that_agree_the_lag_apart(clock, seen, verdict):
    goal = Played(clock, {0: seen})

    assert await settled(goal) == verdict
    assert goal.looks[-1] >= LAG
    assert goal.looks[-1] < LAG + 0.1


async def test_what_was_read_undone_before_and_is_done_now_takes_one_look(clock):
    goal = Played(clock, {0: "done"}, first_undone=True)

    assert await settled(goal) == "applied"
    assert goal.looks == [0]


async def test_undone_takes_two_looks_also_when_it_was_undone_before(clock):
    goal = Played(clock, {0: "undone"}, first_undone=True)

    assert await settled(goal) == "not_applied"
    assert goal.looks[-1] >= LAG


@pytest.mark.parametrize("at", [0.1, 5, 9.9])
async def test_a_change_that_shows_late_but_within_the_lag_is_seen(clock, at):
    assert await settled(Played(clock, {0: "undone", at: "done"})) == "applied"


async def test_a_state_that_changed_back_is_waited_for_again(clock):
    goal = Played(clock, {0: "done", 5: "undone"})

    assert await settled(goal) == "not_applied"
    assert goal.looks[-1] >= 5 + LAG


async def test_a_state_that_goes_to_and_fro_is_not_settled(clock):
    script = {at / 100: "done" if at // 300 % 2 else "undone" for at in range(0, 4000, 100)}

    assert await settled(Played(clock, script)) == "unresolved"
    assert clock.now - 1000 <= PATIENCE * LAG + 1


@pytest.mark.parametrize("seen", ["unclear", BROKEN])
async def test_what_can_not_be_seen_is_not_settled_and_takes_no_longer_than_the_patience(clock, seen):
    verdict = await settle(Played(clock, {0: seen}), Reads(), LAG)

    assert verdict.settled == "unresolved"
    assert verdict.words == (
        "it is unclear" if seen == "unclear" else f"the state can't be read (NetworkError: {seen})"
    )
    assert clock.now - 1000 <= PATIENCE * LAG + 1


@pytest.mark.parametrize("seen", ["unclear", BROKEN])
async def test_a_look_that_says_nothing_for_a_while_costs_only_time(clock, seen):
    assert await settled(Played(clock, {0: seen, 12: "undone"})) == "not_applied"


async def test_unclear_between_two_looks_begins_the_waiting_anew(clock):
    goal = Played(clock, {0: "undone", 6: "unclear", 9: "undone"})

    assert await settled(goal) == "not_applied"
    assert goal.looks[-1] >= 9 + LAG


@pytest.mark.parametrize("takes", [0.5, 12, 60])
@pytest.mark.parametrize(("seen", "verdict"), [("done", "applied"), ("undone", "not_applied")])
async def test_slow_looks_settle_it_too(clock, takes, seen, verdict):
    assert await settled(Played(clock, {0: seen}, each_takes=takes)) == verdict


@pytest.mark.parametrize(("seen", "verdict"), [("done", "applied"), ("undone", "not_applied")])
async def test_without_a_lag_two_looks_settle_it(clock, seen, verdict):
    goal = Played(clock, {0: seen})

    assert await settled(goal, lag=0) == verdict
    assert len(goal.looks) == 2


async def test_an_error_that_is_none_of_ours_is_not_hidden(clock):
    with pytest.raises(ZeroDivisionError):
        await settled(Played(clock, {0: ZeroDivisionError()}))


async def test_the_second_look_comes_soon_and_a_change_is_seen_soon(clock):
    goal = Played(clock, {0: "undone"})

    await settled(goal)

    assert 0.01 <= goal.looks[1] <= 0.1


async def test_a_long_lag_is_not_filled_with_looks(clock):
    goal = Played(clock, {0: "undone"})

    await settled(goal, 60.0)

    assert len(goal.looks) <= 13


async def test_two_looks_exactly_the_lag_apart_are_enough(clock):
    goal = Played(clock, {0: "undone"}, each_takes=LAG - 0.03125, began=clock.now)

    assert await settled(goal) == "not_applied"
    assert len(goal.looks) == 2


async def test_what_can_not_be_looked_up_is_open_at_once():
    class Elsewhere(Goal, frozen=True):
        @property
        def needs(self):
            return "following"

    assert (await settle(None, Reads(), LAG)).settled == "unresolved"
    assert (await settle(Elsewhere(), Reads(), LAG)).words == "this API has no following() to look with"


STATES = st.sampled_from(["done", "undone", "unclear"])


@given(st.dictionaries(st.floats(0.01, 40), STATES, max_size=6), STATES, st.floats(0, 8))
def test_no_verdict_comes_of_looks_that_disagree_or_are_nearer_than_the_lag(changes, first, takes):
    clock = Time()
    goal = Played(clock, {0: first, **changes}, each_takes=takes, looks=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: clock.now)
        patch.setattr(asyncio, "sleep", clock.sleep)
        verdict = asyncio.run(settled(goal))
    seen = [goal.script[max(at for at in goal.script if at <= moment)] for moment in goal.looks]

    if verdict != "unresolved":
        wanted = {"applied": "done", "not_applied": "undone"}[verdict]
        agreeing = list(takewhile(lambda look: look[1] == wanted, zip(goal.looks[::-1], seen[::-1], strict=True)))
        assert agreeing[0][0] - agreeing[-1][0] >= LAG


async def test_a_state_as_asked_is_no_proof_at_once_when_the_account_wrote_just_before(clock):
    goal = Played(clock, {0: "done"}, first_undone=True)

    assert (await settle(goal, Reads(), LAG, alone=False)).settled == "applied"
    assert goal.looks[-1] >= LAG
