"""The cases of ``cases/<venue>/<api>.toml``: venue answers with what they mean, and verbs with what they send.

Expected values were worked out by hand from the venues' pages, never taken from a reader's output. Answers are files of
``data/<venue>/<api>/``; ``data/SOURCES.md`` says where each is from.
"""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from unifiedcopy.models import CLEAR, SIZINGS, FollowSettings, Position, Price, Roi, Sizing
from unifiedcopy.schema import Api, load_schema
from unifiedcopy.series import Series

HERE = Path(__file__).parent
AUTOMATIC = ("exchange", "account", "role")
BY_LEADER = ("leader", "leader_positions", "leader_history", "follow", "unfollow", "follow_settings")
"""Verbs whose first argument is a leader."""
ACCOUNT = "main"
"""The alias that answers are read for."""

Table = dict[str, Any]


class _Bytes(Struct, forbid_unknown_fields=True, kw_only=True):
    api: str = ""
    file: str | None = None
    body: str | None = None

    @property
    def raw(self) -> bytes:
        """What the venue answered."""
        return (self.body or "").encode() if self.file is None else (data_folder(self.api) / self.file).read_bytes()


class Answer(_Bytes, kw_only=True):
    """Rows that an answer holds, each a table of field -> value; ``absent`` names fields whose None is worth saying."""

    says: str
    endpoint: str
    rows: list[Table] = []
    status: int = 200
    next: str | None = None
    pages: int | None = None


class Failure(_Bytes, kw_only=True, rename={"kind": "class"}):
    """The error that an answer is, and whether it proves that nothing was done."""

    endpoint: str
    status: int
    kind: str
    outcome: str


class Accepted(_Bytes, kw_only=True):
    """The success of a write, with the ids in it."""

    endpoint: str
    ids: list[str] = []


class Time(_Bytes, kw_only=True):
    """The venue's time in Unix milliseconds."""

    ms: int


class Expected(Struct, forbid_unknown_fields=True):
    """A request as it leaves, without what the signature adds."""

    method: str
    path: str
    query: str = ""
    body: str = ""


class RequestCase(Struct, forbid_unknown_fields=True, kw_only=True):
    """A verb (or a raw ``call`` of an endpoint) with its arguments, and what is sent."""

    says: str
    expect: Expected
    api: str = ""
    verb: str | None = None
    call: str | None = None
    args: Table = {}
    position: Table | None = None
    settings: Table | None = None
    params: Table = {}
    cursor: str | None = None
    """What the page before said; the expected request is the next page's."""
    documented: str | None = None
    """The venue's own example of this request."""

    def arguments(self) -> tuple[list[Any], Table]:
        """What the verb is called with: positional and by name."""
        given = {name: canonical(value) for name, value in self.args.items()}
        subject = [given.pop("leader")] if self.verb in BY_LEADER else []
        if self.position is not None:
            subject = [position(load_schema(self.api), self.position)]
        if self.settings is not None:
            subject.append(FollowSettings(**{name: canonical(value) for name, value in self.settings.items()}))
        return subject, given | ({"params": self.params} if self.params else {})


class Cases(Struct, forbid_unknown_fields=True):
    """One file."""

    answer: list[Answer] = field(default_factory=list)
    error: list[Failure] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    time: list[Time] = field(default_factory=list)
    request: list[RequestCase] = field(default_factory=list)


class Shape(_Bytes, kw_only=True):
    """One position as one venue sends it, with the fields that only this venue tells."""

    own: Table


class SamePosition(Struct, forbid_unknown_fields=True):
    shared: Table
    shape: list[Shape]


@cache
def cases() -> dict[str, Cases]:
    """Every case file by schema id."""
    found = {}
    for path in sorted((HERE / "cases").glob("*/*.toml")):
        api = f"{path.parent.name}/{path.stem}"
        found[api] = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Cases)
        for kind in found[api].__struct_fields__:
            for case in getattr(found[api], kind):
                case.api = api
    return found


def every(kind: str) -> list[Any]:
    """The cases of a kind, of all files."""
    return [case for file in cases().values() for case in getattr(file, kind)]


def same_position() -> SamePosition:
    return msgspec.convert(tomllib.loads((HERE / "cases" / "same_position.toml").read_text("utf-8")), SamePosition)


def data_folder(api: str) -> Path:
    return HERE / "data" / api


def canonical(value: Any) -> Any:
    """A value of a case file as the library's own: triggers and sizings are tables of one key, figures are text."""
    if value == "clear":
        return CLEAR
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    made = {"price": Price, "roi": Roi, **SIZINGS}[kind]
    return made(Decimal(text)) if text else made()


def position(api: Api, table: Table) -> Position:
    """A position of an API from the few fields that a request needs."""
    facts = api.symbols.facts(table["venue_symbol"])
    given = {name: Decimal(value) if name == "size" else canonical(value) for name, value in table.items()}
    return Position(exchange=api.schema.id, account=None, symbol=facts.symbol, size_unit=facts.size_unit, **given)


def plain(value: Any) -> Any:
    """A canonical value as case files write it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, Price | Roi):
        return {type(value).__name__.lower(): plain(value.value)}
    if isinstance(value, Sizing):
        kind = next(name for name, made in SIZINGS.items() if made is type(value))
        return {kind: "" if value.value is None else plain(value.value)}
    if isinstance(value, Series):
        return [[point.at, plain(point.value)] for point in value]
    return list(value) if isinstance(value, tuple) else value


def told(row: Any) -> Table:
    """What a struct says, as a row of a case file: every field that is not None."""
    named = ((name, getattr(row, name)) for name in row.__struct_fields__ if name not in AUTOMATIC)
    return {name: plain(value) for name, value in named if value is not None}
