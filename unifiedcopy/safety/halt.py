"""The switch that stops new followings: a file of the state folder, which holds until somebody takes it away.

Ending and guarding stays allowed: whoever stops wants out.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
from msgspec import Struct

from .. import errors
from ..models import utc
from ..schema.verbs import LEAD
from .files import private_folder, read_file, replace_file

FILE = "HALTED"
ALLOWED = frozenset(
    f"{side}{verb}"
    for side in ("", LEAD)
    for verb in ("unfollow", "set_tpsl", "close_position", "close_all_positions", "remove_follower")
)
"""What takes risk away, or can't add any; everything else stops."""
_LARGEST = 10_000


class Halted(Struct, frozen=True):
    """Since when, and why."""

    at: int
    """Unix milliseconds."""
    reason: str


class Halt:
    """The switch of one state folder; without a folder there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE if folder is not None else None

    def state(self) -> Halted | None:
        """Whether new followings are stopped. A switch that can't be read counts as on."""
        if self._path is None:
            return None
        try:
            return msgspec.json.decode(read_file(self._path, _LARGEST), type=Halted)
        except FileNotFoundError:
            return None
        except (errors.ConfigError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            return Halted(0, f"{self._path} can't be read: {error}")

    def check(self, operation: str, exchange: str) -> None:
        """
        Raises:
            SafetyRefused: stopped, and the operation may add risk.
        """
        if operation in ALLOWED or self._path is None:
            return
        halted = self.state()
        if halted is not None:
            raise errors.SafetyRefused(
                f"stopped by the kill switch {f'at {utc(halted.at):%Y-%m-%d %H:%M} UTC ' if halted.at else ''}"
                f"({halted.reason}); ending and guarding still works, `unifiedcopy kill --release` lifts it",
                exchange=exchange,
            )

    def turn_on(self, reason: str) -> Halted:
        """Stops new followings from now on, in every process that uses the folder."""
        assert self._path is not None  # noqa: S101 (callers have a folder)
        private_folder(self._path.parent)
        halted = Halted(time.time_ns() // 1_000_000, reason)
        replace_file(self._path, msgspec.json.encode(halted))
        return halted

    def turn_off(self) -> bool:
        """Allows them again; False when it was off."""
        assert self._path is not None  # noqa: S101 (callers have a folder)
        existed = self._path.exists()
        self._path.unlink(missing_ok=True)
        return existed
