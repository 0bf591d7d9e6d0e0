"""One request and its answer, byte by byte: what goes out, and where an answer ends."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from unifiedcopy.roundtrip import Deadlines, Heard, Pool, Way

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
USUAL = Deadlines()
NO_SILENCE, NO_DELAY = Deadlines(silence=0.2, total=9), Deadlines(silence=9, total=0.3)


class Origin:
    """A server that answers with given pieces of bytes, and keeps what it received."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.connections = self.open = self.most = 0
        self.pieces: list[bytes] = [OK]
        self.pause = 0.0
        self.hangs_up = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while True:
                self.received.append(await self._request(reader))
                for piece in self.pieces:
                    writer.write(piece)
                    await asyncio.sleep(self.pause)
                if self.hangs_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
        return head + (await reader.readexactly(int(lengths[0])) if lengths else b"")


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    made = Origin()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


@pytest.fixture
async def way(origin: Origin) -> AsyncIterator[Callable[..., Way]]:
    pool = Pool.join()
    yield lambda deadlines=USUAL, writes=False: pool.way(origin.url, deadlines, writes=writes)
    await pool.leave()


async def ask(
    way: Way, method: str = "GET", target: str = "/x", body: bytes = b"", most: int = 1_000, **headers
) -> Heard:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = way.written(method, target, named, body)
    return await way.asked(await way.connected(), request, way.deadline(), most)


async def test_a_read_goes_out_with_its_headers_and_the_usual_ones(origin, way):
    heard = await ask(way(), target="/a%2Fb?c=%25&d", X_KEY="k", accept="text/plain")

    host = origin.url.removeprefix("http://")
    assert origin.received[0].decode().split("\r\n") == [
        "GET /a%2Fb?c=%25&d HTTP/1.1",
        f"Host: {host}",
        "X-KEY: k",
        "accept: text/plain",
        "Accept-Encoding: gzip, deflate",
        f"User-Agent: {aiohttp.http.SERVER_SOFTWARE}",
        "",
        "",
    ]
    assert (heard.status, heard.body) == (200, b"ok")


@pytest.mark.parametrize(("body", "length"), [(b'{"a":1}', "7"), (b"", "0")])
async def test_a_write_says_how_long_it_is_and_that_it_is_the_last_on_its_connection(origin, way, body, length):
    await ask(way(writes=True), "POST", body=body)

    head, _, sent = origin.received[0].decode().partition("\r\n\r\n")
    assert {f"Content-Length: {length}", "Connection: close"} <= set(head.split("\r\n"))
    assert sent.encode() == body


async def test_requests_at_once_have_a_connection_each(origin, way):
    origin.pause = 0.1
    heard = await asyncio.gather(*(ask(way(writes=writes), "POST") for writes in (True, False) for _ in range(9)))
    assert {one.body for one in heard} == {b"ok"}
    assert origin.connections == origin.most == 18


async def test_a_loop_has_one_pool_as_long_as_somebody_uses_it(origin):
    pool, same = Pool.join(), Pool.join()
    assert pool is same
    await same.leave()
    assert (await ask(pool.way(origin.url, USUAL, writes=False))).body == b"ok"
    await pool.leave()
    assert pool.reads.closed
    assert pool.writes.closed
    later = Pool.join()
    assert later is not pool
    await later.leave()


async def test_what_is_left_leaves_no_timer_behind(origin):
    origin.pieces = [OK]
    pool = Pool.join()
    way = pool.way(origin.url, USUAL, writes=False)
    await ask(way)
    timer = way._watch._timer

    await pool.leave()
    assert timer.cancelled()


async def test_accounts_at_one_origin_share_the_way_to_it(way):
    assert way() is way()
    assert len({way(), way(writes=True), way(NO_DELAY)}) == 3


async def test_a_connection_that_is_closed_before_anything_was_sent_is_not_used(origin, way, monkeypatch):
    connected = aiohttp.TCPConnector.connect

    async def closing(*given):
        connection = await connected(*given)
        connection.transport.close()
        return connection

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", closing)
    with pytest.raises(ConnectionResetError):
        await way().connected()
    monkeypatch.undo()
    assert (await ask(way())).body == b"ok"
    assert len(origin.received) == 1


async def test_reads_keep_their_connection_and_writes_have_one_of_their_own(origin, way):
    for _ in range(2):
        await ask(way())
    assert origin.connections == 1
    for _ in range(2):
        await ask(way(writes=True), "POST")
    assert origin.connections == 3


