"""Nothing is sent while a venue wants nothing, whoever would send it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import stamina

from tests.credentials import SECRET
from tests.schemas import PLAIN, api_of
from tests.venue import Say, ScriptedVenue
from unifiedcopy import errors
from unifiedcopy.limiting import bans, memory
from unifiedcopy.limiting.store import Stop
from unifiedcopy.schema.model import LONGEST_BAN, Limit

OK = Say({"code": 0, "data": []})
OTHER = ("another", SECRET)
LIMITED = PLAIN.replace(
    "[errors.unknown]",
    'RateLimitExceeded = ["10", "11"]\n[errors.unknown]',
).replace(
    "[[symbols]]",
    """[limits]
address = { requests = 1000, seconds = 60, scope = "ip", ban = 300, codes = ["11"] }
account = { requests = 100, seconds = 2, scope = "uid", remaining = "X-Left", reset = "X-Reset" }
[[symbols]]""",
    1,
)
LIMITED = LIMITED.replace('skip_zero = "size"', 'skip_zero = "size"\nlimits = ["address", "account"]')
LIMITED = LIMITED.replace('ids = "data.id"', 'ids = "data.id"\nlimits = ["address", "account"]')


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return api_of(tmp_path_factory.mktemp("limited"), LIMITED)


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def ex(venue, api):
    async with venue.exchange(api) as exchange:
        yield exchange


@pytest.fixture
async def long(venue, tmp_path):
    """At a venue that counts for longer than anybody waits."""
    async with venue.exchange(api_of(tmp_path, LIMITED.replace("seconds = 2", "seconds = 20"))) as exchange:
        yield exchange


def too_many(*headers, status=429):
    return Say(b"slow down", status, headers)


async def met(exchange) -> errors.RateLimitExceeded:
    with pytest.raises(errors.RateLimitExceeded) as caught:
        await exchange.positions()
    return caught.value


async def test_during_a_ban_nothing_is_sent_neither_reads_nor_writes(venue, ex):
    venue.script = [too_many("Retry-After: 3600"), OK]
    assert (await met(ex)).outcome == "unknown"

    again = await met(ex)
    with pytest.raises(errors.RateLimitExceeded) as write:
        await ex.unfollow("a1")

    assert len(venue.received) == 1
    assert (again.outcome, write.value.outcome) == ("not_sent", "not_sent")
    assert again.retry_after == pytest.approx(3600, abs=5)
    assert write.value.retry_after == pytest.approx(3600, abs=5)


async def test_a_short_ban_is_waited_for(venue, ex):
    venue.script = [too_many("Retry-After: 1"), OK]
    began = time.monotonic()

    assert list(await ex.positions()) == []

    assert time.monotonic() - began >= 1
    assert len(venue.received) == 2


async def test_a_time_to_wait_that_is_said_outright_counts_before_a_window_that_is_used_up(venue, long):
    """With both in one answer a read waited silently until the window's end."""
    venue.script = [too_many("Retry-After: 1", "X-Left: 0"), OK]
    async with asyncio.timeout(10):
        assert list(await long.positions()) == []


async def test_a_ban_of_the_account_stops_no_other_account(venue, tmp_path):
    """This venue limits accounts alone."""
    api = api_of(tmp_path, LIMITED.replace('"address", "account"', '"account"'))
    async with (
        venue.exchange(api) as one,
        venue.exchange(api) as same,
        venue.exchange(api, keys=OTHER) as other,
    ):
        venue.script = [too_many("Retry-After: 60"), OK]
        await met(one)

        await met(same)
        assert list(await other.positions()) == []


async def test_a_call_without_a_signature_stops_with_the_account_that_it_is_counted_for(venue, tmp_path):
    counted = LIMITED.replace('"address", "account"', '"account"')
    api = api_of(tmp_path, counted.replace('skip_zero = "size"', 'skip_zero = "size"\nsign = "none"'))
    async with venue.exchange(api) as ex:
        venue.script = [too_many("Retry-After: 60"), OK]
        await met(ex)

        await met(ex)
    assert len(venue.received) == 1


