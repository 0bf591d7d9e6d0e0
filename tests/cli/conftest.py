"""The command against a real sandbox over sockets; whatever it prints is searched for secrets."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from unifiedcopy.cli.app import app
from unifiedcopy.sandbox import Sandbox, VenueServer

ROOT = Path(__file__).resolve().parents[2]
WIDE = {"COLUMNS": "250", "NO_COLOR": "1"}


class Served:
    """A sandbox in a thread of its own, so that a command may run its own event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.box = Sandbox(seed=7)
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self.do(self.box.__aenter__())
        for venue in self.box:
            self.box[venue].options.limit_factor = 0  # each command counts for itself, the venue counts them all

    def stop(self) -> None:
        self.do(self.box.__aexit__(None, None, None))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def __getitem__(self, venue: str) -> VenueServer:
        return self.box[venue]

    @property
    def secrets(self) -> list[str]:
        accounts = [account for venue in self.box for account in self.box[venue].accounts.values()]
        return [secret for account in accounts for secret in account.credentials.values()]

    def environment(self, venue: str, account: str = "main") -> dict[str, str]:
        """The variables of an account."""
        credentials = self.box[venue].accounts[account].credentials
        return {f"UNIFIEDCOPY_{venue.upper()}_{key.upper()}": value for key, value in credentials.items()}


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    served.start()
    yield served
    served.stop()


class Done:
    """What a command left behind."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, also for commands in processes of their own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("UNIFIEDCOPY_STATE", str(folder))
    return folder


@pytest.fixture
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Runs a command in this process; with ``venue=…`` against the sandbox, with that account's environment."""

    def run(*arguments: str, venue: str | None = None, account: str = "main", **environment: str) -> Done:
        secrets: list[str] = []
        if venue is not None:
            served: Served = request.getfixturevalue("served")
            arguments = (*arguments, "--venue", venue, "--base-url", served[venue].url)
            environment = {**served.environment(venue, account), **environment}
        if "served" in request.fixturenames:
            secrets = request.getfixturevalue("served").secrets
        known = {"UNIFIEDCOPY_PROFILES": str(tmp_path / "profiles.toml")}
        result = CliRunner().invoke(app, arguments, env={**WIDE, **known, **environment})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert [secret for secret in secrets if secret in result.stdout + result.stderr] == []
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def profiles(served: Served, tmp_path: Path) -> Callable[..., Path]:
    """Writes the profiles file: name -> (venue, account, more lines)."""

    def write(*, mode: int = 0o600, **entries: tuple[str, str, str]) -> Path:
        lines = []
        for name, (venue, account, more) in entries.items():
            server = served[venue]
            lines += [f"[profiles.{name}]", f'venue = "{venue}"', f'base_url = "{server.url}"', more]
            lines += [f'{key} = "{value}"' for key, value in server.accounts[account].credentials.items()]
        path = tmp_path / "profiles.toml"
        path.write_text("\n".join(lines))
        path.chmod(mode)
        return path

    return write


def spawn(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "unifiedcopy.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **WIDE, "PYTHONPATH": str(ROOT), **environment},
    )


@pytest.fixture
def process() -> Run:
    """Runs the command as a process, to its end."""

    def run(*arguments: str, **environment: str) -> Done:
        with spawn(*arguments, **environment) as started:
            stdout, stderr = started.communicate(timeout=60)
        return Done(started.returncode, stdout, stderr)

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the command as a process; it is ended with the test."""
    started = []

    def begin(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        started.append(spawn(*arguments, **environment))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            stream.close()
