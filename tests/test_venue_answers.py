"""What the case files of all venues have in common; each file's own checks are collected from ``cases/``."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cases import HERE, Shape, cases, same_position
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.schema.wire import item_paths
from unifiedcopy.testing.cases import LISTS, Accepted, told

AROUND = ("requestTime", "time", "retExtInfo", "data", "result", "msg")
"""Keys that stand around every answer of a venue, or say nothing."""


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


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """Every path of an answer that holds a value; the rows of a list count once."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from leaves(value[0], path)
    else:
        yield path


RAW = [(api, case) for api, file in cases().items() for case in file.accepted if case.file]


@pytest.mark.parametrize(("api", "case"), RAW, ids=[f"{api} {case.endpoint} {case.label}" for api, case in RAW])
def test_every_key_that_a_call_without_rows_answers_is_told(api: str, case: Accepted) -> None:
    schema = load_schema(api).schema
    endpoint, envelope = schema.endpoints[case.endpoint], schema.envelope
    assert envelope is not None
    paging = [endpoint.paging.next, endpoint.paging.more] if endpoint.paging else []
    named = {*endpoint.unmapped, endpoint.ids, endpoint.confirm, *paging}
    listed = {path.replace("[0]", "") for path in named if path}
    rows = [f"{path}." for path in item_paths(endpoint)]
    around = {envelope.code, envelope.message, envelope.time, *AROUND}
    for path in set(leaves(json.loads(case.raw))) - around:
        inside = [path, *(path.removeprefix(row) for row in rows)]
        assert any(f"{part}.".startswith(f"{told}.") for part in inside for told in listed), path
