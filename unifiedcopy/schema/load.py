"""Finds, reads and checks schema files.

``<package>/schemas/<id>/<api>.toml`` in an installed package, ``<checkout>/schemas/…`` beside the package in a
checkout. A file may start from another one (``extends``); each key remembers the file and line that it came from.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .. import errors
from .compile import Reader
from .envelope import Verdict
from .lines import Key, key_lines, line_of
from .model import Schema
from .runtime import Symbols
from .verbs import VERBS

_PACKAGE = Path(__file__).resolve().parents[1]
MAX_BYTES = 1_000_000


def schema_folder() -> Path:
    """Where the shipped schema files are."""
    packaged = _PACKAGE / "schemas"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "schemas"


class Source(NamedTuple):
    """One file of a schema: its name as a reader would give it, and the lines of its keys."""

    name: str
    lines: dict[Key, int]
    keys: dict[str, Any]


class Document(NamedTuple):
    """A schema file with all that it extends, as plain keys."""

    keys: dict[str, Any]
    sources: tuple[Source, ...]
    """The file itself first."""

    def where(self, *path: str) -> str:
        """``file:line`` of a key, in the file that says it."""
        for source in self.sources:
            if _holds(source.keys, path):
                return f"{source.name}:{line_of(source.lines, path)}"
        return f"{self.sources[0].name}:{line_of(self.sources[0].lines, path)}"


class Api:
    """One API of one venue, ready to use: the schema, its symbols and its readers (made on first use)."""

    def __init__(self, schema: Schema, document: Document) -> None:
        self.schema = schema
        self.where = document.where
        self.symbols = Symbols(schema.symbols)
        self.verdict = Verdict(schema)
        self._readers: dict[str, Reader] = {}

    def reader(self, name: str) -> Reader:
        """The reader of an endpoint that has a verb which returns structs."""
        if name not in self._readers:
            self._readers[name] = Reader(self.schema, name, self.schema.endpoints[name], self.symbols, self.where)
        return self._readers[name]

    def serving(self, verb: str) -> list[str]:
        """The endpoints that serve a verb, in the order of the file."""
        return [name for name, endpoint in self.schema.endpoints.items() if endpoint.verb == verb]

    def compile_all(self) -> None:
        """Every reader, now; what ``check`` does."""
        for name, endpoint in self.schema.endpoints.items():
            if endpoint.verb is not None and not VERBS[endpoint.verb].writes:
                self.reader(name)


def schema_ids() -> list[str]:
    """``<id>/<api>`` of every shipped schema."""
    folder = schema_folder()
    return sorted(f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.toml"))


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


def load_file(path: Path) -> Api:
    """A schema from a file.

    Raises:
        SchemaError: the file can't be read, or is wrong (every problem is listed).
    """
    from .lint import lint  # noqa: PLC0415 (lint compiles, so it knows this module)

    document = read_document(path)
    problems = lint(document, path)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise errors.SchemaError(
            f"{len(problems)} problem{'s' * (len(problems) > 1)} in {display_name(path)}:\n{listed}"
        )
    return Api(msgspec.convert(document.keys, Schema), document)


def read_document(path: Path, seen: tuple[Path, ...] = ()) -> Document:
    """The keys of a file over those of the file that it extends.

    Raises:
        SchemaError: not readable, not TOML, or extends in a circle.
    """
    name = display_name(path)
    if path in seen:
        raise errors.SchemaError(
            f"{name}: extends in a circle: {' -> '.join(display_name(entry) for entry in (*seen, path))}"
        )
    try:
        encoded = path.read_bytes()
        if len(encoded) > MAX_BYTES:
            raise errors.SchemaError(f"{name}: larger than {MAX_BYTES:,} bytes, which no schema is")
        text = encoded.decode()
        keys = tomllib.loads(text)
    except OSError as error:
        raise errors.SchemaError(f"{name}: can't be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise errors.SchemaError(f"{name}: not TOML: {error}") from None
    source = Source(name, key_lines(text), keys)
    base = keys.get("extends")
    if base is None:
        return Document(keys, (source,))
    parent = schema_folder() / f"{base}.toml"
    if not isinstance(base, str) or not parent.is_file():
        raise errors.SchemaError(
            f"{name}:{line_of(source.lines, ('extends',))}: extends {base!r}, which does not exist; "
            f"there are {', '.join(schema_ids())}"
        )
    below = read_document(parent, (*seen, path))
    return Document(_merged(below.keys, keys), (source, *below.sources))


def display_name(path: Path) -> str:
    """The file's name from ``schemas/`` on, so that no message holds a path of the machine."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("schemas") :]) if "schemas" in parts else path.name


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in below.items() if key != "default"}
    for key, value in above.items():
        base = merged.get(key)
        merged[key] = _merged(base, value) if isinstance(base, dict) and isinstance(value, dict) else value
    return merged


def _holds(keys: Any, path: Key) -> bool:
    for part in path:
        if isinstance(keys, list) and part.isdigit() and int(part) < len(keys):
            keys = keys[int(part)]
        elif isinstance(keys, dict) and part in keys:
            keys = keys[part]
        else:
            return False
    return True
