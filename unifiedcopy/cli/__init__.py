"""The ``unifiedcopy`` command (extra ``[cli]``)."""

from __future__ import annotations

import sys

_NEEDED = ("typer", "rich", "platformdirs")


def main() -> None:
    """The entry point; without the extra it says how to get it."""
    try:
        from .app import run  # noqa: PLC0415 (the packages of the extra)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write("the command needs its extra: pip install 'unifiedcopy[cli]'\n")
        sys.exit(4)
    run()
