"""What a request asks of the store, and what an answer tells it, to the number."""

import asyncio
from collections import deque

import pytest

from unifiedcopy import errors
from unifiedcopy.limiting import Limits, bans, urgent
from unifiedcopy.limiting import limits as module
from unifiedcopy.limiting.shared import Shared
from unifiedcopy.limiting.store import Claim, Stop, StoreTrouble, Taken, Wait
from unifiedcopy.schema.model import LONGEST_BAN, Endpoint, Host, Limit, Schema
from unifiedcopy.secret import Credentials

HOST = "https://p.example"
ADDRESS, OWN = f"{HOST} address", Limit(100, 10, "uid")


class Noting:
    """A store that notes what is asked and says what a test wants."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[Claim, ...], tuple[str, ...]]] = []
        self.answers: deque[Wait | Exception] = deque()
        self.stops: list[tuple[str, float, str]] = []
        self.landed: list[Taken] = []
        self.last: Stop | None = None
        self.trouble = False

    async def take(self, claims, stops):
        self.asked.append((claims, tuple(stops)))
        answer = self.answers.popleft() if self.answers else Taken(self, claims, "1", 0.0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def land(self, taken):
        self._check()
        self.landed.append(taken)

    async def stop(self, key, seconds, reason):
        self._check()
        self.stops.append((key, seconds, reason))

    async def stopped(self, key):
        return self.last

    def _check(self):
        if self.trouble:
            raise StoreTrouble("gone")

    async def close(self):
        pass


@pytest.fixture
def stores(monkeypatch):
    """The store of this connection, and the one that it falls back to."""
    found = {"here": Shared(Noting(), "here"), None: Shared(Noting(), None)}

    def shared(where):
        found[where].users += 1
        return found[where]

    monkeypatch.setattr(module, "shared", shared)
    return found


@pytest.fixture
def store(stores):
    return stores["here"].store


@pytest.fixture
def naps(monkeypatch):
    slept = []

    async def nap(seconds):
        slept.append(seconds)

    monkeypatch.setattr(module.asyncio, "sleep", nap)
    return slept


def read(*limits, path="/read", **more):
    return Endpoint("GET", path, "s", limits=list(limits), **more)


def write(*limits, **more):
    return Endpoint("POST", "/write", "s", limits=list(limits), **more)


def limits_of(limits, key="k", **endpoints) -> Limits:
    schema = Schema(1, "p/1", "P", "s", Host([HOST]), endpoints, limits=limits)
    return Limits(schema, HOST, Credentials(key), "here")


def account(key="k"):
    return limits_of({})._account if key == "k" else Limits(None, HOST, Credentials(key))._account


async def claim(limits, store, name, **how) -> Claim:
    await limits.enter(name, **how)
    ((one,), _) = store.asked[-1]
    return one


# -- what is asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "reads"),
    [
        (Limit(100, 10, "uid"), 90),
        (Limit(19, 10, "uid"), 18),
        (Limit(5, 10, "uid"), 4),
        (Limit(2, 10, "uid"), 1),
        (Limit(1, 10, "uid"), 1),
        (Limit(100, 10, "uid", reads=30), 30),
        (Limit(100, 10, "uid", per_endpoint=True), 100),
    ],
)
async def test_reads_leave_a_tenth_to_writes_where_both_are_counted(store, limit, reads):
    limits = limits_of({"w": limit}, r=read("w"), w=write("w"))

    assert (await claim(limits, store, "r")).most == reads
    assert (await claim(limits, store, "w", writes=True)).most == limit.requests


async def test_reads_have_all_of_a_limit_that_no_write_is_counted_in(store):
    limits = limits_of({"w": OWN, "other": OWN}, r=read("w"), w=write("other"))

    assert (await claim(limits, store, "r")).most == 100


async def test_a_window_is_a_little_longer_than_the_venues_and_weighs_what_the_endpoint_does(store):
    limits = limits_of({"w": OWN}, r=read("w", weight=7))

    assert await claim(limits, store, "r") == Claim(f"{account()} w", 100, pytest.approx(10.012), 7)


async def test_a_request_that_weighs_more_than_reads_may_use_is_let_through_alone(store):
    limits = limits_of({"w": OWN}, r=read("w", weight=95), w=write("w"))

    assert (await claim(limits, store, "r")).most == 95


async def test_an_urgent_read_asks_as_a_write_does(store):
    limits = limits_of({"w": OWN}, r=read("w"), w=write("w"))

    with urgent():
        hurried = await claim(limits, store, "r")
    assert hurried.most == 100
    assert (await claim(limits, store, "r")).most == 90


async def test_a_request_stops_with_its_address_its_account_and_each_of_its_windows(store):
    limits = limits_of({"w": OWN, "a": Limit(5, 1, "ip", per_endpoint=True)}, r=read("w", "a"), w=write("w"))
    windows = (f"{account()} w", f"{ADDRESS} a GET /read")

    await limits.enter("r")
    await limits.enter("w", writes=True)

    assert store.asked[0][1] == (ADDRESS, account(), *windows, *(f"{window} reads" for window in windows))
    assert store.asked[1][1] == (ADDRESS, account(), windows[0])


async def test_a_call_without_a_signature_stops_with_the_account_where_it_is_counted_for_it(store):
    limits = limits_of({"w": OWN}, bare=read(sign="none"), counted=read("w", sign="none"))

    await limits.enter("bare")
    await limits.enter("counted")

    assert store.asked[0][1] == (ADDRESS,)
    assert store.asked[1][1] == (ADDRESS, account(), f"{account()} w", f"{account()} w reads")


def test_hosts_that_name_themselves_have_an_address_of_their_own():
    schema = Schema(1, "p/1", "P", "s", Host([HOST]), {})

    assert Limits(schema, HOST, Credentials("k"), "redis://x#berlin")._address == f"{ADDRESS} berlin"
    assert Limits(schema, HOST, Credentials("k"), "redis://x")._address == ADDRESS
    assert Limits(schema, HOST, Credentials("k"))._address == ADDRESS
    assert Limits(schema, HOST, Credentials())._account != Limits(schema, HOST, Credentials("k"))._account


def test_reads_of_the_same_windows_wait_in_one_queue_and_writes_in_another():
    limits = limits_of({"w": OWN}, a=read("w"), b=read("w", sign="none"), w=write("w"), free=read(), bare=read())

    def queue(name, hurried=False):
        kind = "hurried" if hurried else "read"
        return limits._queue(limits._shapes.route(name, kind), kind)

    assert queue("a") == queue("b") != queue("w", True) == queue("a", True)
    assert queue("free") == queue("bare") != queue("a")


async def test_a_connection_uses_its_store_once_until_it_is_closed(stores):
    limits = limits_of({"w": OWN}, r=read("w"))
    for _ in range(2):
        await limits.enter("r")
    assert stores["here"].users == 1

    await limits.close()
    assert stores["here"].users == 0
    await limits.close()
    await limits.enter("r")
    assert stores["here"].users == 1


def test_in_another_event_loop_it_asks_for_the_store_there(stores):
    limits = limits_of({"w": OWN}, r=read("w"))

    for users in (1, 2):
        asyncio.run(limits.enter("r"))
        assert stores["here"].users == users


# -- waiting -----------------------------------------------------------------------------------------------------------


async def test_a_full_window_is_waited_for_however_long(store, naps):
    store.answers.extend([Wait(60), Wait(60), Wait(5)])

    await limits_of({"w": OWN}, r=read("w")).enter("r")

    assert naps == [60, 5]  # who comes first asks once before it joins the queue


async def test_a_venue_that_asks_to_stop_is_waited_for_ten_seconds_and_no_longer(store, naps):
    limits = limits_of({"w": OWN}, r=read("w"))
    store.answers.extend([Wait(10, "RateLimitExceeded")] * 2)
    await limits.enter("r")
    assert naps == [10]

    store.answers.append(Wait(10.1, "DDoSProtection"))
    with pytest.raises(errors.DDoSProtection, match="for 10 s more") as caught:
        await limits.enter("r")
    assert (caught.value.retry_after, caught.value.outcome) == (10.1, "not_sent")
    assert (caught.value.exchange, caught.value.endpoint) == ("p/1", "r")

    store.answers.append(Wait(99, "Whatever"))
    with pytest.raises(errors.RateLimitExceeded):
        await limits.enter("r")


async def test_without_its_store_a_write_goes_on_with_what_reads_never_use(stores, store, caplog):
    limits = limits_of({"w": OWN}, r=read("w"), w=write("w"), heavy=write("w", weight=15))
    alone = stores[None].store
    store.answers.extend([StoreTrouble("gone")] * 3)

    with pytest.raises(StoreTrouble):
        await limits.enter("r")
    await limits.enter("w", writes=True)
    await limits.enter("heavy", writes=True)

    assert [claims[0].most for claims, _ in alone.asked] == [10, 15]
    assert caplog.messages == ["p/1: gone; goes on alone with the reserved budget"] * 2


async def test_an_answer_whose_store_is_gone_harms_nobody(store, caplog):
    limits = limits_of({"w": OWN}, r=read("w"))
    taken = await limits.enter("r")
    await limits.leave(taken)
    store.trouble = True

    await limits.leave(taken)

    assert store.landed == [taken]
    assert caplog.messages == ["p/1: gone"]


# -- what answers tell -------------------------------------------------------------------------------------------------

TOLD = Limit(100, 10, "uid", reads=90, remaining="Left", reset="Back")
NOW = 1_795_000_000_000


@pytest.mark.parametrize(
    ("headers", "stop"),
    [
        ({"Left": "11"}, None),
        ({"Left": "10"}, (" reads", 10)),
        ({"Left": "1"}, (" reads", 10)),
        ({"Left": "0"}, ("", 10)),
        ({"Left": "0", "Back": str(NOW + 2500)}, ("", 2.5)),
        ({"Left": "0", "Back": str(NOW + 99_000)}, ("", 10)),
        ({"Left": "0", "Back": str(NOW - 1)}, ("", 0)),
        ({"Left": "0", "Back": "soon"}, ("", 10)),
        ({"Left": "0", "Back": "1" * 16}, ("", 10)),
        ({"Left": "0" * 15}, ("", 10)),
        ({"Left": "0" * 16}, None),
        ({"Left": "-1"}, None),
        ({"Left": "²"}, None),
        ({"Left": ""}, None),
        ({}, None),
    ],
)
async def test_what_is_left_stops_reads_and_nothing_left_stops_all(store, headers, stop):
    limits = limits_of({"w": TOLD}, r=read("w"))

    await limits.told("r", headers, NOW)

    assert store.stops == ([] if stop is None else [(f"{account()} w{stop[0]}", stop[1], "")])


async def test_a_limit_whose_pages_name_no_header_is_told_nothing_and_the_next_one_is(store):
    limits = limits_of({"silent": OWN, "w": TOLD}, r=read("silent", "w"))

    await limits.told("r", {"Left": "0", "": "0"}, NOW)

    assert [key for key, *_ in store.stops] == [f"{account()} w"]
    assert limits._shapes.heard == {"Left", "Back"}


async def test_what_is_told_when_the_store_is_gone_harms_nobody(store):
    store.trouble = True

    await limits_of({"w": TOLD}, r=read("w")).told("r", {"Left": "0"}, NOW)

    assert store.stops == []


TOO_MUCH, FIREWALL = errors.RateLimitExceeded("x", code="5"), errors.DDoSProtection("x")


@pytest.mark.parametrize(
    ("limits", "endpoint", "error", "stops"),
    [
        ({"w": OWN}, read("w"), TOO_MUCH, [("{account}", 10)]),
        ({"w": OWN}, read(), TOO_MUCH, [("{account}", 1)]),
        ({"w": OWN}, read(sign="none"), TOO_MUCH, [("{address}", 1)]),
        ({"w": OWN, "a": Limit(5, 3, "ip")}, read("w", "a"), TOO_MUCH, [("{account}", 3), ("{address}", 3)]),
        ({"w": OWN, "v": Limit(5, 3, "uid")}, read("w", "v"), TOO_MUCH, [("{account}", 3)]),
        ({"w": Limit(5, 3, "uid", per_endpoint=True)}, read("w"), TOO_MUCH, [("{account} w GET /read", 3)]),
        ({"w": OWN, "a": Limit(5, 3, "ip", codes=["5"])}, read("w"), TOO_MUCH, [("{address}", 3)]),
        ({"w": OWN, "a": Limit(5, 3, "ip", codes=["5"], ban=70)}, read("w"), TOO_MUCH, [("{address}", 70)]),
        ({"w": OWN, "a": Limit(5, 3, "ip", codes=["6"], ban=70)}, read("w"), TOO_MUCH, [("{account}", 10)]),
        ({"w": OWN}, read("w"), FIREWALL, [("{address}", 60)]),
        ({"w": OWN, "a": Limit(5, 3, "ip", ban=70)}, read("w"), FIREWALL, [("{address}", 70)]),
        ({"w": Limit(5, 3, "uid", ban=70)}, read("w"), FIREWALL, [("{address}", 60)]),
    ],
)
async def test_a_refusal_stops_where_it_counts_for_as_long_as_is_known(store, limits, endpoint, error, stops):
    made = limits_of(limits, r=endpoint)

    await made.refused("r", error, None, {}, NOW)

    where = {"account": account(), "address": ADDRESS}
    assert store.stops == [(key.format(**where), seconds, type(error).__name__) for key, seconds in stops]


@pytest.mark.parametrize(
    ("wait", "back", "seconds"), [(4.0, 2500, 4.0), (None, 2500, 2.5), (None, -1, 10), (0.0, 0, 10)]
)
async def test_the_answer_tells_how_long_itself_or_by_when_the_window_starts_anew(store, wait, back, seconds):
    limits = limits_of({"w": TOLD}, r=read("w"))

    await limits.refused("r", TOO_MUCH, wait, {"Back": str(NOW + back)}, NOW)

    assert store.stops == [(account(), seconds, "RateLimitExceeded")]


async def test_a_refusal_is_told_to_whoever_reads_the_log(store, caplog):
    await limits_of({"w": OWN}, r=read("w")).refused("r", TOO_MUCH, 4.0, {}, NOW)

    assert caplog.messages == ["p/1: RateLimitExceeded; nothing is sent for 4 s"]


async def test_a_refusal_is_known_to_this_program_when_its_store_is_gone(stores, store, caplog):
    store.trouble = True

    await limits_of({"w": OWN}, r=read("w")).refused("r", TOO_MUCH, 4.0, {}, NOW)

    assert stores[None].store.stops == [(account(), 4.0, "RateLimitExceeded")]
    assert caplog.messages[0] == "p/1: gone; only this program knows that it must stop"


@pytest.mark.parametrize(
    ("told", "last", "seconds"),
    [
        (None, None, 10),
        (0, None, 10),
        (7, None, 7),
        (LONGEST_BAN + 1, None, LONGEST_BAN),
        (None, Stop(0, 20, ""), 40),
        (None, Stop(0.1, 20, ""), 10),
        (None, Stop(-19.9, 20, ""), 40),
        (None, Stop(-20, 20, ""), 10),
        (None, Stop(-1, 299, ""), 598),
        (None, Stop(-1, 301, ""), 600),
        (7, Stop(-1, 20, ""), 7),
    ],
)
def test_a_guess_is_a_window_and_doubles_while_it_is_too_short(told, last, seconds):
    assert bans.seconds(TOO_MUCH, told, [OWN, Limit(5, 20, "uid")], last) == seconds


def test_nothing_known_is_a_second_and_a_firewall_a_minute():
    assert bans.seconds(TOO_MUCH, None, [], None) == 1
    assert bans.seconds(FIREWALL, None, [OWN], None) == 60
    assert bans.seconds(FIREWALL, None, [Limit(5, 3, "ip", ban=70), Limit(5, 3, "ip", ban=90)], None) == 90
