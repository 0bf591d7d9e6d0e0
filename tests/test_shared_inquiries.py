"""What a read asks is made once for all accounts of an API: nobody gets what another asked for."""

from urllib.parse import parse_qsl, urlsplit

import pytest

import unifiedcopy as uc
from tests.venue import Say, ScriptedVenue
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.schema import Api, load_schema
from unifiedcopy.secret import Credentials


@pytest.fixture
async def venue():
    async with ScriptedVenue() as venue:
        venue.script = [Say({"code": "00000", "data": []})]
        yield venue


@pytest.fixture
def api():
    """With a memory of its own."""
    shipped = load_schema("bitget/v2-futures")
    return Api(shipped.schema, shipped.document)


def account(venue, api, name, markets=()):
    connection = Connection(api, Credentials(name, "secret", "words"), venue.url, Deadlines(5, 5, 5))
    return DrivenExchange(api, connection, alias=name, write=False, convert=False, markets=markets)


def asked(venue):
    """What was asked since the last time, without the venue's clock."""
    found = [dict(parse_qsl(urlsplit(one.target).query)) for one in venue.received if "time" not in one.target]
    venue.received.clear()
    return [(one.get("productType"), one.get("symbol"), one.get("traderId")) for one in found]


async def test_each_read_asks_what_it_was_asked_for_whoever_asked_before(venue, api):
    async with account(venue, api, "a", ("usdt",)) as one, account(venue, api, "b", ("coin", "usdc")) as other:
        await one.positions()
        assert asked(venue) == [("USDT-FUTURES", None, None)]
        await other.positions()
        assert sorted(asked(venue)) == [("COIN-FUTURES", None, None), ("USDC-FUTURES", None, None)]
        await one.positions(market="coin")
        assert asked(venue) == [("COIN-FUTURES", None, None)]
        await one.positions(symbol="BTC/USDT:USDT")
        assert asked(venue) == [("USDT-FUTURES", "BTCUSDT", None)]
        await one.positions(leader="1")
        assert asked(venue) == [("USDT-FUTURES", None, "1")]
        await one.positions(params={"symbol": "ETHUSDT"})
        assert asked(venue) == [("USDT-FUTURES", "ETHUSDT", None)]
        await one.positions()
        assert asked(venue) == [("USDT-FUTURES", None, None)]


async def test_each_account_signs_for_itself(venue, api):
    async with account(venue, api, "a", ("usdt",)) as one, account(venue, api, "b", ("usdt",)) as other:
        await one.positions()
        await other.positions()

    signed = [received for received in venue.received if "time" not in received.target]
    assert [received.headers["access-key"] for received in signed] == ["a", "b"]


async def test_a_limit_is_the_callers_own(venue, api):
    venue.script = [Say({"code": "00000", "data": {"trackingList": []}})]
    async with account(venue, api, "a", ("usdt",)) as one:
        await one.closed_positions(limit=7)
        await one.closed_positions(limit=9)
        with pytest.raises(uc.BadRequest, match="limit: True"):
            await one.closed_positions(limit=True)

    sizes = [dict(parse_qsl(urlsplit(got.target).query)).get("limit") for got in venue.received]
    assert [size for size in sizes if size] == ["7", "9"]


async def test_only_so_many_inquiries_are_remembered(venue, api, monkeypatch):
    monkeypatch.setattr("unifiedcopy.driven.core.REMEMBERED", 3)
    async with account(venue, api, "a", ("usdt",)) as one:
        for number in range(10):
            await one.positions(leader=str(number))

    assert len(api.inquiries) <= 3
