"""Where the stored history is."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from ..errors import HistoryError
from ..history import History
from .exits import Usage
from .options import Stored

VARIABLE = "UNIFIEDCOPY_HISTORY"


def opened(place: Stored) -> History:
    """The history that the options name, made if there is none; to be entered."""
    return History(_place(place))


def existing(place: Stored) -> History:
    """The history that the options name.

    Raises:
        HistoryError: there is none yet.
    """
    found = _place(place)
    if isinstance(found, Path) and not found.exists():
        cure = "`unifiedcopy portfolio --store` or `unifiedcopy history --store` makes one"
        raise HistoryError(f"there is no stored history at {found}; {cure}")
    return History(found)


def _place(place: Stored) -> Path | str:
    told = place.history or os.environ.get(VARIABLE)
    if told is None:
        return Path(platformdirs.user_data_dir("unifiedcopy", appauthor=False)) / "history" / "history.db"
    if "://" not in told:
        return Path(told)
    parts = urlsplit(told)
    if parts.scheme not in ("postgresql", "postgres"):
        raise Usage(f"--history: {parts.scheme}:// is no history; write a file, or postgresql://…")
    if place.history and parts.password:
        raise Usage(f"--history: other users can read the password of a command; put the URL into {VARIABLE}")
    return told
