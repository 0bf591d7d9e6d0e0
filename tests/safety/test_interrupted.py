"""A slice of ``python -m tests.proof.cancel`` and ``python -m tests.proof.kill``: the same code, fewer points."""

import pytest

from tests.proof import cancel, kill
from tests.proof.aftermath import Scenario
from unifiedcopy.safety import protocol
from unifiedcopy.safety.readback import Verdict

PART = [
    (Scenario("toobit/v2", "follow", "given"), "all", 4),
    (Scenario("bitget/v2-futures", "follow", "lost, done"), "once", 5),
    (Scenario("okx/v5-copies", "unfollow", "lost, not done"), "late", 4),
    (Scenario("zoomex/v3", "close_position", "lost, done"), "again", 2),
    (Scenario("zoomex/v3", "set_tpsl", "given"), "all", 1),
    (Scenario("zoomex/v3", "call", "lost, done"), "once", 4),
]


@pytest.mark.parametrize(("scenario", "way", "step"), PART, ids=str)
async def test_a_write_that_is_cancelled_is_neither_lost_nor_doubled(scenario, way, step):
    tally = await cancel.every_point(scenario, way, step)

    assert tally.violations == []
    assert tally.points > 1


@pytest.mark.parametrize("answer", ["given", "lost, done"])
async def test_a_process_that_is_killed_has_neither_lost_nor_doubled_its_write(answer):
    tally = await kill.every_point(Scenario("zoomex/v3", "close_position", answer), 20)

    assert tally.violations == []
    assert tally.points > 2


async def test_of_two_processes_with_the_same_write_one_sends():
    assert await kill.at_once(Scenario("zoomex/v3", "set_tpsl")) == []


@pytest.mark.parametrize(("lie", "answer"), [("not_applied", "lost, done"), ("applied", "lost, not done")])
async def test_a_log_that_lies_is_found(monkeypatch, lie, answer):
    async def settle(*_, **__):
        return Verdict(lie, "guessed")

    monkeypatch.setattr(protocol, "settle", settle)
    tally = await cancel.every_point(Scenario("zoomex/v3", "close_position", answer), "once", 6)

    assert tally.violations != []


def test_a_step_of_the_log_is_timed():
    assert "ms p50" in kill.timed_steps(3)
