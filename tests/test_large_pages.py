"""Pages of many rows are read in other ways than short ones: all numbers at once, and the page in pieces."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_reading_answers import BAD_NUMBERS, ROW, ways
from unifiedcopy.errors import UnifiedCopyError
from unifiedcopy.schema import Api, pieces
from unifiedcopy.schema import compile as compiling
from unifiedcopy.schema.envelope import UNASKED

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


@pytest.fixture
def cut_small(monkeypatch):
    monkeypatch.setattr(compiling, "LARGE", 1)
    monkeypatch.setattr(pieces, "PIECE", 300)


def slowly(reader, encoded):
    return reader._slow.read(encoded, "me", 200, UNASKED)


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


TRAPS = ["},{", "}]", '"data":[{', '\\"},{\\"', '"},{"id":"', "[{}]", "\\", "é},{"]
"""Names that look like the places where a page is cut."""


@given(names=st.lists(st.sampled_from(TRAPS) | st.text(max_size=5), min_size=2, max_size=30), plain=st.booleans())
def test_a_page_in_pieces_is_the_page(names, plain, plain_api):
    rows = [{**FULL, "id": str(number), "name": name} for number, name in enumerate(names)]
    encoded = json.dumps({"code": 0, "data": rows}, separators=(",", ":"), ensure_ascii=plain).encode()
    taught = taught_by(plain_api)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "LARGE", 1)
        patch.setattr(pieces, "PIECE", 300)
        found = told(taught.read, encoded, "me")

    assert found == told(slowly, taught, encoded)


OTHER = [{**FULL, "id": "no row"}] * 3
OTHERS = json.dumps(OTHER, separators=(",", ":")).encode()
ROWS = [{**FULL, "id": str(number)} for number in range(30)]
ANSWERS = {
    "rows in a wrapper": answer({"list": ROWS, "next": "a"}),
    "another list before": answer(ROWS).replace(b'{"code"', b'{"other":%b,"code"' % OTHERS),
    "another list of that name before": answer(ROWS).replace(b'{"code"', b'{"other":{"data":%b},"code"' % OTHERS),
    "another list of that name before, and the rows with spaces": answer(ROWS)[:-2].replace(
        b'{"code":0,"data":', b'{"code":0,"other":{"data":%b},"data": ' % OTHERS
    )
    + b" ]}",
    "another list behind": answer(ROWS, other=OTHER),
    "one of one object behind": answer(ROWS, other=OTHER[:1]),
    "another list that is longer than the rows": answer(ROWS[:2], other=OTHER * 9),
    "the code behind the rows": json.dumps({"data": ROWS, "code": 0}, separators=(",", ":")).encode(),
    "lists in the rows": answer([{**row, "fills": [{"a": 1}, {"a": 2}]} for row in ROWS]),
    "the rows of a name that comes twice": answer(OTHER)[:-1] + b"," + answer(ROWS)[1:],
    "spaces": json.dumps({"code": 0, "data": ROWS}, indent=1).encode(),
    "spaces between rows": answer(ROWS).replace(b"},{", b"}, {"),
    "placeholders among the rows": answer([{**row, "size": "0"} if row["id"] == "7" else row for row in ROWS]),
    "no rows, but others": answer([], other={"data": ROWS}),
    "a word as the list": answer("", other={"data": ROWS}),
}


@pytest.mark.parametrize("encoded", ANSWERS.values(), ids=ANSWERS)
def test_whatever_else_is_in_an_answer_is_no_row(taught, cut_small, encoded):
    assert told(taught.read, encoded, "me") == told(slowly, taught, encoded)


@pytest.mark.parametrize("place", [0, 15, 29])
def test_a_broken_row_of_a_page_in_pieces_is_withheld_alone(taught, cut_small, place):
    found = taught.read(answer([{**row, "side": "both"} if row["id"] == str(place) else row for row in ROWS]))

    assert len(found.items) == 29
    assert [problem.row for problem in found.withheld] == [place]


@pytest.mark.parametrize("end", [b"", b"}", b"]}]", b"]},", b",{}]}"])
def test_a_page_in_pieces_that_ends_wrong_reads_as_the_whole_does(taught, cut_small, end):
    encoded = answer(ROWS)[:-2] + end

    assert told(taught.read, encoded, "me") == told(slowly, taught, encoded)


def test_a_large_page_needs_little_more_memory_than_its_positions(taught):
    encoded = answer([{**FULL, "id": str(number)} for number in range(5_000)])
    taught.read(encoded)
    tracemalloc.start()
    try:
        items = taught.read(encoded).items
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(items) == 5_000
    assert most < 1.2 * kept
