"""The JSON Schema of the language, for editors: completion and checks while a schema file is written.

Generated from the model; a test keeps it in step:
``python -m unifiedcopy.schema.editor > schemas/exchange.schema.json``
"""

from __future__ import annotations

import json
import sys
from inspect import cleandoc
from typing import Any

import msgspec

from .model import Schema


def json_schema() -> dict[str, Any]:
    """The language as a JSON Schema document."""
    document = _plain(msgspec.json.schema(Schema))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "unifiedcopy exchange schema",
        **document,
    }


def _plain(value: Any) -> Any:
    """The same with descriptions as one text: how a docstring is indented differs between Python versions."""
    if isinstance(value, dict):
        return {key: cleandoc(part) if key == "description" else _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def rendered() -> str:
    """The document as it stands in the file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(rendered())
