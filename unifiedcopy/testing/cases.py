"""Case files: venue answers with what they mean, and verbs with what they send.

A case file stands beside its schema (``<api>.cases.toml``, its samples in the folder ``<api>.cases``) or in
``tests/cases/<venue>/<api>.toml`` (samples in ``tests/data/<venue>/<api>``). Its tables, each repeatable:

| table | says |
| --- | --- |
| ``[[answer]]`` | an answer of an endpoint that reads, and the rows that it means, worked out by hand |
| ``[[error]]`` | an answer that is an error, its class and outcome |
| ``[[accepted]]`` | the answer of a write that worked, and the ids in it |
| ``[[time]]`` | the answer of the clock endpoint, in milliseconds |
| ``[[request]]`` | a verb with its arguments, and the request that it sends, byte for byte |
| ``[[refused]]`` | a verb with arguments that the venue can't take, and the word that the refusal must say |
| ``[[signature]]`` | a signature, published or computed with another tool; ``target``, ``headers``, ``sent`` as sent |
| ``[limits]`` | what the pages say of an endpoint's limits: ``positions = ["5/1s uid", "6000/60s ip"]`` |
| ``[documented]`` | what the pages say of an endpoint's request, in one line: see ``documented.py`` |
| ``[api]`` | what they say of the whole: ``rest`` and ``test`` hosts, ``headers``, ``default_markets``, ``status``, … |
| ``[codes.rejected]``, ``[codes.unknown]`` | every code of the venue's error page by class, as the schema must say |
| ``[equivalent]`` | changes of the schema that can't matter, with the reason: see ``mutants`` |
| ``[unseen]`` | what no sample shows, with the reason: ``"positions.openFee" = "in the table, not in the example"`` |

An answer is a file (``file``) or stands in the case (``body``). In rows figures are text, times are Unix
milliseconds, triggers and sizings are tables of one key (``{ roi = "-0.2" }``); a field that is not listed is None.
"""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from ..errors import ConfigError
from ..models import CLEAR, SIZINGS, FollowSettings, LeadSettings, Position, Price, Roi, Sizing
from ..schema import Api
from ..schema.document import Document, read_document
from ..schema.runtime import CONTEXT
from ..schema.structure import flaws
from ..schema.verbs import LEAD
from ..series import Series

AUTOMATIC = ("exchange", "account")
"""Fields that the API says, not the answer; of a position its role, too."""

Table = dict[str, Any]


class _Bytes(Struct, forbid_unknown_fields=True, kw_only=True):
    api: str = ""
    folder: str = ""
    file: str | None = None
    body: str | None = None

    @property
    def raw(self) -> bytes:
        """What the venue answered."""
        return (self.body or "").encode() if self.file is None else (Path(self.folder) / self.file).read_bytes()

    @property
    def label(self) -> str:
        """A short name of the answer."""
        return self.file or getattr(self, "says", "") or (self.body or "nothing")[:40]


class Answer(_Bytes, kw_only=True):
    """Rows that an answer holds, each a table of field -> value; ``absent`` names fields whose None is worth saying."""

    says: str
    endpoint: str
    rows: list[Table] = []
    status: int = 200
    next: str | None = None
    pages: int | None = None
    sent: Table = {}
    """The request's parameters, for fields that the answer doesn't repeat."""

    @property
    def expected(self) -> list[Table]:
        """The rows without the remarks."""
        return [{name: value for name, value in row.items() if name != "absent"} for row in self.rows]


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


class _Call(Struct, forbid_unknown_fields=True, kw_only=True):
    """A verb (or a raw ``call`` of an endpoint) with its arguments."""

    says: str
    api: str = ""
    folder: str = ""
    verb: str | None = None
    call: str | None = None
    args: Table = {}
    position: Table | None = None
    settings: Table | None = None
    params: Table = {}

    def arguments(self, api: Api) -> Table:
        """What the verb is called with, by name."""
        given = {name: canonical(value) for name, value in self.args.items()}
        if self.position is not None:
            given["position"] = position(api, self.position)
        if self.settings is not None:
            made = LeadSettings if (self.verb or "").startswith(LEAD) else FollowSettings
            given["settings"] = made(**{name: canonical(value) for name, value in self.settings.items()})
        return given | ({"params": self.params} if self.params else {})


