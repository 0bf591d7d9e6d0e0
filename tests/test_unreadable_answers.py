"""What can't be read is never nothing: what is broken is an error, a withheld row that is counted, or told as drift.

Found by ``python -m tests.proof.answers``, which also runs here, with fewer mutants.
"""

import json

import pytest

from tests.guild.venue import open_row
from tests.proof import answers
from tests.schemas import PLAIN, api_of
from tests.venue import Say
from unifiedcopy import errors
from unifiedcopy.models import Position, Price
from unifiedcopy.schema.drift import drift
from unifiedcopy.schema.runtime import exact

ROW = {
    "id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5", "entry": "60000", "lever": "10", "mode": 1,
    "roi": "12.5", "fee": "-0.25", "tp": "", "at": "1672121182216",
}  # fmt: skip
POSITION = Position("plain/v1", "me", "1", "BTC/USDT:USDT", "BTCUSDT", "long", exact("0.5"), "base")


def body(*rows, **more) -> bytes:
    return json.dumps({"code": 0, "data": {"list": list(rows), "next": "", **more}}).encode()


def test_no_mutant_of_a_documented_answer_is_read_as_something_else():
    figures = answers.run(count=15, seed=2)

    assert figures.faults == []
    assert figures.mutants == 15 * len(answers.subjects()) > 1000


def test_the_proof_notices_a_reader_that_loses_a_row(monkeypatch):
    whole = answers.Core.whole
    monkeypatch.setattr(answers.Core, "whole", lambda self, page, name, partial: whole(self, page, name, partial=True))
    monkeypatch.setattr("unifiedcopy.schema.diagnose.SlowPass._problems", lambda *_: [])

    assert answers.run(count=30, seed=1, only="toobit/v2 positions").faults != []


@pytest.mark.parametrize("code", [[], {}, [0], {"value": 0}, True, 0.5])
def test_a_result_code_of_another_kind_is_none(plain, code):
    with pytest.raises(errors.BadResponse, match="no result code"):
        plain.reader("positions").read(json.dumps({"code": code, "data": []}).encode())


def test_a_code_of_another_kind_inside_of_a_row_is_no_success(guild):
    answer = {"code": "0", "data": [{**open_row(), "sCode": ["0"]}]}

    with pytest.raises(errors.BadResponse, match="a row has no result code"):
        guild.reader("positions").read(json.dumps(answer).encode())


def test_a_row_without_any_of_the_mapped_keys_is_withheld_where_none_is_needed(guild):
    answer = {"code": "0", "data": [{"value": {"minAmt": "1"}}, {"minAmt": None}]}
    rows = guild.reader("copy_limits").read(json.dumps(answer).encode())

    assert len(rows.items) == 1
    assert "none of the mapped keys is there" in str(rows.withheld[0])


def test_a_list_of_lists_is_no_list_of_rows(plain):
    with pytest.raises(errors.SchemaDrift, match="something else stands"):
        plain.reader("positions").read(body([ROW]))


async def test_a_row_that_comes_twice_on_a_page_is_one_position(venue, ex):
    venue.script = [Say(body(ROW, ROW))]

    assert len(await ex.positions()) == 1


async def test_two_different_rows_under_one_id_are_not_both_positions(venue, ex):
    venue.script = [Say(body(ROW, {**ROW, "size": "0.7"}))]

    with pytest.raises(errors.PartialResult, match="'1' stands there twice, and differs") as caught:
        await ex.positions()
    assert [position.size for position in caught.value.page] == [exact("0.5")]


async def test_withheld_rows_are_counted_and_not_their_problems(venue, ex):
    venue.script = [Say(body({**ROW, "size": "?", "entry": {}}, {**ROW, "id": "2"}))]

    with pytest.raises(errors.PartialResult, match="1 rows can't be read, 1 can") as caught:
        await ex.positions()
    assert (caught.value.page.unread, len(caught.value.page.withheld)) == (1, 2)


async def test_rows_without_the_key_of_the_next_page_are_not_the_last_page(venue, ex):
    venue.script = [Say({"code": 0, "data": {"list": [ROW]}})]

    with pytest.raises(errors.SchemaDrift, match=r"data\.next, which tells whether more follow"):
        await ex.positions()


async def test_ids_that_cannot_be_read_are_left_out_and_said(venue, ex):
    for ids in ({"a": 1}, [True], [""], '["1"]'):
        venue.script = [Say({"code": 0, "data": {"id": ids}})]
        receipt = await ex.set_tpsl(POSITION, take_profit=Price("70000"))

        assert receipt.ids == ()
        assert any("ids can't be read" in note for note in receipt.notes)


def test_what_is_missing_is_drift_with_its_place(plain):
    row = {key: value for key, value in ROW.items() if key not in ("fee", "entry")}

    assert drift(plain.reader("positions"), body(row)) == [
        "positions: missing field 'data.list[].entry' (entry_price)",
        "positions: missing field 'data.list[].fee' (fee)",
    ]


def test_what_rows_may_lack_is_no_drift(tmp_path):
    row = {key: value for key, value in ROW.items() if key != "fee"}
    listed = api_of(tmp_path, PLAIN.replace('skip_zero = "size"', 'skip_zero = "size"\nmay_lack = ["fee"]'))
    omits = api_of(tmp_path / "omits", PLAIN.replace('message = "msg"', 'message = "msg"\nomits_null = true'))

    assert drift(listed.reader("positions"), body(row)) == []
    assert drift(omits.reader("positions"), body(row)) == []


def test_one_of_several_names_is_enough(plain):
    row = {key: value for key, value in ROW.items() if key != "entry"}

    assert drift(plain.reader("positions"), body({**row, "entryOld": "60000"})) == []


def test_a_new_key_inside_of_a_mapped_object_is_drift(tmp_path):
    text = PLAIN.replace('fee = { from = "fee"', 'fee = { from = "costs.fee"')
    reader = api_of(tmp_path, text).reader("positions")
    row = {**ROW, "costs": {"fee": "1", "tax": "2"}}
    del row["fee"]

    assert drift(reader, body(row)) == ["positions: new field 'data.list[].costs.tax'"]


def test_a_flag_of_another_word_is_drift(guild):
    answer = {"code": "0", "data": {"isolated": "perhaps"}}

    assert drift(guild.reader("lead_settings"), json.dumps(answer).encode()) == [
        "lead_settings: new value 'perhaps' of margin_mode (wire data.isolated)"
    ]


def test_a_list_of_symbols_is_the_same_as_text_and_in_a_list(plain):
    unified = plain.symbols.unified

    assert unified("BTCUSDT,ETHUSDT") == unified(["BTCUSDT,ETHUSDT"]) == ("BTC/USDT:USDT", "ETH/USDT:USDT")
    assert unified(["all"], frozenset({"all"})) is None
    with pytest.raises(ValueError, match="no list of symbols"):
        unified('["BTCUSDT"]')


def test_a_series_that_cannot_be_read_is_an_error_of_the_library():
    from unifiedcopy.schema.runtime import series_decoder
    from unifiedcopy.series import Series

    with pytest.raises(errors.SchemaDrift, match="the series can't be read"):
        Series(b'[{"t": {}, "v": "1"}]', series_decoder("t", "v", None)).points()


async def test_rows_that_cannot_be_read_and_look_alike_are_counted_each(venue, ex):
    venue.script = [Say(body(None, None, ROW, ROW))]

    with pytest.raises(errors.PartialResult) as caught:
        await ex.positions()
    assert (len(caught.value.page), caught.value.page.unread) == (1, 2)
