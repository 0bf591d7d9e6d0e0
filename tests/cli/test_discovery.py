"""The command with schemas that are not built in."""

import os

import pytest

from tests.credentials import marked
from tests.schemas import PLAIN, write_schema
from tests.test_hooks import ROW, write_hooks
from tests.venue import Say, ScriptedVenue
from unifiedcopy.schema import schema_ids
from unifiedcopy.schema.places import VARIABLE

KEYS = {"UNIFIEDCOPY_ACME_API_KEY": marked("the-key-of-acme"), "UNIFIEDCOPY_ACME_SECRET": marked("the-secret-of-acme")}
MINE = PLAIN.replace("plain/v1", "acme/v1")


def test_exchanges_lists_what_is_found_with_its_source(run, tmp_path):
    write_schema(tmp_path)

    done = run("exchanges", "--json", **{VARIABLE: str(tmp_path)})
    sources = {entry["id"]: entry["source"] for entry in done.json["exchanges"]}
    table = run("exchanges", **{VARIABLE: str(tmp_path)}).stdout

    assert sources == {**dict.fromkeys(schema_ids(), "built-in"), "acme/v1": f"folder {tmp_path}"}
    assert f"folder {tmp_path}" in next(line for line in table.splitlines() if line.startswith("acme/v1"))


def test_what_can_not_be_used_is_one_line_and_takes_nothing_with_it(run, tmp_path):
    write_schema(tmp_path, text="schema = ")
    write_schema(tmp_path, "wrong/v1", MINE.replace('unit = "percent"', 'unit = "ms"').replace('"acme', '"wrong'))
    write_schema(tmp_path, schema_ids()[0])
    folders = os.pathsep.join([str(tmp_path), str(tmp_path / "none")])

    done = run("exchanges", "--json", **{VARIABLE: folders})

    assert done.code == 0
    assert [entry["id"] for entry in done.json["exchanges"]] == schema_ids()
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 4
    for told in ("none can't be read", "is built in", "acme/v1.toml", "1 problem in wrong/v1.toml"):
        assert any(told in line for line in lines)


def test_a_file_is_shown_and_one_of_its_endpoints(run, tmp_path):
    path = str(write_schema(tmp_path))

    assert 'id = "acme/v1"' in run("show", path).stdout
    assert "Build(" in run("show", path, "positions").stdout
    assert "tpsl" in run("exchanges", path).stdout


def test_an_unknown_venue_tells_where_a_schema_of_ones_own_is_found(run):
    done = run("positions", "--venue", "acme/v1")

    assert done.code == 4
    assert "a schema of your own is named by its .toml file, or found in a folder of UNIFIEDCOPY_PATH" in done.stderr


def test_a_file_that_is_not_there_is_told_without_a_traceback(run, tmp_path):
    for arguments in (("show",), ("exchanges",), ("positions", "--venue")):
        done = run(*arguments, str(tmp_path / "none.toml"))
        assert done.code == 4
        assert "can't be read" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.fixture
def positions(process):
    """``positions --venue FILE`` against the scripted venue, with the keys of the file's venue."""

    async def positions(path, *options, keys=KEYS, row=ROW):
        import asyncio

        async with ScriptedVenue() as venue:
            venue.script = [Say({"code": 0, "data": [row]})]
            arguments = ("positions", "--venue", str(path), "--base-url", venue.url, "--json", *options)
            return await asyncio.to_thread(process, *arguments, **keys)

    return positions


async def test_a_file_is_a_venue_with_the_keys_of_its_own_name(tmp_path, positions):
    done = await positions(write_schema(tmp_path))

    assert done.code == 0, done
    assert done.json["positions"][0]["exchange"] == "acme/v1"
    missing = await positions(tmp_path / "acme" / "v1.toml", keys={})
    assert "needs api_key, secret" in missing.stderr


async def test_hooks_are_run_with_the_flag_alone(tmp_path, positions):
    path = write_hooks(tmp_path)

    refused, allowed = await positions(path), await positions(path, "--allow-hooks")

    assert refused.code == 4
    assert "--allow-hooks" in refused.stderr
    assert allowed.json["positions"][0]["size"] == "0.375"


def test_hooks_are_counted_and_shown_and_never_run(run, tmp_path):
    path = write_hooks(tmp_path, "raise SystemExit(1)")

    for arguments in (("check",), ("show",), ("exchanges",)):
        done = run(*arguments, str(path))
        assert done.code == 0, done
        assert f"positions.size = open_size() of {path.parent}/hooks.py" in done.stdout
        assert "hooks: 1" in done.stdout
    assert "hook" in run("show", str(path), "positions").stdout
