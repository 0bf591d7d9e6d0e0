"""Checks of what is sent: requests byte for byte, signatures, and walks through pages. Nothing leaves the process."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Coroutine, Iterator
from datetime import datetime
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from .. import errors
from ..connection import Connection, Leaving
from ..driven import DrivenExchange
from ..page import Page
from ..reading import Inquiry, Walk
from ..request import Request, build
from ..roundtrip import Deadlines
from ..safety.protocol import Safety
from ..schema import Api
from ..schema.lint.openpoints import OPEN
from ..schema.model import Signing
from ..schema.paths import at
from ..schema.rows import Rows
from ..secret import Credentials
from ..signing import Signer, iso
from ..transport import Reply
from .cases import Refused, RequestCase, SignatureCase
from .samples import ACCOUNT, Problem, Sample, Subject, changed, repeating

T = TypeVar("T")
CREDENTIALS = Credentials("key", "secret", "phrase")
NOWHERE = "https://nowhere-{}.invalid"
_numbers = count()
PAGES = 3
TOO_MANY = 12
ALONE = Safety(read_back=False)
"""A verb's own request is looked at, not what is read around it."""


class Captured(Exception):
    """Instead of an answer: the request."""

    def __init__(self, request: Request) -> None:
        self.request = request


class Capturing(Connection):
    """A connection that hands back the request of a verb and sends nothing; what the library asks before (what a
    contract is, what the venue allows) is answered by the samples.
    """

    def __init__(self, subject: Subject, verb: str | None) -> None:
        # An address of its own: what the library remembers of an address is not remembered here.
        super().__init__(subject.api, CREDENTIALS, NOWHERE.format(next(_numbers)), Deadlines())
        self.subject = subject
        self.asked_for = set(subject.api.serving(verb)) if verb else set()

    async def ask(self, request: Request, parse: Any, leaving: Leaving | None = None) -> Any:
        name = request.endpoint
        samples = [case for case in self.subject.cases.accepted if case.endpoint == name]
        bodies = [case.raw for case in (*self.subject.answers(name), *samples)]
        if not self.asked_for or name in self.asked_for or not bodies:
            raise Captured(request)
        spec = self.api.schema.endpoints[name]
        return parse(Reply(200, repeating(spec, bodies[0], request.sent), None, 0))


class Endless(Exception):
    """A walk that goes on where nothing new comes."""


class Playing(Connection):
    """A connection that answers with pages, the last one again and again."""

    def __init__(self, api: Api, pages: list[bytes]) -> None:
        super().__init__(api, CREDENTIALS, NOWHERE.format(next(_numbers)), Deadlines())
        self.pages = pages
        self.asked: list[Request] = []

    async def ask(self, request: Request, parse: Any, leaving: Leaving | None = None) -> Any:
        if len(self.asked) == TOO_MANY:
            raise Endless
        self.asked.append(request)
        spec, page = self.api.schema.endpoints[request.endpoint], self.pages[min(len(self.asked), len(self.pages)) - 1]
        return parse(Reply(200, repeating(spec, page, request.sent), None, 0))