@pytest.mark.parametrize("status", [403, 418])
async def test_a_ban_of_the_address_stops_every_account(venue, api, status):
    async with venue.exchange(api) as one, venue.exchange(api, keys=OTHER) as other:
        venue.script = [too_many("Retry-After: 60", status=status), OK]
        assert isinstance(await met(one), errors.DDoSProtection)

        assert isinstance(await met(other), errors.DDoSProtection)
    assert len(venue.received) == 1


async def test_a_code_that_means_one_limit_stops_what_that_limit_counts_for_as_long_as_its_page_says(venue, api):
    async with venue.exchange(api) as one, venue.exchange(api, keys=OTHER) as other:
        venue.script = [Say({"code": 11}), OK]
        await met(one)

        assert (await met(other)).retry_after == pytest.approx(300, abs=5)


async def test_a_route_with_a_window_of_its_own_is_stopped_alone(venue, tmp_path):
    api = api_of(
        tmp_path,
        LIMITED.replace('limits = ["address", "account"]', 'limits = ["account"]').replace(
            'scope = "uid"', 'scope = "uid", per_endpoint = true'
        ),
    )
    async with venue.exchange(api) as ex:
        venue.script = [too_many("Retry-After: 60"), Say({"code": 0})]
        await met(ex)

        await ex.unfollow("a1")
        await met(ex)
    assert len(venue.received) == 2


def test_a_ban_outlives_the_process_that_met_it(api, tmp_path):
    async def meet() -> list[str]:
        async with ScriptedVenue() as venue:
            venue.script = [too_many("Retry-After: 60"), OK]
            url = venue.url
            async with venue.exchange(api, limits=tmp_path / "state") as ex:
                await met(ex)
        return [url]

    async def come_again(url) -> errors.RateLimitExceeded:
        venue = ScriptedVenue()
        venue.url = url
        async with venue.exchange(api, limits=tmp_path / "state") as ex:
            return await met(ex)

    (url,) = asyncio.run(meet())
    assert asyncio.run(come_again(url)).outcome == "not_sent"


@pytest.mark.parametrize("answer", [OK, Say(drop=True)])
async def test_a_place_is_given_back_with_the_answer_or_the_failure(venue, tmp_path, monkeypatch, answer):
    monkeypatch.setattr(memory, "ARRIVAL", 60.0)
    api = api_of(tmp_path, LIMITED.replace("requests = 100, seconds = 2", "requests = 1, seconds = 1"))
    async with venue.exchange(api) as ex:
        venue.script = [answer, OK]

        await ex.positions()
        assert list(await asyncio.wait_for(ex.positions(), 20)) == []


async def test_requests_that_wait_for_a_window_when_the_ban_comes_are_not_sent(venue, tmp_path):
    api = api_of(tmp_path, LIMITED.replace("requests = 100, seconds = 2", "requests = 2, seconds = 1, reads = 2"))
    async with venue.exchange(api) as ex:
        venue.script = [OK, too_many("Retry-After: 60"), OK]

        ends = await asyncio.gather(*(ex.positions() for _ in range(6)), return_exceptions=True)

    assert len(venue.received) == 2
    assert sum(isinstance(end, errors.RateLimitExceeded) for end in ends) == 5


# -- how long ---------------------------------------------------------------------------------------------------------


def http_date(**ahead) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(**ahead), usegmt=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("1000000000", LONGEST_BAN),
        ("9" * 15, LONGEST_BAN),
        ("1e9", None),
        ("-5", None),
        ("0", None),
        ("soon", None),
        ("", None),
        ("\u00b2", None),
        ("9" * 500, None),
        ("Tue, 99 Nov 2026 99:99:99 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ],
)
async def test_what_the_venue_asks_for_is_kept_to_within_reason(venue, long, header, seconds):
    """Without advice the first guess is the length of the window, 20 s here."""
    venue.script = [too_many(f"Retry-After: {header}"), OK]
    await met(long)

    assert (await met(long)).retry_after == pytest.approx(seconds or 20, abs=5)
    assert len(venue.received) == 1


async def test_a_date_is_read_by_the_servers_own_clock(venue, ex):
    said = f"Retry-After: {http_date(hours=-5, seconds=90)}", f"Date: {http_date(hours=-5)}"
    venue.script = [too_many(*said), OK]

    assert (await met(ex)).retry_after == pytest.approx(90, abs=5)


