"""What a stranger's schema may not say: rules against files that mean harm.

A schema can only reach the hosts that it declares, by requests that it shows; it fills templates from closed sets, and
nothing in it can make the library slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ..expressions import as_field, source_paths
from ..lines import Key
from ..model import ANSWER_PATH, WIRE_PATH, Endpoint, Param, Schema, as_param
from ..structure import Flaw
from ..wire import item_paths
from .patterns import pattern_fault

RESERVED_HEADERS = (
    "accept-encoding", "connection", "content-encoding", "content-length", "cookie", "expect", "forwarded", "host",
    "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
)  # fmt: skip
"""Headers that are the transport's, or that speak for another host."""
_RESERVED = re.compile(r"(x-)?(forwarded-|original-|rewrite-|http-method|method-override)[a-z-]*")
_ORIGIN = re.compile(r"https://(?P<host>[a-z0-9.-]+)(:(?P<port>[1-9][0-9]{0,4}))?", re.ASCII)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"({_LABEL}\.)+(?!0x)[a-z]{_LABEL}", re.ASCII)
_PRIVATE = ("localhost", "local", "internal", "home", "lan", "intranet", "arpa", "onion")
"""Last labels of names that are never a venue's."""
LONGEST_PATH = 200
MOST_PATHS = 8
LONGEST_LIST = 20_000
"""Of a parameter that no pattern is matched against, such as every symbol of a venue."""
LONGEST_TEXT = 1_000
"""What a parameter may hold at most (``request.py`` has the same default)."""
LONGEST_WINDOW = 31 * 24 * 3600


def texts(schema: Schema) -> Iterator[Flaw]:
    """Control characters have no business anywhere: they end lines of headers, of logs and of generated code."""

    def walk(value: Any, path: Key) -> Iterator[Flaw]:
        if isinstance(value, dict):
            for key, part in value.items():
                if not str(key).isprintable():
                    yield Flaw((*path, str(key)), f"the name {key!r} holds a control character", "take it out")
                yield from walk(part, (*path, str(key)))
        elif isinstance(value, list):
            for index, part in enumerate(value):
                yield from walk(part, (*path, str(index)))
        elif isinstance(value, str) and not value.isprintable():
            yield Flaw(path, f"{value!r} holds a control character", "take it out")

    yield from walk(msgspec.to_builtins(schema), ())


def headers(schema: Schema) -> Iterator[Flaw]:
    groups: list[tuple[Key, dict[str, str]]] = [(("headers",), schema.headers)]
    groups.append((("hosts", "test_headers"), schema.hosts.test_headers))
    groups += [(("signing", name, "headers"), signing.headers) for name, signing in schema.signing.items()]
    for here, group in groups:
        for name in group:
            low = name.lower()
            if not re.fullmatch(r"[A-Za-z0-9-]+", name) or low in RESERVED_HEADERS or _RESERVED.fullmatch(low):
                flaw = f"{name!r} is no header that a schema may set"
                yield Flaw((*here, name), flaw, "leave it out; what the transport needs is set by itself")


def hosts(schema: Schema) -> Iterator[Flaw]:
    for group in ("rest", "test"):
        for index, host in enumerate(getattr(schema.hosts, group)):
            at = ("hosts", group, str(index))
            origin = _ORIGIN.fullmatch(host)
            if origin is None or int(origin["port"] or 443) > 65535:
                yield Flaw(at, f"{host!r} is not a plain https origin", "such as https://api.example.com")
            elif not _DNS_NAME.fullmatch(origin["host"]) or origin["host"].rpartition(".")[2] in _PRIVATE:
                yield Flaw(at, f"{host!r} is not the name of a public host", "such as https://api.example.com")


def templates(schema: Schema) -> Iterator[Flaw]:
    """Braces are for the names of a closed set, and for nothing else."""
    for index, form in enumerate(schema.symbols):
        for key in ("venue", "symbol"):
            template = getattr(form, key)
            if re.search(r"[{}]", re.sub(r"\{(base|quote)\}", "", template)) or "{base}" not in template:
                yield Flaw(("symbols", str(index), key), "knows {base} and {quote}, and needs {base}")
    for name, endpoint in schema.endpoints.items():
        if re.search(r"[{}]", re.sub(r"\{\w+\}", "", endpoint.path)):
            yield Flaw(("endpoints", name, "path"), "has braces that hold no parameter's name", "such as {symbol}")


def sizes(schema: Schema) -> Iterator[Flaw]:
    """Nothing is so large that reading, or waiting for it, takes for ever."""
    for name, limit in schema.limits.items():
        if limit.seconds > LONGEST_WINDOW:
            yield Flaw(("limits", name, "seconds"), f"{limit.seconds} is more than a month")
    for name, endpoint in schema.endpoints.items():
        here: Key = ("endpoints", name)
        if len(item_paths(endpoint)) > MOST_PATHS:
            yield Flaw((*here, "items"), f"more than {MOST_PATHS} paths")
        for path in item_paths(endpoint):
            yield from _wire_path(path, (*here, "items"), ANSWER_PATH)
        yield from _field_sizes(endpoint, here)
        for key, param in endpoint.params.items():
            yield from _param_sizes(as_param(param), (*here, "params", key))


def _field_sizes(endpoint: Endpoint, here: Key) -> Iterator[Flaw]:
    for key, line in endpoint.fields.items():
        paths = source_paths(as_field(line))
        if as_field(line).source in ([], {}):
            yield Flaw((*here, "fields", key), "names no wire path", 'such as "price"')
        if len(paths) > MOST_PATHS:
            yield Flaw((*here, "fields", key), f"more than {MOST_PATHS} paths")
        for path in paths:
            yield from _wire_path(path, (*here, "fields", key))


def _wire_path(path: str, at: Key, form: str = WIRE_PATH) -> Iterator[Flaw]:
    if not re.fullmatch(form, path, re.ASCII):
        hint = "keys joined by dots" + (", data[0] for a list of one" if form == ANSWER_PATH else "")
        yield Flaw(at, f"{path!r} is not a wire path", hint)
    elif len(path) > LONGEST_PATH:
        yield Flaw(at, f"a wire path of more than {LONGEST_PATH} characters")


def _param_sizes(spec: Param, at: Key) -> Iterator[Flaw]:
    most = LONGEST_LIST if spec.pattern is None else LONGEST_TEXT
    if spec.max_length is not None and not 0 < spec.max_length <= most:
        yield Flaw((*at, "max_length"), f"{spec.max_length} is not between 1 and {most}")
    if spec.pattern is not None and (fault := pattern_fault(spec.pattern)):
        yield Flaw((*at, "pattern"), fault)


GUARDS: tuple[Any, ...] = (texts, headers, hosts, templates, sizes)
