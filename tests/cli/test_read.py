"""Reading commands: one notation, honest gaps, several accounts at once."""

import socket
from decimal import Decimal

import pytest

import unifiedcopy as uc
from unifiedcopy.cli.tables import money, percent, totals, trigger
from unifiedcopy.sandbox import Fault


def test_positions_are_one_document_with_numbers_as_text(run, served):
    done = run("positions", "--json", venue="toobit")

    assert done.code == 0
    assert done.json["schema"] == "unifiedcopy.positions/1"
    row = done.json["positions"][0]
    assert (row["exchange"], row["symbol"], row["side"]) == ("toobit/v2", "BTC/USDT:USDT", "long")
    assert isinstance(row["size"], str)
    assert Decimal(row["notional"]) == Decimal(row["size"]) * Decimal(row["mark_price"])
    assert (row["take_profit"], row["stop_loss"]) == ({"roi": "0.9"}, {"roi": "-0.7"})
    assert row["opened_at"] is None
    assert done.json["accounts"][0]["ok"] is True
    assert done.json["totals"][0]["positions"] == len(done.json["positions"])


def test_a_table_is_data_and_the_rest_is_talk(run, served):
    done = run("positions", venue="toobit")

    assert done.code == 0
    assert "BTC/USDT:USDT" in done.stdout
    assert "total in" in done.stdout
    assert "asking" not in done.stdout
    assert "asking environment (toobit)" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_quiet_says_nothing_besides_the_data(run, served):
    assert run("positions", "--quiet", venue="toobit").stderr == ""


def test_a_narrow_terminal_loses_columns_and_never_digits(run, served):
    wide, narrow = run("positions", venue="toobit"), run("positions", venue="toobit", COLUMNS="90")

    assert max(map(len, narrow.stdout.splitlines())) <= 90
    assert "not shown at this width" in narrow.stderr
    assert "9007199254740993123:BTC-SWAP-USDT:1" in narrow.stdout
    assert len(wide.stdout.splitlines()) == len(narrow.stdout.splitlines())


@pytest.mark.parametrize(
    ("command", "venue", "schema"),
    [
        ("leaders", "bitget", "unifiedcopy.leaders/1"),
        ("following", "toobit", "unifiedcopy.following/1"),
        ("history", "toobit", "unifiedcopy.history/1"),
    ],
)
def test_each_list_is_a_table_and_a_document(run, served, command, venue, schema):
    document = run(command, "--json", venue=venue)

    assert document.json["schema"] == schema
    assert document.json[command]
    assert len(run(command, venue=venue).stdout.splitlines()) == len(document.json[command]) + 2


def test_how_far_a_history_reaches_is_told_with_the_venue(run, served):
    told = run("history", venue="zoomex").stderr

    assert "environment at zoomex: from " in told


