"""Kills a process at every step of five writes, and compares the log of the next start with what the venue did.

    python -m tests.proof.kill                                   # all of it, some minutes
    python -m tests.proof.kill --api okx/v5-copies --operation follow

A process does the write and is killed (SIGKILL) before every statement of its write log, around the note of the log's
end, around every request, at every suspension, and while the venue works on the write. This process, which serves the
venue and counts what it executes, then starts on the same folder, settles the log, and asks the same write again where
it was not done. At the end two processes ask the same at once: one of them sends. And a step of the log is timed.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import time
from collections.abc import Iterable
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import stamina

from tests.proof.aftermath import (
    ANSWERS,
    OPERATIONS,
    VENUES,
    Scenario,
    Stage,
    Tally,
    judged,
    say,
    scenarios,
    staged,
)
from tests.proof.killed import Job, perform, race
from tests.proof.plays import NotOffered
from unifiedcopy.safety.intent import Intent
from unifiedcopy.safety.journal import Journal
from unifiedcopy.sandbox import Fault

AT_WORK = "while the venue works on it"
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.proof.killed", "stamina", "argparse"])


class End(NamedTuple):
    """How a process ended."""

    killed: bool
    passed: list[str]
    """Points, when it lived to tell them."""


def job(stage: Stage) -> Job:
    credentials = stage.server.accounts[stage.account].credentials
    return Job(stage.play.api, stage.account, credentials, stage.server.url, stage.folder, stage.deed)


async def process(stage: Stage, deadly: int) -> End:
    """Lets a process do the write; it dies at that point, if there is one; at 0 when the venue works on it."""
    ours, theirs = _forks.Pipe(duplex=False)
    child = _forks.Process(target=perform, args=(job(stage), deadly, theirs))
    if not deadly:
        _kill_at_work(stage, child)
    child.start()
    theirs.close()
    await asyncio.to_thread(child.join)
    return End(child.exitcode == -9, ours.recv() if child.exitcode == 0 else [])


def _kill_at_work(stage: Stage, child: BaseProcess) -> None:
    """The venue gets the write and carries it out, and the process is gone by then."""
    answer, writes = stage.server.emulator.answer, {one.pattern for one in stage.server.emulator.routes if one.write}

    def answered(request: Any) -> Any:
        if child.is_alive() and any(pattern.fullmatch(request.path) for pattern in writes) and request.method != "GET":
            child.kill()
            child.join()
        return answer(request)

    stage.server.emulator.answer = answered  # type: ignore[method-assign]


async def kill(scenario: Scenario, deadly: int) -> tuple[End, str, list[str]]:
    """Whether the process died there, the end in the log, and what is wrong."""
    async with staged(scenario) as stage:
        end = await process(stage, deadly)
        found, wrong = await judged(stage)
    return end, found, [f"{scenario}, killed at {deadly or AT_WORK}: {one}" for one in wrong]


async def every_point(scenario: Scenario, step: int = 1) -> Tally:
    """All points of one write; every ``step``-th of them, and the one while the venue works.

    Raises:
        NotOffered: the API has no such write.
    """
    tally, point = Tally(), 0
    with stamina.set_testing(True, attempts=3):
        while True:
            end, found, wrong = await kill(scenario, point)
            tally.violations += wrong
            if not end.killed and point:
                return tally
            tally.points += end.killed
            tally.ends[found] += end.killed
            point += step if point else 1


async def at_once(scenario: Scenario) -> list[str]:
    """What is wrong after two processes have asked the same at the same moment."""
    async with staged(scenario) as stage:
        stage.server.faults.add(*(Fault("delay", method, seconds=1.5) for method in ("POST", "PUT", "DELETE")))
        start, pipes, children = _forks.Barrier(2), [], []
        for _ in range(2):
            ours, theirs = _forks.Pipe(duplex=False)
            children.append(_forks.Process(target=race, args=(job(stage), start, theirs)))
            pipes.append(ours)
            children[-1].start()
        for child in children:
            await asyncio.to_thread(child.join)
        told = sorted(pipe.recv() if pipe.poll() else "nothing" for pipe in pipes)
        right = told == ["SafetyRefused", "done"] and stage.executed == 1
        return [] if right else [f"{scenario}, two at once: {told}, executed {stage.executed} times"]


def run(chosen: Iterable[Scenario], step: int = 1) -> Tally:
    """Plays them, one line each."""
    whole = Tally()
    for scenario in chosen:
        try:
            tally = asyncio.run(every_point(scenario, step))
        except NotOffered:
            continue
        say(f"{scenario}: {tally.points} points, {len(tally.violations)} violations; the log: {tally.told}")
        whole.add(tally)
    return whole


def run_at_once(chosen: Iterable[Scenario], rounds: int) -> list[str]:
    """What is wrong with the races."""
    wrong: list[str] = []
    raced = 0
    for scenario in chosen:
        for _ in range(rounds):
            try:
                wrong += asyncio.run(at_once(scenario))
            except NotOffered:
                break
            raced += 1
    say(f"two processes with the same write at once: {raced} races, {len(wrong)} in which not exactly one sent")
    return wrong


def timed_steps(count: int) -> str:
    """How long a step of the log takes."""
    taken: list[float] = []
    with TemporaryDirectory(prefix="steps-") as folder:
        log = Journal(Path(folder) / "state")
        for number in range(count):
            began = time.perf_counter()
            write_id = log.plan(_wish(number))
            taken.append(time.perf_counter() - began)
            for step in (lambda i=write_id: log.sending(i), lambda i=write_id: log.end(i, "confirmed")):
                began = time.perf_counter()
                step()
                taken.append(time.perf_counter() - began)
            log.release(write_id)
    taken.sort()
    half, most = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.99))
    return f"a step of the write log: {half:.2f} ms p50, {most:.2f} ms p99 of {len(taken):,}"


def _wish(number: int) -> Intent:
    return Intent(
        exchange="acme/v1",
        origin="https://acme.test",
        account="0",
        alias=None,
        operation="follow",
        endpoint="follow",
        sent={"number": str(number)},
        request="0",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", action="append", choices=VENUES, help="one API, repeatable; all without it")
    parser.add_argument("--operation", action="append", choices=OPERATIONS)
    parser.add_argument("--answer", action="append", choices=ANSWERS, help="what becomes of the venue's answer")
    parser.add_argument("--step", type=int, default=1, help="only every n-th point")
    parser.add_argument("--races", type=int, default=2, help="of each write")
    parser.add_argument("--steps", type=int, default=1000, help="writes whose steps are timed")
    options = parser.parse_args()
    began = time.perf_counter()
    apis, operations = options.api or VENUES, options.operation or OPERATIONS
    whole = run(scenarios(apis, operations, options.answer or ANSWERS), options.step)
    whole.violations += run_at_once(scenarios(apis, operations, ["given"]), options.races)
    say(timed_steps(options.steps))
    say(whole.summary(time.perf_counter() - began))
    return whole.exit_code


if __name__ == "__main__":
    sys.exit(main())
