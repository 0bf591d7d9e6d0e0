"""What tests of the write log look at and do to it."""

import multiprocessing
import sqlite3
from pathlib import Path

from tests.safety.conftest import wish
from unifiedcopy.safety.journal import FILE, Journal


def states(folder: Path) -> list[str]:
    db = sqlite3.connect(folder / FILE)
    try:
        return [state for (state,) in db.execute("SELECT state FROM events ORDER BY seq")]
    finally:
        db.close()


def changed(folder: Path, *statements: str) -> None:
    """What somebody with a database tool does to a log that nobody has open."""
    db = sqlite3.connect(folder / FILE)
    db.execute("DROP TRIGGER IF EXISTS events_are_not_changed")
    db.execute("DROP TRIGGER IF EXISTS events_are_not_deleted")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def written(folder: Path, writes: int = 3) -> None:
    """A log of some finished writes and an open one, closed."""
    log = Journal(folder)
    for each in range(writes):
        number = log.plan(wish(sent={"n": str(each)}))
        log.sending(number)
        log.end(number, "confirmed")
    log.sending(log.plan(wish(sent={"n": "open"})))
    log._db.close()


def in_a_child(work, *arguments):
    """What a forked process returns."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def child():
        try:
            theirs.send(work(*arguments))
        except BaseException as error:
            theirs.send(error)

    process = context.Process(target=child)
    process.start()
    try:
        return ours.recv() if ours.poll(20) else None
    finally:
        process.join()
