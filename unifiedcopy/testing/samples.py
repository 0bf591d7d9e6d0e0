"""Venue answers as plain objects, to be changed in one place and read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import msgspec

from .. import errors
from ..schema import Api
from ..schema.model import Endpoint
from ..schema.paths import EACH, at
from ..schema.rows import Rows
from ..schema.runtime import exact
from ..schema.wire import item_paths
from .cases import Answer, Cases

ACCOUNT = "main"
"""The alias that answers are read for."""
ABSENT: Any = object()
"""In place of a value: the key is not there."""
_decode = msgspec.json.Decoder(float_hook=exact).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_FIRST = "[0]"


class Problem(NamedTuple):
    """What a check found: the line of the schema, and the difference."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class Subject:
    """A schema with its cases, as every check gets them."""

    def __init__(self, api: Api, cases: Cases) -> None:
        self.api, self.cases = api, cases

    def line(self, endpoint: str, *key: str) -> str:
        """``file:line`` of an endpoint or of one of its keys."""
        return self.api.where("endpoints", endpoint, *key)

    def own(self, *key: str) -> bool:
        """Whether the schema's own file says a key; what comes from the file that it extends is proved there."""
        document = self.api.document
        return document.where(*key).rpartition(":")[0] == document.sources[0].name

    def answers(self, endpoint: str) -> list[Answer]:
        """The cases with rows of an endpoint, the successes of HTTP."""
        return [case for case in self.cases.answer if case.endpoint == endpoint and case.status < 300]

    def samples(self, endpoint: str) -> list[Sample]:
        """The answers of an endpoint that hold objects as rows."""
        made = [Sample(self.api, endpoint, case.raw, case.sent) for case in self.answers(endpoint)]
        return [sample for sample in made if sample.rows]

    def rows(self, endpoint: str) -> Iterator[tuple[Sample, dict[str, Any]]]:
        """Every row of every sample that can be read, each with its sample."""
        for sample in self.samples(endpoint):
            for row in sample.rows:
                read = sample.read([row])
                if isinstance(read, Rows) and read.items and not read.withheld:
                    yield sample, row


class Sample:
    """One answer of one endpoint; what is changed is a copy."""

    def __init__(self, api: Api, endpoint: str, body: bytes, sent: Mapping[str, Any] | None = None) -> None:
        self.api, self.endpoint, self.sent = api, endpoint, sent or {}
        self.spec = api.schema.endpoints[endpoint]
        try:
            self.answer = _decode(body)
        except msgspec.MsgspecError:
            self.answer = None
        self.path, found = self._place()
        self.single = isinstance(found, dict)
        listed = [found] if isinstance(found, dict) else found or []
        self.rows: list[dict[str, Any]] = [row for row in listed if isinstance(row, dict)]
        """Its rows as the venue sends them."""
        self.is_list = isinstance(found, list)

    def _place(self) -> tuple[str | None, Any]:
        for path in item_paths(self.spec):
            found = at(self.answer, path)
            if isinstance(found, list) or (self.spec.item is not None and isinstance(found, dict)):
                return path, found
        return None, None

    def with_rows(self, rows: list[dict[str, Any]], also: dict[str, Any] | None = None) -> bytes:
        """The answer with other rows, and with other values at the paths in ``also``."""
        answer = deepcopy(self.answer)
        if self.path is not None:
            put(answer, self.path, rows[0] if self.single else rows)
        for path, value in (also or {}).items():
            put(answer, path, value)
        return _encode(answer)

    def read(self, rows: list[dict[str, Any]], also: dict[str, Any] | None = None) -> Rows | errors.UnifiedCopyError:
        """What is made of the answer with these rows; an error is handed back."""
        return self.read_bytes(self.with_rows(rows, also))

    def read_bytes(self, body: bytes, status: int = 200) -> Rows | errors.UnifiedCopyError:
        """What is made of an answer of the endpoint; an error is handed back."""
        try:
            return self.api.reader(self.endpoint).read(body, ACCOUNT, status, self.sent)
        except errors.UnifiedCopyError as error:
            return error


def changed(row: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """A copy of a row with other values at wire paths."""
    copy = deepcopy(row)
    for path, value in values.items():
        put(copy, path, value)
    return copy


def put(target: Any, path: str, value: Any) -> None:
    """Sets (or with ``ABSENT`` takes away) what stands at a wire path; what is missing on the way is made."""
    *parents, last = path.split(".")
    for part in parents:
        key = part.removesuffix(_FIRST)
        if not isinstance(target.get(key), list if part.endswith(_FIRST) else dict) or not target[key]:
            if value is ABSENT:
                return
            target[key] = [{}] if part.endswith(_FIRST) else {}
        target = target[key][0] if part.endswith(_FIRST) else target[key]
    if value is ABSENT:
        target.pop(last, None)
    elif last.endswith(_FIRST):
        target[last.removesuffix(_FIRST)] = [value]
    else:
        target[last] = value


def repeating(spec: Endpoint, body: bytes, sent: Mapping[str, Any]) -> bytes:
    """A sample as the answer to a request: it repeats what the venue repeats of that one."""
    asked = {path: sent[name] for path, name in spec.echo.items() if name in sent}
    if not asked:
        return body
    answer = _decode(body)
    for path, value in asked.items():
        _put_each(answer, path, value)
    return _encode(answer)


def _put_each(target: Any, path: str, value: Any) -> None:
    """Sets what stands at a path that may go through lists, where something stands."""
    head, each, rest = path.partition(EACH)
    found = at(target, head)
    if each:
        for entry in found if isinstance(found, list) else []:
            _put_each(entry, rest[1:], value)
    elif found not in (None, ""):
        put(target, head, value)


def encoded(answer: Any) -> bytes:
    """An answer as bytes; Decimals are numbers."""
    return _encode(answer)


def paths_of(value: Any, prefix: str = "") -> Iterator[str]:
    """Every wire path of a row down to what is no object."""
    for key, inner in value.items():
        path = f"{prefix}{key}"
        yield path
        if isinstance(inner, dict):
            yield from paths_of(inner, f"{path}.")
