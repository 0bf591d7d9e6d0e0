"""SQLite files that several programs open: their mode, set once and waited for."""

from __future__ import annotations

import sqlite3
import time

_PAUSE = 0.005


def write_ahead(db: sqlite3.Connection, patience: float) -> None:
    """Lets readers read while one writes. Setting the mode does not wait by itself for another program that sets it at
    the same moment, whatever the connection's timeout is.

    Args:
        patience: seconds.

    Raises:
        sqlite3.OperationalError: the file is locked for longer, or can't be written.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return
