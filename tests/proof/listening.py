"""A pytest plugin for the canary run: marks the sandbox's keys and writes down what the tests make the library say.

What pytest shows anyway is read from its output. Heard here are the records of every logger, errors that a test
expects (text, notes, pickle, and a traceback that lists the locals of the library's frames), what commands and
processes print, and receipts, previews and pages.
"""

from __future__ import annotations

import functools
import logging
import os
import pickle
import subprocess
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.credentials import marked
from unifiedcopy.driven.core import Core
from unifiedcopy.sandbox import world

HEARD = "UNIFIEDCOPY_TEST_HEARD"
"""The variable with the file that takes down what is heard."""
PLANTED = "UNIFIEDCOPY_TEST_PLANTED"
"""The variable with texts that are let out on purpose, one a line."""
LIBRARY = str(Path(__file__).resolve().parents[2] / "unifiedcopy")
EMULATOR = str(Path(LIBRARY) / "sandbox")
"""It is the venue: it knows the keys, and its frames are no part of what a user runs."""
CHANNELS = ("stdout", "log", "error", "file")
SERVING = ("sandbox", "demo")
"""Commands that print the sandbox's keys, for somebody to use them."""


def hear(said: object) -> None:
    """Takes something down as it would be printed."""
    with open(os.environ[HEARD], "ab") as file:
        file.write(said if isinstance(said, bytes) else f"{said}".encode(errors="surrogatepass"))
        file.write(b"\n")


def hear_error(error: BaseException) -> None:
    """All that an error can tell."""
    for part in (str(error), repr(error), error.args, vars(error), getattr(error, "__notes__", ())):
        hear(part)
    hear(_pickled(error))
    trace: traceback.TracebackException | None = traceback.TracebackException.from_exception(error, capture_locals=True)
    while trace is not None:
        hear("".join(trace.format_exception_only()))
        for frame in trace.stack:
            if frame.filename.startswith(LIBRARY) and not frame.filename.startswith(EMULATOR):
                hear(f"{frame.filename}:{frame.lineno} {frame.locals}")
        trace = trace.__cause__ or trace.__context__


def _pickled(thing: object) -> bytes:
    try:
        return pickle.dumps(thing)
    except Exception as refusal:  # what can't be pickled is in no pickle
        return str(refusal).encode()


class Ear(logging.Handler):
    """Hears every record, with what was handed over beside its text."""

    def emit(self, record: logging.LogRecord) -> None:
        hear(self.format(record))
        hear({name: value for name, value in vars(record).items() if name != "exc_info"})
        if record.exc_info and record.exc_info[1]:
            hear_error(record.exc_info[1])


def _after(owner: Any, name: str, listen: Callable[..., None]) -> None:
    """Listens to what a method returns."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = method(*arguments, **options)
        listen(result, *arguments)
        return result

    @functools.wraps(method)
    async def awaited(*arguments: Any, **options: Any) -> Any:
        result = await method(*arguments, **options)
        listen(result, *arguments)
        return result

    setattr(owner, name, awaited if method.__code__.co_flags & 0x80 else wrapped)


def pytest_configure() -> None:
    logging.getLogger().addHandler(Ear(logging.DEBUG))
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("ccxt").setLevel(logging.WARNING)  # another client, which prints its keys at DEBUG
    make = world.new_account

    def new_account(*arguments: Any, **options: Any) -> Any:
        account = make(*arguments, **options)
        marks = {name: marked(value[16:-16] or value) for name, value in account.credentials.items()}
        return replace(account, **marks)

    world.new_account = new_account  # type: ignore[attr-defined]
    _after(pytest.RaisesExc, "__exit__", lambda _, __, ___, error, *____: error and hear_error(error))
    _after(pytest.CaptureFixture, "readouterr", lambda spoken, *_: (hear(spoken.out), hear(spoken.err)))
    _after(CliRunner, "invoke", lambda result, *_: (hear(result.output), hear(result.stdout), hear(result.exception)))
    _after(subprocess.Popen, "communicate", _hear_process)
    _after(Core, "write", lambda receipt, *_: (hear(receipt), hear(_pickled(receipt))))
    _after(Core, "preview", lambda preview, *_: hear(preview))
    _after(Core, "read", lambda page, *_: (hear(page.withheld), hear(page.drift), hear(_pickled(page))))


def _hear_process(spoken: tuple[Any, Any], process: subprocess.Popen[Any], *_: Any) -> None:
    arguments = process.args if isinstance(process.args, list) else []
    if not set(SERVING) & set(map(str, arguments)):
        for part in spoken:
            hear(part)


@pytest.fixture(autouse=True)
def _canaries_are_planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Lets every planted text out through every channel, once."""
    yield
    planted = os.environ.pop(PLANTED, "")
    for number, text in enumerate(planted.splitlines()):
        tagged = {channel: f"planted:{channel}:{number}: {text}" for channel in CHANNELS}
        print(tagged["stdout"])  # noqa: T201
        logging.getLogger("unifiedcopy").debug("%s", tagged["log"])
        hear_error(ValueError(tagged["error"]))
        (tmp_path_factory.getbasetemp() / f"planted-{number}.db").write_text(tagged["file"])
