"""What an answer says before its rows: success or which error.

Decided by the venue's code first, whatever the HTTP status; by the status when the body is no answer of the API.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .. import errors
from .model import Endpoint, Schema, wire_codes
from .paths import at
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

    def check(self, name: str, endpoint: Endpoint, body: bytes, http_status: int) -> Any:
        """The decoded answer of a success.

        Raises:
            UnifiedCopyError: the error that the code or the status means, with its outcome.
        """
        answer = self._decode(name, body, http_status)
        envelope = self.schema.envelope
        code = at(answer, envelope.code) if envelope else None
        if code is None and endpoint.bare and 200 <= http_status < 300:
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
            return answer
        raise self.error(name, str(code), message, http_status)

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


def _is_code(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def clean(text: str) -> str:
    """A venue's text for a message: one line, no control characters, not long."""
    line = "".join(char if char.isprintable() else " " for char in text).strip()
    return line if len(line) <= EXCERPT else line[:EXCERPT] + "…"
