"""The venue's time, on machines and networks as they are: nothing here takes real time."""

import asyncio
import json
from itertools import cycle
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schemas import PLAIN, api_of
from unifiedcopy import clock, errors
from unifiedcopy.connection import Connection
from unifiedcopy.request import build
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.secret import Credentials
from unifiedcopy.transport import Reply

DAY = 86_400_000
BEGAN = 1_795_000_000_000
TIMED = PLAIN.replace(
    "[[symbols]]",
    """[clock]
endpoint = "time"
time = "data"
[endpoints.time]
method = "GET"
path = "/time"
source = "invented"
sign = "none"
[[symbols]]""",
)


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    return api_of(tmp_path_factory.mktemp("timed"), TIMED)


class World:
    """A venue, a machine and the way between them, in milliseconds; stands in for the transport."""

    def __init__(self, ways=((10, 10),), skew=0, ppm=0, lies=(0,)):
        self.true, self.slept, self.skew, self.ppm = 0.0, 0.0, skew, ppm
        self.ways, self.lies = cycle(ways), cycle(lies)
        self.asked = self.answered = self.refused = 0

    def monotonic(self):
        return (self.true - self.slept) * (1 + self.ppm / 1e6)

    def wall(self):
        return BEGAN + self.true * (1 + self.ppm / 1e6) + self.skew

    async def send(self, endpoint, signed, *, writes, max_bytes=None):
        there, back = next(self.ways)
        self.true += there
        now = BEGAN + self.true
        if endpoint == "time":
            self.asked += 1
            answer = {"code": 0, "data": int(now + next(self.lies))}
        elif -5000 <= int(signed.headers["X-TIME"]) - now <= 1000:
            self.answered += 1
            answer = {"code": 0, "data": []}
        else:
            self.refused += 1
            answer = {"code": 9}
        self.true += back
        return Reply(200, json.dumps(answer).encode(), None, 0)

    def live(self, api, *changes):
        """Signed reads of a machine in this world, a change of the world before each; the clock as it is then."""
        endpoint = api.schema.endpoints["positions"]
        request = build("plain/v1", "positions", endpoint, {})

        def parse(reply):
            return api.verdict.check("positions", endpoint, reply.body, reply.status)

        async def reads():
            connection = Connection(api, Credentials("k", "s"), "https://api.plain.example", Deadlines())
            connection.transport = self
            for change in changes:
                for name, by in change.items():
                    setattr(self, name, getattr(self, name) + by)
                await connection.ask(request, parse)
            return connection._clock(), connection._clock().now() - (BEGAN + self.true)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "time", SimpleNamespace(time=lambda: self.wall() / 1000))
            patch.setattr(clock, "_monotonic", self.monotonic)
            return asyncio.run(reads())


MINUTE = {"true": 60_000}
SLEPT = {"true": 8 * 3_600_000, "slept": 8 * 3_600_000}
ways = st.tuples(st.floats(2.5, 1500), st.sampled_from([1.0, 0.1, 10.0]))


def path(way, times):
    """There and back, one of them so many times as long as the other; 3000 ms in all at most."""
    whole = min(2 * way, 3000)
    return whole * times / (1 + times), whole / (1 + times)


@pytest.mark.parametrize("skew", [-DAY, -3_600_000, 0, 1_500, DAY])
@pytest.mark.parametrize("way", [(2, 3), (1500, 1500), (2727, 273), (273, 2727), (50, 5)])
def test_nothing_is_refused_after_the_first_sync_and_the_error_is_half_of_the_way(timed, skew, way):
    world = World([way], skew)

    _, error = world.live(timed, *[MINUTE] * 5)

    assert (world.answered, world.refused) == (5, 0)
    assert abs(error) <= sum(way) / 2 + 1


