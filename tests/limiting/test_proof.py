"""The proof of the limits at a small size, and that what it counts with can count."""

import pytest

from tests.proof.counting import Seen, fixed_above, rolling_above, share_used
from tests.proof.limits import Budget, Result, Simulation, ran

BUDGET = Budget(10, 1, 0.05, lasts=2.2)


@pytest.mark.parametrize("place", ["file", "redis"])
def test_two_processes_on_one_budget_never_send_more_than_it(place, tmp_path, request):
    result = ran("small", BUDGET, tmp_path / "state" if place == "file" else request.getfixturevalue("redis"), 2)

    assert result.above == (0, 0)
    assert len(result.seen.arrivals) >= 2 * BUDGET.requests


@pytest.mark.parametrize(("limit", "seconds", "jitter"), [(10, 1, 0.2), (5, 2, 0.9), (600, 5, 0.2)])
def test_twenty_thousand_requests_over_a_wild_network_never_meet_a_full_window(limit, seconds, jitter):
    arrivals = Simulation(limit, seconds, jitter, seed=7).run(20_000, tasks=60)

    assert (rolling_above(arrivals, limit, seconds), fixed_above(arrivals, limit, seconds)) == (0, 0)


def test_the_counting_finds_what_is_above_the_limit():
    evenly = [number / 8 for number in range(100)]

    assert rolling_above(evenly, 8, 1) == 0
    assert rolling_above([*evenly, 5.0], 8, 1) == 8
    assert fixed_above([0.1, 0.2, 0.9, 1.1], 2, 1) == 1
    assert share_used([0, 0, 2, 2], 2, 1) == pytest.approx(0.5)
    assert Result("a ban", BUDGET, Seen([1.0, 2.0, 2.5, 4.0], (2.0, 3.0))).banned == 2
