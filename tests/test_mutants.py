"""Mutation proof of the shipped schemas: one thing changed in one of them, and some check falls.

Here a sample of each, the same every time; ``python -m unifiedcopy.testing.mutants schemas/*/*.toml`` tries them all.
"""

from functools import cache

import pytest

from unifiedcopy.schema import schema_ids
from unifiedcopy.schema.places import schema_folder
from unifiedcopy.testing import CaseFiles
from unifiedcopy.testing.mutants import Report, Trial

SAMPLE = 75
SEED = 3
LEAST = 0.95


@cache
def trial(schema_id: str) -> Trial:
    return Trial(CaseFiles(schema_folder() / f"{schema_id}.toml"))


@cache
def report(schema_id: str) -> Report:
    return trial(schema_id).run(trial(schema_id).sample(SAMPLE, SEED))


@pytest.mark.parametrize("schema_id", schema_ids())
def test_a_schema_with_one_thing_changed_is_noticed(schema_id):
    found = report(schema_id)
    print("\n".join([f"{found}, a sample of {len(trial(schema_id).mutants)}", *found.survivors]))  # noqa: T201

    assert found.share >= LEAST, found.survivors


def test_nineteen_of_twenty_changes_of_all_schemas_are_noticed():
    reports = [report(name) for name in schema_ids()]
    caught, tried = sum(found.caught for found in reports), sum(found.all for found in reports)
    print(f"{caught} / {tried} mutants caught")  # noqa: T201

    assert caught >= LEAST * tried > 0


@pytest.mark.parametrize("schema_id", schema_ids())
def test_what_is_called_equivalent_is_a_change_that_there_is_and_nobody_notices(schema_id):
    """A reason must not hide a change that some case could notice, nor outlive the line that it is about."""
    proof = trial(schema_id)
    listed = {mutant.name: mutant for mutant in proof.every if mutant.name in proof.cases.equivalent}

    assert set(proof.cases.equivalent) - set(listed) == set()
    assert {name: by for name, mutant in listed.items() if (by := proof.caught_by(mutant))} == {}
    assert len(listed) <= len(proof.every) / 100
