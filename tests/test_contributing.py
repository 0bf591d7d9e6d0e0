"""CONTRIBUTING's walk from a venue's page to a schema that trades: its commands are run, its figures counted."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

import unifiedcopy as uc
from tests.credentials import KEY, SECRET
from tests.venue import Received, Say, ScriptedVenue

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
ACME = ROOT / "tests" / "data" / "acme"
MARK = "@@"


class Step(NamedTuple):
    """A command with what CONTRIBUTING says of it."""

    command: str
    code: int
    output: list[str]


def steps() -> list[Step]:
    found: list[Step] = []
    for line in "\n".join(re.findall(r"```console\n(.*?)\n```", TEXT, re.S)).splitlines():
        if line.startswith("$ "):
            ends = re.search(r"# exit (\d+)$", line)
            found.append(Step(line.removeprefix("$ "), int(ends[1]) if ends else 0, []))
        else:
            found[-1].output.append(line)
    return found


def run_all(commands: list[str], folder: Path) -> list[tuple[int, str]]:
    """Exit code and output of each command, all typed into one shell that stands in the checkout."""
    tools = folder / "bin"
    tools.mkdir()
    for name, module in (("python", ""), ("pytest", "-m pytest"), ("unifiedcopy", "-m unifiedcopy")):
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
        (tools / name).chmod(0o755)
    typed = "\n".join(f"{command}\nprintf '\\n{MARK} %s\\n' $?" for command in commands)
    done = subprocess.run(
        ["/usr/bin/env", "bash", "-c", f"exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null' EXIT\n{typed}"],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("UNIFIEDCOPY_", "PYTEST_"))},
            "PATH": f"{tools}:{os.environ['PATH']}",
            "TMPDIR": str(folder),
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "-p unifiedcopy.testing.plugin -p no:cacheprovider",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        },
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=240,
        check=False,
    )
    parts = re.split(rf"^{MARK} (\d+)\n", done.stdout, flags=re.M)
    return [(int(code), output) for output, code in zip(parts[::2], parts[1::2], strict=False)]


def as_printed(lines: list[str]) -> str:
    """The pattern of an output as it is written: ``…`` stands for any lines, or for anything in a line."""
    words = [line.rstrip().split("…") for line in lines if line]
    return "".join("(.*\\n)*" if parts == ["", ""] else ".*".join(map(re.escape, parts)) + "\\n" for parts in words)


def test_the_commands_print_what_is_written_there(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    answers = f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done"
    written = steps()
    assert len(written) > 15
    commands = [step.command.replace("8765", port).replace("sleep 1", answers) for step in written]
    done = run_all(commands, tmp_path)

    assert len(done) == len(written), done[-1:]
    wrong = []
    for step, (code, output) in zip(written, done, strict=True):
        printed = "".join(f"{line.rstrip()}\n" for line in output.splitlines() if line.strip())
        if code != step.code or not re.fullmatch(as_printed(step.output), printed):
            wrong.append(f"$ {step.command}\n{printed}exit {code}")
    assert "\n".join(wrong) == ""


def test_the_example_is_as_long_as_is_said():
    text = (ACME / "v1.toml").read_text("utf-8")
    said = re.search(r"The file has (\d+) lines\sfor five endpoints", TEXT)

    assert said is not None
    assert int(said[1]) == len(text.splitlines()) < 150
    assert len(tomllib.loads(text)["endpoints"]) == 5
    assert [path.name for path in ACME.rglob("*.py")] == []


def test_every_code_of_the_page_is_in_the_schema_as_the_page_says():
    """1001 to 1299 prove that nothing was done; after 1900 a write may have happened."""
    page = re.findall(r"\| (1\d{3}) (?=\|)", (ACME / "page.md").read_text("utf-8"))
    errors = tomllib.loads((ACME / "v1.toml").read_text("utf-8"))["errors"]
    codes = {kind: sorted(code for group in errors[kind].values() for code in group) for kind in errors}

    assert codes["unknown"] == ["1900"]
    assert codes["rejected"] == sorted(code for code in page if code <= "1299")
    assert len(page) == 11


@pytest.fixture
async def acme():
    async with ScriptedVenue() as venue:
        yield venue


def answer(received: Received) -> Say:
    name = received.target.partition("?")[0].rpartition("/")[2]
    return Say((ACME / "v1.cases" / f"{name}.json").read_bytes())


async def test_the_example_trades_over_a_socket(acme):
    acme.script = [answer]
    async with uc.connect(ACME / "v1.toml", base_url=acme.url, api_key=KEY, secret=SECRET, write=True) as ex:
        leader, _ = await ex.list_leaders()
        await ex.follow(leader, uc.FollowSettings(sizing=uc.FixedAmount("50")))
        long, short = await ex.positions()
        receipt = await ex.set_tpsl(long, take_profit=uc.Price("66000"), stop_loss=uc.CLEAR)
        await ex.unfollow(leader, open_copies="close")

    assert (long.symbol, long.side, short.side) == ("BTC/USDT:USDT", "long", "short")
    assert receipt.ids == ("90017",)
    assert [(got.method, got.target, got.body.decode()) for got in acme.received] == [
        ("GET", "/v1/copy/leaders?page=1&size=20", ""),
        ("POST", "/v1/copy/follow", '{"leaderId":"77","mode":"FIXED","value":"50"}'),
        ("GET", "/v1/copy/positions?page=1&size=50", ""),
        ("POST", "/v1/copy/tpsl", '{"positionId":"90017","tpPrice":"66000","slPrice":"0"}'),
        ("POST", "/v1/copy/unfollow", '{"leaderId":"77","close":true}'),
    ]
    assert all(got.headers["acme-key"] == KEY and got.headers["acme-sign"] for got in acme.received)


async def test_a_refusal_of_the_example_is_rejected_and_a_busy_venue_is_unknown(acme):
    acme.script = [
        Say((ACME / "v1.cases" / "not-following.json").read_bytes()),
        Say({"code": "1900", "msg": "system busy", "data": None}),
    ]
    keys = {"api_key": KEY, "secret": SECRET}
    async with uc.connect(ACME / "v1.toml", base_url=acme.url, **keys, write=True, read_back=False) as ex:
        with pytest.raises(uc.NotFollowing) as refused:
            await ex.unfollow("77", open_copies="keep")
        with pytest.raises(uc.OutcomeUnknown):
            await ex.unfollow("77", open_copies="keep")

    assert refused.value.outcome == "rejected"
