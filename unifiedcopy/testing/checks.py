"""What is checked of a schema and its cases: a list of named checks, each of which tells what it found.

The schema is free of problems; every endpoint with a verb has cases. Samples are read as worked out by hand; every wire
key is mapped or explained, every mapped key is seen; required fields are there and never guessed; both sides; an empty
list is no rows; an optional field that is absent, null or empty is None. Every error code has its class and outcome, a
failure with HTTP 200 is one. Requests are right byte for byte, signatures are reproduced, walks through pages end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from .. import errors
from ..schema.document import display_name, read_document
from ..schema.kinds import TIME_SCALES
from ..schema.lint import lint
from ..schema.load import load_file
from ..schema.paths import at
from ..schema.verbs import VERBS
from . import answers, documented, refusals, sending
from .cases import CaseFiles, Time, load_cases
from .refusals import reads
from .samples import Problem, Sample, Subject

__all__ = ["Check", "Problem", "Subject", "checks_of", "conformance"]


class Check(NamedTuple):
    """One item of a test run."""

    name: str
    where: str
    """``file:line`` of the schema."""
    run: Callable[[], Iterable[Problem]]
    """Every problem; none when all is well."""


def conformance(place: CaseFiles) -> Iterator[Check]:
    """Every check of a schema with its cases. A schema or a case file that is wrong is one check that says so."""
    name = display_name(place.schema)
    problems = _findings(place)
    yield Check("schema: no problems", f"{name}:1", lambda: problems)
    if problems:
        return
    try:
        cases = load_cases(place)
    except errors.ConfigError as error:
        wrong = [Problem(line, "is no case file") for line in error.message.splitlines()]
        yield Check("cases: can be read", f"{name}:1", lambda: wrong)
        return
    yield from checks_of(Subject(load_file(place.schema), cases))


def _findings(place: CaseFiles) -> list[Problem]:
    try:
        found = lint(read_document(place.schema), place.schema)
    except errors.SchemaError as error:
        return [Problem(display_name(place.schema), error.message)]
    return [Problem(finding.where, str(finding).removeprefix(f"{finding.where} ")) for finding in found]


def checks_of(subject: Subject) -> Iterator[Check]:
    """Every check of a schema that loads."""
    schema, cases = subject.api.schema, subject.cases
    wrong = list(_names(subject))
    yield Check("cases: name endpoints of the schema", subject.api.where("endpoints"), lambda: wrong)
    if wrong:
        return
    for name, endpoint in schema.endpoints.items():
        if endpoint.verb in VERBS and subject.own("endpoints", name):
            yield _check(subject, f"{name}: has cases", name, partial(_has_cases, subject, name))
    yield from _of_answers(subject)
    for name, endpoint in schema.endpoints.items():
        if reads(endpoint.verb) and subject.answers(name):
            for title, check in DERIVED.items():
                yield _check(subject, f"{name}: {title}", name, partial(check, subject, name))
            if endpoint.paging is not None:
                yield _check(subject, f"{name}: a walk through pages ends", name, partial(sending.walk, subject, name))
                yield _check(subject, f"{name}: a cursor fits", name, partial(sending.cursor_fits, subject, name))
        if subject.answers(name) or name in {case.endpoint for case in cases.accepted}:
            title = f"{name}: a failure with HTTP 200 is an error"
            yield _check(subject, title, name, partial(refusals.no_success, subject, name))
    yield from _of_errors(subject)
    yield from _of_requests(subject)


DERIVED: dict[str, Callable[[Subject, str], Iterable[Problem]]] = {
    "required fields are there": answers.required_there,
    "a required field that is missing withholds its row": answers.required_fields,
    "an optional field that is absent, null or empty is None": answers.optional_fields,
    "both sides": answers.both_sides,
    "an empty list is no rows": answers.empty_list,
    "every mapped wire key is seen": answers.every_mapped_key_seen,
    "every unit is proved by a value": answers.every_unit_seen,
}


def _of_answers(subject: Subject) -> Iterator[Check]:
    for case in subject.cases.answer:
        label = f"{case.endpoint}: {case.label}"
        yield _check(subject, f"{label} is read", case.endpoint, partial(answers.as_worked_out, subject, case))
        yield _check(
            subject, f"{label}, every wire key", case.endpoint, partial(answers.every_key_known, subject, case)
        )
    for accepted in subject.cases.accepted:
        label = f"{accepted.endpoint}: {accepted.label} is accepted"
        yield _check(subject, label, accepted.endpoint, partial(refusals.accepted, subject, accepted))
    for time in subject.cases.time:
        yield Check(f"clock: {time.label}", subject.api.where("clock"), partial(_time, subject, time))


def _of_errors(subject: Subject) -> Iterator[Check]:
    for case in subject.cases.error:
        label = f"{case.endpoint}: {case.label} is {case.kind}"
        yield _check(subject, label, case.endpoint, partial(refusals.failure, subject, case))
    if subject.api.schema.envelope is None:
        return
    for outcome in ("rejected", "unknown"):
        for kind in getattr(subject.api.schema.errors, outcome):
            where = subject.api.where("errors", outcome, kind)
            check = partial(refusals.error_class, subject, outcome, kind)
            yield Check(f"errors: every code of {kind}, {outcome}", where, check)
    for outcome in subject.cases.codes:
        where = subject.api.where("errors", outcome)
        yield Check(
            f"errors: the {outcome} codes are the listed ones", where, partial(refusals.listed_codes, subject, outcome)
        )


def _of_requests(subject: Subject) -> Iterator[Check]:
    for case in subject.cases.request:
        where = subject.line(str(case.call or next(iter(subject.api.serving(case.verb or "")), "")))
        yield Check(f"request: {case.says}", where, partial(sending.request_bytes, subject, case))
        if case.documented:
            check = partial(sending.documented_body, subject, case)
            yield Check(f"request: {case.says}, as documented", where, check)
    for refused in subject.cases.refused:
        where = subject.line(str(refused.call or next(iter(subject.api.serving(refused.verb or "")), "")))
        yield Check(f"refused: {refused.says}", where, partial(sending.refused, subject, refused))
    for name in subject.cases.documented:
        check = partial(documented.as_documented, subject, name)
        yield _check(subject, f"{name}: as documented", name, check)
    yield Check("api: as documented", subject.api.where(), partial(documented.api_documented, subject))
    for name in subject.cases.limits:
        yield Check(f"{name}: limits", subject.line(name, "limits"), partial(_limits, subject, name))
    for name in filter(partial(subject.own, "signing"), subject.api.schema.signing):
        where = subject.api.where("signing", name)
        yield Check(f"signing: {name} is proved", where, partial(sending.signing_proved, subject, name))
    for vector in subject.cases.signature:
        where = subject.api.where("signing", vector.signing)
        yield Check(f"signing: {vector.label}", where, partial(sending.signature, subject, vector))


def _check(subject: Subject, name: str, endpoint: str, run: Callable[[], Iterable[Problem]]) -> Check:
    return Check(name, subject.line(endpoint), run)


def _names(subject: Subject) -> Iterator[Problem]:
    """Cases speak of endpoints and verbs that there are, and answers of endpoints that return rows."""
    endpoints = subject.api.schema.endpoints
    here = subject.api.where("endpoints")
    for kind in ("documented", "limits"):
        unknown = [name for name in getattr(subject.cases, kind) if name not in endpoints]
        yield from (Problem(here, f"[{kind}]: there is no endpoint {name!r}") for name in unknown)
    for kind in ("answer", "error", "accepted"):
        for case in getattr(subject.cases, kind):
            if case.endpoint not in endpoints:
                yield Problem(here, f"[[{kind}]] {case.label}: there is no endpoint {case.endpoint!r}")
            elif kind == "answer" and not reads(endpoints[case.endpoint].verb):
                yield Problem(subject.line(case.endpoint), f"[[answer]] {case.label}: the endpoint returns no rows")
    for case in [*subject.cases.answer, *subject.cases.error, *subject.cases.accepted, *subject.cases.time]:
        try:
            case.raw  # noqa: B018 (reads it)
        except OSError as error:
            yield Problem(here, f"{case.label} can't be read: {error.strerror}")


def _has_cases(subject: Subject, name: str) -> Iterator[Problem]:
    """An endpoint that serves a verb has its answers, or its success, and its verb a request."""
    cases, verb = subject.cases, subject.api.schema.endpoints[name].verb
    kind, listed = ("answer", cases.answer) if reads(verb) else ("accepted", cases.accepted)
    if name not in {case.endpoint for case in listed}:
        yield Problem(subject.line(name), f"no [[{kind}]] case of {name}")
    if verb not in {case.verb for case in cases.request}:
        yield Problem(subject.line(name, "verb"), f"no [[request]] case of {verb}")


def _limits(subject: Subject, name: str) -> Iterator[Problem]:
    """An endpoint has the limits that its page tells."""
    endpoint = subject.api.schema.endpoints.get(name)
    limits = [subject.api.schema.limits[limit] for limit in endpoint.limits] if endpoint else []
    got = [documented.limit_words(limit) for limit in limits]
    if sorted(got) != sorted(subject.cases.limits[name]):
        expected = ", ".join(subject.cases.limits[name])
        yield Problem(subject.line(name, "limits"), f"limits: expected {expected}; got {', '.join(got) or 'none'}")


def _time(subject: Subject, case: Time) -> Iterator[Problem]:
    clock = subject.api.schema.clock
    if clock is None:
        yield Problem(subject.api.where("clock"), "the schema has no [clock]")
        return
    if subject.api.schema.endpoints[clock.endpoint].sign != "none":
        where = subject.api.where("clock", "endpoint")
        yield Problem(where, f"{clock.endpoint} is signed, but what signs needs the clock first")
    told = at(Sample(subject.api, clock.endpoint, case.raw).answer, clock.time)
    times, by = TIME_SCALES[clock.unit]
    got = int(told) * times // by if str(told).isdigit() else told
    if got != case.ms:
        yield Problem(subject.api.where("clock", "time"), f"{case.label}: expected {case.ms}, got {got!r}")
