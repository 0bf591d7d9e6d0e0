"""The three places where windows are kept, each real."""

import itertools
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unifiedcopy.limiting.shared import Where


@pytest.fixture(scope="session")
def redis(tmp_path_factory) -> Iterator[str]:
    """The address of a Redis of our own."""
    pytest.importorskip("redis", reason="needs the extra: pip install 'unifiedcopy[redis]'")
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("needs a redis-server on this machine (apt-get install redis-server)")
    address = tmp_path_factory.mktemp("redis") / "socket"
    command = [server, "--port", "0", "--unixsocket", str(address), "--save", "", "--dir", str(address.parent)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not _listens(address) and running.poll() is None:
        time.sleep(0.01)
    yield f"unix://{address}"
    running.terminate()
    running.wait()


def _listens(path: Path) -> bool:
    """A socket is there a moment before anybody listens at it."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


_databases = itertools.count()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def where(request, tmp_path) -> Where:
    """An empty place."""
    if request.param == "redis":
        return f"{request.getfixturevalue('redis')}?db={next(_databases) % 16}"
    return {"memory": None, "sqlite": Path(tmp_path) / "state"}[request.param]
