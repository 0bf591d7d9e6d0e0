"""Answers that are made to hurt: each ends as an error of the library, soon, with a short excerpt and little memory."""

import json
import tracemalloc

import pytest

from tests.schemas import PLAIN, api_of
from tests.venue import Say
from unifiedcopy import errors
from unifiedcopy.schema.rows import DIAGNOSED, MOST_ROWS

ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
WHOLE = json.dumps({"code": 0, "data": [ROW]}).encode()
BODIES = {
    "nested lists": b"[" * 100_000,
    "nested lists that end": b"[" * 100_000 + b"]" * 100_000,
    "nested objects in a row": b'{"code":0,"data":[{"id":' + b'{"a":' * 100_000,
    "nested in what is not read": b'{"code":0,"data":[],"extra":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "invalid UTF-8": WHOLE.replace(b"BTCUSDT", b"BTC\xff\xfeT"),
    "half a character": b'{"code":0,"data":"\xe2\x82"}',
    "a lone surrogate": b'{"code":0,"data":"\\ud800"}',
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "trailing bytes": WHOLE + b"x",
    "two answers": WHOLE + WHOLE,
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"ok"',
    "a page": b"<!DOCTYPE html><title>maintenance</title>",
    "NUL": b"\x00" * 1000,
    "a number without end": b'{"code":' + b"9" * 100_000 + b',"data":[]}',
    "an exponent without end": b'{"code":0,"data":[{"id":"1","symbol":"BTCUSDT","side":"buy","size":1e999999999}]}',
    "half a million objects": b'{"code":0,"data":[' + b",".join([b'{"a":1}'] * 500_000) + b"]}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_hostile_answer_is_an_error_with_a_short_excerpt(venue, plain, body):
    venue.script = [Say(body)]
    async with venue.exchange(plain) as ex:
        with pytest.raises(errors.BadResponse) as caught:
            await ex.positions()

        assert caught.value.outcome == "unknown"
        assert len(str(caught.value)) < 500
        assert str(caught.value).isprintable()
        with pytest.raises(errors.OutcomeUnknown):
            await ex.unfollow("a1")


def test_an_answer_of_too_many_rows_is_not_read(plain):
    body = json.dumps({"code": 0, "data": [ROW] * (MOST_ROWS + 1)}).encode()

    with pytest.raises(errors.BadResponse, match=f"more than {MOST_ROWS:,} are not read"):
        plain.reader("positions").read(body)


def test_many_rows_that_cannot_be_read_are_counted_and_told_in_part(plain):
    rows = plain.reader("positions").read(json.dumps({"code": 0, "data": [{**ROW, "side": "?"}] * 5_000}).encode())

    assert (len(rows.items), rows.unread) == (0, 5_000)
    assert "'?' is none of" in str(rows.withheld[DIAGNOSED - 1])
    assert "can't be read either" in str(rows.withheld[-1])


def test_an_answer_of_objects_takes_no_more_memory_than_it_may(plain):
    body = b'{"code":0,"data":[' + b",".join([b"{}"] * 2_500_000) + b"]}"
    peaks = []

    def read():
        tracemalloc.start()
        try:
            plain.reader("positions").read(body)
        finally:
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    with pytest.raises(errors.BadResponse, match="objects and lists"):
        read()
    assert peaks[0] < len(body)


async def test_the_size_of_an_answer_is_capped_by_endpoint(venue, tmp_path):
    api = api_of(tmp_path, PLAIN.replace('skip_zero = "size"', 'skip_zero = "size"\nmax_bytes = 1000'))
    venue.script = [Say({"code": 0, "data": [{**ROW, "id": str(number)} for number in range(50)]})]
    async with venue.exchange(api) as ex:
        with pytest.raises(errors.BadResponse, match="larger than 1,000 bytes"):
            await ex.positions()
