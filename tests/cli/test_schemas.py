"""Commands about the exchanges themselves."""

import tomllib

import pytest

from tests.testing.acme import CASES, POSITIONS, SCHEMA
from unifiedcopy.cli.schemas import toml
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.schema.document import read_document
from unifiedcopy.schema.load import schema_folder


def test_every_schema_is_listed_with_what_it_can_do(run):
    done = run("exchanges", "--json")

    assert done.json["schema"] == "unifiedcopy.exchanges/1"
    found = {entry["id"]: entry for entry in done.json["exchanges"]}
    assert sorted(found) == schema_ids()
    assert found["toobit/v2"]["core"]["follow"] == "amend-only"
    assert "no leader directory" in found["toobit/v2"]["missing"]["list_leaders"]
    assert all(line.split()[0] in done.stdout for line in run("exchanges").stdout.splitlines()[2:])


def test_one_venue_is_told_in_full(run):
    done = run("exchanges", "toobit")

    assert "only changes what exists" in done.stdout
    assert "closes no copied position" in done.stdout


def test_the_table_for_the_readme(run):
    lines = run("exchanges", "--markdown").stdout.splitlines()

    assert len(lines) == 2 + len(schema_ids())
    assert len({line.count("|") for line in lines}) == 1


# -- check ------------------------------------------------------------------------------------------------------------


def test_a_good_file_is_covered_and_its_abilities_shown(run):
    done = run("check", str(schema_folder() / "toobit" / "v2.toml"))

    assert done.code == 0
    assert "toobit/v2: no problems" in done.stdout
    assert "positions" in done.stdout
    assert "of 23 fields" in done.stdout


def test_coverage_is_told_both_ways(run):
    path = str(schema_folder() / "toobit" / "v2.toml")
    lines = run("check", path).stdout.splitlines()
    positions = next(number for number, line in enumerate(lines) if line.split()[:1] == ["positions"])
    document = run("check", path, "--json").json["files"][0]["coverage"]

    assert "fields not served: realized_pnl, fee, opened_at, updated_at" in lines[positions + 1]
    assert "wire keys not mapped: leaderAvatar, currentPrice" in lines[positions + 2]
    told = next(line for line in document if line["endpoint"] == "positions")
    assert told["not_served"] == ["realized_pnl", "fee", "opened_at", "updated_at"]
    assert told["not_mapped"] == ["leaderAvatar", "currentPrice"]


def test_a_sample_with_a_key_that_the_schema_does_not_know_is_told(run, tmp_path):
    path = tmp_path / "acme" / "v1.toml"
    (tmp_path / "acme" / "v1.cases").mkdir(parents=True)
    path.write_text(SCHEMA)
    path.with_name("v1.cases.toml").write_text(CASES)
    (tmp_path / "acme" / "v1.cases" / "positions.json").write_text(POSITIONS.replace('"avatar"', '"picture"'))
    done = run("check", str(path))

    assert done.code == 0
    assert "positions.json: positions: new field 'data.list[].picture'" in done.stdout


def test_cases_of_an_endpoint_that_is_not_there_are_told(run, tmp_path):
    path = tmp_path / "acme" / "v1.toml"
    path.parent.mkdir()
    path.write_text(SCHEMA)
    path.with_name("v1.cases.toml").write_text(CASES.replace('endpoint = "positions"', 'endpoint = "position"'))
    done = run("check", str(path))

    assert "its cases speak of position; did you mean 'positions'?" in done.stdout


def test_verbs_that_a_schema_says_nothing_about_share_a_line(run, tmp_path):
    path = tmp_path / "acme" / "v1.toml"
    path.parent.mkdir()
    path.write_text(SCHEMA)
    lines = run("check", str(path)).stdout.splitlines()

    (shared,) = [line for line in lines if "no endpoint for" in line]
    assert {"leader,", "account,", "lead.positions,"} <= set(shared.split())
    assert {"positions,", "follow,"}.isdisjoint(shared.split())
    assert [line.split() for line in lines if line.split()[0] == "follow" and "not here" in line]


@pytest.fixture
def broken(tmp_path):
    text = (schema_folder() / "toobit" / "v2.toml").read_text()
    path = tmp_path / "toobit" / "v2.toml"
    path.parent.mkdir()
    path.write_text(text.replace('"unrealizedProfitRate", unit = "ratio"', '"unrealizedProfitRate", unit = "rtio"'))
    return path


def test_every_finding_has_its_line(run, broken):
    line = next(n for n, text in enumerate(broken.read_text().splitlines(), 1) if "rtio" in text)
    done = run("check", str(broken))

    assert done.code == 4
    assert f"v2.toml:{line} endpoints.positions.fields.unrealized_roi" in done.stdout


def test_findings_are_a_document(run, broken, tmp_path):
    done = run("check", str(broken), str(tmp_path / "nothing.toml"), "--json")

    assert done.code == 4
    assert done.json["schema"] == "unifiedcopy.check/1"
    assert [file["ok"] for file in done.json["files"]] == [False, False]
    assert "can't be read" in done.json["files"][1]["findings"][0]["message"]


def test_a_relative_path_is_checked_against_its_folder(run, monkeypatch):
    monkeypatch.chdir(schema_folder() / "toobit")

    assert run("check", "v2.toml").code == 0


# -- show -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema_id", schema_ids())
def test_the_effective_schema_is_the_file_again(run, schema_id):
    shown = tomllib.loads(run("show", schema_id, COLUMNS="60").stdout)
    own = tomllib.loads((schema_folder() / f"{schema_id}.toml").read_text())

    assert shown == (own if "extends" not in own else read_document(schema_folder() / f"{schema_id}.toml").keys)
    assert set(own["endpoints"]) <= set(shown["endpoints"])


def test_an_endpoint_comes_with_the_code_that_was_made_of_it(run):
    done = run("show", "toobit", "positions")

    assert done.stdout.startswith("# schemas/toobit/v2.toml:")
    assert load_schema("toobit/v2").reader("positions").generator.source in done.stdout
    document = run("show", "toobit", "set_tpsl", "--json").json
    assert (document["schema"], document["code"]) == ("unifiedcopy.endpoint/1", None)


@pytest.mark.parametrize(("arguments", "code"), [(("toobit", "positons"), 2), (("tobit",), 4)])
def test_a_wrong_name_suggests_the_right_one(run, arguments, code):
    done = run("show", *arguments)

    assert done.code == code
    assert "did you mean" in done.stderr


def test_keys_and_texts_survive_toml():
    keys = {"a": {"b.c": {"d": 'say "x"\\\n\t', "e": [1, True, {"f g": "h"}]}, "empty": {}}, "n": -5}

    assert tomllib.loads("\n".join(toml(keys))) == keys
