"""What the venues document: ``schemas/<venue>/catalogue/<api>.toml``, one line for each endpoint of an API.

A catalogue is copied from the venue's own table of contents, never from the schema: it says what the schema must
declare. An API that extends another one and has no catalogue of its own has that one's.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from .. import errors
from .document import display_name, read_document
from .places import schema_folder

Role = Literal["follower", "leader", "account", "public", "supporting", "aside"]
ROLES: tuple[Role, ...] = ("follower", "leader", "account", "public", "supporting")
"""Whose call it is: ``account`` serves whoever owns the key, ``public`` is about others, ``supporting`` stands on other
pages than copy trading's and is needed all the same.
"""
ASIDE: Role = "aside"
"""Named somewhere, yet of another kind of account, withdrawn, or for a few: may be declared, and need not be."""

Title = Annotated[str, Meta(min_length=1)]
Line = Annotated[str, Meta(pattern=r"^(GET|POST|PUT|DELETE) (/[A-Za-z0-9_.~{}-]+)+$")]


class Told(Struct, forbid_unknown_fields=True, frozen=True):
    """A line that says more than the title of its page or section."""

    title: Title
    page: Annotated[str | None, Meta(description="where it is documented, if not on the catalogue's own pages")] = None
    documented: Annotated[bool, Meta(description="false: only clients know it")] = True


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    api: str
    source: Annotated[str, Meta(description="the pages, and the day they were read")]
    clients: Annotated[str | None, Meta(description="whose code has what no page documents")] = None
    follower: dict[Line, Title | Told] = {}
    leader: dict[Line, Title | Told] = {}
    account: dict[Line, Title | Told] = {}
    public: dict[Line, Title | Told] = {}
    supporting: dict[Line, Title | Told] = {}
    aside: dict[Line, Title | Told] = {}
    channels: Annotated[dict[str, str], Meta(description="WebSocket channels: listed, not counted")] = {}


class Listed(NamedTuple):
    """One endpoint, as the venue lists it."""

    method: str
    path: str
    title: str
    role: Role
    documented: bool
    source: str

    @property
    def key(self) -> str:
        return endpoint_key(self.method, self.path)


class Catalogue(NamedTuple):
    """What the venue documents about one API."""

    id: str
    source: str
    endpoints: tuple[Listed, ...]
    channels: dict[str, str]

    @property
    def expected(self) -> tuple[Listed, ...]:
        """What the schema must declare."""
        return tuple(entry for entry in self.endpoints if entry.role != ASIDE)


def endpoint_key(method: str, path: str) -> str:
    """The same text for the same endpoint, whatever the parameters in its path are called."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', path)}"


def catalogue_ids() -> list[str]:
    """The APIs that have a catalogue; some may have no schema yet."""
    files = schema_folder().glob("*/catalogue/*.toml")
    return sorted(f"{path.parents[1].name}/{path.stem}" for path in files)


@cache
def load_catalogue(schema_id: str) -> Catalogue | None:
    """The catalogue of an API, or of the one that it extends; None if there is neither.

    Raises:
        SchemaError: the file is not as it has to be.
    """
    venue, _, name = schema_id.partition("/")
    path = schema_folder() / venue / "catalogue" / f"{name}.toml"
    if not path.is_file():
        base = _extended(schema_id)
        return load_catalogue(base) if base else None
    try:
        keys = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (ValueError, msgspec.ValidationError) as error:
        raise errors.SchemaError(f"{display_name(path)}: {error}") from None
    endpoints = tuple(_listed(keys))
    if keys.api != schema_id:
        raise errors.SchemaError(f"{display_name(path)}: api = {keys.api!r}; this file's place says {schema_id!r}")
    twice = sorted(key for key, times in Counter(entry.key for entry in endpoints).items() if times > 1)
    if twice:
        raise errors.SchemaError(f"{display_name(path)}: listed twice: {', '.join(twice)}; keep each under one role")
    return Catalogue(schema_id, keys.source, endpoints, keys.channels)


def _listed(keys: _File) -> Iterator[Listed]:
    for role in (*ROLES, ASIDE):
        for line, told in getattr(keys, role).items():
            entry = told if isinstance(told, Told) else Told(told)
            method, _, path = line.partition(" ")
            source = entry.page or (keys.source if entry.documented else keys.clients or "clients")
            yield Listed(method, path, entry.title, role, entry.documented, source)


def _extended(schema_id: str) -> str | None:
    path = schema_folder() / f"{schema_id}.toml"
    return read_document(path).keys.get("extends") if path.is_file() else None