def awaited(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, on a loop of its own that nobody else sees."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


# -- requests ---------------------------------------------------------------------------------------------------------


def captured(subject: Subject, case: RequestCase | Refused) -> Request:
    """The request that a case's verb builds; of the page after it when the case says so."""
    api = subject.api
    request = awaited(_captured(subject, case))
    endpoint = api.schema.endpoints[request.endpoint]
    if isinstance(case, Refused) or case.cursor is None or endpoint.paging is None:
        return request
    return build(api.schema.id, request.endpoint, endpoint, {**request.sent, endpoint.paging.param: case.cursor})


async def _captured(subject: Subject, case: RequestCase | Refused) -> Request:
    api = subject.api
    ex = DrivenExchange(api, Capturing(subject, case.verb), alias=None, write=True, convert=True, safety=ALONE)
    try:
        if case.call is not None:
            await ex.call(case.call, **{**case.args, **case.params})
        else:
            await attrgetter(case.verb or "")(ex)(**case.arguments(api))
    except Captured as caught:
        return caught.request
    raise errors.ConfigError(f"{case.verb or case.call} sent nothing")


def request_bytes(subject: Subject, case: RequestCase) -> Iterator[Problem]:
    """The verb sends exactly the request that the case says, and the signature leaves it as it is."""
    api = subject.api
    serving = [case.call] if case.call else api.serving(case.verb or "")
    here = subject.line(str(next(iter(serving), "")))
    if _undecided(case):
        yield Problem(here, f"{case.says}: the case still says {OPEN}; take the request from the venue's page")
        return
    try:
        request = captured(subject, case)
    except (errors.UnifiedCopyError, TypeError, ValueError, KeyError, AttributeError) as error:
        yield Problem(here, f"{case.says}: nothing is sent: {type(error).__name__}: {error}")
        return
    here = subject.line(request.endpoint)
    if serving and request.endpoint not in serving:
        yield Problem(here, f"{case.says}: asks {request.endpoint} first; give that an [[answer]] or [[accepted]] case")
        return
    endpoint = api.schema.endpoints[request.endpoint]
    signing = api.schema.signing.get(endpoint.sign)
    pairs = sorted(request.query) if signing and signing.sort_query else request.query
    query = "&".join(f"{key}={value}" for key, value in pairs)
    sent = {"method": request.method, "path": request.path, "query": query, "body": request.body.decode()}
    for part, got in sent.items():
        expected = getattr(case.expect, part)
        if got != expected:
            where = subject.line(request.endpoint, part) if part in ("method", "path") else here
            yield Problem(where, f"{part}: expected {expected!r}, got {got!r}")
    if signing is not None:
        signed = Signer(signing, CREDENTIALS, api.schema.id).sign(request, 1, sign_body=endpoint.sign_body)
        start = f"{request.path}?{query}" if query else request.path
        if not (_holds(signed.body, request.body, signing) and signed.target.startswith(start)):
            yield Problem(here, f"signing changed the request: {signed!r}")


def _undecided(case: RequestCase | SignatureCase) -> bool:
    return re.search(rf"\b{OPEN}\b", str(msgspec.to_builtins(case))) is not None


def _holds(signed: bytes, body: bytes, signing: Signing) -> bool:
    """Whether a signed body is the one that was built; a proof in the body stands beside its fields."""
    if not (signing.in_body and body):
        return signed == body
    fields: dict[str, Any] = json.loads(signed)
    return bool({name: fields[name] for name in fields if name not in signing.query} == json.loads(body))


def refused(subject: Subject, case: Refused) -> Iterator[Problem]:
    """The call is refused by name, and nothing is sent."""
    here = subject.line(case.call or str(next(iter(subject.api.serving(case.verb or "")), "")))
    try:
        request = captured(subject, case)
    except (errors.UnifiedCopyError, TypeError, ValueError) as error:
        if case.word not in str(error):
            yield Problem(here, f"{case.says}: the refusal should name {case.word!r}, it says: {error}")
        return
    sent = f"{request.method} {request.path} {request.body.decode()}".rstrip()
    yield Problem(here, f"{case.says}: should be refused for {case.word!r}, but is sent: {sent}")


def documented_body(subject: Subject, case: RequestCase) -> Iterator[Problem]:
    """The expected body is the venue's own example."""
    example = json.loads((Path(case.folder) / str(case.documented)).read_bytes())
    if json.loads(case.expect.body or "null") != example:
        yield Problem(subject.api.schema.id, f"{case.says}: the expected body is not the example {case.documented}")


# -- signatures -------------------------------------------------------------------------------------------------------


def signature(subject: Subject, case: SignatureCase) -> Iterator[Problem]:
    """The schema's signing makes the published signature of the published parts."""
    where = subject.api.where("signing", case.signing, "prehash")
    signing = subject.api.schema.signing.get(case.signing)
    if signing is None:
        yield Problem(where, f"{case.label}: there is no signing {case.signing!r}")
        return
    if _undecided(case):
        yield Problem(where, f"{case.label}: the case still says {OPEN}; computed with another tool is good, too")
        return
    try:
        parts = case.parts()
    except (errors.ConfigError, OSError) as error:
        yield Problem(where, str(error))
        return
    credentials = Credentials(parts["api_key"], parts["secret"], parts.get("passphrase"))
    names = ("timestamp", "api_key", "passphrase", "recv_window", "nonce", "method", "path")
    values = {name: str(parts[name]) for name in names if parts.get(name) is not None}
    moment = values.get("timestamp", "")
    values["timestamp_iso"] = iso(int(moment)) if moment.isdigit() else moment
    if parts.get("recv_window") is None and signing.recv_window is not None:
        values["recv_window"] = str(signing.recv_window)
    body = parts.get("body") or ""
    made = Signer(signing, credentials, subject.api.schema.id).signature(values, parts.get("query") or "", body)
    if made != parts["expect"]:
        yield Problem(where, f"{case.label}: expected the signature {parts['expect']!r}, got {made!r}")
    if case.target is not None or parts.get("headers") or case.sent is not None:
        yield from _as_sent(subject, case, parts, Signer(signing, credentials, subject.api.schema.id))


def _as_sent(subject: Subject, case: SignatureCase, parts: dict[str, Any], signer: Signer) -> Iterator[Problem]:
    """Where the signature and what belongs to it are put; the vector's query is what stands before it is signed."""
    added = {quote(name, safe="") for name in signer.signing.query}
    pairs = [(name, value) for name, _, value in (pair.partition("=") for pair in (parts["query"] or "").split("&"))]
    proof = {str(parts[name]) for name in ("api_key", "timestamp", "recv_window") if parts.get(name)}
    query = [(name, value) for name, value in pairs if name and name not in added and value not in proof]
    body = _unsigned_body(parts["body"] or "", added)
    request = Request("", parts["method"], parts["path"], query, body, "application/json", {})
    signed = signer.sign(request, _moment(str(parts["timestamp"])))
    if case.target is not None and signed.target != case.target:
        where = subject.api.where("signing", case.signing, "query")
        yield Problem(where, f"{case.label}: expected the target {case.target!r}, got {signed.target!r}")
    if case.sent is not None and signed.body.decode() != case.sent:
        where = subject.api.where("signing", case.signing, "in_body")
        yield Problem(where, f"{case.label}: expected the body {case.sent!r}, got {signed.body.decode()!r}")
    for name, value in parts["headers"].items():
        if signed.headers.get(name) != value and not _made_up(signer.signing, name):
            where = subject.api.where("signing", case.signing, "headers", name)
            got = signed.headers.get(name)
            yield Problem(where, f"{case.label}: expected the header {name} = {value!r}, got {got!r}")


def _moment(timestamp: str) -> int:
    """Milliseconds, also of a time as ISO 8601."""
    if timestamp.isdigit():
        return int(timestamp)
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)


