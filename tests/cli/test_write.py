"""Commands that change something: shown, confirmed, sent once, and told what came of it."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import ROOT, WIDE
from unifiedcopy.cli.options import Settings
from unifiedcopy.cli.write import follow_settings
from unifiedcopy.sandbox import Fault

BTC = "9007199254740993123:BTC-SWAP-USDT:1"
SET = ("set-tpsl", BTC, "--take-profit", "20%", "--stop-loss", "10%")


def test_a_change_is_shown_sent_once_and_confirmed_by_a_receipt(run, served):
    done = run(*SET, "--write", "--yes", "--json", venue="toobit")

    assert done.code == 0
    assert done.json["schema"] == "unifiedcopy.receipt/1"
    assert done.json["receipt"]["sent"]["stopProfitRate"] == "0.2"
    assert [(done.operation, done.parameters["stopLossRate"]) for done in served["toobit"].executions] == [
        ("set_stop_profit_loss", "0.1")
    ]
    for word in ("SANDBOX, no real money", "account  environment", "Toobit (toobit/v2)", '"stopLossRate":"0.1"'):
        assert word in done.stderr


def test_a_dry_run_prints_the_request_and_sends_no_change(run, served):
    done = run(*SET, "--dry-run", venue="toobit")

    assert done.code == 0
    assert "PUT http://127.0.0.1" in done.stdout
    assert "signature=***" in done.stdout
    assert "X-BB-APIKEY: ***" in done.stdout
    assert '"stopProfitRate":"0.2"' in done.stdout
    assert "dry run: nothing was sent" in done.stderr
    assert served["toobit"].executions == []
    assert {request.method for request in served["toobit"].requests} == {"GET"}


def test_a_dry_run_of_what_needs_no_reading_sends_nothing_at_all(run, served):
    done = run("unfollow", "123", "--dry-run", "--json", venue="toobit")

    assert (done.code, done.json["schema"], done.json["method"]) == (0, "unifiedcopy.preview/1", "DELETE")
    assert served["toobit"].requests == []


def test_a_price_is_converted_only_when_allowed(run, served):
    price = ("set-tpsl", BTC, "--take-profit", "99999", "--write", "--yes")
    refused = run(*price, venue="toobit")
    assert refused.code == 5
    assert "convert" in refused.stderr

    done = run(*price, "--convert", venue="toobit")

    assert done.code == 0
    assert "take_profit 99999 sent as" in done.stdout


def test_off_takes_a_trigger_away_and_silence_leaves_it(run, served):
    assert run(*SET, "--write", "--yes", venue="toobit").code == 0
    assert run("set-tpsl", BTC, "--take-profit", "off", "--write", "--yes", venue="toobit").code == 0

    row = next(r for r in run("positions", "--json", venue="toobit").json["positions"] if r["id"] == BTC)
    assert (row["take_profit"], row["stop_loss"]) == (None, {"roi": "-0.1"})


def test_follow_says_exactly_what_it_would_send(run, served):
    leader = run("leaders", "--json", venue="bitget").json["leaders"][0]["id"]
    settings = ("--fixed-amount", "50", "--symbols", "BTC/USDT:USDT", "--leverage", "10")
    limits = ("--take-profit", "20%", "--stop-loss", "10%", "--param", "mode=advanced")
    done = run("follow", leader, *settings, *limits, "--dry-run", "--json", venue="bitget")

    assert done.code == 0
    for part in ('"traceValue":"50"', '"symbol":"BTCUSDT"', '"stopLossRatio":"10"', '"mode":"advanced"'):
        assert part in done.json["body"]
    headers = done.json["headers"]
    assert {name for name, value in headers.items() if value == "***"} == {
        "ACCESS-KEY",
        "ACCESS-SIGN",
        "ACCESS-PASSPHRASE",
    }
    assert headers["ACCESS-TIMESTAMP"].isdigit()


def test_follow_unfollow_and_close_are_carried_out(run, served):
    leaders = run("leaders", "--json", venue="bitget").json["leaders"]
    leader = next(leader["id"] for leader in leaders if leader["can_follow"] and not leader["followed"])
    assert (
        run(
            "follow", leader, "--fixed-amount", "50", "--symbols", "BTC/USDT:USDT", "--write", "--yes", venue="bitget"
        ).code
        == 0
    )
    assert leader in {row["leader_id"] for row in run("following", "--json", venue="bitget").json["following"]}
    assert run("unfollow", leader, "--write", "--yes", venue="bitget").code == 0
    position = run("positions", "--json", venue="bitget").json["positions"][0]["id"]
    assert run("close", position, "--write", "--yes", venue="bitget").code == 0
    assert position not in {row["id"] for row in run("positions", "--json", venue="bitget").json["positions"]}
    assert len(served["bitget"].executions) == 3


# -- guards -----------------------------------------------------------------------------------------------------------


def test_without_write_nothing_is_sent(run, served):
    done = run(*SET, "--yes", venue="toobit")

    assert done.code == 9
    assert "--write allows this change" in done.stderr
    assert served["toobit"].executions == []


def test_a_profile_decides_by_itself(run, served, profiles):
    profiles(reads=("toobit", "main", ""), writes=("toobit", "main", 'write = "sandbox"'))

    assert run(*SET, "--profile", "reads", "--write", "--yes").code == 9
    assert served["toobit"].executions == []
    assert run(*SET, "--profile", "writes", "--yes").code == 0


def test_without_a_terminal_only_yes_sends(run, served):
    done = run(*SET, "--write", venue="toobit")

    assert done.code == 9
    assert "--yes asks nobody" in done.stderr
    assert served["toobit"].executions == []


def test_the_live_venue_is_called_so(run):
    """Nobody confirms, so nothing is sent; without a position to look up nothing is even read."""
    key = {"UNIFIEDCOPY_TOOBIT_API_KEY": "k" * 64, "UNIFIEDCOPY_TOOBIT_SECRET": "s" * 64}
    done = run("unfollow", "123", "--venue", "toobit", "--write", **key)

    assert done.code == 9
    assert "LIVE, real money (https://api.toobit.com)" in done.stderr
    assert "k" * 64 not in done.stderr


def test_a_loopback_address_is_not_called_a_sandbox_unless_it_is_one(run, served):
    served["toobit"].emulator.fidelity = lambda: None  # something else that answers there
    done = run("unfollow", "123", "--write", venue="toobit")

    assert done.code == 9
    assert "LIVE?" in done.stderr
    assert "SANDBOX" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["set-tpsl", BTC],
        ["set-tpsl", BTC, "--take-profit", "high"],
        ["set-tpsl", BTC, "--stop-loss", "0"],
        ["follow", "1", "--fixed-amount", "50", "--multiple", "2"],
        ["follow", "1", "--fixed-amount", "fifty"],
        ["follow", "1", "--fixed-amount", "-5"],
        ["follow", "1", "--multiple", "1", "--margin-mode", "own-ish"],
        ["follow", "1"],
        ["unfollow", "../x"],
        ["unfollow", "1", "--param", "nothing"],
        ["unfollow", "1", "--param", "nothing=1"],
        ["call", "nothing"],
        ["call", "positions", "nothing=1"],
        ["unfollow"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_usage_and_sends_nothing(run, served, arguments):
    done = run(*arguments, "--write", "--yes", venue="toobit")

    assert done.code == 2
    assert [request for request in served["toobit"].requests if request.method != "GET"] == []


def test_one_account_at_a_time(run, served, profiles):
    profiles(a=("toobit", "main", 'write = "sandbox"'), b=("toobit", "main", 'write = "sandbox"'))

    assert run(*SET, "--profile", "a", "--profile", "b", "--yes").code == 2
    assert run(*SET, "--all", "--yes").code == 2
    assert served["toobit"].requests == []


def test_an_unknown_position_is_named_with_what_is_open(run, served):
    done = run("set-tpsl", BTC + "1", "--take-profit", "20%", "--write", "--yes", venue="toobit")

    assert done.code == 5
    assert f"did you mean '{BTC}'" in done.stderr


# -- how a change can end ---------------------------------------------------------------------------------------------


def test_a_refusal_is_definite(run, served):
    done = run("unfollow", "9007199254740993123", "--write", "--yes", "--json", venue="toobit")

    assert done.code == 5
    assert done.json["schema"] == "unifiedcopy.error/1"
    assert (done.json["error"]["class"], done.json["error"]["code"]) == ("PositionConflict", "-120055")
    for word in ("endpoint unfollow", "code -120055", "the venue refused; nothing was done", "next"):
        assert word in done.stderr


@pytest.mark.parametrize("executed", [True, False])
def test_an_unknown_end_says_where_to_look(run, served, executed):
    served["toobit"].faults.add(Fault("disconnect", method="PUT", after_execution=executed))
    served["toobit"].faults.add(Fault("disconnect", method="GET", path="orders/current", skip=1, times=None))
    done = run(*SET, "--write", "--yes", "--read-lag", "0.1", venue="toobit")

    assert done.code == 6
    assert "NOT KNOWN whether the venue acted: look with `unifiedcopy positions --venue toobit" in done.stderr
    assert len(served["toobit"].executions) == executed


@pytest.mark.parametrize(
    ("executed", "code", "words"), [(True, 0, "the state was read instead"), (False, 7, "nothing was done")]
)
def test_a_lost_answer_is_settled_by_the_state(run, served, executed, code, words):
    served["toobit"].faults.add(Fault("disconnect", method="PUT", after_execution=executed))
    done = run(*SET, "--write", "--yes", "--read-lag", "0.1", venue="toobit")

    assert done.code == code
    assert words in done.stdout + done.stderr
    assert len(served["toobit"].executions) == executed


def test_a_limit_is_not_a_refusal_for_good(run, served):
    served["toobit"].faults.add(Fault("error", method="PUT", code=-1003, times=None))

    assert run(*SET, "--write", "--yes", venue="toobit").code == 7


def test_a_read_only_key_is_told_apart(run, served):
    done = run("unfollow", "9007199254740993123", "--write", "--yes", venue="toobit", account="readonly")

    assert done.code == 4
    assert "permission" in done.stderr


# -- call -------------------------------------------------------------------------------------------------------------


def test_call_reaches_every_endpoint(run, served):
    done = run("call", "positions", venue="toobit")

    assert done.code == 0
    assert done.json["schema"] == "unifiedcopy.call/1"
    assert done.json["answer"]["data"][0]["symbolId"] == "BTC-SWAP-USDT"


def test_call_guards_what_writes(run, served):
    raw = (
        "call",
        "set_tpsl",
        "leaderUserId=9007199254740993123",
        "symbolId=BTC-SWAP-USDT",
        "isLong=1",
        "stopLossRate=0.3",
    )

    assert run(*raw, venue="toobit").code == 9
    assert run(*raw, "--dry-run", venue="toobit").code == 0
    assert served["toobit"].executions == []
    assert run(*raw, "--write", "--yes", venue="toobit").code == 0
    assert len(served["toobit"].executions) == 1


# -- a person at the terminal -----------------------------------------------------------------------------------------


class Terminal:
    """The command with a terminal as stdin; what it says comes through pipes."""

    def __init__(self, served, *arguments: str) -> None:
        self.keyboard, theirs = pty.openpty()
        address = ("--venue", "toobit", "--base-url", served["toobit"].url)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "unifiedcopy.cli", *arguments, *address],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **WIDE, "PYTHONPATH": str(ROOT), **served.environment("toobit")},
        )
        os.close(theirs)
        self.heard = ""

    def until(self, word: str) -> None:
        ends = time.monotonic() + 20
        while word not in self.heard and time.monotonic() < ends:
            if select.select([self.process.stderr], [], [], 0.1)[0]:
                self.heard += os.read(self.process.stderr.fileno(), 4096).decode()
        assert word in self.heard, self.heard

    def end(self) -> int:
        _, stderr = self.process.communicate(timeout=20)
        self.heard += stderr.decode()
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self.keyboard)


@pytest.fixture
def at_terminal(served):
    begun = []

    def begin(*arguments: str) -> Terminal:
        # Tests that run in the background have Ctrl-C ignored, and a child would inherit that.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            begun.append(Terminal(served, *arguments))
        finally:
            signal.signal(signal.SIGINT, before)
        return begun[-1]

    yield begin
    for terminal in begun:
        terminal.close()


@pytest.mark.parametrize(("answer", "code", "sent"), [("y\n", 0, 1), ("n\n", 9, 0), ("\n", 9, 0), ("yep\n", 9, 0)])
def test_the_question_is_answered_by_y_only(served, at_terminal, answer, code, sent):
    terminal = at_terminal(*SET, "--write")
    terminal.until("[y/N]")
    os.write(terminal.keyboard, answer.encode())

    assert terminal.end() == code
    assert len(served["toobit"].executions) == sent


def test_interrupting_the_question_sends_nothing(served, at_terminal):
    terminal = at_terminal(*SET, "--write")
    terminal.until("[y/N]")
    terminal.process.send_signal(signal.SIGINT)

    assert terminal.end() == 130
    assert "nothing is on its way" in terminal.heard
    assert served["toobit"].executions == []


def test_interrupting_a_change_on_its_way_says_that_nobody_knows(served, at_terminal):
    served["toobit"].faults.add(Fault("hang", method="PUT", after_execution=True))
    terminal = at_terminal(*SET, "--write", "--yes")
    terminal.until("request")
    ends = time.monotonic() + 20
    while not served["toobit"].executions and time.monotonic() < ends:
        time.sleep(0.05)
    terminal.process.send_signal(signal.SIGINT)

    assert terminal.end() == 130
    assert "NOT KNOWN whether the venue acted" in terminal.heard
    assert "unifiedcopy positions --venue toobit" in terminal.heard


# -- settings ---------------------------------------------------------------------------------------------------------


def test_every_setting_of_the_library_has_an_option():
    given = Settings(
        budget="200",
        symbols="BTC/USDT:USDT",
        leverage="5",
        short_leverage="6",
        margin_mode="isolated",
        copied_margin_modes="all",
        take_profit="20%",
        stop_loss="10%",
        stop_loss_delay=3,
        ceiling="1000",
        max_loss="90",
        daily_ceiling="100",
        max_position="7",
        max_equity_share="50%",
        isolated_reserve="8",
        zero_slippage=True,
        copy_open_positions=False,
        copy_new_symbols=True,
        open_copies="keep",
    )
    settings = follow_settings(given)

    missing = [name for name in settings.__struct_fields__ if getattr(settings, name) is None]
    assert [name for name in missing if name not in ("leader_id", "leverage_source")] == []
