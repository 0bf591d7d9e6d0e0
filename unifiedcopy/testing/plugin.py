"""The pytest plugin: collects schema files and their cases, each conformance check as one item.

``pytest schemas/acme/v1.toml`` checks one schema with its cases. A folder given to pytest is searched for
``*.cases.toml`` beside a schema and for ``tests/cases/<venue>/<api>.toml``. Nothing is imported before such a file is
collected, so that other test runs don't notice the plugin.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_SCHEMA = re.compile(r"^schema\s*=", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes schema files that are named on the command line, and case files wherever they stand."""
    if file_path.suffix != ".toml" or not (_holds_cases(file_path) or _asked_for(file_path, parent)):
        return None
    from .collect import SchemaFile  # noqa: PLC0415 (other runs don't pay for it)

    return SchemaFile.from_parent(parent, path=file_path)


def _holds_cases(path: Path) -> bool:
    if path.name.endswith(".cases.toml"):
        return path.with_name(path.name.replace(".cases.toml", ".toml")).is_file()
    if path.parts[-4:-2] != ("tests", "cases"):
        return False
    return (path.parents[3] / "schemas" / path.parent.name / path.name).is_file()


def _asked_for(path: Path, parent: pytest.Collector) -> bool:
    if not parent.session.isinitpath(path):
        return False
    return bool(_SCHEMA.search(path.read_text("utf-8", "replace"))) or "schemas" in path.parts
