"""The case files of the shipped schemas, for tests beyond the conformance kit (which pytest collects from ``cases/``).

Expected values were worked out by hand from the venues' pages, never taken from a reader's output. Answers are files of
``data/<venue>/<api>/``; ``data/SOURCES.md`` says where each is from.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from unifiedcopy.testing import CaseFiles, Cases, load_cases

HERE = Path(__file__).parent

Table = dict[str, Any]


class Shape(Struct, forbid_unknown_fields=True, kw_only=True):
    """One position as one venue sends it, with the fields that only this venue tells."""

    api: str
    own: Table
    file: str | None = None
    body: str = ""

    @property
    def raw(self) -> bytes:
        """What the venue answered."""
        return self.body.encode() if self.file is None else (HERE / "data" / self.api / self.file).read_bytes()


class SamePosition(Struct, forbid_unknown_fields=True):
    shared: Table
    shape: list[Shape]


@cache
def cases() -> dict[str, Cases]:
    """Every case file by schema id."""
    files = [CaseFiles(path) for path in sorted((HERE / "cases").glob("*/*.toml"))]
    return {place.id: load_cases(place) for place in files}


def every(kind: str) -> list[Any]:
    """The cases of a kind, of all files."""
    return [case for file in cases().values() for case in getattr(file, kind)]


def same_position() -> SamePosition:
    return msgspec.convert(tomllib.loads((HERE / "cases" / "same_position.toml").read_text("utf-8")), SamePosition)
