"""Opens the stores: one of a kind in each event loop, closed with the last of its users."""

from __future__ import annotations

import asyncio
from pathlib import Path
from weakref import WeakKeyDictionary, WeakValueDictionary

from ..errors import ConfigError
from .memory import MemoryStore
from .store import Store

Where = Path | str | None
"""A state folder, the address of a Redis, or the memory of the event loop."""
SCHEMES = ("redis://", "rediss://", "unix://")


class Shared:
    """A store, and who waits for it."""

    def __init__(self, store: Store, where: Where) -> None:
        self.store, self.where, self.users = store, where, 0
        self.queues: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()
        """First come, first served: the first of a queue asks the store, the others wait for it."""


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Where, Shared]] = WeakKeyDictionary()


def shared(where: Where) -> Shared:
    """The store of this event loop, for one user more."""
    stores = _of_loop.setdefault(asyncio.get_running_loop(), {})
    if where not in stores:
        stores[where] = Shared(_opened(where), where)
    stores[where].users += 1
    return stores[where]


async def released(found: Shared) -> None:
    """One user less. What is in memory stays: a ban outlives who met it."""
    found.users -= 1
    if found.users == 0 and found.where is not None:
        _of_loop.get(asyncio.get_running_loop(), {}).pop(found.where, None)
        await found.store.close()


def checked(limits: str | None, folder: Path | None) -> Where:
    """Where the windows are kept, as ``connect(limits=…)`` says it.

    Raises:
        ConfigError: it is no address of Redis, or the extra is missing.
    """
    if limits is None:
        return folder
    if not isinstance(limits, str) or not limits.startswith(SCHEMES):
        raise ConfigError(f"limits: pass None or the address of a Redis, {SCHEMES[0]}… (what was passed is not shown)")
    _opened(limits)  # it connects only when it is used
    return limits


def _opened(where: Where) -> Store:
    # Imported late: few programs need more than memory.
    if where is None:
        return MemoryStore()
    if isinstance(where, Path):
        from .sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(where)
    from .redis import RedisStore  # noqa: PLC0415

    return RedisStore(where)
