"""Where the command keeps what must outlast it: the write log, the kill switch, the shared limits."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def state_folder() -> Path:
    """The state folder: the user's own, or where ``UNIFIEDCOPY_STATE`` says."""
    told = os.environ.get("UNIFIEDCOPY_STATE")
    return Path(told) if told else Path(platformdirs.user_state_dir("unifiedcopy", appauthor=False))
