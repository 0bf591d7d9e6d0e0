"""What an answer says before its rows: success or which error.

Decided by the venue's code first, whatever the HTTP status; by the status when the body is no answer of the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from .. import errors
from .kinds import EARLIEST, LATEST, TIME_SCALES
from .model import Endpoint, Schema, wire_codes
from .paths import all_at, at
from .runtime import exact

EXCERPT = 160
_DECODER = msgspec.json.Decoder(float_hook=exact)
_GENERIC = {
    400: errors.BadRequest,
    401: errors.AuthenticationError,
    403: errors.DDoSProtection,  # without an answer of the API it is a firewall
    404: errors.NotSupported,
    408: errors.RequestTimeout,
    418: errors.DDoSProtection,
    429: errors.RateLimitExceeded,
    503: errors.OnMaintenance,
    504: errors.RequestTimeout,
}


STALE_MS = 5_000
"""How much older than the request an answer may look: clocks are read to within a round trip, and drift."""


WEIGHED_FROM, MOST_NODES = 1 << 20, 300_000
"""Bytes from which on an answer's objects and lists are counted before they are made, and how many it may have: each
takes some hundred bytes of memory for two on the wire."""


class Question(NamedTuple):
    """What an answer must fit."""

    sent: Mapping[str, Any] = MappingProxyType({})
    """The parameters, as they were sent."""
    at: int | None = None
    """The venue's time when they were; None when that is not known."""


UNASKED = Question()


