"""What a caller does wrong, and what must not become of it."""

import asyncio
import logging
import time

import pytest

import unifiedcopy as uc
from tests.venue import Say, ScriptedVenue
from unifiedcopy.models import Position
from unifiedcopy.sandbox import Sandbox
from unifiedcopy.schema.runtime import exact

ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
POSITION = Position("plain/v1", "me", "1", "BTC/USDT:USDT", "BTCUSDT", "long", exact("0.5"), "base")


@pytest.fixture
async def box():
    async with Sandbox(seed=7, venues=["toobit", "zoomex"]) as running:
        yield running


def connected(box, venue, **options):
    server = box[venue]
    return uc.connect(venue, **server.accounts["main"].credentials, base_url=server.url, write=True, **options)


@pytest.mark.parametrize("trigger", ["72000", 0.8, exact(5), 72000, True])
async def test_a_trigger_that_is_none_is_refused_and_nothing_is_sent(venue, ex, trigger):
    """Text as a take profit was dropped on one venue and sent as a rate of 72,000 on another."""
    with pytest.raises(uc.BadRequest, match="pass Price, Roi or CLEAR"):
        await ex.set_tpsl(POSITION, take_profit=trigger, stop_loss=uc.Price(1))
    assert venue.received == []


@pytest.mark.parametrize("trigger", [uc.Price(0), uc.Price(-1), uc.Roi(0)])
async def test_a_trigger_that_never_fires_is_refused(venue, ex, trigger):
    with pytest.raises(uc.BadRequest, match="triggers nothing"):
        await ex.set_tpsl(POSITION, stop_loss=trigger)
    assert venue.received == []


@pytest.mark.parametrize("shift", ["0", "0.0001", "-0.0001"])
async def test_a_conversion_that_rounds_to_nothing_is_refused(box, shift):
    """A rate of zero takes the stop loss away."""
    async with connected(box, "toobit") as ex:
        position = (await ex.positions())[0]
        with pytest.raises(uc.BadRequest, match="rounds to no trigger"):
            await ex.set_tpsl(position, stop_loss=uc.Price(position.entry_price + exact(shift)), convert=True)
        with pytest.raises(uc.BadRequest, match="out of any range"):
            await ex.set_tpsl(position, take_profit=uc.Price("1e40"), convert=True)
    assert box["toobit"].executions == []


@pytest.mark.parametrize(
    ("verb", "arguments", "says"),
    [
        ("set_tpsl", {"position": "1", "take_profit": uc.Price(1)}, "pass a Position"),
        ("positions", {"symbol": "BTCUSDT"}, "is no symbol of this API"),
        ("positions", {"symbol": ""}, "symbol: pass text"),
        ("positions", {"symbol": 5}, "symbol: pass text"),
        ("positions", {"leader": 799023441}, "leader: pass a Leader"),
        ("positions", {"leader": ""}, "leader: pass a Leader"),
        ("positions", {"market": 5}, "market: pass text"),
        ("closed_positions", {"limit": "5"}, "limit: '5' is not a whole number"),
        ("closed_positions", {"limit": 0}, "limit: 0"),
        ("closed_positions", {"limit": True}, "limit: True"),
        ("closed_positions", {"since": "2026-01-01"}, "since: pass Unix milliseconds"),
        ("closed_positions", {"since": 1_760_000_000}, r"seconds\?"),
        ("closed_positions", {"since": 1_760_000_000_000, "until": 1_750_000_000_000}, "since must be before until"),
        ("closed_positions", {"params": {"page": 2}}, "set by walking the pages"),
        ("follow", {"leader": "1", "settings": {}}, "pass FollowSettings"),
        ("unfollow", {"leader": None}, "leader is required"),
    ],
)
async def test_an_argument_that_finds_nothing_is_an_error_and_not_an_empty_page(box, verb, arguments, says):
    async with connected(box, "toobit") as ex:
        with pytest.raises((uc.BadRequest, uc.ArgumentsRequired), match=says) as caught:
            await getattr(ex, verb)(**arguments)
    assert caught.value.outcome == "not_sent"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"write": "no"}, "write: pass True or False"),
        ({"write": 1}, "write: pass True or False"),
        ({"convert": "yes"}, "convert: pass"),
        ({"api_key": 123}, "api_key: pass text"),
        ({"timeout": "5"}, "timeout"),
        ({"base_url": 5}, "is not an address"),
        ({"base_url": "http://[::1"}, "is not an address"),
        ({"base_url": "http://127.0.0.1:99999"}, "is not an address"),
        ({"markets": "usdt"}, "markets: give a list"),
        ({"markets": ["spot"]}, "there is no 'spot'"),
    ],
)
def test_connect_fails_closed(options, says):
    with pytest.raises(uc.ConfigError, match=says):
        uc.connect("bitget", **options)


