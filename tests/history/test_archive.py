"""Old days in Parquet: exact, by venue and day, in the database or in the files, and never in both or neither."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.history.made import DAY, NEW_YEAR, position, reading, snapshot
from unifiedcopy import FollowedLeader, History
from unifiedcopy.errors import ConfigError, HistoryError
from unifiedcopy.history import archive as archive_module

dataset = pytest.importorskip("pyarrow.dataset", reason="pyarrow is not installed (extra [data])")


async def filled(history: History, days: int = 3, **more) -> None:
    """Two snapshots a day of an account at each of two venues."""
    leader = FollowedLeader("plain/v1", "main", "7", "Ann")
    for number in range(days * 2):
        at = NEW_YEAR + number * DAY // 2
        plain = reading(positions=(position(number, **more), position(number + 100)), following=(leader,))
        other = reading(exchange="other/v1", positions=(position(number, exchange="other/v1"),))
        await history.add(snapshot(at, plain, other))


def table(folder: Path, name: str = "positions"):
    """All files as one table, as other tools read them."""
    return dataset.dataset(folder / name, partitioning="hive", format="parquet").to_table()


async def test_whole_days_move_by_venue_and_date_with_every_digit(place, tmp_path):
    async with History(place) as history:
        await filled(history, size=Decimal("0.123456789012345678"))
        made = await history.archive(tmp_path / "archive", NEW_YEAR + 2 * DAY + DAY // 2)
        found = table(tmp_path / "archive")
        left = [entry.id for entry in await history.snapshots()]
        async with history.store.work() as work:
            rest = [len(await work.fetch(f"SELECT 1 FROM {name}")) for name in ("positions", "following")]  # noqa: S608

        assert rest == [6, 2]
        assert len(await history.equity()) == 1
        assert len((await history.snapshot(left[-1])).positions) == 3
        with pytest.raises(HistoryError, match="are in the archive"):
            await history.snapshot(left[0])

    assert {path.relative_to(tmp_path / "archive").parent.as_posix() for path in made} == {
        f"{name}/venue={venue}/date=2026-01-0{day}"
        for day in (1, 2)
        for name, venue in (("positions", "plain"), ("positions", "other"), ("following", "plain"))
    }
    assert found.num_rows == 12
    assert set(found["date"].to_pylist()) == {"2026-01-01", "2026-01-02"}
    assert Decimal("0.123456789012345678") in found["size"].to_pylist()
    assert str(found["size"].type) == "decimal128(38, 18)"
    assert sorted(set(found["taken_at"].to_pylist())) == [NEW_YEAR + half * DAY // 2 for half in range(4)]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in made)


async def test_a_number_that_is_too_fine_makes_text_of_its_column_on_that_day(place, tmp_path):
    async with History(place) as history:
        await filled(history, 1, size=Decimal("1E-19"))
        await history.archive(tmp_path / "archive", NEW_YEAR + DAY)
    found = table(tmp_path / "archive" / "positions" / "venue=plain", "date=2026-01-01")

    assert set(found["size"].to_pylist()) == {"0.0000000000000000001", "0.500"}


async def test_what_is_archived_is_not_archived_again(place, tmp_path):
    async with History(place) as history:
        await filled(history, 1)
        assert await history.archive(tmp_path / "archive", NEW_YEAR + DAY)
        assert await history.archive(tmp_path / "archive", NEW_YEAR + DAY) == []

    assert table(tmp_path / "archive").num_rows == 6


async def test_a_day_that_is_not_over_stays(place, tmp_path):
    async with History(place) as history:
        await filled(history, 1)

        assert await history.archive(tmp_path / "archive", NEW_YEAR + DAY - 1) == []


async def test_after_a_crash_before_the_rows_are_removed_nothing_is_there_twice(place, tmp_path, monkeypatch):
    """The files of the run that died are not listed; a snapshot that came meanwhile changes their name."""

    async def dies(*_: object) -> None:
        raise HistoryError("the database is gone")

    async with History(place) as history:
        await filled(history, 1)
        with monkeypatch.context() as patch:
            patch.setattr(archive_module, "_move", dies)
            with pytest.raises(HistoryError):
                await history.archive(tmp_path / "archive", NEW_YEAR + DAY)
        assert len((await history.snapshot(1)).positions) == 3
        await history.add(snapshot(NEW_YEAR + DAY - 1, reading(positions=(position(55),))))
        await history.archive(tmp_path / "archive", NEW_YEAR + DAY)

    assert sorted(table(tmp_path / "archive")["id"].to_pylist()) == ["0", "0", "1", "1", "100", "101", "55"]


async def test_a_full_disk_leaves_the_day_in_the_database_and_no_file(place, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    async with History(place) as history:
        await filled(history, 1)
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(ConfigError, match="No space left on device"):
            await history.archive(tmp_path / "archive", NEW_YEAR + DAY)
        monkeypatch.undo()

        assert len((await history.snapshot(1)).positions) == 3
    assert [file for file in (tmp_path / "archive").rglob("*") if file.is_file()] == []


async def test_a_venue_that_is_named_like_a_path_makes_no_folder_elsewhere(place, tmp_path):
    evil = reading(exchange="..", positions=(position(exchange=".."),))
    async with History(place) as history:
        await history.add(snapshot(NEW_YEAR, evil))
        [path] = await history.archive(tmp_path / "archive", NEW_YEAR + DAY)

    assert path.parent.parent.name == "venue=.."
    assert path.resolve().is_relative_to(tmp_path / "archive")


async def test_without_pyarrow_the_extra_is_named(place, tmp_path, monkeypatch):
    import sys

    async with History(place) as history:
        await filled(history, 1)
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(ConfigError, match=r"pip install 'unifiedcopy\[data\]'"):
            await history.archive(tmp_path / "archive", NEW_YEAR + DAY)
