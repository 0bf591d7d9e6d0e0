"""Bytes to structs: exact, robust, and never a plausible wrong answer."""

import gc
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schemas import PLAIN, api_of
from unifiedcopy import errors
from unifiedcopy.models import Position, Price
from unifiedcopy.schema import Api
from unifiedcopy.schema.envelope import Question

ROW = {
    "id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5", "entry": "60000", "lever": "10", "mode": 1,
    "roi": "12.5", "fee": "-0.25", "tp": "", "at": "1672121182216",
}  # fmt: skip


def body(*rows, **changes) -> bytes:
    return json.dumps({"code": 0, "data": [{**ROW, **changes}] if not rows else list(rows)}).encode()


@pytest.fixture(scope="module")
def made(plain_api):
    """One reader for many pages: text, numbers and other scripts in any order."""
    return Api(plain_api.schema, plain_api.document)


@pytest.fixture
def read(plain):
    reader = plain.reader("positions")

    def one(encoded: bytes) -> Position:
        rows = reader.read(encoded, "me")
        assert rows.withheld == ()
        (position,) = rows.items
        return position

    return one


def test_units_and_signs_become_canonical(read):
    position = read(body(tp="65000"))

    assert position.unrealized_roi == Decimal("0.125")
    assert position.fee == Decimal("0.25")
    assert position.take_profit == Price("65000")
    assert (position.symbol, position.margin_asset, position.size_unit) == ("BTC/USDT:USDT", "USDT", "base")
    assert (position.exchange, position.account, position.side, position.margin_mode) == (
        "plain/v1",
        "me",
        "long",
        "isolated",
    )


@pytest.mark.parametrize("nothing", ['""', "null", None])
@pytest.mark.parametrize("key", ["entry", "lever", "mode", "roi", "fee", "tp", "at"])
def test_empty_null_and_missing_optional_values_are_none_and_never_zero(read, key, nothing):
    row = dict(ROW)
    del row[key]
    text = json.dumps({"code": 0, "data": [row]})
    if nothing is not None:
        text = text.replace('{"id"', f'{{"{key}": {nothing}, "id"')
    field = {
        "entry": "entry_price",
        "lever": "leverage",
        "mode": "margin_mode",
        "roi": "unrealized_roi",
        "tp": "take_profit",
        "at": "opened_at",
    }

    assert getattr(read(text.encode()), field.get(key, key)) is None


numbers = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20"), places=18
)


@given(number=numbers, quoted=st.booleans(), nickname=st.sampled_from(["", "Zoë", "交易员", "\\u0661"]))
def test_no_digit_is_lost_as_text_or_as_a_number_on_any_page(number, quoted, nickname, made):
    wire = f'"{number}"' if quoted else f"{number:f}"
    text = json.dumps({"code": 0, "data": [{**ROW, "entry": "X", "name": nickname}]}, ensure_ascii=False)
    (position,) = made.reader("positions").read(text.replace('"X"', wire).encode()).items

    assert position.entry_price == number
    assert position.entry_price.as_tuple() == Decimal(f"{number:f}").as_tuple() or not quoted


WAYS = {
    "entry": ["1.5", "", None, "0", 7, 1.5],
    "lever": ["10", 10, 2.5, "", None],
    "roi": ["12.5", 12.5, 0, "", None],
    "fee": ["-0.25", 0.25, "0", ""],
    "tp": ["0", 0, "0.00", "65000", 65000.5, ""],
    "mode": [0, 1, "0", "1", "", None, 9],
    "id": ["1", 1],
    "name": ["a", "é"],
    "at": [0, "0", "1672121182216", ""],
}
"""Key -> ways in which a venue may write it."""
ways = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in WAYS.items()})


@given(rows=st.lists(ways, max_size=4))
def test_the_fast_path_and_the_slow_one_read_the_same(rows, plain_api):
    """Text or numbers, ASCII or not: which path a page takes is a matter of speed alone."""
    encoded = json.dumps({"code": 0, "data": [{**ROW, **row} for row in rows]}, ensure_ascii=False).encode()
    reader = Api(plain_api.schema, plain_api.document).reader("positions")

    fast = reader.read(encoded, "me")
    slow = reader._slow.read(encoded, "me", 200, Question())

    assert (fast.items, fast.withheld) == (slow.items, slow.withheld)


