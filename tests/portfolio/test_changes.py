"""Events from the differences of readings: nothing that can't be read counts as gone."""

from decimal import Decimal

import pytest

import unifiedcopy as uc
from tests.portfolio.venues import position, reading
from unifiedcopy.portfolio import Trouble
from unifiedcopy.portfolio.changes import Known

D = Decimal
DOWN = {"status": "stale", "tried_at": 2_000, "error": Trouble(part="positions", kind="RequestTimeout", message="late")}


def later(*positions, **given):
    return reading(*positions, **{"read_at": 2_000, "tried_at": 2_000, **given})


def told(events):
    return [(event.kind, (event.position or event.before).id) for event in events]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({}, {}, []),
        ({}, {"mark_price": D(61000), "unrealized_pnl": D(510)}, []),
        ({}, {"size": D("0.7")}, ["increased"]),
        ({}, {"size": D("0.500")}, []),
        ({}, {"size": D("0.1")}, ["reduced"]),
        ({}, {"take_profit": uc.Price("70000")}, ["tpsl_changed"]),
        ({"stop_loss": uc.Roi("-0.2")}, {"stop_loss": uc.Roi("-0.1")}, ["tpsl_changed"]),
        ({"stop_loss": uc.Roi("-0.2")}, {"stop_loss": None, "size": D(1)}, ["increased", "tpsl_changed"]),
        ({}, {"side": "short"}, ["closed", "opened"]),
        ({"opened_at": 1}, {"opened_at": 2}, ["closed", "opened"]),
        ({"opened_at": None}, {"opened_at": 2}, []),
        ({}, {"size": D(50), "size_unit": "contract"}, []),
    ],
)
def test_what_changes_in_a_position_is_told(before, after, kinds):
    known = Known(reading(position(**before)))

    assert [event.kind for event in known.take(later(position(**(before | after))))] == kinds


def test_opened_and_closed_carry_both_times_and_both_states():
    known = Known(reading(position(id="1")))
    opened, closed = known.take(later(position(id="2")))

    assert (opened.kind, opened.position.id, opened.before) == ("opened", "2", None)
    assert (closed.kind, closed.position.id, closed.before.id) == ("closed", "1", "1")
    assert {(event.since, event.at) for event in (opened, closed)} == {(1_000, 2_000)}


def test_the_first_reading_opens_nothing():
    assert Known(None).take(reading(position())) == []


def test_an_account_that_can_not_be_read_closes_nothing_and_is_told_once():
    known = Known(reading(position()))

    [event] = known.take(reading(position(), **DOWN))
    assert (event.kind, event.since, event.at, event.error.kind) == ("unreadable", 1_000, 2_000, "RequestTimeout")
    assert known.take(reading(**DOWN)) == []


def test_after_an_outage_the_difference_to_the_last_good_reading_is_told():
    known = Known(reading(position(id="1"), position(id="2")))
    known.take(reading(**DOWN))
    events = known.take(reading(position(id="2"), position(id="3"), read_at=9_000))

    assert [event.kind for event in events] == ["readable", "opened", "closed"]
    assert {event.since for event in events} == {1_000}


def test_a_row_that_is_withheld_may_be_any_position_that_is_missing():
    known = Known(reading(position(id="1"), position(id="2")))
    partly = known.take(later(position(id="2", size=D(1)), position(id="3"), withheld=1))

    assert [event.kind for event in partly] == ["unreadable", "increased", "opened"]
    assert told(known.take(later(position(id="2", size=D(1)), position(id="3"), read_at=3_000))[1:]) == [
        ("closed", "1")
    ]


def test_an_account_that_fails_from_the_start_is_told_and_opens_nothing_when_it_comes():
    known = Known(None)
    failed = reading(status="failed", read_at=None, age=None, tried_at=500)

    assert [(event.kind, event.since, event.at) for event in known.take(failed)] == [("unreadable", None, 500)]
    assert [event.kind for event in known.take(reading(position()))] == ["readable"]


def test_leaders_are_followed_and_gone():
    def leaders(*ids, **given):
        found = tuple(uc.FollowedLeader("plain/v1", "me", name) for name in ids)
        return later(**{"following": found, **given})

    known = Known(leaders("1", "2"))

    assert [(event.kind, event.leader.leader_id) for event in known.take(leaders("2", "3"))] == [
        ("followed", "3"),
        ("unfollowed", "1"),
    ]
    assert known.take(leaders(following=None)) == []
    withheld = (Trouble(part="following", kind="PartialResult", message="1 row"),)
    assert known.take(leaders("2", troubles=withheld)) == []
    assert [event.kind for event in known.take(leaders("2"))] == ["unfollowed"]