class RequestCase(_Call, kw_only=True):
    """What a call sends."""

    expect: Expected
    cursor: str | None = None
    """What the page before said; the expected request is the next page's."""
    documented: str | None = None
    """The venue's own example of this request."""


class Refused(_Call, kw_only=True):
    """A call that is refused before anything is sent; ``word`` is what the error must name."""

    word: str


class SignatureCase(Struct, forbid_unknown_fields=True, kw_only=True):
    """A signature with all that it was made of; ``file`` and ``id`` take the parts from a list of vectors in JSON."""

    says: str = ""
    api: str = ""
    folder: str = ""
    file: str | None = None
    id: str | None = None
    signing: str = "default"
    source: str | None = None
    api_key: str | None = None
    secret: str | None = None
    passphrase: str | None = None
    timestamp: str | int = ""
    recv_window: str | int | None = None
    nonce: str | None = None
    method: str = "GET"
    path: str = ""
    query: str = ""
    body: str = ""
    expect: str = ""
    target: str | None = None
    """Path and query as they are sent, the signature in place."""
    headers: dict[str, str] = {}
    """Headers that must be sent."""
    sent: str | None = None
    """The body as it is sent, where the signature stands in there."""

    @property
    def label(self) -> str:
        return self.id or self.says or self.expect[:16]

    def parts(self) -> dict[str, Any]:
        """Everything that went into the signature, and the signature as ``expect``."""
        if self.file is None:
            return msgspec.structs.asdict(self)
        document = json.loads((Path(self.folder) / self.file).read_bytes())
        vectors = document["vectors"] if isinstance(document, dict) else document
        found = next((vector for vector in vectors if vector["id"] == self.id), None)
        if found is None:
            raise ConfigError(f"{self.file} has no vector {self.id!r}")
        expect = found.get("computed_signature") or found.get("expected_signature")
        return {**msgspec.structs.asdict(self), **found, "expect": expect}


class Cases(Struct, forbid_unknown_fields=True):
    """One file."""

    answer: list[Answer] = field(default_factory=list)
    error: list[Failure] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    time: list[Time] = field(default_factory=list)
    request: list[RequestCase] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    signature: list[SignatureCase] = field(default_factory=list)
    limits: dict[str, list[str]] = field(default_factory=dict)
    documented: dict[str, str] = field(default_factory=dict)
    api: Table = field(default_factory=dict)
    codes: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    equivalent: dict[str, str] = field(default_factory=dict)


LISTS = ("answer", "error", "accepted", "time", "request", "refused", "signature")


class CaseFiles:
    """Where a schema, its cases and their samples stand, found from either file."""

    def __init__(self, path: Path) -> None:
        path = path.absolute()
        root = path.parents[2]
        if path.name.endswith(".cases.toml"):
            self.schema, self.cases = path.with_name(path.name.replace(".cases.toml", ".toml")), path
        elif path.parents[1].name == "cases":
            self.schema, self.cases = path.parents[3] / "schemas" / path.parent.name / path.name, path
        else:
            beside = path.with_suffix(".cases.toml")
            apart = root / "tests" / "cases" / path.parent.name / path.name
            self.schema, self.cases = path, apart if apart.is_file() and not beside.is_file() else beside
        self.id = f"{self.schema.parent.name}/{self.schema.stem}"

    @property
    def samples(self) -> Path:
        """The folder of the answers."""
        if self.cases.name.endswith(".cases.toml"):
            return self.cases.with_suffix("")
        return self.cases.parents[2] / "data" / self.id


def load_cases(place: CaseFiles) -> Cases:
    """The cases of a schema, none when there is no file; of one that extends another, on top of that one's.

    A white label answers and sends as what it extends: the same cases hold, but where it changes an endpoint.

    Raises:
        ConfigError: the file can't be read, or says something else than cases (every problem is listed).
    """
    own = _read(place) if place.cases.is_file() else Cases()
    document = read_document(place.schema) if place.schema.is_file() else None
    base = document.keys.get("extends", place.id) if document else place.id
    # Another API of the same venue says what is otherwise, so its cases are its own.
    white_label = document is not None and base.partition("/")[0] != place.id.partition("/")[0]
    return _on_top_of_base(place, own, document) if document and white_label else own


