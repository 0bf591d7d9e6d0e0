"""Some seeds of the random histories; and that a history is its own reproduction, and can fail."""

from __future__ import annotations

import pytest

from tests.proof import histories
from unifiedcopy.safety import readback


@pytest.mark.parametrize("seed", range(24))
def test_a_history_holds(seed):
    assert histories.one(seed).violations == []


@pytest.mark.parametrize("seed", [70, 107, 281, 2105])
def test_a_history_that_once_failed_holds(seed):
    """A change that somebody ended by hand; follows that a late read took for an earlier one, or for done already."""
    assert histories.one(seed).violations == []


def test_a_seed_is_its_own_reproduction():
    assert histories.one(3) == histories.one(3)


def test_a_verdict_after_one_look_is_caught(monkeypatch):
    """The histories can fail: without the second look a lagging venue makes a done deed "not applied"."""
    monkeypatch.setattr(readback._Watch, "_concluded", lambda self, look, at: _hasty(look))

    assert any(histories.one(seed).violations for seed in range(60))


def _hasty(look):
    return None if look is None else {"done": "applied", "undone": "not_applied"}.get(look.state)
