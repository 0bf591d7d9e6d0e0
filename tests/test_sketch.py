"""Guesses of a sketch: what names and values tell, and that every one of them can be seen."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cases import cases
from unifiedcopy.models import ClosedPosition, Leader, Position
from unifiedcopy.schema import load_schema
from unifiedcopy.schema.expressions import as_field
from unifiedcopy.schema.kinds import canonical_fields
from unifiedcopy.schema.sketch import read_sample, sketch
from unifiedcopy.schema.sketch.guess import choices, modifiers, sides, symbol_forms

POSITION, CLOSED, LEADER = (canonical_fields(struct) for struct in (Position, ClosedPosition, Leader))


def keys_of(field, values, key="x"):
    guess = modifiers(field, key, values)
    return None if guess is None else guess.keys


@pytest.mark.parametrize(
    ("value", "unit"),
    [(1700000000, "s"), ("1700000000000", "ms"), (1700000000000000, "us"), (1700000000000000000, "ns")],
)
def test_the_unit_of_a_time_is_told_by_its_magnitude(value, unit):
    assert keys_of(POSITION["opened_at"], [value]) == {"unit": unit}


def test_a_zero_time_is_none_and_a_date_in_words_is_not_mapped():
    assert keys_of(POSITION["opened_at"], [0, 1700000000000]) == {"unit": "ms", "null_if": 0}
    assert keys_of(POSITION["opened_at"], ["2026-01-01"]) is None


@pytest.mark.parametrize(
    ("values", "key", "unit"),
    [(["0.25"], "rate", "ratio"), (["25.1"], "rate", "percent"), (["0.5"], "winPercent", "percent")],
)
def test_percent_and_ratio_are_told_apart_and_marked_to_check(values, key, unit):
    guess = modifiers(LEADER["roi"], key, values)

    assert (guess.keys, bool(guess.check)) == ({"unit": unit}, True)


def test_triggers_are_prices_or_returns_by_their_name_and_a_loss_is_turned():
    assert keys_of(POSITION["take_profit"], ["65000"], "tpPrice") == {"unit": "price"}
    assert keys_of(POSITION["stop_loss"], ["0.2"], "stopLossRate") == {"unit": "loss_ratio"}
    assert keys_of(POSITION["stop_loss"], ["20", "0"], "stopLossRate") == {"unit": "loss_percent", "null_if": 0}


def test_words_for_nothing_are_kept_out_of_numbers():
    assert keys_of(POSITION["margin"], ["--", "5"]) == {"null_if": "--"}
    assert keys_of(POSITION["margin"], ["five"]) is None
    assert keys_of(POSITION["margin"], [True]) is None


def test_an_id_beyond_2_to_the_53_says_so():
    assert "2^53" in modifiers(POSITION["leader_id"], "x", [2**53 + 1]).check
    assert modifiers(POSITION["leader_id"], "x", [2**53 - 1]).check == ""


@pytest.mark.parametrize(
    ("values", "table"),
    [
        (["buy", "sell"], {"long": "buy", "short": "sell"}),
        (["SHORT"], {"long": "LONG", "short": "SHORT"}),
        (["Buy", ""], {"long": "Buy", "short": "Sell"}),
        ([1, 0], {"long": 1, "short": 0}),
        (["1", "2"], {"long": "1", "short": "2"}),
        ([1, -1], {"long": 1, "short": -1}),
        ([True], {"long": True, "short": False}),
    ],
)
def test_sides_are_completed_in_the_venues_own_letters(values, table):
    assert sides(values)[0] == table


@pytest.mark.parametrize("values", [["net"], ["buy", "net"], [7], [], [None]])
def test_what_is_no_side_is_not_guessed(values):
    assert sides(values) is None


def test_a_margin_mode_is_known_by_its_words_and_else_left():
    assert choices(POSITION["margin_mode"], ["crossed", "isolated"])[0] == {"cross": "crossed", "isolated": "isolated"}
    assert choices(POSITION["margin_mode"], ["portfolio"]) is None
    assert choices(CLOSED["extent"], [3]) is None


@pytest.mark.parametrize(
    ("names", "venue", "quotes"),
    [
        (["BTCUSDT", "ETHUSDC"], "{base}{quote}", ["USDT", "USDC"]),
        (["BTC-USDT-SWAP"], "{base}-{quote}-SWAP", ["USDT"]),
        (["BTC-SWAP-USDT"], "{base}-SWAP-{quote}", ["USDT"]),
        (["BTC_USDT"], "{base}_{quote}", ["USDT"]),
        (["BTC-USDT"], "{base}-{quote}", ["USDT"]),
    ],
)
def test_the_form_of_symbols_is_told_by_their_parts(names, venue, quotes):
    forms, strangers = symbol_forms(names)

    assert [(form["venue"], form["quote"]) for form in forms] == [(venue, quotes)]
    assert strangers == []


def test_a_symbol_without_a_known_form_is_shown():
    assert symbol_forms(["btcusdt", "4711"]) == ([], ["btcusdt", "4711"])


def sketched(folder: Path, answer, name="positions.json"):
    path = folder / name
    path.write_text(answer if isinstance(answer, str) else json.dumps(answer))
    made = sketch("acme/v1", "Acme", [read_sample(None, path)])
    return made, tomllib.loads(made.schema)


CLOSING = {"closeAvgPrice": "6", "closeTime": 1700000000000, "realizedPnl": "1"}
RANKED = {"traderId": "1", "nickName": "a", "roi": "0.1", "winRate": "0.5", "followers": 3}
ROW = {"symbol": "BTCUSDT", "side": "long", "qty": "1", "avgPrice": "5"}


def test_a_side_that_is_not_understood_is_asked_for(tmp_path):
    made, keys = sketched(tmp_path, {"code": 0, "data": [ROW | {"id": "1", "side": "net"}]})

    assert keys["enums"]["side"] == {"long": "TODO: long", "short": "TODO: short"}
    assert "the samples say 'net'" in made.schema


def test_a_profit_is_known_by_its_short_name(tmp_path):
    _, keys = sketched(tmp_path, {"code": 0, "data": [ROW | {"id": "1", "upnl": "-3"}]})

    assert keys["endpoints"]["positions"]["fields"]["unrealized_pnl"] == "upnl"


def test_a_row_without_an_id_is_named_by_its_keys_together(tmp_path):
    _, keys = sketched(tmp_path, {"code": 0, "data": [ROW | {"leaderUserId": 9}]})

    assert keys["endpoints"]["positions"]["fields"]["id"] == {"join": ["leaderUserId", "symbol", "side"]}


def test_a_required_field_that_no_key_looks_like_is_open(tmp_path):
    made, keys = sketched(tmp_path, {"code": 0, "data": [{"id": "1", "symbol": "BTCUSDT", "side": "long", "foo": 1}]})

    assert keys["endpoints"]["positions"]["fields"]["size"] == "TODO"
    assert "required, and no key looks like it" in made.schema


def test_an_answer_without_an_envelope_is_bare(tmp_path):
    _, keys = sketched(tmp_path, {"list": [ROW | {"id": "1"}], "nextCursor": "x"})

    assert "envelope" not in keys
    assert keys["endpoints"]["positions"]["items"] == "list"


def test_keys_that_the_language_can_not_name_and_hostile_texts_stay_in_remarks(tmp_path):
    nasty = 'x"\n[hosts]\nrest = ["https://evil.example"]'
    made, keys = sketched(tmp_path, {"code": 0, "data": [ROW | {"id": 1, "24h-change": "1", "note": nasty, nasty: 1}]})

    assert keys["hosts"]["rest"] == ["https://api.example.invalid"]
    assert "'24h-change' can't be named here" in made.schema
    assert set(keys["endpoints"]["positions"]["unmapped"]) == {"note"}
    tomllib.loads(made.cases)


def test_nested_keys_are_listed_to_their_leaves(tmp_path):
    _, keys = sketched(tmp_path, {"code": 0, "data": [ROW | {"id": "1", "extra": {"deep": {"a": 1}, "b": [1]}}]})

    assert set(keys["endpoints"]["positions"]["unmapped"]) == {"extra.deep.a", "extra.b"}


@pytest.mark.parametrize(
    ("name", "row", "verb"),
    [
        ("page1.json", ROW | {"id": "1"}, "positions"),
        (
            "page1.json",
            ROW | {"closeAvgPrice": "6", "closeTime": 1700000000000, "realizedPnl": "1"},
            "closed_positions",
        ),
        (
            "page1.json",
            {"traderId": "1", "nickName": "a", "roi": "0.1", "winRate": "0.5", "followers": 3},
            "list_leaders",
        ),
        ("history.json", ROW | {"id": "1"}, "closed_positions"),
    ],
)
def test_the_verb_is_told_by_the_rows_or_the_files_name(tmp_path, name, row, verb):
    made, _ = sketched(tmp_path, {"code": 0, "data": [row]}, name)

    assert made.endpoints[0].verb == verb


def shipped_answers():
    for api, file in cases().items():
        seen = set()
        for case in file.answer:
            own = Path(case.folder).match(f"*/{api}")  # a white label has those of what it extends, too
            if own and case.file and case.status == 200 and case.rows and case.endpoint not in seen:
                seen.add(case.endpoint)
                yield pytest.param(api, case, id=f"{api} {case.endpoint}")


@pytest.mark.parametrize(("api", "case"), list(shipped_answers()))
def test_every_key_of_a_venues_answer_is_somewhere_in_its_sketch(api, case):
    verb = load_schema(api).schema.endpoints[case.endpoint].verb
    sample = read_sample(verb, Path(case.folder) / case.file)
    made = sketch("acme/v1", "Acme", [sample])
    endpoint = tomllib.loads(made.schema)["endpoints"][verb.replace(".", "_")]

    lines = [line if isinstance(line, dict) else {"from": line} for line in endpoint.get("fields", {}).values()]
    mapped = {path for line in lines for path in [line.get("from"), *line.get("join", [])]}
    listed = mapped | endpoint.get("unmapped", {}).keys()
    assert [key.path for key in sample.row_keys() if key.path not in listed] == []
    tomllib.loads(made.cases)


def test_the_names_of_the_shipped_schemas_are_mostly_known():
    """How many of the plain lines of the shipped schemas a sketch of their samples proposes with the same key."""
    agreed, all_lines = 0, 0
    for param in shipped_answers():
        api, case = param.values
        endpoint = load_schema(api).schema.endpoints[case.endpoint]
        made = sketch("acme/v1", "Acme", [read_sample(endpoint.verb, Path(case.folder) / case.file)])
        fields = tomllib.loads(made.schema)["endpoints"][endpoint.verb.replace(".", "_")].get("fields", {})
        for name, line in endpoint.fields.items():
            source = as_field(line).source
            known = [source] if isinstance(source, str) else source if isinstance(source, list) else []
            proposed = fields.get(name)
            all_lines += bool(known)
            agreed += (proposed["from"] if isinstance(proposed, dict) and "from" in proposed else proposed) in known
    print(f"{agreed} of {all_lines} lines agree")  # noqa: T201 (the figure is what one looks for)

    assert Decimal(agreed) / all_lines > Decimal("0.75")
