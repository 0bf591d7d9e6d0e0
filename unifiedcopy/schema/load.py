"""From a name or a file to an API, or to every problem of the file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from .. import errors
from .api import Api
from .document import display_name, read_document, schema_folder, schema_ids
from .lint import lint
from .model import Schema


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
    document = read_document(path)
    problems = lint(document, path)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise errors.SchemaError(
            f"{len(problems)} problem{'s' * (len(problems) > 1)} in {display_name(path)}:\n{listed}"
        )
    return Api(msgspec.convert(document.keys, Schema), document)
