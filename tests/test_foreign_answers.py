"""Answers that are of another question: older than it, or about something else. Over real sockets."""

import asyncio
import time

import aiohttp
import pytest

import unifiedcopy as uc
from tests.schemas import PLAIN, api_of
from tests.venue import Received, Say, ScriptedVenue
from unifiedcopy import errors
from unifiedcopy.models import Position, Price
from unifiedcopy.sandbox import Sandbox
from unifiedcopy.schema.runtime import exact

TIMED = (
    PLAIN.replace('message = "msg"', 'message = "msg"\ntime = "now"')
    .replace("[endpoints.positions]", '[clock]\nendpoint = "time"\ntime = "now"\n\n[endpoints.positions]', 1)
    .replace('skip_zero = "size"', 'skip_zero = "size"\necho = { "data[].symbol" = "symbol", "page" = "limit" }')
    .replace("cursor = {}\n", 'cursor = {}\nsymbol = { from = "symbol" }\n')
    .replace('ids = "data.id"', 'ids = "data.id"\necho = { "data.id" = "id" }')
    + '\n[endpoints.time]\nmethod = "GET"\npath = "/time"\nsource = "invented"\nsign = "none"\n'
)
ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
POSITION = Position("plain/v1", "me", "1", "BTC/USDT:USDT", "BTCUSDT", "long", exact("0.5"), "base")


class Clocked(ScriptedVenue):
    """A venue whose clock is ``ahead`` seconds before this machine's, and whose answers may be older than that."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead, self.age, self.code = 0.0, 0.0, 0
        self.data: object = []
        self.script = [self._answer]

    def _answer(self, received: Received) -> Say:
        now = int((time.time() + self.ahead) * 1000)
        asked = received.target == "/time"
        return Say(
            {"code": 0 if asked else self.code, "now": now - (0 if asked else int(self.age * 1000)), "data": self.data}
        )


@pytest.fixture
async def venue():
    async with Clocked() as scripted:
        yield scripted


@pytest.fixture
async def ex(venue, tmp_path):
    async with venue.exchange(api_of(tmp_path, TIMED)) as exchange:
        yield exchange


async def test_an_answer_older_than_the_question_is_refused(venue, ex):
    venue.ahead = 3600  # the venue's clock counts, not this machine's
    assert len(await ex.positions()) == 0

    venue.age = 60
    with pytest.raises(errors.StaleResponse, match="60 s older than the question"):
        await ex.positions()


async def test_an_old_success_or_refusal_leaves_a_write_open(venue, ex):
    venue.age, venue.data = 60, {"id": "1"}
    for code in (0, 7):
        venue.code = code
        with pytest.raises(errors.OutcomeUnknown) as caught:
            await ex.set_tpsl(POSITION, take_profit=Price(f"7000{code}"))
        assert isinstance(caught.value.reason, errors.StaleResponse)


async def test_before_an_answer_is_called_old_the_venue_is_asked_for_its_time(venue, ex):
    venue.ahead = 30
    await ex.positions()
    venue.ahead = 0  # this machine's clock has run ahead since

    assert len(await ex.positions()) == 0


async def test_an_answer_without_a_time_or_a_clock_is_taken(venue, tmp_path):
    venue.script = [lambda received: Say({"code": 0, "data": [ROW], "now": "soon"})]
    async with venue.exchange(api_of(tmp_path, TIMED)) as ex:
        assert len(await ex.positions()) == 1


async def test_rows_about_something_else_than_was_asked_are_refused(venue, ex):
    venue.data = [ROW, {**ROW, "id": "2", "symbol": "ETHUSDT"}]

    assert len(await ex.positions()) == 2
    with pytest.raises(errors.BadResponse, match=r"data\[\]\.symbol is 'ETHUSDT', but symbol = 'BTCUSDT'"):
        await ex.positions(symbol="BTC/USDT:USDT")


async def test_a_write_that_is_answered_about_something_else_is_open(venue, ex):
    venue.data = {"id": "2"}

    with pytest.raises(errors.OutcomeUnknown, match=r"data\.id is '2', but id = '1' was asked for"):
        await ex.set_tpsl(POSITION, take_profit=Price("70000"))


# -- the sandbox, with something between that keeps and swaps answers -------------------------------------------------


class Between(ScriptedVenue):
    """Passes requests on to a venue; may answer with what it has kept, or with the answer to somebody else."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self.target = target
        self.kept: dict[str, Say] = {}
        self.replays = self.swaps = False
        self.waiting: list[tuple[asyncio.Future[Say], Say]] = []
        self.script = [self._pass]

    async def _pass(self, received: Received) -> Say:
        path = received.target.partition("?")[0]
        if self.replays and path in self.kept:
            return self.kept[path]
        headers = {name: value for name, value in received.headers.items() if name not in ("host", "content-length")}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                received.method, self.target + received.target, headers=headers, data=received.body or None
            ) as reply,
        ):
            self.kept[path] = say = Say(await reply.read(), reply.status)
        return await self._swapped(say) if self.swaps and "orders" in path else say

    async def _swapped(self, say: Say) -> Say:
        mine: asyncio.Future[Say] = asyncio.get_running_loop().create_future()
        self.waiting.append((mine, say))
        if len(self.waiting) == 2:
            (first, one), (second, other) = self.waiting
            self.waiting = []
            first.set_result(other)
            second.set_result(one)
        return await mine


@pytest.fixture
async def between():
    async with Sandbox(seed=7, venues=["bitget"]) as box, Between(box["bitget"].url) as passing:
        yield box, passing


def connected(box, passing):
    credentials = box["bitget"].accounts["main"].credentials
    return uc.connect("bitget/v2-futures", **credentials, base_url=passing.url, write=True)


async def test_an_old_answer_of_the_sandbox_is_noticed_when_it_comes_again(between):
    box, passing = between
    async with connected(box, passing) as ex:
        assert len(await ex.positions()) > 0
        await box.advance(3600)
        await ex.following()  # the venue's clock has moved on, and is read anew
        passing.replays = True

        with pytest.raises(errors.StaleResponse):
            await ex.positions()


async def test_answers_of_the_sandbox_that_are_swapped_are_noticed_by_both(between):
    box, passing = between
    async with connected(box, passing) as first, connected(box, passing) as second:
        positions = await first.positions(market="usdt")
        symbols = sorted({position.symbol for position in positions})[:2]
        assert len(symbols) == 2
        passing.swaps = True
        ends = await asyncio.gather(
            *(ex.positions(symbol=symbol) for ex, symbol in zip((first, second), symbols, strict=True)),
            return_exceptions=True,
        )

    assert [type(end) for end in ends] == [errors.BadResponse, errors.BadResponse]
    assert all("answer is of another question" in str(end) for end in ends)
