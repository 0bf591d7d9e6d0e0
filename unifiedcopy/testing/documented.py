"""What the venue's pages say of requests and of the API as a whole, told a second time in the case file.

A schema is written down once, by hand, and most of what it says of a raw endpoint meets no sample. So a case file may
repeat the page's tables, a line for each endpoint, and a slip of the pen in either is seen::

    [documented]
    positions = "GET /positions list:data.list symbol/[A-Z]+/ limit:integer[1..100] side!=long|short"

First method and path, then in any order what is unusual and the parameters: ``name`` with ``!`` when it is required,
``:type`` when it is no text, ``=a|b`` for all its values, ``==value`` when it is always that one, ``[min..max]``,
``.digits`` after the point, ``<=length``, ``/pattern/`` and ``~default``.

``python -m unifiedcopy.testing.documented FILE`` prints what a schema says in this form: to be held against the pages,
line by line, before it goes into a case file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..schema import load_file
from ..schema.model import Endpoint, Limit, Paging, Param, Schema, as_param
from ..schema.wire import item_paths
from .samples import Problem, Subject

NAMED = ("row_key", "skip_zero", "confirm", "ids", "rows", "max_rows", "window_days", "open_copies")
"""Keys of an endpoint that are told as ``key:value`` when they are there."""


def as_documented(subject: Subject, endpoint: str) -> Iterator[Problem]:
    """An endpoint takes what its page says, no more and no less."""
    ours = words_of(subject.api.schema.endpoints[endpoint])
    theirs = subject.cases.documented[endpoint].split()
    for kind, words in (("not in the schema", set(theirs) - set(ours)), ("not in the cases", set(ours) - set(theirs))):
        if words:
            yield Problem(subject.line(endpoint), f"documented: {kind}: {' '.join(sorted(words))}")


def words_of(endpoint: Endpoint) -> list[str]:
    """What a schema says of an endpoint's request, a word for each thing."""
    return [endpoint.method, endpoint.path, *_unusual(endpoint), *_parameters(endpoint)]


def _unusual(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.sign != "default":
        yield "unsigned" if endpoint.sign == "none" else f"signed:{endpoint.sign}"
    if endpoint.sign_body is not None:
        yield f"sign_body:{endpoint.sign_body}"
    if endpoint.changes != (endpoint.method != "GET"):
        yield "writes" if endpoint.changes else "reads"
    for name, there in (("bare", endpoint.bare), ("batch", endpoint.batch)):
        if there:
            yield name
    for name, value, usual in (
        ("status", endpoint.status, "live"),
        ("mode", endpoint.mode, "native"),
        ("weight", endpoint.weight, 1),
    ):
        if value != usual:
            yield f"{name}:{value}"
    if endpoint.items or endpoint.item:
        yield f"{'list' if endpoint.items else 'one'}:{'|'.join(item_paths(endpoint))}"
    yield from (f"{name}:{value}" for name in NAMED if (value := getattr(endpoint, name)) is not None)
    for name in ("empty_codes", "ok_codes", "denied"):
        yield from (f"{name}:{code}" for code in getattr(endpoint, name))
    if endpoint.paging is not None:
        yield _pages(endpoint.paging)


def _pages(paging: Paging) -> str:
    """How pages are asked for, every key that is not as usual."""
    usual = Paging(paging.style, paging.param)
    told = {name: value for name, value in _pairs(paging) if value != getattr(usual, name)}
    return f"{paging.style}:{paging.param}" + "".join(f",{name}={value}" for name, value in told.items())


def _pairs(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(struct, name)) for name in struct.__struct_fields__)


def _parameters(endpoint: Endpoint) -> Iterator[str]:
    for name, param in endpoint.params.items():
        yield f"{name}{_takes(as_param(param))}"


def _takes(param: Param) -> str:
    """What a parameter takes."""
    parts = ["!"] if param.required else []
    if param.type != "text":
        parts.append(f":{param.type}")
    if param.const is not None:
        parts.append(f"=={_word(param.const)}")
    elif param.choices:
        parts.append("=" + "|".join(map(_word, param.choices)))
    if param.min is not None or param.max is not None:
        parts.append(f"[{param.min or ''}..{param.max or ''}]")
    if param.decimals is not None:
        parts.append(f".{param.decimals}")
    if param.max_length is not None:
        parts.append(f"<={param.max_length}")
    if param.pattern is not None:
        parts.append(f"/{param.pattern}/")
    if param.default is not None:
        parts.append(f"~{_word(param.default)}")
    if param.place is not None:
        parts.append(f"@{param.place}")
    return "".join(parts)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


WHOLE = ("status", "default", "successor", "credentials", "default_markets", "headers", "markets")


def api_documented(subject: Subject) -> Iterator[Problem]:
    """Hosts, headers, markets and standing of the API are as its pages say; ``per_endpoint`` names the limits of which
    each endpoint has its own.
    """
    schema = subject.api.schema
    for name, expected in subject.cases.api.items():
        got = _fact(schema, name)
        if got != expected:
            where = subject.api.where(*(("hosts", name) if name in schema.hosts.__struct_fields__ else (name,)))
            yield Problem(where, f"[api] {name}: expected {expected!r}, got {got!r}")


def _fact(schema: Schema, name: str) -> Any:
    if name in schema.hosts.__struct_fields__:
        return getattr(schema.hosts, name)
    if name == "per_endpoint":
        return [limit for limit, spec in schema.limits.items() if spec.per_endpoint]
    return getattr(schema, name) if name in WHOLE else f"nothing: [api] knows rest, test and {', '.join(WHOLE)}"


def lines_of(schema: Schema) -> Iterator[str]:
    """What a schema says, as a case file would."""
    yield "[documented]"
    for name, endpoint in schema.endpoints.items():
        yield f"{name} = '{' '.join(words_of(endpoint))}'"
    yield "\n[limits]"
    for name, endpoint in schema.endpoints.items():
        yield f"{name} = [{', '.join(f'{limit_words(schema.limits[limit])!r}' for limit in endpoint.limits)}]"


def limit_words(limit: Limit) -> str:
    """A limit as case files say it."""
    return f"{limit.requests}/{limit.seconds}s {limit.scope}"


if __name__ == "__main__":
    for path in sys.argv[1:]:
        sys.stdout.write("\n".join([*lines_of(load_file(Path(path).absolute()).schema), ""]))
