"""Pages of many rows are read in another way than short ones: all numbers at once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_reading_answers import BAD_NUMBERS, ROW, ways
from unifiedcopy.errors import UnifiedCopyError
from unifiedcopy.schema import Api

FULL = {**ROW, "tp": "65000"}


def answer(rows, **envelope) -> bytes:
    """Written as venues write it: no spaces, nothing but ASCII."""
    return json.dumps({"code": 0, "data": rows, **envelope}, separators=(",", ":")).encode()


def taught_by(api):
    """A new reader that has seen a page, so that it knows which amounts are filled."""
    reader = Api(api.schema, api.document).reader("positions")
    reader.read(answer([FULL] * 20))
    return reader


@pytest.fixture
def taught(plain_api):
    return taught_by(plain_api)


def slowly(reader, encoded):
    return reader._slow.read(encoded, "me", 200, {})


def told(read, *arguments):
    """Everything that a way of reading says, be it an error."""
    try:
        rows = read(*arguments)
    except UnifiedCopyError as error:
        return type(error), str(error)
    return rows.items, rows.withheld, rows.next, rows.sent


@given(rows=st.lists(ways, min_size=8, max_size=12))
def test_numbers_read_at_once_are_those_that_are_read_one_by_one(rows, plain_api):
    encoded = answer([{**FULL, **row} for row in rows])
    taught = taught_by(plain_api)

    assert told(taught.read, encoded, "me") == told(slowly, taught, encoded)


@pytest.mark.parametrize("wire", BAD_NUMBERS)
@pytest.mark.parametrize("key", ["size", "entry", "roi", "fee", "tp"])
def test_what_is_no_finite_number_withholds_its_row_of_many(taught, key, wire):
    rows = [{**FULL, "id": str(number)} for number in range(12)]
    rows[7][key] = "X"
    found = taught.read(answer(rows).replace(b'"X"', wire.encode()))

    assert [position.id for position in found.items] == [str(number) for number in range(12) if number != 7]
    assert [(problem.row, problem.wire.split(", ")[0]) for problem in found.withheld] == [(7, key)]
