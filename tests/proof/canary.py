"""No secret comes out: the test suite runs with unique credentials, and every byte of what it leaves is searched.

    python -m tests.proof.canary                        the whole suite
    python -m tests.proof.canary --select tests/cli     a part of it
    python -m tests.proof.canary --plant                also lets canaries out on purpose, each of which must be found

Every key of the sandbox and every credential of the fixtures begins and ends with a mark of this run. Searched for
the marks, in every form that a secret is written or encoded in, are: what pytest and the tests print, every log
record at DEBUG, every error with its notes, its pickle and the locals of the library's frames, what commands and
processes print, receipts, previews, pages, and every file that the run leaves. Not searched: the profiles that tests
write (a file of keys is the user's own), the requests themselves, and what ``unifiedcopy sandbox`` prints for its
user, nor what other clients say that some tests let trade in the sandbox. A process that a test starts is heard by
what it prints, not by its locals.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.credentials import MARKS
from tests.proof.listening import CHANNELS, HEARD, PLANTED
from unifiedcopy.redaction import forms

ROOT = Path(__file__).resolve().parents[2]
MARK_LENGTH = 20
GIVEN_AWAY = 12
"""So much of a mark is a hit: a text may have been cut inside of it."""
OWN_FILES = ("profiles.toml",)
SHOWN = 20
_TAG = re.compile(r"planted:\w+:\d+: $")


class Hit(NamedTuple):
    where: str
    at: int
    before: str


class Searched(NamedTuple):
    size: int
    hits: list[Hit]


def new_mark() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(MARK_LENGTH))


def needles(marks: tuple[str, str]) -> re.Pattern[bytes]:
    """Each mark in every form, and as much of it as gives it away."""
    begin, end = marks
    found = {*forms(begin), *forms(end), begin[:GIVEN_AWAY], end[-GIVEN_AWAY:]}
    return re.compile(b"|".join(re.escape(text.encode()) for text in sorted(found, key=len, reverse=True)))


def left_by(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a run, with its name."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name not in OWN_FILES:
            yield str(path.relative_to(folder)), path.read_bytes()


def search(folder: Path, wanted: re.Pattern[bytes]) -> Searched:
    """Every byte of a run's files; what it printed and what was heard are two of them."""
    size, hits = 0, []
    for name, content in left_by(folder):
        size += len(content) + len(name)
        for hit in wanted.finditer(content):
            before = wanted.sub(b"<canary>", content[max(0, hit.start() - 80) : hit.start()])
            hits.append(Hit(name, hit.start(), before.decode(errors="replace")))
        hits += [Hit(f"the name of {name}", 0, "")] if wanted.search(name.encode()) else []
    return Searched(size, hits)


def run(folder: Path, marks: tuple[str, str], selected: list[str], planted: list[str]) -> int:
    """The suite in a process of its own, everything it leaves under a folder."""
    (folder / "tmp").mkdir()
    environment = {
        **os.environ,
        **dict.fromkeys(("TMPDIR", "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder / "tmp")),
        MARKS: ",".join(marks),
        HEARD: str(folder / "heard"),
        PLANTED: "\n".join(planted),
    }
    told = ["-rA", "--show-capture=all", "--log-level=DEBUG", "-p", "no:cacheprovider", "-p", "tests.proof.listening"]
    command = [sys.executable, "-m", "pytest", *told, f"--basetemp={folder / 'pytest'}", *selected]
    with open(folder / "printed", "wb") as printed:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=printed, stderr=subprocess.STDOUT, check=False, timeout=3600
        )
    return done.returncode


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.canary", description=__doc__.split("\n")[0])
    parser.add_argument("--select", nargs="+", default=[], metavar="TEST", help="only these (as pytest takes them)")
    parser.add_argument("--plant", action="store_true", help="let canaries out on purpose: each must be found")
    chosen = parser.parse_args(arguments)
    marks = (new_mark(), new_mark())
    planted = forms(marks[0]) if chosen.plant else []
    with tempfile.TemporaryDirectory(prefix="canary-") as name:
        code = run(Path(name), marks, chosen.select, planted)
        searched = search(Path(name), needles(marks))
        printed = (Path(name) / "printed").read_bytes().decode(errors="replace")
    told = printed.rstrip().splitlines()
    summary = printed.rpartition(" short test summary info ")[2]  # tests of the kit print such lines too
    wrong = [line for line in summary.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return report(code, told[-1] if told else "", wrong, searched, len(planted))


def report(code: int, summary: str, wrong: list[str], searched: Searched, planted: int) -> int:
    """Prints the figures; 0 when nothing came out but what was planted, and all of that was found."""
    say = sys.stdout.write
    found = {tag[0] for hit in searched.hits if (tag := _TAG.search(hit.before))}
    leaked = [hit for hit in searched.hits if not _TAG.search(hit.before)]
    say(f"suite:    {summary.strip(' =')}{'' if code == 0 else f' (pytest ended with {code})'}\n")
    for line in wrong[:SHOWN]:
        say(f"  {line}\n")
    say(f"searched: {searched.size:,} bytes, hits {len(leaked)}\n")
    if planted:
        say(f"planted:  {planted} forms x {len(CHANNELS)} channels, found {len(found)} of {planted * len(CHANNELS)}\n")
    for hit in leaked[:SHOWN]:
        say(f"  {hit.where} at {hit.at}: after {hit.before!r}\n")
    return int(code != 0 or bool(leaked) or len(found) != planted * len(CHANNELS))


if __name__ == "__main__":
    sys.exit(main())