def _made_up(signing: Signing, header: str) -> bool:
    """Whether a header is another every time: a nonce, or what signs one."""
    template = signing.headers.get(header, "")
    return "{nonce}" in template or ("{nonce}" in signing.prehash and "{signature}" in template)


def _unsigned_body(body: str, added: set[str]) -> bytes:
    """The body without what signing puts in there."""
    fields = json.loads(body) if body.startswith("{") else {}
    if not added.intersection(fields):
        return body.encode()
    kept = {name: value for name, value in fields.items() if name not in added}
    return json.dumps(kept, separators=(",", ":")).encode()


def signing_proved(subject: Subject, name: str) -> Iterator[Problem]:
    """Every signing of the schema has a signature to hold it against."""
    proved = {case.signing for case in subject.cases.signature}
    if name not in proved and f"signing.{name}" not in subject.cases.unseen:
        yield Problem(
            subject.api.where("signing", name),
            f"no [[signature]] case proves [signing.{name}]",
        )


# -- walks ------------------------------------------------------------------------------------------------------------


def walk(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """Three pages are walked to their end, each row once; and a venue that repeats itself is not asked for ever."""
    paging = subject.api.schema.endpoints[endpoint].paging
    here = subject.line(endpoint, "paging")
    values = _values(subject, endpoint)
    found = next(((sample, rows) for sample, row in subject.rows(endpoint) if (rows := _distinct(sample, row))), None)
    if paging is None or found is None:
        return
    if values is None:
        yield Problem(here, "no [[request]] case tells how the first page is asked for")
        return
    sample, rows = found
    cursors = [str(1001 + number) for number in range(PAGES)]
    pages = [_page(sample, row, cursor, last=row is rows[-1]) for row, cursor in zip(rows, cursors, strict=True)]
    end = sample.with_rows([], _told(sample, None, last=True))
    connection, items = _walked(subject, endpoint, values, [*pages, end])
    if isinstance(items, Exception):
        yield Problem(here, f"walking {PAGES} pages: {_words(items)}")
        return
    asked = len(connection.asked)
    if len(items) != PAGES:
        yield Problem(here, f"walking {PAGES} pages of one row each: {len(items)} rows after {asked} requests")
    for number, request in enumerate(connection.asked[1:PAGES], 1):
        told = cursors[number - 1] if paging.next and _has_place(sample, paging.next) else None
        row_id = at(rows[number - 1], paging.row_id) if paging.row_id else None
        expected = paging.first + number if paging.style == "number" else told or row_id
        got = request.sent.get(paging.param)
        if str(got) != str(expected):
            yield Problem(here, f"request {number + 1} asks with {paging.param} = {got!r}, expected {expected!r}")
    again = [_page(sample, rows[0], cursor, last=False) for cursor in map(str, range(2001, 2001 + TOO_MANY))]
    connection, items = _walked(subject, endpoint, values, again)
    if isinstance(items, Exception):
        yield Problem(here, f"a venue that repeats its page: {_words(items)}")
    elif len(items) != 1 or len(connection.asked) > 2:
        yield Problem(here, f"a venue that repeats its page: {len(items)} rows after {len(connection.asked)} requests")


def cursor_fits(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """The cursor that a sample tells can be sent back."""
    paging = subject.api.schema.endpoints[endpoint].paging
    values = _values(subject, endpoint)
    for case in subject.answers(endpoint):
        read = Sample(subject.api, endpoint, b"null", case.sent).read_bytes(case.raw)
        if paging is None or values is None or not isinstance(read, Rows) or read.next is None:
            continue
        try:
            spec = subject.api.schema.endpoints[endpoint]
            build(subject.api.schema.id, endpoint, spec, {**values, paging.param: read.next})
        except errors.UnifiedCopyError as error:
            where = subject.line(endpoint, "params", paging.param)
            yield Problem(where, f"{case.label}: its cursor can't be sent back: {error}")


def _walked(
    subject: Subject, endpoint: str, values: dict[str, Any], pages: list[bytes]
) -> tuple[Playing, list[Any] | Exception]:
    async def run() -> tuple[Playing, list[Any] | Exception]:
        connection = Playing(subject.api, pages)
        inquiry = Inquiry(subject.api, endpoint, dict(values), None, {}, whole_pages=False)
        steps = Walk(inquiry, connection, ACCOUNT)
        try:
            page: Page[Any] = await steps.whole()
        except (errors.UnifiedCopyError, Endless) as error:
            return connection, error
        return connection, list(page)

    return awaited(run())


def _words(error: Exception) -> str:
    return f"no end after {TOO_MANY} requests" if isinstance(error, Endless) else str(error)


def _page(sample: Sample, row: dict[str, Any], cursor: str, *, last: bool) -> bytes:
    return sample.with_rows([row], _told(sample, None if last else cursor, last=last))


def _told(sample: Sample, cursor: str | None, *, last: bool) -> dict[str, Any]:
    """What a page says about the next one, by path."""
    paging = sample.spec.paging
    said: dict[str, Any] = {}
    if paging is None:
        return said
    if paging.next:
        said[paging.next] = cursor or ""
    if paging.pages:
        said[paging.pages] = PAGES
    if more := getattr(paging, "more", None):
        said[more] = not last
    # A list that is not under its parent's object (bare beside wrapped) has no place for what the parent would say.
    return {path: value for path, value in said.items() if _has_place(sample, path)}


def _has_place(sample: Sample, path: str) -> bool:
    parent = path.rpartition(".")[0]
    return not parent or isinstance(at(sample.answer, parent), dict | None)


DISTINCT_BY = ("id", "leader_id", "closed_at", "settled_at", "opened_at", "name", "size", "realized_pnl", "amount")
"""Fields that two rows can differ in, the surest first."""


def _distinct(sample: Sample, row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The row three times, each with another id (or time, or size)."""
    generator = sample.api.reader(sample.endpoint).generator
    lines = {line.canonical.name: line for line in generator.lines}
    avoided = {path for name in ("side", "venue_symbol") if name in lines for path in lines[name].paths}
    for name in DISTINCT_BY:
        for path in lines[name].paths if name in lines else ():
            value = at(row, path)
            if path in avoided or value in (None, "") or isinstance(value, bool | list | dict):
                continue
            rows = [changed(row, {path: _next(value, step)}) for step in range(PAGES)]
            read = sample.read(rows)
            if isinstance(read, Rows) and not read.withheld and len(set(map(repr, read.items))) == PAGES:
                return rows
    return None


def _next(value: Any, step: int) -> Any:
    """Another value of the same form."""
    if isinstance(value, str):
        return str(int(value) + step) if value.isdigit() else value if not step else f"{value}{step}"
    return value + step


def _values(subject: Subject, endpoint: str) -> dict[str, Any] | None:
    """The parameters of the first page, from a request case of the endpoint's verb."""
    spec = subject.api.schema.endpoints[endpoint]
    for case in subject.cases.request:
        if case.cursor is None and (case.verb == spec.verb or case.call == endpoint):
            try:
                request = captured(subject, case)
            except (errors.UnifiedCopyError, TypeError, ValueError, KeyError, AttributeError):
                continue
            if request.endpoint == endpoint:
                param = spec.paging.param if spec.paging else None
                return {name: value for name, value in request.sent.items() if name != param}
    return None
