"""Files and databases that are not what they should be, full, or gone: clear words, and nothing half written."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.history.made import NEW_YEAR, position, reading, snapshot
from unifiedcopy import History
from unifiedcopy.errors import ConfigError, HistoryError
from unifiedcopy.history import sqlite as sqlite_store
from unifiedcopy.history.sqlite import APPLICATION_ID
from unifiedcopy.history.tables import SQLITE, VERSION, statements

ROOT = Path(__file__).resolve().parents[2]
BIG = snapshot(NEW_YEAR, reading(positions=tuple(map(position, range(20_000)))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    path.mkdir(mode=0o700)
    return path


def made(path: Path, *statements: str) -> Path:
    """A SQLite file of somebody's."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    path.chmod(0o600)
    return path


async def opened(place) -> None:
    async with History(place):
        pass


# -- a file that is not ours ------------------------------------------------------------------------------------------


async def test_the_file_is_its_owners_alone_and_other_tools_know_what_it_is(tmp_path):
    path = tmp_path / "new" / "history.db"
    async with History(path) as history:
        await history.add(snapshot(NEW_YEAR, reading()))
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        seen = reader.execute("SELECT taken_at, exchange, account, equity FROM balance_history").fetchall()
        marks = [reader.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        reader.close()

    assert modes == {"history.db": 0o600, "history.db-wal": 0o600, "history.db-shm": 0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert seen == [(NEW_YEAR, "plain/v1", "main", "100")]
    assert marks == [APPLICATION_ID, VERSION]
    assert [file.name for file in path.parent.iterdir()] == ["history.db"]


async def test_another_programs_file_is_refused_and_stays_as_it_was(folder):
    path = made(folder / "other.db", "CREATE TABLE theirs (x)")
    before = path.read_bytes()

    with pytest.raises(HistoryError, match=r"other\.db is a database of another program; name another file"):
        await opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("version", "cure"), [(VERSION + 1, "update unifiedcopy"), (0, "read it with the release that wrote it")]
)
async def test_a_history_of_another_release_is_refused_with_a_cure(folder, version, cure):
    path = made(folder / "h.db", f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {version}")

    with pytest.raises(HistoryError, match=f"its layout is {version}, this release knows {VERSION}.*{cure}"):
        await opened(path)


async def test_a_file_that_is_no_database_is_refused_and_stays_as_it_was(folder):
    path = folder / "notes.txt"
    path.write_text("my notes, which are longer than the header of a database would be" * 10)
    path.chmod(0o600)
    before = path.read_bytes()

    with pytest.raises(HistoryError, match="not a history, nor any SQLite file"):
        await opened(path)
    assert path.read_bytes() == before


async def test_a_link_is_refused(folder):
    (folder / "link.db").symlink_to(made(folder / "real.db", "CREATE TABLE theirs (x)"))

    with pytest.raises(ConfigError, match="symbolic link"):
        await opened(folder / "link.db")


@pytest.mark.parametrize("what", ["folder", "file"])
async def test_what_others_can_read_is_refused(folder, what):
    path = folder / "h.db"
    await opened(path)
    (folder if what == "folder" else path).chmod(0o755 if what == "folder" else 0o644)

    with pytest.raises(ConfigError, match="others can read or change"):
        await opened(path)


async def test_a_folder_in_the_place_of_the_file_is_refused(folder):
    (folder / "h.db").mkdir()

    with pytest.raises(ConfigError, match="is not a file"):
        await opened(folder / "h.db")


def test_a_changed_layout_has_a_new_version():
    """When this fails: files of the layout before are out there. Raise VERSION, think of them, and set the digest."""
    import hashlib

    digest = hashlib.sha256("\n".join(statements(SQLITE)).encode()).hexdigest()[:16]

    assert (VERSION, digest) == (1, "c172e262396cea2a")


# -- full, gone, killed -----------------------------------------------------------------------------------------------


async def test_a_full_file_takes_nothing_of_a_snapshot_and_goes_on_when_there_is_room(folder):
    async with History(folder / "h.db") as history:
        await history.add(snapshot(NEW_YEAR - 1, reading()))
        pages = "PRAGMA max_page_count = {}"
        await history.store.run(lambda: history.store.connection.execute(pages.format(20)).fetchall())
        with pytest.raises(HistoryError, match=r"the disk is full .*free some space; nothing was stored"):
            await history.add(BIG)
        await history.store.run(lambda: history.store.connection.execute(pages.format(10**6)).fetchall())

        assert len(await history.snapshots()) == 1
        assert await history.snapshot(await history.add(BIG)) == BIG


CHILD = """
    import asyncio, pathlib, resource, sys
    from tests.history.test_bad_places import BIG
    from tests.history.made import NEW_YEAR, reading, snapshot
    from unifiedcopy import History

    async def main():
        async with History(pathlib.Path(sys.argv[1])) as history:
            await history.add(snapshot(NEW_YEAR - 1, reading()))
            {}

    asyncio.run(main())
"""


def child(path: Path, then: str) -> subprocess.CompletedProcess[str]:
    """A process that stores one snapshot, then does something."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD).format(then), path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


async def stored(path: Path) -> list[int]:
    async with History(path) as history:
        return [entry.taken_at for entry in await history.snapshots()]


async def test_a_disk_that_refuses_to_take_more_is_told(folder):
    then = "resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)); await history.add(BIG)"
    done = child(folder / "h.db", then)

    assert "HistoryError" in done.stderr
    assert "nothing was stored" in done.stderr
    assert await stored(folder / "h.db") == [NEW_YEAR - 1]


@pytest.mark.parametrize("turns", [3, 5, 7])
async def test_a_process_that_is_killed_while_it_writes_leaves_whole_snapshots(folder, turns):
    done = child(
        folder / "h.db",
        f"adding = asyncio.ensure_future(history.add(BIG)); await asyncio.sleep({turns * 0.02}); "
        "import os; os.kill(os.getpid(), 9)",
    )

    assert done.returncode == -9
    async with History(folder / "h.db") as history:
        found = [await history.snapshot(entry.id) for entry in await history.snapshots()]
    assert found[1:] in ([], [BIG])


@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_a_file_that_is_gone_in_the_middle_is_told_and_not_written_into_the_void(folder, how):
    path = folder / "h.db"
    async with History(path) as history:
        await history.add(snapshot(NEW_YEAR, reading()))
        path.unlink()
        if how == "replaced":
            made(path, "CREATE TABLE theirs (x)")
        with pytest.raises(HistoryError, match=r"h\.db was removed or replaced while in use.*open it again"):
            await history.add(snapshot(NEW_YEAR + 1, reading()))


async def test_a_file_that_another_process_holds_is_waited_for_and_then_told(folder, monkeypatch):
    monkeypatch.setattr(sqlite_store, "PATIENCE", 0)
    async with History(folder / "h.db") as history:
        other = sqlite3.connect(folder / "h.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="another process is writing"):
            await history.add(snapshot(NEW_YEAR, reading()))
        other.execute("ROLLBACK")
        other.close()

        assert await history.add(snapshot(NEW_YEAR, reading())) > 0


# -- PostgreSQL -------------------------------------------------------------------------------------------------------


def database(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


async def test_a_schema_of_another_program_is_refused(postgres):
    url = postgres.new()
    postgres.query(database(url), "CREATE SCHEMA unifiedcopy; CREATE TABLE unifiedcopy.theirs (x int)")

    with pytest.raises(HistoryError, match="of another program; name another database"):
        await opened(url)


async def test_a_database_of_another_release_is_refused_with_a_cure(postgres):
    url = postgres.new()
    await opened(url)
    postgres.query(database(url), "UPDATE unifiedcopy.about SET version = version + 1")

    with pytest.raises(HistoryError, match=f"its layout is {VERSION + 1}.*update unifiedcopy"):
        await opened(url)


async def test_money_is_numeric_in_the_database(postgres):
    url = postgres.new()
    async with History(url) as history:
        await history.add(snapshot(NEW_YEAR, reading(equity="100.50"), reading("other", equity="1E-20")))
    found = postgres.query(database(url), "SELECT sum(equity), pg_typeof(sum(equity)) FROM unifiedcopy.balance_history")

    assert found == "100.50000000000000000001|numeric"


async def test_a_leaders_name_that_the_database_can_not_hold_does_not_stop_a_snapshot(postgres):
    async with History(postgres.new()) as history:
        number = await history.add(snapshot(NEW_YEAR, reading(positions=(position(leader_name="A\0nn"),))))

        assert [row.leader_name for row in (await history.snapshot(number)).positions] == ["A\ufffdnn"]


async def test_a_database_that_goes_away_in_the_middle_is_told_and_used_again_when_it_is_back(postgres):
    async with History(postgres.new()) as history:
        await history.add(snapshot(NEW_YEAR, reading()))
        postgres.stop()
        with pytest.raises(HistoryError, match="nothing was stored"):
            await history.add(BIG)
        with pytest.raises(HistoryError, match=r"can't be reached .*nothing was stored, try again"):
            await history.snapshots()
        postgres.start()

        assert [entry.taken_at for entry in await history.snapshots()] == [NEW_YEAR]
        assert await history.snapshot(await history.add(BIG)) == BIG


async def test_a_connection_that_is_cut_while_it_writes_leaves_nothing(postgres):
    url = postgres.new()
    async with History(url) as history, History(url) as other:
        async with other.store.work() as work:
            [[process]] = await work.fetch(
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )

        async def write() -> None:
            async with history.store.work(writes=True) as work:
                await work.execute("INSERT INTO snapshots (taken_at, key) VALUES (1, 'half')")
                postgres.query(database(url), f"SELECT pg_terminate_backend({process})")
                await work.execute("INSERT INTO snapshots (taken_at, key) VALUES (2, 'half')")

        with pytest.raises(HistoryError, match="nothing was stored"):
            await write()
        assert await history.snapshots() == ()


async def test_no_message_holds_the_password():
    with pytest.raises(HistoryError) as caught:
        await opened("postgresql://me:s3cr3t-pass@127.0.0.1:1/history")

    assert "127.0.0.1/history" in str(caught.value)
    assert "s3cr3t-pass" not in repr(caught.value) + str(caught.value)
    assert "s3cr3t-pass" not in repr(History("postgresql://me:s3cr3t-pass@127.0.0.1:1/history").store)


async def test_without_the_driver_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigError, match=r"pip install 'unifiedcopy\[postgres\]'"):
        History("postgresql://127.0.0.1/history")
