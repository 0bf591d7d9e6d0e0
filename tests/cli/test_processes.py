"""The command as a process: streams, signals, colours, and what stands in for the extra."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import tomllib
from base64 import b64encode

import pytest

from tests.cli.conftest import ROOT
from unifiedcopy import __version__
from unifiedcopy.cli import options


def test_without_the_extra_one_line_says_how_to_get_it():
    code = "import sys; sys.modules['typer'] = None; from unifiedcopy.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "the command needs its extra: pip install 'unifiedcopy[cli]'\n"


def test_the_entry_point_is_the_one_that_is_packaged():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["scripts"] == {"unifiedcopy": "unifiedcopy.cli:main"}


def test_version_and_help(process):
    assert process("--version").stdout == f"unifiedcopy {__version__}\n"
    page = process("--help").stdout
    for code in ("0 ok", "3 some accounts failed", "6 outcome unknown", "130 interrupted"):
        assert code in page
    assert "[profiles.NAME]" in page


def test_codes_and_streams_are_those_of_the_runner(process, served):
    address = ("--venue", "toobit", "--base-url", served["toobit"].url)
    done = process("positions", *address, "--json", **served.environment("toobit"))
    assert (done.code, done.json["schema"]) == (0, "unifiedcopy.positions/1")

    assert process("positions", *address).code == 4
    assert process("positions").code == 2
    assert process("nonsense").code == 2


@pytest.mark.parametrize("option", ["--api-key", "--secret", "--passphrase"])
def test_credentials_are_never_arguments(process, option):
    assert process("positions", "--venue", "toobit", option, "x").code == 2


def test_a_pipe_that_closes_early_is_no_traceback(start):
    with start("exchanges", "--json") as process:
        process.stdout.close()
        stderr = process.stderr.read()

    assert "Traceback" not in stderr


def test_a_terminal_without_unicode_is_served_too(process):
    done = process("exchanges", "toobit", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")

    assert done.code == 0
    assert "toobit/v2" in done.stdout


# -- internal errors --------------------------------------------------------------------------------------------------


def broken(monkeypatch):
    def explode(*_: object) -> None:
        secret = "s3cret-in-a-local"  # noqa: F841
        raise RuntimeError("a bug")

    monkeypatch.setattr("unifiedcopy.cli.schemas.load_place", explode)


def test_a_bug_is_one_line(run, monkeypatch):
    broken(monkeypatch)
    done = run("exchanges")

    assert done.code == 1
    assert done.stderr == "internal error: RuntimeError: a bug (--debug shows where; please report it)\n"


def test_debug_shows_where_and_no_values(run, monkeypatch):
    broken(monkeypatch)
    done = run("exchanges", "--debug", "--json")

    assert "Traceback" in done.stderr
    assert "s3cret-in-a-local" not in re.sub(r"secret = .*", "", done.stderr)
    assert done.json["error"]["exit_code"] == 1


def test_a_secret_that_is_known_never_leaves_even_through_a_bug(capsys):
    out = options.Output(debug=True)
    out.hide(["k3y-of-an-account"])
    out.fail(RuntimeError("k3y-of-an-account"))
    out.show("k3y-of-an-account")
    out.document("keys", key="k3y-of-an-account", encoded=b64encode(b"u:k3y-of-an-account:p").decode())

    spoken = capsys.readouterr()
    assert "k3y-of" not in spoken.out + spoken.err
    assert b64encode(b"3y-of-an-acc").decode() not in spoken.out
    assert spoken.out.count("***") == 3
    assert "***" in spoken.out


# -- the sandbox ------------------------------------------------------------------------------------------------------


def read_until(stream, word: str) -> str:
    heard, ends = "", time.monotonic() + 20
    while word not in heard and time.monotonic() < ends:
        if select.select([stream], [], [], 0.1)[0]:
            heard += os.read(stream.fileno(), 65_536).decode()
    assert word in heard, heard
    return heard


def test_the_sandbox_serves_until_it_is_stopped(start, process):
    serving = start("sandbox", "--venue", "toobit", "--port-base", "0", "--speed", "600")
    told = read_until(serving.stdout, "# unifiedcopy positions")
    environment = dict(re.findall(r"^export (\w+)=(\S+)$", told, re.M))
    usage = re.search(r"# unifiedcopy (.*)", told)[1].split()

    assert set(environment) == {"UNIFIEDCOPY_TOOBIT_API_KEY", "UNIFIEDCOPY_TOOBIT_SECRET"}
    prices = set()
    for _ in range(3):
        done = process(*usage, "--json", **environment)
        assert done.code == 0, done
        prices.add(done.json["positions"][0]["mark_price"])
    assert len(prices) > 1, "the market stands still"

    serving.send_signal(signal.SIGINT)
    _, stderr = serving.communicate(timeout=20)
    assert serving.returncode == 0
    assert "Ctrl-C ends it" in stderr


def test_its_accounts_are_a_document_too(start):
    serving = start("sandbox", "--venue", "toobit", "--port-base", "0", "--json", "--speed", "0")
    document = json.loads(read_until(serving.stdout, "\n}\n"))

    assert document["schema"] == "unifiedcopy.sandbox/1"
    assert set(document["venues"]["toobit"]["accounts"]) >= {"main", "readonly"}
    serving.send_signal(signal.SIGTERM)
    serving.communicate(timeout=20)
    assert serving.returncode == 0


def test_a_taken_port_and_an_unknown_venue_are_told(process, served):
    port = served["toobit"].url.rpartition(":")[2]
    taken = process("sandbox", "--venue", "toobit", "--port-base", port)
    unknown = process("sandbox", "--venue", "tobit")

    assert (taken.code, unknown.code) == (4, 4)
    assert "--port-base" in taken.stderr
    assert "did you mean 'toobit'" in unknown.stderr
