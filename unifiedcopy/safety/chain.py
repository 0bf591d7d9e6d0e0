"""Each entry of the write log holds the hash of the one before: what is edited, cut out or moved later shows.

The end of a chain can't prove that nothing followed it. So the newest entry's number and hash also stand in a small
file beside the log, written after each entry: a log that ends before it was cut.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from .files import private_file, read_file

BEGINNING = "0" * 64
_LARGEST_HEAD = 200


class Entry(NamedTuple):
    """One line of the log."""

    seq: int
    write_id: int
    at: int
    """Unix milliseconds."""
    state: str
    data: str
    """JSON."""
    hash: str


def linked(previous: str, seq: int, write_id: int, at: int, state: str, data: str) -> Entry:
    """An entry that follows another by its hash."""
    text = json.dumps([previous, seq, write_id, at, state, data], separators=(",", ":"))
    return Entry(seq, write_id, at, state, data, hashlib.sha256(text.encode()).hexdigest())


def broken(entries: Iterable[Entry], previous: str | None = None) -> str | None:
    """What is wrong with a run of entries, in words; None when all follow each other.

    Args:
        previous: the hash before the first of them; None takes the first as given, where a run starts in the middle.
    """
    before: Entry | None = None
    for entry in entries:
        if before is not None and entry.seq != before.seq + 1:
            return f"entries {before.seq + 1} to {entry.seq - 1} are missing"
        if previous is not None and linked(previous, *entry[:-1]).hash != entry.hash:
            return f"entry {entry.seq} is not what was written"
        before, previous = entry, entry.hash
    return None


class Head:
    """The file that tells where the log ends. It may be behind after a crash, never ahead."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tell(self, entry: Entry) -> None:
        """Notes the newest entry. A failure costs only this check, so it does not stop a write."""
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            try:
                os.write(descriptor, f"{entry.seq:020d} {entry.hash}\n".encode())  # one size: never half old
            finally:
                os.close(descriptor)

    def told(self) -> tuple[int, str] | None:
        """Number and hash of the newest entry that was noted."""
        private_file(self._path)
        words = read_file(self._path, _LARGEST_HEAD).decode(errors="replace").split()
        return (int(words[0]), words[1]) if len(words) == 2 and words[0].isdigit() else None