@given(st.integers(-DAY, DAY), st.integers(-500, 500), st.lists(ways, min_size=1, max_size=7))
@settings(max_examples=30, deadline=None)
def test_a_drifting_clock_behind_a_wild_network_is_never_refused(timed, skew, ppm, network):
    world = World([path(*way) for way in network], skew, ppm)

    world.live(timed, *[MINUTE] * 60)

    assert (world.answered, world.refused) == (60, 0)
    assert world.asked >= 5 * clock.SAMPLES  # an hour holds six times ten minutes


@pytest.mark.parametrize("step", [-30_000, 30_000])
def test_a_step_of_the_local_clock_costs_no_refusal(timed, step):
    world = World()

    world.live(timed, MINUTE, {"skew": step}, MINUTE)

    assert (world.answered, world.refused) == (3, 0)


def test_a_machine_that_slept_asks_for_the_time_before_it_signs(timed):
    world = World()

    world.live(timed, MINUTE, SLEPT, MINUTE)

    assert (world.answered, world.refused) == (3, 0)


def test_the_time_is_asked_for_once_in_ten_minutes(timed):
    world = World()

    world.live(timed, *[{"true": 100}] * 100)
    assert world.asked == clock.SAMPLES


def test_one_answer_that_is_hours_off_is_left_aside_even_when_it_came_fastest(timed):
    world = World([(50, 50), (1, 1), (50, 50), (10, 10)], lies=[0, 3_600_000, 0])

    world.live(timed, MINUTE)

    assert (world.answered, world.refused) == (1, 0)


def test_a_venue_whose_clock_contradicts_itself_is_not_believed(timed):
    world = World(lies=[0, 5_000, 10_000, 15_000, 20_000])

    kept, error = world.live(timed, MINUTE)

    assert isinstance(kept.trouble, errors.BadResponse)
    assert (world.answered, world.refused, world.asked) == (1, 0, clock.MOST_SAMPLES)
    assert abs(error) <= 1


def test_a_venue_that_refuses_the_time_it_tells_is_asked_twice_and_no_more(timed):
    world = World(lies=[3_600_000])

    with pytest.raises(errors.InvalidNonce):
        world.live(timed, MINUTE)
    assert (world.answered, world.refused) == (0, 2)


def test_a_time_that_can_not_be_read_is_tried_again_soon(timed):
    world = World(lies=[-BEGAN, *[0] * 9])  # 1970 is no time of a venue

    kept, _ = world.live(timed, MINUTE, {"true": 31_000})

    assert kept.trouble is None
    assert (world.answered, world.refused) == (2, 0)
    assert world.asked == 1 + clock.SAMPLES


async def test_many_requests_that_were_refused_ask_for_the_time_once(timed, monkeypatch):
    """Each was signed before the time was taken anew; asking again for each would be a storm."""
    world = World(skew=0)
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: world.wall() / 1000))
    monkeypatch.setattr(clock, "_monotonic", world.monotonic)
    connection = Connection(timed, Credentials("k", "s"), "https://api.plain.example", Deadlines())
    all_refused, others_answered, refusals = asyncio.Event(), asyncio.Event(), 0

    async def send(endpoint, signed, *, writes, max_bytes=None):
        nonlocal refusals
        if endpoint != "time" and refusals < 20:
            refusals += 1
            if refusals < 20:
                await all_refused.wait()
            else:  # this one's refusal comes when the time has been taken anew
                all_refused.set()
                await others_answered.wait()
            return Reply(200, b'{"code": 9}', None, 0)
        reply = await world.send(endpoint, signed, writes=writes)
        if world.answered == 19:
            others_answered.set()
        return reply

    connection.transport = SimpleNamespace(send=send)
    endpoint = timed.schema.endpoints["positions"]
    request = build("plain/v1", "positions", endpoint, {})
    await connection.sync_clock()

    await asyncio.gather(
        *(
            connection.ask(request, lambda reply: timed.verdict.check("positions", endpoint, reply.body, 200))
            for _ in range(20)
        )
    )

    assert (world.answered, world.asked) == (20, 2 * clock.SAMPLES)
