"""What goes over the wire: a request exactly as it came in, an answer exactly as it goes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """A received request. ``raw_path`` and ``body`` are as on the wire; everything else is read from them."""

    method: str
    raw_path: str
    """Path and query, undecoded."""
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes
    at: int
    """Unix milliseconds on the venue's clock."""
    peer: str = "127.0.0.1"

    @property
    def path(self) -> str:
        """The path without the query, undecoded."""
        return self.raw_path.partition("?")[0]

    @property
    def query_string(self) -> str:
        """What stands behind the question mark, undecoded."""
        return self.raw_path.partition("?")[2]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, decoded; of a repeated name the first value."""
        return dict(reversed(parse_qsl(self.query_string, keep_blank_values=True)))

    def raw_query(self, name: str) -> str | None:
        """A value of the query as it stands on the wire, not decoded."""
        for pair in self.query_string.split("&"):
            key, _, value = pair.partition("=")
            if unquote(key) == name:
                return value
        return None

    def without(self, name: str) -> Request:
        """The request without a parameter of the query."""
        if self.raw_query(name) is None:
            return self
        kept = [pair for pair in self.query_string.split("&") if unquote(pair.partition("=")[0]) != name]
        return replace(self, raw_path=f"{self.path}?{'&'.join(kept)}")

    @cached_property
    def json(self) -> Any:
        """The body as JSON with exact numbers; None when it isn't JSON."""
        try:
            return json.loads(self.body, parse_float=Decimal)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: status, bytes, headers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    @classmethod
    def json(cls, payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """JSON, compact, keys in the order given; an amount must be text already."""
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return cls(status, text.encode(), headers or {})

    @classmethod
    def text(cls, text: str, status: int = 200, content_type: str = "text/plain") -> Answer:
        return cls(status, text.encode(), {}, content_type)

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        return Answer(self.status, self.body, {**self.headers, **headers}, self.content_type)


class Refusal(Exception):
    """Raised by an emulator to answer with an error; nothing is executed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body.decode(errors="replace"))
        self.answer = answer