@pytest.mark.parametrize("mistake", [{"sizing": 50}, {"symbols": (1, 2)}, {"symbols": "A/USDT:USDT"}])
def test_settings_of_a_wrong_type_are_refused_at_once(mistake):
    with pytest.raises(TypeError):
        uc.FollowSettings(**mistake)


def test_a_symbol_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="stands twice"):
        uc.FollowSettings(symbols=("A/USDT:USDT", "A/USDT:USDT"))


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_a_decimal_that_is_no_number_is_no_trigger(number):
    from decimal import Decimal

    with pytest.raises(ValueError, match="Price"):
        uc.Price(Decimal(number))


async def test_a_limit_counts_what_was_asked_for_and_not_what_was_read(box):
    """The rows that the venue can't choose were cut before they were chosen."""
    async with connected(box, "toobit") as ex:
        everything = await ex.closed_positions(limit=1000)
        symbol = everything[-1].symbol
        oldest = [closed for closed in everything if closed.symbol == symbol]

        assert list(await ex.closed_positions(symbol=symbol, limit=len(oldest))) == oldest
        until = everything[len(everything) // 2].closed_at
        assert len(await ex.closed_positions(until=until, limit=2)) == 2


async def test_since_is_part_of_a_window_and_until_is_not(box):
    """So that one window can follow another without a closing lost or told twice."""
    async with connected(box, "toobit") as ex:
        everything = await ex.closed_positions(limit=1000)
        middle = everything[len(everything) // 2].closed_at
        before, after = await ex.closed_positions(until=middle), await ex.closed_positions(since=middle)

    assert [closed for closed in after if closed.closed_at == middle]
    assert [*after, *before] == list(everything)


async def test_closings_of_several_markets_are_one_list_with_the_newest_first(box):
    async with connected(box, "zoomex") as ex:
        times = [closed.closed_at for closed in await ex.closed_positions(limit=50)]

    assert times == sorted(times, reverse=True)


async def test_a_history_that_reaches_back_only_days_says_so(box):
    async with connected(box, "zoomex") as zoomex, connected(box, "toobit") as toobit:
        covers = (await zoomex.closed_positions()).covers
        assert (await toobit.closed_positions()).covers is None

    assert covers is not None
    assert covers[1] - covers[0] == 7 * 86_400_000
    assert abs(covers[1] - time.time() * 1000) < 60_000


async def test_a_preview_of_a_read_sends_nothing(venue, ex):
    for verb in ("positions", "aclose", "nope"):
        with pytest.raises(uc.BadRequest, match="what a write would send"):
            await ex.preview(verb)
    assert venue.received == []


async def test_a_change_of_settings_tells_what_it_fills_in(box):
    """Settings are sent whole there, so what is left out is reset."""
    async with connected(box, "toobit") as ex:
        (settings,) = await ex.follow_settings((await ex.following())[0])
        preview = await ex.preview("follow", settings.leader_id, settings, params={"realInvestAmount": "100"})

    assert "stopLossRate was not given and is sent as 0" in preview.notes


async def test_a_closed_connection_refuses_and_opens_nothing(venue, plain):
    ex = venue.exchange(plain)
    await ex.aclose()

    with pytest.raises(uc.ConfigError, match="closed"):
        await ex.positions()


async def test_a_retried_read_says_nothing_on_its_own(venue, ex, capfd):
    venue.script = [Say(b"busy", 503), Say({"code": 0, "data": [ROW]})]

    assert len(await ex.positions()) == 1
    assert logging.getLogger("stamina").handlers
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, uc.AuthenticationError), (403, uc.DDoSProtection), (429, uc.RateLimitExceeded)]
)
async def test_an_empty_answer_is_told_by_its_status(venue, ex, status, kind):
    venue.script = [Say(b"", status)]

    with pytest.raises(uc.OutcomeUnknown, match=f"HTTP {status} with an empty answer") as caught:
        await ex.unfollow("a1")
    assert isinstance(caught.value.reason, kind)