class Verdict:
    """The error tables of a schema, ready for lookups."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.classes: dict[str, tuple[type[errors.UnifiedCopyError], errors.Outcome]] = {}
        for outcome, table in (("rejected", schema.errors.rejected), ("unknown", schema.errors.unknown)):
            for name, codes in table.items():
                for code in codes:
                    self.classes[code] = (errors.by_name(name) or errors.ExchangeError, outcome)  # type: ignore[assignment]
        self._ok = wire_codes(schema.envelope.ok) if schema.envelope else frozenset()
        self._time_unit = schema.envelope.time_unit if schema.envelope else "ms"

    def check(self, name: str, endpoint: Endpoint, body: bytes, http_status: int, question: Question = UNASKED) -> Any:
        """The decoded answer of a success, which is of this question as far as it tells.

        Raises:
            UnifiedCopyError: the error that the code or the status means, with its outcome.
        """
        answer = self._decode(name, body, http_status)
        envelope = self.schema.envelope
        # Before the code: an old refusal proves nothing about a new request.
        if envelope is not None and envelope.time is not None and not endpoint.bare:
            self.refuse_old(name, at(answer, envelope.time), question, http_status)
        code = at(answer, envelope.code) if envelope else None
        if code is None and endpoint.bare and 200 <= http_status < 300:
            self._refuse_other(name, endpoint, answer, question, http_status)
            return answer
        if not _is_code(code):
            raise self._unreadable(name, body, http_status, "the answer has no result code")
        message = at(answer, envelope.message) if envelope and envelope.message else None
        code, message = self._row_verdict(answer) or (code, message)
        if not _is_code(code):
            raise self._unreadable(name, body, http_status, "a row has no result code")
        if code in self._ok or str(code) in endpoint.ok_codes:
            if http_status >= 300:
                raise self._unreadable(name, body, http_status, "a success code with the status of a failure")
            self._refuse_other(name, endpoint, answer, question, http_status)
            return answer
        raise self.error(name, str(code), message, http_status)

    def refuse_old(self, name: str, told: Any, question: Question, http_status: int) -> None:
        """Raises for an answer that was made before the question was sent."""
        made = moment(told, self._time_unit)
        if made is not None and question.at is not None and made < question.at - STALE_MS:
            raise errors.StaleResponse(
                f"the answer is {(question.at - made) / 1000:.0f} s older than the question",
                outcome="unknown", exchange=self.schema.id, endpoint=name, http_status=http_status,
            )  # fmt: skip

    def _refuse_other(self, name: str, endpoint: Endpoint, answer: Any, question: Question, http_status: int) -> None:
        """Raises for an answer that repeats something else than what was asked."""
        for path, parameter in endpoint.echo.items():
            asked = question.sent.get(parameter)
            got = next((told for told in all_at(answer, path) if differs(told, asked)), None)
            if asked is not None and got is not None:
                raise errors.BadResponse(
                    f"{path} is {clean(repr(got))}, but {parameter} = {asked!r} was asked for: "
                    "the answer is of another question",
                    outcome="unknown", exchange=self.schema.id, endpoint=name, http_status=http_status,
                )  # fmt: skip

    def _row_verdict(self, answer: Any) -> tuple[Any, Any] | None:
        """The first code inside the answer's rows that is no success, where a venue puts one there."""
        envelope = self.schema.envelope
        if envelope is None or envelope.rows is None or envelope.row_code is None:
            return None
        rows = at(answer, envelope.rows)
        for row in rows if isinstance(rows, list) else [rows]:
            code = at(row, envelope.row_code)
            if code not in (None, "") and not (_is_code(code) and code in self._ok):
                return code, at(row, envelope.row_message) if envelope.row_message else None
        return None

    def error(self, name: str, code: str, message: Any, http_status: int) -> errors.UnifiedCopyError:
        """What a code means. One that is not listed proves nothing."""
        kind, outcome = self.classes.get(code, (errors.ExchangeError, "unknown"))
        if http_status >= 500:  # a server that failed proves nothing, whatever it says
            outcome = "unknown"
        if code not in self.classes and http_status >= 500:
            kind = errors.ExchangeNotAvailable
        if code not in self.classes and http_status in (418, 429):
            kind = errors.RateLimitExceeded
        said = clean(message) if isinstance(message, str) and message else "(the venue gave no text)"
        return kind(said, outcome=outcome, exchange=self.schema.id, endpoint=name, code=code, http_status=http_status)

    def _decode(self, name: str, body: bytes, http_status: int) -> Any:
        if too_many(body):
            raise self._unreadable(
                name, body, http_status, f"the answer holds more than {MOST_NODES:,} objects and lists"
            )
        try:
            answer = _DECODER.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ArithmeticError):
            raise self._unreadable(name, body, http_status, "the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise self._unreadable(name, body, http_status, "the answer is not a JSON object")
        return answer

    def _unreadable(self, name: str, body: bytes, http_status: int, why: str) -> errors.UnifiedCopyError:
        listed = self.schema.errors.http.get(str(http_status))
        kind = (errors.by_name(listed) if listed else None) or _GENERIC.get(http_status)
        if kind is None:
            kind = errors.ExchangeNotAvailable if http_status >= 500 else errors.BadResponse
        excerpt = clean(body[: EXCERPT * 2].decode("utf-8", "replace"))
        text = f"{why}: {excerpt!r}" if excerpt else f"HTTP {http_status} with an empty answer"
        return kind(text, outcome="unknown", exchange=self.schema.id, endpoint=name, http_status=http_status)


def too_many(body: bytes) -> bool:
    """Whether an answer would become far more than it weighs."""
    return len(body) >= WEIGHED_FROM and body.count(b"{") + body.count(b"[") > MOST_NODES


def moment(told: Any, unit: str) -> int | None:
    """A venue's time in Unix milliseconds; None for what is none."""
    number = told if told.__class__ is int else _digits(told)
    if number is None:
        return None
    times, by = TIME_SCALES[unit]
    made = number * times // by
    return made if EARLIEST <= made < LATEST else None


def _digits(told: Any) -> int | None:
    return int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 25 else None


def differs(told: Any, asked: Any) -> bool:
    """Whether an answer repeats something else. Of several things that were asked for it may repeat one."""
    if told is None or told == "" or (told == asked and told.__class__ is str):
        return False
    wanted = asked if isinstance(asked, list) else str(asked).split(",")
    return str(told).casefold() not in {str(one).casefold() for one in wanted}


def _is_code(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def clean(text: str) -> str:
    """A venue's text for a message: one line, no control characters, not long."""
    line = "".join(char if char.isprintable() else " " for char in text).strip()
    return line if len(line) <= EXCERPT else line[:EXCERPT] + "…"