def _read(place: CaseFiles) -> Cases:
    name = f"{place.cases.parent.name}/{place.cases.name}"
    try:
        keys = tomllib.loads(place.cases.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name} can't be read: {error}") from None
    if wrong := list(flaws(keys, Cases)):
        listed = "\n".join(f"{name} {'.'.join(flaw.path)}: {flaw.message} {flaw.hint}".rstrip() for flaw in wrong)
        raise ConfigError(listed)
    cases = msgspec.convert(keys, Cases)
    for kind in LISTS:
        for case in getattr(cases, kind):
            if Path(getattr(case, "file", None) or "").is_absolute():
                raise ConfigError(f"{name}: {case.file} is no file of {place.samples.name}; name it from there")
            case.api, case.folder = place.id, str(place.samples)
    return cases


REMARKS = {"unmapped", "doc", "source"}
"""Keys of an endpoint that change nothing of what is sent and read."""


def _on_top_of_base(place: CaseFiles, own: Cases, document: Document) -> Cases:
    file, extended, *_ = document.sources
    base = load_cases(CaseFiles(extended.path))
    changed = {name for name, said in file.keys.get("endpoints", {}).items() if set(said) - REMARKS}
    verbs = {document.keys["endpoints"][name].get("verb") for name in changed}
    for kind in LISTS:
        kept = [case for case in getattr(base, kind) if not _about(case, changed, verbs)]
        for case in kept:
            case.api = place.id
        getattr(own, kind)[:0] = kept
    return msgspec.structs.replace(
        own,
        limits={name: said for name, said in base.limits.items() if name not in changed} | own.limits,
        documented={name: said for name, said in base.documented.items() if name not in changed} | own.documented,
        codes=own.codes or base.codes,
        unseen=base.unseen | own.unseen,
    )


def _about(case: Any, endpoints: set[str], verbs: set[Any]) -> bool:
    """Whether a case is about one of some endpoints."""
    named = {getattr(case, "endpoint", None), getattr(case, "call", None)}
    return bool(named & endpoints) or (getattr(case, "verb", None) or "-") in verbs


def canonical(value: Any) -> Any:
    """A value of a case file as the library's own: triggers and sizings are tables of one key, figures are text."""
    if value == "clear":
        return CLEAR
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    made: Any = {"price": Price, "roi": Roi, **SIZINGS}[kind]
    return made(Decimal(text)) if text else made()


def position(api: Api, table: Table) -> Position:
    """A position of an API from the few fields that a request needs."""
    facts = api.symbols.facts(table["venue_symbol"])
    given: dict[str, Any] = {name: canonical(value) for name, value in table.items()}
    given |= {"symbol": facts.symbol, "size_unit": facts.size_unit, "size": Decimal(table["size"])}
    return Position(exchange=api.schema.id, account=None, **given)


def plain(value: Any) -> Any:
    """A canonical value as case files write it."""
    if isinstance(value, Decimal):
        return f"{value.normalize(CONTEXT):f}" if value else "0"
    if isinstance(value, Price | Roi):
        return {type(value).__name__.lower(): plain(value.value)}
    if isinstance(value, Sizing):
        kind = next(name for name, made in SIZINGS.items() if made is type(value))
        size = getattr(value, "value", None)
        return {kind: "" if size is None else plain(size)}
    if isinstance(value, Series):
        return [[point.at, plain(point.value)] for point in value]
    return list(value) if isinstance(value, tuple) else value


def told(row: Any) -> Table:
    """What a struct says, as a row of a case file: every field that is not None."""
    automatic = (*AUTOMATIC, "role") if isinstance(row, Position) else AUTOMATIC
    named = ((name, getattr(row, name)) for name in row.__struct_fields__ if name not in automatic)
    return {name: plain(value) for name, value in named if value is not None}