@pytest.mark.parametrize(
    "target", ["", "x", "http://evil.example/", "@evil.example", "/a b", "/a\r\nX: y", "/a#b", "/é"]
)
async def test_a_target_that_is_no_path_of_this_host_is_refused(origin, way, target):
    with pytest.raises(ValueError, match="left the venue's host"):
        await ask(way(), target=target)
    assert origin.connections == 0


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\udc80b"])
async def test_a_header_that_holds_a_line_break_is_refused_without_telling_it(origin, way, value):
    with pytest.raises(ValueError, match="can't be put on the wire") as caught:
        await ask(way(), X_KEY=value)
    assert value not in str(caught.value)
    with pytest.raises(ValueError, match="can't be put on the wire"):
        way().written("GET", "/", {value: "x"}, b"")


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 199 Soon\r\nLink: x\r\n\r\n", OK], id="1xx first"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n", b"1\r\nk\r\n0\r\n\r\n"], id="chunks"
        ),
        pytest.param([bytes([byte]) for byte in OK], id="byte by byte"),
        pytest.param(
            [
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 22\r\n\r\n"
                + gzip.compress(b"ok", mtime=0)
            ],
            id="packed",
        ),
    ],
)
async def test_an_answer_in_pieces_is_one(origin, way, pieces):
    origin.pieces, origin.pause = pieces, 0.01
    for _ in range(2):
        heard = await ask(way())
        assert (heard.status, heard.body) == (200, b"ok")
    assert origin.connections == 1


async def test_an_answer_without_a_length_ends_with_its_connection(origin, way):
    origin.pieces, origin.hangs_up = [b"HTTP/1.1 200 OK\r\n\r\no", b"k"], True
    assert (await ask(way())).body == b"ok"


async def test_an_answer_without_a_body_ends_with_its_head(origin, way):
    origin.pieces = [b"HTTP/1.1 204 No Content\r\n\r\n"]
    assert [(await ask(way())).body for _ in range(2)] == [b"", b""]


async def test_an_answer_that_is_too_large_is_left_with_its_connection(origin, way):
    origin.pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900]
    assert (await ask(way(), most=899)).body is None
    assert (await ask(way(), most=900)).body == b"x" * 900
    origin.pieces, origin.pause = [*origin.pieces[0].partition(b"xxx")], 0.02
    assert (await ask(way(), most=899)).body is None
    assert (await ask(way(), most=900)).body == b"x" * 900


async def test_a_change_of_protocol_is_an_answer_and_its_connection_is_left(origin, way):
    origin.pieces = [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"]
    assert (await ask(way())).status == 101
    origin.pieces = [OK]
    assert (await ask(way())).body == b"ok"
    assert origin.connections == 2


async def test_what_comes_after_an_answer_is_not_the_next_one(origin, way):
    origin.pieces = [OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"]
    assert (await ask(way())).body == b"ok"
    origin.pieces = [OK]
    assert (await ask(way())).body == b"ok"
    assert origin.connections == 2


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"], aiohttp.ClientPayloadError),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"], aiohttp.ClientPayloadError),
        ([b"HTTP/1.1 200 OK\r\n"], aiohttp.ServerDisconnectedError),
        ([b""], aiohttp.ServerDisconnectedError),
        ([b"garbage\r\n\r\n"], aiohttp.http.HttpProcessingError),
    ],
)
async def test_an_answer_that_is_cut_or_no_answer_is_an_error(origin, way, pieces, error):
    origin.pieces, origin.hangs_up = pieces, True
    with pytest.raises(error):
        await ask(way())


@pytest.mark.parametrize(
    ("pieces", "pause", "deadlines"),
    [
        pytest.param([], 0, NO_SILENCE, id="silence"),
        pytest.param([OK[:-1]], 0, NO_SILENCE, id="silence in the body"),
        pytest.param([], 0, NO_DELAY, id="too long a silence"),
        pytest.param([bytes([byte]) for byte in OK], 0.05, NO_DELAY, id="a slow head"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", *[b"x"] * 50], 0.05, NO_DELAY, id="a slow body"
        ),
    ],
)
async def test_an_answer_that_does_not_come_in_time_is_an_error_in_time(origin, way, pieces, pause, deadlines):
    origin.pieces, origin.pause = pieces, pause
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        await ask(way(deadlines))
    assert 0.15 < loop.time() - began < 1.0


async def test_a_deadline_is_of_its_own_request_alone(origin, way):
    for pieces in ([OK], [OK[:-1], OK[-1:]], [OK]):
        origin.pieces, origin.pause = pieces, 0.05
        assert (await ask(way(NO_DELAY))).body == b"ok"
        await asyncio.sleep(0.4)
    assert origin.connections == 1


async def test_who_began_later_but_has_less_time_is_not_kept_waiting(origin, way):
    origin.pieces, origin.pause = [], 0
    request, loop = way().written("GET", "/x", {}, b""), asyncio.get_running_loop()

    async def ended(seconds: float) -> float:
        with pytest.raises(TimeoutError):
            await way().asked(await way().connected(), request, loop.time() + seconds, 1_000)
        return loop.time()

    began = loop.time()
    longer, shorter = await asyncio.gather(ended(0.6), ended(0.2))
    assert 0.15 < shorter - began < 0.5 < longer - began < 1.5


async def test_a_cancelled_request_leaves_no_connection_that_the_next_one_would_use(origin, way):
    origin.pieces, origin.pause = [], 0
    task = asyncio.ensure_future(ask(way()))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    origin.pieces = [OK]
    assert (await ask(way())).body == b"ok"
    assert origin.connections == 2
