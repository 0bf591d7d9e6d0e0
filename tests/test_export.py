"""Rows for other tools: no digit is lost, nothing is half written, and a missing library is named."""

import csv
import io
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import unifiedcopy as uc
from tests.history.made import NEW_YEAR, position, readings
from unifiedcopy.columns import columnar, columns_of, fields_of
from unifiedcopy.errors import ConfigError
from unifiedcopy.page import Page
from unifiedcopy.series import Point, Series
from unifiedcopy.tabular import Rows

TINY = Decimal("1E-19")
"""One place more than a decimal of 38 digits, 18 of them behind the point, can hold."""


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def page(*positions: uc.Position) -> Page[uc.Position]:
    return Page(list(positions), ())


@settings(max_examples=50, deadline=None)
@given(taken=readings("main"))
def test_columns_become_the_same_structs_again(taken):
    for rows, struct in ((taken.positions, uc.Position), (taken.balances or (), uc.Account)):
        fields = fields_of(columnar(rows, struct), struct)
        back = [struct(**{name: values[place] for name, values in fields.items()}) for place in range(len(rows))]

        assert back == list(rows)


@pytest.mark.parametrize("struct", [uc.Position, uc.ClosedPosition, uc.Leader, uc.FollowSettings, uc.SymbolRule])
def test_every_field_has_a_column(struct):
    names = {column.name for column in columns_of(struct)}

    assert [name for name in struct.__struct_fields__ if not any(n.startswith(name) for n in names)] == []


def test_settings_and_series_are_columns_too():
    series = Series(b"[]", lambda _: [Point(1, Decimal("0.10"))])
    settings = uc.FollowSettings(sizing=uc.FixedAmount("50"), symbols=("BTC/USDT:USDT",), stop_loss=uc.Roi("-0.2"))
    table = columnar([settings], uc.FollowSettings)

    assert (table["sizing"], table["sizing_value"]) == (["fixed_amount"], [Decimal(50)])
    assert (table["symbols"], table["stop_loss_roi"]) == (['["BTC/USDT:USDT"]'], [Decimal("-0.2")])
    assert columnar([uc.Leader("x/v1", "1", roi_series=series)], uc.Leader)["roi_series"] == ['[[1, "0.10"]]']


# -- CSV --------------------------------------------------------------------------------------------------------------


def test_a_csv_file_has_every_digit_and_is_its_owners(tmp_path):
    path = tmp_path / "positions.csv"
    page(position(size=TINY, take_profit=uc.Price("72000.50"), opened_at=NEW_YEAR)).to_csv(path)
    [row] = read(path)

    assert (row["size"], row["take_profit_price"], row["take_profit_roi"]) == ("0.0000000000000000001", "72000.50", "")
    assert (row["opened_at"], row["fee"]) == (str(NEW_YEAR), "")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_leaders_name_is_no_formula_in_a_spreadsheet(tmp_path, name):
    page(position(leader_name=name, unrealized_pnl=Decimal(-1))).to_csv(tmp_path / "x.csv")
    [row] = read(tmp_path / "x.csv")

    assert (row["leader_name"], row["unrealized_pnl"]) == (f"'{name}", "-1")


def test_no_rows_are_a_header_where_the_struct_is_known(tmp_path):
    Rows.of(uc.Account, []).to_csv(tmp_path / "known.csv")
    page().to_csv(tmp_path / "unknown.csv")

    assert (tmp_path / "known.csv").read_text().startswith("exchange,account,asset,equity")
    assert (tmp_path / "unknown.csv").read_text() == ""


def test_a_file_that_can_not_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    import os

    path = tmp_path / "x.csv"
    path.write_text("before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"x\.csv: can't be written \(No space left on device\)"):
        page(position()).to_csv(path)

    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


# -- Arrow and its relatives ------------------------------------------------------------------------------------------

_numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**22), max_value=10**22)


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(_numbers, min_size=1, max_size=5))
@example(sizes=[Decimal("7.67794521254096445505677032946E-28")])
def test_arrow_keeps_every_digit_or_makes_text_of_the_column(sizes):
    pytest.importorskip("pyarrow")
    found = page(*(position(size=size) for size in sizes)).to_arrow()["size"]

    assert str(found.type) in ("decimal128(38, 18)", "string")
    assert [Decimal(value) for value in found.to_pylist()] == sizes


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        ("0.000000000000000001", "decimal128(38, 18)"),
        (TINY, "string"),
        (10**20, "string"),
        (10**19, "decimal128(38, 18)"),
    ],
)
def test_text_is_taken_only_where_a_decimal_would_lose_a_digit(size, kind):
    pytest.importorskip("pyarrow")

    assert str(page(position(size=Decimal(size))).to_arrow()["size"].type) == kind


def test_parquet_comes_back_exactly(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    page(position(size=Decimal("0.10")), position(2, size=Decimal("1E-18"))).to_parquet(tmp_path / "x.parquet")
    table = parquet.read_table(tmp_path / "x.parquet")

    assert table["size"].to_pylist() == [Decimal("0.1"), Decimal("1E-18")]
    assert table["opened_at"].to_pylist() == [None, None]
    assert (tmp_path / "x.parquet").stat().st_mode & 0o777 == 0o600


def test_polars_gets_decimals():
    polars = pytest.importorskip("polars", reason="polars is the user's own")
    frame = page(position(), position(2)).to_polars()

    assert frame.schema["size"] == polars.Decimal(38, 18)
    assert frame["size"].sum() == 1


def test_pandas_gets_decimals_and_whole_numbers_that_may_be_missing():
    pytest.importorskip("pandas", reason="pandas is the user's own")
    frame = page(position(opened_at=NEW_YEAR), position(2)).to_pandas()

    assert frame["size"].sum() == 1
    assert isinstance(frame["size"][0], Decimal)
    assert (str(frame["opened_at"].dtype), frame["opened_at"][0]) == ("Int64", NEW_YEAR)


@pytest.mark.parametrize(
    ("method", "library", "cure"),
    [
        ("to_arrow", "pyarrow", r"pip install 'unifiedcopy\[data\]'"),
        ("to_polars", "polars", "pip install polars"),
        ("to_pandas", "pandas", "pip install pandas"),
    ],
)
def test_a_library_that_is_not_installed_is_named_with_its_cure(monkeypatch, method, library, cure):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError, match=f"this needs {library}, which is not installed: {cure}"):
        getattr(page(position()), method)()
