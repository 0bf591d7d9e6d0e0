"""Wishes to write down, and folders to do it in."""

from pathlib import Path
from typing import Any

import pytest

from unifiedcopy.safety.intent import Intent

WISH: dict[str, Any] = {
    "exchange": "acme/v1",
    "origin": "https://acme.test",
    "account": "0123456789abcdef",
    "alias": "main",
    "operation": "follow",
    "endpoint": "follow",
    "sent": {"leader": "7", "amount": "50"},
    "request": "f" * 64,
}


def wish(**changed: Any) -> Intent:
    return Intent(**{**WISH, **changed})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"
