"""The README says what is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "options"), [("venues", ["--markdown"]), ("coverage", ["--coverage", "--markdown"])], ids=str
)
def test_a_generated_table_is_what_the_command_prints(name, options):
    """When this fails, paste what ``unifiedcopy exchanges`` with these options prints."""
    table = re.search(rf"<!-- {name}:.*?-->\n(.*?)\n<!-- /{name} -->", README, re.S)
    command = [sys.executable, "-m", "unifiedcopy.cli", "exchanges", *options]
    printed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout

    assert table is not None
    assert table[1].strip() == printed.strip()


def test_it_starts_with_two_commands_that_do_all_the_set_up():
    commands = re.findall(r"```sh\n(.*?)\n```", README, re.S)

    assert commands[0].endswith("unifiedcopy demo")
    assert commands[1].endswith("pytest")


def test_every_file_that_it_points_to_is_there():
    named = re.findall(
        r"`((?:unifiedcopy|schemas|tests|exchanges)/[\w./-]+)`", README + (ROOT / "CONTRIBUTING.md").read_text()
    )

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_exit_codes_are_the_ones_of_the_command():
    from unifiedcopy.cli.exits import Exit

    listed = re.findall(r"(\d+) (?:\*\*)?[a-z]", README.split("codes that a")[1].split("##")[0])

    assert {int(number) for number in listed} == {code.value for code in Exit}
