"""Checks of what is an error: every code, its class, and whether it proves that the venue did nothing."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from .. import errors
from ..schema.envelope import clean
from ..schema.paths import at
from ..schema.rows import Rows
from ..schema.verbs import VERBS
from .cases import Accepted, Failure
from .samples import ABSENT, Problem, Sample, Subject, encoded, put

STRANGER = "-98765"
"""A code that no schema lists."""


def failure(subject: Subject, case: Failure) -> Iterator[Problem]:
    """The sample is an error of the class and the outcome that the case says."""
    api, here = subject.api, subject.line(case.endpoint)
    endpoint = api.schema.endpoints[case.endpoint]
    error = _raised(subject, case.endpoint, case.raw, case.status)
    if error is None:
        yield Problem(here, f"{case.label} (HTTP {case.status}): expected {case.kind}, but it passes for a success")
        return
    where = api.where("errors", case.outcome, case.kind)
    if (type(error).__name__, error.outcome) != (case.kind, case.outcome):
        expected, got = f"{case.kind}, {case.outcome}", f"{type(error).__name__}, {error.outcome}"
        yield Problem(where, f"{case.label} (HTTP {case.status}): expected {expected}; got {got}")
    told = (error.exchange, error.endpoint, error.http_status)
    if told != (api.schema.id, case.endpoint, case.status):
        yield Problem(here, f"{case.label}: the error says it is of {told}")
    texts = _texts(Sample(api, case.endpoint, case.raw).answer)
    if error.code is not None and texts and not any(clean(text) in error.message for text in texts):
        yield Problem(api.where("envelope", "message"), f"{case.label}: the error does not say the venue's own text")
    if reads(endpoint.verb):
        read = Sample(api, case.endpoint, b"null").read_bytes(case.raw, case.status)
        empty = isinstance(read, Rows) and read.said_empty
        if not empty and type(read) is not type(error):
            yield Problem(here, f"{case.label}: reading it gives {_shown(read)}, not {case.kind}")


def error_class(subject: Subject, outcome: str, kind: str) -> Iterator[Problem]:
    """Every code of a class has that class and outcome, as text and as a number; with a 5xx it proves nothing."""
    where = subject.api.where("errors", outcome, kind)
    for code in getattr(subject.api.schema.errors, outcome)[kind]:
        name = _asked_about(subject, code)
        if name is None:
            continue
        for wire in _forms(code):
            for status, proves in ((200, outcome), (400, outcome), (500, "unknown")):
                error = _raised(subject, name, error_answer(subject, wire), status)
                got = None if error is None else (type(error).__name__, error.outcome, error.code)
                if got != (kind, proves, code):
                    shown = f"{got[0]}, {got[1]}" if got else "a success"
                    yield Problem(where, f"code {wire!r} (HTTP {status}): expected {kind}, {proves}; got {shown}")


def listed_codes(subject: Subject, outcome: str) -> Iterator[Problem]:
    """The schema's codes are those of the cases, each in its class: nothing missing, nothing moved."""
    ours = {code: kind for kind, codes in getattr(subject.api.schema.errors, outcome).items() for code in codes}
    theirs = {code: kind for kind, codes in subject.cases.codes.get(outcome, {}).items() for code in codes}
    for code in sorted(ours.keys() | theirs.keys()):
        if ours.get(code) != theirs.get(code):
            where = subject.api.where("errors", outcome, ours.get(code) or "")
            yield Problem(where, f"{outcome} code {code}: expected {theirs.get(code)}, got {ours.get(code)}")


