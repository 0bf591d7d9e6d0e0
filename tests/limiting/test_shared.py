"""One store of a kind in each event loop, as long as somebody uses it."""

import asyncio

import pytest

from unifiedcopy import errors
from unifiedcopy.limiting.memory import MemoryStore
from unifiedcopy.limiting.shared import checked, released, shared
from unifiedcopy.limiting.sqlite import SqliteStore
from unifiedcopy.limiting.store import StoreTrouble, Taken


async def test_who_names_the_same_place_has_the_same_store(tmp_path):
    file, again, other, memory = (shared(where) for where in (tmp_path / "a", tmp_path / "a", tmp_path / "b", None))

    assert file is again
    assert (type(file.store), type(memory.store)) == (SqliteStore, MemoryStore)
    assert len({file, other, memory}) == 3
    for one in (file, again, other, memory):
        await released(one)


async def test_a_file_is_closed_with_the_last_of_its_users_and_opened_again_for_the_next(tmp_path):
    first, second = shared(tmp_path / "a"), shared(tmp_path / "a")
    await released(first)
    assert isinstance(await second.store.take((), ()), Taken)
    await released(second)
    with pytest.raises(StoreTrouble):
        await second.store.take((), ())

    third = shared(tmp_path / "a")

    assert third is not first
    assert isinstance(await third.store.take((), ()), Taken)
    await released(third)


async def test_what_is_in_memory_outlives_its_users():
    first = shared(None)
    await released(first)

    assert shared(None) is first
    await released(first)


def test_another_event_loop_has_stores_of_its_own():
    async def opened():
        found = shared(None)
        await released(found)
        return found

    assert asyncio.run(opened()) is not asyncio.run(opened())


def test_without_an_address_the_state_folder_is_the_place(tmp_path):
    assert checked(None, tmp_path) == tmp_path
    assert checked(None, None) is None
    with pytest.raises(errors.ConfigError, match=r"the address of a Redis, redis://…"):
        checked("http://host", tmp_path)
