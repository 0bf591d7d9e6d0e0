"""Faults on demand: what goes wrong, for which request, before or after the venue has acted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from .wire import Answer, Request

Kind = Literal[
    "status",  # answer with `status` and `body`, the venue's own answer is lost
    "error",  # answer with the venue's own error `code`
    "delay",  # wait `seconds`, then go on
    "hang",  # never answer
    "disconnect",  # close the connection
    "redirect",  # answer `status` (302, 307, …) with Location `to`
    "truncate",  # half of the answer's body, then close the connection
    "garbage",  # HTTP 200 with something that isn't JSON
    "empty",  # HTTP 200 with an empty body
    "replace",  # the venue's status and headers with `body`
    "drop",  # the answer without the JSON field `field`, at any depth
    "rename",  # the answer with the JSON field `field` called `to`
]
GARBAGE = b"\x00\xff<!-- not JSON"
_NEED_THE_ANSWER = frozenset({"truncate", "garbage", "empty", "replace", "drop", "rename"})


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, ``times`` times (None = for ever), after ``skip`` matching requests."""

    kind: Kind
    method: str | None = None
    """None = any."""
    path: str = ""
    """Part of the path or query, as on the wire."""
    times: int | None = 1
    skip: int = 0
    after_execution: bool | None = None
    """Whether the venue acts before it goes wrong. None = only for the kinds that need the venue's answer."""
    status: int = 503
    body: bytes | str = b""
    content_type: str = "text/html"
    """Of ``body``, for ``status``."""
    headers: dict[str, str] | None = None
    seconds: float = 0.05
    """Real seconds of ``delay``."""
    code: int | str = 0
    to: str = ""
    field: str = ""

    @property
    def executes(self) -> bool:
        return self.kind in _NEED_THE_ANSWER if self.after_execution is None else self.after_execution

    def matches(self, request: Request) -> bool:
        return self.method in (None, request.method) and self.path in request.raw_path

    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body

    def spoil(self, answer: Answer, error: Callable[[int | str], Answer]) -> Answer:
        """What is sent instead of ``answer``; ``error`` makes a venue's own error answer."""
        match self.kind:
            case "status":
                return Answer(self.status, self.content(), self.headers or {}, self.content_type)
            case "redirect":
                status = self.status if 300 <= self.status < 400 else 307
                return Answer(status, b"", {"Location": self.to})
            case "error":
                return error(self.code)
            case "garbage" | "empty":
                answer = replace(answer, status=200)
        return replace(answer, body=self._spoiled(answer.body))

    def _spoiled(self, body: bytes) -> bytes:
        match self.kind:
            case "garbage":
                return self.content() or GARBAGE
            case "empty":
                return b""
            case "replace":
                return self.content()
            case "drop" | "rename":
                return json.dumps(self._rewritten(json.loads(body)), ensure_ascii=False).encode()
        return body

    def _rewritten(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._rewritten(item) for item in value]
        if not isinstance(value, dict):
            return value
        kept = {key: self._rewritten(item) for key, item in value.items() if key != self.field or self.to}
        return {self.to if key == self.field else key: item for key, item in kept.items()}


class Faults:
    """The faults that wait for their request; the oldest one that matches is taken."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        self._waiting.extend(faults)

    def clear(self) -> None:
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, request: Request) -> Fault | None:
        """The fault for this request; used up after ``times`` requests."""
        for fault in self._waiting:
            if not fault.matches(request):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault
        return None
