"""A write log that was changed, damaged, locked or has no room."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.races import opened_at_once
from tests.safety.conftest import wish
from tests.safety.logs import changed, in_a_child, states, written
from unifiedcopy import errors
from unifiedcopy.safety import journal as module
from unifiedcopy.safety.journal import FILE, HEAD, Journal

resource = pytest.importorskip("resource", reason="limits and forks are POSIX's")
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # from 3.12 on


# -- what was changed from outside ------------------------------------------------------------------------------------

TAMPERINGS = {
    "a state": ["UPDATE events SET state = 'rejected' WHERE seq = 3"],
    "what was asked": ["UPDATE events SET data = replace(data, '\"n\":\"0\"', '\"n\":\"9\"') WHERE seq = 1"],
    "a time": ["UPDATE events SET at = at - 1 WHERE seq = 2"],
    "whose it is": ["UPDATE events SET write_id = 2 WHERE seq = 2"],
    "a hash": ["UPDATE events SET hash = '" + "0" * 64 + "' WHERE seq = 4"],
    "cut out of the middle": ["DELETE FROM events WHERE seq = 5"],
    "cut off at the beginning": ["DELETE FROM events WHERE seq <= 3", "DELETE FROM writes WHERE id = 1"],
    "cut off at the end": ["DELETE FROM events WHERE seq = 11"],
    "a whole write cut off": ["DELETE FROM events WHERE seq >= 10", "DELETE FROM writes WHERE id = 4"],
    "emptied": ["DELETE FROM events", "DELETE FROM writes"],
    "moved": [
        "UPDATE events SET seq = 100 WHERE seq = 2",
        "UPDATE events SET seq = 2 WHERE seq = 3",
        "UPDATE events SET seq = 3 WHERE seq = 100",
    ],
    "closed up": ["DELETE FROM events WHERE seq = 5", "UPDATE events SET seq = seq - 1 WHERE seq > 5"],
    "an open write said to be done": ["UPDATE writes SET state = 'confirmed', open = 0 WHERE id = 4"],
    "an open write that blocks nothing": ["UPDATE writes SET open = 0 WHERE id = 4"],
    "an open write under another key": ["UPDATE writes SET intent_key = 'x' WHERE id = 4"],
    "a wish": ["UPDATE writes SET intent = replace(intent, '\"n\":\"open\"', '\"n\":\"other\"') WHERE id = 4"],
    "words of an end": ["UPDATE writes SET data = '{\"words\":\"fine\"}' WHERE id = 1"],
    "a write taken out": ["DELETE FROM writes WHERE id = 4"],
    "a write put in": ["INSERT INTO writes SELECT 9, 'k', exchange, origin, account, 'confirmed', 0, process, "
                       "planned_at, at, intent, data FROM writes WHERE id = 1"],
}  # fmt: skip


@pytest.mark.parametrize("statements", TAMPERINGS.values(), ids=TAMPERINGS)
def test_whatever_is_changed_cut_or_moved_is_found_at_the_next_start(folder, statements):
    written(folder)
    changed(folder, *statements)

    with pytest.raises(errors.ConfigError, match="changed from outside"):
        Journal(folder)


@pytest.mark.parametrize("statements", TAMPERINGS.values(), ids=TAMPERINGS)
def test_and_by_looking_at_the_whole_log_while_it_is_open(folder, statements):
    written(folder)
    log = Journal(folder)
    assert log.problem() is None
    changed(folder, *statements)

    assert log.problem() is not None


def test_a_log_that_goes_on_meanwhile_is_whole(folder, monkeypatch):
    other, entries = Journal(folder), Journal._entries
    steps = [other.plan(wish(sent={"n": str(number)})) for number in range(9)]

    def watched(log, skip=0):
        yield from entries(log, skip)
        other.end(steps.pop(), "confirmed")  # by another process, while this one looks

    monkeypatch.setattr(Journal, "_entries", watched)
    assert Journal(folder).problem() is None


def test_an_old_entry_is_checked_by_the_whole_look_only(folder, monkeypatch):
    monkeypatch.setattr(module, "_CHECKED_AT_OPENING", 4)
    written(folder)
    changed(folder, *TAMPERINGS["a state"])

    assert Journal(folder).problem() == "entry 3 is not what was written"


@pytest.mark.parametrize("statement", ["UPDATE events SET state = 'x'", "DELETE FROM events"])
def test_the_log_refuses_to_be_changed_by_mistake(folder, statement):
    log = Journal(folder)
    log.plan(wish())

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        log._db.execute(statement)


@pytest.fixture(scope="module")
def whole_log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log") / "state"
    written(folder, writes=2)
    return folder


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_single_change_of_any_entry_is_found(whole_log, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("log") / "state"
    shutil.copytree(whole_log, folder)
    seq = data.draw(st.integers(1, 8))
    column, value = data.draw(
        st.one_of(
            st.tuples(st.sampled_from(["at", "write_id"]), st.integers(1, 10**12)),
            st.tuples(st.sampled_from(["state", "data", "hash"]), st.text(st.characters(codec="ascii"), max_size=9)),
        )
    )
    db = sqlite3.connect(folder / FILE)
    db.execute("DROP TRIGGER events_are_not_changed")
    [[before]] = db.execute(f"SELECT {column} FROM events WHERE seq = ?", (seq,))  # noqa: S608
    db.execute(f"UPDATE events SET {column} = ? WHERE seq = ?", (value, seq))  # noqa: S608
    db.commit()
    db.close()

    if before == value:
        assert Journal(folder).problem() is None
    else:
        with pytest.raises(errors.ConfigError):
            Journal(folder)


# -- files that can't be used -----------------------------------------------------------------------------------------


def test_another_programs_database_is_refused_and_left_alone(folder):
    folder.mkdir(0o700)
    db = sqlite3.connect(folder / FILE)
    db.execute("CREATE TABLE theirs (a)")
    db.close()
    (folder / FILE).chmod(0o600)

    with pytest.raises(errors.ConfigError, match="another program"):
        Journal(folder)
    assert sqlite3.connect(folder / FILE).execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_log_of_another_version_is_refused(folder):
    written(folder)
    changed(folder, "PRAGMA user_version = 2")

    with pytest.raises(errors.ConfigError, match="version 2, this is 1"):
        Journal(folder)


def test_what_is_no_database_is_refused(folder):
    folder.mkdir(0o700)
    (folder / FILE).write_bytes(b"not a database, but long enough to be read as one" * 40)
    (folder / FILE).chmod(0o600)

    with pytest.raises(errors.ConfigError, match="no write log that can be used"):
        Journal(folder)


def test_a_damaged_file_is_refused_with_a_typed_error(folder):
    written(folder, writes=20)
    file = folder / FILE
    db = sqlite3.connect(file)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with open(file, "r+b") as raw:
        raw.seek(4096)  # the first page tells that it is a log of ours
        raw.write(b"\xff" * (file.stat().st_size - 4096))

    with pytest.raises(errors.ConfigError, match=str(file)):
        Journal(folder)


def test_a_log_that_is_damaged_while_it_is_open_is_a_typed_error(folder):
    log = Journal(folder)
    log.plan(wish())
    changed(folder, "DROP TABLE writes")

    with pytest.raises(errors.ConfigError, match="can't be read"):
        log.writes()


def test_a_head_that_lags_behind_is_no_fault(folder):
    log = Journal(folder)
    number = log.plan(wish())
    behind = (folder / HEAD).read_bytes()
    log.sending(number)
    log._db.close()
    (folder / HEAD).write_bytes(behind)  # as after a crash between the commit and the note

    assert Journal(folder).problem() is None


# -- a write that can't be journaled is not sent ----------------------------------------------------------------------


def test_a_full_disk_refuses_the_plan_and_keeps_the_log_whole(folder):
    log = Journal(folder)
    number = log.plan(wish())
    [pages] = log._db.execute("PRAGMA page_count").fetchone()
    log._db.execute(f"PRAGMA max_page_count = {pages}")
    huge = {"note": "x" * 200_000}

    with pytest.raises(errors.SafetyRefused, match=r"full.*not sent"):
        log.plan(wish(sent=huge))
    assert not log.end(number, "confirmed", words="x" * 200_000)
    assert log.write(number).state == "planned"
    log._db.execute("PRAGMA max_page_count = 100000")
    assert log.plan(wish(sent=huge)) == number + 1
    assert log.problem() is None


def limited(folder: Path, work):
    """What happens where a file may not grow."""
    log = Journal(folder)
    number = log.plan(wish())
    largest = max(file.stat().st_size for file in folder.iterdir())
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, most))
    try:
        return work(log, number)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        log.release(number)


def test_where_files_may_not_grow_nothing_is_planned_nor_sent(folder):
    def work(log, number):
        refused = []
        for step in (lambda: log.sending(number), lambda: log.plan(wish(sent={}))):
            try:
                step()
            except errors.SafetyRefused as error:
                refused.append(error.message)
        return refused, log.end(number, "confirmed")

    refused, ended = in_a_child(limited, folder, work)

    assert len(refused) == 2
    assert all("not sent" in message for message in refused)
    assert ended is False
    assert states(folder) == ["planned"]
    assert Journal(folder).problem() is None


def test_a_step_that_failed_is_not_noted_as_the_end_of_the_log(folder):
    assert in_a_child(limited, folder, lambda log, number: log.end(number, "confirmed")) is False

    assert Journal(folder).problem() is None
    assert Journal(folder).take_over(1).state == "planned"


def test_a_folder_that_is_read_only_refuses_the_log(tmp_path):
    folder = tmp_path / "state"
    written(folder)
    for directory in (*tmp_path.parents, tmp_path):
        if directory.stat().st_uid == os.getuid() and directory.is_relative_to(tmp_path.parents[1]):
            directory.chmod(0o711)

    def work():
        if os.getuid() == 0:  # who may write everywhere
            for path in (folder, *folder.iterdir()):
                os.chown(path, 65534, 65534)
            os.setuid(65534)
        for path in folder.iterdir():
            path.chmod(0o400)
        folder.chmod(0o500)
        try:
            return Journal(folder).plan(wish())
        except errors.UnifiedCopyError as error:
            return type(error).__name__, error.outcome

    assert in_a_child(work) == ("ConfigError", "not_sent")


def test_a_log_that_another_process_has_locked_refuses_the_write(folder):
    log = Journal(folder)
    log._db.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(errors.SafetyRefused, match=r"locked.*not sent"):
        log.plan(wish())
    other.execute("ROLLBACK")
    assert log.plan(wish()) == 1


def test_a_log_that_can_not_be_opened_now_is_not_said_to_be_broken(folder, monkeypatch):
    Journal(folder)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *which, **how: connect(*which, **{**how, "timeout": 0}))

    with pytest.raises(errors.ConfigError, match="locked") as caught:
        Journal(folder)
    assert "move it away" not in caught.value.message


def test_without_a_folder_the_log_is_in_memory_and_works_alike():
    log = Journal()
    number = log.plan(wish())

    assert not log.durable
    with pytest.raises(errors.SafetyRefused):
        log.plan(wish())
    assert log.end(number, "confirmed")
    assert log.problem() is None


def test_processes_that_open_a_new_log_at_the_same_moment_all_get_it(tmp_path):
    """Setting the mode of the file waits for nobody by itself."""
    assert opened_at_once(Journal, tmp_path) == ["opened"] * 30
