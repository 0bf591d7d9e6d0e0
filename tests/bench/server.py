"""A server on loopback that answers bytes: ``python -m tests.bench.server 0.05 zoomex:20 …``.

It knows no venue beyond its time: whatever else is asked, the port's page comes back after the latency. It runs in a
process of its own, so that the client's CPU is the client's alone, and prints its ports and then waits for its stdin to
close.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import cast

from . import payloads

MOMENTS: dict[str, Callable[[int], object]] = {
    "toobit": lambda now: {"serverTime": now},
    "bitget": lambda now: {"code": "00000", "data": {"serverTime": str(now)}},
    "zoomex": lambda now: {"retCode": 0, "result": {"timeNano": str(now * 1_000_000)}},
}

THEN = b"1000000000000"
"""Stands in a page for the time of the answer: one that is older than its question is refused."""
NOTHING_OLDER = b'{"code":"00000","data":[],"msg":"","requestTime":%s}' % THEN


def page(venue: str, count: int) -> bytes:
    """A page that is the last one, so that a list is one request."""
    answer = json.loads(payloads.page(venue, count))
    if venue == "zoomex":
        answer["result"]["nextPageCursor"] = ""
    if venue == "bitget":
        answer["data"] = {"trackingList": answer["data"], "endId": ""}
    answer |= {key: int(THEN) for key in ("requestTime", "time") if key in answer}
    return json.dumps(answer, separators=(",", ":")).encode()  # as venues write them: without blanks


class Answering(asyncio.Protocol):
    """One connection; a client sends its next request after the answer."""

    open = most = requests = 0

    def __init__(self, latency: float, answer: bytes, moment: Callable[[int], object]) -> None:
        self._latency, self._answer, self._moment = latency, answer, moment
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        Answering.open += 1
        Answering.most = max(Answering.most, Answering.open)

    def connection_lost(self, error: Exception | None) -> None:
        Answering.open -= 1

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._got.endswith(b"\r\n\r\n"):
            return
        line, self._got = self._got.partition(b"\r\n")[0], b""
        Answering.requests += 1
        now = int(time.time() * 1000)
        answer = self._answer
        if line.partition(b"?")[0].split()[1].endswith(b"time"):
            answer = http(json.dumps(self._moment(now)).encode())
        if b"idLessThan" in line:  # what is older than the last one of the only page
            answer = http(NOTHING_OLDER)
        if b"/__most" in line:
            answer = http(json.dumps([Answering.most, Answering.requests]).encode())
        answer = answer.replace(THEN, str(now).encode())
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


def http(body: bytes) -> bytes:
    """An answer with the headers that a venue's gateway adds at least."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(latency: float, pages: list[str]) -> None:
    loop = asyncio.get_running_loop()
    ports = {}
    for name in pages:
        venue, _, count = name.partition(":")
        answer, moment = http(page(venue, int(count))), MOMENTS[venue]
        server = await loop.create_server(
            lambda answer=answer, moment=moment: Answering(latency, answer, moment), "127.0.0.1", 0, backlog=4096
        )
        ports[name] = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


@contextlib.contextmanager
def served(latency: float, *pages: str) -> Iterator[dict[str, str]]:
    """The server as a process; name of a page -> its address."""
    command = [sys.executable, "-m", "tests.bench.server", str(latency), *pages]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        try:
            yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        finally:
            process.communicate()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    run(serve(float(sys.argv[1]), sys.argv[2:]))
