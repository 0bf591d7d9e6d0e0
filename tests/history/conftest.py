"""What the tests of stored history share: made-up snapshots, and a PostgreSQL server of their own."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _programs() -> Path | None:
    """Where initdb and postgres are, on the path or where Debian puts them."""
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    folders += [Path(name) for name in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def _user() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    return next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})


class Server:
    """A PostgreSQL server on a socket in a temporary folder, that trusts whoever can reach it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.folder, self._user = programs, folder, _user()
        if self._user is not None:
            shutil.chown(folder, self._user)
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        options = ["-D", self.folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run(self._programs / "initdb", *options)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._run(self._programs / "pg_ctl", "-D", self.folder / "data", "-w", "-o", self._options, "start")

    def stop(self, how: str = "immediate") -> None:
        """Ends it; ``immediate`` is how a machine that loses its power does."""
        self._run(self._programs / "pg_ctl", "-D", self.folder / "data", "-w", "-m", how, "stop")

    def new(self) -> str:
        """The URL of a new, empty database."""
        self._count += 1
        name = f"history{self._count}"
        self.query("postgres", f"CREATE DATABASE {name}")
        return f"postgresql://tester:s3cr3t-pass@/{name}?host={self.folder}"

    def query(self, database: str, statement: str) -> str:
        """What psql says."""
        names = ["-h", self.folder, "-U", "tester", "-d", database]
        return self._run(self._programs / "psql", *names, "-v", "ON_ERROR_STOP=1", "-Atc", statement)

    @property
    def _options(self) -> str:
        return f"-k {self.folder} -c listen_addresses='' -c fsync=off -c autovacuum=off"

    def _run(self, *command: object) -> str:
        log = self.folder / "log"
        with log.open("ab") as errors:
            done = subprocess.run(
                list(map(str, command)),
                stdout=subprocess.PIPE if "pg_ctl" not in str(command[0]) else errors,
                stderr=errors,
                cwd=self.folder,
                user=self._user,
                check=False,
            )
        assert done.returncode == 0, log.read_text()
        return (done.stdout or b"").decode().strip()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server; skipped where none is installed."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed (extra [postgres])")
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (looked for postgres and /usr/lib/postgresql/*/bin)")
    # Not pytest's folder: the server's user may not enter it, and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    server = Server(programs, folder)
    try:
        server.make()
        server.start()
        yield server
        server.stop("fast")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A place for a history: a file in a folder to come, and an empty database."""
    if request.param == "sqlite":
        return tmp_path / "history" / "history.db"
    server: Server = request.getfixturevalue("postgres")
    return server.new()