def no_success(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """An answer with HTTP 200 whose code is no success, or with no code at all, is an error."""
    envelope = subject.api.schema.envelope
    if envelope is None:
        return
    bodies = [(case.label, case.raw) for case in (*subject.answers(endpoint), *_accepted(subject, endpoint))]
    for label, body in bodies[:1]:
        answer = Sample(subject.api, endpoint, body).answer
        wrapped = at(answer, envelope.code) is not None
        for what, value in (("the code " + STRANGER, STRANGER), ("the code -98765", -98765), ("no code", ABSENT)):
            if value is ABSENT and not wrapped:
                continue  # the schema says that success comes bare
            other = deepcopy(answer) if wrapped else {}
            put(other, envelope.code, value)
            found = _passes(subject, endpoint, encoded(other))
            if found is not None:
                yield Problem(subject.line(endpoint), f"{label} with {what} on HTTP 200 passes for a success: {found}")
        if envelope.rows and envelope.row_code and (place := at(answer, envelope.rows)):
            row = place[-1] if isinstance(place, list) else place
            if isinstance(row, dict):
                put(row, envelope.row_code, STRANGER)
                if (found := _passes(subject, endpoint, encoded(answer))) is not None:
                    where = subject.api.where("envelope", "row_code")
                    yield Problem(where, f"{label} with {envelope.row_code} {STRANGER} in a row passes: {found}")


def accepted(subject: Subject, case: Accepted) -> Iterator[Problem]:
    """The answer of a write that worked is a success, with its ids."""
    here = subject.line(case.endpoint)
    error = _raised(subject, case.endpoint, case.raw, 200)
    if error is not None:
        yield Problem(here, f"{case.label} should be a success, got {type(error).__name__}: {error.message}")
        return
    path = subject.api.schema.endpoints[case.endpoint].ids
    found = at(Sample(subject.api, case.endpoint, case.raw).answer, path) if path else []
    listed = found if isinstance(found, list) else [found]
    ids = [str(entry) if isinstance(entry, int) else entry for entry in listed]  # as receipts tell them
    if ids != case.ids:
        where = subject.line(case.endpoint, "ids")
        yield Problem(where, f"{case.label}: expected the ids {case.ids!r}, got {ids!r}")


def error_answer(subject: Subject, code: Any) -> bytes:
    """An answer with a code, a message and nothing else."""
    envelope = subject.api.schema.envelope
    answer: dict[str, Any] = {}
    if envelope is not None:
        put(answer, envelope.code, code)
        if envelope.message:
            put(answer, envelope.message, "refused by a test")
    return encoded(answer)


def reads(verb: str | None) -> bool:
    """Whether a verb returns rows."""
    return verb is not None and verb in VERBS and not VERBS[verb].writes


def _passes(subject: Subject, endpoint: str, body: bytes) -> str | None:
    """What an answer passes for, None when it is refused."""
    if not reads(subject.api.schema.endpoints[endpoint].verb):
        return "accepted" if _raised(subject, endpoint, body, 200) is None else None
    read = Sample(subject.api, endpoint, b"null").read_bytes(body)
    return _shown(read) if isinstance(read, Rows) else None


def _texts(answer: Any) -> list[str]:
    """What an answer says in words."""
    if isinstance(answer, dict | list):
        return [text for part in (answer.values() if isinstance(answer, dict) else answer) for text in _texts(part)]
    return [answer] if isinstance(answer, str) and not answer.strip("-").isdigit() and answer.strip() else []


def _raised(subject: Subject, name: str, body: bytes, status: int) -> errors.UnifiedCopyError | None:
    try:
        subject.api.verdict.check(name, subject.api.schema.endpoints[name], body, status)
    except errors.UnifiedCopyError as error:
        return error
    return None


def _asked_about(subject: Subject, code: str) -> str | None:
    """An endpoint where the code has no meaning of its own."""
    named = subject.api.schema.endpoints.items()
    return next((name for name, endpoint in named if code not in endpoint.ok_codes), None)


def _forms(code: str) -> list[str | int]:
    """A code as text and, if it is one, as a number."""
    number = code.lstrip("-").isdigit() and str(int(code)) == code
    return [code, int(code)] if number else [code]


def _accepted(subject: Subject, endpoint: str) -> list[Accepted]:
    return [case for case in subject.cases.accepted if case.endpoint == endpoint]


def _shown(read: Any) -> str:
    return f"{len(read.items)} rows" if isinstance(read, Rows) else type(read).__name__
