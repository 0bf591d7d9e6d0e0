"""What the case files of all venues have in common; each file's own checks are collected from ``cases/``."""

import re

import pytest

from tests.cases import HERE, Shape, cases, same_position
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.testing.cases import LISTS, told


@pytest.mark.parametrize("case", same_position().shape, ids=lambda shape: shape.api)
def test_the_same_position_is_the_same_from_every_venue(case: Shape) -> None:
    (item,) = load_schema(case.api).reader("positions").read(case.raw, "main").items
    assert told(item) == {**same_position().shared, **case.own}


def test_every_shipped_schema_has_cases() -> None:
    assert sorted(cases()) == schema_ids()


def test_every_answer_is_used_and_its_source_told() -> None:
    text = (HERE / "data" / "SOURCES.md").read_text("utf-8")
    sections = dict(re.findall(r"^## ([^:\n]+):[^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for api, file in cases().items():
        kept = {path.name for path in (HERE / "data" / api).iterdir()}
        own = [case for kind in LISTS for case in getattr(file, kind) if case.folder == str(HERE / "data" / api)]
        used = {getattr(case, name, None) for case in own for name in ("file", "documented")} - {None}
        assert kept == {name for name in used if "/" not in name}
        assert kept == set(re.findall(r"^\| (\S+\.json) \|", sections[api], re.MULTILINE))