BAD_NUMBERS = [
    '"NaN"',
    '"nan"',
    '"sNaN"',
    '"Infinity"',
    '"-inf"',
    '"1_000"',
    '" 1"',
    '"1 "',
    "true",
    "false",
    '"1e400"',
    "[]",
    "{}",
    '"abc"',
    '"0x10"',
    "[1]",
]


@pytest.mark.parametrize("wire", BAD_NUMBERS)
@pytest.mark.parametrize("key", ["size", "entry", "lever", "roi", "fee", "tp"])
def test_what_is_no_finite_number_withholds_the_row_and_names_the_field(plain, key, wire):
    text = json.dumps({"code": 0, "data": [{**ROW, key: "X"}, ROW]}, ensure_ascii=False).replace('"X"', wire)
    rows = plain.reader("positions").read(text.encode())

    assert [position.id for position in rows.items] == ["1"]
    assert [(problem.row, problem.wire.split(", ")[0]) for problem in rows.withheld] == [(0, key)]


@pytest.mark.parametrize("size", ["-1", '""', "null"])
def test_a_size_that_is_no_size_is_an_error_and_not_flat(plain, size):
    text = json.dumps({"code": 0, "data": [{**ROW, "size": "X"}]}).replace('"X"', size)
    rows = plain.reader("positions").read(text.encode())

    assert rows.items == []
    assert rows.withheld


@pytest.mark.parametrize("zero", ["0", '"0"', '"0.000"', "0.0", '"0E-8"'])
def test_a_row_of_size_zero_is_a_placeholder_and_no_position(plain, zero):
    text = json.dumps({"code": 0, "data": [{**ROW, "size": "X", "side": "None"}]}).replace('"X"', zero)
    rows = plain.reader("positions").read(text.encode())

    assert (rows.items, rows.withheld) == ([], ())


@pytest.fixture
def mixed(tmp_path):
    """Reads a list of both roles for one of them."""
    text = PLAIN.replace('skip_zero = "size"', 'only = { from = "kind", enum = "copied" }\nskip_zero = "size"')
    return api_of(tmp_path, text.replace("[enums]", '[enums]\ncopied = { true = "COPY", false = "LEAD" }'))


def test_of_a_list_of_both_roles_the_rows_of_one_are_read(mixed):
    kinds = ["COPY", "LEAD", "COPY", "LEAD"]
    rows = mixed.reader("positions").read(
        body(*({**ROW, "id": str(number), "kind": kind} for number, kind in enumerate(kinds)))
    )

    assert ([position.id for position in rows.items], rows.withheld, rows.sent) == (["0", "2"], (), 4)


@pytest.mark.parametrize("kind", [{"kind": "GRID"}, {"kind": ""}, {"kind": None}, {}])
def test_a_row_of_no_known_role_is_withheld_and_not_left_out(mixed, kind):
    rows = mixed.reader("positions").read(body({**ROW, **kind}, {**ROW, "id": "2", "kind": "COPY"}))

    assert [position.id for position in rows.items] == ["2"]
    (problem,) = rows.withheld
    assert (problem.row, problem.wire) == (0, "kind")
    assert "plain/v1.toml:" in problem.where


@pytest.mark.parametrize("key", ["id", "symbol", "side", "size"])
@pytest.mark.parametrize("broken", ["missing", None, "", True, 1.5, {}, []])
def test_a_broken_required_key_withholds_its_row_and_delivers_the_others(plain, key, broken):
    row = {name: value for name, value in ROW.items() if name != key}
    if broken != "missing":
        row[key] = broken
    if key == "size" and broken == 1.5:
        return
    rows = plain.reader("positions").read(body(ROW, row, ROW))

    assert len(rows.items) == 2
    assert {problem.row for problem in rows.withheld} == {1}
    assert all("plain/v1.toml:" in problem.where for problem in rows.withheld)


def test_an_unknown_side_is_never_guessed(plain):
    rows = plain.reader("positions").read(body(side="hold"))

    assert rows.items == []
    assert "'hold' is none of BUY, buy, sell" in str(rows.withheld[0])


def test_an_unknown_value_that_only_describes_is_unknown_and_is_reported(plain):
    rows = plain.reader("positions").read(body(mode=7))
    from unifiedcopy.schema.drift import drift

    assert rows.items[0].margin_mode == "unknown"
    assert drift(plain.reader("positions"), body(mode=7, fresh=1)) == [
        "positions: new field 'data[].fresh'",
        "positions: new value '7' of margin_mode (wire data[].mode)",
    ]


