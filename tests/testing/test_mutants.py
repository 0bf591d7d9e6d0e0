"""The mutation proof on an invented venue: what is changed, what notices it, and what the command prints."""

from pathlib import Path

import msgspec
import pytest

from tests.testing.acme import CASES, POSITIONS, SCHEMA
from unifiedcopy.schema.document import read_document
from unifiedcopy.testing import CaseFiles
from unifiedcopy.testing.mutants import Trial, mutants
from unifiedcopy.testing.mutants.__main__ import main


@pytest.fixture
def acme(tmp_path):
    """Writes the venue's files and tells where the schema stands."""

    def write(schema: str = SCHEMA, cases: str = CASES) -> Path:
        path = tmp_path / "schemas" / "acme" / "v1.toml"
        samples = path.with_name("v1.cases")
        samples.mkdir(parents=True, exist_ok=True)
        path.write_text(schema)
        path.with_name("v1.cases.toml").write_text(cases)
        (samples / "positions.json").write_text(POSITIONS)
        return path

    return write


def test_every_mutant_differs_from_the_schema_and_from_every_other(acme):
    document = read_document(acme())
    found = list(mutants(document))
    written = [msgspec.json.encode(mutant.keys(document.keys)) for mutant in found]

    assert len(found) > 150
    assert len({mutant.name for mutant in found}) == len(found)
    assert msgspec.json.encode(document.keys) not in written
    assert len(set(written)) == len(written)


def test_a_mutant_leaves_the_schema_that_it_is_made_of_as_it_is(acme):
    document = read_document(acme())
    before = msgspec.json.encode(document.keys)
    for mutant in mutants(document):
        mutant.keys(document.keys)

    assert msgspec.json.encode(document.keys) == before


WANTED = [
    "hosts.rest.0: 'https://api.acme.example' -> 'https://x-api.acme.example'",
    "envelope.code: 'code' -> 'codeX'",
    "errors.rejected.BadRequest: without 7",
    "errors.rejected.BadRequest: 7 -> NotFollowing",
    "errors.rejected.BadRequest: 7 -> unknown",
    "limits.read.requests: 5 -> 6",
    "limits.read.scope: 'uid' -> 'ip'",
    "signing.default.prehash: '{timestamp}{query}{body}' -> '{timestamp}{query}'",
    "signing.default.prehash: '{timestamp}{query}{body}' -> '{timestamp}{body}{query}'",
    "signing.default.headers.X-KEY: renamed X-KEYX",
    "clock.unit: 's' -> 'ms'",
    "enums.side: long and short swapped",
    "endpoints.positions.path: '/positions' -> '/positionsX'",
    "endpoints.positions.limits: without 'read'",
    "endpoints.positions.paging.max_size: 3 -> 4",
    "endpoints.positions.fields.size.unit: 'base' -> 'quote'",
    "endpoints.unfollow.method: 'DELETE' -> 'GET'",
]


def test_all_that_a_schema_says_is_changed_one_thing_at_a_time(acme):
    assert [name for name in WANTED if name not in {mutant.name for mutant in mutants(read_document(acme()))}] == []


def test_the_nearest_check_names_what_it_noticed(acme):
    trial = Trial(CaseFiles(acme()))
    by = {mutant.name: trial.caught_by(mutant) for mutant in trial.mutants if mutant.name in WANTED}

    assert by["limits.read.requests: 5 -> 6"] == "positions: limits"
    assert by["signing.default.headers.X-KEY: renamed X-KEYX"] == "signing: computed with openssl"
    assert by["enums.side: long and short swapped"] == "positions: positions.json is read"
    assert by["hosts.rest.0: 'https://api.acme.example' -> 'https://x-api.acme.example'"] is None


def test_a_case_that_says_it_catches_it_and_a_reason_takes_it_out(acme):
    name = "hosts.rest.0: 'https://api.acme.example' -> 'https://x-api.acme.example'"
    excused = f'{CASES}\n[equivalent]\n"{name}" = "a name"'

    def by(cases: str) -> list[str | None]:
        proof = Trial(CaseFiles(acme(cases=cases)))
        return [proof.caught_by(mutant) for mutant in proof.mutants if mutant.name == name]

    assert by(CASES) == [None]
    assert by(f'{CASES}\n[api]\nrest = ["https://api.acme.example"]') == ["api: as documented"]
    assert by(excused) == []


def test_a_documented_line_catches_what_no_sample_shows(acme):
    """An endpoint that is no longer signed, a parameter's type."""
    line = "GET /positions list:data.list empty_codes:20 cursor:cursor,size=limit,max_size=3,next=data.next"
    cases = f"{CASES}\n[documented]\npositions = '{line} cursor/[a-z0-9]+/ limit:integer'"
    proof = Trial(CaseFiles(acme(cases=cases)))
    names = (
        "endpoints.positions.sign: 'default' -> 'none'",
        "endpoints.positions.params.limit.type: 'integer' -> 'text'",
    )

    def by(proof: Trial) -> dict[str, str | None]:
        return {mutant.name: proof.caught_by(mutant) for mutant in proof.mutants if mutant.name in names}

    assert by(proof) == dict.fromkeys(names, "positions: as documented")
    assert by(Trial(CaseFiles(acme()))) == dict.fromkeys(names)


def test_a_schema_that_extends_another_changes_in_its_own_lines_alone(acme):
    base = acme()
    label = base.with_name("label.toml")
    label.write_text('extends = "acme/v1"\nid = "acme/label"\n[hosts]\nrest = ["https://api.label.example"]\n')

    assert {mutant.edits[0][0][0] for mutant in mutants(read_document(label))} == {"hosts", "status", "default"}


def test_the_command_prints_how_many_are_caught_and_every_survivor(acme, capsys):
    path = str(acme())

    assert main([path]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("acme/v1: ")
    assert "mutants caught (" in said[0]
    assert "  hosts.rest.0: 'https://api.acme.example' -> 'https://x-api.acme.example'" in said
    assert main([path, "--least", "0.2", "--sample", "20"]) == 0


def test_a_sample_is_the_same_for_a_seed(acme):
    trial = Trial(CaseFiles(acme()))

    assert trial.sample(20, 1) == trial.sample(20, 1) != trial.sample(20, 2)
    assert len(trial.sample(20, 1)) == 20
    assert trial.sample(10_000, 1) == trial.mutants


def test_a_file_that_is_no_schema_is_told_in_a_line(tmp_path, capsys):
    assert main([str(tmp_path / "none" / "v1.toml")]) == 2
    assert "can't be read" in capsys.readouterr().err
