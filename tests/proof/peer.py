"""A library's limiter in place of ours, on the same budget: in its windows a place counts from its grant."""

from __future__ import annotations

from pathlib import Path

NAME = "pyrate-limiter, one file"


class Peer:
    """pyrate-limiter's SQLite bucket, as its own factory makes it for several processes."""

    def __init__(self, file: Path, requests: int, seconds: int) -> None:
        from pyrate_limiter.limiter_factory import create_sqlite_limiter

        self._limiter = create_sqlite_limiter(requests, seconds * 1_000, str(file), use_file_lock=True)

    async def enter(self, name: str, *, writes: bool = False) -> None:
        await self._limiter.try_acquire_async("window")

    async def leave(self, taken: None) -> None: ...

    async def told(self, *said: object) -> None: ...

    async def refused(self, *said: object) -> None: ...

    async def close(self) -> None: ...


def installed() -> bool:
    """Whether the extra ``proof`` is there."""
    try:
        import filelock  # noqa: F401
        import pyrate_limiter  # noqa: F401
    except ImportError:
        return False
    return True
