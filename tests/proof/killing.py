"""Runs tests against a changed module, each time in a process of its own; the files on disk are never touched."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType
from typing import NamedTuple

_HEAVY = ("pytest", "pytest_asyncio", "hypothesis", "hypothesis.strategies", "aiohttp", "msgspec", "orjson", "stamina",
          "pyrate_limiter", "sqlite3", "cryptography.hazmat.primitives.serialization", "multiprocessing")  # fmt: skip
"""Imported once, before the processes part; nothing of what is tested may be among them."""
_PATIENCE, _ALWAYS = 3, 10
"""How many times as long as usual a run may take, and the seconds that it may take in any case."""


class Change(NamedTuple):
    """A module's file, and the text that stands for it."""

    file: str
    source: str


class Run(NamedTuple):
    """How the tests ended."""

    passed: bool
    timed_out: bool
    seconds: float
    worked: float
    """Seconds of processor time: what a busy machine does not change."""
    output: str


class Limits(NamedTuple):
    """Seconds by the clock, for what waits for ever, and of processor time, for what runs for ever."""

    lasts: float
    works: float


class Runner:
    """Runs the tests of a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        for name in _HEAVY:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)

    def unchanged(self, same: Change, tests: Sequence[str]) -> Run:
        """The tests on the code as it is, put in its own place as a change is."""
        return next(self._runs([same], tests, Limits(600, 600), jobs=1))

    def changed(self, changes: Sequence[Change], tests: Sequence[str], usual: Run, jobs: int) -> Iterator[Run]:
        """The tests on each change, in this order; ``usual`` is how they run on the code as it is."""
        limits = Limits(_ALWAYS + _PATIENCE * usual.seconds, _ALWAYS + _PATIENCE * usual.worked)
        return self._runs(changes, tests, limits, jobs)

    def _runs(self, changes: Sequence[Change], tests: Sequence[str], limits: Limits, jobs: int) -> Iterator[Run]:
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            Path(folder).chmod(0o711)  # some tests become another user
            waiting = list(enumerate(changes))
            under_way: dict[int, _Child] = {}
            ended: dict[int, Run] = {}
            for wanted in range(len(changes)):
                while wanted not in ended:
                    while waiting and len(under_way) < jobs:
                        number, change = waiting.pop(0)
                        under_way[number] = _Child(self._root, change, tests, Path(folder) / str(number), limits)
                    time.sleep(0.01)
                    ended |= {number: run for number, child in under_way.items() if (run := child.ended()) is not None}
                    under_way = {number: child for number, child in under_way.items() if number not in ended}
                yield ended.pop(wanted)


class _Child:
    """One process with one change."""

    def __init__(self, root: Path, change: Change, tests: Sequence[str], place: Path, limits: Limits) -> None:
        place.mkdir()
        self._output = place / "output"
        self._begun, self._lasts = time.monotonic(), limits.lasts
        self._pid = os.fork()
        if not self._pid:
            resource.setrlimit(resource.RLIMIT_CPU, (int(limits.works), int(limits.works) + 5))
            _play(root, change, tests, place)

    def ended(self) -> Run | None:
        lasted = time.monotonic() - self._begun
        pid, status, used = os.wait4(self._pid, os.WNOHANG)
        late = not pid and lasted > self._lasts
        if not pid and not late:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)  # also what the tests left running
        if late:
            _, status, used = os.wait4(self._pid, 0)
        late |= os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
        output = self._output.read_text(errors="replace") if self._output.exists() else ""
        return Run(status == 0, late, lasted, used.ru_utime + used.ru_stime, output)


def _play(root: Path, change: Change, tests: Sequence[str], place: Path) -> None:
    """The child's whole life; it never returns."""
    code = 70
    try:
        os.setsid()
        output = os.open(place / "output", os.O_WRONLY | os.O_CREAT, 0o600)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.chdir(root)
        sys.path.insert(0, str(root))
        sys.meta_path.insert(0, _Changed(root, change))
        code = _tests_pass(tests, place)
    except BaseException:  # the child must end here, whatever happens
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _tests_pass(tests: Sequence[str], place: Path) -> int:
    import pytest
    from hypothesis import Phase, settings

    # A counterexample is enough, nobody reads the smallest one.
    settings.register_profile("killing", phases=[Phase.explicit, Phase.generate], database=None, derandomize=True)
    options = ["-x", "-p", "no:cacheprovider", f"--basetemp={place / 'tmp'}", "--hypothesis-profile=killing"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # the parent has its plugins loaded already
    return int(pytest.main([*options, *tests]))


class _Changed(importlib.abc.MetaPathFinder):
    """Finds the changed module before the one on disk."""

    def __init__(self, root: Path, change: Change) -> None:
        self._path, self._source = root / change.file, change.source
        self._name = ".".join(Path(change.file).with_suffix("").parts).removesuffix(".__init__")

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=_Loader(name, self._path, self._source))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")
