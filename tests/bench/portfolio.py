"""Benchmarks of the portfolio: ``python -m tests.bench.portfolio`` (needs ``pip install unifiedcopy[bench]``).

One call against less and more than that, thousands of accounts against a bare loop, and what sums cost as they grow.
Everything is measured in one run and printed with its target; the exit code is 1 when one is missed. Clients run in
processes of their own against a server on loopback, so the machine's other work shows in every figure: trust ratios.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

from . import aggregate, calls, scale
from .run import Check, Report
from .server import served

PAGES = {1: (1.2, 2.2), 20: (1.8, 7.0)}
"""Positions a page -> the most of a bare GET's CPU, the least of ccxt's."""
SLOWER_THAN_BARE = 1.3
MEGABYTES = 100
SPREAD = 1.2
SECTIONS = ("calls", "accounts", "sums")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.portfolio", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, 1,000 accounts a venue at most")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one section; repeatable")
    parser.add_argument("--json", action="store_true", help="print data instead of lines")
    options = parser.parse_args(arguments)
    report = Report(quiet=options.json)
    report.data = {"environment": _environment()}
    report.say(report.data["environment"])
    wanted = options.only or SECTIONS
    if "calls" in wanted:
        one_call(report, rounds=5 if options.quick else 15)
    if "accounts" in wanted:
        for accounts in (1_000,) if options.quick else (1_000, 10_000):
            many_accounts(report, accounts, rounds=2 if accounts > 1_000 else 3)
    if "sums" in wanted:
        sums(report, rounds=1 if options.quick else 3)
    report.say()
    for check in report.checks:
        report.say(str(check))
    missed = sum(not check.passed for check in report.checks)
    report.say(f"{len(report.checks) - missed} targets met, {missed} missed")
    if options.json:
        report.data["checks"] = [{**check._asdict(), "passed": check.passed} for check in report.checks]
        print(json.dumps(report.data, indent=2))  # noqa: T201
    return 1 if missed else 0


def loops() -> list[str]:
    """The event loops that are installed."""
    try:
        version("uvloop")
    except PackageNotFoundError:
        return ["asyncio"]
    return ["asyncio", "uvloop"]


def one_call(report: Report, rounds: int) -> None:
    """A signed, decoded ``positions()``."""
    report.say(f"\none positions(), {calls.IN_FLIGHT} in flight, CPU: bare GET and read, ours, ccxt async")
    with served(0, *(f"zoomex:{count}" for count in PAGES)) as addresses:
        for loop in loops():
            for count, (most, least) in PAGES.items():
                taken = _process("calls", addresses[f"zoomex:{count}"], count, rounds, loop)
                _tell_call(report, loop, count, taken)
                page = f"a page of {count}, {loop}"
                report.check(
                    Check(f"{page}: ours / bare GET", calls.ratio(taken, "ours", "bare"), most),
                    Check(f"{page}: ccxt / ours", calls.ratio(taken, "ccxt", "ours"), least, at_least=True),
                )


def _tell_call(report: Report, loop: str, count: int, taken: dict[str, Any]) -> None:
    micros = ", ".join(f"{name} {median(times['cpu']) * 1e6:,.0f} µs" for name, times in taken.items())
    rate = 1 / median(taken["ours"]["wall"])
    report.say(f"  {loop:8} {count:>3} a page: {micros}; {rate:,.0f} requests a second in one process")
    report.data.setdefault("calls", []).append({"loop": loop, "count": count, "seconds": taken})


def many_accounts(report: Report, accounts: int, rounds: int) -> None:
    """Thousands of accounts on three venues."""
    report.say(f"\n{accounts:,} accounts x {len(scale.VENUES)} venues, {scale.LATENCY * 1000:.0f} ms latency")
    pages = {f"{venue}:{scale.EACH}": venue for venue in scale.VENUES}
    for loop in loops():
        with served(scale.LATENCY, *pages) as addresses:
            named = [f"{pages[name]}={address}" for name, address in addresses.items()]
            found = _process("scale", accounts, rounds, loop, *named)
        report.data.setdefault("accounts", []).append({"accounts": accounts, "loop": loop, **found})
        extra = found["megabytes"] - found["positions_megabytes"]
        report.say(
            f"  {loop:8} {median(found['ours']):.2f} s, bare loop {median(found['bare']):.2f} s, "
            f"ideal {found['ideal']:.2f} s; {found['cpu_request'] * 1e6:,.0f} µs CPU a request; "
            f"{extra:.0f} MB above the {found['positions_megabytes']:.0f} MB of positions; "
            f"{found['sockets']} sockets; {found['connect'] * 1e6:.0f} µs to connect an account"
        )
        report.check(
            Check(f"{accounts:,} accounts, {loop}: wall / bare loop", found["ratio"], SLOWER_THAN_BARE),
            Check(f"{accounts:,} accounts, {loop}: MB above the positions", extra, MEGABYTES),
            # The bare loop's sockets may still be closing when the next reading opens its own.
            Check(f"{accounts:,} accounts, {loop}: sockets", found["sockets"], 2 * 3 * scale.IN_FLIGHT),
        )


def sums(report: Report, rounds: int) -> None:
    """Aggregation as it grows."""
    report.say("\nsums, CPU a position")
    found = aggregate.measure(rounds)
    report.data["sums"] = found
    for name, times in found.items():
        told = ", ".join(f"{count:,}: {seconds * 1e6:.2f} µs" for count, seconds in times.items())
        report.say(f"  by {name:8} {told}")
        least, _, most = (times[count] for count in aggregate.COUNTS)
        report.check(Check(f"sums by {name}: a position of 100,000 / of 1,000", most / least, SPREAD))


def _process(module: str, *arguments: Any) -> Any:
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def _environment() -> str:
    names = ["aiohttp", "msgspec", "ccxt", *(["uvloop"] if "uvloop" in loops() else [])]
    packages = [f"{name} {version(name)}" for name in names]
    return ", ".join([f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}", *packages])


if __name__ == "__main__":
    sys.exit(main())