def test_an_unknown_symbol_keeps_the_venues_id_and_is_reported(plain):
    from unifiedcopy.schema.drift import drift

    (position,) = plain.reader("positions").read(body(symbol="BTC-230929")).items

    assert (position.symbol, position.venue_symbol, position.margin_asset) == (None, "BTC-230929", None)
    assert drift(plain.reader("positions"), body(symbol="BTC-230929")) == [
        "positions: symbol 'BTC-230929' is not understood (wire data[].symbol)"
    ]


@pytest.mark.parametrize("at", ["1672121182", "1672121182216000", "-5"])
def test_a_time_in_another_unit_than_the_schema_says_is_an_error(plain, at):
    rows = plain.reader("positions").read(body(at=at))

    assert rows.items == []
    assert rows.withheld[0].field == "opened_at"


@pytest.mark.parametrize(
    ("encoded", "kind"),
    [
        (b"", errors.BadResponse),
        (b"<html>busy</html>", errors.BadResponse),
        (b"null", errors.BadResponse),
        (b"[]", errors.BadResponse),
        (b'"ok"', errors.BadResponse),
        (b"{}", errors.BadResponse),
        (b'{"data": []}', errors.BadResponse),
        (b'{"code": 0}', errors.NullResponse),
        (b'{"code": 0, "data": null}', errors.NullResponse),
        (b'{"code": 0, "data": {}}', errors.SchemaDrift),
        (b'{"code": 0, "data": {"list": null}}', errors.SchemaDrift),
        (b'{"code": 0, "data": "x"}', errors.SchemaDrift),
        (b'{"code": 0, "data": [{"id": "1"', errors.BadResponse),
        (b"\xff\xfe{}", errors.BadResponse),
        (b'{"code": true, "data": []}', errors.BadResponse),
        (b"[" * 100_000, errors.BadResponse),
    ],
)
def test_an_unreadable_answer_is_an_error_and_never_an_empty_list(plain, encoded, kind):
    with pytest.raises(kind) as caught:
        plain.reader("positions").read(encoded)

    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize(
    ("code", "status", "kind", "outcome"),
    [
        (7, 200, errors.BadRequest, "rejected"),
        ("7", 400, errors.BadRequest, "rejected"),
        (8, 200, errors.OperationFailed, "unknown"),
        (4711, 200, errors.ExchangeError, "unknown"),
        (4711, 502, errors.ExchangeNotAvailable, "unknown"),
        (4711, 429, errors.RateLimitExceeded, "unknown"),
    ],
)
def test_an_error_code_decides_class_and_outcome(plain, code, status, kind, outcome):
    with pytest.raises(errors.UnifiedCopyError) as caught:
        plain.reader("positions").read(json.dumps({"code": code, "msg": "no"}).encode(), None, status)

    assert (type(caught.value), caught.value.outcome, caught.value.code) == (kind, outcome, str(code))


@pytest.mark.parametrize("before", ["0.5", 0.5], ids=["text", "fractions"])
@pytest.mark.parametrize("rows", [[], [ROW], [{**ROW, "size": 0.5}]], ids=["no row", "text", "fractions"])
def test_an_error_code_wins_over_the_list_that_comes_with_it(plain, rows, before):
    reader = plain.reader("positions")
    assert len(reader.read(body(size=before)).items) == 1

    with pytest.raises(errors.BadRequest):
        reader.read(json.dumps({"code": 7, "data": rows}).encode())


@pytest.mark.parametrize("status", [500, 503])
def test_a_success_code_with_a_server_errors_status_is_no_success(plain, status):
    with pytest.raises(errors.ExchangeNotAvailable):
        plain.reader("positions").read(body(), None, status)


def test_the_list_may_come_bare_or_wrapped(plain):
    wrapped = json.dumps({"code": 0, "data": {"list": [ROW], "next": "a%3D1"}}).encode()

    bare_rows, wrapped_rows = plain.reader("positions").read(body()), plain.reader("positions").read(wrapped)

    assert bare_rows.items == wrapped_rows.items
    assert (bare_rows.next, wrapped_rows.next) == (None, "a%3D1")


def test_positions_stay_out_of_the_garbage_collector(plain):
    items = plain.reader("positions").read(body(tp="1", **{})).items

    assert not any(gc.is_tracked(item) or gc.is_tracked(item.take_profit) for item in items)


def test_a_traceback_shows_the_generated_line(plain):
    """The source of a reader is registered, so that a debugger and ``show`` find it."""
    import linecache

    assert "entry_price <- entry, entryOld" in "".join(linecache.getlines("<schema plain/v1 positions>"))
