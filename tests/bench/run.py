"""The benchmark: measures everything in one run, prints it, and fails when a target is missed."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

from unifiedcopy.schema.load import load_schema

from . import handwritten, imports, measure, payloads, peers

SCHEMAS = {"toobit": "toobit/v2", "bitget": "bitget/v2-futures", "zoomex": "zoomex/v3"}
COUNTS = (1, 20, 200, 10_000)
JUDGED_FROM = 20
"""The targets are for pages of this many positions and more."""
SLOWER_THAN_HAND = 1.15
CCXT_TIMES = {"toobit": 17, "bitget": 35, "zoomex": 20}
KEPT_BYTES = 1250
HELD_PAGES, HELD_COUNT = 20, 10_000
PAUSE_MS = 25
"""For a full collection with 200,000 positions held; tracked objects would take several times as long."""
IMPORT_MS, IMPORT_MB = 60, 6

OURS, HAND, PYDANTIC, CCXT = "ours", "hand-written", "pydantic", "ccxt"
LOADS, FLOOR = "json.loads", "decode only"


class Check(NamedTuple):
    """One target."""

    what: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def passed(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        verdict, sign = "PASS" if self.passed else "FAIL", ">=" if self.at_least else "<="
        return f"{verdict}  {self.what}: {self.value:,.2f} (target {sign} {self.limit:,g})"


class Report:
    """Results as they come: printed lines, and the same as data."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.checks: list[Check] = []
        self.data: dict[str, Any] = {"timings": []}

    def say(self, line: str = "") -> None:
        if not self.quiet:
            print(line, flush=True)  # noqa: T201

    def check(self, *checks: Check) -> None:
        self.checks += checks