async def test_one_market_that_fails_leaves_no_task_behind(box):
    async with connected(box, "zoomex") as ex:
        box["zoomex"].options.unified = False
        with pytest.raises(uc.BadRequest):
            await ex.positions()
        box["zoomex"].options.unified = True
        assert len(asyncio.all_tasks()) < 20


FOLLOW = uc.FollowSettings(sizing=uc.Multiple(1), symbols=("BTC/USDT:USDT", "ETH/USDT:USDT"))


@pytest.mark.parametrize(
    ("code", "rows", "end"),
    [
        ("43052", 2, uc.OutcomeUnknown),  # one symbol's size is too small; the other may be taken
        ("40308", 2, uc.OutcomeUnknown),  # one contract is in maintenance
        ("40019", 2, uc.OutcomeUnknown),  # a key of one row is empty
        ("43052", 1, uc.ExchangeError),
        ("40009", 2, uc.AuthenticationError),  # a wrong signature is seen before any row
    ],
)
async def test_a_refusal_of_one_row_of_several_proves_nothing_for_the_others(code, rows, end):
    from unifiedcopy.connection import Connection
    from unifiedcopy.driven import DrivenExchange
    from unifiedcopy.roundtrip import Deadlines
    from unifiedcopy.safety.protocol import Safety
    from unifiedcopy.schema import load_schema
    from unifiedcopy.secret import Credentials

    async with ScriptedVenue() as scripted:
        scripted.script = [Say({"code": "00000", "data": {"serverTime": str(int(time.time() * 1000))}})] * 3
        scripted.script += [Say({"code": code, "msg": "no", "data": None}, 400)]
        api = load_schema("bitget/v2-futures")
        connection = Connection(api, Credentials("k", "s", "p"), scripted.url, Deadlines())
        async with DrivenExchange(
            api, connection, alias=None, write=True, convert=False, safety=Safety(read_back=False)
        ) as ex:
            with pytest.raises(end) as caught:
                await ex.follow("1", uc.FollowSettings(sizing=FOLLOW.sizing, symbols=FOLLOW.symbols[:rows]))
    assert isinstance(caught.value, uc.OutcomeUnknown) == (end is uc.OutcomeUnknown)


async def test_a_number_that_a_venue_takes_for_none_is_never_sent_by_accident(box):
    async with connected(box, "toobit") as ex:
        settings = uc.FollowSettings(sizing=uc.ShareOfEquity("0.25"), total_budget=100)
        with pytest.raises(uc.NotSupported, match="the number of share_of_equity"):
            await ex.preview("follow", "1", settings)


async def test_a_leverage_that_the_leader_decides_is_not_sent_as_the_own():
    """Reading settings tells a number along; sending them back must not make it count."""
    settings = uc.FollowSettings(
        sizing=uc.Multiple(1), symbols=("BTC/USDT:USDT",), leverage=20, leverage_source="leader"
    )
    ex = uc.connect("bitget", api_key="k", secret="s", passphrase="p")

    body = (await ex.preview("follow", "1", settings)).body

    assert '"leverType":"trader"' in body
    assert "longLeverage" not in body


@pytest.mark.parametrize(("status", "sent"), [(400, 2), (500, 1)])
async def test_a_refused_timestamp_is_signed_anew_only_when_it_is_proof(status, sent):
    """From a server that failed the same code proves nothing, and a write is never sent again to find out."""
    from unifiedcopy.connection import Connection
    from unifiedcopy.driven import DrivenExchange
    from unifiedcopy.roundtrip import Deadlines
    from unifiedcopy.safety.protocol import Safety
    from unifiedcopy.schema import load_schema
    from unifiedcopy.secret import Credentials

    def answer(received):
        if received.target.startswith("/api/v1/time"):
            return Say({"serverTime": int(time.time() * 1000)})
        return Say({"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}, status)

    async with ScriptedVenue() as scripted:
        scripted.script = [answer]
        api = load_schema("toobit/v2")
        connection = Connection(api, Credentials("k", "s"), scripted.url, Deadlines())
        async with DrivenExchange(
            api, connection, alias=None, write=True, convert=False, safety=Safety(read_back=False)
        ) as ex:
            with pytest.raises(uc.InvalidNonce if status == 400 else uc.OutcomeUnknown):
                await ex.unfollow("1")

    assert sum(received.method == "DELETE" for received in scripted.received) == sent