def test_history_is_cut_by_time_and_number(run, served):
    everything = run("history", "--json", "--limit", "1000", venue="toobit").json["history"]
    middle = sorted(row["closed_at"] for row in everything)[len(everything) // 2]

    later = run("history", "--json", "--limit", "1000", "--since", str(middle), venue="toobit").json["history"]

    assert 0 < len(later) < len(everything)
    assert len(run("history", "--json", "--limit", "3", venue="toobit").json["history"]) == 3


def test_what_the_venue_lacks_is_told_before_any_request(run, served):
    done = run("leaders", venue="toobit")

    assert done.code == 5
    assert done.stdout == ""
    assert "following() lists the leaders" in done.stderr
    assert "nothing was sent" in done.stderr
    assert served["toobit"].requests == []


# -- what can go wrong ------------------------------------------------------------------------------------------------


def test_a_dead_venue_is_no_traceback(run):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key = {"UNIFIEDCOPY_TOOBIT_API_KEY": "k" * 64, "UNIFIEDCOPY_TOOBIT_SECRET": "s" * 64}
    done = run("positions", "--venue", "toobit", "--base-url", f"http://127.0.0.1:{port}", **key)

    assert done.code == 7
    assert f"no connection to 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_key_is_a_matter_of_credentials(run, served):
    done = run("positions", venue="toobit", UNIFIEDCOPY_TOOBIT_API_KEY="x" * 64)

    assert done.code == 4
    assert "code -2015" in done.stderr
    assert "the venue refused; nothing was done" in done.stderr
    assert "x" * 64 not in done.stderr


def test_missing_credentials_are_named_by_their_variables(run, served):
    done = run("positions", "--venue", "toobit", "--base-url", served["toobit"].url, "--json")

    assert done.code == 4
    assert done.json["accounts"][0]["error"]["class"] == "AuthenticationError"
    assert "UNIFIEDCOPY_<VENUE>_API_KEY" in done.stderr


def test_an_unknown_venue_suggests_one(run):
    done = run("positions", "--venue", "tobit")

    assert done.code == 4
    assert "did you mean 'toobit'" in done.stderr


def test_a_foreign_address_is_refused(run):
    done = run("positions", "--venue", "toobit", "--base-url", "https://evil.example")

    assert done.code == 4
    assert "https://api.toobit.com" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["positions"],
        ["positions", "--profile", "a", "--venue", "toobit"],
        ["positions", "--profile", "a", "--all"],
        ["positions", "--profile", "a", "--base-url", "http://127.0.0.1:1"],
        ["positions", "--no-such-option"],
        ["no-such-command"],
        ["history", "--venue", "toobit", "--since", "soon"],
        ["history", "--venue", "toobit", "--limit", "0"],
        ["leaders", "--venue", "toobit", "--order", "up"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_usage(run, arguments):
    done = run(*arguments)

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (Fault("status", path="orders/current", status=503, times=None), 7, "HTTP 503"),
        (Fault("garbage", path="orders/current", times=None), 8, "endpoint positions"),
        (Fault("rename", path="orders/current", field="isLong", to="long"), 8, "isLong"),
        (Fault("disconnect", path="orders/current", times=None), 7, "nothing was changed: this only reads"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_a_bad_answer_has_its_code(run, served, fault, code, told):
    served["toobit"].faults.add(fault)
    done = run("positions", "--json", venue="toobit")

    assert done.code == code
    assert told in done.stderr
    assert done.json["accounts"][0]["ok"] is False


def test_a_row_that_cannot_be_read_is_counted_and_the_others_are_shown(run, served, monkeypatch):
    from unifiedcopy.transport import Transport

    send = Transport.send

    async def odd(self, *arguments, **options):
        reply = await send(self, *arguments, **options)
        return reply._replace(body=reply.body.replace(b'"isLong":1', b'"isLong":7', 1))

    monkeypatch.setattr(Transport, "send", odd)
    done = run("positions", "--json", venue="toobit")

    assert done.code == 8
    assert done.json["accounts"][0]["withheld"] == 1
    assert done.json["accounts"][0]["rows"] == len(done.json["positions"]) > 0
    assert "1 rows can't be read" in done.stderr


def test_words_of_a_venue_draw_nothing_on_the_terminal(run, served):
    leader = next(iter(served["toobit"].world.copying.leaders.values()))
    for other in served["toobit"].world.copying.leaders.values():
        other.name = "\x1b[31mred\x07\u202egnp [bold]x[/bold]\n0 positions"
    done = run("following", venue="toobit")

    assert done.code == 0
    assert leader.name not in done.stdout
    assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\u202e"}
    assert "[bold]x[/bold]" in done.stdout


# -- several accounts -------------------------------------------------------------------------------------------------


def test_every_profile_is_asked(run, served, profiles):
    profiles(first=("toobit", "main", ""), second=("bitget", "main", 'account = "savings"'))
    done = run("positions", "--all", "--json")

    assert done.code == 0
    assert {row["account"] for row in done.json["positions"]} == {"first", "savings"}
    assert "2 of 2 accounts ok" in done.stderr


def test_an_account_that_fails_is_named_and_the_others_are_shown(run, served, profiles):
    profiles(first=("toobit", "main", ""), second=("toobit", "wrong-kind", ""))
    done = run("positions", "--profile", "first", "--profile", "second", "--json")

    assert done.code == 3
    assert [account["ok"] for account in done.json["accounts"]] == [True, False]
    assert "account second" in done.stderr
    assert "1 of 2 accounts ok; failed: second at toobit" in done.stderr
    assert {row["account"] for row in done.json["positions"]} == {"first"}


def test_when_every_account_fails_the_code_says_how(run, served, profiles):
    profiles(first=("toobit", "wrong-kind", ""), second=("toobit", "wrong-kind", ""))

    assert run("positions", "--all").code == 4


def test_a_profiles_file_that_others_can_read_is_not_used(run, served, profiles):
    path = profiles(mode=0o644, first=("toobit", "main", ""))
    done = run("positions", "--profile", "first")

    assert done.code == 4
    assert f"chmod 600 {path}" in done.stderr
    assert served["toobit"].requests == []


# -- sums and numbers -------------------------------------------------------------------------------------------------


def position(symbol: str, asset: str, **more) -> uc.Position:
    size = {"size": Decimal(2), "size_unit": "base", **more}
    return uc.Position(
        exchange="x/v1", account=None, id="1", symbol=symbol, venue_symbol="X", side="long", margin_asset=asset, **size
    )


def test_coins_are_never_added_to_dollars():
    rows = [
        position("BTC/USDT:USDT", "USDT", mark_price=Decimal(100), margin=Decimal(20), unrealized_pnl=Decimal("1.5")),
        position("ETH/USDT:USDT", "USDT", mark_price=Decimal(10), margin=Decimal(5)),
        position("BTC/USD:BTC", "BTC", size=Decimal(300), size_unit="quote", unrealized_pnl=Decimal("0.001")),
    ]

    bitcoin, dollars, tether = totals(rows)

    assert (bitcoin.currency, bitcoin.unrealized_pnl, bitcoin.margin, bitcoin.notional) == (
        "BTC",
        Decimal("0.001"),
        None,
        None,
    )
    assert (dollars.currency, dollars.positions, dollars.notional) == ("USD", 0, Decimal(300))
    assert (tether.notional, tether.margin, tether.unrealized_pnl) == (Decimal(220), Decimal(25), Decimal("1.5"))
    assert tether.untold == {"unrealized_pnl": 1}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), ("0", "0.00"), ("1234.5678", "1,234.57"), ("-0.00012345678", "-0.0001235"), ("0.5", "0.5")],
)
def test_money_is_rounded_for_eyes_only(value, shown):
    assert money(value and Decimal(value)) == shown


def test_ratios_are_shown_in_percent():
    assert percent(Decimal("0.25")) == "+25.00%"
    assert trigger(uc.Roi("-0.6")) == "-60%"
    assert trigger(uc.Price("0.0000012")) == "0.0000012"
