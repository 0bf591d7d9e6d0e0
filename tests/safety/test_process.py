import os
import socket
import subprocess
import sys

import pytest

from unifiedcopy.safety.process import alive, this_process

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # from 3.12 on
LINUX = os.path.isdir("/proc/self")


def name_of(pid: int, started: str) -> str:
    return f"{socket.gethostname()}:{pid}:{started}"


def test_this_process_lives_and_is_named_by_host_number_and_start():
    assert alive(this_process())
    assert this_process().startswith(f"{socket.gethostname()}:{os.getpid()}:")


def test_a_process_that_ended_is_dead():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert not alive(name_of(child.pid, "1"))


@pytest.mark.skipif(not LINUX, reason="the start of a process is read from /proc")
def test_a_number_that_was_given_again_is_another_process():
    _, pid, started = this_process().rsplit(":", 2)

    assert not alive(name_of(int(pid), str(int(started) - 1)))


@pytest.mark.skipif(not LINUX, reason="states of processes are read from /proc")
def test_a_process_that_ended_and_was_not_collected_is_dead():
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    with open(f"/proc/{child.pid}/stat", encoding="utf-8") as file:
        started = file.read().rpartition(")")[2].split()[19]
    assert alive(name_of(child.pid, started))
    os.kill(child.pid, 9)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now, and stays one

    assert not alive(name_of(child.pid, started))
    child.communicate()


def test_a_forked_process_has_a_name_of_its_own():
    ours, theirs = os.pipe()
    if not (pid := os.fork()):
        os.write(theirs, this_process().encode())
        os._exit(0)
    os.waitpid(pid, 0)

    assert os.read(ours, 200).decode().split(":")[-2] == str(pid)


def test_nobody_can_tell_of_another_host_so_it_counts_as_living():
    assert alive("elsewhere.example:1:1")


def test_without_a_start_the_number_alone_decides():
    assert alive(name_of(os.getpid(), ""))


def test_another_users_process_lives(monkeypatch):
    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)

    assert alive(this_process())
