"""What the venues answer is read as worked out by hand, in every case of ``cases/``."""

import json
import re
from typing import Any

import pytest

from tests.cases import (
    ACCOUNT,
    HERE,
    Accepted,
    Answer,
    Failure,
    RequestCase,
    Shape,
    Time,
    cases,
    every,
    same_position,
    told,
)
from unifiedcopy import errors
from unifiedcopy.schema import load_schema
from unifiedcopy.schema.drift import drift
from unifiedcopy.schema.envelope import at
from unifiedcopy.schema.verbs import VERBS

TO_MS = {"s": (1000, 1), "ms": (1, 1), "ns": (1, 1_000_000)}


DOCUMENTED = [case for case in every("request") if case.documented]


def named(case: Any) -> str:
    answer = case.file or f"{case.kind} {case.body[:30]}"
    return f"{case.api} {getattr(case, 'endpoint', 'time')} {answer}"


@pytest.mark.parametrize("case", every("answer"), ids=named)
def test_an_answer_is_read_as_worked_out_by_hand(case: Answer) -> None:
    rows = load_schema(case.api).reader(case.endpoint).read(case.raw, ACCOUNT, case.status)
    assert not rows.withheld
    expected = [{name: value for name, value in row.items() if name != "absent"} for row in case.rows]
    assert [told(item) for item in rows.items] == expected
    assert not [name for row in case.rows for name in row.get("absent", []) if name in row]
    assert (rows.next, rows.pages) == (case.next, case.pages)


@pytest.mark.parametrize("case", every("answer"), ids=named)
def test_rows_say_which_api_and_whose_account_they_are_of(case: Answer) -> None:
    for item in load_schema(case.api).reader(case.endpoint).read(case.raw, ACCOUNT, case.status).items:
        assert getattr(item, "exchange", case.api) == case.api
        assert getattr(item, "account", ACCOUNT) == ACCOUNT


@pytest.mark.parametrize("case", every("answer"), ids=named)
def test_every_key_of_a_documented_row_is_mapped_or_explained(case: Answer) -> None:
    assert drift(load_schema(case.api).reader(case.endpoint), case.raw) == []


@pytest.mark.parametrize("case", every("error"), ids=named)
def test_an_error_has_its_class_and_says_whether_the_venue_acted(case: Failure) -> None:
    api = load_schema(case.api)
    endpoint = api.schema.endpoints[case.endpoint]
    with pytest.raises(errors.UnifiedCopyError) as caught:
        api.verdict.check(case.endpoint, endpoint, case.raw, case.status)
    error = caught.value
    assert (type(error).__name__, error.outcome) == (case.kind, case.outcome)
    assert (error.exchange, error.endpoint, error.http_status) == (case.api, case.endpoint, case.status)
    if endpoint.verb and not VERBS[endpoint.verb].writes:
        with pytest.raises(type(error)):
            api.reader(case.endpoint).read(case.raw, ACCOUNT, case.status)


@pytest.mark.parametrize("case", every("accepted"), ids=named)
def test_a_write_that_was_accepted_gives_its_ids(case: Accepted) -> None:
    api = load_schema(case.api)
    endpoint = api.schema.endpoints[case.endpoint]
    answer = api.verdict.check(case.endpoint, endpoint, case.raw, 200)
    ids = at(answer, endpoint.ids) if endpoint.ids else []
    assert (ids if isinstance(ids, list) else [ids]) == case.ids


@pytest.mark.parametrize("case", every("time"), ids=named)
def test_the_venues_time_is_read(case: Time) -> None:
    schema = load_schema(case.api).schema
    assert schema.clock is not None
    times, by = TO_MS[schema.clock.unit]
    assert int(at(json.loads(case.raw), schema.clock.time)) * times // by == case.ms


@pytest.mark.parametrize("case", same_position().shape, ids=lambda shape: shape.api)
def test_the_same_position_is_the_same_from_every_venue(case: Shape) -> None:
    (item,) = load_schema(case.api).reader("positions").read(case.raw, ACCOUNT).items
    assert told(item) == {**same_position().shared, **case.own}


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: f"{case.api} {case.documented}")
def test_an_expected_request_is_the_venues_own_example(case: RequestCase) -> None:
    documented = HERE / "data" / case.api / str(case.documented)
    assert json.loads(case.expect.body) == json.loads(documented.read_bytes())


@pytest.mark.parametrize("api", list(cases()))
def test_every_endpoint_that_serves_a_verb_has_a_case(api: str) -> None:
    verbs = {name: endpoint.verb for name, endpoint in load_schema(api).schema.endpoints.items() if endpoint.verb}
    file = cases()[api]
    assert {name for name, verb in verbs.items() if not VERBS[verb].writes} == {case.endpoint for case in file.answer}
    assert {name for name, verb in verbs.items() if VERBS[verb].writes} <= {case.endpoint for case in file.accepted}
    assert set(verbs.values()) == {case.verb for case in file.request if case.verb}


def test_every_answer_is_used_and_its_source_told() -> None:
    text = (HERE / "data" / "SOURCES.md").read_text("utf-8")
    sections = dict(re.findall(r"^## ([^:\n]+):[^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for api, file in cases().items():
        kept = {path.name for path in (HERE / "data" / api).iterdir()}
        used = {case.file for kind in ("answer", "error", "accepted", "time") for case in getattr(file, kind)}
        assert kept == (used | {case.documented for case in file.request}) - {None}
        assert kept == set(re.findall(r"^\| (\S+\.json) \|", sections[api], re.MULTILINE))
