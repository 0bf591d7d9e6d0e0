"""``python -m tests.proof.mutation``: changes the code that money hangs on, bit by bit; each time a test must fail.

``mutation.toml`` says which files belong to a module, which tests guard it, and which changes can't matter. Without
``--all`` a sample is tried, the same for the same seed. Ends with 1 where less than 90 % of a module's changes are
noticed, and where a change that is said not to matter does not exist any more.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.proof.killing import Change, Runner
from tests.proof.mutants import Mutant, Place, mutant, places

LEAST = 0.9
SAMPLE = 60
TABLE = Path(__file__).with_suffix(".toml")


class Guarded(NamedTuple):
    """A module of the table."""

    name: str
    sources: list[str]
    tests: list[str]
    equivalent: dict[tuple[str, str, str], str]
    """What can't matter -> why."""


@dataclass
class Score:
    """What became of a module's mutants."""

    name: str
    places: int
    killed: int = 0
    timed_out: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    equivalent: list[Mutant] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        return self.killed / self.total if self.total else 1.0

    @property
    def good(self) -> bool:
        return self.share >= LEAST and not self.problems

    def __str__(self) -> str:
        aside = f", {len(self.equivalent)} equivalent left out" if self.equivalent else ""
        late = f", {self.timed_out} of them by time" if self.timed_out else ""
        return f"{self.name:<16}{self.killed:>5} of {self.total:<5}{self.share:>7.1%}  killed{late}{aside}"


def table(path: Path) -> list[Guarded]:
    """The modules of a table."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    equivalent = {(one["file"], one["before"], one["after"]): one["why"] for one in told.get("equivalent", ())}
    return [Guarded(name, one["sources"], one["tests"], _of(equivalent, one)) for name, one in told["modules"].items()]


def _of(equivalent: dict[tuple[str, str, str], str], module: dict[str, list[str]]) -> dict[tuple[str, str, str], str]:
    files = {source.partition("::")[0] for source in module["sources"]}
    return {name: why for name, why in equivalent.items() if name[0] in files}


def tried(root: Path, module: Guarded, runner: Runner, size: int | None, seed: int, jobs: int) -> Score:
    """Tries the changes of a module, or some of them."""
    every = [place for source in module.sources for place in places(root, source)]
    score = Score(module.name, len(every), problems=list(_outlived(root, module, every)))
    file = every[0].file
    before = runner.unchanged(Change(file, (root / file).read_text(encoding="utf-8")), module.tests)
    if not before.passed:
        score.problems.append(f"the tests fail on the code as it is:\n{before.output[-3000:]}")
        return score
    chosen: list[Mutant] = []
    for one in _drawn(root, every, random.Random(seed)):
        (score.equivalent if one.name in module.equivalent else chosen).append(one)
        if len(chosen) == size:
            break
    chosen.sort(key=lambda one: (one.file, one.line))
    runs = runner.changed([Change(one.file, one.source) for one in chosen], module.tests, before, jobs)
    for one, run in zip(chosen, runs, strict=True):
        score.timed_out += run.timed_out
        if run.passed:
            score.survivors.append(one)
            _say(f"  survived: {one}")
        else:
            score.killed += 1
    return score


def _drawn(root: Path, every: list[Place], chance: random.Random) -> Iterator[Mutant]:
    """The changes in a random order, each once."""
    seen: set[str] = set()
    for place in chance.sample(every, len(every)):
        one = mutant(root, place)
        if one is not None and one.source not in seen:
            seen.add(one.source)
            yield one


def _outlived(root: Path, module: Guarded, every: list[Place]) -> Iterator[str]:
    """What is said not to matter and is no change that there is."""
    lines = {file: (root / file).read_text(encoding="utf-8").splitlines() for file in {place.file for place in every}}
    listed = {(file, line) for file, before, _ in module.equivalent for line in before.split(" / ")}
    near = [place for place in every if (place.file, " ".join(lines[place.file][place.line - 1].split())) in listed]
    there = {one.name for place in near if (one := mutant(root, place)) is not None}
    for file, before, after in module.equivalent:
        if (file, before, after) not in there:
            yield f"equivalent, but no change that there is: {file}: {before}  ->  {after}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.mutation", description=__doc__)
    parser.add_argument("--module", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="changes of each module (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="every change")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--table", type=Path, default=TABLE, help="the modules (default: those of this repository)")
    given = parser.parse_args(arguments)
    modules = table(given.table)
    unknown = set(given.module or ()) - {module.name for module in modules}
    if unknown:
        parser.error(
            f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in modules)}"
        )
    size, root = None if given.all else given.sample, Path.cwd()
    _say("every change" if size is None else f"{size} changes of each module, drawn with seed {given.seed}")
    runner, good = Runner(root), True
    for module in modules:
        if given.module is None or module.name in given.module:
            score = tried(root, module, runner, size, given.seed, given.jobs)
            _say(f"{score}, {score.places} places")
            for problem in score.problems:
                _say(f"  FAILED: {problem}")
            good &= score.good
    _say(f"every module at least {LEAST:.0%}" if good else f"FAILED: a module below {LEAST:.0%}, or a problem above")
    return 0 if good else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
