"""From a name or a file to an API, or to every problem of the file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from .. import errors
from .api import Api
from .document import display_name, read_document
from .lint import lint
from .model import Schema
from .places import BUILT_IN, Place, schema_folder, schema_ids

_loaded: dict[Path, tuple[Api, dict[Path, tuple[int, int]]]] = {}


@cache
def load_schema(schema_id: str) -> Api:
    """A shipped schema by its id.

    Raises:
        SchemaError: there is none of that name, or its file is wrong (every problem is listed).
    """
    path = schema_folder() / f"{schema_id}.toml"
    if schema_id not in schema_ids():
        raise errors.SchemaError(f"there is no schema {schema_id!r}; there are {', '.join(schema_ids())}")
    return load_file(path)


def load_place(place: Place) -> Api:
    """The schema at a place; one that was read before is read again only when a file of it has changed.

    Raises:
        SchemaError: the file can't be read, or is wrong (every problem is listed).
        ConfigError: it extends what can't be used.
    """
    if place.source == BUILT_IN:
        return load_schema(place.id)
    api, stamps = _loaded.get(place.path, (None, {}))
    if api is None or any(_stamp(path) != stamp for path, stamp in stamps.items()):
        api = load_file(place.path)
        _loaded[place.path] = api, {source.path: _stamp(source.path) for source in api.document.sources}
    return api


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def load_file(path: Path) -> Api:
    """A schema from a file.

    Raises:
        SchemaError: the file can't be read, or is wrong (every problem is listed).
    """
    document = read_document(path)
    problems = lint(document, path)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise errors.SchemaError(
            f"{len(problems)} problem{'s' * (len(problems) > 1)} in {display_name(path)}:\n{listed}"
        )
    return Api(msgspec.convert(document.keys, Schema), document)
