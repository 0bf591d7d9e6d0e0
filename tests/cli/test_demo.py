"""The first command of the README: no key, no network, every venue, one strategy."""

import inspect
import json
import time
from decimal import Decimal

import pytest

from unifiedcopy.cli import strategy
from unifiedcopy.sandbox import known_venues

VENUES = ["bitget", "okx", "toobit", "zoomex"]
"""BloFin's followers can only read."""


@pytest.fixture(scope="module")
def told():
    """One run as a process, as a user starts it."""
    from tests.cli.conftest import spawn

    began = time.monotonic()
    with spawn("demo", "--json") as process:
        stdout, stderr = process.communicate(timeout=60)
    return process.returncode, json.loads(stdout), stderr, time.monotonic() - began


def test_it_ends_well_and_soon(told):
    code, document, stderr, seconds = told

    assert [step for step in document["steps"] if step["outcome"] == "failed"] == []
    assert code == 0, stderr
    assert seconds < 15


def test_every_venue_takes_the_same_steps(told):
    _, document, _, _ = told
    steps = {venue: [] for venue in VENUES}
    for step in document["steps"]:
        steps[step["venue"]].append(step["step"].split()[0])

    assert document["schema"] == "unifiedcopy.demo/1"
    assert set(steps) == set(VENUES)
    for taken in steps.values():
        assert list(dict.fromkeys(taken)) == ["list", "follow", "read", "guard", "unfollow"]


def test_what_a_venue_lacks_is_said_in_its_own_words(told):
    _, document, stderr, _ = told
    lacking = [step for step in document["steps"] if step["outcome"] == "cannot"]

    assert {step["venue"] for step in lacking} >= {"toobit", "zoomex"}
    assert "no leader directory" in stderr
    assert "only changes what exists" in document["missing"]["toobit/v2"]["follow"]


def test_a_refusal_is_part_of_the_story(told):
    _, document, _, _ = told
    refused = [step for step in document["steps"] if step["outcome"] == "refused"]

    assert ("toobit", "unfollow", "-120055") in [(s["venue"], s["step"], s["error"]["code"]) for s in refused]


def test_all_positions_are_in_one_notation_with_sums_per_currency(told):
    _, document, _, _ = told
    rows = document["positions"]

    assert {row["exchange"].partition("/")[0] for row in rows} == set(VENUES)
    assert all(row["symbol"] and row["side"] in ("long", "short") for row in rows)
    for total in document["totals"]:
        own = [row["unrealized_pnl"] for row in rows if row["margin_asset"] == total["currency"]]
        known = [Decimal(pnl) for pnl in own if pnl is not None]
        assert total["unrealized_pnl"] == (f"{sum(known):f}" if known else None)


def test_the_table_is_data_and_the_steps_are_talk(run):
    done = run("demo", "--seed", "11")

    assert "uPnL" in done.stdout
    assert "total in" in done.stdout
    assert "→" not in done.stdout
    assert "toobit: read positions →" in done.stderr
    assert "toobit/v2: follow only changes" in done.stdout


def test_the_strategy_is_short_and_names_no_venue():
    lines = inspect.getsource(strategy.copy_and_guard).splitlines()

    assert len(lines) < 40
    assert [venue for venue in known_venues() if venue in inspect.getsource(strategy).lower()] == []
