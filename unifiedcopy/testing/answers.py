"""Checks of what is read: the samples as worked out by hand, and the samples with one thing changed.

A changed sample must never become a wrong value: what is optional becomes None and leaves the rest alone, what is
required takes its row along (withheld, with the reason).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..schema.drift import strange
from ..schema.expressions import as_field
from ..schema.generate import Line
from ..schema.lint.openpoints import OPEN
from ..schema.paths import at
from ..schema.rows import Rows
from .cases import Answer, plain, told
from .samples import ABSENT, ACCOUNT, Problem, Sample, Subject, changed

NOTHING = {"absent": ABSENT, "null": None, "empty": ""}
"""The ways in which venues say nothing."""
UNLISTED = "no-such-value"
REFUSED = "venue_symbol"
"""A kind that is never None once it is mapped."""


def as_worked_out(subject: Subject, case: Answer) -> Iterator[Problem]:
    """The sample is read as the case says, of the right API and account."""
    here = subject.line(case.endpoint)
    read = Sample(subject.api, case.endpoint, b"null", case.sent).read_bytes(case.raw, case.status)
    if not isinstance(read, Rows):
        yield Problem(here, f"{case.label} is an error: {read}")
        return
    yield from _withheld(case, read)
    rows = [told(item) for item in read.items]
    if len(rows) != len(case.expected):
        yield Problem(here, f"{case.label}: expected {len(case.expected)} rows, got {len(rows)}")
    for number, (got, expected) in enumerate(zip(rows, case.expected, strict=False)):
        yield from _row_difference(subject, case, number, got, expected)
    for name, got_value, expected_value in (("next", read.next, case.next), ("pages", read.pages, case.pages)):
        if got_value != expected_value:
            where = subject.line(case.endpoint, "paging", name)
            yield Problem(where, f"{case.label}, paging.{name}: expected {expected_value!r}, got {got_value!r}")
    for item in read.items:
        for name, right in (("exchange", subject.api.schema.id), ("account", ACCOUNT)):
            if getattr(item, name, right) != right:
                yield Problem(here, f"{case.label}: {name} is {getattr(item, name)!r}, not {right!r}")


def _withheld(case: Answer, read: Rows) -> Iterator[Problem]:
    for problem in read.withheld:
        yield Problem(problem.where, f"{case.label}, {str(problem).rpartition(' [')[0]}")


def _row_difference(
    subject: Subject, case: Answer, number: int, got: dict[str, Any], expected: dict[str, Any]
) -> Iterator[Problem]:
    undecided = [name for name, value in expected.items() if value == OPEN]
    if undecided:
        text = f"the case still says {OPEN} for {', '.join(undecided)}; work that out by hand from the venue's page"
        yield Problem(subject.line(case.endpoint), f"{case.label}, row {number}: {text}")
    for name in sorted({*got, *expected}.difference(undecided), key=[*got, *expected].index):
        where = subject.line(case.endpoint, "fields", name)
        if got.get(name) != expected.get(name):
            text = f"expected {expected.get(name)!r}, got {got.get(name)!r}"
            yield Problem(where, f"{case.label}, row {number}, {name}: {text}")
    contradicted = [name for name in case.rows[number].get("absent", []) if name in expected]
    yield from (
        Problem(subject.line(case.endpoint), f"{case.label}, row {number}: {name} is both expected and absent")
        for name in contradicted
    )


def every_key_known(subject: Subject, case: Answer) -> Iterator[Problem]:
    """Every wire key of a sample is mapped, or listed under ``unmapped``; every enum value and symbol understood."""
    for found in strange(subject.api.reader(case.endpoint), case.raw):
        cure = "; map it, or list it under unmapped with the reason" if "new field" in found else ""
        yield Problem(subject.line(case.endpoint), f"{case.label}, {found}{cure}")


def every_mapped_key_seen(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """Every wire key that a field reads stands in a sample: a name that is misspelt would read as None for ever."""
    rows = [row for sample in subject.samples(endpoint) for row in sample.rows]
    answers = [sample.answer for sample in subject.samples(endpoint)]
    named = _lines(subject, endpoint) if subject.api.schema.endpoints[endpoint].row_key is None else []
    for line in named:
        alternatives = line.paths if isinstance(line.field.source, list) else ()
        if any(_there(row, path) for row in rows for path in alternatives):
            continue  # venues change a name and keep the old one for a while
        for path in line.paths:
            if not any(_there(row, path) for row in rows):
                yield from _unseen(subject, endpoint, path, ("fields", line.canonical.name))
    paging = subject.api.schema.endpoints[endpoint].paging
    for name in ("next", "pages", "more", "version"):
        told = getattr(paging, name, None)
        if told is not None and not any(_there(answer, told) for answer in answers):
            yield from _unseen(subject, endpoint, told, ("paging", name))


def _unseen(subject: Subject, endpoint: str, path: str, key: tuple[str, str]) -> Iterator[Problem]:
    known = f"{endpoint}.{path}"
    if known not in subject.cases.unseen:
        yield Problem(
            subject.line(endpoint, *key),
            f"no sample of {endpoint} holds {path!r} ({key[1]}): misspelt? Else say in the cases' [unseen]: "
            f'"{known}" = "why"',
        )


def every_unit_seen(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """Every field with a unit has a value in some case: else nobody would notice a wrong unit."""
    rows = [row for case in subject.answers(endpoint) for row in case.expected]
    for line in _lines(subject, endpoint):
        name, unit = line.canonical.name, line.field.unit
        excused = any(f"{endpoint}.{path}" in subject.cases.unseen for path in line.paths)
        if unit and line.paths and not excused and not any(name in row for row in rows):
            where = subject.line(endpoint, "fields", name)
            excuse = f'"{endpoint}.{line.paths[0]}" = "why"'
            yield Problem(where, f"no case has a {name}, so nothing proves its unit; else say in [unseen]: {excuse}")


def required_there(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """Every row of every sample has its required fields."""
    for case in subject.answers(endpoint):
        read = Sample(subject.api, endpoint, b"null", case.sent).read_bytes(case.raw)
        if isinstance(read, Rows):
            yield from _withheld(case, read)
        for number, item in enumerate(read.items if isinstance(read, Rows) else ()):
            for line in _required(subject, endpoint):
                if line.canonical.required and getattr(item, line.canonical.name) is None:
                    where = subject.line(endpoint, "fields", line.canonical.name)
                    yield Problem(where, f"{case.label}, row {number}: the required {line.canonical.name} is None")


def both_sides(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """Cases show a long and a short through each table of sides, and what is neither is refused."""
    line = next((line for line in _lines(subject, endpoint) if line.canonical.kind == "side"), None)
    if line is None:
        return
    where = subject.line(endpoint, "fields", line.canonical.name)
    expected = [row for case in subject.cases.answer for row in case.expected if _same_sides(subject, case, line)]
    if line.field.const is not None:
        if any(":" in (row.get("symbol") or "") for case in subject.answers(endpoint) for row in case.expected):
            yield Problem(where, f"the side is always {line.field.const}, but contracts have two")
        return
    for side in ("long", "short"):
        seen = any(row.get("side") == side for row in expected)
        if not seen and f"{line.field.enum or 'side'}.{side}" not in subject.cases.unseen:
            yield Problem(where, f"no case shows a {side} position: swapped sides would not be noticed")
    for sample, row in subject.rows(endpoint):
        plain_paths = [path for path in line.paths if path != getattr(line.field, "sign", None)]
        read = sample.read([changed(row, dict.fromkeys(plain_paths, UNLISTED))])
        if isinstance(read, Rows) and read.items:
            yield Problem(where, f"the side {UNLISTED!r} is read as {read.items[0].side}")
        return


def _same_sides(subject: Subject, case: Answer, line: Line) -> bool:
    """Whether a case reads its sides through the same table."""
    side = subject.api.schema.endpoints[case.endpoint].fields.get("side")
    return side is not None and as_field(side).enum == line.field.enum and as_field(side).const is None


def empty_list(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """An answer whose list is empty is no rows and no error."""
    for sample in subject.samples(endpoint):
        if sample.is_list:
            read = sample.read([])
            if not isinstance(read, Rows):
                yield Problem(subject.line(endpoint), f"an empty list is an error: {read}")
            elif read.items or read.withheld or read.sent:
                yield Problem(subject.line(endpoint), f"an empty list is read as {len(read.items)} rows")
            return


def optional_fields(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """Every optional field whose keys are absent, null or empty is None, and nothing else changes."""
    taken = {path for line in _required(subject, endpoint) for path in line.paths}
    spec = subject.api.schema.endpoints[endpoint]
    taken |= {spec.skip_zero or "", (spec.paging.row_id if spec.paging else None) or ""}
    taken |= {path for line in _lines(subject, endpoint) if (path := getattr(line.field, "sign", None))}
    for line in _lines(subject, endpoint):
        if not line.paths or taken.intersection(line.paths):
            continue
        found = next(((sample, row) for sample, row in subject.rows(endpoint) if _says(row, line)), None)
        if found is None:
            continue
        others = [path for other in _lines(subject, endpoint) if other is not line for path in other.paths]
        alone = not any(_there(found[1], path) for path in others)
        for word, nothing in NOTHING.items():
            if word == "absent" and alone:
                continue  # a row without any of the mapped keys is none
            yield from _without(subject, endpoint, line, word, found, dict.fromkeys(line.paths, nothing))


def _without(
    subject: Subject,
    endpoint: str,
    line: Line,
    word: str,
    found: tuple[Sample, dict[str, Any]],
    values: dict[str, Any],
) -> Iterator[Problem]:
    sample, row = found
    name = line.canonical.name
    where = subject.line(endpoint, "fields", name)
    present = {path: value for path, value in values.items() if value is ABSENT or _there(row, path)}
    read, before = sample.read([changed(row, present)]), sample.read([row])
    text = f"{' and '.join(present)} {word}"
    if not isinstance(read, Rows) or not isinstance(before, Rows) or len(read.items) != 1:
        reason = read if not isinstance(read, Rows) else "; ".join(map(str, read.withheld)) or "the row vanished"
        yield Problem(where, f"{text}: {name} should be None, but the row is lost: {reason}")
        return
    got, was = read.items[0], before.items[0]
    if getattr(got, name) is not None:
        yield Problem(where, f"{text}: {name} should be None, got {plain(getattr(got, name))!r}")
    for other in _lines(subject, endpoint):
        field = other.canonical.name
        alone = not set(other.paths).intersection(line.paths)
        if alone and field != name and told(got).get(field) != told(was).get(field):
            yield Problem(where, f"{text}: {field} changed from {told(was).get(field)!r} to {told(got).get(field)!r}")


def required_fields(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """A required field whose key is missing, renamed, null or empty withholds its row: never another value."""
    for line in _required(subject, endpoint):
        if line.canonical.kind in ("symbol", "size_unit") or line.field.const is not None:
            continue
        found = next(((sample, row) for sample, row in subject.rows(endpoint) if _says(row, line)), None)
        if found is None:
            continue
        sample, row = found
        for path in line.paths:
            if _there(row, path):
                yield from _refused(subject, endpoint, line, sample, row, path)


def _refused(
    subject: Subject, endpoint: str, line: Line, sample: Sample, row: dict[str, Any], path: str
) -> Iterator[Problem]:
    name = line.canonical.name
    before = sample.read([row])
    right = getattr(before.items[0], name) if isinstance(before, Rows) else None
    ways: dict[str, dict[str, Any]] = {word: {path: nothing} for word, nothing in NOTHING.items()}
    ways["renamed"] = {path: ABSENT, f"{path}Renamed": at(row, path)}
    for word, values in ways.items():
        read = sample.read([changed(row, values)])
        if not isinstance(read, Rows) or read.withheld:
            continue
        where = subject.line(endpoint, "fields", name)
        if not read.items:
            yield Problem(where, f"{path} {word}: the row vanished, where it must be withheld")
        elif getattr(read.items[0], name) != right:
            got = plain(getattr(read.items[0], name))
            yield Problem(where, f"{path} {word}: {name} is {got!r}, where the row must be withheld")


def _lines(subject: Subject, endpoint: str) -> list[Line]:
    lines: list[Line] = subject.api.reader(endpoint).generator.lines
    return lines


def _required(subject: Subject, endpoint: str) -> list[Line]:
    """Lines without which a row is none; a symbol that is told must be one, also where a row may do without."""
    return [line for line in _lines(subject, endpoint) if line.canonical.required or line.canonical.kind == REFUSED]


def _there(value: Any, path: str) -> bool:
    """Whether the key stands there at all, whatever its value."""
    *parents, last = path.split(".")
    parent = at(value, ".".join(parents)) if parents else value
    return isinstance(parent, dict) and last.removesuffix("[0]") in parent


def _says(row: dict[str, Any], line: Line) -> bool:
    return any(at(row, path) not in (None, "") for path in line.paths)