async def test_a_date_counts_from_now_where_the_server_tells_no_time(venue, ex):
    venue.script = [too_many(f"Retry-After: {http_date(seconds=90)}"), OK]

    assert (await met(ex)).retry_after == pytest.approx(90, abs=5)


async def test_where_only_the_reset_is_told_it_is_waited_for(venue, long):
    venue.script = [too_many(f"X-Reset: {int(time.time() * 1000) + 1000}"), OK]

    assert list(await long.positions()) == []


def guess(kind, last=None, told=None, code=None):
    full = [Limit(1, 5, "uid"), Limit(1, 60, "ip", ban=300, codes=["11"])]
    return bans.seconds(kind("too many", code=code), told, full, last)


def test_a_guess_doubles_as_long_as_it_is_too_short_and_no_further_than_ten_minutes():
    lengths, last = [], None
    for _ in range(9):
        lengths.append(guess(errors.RateLimitExceeded, last))
        last = Stop(-1, lengths[-1], "RateLimitExceeded")

    assert lengths == [5, 10, 20, 40, 80, 160, 320, 600, 600]


def test_the_refusals_of_one_burst_do_not_add_up():
    assert guess(errors.RateLimitExceeded, Stop(4.9, 5, "RateLimitExceeded")) == 5


def test_after_a_quiet_time_it_begins_anew():
    assert guess(errors.RateLimitExceeded, Stop(-81, 80, "RateLimitExceeded")) == 5


def test_what_the_page_tells_counts_for_a_firewall_and_for_the_code_of_the_limit():
    assert guess(errors.DDoSProtection) == 300
    assert guess(errors.RateLimitExceeded, code="11") == 300
    assert guess(errors.RateLimitExceeded, code="10") == 5


def test_what_the_answer_tells_counts_more_than_the_page():
    assert guess(errors.DDoSProtection, told=7) == 7


# -- what is left, as the answers tell it -----------------------------------------------------------------------------


async def took(work) -> float:
    began = time.monotonic()
    await work
    return time.monotonic() - began


async def test_with_nothing_left_reads_and_writes_wait_until_it_is_back(venue, long):
    back = int(time.time() * 1000) + 1000
    venue.script = [Say({"code": 0, "data": []}, 200, ("X-Left: 0", f"X-Reset: {back}")), OK]
    await long.positions()

    assert 0.7 <= await took(asyncio.gather(long.positions(), long.call("set_tpsl", id="1", tp="5"))) < 10
    assert len(venue.received) == 3


async def test_what_is_reserved_is_left_to_writes(venue, long):
    back = int(time.time() * 1000) + 2000
    venue.script = [Say({"code": 0, "data": []}, 200, ("X-Left: 10", f"X-Reset: {back}")), Say({"code": 0, "data": []})]
    await long.positions()
    read = asyncio.create_task(long.positions())

    await long.call("set_tpsl", id="1", tp="5")

    assert not read.done()
    assert list(await read) == []
    assert [received.method for received in venue.received] == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    "said", ["X-Left: 11", "X-Left: junk", "X-Left: -1", "X-Left: " + "9" * 99, "X-Reset: 99999999999999"]
)
async def test_enough_left_and_junk_stop_nothing(venue, long, said):
    venue.script = [Say({"code": 0, "data": []}, 200, (said,))]
    await long.positions()

    assert await took(long.positions()) < 10


async def test_a_header_that_lies_costs_one_window_at_most(venue, ex):
    venue.script = [Say({"code": 0, "data": []}, 200, ("X-Left: 0", "X-Reset: 99999999999999")), OK]
    await ex.positions()

    assert 1.5 <= await took(ex.positions()) < 10


async def test_a_ban_holds_in_this_program_when_its_store_is_gone(venue, api):
    pytest.importorskip("redis", reason="needs the extra: pip install 'unifiedcopy[redis]'")
    async with venue.exchange(api, limits="redis://127.0.0.1:9/0") as ex:
        venue.script = [too_many("Retry-After: 60"), Say({"code": 0, "data": {}})]
        with pytest.raises(errors.OutcomeUnknown):
            await ex.call("set_tpsl", id="1", tp="5")

        with pytest.raises(errors.RateLimitExceeded) as caught:
            await ex.call("set_tpsl", id="2", tp="5")

    assert caught.value.outcome == "not_sent"
    assert len(venue.received) == 1
