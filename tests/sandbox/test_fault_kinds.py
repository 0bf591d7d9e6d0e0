"""What each kind of fault does to an answer, to the act behind it, and to the wire."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from tests.sandbox.test_faults import PATH, wish
from unifiedcopy.sandbox import Fault, Sandbox
from unifiedcopy.sandbox.acting import twin
from unifiedcopy.sandbox.spoiling import BOMB_BYTES, bomb, spoiled
from unifiedcopy.sandbox.wire import Answer

ROWS = b'{"code":0,"data":[{"id":"1","size":1.50},{"id":"2","size":"2.50"}]}'


def edited(kind: Any, **details: Any) -> bytes:
    return spoiled(
        Fault(kind, **details), Answer(200, ROWS), lambda code: Answer(400, b""), lambda: Answer(429, b"")
    ).body


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (("drop", {"field": "id"}), '[{"size":1.50},{"size":"2.50"}]'),
        (("rename", {"field": "id", "to": "no"}), '[{"no":"1","size":1.50},{"no":"2","size":"2.50"}]'),
        (("put", {"field": "id", "value": None}), '[{"id":null,"size":1.50},{"id":null,"size":"2.50"}]'),
        (("add", {"field": "id", "to": "x"}), '[{"id":"1","size":1.50,"x":null},{"id":"2","size":"2.50","x":null}]'),
        (("double", {"field": "id", "value": 9}), '[{"id":"1","size":1.50,"id":9},{"id":"2","size":"2.50","id":9}]'),
        (("retype", {"field": "size"}), '[{"id":"1","size":"1.50"},{"id":"2","size":2.50}]'),
        (("scale", {"field": "size", "value": 100}), '[{"id":"1","size":150.00},{"id":"2","size":"250.00"}]'),
        (("box", {"field": "size"}), '[{"id":"1","size":{"value":1.50}},{"id":"2","size":{"value":"2.50"}}]'),
        (("lose_row", {}), '[{"id":"2","size":"2.50"}]'),
        (("lose_row", {"field": "data"}), '[{"id":"2","size":"2.50"}]'),
        (("repeat_row", {}), '[{"id":"1","size":1.50},{"id":"1","size":1.50},{"id":"2","size":"2.50"}]'),
        (("reorder", {}), '[{"id":"2","size":"2.50"},{"id":"1","size":1.50}]'),
        (("lose_row", {"field": "elsewhere"}), '[{"id":"1","size":1.50},{"id":"2","size":"2.50"}]'),
    ],
    ids=lambda case: case[0] if isinstance(case, tuple) else "",
)
def test_an_edit_changes_the_field_and_no_other_byte(fault: tuple[Any, dict[str, Any]], left: str) -> None:
    assert edited(fault[0], **fault[1]).decode() == '{"code":0,"data":' + left + "}"


def test_an_answer_in_one_more_wrapper_holds_all_of_itself() -> None:
    assert json.loads(edited("box"))["value"] == json.loads(ROWS)


@pytest.mark.parametrize("kind", ["bom", "utf16", "invalid_utf8", "cut", "trailing", "nested"])
def test_an_answer_in_wrong_bytes_is_no_json_in_utf8(kind: Any) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json.loads(edited(kind).decode("utf-8", errors="strict"))


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_a_bomb_is_small_until_it_is_unpacked(encoding: str, unpack: Callable[[bytes], bytes]) -> None:
    assert len(bomb(encoding)) * 500 < BOMB_BYTES == len(unpack(bomb(encoding)))


async def test_plain_text_that_is_said_to_be_packed_cannot_be_read(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("mislabelled"))
    with pytest.raises(aiohttp.ClientError):
        await toobit().get("/leaders")


async def test_a_reset_is_an_error_and_no_end(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("reset", "PUT", after_execution=True))
    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await toobit().put(PATH, wish(box))

    assert len(box["toobit"].executions) == 1


@pytest.mark.parametrize("kind", ["pause", "drip"])
async def test_an_answer_in_parts_is_whole_in_the_end(box: Sandbox, toobit: Callable[..., Any], kind: Any) -> None:
    whole = (await toobit().get("/leaders")).body
    box["toobit"].faults.add(Fault(kind, seconds=0.00001))

    assert (await toobit().get("/leaders")).body == whole


async def test_a_dead_connection_answers_once_and_never_again(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("dead"))
    assert (await toobit().get("/leaders")).status == 200
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(toobit().get("/leaders"), 0.05)


async def test_who_listens_no_more_refuses(box: Sandbox, toobit: Callable[..., Any]) -> None:
    await box["toobit"].refuse()
    with pytest.raises(aiohttp.ClientConnectorError):
        await toobit().get("/leaders")


async def test_one_request_too_many_is_said_in_the_venues_words(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("limited", headers={"Retry-After": "1"}))
    reply = await toobit().get("/leaders")

    assert (reply.status, reply.headers["Retry-After"], reply.code) == (429, "1", -1003)


# -- another act ------------------------------------------------------------------------------------------------------


async def test_what_is_done_late_is_answered_at_once_and_seen_then(box: Sandbox, toobit: Callable[..., Any]) -> None:
    server, position = box["toobit"], box["toobit"].world.book.open_positions("main")[0]
    before = position.take_profit
    server.faults.add(Fault("pass", "PUT", late=2))
    reply = await toobit().put(PATH, wish(box))

    assert (reply.code, server.executions, position.take_profit) == (200, [], before)
    while not server.executions:  # noqa: ASYNC110 (nobody tells when)
        await asyncio.sleep(0.01)
    assert len(server.executions) == 1
    assert position.take_profit != before


async def test_what_is_done_twice_counts_twice(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("twice", "PUT"))
    await toobit().put(PATH, wish(box))

    assert len(box["toobit"].executions) == 2


async def test_reads_that_lag_show_the_state_before_the_write(box: Sandbox, toobit: Callable[..., Any]) -> None:
    server = box["toobit"]

    async def profit() -> str:
        rows = (await toobit().get("/orders/current")).json["data"]
        return next(str(row["stopProfitRate"]) for row in rows if row["symbolId"] == wish(box)["symbolId"])

    server.acting.lag = 60
    before = await profit()
    assert (await toobit().put(PATH, wish(box))).code == 200
    then = await profit()
    server.acting.lag = 0

    assert (then, len(server.executions)) == (before, 1)
    assert await profit() != before


async def test_a_twin_of_a_venue_lives_its_own_life(box: Sandbox) -> None:
    emulator = box["toobit"].emulator
    other = twin(emulator)
    other.world.close_all("main")

    assert emulator.world.book.open_positions("main")
    assert other.world.book.open_positions("main") == []
    assert other.world.clock is emulator.world.clock


async def test_an_answer_of_another_account_and_one_of_before(box: Sandbox, toobit: Callable[..., Any]) -> None:
    first, refusal = await toobit().get("/leaders"), (await toobit("empty").get("/leaders")).body
    box["toobit"].faults.add(Fault("other_account", to="empty"), Fault("replay", back=2))

    assert (await toobit().get("/leaders")).body == refusal
    assert (await toobit().get("/leaders")).body == refusal  # of the one who asked between the two
    assert (await toobit().get("/leaders")).body == first.body


async def test_a_parameter_that_is_not_looked_at_does_not_choose(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("ignore", field="size"))

    assert len((await toobit().get("/orders/history", "size=1")).json["data"]["list"]) > 1
    assert len((await toobit().get("/orders/history", "size=1")).json["data"]["list"]) == 1
