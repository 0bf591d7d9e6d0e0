"""The pytest nodes: a schema with its cases is a file, a conformance check is an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .cases import CaseFiles
from .checks import Check, conformance


class Nonconformance(Exception):
    """What a check found, a line each; shown without a traceback."""


class SchemaFile(pytest.File):
    """A schema with its cases."""

    def collect(self) -> Iterator[pytest.Item]:
        place = CaseFiles(self.path)
        seen: Counter[str] = Counter()
        for check in conformance(place):
            seen[check.name] += 1
            name = check.name if seen[check.name] == 1 else f"{check.name} ({seen[check.name]})"
            yield CheckItem.from_parent(self, name=name, check=check, schema=place.schema)


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, check: Check, schema: Path, **options: Any) -> None:
        super().__init__(**options)
        self.check, self.schema = check, schema

    def runtest(self) -> None:
        if problems := list(self.check.run()):
            raise Nonconformance("\n".join(map(str, problems)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The difference and the schema's line; a traceback only for a fault of the kit itself."""
        if isinstance(excinfo.value, Nonconformance):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.check.where.rpartition(":")[2]
        return self.schema, int(line) - 1 if line.isdigit() else None, self.name
