"""Faults on demand: what goes wrong, for which request, before or after the venue has acted.

A fault is data; what its kinds do stands in `spoiling` (other bytes), `acting` (another act) and `delivery` (another
way over the wire).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from .wire import Request

Delivery = Literal[
    "delay",  # wait `seconds`, then go on
    "hang",  # never answer
    "disconnect",  # close the connection
    "reset",  # tear the connection down, without the goodbye
    "truncate",  # half of the answer's body, then close the connection
    "pause",  # half of the answer's body, wait `seconds`, the other half
    "drip",  # the answer's body, one byte each `seconds`
    "dead",  # the answer, and then silence on this connection for ever
]
Other = Literal[
    "status",  # answer with `status` and `body`, the venue's own answer is lost
    "redirect",  # answer `status` (302, 307, …) with Location `to`
    "error",  # answer with the venue's own error `code`
    "limited",  # answer as to a request too many
    "garbage",  # HTTP 200 with something that isn't JSON
    "empty",  # HTTP 200 with an empty body
    "replace",  # the venue's status and headers with `body`
]
Encoded = Literal[
    "bom",  # the answer behind a byte order mark
    "utf16",  # the answer in another encoding than it says
    "invalid_utf8",  # the answer with a byte that no text has
    "cut",  # the first half of the answer, as if it were the whole
    "trailing",  # the answer, and `body` behind it
    "nested",  # 100,000 lists, each in the other
    "bomb",  # a few kilobytes that unpack to a hundred megabytes; `to` = gzip or deflate
    "mislabelled",  # the answer, said to be gzip
]
Edit = Literal[  # of the JSON in the answer, at any depth
    "drop",  # without the field `field`
    "rename",  # the field `field` is called `to`
    "put",  # the field `field` holds `value`
    "add",  # each object that has the field `field` gets a field `to` with `value` besides
    "double",  # each object that has the field `field` has it once more, with `value`
    "retype",  # the field `field`: text becomes a number, a number becomes text
    "scale",  # the field `field` times `value`
    "box",  # the field `field` holds an object around what it held; without `field` the whole answer
    "lose_row",  # the list in `field` lacks its first row
    "repeat_row",  # the list in `field` has its first row twice
    "reorder",  # the list in `field` stands the other way round
]
Act = Literal[
    "pass",  # nothing, only `late` or `after_execution` count
    "twice",  # the venue acts twice
    "other_account",  # the answer of the account `to`
    "replay",  # the answer before this one to the same path; the one before that with `back` = 2, and so on
    "ignore",  # the parameter `field` of the query is not looked at
]
Kind = Delivery | Other | Encoded | Edit | Act
EDITS = frozenset(get_args(Edit))
_MAKE_THE_ANSWER = frozenset({"hang", "disconnect", "reset", *get_args(Other)}) - {"garbage", "empty", "replace"}
"""Kinds that don't need the venue's answer."""


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
    late: float = 0
    """Real seconds after which alone the venue acts; the answer says at once that it has."""
    status: int = 503
    body: bytes | str = b""
    content_type: str = "text/html"
    """Of ``body``, for ``status``."""
    headers: dict[str, str] | None = None
    seconds: float = 0.05
    """Real seconds of ``delay``, ``pause`` and ``drip``."""
    code: int | str = 0
    to: str = ""
    field: str = ""
    """Name of a field, of a list in an answer (none = the first list of objects), or of a parameter."""
    value: Any = None
    back: int = 1
    then: tuple[Fault, ...] = ()
    """Faults that wait for their requests from the moment on in which this one has struck."""

    @property
    def executes(self) -> bool:
        return self.kind not in _MAKE_THE_ANSWER if self.after_execution is None else self.after_execution

    def matches(self, request: Request) -> bool:
        return self.method in (None, request.method) and self.path in request.raw_path

    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


class Faults:
    """The faults that wait for their request; the oldest one that matches is taken."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.struck = 0
        """How often a fault has met its request."""

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
            self.struck += 1
            self._waiting.extend(fault.then)
            fault.then = ()
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault
        return None
