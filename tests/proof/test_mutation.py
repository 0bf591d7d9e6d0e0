"""The mutation proof on a module of a few lines: it finds what its tests don't notice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.killing import Change, Runner

ROOT = Path(__file__).parents[2]
GUARD = """
def check(amount, most):
    if amount > most:
        raise ValueError(amount)
"""
TESTS = """
import pytest
import guard

def test_what_is_within_passes():
    guard.check(1, 3)

def test_what_is_above_is_refused():
    with pytest.raises(ValueError):
        guard.check(4, 3)
"""
TABLE = """
[modules.guard]
sources = ["guard.py"]
tests = ["test_guard.py"]
"""
EQUIVALENT = """
[[equivalent]]
file = "guard.py"
before = "if amount > most:"
after = "if amount >= most:"
why = "nobody asks for the border"
"""


@pytest.fixture
def toy(tmp_path):
    (tmp_path / "guard.py").write_text(GUARD)
    (tmp_path / "test_guard.py").write_text(TESTS)
    (tmp_path / "mutation.toml").write_text(TABLE)
    return tmp_path


def mutation(toy, *options):
    """The command, run where the toy is."""
    pytest.importorskip("cosmic_ray", reason="pip install -e '.[proof]'")
    return subprocess.run(
        [sys.executable, "-m", "tests.proof.mutation", "--table", "mutation.toml", "--all", *options],
        cwd=toy, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_change_that_no_test_notices_is_listed_and_fails_the_proof(toy):
    ended = mutation(toy)

    assert ended.returncode == 1
    assert "survived: guard.py:3: if amount > most:  ->  if amount >= most:" in ended.stdout
    assert "guard               3 of 4      75.0%  killed" in ended.stdout


def test_what_can_not_matter_is_left_out_as_long_as_it_exists(toy):
    gone = EQUIVALENT.replace("amount > most", "amount > limit")
    (toy / "mutation.toml").write_text(TABLE + EQUIVALENT + gone)

    ended = mutation(toy)

    assert "3 of 3     100.0%  killed, 1 equivalent left out" in ended.stdout
    assert "equivalent, but no change that there is: guard.py: if amount > limit:" in ended.stdout
    assert ended.returncode == 1


def test_tests_that_fail_without_any_change_prove_nothing(toy):
    (toy / "guard.py").write_text(GUARD.replace(">", "<"))

    ended = mutation(toy)

    assert ended.returncode == 1
    assert "the tests fail on the code as it is" in ended.stdout


def test_a_change_is_run_without_touching_the_file(toy, monkeypatch):
    monkeypatch.chdir(toy)
    runner = Runner(toy)
    usual = runner.unchanged(Change("guard.py", GUARD), ["test_guard.py"])
    changes = [Change("guard.py", source) for source in (GUARD.replace(">", "<"), GUARD, "while True: pass")]

    runs = list(runner.changed(changes, ["test_guard.py"], usual._replace(seconds=60, worked=-2), jobs=2))

    assert usual.passed
    assert [(run.passed, run.timed_out) for run in runs] == [(False, False), (True, False), (False, True)]
    assert (toy / "guard.py").read_text() == GUARD
