"""What a user writes, as canonical values."""

from decimal import Decimal

import pytest

import unifiedcopy as uc
from unifiedcopy.cli.exits import Usage
from unifiedcopy.cli.values import fraction, moment, number, pairs, roi, symbols, trigger, wire
from unifiedcopy.schema import load_schema

TP, SL = "--take-profit", "--stop-loss"


@pytest.mark.parametrize(
    ("text", "option", "expected"),
    [
        ("72000", TP, uc.Price("72000")),
        ("0.000012", SL, uc.Price("0.000012")),
        ("20%", TP, uc.Roi("0.2")),
        ("+20%", TP, uc.Roi("0.2")),
        ("10%", SL, uc.Roi("-0.1")),
        ("-10%", SL, uc.Roi("-0.1")),
        ("+5%", SL, uc.Roi("0.05")),  # locks a gain in
        ("off", TP, uc.CLEAR),
        (None, TP, None),
    ],
)
def test_a_trigger_is_a_price_a_percentage_or_off(text, option, expected):
    assert trigger(text, option) == expected


@pytest.mark.parametrize("text", ["", "-5", "0", "0%", "abc", "%", "1e", "NaN", "inf", "1_000", "٣", "20 %%"])
def test_anything_else_is_no_trigger(text):
    with pytest.raises(Usage, match=TP):
        trigger(text, TP)


def test_settings_take_percentages_only_and_know_their_sign():
    assert roi("20%", TP) == uc.Roi("0.2")
    assert roi("10%", SL) == roi("-10%", SL) == uc.Roi("-0.1")
    for text, option in (("72000", TP), ("-20%", TP), ("+10%", SL)):
        with pytest.raises(Usage, match=option):
            roi(text, option)


def test_fractions_and_numbers_are_exact():
    assert fraction("50%", "--max-equity-share") == Decimal("0.5")
    assert number("0.1000000000000000000000001", "x") == Decimal("0.1000000000000000000000001")
    with pytest.raises(Usage, match="percentage"):
        fraction("0.5", "--max-equity-share")


def test_times_are_utc():
    assert moment("2026-01-31", "--since") == 1769817600000
    assert moment("2026-01-31T01:00+01:00", "--since") == 1769817600000
    assert moment("1769817600000", "--since") == 1769817600000
    assert moment("1d", "--since") - moment("1w", "--since") == pytest.approx(6 * 86_400_000, abs=1_000)
    with pytest.raises(Usage, match="yesterday"):
        moment("yesterday", "--since")


def test_words_become_what_the_endpoint_takes():
    endpoints = load_schema("toobit/v2").schema.endpoints

    assert wire(endpoints["follow"], {"zeroSlippageSwitch": "true", "leverage": "20"}) == {
        "zeroSlippageSwitch": True,
        "leverage": "20",
    }
    for name, value in (("zeroSlippageSwitch", "yes"), ("leverag", "20")):
        with pytest.raises(Usage, match=name):
            wire(endpoints["follow"], {name: value})


def test_pairs_are_name_and_value():
    assert pairs(["a=1", "b=x=y", "c="], "call") == {"a": "1", "b": "x=y", "c": ""}
    for wrong in (["a"], ["=1"], ["a=1", "a=2"]):
        with pytest.raises(Usage, match="call"):
            pairs(wrong, "call")


def test_symbols_are_separated_by_commas():
    assert symbols("BTC/USDT:USDT, ETH/USDT:USDT") == ("BTC/USDT:USDT", "ETH/USDT:USDT")
    assert symbols(None) is None


def test_data_is_not_rewritten_for_a_secret_that_is_a_word(capsys):
    """A passphrase may be ``positions``; only what is as long as a key is veiled in data."""
    from unifiedcopy.cli.output import Output

    out = Output(as_json=True)
    out.hide(["positions", "164131306", "k" * 32])
    out.document("positions", positions=[{"id": "164131306", "echo": "k" * 32}])
    out.tell("the passphrase is positions")
    written, told = capsys.readouterr()

    assert '"unifiedcopy.positions/1"' in written
    assert '"164131306"' in written
    assert "k" * 32 not in written
    assert "positions" not in told
