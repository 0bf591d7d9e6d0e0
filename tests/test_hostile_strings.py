"""Any text as any parameter: one value in its place, or nothing is sent.

``python -m tests.proof.strings`` tries a million; here are some thousands, and what hypothesis thinks of.
"""

import asyncio
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.proof import strings
from unifiedcopy import errors, request
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.schema.model import as_param


@cache
def target(schema_id: str) -> strings.Target:
    api = load_schema(schema_id)
    return strings.Target(api, strings.Stopped(api))


PLACES = [(schema_id, *place) for schema_id in schema_ids() for place in target(schema_id).parameters]
TEXTS = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(strings.PIECES), min_size=1, max_size=6).map("".join))


async def test_hostile_strings_change_no_route_and_add_no_parameter():
    figures = await strings.run(8_000, seed=3)

    assert figures.faults == []
    assert 0 < figures.sent < figures.strings > 7_000


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES), text=TEXTS)
def test_any_text_is_one_value_or_is_refused(place, text):
    schema_id, name, key = place
    figures, aim = strings.Figures(), target(schema_id)
    asyncio.run(strings.one(figures, aim.api, aim.with_text(name, key, text)))

    assert figures.faults == []


async def test_the_sandbox_receives_what_was_meant():
    figures = await strings.on_sockets(15, seed=4)

    assert figures.faults == []
    assert figures.sent > 0


async def test_the_proof_notices_values_that_are_not_quoted(monkeypatch):
    monkeypatch.setattr(request, "_quoted", lambda text: text)

    assert (await strings.run(3_000, seed=3)).faults != []


@pytest.mark.parametrize("schema_id", schema_ids())
def test_every_text_has_a_bound(schema_id):
    aim = target(schema_id)
    for name, key in aim.parameters:
        spec = aim.api.schema.endpoints[name]
        param = as_param(spec.params[key])
        if param.type == "text" and "[]" not in key:
            text = "a" * ((param.max_length or request.MAX_LENGTH) + 1)
            with pytest.raises(errors.UnifiedCopyError) as caught:
                request.build(schema_id, name, spec, {**aim.endpoints[name], key: text})
            assert caught.value.outcome == "not_sent"