class Venue:
    """The contenders of one venue."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reader = load_schema(SCHEMAS[name]).reader("positions")
        self.hand: Callable[[bytes], list[Any]] = getattr(handwritten, name)
        self.floor: Callable[[bytes], Any] = getattr(handwritten, f"{name}_decode")
        self.pydantic = peers.PYDANTIC[name]
        self.ccxt = peers.ccxt_parser(name)

    def contenders(self, count: int) -> dict[str, measure.Contender]:
        body, ccxt_body = payloads.page(self.name, count), payloads.ccxt_page(self.name, count)
        self.assert_equal(body, ccxt_body, count)
        return {
            OURS: lambda: self.reader.read(body, handwritten.ACCOUNT),
            HAND: lambda: self.hand(body),
            PYDANTIC: lambda: self.pydantic(body),
            LOADS: lambda: json.loads(body),
            FLOOR: lambda: self.floor(body),
            CCXT: lambda: self.ccxt(ccxt_body),
        }

    def assert_equal(self, body: bytes, ccxt_body: bytes, count: int) -> None:
        """Nobody is fast by being wrong."""
        rows = self.reader.read(body, handwritten.ACCOUNT)
        assert not rows.withheld, rows.withheld[0]
        assert len(rows.items) == count
        for mine, hand in zip(rows.items, self.hand(body), strict=True):
            assert mine == hand, f"ours and hand-written differ:\n{mine}\n{hand}"
        for mine, model in zip(rows.items, self.pydantic(body), strict=True):
            for name in type(model).model_fields.keys() & peers.EXACT:
                assert getattr(mine, name) == getattr(model, name), f"pydantic differs in {name}"
        for position in self.ccxt(ccxt_body):
            assert position["symbol"].endswith("/USDT:USDT"), "ccxt does not know the market"
            assert position["contracts"] > 0, "ccxt did not read the size"
            assert position["entryPrice"] > 0, "ccxt did not read the price"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no pages of 10,000")
    parser.add_argument("--json", action="store_true", help="print data instead of tables")
    options = parser.parse_args(arguments)

    report = Report(quiet=options.json)
    packages = [f"{name} {version(name)}" for name in ("msgspec", "pydantic", "ccxt")]
    system = f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}"
    report.data["environment"] = ", ".join([system, *packages])
    report.say(report.data["environment"])
    for name in SCHEMAS:
        venue = Venue(name)
        for count in COUNTS[:-1] if options.quick else COUNTS:
            time_pages(venue, count, _rounds(count, quick=options.quick), report)
        weigh(venue, report)
    start(7 if options.quick else 21, report)

    report.say()
    for check in report.checks:
        report.say(str(check))
    missed = sum(not check.passed for check in report.checks)
    report.say(f"{len(report.checks) - missed} targets met, {missed} missed")
    if options.json:
        report.data["checks"] = [{**check._asdict(), "passed": check.passed} for check in report.checks]
        print(json.dumps(report.data, indent=2))  # noqa: T201
    return 1 if missed else 0


def _rounds(count: int, *, quick: bool) -> int:
    """Large pages need few rounds: a single call is long enough to be sure of."""
    return (5 if quick else 9) if count > 1000 else (15 if quick else 41)


def time_pages(venue: Venue, count: int, rounds: int, report: Report) -> None:
    """Bytes to objects, for pages of one size."""
    contenders = venue.contenders(count)
    timings = measure.interleaved(contenders, rounds)
    size = len(payloads.page(venue.name, count)) // count
    ccxt_size = len(payloads.ccxt_page(venue.name, count)) // count
    report.say(f"\n{venue.name}, {count:,} a page, {size:,} bytes each ({ccxt_size:,} for ccxt)")
    report.say(f"  {'':14}{'ns a position':>15}{'to hand-written':>18}")
    for name in contenders:
        each, ratio = timings.seconds(name) / count * 1e9, timings.ratio(name, HAND)
        report.say(f"  {name:14}{each:15,.0f}{ratio:18.2f}")
        entry = {"venue": venue.name, "count": count, "contender": name, "ns": each, "ratio": ratio}
        report.data["timings"].append(entry)
    if count >= JUDGED_FROM:
        report.check(*_time_checks(venue.name, f"{venue.name}, {count:,} a page", timings))


def _time_checks(venue: str, page: str, timings: measure.Timings) -> Iterator[Check]:
    yield Check(f"{page}: ours / hand-written", timings.ratio(OURS, HAND), SLOWER_THAN_HAND)
    yield Check(f"{page}: ours / json.loads alone", timings.ratio(OURS, LOADS), 1)
    yield Check(f"{page}: ccxt / ours", timings.ratio(CCXT, OURS), CCXT_TIMES[venue], at_least=True)


def weigh(venue: Venue, report: Report) -> None:
    """Memory that positions keep, and what they cost the collector."""
    body, ccxt_body = payloads.page(venue.name, HELD_COUNT), payloads.ccxt_page(venue.name, HELD_COUNT)

    def ours() -> list[Any]:
        return venue.reader.read(body, handwritten.ACCOUNT).items

    kept = {
        OURS: measure.kept_bytes(ours, HELD_COUNT),
        HAND: measure.kept_bytes(lambda: venue.hand(body), HELD_COUNT),
        PYDANTIC: measure.kept_bytes(lambda: venue.pydantic(body), HELD_COUNT),
        LOADS: measure.kept_bytes(lambda: json.loads(body), HELD_COUNT),
        CCXT: measure.kept_bytes(lambda: venue.ccxt(ccxt_body), HELD_COUNT),
    }
    tracked = measure.tracked(ours())
    pauses = [pause * 1000 for pause in measure.collect_pauses(ours, HELD_PAGES)]
    held = HELD_PAGES * HELD_COUNT
    sizes = ", ".join(f"{name} {size:,.0f}" for name, size in kept.items())
    report.say(f"\n{venue.name}, bytes kept a position: {sizes}")
    pause = f"full collection {max(pauses):.1f} ms at most"
    report.say(f"{venue.name}, {held:,} positions held: {tracked} of a page tracked, {pause}")
    report.data[venue.name] = {"kept_bytes": kept, "tracked": tracked, "pauses_ms": pauses}
    report.check(
        Check(f"{venue.name}: bytes kept a position", kept[OURS], KEPT_BYTES),
        Check(f"{venue.name}: positions tracked by the collector", tracked, 0),
        Check(f"{venue.name}: longest full collection, ms", max(pauses), PAUSE_MS),
    )


def start(runs: int, report: Report) -> None:
    """What the import costs."""
    cost = imports.import_cost("unifiedcopy", runs)
    times = f"{cost.cpu_ms:.0f} ms CPU, {cost.wall_ms:.0f} ms wall"
    report.say(f"\nimport unifiedcopy: {times}, {cost.megabytes:.1f} MB above bare")
    report.data["import"] = cost._asdict()
    report.check(
        Check("import: ms above bare", cost.cpu_ms, IMPORT_MS),
        Check("import: MB above bare", cost.megabytes, IMPORT_MB),
        Check(f"import: unwanted modules {cost.unwanted or ''}".rstrip(), len(cost.unwanted), 0),
    )
